"""The page of a plant: what is drawn, what is told, that nothing in it can run or be fetched."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from chumbak.plant import read, solve
from chumbak.plant.cost_document import cost_document
from chumbak.plant.costing import cost
from chumbak.plant.document import solution_document
from chumbak.plant.ready import load
from chumbak.report.pictures.flowsheet import drawing
from chumbak.report.plant_page import plant_page
from chumbak.report.plant_words import cost_sentences
from tests.conftest import ROOT
from tests.plant.sheets import looping

EXAMPLE = load(ROOT / "examples" / "plant_magnet_to_oxide.yaml")


def test_every_step_and_stream_is_drawn_or_named() -> None:
    document = solution_document(solve(EXAMPLE))
    svg = drawing(document)
    ElementTree.fromstring(svg)
    texts = re.findall(r">([^<]+)<", svg)
    for step in document["steps"]:
        assert any(text == step.replace("_", " ") for text in texts), step
    for name, stream in document["streams"].items():
        if stream["kg_per_h"] > 0:
            assert any(text.startswith(f"{name}: ") or f", {name}: " in text for text in texts), name
    assert 'stroke-dasharray="5 3"' in svg  # what goes round


def test_no_two_texts_of_the_drawing_lie_on_each_other() -> None:
    told = looping()
    told["steps"]["sieve"]["out"] = {"taken": "wet", "rest": "dry"}
    for sheet in (read(told, "looping"), EXAMPLE):
        svg = drawing(solution_document(solve(sheet)))
        boxes = []
        for about, words in re.findall(r"<text ([^>]*)>([^<]+)<", svg):
            told_of = dict(re.findall(r'([\w-]+)="([^"]*)"', about))
            x, width = int(told_of["x"]), 5.5 * len(words)
            left = x - width if told_of.get("text-anchor") == "end" else x
            boxes.append((left, left + width, int(told_of["y"]), words))
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                apart = one[1] <= other[0] or other[1] <= one[0] or abs(one[2] - other[2]) >= 10
                assert apart, (one, other)


def test_names_are_escaped() -> None:
    told = looping()
    told["title"] = "<script>alert(1)</script>"
    told["steps"]["<b>"] = told["steps"].pop("part")
    page = plant_page(solution_document(solve(read(told, "looping"))), "0")
    assert "<script>" not in page
    assert "<b>" not in page


def test_costs_stand_on_the_page_where_a_flowsheet_has_them() -> None:
    solved = solve(EXAMPLE)
    document = solution_document(solved)
    assert "What it costs" not in plant_page(document, "0")
    page = plant_page(document, "0", cost_document(cost([solved])))
    assert "What it costs" in page
    assert "The lowest price that pays is" in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("count", [2, 3])
def test_warnings_of_one_kind_are_told_together(count: int) -> None:
    document = cost_document(cost([solve(EXAMPLE)]))
    far = [
        f"the size of 'tank {at}' is 1 gal, far from 2, and how far the line holds is not known" for at in range(count)
    ]
    said = cost_sentences({**document, "warnings": [*far, "another"]})
    minds = [one for one in said if one.startswith("Mind: ")]
    assert "Mind: another." in minds
    assert len(minds) == (3 if count == 2 else 2)
    assert all(f"tank {at}" in " ".join(minds) for at in range(count))
