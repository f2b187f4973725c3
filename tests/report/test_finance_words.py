"""The money of a plant in words: what a board reads, for every turn that the numbers can take."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chumbak.answer.plant_money import plant_money_document
from chumbak.answer.plant_support import plant_case
from chumbak.pack import Pack, PackError
from chumbak.pack.plant_projects import read_plant_project, read_project
from chumbak.report.ask_finance import ask_finance
from chumbak.report.finance_terminal import grids
from chumbak.report.finance_words import notes, sentences, yearly, years
from chumbak.report.mistakes import MistakeError
from tests.printed import validate


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


def document(pack: Pack, name: str, **asked: Any) -> dict[str, Any]:
    draws = asked.pop("draws", 0)
    return plant_money_document(plant_case(read_project(pack, name), pack, **asked), draws)


def changed(tmp_path: Path, pack: Pack, name: str, old: str, new: str) -> Path:
    """Return a file of the user's own: a plant of the pack with one thing changed."""
    text = (pack.path / "projects" / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "plant.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return tmp_path / "plant.yaml"


@pytest.fixture(scope="module")
def told(pack: Pack) -> dict[str, Any]:
    return document(pack, "magnets", draws=500)


def all_of(told: dict[str, Any]) -> str:
    return " ".join([*sentences(told), *notes(told)])


def test_a_board_reads_the_verdict_first(told: dict[str, Any]) -> None:
    said = sentences(told)
    assert "600 t of product a year for 500 crore INR of capital (money of 2025)" in said[0]
    assert "a bid of 2,150 INR/kg on an award of 600 t/year" in said[1]
    assert "is not worth building: its value at the award is -252 crore INR or -28 million USD" in said[1]
    assert "it returns 2.5 % a year, nominal" in said[1]
    assert "without any support -549 crore INR" in said[2]


def test_every_question_is_answered(told: dict[str, Any]) -> None:
    said = all_of(told)
    for part in (
        "The levelised cost of a kg of product, before tax and support, is 5,632 INR/kg",
        "The break-even net price, constant and real (money of 2025): 5,360 INR/kg with the sales incentive",
        "No bid breaks even: at the ceiling of 2,150 INR/kg it still loses 252 crore INR.",
        "even without the ceilings, 40 % of net sales a year is not enough",
        "in 2029 to 2033 no cap holds it",
        "below a net price of 5,375 INR/kg, nominal",
        "While it is helped (2029 to 2033) the plant dies",
        "Without help (2034 to 2048) the plant dies",
        "It pays back after 21.3 years",
        "below 1 in 2029 to 2030 and 2035 to 2037",
        "In 500 draws (seed 0) it loses",
        "the half-life of the price's return to its level, 2 years, is an estimate",
        "rests on 6 that are inferred: R8a",
        "Whether it is eligible cannot be told yet",
        "are estimates by its field 'confidence', and each names a source (last table).",
    ):
        assert part in said, part


def test_a_recycler_is_told_by_feed(pack: Pack) -> None:
    said = all_of(document(pack, "recycler"))
    for part in (
        "1,200 t of feed a year",
        "The scheme 'recycling' gives this plant nothing",
        "If it were given all the same, its value is with the aid to a small firm -432 crore INR",
        "2,160 from NdPr, 204 from Dy and 0 from certificates",
        "The break-even price of its feed",
        "Nothing was drawn",
        "2 that are unknown",
        "applications were taken to 2026-04-01, and its award is of 2027",
    ):
        assert part in said, part
    assert "rival" not in said


def test_a_recycler_that_only_a_small_firm_may_run(tmp_path: Path, pack: Pack) -> None:
    path = changed(tmp_path, pack, "recycler", "value: 1200\n", "value: 6000\n")
    again = plant_case(read_plant_project(path, pack), pack, switches=["applications_again=true"])
    said = all_of(plant_money_document(again))
    assert "Of the aid of the scheme 'recycling' a part is closed to it: as the plant of a large firm" in said
    assert "With the aid to a small firm the plant is not worth building" in said
    assert "By support, its value is with the aid to a large firm" in said


def test_without_a_scheme_sums_are_in_millions(pack: Pack) -> None:
    found = document(pack, "magnets", scheme="none")
    said = all_of(found)
    assert "5,000 million INR of capital" in said
    assert "No rule of a scheme is used." in said
    assert "bid" not in " ".join(sentences(found))
    assert "million INR" in grids(found)[1].title


def test_what_the_user_set_is_said(pack: Pack) -> None:
    found = document(pack, "magnets", switches=["sales_share=0.3"])
    said = all_of(found)
    assert "Set by you: R15.sales_share = 0.3." in said
    assert "in 2029 to 2033 it is held by the share of net sales (2029: 30% of a net price of" in said


def test_small_plants_second_hand_rules_and_years_of_help(pack: Pack, told: dict[str, Any]) -> None:
    below = " ".join(notes(told))
    assert "Second-hand, as told by others than those who made it: R5 (" in below
    assert "; R23 (" in below
    assert "Stated or second-hand are R" in below
    assert "sums are shown in crore INR, and in million INR by --json" in below
    small = copy.deepcopy(told)
    small["project"]["capacity"] = 0.6
    assert "0.6 t of product a year" in sentences(small)[0]
    late = all_of(document(pack, "magnets", switches=["build_years=5"]))
    assert "While it is helped (2029 to 2035)" in late
    assert "Without help (2036 to 2048)" in late
    gap = all_of(document(pack, "magnets", switches=["build_years=5", "early_sales=false"]))
    assert "Without help (2029 to 2031 and 2037 to 2048)" in gap


def at_case(told: dict[str, Any], **changed: Any) -> None:
    told["cases"][0].update(changed)


TURNS: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (lambda told: at_case(told, npv=1e9), "is worth building"),
    (lambda told: at_case(told, irr=None, irr_all=[]), "and it has no rate of return"),
    (lambda told: at_case(told, irr=None, irr_all=[0.1, 0.5]), "several rates of return, 10 % and 50 %: go by"),
    (lambda told: at_case(told, payback=None), "It never pays back."),
    (lambda told: at_case(told, levelised=None), "a kg has no cost"),
    (lambda told: at_case(told, break_even_price=None), "no price with the sales incentive"),
    (lambda told: told["break_even_bid"].update(value=1234.0), "The break-even bid is 1,234 INR/kg, nominal"),
    (lambda told: told["break_even_bid"].update(value=0.0), "it needs no bid"),
    (lambda told: told["break_even_bid"].update(without_caps=None), "even without any cap"),
    (lambda told: told["break_even_bid"].update(without_ceilings=5000.0), "the ceiling is too low"),
    (
        lambda told: told["break_even_bid"].update(without_ceilings=5000.0, without_caps=2000.0),
        "keep it from being paid",
    ),
    (lambda told: told["incentive"].update(years=[]), "The incentive is paid in no year"),
    (lambda told: told["dies_at"]["after"].update(dead_years=[2040, 2041]), "it dies in 2040 to 2041"),
    (lambda told: told["scheme"]["verdicts"][0].update(result="fail"), "it is not eligible"),
    (lambda told: told["scheme"].update(rests_on=[]), "is stated or second-hand"),
]


