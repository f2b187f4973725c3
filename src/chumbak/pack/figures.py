"""A figure: one sourced number, read from a row of a table, converted to canonical units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import zip_longest

import numpy as np

from chumbak.pack.cells import CALENDAR, FISCAL, fiscal_year, in_scale, is_span, read_number, unfilled
from chumbak.pack.faults import Faults, did_you_mean, nearest, short
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
from chumbak.pack.tables import Nouns, fill_table, lacking_table
from chumbak.pack.units import CURRENCIES, UnitError, currencies_in, factor, is_money, is_priced

SIDES = ("value", "low", "high")
THREE_LETTERS = "Write its three letters, such as INR, USD or EUR."
WHOLE = ("fiscal_start",)  # attributes that are whole numbers
MEASURES = {"mass": "t", "value": "USD", "share": "1"}  # value: current US dollars, compared and never converted
ONE_KIND_OF_YEAR = "Give the whole series in one kind of year."


@dataclass(frozen=True)
class Figure:
    """One sourced number. ``value``, ``low``, ``high`` are in ``unit`` (canonical); ``given`` is as written.

    Money is in its own ``currency`` and ``price_year`` here, as the source has it; its entry is in the pack's.
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

    def side(self, name: str) -> float:
        """Return ``value``, ``low`` or ``high``; an end that is not known is the value."""
        number: float | None = getattr(self, name)
        return self.value if number is None else number


Reading = tuple[Attribute, dict[str, str], Figure]


def canonical_unit(attribute: Attribute, indices: Mapping[str, str], nouns: Nouns) -> str:
    """Return the canonical unit of an attribute for these nouns, e.g. ``t/count`` of a turbine -> ``t/MW``."""
    unit = attribute.unit
    if "record" in indices:
        unit = unit.replace("measure", MEASURES[nouns.cell("records", indices["record"], "measure")])
    if "product" in indices:
        unit = unit.replace("count", nouns.cell("products", indices["product"], "counted_in"))
    if "item" in indices:
        unit = unit.replace("part", nouns.cell("items", indices["item"], "counted_in"))
    return unit


def canonical_basis(attribute: Attribute, indices: Mapping[str, str], nouns: Nouns) -> str:
    """Return the basis of an attribute for these nouns: a record of trade or production says its own."""
    return nouns.cell("records", indices["record"], "basis") if "record" in indices else attribute.basis


def read_figure(row: Row, nouns: Nouns, faults: Faults) -> Reading | None:
    """Return the figure on this row with its attribute and nouns.

    None with every fault of it noted and its key remembered as lost, if it cannot be read.
    """
    before = len(faults)
    figure = None if unfilled(row, faults) else _read(row, nouns, faults)
    if figure is None or len(faults) > before:
        key = row.cells["key"]
        faults.lost_keys |= {key, meant_key(key, nouns) or key}
        return None
    return figure


def _read(row: Row, nouns: Nouns, faults: Faults) -> Reading | None:
    before = len(faults)
    named = _name(row, nouns, faults)
    numbers = {side: read_number(row, side, faults) for side in SIDES}
    if not row.cells["value"]:
        mend = "Give one, or take off the row."
        faults.add(row.where, "value", "missing-value", "there is no value", mend)
    check_provenance(row.where, row.cells, faults)
    if named is None:
        return None
    attribute, indices = named
    unit = canonical_unit(attribute, indices, nouns)
    _check_basis(row, canonical_basis(attribute, indices, nouns), faults)
    scale = _scale(row, attribute, unit, faults)
    year, fiscal = _period(row, attribute, faults)
    bounded = attribute
    if "record" in indices:
        if year is not None:
            _check_years(row, nouns.cell("records", indices["record"], "years"), fiscal, faults)
        bounded = replace(attribute, maximum=1.0) if unit == MEASURES["share"] else attribute
    price_year = _money(row, attribute, unit, faults)
    if scale is None or len(faults) > before:
        return None
    sides = {side: None if number is None else number * scale for side, number in numbers.items()}
    _check_range(row, bounded, unit, sides, faults)
    value = sides["value"]
    assert value is not None
    cells = row.cells
    if attribute.name == "exchange_rate":
        unit = "/".join(currencies_in(cells["unit"]))
    elif is_priced(attribute.unit):
        unit = money_unit(unit, cells["currency"], price_year)
    given = " ".join(filter(None, (cells["value"], cells["unit"], cells["period"])))
    figure = Figure(
        key=cells["key"], value=value, low=sides["low"], high=sides["high"], unit=unit, basis=cells["basis"],
        period=cells["period"], year=year, fiscal=fiscal, then=cells["then"], currency=cells["currency"],
        price_year=price_year, place=cells["place"], source=cells["source"],
        confidence=cells["confidence"], note=cells["note"], given=given, where=row.where,
    )  # fmt: skip
    return attribute, indices, figure


