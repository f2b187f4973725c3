"""Plans worked out by hand. Unless a case says otherwise: 100 t of magnets are needed a year; a bought magnet costs 10
a tonne and oxide 4; a tonne made at home takes 1.25 t of oxide, so costs 5 to run; nothing is discounted, and a year
in stock costs as much as the goods.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chumbak.linear.solve import NotOptimalError
from chumbak.plan.account import spending
from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.certificate import certificate
from chumbak.plan.money import annuity
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan, make_plan
from tests.plan.small import BLOCK, decided, in_regions, paid, policy, shadow, small_case

MAKE = {"make": {"oxide": -1.25, "magnet": 1.0}}
CHAIN = {**MAKE, "separate": {"ore": -1.1, "oxide": 1.0}}
NEED = {"motor": {"need": 100.0}}
MAGNETS = ("magnets", "CHN", "magnet", 10.0)
OXIDES = ("oxides", "CHN", "oxide", 4.0)
KEEP = {"holding": 1.0, "reference": {"magnet": 10.0, "oxide": 4.0}}
IDLE = {"magnets": {"counts": {"make": 1.0}, "step": 0.0}}  # a rung that nothing is ever built on


def magnets(**figures: Any) -> dict[str, dict[str, Any]]:
    return {"magnets": {"counts": {"make": 1.0}, **figures}}


def home(years: int = 3, first: int | None = 1, **figures: Any) -> Case:
    """Return a case where magnets are bought or made of bought oxide, in plants decided in the ``first`` years."""
    more = {name: figures.pop(name) for name in ("policies", "rate", "budget", "tax", "duty", "tariff")
            if name in figures}  # fmt: skip
    span = range(2025, 2025 + years)
    offers = figures.pop("offers", [MAGNETS, OXIDES])
    need = figures.pop("need", NEED)
    return small_case(span, MAKE, magnets(**figures), need, offers, decided=span[:first], **KEEP, **more)


def asked(case: Case, kind: str, text: str, view: str = "national") -> Plan:
    return make_plan(case, (read_requirement(kind, text),), view)


# -- two stages


def two_stages() -> Case:
    """Return magnet plants of 12 a tonne over 6 years, ready in one, 1 to run, and separation of 6 over 6 years, ready
    in two, 0.5 to run and 1.1 of ore.
    """
    plants = {
        "magnets": {"counts": {"make": 1.0}, "capital": 12.0, "life": 6.0, "variable": 1.0, "lead": 1.0},
        "separation": {"counts": {"separate": 1.0}, "capital": 6.0, "life": 6.0, "variable": 0.5, "lead": 2.0},
    }
    return small_case([2025, 2026, 2027], CHAIN, plants, NEED, [MAGNETS, OXIDES], traded={"ore": 1.0}, **KEEP)


def test_a_chain_of_two_stages() -> None:
    """2025 all bought: 1000. 2026 magnets of bought oxide: 100 (2 capital + 1 + 5) = 800. 2027 oxide at home, 1 capital
    + 0.5 + 1.1 = 2.6 a tonne: 100 (2 + 1 + 1.25 x 2.6) = 625. In all 2425.

    A tonne of oxide is worth 4 in 2026 and 2.6 in 2027. A tonne of magnets needed in both years costs 2 x 2 + (1 + 5) +
    (1 + 3.25) = 14.25, however it is split between them.
    """
    plan = make_plan(two_stages())
    assert plan.cost == pytest.approx(2425)
    assert decided(plan, "build", "magnets") == [100, 0, 0]
    assert decided(plan, "build", "separation") == [125, 0, 0]
    assert decided(plan, "run", "make|foreign") == [0, 100, 0]
    assert decided(plan, "run", "make|home") == [0, 0, 100]
    assert decided(plan, "run", "separate") == [0, 0, 125]
    assert decided(plan, "buy", "magnets:magnet") == [100, 0, 0]
    assert decided(plan, "buy", "oxides:oxide") == [0, 125, 0]
    assert {name: paid(plan, name) for name in ("capital", "operation", "purchases")} == pytest.approx(
        {"capital": 400 + 125, "operation": 200 + 125 * 1.6, "purchases": 1000 + 500}
    )
    assert shadow(plan, "balance", "oxide|foreign")[1] == pytest.approx(4)
    assert shadow(plan, "balance", "oxide|home")[2] == pytest.approx(2.6)
    needed = shadow(plan, "need", "G")
    assert needed[0] == pytest.approx(10)
    assert sum(needed[1:]) == pytest.approx(14.25)
    assert max(needed) <= 10 + 1e-6


def test_no_plan_of_two_stages_on_a_grid_is_cheaper() -> None:
    """Every build of halves of the need in every year, run in full and the rest bought: the least is the plan's."""

    def cost(made: tuple[int, ...], separated: tuple[int, ...]) -> float:
        found, halves_made, halves_separated = 0.0, (0, made[0], made[0] + made[1]), (0, 0, separated[0])
        for magnet, oxide in zip(halves_made, halves_separated, strict=True):
            run, split = min(50.0 * magnet, 100.0), 0.0
            split = min(62.5 * oxide, 1.25 * run)
            found += 2 * 50 * magnet + 62.5 * oxide + run + 1.6 * split + 4 * (1.25 * run - split) + 10 * (100 - run)
        return found

    halves = range(4)
    least = min(
        cost(made, separated)
        for made in itertools.product(halves, repeat=2)
        for separated in itertools.product(halves, repeat=1)
    )
    assert make_plan(two_stages()).cost == pytest.approx(least)


# -- plants in time


def test_a_lead_of_a_year_and_a_half_gives_half_a_year() -> None:
    """Decided in 2025, a plant of 3 a year runs from the middle of 2026. A tonne of it costs 1.5 + 3 and saves 2.5 + 5;
    one more than is needed in 2027 would save 2.5 alone. 1000 + (500 + 250 + 150) + (500 + 300) = 2700.
    """
    plan = make_plan(home(capital=30.0, life=10.0, lead=1.5))
    assert decided(plan, "run", "make|foreign") == [0, 50, 100]
    assert decided(plan, "build", "magnets") == [100]
    assert paid(plan, "capital") == pytest.approx(450)
    assert plan.cost == pytest.approx(2700)


