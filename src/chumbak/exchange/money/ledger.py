"""The ledger of payments: double entry in paise, nothing ever changed, nothing ever posted twice.

A posting moves money between accounts and sums to zero. An account's balance is what is held for it:

    party:<id>:wallet   what a party can have paid out           never below zero
    party:<id>:owed     what others still owe a party            never below zero
    held:<id>:<lot>     what a party may yet have to lay down    never below zero
    escrow:<id>         what a buyer laid down for a contract    never below zero
    outside:<name>      where money comes from and goes to       free: minus what came in by it
    outside:owed:<id>   minus what a party still has to pay      free
    tax:<name>          tax kept back, to be passed on           free
    cost:<name>         what the exchange itself bears           free

The kind and the subject of a posting together are its name: posting the same again does nothing, posting something
else under the same name is a fault of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.money.tables import money_balance, money_entry, posting
from chumbak.exchange.refusal import N_, Refusal

FREE = ("outside:", "tax:", "cost:")  # accounts that may be below zero
MOST = 10**15  # paise in one entry: ten trillion of the currency; sums of many still fit 64 bits


class Entry(NamedTuple):
    """One entry of an account, as a book shows it: above zero it received."""

    posting: str
    kind: str
    about: str
    made_us: int
    memo: str
    paise: int


def wallet(party: str) -> str:
    """Return the account of what a party can have paid out."""
    return f"party:{party}:wallet"


def owed(party: str) -> str:
    """Return the account of what others still owe a party."""
    return f"party:{party}:owed"


def debt(party: str) -> str:
    """Return the free account that is minus what a party still has to pay."""
    return f"outside:owed:{party}"


def in_words(work: Work, paise: int) -> str:
    """Return an amount (its size) as the pages write it for who acts, in the first language where nobody does."""
    from chumbak.exchange.people.persons import person
    from chumbak.exchange.words import words

    spoken = work.settings.languages[0] if work.actor in ("", SYSTEM) else person(work, work.actor).language
    return words(spoken, work.catalogue.currency, work.catalogue.country).money(abs(paise))


def post(work: Work, kind: str, about: str, entries: Sequence[tuple[str, int]], memo: str = "") -> str:
    """Post entries (account, paise) that sum to zero, once for each ``kind`` and ``about``; return the posting's id.

    Entries of one account are added up. Raises ``Refusal`` where an account has too little, ``ValueError`` for what
    only the program can have got wrong.
    """
    moved = _summed(entries)
    if found := _before(work, kind, about, moved):
        return found
    held = _held(work, [account for account, paise in moved.items() if paise < 0 and not account.startswith(FREE)])
    for account, there in held.items():
        if there + moved[account] < 0:
            raise Refusal(N_("There is not enough money for this."), account=account)
    id = work.new_id("posting")
    row = {"id": id, "kind": kind, "about": about, "made_us": work.now_us, "actor": work.actor, "memo": memo}
    work.connection.execute(posting.insert().values(**row))
    if moved:
        work.connection.execute(
            money_entry.insert(), [{"posting": id, "account": a, "paise": paise} for a, paise in moved.items()]
        )
    for account, paise in moved.items():
        _move(work, account, paise)
    return id


def balance(work: Work, account: str) -> int:
    """Return what is held for an account, in paise; 0 for one that never had an entry."""
    return _held(work, [account])[account]


def entries(work: Work, account: str, first_us: int = 0, before_us: int | None = None) -> list[Entry]:
    """Return the entries of an account in order of time, from a time on and before another."""
    asked = (
        select(posting.c.id, posting.c.kind, posting.c.about, posting.c.made_us, posting.c.memo, money_entry.c.paise)
        .join(money_entry, money_entry.c.posting == posting.c.id)
        .where(money_entry.c.account == account, posting.c.made_us >= first_us)
        .order_by(posting.c.made_us, posting.c.id)
    )
    if before_us is not None:
        asked = asked.where(posting.c.made_us < before_us)
    return [Entry(*row) for row in work.connection.execute(asked)]


def posted(work: Work, kind: str, about: str) -> list[tuple[str, int]]:
    """Return the entries of a posting by its name, in the order of accounts; none where it was not posted."""
    asked = (
        select(money_entry.c.account, money_entry.c.paise)
        .join(posting, money_entry.c.posting == posting.c.id)
        .where(posting.c.kind == kind, posting.c.about == about)
        .order_by(money_entry.c.account)
    )
    return [(row.account, row.paise) for row in work.connection.execute(asked)]


def faults(work: Work) -> list[str]:
    """Recount the whole ledger from its entries; return what is wrong, which should be nothing."""
    return faults_of(work.connection)


def faults_of(connection: Connection) -> list[str]:
    """Recount the ledger of a database."""
    found = []
    sums = select(money_entry.c.posting, func.sum(money_entry.c.paise)).group_by(money_entry.c.posting)
    for id, total in connection.execute(sums):
        if total:
            found.append(f"The posting {id} sums to {total} paise, not to zero.")
    counted = {
        account: int(total)
        for account, total in connection.execute(
            select(money_entry.c.account, func.sum(money_entry.c.paise)).group_by(money_entry.c.account)
        )
    }
    kept = {row.account: row.paise for row in connection.execute(select(money_balance))}
    for account in sorted(counted.keys() | kept.keys()):
        if counted.get(account, 0) != kept.get(account, 0):
            found.append(
                f"The account {account} is kept at {kept.get(account, 0)} paise; "
                f"its entries sum to {counted.get(account, 0)}."
            )
        if counted.get(account, 0) < 0 and not account.startswith(FREE):
            found.append(f"The account {account} is below zero: {counted[account]} paise.")
    return found


def _summed(entries: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Return what each account gets, in the order of accounts; those that get nothing are left out."""
    found: dict[str, int] = {}
    for account, paise in entries:
        if type(paise) is not int or abs(paise) > MOST:
            raise ValueError(f"{account}: {paise!r} is no whole number of paise up to {MOST}.")
        if not account or ":" not in account:
            raise ValueError(f"{account!r} is no name of an account.")
        found[account] = found.get(account, 0) + paise
    if sum(found.values()):
        raise ValueError(f"The entries sum to {sum(found.values())} paise, not to zero: {list(entries)}.")
    return {account: found[account] for account in sorted(found) if found[account]}


