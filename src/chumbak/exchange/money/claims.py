"""What one party has to pay another and could not pay at once, and how it is paid when money comes.

A settlement takes what a party owes from its wallet; what is missing there becomes a claim: ``owed`` of the creditor
rises, the debtor's ``outside:owed`` account falls below zero. Money that comes to the debtor pays claims, oldest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.money.ledger import balance, debt, owed, post, wallet
from chumbak.exchange.money.tables import claim
from chumbak.exchange.refusal import N_

PAID = N_("Paid what was owed")


@dataclass(frozen=True)
class Claim:
    """What ``debtor`` has to pay ``creditor`` ("" is the exchange): at first, and still."""

    id: str
    about: str
    debtor: str
    creditor: str
    paise: int
    open_paise: int
    made_us: int


def collect(work: Work, kind: str, about: str, fixed: list[tuple[str, int]], due: Mapping[str, int], memo: str) -> None:
    """Post ``fixed`` entries with what parties get (above zero) or pay (below); all of it sums to zero.

    What a party cannot pay from its wallet becomes claims of those who get something here, in the order of their ids,
    then of the exchange. Then claims against those who got something are paid. Once for each ``kind`` and ``about``.
    """
    entries = list(fixed)
    gets = {party: paise for party, paise in sorted(due.items()) if paise > 0}
    made: list[tuple[str, str, int]] = []
    for debtor in sorted(party for party, paise in due.items() if paise < 0):
        pays = min(-due[debtor], balance(work, wallet(debtor)))
        missing = -due[debtor] - pays
        entries += [(wallet(debtor), -pays), (debt(debtor), -missing)]
        for creditor in gets:
            part = min(missing, gets[creditor])
            if part:
                gets[creditor] -= part
                missing -= part
                entries.append((owed(creditor), part))
                made.append((debtor, creditor, part))
        if missing:
            made.append((debtor, "", missing))
    entries += [(wallet(party), paise) for party, paise in gets.items()]
    post(work, kind, about, entries, memo)
    for debtor, creditor, paise in made:
        row = {"about": about, "debtor": debtor, "creditor": creditor, "paise": paise, "open_paise": paise}
        work.connection.execute(claim.insert().values(id=work.new_id("claim"), made_us=work.now_us, **row))
    for party in gets:
        pay_claims(work, party)


def pay_claims(work: Work, debtor: str) -> int:
    """Pay what a party owes from its wallet, oldest first, as far as it goes; return what was paid."""
    paid = 0
    for one in against(work, debtor):
        part = min(one.open_paise, balance(work, wallet(debtor)))
        if not part:
            continue
        entries = [(wallet(debtor), -part), (debt(debtor), part)]
        if one.creditor:
            entries += [(owed(one.creditor), -part), (wallet(one.creditor), part)]
        post(work, "claim-paid", f"{one.id}/{one.open_paise}", entries, PAID)
        left = claim.update().where(claim.c.id == one.id, claim.c.open_paise == one.open_paise)
        work.connection.execute(left.values(open_paise=one.open_paise - part))
        paid += part
        if one.creditor:
            pay_claims(work, one.creditor)
    return paid


def against(work: Work, debtor: str) -> list[Claim]:
    """Return what a party still has to pay, oldest first."""
    return _find(work, claim.c.debtor == debtor)


def of(work: Work, creditor: str) -> list[Claim]:
    """Return what a party is still to be paid by others, oldest first."""
    return _find(work, claim.c.creditor == creditor)


def _find(work: Work, condition: Any) -> list[Claim]:
    asked = select(claim).where(condition, claim.c.open_paise > 0).order_by(claim.c.made_us, claim.c.id)
    return [Claim(*row) for row in work.connection.execute(asked)]
