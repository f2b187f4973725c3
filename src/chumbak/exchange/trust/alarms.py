"""Alarms: each with its rule, a sentence and its numbers. It stands until a person dismisses it.

While an alarm stands, payment of what it is about waits. Nothing of an alarm is ever changed: its state follows from
the decisions and remarks that were added to it (``decisions``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, exists, func, select

from chumbak.exchange.people.persons import members
from chumbak.exchange.refusal import N_
from chumbak.exchange.trust import tables
from chumbak.exchange.trust.rules import RULES

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

TOLD = N_("Something looks odd, and payment waits until a person has looked. See why, and answer, under 'Against me'.")
OPEN, ASKED, UPHELD, APPEALED, FINAL, DISMISSED = "open", "asked", "upheld", "appealed", "final", "dismissed"


@dataclass(frozen=True)
class Alarm:
    """An alarm. ``reason`` is a text with ``%(name)s`` for each of ``values``; ``against`` are ids of parties.

    ``state``: open, asked (for more), upheld, appealed, final (upheld on appeal) or dismissed.
    """

    id: str
    rule: str
    about: str
    reason: str
    values: Mapping[str, Any]
    against: tuple[str, ...]
    made_us: int
    state: str

    @property
    def text(self) -> str:
        """The reason in English, with its numbers."""
        return self.reason % self.values

    @property
    def between(self) -> tuple[str, ...]:
        """The parties that it is about: those it is against, and those whom it names without being against them."""
        return (*self.against, *str(self.values.get("between_ids", "")).split())

    @property
    def stands(self) -> bool:
        """Whether payment waits."""
        return self.state != DISMISSED


def alarm(work: Work, rule: str, about: str, reason: str, *, against: Sequence[str] = (), **values: Any) -> str:
    """Raise an alarm about a thing or a party (an id), tell those concerned, and return its id.

    If one of the same rule stands about it, or was decided with the same numbers, that one is returned: nobody is
    tried twice for one thing. ``about`` itself is among those concerned if it is a party. Raises ``KeyError`` for what
    is no rule.
    """
    RULES[rule]
    said = json.dumps(values, sort_keys=True, ensure_ascii=False)
    before = find(work, select(tables.alarm).where(tables.alarm.c.rule == rule, tables.alarm.c.about == about))
    for old in before:
        if old.stands or json.dumps(old.values, sort_keys=True, ensure_ascii=False) == said:
            return old.id
    id = work.new_id("alarm")
    work.connection.execute(
        tables.alarm.insert().values(
            id=id, rule=rule, about=about, nth=len(before), reason=reason, said=said, made_us=work.now_us
        )
    )
    parties = {*against, *([about] if about.startswith("party-") else [])}
    for party in sorted(parties):
        work.connection.execute(tables.against.insert().values(alarm=id, party=party))
        for member in members(work, party):
            work.tell(member, TOLD)
    work.audit("alarm", about, alarm=id, rule=rule)
    return id


def stands(work: Work, about: str) -> list[Alarm]:
    """Return the alarms about a thing or party that nobody has dismissed, oldest first: while there are any, wait."""
    return [one for one in find(work, select(tables.alarm).where(tables.alarm.c.about == about)) if one.stands]


def one(work: Work, id: str) -> Alarm | None:
    """Return an alarm by its id."""
    return next(iter(find(work, select(tables.alarm).where(tables.alarm.c.id == id))), None)


def against(work: Work, party: str) -> list[Alarm]:
    """Return all alarms that concern a party, newest first."""
    concerned = select(tables.against.c.alarm).where(tables.against.c.party == party)
    return find(work, select(tables.alarm).where(tables.alarm.c.id.in_(concerned)))[::-1]


def listed(work: Work, state: str = "", rule: str = "", before: int = 0, most: int = 50) -> list[Alarm]:
    """Return alarms, newest first, made before a time if one is given.

    ``state``: "stands" (not dismissed), "undecided", "appealed" or "decided"; "" is all. ``rule``: "" is any.
    """
    query = select(tables.alarm).order_by(tables.alarm.c.made_us.desc(), tables.alarm.c.id.desc()).limit(most)
    if rule:
        query = query.where(tables.alarm.c.rule == rule)
    if before:
        query = query.where(tables.alarm.c.made_us < before)
    decided = tables.decision.c.alarm == tables.alarm.c.id
    first = exists().where(decided, tables.decision.c.step == "first")
    dismissed = exists().where(decided, tables.decision.c.what == "dismiss")
    appealed = exists().where(tables.remark.c.alarm == tables.alarm.c.id, tables.remark.c.what == "appeal")
    heard = exists().where(decided, tables.decision.c.step == "appeal")
    conditions: dict[str, list[Any]] = {
        "stands": [~dismissed], "undecided": [~first], "appealed": [~dismissed, appealed, ~heard],
        "decided": [first],
    }  # fmt: skip
    for condition in conditions.get(state, []):
        query = query.where(condition)
    return find(work, query, ordered=True)


def waiting(work: Work) -> tuple[int, int]:
    """Return how many alarms nobody has decided, and how many appeals."""
    decided = tables.decision.c.alarm == tables.alarm.c.id
    first = select(func.count()).select_from(tables.alarm).where(~exists().where(decided))
    appeals = select(func.count()).select_from(tables.remark).where(
        tables.remark.c.what == "appeal",
        ~exists().where(tables.decision.c.alarm == tables.remark.c.alarm, tables.decision.c.step == "appeal"),
    )  # fmt: skip
    return work.connection.execute(first).scalar_one(), work.connection.execute(appeals).scalar_one()


def find(work: Work, query: Select[Any], ordered: bool = False) -> list[Alarm]:
    """Return the alarms that a query of ``trust_alarm`` finds, oldest first unless it is ``ordered`` itself."""
    rows = work.connection.execute(
        query if ordered else query.order_by(tables.alarm.c.made_us, tables.alarm.c.id)
    ).all()
    ids = [row.id for row in rows]
    parties = _by_alarm(work, select(tables.against).where(tables.against.c.alarm.in_(ids)))
    decisions = _by_alarm(work, select(tables.decision).where(tables.decision.c.alarm.in_(ids)))
    remarks = _by_alarm(work, select(tables.remark).where(tables.remark.c.alarm.in_(ids)).order_by(tables.remark.c.n))
    return [
        Alarm(
            row.id,
            row.rule,
            row.about,
            row.reason,
            json.loads(row.said),
            tuple(sorted(one.party for one in parties.get(row.id, ()))),
            row.made_us,
            state_of(
                {one.step: one.what for one in decisions.get(row.id, ())}, [one.what for one in remarks.get(row.id, ())]
            ),
        )
        for row in rows
    ]


def state_of(decided: Mapping[str, str], remarks: Iterable[str]) -> str:
    """Return the state that follows from the decisions (by step) and the kinds of remarks, in their order."""
    said = list(remarks)
    if "appeal" in decided:
        return FINAL if decided["appeal"] == "uphold" else DISMISSED
    if "first" in decided:
        if decided["first"] == "dismiss":
            return DISMISSED
        return APPEALED if "appeal" in said else UPHELD
    return ASKED if said and said[-1] == "ask" else OPEN


def _by_alarm(work: Work, query: Select[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in work.connection.execute(query):
        found.setdefault(row.alarm, []).append(row)
    return found
