"""Replay of a run of records: everything that follows from their bodies is worked out again and compared.

A part that does not begin at the first record starts from what the database says of the records before it. Whoever
replays those has checked that, and ``Part.bases`` says what of it was used; so all parts together leave nothing
unchecked. Rows are compared many records at once, since that is quick, and one by one only to name the first wrong one.
"""

from __future__ import annotations

import gc
import pickle
import sqlite3
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from operator import eq, itemgetter, ne
from typing import Any, NamedTuple

from chumbak.custody.finding import LedgerError
from chumbak.custody.ledger.origin import Origin, origin_text, parse
from chumbak.custody.ledger.posting import Entry, Posting
from chumbak.custody.log.heads import Head, holds
from chumbak.custody.log.merkle import Frontier
from chumbak.custody.log.record import EMPTY, entries_digest, leaf, preimage
from chumbak.custody.store.ledger import Kept, posting_of
from chumbak.custody.store.prepare import DECLARED, Prepared, again, decode, digest_of, hash_of
from chumbak.custody.store.rows import Found

BLOCK = 400  # records read at once: more do not fit the cache of a processor
BUSY_SECONDS = 20  # how long to wait for another process to let go of the file
ENTRY = ("seq", "n", "account", "element", "origin", "ug")  # columns of the table that are compared
Columns = tuple[Any, ...]
Balances = dict[str, dict[tuple[str, Origin], int]]
_NOTHING = Posting()


class Fault(NamedTuple):
    """The first thing that is wrong: the record (None if it is none in particular), its id, and a sentence."""

    seq: int | None
    id: str | None
    what: str


@dataclass
class Part:
    """What a part found: its first fault, or what the projections must be as far as it saw.

    ``balances`` are what its records moved: the sums of their entries, and of a lot in ``bases`` what it holds at the
    end. ``bases`` are what lots of earlier parts held at its beginning, of those that it asked for. ``lots`` are rows
    of (name, made, unmade) that it made, ``unmade`` (name, made) of lots of earlier parts with the record that took
    them back; ``moves`` are accounts and records in turn, ``items`` counts rows of the table ``item``.
    """

    fault: Fault | None = None
    events: int = 0
    balances: Balances = field(default_factory=dict)
    bases: Balances = field(default_factory=dict)
    lots: dict[tuple[str, int], int | None] = field(default_factory=dict)
    unmade: dict[tuple[str, int], int] = field(default_factory=dict)
    items: int = 0
    moves: array[int] = field(default_factory=lambda: array("q"))
    origins: set[int] = field(default_factory=set)


class Wrong(Exception):  # noqa: N818
    """A record that is not what it must be."""


class _Texts(dict[Origin, str]):
    """The text of each origin that was met."""

    def __missing__(self, origin: Origin) -> str:
        self[origin] = text = origin_text(origin)
        return text


class _Rows:
    """What the tables must have of a block of records."""

    def __init__(self) -> None:
        self.facts: list[Columns] = []
        self.items: list[Columns] = []
        # Of the entries, column by column, which is quicker to compare than row by row.
        self.seqs: list[int] = []
        self.numbers: list[int] = []  # within the record
        self.accounts: list[int | None] = []  # None: no entry of the block is of this account
        self.elements: list[str] = []
        self.origins: list[str] = []
        self.micrograms: list[int] = []

    def entries(self) -> tuple[list[Any], ...]:
        """Return the columns of the entries, as the table has them but for the origins, which are texts."""
        return self.seqs, self.numbers, self.accounts, self.elements, self.origins, self.micrograms


class Asked(NamedTuple):
    """What the tables have of a block of records: rows of ``log``, ``event``, ``item``, columns of ``entry``."""

    log: list[Columns]
    facts: list[Columns]
    items: list[Columns]
    entries: list[list[Any]]


