"""Events of our own, one of each kind with every field it may have."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
CONTEXT: list[Any] = [STANDARD, {"rem": "urn:chumbak:rem:", "mill": "https://ns.example.org/mill/"}]

_LOT = {"epcClass": "https://id.example.org/lot/7", "quantity": 1.25, "uom": "KGM"}
_WHEN: Json = {
    "eventTime": "2026-11-20T09:30:00.125+02:00",
    "recordTime": "2026-11-20T07:31:00Z",
    "eventTimeZoneOffset": "+02:00",
    "eventID": "urn:uuid:6f2f0b3e-36c1-4f1c-9c8d-6a7a3d8f1a01",
    "certificationInfo": ["https://certifier.example.org/31", "https://certifier.example.org/32"],
    "errorDeclaration": {
        "declarationTime": "2026-11-21T08:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:6f2f0b3e-36c1-4f1c-9c8d-6a7a3d8f1a02"],
        "mill:by": "shift 2",
    },
}
_SENSOR: Json = {
    "sensorMetadata": {
        "time": "2026-11-20T07:30:00Z",
        "startTime": "2026-11-20T07:00:00Z",
        "endTime": "2026-11-20T07:30:00Z",
        "deviceID": "https://id.example.org/device/9",
        "deviceMetadata": "https://id.example.org/device/9/data",
        "rawData": "https://id.example.org/raw/1",
        "dataProcessingMethod": "https://id.example.org/method/1",
        "bizRules": "https://id.example.org/rules/1",
        "mill:room": "B",
    },
    "sensorReport": [
        {
            "type": "Temperature",
            "exception": "ALARM_CONDITION",
            "deviceID": "https://id.example.org/device/9",
            "deviceMetadata": "https://id.example.org/device/9/data",
            "rawData": "https://id.example.org/raw/1",
            "dataProcessingMethod": "https://id.example.org/method/1",
            "bizRules": "https://id.example.org/rules/1",
            "time": "2026-11-20T07:15:00Z",
            "microorganism": "https://id.example.org/organism/1",
            "chemicalSubstance": "https://id.example.org/substance/1",
            "coordinateReferenceSystem": "https://id.example.org/crs/1",
            "value": 1080.50,
            "component": "altitude",
            "stringValue": "hot",
            "hexBinaryValue": "f0F1",
            "uriValue": "https://id.example.org/value/1",
            "minValue": 1070,
            "maxValue": 1090.0,
            "meanValue": 1080.25,
            "sDev": 0.030,
            "percRank": 50,
            "percValue": 1081,
            "uom": "CEL",
        },
        {"type": "https://voc.example.org/SieveNumber", "value": 12},
    ],
    "mill:line": 3,
}
_WHERE: Json = {
    "bizStep": "commissioning",
    "disposition": "in_progress",
    "readPoint": {"id": "https://id.gs1.org/414/9529999999993/254/gate-2", "mill:hall": "7"},
    "bizLocation": {"id": "urn:epc:id:sgln:952999999999..0"},
    "bizTransactionList": [
        {"type": "prodorder", "bizTransaction": "https://id.example.org/order/1"},
        {"bizTransaction": "https://id.example.org/order/2"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:9520011.11111"}],
    "destinationList": [{"type": "https://voc.example.org/toll", "destination": "https://id.example.org/party/4"}],
    "sensorElementList": [_SENSOR],
}
_PERSISTENT = {"persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]}}
_CONTENT: Json = {
    "rem:content": [
        {
            "lot": "https://id.example.org/lot/8",
            "element": {"Nd": "182000000", "Pr": "41000000"},
            "mass": {"value": "1.10", "uom": "KGM"},
            "origin": {"kind": "post-consumer", "mined": "unknown", "evidence": ["https://id.example.org/doc/1"]},
        }
    ],
    "mill:note": "two\ttabs",
}

_EVENTS: dict[str, Json] = {
    "ObjectEvent": {
        "epcList": ["urn:epc:id:sgtin:9520001.123455.101", "https://id.example.org/magnet/44"],
        "quantityList": [_LOT, {"epcClass": "urn:epc:class:lgtin:9520001.123455.A7"}],
        "action": "ADD",
        **_PERSISTENT,
        "ilmd": {"mill:grade": "N42", "mill:heat": {"furnace": "3", "charge": 12}},
    },
    "AggregationEvent": {
        "parentID": "urn:epc:id:sscc:9520001.1234567890",
        "childEPCs": ["https://id.example.org/magnet/44", "https://id.example.org/magnet/45"],
        "childQuantityList": [_LOT],
        "action": "ADD",
        **_PERSISTENT,
    },
    "AssociationEvent": {
        "parentID": "https://id.gs1.org/8004/9520001motor12",
        "childEPCs": ["https://id.example.org/magnet/44"],
        "childQuantityList": [_LOT],
        "action": "ADD",
        **_PERSISTENT,
    },
    "TransactionEvent": {
        "parentID": "urn:epc:id:sscc:9520001.1234567890",
        "epcList": ["https://id.example.org/magnet/44"],
        "quantityList": [_LOT],
        "action": "OBSERVE",
        **_PERSISTENT,
    },
    "TransformationEvent": {
        "inputEPCList": ["https://id.example.org/magnet/44"],
        "inputQuantityList": [_LOT],
        "outputEPCList": ["https://id.example.org/drum/8"],
        "outputQuantityList": [{"epcClass": "https://id.example.org/lot/8", "quantity": 1.1, "uom": "KGM"}],
        "transformationID": "https://id.example.org/campaign/5",
        **_PERSISTENT,
        "ilmd": {"mill:grade": "oxide"},
    },
}


def event(kind: str, **changes: Any) -> Json:
    """Return an event of the kind with every field, without a context; a change to None leaves a field out."""
    whole = {"type": kind, **_WHEN, **_WHERE, **_EVENTS.get(kind, {}), **_CONTENT, **changes}
    return copy.deepcopy({name: value for name, value in whole.items() if value is not None})


def plain(**changes: Any) -> Json:
    """Return a short ObjectEvent with its own context; a change to None leaves a field out."""
    short = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T09:30:00+02:00",
        "eventTimeZoneOffset": "+02:00",
        "epcList": ["https://id.example.org/magnet/44"],
        "action": "OBSERVE",
        **changes,
    }
    return copy.deepcopy({name: value for name, value in short.items() if value is not None})


def document(*events: Json, **changes: Any) -> Json:
    """Return an EPCISDocument with the events."""
    head = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
    }
    whole = {**head, "epcisBody": {"eventList": list(events)}, **changes}
    return copy.deepcopy({name: value for name, value in whole.items() if value is not None})


def answer(*events: Json, **changes: Any) -> Json:
    """Return an EPCISQueryDocument with the events."""
    results = {"queryName": "lots", "subscriptionID": "7", "resultsBody": {"eventList": list(events)}}
    head = {"@context": CONTEXT, "type": "EPCISQueryDocument", "schemaVersion": "2.0"}
    whole = {**head, "creationDate": "2026-11-20T10:00:00Z", "epcisBody": {"queryResults": results}, **changes}
    return copy.deepcopy({name: value for name, value in whole.items() if value is not None})


MASTER_DATA: Json = {
    "epcisMasterData": {
        "vocabularyList": [
            {
                "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                "vocabularyElementList": [
                    {
                        "id": "https://id.example.org/place/1",
                        "attributes": [{"id": "https://voc.example.org/name", "attribute": "Mill"}],
                        "children": ["https://id.example.org/place/2"],
                    }
                ],
            }
        ]
    }
}
