"""Counted lots: no advance without a seal and the pieces that were sold; both ends are held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.desk import Desk
from chumbak.exchange.market import offers
from chumbak.exchange.market.tables import lots
from chumbak.exchange.money import ledger
from chumbak.exchange.people.persons import members, person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import counts, dispute, ends, finish
from chumbak.exchange.settle.contract import get
from chumbak.exchange.settle.counts import Count
from chumbak.exchange.settle.weights import Weighing
from tests.exchange.house import client, sign_in
from tests.exchange.market.town import fair, opened, town

Sale = tuple[Desk, str, str, str]
PIECES = 8


@pytest.fixture
def sale(tmp_path: Path) -> Iterator[Sale]:
    """A desk, the contract of a lot of 8 phones whose money is laid down, and the parties of seller and buyer."""
    with town(tmp_path) as (desk, who):
        lot = opened(desk, who["seller"], goods="smartphone", grams=1_600, pieces=PIECES)
        with desk.work(who["one"]) as work:
            offer = offers.offer(work, lot, paise=fair(desk, lot), shown=fair(desk, lot))
        with desk.work(who["seller"]) as work:
            id = offers.accept(work, offer)
            seller, buyer = (person(work, who[name]).party for name in ("seller", "one"))
        yield desk, id, seller, buyer


@pytest.mark.parametrize(
    ("load", "field"),
    [
        (Count(PIECES, " "), "seal"), (Count(PIECES, "S" * 81), "seal"), (Count(-1, "S-1"), "pieces"),
        (Count(10**7, "S-1"), "pieces"), (Weighing(2_000, 400, 1, "S-1"), "pieces"),
    ],
)  # fmt: skip
def test_nothing_leaves_without_seal_and_count(sale: Sale, load: Count | Weighing, field: str) -> None:
    desk, id, seller, _ = sale
    with desk.work() as work, pytest.raises(Refusal) as refused:
        ends.send(work, id, seller, load)
    assert refused.value.field == field
    with desk.read() as work:
        assert (get(work, id).state, get(work, id).advance_paise) == ("funded", 0)


@pytest.mark.parametrize("pieces", [PIECES, PIECES - 1])
def test_the_advance_is_for_the_pieces_that_were_sold(sale: Sale, pieces: int) -> None:
    desk, id, seller, _ = sale
    with desk.work() as work:
        before = ledger.balance(work, ledger.wallet(seller))
        price = get(work, id).deal.paise
        ends.send(work, id, seller, Count(pieces, "S-1"))
        advance = ledger.balance(work, ledger.wallet(seller)) - before
        share = get(work, id).terms.advance_share
        assert advance == (round(share * price) if pieces == PIECES else 0)
        assert ledger.faults(work) == []


@pytest.mark.parametrize(("seal", "paid"), [("s 77", True), ("S-78", False)])
def test_no_advance_under_another_seal_than_the_lot_was_listed_with(sale: Sale, seal: str, paid: bool) -> None:
    desk, id, seller, _ = sale
    with desk.work() as work:
        work.connection.execute(lots.update().where(lots.c.id == get(work, id).lot).values(seal="S-77"))
        ends.send(work, id, seller, Count(PIECES, seal))
        assert (get(work, id).advance_paise > 0) is paid


@pytest.mark.parametrize(
    ("left", "came", "about"),
    [
        (Count(PIECES, "S-1"), Count(PIECES, "s 1"), ""), (Count(PIECES, "S-1"), Count(5, "S-1"), "goods"),
        (Count(7, "S-1"), Count(7, "S-1"), "goods"), (Count(PIECES, "S-1"), Count(PIECES, "S-2"), "seal"),
        (Count(PIECES, "S-1"), Count(PIECES, "S-1", seal_whole=False), "seal"),
    ],
)  # fmt: skip
def test_a_person_looks_where_counts_or_seals_differ(sale: Sale, left: Count, came: Count, about: str) -> None:
    desk, id, seller, buyer = sale
    with desk.work() as work:
        ends.send(work, id, seller, left)
        ends.arrive(work, id, buyer, came)
        assert counts.of_contract(work, id) == {"sent": left, "arrived": came}
        found = dispute.standing(work, id)
        assert (found.about if found else "") == about
        assert get(work, id).state == ("disputed" if about else "proposed")
        if found:
            assert found.reason % found.said
            for side in (buyer, seller):
                dispute.agree_to_rule(work, found.id, side)
        else:
            for side in (buyer, seller):
                finish.accept(work, id, side)
        assert get(work, id).state == "final"
        assert ledger.faults(work) == []


@pytest.mark.parametrize("language", ["en", "hi"])
def test_both_ends_type_it_and_the_buyer_is_not_told_before(sale: Sale, language: str) -> None:
    desk, id, _, _ = sale
    with desk.read() as work:
        found = get(work, id)
        people = {"seller": members(work, found.seller)[0], "buyer": members(work, found.buyer)[0]}
    trader, plant = client(desk), client(desk)
    for browser, side in ((trader, "seller"), (plant, "buyer")):
        sign_in(browser, people[side])
        browser.http.cookies.set("language", language)
    with desk.work() as work:
        work.connection.execute(lots.update().where(lots.c.id == get(work, id).lot).values(seal="S-78"))
    asked = trader.get(f"/contract/{id}/weigh").text
    assert 'name="pieces"' in asked
    assert "S-78" in asked  # the seal without which there is no advance
    assert trader.post(f"/contract/{id}/weigh", {}).status_code == 422
    assert trader.post(f"/contract/{id}/weigh", {"pieces": "८", "seal": "QX-77"}).status_code == 303
    assert "QX-77" in trader.get(f"/contract/{id}").text
    assert "QX-77" not in plant.get(f"/contract/{id}").text
    assert plant.post(f"/contract/{id}/weigh", {"pieces": "6", "seal": "QX-77", "whole": "yes"}).status_code == 303
    shown = plant.get(f"/contract/{id}").text
    assert "QX-77" in shown
    assert 'value="agree-mean"' in shown
