"""Near-optimal plans: what each plant's build can be among all plans that cost little more than the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from scipy import sparse

from chumbak.plan.program import NONE, Matrix
from chumbak.plan.result import Plan
from chumbak.plan.solve import Progress, load, run


def build_ranges(plan: Plan, slack: float, progress: Progress = lambda what: None) -> xr.Dataset:
    """Return the least and most that is built of each plant, in each region, at a cost within ``slack`` of the best.

    Variables (plant, region), t/year over all years of decision: ``least``, ``best`` (in the plan itself), ``most``.
    What has ``least`` above zero is built in every such plan; what has not can be swapped for something else.
    """
    assert slack >= 0, "a slack is zero or more"
    build = plan.formulation.decisions.build
    model = load(_bounded(plan, slack), "simplex")
    width = plan.matrix.A.shape[1]
    numbers = np.arange(width, dtype=np.int32)
    found = np.zeros((2, *build.shape[:2]))
    for place in np.ndindex(*build.shape[:2]):
        columns = build[place][build[place] != NONE]
        if not columns.size:
            continue
        progress(f"ranges of {plan.case.plants.names[place[0]]}")
        for side, sign in enumerate((1.0, -1.0)):
            cost = np.zeros(width)
            cost[columns] = sign
            model.changeColsCost(width, numbers, cost)
            found[(side, *place)] = sign * run(model, "the range of a build", "simplex").cost
    units = {"units": "t/year"}
    dims = ("plant", "region")
    return xr.Dataset(
        {
            "least": (dims, np.maximum(found[0], 0.0), {**units, "long_name": "least built at near-equal cost"}),
            "best": (dims, plan.decisions["build"].values.sum(axis=2), {**units, "long_name": "built in the plan"}),
            "most": (dims, found[1], {**units, "long_name": "most built at near-equal cost"}),
        },
        coords={"plant": list(plan.case.plants.names), "region": list(plan.case.regions)},
        attrs={"slack": slack},
    )


def _bounded(plan: Plan, slack: float) -> Matrix:
    """Return the programme with one row more: the cost is within ``slack`` of the best."""
    matrix = plan.matrix
    most = plan.cost + slack * abs(plan.cost) - matrix.offset
    whole = sparse.vstack([matrix.A, sparse.coo_array(matrix.cost[None, :])]).tocsc()
    return replace(
        matrix, A=whole, cost=np.zeros_like(matrix.cost), row_lower=np.append(matrix.row_lower, -np.inf),
        row_upper=np.append(matrix.row_upper, most),
    )  # fmt: skip
