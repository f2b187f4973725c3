"""A figure: one sourced number, read from a row of a table, converted to canonical units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.files import Row
from chumbak.pack.schema import (
    BASES,
    CONFIDENCES,
    FREE_PLACEHOLDERS,
    IDENTIFIER,
    PLACEHOLDERS,
    THEN,
    Attribute,
    attributes,
    find_attribute,
)
from chumbak.pack.tables import Nouns
from chumbak.pack.units import CURRENCIES, UnitError, factor, is_money, spell

CALENDAR = re.compile(r"(1[89]|20|21)\d\d")
FISCAL = re.compile(r"FY((?:1[89]|20|21)\d\d)-(\d\d)")
SPAN = re.compile(r"(1[89]|20|21)\d\d-(1[89]|20|21)\d\d")


@dataclass(frozen=True)
class Figure:
    """One sourced number. ``value``, ``low``, ``high`` are in ``unit`` (canonical); ``given`` is as written.

    ``low`` and ``high`` hold with about 90 % and are None where no range is known. ``year`` is the calendar
    year, or the year in which the fiscal year starts; None for a figure that holds for all years.
    """

    key: str
    value: float
    low: float | None
    high: float | None
    unit: str
    basis: str
    period: str
    year: int | None
    fiscal: bool
    then: str
    currency: str
    price_year: int | None
    place: str
    source: str
    confidence: str
    note: str
    given: str
    where: tuple[str, int]


def canonical_unit(attribute: Attribute, indices: Mapping[str, str], nouns: Nouns) -> str:
    """Return the canonical unit of an attribute for these nouns, e.g. ``t/count`` of a turbine -> ``t/MW``."""
    unit = attribute.unit
    if "product" in indices:
        unit = unit.replace("count", nouns.cell("products", indices["product"], "counted_in"))
    if "item" in indices:
        unit = unit.replace("part", nouns.cell("items", indices["item"], "counted_in"))
    return unit


def read_figure(row: Row, nouns: Nouns, faults: Faults) -> tuple[Attribute, dict[str, str], Figure] | None:
    """Return the figure on this row with its attribute and nouns, or None with every fault of it noted."""
    before = len(faults.found)
    named = _name(row, nouns, faults)
    numbers = {side: _number(row, side, faults) for side in ("value", "low", "high")}
    _provenance(row, faults)
    if named is None:
        return None
    attribute, indices = named
    unit = canonical_unit(attribute, indices, nouns)
    scale = _scale(row, attribute, unit, faults)
    year, fiscal = _period(row, attribute, faults)
    price_year = _money(row, attribute, faults)
    if len(faults.found) > before or scale is None or numbers["value"] is None:
        return None
    value, low, high = (None if number is None else number * scale for number in numbers.values())
    assert value is not None
    _range(row, attribute, value, low, high, faults)
    if len(faults.found) > before:
        return None
    cells = row.cells
    given = " ".join(filter(None, (cells["value"], cells["unit"], cells["period"])))
    figure = Figure(
        key=cells["key"], value=value, low=low, high=high, unit=unit, basis=cells["basis"],
        period=cells["period"], year=year, fiscal=fiscal, then=cells["then"], currency=cells["currency"],
        price_year=price_year, place=cells["place"], source=cells["source"],
        confidence=cells["confidence"], note=cells["note"], given=given, where=row.where,
    )  # fmt: skip
    return attribute, indices, figure


def _name(row: Row, nouns: Nouns, faults: Faults) -> tuple[Attribute, dict[str, str]] | None:
    key = row.cells["key"]
    found = find_attribute(key)
    if found is None:
        mend = did_you_mean(key, _spellings(key))
        faults.add(row.where, "key", "unknown-key", f"no figure is called '{key[:80]}'", mend)
        return None
    attribute, indices = found
    known = True
    for placeholder, name in indices.items():
        if placeholder in FREE_PLACEHOLDERS:
            choices = list(CURRENCIES) if placeholder == "currency" else [name]
            free_form = IDENTIFIER.fullmatch(name) is not None
        else:
            choices = nouns.ids(PLACEHOLDERS[placeholder])
            free_form = True
        if name not in choices or not free_form:
            what = f"'{name[:40]}' in the key is no {placeholder} of this pack"
            faults.add(row.where, "key", f"unknown-{placeholder}", what, did_you_mean(name, choices))
            known = False
    return (attribute, indices) if known else None


def _spellings(key: str) -> list[str]:
    """Return the schema's patterns filled with the nouns of ``key``, for a did-you-mean."""
    parts = key.split(".")
    spellings = []
    for attribute in attributes().values():
        pattern = attribute.pattern.split(".")
        padded = parts + [""] * (len(pattern) - len(parts))
        filled = [
            given if want.startswith("{") and given else want for want, given in zip(pattern, padded, strict=False)
        ]
        spellings.append(".".join(filled))
    return spellings


def _number(row: Row, column: str, faults: Faults) -> float | None:
    text = row.cells[column]
    if not text:
        if column == "value":
            faults.add(row.where, column, "missing-value", "there is no value", "Give one, or take off the row.")
        return None
    try:
        number = float(text)
    except ValueError:
        mend = "Write digits with a point: 1234.5, without commas, spaces or units."
        faults.add(row.where, column, "not-a-number", f"'{text[:40]}' is not a number", mend)
        return None
    if not math.isfinite(number):
        faults.add(row.where, column, "not-finite", f"'{text}' is not a finite number", "Give a finite one.")
        return None
    return number


