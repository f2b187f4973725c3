"""The schemas of what goes in and out, for OpenAPI. Events are checked by ``custody/epcis``: here is their outline."""

from __future__ import annotations

from typing import Any

from chumbak.custody.ledger.origin import KINDS as ORIGINS
from chumbak.custody.ledger.origin import STEPS
from chumbak.custody.web.parameters import EVENT_TYPES
from chumbak.custody.web.problems import KINDS
from chumbak.custody.web.roles import ROLES

Schema = dict[str, Any]


def text(told: str = "", **more: Any) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", **({"description": told} if told else {}), **more}


def whole(told: str = "", least: int = 0) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": least, **({"description": told} if told else {})}


def listed(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def fields(required: dict[str, Schema], optional: dict[str, Schema] | None = None, **more: Any) -> Schema:
    """Return the schema of an object with these fields and no others, unless ``more`` says so."""
    return {"type": "object", "properties": required | (optional or {}), "required": list(required),
            "additionalProperties": False, **more}  # fmt: skip


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TIME = text(format="date-time")
_HEX = text("SHA-256, hexadecimal", pattern="^[0-9a-f]{64}$")
_MICROGRAMS = text("Whole micrograms of contained element", pattern="^-?[0-9]+$")
_CONTEXT: Schema = {"type": ["string", "array", "object"]}
_PORTION = fields({
    "element": text("Symbol"), "microgram": _MICROGRAMS, "kind": {"enum": list(ORIGINS)},
    **{step: text("Country, ISO 3166-1, or unknown") for step in STEPS}, "evidence": listed(text("URI")),
})  # fmt: skip
_PLACE = fields({"id": text(format="uri")}, additionalProperties=True)
_EVENT: Schema = {
    "type": "object",
    "description": "One EPCIS event with its @context. It is checked as the JSON schema of EPCIS 2.0.1 has it; fields "
    "of the namespace rem (urn:chumbak:rem:) say what lots hold.",
    "properties": {
        "@context": _CONTEXT, "type": {"enum": list(EVENT_TYPES)}, "eventID": text(format="uri"),
        "eventTime": _TIME, "eventTimeZoneOffset": text(pattern="^([+]|[-])((0[0-9]|1[0-3]):([0-5][0-9])|14:00)$"),
        "recordTime": _TIME, "action": {"enum": ["ADD", "OBSERVE", "DELETE"]}, "bizStep": text(), "disposition": text(),
        "readPoint": _PLACE, "bizLocation": _PLACE, "epcList": listed(text(format="uri")),
    },
    "required": ["type", "eventTime", "eventTimeZoneOffset"],
    "additionalProperties": True,
    "examples": [{
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"rem": "urn:chumbak:rem:"}],
        "type": "ObjectEvent", "eventTime": "2026-11-22T10:00:00.000+05:30", "eventTimeZoneOffset": "+05:30",
        "action": "ADD", "bizStep": "commissioning", "readPoint": {"id": "https://id.example.org/place/yard"},
        "quantityList": [{"epcClass": "https://id.example.org/lot/7", "quantity": 40.5, "uom": "KGM"}],
        "rem:content": [{"lot": "https://id.example.org/lot/7", "element": {"Nd": "9355500000"},
                         "origin": {"kind": "post-consumer"}}],
    }],
}  # fmt: skip
_DOCUMENT: Schema = {
    "type": "object",
    "description": "An EPCISDocument or EPCISQueryDocument with events, or one event.",
    "properties": {"@context": _CONTEXT, "type": {"enum": ["EPCISDocument", "EPCISQueryDocument", *EVENT_TYPES]}},
    "required": ["type"],
    "additionalProperties": True,
    "examples": [{
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-11-22T10:00:00Z", "epcisBody": {"eventList": []},
    }],
}  # fmt: skip
_PROBLEM = fields(
    {
        "type": {"enum": sorted({f"epcisException:{name}" for _, name, _ in KINDS.values()})},
        "title": text(), "status": whole(least=400), "detail": text("What is wrong and how to mend it"),
    },
    {
        "errors": listed(fields({"pointer": text("JSON pointer"), "detail": text("What is wrong there")},
                                {"mend": text("What to write instead")})),
    },
)  # fmt: skip
_PAGE_EVENTS = fields({
    "queryResults": fields({
        "queryName": text(),
        "resultsBody": fields({"eventList": listed({"type": "object", "required": ["type", "eventID", "recordTime"]})}),
    }),
})  # fmt: skip
_HEAD = fields({"size": whole(), "root": _HEX, "time": whole("Microseconds since 1970 UTC"), "key": text("Base64"),
                "signature": text("Base64, Ed25519")})  # fmt: skip