def replay_part(driver: Any, first: int, last: int, key: bytes, deep: bool) -> Part:
    """Replay the records from first to last (both included). ``key`` is the public key of the log.

    ``driver`` is a connection of sqlite3 or psycopg. ``deep`` works out the CBV hash of every event as well.
    """
    replay = _Replay(driver, first, key, deep)
    replay.begin()
    try:
        for start in range(first, last + 1, BLOCK):
            replay.block(start, min(start + BLOCK, last + 1))
    except Wrong as wrong:
        replay.part.fault = Fault(replay.seq, replay.id, str(wrong))
    except Exception as error:  # whatever cannot be worked out again is not as it was written
        what = f"it cannot be worked out again: {type(error).__name__}: {error}"
        replay.part.fault = Fault(replay.seq, replay.id, what)
    balances = replay.part.balances
    replay.part.balances = {name: held for name, held in balances.items() if held or name in replay.part.bases}
    return replay.part


class _Replay:
    """The ledger as it stands before a record, and the record that is looked at."""

    def __init__(self, driver: Any, first: int, key: bytes, deep: bool) -> None:
        self.driver, self.first, self.key, self.deep = driver, first, key, deep
        self.part = Part()
        self.seq = first
        self.id: str | None = None
        self.balances = self.part.balances
        self.made: dict[str, int] = {}  # lots that are known
        self.declared: dict[str, Found] = {}
        sqlite = hasattr(driver, "create_function")  # which alone has them
        self.mark, self.gather = ("?", "json_group_array") if sqlite else ("%s", "json_agg")
        self.hash, self.recorded_us, self.frontier = EMPTY, 0, Frontier()
        self.leaves: list[bytes] = []  # that are still to be put into the tree
        self.nodes: list[tuple[int, int, list[bytes]]] = []  # of the tree, that are still to be compared
        self.rows = _Rows()
        self.names: dict[int, str] = {}  # accounts and origins that entries name, by number
        self.texts: dict[int, str] = {}
        self.numbers: dict[str, int] = {}  # of accounts, by name
        self.text_of = _Texts()

    def ask(self, text: str, *values: Any) -> list[Columns]:
        """Return all rows of a question, as the driver gives them; a value stands where the text has a ``?``."""
        asked = self.driver.execute(text.replace("?", self.mark), values) if values else self.driver.execute(text)
        found: list[Columns] = asked.fetchall()
        return found

    def begin(self) -> None:
        """Take over what the database says of the records before the first; holdings of lots when they are asked."""
        first = self.first
        if first == 1:
            return
        text = (
            "SELECT log.id, log.seq, log.digest FROM event JOIN log USING (seq) "
            f"WHERE event.erroneous AND event.seq < {first}"
        )
        self.declared = {id: Found(seq, digest) for id, seq, digest in self.ask(text)}
        [(self.hash, self.recorded_us)] = self.ask(f"SELECT hash, recorded_us FROM log WHERE seq = {first - 1}")
        self.frontier = Frontier.at(first - 1, lambda level, index: self.ask(
            f"SELECT hash FROM node WHERE level = {level} AND idx = {index}")[0][0])  # fmt: skip
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
            listed = self.ask("SELECT seq, digest FROM log WHERE id = ?", id)
            found = Found(*listed[0]) if listed else None
        return found if found is not None and found.seq < self.seq else None

    def holdings(self, lots: Iterable[str]) -> Mapping[str, Mapping[tuple[str, Origin], int]]:
        """Return what lots hold, those that are known."""
        return {lot: self.held(f"lot:{lot}") for lot in lots if lot in self.made}

    def held(self, account: str) -> dict[tuple[str, Origin], int]:
        """Return the balances of an account, to be read and changed: since ``first``, but of lots what they hold."""
        found = self.balances.get(account)
        if found is None:
            found = self.balances[account] = {}
            if self.first > 1 and account.startswith("lot:") and self.made.get(account[4:], self.first) < self.first:
                text = (
                    "SELECT entry.element, origin.text, sum(entry.ug) FROM account "
                    "JOIN move ON move.account = account.id "
                    "JOIN entry ON entry.seq = move.seq AND entry.account = move.account "
                    "JOIN origin ON origin.id = entry.origin "
                    f"WHERE account.name = ? AND move.seq < {self.first} GROUP BY entry.element, origin.text"
                )
                found.update({(element, parse(text)): int(ug) for element, text, ug in self.ask(text, account) if ug})
                self.part.bases[account] = dict(found)
        return found

    def made_by(self, lot: str) -> int | None:
        """Return the record that made a lot."""
        return self.made.get(lot)

    def entries_of(self, seq: int) -> Sequence[Entry]:
        """Return the entries of a record."""
        text = (
            "SELECT account.name, entry.element, origin.text, entry.ug FROM entry "
            "JOIN account ON account.id = entry.account JOIN origin ON origin.id = entry.origin "
            f"WHERE entry.seq = {seq} ORDER BY entry.n"
        )
        return [Entry(name, element, parse(origin), ug) for name, element, origin, ug in self.ask(text)]

    def used_after(self, lot: str, seq: int) -> Sequence[str]:
        """Return ids of records between that one and this that moved a lot and have not been taken back by now."""
        text = (
            "SELECT log.id FROM move JOIN account ON account.id = move.account JOIN log ON log.seq = move.seq "
            f"WHERE move.seq > {seq} AND move.seq < {self.seq} AND account.name = ?"
        )
        ids = [row[0] for row in self.ask(text, f"lot:{lot}")]
        return [id for id in ids if not id.endswith(DECLARED) and self.kept(id + DECLARED) is None]

    # Records ---------------------------------------------------------------------------------------------------------

    def block(self, start: int, end: int) -> None:
        """Check the records from start (included) to end; where they cannot be read, find the first that cannot."""
        self.seq, self.id = start, None
        try:
            asked = self.read(start, end)
        except Exception as error:
            if end - start == 1:
                raise Wrong(f"it, or what belongs to it, cannot be read: {error}") from error
            middle = (start + end) // 2
            self.block(start, middle)
            self.block(middle, end)
            return
        self.rows = _Rows()
        try:
            for expected in range(start, end):
                row = asked.log[expected - start] if expected - start < len(asked.log) else None
                self.seq, self.id = expected, None
                if row is None or row[0] != expected:
                    raise Wrong(f"record {expected} is not there")
                self.id = row[3]
                self.record(row)
        except Exception:
            self.compare(asked, self.seq)  # what belongs to a record before it may be wrong too
            raise
        self.compare(asked, end)
        self.grow()
        self.compare_nodes(start, end)

    def read(self, start: int, end: int) -> Asked:
        """Return rows of the records from start (included) to end, and the names that they use."""
        within = f"seq >= {start} AND seq < {end} ORDER BY seq"
        log = self.ask(
            "SELECT seq, kind, recorded_us, id, digest, body, entries_digest, previous, hash FROM log WHERE " + within
        )
        facts = self.ask(f"SELECT * FROM event WHERE {within}")
        items = self.ask(f"SELECT seq, value, role FROM item WHERE {within}, value, role")
        columns = self.columns("entry", ENTRY, f"{within}, n")
        origins = set(columns[4])
        names = self.learn(self.names, "SELECT id, name FROM account", set(columns[2]))
        self.numbers.update((name, number) for number, name in names)
        self.learn(self.texts, "SELECT id, text FROM origin", origins)
        self.part.origins |= origins
        return Asked(log, facts, items, columns)

    def columns(self, table: str, names: Sequence[str], within: str) -> list[list[Any]]:
        """Return columns of a table, each gathered by the database: with many short rows quicker than these."""
        gathered = ", ".join(f"{self.gather}({name})" for name in names)
        text = f"SELECT {gathered} FROM (SELECT {', '.join(names)} FROM {table} WHERE {within}) AS ordered"
        [found] = self.ask(text)
        # SQLite gives texts; psycopg lists that it has read, and None of no rows.
        return [decode(column) if isinstance(column, str) else column or [] for column in found]

    def learn(self, known: dict[int, str], text: str, numbers: set[int]) -> list[Columns]:
        """Ask for the names that are not known yet, and return them. Numbers are in the order in which they came."""
        new = numbers.difference(known)
        if not new:
            return []
        low, high = min(new), max(new)
        listed = ", ".join(map(str, sorted(new)))
        within = f"BETWEEN {low} AND {high}" if high - low < 4 * len(new) + 100 else f"IN ({listed})"
        found = self.ask(f"{text} WHERE id {within}")
        known.update(found)
        return found

    def record(self, row: Columns) -> None:
        """Check a record and take it over."""
        seq, kind, recorded_us, id, digest, body, entries, previous, hash = row
        if previous != self.hash:
            raise Wrong("it does not follow the record before it: the hash that it names is another")
        covered = preimage(seq, kind, recorded_us, id, sha256(body).digest(), entries, previous)
        if sha256(covered).digest() != hash:
            raise Wrong("its hash is not that of its content: the record was changed")
        if recorded_us < self.recorded_us:
            raise Wrong("it was recorded before the record before it")
        posting = self.event(seq, id, digest, body) if kind == "event" else self.other(kind, digest, body)
        if posting is not _NOTHING:
            self.post(seq, posting, entries)
        elif entries != EMPTY:
            raise Wrong("the digest of its entries is another")
        self.hash, self.recorded_us = hash, recorded_us
        self.leaves.append(leaf(covered))

    def other(self, kind: str, digest: bytes, body: bytes) -> Posting:
        """Check a record that is no event."""
        value = decode(body)
        if digest != digest_of(value):
            raise Wrong("its digest is not that of its body")
        if kind == "head":
            head = Head.of(value)
            if not holds(head, self.key):
                raise Wrong("this head is not signed with the key of the log")
            self.grow()
            if head.size != self.frontier.size or head.root != self.frontier.root():
                raise Wrong(
                    "this signed head is not that of the records before it: they were changed after it was signed"
                )
        return _NOTHING

    def event(self, seq: int, id: str, digest: bytes, body: bytes) -> Posting:
        """Check an event, keep what queries must be told of it, and return what it does."""
        prepared = again(body)
        facts = prepared.facts
        assert facts is not None
        if prepared.id != id:
            raise Wrong(f"its id must be {prepared.id}")
        if prepared.digest != digest:
            raise Wrong("its digest is not that of its body")
        if self.deep and facts[8] != hash_of(body):
            raise Wrong("the hash of its content (CBV) is another")
        if prepared.first is not None:
            self.declared[id] = Found(seq, digest)
        self.rows.facts.append((seq, *facts))
        self.rows.items += [(seq, value, role) for value, role in prepared.items]
        self.part.events += 1
        self.part.items += len(prepared.items)
        return _NOTHING if prepared.statement is None else self.posted(prepared)

    def posted(self, prepared: Prepared) -> Posting:
        """Return what an event does."""
        try:
            return posting_of(self, prepared)
        except LedgerError as error:
            raise Wrong(f"the ledger refuses it: {error}") from error

    def post(self, seq: int, posting: Posting, digest: bytes) -> None:
        """Check the digest of a record's entries, keep what the table must have of them, and post them."""
        entries = posting.entries
        accounts, elements, origins, micrograms = zip(*entries, strict=True) if entries else ((), (), (), ())
        texts = list(map(self.text_of.__getitem__, origins))
        if entries_digest(zip(accounts, elements, texts, micrograms, strict=True)) != digest:
            raise Wrong("the digest of its entries is another")
        part, rows = self.part, self.rows
        rows.seqs += [seq] * len(entries)
        rows.numbers += range(len(entries))
        rows.accounts += map(self.numbers.get, accounts)
        rows.elements += elements
        rows.origins += texts
        rows.micrograms += micrograms
        start = 0
        for account, group in groupby(accounts):
            end = start + len(list(group))
            number = self.numbers.get(account)
            if number is not None:  # else its entries are not there, and will be missed
                part.moves.extend((number, seq))
            held = self.held(account)
            keys = zip(elements[start:end], origins[start:end], strict=True)
            if held:
                for key, delta in zip(keys, micrograms[start:end], strict=True):
                    amount = held.pop(key, 0) + delta
                    if amount:
                        held[key] = amount
            else:
                held.update(zip(keys, micrograms[start:end], strict=True))
            start = end
        for lot in posting.lots_unmade:
            made = self.made.pop(lot)
            if (lot, made) in part.lots:
                part.lots[lot, made] = seq
            else:
                part.unmade[lot, made] = seq
        for lot in posting.lots_made:
            self.made[lot] = seq
            part.lots[lot, seq] = None

    # Tables ----------------------------------------------------------------------------------------------------------

    def compare(self, asked: Asked, end: int) -> None:
        """Compare what the tables have with what they must have of the records before ``end``; name the first."""
        log, facts, items, columns = asked
        wanted = self.rows
        entries = [*columns[:4], list(map(self.texts.get, columns[4])), columns[5]]
        must = wanted.entries()
        if facts == wanted.facts and items == wanted.items and all(map(eq, entries, must)):
            return
        wrong = [
            (seq, what)
            for seq, what in (
                (_differ(facts, wanted.facts), "the table 'event' does not say what the record says"),
                (_differ(items, wanted.items), "the table 'item' does not say what the record says"),
                (
                    _differ(list(zip(*entries, strict=True)), list(zip(*must, strict=True))),
                    "its entries in the ledger are not those that it must have",
                ),
            )
            if seq is not None and seq < end
        ]
        if wrong:
            self.seq, what = min(wrong, key=itemgetter(0))
            of = [row for row in log if row[0] == self.seq]
            self.id = of[0][3] if of else None
            raise Wrong(what)

    def grow(self) -> None:
        """Put the leaves that wait into the tree."""
        self.nodes += self.frontier.extend(self.leaves)
        self.leaves = []

    def compare_nodes(self, start: int, end: int) -> None:
        """Check the nodes of the tree that a block of records completes."""
        for level, low, hashes in self.nodes:
            expected = list(enumerate(hashes, low))
            found = self.ask(
                f"SELECT idx, hash FROM node WHERE level = {level} AND idx BETWEEN {low} AND {low + len(hashes) - 1} "
                "ORDER BY idx"
            )
            if found != expected:
                known: dict[int, bytes] = dict(found)
                bad = next(index for index, hash in expected if known.get(index) != hash)
                self.seq, self.id = min(max((bad + 1) << level, start), end - 1), None
                raise Wrong(f"a node of the Merkle tree (level {level}, number {bad}) is not what it must be")
        self.nodes = []


