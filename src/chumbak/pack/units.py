"""Units: text that pint reads, converted once, on loading, to the canonical units of the house.

Canonical: tonne (t), year, item (a good that is counted), MW, kWh, and the pack's currency in the pack's
price year. Money is converted by figures of the pack, never by pint: pint only sees a dimension ``money``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

ISO_4217 = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = tuple(ISO_4217.split())
SYNONYMS = {
    "Rs": "INR", "Rs.": "INR", "₹": "INR", "unit": "item", "units": "item", "fraction": "1", "yr": "year", "-": "1",
}  # fmt: skip
AMBIGUOUS = {  # what pint takes these for is not what is meant
    "ton": "an American ton of 907 kg", "tons": "an American ton of 907 kg", "mt": "a thousandth of a tonne",
}  # fmt: skip
LONGEST = 40
# A unit is words with small whole powers, joined by * / or a space. Nothing else is tried on pint, which would
# work out a power such as 9**9**9.
WORD = re.compile(r"1|[/*]|[^\W\d_][^\W\d]*(?:(?:\^|\*\*)-?[1-3]|[²³])?")


class UnitError(ValueError):
    """A unit that is unknown, or of another dimension than wanted; ``kind`` says which."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


@cache
def registry() -> pint.UnitRegistry:
    """Return the house's unit registry (built once; takes a third of a second)."""
    import pint

    units: pint.UnitRegistry = pint.UnitRegistry(cache_folder=None)
    units.define("item = [item] = items = piece = vehicle = vehicles")
    units.define("money = [money]")
    for currency in CURRENCIES:
        units.define(f"{currency} = money")  # rates come from the pack: see prices.py
    for word, number in (("thousand", 1e3), ("lakh", 1e5), ("million", 1e6), ("crore", 1e7), ("billion", 1e9)):
        units.define(f"{word} = {number:g}")
    units.define("kt = 1000 * t")  # not the knot
    return units


@cache
def spell(unit: str) -> str:
    """Return the unit text with the field's shorthands (Rs, unit, fraction, wt%) spelled for pint."""
    text = unit.strip().replace("wt.%", "percent").replace("wt%", "percent").replace("%", "percent")
    text = text.replace("**", "^")
    words = [SYNONYMS.get(word, word) for word in text.replace("/", " / ").replace("*", " * ").split()]
    return " ".join(words)


@cache
def factor(unit: str, wanted: str) -> float:
    """Return what a value in ``unit`` is multiplied by to be in ``wanted``.

    Raises ``UnitError`` for an unknown unit, a unit with an offset (degree Celsius) or another dimension.
    """
    import pint

    given_units, wanted_units = parsed(unit), parsed(wanted)
    try:
        return float(registry().Quantity(1.0, given_units).to(wanted_units).magnitude)
    except pint.DimensionalityError as error:
        raise UnitError("wrong-dimension", f"the unit '{unit}' cannot be converted to '{wanted}'") from error
    except (pint.PintError, OverflowError, ZeroDivisionError) as error:
        raise UnitError("wrong-dimension", f"the unit '{unit}' cannot be used for an amount") from error


@cache
def parsed(unit: str) -> pint.Unit:
    """Return the unit that a text means. Raises ``UnitError`` if it means none."""
    spelled = spell(unit)
    words = spelled.split()
    for word in words:
        if word in AMBIGUOUS:
            raise UnitError("ambiguous-unit", f"the unit '{word}' would be read as {AMBIGUOUS[word]}")
    unknown = UnitError("unknown-unit", f"the unit '{unit[:LONGEST]}' is unknown")
    if not words or len(unit) > LONGEST or not all(WORD.fullmatch(word) for word in words):
        raise unknown
    try:
        return registry().parse_units(spelled)
    except Exception as error:  # pint raises many kinds, from tokenizer errors to AttributeError
        raise unknown from error


def is_money(unit: str) -> bool:
    """Say whether the unit holds a currency."""
    return "money" in unit or bool(currencies_in(unit))


def is_priced(unit: str) -> bool:
    """Say whether the canonical unit is money that is carried to the pack's currency and price year."""
    return "money" in unit


def currencies_in(unit: str) -> list[str]:
    """Return the currencies in a unit, in order: ``INR/USD`` -> ``["INR", "USD"]``."""
    return [word for word in spell(unit).split() if word in CURRENCIES]
