"""Capturing: ``POST /capture`` and ``POST /events``. An answer is given after the commit, so it means *recorded*.

The name of a capture job is the hash of what was sent: whoever sends the same once more gets the same job. Its times
are those of the log. Jobs are kept in memory, the last ``MOST_JOBS``; the answer itself holds the whole job.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from time import time_ns
from typing import Any

from chumbak.custody.epcis.document import ENVELOPES, Document, DocumentError, read_document
from chumbak.custody.epcis.validate import check
from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.store.books import Result
from chumbak.custody.store.faults import Conflict, Refused, StoreError
from chumbak.custody.store.prepare import DECLARED, Prepared, decode, prepare
from chumbak.custody.store.read import Reader
from chumbak.custody.web.channel import Recorder
from chumbak.custody.web.exchange import JSON, LINKED, Answer, Asked, encode, moment, segment, told
from chumbak.custody.web.limits import Limits
from chumbak.custody.web.problems import ProblemError, invalid, of_fault, wrong
from chumbak.custody.web.roles import Caller

MOST_JOBS = 10_000
BEHAVIOURS = ("rollback", "proceed")
MASTER_DATA = "Master data of the header are not kept: this service keeps events."


class Jobs:
    """Capture jobs by id, the last ``MOST_JOBS``, oldest first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def keep(self, job: dict[str, Any]) -> None:
        """Keep a job; one of the same id is replaced."""
        self._kept.pop(job["captureID"], None)
        self._kept[job["captureID"]] = job
        if len(self._kept) > MOST_JOBS:
            self._kept.popitem(last=False)

    def get(self, id: str) -> dict[str, Any] | None:
        """Return a job."""
        return self._kept.get(id)

    def listed(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        """Return jobs, the oldest first, after the one with an id; and the id to go on from, "" at the end."""
        kept = list(self._kept)
        start = kept.index(after) + 1 if after in self._kept else 0
        part = kept[start : start + limit]
        return [self._kept[id] for id in part], part[-1] if start + limit < len(kept) else ""


@dataclass(slots=True)
class _Sorted:
    """The events of a document: those that can go to the writer with their places, and what is wrong in others."""

    prepared: list[Prepared]
    places: list[str]
    faults: list[ProblemError]


class Capture:
    """Takes documents and events to a recorder."""

    def __init__(self, recorder: Recorder, limits: Limits, read: Reader) -> None:
        self._recorder, self._log = recorder, read
        self._limits = limits
        self._document_limits = limits.document()
        self.jobs = Jobs()

    async def document(self, asked: Asked) -> Answer:
        """Answer ``POST /capture``."""
        behaviour = asked.headers.get("gs1-capture-error-behaviour", "rollback")
        if behaviour not in BEHAVIOURS:
            raise ProblemError(
                "validation", f"GS1-Capture-Error-Behaviour is '{behaviour}'. Say rollback (all or nothing) or proceed."
            )
        proceed = behaviour == "proceed"
        document = self._read(asked)
        found = self._sort(document, proceed)
        results = await self._written(found, proceed, asked.caller)
        job = _job(asked.body, behaviour, document, found, results)
        self.jobs.keep(job)
        return Answer(202, encode(job), JSON, [("location", f"/capture/{job['captureID']}")])

    async def event(self, asked: Asked) -> Answer:
        """Answer ``POST /events``."""
        document = self._read(asked)
        if document.kind in ENVELOPES:
            raise wrong("/type", f"This is an {document.kind}, not one event", "Send documents to /capture")
        found = self._sort(document, False)
        (result,) = await self._written(found, False, asked.caller)
        event = document.raw | {"eventID": named(result.id), "recordTime": moment(result.recorded_us)}
        return Answer(201, encode(event), JSON, [("location", f"/events/{segment(named(result.id))}")])

    def _read(self, asked: Asked) -> Document:
        media = asked.headers.get("content-type", JSON).partition(";")[0].strip().lower()
        if media not in (JSON, LINKED):
            raise ProblemError("media", f"'{media[:80]}' is not taken. Send {JSON} or {LINKED}; XML is not taken.")
        coding = asked.headers.get("content-encoding", "identity").strip().lower()
        charset = asked.headers.get("content-type", "").lower().partition("charset=")[2].strip(' "') or "utf-8"
        if coding != "identity" or charset not in ("utf-8", "us-ascii"):
            raise ProblemError("media", f"'{(coding + ' ' + charset)[:80]}' is not taken. Send UTF-8 as it is.")
        version = asked.headers.get("gs1-epcis-version", "2")
        if not version.startswith("2"):
            raise ProblemError("accept", f"EPCIS {version[:20]} is not taken. Send EPCIS 2.0.")
        try:
            return read_document(asked.body, self._document_limits)
        except DocumentError as error:
            if "at most" in str(error) and "taken" in str(error) and error.findings[0].mend.startswith("Send it in"):
                raise ProblemError("large", str(error), error.findings, self._limits.headers()) from None
            raise invalid(error.findings) from None

    def _sort(self, document: Document, proceed: bool) -> _Sorted:
        """Check events and prepare them. Raises ``ProblemError`` unless it may proceed and the envelope is sound."""
        found = _Sorted([], [], [])
        bad: set[str] = set()
        if findings := check(document.raw):
            by_place = _by_event(findings, document) if proceed else None
            if by_place is None:
                raise invalid(findings)
            bad = set(by_place)
            found.faults += [invalid(listed) for listed in by_place.values()]
        refused: list[Finding] = []
        for place, event in document.placed():
            if place in bad:
                continue
            try:
                found.prepared.append(prepare(event, document.context_of(event)))
                found.places.append(place)
            except LedgerError as error:
                problem = of_fault(error, place)
                if not proceed:
                    refused += problem.findings
                found.faults.append(problem)
        if refused:
            raise invalid(refused, "ledger")
        return found

    async def _written(self, found: _Sorted, proceed: bool, caller: Caller) -> list[Result]:
        if not found.prepared:  # a document without events is valid, and there is nothing to write
            return []
        if "keys" not in caller.may:
            for place, one in zip(found.places, found.prepared, strict=True):
                if one.first is not None:
                    await self._check_own(one.first, caller, place)
        try:
            return await self._recorder.capture([recorded_by(one, caller) for one in found.prepared], proceed)
        except Refused as error:
            raise of_fault(error, found.places[error.index]) from None
        except StoreError as error:
            raise of_fault(error) from None

    async def _check_own(self, id: str, caller: Caller, place: str) -> None:
        """Refuse to declare an event erroneous that another organisation recorded. An administrator may."""
        record = await asyncio.to_thread(self._log.record_of, id)
        by = recorder_of(record.body) if record is not None else None
        if by is not None and by["organisation"] != caller.organisation:
            what = "another organisation recorded this event, and can take it back; so can an administrator"
            raise invalid([Finding(f"{place}/errorDeclaration", what, "Ask them to declare it erroneous")], "forbidden")


def recorded_by(prepared: Prepared, caller: Caller) -> Prepared:
    """Return an event that says, under its hash in the log, with which key it was recorded; without a key as it is."""
    if not caller.key:
        return prepared
    by = encode({"key": caller.key, "organisation": caller.organisation})
    return replace(prepared, body=prepared.body[:-1] + b',"by":' + by + b"}")


def recorder_of(body: bytes) -> dict[str, str] | None:
    """Return the key and the organisation that recorded an event, from its kept bytes; None if it had no key."""
    kept = decode(body)
    return kept.get("by") if isinstance(kept, dict) else None


def named(id: str) -> str:
    """Return the id that an event has for others: without the mark of one that declares an error."""
    return id.removesuffix(DECLARED)


def job_answer(jobs: Jobs, id: str) -> Answer:
    """Answer ``GET /capture/{captureID}``."""
    job = jobs.get(id)
    if job is None:
        raise ProblemError(
            "missing", f"There is no capture job '{id[:80]}'. The last {MOST_JOBS:,} since the service began are kept; "
            "to learn what became of a document, send it again: nothing is recorded twice.",
        )  # fmt: skip
    return told(job)


def _job(
    body: bytes, behaviour: str, document: Document, found: _Sorted, results: Sequence[Result]
) -> dict[str, Any]:  # fmt: skip
    faults = list(found.faults)
    events = []
    for place, result in zip(found.places, results, strict=True):
        if result.status == "refused":
            assert isinstance(result.fault, (LedgerError, Conflict))
            faults.append(of_fault(result.fault, place))
        else:
            events.append({"eventID": named(result.id), "record": result.seq, "recordTime": moment(result.recorded_us)})
    when = moment(max((one.recorded_us for one in results), default=0) or time_ns() // 1000)
    job = {
        "captureID": sha256(behaviour.encode() + b"\n" + body).hexdigest()[:32],
        "createdAt": when,
        "finishedAt": when,
        "running": False,
        "success": not faults,
        "captureErrorBehaviour": behaviour,
        "errors": [fault.document() for fault in faults],
        "events": events,
    }
    header = document.raw.get("epcisHeader")
    if isinstance(header, dict) and "epcisMasterData" in header:
        job["notes"] = [MASTER_DATA]
    return job


def _by_event(findings: Sequence[Finding], document: Document) -> dict[str, list[Finding]] | None:
    """Return findings by the place of the event they are in; None if one is in no event."""
    found: dict[str, list[Finding]] = {}
    for one in findings:
        place = next((p for p in document.places if p and (one.pointer + "/").startswith(p + "/")), None)
        if place is None:
            return None
        found.setdefault(place, []).append(one)
    return found
