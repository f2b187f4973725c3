"""Asking custody: what is wrong in a file, what a lot holds and where it came from, certificates, verification."""

from __future__ import annotations

import datetime as dt
import json
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from chumbak.custody.epcis.document import Document, DocumentError, read_document
from chumbak.custody.finding import LedgerError
from chumbak.custody.ledger.origin import STEPS, UNKNOWN, Origin
from chumbak.custody.log.heads import Head
from chumbak.custody.store.faults import Conflict, Refused, StoreError
from chumbak.custody.store.open import Store, key_path, log_id, open_store
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.report.terminal import complain

if TYPE_CHECKING:
    from chumbak.custody.store.trace import Trace

MOST_BYTES = 64_000_000  # of a file that is read
WAIT = 60.0  # seconds that a record waits for its turn
MICRO = 1_000_000
STATUS = "status/1"


def ask_lint(files: Sequence[Path]) -> None:
    """Print every finding in documents. Raises ``MistakeError`` if there is one."""
    from chumbak.custody.epcis.lint import doubled, lint, rendered
    from chumbak.custody.ledger.content import faults_of, prefix_of

    count = 0
    for file in files:
        body = read_bytes(file)
        found = lint(body, lambda event, context: faults_of(event, prefix_of(context)))
        count += len(found)
        for line in rendered(found, str(file)):
            sys.stdout.write(line + "\n")
        for line in rendered(doubled(body), str(file)):
            sys.stdout.write(f"Note: {line}\n")
    if count:
        raise MistakeError(f"{count} finding{'' if count == 1 else 's'}. Mend them before you record the events.")
    sys.stdout.write(f"{len(files)} file{'' if len(files) == 1 else 's'}: nothing to mend.\n")


def ask_hash(files: Sequence[Path]) -> None:
    """Print the CBV hash of every event of documents, one a line."""
    from chumbak.custody.epcis.event_hash import event_hash

    for file in files:
        document = _document(file)
        for event in document.events:
            sys.stdout.write(event_hash(event, document.context_of(event)) + "\n")


def ask_record(files: Sequence[Path], database: str, as_json: bool) -> None:
    """Record documents, each whole or not at all, and print what became of every event."""
    from chumbak.custody.epcis.validate import check
    from chumbak.custody.store.prepare import prepare

    with opened_store(database) as store:
        told = []
        for file in files:
            document = _document(file)
            faults = check(document.raw)
            if faults:
                raise MistakeError("\n".join(f"{file}:{fault}" for fault in faults))
            try:
                prepared = [prepare(event, document.context_of(event)) for event in document.events]
                results = store.writer.capture(prepared, wait=WAIT).result()
            except LedgerError as error:
                raise MistakeError("\n".join(f"{file}:{fault}" for fault in error.findings)) from None
            except Conflict as error:
                raise MistakeError(f"{file}: {error}") from None
            except Refused as error:
                where = f"{file}, event {error.index + 1} ({error.id})"
                raise MistakeError(f"{where}: {error.fault}\nNothing of this file was recorded.") from None
            told += [
                {"file": str(file), "id": one.id, "record": one.seq, "status": one.status,
                 "recorded": _time(one.recorded_us)}
                for one in results
            ]  # fmt: skip
    if as_json:
        _print(told)
        return
    stored = sum(one["status"] == "stored" for one in told)
    again = len(told) - stored
    sys.stdout.write(f"Recorded {stored} event{'' if stored == 1 else 's'}")
    sys.stdout.write(f"; {again} were recorded before, and are as they were.\n" if again else ".\n")


def ask_trace(lot: str, database: str, as_json: bool) -> None:
    """Print what a lot holds and where each microgram entered. Raises ``MistakeError`` for an unknown lot."""
    from chumbak.custody.store.trace import trace

    with opened_store(database, read_only=True) as store:
        if store.read.holdings(lot) is None:
            raise MistakeError(f"There is no lot '{lot}' in this store. Lots are named as in the events.")
        found = trace(store, lot)
    told = {
        "lot": found.lot,
        "unit": "microgram of contained element",
        "held": [{"element": element, "microgram": str(ug), **_origin(of)} for (element, of), ug in found.held.items()],
        "sources": [
            {"record": one.seq, "account": one.account, "lot": one.lot, "element": one.element,
             "microgram": str(one.ug), **_origin(one.origin)}
            for one in found.sources
        ],
        "events": len(found.events),
        "lots": len(found.lots),
    }  # fmt: skip
    if as_json:
        _print(told)
    else:
        _show_trace(found)


