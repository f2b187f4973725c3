"""Events read back: ``/events``, named queries, the top-level resources, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chumbak.custody.store.faults import Conflict, Refused
from chumbak.custody.store.query import ROLES, Match, Query
from chumbak.custody.store.read import Event, Reader
from chumbak.custody.web.exchange import Answer, Asked, moment, segment, told
from chumbak.custody.web.forms import in_form, read_form
from chumbak.custody.web.named import DELETED, NAME
from chumbak.custody.web.pages import closed, linked, opened
from chumbak.custody.web.parameters import (
    EVENT_TYPES,
    MOST_PER_PAGE,
    PAGING,
    PER_PAGE,
    Question,
    bare,
    pairs_of,
    question,
)
from chumbak.custody.web.problems import ProblemError, wrong

if TYPE_CHECKING:
    from chumbak.custody.web.service import Service

CONTEXT_URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
RESOURCES = ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions")
TOP = ("events", *RESOURCES, "capture", "queries")
_FIELDS = {"eventTypes": "types", "bizSteps": "biz_steps", "dispositions": "dispositions", "readPoints": "read_points",
           "bizLocations": "biz_locations"}  # fmt: skip
_NAMED = (*ROLES["MATCH_anyEPC"], *ROLES["MATCH_anyEPCClass"])
SIMPLE = "SimpleEventQuery"


async def events(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /events``."""
    return await _page(service, asked, question(asked.query, service.limits.search), SIMPLE)


