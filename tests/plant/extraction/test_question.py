"""Design questions: read with every fault told, answered by cascades that do what was asked, beside the two limits."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from chumbak.answer.plant_design import plant_design
from chumbak.cli import app
from chumbak.plant import PlantError
from chumbak.plant.extraction.question import answer_question, read_question

ROOT = Path(__file__).parents[3]
ASKED: dict[str, Any] = {
    "design": "a pair",
    "factors": {"Pr": 1, "Nd": 1.4},
    "feed": {"kg_per_h": 40, "oxides": {"Pr": 0.25, "Nd": "rest"}},
    "cuts": ["Nd"],
    "purity": 0.999,
    "recovery": 0.999,
    "over_least": 1.2,
}


def test_a_pair_is_designed_beside_its_limits() -> None:
    question = read_question(ASKED, "mine.yaml")
    (one,) = answer_question(question)["cascades"]
    share = question.feed[1] / question.feed.sum()
    least = question.feed.sum() * (share + 1 / 0.4)
    assert one["checks"]["least_organic_of_a_pair_mol_per_h"] == pytest.approx(least, rel=2e-3)
    assert one["organic_over_least"] == pytest.approx(1.2)
    assert one["purity"] >= 0.999
    assert one["recovery"] == pytest.approx(0.999, abs=2e-4)
    assert one["stages_of_extraction"] + one["stages_of_scrubbing"] > one["checks"]["fewest_stages_fenske"]
    assert one["sensitivity"]["d_purity_for_1_percent_of_the_key_factor"] > 0
    assert one["residual"] < 1e-9


def test_what_is_parted_sums_to_what_was_fed() -> None:
    asked = {
        **ASKED,
        "cuts": ["Tb", "Nd"],
        "factors": {"Pr": 1, "Nd": 1.4, "Tb": 100},
        "feed": {"kg_per_h": 40, "oxides": {"Pr": 0.2, "Tb": 0.05, "Nd": "rest"}},
    }
    question = read_question(asked, "mine.yaml")
    told = answer_question(question, sensitive=False)
    masses = np.array([140.90766, 144.242, 158.925354])
    fed = question.feed * masses / 1000
    got = np.array([[row[name] for name in question.elements] for row in told["streams"].values()]).sum(axis=0)
    assert got == pytest.approx(fed, rel=1e-9)
    assert question.elements == ("Pr", "Nd", "Tb")


WRONG: dict[str, tuple[str, Any, str]] = {
    "impossible purity": ("purity", 1.0, "a purity of 100 % is impossible"),
    "the same factor": ("factors", {"Pr": 1, "Nd": 1}, "beta = 1"),
    "no factor": ("factors", {"Pr": 1}, "Nd has none"),
    "no cut": ("cuts", [], "name the least extracted element of each heavy side"),
    "a cut at the first": ("cuts", ["Pr"], "'Pr' cannot be cut at; there are Nd"),
    "nothing fed": ("feed", {"kg_per_h": 0, "oxides": {"Pr": 0.5, "Nd": "rest"}}, "give more than 0"),
    "one element": ("feed", {"kg_per_h": 1, "oxides": {"Nd": 1}}, "a cascade parts two or more"),
    "a field unknown": ("purty", 0.9, "there is no field 'purty'; did you mean 'purity'"),
    "no number": ("recovery", "all", "value is 'all'; write a number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(name: str) -> None:
    field, value, said = WRONG[name]
    with pytest.raises(PlantError) as raised:
        answer_question(read_question({**deepcopy(ASKED), field: value}, "mine.yaml"))
    assert said in str(raised.value)


def test_an_extractant_that_is_not_known_is_refused() -> None:
    asked = {key: value for key, value in ASKED.items() if key != "factors"} | {"extractant": "P705"}
    with pytest.raises(PlantError, match="nothing is known of the extractant 'P705'; there are"):
        read_question(asked, "mine.yaml")


def test_the_verb_tells_a_question_and_a_flowsheet() -> None:
    told = plant_design(str(ROOT / "examples" / "plant_design.yaml"), 2, 0)
    assert {one["cut"] for one in told["cascades"]} == {"Tb/Nd", "Nd/Pr", "Dy/Tb"}
    ranges = [one["range"]["organic_mol_per_h"] for one in told["cascades"]]
    assert all(one["low"] <= one["middle"] <= one["high"] for one in ranges)
    shown = CliRunner().invoke(app, ["plant", "design", "magnets_to_oxides_1t_day", "--json"])
    assert shown.exit_code == 0
    assert {one["cut"] for one in json.loads(shown.output)["cascades"]} == {"Tb/Nd", "Dy/Tb"}
