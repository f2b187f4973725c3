"""The description of the service in OpenAPI 3.1, made of the table of routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from chumbak import __version__
from chumbak.custody.web import conditions
from chumbak.custody.web.exchange import JSON, LINKED
from chumbak.custody.web.forms import ANY, LINK, NEVER
from chumbak.custody.web.limits import Limits
from chumbak.custody.web.models import SCHEMAS, text
from chumbak.custody.web.parameters import ACTIONS, EVENT_TYPES, FIXED, LISTS, MOST_PER_PAGE, PATTERNED, PER_PAGE
from chumbak.custody.web.problems import KINDS, MEDIA
from chumbak.custody.web.roles import OPEN, ROLES
from chumbak.custody.web.routes import Route, routes

ABOUT = """
EPCIS 2.0 capture and query, an element ledger in micrograms, a log that shows every change, certificates.

An answer to a capture means *committed*. The same document sent again gets the first result; the same eventID with
another content is 409. Problems are RFC 9457 problem details: `errors` holds a JSON `pointer` and how to `mend` it.
Identifiers stand in one segment of a path, percent-encoded.
"""
_EVERYWHERE = (400, 401, 403, 406, 414, 429, 500, 503)
_TIME = {"type": "string", "format": "date-time"}
_NUMBER = re.compile(r"(?:EQ|GT|GE|LT|LE)_(?:quantity|percRank)")
_COUNT = {"type": "integer", "minimum": 1, "maximum": 10**17}
_SCHEMAS_OF_QUERY: dict[str, dict[str, Any]] = {
    "perPage": {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE},
    "nextPageToken": text("Where the next page starts: from the Link of the last one."),
    "orderBy": {"enum": ["eventTime", "recordTime"]},
    "orderDirection": {"enum": ["ASC", "DESC"]},
    "eventCountLimit": {"type": "integer", "minimum": 1, "maximum": 10**7},
    "maxEventCount": {"type": "integer", "minimum": 1, "maximum": 10**4},
    "start": text("Start of the names."),
    "lot": text("URI of a lot."),
    "from": _COUNT, "to": _COUNT, "size": _COUNT, "first": _COUNT, "second": _COUNT,
    "last": {"type": "integer", "minimum": 1, "maximum": 1_000},
    "EXISTS_errorDeclaration": {"type": "boolean"}, "EXISTS_sensorElementList": {"type": "boolean"},
    "EQ_booleanValue": {"type": "boolean"},
}  # fmt: skip
_REQUIRED = {"first", "second"}
_HEADERS: dict[str, dict[str, Any]] = {
    "GS1-Capture-Error-Behaviour": {"enum": ["rollback", "proceed"], "default": "rollback"},
    "GS1-EPC-Format": {"enum": [NEVER, LINK, ANY], "default": NEVER},
    "GS1-EPCIS-Version": {"enum": ["2.0.0", "2.0"]},
    "GS1-CBV-Version": {"enum": ["2.0.0", "2.0"]},
}


def description(limits: Limits) -> dict[str, Any]:
    """Return the description."""
    return _description(limits)


@cache
def _description(limits: Limits) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in routes():
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    for path, item in paths.items():
        item["options"] = _options(path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chumbak custody", "version": __version__, "description": ABOUT.strip(),
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(route.tag for route in routes())],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "parameters": {_name(name): _parameter(name) for name in FIXED},
            "headers": {
                name: {"schema": {"type": "string"}, "description": told}
                for name, told in (
                    ("GS1-EPCIS-Version", "2.0.0"), ("GS1-CBV-Version", "2.0.0"),
                    ("GS1-Extensions", "The namespace rem"),
                    ("Link", 'The next page, rel="next"; absent on the last'), ("Location", "What was made"),
                    ("Retry-After", "Seconds to wait"), ("GS1-EPC-Format", "The form of identifiers"),
                    ("Allow", "Methods of this address"), ("GS1-Vendor-Version", "The service and its version"),
                    ("GS1-EPCIS-Capture-Limit", f"Events a document may hold: {limits.events:,}"),
                    ("GS1-EPCIS-Capture-File-Size-Limit", f"Bytes a document may have: {limits.size:,}"),
                )
            },
            "responses": {f"Problem{status}": _problem(status) for status in _statuses()},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer",
                        "description": "A key of an organisation. Roles and what they may do: " + "; ".join(
                            f"{role}: {', '.join(sorted(may))}" for role, may in ROLES.items())}
            },
        },
    }  # fmt: skip


def _operation(route: Route) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    if "EVENTS" in route.query:
        parameters += [{"$ref": f"#/components/parameters/{_name(name)}"} for name in FIXED]
        parameters += [_free()]
    parameters += [_parameter(name) for name in route.query if name != "EVENTS"]
    parameters += [{"name": name, "in": "header", "schema": _HEADERS[name]} for name in route.headers]
    found: dict[str, Any] = {
        "operationId": _id(route),
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            **{str(status): _answer(route, status, schema) for status, schema in route.answers.items()},
            **{
                str(status): {"$ref": f"#/components/responses/Problem{status}"}
                for status in sorted({*_EVERYWHERE, *route.problems})
            },
        },
    }
    if route.takes is not None:
        media = {"schema": {"$ref": f"#/components/schemas/{route.takes}"}}
        kinds = (JSON, LINKED) if route.takes in ("Document", "Event") else (JSON,)
        found["requestBody"] = {"required": True, "content": dict.fromkeys(kinds, media)}
    if route.may == OPEN:
        found["security"] = []
    else:
        who = ", ".join(role for role, may in ROLES.items() if route.may in may)
        found["description"] = f"Who may: {who}."
    return found


def _answer(route: Route, status: int, schema: str | None) -> dict[str, Any]:
    headers = ["GS1-EPCIS-Version", "GS1-CBV-Version", "GS1-Extensions"]
    headers += ["Location"] if status in (201, 202) and route.path != "/heads" else []
    headers += ["Link"] if "perPage" in route.query else []
    told: dict[str, Any] = {
        "description": route.summary,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
    }
    if schema is not None:
        # A stream of lines and a token are texts as a whole; the schema is that of a line.
        whole = {"type": "string"} if route.media != JSON else {"$ref": f"#/components/schemas/{schema}"}
        told["content"] = {route.media: {"schema": whole}}
    return told


def _options(path: str) -> dict[str, Any]:
    headers = ["Allow", "GS1-EPCIS-Version", "GS1-CBV-Version", "GS1-Extensions", "GS1-Vendor-Version",
               "GS1-EPC-Format", "GS1-EPCIS-Capture-Limit", "GS1-EPCIS-Capture-File-Size-Limit"]  # fmt: skip
    return {
        "operationId": "options" + re.sub(r"\W+", "_", path).rstrip("_"),
        "tags": ["Service"],
        "summary": "What this address takes",
        "security": [],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
            for name in re.findall(r"\{(\w+)\}", path)
        ],
        "responses": {
            "204": {"description": "Nothing but headers",
                    "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers}},
            **{str(status): {"$ref": f"#/components/responses/Problem{status}"}
               for status in (400, 401, 404, 414, 429, 500)},
        },
    }  # fmt: skip


def _free() -> dict[str, Any]:
    """Return the parameter that stands for those whose names are patterns."""
    areas = ", ".join(sorted(PATTERNED))
    return {
        "name": "patterned", "in": "query", "style": "form", "explode": True,
        "description": "Parameters with a name of yours in them. TYPE is a bare word or URI, UOM a unit such as KGM, "
        f"FIELD a field with its prefix such as rem:grade, or its full name: {areas}.",
        "schema": {"type": "object", "additionalProperties": {"type": "string"},
                   "propertyNames": {"pattern": "^(EQ|GT|GE|LT|LE)_(ILMD_|INNER_)?[a-z]{1,8}:[a-z]{1,8}$"}},
        "example": {"EQ_ILMD_rem:grade": "N42SH"},
    }  # fmt: skip


def _parameter(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": "query", "schema": _query_schema(name)}
    if name in _REQUIRED:
        found["required"] = True
    if name in LISTS or name in _TEXT_LISTS:
        found |= {"style": "pipeDelimited", "explode": False}
    if name.startswith("WD_"):
        found["description"] = "As EQ_: master data, which would name the places within a place, are not kept."
    return found


_TEXT_LISTS = {
    name
    for name in conditions.FIXED
    if name.startswith("EQ_") and name != "EQ_booleanValue" and not _NUMBER.fullmatch(name)
}


def _query_schema(name: str) -> dict[str, Any]:
    if name in _SCHEMAS_OF_QUERY:
        return _SCHEMAS_OF_QUERY[name]
    if name.endswith("Time") or name in ("GE_time", "LT_time"):
        return _TIME
    if _NUMBER.fullmatch(name):
        return {"type": "number"}
    item: dict[str, Any] = {"type": "string", "minLength": 1, "pattern": r"^[^|\x00]+$"}
    if name == "EQ_action":
        item = {"enum": list(ACTIONS)}
    elif name == "eventType":
        item = {"enum": list(EVENT_TYPES)}
    return {"type": "array", "minItems": 1, "items": item}


def _path_schema(name: str) -> dict[str, Any]:
    if name == "seq":
        return {"type": "integer", "minimum": 1}
    if name == "queryName":
        return {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"}
    return {"type": "string", "minLength": 1, "maxLength": 4096}


def _problem(status: int) -> dict[str, Any]:
    titles = [title for code, _, title in KINDS.values() if code == status]
    headers = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}} if status in (429, 503) else {}
    return {
        "description": "; ".join(titles), "headers": headers,
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }  # fmt: skip


def _statuses() -> list[int]:
    return sorted({code for code, _, _ in KINDS.values()})


def _name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _id(route: Route) -> str:
    words: Iterable[str] = re.findall(r"\w+", route.path) or ["root"]
    return route.method.lower() + "_" + "_".join(words)
