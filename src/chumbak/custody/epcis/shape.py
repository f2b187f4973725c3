"""The shape of an EPCIS 2.0 document as a JSON Schema (draft-07) of our own, composed from the vocabulary.

Its verdicts are those of the schema that GS1 publishes for EPCIS 2.0.1 when `format` is asserted; also where that one
is laxer than one would wish (`persistentDisposition` of an AggregationEvent is not looked into, a child may be named
twice). It is written so that a failure points to the field to blame: where that schema says *any of*, this one asks
first what is there (`if`) and then only of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chumbak.custody.epcis import vocabulary as v

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
URI: Schema = {"type": "string", "format": "uri"}
TIME: Schema = {"type": "string", "format": "date-time"}
# `format` speaks of strings, `items` and `uniqueItems` of lists only: one schema says all three forms of a context.
CONTEXT: Schema = {
    "type": ["string", "object", "array"],
    "format": "uri",
    "uniqueItems": True,
    "items": {"type": ["string", "object"], "format": "uri"},
}
# What JSON may not say in place of a bare word.
OLD_CBV = "^(urn:epcglobal:cbv|https?://ns\\.gs1\\.org/cbv/)"
OLD_GS1 = "^https?://(www\\.)?gs1\\.org/voc/"
OFFSET = "^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _list_of(item: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": item, **more}


def _word(words: v.Words, forbidden: str) -> Schema:
    """A bare word of the list, or a URI of one's own that is no other name of such a word. No bare word has a colon."""
    own = {"format": "uri", "not": {"type": "string", "pattern": forbidden}}
    return {"type": "string", "if": {"pattern": ":"}, "then": own, "else": {"enum": sorted(words.words)}}


def _names(known: Iterable[str]) -> Schema:
    """Names of fields: those of the standard, or URIs (extensions)."""
    return {"if": {"pattern": ":"}, "then": {"format": "uri"}, "else": {"enum": sorted(set(known))}}


def _object(fields: Schema, required: Iterable[str] = (), names: Iterable[str] | None = None) -> Schema:
    """An object. With `names` only those fields and extensions may stand in it, without it anything may."""
    schema: Schema = {"type": "object", "properties": fields}
    if required:
        schema["required"] = list(required)
    if names is not None:
        schema["propertyNames"] = _names(names)
    return schema


def _closed(fields: Schema, required: Iterable[str]) -> Schema:
    return _object(fields, required) | {"additionalProperties": False}


def _has(field: str, least: int = 1) -> Schema:
    """The field is there, and if it is a list, with so many items."""
    return {"required": [field], "properties": {field: {"minItems": least}}}


def _when(words: Iterable[str], then: Schema, field: str = "type") -> Schema:
    return {"if": {"required": [field], "properties": {field: {"enum": list(words)}}}, "then": then}


def _parts() -> dict[str, Schema]:
    """The parts that events are made of."""
    quantity = {"epcClass": URI, "quantity": NUMBER, "uom": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"}}
    error = {"declarationTime": TIME, "reason": _word(v.ERROR_REASON, OLD_CBV), "correctiveEventIDs": _list_of(URI)}
    device = dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), URI)
    report = {
        **device,
        "type": _word(v.MEASUREMENT, OLD_GS1),
        "exception": _word(v.SENSOR_ALERT, OLD_GS1),
        "component": _word(v.COMPONENT, OLD_CBV),
        "time": TIME,
        **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), URI),
        **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), NUMBER),
        **dict.fromkeys(("stringValue", "uom"), TEXT),
        "booleanValue": {"type": "boolean"},
        "hexBinaryValue": {"type": "string", "pattern": "^[A-Fa-f0-9]+$"},
    }
    metadata = {**device, **dict.fromkeys(("time", "startTime", "endTime"), TIME)}
    dispositions = _list_of(_ref("disposition"), minItems=1, uniqueItems=True)
    party_type = _word(v.SOURCE_DESTINATION_TYPE, OLD_CBV)
    return {
        "bizStep": _word(v.BIZ_STEP, OLD_CBV),
        "disposition": _word(v.DISPOSITION, OLD_CBV),
        "persistentDisposition": _closed({"set": dispositions, "unset": dispositions}, ()) | {"minProperties": 1},
        "place": _object({"id": URI}, ["id"]),
        "epcs": _list_of(URI),
        "epcsOnce": _list_of(URI, uniqueItems=True),
        "quantities": _list_of(_closed(quantity, ["epcClass"])),
        "bizTransactions": _list_of(
            _closed({"type": _word(v.BIZ_TRANSACTION_TYPE, OLD_CBV), "bizTransaction": URI}, ["bizTransaction"])
        ),
        "sources": _list_of(_closed({"type": party_type, "source": URI}, ["type", "source"])),
        "destinations": _list_of(_closed({"type": party_type, "destination": URI}, ["type", "destination"])),
        "certification": {"type": ["string", "array"], "format": "uri", "items": URI},
        "errorDeclaration": _object(error, ["declarationTime"], v.ERROR_DECLARATION_FIELDS),
        "sensorReport": _object(report, ["type"], v.SENSOR_REPORT_FIELDS),
        "sensorMetadata": _object(metadata, (), v.SENSOR_METADATA_FIELDS),
        "sensorElement": _object(
            {"sensorMetadata": _ref("sensorMetadata"), "sensorReport": _list_of(_ref("sensorReport"), minItems=1)},
            ["sensorReport"],
            v.SENSOR_ELEMENT_FIELDS,
        ),
        "ilmd": {"type": "object", "propertyNames": {"format": "uri"}},
    }


