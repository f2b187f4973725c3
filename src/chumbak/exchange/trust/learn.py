"""What parties use is learnt from what other areas keep of them: where they are paid, papers they showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chumbak.exchange.money.tables import payment
from chumbak.exchange.people.tables import documents
from chumbak.exchange.takeback.tables import private
from chumbak.exchange.trust import links

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

PAYEE = "upi"  # the kind under which a payee handle is hashed


def learn(work: Work, party: str, about: str = "", address: str = "") -> None:
    """Note the payee handles, documents and the address of a party; ``about`` is a take-back that is under way."""
    used = {("address", address)} if address else set()
    p, d = payment.c, documents.c
    keys = select(p.to_keyed).distinct().where(p.party == party, p.how == PAYEE, p.to_keyed != "")
    used |= {("payee", key) for key in work.connection.execute(keys).scalars()}
    numbers = select(d.number_key).where(d.party == party, d.state != "refused", d.number_key != "")
    used |= {("document", key) for key in work.connection.execute(numbers).scalars()}
    handle = work.connection.execute(select(private.c.handle).where(private.c.booking == about)).scalar_one_or_none()
    if handle:
        used.add(("payee", work.desk.keyed(PAYEE, handle)))
    for kind, key in sorted(used):
        links.link(work, party, kind, key)
