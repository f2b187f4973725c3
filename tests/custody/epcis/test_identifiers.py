from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.epcis.identifiers import (
    canonical,
    check_digit,
    check_identifiers,
    faults,
    identifiers,
    is_gtin,
    level,
    to_urn,
)  # fmt: skip
from tests.custody.epcis.samples import event, plain

# URN, its Digital Link, and whether it names one thing or a class. 9520001 is GS1's company prefix for examples.
PAIRS = [
    ("urn:epc:id:sgtin:9520001.123455.101", "01/19520001234559/21/101", "instance"),
    ("urn:epc:id:sgtin:952000112345.0.a%2Fb(1)", "01/09520001123450/21/a%2Fb%281%29", "instance"),
    ("urn:epc:id:sscc:9520001.1234567890", "00/195200012345678906", "instance"),
    ("urn:epc:id:sgln:9520001.00001.0", "414/9520001000010", "instance"),
    ("urn:epc:id:sgln:952000100001..gate-2", "414/9520001000010/254/gate-2", "instance"),
    ("urn:epc:id:pgln:9520001.00001", "417/9520001000010", "instance"),
    ("urn:epc:id:grai:9520001.00022.7", "8003/095200010002257", "instance"),
    ("urn:epc:id:grai:952000100022..7", "8003/095200010002257", "instance"),
    ("urn:epc:id:giai:9520001.A-7", "8004/9520001A-7", "instance"),
    ("urn:epc:id:gsrn:9520001.1234567890", "8018/952000112345678904", "instance"),
    ("urn:epc:id:gsrnp:9520001.1234567890", "8017/952000112345678904", "instance"),
    ("urn:epc:id:gdti:9520001.00009.PO-47", "253/9520001000096PO-47", "instance"),
    ("urn:epc:id:cpi:9520001.AB.12", "8010/9520001AB/8011/12", "instance"),
    ("urn:epc:id:sgcn:9520001.00009.55", "255/952000100009655", "instance"),
    ("urn:epc:id:ginc:9520001.x7", "401/9520001x7", "instance"),
    ("urn:epc:id:gsin:9520001.222333444", "402/95200012223334446", "instance"),
    ("urn:epc:id:itip:9520001.123455.01.02.9", "8006/195200012345590102/21/9", "instance"),
    ("urn:epc:id:upui:9520001.123455.z", "01/19520001234559/235/z", "instance"),
    ("urn:epc:class:lgtin:9520001.123455.A7", "01/19520001234559/10/A7", "class"),
    ("urn:epc:idpat:sgtin:9520001.123455.*", "01/19520001234559", "class"),
    ("urn:epc:idpat:grai:9520001.00022.*", "8003/09520001000225", "class"),
    ("urn:epc:idpat:gdti:9520001.00009.*", "253/9520001000096", "class"),
    ("urn:epc:idpat:sgcn:9520001.00009.*", "255/9520001000096", "class"),
    ("urn:epc:idpat:cpi:9520001.AB.*", "8010/9520001AB", "class"),
    ("urn:epc:idpat:itip:9520001.123455.01.02.*", "8006/195200012345590102", "class"),
]


@pytest.mark.parametrize(("urn", "link", "which"), PAIRS)
def test_urn_and_link(urn: str, link: str, which: str) -> None:
    whole = f"https://id.gs1.org/{link}"
    assert canonical(urn) == whole
    assert level(urn) == which
    assert faults(urn) is None
    # A link with %.. is left as it is, as the reference of the event hash leaves it.
    assert canonical(whole) == (None if "%" in link else whole)
    assert level(whole) == which
    assert faults(whole) is None
    assert to_urn(whole, urn.split(":")[4].index(".")) == urn


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("http://shop.example.com/a/gtin/9520001123450/cpv/2A/lot/B/ser/101?17=1", "01/09520001123450/21/101"),
        ("https://example.com/01/952000112345", "01/00952000112345"),
        ("https://example.com/01/95200011", "01/00000095200011"),
        ("https://example.com/01/09520001123450/22/2A", "01/09520001123450"),
        ("https://example.com/gln/9520001000010", "414/9520001000010"),
        ("https://example.com/party/9520001000010", "417/9520001000010"),
        ("https://example.com/itip/195200012345590102/lot/x/ser/y", "8006/195200012345590102/21/y"),
    ],
)
def test_links_of_others(uri: str, link: str) -> None:
    assert canonical(uri) == f"https://id.gs1.org/{link}"


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.example.org/lot/7", "urn:uuid:6f2f0b3e-36c1-4f1c-9c8d-6a7a3d8f1a01", "mill:7", "", "urn:epc:",
        "urn:epc:id",
        "https://a.example.org/99/09520001123450", "https://a.example.org/01/952",
        "https://a.example.org/01/09520001123450/99/x", "https://a.example.org/01/09520001123450/21/x/10/y",
        "https://a.example.org/01/09520001123450#x", "https://a.example.org/01/09520001123450/21", "https://id.gs1.org/01/",
        "https://a.example.org/2026/01/report", "urn:epc:id:sgtin:952.1.1", "urn:epc:id:unknown:1.2.3",
    ],
)  # fmt: skip
def test_what_carries_no_key(uri: str) -> None:
    assert canonical(uri) is None
    assert level(uri) is None
    assert to_urn(uri, 7) is None


