from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.desk import Settings
from chumbak.exchange.people import consent, documents, ladder, personal, persons
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.trust.limits import Piece, check_take_back
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.words import catalog
from tests.exchange import house
from tests.exchange.people.helper import PNG, member, messages

SAMPLE = ladder.ladder(Settings())
NUMBERS = {"identity": "ABCD 1234", "account": "name@bank", "worker": "1234-5678-9012", "gear": "",
           "tax": "07ABCDE1234F1Z5", "dismantler": "DPCC/2026/77"}  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


def show(desk, person, kind, number=None, body=PNG):
    with desk.work(person.id) as work:
        return documents.show(work, person, kind, NUMBERS[kind] if number is None else number, body)


def judge(desk, boss, id, accepted=True, reason=""):
    with desk.work(boss.id) as work:
        documents.judge(work, id, accepted, reason)


def went(desk, person):
    with desk.read() as work:
        return persons.party(work, person.party).ladder


def test_the_whole_path_is_gone_step_by_step(desk):
    person, boss = member(desk, "trader"), member(desk, "administrator")
    assert went(desk, person) == {"phone", "place"}
    lesson = SAMPLE.lesson("safe-work")
    with desk.work(person.id) as work:
        ladder.answer(work, person.party, lesson, {f"q{n}": str(one.right) for n, one in enumerate(lesson.questions)})
    for kind in ("gear", "identity", "account", "worker", "tax", "dismantler"):
        judge(desk, boss, show(desk, person, kind))
    assert went(desk, person) == {one.id for one in SAMPLE.steps}
    with desk.read() as work:
        party = persons.party(work, person.party)
        assert (party.registered, party.registration) == (True, "07ABCDE1234F1Z5")
        assert ladder.limits_factor(work, party) == 8
        assert {rung.state for rung in ladder.rungs(work, party)} == {"gone"}


def test_a_step_waits_for_those_before_it_and_for_a_person(desk):
    person, boss = member(desk, "trader"), member(desk, "administrator")
    tax = show(desk, person, "tax")
    judge(desk, boss, tax)
    identity = show(desk, person, "identity")
    with desk.read() as work:
        states = {rung.step.id: rung.state for rung in ladder.rungs(work, persons.party(work, person.party))}
    assert (states["tax"], states["identity"], states["account"], states["training"]) == (
        "later",
        "waiting",
        "later",
        "next",
    )
    judge(desk, boss, identity)
    judge(desk, boss, show(desk, person, "account"))
    assert {"identity", "account", "tax"} <= went(desk, person)


def test_every_limit_that_a_step_states_is_in_its_sentence():
    for step in SAMPLE.steps:
        assert (step.limits == 2) == ("own limits are twice as high" in step.unlocks)


def test_limits_are_as_high_as_the_steps_say(desk):
    person, boss = member(desk, "citizen"), member(desk, "administrator")

    def handed(most: int) -> int:
        """Return how many devices of ``most`` may be handed over today."""
        for number in range(most):
            try:
                with desk.work(person.id) as work:
                    key = desk.keyed("device", work.new_id("d"))
                    check_take_back(
                        work, party=person.party, address_key="", pieces=[Piece("smartphone", 0, key)]
                    )  # fmt: skip
            except Refusal:
                return number
        return most

    limits = policy_of(desk.settings).limits
    (most,) = (one.most for one in limits if (one.of, one.what, one.days) == ("payee", "devices", 1))
    assert handed(most + 1) == most
    judge(desk, boss, show(desk, person, "identity"))
    show(desk, person, "gear")  # a paper without a number stands in no way
    assert handed(most + 1) == most


@given(st.sets(st.sampled_from(sorted({need for one in SAMPLE.steps for need in one.needs}))))
def test_more_papers_never_lead_to_fewer_steps(done):
    every = {need for one in SAMPLE.steps for need in one.needs}
    steps = ladder.gone(SAMPLE.steps, frozenset(done))
    for one in SAMPLE.steps:
        if one.id in steps:
            assert set(one.needs) <= done
            assert steps.issuperset(one.after)
    for more in every - done:
        assert steps <= ladder.gone(SAMPLE.steps, frozenset(done | {more}))


@pytest.mark.parametrize("answers", [{}, {"q0": "0", "q1": "0", "q2": "1"}, {"q0": "1", "q1": "0"}, {"q0": "x"}])
def test_a_lesson_is_passed_by_right_answers_only(desk, answers):
    person = member(desk, "trader")
    with pytest.raises(Refusal) as caught, desk.work(person.id) as work:
        ladder.answer(work, person.party, SAMPLE.lesson("safe-work"), answers)
    assert caught.value.field.startswith("q")
    assert "training" not in went(desk, person)


def test_a_paper_is_judged_by_an_administrator_of_another_party_once(desk):
    person, boss = member(desk, "trader"), member(desk, "administrator")
    with desk.work("system") as work:
        cousin = persons.register(work, "9111111111", "Cousin", "moradabad", "administrator", party=person.party)
    id = show(desk, person, "identity")
    for actor in (person, cousin, member(desk, "auditor"), member(desk, "recycler")):
        with pytest.raises(Refusal):
            judge(desk, actor, id)
    judge(desk, boss, id)
    with pytest.raises(Refusal, match="before you"):
        judge(desk, boss, id, False, "No.")
    assert "Your paper was accepted: A government card with your photograph." in messages(desk)


