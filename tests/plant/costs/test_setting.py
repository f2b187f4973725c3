"""What a file says of money."""

from __future__ import annotations

from typing import Any

import pytest

from chumbak.plant import PlantError, Size
from chumbak.plant.costs import (
    Flow,
    Item,
    Outside,
    Price,
    Product,
    costed,
    estimate,
    items_of,
    load_rules,
    read_setting,
)

FILE: dict[str, Any] = {
    "rules": "seider",
    "change": {"money.rate": 0.1},
    "prices": {"NdPr oxide": {"price": 6000, "unit": "kg", "currency": "INR", "year": 2024, "source": "me"}},
    "equipment": [{"equipment": "leaching.polyethylene_tank", "size": 60, "unit": "m**3", "count": 4}],
    "lines": [
        {
            "key": "strip_caster", "name": "Caster", "cost": 1e6, "currency": "USD", "year": 2022, "unit": "kg/hr",
            "size": "throughput", "base": 100, "exponent": 0.6, "source": "a quotation",
        }
    ],
    "flows": [{"item": "water", "kind": "water", "amount": 1000, "unit": "gal"}],
    "outside": [{"name": "first fill", "amount": 200000, "depreciated": True, "source": "a quotation"}],
    "exchange": {"INR": 0.012},
    "factors": {"electricity": {"scope": 2, "factor": 0.7, "unit": "kWh", "year": 2024, "source": "a grid"}},
    "allocation": {"rule": "mass", "of": "annual cost"},
    "land": 1000,
}  # fmt: skip


def test_a_file_is_the_same_as_the_call() -> None:
    setting = read_setting(FILE, "plant.yaml")
    product = [Product("NdPr oxide", 10.0, "kg", elements={"Nd": 6.4, "Pr": 2.1})]
    caster = Item("strip_caster", 50.0, "kg/h")
    found = costed(setting, [caster], [], product)
    by_hand = estimate(
        [caster, Item("leaching.polyethylene_tank", 60, "m**3", 4)],
        [Flow("water", "water", 1000, "gal")],
        product,
        load_rules("seider").with_({"money.rate": 0.1}),
        {"NdPr oxide": Price("NdPr oxide", 72.0, "kg", "USD", "2024", "me")},
        outside=[Outside("first fill", 2e5, True, "a quotation")],
        land=1000,
        correlations=setting.correlations,
    )
    assert found.npv == pytest.approx(by_hand.npv, rel=1e-12)
    assert found.bought[0].cost == pytest.approx(1e6 * 0.5**0.6 * 832.6 / 816.0)
    assert setting.factors["electricity"].scope == 2
    assert setting.rules.sources["money.rate"] == "yours"


def test_sizes_of_a_flowsheet_are_items() -> None:
    sizes = [Size("leaching.solution_heater", 40.0, "kW", 2), Size("leaching.solution_heater", 0.0, "kW")]
    assert items_of(sizes) == (Item("leaching.solution_heater", 40.0, "kW", 2),)


def test_faults_of_a_file_are_told_at_once() -> None:
    wrong = {
        **FILE, "rules": "sieder", "color": 1, "prices": {"tea": {"price": 1, "unti": "kg"}}, "equipment": {"a": 1},
        "flows": [{"item": "water"}], "land": -1, "allocation": {"way": "mass"},
    }  # fmt: skip
    with pytest.raises(PlantError) as told:
        read_setting(wrong, "plant.yaml")
    text = str(told.value)
    for part in (
        "there is no field 'color'", "no set of cost rules 'sieder'; did you mean 'seider'",
        "prices 'tea': there is no field", "unit, currency, year, source are missing", "equipment: this is no list",
        "flows 1: kind, amount, unit are missing",
        "land is -1; it must be 0 or more", "allocation: there is no field 'way'",
    ):  # fmt: skip
        assert part in text, part
    assert all(line.startswith("plant.yaml") for line in text.splitlines())


def test_without_rules_there_is_no_estimate() -> None:
    with pytest.raises(PlantError, match="say which set of cost rules"):
        read_setting({}, "plant.yaml")
    with pytest.raises(PlantError, match=r"'money\.rate' is missing"):
        read_setting({"rules": {"name": "mine", "rules": {"currency": {"is": "USD", "source": "mine"}}}}, "plant.yaml")
    with pytest.raises(PlantError, match="has no source"):
        read_setting({"rules": {"name": "mine", "rules": {"currency": {"is": "USD"}}}}, "plant.yaml")


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"rules": [1]}, "'rules' of the cost rules is no mapping"),
        ({"positions": {"a": 1}}, "'positions' of the cost rules is no list"),
        ({"lines": ["rent"]}, "lines 1 of the cost rules is no mapping"),
        ({"rules": {"money.tax": 0.3}}, "must say 'is' and 'source'"),
        ({"positions": [{"name": "a", "source": "me"}]}, "the people of the position 'a' is None"),
        ({"lines": [{"name": "b", "where": "q", "source": "me"}]}, "it must be in 'fixed' or 'variable'"),
        (
            {"lines": [{"name": "b", "where": "fixed", "of": ["revenu"], "source": "me"}]},
            "a share of 'revenu'; did you mean 'revenue'",
        ),
        (
            {"lines": [{"name": "b", "where": "fixed", "of": ["fixed cost"], "source": "me"}]},
            "rests on variable or fixed cost in all",
        ),
    ],
)
def test_sets_of_rules_that_cannot_be(rules: Any, text: str) -> None:
    with pytest.raises(PlantError) as told:
        read_setting({"rules": {"name": "mine", **rules}}, "plant.yaml")
    assert text in str(told.value)