def main() -> None:
    """Replay a part in a process of its own: told by a pickle on the standard input, answered by one on the output."""
    gc.disable()
    url, file, *run = pickle.load(sys.stdin.buffer)
    try:
        if file is not None:  # without SQLAlchemy, which takes longer to load than thousands of records to replay
            with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as driver:
                for pragma in ("query_only = ON", "trusted_schema = OFF", "cache_size = -65536"):
                    driver.execute(f"PRAGMA {pragma}")
                part = replay_part(driver, *run)
        else:
            from sqlalchemy.engine import make_url

            from chumbak.custody.store.open import engine_of

            with engine_of(make_url(url)).connect() as connection:
                part = replay_part(connection.connection.driver_connection, *run)
    except Exception as error:  # whoever asked looks for himself what cannot be read
        part = Part(Fault(None, None, f"the store cannot be read: {type(error).__name__}: {error}"))
    pickle.dump(part, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.flush()


def _differ(there: Sequence[Columns], wanted: Sequence[Columns]) -> int | None:
    """Return the record to which the first row belongs that is not the same in both, None if they are the same."""
    pairs = map(ne, there, wanted)
    at = next((number for number, differ in enumerate(pairs) if differ), min(len(there), len(wanted)))
    return min((rows[at][0] for rows in (there, wanted) if at < len(rows)), default=None)


def parts(first: int, last: int, count: int, head_start: int = 0) -> list[tuple[int, int]]:
    """Cut records into runs of about the same length, the first longer by ``head_start`` (or shorter, below zero)."""
    step = max(1, -(-(last - first + 1 - head_start) // count))
    found: list[tuple[int, int]] = []
    while first <= last:
        end = min(first + max(step - 1 + (0 if found else head_start), 0), last)
        found.append((first, end))
        first = end + 1
    return found
