"""The certificate of a plan: every rule checked again by other code, and the proof that no plan costs less.

The rules are those of docs/plan.md under the names they have there, worked out from the case and the labelled decisions
(``recheck``, ``recheck_asked``). The proof is weak duality: shadow prices and reduced costs that agree with the columns
of the programme give a cost below which no plan can be, and the plan costs no more than that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chumbak.linear.program import Matrix
from chumbak.linear.solve import TOLERANCE, Solution
from chumbak.plan.recheck import Check, balances, bounds, check, elements, markets, needs, plants, take
from chumbak.plan.recheck_asked import policies, requirement, yearly_costs
from chumbak.plan.result import Plan

RELATIVE = 1e-6  # of the gap between primal and dual
SUMMED = 1e-9  # of the cost, relative to its largest term
STATIONARY = 1e-6  # millions per unit: of duals


@dataclass(frozen=True)
class Solver:
    """What solved a plan: its method, tolerances of rows and of reduced costs, crossover to a vertex, threads."""

    name: str
    version: str
    method: str
    primal_tolerance: float
    dual_tolerance: float
    crossover: bool
    threads: int


@dataclass(frozen=True)
class Certificate:
    """What is certified of a plan.

    ``worst_balance`` is the worst of all balances of goods and elements, t; ``primal`` and ``dual`` the cost of the
    plan and the bound below it, millions; ``gap`` their distance over the cost; ``ranges`` least and largest of
    coefficients, costs, bounds and right sides.
    """

    holds: bool
    checks: tuple[Check, ...]
    worst_balance: float
    primal: float
    dual: float
    gap: float
    solver: Solver
    ranges: dict[str, tuple[float, float]]

    @property
    def broken(self) -> tuple[Check, ...]:
        """Return the checks that fail."""
        return tuple(one for one in self.checks if not one.holds)


def certificate(plan: Plan, given_builds: bool = False) -> Certificate:
    """Return the certificate of a plan; ``given_builds`` says that its builds were kept from another (a replay)."""
    kept, worst = rules_kept(plan, given_builds)
    return certified(kept, worst, plan.matrix, plan.solution, plan.formulation.program.name_of)


def rules_kept(plan: Plan, given_builds: bool = False) -> tuple[tuple[Check, ...], float]:
    """Return every rule checked on a plan, with its cost, and the worst of all balances, t."""
    case, decisions = plan.case, plan.decisions
    taken, asked = take(case, decisions), dict.fromkeys(plan.asked)
    tonnes = [*balances(case, taken), *elements(case, taken)]
    checks = (
        *tonnes, *needs(case, taken), *markets(case, taken), *plants(case, taken, given_builds), *bounds(case, taken),
        *policies(case, taken, decisions, plan.view), *(requirement(case, taken, one) for one in asked),
        _cost(plan, yearly_costs(case, taken, decisions, plan.view)),
    )  # fmt: skip
    return checks, max(one.worst for one in tonnes)


def certified(
    kept: tuple[Check, ...], worst: float, matrix: Matrix, solution: Solution, name_of: Callable[[int, str], str]
) -> Certificate:
    """Return the certificate of rules that were checked, with the proof that no solution of the programme costs less.

    ``name_of`` names a column or row of the programme by its number and "columns" or "rows".
    """
    cost, dual = solution.cost + matrix.offset, lower_bound(matrix, solution)
    gap = abs(cost - dual) / max(1.0, abs(cost))
    proof = (*_duals(matrix, solution, name_of), check("primal_and_dual", "1", np.array([gap]), (["gap"],), RELATIVE))
    holds = all(one.holds for one in (*kept, *proof))
    return Certificate(holds, (*kept, *proof), worst, cost, dual, gap, _solver(solution), matrix.ranges())


def lower_bound(matrix: Matrix, solution: Solution) -> float:
    """Return the dual objective: every shadow price and reduced cost times the side or bound its sign points to."""
    rows = _supported(solution.duals, matrix.row_lower, matrix.row_upper)
    columns = _supported(solution.reduced, matrix.lower, matrix.upper)
    return float(rows.sum() + columns.sum() + matrix.offset)


def _supported(prices: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return price times side; 0 where there is no such side: if the price is not rounding, ``_duals`` finds it."""
    side = np.where(prices > 0, lower, upper)
    found: np.ndarray = prices * np.where(np.isfinite(side), side, 0.0)
    return found


def _duals(matrix: Matrix, solution: Solution, name_of: Callable[[int, str], str]) -> list[Check]:
    """Check that the duals are a proof: they agree with every column, and none leans on a side that is not there."""
    off = np.abs(matrix.cost - matrix.A.T @ solution.duals - solution.reduced)
    scale = np.maximum(1.0, np.abs(matrix.cost))
    rows, columns = (range(size) for size in matrix.A.shape)
    rows_lean = _leaning(solution.duals, matrix.row_lower, matrix.row_upper)
    columns_lean = _leaning(solution.reduced, matrix.lower, matrix.upper)
    found = {
        "columns": [
            check("reduced_costs", "1", off / scale, (columns,), STATIONARY),
            check("signs_of_reduced_costs", "million", columns_lean, (columns,), STATIONARY),
        ],
        "rows": [check("signs_of_duals", "million", rows_lean, (rows,), STATIONARY)],
    }
    return [
        replace(one, where=name_of(int(one.where), kind)) if one.where else one
        for kind, checks in found.items()
        for one in checks
    ]


def _leaning(prices: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.abs(prices) * ~np.isfinite(np.where(prices > 0, lower, upper))
    return found


def _cost(plan: Plan, terms: dict[str, np.ndarray]) -> Check:
    """Check that the terms, summed again by year, come to the cost of the plan."""
    largest = max(1.0, *(float(np.abs(amount).sum()) for amount in terms.values()))
    total = sum(float(amount.sum()) for amount in terms.values())
    return check("cost", "1", np.array([abs(total - plan.cost) / largest]), (["all terms"],), SUMMED)


def _solver(solution: Solution) -> Solver:
    import highspy

    version, method, threads = highspy.Highs().version(), solution.solver, solution.threads
    return Solver("HiGHS", version, method, TOLERANCE, TOLERANCE, crossover=True, threads=threads)
