"""What a plant costs, as plain data: lines with sources, capital, lowest price, cost by element, greenhouse gas."""

from __future__ import annotations

from typing import Any

import numpy as np

from chumbak.plant.costing import PlantCosts
from chumbak.plant.costs.tables import Number

PERCENTILES = {"low": 5.0, "middle": 50.0, "high": 95.0}


def cost_document(
    central: PlantCosts, drawn: PlantCosts | None = None, draws: int = 0, seed: int = 0
) -> dict[str, Any]:
    """Return what a plant costs; with ``drawn`` also the 5th, 50th and 95th percentile over the draws."""
    costs, rules = central.costs, central.costs.rules
    money = f"{rules['currency']} of {rules['year']}"
    names = [line.name for line in costs.lines[len(costs.lines) - len(costs.products) :]]
    document: dict[str, Any] = {
        "kind": "costs of a plant",
        "rules": {"name": rules.name, "words": rules.words},
        "money": money,
        "convention": (
            f"Amounts are {money}; yearly lines are of a full year; low, middle and high are the 5th, 50th and 95th "
            "percentile of the draws that have one"
        ),
        "capital": _with_draws(central, drawn, lambda one: one.costs.total_capital, money),
        "fixed_capital": _with_draws(central, drawn, lambda one: one.costs.capital.fixed_capital, money),
        "operating_cost_per_year": _with_draws(central, drawn, lambda one: one.costs.operating_cost, money),
        "revenue_per_year": _with_draws(central, drawn, lambda one: one.costs.revenue, money),
        "npv": _with_draws(central, drawn, lambda one: one.costs.npv, money),
        "internal_rate_of_return": _maybe(costs.rate_of_return),
        "payback_years": _maybe(costs.payback),
        "lowest_price": {
            "words": central.lowest.words,
            "factor": _with_draws(central, drawn, lambda one: one.lowest.factor, "times the prices given"),
            "products": {
                name: _with_draws(
                    central, drawn, lambda one, name=name: one.lowest.prices[name][0],
                    f"{rules['currency']}/{central.lowest.prices[name][1]}",
                )
                for name in names
            },
        },
        "lines": [
            {"group": line.group, "name": line.name, "amount": float(np.mean(line.amount)), "unit": line.unit,
             "how": line.words, "source": line.source}
            for line in costs.table
        ],
        "rules_used": {name: {"value": _plain(value), "source": rules.sources.get(name, "")}
                       for name, value in rules.values.items()},
        "left_out": list(central.left_out),
        "warnings": list(costs.warnings),
        "notes": list(costs.notes),
    }  # fmt: skip
    if central.allocation is not None:
        by = central.allocation
        document["by_element"] = {
            "words": by.words,
            "rule": by.rule,
            "per_kg": {
                element: _with_draws(
                    central,
                    drawn,
                    lambda one, element=element: _of(one, element),
                    f"{rules['currency']}/kg of {element}",
                )
                for element in by.per_kg
            },
            "warnings": list(by.warnings),
        }
    if central.footprint is not None:
        carbon = central.footprint
        document["carbon"] = {
            "words": carbon.words,
            "unit": "kg CO2e per kg of product",
            "per_kg": _with_draws(central, drawn, lambda one: _carbon(one), "kg CO2e/kg"),
            "by_scope": {str(scope): float(np.mean(one)) for scope, one in carbon.per_kg_by_scope.items()},
            "not_counted": list(carbon.not_counted),
            "lines": [
                {"item": one.item, "scope": one.scope, "kg_CO2e_per_h": float(np.mean(one.amount)), "how": one.words,
                 "source": one.source}
                for one in carbon.lines
            ],
        }  # fmt: skip
    if drawn is not None:
        document["draws"], document["seed"] = draws, seed
    return document


def _of(one: PlantCosts, element: str) -> Number:
    assert one.allocation is not None
    return one.allocation.per_kg[element]


def _carbon(one: PlantCosts) -> Number:
    assert one.footprint is not None
    return one.footprint.per_kg


def _with_draws(central: PlantCosts, drawn: PlantCosts | None, take: Any, unit: str) -> dict[str, Any]:
    told: dict[str, Any] = {"value": float(take(central)), "unit": unit}
    if drawn is not None:
        every = np.asarray(take(drawn), dtype=float)
        every = every[np.isfinite(every)] if every.ndim else every  # a draw that makes none of it has no price of it
        told |= {name: float(np.percentile(every, at)) for name, at in PERCENTILES.items() if every.size}
    return told


def _maybe(number: Number | None) -> float | None:
    return None if number is None or not np.isfinite(number) else float(number)


def _plain(value: Any) -> Any:
    return float(np.mean(value)) if isinstance(value, np.ndarray) else value
