"""Whole plants: the plan beside the enumeration of every way to open plants, by hand, checked and played again."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.linear.solve import NotOptimalError, solve, solve_whole
from chumbak.plan import account
from chumbak.plan.case import INVESTOR, NATIONAL, Case
from chumbak.plan.certificate import certificate
from chumbak.plan.formulate import formulate
from chumbak.plan.plants import Plants
from chumbak.plan.recheck import take
from chumbak.plan.recheck_asked import yearly_costs
from chumbak.plan.replay import replay
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan, make_plan, make_whole_plan, with_openings
from chumbak.plan.whole import pieces
from tests.plan.small import decided, in_regions, policy, small_case

YEARS = (2025, 2026, 2027, 2028)
MAKE = {"make": {"oxide": -1.0, "magnet": 1.0}}
MAGNETS, OXIDES = ("magnets", "CHN", "magnet", 10.0), ("oxides", "CHN", "oxide", 2.0)
SURE = 1e-7  # the gap of plans that are held against an enumeration


def works(need: float = 100.0, first: int = 1, *, more: dict[str, Any] | None = None, **figures: Any) -> Case:
    """Return a case where a magnet costs 10 bought, and 2 of oxide and the plant's capital made at home."""
    usual: dict[str, Any] = {"counts": {"make": 1.0}, "capital": 8.0, "life": 4.0}
    return small_case(YEARS, MAKE, {"works": usual | figures}, {"motor": {"need": need}}, [MAGNETS, OXIDES],
                      decided=YEARS[:first], **(more or {}))  # fmt: skip


def opened(plan: Plan) -> list[tuple[int, int, float, float]]:
    """Return (piece, decided, plants opened, their capacity) of the one kind of plant, the country together."""
    number, tonnes = (plan.decisions[name].sum("region").values[0] for name in ("opened", "sized"))
    return [(int(piece), YEARS[at], float(number[piece, at]), round(float(tonnes[piece, at]), 6))
            for piece, at in np.argwhere(number > 0)]  # fmt: skip


# -- what one plant costs


def of_sizes(**figures: Any) -> Plants:
    return works(**figures).plants


def test_the_cost_of_a_plant_is_that_of_its_scale_at_the_ends_of_its_pieces() -> None:
    """8 a tonne at 100 t, exponent 0.5: a plant of 25 t costs 8 x 100 x 0.5 = 400, of 400 t 1,600, each straight from
    or to 800 at 100 t."""
    found = pieces(of_sizes(least=25.0, reference=100.0, scale=0.5, most=400.0))
    assert found.slope[0] == pytest.approx([400 / 75, 800 / 300])
    assert found.opening[0] == pytest.approx([400 - 25 * 400 / 75, 800 - 100 * 800 / 300])
    assert (found.least[0].tolist(), found.most[0].tolist()) == ([25.0, 100.0], [100.0, 400.0])
    for size, cost in ((25.0, 400.0), (100.0, 800.0)):
        assert found.opening[0, 0] + found.slope[0, 0] * size == pytest.approx(cost)
    assert found.opening[0, 1] + found.slope[0, 1] * 400 == pytest.approx(1600.0)


@pytest.mark.parametrize(
    ("figures", "least", "most", "opening", "slope"),
    [
        ({"least": 25.0}, 25.0, 25.0, 0.0, 8.0),  # no scale: plants of the smallest size, each tonne at the capital
        ({"least": 25.0, "reference": 100.0, "scale": 1.0}, 25.0, 100.0, 0.0, 8.0),  # in proportion, from 25 t on
        ({"least": 100.0, "reference": 100.0, "scale": 0.6}, 100.0, 100.0, 0.0, 8.0),  # one size
        ({"least": 400.0, "reference": 100.0, "scale": 0.5}, 400.0, 400.0, 0.0, 4.0),  # one size beyond the reference
    ],
)
def test_a_plant_of_one_piece(
    figures: dict[str, float], least: float, most: float, opening: float, slope: float
) -> None:
    found = pieces(of_sizes(**figures))
    assert found.most[0, 1] == 0
    assert (found.least[0, 0], found.most[0, 0]) == (least, most)
    assert found.opening[0, 0] == pytest.approx(opening, abs=1e-9)
    assert found.slope[0, 0] == pytest.approx(slope)


# -- plans worked out by hand


