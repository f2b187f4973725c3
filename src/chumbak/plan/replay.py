"""Replay: the builds of a plan kept, and played against another case. How does this plan fare?"""

from __future__ import annotations

from collections.abc import Mapping
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


Built = xr.DataArray | xr.Dataset
BUILDS = ("build", "opened", "sized")  # decisions that a replay keeps; the last two of whole plants
KEPT_THEN = ("growth", "budget", "size_least", "size_most")  # rules that were kept when builds were decided


class ReplayError(ValueError):
    """A plan whose builds do not fit the case it is played against."""


def replay(case: Case, built: Built, view: str = NATIONAL, asked: Requirements = ()) -> Plan:
    """Return the cheapest way to run the builds of another plan in this case.

    ``built`` is its ``build`` (plant, region, decided) t/year or, of whole plants, a Dataset with its ``opened`` and
    ``sized`` (plant, piece, region, decided) too: they cost what as many plants of these sizes cost in this case, be
    they smaller or larger than its plants can be. Everything else (what is run, bought, kept, collected, lacking) is
    decided anew, under the requirements ``asked``, but those to a budget. Limits to growth and the budget of a year
    were kept when the builds were decided, and are not asked for again. Raises ``NotOptimalError`` where these builds
    cannot keep the requirements, and ``ReplayError`` for builds of plants, regions or years that the case has not.
    """
    kept_to = _of_running(asked)
    formulation = formulate(case, kept_to, view, whole="opened" in decided(built))
    fixed = with_builds(formulation, decided(built))
    best = solve(fixed, "the plan played again")
    try:
        taken = break_ties(formulation.program, fixed, best, home_deliveries(case, formulation.decisions))
    except NotOptimalError:
        taken = best  # what is asked can only just be kept: the solver's rounding leaves nothing to choose from
    return Plan(case, view, kept_to, formulation, fixed, taken, labelled(formulation, taken))


def nearest_kept(case: Case, built: Built, view: str, asked: Requirements) -> dict[Requirement, Requirement | None]:
    """Return for each requirement but a budget what of it the builds of another plan can keep in this case.

    One after the other in the order asked, each as near to what was asked as can be beside what is kept of those before
    it, to three digits; None where no value of one can be kept. Raises ``ReplayError`` as ``replay`` does.
    """

    builds = decided(built)

    def holds(these: Requirements) -> bool:
        return any_plan(with_builds(formulate(case, these, view, whole="opened" in builds), builds))

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


def decided(built: Built) -> Mapping[str, xr.DataArray]:
    """Return what of a plan a replay keeps, by the name of the decision."""
    if isinstance(built, xr.DataArray):
        return {"build": built}
    return {name: built[name] for name in BUILDS if name in built}


def with_builds(formulation: Formulation, builds: Mapping[str, xr.DataArray]) -> Matrix:
    """Return the programme with the builds of another plan, which neither growth nor a budget limits any more."""
    matrix = formulation.program.matrix()
    lower, upper, row_upper = matrix.lower.copy(), matrix.upper.copy(), matrix.row_upper.copy()
    row_lower = matrix.row_lower.copy()
    for name, build in builds.items():
        columns, kept = _kept(formulation, name, build)
        if name == "build" and "sized" in builds:
            continue  # it is the sum of what is opened: held twice, rounding would leave nothing to choose from
        room = np.zeros_like(kept) if name == "opened" else ROOM * (1 + kept)
        if name == "sized":
            room[kept == 0] = 0.0  # where no plant is opened none has a size
        lower[columns], upper[columns] = np.maximum(kept - room, 0.0), kept + room
    for name in KEPT_THEN:
        if name in formulation.program.rows:
            rows = formulation.program.rows[name].at
            row_lower[rows[rows != NONE]], row_upper[rows[rows != NONE]] = -np.inf, np.inf
    return replace(matrix, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper, integer=None)


def _kept(formulation: Formulation, name: str, build: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of a decision and what they are in another plan."""
    if not bool((np.isfinite(build) & (build >= 0)).all()):
        raise ReplayError("The plan builds what is no number, or less than nothing: its file has been changed.")
    block = formulation.program.columns[name]
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
    return block.at[there], kept[there]
