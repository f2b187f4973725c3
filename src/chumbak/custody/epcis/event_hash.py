"""The hash of an event's content (CBV 2.0, section 8.9): the same event has the same name, whoever writes it down.

The content is written as one text (`pre_hash`), in which order of fields and lists, forms of identifiers, numbers,
times and bare words do not matter, and hashed with SHA-256. The rules follow the reference implementation
(RalphTro/epcis-event-hash-generator) to the letter, since a hash is of use only if all get the same:

- Left out: ``eventID``, ``recordTime``, ``errorDeclaration`` (so a correction hashes as what it corrects),
  ``@context``, comments, and fields that the caller names.
- Fields of the standard come in a fixed order, items of a list sorted; an empty list says nothing.
- Business transactions, sources and destinations come after the other fields, sorted among the extensions.
- Names of extensions have their namespace written out, ``{https://ns.example.com/}name``, and are sorted; inside a
  place or a sensor element they stay with it if their namespace ends in ``/``, and if not come after the fields of the
  standard.
- Times of the standard are in UTC to the millisecond, half a millisecond to the even; times in extensions stay.
- Whatever reads as a number is written as one, without leading or trailing zeros. As there, numbers are floats: two
  masses that differ after the sixteenth digit have one hash. Who needs them apart compares bodies, not hashes.
- URIs with a GS1 key are canonical Digital Links, and CBV 1 words and bare words are Web URIs.

Where that implementation depends on the order in which a writer put fields, fails, or looks up bare words by guessing,
this one does what it is meant to do; `docs/custody_events.md` lists these cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chumbak.custody.epcis import vocabulary as v
from chumbak.custody.epcis.identifiers import canonical

Namespaces = dict[str, str]


@dataclass(frozen=True)
class Field:
    """A field of the standard and how it is written: a time, a word, a list of ``item``, an object of ``inner``."""

    name: str
    time: bool = False
    words: v.Words | None = None
    item: str = ""
    inner: tuple[Field, ...] = ()


def _texts(names: Collection[str]) -> tuple[Field, ...]:
    return tuple(Field(name, time="time" in name.lower(), words=v.FIELD_WORDS.get(name)) for name in names)


_QUANTITY = _texts(v.QUANTITY_FIELDS)
_PLACE = _texts(["id"])
_METADATA = _texts(v.SENSOR_METADATA_FIELDS)
# The rules of a report are not in the reference's order: they come with the extensions.
_REPORT = (
    Field("type", words=v.MEASUREMENT),
    *_texts([n for n in v.SENSOR_REPORT_FIELDS if n not in ("type", "bizRules")]),
)
_ELEMENT = (Field("sensorMetadata", inner=_METADATA), Field("sensorReport", inner=_REPORT))
_EVENT = (
    Field("eventTime", time=True),
    Field("eventTimeZoneOffset"),
    *_texts(["certificationInfo", "parentID"]),
    *(Field(name, item="epc") for name in ("epcList", "inputEPCList", "childEPCs")),
    *(
        Field(name, item="quantityElement", inner=_QUANTITY)
        for name in ("quantityList", "childQuantityList", "inputQuantityList")
    ),
    Field("outputEPCList", item="epc"),
    Field("outputQuantityList", item="quantityElement", inner=_QUANTITY),
    *_texts(["action", "transformationID", "bizStep", "disposition"]),
    Field("persistentDisposition", inner=_texts(["set", "unset"])),
    Field("readPoint", inner=_PLACE),
    Field("bizLocation", inner=_PLACE),
    Field("sensorElementList", item="sensorElement", inner=_ELEMENT),
)
_PAIRS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_NOT_CONTENT = frozenset(("#text", "rdfs:comment", "comment"))
_NOT_OF_EVENT = _NOT_CONTENT | {"eventID", "recordTime", "errorDeclaration", "type", "@context"}
# Names that the reference gives to what JSON and XML call differently, wherever they stand.
_RENAMED = {
    "inputEPC": "epc", "outputEPC": "epc", "inputQuantity": "quantityElement", "outputQuantity": "quantityElement",
    "childQuantity": "quantityElement",
}  # fmt: skip
_SPECIAL = _NOT_CONTENT.union(_RENAMED)
_URNS = tuple((words.urn, words.web) for words in (
    v.BIZ_STEP, v.DISPOSITION, v.BIZ_TRANSACTION_TYPE, v.SOURCE_DESTINATION_TYPE, v.ERROR_REASON
))  # fmt: skip


def event_hash(event: Mapping[str, Any], context: Any = None, ignore: Collection[str] = ()) -> str:
    """Return the hash of a valid event as ``ni:///sha-256;<64 hexadecimal digits>?ver=CBV2.0``.

    ``context`` is the ``@context`` of the document (namespaces of extensions); the event's own is added to it.
    ``ignore`` names fields of the event, as written in it, that are no part of its content.
    """
    text = pre_hash(event, context, ignore)
    return f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any], context: Any = None, ignore: Collection[str] = ()) -> str:
    """Return the text that is hashed."""
    namespaces = _namespaces(context)
    namespaces.update(_namespaces(event.get("@context")))
    left = _NOT_OF_EVENT.union(ignore) if ignore else _NOT_OF_EVENT
    rest: list[str] = []
    content = {name: value for name, value in event.items() if name not in left}
    for name, value_name in _PAIRS.items():
        held = content.pop(name, [])
        items = held if isinstance(held, list) else [held]  # kinds of event of others may hold anything there
        if items:
            rest.append(name + "".join(sorted(_pair(item, name, value_name, namespaces) for item in items)))
    text = _in_order(content, _EVENT, namespaces, rest)
    rest.sort()
    return f"eventType={event.get('type', '')}{text}{''.join(rest)}"


def _in_order(value: Mapping[str, Any], fields: tuple[Field, ...], namespaces: Namespaces, rest: list[str]) -> str:
    """Return the fields of the standard in their order; put what else the object holds, as written, into ``rest``."""
    out: list[str] = []
    taken = 0
    for field in fields:
        if field.name not in value:
            continue
        taken += 1
        held = value[field.name]
        if isinstance(held, str) and not field.inner and not field.item:
            text = _time(held) if field.time else _value(held, namespaces, field.words)
            out += [f"{field.name}={text}"] if text else []
            continue
        items = held if isinstance(held, list) else [held]
        name = field.item or field.name
        strings: list[str] = []
        more: list[str] = []
        for item in items:
            if field.inner and isinstance(item, dict):
                inside: list[str] = []
                text = _in_order(item, field.inner, namespaces, inside)
                if inside:
                    inside.sort()
                    more.append(name + "".join(inside))
            elif isinstance(item, dict | list):
                more.append(name + _inside(item, namespaces))
                continue
            else:
                text = _time(item) if field.time else _value(item, namespaces, field.words)
                text = text and "=" + text
            if text:
                strings.append(name + text)
        strings.sort()
        if field.item:
            out += [field.name, *strings] if strings else []
            rest += [field.name + "".join(sorted(more))] if more else []
        else:
            out += strings
            rest += more
    if taken < len(value):
        own = _own(value, fields, namespaces, rest)
        own.sort()
        out += own
    return "".join(out)


def _own(value: Mapping[str, Any], fields: tuple[Field, ...], namespaces: Namespaces, rest: list[str]) -> list[str]:
    """Return the extensions that stay with their object, and put the others into ``rest``."""
    known = {field.name for field in fields}
    names = {name: _name(name, namespaces) for name in value if name not in known and name not in _NOT_CONTENT}
    parts = sum(len(held) if isinstance(held, list) else 1 for held in value.values())
    # As the reference has it: one part alone has nothing to stay with, and by an "action" it knows an event.
    stays = fields is not _EVENT and parts > 1
    stays = stays and not any(
        "action" in name or "eventTime" in name for name in (*known & set(value), *names.values())
    )
    own: list[str] = []
    for name, full in names.items():
        (own if stays and "{" in full and "/}" in full else rest).extend(_generic(full, value[name], namespaces))
    return own


def _generic(name: str, value: Any, namespaces: Namespaces) -> list[str]:
    """Write a field that the standard does not know; each item of a list by itself."""
    items = value if isinstance(value, list) else [value]
    one = name.removesuffix("List")
    parts = [_renamed(one, item) + _inside(item, namespaces) for item in items]
    if one == name or not parts:
        return parts
    parts.sort()
    return [name + "".join(parts)]


def _renamed(name: str, item: Any) -> str:
    if name == "quantity":
        return "quantityElement" if isinstance(item, dict | list) and item else name
    return _RENAMED.get(name, name)


def _inside(value: Any, namespaces: Namespaces) -> str:
    """Write a value of an extension: ``=text``, or the sorted parts of an object or list."""
    if isinstance(value, dict):
        parts: list[str] = []
        for name, held in value.items():
            if ":" in name:
                name = _name(name, namespaces)
            if isinstance(held, str) and not name.endswith("List") and name not in _SPECIAL:
                text = _value(held, namespaces)
                parts.append(f"{name}={text}" if text else name)
            elif name not in _NOT_CONTENT:
                parts += _generic(name, held, namespaces)
        parts.sort()
        text = _value(value["#text"], {}) if "#text" in value else ""
        return (text and "=" + text) + "".join(parts)
    if isinstance(value, list):
        kinds = [item.get("type", "") if isinstance(item, dict) else "" for item in value]
        return "".join(sorted(f"{kind}{_inside(item, namespaces)}" for kind, item in zip(kinds, value, strict=True)))
    text = _value(value, namespaces)
    return text and "=" + text


def _pair(item: Any, of: str, name: str, namespaces: Namespaces) -> str:
    """Write a business transaction, source or destination: its type first, however the writer ordered them."""
    if not isinstance(item, dict):
        return _inside(item, namespaces)
    kind = _value(item["type"], namespaces, v.TYPE_WORDS[of]) if "type" in item else ""
    text = _value(item.get(name, ""), namespaces)
    return (kind and "type=" + kind) + (text and f"{name}={text}")


def _value(value: Any, namespaces: Namespaces, words: v.Words | None = None) -> str:
    """Return a value in its canonical form."""
    if not isinstance(value, str):
        if value is None or isinstance(value, bool):
            return {True: "true", False: "false", None: "None"}[value]
        return _number(str(value))
    if words is not None and value in words.words:
        return words.web + value
    has_colon = ":" in value
    if has_colon:
        prefix, _, tail = value.partition(":")
        if prefix in namespaces:
            value = namespaces[prefix] + tail
    text: str = value.strip()
    if not text:
        return ""
    if text[0].isdecimal() or text[0] in "+-.":
        return _number(text)
    if not has_colon:
        return text
    if "urn:epcglobal:cbv:" in text:
        for urn, web in _URNS:
            text = text.replace(urn, web)
    return canonical(text) or text


def _number(text: str) -> str:
    """Return a number without leading and trailing zeros; text that is no number, or no finite one, as it is."""
    try:
        number = float(text)
        return str(int(number)) if number == int(number) else str(number)
    except (ValueError, OverflowError):
        return text


def _time(value: Any) -> str:
    """Return a time in UTC to the millisecond, half a millisecond to the even; what is no time as it is."""
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
        moment += timedelta(microseconds=round(moment.microsecond, -3) - moment.microsecond)
    except (ValueError, OverflowError):
        return text
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _name(name: str, namespaces: Namespaces) -> str:
    """Return ``prefix:name`` as ``{namespace}name``, and a name without a known prefix as it is."""
    prefix, colon, tail = name.partition(":")
    return f"{{{namespaces[prefix]}}}{tail}" if colon and prefix in namespaces else name


def _namespaces(context: Any) -> Namespaces:
    """Return the prefixes that a context declares: of an object, or of the objects in a list."""
    found: Namespaces = {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            for prefix, namespace in part.items():
                if isinstance(namespace, dict):
                    namespace = namespace.get("@id")
                if isinstance(namespace, str):
                    found[prefix] = namespace
    return found
