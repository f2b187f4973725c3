from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.money import claims, invoices, ledger, withheld
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import dispute, ends, finish
from chumbak.exchange.settle.contract import fund, get, history, of_lot, open_contract
from chumbak.exchange.settle.deadlines import pass_deadlines
from chumbak.exchange.settle.weights import Weighing
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.trust.alarms import alarm
from tests.exchange.house import desk as make_desk
from tests.exchange.settle.people import RATES, People, lot_in_custody, people, rich

GOOD = Weighing(1_500_000, 500_000, 100, "S-1")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tax_rates.yaml").write_text(RATES)
    with make_desk(tmp_path, own=own) as made:
        yield made


def opened(desk: Desk, who: People, lot: str = "lot-1", element: str = "Nd", paise: int = 30_000) -> str:
    if not desk.custody.holdings(desk.uri("lot", lot)):
        lot_in_custody(desk, lot, 250_000_000_000, 1_000_000)
    with desk.work(SYSTEM) as work:
        return open_contract(
            work, lot=lot, seller=who.trader.party, buyer=who.plant.party, paise=paise, basis="kg", grams=1_000_000,
            element=element, ppm=280_000 if element else 0,
        )  # fmt: skip


def sound(desk: Desk) -> None:
    with desk.read() as work:
        assert ledger.faults(work) == []
        assert invoices.gaps(work) == []
        assert refused(work.connection) == []


def balances(desk: Desk, *accounts: str) -> list[int]:
    with desk.read() as work:
        return [ledger.balance(work, account) for account in accounts]


def test_the_whole_way_of_a_lot(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 40_000_000)
    id = opened(desk, who)
    seller, buyer = who.trader.party, who.plant.party
    assert balances(desk, f"escrow:{id}", f"party:{buyer}:wallet") == [30_000_000, 10_000_000]
    with desk.work(who.trader.id) as work:
        ends.send(work, id, seller, GOOD, "Rana dharam kanta")
    assert balances(desk, f"escrow:{id}", f"party:{seller}:wallet") == [6_000_000, 24_000_000]
    with desk.work(who.plant.id) as work:
        ends.arrive(work, id, buyer, Weighing(1_498_000, 500_000, 100, "S1"), "plant 1")
    with desk.work(who.trader.id) as work:
        ends.give_assay(work, id, seller, 282_000, 2000, "Shriram", "ICP-OES")
        with pytest.raises(Refusal, match="cannot be changed"):
            ends.give_assay(work, id, seller, 299_000, 2000, "Shriram", "ICP-OES")
    with desk.work(who.plant.id) as work:
        ends.give_assay(work, id, buyer, 278_000, 2000, "own", "XRF")
        made = get(work, id)
        assert made.state == "proposed"
        last = finish.proposal_of(work, id)
        assert last
        assert (last.net_g, last.ppm, last.price_paise) == (999_000, 280_000, 29_970_000)
        finish.accept(work, id, buyer)
        finish.accept(work, id, seller)
        assert get(work, id).state == "final"
    wallets = [f"party:{party}:wallet" for party in (seller, buyer)]
    assert balances(desk, f"escrow:{id}", *wallets) == [0, 29_970_000, 10_030_000]
    with desk.read() as work:
        [bill] = invoices.about(work, id)
        assert (bill.kind, bill.issuer, bill.path) == ("self-invoice", buyer, "reverse charge")
        assert (bill.tax_paise, bill.withheld_paise, bill.label) == (5_394_600, 0, "2026-27/000001")
        assert bill.parts == (("IGST", 5_394_600),)  # the buyer owes it to the state: no money of it moves here
        assert len(history(work, id)) == 8
        assert [row.number for row in invoices.of_party(work, seller)] == [1]
    held = desk.custody.holdings(desk.uri("lot", "lot-1"))
    assert sum(held.values()) == 999_000 * 280_000
    sound(desk)


