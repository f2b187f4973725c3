"""An entry: what the pack says under one key, as one number or as a number for every year.

Rows of a series are knots. Each row says with ``then`` how the series goes on to the next one: not at all
(the next row has to be the next year), ``linear``, ``geometric`` or ``hold``. Nothing else is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from chumbak.pack.faults import Faults
from chumbak.pack.figures import ONE_KIND_OF_YEAR, SIDES, Figure
from chumbak.pack.schema import Attribute


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

    @cached_property
    def has_range(self) -> bool:
        """Say whether there is anything to draw."""
        return bool(np.any(self.low < self.value) or np.any(self.high > self.value))

    def at(self, years: np.ndarray, side: str = "value") -> np.ndarray:
        """Return one side of the entry for these years. Raises ``ValueError`` if it does not cover them."""
        numbers: np.ndarray = getattr(self, side)
        if self.years is None:
            return np.broadcast_to(numbers, years.shape)
        if years[0] < self.years[0] or years[-1] > self.years[-1]:
            raise ValueError(f"{self.key} covers {self.years[0]} to {self.years[-1]} only")
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


@dataclass(frozen=True)
class Window:
    """The years a pack covers, the year of its "today", and the month its fiscal year starts in (None: not known)."""

    first: int
    last: int
    base_year: int
    fiscal_start_month: int | None

    @property
    def years(self) -> np.ndarray:
        """Return the years, first and last included."""
        return np.arange(self.first, self.last + 1)

    @property
    def straddles(self) -> bool:
        """Say whether a calendar year holds parts of two fiscal years."""
        return self.fiscal_start_month not in (None, 1)


def build_entry(
    attribute: Attribute, indices: Mapping[str, str], figures: list[Figure], window: Window, faults: Faults
) -> Entry | None:
    """Return the entry that the rows of one key make up, or None with every fault noted and the key lost."""
    before = len(faults)
    key = figures[0].key
    years, sides = None, {side: np.array(figures[0].side(side)) for side in SIDES}
    _check_periods(attribute, figures, window, faults)
    if len(faults) == before and attribute.kind == "observed":
        return _observed(attribute, indices, figures)
    in_years = attribute.kind == "series" and figures[0].year is not None
    if in_years and "figures" in faults.lost_tables:
        return None  # its other rows may stand in what could not be read
    if len(faults) == before and in_years:
        figures = sorted(figures, key=lambda figure: figure.year or 0)
        _check_knots(figures, faults)
        if attribute.engine != "pack":  # what a run needs has to cover the window; rates and indices need not
            _check_cover(figures, window, faults)
        if len(faults) == before:
            years, sides = _expand(attribute, figures, window)
    if len(faults) > before or (figures[0].fiscal and key in faults.lost_keys):
        faults.lost_keys.add(key)
        return None
    return Entry(key, attribute, dict(indices), tuple(figures), figures[0].unit, years, **sides)


def _observed(attribute: Attribute, indices: Mapping[str, str], figures: Sequence[Figure]) -> Entry:
    """Return what was observed, by the year each row names: a fiscal year by the one it starts in.

    Years between that are not given are missing (NaN); nothing is carried over or converted between them.
    """
    rows = sorted(figures, key=_year)
    years = np.arange(_year(rows[0]), _year(rows[-1]) + 1)
    sides = {side: np.full(len(years), np.nan) for side in SIDES}
    for figure in rows:
        for side in SIDES:
            sides[side][_year(figure) - years[0]] = figure.side(side)
    return Entry(figures[0].key, attribute, dict(indices), tuple(rows), figures[0].unit, years, **sides)


def update_observed(entry: Entry, other: Entry, faults: Faults) -> Entry | None:
    """Return ``entry`` with the years that ``other`` gives replaced or added, or None with a fault noted."""
    first = other.figures[0]
    if first.fiscal != entry.figures[0].fiscal:
        what = f"'{entry.key}' mixes calendar and fiscal years: it is given already for {entry.figures[0].period}"
        faults.add(first.where, "period", "mixed-years", what, ONE_KIND_OF_YEAR)
        return None
    newer = {figure.year for figure in other.figures}
    kept = [figure for figure in entry.figures if figure.year not in newer]
    return _observed(entry.attribute, entry.indices, [*kept, *other.figures])


def _check_periods(attribute: Attribute, figures: list[Figure], window: Window, faults: Faults) -> None:
    seen: dict[str, Figure] = {}
    for figure in figures:
        period = "" if attribute.kind == "number" else figure.period
        if period in seen:
            of_period = f" for {period}" if period else ""
            what = f"'{figure.key}'{of_period} is given already in {_place(seen[period], figure)}"
            if figure.period != seen[period].period:
                what += (
                    f"; it is one number for all years, and the two rows say {seen[period].period} and {figure.period}"
                )
            faults.add(figure.where, "key", "duplicate-key", what, "Keep one of the two rows.")
        seen.setdefault(period, figure)
    if attribute.kind == "number":
        _check_seen(figures, window, faults)
        return
    whole = [figure for figure in figures if figure.year is None]
    fiscal = [figure for figure in figures if figure.fiscal]
    if whole and len(whole) < len(figures):
        what = f"'{whole[0].key}' has a row for 'all' years beside rows for single years"
        faults.add(whole[0].where, "period", "all-beside-years", what, "Keep the one or the others.")
    elif fiscal and len(fiscal) < len(figures):
        what = f"'{fiscal[0].key}' mixes calendar and fiscal years"
        faults.add(fiscal[0].where, "period", "mixed-years", what, ONE_KIND_OF_YEAR)
    elif fiscal and window.fiscal_start_month is None:
        _fiscal_start_unknown(fiscal[0], faults)
    elif attribute.kind == "observed":
        return
    elif len(fiscal) == 1 and window.straddles and fiscal[0].then != "hold":
        what = f"'{fiscal[0].key}' has one fiscal year only, and a calendar year needs the two it lies in"
        faults.add(fiscal[0].where, "period", "lone-fiscal-year", what, "Add the fiscal year before or after.")


def _check_seen(figures: list[Figure], window: Window, faults: Faults) -> None:
    """Note a number of a year to come: its period says when it was observed, and it would hold for all years."""
    for figure in figures:
        years = re.findall(r"[0-9]{4}", figure.period)
        if years and int(years[-1]) > window.base_year:
            what = (
                f"'{figure.key}' is one number for all years, and {figure.period} cannot be when it was observed: it "
                f"is after the base year, {window.base_year}"
            )
            mend = "Write 'all' if it is to hold for all years; one year alone cannot be changed."
            faults.add(figure.where, "period", "year-on-a-number", what, mend)


def _fiscal_start_unknown(figure: Figure, faults: Faults) -> None:
    start = "calendar.fiscal_start_month"
    if start in faults.lost_keys or "figures" in faults.lost_tables:
        faults.lost_keys.add(figure.key)
        return
    what = f"'{figure.key}' is in fiscal years, and the pack does not say when they start"
    faults.add(figure.where, "period", "fiscal-start-unknown", what, f"Add the figure {start}.")


def _place(other: Figure, here: Figure) -> str:
    same_file = other.where[0] == here.where[0]
    return f"row {other.where[1]}" if same_file else f"{other.where[0]}, row {other.where[1]}"


def _year(figure: Figure) -> int:
    assert figure.year is not None
    return figure.year


def _check_knots(figures: list[Figure], faults: Faults) -> None:
    """Note gaps between rows that do not say how the series goes on, and ways that cannot be gone."""
    key = figures[0].key
    for figure, following in pairwise(figures):
        gap = _year(following) - _year(figure) - 1
        if gap and not figure.then:
            missing = f"{_year(figure) + 1}" + (f" to {_year(following) - 1}" if gap > 1 else "")
            what = f"'{key}' has a gap: no row for {missing}"
            mend = "Add the years, or say in column 'then' of this row how it goes on (linear, geometric, hold)."
            faults.add(figure.where, "period", "series-gap", what, mend)
        if figure.then == "geometric" and min(figure.value, following.value) <= 0:
            what = f"'{key}' cannot grow geometrically from or to {min(figure.value, following.value):g}"
            faults.add(figure.where, "then", "geometric-through-zero", what, "Write linear.")
    last = figures[-1]
    if last.then in ("linear", "geometric"):
        what = f"'{key}' ends with '{last.then}', and there is no row to go on to"
        faults.add(last.where, "then", "series-open-end", what, "Add the row, or write hold.")


def _check_cover(figures: list[Figure], window: Window, faults: Faults) -> None:
    """Note a series that does not reach from the first to the last year of the window."""
    first, last = figures[0], figures[-1]
    key = first.key
    wanted = window.first - (first.fiscal and window.straddles)
    shown = f"FY{wanted}-{(wanted + 1) % 100:02}" if first.fiscal else str(wanted)
    if _year(first) > wanted:
        what = f"'{key}' starts in {first.period}; the pack needs it from {shown}"
        mend = "Add the early years (0 before the product was sold), with their source."
        faults.add(first.where, "period", "series-late-start", what, mend)
    if _year(last) < window.last and not last.then:
        what = f"'{key}' ends in {last.period}; the pack needs it to {window.last}"
        mend = "Add the later years, or write 'hold' in column 'then' of the last row."
        faults.add(last.where, "period", "series-early-end", what, mend)


def _expand(attribute: Attribute, figures: list[Figure], window: Window) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the calendar years of the series and its numbers in each.

    A calendar year takes from the two fiscal years it lies in by months: with a start in April 3/12 of the one
    that ends and 9/12 of the one that begins.
    """
    start, end = _year(figures[0]), _year(figures[-1])
    years = np.arange(start, (max(window.last, end) if figures[-1].then == "hold" else end) + 1)
    sides = _between(figures, years)
    if figures[0].fiscal and window.straddles:
        assert window.fiscal_start_month is not None
        begun = (13 - window.fiscal_start_month) / 12
        years = years[1:]
        sides = {side: (1 - begun) * numbers[:-1] + begun * numbers[1:] for side, numbers in sides.items()}
    if attribute.engine != "pack":
        keep = (years >= window.first) & (years <= window.last)
        years, sides = years[keep], {side: numbers[keep] for side, numbers in sides.items()}
    return years, sides


