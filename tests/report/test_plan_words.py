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
from chumbak.report import plan_stock_words, plan_words
from chumbak.report.pictures.plan import for_plan
from chumbak.report.plan_page import bottlenecks, first_builds, plan_page, plan_section, ranges, ranges_title
from chumbak.report.plan_tables import plan_tables
from chumbak.report.plan_terminal import grids
from chumbak.report.words import in_a_row, mid_sentence, money, percent, rounded

RUN = {"run": {"id": "0" * 64}}


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
    build = {"region": "country", "first_output": 2029.0, "unit": "t/year", "least": 15.0}
    told["builds"] = [
        {**build, "plant": name, "stage": pack.nouns.cell("plants", name, "stage"), "decided": 2027,
         "capacity": 10.0 * at, "capital": 100.0 * at}
        for at, name in enumerate(plants[:7], start=1)
    ]  # fmt: skip
    told["builds"].append({**told["builds"][0], "decided": 2040, "capacity": 1e6, "capital": 1e6})
    said = plan_words.first_builds(told, pack)
    assert "in 2027" in said
    assert "2 more kinds of plant" in said
    one_less = {**told, "builds": told["builds"][1:]}
    assert "and 1 more kind of plant," in plan_words.first_builds(one_less, pack)
    assert money(2800, "INR") in said
    assert said.index(plan_words.plant_name(pack, plants[6])) < said.index(plan_words.plant_name(pack, plants[5]))
    rows, until = first_builds(told, pack)
    assert until == 2031
    assert [row["plant"] for row in rows] == [pack.nouns.cell("plants", name, "name") for name in plants[:7]]
    assert rows[0]["capacity"] == "10"
    assert [row["least"] for row in rows] == ["15"] * 7
    assert [bool(row["below"]) for row in rows] == [True, *[False] * 6]
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


def test_designs_without_rare_earths_are_told_as_a_share_of_the_need(told: dict[str, Any], pack: Pack) -> None:
    assert "Designs" not in plan_words.what_is_short(told, pack)
    assert "whole need" not in plan_words.cost_and_reliance(told, pack)
    assert plan_words.plan_headlines(told, pack)[1].unit == "of the need"
    assert "The plan changes designs" not in plan_page(told, pack, RUN, [])
    assert "Of the magnets needed," in plan_words.cost_and_reliance(told, pack)
    need, years = told["need_t"], told["unmet_t"]["total"]
    told["substituted_t"] = {
        "total": dict.fromkeys(years, 0.0) | {"2035": 0.25 * need["2035"], "2047": 0.4 * need["2047"]}
    }
    said = plan_words.what_is_short(told, pack)
    assert f"25 % in 2035 ({rounded(0.25 * need['2035'])} t of magnets) and 40 % in 2047" in said
    told["self_reliance"]["chain"] |= {"2030": 0.1, "2035": 0.8, "2047": 0.8}
    reliance = plan_words.cost_and_reliance(told, pack)
    assert "Of the magnets still needed beside these designs, 10 % in 2030, 80 % in 2035 (60 % of the whole" in reliance
    assert "80 % in 2047 (48 % of the whole need)" in reliance
    card = plan_words.plan_headlines(told, pack)[1]
    assert (card.value, card.unit) == ("80 %", "of what is still needed")
    assert card.note.startswith("60 % of the whole need. ")
    assert card.note.endswith("In 2047: 80 % (48 % of the whole need).")
    chart = next(chart for chart in for_plan(told, pack) if chart.name == "plan-self-reliance")
    assert chart.title == (
        "From oxide to magnet: 80 % of what is still needed is made at home in 2035 (60 % of the whole need), 80 % in "
        "2047 (48 % of the whole need)"
    )
    assert "designs without rare earths" in chart.unit
    assert chart.table.header[-1] == "from oxide to magnet, of the whole need, %"
    assert "what is still needed" in grids(told, pack)[0].title
    assert (
        "The plan changes designs of the scenario: in 2047 others without rare earths stand in for 40 %"
        in plan_page(told, pack, RUN, [])
    )
    rows = {row[0].strip(): row for row in grids(told, pack)[0].rows if row}
    assert rows["designed away, t"][3] == rounded(0.25 * need["2035"])
    assert rows["of the need"][-1] == "40 %"
    assert rows["of the whole need"][-1] == "48 %"
    outcomes = {one["name"]: one["numbers"] for one in plan_section(told, pack)["outcomes"]}
    assert outcomes["Magnets designed away"][2] == f"{rounded(0.25 * need['2035'])} (25 %)"
    assert outcomes["Magnets designed away"][-1].endswith("(40 %)")


