"""Who did what, as it was written down for good: for auditors and administrators to read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.store.tables import audit


def rows(
    work: Work, *, about: str = "", actor: str = "", what: str = "", before: int | None = None, most: int = 50
) -> list[Any]:
    """Return the newest entries first: of a thing, an actor, a kind of deed, from before an entry's number."""
    wanted = select(audit)
    for column, value in ((audit.c.about, about), (audit.c.actor, actor), (audit.c.what, what)):
        if value:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(audit.c.n < before)
    return list(work.connection.execute(wanted.order_by(audit.c.n.desc()).limit(most)))
