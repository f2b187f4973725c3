"""A load is about what was sold, or a person looks at it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.money import ledger
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import deadlines, dispute, ends, finish
from chumbak.exchange.settle.contract import get, open_contract
from chumbak.exchange.settle.weights import Weighing, fits
from chumbak.exchange.trust import decisions
from chumbak.exchange.trust.alarms import alarm
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
            [one] = dispute.of_contract(work, id)
            assert one.about == "weight"
        for side in (seller, buyer, seller):  # a yes to the settlement is none to a load that was not sold
            with pytest.raises(Refusal, match="not at this step any more"), desk.work(SYSTEM) as work:
                finish.accept(work, id, side)
        with desk.work(SYSTEM) as work:
            found = get(work, id)
            assert (found.state, found.seller_accepts, found.buyer_accepts) == ("disputed", False, False)
            assert ledger.balance(work, ledger.wallet(seller)) == 0
            for side in (buyer, buyer):
                dispute.agree_to_rule(work, one.id, side)
            assert get(work, id).state == "disputed"
            dispute.agree_to_rule(work, one.id, seller)
            assert get(work, id).state == "final"
        with pytest.raises(Refusal, match="not at this step any more"), desk.work(SYSTEM) as work:
            finish.accept(work, id, seller)
        with desk.read() as work:
            assert ledger.balance(work, ledger.wallet(seller)) == finish.proposal_of(work, id).price_paise
            assert ledger.faults(work) == []


def test_a_decided_load_is_paid_when_its_alarm_is_cleared_and_by_no_yes(tmp_path: Path) -> None:
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
            odd = alarm(work, "weight", id, "Twelve for one.", against=[seller])
            [one] = dispute.of_contract(work, id)
        with desk.work(who.auditor.id) as work:
            dispute.decide(work, one.id, 10_000, "One kilogram was sold and one is paid.")
            assert get(work, id).state == "disputed"
        for side in (seller, buyer):
            with pytest.raises(Refusal, match="not at this step any more"), desk.work(SYSTEM) as work:
                finish.accept(work, id, side)
        desk.clock.later(days=30)  # type: ignore[attr-defined]
        with desk.work(SYSTEM) as work:
            deadlines.pass_deadlines(work)
            assert get(work, id).state == "disputed"
            assert ledger.balance(work, ledger.wallet(seller)) == 0
        with desk.work(who.auditor.id) as work:
            decisions.decide(work, odd, "dismiss", "The scale was read with its vehicle.")
        with desk.work(SYSTEM) as work:
            deadlines.pass_deadlines(work)
            assert get(work, id).state == "final"
            assert ledger.balance(work, ledger.wallet(seller)) == 10_000
            assert ledger.faults(work) == []


def test_a_stated_uncertainty_moves_no_money(tmp_path: Path) -> None:
    with house.desk(tmp_path) as desk:
        who = people(desk)
        seller, buyer = who.trader.party, who.plant.party
        rich(desk, buyer, 10**7)
        lot_in_custody(desk, "lot-1", 10**6, 100_000)
        with desk.work(SYSTEM) as work:
            id = open_contract(work, lot="lot-1", seller=seller, buyer=buyer, paise=40_000, basis="kg", grams=100_000)
        for wrong in (100_000, 501, -1):
            with pytest.raises(Refusal, match=r"at most 0\.5 kg") as caught, desk.work(SYSTEM) as work:
                ends.send(work, id, seller, Weighing(110_000, 10_000, wrong, "A-1"), "a")
            assert caught.value.field == "uncertainty"
        with desk.work(SYSTEM) as work:
            ends.send(work, id, seller, Weighing(110_000, 10_000, 500, "A-1"), "a")
        with pytest.raises(Refusal, match=r"at most 0\.3 kg"), desk.work(SYSTEM) as work:
            ends.arrive(work, id, buyer, Weighing(75_000, 15_000, 301, "A-1"), "b")
        with desk.work(SYSTEM) as work:
            ends.arrive(work, id, buyer, Weighing(75_000, 15_000, 100, "A-1"), "b")
            assert get(work, id).state == "disputed"
            assert [one.about for one in dispute.of_contract(work, id)] == ["weight"]
