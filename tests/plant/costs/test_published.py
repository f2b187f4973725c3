"""Published cases, to the digits that they print."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chumbak.plant.costs import (
    CashFlow,
    Flow,
    Item,
    Position,
    Product,
    allocate,
    cash_flow,
    correlations,
    cost_bounds,
    escalate,
    estimate,
    indices,
    load_rules,
    lowest_price,
    payback,
    purchase,
    purchases,
    rate_of_return,
)
from chumbak.plant.costs.annuity import annuity
from tests.plant.costs.cases import UNTAXED, case, crusher, money, plain, priced, reeps

COSTING = case("costing")
MILLION = 1e6


def test_the_table_has_every_account_as_published() -> None:
    lines = {one.account: one for one in correlations().values() if one.account}
    assert len(COSTING["accounts"]) == 67
    for account, told in COSTING["accounts"].items():
        line = lines[account]
        assert (line.cost, line.year, line.base, line.exponent) == (
            told["bec_ref_usd"], told["usd_year"], told["scale_ref"], told["exponent"],
        )  # fmt: skip
        assert line.unit == ("1" if told["unit"] == "dimensionless" else told["unit"])


def test_the_index_is_as_published() -> None:
    assert {year: indices()[year] for year in COSTING["CEPCI"]} == COSTING["CEPCI"]


def test_jaw_crusher() -> None:
    told = COSTING["test_cases"]["jaw_crusher_npv"]
    costs = estimate(*crusher(), load_rules("qgess").with_(UNTAXED))
    expected = told["expected"]
    parts = costs.value.parts  # type: ignore[union-attr]
    found = {
        "total_BEC": costs.capital.bought, "total_fixed_OM": costs.fixed, "total_variable_OM": costs.variable,
        "total_sales_revenue": costs.revenue, "pv_capital_cost": parts["capital"],
        "pv_loan_interest": parts["loan interest"], "pv_operating_cost": parts["operating cost"],
        "pv_revenue": parts["revenue"], "npv": costs.npv,
    }  # fmt: skip
    assert set(found) == set(expected)
    for name, value in expected.items():
        # Half a unit of the last digit printed; the eighth of one of them is beyond what the source's solver reached.
        half = 0.5 * 10.0 ** -min(len(str(value).partition(".")[2]), 7)
        assert found[name] / MILLION == pytest.approx(value, abs=1.01 * half), name
    taxed = estimate(*crusher(), load_rules("qgess"))
    tax = taxed.value.tax  # type: ignore[union-attr]
    with_tax = told["expected_with_taxes"]
    assert tax["income tax"] / MILLION == pytest.approx(with_tax["income_tax"], abs=5.1e-7)
    assert tax["net tax"] / MILLION == pytest.approx(with_tax["net_tax_owed"], abs=5.1e-7)
    assert taxed.value.parts["tax"] / MILLION == pytest.approx(with_tax["pv_taxes"], abs=5.1e-6)  # type: ignore[union-attr]
    assert taxed.npv / MILLION == pytest.approx(with_tax["npv"], abs=5.1e-7)


def test_hard_disk_front_end() -> None:
    told = COSTING["test_cases"]["hdd_front_end"]
    items = [
        Item(one["account"], one["scale_value"], COSTING["accounts"][one["account"]]["unit"], one["n_equip"])
        for one in told["inputs"]["equipment"]
    ]
    rules = load_rules("qgess").with_({"year": "2019"})
    costs = estimate(items, [], [Product("Nd2O3", 1, "kg")], rules)
    for one in costs.bought:
        assert one.cost / MILLION == pytest.approx(told["expected"]["BEC"][one.item.equipment], abs=5e-6)
    assert costs.capital.plant_cost / MILLION == pytest.approx(told["expected"]["total_TPC"], abs=5e-5)


def test_learning_curve() -> None:
    told = COSTING["test_cases"]["learning_curve"]
    rules = load_rules("qgess").with_(
        {"capital.method": "lang", "capital.lang": 1, "capital.units_built": 5, "capital.learning": 0.05}
    )
    costs = estimate([], [], [Product("Nd2O3", 1, "kg")], rules, other=told["inputs"]["total_purchase_cost"])
    assert costs.capital.plant_cost == pytest.approx(told["expected"]["total_TPC"], abs=5e-4)


def test_kentucky_plant() -> None:
    told, expected = case("uky"), case("uky")["expected_MUSD"]
    group = {"technician": "technical labour", "engineer": "technical labour"}
    staff = tuple(
        Position(name, group.get(name, "operating labour"), people, rate, "prommis test")
        for name, (people, rate) in told["labour"].items()
    )
    lease = told["land_lease"]
    flows = [
        Flow("reagents", "reagent", told["reagents_kg_per_year"] / told["reagent_hours"], "kg"),
        Flow("nonhazardous solid waste", "waste", told["solid_waste_ton_h"], "ton"),
        Flow("nonhazardous precipitate waste", "waste", told["precipitate_ton_h"], "ton"),
        Flow("dust and volatiles", "waste", told["dust_ton_h"], "ton"),
        Flow("electricity", "power", told["power_hp"], "hp*hr"),
        Flow("land", "lease", lease["tons_per_hour"] * lease["hours"] / 8766, "ton"),
    ]
    prices = {
        "reagents": priced("reagents", 1.0, "kg", "UKy_2019"),
        "land": priced("land", lease["USD_per_ton"], "ton", "UKy_2019"),
    }
    products = [Product(key, amount, "kg") for key, amount in told["pure"].items()]
    products += [Product(key, amount, "kg", mixed=True) for key, amount in told["mixed"].items()]
    rules = load_rules("qgess").with_({**UNTAXED, "year": "UKy_2019"}, positions=staff)
    items = [Item(account, size, unit, count) for account, size, unit, count in told["equipment"]]
    other = escalate(told["other_USD_2016"], "2016", "UKy_2019")
    costs = estimate(items, flows, products, rules, prices, other=other)
    parts = costs.value.parts  # type: ignore[union-attr]
    land = next(one for one in costs.lines if one.name == "land")
    found = {
        "BEC": costs.capital.bought, "TPC": costs.capital.plant_cost, "other": other, "fixed": costs.fixed,
        "variable": costs.variable, "land": land.amount, "revenue": costs.revenue,
        "pv_capital_patched": parts["capital"],
        "pv_loan_patched": parts["loan interest"], "pv_operating": parts["operating cost"],
        "pv_revenue": parts["revenue"], "npv_patched": costs.npv,
    }  # fmt: skip
    # The source's operating cost has the yearly lease twice: in the variable cost, and again (QGESS.py, ``opex``).
    twice = land.amount * (annuity(0.1, 0.03, 23) - annuity(0.1, 0.03, 3))
    found["pv_operating"] -= twice
    found["npv_patched"] -= twice
    for name, value in expected.items():
        assert found[name] / MILLION == pytest.approx(value, rel=1e-4), name  # as the source holds it
    # Every size is the one that its cost was read at; some oxides have catalogue prices.
    assert all("laboratory" in one for one in costs.warnings)


def test_cost_bounds() -> None:
    tons = 500 * 8 * 3 * 336 * 20  # short tons over twenty years
    found = cost_bounds(356.64e-6, tons * 0.90718474, "UKy_2019")
    # prommis 1.1.0 costing/tests/test_ree_costing.py, with its tolerance
    expected = {
        "Beneficiation": (0.12109, 1.2209),
        "Beneficiation, Chemical Extraction, Enrichment and Separation": (5.3203, 15.235),
        "Chemical Extraction": (0.062054, 1.2373),
        "Chemical Extraction, Enrichment and Separation": (0.0, 55.9608),
        "Enrichment and Separation": (0.18702, 4.2676),
        "Mining": (0.24696, 2.0840),
        "Total Capital": (0.29132, 1.0861),
        "Total Operating": (5.4747, 12.648),
    }
    assert set(found) == set(expected)
    for part, bounds in expected.items():
        assert found[part] == pytest.approx(bounds, rel=1e-4, abs=1e-8), part


def test_reeps_base_case() -> None:
    expected = case("reeps")["expected"]
    costs = estimate(rules=load_rules("seider"), **reeps())
    labour = sum(one.amount for one in costs.lines if one.group.startswith("labour"))
    support = ("direct salaries and benefits", "operating supplies", "technical assistance", "control laboratory")
    labour += sum(one.amount for one in costs.lines if one.name in support)
    assert labour == pytest.approx(expected["labor"], rel=1e-12)
    assert costs.capital.depreciable == pytest.approx(expected["TDC"], rel=1e-10)
    assert costs.capital.fixed_capital == pytest.approx(expected["FCI"], rel=1e-10)
    assert costs.total_capital == pytest.approx(expected["TCI"], rel=1e-10)
    assert costs.variable == pytest.approx(expected["VOC"], rel=1e-10)
    assert costs.fixed == pytest.approx(expected["FOC"], rel=1e-10)
    assert costs.revenue == pytest.approx(expected["sales"], rel=1e-10)
    assert costs.npv == pytest.approx(expected["NPV"], rel=1e-9)
    assert costs.rate_of_return == pytest.approx(expected["IRR"], abs=1e-6)  # the source stops its search there
    lowest = lowest_price(costs, "held")
    assert lowest.prices["REO"][0] == pytest.approx(expected["MSP"], abs=2e-5)  # it stops within 1,000 USD of value
    assert f"{lowest.prices['REO'][0]:.2f}" == "43.61"
    assert lowest.prices["gypsum"][0] == pytest.approx(0.00828, rel=1e-12)
    # Selling costs 3 % of revenue: at a lower price it costs less, and the true lowest price is lower still.
    assert lowest_price(costs, "follow").prices["REO"][0] < lowest.prices["REO"][0]


@pytest.mark.parametrize("variant", case("reeps")["variants"], ids=lambda one: one["depreciation"])
def test_reeps_with_loan_start_up_and_other_depreciation(variant: Any) -> None:
    """The same plant, run in BioSTEAM's cash flow with settings of our own choice."""
    rules = load_rules("seider").with_({
        "money.loan": variant["share"], "money.loan_interest": variant["interest"],
        "money.loan_years": variant["years"] or 1, "money.loan_deducts": "payment",
        "money.depreciation": variant["depreciation"], "money.construction": variant["construction"],
        **{f"money.startup_{one}": variant[f"startup_{one}"] for one in ("months", "sales", "variable", "fixed")},
    })  # fmt: skip
    costs = estimate(rules=rules, **reeps())
    assert costs.npv == pytest.approx(variant["NPV"], rel=1e-9)
    assert costs.rate_of_return == pytest.approx(variant["IRR"], abs=1e-6)


