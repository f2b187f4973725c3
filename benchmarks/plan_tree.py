"""A plan on a tree of futures, written out whole: how it grows with the number of futures, beside as many single plans.

Futures of the national pack part in 2029; each stops Chinese supply in other years. *Growth* is the exponent of solver
seconds over futures between the first and the last tree. A decomposition (Benders, progressive hedging) would have to
beat the whole programme: every round of it solves each future once, so as many single plans are what a round costs.
"""

from __future__ import annotations

import math
import resource
import sys
import time

from chumbak.answer.planning import planning_case
from chumbak.linear.solve import solve
from chumbak.pack import load
from chumbak.plan.case import Case
from chumbak.plan.formulate import formulate
from chumbak.plan.tree.extensive import Extensive, Risk, extensive
from chumbak.plan.tree.nodes import Branch, Tree
from chumbak.plan.tree.splice import Stop, stopped, with_same_limits

FUTURES = (1, 2, 4, 8, 16)
PARTS_IN = 2029
MOST_SECONDS = 60.0  # of the solver, for the tree of eight
MOST_GROWTH = 2.0
ROUNDS = 10  # of a decomposition, few


def grown(case: Case, futures: int) -> tuple[Tree, list[Case]]:
    """Return a tree of futures of equal chance, the first of them calm."""
    cases = [case]
    for at in range(1, futures):
        first = PARTS_IN + (at - 1) % 12
        stop = Stop(("CHN",), (), (), (), first, min(first + 1 + at // 13, int(case.years[-1])), 1.0)
        cases.append(stopped(case, [stop], str(at)))
    ends = [Branch(str(at), str(at), PARTS_IN, 1 / futures, 0) for at in range(futures)]
    return Tree("grown", (Branch("root", "root", case.base_year, 1.0, 0), *ends), 0), with_same_limits(cases)


def solved(form: Extensive) -> float:
    """Return seconds of the solver."""
    return solve(form.matrix, "the tree").seconds


def main() -> int:
    """Print how trees grow; return 1 if a bound is missed."""
    case = planning_case(load("india"))
    single = solve(formulate(case).program.matrix()).seconds
    print(f"\nPlans on trees: the whole programme by futures (a single plan: {single:.2f} s of the solver)")
    seconds = {}
    for futures in FUTURES[1:]:
        start = time.perf_counter()
        tree, cases = grown(case, futures)
        form = extensive(tree, cases, (), "national", Risk())
        written = time.perf_counter() - start
        seconds[futures] = solved(form)
        height, width = form.matrix.A.shape
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"         {futures:2d} futures: {width:,} columns, {height:,} rows, written in {written:.2f} s, solved in"
        )
        rounds = ROUNDS * futures * single
        print(f"            {seconds[futures]:.1f} s, {peak:,.0f} MiB; {ROUNDS} rounds of single plans {rounds:.1f} s")
    growth = math.log(seconds[16] / seconds[2]) / math.log(8)
    lines = (
        (seconds[8] <= MOST_SECONDS, f"eight futures  {seconds[8]:.1f} s (at most {MOST_SECONDS:g})"),
        (growth <= MOST_GROWTH, f"growth         futures^{growth:.2f} (at most {MOST_GROWTH:g})"),
    )
    for fits, text in lines:
        print(f"  {'ok    ' if fits else 'MISSED'} {text}")
    tail = solved(extensive(*grown(case, 4), (), "national", Risk(1.0, 0.9)))
    print(f"         four futures with the cost of the tail {tail:.1f} s, without {seconds[4]:.1f} s")
    return 0 if all(fits for fits, _ in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
