"""What is valid and what is not, for every kind of event and every field, and which field is blamed."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.custody.epcis import vocabulary as v
from chumbak.custody.epcis.explain import pointer
from chumbak.custody.epcis.shape import schema
from chumbak.custody.epcis.validate import MOST_FINDINGS, check
from tests.custody.epcis.broken import (
    BAD,
    BAD_IN_ENVELOPE,
    OLD,
    OLD_GS1,
    Path,
    changed,
    fields,
    pointers,
    without,
)  # fmt: skip
from tests.custody.epcis.samples import CONTEXT, MASTER_DATA, STANDARD, Json, answer, document, event, plain

KINDS = list(v.EVENT_TYPES)
LAX = {"AggregationEvent", "AssociationEvent", "TransactionEvent"}  # do not look into persistentDisposition


def change(**changes: Any) -> Json:
    """A short TransformationEvent, by itself without inputs or outputs."""
    return plain(type="TransformationEvent", action=None, epcList=None, **changes)


def looked_into(kind: str, place: Path) -> bool:
    return not (kind in LAX and place[0] == "persistentDisposition")


EVERY = [(kind, place, name) for kind in KINDS for place, name, _ in fields(event(kind)) if looked_into(kind, place)]


def test_the_samples_have_every_field() -> None:
    known = {name for kind in KINDS for name in (*v.TYPE_FIELDS[kind], *v.EVENT_FIELDS)}
    known |= {*v.ERROR_DECLARATION_FIELDS, *v.SENSOR_METADATA_FIELDS, *v.SENSOR_REPORT_FIELDS, *v.QUANTITY_FIELDS}
    assert {name for _, _, name in EVERY} >= known - {"@context", "booleanValue"}
    assert {name for _, _, name in EVERY} <= set(BAD)
    for kind in KINDS:
        assert set(v.TYPE_FIELDS[kind]) <= set(event(kind))


@pytest.mark.parametrize("kind", ["ObjectEvent", "AggregationEvent"])
def test_every_word_of_the_standard(kind: str) -> None:
    for place, name, _ in fields(event(kind)):
        words = (
            v.TYPE_WORDS.get(next((n for n in reversed(place[:-1]) if isinstance(n, str)), ""))
            if name == "type"
            else None
        )
        for word in (words or v.FIELD_WORDS.get(name, v.Words("", frozenset(), ""))).words:
            value = [word] if name in ("set", "unset") else word
            assert check(changed(document(event(kind)), ("epcisBody", "eventList", 0, *place), value)) == []


def test_valid_documents() -> None:
    for kind in KINDS:
        assert check(document(event(kind))) == []
        assert check(answer(event(kind))) == []
        assert check({"@context": CONTEXT, **event(kind)}) == []
    assert check(document(*(event(kind) for kind in KINDS), epcisHeader=MASTER_DATA, sender="a", receiver="b")) == []
    assert check(document()) == []
    assert check(plain()) == []


@pytest.mark.parametrize(
    "one",
    [
        plain(eventTime="2026-11-20t07:30:00z"), plain(eventTime="2016-12-31T23:59:60Z"),
        plain(eventTimeZoneOffset="-14:00"),
        plain(epcList=[]), plain(epcList=None, quantityList=[{"epcClass": "a:b"}]),
        plain(action="ADD", ilmd={"mill:a": 1}),
        plain(epcList=None, readPoint={"id": "a:b"}, sensorElementList=[{"sensorReport": [{"type": "Mass"}]}]),
        plain(bizStep="https://ref.gs1.org/cbv/BizStep-shipping"), plain(bizStep="mill:leaching"),
        plain(certificationInfo="https://certifier.example.org/31"), plain(certificationInfo=[]),
        plain(**{"@context": {"mill": "https://ns.example.org/mill/"}}), plain(**{"@context": STANDARD}),
        plain(type="AggregationEvent", epcList=None, action="DELETE"),
        plain(type="TransactionEvent", epcList=None, action="DELETE", bizTransactionList=[{"bizTransaction": "a:b"}]),
        change(inputEPCList=["a:b"], outputQuantityList=[{"epcClass": "a:b"}]),
        change(inputEPCList=["a:b"], transformationID="a:b"),
        plain(type="mill:ShiftEvent", action=None, epcList=None, anything="goes"),
        plain(type="AggregationEvent", epcList=None, parentID="a:b", childEPCs=["a:b", "a:b"], persistentDisposition=7),
        plain(**{"mill:x": {"no": "rule", "is": [None]}, "rdfs:comment": "text"}),
    ],
    ids=str,
)  # fmt: skip
def test_valid_events(one: Json) -> None:
    assert check(one) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_event(kind: str) -> None:
    whole = document(event(kind))
    for place, name, held in fields(event(kind)):
        at: Path = ("epcisBody", "eventList", 0, *place)
        for bad in BAD[name]:
            if name == "type" and place == ("type",) and not isinstance(bad, str):
                continue  # which event it is, is then not known
            found = check(changed(whole, at, bad))
            if not looked_into(kind, place):
                assert found == []
                continue
            assert found, (place, bad)
            assert all(finding.pointer.startswith(pointer(at)) or name == "type" for finding in found), (
                place,
                bad,
                found,
            )
            if not isinstance(bad, list | dict) or not isinstance(held, type(bad)):
                assert found[0].pointer == pointer(at), (place, bad, found)
            assert "given schemas" not in found[0].what


@pytest.mark.parametrize("kind", KINDS)
def test_extensions_need_a_namespace_everywhere(kind: str) -> None:
    whole = document(event(kind))
    parts = [((), event(kind)), *((place, held) for place, _, held in fields(event(kind)))]
    free = {"readPoint", "bizLocation"}  # they hold what they like
    for place, held in parts:
        if not looked_into(kind, place or ("x",)):
            continue
        for n, part in enumerate(held) if isinstance(held, list) else [(None, held)]:
            if isinstance(part, dict):
                at: Path = ("epcisBody", "eventList", 0, *place, *([] if n is None else [n]))
                name = str(place[-1]) if place else ""
                for bad in ("sheen", "with blank:x"):
                    blamed = [] if name in free else [pointer((*at, bad))]
                    assert pointers(changed(whole, (*at, bad), 1)) == blamed
                closed = {"persistentDisposition", "bizTransactionList", "sourceList", "destinationList"}
                shut = name in closed or name.endswith("uantityList")
                own = pointers(changed(whole, (*at, "mill:sheen"), 1))
                assert own == ([pointer((*at, "mill:sheen"))] if shut else [])


REQUIRED: list[tuple[str, Path]] = [
    *((kind, (name,)) for kind in KINDS for name in ("eventTime", "eventTimeZoneOffset", "type")),
    *((kind, ("action",)) for kind in KINDS if kind != "TransformationEvent"),
    ("AssociationEvent", ("parentID",)),
    ("TransactionEvent", ("bizTransactionList",)),
    *(
        ("ObjectEvent", place)
        for place in [
            ("errorDeclaration", "declarationTime"), ("quantityList", 0, "epcClass"), ("readPoint", "id"),
            ("bizTransactionList", 0, "bizTransaction"), ("sourceList", 0, "type"), ("sourceList", 0, "source"),
            ("destinationList", 0, "destination"),
            ("destinationList", 0, "type"), ("sensorElementList", 0, "sensorReport"), ("bizLocation", "id"),
            ("sensorElementList", 0, "sensorReport", 1, "type"),
        ]
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "place"), REQUIRED)
def test_what_an_event_must_have(kind: str, place: Path) -> None:
    found = check(without(document(event(kind)), ("epcisBody", "eventList", 0, *place)))
    assert [finding.pointer for finding in found] == [pointer(("epcisBody", "eventList", 0, *place[:-1]))]
    assert found[0].what.startswith(f"{place[-1]} is missing")
    assert found[0].mend


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_is_required(kind: str) -> None:
    required = {place[-1] for known, place in REQUIRED if known == kind or len(place) > 1}
    whole = document(event(kind))
    for place, name, _ in fields(event(kind)):
        if name not in required or (place[0] == "bizTransactionList" and name == "type"):
            assert pointers(without(whole, ("epcisBody", "eventList", 0, *place))) == [], place


THINGS: list[Any] = [None, [], ["a:b"]]
CLASSES: list[Any] = [None, [], [{"epcClass": "a:b"}]]
SENSORS: list[Any] = [None, [], [{"sensorReport": [{"type": "Mass"}]}]]


def test_what_an_object_event_is_about() -> None:
    for epcs, classes, sensors, place in product(THINGS, CLASSES, SENSORS, (None, {"id": "a:b"})):
        one = plain(epcList=epcs, quantityList=classes, sensorElementList=sensors, readPoint=place)
        assert (check(one) == []) == (epcs is not None or bool(classes) or bool(sensors and place)), one


@pytest.mark.parametrize("kind", ["AggregationEvent", "AssociationEvent"])
def test_what_children_an_event_names(kind: str) -> None:
    for epcs, classes, action in product(THINGS, CLASSES, v.ACTIONS):
        one = plain(type=kind, epcList=None, parentID="a:b", childEPCs=epcs, childQuantityList=classes, action=action)
        assert (check(one) == []) == (bool(epcs) or bool(classes) or action == "DELETE"), one


def test_what_a_transaction_event_is_about() -> None:
    paper = [{"bizTransaction": "a:b"}]
    for epcs, classes, action in product(THINGS, CLASSES, v.ACTIONS):
        one = plain(
            type="TransactionEvent", epcList=epcs, quantityList=classes, action=action, bizTransactionList=paper
        )
        assert (check(one) == []) == (epcs is not None or bool(classes) or action == "DELETE"), one


def test_what_goes_in_and_comes_out() -> None:
    for into, lots, out, made, campaign in product(THINGS, CLASSES, THINGS, CLASSES, (None, "a:b")):
        inputs, outputs = {"inputEPCList": into, "inputQuantityList": lots}, {"outputEPCList": out}
        one = change(**inputs, **outputs, outputQuantityList=made, transformationID=campaign)
        some_in, some_out = bool(into or lots), bool(out or made)
        assert (check(one) == []) == ((some_in and some_out) or (campaign is not None and (some_in or some_out))), one


def test_ilmd_only_where_things_begin() -> None:
    assert [check(plain(action=action, ilmd={})) == [] for action in ("OBSERVE", "ADD", "DELETE")] == [
        False,
        True,
        False,
    ]


def test_words_of_ones_own() -> None:
    report: list[Path] = [
        ("sensorElementList", 0, "sensorReport", 0, name) for name in ("type", "exception", "component")
    ]  # fmt: skip
    whole = {"@context": CONTEXT, **event("ObjectEvent")}
    for at in [*WORD_PLACES.values(), *report]:
        assert check(changed(whole, at, "https://voc.example.org/own")) == []
        for bad in ["mill:with blank", *(OLD_GS1 if at in report[:2] else OLD)]:
            assert pointers(changed(whole, at, bad)) == [pointer(at)]


def test_truth_from_a_sensor() -> None:
    def sensed(value: Any) -> Json:
        return plain(sensorElementList=[{"sensorReport": [{"type": "Count", "booleanValue": value}]}])

    assert check(sensed(True)) == []
    for bad in BAD["booleanValue"]:
        assert pointers(sensed(bad)) == ["/sensorElementList/0/sensorReport/0/booleanValue"]
    assert pointers(plain(sensorElementList=[{"sensorReport": []}])) == ["/sensorElementList/0/sensorReport"]


@pytest.mark.parametrize("kind", [*KINDS, "https://voc.example.org/ShiftEvent"])
def test_what_all_events_share(kind: str) -> None:
    whole = document({**event(kind), "@context": CONTEXT})
    assert check(whole) == []
    for name in v.EVENT_FIELDS:
        if name == "type":
            continue
        at = ("epcisBody", "eventList", 0, name)
        for bad in BAD_IN_ENVELOPE["@context"] if name == "@context" else BAD[name]:
            assert pointers(changed(whole, at, bad))[0].startswith(pointer(at))
        found = pointers(without(whole, at))
        assert found == (["/epcisBody/eventList/0"] if name in ("eventTime", "eventTimeZoneOffset") else [])


@pytest.mark.parametrize(
    ("one", "where", "words"),
    [
        (plain(epcList=None), "", "says which things it is about"),
        (plain(epcList=None, quantityList=[]), "", "says which things"),
        (plain(epcList=None, sensorElementList=[{"sensorReport": [{"type": "Mass"}]}]), "", "together with readPoint"),
        (plain(type="AggregationEvent", epcList=None), "", "names children"),
        (plain(type="AssociationEvent", epcList=None, parentID="a:b", childEPCs=[]), "", "names children"),
        (plain(type="TransactionEvent", epcList=None, bizTransactionList=[{"bizTransaction": "a:b"}]), "", "says"),
        (plain(type="TransactionEvent", bizTransactionList=[]), "/bizTransactionList", "is empty"),
        (change(inputEPCList=["a:b"]), "", "one input and one output"),
        (change(transformationID="a:b"), "", "at least one of either"),
        (plain(ilmd={}), "/ilmd", "action is ADD"),
        (plain(epcList=["a:b", "a:b"]), "/epcList", 'names "a:b" twice'),
        (plain(epcList=["a:b", "b"]), "/epcList/1", "not a URI"),
        (plain(epcList="a:b"), "/epcList", "must be a list"),
        (plain(childEPCs=["a:b"]), "/childEPCs", "AggregationEvent and AssociationEvent, not of an ObjectEvent"),
        (plain(persistentDisposition={"set": ["expired", "expired"]}), "/persistentDisposition/set", "twice"),
        (plain(quantityList=[{"epcClass": "a:b", "uom": "kg"}]), "/quantityList/0/uom", "form of uom"),
        (plain(type="ObjectsEvent"), "/type", "not a kind of event"),
        (plain(**{"@context": 7}), "/@context", "must be text"),
        (plain(**{"@context": [STANDARD, STANDARD]}), "/@context", "twice"),
        (plain(**{"@context": ["word"]}), "/@context/0", "not a URI"),
        (plain(**{"@context": None}), "", "@context is missing"),
        (document(schemaVersion=None), "", "schemaVersion is missing"),
        (document(schemaVersion="two"), "/schemaVersion", "form of schemaVersion"),
        (document(creationDate="2026"), "/creationDate", "not a date and time"),
        (document(epcisBody={}), "/epcisBody", "eventList is missing"),
        (document(epcisBody={"eventList": {}}), "/epcisBody/eventList", "must be a list"),
        (document(7), "/epcisBody/eventList/0", "must be an object"),  # type: ignore[arg-type]
        (document(extra=1), "/extra", "not a field"),
        (document(epcisHeader={"x": 1}), "/epcisHeader/x", "not a field"),
        (document(id="word"), "/id", "not a URI"),
        (answer(sender="a"), "/sender", "not a field"),
        (answer(epcisBody={"queryResults": {"queryName": "a"}}), "/epcisBody/queryResults", "resultsBody is missing"),
        (answer(epcisBody={"eventList": []}), "/epcisBody", "queryResults is missing"),
        ({}, "", "type is missing"),
        ([], "", "must be an object"),
        ("text", "", "must be an object"),
    ],
    ids=str,
)  # fmt: skip
def test_invalid(one: Any, where: str, words: str) -> None:
    found = check(one)
    assert where in [finding.pointer for finding in found], found
    assert any(words in finding.what for finding in found if finding.pointer == where), found
    assert all(finding.mend for finding in found), found


WORD_PLACES: dict[v.Words, Path] = {
    v.BIZ_STEP: ("bizStep",),
    v.DISPOSITION: ("disposition",),
    v.BIZ_TRANSACTION_TYPE: ("bizTransactionList", 0, "type"),
    v.SOURCE_DESTINATION_TYPE: ("sourceList", 0, "type"),
    v.ERROR_REASON: ("errorDeclaration", "reason"),
}


@pytest.mark.parametrize("words", WORD_PLACES, ids=lambda words: str(words.what))
def test_long_forms_are_told_as_bare_words(words: v.Words) -> None:
    for word in words.words:
        assert (
            check(changed(document(event("ObjectEvent")), ("epcisBody", "eventList", 0, *WORD_PLACES[words]), word))
            == []
        )
        older = words.web.replace("ref.gs1.org", "ns.gs1.org")
        for long in (words.urn + word, older + word):
            [found] = check(
                changed(document(event("ObjectEvent")), ("epcisBody", "eventList", 0, *WORD_PLACES[words]), long)
            )
            assert found.pointer == pointer(("epcisBody", "eventList", 0, *WORD_PLACES[words]))
            assert found.mend == f'Use the bare word "{word}"'


@pytest.mark.parametrize(
    ("one", "mend"),
    [
        (plain(bizStep="shiping"), 'Perhaps "shipping" is meant'),
        (plain(bizStep="Shipping"), 'Perhaps "shipping" is meant'),
        (plain(type="Objectevent"), 'Perhaps "ObjectEvent" is meant'),
        (plain(epcList=["9520001234552"]), "https://id.gs1.org/01/09520001234552"),
        (plain(epcList=["https://a.example.org/a b"]), "%20"),
        (plain(quantityList=[{"epcClass": "a:b", "quantity": "1.5"}]), "Take the quotes away"),
        (plain(readPoint=[{"id": "a:b"}]), "Take the brackets"),
        (plain(epcs=["a:b"]), "Perhaps epcList is meant"),
        (plain(eventID="7"), "urn:uuid:"),
        (plain(content=[]), "prefix:name"),
        (plain(action="CREATE"), "Use one of ADD, DELETE, OBSERVE"),
        (plain(quantityList=[{"epcClass": "a:b", "unit": "KGM"}]), "Perhaps uom is meant"),
        (plain(**{"with blank:x": 1}), "Take the blank out"),
    ],
    ids=str,
)  # fmt: skip
def test_hints(one: Json, mend: str) -> None:
    assert any(mend in finding.mend for finding in check(one)), check(one)


def test_numbers_of_every_type() -> None:
    for number in (1, 1.5, Decimal("1.10"), Decimal("1E+2"), 10**30):
        assert check(plain(quantityList=[{"epcClass": "a:b", "quantity": number, "uom": "KGM"}])) == []


def test_findings_are_limited() -> None:
    assert len(check(document(*(plain(action="X") for _ in range(MOST_FINDINGS + 50))))) == MOST_FINDINGS


def test_pointers_escape() -> None:
    assert pointers(plain(**{"a/b~c": 1})) == ["/a~1b~0c"]


def test_the_schema_is_sound() -> None:
    import jsonschema

    jsonschema.Draft7Validator.check_schema(schema())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(st.sampled_from(EVERY), JSON, st.booleans())
def test_any_fault_is_explained(where: tuple[str, Path, str], value: Any, add: bool) -> None:
    """Whatever stands in a field: a verdict, findings in words, each pointing to something in the document."""
    kind, place, _ = where
    whole = changed(document(event(kind)), ("epcisBody", "eventList", 0, *place), value)
    if add and isinstance(value, dict):
        whole["epcisBody"]["eventList"][0].update(value)
    for finding in check(whole):
        assert finding.what
        inner: Any = whole
        for step in finding.pointer.split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            inner = inner[int(step)] if isinstance(inner, list) else inner[step]