@pytest.mark.parametrize(("turn", "says"), TURNS, ids=[says[:20] for _, says in TURNS])
def test_every_turn_of_the_numbers_is_said(
    told: dict[str, Any], turn: Callable[[dict[str, Any]], None], says: str
) -> None:
    changed = copy.deepcopy(told)
    turn(changed)
    assert says in all_of(changed)


def test_words_of_years_and_rates() -> None:
    assert years([2029, 2030, 2031, 2034]) == "2029 to 2031 and 2034"
    assert [yearly(one) for one in (0.137, 0.11, -0.0001, -0.0251)] == ["13.7 %", "11 %", "0 %", "-2.5 %"]


def test_tables_add_up_and_break_no_number(told: dict[str, Any]) -> None:
    cases, nominal, bases, evidence = grids(told)
    labels = ["all support", "sales incentive alone", "capital subsidy alone", "no support"]
    assert [row[0] for row in cases.rows if row] == labels
    assert len(nominal.rows) == len(bases.rows) == 23
    last = nominal.rows[-1]
    assert last is not None
    assert last[nominal.headings.index("working capital")] == "0"
    console = Console(width=80, record=True)
    for grid in (cases, nominal, bases, evidence):
        console.print(grid)
    assert max(map(len, console.export_text().splitlines())) <= 80


def test_a_mistake_names_the_file(tmp_path: Path, pack: Pack, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MistakeError, match=r"projects/magnets.yaml: .* Name one with --scheme\.$"):
        ask_finance("magnets", "india", "none", 100.0, (), 0, 0, as_json=False)
    big = changed(tmp_path, pack, "magnets", "award: {value: 600,", "award: {value: 1300,")
    with pytest.raises(MistakeError, match="No ceiling of the capital subsidy is given above 1,200 t/year"):
        ask_finance(str(big), "india", None, None, (), 0, 0, as_json=False)
    with pytest.raises(MistakeError, match=r"'magnet' is no project of the pack 'india' and no file\. Did you mean"):
        ask_finance("magnet", "india", None, None, (), 0, 0, as_json=False)
    with pytest.raises(PackError, match="the file is not there"):
        ask_finance("other.yaml", "india", None, None, (), 0, 0, as_json=False)
    assert capsys.readouterr().out == ""


def test_the_plants_of_the_pack_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    ask_finance(None, "india", None, None, (), 0, 0, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    validate(printed, "projects")
    assert [one["name"] for one in printed["projects"]] == ["magnets", "recycler"]
    ask_finance(None, "india", None, None, (), 0, 0, as_json=False)
    assert "Invented Magnets" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "asked"), [("magnets", {"draws": 20}), ("recycler", {}), ("magnets", {"scheme": "none"})]
)
def test_what_is_printed_has_its_shape(pack: Pack, name: str, asked: dict[str, Any]) -> None:
    validate({"pack": pack.name, "finance": document(pack, name, **asked)}, "finance")


def test_a_file_that_says_nothing_of_its_sources(tmp_path: Path, pack: Pack) -> None:
    text = (pack.path / "projects" / "magnets.yaml").read_text(encoding="utf-8")
    told = re.sub(r"\n *(source|confidence):.*", "", text)
    (tmp_path / "own.yaml").write_text(told, encoding="utf-8")
    found = plant_money_document(plant_case(read_plant_project(tmp_path / "own.yaml", pack), pack))
    assert found["figures"]["without_source"] == found["figures"]["count"]
    assert "39 name no source (comments are not read)" in all_of(found)
    assert len(grids(found)) == 3  # no table of sources


def test_every_figure_leads_to_its_source(told: dict[str, Any]) -> None:
    found = told["figures"]
    assert (found["without_source"], found["without_confidence"]) == (0, 0)
    assert len(told["evidence"]) == found["count"]
    estimates = [one for one in told["evidence"] if one["confidence"] == "estimate"]
    assert len(estimates) == found["estimates"] > 0
    assert all(one["note"] for one in estimates)
    assert f"{found['estimates']} are estimates by its field 'confidence', and each names a source" in all_of(told)
