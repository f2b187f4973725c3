"""Amounts as exact numbers: what is typed becomes whole micrograms, or a fault that says how. Never a float.

Everything here raises ``ValueError`` with a sentence; ``content`` gives it the pointer of the field.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

GREATEST = 2**63 - 1  # micrograms in a 64-bit integer: 9.2 million tonnes

# UNECE Recommendation 20 common codes of mass, micrograms a unit, exact. The avoirdupois pound is 453.59237 g
# (international yard and pound agreement, 1959) and the ounce a sixteenth of it.
UNITS: dict[str, Fraction] = {
    "MC": Fraction(1),
    "MGM": Fraction(10**3),
    "GRM": Fraction(10**6),
    "KGM": Fraction(10**9),
    "TNE": Fraction(10**12),
    "LBR": Fraction(453_592_370),
    "ONZ": Fraction(453_592_370, 16),
}

_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_RATIO = re.compile(r"([0-9]{1,40})/([1-9][0-9]{0,39})", re.ASCII)
_GREATEST_EXPONENT = 40


def integer(value: object) -> int:
    """Read a string of whole micrograms, 0 to 2^63 - 1, without sign, blank or leading zero. Raises ``ValueError``."""
    if type(value) is not str:
        raise ValueError(
            f"{_shown(value)} is not a string of whole micrograms; write it as {_as_string(value)}"
            if type(value) is int and value >= 0
            else f'{_shown(value)} is not a string of whole micrograms; write it as a string, such as "182000000"'
        )
    if not _INTEGER.fullmatch(value):
        raise ValueError(f'{_shown(value)} is not a whole number of micrograms; write digits only, such as "182000000"')
    number = int(value)
    if number > GREATEST:
        raise ValueError(f"{value} micrograms are more than the ledger can hold ({GREATEST})")
    return number


def exact(value: object) -> Fraction:
    """Read a decimal number >= 0, exactly as written: a string (``"0.146"``), an int or a ``Decimal``.

    A float has lost the digits that were written and is refused. Raises ``ValueError``.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{_shown(value)} is no number")
    if isinstance(value, float):
        raise ValueError("a binary floating-point number has lost the digits that were written; write it as a string")
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no number")
        sign, digits, exponent = value.as_tuple()
        if len(digits) > _GREATEST_EXPONENT or abs(int(exponent)) > _GREATEST_EXPONENT:
            raise ValueError("a number has at most 40 digits and an exponent within 40")
        if sign and any(digits):
            raise ValueError(f"{value} is below zero")
        return Fraction(value)
    if isinstance(value, int):
        if value < 0:
            raise ValueError(f"{value} is below zero")
        if value >= 10**_GREATEST_EXPONENT:
            raise ValueError("a number has at most 40 digits")
        return Fraction(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Fraction(value)
    raise ValueError(f'{_shown(value)} is no decimal number of zero or more; write it as in "0.146"')


def ratio(value: object) -> Fraction:
    """Read an exact share from 0 to 1: ``"3/10"``, ``"0.3"``. Raises ``ValueError``."""
    if isinstance(value, str) and (found := _RATIO.fullmatch(value)):
        share = Fraction(int(found[1]), int(found[2]))
    else:
        share = exact(value)
    if share > 1:
        raise ValueError(f"{_shown(value)} is more than 1")
    return share


def mass(value: object, unit: object) -> Fraction:
    """Return a mass in micrograms, exactly, of a decimal number and a UNECE code. Raises ``ValueError``."""
    if not isinstance(unit, str) or unit not in UNITS:
        raise ValueError(f"{_shown(unit)} is no unit of mass that is known; use one of {', '.join(UNITS)}")
    found = exact(value) * UNITS[unit]
    if found > GREATEST:
        raise ValueError(f"{_shown(value)} {unit} is more than the ledger can hold ({GREATEST} micrograms)")
    return found


def micrograms(value: object, unit: object, fraction: Fraction = Fraction(1), factor: Fraction = Fraction(1)) -> int:
    """Return whole micrograms of an element: mass x fraction x factor, rounded once, half to even.

    ``fraction`` is what the assay found (kg/kg), ``factor`` turns its compound into the element
    (``masses.content_factor``; 1 for an assay of the element itself). Raises ``ValueError``.
    """
    for number in (fraction, factor):
        if isinstance(number, float):
            raise ValueError("a binary floating-point number has lost the digits that were written; pass a Fraction")
    return round(mass(value, unit) * fraction * factor)


def shown(amount: int) -> str:
    """Return micrograms as a mass that people read, exactly: ``182 g``, ``1.25 kg``, ``17 micrograms``."""
    for unit, size in (("kg", 10**9), ("g", 10**6), ("mg", 10**3)):
        if abs(amount) >= size:
            whole, rest = divmod(abs(amount), size)
            digits = f"{rest:0{len(str(size)) - 1}}".rstrip("0")
            return f"{'-' if amount < 0 else ''}{whole}{'.' if digits else ''}{digits} {unit}"
    return f"{amount} micrograms"


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value) if not isinstance(value, (dict, list)) else "this"
    return text if len(text) <= 60 else text[:57] + "..."


def _as_string(value: object) -> str:
    return f'"{value}"'
