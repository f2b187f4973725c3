"""A plan: the numbers of a solution under their names, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from chumbak.linear.program import NONE, Matrix
from chumbak.linear.solve import NotOptimalError, Progress, Solution, solve, solve_whole
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.formulate import Formulation, formulate, home_deliveries
from chumbak.plan.requirements import Requirement
from chumbak.plan.ties import break_ties, choose, tie_weights

LONG_NAMES = {
    "run": "main product made, or feed taken in, by an activity",
    "buy": "bought of an offer",
    "recolour": "home goods that pass for foreign",
    "deliver": "magnets delivered to makers",
    "store": "in stock at the end of the year",
    "export": "sold abroad",
    "ship": "carried from region to region",
    "collect": "used goods collected",
    "sell": "by-products sold",
    "build": "capacity decided",
    "opened": "whole plants opened, by the piece of what one costs by its size",
    "sized": "capacity of the plants opened",
    "gone": "capacity that the plan built and that is retired or ended, so far",
    "closed": "capacity that stood or was awarded and that is retired, so far",
    "unmet": "magnets lacking, in goods not built",
    "substitute": "magnets saved by designs without rare earths",
}


NONE_HOLDS = ("Infeasible", "Primal infeasible or unbounded")  # what the solver says where no plan holds
GAP = 1e-3  # of its cost, that a plan of whole plants costs at most more than the best


@dataclass(frozen=True)
class Whole:
    """How good a plan of whole plants is proved to be, discounted millions.

    ``asked`` is the gap asked for and ``bound`` the cost below which branch and bound found no plan to be;
    ``any_size`` is what the plan costs whose plants are of any size, at the capital of the reference size; NaN where
    no such plan holds what is required, as its large plants cost more.
    """

    asked: float
    bound: float
    any_size: float
    nodes: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan: the case and requirements it answers, its programme, its solution, and the decisions by label.

    Of whole plants (``whole``) the programme is that in which as many are opened as in the plan: its shadow prices say
    what more of something is worth with these plants.
    """

    case: Case
    view: str
    asked: tuple[Requirement, ...]
    formulation: Formulation
    matrix: Matrix
    solution: Solution
    decisions: xr.Dataset
    whole: Whole | None = None

    @property
    def cost(self) -> float:
        """Return the discounted cost, millions of the pack's money."""
        return self.solution.cost + self.matrix.offset


def make_plan(
    case: Case, asked: tuple[Requirement, ...] = (), view: str = NATIONAL, progress: Progress = lambda what: None
) -> Plan:
    """Return the least-cost plan. Raises ``RequirementError``, and ``NotOptimalError`` where none holds."""
    progress("writing the programme")
    formulation = formulate(case, asked, view)
    matrix = formulation.program.matrix()
    progress(f"solving {matrix.A.shape[1]:,} columns and {matrix.A.shape[0]:,} rows")
    best = solve(matrix)
    progress("choosing among plans of the same cost")
    taken = break_ties(formulation.program, matrix, best, home_deliveries(case, formulation.decisions))
    return Plan(case, view, asked, formulation, matrix, taken, labelled(formulation, taken))


def make_whole_plan(
    case: Case, asked: tuple[Requirement, ...] = (), view: str = NATIONAL, gap: float = GAP,
    progress: Progress = lambda what: None,
) -> Plan:  # fmt: skip
    """Return a plan of whole plants that costs at most ``gap`` of its cost more than the best such plan.

    How many plants are opened comes of branch and bound; with these numbers fixed, the plan of least cost is taken and,
    among several, one by the rule for ties. Raises ``RequirementError``, and ``NotOptimalError`` where none holds.
    """
    progress("the plan with plants of any size")
    any_size = _cost_of_any_size(case, asked, view)
    formulation = formulate(case, asked, view, whole=True)
    matrix = formulation.program.matrix()
    progress(f"opening whole plants: {matrix.A.shape[1]:,} columns and {matrix.A.shape[0]:,} rows")
    found = solve_whole(matrix, gap, "the plan of whole plants")
    fixed = with_openings(matrix, found.columns)
    best = solve(fixed, "the plan with the plants that are opened")
    progress("choosing among plans of the same cost")
    weights = tie_weights(formulation.program, home_deliveries(case, formulation.decisions))
    for name in ("opened", "sized"):  # what is built counts among ties, and not once more as plants
        columns = formulation.program.columns[name].at
        weights[columns[columns != NONE]] = 0.0
    taken = choose(fixed, best, weights)
    whole = Whole(gap, found.bound + matrix.offset, any_size, found.nodes, found.seconds)
    return Plan(case, view, asked, formulation, fixed, taken, labelled(formulation, taken), whole)


def _cost_of_any_size(case: Case, asked: tuple[Requirement, ...], view: str) -> float:
    """Return the cost of the plan with plants of any size, NaN where there is none."""
    matrix = formulate(case, asked, view).program.matrix()
    try:
        return solve(matrix).cost + matrix.offset
    except NotOptimalError as error:
        if error.status not in NONE_HOLDS:
            raise
        return float("nan")


def with_openings(matrix: Matrix, columns: np.ndarray) -> Matrix:
    """Return the programme with its whole columns fixed at what they are in ``columns``; none is whole any more."""
    whole = np.zeros(len(columns), dtype=bool) if matrix.integer is None else matrix.integer
    lower, upper = (np.where(whole, columns, side) for side in (matrix.lower, matrix.upper))
    return replace(matrix, lower=lower, upper=upper, integer=None)


def labelled(formulation: Formulation, solution: Solution) -> xr.Dataset:
    """Return every decision over its labels, zero where there is no column."""
    found = {}
    for name, block in formulation.program.columns.items():
        values = formulation.program.values(name, np.maximum(solution.columns, 0.0))
        dims = [f"{name}_{dim}" if dim in ("from", "to") else dim for dim in block.labels]
        coords = {dim: np.array(list(members), dtype=object if not members else None)
                  for dim, members in zip(dims, block.labels.values(), strict=True)}  # fmt: skip
        found[name] = xr.DataArray(
            values, dims=dims, coords=coords, attrs={"units": block.unit, "long_name": LONG_NAMES.get(name, name)}
        )
    xr.align(*found.values(), join="exact")  # a Dataset would quietly fill labels that differ
    return xr.Dataset(found)
