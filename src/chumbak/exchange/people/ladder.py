"""The path to formal status: steps, what each needs and what it unlocks, as data of the operator (``ladder.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from chumbak.exchange.desk import Settings, Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.refusal import N_, Refusal
from chumbak.yaml_text import parsed, shown_fault, text_of

if TYPE_CHECKING:
    from chumbak.exchange.people.persons import Party

SAMPLE = Path(__file__).parent / "rules" / "ladder.yaml"
PHONE, PLACE = "phone", "place"


@dataclass(frozen=True, slots=True)
class Step:
    """A step. ``needs`` are pairs: (phone, ""), (place, ""), (document, kind), (lesson, id); ``limits`` a factor."""

    id: str
    title: str
    picture: str
    needs: tuple[tuple[str, str], ...]
    after: tuple[str, ...]
    unlocks: str
    limits: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A kind of document. ``pattern`` is of its number ("": it has none); ``registers``: it is the tax number."""

    id: str
    title: str
    hint: str
    standing: str
    pattern: str
    registers: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers; ``right`` counts them from 0."""

    ask: str
    answers: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to read, and what is asked of it."""

    id: str
    title: str
    cards: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """All steps, in their order."""

    title: str
    steps: tuple[Step, ...]
    papers: tuple[Paper, ...]
    lessons: tuple[Lesson, ...]

    def paper(self, id: str) -> Paper | None:
        """Return a kind of document."""
        return next((one for one in self.papers if one.id == id), None)

    def lesson(self, id: str) -> Lesson | None:
        """Return a lesson."""
        return next((one for one in self.lessons if one.id == id), None)

    def texts(self) -> list[str]:
        """Return every sentence that is shown, for translators."""
        said = [text for one in self.steps for text in (one.title, one.unlocks)]
        said += [text for one in self.papers for text in (one.title, one.hint)]
        for lesson in self.lessons:
            said += [lesson.title, *lesson.cards]
            said += [text for one in lesson.questions for text in (one.ask, *one.answers)]
        return [text for text in said if text]


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as one party stands to it: ``state`` is gone, waiting (for a person's look), next or later."""

    step: Step
    state: str


class LadderError(ValueError):
    """A file of steps that cannot be used; the message says where and how to mend it."""


def ladder(settings: Settings) -> Ladder:
    """Return the operator's steps. Raises ``LadderError``."""
    return _read(settings.file(SAMPLE))


def gone(steps: Sequence[Step], done: frozenset[tuple[str, str]]) -> frozenset[str]:
    """Return the steps whose needs are all done and that come after such steps only."""
    found: set[str] = set()
    for _ in steps:  # a step may stand before one that it comes after
        found |= {one.id for one in steps if set(one.needs) <= done and found.issuperset(one.after)}
    return frozenset(found)


def factor(steps: Sequence[Step], went: frozenset[str]) -> int:
    """Return how many times as high limits are for who went some steps."""
    return prod(one.limits for one in steps if one.id in went)


def steps_gone(work: Work, party: Party) -> frozenset[str]:
    """Return the steps that a party went."""
    return gone(ladder(work.settings).steps, _done(work, party))


def limits_factor(work: Work, party: Party) -> int:
    """Return how many times as high limits are for a party, by the steps that it went."""
    return factor(ladder(work.settings).steps, party.ladder)


def rungs(work: Work, party: Party) -> list[Rung]:
    """Return every step, as a party stands to it."""
    shown = select(t.documents.c.kind).where((t.documents.c.party == party.id) & (t.documents.c.state == "waiting"))
    waiting = {("document", kind) for kind in work.connection.execute(shown).scalars()}
    found = []
    for step in ladder(work.settings).steps:
        if step.id in party.ladder:
            state = "gone"
        elif not party.ladder.issuperset(step.after):
            state = "later"
        else:
            state = "waiting" if waiting & set(step.needs) else "next"
        found.append(Rung(step, state))
    return found


def answer(work: Work, party: str, lesson: Lesson, answers: Mapping[str, str]) -> None:
    """Note that a party went through a lesson, all answers right (by "q0", "q1", ...). Raises ``Refusal``."""
    for number, one in enumerate(lesson.questions):
        if answers.get(f"q{number}") != str(one.right):
            text = N_("This answer is missing.") if f"q{number}" not in answers else N_("Not so. Read once more.")
            raise Refusal(text, field=f"q{number}")
    key = {"party": party, "step": f"lesson:{lesson.id}"}
    if work.connection.execute(select(t.earned).filter_by(**key)).first() is None:
        work.connection.execute(t.earned.insert().values(**key, by=work.actor, made_us=work.now_us))
        work.audit("lesson-passed", party, lesson=lesson.id)


def learned(work: Work, party: str, lesson: str) -> int | None:
    """Return when a party went through a lesson, None if it did not."""
    mine = (t.earned.c.party == party) & (t.earned.c.step == f"lesson:{lesson}")
    return work.connection.execute(select(t.earned.c.made_us).where(mine)).scalar_one_or_none()


def _done(work: Work, party: Party) -> frozenset[tuple[str, str]]:
    run = work.connection.execute
    shown = select(t.documents.c.kind).where((t.documents.c.party == party.id) & (t.documents.c.state == "accepted"))
    done = {("document", kind) for kind in run(shown).scalars()}
    for step in run(select(t.earned.c.step).where(t.earned.c.party == party.id)).scalars():
        kind, _, name = step.partition(":")
        done.add((kind, name))
    phones = t.persons.join(t.person_about)
    if run(select(t.persons.c.id).select_from(phones).where(t.persons.c.party == party.id).limit(1)).first():
        done.add((PHONE, ""))
    if party.place:
        done.add((PLACE, ""))
    return frozenset(done)


@lru_cache(maxsize=8)
def _read(path: Path) -> Ladder:
    try:
        said = parsed(text_of(path, LadderError), path.name, LadderError)
        papers = tuple(_paper(one) for one in said["documents"])
        lessons = tuple(_lesson(one) for one in said["lessons"])
        steps = tuple(_step(one) for one in said["steps"])
        found = Ladder(str(said["title"]), steps, papers, lessons)
    except LadderError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, re.error) as error:
        raise LadderError(
            f"{path.name} is not as the sample ladder.yaml is: {shown_fault(error)}. Compare it with the sample."
        ) from error
    _check(found, path)
    return found


