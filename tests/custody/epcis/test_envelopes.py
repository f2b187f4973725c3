"""The envelopes of events: what is valid in them, and which field is blamed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from chumbak.custody.epcis.explain import pointer
from chumbak.custody.epcis.validate import check
from tests.custody.epcis.broken import BAD_IN_ENVELOPE, Path, changed, fields, pointers, without
from tests.custody.epcis.samples import MASTER_DATA, Json, answer, document, plain

# The envelopes with every field, and what these may not hold.
ENVELOPES = [
    document(
        plain(), id="https://id.example.org/document/1", instanceIdentifier="1", sender="a", receiver="b",
        epcisHeader=MASTER_DATA, **{"mill:x": 1},
    ),
    answer(plain(), id="https://id.example.org/document/2", **{"mill:x": 1}),
]  # fmt: skip
ENVELOPES[1]["epcisBody"]["queryResults"]["resultsBody"]["vocabularyList"] = MASTER_DATA["epcisMasterData"][
    "vocabularyList"
]
NEEDED = {
    "@context", "schemaVersion", "creationDate", "epcisBody", "eventList", "queryResults", "queryName", "resultsBody",
    "type", "id",
}  # fmt: skip
NOT_NEEDED = {("id",), ("schemaVersion",), ("creationDate",)}  # in an answer, and `id` in both
OPEN = {"epcisMasterData", "vocabularyList", "vocabularyElementList", "attributes"}  # objects that hold what they like


def outside_events(whole: Json) -> Iterator[tuple[Path, str, Any]]:
    return (found for found in fields(whole) if found[0].count("eventList") == 0 or found[0][-1] == "eventList")


@pytest.mark.parametrize("whole", ENVELOPES, ids=["document", "answer"])
def test_every_field_of_the_envelopes(whole: Json) -> None:
    assert check(whole) == []
    for place, name, _ in outside_events(whole):
        for bad in BAD_IN_ENVELOPE[name]:
            found = pointers(changed(whole, place, bad))
            if place == ("type",):
                assert found
            else:
                assert any(where.startswith(pointer(place)) for where in found), (place, bad, found)
        found = pointers(without(whole, place))
        needed = name in NEEDED and not (place in NOT_NEEDED and (name == "id" or whole is ENVELOPES[1]))
        assert found == ([pointer(place[:-1])] if needed else []), place


def test_attributes_are_text_numbers_or_objects() -> None:
    place = next(place for place, name, _ in outside_events(ENVELOPES[0]) if name == "attribute")
    for value in ("", 7, 1.5, Decimal("1.5"), {}, {"a": [None]}):
        assert check(changed(ENVELOPES[0], place, value)) == []


@pytest.mark.parametrize("whole", ENVELOPES, ids=["document", "answer"])
def test_extensions_of_the_envelopes_need_a_namespace(whole: Json) -> None:
    for place, held in [((), whole), *((place, held) for place, _, held in outside_events(whole))]:
        for n, part in enumerate(held) if isinstance(held, list) else [(None, held)]:
            at = (*place, *([] if n is None else [n]))
            if not isinstance(part, dict) or "eventList" in at or place == ("@context",):
                continue
            free = bool(place) and (place[-1] in OPEN or (place == ("epcisBody",) and whole is ENVELOPES[0]))
            assert pointers(changed(whole, (*at, "mill:sheen"), 1)) == []
            for name in ("sheen", "with blank:x"):
                assert pointers(changed(whole, (*at, name), 1)) == ([] if free else [pointer((*at, name))]), (at, name)
