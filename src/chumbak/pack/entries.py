"""An entry: what the pack says under one key, as one number or as a number for every year.

Rows of a series are knots. Each row says with ``then`` how the series goes on to the next one: not at all
(the next row has to be the next year), ``linear``, ``geometric`` or ``hold``. Nothing else is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from chumbak.pack.faults import Faults
from chumbak.pack.figures import Figure
from chumbak.pack.schema import Attribute

SIDES = ("value", "low", "high")


@dataclass(frozen=True, eq=False)
class Entry:
    """The figures under one key. Arrays are over ``years``, or single numbers where ``years`` is None.

    ``low`` and ``high`` equal ``value`` where no range is known, so that nothing is drawn there.
    """

    key: str
    attribute: Attribute
    indices: Mapping[str, str]
    figures: tuple[Figure, ...]
    unit: str
    years: np.ndarray | None
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def has_range(self) -> bool:
        """Say whether there is anything to draw."""
        return bool(np.any(self.low < self.value) or np.any(self.high > self.value))

    def at(self, years: np.ndarray, side: str = "value") -> np.ndarray:
        """Return one side of the entry for these years (which it has to cover)."""
        numbers: np.ndarray = getattr(self, side)
        if self.years is None:
            return np.broadcast_to(numbers, years.shape)
        chosen: np.ndarray = numbers[years - self.years[0]]
        return chosen

    def with_sides(
        self, sides: Mapping[str, np.ndarray], years: np.ndarray | None, figures: tuple[Figure, ...]
    ) -> Entry:
        """Return the entry with other numbers, over ``years``, resting on ``figures``."""
        value, low, high = (sides[side] for side in SIDES)
        return replace(self, years=years, value=value, low=low, high=high, figures=figures)

    def scaled(self, ratio: float) -> Entry:
        """Return the entry with all numbers multiplied."""
        sides = {side: getattr(self, side) * ratio for side in SIDES}
        return self.with_sides(sides, self.years, self.figures)


def build_entry(
    attribute: Attribute, indices: Mapping[str, str], figures: list[Figure], window: Window, faults: Faults
) -> Entry | None:
    """Return the entry that the rows of one key make up, or None with every fault noted."""
    before = len(faults.found)
    _check_periods(attribute, figures, faults)
    if len(faults.found) > before:
        return None
    if figures[0].year is None or attribute.kind == "number":
        years, sides = None, {side: np.array(_side(figures[0], side)) for side in SIDES}
    else:
        figures = sorted(figures, key=lambda figure: figure.year or 0)
        expanded = _expand(attribute, figures, window, faults)
        if expanded is None:
            return None
        years, sides = expanded
    return Entry(figures[0].key, attribute, dict(indices), tuple(figures), figures[0].unit, years, **sides)


@dataclass(frozen=True)
class Window:
    """The years a pack covers, and the month its fiscal year starts in (None: not known)."""

    first: int
    last: int
    fiscal_start_month: int | None

    @property
    def years(self) -> np.ndarray:
        """Return the years, first and last included."""
        return np.arange(self.first, self.last + 1)


def _side(figure: Figure, side: str) -> float:
    number: float | None = getattr(figure, side)
    return figure.value if number is None else number


def _check_periods(attribute: Attribute, figures: list[Figure], faults: Faults) -> None:
    seen: dict[str, Figure] = {}
    for figure in figures:
        same = "" if attribute.kind == "number" else figure.period
        if same in seen:
            what = f"'{figure.key}' {same} stands already in {_place(seen[same], figure)}"
            column = "period" if same else "key"
            faults.add(figure.where, column, "duplicate-key", what, "Keep one of the two rows.")
        seen.setdefault(same, figure)
    if attribute.kind == "number" or len(figures) == 1:
        return
    if any(figure.year is None for figure in figures):
        odd = next(figure for figure in figures if figure.year is None)
        what = f"'{odd.key}' has a row for 'all' years beside rows for single years"
        faults.add(odd.where, "period", "all-beside-years", what, "Keep the one or the others.")
    if len({figure.fiscal for figure in figures if figure.year is not None}) > 1:
        odd = next(figure for figure in figures if figure.fiscal)
        what = f"'{odd.key}' mixes calendar and fiscal years"
        faults.add(odd.where, "period", "mixed-years", what, "Give the whole series in one kind of year.")


def _place(other: Figure, here: Figure) -> str:
    same_file = other.where[0] == here.where[0]
    return f"row {other.where[1]}" if same_file else f"{other.where[0]}, row {other.where[1]}"


def _expand(
    attribute: Attribute, figures: list[Figure], window: Window, faults: Faults
) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    """Return the years of the series and its numbers in each."""
    fiscal = figures[0].fiscal
    needs_all = attribute.engine != "pack"
    if fiscal and window.fiscal_start_month is None:
        what = f"'{figures[0].key}' is in fiscal years and the pack does not say when they start"
        mend = "Add the figure calendar.fiscal_start_month."
        faults.add(figures[0].where, "period", "fiscal-start-unknown", what, mend)
        return None
    straddles = fiscal and window.fiscal_start_month != 1
    wanted = (window.first - (1 if straddles else 0), window.last)
    before = len(faults.found)
    _check_cover(figures, wanted if needs_all else None, faults)
    if len(faults.found) > before:
        return None
    start = figures[0].year or 0
    end = max(window.last, figures[-1].year or 0) if figures[-1].then == "hold" else figures[-1].year or 0
    years = np.arange(start, end + 1)
    sides = {side: _between(figures, years, side) for side in SIDES}
    if straddles:
        assert window.fiscal_start_month is not None
        later = (13 - window.fiscal_start_month) / 12  # share of the calendar year in the fiscal year it opens
        years = years[1:]
        sides = {side: (1 - later) * old[:-1] + later * old[1:] for side, old in sides.items()}
    if needs_all:
        keep = (years >= window.first) & (years <= window.last)
        years, sides = years[keep], {side: numbers[keep] for side, numbers in sides.items()}
    return years, sides


def _check_cover(figures: list[Figure], wanted: tuple[int, int] | None, faults: Faults) -> None:
    key = figures[0].key
    for figure, following in pairwise(figures):
        assert figure.year is not None
        assert following.year is not None
        gap = following.year - figure.year - 1
        if gap and not figure.then:
            missing = f"{figure.year + 1}" + (f" to {following.year - 1}" if gap > 1 else "")
            what = f"'{key}' has a gap: no row for {missing}"
            mend = "Add the years, or say in column 'then' of this row how it goes on (linear, geometric, hold)."
            faults.add(figure.where, "period", "series-gap", what, mend)
        if figure.then == "geometric" and min(figure.value, following.value) <= 0:
            what = f"'{key}' cannot grow geometrically from or to {min(figure.value, following.value):g}"
            faults.add(figure.where, "then", "geometric-through-zero", what, "Write linear.")
    last = figures[-1]
    assert last.year is not None
    if last.then in ("linear", "geometric"):
        what = f"'{key}' ends with '{last.then}', and there is no row to go on to"
        faults.add(last.where, "then", "series-open-end", what, "Add the row, or write hold.")
    if wanted is None:
        return
    first = figures[0]
    assert first.year is not None
    if first.year > wanted[0]:
        what = f"'{key}' starts in {first.period}; the pack needs it from {wanted[0]}"
        mend = "Add the early years (0 before the product was sold), with their source."
        faults.add(first.where, "period", "series-late-start", what, mend)
    if last.year < wanted[1] and last.then != "hold":
        what = f"'{key}' ends in {last.period}; the pack needs it to {wanted[1]}"
        mend = "Add the later years, or write 'hold' in column 'then' of the last row."
        faults.add(last.where, "period", "series-early-end", what, mend)


def _between(figures: list[Figure], years: np.ndarray, side: str) -> np.ndarray:
    """Return one side of the series in every year, following each row's ``then``."""
    numbers = np.empty(len(years))
    for figure, following in zip(figures, [*figures[1:], None], strict=True):
        assert figure.year is not None
        end = int(years[-1]) + 1 if following is None or following.year is None else following.year
        span = (years >= figure.year) & (years < end)
        here = _side(figure, side)
        if following is None or figure.then in ("", "hold"):
            numbers[span] = here
            continue
        share = (years[span] - figure.year) / (end - figure.year)
        there = _side(following, side)
        if figure.then == "linear" or min(here, there) <= 0:  # a range may touch zero where the value does not
            numbers[span] = here + share * (there - here)
        else:
            numbers[span] = here * (there / here) ** share
    return numbers


