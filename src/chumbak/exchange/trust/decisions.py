"""What persons decide of alarms, and how those concerned answer and appeal. Rows are only ever added.

An auditor or administrator who has no part in it dismisses an alarm, upholds it or asks for more, with a reason. Those
concerned answer, and may appeal once against what was upheld; another person decides the appeal. Two who decide at
once, one who decides twice, and a second appeal fail in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR, Person, members, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust import alarms, links, tables
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.windows import DAY_US

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

DECIDERS = (AUDITOR, ADMINISTRATOR)
SHORTEST, LONGEST = 10, 2000  # letters of a reason


@dataclass(frozen=True)
class Entry:
    """One line of an alarm's story. ``what``: dismiss, uphold, ask, answer or appeal; ``step``: of a decision."""

    what: str
    step: str
    person: str
    text: str
    made_us: int


def decide(work: Work, alarm: str, what: str, reason: str) -> None:
    """Decide of an alarm or of an appeal: ``what`` is dismiss, uphold or ask (for more). Raises ``Refusal``."""
    found = _alarm(work, alarm)
    who = _decider(work, found)
    text = _checked(reason)
    if what == "ask" and found.state in (alarms.OPEN, alarms.ASKED):
        _remark(work, alarm, "ask", text)
    elif what in ("dismiss", "uphold") and found.state in (alarms.OPEN, alarms.ASKED, alarms.APPEALED):
        step = "appeal" if found.state == alarms.APPEALED else "first"
        row = {"alarm": alarm, "step": step, "what": what, "person": who.id, "words": _words(work, text)}
        try:
            with work.connection.begin_nested():
                work.connection.execute(tables.decision.insert().values(**row, made_us=work.now_us))
        except IntegrityError:
            raise Refusal(SAME if step == "appeal" else DECIDED) from None
    elif what in ("dismiss", "uphold", "ask"):
        raise Refusal(DECIDED)
    else:
        raise Refusal(N_("Choose what you decide."), field="what")
    work.audit("alarm-decided", found.about, alarm=alarm, decided=what)
    for concerned in _concerned(work, found):
        work.tell(concerned, TOLD[what])


DECIDED = N_("This is decided already.")
SAME = N_("You decided this before. Another person decides the appeal.")
TOLD = {
    "dismiss": N_("A person looked at what stood against you. It is cleared: payment goes on."),
    "uphold": N_(
        "A person looked at what stood against you, and it stays. See why, and how to appeal, under 'Against me'."
    ),
    "ask": N_("A person asks you something before they decide. Answer under 'Against me'."),
}


def answer(work: Work, alarm: str, text: str) -> None:
    """Answer what was asked of those concerned, or say something before it is decided. Raises ``Refusal``."""
    found = concerned_in(work, alarm)
    if found.state not in (alarms.OPEN, alarms.ASKED):
        raise Refusal(DECIDED)
    _remark(work, alarm, "answer", _checked(text))


def appeal(work: Work, alarm: str, text: str) -> None:
    """Appeal against what was upheld: once, and in time. Raises ``Refusal``."""
    found = concerned_in(work, alarm)
    if found.state != alarms.UPHELD:
        raise Refusal(N_("There is nothing here to appeal against."))
    if work.now_us > appeal_until_us(work, alarm):
        raise Refusal(
            N_("The time to appeal is over: it was %(days)s days."), days=policy_of(work.settings).appeal_days
        )
    try:
        with work.connection.begin_nested():
            _remark(work, alarm, "appeal", _checked(text))
    except IntegrityError:
        raise Refusal(N_("An appeal is made already.")) from None
    work.audit("alarm-appealed", found.about, alarm=alarm)


def appeal_until_us(work: Work, alarm: str) -> int:
    """Return until when one may appeal, in microseconds; 0 if nothing is decided."""
    t = tables.decision.c
    query = select(t.made_us).where(t.alarm == alarm, t.step == "first")
    made = work.connection.execute(query).scalar_one_or_none()
    return made + policy_of(work.settings).appeal_days * DAY_US if made is not None else 0