def test_a_need_below_the_smallest_plant_is_bought_where_that_is_cheaper() -> None:
    """10 t over 4 years at 8 more a tonne bought, 320; a plant of 50 t costs 50 x 8 = 400 and saves no more."""
    plan = make_whole_plan(works(10.0, least=50.0), gap=SURE)
    assert opened(plan) == []
    assert plan.cost == pytest.approx(10 * 10 * 4)
    assert make_plan(works(10.0, least=50.0)).cost == pytest.approx(10 * (2 * 4 + 8))


def test_a_plant_is_opened_whole_and_stands_half_idle() -> None:
    """30 t save 30 x 8 x 4 = 960, more than the 400 of a plant of 50 t."""
    plan = make_whole_plan(works(30.0, least=50.0), gap=SURE)
    assert opened(plan) == [(0, 2025, 1.0, 50.0)]
    assert decided(plan, "build", "works") == [50.0]
    assert plan.cost == pytest.approx(30 * 2 * 4 + 50 * 8)
    assert plan.whole is not None
    assert plan.whole.any_size == pytest.approx(30 * (2 * 4 + 8))


def test_a_plant_has_the_size_that_is_needed_and_costs_what_that_size_costs() -> None:
    """70 t, between 25 t at 400 and 100 t at 800: 400 + 45 x 400 / 75 = 640."""
    plan = make_whole_plan(works(70.0, least=25.0, reference=100.0, scale=0.5), gap=SURE)
    assert opened(plan) == [(0, 2025, 1.0, 70.0)]
    assert plan.cost == pytest.approx(70 * 2 * 4 + 640)
    assert account.committed(plan.case, plan.decisions).sum() == pytest.approx(640)


def test_a_large_plant_is_cheaper_than_in_proportion() -> None:
    """400 t at one place cost 1,600, half of what 400 t at 8 do."""
    case = works(400.0, least=25.0, reference=100.0, scale=0.5, most=400.0)
    plan = make_whole_plan(case, gap=SURE)
    assert opened(plan) == [(1, 2025, 1.0, 400.0)]
    assert plan.cost == pytest.approx(400 * 2 * 4 + 1600)
    assert plan.cost < make_plan(case).cost


def test_several_plants_are_opened_where_one_cannot_be_so_large() -> None:
    """170 t at most 100 t each: two plants, 85 t each by the mean, that cost as 100 t and 70 t do."""
    plan = make_whole_plan(works(170.0, least=25.0, reference=100.0, scale=0.5), gap=SURE)
    assert opened(plan) == [(0, 2025, 2.0, 170.0)]
    assert plan.cost == pytest.approx(170 * 2 * 4 + 800 + 640)


def test_opening_is_paid_from_the_budget() -> None:
    """A plant of 70 t costs 640: with 639 it is a little smaller, and the last tonnes are bought."""
    case = works(70.0, least=25.0, reference=100.0, scale=0.5, more={"budget": 600.0})
    plan = make_whole_plan(case, gap=SURE)
    assert account.committed(case, plan.decisions).sum() == pytest.approx(600.0)
    assert opened(plan) == [(0, 2025, 1.0, pytest.approx(70 - 40 * 75 / 400))]
    asked = make_whole_plan(replace(case, budget=None), (read_requirement("budget", "600@2025"),), gap=SURE)
    assert asked.cost == pytest.approx(plan.cost)


def test_fixed_cost_is_of_the_capital_paid_and_early_retirement_saves_it_by_the_tonne() -> None:
    """70 t in 2025 and 2026, none after: 640 of capital, 10 % a year of it. What goes saves 400 / 75 a tonne of it; the
    opening of 400 - 25 x 400 / 75 costs its keep to the end."""
    need = {"motor": {"need": [70.0, 70.0, 0.0, 0.0]}}
    figures = {"counts": {"make": 1.0}, "capital": 8.0, "life": 4.0, "fixed": 0.1, "least": 25.0, "reference": 100.0,
               "scale": 0.5}  # fmt: skip
    case = small_case(YEARS, MAKE, {"works": figures}, need, [("magnets", "CHN", "magnet", 100.0), OXIDES],
                      decided=YEARS[:1])  # fmt: skip
    plan = make_whole_plan(case, gap=SURE)
    opening = 400 - 25 * 400 / 75
    spent = account.spending(case, plan.decisions, NATIONAL).sel(term="fixed").values
    assert spent == pytest.approx([64.0, 64.0, 0.1 * opening, 0.1 * opening])
    assert certificate(plan).holds


