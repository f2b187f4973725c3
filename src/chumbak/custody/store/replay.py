"""Verification: the log is replayed from its first record, and everything else in the store is compared with that.

Found is whatever is not as it was written: a changed byte of a record, of a row of any table or of an index, records
that are gone, added or in another order, entries and balances that do not follow from the events, a broken Merkle tree,
a bad signature, and, where somebody kept an earlier head, a log that was cut or written anew. Nothing is mended.

Not found are changes of bytes that say nothing: unused space within the pages of a SQLite file, its list of free pages,
counters in its first hundred bytes, and another way to write the same number. They change no answer of the store.
"""

from __future__ import annotations

import gc
import os
import pickle
import sqlite3
import subprocess
import sys
from array import array
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, Engine

from chumbak.custody.ledger.origin import Origin, parse
from chumbak.custody.ledger.posting import is_free
from chumbak.custody.log.heads import Head, holds
from chumbak.custody.log.merkle import root
from chumbak.custody.store import tables
from chumbak.custody.store.open import Store, log_id
from chumbak.custody.store.prepare import decode
from chumbak.custody.store.read import nodes_of
from chumbak.custody.store.replay_part import Balances, Fault, Part, parts, replay_part

MANY = 10_000  # records that are worth a process of their own
MOST_PROCESSES = 8
HEAD_START = 2_000  # records that the first process has done before others have started
READING = 20  # records replayed while the projections of one are read, which the first process does for all


@dataclass(frozen=True)
class Verdict:
    """What verification found.

    ``what`` is empty if all is well. ``first_wrong`` is the number of the first record that is wrong and ``id`` its id;
    None if what is wrong belongs to no record. ``records`` and ``events`` were replayed.
    """

    first_wrong: int | None
    what: str
    id: str | None = None
    records: int = 0
    events: int = 0

    @property
    def sound(self) -> bool:
        """Say whether all is well."""
        return not self.what


