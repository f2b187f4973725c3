"""Units: text that pint reads, converted once, on loading, to the canonical units of the house.

Canonical: tonne (t), year, item (a good that is counted), MW, kWh, and the pack's currency in the pack's
price year. Money is converted by figures of the pack, never by pint: pint only sees a dimension ``money``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

CURRENCIES = ("INR", "USD", "EUR", "CNY", "JPY", "GBP", "AUD", "KRW", "VND", "BRL", "IDR", "MYR", "ZAR")
SYNONYMS = {"Rs": "INR", "unit": "item", "units": "item", "fraction": "1", "yr": "year", "-": "1"}


class UnitError(ValueError):
    """A unit that is unknown, or of another dimension than wanted."""


@cache
def registry() -> pint.UnitRegistry:
    """Return the house's unit registry (built once; takes a third of a second)."""
    import pint

    units: pint.UnitRegistry = pint.UnitRegistry(cache_folder=None)
    units.define("item = [item] = items = piece = vehicle = vehicles")
    units.define("money = [money]")
    for currency in CURRENCIES:
        units.define(f"{currency} = money")  # rates come from the pack: see prices.py
    units.define("lakh = 1e5")
    units.define("crore = 1e7")
    return units


def spell(unit: str) -> str:
    """Return the unit text with the field's shorthands (Rs, unit, fraction, wt%) spelled for pint."""
    text = unit.strip().replace("wt%", "percent").replace("%", "percent")
    words = [SYNONYMS.get(word, word) for word in text.replace("/", " / ").replace("*", " * ").split()]
    return " ".join(words)


@cache
def factor(unit: str, wanted: str) -> float:
    """Return what a value in ``unit`` is multiplied by to be in ``wanted``.

    Raises ``UnitError`` for an unknown unit, a unit with an offset (degree Celsius) or another dimension.
    """
    import pint

    units = registry()
    try:
        given = units.Quantity(1.0, units.parse_units(spell(unit)))
        wanted_units = units.parse_units(spell(wanted))
    except Exception as error:  # pint raises many kinds, from tokenizer errors to AttributeError
        raise UnitError(f"unknown unit '{unit}'") from error
    try:
        return float(given.to(wanted_units).magnitude)
    except pint.DimensionalityError as error:
        raise UnitError(f"unit '{unit}' cannot be turned into '{wanted}'") from error
    except pint.PintError as error:
        raise UnitError(f"unit '{unit}' cannot be used for an amount") from error


def is_money(unit: str) -> bool:
    """Say whether the unit holds a currency."""
    words = spell(unit).replace("/", " ").replace("*", " ").split()
    return any(word in CURRENCIES or word == "money" for word in words)
