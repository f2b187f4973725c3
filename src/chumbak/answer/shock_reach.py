"""How far a shock reaches, before anything is played: what it stops of the usual flow, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.answer.plan_document import nine
from chumbak.answer.weekly_plants import Year
from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.episode import Episode, Event, hits, hits_parts, hits_plants
from chumbak.stress.rules import Played
from chumbak.stress.weeks import WEEKS_A_YEAR

LEAST = 1e-9
BUILT = 1e-3  # of what stands: a smaller addition is none
ENOUGH = 0.9  # of what plants would take: with as much an input does not hold them back
NOTHING, NEVER, AFTER = "nothing", "never", "after"


@dataclass(frozen=True)
class Reach:
    """What an episode stops at its central values. Shares are of what users take of magnets in a week, by weight.

    ``abroad``: most that may not leave abroad without a licence in any week, of what users take. ``home`` is what home
    plants of magnets make of it. ``delay`` is the most weeks by which goods come later, and ``thinnest`` the least
    weeks of use that a user holds, by ``holder``. ``capacity`` is the most that is lost of the capacity of a rung that
    the episode names at home, by rung; None where no plant of it stands. ``behind`` are the least weeks of use of what
    that rung makes that are held by the plants that take it. ``idle_events`` are those that do nothing, by number, with
    the reason: they concern nothing of the case, never last, or begin after the weeks played.
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
    idle_events: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Idle:
    """Home plants of what users take, in t/week gross: what they are ``able`` to make, ``usual`` and at ``most``.

    ``lacks`` is the input (rung, kind) that holds them back in the end, with the share of what they would take of it
    that they get; None where none does.
    """

    able: float
    usual: float
    most: float
    lacks: tuple[str, str, float] | None


@dataclass(frozen=True)
class Standing:
    """Plants at home, from separation on, in the ``year`` of the start: ``now`` by kind, t/year as counted.

    ``next`` is the next year in which more can be turned out.

    ``more`` is what comes then, by kind, t/year; ``next`` None: none comes in the years of the plan. ``kept`` are kinds
    that a plan neither builds nor runs, and that stand all the same.
    """

    year: int
    now: Mapping[str, float]
    next: int | None
    more: Mapping[str, float]
    kept: tuple[str, ...]


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
        behind=_behind(case, episode), idle_events=_idle_events(case, episode),
    )  # fmt: skip


def standing(year: Year) -> Standing:
    """Return the plants that stand at home in a year of a planning case, and when the next come."""
    years, names = year.ground.years.tolist(), year.ground.plants.names

    chain = np.array([stage in year.rungs for stage in year.ground.plants.stage])

    def able(at: int) -> np.ndarray:
        found: np.ndarray = Year(year.pack, year.ground, year.chain, at, year.decisions).annual * chain
        return found

    now, kept = able(year.at), tuple(name for name, one in zip(names, year.unplanned * chain, strict=True) if one)
    for at in range(year.at + 1, len(years)):
        more = able(at) - now
        new = [name for name, t in zip(names, more, strict=True) if t > BUILT * max(float(now.max()), 1.0)]
        if new:
            told = {name: float(t) for name, t in zip(names, more, strict=True) if name in new}
            return Standing(int(years[year.at]), _named(names, now), int(years[at]), told, kept)
    return Standing(int(years[year.at]), _named(names, now), None, {}, kept)


def idle(case: Case, played: Played) -> Idle | None:
    """Return what home plants make of what they could; ``played`` is one draw with its trace. None without plants.

    What lacks is followed back from what users take: from the input that there is least of, over what the plant could
    work on of it, to the plant that makes that, as far as there is one and it lacks something too.
    """
    plants = case.plants
    ends = {good.stage for good, user in zip(case.goods, case.user_of, strict=True) if user != NOBODY}
    last = [at for at, (stage, _) in enumerate(plants.makes) if stage in ends]
    groups = [at for at, stage in enumerate(plants.group_stage) if stage in ends]
    if not last or not groups or HOME not in case.origins:
        return None
    made = played.trace["made"][:, 0][:, last].sum(axis=1)
    able = float(plants.capacity[groups, 0].sum())
    called, there = (played.trace[name][:, 0].sum(axis=0) for name in ("called", "at_hand"))
    met = np.divide(there, called, out=np.ones_like(called), where=called > LEAST)
    lacks: tuple[str, str, float] | None = None
    makers = last
    while makers:
        feeds = np.flatnonzero((plants.recipe[makers] > 0).any(axis=0))
        weight = {int(at): float(met[at]) for at in feeds if met[at] < ENOUGH}
        if not weight:
            break
        if len(makers) > 1:  # each makes its own of its own input: the one that most is missing of
            at = max(weight, key=lambda one: float(called[one] - there[one]))
        else:  # all inputs go together: the scarcest
            at = min(weight, key=lambda one: weight[one])
        good = case.goods[at]
        lacks = (good.stage, good.kind, weight[at])
        makers = [number for number, made_of in enumerate(plants.makes) if made_of == (good.stage, good.kind)]
    return Idle(able, float(made[0]), float(made.max()), lacks)


def _idle_events(case: Case, episode: Episode) -> tuple[tuple[int, str], ...]:
    """Return the events that do nothing, by number, and why."""
    found = []
    for number, event in enumerate(episode.events):
        concerns = hits(case, event).any() or hits_plants(case, event).any() or hits_parts(event)
        if not concerns and HOME not in event.origins:
            found.append((number, NOTHING))
        elif float(event.weeks) <= 0:
            found.append((number, NEVER))
        elif float(event.begin) >= len(case.weeks):
            found.append((number, AFTER))
    return tuple(found)


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
        "idle_events": {str(number + 1): why for number, why in found.idle_events},
    }  # fmt: skip


def idle_document(found: Idle | None) -> dict[str, object] | None:
    """Return what home plants make of what they could as plain numbers, t/year gross; None where there are none."""
    if found is None:
        return None
    lacks = None if found.lacks is None else {
        "stage": found.lacks[0], "kind": found.lacks[1], "met": nine(found.lacks[2])
    }  # fmt: skip
    return {
        "able": nine(WEEKS_A_YEAR * found.able), "usual": nine(WEEKS_A_YEAR * found.usual),
        "most": nine(WEEKS_A_YEAR * found.most), "lacks": lacks,
    }  # fmt: skip


def standing_document(found: Standing) -> dict[str, object]:
    """Return what stands as plain numbers."""
    return {
        "year": found.year, "now": {name: nine(t) for name, t in found.now.items()}, "next_year": found.next,
        "more": {name: nine(t) for name, t in found.more.items()}, "kept": list(found.kept),
    }  # fmt: skip