def money_unit(unit: str, currency: str, price_year: int | None) -> str:
    """Return a canonical unit of money said in full: ``money/t`` -> ``INR (2025)/t``."""
    return unit.replace("money", f"{currency} ({price_year})")


def _name(row: Row, nouns: Nouns, faults: Faults) -> tuple[Attribute, dict[str, str]] | None:
    """Return the attribute and the nouns of the row's key, or None.

    Nothing is said of a noun whose own row was faulty.
    """
    key = row.cells["key"]
    found = find_attribute(key)
    if found is None:
        mend = key_mend(key, nouns)
        what = f"no figure is called {short(key)}" if key else "there is no key"
        faults.add(row.where, "key", "unknown-key", what, mend)
        return None
    attribute, indices = found
    known = True
    for placeholder, name in indices.items():
        choices = _choices(placeholder, name, nouns)
        if name in choices:
            continue
        known = False
        table = PLACEHOLDERS.get(placeholder, "")
        if table in faults.lost_tables or (table, name) in faults.lost_ids:
            continue
        of_pack = "" if placeholder in FREE_PLACEHOLDERS else " of this pack"
        what = f"{short(name)} in the key is no name of a {placeholder}{of_pack}"
        mend = did_you_mean(name, choices)
        if table and not nouns.tables[table]:
            what, mend = f"{what}, {lacking_table(table)}", fill_table(table)
            faults.lost_tables.add(table)  # said once, not of every key
        if placeholder in FREE_PLACEHOLDERS:
            mend = THREE_LETTERS if placeholder == "currency" else "Use letters, digits and _."
        faults.add(row.where, "key", f"unknown-{placeholder}", what, mend)
    return (attribute, indices) if known else None


def _choices(placeholder: str, name: str, nouns: Nouns) -> list[str]:
    if placeholder in FREE_PLACEHOLDERS:
        return list(CURRENCIES) if placeholder == "currency" else [name] * bool(IDENTIFIER.fullmatch(name))
    return nouns.ids(PLACEHOLDERS[placeholder])


def key_mend(key: str, nouns: Nouns) -> str:
    """Return the sentence that mends a key of no attribute."""
    meant = meant_key(key, nouns)
    if meant:
        return f"Did you mean '{meant}'?"
    return "A key is written like product.NAME.sales; schema.csv lists them all."


def pattern_mend(pattern: str, nouns: Nouns, keys: Collection[str]) -> str:
    """Return the sentence that mends a key or pattern that none of the pack's ``keys`` fits."""
    meant = meant_key(pattern, nouns)
    if meant == pattern:
        return "A pack may have this figure; this one does not."
    if meant and any(fnmatchcase(key, meant) for key in keys):
        return f"Did you mean '{meant}'?"
    return did_you_mean(pattern, list(keys))


def meant_key(key: str, nouns: Nouns) -> str | None:
    """Return the key nearest to ``key`` among those the schema allows for the pack's nouns, None if none is near.

    Wildcards in ``key`` are kept.
    """
    parts = key[:200].split(".")
    spellings = []
    for attribute in attributes().values():
        pattern = attribute.pattern.split(".")
        paired = zip_longest(pattern, parts[: len(pattern)], fillvalue="")
        spellings.append(".".join(_meant_part(want, given, nouns) for want, given in paired))
    return nearest(key, spellings, cutoff=0.7)


def _meant_part(want: str, given: str, nouns: Nouns) -> str:
    if not want.startswith("{"):
        return want
    if not given or set(given) & set("*?["):
        return given or want.replace("{", "<").replace("}", ">")
    return nearest(given, _choices(want.strip("{}"), given, nouns)) or given


