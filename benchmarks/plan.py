"""The planner beside Pyomo: how long until the solver has the programme, and how much of a plan is not the solver.

Pyomo is given the very rows and columns of ours, as ready lists of coefficients: it evaluates no rule of its own, which
flatters it. *To the solver's door* is from the case to the programme inside HiGHS (Pyomo's own interface to it, appsi);
medians of ``REPEATS``. Both must solve to the same cost. *Not HiGHS* is the share of building and solving a plan, the
choice among ties included, that is spent outside HiGHS.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time

from chumbak.answer.planning import planning_case
from chumbak.linear.program import Matrix
from chumbak.linear.solve import load as to_the_door
from chumbak.linear.solve import solve
from chumbak.pack import load
from chumbak.plan.case import Case
from chumbak.plan.formulate import formulate, home_deliveries
from chumbak.plan.ties import break_ties

REPEATS = 5
FASTER = 5.0  # times, national
MOST_COLUMNS = 30_000
NOT_HIGHS = {"national": 1 / 3, "by region": 1 / 10}
AGREE = 1e-7


def ours(case: Case) -> tuple[float, Matrix]:
    """Return seconds from the case to HiGHS, and the programme."""
    start = time.perf_counter()
    matrix = formulate(case).program.matrix()
    to_the_door(matrix)
    return time.perf_counter() - start, matrix


def theirs_of(matrix: Matrix) -> tuple[float, float]:
    """Return seconds from lists of coefficients to HiGHS, and the cost of the solution."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs
    from pyomo.core.expr import LinearExpression

    rows = matrix.A.tocsr()
    ends, columns, values = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    start = time.perf_counter()
    model = pyo.ConcreteModel()
    finite = [(None if low == -float("inf") else low, None if high == float("inf") else high)
              for low, high in zip(matrix.lower.tolist(), matrix.upper.tolist(), strict=True)]  # fmt: skip
    model.x = pyo.Var(range(len(finite)), bounds=lambda _, at: finite[at])
    x = [model.x[at] for at in range(len(finite))]
    sides = list(zip(matrix.row_lower.tolist(), matrix.row_upper.tolist(), strict=True))

    def rule(_: object, row: int) -> object:
        first, last = ends[row], ends[row + 1]
        low, high = sides[row]
        if first == last or (low == -float("inf") and high == float("inf")):
            return pyo.Constraint.Skip
        body = LinearExpression(linear_coefs=values[first:last], linear_vars=[x[at] for at in columns[first:last]])
        if low == high:
            return body == low
        return pyo.inequality(None if low == -float("inf") else low, body, None if high == float("inf") else high)

    model.rule = pyo.Constraint(range(len(sides)), rule=rule)
    priced = [(cost, at) for at, cost in enumerate(matrix.cost.tolist()) if cost]
    model.cost = pyo.Objective(
        expr=LinearExpression(linear_coefs=[cost for cost, _ in priced], linear_vars=[x[at] for _, at in priced])
    )
    solver = Highs()
    solver.highs_options = {"solver": "ipx", "threads": 1, "output_flag": False}
    solver.set_instance(model)
    taken = time.perf_counter() - start
    found = solver.solve(model)
    return taken, float(found.best_feasible_objective)


def whole(case: Case) -> tuple[float, float, Matrix]:
    """Return seconds of a plan from case to choice among ties, those of them in HiGHS, and the programme."""
    start = time.perf_counter()
    formulation = formulate(case)
    matrix = formulation.program.matrix()
    best = solve(matrix)
    taken = break_ties(formulation.program, matrix, best, home_deliveries(case, formulation.decisions))
    return time.perf_counter() - start, taken.seconds, matrix


def main() -> int:
    """Measure and compare; return 1 if a target is missed."""
    missed = False
    pack = load("india")
    print("\nThe planner")
    cases = {"national": planning_case(pack), "by region": planning_case(pack, "regions")}
    for name, case in cases.items():
        took, in_highs, matrix = whole(case)
        share = 1 - in_highs / took
        missed |= (late := share > NOT_HIGHS[name])
        size = f"{matrix.A.shape[1]:>7,} columns {matrix.A.shape[0]:>7,} rows {matrix.A.nnz:>8,} coefficients"
        told = f"build and solve {took:6.2f} s   not HiGHS {share:4.0%}   target {NOT_HIGHS[name]:.0%}"
        print(f"  {name:<10} {size}   {told}   {'MISSED' if late else 'PASS'}")
    columns = solve(ours(cases["national"])[1]).columns.size
    missed |= columns > MOST_COLUMNS
    print(f"  national columns {columns:,}   bound {MOST_COLUMNS:,}   {'MISSED' if columns > MOST_COLUMNS else 'PASS'}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, both plans and the pack")
    try:
        import pyomo.environ  # noqa: F401
    except ImportError:
        print("  Pyomo IS NOT INSTALLED HERE: not compared.")
        return int(missed)
    for name, case in cases.items():
        matrix = ours(case)[1]
        mine = statistics.median(ours(case)[0] for _ in range(REPEATS))
        peers = [theirs_of(matrix) for _ in range(REPEATS if name == "national" else 1)]
        theirs = statistics.median(seconds for seconds, _ in peers)
        cost = solve(matrix).cost
        same = abs(peers[0][1] - cost) <= AGREE * abs(cost)
        slow = theirs / mine < FASTER
        missed |= slow or not same
        door = f"to the solver's door {mine:6.3f} s   Pyomo {theirs:6.3f} s   {theirs / mine:5.1f}x"
        verdict = f"{'MISSED' if slow else 'PASS'}   same cost: {'yes' if same else 'NO'}"
        print(f"  {name:<10} {door}   target {FASTER:g}x   {verdict}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
