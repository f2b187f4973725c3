from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import book, ends, finish
from chumbak.exchange.settle.contract import of_party, open_contract
from chumbak.exchange.settle.weights import Weighing
from tests.exchange.house import desk as make_desk
from tests.exchange.settle.people import lot_in_custody, people, rich


def test_a_traders_book(tmp_path: Path) -> None:
    with make_desk(tmp_path) as desk:
        who = people(desk)
        seller, buyer = who.trader.party, who.plant.party
        rich(desk, buyer, 10**8)
        for lot in ("lot-1", "lot-2"):
            lot_in_custody(desk, lot, 10**9, 500_000)
        load = Weighing(600_000, 100_000, 0, "S")
        with desk.work(SYSTEM) as work:
            ids = [
                open_contract(work, lot=lot, seller=seller, buyer=buyer, paise=10_001, basis="kg", grams=500_000)
                for lot in ("lot-1", "lot-2")
            ]
            for id in ids:
                ends.send(work, id, seller, load, "a")
        desk.clock.later(days=31)  # type: ignore[attr-defined]
        with desk.work(SYSTEM) as work:
            ends.arrive(work, ids[0], buyer, load, "b")
            finish.accept(work, ids[0], seller)
            finish.accept(work, ids[0], buyer)
            price, advance = 5_000_500, 4_000_400
            found = book.summary(work, seller)
            assert (found.wallet, found.earned, found.to_come) == (advance + price, price, price - advance)
            assert (found.sold, found.bought, found.owed, found.owing) == (1, 0, 0, 0)
            april, may = book.month(work, seller, 2026, 4), book.month(work, seller, 2026, 5)
            assert (april.opening, april.closing, april.came_in, april.went_out) == (0, 2 * advance, 2 * advance, 0)
            assert (may.opening, may.closing, len(may.entries)) == (2 * advance, found.wallet, 1)
            rows = list(csv.reader(io.StringIO(book.as_csv(work, may, lambda text: text))))
            assert rows[-1][1:] == ["Settlement of a lot", ids[0], "10001.00", "90009.00"]
            lots = list(csv.reader(io.StringIO(book.lots_csv(work, seller, of_party(work, seller)))))
            assert sorted(row[3] for row in lots[1:]) == ["final", "sent"]
            assert book.month(work, seller, 2026, 12).closing == found.wallet
            for wrong in ((2026, 0), (2026, 13), (1, 1)):
                with pytest.raises(Refusal):
                    book.month(work, seller, *wrong)