def ask_certify(
    lot: str, database: str, issuer: str | None, status: str | None, days: int, verdicts: Sequence[dict[str, Any]],
    qr: Path | None, out: Path | None,
) -> None:  # fmt: skip
    """Give a certificate of a lot, with verdicts of rules on it. Raises ``MistakeError`` where none is given."""
    from chumbak.custody.claims.issue import IssueError, issue
    from chumbak.custody.claims.qr import link, picture
    from chumbak.custody.measure.books import in_the_way
    from chumbak.custody.store.trace import trace

    for target in (out, qr):
        if target is not None and (target.is_dir() or not target.parent.is_dir()):
            raise MistakeError(f"'{target}' cannot be written: there is no such folder. No certificate was given.")
    with opened_store(database) as store:
        who = issuer or _log_name(store)
        try:
            alarms = in_the_way(store, trace(store, lot))
            found = issue(store, lot, who, status or _list_of(who), _now(), days=days, verdicts=verdicts, alarms=alarms)
        except IssueError as error:
            raise MistakeError(str(error)) from None
    _write(found.token + "\n", out)
    if qr is not None:
        qr.write_bytes(picture(link(found.id, found.token)))
    complain(f"Certificate {found.id}, in force for {days} days.")


def ask_withdraw(name: str, reason: str, database: str) -> None:
    """Withdraw a certificate. Raises ``MistakeError`` for one that was never given."""
    from chumbak.custody.claims.issue import IssueError, withdraw

    with opened_store(database) as store:
        try:
            withdraw(store, name, reason)
        except IssueError as error:
            raise MistakeError(str(error)) from None
        except Refused as error:
            raise MistakeError(f"{error.fault}") from None
    complain(f"{name} is withdrawn. Publish the list anew: chumbak custody status.")


def ask_status(database: str, issuer: str | None, status: str | None, days: int, out: Path | None) -> None:
    """Print the signed list of certificates that were withdrawn."""
    from chumbak.custody.claims.issue import status_token

    with opened_store(database, read_only=True) as store:
        who = issuer or _log_name(store)
        _write(status_token(store, who, status or _list_of(who), _now(), days) + "\n", out)


def ask_trust(database: str, issuer: str | None, out: Path | None) -> None:
    """Print the public keys of issuer and log."""
    from chumbak.custody.claims.issue import trust_document

    with opened_store(database, read_only=True) as store:
        _write(json.dumps(trust_document(store, issuer or _log_name(store)), indent=1) + "\n", out)


def ask_head(database: str, out: Path | None) -> None:
    """Print the signed head of the log as it is."""
    with opened_store(database) as store:
        head = store.writer.sign_head().result()
    _write(json.dumps(head.document(), indent=1) + "\n", out)


def ask_verify(database: str, heads: Sequence[Path], as_json: bool) -> bool:
    """Replay a store and print what is wrong first; return whether nothing is."""
    from chumbak.custody.store.replay import replay

    kept = [_head(path) for path in heads]
    with opened_store(database, read_only=True) as store:
        found = replay(store, heads=kept)
    if as_json:
        _print({"sound": found.sound, "first_wrong": found.first_wrong, "id": found.id, "what": found.what,
                "records": found.records, "events": found.events})  # fmt: skip
    elif found.sound:
        beside = f", and it grew from the {len(kept)} head{'' if len(kept) == 1 else 's'} given" if kept else ""
        sys.stdout.write(f"All {found.records} records ({found.events} events) are as they were written{beside}.\n")
    else:
        named = f" ({found.id})" if found.id else ""
        where = "" if found.first_wrong is None else f"Record {found.first_wrong}{named}: "
        sys.stdout.write(f"NOT SOUND. {where}{found.what}\n")
    return found.sound


