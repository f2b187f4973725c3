"""Near-optimal plans: what each plant's build can be among all plans that cost little more than the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from chumbak.linear.program import NONE, Matrix, Program
from chumbak.linear.solve import Progress, optima
from chumbak.plan.formulate import formulate
from chumbak.plan.result import Plan

USED = 0.5  # of what plants could turn out in a year
TINY = 1e-6  # t/year
DIGITS = 6  # to which an end is told: an interior point comes to it, and does not hit it


def build_ranges(plan: Plan, slack: float, progress: Progress = lambda what: None) -> xr.Dataset:
    """Return the least and most that is built of each plant in the country at a cost within ``slack`` of the best.

    Variables (plant,), t/year over the decisions that are run up within the years of the plan: ``least``, ``best`` (in
    the plan itself), ``most``. What has ``least`` above zero is built in every such plan; what has not can be swapped
    for something else. Nothing is built to stand idle or to be retired early: of what the plants of a kind could turn
    out in a year, at least ``USED`` is asked of them, or what is in the plan itself if that is less.

    Nothing is less than zero, so an end at zero that some plan reaches needs no solve: the plan itself is one such
    plan, and the one that builds least of all plants together another. Raises ``NotOptimalError``.
    """
    assert slack >= 0, "a slack is zero or more"
    plants = plan.case.plants
    run_up = plants.level.max(axis=2) > 1 - TINY  # (plant, decided)
    build = np.where(run_up[:, None], plan.formulation.decisions.build, NONE)
    columns = [numbers[numbers != NONE] for numbers in build]
    best = (plan.decisions["build"].values * run_up[:, None]).sum(axis=(1, 2))
    matrix = _bounded(plan, slack)
    wanted = {(at, -1.0): _summed(matrix, columns[at], -1.0) for at in range(len(columns)) if columns[at].size}
    least = best.copy()
    if (best > TINY).any():
        # by the builds of the plan, so that a small plant counts as much as a large one
        together = sum((_summed(matrix, columns[at], 1 / max(best[at], 1.0)) for at in range(len(columns))),
                       np.zeros(len(matrix.cost)))  # fmt: skip
        progress("the ranges of builds: what has to be built at all")
        fewest = optima(matrix, [together], "the least that is built")[0]
        least = np.minimum(least, [fewest[numbers].sum() for numbers in columns])
    wanted |= {(at, 1.0): _summed(matrix, columns[at], 1.0)
               for at in range(len(columns)) if least[at] > TINY * max(best[at], 1.0)}  # fmt: skip
    count = iter(range(1, len(wanted) + 1))
    found = optima(matrix, list(wanted.values()), "the range of a build",
                   lambda: progress(f"the ranges of builds: {next(count)} of {len(wanted)}"))  # fmt: skip
    ends = {1.0: np.zeros(len(best)), -1.0: np.zeros(len(best))}
    for (at, sign), reached in zip(wanted, found, strict=True):
        ends[sign][at] = _rounded(reached[columns[at]].sum())
    # the plan itself is one of those that are compared: no rounding may leave it outside
    units = {"units": "t/year"}
    return xr.Dataset(
        {
            "least": ("plant", np.minimum(ends[1.0], best), {**units, "long_name": "least built at near-equal cost"}),
            "best": ("plant", best, {**units, "long_name": "built in the plan"}),
            "most": ("plant", np.maximum(ends[-1.0], best), {**units, "long_name": "most built at near-equal cost"}),
        },
        coords={"plant": list(plants.names)},
        attrs={"slack": slack},
    )


def _summed(matrix: Matrix, columns: np.ndarray, weight: float) -> np.ndarray:
    """Return the objective that is ``weight`` times the sum of some columns."""
    cost = np.zeros_like(matrix.cost)
    cost[columns] = weight
    return cost


def _rounded(tonnes: float) -> float:
    return float(f"{max(tonnes, 0.0):.{DIGITS - 1}e}") if tonnes > TINY else 0.0


def _bounded(plan: Plan, slack: float) -> Matrix:
    """Return the programme with the rules that the cost is within ``slack`` of the best, and that plants are used."""
    program = formulate(plan.case, plan.asked, plan.view).program
    cost = plan.matrix.cost
    most = plan.cost + slack * abs(plan.cost) - plan.matrix.offset
    row = program.add_rows("cost", {"of": ("all",)}, "million", upper=most)
    program.add(row, np.arange(len(cost)), cost)
    _not_idle(program, plan)
    _not_early(program, plan)
    return replace(program.matrix(), cost=np.zeros_like(cost))


def _not_idle(program: Program, plan: Plan) -> None:
    """What is built is used.

    share[k,r,t] availability[k] (sum_b level[k,b,t] build[k,r,b] - gone[k,r,t]) - sum_a use[k,a,t] run[a,r,t]  <=  0
    """
    plants, make = plan.case.plants, plan.formulation.decisions
    value = {name: plan.decisions[name].values for name in ("build", "gone", "run")}
    able = np.einsum("krb,kbt->krt", value["build"], plants.level) - value["gone"]
    able = able * plants.availability[:, None, None]
    used = np.einsum("kat,art->krt", plants.use, value["run"])
    share = np.minimum(USED, np.divide(used, able, out=np.full_like(used, USED), where=able > TINY))
    kept = share * plants.availability[:, None, None]
    rows = program.add_rows("used", _labels(plan), "t/year", upper=TINY)
    program.add(rows[:, :, None], make.build[..., None], kept[:, :, None] * plants.level[:, None])
    program.add(rows, make.gone, -kept)
    for activity in range(plants.use.shape[1]):
        program.add(rows, make.run[activity], -plants.use[:, activity][:, None])


def _not_early(program: Program, plan: Plan) -> None:
    """Nothing is retired early but what the plan retires.

    gone[k,r,t] - sum_b ended[k,b,t] build[k,r,b]  <=  the same in the plan
    """
    plants, make = plan.case.plants, plan.formulation.decisions
    ended = np.einsum("krb,kbt->krt", plan.decisions["build"].values, plants.ended)
    early = np.maximum(plan.decisions["gone"].values - ended, 0.0)
    rows = program.add_rows("retired_early", _labels(plan), "t/year", upper=early + TINY)
    program.add(rows, make.gone, 1.0)
    program.add(rows[:, :, None], make.build[..., None], -plants.ended[:, None])


def _labels(plan: Plan) -> dict[str, list[object]]:
    case = plan.case
    return {"plant": list(case.plants.names), "region": list(case.regions), "year": case.years.tolist()}
