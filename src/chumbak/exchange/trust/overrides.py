"""Limits that a person lifts for a party: for a time, with a reason, never for themselves or their own, and counted.

An operator who lifts limits again and again, or for one party again and again, raises an alarm that somebody else
decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chumbak.exchange.people.persons import ADMINISTRATOR, person
from chumbak.exchange.people.persons import party as party_of
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust import links, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.windows import DAY_US

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

WHAT = ("devices", "paise")


def lift(work: Work, *, party: str, what: str, more: int, days: int, reason: str) -> str:
    """Let a party hand over so many devices (or be paid so many paise) more for some days; return the id.

    Who acts is an administrator with no part in it. Raises ``Refusal``.
    """
    policy = policy_of(work.settings)
    who = person(work, work.actor)
    if ADMINISTRATOR not in who.roles:
        raise Refusal(N_("Only an administrator lifts a limit."))
    if what not in WHAT or more < 1:
        raise Refusal(N_("Say what is lifted, and by how much: a whole number from 1 on."), field="more")
    if not 1 <= days <= policy.whole("override", "longest days"):
        most = policy.whole("override", "longest days")
        raise Refusal(N_("A limit is lifted for 1 to %(most)s days."), field="days", most=most)
    if len(reason.strip()) < 10:
        raise Refusal(N_("Give a reason: at least %(least)s letters."), field="reason", least=10)
    try:
        party_of(work, party)
    except KeyError:
        raise Refusal(N_("There is no such party."), field="party") from None
    if who.party == party or links.why_related(work, who.party, party):
        raise Refusal(N_("Nobody lifts a limit for themselves or those related to them. Ask another administrator."))
    words = work.new_id("words")
    work.connection.execute(tables.words.insert().values(id=words, person=work.actor, text=reason.strip()))
    id = work.new_id("override")
    row = {"id": id, "party": party, "what": what, "more": more, "person": work.actor, "words": words}
    until = work.now_us + days * DAY_US
    work.connection.execute(tables.override.insert().values(**row, made_us=work.now_us, until_us=until))
    work.audit("limit-lifted", party, lifted=what, more=more, days=days)
    _look(work, who.id, who.party, party)
    return id


def _look(work: Work, person_id: str, own: str, party: str) -> None:
    """Raise an alarm if one person lifts limits too often, at all or for one party and those related to it."""
    policy = policy_of(work.settings)
    days = policy.whole("override", "days")
    t = tables.override.c
    query = select(t.party).where(t.person == person_id, t.made_us > work.now_us - days * DAY_US)
    lifted = list(work.connection.execute(query).scalars())
    group = set(links.group(work, party))
    same = sum(1 for one in lifted if one in group)
    if len(lifted) > policy.whole("override", "by one person"):
        alarm(
            work, "override", person_id,
            N_("Limits lifted by one person in %(days)s days: %(count)s. Another person looks above %(most)s."),
            against=[own], person=person_id, count=len(lifted), days=days,
            most=policy.whole("override", "by one person"),
        )  # fmt: skip
    if same > policy.whole("override", "for one party"):
        alarm(
            work, "override", party,
            N_("Limits lifted %(count)s times in %(days)s days for one party or those related to it, by one person. "
               "Another person looks above %(most)s."),
            against=[own, *sorted(group)], person=person_id, count=same, days=days,
            most=policy.whole("override", "for one party"),
        )  # fmt: skip
