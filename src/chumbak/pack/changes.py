"""Making the changes of scenarios and overlays, with a row of the evidence trail for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from chumbak.pack.cells import in_scale
from chumbak.pack.entries import Entry, Window, build_entry, recentre, update_observed, update_years
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.figures import SIDES, Figure, Reading, check_bounds, check_provenance, pattern_mend, read_figure
from chumbak.pack.files import Row
from chumbak.pack.scenarios import Add, Ramp, Scale, ScenarioFile, Set
from chumbak.pack.schema import FIGURE_COLUMNS, attributes
from chumbak.pack.tables import Nouns

# A series in fiscal years has been converted by the time a change is made.
FIXED = attributes()["fiscal_start"].pattern


@dataclass(frozen=True)
class Ground:
    """What changes stand on: the entries so far and what is needed to read new ones."""

    entries: dict[str, Entry]
    nouns: Nouns
    window: Window
    place: str


@dataclass(frozen=True)
class _Step:
    """One change of a scenario: where it stands, and who says it."""

    file: ScenarioFile
    number: int
    provenance: Mapping[str, str]

    def where(self, *field: str | int) -> tuple[str, int]:
        return self.file.shown, self.file.document.line((*self.file.under, "changes", self.number, *field))

    def column(self, *field: str | int) -> str:
        return ".".join(str(part) for part in (*self.file.under, "changes", self.number, *field))

    def note(self, faults: Faults, field: tuple[str | int, ...], kind: str, what: str, mend: str) -> None:
        faults.add(self.where(*field), self.column(*field), kind, what, mend)

    def read(self, cells: Mapping[str, str], at: tuple[str | int, ...], renamed: Mapping[str, str],
             ground: Ground, faults: Faults) -> Reading | None:  # fmt: skip
        """Return the figure in these cells; its faults name the field of the scenario they stand in."""
        inner = Faults()
        inner.lost_ids, inner.lost_tables = faults.lost_ids, faults.lost_tables
        found = read_figure(Row(self.where(*at), dict(cells)), ground.nouns, inner)
        for fault in inner.found:
            field = (*at, renamed.get(fault.column, fault.column))
            self.note(faults, field, fault.kind, fault.what, fault.mend)
        faults.lost_keys |= inner.lost_keys
        return found


def apply_scenario(ground: Ground, file: ScenarioFile, faults: Faults) -> dict[str, Entry]:
    """Return the entries with the scenario's changes made, in their order."""
    scenario = file.scenario
    for number, change in enumerate(scenario.changes):
        names = ("source", "confidence", "note")
        provenance = {name: getattr(change, name) or getattr(scenario, name) for name in names}
        step = _Step(file, number, {**provenance, "place": ground.place})
        if isinstance(change, Add):
            entries = _add(ground, change, step, faults)
        else:
            check_provenance(step.where(), step.provenance, faults, f"{step.column()}.")
            entries = _change_all(ground, change, step, faults)
        ground = replace(ground, entries=entries)
    return ground.entries


def _add(ground: Ground, change: Add, step: _Step, faults: Faults) -> dict[str, Entry]:
    """Return the entries with new figures added; what the pack has already is changed, not added."""
    readings, there = [], set()
    for position, given in enumerate(change.add):
        at = ("add", position)
        for column in given:
            if column not in FIGURE_COLUMNS:
                what = f"{short(column)} is no column of a table of figures"
                step.note(faults, (*at, column), "unknown-column", what, did_you_mean(column, FIGURE_COLUMNS))
        texts = {column: str(cell).strip() for column, cell in given.items() if cell not in (None, "")}
        provenance = {name: text for name, text in step.provenance.items() if name != "place"}
        cells = {**dict.fromkeys(FIGURE_COLUMNS, ""), **provenance, **texts}
        reading = step.read(cells, at, {}, ground, faults)
        key = cells["key"]
        if reading is None or key not in ground.entries or key == FIXED:
            readings.append(reading)
        elif key not in there:
            there.add(key)
            is_observed = ground.entries[key].attribute.kind == "observed"
            mend = "Give its rows in an overlay." if is_observed else "Change it with set, scale or ramp."
            what = f"the pack has '{key}' already, and 'add' is for figures it lacks"
            step.note(faults, (*at, "key"), "already-there", what, mend)
    return apply_figures(ground, readings, faults)


