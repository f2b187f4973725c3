"""Many futures of the national plan beside the plain ways to make them, and a thousand replays of one plan.

*Rebuilt* is what a loop over draws would do: the case made from the pack, the programme written and given to HiGHS with
the method it takes by itself. It is measured over ``REBUILT`` draws; the choice among ties, which the loop would lack,
is left out of it and is in ours. *Cold in place* is the interior point with crossover on the same programmes, ready in
HiGHS, against ours from the first basis, both without the choice among ties. Seconds are of the processor, so that
another load on the machine does not count; of the thousand replays, on threads for all cores, both are told.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import sys
import time

import numpy as np

from chumbak.answer.plan_ensemble import CHUNK, Setup, executor_of, hold, kept_of, run_chunk, run_futures
from chumbak.answer.plan_futures import fingerprint
from chumbak.answer.planning import planning_case
from chumbak.linear.live import FROM_BASIS, again, begin
from chumbak.linear.solve import load as to_the_door
from chumbak.pack import Pack, load
from chumbak.plan.case import Case
from chumbak.plan.formulate import formulate
from chumbak.plan.replay import decided
from chumbak.plan.result import make_plan

DRAWS, REBUILT, REPLAYS = 100, 10, 1000
FIXED_COSTS = ("demand", "limits")
REBUILT_FASTER, COLD_FASTER = 20.0, 3.0
MINUTES = 10.0
AGREE = 1e-6


def setup_of(pack: Pack, only: tuple[str, ...] = (), **more: object) -> Setup:
    """Return the setup of futures of the pack that comes along."""
    return Setup(pack.name, pack.scenario, (), fingerprint(pack), only, 0, "national", (), "country", **more)  # type: ignore[arg-type]


def ours(setup: Setup, pack: Pack) -> tuple[float, list[dict[str, object]]]:
    """Return seconds of all draws one after the other, and their rows."""
    hold(setup, pack)
    lines: list[str] = []
    start = time.process_time()
    for chunk in range(math.ceil(DRAWS / CHUNK)):
        lines += run_chunk(setup, chunk, tuple(range(chunk * CHUNK, min(DRAWS, (chunk + 1) * CHUNK))))
    return time.process_time() - start, [json.loads(line) for line in lines]


def rebuilt(setup: Setup) -> float:
    """Return seconds of a draw made in a loop: case, programme, and HiGHS as it comes."""
    held, found = hold(setup), []
    for case in held.futures.cases(0, range(REBUILT)):
        assert isinstance(case, Case), case
        start = time.process_time()
        planning_case(held.futures.pack)  # of the central case: it takes as long as that of a draw
        to_the_door(formulate(case).program.matrix(), "choose").run()
        found.append(time.process_time() - start)
    return statistics.mean(found)


def cold_in_place(setup: Setup) -> tuple[float, float, float, int]:
    """Return the mean seconds of a solve, cold and from the first basis, the largest gap between their costs, count."""
    held = hold(setup)
    first = formulate(held.futures.central).program
    base, _ = begin(first, first.matrix(), "the first")
    cold, warm, apart = [], [], 0.0
    for chunk in range(3):
        wanted = range(chunk * CHUNK, (chunk + 1) * CHUNK)
        for case in held.futures.cases(chunk, wanted):
            assert isinstance(case, Case), case
            program = formulate(case).program
            matrix = program.matrix()
            model = to_the_door(matrix)
            start = time.process_time()
            model.run()
            cold.append(time.process_time() - start)
            cost = float(model.getInfo().objective_function_value)
            start = time.process_time()
            solved = again(base, program, matrix, "a future")
            warm.append(time.process_time() - start)
            assert solved.way == FROM_BASIS
            apart = max(apart, abs(solved.solution.cost - cost) / max(1.0, abs(cost)))
    return statistics.mean(cold), statistics.mean(warm), apart, len(cold)


def main() -> int:
    """Measure and compare; return 1 if a target is missed."""
    missed = False
    pack = load("india")
    print("\nMany futures, national plan")
    for name, only in (("all figures", ()), ("demand and limits", FIXED_COSTS)):
        setup = setup_of(pack, only)
        took, rows = ours(setup, pack)
        each = rebuilt(setup)
        ratio = each * DRAWS / took
        ways = ", ".join(
            f"{sum(row['way'] == way for row in rows)} {way}" for way in sorted({str(r["way"]) for r in rows})
        )
        told = f"{DRAWS} draws {took:6.1f} s   rebuilt {each * DRAWS:6.1f} s   {ratio:5.1f}x   ({ways})"
        if only:
            missed |= (slow := ratio < REBUILT_FASTER)
            told += f"   target {REBUILT_FASTER:g}x   {'MISSED' if slow else 'PASS'}"
        print(f"  {name:<18} {told}")
    cold, warm, apart, count = cold_in_place(setup_of(pack, FIXED_COSTS))
    missed |= (slow := cold / warm < COLD_FASTER or apart > AGREE)
    print(
        f"  {'costs fixed':<18} cold in place {cold:6.3f} s   from the first basis {warm:6.3f} s   {cold / warm:5.1f}x"
        f"   target {COLD_FASTER:g}x   {'MISSED' if slow else 'PASS'}   ({count} solves, costs {apart:.0e} apart)"
    )
    plan = make_plan(planning_case(pack))
    setup = setup_of(pack, (), builds=kept_of(decided(plan.decisions["build"])))
    hold(setup, pack)
    lines: list[str] = []
    wall, start = time.perf_counter(), time.process_time()
    with executor_of(None) as executor:
        run_futures(setup, 0, REPLAYS, executor, lines.append)
    wall, busy = time.perf_counter() - wall, time.process_time() - start
    missed |= (slow := wall > 60 * MINUTES)
    costs = [cost for line in lines if (cost := json.loads(line)["cost"]) is not None]
    print(
        f"  {REPLAYS:,} replays, all figures drawn, {os.cpu_count()} cores: {wall / 60:.1f} minutes, {busy / 60:.1f} "
        f"of the processor; {REPLAYS - len(costs)} unfit; cost {np.quantile(costs, 0.05):,.0f} to "
        f"{np.quantile(costs, 0.95):,.0f}   bound {MINUTES:g} minutes   {'MISSED' if slow else 'PASS'}"
    )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
