"""A store driven at random beside a model of a few dictionaries: they never differ."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chumbak.custody.store.faults import Conflict, Refused
from chumbak.custody.store.open import open_store
from chumbak.custody.store.replay import replay
from chumbak.custody.store.trace import trace

from .events import appear, leave, ready, turn, uri, wrong


class Custody(RuleBasedStateMachine):
    """The model: what each lot holds by element, which events count, and who used which lot."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{self.folder.name}/custody.db"
        self.store = open_store(self.url)
        self.lots: dict[str, dict[str, int]] = {}
        self.events: list[dict[str, Any]] = []  # those that count: id, event, before, made, used
        self.kept: dict[str, dict[str, Any]] = {}
        self.number = 0
        self.heads: list[Any] = []

    def teardown(self) -> None:
        self.store.close()
        verdict = replay_of(self.url, self.heads)
        assert verdict.sound, verdict
        self.folder.cleanup()

    def name(self) -> str:
        self.number += 1
        return f"l{self.number}"

    def send(self, event: dict[str, Any]) -> str | None:
        """Capture; returns the reason if it is refused."""
        try:
            [result] = self.store.writer.capture(ready(event)).result(60)
        except Refused as refused:
            fault = refused.fault
            return "conflict" if isinstance(fault, Conflict) else str(fault)
        assert result.status == (
            "already" if event["eventID"] in self.kept and "errorDeclaration" not in event else "stored"
        )
        return None

    def took(self, event: dict[str, Any], made: dict[str, dict[str, int]], used: list[str]) -> None:
        self.events.append(
            {"event": event, "made": list(made), "before": {lot: dict(self.lots[lot]) for lot in used}, "used": used}
        )
        self.kept[event["eventID"]] = event
        for lot in used:
            self.lots[lot] = {}
        self.lots.update(made)

    @rule(nd=st.integers(1, 2**40), dy=st.integers(0, 9), kind=st.sampled_from(["primary", "post-consumer"]))
    def appears(self, nd: int, dy: int, kind: str) -> None:
        name = self.name()
        held = {"Nd": nd, **({"Dy": dy} if dy else {})}
        event = {**appear(name, kind=kind, **held), "eventID": f"urn:x:{name}"}
        assert self.send(event) is None
        self.took(event, {name: held}, [])

    @precondition(lambda self: any(self.lots.values()))
    @rule(data=st.data(), keep=st.integers(50, 105), parts=st.integers(1, 3))
    def turns(self, data: st.DataObject, keep: int, parts: int) -> None:
        full = sorted(lot for lot, held in self.lots.items() if held)
        used = data.draw(st.lists(st.sampled_from(full), min_size=1, max_size=3, unique=True))
        total: dict[str, int] = {}
        for lot in used:
            for element, ug in self.lots[lot].items():
                total[element] = total.get(element, 0) + ug
        outputs = {}
        for _ in range(parts):
            held = {element: ug * keep // 100 // parts for element, ug in total.items()}
            outputs[self.name()] = {element: ug for element, ug in held.items() if ug}
        event = {**turn(used, outputs, losses={"Nd": 1}, melted="IN"), "eventID": f"urn:x:t{self.number}"}
        assert self.send(event) is None
        self.took(event, outputs, used)

    @precondition(lambda self: any(self.lots.values()))
    @rule(data=st.data())
    def leaves(self, data: st.DataObject) -> None:
        lot = data.draw(st.sampled_from(sorted(lot for lot, held in self.lots.items() if held)))
        self.number += 1
        event = {**leave(lot), "eventID": f"urn:x:d{self.number}"}
        assert self.send(event) is None
        self.took(event, {}, [lot])

    @precondition(lambda self: any(not held for held in self.lots.values()))
    @rule(data=st.data())
    def is_spent_twice(self, data: st.DataObject) -> None:
        lot = data.draw(st.sampled_from(sorted(lot for lot, held in self.lots.items() if not held)))
        self.number += 1
        told = self.send({**turn([lot], {self.name(): {"Nd": 1}}), "eventID": f"urn:x:s{self.number}"})
        assert told is not None
        assert "holds nothing" in told

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), same=st.booleans())
    def is_sent_again(self, data: st.DataObject, same: bool) -> None:
        event = self.kept[data.draw(st.sampled_from(sorted(self.kept)))]
        told = self.send(event if same else {**event, "eventTimeZoneOffset": "-01:00"})
        assert told == (None if same else "conflict")

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def is_taken_back(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.events))
        users = [other for other in self.events if set(one["made"]) & set(other["used"])]
        told = self.send(wrong(one["event"]))
        if users:
            assert told is not None
            assert "Take back first" in told
            return
        assert told is None
        self.events.remove(one)
        for lot in one["made"]:
            del self.lots[lot]
        for lot, held in one["before"].items():
            for element, ug in held.items():
                self.lots[lot][element] = self.lots[lot].get(element, 0) + ug

    @rule()
    def is_opened_again(self) -> None:
        self.store.close()
        self.store = open_store(self.url)

    @rule()
    def a_head_is_signed(self) -> None:
        self.heads.append(self.store.writer.sign_head().result(60))

    @rule()
    def verifies(self) -> None:
        verdict = replay(self.store, heads=self.heads, pages=False)
        assert verdict.sound, verdict

    @precondition(lambda self: self.lots)
    @rule(data=st.data())
    def is_traced(self, data: st.DataObject) -> None:
        lot = data.draw(st.sampled_from(sorted(self.lots)))
        found = trace(self.store, uri(lot))
        for element in {name for name, _ in found.held}:
            total = sum(found.shares(element).values())
            assert sum(one.ug for one in found.sources if one.element == element) == total
            if self.lots[lot]:
                assert total == self.lots[lot][element]

    @invariant()
    def lots_hold_what_the_model_says(self) -> None:
        for lot, held in self.lots.items():
            there: dict[str, int] = {}
            for (element, _), ug in (self.store.read.holdings(uri(lot)) or {}).items():
                there[element] = there.get(element, 0) + ug
            assert there == held


def replay_of(url: str, heads: list[Any]) -> Any:
    with open_store(url, read_only=True) as store:
        return replay(store, heads=heads)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
class TestCustody(Custody.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=12,
        stateful_step_count=25,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