def update_years(entry: Entry, other: Entry, figures: tuple[Figure, ...], window: Window) -> Entry:
    """Return ``entry`` with the years that ``other`` covers replaced by it."""
    if other.years is None:
        return replace(other, figures=figures)
    sides = {}
    for side in SIDES:
        numbers = entry.at(window.years, side).copy()
        keep = (other.years >= window.first) & (other.years <= window.last)
        numbers[other.years[keep] - window.first] = getattr(other, side)[keep]
        sides[side] = numbers
    return entry.with_sides(sides, window.years, figures)


def recentre(entry: Entry, value: np.ndarray, figures: tuple[Figure, ...], window: Window) -> Entry:
    """Return the entry with this central path over the window; its range keeps its proportions, within bounds.

    ``value`` is over the window's years, or a single number where the entry is a number.
    """
    years = None if value.ndim == 0 else window.years
    old = entry.value if years is None else entry.at(window.years)
    safe = np.where(old == 0, 1.0, old)
    sides = {"value": value}
    for side in ("low", "high"):
        was = getattr(entry, side) if years is None else entry.at(window.years, side)
        sides[side] = np.clip(
            np.where(old == 0, value, value * was / safe), entry.attribute.minimum, entry.attribute.maximum
        )
    sides["low"], sides["high"] = np.minimum(sides["low"], value), np.maximum(sides["high"], value)
    return entry.with_sides(sides, years, figures)
