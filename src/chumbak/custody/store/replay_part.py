"""Replay of a run of records: everything that follows from their bodies is worked out again and compared.

A part that does not begin at the first record starts from what the database says of the records before it; the part
that holds those has checked that, so that all parts together leave nothing unchecked.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from chumbak.custody.finding import LedgerError
from chumbak.custody.ledger.origin import Origin, parse
from chumbak.custody.ledger.posting import Entry, Posting
from chumbak.custody.log.heads import Head, holds
from chumbak.custody.log.merkle import Frontier
from chumbak.custody.log.record import EMPTY, entries_digest, leaf, preimage
from chumbak.custody.store import rows
from chumbak.custody.store.ledger import Kept, posting_of, taken_back, written
from chumbak.custody.store.prepare import DECLARED, Prepared, again, decode, digest_of, hash_of
from chumbak.custody.store.read import entries_of

BLOCK = 2_000  # records read at once
Columns = tuple[Any, ...]
Balances = dict[str, dict[tuple[str, Origin], int]]


class Fault(NamedTuple):
    """The first thing that is wrong: the record (None if it is none in particular), its id, and a sentence."""

    seq: int | None
    id: str | None
    what: str


class Row(NamedTuple):
    """A row of the log."""

    seq: int
    kind: str
    recorded_us: int
    id: str
    digest: bytes
    body: bytes
    entries_digest: bytes
    previous: bytes
    hash: bytes


@dataclass
class Part:
    """What a part found: its first fault, or what the projections must be as far as it saw.

    ``balances`` are at its end (of all records up to there), ``lots`` rows of (name, made, unmade) that it made,
    ``unmade`` (name, made) of lots of earlier parts with the record that took them back; ``moves`` are accounts and
    records in turn, ``items`` counts rows of the table ``item``.
    """

    fault: Fault | None = None
    events: int = 0
    balances: Balances = field(default_factory=dict)
    lots: dict[tuple[str, int], int | None] = field(default_factory=dict)
    unmade: dict[tuple[str, int], int] = field(default_factory=dict)
    items: int = 0
    moves: array[int] = field(default_factory=lambda: array("q"))
    origins: set[int] = field(default_factory=set)


class Wrong(Exception):  # noqa: N818
    """A record that is not what it must be."""


def replay_part(engine: Engine, first: int, last: int, key: bytes, deep: bool) -> Part:
    """Replay the records from first to last (both included). ``key`` is the public key of the log.

    ``deep`` works out the CBV hash of every event as well.
    """
    with engine.connect() as connection:
        replay = _Replay(connection, first, key, deep)
        try:
            for start in range(first, last + 1, BLOCK):
                replay.block(start, min(start + BLOCK, last + 1))
        except Wrong as wrong:
            replay.part.fault = Fault(replay.seq, replay.id, str(wrong))
        except Exception as error:  # whatever cannot be worked out again is not as it was written
            what = f"it cannot be worked out again: {type(error).__name__}: {error}"
            replay.part.fault = Fault(replay.seq, replay.id, what)
        replay.part.balances = {name: held for name, held in replay.balances.items() if held}
        return replay.part


class _Replay:
    """The ledger as it stands before a record, and the record that is looked at."""

    def __init__(self, connection: Connection, first: int, key: bytes, deep: bool) -> None:
        self.connection, self.key, self.deep = connection, key, deep
        self.part = Part()
        self.seq = first
        self.id: str | None = None
        self.balances: Balances = {}
        self.made: dict[str, int] = {}  # lots that are known
        self.declared = {
            row[0]: rows.Found(*row[1:])
            for row in self.ask(
                "SELECT log.id, log.seq, log.digest FROM event JOIN log USING (seq) WHERE event.erroneous"
            )
        }
        self.hash, self.recorded_us, self.frontier = EMPTY, 0, Frontier()
        self.names: dict[int, str] = {}  # accounts and origins of the entries of a block, by number
        self.texts: dict[int, str] = {}
        if first > 1:
            self.begin(first)

    def ask(self, text: str) -> list[Columns]:
        """Return all rows of a question, as the driver gives them."""
        driver = self.connection.connection.driver_connection
        assert driver is not None
        found: list[Columns] = driver.execute(text).fetchall()
        return found

    def begin(self, first: int) -> None:
        """Take over what the database says of the records before ``first``."""
        [(self.hash, self.recorded_us)] = self.ask(f"SELECT hash, recorded_us FROM log WHERE seq = {first - 1}")
        size = first - 1
        self.frontier = Frontier.at(size, lambda level, index: self.ask(
            f"SELECT hash FROM node WHERE level = {level} AND idx = {index}")[0][0])  # fmt: skip
        text = (
            "SELECT account.name, sums.element, origin.text, sums.ug FROM "
            "(SELECT account, element, origin, sum(ug) AS ug "
            f"FROM entry WHERE seq < {first} GROUP BY account, element, origin HAVING sum(ug) <> 0) AS sums "
            "JOIN account ON account.id = sums.account JOIN origin ON origin.id = sums.origin"
        )
        for name, element, origin, ug in self.ask(text):
            self.balances.setdefault(name, {})[element, parse(origin)] = int(ug)
        text = (
            "SELECT account.name, lot.made FROM lot JOIN account ON account.id = lot.account "
            f"WHERE lot.made < {first} AND (lot.unmade IS NULL OR lot.unmade >= {first})"
        )
        self.made = {name[4:]: made for name, made in self.ask(text)}

    # The view that posting needs -------------------------------------------------------------------------------------

    def kept(self, id: str) -> Kept | None:
        """Return the record kept under an id before this one."""
        if id.endswith(DECLARED):
            found = self.declared.get(id)
        else:
            listed = rows.among(self.connection, "SELECT seq, digest FROM log WHERE id IN", [id])
            found = rows.Found(*listed[0]) if listed else None
        return found if found is not None and found.seq < self.seq else None

    def holdings(self, lots: Iterable[str]) -> Mapping[str, Mapping[tuple[str, Origin], int]]:
        """Return what lots hold, those that are known."""
        return {lot: self.balances.get(f"lot:{lot}", {}) for lot in lots if lot in self.made}

    def made_by(self, lot: str) -> int | None:
        """Return the record that made a lot."""
        return self.made.get(lot)

    def entries_of(self, seq: int) -> Sequence[Entry]:
        """Return the entries of a record."""
        return entries_of(self.connection, seq)

    def used_after(self, lot: str, seq: int) -> Sequence[str]:
        """Return ids of records between that one and this that moved a lot and have not been taken back by now."""
        text = (
            "SELECT log.id FROM move JOIN account ON account.id = move.account JOIN log ON log.seq = move.seq "
            f"WHERE move.seq > {seq} AND move.seq < {self.seq} AND account.name IN"
        )
        ids = [row[0] for row in rows.among(self.connection, text, [f"lot:{lot}"])]
        gone = {id for id in taken_back(self.connection, ids) if self.kept(id + DECLARED) is not None}
        return [id for id in ids if id not in gone and not id.endswith(DECLARED)]

    # Records ---------------------------------------------------------------------------------------------------------

    def block(self, start: int, end: int) -> None:
        """Check the records from start (included) to end; where they cannot be read, find the first that cannot."""
        self.seq, self.id = start, None
        try:
            log, facts, items, entries = self.read(start, end)
        except Exception as error:
            if end - start == 1:
                raise Wrong(f"it, or what belongs to it, cannot be read: {error}") from error
            middle = (start + end) // 2
            self.block(start, middle)
            self.block(middle, end)
            return
        nodes: list[tuple[int, int, bytes]] = []
        for expected in range(start, end):
            row = Row(*log[expected - start]) if expected - start < len(log) else None
            self.seq, self.id = expected, None
            if row is None or row.seq != expected:
                raise Wrong(f"record {expected} is not there")
            self.id = row.id
            nodes += self.record(row, facts.get(expected), items.get(expected, []), entries.get(expected, []))
        self.nodes(start, end, nodes)

    def read(
        self, start: int, end: int
    ) -> tuple[list[Columns], dict[int, Columns], dict[int, list[Columns]], dict[int, list[Columns]]]:
        """Return rows of ``log``, and of ``event``, ``item`` and ``entry`` by record, from start (included) to end."""
        within = f"seq >= {start} AND seq < {end} ORDER BY seq"
        log = self.ask(
            "SELECT seq, kind, recorded_us, id, digest, body, entries_digest, previous, hash FROM log WHERE " + within
        )
        facts = {row[0]: row for row in self.ask(f"SELECT * FROM event WHERE {within}")}
        named = self.ask(f"SELECT seq, value, role FROM item WHERE {within}, value, role")
        listed = self.ask(f"SELECT seq, account, element, origin, ug, n FROM entry WHERE {within}, n")
        among = f"(SELECT {{}} FROM entry WHERE seq >= {start} AND seq < {end})"
        self.names = dict(self.ask("SELECT id, name FROM account WHERE id IN " + among.format("account")))
        self.texts = dict(self.ask("SELECT id, text FROM origin WHERE id IN " + among.format("origin")))
        self.part.moves.extend(chain.from_iterable(set(map(itemgetter(1, 0), listed))))
        self.part.origins.update(map(itemgetter(3), listed))
        return log, facts, _by_record(named), _by_record(listed)

    def record(
        self, row: Row, facts: Columns | None, named: list[Columns], listed: list[Columns]
    ) -> list[tuple[int, int, bytes]]:
        """Check a record and take it over; returns the nodes of the tree that it completes."""
        if row.previous != self.hash:
            raise Wrong("it does not follow the record before it: the hash that it names is another")
        covered = preimage(
            row.seq, row.kind, row.recorded_us, row.id, sha256(row.body).digest(), row.entries_digest, row.previous
        )
        if sha256(covered).digest() != row.hash:
            raise Wrong("its hash is not that of its content: the record was changed")
        if row.recorded_us < self.recorded_us:
            raise Wrong("it was recorded before the record before it")
        posting = self.event(row, facts, named) if row.kind == "event" else self.other(row, facts, named)
        self.entries(row, posting, listed)
        self.hash, self.recorded_us = row.hash, row.recorded_us
        return self.frontier.grow(leaf(covered))

    def other(self, row: Row, facts: Columns | None, named: list[Columns]) -> Posting:
        """Check a record that is no event."""
        if facts is not None or named:
            raise Wrong("the table 'event' or 'item' has it, but it is none")
        body = decode(row.body)
        if row.digest != digest_of(body):
            raise Wrong("its digest is not that of its body")
        if row.kind == "head":
            head = Head.of(body)
            if not holds(head, self.key):
                raise Wrong("this head is not signed with the key of the log")
            if head.size != self.frontier.size or head.root != self.frontier.root():
                raise Wrong(
                    "this signed head is not that of the records before it: they were changed after it was signed"
                )
        return Posting()

    def event(self, row: Row, facts: Columns | None, named: list[Columns]) -> Posting:
        """Check an event against what queries are told of it, and return what it does."""
        prepared = again(row.body)
        assert prepared.facts is not None
        if prepared.id != row.id:
            raise Wrong(f"its id must be {prepared.id}")
        if prepared.digest != row.digest:
            raise Wrong("its digest is not that of its body")
        if facts != (row.seq, *prepared.facts):
            raise Wrong("the table 'event' does not say what the event says")
        if self.deep and prepared.facts[8] != hash_of(row.body):
            raise Wrong("the hash of its content (CBV) is another")
        if named != [(row.seq, *one) for one in prepared.items]:
            raise Wrong("the table 'item' does not say what the event says")
        self.part.events += 1
        self.part.items += len(named)
        return self.posted(prepared)

    def posted(self, prepared: Prepared) -> Posting:
        """Return what an event does."""
        try:
            return posting_of(self, prepared)
        except LedgerError as error:
            raise Wrong(f"the ledger refuses it: {error}") from error

    def entries(self, row: Row, posting: Posting, listed: list[Columns]) -> None:
        """Check the entries of a record and post them."""
        expected = written(posting.entries)
        # In order of n, all different: they count from zero without a gap if the first and the last do.
        counted = not listed or (listed[0][5] == 0 and listed[-1][5] == len(listed) - 1)
        names, texts = self.names.get, self.texts.get
        there = [(names(account), element, texts(origin), ug) for _, account, element, origin, ug, _ in listed]
        if there != expected or not counted:
            raise Wrong("its entries in the ledger are not those that it must have")
        if entries_digest(expected) != row.entries_digest:
            raise Wrong("the digest of its entries is another")
        last = ""
        held: dict[tuple[str, Origin], int] = {}
        for account, element, origin, delta in posting.entries:
            if account != last:  # they are in the order of accounts
                last, held = account, self.balances.setdefault(account, {})
            key = (element, origin)
            amount = held.get(key, 0) + delta
            if amount:
                held[key] = amount
            else:
                del held[key]
        part = self.part
        for lot in posting.lots_unmade:
            made = self.made.pop(lot)
            if (lot, made) in part.lots:
                part.lots[lot, made] = row.seq
            else:
                part.unmade[lot, made] = row.seq
        for lot in posting.lots_made:
            self.made[lot] = row.seq
            part.lots[lot, row.seq] = None

    def nodes(self, start: int, end: int, made: list[tuple[int, int, bytes]]) -> None:
        """Check the nodes of the tree that a block of records completes."""
        by_level: dict[int, list[tuple[int, bytes]]] = {}
        for level, index, hash in made:
            by_level.setdefault(level, []).append((index, hash))
        for level, expected in by_level.items():
            low, high = expected[0][0], expected[-1][0]
            found = self.ask(
                f"SELECT idx, hash FROM node WHERE level = {level} AND idx BETWEEN {low} AND {high} ORDER BY idx"
            )
            if found != expected:
                known: dict[int, bytes] = dict(found)
                bad = next(index for index, hash in expected if known.get(index) != hash)
                self.seq, self.id = min(max((bad + 1) << level, start), end - 1), None
                raise Wrong(f"a node of the Merkle tree (level {level}, number {bad}) is not what it must be")


def _by_record(listed: list[Columns]) -> dict[int, list[Columns]]:
    return {seq: list(group) for seq, group in groupby(listed, itemgetter(0))}


def parts(first: int, last: int, count: int) -> Iterator[tuple[int, int]]:
    """Cut records into runs of about the same length."""
    step = -(-(last - first + 1) // count)
    for start in range(first, last + 1, step):
        yield start, min(start + step - 1, last)
