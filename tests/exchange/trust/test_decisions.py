"""Who decides: somebody without a part in it, with a reason; another on appeal; nothing of it is ever changed."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, IntegrityError

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.people.personal import erase_person
from chumbak.exchange.people.persons import Person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store.tables import audit, outbox
from chumbak.exchange.trust import alarms, decisions, tables
from chumbak.exchange.trust.alarms import Alarm, alarm, stands
from tests.exchange.trust.conftest import Town

REASON = "Looked at it, with care."


@pytest.fixture
def who(town: Town) -> Person:
    return town.person()


@pytest.fixture
def held(town: Town, who: Person) -> str:
    with town.desk.work(SYSTEM) as work:
        return alarm(work, "weight", "takeback-1", "Too light: %(piece_grams)s.", against=[who.party], piece_grams=40)


def now(town: Town, id: str) -> Alarm:
    with town.desk.read() as work:
        found = alarms.one(work, id)
        assert found
        return found


def decide(town: Town, person: Person, held: str, what: str, reason: str = REASON) -> None:
    with town.desk.work(person.id) as work:
        decisions.decide(work, held, what, reason)


def test_the_whole_way_to_a_last_word(town: Town, who: Person, held: str) -> None:
    first, second = town.person("auditor"), town.person("administrator")
    decide(town, first, held, "ask")
    assert now(town, held).state == "asked"
    with town.desk.work(who.id) as work:
        decisions.answer(work, held, "The battery was taken out before.")
    assert now(town, held).state == "open"
    decide(town, first, held, "uphold")
    assert now(town, held).stands
    with town.desk.work(who.id) as work:
        decisions.appeal(work, held, "Weigh another one without its battery.")
        with pytest.raises(Refusal):
            decisions.appeal(work, held, "Weigh another one without its battery.")
    with pytest.raises(Refusal, match="Another person decides the appeal"):
        decide(town, first, held, "uphold")
    decide(town, second, held, "dismiss")
    assert now(town, held).state == "dismissed"
    with town.desk.read() as work:
        assert not stands(work, "takeback-1")
        said = [(entry.what, entry.step) for entry in decisions.story(work, held)]
        kinds = set(work.connection.execute(select(audit.c.what)).scalars())
    assert sorted(said) == sorted(
        [("ask", ""), ("answer", ""), ("uphold", "first"), ("appeal", ""), ("dismiss", "appeal")]
    )
    assert {"alarm", "alarm-decided", "alarm-appealed"} <= kinds
    with pytest.raises(Refusal, match="decided already"):
        decide(town, town.person("auditor"), held, "uphold")


def test_who_is_concerned_is_told_once(town: Town, who: Person, held: str) -> None:
    with town.desk.read() as work:
        said = list(work.connection.execute(select(outbox.c.body).where(outbox.c.kind == "message")).scalars())
    assert sum("Something looks odd" in body for body in said) == 1


def test_it_waits_while_it_stands_and_nobody_is_tried_twice(town: Town, who: Person, held: str) -> None:
    def again(grams: int) -> str:
        with town.desk.work(SYSTEM) as work:
            return alarm(
                work, "weight", "takeback-1", "Too light: %(piece_grams)s.", against=[who.party], piece_grams=grams
            )

    assert again(40) == again(41) == held  # one stands
    decide(town, town.person("auditor"), held, "dismiss")
    assert again(40) == held  # decided with these numbers
    assert again(41) != held
    with town.desk.read() as work:
        assert len(stands(work, "takeback-1")) == 1


def test_who_has_a_part_in_it_or_no_office_does_not_decide(town: Town, who: Person, held: str) -> None:
    for person in (who, town.person("trader"), town.person("recycler")):
        with pytest.raises(Refusal, match="Only an auditor"):
            decide(town, person, held, "dismiss")
    with town.desk.work(SYSTEM) as work:
        auditor = town.n
    assert auditor
    judge = town.person("auditor")
    with town.desk.work(SYSTEM) as work:
        own = alarm(work, "throughput", judge.party, "Too much.")
    with pytest.raises(Refusal, match="concerns you"):
        decide(town, judge, own, "dismiss")
    with town.desk.work(town.person().id) as work, pytest.raises(Refusal, match="no such thing"):
        decisions.answer(work, held, "I only want to look.")


@pytest.mark.parametrize(("what", "reason", "field"), [("burn", REASON, "what"), ("dismiss", "ok", "reason")])
def test_what_is_not_understood_gets_a_sentence(town: Town, held: str, what: str, reason: str, field: str) -> None:
    with pytest.raises(Refusal) as caught:
        decide(town, town.person("auditor"), held, what, reason)
    assert caught.value.field == field


def test_an_appeal_comes_in_time_or_not_at_all(town: Town, who: Person, held: str) -> None:
    decide(town, town.person("auditor"), held, "uphold")
    town.later(days=31)
    with town.desk.work(who.id) as work, pytest.raises(Refusal, match="30 days"):
        decisions.appeal(work, held, "I was on a journey until now.")


def test_the_database_refuses_what_the_pages_do(town: Town, who: Person, held: str) -> None:
    row = {"alarm": held, "what": "uphold", "words": "w", "made_us": 1}
    insert = tables.decision.insert()
    with town.desk.work(SYSTEM) as work:
        work.connection.execute(insert.values(**row, step="first", person="person-a"))
    for step, person in (("first", "person-b"), ("appeal", "person-a")):
        with town.desk.work(SYSTEM) as work, pytest.raises(IntegrityError):
            work.connection.execute(insert.values(**row, step=step, person=person))
    for table in (tables.alarm, tables.decision, tables.against):
        with town.desk.work(SYSTEM) as work, pytest.raises(DatabaseError, match="append-only"):
            work.connection.execute(table.delete())


def test_words_can_be_erased_and_what_was_decided_stays(town: Town, who: Person, held: str) -> None:
    decide(town, town.person("auditor"), held, "uphold")
    with town.desk.work(who.id) as work:
        decisions.appeal(work, held, "My name is Somebody and it is mine.")
    decide(town, town.person("auditor"), held, "dismiss")
    with town.desk.work(who.id) as work:
        erase_person(work, who.id)
        said = {entry.what: entry.text for entry in decisions.story(work, held)}
    assert said == {"uphold": REASON, "appeal": "", "dismiss": REASON}
    assert now(town, held).state == "dismissed"
