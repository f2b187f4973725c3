"""Reading a store: events, holdings, accounts, records, proofs. Reading never makes the writer wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from chumbak.custody.ledger.origin import Origin, parse
from chumbak.custody.ledger.posting import Entry
from chumbak.custody.log.heads import Head
from chumbak.custody.log.merkle import Nodes, consistency_proof, inclusion_proof, root
from chumbak.custody.log.record import Record, leaf
from chumbak.custody.store import rows, tables
from chumbak.custody.store.prepare import DECLARED, decode, one_name, read_event
from chumbak.custody.store.query import ROLES, Query, Token, statement

MOST_AT_ONCE = 1_000  # events read by one question of the database
# What the top-level resources of EPCIS list, and where it stands.
COLUMNS = {
    "eventTypes": "type", "bizSteps": "biz_step", "dispositions": "disposition", "readPoints": "read_point",
    "bizLocations": "biz_location",
}  # fmt: skip

OBJECT_ROLES = (*ROLES["MATCH_anyEPC"], *ROLES["MATCH_anyEPCClass"])


class Event(NamedTuple):
    """An event as it was captured, with its number and time in the log. Its id may end in ``#errorDeclaration``."""

    seq: int
    id: str
    recorded_us: int
    event: dict[str, Any]
    context: Any
    hash: str


class Page(NamedTuple):
    """Events, and the token of the next page (None if this is the last)."""

    events: list[Event]
    token: str | None


class Line(NamedTuple):
    """A line of an account: the record that moved it and the micrograms."""

    seq: int
    element: str
    origin: Origin
    ug: int


@dataclass(frozen=True)
class Proof:
    """That a record is in the log: its ``leaf`` leads by ``path`` to the root of the first ``size`` records."""

    record: Record
    leaf: bytes
    size: int
    root: bytes
    path: list[bytes]