# What every event says, and where, why and with whom it happened.
_COMMON: Schema = {
    "@context": CONTEXT,
    "eventTime": TIME,
    "recordTime": TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": OFFSET},
    "eventID": URI,
    "certificationInfo": _ref("certification"),
    "errorDeclaration": _ref("errorDeclaration"),
}
_SITUATION: Schema = {
    "bizStep": _ref("bizStep"),
    "disposition": _ref("disposition"),
    "readPoint": _ref("place"),
    "bizLocation": _ref("place"),
    "bizTransactionList": _ref("bizTransactions"),
    "sourceList": _ref("sources"),
    "destinationList": _ref("destinations"),
    "sensorElementList": _list_of(_ref("sensorElement")),
}
_ACTION: Schema = {"action": {"type": "string", "enum": list(v.ACTIONS)}}
_ON_DELETE: Schema = {"properties": {"action": {"enum": ["DELETE"]}}}


def _event(kind: str, fields: Schema, required: Iterable[str], *rules: Schema) -> Schema:
    names = (*v.EVENT_FIELDS, *v.TYPE_FIELDS[kind])
    required = ["eventTime", "eventTimeZoneOffset", *required]
    return _object({**_COMMON, **_SITUATION, **fields}, required, names) | {"allOf": list(rules)}


def _events() -> dict[str, Schema]:
    """The five kinds of event, and the kinds that others may add, whose type is a URI."""
    family = {"parentID": URI, "childEPCs": _ref("epcs"), "childQuantityList": _ref("quantities"), **_ACTION}
    has_children = {"anyOf": [_has("childEPCs"), _has("childQuantityList"), _ON_DELETE]}
    sensed = {"allOf": [_has("sensorElementList"), _has("readPoint")]}
    things = {"epcList": _ref("epcs"), "quantityList": _ref("quantities"), **_ACTION}
    object_fields = {**things, "epcList": _ref("epcsOnce"), "ilmd": _ref("ilmd")}
    inputs = {"anyOf": [_has("inputEPCList"), _has("inputQuantityList")]}
    outputs = {"anyOf": [_has("outputEPCList"), _has("outputQuantityList")]}
    change = {
        **dict.fromkeys(("inputEPCList", "outputEPCList"), _ref("epcsOnce")),
        **dict.fromkeys(("inputQuantityList", "outputQuantityList"), _ref("quantities")),
        "transformationID": URI,
        "ilmd": _ref("ilmd"),
    }
    persistent = {"persistentDisposition": _ref("persistentDisposition")}
    grouped = {"if": {"required": ["transformationID"]}, "then": {"anyOf": [inputs, outputs]}}
    whole = {"allOf": [inputs, outputs]}
    # A type that is no URI is mostly a slip: then nothing else is said of the event.
    named = {"properties": {"type": {"type": "string", "pattern": ":"}}}
    other = _object(_COMMON, ["eventTime", "eventTimeZoneOffset"])
    return {
        "ObjectEvent": _event(
            "ObjectEvent",
            {**object_fields, **persistent},
            ["action"],
            {"anyOf": [_has("epcList", 0), _has("quantityList"), sensed]},
            _when(["OBSERVE", "DELETE"], {"properties": {"ilmd": False}}, "action"),
        ),
        "AggregationEvent": _event("AggregationEvent", family, ["action"], has_children),
        "AssociationEvent": _event("AssociationEvent", family, ["action", "parentID"], has_children),
        "TransactionEvent": _event(
            "TransactionEvent",
            {**things, "parentID": URI, "bizTransactionList": {"minItems": 1, "allOf": [_ref("bizTransactions")]}},
            ["action", "bizTransactionList"],
            {"anyOf": [_has("epcList", 0), _has("quantityList"), _ON_DELETE]},
        ),
        "TransformationEvent": _event(
            "TransformationEvent", {**change, **persistent}, (), grouped | {"else": whole}
        ),
        "otherEvent": {"properties": {"type": URI}, "if": named, "then": other},
    }  # fmt: skip


