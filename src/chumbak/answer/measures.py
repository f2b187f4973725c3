"""Measures: a small language that says how our number for a claim is found.

    figure:KEY[@YEAR]             a figure of the pack, in its canonical unit; with a year, if it may have one
    low:KEY[@YEAR], high:KEY[@YEAR]   an end of its 90 % range
    answer:DOTTED.PATH            a number of answer.json: answer:demand.total_t.2030
    share:RECORD:ORIGIN@YEAR      an origin's share in a record
    total:RECORD@YEAR             the total of a record over all origins
    published:ID                  a row of the table published: what somebody else counted, by its definition
    elements:PRODUCT[:WHICH]      how many elements one device holds; WHICH is a kind ("rare earth") or a list ("Co Li")
    growth:MEASURE@YEAR:YEAR      mean growth a year of a measure that is written without its year
    MEASURE + MEASURE             the sum of two or more, of one kind of unit
    MEASURE / MEASURE             the ratio of two; sums are taken first

A year is 2024, or FY2024-25 for a record in fiscal years. A number a year and a number of a year are one thing: the
unit t/year is read as t. Money has to be in the claim's own currency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.dependence import dependence
from chumbak.answer.device import elements_in
from chumbak.pack import Pack
from chumbak.pack.cells import CALENDAR, fiscal_year
from chumbak.pack.faults import did_you_mean, short
from chumbak.pack.units import UnitError, currencies_in, factor

YEAR = r"(?:FY[0-9]{4}-[0-9]{2}|[0-9]{4})"
SHAPES = {
    "figure": rf"(?P<key>[^@:]+)(?:@(?P<year>{YEAR}))?",
    "low": rf"(?P<key>[^@:]+)(?:@(?P<year>{YEAR}))?",
    "high": rf"(?P<key>[^@:]+)(?:@(?P<year>{YEAR}))?",
    "answer": r"(?P<path>[\w.-]+)",
    "share": rf"(?P<record>\w+):(?P<origin>\w+)@(?P<year>{YEAR})",
    "total": rf"(?P<record>\w+)@(?P<year>{YEAR})",
    "published": r"(?P<id>\w+)",
    "elements": r"(?P<product>\w+)(?::(?P<which>[\w -]+))?",
    "growth": r"(?P<of>.+)@(?P<first>[0-9]{4}):(?P<last>[0-9]{4})",
}
EXAMPLES = "Write one such as figure:KEY@2025, answer:demand.total_t.2030, share:RECORD:CHN@2024 or total:RECORD@2024."
PRICE_YEAR = re.compile(r" \([0-9]{4}\)")
OVER, PLUS = " / ", " + "


class MeasureError(ValueError):
    """A measure that is written wrong, or names what the pack does not have; ``mend`` says how to write it."""

    def __init__(self, what: str, mend: str) -> None:
        self.mend = mend
        super().__init__(what)


@dataclass(frozen=True)
class Measured:
    """What a measure gave: a number in ``unit``, or None and what is ``missing``; ``keys`` are the figures used."""

    number: float | None
    unit: str
    missing: str = ""
    keys: tuple[str, ...] = ()

    def into(self, unit: str) -> Measured:
        """Return the same in another unit, or nothing where the two cannot be converted."""
        if self.number is None:
            return self
        own, wanted = (PRICE_YEAR.sub("", one).removesuffix("/year") for one in (self.unit, unit))
        if currencies_in(own) != currencies_in(wanted):
            return Measured(None, unit, f"a number in {self.unit} cannot be put in {unit}", self.keys)
        try:
            return Measured(self.number * factor(own, wanted), unit, "", self.keys)
        except UnitError as error:
            return Measured(None, unit, str(error), self.keys)


@dataclass(frozen=True, eq=False)
class Ground:
    """What measures are taken of: a pack and its answer as a document (empty where only writing is checked).

    ``known`` is what ``dependence`` says of the pack, where the answer has it; else it is asked when first needed.
    """

    pack: Pack
    document: Mapping[str, Any]
    known: xr.Dataset | None = None

    @cached_property
    def trade(self) -> xr.Dataset:
        """Shares and totals of the pack's records."""
        return dependence(self.pack).data if self.known is None else self.known


def measure(ground: Ground, text: str) -> Measured:
    """Return what a measure gives.

    Raises:
        MeasureError: it is written wrong, or names what the pack does not have.

    """
    above, over, below = text.partition(OVER)
    if over:
        return _ratio(measure(ground, above), measure(ground, below))
    first, plus, rest = text.partition(PLUS)
    if plus:
        return _sum(measure(ground, first), measure(ground, rest))
    kind, parts = _parsed(text)
    taken: Measured = _TAKE[kind](ground, kind, parts)
    return taken


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    kind, _, rest = text.strip().partition(":")
    if kind not in SHAPES:
        raise MeasureError(f"{short(text)} is no measure", f"{did_you_mean(kind, list(SHAPES))} {EXAMPLES}")
    found = re.fullmatch(SHAPES[kind], rest.strip())
    if found is None:
        raise MeasureError(f"{short(text)} is not how a measure '{kind}' is written", EXAMPLES)
    parts = {name: value or "" for name, value in found.groupdict().items()}
    year = parts.get("year", "")
    if year and not (CALENDAR.fullmatch(year) or fiscal_year(year)):
        raise MeasureError(f"{short(year)} in {short(text)} is no year", "Write 2025 or FY2024-25.")
    return kind, parts


def _known(name: str, known: list[str], what: str) -> None:
    if name not in known:
        raise MeasureError(f"the pack has no {what} {short(name)}", did_you_mean(name, known))


