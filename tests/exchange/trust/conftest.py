from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.people.persons import Person, register
from chumbak.exchange.trust.limits import Piece, check_take_back
from tests.exchange import house


@dataclass
class Town:
    """A desk and the people that a test needs; ``take`` hands over one device."""

    desk: Desk
    n: int = 0

    def person(self, role: str = "citizen", place: str = "seelampur", **more: Any) -> Person:
        self.n += 1
        with self.desk.work(SYSTEM) as work:
            return register(work, f"98{self.n:08d}", f"Person {self.n}", place, role, **more)

    def later(self, **span: float) -> None:
        assert isinstance(self.desk.clock, house.Clock)
        self.desk.clock.later(**span)

    def take(self, who: Person, serial: str, grams: int = 150, *, kind: str = "smartphone", address: str = "") -> str:
        """Hand over a device with its serial and weight; return the id of the take-back."""
        with self.desk.work(who.id) as work:
            about = work.new_id("takeback")
            check_take_back(
                work, party=who.party, address_key=self.desk.keyed("address", address) if address else "", about=about,
                pieces=[Piece(kind, grams, self.desk.keyed("serial", serial) if serial else "")],
            )  # fmt: skip
            return about


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with house.desk(tmp_path) as made:
        yield Town(made)