def _step(said: Mapping[str, Any]) -> Step:
    needs = tuple(next(iter(one.items())) if isinstance(one, dict) else (str(one), "") for one in said["needs"])
    limits = said.get("limits", 1)
    if not isinstance(limits, int) or limits < 1:
        raise ValueError(f"limits of {said['id']} should be a whole number from 1 on")
    after = tuple(said.get("after", ()))
    return Step(said["id"], said["title"], said["picture"], needs, after, said["unlocks"], limits)


def _paper(said: Mapping[str, Any]) -> Paper:
    re.compile(said["pattern"])
    hint, registers = said.get("hint", ""), bool(said.get("registers", False))
    return Paper(said["id"], said["title"], hint, said["standing"], said["pattern"], registers)


def _lesson(said: Mapping[str, Any]) -> Lesson:
    questions = tuple(Question(one["ask"], tuple(one["answers"]), one["right"]) for one in said["questions"])
    for one in questions:
        if not 0 <= one.right < len(one.answers):
            raise ValueError(f"'{one.ask}': right names no answer")
    return Lesson(said["id"], said["title"], tuple(said["cards"]), questions)


def _check(found: Ladder, path: Path) -> None:
    steps = [one.id for one in found.steps]
    faults = [f"step '{id}' is there twice" for id in sorted({id for id in steps if steps.count(id) > 1})]
    for one in found.steps:
        faults += [f"step '{one.id}' comes after '{id}', which is no step" for id in one.after if id not in steps]
        for kind, name in one.needs:
            known = {
                "phone": name == "", "place": name == "", "document": found.paper(name) is not None,
                "lesson": found.lesson(name) is not None,
            }  # fmt: skip
            if not known.get(kind, False):
                faults.append(f"step '{one.id}' needs {kind} {name}, which is not told below")
    all_done = frozenset(need for one in found.steps for need in one.needs)
    faults += [f"step '{id}' can never be reached" for id in sorted(set(steps) - gone(found.steps, all_done))]
    if faults:
        raise LadderError(f"{path}: {'; '.join(faults)}.")