def _provenance(row: Row, faults: Faults) -> None:
    confidence = row.cells["confidence"]
    if confidence not in CONFIDENCES:
        what = f"confidence '{confidence[:40]}' is not one of {', '.join(CONFIDENCES)}"
        faults.add(row.where, "confidence", "unknown-confidence", what, did_you_mean(confidence, CONFIDENCES))
    if not row.cells["source"]:
        mend = "Name who published the number and when; a guess says whose it is."
        faults.add(row.where, "source", "missing-source", "the figure has no source", mend)
    if confidence == "estimate" and not row.cells["note"]:
        mend = "Say in the note whose guess it is and what it rests on."
        faults.add(row.where, "note", "estimate-without-note", "an estimate has no note", mend)
    if not row.cells["place"]:
        mend = "Name the country or region the figure was observed in."
        faults.add(row.where, "place", "missing-place", "the figure has no place", mend)


def _scale(row: Row, attribute: Attribute, unit: str, faults: Faults) -> float | None:
    text, basis = row.cells["unit"], row.cells["basis"]
    if basis != attribute.basis:
        want = f"'{attribute.basis}'" if attribute.basis else "empty"
        if basis and basis not in BASES:
            faults.add(row.where, "basis", "unknown-basis", f"basis '{basis[:40]}' is unknown",
                       f"Bases are {', '.join(BASES)}; here it is {want}.")  # fmt: skip
        else:
            what = f"the basis is '{basis}', here it has to be {want}" if basis else "the basis is missing"
            faults.add(row.where, "basis", "wrong-basis", what,
                       f"Convert the figure to basis {want} and say so; bases are never mixed.")  # fmt: skip
    if not text or len(text) > 40:
        mend = f"Write one that converts to {unit}; '1' for a pure number."
        faults.add(row.where, "unit", "missing-unit", "the unit is missing or too long", mend)
        return None
    try:
        return factor(text, unit)
    except UnitError as error:
        kind = "unknown-unit" if "unknown" in str(error) else "wrong-dimension"
        faults.add(row.where, "unit", kind, str(error), f"Give it in {unit} or a unit of that kind.")
        return None


def _period(row: Row, attribute: Attribute, faults: Faults) -> tuple[int | None, bool]:
    period, then = row.cells["period"], row.cells["then"]
    if then not in THEN:
        what = f"'{then[:40]}' is no way to go on to the next row"
        faults.add(row.where, "then", "unknown-then", what, did_you_mean(then, THEN[1:]))
    if then and attribute.kind == "number":
        what = "this figure is one number, not a series: 'then' has no meaning"
        faults.add(row.where, "then", "then-on-a-number", what, "Leave 'then' empty.")
    fiscal = FISCAL.fullmatch(period)
    if fiscal:
        if (int(fiscal[1]) + 1) % 100 != int(fiscal[2]):
            what = f"'{period}' does not name two following years"
            faults.add(row.where, "period", "bad-period", what, "Write FY2024-25.")
        return int(fiscal[1]), True
    if CALENDAR.fullmatch(period):
        return int(period), False
    if period == "all" or (attribute.kind == "number" and SPAN.fullmatch(period)):
        return None, False
    what = f"period '{period[:40]}' is neither a year, a fiscal year nor 'all'" if period else "no period is given"
    faults.add(row.where, "period", "bad-period", what, "Write 2025, FY2024-25, or all.")
    return None, False


def _money(row: Row, attribute: Attribute, faults: Faults) -> int | None:
    currency, price_year, unit = row.cells["currency"], row.cells["price_year"], row.cells["unit"]
    if not is_money(attribute.unit):
        if (currency or price_year) and attribute.name != "exchange_rate":
            what = "a currency or price year is given for a figure that is not money"
            faults.add(row.where, "currency", "money-out-of-place", what, "Leave both columns empty.")
        return None
    if currency not in CURRENCIES:
        what = f"currency '{currency[:20]}' is unknown" if currency else "the currency is missing"
        faults.add(row.where, "currency", "unknown-currency", what, did_you_mean(currency, CURRENCIES))
    elif currency not in spell(unit).replace("/", " ").split():
        what = f"the unit '{unit}' and the currency '{currency}' do not agree"
        faults.add(row.where, "currency", "currency-mismatch", what, f"Write the unit as {currency}/t.")
    if not CALENDAR.fullmatch(price_year):
        what = "the year of these prices is missing or is not a year"
        faults.add(row.where, "price_year", "missing-price-year", what, "Write the year, e.g. 2025.")
        return None
    return int(price_year)


def _range(
    row: Row, attribute: Attribute, value: float, low: float | None, high: float | None, faults: Faults
) -> None:
    if (low is None) != (high is None):
        column = "low" if low is None else "high"
        mend = "Give both ends, or neither."
        faults.add(row.where, column, "half-range", "only one end of the range is given", mend)
    elif low is not None and high is not None:
        if low > high:
            what = "the low end is above the high end"
            faults.add(row.where, "low", "range-order", what, "Swap them.")
        elif not low <= value <= high:
            what = f"the value {row.cells['value']} is outside its own range"
            faults.add(row.where, "value", "value-outside-range", what, "Mend the value, low or high.")
    for column, number in (("value", value), ("low", low), ("high", high)):
        for side, bound in (("minimum", attribute.minimum), ("maximum", attribute.maximum)):
            if number is None or bound is None:
                continue
            if (number < bound) if side == "minimum" else (number > bound + 1e-12):
                word, kind = ("below", "below-minimum") if side == "minimum" else ("above", "above-maximum")
                what = f"{attribute.long_name.lower()} {row.cells[column]} is {word} {bound:g} {attribute.unit}"
                faults.add(row.where, column, kind, what, f"It cannot be {word} that: check it and its unit.")
