"""Conditions of a query that need the event itself: quantities, sensors, error declarations, extensions, ilmd.

Names of extension fields are written as in the event (``rem:grade``) or with their namespace in full. A value is
compared as a number with a number, as a time with a time, otherwise as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt
from typing import Any

from chumbak.custody.store.facts import microseconds
from chumbak.custody.web.problems import ProblemError

Condition = Callable[[Mapping[str, Any], Any], bool]
Values = Callable[[Mapping[str, Any], Any], Iterator[Any]]

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"EQ": eq, "GT": gt, "GE": ge, "LT": lt, "LE": le}
_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_SENSOR = ("type", "deviceID", "dataProcessingMethod", "microorganism", "chemicalSubstance", "bizRules", "stringValue",
           "hexBinaryValue", "uriValue", "booleanValue")  # fmt: skip
_SENSOR_TIMES = ("time", "startTime", "endTime")
_MEASURES = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")

FIXED = (
    *(f"{sign}_quantity" for sign in _SIGNS),
    "EXISTS_errorDeclaration",
    *(f"{sign}_errorDeclaration{word}Time" for sign in ("GE", "LT") for word in ("", "_")),
    "EQ_errorReason", "EQ_correctiveEventID", "EXISTS_sensorElementList",
    *(f"{sign}_{name}" for name in _SENSOR_TIMES for sign in ("GE", "LT")),
    *(f"EQ_{name}" for name in _SENSOR),
    *(f"{sign}_percRank" for sign in ("GE", "LT", "GT", "LE")),
)  # fmt: skip
PATTERNS = (
    *(f"{sign}_quantity_UOM" for sign in _SIGNS),
    *(f"{sign}_{name}_UOM" for name in _MEASURES for sign in _SIGNS),
    *(f"{sign}_{area}FIELD" for area in ("", "INNER_", "ILMD_", "INNER_ILMD_", "ERROR_DECLARATION_",
      "INNER_ERROR_DECLARATION_", "SENSORELEMENT_", "SENSORMETADATA_", "SENSORREPORT_", "INNER_SENSORELEMENT_",
      "INNER_SENSORMETADATA_", "INNER_SENSORREPORT_") for sign in (*_SIGNS, "EXISTS")),
    *(f"EQ_{area}FIELD" for area in ("readPoint_", "bizLocation_", "INNER_readPoint_", "INNER_bizLocation_")),
    "HASATTR_FIELD", "EQ_ATTR_FIELD_ATTRIBUTE",
)  # fmt: skip

_PLAIN = re.compile(r"(EQ|GT|GE|LT|LE|EXISTS)_(.+)")
_UNIT = re.compile(rf"(quantity|{'|'.join(_MEASURES)})_([A-Z0-9]{{2,4}})")
_AREA = re.compile(
    r"(INNER_)?(ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_|readPoint_|bizLocation_)?"
    r"([A-Za-z][A-Za-z0-9+.-]*:.*[A-Za-z0-9_])"
)
_ATTRIBUTE = re.compile(r"EQ_ATTR_([A-Za-z][A-Za-z0-9+.-]*:.*)_([^_]+)")


def condition(name: str, texts: Sequence[str]) -> Condition | None:
    """Return the condition that a parameter states; None if there is none of this name. Raises ``ProblemError``."""
    if name.startswith("HASATTR_"):
        return _has_attribute(name[8:], texts)
    if attribute := _ATTRIBUTE.fullmatch(name):
        return _holds(_attributes(*attribute.groups()), eq, _texts(texts))
    plain = _PLAIN.fullmatch(name)
    if plain is None:
        return None
    sign, rest = plain.groups()
    known = _fixed(name, sign, rest, texts)
    if known is not None:
        return known
    if unit := _UNIT.fullmatch(rest):
        if sign == "EXISTS":
            return None
        return _holds(_measured(*unit.groups()), _SIGNS[sign], _numbers(name, texts))
    if area := _AREA.fullmatch(rest):
        inner, place, field = area.groups()
        found = _fields(bool(inner), (place or "").rstrip("_"), field)
        if sign == "EXISTS":
            return lambda event, context: any(True for _ in found(event, context))
        return _holds(found, _SIGNS[sign], _texts(texts))
    return None


def truth(name: str, text: str) -> bool:
    """Return what a text says of true and false; an empty one says true. Raises ``ProblemError``."""
    if text.lower() in ("", "true", "1"):
        return True
    if text.lower() in ("false", "0"):
        return False
    raise ProblemError("parameter", f"'{name}' is '{text[:40]}'. Say true or false.")


def _fixed(name: str, sign: str, rest: str, texts: Sequence[str]) -> Condition | None:
    """Return the condition of a parameter whose whole name is fixed."""
    if name not in FIXED:
        return None
    if rest == "quantity":
        return _holds(_measured("quantity", None), _SIGNS[sign], _numbers(name, texts))
    if rest in ("errorDeclarationTime", "errorDeclaration_Time"):
        return _holds(_declared("declarationTime"), _SIGNS[sign], _times(name, texts))
    if rest == "errorReason":
        return _holds(_declared("reason"), eq, _texts(texts))
    if rest == "correctiveEventID":
        return _holds(_declared("correctiveEventIDs"), eq, _texts(texts))
    if rest == "sensorElementList":
        wanted = truth(name, texts[-1])
        return (
            (lambda event, context: bool(event.get("sensorElementList"))) if wanted else (lambda event, context: True)
        )
    if rest in _SENSOR_TIMES:
        return _holds(_sensed(rest), _SIGNS[sign], _times(name, texts))
    if rest == "percRank":
        return _holds(_sensed(rest), _SIGNS[sign], _numbers(name, texts))
    if rest == "booleanValue":
        return _holds(_sensed(rest), eq, [truth(name, texts[-1])])
    return _holds(_sensed(rest), eq, _texts(texts))


# What is compared ----------------------------------------------------------------------------------------------------


def _texts(texts: Sequence[str]) -> list[Any]:
    return [value for text in texts for value in text.split("|")]


def _numbers(name: str, texts: Sequence[str]) -> list[Any]:
    found = []
    for text in _texts(texts):
        number = _number(text)
        if number is None:
            raise ProblemError("parameter", f"'{name}' is '{text[:40]}'. Give a number.")
        found.append(number)
    return found


def _times(name: str, texts: Sequence[str]) -> list[Any]:
    found = []
    for text in texts:
        time = _time(text.replace(" ", "+"))
        if time is None:
            raise ProblemError(
                "parameter", f"'{name}' is '{text[:40]}'. Write a time with its zone, such as 2026-11-22T10:00:00Z."
            )
        found.append(_Time(time))
    return found


class _Time(int):
    """Microseconds since 1970: what a time of an event is compared with."""


def _holds(values: Values, sign: Callable[[Any, Any], bool], wanted: Sequence[Any]) -> Condition:
    def holds(event: Mapping[str, Any], context: Any) -> bool:
        return any(_compare(value, sign, one) for value in values(event, context) for one in wanted)

    return holds


def _compare(value: Any, sign: Callable[[Any, Any], bool], wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        said = wanted if isinstance(wanted, bool) else {"true": True, "false": False}.get(str(wanted))
        return sign is eq and value is said
    if isinstance(wanted, _Time):
        time = _time(value) if isinstance(value, str) else None
        return time is not None and sign(time, int(wanted))
    if isinstance(value, (int, Decimal)):
        number = _number(wanted) if isinstance(wanted, str) else wanted
        return number is not None and sign(value, number)
    if not isinstance(value, str) or not isinstance(wanted, str):
        return False
    if sign is eq and value == wanted:
        return True
    for read in (_number, _time):  # amounts are texts in the ledger's fields, times are texts everywhere
        mine, theirs = read(value), read(wanted)
        if mine is not None and theirs is not None:
            return sign(mine, theirs)
    return sign is not eq and sign(value, wanted)


def _number(text: str) -> Decimal | None:
    if len(text) > 60:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 400 else None


def _time(text: str) -> int | None:
    try:
        return microseconds(text)
    except (ValueError, OverflowError):
        return None


# Where it stands -----------------------------------------------------------------------------------------------------


def _listed(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _listed(one)
    else:
        yield value


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in _listed(value) if isinstance(one, dict))


def _reports(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for sensor in _objects(event.get("sensorElementList", [])):
        yield from _objects(sensor.get("sensorReport", []))


def _measured(name: str, unit: str | None) -> Values:
    def values(event: Mapping[str, Any], context: Any) -> Iterator[Any]:
        places = (
            (one for field in _LISTS for one in _objects(event.get(field, [])))
            if name == "quantity"
            else _reports(event)
        )
        for one in places:
            if name in one and (unit is None or one.get("uom") == unit):
                yield one[name]

    return values


def _declared(name: str) -> Values:
    def values(event: Mapping[str, Any], context: Any) -> Iterator[Any]:
        for one in _objects(event.get("errorDeclaration", [])):
            yield from _listed(one.get(name, []))

    return values


def _sensed(name: str) -> Values:
    """Return the values of a field of a sensor's metadata and reports."""

    def values(event: Mapping[str, Any], context: Any) -> Iterator[Any]:
        for sensor in _objects(event.get("sensorElementList", [])):
            for part in (*_objects(sensor.get("sensorMetadata", [])), *_objects(sensor.get("sensorReport", []))):
                if name in part:
                    yield part[name]

    return values