class Reader:
    """Reads the database of an engine. Every method sees the records that are committed when it is called."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # Events ----------------------------------------------------------------------------------------------------------

    def events(self, query: Query = Query(), limit: int = 30, token: str | None = None) -> Page:  # noqa: B008
        """Return the next events that a query asks for, at most ``limit``. Raises ``ValueError`` for a bad token."""
        found: list[Event] = []
        after = Token.of(token) if token is not None else None
        with self._engine.connect() as connection:
            last_seq = after.last_seq if after is not None else self._last_seq(connection)
            while True:
                want = MOST_AT_ONCE if query.holds else limit - len(found) + 1
                listed = connection.execute(statement(query, last_seq, after, want)).all()
                for seq, id, recorded_us, body, value in listed:
                    event, context, hash = read_event(body)
                    if all(holds(event, context) for holds in query.holds):
                        if len(found) == limit:
                            return Page(found, after.text() if after is not None else None)
                        found.append(Event(seq, id, recorded_us, event, context, hash))
                        after = Token(last_seq, value, seq)
                    elif len(found) < limit:
                        after = Token(last_seq, value, seq)
                if len(listed) < want:
                    return Page(found, None)

    def event(self, id: str) -> Event | None:
        """Return the event with an id (its eventID or its hash), as it was first captured."""
        with self._engine.connect() as connection:
            row = connection.execute(select(tables.log).where(tables.log.c.id == id)).first()
        return Event(row.seq, row.id, row.recorded_us, *read_event(row.body)) if row and row.kind == "event" else None

    def declared(self, id: str) -> Event | None:
        """Return the event by which the one with this id was declared erroneous."""
        return self.event(id + DECLARED)

    def values(self, resource: str, after: str = "", limit: int = 30) -> list[str]:
        """Return what events name, in order and each once: eventTypes, bizSteps, ..., epcs."""
        if resource == "epcs":
            table, column = "item", "value"
        elif resource in COLUMNS:
            table, column = "event", COLUMNS[resource]
        else:
            raise ValueError(f"'{resource}' is not listed; ask for {', '.join([*COLUMNS, 'epcs'])}.")
        found: list[str] = []
        names = tables.metadata.tables[table].c[column]
        with self._engine.connect() as connection:
            while len(found) < limit:
                # One seek of the index a value: a DISTINCT would read every row.
                asked = select(names).where(names > after).order_by(names).limit(1)
                if table == "item":
                    asked = asked.where(tables.item.c.role.in_(OBJECT_ROLES))
                value = connection.execute(asked).scalar()
                if value is None:
                    break
                found.append(value)
                after = value
        return found

    # The ledger ------------------------------------------------------------------------------------------------------

    def holdings(self, lot: str) -> dict[tuple[str, Origin], int] | None:
        """Return micrograms by element and origin that a lot holds; None if no lot of this name is known."""
        account = f"lot:{one_name(lot)}"
        with self._engine.connect() as connection:
            text = "SELECT lot.made FROM account JOIN lot ON lot.account = account.id "
            text += "AND lot.unmade IS NULL WHERE account.name IN"
            if not rows.among(connection, text, [account]):
                return None
            return self._balance(connection, account)

    def balance(self, account: str) -> dict[tuple[str, Origin], int]:
        """Return micrograms by element and origin of an account (``loss:slag:...``); empty if there is none."""
        with self._engine.connect() as connection:
            return self._balance(connection, account)

    def accounts(self, start: str = "", after: str = "", limit: int = 1_000) -> list[str]:
        """Return names of accounts that start so, in order."""
        name = tables.account.c.name
        asked = select(name).where(name >= start, name < start + "\U0010ffff", name > after).order_by(name).limit(limit)
        with self._engine.connect() as connection:
            return list(connection.execute(asked).scalars())

    def lines(self, account: str, first_seq: int = 1, last_seq: int = tables.MOST) -> list[Line]:
        """Return the entries of an account in the records from first to last (both included), in order."""
        text = (
            "SELECT entry.seq, entry.element, origin.text, entry.ug FROM account "
            "JOIN move ON move.account = account.id "
            "JOIN entry ON entry.seq = move.seq AND entry.account = account.id JOIN origin ON origin.id = entry.origin "
            f"WHERE move.seq BETWEEN {int(first_seq)} AND {int(last_seq)} AND account.name IN"
        )
        with self._engine.connect() as connection:
            found = sorted(tuple(row) for row in rows.among(connection, text, [account]))
        return [Line(seq, element, parse(origin), ug) for seq, element, origin, ug in found]

    def entries(self, seq: int) -> list[Entry]:
        """Return the entries of a record, in order."""
        with self._engine.connect() as connection:
            return entries_of(connection, seq)

    # The log ---------------------------------------------------------------------------------------------------------

    def record(self, seq: int) -> Record | None:
        """Return a record of the log."""
        with self._engine.connect() as connection:
            row = connection.execute(select(tables.log).where(tables.log.c.seq == seq)).first()
        return _record(row) if row else None

    def record_of(self, id: str) -> Record | None:
        """Return the record that is kept under an id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(tables.log).where(tables.log.c.id == id)).first()
        return _record(row) if row else None

    def records(self, first_seq: int = 1, kind: str | None = None, last_seq: int | None = None) -> Iterator[Record]:
        """Yield records in order, in parts of a thousand, up to the last there is when this is called."""
        log = tables.log
        if last_seq is None:
            last_seq = self.last_seq()
        while True:
            asked = select(log).where(log.c.seq >= first_seq, log.c.seq <= last_seq)
            if kind is not None:
                asked = asked.where(log.c.kind == kind)
            with self._engine.connect() as connection:
                listed = connection.execute(asked.order_by(log.c.seq).limit(MOST_AT_ONCE)).all()
            for row in listed:
                yield _record(row)
            if len(listed) < MOST_AT_ONCE:
                return
            first_seq = listed[-1].seq + 1

    def last_seq(self) -> int:
        """Return the number of the last record."""
        with self._engine.connect() as connection:
            return self._last_seq(connection)

    def heads(self) -> list[Head]:
        """Return every signed head, oldest first."""
        return [Head.of(decode(record.body)) for record in self.records(kind="head")]

    def key(self) -> bytes:
        """Return the public key of the log, 32 bytes, as its first record names it."""
        from base64 import b64decode

        first = self.record(1)
        assert first is not None  # an open store has one
        return b64decode(decode(first.body)["public_key"])

    def proof(self, seq: int, size: int | None = None) -> Proof:
        """Return the proof that a record is among the first ``size`` (all there are); raises ``ValueError``."""
        record = self.record(seq)
        if record is None:
            raise ValueError(f"There is no record {seq}.")
        with self._engine.connect() as connection:
            count = self._last_seq(connection) if size is None else size
            if not seq <= count <= self._last_seq(connection):
                raise ValueError(f"Record {seq} is not among the first {count}, or there are not so many.")
            nodes = nodes_of(connection)
            path = inclusion_proof(seq - 1, count, nodes)
            return Proof(record, leaf(record.preimage()), count, root(count, nodes), path)

    def growth(self, first: int, second: int) -> list[bytes]:
        """Return the proof that the tree of the first ``second`` records only grew from that of the first ``first``."""
        with self._engine.connect() as connection:
            if second > self._last_seq(connection):
                raise ValueError(f"There are no {second} records.")
            return consistency_proof(first, second, nodes_of(connection))

    # -----------------------------------------------------------------------------------------------------------------

    def _last_seq(self, connection: Connection) -> int:
        return int(connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM log").scalar_one())

    def _balance(self, connection: Connection, account: str) -> dict[tuple[str, Origin], int]:
        text = (
            "SELECT balance.element, origin.text, balance.ug FROM account JOIN balance ON balance.account = account.id "
            "JOIN origin ON origin.id = balance.origin WHERE account.name IN"
        )
        found = rows.among(connection, text, [account])
        return {(element, parse(origin)): ug for element, origin, ug in sorted(tuple(row) for row in found)}


def nodes_of(connection: Connection) -> Nodes:
    """Return what fetches nodes of the tree over the log; it raises ``NoResultFound`` for one that is not there."""

    def node(level: int, index: int) -> bytes:
        asked = f"SELECT hash FROM node WHERE level = {int(level)} AND idx = {int(index)}"
        return bytes(connection.exec_driver_sql(asked).scalar_one())

    return node


def entries_of(connection: Connection, seq: int) -> list[Entry]:
    """Return the entries of a record, in order."""
    found = connection.exec_driver_sql(
        "SELECT account.name, entry.element, origin.text, entry.ug FROM entry "
        "JOIN account ON account.id = entry.account "
        f"JOIN origin ON origin.id = entry.origin WHERE entry.seq = {int(seq)} ORDER BY entry.n"
    )
    return [Entry(name, element, parse(origin), ug) for name, element, origin, ug in found]


def _record(row: Any) -> Record:
    return Record(row.seq, row.kind, row.recorded_us, row.id, row.body, row.entries_digest, row.previous)
