"""Scenarios and overlays: named changes of figures on top of a pack, never of code.

A scenario is a YAML file with ``title``, ``description`` and a list of ``changes``, each one of::

    - set: KEY        value, unit, [low, high], [years: 2030 or [2026, 2047]]
    - scale: KEY      by, [years]
    - ramp: KEY       years: [from, to], and either to + unit or by; after: hold | follow
    - add: ROWS       rows of figures as in a table

KEY may hold ``*``. Every change says its source, confidence and note (or the scenario says them for all).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from chumbak.pack.entries import SIDES, Entry, Window, build_entry, recentre, update_years
from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.figures import Figure, read_figure
from chumbak.pack.files import Row, read_table, read_yaml
from chumbak.pack.schema import FIGURE_COLUMNS
from chumbak.pack.tables import Nouns

Years = int | tuple[int, int]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Sourced(_Plain):
    source: str = ""
    confidence: str = ""
    note: str = ""


class Set(_Sourced):
    """Give a figure another value, for all years or some."""

    set: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    years: Years | None = None


class Scale(_Sourced):
    """Multiply a figure, for all years or some."""

    scale: str
    by: float = Field(ge=0)
    years: Years | None = None


class Ramp(_Sourced):
    """Lead a series in a straight line from its value in the first year to a target in the last."""

    ramp: str
    years: tuple[int, int]
    to: float | None = None
    unit: str = ""
    by: float | None = Field(default=None, ge=0)
    after: Literal["hold", "follow"]


class Add(_Sourced):
    """Add rows, as in a table of figures."""

    add: list[dict[str, str | float | int | None]]


def _kind(change: Any) -> str:
    return next(
        (kind for kind in ("set", "scale", "ramp", "add") if isinstance(change, dict) and kind in change), ""
    )


Change = Annotated[
    Annotated[Set, Tag("set")]
    | Annotated[Scale, Tag("scale")]
    | Annotated[Ramp, Tag("ramp")]
    | Annotated[Add, Tag("add")],
    Discriminator(_kind),
]


class Scenario(_Sourced):
    """A named set of changes on top of a pack."""

    title: str
    description: str
    changes: list[Change]


@dataclass(frozen=True)
class Ground:
    """What changes stand on: the entries so far and what is needed to read new ones."""

    entries: dict[str, Entry]
    nouns: Nouns
    window: Window
    place: str


def read_scenario(path: Path, shown: str, faults: Faults) -> Scenario | None:
    """Return the scenario in a YAML file, or None with every fault noted."""
    found = read_yaml(path, shown, faults)
    if found is None:
        return None
    try:
        return Scenario.model_validate(found)
    except ValidationError as error:
        for one in error.errors():
            column = ".".join(str(part) for part in one["loc"])
            what = one["msg"][0].lower() + one["msg"][1:]
            if one["type"] == "union_tag_invalid":
                what = "a change has to be one of set, scale, ramp, add"
            mend = "See the header of pack/scenarios.py, or docs/packs.md, for what a scenario may say."
            faults.add((shown, 0), column, "bad-scenario", what, mend)
    return None


def apply_scenario(ground: Ground, scenario: Scenario, shown: str, faults: Faults) -> dict[str, Entry]:
    """Return the entries with the scenario's changes made, in their order."""
    for number, change in enumerate(scenario.changes):
        where = (shown, 0)
        step = _Step(where, f"changes.{number}", _provenance(change, scenario))
        if isinstance(change, Add):
            rows = [Row(where, _add_cells(cells, step)) for cells in change.add]
            ground = replace(ground, entries=apply_rows(ground, rows, faults))
            continue
        pattern = change.set if isinstance(change, Set) else (
            change.scale if isinstance(change, Scale) else change.ramp)  # fmt: skip
        keys = [key for key in ground.entries if fnmatchcase(key, pattern)]
        if not keys:
            mend = did_you_mean(pattern, list(ground.entries))
            faults.add(where, step.column, "unknown-key", f"no figure of the pack is called '{pattern}'", mend)
        changed = dict(ground.entries)
        for key in keys:
            entry = _change(changed[key], change, step, ground, faults)
            if entry is not None:
                changed[key] = entry
        ground = replace(ground, entries=changed)
    return ground.entries


@dataclass(frozen=True)
class _Step:
    where: tuple[str, int]
    column: str
    provenance: dict[str, str]


def _provenance(change: _Sourced, scenario: Scenario) -> dict[str, str]:
    names = ("source", "confidence", "note")
    return {name: getattr(change, name) or getattr(scenario, name) for name in names}


def _add_cells(cells: Mapping[str, Any], step: _Step) -> dict[str, str]:
    texts = {name: "" if value is None else str(value) for name, value in cells.items()}
    return {**dict.fromkeys(FIGURE_COLUMNS, ""), **step.provenance, **texts}


