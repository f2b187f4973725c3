"""Money behind bids and offers: held once, let go at once, and the winner's becomes the escrow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from chumbak.exchange import closing
from chumbak.exchange.desk import SYSTEM, Desk, Work
from chumbak.exchange.market import auctions, held, lots, offers
from chumbak.exchange.market.closing import close_due
from chumbak.exchange.money import claims, holds, ledger, pay_in
from chumbak.exchange.money.tables import money_balance
from chumbak.exchange.people import personal
from chumbak.exchange.people.persons import person, register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import contract, finish
from chumbak.exchange.settle.terms import SAMPLE
from chumbak.exchange.trust.links import link
from tests.exchange.market.town import fair, opened, purse, town

MONEY = 1_000_000  # paise that each has: enough for one bid at the price below, and not for two
PRICE = 60_000  # paise a kilogram, of lots of ten kilograms
ASKED = PRICE * 10


def bid(desk: Desk, who: str, lot: str, paise: int = PRICE) -> None:
    shown = fair(desk, lot)
    with desk.work(who) as work:
        auctions.bid(work, lot, paise=paise, shown=shown)


def offer(desk: Desk, who: str, lot: str, paise: int = PRICE, **more: Any) -> str:
    shown = fair(desk, lot)
    with desk.work(who) as work:
        return offers.offer(work, lot, paise=paise, shown=shown, **more)


def act(desk: Desk, who: str, what: Any, *args: Any, **more: Any) -> Any:
    with desk.work(who) as work:
        return what(work, *args, **more)


def close(desk: Desk, **span: int) -> None:
    desk.clock.later(**span)  # type: ignore[attr-defined]
    act(desk, SYSTEM, close_due)


def race(desk: Desk, people: dict[str, str], way: str) -> None:
    """Have one person bid for ten lots at once with money for one: one is taken, and nothing is held twice."""
    made = [opened(desk, people["seller"], way) for _ in range(10)]
    with desk.work(SYSTEM) as work:
        buyer = person(work, people["one"]).party
        left = ledger.balance(work, ledger.wallet(buyer)) - MONEY
        if left:
            ledger.post(work, "sample", "less", [(ledger.wallet(buyer), -left), ("outside:sample", left)])

    def tried(lot: str) -> str:
        try:
            (offer if way == "offers" else bid)(desk, people["one"], lot)
        except Refusal as refusal:
            return refusal.text
        return ""

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(tried, made)) == ["", *[holds.MISSING] * 9]
    assert purse(desk, people["one"]) == (MONEY - ASKED, ASKED)
    with desk.read() as work:
        assert ledger.faults(work) == []
        assert held.faults_of(work.connection) == []
        (mine,) = holds.of_party(work, buyer)
    below = money_balance.update().where(money_balance.c.account == holds.account(buyer, mine.lot)).values(paise=-1)
    with desk.engine.begin() as connection, pytest.raises(IntegrityError):  # the database itself refuses
        connection.execute(below)


@pytest.mark.parametrize("way", ["sealed", "open", "offers"])
def test_ten_at_once_cannot_hold_the_same_rupee(tmp_path: Path, way: str) -> None:
    with town(tmp_path) as (desk, people):
        race(desk, people, way)


@pytest.mark.parametrize("way", ["sealed", "open", "offers"])
def test_who_has_too_little_is_told_what_is_missing(tmp_path: Path, way: str) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        first, second = (opened(desk, people["seller"], way) for _ in range(2))
        say = offer if way == "offers" else bid
        say(desk, people["one"], first)
        with pytest.raises(Refusal, match=r"₹2,000 more are needed.*₹6,000\. Pay in") as refusal:
            say(desk, people["one"], second)
        assert refusal.value.field == "paise"
        assert purse(desk, people["one"]) == (MONEY - ASKED, ASKED)


def test_a_price_that_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        with pytest.raises(Refusal, match="times what the lot is worth"):
            bid(desk, people["one"], opened(desk, people["seller"], "sealed"), 99_999_999)
        assert purse(desk, people["one"])[1] == 0


def test_a_sealed_bid_moves_the_difference(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"], "sealed")
        for paise in (
            PRICE,
            MONEY // 10,
            PRICE // 2,
            PRICE,
        ):  # the second takes all there is
            bid(desk, people["one"], lot, paise)
            assert purse(desk, people["one"]) == (MONEY - paise * 10, paise * 10)


def test_who_is_outbid_in_an_open_auction_has_the_money_at_once(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        first, second = (opened(desk, people["seller"], "open") for _ in range(2))
        bid(desk, people["one"], first)
        bid(desk, people["two"], first, PRICE + 1_000)
        assert purse(desk, people["one"]) == (MONEY, 0)
        bid(desk, people["one"], second)
        bid(desk, people["other"], second, PRICE + 1_000)
        bid(desk, people["one"], first, PRICE + 2_000)  # bids again, and is held again
        assert purse(desk, people["one"]) == (MONEY - ASKED - 20_000, ASKED + 20_000)
        assert purse(desk, people["two"]) == (MONEY, 0)


def test_of_an_open_auction_only_the_highest_can_win(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"], "open")
        bid(desk, people["one"], lot)
        bid(desk, people["two"], lot, PRICE + 1_000)
        with desk.work(SYSTEM) as work:
            for name in ("seller", "two"):
                link(work, person(work, people[name]).party, "payee", desk.keyed("payee", "ramesh@upi"))
        close(desk, days=2)
        with desk.read() as work:
            assert lots.lot(work, lot).state == "unsold"
        assert [purse(desk, people[name]) for name in ("one", "two")] == [(MONEY, 0)] * 2


def test_of_a_sealed_auction_the_next_best_wins_where_the_best_may_not(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"], "sealed")
        bid(desk, people["one"], lot)
        bid(desk, people["two"], lot, PRICE + 1_000)
        with desk.work(SYSTEM) as work:
            for name in ("seller", "two"):
                link(work, person(work, people[name]).party, "payee", desk.keyed("payee", "ramesh@upi"))
        close(desk, days=2)
        with desk.read() as work:
            found = contract.of_lot(work, lot)
            assert found is not None
            assert (found.buyer, found.state) == (person(work, people["one"]).party, "funded")
        assert [purse(desk, people[name]) for name in ("one", "two")] == [(MONEY - ASKED, 0), (MONEY, 0)]


def test_the_winners_money_becomes_the_escrow_and_the_others_go_free(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"], "sealed")
        for name, paise in (("one", PRICE), ("two", PRICE + 1_000), ("other", PRICE - 1_000)):
            bid(desk, people[name], lot, paise)
        close(desk, days=2)
        with desk.read() as work:
            found = contract.of_lot(work, lot)
            assert found is not None
            assert (found.state, found.escrow_paise) == ("funded", ASKED + 10_000)
            moved = dict(ledger.posted(work, "escrow", found.id))
            assert moved == {holds.account(found.buyer, lot): -ASKED - 10_000, found.escrow: ASKED + 10_000}
            assert ledger.faults(work) == []
        assert [purse(desk, people[name]) for name in ("one", "two", "other")] == [
            (MONEY, 0), (MONEY - ASKED - 10_000, 0), (MONEY, 0)
        ]  # fmt: skip
        act(desk, SYSTEM, lambda work: finish.cancel(work, contract.get(work, found.id), "A test."))
        assert purse(desk, people["two"]) == (MONEY, 0)


def test_below_the_reserve_all_go_free(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        for way in ("sealed", "open"):
            lot = opened(desk, people["seller"], way, reserve=PRICE * 2)
            bid(desk, people["one"], lot)
            assert purse(desk, people["one"])[1] == ASKED
            close(desk, days=2)
            assert purse(desk, people["one"]) == (MONEY, 0)


ENDS = {
    "taken back": lambda desk, people, lot, made: act(desk, people["one"], offers.take_back, made),
    "refused": lambda desk, people, lot, made: act(desk, people["seller"], offers.refuse, made),
    "countered": lambda desk, people, lot, made: act(
        desk, people["seller"], offers.counter, made, paise=PRICE + 1, shown=fair(desk, lot)
    ),
    "lot withdrawn": lambda desk, people, lot, made: act(desk, people["seller"], lots.withdraw, lot),
    "too old": lambda desk, people, lot, made: close(desk, hours=2),
    "lot closed": lambda desk, people, lot, made: close(desk, days=2),
    "lost": lambda desk, people, lot, made: act(
        desk, people["seller"], offers.accept, offer(desk, people["two"], lot, PRICE)
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_an_offer_that_ends_lets_its_money_go(tmp_path: Path, end: str) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"])
        made = offer(desk, people["one"], lot, hours=1)
        assert purse(desk, people["one"]) == (MONEY - ASKED, ASKED)
        ENDS[end](desk, people, lot, made)
        assert purse(desk, people["one"]) == (MONEY, 0)
        with desk.read() as work:
            assert offers.one(work, made).state != "open"
            assert held.faults_of(work.connection) == []


def test_a_counter_offer_is_paid_for_when_it_is_accepted(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"])
        made = offer(desk, people["one"], lot, PRICE // 2)
        dear = act(desk, people["seller"], offers.counter, made, paise=PRICE * 2, shown=fair(desk, lot))
        assert purse(desk, people["one"]) == (MONEY, 0)
        with pytest.raises(Refusal, match=r"₹2,000 more are needed.*₹12,000"):
            act(desk, people["one"], offers.accept, dear)
        with desk.read() as work:
            assert offers.one(work, dear).state == "open"
        with desk.work(SYSTEM) as work:
            party = person(work, people["one"]).party
            pay_in.there(work, pay_in.say(work, party, 200_000, "UTR1"))
        made = act(desk, people["one"], offers.accept, dear)
        with desk.read() as work:
            assert contract.get(work, made).state == "funded"
        assert purse(desk, people["one"]) == (0, 0)


def test_an_own_counter_offer_is_held_too(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"])
        made = offer(desk, people["one"], lot, PRICE // 2)
        dear = act(desk, people["seller"], offers.counter, made, paise=PRICE * 2, shown=fair(desk, lot))
        act(desk, people["one"], offers.counter, dear, paise=PRICE, shown=fair(desk, lot))
        assert purse(desk, people["one"]) == (MONEY - ASKED, ASKED)


def test_where_more_is_asked_for_at_the_end_the_contract_waits(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    sample = SAMPLE.read_text(encoding="utf-8")
    terms = own / SAMPLE.name
    terms.write_text(sample.replace('escrow share: "1"', 'escrow share: "0.9"'), encoding="utf-8")
    with town(tmp_path, MONEY, own=own) as (desk, people):
        lot = opened(desk, people["seller"], "sealed")
        bid(desk, people["one"], lot, MONEY // 10)
        assert purse(desk, people["one"]) == (MONEY // 10, MONEY * 9 // 10)
        terms.write_text(sample.replace('escrow share: "1"', 'escrow share: "1.1"'), encoding="utf-8")
        close(desk, days=2)
        with desk.read() as work:
            found = contract.of_lot(work, lot)
            assert found is not None
            assert found.state == "open"
            assert held.faults_of(work.connection) == []
        assert purse(desk, people["one"]) == (MONEY, 0)


def test_money_let_go_pays_what_its_owner_owes(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"])
        made = offer(desk, people["one"], lot)
        with desk.work(SYSTEM) as work:
            one, two = (person(work, people[name]).party for name in ("one", "two"))
            claims.collect(work, "sample", "owed", [], {one: -MONEY, two: MONEY}, "A test.")
            assert [claim.open_paise for claim in claims.against(work, one)] == [ASKED]
        act(desk, people["one"], offers.take_back, made)
        assert purse(desk, people["one"]) == (0, 0)
        with desk.read() as work:
            assert claims.against(work, one) == []


def test_an_escrow_given_back_pays_what_its_owner_owes(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        made = act(desk, people["seller"], offers.accept, offer(desk, people["one"], opened(desk, people["seller"])))
        with desk.work(SYSTEM) as work:
            one, two = (person(work, people[name]).party for name in ("one", "two"))
            claims.collect(work, "sample", "owed", [], {one: -MONEY, two: MONEY}, "A test.")
            seller = contract.get(work, made).seller
        act(desk, people["seller"], finish.give_up, made, seller)
        assert purse(desk, people["one"]) == (0, 0)
        assert purse(desk, people["two"]) == (2 * MONEY, 0)


def test_nobody_is_erased_while_money_of_theirs_is_held(tmp_path: Path) -> None:
    with town(tmp_path, ASKED) as (desk, people):
        lot = opened(desk, people["seller"])
        made = offer(desk, people["one"], lot)
        with desk.read() as work:
            said = [str(one) for one in personal.open_matters(work, people["one"])]
            assert said[0].startswith("₹6,000 of yours are held for bids and offers.")
            known = personal.export_person(work, people["one"])["rows"]
            name = holds.account(person(work, people["one"]).party, lot)
            assert {row["account"] for row in known["money_balance"]} >= {name}
        with pytest.raises(Refusal, match="are held"):
            act(desk, people["one"], personal.erase_person, people["one"])
        act(desk, people["one"], offers.take_back, made)
        with pytest.raises(Refusal, match="still here"):
            act(desk, people["one"], personal.erase_person, people["one"])


def test_money_held_for_nothing_is_told(tmp_path: Path) -> None:
    with town(tmp_path, MONEY) as (desk, people):
        lot = opened(desk, people["seller"])

        def hold(work: Work) -> None:
            holds.hold(work, person(work, people["one"]).party, lot, 500, "nothing")

        offer(desk, people["two"], lot)
        assert closing.faults(desk.engine, desk.custodian.store) == []
        act(desk, SYSTEM, hold)
        with desk.read() as work:
            party = person(work, people["one"]).party
        assert closing.faults(desk.engine, desk.custodian.store) == [
            f"500 paise of {party} are held for {lot}, where no bid and no offer of theirs stands."
        ]


def test_who_has_nothing_is_told_all_of_it(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        lot = opened(desk, people["seller"], "sealed")
        with desk.work(SYSTEM) as work:
            poor = register(work, "9876600001", "Poor", "seelampur", "trader").id
        with pytest.raises(Refusal, match="₹6,000 more are needed"):
            bid(desk, poor, lot)
