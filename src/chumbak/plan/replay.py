"""Replay: the builds of a plan kept, and played against another case. How does this plan fare?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from chumbak.linear.program import NONE
from chumbak.linear.solve import solve
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.formulate import formulate, home_deliveries
from chumbak.plan.requirements import Requirement
from chumbak.plan.result import Plan, labelled
from chumbak.plan.ties import break_ties

ROOM = 1e-6  # t/year, and of the build: what a plan met to the solver's tolerance has to hold again


class ReplayError(ValueError):
    """A plan whose builds do not fit the case it is played against."""


def replay(case: Case, build: xr.DataArray, view: str = NATIONAL, asked: tuple[Requirement, ...] = ()) -> Plan:
    """Return the cheapest way to run the builds of another plan in this case.

    ``build`` (plant, region, decided) t/year. Everything else (what is run, bought, kept, collected, lacking) is
    decided anew, under the requirements ``asked``, but those to a budget. Limits to growth and the budget of a year
    were kept when the builds were decided, and are not asked for again. Raises ``NotOptimalError`` where these builds
    cannot keep the requirements, and ``ReplayError`` for builds of plants, regions or years that the case has not.
    """
    if not bool((np.isfinite(build) & (build >= 0)).all()):
        raise ReplayError("The plan builds what is no number, or less than nothing: its file has been changed.")
    kept_to = tuple(one for one in asked if one.kind != "budget")
    formulation = formulate(case, kept_to, view)
    block = formulation.program.columns["build"]
    kept = np.zeros(block.at.shape)
    for dim, known in block.labels.items():
        wanted = build[dim].values.tolist()
        strange = [str(one) for one in wanted if one not in known and float(build.sel({dim: one}).sum()) > 0]
        if strange:
            raise ReplayError(f"The plan builds in the {dim} {', '.join(strange)}, which this pack does not have.")
    for place in np.ndindex(*block.at.shape):
        labels = {dim: list(known)[at] for (dim, known), at in zip(block.labels.items(), place, strict=True)}
        if all(label in build[dim].values for dim, label in labels.items()):
            kept[place] = float(build.sel(labels))
    there = block.at != NONE
    if np.any(kept[~there] > 1e-6):
        lost = np.argwhere((kept > 1e-6) & ~there)[0]
        named = [str(list(known)[at]) for known, at in zip(block.labels.values(), lost, strict=True)]
        raise ReplayError(f"The plan builds {', '.join(named)}, which gives nothing within the years of this case.")
    matrix = formulation.program.matrix()
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    room = ROOM * (1 + kept[there])
    lower[block.at[there]], upper[block.at[there]] = np.maximum(kept[there] - room, 0.0), kept[there] + room
    row_upper = matrix.row_upper.copy()
    for name in ("growth", "budget"):
        if name in formulation.program.rows:
            rows = formulation.program.rows[name].at
            row_upper[rows[rows != NONE]] = np.inf
    fixed = replace(matrix, lower=lower, upper=upper, row_upper=row_upper)
    best = solve(fixed, "the plan played again")
    taken = break_ties(formulation.program, fixed, best, home_deliveries(case, formulation.decisions))
    return Plan(case, view, kept_to, formulation, fixed, taken, labelled(formulation, taken))