def _headline(capital: float, yearly: float, growth: float = 0.0) -> CashFlow:
    """A plant built in two years that runs forty at 7 % real: capital and a yearly amount after tax, MUSD."""
    rules = plain(rate=0.07, life=40, construction=[0.5, 0.5], present="construction starts", revenue_growth=growth)
    return cash_flow(money(fixed_capital=capital, revenue=yearly, variable=0.0, fixed=0.0), rules.values)


def _yearly(capital: float, worth: float, growth: float = 0.0) -> float:
    """The yearly amount at which the headline plant has that value."""
    none, one = float(_headline(capital, 0.0, growth).npv), float(_headline(capital, 1.0, growth).npv)
    return (worth - none) / (one - none)


def test_feasibility_study_headline() -> None:
    # HyProMag USA, release of 25 November 2024: 125 MUSD, 40 years, 7 % real, built in 24 months
    flow = _headline(125.0, _yearly(125.0, 262.0))
    assert flow.npv == pytest.approx(262.0, rel=1e-12)
    rate, warnings = rate_of_return(flow)
    assert not warnings
    assert rate == pytest.approx(0.23, abs=0.005)  # the digits printed


def test_feasibility_study_at_forecast_prices() -> None:
    # 503 MUSD and 31 % cannot both be of a constant amount; with the growth that gives both, payback has to follow.
    def rate(growth: float) -> float:
        return float(rate_of_return(_headline(125.0, _yearly(125.0, 503.0, growth), growth))[0])

    low, high = 0.0, 0.05
    assert rate(low) > 0.31 > rate(high)
    for _ in range(40):
        half = (low + high) / 2
        low, high = (half, high) if rate(half) > 0.31 else (low, half)
    assert 0.01 < low < 0.03
    assert payback(_headline(125.0, _yearly(125.0, 503.0, low), low)) == pytest.approx(3.1, rel=0.15)


