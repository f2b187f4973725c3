"""Offers and auctions on a desk: answered once, won once, by nobody's friend."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from chumbak.exchange.market import auctions, closing, lots, offers, tables
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import contract, deadlines
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.trust.links import link
from tests.exchange.market.town import fair, opened, town


def test_offer_counter_accept(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        shown = fair(desk, id)
        with desk.work(people["one"]) as work:
            first = offers.offer(work, id, paise=90_000, shown=shown)
            with pytest.raises(Refusal, match="still stands"):
                offers.offer(work, id, paise=91_000, shown=shown)
            with pytest.raises(Refusal, match="your own offer"):
                offers.accept(work, first)
        with desk.work(people["seller"]) as work:
            with pytest.raises(Refusal, match="same price"):
                offers.counter(work, first, paise=90_000, shown=shown)
            second = offers.counter(work, first, paise=120_000, shown=shown)
        with desk.work(people["two"]) as work, pytest.raises(KeyError):
            offers.accept(work, second)
        with desk.work(people["one"]) as work:
            third = offers.counter(work, second, paise=110_000, shown=shown)
        with desk.work(people["two"]) as work:
            lost = offers.offer(work, id, paise=95_000, shown=shown)
        with desk.work(people["seller"]) as work:
            made = offers.accept(work, third)
        with desk.read() as work:
            found = lots.lot(work, id)
            assert (found.state, found.price_paise, found.contract) == ("awarded", 110_000, made)
            assert [one.state for one in offers.of_lot(work, id)].count("accepted") == 1
            assert offers.one(work, lost).state == "lost"
            bound = contract.get(work, made)
            assert (bound.deal.paise, bound.deal.basis, bound.deal.grams) == (110_000, "kg", 10_000)
            assert (bound.deal.element, bound.deal.ppm) == ("Nd", 220_000)
            assert refused(work.connection) == []


def test_devices_are_sold_by_the_lot(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"], goods="smartphone", pieces=50, grams=9_000)
        with desk.work(people["one"]) as work:
            first = offers.offer(work, id, paise=500_000, shown=fair(desk, id))
        with desk.work(people["seller"]) as work:
            bound = contract.get(work, offers.accept(work, first))
            assert (bound.deal.basis, bound.goods) == ("lot", "devices")


def test_an_offer_ends_by_time_withdrawal_or_refusal(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        shown = fair(desk, id)
        with desk.work(people["one"]) as work:
            first = offers.offer(work, id, paise=1000, shown=shown, hours=1)
        desk.clock.later(hours=1)
        with desk.work(people["seller"]) as work, pytest.raises(Refusal, match="too old"):
            offers.accept(work, first)
        with desk.work(people["one"]) as work:
            second = offers.offer(work, id, paise=1100, shown=shown)
            assert offers.one(work, first).state == "expired"
            offers.take_back(work, second)
        with desk.work(people["seller"]) as work, pytest.raises(Refusal, match="withdrawn"):
            offers.accept(work, second)
        with desk.work(people["one"]) as work:
            third = offers.offer(work, id, paise=1200, shown=shown)
        with desk.work(people["seller"]) as work:
            offers.refuse(work, third)
            with pytest.raises(Refusal):
                offers.accept(work, third)
            with pytest.raises(KeyError):
                offers.take_back(work, third)


@pytest.mark.parametrize(
    ("said", "field"), [({"paise": 0}, "paise"), ({"paise": 10**15}, "paise"), ({"hours": 0}, "hours")]
)
def test_an_offer_that_cannot_be(tmp_path: Path, said: dict, field: str) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        with desk.work(people["one"]) as work, pytest.raises(Refusal) as refusal:
            offers.offer(work, id, **({"paise": 5, "shown": fair(desk, id)} | said))
        assert refusal.value.field == field


@pytest.mark.parametrize("way", ["offers", "sealed", "open"])
def test_nobody_buys_of_himself_or_of_a_friend(tmp_path: Path, way: str) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"], way)
        act = offers.offer if way == "offers" else auctions.bid
        with desk.work(people["seller"]) as work, pytest.raises(Refusal, match="yours"):
            act(work, id, paise=10**6, shown=fair(desk, id))
        with desk.work("system") as work:
            for name in ("seller", "one"):
                link(work, person(work, people[name]).party, "payee", desk.keyed("payee", "ramesh@upi"))
        with desk.work(people["one"]) as work, pytest.raises(Refusal, match="belong together"):
            act(work, id, paise=10**6, shown=fair(desk, id))


def test_two_buyers_cannot_win_one_lot(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        made = []
        for name in ("one", "two", "other"):
            with desk.work(people[name]) as work:
                first = offers.offer(work, id, paise=1000, shown=fair(desk, id))
            with desk.work(people["seller"]) as work:
                made.append((people[name], offers.counter(work, first, paise=2000, shown=fair(desk, id))))

        def accept(said: tuple[str, str]) -> bool:
            try:
                with desk.work(said[0]) as work:
                    offers.accept(work, said[1])
            except Refusal:
                return False
            return True

        with ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(accept, made)) == [False, False, True]
        with desk.read() as work:
            assert len(work.connection.execute(select(tables.awards)).all()) == 1
        with desk.engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(update(tables.awards).values(paise=1))


def test_a_sealed_auction(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"], "sealed", reserve=5000)
        shown = fair(desk, id)
        for name, paise in (("one", 4000), ("two", 9000), ("one", 9000), ("two", 8000), ("other", 9000)):
            with desk.work(people[name]) as work:
                auctions.bid(work, id, paise=paise, shown=shown)
        with desk.work(people["seller"]) as work, pytest.raises(Refusal, match="auction goes on"):
            lots.withdraw(work, id)
        with desk.work("system") as work:
            assert not closing.is_due(work)
        desk.clock.later(hours=24)
        with desk.work(people["one"]) as work, pytest.raises(Refusal, match="ended"):
            auctions.bid(work, id, paise=10**6, shown=shown)
        with desk.work("") as work:
            assert closing.is_due(work)
            assert closing.close_due(work) == 1
            assert closing.close_due(work) == 0
            found = lots.lot(work, id)
            assert (found.state, found.price_paise) == ("awarded", 9000)
            assert found.buyer == person(work, people["one"]).party  # of equal bids the earliest


def test_below_the_reserve_nobody_wins_and_the_lot_can_be_opened_again(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"], "sealed", reserve=5000)
        with desk.work(people["one"]) as work:
            auctions.bid(work, id, paise=4999, shown=fair(desk, id))
        desk.clock.later(hours=25)
        with desk.work("system") as work:
            closing.close_due(work)
            assert lots.lot(work, id).state == "unsold"
        with desk.work(people["seller"]) as work:
            lots.open_lot(work, id, shown=fair(desk, id), way="sealed", hours=1, reserve=4000)
        desk.clock.later(hours=2)
        with desk.work("system") as work:  # bids of the first auction count no more
            closing.close_due(work)
            assert lots.lot(work, id).state == "unsold"
            assert refused(work.connection) == []


def test_an_open_auction_rises_and_moves_its_end(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"], "open", hours=1, step=500)
        shown = fair(desk, id)

        def bid(name: str, paise: int) -> None:
            with desk.work(people[name]) as work:
                auctions.bid(work, id, paise=paise, shown=shown)

        with pytest.raises(Refusal, match="at least as much"):
            bid("one", 499)
        bid("one", 1000)
        with pytest.raises(Refusal, match="highest already"):
            bid("one", 2000)
        with pytest.raises(Refusal, match="at least as much"):
            bid("two", 1499)
        desk.clock.later(minutes=58)
        bid("two", 1500)
        desk.clock.later(minutes=4)  # past the first end
        bid("one", 2000)
        desk.clock.later(minutes=5)
        with pytest.raises(Refusal, match="ended"):
            bid("two", 9000)
        with desk.work("system") as work:
            closing.close_due(work)
            assert lots.lot(work, id).price_paise == 2000
        with desk.engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(tables.bids.delete())


def test_the_wrong_way_of_buying_is_refused(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        one, two = opened(desk, people["seller"]), opened(desk, people["seller"], "open")
        with desk.work(people["one"]) as work:
            with pytest.raises(Refusal, match="by offers"):
                auctions.bid(work, one, paise=1000, shown=fair(desk, one))
            with pytest.raises(Refusal, match="by auction"):
                offers.offer(work, two, paise=1000, shown=fair(desk, two))


def test_lots_sold_by_offers_end_unsold(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"], hours=1)
        with desk.work(people["one"]) as work:
            first = offers.offer(work, id, paise=1000, shown=fair(desk, id), hours=48)
            assert offers.one(work, first).ends_us == lots.lot(work, id).closes_us
        desk.clock.later(hours=1)
        with desk.work("system") as work:
            closing.close_due(work)
            assert (lots.lot(work, id).state, offers.one(work, first).state) == ("unsold", "expired")


def test_a_lot_whose_sale_was_called_off_is_sold_again(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        with desk.work(people["one"]) as work:
            first = offers.offer(work, id, paise=50_000, shown=fair(desk, id))
        with desk.work(people["seller"]) as work:
            made = offers.accept(work, first)
            with pytest.raises(Refusal):
                lots.open_lot(work, id, shown=fair(desk, id), way="offers", hours=5)
        desk.clock.later(days=90)
        with desk.work("system") as work:
            deadlines.pass_deadlines(work)
            assert contract.get(work, made).state == "cancelled"
        with desk.work(people["seller"]) as work:
            lots.open_lot(work, id, shown=fair(desk, id), way="offers", hours=5)
        with desk.work(people["two"]) as work:
            second = offers.offer(work, id, paise=40_000, shown=fair(desk, id))
        with desk.work(people["seller"]) as work:
            offers.accept(work, second)
            assert lots.lot(work, id).buyer == person(work, people["two"]).party
            assert refused(work.connection) == []


def test_a_price_that_is_too_high_is_told_the_most(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        for paise, said in ((0, "above zero"), (10**12 + 1, "at most ₹10,00,00,00,000")):
            with pytest.raises(Refusal, match=said), desk.work(people["one"]) as work:
                offers.offer(work, id, paise=paise, shown=fair(desk, id))
