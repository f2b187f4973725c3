"""The frontier: what each further step of self-reliance costs, and what is added for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chumbak.linear.solve import Progress
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.conflict import nearest_value
from chumbak.plan.outcome import self_reliance
from chumbak.plan.requirements import NDPR, Requirement
from chumbak.plan.result import Plan, make_plan

EASE = 1e-4  # the last point is this far inside what is possible, where the programme is well posed

ROUND = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001)  # multiples that read easily, the roundest first


@dataclass(frozen=True, eq=False)
class Point:
    """A point of the frontier: the share asked, the plan that reaches it at least cost, and what a percent more costs.

    ``share`` is asked of every year from the year of the sweep on; at the first point, where none is asked, it is the
    least that the cheapest plan reaches in any of those years. ``per_point`` is millions for one more percentage point,
    from the point before; 0 at the first. ``added`` is the capacity built more than at the point before, t/year by
    plant (below zero: less). ``designed_away`` are the magnets that designs without rare earths stand in for in the
    year of the sweep and in the last of the plan (one entry where they are the same): of each year t, and the same over
    the need of the year before substitution. The share itself is of the need net of them.
    """

    share: float
    plan: Plan
    per_point: float
    added: dict[str, float]
    designed_away: dict[int, tuple[float, float]]


def frontier(
    case: Case, sweep: Requirement, points: int, asked: tuple[Requirement, ...] = (), view: str = NATIONAL,
    progress: Progress = lambda what: None,
) -> list[Point]:  # fmt: skip
    """Return ``points`` plans from what is cheapest to as far as the country can go, at round shares in between.

    ``sweep`` names what is raised (its value does not matter); the other requirements hold at every point. Raises
    ``RequirementError``, and ``NotOptimalError`` where the other requirements cannot hold.
    """
    assert points >= 2, "a frontier has two points or more"
    progress("the cheapest plan")
    free = make_plan(case, asked, view)
    start = reached(free, sweep)
    progress("how far it can go")
    top = nearest_value(case, (*asked, replace(sweep, value=1.0)), replace(sweep, value=1.0), view) or 0.0
    found = [Point(start, free, 0.0, _built(free), _designed_away(free, sweep.year))]
    for at, share in enumerate(_shares(start, max(top - EASE, start), points)[1:], start=2):
        progress(f"point {at} of {points}: {share:.0%}")
        plan = make_plan(case, (*asked, replace(sweep, value=share)), view)
        before = found[-1]
        step = (share - before.share) * 100
        cost = (plan.cost - before.plan.cost) / step if step > 1e-9 else 0.0
        built, last = _built(plan), _built(before.plan)
        added = {name: built[name] - last[name] for name in built}
        found.append(Point(share, plan, cost, added, _designed_away(plan, sweep.year)))
    return found


def _shares(start: float, top: float, points: int) -> list[float]:
    """Return ``points`` shares from ``start`` to ``top``: evenly spaced, those between on the roundest numbers that do.

    Round are multiples of the first of ``ROUND`` that leaves all of them apart; where none does they stay as they are.
    """
    even = np.linspace(start, top, points)
    for step in ROUND:
        spread = np.concatenate([even[:1], np.round(even[1:-1] / step) * step, even[-1:]])
        if np.all(np.diff(spread) > step / 10):  # nor so close to an end that the cost of a point is mere rounding
            return [round(float(share), 9) for share in spread]
    return [float(share) for share in even]


def reached(plan: Plan, sweep: Requirement) -> float:
    """Return the least share that a plan reaches from the year of the requirement on."""
    shares = self_reliance(plan)
    if sweep.kind == "chain-self-reliance":
        series = shares["chain"]
    else:
        series = shares["rung"].sel(stage=sweep.target, element=sweep.part or NDPR)
    later = series.sel(year=slice(sweep.year, None))
    return float(np.nan_to_num(later.min().item()))


def _designed_away(plan: Plan, year: int) -> dict[int, tuple[float, float]]:
    """Return what designs without rare earths stand in for in a year and in the last, t and over the year's need."""
    found = {}
    for one in (year, int(plan.case.years[-1])):
        at = int(np.flatnonzero(plan.case.years == one)[0])
        tonnes = float(plan.decisions["substitute"].values[..., at].sum())
        need = float(plan.case.need.need[..., at].sum())
        found[one] = (tonnes, tonnes / need if need > 0 else 0.0)
    return found


def _built(plan: Plan) -> dict[str, float]:
    total = plan.decisions["build"].sum(["region", "decided"])
    return dict(zip(plan.case.plants.names, total.values.tolist(), strict=True))
