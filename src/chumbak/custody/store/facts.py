"""What queries may ask of an event, read off it: a row of the table ``event`` and its rows of ``item`` (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What ISO 8601 allows and the quick reader does not: a leap second.
_LEAP = re.compile(r":60(?=[.,Zz+-]|$)")

OBJECTS = {"epcList": "epc", "childEPCs": "child", "inputEPCList": "input", "outputEPCList": "output"}
CLASSES = {
    "quantityList": "class", "childQuantityList": "child_class",
    "inputQuantityList": "input_class", "outputQuantityList": "output_class",
}  # fmt: skip
PARTIES = {
    "bizTransactionList": ("transaction", "bizTransaction"), "sourceList": ("source", "source"),
    "destinationList": ("destination", "destination"),
}  # fmt: skip
_NAMED = frozenset({*OBJECTS, *CLASSES, *PARTIES, "parentID", "persistentDisposition"})

# (type, event_us, action, biz_step, disposition, read_point, biz_location, transformation, hash, erroneous)
Facts = tuple[str, int, str | None, str | None, str | None, str | None, str | None, str | None, str, bool]


def microseconds(text: str) -> int:
    """Return microseconds since 1970 UTC of an ISO 8601 time with a zone; raises ``ValueError``.

    Digits beyond the microsecond are dropped; a leap second is the second before it.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = datetime.fromisoformat(_LEAP.sub(":59", text.upper()))
    if time.tzinfo is None:
        raise ValueError(f"{text!r} is a time without a zone")
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def facts(event: Mapping[str, Any], hash: str) -> Facts:
    """Return what the table ``event`` keeps of an event; raises ``ValueError`` for a time that is none."""
    return (
        event["type"],
        microseconds(event["eventTime"]),
        event.get("action"),
        event.get("bizStep"),
        event.get("disposition"),
        _id(event.get("readPoint")),
        _id(event.get("bizLocation")),
        event.get("transformationID"),
        hash,
        "errorDeclaration" in event,
    )


def items(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an event names: (value, role), in no order, some twice."""
    for name in _NAMED.intersection(event):
        value = event[name]
        if name in OBJECTS:
            role = OBJECTS[name]
            for one in value:
                yield one, role
        elif name in CLASSES:
            role = CLASSES[name]
            for one in value:
                yield one["epcClass"], role
        elif name == "parentID":
            yield value, "parent"
        elif name in PARTIES:
            role, field = PARTIES[name]
            for one in value:
                yield one[field], f"{role}:{one.get('type', '')}"
        else:
            for state in ("set", "unset"):
                for one in value.get(state, ()):
                    yield one, f"{state}_disposition"


def _id(value: Any) -> str | None:
    return value["id"] if value else None
