"""Amounts as people type them: with the digits of their script, with blanks, commas or the sign of the currency."""

from __future__ import annotations

import re
from decimal import Decimal

from chumbak.exchange.digits import folded
from chumbak.exchange.refusal import N_, Refusal

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]+)?", re.ASCII)


def paise_of(text: str, field: str = "paise", empty: int | None = None) -> int:
    """Return hundredths of the currency. ``empty`` is what nothing typed means. Raises ``Refusal``."""
    number = _number(text)
    if number is None and not text.strip() and empty is not None:
        return empty
    if number is None or number * 100 != int(number * 100):
        raise Refusal(N_("Write the price as a number, such as 1250 or 1250.50."), field=field)
    return int(number * 100)


def grams_of(text: str, field: str = "weight", empty: int | None = None) -> int:
    """Return grams of a weight in kilograms. Raises ``Refusal``."""
    number = _number(text)
    if number is None and not text.strip() and empty is not None:
        return empty
    if number is None or number * 1000 != int(number * 1000):
        raise Refusal(N_("Write the weight in kilograms, such as 12 or 12.5."), field=field)
    return int(number * 1000)


def count_of(text: str, field: str = "pieces", empty: int | None = None) -> int:
    """Return a whole number. Raises ``Refusal``."""
    number = _number(text)
    if number is None and not text.strip() and empty is not None:
        return empty
    if number is None or number != int(number):
        raise Refusal(N_("Write a whole number."), field=field)
    return int(number)


def _number(text: str) -> Decimal | None:
    """Return a number that is not below zero, None for what is none."""
    plain = folded(text)
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