def ask_verify_certificate(file: Path, trust: Path | None, status: Path | None, as_json: bool) -> bool:
    """Check a certificate without a store and print every point; return whether all pass."""
    from chumbak.custody.claims.certificate import check, is_good
    from chumbak.custody.claims.credential import CredentialError, Trust

    if trust is None:
        raise MistakeError(
            "A certificate is checked by keys that you trust. Say --trust FILE ('chumbak custody trust')."
        )
    try:
        keys = json.loads(read_bytes(trust))
        issuers, logs = Trust.of(keys["issuers"]), [b64decode(key, validate=True) for key in keys["logs"].values()]
    except (CredentialError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MistakeError(f"'{trust}' holds no keys as 'chumbak custody trust' writes them: {error}.") from None
    said = None if status is None else _text(status)
    found = check(_text(file), issuers, logs, _now(), said)
    if as_json:
        points = [{"name": one.name, "told": one.told, "reason": one.reason} for one in found]
        _print({"good": is_good(found), "points": points})
    else:
        for one in found:
            sys.stdout.write(f"{one.told:12} {one.name}: {one.reason}\n")
        sys.stdout.write("GOOD.\n" if is_good(found) else "NOT GOOD: do not rely on it.\n")
    return is_good(found)


def ask_backup(file: Path, database: str) -> None:
    """Copy a store and verify the copy. Raises ``FaultError`` if the copy is not sound."""
    from chumbak.custody.store.backup import backup
    from chumbak.report.mistakes import FaultError

    with opened_store(database, read_only=True) as store:
        found = backup(store, file)
        key = key_path(store.url)
    if not found.sound:
        raise FaultError(f"The copy is not sound: {found.what}. Verify the store: chumbak custody verify.")
    complain(
        f"Copied {found.records} records to {file}; the copy is sound. Its key, {key}, is not in it: keep that apart."
    )


@contextmanager
def opened_store(database: str, read_only: bool = False) -> Iterator[Store]:
    """Open a store, and turn what it refuses into a mistake of the user's."""
    try:
        with open_store(database, read_only=read_only) as store:
            yield store
    except StoreError as error:
        raise MistakeError(str(error)) from None


def _document(file: Path) -> Document:
    try:
        return read_document(read_bytes(file))
    except DocumentError as error:
        raise MistakeError("\n".join(f"{file}:{fault}" for fault in error.findings)) from None


def read_bytes(file: Path) -> bytes:
    """Return what a file holds. Raises ``MistakeError`` where it cannot be read or is far too large."""
    try:
        with file.open("rb") as opened:
            found = opened.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise MistakeError(f"'{file}' has more than {MOST_BYTES:,} bytes: that is none of the files read here.")
        return found
    except OSError as error:
        raise MistakeError(f"Cannot read '{file}': {error.strerror or error}.") from None


def _text(file: Path) -> str:
    return read_bytes(file).decode("utf-8", errors="replace").strip()


def _head(file: Path) -> Head:
    try:
        return Head.of(json.loads(read_bytes(file)))
    except ValueError:
        raise MistakeError(f"'{file}' is no head of a log. Keep them as 'chumbak custody head' prints them.") from None


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _print(told: Any) -> None:
    sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _time(microseconds: int) -> str:
    return dt.datetime.fromtimestamp(microseconds / MICRO, dt.UTC).isoformat(timespec="milliseconds")


def _log_name(store: Store) -> str:
    return log_id(store.read.key())


def _list_of(issuer: str) -> str:
    return f"{issuer}{'/' if issuer.startswith('http') else ':'}{STATUS if issuer.startswith('http') else 'status:1'}"


def _origin(origin: Origin) -> dict[str, Any]:
    countries = {step: origin.country(step) for step in STEPS}
    return {"kind": origin.kind, **countries, "evidence": list(origin.evidence)}


def _show_trace(found: Trace) -> None:
    """Print a trace as tables, in grams."""
    console = screen()
    console.print(f"\n[bold]{escape(found.lot)}[/bold]\n", highlight=False)
    rows = [(element, of.kind, _made(of), _grams(ug)) for (element, of), ug in found.held.items()]
    title = "What it holds, grams of contained element; countries not named are unknown"
    console.print(Grid(title, ("", "kind", "made", "g"), rows, words=3))
    places = [(one.element, one.account, one.lot, _grams(one.ug), str(one.seq)) for one in found.sources]
    way = f"{len(found.events)} events and {len(found.lots)} lots on the way"
    console.print()
    console.print(Grid(f"Where it entered ({way})", ("", "from", "as lot", "g", "record"), places, words=3))


def _made(origin: Origin) -> str:
    known = ((step, origin.country(step)) for step in STEPS)
    return ", ".join(f"{step} {country}" for step, country in known if country != UNKNOWN)


def _grams(micrograms: int) -> str:
    whole, rest = divmod(micrograms, MICRO)
    return f"{whole:,}.{rest:06d}"
