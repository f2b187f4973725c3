"""Episodes: what is stopped, from where, for how long, and what licences still let through. Data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from chumbak.stress.case import HOME, Case

Number = float | np.ndarray  # one number, or one a draw
ABROAD = "abroad"  # stands for every origin but the country's own plants


@dataclass(frozen=True, eq=False)
class Licence:
    """A way around a stop: ``delay`` weeks from the application, and the share granted by the end user's sector.

    ``approval`` maps sectors to shares; ``otherwise`` is for all others. What waits when the stop ends is free to go.
    """

    delay: Number
    otherwise: Number
    approval: Mapping[str, Number] = field(default_factory=dict)

    def granted(self, sector: str) -> Number:
        """Return the share of applications that is granted to a sector."""
        return self.approval.get(sector, self.otherwise)


@dataclass(frozen=True, eq=False)
class Event:
    """One restriction. What is left empty chooses all.

    ``origins`` may name ``ABROAD`` and ``HOME``; of HOME, ``stopped`` is lost of the capacity of the plants of
    ``stages``. ``holding`` chooses goods by the rare earths in them, ``kinds`` by grade or element, ``to`` by the
    country of who receives them (empty: the country of the case alone). ``begin`` and ``weeks`` count from the start;
    ``stopped`` is the share of the usual flow that may not leave, reached in ``deepens`` weeks; ``delay`` is added to
    the way of what leaves meanwhile.
    """

    origins: tuple[str, ...]
    weeks: Number
    stopped: Number = 1.0
    begin: Number = 0.0
    stages: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    deepens: Number = 0.0
    delay: Number = 0.0
    licence: Licence | None = None

    def end(self) -> Number:
        """Return the week in which it is over."""
        return self.begin + self.weeks

    def depth(self, week: int) -> np.ndarray:
        """Return the share stopped in a week, () or (draw,): of the part of the week in which it lasts."""
        last = np.minimum(self.end(), week + 1.0)
        inside = np.clip(last - np.maximum(self.begin, float(week)), 0.0, 1.0)
        reached = np.clip((week + 1.0 - np.asarray(self.begin)) / np.maximum(self.deepens, 1e-9), 0.0, 1.0)
        found: np.ndarray = np.asarray(self.stopped * inside * np.where(np.asarray(self.deepens) > 0, reached, 1.0))
        return found

    def lasts(self, week: int | np.ndarray) -> np.ndarray:
        """Say whether it lasts at any moment of a week (one, or one a draw), () or (draw,)."""
        found: np.ndarray = np.asarray((np.asarray(self.begin) < week + 1) & (np.asarray(self.end()) > week))
        return found


@dataclass(frozen=True, eq=False)
class Episode:
    """Restrictions that come together. ``weight`` is how often a year it is reckoned with, for stockpiles."""

    name: str
    title: str
    events: tuple[Event, ...]
    weight: float = 0.0


def hits(case: Case, event: Event) -> np.ndarray:
    """Say which edges (pairs of good and origin, in the order of ``case.pairs``) an event concerns."""
    good, origin = case.pairs
    goods = np.array([_concerned(case, at, event) for at in range(len(case.goods))], dtype=bool)
    named = set(event.origins)
    origins = np.array([one in named or (ABROAD in named and one != HOME) for one in case.origins], dtype=bool)
    found: np.ndarray = goods[good] & origins[origin] & (np.array(case.origins)[origin] != HOME)
    return found


def hits_parts(event: Event) -> bool:
    """Say whether an event also stops parts bought whole: where it names no rung, grade or rare earth."""
    abroad = any(one != HOME for one in event.origins)
    return abroad and not (event.stages or event.kinds or event.holding or event.to)


def hits_plants(case: Case, event: Event) -> np.ndarray:
    """Say which groups of home plants an event takes capacity from, (group,)."""
    if HOME not in event.origins:
        return np.zeros(len(case.plants.group_stage), dtype=bool)
    return np.array([not event.stages or stage in event.stages for stage in case.plants.group_stage], dtype=bool)


def _concerned(case: Case, at: int, event: Event) -> bool:
    good = case.goods[at]
    user = case.user_of[at]
    country = case.users[user].country if user >= 0 else case.place
    return (
        country in (event.to or (case.place,))
        and (not event.stages or good.stage in event.stages)
        and (not event.kinds or good.kind in event.kinds)
        and (not event.holding or any(one in good.holds for one in event.holding))
    )