def _change(entry: Entry, change: Set | Scale | Ramp, step: _Step, ground: Ground, faults: Faults) -> Entry | None:
    window = ground.window
    if isinstance(change, Ramp):
        return _ramp(entry, change, step, ground, faults)
    years = _years(change.years, step, window, faults)
    if isinstance(change, Scale):
        figure = _evidence(entry, change.by, years, step)
        figures = (*entry.figures, figure)
        if entry.years is None and (entry.attribute.kind == "number" or change.years is None):
            return recentre(entry, entry.value * change.by, figures, window)
        inside = (window.years >= years[0]) & (window.years <= years[1])
        return recentre(entry, entry.at(window.years) * np.where(inside, change.by, 1.0), figures, window)
    set_figure = _read(entry, change.value, change.low, change.high, change.unit, step, ground, faults)
    if set_figure is None:
        return None
    built = build_entry(entry.attribute, entry.indices, [set_figure], window, faults)
    if built is None or change.years is None or entry.attribute.kind == "number":
        return built and replace(built, figures=(*entry.figures, set_figure))
    span = np.arange(years[0], years[1] + 1)
    sides = {side: np.full(span.shape, getattr(built, side)) for side in SIDES}
    limited = built.with_sides(sides, span, built.figures)
    return update_years(entry, limited, (*entry.figures, set_figure), window)


def _ramp(entry: Entry, change: Ramp, step: _Step, ground: Ground, faults: Faults) -> Entry | None:
    window = ground.window
    start, end = _years(change.years, step, window, faults)
    if (change.to is None) == (change.by is None) or start >= end or entry.attribute.kind == "number":
        what = "a ramp leads a series, over years [from, to], either to a value with its unit or by a factor"
        faults.add(step.where, step.column, "bad-ramp", what, "Give years, and one of to + unit or by.")
        return None
    old = entry.at(window.years)
    first = float(old[start - window.first])
    if change.to is not None:
        figure = _read(entry, change.to, None, None, change.unit, step, ground, faults)
        if figure is None:
            return None
        target = figure.value
    else:
        assert change.by is not None
        target = float(old[end - window.first]) * change.by
        figure = _evidence(entry, change.by, (start, end), step)
    figure = replace(figure, period=f"{start}-{end}")
    share = np.clip((window.years - start) / (end - start), 0.0, 1.0)
    value = np.where(window.years < start, old, first + share * (target - first))
    if change.after == "follow":
        at_end = float(old[end - window.first])
        if at_end == 0:
            what = f"'{entry.key}' is 0 in {end}: it cannot be followed in proportion"
            faults.add(step.where, step.column, "bad-ramp", what, "Write after: hold.")
            return None
        value = np.where(window.years > end, old * (target / at_end), value)
    return recentre(entry, value, (*entry.figures, figure), window)


def _years(years: Years | None, step: _Step, window: Window, faults: Faults) -> tuple[int, int]:
    span = (window.first, window.last) if years is None else (years, years) if isinstance(years, int) else years
    if not window.first <= span[0] <= span[1] <= window.last:
        what = f"the years {span[0]} to {span[1]} are not within {window.first} to {window.last}"
        faults.add(step.where, f"{step.column}.years", "years-outside", what, "Mend the years.")
        return window.first, window.last
    return span


def _read(
    entry: Entry, value: float, low: float | None, high: float | None, unit: str,
    step: _Step, ground: Ground, faults: Faults,
) -> Figure | None:  # fmt: skip
    """Return the figure a change states, checked like a row of a table."""
    cells = {
        **dict.fromkeys(FIGURE_COLUMNS, ""), **step.provenance, "key": entry.key, "period": "all",
        "value": repr(value), "low": "" if low is None else repr(low), "high": "" if high is None else repr(high),
        "unit": unit, "basis": entry.attribute.basis, "place": ground.place,
        "currency": entry.figures[0].currency, "price_year": str(entry.figures[0].price_year or ""),
    }  # fmt: skip
    found = read_figure(Row(step.where, cells), ground.nouns, faults)
    return found[2] if found else None


def _evidence(entry: Entry, ratio: float, years: tuple[int, int], step: _Step) -> Figure:
    """Return the row of the evidence trail for a factor put on an entry."""
    note = f"x {ratio:g}; {step.provenance['note']}"
    return replace(
        entry.figures[-1], value=ratio, low=None, high=None, unit="1", period=f"{years[0]}-{years[1]}",
        given=f"x {ratio:g}", where=step.where, source=step.provenance["source"],
        confidence=step.provenance["confidence"], note=note,
    )  # fmt: skip


def read_overlay(path: Path, faults: Faults) -> list[Row]:
    """Return the rows of a user's own table of figures."""
    return read_table(path, str(path), FIGURE_COLUMNS, faults)


def apply_rows(ground: Ground, rows: list[Row], faults: Faults) -> dict[str, Entry]:
    """Return the entries with these rows on top: a row replaces the years it covers, or the whole number."""
    entries = dict(ground.entries)
    grouped: dict[str, list[tuple[Any, dict[str, str], Figure]]] = {}
    for row in rows:
        found = read_figure(row, ground.nouns, faults)
        if found is not None:
            grouped.setdefault(found[2].key, []).append(found)
    for key, found_rows in grouped.items():
        attribute, indices, _ = found_rows[0]
        figures = [figure for _, _, figure in found_rows]
        window = ground.window
        existing = entries.get(key)
        if (
            existing is not None
            and all(figure.year is not None for figure in figures)
            and attribute.kind == "series"
        ):
            years = [figure.year for figure in figures if figure.year is not None]
            last = window.last if max(figures, key=lambda figure: figure.year or 0).then == "hold" else max(years)
            built = build_entry(attribute, indices, figures, replace(window, first=min(years), last=last), faults)
            if built is not None:
                entries[key] = update_years(existing, built, (*existing.figures, *figures), window)
            continue
        built = build_entry(attribute, indices, figures, window, faults)
        if built is not None:
            entries[key] = built
    return entries
