"""The town while it is filled: its desk, its own time, its chance, and who lives in it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from chumbak.exchange.desk import SYSTEM, Desk, Work
from chumbak.exchange.people.persons import Person, party, person

TOWN = Path(__file__).with_name("town.yaml")


@dataclass
class Clock:
    """The town's own time, which the filling moves."""

    at: dt.datetime

    def __call__(self) -> dt.datetime:
        """Return the time."""
        return self.at

    def later(self, **span: float) -> None:
        """Move on."""
        self.at += dt.timedelta(**span)


@dataclass
class Town:
    """The town: ``now`` is the time at which it opens to visitors, ``people`` and ``parties`` are ids by name."""

    desk: Desk
    clock: Clock
    chance: random.Random
    now: dt.datetime
    people: dict[str, str] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    def be(self, id: str) -> str:
        """Return the id of a person."""
        return self.people[id]

    def who(self, work: Work, id: str) -> Person:
        """Return a person."""
        return person(work, self.people[id])

    def party(self, id: str) -> str:
        """Return the id of a person's party."""
        return self.parties[id]

    def place_of(self, work: Work, id: str) -> str:
        """Return where a person is."""
        return party(work, self.parties[id]).place

    def do(self, id: str, what: Callable[[Work], Any]) -> Any:
        """Have somebody do something, a few minutes after what was before."""
        self.clock.later(minutes=3)
        with self.desk.work(self.people.get(id, SYSTEM)) as work:
            return what(work)

    def here(self, at: dt.datetime) -> dt.datetime:
        """Return a time as clocks in the town show it."""
        return at.astimezone(ZoneInfo(self.desk.settings.time_zone))

    def before_it_opens(self, **span: float) -> None:
        """Have the town's time be so long before it opens to visitors. Raises ``ValueError`` if that is past."""
        at = self.now - dt.timedelta(**span)
        if at < self.clock.at:
            raise ValueError("The town's time does not run backwards.")
        self.clock.at = at


def read_town() -> dict[str, Any]:
    """Return who lives in the town and where a newcomer begins."""
    found: dict[str, Any] = yaml.safe_load(TOWN.read_text(encoding="utf-8"))
    return found