def test_reliance_says_what_is_counted_and_that_plants_could_do_more(told: dict[str, Any], pack: Pack) -> None:
    assert "gross tonnes" in plan_stock_words.RELIANCE_NOTE
    charts = {chart.name: chart for chart in for_plan(told, pack)}
    assert plan_stock_words.RELIANCE_NOTE in charts["plan-self-reliance"].source
    assert "chumbak answer gap" in plan_words.cost_and_reliance(told, pack)
    chain = dict.fromkeys(told["self_reliance"]["chain"], 0.3) | {"2033": 0.02, "2035": 0.5, "2047": 0.4}
    told["self_reliance"]["chain"] = chain
    assert "least of all 2 % in 2033" in plan_words.cost_and_reliance(told, pack)
    note = plan_words.plan_headlines(told, pack)[1].note
    assert note == "Least from 2030 on: 2 %, in 2033. In 2047: 40 %."
    title = next(chart.title for chart in for_plan(told, pack) if chart.name == "plan-self-reliance")
    assert title == "From oxide to magnet: 50 % of the need is made at home in 2035, 40 % in 2047"


def test_stock_that_is_laid_in_is_told_with_its_reason(told: dict[str, Any], pack: Pack) -> None:
    years = told["supply_mix"]["years"]
    at = years.index(2034)
    used = sum(numbers[at] for numbers in told["supply_mix"]["sources"].values())
    told["stock"]["goods"] = {
        "ndpr_oxide|home": dict.fromkeys(map(str, years), 0.0) | {"2034": 0.6 * used},
        "ndfeb_magnet_n|bought": dict.fromkeys(map(str, years), 0.0) | {"2034": 0.2 * used},
    }
    told["self_reliance"]["chain"] |= {"2034": 0.01, "2035": 0.5}
    said = plan_stock_words.stock_laid_in(told, pack)
    for part in (
        f"at the end of 2034 it holds {rounded(0.8 * used)} t",
        "80 % of what the country uses in that year",
        f"neodymium-praseodymium oxide made at home ({rounded(0.6 * used)} t) and sintered magnet bought",
        "in advance",
        "1 % of what is needed is made at home in 2034, and 50 % in 2035",
    ):
        assert part in said
    assert said in plan_words.plan_sentences(told, pack)
    assert said in plan_section(told, pack)["sentences"]
    assert "asked for" not in said
    told["requirements"] = ["--stock-weeks 8@2028"]
    assert "Part of it was asked for: --stock-weeks 8@2028." in plan_stock_words.stock_laid_in(told, pack)
    for one in told["stock"]["goods"].values():
        one["2034"] /= 10
    assert plan_stock_words.stock_laid_in(told, pack) == ""


def test_stock_that_is_drawn_is_told_beside_the_origin(told: dict[str, Any], pack: Pack) -> None:
    at = told["supply_mix"]["years"].index(2035)
    for name, numbers in told["supply_mix"]["sources"].items():
        numbers[at] = {"CHN": 60.0, "stock": 40.0}.get(name, 0.0)
    said = plan_words.cost_and_reliance(told, pack)
    assert "used in 2035, 60 % come from China and 40 % out of stock." in said
    oxide = dict.fromkeys(map(str, told["supply_mix"]["years"]), 0.0) | {"2034": 90.0, "2035": 50.0}
    told["stock"]["goods"] = {"ndpr_oxide|home": oxide}
    words = "most of it neodymium-praseodymium oxide made at home in earlier years"
    assert f"40 % out of stock, {words}." in plan_words.cost_and_reliance(told, pack)
    told["requirements"] = ["--chain-self-reliance 0.8@2035"]
    note = plan_stock_words.reliance_note(told, pack)
    assert note.startswith(f"In 2035, 40 % of the neodymium and praseodymium used come out of stock, {words}. ")
    assert plan_stock_words.RELIANCE_NOTE not in note
    charts = {chart.name: chart for chart in for_plan(told, pack)}
    assert note in charts["plan-self-reliance"].source
    assert charts["plan-supply-mix"].title.endswith(f", 40 % out of stock, {words}")
    told["stock"]["goods"] = {"ndpr_oxide|bought": oxide}
    assert plan_stock_words.reliance_note(told, pack) == plan_stock_words.RELIANCE_NOTE


