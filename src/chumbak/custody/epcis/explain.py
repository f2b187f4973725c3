"""What a failure of the schema means, in words: which field is to blame, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from chumbak.custody.epcis import vocabulary as v
from chumbak.custody.epcis.identifiers import is_gtin
from chumbak.custody.finding import Finding

Place = Sequence[str | int]

EXTENSION = (
    "A field of your own is written prefix:name, and the prefix stands in @context with its namespace, "
    'as {"rem": "urn:chumbak:rem:"}'
)
TIME = "Write date, time and offset from UTC, as 2026-11-22T14:05:00Z or 2026-11-22T14:05:00.250+02:00"
URI = "Write a URI: https://id.example.org/lot/7, urn:uuid:..., or a GS1 Digital Link"

_JSON_TYPES = {
    "string": "text in quotes", "number": "a number, without quotes", "boolean": "true or false, without quotes",
    "object": "an object {...}", "array": "a list [...]",
}  # fmt: skip

# How to mend what is missing.
_MISSING = {
    "@context": f'Add "@context": "{v.CONTEXT_URL}" or a list with it',
    "type": "Say what it is",
    "schemaVersion": 'Add "schemaVersion": "2.0"',
    "creationDate": TIME,
    "eventTime": TIME,
    "declarationTime": TIME,
    "eventTimeZoneOffset": 'Add the offset that held at the place of the event, as "+02:00"',
    "action": "Add ADD, OBSERVE or DELETE",
    "epcisBody": 'Add "epcisBody": {"eventList": [...]}',
    "eventList": 'Add "eventList": [...]',
    "epcClass": "Name the class or lot that is counted or weighed",
    "bizTransactionList": "A TransactionEvent ties things to at least one business transaction",
    "parentID": "Name what the children belong to",
    "id": 'Name the place by a URI, as {"id": "https://..."}',
    "sensorReport": "A sensor element holds at least one report",
}
# The form of text, by field.
_FORMS = {
    "uom": "Write the code of UN/ECE Recommendation 20 in two or three capitals or digits: KGM, GRM, MGM, TNE",
    "eventTimeZoneOffset": "Write +hh:mm or -hh:mm, from -14:00 to +14:00; UTC is +00:00",
    "schemaVersion": 'Write numbers with dots, as "2.0"',
    "hexBinaryValue": "Write hexadecimal digits only: 0-9, a-f",
}
# Names that people bring along from XML, from EPCIS 1 and from drafts.
_OTHER_NAMES = {
    "isA": "type", "bizTransactionType": "type", "quantityElement": "quantityList", "epcs": "epcList", "epc": "epcList",
    "childEPCList": "childEPCs", "context": "@context", "value": "quantity", "unit": "uom", "eventId": "eventID",
    "sensorElement": "sensorElementList", "location": "bizLocation",
}  # fmt: skip
# What an event must speak of, by its type.
_SUBJECT = {
    "ObjectEvent": "an ObjectEvent says which things it is about: epcList, or quantityList with at least one class, or "
    "sensorElementList together with readPoint",
    "AggregationEvent": "an AggregationEvent names children: childEPCs or childQuantityList with at least one "
    "(not needed for DELETE)",
    "AssociationEvent": "an AssociationEvent names children: childEPCs or childQuantityList with at least one "
    "(not needed for DELETE)",
    "TransactionEvent": "a TransactionEvent says which things it is about: epcList, or quantityList with at least one "
    "class (not needed for DELETE)",
    "TransformationEvent": "a TransformationEvent names at least one input and one output (with a transformationID, at "
    "least one of either)",
}


def explain(error: Any) -> list[Finding]:
    """Return what one error of the validator (`jsonschema_rs.ValidationError`) says, mostly one finding."""
    place, kind = list(error.instance_path), error.kind
    if kind.name == "additionalProperties":
        return [_unknown_field(place, name, error.instance) for name in kind.unexpected]
    if kind.name == "propertyNames":
        return [_unknown_field(place, kind.error.instance, error.instance)]
    teller = _TELLERS.get(kind.name)
    what, mend = teller(place, error) if teller else (error.message, "")
    return [Finding(pointer(place), what, mend)]


def pointer(place: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path of keys and positions."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def shown(value: Any) -> str:
    """Return a value as a short quotation."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 80 else f'"{value[:77]}..."'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else str(value)[:80]


def _field(place: Place) -> str:
    """The field that a value belongs to: the last name in the path."""
    return next((step for step in reversed(place) if isinstance(step, str)), "")


