"""What has to be settled before a person can be removed: money owed, things under way, disputes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, and_, exists, func, or_, select

from chumbak.exchange.desk import Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.persons import ADMINISTRATOR, members, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.store.tables import metadata
from chumbak.exchange.takeback import tables as takeback
from chumbak.exchange.trust import alarms
from chumbak.exchange.trust.decisions import is_final

MONEY = N_("%(amount)s of yours are still here. Have them paid out first.")
HELD = N_("%(amount)s of yours are held for bids and offers. Wait until they are decided, or take the offers back.")
OWED = N_("%(amount)s are still owed to you. Wait until they are paid.")
DEBT = N_("You still owe %(amount)s. Pay them first.")
LAST = N_("You are the last administrator. Give the role to somebody else first.")


@dataclass(frozen=True)
class Matter:
    """Rows of a table that name a party in one of ``columns`` and are not over yet."""

    table: str
    columns: tuple[str, ...]
    is_open: Callable[[Table], ColumnElement[bool]]
    text: str


MATTERS = (
    Matter("lot", ("seller",), lambda table: table.c.state == "open",
           N_("Lots of yours are still offered: %(count)s. Withdraw them first.")),
    Matter("offer", ("buyer",), lambda table: table.c.state == "open",
           N_("Offers are still open: %(count)s. Withdraw them first.")),
    Matter("contract", ("seller", "buyer"), lambda table: table.c.state.not_in(("final", "cancelled")),
           N_("Contracts are not settled yet: %(count)s.")),
    Matter("payment", ("party",), lambda table: table.c.state == "sent",
           N_("Payments are on their way: %(count)s. Wait until they arrive.")),
    Matter("pay_in", ("party",), lambda table: table.c.state == "said",
           N_("Money that you paid in was not looked for yet: %(count)s. Wait until a person has done so.")),
)  # fmt: skip
HANDING = N_("A hand-over of devices is not over yet: %(count)s.")
ALARM = N_("A check about you is not finished: %(count)s. Wait until a person has decided.")
DISPUTE = N_("A dispute is open: %(count)s. Wait until it is decided.")


def open_matters(work: Work, id: str) -> list[Refusal]:
    """Return the reasons for which a person cannot be removed now, [] if there are none."""
    found = person(work, id)
    reasons = []
    if ADMINISTRATOR in found.roles and _administrators(work) == 1:
        reasons.append(Refusal(LAST))
    alone = members(work, found.party) in ([id], [])
    if count := _hand_overs(work, id, found.party if alone else ""):
        reasons.append(Refusal(HANDING, count=count))
    if not alone:
        return reasons  # others go on with what their party has under way
    reasons += _money(work, found.party)
    for matter in MATTERS:
        table = metadata.tables.get(matter.table)
        if table is not None and (count := _count(work, table, matter.columns, found.party, matter.is_open(table))):
            reasons.append(Refusal(matter.text, count=count))
    if count := _disputes(work, found.party):
        reasons.append(Refusal(DISPUTE, count=count))
    if count := sum(one.stands and not is_final(work, one) for one in alarms.against(work, found.party)):
        reasons.append(Refusal(ALARM, count=count))
    return reasons


def _money(work: Work, party: str) -> list[Refusal]:
    from chumbak.exchange.money import holds, ledger

    here = {text: ledger.balance(work, account) for account, text in (
        (ledger.wallet(party), MONEY), (ledger.owed(party), OWED), (ledger.debt(party), DEBT)
    )}  # fmt: skip
    here[HELD] = sum(one.paise for one in holds.of_party(work, party))
    return [Refusal(text, amount=ledger.in_words(work, paise)) for text, paise in here.items() if paise]


def _count(work: Work, table: Table, columns: tuple[str, ...], party: str, is_open: ColumnElement[bool]) -> int:
    named = or_(*(table.c[column] == party for column in columns))
    return work.connection.execute(select(func.count()).select_from(table).where(named & is_open)).scalar_one()


def _hand_overs(work: Work, collector: str, party: str) -> int:
    """Count the take-backs under way of a collector (a person) or of a party, "" for none: paid and nothing to return.

    A collector is bound in person: nobody else of the party can take the code.
    """
    b, d = takeback.booking.c, takeback.device.c
    waits = exists().where(d.booking == b.id, d.state.in_((takeback.RETURNING, takeback.WAITING)))
    under_way = b.state.not_in((takeback.PAID, takeback.CANCELLED)) | waits
    named = b.collector == collector
    if party:
        named = or_(named, b.party == party, b.recycler == party)
    counted = select(func.count()).select_from(takeback.booking).where(named, under_way)
    return work.connection.execute(counted).scalar_one()


def _disputes(work: Work, party: str) -> int:
    dispute, contract = metadata.tables.get("dispute"), metadata.tables.get("contract")
    if dispute is None or contract is None:
        return 0
    joined = dispute.join(contract, dispute.c.contract == contract.c.id)
    named = or_(contract.c.seller == party, contract.c.buyer == party)
    held = and_(named, dispute.c.state.in_(("answer", "decide")))
    return work.connection.execute(select(func.count()).select_from(joined).where(held)).scalar_one()


def _administrators(work: Work) -> int:
    held = (t.roles.c.role == ADMINISTRATOR) & (t.persons.c.state == "active")
    counted = select(func.count()).select_from(t.roles.join(t.persons, t.persons.c.id == t.roles.c.person))
    return work.connection.execute(counted.where(held)).scalar_one()
