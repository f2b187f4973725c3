"""A plan: the numbers of a solution under their names, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.linear.program import Matrix
from chumbak.linear.solve import Progress, Solution, solve
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.formulate import Formulation, formulate, home_deliveries
from chumbak.plan.requirements import Requirement
from chumbak.plan.ties import break_ties

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
    "gone": "capacity that the plan built and that is retired or ended, so far",
    "closed": "capacity that stood or was awarded and that is retired, so far",
    "unmet": "magnets lacking, in goods not built",
    "substitute": "magnets saved by designs without rare earths",
}


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan: the case and requirements it answers, its programme, its solution, and the decisions by label."""

    case: Case
    view: str
    asked: tuple[Requirement, ...]
    formulation: Formulation
    matrix: Matrix
    solution: Solution
    decisions: xr.Dataset

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