def test_shares_are_said_to_be_cheapest_or_required(told: dict[str, Any], pack: Pack) -> None:
    assert "These shares are what is cheapest to make; " in plan_words.cost_and_reliance(told, pack)
    assert "required" not in plan_words.idle_awards(told, pack)
    told["requirements"] = ["--chain-self-reliance 0.5@2035"]
    assert "These shares are what was required, at least cost; " in plan_words.cost_and_reliance(told, pack)
    assert "nothing that was required of 2030 asks for more" in plan_words.idle_awards(told, pack)


def test_capacity_that_the_plan_closes_is_told_in_tonnes_and_years(told: dict[str, Any], pack: Pack) -> None:
    for one in told["capacity"].values():
        one["closed"] = dict.fromkeys(one["closed"], 0.0)
    assert plan_words.closures(told, pack) == ""
    magnet = told["capacity"]["magnet"]
    for name, amount in (("stands", 500.0), ("awarded", 5500.0)):
        magnet[name] = dict.fromkeys(magnet[name], amount)
    magnet["closed"] |= {str(year): 1000.0 for year in range(2031, 2033)}
    magnet["closed"] |= {str(year): 4000.0 for year in range(2033, 2048)}
    said = plan_words.closures(told, pack)
    assert "sintered magnets (4,000 of the 6,000 t/year, closed between 2031 and 2033)" in said
    assert "stays charged" in said
    magnet["awarded"] = dict.fromkeys(magnet["awarded"], 0.0)
    assert "charged" not in plan_words.closures(told, pack)
    spending = next(chart for chart in for_plan(told, pack) if chart.name == "plan-spending")
    assert "what stands" not in spending.unit
    assert "closed or not" in spending.unit


def test_what_is_in_every_plan_within_the_slack_is_said(told: dict[str, Any], pack: Pack) -> None:
    assert plan_words.in_every_plan(told, pack) == ""
    row = {"stage": "magnet", "least": 0.0, "best": 10.0, "most": 20.0}
    told["slack"] = {
        "share": 0.05, "unit": "t/year",
        "builds": [{**row, "plant": "magnet", "least": 12.0}, {**row, "plant": "bonded"},
                   {**row, "plant": "smco", "best": 0.0, "most": 0.01}],
    }  # fmt: skip
    said = plan_words.in_every_plan(told, pack)
    assert said == (
        "In every plan that costs at most 5 % more there are built: sintered magnets (at least 12 t/year); may be "
        "swapped or left out: bonded magnets."
    )
    assert said in plan_words.plan_sentences(told, pack)
    assert plan_section(told, pack)["every_plan"] == said
    assert len(ranges(told, pack)[1]) == 2  # what is nothing in any plan is not listed
    told["slack"]["builds"] = told["slack"]["builds"][1:]
    assert plan_words.in_every_plan(told, pack).startswith("No kind of plant is built in every plan")


def test_a_budget_that_was_asked_for_is_told_first_and_in_money(told: dict[str, Any], pack: Pack) -> None:
    asked = {"rule": "budget", "of": "--budget 0@2027", "unit": "million", "first_year": 2027, "last_year": 2040,
             "worth": 3.0, "rent": 0.0}  # fmt: skip
    other = {"rule": "growth", "of": "magnet", "unit": "t/year", "first_year": 2030, "last_year": 2030, "worth": 1.0,
             "rent": 9.0}  # fmt: skip
    told["bottlenecks"] = [asked, other]
    said = plan_words.what_holds_back(told, pack)
    assert said.startswith("What was required holds it back: the budget of a year that was asked for, --budget 0@2027")
    assert "one million INR more would save up to 3 million INR." in said
    assert "Beside it, most: sintered magnets can grow only so fast" in said
    assert [one["rent"] for one in bottlenecks(told, pack)] == ["0 million INR", "9 million INR"]


