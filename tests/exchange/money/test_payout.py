from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.money import ledger, pay_in, payout
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.trust.alarms import alarm
from tests.exchange.house import desk as make_desk
from tests.exchange.settle.people import people, rich


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with make_desk(tmp_path) as made:
        yield made


def test_a_payment_goes_once_and_comes_back_if_it_fails(desk: Desk) -> None:
    party = people(desk).trader.party
    rich(desk, party, 1_000_00)
    with desk.work(SYSTEM) as work:
        first = payout.payout(work, party, 400_00, "upi", "asha@okbank", key="k")
        assert payout.payout(work, party, 400_00, "upi", "asha@okbank", key="k").id == first.id
        assert ledger.balance(work, ledger.wallet(party)) == 600_00
        assert [(one.id, to) for one, to in payout.under_way(work, "upi")] == [(first.id, "asha@okbank")]
        payout.fail(work, first.id, "No such address.")
        with pytest.raises(Refusal, match="under way"):
            payout.confirm(work, first.id, "UTR1")
        assert ledger.balance(work, ledger.wallet(party)) == 1_000_00
        second = payout.payout(work, party, 400_00, "upi", "asha@okbank")
        assert payout.confirm(work, second.id, "UTR2").state == "paid"
        assert payout.under_way(work, "upi") == []
        assert ledger.balance(work, "outside:upi") == 400_00
        stay = payout.payout(work, party, 100_00, "wallet")
        assert (stay.state, ledger.balance(work, ledger.wallet(party))) == ("paid", 600_00)
        assert ledger.faults(work) == []


@pytest.mark.parametrize(
    "other",
    [
        {"paise": 500_00}, {"how": "voucher"}, {"reference": "usha@okbank"}, {"party": "plant"},
    ],
)  # fmt: skip
def test_a_key_is_of_one_payment(desk: Desk, other: dict[str, Any]) -> None:
    who = people(desk)
    for party in (who.trader.party, who.plant.party):
        rich(desk, party, 1_000_00)
    first = {"party": who.trader.party, "paise": 400_00, "how": "upi", "reference": "asha@okbank"}
    other = {"party": who.plant.party} if "party" in other else other
    with desk.work(SYSTEM) as work:
        payout.payout(work, **first, key="k")
        with pytest.raises(Refusal, match="something else"):
            payout.payout(work, **(first | other), key="k")
        assert ledger.balance(work, ledger.wallet(who.trader.party)) == 600_00
        assert ledger.balance(work, ledger.wallet(who.plant.party)) == 1_000_00


def test_a_voucher_whose_code_was_lost_is_taken_back_once_by_its_owner(desk: Desk) -> None:
    who = people(desk)
    party, shop = who.trader.party, who.plant.party
    rich(desk, party, 1_000_00)
    with desk.work(SYSTEM) as work:
        lost, used = (payout.payout(work, party, paise, "voucher") for paise in (400_00, 100_00))
        order = payout.payout(work, party, 50_00, "upi", "asha@okbank")
        payout.redeem(work, used.code, shop)
        for by, id in ((shop, lost.id), (party, used.id), (party, order.id), (party, "payment-of-nobody")):
            with pytest.raises(Refusal):
                payout.take_back(work, by, id)
        assert payout.take_back(work, party, lost.id).state == "failed"
        with pytest.raises(Refusal):
            payout.take_back(work, party, lost.id)
        with pytest.raises(Refusal):
            payout.redeem(work, lost.code, shop)
        assert [ledger.balance(work, ledger.wallet(one)) for one in (party, shop)] == [850_00, 100_00]
        assert ledger.faults(work) == []


def test_a_voucher_is_used_once_and_runs_out(desk: Desk) -> None:
    who = people(desk)
    party = who.trader.party
    rich(desk, party, 1_000_00)
    with desk.work(SYSTEM) as work:
        first = payout.payout(work, party, 400_00, "voucher")
        assert first.code
        assert payout.of_party(work, party)[0].code == ""
        assert payout.redeem(work, first.code.lower().replace("-", " "), who.plant.party).state == "paid"
        for code in (first.code, "ABCD-EFGH-JKLM"):
            with pytest.raises(Refusal):
                payout.redeem(work, code, who.plant.party)
        second = payout.payout(work, party, 600_00, "voucher")
    desk.clock.later(days=181)  # type: ignore[attr-defined]
    with desk.work(SYSTEM) as work:
        with pytest.raises(Refusal, match="run out"):
            payout.redeem(work, second.code, who.plant.party)
        assert payout.end_vouchers(work) == 1
        assert payout.end_vouchers(work) == 0
        assert ledger.balance(work, ledger.wallet(party)) == 600_00
        assert ledger.faults(work) == []


