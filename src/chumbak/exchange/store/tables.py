"""The tables of the exchange: how an area declares its own, and those that all share.

``edition`` is the version of the tables. ``outbox`` holds what must be told elsewhere (an event to custody, a message
to a phone): written in the transaction of what it is about, delivered after it. ``audit`` says who did what, and
refuses every change.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, UniqueConstraint

from chumbak.custody.store.ddl import FLAG, LONG, WORD

__all__ = [
    "FIXED", "FLAG", "FROZEN", "LONG", "WORD", "audit", "edition", "fixed", "frozen", "metadata", "outbox", "table",
]  # fmt: skip

metadata = MetaData()
FROZEN: list[str] = []
FIXED: list[str] = []


def table(name: str, *parts: Column | CheckConstraint | Index | UniqueConstraint) -> Table:
    """Declare a table: STRICT in SQLite. Columns are WORD, LONG or FLAG; name a column LONG "n" to have it counted."""
    return Table(name, metadata, *parts, sqlite_strict=True)


def frozen(made: Table) -> Table:
    """Have the database refuse every change and removal of rows of a table."""
    FROZEN.append(made.name)
    return made


def fixed(made: Table) -> Table:
    """Have the database refuse every change of rows of a table; they may be removed, once nobody needs them."""
    FIXED.append(made.name)
    return made


edition = table("exchange_edition", Column("number", LONG, primary_key=True, autoincrement=False))
outbox = table(
    "outbox",
    Column("n", LONG, primary_key=True),
    Column("kind", WORD, CheckConstraint("kind IN ('event', 'message')"), nullable=False),
    Column("about", WORD, nullable=False),
    Column("body", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("done_us", LONG),
    Column("refused", WORD),
    Index("outbox_waiting", "done_us", "n"),
)
audit = frozen(
    table(
        "audit",
        Column("n", LONG, primary_key=True),
        Column("made_us", LONG, nullable=False),
        Column("actor", WORD, nullable=False),
        Column("what", WORD, nullable=False),
        Column("about", WORD, nullable=False),
        Column("details", WORD, nullable=False),
        Index("audit_about", "about", "n"),
        Index("audit_actor", "actor", "n"),
    )
)