def test_a_refused_paper_says_why_and_may_be_shown_again(desk):
    person, boss = member(desk, "trader", language="hi"), member(desk, "administrator")
    id = show(desk, person, "identity")
    with pytest.raises(Refusal, match="reason"):
        judge(desk, boss, id, False)
    with pytest.raises(Refusal, match="looked at"):
        show(desk, person, "identity")
    judge(desk, boss, id, False, "धुँधला")
    assert "धुँधला" in messages(desk)[-1]
    assert "पहचान-पत्र" in messages(desk)[-1]
    judge(desk, boss, show(desk, person, "identity"))
    with pytest.raises(Refusal, match="already"):
        show(desk, person, "identity")


@pytest.mark.parametrize(
    ("kind", "number", "body", "field"),
    [
        ("nothing", "ABCD1234", PNG, "kind"), ("identity", "", PNG, "number"), ("worker", "12345", PNG, "number"),
        ("tax", "07ABCDE1234F1Z", PNG, "number"), ("identity", "ABCD1234", b"", "picture"),
        ("identity", "ABCD1234", b"<svg onload=alert(1)>", "picture"), ("identity", "ABCD1234", b"MZ\x90", "picture"),
        ("identity", "ABCD1234", PNG + b"\0" * documents.LARGEST, "picture"),
    ],
)  # fmt: skip
def test_what_is_no_paper_is_refused(desk, kind, number, body, field):
    person = member(desk, "trader")
    with pytest.raises(Refusal) as caught, desk.work(person.id) as work:
        documents.show(work, person, kind, number, body)
    assert caught.value.field == field


def test_of_a_number_a_hash_and_four_letters_are_kept(desk):
    one, two = member(desk, "trader", 1), member(desk, "trader", 2)
    first, second = show(desk, one, "identity"), show(desk, two, "identity", "abcd-1234")
    with desk.read() as work:
        row = documents.document(work, first)
        assert "ABCD1234" not in map(str, row)
        assert (row.last4, row.number) == ("1234", "")
        assert documents.same_number(work, second) == [one.party]


def test_papers_go_with_the_agreement_to_keep_them(desk):
    person, boss = member(desk, "trader"), member(desk, "administrator")
    id = show(desk, person, "identity")
    judge(desk, boss, id)
    with desk.work(person.id) as work:
        consent.agree(work, person.id, consent.DOCUMENTS)
        consent.agree(work, person.id, consent.DOCUMENTS)
        assert consent.holds(work, person.id, consent.DOCUMENTS)
        consent.withdraw(work, person.id, consent.DOCUMENTS)
        personal.erase_papers(work, person.id)
        assert not consent.holds(work, person.id, consent.DOCUMENTS)
        assert documents.file(work, id) is None
        rows = work.connection.exec_driver_sql("SELECT purpose, version, withdrawn_us IS NOT NULL FROM consent").all()
    assert [tuple(row) for row in rows] == [("documents", "2026-04", 1)]
    assert "identity" not in went(desk, person)


def test_what_an_account_needs_is_not_withdrawn(desk):
    person = member(desk, "trader")
    with pytest.raises(Refusal, match="no account"), desk.work(person.id) as work:
        consent.withdraw(work, person.id, consent.SERVICE)


def test_a_new_version_is_agreed_to_anew(tmp_path):
    text = consent.SAMPLE.read_text(encoding="utf-8")
    with house.desk(tmp_path, own=tmp_path) as desk:
        person = member(desk, "citizen")
        with desk.work(person.id) as work:
            consent.agree(work, person.id, consent.SERVICE)
        (tmp_path / "privacy.yaml").write_text(text.replace('"2026-04"', '"2027-01"'), encoding="utf-8")
        with desk.work(person.id) as work:
            assert not consent.holds(work, person.id, consent.SERVICE)
            consent.agree(work, person.id, consent.SERVICE)
            assert consent.holds(work, person.id, consent.SERVICE)
            rows = work.connection.exec_driver_sql("SELECT version, withdrawn_us IS NULL FROM consent ORDER BY n").all()
    assert [tuple(row) for row in rows] == [("2026-04", 0), ("2027-01", 1)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["steps"][2].update(after=["nothing"]), "which is no step"),
        (lambda data: data["steps"][2].update(needs=[{"document": "nothing"}]), "not told below"),
        (lambda data: data["steps"][2].update(needs=["shoe size"]), "not told below"),
        (lambda data: data["steps"][2].update(id="phone"), "there twice"),
        (lambda data: data["steps"][2].update(after=["account"]), "never be reached"),
        (lambda data: data["steps"][2].update(limits=0), "whole number"),
        (lambda data: data["steps"][2].pop("title"), "title"),
        (lambda data: data["documents"][0].update(pattern="["), "unterminated"),
        (lambda data: data["lessons"][0]["questions"][0].update(right=2), "names no answer"),
        (lambda data: data.pop("documents"), "documents"),
    ],
)
def test_a_file_of_steps_with_a_fault_is_refused_with_its_place(tmp_path, change, said):
    data = yaml.safe_load(ladder.SAMPLE.read_text(encoding="utf-8"))
    change(data)
    (tmp_path / "ladder.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(ladder.LadderError, match=re.escape(said)) as caught:
        ladder.ladder(Settings(own=tmp_path))
    assert "ladder.yaml" in str(caught.value)


def test_a_file_of_purposes_with_a_fault_is_refused_with_its_place(tmp_path):
    for text in ("", "[", "purposes: []\nkept days: 1", "purposes: 3"):
        path = tmp_path / f"{len(text)}"
        path.mkdir()
        (path / "privacy.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(consent.PrivacyError, match=r"privacy\.yaml"):
            consent.privacy(Settings(own=path))


def test_every_sentence_of_the_samples_is_known_in_hindi():
    known = catalog("hi")
    said = SAMPLE.texts() + [text for one in consent.privacy(Settings()).purposes for text in (one.title, one.text)]
    assert [text for text in said if not (known.get(text) and known.get(text).string)] == []