@pytest.mark.parametrize(
    ("lead", "runs"), [(0.0, [25, 50, 75, 100, 100]), (0.5, [12.5, 37.5, 62.5, 87.5, 100]), (2.0, [0, 0, 25, 50, 75])]
)
def test_a_plant_runs_up_over_three_years(lead: float, runs: list[float]) -> None:
    """A quarter, a half and three quarters in the first three twelve months. The budget is for 100 t."""
    plan = make_plan(home(5, capital=3.0, budget=300.0, lead=lead, ramp=(0.25, 0.5, 0.75)))
    assert decided(plan, "build", "magnets") == [100]
    assert decided(plan, "run", "make|foreign") == runs
    assert decided(plan, "buy", "magnets:magnet") == [100 - run for run in runs]


def test_run_up_is_paid_for_by_what_it_saves() -> None:
    """2.5 a year over four years is 10 a tonne. The first 100 t save 5 x 2.5 = 12.5 a tonne; what came on top of them
    would save 5 x 1.5 = 7.5. Magnets 750 + 500 + 250, oxide 1250, capital 1000: 3750.
    """
    plan = make_plan(home(4, capital=100.0, life=40.0, ramp=(0.25, 0.5, 0.75)))
    assert decided(plan, "build", "magnets") == [100]
    assert plan.cost == pytest.approx(3750)


def test_a_plant_ends_with_its_life_and_so_does_what_it_costs() -> None:
    """Two years of life, 2 a year: 100 x 2 + 500 in each of two years, then 1000 in each of three: 4400."""
    plan = make_plan(home(5, capital=4.0, life=2.0, fixed=0.1))
    assert decided(plan, "run", "make|foreign") == [100, 100, 0, 0, 0]
    assert decided(plan, "gone", "magnets") == [0, 0, 100, 100, 100]
    assert paid(plan, "capital") == pytest.approx(400)
    assert paid(plan, "fixed") == pytest.approx(2 * 0.1 * 400)
    assert plan.cost == pytest.approx(4400 + 80)


def test_a_plant_that_has_ended_is_built_again() -> None:
    """In 2025, 2027 and 2029; of the last, one year of two is charged."""
    plan = make_plan(home(5, first=None, capital=4.0, life=2.0))
    assert decided(plan, "build", "magnets") == [100, 0, 100, 0, 100]
    assert plan.cost == pytest.approx(5 * (500 + 200))


def test_a_life_of_two_years_and_a_half_ends_in_the_middle_of_a_year() -> None:
    plan = make_plan(home(3, capital=1.0, life=2.5, lead=0.0, budget=100.0))
    assert decided(plan, "run", "make|foreign") == [100, 100, 50]


@pytest.mark.parametrize(
    ("price", "closed"),
    [([10, 10, 14], [0, 0, 0]), ([10, 10, 12], [100, 100, 100]), ([14, 10, 10], [0, 100, 100])],
    ids=["worth keeping for what comes", "closed at once", "closed when the good year is over"],
)
def test_a_plant_that_costs_more_to_keep_than_it_saves_is_closed(price: list[float], closed: list[float]) -> None:
    """100 t stand at 6 a tonne and year. They save 5 at a price of 10: over three years 19, 17 and 19 against 18."""
    plan = make_plan(home(first=0, standing=100.0, capital=20.0, fixed=0.3, offers=[(*MAGNETS[:3], price), OXIDES]))
    kept = [100 - lost for lost in closed]
    assert decided(plan, "closed", "magnets") == closed
    assert decided(plan, "run", "make|foreign") == kept
    assert paid(plan, "fixed") == pytest.approx(6 * sum(kept))
    assert plan.cost == pytest.approx(sum(11 * t + cost * (100 - t) for t, cost in zip(kept, price, strict=True)))


def test_capacity_grows_by_a_share_and_a_step() -> None:
    """Half of what stood and 10 t a year: 10, 10 + 5 + 10, 25 + 12.5 + 10."""
    plan = make_plan(home(3, first=None, capital=1.0, growth=0.5, step=10.0))
    assert decided(plan, "run", "make|foreign") == [10, 25, 47.5]


def test_what_has_ended_lets_no_more_be_built() -> None:
    """A life of a year: 10, then 10 + 5 while the 10 t end, then 10 + half of the 15 t that still stand."""
    plan = make_plan(home(3, first=None, capital=1.0, life=1.0, growth=0.5, step=10.0))
    assert decided(plan, "run", "make|foreign") == [10, 15, 17.5]


def test_what_stands_lets_more_be_built() -> None:
    """40 t stand: 40 + 20 + 10 = 70 t in the first year, and all in the second."""
    plan = make_plan(home(2, first=None, capital=1.0, growth=0.5, step=10.0, standing=40.0))
    assert decided(plan, "run", "make|foreign") == [70, 100]


def test_a_plant_makes_its_availability() -> None:
    plan = make_plan(home(1, capital=1.0, availability=0.8))
    assert decided(plan, "build", "magnets") == [125]
    assert decided(plan, "run", "make|foreign") == [100]


def test_no_more_is_committed_in_a_year_than_the_budget() -> None:
    """300 a year at 10 a tonne: 30 t a year until there are 100. A crore more buys 0.1 t."""
    plan = make_plan(home(5, first=None, capital=10.0, life=40.0, budget=300.0))
    assert decided(plan, "run", "make|foreign") == [30, 60, 90, 100, 100]
    same = asked(home(5, first=None, capital=10.0, life=40.0), "budget", "300@2025")
    assert decided(same, "build", "magnets") == decided(plan, "build", "magnets")
    later = asked(home(2, first=None, capital=10.0, life=40.0), "budget", "0@2026")
    assert decided(later, "build", "magnets") == [100, 0]


def test_electricity_is_paid_at_the_tariff() -> None:
    """2 MWh a tonne at 0.5 a MWh is 1 a tonne on top of 5."""
    plan = make_plan(home(1, standing=100.0, first=0, electricity=2000.0, tariff=0.5e-3))
    assert paid(plan, "electricity") == pytest.approx(100)
    assert plan.cost == pytest.approx(600)


def test_capital_over_a_whole_life_is_worth_what_is_spent_on_the_decision() -> None:
    """At 10 % an annuity of 100 x 1.1 / (1 + 1/1.1 + 1/1.21) = 40.2115 in 2026, 2027 and 2028 is worth 100 in 2025."""
    case = home(4, rate=0.1, capital=100.0, lead=1.0, life=3.0, offers=[(*MAGNETS[:3], 100.0), OXIDES])
    plan = make_plan(case)
    assert decided(plan, "build", "magnets") == [100]
    assert annuity(case, "national") * 100 == pytest.approx([40.21148])
    assert paid(plan, "capital") == pytest.approx(100 * 100)
    assert paid(plan, "purchases") == pytest.approx(100 * 100 + 500 * (1 / 1.1 + 1 / 1.21 + 1 / 1.331))


