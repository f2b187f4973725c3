"""Random contracts, weights, assays, disputes, payments and passing times: money closes to zero at every step."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.money import claims, invoices, ledger, payout
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import dispute, ends, finish
from chumbak.exchange.settle.contract import Contract, fund, in_state, laid_down, open_contract
from chumbak.exchange.settle.deadlines import pass_deadlines
from chumbak.exchange.settle.tables import STATES
from chumbak.exchange.settle.weights import Weighing
from chumbak.exchange.store.outbox import refused
from tests.exchange.house import desk as make_desk
from tests.exchange.settle.people import RATES, lot_in_custody, people, rich

LOADS = st.builds(
    Weighing, st.sampled_from([1_100_000, 1_099_000, 1_101_000, 1_000_000]), st.just(100_000), st.integers(0, 2000),
    st.sampled_from("SSSSSST"), st.just(True), st.sampled_from([0, 0, 5_000]),
)  # fmt: skip
PPM = st.integers(200_000, 300_000)
PICK = st.integers(0, 3)


def test_money_closes_at_every_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    reached: set[str] = set()

    class Settlements(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            folder = tmp_path_factory.mktemp("s")
            (folder / "own").mkdir()
            (folder / "own" / "tax_rates.yaml").write_text(RATES)
            self.context = make_desk(folder, own=folder / "own")
            self.desk = self.context.__enter__()
            self.pairs = [people(self.desk), people(self.desk, trader_registered=True)]
            self.lots = 0
            for pair in self.pairs:
                rich(self.desk, pair.plant.party, 3 * 10**7)

        def any(self, *states: str) -> bool:
            with self.desk.read() as work:
                return bool(in_state(work, *states))

        def one(self, work: Work, pick: int, *states: str) -> Contract | None:
            found = sorted(in_state(work, *states), key=lambda one: one.lot)  # their own order is by chance
            return found[pick % len(found)] if found else None

        @rule(who=st.integers(0, 1), paise=st.integers(1, 4 * 10**7))
        def pay_in(self, who: int, paise: int) -> None:
            rich(self.desk, self.pairs[who].plant.party, paise)

        @precondition(lambda self: self.lots < 6)
        @rule(
            who=st.integers(0, 1),
            paise=st.integers(1, 40_000),
            basis=st.sampled_from(["lot", "kg"]),
            assay=st.booleans(),
        )
        def sell(self, who: int, paise: int, basis: str, assay: bool) -> None:
            self.lots += 1
            lot = lot_in_custody(self.desk, f"lot-{self.lots}", 10**11, 1_000_000)
            with self.desk.work(SYSTEM) as work:
                open_contract(
                    work, lot=lot, seller=self.pairs[who].trader.party, buyer=self.pairs[who].plant.party,
                    paise=paise * (1000 if basis == "lot" else 1), basis=basis, grams=1_000_000,
                    element="Nd" if assay else "", ppm=250_000 if assay else 0,
                )  # fmt: skip

        @precondition(lambda self: self.any("open"))
        @rule(pick=PICK)
        def fund(self, pick: int) -> None:
            with self.desk.work(SYSTEM) as work:
                if one := self.one(work, pick, "open"):
                    try:
                        fund(work, one.id, one.buyer)
                    except Refusal:
                        assert ledger.balance(work, ledger.wallet(one.buyer)) < laid_down(work, one)

        @precondition(lambda self: self.any("funded", "sent"))
        @rule(pick=PICK, load=LOADS)
        def move_on(self, pick: int, load: Weighing) -> None:
            with self.desk.work(SYSTEM) as work:
                if (one := self.one(work, pick, "funded", "sent")) is None:
                    return
                if one.state == "funded":
                    ends.send(work, one.id, one.seller, load, "a")
                else:
                    ends.arrive(work, one.id, one.buyer, load, "b")

        @precondition(lambda self: self.any("open", "funded"))
        @rule(pick=PICK, buyers=st.booleans(), sure=st.sampled_from([False, False, False, False, False, True]))
        def give_up(self, pick: int, buyers: bool, sure: bool) -> None:
            with self.desk.work(SYSTEM) as work:
                if sure and (one := self.one(work, pick, "open", "funded")):
                    try:
                        finish.give_up(work, one.id, one.buyer if buyers else one.seller)
                    except Refusal:
                        assert (buyers, one.state) == (True, "funded")

        @precondition(lambda self: self.any("arrived"))
        @rule(pick=PICK, sellers=st.none() | PPM, buyers=PPM)
        def assay(self, pick: int, sellers: int | None, buyers: int) -> None:
            with self.desk.work(SYSTEM) as work:
                one = self.one(work, pick, "arrived")
                if one is None:
                    return
                there = ends.assays_of(work, one.id)
                if sellers is not None and "seller" not in there:
                    ends.give_assay(work, one.id, one.seller, sellers, 0, "x", "y")
                if "buyer" not in there:
                    ends.give_assay(work, one.id, one.buyer, buyers, 0, "x", "y")

        @precondition(lambda self: self.any("referee"))
        @rule(pick=PICK, ppm=PPM)
        def referee(self, pick: int, ppm: int) -> None:
            with self.desk.work(self.pairs[0].auditor.id) as work:
                if one := self.one(work, pick, "referee"):
                    ends.referee(work, one.id, ppm, 0, "x", "y")

        @precondition(lambda self: self.any("proposed"))
        @rule(pick=PICK)
        def both_accept(self, pick: int) -> None:
            with self.desk.work(SYSTEM) as work:
                if one := self.one(work, pick, "proposed"):
                    finish.accept(work, one.id, one.seller)
                    finish.accept(work, one.id, one.buyer)

        @precondition(lambda self: self.any("proposed"))
        @rule(pick=PICK, buyers=st.booleans(), share=st.integers(0, 20))
        def object_to(self, pick: int, buyers: bool, share: int) -> None:
            with self.desk.work(SYSTEM) as work:
                if one := self.one(work, pick, "proposed"):
                    last = finish.proposal_of(work, one.id)
                    assert last
                    wanted = last.price_paise * share // 10
                    dispute.object_to(work, one.id, one.buyer if buyers else one.seller, "goods", "x", wanted)

        @precondition(lambda self: self.any("disputed"))
        @rule(pick=PICK, agree=st.booleans(), share=st.integers(0, 10))
        def answer_or_decide(self, pick: int, agree: bool, share: int) -> None:
            with self.desk.work(self.pairs[1].auditor.id) as work:
                if (one := self.one(work, pick, "disputed")) is None:
                    return
                standing, last = dispute.standing(work, one.id), finish.proposal_of(work, one.id)
                assert last
                if standing and standing.state == "answer":
                    dispute.answer(work, standing.id, one.other(standing.by), agree, "no")
                elif standing:
                    dispute.decide(work, standing.id, last.price_paise * share // 10, "x")

        @rule(hours=st.sampled_from([1, 1, 1, 50, 250]))
        def time(self, hours: int) -> None:
            self.desk.clock.later(hours=hours)  # type: ignore[attr-defined]
            with self.desk.work(SYSTEM) as work:
                pass_deadlines(work)

        @rule(who=st.integers(0, 1), paise=st.integers(1, 10**7))
        def take_out(self, who: int, paise: int) -> None:
            try:
                with self.desk.work(SYSTEM) as work:
                    payout.payout(work, self.pairs[who].trader.party, paise, "voucher")
            except Refusal:
                pass

        @precondition(lambda self: self.any("final"))
        @rule(pick=PICK, share=st.integers(1, 10))
        def correct(self, pick: int, share: int) -> None:
            try:
                with self.desk.work(self.pairs[0].auditor.id) as work:
                    if one := self.one(work, pick, "final"):
                        last = finish.proposal_of(work, one.id)
                        assert last
                        finish.correct(work, one.id, last.price_paise * share // 20, "x")
            except Refusal:
                pass

        @invariant()
        def closes(self) -> None:
            with self.desk.read() as work:
                reached.update(one.state for one in in_state(work, *STATES))
                assert ledger.faults(work) == []
                assert invoices.gaps(work) == []
                for one in in_state(work, *STATES):
                    held = ledger.balance(work, one.escrow)
                    over = one.state in ("open", "final", "cancelled")
                    assert held == (0 if over else one.escrow_paise - one.advance_paise)
                    if one.state == "final":
                        last = finish.proposal_of(work, one.id)
                        assert last
                        bills = invoices.about(work, one.id)
                        assert sum(b.value_paise for b in bills if b.kind != "credit-note") == last.price_paise
                for pair in self.pairs:
                    for party in (pair.trader.party, pair.plant.party):
                        owing = sum(claim.open_paise for claim in claims.against(work, party))
                        assert ledger.balance(work, ledger.debt(party)) == -owing
                        due = sum(claim.open_paise for claim in claims.of(work, party))
                        assert ledger.balance(work, ledger.owed(party)) == due

        def teardown(self) -> None:
            with self.desk.read() as work:
                assert refused(work.connection) == []
            self.context.__exit__(None, None, None)

    run_state_machine_as_test(
        Settlements,
        settings=settings(
            max_examples=8,
            stateful_step_count=50,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    assert {"final", "disputed", "cancelled"} <= reached