def _by_type(others: Iterable[str] = ()) -> list[Schema]:
    """The rules by the type of an event; types in `others` are not events."""
    rules = [_when([kind], _ref(kind)) for kind in v.EVENT_TYPES]
    known = [*v.EVENT_TYPES, *others]
    other = {"required": ["type"], "not": {"properties": {"type": {"enum": known}}}}
    return [*rules, {"if": other, "then": _ref("otherEvent")}]


def _documents() -> dict[str, Schema]:
    """The envelopes: a document that is captured, and the answer to a query."""
    attribute = _object({"id": URI, "attribute": {"type": ["number", "string", "object"]}}, ["id"])
    element = _object({"id": URI, "attributes": _list_of(attribute), "children": _list_of(URI)}, ["id"])
    vocabularies = _list_of(_object({"type": URI, "vocabularyElementList": _list_of(element)}, ["type"]))
    header = _object(
        {"epcisMasterData": _object({"vocabularyList": _ref("vocabularies")})}, (), ["epcisMasterData"]
    )  # fmt: skip
    head = {"@context": CONTEXT, "id": URI, "schemaVersion": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)*$"}}
    head["creationDate"] = TIME
    results = _object(
        {"eventList": _ref("events"), "vocabularyList": _ref("vocabularies")},
        ["eventList"],
        ["eventList", "vocabularyList"],
    )
    answer = _object(
        {"queryName": TEXT, "subscriptionID": TEXT, "resultsBody": results},
        ["queryName", "resultsBody"],
        ["queryName", "subscriptionID", "resultsBody"],
    )
    return {
        "event": {
            "type": "object", "required": ["type"], "properties": {"type": TEXT}, "allOf": _by_type(),
        },
        "events": _list_of(_ref("event")),
        "vocabularies": vocabularies,
        "EPCISDocument": _object(
            {
                **head,
                **dict.fromkeys(("instanceIdentifier", "sender", "receiver"), TEXT),
                "epcisHeader": header,
                "epcisBody": _object({"eventList": _ref("events")}, ["eventList"]),
            },
            ["@context", "schemaVersion", "creationDate", "epcisBody"],
            v.DOCUMENT_FIELDS,
        ),
        "EPCISQueryDocument": _object(
            {**head, "epcisBody": _object({"queryResults": answer}, ["queryResults"], ["queryResults"])},
            ["@context", "epcisBody"],
            v.QUERY_DOCUMENT_FIELDS,
        ),
    }  # fmt: skip


def schema() -> Schema:
    """Return the JSON Schema of whatever may be captured: a document, the answer to a query, or one event by itself.

    An event by itself brings its own ``@context``.
    """
    envelopes = ("EPCISDocument", "EPCISQueryDocument")
    alone = {"required": ["type"], "not": {"properties": {"type": {"enum": list(envelopes)}}}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["type"],
        "properties": {"type": TEXT},
        "allOf": [
            *(_when([kind], _ref(kind)) for kind in envelopes),
            *_by_type(envelopes),
            {"if": alone, "then": {"required": ["@context"]}},
        ],
        "definitions": {**_parts(), **_events(), **_documents()},
    }