def test_capital_of_a_broken_life_is_paid_once() -> None:
    """Two years and a half inside a plan of four, nothing discounted: 100 t at 8."""
    plan = make_plan(home(4, capital=8.0, life=2.5, budget=800.0))
    assert decided(plan, "build", "magnets") == [100]
    assert paid(plan, "capital") == pytest.approx(800)


def test_a_plant_that_outlives_the_plan_is_charged_for_its_years_in_it() -> None:
    """Two of the three payments: 100 (1 + 1/1.1) / (1 + 1/1.1 + 1/1.21) = 69.789."""
    plan = make_plan(home(3, rate=0.1, capital=100.0, lead=1.0, life=3.0, offers=[(*MAGNETS[:3], 100.0), OXIDES]))
    assert paid(plan, "capital") == pytest.approx(100 * 69.78852)


def test_tax_weighs_on_capital_in_the_investor_view_alone() -> None:
    """At 10 %, depreciation of 15 % a year is worth 0.6 of the capital: (1 - 0.25 x 0.6) / 0.75 = 1.1333."""
    case = home(3, rate=0.1, tax=0.25, capital=10.0, life=3.0)
    ratio = paid(make_plan(case, view=INVESTOR), "capital") / paid(make_plan(case), "capital")
    assert ratio == pytest.approx(0.85 / 0.75)


# -- stock, collection, loops, by-products


@pytest.mark.parametrize(
    ("rate", "without", "stored", "cost"),
    [
        (0.0, 13.0, 100, 3000 + 200),
        (0.0, 11.5, 0, 2000 + 1150),
        (0.1, 13.5, 100, 1000 + 1200 + 1000 / 1.21),
        (0.1, 13.0, 0, 1000 + 1300 / 1.1 + 1000 / 1.21),
    ],
    ids=["stocked", "gone without", "stocked at 10 %", "gone without at 10 %"],
)
def test_stock_is_laid_in_before_an_embargo_that_is_known(
    rate: float, without: float, stored: float, cost: float
) -> None:
    """Nothing is sold in 2026. A tonne kept for it costs 10 and a fifth of 10 a year; at 10 % it competes with the
    value of going without a year later: 12 against 13 / 1.1 = 11.8 or 13.5 / 1.1 = 12.3.
    """
    case = small_case(
        [2025, 2026, 2027], MAKE, IDLE, {"motor": {"need": 100.0, "without": without}}, [MAGNETS], rate=rate,
        import_limits={"magnets": [np.inf, 0.0, np.inf]}, holding=0.2, reference={"magnet": 10.0},
    )  # fmt: skip
    plan = make_plan(case)
    assert decided(plan, "store", "magnet|bought") == [stored, 0, 0]
    assert decided(plan, "buy", "magnets:magnet") == [100 + stored, 0, 100]
    assert decided(plan, "unmet", "motor") == [0, 100 - stored, 0]
    assert plan.cost == pytest.approx(cost)
    worth = 12 if stored else without / (1 + rate)
    assert shadow(plan, "need", "G")[1] == pytest.approx(worth)


@pytest.mark.parametrize(
    ("oxide", "filled"), [(0.9, [0, 0, 0]), (2.0, [100, 0, 0]), (4.0, [100, 200, 0]), (6.0, [100, 200, 500])]
)
def test_steps_of_collection_are_filled_as_long_as_oxide_pays_them(oxide: float, filled: list[float]) -> None:
    """A tonne of used motors gives 0.2 t of oxide and costs 0.1 to open, so that it is worth 0.2 x oxide - 0.1: 0.08,
    0.3, 0.7 and 1.1 against steps at 0.1, 0.4 and 1.
    """
    plan = make_plan(collecting([("magnets", "CHN", "magnet", 50.0), ("oxides", "CHN", "oxide", oxide)]))
    collected = [decided(plan, "collect", "motor", step)[0] for step in ("first", "second", "third")]
    assert collected == filled
    assert decided(plan, "buy", "oxides:oxide") == [1250 - 0.2 * sum(filled)]
    at = np.dot(filled, [0.1, 0.4, 1.0])
    assert paid(plan, "collection") == pytest.approx(at)
    assert plan.cost == pytest.approx(oxide * 1250 - sum(filled) * (0.2 * oxide - 0.1) + at)


def test_the_last_step_is_filled_as_far_as_there_is_need() -> None:
    """30 t of oxide, 24 magnets, take 150 t of used motors: the whole first step and 50 t of the second, which sets the
    worth of a tonne of oxide at (0.4 + 0.1) / 0.2 = 2.5.
    """
    plan = make_plan(collecting([], {"motor": {"need": 24.0}}))
    assert [decided(plan, "collect", "motor", step)[0] for step in ("first", "second", "third")] == [100, 50, 0]
    assert plan.cost == pytest.approx(10 + 20 + 15)
    assert shadow(plan, "balance", "oxide|home") == pytest.approx([2.5])


def collecting(offers: list[tuple[str, str, str, float]], need: Mapping[str, Any] | None = None) -> Case:
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 1000.0},
        "recycling": {"counts": {"leach_used": 1.0}, "standing": 1000.0, "variable": 0.1},
    }
    return small_case(
        [2025], {**MAKE, "leach_used": {"used_motors": -1.0, "oxide": 0.2}}, plants,
        need or {"motor": {"need": 1000.0}}, offers, decided=[], used={"motor": "used_motors"},
        arising={"motor": 1000.0}, steps=[("first", 0.1, 0.1), ("second", 0.2, 0.4), ("third", 0.5, 1.0)],
    )  # fmt: skip


