"""Allocation, greenhouse gas, units, the index, ranges of cost lines, labour, methods of installing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.plant import PlantError
from chumbak.plant.costs import (
    Factor,
    Flow,
    Item,
    Outside,
    Position,
    Product,
    Used,
    allocate,
    by_element,
    convert,
    escalate,
    estimate,
    footprint,
    load_rules,
    lowest_price,
    purchase,
)
from tests.plant.costs.cases import priced

some = settings(max_examples=40, deadline=None)
amount = st.floats(0.001, 1e6)


@some
@given(
    st.floats(1.0, 1e9),
    st.lists(st.tuples(amount, amount), min_size=2, max_size=8),
    st.sampled_from(["mass", "revenue", "main product"]),
)
def test_shares_sum_to_the_whole(joint: float, each: list[tuple[float, float]], rule: str) -> None:
    kilograms = {f"e{at}": one for at, (one, _) in enumerate(each)}
    values = {f"e{at}": one for at, (_, one) in enumerate(each)}
    found = allocate(joint, kilograms, rule, values, "e0")
    whole = joint + sum(values.values())
    assert sum(found.cost.values()) == pytest.approx(joint, rel=1e-12, abs=1e-12 * whole)
    assert sum(found.per_kg[key] * kilograms[key] for key in kilograms) == pytest.approx(
        joint, rel=1e-9, abs=1e-9 * whole
    )


def test_allocation_by_hand() -> None:
    kilograms, values = {"Nd": 80.0, "Dy": 20.0}, {"Nd": 4000.0, "Dy": 6000.0}
    assert allocate(5000.0, kilograms, "mass").per_kg == pytest.approx({"Nd": 50.0, "Dy": 50.0})
    assert allocate(5000.0, kilograms, "revenue", values).per_kg == pytest.approx({"Nd": 25.0, "Dy": 150.0})
    found = allocate(5000.0, kilograms, "main product", values, "Nd")
    assert found.cost == pytest.approx({"Nd": -1000.0, "Dy": 6000.0})
    assert "less than nothing" in found.warnings[0]
    none = allocate(5000.0, {"Nd": 80.0, "Tb": 0.0}, "mass")
    assert np.isnan(none.per_kg["Tb"])
    assert none.cost["Tb"] == 0.0


def oxides(**changes: Any) -> Any:
    products = [
        Product("NdPr", 12.0, "kg", elements={"Nd": 7.5, "Pr": 2.5}),
        Product("Dy2O3", 1.0, "kg", elements={"Dy": 0.87}),
    ]
    flows = [Flow("hydrochloric acid", "reagent", 40.0, "kg"), Flow("electricity", "power", 100.0, "kWh")]
    items = [Item("cleaner_extraction.mixer_settler", 2444, "gal", 6)]
    given_ = {"prices": {"NdPr": priced("NdPr", 80.0)}, **changes}
    return estimate(items, flows, products, load_rules("seider"), **given_)


def test_cost_by_element() -> None:
    costs = oxides()
    worth = {"Nd": 90.0, "Pr": 90.0, "Dy": 300.0}
    lowest = lowest_price(costs, "follow")
    for of, whole in (
        ("operating cost", costs.operating_cost),
        ("annual cost", costs.annual_cost),
        ("required revenue", lowest.revenue),
    ):
        for rule in ("mass", "revenue", "main product"):
            found = by_element(costs, rule, of, "Nd", worth, lowest)
            assert sum(found.cost.values()) == pytest.approx(whole, rel=1e-12)
            assert of in found.words
            assert "allocated" in found.words
    by_value = by_element(costs, "revenue", "annual cost", worth=worth)
    assert by_value.per_kg["Dy"] > by_value.per_kg["Nd"] == pytest.approx(by_value.per_kg["Pr"])
    with pytest.raises(PlantError, match="worth"):
        by_element(costs, "revenue", "annual cost")
    with pytest.raises(PlantError, match="lowest"):
        by_element(costs, "mass", "required revenue")
    with pytest.raises(PlantError, match="there is no cost"):
        by_element(costs, "mass", "profit")


def test_allocation_refusals() -> None:
    for rule, kilograms, values, main, text in (
        ("weight", {"Nd": 1.0}, None, None, "no allocation rule"),
        ("revenue", {"Nd": 1.0, "Dy": 1.0}, {"Nd": 1.0}, None, "the value of Dy"),
        ("main product", {"Nd": 1.0}, {"Nd": 1.0}, "Pr", "must be one of Nd"),
        ("main product", {"Nd": 0.0}, {"Nd": 1.0}, "Nd", "none of the main product"),
        ("mass", {"Nd": 0.0}, None, None, "all amounts are nothing"),
        ("mass", {"Nd": -1.0}, None, None, "must be 0 or more"),
    ):
        with pytest.raises(PlantError, match=text):
            allocate(1.0, kilograms, rule, values, main)


def test_footprint_by_hand() -> None:
    own = {"electricity": Factor("electricity", 2, 0.7, "kWh", "2024", "a grid")}
    used = [
        Used("electricity", 2.0, "MWh"), Used("carbon dioxide", 30.0, "kg"), Used("sodium hydroxide", 0.1, "t"),
        Used("oxalic acid", 5.0, "kg"),
    ]  # fmt: skip
    found = footprint(used, 100.0, own, ["oxalic acid"])
    assert found.by_scope == pytest.approx({1: 30.0, 2: 1400.0, 3: 63.29})
    assert found.per_kg == pytest.approx(14.9329)
    assert sum(found.per_kg_by_scope.values()) == pytest.approx(found.per_kg)
    assert found.not_counted == ("oxalic acid",)
    assert "not counted: oxalic acid" in found.words
    with pytest.raises(PlantError, match="'electricity', 'oxalic acid'"):
        footprint(used, 100.0)
    with pytest.raises(PlantError, match="no product"):
        footprint(used, 0.0, own, ["oxalic acid"])
    many = footprint(used, np.array([100.0, 200.0]), own, ["oxalic acid"])
    assert many.per_kg == pytest.approx([14.9329, 7.46645])


def test_units() -> None:
    assert convert(1.0, "hp", "kW", "a size") == pytest.approx(0.74569987, rel=1e-8)
    assert convert(1.0, "ton/hr", "t/hr", "a size") == pytest.approx(0.90718474)
    assert convert(1.0, "gal/min", "m3/h", "a size") == pytest.approx(0.2271247, rel=1e-6)
    assert convert(1.0, "MBTU/hr", "kW", "a size") == pytest.approx(293.07107, rel=1e-7)
    assert convert(1.0, "ft**3/min", "m**3/hr", "a size") == pytest.approx(1.699011, rel=1e-6)
    assert convert(1000.0, "ft**2", "m**2", "a size") == pytest.approx(92.90304)
    with pytest.raises(PlantError, match="a volume; give it as a mass"):
        convert(1.0, "gal", "kg", "the acid")
    with pytest.raises(PlantError, match="not known"):
        convert(1.0, "barrel", "gal", "the acid")


def test_a_size_costs_the_same_in_any_unit() -> None:
    by_hp, by_kw = (
        purchase(Item("1.3", 400, "hp"), "2021"),
        purchase(Item("1.3", 400 * 0.7456998715822702, "kW"), "2021"),
    )
    assert by_hp.cost == pytest.approx(by_kw.cost, rel=1e-12)


@some
@given(st.floats(60, 6000), st.integers(1, 9))
def test_parallel_units(size: float, count: int) -> None:
    together = purchase(Item("1.4", size * count, "hp", count, shared=True), "2021").cost
    each = purchase(Item("1.4", size, "hp", count), "2021").cost
    assert together == pytest.approx(each, rel=1e-12)
    assert each == pytest.approx(count * float(purchase(Item("1.4", size, "hp"), "2021").cost), rel=1e-12)


def test_escalation() -> None:
    assert escalate(100.0, "2016", "2021") == pytest.approx(100 * 708.0 / 541.7)
    assert escalate(escalate(100.0, "2016", "2023"), "2023", "2016") == pytest.approx(100.0)
    assert escalate(1.0, "CE500", "2026", {"2026": 850.0}) == pytest.approx(1.7)
    with pytest.raises(PlantError, match="no cost index for the year '2031'; the years known are 1990"):
        escalate(1.0, "2016", "2031")


def test_outside_the_range_is_told() -> None:
    small = purchase(Item("roasting.spray_quencher_small", 70000, "ft**3/min"), "2021")
    assert "extrapolated" in small.warnings[0]
    assert not purchase(Item("roasting.spray_quencher_small", 20000, "ft**3/min"), "2021").warnings
    assert "far from" in purchase(Item("1.3", 5, "hp"), "2021").warnings[0]
    costs = estimate([Item("cone_roof_tank", 3e7, "gal")], [], [Product("Nd2O3", 1.0, "kg")], load_rules("seider"))
    assert any("up to 2e+07 gal" in one for one in costs.warnings)


def test_catalogue_prices_are_told() -> None:
    sold = [Product("Pr6O11", 1.0, "kg"), Product("Nd2O3", 1.0, "kg")]
    told = estimate([], [], sold, load_rules("qgess")).warnings
    assert [one for one in told if "laboratory" in one] == [
        "the price of 'Pr6O11' is a laboratory catalogue price, far above what tonnes fetch"
    ]
    own = {"Pr6O11": priced("Pr6O11", 80.0)}
    assert not estimate([], [], sold, load_rules("qgess"), own).warnings


def test_labour_by_shift() -> None:
    staff = (Position("operator", "operating labour", 3, 10.0, "a test"),)
    rules = load_rules("seider").with_({"labour.burden": 0.3}, positions=staff)
    costs = estimate([], [], [Product("Nd2O3", 1.0, "kg")], rules)
    line = next(one for one in costs.lines if one.name == "operator")
    assert line.amount == pytest.approx(3 * 5 * 2080 * 10 * 1.3)


def test_ways_of_installing() -> None:
    item, product = Item("1.3", 589, "hp"), [Product("Nd2O3", 1.0, "kg")]
    qgess = load_rules("qgess")
    assert 1 + sum(qgess["capital.percentages"].values()) == pytest.approx(2.97)
    one = estimate([item], [], product, qgess).capital
    other = estimate([item], [], product, qgess.with_({"capital.method": "lang"})).capital
    assert one.plant_cost == pytest.approx(other.plant_cost, rel=1e-12)
    changed = qgess.with_({"capital.contingency": 0.1, "capital.owners": 0.05, "capital.location": 0.8})
    outside = [Outside("membrane", 1e6, False, "a test"), Outside("first fill", 2e5, True, "a test")]
    found = estimate([item], [], product, changed, other=1000.0, outside=outside, land=5e4)
    plant = (one.installed + 1000.0) * 0.8
    assert found.capital.fixed_capital == pytest.approx(plant * 1.15 + 1.2e6)
    assert found.capital.depreciable == pytest.approx(plant * 1.15 + 2e5)
    assert found.total_capital == pytest.approx(plant * 1.15 + 1.2e6 + 5e4)
    own = estimate([Item("1.3", 589, "hp", installation=1.0)], [], product, qgess).capital
    assert own.installed == pytest.approx(own.bought)
    with pytest.raises(PlantError, match=r"no bare-module factor is known for 1\.3"):
        estimate([item], [], product, qgess.with_({"capital.method": "bare module"}))


def test_working_capital_by_days() -> None:
    rules = load_rules("seider").with_(
        {
            "capital.working": 0.0,
            "capital.stock_days": 73,
            "capital.receivable_days": 36.5,
            "capital.payable_days": 36.5,
        }
    )
    costs = estimate([], [Flow("water", "water", 100.0, "gal")], [Product("Nd2O3", 1.0, "kg")], rules)
    assert costs.working_capital == pytest.approx(0.1 * costs.variable + 0.1 * costs.revenue)


def test_the_table_adds_up() -> None:
    costs = oxides()
    lines = {one.name: one.amount for one in costs.table}
    assert sum(one.amount for one in costs.table if one.group == "equipment") == pytest.approx(
        lines["equipment bought"]
    )
    yearly = sum(one.amount for one in costs.lines if one.group != "revenue")
    assert yearly == pytest.approx(costs.operating_cost)
    assert all(one.words for one in costs.table)


QGESS = load_rules("qgess")
SOLD = [Product("Nd2O3", 1, "kg")]


def refuse(
    items: tuple[Item, ...] = (), flows: tuple[Flow, ...] = (), products: Any = (), **changes: Any
) -> Callable[[], object]:
    """An estimate that has to be refused; ``changes`` are rules, with two underscores for a dot."""
    changed = {key.replace("__", "."): value for key, value in changes.items()}
    return lambda: estimate(items, flows, products, QGESS.with_(changed))


def in_euro(items: tuple[Item, ...], flows: tuple[Flow, ...]) -> Callable[[], object]:
    return lambda: estimate(items, flows, [], QGESS.with_({"currency": "EUR"}, (), ()))


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("no cost is known for the equipment 'jaw_crushr'", refuse((Item("jaw_crushr", 1, "hp"),))),
    ("must be 0 or more", refuse((Item("1.3", -5, "hp"),))),
    ("is nothing", refuse((Item("1.3", 0, "hp"),))),
    ("one finite number", refuse((Item("1.3", float("nan"), "hp"),))),
    ("a mass; give it as a power", refuse((Item("1.3", 5, "kg"),))),
    ("no cost index for the year '2050'", refuse((Item("1.3", 5, "hp"),), year="2050")),
    (
        "no price is known for 'tea', 'milk'",
        refuse((), (Flow("tea", "reagent", 1, "kg"), Flow("milk", "feed", 1, "kg"))),
    ),
    ("a kind is one of", refuse((), (Flow("water", "drink", 1, "gal"),))),
    ("the price of 'water' is in USD and the estimate is in EUR", in_euro((), (Flow("water", "water", 1, "gal"),))),
    ("the cost of equipment is in USD and the estimate is in EUR", in_euro((Item("1.3", 5, "hp"),), ())),
    ("are in USD; to change the currency to EUR", refuse(currency="EUR")),
    ("more than one product called Nd2O3", refuse((), (), SOLD * 2)),
    ("2 and 3 draws", refuse((Item("1.3", np.ones(2), "hp"),), (Flow("water", "water", np.ones(3), "gal"),))),
    ("must be between 0 and 1", refuse(money__tax=1.2)),
    ("must sum to 1", refuse(money__construction=[0.5, 0.4])),
    ("did you mean 'money.rate'", refuse(money__rates=0.1)),
    ("must be one of lang, percentages, bare module", refuse(capital__method="guess")),
    ("there is no depreciation", refuse(money__depreciation="magic 5")),
    ("whole number of years", refuse(money__life=12.5)),
    ("true or false", refuse(prices__follow_index=1)),
    ("no set of cost rules 'qges'; did you mean 'qgess'", lambda: load_rules("qges")),
    (
        "takes 8 years and the plant runs 5",
        refuse((), (), SOLD, money__life=5, money__method="cash flow", money__depreciation="macrs 7"),
    ),
    ("earn nothing", lambda: lowest_price(estimate([], [], [], QGESS), "follow")),
    ("say 'follow' or 'held'", lambda: lowest_price(oxides(), "both")),
]


@pytest.mark.parametrize(("text", "wrong"), REFUSED, ids=[one[0] for one in REFUSED])
def test_refusals(text: str, wrong: Callable[[], object]) -> None:
    with pytest.raises(PlantError) as told:
        wrong()
    assert text in str(told.value)


def test_faults_are_told_at_once() -> None:
    with pytest.raises(PlantError) as told:
        estimate([Item("nothing", 1, "hp"), Item("1.3", -1, "hp")], [], [], load_rules("qgess"))
    assert len(str(told.value).splitlines()) == 2
    with pytest.raises(PlantError) as told:
        load_rules("qgess").with_({"money.tax": -1, "capital.lang": 0.5, "money.rate": None})
    assert len(str(told.value).splitlines()) == 3


def test_loads_fast_and_alone() -> None:
    code = (
        "import sys; import chumbak.plant.costs.whole, chumbak.plant.costs.allocation, chumbak.plant.costs.carbon; "
        "print([one for one in ('scipy', 'pandas', 'xarray', 'pint', 'yaml') if one in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
