"""The extension read from events: worked cases, and a table of faults each with the pointer to blame."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.content import FIELDS, faults_of, prefix_of, read_statement
from chumbak.custody.ledger.origin import origin_of
from chumbak.custody.ledger.statement import Content, Loss, Statement, Step, Take

from .book import A, B, C, D, appears, lots, step

ASSAY = {
    "id": "urn:x:assay:1", "method": "ICP-OES", "laboratory": "urn:x:lab", "sample": "S-1", "basis": "element",
    "fraction": {"Nd": {"value": "0.146", "uncertainty": "0.002"}, "Pr": {"value": "0.04"}},
}  # fmt: skip
MASS = {"value": "1.25", "uom": "KGM"}
POST = {"kind": "post-consumer", "melted": "CN", "evidence": ["https://e.example/1"]}


def weighed(**more: Any) -> dict[str, Any]:
    """A lot that appears by mass and assay."""
    event = appears(A, {})
    del event["rem:content"][0]["element"]
    event["rem:content"][0] |= {"mass": MASS, "assay": copy.deepcopy(ASSAY)} | more
    return event


def read(event: dict[str, Any]) -> Statement:
    statement = read_statement(event)
    assert statement is not None
    return statement


def test_a_lot_that_appears() -> None:
    event = appears(
        A, {"Nd": 182_000_000, "Pr": 41_000_000}, POST, sourceList=[{"type": "location", "source": "urn:x:z"}]
    )
    statement = read(event)
    origin = origin_of("post-consumer", {"melted": "CN"}, ["https://e.example/1"])
    amounts = {"Nd": 182_000_000, "Pr": 41_000_000}
    assert statement.kind == "appear"
    assert statement.lots == (A,)
    assert statement.contents == (Content(A, "/rem:content/0", amounts, ((Fraction(1), origin),)),)
    assert statement.party == "outside:urn:x:z"
    assert statement.area == "urn:x:gate"


def test_a_mass_with_an_assay_of_the_element() -> None:
    statement = read(weighed(moisture="0.02"))
    # 1.25 kg x 0.98 x 0.146 = 178.85 g; x 0.04 = 49 g.
    assert statement.contents[0].amounts == {"Nd": 178_850_000, "Pr": 49_000_000}
    nd, pr = statement.measurements
    assert (nd.lot, nd.element, nd.compound, nd.factor, nd.amount) == (A, "Nd", "Nd", 1, 178_850_000)
    assert (nd.fraction, nd.uncertainty, nd.gross) == (Fraction("0.146"), Fraction("0.002"), 1_250_000_000)
    assert (nd.assay, nd.method, nd.laboratory, nd.sample) == ("urn:x:assay:1", "ICP-OES", "urn:x:lab", "S-1")
    assert (pr.uncertainty, pr.moisture, pr.masses) == (None, Fraction("0.02"), "CIAAW-2024")


@pytest.mark.parametrize("key", ["Nd", "Nd2O3"])
def test_a_mass_with_an_assay_of_the_oxide(key: str) -> None:
    assay = {"basis": "oxide", "fraction": {key: {"value": Decimal("0.146")}}}
    statement = read(weighed(assay=assay))
    assert statement.contents[0].amounts == {"Nd": 156_467_468}
    assert statement.measurements[0].compound == "Nd2O3"


def test_stated_micrograms_hold_before_an_assay() -> None:
    statement = read(weighed(element={"Nd": "7"}))
    assert statement.contents[0].amounts == {"Nd": 7}
    assert [found.amount for found in statement.measurements] == [182_500_000, 50_000_000]


def test_fractions_may_sum_to_more_than_one_within_their_uncertainty() -> None:
    assay = {"basis": "element", "fraction": {"Fe": {"value": "0.7", "uncertainty": "0.001"}, "Nd": {"value": "0.303"}}}
    assert read(weighed(assay=assay)).measurements
    assay["fraction"]["Nd"] = {"value": "0.304"}  # type: ignore[index]
    with pytest.raises(LedgerError, match=r"sum to 1\.004, more than the whole"):
        read_statement(weighed(assay=assay))


def test_a_transformation() -> None:
    event = step([B, A], {D: {"Nd": 2}, C: {"Nd": 1}})
    event |= {
        "rem:take": [{"lot": B, "share": "1/3"}, {"lot": A, "element": {"Nd": "5"}}],
        "rem:losses": [{"kind": "slag", "element": {"Nd": "1"}}, {"kind": "fines", "element": {}}],
        "rem:step": {"step": "melted", "country": "IN", "elements": ["Nd", "Pr"]},
        "rem:area": "mba:smelter-1",
        "rem:waste": "pre-consumer",
    }
    statement = read(event)
    assert statement.takes == (
        Take(A, "/rem:take/1", {"Nd": 5}, None), Take(B, "/rem:take/0", None, Fraction(1, 3)),
    )  # fmt: skip
    assert statement.contents == (
        Content(C, "/rem:content/1", {"Nd": 1}, None, True), Content(D, "/rem:content/0", {"Nd": 2}, None, True),
    )  # fmt: skip
    assert statement.losses == (Loss("fines", "/rem:losses/1", {}), Loss("slag", "/rem:losses/0", {"Nd": 1}))
    assert statement.step == Step("melted", "IN", frozenset({"Nd", "Pr"}))
    assert statement.area == "mba:smelter-1"
    assert statement.lots == (A, B, C, D)


def test_lots_are_instances_and_classes_and_each_counts_once() -> None:
    event = step([A], {C: None})
    event |= {"inputEPCList": [B, A, B], "outputEPCList": [D]}
    statement = read(event)
    assert statement.takes == (Take(A, "/inputEPCList/1"), Take(B, "/inputEPCList/0"))
    assert [content.lot for content in statement.contents] == [C, D]
    assert statement.contents[1].pointer == "/outputEPCList/0"


def test_a_lot_has_one_name_however_it_is_written() -> None:
    event = step([A], {C: {"Nd": 1}}) | {"rem:take": [{"lot": A.upper(), "share": "1"}]}
    statement = read_statement(event, name=str.lower)
    assert statement is not None
    assert statement.takes == (Take(A, "/rem:take/0", None, Fraction(1)),)


def test_the_prefix_is_what_the_context_says() -> None:
    assert prefix_of(["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"x": "urn:chumbak:rem:"}]) == "x:"
    assert prefix_of({"rem": "urn:chumbak:rem:", "y": "urn:y:"}) == "rem:"
    assert prefix_of([{"rem": "https://other.example/"}]) == "urn:chumbak:rem:"
    assert prefix_of(None) == prefix_of(["https://a.example"]) == "rem:"
    event = {key.replace("rem:", "x:"): value for key, value in appears(A, {"Nd": 1}).items()}
    assert read_statement(event) is None
    statement = read_statement(event, "x:")
    assert statement is not None
    assert statement.contents[0].pointer == "/x:content/0"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ObjectEvent", "action": "ADD", "epcList": [A]},
        {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [A]},
        {"type": "AggregationEvent", "action": "ADD", "parentID": A, "childEPCs": [B]},
        {"type": "AssociationEvent", "action": "ADD", "parentID": A, "childEPCs": [B]},
        {"type": "TransactionEvent", "action": "ADD", "epcList": [A]},
        {"type": "TransactionEvent", "action": "ADD", "epcList": [A], "errorDeclaration": {}},
        {"type": "ObjectEvent", "action": "ADD", "epcList": [A], "remark": "rem"},
    ],
    ids=lambda event: f"{event['type']}-{event['action']}",
)
def test_events_that_say_nothing_of_elements(event: dict[str, Any]) -> None:
    assert read_statement(event) is None
    assert faults_of(event) == []


def test_where_lots_go() -> None:
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "action": "DELETE",
        "epcList": [A],
        "bizLocation": {"id": "urn:x:l"},
    }
    assert read(event).party == "outside:urn:x:l"
    destination = [{"type": "owning_party", "destination": "urn:x:o"}]
    assert read(event | {"destinationList": destination}).party == "outside:urn:x:o"
    assert read(event | {"disposition": "destroyed"}).party == "loss:destroyed:urn:x:l"
    assert read(event | {"disposition": "disposed", "rem:area": "mba:y"}).party == "loss:disposed:mba:y"
    assert read({"type": "ObjectEvent", "action": "DELETE", "epcList": [A]}).party == "outside:unstated"


# Faults --------------------------------------------------------------------------------------------------------------

FIRST = "/rem:content/0"


def appearing(**content: Any) -> dict[str, Any]:
    event = appears(A, {"Nd": 1})
    event["rem:content"][0] |= content
    return event


def assayed(**assay: Any) -> dict[str, Any]:
    return weighed(assay=ASSAY | assay)


def making(**fields: Any) -> dict[str, Any]:
    return step([A], {C: {"Nd": 1}}, **{f"rem:{name}": value for name, value in fields.items()})


OBSERVED = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [A]}
ONE = {"lot": A, "element": {"Nd": "1"}}
TWICE = {"share": "1/2", "origin": POST}

FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "misspelt field": (making(loses=[]), "/rem:loses", "no field of the extension"),
    "field of another kind": (
        appears(A, {"Nd": 1}) | {"rem:losses": []},
        "/rem:losses",
        "in an ObjectEvent with action ADD",
    ),
    "field in an aggregation": ({"type": "AggregationEvent", "rem:content": []}, "/rem:content", "this kind of event"),
    "content no list": (appears(A, {}) | {"rem:content": {}}, "/rem:content", "this is no list"),
    "content empty": (appears(A, {}) | {"rem:content": []}, "/rem:content", "no lot's content is stated"),
    "content entry no object": (making(content=["x"]), FIRST, "this is no object"),
    "content key": (appearing(elements={}), FIRST + "/elements", "'elements' is not known here"),
    "content key with a slash": (appearing(**{"a/b~c": 1}), FIRST + "/a~1b~0c", "'a/b~c' is not known here"),
    "no lot": (making(content=[{"element": {}}]), FIRST + "/lot", "no lot is named"),
    "lot of another event": (making(content=[{"lot": B, "element": {}}]), FIRST + "/lot", "not among the lots"),
    "lot twice": (appears(A, {}) | {"rem:content": [ONE, ONE]}, "/rem:content/1/lot", "is named twice"),
    "no amounts": (appears(A, {}) | {"rem:content": [{"lot": A}]}, FIRST, "not said what the lot holds"),
    "element no object": (appearing(element=["Nd"]), FIRST + "/element", "no object of elements"),
    "element unknown": (appearing(element={"Xx": "1"}), FIRST + "/element/Xx", "'Xx' is no element"),
    "oxide as element": (appearing(element={"Nd2O3": "1"}), FIRST + "/element/Nd2O3", "'Nd2O3' is no element"),
    "element a float": (appearing(element={"Nd": 1.5}), FIRST + "/element/Nd", "not a string of whole micrograms"),
    "element a number": (appearing(element={"Nd": 15}), FIRST + "/element/Nd", 'write it as "15"'),
    "element a fraction": (appearing(element={"Nd": "1.5"}), FIRST + "/element/Nd", "not a whole number"),
    "element below zero": (appearing(element={"Nd": "-1"}), FIRST + "/element/Nd", "not a whole number"),
    "element too great": (
        appearing(element={"Nd": str(2**63)}),
        FIRST + "/element/Nd",
        "more than the ledger can hold",
    ),
    "more than the gross mass": (
        appearing(element={"Nd": "1001"}, mass={"value": "1", "uom": "MGM"}),
        FIRST + "/element",
        "more than the gross mass",
    ),
    "mass no object": (weighed(mass="1 kg"), FIRST + "/mass", "this is no mass"),
    "mass without a unit": (weighed(mass={"value": "1"}), FIRST + "/mass", "no unit of mass"),
    "mass a float": (weighed(mass={"value": 1.25, "uom": "KGM"}), FIRST + "/mass", "floating-point"),
    "mass in litres": (weighed(mass={"value": "1", "uom": "LTR"}), FIRST + "/mass", "no unit of mass"),
    "moisture of one": (weighed(moisture="1"), FIRST + "/moisture", "is not below 1"),
    "assay without fractions": (weighed(assay={"basis": "element"}), FIRST + "/assay", "names no fractions"),
    "assay without a basis": (assayed(basis=None), FIRST + "/assay/basis", "None is no basis"),
    "assay of reo": (assayed(basis="REO"), FIRST + "/assay/basis", "'REO' is no basis"),
    "assay by other masses": (assayed(masses="CIAAW-1900"), FIRST + "/assay/masses", "no table of masses"),
    "assay key": (assayed(lab="x"), FIRST + "/assay/lab", "'lab' is not known here"),
    "assay method a number": (assayed(method=7), FIRST + "/assay/method", "this is no text of one line"),
    "fraction above the whole": (
        assayed(fraction={"Nd": {"value": "14.6"}}),
        FIRST + "/assay/fraction",
        "sum to 14.6, more than the whole",
    ),
    "fraction a float": (
        assayed(fraction={"Nd": {"value": 0.146}}),
        FIRST + "/assay/fraction/Nd/value",
        "floating-point",
    ),
    "fraction below zero": (
        assayed(fraction={"Nd": {"value": "-0.1"}}),
        FIRST + "/assay/fraction/Nd/value",
        "no decimal",
    ),
    "fraction of an oxide on element basis": (
        assayed(fraction={"Nd2O3": {"value": "0.1"}}),
        FIRST + "/assay/fraction/Nd2O3",
        "the basis is 'element'",
    ),
    "fraction of no oxide": (
        assayed(basis="oxide", fraction={"Au": {"value": "0.1"}}),
        FIRST + "/assay/fraction/Au",
        "no customary oxide",
    ),
    "element assayed twice": (
        assayed(basis="oxide", fraction={"Nd": {"value": "0.1"}, "Nd2O3": {"value": "0.1"}}),
        FIRST + "/assay/fraction/Nd2O3",
        "assayed twice",
    ),
    "uncertainty below zero": (
        assayed(fraction={"Nd": {"value": "0.1", "uncertainty": "-1"}}),
        FIRST + "/assay/fraction/Nd/uncertainty",
        "no decimal",
    ),
    "origin no object": (appearing(origin="AU"), FIRST + "/origin", "this is no origin"),
    "origin without a kind": (appearing(origin={"mined": "AU"}), FIRST + "/origin/kind", "None is no kind"),
    "origin of a wrong kind": (appearing(origin={"kind": "recycled"}), FIRST + "/origin/kind", "'recycled' is no kind"),
    "origin of a wrong country": (
        appearing(origin={"kind": "primary", "mined": "UK"}),
        FIRST + "/origin",
        "'UK' is no ISO",
    ),
    "origin key": (appearing(origin={"kind": "primary", "mine": "AU"}), FIRST + "/origin/mine", "not known here"),
    "evidence no uri": (appearing(origin=POST | {"evidence": ["x y"]}), FIRST + "/origin/evidence", "no URI"),
    "evidence no list": (appearing(origin=POST | {"evidence": "urn:x:y"}), FIRST + "/origin/evidence", "no list"),
    "origin twice": (appearing(origin=POST, origins=[TWICE]), FIRST + "/origins", "stated twice"),
    "origins no list": (appearing(origins={}), FIRST + "/origins", "this is no list"),
    "origins not of one": (appearing(origins=[TWICE]), FIRST + "/origins", "sum to 1/2 and not to 1"),
    "share no number": (
        appearing(origins=[TWICE | {"share": "half"}]),
        FIRST + "/origins/0/share",
        "no decimal number",
    ),
    "share a float": (appearing(origins=[TWICE | {"share": 0.5}]), FIRST + "/origins/0/share", "floating-point"),
    "waste of users": (making(waste="post-consumer"), "/rem:waste", "'post-consumer' cannot be set here"),
    "waste of a lot": (appearing(waste=True), FIRST + "/waste", "True cannot be set here"),
    "take of an output": (making(take=[{"lot": C, "share": "1"}]), "/rem:take/0/lot", "not among the lots"),
    "take of nothing said": (making(take=[{"lot": A}]), "/rem:take/0", "not said once how much"),
    "take said twice": (
        making(take=[{"lot": A, "share": "1", "element": {}}]),
        "/rem:take/0",
        "not said once how much",
    ),
    "take of more than one": (making(take=[{"lot": A, "share": "3/2"}]), "/rem:take/0/share", "more than 1"),
    "loss without a kind": (making(losses=[{"element": {}}]), "/rem:losses/0/kind", "kind of loss is not named"),
    "loss twice": (making(losses=[{"kind": "slag", "element": {}}] * 2), "/rem:losses/1/kind", "slag is named twice"),
    "loss of nothing said": (making(losses=[{"kind": "slag"}]), "/rem:losses/0", "not said how much is lost"),
    "step no object": (making(step="melted"), "/rem:step", "this is no object"),
    "step unknown": (making(step={"step": "cast", "country": "IN"}), "/rem:step/step", "'cast' is no step"),
    "step nowhere": (making(step={"step": "melted", "country": "unknown"}), "/rem:step/country", "is no country"),
    "step of no element": (
        making(step={"step": "melted", "country": "IN", "elements": ["Xx"]}),
        "/rem:step/elements/Xx",
        "'Xx' is no element",
    ),
    "step of elements no list": (
        making(step={"step": "melted", "country": "IN", "elements": "Nd"}),
        "/rem:step/elements",
        "no list of elements",
    ),
    "area no uri": (making(area="smelter 1"), "/rem:area", "this is no URI"),
    "adjust no flag": (OBSERVED | {"rem:adjust": "yes", "rem:content": [ONE]}, "/rem:adjust", "neither true nor false"),
    "observation of nothing": (OBSERVED | {"rem:adjust": True}, "/rem:content", "no lot's content is stated"),
    "observation without an assay": (OBSERVED | {"rem:content": [ONE]}, "/rem:content", "has no effect"),
    "adjustment of nothing said": (
        OBSERVED | {"rem:adjust": True, "rem:content": [{"lot": A}]},
        FIRST,
        "found to hold",
    ),
    "observation of an origin": (
        OBSERVED | {"rem:adjust": True, "rem:content": [ONE | {"origin": POST}]},
        FIRST,
        "cannot change where",
    ),
    "in and out": (step([A], {A: {"Nd": 1}}), "/outputQuantityList/0/epcClass", "goes in and comes out"),
    "output not stated": (
        step([A], {C: {"Nd": 1}}) | {"outputQuantityList": lots(C, D)},
        "/outputQuantityList/1/epcClass",
        "not said what",
    ),
    "amount left out beside a loss": (
        making(content=[{"lot": C}], losses=[{"kind": "slag", "element": {"Nd": "1"}}]),
        FIRST,
        "not said what",
    ),
    "too many lots": (
        step([f"urn:x:{number}" for number in range(400)], {f"urn:y:{number}": {} for number in range(300)}),
        "/outputEPCList",
        "too many lots",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_pointer_and_how_to_mend_it(name: str) -> None:
    event, pointer, what = FAULTS[name]
    (finding,) = faults_of(event)
    assert finding.pointer == pointer
    assert what in finding.what
    assert finding.mend


KEYS = (
    "lot element mass value uom moisture assay basis fraction origin origins share kind step country elements Nd Nd2O3 "
    "evidence waste x/"
)
WORDS = [A, B, C, "Nd", "Nd2O3", "element", "oxide", "1", "1/2", "KGM", "primary", "IN", "melted"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=4)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400)
@given(
    st.sampled_from([making(), appears(A, {"Nd": 1}), OBSERVED, weighed(), {**OBSERVED, "action": "DELETE"}]), st.data()
)
def test_whatever_is_written_is_read_or_told(event: dict[str, Any], data: st.DataObject) -> None:
    event = copy.deepcopy(event)
    for field in data.draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True)):
        event[f"rem:{field}"] = data.draw(JSON)
    listed = event.get("rem:content")
    for content in listed if isinstance(listed, list) else []:
        if isinstance(content, dict) and data.draw(st.booleans()):
            content.setdefault("lot", A)
            key = data.draw(st.sampled_from(["element", "mass", "moisture", "assay", "origin", "origins"]))
            content[key] = data.draw(JSON)
    findings = faults_of(event)
    for finding in findings:
        assert finding.what
        assert finding.mend
        assert finding.pointer.startswith(("/rem:", "/inputQ", "/outputQ"))
    error = LedgerError(findings)
    assert pickle.loads(pickle.dumps(error)).findings == error.findings
    if not findings:
        for content in read(event).contents:
            assert all(type(amount) is int and 0 <= amount < 2**63 for amount in (content.amounts or {}).values())


ODD: list[Any] = [
    None, True, 0, -1, 1.5, float("nan"), Decimal("NaN"), Decimal("1e40"), 10**50, "", "x", "-1", "1e99", "\ud800",
    "9" * 30, [], [[]], {}, {"x": {}}, {"\ud800": "1"}, [None], ["x"],
]  # fmt: skip


def places(value: Any) -> list[list[Any]]:
    """The way to every part of a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [[key, *rest] for key, part in pairs for rest in [[], *places(part)]]