@pytest.mark.parametrize(
    ("paise", "how", "reference", "field"),
    [
        (0, "upi", "a@bank", "paise"), (1, "gold", "", "how"), (1, "upi", "no address", "reference"),
        (10**9, "upi", "asha@okbank", "paise"),
    ],
)  # fmt: skip
def test_what_cannot_be_paid_is_said(desk: Desk, paise: int, how: str, reference: str, field: str) -> None:
    party = people(desk).trader.party
    rich(desk, party, 1_000_00)
    with pytest.raises(Refusal) as error, desk.work(SYSTEM) as work:
        payout.payout(work, party, paise, how, reference)
    assert error.value.field == field
    with desk.read() as work:
        assert ledger.balance(work, ledger.wallet(party)) == 1_000_00


def test_an_alarm_holds_payment_and_a_reference_counts_once(desk: Desk) -> None:
    party = people(desk).trader.party
    rich(desk, party, 1_000_00)
    with desk.work(SYSTEM) as work:
        with pytest.raises(Refusal, match="more than is kept"):
            pay_in.say(work, party, ledger.MOST + 1, "utr 9")
        with pytest.raises(Refusal, match="reference"):
            pay_in.say(work, party, 5, "<script>alert(1)</script>")
        pay_in.there(work, pay_in.say(work, party, ledger.MOST, "utr 8"))
        pay_in.say(work, party, 5, "utr 1")
        with pytest.raises(Refusal, match="before"):
            pay_in.say(work, party, 5, "UTR1")
        [waits] = pay_in.waiting(work)
        pay_in.not_there(work, waits.id)
        with pytest.raises(Refusal, match="before"):
            pay_in.there(work, waits.id)
        alarm(work, "content", party, "Odd.")
        for how in ("wallet", "upi", "voucher"):
            with pytest.raises(Refusal, match="waits"):
                payout.payout(work, party, 1, how, "asha@okbank")


def test_random_payments_lose_no_money(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Money in wallets, on its way and outside sums to zero whatever happens, and vouchers pay once."""

    class Payments(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.context = make_desk(tmp_path_factory.mktemp("p"))
            self.desk = self.context.__enter__()
            who = people(self.desk)
            self.parties = [who.trader.party, who.plant.party]
            self.codes: list[str] = []
            self.used: set[str] = set()

        @rule(who=st.integers(0, 1), paise=st.integers(1, 10**6))
        def pay_in(self, who: int, paise: int) -> None:
            rich(self.desk, self.parties[who], paise)

        @rule(who=st.integers(0, 1), paise=st.integers(1, 10**6), how=st.sampled_from(["upi", "voucher", "wallet"]))
        def pay_out(self, who: int, paise: int, how: str) -> None:
            try:
                with self.desk.work(SYSTEM) as work:
                    made = payout.payout(work, self.parties[who], paise, how, "asha@okbank")
                    self.codes += [made.code] if made.code else []
            except Refusal:
                pass

        @rule(fails=st.booleans())
        def bank(self, fails: bool) -> None:
            with self.desk.work(SYSTEM) as work:
                for one, _ in payout.under_way(work, "upi")[:1]:
                    payout.fail(work, one.id, "no") if fails else payout.confirm(work, one.id, "UTR")

        @rule(who=st.integers(0, 1), n=st.integers(0, 5))
        def take_back(self, who: int, n: int) -> None:
            with self.desk.work(SYSTEM) as work:
                made = payout.of_party(work, self.parties[who])
                try:
                    payout.take_back(work, self.parties[who], made[n % len(made)].id if made else "")
                except Refusal:
                    return
            assert (made[n % len(made)].how, made[n % len(made)].state) == ("voucher", "sent")

        @rule(n=st.integers(0, 5), days=st.sampled_from([0, 100]))
        def shop(self, n: int, days: int) -> None:
            self.desk.clock.later(days=days)  # type: ignore[attr-defined]
            if self.codes:
                code = self.codes[n % len(self.codes)]
                with self.desk.work(SYSTEM) as work:
                    payout.end_vouchers(work)
                    try:
                        payout.redeem(work, code, self.parties[1])
                    except Refusal:
                        return
                assert code not in self.used
                self.used.add(code)

        @invariant()
        def closes(self) -> None:
            with self.desk.read() as work:
                assert ledger.faults(work) == []
                wallets = sum(ledger.balance(work, ledger.wallet(party)) for party in self.parties)
                outside = sum(ledger.balance(work, f"outside:{name}") for name in ("bank", "upi", "voucher"))
                assert wallets + outside == 0
                gone = [one for party in self.parties for one in payout.of_party(work, party) if one.state != "failed"]
                sent = sum(one.paise for one in gone if one.how == "upi" or one.state == "sent")
                assert sent == sum(ledger.balance(work, f"outside:{name}") for name in ("upi", "voucher"))

        def teardown(self) -> None:
            self.context.__exit__(None, None, None)

    run_state_machine_as_test(
        Payments,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
