"""Where neodymium and praseodymium come from: sources net of what the country does not use, and what holds it back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from chumbak.linear.solve import NotOptimalError
from chumbak.plan.case import Case
from chumbak.plan.outcome import bottlenecks, capacity_use, left_over, magnets_by_sector, stock, supply_left, supply_mix
from chumbak.plan.replay import replay
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan, make_plan
from tests.plan.sketch import YEARS, Sketch, sketches
from tests.plan.small import small_case
from tests.plan.test_properties import left_over as counted_again

few = settings(max_examples=20, derandomize=True, phases=(Phase.explicit, Phase.generate))
MAKING = {"make": {"oxide": -1.25, "magnet": 1.0, "swarf": 0.25}, "separate": {"ore": -1.0, "oxide": 1.0}}


def separating(standing: float, magnets: float, **more: Any) -> Case:
    """Return a case of 100 t of magnets a year: bought for 10, or made of oxide from 1 t/t of ore, as plants stand."""
    plants = {
        "separation": {"counts": {"separate": 1.0}, "standing": standing, "step": 0.0},
        "magnets": {"counts": {"make": 1.0}, "standing": magnets, "step": 0.0},
    }
    given = {"traded": {"ore": 1.0}, **more}
    return small_case(
        [2025, 2026], MAKING, plants, {"motor": {"need": 100.0, "without": 50.0}}, [("magnets", "CHN", "magnet", 10.0)],
        stages={"make": "magnet", "magnet": "magnet", "separate": "separation", "oxide": "separation"}, **given,
    )  # fmt: skip


def sources(plan: Plan, at: int = 0) -> dict[str, float]:
    mix = supply_mix(plan)
    return {str(name): round(float(mix.sel(source=name)[at]), 6) + 0.0 for name in mix["source"].values}


def left(plan: Plan, at: int = 0) -> dict[str, float]:
    found = supply_left(plan)
    return {str(way): round(float(found.sel(way=way)[at]), 6) for way in found["way"].values}


def used(plan: Plan) -> np.ndarray:
    """Return what magnets delivered hold, and what is lost in activities that work on goods of a colour, (year,)."""
    case, net = plan.case, plan.case.network
    held = np.array([case.held[material, "Nd"] for material, _ in net.goods])
    found: np.ndarray = (held * plan.decisions["deliver"].values.sum(axis=1)).sum(axis=0)
    run = plan.decisions["run"].values.sum(axis=1)
    for activity, good, amount in zip(net.flow_activity, net.flow_good, net.flow_amount, strict=True):
        if net.activities[activity][1]:
            found = found - amount * held[good] * run[activity]
    return found


def test_home_oxide_that_is_sold_abroad_is_no_source_of_magnets() -> None:
    """All 20 t of home oxide go abroad at 4, and every magnet is bought: the country lives on China alone."""
    plan = make_plan(separating(20.0, 0.0, export={"oxide": 50.0}, reference={"oxide": 4.0}))
    assert sources(plan) == {"mined at home": 0.0, "recycled at home": 0.0, "CHN": 100.0, "stock": 0.0}
    assert left(plan) == {"sold abroad": 20.0, "left over": 0.0}


def test_home_swarf_that_nothing_works_up_comes_off_home_oxide() -> None:
    """50 t of oxide make 40 t of magnets and leave 10 t of swarf, which no plant takes: used are 50 - 10 = 40."""
    case = small_case(
        [2025, 2026], {**MAKING, "leach_swarf": {"swarf": -1.0, "oxide": 0.8}},
        {
            "separation": {"counts": {"separate": 1.0}, "standing": 50.0, "step": 0.0},
            "magnets": {"counts": {"make": 1.0}, "standing": 60.0, "step": 0.0},
            "swarf": {"counts": {"leach_swarf": 1.0}, "step": 0.0},
        },
        {"motor": {"need": 100.0, "without": 50.0}}, [("magnets", "CHN", "magnet", 10.0)], traded={"ore": 1.0},
    )  # fmt: skip
    plan = make_plan(case)
    assert sources(plan) == {"mined at home": 40.0, "recycled at home": 0.0, "CHN": 60.0, "stock": 0.0}
    assert left(plan) == {"sold abroad": 0.0, "left over": 10.0}


def test_what_is_left_of_bought_goods_comes_off_the_origins() -> None:
    """125 t of oxide from Australia make 100 t of magnets and leave 25 t of swarf."""
    case = small_case(
        [2025], {**MAKING, "leach_swarf": {"swarf": -1.0, "oxide": 0.8}},
        {
            "separation": {"counts": {"separate": 1.0}, "step": 0.0},
            "magnets": {"counts": {"make": 1.0}, "standing": 100.0},
            "swarf": {"counts": {"leach_swarf": 1.0}, "step": 0.0},
        },
        {"motor": {"need": 100.0, "without": 50.0}}, [("oxides", "AUS", "oxide", 1.0)], traded={"ore": 1.0},
    )  # fmt: skip
    plan = make_plan(case)
    assert sources(plan) == {"mined at home": 0.0, "recycled at home": 0.0, "AUS": 100.0, "stock": 0.0}
    assert left(plan) == {"sold abroad": 0.0, "left over": 25.0}


def test_oxide_of_ore_that_was_bought_is_told_by_the_origin_of_the_ore() -> None:
    """30 t of ore are dug, 90 bought: of 60 t of oxide a quarter is mined at home, and the 12 t sold come off both."""
    case = small_case(
        [2025], {"dig": {"ore": 1.0}, "separate": {"ore": -2.0, "oxide": 1.0}, "make": {"oxide": -1.0, "magnet": 1.0}},
        {
            "mine": {"counts": {"dig": 1.0}, "standing": 30.0, "step": 0.0},
            "separation": {"counts": {"separate": 1.0}, "standing": 60.0, "step": 0.0},
            "magnets": {"counts": {"make": 1.0}, "standing": 48.0, "step": 0.0},
        },
        {"motor": {"need": 48.0, "without": 500.0}}, [("ores", "AUS", "ore", 1.0)], plain=("ore",),
        stages={"dig": "mining", "ore": "mining", "separate": "separation", "oxide": "separation", "make": "magnet",
                "magnet": "magnet"},
        holds={"ore": 0.5}, export={"oxide": 12.0}, reference={"oxide": 40.0},
    )  # fmt: skip
    plan = make_plan(case)
    assert sources(plan) == {"mined at home": 12.0, "recycled at home": 0.0, "AUS": 36.0, "stock": 0.0}
    assert left(plan) == {"sold abroad": 12.0, "left over": 0.0}


@few
@given(
    one=sketches(), market=st.sampled_from([0.0, 15.0, 400.0]),
    asked=st.sampled_from(
        [(), ("chain-self-reliance 0.1@2028",), ("stock-weeks 4@2027",), ("max-share CHN.magnet=0.5@2027",)]
    ),
)  # fmt: skip
def test_sources_are_what_magnets_hold_and_losses(one: Sketch, market: float, asked: tuple[str, ...]) -> None:
    """Goods hold different shares in every year, oxide is sold abroad; where nothing is asked, builds serve half."""
    case = one.case()
    shares = {"magnet": 0.3, "oxide": 0.8, "swarf": 0.25, "used_motors": 0.1}
    by_year = 1 + 0.05 * np.arange(len(YEARS))
    held = np.array([[shares[str(name)] * by_year] for name in case.composition["material"].values])
    case = replace(
        case, composition=case.composition.copy(data=held),
        market=replace(case.market, export={"oxide": np.full(len(YEARS), market)}),
    )  # fmt: skip
    try:
        plan = make_plan(case, tuple(read_requirement(*text.split(" ", 1)) for text in asked))
    except NotOptimalError as told:
        assume(told.status != "Infeasible")
        raise
    if not asked:  # builds made for more than there is to make
        less = replace(case, need=replace(case.need, need=case.need.need / 2))
        plan = replay(less, plan.decisions["build"])
    mix = supply_mix(plan)
    np.testing.assert_allclose(mix.sum("source").values, used(plan), atol=1e-6)
    np.testing.assert_allclose(left_over(plan), counted_again(plan.case, plan).sum("region").values, atol=1e-6)
    assert float(mix.drop_sel(source="stock").min()) >= 0.0
    run, buy = (plan.decisions[name].sum("region") for name in ("run", "buy"))
    content = {name: plan.case.held[name, "Nd"] for name in shares}
    came = (run.sel(activity="separate") + one.used_yield * run.sel(activity="leach_used")).values * content["oxide"]
    for offer, material in zip(buy["offer"].values, ("magnet", "oxide"), strict=True):
        came = came + buy.sel(offer=offer).values * content[material]
    gross = mix.sel(source="stock").values + came
    net = mix.sum("source").values + supply_left(plan).sum("way").values
    np.testing.assert_allclose(net, gross, atol=1e-6)


def test_stock_is_told_by_good_as_it_stands_at_the_end_of_the_year() -> None:
    """Magnets cost 1 before 2027 and 100 after: those of 2027 are bought in 2026."""
    case = small_case(
        [2025, 2026, 2027], {"make": {"oxide": -1.0, "magnet": 1.0}},
        {"magnets": {"counts": {"make": 1.0}, "step": 0.0}}, {"motor": {"need": 10.0, "without": 500.0}},
        [("magnets", "CHN", "magnet", [1.0, 1.0, 100.0])], holds={"magnet": 0.3}, holding=0.01,
        reference={"magnet": 1.0},
    )  # fmt: skip
    plan = make_plan(case)
    kept = stock(plan)
    assert kept.sel(good="magnet|bought").values == pytest.approx([0.0, 3.0, 0.0])
    assert sources(plan, 1)["stock"] == pytest.approx(-3.0)
    assert sources(plan, 2)["stock"] == pytest.approx(3.0)


def test_designs_without_rare_earths_are_told_in_tonnes() -> None:
    case = small_case(
        [2025, 2026], {"make": {"oxide": -1.0, "magnet": 1.0}}, {"magnets": {"counts": {"make": 1.0}, "step": 0.0}},
        {"motor": {"need": [10.0, 5.0], "without": 50.0, "substitute": 0.3, "premium": 5.0}},
        [("magnets", "CHN", "magnet", [10.0, 1.0])],
    )  # fmt: skip
    assert magnets_by_sector(make_plan(case), "substitute").sel(sector="all").values == pytest.approx([3.0, 1.5])


def works(**more: Any) -> Case:
    """Magnets cost 100 bought, and 2 oxide and 24 a year of capacity made at home, from a year after the decision."""
    return small_case(
        [2025, 2026, 2027, 2028], {"make": {"oxide": -2.0, "magnet": 1.0}},
        {"works": {"counts": {"make": 1.0}, "capital": 24.0, "lead": 1.0, "life": 10.0, "ramp": (0.5, 1.0, 1.0)}},
        {"car": {"need": 10.0, "without": 500.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 100.0)], **more,
    )  # fmt: skip


@pytest.mark.parametrize("value", [0, 60])
def test_a_budget_that_was_asked_for_is_what_holds_a_plan_back(value: float) -> None:
    """Works decided in 2025 give half of their output in 2026: too early, unless it is money that binds in 2025."""
    free = bottlenecks(make_plan(works()))
    assert [(one.rule, one.first_year, one.last_year) for one in free] == [("capacity", 2026, 2026)]
    asked = read_requirement("budget", f"{value}@2025")
    found = bottlenecks(make_plan(works(), (asked,)))
    assert (found[0].rule, found[0].of, found[0].first_year) == ("budget", str(asked), 2025)
    assert found[0].worth > 0
    assert "capacity" not in [one.rule for one in found]
    loose = bottlenecks(make_plan(works(), (read_requirement("budget", "1e6@2025"),)))
    assert [(one.rule, one.first_year, one.last_year) for one in loose] == [("capacity", 2026, 2026)]


def test_a_budget_of_the_pack_holds_back_like_one_that_was_asked_for() -> None:
    assert [(one.rule, one.of) for one in bottlenecks(make_plan(works(budget=60.0)))] == [("budget", "")]


def test_capacity_that_was_awarded_and_is_closed_is_told_apart() -> None:
    case = small_case(
        [2025, 2026], {"make": {"oxide": -1.0, "magnet": 1.0}},
        {"works": {"counts": {"make": 1.0}, "awarded": 40.0, "fixed": 0.5, "capital": 10.0, "step": 0.0}},
        {"car": {"need": 10.0, "without": 500.0}},
        [("cn_oxide", "CHN", "oxide", 10.0), ("cn_magnet", "CHN", "magnet", 5.0)],
    )  # fmt: skip
    found = capacity_use(make_plan(case)).sel(plant="works")
    assert found["closed"].values == pytest.approx([40.0, 40.0])
    assert found["retired"].values == pytest.approx(found["closed"].values)
