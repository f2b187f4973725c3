"""The invented town: something waits for every role, at any hour that it opens; the same hour makes the same town."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chumbak.answer.exchange_catalogue import exchange_catalogue
from chumbak.exchange.desk import Settings, microseconds
from chumbak.exchange.town.fill import OWN, filled
from chumbak.pack.pack import Pack

ZONE = "Asia/Kolkata"
NOON = dt.datetime(2026, 4, 15, 12, tzinfo=ZoneInfo(ZONE))
SETTINGS = Settings("https://town.example", ZONE, own=OWN, show_messages=True)
# What there is of each, as a newcomer finds it: a query, and what it gives.
WAITS = {
    "select rule from trust_alarm a where not exists (select 1 from trust_decision d where d.alarm = a.id)": ["seal"],
    "select a.rule from trust_alarm a join trust_decision d on d.alarm = a.id where d.what = 'uphold' and a.id not in "
    "(select alarm from trust_remark where what = 'appeal')": ["price"],
    "select a.rule from trust_alarm a join trust_remark r on r.alarm = a.id where r.what = 'appeal'": ["limit"],
    "select state || ' ' || (by = 'system') from dispute": ["answer 0", "decide 0", "decide 1"],
    "select kind from document where state = 'waiting'": ["identity"],
    "select paise from pay_in where state = 'said'": [10_000_000],
    "select paise from payment where state = 'sent'": [50_000],
    "select state from contract where state in ('referee', 'sent')": ["referee", "sent"],
    "select way from lot where state = 'open'": ["offers", "open", "sealed"],
    "select count(distinct b.buyer) from bid b join lot on lot.id = b.lot where way = 'sealed' and state = 'open'": [2],
    "select state from lot where way = 'sealed'": ["awarded", "awarded", "open"],
    "select grams from pickup where round is null": [30_000, 40_000],
    "select state from pickup join contract on contract.id = pickup.contract where round is not null": [
        "funded", "sent",
    ],
    "select state from takeback_booking where state not in ('paid', 'cancelled')": ["booked", "handed", "received",
                                                                                    "received"],
}  # fmt: skip


@pytest.fixture(scope="module")
def town(india_pack: Pack, tmp_path_factory: Any) -> Callable[[dt.datetime], Path]:
    """Return what fills a town that opens at a time, and gives its folder."""
    catalogue = exchange_catalogue(india_pack)

    def fill(now: dt.datetime) -> Path:
        folder: Path = tmp_path_factory.mktemp("town")
        filled(folder, catalogue, SETTINGS, now)
        return folder

    return fill


@pytest.fixture(scope="module")
def at_noon(town: Callable[[dt.datetime], Path]) -> Path:
    return town(NOON)


def rows(folder: Path, query: str, name: str = "exchange") -> list[Any]:
    """Return what a query of one column gives, in order."""
    with closing(sqlite3.connect(folder / f"{name}.db")) as database:
        return sorted(row[0] for row in database.execute(query))


@pytest.mark.parametrize("query", WAITS)
def test_something_waits_for_everybody(at_noon: Path, query: str) -> None:
    assert rows(at_noon, query) == WAITS[query]


def test_the_same_hour_makes_the_same_town(at_noon: Path, town: Callable[[dt.datetime], Path]) -> None:
    again = town(NOON)
    for query in (
        "select id || state || due_us from contract where due_us", "select id || arrive_us from pickup where arrive_us",
        "select id || said from trust_alarm", "select account || paise from money_balance",
        "select made_us || about || what || details from audit", "select id || closes_us from lot",
    ):  # fmt: skip
        found = rows(at_noon, query)
        assert found
        assert rows(again, query) == found
    for query in ("select id from log where kind = 'event'", "select seq || account || element || ug from entry"):
        found = rows(at_noon, query, "custody")
        assert found
        assert rows(again, query, "custody") == found


def test_nothing_of_it_is_later_than_it_opens(at_noon: Path) -> None:
    for query in ("select max(made_us) from audit", "select max(at_us) from contract_step",
                  "select max(made_us) from posting", "select max(made_us) from outbox"):  # fmt: skip
        assert 0 < rows(at_noon, query)[0] <= microseconds(NOON)
    assert rows(at_noon, "select sum(paise) from money_entry") == [0]


@pytest.mark.parametrize("clock", [dt.time(0, 5), dt.time(10, 30), dt.time(23, 55)])
def test_it_opens_at_any_hour_with_a_round_under_way(town: Callable[[dt.datetime], Path], clock: dt.time) -> None:
    now = dt.datetime.combine(NOON.date(), clock, NOON.tzinfo)
    found = town(now)
    (leaves,), (back,) = rows(found, "select leave_us from round"), rows(found, "select back_us from round")
    assert leaves < microseconds(now)
    assert clock.hour > 20 or now.astimezone(dt.UTC) < dt.datetime.fromtimestamp(back / 1e6, dt.UTC)
