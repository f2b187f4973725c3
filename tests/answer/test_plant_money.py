"""The money of a plant as a document: it agrees with the engine, adds up, and refuses what does not go together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chumbak.answer.plant_money import FLOWS, plant_money_document
from chumbak.answer.plant_support import PlantCase, plant_case
from chumbak.pack import Pack, PackError
from chumbak.pack.plant_projects import read_plant_project, read_project
from chumbak.scheme.draws import sample
from chumbak.scheme.finance import plant_money, spread, with_and_without
from chumbak.scheme.rules import SchemeError


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


def case(pack: Pack, name: str = "magnets", **asked: Any) -> PlantCase:
    return plant_case(read_project(pack, name), pack, **asked)


def changed(tmp_path: Path, pack: Pack, name: str, *changes: tuple[str, str], **asked: Any) -> PlantCase:
    text = (pack.path / "projects" / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "plant.yaml"
    path.write_text(text, encoding="utf-8")
    return plant_case(read_plant_project(path, pack), pack, **asked)


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in found["cases"]}


@pytest.fixture(scope="module")
def found(pack: Pack) -> dict[str, Any]:
    return plant_money_document(case(pack), draws=200, seed=3)


def test_the_measures_are_those_of_the_engine(pack: Pack, found: dict[str, Any]) -> None:
    told = case(pack)
    engine = with_and_without(told.project, told.support)
    cases = by_name(found)
    assert list(cases) == ["all", "incentive alone", "capital alone", "none"]
    for name, one in cases.items():
        for measure in ("npv", "npv_equity", "npv_dollar_real", "levelised", "outlay_total", "break_even_price"):
            scale = 1e6 if measure.startswith(("npv", "outlay")) else 1
            assert one[measure] * scale == pytest.approx(float(engine[name][measure][0]), rel=1e-8)
        assert one["irr"] == pytest.approx(float(engine[name]["irr"][0]), abs=1e-6)
    drawn = spread(told.project, told.support, sample(told.project, 200, 3))
    assert found["draws"]["loss"] == pytest.approx(float(drawn["loss"]))
    assert sum(one["share"] for one in found["draws"]["drivers"]) == pytest.approx(1)


def test_every_year_adds_up_in_every_money(pack: Pack, found: dict[str, Any]) -> None:
    data = plant_money(case(pack).project, case(pack).support)
    for row in found["by_year"]:
        one = row["nominal"]
        assert set(one) == set(FLOWS)
        left = one["sales"] - one["costs"] + one["support"] - one["capital"] - one["working"] - one["tax"]
        assert left == pytest.approx(one["cash"], abs=1e-4)  # of some 1e3 million, at nine digits
        engine = data.sel(year=row["year"]).isel(draw=0)
        assert one["cash"] == pytest.approx(float(engine["cash_project"]) / 1e6, rel=1e-8)
        assert row["real"]["cash"] == pytest.approx(one["cash"] / float(engine["index"]), rel=1e-7)
        assert row["dollars"]["cash"] == pytest.approx(one["cash"] / float(engine["dollar"]), rel=1e-7)
        assert row["dollars_real"]["cash"] == pytest.approx(row["real"]["cash"] / 87.17, rel=1e-3)
    cash = [row["nominal"]["cash"] / 1.11**at for at, row in enumerate(found["by_year"])]
    assert sum(cash) == pytest.approx(by_name(found)["all"]["npv"], rel=1e-6)


def test_the_incentive_says_what_holds_it(pack: Pack, found: dict[str, Any]) -> None:
    assert found["incentive"]["ruling_price"] == pytest.approx(5375)
    years = found["incentive"]["years"]
    assert [one["year"] for one in years] == [2029, 2030, 2031, 2032, 2033]
    assert {one["held_by"] for one in years} == {"the bid"}
    price = found["by_year"][3]["price"]
    low = plant_money_document(case(pack, switches=["sales_share=0.3"]))
    assert price * 0.3 < 2150
    held = low["incentive"]["years"][1]
    assert held["held_by"] == "the share of net sales"
    assert held["paid"] == pytest.approx(0.3 * price * 0.324, rel=1e-6)
    assert f"{0.3 * price:,.0f}" in held["why"]
    assert low["scheme"]["chosen"] == [{"rule": "R15", "value": "sales_share", "set": 0.3, "unit": "1"}]


def test_no_bid_breaks_even_and_why(found: dict[str, Any]) -> None:
    bid = found["break_even_bid"]
    assert (bid["value"], bid["without_ceilings"]) == (None, None)
    assert bid["without_caps"] > bid["ceiling"]
    assert bid["npv_at_ceiling"] == by_name(found)["all"]["npv"]  # the example bids the ceiling


def test_a_break_even_bid_is_worth_nothing(tmp_path: Path, pack: Pack) -> None:
    dear = ("value: 2118\n    low: 1552\n", "value: 3000\n    low: 2900\n")
    bid = plant_money_document(changed(tmp_path, pack, "magnets", dear))["break_even_bid"]["value"]
    assert 0 < bid < 2150
    again = plant_money_document(changed(tmp_path, pack, "magnets", dear, bid=bid))
    assert by_name(again)["all"]["npv"] == pytest.approx(0, abs=1e-3)  # of a plant of 5,000 million


def test_what_rounding_leaves_of_a_loan_asks_for_no_cover(tmp_path: Path, pack: Pack) -> None:
    slow = ("  - {value: 0.6, note: a judgement; what the first year leaves}\n", "  - 0.3\n  - 0.3\n")
    found = plant_money_document(changed(tmp_path, pack, "magnets", slow))
    covers = {row["year"]: row["cover"] for row in found["by_year"] if row["cover"] is not None}
    assert list(covers) == list(range(2030, 2039))  # a year of grace and eight of repayment
    assert by_name(found)["all"]["least_cover"] == min(covers.values())


def test_the_plant_dies_later_while_it_is_helped(found: dict[str, Any]) -> None:
    during, after = found["dies_at"]["during"], found["dies_at"]["after"]
    assert (during["first"], during["last"], after["first"]) == (2029, 2033, 2034)
    assert during["most_real"] < after["least_real"]


def test_rules_and_figures_it_rests_on(found: dict[str, Any]) -> None:
    rests = {one["id"]: one["standing"] for one in found["scheme"]["rests_on"]}
    assert rests["R14a"] == "inferred"
    assert set(rests) <= set(found["scheme"]["rules_used"])
    results = {one["rule"]: one["result"] for one in found["scheme"]["verdicts"]}
    assert (results["R3"], results["R7"]) == ("pass", "cannot tell")
    counted = found["figures"]
    assert counted["count"] >= counted["with_range"] > 0
    json.dumps(found, allow_nan=False)


def test_a_recycler_too_small_for_the_aid(pack: Pack) -> None:
    found = plant_money_document(case(pack, "recycler"))
    assert found["scheme"]["name"] == "recycling"
    assert [one["result"] for one in found["scheme"]["verdicts"]] == ["fail"] * 3
    assert found["told"] == "none"
    assert found["break_even_bid"] is None
    cases = by_name(found)
    assert cases["none"]["outlay_total"] == 0
    assert cases["aid to a small firm"]["outlay_total"] == pytest.approx(250)  # 20 % meets the ceiling
    brings = found["project"]["income_per_kg_feed"]
    assert sum(brings.values()) == pytest.approx(found["project"]["price_real"]["mean"], rel=1e-6)
    assert found["break_even_input_price"]["none"] < found["project"]["input_price_real"]


def test_a_recycler_large_enough_gets_it_in_time_only(tmp_path: Path, pack: Pack) -> None:
    large = ("value: 1200\n", "value: 6000\n")
    again = "applications_again=true"
    closed = changed(tmp_path, pack, "recycler", large, switches=["operating_rate=0.5"])
    assert closed.told == "none"  # an award of 2027 comes after applications closed
    assert (closed.verdicts[0].rule, closed.verdicts[0].result) == ("C2a", "fail")
    assert {"C2a", "C2b"} <= set(closed.uses)
    told = changed(tmp_path, pack, "recycler", large, switches=["operating_rate=0.5", again])
    assert told.told == "aid to a small firm"
    assert told.support.recycling is not None
    assert told.support.recycling.parts == {}  # runs from 2030: the second year comes after the end
    early = changed(tmp_path, pack, "recycler", large, ("award: 2027", "award: 2026"), switches=["operating_rate=0.5"])
    assert early.support.recycling is not None
    assert early.support.recycling.parts == {2: 0.4}
    late = changed(tmp_path, pack, "recycler", large, ("award: 2027", "award: 2030"), switches=[again])
    assert late.support.recycling is not None
    assert late.support.recycling.capital_share == 0
    assert any("after the aid on capital has ended" in note for note in late.notes)


def test_a_discount_below_0_is_refused(tmp_path: Path, pack: Pack) -> None:
    with pytest.raises(PackError, match="discount"):
        changed(tmp_path, pack, "magnets", ("discount: {value: 0.11", "discount: {value: -0.5"))


def test_without_a_scheme_and_without_an_award(tmp_path: Path, pack: Pack) -> None:
    alone = plant_money_document(case(pack, scheme="none"))
    assert (alone["scheme"], alone["incentive"], list(by_name(alone))) == (None, None, ["none"])
    text = (pack.path / "projects" / "magnets.yaml").read_text(encoding="utf-8")
    (tmp_path / "plant.yaml").write_text(text[: text.index("asks:")], encoding="utf-8")
    file = read_plant_project(tmp_path / "plant.yaml", pack)
    told = plant_case(file, pack)
    assert (list(told.cases), told.scheme) == (["none"], None)
    assert "asks for no award" in told.notes[0]
    with pytest.raises(SchemeError, match="asks for no award"):
        plant_case(file, pack, bid=2000.0)


def test_assured_input_is_a_support_of_its_own(tmp_path: Path, pack: Pack) -> None:
    assured = "asks:\n  assured: {value: 100, unit: t/year}\n"
    cheap = assured + "  assured_price: {value: 4000, unit: INR/kg}\n"
    found = plant_money_document(changed(tmp_path, pack, "magnets", ("asks:\n", cheap)))
    cases = by_name(found)
    assert "input alone" in cases
    assert cases["input alone"]["npv"] > cases["none"]["npv"]
    at_market = changed(tmp_path, pack, "magnets", ("asks:\n", assured))
    assert at_market.support.input is None
    assert any("at the market's price" in note for note in at_market.notes)


@pytest.mark.parametrize(
    ("name", "asked", "says"),
    [
        ("magnets", {"scheme": "ewaste"}, "nothing that can be reckoned"),
        ("magnets", {"scheme": "recycling"}, "--scheme none"),
        ("recycler", {"scheme": "magnets"}, "gives a recycler nothing"),
        ("recycler", {"bid": 100.0}, "makes no bid"),
        ("magnets", {"scheme": "none", "bid": 100.0}, "needs a scheme"),
        ("magnets", {"bid": -1.0}, "--bid -1"),
        ("magnets", {"bid": float("nan")}, "--bid nan"),
        ("magnets", {"switches": ["sales_shaer=0.3"]}, "sales_share"),
    ],
)
def test_mistakes_say_how_to_mend_them(pack: Pack, name: str, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemeError, match=says):
        case(pack, name, **asked)
