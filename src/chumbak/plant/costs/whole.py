"""The costs of a plant: equipment, flows and products under a set of rules, to lines, value and lowest price.

``estimate`` is the whole way. Every number may be one, or one for every draw; results have the same form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chumbak.plant.costs.annuity import AnnuityValue, annuity_value
from chumbak.plant.costs.capital import Capital, Outside, capital, installation, learning, working_capital
from chumbak.plant.costs.cash import CashFlow, Money, cash_flow, payback, rate_of_return
from chumbak.plant.costs.equipment import Bought, Correlation, Item, purchases
from chumbak.plant.costs.operating import (
    Flow,
    Line,
    Product,
    flow_lines,
    label,
    labour_lines,
    product_lines,
    share_lines,
)
from chumbak.plant.costs.prices import Price, exchanged, price_of
from chumbak.plant.costs.root import zero
from chumbak.plant.costs.rules import CostRules
from chumbak.plant.costs.tables import Array, Number, middle, number, total
from chumbak.plant.errors import PlantError

FOLLOW = ("follow", "held")


@dataclass(frozen=True)
class Costs:
    """What a plant costs, earns and is worth: money of the estimate's currency and year; one, or one for every draw.

    ``lines`` are the yearly lines (labour, fixed, variable, revenue); ``table`` is everything. ``variable`` and
    ``fixed`` are a year's cost without capital; ``annual_cost`` adds the yearly charge of capital.
    """

    rules: CostRules
    products: tuple[Product, ...]
    bought: tuple[Bought, ...]
    capital: Capital
    working_capital: Number
    lines: tuple[Line, ...]
    variable: Number
    fixed: Number
    revenue: Number
    value: CashFlow | AnnuityValue
    npv: Number
    rate_of_return: Number | None
    payback: Number | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def operating_cost(self) -> Number:
        """A year's cost without capital."""
        return self.variable + self.fixed

    @property
    def annual_cost(self) -> Number:
        """A year's cost with the yearly charge of capital."""
        return self.operating_cost + self.capital.charge

    @property
    def total_capital(self) -> Number:
        """Fixed capital, working capital and land."""
        return self.capital.fixed_capital + self.working_capital + self.capital.land

    @property
    def table(self) -> tuple[Line, ...]:
        """All lines: equipment bought, capital, then those of a year."""
        return (*_capital_lines(self), *self.lines)


@dataclass(frozen=True)
class LowestPrice:
    """The prices at which a plant is worth nothing more and nothing less than its discount rate asks.

    ``factor`` scales the prices of all that are no co-products; ``prices`` are by product, money of the estimate per
    ``unit``; ``revenue`` is the yearly revenue then; ``npv`` is what is left of the value, as proof.
    """

    factor: Number
    prices: Mapping[str, tuple[Number, str]]
    revenue: Number
    npv: Number
    words: str


def estimate(
    items: Sequence[Item],
    flows: Sequence[Flow],
    products: Sequence[Product],
    rules: CostRules,
    prices: Mapping[str, Price] | None = None,
    other: Number = 0.0,
    outside: Sequence[Outside] = (),
    land: Number = 0.0,
    index: Mapping[str, float] | None = None,
    correlations: Mapping[str, Correlation] | None = None,
    exchange: Mapping[str, Number] | None = None,
) -> Costs:
    """Return what a plant costs.

    ``prices`` are the user's own and come before the table's; ``other`` is plant cost that is no equipment, ``outside``
    capital without installation factor, ``land`` what is bought of it, all in money of the estimate. ``index`` adds
    years to the cost index, ``correlations`` lines to the equipment table; ``exchange`` is what one unit of another
    currency buys of the estimate's. Raises ``PlantError``, which lists all faults of a kind.
    """
    own = prices or {}
    more = [other, land, *(one.amount for one in outside), *(one.price for one in own.values())]
    _same_draws(items, flows, products, rules, more)
    names = [label(one) for one in products]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise PlantError(f"there is more than one product called {', '.join(twice)}; give each a name of its own")
    bought = purchases(items, rules["year"], correlations, index)
    faults: list[str] = []
    flowing: tuple[Line, ...] = ()
    sold: tuple[Line, ...] = ()
    try:
        flowing = flow_lines(flows, own, rules, index, exchange)
    except PlantError as error:
        faults.append(str(error))
    try:
        sold = product_lines(products, own, rules, index, exchange)
    except PlantError as error:
        faults.append(str(error))
    try:
        bought = tuple(
            replace(one, cost=exchanged(one.cost, one.correlation.currency, rules, exchange, "the cost of equipment"))
            for one in bought
        )
    except PlantError as error:
        faults.append(str(error))
    if faults:
        raise PlantError("\n".join(faults))
    owned = capital(bought, rules, other, outside, land)
    year = _year(rules, owned, bought, flowing, total(one.amount for one in sold))
    lines, variable, fixed, revenue, working, value, npv = year(total(one.amount for one in sold), None)
    warnings = [text for one in bought for text in one.warnings]
    used = price_of([one.item for one in flows] + [one.item for one in products], own, rules, exchange)
    warnings += [f"the price of '{item}' is {price.caution}" for item, price in used.items() if price.caution]
    earned = back = None
    if isinstance(value, CashFlow):
        earned, told = rate_of_return(value)
        warnings += told
        back = payback(value)
    else:
        warnings += _left_out(rules, bought, working)
    return Costs(
        rules, tuple(products), bought, owned, working, (*lines, *sold), variable, fixed, revenue, value, npv, earned,
        back, tuple(dict.fromkeys(warnings)), _notes(rules),
    )  # fmt: skip