@pytest.mark.parametrize(("two", "three", "gain"), [(262.0, 279.0, 17.0), (503.0, 593.0, 90.0)])
def test_third_vessel(two: float, three: float, gain: float) -> None:
    # 7 MUSD more capital for 807 t/a of co-product: what it has to leave by kg of it, after tax
    extra = _yearly(132.0, three) - _yearly(125.0, two)
    more = float(_headline(132.0, _yearly(125.0, two) + extra).npv) - float(_headline(125.0, _yearly(125.0, two)).npv)
    assert more == pytest.approx(gain, rel=1e-9)
    assert 1.0 < extra * 1e6 / 807e3 < 20.0
    assert float(_headline(7.0, extra).npv) == pytest.approx(gain, rel=1e-9)


def test_motor_batches() -> None:
    # AIChE 2024 paper 102c: its own 1,466,000 and 5.32 MUSD differ from its parts by 0.4 and 1.7 %
    batches, revenue, cost = 230, 21800.0, 15400.0
    flow = cash_flow(
        money(fixed_capital=5.32e6, revenue=batches * revenue, variable=batches * cost, fixed=0.0), plain().values
    )
    assert flow.cash[-1] == pytest.approx(1466000, rel=0.02)
    assert flow.cash[-1] != 1466000
    assert payback(flow) == pytest.approx(3.63, rel=0.02)
    shared = allocate(cost, {"magnet": 1500.0}, "mass")
    assert shared.per_kg["magnet"] == pytest.approx(10.27, rel=5e-4)


