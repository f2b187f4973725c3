"""What a field may not hold, and documents changed in one place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from chumbak.custody.epcis.validate import check
from tests.custody.epcis.samples import STANDARD

Path = tuple[str | int, ...]

NOT_TEXT: list[Any] = [1, 1.5, True, None, {}]
NOT_URI = [*NOT_TEXT, [], "", "word", "with blank", "https://a b", "https://é.example.org/", "1st:x"]
NOT_TIME = [*NOT_TEXT, "2026-11-20", "2026-11-20T09:30:00", "2026-13-20T09:30:00Z", "20.11.2026", "2026-11-20T09:30+02"]
NOT_NUMBER: list[Any] = ["1", True, None, [], {}]
NOT_OBJECT: list[Any] = [1, "x", None, [], True]
OLD = ["urn:epcglobal:cbv:x:y", "https://ns.gs1.org/cbv/X-y", "http://ns.gs1.org/cbv/X-y"]
NOT_WORD = [*NOT_TEXT, *OLD, "", "Shipping", "no such word", "mill:with blank"]
NOT_WORDS: list[Any] = [1, "x", None, {}, [7], [], ["no such word"], ["expired", "expired"]]
NOT_NAME: list[Any] = [1, None, [], {}]
NOT_LIST: list[Any] = [1, "x", None, {}, [7]]
NOT_URIS = [*NOT_LIST, ["word"]]
OLD_GS1 = ["https://gs1.org/voc/Mass", "http://www.gs1.org/voc/Mass"]
# Values that a field may not have, wherever it stands.
BAD: dict[str, list[Any]] = {
    **dict.fromkeys(("eventTime", "recordTime", "declarationTime", "time", "startTime", "endTime"), NOT_TIME),
    **dict.fromkeys(
        (
            "eventID", "parentID", "transformationID", "epcClass", "bizTransaction", "source", "destination", "id",
            "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism",
            "chemicalSubstance", "coordinateReferenceSystem", "uriValue",
        ),
        NOT_URI,
    ),
    **dict.fromkeys(
        ("quantity", "value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), NOT_NUMBER
    ),
    **dict.fromkeys(("bizStep", "disposition", "reason", "component"), NOT_WORD),
    "exception": [*NOT_TEXT, *OLD_GS1, "ALARM", "mill:with blank"],
    "eventTimeZoneOffset": [*NOT_TEXT, "", "Z", "+2:00", "+14:30", "02:00", "+02:60", "+15:00", "+02:00 "],
    "certificationInfo": [*NOT_TEXT, "word", [7], ["word"]],
    "action": [*NOT_TEXT, "add", "", "ADDED"],
    "type": [*NOT_TEXT, "", "no such word", "mill:with blank"],
    "uom": NOT_TEXT,
    "stringValue": [1, None, True, [], {}],
    "booleanValue": [1, "true", None],
    "hexBinaryValue": [1, "", "0x1F", "xyz"],
    **dict.fromkeys(
        (
            "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList", "bizTransactionList",
            "sourceList", "destinationList", "sensorElementList", "sensorReport",
        ),
        NOT_LIST,
    ),
    **dict.fromkeys(("epcList", "inputEPCList", "outputEPCList", "childEPCs", "correctiveEventIDs"), NOT_URIS),
    **dict.fromkeys(("readPoint", "bizLocation", "errorDeclaration", "sensorMetadata", "ilmd"), NOT_OBJECT),
    "persistentDisposition": [*NOT_OBJECT, {}],
    **dict.fromkeys(("set", "unset"), NOT_WORDS),
}  # fmt: skip
BAD_IN_ENVELOPE: dict[str, list[Any]] = {
    "@context": [7, None, "word", [STANDARD, STANDARD], [7], ["word"]],
    "id": NOT_URI,
    "type": NOT_URI,
    "schemaVersion": [2.0, None, "", "v2", "2.", ".2", "2.0 "],
    "creationDate": NOT_TIME,
    **dict.fromkeys(("instanceIdentifier", "sender", "receiver", "queryName", "subscriptionID"), NOT_NAME),
    **dict.fromkeys(("epcisHeader", "epcisMasterData", "epcisBody", "queryResults", "resultsBody"), NOT_OBJECT),
    **dict.fromkeys(("vocabularyList", "vocabularyElementList", "attributes", "eventList"), NOT_LIST),
    "children": NOT_URIS,
    "attribute": [None, True, []],
}


def fields(value: Any, place: Path = ()) -> Iterator[tuple[Path, str, Any]]:
    """Every field of the standard in an event: the path to it, its name, its value."""
    if isinstance(value, dict):
        for name, held in value.items():
            if ":" not in name:
                yield (*place, name), name, held
                yield from fields(held, (*place, name)) if name not in ("ilmd", "@context") else ()
    elif isinstance(value, list):
        for n, held in enumerate(value):
            yield from fields(held, (*place, n))


def changed(whole: Any, place: Path, value: Any) -> Any:
    """A copy of a document with another value at a path."""
    whole = copy.deepcopy(whole)
    inner = whole
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return whole


def without(whole: Any, place: Path) -> Any:
    whole = copy.deepcopy(whole)
    inner = whole
    for step in place[:-1]:
        inner = inner[step]
    del inner[place[-1]]
    return whole


def pointers(value: Any) -> list[str]:
    return [finding.pointer for finding in check(value)]
