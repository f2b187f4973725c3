"""Sums by hand, small cells that cannot be told from what is shown, work, and recovery against promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Desk, microseconds
from chumbak.exchange.numbers.facts import MARKET, TAKE_BACK, Got
from chumbak.exchange.numbers.recovery import recovery
from chumbak.exchange.numbers.tables_of import (
    LEAST,
    Sum,
    at_work,
    by,
    by_month,
    from_outside_the_formal_route,
    paid_to_homes_and_traders,
    shown,
    total,
)
from tests.exchange.house import desk

NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def row(seller: str = "a", kind: str = "household", days: float = 1, **more: object) -> Got:
    given = {
        "way": TAKE_BACK, "goods": "smartphone", "place": "seelampur", "collector": "c", "registered": False,
        "buyer": "r", "pieces": 1, "grams": 180, "paise": 5000, "fair_paise": 10_000, "uri": f"u{seller}{days}",
    } | more  # fmt: skip
    return Got(microseconds(NOW - dt.timedelta(days=days)), seller=seller, seller_kind=kind, **given)  # type: ignore[arg-type]


def test_sums_by_hand() -> None:
    rows = [row(), row("b", fair_paise=None), row("a", goods="swarf", way=MARKET, pieces=0, grams=20_000, paise=90_000)]
    all_of_it = total(rows)
    assert (all_of_it.parties, all_of_it.count, all_of_it.pieces, all_of_it.grams) == (2, 3, 2, 20_360)
    assert (all_of_it.paise, all_of_it.fair_paise, all_of_it.fair_paid) == (100_000, 20_000, 95_000)
    assert all_of_it.ratio == 95_000 / 20_000
    assert [one.key for one in by(rows, lambda one: one.goods)] == ["swarf", "smartphone"]
    assert total([row(fair_paise=-5)]).ratio is None  # goods that cost more to treat than they win have no ratio


def test_months_are_those_of_the_place() -> None:
    late = Got(**{**row().__dict__, "at_us": microseconds(dt.datetime(2026, 4, 30, 20, tzinfo=dt.UTC))})
    assert [one.key for one in by_month([late], "Asia/Kolkata")] == ["2026-05"]
    assert [one.key for one in by_month([late], "UTC")] == ["2026-04"]


def test_who_counts_as_outside_the_formal_route_and_who_was_paid() -> None:
    rows = [row(), row("t", "trader"), row("f", "trader", registered=True), row("o", "office"), row("r", "recycler")]
    assert [one.seller for one in from_outside_the_formal_route(rows)] == ["a", "t", "o"]
    assert [one.seller for one in paid_to_homes_and_traders(rows)] == ["a", "t", "f"]


def test_work_is_counted_by_days_and_not_by_things() -> None:
    rows = [row("t", "trader", days=n, collector="") for n in range(1, 13)]
    rows += [row("u", "trader", days=1, collector="c") for _ in range(20)]
    rows += [row("old", "trader", days=200, collector="")]
    found = at_work(rows, NOW, "UTC")
    assert (found.ever, found.lately, found.regularly) == (4, 3, 1)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 1000)), max_size=12))
def test_what_is_hidden_cannot_be_told_from_what_is_shown(cells: list[tuple[int, int]]) -> None:
    sums = [Sum(str(n), parties, parties, 0, grams, 0, 0, 0) for n, (parties, grams) in enumerate(cells)]
    open_, hidden = shown(sums)
    assert sorted(one.key for one in open_ + hidden) == sorted(one.key for one in sums)
    assert all(one.parties >= LEAST for one in open_)
    if hidden and open_:  # the total less all that is shown is of enough parties, and of two cells
        assert len(hidden) >= 2
        assert max(one.parties for one in hidden) >= LEAST
    if all(one.parties >= LEAST for one in sums):
        assert not hidden


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def test_recovery_is_followed_through_the_plant_and_held_against_the_promise(town: Desk) -> None:
    plant, others = town.uri("plant", "r"), town.uri("plant", "else")
    phones = [town.uri("device", str(n)) for n in range(3)]
    content = {"Nd": 160_000, "Cu": 16_000_000, "Ag": 7}
    with town.work("system") as work:
        for phone in phones:
            work.record(hand_over.appears(work, phone, content, place=plant))
        magnets, oxide, copper = (town.uri("lot", name) for name in ("magnets", "oxide", "copper"))
        work.record(hand_over.transformed(work, phones[:2], {magnets: {"Nd": 300_000}, copper: {"Cu": 28_000_000}},
                                          place=plant))  # fmt: skip
        work.record(hand_over.transformed(work, [magnets], {oxide: {"Nd": 270_000}}, place=plant))
        work.record(hand_over.transformed(work, [copper], {town.uri("lot", "wire"): {"Cu": 1_000_000}}, place=others))
    rows = [row(str(n), uri=phone) for n, phone in enumerate(phones)]
    found = {one.element: one for one in recovery(town, "r", rows)}
    assert (found["Nd"].came_ug, found["Nd"].promised_ug, found["Nd"].won_ug) == (320_000, 288_000, 270_000)
    assert (found["Cu"].promised_ug, found["Cu"].won_ug) == (28_800_000, 28_000_000)  # what a buyer loses is not ours
    assert (found["Ag"].promised_ug, found["Ag"].kept) == (None, None)
    assert found["Nd"].kept == pytest.approx(270 / 288)
