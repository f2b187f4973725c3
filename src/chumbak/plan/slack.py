"""Near-optimal plans: what each plant's build can be among all plans that cost little more than the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from scipy import sparse

from chumbak.plan.program import NONE, Matrix
from chumbak.plan.result import Plan
from chumbak.plan.solve import Progress, solve

USED = 0.5  # of what plants could turn out in a year
TINY = 1e-6  # t/year
Term = tuple[np.ndarray, ...]  # rows, columns, coefficients


def build_ranges(plan: Plan, slack: float, progress: Progress = lambda what: None) -> xr.Dataset:
    """Return the least and most that is built of each plant in the country at a cost within ``slack`` of the best.

    Variables (plant,), t/year over the decisions that are run up within the years of the plan: ``least``, ``best`` (in
    the plan itself), ``most``. What has ``least`` above zero is built in every such plan; what has not can be swapped
    for something else. Nothing is built to stand idle or to be retired early: of what the plants of a kind could turn
    out in a year, at least ``USED`` is asked of them, or what is in the plan itself if that is less.
    """
    assert slack >= 0, "a slack is zero or more"
    plants = plan.case.plants
    run_up = plants.level.max(axis=2) > 1 - TINY  # (plant, decided)
    build = np.where(run_up[:, None], plan.formulation.decisions.build, NONE)
    best = (plan.decisions["build"].values * run_up[:, None]).sum(axis=(1, 2))
    matrix = _bounded(plan, slack)
    found = np.zeros((2, len(plants.names)))
    for at, name in enumerate(plants.names):
        columns = build[at][build[at] != NONE]
        if not columns.size:
            continue
        progress(f"ranges of {name}")
        for side, sign in enumerate((1.0, -1.0)):
            cost = np.zeros_like(matrix.cost)
            cost[columns] = sign
            found[side, at] = sign * solve(replace(matrix, cost=cost), "the range of a build").cost
    units = {"units": "t/year"}
    return xr.Dataset(
        {
            "least": ("plant", np.maximum(found[0], 0.0), {**units, "long_name": "least built at near-equal cost"}),
            "best": ("plant", best, {**units, "long_name": "built in the plan"}),
            "most": ("plant", found[1], {**units, "long_name": "most built at near-equal cost"}),
        },
        coords={"plant": list(plants.names)},
        attrs={"slack": slack},
    )


def _bounded(plan: Plan, slack: float) -> Matrix:
    """Return the programme with the rows that the cost is within ``slack`` of the best, and that plants are used."""
    matrix, (idle, early) = plan.matrix, (_idle(plan), _retired_early(plan))
    most = plan.cost + slack * abs(plan.cost) - matrix.offset
    whole = sparse.vstack([matrix.A, sparse.coo_array(matrix.cost[None, :]), idle, early[0]]).tocsc()
    return replace(
        matrix, A=whole, cost=np.zeros_like(matrix.cost),
        row_lower=np.concatenate([matrix.row_lower, np.full(1 + idle.shape[0] + early[0].shape[0], -np.inf)]),
        row_upper=np.concatenate([matrix.row_upper, [most], np.full(idle.shape[0], TINY), early[1] + TINY]),
    )  # fmt: skip


def _idle(plan: Plan) -> sparse.coo_array:
    """Return rows (plant, region, year) that say that what the plan builds is used.

    share[k,r,t] availability[k] (sum_b level[k,b,t] build[k,r,b] - gone[k,r,t]) - sum_a use[k,a,t] run[a,r,t]  <=  0
    """
    plants, make = plan.case.plants, plan.formulation.decisions
    value = {name: plan.decisions[name].values for name in ("build", "gone", "run")}
    able = np.einsum("krb,kbt->krt", value["build"], plants.level) - value["gone"]
    able = able * plants.availability[:, None, None]
    used = np.einsum("kat,art->krt", plants.use, value["run"])
    share = np.minimum(USED, np.divide(used, able, out=np.full_like(used, USED), where=able > TINY))
    kept = share * plants.availability[:, None, None]
    rows = np.arange(used.size).reshape(used.shape)
    terms: list[Term] = [
        np.broadcast_arrays(rows[:, :, None], make.build[..., None], kept[:, :, None] * plants.level[:, None]),
        np.broadcast_arrays(rows, make.gone, -kept),
        *(np.broadcast_arrays(rows, make.run[activity], -plants.use[:, activity][:, None])
          for activity in range(plants.use.shape[1])),
    ]  # fmt: skip
    return _rows(terms, used.size, plan)


def _retired_early(plan: Plan) -> tuple[sparse.coo_array, np.ndarray]:
    """Return rows (plant, region, year) that nothing is retired early but what the plan retires, and their side.

    gone[k,r,t] - sum_b ended[k,b,t] build[k,r,b]  <=  the same in the plan
    """
    plants, make = plan.case.plants, plan.formulation.decisions
    ended = np.einsum("krb,kbt->krt", plan.decisions["build"].values, plants.ended)
    early = plan.decisions["gone"].values - ended
    rows = np.arange(early.size).reshape(early.shape)
    terms: list[Term] = [
        np.broadcast_arrays(rows, make.gone, 1.0),
        np.broadcast_arrays(rows[:, :, None], make.build[..., None], -plants.ended[:, None]),
    ]
    return _rows(terms, early.size, plan), np.maximum(early.ravel(), 0.0)


def _rows(terms: list[Term], count: int, plan: Plan) -> sparse.coo_array:
    row, column, amount = (np.concatenate([np.ravel(term[part]) for term in terms]) for part in range(3))
    there = (column != NONE) & (amount != 0)
    return sparse.coo_array((amount[there], (row[there], column[there])), shape=(count, plan.matrix.A.shape[1]))
