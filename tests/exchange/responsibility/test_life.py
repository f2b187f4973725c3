"""Random lives of certificates: certified never passes what was won back, no gram counts twice, money is kept."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chumbak.exchange.money.ledger import balance, faults, wallet
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.responsibility import certificates as c
from chumbak.exchange.responsibility import tables as t
from chumbak.exchange.responsibility.owed import Sale
from chumbak.exchange.responsibility.sales import say_sold
from tests.exchange.house import desk
from tests.exchange.responsibility.mill import join, melt, pay_in, remelt

G = 1_000_000
METALS = ("Cu", "Au", "Nd")


class Life(RuleBasedStateMachine):
    """A recycler that claims whatever it likes, two producers that buy and retire whatever they can."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.there = desk(Path(self.folder.name))
        self.town = self.there.__enter__()
        self.lots: list[str] = []
        self.used: set[str] = set()
        self.came_in = dict.fromkeys(METALS, 0)
        self.count = self.paid_in = 0
        with self.town.work("system") as work:
            self.maker = join(work, "recycler").party
            self.buyers = [join(work, who).party for who in ("producer", "other")]
            for buyer in self.buyers:
                pay_in(work, buyer, 5_000)
                self.paid_in += 5_000
                say_sold(work, c.rules_of(work), buyer, 2026, Sale(2021, "smartphone", "ITEW", 300, 60_000, 5))

    def teardown(self) -> None:
        if hasattr(self, "there"):
            self.there.__exit__(None, None, None)
            self.folder.cleanup()

    def tried(self, act: Any, *given: Any) -> None:
        try:
            with self.town.work("system") as work:
                act(work, *given)
        except Refusal:
            pass

    @rule(grams=st.integers(1, 4000), metal=st.sampled_from(METALS))
    def won_back(self, grams: int, metal: str) -> None:
        self.count += 1
        with self.town.work("system") as work:
            self.lots.append(melt(self.town, work, self.maker, f"lot{self.count}", {metal: grams * G}))
        self.came_in[metal] += grams * G

    @rule(data=st.data())
    def melted_together(self, data: Any) -> None:
        free = [lot for lot in self.lots if lot not in self.used]
        if len(free) < 2:
            return
        pair = data.draw(st.lists(st.sampled_from(free), min_size=2, max_size=2, unique=True))
        held = [{el: ug for (el, _), ug in (self.town.custody.holdings(lot) or {}).items()} for lot in pair]
        out = {el: sum(one.get(el, 0) for one in held) for el in METALS if any(one.get(el) for one in held)}
        self.count += 1
        with self.town.work("system") as work:
            self.lots.append(remelt(self.town, work, self.maker, pair, f"lot{self.count}", out))
        self.used |= set(pair)

    @rule(data=st.data())
    def claims(self, data: Any) -> None:
        if self.lots:
            self.tried(c.claim, self.maker, data.draw(st.sampled_from(self.lots)), "INV/1", "A smelter")

    @rule(data=st.data(), paise=st.integers(1, 4_000))
    def offers(self, data: Any, paise: int) -> None:
        if id := self.some(data):
            self.tried(c.offer, id, data.draw(st.sampled_from([self.maker, *self.buyers])),
                       data.draw(st.sampled_from(self.buyers)), paise)  # fmt: skip

    @rule(data=st.data())
    def takes(self, data: Any) -> None:
        if id := self.some(data):
            self.tried(c.take, id, data.draw(st.sampled_from(self.buyers)))

    @rule(data=st.data())
    def retires(self, data: Any) -> None:
        if id := self.some(data):
            self.tried(c.retire, id, data.draw(st.sampled_from(self.buyers)), 2026)

    @rule(days=st.integers(1, 500))
    def time_passes(self, days: int) -> None:
        self.town.clock.later(days=days)  # type: ignore[attr-defined]
        self.tried(c.end)

    def some(self, data: Any) -> str:
        with self.town.read() as work:
            ids = [one.id for one in c.made_by(work, self.maker)]
        return str(data.draw(st.sampled_from(ids))) if ids else ""

    @invariant()
    def nothing_is_certified_beyond_what_was_won(self) -> None:
        if not hasattr(self, "there"):
            return
        with self.town.read() as work:
            claims, made = c.claims_of(work), c.made_by(work, self.maker)
            stock = c.stock(work, self.maker)
            for metal in METALS:
                claimed = sum(one.ug for one in claims if one.metal == metal)
                certified = sum(one.ug for one in made if one.metal == metal)
                assert claimed <= self.came_in[metal]
                assert certified + stock.get(metal, 0) == sum(
                    one.certificate_ug for one in claims if one.metal == metal
                )
            assert not [one for one in made if one.metal == "Nd"]
            assert c.unsound(work) == []
            for one in made:
                used = [move.what for move in c.history(work, one.id)]
                assert used.count(t.MADE) == 1
                assert used.count(t.RETIRED) + used.count(t.ENDED) == (one.state in (t.RETIRED, t.ENDED))
            assert faults(work) == []
            assert sum(balance(work, wallet(one)) for one in (self.maker, *self.buyers)) == self.paid_in


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=8, stateful_step_count=18)
