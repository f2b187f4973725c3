"""Take-backs under a random state machine: codes never early, late or twice; money and mass close at every step.

Numbers are few, so that one is tried again and again: each earns once, and nothing earns without.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.money.ledger import balance, faults, wallet
from chumbak.exchange.people.persons import register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.takeback import handing, plant
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.batch import LEFT, Found, Look
from chumbak.exchange.takeback.bookings import Booking, booking, cancel, escrow
from chumbak.exchange.takeback.quotes import Wish
from chumbak.exchange.takeback.reward import content
from chumbak.exchange.takeback.serial import invented_imei
from chumbak.exchange.takeback.tariff import CONDITIONS
from chumbak.exchange.trust import decisions
from chumbak.exchange.trust.alarms import listed
from tests.exchange.house import desk
from tests.exchange.takeback.scene import LAID_BY, Scene, scene

BEFORE = (t.BOOKED, t.PRICED, t.CONFIRMED, t.CANCELLED)
IN_CUSTODY = (t.GIVEN, t.ARRIVED, t.MISSING, t.WAITING, t.KEPT, t.RETURNING, t.CLEARED)
# What is typed of a device: two numbers of the same phone, others, none.
NUMBERS = (*(invented_imei(n) for n in range(6)), f"{invented_imei(0)}, {invented_imei(6)}", "", "")
REASON = "So it was decided in the test."
numbers = st.integers(0, len(NUMBERS) - 1).map(lambda at: [*NUMBERS, *NUMBERS][at : at + 3])
reasons = st.sampled_from(["", "dead", "worn"])
picks = st.integers(0, 100)
conditions = st.sampled_from(CONDITIONS)


class TakeBack(RuleBasedStateMachine):
    """One citizen after another, one collector, one plant; every rule may be tried at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.ids: list[str] = []
        self.codes: dict[str, list[tuple[str, int, dt.datetime]]] = {}  # code, price, until
        self.handed: Counter[str] = Counter()

    @initialize()
    def open(self) -> None:
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.town: Scene = scene(self.stack.enter_context(desk(folder)))
        with self.town.desk.work(SYSTEM) as work:
            self.judges = [register(work, f"981000000{n}", "Judge", "moradabad", "auditor").id for n in (5, 6)]
        self.book(["smartphone", "laptop"], "works", ["", NUMBERS[0], ""])

    def teardown(self) -> None:
        self.stack.close()

    def pick(self, at: int) -> str:
        return self.ids[at % len(self.ids)]

    @rule(
        kinds=st.lists(st.sampled_from(["smartphone", "laptop"]), min_size=1, max_size=3), condition=conditions,
        typed=numbers,
    )  # fmt: skip
    @precondition(lambda self: len(self.ids) < 4)
    def book(self, kinds: list[str], condition: str, typed: list[str]) -> None:
        wishes = [Wish(kind, condition, serial) for kind, serial in zip(kinds, typed, strict=False)]
        try:
            self.ids.append(self.town.booked(*wishes, who=self.town.office))
        except Refusal:
            assert any(typed[: len(kinds)]), "a quote without numbers was refused"

    @rule(
        at=picks, conditions=st.lists(st.sampled_from([*CONDITIONS, LEFT]), min_size=3, max_size=3), typo=st.booleans(),
        typed=numbers, unread=reasons,
    )  # fmt: skip
    def price(self, at: int, conditions: list[str], typo: bool, typed: list[str], unread: str) -> None:
        id = self.pick(at)
        before = self.town.read(id)
        looks = {one.n: Look(conditions[one.n - 1], 2000, typed[one.n - 1], unread) for one in before.devices}
        try:
            if typo:
                with self.town.desk.work(self.town.collector.id) as work:
                    handing.see(work, id, looks, 1)
            else:
                self.town.priced(id, looks)
        except Refusal:
            assert self.town.read(id) == before
            return
        assert not typo
        assert before.state in (t.BOOKED, t.PRICED, t.CONFIRMED)
        self.codes[id] = []  # whatever was released is void

    @rule(at=picks, stale=st.booleans())
    def confirm(self, at: int, stale: bool) -> None:
        id = self.pick(at)
        before = self.town.read(id)
        try:
            with self.town.desk.work(before.person) as work:
                code = handing.confirm(work, id, before.paise + (1 if stale else 0))
        except Refusal:
            assert self.town.read(id) == before
            return
        assert before.state == t.PRICED
        assert not stale
        self.released(id, code)

    @rule(at=picks)
    def ask_again(self, at: int) -> None:
        id = self.pick(at)
        try:
            with self.town.desk.work(self.town.office.id) as work:
                code = handing.new_code(work, id)
        except Refusal:
            return
        self.released(id, code)

    def released(self, id: str, code: str) -> None:
        now = self.town.desk.clock()
        self.codes[id] = [(code, self.town.read(id).paise, now + dt.timedelta(minutes=30))]

    @rule(at=picks, wrong=st.booleans(), waits=st.sampled_from([0, 0, 29, 31]))
    def type_code(self, at: int, wrong: bool, waits: int) -> None:
        id = self.pick(at)
        self.town.desk.clock.later(minutes=waits)  # type: ignore[attr-defined]
        before = self.town.read(id)
        held = self.codes.get(id) or [("000000", -1, self.town.desk.clock())]
        code = f"{(int(held[-1][0]) + 1) % 10**6:06d}" if wrong else held[-1][0]
        try:
            handing.enter_code(self.town.desk, self.town.collector.id, id, code)
        except Refusal:
            assert self.town.read(id) == before
            return
        assert before.state == t.CONFIRMED, "a code was taken before the price was agreed to"
        assert not wrong
        assert before.paise == held[-1][1], "a code was taken at another price"
        assert self.town.desk.clock() < held[-1][2], "a code was taken after its time"
        self.handed[id] += 1

    @rule(at=picks, yes=st.booleans())
    def say_no_or_call_off(self, at: int, yes: bool) -> None:
        id = self.pick(at)
        before = self.town.read(id)
        try:
            with self.town.desk.work(before.person) as work:
                cancel(work, id) if yes else handing.refuse_price(work, id)
        except Refusal:
            return
        assert before.state in BEFORE
        self.codes[id] = []

    @rule(at=picks, gone=st.sets(st.integers(1, 3), max_size=2))
    def receive(self, at: int, gone: set[int]) -> None:
        found = self.town.read(self.pick(at))
        there = [one.n for one in found.here if one.n not in gone]
        try:
            with self.town.desk.work(self.town.recycler.id) as work:
                plant.receive(work, found.id, there, nothing=not there)
        except Refusal:
            return
        assert found.state == t.HANDED

    @rule(at=picks, condition=conditions, typed=numbers, unread=reasons)
    def inspect(self, at: int, condition: str, typed: list[str], unread: str) -> None:
        found = self.town.read(self.pick(at))
        there = [one.n for one in found.devices if one.state == t.ARRIVED]
        finds = {n: Found(condition, "So it is.", typed[n - 1], unread) for n in there}
        try:
            self.town.inspected(found.id, finds)
        except Refusal:
            return
        assert found.state == t.RECEIVED

    @rule(at=picks, accept=st.booleans(), late=st.booleans())
    def answer(self, at: int, accept: bool, late: bool) -> None:
        found = self.town.read(self.pick(at))
        if late:
            self.town.desk.clock.later(days=8)  # type: ignore[attr-defined]
        try:
            with self.town.desk.work(SYSTEM) as work:
                plant.pass_deadlines(work) if late else plant.answer(work, found.id, accept)
        except Refusal:
            return
        assert late or found.state == t.CHANGED

    @rule(at=picks)
    def send_back(self, at: int) -> None:
        try:
            with self.town.desk.work(self.town.recycler.id) as work:
                plant.send_back(work, self.pick(at))
        except Refusal:
            return

    @rule(at=picks)
    def decide_missing(self, at: int) -> None:
        for one in self.town.read(self.pick(at)).devices:
            if one.state == t.MISSING:
                with self.town.desk.work(SYSTEM) as work:
                    plant.settle_missing(work, one.id, False, "It was never there.")

    @rule(at=picks, what=st.sampled_from(["dismiss", "uphold"]), again=st.booleans(), waits=st.sampled_from([0, 31]))
    def decide(self, at: int, what: str, again: bool, waits: int) -> None:
        """Have a person decide about what waits, have it appealed against, and let the time to appeal pass."""
        with self.town.desk.read() as work:
            about = [one for one in listed(work) if one.stands and one.rule in ("identity", "serial") and one.against]
        if about:
            one = about[at % len(about)]
            steps = [(self.judges[0], lambda work: decisions.decide(work, one.id, what, REASON))]
            if again:
                steps += [
                    (self.town.office.id, lambda work: decisions.appeal(work, one.id, REASON)),
                    (self.judges[1], lambda work: decisions.decide(work, one.id, what, REASON)),
                ]
            for who, step in steps:
                with suppress(Refusal), self.town.desk.work(who) as work:
                    step(work)
            event(f"decided: {what}")
        self.town.desk.clock.later(days=waits)  # type: ignore[attr-defined]
        with self.town.desk.work(SYSTEM) as work:
            plant.pay_what_waits(work)

    @rule(at=picks, condition=conditions, steps=st.sampled_from([6, 8, 3, 1]), typed=numbers)
    def go_on(self, at: int, condition: str, steps: int, typed: list[str]) -> None:
        """Do the next right steps, so that random walks come to the end, too."""
        for _ in range(steps):
            self.go_one_on(at, condition, typed)

    def go_one_on(self, at: int, condition: str, typed: list[str]) -> None:
        id = self.pick(at)
        state = self.town.read(id).state
        event(state)
        if state == t.BOOKED:
            self.price(at, [condition] * 3, False, typed, "dead")
        elif state == t.PRICED:
            self.confirm(at, False)
        elif state == t.CONFIRMED:
            self.ask_again(at)
            self.type_code(at, False, 0)
        elif state == t.HANDED:
            self.receive(at, set())
        elif state == t.RECEIVED:
            self.inspect(at, condition, typed, "worn")
        elif state == t.CHANGED:
            self.answer(at, condition == CONDITIONS[0], False)

    @invariant()
    def no_code_is_used_twice(self) -> None:
        if not self.ids:
            return
        with self.town.desk.read() as work:
            rows = work.connection.execute(t.code.select()).all()
        used = Counter(row.booking for row in rows if row.used_us)
        assert used == self.handed
        assert all(count == 1 for count in used.values())
        assert all(row.made_us <= (row.used_us or row.made_us) < row.until_us for row in rows)

    @invariant()
    def every_number_earns_once(self) -> None:
        """What is kept has a number that no other has, or a person said that it may earn."""
        if not hasattr(self, "town"):
            return
        devices = [one for id in self.ids for one in self.town.read(id).devices if one.state in t.EARNING]
        for one in devices:
            assert one.keys or one.let_by, "a device earns without a number or a decision"
            event("kept by a decision" if one.let_by else "kept by its number")
        keys = Counter(key for one in devices if not one.let_by for key in one.keys)
        assert all(count == 1 for count in keys.values()), "a number earned twice"

    @invariant()
    def money_closes(self) -> None:
        if not hasattr(self, "town"):
            return
        with self.town.desk.read() as work:
            assert faults(work) == []
            laid = sum(balance(work, escrow(id)) for id in self.ids)
            held = [balance(work, wallet(party)) for party in (self.town.office.party, self.town.recycler.party)]
            assert laid + sum(held) == LAID_BY
            for id in self.ids:
                assert balance(work, escrow(id)) == self.due(booking(work, id))

    def due(self, found: Booking) -> int:
        """Return what has to be laid by: nothing before the hand-over, all until paid, then what is undecided."""
        if found.state in BEFORE:
            return 0
        if found.state == t.PAID:
            return sum(one.paise for one in found.devices if one.state in (t.MISSING, t.WAITING))
        return found.paise

    @invariant()
    def mass_closes(self) -> None:
        if not hasattr(self, "town"):
            return
        with self.town.desk.read() as work:
            assert refused(work.connection) == []
            devices = [one for id in self.ids for one in booking(work, id).devices]
        for one in devices:
            kind = self.town.desk.catalogue.kind(one.kind)
            assert kind is not None
            held = self.town.desk.custody.holdings(self.town.desk.uri("device", one.id))
            mass = sum(held.values()) if held is not None else None
            if one.state in IN_CUSTODY:
                assert mass == sum(content(kind, 2000).values())
            elif one.state == t.RETURNED:
                assert mass == 0
            elif one.state == t.QUOTED:
                assert held is None
        custody = self.town.desk.custody
        total: Counter[str] = Counter()
        for account in custody.accounts():
            for (element, _), ug in custody.balance(account).items():
                total[element] += ug
        assert not any(total.values())


TestTakeBack = TakeBack.TestCase
TestTakeBack.settings = settings(max_examples=12, stateful_step_count=30, suppress_health_check=list(HealthCheck))