def test_two_buyers_cannot_have_one_lot(desk: Desk) -> None:
    who, other = people(desk), people(desk)
    opened(desk, who)
    with desk.work(SYSTEM) as work, pytest.raises(Refusal, match="sold already"):
        open_contract(
            work, lot="lot-1", seller=who.trader.party, buyer=other.plant.party, paise=1, basis="lot", grams=0
        )
    with desk.read() as work:
        assert of_lot(work, "lot-1")


def test_others_and_wrong_sides_are_refused(desk: Desk) -> None:
    who, other = people(desk), people(desk)
    id = opened(desk, who)
    with desk.work(other.plant.id) as work:
        for act in (
            lambda: fund(work, id, other.plant.party), lambda: fund(work, id, who.trader.party),
            lambda: fund(work, id, who.plant.party),  # it has no money
            lambda: ends.send(work, id, who.trader.party, GOOD, "x"),  # no money laid down yet
            lambda: ends.arrive(work, id, who.plant.party, GOOD, "x"),
            lambda: finish.accept(work, id, who.plant.party), lambda: get(work, "contract-no"),
            lambda: finish.give_up(work, id, other.trader.party),
        ):  # fmt: skip
            with pytest.raises(Refusal):
                act()
        assert get(work, id).state == "open"


def test_assays_apart_go_to_a_referee_whom_the_further_side_pays(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 40_000_000)
    id = opened(desk, who)
    seller, buyer = who.trader.party, who.plant.party
    with desk.work(who.trader.id) as work:
        ends.send(work, id, seller, GOOD, "a")
        ends.arrive(work, id, buyer, GOOD, "b")
        ends.give_assay(work, id, seller, 300_000, 0, "own", "XRF")
        ends.give_assay(work, id, buyer, 280_000, 0, "own", "XRF")
        assert get(work, id).state == "referee"
        with pytest.raises(Refusal, match="neither side"):
            ends.referee(work, id, 280_000, 0, "IIT", "ICP-MS")
    with desk.work(who.auditor.id) as work:
        ends.referee(work, id, 282_000, 0, "IIT", "ICP-MS")
        last = finish.proposal_of(work, id)
        assert last
        assert (last.ppm, last.seller_fee, last.buyer_fee) == (281_000, 250_000, 0)
        finish.accept(work, id, seller)
        finish.accept(work, id, buyer)
    [wallet, fee] = balances(desk, f"party:{seller}:wallet", "outside:referee")
    assert (wallet, fee) == (round(30_000_000 * 281_000 / 280_000) - 250_000, 250_000)
    sound(desk)


def test_every_time_that_passes_does_what_it_says(desk: Desk) -> None:
    who = people(desk)
    seller, buyer = who.trader.party, who.plant.party
    first = opened(desk, who, "lot-a")
    assert later(desk, first, hours=47) == "open"
    assert later(desk, first, hours=2) == "cancelled"
    rich(desk, buyer, 200_000_000)
    second = opened(desk, who, "lot-a")  # a lot may be sold again after that
    assert later(desk, second, hours=169) == "cancelled"
    assert balances(desk, f"party:{buyer}:wallet", f"escrow:{second}") == [200_000_000, 0]
    third = opened(desk, who, "lot-b", element="")
    with desk.work(who.trader.id) as work:
        ends.send(work, third, seller, GOOD, "a")
    assert later(desk, third, hours=241) == "proposed"  # the seller's weight counts
    assert later(desk, third, hours=49) == "final"
    fourth = opened(desk, who, "lot-c")
    with desk.work(who.trader.id) as work:
        ends.send(work, fourth, seller, GOOD, "a")
        ends.arrive(work, fourth, buyer, GOOD, "b")
        ends.give_assay(work, fourth, seller, 290_000, 0, "own", "XRF")
    assert later(desk, fourth, hours=169) == "proposed"
    with desk.work() as work:
        last = finish.proposal_of(work, fourth)
        assert last
        assert last.ppm == 290_000
    fifth = opened(desk, who, "lot-d")
    with desk.work(who.trader.id) as work:
        ends.send(work, fifth, seller, GOOD, "a")
        ends.arrive(work, fifth, buyer, GOOD, "b")
        ends.give_assay(work, fifth, seller, 300_000, 0, "own", "XRF")
        ends.give_assay(work, fifth, buyer, 280_000, 0, "own", "XRF")
    assert later(desk, fifth, hours=241) == "proposed"
    with desk.work(who.trader.id) as work:
        dispute.object_to(work, fifth, seller, "money", "It was wet when you weighed.", 33_000_000)
    assert later(desk, fifth, hours=73) == "disputed"
    with desk.read() as work:
        standing = dispute.standing(work, fifth)
        assert standing
        assert standing.state == "decide"
    assert later(desk, fifth, hours=169) == "final"
    with desk.read() as work:
        last = finish.proposal_of(work, fifth)
        assert last
        assert (last.ppm, last.price_paise) == (290_000, round(30_000_000 * 29 / 28))
    sound(desk)


