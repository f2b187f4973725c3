"""A joint cost shared out to elements or products. The rule is asked for, never assumed, and is said in the result.

``mass``: by kg. ``revenue``: by market value. ``main product``: all others are charged what they fetch, and the main
product bears the rest (system expansion). Whatever the rule, the shares sum to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.plant.costs.tables import Number, number, total
from chumbak.plant.costs.whole import Costs, LowestPrice
from chumbak.plant.errors import PlantError

ALLOCATIONS = ("mass", "revenue", "main product")
ALLOCATED = ("operating cost", "annual cost", "required revenue")


@dataclass(frozen=True)
class Allocation:
    """A cost shared out: by element (or product), and by kg of it; not a number where there is none of it."""

    rule: str
    words: str
    total: Number
    cost: Mapping[str, Number]
    per_kg: Mapping[str, Number]
    warnings: tuple[str, ...]


def allocate(
    joint: Number,
    amounts: Mapping[str, Number],
    rule: str,
    values: Mapping[str, Number] | None = None,
    main: str | None = None,
) -> Allocation:
    """Return a joint cost shared out.

    ``amounts`` are kg by element, ``values`` what each fetches in the same time as the cost (for ``revenue`` and ``main
    product``), ``main`` the main product. Raises ``PlantError``.
    """
    if rule not in ALLOCATIONS:
        raise PlantError(f"there is no allocation rule '{rule}'; say {', '.join(ALLOCATIONS)}")
    kilograms = {key: number(one, f"the amount of '{key}'", 0.0) for key, one in amounts.items()}
    worth = {key: number(one, f"the value of '{key}'", 0.0) for key, one in (values or {}).items()}
    lacking = [key for key in kilograms if key not in worth] if rule != "mass" else []
    if lacking:
        raise PlantError(f"to allocate by {rule}, the value of {', '.join(lacking)} is needed; give it in 'values'")
    warnings: tuple[str, ...] = ()
    cost: dict[str, Number]
    if rule == "main product":
        if main not in kilograms:
            raise PlantError(f"the main product is '{main}'; it must be one of {', '.join(kilograms)}")
        if (np.asarray(kilograms[main]) <= 0).any():
            raise PlantError(f"there is none of the main product '{main}' to bear the cost")
        cost = {key: worth[key] for key in kilograms if key != main}
        cost[main] = joint - total(cost.values())
        if (np.asarray(cost[main]) < 0).any():
            warnings = (f"the others fetch more than the whole costs, so '{main}' costs less than nothing",)
        words = f"'{main}' bears the cost less what the others fetch"
    else:
        weigh = kilograms if rule == "mass" else worth
        whole = total(weigh.values())
        if (np.asarray(whole) <= 0).any():
            raise PlantError(f"nothing can be allocated by {rule}: all amounts are nothing")
        cost = {key: joint * (weigh[key] / whole) for key in kilograms}
        words = "by kg of each" if rule == "mass" else "by what each fetches"
    per_kg: dict[str, Number] = {}
    for key, kilogram in kilograms.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(np.asarray(kilogram) > 0, np.asarray(cost[key]) / np.asarray(kilogram), np.nan)
        per_kg[key] = float(each) if each.ndim == 0 else each
    return Allocation(rule, f"allocated {words}", joint, {key: cost[key] for key in kilograms}, per_kg, warnings)


def by_element(
    costs: Costs,
    rule: str,
    of: str,
    main: str | None = None,
    worth: Mapping[str, Number] | None = None,
    lowest: LowestPrice | None = None,
) -> Allocation:
    """Return the yearly cost of a plant by the elements in its products, and by kg of each.

    ``of`` says which cost: ``operating cost``, ``annual cost`` (with the charge of capital) or ``required revenue`` (at
    the lowest price, which is asked for in ``lowest``). Where a product holds several elements its revenue is split by
    kg times ``worth`` (money per kg of each element), which is asked for. Raises ``PlantError``.
    """
    if of not in ALLOCATED:
        raise PlantError(f"there is no cost '{of}' to allocate; say {', '.join(ALLOCATED)}")
    if of == "required revenue" and lowest is None:
        raise PlantError("to allocate the required revenue, give the lowest price in 'lowest'")
    joint = {"operating cost": costs.operating_cost, "annual cost": costs.annual_cost}.get(of)
    if joint is None and lowest is not None:
        joint = lowest.revenue
    hours = costs.rules["operation.hours"]
    amounts: dict[str, Number] = {}
    values: dict[str, Number] = {}
    sold = costs.lines[len(costs.lines) - len(costs.products) :]
    for line, product in zip(sold, costs.products, strict=True):
        if not product.elements:
            raise PlantError(f"the elements in the product '{line.name}' are not given; say kg/h of each")
        weigh: dict[str, Number] = {}
        for key, told in product.elements.items():
            flow = number(told, f"the '{key}' in '{line.name}'", 0.0)
            amounts[key] = amounts.get(key, 0.0) + flow * hours
            if len(product.elements) > 1 and rule != "mass":
                if worth is None or key not in worth:
                    raise PlantError(
                        f"the product '{line.name}' holds several elements; give what a kg of '{key}' is "
                        "worth in 'worth'"
                    )
                weigh[key] = flow * number(worth[key], f"what a kg of '{key}' is worth", 0.0)
            else:
                weigh[key] = flow
        whole = np.asarray(total(weigh.values()))
        for key, weight in weigh.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                part = np.where(whole > 0, np.asarray(weight) / whole, 0.0)
            values[key] = values.get(key, 0.0) + line.amount * (float(part) if part.ndim == 0 else part)
    found = allocate(joint if joint is not None else 0.0, amounts, rule, values, main)
    money = f"{costs.rules['currency']} of {costs.rules['year']}"
    words = f"{of} of a year in {money}, per kg of element, {found.words}"
    if worth is not None and rule != "mass":
        words += "; a product of several elements is split by kg times what a kg of each is worth"
    return Allocation(found.rule, words, found.total, found.cost, found.per_kg, found.warnings)
