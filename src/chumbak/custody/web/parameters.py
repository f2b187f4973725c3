"""The query parameters of EPCIS 2.0: which there are, what they take, and the store's ``Query`` that they make.

Lists are separated by ``|``. A parameter that is not known is refused with the nearest that is: what is passed over in
silence gives an answer to another question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from time import monotonic
from typing import Any

from chumbak.custody.store.facts import microseconds
from chumbak.custody.store.prepare import one_name
from chumbak.custody.store.query import ROLES, Match, Query
from chumbak.custody.web import conditions
from chumbak.custody.web.conditions import Condition
from chumbak.custody.web.exchange import whole
from chumbak.custody.web.problems import ProblemError

EVENT_TYPES = ("AggregationEvent", "AssociationEvent", "ObjectEvent", "TransactionEvent", "TransformationEvent")
ACTIONS = ("ADD", "OBSERVE", "DELETE")
PER_PAGE, MOST_PER_PAGE = 30, 1_000
MOST_COUNTED = 10_000  # events that maxEventCount may ask for
PAGING = ("perPage", "nextPageToken")

# Columns of the store's Query by parameter.
_COLUMNS = {
    "eventType": "types", "EQ_action": "actions", "EQ_bizStep": "biz_steps", "EQ_disposition": "dispositions",
    "EQ_readPoint": "read_points", "WD_readPoint": "read_points", "EQ_bizLocation": "biz_locations",
    "WD_bizLocation": "biz_locations", "EQ_transformationID": "transformations", "EQ_eventID": "ids",
}  # fmt: skip
_TIMES = {
    "GE_eventTime": "event_from_us", "LT_eventTime": "event_to_us", "GE_recordTime": "recorded_from_us",
    "LT_recordTime": "recorded_to_us",
}  # fmt: skip
_PERSISTENT = {"EQ_persistentDisposition_set": "set_disposition", "EQ_persistentDisposition_unset": "unset_disposition"}
_PARTIES = {"bizTransaction": "transaction", "source": "source", "destination": "destination"}
_PLACES = ("read_points", "biz_locations")
_CONTROL = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")

LISTS = (*_COLUMNS, *_PERSISTENT, *ROLES)  # parameters that take lists
FIXED: tuple[str, ...] = (*LISTS, *_TIMES, *conditions.FIXED, *_CONTROL)
PATTERNED = (
    "EQ_bizTransaction_TYPE", "EQ_source_TYPE", "EQ_destination_TYPE", *conditions.PATTERNS,
)  # fmt: skip
_PARTY = re.compile(r"EQ_(bizTransaction|source|destination)_(.+)")
_CBV = re.compile(r"(?:urn:epcglobal:cbv:[a-z]+:|https://ref\.gs1\.org/cbv/[A-Za-z]+-)(.+)")


@dataclass(frozen=True)
class Question:
    """A query with its paging: at most ``limit`` events in all if there is one, ``most`` or it is refused."""

    query: Query = Query()  # noqa: RUF009 (frozen)
    per_page: int = PER_PAGE
    token: str | None = None
    limit: int | None = None
    most: int | None = None


@dataclass
class _Found:
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    matches: list[Match] = field(default_factory=list)
    holds: list[Condition] = field(default_factory=list)
    erroneous: bool | None = None
    control: dict[str, str] = field(default_factory=dict)


def question(pairs: Iterable[tuple[str, str]], seconds: float, within: Query | None = None) -> Question:
    """Return what parameters ask for. Raises ``ProblemError`` for one that is not known or not valid.

    ``within`` is a query whose conditions hold beside; ``seconds`` how long it may read.
    """
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    found = _Found()
    for name, texts in given.items():
        _read(name, texts, found)
    control = found.control
    order, descending = _order(control)
    limit = _count("eventCountLimit", control)
    most = _count("maxEventCount", control)
    if limit is not None and most is not None:
        raise ProblemError("parameter", "eventCountLimit and maxEventCount exclude each other. Give one.")
    if limit is not None and "orderBy" not in control:
        raise ProblemError("parameter", "eventCountLimit needs orderBy: say which events are the first.")
    query = replace(
        Query(order=order, descending=descending, erroneous=found.erroneous, matches=tuple(found.matches)),
        **found.columns,  # type: ignore[arg-type]
        **found.times,  # type: ignore[arg-type]
        holds=_timed(found.holds, seconds) if found.holds else (),
    )
    token = control.get("nextPageToken")
    if token is not None and limit is not None:  # the token carries what is left of the limit
        left, _, token = token.partition(".")
        limit = whole("nextPageToken", left, 0, 1, MOST_COUNTED * 1000) if token else limit
    per_page = whole("perPage", control.get("perPage", ""), PER_PAGE, 1, MOST_PER_PAGE)
    return Question(within_both(query, within), per_page, token or None, limit, most)


def within_both(query: Query, other: Query | None) -> Query:
    """Return the query of what both ask for; the order is that of the first."""
    if other is None:
        return query
    changes: dict[str, Any] = {}
    for name in {*_COLUMNS.values(), "hashes"}:
        mine, theirs = getattr(query, name), getattr(other, name)
        both = tuple(one for one in mine if one in theirs) if mine and theirs else mine or theirs
        # Nothing in common: nothing is found, while an empty tuple would ask for everything.
        changes[name] = both or ("",) if mine or theirs else ()
    for low in ("event_from_us", "recorded_from_us"):
        changes[low] = max((one for one in (getattr(query, low), getattr(other, low)) if one is not None), default=None)
    for high in ("event_to_us", "recorded_to_us"):
        changes[high] = min(
            (one for one in (getattr(query, high), getattr(other, high)) if one is not None), default=None
        )
    erroneous = query.erroneous if other.erroneous is None else other.erroneous
    matches, holds = query.matches + other.matches, query.holds + other.holds
    return replace(query, **changes, erroneous=erroneous, matches=matches, holds=holds)


def pairs_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the parameters of a query written as JSON, as an address would hold them. Raises ``ProblemError``."""
    found: list[tuple[str, str]] = []
    for name, value in body.items():
        if name == "@context":
            continue
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        if not values or any(isinstance(one, (dict, list)) for one in values):
            raise ProblemError("parameter", f"'{name}' is no text, number, or list of them. Write {name}: [\"...\"].")
        found += [(name, _text(one)) for one in values]
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _read(name: str, texts: Sequence[str], found: _Found) -> None:
    """Read one parameter into ``found``."""
    if name in (*_CONTROL, *PAGING):
        if len(texts) > 1:
            raise ProblemError("parameter", f"'{name}' is given {len(texts)} times. Give it once.")
        found.control[name] = texts[0]
    elif name in _COLUMNS:
        _column(name, _values(name, texts), found)
    elif name in _TIMES:
        column, value = _TIMES[name], _time(name, texts[-1])
        found.times[column] = value
    elif name in _PERSISTENT:
        values = tuple(bare(value) for value in _values(name, texts))
        found.matches.append(Match((_PERSISTENT[name],), values))
    elif name in ROLES:
        found.matches.append(Match(ROLES[name], _values(name, texts)))
    elif name == "EXISTS_errorDeclaration":
        if conditions.truth(name, texts[-1]):
            found.erroneous = True
    elif party := _PARTY.fullmatch(name):
        field_name, kind = party.groups()
        found.matches.append(Match((f"{_PARTIES[field_name]}:{bare(kind)}",), _values(name, texts)))
    else:
        condition = conditions.condition(name, texts)
        if condition is None:
            raise _unknown(name)
        found.holds.append(condition)


