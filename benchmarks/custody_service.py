"""The service of custody under load: ``wrk`` on the same machine sends events, one a request, over many connections.

Each is validated, hashed, posted and on disk (SQLite, ``synchronous=FULL``) before it is answered. What others run on
the machine only ever slows this, so the best of three rounds is judged and all are shown.

- *loop*: events of a magnet loop, as in the benchmark of the store: a third of them move elements. 512 loops run side
  by side, so that no event is sent before what it needs is on disk.
- *lots*: every event is a lot that appears with four elements, eight entries of the ledger: more work than a loop is.
- *share*: of the rate at which the database alone takes the same rows, written by its driver in commits of 500.
- *one sender*: over one connection, the next event after the answer: what a single sender waits for a commit.
- *killed*: the service is killed (SIGKILL) under 32 clients again and again; no acknowledged event may be missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from tests.custody.web.process import free_port, kill_in_a_loop, running

from chumbak.custody.store.open import open_store
from chumbak.custody.store.replay import replay

from .custody import CONTEXT, event, loop, raw, uri

Round = tuple[float, str, str, int]  # requests a second, median, 99th percentile, failed
BOUNDS = {"loop": 2_500.0, "lots": 2_500.0}  # captures a second
CONNECTIONS, SECONDS, ROUNDS, KILLS = 256, 8, 3, 10
BESIDE = 512  # loops side by side: more than there are connections
SCRIPT = """
local head = {["Content-Type"] = "application/json"}
local next_line = io.lines(os.getenv("BODIES"))
function request()
  return wrk.format("POST", "/events", head, next_line())
end
"""


def lots(count: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield events of lots that appear."""
    for number in range(count):
        lot = uri(f"{name}-{number}")
        yield event(
            "ObjectEvent", number, "yard", action="ADD", bizStep="commissioning", disposition="active",
            quantityList=[{"epcClass": lot, "quantity": 40.5, "uom": "KGM"}],
            **{"rem:content": [{
                "lot": lot, "element": {"Nd": "9355500000", "Pr": "2349000000", "Dy": "769500000", "B": "400000000"},
                "origin": {"kind": "post-consumer", "mined": "AU", "refined": "MY"},
            }]},
        )  # fmt: skip


def loops(count: int) -> Iterator[dict[str, Any]]:
    """Yield events of about ``count // 16`` loops, many side by side; none takes what is left of another."""
    every = list(loop(-(-count // 16)))
    for start in range(0, len(every), 16 * BESIDE):
        part = every[start : start + 16 * BESIDE]
        for step in range(16):
            for one in part[step::16]:
                if "inputEPCList" in one:
                    one["inputEPCList"] = [name for name in one["inputEPCList"] if "/rest" not in name]
                yield one


def written(folder: Path, name: str, events: Iterable[dict[str, Any]]) -> Path:
    """Write events to a file, each a request's body in a line."""
    path = folder / f"{name}.ndjson"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"@context": CONTEXT, **one}, separators=(",", ":")) + "\n" for one in events)
    return path


def load(port: int, script: Path, connections: int, seconds: int, bodies: Path) -> Round:
    """Run ``wrk``; return requests a second, median and 99th percentile as it writes them, and how many failed."""
    told = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, f"http://127.0.0.1:{port}/"],
        capture_output=True, text=True, check=True, env={**os.environ, "BODIES": str(bodies)},
    ).stdout  # fmt: skip
    failed = sum(int(found) for found in re.findall(r"Non-2xx or 3xx responses: (\d+)", told))
    return (
        float(_found(r"Requests/sec:\s+([\d.]+)", told)), _found(r"\n\s+50%\s+(\S+)", told),
        _found(r"\n\s+99%\s+(\S+)", told), failed,
    )  # fmt: skip


def main() -> int:
    """Measure; return 1 if the bound is missed or something is lost."""
    print("\nCustody as a service: durable captures over HTTP, one event a request, SQLite")
    if shutil.which("wrk") is None:
        print("  SKIPPED: wrk IS NOT INSTALLED HERE, so the load cannot be made (apt install wrk)")
        return 0
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        script, count = folder / "load.lua", int(BOUNDS["loop"] * SECONDS * 2)
        script.write_text(SCRIPT, encoding="utf-8")
        for kind in BOUNDS:
            path = folder / f"{kind}.db"
            kinds = [f"{kind}{number}" for number in range(ROUNDS)]
            files = [written(folder, one, lots(count, one) if kind == "lots" else ()) for one in kinds]
            if kind == "loop":
                files = _split(folder, written(folder, kind, loops(count * ROUNDS)), count)
            with running(f"sqlite:///{path}", port, "--rate", "1000000"):
                rounds = [load(port, script, CONNECTIONS, SECONDS, file) for file in files]
                alone = load(port, script, 1, 3, written(folder, "alone", lots(10_000, "alone")))
            missed |= _told(kind, path, rounds, alone)
        (folder / "killed").mkdir()
        acknowledged, kept = kill_in_a_loop(folder / "killed", KILLS, 1)
    print(f"  ok     killed {KILLS} times: {acknowledged:,} events acknowledged, none lost of {kept:,} that are there")
    return missed


def _told(kind: str, path: Path, rounds: list[Round], alone: Round) -> int:
    """Tell of one kind of load; return 1 if a bound is missed."""
    rate, median, slow, _ = max(rounds)
    bound = BOUNDS[kind]
    missed = _verdict(
        f"{kind} {rate:8,.0f} captures a second (at least {bound:,.0f}), median {median}, 99 % within {slow}; "
        f"all rounds {', '.join(f'{one[0]:,.0f}' for one in rounds)}",
        rate < bound,
    )
    failed = sum(one[3] for one in (*rounds, alone))
    if failed:
        missed |= _verdict(f"{kind} {failed:8,} requests failed", True)
    print(f"         one sender {alone[0]:,.0f} a second, median {alone[1]}, 99 % within {alone[2]}")
    with closing(sqlite3.connect(path)) as connection:
        [(records, entries)] = connection.execute("SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM entry)")
    bare = records / raw(path.with_suffix(".raw"), path, max(1, records // 500))
    print(
        f"         raw inserts of the same rows ({entries / records:.1f} entries each) {bare:,.0f} a second: "
        f"the service reaches {rate / bare:.0%} of it"
    )
    with open_store(f"sqlite:///{path}", read_only=True) as store:
        verdict = replay(store, processes=2)
    if not verdict.sound:
        missed |= _verdict(f"{kind} does not verify: {verdict.what}", True)
    return missed


def _split(folder: Path, path: Path, lines: int) -> list[Path]:
    """Return files of so many lines each."""
    found: list[Path] = []
    with path.open(encoding="utf-8") as file:
        while part := list(islice(file, lines)):
            found.append(folder / f"part{len(found)}.ndjson")
            found[-1].write_text("".join(part), encoding="utf-8")
    return found[:ROUNDS]


def _found(pattern: str, told: str) -> str:
    found = re.search(pattern, told)
    if found is None:
        raise RuntimeError(f"wrk did not tell {pattern}: {told}")
    return found[1]


def _verdict(told: str, missed: bool) -> int:
    print(f"  {'MISSED' if missed else 'ok    '} {told}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
