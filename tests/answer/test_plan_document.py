"""The document of a plan: its parts agree with each other and with the plan, and fit the schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest

from chumbak.answer import Answer
from chumbak.answer.document import heading, schema
from chumbak.answer.frontier_document import frontier_document
from chumbak.answer.plan_document import nine, plain, plan_document
from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.frontier import frontier
from chumbak.plan.replay import replay
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import make_plan
from tests.plan.small import policy, small_case

YEARS = range(2025, 2030)
FACTOR = {year: 1.1 ** -(year - 2025) for year in YEARS}


def makers(**more: Any) -> Case:
    """100 t a year of magnets, bought for 10, at most 60 t, or made at home of bought oxide at 10 and a plant."""
    grant = policy("capital_subsidy", share=np.full(len(YEARS), 0.2))
    figures = {
        "counts": {"make": 1.0},
        "lead": 1.0,
        "life": 20.0,
        "jobs": 0.5,
        "stage": "magnet",
        "capital": 8.0,
        "least": 3.0,
    }
    given = {"policies": [grant], **more}
    return small_case(
        YEARS, {"make": {"oxide": -1.25, "magnet": 1.0}}, {"magnets": figures},
        {"motor": {"need": 100.0, "without": 50.0}},
        [("magnets", "CHN", "magnet", 10.0), ("oxides", "AUS", "oxide", 8.0)], import_limits={"magnets": 60.0},
        rate=0.1, reference={"magnet": 10.0, "oxide": 8.0}, duty=0.1, **given,
    )  # fmt: skip


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return plan_document(make_plan(makers()))


def fits(told: dict[str, Any], answer: Answer) -> None:
    whole = {**heading(answer.pack, "0" * 64), "units": {}, "plan": told}
    jsonschema.validate(json.loads(json.dumps(whole, allow_nan=False)), schema())


def test_documents_fit_the_schema(told: dict[str, Any], india: Answer) -> None:
    fits(told, india)
    assert india.plan is not None
    fits(plan_document(india.plan), india)
    with pytest.raises(jsonschema.ValidationError):
        fits({**told, "status": "Infeasible"}, india)


def test_costs_by_kind_are_spending_discounted_and_sum_to_the_cost(told: dict[str, Any]) -> None:
    assert sum(told["cost_by_kind"].values()) == pytest.approx(told["cost_npv"]["value"], rel=1e-8)
    for kind, by_year in told["spending"].items():
        discounted = sum(amount * FACTOR[int(year)] for year, amount in by_year.items())
        assert told["cost_by_kind"][kind] == pytest.approx(discounted, rel=1e-7)
    assert told["cost_npv"]["unit"] == "million TOY (2025), discounted to 2025"


def test_what_is_lacking_is_told_where_there_is_any(told: dict[str, Any]) -> None:
    """No plant runs before 2026, so that 40 t lack in the first year; after that nothing does."""
    assert told["unmet_t"]["all"] == {"2025": 40.0}
    assert told["unmet_t"]["total"] == {"2025": 40.0, **{str(year): 0.0 for year in YEARS[1:]}}


def test_what_is_designed_away_is_told_beside_the_need() -> None:
    """A third of the need can do without rare earths for 5 a tonne, where magnets cost 10."""
    case = makers()
    need = replace(case.need, substitute_share=np.full((1, 5), 0.3), substitute_cost=np.full((1, 5), 5.0))
    found = plan_document(make_plan(replace(case, need=need)))
    assert found["need_t"] == dict.fromkeys(map(str, YEARS), 100.0)
    assert found["substituted_t"]["total"] == pytest.approx(dict.fromkeys(map(str, YEARS), 30.0))
    assert found["substituted_t"]["all"] == found["substituted_t"]["total"]


def test_what_is_sold_abroad_or_kept_is_told_by_year(told: dict[str, Any]) -> None:
    assert set(told["supply_left"]["ways"]) == {"sold abroad", "left over"}
    assert all(list(map(int, one)) == list(YEARS) for one in told["supply_left"]["ways"].values())
    weeks = plan_document(make_plan(makers(), (read_requirement("stock-weeks", "5.2@2027"),)))
    kept = {year: sum(one[year] for one in weeks["stock"]["goods"].values()) for year in map(str, YEARS)}
    assert kept["2025"] == 0
    assert kept["2027"] >= 10 - 1e-6
    assert weeks["supply_mix"]["sources"]["stock"][0] == 0


def test_builds_tell_the_smallest_sensible_plant(told: dict[str, Any]) -> None:
    assert {one["least"] for one in told["builds"]} == {3.0}


def test_builds_say_when_and_what_they_cost(told: dict[str, Any]) -> None:
    assert sum(one["capacity"] for one in told["builds"]) >= 40
    for one in told["builds"]:
        assert one["first_output"] == one["decided"] + 1
        assert one["capital"] == pytest.approx(8 * one["capacity"])
        assert (one["plant"], one["stage"], one["region"], one["unit"]) == ("magnets", "magnet", "country", "t/year")


def test_the_mix_adds_up_to_what_magnets_hold(told: dict[str, Any]) -> None:
    """One tonne of the element in each tonne of everything: 60 t bought as magnets, the rest as 1.25 t of oxide."""
    sources = told["supply_mix"]["sources"]
    made = told["self_reliance"]["rung"]["magnet"]["NdPr"]
    for at, year in enumerate(told["supply_mix"]["years"][1:], start=1):
        home = 100 * made[str(year)]
        assert sources["AUS"][at] == pytest.approx(1.25 * home, abs=1e-6)
        assert sources["CHN"][at] + home == pytest.approx(100, abs=1e-6)


def test_the_treasury_is_told_by_policy(told: dict[str, Any]) -> None:
    treasury = told["outcomes"]["treasury"]
    paid = sum(treasury["paid"]["scheme"].values())
    assert paid == pytest.approx(0.2 * sum(one["capital"] for one in told["builds"]))
    net = {year: treasury["paid"]["scheme"][year] - treasury["duties"][year] for year in treasury["duties"]}
    assert treasury["by_year"] == pytest.approx(net)
    assert all(one["method"] and one["unit"] for one in told["outcomes"].values())


def test_the_same_case_gives_the_same_bytes(told: dict[str, Any]) -> None:
    assert json.dumps(plan_document(make_plan(makers()))) == json.dumps(told)


def test_requirements_and_view_are_told_as_asked() -> None:
    asked = (read_requirement("self-reliance", "magnet=0.8@2027"),)
    found = plan_document(make_plan(makers(), asked, INVESTOR))
    assert found["requirements"] == ["--self-reliance magnet=0.8@2027"]
    assert found["view"] == "investor"
    assert {"duties", "subsidies"} <= set(found["cost_by_kind"])
    assert found["self_reliance"]["rung"]["magnet"]["NdPr"]["2027"] >= 0.8 - 1e-9
    assert "investors" in found["convention"]


def test_builds_that_were_kept_are_certified_as_such() -> None:
    plan = make_plan(makers())
    again = plan_document(replay(makers(), plan.decisions["build"]), given_builds=True)
    assert again["certificate"]["holds"]
    assert again["cost_npv"]["value"] == pytest.approx(nine(plan.cost))


def test_the_certificate_holds_and_names_its_solver(told: dict[str, Any], india: Answer) -> None:
    assert india.plan is not None
    for one in (told, plan_document(india.plan)):
        certificate = one["certificate"]
        assert certificate["holds"]
        assert certificate["solver"]["name"] == "HiGHS"
        assert certificate["worst_balance"] <= 1e-6
        assert set(certificate["ranges"]) == {"matrix", "cost", "bound", "right_side"}


def test_the_frontier_is_told_point_by_point() -> None:
    sweep = read_requirement("self-reliance", "magnet=0@2027")
    found = frontier_document(frontier(makers(), sweep, 3), sweep)
    assert (found["measure"], found["year"], len(found["points"])) == ("magnet", 2027, 3)
    first, *_, last = found["points"]
    assert first["share"] < last["share"]
    assert first["cost_npv"] <= last["cost_npv"] + 1e-6
    steps = sum(one["per_point"] * 100 * (one["share"] - before["share"])
                for before, one in zip(found["points"], found["points"][1:], strict=False))  # fmt: skip
    assert steps == pytest.approx(last["cost_npv"] - first["cost_npv"], abs=1e-4)


def test_numbers_have_nine_digits_and_no_ends() -> None:
    assert nine(1 / 3) == 0.333333333
    assert str(nine(-0.0)) == "0.0"
    assert plain({"a": (1, float("inf"), float("nan")), "b": {2: 1 / 3}}) == {
        "a": [1, None, None],
        "b": {"2": 0.333333333},
    }