def later(desk: Desk, id: str, **span: float) -> str:
    desk.clock.later(**span)  # type: ignore[attr-defined]
    with desk.work(SYSTEM) as work:
        pass_deadlines(work)
        return get(work, id).state


def test_a_wrong_seal_waits_for_both_or_for_a_person(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 100_000_000)
    seller, buyer = who.trader.party, who.plant.party
    ids = [opened(desk, who, f"lot-{n}", element="") for n in "ab"]
    for id in ids:
        with desk.work(who.trader.id) as work:
            ends.send(work, id, seller, GOOD, "a")
            ends.arrive(work, id, buyer, Weighing(1_400_000, 500_000, 100, "S-1", False), "b")
            assert get(work, id).state == "disputed"
    with desk.work(who.plant.id) as work:
        [one] = dispute.of_contract(work, ids[0])
        assert one.about == "seal"
        dispute.agree_to_rule(work, one.id, buyer)
        assert get(work, ids[0]).state == "disputed"
        dispute.agree_to_rule(work, one.id, seller)
        assert get(work, ids[0]).state == "final"
        [other] = dispute.of_contract(work, ids[1])
        with pytest.raises(Refusal, match="neither side"):
            dispute.decide(work, other.id, 1, "because")
    with desk.work(who.auditor.id) as work:
        with pytest.raises(Refusal, match="price from zero"):
            dispute.decide(work, other.id, 10**12, "because")
        dispute.decide(work, other.id, 27_000_000, "The film shows the seal broken at the gate.")
        last = finish.proposal_of(work, ids[1])
        assert last
        assert (last.price_paise, sum(line.paise for line in last.lines)) == (27_000_000, 27_000_000)
        assert get(work, ids[1]).state == "final"
        with pytest.raises(Refusal):
            dispute.decide(work, other.id, 1, "again")
    sound(desk)


def test_an_objection_is_agreed_to_or_decided(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 60_000_000)
    seller, buyer = who.trader.party, who.plant.party
    id = opened(desk, who, element="")
    with desk.work(who.plant.id) as work:
        ends.send(work, id, seller, GOOD, "a")
        ends.arrive(work, id, buyer, GOOD, "b")
        for about, reason, wanted in (("x", "y", 1), ("goods", "", 1), ("goods", "y", 10**12), ("goods", "y", -1)):
            with pytest.raises(Refusal):
                dispute.object_to(work, id, buyer, about, reason, wanted)
        one = dispute.object_to(work, id, buyer, "goods", "Half of it is ferrite.", 10_000_000)
        with pytest.raises(Refusal, match="other side"):
            dispute.answer(work, one, buyer, True, "")
        with pytest.raises(Refusal):
            finish.accept(work, id, seller)
        dispute.answer(work, one, seller, True, "")
        assert get(work, id).state == "final"
    # the advance was Rs 2,40,000 and the price is Rs 1,00,000: the seller's wallet pays back what it had too much
    assert balances(desk, f"party:{seller}:wallet", f"party:{buyer}:wallet") == [10_000_000, 50_000_000]
    sound(desk)


