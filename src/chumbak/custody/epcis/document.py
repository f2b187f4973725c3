"""A document as it comes over the wire: bytes to Python values, digit for digit, within limits.

Numbers with a point or an exponent are Decimal, so that nothing is lost between the weighbridge and the ledger. What
JSON readers differ in is refused: a field named twice, NaN, numbers too long to be meant, half a surrogate pair.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from chumbak.custody.epcis.explain import pointer
from chumbak.custody.finding import Finding

ENVELOPES = ("EPCISDocument", "EPCISQueryDocument")
MOST_DIGITS = 60  # of a number
MOST_POWER = 300  # of ten, either way: beyond it a number is no measurement


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a document may hold: bytes, events, and levels of lists and objects in each other.

    ``once`` refuses every object that names a field twice. Without it only one that says what a lot holds (in a field
    of an extension, whose name has a colon) is refused; of other fields the last one counts, as in most readers of JSON
    and as the standard's own schema sees it: one of the samples that GS1 publishes has two eventIDs. ``lint`` tells.
    """

    size: int = 8_000_000
    events: int = 2_000
    depth: int = 48
    once: bool = False


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read, not yet checked.

    ``kind`` is EPCISDocument, EPCISQueryDocument or "event" (one event by itself), ``context`` its ``@context`` (None
    if it has none), ``events`` its events in order, ``raw`` all of it, ``places`` the JSON pointers of the
    events. Items of the list of events that are no objects are not among them: `validate.check` of ``raw`` says so.
    """

    kind: str
    context: Any
    events: list[dict[str, Any]]
    raw: dict[str, Any]
    places: tuple[str, ...]

    def placed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each event with its JSON pointer in the document."""
        return zip(self.places, self.events, strict=True)

    def context_of(self, event: Mapping[str, Any]) -> Any:
        """Return the context that an event of the document stands in: the document's, and its own added to it."""
        own = event.get("@context")
        if own is None or event is self.raw or self.context is None:
            return self.context if own is None else own
        outer = self.context if isinstance(self.context, list) else [self.context]
        return [*outer, *(own if isinstance(own, list) else [own])]


_PLACES = {
    "EPCISDocument": "/epcisBody/eventList", "EPCISQueryDocument": "/epcisBody/queryResults/resultsBody/eventList",
}  # fmt: skip


class DocumentError(ValueError):
    """The bytes are no document that could be checked. ``findings`` says what is wrong, and where if that is known.

    ``too_large`` tells a document that has more bytes or events than are taken from one that is wrong.
    """

    def __init__(self, findings: Iterable[Finding], too_large: bool = False) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        self.too_large = too_large
        super().__init__("\n".join(str(finding) for finding in self.findings))


def read_document(body: bytes, limits: Limits = LIMITS) -> Document:
    """Return the document that the bytes (UTF-8, JSON) hold. Raises `DocumentError`; `validate.check` comes after.

    An EPCISDocument, an EPCISQueryDocument, or one event with its own context.
    """
    if len(body) > limits.size:
        what = f"the document has {len(body):,} bytes; at most {limits.size:,} are taken"
        raise DocumentError([Finding("", what, _SPLIT)], too_large=True)
    raw = _parse(body, limits)
    if not isinstance(raw, dict):
        raise DocumentError(
            [Finding("", "the document is not an object {...}", "Put one event or one EPCISDocument in it")]
        )
    kind = raw.get("type")
    if kind not in ENVELOPES:
        return Document("event", raw.get("@context"), [raw], raw, ("",))
    events: Any = raw
    for step in _PLACES[kind].split("/")[1:]:
        events = events.get(step) if isinstance(events, dict) else None
    events = events if isinstance(events, list) else []
    if len(events) > limits.events:
        what = f"the document has {len(events):,} events; at most {limits.events:,} are taken"
        raise DocumentError([Finding(_PLACES[kind], what, _SPLIT)], too_large=True)
    places = tuple(f"{_PLACES[kind]}/{n}" for n, event in enumerate(events) if isinstance(event, dict))
    return Document(kind, raw.get("@context"), [event for event in events if isinstance(event, dict)], raw, places)


_SPLIT = "Send it in several documents"


class _FaultError(ValueError):
    """Something that JSON allows, or some readers of it, and we do not. Where it stands is found by reading again."""


def _parse(body: bytes, limits: Limits) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8"
        raise DocumentError([Finding("", what, "Save the document in UTF-8")]) from None
    try:
        value = (_DECODER if limits.once else _LAX_DECODER).decode(text)
    except json.JSONDecodeError as error:
        what = f"not JSON at line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        raise DocumentError([Finding("", what, "Mend the JSON there")]) from None
    except RecursionError:
        raise DocumentError([_too_deep(limits.depth)]) from None
    except _FaultError:
        _explain(text, limits.once)
    # Lists and objects cannot lie deeper than there are brackets: mostly that is all there is to count.
    if body.count(b"{") + body.count(b"[") > limits.depth and _depth(value) > limits.depth:
        raise DocumentError([_too_deep(limits.depth)])
    if b"\\u" in body and (unkept := [Finding(pointer(place), what, mend) for place, what, mend in _unkept(value)]):
        raise DocumentError(unkept)
    if not limits.once and _may_be_doubled(body, value):
        _refuse_doubled(text)
    return value