_Year = tuple[tuple[Line, ...], Number, Number, Number, Number, CashFlow | AnnuityValue, Number]


def _year(
    rules: CostRules, owned: Capital, bought: Sequence[Bought], flowing: Sequence[Line], base: Number
) -> Callable[[Number, str | None], _Year]:
    """Return a function from a yearly revenue to lines, variable, fixed, revenue, working capital, value and npv.

    Its second argument says whether costs that are shares of revenue follow it, or are held at the revenue ``base``.
    """
    labour = labour_lines(rules)
    factor = learning(rules) * rules["capital.location"]
    replaced = tuple(
        (amount * factor, float(number(one.item.life, f"the life of '{one.item.equipment}'", 1.0)))
        for one, amount in zip(bought, owned.each, strict=True)
        if one.item.life is not None
    )

    def year(revenue: Number, follow: str | None) -> _Year:
        shares = share_lines(rules, owned, labour, flowing, base if follow == "held" else revenue)
        fixed = total(one.amount for one in (*labour, *shares) if not one.group.startswith("variable"))
        variable = total(one.amount for one in (*flowing, *shares) if one.group.startswith("variable"))
        working = working_capital(rules, owned.fixed_capital, variable, revenue)
        money = Money(
            owned.fixed_capital, owned.depreciable, working, owned.land, revenue, variable, fixed, replaced
        )  # fmt: skip
        value: CashFlow | AnnuityValue
        if rules["money.method"] == "annuity":
            value = annuity_value(money, rules.values, owned.charge)
        else:
            value = cash_flow(money, rules.values)
        return (*labour, *shares, *flowing), variable, fixed, revenue, working, value, value.npv

    return year


