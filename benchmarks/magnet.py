"""Magnets: a branch of 4,001 points analysed, beside mammos-analysis; a blend of 200 lots; the import.

- *branch*: Br, Hcj, Hcb, BHmax, Hk and the recoil permeability from ready arrays; theirs gives Hc, Mr and BHmax of the
  same points in the same process. The ratio is of medians. Where mammos-analysis is not installed, it is skipped.
- *blend*: 200 lots and an additive against four limits, exact form, from the ready case.
- *import*: a fresh process that loads every module of the room.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from chumbak.magnet.blend import FORMS, best_blend
from chumbak.magnet.blend_case import BlendCase, Limit, Lot
from chumbak.magnet.curve import Magnet
from chumbak.magnet.loop import analyse
from chumbak.magnet.units import MU0

POINTS, LOTS, REPEATS = 4_001, 200, 15
BRANCH_BOUND, BLEND_BOUND, IMPORT_BOUND = 1.0, 0.5, 0.5  # milliseconds, seconds, seconds
FASTER = 10.0  # times as fast as mammos-analysis
LOAD = (
    "import time; t = time.perf_counter()\n"
    "import importlib, pkgutil, chumbak.magnet as room\n"
    "for one in pkgutil.iter_modules(room.__path__): importlib.import_module(f'chumbak.magnet.{one.name}')\n"
    "print(time.perf_counter() - t)"
)


def made_up_lots(count: int) -> tuple[Lot, ...]:
    """Return lots of scrap, swarf and virgin alloy, and dysprosium to add; all made up."""
    chance = np.random.default_rng(1)
    found = []
    for number in range(count):
        kind = ("scrap", "swarf", "virgin", "scrap")[number % 4]
        virgin = kind == "virgin"
        values = {
            "Br": float(chance.normal(1.36 if virgin else 1.30, 0.03)), "Hcj": float(chance.normal(1470, 250)),
            "O": float(chance.normal({"scrap": 1800, "swarf": 3000, "virgin": 800}[kind], 250)),
            "C": float(chance.normal({"scrap": 600, "swarf": 900, "virgin": 450}[kind], 80)),
        }  # fmt: skip
        price = float(chance.uniform(60, 80) if virgin else chance.uniform(15, 35))
        found.append(
            Lot(f"lot {number}", kind, "bulk", not virgin, price, float(chance.uniform(20, 100)), float("inf"), values,
                {"Br": 0.012, "Hcj": 60.0, "O": 150.0, "C": 60.0})
        )  # fmt: skip
    added = {"Br": -0.022, "Hcj": 135.0, "O": 1000.0, "C": 300.0}
    wide = {"Br": 0.003, "Hcj": 15.0, "O": 200.0, "C": 50.0}
    return (*found, Lot("Dy", "additive", "none", False, 350.0, 50.0, 4.0, added, wide))


def median(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median seconds of some runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> int:
    """Measure and say; return 1 if a target is missed."""
    missed = False
    state = Magnet(1.32, 1600, -0.12, -0.55).at(20)
    field = np.linspace(1000, -2400, POINTS)
    polarisation = np.where(field < -1600, -1.32, state.polarisation(field))
    ours = median(lambda: analyse(field, polarisation), 200)
    missed |= 1e3 * ours > BRANCH_BOUND
    print(f"magnet: a branch of {POINTS:,} points in {1e3 * ours:.3f} ms (at most {BRANCH_BOUND:g})")
    if find_spec("mammos_analysis") is None:
        print("magnet: mammos-analysis IS NOT INSTALLED: the comparison is skipped")
    else:
        theirs = import_module("mammos_analysis.hysteresis")
        h, m = field[::-1] * 1e3, polarisation[::-1] / MU0 * 1e3  # A/m, rising, as it asks
        other = median(lambda: theirs.extrinsic_properties(h, m, demagnetization_coefficient=0.0), 3)
        missed |= other / ours < FASTER
        print(
            f"magnet: {other / ours:,.0f} times as fast as mammos-analysis ({1e3 * other:,.0f} ms; at least {FASTER:g})"
        )
    limits = (Limit("Br", 1.3, True), Limit("Hcj", 1592.0, True), Limit("O", 2200.0, False), Limit("C", 800.0, False))
    case = BlendCase(made_up_lots(LOTS), limits, 1000.0, 0.95, 0.0, "money", "benchmark")
    for form in FORMS:
        seconds = median(lambda form=form: best_blend(case, form))  # type: ignore[misc]
        missed |= seconds > BLEND_BOUND
        print(f"magnet: a blend of {LOTS} lots, {form}, in {1e3 * seconds:.0f} ms (at most {1e3 * BLEND_BOUND:g})")
    loads = [
        float(subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    missed |= min(loads) > IMPORT_BOUND
    print(f"magnet: imported in {min(loads):.2f} s, best of {len(loads)} (at most {IMPORT_BOUND:g})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