def check_provenance(where: tuple[str, int], cells: Mapping[str, str], faults: Faults, prefix: str = "") -> None:
    """Note what is missing of who said a figure, where, and how sure it is; ``prefix`` goes before the column."""
    confidence = cells["confidence"]
    if confidence not in CONFIDENCES:
        what = f"the confidence {short(confidence)} is unknown" if confidence else "no confidence is given"
        mend = f"Write one of: {', '.join(CONFIDENCES)}."
        faults.add(where, f"{prefix}confidence", "unknown-confidence", what, mend)
    if not cells["source"]:
        mend = "Name who published the number and when; a guess says whose it is."
        faults.add(where, f"{prefix}source", "missing-source", "the figure has no source", mend)
    if confidence == "estimate" and not cells["note"]:
        mend = "Say in the note whose guess it is and what it rests on."
        faults.add(where, f"{prefix}note", "estimate-without-note", "an estimate has no note", mend)
    if not cells["place"]:
        mend = "Name the country or region the figure was observed in."
        faults.add(where, f"{prefix}place", "missing-place", "the figure has no place", mend)


def _check_basis(row: Row, wanted: str, faults: Faults) -> None:
    basis = row.cells["basis"]
    if basis == wanted:
        return
    want = f"'{wanted}'" if wanted else "left empty"
    if basis and basis not in BASES:
        mend = f"Bases are {', '.join(BASES)}; here it has to be {want}."
        faults.add(row.where, "basis", "unknown-basis", f"the basis {short(basis)} is unknown", mend)
    elif not wanted:
        what = f"the basis is '{basis}', but this figure is not a mass"
        faults.add(row.where, "basis", "wrong-basis", what, "Leave the basis empty.")
    else:
        what = f"the basis is '{basis}', here it has to be {want}" if basis else "the basis is missing"
        mend = f"Convert the figure to {want} tonnes and say so; bases are never mixed."
        faults.add(row.where, "basis", "wrong-basis", what, mend)


def _scale(row: Row, attribute: Attribute, unit: str, faults: Faults) -> float | None:
    """Return what the row's numbers are multiplied by to be in the canonical unit."""
    text, currency = row.cells["unit"], row.cells["currency"]
    shown = unit.replace("money", currency if currency in CURRENCIES else "USD")
    wanted = f"in {shown}, or a unit that converts to it" if unit != "1" else "as a share, in 1 or %"
    mend = f"{attribute.long_name}: give it {wanted}."
    if attribute.name == "exchange_rate":
        return _rate_scale(row, faults)
    if not text:
        faults.add(row.where, "unit", "missing-unit", "the unit is missing", mend)
        return None
    try:
        is_fixed = "record" in attribute.placeholders or currencies_in(unit)  # dollars stay dollars
        if is_fixed and currencies_in(text) != currencies_in(unit):
            raise UnitError("wrong-dimension", f"the unit {short(text)} cannot be converted to '{unit}'")
        if is_money(text) and not is_money(unit):
            raise UnitError("wrong-dimension", f"the unit {short(text)} is money, and this figure is not")
        return factor(text, unit)
    except UnitError as error:
        faults.add(row.where, "unit", error.kind, str(error).replace(f"'{unit}'", f"'{shown}'"), mend)
        return None


def _rate_scale(row: Row, faults: Faults) -> float | None:
    """Return 1 if the unit of an exchange rate is some currency per the key's; which one, prices.py looks at."""
    text, currency = row.cells["unit"], row.cells["key"].split(".")[1]
    named = currencies_in(text)
    if len(named) == 2 and named[1] == currency and text.replace(" ", "").count("/") == 1:
        return 1.0
    what = f"the unit {short(text)} is not one of a rate for {currency}" if text else "the unit is missing"
    mend = f"Write the pack's currency per {currency}, such as INR/{currency}."
    faults.add(row.where, "unit", "wrong-rate", what, mend)
    return None


def _period(row: Row, attribute: Attribute, faults: Faults) -> tuple[int | None, bool]:
    """Return the year (None for all years) and whether it is a fiscal one."""
    period, then = row.cells["period"], row.cells["then"]
    if then not in THEN:
        what = f"{short(then)} is no way to go on to the next row"
        faults.add(row.where, "then", "unknown-then", what, did_you_mean(then, THEN[1:]))
    elif then and attribute.kind == "observed":
        what = "'then' has no meaning for what was observed: years that are not given are missing"
        faults.add(row.where, "then", "then-on-observed", what, "Leave it empty.")
    elif then and (attribute.kind == "number" or period == "all"):
        what = "'then' has no meaning for a figure that holds for all years"
        faults.add(row.where, "then", "then-on-a-number", what, "Leave it empty.")
    if fiscal_year(period):
        return fiscal_year(period), True
    if CALENDAR.fullmatch(period):
        return int(period), False
    if attribute.kind == "observed":
        what = f"the period {short(period)} is no year, and what was observed belongs to one"
        faults.add(row.where, "period", "bad-period", what, "Write 2025 or FY2024-25.")
        return None, False
    if period == "all" or (attribute.kind == "number" and is_span(period)):
        return None, False
    what = f"the period {short(period)} is no year, fiscal year or 'all'" if period else "no period is given"
    if FISCAL.fullmatch(period):
        what = f"{short(period)} does not name two years that follow each other"
    faults.add(row.where, "period", "bad-period", what, "Write 2025, FY2024-25, or all.")
    return None, False