def _column(name: str, values: tuple[str, ...], found: _Found) -> None:
    column = _COLUMNS[name]
    if name == "EQ_action" and (wrong := [one for one in values if one not in ACTIONS]):
        raise ProblemError("parameter", f"'{wrong[0][:40]}' is no action. Actions: {', '.join(ACTIONS)}.")
    if column in ("biz_steps", "dispositions"):
        values = tuple(bare(value) for value in values)
    if column in _PLACES:  # found as written, and by the one name of a GS1 key
        values = tuple(dict.fromkeys(text for value in values for text in (value, one_name(value))))
    known = found.columns.get(column)
    if known is not None:  # EQ_ and WD_ of the same place: both have to hold
        values = tuple(value for value in values if value in known) or ("",)
    found.columns[column] = values


def bare(value: str) -> str:
    """Return the bare word of a CBV value written as a URN or a web address; others as they are."""
    known = _CBV.fullmatch(value)
    return known[1] if known else value


def _values(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value for text in texts for value in text.split("|")))
    if any(not value for value in values):
        raise ProblemError("parameter", f"'{name}' holds an empty value. Separate values with |.")
    if len(values) > 500:
        raise ProblemError("parameter", f"'{name}' holds {len(values)} values; at most 500 are taken.")
    return values


def _time(name: str, text: str) -> int:
    try:
        value = microseconds(text.replace(" ", "+"))  # a plus that was not encoded arrives as a blank
    except (ValueError, OverflowError):
        raise ProblemError(
            "parameter", f"'{name}' is '{text[:40]}'. Write a time with its zone, such as 2026-11-22T10:00:00Z."
        ) from None
    return value


def _order(control: Mapping[str, str]) -> tuple[Any, bool]:
    by, direction = control.get("orderBy"), control.get("orderDirection", "DESC")
    if direction not in ("ASC", "DESC"):
        raise ProblemError("parameter", f"orderDirection is '{direction[:40]}'. Say ASC or DESC.")
    if by is None:
        return "record", "orderDirection" in control and direction == "DESC"
    if by not in ("eventTime", "recordTime"):
        raise ProblemError("parameter", f"orderBy is '{by[:40]}'. Order by eventTime or recordTime.")
    return ("event" if by == "eventTime" else "record"), direction == "DESC"


def _count(name: str, control: Mapping[str, str]) -> int | None:
    if name not in control:
        return None
    return whole(name, control[name], 0, 1, MOST_COUNTED if name == "maxEventCount" else MOST_COUNTED * 1000)


def _timed(holds: Sequence[Condition], seconds: float) -> tuple[Callable[[Mapping[str, Any], Any], bool], ...]:
    """Return conditions that stop when they have read for too long."""
    until: list[float] = []

    def in_time(event: Mapping[str, Any], context: Any) -> bool:
        if not until:
            until.append(monotonic() + seconds)
        elif monotonic() > until[0]:
            raise ProblemError(
                "complex", f"The query read events for {seconds:g} seconds. Narrow it by time, type, step, place or "
                "object: those are indexed, fields of extensions, ilmd and sensors are read one by one.",
            )  # fmt: skip
        return True

    return (in_time, *holds)


def _unknown(name: str) -> ProblemError:
    near = difflib.get_close_matches(name, [*FIXED, *PAGING], 1, 0.6)
    hint = f"Did you mean {near[0]}?" if near else "The names that are known stand in /openapi.json."
    return ProblemError("parameter", f"'{name[:80]}' is no query parameter of EPCIS. {hint}")
