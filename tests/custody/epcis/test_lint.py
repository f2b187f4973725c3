from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chumbak.custody.epcis.lint import doubled, lint, rendered
from chumbak.custody.finding import Finding
from tests.custody.epcis.samples import STANDARD, Json, answer, document, event, plain


def linted(value: Any, **more: Any) -> list[Finding]:
    return lint(json.dumps(value).encode(), **more)


def test_a_finding_does_not_move_the_terminal() -> None:
    (line,) = rendered([Finding("/a", "is \x1b[31mred\u202e")], "a.json")
    assert line == "a.json:/a: is \\u001b[31mred\\u202e."
    (line,) = rendered([Finding("/a", "x" * 200_000)], "a.json")
    assert len(line) < 2_100


KINDS = ["ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_mend(kind: str) -> None:
    assert linted(document(event(kind))) == []
    assert linted(answer(event(kind))) == []
    assert rendered([], "a.json") == []


@pytest.mark.parametrize(
    ("value", "where", "words"),
    [
        (document(plain(), plain(action="X")), "/epcisBody/eventList/1/action", "may not stand for action"),
        (plain(epcList=["https://id.gs1.org/01/09520001123451/21/7"]), "/epcList/0", "check digit"),
        (plain(**{"smelter:heat": 7}), "/smelter:heat", 'prefix "smelter" is not declared'),
        (
            plain(**{"@context": STANDARD, "https://ns.example.org/a/b": {"rem:x": 1}}),
            "/https:~1~1ns.example.org~1a~1b/rem:x",
            "not declared",
        ),
        (
            answer(event("ObjectEvent"), event("AggregationEvent")),
            "/epcisBody/queryResults/resultsBody/eventList/1/eventID",
            "/epcisBody/queryResults/resultsBody/eventList/0",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_to_mend(value: Json, where: str, words: str) -> None:
    [found] = linted(value)
    assert found.pointer == where
    assert words in found.what
    assert found.mend


def test_a_prefix_is_told_once_an_event() -> None:
    assert len(linted(plain(**{"smelter:heat": 7, "smelter:cool": {"smelter:x": 1}}))) == 1


def test_prefixes_of_the_standard_and_uris_need_no_context() -> None:
    own = {"rdfs:comment": "x", "gs1:a": 1, "https://ns.example.org/b": 2, "urn:x:y": 3}
    assert linted(plain(**{"@context": STANDARD, **own})) == []
    assert linted(document({**plain(**{"inner:a": 1}), "@context": {"inner": "https://ns.example.org/"}})) == []


def test_a_document_that_cannot_be_read() -> None:
    assert rendered(lint(b"{"), "a.json") == [
        "a.json:/: not JSON at line 1, column 2: expecting property name enclosed in double quotes. "
        "Mend the JSON there."
    ]


def test_a_profile_is_asked_of_events_without_other_faults() -> None:
    asked: list[Any] = []

    def profile(one: Mapping[str, Any], context: Any) -> Iterator[Finding]:
        asked.append(context)
        if "rem:content" not in one:
            yield Finding("/rem:content", "the event does not say what the lots hold", "Add rem:content")

    value = document(plain(**{"@context": None}), plain(action="X"), event("ObjectEvent"))
    found = linted(value, profile=profile)
    assert [finding.pointer for finding in found] == [
        "/epcisBody/eventList/1/action", "/epcisBody/eventList/0/rem:content",
    ]  # fmt: skip
    assert asked == [value["@context"]] * 2


def test_lines_for_a_terminal() -> None:
    [line] = rendered(linted(plain(bizStep="shiping")), "lots/a.json")
    assert line == (
        'lots/a.json:/bizStep: "shiping" is not a standard business step. Perhaps "shipping" is meant. '
        "A word of your own is a full URI, as https://voc.example.org/leaching."
    )


def test_a_field_that_stands_twice_is_noted_and_the_last_counts() -> None:
    body = b'{"type": "EPCISDocument", "a": 1, "a": 2}'
    assert [finding.pointer for finding in doubled(body)] == ["/a"]
    assert doubled(b'{"a": 1}') == []
    assert doubled(b'{"a": ') == [], "what cannot be read is told by lint"
