"""Prices with their year, unit, currency and source; what is missing is told all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from chumbak.plant.costs.escalation import escalate
from chumbak.plant.costs.measures import convert
from chumbak.plant.costs.rules import CostRules
from chumbak.plant.costs.tables import Number, nearest, number, rows
from chumbak.plant.errors import PlantError


@dataclass(frozen=True)
class Price:
    """What a unit of a thing costs, or fetches, in money of its year."""

    item: str
    price: Number
    unit: str
    currency: str
    year: str
    source: str
    verification: str = "yours"
    caution: str = ""  # what whoever rests on it has to know


@cache
def prices() -> Mapping[str, Price]:
    """Return the prices of ``prices.csv`` by item, and by the name that its source uses."""
    found: dict[str, Price] = {}
    for row in rows("prices.csv"):
        price = Price(
            row["item"], float(row["price"]), row["unit"], row["currency"], row["year"], row["source"],
            row["verification"], row["caution"],
        )  # fmt: skip
        found[row["key"]] = price
        found[row["item"]] = price
    return found


def exchanged(
    money: Number, currency: str, rules: CostRules, exchange: Mapping[str, Number] | None, what: str
) -> Number:
    """Return money in the currency of the estimate. ``exchange`` is what one unit of each other currency buys of it."""
    if currency == rules["currency"]:
        return money
    rate = (exchange or {}).get(currency)
    if rate is None:
        raise PlantError(
            f"{what} is in {currency} and the estimate is in {rules['currency']}; say what one {currency} buys of it, "
            f"in a file, under costs, 'exchange: {{{currency}: {{rate: ..., source: ...}}}}'"
        )
    return money * number(rate, f"the exchange rate of {currency}", 1e-12)


def price_of(
    items: Iterable[str], own: Mapping[str, Price], rules: CostRules, exchange: Mapping[str, Number] | None = None
) -> dict[str, Price]:
    """Return the price of each item in the currency of the estimate, the user's own before the table's.

    Raises one ``PlantError`` that lists every price that is missing, or in a currency without exchange rate.
    """
    found, missing, faults = {}, [], []
    for item in dict.fromkeys(items):
        price = own.get(item) or prices().get(item)
        if price is None:
            missing.append(item)
            continue
        try:
            money = number(price.price, f"the price of '{item}'")
            money = exchanged(money, price.currency, rules, exchange, f"the price of '{item}'")
            found[item] = replace(price, price=money, currency=rules["currency"])
        except PlantError as error:
            faults.append(str(error))
    if missing:
        hint = nearest(missing[0], prices()) if len(missing) == 1 else ""
        faults.append(f"no price is known for {', '.join(repr(one) for one in missing)}{hint or '; give each a price'}")
    if faults:
        raise PlantError("\n".join(faults))
    return found


def money_per_unit(price: Price, unit: str, rules: CostRules, index: Mapping[str, float] | None) -> Number:
    """Return a price for one ``unit``, in money of the estimate's year where the rules let prices follow the index."""
    money = price.price
    if rules["prices.follow_index"]:
        money = escalate(money, price.year, rules["year"], index)
    return money * convert(1.0, unit, price.unit, f"the amount of '{price.item}'")