def lowest_price(costs: Costs, revenue_costs: str) -> LowestPrice:
    """Return the lowest prices at which the net present value is nothing.

    ``revenue_costs`` says whether costs that are a share of revenue ``follow`` the price sought, or are ``held`` at the
    prices given (BioSTEAM's way). Products of one basket are scaled by one factor; co-products keep their prices.
    """
    if revenue_costs not in FOLLOW:
        raise PlantError(f"revenue_costs is '{revenue_costs}'; say 'follow' or 'held'")
    sold = costs.lines[len(costs.lines) - len(costs.products) :]
    main = total(line.amount for line, one in zip(sold, costs.products, strict=True) if not one.co_product)
    kept = total(line.amount for line, one in zip(sold, costs.products, strict=True) if one.co_product)
    if not costs.products or (np.asarray(main) <= 0).any():
        raise PlantError(
            "the products whose price is sought earn nothing; give each an amount and a price to start from"
        )
    flowing = [one for one in costs.lines if one.group.startswith("variable") and one.group != "variable overhead"]
    year = _year(costs.rules, costs.capital, costs.bought, flowing, costs.revenue)
    shape = np.shape(costs.npv)

    def value(factor: Array) -> Array:
        return np.broadcast_to(np.asarray(year(kept + factor * main, revenue_costs)[-1], dtype=float), shape)

    factor, left = zero(value, shape, 1e-12 * float(np.max(np.abs(costs.revenue) + np.abs(costs.npv))))
    found: Number = float(factor) if not shape else factor
    prices: dict[str, tuple[Number, str]] = {}
    for line, one in zip(sold, costs.products, strict=True):
        amount = np.asarray(one.amount * costs.rules["operation.hours"], dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(amount > 0, np.asarray(line.amount) * (1.0 if one.co_product else found) / amount, np.nan)
        prices[line.name] = (float(each) if each.ndim == 0 else each, one.unit)
    basis = costs.rules["money.basis"]
    words = (
        f"prices at which value at {middle(costs.rules['money.rate']):.3g} a year ({basis}) is nothing, in "
        f"{costs.rules['currency']} of {costs.rules['year']}; costs that are a share of revenue "
        f"{'follow the price' if revenue_costs == 'follow' else 'are held at the prices given'}"
    )
    if len(costs.products) > 1:
        words += "; products are scaled by one factor, co-products keep their prices"
    return LowestPrice(found, prices, kept + found * main, float(left) if not shape else left, words)


def _capital_lines(costs: Costs) -> tuple[Line, ...]:
    rules, owned = costs.rules, costs.capital
    unit = rules["currency"]
    found = []
    for one in costs.bought:
        line, item = one.correlation, one.item
        words = (
            f"{middle(item.count):g} of {middle(item.size):.6g} {item.unit}{' in all' if item.shared else ''}; "
            f"from {line.year} to {rules['year']} by the cost index"
        )
        if item.why or middle(item.factor) != 1.0:
            words += f"; times {middle(item.factor):g} {item.why}".rstrip()
        found.append(
            Line("equipment", item.name or line.name, one.cost, unit, words, f"{line.source} ({line.verification})")
        )
    how = "bare-module factors" if rules["capital.method"] == "bare module" else installation(rules)[1]
    each = [
        ("equipment bought", owned.bought, "sum"),
        ("installed", owned.installed, how),
        ("plant cost", owned.plant_cost, "with other plant costs, learning and location"),
        ("contingency", owned.contingency, "of plant cost"),
        ("owner's costs", owned.owners, "of plant cost"),
        ("outside any installation factor", owned.outside, "sum"),
        ("fixed capital", owned.fixed_capital, "sum"),
        ("working capital", costs.working_capital, "a share of fixed capital, and days of stock and of what is owed"),
        ("land", owned.land, "as given"),
        ("total capital", costs.total_capital, "fixed, working and land"),
        ("yearly charge of capital", owned.charge, owned.charge_words),
    ]
    return (*found, *(Line("capital", name, amount, unit, words) for name, amount, words in each))


def _notes(rules: CostRules) -> tuple[str, ...]:
    growth = (
        "no growth"
        if not any(np.any(rules[f"money.{one}_growth"]) for one in ("cost", "revenue"))
        else "growth as ruled"
    )
    notes = [
        f"Money is {rules['currency']} of {rules['year']}, on a {rules['money.basis']} basis with {growth}; values are "
        f"of the moment {rules['money.present']}, and amounts fall at the end of their years."
    ]
    if rules["money.method"] == "annuity" and np.any(rules["money.loan"]):
        notes.append("The annuity method counts a loan below the discount rate as a loss, as its source does.")
    if not rules["prices.follow_index"]:
        notes.append("Prices are taken as they stand, of whatever year they are.")
    return tuple(notes)


def _left_out(rules: CostRules, bought: Sequence[Bought], working: Number) -> tuple[str, ...]:
    """Return a sentence on what was asked for and has no place in the annuity method."""
    asked = {
        "working capital": np.any(working),
        "replacing equipment": any(one.item.life is not None for one in bought),
        "salvage": np.any(rules["money.salvage"]),
        "start-up": np.any(rules["money.startup_months"]),
        "depreciation": rules["money.depreciation"] != "none",
    }
    left = [name for name, is_asked in asked.items() if is_asked]
    return (f"the annuity method leaves out {', '.join(left)}; set money.method to 'cash flow'",) if left else ()


def _same_draws(
    items: Sequence[Item], flows: Sequence[Flow], products: Sequence[Product], rules: CostRules, more: Sequence[Any]
) -> None:
    numbers: list[Any] = [value for one in items for value in (one.size, one.count, one.factor)]
    numbers += [one.amount for one in flows] + [one.amount for one in products] + list(rules.values.values())
    numbers += [value for one in rules.positions for value in (one.people, one.rate)]
    numbers += [value for one in rules.lines for value in (one.share, one.amount)]
    lengths = {len(one) for one in (*numbers, *more) if isinstance(one, np.ndarray) and one.ndim == 1}
    if len(lengths) > 1:
        raise PlantError(
            f"numbers were given for {' and '.join(str(one) for one in sorted(lengths))} draws; give one number, or "
            "one for every draw, of the same number of draws everywhere"
        )
