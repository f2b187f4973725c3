"""What is said of a plan: sentences, tables and pictures that follow the document."""

from __future__ import annotations

import copy
import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chumbak.answer import Answer
from chumbak.answer.plan_document import plan_document
from chumbak.pack import Pack
from chumbak.report import plan_words
from chumbak.report.pictures.plan import for_plan
from chumbak.report.plan_page import first_builds, plan_section
from chumbak.report.plan_tables import plan_tables
from chumbak.report.plan_terminal import grids
from chumbak.report.words import in_a_row, mid_sentence, money, percent


@pytest.fixture(scope="module")
def whole(india: Answer) -> dict[str, Any]:
    assert india.plan is not None
    return plan_document(india.plan)


@pytest.fixture
def told(whole: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(whole)


@pytest.fixture(scope="module")
def pack(india: Answer) -> Pack:
    return india.pack


def test_money_and_lists_are_said_as_people_do() -> None:
    assert money(45_300, "INR") == "45 billion INR"
    assert money(999, "INR") == "999 million INR"
    assert money(-2_340, "INR") == "-2.3 billion INR"
    assert in_a_row(["a"]) == "a"
    assert in_a_row(["a", "b", "c"]) == "a, b and c"
    assert mid_sentence("Sintered magnets") == "sintered magnets"
    assert mid_sentence("NdPr oxide") == "NdPr oxide"


def test_what_is_short_is_said_first(told: dict[str, Any], pack: Pack) -> None:
    years = told["unmet_t"]["total"]
    told["unmet_t"] = {"total": dict.fromkeys(years, 0.0)}
    assert plan_words.plan_sentences(told, pack)[0].startswith("Nothing is short: from 2025 to 2047")
    told["unmet_t"] = {
        "defence": {"2026": 4.0}, "ev": {"2026": 100.0, "2027": 300.0},
        "total": dict.fromkeys(years, 0.0) | {"2026": 104.0, "2027": 300.0},
    }  # fmt: skip
    said = plan_words.what_is_short(told, pack)
    for part in (
        "404 t of magnets from 2026 to 2027",
        "most in 2027 (300 t)",
        "(400 t)",
        "(4 t)",
        "from 2028 on nothing",
    ):
        assert part in said
    assert said.index("(400 t)") < said.index("(4 t)")


def test_cost_and_self_reliance_are_those_of_the_document(told: dict[str, Any], pack: Pack) -> None:
    said = plan_words.cost_and_reliance(told, pack)
    assert money(told["cost_npv"]["value"], "INR") in said
    for year in ("2030", "2035", "2047"):
        assert f"{percent(told['self_reliance']['chain'][year])} in {year}" in said
    told["cost_npv"]["value"], told["cost_by_kind"]["sales"] = -100_000.0, -300_000.0
    said = plan_words.cost_and_reliance(told, pack)
    assert "costs 200 billion INR" in said
    assert "brings in 300 billion INR" in said
    told["self_reliance"]["chain"]["2030"] = None
    assert "nothing needed in 2030" in plan_words.cost_and_reliance(told, pack)


def test_first_builds_are_those_of_the_first_year_of_decisions(told: dict[str, Any], pack: Pack) -> None:
    plants = pack.nouns.ids("plants")
    build = {"region": "country", "first_output": 2029.0, "unit": "t/year"}
    told["builds"] = [
        {**build, "plant": name, "stage": pack.nouns.cell("plants", name, "stage"), "decided": 2027,
         "capacity": 10.0 * at, "capital": 100.0 * at}
        for at, name in enumerate(plants[:7], start=1)
    ]  # fmt: skip
    told["builds"].append({**told["builds"][0], "decided": 2040, "capacity": 1e6, "capital": 1e6})
    said = plan_words.first_builds(told, pack)
    assert "in 2027" in said
    assert "2 kinds of plant more" in said
    assert money(2800, "INR") in said
    assert said.index(plan_words.plant_name(pack, plants[6])) < said.index(plan_words.plant_name(pack, plants[5]))
    rows, until = first_builds(told, pack)
    assert until == 2031
    assert [row["plant"] for row in rows] == [pack.nouns.cell("plants", name, "name") for name in plants[:7]]
    assert rows[0]["capacity"] == "10"
    told["builds"] = []
    assert "Nothing is built" in plan_words.first_builds(told, pack)
    assert for_plan(told, pack)[0].name == "plan-self-reliance"
    assert grids(told, pack)


@pytest.mark.parametrize(
    ("rule", "of", "said"),
    [
        ("capacity", "magnet, south", "sintered magnets cannot be built in time in South"),
        ("growth", "magnet", "sintered magnets can grow only so fast"),
        ("import_limit", "chn_magnet.SH", "no more can be bought of sintered magnets, China, grade SH"),
        ("limit", "mine_sand", "leases and permissions for mining and mineral separation"),
        ("local_limit", "mine_sand, south", "leases and permissions for mining and mineral separation in South"),
        ("budget", "", "the budget of a year"),
    ],
)
def test_bottlenecks_are_named(rule: str, of: str, said: str, told: dict[str, Any], pack: Pack) -> None:
    one = {"rule": rule, "of": of, "unit": "t/year", "first_year": 2027, "last_year": 2027, "worth": 2.0, "rent": 5.0}
    assert plan_words.bottleneck_words(one, pack) == said
    told["bottlenecks"] = [one]
    whole = plan_words.what_holds_back(told, pack)
    assert said in whole
    assert "(2027)" in whole
    assert "2 million INR" in whole
    told["bottlenecks"] = []
    assert plan_words.what_holds_back(told, pack) == "Nothing holds the plan back."


def test_a_certificate_that_does_not_hold_is_cried_out(told: dict[str, Any]) -> None:
    told["certificate"]["holds"] = True
    assert plan_words.certificate_words(told).startswith("Certificate: ")
    told["certificate"]["holds"] = False
    told["certificate"]["checks"][0]["worst"] = 1.0
    said = plan_words.certificate_words(told)
    assert "DOES NOT HOLD" in said
    assert told["certificate"]["checks"][0]["rule"] in said


@pytest.mark.parametrize("width", [60, 80, 200])
def test_tables_are_told_whole_at_any_width(width: int, told: dict[str, Any], pack: Pack) -> None:
    told["slack"] = {
        "share": 0.05, "unit": "t/year",
        "builds": [
            {"plant": "magnet", "stage": "magnet", "region": "country", "least": 12.0, "best": 1234.0, "most": 5678.0}
        ],
    }  # fmt: skip
    console = Console(width=width, file=io.StringIO(), no_color=True)
    for grid in grids(told, pack):
        console.print(grid)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for number in ("1,230", "5,680", "2047"):
        assert number in text


def test_pictures_and_tables_say_what_the_document_says(told: dict[str, Any], pack: Pack) -> None:
    charts = {chart.name: chart for chart in for_plan(told, pack)}
    assert list(charts) == ["plan-invested", "plan-self-reliance", "plan-supply-mix", "plan-spending"]
    assert all(chart.title and chart.unit and chart.source and chart.table.rows for chart in charts.values())
    drawn = sum(sum(bar.y) for bar in charts["plan-invested"].figure.data)
    scale = 1000.0 if "billion" in charts["plan-invested"].unit else 1.0
    assert drawn * scale == pytest.approx(sum(one["capital"] for one in told["builds"]), rel=1e-6)
    tables = plan_tables(told)
    assert tables["plan-builds"].capital_million.sum() == pytest.approx(sum(one["capital"] for one in told["builds"]))
    assert tables["plan-unmet"].magnets_t.sum() == pytest.approx(2 * sum(told["unmet_t"]["total"].values()))
    assert len(tables["plan-spending"]) == sum(len(one) for one in told["spending"].values())
    subjects = "builds supply-mix spending unmet self-reliance shadow-prices bottlenecks outcomes"
    assert set(tables) == {f"plan-{name}" for name in subjects.split()}


def test_the_section_says_unit_year_and_method_of_every_outcome(told: dict[str, Any], pack: Pack) -> None:
    section = plan_section(told, pack)
    assert section["years"] == [2025, 2030, 2035, 2040, 2047]
    assert len(section["outcomes"]) == 6
    for one in section["outcomes"]:
        assert one["unit"]
        assert one["method"]
        assert len(one["numbers"]) == len(section["years"])


def test_no_module_of_the_plan_names_money_of_its_own() -> None:
    folder = Path(plan_words.__file__).parent
    for path in folder.rglob("*plan*"):
        if path.suffix in (".py", ".html"):
            assert not re.search(r"\b(INR|USD|crore)\b", path.read_text(encoding="utf-8")), path