def test_builds_of_next_to_nothing_are_not_listed_for_people(told: dict[str, Any], pack: Pack) -> None:
    build = {"stage": "magnet", "region": "country", "decided": 2027, "first_output": 2029.0, "unit": "t/year",
             "least": 100.0, "capital": 1.0}  # fmt: skip
    told["builds"] = [
        {**build, "plant": "bonded", "capacity": 0.04},
        {**build, "plant": "magnet", "decided": 2028, "capacity": 700.0},
    ]
    assert plan_words.first_builds(told, pack).startswith("To be decided first, in 2028: sintered magnets (700 t/year)")
    assert [row["plant"] for row in first_builds(told, pack)[0]] == ["Sintered magnets"]
    listed = [
        row[0] for grid in grids(told, pack) if grid.title.startswith("Capacity decided") for row in grid.rows if row
    ]
    assert listed == ["Sintered magnets"]
    assert len(plan_tables(told)["plan-builds"]) == 2
    told["builds"] = told["builds"][:1]
    assert plan_words.first_builds(told, pack).startswith("Nothing is built")
    assert not any(grid.title.startswith(("Capacity decided", "What to build")) for grid in grids(told, pack))


def test_builds_by_region_name_the_region(told: dict[str, Any], pack: Pack) -> None:
    told["regions"] = ["south", "west"]
    build = {"plant": "magnet", "stage": "magnet", "decided": 2027, "first_output": 2029.0, "unit": "t/year",
             "least": 100.0, "capital": 1.0}  # fmt: skip
    told["builds"] = [
        {**build, "region": "west", "capacity": 700.0}, {**build, "region": "south", "capacity": 800.0},
        {**build, "plant": "bonded", "region": "west", "capacity": 7.0},
        {**build, "plant": "smco", "region": "west", "capacity": 8.0},
    ]  # fmt: skip
    tables = {grid.title.partition(":")[0].partition(",")[0]: grid for grid in grids(told, pack)}
    for title in ("What to build first", "Capacity decided"):
        assert tables[title].headings[1] == "region"
        assert [row[1] for row in tables[title].rows if row][:2] in (["West", "South"], ["South", "West"])
    assert len(tables["What to build first"].rows) == 2
    assert tables["Capacity decided"].rows[-1] == ["below the smallest sensible plant, 2 together", "", "15"]
    text = plan_page(told, pack, RUN, [])
    assert "And 2 builds below the smallest sensible plant, 15 t/year together" in text
    assert "Bonded magnets</th>" not in text
    assert '<td data-is="region">West</td>' in text
    assert "Smallest sensible plant" in text


@pytest.mark.parametrize("width", [60, 80, 200])
def test_tables_are_told_whole_at_any_width(width: int, told: dict[str, Any], pack: Pack) -> None:
    told["slack"] = {
        "share": 0.05, "unit": "t/year",
        "builds": [
            {"plant": "magnet", "stage": "magnet", "region": "country", "least": 12.0, "best": 1234.0, "most": 5678.0}
        ],
    }  # fmt: skip
    hydromet = {"plant": "hydromet", "stage": "recycling", "region": "country", "least": 0.0, "best": 1.0, "most": 2.0}
    told["slack"]["builds"].append(hydromet)
    console = Console(width=width, file=io.StringIO(), no_color=True)
    for grid in grids(told, pack):
        console.print(grid)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert "Hydrometallurgical" in text
    assert ranges_title(told, pack).endswith("the tables of decisions hold later ones too")
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
    assert tables["plan-unmet"].magnets_t.sum() == pytest.approx(sum(told["unmet_t"]["total"].values()))
    assert "total" not in {*tables["plan-unmet"].sector, *tables["plan-substituted"].sector}
    assert len(tables["plan-spending"]) == sum(len(one) for one in told["spending"].values())
    subjects = (
        "builds supply-mix supply-left stock spending need unmet substituted self-reliance shadow-prices bottlenecks "
        "outcomes"
    )
    assert set(tables) == {f"plan-{name}" for name in subjects.split()}


def test_the_section_says_unit_year_and_method_of_every_outcome(told: dict[str, Any], pack: Pack) -> None:
    section = plan_section(told, pack)
    assert section["years"] == [2025, 2030, 2035, 2040, 2047]
    assert len(section["outcomes"]) == 8
    for one in section["outcomes"]:
        assert one["unit"]
        assert one["method"]
        assert len(one["numbers"]) == len(section["years"])


def test_no_module_of_the_plan_names_money_of_its_own() -> None:
    folder = Path(plan_words.__file__).parent
    for path in folder.rglob("*plan*"):
        if path.suffix in (".py", ".html"):
            assert not re.search(r"\b(INR|USD|crore)\b", path.read_text(encoding="utf-8")), path
