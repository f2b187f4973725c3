"""Replay: the builds of a plan kept, and played against another case. How does this plan fare?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from chumbak.linear.program import NONE, Matrix
from chumbak.linear.solve import NotOptimalError, solve
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.conflict import Requirements, any_plan, nearest_beside
from chumbak.plan.formulate import Formulation, formulate, home_deliveries
from chumbak.plan.requirements import AT_MOST, SHARES, Requirement
from chumbak.plan.result import Plan, labelled
from chumbak.plan.ties import break_ties

ROOM = 1e-6  # t/year, and of the build: what a plan met to the solver's tolerance has to hold again
EASE = 0.1  # of the last digit told: how far inside what can hold a nearest value is at least


class ReplayError(ValueError):
    """A plan whose builds do not fit the case it is played against."""


def replay(case: Case, build: xr.DataArray, view: str = NATIONAL, asked: Requirements = ()) -> Plan:
    """Return the cheapest way to run the builds of another plan in this case.

    ``build`` (plant, region, decided) t/year. Everything else (what is run, bought, kept, collected, lacking) is
    decided anew, under the requirements ``asked``, but those to a budget. Limits to growth and the budget of a year
    were kept when the builds were decided, and are not asked for again. Raises ``NotOptimalError`` where these builds
    cannot keep the requirements, and ``ReplayError`` for builds of plants, regions or years that the case has not.
    """
    kept_to = _of_running(asked)
    formulation = formulate(case, kept_to, view)
    fixed = _with_builds(formulation, build)
    best = solve(fixed, "the plan played again")
    try:
        taken = break_ties(formulation.program, fixed, best, home_deliveries(case, formulation.decisions))
    except NotOptimalError:
        taken = best  # what is asked can only just be kept: the solver's rounding leaves nothing to choose from
    return Plan(case, view, kept_to, formulation, fixed, taken, labelled(formulation, taken))


def nearest_kept(
    case: Case, build: xr.DataArray, view: str, asked: Requirements
) -> dict[Requirement, Requirement | None]:
    """Return for each requirement but a budget what of it the builds of another plan can keep in this case.

    One after the other in the order asked, each as near to what was asked as can be beside what is kept of those before
    it, to three digits; None where no value of one can be kept. Raises ``ReplayError`` as ``replay`` does.
    """

    def holds(these: Requirements) -> bool:
        return any_plan(_with_builds(formulate(case, these, view), build))

    found: dict[Requirement, Requirement | None] = {}
    for one in _of_running(asked):
        value = nearest_beside(holds, tuple(kept for kept in found.values() if kept is not None), one)
        found[one] = None if value is None else replace(one, value=value if value == one.value else _eased(one, value))
    return found


def _eased(one: Requirement, value: float) -> float:
    """Return a value to three digits, a little on the side that can hold: at the very edge costs are steep."""
    unit = 1e-3 if one.kind in SHARES else 10.0 ** (np.floor(np.log10(max(value, 1e-9))) - 2)
    if one.kind in AT_MOST:
        return min(round(float(np.ceil(value / unit + EASE) * unit), 9), 1.0)
    return max(round(float(np.floor(value / unit - EASE) * unit), 9), 0.0)


def _of_running(asked: Requirements) -> Requirements:
    """Return the requirements to how plants are run: a budget was kept when they were decided."""
    return tuple(one for one in dict.fromkeys(asked) if one.kind != "budget")


def _with_builds(formulation: Formulation, build: xr.DataArray) -> Matrix:
    """Return the programme with the builds of another plan, which neither growth nor a budget limits any more."""
    if not bool((np.isfinite(build) & (build >= 0)).all()):
        raise ReplayError("The plan builds what is no number, or less than nothing: its file has been changed.")
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
    return replace(matrix, lower=lower, upper=upper, row_upper=row_upper)