def _change_all(ground: Ground, change: Set | Scale | Ramp, step: _Step, faults: Faults) -> dict[str, Entry]:
    """Return the entries with one change made to every key it names."""
    kind, make = _MAKERS[type(change)]
    pattern: str = getattr(change, kind)
    keys = [key for key in ground.entries if fnmatchcase(key, pattern)]
    if not keys and not _rests_on_lost(pattern, faults):
        what = f"the pack has no figure {short(pattern)}"
        step.note(faults, (kind,), "unknown-key", what, pattern_mend(pattern, ground.nouns, ground.entries))
    changed = dict(ground.entries)
    for key in keys:
        before = len(faults)
        if key == FIXED:
            what = f"'{FIXED}' cannot be changed by a scenario or an overlay"
            step.note(faults, (kind,), "fixed-figure", what, "Change it in the pack's own tables.")
            continue
        if changed[key].attribute.kind == "observed":
            what = f"'{key}' was observed, and a scenario cannot change what was"
            step.note(faults, (kind,), "observed-figure", what, "Give rows for its years in an overlay.")
            continue
        entry = make(changed[key], change, step, ground, faults)
        if entry is not None:
            _check_bounds(entry, step, faults)
        if entry is None or len(faults) > before:
            faults.lost_keys.add(key)
        else:
            changed[key] = entry
    return changed


def _check_bounds(entry: Entry, step: _Step, faults: Faults) -> None:
    """Rows are checked when read; this holds for what a change made of them."""
    numbers = np.unique(np.concatenate([np.ravel(getattr(entry, side)) for side in SIDES]))
    place = (step.where(), step.column())
    unfit = numbers[~in_scale(numbers)]
    for number in (unfit[:1] if unfit.size else numbers[[0, -1]]).tolist():
        check_bounds(place, f"{number:g} for '{entry.key}'", number, entry.attribute, entry.unit, faults)


def _rests_on_lost(pattern: str, faults: Faults) -> bool:
    return "figures" in faults.lost_tables or any(fnmatchcase(key, pattern) for key in faults.lost_keys)


def _set(entry: Entry, change: Set, step: _Step, ground: Ground, faults: Faults) -> Entry | None:
    sides = {side: getattr(change, side) for side in SIDES}
    figure = _stated(entry, sides, change.unit, {}, step, ground, faults)
    years = _span(entry, change.years, step, ground, faults)
    if figure is None or years is None:
        return None
    figure = replace(figure, period="all" if change.years is None else _shown(years))
    span = None if change.years is None else np.arange(years[0], years[1] + 1)
    shape = () if span is None else span.shape
    limited = entry.with_sides({side: np.full(shape, figure.side(side)) for side in SIDES}, span, (figure,))
    if span is None:
        return limited
    return update_years(entry, limited, limited.figures, ground.window, faults)


def _scale(entry: Entry, change: Scale, step: _Step, ground: Ground, faults: Faults) -> Entry | None:
    years = _span(entry, change.years, step, ground, faults)
    if years is None:
        return None
    figures = (*entry.figures, _factor(entry, change.by, years, step))
    if change.years is None:
        return recentre(entry, entry.value * change.by, entry.years, figures)
    covered = _covered(entry, ground.window)
    inside = (covered >= years[0]) & (covered <= years[1])
    return recentre(entry, entry.at(covered) * np.where(inside, change.by, 1.0), covered, figures)


def _ramp(entry: Entry, change: Ramp, step: _Step, ground: Ground, faults: Faults) -> Entry | None:
    if (change.to is None) == (change.by is None) or (change.by is not None and change.unit):
        what = "a ramp goes either to a value with its unit or by a factor"
        step.note(faults, (), "bad-ramp", what, "Give 'to' and 'unit', or 'by' alone.")
        return None
    if change.years[0] == change.years[-1]:
        what = "a ramp needs two different years"
        step.note(faults, ("years",), "bad-ramp", what, "Write years: [2026, 2035], or use set.")
        return None
    years = _span(entry, change.years, step, ground, faults)
    if years is None:
        return None
    (start, end), covered = years, _covered(entry, ground.window)
    old = entry.at(covered)
    first, at_end = float(old[start - covered[0]]), float(old[end - covered[0]])
    if change.to is not None:
        sides = {"value": change.to, "low": None, "high": None}
        stated = _stated(entry, sides, change.unit, {"value": "to"}, step, ground, faults)
        if stated is None:
            return None
        target, figure = stated.value, replace(stated, period=_shown(years))
    else:
        assert change.by is not None
        target, figure = at_end * change.by, _factor(entry, change.by, years, step)
    share = np.clip((covered - start) / (end - start), 0.0, 1.0)
    value = np.where(covered < start, old, first + share * (target - first))
    if change.after == "follow":
        if at_end == 0:
            what = f"'{entry.key}' is 0 in {end}: what comes after cannot be in proportion to it"
            step.note(faults, ("after",), "bad-ramp", what, "Write after: hold.")
            return None
        value = np.where(covered > end, old * (target / at_end), value)
    return recentre(entry, value, covered, (*entry.figures, figure))


_MAKERS: dict[type, tuple[str, Callable[..., Entry | None]]] = {
    Set: ("set", _set), Scale: ("scale", _scale), Ramp: ("ramp", _ramp),
}  # fmt: skip