def replay(
    store: Store, *, heads: Iterable[Head] = (), processes: int | None = None, deep: bool = False, pages: bool = True
) -> Verdict:
    """Verify a store, up to the last record there is now; others may go on writing.

    ``heads`` are signed heads that somebody kept: the log must have grown from each. ``deep`` works out the CBV hash of
    every event anew as well. ``pages`` has the database check its own pages, indexes and definitions (of PostgreSQL
    only the triggers; ``pg_amcheck`` checks its indexes). ``processes`` share the replay of a long log: by default as
    many as there are processors, eight at most.
    """
    fault, part, last = Fault(None, None, ""), Part(), 0
    collecting = gc.isenabled()
    gc.disable()  # what is kept grows and has no cycles: collecting would go over it again and again
    try:
        with store.engine.connect().execution_options(**_snapshot(store.engine)) as connection, connection.begin():
            last = connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM log").scalar_one()
            count = processes or max(1, min(MOST_PROCESSES, os.cpu_count() or 1, last // MANY))
            fault, part = _verify(store, connection, last, tuple(heads), count, deep)
    except Exception as error:  # whatever cannot be read is not as it was written
        fault = Fault(None, None, f"the store cannot be read to its end: {type(error).__name__}: {error}")
    finally:
        if collecting:
            gc.enable()
    if pages and (not fault.what or fault.seq is None):
        found = _pages(store.engine) if store.engine.dialect.name == "sqlite" else _triggers(store.engine)
        if found:
            fault = Fault(fault.seq, fault.id, "; ".join(filter(None, (fault.what, found))))
    return Verdict(fault.seq, fault.what, fault.id, last, part.events)


def _snapshot(engine: Engine) -> dict[str, Any]:
    return {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def _verify(
    store: Store, connection: Connection, last: int, heads: tuple[Head, ...], count: int, deep: bool
) -> tuple[Fault, Part]:
    if not last:
        return Fault(None, None, "the log is empty: even its first record, which names its key, is gone"), Part()
    key = _key(connection)
    if isinstance(key, Fault):
        return key, Part()
    whole, there = _parts(store, connection, last, key, deep, count)
    if whole.fault is not None:
        return whole.fault, whole
    fault = _heads(connection, last, key, heads)
    if fault is None and isinstance(there, Exception):
        raise there
    for check in (_counts, _moves, _lots, _origins, _balances):
        fault = fault or check(connection, whole, cast("_There", there))
    return fault or Fault(None, None, ""), whole


def _key(connection: Connection) -> bytes | Fault:
    """Return the public key that the first record names."""
    row = connection.exec_driver_sql("SELECT seq, id, kind, body FROM log WHERE seq = 1").first()
    if row is None:
        return Fault(1, None, "record 1 is not there")
    try:
        key = b64decode(decode(row.body)["public_key"], validate=True)
    except Exception:
        return Fault(1, row.id, "the first record does not name the key of the log")
    if row.id != log_id(key):
        return Fault(1, row.id, "the first record does not name the key of the log that it is called after")
    return key


def _parts(
    store: Store, connection: Connection, last: int, key: bytes, deep: bool, count: int
) -> tuple[Part, _There | Exception]:
    """Replay all records, in so many processes; what a part found wrong is named by a replay of all in one.

    Gives also what the projections hold, or why they cannot be read: that is done while others still replay.
    """
    runs = parts(1, last, count, HEAD_START - last // READING if last >= 2 * MANY else 0)
    driver = connection.connection.driver_connection
    with ExitStack() as stack:
        others = [stack.enter_context(_elsewhere(store, first, end, key, deep)) for first, end in runs[1:]]
        whole = replay_part(driver, *runs[0], key, deep)
        there = _there(connection, last)
        for wait in others if whole.fault is None else ():
            if not _joined(whole, wait()):
                # What it took for granted of the records before it may be what is wrong.
                return replay_part(driver, 1, last, key, deep), there
    return whole, there


@contextmanager
def _elsewhere(store: Store, first: int, last: int, key: bytes, deep: bool) -> Iterator[Callable[[], Part]]:
    """Replay a part in a process of its own; gives what waits for it."""
    url = store.url.render_as_string(hide_password=False)
    file = store.url.database if store.engine.dialect.name == "sqlite" else None
    # Not by multiprocessing: it would load there all that the program has loaded here.
    program = (
        "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
        f"from {replay_part.__module__} import main; main()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdin is not None
            pickle.dump(sys.path, process.stdin)
            pickle.dump((url, file, first, last, key, deep), process.stdin)
            process.stdin.close()
            yield partial(_answer, process)
        finally:
            process.kill()


def _answer(process: subprocess.Popen[bytes]) -> Part:
    assert process.stdout is not None
    part = pickle.load(process.stdout)  # of our own process
    assert isinstance(part, Part)
    return part


def _joined(whole: Part, part: Part) -> bool:
    """Add the next part; say whether it is sound and began with what the parts before it came to."""
    for name, held in part.bases.items():
        if whole.balances.pop(name, {}) != held:
            return False
    for name, held in part.balances.items():
        there = whole.balances.setdefault(name, held)
        if there is not held:
            for key, ug in held.items():
                amount = there.pop(key, 0) + ug
                if amount:
                    there[key] = amount
    whole.events += part.events
    whole.lots.update(part.lots)
    whole.lots.update(part.unmade)
    whole.items += part.items
    whole.moves.extend(part.moves)
    whole.origins |= part.origins
    return part.fault is None


# The projections as they are in the snapshot of the connection; each is compared with what replay made ---------------


@dataclass
class _There:
    """What the projections hold.

    ``rows`` are how many rows each table of one or more a record has, and how many ``entry`` has beyond the log.
    ``moves`` are (account, record) in that order; ``names`` of accounts by number; ``origins`` by number; ``balances``
    by account, then by element and origin. ``wrong`` is the account and element of a balance that cannot be right.
    """

    rows: dict[str, int]
    moves: np.ndarray[Any, Any]
    lots: dict[tuple[str, int], int | None]
    of_lots: set[int]
    names: dict[int, str]
    origins: set[int]
    balances: Balances
    wrong: tuple[str, str] | None
    last: int


def _there(connection: Connection, last: int) -> _There | Exception:
    """Read the projections. What stops that is told by whoever uses them: a record that is wrong comes first."""
    try:
        with connection.begin_nested():  # of PostgreSQL nothing could be asked after a fault
            return _read(connection, last)
    except Exception as error:
        return error


def _read(connection: Connection, last: int) -> _There:
    driver: Any = connection.connection.driver_connection

    def ask(text: str) -> list[tuple[Any, ...]]:
        """Return all rows, as the driver gives them: there are several an event."""
        found: list[tuple[Any, ...]] = driver.execute(text).fetchall()
        return found

    rows = {name: ask(f"SELECT count(*) FROM {name}")[0][0] for name in ("event", "item", "node", "log")}
    [(rows["entry"],)] = ask(f"SELECT count(*) FROM entry WHERE seq < 1 OR seq > {last}")
    moves = _pairs(array("q", chain.from_iterable(ask("SELECT account, seq FROM move"))))
    names: dict[int, str] = dict(ask("SELECT id, name FROM account"))
    lots, of_lots = {}, set()
    for account, made, unmade in ask("SELECT account, made, unmade FROM lot"):
        lots[names.get(account, "")[4:], made] = unmade
        of_lots.add(account)
    origins = {id: _origin(text) for id, text in ask("SELECT id, text FROM origin")}
    free = {name: is_free(name) for name in names.values()}
    balances: Balances = {}
    wrong = None
    for account, element, number, ug, freed in ask("SELECT account, element, origin, ug, free FROM balance"):
        name = names.get(account, "")
        held, origin = balances.setdefault(name, {}), origins.get(number)
        if wrong is None and (origin is None or (element, origin) in held or freed != free.get(name)):
            wrong = name, element
        if origin is not None:
            held[element, origin] = ug
    return _There(rows, moves, lots, of_lots, names, set(origins), balances, wrong, last)


def _origin(text: str) -> Origin | None:
    try:
        return parse(text)
    except ValueError:  # no entry that was found right has it
        return None


def _pairs(flat: array[int]) -> np.ndarray[Any, Any]:
    pairs = np.frombuffer(flat, np.int64).reshape(-1, 2) if flat else np.zeros((0, 2), np.int64)
    return cast("np.ndarray[Any, Any]", pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])


def _heads(connection: Connection, last: int, key: bytes, heads: tuple[Head, ...]) -> Fault | None:
    node = nodes_of(connection)
    good = 0
    for head in sorted(heads, key=lambda one: one.size):
        if not holds(head, key):
            return Fault(
                None, None, f"the head of {head.size} records that was kept is not signed with the key of this log"
            )
        if head.size > last:
            what = f"a head of {head.size} records was signed and kept, but the log ends at {last}: its end was cut off"
            return Fault(last + 1, None, what)
        if root(head.size, node) != head.root:
            what = f"the log is not that of the head of {head.size} records that was kept: it was written anew"
            return Fault(None, None, f"{what}, somewhere from record {good + 1} to {head.size}")
        good = head.size
    return None


def _counts(_: Connection, whole: Part, there: _There) -> Fault | None:
    last = there.last
    wanted = {"event": whole.events, "item": whole.items, "node": 2 * last - last.bit_count(), "entry": 0, "log": last}
    for table, count in wanted.items():
        if there.rows[table] != count:
            return Fault(
                None, None, f"the table '{table}' has {there.rows[table] - count:+d} rows that belong to no record"
            )
    return None


def _moves(connection: Connection, whole: Part, there: _There) -> Fault | None:
    wanted = _pairs(whole.moves)
    if not np.array_equal(there.moves, wanted):
        wrong = set(map(tuple, there.moves.tolist())) ^ set(map(tuple, wanted.tolist()))
        seq = min((seq for _, seq in wrong), default=None)
        return _of_record(connection, seq, "the table 'move' does not say which accounts its entries move")
    if there.of_lots.union(wanted[:, 0].tolist()) != there.names.keys():
        return Fault(None, None, "the table 'account' has rows that no record uses, or lacks some that are used")
    return None


def _lots(connection: Connection, whole: Part, there: _There) -> Fault | None:
    if there.lots == whole.lots:
        return None
    wrong = there.lots.items() ^ whole.lots.items()
    (lot, seq), _unmade = min(wrong, key=lambda one: one[0][1])
    return _of_record(
        connection, seq, f"the table 'lot' does not say that it made {lot}, and whether that was taken back"
    )


def _origins(_: Connection, whole: Part, there: _There) -> Fault | None:
    if there.origins != whole.origins:
        return Fault(None, None, "the table 'origin' has rows that no entry uses, or lacks some that are used")
    return None


def _balances(connection: Connection, whole: Part, there: _There) -> Fault | None:
    if there.wrong is not None:
        name, element = there.wrong
        return _of_account(connection, name, f"the balance of {element} in {name} is not the sum of its entries")
    wanted = {name: held for name, held in whole.balances.items() if held}
    if there.balances == wanted:
        return None
    for name, held in there.balances.items():
        for key, ug in held.items():
            if wanted.get(name, {}).get(key) != ug:
                return _of_account(connection, name, f"the balance of {key[0]} in {name} is not the sum of its entries")
    name, element = next(
        (name, key[0]) for name, held in wanted.items() for key in held if key not in there.balances.get(name, {})
    )
    return _of_account(connection, name, f"the balance of {element} in {name} is missing")


def _of_record(connection: Connection, seq: int | None, what: str) -> Fault:
    id = None
    if seq is not None:
        id = connection.exec_driver_sql(f"SELECT id FROM log WHERE seq = {int(seq)}").scalar()
    return Fault(seq, id, what)


def _of_account(connection: Connection, name: str | None, what: str) -> Fault:
    """Name the last record that moved an account: the first whose balance cannot be shown to be right."""
    found = None
    if name is not None:
        asked = "SELECT max(move.seq) FROM move JOIN account ON account.id = move.account WHERE account.name = "
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        found = connection.exec_driver_sql(asked + mark, (name,)).scalar()
    return _of_record(connection, found, what)


# Pages ---------------------------------------------------------------------------------------------------------------


def _pages(engine: Engine) -> str:
    """Return what SQLite finds wrong in its pages and indexes, and what in its definitions is not ours."""
    try:
        with engine.connect() as connection:
            found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
            defined = {
                tuple(row) for row in connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_schema")
            }
    except Exception as error:
        return f"the file cannot be read: {error}"
    if found != ["ok"]:
        return "the file is damaged: " + ", ".join(str(one).replace("\n", " ") for one in found)
    with closing(sqlite3.connect(":memory:")) as fresh:
        for text in tables.sqlite_statements():
            fresh.execute(text)
        wanted = {tuple(row) for row in fresh.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")}
    if defined != wanted:
        names = ", ".join(sorted({str(one[1]) for one in defined ^ wanted}))
        return f"tables, indexes or triggers of the store were changed: {names}"
    return ""


def _triggers(engine: Engine) -> str:
    """Return which triggers of ours a PostgreSQL database lacks."""
    with engine.connect() as connection:
        text = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        there = {row[0] for row in connection.exec_driver_sql(text)}
    gone = sorted({"log_next", *(f"{name}_append_only" for name in tables.FROZEN)} - there)
    return f"triggers of the store are gone or off: {', '.join(gone)}" if gone else ""