def test_swarf_returns_as_oxide_over_and_over() -> None:
    """A magnet takes 1.5 t of oxide and leaves 0.25 t of swarf, 0.2 t of oxide. Bought oxide B makes
    B/1.5 (1 + 0.2/1.5 + (0.2/1.5)^2 + ...) = B/1.3: 130 t for 100, not 150.
    """
    processes = {"make": {"oxide": -1.5, "magnet": 1.0, "swarf": 0.25}, "leach_swarf": {"swarf": -1.0, "oxide": 0.8}}
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 200.0},
        "recycling": {"counts": {"leach_swarf": 1.0}, "standing": 200.0, "variable": 0.4},
    }
    case = small_case([2025], processes, plants, NEED, [OXIDES], decided=[])
    plan = make_plan(case)
    assert decided(plan, "buy", "oxides:oxide") == [130]
    assert decided(plan, "run", "leach_swarf|foreign") == [25]
    assert decided(plan, "run", "leach_swarf|home") == [0]
    assert plan.cost == pytest.approx(130 * 4 + 25 * 0.4)
    assert shadow(plan, "balance", "swarf|foreign") == pytest.approx([0.8 * 4 - 0.4])
    assert shadow(plan, "need", "G") == pytest.approx([1.5 * 4 - 0.25 * 2.8])


@pytest.mark.parametrize(("most", "separated"), [(100.0, 50), (0.0, 0), (1000.0, 125)])
def test_what_a_by_product_fetches_pays_for_separation_as_far_as_it_is_sold(most: float, separated: float) -> None:
    """Oxide at home costs 4.3 against 4, but turns out 2 t of cerium a tonne at 0.3: it pays while cerium is sold."""
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 200.0},
        "separation": {"counts": {"separate": 1.0}, "standing": 200.0, "variable": 0.3},
    }
    case = small_case(
        [2025], {**MAKE, "separate": {"ore": -2.0, "oxide": 1.0, "cerium": 2.0}}, plants, NEED, [OXIDES],
        traded={"ore": 2.0, "cerium": 0.3}, sale_limit=most, decided=[],
    )  # fmt: skip
    plan = make_plan(case)
    assert decided(plan, "run", "separate") == [separated]
    assert decided(plan, "sell", "cerium") == ([2 * separated] if most else [0])
    assert paid(plan, "sales") == pytest.approx(-0.6 * separated)
    assert plan.cost == pytest.approx(500 - (0.6 - 0.3) * separated)


def test_a_by_product_that_nobody_wants_is_paid_for() -> None:
    """A price of -0.1: 2 t a tonne add 0.2 to the cost of oxide."""
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 200.0},
        "separation": {"counts": {"separate": 1.0}, "standing": 200.0},
    }
    case = small_case(
        [2025], {**MAKE, "separate": {"ore": -1.0, "oxide": 1.0, "thorium": 2.0}}, plants, NEED,
        traded={"ore": 2.0, "thorium": -0.1}, decided=[],
    )  # fmt: skip
    plan = make_plan(case)
    assert plan.cost == pytest.approx(125 * 2.2)
    assert "thorium" not in plan.decisions["sell"]["material"].values


def test_a_lease_bounds_what_is_mined() -> None:
    """30 t of oxide at 1.6, the rest bought: one tonne more of the lease would save 2.4."""
    plants = {"magnets": {"counts": {"make": 1.0}, "standing": 200.0},
              "separation": {"counts": {"separate": 1.0}, "standing": 200.0, "variable": 0.5}}  # fmt: skip
    plan = make_plan(
        small_case([2025], CHAIN, plants, NEED, [OXIDES], traded={"ore": 1.0}, limits={"separate": 30.0}, decided=[])
    )
    assert decided(plan, "run", "separate") == [30]
    assert plan.cost == pytest.approx(30 * 1.6 + 95 * 4)
    both = shadow(plan, "limit", "separate")[0] + shadow(plan, "local_limit", "separate")[0]
    assert both == pytest.approx(-2.4)


def test_what_is_left_over_goes_abroad_at_its_price() -> None:
    """Home oxide costs 1.6 and fetches 5 abroad, where 40 t are wanted, so that 15 t are bought back at 4."""
    plants = {"magnets": {"counts": {"make": 1.0}, "standing": 200.0},
              "separation": {"counts": {"separate": 1.0}, "standing": 150.0, "variable": 0.5}}  # fmt: skip
    plan = make_plan(small_case([2025], CHAIN, plants, NEED, [OXIDES], traded={"ore": 1.0}, decided=[],
                                export={"oxide": 40.0}, reference={"oxide": 5.0}))  # fmt: skip
    assert sum(decided(plan, "export", "oxide|home")) == pytest.approx(40)
    assert sum(decided(plan, "export", "oxide|foreign")) == 0
    assert decided(plan, "run", "separate") == [150]
    assert plan.cost == pytest.approx(150 * 1.6 + 15 * 4 - 200)


# -- two colours


def two_colours(separation: float = 6.0, **more: Any) -> Case:
    """Return a case where oxide of home ore costs ``separation`` a tonne and there are plants for all."""
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 200.0},
        "separation": {"counts": {"separate": 1.0}, "standing": 200.0},
    }
    return small_case(
        [2025, 2026], {**MAKE, "separate": {"ore": -1.0, "oxide": 1.0}}, plants, NEED, [MAGNETS, OXIDES],
        traded={"ore": separation}, decided=[], **KEEP, **more,
    )  # fmt: skip


def test_half_the_chain_at_home_while_the_rest_runs_on_foreign_oxide() -> None:
    """From 2026 half of the magnets are of home oxide at 6, the rest of bought at 4, in the same plants. A tonne more
    of the floor costs 1.25 x 2 = 2.5.
    """
    plan = asked(two_colours(), "chain-self-reliance", "0.5@2026")
    assert decided(plan, "run", "make|home") == [0, 50]
    assert decided(plan, "run", "make|foreign") == [100, 50]
    assert decided(plan, "run", "separate") == [0, 62.5]
    assert decided(plan, "deliver", "magnet|home") == [0, 50]
    assert plan.cost == pytest.approx(500 + 62.5 * 6 + 62.5 * 4)
    (rows,) = plan.formulation.required.values()
    assert plan.solution.duals[rows[rows >= 0]].sum() == pytest.approx(2.5)


def test_magnets_of_home_make_are_not_of_a_home_chain() -> None:
    """All magnets are made at home either way: the floor of the rung costs nothing, that of the chain does."""
    assert asked(two_colours(), "self-reliance", "magnet=1@2025").cost == pytest.approx(1000)
    assert asked(two_colours(), "chain-self-reliance", "1@2025").cost == pytest.approx(1500)


def colours_that_meet() -> Case:
    """Return a case where a magnet takes Nd that is separated at home and Dy that nobody at home makes."""
    processes = {"make": {"oxide": -1.0, "dy": -0.1, "magnet": 1.0}, "separate": {"ore": -1.0, "oxide": 1.0}}
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 200.0},
        "separation": {"counts": {"separate": 1.0}, "standing": 200.0},
    }
    return small_case(
        [2025], processes, plants, NEED, [("dysprosium", "CHN", "dy", 50.0)], traded={"ore": 2.0}, decided=[]
    )  # fmt: skip


