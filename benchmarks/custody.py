"""The store of custody: captures, replay, traces, and what the database alone could do with the same rows.

Events are of a magnet loop: lots of scrap arrive, are sold, packed and sampled, melted into an alloy, made into
magnets, and these leave; a third of the events move elements. Every one is read from its bytes, validated, hashed,
posted and written by itself, one document an event, from one thread that waits for no answer before it sends the next.

- *captures*: events a second from bytes to commit, on disk (``synchronous=FULL``).
- *raw*: the same rows once more into the same tables, indexes and triggers, in commits of the same size, by the driver
  alone with nothing worked out; what share of that rate the captures reach.
- *replay*: all worked out again and compared, in two processes. SQLite's own check of its pages is timed apart.
- *trace*: a magnet through all its sources, in a store that was filled up to a million events by copying rows.
- *killed*: a process that captures for 32 clients is killed (SIGKILL) again and again; no event that was acknowledged
  may be missing, and what is there must verify.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.custody.store.test_crash import kill_in_a_loop

from chumbak.custody.epcis.document import read_document
from chumbak.custody.epcis.validate import check
from chumbak.custody.store.open import Store, open_store
from chumbak.custody.store.prepare import prepare
from chumbak.custody.store.replay import replay
from chumbak.custody.store.tables import sqlite_statements
from chumbak.custody.store.trace import trace

KILLS = 20
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"rem": "urn:chumbak:rem:"}]
ROUNDS = 5_000  # of the loop, 16 events each
MILLION = 1_000_000
CAPTURES_BOUND, REPLAY_BOUND, TRACE_BOUND = 2_500.0, 20_000.0, 100.0  # a second, a second, milliseconds
PLACE = "https://id.example.org/place/"
KINDS = ("primary", "pre-consumer", "post-consumer")


def uri(name: str) -> str:
    """Return the name of a lot."""
    return f"https://id.example.org/lot/{name}"


def event(kind: str, minute: int, place: str, **fields: Any) -> dict[str, Any]:
    """Return an event at a minute of a month."""
    day, rest = divmod(minute // 10, 1440)
    when = f"2026-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}T{rest // 60:02d}:{rest % 60:02d}:00.000Z"
    return {
        "type": kind, "eventTime": when, "eventTimeZoneOffset": "+05:30", "readPoint": {"id": PLACE + place}, **fields
    }  # fmt: skip


def loop(rounds: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield the events of rounds of the loop; each melts three lots of scrap and one of the alloy before."""
    chance = random.Random(seed)
    minute = 0
    left = ""
    for number in range(rounds):
        scrap = [f"s{number}-{n}" for n in range(3)]
        amounts = {
            name: {"Nd": chance.randrange(10**9, 10**10), "Dy": chance.randrange(10**7, 10**8)} for name in scrap
        }
        for name in scrap:
            minute += 1
            yield event(
                "ObjectEvent", minute, f"gate-{number % 7}", action="ADD", bizStep="commissioning",
                disposition="active", epcList=[uri(name)],
                **{"rem:content": [{
                    "lot": uri(name), "element": {element: str(ug) for element, ug in amounts[name].items()},
                    "origin": {"kind": chance.choice(KINDS), "mined": chance.choice(("AU", "MM", "unknown"))},
                }]},
            )  # fmt: skip
            yield event(
                "TransactionEvent", minute, f"gate-{number % 7}", action="ADD", epcList=[uri(name)],
                bizStep="accepting",
                bizTransactionList=[{"type": "inv", "bizTransaction": f"https://id.example.org/invoice/{name}"}],
                sourceList=[{"type": "owning_party", "source": PLACE + f"trader-{number % 50}"}],
                destinationList=[{"type": "owning_party", "destination": PLACE + "works"}],
            )  # fmt: skip
        yield event(
            "AggregationEvent", minute, "store", action="ADD", bizStep="packing", parentID=uri(f"pallet{number}"),
            childEPCs=[uri(name) for name in scrap],
        )  # fmt: skip
        for name in scrap:
            yield event(
                "ObjectEvent", minute, "store", action="OBSERVE", bizStep="inspecting", epcList=[uri(name)],
                disposition="in_progress",
            )  # fmt: skip
        inputs = [*scrap, *([left] if left else [])]
        total = {element: sum(amounts[name][element] for name in scrap) for element in ("Nd", "Dy")}
        alloy = {element: ug * 97 // 100 for element, ug in total.items()}
        yield event(
            "TransformationEvent", minute + 1, "furnace", bizStep="creating_class_instance",
            inputEPCList=[uri(name) for name in inputs], outputEPCList=[uri(f"alloy{number}"), uri(f"rest{number}")],
            **{
                "rem:content": [
                    {"lot": uri(f"alloy{number}"), "element": {name: str(ug) for name, ug in alloy.items()}},
                    {"lot": uri(f"rest{number}"), "element": {name: str(ug // 200) for name, ug in total.items()}},
                ],
                "rem:losses": [{"kind": "slag", "element": {name: str(ug // 100) for name, ug in total.items()}}],
                "rem:step": {"step": "melted", "country": "IN"},
            },
        )  # fmt: skip
        left = f"rest{number}"
        magnets = [f"magnet{number}-{n}" for n in range(2)]
        yield event(
            "TransformationEvent", minute + 2, "press", bizStep="creating_class_instance",
            inputEPCList=[uri(f"alloy{number}")], outputEPCList=[uri(name) for name in magnets],
            **{"rem:content": [
                {"lot": uri(name), "element": {element: str(ug * 49 // 100) for element, ug in alloy.items()}}
                for name in magnets
            ]},
        )  # fmt: skip
        yield event(
            "AssociationEvent", minute + 3, "line", action="ADD", bizStep="assembling", parentID=uri(f"motor{number}"),
            childEPCs=[uri(magnets[0])],
        )  # fmt: skip
        for name in magnets:
            yield event(
                "ObjectEvent", minute + 4, "line", action="OBSERVE", bizStep="inspecting", epcList=[uri(name)],
            )  # fmt: skip
        yield event(
            "ObjectEvent", minute + 5, "dock", action="DELETE", bizStep="shipping", epcList=[uri(magnets[1])],
            destinationList=[{"type": "possessing_party", "destination": PLACE + f"buyer-{number % 20}"}],
        )  # fmt: skip


def documents(rounds: int) -> list[bytes]:
    """Return the events, each as the bytes of a document of its own."""
    return [
        json.dumps({
            "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2026-11-22T00:00:00.000Z", "epcisBody": {"eventList": [one]},
        }).encode()
        for one in loop(rounds)
    ]  # fmt: skip


def capture(store: Store, bodies: list[bytes]) -> float:
    """Send every document through; returns seconds until the last is on disk."""
    began = time.perf_counter()
    futures = []
    for body in bodies:
        document = read_document(body)
        if check(document.raw):
            raise AssertionError(check(document.raw))
        prepared = [prepare(one, document.context) for one in document.events]
        futures.append(store.writer.capture(prepared, wait=60))
    for future in futures:
        future.result()
    return time.perf_counter() - began


def raw(path: Path, source: Path, commits: int) -> float:
    """Insert the rows of a store into a new one, in so many commits; returns seconds."""
    old, new = sqlite3.connect(source), sqlite3.connect(path, isolation_level=None)
    for text in sqlite_statements():
        new.execute(text)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536",
                   "wal_autocheckpoint = 4000", "secure_delete = ON"):  # fmt: skip
        new.execute(f"PRAGMA {pragma}")
    [(last,)] = old.execute("SELECT max(seq) FROM log").fetchall()
    parts, seen = [], 0
    for number in range(commits):
        low, high = last * number // commits, last * (number + 1) // commits
        # Accounts and origins come with the record that names them first, balances with their account.
        [(account,)] = old.execute("SELECT coalesce(max(account), 0) FROM entry WHERE seq <= ?", (high,)).fetchall()
        within = f"seq > {low} AND seq <= {high}"
        new_accounts = f"> {seen} AND {{}} <= {account}"
        parts.append([
            (table, old.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY {order}").fetchall())
            for table, where, order in (
                ("log", within, "seq"),
                ("node", f"(idx + 1) << level > {low} AND (idx + 1) << level <= {high}", "level"),
                ("account", "id " + new_accounts.format("id"), "id"),
                ("origin", "1" if not number else "0", "id"),
                ("entry", within, "seq, n"),
                ("move", within, "seq"),
                ("event", within, "seq"),
                ("item", within, "seq"),
                ("balance", "account " + new_accounts.format("account"), "account"),
                ("lot", "account " + new_accounts.format("account") + f" AND made <= {high}", "made"),
            )
        ])  # fmt: skip
        seen = account
    began = time.perf_counter()
    for part in parts:
        new.execute("BEGIN IMMEDIATE")
        for table, rows in part:
            if rows:
                new.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        new.execute("COMMIT")
    seconds = time.perf_counter() - began
    new.close()
    old.close()
    return seconds


def fill(path: Path, wanted: int) -> int:
    """Copy the rows of a store, under other names and numbers, until it has so many events; returns how many it has."""
    base = sqlite3.connect(path, isolation_level=None)
    for (name,) in base.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        base.execute(f"DROP TRIGGER {name}")
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -1000000"):
        base.execute(f"PRAGMA {pragma}")
    [(last, accounts, events)] = base.execute(
        "SELECT (SELECT max(seq) FROM log), (SELECT max(id) FROM account), (SELECT count(*) FROM event)"
    ).fetchall()
    copies = -(-wanted // events) - 1
    base.execute("BEGIN")
    numbers = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?) SELECT k FROM n"
    base.execute(f"CREATE TEMP TABLE copy AS {numbers}", (copies,))
    free = "substr(name, 1, 4) <> 'lot:'"
    number = (
        f"CASE WHEN account IN (SELECT id FROM account WHERE {free}) THEN account ELSE account + k * {accounts} END"
    )
    for table, columns in (
        ("log", f"seq + k * {last}, kind, recorded_us, id || k, digest, body, entries_digest, previous, hash"),
        ("entry", f"seq + k * {last}, n, {number}, element, origin, ug"),
        ("move", f"{number}, seq + k * {last}"),
        ("lot", f"account + k * {accounts}, made + k * {last}, unmade"),
        ("event", f"seq + k * {last}, type, event_us, action, biz_step, disposition, read_point, biz_location, "
                  "transformation, hash, erroneous"),
        ("item", f"seq + k * {last}, value || k, role"),
        ("account", f"id + k * {accounts}, name || '+' || k"),
    ):  # fmt: skip
        where = " WHERE NOT " + free if table == "account" else ""
        source = f"(SELECT * FROM {table}{where} ORDER BY 1)"
        base.execute(f"INSERT INTO {table} SELECT {columns} FROM copy CROSS JOIN {source}")
    base.execute("COMMIT")
    [(count,)] = base.execute("SELECT count(*) FROM event").fetchall()
    base.close()
    return int(count)


def _verdict(told: str, missed: bool) -> int:
    print(f"  {'MISSED' if missed else 'ok    '} {told}")
    return int(missed)


def tune() -> None:
    """Collect cyclic garbage seldom, as a service should: what waits would be gone over again and again."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


def main(rounds: int = ROUNDS, million: int = MILLION) -> int:
    """Measure; return 1 if a bound is missed."""
    bodies = documents(rounds)
    tune()
    print(f"\nCustody: {len(bodies):,} events of a magnet loop, one document each, SQLite")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "custody.db"
        with open_store(f"sqlite:///{path}") as store:
            began = time.process_time()
            seconds = capture(store, bodies)
            work = (time.process_time() - began) / len(bodies) * 1e6
            rate = len(bodies) / seconds
            entries = sum(1 for _ in _rows(path, "entry")) / len(bodies)
            missed = _verdict(
                f"captures {rate:8,.0f} a second (at least {CAPTURES_BOUND:,.0f}); {work:.0f} us of a processor each, "
                f"{entries:.1f} entries",
                rate < CAPTURES_BOUND,
            )
        commits = max(1, len(bodies) // 500)
        alone = len(bodies) / raw(Path(folder) / "raw.db", path, commits)
        print(f"         raw inserts of the same rows {alone:8,.0f} a second: captures reach {rate / alone:.0%} of it")
        with open_store(f"sqlite:///{path}", read_only=True) as store:
            began, spent = time.perf_counter(), _processors()
            verdict = replay(store, processes=2, pages=False)
            rate = verdict.records / (time.perf_counter() - began)
            work = (_processors() - spent) / verdict.records * 1e6
            assert verdict.sound, verdict
            told = f"replay   {rate:8,.0f} a second (at least {REPLAY_BOUND:,.0f}); {work:.0f} us of a processor each"
            missed |= _verdict(told, rate < REPLAY_BOUND)
        began = time.perf_counter()
        count = fill(path, million)
        print(f"         {count:,} events made by copying in {time.perf_counter() - began:.0f} s")
        missed |= _traces(path, rounds)
        acknowledged, kept = kill_in_a_loop(f"sqlite:///{folder}/killed.db", KILLS, 1)
    print(f"  ok     killed {KILLS} times: {acknowledged:,} events acknowledged, none lost of {kept:,} that are there")
    return missed


def _processors() -> float:
    """Return seconds of processors that this process and those it started have taken."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _rows(path: Path, table: str) -> Iterator[Any]:
    with closing(sqlite3.connect(path)) as connection:
        yield from connection.execute(f"SELECT 1 FROM {table}")


def _traces(path: Path, rounds: int) -> int:
    """Trace magnets of the first rounds and of the last, each in a store that was just opened."""
    times, sources, events = [], 0, 0
    for number in (rounds // 2, rounds - 1, rounds // 3, 20, 200):
        with open_store(f"sqlite:///{path}", read_only=True) as store:
            began = time.perf_counter()
            found = trace(store, uri(f"magnet{min(number, rounds - 1)}-0"))
            times.append((time.perf_counter() - began) * 1e3)
            sources, events = max(sources, len(found.sources)), max(events, len(found.events))
    told = f"trace    {statistics.median(times):8.1f} ms, slowest {max(times):.1f} (at most {TRACE_BOUND:.0f})"
    return _verdict(f"{told}; up to {sources} sources through {events} events", max(times) > TRACE_BOUND)


if __name__ == "__main__":
    sys.exit(main())
