"""Lots under any sequence of what people may try: one winner, offers that end, money held behind what stands."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from chumbak.exchange.market import auctions, closing, held, lots, offers, tables
from chumbak.exchange.market.backed import to_lay_down
from chumbak.exchange.money import holds
from chumbak.exchange.money.ledger import balance, faults, post, wallet
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import contract
from chumbak.exchange.store.outbox import refused
from tests.exchange.market.town import begin, town

WHO = st.sampled_from(["seller", "one", "two", "other"])
BUYER = st.sampled_from(["one", "two", "other", "one", "two", "seller"])
PICK = st.integers(0, 3)
PRICE = st.integers(1, 6).map(lambda n: n * 50_000)  # a kilogram, of lots of ten
REACHED: set[str] = set()  # what went well at least once
MONEY = 4_000_000  # that each begins with: enough for some bids, and not for all


def one_of(found: list[Any], pick: int) -> Any:
    return found[pick % len(found)]


class Market(RuleBasedStateMachine):
    """A market with one seller's lots, one of each way at first."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.desk, self.people = self.stack.enter_context(town(Path(folder), MONEY))
        self.sold: dict[str, tuple[str | None, int | None]] = {}
        self.begun = dict.fromkeys(self.people, MONEY)
        for way in tables.WAYS:
            self.list_lot(way, 1, 6)

    def teardown(self) -> None:
        with self.desk.read() as work:
            assert refused(work.connection) == []
        self.stack.close()

    def tried(self, what: str, who: str, act: Any) -> Any:
        """Do something as a person; what may not be is refused, and nothing else happens."""
        try:
            with self.desk.work(self.people[who]) as work:
                done = act(work)
        except (Refusal, KeyError):
            return None
        REACHED.add(what)
        return done

    def open_lots(self, *ways: str) -> list[Any]:
        """Return the lots that are open in one of some ways."""
        chosen = (tables.lots.c.state == "open", tables.lots.c.way.in_(ways))
        with self.desk.read() as work:
            return list(work.connection.execute(select(tables.lots).where(*chosen).order_by(tables.lots.c.made_us)))

    def open_offers(self) -> list[Any]:
        """Return the offers that are open."""
        offers = select(tables.offers).where(tables.offers.c.state == "open").order_by(tables.offers.c.n)
        with self.desk.read() as work:
            return list(work.connection.execute(offers))

    def named(self, party: str) -> str:
        with self.desk.read() as work:
            return next(who for who, id in self.people.items() if person(work, id).party == party)

    @precondition(lambda self: len(self.open_lots(*tables.WAYS)) < 4)
    @rule(way=st.sampled_from(tables.WAYS), reserve=st.integers(0, 3), hours=st.integers(1, 6))
    def list_lot(self, way: str, reserve: int, hours: int) -> None:
        id = begin(self.desk, self.people["seller"])
        with self.desk.work(self.people["seller"]) as work:
            shown = lots.price(work, lots.lot(work, id)).paise
            lots.open_lot(work, id, shown=shown, way=way, hours=hours, reserve=reserve * 50_000)

    @precondition(lambda self: self.open_lots("offers"))
    @rule(who=BUYER, pick=PICK, price=PRICE, hours=st.integers(1, 4))
    def offer(self, who: str, pick: int, price: int, hours: int) -> None:
        found = one_of(self.open_lots("offers"), pick)

        def act(work: Any) -> str:
            return offers.offer(work, found.id, paise=price, shown=found.fair_paise, hours=hours)

        assert self.tried("offer", who, act) is None or who != "seller"

    @precondition(lambda self: self.open_offers())
    @rule(pick=PICK, price=PRICE)
    def counter(self, pick: int, price: int) -> None:
        found = one_of(self.open_offers(), pick)
        who = "seller" if found.side == "buyer" else self.named(found.buyer)
        self.tried("counter", who, lambda work: offers.counter(work, found.id, paise=price, shown=found.fair_paise))

    @precondition(lambda self: self.open_offers())
    @rule(pick=PICK, who=st.sampled_from(["", "", "", "seller", "one", "two"]))
    def accept(self, pick: int, who: str) -> None:
        found = one_of(self.open_offers(), pick)
        who = who or ("seller" if found.side == "buyer" else self.named(found.buyer))
        if self.tried("accept", who, lambda work: offers.accept(work, found.id)):
            assert (who == "seller") == (found.side == "buyer")
            with self.desk.read() as work:
                sold = lots.lot(work, found.lot)
                assert (sold.buyer, sold.price_paise) == (found.buyer, found.paise)

    @precondition(lambda self: self.open_offers())
    @rule(who=WHO, pick=PICK, act=st.sampled_from([offers.refuse, offers.take_back]))
    def end(self, who: str, pick: int, act: Any) -> None:
        found = one_of(self.open_offers(), pick)
        self.tried("end", who, lambda work: act(work, found.id))

    @precondition(lambda self: self.open_lots("sealed", "open"))
    @rule(who=BUYER, pick=PICK, price=PRICE)
    def bid(self, who: str, pick: int, price: int) -> None:
        found = one_of(self.open_lots("sealed", "open"), pick)

        def act(work: Any) -> int:
            best = max((one.paise for one in auctions.bids(work, lots.lot(work, found.id))), default=0)
            paise = best + price // 3 if found.way == "open" else price
            return auctions.bid(work, found.id, paise=paise, shown=found.fair_paise)

        assert self.tried("bid", who, act) is None or who != "seller"

    @precondition(lambda self: self.open_lots(*tables.WAYS))
    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        found = one_of(self.open_lots(*tables.WAYS), pick)
        self.tried("withdraw", "seller", lambda work: lots.withdraw(work, found.id))

    @rule(minutes=st.sampled_from([1, 10, 30, 70, 200]))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.later(minutes=minutes)  # type: ignore[attr-defined]
        with self.desk.work("system") as work:
            closing.close_due(work)

    @rule(who=BUYER, paise=st.sampled_from([-MONEY, -MONEY // 4, MONEY // 2]))
    def money_comes_or_goes(self, who: str, paise: int) -> None:
        with self.desk.work("system") as work:
            mine = wallet(person(work, self.people[who]).party)
            more = max(paise, -balance(work, mine))
            self.begun[who] += more
            post(work, "moved", work.new_id("moved"), [(mine, more), ("outside:sample", -more)])

    @invariant()
    def money_is_held_behind_what_stands_and_behind_nothing_else(self) -> None:
        with self.desk.read() as work:
            assert faults(work) == []
            assert held.faults_of(work.connection) == []
            asked = {}
            for row in work.connection.execute(select(tables.offers).where(tables.offers.c.state == "open")):
                if row.side == "buyer":
                    asked[row.buyer, row.lot] = row.paise
            open_lots = work.connection.execute(select(tables.lots.c.id).where(tables.lots.c.state == "open"))
            for id in open_lots.scalars():
                found = lots.lot(work, id)
                made = auctions.bids(work, found)
                for one in made if found.way == "sealed" else made[-1:]:
                    asked[one.buyer, id] = one.paise
            due = {key: to_lay_down(work, lots.lot(work, key[1]), key[0], paise) for key, paise in asked.items()}
            assert {(one.party, one.lot): one.paise for one in holds.all_held(work.connection)} == due
            for who, id in self.people.items():
                party = person(work, id).party
                bound = sum(one.escrow_paise for one in contract.of_party(work, party) if one.buyer == party)
                mine = sum(paise for (buyer, _), paise in due.items() if buyer == party)
                assert balance(work, wallet(party)) + mine + bound == self.begun[who]

    @invariant()
    def one_winner_for_good(self) -> None:
        with self.desk.read() as work:
            rows = work.connection.execute(select(tables.lots)).all()
            awards = {row.lot: row for row in work.connection.execute(select(tables.awards))}
            seller = person(work, self.people["seller"]).party
            for row in rows:
                if row.id in self.sold:
                    assert self.sold[row.id] == (row.buyer, row.price_paise)
                assert (row.id in awards) == (row.state == "awarded")
                if row.state == "awarded":
                    self.sold[row.id] = (row.buyer, row.price_paise)
                    assert (awards[row.id].buyer, awards[row.id].paise) == (row.buyer, row.price_paise)
                    assert row.buyer != seller
                    bound = contract.of_lot(work, row.id)
                    assert bound is not None
                    assert bound.state == "funded"  # nobody wins without the money
                    assert (bound.buyer, bound.deal.paise) == (row.buyer, row.price_paise)
                    assert row.way == "offers" or row.price_paise >= row.reserve_paise
                if row.state != "open":
                    standing = select(func.count()).where(
                        tables.offers.c.lot == row.id, tables.offers.c.state == "open"
                    )
                    assert work.connection.execute(standing).scalar_one() == 0


def test_whatever_people_try() -> None:
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=10, stateful_step_count=40, suppress_health_check=list(HealthCheck), derandomize=True
        ),
    )
    assert {"offer", "counter", "accept", "end", "bid", "withdraw"} <= REACHED
