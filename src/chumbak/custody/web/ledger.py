"""The ledger and the log read: lots, traces, accounts, areas, records with their proofs, heads, the export."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from chumbak.custody.ledger.origin import STEPS, Origin
from chumbak.custody.log.heads import Head
from chumbak.custody.log.record import Record
from chumbak.custody.measure.books import alarms, closings
from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.open import Store
from chumbak.custody.store.prepare import one_name
from chumbak.custody.store.trace import trace
from chumbak.custody.web.capture import recorder_of
from chumbak.custody.web.exchange import Answer, Asked, encode, moment, told
from chumbak.custody.web.pages import closed, linked, opened
from chumbak.custody.web.parameters import MOST_PER_PAGE, PAGING
from chumbak.custody.web.problems import ProblemError

if TYPE_CHECKING:
    from chumbak.custody.web.service import Service

UNIT = "microgram of contained element"
LINES = "application/x-ndjson"
AREAS = ("loss", "unaccounted", "restated")
ACCOUNTS_AT_ONCE = 200  # of an area
EXPORTED_AT_ONCE = 100  # records in one part of the stream

Key = tuple[str, Origin]


async def lot(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /lots/{lot}``: what it holds, by element and origin."""
    asked.only()
    name = asked.given[0]
    held = await service.reading(service.read.holdings, name)
    if held is None:
        raise _no_lot(name)
    return told({"lot": one_name(name), "unit": UNIT, "holds": [_portion(key, ug) for key, ug in held.items()]})