def test_home_goods_pass_for_foreign() -> None:
    """100 t of home oxide, recoloured, with 10 t of foreign Dy: 200 + 500. The magnets are foreign."""
    plan = make_plan(colours_that_meet())
    assert decided(plan, "recolour", "oxide|home") == [100]
    assert decided(plan, "deliver", "magnet|foreign") == [100]
    assert decided(plan, "deliver", "magnet|home") == [0]
    assert plan.cost == pytest.approx(700)


def test_foreign_goods_never_pass_for_home() -> None:
    with pytest.raises(NotOptimalError, match="The solver says 'Infeasible' of the plan"):
        asked(colours_that_meet(), "chain-self-reliance", "0.01@2025")


# -- going without


def test_what_is_short_goes_where_it_is_worth_most() -> None:
    """60 t for two makers of 50. A third of what motors need can be saved at 12 a tonne; going without costs 50 there
    and 30 in pumps. So 15 t are saved and pumps lack 25: 600 + 180 + 750, and a tonne more is worth 30 - 10.
    """
    need = {
        "motor": {"need": 50.0, "without": 50.0, "substitute": 0.3, "premium": 12.0},
        "pump": {"need": 50.0, "without": 30.0},
    }
    plan = make_plan(small_case([2025], MAKE, IDLE, need, [MAGNETS], import_limits={"magnets": 60.0}))
    assert decided(plan, "substitute", "motor") == [15]
    assert decided(plan, "substitute", "pump") == [0]
    assert decided(plan, "unmet", "motor") == [0]
    assert decided(plan, "unmet", "pump") == [25]
    assert plan.cost == pytest.approx(1530)
    assert {name: paid(plan, name) for name in ("purchases", "substitution", "going without")} == pytest.approx(
        {"purchases": 600, "substitution": 180, "going without": 750}
    )
    assert shadow(plan, "import_limit", "magnets") == pytest.approx([-20])


def test_goods_that_lack_one_grade_lack_all() -> None:
    """A motor takes 3 t of G and 1 t of H, of which there is none: it is not built, and its G is not bought."""
    case = small_case(
        [2025], {"make": {"oxide": -1.0, "magnet": 1.0}}, IDLE, {"motor": {"need": 75.0, "without": 40.0}},
        [MAGNETS], slots={"magnet": "G", "other": "H"},
    )  # fmt: skip
    both = np.concatenate([case.need.need[:, :1], case.need.need[:, :1] / 3], axis=1)
    plan = make_plan(replace(case, need=replace(case.need, need=both)))
    assert decided(plan, "unmet", "motor") == [100]
    assert decided(plan, "buy", "magnets:magnet") == [0]
    assert plan.cost == pytest.approx(4000)


@pytest.mark.parametrize(("later", "away"), [(50.0, [30, 15]), (1000.0, [0, 0])])
def test_what_is_designed_away_in_a_dear_year_stays_so(later: float, away: list[float]) -> None:
    """Designing away costs 45 a tonne less than magnets at 60, and 5 more than magnets at 10. Of 100 t in the dear year
    a tonne designed away is half a tonne of 50 t in the next: 45 saved, 2.5 lost, so all that can be is, three tenths
    in both. Where 1000 t follow it is 10 t: 50 lost, and nothing is."""
    need = {"motor": {"need": [100.0, later], "without": 200.0, "substitute": 0.3, "premium": 15.0}}
    offers = [("magnets", "CHN", "magnet", [60.0, 10.0])]
    plan = make_plan(small_case([2025, 2026], MAKE, IDLE, need, offers))
    assert decided(plan, "substitute", "motor") == away
    assert certificate(plan).holds


def test_need_and_substitutes_together_are_no_more_than_the_need() -> None:
    """Going without is cheaper than a magnet, a design without cheaper still, for 30 % of the need."""
    need = {"motor": {"need": 100.0, "without": 8.0, "substitute": 0.3, "premium": 5.0}}
    plan = make_plan(small_case([2025], MAKE, IDLE, need, [MAGNETS]))
    assert (decided(plan, "substitute", "motor"), decided(plan, "unmet", "motor")) == ([30], [70])
    assert plan.cost == pytest.approx(150 + 560)


def test_no_product_lacks_more_than_it_needs() -> None:
    """Of A 15 t are saved at 5 and the other 35 t lack at 8; B, which lacks at 100, buys its 50 t at 10."""
    need = {
        "a": {"need": 50.0, "without": 8.0, "substitute": 0.3, "premium": 5.0},
        "b": {"need": 50.0, "without": 100.0},
    }
    plan = make_plan(small_case([2025], MAKE, IDLE, need, [MAGNETS]))
    assert (decided(plan, "substitute", "a"), decided(plan, "unmet", "a")) == ([15], [35])
    assert plan.cost == pytest.approx(15 * 5 + 35 * 8 + 500)


# -- buying


def test_a_limit_of_an_offer_is_of_all_it_sells() -> None:
    """110 t of oxide and magnets together for a need of 100: 60 t of magnets, and 50 t of oxide for 40 more."""
    offers = [("all", "CHN", "magnet", 10.0), ("all", "CHN", "oxide", 4.0)]
    plan = make_plan(
        small_case([2025], MAKE, magnets(standing=200.0), NEED, offers, decided=[], import_limits={"all": 110.0})
    )
    assert decided(plan, "buy", "all:magnet") == [60]
    assert decided(plan, "buy", "all:oxide") == [50]
    assert plan.cost == pytest.approx(600 + 200)


def test_what_was_made_while_it_could_be_is_kept_for_later() -> None:
    """The plant stands in 2025 alone. A magnet made then costs 5, and 2 to keep, against 10."""
    plants = magnets(standing=np.array([200.0, 0.0]))
    case = small_case([2025, 2026], MAKE, plants, NEED, [MAGNETS, OXIDES], decided=[], holding=0.2,
                      reference={"magnet": 10.0, "oxide": 4.0})  # fmt: skip
    plan = make_plan(case)
    assert decided(plan, "store", "magnet|foreign") == [100, 0]
    assert plan.cost == pytest.approx(2 * 500 + 200)


