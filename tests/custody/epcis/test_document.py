from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.epcis.document import DocumentError, Limits, read_document
from chumbak.custody.epcis.validate import check
from chumbak.custody.finding import Finding
from tests.conftest import ROOT
from tests.custody.epcis.samples import CONTEXT, Json, answer, document, event, plain

TWICE = Limits(once=True)  # a field that stands twice is a fault


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def faults(text: str | bytes, limits: Limits = TWICE) -> list[Finding]:
    """What is said of bytes that are refused."""
    with pytest.raises(DocumentError) as caught:
        read_document(text if isinstance(text, bytes) else text.encode(), limits)
    assert caught.value.findings
    return list(caught.value.findings)


@pytest.mark.parametrize(
    ("value", "kind", "places"),
    [
        (
            document(event("ObjectEvent"), plain()),
            "EPCISDocument",
            ["/epcisBody/eventList/0", "/epcisBody/eventList/1"],
        ),
        (answer(plain()), "EPCISQueryDocument", ["/epcisBody/queryResults/resultsBody/eventList/0"]),
        (plain(), "event", [""]),
        (document(), "EPCISDocument", []),
    ],
    ids=str,
)
def test_three_kinds_of_document(value: Json, kind: str, places: list[str]) -> None:
    found = read_document(body(value))
    assert found.kind == kind
    assert found.context == CONTEXT
    assert [place for place, _ in found.placed()] == places
    assert check(found.raw) == []