def test_bare_module_and_formula_lines() -> None:
    # biosteam: 533,471 USD at 333,333 kg/h, index 576, 0.6, bare module 4.16
    rules = load_rules("seider").with_({"capital.method": "bare module", "year": "CE576"})
    costs = estimate([Item("magnetic_separator", 333333, "kg/hr")], [], [Product("Nd2O3", 1, "kg")], rules)
    assert costs.capital.installed == pytest.approx(533471 * 4.16, rel=1e-12)
    # Formulas of Seider as REEPS has them, worked by hand at index 500
    made = purchases(
        [
            Item("thickener", 1000, "ft**2", 2, factor=3.2, why="acid"),
            Item("cone_roof_tank", 10000, "gal"),
            Item("belt_conveyor", 1.0 * 39.37 * 30 * 3.28, "in*ft"),
        ],
        "CE500",
    )
    by_hand = [2 * 3.2 * 3360 * 1000**0.58, 265 * 10000**0.51, 21.5 * 39.37 * 30 * 3.28]
    assert [one.cost for one in made] == pytest.approx(by_hand, rel=1e-12)
    flow, head = 500.0, 40.0
    size = flow * head**0.5
    pump = purchase(Item("centrifugal_pump", size, "gal/min*ft**0.5", factor=3), "2022-06").cost
    by_hand_ = np.exp(9.7171 - 0.6019 * np.log(size) + 0.0519 * np.log(size) ** 2) * 3 * 832.6 / 500
    assert pump == pytest.approx(by_hand_, rel=1e-12)


def test_fired_heater_of_reeps() -> None:
    # What REEPS pays for gas gives the duty of its heater: 7.534e-6 USD/kJ; its own 0.948 turns kJ into Btu.
    told = case("reeps")
    duty = told["other_USD_h"]["Natural Gas 2"] / 7.534e-6 * 0.948
    found = purchase(Item("fired_heater", duty, "Btu/hr"), "2022-06").cost
    assert found == pytest.approx(told["equipment_USD"]["H1 Fired Heater"], rel=1e-6)


def test_figures_carry_a_source() -> None:
    for name in ("qgess", "seider"):
        rules: Any = load_rules(name)
        assert set(rules.sources) == set(rules.values)
        assert all(rules.sources.values())
        assert all(one.source for one in (*rules.positions, *rules.lines))
    assert all(one.source and one.verification for one in correlations().values())