def test_of_plans_that_cost_the_same_the_one_with_most_of_the_home_chain_is_taken() -> None:
    """Oxide of 5 t of home ore at 0.8 costs 4, as bought: it is taken, though more is run for it."""
    plants = {
        "magnets": {"counts": {"make": 1.0}, "standing": 200.0},
        "separation": {"counts": {"separate": 1.0}, "standing": 1000.0},
    }
    case = small_case([2025], {**MAKE, "separate": {"ore": -1.0, "oxide": 0.2}}, plants, NEED, [OXIDES],
                      traded={"ore": 0.8}, decided=[])  # fmt: skip
    plan = make_plan(case)
    assert decided(plan, "deliver", "magnet|home") == [100]
    assert plan.cost == pytest.approx(500)


# -- money of policies


def subsidised(**figures: Any) -> Case:
    """Return plants of 24 a tonne, of 4 years of life in a plan of 4, that save 5 a year: 20, too little."""
    return home(4, capital=24.0, life=4.0, policies=[policy("capital_subsidy", **figures)])


@pytest.mark.parametrize(
    ("figures", "build", "cost"),
    [
        ({"share": 0.25}, 100, 100 * (24 - 6) + 2000),
        ({"share": 0.25, "cap": 5.0}, 100, 100 * (24 - 5) + 2000),
        ({"share": 0.25, "cap": 3.0}, 0, 4000),
        ({"share": 0.1}, 0, 4000),
        ({"share": 0.25, "quantity": 40.0}, 40, 40 * (18 + 20) + 60 * 40),
        ({"share": 0.25, "total": 300.0}, 50, 50 * (18 + 20) + 50 * 40),
        ({"share": 0.25, "first": 2026.0}, 0, 4000),
        ({"share": 0.25, "first": 2025.0, "last": 2025.0}, 100, 3800),
        ({"share": 0.25, "last": 2024.0}, 0, 4000),
    ],
)
def test_a_subsidy_of_capital_within_its_caps(figures: Mapping[str, float], build: float, cost: float) -> None:
    """A quarter of 24 is 6: what is paid for costs 18 and saves 20. Capped at 5 it costs 19, at 3 it costs 21."""
    plan = make_plan(
        subsidised(**{"share": np.full(4, figures["share"]), **{k: v for k, v in figures.items() if k != "share"}}),
        view=INVESTOR,
    )
    assert decided(plan, "build", "magnets") == [build]
    assert plan.cost == pytest.approx(cost)
    assert paid(plan, "subsidies") == pytest.approx(-min(6, figures.get("cap", 6)) * build)
    assert float(spending(plan.case, plan.decisions, INVESTOR).sum()) == pytest.approx(cost)


def test_a_subsidy_does_not_pay_for_plants_that_nobody_runs() -> None:
    """A plant of 24 a tonne that lives 40 years is charged 2.4 in a plan of 4 years, and saves 20 as far as magnets are
    needed. A quarter of its capital, 6, must not make it pay to build more than that and let it stand.
    """
    case = home(4, capital=24.0, life=40.0, policies=[policy("capital_subsidy", share=np.full(4, 0.25))])
    assert decided(make_plan(case, view=INVESTOR), "build", "magnets") == [100]


def rewarded(**figures: Any) -> Case:
    """Return plants for 100 t that stand; making costs 12 a tonne against 10 for buying."""
    incentive = policy("output_incentive", **figures)
    return home(2, first=0, standing=100.0, policies=[incentive], offers=[MAGNETS, (*OXIDES[:3], 9.6)])


@pytest.mark.parametrize(
    ("figures", "runs", "cost"),
    [
        ({"per_tonne": 3.0}, [100, 100], 2 * 900),
        ({"per_tonne": 1.5}, [0, 0], 2000),
        ({"per_tonne": 3.0, "sales_share": 0.25}, [100, 100], 2 * 950),
        ({"per_tonne": 3.0, "sales_share": 0.15}, [0, 0], 2000),
        ({"per_tonne": 3.0, "sales_share": 0.5}, [100, 100], 2 * 900),
        ({"per_tonne": 3.0, "quantity": 60.0}, [60, 60], 2 * (60 * 9 + 400)),
        ({"per_tonne": 3.0, "total": 450.0}, [150], 2000 - 150),
        ({"per_tonne": 3.0, "first": 2026.0}, [0, 100], 1000 + 900),
        ({"per_tonne": 3.0, "last": 2025.0}, [100, 0], 900 + 1000),
        ({"per_tonne": 3.0, "first": 2027.0}, [0, 0], 2000),
    ],
)
def test_an_incentive_for_output_within_its_caps(figures: Mapping[str, float], runs: list[float], cost: float) -> None:
    """3 a tonne brings 12 down to 9. A quarter of sales at 10 is 2.5: 9.5 a tonne; 0.15 is 1.5, too little. 450 in all
    pay for 150 t.
    """
    plan = make_plan(rewarded(**figures), view=INVESTOR)
    made = decided(plan, "run", "make|foreign")
    assert (made if len(runs) == 2 else [sum(made)]) == pytest.approx(runs)
    assert plan.cost == pytest.approx(cost)
    assert float(spending(plan.case, plan.decisions, INVESTOR).sum()) == pytest.approx(cost)


def test_of_an_awarded_block_an_incentive_rewards_what_the_block_can_make() -> None:
    """The block is 40 of 140 t that stand: 40 t a year at 9, the rest bought."""
    incentive = policy("output_incentive", per_tonne=3.0, block=BLOCK)
    offers = [MAGNETS, (*OXIDES[:3], 9.6)]
    case = home(2, first=0, standing=100.0, awarded=40.0, policies=[incentive], offers=offers, capital=0.0)
    plan = make_plan(case, view=INVESTOR)
    assert decided(plan, "run", "make|foreign") == [40, 40]
    assert plan.cost == pytest.approx(2 * (40 * 9 + 600))


def test_closing_what_was_awarded_saves_no_more_than_it_cost() -> None:
    """50 t of nameplate that give as much as 100 t of other plants (a project runs more of the year than its kind)."""
    case = home(1, first=0, awarded=100.0, capital=20.0, fixed=0.3)
    case = replace(case, plants=replace(case.plants, awarded_online=case.plants.awarded_online / 2))
    assert paid(make_plan(case), "fixed") >= 0


@pytest.mark.parametrize(
    "make", [lambda: subsidised(share=np.full(4, 0.25)), lambda: rewarded(per_tonne=3.0)], ids=["capital", "output"]
)
def test_in_the_national_view_what_the_treasury_gives_changes_nothing(make: Callable[[], Case]) -> None:
    case = make()
    plan, without = make_plan(case), make_plan(replace(case, policies=()))
    assert plan.cost == pytest.approx(without.cost)
    assert plan.decisions.equals(without.decisions)
    assert make_plan(case, view=INVESTOR).cost < plan.cost - 1