def test_an_alarm_that_stands_holds_advance_and_payment(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 60_000_000)
    seller, buyer = who.trader.party, who.plant.party
    id = opened(desk, who, element="")
    with desk.work(SYSTEM) as work:
        alarm(work, "content", "lot-1", "Odd.")
        ends.send(work, id, seller, GOOD, "a")
        assert get(work, id).advance_paise == 0
        ends.arrive(work, id, buyer, GOOD, "b")
        finish.accept(work, id, seller)
        finish.accept(work, id, buyer)
        assert get(work, id).state == "proposed"
        with pytest.raises(Refusal, match="waits"):
            finish.settle(work, get(work, id))
    assert later(desk, id, hours=100) == "proposed"


def test_what_a_wallet_cannot_pay_is_owed_and_paid_when_money_comes(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 30_000_000)
    seller, buyer = who.trader.party, who.plant.party
    id = opened(desk, who)
    with desk.work(SYSTEM) as work:
        ends.send(work, id, seller, GOOD, "a")
        ends.arrive(work, id, buyer, GOOD, "b")
        ends.give_assay(work, id, seller, 308_000, 0, "own", "XRF")
        ends.give_assay(work, id, buyer, 308_000, 0, "own", "XRF")
        finish.accept(work, id, seller)
        finish.accept(work, id, buyer)
    owed = [f"party:{seller}:owed", f"outside:owed:{buyer}", f"party:{seller}:wallet"]
    assert balances(desk, *owed) == [3_000_000, -3_000_000, 30_000_000]
    rich(desk, buyer, 1_000_000)
    assert balances(desk, *owed) == [2_000_000, -2_000_000, 31_000_000]
    rich(desk, buyer, 5_000_000)
    assert balances(desk, *owed, f"party:{buyer}:wallet") == [0, 0, 33_000_000, 3_000_000]
    with desk.read() as work:
        assert claims.against(work, buyer) == []
    sound(desk)


@pytest.mark.parametrize("own", [True, False])
def test_a_registered_seller_adds_tax_and_has_some_withheld(tmp_path: Path, own: bool) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    if own:
        (folder / "tax_rates.yaml").write_text(RATES)
    with make_desk(tmp_path, own=folder) as desk:
        who = people(desk, trader_registered=True)
        rich(desk, who.plant.party, 40_000_000)
        if not own:
            with pytest.raises(Refusal, match="tax rate"):
                opened(desk, who)
            return
        id = opened(desk, who, element="")
        seller, buyer = who.trader.party, who.plant.party
        assert balances(desk, f"escrow:{id}") == [35_400_000]
        with desk.work(SYSTEM) as work:
            ends.send(work, id, seller, GOOD, "a")
            ends.arrive(work, id, buyer, GOOD, "b")
            finish.accept(work, id, seller)
            finish.accept(work, id, buyer)
            [bill] = invoices.about(work, id)
        assert (bill.kind, bill.issuer, bill.tax_paise, bill.withheld_paise) == ("invoice", seller, 5_400_000, 600_000)
        assert balances(desk, f"party:{seller}:wallet", f"tax:withheld:{buyer}") == [34_800_000, 600_000]
        with desk.work(SYSTEM) as work:
            assert withheld.kept(work) == [(buyer, 600_000)]
            for paise, proof in ((600_001, "CPIN1"), (0, "CPIN1"), (1, " ")):
                with pytest.raises(Refusal):
                    withheld.pass_on(work, buyer, paise, proof)
            first = withheld.pass_on(work, buyer, 100_000, "CPIN 1")
            assert withheld.pass_on(work, buyer, 100_000, "cpin1") == first
        with desk.work(who.auditor.id) as work:
            note = finish.correct(work, id, 3_000_000, "A tenth of it was stones.")
            assert (note.value_paise, note.tax_paise, note.withheld_paise, note.label) == (
                3_000_000, 540_000, 60_000, "2026-27/000002",
            )  # fmt: skip
            with pytest.raises(Refusal, match="at most"):
                finish.correct(work, id, 28_000_000, "More.")
        assert balances(desk, f"party:{seller}:wallet", f"tax:withheld:{buyer}", f"party:{buyer}:wallet") == [
            34_800_000 - 3_480_000, 440_000, 4_600_000 + 3_540_000,
        ]  # fmt: skip
        sound(desk)
