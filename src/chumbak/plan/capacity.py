"""Rules of plants: what they can turn out, how they grow and end, what may be spent on them in a year."""

from __future__ import annotations

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan.case import Case
from chumbak.plan.decisions import Decisions


def capacity(program: Program, case: Case, make: Decisions) -> None:
    """What activities ask of a plant is no more than it can turn out.

        sum_a use[k,a,t] run[a,r,t]  <=  availability[k]
            (there[k,r,t] - closed[k,r,t] + sum_b level[k,b,t] build[k,r,b] - gone[k,r,t])

    ``there`` is what stands or is awarded; ``level`` holds the time to build and the run-up of the first three years.
    """
    plants = case.plants
    there = plants.standing + plants.awarded
    able = plants.availability[:, None, None]
    rows = program.add_rows("capacity", _labels(case), "t/year", upper=able * there)
    for activity in range(len(case.network.activities)):
        program.add(rows, make.run[activity], plants.use[:, activity][:, None, :])
    program.add(rows[:, :, None], make.build[..., None], -able[..., None] * plants.level[:, None])
    program.add(rows, make.gone, able)
    program.add(rows, make.closed, able)


def ending(program: Program, case: Case, make: Decisions) -> None:
    """What has gone stays gone; of what the plan builds the oldest goes first, at the end of its life at the latest.

    gone[k,r,t] >= gone[k,r,t-1]                closed[k,r,t] >= closed[k,r,t-1]
    gone[k,r,t] >= sum_b ended[k,b,t] build[k,r,b]
    gone[k,r,t] <= sum_b online[k,b,t] build[k,r,b]
    """
    plants = case.plants
    for name, columns in (("gone_stays", make.gone), ("closed_stays", make.closed)):
        rows = program.add_rows(name, _labels(case), "t/year", keep=columns != NONE, lower=0.0)
        program.add(rows, columns, 1.0)
        program.add(rows[..., 1:], np.where(rows[..., 1:] == NONE, NONE, columns[..., :-1]), -1.0)
    there = make.gone != NONE
    ends: np.ndarray = np.any(plants.ended > 0, axis=1)[:, None] & there
    rows = program.add_rows("end_of_life", _labels(case), "t/year", keep=ends, lower=0.0)
    program.add(rows, np.where(ends, make.gone, NONE), 1.0)
    _sum_of_builds(program, rows, make.build, -plants.ended)
    rows = program.add_rows("gone_was_built", _labels(case), "t/year", keep=there, upper=0.0)
    program.add(rows, make.gone, 1.0)
    _sum_of_builds(program, rows, make.build, -plants.online)


def _sum_of_builds(program: Program, rows: np.ndarray, build: np.ndarray, share: np.ndarray) -> None:
    """Add share[k,b,t] build[k,r,b] to the rows (plant, region, year) that there are."""
    columns = np.where((rows == NONE)[:, :, None], NONE, build[..., None])
    program.add(rows[:, :, None], columns, share[:, None])


def _labels(case: Case) -> dict[str, list[object]]:
    return {"plant": list(case.plants.names), "region": list(case.regions), "year": case.years.tolist()}


def growth(program: Program, case: Case, make: Decisions) -> None:
    """The capacity of the country grows no faster than a share of what stands, and a first step.

        sum_r sum_b (online[k,b,t] - online[k,b,t-1]) build[k,r,b]
            <=  rate[k] sum_r (there - closed + sum_b online build[b] - gone)[k,r,t-1] + step[k]

    What is awarded comes on top.
    """
    plants = case.plants
    before = np.concatenate([np.zeros_like(plants.online[..., :1]), plants.online[..., :-1]], axis=-1)
    there = (plants.standing + plants.awarded).sum(axis=1)
    stood = np.concatenate([there[:, :1], there[:, :-1]], axis=-1)
    rate = plants.growth[:, None]
    rows = program.add_rows(
        "growth", {"plant": plants.names, "year": case.years.tolist()}, "t/year",
        keep=np.any(plants.online > 0, axis=1), upper=plants.step[:, None] + rate * stood,
    )  # fmt: skip
    comes = plants.online - before - rate[..., None] * before
    comes = np.where(rows[:, None] == NONE, 0.0, comes)
    program.add(rows[:, None, None], make.build[..., None], comes[:, None])
    for columns in (make.gone, make.closed):
        earlier = np.where(rows[:, None, 1:] == NONE, NONE, columns[..., :-1])
        program.add(rows[:, None, 1:], earlier, rate[:, None])


def budget(program: Program, case: Case, make: Decisions) -> None:
    """No more capital is committed in a year than the budget allows.

    sum_k,r capital[k] build[k,r,b]  <=  budget[b]

    Of whole plants, what opening and size of each cost stands for the product (``whole.open_plants``).
    """
    if case.budget is None:
        return
    most = case.budget[np.isin(case.years, case.decided)]
    rows = program.add_rows("budget", {"decided": case.decided.tolist()}, "million", upper=most)
    for columns, each in make.capital.paid:
        program.add(rows, columns, each[:, None, None])
