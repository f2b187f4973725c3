"""What a plant costs: equipment by one line a correlation, capital, a year's lines, value, lowest price, carbon.

Plain functions on numbers, or on one number for every draw. ``estimate`` is the whole way; the rest can be used alone.
Each name loads its module when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chumbak.plant.costs.allocation import Allocation, allocate, by_element
    from chumbak.plant.costs.annuity import AnnuityValue, annuity_value
    from chumbak.plant.costs.bounds import cost_bounds
    from chumbak.plant.costs.capital import Capital, Outside
    from chumbak.plant.costs.carbon import Factor, Footprint, Used, footprint
    from chumbak.plant.costs.cash import CashFlow, Money, cash_flow, lowest_revenue, payback, rate_of_return
    from chumbak.plant.costs.depreciation import schedule
    from chumbak.plant.costs.equipment import Correlation, Item, correlations, purchase, purchases, quoted
    from chumbak.plant.costs.escalation import escalate, index, indices
    from chumbak.plant.costs.measures import convert
    from chumbak.plant.costs.operating import Flow, Line, Product
    from chumbak.plant.costs.prices import Price
    from chumbak.plant.costs.rules import CostLine, CostRules, Position, load_rules, read_rules, ready
    from chumbak.plant.costs.whole import Costs, LowestPrice, estimate, lowest_price

_FROM = {
    "allocation": ("Allocation", "allocate", "by_element"),
    "annuity": ("AnnuityValue", "annuity_value"),
    "bounds": ("cost_bounds",),
    "capital": ("Capital", "Outside"),
    "carbon": ("Factor", "Footprint", "Used", "footprint"),
    "cash": ("CashFlow", "Money", "cash_flow", "lowest_revenue", "payback", "rate_of_return"),
    "depreciation": ("schedule",),
    "equipment": ("Correlation", "Item", "correlations", "purchase", "purchases", "quoted"),
    "escalation": ("escalate", "index", "indices"),
    "measures": ("convert",),
    "operating": ("Flow", "Line", "Product"),
    "prices": ("Price",),
    "rules": ("CostLine", "CostRules", "Position", "load_rules", "read_rules", "ready"),
    "whole": ("Costs", "LowestPrice", "estimate", "lowest_price"),
}
_MODULE = {name: module for module, names in _FROM.items() for name in names}

__all__ = [
    "Allocation", "AnnuityValue", "Capital", "CashFlow", "Correlation", "CostLine", "CostRules", "Costs", "Factor",
    "Flow", "Footprint", "Item", "Line", "LowestPrice", "Money", "Outside", "Position", "Price", "Product",
    "Used", "allocate", "annuity_value", "by_element", "cash_flow", "convert", "correlations", "cost_bounds",
    "escalate", "estimate", "footprint", "index", "indices", "load_rules", "lowest_price",
    "lowest_revenue", "payback", "purchase", "purchases", "quoted", "rate_of_return", "read_rules",
    "ready", "schedule",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'chumbak.plant.costs' has no attribute '{name}'")
    return getattr(import_module(f"chumbak.plant.costs.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