def _fields(inner: bool, place: str, field: str) -> Values:
    """Return the values of an extension field, at the top of its place or anywhere inside of extensions there."""

    def values(event: Mapping[str, Any], context: Any) -> Iterator[Any]:
        for part in _parts(event, place):
            if not inner:
                for name, value in part.items():
                    if _same(name, field, context):
                        yield from _listed(value)
            else:
                for name, value in part.items():
                    if ":" in name:
                        yield from _inside(value, field, context)

    return values


def _parts(event: Mapping[str, Any], place: str) -> Iterator[Mapping[str, Any]]:
    if place == "":
        yield event
    elif place == "ILMD":
        yield from _objects(event.get("ilmd", []))
    elif place == "ERROR_DECLARATION":
        yield from _objects(event.get("errorDeclaration", []))
    elif place == "SENSORELEMENT":
        yield from _objects(event.get("sensorElementList", []))
    elif place == "SENSORMETADATA":
        for sensor in _objects(event.get("sensorElementList", [])):
            yield from _objects(sensor.get("sensorMetadata", []))
    elif place == "SENSORREPORT":
        yield from _reports(event)
    else:
        yield from _objects(event.get(place, []))


def _inside(value: Any, field: str, context: Any) -> Iterator[Any]:
    for one in _objects(value):
        for name, held in one.items():
            if _same(name, field, context):
                yield from _listed(held)
            yield from _inside(held, field, context)


def _attributes(field: str, attribute: str) -> Values:
    found = _objects_of(field)

    def values(event: Mapping[str, Any], context: Any) -> Iterator[Any]:
        for one in found(event, context):
            if attribute in one:
                yield from _listed(one[attribute])

    return values


def _objects_of(field: str) -> Values:
    def values(event: Mapping[str, Any], context: Any) -> Iterator[Any]:
        for name, value in event.items():
            if _same(name, field, context):
                yield from _objects(value)

    return values


def _has_attribute(field: str, texts: Sequence[str]) -> Condition | None:
    if ":" not in field:
        return None
    names, found = set(_texts(texts)), _objects_of(field)
    return lambda event, context: any(names & one.keys() for one in found(event, context))


def _same(name: str, asked: str, context: Any) -> bool:
    """Whether a field of an event is the one that is asked for, by its short or its full name."""
    if name == asked:
        return True
    prefix, mark, local = name.partition(":")
    return bool(mark) and asked.endswith(local) and f"{_namespace(prefix, context)}{local}" == asked


def _namespace(prefix: str, context: Any) -> str:
    for one in _objects(context if isinstance(context, list) else [context]):
        value = one.get(prefix)
        if isinstance(value, str):
            return value
    return ""
