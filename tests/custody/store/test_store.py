"""The store on both databases: captured once, refused whole, corrected, asked, traced, found again."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import DBAPIError

from chumbak.custody.finding import LedgerError
from chumbak.custody.ledger.origin import NOWHERE, Origin
from chumbak.custody.log.heads import holds
from chumbak.custody.log.merkle import consistent, included
from chumbak.custody.store import migrations, tables
from chumbak.custody.store.books import Group
from chumbak.custody.store.faults import Busy, Conflict, Refused, StoreError
from chumbak.custody.store.open import Store, open_store
from chumbak.custody.store.prepare import plain, prepare
from chumbak.custody.store.query import ROLES, Match, Query
from chumbak.custody.store.replay import replay
from chumbak.custody.store.trace import trace

from .events import BUYER, CONTEXT, FURNACE, GATE, appear, leave, ready, sold, turn, uri, wrong

MINED = Origin("post-consumer", mined="AU")


def put(store: Store, *events: dict[str, Any]) -> list[int]:
    return [result.seq for result in store.writer.capture(ready(*events), wait=30).result(60)]


def fault(store: Store, *events: dict[str, Any]) -> Exception:
    with pytest.raises(Refused) as caught:
        store.writer.capture(ready(*events)).result(60)
    return caught.value.fault


def sound(store: Store, **options: Any) -> None:
    verdict = replay(store, **options)
    assert verdict.sound, verdict


# Captured once, refused whole ----------------------------------------------------------------------------------------


def test_what_is_answered_is_kept_and_a_retry_gets_the_same_answer(store: Store) -> None:
    event = {**appear("a", Nd=1000), "eventID": "urn:uuid:1", "ilmd": {"ex:share": 1.50}}
    [first] = store.writer.capture(ready(event)).result(60)
    assert (first.seq, first.status) == (2, "stored")
    changed_order = dict(reversed(event.items()))
    for again in (event, changed_order, {**event, "recordTime": "2026-11-22T00:00:00Z"}):
        [second] = store.writer.capture(ready(again)).result(60)
        assert second == first._replace(status="already")
    other = fault(store, {**event, "eventTimeZoneOffset": "+02:00"})
    assert isinstance(other, Conflict)
    assert "record 2" in str(other)
    assert store.read.last_seq() == 2
    sound(store)


def test_same_document_five_times_at_once_is_stored_once(store: Store) -> None:
    document = ready(appear("a", Nd=1000), appear("b", Nd=2000), turn(["a", "b"], {"m": {"Nd": 3000}}))
    barrier = threading.Barrier(5)

    def send() -> list[Any]:
        barrier.wait()
        return store.writer.capture(document).result(60)

    with ThreadPoolExecutor(5) as pool:
        answers = [future.result() for future in [pool.submit(send) for _ in range(5)]]
    assert {tuple((one.id, one.seq, one.recorded_us) for one in answer) for answer in answers} == {
        tuple((one.id, one.seq, one.recorded_us) for one in answers[0])
    }
    assert sorted(one.status for answer in answers for one in answer) == ["already"] * 12 + ["stored"] * 3
    assert store.read.last_seq() == 4


def test_a_document_is_kept_all_or_none_unless_it_may_proceed(store: Store) -> None:
    document = ready(appear("a", Nd=1000), turn(["nowhere"], {"m": {"Nd": 3}}), sold("a"))
    with pytest.raises(Refused) as caught:
        store.writer.capture(document).result(60)
    assert caught.value.index == 1
    assert isinstance(caught.value.fault, LedgerError)
    assert store.read.last_seq() == 1
    assert store.read.holdings(uri("a")) is None
    results = store.writer.capture(document, proceed=True).result(60)
    assert [one.status for one in results] == ["stored", "refused", "stored"]
    assert isinstance(results[1].fault, LedgerError)
    assert store.read.holdings(uri("a")) == {("Nd", MINED): 1000}
    sound(store)


def test_a_refused_event_costs_its_group_nothing(store: Store) -> None:
    put(store, appear("a", Nd=1000))
    futures = [store.writer.capture(ready(turn(["a"], {f"m{n}": {"Nd": 1000}}, hour=n))) for n in range(8)]
    futures += [store.writer.capture(ready(appear(f"b{n}", Nd=5))) for n in range(8)]
    wait(futures, 60)
    failed = [one for one in futures[:8] if one.exception() is not None]
    assert len(failed) == 7
    assert all("holds nothing any more" in str(one.exception()) for one in failed)
    assert all(one.result()[0].status == "stored" for one in futures[8:])
    sound(store)


def test_two_writers_race_for_one_lot_and_one_wins(opened: Callable[..., Store]) -> None:
    one, two = opened(), opened()
    put(one, appear("a", Nd=1000), appear("b", Nd=10))
    futures = []
    for number in range(20):
        for store in (one, two):
            event = turn(["a"], {f"{id(store)}-{number}": {"Nd": 1000}}, hour=number)
            futures.append(store.writer.capture(ready(event, sold("b", hour=number))))
    wait(futures, 60)
    won = [future for future in futures if future.exception() is None]
    assert len(won) == 1
    assert all(isinstance(future.exception().fault, LedgerError) for future in futures if future not in won)
    put(two, appear("c", Nd=1))
    put(one, appear("d", Nd=1))
    assert one.read.last_seq() == two.read.last_seq() == 7
    sound(one)


def test_what_one_process_wrote_the_other_sees(opened: Callable[..., Store]) -> None:
    one, two = opened(), opened()
    for number in range(6):
        put(
            (one, two)[number % 2],
            appear(f"a{number}", Nd=10),
            *([turn([f"a{number - 1}"], {f"b{number}": {"Nd": 9}})] * (number > 0)),
        )
    assert one.read.balance(f"unaccounted:{FURNACE}") == {("Nd", MINED): 5}
    sound(two)


def test_the_queue_is_bounded_and_what_waits_at_the_end_is_written(opened: Callable[..., Store]) -> None:
    store = opened(most_waiting=10, most_at_once=4)
    prepared = ready(*(appear(f"a{number}", Nd=1) for number in range(60)))
    futures, busy = [], 0
    for one in prepared:
        try:
            futures.append(store.writer.capture([one]))
        except Busy:
            busy += 1
            futures.append(store.writer.capture([one], wait=30))
    store.writer.close()
    assert busy
    assert [future.result(0)[0].status for future in futures] == ["stored"] * 60
    with pytest.raises(StoreError, match="closed"):
        store.writer.capture(prepared[:1])
    big = opened(most_waiting=10)
    assert len(big.writer.capture(prepared).result(60)) == 60


def test_a_commit_that_fails_leaves_nothing_and_fails_only_whom_it_must(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, appear("a", Nd=1000))
    write = Group.write

    def failing(group: Group) -> None:
        write(group)
        if any("poison" in str(row[5]) for row in group.log):
            raise RuntimeError("no such luck")

    monkeypatch.setattr(Group, "write", failing)
    good = [appear(f"b{number}", Nd=1) for number in range(3)]
    futures = [store.writer.capture(ready(one)) for one in (good[0], appear("poison", Nd=1), *good[1:])]
    wait(futures, 60)
    assert [future.exception() is None for future in futures] == [True, False, True, True]
    with pytest.raises(RuntimeError, match="no such luck"):
        futures[1].result()
    monkeypatch.undo()
    put(store, turn(["a", "b0"], {"m": {"Nd": 1001}}))
    assert store.read.holdings(uri("poison")) is None
    sound(store)


def test_a_full_disk_and_a_locked_file_fail_all_who_wait_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chumbak.custody.store.open.BUSY_SECONDS", 0.1)
    with open_store(f"sqlite:///{tmp_path}/custody.db") as store:
        put(store, appear("a", Nd=1000))

        def small(connection: Any, _: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # as large as it is and no larger

        listen(store.engine, "connect", small)
        store.engine.dispose()
        large = {**sold("a"), "ilmd": {"ex:note": "x" * 100_000}}
        futures = [store.writer.capture(ready(one)) for one in (large, appear("b", Nd=1))]
        with pytest.raises(StoreError, match=r"full.*Nothing was kept"):
            futures[0].result(60)
        wait(futures, 60)
        remove(store.engine, "connect", small)
        store.engine.dispose()
        other = sqlite3.connect(tmp_path / "custody.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"locked.*Nothing was kept"):
            put(store, appear("c", Nd=1))
        assert store.read.holdings(uri("a")) == {("Nd", MINED): 1000}  # who reads does not wait
        other.execute("ROLLBACK")
        other.close()
        put(store, large, turn(["a"], {"m": {"Nd": 1000}}))
        sound(store)


def test_amounts_beyond_64_bits_are_refused(store: Store) -> None:
    most = tables.MOST
    put(store, appear("a", Nd=most - 5))
    told = fault(store, appear("b", Nd=most - 5))
    assert "more than 9223372036854775807" in str(told)
    put(store, appear("c", Nd=5))
    assert store.read.balance(f"outside:{GATE}") == {("Nd", MINED): -most}
    sound(store)


def test_nothing_sent_is_nothing_kept(store: Store) -> None:
    assert store.writer.capture([]).result(60) == []
    assert store.read.last_seq() == 1


def test_texts_that_no_database_keeps_are_refused_with_a_pointer() -> None:
    for id in ("urn:x:\0", "urn:x:" + "y" * 5000, "urn:x:1#errorDeclaration"):
        with pytest.raises(LedgerError) as caught:
            prepare({**sold("a"), "eventID": id}, CONTEXT)
        assert caught.value.findings[0].pointer == "/eventID"


def test_other_records_stand_in_the_same_log(store: Store) -> None:
    [result] = store.writer.append("party", "urn:x:party:1", {"name": "Müller", "role": "recorder"}).result(60)
    assert (
        store.writer.append("party", "urn:x:party:1", {"role": "recorder", "name": "Müller"}).result(60)[0].status
        == "already"
    )
    with pytest.raises(Refused):
        store.writer.append("party", "urn:x:party:1", {"name": "Other"}).result(60)
    assert [one.seq for one in store.read.records(kind="party")] == [1, result.seq]
    with pytest.raises(ValueError, match="no kind of record"):
        plain("event", "x", {})
    sound(store)


# Corrections ---------------------------------------------------------------------------------------------------------


def test_an_error_declaration_takes_back_what_the_event_did(store: Store) -> None:
    first, melt = appear("a", Nd=1000, Pr=10), turn(["a"], {"m": {"Nd": 900, "Pr": 10}}, losses={"Nd": 50}, melted="IN")
    put(store, first, melt)
    told = fault(store, wrong(first))
    assert "Take back first" in str(told)
    put(store, wrong(melt))
    assert store.read.holdings(uri("a")) == {("Nd", MINED): 1000, ("Pr", MINED): 10}
    assert store.read.holdings(uri("m")) is None
    assert store.read.balance(f"loss:slag:{FURNACE}") == {}
    [again] = store.writer.capture(ready(wrong(melt))).result(60)
    assert (again.seq, again.status) == (4, "already")
    put(store, turn(["a"], {"m": {"Nd": 1000, "Pr": 10}}, hour=5))  # the name is free again
    put(store, wrong(turn(["a"], {"m": {"Nd": 1000, "Pr": 10}}, hour=5)), wrong(first))
    assert store.read.holdings(uri("a")) is None
    assert store.read.accounts() == sorted(
        [f"loss:slag:{FURNACE}", f"lot:{uri('a')}", f"lot:{uri('m')}", f"outside:{GATE}", f"restated:{FURNACE}",
         f"unaccounted:{FURNACE}"]
    )  # fmt: skip
    assert all(not store.read.balance(account) for account in store.read.accounts())
    sound(store)


def test_made_taken_back_and_made_again_in_one_document(store: Store) -> None:
    one, two = appear("a", Nd=1000), appear("a", hour=2, Nd=700)
    put(store, one, wrong(one), two, wrong(two), appear("a", hour=3, Nd=1))
    assert store.read.holdings(uri("a")) == {("Nd", MINED): 1}
    sound(store)


def test_a_declaration_must_be_of_the_event_that_is_kept(store: Store) -> None:
    first = {**appear("a", Nd=1000), "eventID": "urn:uuid:7"}
    put(store, first)
    told = fault(store, {**wrong(first), "bizStep": "receiving"})
    assert "not the one that is kept" in str(told)
    assert store.read.event("urn:uuid:7") is not None
    assert store.read.declared("urn:uuid:7") is None
    put(store, wrong(first))
    declared = store.read.declared("urn:uuid:7")
    assert declared is not None
    assert declared.event["errorDeclaration"]["reason"] == "incorrect_data"
    assert [one.seq for one in store.read.events(Query(ids=("urn:uuid:7",))).events] == [2, 3]


def test_a_declaration_that_comes_first_still_counts(store: Store) -> None:
    event = appear("a", Nd=1000)
    put(store, wrong(event), event)
    assert store.read.holdings(uri("a")) is None
    sound(store)


# The database itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", tables.FROZEN)
def test_what_was_written_cannot_be_changed_or_removed(store: Store, table: str) -> None:
    put(store, appear("a", Nd=1000))
    column = tables.metadata.tables[table].columns.values()[-1].name
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    if store.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {table} CASCADE")
    sound(store)


def test_balances_below_zero_forks_and_unknown_accounts_are_refused_by_the_database(store: Store) -> None:
    put(store, appear("a", Nd=1000))
    number = "(SELECT id FROM account WHERE substr(name, 1, 4) = 'lot:')"
    for statement in (
        f"UPDATE balance SET ug = -1 WHERE account = {number}",
        f"UPDATE balance SET ug = 0 WHERE account = {number}",
        "INSERT INTO entry SELECT 2, 99, 77, 'Nd', 1, 5",
        "INSERT INTO log SELECT 4, kind, 1, 'x', digest, body, entries_digest, hash, hash FROM log WHERE seq = 2",
        "INSERT INTO log SELECT 3, kind, 1, 'x', digest, body, entries_digest, previous, hash FROM log WHERE seq = 2",
    ):
        with pytest.raises(DBAPIError), store.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    sound(store)


# Reading -------------------------------------------------------------------------------------------------------------


def test_events_are_found_by_what_they_say(store: Store) -> None:
    put(
        store,
        appear("a", hour=1, Nd=10),
        appear("b", hour=2, Nd=20),
        turn(["a", "b"], {"m": {"Nd": 30}}, hour=30),
        sold("m", hour=31),
        leave("m", hour=32),
    )

    def seqs(**fields: Any) -> list[int]:
        return [one.seq for one in store.read.events(Query(**fields)).events]

    assert seqs() == [2, 3, 4, 5, 6]
    assert seqs(descending=True, order="event") == [6, 5, 4, 3, 2]
    assert seqs(types=("TransformationEvent", "TransactionEvent")) == [4, 5]
    assert seqs(actions=("ADD",)) == [2, 3, 5]
    assert seqs(biz_steps=("shipping",)) == [6]
    assert seqs(dispositions=("active",)) == [2, 3]
    assert seqs(read_points=(FURNACE,)) == [4]
    assert seqs(erroneous=True) == []
    assert seqs(matches=(Match(ROLES["MATCH_anyEPC"], (uri("m"),)),)) == [4, 5, 6]
    assert seqs(
        matches=(Match(ROLES["MATCH_inputEPC"], (uri("a"),)), Match(ROLES["MATCH_outputEPC"], (uri("m"),)))
    ) == [4]
    assert seqs(matches=(Match(ROLES["MATCH_epc"], ("https://id.example.org/lot/*",)),)) == [2, 3, 5, 6]
    assert seqs(matches=(Match(("destination:possessing_party",), (BUYER,)),)) == [6]
    assert seqs(matches=(Match(("transaction:",), ("https://id.example.org/invoice/m",)),)) == [5]
    day = 1_793_491_200_000_000  # 2026-11-01
    assert seqs(event_from_us=day + 2 * 3_600_000_000, event_to_us=day + 31 * 3_600_000_000) == [3, 4]
    assert seqs(recorded_to_us=0) == []
    assert seqs(holds=(lambda event, context: "rem:content" in event,)) == [2, 3, 4]
    assert seqs(hashes=(store.read.events().events[0].hash,)) == [2]
    assert store.read.values("bizSteps") == ["commissioning", "creating_class_instance", "shipping"]
    assert store.read.values("epcs", after=uri("a"), limit=1) == [uri("b")]
    with pytest.raises(ValueError, match="not listed"):
        store.read.values("colours")


def test_a_urn_and_its_digital_link_find_the_same_event(store: Store) -> None:
    urn, link = "urn:epc:id:sgtin:4012345.011111.987", "https://id.gs1.org/01/04012345111118/21/987"
    event = {**sold("a"), "epcList": [urn]}
    put(store, event)
    for name in (urn, link, "http://shop.example.com/01/04012345111118/21/987"):
        assert len(store.read.events(Query(matches=(Match(ROLES["MATCH_epc"], (name,)),))).events) == 1
    sound(store)


@pytest.mark.parametrize("order", ["record", "event"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_stable_while_events_come_in(store: Store, order: Any, descending: bool) -> None:
    put(store, *(appear(f"a{number}", hour=(7 * number) % 20, Nd=1) for number in range(17)))
    for early in ((), (lambda event, context: event["eventTime"] < "2026-11-01T15",)):
        query = Query(order=order, descending=descending, holds=early)
        whole = [one.seq for one in store.read.events(query, limit=100).events]
        found, token = [], None
        while True:
            page = store.read.events(query, limit=4, token=token)
            found += [one.seq for one in page.events]
            token = page.token
            if token is None:
                break
            put(store, appear(f"{len(found)}-{len(early)}-late", hour=len(found) % 20, Nd=1))
        assert found == whole
        assert len(found) > 4
    with pytest.raises(ValueError, match="no token"):
        store.read.events(token="%%%")


def test_accounts_tell_their_lines(store: Store) -> None:
    put(store, appear("a", Nd=10), turn(["a"], {"m": {"Nd": 4}}, losses={"Nd": 5}))
    assert [(one.seq, one.element, one.ug) for one in store.read.lines(f"lot:{uri('a')}")] == [
        (2, "Nd", 10),
        (3, "Nd", -10),
    ]
    assert store.read.lines(f"lot:{uri('a')}", first_seq=3)[0].ug == -10
    assert [one.delta for one in store.read.entries(3)] == [5, -10, 4, 1]
    assert store.read.accounts("loss:") == [f"loss:slag:{FURNACE}"]
    assert store.read.holdings(uri("a")) == {}


def test_heads_and_proofs(store: Store) -> None:
    put(store, appear("a", Nd=10))
    first = store.writer.sign_head().result(60)
    assert store.writer.sign_head().result(60) == first
    put(store, *(appear(f"b{number}", Nd=10) for number in range(9)))
    second = store.writer.sign_head().result(60)
    assert (first.size, second.size) == (2, 12)
    assert store.read.heads() == [first, second]
    assert all(holds(head, store.read.key()) for head in (first, second))
    proof = store.read.proof(5, size=second.size)
    assert proof.root == second.root
    assert included(proof.leaf, 4, proof.size, proof.path, second.root)
    assert consistent(first.size, first.root, second.size, second.root, store.read.growth(first.size, second.size))
    for seq, size in ((99, None), (5, 99), (5, 3)):
        with pytest.raises(ValueError, match=r"(?i)record"):
            store.read.proof(seq, size)
    sound(store, heads=[first, second])


def test_a_day_that_is_over_gets_its_head(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    put(store, appear("a", Nd=10))
    later = time.time_ns() + 86_400 * 10**9
    monkeypatch.setattr("chumbak.custody.store.writer.time.time_ns", lambda: later)
    put(store, appear("b", Nd=10))
    assert [head.size for head in store.read.heads()] == [2]
    put(store, appear("c", Nd=10))
    assert len(store.read.heads()) == 1
    sound(store)


# Tracing -------------------------------------------------------------------------------------------------------------


def test_a_magnet_is_traced_to_all_its_sources_to_the_microgram(store: Store) -> None:
    put(
        store,
        appear("a", kind="post-consumer", Nd=1000),
        appear("b", kind="primary", Nd=3001, Dy=7),
        turn(["a", "b"], {"alloy": {"Nd": 3999, "Dy": 7}}, losses={"Nd": 2}, melted="IN"),
        turn(["alloy"], {"m1": {"Nd": 1333, "Dy": 3}, "m2": {"Nd": 2666, "Dy": 5}}, hour=5),
        leave("m2", hour=6),
    )
    found = trace(store, uri("m1"))
    assert sum(found.held.values()) == 1336
    assert {origin.melted for _, origin in found.held} == {"IN"}
    by = {(one.lot, one.element): one.ug for one in found.sources}
    assert by[uri("a"), "Nd"] + by[uri("b"), "Nd"] == 1333
    assert abs(by[uri("a"), "Nd"] - 1333 * 1000 / 4001) <= 2
    assert {one.account for one in found.sources} == {f"outside:{GATE}", f"unaccounted:{FURNACE}"} or by[
        uri("b"), "Dy"
    ] == 3
    assert found.lots == (uri("b"), uri("a"), uri("alloy"), uri("m1")) or set(found.lots[:2]) == {uri("a"), uri("b")}
    assert found.events == (2, 3, 4, 5)
    gone = trace(store, uri("m2"))  # it has left: what it was given is traced
    assert sum(one.ug for one in gone.sources) == sum(gone.held.values()) == 2671
    with pytest.raises(StoreError, match="No lot"):
        trace(store, uri("nothing"))


def test_a_trace_passes_over_what_was_taken_back(store: Store) -> None:
    bad = turn(["a"], {"x": {"Nd": 900}}, losses={"Nd": 100})
    put(store, appear("a", Nd=1000), bad, wrong(bad), turn(["a"], {"m": {"Nd": 1000}}, hour=8))
    found = trace(store, uri("m"))
    assert [(one.account, one.ug) for one in found.sources] == [(f"outside:{GATE}", 1000)]
    assert found.events == (2, 5)


def test_what_was_found_without_a_source_is_told(store: Store) -> None:
    put(store, appear("a", Nd=1000), turn(["a"], {"m": {"Nd": 1100}}))
    by = {one.account: (one.origin, one.ug) for one in trace(store, uri("m")).sources}
    assert by == {f"outside:{GATE}": (MINED, 1000), f"unaccounted:{FURNACE}": (NOWHERE, 100)}


# Opening -------------------------------------------------------------------------------------------------------------


def test_a_store_is_found_again_with_its_key_and_only_with_it(
    opened: Callable[..., Store], url: str, tmp_path: Path
) -> None:
    put(opened(), appear("a", Nd=10))
    key = tmp_path / "log.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    put(opened(), turn(["a"], {"m": {"Nd": 10}}))
    with pytest.raises(StoreError, match="read only"):
        opened(read_only=True).writer  # noqa: B018
    with pytest.raises(StoreError, match="not there"):
        open_store(url, key=tmp_path / "other.key")
    kept = key.read_bytes()
    key.unlink()
    sound(opened(read_only=True))
    opened_other = open_store(f"sqlite:///{tmp_path}/other.db", key=tmp_path / "other.key")
    opened_other.close()
    with pytest.raises(StoreError, match="another log"):
        open_store(url, key=tmp_path / "other.key")
    key.write_text("x")
    with pytest.raises(StoreError, match="does not open"):
        opened()
    key.write_bytes(kept)
    assert put(opened(), appear("b", Nd=10)) == [4]


def test_older_stores_are_moved_newer_refused_and_other_databases_left_alone(
    opened: Callable[..., Store], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened(), appear("a", Nd=10))
    steps = [lambda connection: connection.exec_driver_sql("CREATE TABLE extra (seq INTEGER)")]
    monkeypatch.setattr(migrations, "STEPS", steps)
    with pytest.raises(StoreError, match="of edition 1, today's is 2"):
        opened(read_only=True)
    put(opened(), appear("b", Nd=10))
    opened()
    monkeypatch.setattr(migrations, "STEPS", [])
    with pytest.raises(StoreError, match="Update Chumbak"):
        opened()


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("no database " * 200)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.commit()
    other.close()
    for url, said in (
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        (f"sqlite:///{tmp_path}/no/where.db", "Make it, or name another"),
        ("mysql://x/y", "no database of custody"),
        ("what", "is no database"),
        (f"sqlite:///{text}", "does not open"),
        (f"sqlite:///{tmp_path}/other.db", "other tables"),
    ):
        with pytest.raises(StoreError, match=said):
            open_store(url)
    with pytest.raises(StoreError, match="no store at"):
        open_store(f"sqlite:///{tmp_path}/none.db", read_only=True)
