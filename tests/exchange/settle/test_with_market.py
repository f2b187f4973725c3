"""From a listed lot to money in the trader's wallet, with what market, trust and custody really do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.market import offers
from chumbak.exchange.money import invoices, ledger, pay_in
from chumbak.exchange.people.persons import person, register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import ends, finish
from chumbak.exchange.settle.contract import get, of_lot, open_contract
from chumbak.exchange.settle.weights import Weighing
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.trust.alarms import listed
from tests.exchange import house
from tests.exchange.market.town import fair, opened, town
from tests.exchange.settle.people import rich


def test_swarf_is_listed_sold_weighed_assayed_and_paid(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, who):
        with desk.read() as work:
            seller, buyer = person(work, who["seller"]).party, person(work, who["one"]).party
        rich(desk, buyer, 10**8)
        lot = opened(desk, who["seller"])
        with desk.work(who["one"]) as work:
            offer = offers.offer(work, lot, paise=fair(desk, lot) // 10, shown=fair(desk, lot))
        with desk.work(who["seller"]) as work:
            id = offers.accept(work, offer)
        with desk.work(SYSTEM) as work:
            found = of_lot(work, lot)
            assert found
            assert found.id == id
            assert (found.state, found.deal.element, found.deal.ppm) == ("funded", "Nd", 220_000)
            load = Weighing(12_000, 2_000, 5, "A-1")
            ends.send(work, found.id, seller, load, "a")
            ends.arrive(work, found.id, buyer, load, "b")
            for side, ppm in ((seller, 218_000), (buyer, 216_000)):
                ends.give_assay(work, found.id, side, ppm, 2_000, "x", "ICP-OES")
            finish.accept(work, found.id, seller)
            finish.accept(work, found.id, buyer)
            assert get(work, found.id).state == "final"
            assert listed(work, "stands") == []
            assert ledger.faults(work) == []
            assert len(invoices.about(work, found.id)) == 1
        held = desk.custody.holdings(desk.uri("lot", lot)) or {}
        assert sum(ug for (element, _), ug in held.items() if element == "Nd") == 10_000 * 217_000
        with desk.read() as work:
            assert refused(work.connection) == []


def test_of_many_buyers_at_once_one_is_bound(tmp_path: Path) -> None:
    with house.desk(tmp_path) as desk:
        with desk.work(SYSTEM) as work:
            seller = register(work, "9800000000", "S", "moradabad", "trader").party
            buyers = [register(work, f"98000000{n}1", "B", "moradabad", "recycler").party for n in range(1, 9)]
            for buyer in buyers:
                pay_in.there(work, pay_in.say(work, buyer, 1000, buyer))

        def buy(buyer: str) -> str:
            try:
                with desk.work(SYSTEM) as work:
                    return open_contract(work, lot="lot-1", seller=seller, buyer=buyer, paise=600, basis="lot", grams=0)
            except Refusal:
                return ""

        with ThreadPoolExecutor(8) as pool:
            won = [id for id in pool.map(buy, buyers) if id]
        assert len(won) == 1
        with desk.read() as work:
            assert get(work, won[0]).state == "funded"
            assert sorted(ledger.balance(work, ledger.wallet(buyer)) for buyer in buyers) == [400] + 7 * [1000]
            assert ledger.faults(work) == []