def test_the_investor_is_subsidised_on_what_is_paid() -> None:
    """Half of the 640 of a plant of 70 t is subsidised, and of no more; the treasury pays the same."""
    case = works(70.0, least=25.0, reference=100.0, scale=0.5,
                 more={"policies": [policy("capital_subsidy", "works", share=np.full(4, 0.5))]})  # fmt: skip
    plan = make_whole_plan(case, view=INVESTOR, gap=SURE)
    assert float(plan.decisions["subsidy"].sum()) == pytest.approx(320.0)
    assert plan.cost == pytest.approx(70 * 2 * 4 + 320)
    assert float(account.treasury(case, plan.decisions)["paid"].sum()) == pytest.approx(320.0)
    assert certificate(plan).holds


# -- beside other ways


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case of two kinds of plant over three years, in one region or two."""
    years = (2025, 2026, 2027)
    plants = {}
    for name, process in (("magnets", "make"), ("separation", "separate")):
        least = draw(st.sampled_from([0.0, 10.0, 30.0, 60.0]))
        one: dict[str, Any] = {
            "counts": {process: 1.0}, "capital": draw(st.floats(1.0, 12.0)), "least": least,
            "life": draw(st.sampled_from([1.0, 2.0, 5.0])), "lead": draw(st.sampled_from([0.0, 0.5])),
            "fixed": draw(st.sampled_from([0.0, 0.1])), "standing": draw(st.sampled_from([0.0, 15.0])),
        }  # fmt: skip
        if draw(st.booleans()):
            one |= {"reference": draw(st.floats(20.0, 90.0)), "scale": draw(st.sampled_from([0.5, 0.7, 1.0]))}
            if draw(st.booleans()):
                one["most"] = max(least, draw(st.floats(30.0, 120.0)))
        plants[name] = one
    processes = {**MAKE, "separate": {"ore": -1.0, "oxide": 1.0}}
    need = {"motor": {"need": [draw(st.floats(5.0, 90.0)) for _ in years], "without": 60.0}}
    offers = [("magnets", "CHN", "magnet", draw(st.floats(4.0, 20.0))), ("oxides", "CHN", "oxide", 4.0)]
    case = small_case(years, processes, plants, need, offers, traded={"ore": 1.0}, decided=years[:2],
                      rate=draw(st.sampled_from([0.0, 0.08])))  # fmt: skip
    if draw(st.booleans()):
        case = in_regions(case, {"north": 0.4, "south": 0.6}, 1.0, {"north": 0.5, "south": 0.1})
    return case


def enumerated(case: Case, most: int = 2) -> float:
    """Return the least cost over every number of plants opened, up to ``most`` of each, by a linear programme each.

    One number a plant of the country in all is enumerated by its piece, region and year.
    """
    matrix = formulate(case, whole=True).program.matrix()
    numbers = np.flatnonzero(matrix.integer) if matrix.integer is not None else np.zeros(0, dtype=int)
    best = np.inf
    for counts in itertools.product(range(most + 1), repeat=len(numbers)):
        columns = np.zeros(len(matrix.cost))
        columns[numbers] = counts
        try:
            best = min(best, solve(with_openings(matrix, columns)).cost + matrix.offset)
        except NotOptimalError:
            continue
    return best


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([0.0, 20.0, 40.0]), st.floats(20.0, 60.0), st.sampled_from([0.5, 0.8]), st.floats(60.0, 100.0),
    st.lists(st.floats(5.0, 110.0), min_size=2, max_size=2), st.floats(3.0, 12.0), st.floats(2.0, 14.0),
)  # fmt: skip
def test_the_plan_is_the_best_of_every_way_to_open_plants(
    least: float, reference: float, scale: float, most: float, need: list[float], buying: float, capital: float
) -> None:
    """Two years, two decisions, two pieces: at most 3 ^ 4 ways; no more than two of a kind are of use."""
    years = (2025, 2026)
    plant = {"counts": {"make": 1.0}, "capital": capital, "life": 2.0, "least": least, "reference": reference,
             "scale": scale, "most": most, "fixed": 0.05}  # fmt: skip
    case = small_case(
        years, MAKE, {"works": plant}, {"motor": {"need": need}}, [("m", "CHN", "magnet", buying + 2), OXIDES]
    )
    plan = make_whole_plan(case, gap=SURE)
    assert plan.cost == pytest.approx(enumerated(case, 3 if least * 3 < max(need) else 2), rel=1e-6)
    assert certificate(plan).holds


@settings(max_examples=25, deadline=None)
@given(cases())
def test_every_rule_of_a_plan_of_whole_plants_is_kept_and_it_can_be_played_again(case: Case) -> None:
    plan = make_whole_plan(case, gap=SURE)
    found = certificate(plan)
    assert found.holds, found.broken
    assert plan.whole is not None
    assert plan.whole.bound <= plan.cost + 1e-6 * abs(plan.cost)
    again = replay(case, plan.decisions)
    assert again.cost == pytest.approx(plan.cost, rel=1e-4)
    assert certificate(again, given_builds=True).holds
    of_any_size = np.nanmax(np.where(np.isnan(case.plants.most), 0.0, case.plants.most / case.plants.reference))
    if not of_any_size > 1 and not np.any(case.plants.least > case.plants.reference):
        assert plan.cost >= plan.whole.any_size - 1e-6 * abs(plan.cost)  # no plant costs less a tonne than capital says


@settings(max_examples=20, deadline=None)
@given(cases())
def test_without_a_least_and_without_scale_it_is_the_plan_of_any_sizes(case: Case) -> None:
    nothing = np.full(len(case.plants.names), np.nan)
    plants = replace(case.plants, least=np.zeros(len(nothing)), reference=nothing, scale=nothing, most=nothing)
    plain = replace(case, plants=plants)
    assert formulate(plain, whole=True).program.matrix().integer is not None
    plan, other = make_whole_plan(plain, gap=SURE), make_plan(plain)
    assert plan.cost == pytest.approx(other.cost, rel=1e-9)
    np.testing.assert_allclose(plan.decisions["build"].values, other.decisions["build"].values, atol=1e-6)


def test_the_same_plan_comes_out_twice() -> None:
    case = works(170.0, 2, least=25.0, reference=100.0, scale=0.5, most=150.0)
    first, second = (make_whole_plan(case, gap=SURE) for _ in range(2))
    for name, values in first.decisions.items():
        assert values.values.tobytes() == second.decisions[name].values.tobytes()


def test_a_plan_is_played_with_the_plants_that_it_opened() -> None:
    """In a case whose smallest plant has become 60 t, the plant of 50 t still stands, and costs what it cost."""
    plan = make_whole_plan(works(30.0, least=50.0), gap=SURE)
    again = replay(works(20.0, least=60.0), plan.decisions)
    assert decided(again, "build", "works") == pytest.approx([50.0], abs=1e-3)
    assert again.cost == pytest.approx(20 * 2 * 4 + 50 * 8, rel=1e-4)
    assert certificate(again, given_builds=True).holds


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [("opened", 0.5, "whole_plants"), ("opened", 1.0, "size_least"), ("opened", -1.0, "size_most"),
     ("sized", 1.0, "whole_build"), ("sized", 60.0, "size_most")],
)  # fmt: skip
def test_a_plan_with_a_part_of_a_plant_is_found_out(name: str, change: float, rule: str) -> None:
    case = works(70.0, least=40.0, reference=100.0, scale=0.5)
    plan = make_whole_plan(case, gap=SURE)
    wrong = plan.decisions.copy(deep=True)
    wrong[name].values[0, 0, 0, 0] += change
    broken = {one.rule for one in certificate(replace(plan, decisions=wrong)).broken}
    assert rule in broken


def test_the_cost_of_plants_is_summed_again_without_the_code_that_wrote_it() -> None:
    case = works(400.0, 2, least=25.0, reference=100.0, scale=0.6, most=300.0, fixed=0.05)
    plan = make_whole_plan(case, gap=SURE)
    again = yearly_costs(case, take(case, plan.decisions), plan.decisions, NATIONAL)
    spent = account.spending(case, plan.decisions, NATIONAL)
    for term in ("capital", "fixed"):
        np.testing.assert_allclose(again[term], spent.sel(term=term).values, rtol=1e-9)


def test_requirements_hold_of_whole_plants_or_there_is_no_plan() -> None:
    """Half of 60 t from 2025 on by plants of 50 t, with a budget for one of 8 x 50 and then one that buys none."""
    case = works(60.0, least=50.0)
    half = read_requirement("self-reliance", "magnet=0.5@2025")
    assert opened(make_whole_plan(case, (half, read_requirement("budget", "400@2025")), gap=SURE)) == [
        (0, 2025, 1.0, 50.0)
    ]
    short = (half, read_requirement("budget", "399@2025"))
    assert make_plan(case, short).cost > 0
    with pytest.raises(NotOptimalError):
        make_whole_plan(case, short, gap=SURE)


def test_a_search_that_stops_says_how_far_it_came() -> None:
    matrix = formulate(works(170.0, 2, least=25.0, reference=100.0, scale=0.5), whole=True).program.matrix()
    found = solve_whole(matrix, 1e-7)
    assert found.bound <= found.cost + 1e-6
    assert found.cost == pytest.approx(float(matrix.cost @ found.columns), rel=1e-6)
