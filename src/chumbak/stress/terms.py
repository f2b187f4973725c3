"""What one draw of an episode lets happen, as plain arrays by week: the limits that the best is found within.

It follows the steps of ``rules.py``, with all that makers decide left out. Where a limit hangs on a measure (another
grade, another origin, thrift), the measure counts as begun when the first restriction that concerns the good does,
which is never later than makers begin it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.episode import Episode, Event, Number, hits, hits_parts, hits_plants
from chumbak.stress.rules import STILL, Draws
from chumbak.stress.use import Regrading, regrading


@dataclass(frozen=True, eq=False)
class Terms:
    """Limits of one draw. W weeks, E edges (``case.pairs``), G goods; t or t/week unless said.

    Attributes:
        good, origin: (E,) of each edge. given: (E,) whether home plants make what goes there.
        base: (W, G) what full output takes. target: (W, G) the stock aimed at. start: (G,) the stock there is.
        size: (G,) a week of use, larger than zero; tonnes over it are *weeks of use*. made_size: (plant,) the same.
        coming: (W, G) arriving whatever is decided: what is on the way, and what licences let through.
        licence: (W, E) what licences are asked for. most, extra: (W, E) most that may leave without a licence, and
            most that newly qualified origins sell. arrives: (W, E) the week in which it arrives.
        home_lag: weeks from a home plant to its buyer.
        links, ready: grades that stand in, and (W, G) whether they are qualified for a good.
        whole: (W, user) most of the output that can go on with parts bought whole.
        able: (group, W) capacity of home plants, in counted t. thrift: (W, G) what they take, over the recipe.
        reserve: (G,) the public stock of the good's kind.

    """

    good: np.ndarray
    origin: np.ndarray
    given: np.ndarray
    base: np.ndarray
    target: np.ndarray
    start: np.ndarray
    size: np.ndarray
    made_size: np.ndarray
    coming: np.ndarray
    licence: np.ndarray
    most: np.ndarray
    extra: np.ndarray
    arrives: np.ndarray
    home_lag: int
    links: Regrading
    ready: np.ndarray
    whole: np.ndarray
    able: np.ndarray
    thrift: np.ndarray
    reserve: np.ndarray


def one_draw(case: Case, episode: Episode, draws: Draws | None = None, at: int = 0) -> tuple[Case, Episode, Draws]:
    """Return case, episode and draws with plain numbers: those of draw ``at``."""
    draws = draws or Draws.central(case)
    here = slice(at, at + 1)

    def plain(event: Event) -> Event:
        licence = event.licence
        if licence is not None:
            approval = {sector: _pick(share, at) for sector, share in licence.approval.items()}
            licence = replace(
                licence, delay=_pick(licence.delay, at), otherwise=_pick(licence.otherwise, at), approval=approval
            )
        return replace(
            event, weeks=_pick(event.weeks, at), stopped=_pick(event.stopped, at), begin=_pick(event.begin, at),
            deepens=_pick(event.deepens, at), delay=_pick(event.delay, at), licence=licence,
        )  # fmt: skip

    behaviour = replace(case.behaviour, **{name: _pick(value, at) for name, value in vars(case.behaviour).items()})
    measures = replace(
        case, behaviour=behaviour, share=case.shares[at if len(case.shares) > 1 else 0],
        regrade_share=pick_row(case.regrade_share, at), regrade_weeks=pick_row(case.regrade_weeks, at),
        whole_share=pick_row(case.whole_share, at), whole_weeks=pick_row(case.whole_weeks, at),
    )  # fmt: skip
    return (
        measures,
        replace(episode, events=tuple(plain(event) for event in episode.events)),
        Draws(draws.stock[here], draws.demand[here], draws.lag[here]),
    )


def _pick(value: Number, at: int) -> float:
    found = np.asarray(value, dtype=float).reshape(-1)
    return float(found[at if found.size > 1 else 0])


def pick_row(values: np.ndarray | float, at: int) -> np.ndarray:
    """Return the row of a draw of what may come once or one row a draw."""
    rows = np.atleast_2d(values)
    found: np.ndarray = rows[at if len(rows) > 1 else 0]
    return found


def terms(case: Case, episode: Episode, draws: Draws) -> Terms:
    """Return the limits of one draw; all numbers of ``case`` and ``episode`` are plain (``one_draw``)."""
    good, origin = case.pairs
    weeks = len(case.weeks)
    links, rules = regrading(case), case.behaviour
    home = np.array(case.origins) == HOME
    lag = np.maximum(np.rint(draws.lag[0]), home).astype(int)  # what is made in a week is there in the next
    demand = np.where(case.user_of != NOBODY, draws.demand[0][case.user_of], 1.0)
    base = case.use * demand
    cover = case.cover * draws.stock[0]
    start = case.stock if case.stock is not None else base[0] * cover
    begun = begins(case, episode)
    week = np.arange(weeks)[:, None]
    ready = week >= begun + np.maximum(case.regrade_weeks, 1)

    ahead = np.minimum(np.arange(weeks)[:, None] + np.rint(case.share @ case.lag).astype(int), weeks - 1)
    planned = np.take_along_axis(base, ahead, axis=0)
    largest = planned.copy()
    mean_lag = np.ceil(case.share @ lag)
    for link, (of, by) in enumerate(zip(links.of, links.by, strict=True)):
        more = np.take_along_axis(base, ahead, axis=0)[:, of] * links.share[link]
        ordered = week[:, 0] >= begun[of] + max(
            case.regrade_weeks[of] - mean_lag[by], 1.0
        )  # to be there when qualified
        planned[:, by] += more * ordered
        largest[:, by] += more
    size = np.maximum(largest.max(axis=0), base.max(axis=0))
    size = np.where(size > 0, size, 1.0)

    struck = [(event, hits(case, event)) for event in episode.events]
    usual = planned[:, good] * case.share[good, origin]
    passing = _passing(struck, weeks)
    at_home = home[origin]
    arrives = week + lag[origin] + _delays(struck, np.broadcast_to(week, usual.shape))
    licence, coming = _licences(case, struck, usual, lag)
    coming += _on_the_way(case, lag, demand)
    weight = case.can_add[good, origin] * (passing >= 1) * ~at_home
    at_good = (good == np.arange(len(case.goods))[:, None]).astype(float)
    total = (weight @ at_good.T)[:, good]
    part = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    qualified = week >= begun + max(float(rules.other_weeks), 1.0)
    kinds = {kind: number for number, kind in enumerate(case.plants.makes)}
    makes = np.array([kinds.get((one.stage, one.kind), NOBODY) for one in case.goods])
    made_size = np.array([size[makes == plant].sum() or 1.0 for plant in range(len(kinds))])
    return Terms(
        good=good, origin=origin, given=at_home & (makes[good] != NOBODY), base=base, target=base * cover,
        start=np.asarray(start, dtype=float), size=size, made_size=made_size, coming=coming, licence=licence,
        most=usual * passing * np.where(passing < 1, 1.0, float(rules.surge)) * ~at_home,
        extra=float(rules.other_share) * (planned * qualified)[:, good] * part, arrives=arrives,
        home_lag=int(lag[home].max(initial=1)), links=links, ready=ready,
        whole=_whole(case, episode, begun), able=_able(case, episode),
        thrift=_thrift(case, week, begun), reserve=np.zeros(len(size)) if case.reserve is None else case.reserve,
    )  # fmt: skip


def begins(case: Case, episode: Episode) -> np.ndarray:
    """Return the week in which the first restriction begins that concerns a good, (G,); inf where none does."""
    good, origin = case.pairs
    from_home = np.isin(np.arange(len(case.goods)), good[np.array(case.origins)[origin] == HOME])
    found = np.full(len(case.goods), np.inf)
    for event in episode.events:
        if event.weeks <= 0 or event.end() <= 0:
            continue
        concerned = np.isin(np.arange(len(case.goods)), good[hits(case, event)])
        concerned |= from_home & hits_plants(case, event).any()
        found = np.where(concerned, np.minimum(found, np.maximum(np.floor(event.begin), 0.0)), found)
    return found


Struck = list[tuple[Event, np.ndarray]]


def _passing(struck: Struck, weeks: int, but: Event | None = None) -> np.ndarray:
    """Return the share of the usual flow that may leave, (W, E); of all events ``but`` one."""
    found = np.ones((weeks, len(struck[0][1]) if struck else 1))
    for event, hit in struck:
        if event is not but:
            depth = np.array([float(event.depth(week)) for week in range(weeks)])
            found *= 1 - depth[:, None] * hit
    return found


def _delays(struck: Struck, leave: np.ndarray) -> np.ndarray:
    """Return the weeks that events add to the way of what leaves in a week; ``leave`` and it are (W, E)."""
    found = np.zeros(leave.shape, dtype=int)
    for event, hit in struck:
        lasts = (event.begin < leave + 1) & (event.end() > leave)
        found = np.maximum(found, int(np.rint(event.delay)) * (lasts & hit))
    return found


def _licences(case: Case, struck: Struck, usual: np.ndarray, lag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what licences are asked for, (W, E), and what of it arrives, (W, G).

    To ask costs nothing, and more in stock does no harm: so all is asked for that may be.
    """
    good, origin = case.pairs
    weeks = len(case.weeks)
    asked, coming = np.zeros_like(usual), np.zeros((weeks, len(case.goods)))
    sectors = [case.users[user].sector if user != NOBODY else "" for user in case.user_of]
    for event, hit in struck:
        if event.licence is None:
            continue
        granted: Mapping[str, float] = {sector: float(event.licence.granted(sector)) for sector in set(sectors)}
        share = np.array([granted[sectors[one]] for one in good])
        free = float(np.ceil(event.end() - STILL))
        others = _passing(struck, weeks, event)
        for week in range(weeks):
            here = usual[week] * float(event.depth(week)) * others[week] * hit
            in_turn = week + max(float(np.rint(event.licence.delay)), 0.0)
            leave = min(in_turn, max(free, week))
            arrives = int(leave) + lag[origin] + _delays(struck, np.full((1, len(good)), leave))[0]
            let = here * (1.0 if free < in_turn else share)
            there = arrives < weeks
            np.add.at(coming, (arrives[there], good[there]), let[there])
            asked[week] += here
    return asked, coming


