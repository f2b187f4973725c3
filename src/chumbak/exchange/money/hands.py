"""Four eyes on money: who notes what the bank did is not of the party whose money it is, nor of a related one."""

from __future__ import annotations

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust.links import JOINING, why_related

YOURS = N_("This money is yours, or of somebody who belongs to you. Another administrator has to do this.")


def check_stranger(work: Work, party: str) -> None:
    """Raise ``Refusal`` where who acts is of a party, or is known to belong together with it."""
    if work.actor in ("", SYSTEM):
        return
    mine = person(work, work.actor).party
    if mine == party or why_related(work, mine, party, JOINING) is not None:
        raise Refusal(YOURS)