async def event(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /events/{eventID}``: the event, and the one that declares it erroneous if there is one."""
    asked.only()
    id = asked.given[0]
    form = read_form(asked.headers)

    def found() -> list[Event]:
        return [one for one in (service.read.event(id), service.read.declared(id)) if one is not None]

    listed = await service.reading(found)
    if not listed:
        raise ProblemError("missing", f"There is no event '{id[:200]}'. Ids stand in one segment, percent-encoded.")
    return told(document(listed, SIMPLE, form), GS1_EPC_Format=form)


async def resources(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /``."""
    return told(_collection(TOP))


async def listing(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /epcs`` and its siblings: what the events here name."""
    asked.only(*PAGING)
    resource = asked.parts[0]
    if resource == "eventTypes":
        return told(_collection(EVENT_TYPES))
    limit = asked.number("perPage", PER_PAGE, 1, MOST_PER_PAGE)
    after = opened(asked.one("nextPageToken"))
    found = await service.reading(service.read.values, resource, after, limit + 1)
    more = [("nextPageToken", closed(found[limit - 1]))] if len(found) > limit else []
    return linked(told(_collection(found[:limit])), asked, more, limit)


async def sub_resources(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /epcs/{epc}`` and its siblings."""
    asked.only()
    await _known(service, asked)
    return told(_collection(["events"]))


async def events_of(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /epcs/{epc}/events`` and its siblings."""
    within = await _known(service, asked)
    return await _page(service, asked, question(asked.query, service.limits.search, within), SIMPLE)


async def queries(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /queries``."""
    asked.only(*PAGING)
    limit = asked.number("perPage", PER_PAGE, 1, MOST_PER_PAGE)
    after = opened(asked.one("nextPageToken"))
    every = await service.reading(service.named.all)
    found = [{"name": name, "query": body["query"]} for name, body in every.items() if name > after]
    more = [("nextPageToken", closed(found[limit - 1]["name"]))] if len(found) > limit else []
    return linked(told(found[:limit]), asked, more, limit)


async def define(service: Service, asked: Asked) -> Answer:
    """Answer ``POST /queries``."""
    body = asked.json()
    if unknown := [name for name in body if name not in ("name", "query", "@context")]:
        raise wrong(f"/{unknown[0][:80]}", "this field is not known", "A query has name and query")
    name, query = body.get("name"), body.get("query")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise wrong("/name", "the name is not 1 to 100 letters, digits, or any of _ . -", "Choose another name")
    if not isinstance(query, dict):
        raise wrong("/query", "this is no object of query parameters", 'Write {"EQ_bizStep": ["shipping"]}')
    question(pairs_of(query), service.limits.search)  # refused now rather than each time it is asked
    kept = await service.reading(service.named.get, name)
    headers = {"Location": f"/queries/{segment(name)}"}
    if kept is None:
        id = await service.reading(service.named.next_id, name)
        try:
            await service.recorder.ask("append", "query", id, {"name": name, "query": query})
        except (Refused, Conflict):  # somebody took the name in this moment
            kept = await service.reading(service.named.get, name)
    if kept is not None and kept[1]["query"] != query:
        raise ProblemError("conflict", f"There is a query '{name}' with another content. Delete it, or choose a name.")
    return told({"name": name, "query": query}, 201, **headers)


async def query(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /queries/{queryName}``."""
    asked.only()
    name, (_, body) = asked.given[0], await _named(service, asked)
    return told({"name": name, "query": body["query"]})


async def forget(service: Service, asked: Asked) -> Answer:
    """Answer ``DELETE /queries/{queryName}``."""
    id, _ = await _named(service, asked)
    await service.ask("append", "query", id + DELETED, {"by": asked.caller.key})
    return Answer(204)


async def events_by_name(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /queries/{queryName}/events``."""
    if "upgrade" in asked.headers:
        raise ProblemError("absent", SUBSCRIPTIONS)
    name, (_, body) = asked.given[0], await _named(service, asked)
    asked.only(*PAGING)
    both = [*pairs_of(body["query"]), *asked.query]
    mine = dict(asked.query)
    pairs = [(key, text) for key, text in both if key not in mine or (key, text) in asked.query]
    return await _page(service, asked, question(pairs, service.limits.search), name)


SUBSCRIPTIONS = "Subscriptions are not offered: ask /queries/{name}/events again, with GE_recordTime in the query."


async def subscriptions(service: Service, asked: Asked) -> Answer:
    """Answer whatever is asked of subscriptions."""
    await _named(service, asked)
    raise ProblemError("absent", SUBSCRIPTIONS)


async def forget_token(service: Service, asked: Asked) -> Answer:
    """Answer ``DELETE /nextPageToken/{token}``: a token holds all it needs, so that nothing is kept to be let go."""
    return Answer(204)


def document(listed: Iterable[Event], name: str, form: str) -> dict[str, Any]:
    """Return events as an ``EPCISQueryDocument``, with the times of their records."""
    listed = list(listed)
    context, own = _contexts([one.context for one in listed])
    shown = []
    for one, apart in zip(listed, own, strict=True):
        event = {key: value for key, value in one.event.items() if key != "@context"}
        event["eventID"] = one.event.get("eventID") or one.hash
        event["recordTime"] = moment(one.recorded_us)
        shown.append(in_form(event, form) | ({"@context": one.context} if apart else {}))
    return {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": moment(max((one.recorded_us for one in listed), default=0)),
        "epcisBody": {"queryResults": {"queryName": name, "resultsBody": {"eventList": shown}}},
    }


async def _page(service: Service, asked: Asked, wanted: Question, name: str) -> Answer:
    """Return a page of events with the link to the next."""
    form = read_form(asked.headers)
    limit = wanted.per_page if wanted.limit is None else min(wanted.per_page, wanted.limit)
    if wanted.most is not None and wanted.token is None:
        await service.reading(_check_count, service.read, wanted.query, wanted.most)
    try:
        page = await service.reading(service.read.events, wanted.query, limit, wanted.token)
    except (ValueError, TypeError, OverflowError) as error:
        raise ProblemError("parameter", f"nextPageToken: {error}") from None
    answer = told(document(page.events, name, form), GS1_EPC_Format=form)
    left = None if wanted.limit is None else wanted.limit - len(page.events)
    if page.token is None or left == 0:
        return answer
    token = page.token if left is None else f"{left}.{page.token}"
    return linked(answer, asked, [("nextPageToken", token)], wanted.per_page)


def _check_count(read: Reader, query: Query, most: int) -> None:
    count, token = 0, None
    while True:
        page = read.events(query, min(1_000, most + 1 - count), token)
        count, token = count + len(page.events), page.token
        if count > most:
            raise ProblemError(
                "result", f"More than {most} events answer the query (maxEventCount). Narrow it, or read it in pages."
            )
        if token is None:
            return


async def _known(service: Service, asked: Asked) -> Query:
    """Return the query for the events that name the value in the path. Raises ``ProblemError`` if there are none."""
    resource, value = asked.parts[0], asked.given[0]
    if resource == "epcs":
        query = Query(matches=(Match(_NAMED, (value.rstrip("*") or "-",)),))
    else:
        value = bare(value) if resource in ("bizSteps", "dispositions") else value
        query = Query(**{_FIELDS[resource]: (value,)})  # type: ignore[arg-type]
    if resource == "eventTypes" and value in EVENT_TYPES:
        return query
    if not (await service.reading(service.read.events, query, 1)).events:
        raise ProblemError("missing", f"No event here names '{value[:200]}' among its {resource}. See /{resource}.")
    return query


async def _named(service: Service, asked: Asked) -> tuple[str, dict[str, Any]]:
    name = asked.given[0]
    kept = await service.reading(service.named.get, name)
    if kept is None:
        raise ProblemError("name", f"There is no query '{name[:100]}'. See /queries.")
    return kept


def _collection(member: Iterable[str]) -> dict[str, Any]:
    return {"@context": CONTEXT_URL, "type": "Collection", "member": list(member)}


def _contexts(found: list[Any]) -> tuple[Any, list[bool]]:
    """Return one context for events of several, and which of them need their own since a prefix means another thing."""
    links: dict[str, None] = {CONTEXT_URL: None}
    prefixes: dict[str, Any] = {}
    own = []
    for context in found:
        parts = context if isinstance(context, list) else [context]
        named: dict[str, Any] = {}
        for part in parts:
            if isinstance(part, Mapping):
                named |= part
        apart = any(prefixes.get(name, value) != value for name, value in named.items())
        own.append(apart)
        if not apart:
            prefixes |= named
            links |= dict.fromkeys(part for part in parts if isinstance(part, str))
    return [*links, prefixes] if prefixes else list(links), own
