"""Identities of the cash flow, depreciation and lowest price, and cases worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.plant import PlantError
from chumbak.plant.costs import (
    Flow,
    Item,
    Money,
    Price,
    Product,
    annuity_value,
    cash_flow,
    estimate,
    load_rules,
    lowest_price,
    lowest_revenue,
    payback,
    rate_of_return,
    schedule,
)
from chumbak.plant.costs.annuity import annuity
from chumbak.plant.costs.cash import present_value
from tests.plant.costs.cases import crusher, money, plain, reeps

some = settings(max_examples=40, deadline=None)


def flow(rules: Any, **changes: Any) -> Any:
    return cash_flow(money(**changes), rules.values)


def test_straight_line_by_hand() -> None:
    # 100 spent, 30 a year for ten years, a tenth written off each year, 40 % tax: 30 - 0.4 x 20 = 22 a year
    found = flow(plain(tax=0.4, depreciation="straight line 10"))
    assert found.cash == pytest.approx([-100.0] + [22.0] * 10)
    by_hand = -100 + 22 * (1 - 1.1**-10) / 0.1
    assert found.npv == pytest.approx(by_hand, rel=1e-12)
    assert payback(found) == pytest.approx(100 / 22, rel=1e-12)


def test_start_up_working_capital_land_and_salvage_by_hand() -> None:
    rules = plain(
        life=3, construction=[0.4, 0.6], startup_months=6, startup_sales=0.5, startup_variable=0.8, startup_fixed=1.0,
        salvage=0.1, tax=0.5,
    )  # fmt: skip
    found = flow(rules, working_capital=20.0, land=7.0)
    first = 50 * 0.75 - 15 * 0.9 - 5
    last = (50 - 20 + 10) * 0.5 + 20 + 7
    assert found.cash == pytest.approx([-40 - 7, -60 - 20, first * 0.5, 15.0, last])
    assert found.moments == pytest.approx([-1, 0, 1, 2, 3])


def test_replacement_by_hand() -> None:
    found = flow(plain(life=7), replaced=[(12.0, 3)])
    assert found.lines["replacement"] == pytest.approx([0, 0, 0, 0, -12, 0, 0, -12])  # at the start of years 4 and 7
    taxed = flow(plain(life=7, tax=0.5, replaced="expensed"), replaced=[(12.0, 3)])
    kept = flow(plain(life=7, tax=0.5), replaced=[(12.0, 3)])
    assert taxed.cash - kept.cash == pytest.approx([0, 0, 0, 0, 6, 0, 0, 6])


def test_losses() -> None:
    at = {"life": 3, "depreciation": "sum of digits 3", "tax": 0.5}
    # 30 less 50, 33.3 and 16.7: -20, -3.3, 13.3
    tax = {
        name: -flow(plain(losses=name, **at)).lines["income tax"][1:] for name in ("lost", "carried", "used elsewhere")
    }
    assert tax["lost"] == pytest.approx([0, 0, 20 / 3])
    assert tax["carried"] == pytest.approx([0, 0, 0])
    assert tax["used elsewhere"] == pytest.approx([-10, -5 / 3, 20 / 3])


def test_depletion_and_credit() -> None:
    found = flow(plain(tax=0.5, royalty=0.1, depletion=0.2, credit=0.1))
    # 50 - 5 - 20 = 25, less 0.2 x 45 = 9: tax 8, less a credit of 2
    assert found.lines["income tax"][1:] == pytest.approx([-6.0] * 10)
    poor = flow(plain(tax=0.5, depletion=0.9), revenue=21.0)
    assert poor.lines["income tax"] == pytest.approx(np.zeros(11))  # an allowance makes no loss


@pytest.mark.parametrize("deducts", ["interest", "payment"])
def test_loan(deducts: str) -> None:
    rules = plain(loan=0.6, loan_interest=0.08, loan_years=5, loan_deducts=deducts, tax=0.3)
    found = flow(rules, working_capital=10.0)
    loan = found.lines["loan"]
    assert loan[0] == pytest.approx(66.0)
    # Drawn at the end of building, which adds a year of interest as BioSTEAM has it; then paid back level.
    owed = 66.0 * 1.08
    assert -loan[1:6] == pytest.approx([owed * 0.08 / (1 - 1.08**-5)] * 5)
    assert loan[6:] == pytest.approx(np.zeros(5))
    bare = flow(plain(tax=0.3), working_capital=10.0)
    saved = (found.lines["income tax"] - bare.lines["income tax"]).sum()
    interest = -loan.sum()
    assert saved == pytest.approx(0.3 * (interest if deducts == "interest" else interest + 66.0), rel=1e-12)


def test_a_loan_at_the_discount_rate_is_worth_nothing() -> None:
    for construction in ([1.0], [0.2, 0.5, 0.3]):
        rules = plain(rate=0.08, loan=0.5, loan_interest=0.08, loan_years=7, construction=construction)
        without = flow(plain(rate=0.08, construction=construction))
        assert flow(rules.with_({"money.loan_drawn": "end of year"})).npv == pytest.approx(without.npv, abs=1e-9)
        # Drawn at the start of its year it bears a year more of interest.
        late = flow(rules.with_({"money.loan_drawn": "start of year"}))
        drawn = late.lines["loan"][: len(construction)]
        cost = 0.08 * present_value(drawn, late.moments[: len(construction)], 0.08)
        assert late.npv - without.npv == pytest.approx(-cost, rel=1e-9)


@some
@given(st.floats(0.0, 0.15), st.floats(0.01, 0.2), st.floats(0.0, 0.08), st.integers(1, 3), st.floats(0, 0.6))
def test_real_and_nominal_agree(inflation: float, rate: float, growth: float, building: int, loan: float) -> None:
    shared = {
        "construction": [1.0 / building] * building, "present": "construction starts", "tax": 0.3, "loan": loan,
        "loan_interest": 0.07, "loan_years": 6, "depreciation": "macrs 7", "losses": "carried", "salvage": 0.05,
    }  # fmt: skip
    given_ = {"working_capital": 9.0, "land": 4.0}
    real = flow(
        plain(basis="real", inflation=inflation, rate=rate, cost_growth=growth, revenue_growth=growth, **shared),
        **given_,
    )
    both = (1 + growth) * (1 + inflation) - 1
    nominal = flow(
        plain(basis="nominal", inflation=0, rate=(1 + rate) * (1 + inflation) - 1, cost_growth=both,
              revenue_growth=both, capital_growth=inflation, **shared), **given_
    )  # fmt: skip
    # Real money is of the first year's end, nominal value of a year before it.
    assert real.npv == pytest.approx(float(nominal.npv) * (1 + inflation), rel=1e-9, abs=1e-9)


@some
@given(
    st.floats(0.01, 0.3), st.floats(0.0, 0.1), st.floats(0.0, 0.1), st.floats(0.0, 0.1), st.integers(2, 30),
    st.integers(1, 4),
)  # fmt: skip
def test_annuity_and_cash_flow_agree(
    rate: float, cost: float, sale: float, capital: float, life: int, built: int
) -> None:
    rules = load_rules("qgess").with_({
        "money.rate": rate, "money.cost_growth": cost, "money.revenue_growth": sale, "money.capital_growth": capital,
        "money.life": life, "money.construction": [1 / built] * built, "money.tax": 0, "money.royalty": 0,
        "money.depletion": 0, "money.credit": 0, "money.loan": 0, "money.loan_years": 1,
    })  # fmt: skip
    by_factor = annuity_value(money(), rules.values, 0.0)
    by_year = cash_flow(money(), rules.values)
    assert by_factor.npv == pytest.approx(by_year.npv, rel=1e-9, abs=1e-7)


def test_annuity_where_growth_is_the_rate() -> None:
    assert annuity(0.05, 0.05, 10) == pytest.approx(10 / 1.05)
    assert annuity(0.05, 0.05 + 1e-9, 10) == pytest.approx(10 / 1.05, rel=1e-6)
    assert annuity(0.1, 0.0, 1) == pytest.approx(1 / 1.1)


@some
@given(
    st.floats(20.5, 200.0),
    st.integers(3, 30),
    st.floats(0.0, 0.5),
    st.sampled_from(["none", "macrs 3", "double declining 3"]),
)
def test_value_at_the_rate_of_return_is_nothing(revenue: float, life: int, tax: float, written: str) -> None:
    life = max(life, 4)
    found = flow(plain(life=life, tax=tax, depreciation=written), revenue=revenue)
    rate, _ = rate_of_return(found)
    if np.isnan(rate):
        assert found.cash.sum() < 0
    else:
        assert present_value(found.cash, found.moments, rate) == pytest.approx(0.0, abs=1e-7 * np.abs(found.cash).sum())


def test_rates_of_return_that_are_not_one() -> None:
    rate, told = rate_of_return(flow(plain(), revenue=0.0))
    assert np.isnan(rate)
    assert "no rate of return" in told[0]
    twice = flow(plain(life=2), replaced=[(500.0, 1)], revenue=320.0)  # -100, 300, -200: 0 % and 100 %
    rate, told = rate_of_return(twice)
    assert "more than one" in told[0]
    assert rate == pytest.approx(0.0, abs=1e-9) or rate == pytest.approx(1.0, abs=1e-9)
    assert np.isnan(payback(flow(plain(), revenue=0.0)))


def test_known_rate_of_return() -> None:
    # 100 now for 110 a year later is ten per cent; 100 for 30 a year over ten years is 27.32 % (annuity 3.3333)
    assert rate_of_return(flow(plain(life=1), revenue=130.0))[0] == pytest.approx(0.10, abs=1e-12)
    rate = float(rate_of_return(flow(plain()))[0])
    assert (1 - (1 + rate) ** -10) / rate == pytest.approx(100 / 30, rel=1e-9)


def test_depreciation() -> None:
    for years in (3, 5, 7, 10, 15, 20):
        shares = schedule(f"macrs {years}", 40)
        assert len(shares) == years + 1
        assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert schedule("macrs 7", 20)[:2] == pytest.approx([0.1429, 0.2449])
    assert schedule("straight line", 8) == pytest.approx([0.125] * 8)
    assert schedule("sum of digits 4", 8) == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert schedule("double declining 4", 8) == pytest.approx([0.5, 0.25, 0.125, 0.0625])
    assert len(schedule("none", 8)) == 0
    for wrong in ("macrs 4", "macrs 10", "declining 3", "straight line 0"):
        with pytest.raises(PlantError):
            schedule(wrong, 9)


@pytest.mark.parametrize("revenue_costs", ["follow", "held"])
@pytest.mark.parametrize("losses", ["lost", "carried", "used elsewhere"])
def test_value_at_the_lowest_price_is_nothing(revenue_costs: str, losses: str) -> None:
    given_ = reeps()
    rules = load_rules("seider").with_({"money.losses": losses, "capital.receivable_days": 30.0})
    lowest = lowest_price(estimate(rules=rules, **given_), revenue_costs)
    assert abs(float(np.max(lowest.npv))) < 1.0  # USD of 1.4e9
    if revenue_costs == "follow":
        prices = {**given_["prices"], "REO": Price("REO", lowest.prices["REO"][0], "kg", "USD", "2021", "found")}
        again = estimate(rules=rules, **{**given_, "prices": prices})
        assert again.npv == pytest.approx(0.0, abs=1.0)
        assert again.rate_of_return == pytest.approx(rules["money.rate"], abs=1e-8)
        assert again.revenue == pytest.approx(lowest.revenue, rel=1e-12)


def test_lowest_price_of_the_annuity_method() -> None:
    lowest = lowest_price(estimate(*crusher(), load_rules("qgess")), "follow")
    assert lowest.npv == pytest.approx(0.0, abs=1.0)
    assert lowest.prices["Sc2O3, mixed"][0] == pytest.approx(0.65 * lowest.prices["Sc2O3"][0])


def test_what_the_annuity_method_leaves_out_is_told() -> None:
    items, flows, products = crusher()
    assert not estimate(items, flows, products, load_rules("qgess")).warnings
    rules = load_rules("qgess").with_({"money.salvage": 0.1, "capital.working": 0.05, "money.depreciation": "macrs 7"})
    costs = estimate([Item("1.3", 589, "hp", life=5)], flows, products, rules)
    assert costs.warnings == (
        "the annuity method leaves out working capital, replacing equipment, salvage, depreciation; set money.method "
        "to 'cash flow'",
    )


def test_a_plant_that_its_co_product_pays_for_has_a_negative_price() -> None:
    given_ = reeps()
    given_["prices"]["gypsum"] = Price("gypsum", 10.0, "kg", "USD", "2021", "made up")
    lowest = lowest_price(estimate(rules=load_rules("seider"), **given_), "follow")
    assert lowest.prices["REO"][0] < 0
    assert lowest.npv == pytest.approx(0.0, abs=10.0)


def test_lowest_revenue_from_money_alone() -> None:
    # 100 at 10 % over ten years is 16.2745 a year, and 20 a year is spent
    by_hand = 20 + 100 * 0.1 / (1 - 1.1**-10)
    assert lowest_revenue(money(), plain().values) == pytest.approx(by_hand, rel=1e-12)
    capitals = np.array([50.0, 100.0, 400.0])
    found = lowest_revenue(
        money(fixed_capital=capitals, depreciable=capitals), plain(tax=0.3, depreciation="macrs 5").values
    )
    again = flow(plain(tax=0.3, depreciation="macrs 5"), fixed_capital=capitals, depreciable=capitals, revenue=found)
    assert again.npv == pytest.approx(np.zeros(3), abs=1e-8)
    costs = estimate(rules=load_rules("seider"), **reeps())
    told = Money(costs.capital.fixed_capital, costs.capital.depreciable, costs.working_capital, 0.0, costs.revenue,
                 costs.variable, costs.fixed)  # fmt: skip
    assert lowest_revenue(told, costs.rules.values) == pytest.approx(lowest_price(costs, "held").revenue, rel=1e-9)


def test_no_price_pays_when_revenue_is_taken_whole() -> None:
    costs = estimate(rules=load_rules("seider").with_({"money.royalty": 1.0}), **reeps())
    with pytest.raises(PlantError, match="no price pays"):
        lowest_price(costs, "follow")


def test_draws_are_the_same_as_one_by_one() -> None:
    random = np.random.default_rng(3)
    draws = 7
    size, power, price = random.uniform(300, 900, draws), random.uniform(10, 90, draws), random.uniform(5, 300, draws)
    rate, tax, growth = random.uniform(0.05, 0.2, draws), random.uniform(0, 0.4, draws), random.uniform(0, 0.05, draws)

    def one(at: Any) -> tuple[Any, Any]:
        def pick(values: Any) -> Any:
            return values if at is None else float(values[at])

        rules = load_rules("seider").with_({
            "money.rate": pick(rate), "money.tax": pick(tax), "money.cost_growth": pick(growth),
            "money.loan": 0.4, "money.loan_interest": 0.06, "money.losses": "carried",
            "capital.lang": pick(1 + size / 300),
        })  # fmt: skip
        costs = estimate(
            [Item("1.3", pick(size), "hp"), Item("5.4", 61107, "gal", 6, life=8)],
            [Flow("electricity", "power", pick(power) * 100, "kWh")],
            [Product("oxide", 100.0, "kg", elements={"Nd": 60.0, "Pr": 20.0})],
            rules,
            {"oxide": Price("oxide", pick(price), "kg", "USD", "2021", "a test")},
        )
        return costs, lowest_price(costs, "follow")

    many, lowest = one(None)
    assert np.shape(many.npv) == np.shape(lowest.factor) == np.shape(many.rate_of_return) == (draws,)
    for at in range(draws):
        alone, low = one(at)
        for name in ("npv", "fixed", "variable", "revenue", "rate_of_return", "payback", "working_capital"):
            assert getattr(many, name)[at] == pytest.approx(getattr(alone, name), rel=1e-9, nan_ok=True), name
        assert lowest.prices["oxide"][0][at] == pytest.approx(low.prices["oxide"][0], rel=1e-9)


def test_money_is_kept() -> None:
    """All that is paid and earned is in the lines, and nothing else."""
    found = flow(
        plain(tax=0.3, loan=0.3, loan_interest=0.05, loan_years=4, royalty=0.05), land=3.0, working_capital=8.0
    )
    told = sum(one for name, one in found.lines.items() if name != "depreciation")
    assert told == pytest.approx(found.cash, abs=1e-12)
    assert found.lines["working capital"].sum() == pytest.approx(0.0)
    assert found.lines["land"].sum() == pytest.approx(0.0)
    assert isinstance(money(), Money)
