"""What an episode does to each origin of goods, week by week.

Origins that the same events hit are one group: what may leave of a good, over its usual flow, is the same from all of
them, and is reckoned once. All arrays over goods are (draw, good).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.stress.case import HOME, Case
from chumbak.stress.episode import Event, Licence, hits, hits_parts, hits_plants


@dataclass(frozen=True, eq=False)
class Struck:
    """An event with what it hits: ``goods`` (good,), ``origins`` (origin,), groups of ``plants``, ``parts`` bought.

    ``depth`` (week, draw) is the share stopped, ``lasts`` (week, draw) says when it is on; ``granted`` (draw, good) is
    the share of licences, ``delayed`` whether it makes the way longer at all.
    """

    event: Event
    goods: np.ndarray
    origins: np.ndarray
    plants: np.ndarray
    parts: bool
    depth: np.ndarray
    lasts: np.ndarray
    granted: np.ndarray | None
    delayed: bool


@dataclass(frozen=True, eq=False)
class Group:
    """Origins abroad that the same events hit: ``share`` (draw or 1, good) and ``can_add`` (good,) of all together."""

    origins: tuple[int, ...]
    events: tuple[Struck, ...]
    share: np.ndarray
    can_add: np.ndarray

    def passing(self, week: int, but: Struck | None = None) -> np.ndarray | None:
        """Return the share of the usual flow that may leave without licence; None: nothing is stopped.

        ``but``: an event that is left out.
        """
        found = None
        for one in self.events:
            if one is not but and one.depth[week].any():
                open_ = np.where(one.goods, 1 - one.depth[week][:, None], 1.0)
                found = open_ if found is None else found * open_
        return found

    def longer(self, leave: np.ndarray) -> np.ndarray | None:
        """Return the weeks by which the way of what leaves in a week, (draw,), is longer; None: it is as ever."""
        found = None
        for one in self.events:
            if one.delayed:
                weeks = np.rint(np.broadcast_to(one.event.delay * one.event.lasts(leave), leave.shape)).astype(int)
                of_goods = weeks[:, None] * one.goods
                found = of_goods if found is None else np.maximum(found, of_goods)
        return found if found is not None and found.any() else None


def struck(case: Case, event: Event, draws: int) -> Struck:
    """Return an event with what it hits of a case."""
    hit = hits(case, event)
    good, origin = (which[hit] for which in case.pairs)
    weeks = np.arange(len(case.weeks))
    goods, origins = np.zeros(len(case.goods), dtype=bool), np.zeros(len(case.origins), dtype=bool)
    goods[good], origins[origin] = True, True
    return Struck(
        event, goods, origins, hits_plants(case, event), hits_parts(event),
        depth=np.array([np.broadcast_to(event.depth(week), draws) for week in range(len(case.weeks))]),
        lasts=np.broadcast_to(event.lasts(weeks[:, None]), (len(weeks), draws)),
        granted=None if event.licence is None else _granted(case, event.licence, draws),
        delayed=bool(np.any(np.asarray(event.delay) > 0)),
    )  # fmt: skip


def groups_abroad(case: Case, events: tuple[Struck, ...]) -> tuple[Group, ...]:
    """Return all origins but the country's own plants, in groups that the same events hit."""
    found: dict[tuple[int, ...], list[int]] = {}
    for origin, name in enumerate(case.origins):
        if name != HOME:
            by = tuple(number for number, one in enumerate(events) if one.origins[origin])
            found.setdefault(by, []).append(origin)
    return tuple(
        Group(tuple(origins), tuple(events[number] for number in by), case.shares[:, :, origins].sum(axis=2),
              case.can_add[:, origins].sum(axis=1))
        for by, origins in found.items()
    )  # fmt: skip


def _granted(case: Case, licence: Licence, draws: int) -> np.ndarray:
    """Return the share of applications that is granted for each good, by the sector of its user."""
    sectors = [case.users[user].sector if user >= 0 else "" for user in case.user_of]
    found = np.empty((draws, len(sectors)))
    for at, sector in enumerate(sectors):
        found[:, at] = licence.granted(sector)
    return found