def _too_deep(depth: int) -> Finding:
    return Finding("", f"lists and objects lie more than {depth} deep in each other", "Make the document flatter")


def _float(text: str) -> Decimal:
    if (len(text) > 16 or "e" in text or "E" in text) and _number_fault(text):
        raise _FaultError
    return Decimal(text)


def _int(text: str) -> int | Decimal:
    if len(text) <= 18:  # what is longer does not fit the 64 bits that encoders of JSON take
        return int(text)
    return Decimal(text) if not _number_fault(text) else _refuse()


def _refuse(_: Any = None) -> NoReturn:
    raise _FaultError


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _FaultError
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_float, parse_int=_int, parse_constant=_refuse)
_LAX_DECODER = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_refuse)


def _number_fault(text: str) -> str:
    """Say what is wrong with a number, or nothing."""
    if sum(map(str.isdigit, text)) > MOST_DIGITS:
        return f"a number of {len(text)} characters; at most {MOST_DIGITS} digits are taken"
    number = Decimal(text)
    if number and abs(number.adjusted()) > MOST_POWER:
        return f"{text} is too large or too small to be a measurement"
    return ""


@dataclass(frozen=True)
class _Bad:
    """What stands in place of a value that is refused."""

    what: str
    mend: str


class _Doubled(dict[str, Any]):
    """An object with fields named twice."""

    names: tuple[str, ...]


def _keeping(text: str, number: Any = None, constant: Any = None) -> Any:
    """Return what a text holds, with the names that stand twice in an object kept beside it."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = _Doubled(items)
        times = Counter(name for name, _ in items)
        value.names = tuple(name for name, count in times.items() if count > 1)
        return value

    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_float=number, parse_int=number, parse_constant=constant
    ).decode(text)


def _explain(text: str, once: bool) -> NoReturn:
    """Read once more, keeping what is refused, and say where it stands."""

    def number(digits: str) -> Any:
        what = _number_fault(digits)
        return _Bad(what, "Write the number as it was measured, or as text in a field of your own") if what else 0

    def constant(word: str) -> _Bad:
        return _Bad(f"{word} is not a JSON number", "Leave the field out, or use null in a field of your own")

    value = _keeping(text, number, constant)
    found = []
    for place, part in _walk(value):
        if isinstance(part, _Bad):
            found.append(Finding(pointer(place), part.what, part.mend))
        elif once and isinstance(part, _Doubled):
            found += [Finding(pointer([*place, name]), f"{name} stands twice", "Keep one") for name in part.names]
    raise DocumentError(found)


def _walk(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every part of a value with the path to it, in order."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        place, part = waiting.pop()
        yield place, part
        inner: Iterable[tuple[Any, Any]] = ()
        if isinstance(part, dict):
            inner = part.items()
        elif isinstance(part, list):
            inner = enumerate(part)
        waiting += [((*place, step), held) for step, held in reversed(list(inner))]


def _may_be_doubled(body: bytes, value: Any) -> bool:
    """Whether a field may be named twice: the text has not as many marks of names as what was read of it."""
    if b"\\u0022" in body:  # a quotation mark that is counted otherwise
        return True
    marks = body.count(b'":') + body.count(b'" :')
    return marks != msgspec.json.encode(value, enc_hook=str).count(b'":')


def _refuse_doubled(text: str) -> None:
    """Raise ``DocumentError`` where a field of an extension, or one within it, is named twice."""
    found = []
    for place, part in _walk(_keeping(text)):
        if isinstance(part, _Doubled):
            for name in part.names:
                if any(isinstance(step, str) and ":" in step for step in (*place, name)):
                    found.append(Finding(pointer([*place, name]), f"{name} stands twice", "Keep one"))
    if found:
        raise DocumentError(found)


def _depth(value: Any) -> int:
    return max(len(place) + isinstance(part, dict | list) for place, part in _walk(value))


def _unkept(value: Any) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield text that cannot be kept: half a surrogate pair (no UTF-8), the zero character (no database text)."""
    what = "the text holds a character that cannot be kept (U+0000 or half a surrogate pair)"
    for place, part in _walk(value):
        if isinstance(part, str) and _UNKEPT.search(part):
            yield place, what, "Take it out"
        for name in part if isinstance(part, dict) else ():
            if _UNKEPT.search(name):
                yield (*place, _UNKEPT.sub("?", name)), what, "Take it out"


_UNKEPT = re.compile("[\0\ud800-\udfff]")