async def lot_trace(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /lots/{lot}/trace``: where each microgram entered."""
    asked.only()
    name = asked.given[0]
    try:
        found = await service.reading(trace, service.store, name)
    except StoreError:
        raise _no_lot(name) from None
    return told({
        "lot": found.lot,
        "unit": UNIT,
        "holds": [_portion(key, ug) for key, ug in found.held.items()],
        "sources": [
            {"record": one.seq, "account": one.account, "lot": one.lot, **_portion((one.element, one.origin), one.ug)}
            for one in found.sources
        ],
        "lots": list(found.lots),
        "records": list(found.events),
    })  # fmt: skip


async def accounts(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /accounts``: names of accounts, in order; ``start`` narrows them."""
    asked.only("start", *PAGING)
    limit = asked.number("perPage", 100, 1, MOST_PER_PAGE)
    start, after = asked.one("start"), opened(asked.one("nextPageToken"))
    found = await service.reading(service.read.accounts, start, after, limit + 1)
    more = [("nextPageToken", closed(found[limit - 1]))] if len(found) > limit else []
    return linked(told({"accounts": found[:limit]}), asked, more, limit)


async def account(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /accounts/{account}``: what it holds, and the records that moved it within ``from`` and ``to``."""
    asked.only("from", "to")
    name = asked.given[0]
    first, last = asked.number("from", 1, 1, 10**17), asked.number("to", 10**17, 1, 10**17)

    def read() -> dict[str, Any]:
        if name not in service.read.accounts(name, limit=1):
            raise ProblemError("missing", f"There is no account '{name[:200]}'. See /accounts.")
        lines = service.read.lines(name, first, last)
        if len(lines) > 100_000:
            raise ProblemError(
                "result", f"The account has {len(lines):,} lines there. Ask for fewer records: from, to."
            )
        return {
            "account": name,
            "unit": UNIT,
            "holds": [_portion(key, ug) for key, ug in service.read.balance(name).items()],
            "lines": [{"record": one.seq, **_portion((one.element, one.origin), one.ug)} for one in lines],
        }

    return told(await service.reading(read))


async def area(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /areas/{area}/balance``: what was lost, is unaccounted for or was restated there; its closings."""
    asked.only()
    name = asked.given[0]

    def read() -> dict[str, Any]:
        found = [one for kind in AREAS for one in _accounts_of(service, kind, name)]
        closed = closings(service.store, name)
        if not found and not closed:
            raise ProblemError(
                "missing", f"No event or closing names the area '{name[:200]}'. Write it as in rem:area."
            )
        return {
            "area": name,
            "unit": UNIT,
            "accounts": [
                {"account": one, "holds": [_portion(key, ug) for key, ug in service.read.balance(one).items()]}
                for one in found
            ],
            "closings": closed,
            "alarms": [one.alarm.id for one in alarms(service.store) if one.alarm.area == name],
        }  # fmt: skip

    return told(await service.reading(read))


async def heads(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /heads``: the signed heads of the log, the newest last."""
    asked.only("last")
    last = asked.number("last", 100, 1, 1_000)
    found = await service.reading(service.read.heads)
    return told({"heads": [_head(one) for one in found[-last:]]})


async def sign_head(service: Service, asked: Asked) -> Answer:
    """Answer ``POST /heads``: sign the log as it is."""
    return told(await service.ask("head"), 201)


async def record(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /records/{seq}``: a record with all its fields, as the export has it."""
    asked.only()
    seq = _seq(asked)
    found = await service.reading(service.read.record, seq)
    if found is None:
        raise _no_record(seq)
    return Answer(200, await service.reading(_line, service.store, found))


async def proof(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /records/{seq}/proof``: that it is among the first ``size`` records (default: all)."""
    asked.only("size")
    seq, size = _seq(asked), asked.number("size", 0, 1, 10**17)
    if await service.reading(service.read.record, seq) is None:
        raise _no_record(seq)
    try:
        found = await service.reading(service.read.proof, seq, size or None)
    except ValueError as error:
        raise ProblemError("parameter", f"size: {error}") from None
    return told({
        "record": seq, "leaf": found.leaf.hex(), "size": found.size, "root": found.root.hex(),
        "path": [one.hex() for one in found.path],
    })  # fmt: skip


async def growth(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /growth``: that the log of ``second`` records only grew from that of ``first``."""
    asked.only("first", "second")
    first, second = asked.number("first", 0, 1, 10**17), asked.number("second", 0, 1, 10**17)
    if not 1 <= first <= second:
        raise ProblemError("parameter", "Give first and second, sizes of the log, the smaller one first.")
    try:
        path = await service.reading(service.read.growth, first, second)
    except ValueError as error:
        raise ProblemError("parameter", str(error)) from None
    return told({"first": first, "second": second, "path": [one.hex() for one in path]})


async def export(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /export``: every record in the order of the log, one JSON object a line, entries beside it."""
    asked.only("from")
    first = asked.number("from", 1, 1, 10**17)
    last = await service.reading(service.read.last_seq)
    return Answer(200, _stream(service, first, last), LINES)


async def _stream(service: Service, first: int, last: int) -> AsyncIterator[bytes]:
    """Yield parts of the export. The database is held only while a part is read."""
    lines = _lines(service.store, first, last)
    while part := await service.reading(lambda: b"".join(islice(lines, EXPORTED_AT_ONCE))):
        yield part


def _lines(store: Store, first: int, last: int) -> Iterator[bytes]:
    return (_line(store, record) + b"\n" for record in store.read.records(first, last_seq=last))


def _line(store: Store, record: Record) -> bytes:
    """Return a record as JSON: all that its hash covers, its entries, and its body both as kept and to be read."""
    entries = [
        {"account": one.account, "element": one.element, "origin": one.origin.text, "microgram": str(one.delta)}
        for one in store.read.entries(record.seq)
    ]
    return encode({
        "seq": record.seq,
        "kind": record.kind,
        "recorded_us": record.recorded_us,
        "recordTime": moment(record.recorded_us),
        "id": record.id,
        "by": recorder_of(record.body) if record.kind == "event" else None,
        "body": b64encode(record.body).decode(),
        "entries": entries,
        "entries_digest": record.entries_digest.hex(),
        "previous": record.previous.hex(),
        "hash": record.hash().hex(),
    })  # fmt: skip


def _accounts_of(service: Service, kind: str, area: str) -> list[str]:
    """Return the accounts of an area: ``unaccounted:<area>``, and ``loss:<kind>:<area>`` of any kind."""
    if kind != "loss":
        return service.read.accounts(f"{kind}:{area}", limit=1)[:1] if _is_account(service, f"{kind}:{area}") else []
    found: list[str] = []
    after = ""
    while len(found) < ACCOUNTS_AT_ONCE:
        listed = service.read.accounts("loss:", after)
        found += [one for one in listed if one.removeprefix("loss:").partition(":")[2] == area]
        if len(listed) < 1_000:
            break
        after = listed[-1]
    return found


def _is_account(service: Service, name: str) -> bool:
    return service.read.accounts(name, limit=1) == [name]


def _portion(key: Key, ug: int) -> dict[str, Any]:
    element, origin = key
    return {
        "element": element, "microgram": str(ug), "kind": origin.kind,
        **{step: origin.country(step) for step in STEPS}, "evidence": list(origin.evidence),
    }  # fmt: skip


def _head(head: Head) -> dict[str, Any]:
    return head.document()


def _seq(asked: Asked) -> int:
    text = asked.given[0]
    if not text.isascii() or not text.isdigit() or len(text) > 17:
        raise ProblemError("missing", f"'{text[:40]}' is no number of a record. Records are numbered from 1.")
    return int(text)


def _no_record(seq: int) -> ProblemError:
    return ProblemError("missing", f"There is no record {seq}.")


def _no_lot(name: str) -> ProblemError:
    return ProblemError(
        "missing", f"There is no lot '{name[:200]}'. Lots are named as in events, percent-encoded here."
    )
