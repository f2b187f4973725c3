"""The GeoPolRisk table of one country beside geopolrisk-py 2.0.1, the library of the method's authors.

Both score rare earths imported by India, 2018 to 2024, from the same vintages: theirs come with the library, ours with
the pack. *Import* is what has to be read before anything can be scored (theirs reads its databases on import, ours the
whole pack); *compute* is the scoring: one call of theirs as a user starts it, the median of ten of ours. The five
numbers of each year must agree to 1e-9. The library runs in an environment of its own that ``make bench`` makes
(requirements-bench-geopolrisk.lock), and in a temporary home, as it writes into the user's Documents.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PEER = Path(sys.prefix) / "geopolrisk" / "bin" / "python"
YEARS = list(range(2018, 2025))
FASTER = 100  # times, compute alone
AGREE = 1e-9
CODES = ("hs284690", "hs284610", "hs280530")
COLUMNS = {  # ours -> theirs
    "score": "GeoPolRisk Score",
    "factor": "GeoPolRisk Characterization Factor [eq. Kg-Cu/Kg]",
    "hhi": "HHI",
    "import_risk": "Import Risk",
    "price": "Price",
}
THEIRS = """
import json, sys, time
start = time.perf_counter()
from geopolrisk.assessment.main import gprs_calc
imported = time.perf_counter() - start
start = time.perf_counter()
table = gprs_calc({years}, ["India"], ["Rare earth"])
computed = time.perf_counter() - start
table = table.sort_values("Year")
print(json.dumps([imported, computed, {{name: [float(one) for one in table[name]] for name in {columns}}}]))
"""

Measured = tuple[float, float, dict[str, list[float]]]


def theirs(python: Path) -> Measured:
    """Run the library in its own environment: seconds of import and of scoring, and the table."""
    code = THEIRS.format(years=YEARS, columns=list(COLUMNS.values()))
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "USERPROFILE": home}
        done = subprocess.run(
            [python, "-c", code], check=True, cwd=home, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    imported, computed, table = json.loads(done.stdout.splitlines()[-1])
    return imported, computed, {ours: table[name] for ours, name in COLUMNS.items()}


def ours() -> Measured:
    """Score in this process: seconds of import and reading, of scoring, and the table."""
    start = time.perf_counter()
    from chumbak.pack import load
    from chumbak.risk import (
        NEUTRAL,
        characterisation_factor,
        concentration,
        geopolrisk_score,
        import_risk,
        price,
        shares,
    )

    pack = load("india")
    records, stability = (pack.array(name).sel(year=YEARS) for name in ("record", "stability"))
    stability = stability.drop_sel(origin="TWN")  # as the library, which does not find its estimate
    imported = time.perf_counter() - start

    def score() -> dict[str, Any]:
        mass, value = (
            records.sel(record=[f"{code}_{measure}" for code in CODES]).sum("record", min_count=1)
            for measure in ("mass", "value")
        )
        mines = records.sel(record="mine_wmd", drop=True)
        hhi = concentration(shares(mines))["hhi"]
        risk = import_risk(mass, stability, mines.sel(origin="IND", drop=True), unrated=NEUTRAL)
        scored, paid = geopolrisk_score(hhi, risk), price(value, mass)
        factor = characterisation_factor(scored, paid)
        found = {"score": scored.value, "factor": factor.value, "hhi": hhi, "import_risk": risk.value, "price": paid}
        return {name: [float(one) for one in numbers.values] for name, numbers in found.items()}

    times = []
    for _ in range(10):
        start = time.perf_counter()
        table = score()
        times.append(time.perf_counter() - start)
    return imported, statistics.median(times), table


def in_fresh_process() -> Measured:
    """Run our side in a process of its own, where nothing is imported yet."""
    command = [sys.executable, "-m", "benchmarks.risk", "ours"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    imported, computed, table = json.loads(done.stdout)
    return imported, computed, table


def main(python: Path = PEER) -> int:
    """Run both sides, print a table, return 1 if they disagree or ours is not fast enough."""
    print("\nGeoPolRisk of rare earths imported by India, 2018 to 2024, beside geopolrisk-py 2.0.1.")
    if not python.exists():
        print(f"SKIPPED: geopolrisk-py is not installed in {python.parent.parent} (it needs Python 3.11).")
        return 0
    mine, peer = in_fresh_process(), theirs(python)
    apart = max(
        abs(a / b - 1) for name in COLUMNS for a, b in zip(mine[2][name], peer[2][name], strict=True)
    )  # fmt: skip
    print(f"{'':<12}{'import s':>10}{'compute s':>11}")
    for name, (imported, computed, _) in (("ours", mine), ("theirs", peer)):
        print(f"{name:<12}{imported:>10.2f}{computed:>11.4f}")
    ratios = [theirs / ours for ours, theirs in zip(mine[:2], peer[:2], strict=True)]
    print(f"{'ratio':<12}{ratios[0]:>10.0f}{ratios[1]:>11.0f}   target for compute {FASTER}")
    same = apart <= AGREE
    passed = same and ratios[1] >= FASTER
    print(f"{5 * len(YEARS)} numbers, largest relative difference {apart:.1e} (target {AGREE:g})", end="  ")
    print("PASS" if passed else "FAIL", flush=True)
    return int(not passed)


if __name__ == "__main__":
    if sys.argv[1:] == ["ours"]:
        print(json.dumps(ours()))
    else:
        sys.exit(main(*map(Path, sys.argv[1:])))