def _check_years(row: Row, kind: str, fiscal: bool, faults: Faults) -> None:
    """Note a row of a record that is in the other kind of year than its record says."""
    if fiscal != (kind == "fiscal"):
        what = f"the record is in {kind} years, and {short(row.cells['period'])} is none"
        faults.add(row.where, "period", "mixed-years", what, ONE_KIND_OF_YEAR)


def _money(row: Row, attribute: Attribute, unit: str, faults: Faults) -> int | None:
    """Return the price year of a figure of money, canonically in ``unit``; note what is wrong with its currency."""
    currency, price_year, text = row.cells["currency"], row.cells["price_year"], row.cells["unit"]
    if not is_priced(attribute.unit):
        if currency or price_year:
            what = "a currency or price year is given for a figure that is not a price"
            column = "currency" if currency else "price_year"
            faults.add(row.where, column, "money-out-of-place", what, "Leave both columns empty.")
        return None
    if currency not in CURRENCIES:
        what = f"the currency {short(currency)} is unknown" if currency else "the currency is missing"
        faults.add(row.where, "currency", "unknown-currency", what, THREE_LETTERS)
    elif currencies_in(text) not in ([currency], []):
        what = f"the unit {short(text)} and the currency '{currency}' do not agree"
        mend = f"Write the unit as {unit.replace('money', currency)}, and the number in it."
        faults.add(row.where, "currency", "currency-mismatch", what, mend)
    if not CALENDAR.fullmatch(price_year):
        what = f"{short(price_year)} is not a year" if price_year else "the year of these prices is missing"
        faults.add(row.where, "price_year", "missing-price-year", what, "Write the year, such as 2025.")
        return None
    return int(price_year)


def _check_range(row: Row, attribute: Attribute, unit: str, sides: Mapping[str, float | None], faults: Faults) -> None:
    value, low, high = (sides[side] for side in SIDES)
    if (low is None) != (high is None):
        column = "low" if low is None else "high"
        mend = "Give both ends, or neither."
        faults.add(row.where, column, "half-range", "only one end of the range is given", mend)
    elif value is not None and low is not None and high is not None:
        if low > high:
            what = "the low end of the range is above the high end"
            faults.add(row.where, "low", "range-order", what, "Swap them.")
        elif not low <= value <= high:
            what = f"the value {row.cells['value']} is outside its own range"
            faults.add(row.where, "value", "value-outside-range", what, "Mend the value, low or high.")
    for column, number in sides.items():
        if number is not None:
            shown = "" if row.cells["unit"] == "1" else row.cells["unit"]
            given = f"{row.cells[column]} {shown}".strip()
            check_bounds((row.where, column), given, number, attribute, unit, faults)


def check_bounds(
    place: tuple[tuple[str, int], str], given: str, number: float, attribute: Attribute, unit: str, faults: Faults
) -> None:
    """Note a number (shown as ``given``) that this attribute cannot have, at ``place`` = (where, column)."""
    where, column = place
    name = attribute.long_name.lower()
    mend = "Check the number and its unit."
    if not in_scale(np.array(number)):
        what = f"{name} of {given} is of a size that nothing real has"
        faults.add(where, column, "out-of-scale", what, mend)
        return
    shown = "" if unit == "1" else f" {unit}"
    if attribute.minimum is not None and number < attribute.minimum - 1e-12:
        what = f"{name} of {given} is below {attribute.minimum:g}{shown}, the least it can be"
        faults.add(where, column, "below-minimum", what, mend)
    elif attribute.maximum is not None and number > attribute.maximum + 1e-12:
        what = f"{name} of {given} is above {attribute.maximum:g}{shown}, the most it can be"
        faults.add(where, column, "above-maximum", what, mend)
    elif attribute.name in WHOLE and number != int(number):
        faults.add(where, column, "not-whole", f"{name} of {given} is not a whole number", mend)
