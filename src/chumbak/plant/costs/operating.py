"""What a year of operation costs and earns, as lines: materials and energy by the hour, labour by shift, shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chumbak.plant.costs.capital import Capital
from chumbak.plant.costs.prices import Price, money_per_unit, price_of
from chumbak.plant.costs.rules import CostRules
from chumbak.plant.costs.tables import Number, middle, number, total
from chumbak.plant.errors import PlantError

KINDS = ("feed", "reagent", "power", "fuel", "water", "waste", "lease", "other")


@dataclass(frozen=True)
class Flow:
    """What is used or got rid of while the plant runs: ``amount`` of ``unit`` an hour. What waste costs is positive."""

    item: str
    kind: str
    amount: Number
    unit: str
    name: str = ""


@dataclass(frozen=True)
class Product:
    """What is sold: ``amount`` of ``unit`` an hour. ``mixed`` fetches only a share of the price of its parts.

    ``elements`` are kg/h of each element in it, for the cost of an element. ``co_product`` keeps its price when a
    lowest price is sought.
    """

    item: str
    amount: Number
    unit: str
    mixed: bool = False
    elements: Mapping[str, Number] = field(default_factory=dict)
    co_product: bool = False
    name: str = ""


def label(product: Product) -> str:
    """Return what a product is called in a table."""
    return product.name or (f"{product.item}, mixed" if product.mixed else product.item)


@dataclass(frozen=True)
class Line:
    """A line of an estimate: its group, name, amount and unit, how it was reckoned, and from where."""

    group: str
    name: str
    amount: Number
    unit: str
    words: str
    source: str = ""


def flow_lines(
    flows: Sequence[Flow],
    own: Mapping[str, Price],
    rules: CostRules,
    index: Mapping[str, float] | None = None,
    exchange: Mapping[str, Number] | None = None,
) -> tuple[Line, ...]:
    """Return a yearly cost line of every flow: amount an hour x price x hours. The group is ``variable <kind>``."""
    faults = [f"'{one.item}' is of the kind '{one.kind}'; a kind is one of {', '.join(KINDS)}" for one in flows
              if one.kind not in KINDS]  # fmt: skip
    if faults:
        raise PlantError("\n".join(faults))
    known = price_of([one.item for one in flows], own, rules, exchange)
    return tuple(
        _line(f"variable {one.kind}", one.name or one.item, one.amount, one.unit, known[one.item], 1.0, rules, index)
        for one in flows
    )


def product_lines(
    products: Sequence[Product],
    own: Mapping[str, Price],
    rules: CostRules,
    index: Mapping[str, float] | None = None,
    exchange: Mapping[str, Number] | None = None,
) -> tuple[Line, ...]:
    """Return the yearly revenue of every product, in the group ``revenue``."""
    known = price_of([one.item for one in products], own, rules, exchange)
    return tuple(
        _line(
            "revenue", label(one), one.amount, one.unit, known[one.item],
            rules["prices.mixed"] if one.mixed else 1.0, rules, index,
        )
        for one in products
    )  # fmt: skip


def _line(
    group: str, name: str, amount: Number, unit: str, price: Price, share: Number, rules: CostRules,
    index: Mapping[str, float] | None,
) -> Line:  # fmt: skip
    amount = number(amount, f"the amount of '{name}'", 0.0)
    each = money_per_unit(price, unit, rules, index)
    currency = rules["currency"]
    words = (
        f"{middle(amount):.6g} {unit}/h x {middle(each * share):.6g} {currency}/{unit} x "
        f"{middle(rules['operation.hours']):.6g} h/a; price of {price.year}"
    )
    if rules["prices.follow_index"] and price.year != rules["year"]:
        words += f" moved to {rules['year']} by the cost index"
    source = price.source + (f" ({price.verification})" if price.verification else "")
    return Line(group, name, amount * each * share * rules["operation.hours"], f"{currency}/a", words, source)


def labour_lines(rules: CostRules) -> tuple[Line, ...]:
    """Return the yearly cost of each position: people x shifts x hours x rate x (1 + burden)."""
    hours, shifts, burden = rules["labour.hours"], rules["labour.shifts"], rules["labour.burden"]
    unit = f"{rules['currency']}/a"
    return tuple(
        Line(
            f"labour {one.group}", one.name, one.people * shifts * hours * one.rate * (1.0 + burden), unit,
            f"{middle(one.people):g} at a time x {middle(shifts):g} crews x {middle(hours):g} h/a x "
            f"{middle(one.rate):g} {rules['currency']}/h, and {middle(burden):.3g} of it on top", one.source,
        )
        for one in rules.positions
    )  # fmt: skip


def share_lines(
    rules: CostRules, capital: Capital, labour: Sequence[Line], flows: Sequence[Line], revenue: Number
) -> tuple[Line, ...]:
    """Return the yearly cost lines that are shares of other things, in the order of the rules.

    A base is capital, revenue, labour or a group of it, a line before, a kind of variable cost, or all fixed cost.
    """
    unit = f"{rules['currency']}/a"
    base: dict[str, Number] = {
        "plant cost": capital.plant_cost, "depreciable capital": capital.depreciable,
        "fixed capital": capital.fixed_capital, "bought": capital.bought, "revenue": revenue,
        "labour": total(one.amount for one in labour),
    }  # fmt: skip
    for position in rules.positions:
        group = position.group
        base[group] = total(one.amount for one in labour if one.group == f"labour {group}")
    found: list[Line] = []
    for line in rules.lines:
        on: Number = 0.0
        for name in line.of:
            if name == "fixed cost":
                on = on + base["labour"] + total(one.amount for one in found if one.group == "fixed")
            elif name.startswith("variable "):
                on = on + total(one.amount for one in flows if one.group == name)
            else:
                on = on + base[name]
        amount = line.amount + line.share * on
        words = f"{middle(line.share):.4g} of {', '.join(line.of)}" if line.of else "an amount a year"
        group = "fixed" if line.where == "fixed" else "variable overhead"
        found.append(Line(group, line.name, amount, unit, words, line.source))
        base[line.name] = amount
    return tuple(found)
