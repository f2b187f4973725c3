"""Every route of the service in one table: what answers, who may ask, and what its description in OpenAPI says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from chumbak.custody.web import certificates as cert
from chumbak.custody.web import events as ev
from chumbak.custody.web import ledger as led
from chumbak.custody.web.capture import job_answer
from chumbak.custody.web.exchange import JSON, VENDOR, VERSION, Answer, Asked, told
from chumbak.custody.web.pages import closed, linked, opened
from chumbak.custody.web.parameters import MOST_PER_PAGE, PAGING, PER_PAGE
from chumbak.custody.web.problems import ProblemError
from chumbak.custody.web.roles import OPEN

if TYPE_CHECKING:
    from chumbak.custody.web.service import Service

Handler = Callable[["Service", Asked], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """A method of a path. ``path`` has ``{name}`` where a segment is open; ``may`` is what the caller must be allowed.

    ``answers`` names the schema (of ``models``) of each good status, None without a body; ``problems`` are statuses of
    problems beside those of every route; ``takes`` is the schema of the body; ``query`` names query parameters, of
    which "EVENTS" stands for all those of a query of events.
    """

    method: str
    path: str
    handler: Handler
    may: str
    tag: str
    summary: str
    answers: Mapping[int, str | None]
    problems: tuple[int, ...] = ()
    takes: str | None = None
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    media: str = JSON
    segments: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.path.split("/")[1:]))


async def _capture(service: Service, asked: Asked) -> Answer:
    asked.only()
    return await service.capture.document(asked)


async def _event(service: Service, asked: Asked) -> Answer:
    asked.only()
    return await service.capture.event(asked)


async def _jobs(service: Service, asked: Asked) -> Answer:
    asked.only(*PAGING)
    limit = asked.number("perPage", PER_PAGE, 1, MOST_PER_PAGE)
    jobs, after = service.capture.jobs.listed(opened(asked.one("nextPageToken")), limit)
    return linked(told(jobs), asked, [("nextPageToken", closed(after))] if after else [], limit)


async def _job(service: Service, asked: Asked) -> Answer:
    asked.only()
    return job_answer(service.capture.jobs, asked.given[0])


async def _health(service: Service, asked: Asked) -> Answer:
    asked.only()
    last = await service.reading(service.read.last_seq)
    return told({"ready": True, "service": VENDOR, "epcis": VERSION, "records": last})


async def _openapi(service: Service, asked: Asked) -> Answer:
    from chumbak.custody.web.openapi import description

    asked.only()
    return told(description(service.limits))


EVENTS = ("EVENTS", *PAGING)
FORM = ("GS1-EPC-Format",)
_DATA = (404, 413)


def _resource(name: str, one: str, what: str) -> list[Route]:
    """Return the routes of a top-level resource."""
    query = EVENTS
    return [
        Route("GET", f"/{name}", ev.listing, "read", "Resources", f"{what} that events name", {200: "Collection"},
              query=PAGING),
        Route("GET", f"/{name}/{{{one}}}", ev.sub_resources, "read", "Resources", f"What there is of one of {name}",
              {200: "Collection"}, (404,)),
        Route("GET", f"/{name}/{{{one}}}/events", ev.events_of, "read", "Events", f"Events that name one of {name}",
              {200: "QueryDocument"}, _DATA, query=query, headers=FORM),
    ]  # fmt: skip


def _subscriptions(path: str, methods: tuple[str, ...]) -> list[Route]:
    return [
        Route(method, path, ev.subscriptions, "read", "Not offered", "Subscriptions are not offered", {}, (404, 501))
        for method in methods
    ]


@cache
def routes() -> tuple[Route, ...]:
    """Return every route."""
    posted = (400, 408, 413)
    return (
        Route("GET", "/", ev.resources, "read", "Resources", "The top-level resources of EPCIS", {200: "Collection"}),
        Route("POST", "/capture", _capture, "record", "Capture", "Record a document of events",
              {202: "CaptureJob"}, (*posted, 409, 415), "Document",
              headers=("GS1-Capture-Error-Behaviour", "GS1-EPCIS-Version", "GS1-CBV-Version")),
        Route("GET", "/capture", _jobs, "record", "Capture", "Capture jobs, the oldest first", {200: "CaptureJobs"},
              query=PAGING),
        Route("GET", "/capture/{captureID}", _job, "record", "Capture", "A capture job", {200: "CaptureJob"}, (404,)),
        Route("POST", "/events", _event, "record", "Capture", "Record one event; answered after the commit",
              {201: "Event"}, (*posted, 409, 415), "Event", headers=("GS1-EPCIS-Version", "GS1-CBV-Version")),
        Route("GET", "/events", ev.events, "read", "Events", "Events that a query asks for, page by page",
              {200: "QueryDocument"}, (413,), query=EVENTS, headers=FORM),
        Route("GET", "/events/{eventID}", ev.event, "read", "Events", "An event by its id", {200: "QueryDocument"},
              (404,), headers=FORM),
        *_resource("eventTypes", "eventType", "Types of events"),
        *_resource("epcs", "epc", "Objects and classes"),
        *_resource("bizSteps", "bizStep", "Business steps"),
        *_resource("bizLocations", "bizLocation", "Places of business"),
        *_resource("readPoints", "readPoint", "Places where events were seen"),
        *_resource("dispositions", "disposition", "Dispositions"),
        Route("GET", "/queries", ev.queries, "read", "Queries", "Named queries", {200: "Queries"}, query=PAGING),
        Route("POST", "/queries", ev.define, "define", "Queries", "Name a query", {201: "NamedQuery"}, (*posted, 409),
              "NamedQuery"),
        Route("GET", "/queries/{queryName}", ev.query, "read", "Queries", "A named query", {200: "NamedQuery"}, (404,)),
        Route("DELETE", "/queries/{queryName}", ev.forget, "define", "Queries", "Delete a named query", {204: None},
              (404,)),
        Route("GET", "/queries/{queryName}/events", ev.events_by_name, "read", "Queries", "Events of a named query",
              {200: "QueryDocument"}, (404, 413, 501), query=PAGING, headers=FORM),
        *_subscriptions("/queries/{queryName}/subscriptions", ("GET", "POST")),
        *_subscriptions("/queries/{queryName}/subscriptions/{subscriptionID}", ("GET", "DELETE")),
        Route("DELETE", "/nextPageToken/{token}", ev.forget_token, "read", "Events", "Let a token go", {204: None}),
        Route("GET", "/lots/{lot}", led.lot, "read", "Ledger", "What a lot holds, by element and origin", {200: "Lot"},
              (404,)),
        Route("GET", "/lots/{lot}/trace", led.lot_trace, "read", "Ledger", "Where each microgram of a lot entered",
              {200: "Trace"}, (404,)),
        Route("GET", "/accounts", led.accounts, "read", "Ledger", "Names of accounts", {200: "Accounts"},
              query=("start", *PAGING)),
        Route("GET", "/accounts/{account}", led.account, "read", "Ledger", "What an account holds, and its lines",
              {200: "Account"}, _DATA, query=("from", "to")),
        Route("GET", "/areas/{area}/balance", led.area, "read", "Ledger",
              "What was lost and is unaccounted for in an area, and its closings", {200: "Area"}, (404,)),
        Route("GET", "/records/{seq}", led.record, "audit", "Log", "A record of the log with its entries",
              {200: "Record"}, (404,)),
        Route("GET", "/records/{seq}/proof", led.proof, "audit", "Log", "That a record is in the log", {200: "Proof"},
              (404,), query=("size",)),
        Route("GET", "/growth", led.growth, "audit", "Log", "That the log only grew", {200: "Growth"},
              query=("first", "second")),
        Route("GET", "/heads", led.heads, "audit", "Log", "Signed heads of the log, the newest last", {200: "Heads"},
              query=("last",)),
        Route("POST", "/heads", led.sign_head, "audit", "Log", "Sign the log as it is", {201: "Head"}, (408, 413)),
        Route("GET", "/export", led.export, "audit", "Log", "Every record with its entries, a JSON object a line",
              {200: "Record"}, query=("from",), media=led.LINES),
        Route("GET", "/certificates", cert.certificates, "read", "Certificates", "Certificates given",
              {200: "Certificates"}, query=("lot",)),
        Route("POST", "/certificates", cert.certify, "certify", "Certificates", "Give a certificate of a lot",
              {201: "Certificate"}, (*posted, 404, 409), "CertificateWanted"),
        Route("GET", "/certificates/{id}", cert.certificate, "read", "Certificates", "A certificate, signed",
              {200: "Token"}, (404,), media=cert.TOKEN),
        Route("POST", "/certificates/{id}/withdrawal", cert.withdraw, "certify", "Certificates",
              "Withdraw a certificate for good", {204: None}, (*posted, 404, 409), "Withdrawal"),
        Route("GET", "/status/1", cert.status, OPEN, "Certificates", "The signed list of withdrawn certificates",
              {200: "Token"}, media=cert.TOKEN),
        Route("GET", "/trust", cert.trust, "read", "Certificates", "The public keys of issuer and log", {200: "Trust"}),
        Route("GET", "/keys", cert.keys, "keys", "Keys", "Whose keys there are", {200: "Keys"}),
        Route("POST", "/keys", cert.make_key, "keys", "Keys", "Make a key, shown this once", {201: "NewKey"},
              (*posted, 409), "KeyWanted"),
        Route("DELETE", "/keys/{id}", cert.drop_key, "keys", "Keys", "Withdraw a key for good", {204: None},
              (404, 409)),
        Route("GET", "/health", _health, OPEN, "Service", "Whether the service is ready", {200: "Health"}),
        Route("GET", "/openapi.json", _openapi, OPEN, "Service", "This description", {200: "Object"}),
    )  # fmt: skip


@cache
def _by_shape() -> dict[tuple[str, int, str], list[Route]]:
    found: dict[tuple[str, int, str], list[Route]] = {}
    for route in routes():
        found.setdefault((route.method, len(route.segments), route.segments[0]), []).append(route)
    return found


def found_route(method: str, parts: tuple[str, ...]) -> tuple[Route, tuple[str, ...]]:
    """Return the route of a request and what stands at its open segments. Raises ``ProblemError``."""
    for route in _by_shape().get((method, len(parts), parts[0]), ()):
        if _fits(route, parts):
            return route, tuple(part for segment, part in zip(route.segments, parts, strict=True) if segment[:1] == "{")
    methods = allowed(parts)
    raise ProblemError(
        "method", f"{method} is not allowed here; allowed: {', '.join(methods)}.", headers={"Allow": ", ".join(methods)}
    )


def allowed(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the methods that a path takes. Raises ``ProblemError`` if there is no such path."""
    methods = tuple(
        method
        for method in ("GET", "POST", "DELETE")
        if any(_fits(one, parts) for one in _by_shape().get((method, len(parts), parts[0]), ()))
    )
    if not methods:
        tops = sorted({route.segments[0] for route in routes() if route.segments[0]})
        raise ProblemError("missing", f"There is nothing at this address. It begins with one of: /{', /'.join(tops)}.")
    return ("OPTIONS", *(("GET", "HEAD") if "GET" in methods else ()), *(m for m in methods if m != "GET"))


def _fits(route: Route, parts: tuple[str, ...]) -> bool:
    """Whether a path of as many segments is the route's; an open segment takes anything but nothing."""
    return all(
        part != "" if segment[:1] == "{" else segment == part
        for segment, part in zip(route.segments, parts, strict=True)
    )
