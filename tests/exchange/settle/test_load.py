"""A load is about what was sold, or a person looks at it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.money import ledger
from chumbak.exchange.settle import ends
from chumbak.exchange.settle.contract import get, open_contract
from chumbak.exchange.settle.weights import Weighing, fits
from tests.exchange import house
from tests.exchange.settle.people import lot_in_custody, people, rich


@pytest.mark.parametrize(("net", "good"), [(1_000, True), (1_200, True), (800, True), (1_201, False), (799, False)])
def test_a_load_fits_within_the_share(net: int, good: bool) -> None:
    assert fits(net, 1_000, Fraction("0.2")) is good
    assert fits(net, 0, Fraction("0.2"))


def test_twelve_kilograms_for_one_are_not_paid_without_both_or_a_person(tmp_path: Path) -> None:
    with house.desk(tmp_path) as desk:
        who = people(desk)
        seller, buyer = who.trader.party, who.plant.party
        rich(desk, buyer, 10**7)
        lot_in_custody(desk, "lot-1", 10**6, 1_000)
        with desk.work(SYSTEM) as work:
            id = open_contract(work, lot="lot-1", seller=seller, buyer=buyer, paise=10_000, basis="kg", grams=1_000)
            load = Weighing(14_000, 2_000, 5, "A-1")
            ends.send(work, id, seller, load, "a")
            ends.arrive(work, id, buyer, load, "b")
            assert ledger.balance(work, ledger.wallet(seller)) == 0
            assert get(work, id).state == "disputed"
