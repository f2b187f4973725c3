"""One transaction of the exchange, and what is told elsewhere after it."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.custody.store.faults import StoreError
from chumbak.exchange import hand_over
from chumbak.exchange.catalogue import read, write
from chumbak.exchange.desk import Desk, microseconds, moment
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.store.tables import audit, outbox
from tests.exchange.house import catalogue, desk


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


class Away:
    """A custodian that does not answer."""

    def __init__(self, there: Any) -> None:
        self.store, self.there, self.answers = there.store, there, False

    def capture(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        if not self.answers:
            raise StoreError("away")
        found: list[str] = self.there.capture(events)
        return found


def given_up(work: Any, uri: str) -> dict[str, Any]:
    return hand_over.appears(work, uri, {"Nd": 160_000}, source=work.desk.uri("party", "a"))


def test_every_event_there_is_passes_the_standard_and_the_ledger(town: Desk) -> None:
    device, lot, magnets = (town.uri(kind, "1") for kind in ("device", "lot", "magnets"))
    plant = town.uri("place", "plant")
    with town.work("system") as work:
        for event in (
            hand_over.appears(work, device, {"Nd": 160_000, "Cu": 16_000_000}, source=plant, place=plant),
            hand_over.appears(work, lot, {"Nd": 5}, grams=1500, step="commissioning"),
            hand_over.observed(work, [device], step="receiving", source=plant, to=town.uri("party", "b")),
            hand_over.measured(work, lot, {"Nd": 4}, grams=1499, uncertainty_grams=1, place=plant),
            hand_over.transferred(work, [lot], seller=town.uri("party", "a"), buyer=town.uri("party", "b"),
                                  papers={"inv": town.uri("invoice", "1")}),
            hand_over.packed(work, town.uri("box", "1"), [device]),
            hand_over.transformed(work, [device], {magnets: {"Nd": 150_000}}, grams={magnets: 3},
                                  losses={"slag": {"Cu": 16_000_000}}, place=plant),
            hand_over.gone(work, [lot], step="destroying", disposition="destroyed"),
        ):  # fmt: skip
            work.record(event)
    with town.read() as work:
        assert refused(work.connection) == []
    held = town.custody.holdings(magnets)
    assert held is not None
    assert [(element, origin.kind, ug) for (element, origin), ug in held.items()] == [("Nd", "post-consumer", 150_000)]


def test_what_fails_leaves_nothing(town: Desk) -> None:
    def fails() -> None:
        with town.work("p") as work:
            work.record(given_up(work, town.uri("device", "1")))
            work.audit("did", "it")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with town.read() as work:
        assert work.connection.execute(select(outbox)).all() == work.connection.execute(select(audit)).all() == []
    assert town.custody.holdings(town.uri("device", "1")) is None


def test_events_wait_for_custody_and_arrive_in_order_once(town: Desk) -> None:
    away = Away(town.custodian)
    town.custodian = away
    device = town.uri("device", "1")
    with town.work() as work:
        work.record(given_up(work, device))
    with town.work() as work:
        work.record(hand_over.transformed(work, [device], {town.uri("lot", "m"): {"Nd": 150_000}}))
    assert town.deliver() == 2
    away.answers = True
    assert town.deliver() == 0
    assert town.deliver() == 0
    held = town.custody.holdings(town.uri("lot", "m"))
    assert held is not None
    assert sum(held.values()) == 150_000


def test_what_custody_refuses_is_kept_with_the_reason_and_stops_nobody(town: Desk) -> None:
    with town.work() as work:
        bad = work.record(given_up(work, "no uri"))
        work.record(given_up(work, town.uri("device", "2")))
    with town.read() as work:
        ((id, reason),) = refused(work.connection)
    assert id == bad
    assert "no uri" in reason
    assert town.custody.holdings(town.uri("device", "2"))


def test_the_audit_refuses_every_change(town: Desk) -> None:
    with town.work("p") as work:
        work.audit("did", "it", much=1)
    for change in (audit.delete(), audit.update().values(what="nothing")):
        with pytest.raises(IntegrityError, match="append-only"), town.work() as work:
            work.connection.execute(change)


def test_ids_cannot_be_guessed_and_can_be_read_aloud(town: Desk) -> None:
    with town.read() as work:
        ids = {work.new_id("lot") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(id) == 17 and not set(id[4:]) & set("lo01") for id in ids)


def test_a_phone_is_the_same_however_it_is_written_and_cannot_be_read(town: Desk) -> None:
    assert town.keyed("phone", "+91 98-765 43210") == town.keyed("phone", "+919876543210")
    assert town.keyed("phone", "+919876543210") != town.keyed("serial", "+919876543210")
    assert "98765" not in town.keyed("phone", "+919876543210")


def test_two_at_once_wait_for_each_other(town: Desk) -> None:
    def once(_: int) -> int:
        with town.work() as work:
            seen = len(work.connection.execute(select(audit)).all())
            work.audit("count", str(seen))
            return seen

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(once, range(40))) == list(range(40))


def test_a_database_opens_again_and_what_is_none_is_refused(tmp_path: Path) -> None:
    first = open_exchange(f"sqlite:///{tmp_path / 'e.db'}")
    first.engine.dispose()
    again = open_exchange(f"sqlite:///{tmp_path / 'e.db'}")
    again.engine.dispose()
    assert first.secret == again.secret
    assert (tmp_path / "e.db.secret").stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE mine (a)")
    with pytest.raises(StoreError, match="holds other tables"):
        open_exchange(f"sqlite:///{tmp_path / 'other.db'}")
    (tmp_path / "e.db.secret").unlink()
    with pytest.raises(StoreError, match="Put it back"):
        open_exchange(f"sqlite:///{tmp_path / 'e.db'}")
    with closing(sqlite3.connect(tmp_path / "new.db")) as newer, newer:
        newer.execute("CREATE TABLE exchange_edition (number INTEGER)")
        newer.execute("INSERT INTO exchange_edition VALUES (99)")
    with pytest.raises(StoreError, match="edition 99"):
        open_exchange(f"sqlite:///{tmp_path / 'new.db'}")


def test_a_catalogue_comes_back_as_it_was_written() -> None:
    one = catalogue()
    assert read(write(one)) == one
    assert read(write(one)).edition == one.edition


def test_times_are_whole_microseconds() -> None:
    when = dt.datetime(2026, 4, 1, 6, 30, 0, 123456, tzinfo=dt.UTC)
    assert moment(microseconds(when)) == when
    with pytest.raises(ValueError, match="zone"):
        microseconds(when.replace(tzinfo=None))


def test_the_room_loads_no_pages_before_they_are_asked_for() -> None:
    heavy = "('starlette', 'pyvrp', 'PIL', 'babel')"
    code = f"import sys, chumbak.exchange.desk; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