def _figure(ground: Ground, kind: str, parts: Mapping[str, str]) -> Measured:
    key, year = parts["key"], parts["year"]
    _known(key, list(ground.pack.entries), "figure")
    entry = ground.pack.entries[key]
    numbers = getattr(entry, "value" if kind == "figure" else kind)
    if entry.attribute.kind != "number" and not year:  # under another scenario it may differ, if not under this one
        mend = f"Say which: {kind}:{key}@{ground.pack.base_year}."
        raise MeasureError(f"'{key}' may differ from year to year", mend)
    if entry.years is None:
        return Measured(float(numbers), entry.unit, "", (key,))
    at = (fiscal_year(year) or int(year)) - int(entry.years[0])
    if not 0 <= at < len(entry.years) or np.isnan(numbers[at]):
        return Measured(None, entry.unit, f"'{key}' has no number for {year}", (key,))
    return Measured(float(numbers[at]), entry.unit, "", (key,))


def _answer(ground: Ground, kind: str, parts: Mapping[str, str]) -> Measured:
    steps = parts["path"].split(".")
    unit = "t" if any(step.endswith("_t") for step in steps) else "1"
    at: Any = ground.document
    for depth, step in enumerate(steps):
        if not isinstance(at, Mapping) or step not in at:
            whole = ".".join(steps[:depth])
            of = f"'{whole}' of the answer" if whole else "the answer"
            near = did_you_mean(step, list(at)) if isinstance(at, Mapping) and at else ""
            return Measured(None, unit, f"{of} has no '{step}'. {near}".strip().rstrip("."))
        at = at[step]
    if isinstance(at, bool) or not isinstance(at, int | float):
        return Measured(None, unit, f"'{parts['path']}' of the answer is no number")
    return Measured(float(at), unit)


def _record(ground: Ground, kind: str, parts: Mapping[str, str]) -> Measured:
    pack, record, year = ground.pack, parts["record"], parts["year"]
    _known(record, pack.nouns.ids("records"), "record")
    cells = pack.nouns.tables["records"][record]
    if (fiscal_year(year) is not None) != (cells["years"] == "fiscal"):
        like = "FY2024-25" if cells["years"] == "fiscal" else "2024"
        raise MeasureError(f"the record '{record}' is in {cells['years']} years, not {short(year)}", f"Write {like}.")
    start = fiscal_year(year) or int(year)
    unit = {"mass": "t", "value": "USD", "share": "1"}[cells["measure"]] if kind == "total" else "1"
    at = {"record": record, "year": start}
    keys = tuple(key for key in pack.entries if key.startswith(f"record.{record}."))
    if kind == "share":
        _known(parts["origin"], pack.nouns.ids("origins"), "origin")
        at["origin"] = parts["origin"]
    trade = ground.trade
    inside = kind in trade and all(label in trade[kind][dim].values for dim, label in at.items())
    number = float(trade[kind].sel(at)) if inside else np.nan
    if np.isnan(number):
        what = "total" if kind == "total" else f"share of {parts['origin']}"
        return Measured(None, unit, f"the record '{record}' gives no {what} for {year}", keys)
    return Measured(number, unit, "", keys)


def _published(ground: Ground, kind: str, parts: Mapping[str, str]) -> Measured:
    rows = ground.pack.nouns.tables["published"]
    _known(parts["id"], list(rows), "published total")
    cells = rows[parts["id"]]
    return Measured(float(cells["value"]), cells["unit"])


def _elements(ground: Ground, kind: str, parts: Mapping[str, str]) -> Measured:
    pack, which = ground.pack, parts["which"]
    _known(parts["product"], pack.nouns.ids("products"), "product")
    kinds = pack.nouns.column("elements", "kind")
    listed = which.split()
    if which and not any(one.endswith(which) for one in kinds.values()):
        for element in listed:
            _known(element, list(kinds), "element")
    inside, keys = elements_in(pack, parts["product"])
    counted = [name for name in inside if not which or name in listed or kinds[name].endswith(which)]
    return Measured(float(len(counted)), "item", "", keys)


def _growth(ground: Ground, kind: str, parts: Mapping[str, str]) -> Measured:
    first, last = int(parts["first"]), int(parts["last"])
    if last <= first:
        raise MeasureError(f"growth from {first} to {last} does not go forward", "Write the earlier year first.")
    mark = "." if parts["of"].strip().startswith("answer:") else "@"
    then, now = (measure(ground, f"{parts['of']}{mark}{year}") for year in (first, last))
    ratio = _ratio(now, then)
    if ratio.number is None:
        return ratio
    if ratio.number < 0:
        return Measured(None, "1", "growth between a negative and a positive number has no rate", ratio.keys)
    return Measured(ratio.number ** (1 / (last - first)) - 1, "1", "", ratio.keys)


def _sum(first: Measured, rest: Measured) -> Measured:
    keys = tuple(dict.fromkeys([*first.keys, *rest.keys]))
    converted = rest.into(first.unit)
    if first.number is None or converted.number is None:
        return Measured(None, first.unit, first.missing or rest.missing or converted.missing, keys)
    return Measured(first.number + converted.number, first.unit, "", keys)


def _ratio(above: Measured, below: Measured) -> Measured:
    keys = tuple(dict.fromkeys([*above.keys, *below.keys]))
    converted = above.into(below.unit)
    if converted.number is None or below.number is None:
        return Measured(None, "1", above.missing or below.missing or converted.missing, keys)
    if below.number == 0:
        return Measured(None, "1", "the number below the line is zero", keys)
    return Measured(converted.number / below.number, "1", "", keys)


_TAKE = {
    "figure": _figure, "low": _figure, "high": _figure, "answer": _answer, "share": _record, "total": _record,
    "published": _published, "elements": _elements, "growth": _growth,
}  # fmt: skip
