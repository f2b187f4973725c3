"""Lots under any sequence of what people may try: one winner, nothing sold unseen, offers that end."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlalchemy import func, select

from chumbak.exchange.market import auctions, closing, lots, offers, tables
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import contract
from chumbak.exchange.store.outbox import refused
from tests.exchange.market.town import begin, town

WHO = st.sampled_from(["seller", "one", "two", "other"])
PRICE = st.integers(1, 6).map(lambda n: n * 50_000)


class Market(RuleBasedStateMachine):
    """A market with one seller's lots."""

    made: Bundle[str] = Bundle("made")
    said: Bundle[str] = Bundle("said")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.desk, self.people = self.stack.enter_context(town(Path(folder)))
        self.sold: dict[str, tuple[str | None, int | None]] = {}

    def teardown(self) -> None:
        with self.desk.read() as work:
            assert refused(work.connection) == []
        self.stack.close()

    def tried(self, who: str, act: Any) -> Any:
        """Do something as a person; what may not be is refused, and nothing else happens."""
        try:
            with self.desk.work(self.people[who]) as work:
                return act(work)
        except (Refusal, KeyError):
            return None

    @rule(target=made, way=st.sampled_from(tables.WAYS), reserve=st.integers(0, 3), hours=st.integers(1, 4))
    def list_lot(self, way: str, reserve: int, hours: int) -> str:
        id = begin(self.desk, self.people["seller"])
        with self.desk.work(self.people["seller"]) as work:
            shown = lots.price(work, lots.lot(work, id)).paise
            lots.open_lot(work, id, shown=shown, way=way, hours=hours, reserve=reserve * 50_000)
        return id

    @rule(target=said, who=WHO, lot=made, price=PRICE, hours=st.integers(1, 4))
    def offer(self, who: str, lot: str, price: int, hours: int) -> Any:
        def act(work: Any) -> str:
            fair = lots.lot(work, lot).fair
            assert fair is not None
            return offers.offer(work, lot, paise=price, shown=fair.paise, hours=hours)

        made = self.tried(who, act)
        assert made is None or who != "seller"
        return multiple() if made is None else made

    @rule(target=said, who=WHO, offer=said, price=PRICE)
    def counter(self, who: str, offer: str, price: int) -> Any:
        def act(work: Any) -> str:
            fair = lots.lot(work, offers.one(work, offer).lot).fair
            assert fair is not None
            return offers.counter(work, offer, paise=price, shown=fair.paise)

        made = self.tried(who, act)
        return multiple() if made is None else made

    @rule(who=WHO, offer=said)
    def accept(self, who: str, offer: str) -> None:
        with self.desk.read(self.people[who]) as work:
            before = offers.one(work, offer)
        if self.tried(who, lambda work: offers.accept(work, offer)):
            assert before.state == "open"
            assert (who == "seller") == (before.side == "buyer")
            with self.desk.read() as work:
                found = lots.lot(work, before.lot)
                assert (found.buyer, found.price_paise) == (before.buyer, before.paise)

    @rule(who=WHO, offer=consumes(said), act=st.sampled_from([offers.refuse, offers.take_back]))
    def end(self, who: str, offer: str, act: Any) -> None:
        self.tried(who, lambda work: act(work, offer))

    @rule(who=WHO, lot=made, price=PRICE)
    def bid(self, who: str, lot: str, price: int) -> None:
        def act(work: Any) -> int:
            fair = lots.lot(work, lot).fair
            assert fair is not None
            return auctions.bid(work, lot, paise=price, shown=fair.paise)

        assert self.tried(who, act) is None or who != "seller"

    @rule(who=WHO, lot=made)
    def withdraw(self, who: str, lot: str) -> None:
        self.tried(who, lambda work: lots.withdraw(work, lot))

    @rule(minutes=st.integers(1, 200))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.later(minutes=minutes)  # type: ignore[attr-defined]
        with self.desk.work("system") as work:
            closing.close_due(work)

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
                    assert (bound.buyer, bound.deal.paise) == (row.buyer, row.price_paise)
                    assert row.way == "offers" or row.price_paise >= row.reserve_paise
                if row.state != "open":
                    standing = select(func.count()).where(
                        tables.offers.c.lot == row.id, tables.offers.c.state == "open"
                    )
                    assert work.connection.execute(standing).scalar_one() == 0


TestMarket = Market.TestCase
TestMarket.settings = settings(max_examples=12, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow])