def test_duty_weighs_on_the_investor_alone() -> None:
    """Made at 10.5 against 10 bought, or 11 with duty."""
    case = home(1, first=0, standing=100.0, offers=[MAGNETS, (*OXIDES[:3], 0.0)], variable=10.5, duty=0.1)
    assert decided(make_plan(case), "run", "make|foreign") == [0]
    investor = make_plan(case, view=INVESTOR)
    assert decided(investor, "run", "make|foreign") == [100]
    assert paid(investor, "duties") == 0
    bought = make_plan(replace(case, plants=replace(case.plants, standing=0 * case.plants.standing)), view=INVESTOR)
    assert paid(bought, "duties") == pytest.approx(100)
    assert bought.cost == pytest.approx(1100)


@pytest.mark.parametrize(("view", "cost"), [("national", 3050), (INVESTOR, 3000)])
def test_a_public_stock_is_held_in_its_years_whoever_pays(view: str, cost: float) -> None:
    """13 weeks of 100 t: 25 t in 2026 alone, at 10 and a fifth of it to keep; they are used up in 2027. The treasury
    pays an investor 250 + 50 and has 250 back.
    """
    stock = policy("public_stock", weeks=13.0, first=2026.0, last=2026.0)
    case = small_case(
        range(2025, 2028), MAKE, IDLE, NEED, [MAGNETS], policies=[stock], holding=0.2, reference={"magnet": 10.0}
    )
    plan = make_plan(case, view=view)
    assert decided(plan, "store", "magnet|bought") == [0, 25, 0]
    assert decided(plan, "buy", "magnets:magnet") == [100, 125, 75]
    assert plan.cost == pytest.approx(cost)


# -- requirements


def test_no_origin_sells_more_than_its_share() -> None:
    """From 2026 30 t come from where they cost 10 and 70 t from where they cost 12."""
    case = small_case([2025, 2026], MAKE, IDLE, NEED, [MAGNETS, ("others", "JPN", "magnet", 12.0)], **KEEP)
    plan = asked(case, "max-share", "CHN.magnet=0.3@2026")
    assert decided(plan, "buy", "magnets:magnet") == [100, 30]
    assert decided(plan, "buy", "others:magnet") == [0, 70]
    assert plan.cost == pytest.approx(1000 + 300 + 840)
    (rows,) = plan.formulation.required.values()
    assert plan.solution.duals[rows[rows >= 0]].sum() == pytest.approx(-2)


def test_what_is_made_at_home_makes_an_origin_smaller() -> None:
    """50 t are made at home whatever happens, of oxide from elsewhere; half of all may come from one origin."""
    offers = [MAGNETS, ("others", "JPN", "magnet", 30.0), ("oxides", "AUS", "oxide", 4.0)]
    plan = asked(home(1, first=0, standing=50.0, offers=offers), "max-share", "CHN=0.5@2025")
    assert decided(plan, "buy", "magnets:magnet") == [50]
    tighter = asked(home(1, first=0, standing=50.0, offers=offers), "max-share", "CHN=0.4@2025")
    assert decided(tighter, "buy", "magnets:magnet") == [40]
    assert decided(tighter, "buy", "others:magnet") == [10]


def test_a_ceiling_of_all_rungs_holds_on_each() -> None:
    """Oxide of the one origin is bound too: half of 125 t."""
    offers = [MAGNETS, OXIDES, ("australian", "AUS", "oxide", 5.0)]
    plan = asked(home(1, first=0, standing=100.0, offers=offers), "max-share", "CHN=0.5@2025")
    assert decided(plan, "buy", "oxides:oxide") == [62.5]
    assert decided(plan, "buy", "australian:oxide") == [62.5]
    free = asked(home(1, first=0, standing=100.0, offers=offers), "max-share", "CHN.magnet=0.5@2025")
    assert decided(free, "buy", "oxides:oxide") == [125]


def test_a_floor_of_a_rung_binds_that_rung() -> None:
    """Magnets hold 0.3, oxide 0.8; a magnet asks the rung of oxides for 1.0. 0.6 of magnets are 60 t; 0.4 of oxides are
    0.4 x 100 x 1.0 / 0.8 = 50 t of home oxide at 6 instead of 4.
    """
    content = {"holds": {"magnet": 0.3, "oxide": 0.8}, "rung_need": {"magnet": 0.3, "separation": 1.0}}
    plan = asked(two_colours(**content), "self-reliance", "separation=0.4@2026")
    assert decided(plan, "run", "separate") == [0, 50]
    assert plan.cost == pytest.approx(1000 + 50 * 2)
    (rows,) = plan.formulation.required.values()
    assert plan.solution.duals[rows[rows >= 0]].sum() == pytest.approx(2 / 0.8)
    bought = small_case(
        [2025, 2026],
        MAKE,
        magnets(standing=200.0, variable=7.0),
        NEED,
        [MAGNETS, OXIDES],
        decided=[],
        **content,
        **KEEP,
    )
    plan = asked(bought, "self-reliance", "magnet=0.6@2026")
    assert decided(plan, "run", "make|foreign") == [0, 60]
    assert plan.cost == pytest.approx(1000 + 60 * 12 + 400)


def test_goods_without_rare_earths_need_no_floor_and_goods_not_built_do() -> None:
    """Magnets cannot be made for more than 50 t. A floor of 0.6 asks for 60 of 100, or for 50 of the 83.33 that are
    left when designs without rare earths save 16.67; leaving goods unbuilt does not help.
    """
    need = {"motor": {"need": 100.0, "without": 20.0, "substitute": 0.3, "premium": 100.0}}
    case = small_case([2025], MAKE, magnets(standing=50.0, variable=7.0), need, [MAGNETS, OXIDES], decided=[])
    plan = asked(case, "self-reliance", "magnet=0.6@2025")
    assert decided(plan, "substitute", "motor") == pytest.approx([100 - 50 / 0.6])
    assert decided(plan, "unmet", "motor") == [0]
    assert decided(asked(case, "chain-self-reliance", "0@2025"), "substitute", "motor") == [0]


