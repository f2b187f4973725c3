"""Whatever is changed in a store is found, and the first wrong record is named."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from chumbak.custody.log.heads import Head
from chumbak.custody.store.backup import backup
from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.open import Store, open_store
from chumbak.custody.store.replay import replay
from chumbak.custody.store.replay_part import Part, parts, replay_part
from chumbak.custody.store.tables import FROZEN, sqlite_statements

from .events import appear, leave, ready, sold, turn, uri, wrong

ROUNDS = 4  # records 2 to 6, 7 to 11, ...: two lots appear, are melted, sold, one more and taken back


def fill(store: Store) -> list[Head]:
    """Write some history with a correction and two heads; returns the heads."""
    heads = []
    for n in range(ROUNDS):
        melt = turn([f"a{n}", f"b{n}"], {f"m{n}": {"Nd": 2000, "Dy": 9}}, losses={"Nd": 900}, melted="IN", hour=n)
        bad = leave(f"m{n}", hour=50 + n)
        events = [appear(f"a{n}", Nd=1000, Dy=5), appear(f"b{n}", kind="primary", Nd=2000, Dy=5), melt, sold(f"m{n}")]
        store.writer.capture(ready(*events, bad, wrong(bad))).result(60)
        if n % 2:
            heads.append(store.writer.sign_head().result(60))
    return heads


def tamper(store: Store, *statements: str) -> None:
    """Do as somebody who may do everything with the database: no trigger, no foreign key is in his way."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql("ALTER TABLE balance DROP CONSTRAINT balance_never_negative")
            for statement in statements:
                connection.exec_driver_sql(statement)
        return
    connection = sqlite3.connect(str(store.url.database), isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for statement in statements:
        connection.execute(statement)
    for text in (text for text in sqlite_statements() if text.startswith("CREATE TRIGGER")):
        connection.execute(text)
    connection.close()


BODY = "(SELECT body FROM log AS other WHERE other.seq = {})"
NODE = "(SELECT hash FROM node AS other WHERE level = 0 AND idx = 1)"
CHANGES: list[tuple[str, int | None, str]] = [
    ("UPDATE log SET body = " + BODY.format(5) + " WHERE seq = 4", 4, "hash"),
    ("UPDATE log SET id = 'urn:x:other' WHERE seq = 4", 4, "hash"),
    ("UPDATE log SET recorded_us = recorded_us + 1 WHERE seq = 4", 4, "hash"),
    ("UPDATE log SET kind = 'party' WHERE seq = 4", 4, "hash"),
    ("UPDATE log SET hash = digest WHERE seq = 4", 4, "hash"),
    ("UPDATE log SET previous = digest WHERE seq = 4", 4, "follow"),
    ("UPDATE log SET digest = previous WHERE seq = 4", 4, "digest"),
    ("UPDATE log SET entries_digest = digest WHERE seq = 4", 4, "hash"),
    ("UPDATE log SET seq = 1000 WHERE seq = 4", 4, "not there"),
    ("DELETE FROM log WHERE seq = 4", 4, "not there"),
    ("DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)", None, "belong to no record"),
    ("DELETE FROM log", None, "empty"),
    ("UPDATE entry SET ug = ug + 1 WHERE seq = 4 AND n = 0", 4, "entries"),
    ("UPDATE entry SET element = 'Pr' WHERE seq = 4 AND n = 0", 4, "entries"),
    ("UPDATE entry SET n = 77 WHERE seq = 4 AND n = 0", 4, "entries"),
    ("UPDATE entry SET account = 0 WHERE seq = 4 AND n = 0", 4, "entries"),
    ("UPDATE entry SET account = account + 1 WHERE seq = 4 AND n = 0", 4, "entries"),
    ("UPDATE entry SET origin = 999 WHERE seq = 4 AND n = 0", 4, "entries"),
    ("DELETE FROM entry WHERE seq = 4", 4, "entries"),
    ("INSERT INTO entry SELECT 5, n, account, element, origin, ug FROM entry WHERE seq = 4", 5, "entries"),
    ("INSERT INTO entry SELECT 999, n, account, element, origin, ug FROM entry WHERE seq = 4", None, "'entry'"),
    ("UPDATE account SET name = 'lot:other' WHERE id = 1", 2, "entries"),
    ("UPDATE account SET id = 0 WHERE id = 1", 2, "entries"),
    ("INSERT INTO account VALUES (999, 'lot:other')", None, "'account'"),
    ("UPDATE origin SET text = replace(text, 'AU', 'CN') WHERE id = 1", 2, "entries"),
    ("INSERT INTO origin VALUES (999, 'x')", None, "'origin'"),
    ("UPDATE balance SET ug = ug + 1 WHERE account = (SELECT min(account) FROM balance)", 22, "balance of"),
    ("UPDATE balance SET free = NOT free WHERE account = (SELECT min(account) FROM balance)", 22, "balance of"),
    ("DELETE FROM balance WHERE account = (SELECT max(account) FROM balance)", 26, "balance of"),
    ("UPDATE balance SET origin = origin + 900 WHERE account = (SELECT max(account) FROM balance)", 26, "balance of"),
    ("INSERT INTO balance SELECT 1, 'Nd', origin, free, 5 FROM balance LIMIT 1", 4, "balance of"),
    ("UPDATE event SET biz_step = 'shipping' WHERE seq = 4", 4, "'event'"),
    ("UPDATE event SET erroneous = NOT erroneous WHERE seq = 7", 7, ""),
    ("DELETE FROM event WHERE seq = 4", 4, "'event'"),
    ("UPDATE event SET seq = 999 WHERE seq = 4", 4, "'event'"),
    ("UPDATE item SET value = value || 'x' WHERE seq = 4", 4, "'item'"),
    ("DELETE FROM item WHERE seq = 5", 5, "'item'"),
    ("INSERT INTO item VALUES (6, 'x', 'epc')", 6, "'item'"),
    ("UPDATE move SET seq = 3 WHERE seq = 2 AND account = 1", 2, "'move'"),
    ("DELETE FROM move WHERE seq = 6", 6, "'move'"),
    ("INSERT INTO move SELECT account, 5 FROM move WHERE seq = 2", 5, "'move'"),
    ("UPDATE lot SET unmade = 5 WHERE made = 3", 3, "'lot'"),
    ("DELETE FROM lot WHERE made = 4", 4, "'lot'"),
    ("UPDATE node SET hash = " + NODE + " WHERE level = 0 AND idx = 4", 5, "Merkle"),
    ("UPDATE node SET hash = " + NODE + " WHERE level = 2 AND idx = 0", 4, "Merkle"),
    ("DELETE FROM node WHERE level = 1 AND idx = 1", 4, "Merkle"),
    ("INSERT INTO node SELECT 9, 9, hash FROM node WHERE level = 1 AND idx = 0", None, "'node'"),
]  # fmt: skip


@pytest.fixture
def filled(store: Store) -> tuple[Store, list[Head]]:
    heads = fill(store)
    verdict = replay(store, heads=heads)
    assert verdict.sound, verdict
    assert (verdict.records, verdict.events) == (1 + ROUNDS * 6 + 2, ROUNDS * 6)
    return store, heads


def copied(store: Store, name: str, tmp_path: Path) -> Store:
    """Return a copy of a closed store, open to read."""
    if store.engine.dialect.name == "sqlite":
        path = tmp_path / f"{name}.db"
        shutil.copy(str(store.url.database), path)
        return open_store(f"sqlite:///{path}", read_only=True)
    import psycopg

    socket, source = store.url.query["host"], store.url.database
    with psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {source}_{name} TEMPLATE {source}".encode())
    return open_store(store.url.set(database=f"{source}_{name}").render_as_string(), read_only=True)


def test_every_change_is_found_and_the_first_wrong_record_named(
    filled: tuple[Store, list[Head]], tmp_path: Path
) -> None:
    store, _ = filled
    store.close()
    missed = []
    for number, (statement, seq, said) in enumerate(CHANGES):
        with copied(store, str(number), tmp_path) as changed:
            tamper(changed, statement)
            verdict = replay(changed)
        if verdict.sound or said not in verdict.what or seq not in (None, verdict.first_wrong):
            missed.append((statement, verdict))
    assert missed == []


def test_a_log_that_was_cut_or_written_anew_does_not_fit_a_head_that_was_kept(
    opened: Callable[..., Store], tmp_path: Path
) -> None:
    store = opened()
    heads = fill(store)
    last = store.read.last_seq()
    store.close()
    cut = last - 3
    cuts = [f"DELETE FROM {table} WHERE seq > {cut}" for table in ("log", "entry", "event", "item", "move")]
    # Cut so cleverly that nothing is left over: all that a store alone can tell is that it is sound.
    with copied(store, "cut", tmp_path) as changed:
        tamper(
            changed,
            "DELETE FROM balance",
            *cuts,
            f"DELETE FROM node WHERE (idx + 1) * (1 << CAST(level AS INTEGER)) > {cut}",
            f"DELETE FROM lot WHERE made > {cut}",
            f"UPDATE lot SET unmade = NULL WHERE unmade > {cut}",
            "DELETE FROM account WHERE id NOT IN (SELECT account FROM move)",
            "INSERT INTO balance SELECT account, element, origin, "
            "(SELECT substr(name, 1, 4) NOT IN ('lot:', 'loss') FROM account WHERE id = account), sum(ug) "
            "FROM entry GROUP BY account, element, origin HAVING sum(ug) <> 0",
        )
        assert replay(changed).sound, replay(changed)
        verdict = replay(changed, heads=heads)
        assert verdict.first_wrong == cut + 1
        assert "cut off" in verdict.what
    other = open_store(f"sqlite:///{tmp_path}/anew.db", key=tmp_path / "log.key")
    fill(other)
    other.writer.capture(ready(appear("more", Nd=1))).result(60)
    other.close()
    with open_store(f"sqlite:///{tmp_path}/anew.db", read_only=True) as anew:
        assert replay(anew).sound
        assert "written anew" in replay(anew, heads=heads).what
        assert "record 1 to" in replay(anew, heads=heads).what
    with open_store(f"sqlite:///{tmp_path}/third.db") as third:
        fill(third)
        assert "not signed with the key" in replay(third, heads=heads).what


def test_a_definition_that_was_changed_is_found(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/custody.db") as store:
        fill(store)
        connection = sqlite3.connect(tmp_path / "custody.db")
        connection.execute("DROP TRIGGER log_no_update")
        connection.commit()
        connection.close()
        assert "triggers of the store were changed: log_no_update" in replay(store).what


def test_an_event_that_the_ledger_would_refuse_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from chumbak.custody.ledger.posting import Posting

    store.writer.capture(ready(appear("a", Nd=1000), leave("a"))).result(60)
    monkeypatch.setattr("chumbak.custody.store.books.posting_of", lambda *_: Posting())
    store.writer.capture(ready(leave("a", hour=9))).result(60)
    monkeypatch.undo()
    verdict = replay(store)
    assert verdict.first_wrong == 4
    assert "the ledger refuses it" in verdict.what


@contextmanager
def here(store: Store, first: int, last: int, key: bytes, deep: bool) -> Iterator[Callable[[], Part]]:
    """Replay a part here and not in a process of its own."""
    with store.engine.connect() as connection:
        yield partial(replay_part, connection.connection.driver_connection, first, last, key, deep)


@pytest.mark.parametrize("count", [2, 5])
def test_parts_find_what_the_whole_finds(
    filled: tuple[Store, list[Head]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("chumbak.custody.store.replay._elsewhere", here)
    store, heads = filled
    verdict = replay(store, heads=heads, processes=count, deep=True)
    assert verdict.sound, verdict
    assert verdict.events == ROUNDS * 6
    store.close()
    for number, (statement, seq, _) in enumerate(CHANGES[count::8]):
        with copied(store, f"part{number}", tmp_path) as changed:
            tamper(changed, statement)
            verdict = replay(changed, processes=count)
        assert not verdict.sound, statement
        assert seq in (None, verdict.first_wrong), (statement, verdict)


def test_a_record_that_is_wrong_is_named_also_where_a_projection_cannot_be_read(
    filled: tuple[Store, list[Head]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chumbak.custody.store.replay._elsewhere", here)
    store, _ = filled
    store.close()
    with copied(store, "both", tmp_path) as changed:
        tamper(changed, "UPDATE entry SET ug = ug + 1 WHERE seq = 22 AND n = 0", "DROP TABLE balance")
        assert replay(changed, processes=2, pages=False).first_wrong == 22
    with copied(store, "balance", tmp_path) as changed:
        tamper(changed, "DROP TABLE balance")
        verdict = replay(changed, processes=2, pages=False)
        assert verdict.first_wrong is None
        assert "cannot be read" in verdict.what


@pytest.mark.parametrize("count", [1, 2, 7, 32])
@pytest.mark.parametrize("head_start", [-5000, -1, 0, 2000])
@pytest.mark.parametrize("last", [1, 9, 20_000])
def test_parts_leave_no_record_out(last: int, head_start: int, count: int) -> None:
    runs = parts(1, last, count, head_start)
    assert runs[0][0] == 1
    assert runs[-1][1] == last
    assert all(first <= end for first, end in runs)
    assert all(after == end + 1 for (_, end), (after, _) in pairwise(runs))


def test_two_processes_replay_a_store_together(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/custody.db") as store:
        fill(store)
        verdict = replay(store, processes=2)
        assert verdict.sound, verdict
        assert verdict.events == ROUNDS * 6
        tamper(store, "UPDATE entry SET ug = ug + 1 WHERE seq = 22 AND n = 0")
        assert replay(store, processes=2).first_wrong == 22


# Bytes ---------------------------------------------------------------------------------------------------------------


def varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for length in range(1, 10):
        byte = page[at + length - 1]
        if length == 9:
            return value << 8 | byte, 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, length
    raise AssertionError


def living(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ranges of bytes of a SQLite file that hold a row of a table or an index, or say where one stands."""
    size = int.from_bytes(data[16:18], "big")
    overflow: list[tuple[int, int]] = []
    for number in range(len(data) // size):
        page = data[number * size : (number + 1) * size]
        start = 100 if number == 0 else 0
        kind = page[start]
        if kind not in (2, 5, 10, 13):
            continue  # an overflow page (followed below) or a page that is not in use
        head = 8 if kind > 5 else 12
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        yield number * size + start, number * size + start + head + 2 * count
        for cell in range(count):
            at = start + head + 2 * cell
            begin = at = int.from_bytes(page[at : at + 2], "big")
            if kind < 6:
                at += 4
            if kind == 5:
                at += varint(page, at)[1]
                yield number * size + begin, number * size + at
                continue
            payload, length = varint(page, at)
            at += length
            if kind == 13:
                at += varint(page, at)[1]
            most = size - 35 if kind == 13 else (size - 12) * 64 // 255 - 23
            least = (size - 12) * 32 // 255 - 23
            local = payload
            if payload > most:
                local = least + (payload - least) % (size - 4)
                local = local if local <= most else least
                first = int.from_bytes(page[at + local : at + local + 4], "big")
                overflow.append((first, payload - local))
                at += 4
            yield number * size + begin, number * size + at + local
    for number, left in overflow:
        while left > 0:
            begin = (number - 1) * size
            yield begin, begin + 4 + min(left, size - 4)
            number, left = int.from_bytes(data[begin : begin + 4], "big"), left - (size - 4)


def flip(path: Path, data: bytes, positions: list[int], bits: random.Random) -> list[tuple[int, str]]:
    """Flip a bit at each position in turn; returns those positions at which nothing was found."""
    missed = []
    changed = path.with_name("flipped.db")
    for position in positions:
        copy = bytearray(data)
        copy[position] ^= 1 << bits.randrange(8)
        changed.write_bytes(copy)
        try:
            with open_store(f"sqlite:///{changed}", read_only=True) as store:
                if replay(store).sound:
                    missed.append((position, dump(changed)))
        except StoreError:
            pass
    return missed


def dump(path: Path) -> str:
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    rows = {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in names}
    connection.close()
    return json.dumps(rows)


def filled_file(path: Path) -> bytes:
    with open_store(f"sqlite:///{path}") as store:
        long = appear("long", Nd=1) | {"ilmd": {"ex:note": "x" * 9000}}
        store.writer.capture(ready(long)).result(60)
        fill(store)
    assert not path.with_name(path.name + "-wal").exists()
    return path.read_bytes()


def test_one_bit_flipped_in_any_row_or_index_is_found(tmp_path: Path) -> None:
    path = tmp_path / "custody.db"
    data = filled_file(path)
    bits = random.Random(7)
    ranges = sorted(living(data))
    # One place in each run of about 900 bytes, so that every page has its turn.
    alive = [position for start, end in ranges for position in range(start, end)]
    step = len(alive) // 130
    assert len(alive) > 0.3 * len(data)
    whole = dump(path)
    missed = flip(path, data, [alive[bits.randrange(at, at + step)] for at in range(0, len(alive) - step, step)], bits)
    # One in some hundreds writes the same number in another way, or a number that SQLite has from elsewhere.
    assert [position for position, told in missed if told != whole] == []
    assert len(missed) <= 4


def test_a_flipped_bit_that_is_not_found_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "custody.db"
    data = filled_file(path)
    bits = random.Random(8)
    whole = dump(path)
    for _, told in flip(path, data, [bits.randrange(len(data)) for _ in range(40)], bits):
        assert told == whole


# Backup --------------------------------------------------------------------------------------------------------------


def test_a_backup_made_while_in_use_verifies_and_can_be_worked_with(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/custody.db") as store:
        heads = fill(store)
        futures = [store.writer.capture(ready(appear(f"x{n}", Nd=1))) for n in range(50)]
        verdict = backup(store, tmp_path / "copy.db")
        for future in futures:
            future.result(60)
        assert verdict.sound, verdict
        assert verdict.records >= 1 + ROUNDS * 6
        with pytest.raises(StoreError, match="there already"):
            backup(store, tmp_path / "copy.db")
        with pytest.raises(StoreError, match="Nothing was left"):
            backup(store, tmp_path / "no" / "copy.db")
        assert sorted(one.name for one in tmp_path.iterdir() if "part" in one.name) == []
    shutil.copy(tmp_path / "custody.db.key", tmp_path / "copy.db.key")
    with open_store(f"sqlite:///{tmp_path}/copy.db") as restored:
        restored.writer.capture(ready(appear("later", Nd=1))).result(60)
        assert restored.read.holdings(uri("later"))
        assert replay(restored, heads=heads).sound


def test_frozen_tables_are_those_that_nothing_changes() -> None:
    assert set(FROZEN) == {"log", "node", "account", "origin", "entry"}