def _list(place: Place) -> str:
    """The field whose parts the value's object is one of."""
    names = [step for step in place if isinstance(step, str)]
    return names[-2] if len(names) > 1 else ""


def _event_type(instance: Any) -> str:
    kind = instance.get("type") if isinstance(instance, dict) else None
    return kind if isinstance(kind, str) and kind in v.EVENT_TYPES else ""


def _a(noun: str) -> str:
    return ("an " if noun[0] in "AEIO" else "a ") + noun


def _near(word: str, words: Iterable[str]) -> str:
    near = get_close_matches(word, list(words), n=1, cutoff=0.75) or [
        other for other in words if other.lower() == word.lower().replace("-", "_").replace(" ", "_")
    ]
    return near[0] if near else ""


def _unknown_field(place: Place, name: str, instance: Any) -> Finding:
    """A name that may not stand where it stands."""
    where, kind = pointer([*place, name]), _event_type(instance)
    inside = _field(place) or "the document"
    if name.strip() != name or " " in name:
        return Finding(where, f"{shown(name)} is not a name: there is a blank in it", "Take the blank out")
    if ":" in name:
        return Finding(where, f"the name {shown(name)} is not a URI", EXTENSION)
    if inside == "ilmd":
        return Finding(where, f"{shown(name)} stands in ilmd without a namespace", EXTENSION)
    if kind:
        homes = [other for other, fields in v.TYPE_FIELDS.items() if name in fields]
        if homes:
            return Finding(
                where,
                f"{name} is a field of {' and '.join(homes)}, not of {_a(kind)}",
                "Take it out, or change the type of the event",
            )
        known: Iterable[str] = (*v.EVENT_FIELDS, *v.TYPE_FIELDS[kind])
    else:
        known = _KNOWN.get(inside) or _KNOWN.get(_list([*place, ""]), v.DOCUMENT_FIELDS)
    near = _OTHER_NAMES.get(name, "") if _OTHER_NAMES.get(name, "") in known else _near(name, known)
    what = f"{shown(name)} is not a field of {_a(kind) if kind else inside}"
    mend = f"Perhaps {near} is meant" if near else ""
    if inside in _CLOSED:
        mend = mend or f"Only {', '.join(known)} may stand here: put the rest in a field of the event"
        return Finding(where, what, mend)
    return Finding(where, what, f"{mend}. {EXTENSION}" if mend else EXTENSION)


_PAIR = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_CLOSED: dict[str, tuple[str, ...]] = {
    **{name: ("type", value) for name, value in _PAIR.items()},
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), v.QUANTITY_FIELDS
    ),
    "persistentDisposition": ("set", "unset"),
}
_KNOWN: dict[str, tuple[str, ...]] = {
    **_CLOSED,
    "errorDeclaration": v.ERROR_DECLARATION_FIELDS,
    "sensorElementList": v.SENSOR_ELEMENT_FIELDS,
    "sensorMetadata": v.SENSOR_METADATA_FIELDS,
    "sensorReport": v.SENSOR_REPORT_FIELDS,
    "epcisHeader": ("epcisMasterData",),
    "epcisBody": ("eventList", "queryResults"),
    "queryResults": ("queryName", "subscriptionID", "resultsBody"),
    "resultsBody": ("eventList", "vocabularyList"),
}


def _words_of(place: Place) -> v.Words | None:
    field = _field(place)
    return v.TYPE_WORDS.get(_list(place)) if field == "type" else v.FIELD_WORDS.get(field)


def _required(place: Place, error: Any) -> tuple[str, str]:
    name = error.kind.property
    words = v.TYPE_WORDS.get(_field(place)) if name == "type" else None
    if words:
        few = f"one of {', '.join(sorted(words.words))}" if len(words.words) < 16 else 'a standard word, as "Mass"'
        return f"type is missing: the {words.what}", f"Add {few}, or a URI"
    if name == "type" and not (place and isinstance(place[-1], str)):
        kinds = v.EVENT_TYPES if place else ("EPCISDocument", "EPCISQueryDocument", *v.EVENT_TYPES)
        return "type is missing", f"Add one of {', '.join(kinds)}"
    return f"{name} is missing", _MISSING.get(name, "Add it")


