"""Homes that say they got less than promised: the pattern of a collector who takes the code and pays short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust import plausible, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.pieces import once
from chumbak.exchange.trust.policy import policy_of

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

NEGLIGIBLE = 100  # paise: less short than that is change that was not at hand


def said_of(work: Work, about: str) -> int | None:
    """Return how many paise a citizen said they got of a hand-over, None if nothing was said."""
    t = tables.paid.c
    return work.connection.execute(select(t.got).where(t.about == about)).scalar_one_or_none()


def say_received(work: Work, *, about: str, collector: str, promised: int, got: int) -> None:
    """Note what a citizen says of a hand-over: so many paise promised, so many got; ``collector`` is a party.

    One answer for each. If too many of a collector's homes got less, an alarm about the collector. Raises ``Refusal``.
    """
    key = work.desk.keyed("collector", collector)  # a collector's copy of their data does not tell what homes said
    row = {"about": about, "collector": key, "promised": promised, "got": got, "person": work.actor}
    try:
        with work.connection.begin_nested():
            work.connection.execute(tables.paid.insert().values(**row, made_us=work.now_us))
    except IntegrityError:
        raise Refusal(N_("You have told us already. Thank you.")) from None
    work.audit("received", about, promised=promised, got=got)
    policy = policy_of(work.settings)
    t = tables.paid.c
    answers = work.connection.execute(select(t.promised, t.got).where(t.collector == key)).all()
    short = [one for one in answers if one.got + NEGLIGIBLE < one.promised]
    chance = plausible.at_least(len(short), len(answers), policy.number("short pay", "usual"))
    level = policy.number("short pay", "level")
    if len(answers) >= policy.whole("short pay", "answers") and chance < level:
        alarm(
            work, "short-pay", collector,
            N_("%(short)s of %(answers)s homes say they got less than promised, %(missing_paise)s in all. With an "
               "honest collector that happens once in %(once)s times; a person looks from once in %(threshold)s on."),
            short=len(short), answers=len(answers), missing_paise=sum(one.promised - one.got for one in short),
            once=once(chance), threshold=once(level),
        )  # fmt: skip