def _between(figures: list[Figure], years: np.ndarray) -> dict[str, np.ndarray]:
    """Return value, low and high in every year, following each row's ``then``."""
    sides = {side: np.empty(len(years)) for side in SIDES}
    for figure, following in pairwise([*figures, None]):
        assert figure is not None
        end = int(years[-1]) + 1 if following is None else _year(following)
        span = (years >= _year(figure)) & (years < end)
        for side in SIDES:
            here = figure.side(side)
            if following is None or figure.then in ("", "hold"):
                sides[side][span] = here
                continue
            share = (years[span] - _year(figure)) / (end - _year(figure))
            there = following.side(side)
            if figure.then == "linear":
                sides[side][span] = here + share * (there - here)
            elif min(here, there) > 0:
                sides[side][span] = here * (there / here) ** share
            else:  # the low end touches zero where the value does not: lead its share of the value in a line
                ends = here / figure.value, there / following.value
                sides[side][span] = sides["value"][span] * (ends[0] + share * (ends[1] - ends[0]))
    return sides


def update_years(
    entry: Entry, other: Entry, figures: tuple[Figure, ...], window: Window, faults: Faults
) -> Entry | None:
    """Return ``entry`` with the years that ``other`` covers replaced by it, or None with a fault noted.

    ``figures`` are the rows behind ``other``; those of ``entry`` that no longer bear on any year are left out. A
    series that need not cover the window (a rate, an index) may be lengthened, without a gap.
    """
    assert other.years is not None
    years = window.years if entry.years is None else entry.years
    where = figures[-1].where
    if entry.attribute.engine == "pack" and entry.years is not None:
        if other.years[0] > years[-1] + 1 or other.years[-1] < years[0] - 1:
            what = f"'{entry.key}' covers {years[0]} to {years[-1]}, and these years would leave a gap"
            faults.add(where, "period", "series-gap", what, "Add the years between.")
            return None
        years = np.arange(min(years[0], other.years[0]), max(years[-1], other.years[-1]) + 1)
    inside = other.years[(other.years >= years[0]) & (other.years <= years[-1])]
    if not inside.size:
        what = f"'{entry.key}' is needed for {years[0]} to {years[-1]}, and none of these years is given"
        faults.add(where, "period", "years-outside", what, "Mend the years, or take off the row.")
        return None
    sides = {}
    for side in SIDES:
        numbers = np.empty(len(years))
        own = years if entry.years is None else entry.years
        numbers[own - years[0]] = entry.at(own, side)
        numbers[inside - years[0]] = other.at(inside, side)
        sides[side] = numbers
    gone = set(inside.tolist())
    kept = [figure for figure in entry.figures if not _bears_on(figure, entry.figures, years) <= gone]
    return entry.with_sides(sides, years, (*kept, *figures))