def _bare_word(place: Place, error: Any) -> tuple[str, str]:
    """A URI that is another name of one of the standard's own words."""
    words, text = _words_of(place), error.instance
    bare = words.bare(text) if words else None
    if words is None or bare is None:
        return f"{shown(text)} is not allowed here", "Write the standard's bare word, or a URI of your own"
    return f"{shown(text)} is the long form of a standard {words.what}", f'Use the bare word "{bare}"'


def _enum(place: Place, error: Any) -> tuple[str, str]:
    text, words, field = error.instance, _words_of(place), _field(place)
    if not isinstance(text, str):
        return f"{shown(text)} is not one of the words for {field}", "Write text in quotes"
    options = sorted(words.words if words else error.kind.options)
    near = _near(text, options)
    mend = [f'Perhaps "{near}" is meant.'] if near else []
    if not near and len(options) < 16:
        mend.append(f"Use one of {', '.join(options)}.")
    if words:
        mend.append("A word of your own is a full URI, as https://voc.example.org/leaching")
    what = f"is not a standard {words.what}" if words else f"may not stand for {field}"
    return f"{shown(text)} {what}", " ".join(mend).removesuffix(".")


def _type(place: Place, error: Any) -> tuple[str, str]:
    wanted = [_JSON_TYPES.get(name, name) for name in error.kind.types]
    field, value = _field(place) or "the document", error.instance
    where = f"an item of {field}" if place and isinstance(place[-1], int) else field
    mend = f"Write {' or '.join(wanted)}"
    if error.kind.types == ["number"] and isinstance(value, str):
        mend = 'Take the quotes away: 1.25, not "1.25"'
    elif isinstance(value, list) and len(value) == 1:
        mend = "Take the brackets [ ] away"
    elif error.kind.types == ["array"]:
        mend = "Put it in brackets [ ]"
    return f"{where} must be {' or '.join(wanted)}, not {shown(value)}", mend


def _format(place: Place, error: Any) -> tuple[str, str]:
    text, field = error.instance, _field(place) or "the document"
    if error.kind.format == "date-time":
        return f"{shown(text)} is not a date and time with an offset from UTC", TIME
    if field == "type" and isinstance(place[-1], str) and _list(place) not in v.TYPE_WORDS:
        kinds = v.EVENT_TYPES if len(place) > 1 else (*v.EVENT_TYPES, "EPCISDocument", "EPCISQueryDocument")
        near = _near(text, kinds)
        mend = f"Use one of {', '.join(kinds)}, or a URI for a kind of your own"
        mend = f'Perhaps "{near}" is meant' if near else mend
        return f"{shown(text)} is not a kind of event", mend
    if is_gtin(text):
        return f"{shown(text)} is a bare GTIN, not a URI", f"Write https://id.gs1.org/01/{text.zfill(14)}"
    if any(letter.isspace() for letter in text):
        return f"{shown(text)} is not a URI: there is a blank in it", "Write %20 for a blank, or take it out"
    if not text.isascii():
        return f"{shown(text)} is not a URI: it holds letters that a URI may not hold", "Percent-encode them in UTF-8"
    return f"{shown(text)} is not a URI", URI


def _pattern(place: Place, error: Any) -> tuple[str, str]:
    field = _field(place)
    return f"{shown(error.instance)} is not in the form of {field}", _FORMS.get(field, "")


def _too_few(place: Place, error: Any) -> tuple[str, str]:
    field = _field(place)
    return f"{field} is empty", _MISSING.get(field, "Name at least one, or take the field out")


def _twice(place: Place, error: Any) -> tuple[str, str]:
    items = error.instance
    twice = next((item for n, item in enumerate(items) if item in items[:n]), None)
    return f"{_field(place) or '@context'} names {shown(twice)} twice", "Name each once"


def _forbidden(place: Place, error: Any) -> tuple[str, str]:
    return "ilmd may only stand in an ObjectEvent whose action is ADD", "Take ilmd out, or make the action ADD"


def _subject(place: Place, error: Any) -> tuple[str, str]:
    kind = _event_type(error.instance)
    return _SUBJECT.get(kind, "something that the event must name is missing"), "Add what it is about"


_TELLERS: dict[str, Callable[[Place, Any], tuple[str, str]]] = {
    "required": _required,
    "not": _bare_word,
    "enum": _enum,
    "type": _type,
    "format": _format,
    "pattern": _pattern,
    "minItems": _too_few,
    "minProperties": _too_few,
    "uniqueItems": _twice,
    "falseSchema": _forbidden,
    "anyOf": _subject,
}
