"""A plan by states: seconds of the solver and memory at most, in a process of its own; and its cost beside its checks.

One thread; ``seconds`` are those of both solves, the second for ties. Memory is the most that the process ever held
until the plan was there. The certificate has to hold, and the plan to cost no less than the whole country would with no
freight inside it, at the power and the way from a port of the cheapest state: that a plan by states cannot beat.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import replace

from chumbak.answer.planning import planning_case
from chumbak.pack import load
from chumbak.plan.case import Case
from chumbak.plan.certificate import certificate
from chumbak.plan.places import PLACES, STATES
from chumbak.plan.result import make_plan

MOST_SECONDS = 60.0
MOST_MIB = 1000.0
ROUNDING = 1e-6


def main() -> int:
    """Measure and compare; return 1 if a target is missed."""
    print("\nPlans by places")
    found = {places: _apart(places) for places in PLACES}
    states = found[STATES]
    late, large = states["seconds"] > MOST_SECONDS, states["mib"] > MOST_MIB
    for places, one in found.items():
        dearer = f"{one['cost'] / found[PLACES[0]]['cost'] - 1:+.3%} beside the country"
        print(f"  {places:<8} {one['columns']:>8,} columns   cost {one['cost']:>12,.1f}   {dearer}")
    print(f"  solver of the plan by states {states['seconds']:8.1f} s   target {MOST_SECONDS:g} s   {_word(late)}")
    print(f"  memory of the plan by states {states['mib']:8,.0f} MiB target {MOST_MIB:,.0f} MiB   {_word(large)}")
    floor = make_plan(_cheapest(planning_case(load("india"), STATES))).cost
    below = states["cost"] < floor * (1 - ROUNDING) or not states["holds"]
    print(f"  it costs {states['cost'] / floor - 1:.3%} more than none can be below, certificate   {_word(below)}")
    return int(late or large or below)


def _word(missed: bool) -> str:
    return "MISSED" if missed else "PASS"


def _cheapest(case: Case) -> Case:
    """Return the case of the whole country at the least tariff and the least way from a port of all places."""
    return replace(
        planning_case(load("india")), tariff=case.tariff.min(keepdims=True), landing=case.landing.min(keepdims=True)
    )


def _apart(places: str) -> dict[str, float]:
    """Return what a plan takes in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.plan_states", places]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told)
    return found


def _measure(places: str) -> None:
    """Make one plan in this process and print what it took."""
    plan = make_plan(planning_case(load("india"), places))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"seconds": plan.solution.seconds, "mib": most, "cost": plan.cost, "columns": plan.matrix.A.shape[1]}
    print(json.dumps(told | {"holds": certificate(plan).holds}))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    _measure(sys.argv[1])