def test_a_host_without_a_dot_is_no_name_for_others() -> None:
    assert canonical("https://localhost/01/09520001123450") is None


def test_no_urn_for_a_wrong_prefix() -> None:
    link = "https://id.gs1.org/01/09520001123450/21/7"
    assert [to_urn(link, n) for n in (5, 13)] == [None, None]
    assert to_urn(link, 12) == "urn:epc:id:sgtin:952000112345.0.7"


def test_check_digit() -> None:
    # GS1 General Specifications, section 7.9: GTIN-13 6291041500213, SSCC 376104250021234569.
    assert check_digit("629104150021") == "3"
    assert check_digit("37610425002123456") == "9"


@given(st.text("0123456789", min_size=7, max_size=17), st.data())
def test_a_check_digit_finds_every_wrong_digit(digits: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != digits[place]))
    assert check_digit(digits) != check_digit(digits[:place] + other + digits[place + 1 :])


@given(st.integers(10**11, 10**12 - 1), st.integers(6, 12), st.text("ABCabc019-._", min_size=1, max_size=20))
def test_there_and_back(number: int, prefix: int, serial: str) -> None:
    gtin = f"0{number}"
    link = f"https://id.gs1.org/01/{gtin}{check_digit(gtin)}/21/{serial}"
    urn = to_urn(link, prefix)
    assert urn is not None
    assert canonical(urn) == link


@given(st.text(max_size=40) | st.text("urn:epcidsgtin/.0123456789%*", max_size=40).map("urn:epc:id:sgtin:".__add__))
def test_any_text_is_taken(text: str) -> None:
    canonical(text)
    faults(text)
    assert level(text) in (None, "instance", "class")


def test_bare_gtins() -> None:
    assert is_gtin("09520001123450")
    assert is_gtin("9520001123450")
    assert not is_gtin("9520001123451")
    assert not is_gtin("952000112345０")
    assert not is_gtin("952")


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://id.gs1.org/01/09520001123451/21/7", "GTIN 09520001123451 is 1, and should be 0"),
        ("https://id.gs1.org/414/9520001000011", "should be 0"),
        ("https://id.gs1.org/8006/195200012345580102/21/9", "should be 9"),
        ("https://id.gs1.org/01/095200011/21/7", "does not hold a GTIN"),
        ("urn:epc:id:sgtin:9520001.12345.101", "not an EPC URN"),
        ("urn:epc:id:unknown:1.2", "not an EPC URN"),
    ],
)
def test_faults(uri: str, words: str) -> None:
    fault = faults(uri)
    assert fault is not None
    assert words in fault[0]
    assert fault[1]


def test_faults_of_an_event() -> None:
    one = plain(
        epcList=["https://id.gs1.org/01/09520001123450/10/A7", "https://id.example.org/lot/7"],
        quantityList=[{"epcClass": "https://id.gs1.org/01/09520001123450/21/7"}, {"epcClass": "a:b"}],
        readPoint={"id": "https://id.gs1.org/414/9520001000011"},
    )
    found = check_identifiers(one, "/epcisBody/eventList/3")
    assert [finding.pointer.removeprefix("/epcisBody/eventList/3") for finding in found] == [
        "/epcList/0", "/quantityList/0/epcClass", "/readPoint/id",
    ]  # fmt: skip
    assert "names a class" in found[0].what
    assert "names one thing" in found[1].what


@pytest.mark.parametrize("kind", ["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent"])
def test_every_identifier_is_looked_at(kind: str) -> None:
    named = {pointer.split("/")[1] for pointer, _, _ in identifiers(event(kind))}
    lists = {name for name in event(kind) if name.endswith(("List", "EPCs", "ID", "Point", "Location"))}
    assert named == lists - {"sensorElementList", "eventID", "transformationID"}
    assert check_identifiers(event(kind)) == []


def test_a_malformed_event_is_passed_over() -> None:
    assert (
        check_identifiers({"epcList": 7, "quantityList": [7, {"epcClass": 1}], "readPoint": "x", "parentID": []}) == []
    )
