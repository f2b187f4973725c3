"""The tables of a store: one log, and projections of it that replay makes again.

========  ============================================================================================================
edition   the version of these tables
log       every record, in order; nothing in it is ever changed
node      the full nodes of the Merkle tree over the log
account   names of accounts (``lot:``, ``loss:``; free: ``outside:``, ``unaccounted:``, ``restated:``), as they come
origin    texts of origins, as they come
entry     what each record moves: micrograms of an element of an origin, per account; sums to zero per record
balance   what each account holds now; rows of zero are not kept; never below zero but for free accounts
lot       the record that made each lot, and that which took it back (its name is free again), if any
move      which records moved an account: how a lot is traced to and fro
event     the fields of an event that queries ask for
item      what an event names: objects, classes, business transactions, parties; ``role`` says in which field
========  ============================================================================================================

``log``, ``node``, ``account``, ``origin`` and ``entry`` refuse every update and delete, in the database itself. Amounts
are whole micrograms of contained element, times are microseconds since 1970-01-01 UTC; both fit 64 bits.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
)

from chumbak.custody.store.ddl import FLAG, LONG, WORD, postgresql_frozen, sqlite_frozen, sqlite_tables

MOST = 2**63 - 1  # the largest amount and time that a column holds
FROZEN = ("log", "node", "account", "origin", "entry")

metadata = MetaData()


def _table(name: str, *parts: Column | CheckConstraint | Index, rows: bool = False) -> Table:
    """Declare a table; ``rows`` keeps SQLite's row numbers (otherwise the table is its primary key's index)."""
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rows)


edition = _table("edition", Column("number", LONG, primary_key=True, autoincrement=False))
log = _table(
    "log",
    Column("seq", LONG, CheckConstraint("seq > 0"), primary_key=True, autoincrement=False),
    Column("kind", WORD, nullable=False),
    Column("recorded_us", LONG, nullable=False),
    Column("id", WORD, nullable=False, unique=True),
    Column("digest", LargeBinary, CheckConstraint("length(digest) = 32"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("entries_digest", LargeBinary, CheckConstraint("length(entries_digest) = 32"), nullable=False),
    Column("previous", LargeBinary, CheckConstraint("length(previous) = 32"), nullable=False),
    Column("hash", LargeBinary, CheckConstraint("length(hash) = 32"), nullable=False),
    Index("log_kind", "kind", "seq"),
    rows=True,
)
node = _table(
    "node",
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("idx", LONG, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, CheckConstraint("length(hash) = 32"), nullable=False),
)
account = _table(
    "account",
    Column("id", LONG, primary_key=True, autoincrement=False),
    Column("name", WORD, nullable=False, unique=True),
    rows=True,
)
origin = _table(
    "origin",
    Column("id", LONG, primary_key=True, autoincrement=False),
    Column("text", WORD, nullable=False, unique=True),
    rows=True,
)
entry = _table(
    "entry",
    Column("seq", LONG, ForeignKey("log.seq"), primary_key=True, autoincrement=False),
    Column("n", LONG, primary_key=True, autoincrement=False),
    Column("account", LONG, ForeignKey("account.id"), nullable=False),
    Column("element", WORD, nullable=False),
    Column("origin", LONG, ForeignKey("origin.id"), nullable=False),
    Column("ug", LONG, CheckConstraint("ug <> 0"), nullable=False),
)
balance = _table(
    "balance",
    Column("account", LONG, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("element", WORD, primary_key=True),
    Column("origin", LONG, ForeignKey("origin.id"), primary_key=True, autoincrement=False),
    Column("free", FLAG, nullable=False),
    Column("ug", LONG, CheckConstraint("ug <> 0"), nullable=False),
    CheckConstraint("ug > 0 OR free", name="balance_never_negative"),
)
lot = _table(
    "lot",
    Column("account", LONG, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("made", LONG, ForeignKey("log.seq"), primary_key=True, autoincrement=False),
    Column("unmade", LONG, ForeignKey("log.seq")),
)
move = _table(
    "move",
    Column("account", LONG, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("seq", LONG, ForeignKey("log.seq"), primary_key=True, autoincrement=False),
)
event = _table(
    "event",
    Column("seq", LONG, ForeignKey("log.seq"), primary_key=True, autoincrement=False),
    Column("type", WORD, nullable=False),
    Column("event_us", LONG, nullable=False),
    Column("action", WORD),
    Column("biz_step", WORD),
    Column("disposition", WORD),
    Column("read_point", WORD),
    Column("biz_location", WORD),
    Column("transformation", WORD),
    Column("hash", WORD, nullable=False),
    Column("erroneous", FLAG, nullable=False),
    Index("event_type", "type", "seq"),
    Index("event_time", "event_us", "seq"),
    Index("event_biz_step", "biz_step", "seq"),
    Index("event_disposition", "disposition", "seq"),
    Index("event_read_point", "read_point", "seq"),
    Index("event_biz_location", "biz_location", "seq"),
    Index("event_hash", "hash"),
    rows=True,
)
item = _table(
    "item",
    Column("seq", LONG, ForeignKey("log.seq"), primary_key=True, autoincrement=False),
    Column("value", WORD, primary_key=True),
    Column("role", WORD, primary_key=True),
    Index("item_value", "value", "role", "seq"),
)


def make(connection: Connection, number: int) -> None:
    """Create every table, index and trigger in an empty database and write the edition, a number."""
    if connection.dialect.name == "sqlite":
        for statement in sqlite_statements():
            connection.exec_driver_sql(statement)
    else:
        metadata.create_all(connection)
        for statement in _POSTGRESQL:
            connection.exec_driver_sql(statement)
    connection.execute(edition.insert().values(number=number))


def sqlite_statements() -> list[str]:
    """Return what makes an empty SQLite file a store, statement by statement, in order."""
    return [
        *sqlite_tables(metadata),
        *sqlite_frozen(FROZEN),
        "CREATE TRIGGER log_next BEFORE INSERT ON log WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM log) "
        "OR NEW.previous <> coalesce((SELECT hash FROM log ORDER BY seq DESC LIMIT 1), zeroblob(32)) BEGIN "
        "SELECT RAISE(ABORT, 'log: a record must follow the last one and name its hash'); END",
    ]


_POSTGRESQL = [
    *postgresql_frozen(FROZEN),
    "CREATE FUNCTION log_next() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE last record; BEGIN "
    "SELECT seq, hash INTO last FROM log ORDER BY seq DESC LIMIT 1; "
    "IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.previous <> coalesce(last.hash, decode(repeat('00', 32), 'hex')) "
    "THEN RAISE EXCEPTION 'log: a record must follow the last one and name its hash'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER log_next BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION log_next()",
]