def _on_the_way(case: Case, lag: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """Return what arrives of the time before the first week, (W, G)."""
    found = np.zeros_like(case.use)
    if case.on_the_way is not None:
        rows = case.on_the_way[: len(found)]
        found[: len(rows)] = rows
        return found
    for week in range(len(found)):
        found[week] = case.use[week] * demand * (case.share * (lag > week)).sum(axis=1)
    return found


def _able(case: Case, episode: Episode) -> np.ndarray:
    """Return the capacity of groups of home plants, less what events take of it, (group, W)."""
    found = np.broadcast_to(case.plants.capacity, (len(case.plants.group_stage), len(case.weeks))).copy()
    for event in episode.events:
        depth = np.array([float(event.depth(week)) for week in range(len(case.weeks))])
        found *= 1 - depth * hits_plants(case, event)[:, None]
    return found


def _whole(case: Case, episode: Episode, begun: np.ndarray) -> np.ndarray:
    """Return the share of output that can go on with parts bought whole, (W, user)."""
    first = np.array([begun[case.user_of == user].min(initial=np.inf) for user in range(len(case.users))])
    passing = np.ones(len(case.weeks))
    for event in episode.events:
        if hits_parts(event):
            passing *= 1 - np.array([float(event.depth(week)) for week in range(len(case.weeks))])
    ready = np.arange(len(case.weeks))[:, None] >= first + np.maximum(case.whole_weeks, 1.0)
    found: np.ndarray = case.whole_share * ready * passing[:, None]
    return found


def _thrift(case: Case, week: np.ndarray, begun: np.ndarray) -> np.ndarray:
    """Return what plants take of a good for a tonne made, over the recipe, (W, G)."""
    saves = np.array([
        user == NOBODY and one.kind in case.heavy for user, one in zip(case.user_of, case.goods, strict=True)
    ])  # fmt: skip
    found: np.ndarray = 1 - case.thrift_share * (saves & (week >= begun + max(case.thrift_weeks, 1.0)))
    return found
