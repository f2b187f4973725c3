"""How far a shock reaches, before anything is played: what it stops of the usual flow, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.answer.plan_document import nine
from chumbak.answer.weekly_plants import Year
from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.episode import Episode, Event, hits, hits_plants

LEAST = 1e-9
BUILT = 1e-3  # of what stands: a smaller addition is none


@dataclass(frozen=True)
class Reach:
    """What an episode stops at its central values. Shares are of what users take of magnets in a week, by weight.

    ``abroad``: most that may not leave abroad without a licence in any week, of what users take. ``home`` is what home
    plants of magnets make of it. ``delay`` is the most weeks by which goods come later, and ``thinnest`` the least
    weeks of use that a user holds, by ``holder``. ``capacity`` is the most that is lost of the capacity of a rung that
    the episode names at home, by rung; None where no plant of it stands. ``behind`` are the least weeks of use of what
    that rung makes that are held by the plants that take it.
    """

    abroad: float
    home: float
    delay: float
    thinnest: float
    holder: str
    surge: float
    lasts: float
    capacity: Mapping[str, float | None]
    behind: Mapping[str, float]


@dataclass(frozen=True)
class Standing:
    """Plants at home, from separation on, in the ``year`` of the start: ``now`` by kind, t/year as counted.

    ``next`` is the next year in which more can be turned out.

    ``more`` is what comes then, by kind, t/year; ``next`` None: none comes in the years of the plan.
    """

    year: int
    now: Mapping[str, float]
    next: int | None
    more: Mapping[str, float]


def reach(case: Case, episode: Episode) -> Reach:
    """Return how far an episode reaches; all its numbers, and those of the case, are plain."""
    good, origin = case.pairs
    flow = (case.use[0] * (case.user_of != NOBODY))[good] * case.share[good, origin]
    total = max(float(flow.sum()), LEAST)
    concerned = [(event, hits(case, event)) for event in episode.events]
    stopped = [
        float(flow @ (1 - np.prod([1 - hit * float(event.depth(week)) for event, hit in concerned], axis=0))) / total
        for week in range(len(case.weeks))
    ]
    users = np.flatnonzero((case.user_of != NOBODY) & (case.use[0] > 0))
    thinnest = users[np.argmin(case.cover[users])] if users.size else 0
    delays = [float(event.delay) for event, hit in concerned if hit.any()]
    made = np.array([case.origins[at] == HOME for at in origin])
    return Reach(
        abroad=max(stopped, default=0.0), home=float(flow @ made) / total, delay=max(delays, default=0.0),
        thinnest=float(case.cover[thinnest]), holder=case.users[case.user_of[thinnest]].name,
        surge=float(case.behaviour.surge), lasts=_lasts(case, episode), capacity=_capacity(case, episode),
        behind=_behind(case, episode),
    )  # fmt: skip


def standing(year: Year) -> Standing:
    """Return the plants that stand at home in a year of a planning case, and when the next come."""
    years, names = year.ground.years.tolist(), year.ground.plants.names

    chain = np.array([stage in year.rungs for stage in year.ground.plants.stage])

    def able(at: int) -> np.ndarray:
        found: np.ndarray = Year(year.pack, year.ground, year.chain, at, year.decisions).annual * chain
        return found

    now = able(year.at)
    for at in range(year.at + 1, len(years)):
        more = able(at) - now
        new = [name for name, t in zip(names, more, strict=True) if t > BUILT * max(float(now.max()), 1.0)]
        if new:
            told = {name: float(t) for name, t in zip(names, more, strict=True) if name in new}
            return Standing(int(years[year.at]), _named(names, now), int(years[at]), told)
    return Standing(int(years[year.at]), _named(names, now), None, {})


def _named(names: tuple[str, ...], amounts: np.ndarray) -> dict[str, float]:
    return {name: float(t) for name, t in zip(names, amounts, strict=True) if t > BUILT}


def _lasts(case: Case, episode: Episode) -> float:
    """Return the weeks from the first begin to the last end of what is restricted."""
    begin = min(float(event.begin) for event in episode.events)
    return min(max(float(event.end()) for event in episode.events), float(len(case.weeks))) - begin


def _capacity(case: Case, episode: Episode) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for event in (one for one in episode.events if HOME in one.origins):
        hit = hits_plants(case, event)
        stages = event.stages or tuple(dict.fromkeys(case.plants.group_stage))
        for stage in stages:
            groups = [at for at, of in enumerate(case.plants.group_stage) if of == stage and hit[at]]
            stands = bool(groups) and float(case.plants.capacity[groups].max(initial=0.0)) > LEAST
            deepest = max(float(event.depth(week)) for week in range(len(case.weeks)))
            found[stage] = max(deepest, found.get(stage) or 0.0) if stands else found.get(stage)
    return found


def _behind(case: Case, episode: Episode) -> dict[str, float]:
    """Return, by rung that is hit at home, the least weeks of its goods that plants hold, where they take them."""
    stages = {stage for event in episode.events if HOME in event.origins for stage in _of(case, event)}
    found: dict[str, float] = {}
    for at, one in enumerate(case.goods):
        from_home = HOME in case.origins and case.share[at, case.origins.index(HOME)] > 0
        if case.user_of[at] == NOBODY and one.stage in stages and from_home and case.use[0, at] > LEAST:
            found[one.stage] = min(found.get(one.stage, np.inf), float(case.cover[at]))
    return found


def _of(case: Case, event: Event) -> tuple[str, ...]:
    return event.stages or tuple(dict.fromkeys(case.plants.group_stage))


def later(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return by how many weeks losses begin later, (user,): infinite where none comes any more, NaN where none did."""
    return np.where(np.isnan(before), np.nan, np.where(np.isnan(after), np.inf, after - before))


def reach_document(found: Reach) -> dict[str, object]:
    """Return a reach as plain numbers."""
    return {
        "stopped_abroad": nine(found.abroad), "made_at_home": nine(found.home), "delay_weeks": nine(found.delay),
        "thinnest_weeks": nine(found.thinnest), "thinnest": found.holder, "surge": nine(found.surge),
        "lasts_weeks": nine(found.lasts),
        "capacity_lost": {stage: None if one is None else nine(one) for stage, one in found.capacity.items()},
        "held_behind_weeks": {stage: nine(one) for stage, one in found.behind.items()},
    }  # fmt: skip


def standing_document(found: Standing) -> dict[str, object]:
    """Return what stands as plain numbers."""
    return {
        "year": found.year, "now": {name: nine(t) for name, t in found.now.items()}, "next_year": found.next,
        "more": {name: nine(t) for name, t in found.more.items()},
    }  # fmt: skip
