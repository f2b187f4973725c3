"""Asking for events: every parameter, pages, resources, named queries."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from chumbak.custody.epcis.validate import check
from tests.custody.store.events import CONTEXT, FURNACE, GATE, appear, leave, sold, turn, uri, wrong

from .conftest import Asker
from .process import document, one

SENSED = {
    **sold("s"), "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "inspecting",
    "sensorElementList": [{
        "sensorMetadata": {"time": "2026-11-01T05:00:00Z", "deviceID": "https://id.example.org/device/1"},
        "sensorReport": [{"type": "Temperature", "value": 26.5, "uom": "CEL", "ext:note": "warm"}],
    }],
    "ext:outer": {"ext:inner": "7", "grade": "A"}, "ext:count": 12, "ext:when": "2026-11-22T10:00:00+05:30",
}  # fmt: skip
del SENSED["bizTransactionList"]
GRADED = {**appear("g", 5, Nd=10), "quantityList": [{"epcClass": uri("class"), "quantity": 2.5, "uom": "KGM"}],
          "ilmd": {"rem:grade": "N42"},
          "persistentDisposition": {"set": ["damaged"], "unset": ["in_progress"]}}  # fmt: skip
ALL = {"a": appear("a", 1, Nd=100), "b": turn(["a"], {"b": {"Nd": 100}}, 2), "c": sold("b", 3), "d": leave("b", 4),
       "g": GRADED, "s": SENSED, "w": appear("w", 6, Nd=5)}  # fmt: skip


def listed(ask: Asker, path: str, **headers: str) -> list[dict[str, Any]]:
    reply = ask("GET", path, **headers)
    assert reply.status == 200, reply.body
    return reply.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def names(ask: Asker, query: str) -> str:
    """Which of ``ALL`` a query finds."""
    return "".join(sorted({event["eventID"][-1] for event in listed(ask, f"/events?{query}")}))


@pytest.fixture
def full(ask: Asker) -> Asker:
    events = [{**event, "eventID": f"urn:id:{name}"} for name, event in ALL.items()]
    sent = document(*events) | {"@context": [*CONTEXT, {"ext": "https://ext.example.org/"}]}
    assert ask("POST", "/capture", sent).status == 202
    error = wrong(ALL["w"] | {"eventID": "urn:id:w"})
    assert ask("POST", "/events", error | {"@context": sent["@context"]}).status == 201
    return ask


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abcdgsw"),
        ("eventType=ObjectEvent", "adgsw"),
        ("eventType=TransactionEvent|TransformationEvent", "bc"),
        ("EQ_action=DELETE", "d"),
        ("EQ_bizStep=shipping|inspecting", "ds"),
        ("EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping", "d"),
        ("EQ_disposition=active", "agw"),
        ("EQ_persistentDisposition_set=damaged", "g"),
        ("EQ_persistentDisposition_unset=damaged", ""),
        (f"EQ_readPoint={FURNACE}", "b"),
        (f"WD_readPoint={GATE}", "adgw"),
        (f"EQ_bizLocation={GATE}", ""),
        ("GE_eventTime=2026-11-01T03:00:00Z&LT_eventTime=2026-11-01T05:00:00Z", "cds"),
        ("GE_eventTime=2026-11-01T08:30:00%2B05:30&LT_eventTime=2026-11-01T05:00:00Z", "cds"),
        ("GE_recordTime=2000-01-01T00:00:00Z", "abcdgsw"),
        ("LT_recordTime=2000-01-01T00:00:00Z", ""),
        (f"MATCH_epc={uri('a')}|{uri('g')}", "ag"),
        (f"MATCH_inputEPC={uri('a')}", "b"),
        (f"MATCH_outputEPC={uri('b')}", "b"),
        (f"MATCH_anyEPC={uri('b')}", "bcd"),
        (f"MATCH_anyEPC={uri('')}*", "abcdgsw"),
        (f"MATCH_epcClass={uri('class')}", "g"),
        ("EQ_bizTransaction_inv=https://id.example.org/invoice/b", "c"),
        ("EQ_destination_possessing_party=https://id.example.org/buyer", "d"),
        ("EQ_quantity=2.5", "g"), ("GT_quantity=2.5", ""), ("GE_quantity_KGM=2", "g"), ("LE_quantity_GRM=9", ""),
        ("EXISTS_errorDeclaration=true", "w"), ("EQ_errorReason=incorrect_data", "w"),
        ("GE_errorDeclarationTime=2026-11-22T12:00:00Z", "w"), ("LT_errorDeclaration_Time=2026-11-22T12:00:00Z", ""),
        ("EXISTS_sensorElementList=true", "s"), ("EQ_type=Temperature", "s"), ("GE_time=2026-11-01T05:00:00Z", "s"),
        ("EQ_deviceID=https://id.example.org/device/1", "s"), ("GT_value_CEL=26", "s"), ("GT_value_KEL=26", ""),
        ("EQ_SENSORREPORT_ext:note=warm", "s"), ("EXISTS_SENSORMETADATA_ext:note", ""),
        ("EQ_ILMD_rem:grade=N42|N45", "g"), ("EXISTS_ILMD_rem:grade=true", "g"), ("EQ_ext:count=12.0", "s"),
        ("EQ_https://ext.example.org/count=12", "s"), ("GT_ext:count=11", "s"),
        ("LT_ext:when=2026-11-22T05:00:00Z", "s"),
        ("EQ_INNER_ext:inner=7", "s"), ("EXISTS_ext:outer", "s"), ("HASATTR_ext:outer=grade", "s"),
        ("EQ_ATTR_ext:outer_grade=A", "s"), ("EQ_ATTR_ext:outer_grade=B", ""),
        ("EQ_eventID=urn:id:c", "c"),
    ],
)  # fmt: skip
def test_parameters(full: Asker, query: str, found: str) -> None:
    assert names(full, query) == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("EQ_bizstep=x", "EQ_bizStep"), ("foo=1", "foo"), ("EQ_action=EAT", "ADD"), ("GE_eventTime=monday", "zone"),
        ("perPage=0", "1000"), ("perPage=x", "1000"), ("perPage=1&perPage=2", "once"), ("nextPageToken=%00", "zero"),
        ("nextPageToken=abc", "token"), ("orderBy=colour", "eventTime"), ("orderDirection=UP", "ASC"),
        ("eventCountLimit=5", "orderBy"), ("eventCountLimit=5&maxEventCount=5&orderBy=eventTime", "exclude"),
        ("MATCH_epc=a||b", "empty"), ("GT_quantity=much", "number"), ("EQ_booleanValue=perhaps", "true or false"),
        ("%ff=1", "UTF-8"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused_with_a_hint(light: Asker, query: str, said: str) -> None:
    reply = light("GET", f"/events?{query}")
    assert reply.status == 400
    assert reply.json()["type"] == "epcisException:QueryParameterException"
    assert said in reply.json()["detail"]


def test_order_and_counts(full: Asker) -> None:
    times = [event["eventTime"] for event in listed(full, "/events?orderBy=eventTime")]
    assert times == sorted(times, reverse=True)
    first = listed(full, "/events?orderBy=eventTime&orderDirection=ASC&eventCountLimit=3&perPage=2")
    assert len(first) == 2
    reply = full("GET", "/events?orderBy=eventTime&orderDirection=ASC&eventCountLimit=3&perPage=2")
    rest = full("GET", reply.headers["link"].partition(">")[0][1:])
    assert len(rest.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == 1
    assert "link" not in rest.headers
    assert len(listed(full, "/events?maxEventCount=8")) == 8
    reply = full("GET", "/events?maxEventCount=7")
    assert (reply.status, reply.json()["type"]) == (413, "epcisException:QueryTooLargeException")


def test_pages_are_whole_and_stable_while_events_come_in(ask: Asker) -> None:
    ask("POST", "/capture", document(*(appear(f"p{n}", Nd=1) for n in range(25))))
    seen, path = [], "/events?perPage=7&EQ_bizStep=commissioning"
    while path:
        reply = ask("GET", path)
        seen += [event["epcList"][0] for event in reply.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]
        ask("POST", "/events", one(appear(f"later{len(seen)}", Nd=1)))
        path = reply.headers.get("link", "").partition(">")[0][1:]
    assert seen == [uri(f"p{n}") for n in range(25)]


def test_what_is_given_back_is_valid_epcis(full: Asker) -> None:
    other = {"@context": [CONTEXT[0], {"rem": "https://elsewhere.example.org/"}], **appear("other", Nd=1)}
    other["rem:content"] = []
    assert full("POST", "/events", other).status == 201
    document = full("GET", "/events?perPage=100").json()
    assert check(document) == []
    *_, last = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert last["@context"][1] == {"rem": "https://elsewhere.example.org/"}


def test_forms_of_identifiers(ask: Asker) -> None:
    urn, link = "urn:epc:id:sgtin:4012345.011111.987", "https://id.gs1.org/01/04012345111118/21/987"
    event = {**sold("x"), "epcList": [urn]}
    assert ask("POST", "/events", one(event)).status == 201
    assert listed(ask, f"/events?MATCH_epc={link}")[0]["epcList"] == [urn]
    assert listed(ask, "/events", gs1_epc_format="Always_GS1_Digital_Link")[0]["epcList"] == [link]
    assert ask("GET", "/events", gs1_epc_format="Always_EPC_URN").status == 406
    assert ask("GET", f"/epcs/{quote(link, safe='')}/events").status == 200


def test_resources(full: Asker) -> None:
    assert "queries" in full("GET", "/").json()["member"]
    assert full("GET", "/eventTypes").json()["member"][0] == "AggregationEvent"
    assert full("GET", "/bizSteps").json()["member"] == sorted(
        {event["bizStep"] for event in ALL.values() if "bizStep" in event}
    )
    assert full("GET", "/readPoints?perPage=1").json()["member"] == [FURNACE]
    link = full("GET", "/readPoints?perPage=1").headers["link"].partition(">")[0][1:]
    assert full("GET", link).json()["member"] == [GATE]
    path = f"/readPoints/{quote(GATE, safe='')}"
    assert full("GET", path).json()["member"] == ["events"]
    found = listed(full, f"{path}/events?eventType=ObjectEvent&EQ_action=DELETE")
    assert [event["action"] for event in found] == ["DELETE"]
    assert listed(full, f"{path}/events?EQ_readPoint={FURNACE}") == []
    assert len(listed(full, f"/epcs/{quote(uri('b'), safe='')}/events")) == 3
    assert full("GET", "/epcs/nothing").status == 404
    assert full("GET", "/nowhere").status == 404
    assert full("PUT", "/events").status == 405
    assert full("GET", "/events", accept="application/xml").status == 406
    assert full("HEAD", "/events").body == b""


def test_named_queries(full: Asker) -> None:
    query = {"name": "gone", "query": {"EQ_action": ["DELETE"]}}
    first = full("POST", "/queries", query)
    assert (first.status, first.headers["location"]) == (201, "/queries/gone")
    assert full("POST", "/queries", query).body == first.body
    assert full("POST", "/queries", {**query, "query": {}}).status == 409
    assert full("POST", "/queries", {"name": "x", "query": {"EQ_actoin": ["DELETE"]}}).status == 400
    assert full("POST", "/queries", {"name": "a/b", "query": {}}).json()["errors"][0]["pointer"] == "/name"
    assert full("GET", "/queries").json() == [query]
    assert full("GET", "/queries/gone").json() == query
    assert [event["action"] for event in listed(full, "/queries/gone/events")] == ["DELETE"]
    assert full("GET", "/queries/gone/subscriptions").status == 501
    assert full("DELETE", "/queries/gone").status == 204
    assert full("GET", "/queries/gone").status == 404
    assert full("POST", "/queries", {**query, "query": {}}).status == 201
    assert len(listed(full, "/queries/gone/events")) == 8


def test_options_tell_what_is_offered(light: Asker) -> None:
    reply = light("OPTIONS", "/capture")
    assert reply.status == 204
    assert reply.headers["allow"] == "OPTIONS, GET, HEAD, POST"
    assert reply.headers["gs1-epcis-version"] == "2.0.0"
    assert reply.headers["gs1-epcis-capture-limit"] == "2000"
    assert light("OPTIONS", "/nowhere").status == 404
    assert light("GET", "/events", gs1_epcis_min="2.1.0").status == 406
