"""Money held for a lot that a party may yet have to pay for: out of its wallet, and still its own.

    held:<party>:<lot>   never below zero, and never twice the same money: it has left the wallet

Held is what the contract will ask for, never more: a higher sum moves the difference, a lower one gives it back. If the
lot goes to the party, ``settle.contract.fund`` takes it from here into the escrow; else it is let go.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from chumbak.exchange.desk import Work
from chumbak.exchange.money.claims import pay_claims
from chumbak.exchange.money.ledger import balance, in_words, post, wallet
from chumbak.exchange.money.tables import money_balance
from chumbak.exchange.refusal import N_, Refusal

MISSING = N_("%(missing)s more are needed in your wallet: this asks for %(asked)s. Pay in first.")
PREFIX = "held:"


@dataclass(frozen=True)
class Held:
    """What is held for a lot, in paise."""

    party: str
    lot: str
    paise: int


def account(party: str, lot: str) -> str:
    """Return the account of what is held of a party for a lot."""
    return f"{PREFIX}{party}:{lot}"


def held(work: Work, party: str, lot: str) -> int:
    """Return what is held of a party for a lot, in paise."""
    return balance(work, account(party, lot))


def check(work: Work, party: str, lot: str, paise: int, field: str = "") -> None:
    """Raise ``Refusal``, with what is missing, where a wallet and what is held for a lot are less than an amount."""
    missing = paise - held(work, party, lot) - balance(work, wallet(party))
    if missing > 0:
        raise Refusal(MISSING, field, missing=in_words(work, missing), asked=in_words(work, paise))


def hold(work: Work, party: str, lot: str, paise: int, by: str, field: str = "") -> None:
    """Have an amount held for a lot, no more and no less; ``by`` is what asks for it, once. Raises ``Refusal``."""
    check(work, party, lot, paise, field)
    if more := paise - held(work, party, lot):
        post(work, "held", f"{lot}/{by}", [(wallet(party), -more), (account(party, lot), more)])


def release(work: Work, party: str, lot: str, by: str) -> int:
    """Give back what is held for a lot, and return it; ``by`` is what asked for it. It pays what the party owes."""
    if paise := held(work, party, lot):
        post(work, "held-back", f"{lot}/{by}", [(account(party, lot), -paise), (wallet(party), paise)])
        pay_claims(work, party)
    return paise


def of_party(work: Work, party: str) -> list[Held]:
    """Return what is held of a party, in the order of lots."""
    return _find(work.connection, account(party, ""))


def all_held(connection: Connection) -> list[Held]:
    """Return all that is held, in the order of parties and lots."""
    return _find(connection, PREFIX)


def accounts(work: Work, party: str) -> list[str]:
    """Return the accounts in which something was ever held of a party."""
    balances = money_balance.c.account
    asked = select(balances).where(balances.startswith(account(party, ""), autoescape=True))
    return list(work.connection.execute(asked.order_by(balances)).scalars())


def _find(connection: Connection, begins: str) -> list[Held]:
    balances = money_balance.c
    chosen = (balances.account.startswith(begins, autoescape=True), balances.paise > 0)
    rows = connection.execute(select(balances.account, balances.paise).where(*chosen).order_by(balances.account))
    found = []
    for row in rows:
        party, _, lot = row.account.removeprefix(PREFIX).partition(":")
        found.append(Held(party, lot, row.paise))
    return found