_QUERY_VALUE: Schema = {
    "type": ["string", "number", "boolean", "array", "null"],
    "items": {"type": ["string", "number"]},
}

SCHEMAS: dict[str, Schema] = {
    "Problem": _PROBLEM,
    "Event": _EVENT,
    "Document": _DOCUMENT,
    "CaptureJob": fields(
        {
            "captureID": text(), "createdAt": _TIME, "finishedAt": _TIME, "running": {"const": False},
            "success": {"type": "boolean"}, "captureErrorBehaviour": {"enum": ["rollback", "proceed"]},
            "errors": listed(_ref("Problem")),
            "events": listed(fields({"eventID": text(), "record": whole(least=1), "recordTime": _TIME})),
        },
        {"notes": listed(text())},
    ),
    "CaptureJobs": listed(_ref("CaptureJob")),
    "QueryDocument": fields({
        "@context": _CONTEXT, "type": {"const": "EPCISQueryDocument"}, "schemaVersion": text(), "creationDate": _TIME,
        "epcisBody": _PAGE_EVENTS,
    }),
    "Collection": fields({"@context": _CONTEXT, "type": {"const": "Collection"}, "member": listed(text())}),
    "NamedQuery": fields(
        {"name": text(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"),
         "query": {"type": "object", "additionalProperties": _QUERY_VALUE}},
        examples=[{"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}}],
    ),
    "Queries": listed(_ref("NamedQuery")),
    "Lot": fields({"lot": text("URI"), "unit": text(), "holds": listed(_PORTION)}),
    "Trace": fields({
        "lot": text("URI"), "unit": text(), "holds": listed(_PORTION),
        "sources": listed(fields(
            {**_PORTION["properties"], "record": whole(least=1), "account": text(), "lot": text()}
        )),
        "lots": listed(text("URI")), "records": listed(whole(least=1)),
    }),
    "Accounts": fields({"accounts": listed(text())}),
    "Account": fields({
        "account": text(), "unit": text(), "holds": listed(_PORTION),
        "lines": listed(fields({**_PORTION["properties"], "record": whole(least=1)})),
    }),
    "Area": fields({
        "area": text(), "unit": text(),
        "accounts": listed(fields({"account": text(), "holds": listed(_PORTION)})),
        "closings": listed({"type": "object"}), "alarms": listed(text()),
    }),
    "Record": fields({
        "seq": whole(least=1), "kind": text(), "recorded_us": whole("Microseconds since 1970 UTC"),
        "recordTime": _TIME, "id": text(), "body": text("Base64 of the bytes kept"),
        "entries": listed(fields(
            {"account": text(), "element": text("Symbol"), "origin": text("Canonical text"), "microgram": _MICROGRAMS}
        )),
        "by": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "entries_digest": _HEX, "previous": _HEX, "hash": _HEX,
    }),
    "Proof": fields(
        {"record": whole(least=1), "leaf": _HEX, "size": whole(least=1), "root": _HEX, "path": listed(_HEX)}
    ),
    "Growth": fields({"first": whole(least=1), "second": whole(least=1), "path": listed(_HEX)}),
    "Head": _HEAD,
    "Heads": fields({"heads": listed(_HEAD)}),
    "Certificates": fields({"certificates": listed(fields({"id": text(), "lot": text(), "given": _TIME},
                                                          {"withdrawn": _TIME}))}),
    "CertificateWanted": fields({"lot": text("URI", minLength=1, maxLength=4096)},
                                {"days": {"type": "integer", "minimum": 1, "maximum": 3653, "default": 365}}),
    "Certificate": fields({"id": text(), "place": whole("In the status list"), "token": text("vc+jwt"),
                           "document": {"type": "object"}}),
    "Withdrawal": fields({"reason": text(minLength=1, maxLength=2000, pattern=r"\S")}),
    "Token": text("vc+jwt"),
    "Trust": fields({"issuers": {"type": "object"}, "logs": {"type": "object"}}),
    "KeyWanted": fields({"organisation": text(minLength=1, maxLength=200),
                         "roles": listed({"enum": list(ROLES)}, minItems=1)}),
    "NewKey": fields({"id": text(), "key": text("Shown this once"), "organisation": text(), "roles": listed(text())}),
    "Keys": fields({"keys": listed(fields({"id": text(), "organisation": text(), "roles": listed(text()), "made": _TIME,
                                           "withdrawn": {"type": "boolean"}}))}),
    "Health": fields({"ready": {"type": "boolean"}, "service": text(), "epcis": text(), "records": whole()}),
    "Object": {"type": "object"},
}  # fmt: skip
