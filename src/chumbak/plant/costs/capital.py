"""From equipment bought to the capital of a plant: installing, other plant costs, learning, place, contingency, land.

``plant cost = (installed + other) x learning x location``; ``fixed capital = plant cost x (1 + contingency + owner's)
+ outside``, where *outside* is what no installation factor may be put on (membranes, licences, first fills).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chumbak.plant.costs.equipment import Bought
from chumbak.plant.costs.rules import CostRules
from chumbak.plant.costs.tables import Number, number, total
from chumbak.plant.errors import PlantError


@dataclass(frozen=True)
class Outside:
    """A capital cost that no installation factor is put on, in money of the estimate; whether it is written off."""

    name: str
    amount: Number
    depreciated: bool
    source: str


@dataclass(frozen=True)
class Capital:
    """The capital of a plant, money of the estimate, each one number or one for every draw.

    ``each`` is the installed cost of each item, before learning and location; ``charge`` what a year of capital costs.
    """

    bought: Number
    installed: Number
    each: tuple[Number, ...]
    plant_cost: Number
    contingency: Number
    owners: Number
    outside: Number
    fixed_capital: Number
    depreciable: Number
    as_spent: Number
    land: Number
    charge: Number
    charge_words: str


def installation(rules: CostRules) -> tuple[Number, str]:
    """Return what equipment bought is multiplied by under the method of the rules, and a sentence. Not bare modules."""
    if rules["capital.method"] == "lang":
        return rules["capital.lang"], "one Lang factor"
    parts = rules["capital.percentages"]
    return 1.0 + total(parts.values()), f"one and {len(parts)} percentages"


def learning(rules: CostRules) -> Number:
    """Return ``units ** log2(1 - rate)``: the cost of the plant of that number against the first."""
    found = np.asarray(rules["capital.units_built"] ** np.log2(1.0 - rules["capital.learning"]), dtype=float)
    return float(found) if found.ndim == 0 else found


def recovery(rate: Number, years: int) -> Number:
    """Return the share of a capital that pays it back with interest in level yearly amounts."""
    rate_ = np.asarray(rate, dtype=float)
    flat = np.abs(rate_) < 1e-12
    safe = np.where(flat, 1.0, rate_)
    found = np.where(flat, 1.0 / years, safe / (1.0 - (1.0 + safe) ** -float(years)))
    return float(found) if found.ndim == 0 else found


def capital(
    bought: Sequence[Bought], rules: CostRules, other: Number = 0.0, outside: Sequence[Outside] = (), land: Number = 0.0
) -> Capital:
    """Return the capital of a plant from its equipment.

    ``other`` is plant cost that is no equipment (first fills of reagents), ``land`` what is bought of it. Raises
    ``PlantError`` where bare modules are asked for and an item has no factor.
    """
    other = number(other, "the other plant cost", 0.0)
    land = number(land, "the cost of land", 0.0)
    apart = [number(one.amount, f"the cost of '{one.name}'", 0.0) for one in outside]
    bare = rules["capital.method"] == "bare module"
    factors = [_factor(one, one.correlation.bare_module if bare else installation(rules)[0]) for one in bought]
    lacking = sorted({one.item.equipment for one, by in zip(bought, factors, strict=True) if by is None})
    if lacking:
        raise PlantError(
            f"no bare-module factor is known for {', '.join(lacking)}; give each item its 'installation', or use "
            "'lang' or 'percentages' for capital.method"
        )
    each = tuple(one.cost * by for one, by in zip(bought, factors, strict=True) if by is not None)
    installed = total(each)
    plant = (installed + other) * learning(rules) * rules["capital.location"]
    contingency, owners = plant * rules["capital.contingency"], plant * rules["capital.owners"]
    extra = total(apart)
    unwritten = total(amount for one, amount in zip(outside, apart, strict=True) if not one.depreciated)
    fixed = plant + contingency + owners + extra
    spent = fixed * rules["capital.as_spent"]
    if rules["capital.charge"] == "annuity":
        share = recovery(rules["money.rate"], rules["money.life"])
        words = (
            f"capital as spent and land, in level yearly amounts over {rules['money.life']} years at the discount rate"
        )
    else:
        share, words = rules["capital.charge"], "a share of capital as spent and land"
    return Capital(
        total(one.cost for one in bought), installed, each, plant, contingency, owners, extra, fixed,
        fixed - unwritten, spent, land, share * (spent + land), words,
    )  # fmt: skip


def _factor(one: Bought, usual: Number | None) -> Number | None:
    """Return what an item is multiplied by to be installed: its own factor before the usual one."""
    own = one.item.installation
    return usual if own is None else number(own, f"the installation factor of '{one.item.equipment}'", 0.0)


def working_capital(rules: CostRules, fixed_capital: Number, variable: Number, revenue: Number) -> Number:
    """Return the working capital: a share of fixed capital, and days of stock and of what is owed either way."""
    stock = (rules["capital.stock_days"] - rules["capital.payable_days"]) * variable
    owed: Number = rules["capital.receivable_days"] * revenue
    part: Number = rules["capital.working"] * fixed_capital
    found: Number = part + (stock + owed) / 365.0
    return found
