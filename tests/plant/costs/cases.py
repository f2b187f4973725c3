"""Published cases that costs are held to, as files beside this one, and ways to set them up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chumbak.plant.costs import CostRules, Flow, Item, Money, Outside, Price, Product, load_rules, quoted

UNTAXED = {"money.tax": 0, "money.royalty": 0, "money.depletion": 0, "money.credit": 0}


def case(name: str) -> Any:
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))


def plain(**changes: Any) -> CostRules:
    """A set without tax, growth, loan or depreciation: what is left is arithmetic by hand."""
    bare = {
        "money.tax": 0, "money.depreciation": "none", "money.rate": 0.1, "money.life": 10, "money.construction": [1.0],
        "capital.working": 0,
    }  # fmt: skip
    return load_rules("seider").with_({**bare, **{f"money.{key}": value for key, value in changes.items()}})


def money(**changes: Any) -> Money:
    given: dict[str, Any] = {
        "fixed_capital": 100.0, "depreciable": 100.0, "working_capital": 0.0, "land": 0.0, "revenue": 50.0,
        "variable": 15.0, "fixed": 5.0,
    }  # fmt: skip
    return Money(**{**given, **changes})


def priced(item: str, price: Any, unit: str = "kg", year: str = "2021") -> Price:
    return Price(item, price, unit, "USD", year, "a test")


def crusher() -> tuple[list[Item], list[Flow], list[Product]]:
    return (
        [Item("1.3", 589, "hp")],
        [Flow("water", "water", 1000, "gal")],
        [Product("Sc2O3", 1.9, "kg"), Product("Sc2O3", 0.00143, "kg", mixed=True)],
    )


def reeps() -> dict[str, Any]:
    """The arguments of ``estimate`` for the REEPS base case, but for the rules."""
    told = case("reeps")
    lines = {key: quoted(key, cost, "USD", "2022-06", "REEPS") for key, cost in told["equipment_USD"].items()}
    flows = [Flow(key, "reagent", amount, "kg") for key, (amount, _) in told["feeds"].items()]
    flows += [Flow("utilities", "power", 1.0, "1")] + [Flow(key, "other", 1.0, "1") for key in told["other_USD_h"]]
    prices = {key: priced(key, price) for key, (_, price) in {**told["feeds"], **told["products"]}.items()}
    prices |= {key: priced(key, price, "1") for key, price in told["other_USD_h"].items()}
    prices["utilities"] = priced("utilities", told["utilities_USD_h"], "1")
    return {
        "items": [Item(key, 1, "1") for key in lines],
        "flows": flows,
        "products": [
            Product("REO", told["products"]["REO"][0], "kg"),
            Product("gypsum", told["products"]["gypsum"][0], "kg", co_product=True),
        ],
        "prices": prices,
        "outside": [Outside("membrane", told["membrane_USD"], False, "REEPS")],
        "correlations": lines,
    }