def _bears_on(figure: Figure, rows: Sequence[Figure], years: np.ndarray) -> set[int]:
    """Return the years that a row of a series may have a part in, too many rather than too few.

    They lie between the rows before and after it in its own file; a fiscal year reaches into the next one.
    """
    if figure.year is None:
        return set(years.tolist())
    beside = [row.year for row in rows if row.where[0] == figure.where[0] and row.year is not None]
    start = max((year + 1 for year in beside if year < figure.year), default=min(years[0], figure.year))
    end = min((year - 1 for year in beside if year > figure.year), default=max(years[-1], figure.year))
    return set(range(start, end + figure.fiscal + 1))


def recentre(entry: Entry, value: np.ndarray, years: np.ndarray | None, figures: tuple[Figure, ...]) -> Entry:
    """Return the entry with this central path; its range keeps its proportions, within bounds.

    ``value`` is over ``years``, or a single number where ``years`` is None.
    """
    old, low, high = (getattr(entry, side) if years is None else entry.at(years, side) for side in SIDES)
    safe = np.where(old == 0, 1.0, old)
    sides = {"value": value}
    for side, was in (("low", low), ("high", high)):
        moved = np.where(old == 0, value, value * (was / safe))  # exactly the value where there is no range
        sides[side] = np.clip(moved, entry.attribute.minimum, entry.attribute.maximum)
    sides["low"], sides["high"] = np.minimum(sides["low"], value), np.maximum(sides["high"], value)
    return entry.with_sides(sides, years, figures)