@pytest.mark.parametrize("name", ["weighed", "making", "observed"])
def test_whatever_stands_in_one_place_is_read_or_told(name: str) -> None:
    full = {
        "weighed": weighed(moisture="0.1", origins=[{"share": "1", "origin": POST}]),
        "making": making(
            take=[{"lot": A, "element": {"Nd": "1"}}],
            losses=[{"kind": "slag", "mass": MASS, "assay": ASSAY}],
            step={"step": "melted", "country": "IN", "elements": ["Nd"]},
            area="mba:x",
            waste="pre-consumer",
        ),
        "observed": OBSERVED | {"rem:adjust": True, "rem:content": [{"lot": A, "mass": MASS, "assay": ASSAY}]},
    }[name]
    assert faults_of(full) == []
    for place in places({key: value for key, value in full.items() if key.startswith("rem:")}):
        for odd in ODD:
            event = copy.deepcopy(full)
            part = event
            for key in place[:-1]:
                part = part[key]
            part[place[-1]] = odd
            for finding in faults_of(event):
                assert finding.pointer.startswith(("/rem:", "/outputQ")), (place, odd)
                assert finding.mend
                f"{finding}".encode()  # or it could not be answered with


def test_all_faults_are_told_at_once() -> None:
    event = making(step={"step": "cast", "country": "UK"}, waste=1, area=2, take=[{"lot": B, "share": "2"}])
    assert [finding.pointer for finding in faults_of(event)] == [
        "/rem:waste", "/rem:take/0/lot", "/rem:take/0/share", "/rem:step/step", "/rem:step/country", "/rem:area",
    ]  # fmt: skip


def test_every_field_has_a_fault_in_the_table() -> None:
    pointers = {pointer.split("/")[1] for _, pointer, _ in FAULTS.values() if pointer}
    assert {f"rem:{field}" for field in FIELDS} <= pointers


def test_a_finding_reads_as_a_sentence() -> None:
    assert str(Finding("/a", "this is wrong", "Write 1")) == "/a: this is wrong. Write 1."
    assert str(Finding("", "this is wrong")) == "/: this is wrong."
    error = LedgerError([Finding("/a", "x"), Finding("/b", "y")])
    assert str(error) == "/a: x.\n/b: y."