@pytest.mark.parametrize(
    "value",
    [{}, {"type": 7}, {"type": []}, {"type": "EPCISDocument"}, {"type": "EPCISDocument", "epcisBody": []},
     {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": 7}}, document(7, plain()),
     document(epcisBody={"eventList": {}})],
    ids=str,
)  # fmt: skip
def test_malformed_documents_are_left_to_the_check(value: Any) -> None:
    found = read_document(body(value))
    assert all(isinstance(one, dict) for one in found.events)
    assert len(found.places) == len(found.events)
    assert check(found.raw)


def test_places_count_what_is_no_event() -> None:
    assert list(read_document(body(document(7, plain()))).placed()) == [("/epcisBody/eventList/1", plain())]


def test_the_context_of_an_event_is_added_to_that_of_its_document() -> None:
    own = {"inner": "https://ns.example.org/inner/"}
    found = read_document(body(document({**plain(), "@context": own}, plain(**{"@context": None}))))
    assert [found.context_of(one) for one in found.events] == [[*CONTEXT, own], CONTEXT]
    alone = read_document(body(plain()))
    assert alone.context_of(alone.events[0]) == CONTEXT


def test_numbers_are_kept_digit_for_digit() -> None:
    text = '{"a": [1.10, 0.1000000000000000000001, -0.0, 1e3, 1E-7, 12, 12345678901234567890, 2.50]}'
    numbers = read_document(text.encode()).raw["a"]
    assert [str(number) for number in numbers] == [
        "1.10", "0.1000000000000000000001", "-0.0", "1E+3", "1E-7", "12", "12345678901234567890", "2.50",
    ]  # fmt: skip
    assert [type(number) for number in numbers] == [Decimal] * 5 + [int, Decimal, Decimal]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_document(b"\xef\xbb\xbf" + body(plain())).raw == plain()


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "", "not JSON at line 1, column 1"),
        ('{"a": 1,}', "", "not JSON at line 1"),
        ('{"a": 1} x', "", "not JSON"),
        ("{'a': 1}", "", "not JSON"),
        ('{"a": 01}', "", "not JSON"),
        ('{"a": "tab\there"}', "", "not JSON"),
        ("[]", "", "not an object"),
        ("7", "", "not an object"),
        (b'{"a": "\xff"}', "", "byte 8 is not UTF-8"),
        (json.dumps(plain()).encode("utf-16"), "", "not UTF-8"),
        ('{"a": {"b/c": [1, {"d": 1, "d": 2}]}}', "/a/b~1c/1/d", "d stands twice"),
        ('{"a": NaN}', "/a", "NaN is not a JSON number"),
        ('{"a": [-Infinity]}', "/a/0", "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "/a", "too large or too small"),
        ('{"a": 1e-999999999}', "/a", "too large or too small"),
        ('{"a": ' + "9" * 5000 + "}", "/a", "at most 60 digits"),
        ('{"a": 0.' + "1" * 61 + "}", "/a", "at most 60 digits"),
        ('{"a": "\\ud800"}', "/a", "cannot be kept"),
        ('{"a": "x\\u0000"}', "/a", "cannot be kept"),
        ('{"\\udfff": 1}', "/?", "cannot be kept"),
        ('{"a": ' + "[" * 60 + "]" * 60 + "}", "", "more than 48 deep"),
        ("[" * 200_000, "", "more than 48 deep"),
        ('{"a":' * 200_000, "", "more than 48 deep"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_refused(text: str | bytes, where: str, words: str) -> None:
    found = faults(text)
    assert [finding.pointer for finding in found] == [where]
    assert words in found[0].what
    assert found[0].mend


def test_several_faults_are_told_at_once() -> None:
    found = faults('{"a": NaN, "b": [1e999, {"c": 1, "c": 2, "c": 3}], "a": 1}', Limits(once=True))
    assert [finding.pointer for finding in found] == ["/a", "/b/0", "/b/1/c"]


def test_pairs_of_surrogates_are_text() -> None:
    assert read_document(b'{"a": "\\ud83e\\uddf2"}').raw == {"a": "\U0001f9f2"}


def test_brackets_in_text_are_not_depth() -> None:
    assert read_document(body({"a": "[" * 100})).raw == {"a": "[" * 100}
    assert read_document(body({"a": [{"b": n} for n in range(100)]})).raw["a"][99] == {"b": 99}


def test_limits() -> None:
    assert "at most 10 are taken" in faults(body(plain()), Limits(size=10))[0].what
    with pytest.raises(DocumentError) as caught:
        read_document(body(plain()), Limits(size=10))
    assert caught.value.too_large
    with pytest.raises(DocumentError) as caught:
        read_document(b"{")
    assert not caught.value.too_large
    found = faults(body(document(plain(), plain())), Limits(events=1))
    assert found[0].pointer == "/epcisBody/eventList"
    assert faults(b'{"a": [[1]]}', Limits(depth=2))
    assert read_document(b'{"a": [1]}', Limits(depth=2)).raw == {"a": [1]}


def test_the_last_of_two_counts_if_one_says_so() -> None:
    assert read_document(b'{"a": 1, "a": 2}', Limits(once=False)).raw == {"a": 2}
    found = faults('{"a": 1, "a": 1e999}', Limits(once=False))
    assert [finding.pointer for finding in found] == ["/a"]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~\"\\é"), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text("abc"), JSON, max_size=4))
def test_what_json_holds_is_read(value: Json) -> None:
    assert read_document(body(value)).raw == value
    assert read_document(json.dumps(value, ensure_ascii=False).encode()).raw == value


@given(st.binary(max_size=60) | st.text('{}[]",:0123456789eE.-+ab\\u', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    refused: DocumentError | None = None
    try:
        read_document(data)
    except DocumentError as error:
        refused = error
    assert refused is None or (refused.findings and all(finding.what for finding in refused.findings))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"value": "40.5"', b'"value": "40.5", "value": "90"'),
        (b'"value": "40.5"', b'"value" :"90", "a\\u0022:": 1,"value": "40.5"'),
        (b'"rem:content": [', b'"rem:content": [], "rem:content": ['),
    ],
)
def test_what_a_lot_holds_is_said_once(old: bytes, new: bytes) -> None:
    body = (ROOT / "examples" / "custody_events.json").read_bytes()
    with pytest.raises(DocumentError, match=r"stands twice\. Keep one"):
        read_document(body.replace(old, new, 1))


def test_of_another_field_that_stands_twice_the_last_counts_as_in_the_standards_own_samples() -> None:
    body = (ROOT / "examples" / "custody_events.json").read_bytes()
    twice = body.replace(b'"eventID":', b'"eventID": "urn:x:y", "eventID":', 1)
    assert read_document(twice).events == read_document(body).events
