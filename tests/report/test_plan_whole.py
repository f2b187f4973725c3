"""A plan of whole plants: asked for, told, kept in its run folder and played again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chumbak.answer.document import schema
from chumbak.answer.plan_document import builds
from chumbak.answer.planning import planning_case
from chumbak.pack import Pack
from chumbak.plan.certificate import certificate
from chumbak.plan.outcome import self_reliance
from chumbak.plan.replay import replay
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import GAP, make_whole_plan
from chumbak.report.ask_plan import Made, make_and_write, plan_of, whole_plants
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import read_plan
from chumbak.report.plan_terminal import grids
from chumbak.report.plan_whole_words import small_share
from chumbak.report.plan_whole_words import whole_plants as said
from chumbak.report.replay_checks import sound_plan
from tests.plan.test_whole import works

ASKED = (("chain-self-reliance", "0.2@2036"),)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """India with a fifth of its need made at home, of whole plants, to a tenth."""
    target = tmp_path_factory.mktemp("whole") / "run"
    return make_and_write("india", "reference", (), "country", "national", ASKED, None, target, 0.1)


@pytest.fixture
def told(made: Made) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(json.dumps(made.answer["plan"]))
    return plan


def test_the_answer_has_its_shape_and_says_what_is_opened(made: Made, told: dict[str, Any]) -> None:
    jsonschema.validate(made.answer, schema())
    assert told["certificate"]["holds"]
    assert sum(told["whole"]["opened"].values()) > 0
    assert told["whole"]["gap"] <= told["whole"]["gap_asked"] == 0.1
    assert told["whole"]["bound"] <= told["cost_npv"]["value"]
    for one in told["builds"]:
        assert sum(plant["opened"] * plant["size"] for plant in one["plants"]) == pytest.approx(one["capacity"])
        assert all(plant["size"] >= one["least"] * (1 - 1e-6) for plant in one["plants"])
    table = pd.read_csv(made.target / "tables" / "plan-builds.csv")
    assert table["opened"].sum() == sum(told["whole"]["opened"].values())
    assert table["capital_million"].tolist() == pytest.approx([one["capital"] for one in told["builds"]], rel=1e-6)


def test_a_single_plant_of_the_smallest_size_costs_more_a_tonne_than_the_pack_says(
    made: Made, told: dict[str, Any]
) -> None:
    """Of kinds with a scale: a plant below its reference is dearer a tonne than plant.*.capital, never cheaper."""
    plants = planning_case(made.pack).plants
    for one in told["builds"]:
        at = plants.names.index(one["plant"])
        if np.isfinite(plants.scale[at]) and all(plant["size"] < plants.reference[at] for plant in one["plants"]):
            assert one["capital"] >= one["capacity"] * plants.capital[at] * (1 - 1e-9)


def test_what_is_said_of_it(made: Made, told: dict[str, Any]) -> None:
    text = said(told, made.pack)
    total = sum(told["whole"]["opened"].values())
    assert text.startswith(f"Plants are whole: {total} ")
    assert "any size at the capital of their reference size" in text
    assert "branch and bound" in text
    assert said({name: one for name, one in told.items() if name != "whole"}, made.pack) == ""
    page = (made.target / "report.html").read_text(encoding="utf-8")
    assert f"Plants are whole: {total} " in page
    assert '<th scope="col">Plants</th>' in page
    (first,) = [grid for grid in grids(told, made.pack) if grid.title.startswith("What to build first")]
    assert "plants" in first.headings
    told["whole"] |= {"gap": 0.0241, "gap_asked": 0.001, "nodes": 1000}
    assert "stopped after 1,000 steps" in said(told, made.pack)
    assert "2.4 % less than it, short of the 0.1 % asked" in said(told, made.pack)
    told["whole"] |= {"any_size": told["cost_npv"]["value"] + 1000.0, "opened": {}}
    assert "less than with plants of any size" in said(told, made.pack)
    assert "none is opened" in said(told, made.pack)
    told["whole"]["any_size"] = None
    assert "No plan with plants of any size" in said(told, made.pack)
    assert (small_share(0.00043), small_share(0.25)) == ("0.043 %", "25 %")


def test_it_is_played_again_with_the_plants_that_it_opened(made: Made, told: dict[str, Any]) -> None:
    kept = sound_plan(made.target)
    assert kept.setup.gap == 0.1
    again = replay(planning_case(made.pack), kept.built, "national", tuple(read_requirement(*one) for one in ASKED))
    assert certificate(again, given_builds=True).holds
    told_cost = told["cost_npv"]["value"]
    assert again.cost <= told_cost * (1 + 1e-6)  # limits to growth are not asked again, so more may close early
    assert again.cost == pytest.approx(told_cost, rel=1e-3)
    chain = [told["self_reliance"]["chain"][str(year)] for year in again.case.years]  # ties are broken as in the plan
    assert self_reliance(again)["chain"].values == pytest.approx(chain, abs=1e-3)
    assert [one["plants"] for one in builds(again)] == [
        [
            {"opened": plant["opened"], "size": pytest.approx(plant["size"], rel=1e-5, abs=1e-3)}
            for plant in one["plants"]
        ]
        for one in told["builds"]
    ]


def test_a_plant_more_in_the_file_is_found_out(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for path in made.target.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(made.target)).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(made.target)).write_bytes(path.read_bytes())
    with xr.open_dataset(folder / "plan.nc", engine="scipy") as decisions:
        data = decisions.load()
    opened = data["opened"].values.copy()
    opened[tuple(np.argwhere(opened > 0)[0])] += 1
    data["opened"].values[:] = opened
    data.to_netcdf(folder / "plan.nc", engine="scipy")
    with pytest.raises(MistakeError, match="does not hold the builds"):
        sound_plan(folder)


def test_a_plan_of_any_size_is_read_as_one(india_pack: Pack, made: Made) -> None:
    """The gap stands in the settings of a plan of whole plants alone, so that other runs keep their names."""
    settings = json.loads((made.target / "run.json").read_text())["plan"]
    assert settings["gap"] == 0.1
    assert read_plan(made.target).plants is not None


def test_what_does_not_go_together_is_said() -> None:
    assert whole_plants(False, None, 0.05) is None
    assert whole_plants(True, None, None) == GAP
    assert whole_plants(True, 0.01, None) == 0.01
    with pytest.raises(MistakeError, match="--slack and --integer do not go together"):
        whole_plants(True, None, 0.05)
    with pytest.raises(MistakeError, match="write it with --integer"):
        whole_plants(False, 0.01, None)
    for gap in (0.0, 1.0, float("nan"), -0.1):
        with pytest.raises(MistakeError, match=r"has to be from 0\.00001 to 0\.5"):
            whole_plants(True, gap, None)


def test_requirements_that_only_whole_plants_cannot_keep_are_told_so() -> None:
    """Half of 60 t takes 30 t, for which 240 of capital do; the plant of 50 t takes 400."""
    case = works(60.0, least=50.0)
    both = (read_requirement("self-reliance", "magnet=0.5@2025"), read_requirement("budget", "300@2025"))
    assert plan_of(case, both, "national", lambda what: None).cost > 0
    with pytest.raises(MistakeError, match="with plants of any size they can"):
        plan_of(case, both, "national", lambda what: None, GAP)
    neither = (both[0], read_requirement("budget", "100@2025"))
    with pytest.raises(MistakeError, match="whole plants cannot keep it either"):
        plan_of(case, neither, "national", lambda what: None, GAP)
    assert make_whole_plan(case, both[:1]).cost > 0


def test_a_large_plant_may_keep_what_plants_of_any_size_cannot() -> None:
    """400 t at one place cost 1,600, half of what they cost at the capital of 100 t: a budget of 2,000 does."""
    case = works(400.0, least=25.0, reference=100.0, scale=0.5, most=400.0)
    both = (read_requirement("self-reliance", "magnet=1@2025"), read_requirement("budget", "2000@2025"))
    with pytest.raises(MistakeError, match="cannot hold"):
        plan_of(case, both, "national", lambda what: None)
    plan = plan_of(case, both, "national", lambda what: None, GAP)
    assert plan.whole is not None
    assert np.isnan(plan.whole.any_size)
    assert certificate(plan).holds
