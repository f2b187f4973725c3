"""What must hold of every plant: money is conserved, caps are kept, more help is never worse, sizes scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.scheme.break_even import break_even_bids, break_even_prices, project_npv
from chumbak.scheme.cashflow import Flows, play
from chumbak.scheme.draws import Draws, sample
from chumbak.scheme.finance import in_dollars, measures, plant_money, real, spread, with_and_without
from chumbak.scheme.measures import npv
from chumbak.scheme.project import KG, STRAIGHT, WRITTEN_DOWN, Debt, Market, Money, PlantProject, ProjectError, Tax
from chumbak.scheme.support import (
    NOTHING,
    AssuredInput,
    AssuredPurchase,
    CapitalSubsidy,
    PriceFloor,
    RecyclingAid,
    Support,
    scheme_support,
)
from tests.scheme.plants import plain, terms, usual

PAISA = 0.01
SETTINGS = settings(max_examples=60, derandomize=True)


@st.composite
def plants(draw: st.DrawFn) -> PlantProject:
    build = draw(st.sampled_from([(1.0,), (0.4, 0.6), (0.2, 0.3, 0.5), (0.25,) * 4]))
    life = draw(st.integers(4, 15))
    return usual(
        build=build, life=life, capacity=draw(st.floats(100, 1200)), capital=draw(st.floats(1e6, 1.2e7)),
        margin=draw(st.floats(0, 6000)), conversion=draw(st.floats(0, 4000)), fixed=draw(st.floats(0, 0.1)),
        salvage=draw(st.floats(0, 0.3)), taken=draw(st.floats(0.3, 1.0)), ranges={},
        market=Market(draw(st.floats(2000, 12000)), 2025, draw(st.floats(2000, 12000)), 2.0, 0.0),
        tax=Tax(
            draw(st.floats(0, 0.5)), draw(st.sampled_from([WRITTEN_DOWN, STRAIGHT])), draw(st.floats(0.05, 0.6)),
            draw(st.sampled_from([0.5, 1.0])), draw(st.integers(0, 8)), draw(st.booleans()),
        ),
        debt=Debt(draw(st.floats(0, 0.9)), draw(st.floats(0, 0.2)), draw(st.integers(1, 3)), draw(st.integers(0, 1))),
        money=Money(draw(st.floats(0, 0.08)), draw(st.floats(0.02, 0.2)), 0.137, 87.17, 0.02),
    )  # fmt: skip


@st.composite
def supports(draw: st.DrawFn) -> Support:
    given = scheme_support(
        terms(
            early_sales=draw(st.booleans()), above_award=draw(st.booleans()),
            build_years=draw(st.sampled_from([1.0, 2.0])), total_per_t=draw(st.sampled_from([1000 * 5 * 2150.0, 3e6])),
        ),
        draw(st.floats(0, 3000)), draw(st.sampled_from([300.0, 600.0, 1200.0])),
    )  # fmt: skip
    if draw(st.booleans()):
        given = replace(given, input=AssuredInput(draw(st.floats(0, 300)), draw(st.sampled_from([None, 3000.0]))))
    if draw(st.booleans()):
        given = replace(given, floor=PriceFloor(draw(st.floats(1000, 9000)), 500.0, 2, 5, draw(st.booleans())))
    if draw(st.booleans()):
        given = replace(given, purchase=AssuredPurchase(draw(st.floats(1000, 9000)), 200.0, 2, 5))
    if draw(st.booleans()):
        given = replace(given, recycling=RecyclingAid(0.2, 0.1, {2: 0.4, 5: 0.6}, 5e8, 1e8))
    return given


@SETTINGS
@given(plants(), supports())
def test_sources_are_uses_and_the_books_balance_to_the_paisa(project: PlantProject, support: Support) -> None:
    flows = play(project, support)
    owners = flows.cash_equity
    sources = flows.trade.sales + np.maximum(flows.help, 0) + flows.subsidy + flows.salvage + flows.drawn
    sources = sources + np.maximum(-owners, 0)
    uses = flows.capital + flows.interest_in_build + flows.trade.costs + np.maximum(-flows.help, 0) + flows.tax
    uses = uses + flows.interest + flows.repaid + flows.more_working + np.maximum(owners, 0)
    assert np.abs(sources - uses).max() < PAISA
    change = np.diff(flows.cash, axis=1, prepend=0.0)
    assert change.sum() == pytest.approx(0, abs=PAISA)
    assert flows.loan[0, -1] == pytest.approx(0, abs=PAISA)
    assert np.abs(balance(flows)).max() < PAISA * 10  # sums of thirty years of some 1e9
    assert flows.charge.sum() <= flows.capital.sum() + flows.interest_in_build.sum() + PAISA


def balance(flows: Flows) -> np.ndarray:
    """Return plant and working capital, less loan, less what owners have put in and earned, at the end of each year."""
    profit = flows.running - flows.interest - flows.tax - flows.book_charge
    spent = flows.capital + flows.interest_in_build - flows.subsidy
    plant = np.cumsum(spent - flows.book_charge, axis=1)
    plant[:, -1] -= flows.salvage[:, -1]
    gain = flows.salvage[:, -1] - (spent - flows.book_charge).sum(axis=1)  # what it fetches beyond its books
    profit[:, -1] += gain
    plant[:, -1] += gain
    owned = np.cumsum(profit - flows.cash_equity, axis=1)
    return plant + flows.working - flows.loan - owned


@SETTINGS
@given(plants(), supports(), st.floats(0, 2500), st.floats(0, 500))
def test_a_higher_bid_never_lowers_the_value(project: PlantProject, support: Support, bid: float, more: float) -> None:
    assert support.incentive is not None
    values = []
    for asked in (bid, bid + more):
        given = replace(support, incentive=replace(support.incentive, bid=asked))
        flows = play(project, given)
        values.append((npv(project.money.discount, flows.cash_project)[0], npv(0.137, flows.cash_equity)[0]))
    assert values[1][0] >= values[0][0] - PAISA
    assert values[1][1] >= values[0][1] - PAISA


LOOSER = {
    "ceiling": lambda one, by: one * by, "sales_share": lambda one, by: one + (1 - one) * (1 - 1 / by),
    "total_per_t": lambda one, by: one * by, "incentive_years": lambda one, by: one + 1,
    "early_sales": lambda one, by: True, "above_award": lambda one, by: True,
}  # fmt: skip


@SETTINGS
@given(plants(), supports(), st.sampled_from(sorted(LOOSER)), st.floats(1, 3))
def test_a_looser_cap_never_lowers_the_value(project: PlantProject, support: Support, name: str, by: float) -> None:
    assert support.incentive is not None
    now = support.incentive.terms
    looser = replace(now, **{name: LOOSER[name](getattr(now, name), by)})
    values = [
        npv(project.money.discount, play(project, replace(support, incentive=one)).cash_project)[0]
        for one in (support.incentive, replace(support.incentive, terms=looser))
    ]
    assert values[1] >= values[0] - PAISA


@SETTINGS
@given(plants(), supports())
def test_spending_is_never_above_a_cap(project: PlantProject, support: Support) -> None:
    flows = play(project, support)
    given = support.incentive
    assert given is not None
    kg, price = flows.trade.kg[0], flows.trade.price[0]
    paid = flows.incentive[0]
    slack = 1 + 1e-12
    assert np.all(paid >= 0)
    assert np.all(paid <= given.terms.ceiling * kg * slack)
    assert np.all(paid <= given.terms.sales_share * np.maximum(price, 0) * kg * slack)
    assert paid.sum() <= given.terms.total_per_t * given.award * slack
    if not given.terms.above_award:
        assert np.all(paid <= min(given.bid, given.terms.ceiling) * given.award * KG * slack)
    assert np.all(paid[: project.start] == 0)
    assert support.capital is not None
    caps = {300.0: 75e7, 600.0: 75e7, 1200.0: 150e7}[float(given.award)]
    aid = 0.0 if support.recycling is None else support.recycling.most
    assert flows.subsidy.sum() <= caps + aid + PAISA
    if support.recycling is not None:
        assert flows.recycling.sum() <= support.recycling.most_on_sales * slack


@SETTINGS
@given(plants(), supports(), st.floats(0, 2000))
def test_a_higher_price_never_lowers_the_value(project: PlantProject, support: Support, more: float) -> None:
    """Days of buyers are left out: a sale that is paid later can cost more than it brings at no margin at all."""
    project = replace(project, days=replace(project.days, buyers=0, support=0))
    higher = replace(project, margin=project.margin + more)
    assert project_npv(higher, support, Draws())[0] >= project_npv(project, support, Draws())[0] - PAISA


@SETTINGS
@given(plants(), st.floats(0.1, 9))
def test_twice_the_plant_is_twice_the_money(project: PlantProject, times: float) -> None:
    """Tonnes, yearly money and awards times a number; caps by awarded tonnes grow by steps, so they are left out."""
    small = scheme_support(terms(capital_caps=()), 1500.0, 600.0)
    large = scheme_support(terms(capital_caps=()), 1500.0, 600.0 * times)
    grown = replace(project, capacity=project.capacity * times, labour=project.labour * times)
    one, other = play(project, small), play(grown, large)
    assert other.cash_equity == pytest.approx(one.cash_equity * times, rel=1e-9, abs=PAISA)
    assert other.outlay == pytest.approx(one.outlay * times, rel=1e-9, abs=PAISA)


@SETTINGS
@given(plants(), st.floats(0.01, 100))
def test_another_unit_of_money_changes_nothing(project: PlantProject, unit: float) -> None:
    market = replace(project.market, now=project.market.now * unit, level=project.market.level * unit)
    names = ("capital", "margin", "conversion", "tariff", "labour")
    other = replace(project, market=market, **{name: getattr(project, name) * unit for name in names})
    assert play(other).cash_equity == pytest.approx(play(project).cash_equity * unit, rel=1e-9, abs=PAISA * unit)


@SETTINGS
@given(plants(), supports())
def test_break_even_prices_break_even(project: PlantProject, support: Support) -> None:
    project = replace(project, days=replace(project.days, buyers=0, support=0))
    support = support.without("purchase")
    price = break_even_prices(project, support)
    if np.isnan(price[0]) or price[0] == 0:
        return
    worth = project_npv(project, support, Draws().fixing(price=price))
    assert abs(worth[0]) <= 1e-6 * play(project).capital.sum()


def test_draws_do_not_depend_on_each_other_nor_on_chunks() -> None:
    project, given = usual(), scheme_support(terms(), 2150.0, 600.0)
    draws = sample(project, 50, seed=4)
    whole = measures(project, play(project, given, draws))
    for at in (0, 17, 49):
        one = measures(project, play(project, given, draws.part(np.array([at]))))
        assert one["npv"][0] == pytest.approx(whole["npv"][at], rel=1e-12)
    for chunk in (7, 50, 1000):
        found = spread(project, given, draws, chunk)
        assert found["npv"].values == pytest.approx(whole["npv"], rel=1e-12)
    longer = sample(project, 80, seed=4)
    assert longer.values["margin"][:50] == pytest.approx(draws.values["margin"])


def test_the_median_of_the_draws_is_the_central_case() -> None:
    project = usual()
    draws = sample(project, 20000, seed=1)
    assert np.median(draws.values["capital"]) == pytest.approx(project.capital, rel=0.01)
    assert np.quantile(draws.values["capital"], [0.05, 0.95]) == pytest.approx([4e6, 7e6], rel=0.02)
    assert np.quantile(draws.values["ramp"][:, 1], [0.05, 0.95]) == pytest.approx([0.4, 0.8], abs=0.01)
    assert draws.market is not None
    central = play(project).trade.market[0]
    assert np.median(draws.market, axis=0) == pytest.approx(central, rel=0.02)
    # far ahead the spread of the logarithm is volatility / sqrt(1 - kept^2)
    spread_far = np.log(draws.market[:, -1]).std()
    assert spread_far == pytest.approx(0.4 / np.sqrt(1 - 0.5 ** (2 / 2.0)), rel=0.02)


def test_half_of_a_gap_is_left_after_the_half_life() -> None:
    project = plain(market=Market(2000.0, 2025, 500.0, 3.0, 0.0), award_year=2028)
    assert play(project).trade.market[0, [0, 3]] == pytest.approx([1000, 500 * 2**0.5])


def test_the_spread_says_what_drives_the_value() -> None:
    found = spread(usual(), scheme_support(terms(), 2150.0, 600.0), sample(usual(), 4000, seed=2))
    assert 0 < float(found["loss"]) < 1
    assert float(found["share"].sum()) == pytest.approx(1)
    related = dict(zip(found["driver"].values, found["rank_correlation"].values, strict=True))
    assert related["capital"] < -0.2
    assert related["margin"] > 0.2
    assert np.all(np.diff(found["npv_quantile"]) > 0)
    certain = spread(plain(), NOTHING, sample(plain(), 3))
    assert certain["share"].size == 0
    assert float(certain["loss"]) == 0


def test_break_even_bids_of_many_draws_break_even() -> None:
    project = usual(conversion=900.0)
    draws = sample(project, 400, seed=5)
    given = scheme_support(terms(), 0.0, np.full(400, 600.0))
    bids = break_even_bids(project, given, draws)
    inside = np.flatnonzero((bids > 0) & ~np.isnan(bids))
    assert len(inside) > 20
    again = scheme_support(terms(), bids[inside], 600.0)
    worth = project_npv(project, again, draws.part(inside))
    assert np.abs(worth).max() < 10  # rupees, of some 1e9
    below = scheme_support(terms(), bids[inside] - 1, 600.0)
    assert np.all(project_npv(project, below, draws.part(inside)) < 0)
    never = np.flatnonzero(np.isnan(bids))
    assert np.all(project_npv(project, scheme_support(terms(), 2150.0, 600.0), draws.part(never)) < 0)


def test_with_and_without_each_support() -> None:
    given = replace(scheme_support(terms(), 2150.0, 600.0), input=AssuredInput(150.0, 4000.0))
    found = with_and_without(usual(), given)
    assert set(found) == {
        "all", "without incentive", "without capital", "without input", "incentive alone", "capital alone",
        "input alone", "none",
    }  # fmt: skip
    worth = {name: float(case["npv"][0]) for name, case in found.items()}
    assert worth["all"] == max(worth.values())
    assert worth["none"] == min(worth.values())
    assert found["all"]["break_even_price"][0] < found["none"]["break_even_price"][0]
    assert list(with_and_without(usual(), Support(capital=CapitalSubsidy(0.1)))) == ["all", "none"]


def test_money_of_other_kinds() -> None:
    project = usual()
    data = plant_money(project)
    cash = data["cash_project"]
    dollars_real = in_dollars(cash, data).isel(draw=0).values / 1.02 ** (np.array(project.years) - 2025)
    assert real(cash, data).isel(draw=0).values / 87.17 == pytest.approx(dollars_real)
    rate = 1.11 / 1.04 - 1
    assert npv(rate, real(cash, data).values[0]) == pytest.approx(float(data["npv_real"][0]))
    assert float(data["npv_dollar_real"][0]) == pytest.approx(float(data["npv_real"][0]) / 87.17)
    assert all(data[name].attrs["units"] and data[name].attrs["long_name"] for name in data)
    assert data["sales"].attrs["units"] == "INR"


@pytest.mark.parametrize(
    "changed",
    [{"build": (0.5, 0.4)}, {"life": 0}, {"capacity": 0.0}, {"good": (0.0,)}, {"life": 5}, {"tax": Tax(method="x")}],
)
def test_numbers_that_do_not_go_together_are_refused(changed: dict) -> None:
    with pytest.raises(ProjectError, match="project usual"):
        usual(**changed)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ProjectError, match="'duty' cannot be drawn"):
        sample(usual(ranges={"duty": (0.0, 0.1)}), 3)
    with pytest.raises(ValueError, match="at least one draw"):
        sample(usual(), 0)