def _covered(entry: Entry, window: Window) -> np.ndarray:
    """Return the years in which an entry can be changed."""
    return window.years if entry.years is None else entry.years


def _shown(years: tuple[int, int]) -> str:
    return str(years[0]) if years[0] == years[1] else f"{years[0]}-{years[1]}"


def _span(
    entry: Entry, years: int | list[int] | None, step: _Step, ground: Ground, faults: Faults
) -> tuple[int, int] | None:
    """Return the first and last year of a change, or None with a fault noted."""
    covered = _covered(entry, ground.window)
    first, last = int(covered[0]), int(covered[-1])
    if years is None:
        return first, last
    if entry.attribute.kind == "number":
        what = f"'{entry.key}' is one number for all years"
        step.note(faults, ("years",), "years-on-a-number", what, "Leave 'years' out, or change another figure.")
        return None
    span = (years, years) if isinstance(years, int) else (years[0], years[1])
    if span[0] > span[1]:
        what = f"the years run backwards, from {span[0]} to {span[1]}"
        step.note(faults, ("years",), "years-order", what, "Write the earlier year first.")
        return None
    if not first <= span[0] <= span[1] <= last:
        what = f"the years {_shown(span)} are not within {first} to {last}"
        step.note(faults, ("years",), "years-outside", what, "Give years that the figure covers.")
        return None
    return span


def _stated(
    entry: Entry, sides: Mapping[str, float | None], unit: str, renamed: Mapping[str, str],
    step: _Step, ground: Ground, faults: Faults,
) -> Figure | None:  # fmt: skip
    """Return the figure a change states, checked like a row of a table."""
    first = entry.figures[0]
    cells = {
        **dict.fromkeys(FIGURE_COLUMNS, ""), **step.provenance, "key": entry.key, "period": "all",
        **{side: "" if number is None else repr(number).removesuffix(".0") for side, number in sides.items()},
        "unit": unit.strip(), "basis": entry.attribute.basis,
        "currency": first.currency, "price_year": str(first.price_year or ""),
    }  # fmt: skip
    found = step.read(cells, (), {"currency": "unit", **renamed}, ground, faults)
    return found[2] if found else None


def _factor(entry: Entry, ratio: float, years: tuple[int, int], step: _Step) -> Figure:
    """Return the row of the evidence trail for a factor put on an entry."""
    return Figure(
        key=entry.key, value=ratio, low=None, high=None, unit="1", basis="", period=_shown(years), year=None,
        fiscal=False, then="", currency="", price_year=None, given=f"x {ratio:g}", where=step.where(),
        **step.provenance,
    )  # fmt: skip


def apply_rows(ground: Ground, rows: Iterable[Row], faults: Faults) -> dict[str, Entry]:
    """Return the entries with the rows of an overlay on top."""
    return apply_figures(ground, [read_figure(row, ground.nouns, faults) for row in rows], faults)


def apply_figures(ground: Ground, readings: Iterable[Reading | None], faults: Faults) -> dict[str, Entry]:
    """Return the entries with these figures on top: each replaces the years it covers, or the whole number."""
    entries = dict(ground.entries)
    for key, found in by_key(readings).items():
        attribute, indices, first = found[0]
        figures = [figure for _, _, figure in found]
        if key == FIXED:
            what = f"'{FIXED}' cannot be changed by a scenario or an overlay"
            faults.add(first.where, "key", "fixed-figure", what, "Change it in the pack's own tables.")
            continue
        some_years = attribute.kind == "series" and all(figure.year is not None for figure in figures)
        if key in faults.lost_keys:
            continue
        existing = entries.get(key)
        if existing is not None and attribute.kind == "observed":
            seen = build_entry(attribute, indices, figures, ground.window, faults)
            built = seen and update_observed(existing, seen, faults)
        elif existing is None or not some_years:
            built = build_entry(attribute, indices, figures, ground.window, faults)
        else:
            built = build_entry(attribute, indices, figures, _window_of(figures, ground.window), faults)
            if built is not None:
                built = update_years(existing, built, built.figures, ground.window, faults)
        if built is None:
            faults.lost_keys.add(key)
        else:
            entries[key] = built
    return entries


def by_key(readings: Iterable[Reading | None]) -> dict[str, list[Reading]]:
    """Return what could be read, grouped by key in the order of the rows."""
    grouped: dict[str, list[Any]] = {}
    for reading in readings:
        if reading is not None:
            grouped.setdefault(reading[2].key, []).append(reading)
    return grouped


def _window_of(figures: list[Figure], window: Window) -> Window:
    """Return the calendar years that some rows of a series give, which is all they have to cover."""
    years = [figure.year for figure in figures if figure.year is not None]
    latest = max(figures, key=lambda figure: figure.year or 0)
    first = min(years) + (latest.fiscal and window.straddles)
    last = window.last if latest.then == "hold" else max(years)
    return replace(window, first=first, last=max(first, last))