def test_weeks_of_stock_are_there_at_the_end_of_each_year() -> None:
    """26 weeks are 50 t, bought in 2026 and kept: 1000 + 1500 + 1000, and 100 a year for keeping."""
    case = small_case([2025, 2026, 2027], MAKE, IDLE, NEED, [MAGNETS], holding=0.2, reference={"magnet": 10.0})
    plan = asked(case, "stock-weeks", "26@2026")
    assert decided(plan, "store", "magnet|bought") == [0, 50, 50]
    assert decided(plan, "buy", "magnets:magnet") == [100, 150, 100]
    assert plan.cost == pytest.approx(3500 + 200)


def test_a_share_is_won_back_from_used_goods() -> None:
    """0.15 of the 100 t that the rung of oxides has to hand on are 15 t, in 15 / 0.8 = 18.75 t of oxide of 93.75 t of
    used motors, at 3 + 0.1 a tonne instead of 18.75 t bought at 4.
    """
    case = small_case(
        [2025], {**MAKE, "leach_used": {"used_motors": -1.0, "oxide": 0.2}},
        {"magnets": {"counts": {"make": 1.0}, "standing": 100.0},
         "recycling": {"counts": {"leach_used": 1.0}, "standing": 1000.0, "variable": 0.1}},
        NEED, [OXIDES], decided=[], used={"motor": "used_motors"}, arising={"motor": 1000.0},
        steps=[("only", 0.5, 3.0)], holds={"oxide": 0.8}, rung_need={"separation": 1.0, "magnet": 0.3},
    )  # fmt: skip
    plan = asked(case, "recycled-share", "0.15@2025")
    assert decided(plan, "run", "leach_used") == [93.75]
    assert decided(plan, "buy", "oxides:oxide") == [125 - 18.75]
    assert plan.cost == pytest.approx(93.75 * 3.1 + 106.25 * 4)
    (rows,) = plan.formulation.required.values()
    assert plan.solution.duals[rows[rows >= 0]].sum() == pytest.approx((3.1 / 0.2 - 4) / 0.8)


def test_oxide_of_swarf_is_not_won_back_from_used_goods_nor_made_anew() -> None:
    """Swarf gives 20 t of oxide, of oxide that was made before: it counts for neither floor."""
    processes = {
        "make": {"oxide": -1.5, "magnet": 1.0, "swarf": 0.25}, "leach_swarf": {"swarf": -1.0, "oxide": 0.8},
        "separate": {"ore": -1.0, "oxide": 1.0},
    }  # fmt: skip
    plants = {
        name: {"counts": {process: 1.0}, "standing": 300.0}
        for name, process in (("magnets", "make"), ("recycling", "leach_swarf"), ("separation", "separate"))
    }
    case = small_case([2025], processes, plants, NEED, [OXIDES], traded={"ore": 6.0}, decided=[],
                      rung_need={"separation": 1.3, "magnet": 1.0})  # fmt: skip
    plan = asked(case, "self-reliance", "separation=0.5@2025")
    assert decided(plan, "run", "separate") == pytest.approx([65])
    with pytest.raises(NotOptimalError, match="Infeasible"):
        asked(case, "recycled-share", "0.01@2025")


# -- regions


def test_goods_are_made_where_it_is_cheap_and_carried_where_they_are_needed() -> None:
    """From the port a tonne costs 0.2 to the west and 3 to the east; between them 1. All need is in the east and plants
    stand in the west: 125 t of oxide land there, and 100 t of magnets go east: 100 (5 + 1) + 25; bought: 1000 + 120.
    """
    case = in_regions(home(1, first=0, standing=100.0), {"west": 0.5, "east": 0.5}, 1.0, {"west": 0.2, "east": 3.0})
    need, standing = case.need.need.copy(), case.plants.standing.copy()
    need[:, :, 0], need[:, :, 1] = 0.0, 100.0
    standing[:, 0], standing[:, 1] = 100.0, 0.0
    case = replace(case, need=replace(case.need, need=need), plants=replace(case.plants, standing=standing))
    plan = make_plan(case)
    shipped = plan.decisions["ship"].sel(ship_from="west", ship_to="east").sum("good").values
    assert shipped == pytest.approx([100])
    assert plan.decisions["run"].sel(region="west").sum("activity").values == pytest.approx([100])
    assert paid(plan, "freight") == pytest.approx(125)
    assert plan.cost == pytest.approx(625)


def test_a_process_runs_where_its_lease_lies() -> None:
    """All ore is in the west, where 0.75 of the limit of 80 t may be taken, and the rest in the east."""
    plants = {"magnets": {"counts": {"make": 1.0}, "standing": 200.0},
              "separation": {"counts": {"separate": 1.0}, "standing": 200.0}}  # fmt: skip
    whole = small_case([2025], {**MAKE, "separate": {"ore": -1.0, "oxide": 1.0}}, plants, NEED, [OXIDES],
                       traded={"ore": 1.0}, limits={"separate": 80.0}, decided=[])  # fmt: skip
    case = in_regions(whole, {"west": 0.5, "east": 0.5}, 0.1, {"west": 0.0, "east": 0.0})
    plan = make_plan(replace(case, region_share={"separate": np.array([0.75, 0.25])}))
    assert plan.decisions["run"].sel(activity="separate", year=2025).values == pytest.approx([60, 20])
    alone = make_plan(replace(case, region_share={"separate": np.array([1.0, 0.0])}))
    assert alone.decisions["run"].sel(activity="separate", year=2025).values == pytest.approx([80, 0])


def test_a_market_abroad_is_one_however_many_regions_sell_there() -> None:
    """40 t of oxide are wanted abroad, from both regions together."""
    plants = {"magnets": {"counts": {"make": 1.0}, "standing": 200.0},
              "separation": {"counts": {"separate": 1.0}, "standing": 300.0}}  # fmt: skip
    whole = small_case([2025], CHAIN, plants, NEED, [OXIDES], traded={"ore": 1.0}, decided=[],
                       export={"oxide": 40.0}, reference={"oxide": 5.0})  # fmt: skip
    apart = in_regions(whole, {"west": 0.5, "east": 0.5}, 0.0, {"west": 0.0, "east": 0.0})
    for case in (whole, apart):
        assert decided(make_plan(case), "export", "oxide|home") == [40]


def test_regions_without_distance_are_one_country() -> None:
    case = two_stages()
    apart = in_regions(case, {"west": 0.3, "east": 0.7}, 0.0, {"west": 0.0, "east": 0.0})
    assert make_plan(apart).cost == pytest.approx(make_plan(case).cost)
