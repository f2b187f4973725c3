"""The weekly chain by rules of behaviour: what would happen.

In each week, in this order: makers and plants order what brings their stock and what is under way back to its target;
what may leave leaves, what needs a licence queues; goods arrive; home plants make what is ordered of them, as far as
capacity and the scarcest input go; a public stock helps out; users make what their scarcest grade allows, and what is
left is in stock. Goods that have left arrive, whatever is stopped later. Everything is vectorised over draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.episode import Episode, Event, hits, hits_parts, hits_plants
from chumbak.stress.ration import ration
from chumbak.stress.use import output, regrading

STILL = 1e-9  # of a target: a stock that near it is full


@dataclass(frozen=True, eq=False)
class Draws:
    """What differs from draw to draw beside episode and behaviour: factors on stock and demand, weeks of lag.

    ``stock`` (draw, good), ``demand`` (draw, user), ``lag`` (draw, origin).
    """

    stock: np.ndarray
    demand: np.ndarray
    lag: np.ndarray

    @staticmethod
    def central(case: Case) -> Draws:
        """Return the one draw in which everything has its central value."""
        return Draws(np.ones((1, len(case.goods))), np.ones((1, len(case.users))), case.lag[None].astype(float))


@dataclass(frozen=True, eq=False)
class Played:
    """What happened. ``output`` (week, draw, user) over what was wanted; the rest only where it was to be kept.

    All are (week, draw, good) t unless said: ``stock`` at the end of the week, ``arrived``, ``released`` from the
    public stock, ``used`` by users, ``taken`` by plants, ``made`` (week, draw, plant), ``short`` of the wanted use,
    ``before`` the stock before anything arrived, ``extra`` bought of origins newly qualified (and paid more for),
    ``on_order`` at the end of the week, queue included.
    """

    output: np.ndarray
    available: np.ndarray
    survived: np.ndarray
    extra: np.ndarray
    trace: dict[str, np.ndarray]


class _Edges:
    """The edges of a case with what the events of an episode do to them, week by week."""

    def __init__(self, case: Case, episode: Episode) -> None:
        self.good, self.origin = case.pairs
        self.first = np.searchsorted(self.good, np.arange(len(case.goods)))
        assert np.array_equal(np.unique(self.good), np.arange(len(case.goods))), "a good that comes from nowhere"
        self.share = case.share[self.good, self.origin]
        self.weight = case.can_add[self.good, self.origin]
        self.home = np.array(case.origins)[self.origin] == HOME
        self.hits = [(event, hits(case, event)) for event in episode.events]
        self.plants = [(event, hits_plants(case, event)) for event in episode.events]

    def by_good(self, values: np.ndarray) -> np.ndarray:
        """Sum (draw, edge) over the edges of each good."""
        found: np.ndarray = np.add.reduceat(values, self.first, axis=-1)
        return found

    def passing(self, week: int, draws: int) -> np.ndarray:
        """Return the share of the usual flow that may leave without licence, (draw, edge)."""
        found = np.ones((draws, len(self.good)))
        for event, hit in self.hits:
            if hit.any():
                found[:, hit] *= 1 - np.broadcast_to(event.depth(week), draws)[:, None]
        return found


def play(
    case: Case, episode: Episode, draws: Draws | None = None, *, by_priority: bool = True, keep: bool = False
) -> Played:
    """Return what happens by rules in every draw. Raises nothing that the case did not let through.

    ``by_priority``: home output and the public stock go to users in order of priority, else in proportion.
    """
    draws = draws or Draws.central(case)
    return _Play(case, episode, draws, by_priority, keep).run()


class _Play:
    """One run of the weeks: the state and the steps of a week, in the order they are taken."""

    def __init__(self, case: Case, episode: Episode, draws: Draws, by_priority: bool, keep: bool) -> None:
        self.case, self.behaviour, self.keep = case, case.behaviour, keep
        self.edges, self.count, self.weeks = _Edges(case, episode), len(draws.lag), len(case.weeks)
        self.demand = np.ones((self.count, len(case.goods)))
        held = case.user_of != NOBODY
        self.demand[:, held] = draws.demand[:, case.user_of[held]]
        whole = np.maximum(np.rint(draws.lag), 0).astype(int)
        at_home = np.array(case.origins) == HOME
        whole[:, at_home] = np.maximum(whole[:, at_home], 1)  # what is made in a week is there in the next
        self.lag = whole
        self.regrading = regrading(case)
        per_user = (self.count, len(case.users))
        self.whole_share, self.whole_weeks = (
            np.broadcast_to(of, per_user) for of in (case.whole_share, case.whole_weeks)
        )
        self.rank = np.array([case.users[user].priority if user >= 0 else 0 for user in case.user_of])
        self.rank = self.rank if by_priority else np.zeros_like(self.rank)
        shape = (self.weeks + 1, self.count, len(case.goods))  # the last week stands for all later ones
        self.arrive, self.refused = np.zeros(shape), np.zeros(shape)
        self.cover = case.cover * draws.stock
        self.mean_lag = np.zeros((self.count, len(case.goods)))
        for origin in range(len(case.origins)):
            self.mean_lag += case.share[:, origin] * self.lag[:, [origin]]
        links = self.regrading
        self.order_ahead = np.zeros_like(self.mean_lag)
        self.order_ahead[:, links.of] = np.ceil(self.mean_lag[:, links.by])
        ahead = np.minimum(np.rint(case.share @ case.lag).astype(int), self.weeks - 1)
        self.ahead = ahead
        self._begin()

    def _begin(self) -> None:
        case = self.case
        self.stock = case.use[0] * self.demand * self.cover
        if case.stock is not None:
            self.stock = np.broadcast_to(case.stock, self.stock.shape) * np.ones_like(self.stock)
        for origin in range(len(case.origins)):
            for week in range(min(int(self.lag[:, origin].max(initial=0)), self.weeks)):
                coming = (self.lag[:, origin] > week)[:, None] * case.share[:, origin] * case.use[week] * self.demand
                if case.on_the_way is None:
                    self.arrive[week] += coming
        if case.on_the_way is not None:
            self.arrive[: len(case.on_the_way)] += case.on_the_way[: self.weeks + 1, None]
        self.on_order = self.arrive.sum(axis=0)
        self.book = np.zeros_like(self.stock)  # ordered of home plants and not made yet
        self.reserve = np.zeros_like(self.stock)
        if case.reserve is not None:
            self.reserve = np.broadcast_to(case.reserve, self.stock.shape).copy()
        self.since = np.full(self.stock.shape, np.inf)  # the week of the first emergency
        self.emergency = np.zeros(self.stock.shape, dtype=bool)
        users = (self.weeks, self.count, len(case.users))
        self.output, self.survived = np.ones(users), np.full(users[1:], np.nan)
        self.available = np.ones((self.weeks, self.count, len(case.goods)), dtype=np.float32)
        self.extra = np.zeros(self.stock.shape)
        self.trace: dict[str, list[np.ndarray]] = {}

    def run(self) -> Played:
        """Play all weeks."""
        for week in range(self.weeks):
            self._order(week)
            self._arrive(week)
            self._make(week)
            self._use(week)
        trace = {name: np.array(rows) for name, rows in self.trace.items()}
        return Played(self.output, self.available, self.survived, self.extra, trace)

    def _note(self, **rows: np.ndarray) -> None:
        if self.keep:
            for name, row in rows.items():
                self.trace.setdefault(name, []).append(row.copy())

    def _planned(self, week: int) -> np.ndarray:
        """Return what is reckoned to be used a week when orders arrive, (draw, good), with grades that stand in.

        A grade that stands in is ordered before it is qualified, so that it arrives when it is.
        """
        at = np.minimum(week + self.ahead, self.weeks - 1)
        base = self.case.use[at, np.arange(len(self.case.goods))] * self.demand
        return self.regrading.planned(base, self._measure(self.case.regrade_weeks - self.order_ahead, week))

    def _measure(self, weeks: np.ndarray | float, week: int) -> np.ndarray:
        """Say where a measure that takes so many weeks from the first emergency is at work, (draw, good)."""
        found: np.ndarray = self.emergency & (week >= self.since + weeks)
        return found

    def _order(self, week: int) -> None:
        """Order back to the target, and let leave what may."""
        edges, rules = self.edges, self.behaviour
        passing = edges.passing(week, self.count)
        planned = self._planned(week)
        target = planned * (self.cover + self.mean_lag)
        gap = (target - self.stock - self.on_order) / _column(rules.restoration)
        wanted = np.maximum(planned + gap, 0.0)
        usual = planned[:, edges.good] * edges.share
        want = wanted[:, edges.good] * edges.share
        most = usual * passing * np.where(passing < 1, 1.0, _column(rules.surge))
        leaves = np.minimum(want, np.where(edges.home, np.inf, most))
        queued = self._apply(week, want - leaves, usual, passing)
        more = self._from_others(week, want - leaves - queued, passing, planned)
        self.extra += edges.by_good(more * ~edges.home)
        leaves = leaves + more
        self._send(leaves, week)
        self.on_order += edges.by_good(leaves)
        self._note(ordered=wanted, extra=edges.by_good(more * ~edges.home))

    def _apply(self, week: int, left: np.ndarray, usual: np.ndarray, passing: np.ndarray) -> np.ndarray:
        """Apply for licences for what may not leave; return what is queued, (draw, edge)."""
        edges, queued = self.edges, np.zeros_like(left)
        for event, hit in edges.hits:
            if event.licence is None or not hit.any():
                continue
            depth = np.broadcast_to(event.depth(week), self.count)[:, None]
            others = np.where(
                depth < 1, passing[:, hit] / np.maximum(1 - depth, 1e-12), self._others(week, event)[:, hit]
            )
            here = np.minimum(left[:, hit] - queued[:, hit], usual[:, hit] * depth * others)
            here = np.maximum(here, 0.0)
            if not here.any():
                continue
            free = np.ceil(np.broadcast_to(event.end(), self.count) - STILL)
            granted_in = week + np.maximum(np.rint(np.broadcast_to(event.licence.delay, self.count)), 0)
            leave = np.minimum(granted_in, np.maximum(free, week)).astype(int)
            share = self._granted(event, hit)
            share = np.where((free < granted_in)[:, None], 1.0, share)
            amount = np.zeros_like(left)
            amount[:, hit] = here * share
            self._send(amount, leave)
            at = np.minimum(leave, self.weeks)
            refused = np.zeros_like(left)
            refused[:, hit] = here * (1 - share)
            self.refused[at, np.arange(self.count)] += edges.by_good(refused)
            queued[:, hit] += here
        self.on_order += edges.by_good(queued)
        return queued

    def _others(self, week: int, event: Event) -> np.ndarray:
        """Return what all other events let through, (draw, edge)."""
        found = np.ones((self.count, len(self.edges.good)))
        for other, hit in self.edges.hits:
            if other is not event and hit.any():
                found[:, hit] *= 1 - np.broadcast_to(other.depth(week), self.count)[:, None]
        return found

    def _granted(self, event: Event, hit: np.ndarray) -> np.ndarray:
        assert event.licence is not None
        users = self.case.user_of[self.edges.good[hit]]
        sectors = [self.case.users[user].sector if user >= 0 else "" for user in users]
        found = np.empty((self.count, len(sectors)))
        for at, sector in enumerate(sectors):
            found[:, at] = event.licence.granted(sector)
        return found

    def _from_others(self, week: int, left: np.ndarray, passing: np.ndarray, planned: np.ndarray) -> np.ndarray:
        """Buy what is stopped from origins that have been qualified meanwhile, (draw, edge)."""
        edges, rules = self.edges, self.behaviour
        ready = self._measure(_column(rules.other_weeks), week)
        if not ready.any():
            return np.zeros_like(left)
        weight = edges.weight * (passing >= 1) * ~edges.home  # home plants take what they can make: see _make
        total = edges.by_good(weight)
        part = np.divide(weight, total[:, edges.good], out=np.zeros_like(weight), where=total[:, edges.good] > 0)
        room = _column(rules.other_share) * planned
        found: np.ndarray = np.minimum(edges.by_good(left), room * ready)[:, edges.good] * part
        to_home = edges.by_good(left - found)[:, edges.good] * edges.weight * edges.home * ready[:, edges.good]
        bought: np.ndarray = found + to_home
        return bought

    def _send(self, amount: np.ndarray, leave: int | np.ndarray) -> None:
        """Let goods leave in a week (one, or one a draw): they arrive after the lag of their origin."""
        edges, draw = self.edges, np.arange(self.count)
        delay, when = self._delays(leave), np.reshape(leave, (-1, 1))
        for origin in np.unique(edges.origin):
            of = np.flatnonzero(edges.origin == origin)
            if not amount[:, of].any():
                continue
            if edges.home[of[0]]:
                self.book[:, edges.good[of]] += amount[:, of]
                continue
            at = np.minimum(when + self.lag[:, [origin]] + delay[:, of], self.weeks)
            self.arrive[at, draw[:, None], edges.good[of]] += amount[:, of]

    def _delays(self, leave: int | np.ndarray) -> np.ndarray:
        """Return the weeks that events add to the way of what leaves in a week (one, or one a draw), (draw, edge)."""
        found: np.ndarray = np.broadcast_to(np.zeros(1, dtype=int), (self.count, len(self.edges.good)))
        for event, hit in self.edges.hits:
            if np.any(np.asarray(event.delay) > 0) and hit.any():
                weeks = np.rint(np.broadcast_to(event.delay * event.lasts(leave), self.count)).astype(int)
                found = np.maximum(found, weeks[:, None] * hit)
        return found

    def _arrive(self, week: int) -> None:
        self.before = self.stock
        self.arrived = self.arrive[week]
        self._note(before=self.before, arrived=self.arrived, refused=self.refused[week])
        self.stock = self.stock + self.arrived
        self.on_order -= self.arrived + self.refused[week]

    def _make(self, week: int) -> None:
        """Let home plants make what is ordered of them, rung by rung."""
        case, plants, edges = self.case, self.case.plants, self.edges
        taken, made = np.zeros_like(self.stock), np.zeros((self.count, len(plants.makes)))
        able = np.broadcast_to(plants.capacity[:, week], (self.count, len(plants.group_stage))).copy()
        for event, hit in edges.plants:
            if hit.any():
                able[:, hit] *= 1 - np.broadcast_to(event.depth(week), self.count)[:, None]
        thrift = self._thrift(week)
        home = case.origins.index(HOME) if HOME in case.origins else NOBODY
        for stage in dict.fromkeys(stage for stage, _ in plants.makes):
            here = [at for at, (of, _) in enumerate(plants.makes) if of == stage]
            serves = [
                [g for g, good in enumerate(case.goods) if (good.stage, good.kind) == plants.makes[at]] for at in here
            ]
            want = np.stack([self.book[:, goods].sum(axis=1) for goods in serves], axis=1)
            for group in np.flatnonzero(plants.counts[:, here].any(axis=1)):
                counted = want @ plants.counts[group, here]
                part = np.divide(able[:, group], counted, out=np.ones(self.count), where=counted > able[:, group])
                want = want * np.where(plants.counts[group, here] > 0, part[:, None], 1.0)
            for good in np.flatnonzero(plants.recipe[here].any(axis=0)):
                needed = want @ plants.recipe[here, good] * thrift[:, good]
                part = np.divide(
                    self.stock[:, good], needed, out=np.ones(self.count), where=needed > self.stock[:, good]
                )
                want = want * np.where(plants.recipe[here, good] > 0, np.clip(part, 0.0, 1.0)[:, None], 1.0)
            took = want @ plants.recipe[here] * thrift
            taken += took
            self.stock = np.maximum(self.stock - took, 0.0)
            made[:, here] = want
            for number, goods in enumerate(serves):
                given = ration(want[:, number], self.book[:, goods], self.rank[goods])
                self.book[:, goods] -= given
                at = np.minimum(week + self.lag[:, home], self.weeks)
                self.arrive[at[:, None], np.arange(self.count)[:, None], goods] += given
        self.on_order -= self.book  # what cannot be made in the week is ordered anew, of whom it may be
        self._note(taken=taken, made=made, unfilled=self.book)
        self.book = np.zeros_like(self.book)

    def _thrift(self, week: int) -> np.ndarray:
        """Return what plants still take of a good for a tonne made, over the recipe, (draw, good)."""
        case = self.case
        saves = np.array(
            [user == NOBODY and good.kind in case.heavy for user, good in zip(case.user_of, case.goods, strict=True)]
        )
        if case.thrift_share <= 0 or not saves.any():
            return np.ones((self.count, len(case.goods)))
        found: np.ndarray = 1 - case.thrift_share * (self._measure(case.thrift_weeks, week) & saves)
        return found

    def _use(self, week: int) -> None:
        """Let users make what their scarcest grade allows."""
        case, rules = self.case, self.behaviour
        whole = self._bought_whole(week)
        base = case.use[week] * self.demand
        target = base * self.cover
        held_by = case.user_of != NOBODY
        base[:, held_by] *= 1 - whole[:, case.user_of[held_by]]
        slow = _column(rules.slowing) * target
        with np.errstate(divide="ignore", invalid="ignore"):
            slowed = np.where(slow > 0, base * self.stock / slow, np.inf)
        released = self._release(base)
        held = self.stock + released
        able = np.minimum(held, np.maximum(slowed, released))
        level, used = output(case, base, able, self.regrading, self._measure(case.regrade_weeks, week))
        level = whole + (1 - whole) * level
        self.output[week] = level
        with np.errstate(divide="ignore", invalid="ignore"):
            self.available[week] = np.where(base > 0, np.minimum(able / base, 1.0), 1.0)
        self.stock = held - used
        low = self.stock < _column(rules.trigger) * target * (1 - STILL)
        hit, short = self._struck(week), self.available[week] < 1 - STILL
        self.emergency = (hit & low) | (self.emergency & (hit | short))
        self.since = np.where(self.emergency & ~np.isfinite(self.since), week, self.since)
        self._survive(week, level, base)
        self._note(used=used, released=released, stock=self.stock, base=base, on_order=self.on_order)

    def _bought_whole(self, week: int) -> np.ndarray:
        """Return the share of output that goes on with parts bought whole, (draw, user)."""
        case = self.case
        found: np.ndarray = np.zeros((self.count, len(case.users)))
        if not np.any(np.asarray(case.whole_share) > 0):
            return found
        passing = np.ones(self.count)
        for event, _ in self.edges.hits:
            if hits_parts(event):
                passing = passing * (1 - event.depth(week))
        for user in range(len(case.users)):
            of = case.user_of == user
            since = self.since[:, of].min(axis=1)
            found[:, user] = self.emergency[:, of].any(axis=1) & (week >= since + self.whole_weeks[:, user])
        found = found * self.whole_share * passing[:, None]
        return found

    def _struck(self, week: int) -> np.ndarray:
        """Say which goods come by an edge, or from home plants, that an event concerns this week, (draw, good)."""
        found: np.ndarray = np.zeros(self.stock.shape, dtype=bool)
        everything, from_home = np.arange(len(self.case.goods)), self.edges.good[self.edges.home]
        for (event, edges), (_, plants) in zip(self.edges.hits, self.edges.plants, strict=True):
            goods = np.isin(everything, self.edges.good[edges])
            goods |= np.isin(everything, from_home) & plants.any()
            found |= np.broadcast_to(event.lasts(week), self.count)[:, None] & goods
        return found

    def _release(self, base: np.ndarray) -> np.ndarray:
        """Give out the public stock to users whose own does not last the week."""
        found: np.ndarray = np.zeros_like(self.stock)
        if not self.reserve.any():
            return found
        short = np.maximum(base - self.stock, 0.0) * self.case.at_home
        kinds = {(good.stage, good.kind) for good in self.case.goods}
        for kind in sorted(kinds):
            goods = [at for at, good in enumerate(self.case.goods) if (good.stage, good.kind) == kind]
            given = ration(self.reserve[:, goods[0]], short[:, goods], self.rank[goods])
            found[:, goods] = given
            self.reserve[:, goods] -= given.sum(axis=1, keepdims=True)
        return found

    def _survive(self, week: int, level: np.ndarray, base: np.ndarray) -> None:
        """Note the moment in which a user first runs short, in weeks and the part of the week that still went."""
        lost = (level < 1 - STILL) & np.isnan(self.survived)
        if not lost.any():
            return
        drain = base - self.arrived
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.where(drain > 0, np.clip(self.before / drain, 0.0, 1.0), 1.0)
        for user in np.flatnonzero(lost.any(axis=0)):
            part = left[:, self.case.user_of == user].min(axis=1, initial=1.0)
            part = np.where(part < 1, part, 0.0)  # with stock for all the week, it was slowed from its beginning
            self.survived[:, user] = np.where(lost[:, user], week + part, self.survived[:, user])


def _column(value: float | np.ndarray) -> np.ndarray:
    """Return a number, or one a draw, so that it goes with (draw, good)."""
    found = np.asarray(value, dtype=float)
    return found[:, None] if found.ndim else found