def _before(work: Work, kind: str, about: str, moved: dict[str, int]) -> str:
    """Return the posting of this name, "" where there is none. Raises ``ValueError`` where it says something else."""
    asked = select(posting.c.id).where(posting.c.kind == kind, posting.c.about == about)
    found = work.connection.execute(asked).scalar_one_or_none()
    if found is None:
        return ""
    if dict(posted(work, kind, about)) != moved:
        raise ValueError(f"'{kind}' of {about} was posted before, with other amounts.")
    return str(found)


def _held(work: Work, accounts: Sequence[str]) -> dict[str, int]:
    asked = select(money_balance.c.account, money_balance.c.paise).where(money_balance.c.account.in_(accounts))
    return dict.fromkeys(accounts, 0) | {row.account: row.paise for row in work.connection.execute(asked)}


def _move(work: Work, account: str, paise: int) -> None:
    """Change a balance; the database refuses one below zero."""
    insert = sqlite.insert if work.connection.dialect.name == "sqlite" else postgresql.insert
    made = insert(money_balance).values(account=account, free=account.startswith(FREE), paise=paise)
    if paise > 0:
        made = made.on_conflict_do_update(
            index_elements=["account"], set_={"paise": money_balance.c.paise + made.excluded.paise}
        )
        work.connection.execute(made)
        return
    changed = work.connection.execute(
        money_balance.update().where(money_balance.c.account == account).values(paise=money_balance.c.paise + paise)
    )
    if not changed.rowcount:
        work.connection.execute(made)
