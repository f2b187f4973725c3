"""The weekly chain by rules of behaviour: what would happen.

In each week, in this order: makers and plants order what brings their stock and what is under way back to its target;
what may leave leaves, what needs a licence queues; goods arrive; home plants make what is ordered of them, as far as
capacity and the scarcest input go; a public stock helps out; users make what their scarcest grade allows, and what is
left is in stock. Goods that have left arrive, whatever is stopped later. Everything is vectorised over draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.episode import Episode
from chumbak.stress.origins import Group, groups_abroad, struck
from chumbak.stress.plants import make, rungs
from chumbak.stress.ration import ration
from chumbak.stress.use import least, output, regrading

OVER = 0.5  # of the stock at which an emergency begins: with as much it is over, once nothing is stopped
STILL = 1e-9  # of a target: a stock that near it is full


@dataclass(frozen=True, eq=False)
class Draws:
    """What differs from draw to draw beside episode and behaviour: factors on stock, demand and value, weeks of lag.

    ``stock`` (draw, good), ``demand`` (draw, user), ``lag`` (draw, origin); ``value`` (draw, user) of a week's output,
    None for the central one.
    """

    stock: np.ndarray
    demand: np.ndarray
    lag: np.ndarray
    value: np.ndarray | None = None

    @staticmethod
    def central(case: Case) -> Draws:
        """Return the one draw in which everything has its central value."""
        return Draws(np.ones((1, len(case.goods))), np.ones((1, len(case.users))), case.lag[None].astype(float))


@dataclass(frozen=True, eq=False)
class Played:
    """What happened. ``output`` (week, draw, user) over what was wanted; ``available`` (week, draw, good), the same of
    what can be had of a good, at most 1; ``survived`` (draw, user) and ``lasted`` (draw, good), the moment in weeks in
    which it first runs short, NaN for never. The rest only where it was to be kept.

    All are (week, draw, good) t unless said: ``stock`` at the end of the week, ``arrived``, ``released`` from the
    public stock, ``used`` by users, ``taken`` by plants, ``made`` (week, draw, plant), ``short`` of the wanted use,
    ``before`` the stock before anything arrived, ``extra`` bought of origins newly qualified (and paid more for),
    ``on_order`` at the end of the week, queue included.
    """

    output: np.ndarray
    available: np.ndarray
    survived: np.ndarray
    lasted: np.ndarray
    extra: np.ndarray
    trace: dict[str, np.ndarray]

    def draw(self, at: int) -> Played:
        """Return what happened in one draw, as if that had been played alone."""
        one = slice(at, at + 1)
        trace = {name: rows[:, one] for name, rows in self.trace.items()}
        return Played(
            self.output[:, one], self.available[:, one], self.survived[one], self.lasted[one], self.extra[one], trace
        )


def play(
    case: Case, episode: Episode, draws: Draws | None = None, *, by_priority: bool = True, keep: bool = False
) -> Played:
    """Return what happens by rules in every draw. Raises nothing that the case did not let through.

    ``by_priority``: home output and the public stock go to users in order of priority, else in proportion.
    """
    draws = draws or Draws.central(case)
    return _Play(case, episode, draws, by_priority, keep).run()


class _Play:
    """One run of the weeks: the state and the steps of a week, in the order they are taken.

    Goods are the last axis of all state, so that the goods of a draw lie side by side and are sent together.
    """

    def __init__(self, case: Case, episode: Episode, draws: Draws, by_priority: bool, keep: bool) -> None:
        self.case, self.behaviour, self.keep = case, case.behaviour, keep
        self.count, self.weeks = len(draws.lag), len(case.weeks)
        self.each = np.arange(self.count)
        self.events = tuple(struck(case, event, self.count) for event in episode.events)
        self.abroad = groups_abroad(case, self.events)
        self.groups = sorted((origin, at) for at, group in enumerate(self.abroad) for origin in group.origins)
        self.share = np.ascontiguousarray(np.moveaxis(case.shares, 2, 0))  # (origin, draw or 1, good)
        self.can_add = np.ascontiguousarray(case.can_add.T)
        self.home = case.origins.index(HOME) if HOME in case.origins else NOBODY
        self.from_home = np.zeros(len(case.goods), dtype=bool)
        self.from_home[case.pairs[0][case.pairs[1] == self.home]] = True
        self.held = case.user_of != NOBODY
        self.demand = np.where(self.held, np.take(draws.demand, case.user_of, axis=1), 1.0)
        self.lag = np.maximum(np.rint(draws.lag), 0).astype(int)
        if self.home != NOBODY:  # what is made in a week is there in the next
            self.lag[:, self.home] = np.maximum(self.lag[:, self.home], 1)
        self.regrading, self.rungs = regrading(case), rungs(case)
        per_user = (self.count, len(case.users))
        self.whole_share, self.whole_weeks = (
            np.broadcast_to(of, per_user) for of in (case.whole_share, case.whole_weeks)
        )
        rank = [case.users[user].priority if user >= 0 and by_priority else 0 for user in case.user_of]
        self.rank = np.array(rank, dtype=int)
        self.saves = np.array(
            [user == NOBODY and good.kind in case.heavy for user, good in zip(case.user_of, case.goods, strict=True)]
        )
        kinds = [(good.stage, good.kind) for good in case.goods]
        self.kinds = [np.array([at for at, one in enumerate(kinds) if one == kind]) for kind in sorted(set(kinds))]
        self.cover = case.cover * draws.stock
        self.mean_lag = np.zeros((self.count, len(case.goods)))
        for origin in range(len(case.origins)):
            self.mean_lag += self.share[origin] * self.lag[:, [origin]]
        links = self.regrading
        self.order_ahead = np.zeros_like(self.mean_lag)
        self.order_ahead[:, links.of] = np.ceil(self.mean_lag[:, links.by])
        self.ahead = np.minimum(np.rint(case.shares.mean(axis=0) @ case.lag).astype(int), self.weeks - 1)
        self._begin()

    def _begin(self) -> None:
        case = self.case
        self.stock = case.use[0] * self.demand * self.cover
        if case.stock is not None:
            self.stock = np.broadcast_to(case.stock, self.stock.shape).copy()
        shape = (self.weeks + 1, *self.stock.shape)  # the last week stands for all later ones
        self.arrive, self.refused = np.zeros(shape), np.zeros(shape)
        if case.on_the_way is None:
            for origin in range(len(case.origins)):
                for week in range(min(int(self.lag[:, origin].max(initial=0)), self.weeks)):
                    coming = self.share[origin] * case.use[week] * self.demand
                    self.arrive[week] += (self.lag[:, origin] > week)[:, None] * coming
        else:
            self.arrive[: len(case.on_the_way)] += case.on_the_way[: self.weeks + 1, None]
        self.on_order = self.arrive.sum(axis=0)
        self.book = np.zeros_like(self.stock)  # ordered of home plants and not made yet
        self.called = np.zeros_like(self.stock)  # what plants would have taken last week, had there been enough
        self.reserve = np.zeros_like(self.stock)
        if case.reserve is not None:
            self.reserve = np.broadcast_to(case.reserve, self.stock.shape).copy()
        self.since = np.full(self.stock.shape, np.inf)  # the week of the first emergency
        self.emergency = np.zeros(self.stock.shape, dtype=bool)
        users = (self.weeks, self.count, len(case.users))
        self.output, self.survived = np.ones(users), np.full(users[1:], np.nan)
        self.available = np.ones((self.weeks, *self.stock.shape), dtype=np.float32)
        self.lasted, self.extra = np.full(self.stock.shape, np.nan), np.zeros(self.stock.shape)
        self.trace: dict[str, list[np.ndarray]] = {}

    def run(self) -> Played:
        """Play all weeks."""
        for week in range(self.weeks):
            self._order(week)
            self._arrive(week)
            self._make(week)
            self._use(week)
        trace = {name: np.array(rows) for name, rows in self.trace.items()}
        return Played(self.output, self.available, self.survived, self.lasted, self.extra, trace)

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
        rules = self.behaviour
        planned = self._planned(week)
        needed = np.maximum(planned, self.called)  # plants order for what is asked of them, if that is more
        target = needed * (self.cover + self.mean_lag)
        gap = (target - self.stock - self.on_order) / _column(rules.restoration)
        wanted = np.maximum(needed + gap, 0.0)
        most = planned * _column(rules.surge)
        passing = [group.passing(week) for group in self.abroad]
        leaves, left = [], np.zeros_like(wanted)  # of each group, over its usual share; what nobody lets leave
        for group, part in zip(self.abroad, passing, strict=True):
            limit = most if part is None else np.where(part < 1, planned * part, most)
            may = np.minimum(wanted, limit)
            queued = self._apply(week, group, wanted - may, planned)
            left += group.share * (wanted - may - queued)
            leaves.append(may)
        bought, more = self._from_others(week, left, passing, planned)
        late = np.full(self.count, week)
        longer = [group.longer(late) for group in self.abroad]
        for origin, at in self.groups:
            amount, part = self.share[origin] * leaves[at], passing[at]
            if more is not None and self.can_add[origin].any():
                amount += self.can_add[origin] * (more if part is None else more * (part >= 1))
            self._send(origin, amount, late, longer[at])
        self.extra += bought
        if self.home != NOBODY:
            waits = np.where(self.share[self.home] > 0, 0.0, _column(rules.other_weeks))  # 0: its plants are qualified
            to_home = (left - bought) * self.can_add[self.home] * self._measure(waits, week)
            self.book += self.share[self.home] * wanted + to_home
            self.on_order += self.book
        self._note(ordered=wanted, extra=bought)

    def _apply(self, week: int, group: Group, left: np.ndarray, planned: np.ndarray) -> np.ndarray:
        """Apply for licences for what may not leave; return what is queued over the usual share, (draw, good)."""
        queued = np.zeros_like(left)
        for one in group.events:
            licence, stopped = one.event.licence, one.depth[week][:, None]
            if licence is None or one.granted is None or not stopped.any():
                continue
            others = group.passing(week, but=one)
            usual = planned * stopped if others is None else planned * stopped * others
            here = np.maximum(np.minimum(left - queued, usual), 0.0) * one.goods
            if not here.any():
                continue
            free = np.ceil(np.broadcast_to(one.event.end(), self.count) - STILL)
            granted_in = week + np.maximum(np.rint(np.broadcast_to(licence.delay, self.count)), 0)
            leave = np.minimum(granted_in, np.maximum(free, week)).astype(int)
            share = np.where((free < granted_in)[:, None], 1.0, one.granted)
            longer = group.longer(leave)
            for origin in group.origins:
                self._send(origin, self.share[origin] * (here * share), leave, longer)
            refused = group.share * here * (1 - share)
            self.refused[np.minimum(leave, self.weeks), self.each] += refused
            self.on_order += refused
            queued += here
        return queued

    def _from_others(
        self, week: int, left: np.ndarray, passing: Sequence[np.ndarray | None], planned: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Buy what is stopped from origins abroad that have been qualified meanwhile and can add something.

        Return what is bought, (draw, good), and what that is for each 1 of ``can_add``, None if nothing is.
        """
        ready = self._measure(_column(self.behaviour.other_weeks), week)
        if not ready.any():
            return np.zeros_like(left), None
        able = np.zeros_like(left)
        for group, part in zip(self.abroad, passing, strict=True):
            able += group.can_add if part is None else group.can_add * (part >= 1)
        room = _column(self.behaviour.other_share) * planned
        bought = np.where(able > 0, np.minimum(left, room * ready), 0.0)
        return bought, np.divide(bought, able, out=np.zeros_like(able), where=able > 0)

    def _send(self, origin: int, amount: np.ndarray, leave: np.ndarray, longer: np.ndarray | None) -> None:
        """Let goods (draw, good) leave in a week of each draw: they arrive after the lag of their origin, or longer."""
        if not amount.any():
            return
        self.on_order += amount
        at = leave + self.lag[:, origin]
        if longer is None:  # all goods of a draw arrive together
            self.arrive[np.minimum(at, self.weeks), self.each] += amount
        else:
            goods = np.arange(amount.shape[1])
            self.arrive[np.minimum(at[:, None] + longer, self.weeks), self.each[:, None], goods] += amount

    def _arrive(self, week: int) -> None:
        self.before = self.stock
        self.arrived = self.arrive[week]
        self._note(before=self.before, arrived=self.arrived, refused=self.refused[week])
        self.stock = self.stock + self.arrived
        self.on_order -= self.arrived + self.refused[week]

    def _make(self, week: int) -> None:
        """Let home plants make what is ordered of them, rung by rung."""
        plants = self.case.plants
        taken, given = np.zeros_like(self.stock), np.zeros_like(self.stock)
        made = np.zeros((self.count, len(plants.makes)))
        able = np.broadcast_to(plants.capacity[:, week], (self.count, len(plants.group_stage))).copy()
        for one in self.events:
            if one.plants.any():
                able[:, one.plants] *= 1 - one.depth[week][:, None]
        thrift = self._thrift(week)
        self.called, at_hand = np.zeros_like(self.stock), np.zeros_like(self.stock)
        for rung in self.rungs:
            ordered = np.array([self.book[:, goods].sum(axis=1) for goods in rung.serves])
            if not ordered.any():
                continue
            done, takes, called = make(rung, ordered, able, self.stock, thrift)
            for good, asked in called.items():
                self.called[:, good] += asked
                at_hand[:, good] += np.minimum(asked, self.stock[:, good])
            for good, took in takes.items():
                taken[:, good] += took
                self.stock[:, good] = np.maximum(self.stock[:, good] - took, 0.0)
            made[:, rung.plants] = done.T
            for goods, there in zip(rung.serves, done, strict=True):
                given[:, goods] = ration(there, self.book[:, goods], self.rank[goods])
        self.book -= given
        if given.any():
            self.arrive[np.minimum(week + self.lag[:, self.home], self.weeks), self.each] += given
        self.on_order -= self.book  # what cannot be made in the week is ordered anew, of whom it may be
        self._note(taken=taken, made=made, unfilled=self.book, called=self.called, at_hand=at_hand)
        self.book = np.zeros_like(self.book)

    def _thrift(self, week: int) -> np.ndarray | None:
        """Return what plants still take of a good for a tonne made, over the recipe, (draw, good); None: all of it."""
        if self.case.thrift_share <= 0 or not self.saves.any():
            return None
        saving = self._measure(self.case.thrift_weeks, week) & self.saves
        found: np.ndarray = 1 - self.case.thrift_share * saving
        return found if saving.any() else None

    def _use(self, week: int) -> None:
        """Let users make what their scarcest grade allows."""
        case, rules = self.case, self.behaviour
        base = case.use[week] * self.demand
        target = base * self.cover
        ready = self._measure(case.regrade_weeks, week)
        alarm = _column(rules.trigger) * self.regrading.planned(base, ready) * self.cover * (1 - STILL)
        whole = self._bought_whole(week)
        if whole is not None:
            base[:, self.held] *= 1 - whole[:, case.user_of[self.held]]
        slow = _column(rules.slowing) * target
        slowed = np.divide(base * self.stock, slow, out=np.full(base.shape, np.inf), where=slow > 0)
        released = self._release(base)
        held = self.stock + released
        able = np.minimum(held, np.maximum(slowed, released))
        level, used = output(case, base, able, self.regrading, ready)
        if whole is not None:
            level = whole + (1 - whole) * level
        self.output[week] = level
        covered = np.divide(able, base, out=np.ones_like(base), where=base > 0)
        self.available[week] = np.minimum(covered, 1.0)
        self.stock = np.maximum(held - used, 0.0)  # not below by rounding: that would pass for an emergency
        hit, lasts = self._struck(week), self.stock < OVER * alarm
        self.emergency = (hit & (self.stock < alarm)) | (self.emergency & (hit | lasts))
        self.since[self.emergency & np.isinf(self.since)] = week
        self._survive(week, level, base)
        self._note(used=used, released=released, stock=self.stock, base=base, on_order=self.on_order)

    def _bought_whole(self, week: int) -> np.ndarray | None:
        """Return the share of output that goes on with parts bought whole, (draw, user); None: nowhere any."""
        if not self.whole_share.any() or not self.emergency.any():
            return None
        found: np.ndarray = self.whole_share * (week >= least(self.case, self.since, np.inf) + self.whole_weeks)
        found *= least(self.case, np.where(self.emergency, 0.0, 1.0), 1.0) == 0  # any of its goods
        for one in self.events:
            if one.parts:
                found *= 1 - one.depth[week][:, None]
        return found

    def _struck(self, week: int) -> np.ndarray:
        """Say which goods come by a way, or from home plants, that an event concerns this week, (draw, good)."""
        found: np.ndarray = np.zeros(self.stock.shape, dtype=bool)
        for one in self.events:
            goods = one.goods | self.from_home if one.plants.any() else one.goods
            found |= one.lasts[week][:, None] & goods
        return found

    def _release(self, base: np.ndarray) -> np.ndarray:
        """Give out the public stock to users whose own does not last the week."""
        found: np.ndarray = np.zeros_like(self.stock)
        if not self.reserve.any():
            return found
        short = np.maximum(base - self.stock, 0.0) * self.case.at_home
        for goods in self.kinds:
            given = ration(self.reserve[:, goods[0]], short[:, goods], self.rank[goods])
            found[:, goods] = given
            self.reserve[:, goods] -= given.sum(axis=1, keepdims=True)
        return found

    def _survive(self, week: int, level: np.ndarray, base: np.ndarray) -> None:
        """Note the moment in which a user, or a good, first runs short, with the part of the week that still went."""
        lost = (level < 1 - STILL) & np.isnan(self.survived)
        short = (self.available[week] < 1 - STILL) & np.isnan(self.lasted)
        if not lost.any() and not short.any():
            return
        drain = base - self.arrived
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.where(drain > 0, np.clip(self.before / drain, 0.0, 1.0), 1.0)
        part = least(self.case, left, 1.0)
        # With stock for all the week, it was slowed from its beginning.
        self.survived = np.where(lost, week + np.where(part < 1, part, 0.0), self.survived)
        self.lasted = np.where(short, week + np.where(left < 1, left, 0.0), self.lasted)


def _column(value: float | np.ndarray) -> np.ndarray:
    """Return a number, or one a draw, so that it goes with (draw, good)."""
    found = np.asarray(value, dtype=float)
    return found[:, None] if found.ndim else found
