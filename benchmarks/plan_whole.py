"""Whole plants: how long until a plan of them is proved to cost at most a thousandth more than the best.

One thread; ``seconds`` are those of branch and bound alone. Beside it stand the gap reached and what the plan
costs more than one whose plants are of any size. The certificate has to hold.
"""

from __future__ import annotations

import sys

from chumbak.answer.planning import planning_case
from chumbak.linear.program import NONE
from chumbak.pack import load
from chumbak.plan.case import NATIONAL
from chumbak.plan.certificate import certificate
from chumbak.plan.result import GAP, make_whole_plan

MOST_SECONDS = 60.0


def main() -> int:
    """Measure and compare; return 1 if a target is missed."""
    missed = False
    pack = load("india")
    print("\nWhole plants")
    cases = {"national": planning_case(pack), "by region": planning_case(pack, "regions")}
    for name, case in cases.items():
        plan = make_whole_plan(case, (), NATIONAL, GAP)
        found = plan.whole
        assert found is not None
        gap = (plan.cost - found.bound) / abs(plan.cost)
        number = int((plan.formulation.program.columns["opened"].at != NONE).sum())
        late = found.seconds > MOST_SECONDS or gap > GAP or not certificate(plan).holds
        missed |= late
        size = f"{plan.matrix.A.shape[1]:>7,} columns {number:>6,} of them whole"
        dearer = f"{plan.cost / found.any_size - 1:+.3%} beside plants of any size"
        told = f"{found.seconds:6.1f} s to a gap of {gap:.3%}   target {MOST_SECONDS:g} s to {GAP:.1%}"
        print(f"  {name:<10} {size}   {told}   {dearer}   {'MISSED' if late else 'PASS'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