def is_final(work: Work, found: alarms.Alarm) -> bool:
    """Whether an alarm stands for good: upheld on appeal, or not appealed against in time."""
    late = found.state == alarms.UPHELD and work.now_us > appeal_until_us(work, found.id)
    return late or found.state == alarms.FINAL


def concerned_in(work: Work, alarm: str) -> alarms.Alarm:
    """Return an alarm against the party of who acts. Raises ``Refusal`` if it is none of theirs."""
    found = alarms.one(work, alarm)
    if found is None or not work.actor or person(work, work.actor).party not in found.against:
        raise Refusal(N_("There is no such thing against you."))
    return found


def part_in_it(work: Work, found: alarms.Alarm, who: Person) -> str:
    """Return why a person may not decide an alarm, as a text to translate: "" if nothing speaks against it."""
    if not who.roles & set(DECIDERS):
        return N_("Only an auditor or an administrator decides.")
    if who.party in found.between:
        return N_("It concerns you. Another person decides.")
    if any(links.why_related(work, who.party, party) for party in found.between):
        return N_("You are related to who is concerned. Another person decides.")
    judge = _first_judge(work, found.id)
    if judge == who.id and found.state == alarms.APPEALED:
        return SAME
    if judge and judge != who.id and links.why_related(work, who.party, person(work, judge).party):
        return N_("You are related to who decided first. Another person decides the appeal.")
    if found.rule == "override" and found.values.get("person") == who.id:
        return N_("It is about what you did. Another person decides.")
    return ""


def story(work: Work, alarm: str) -> list[Entry]:
    """Return what was said and decided, in order; text that was erased is ""."""
    texts = select(tables.words.c.id, tables.words.c.text)
    d, r = tables.decision.c, tables.remark.c
    decided = work.connection.execute(select(tables.decision).where(d.alarm == alarm)).all()
    said = work.connection.execute(select(tables.remark).where(r.alarm == alarm)).all()
    ids = [row.words for row in [*decided, *said]]
    found = {row.id: row.text for row in work.connection.execute(texts.where(tables.words.c.id.in_(ids)))}
    lines = [Entry(row.what, row.step, row.person, found.get(row.words, ""), row.made_us) for row in decided]
    lines += [Entry(row.what, "", row.person, found.get(row.words, ""), row.made_us) for row in said]
    return sorted(lines, key=lambda line: line.made_us)


def _alarm(work: Work, id: str) -> alarms.Alarm:
    found = alarms.one(work, id)
    if found is None:
        raise Refusal(N_("There is no such alarm."))
    return found


def _first_judge(work: Work, alarm: str) -> str:
    t = tables.decision.c
    found = work.connection.execute(select(t.person).where(t.alarm == alarm, t.step == "first")).scalar_one_or_none()
    return found or ""


def _decider(work: Work, found: alarms.Alarm) -> Person:
    who = person(work, work.actor)
    against = part_in_it(work, found, who)
    if against:
        raise Refusal(against)
    return who


def _checked(text: str) -> str:
    plain = text.strip()
    if len(plain) < SHORTEST:
        raise Refusal(N_("Give a reason: at least %(least)s letters."), field="reason", least=SHORTEST)
    if len(plain) > LONGEST:
        raise Refusal(N_("This is too long: %(most)s letters at most."), field="reason", most=LONGEST)
    return plain


def _remark(work: Work, alarm: str, what: str, text: str) -> None:
    row = {"alarm": alarm, "what": what, "person": work.actor, "words": _words(work, text), "made_us": work.now_us}
    work.connection.execute(tables.remark.insert().values(**row))


def _words(work: Work, text: str) -> str:
    id = work.new_id("words")
    work.connection.execute(tables.words.insert().values(id=id, person=work.actor, text=text))
    return id


def _concerned(work: Work, found: alarms.Alarm) -> list[str]:
    return [one for party in found.against for one in members(work, party)]
