"""Ours beside theirs: published totals with their definition, our number for it, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass

from chumbak.answer.ensemble import totals
from chumbak.answer.overview import Answer
from chumbak.pack.figures import FISCAL


@dataclass(frozen=True)
class Comparison:
    """A published number and ours of the same or the nearest definition (None where nothing compares)."""

    quantity: str
    definition: str
    period: str
    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    confidence: str
    ours: float | None
    ours_is: str
    why: str


def compare(answer: Answer) -> list[Comparison]:
    """Return the pack's published totals, each beside ours."""
    ours = totals(answer.data)
    found = []
    for cells in answer.pack.nouns.tables["published"].values():
        name = cells["compares_with"]
        mine = None
        if name in ours:
            by_year = dict(zip(ours[name]["year"].values.tolist(), ours[name].values.tolist(), strict=True))
            mine = _in_period(answer, by_year, cells["period"])
        found.append(
            Comparison(
                quantity=cells["quantity"], definition=cells["definition"], period=cells["period"],
                value=float(cells["value"]), low=_number(cells["low"]), high=_number(cells["high"]),
                unit=cells["unit"], source=cells["source"], confidence=cells["confidence"],
                ours=mine, ours_is=name, why=cells["why"],
            )
        )  # fmt: skip
    return found


def _number(text: str) -> float | None:
    return float(text) if text else None


def _in_period(answer: Answer, by_year: dict[int, float], period: str) -> float | None:
    """Return our number in a calendar year, or in a fiscal year by its months in the two calendar years."""
    fiscal = FISCAL.fullmatch(period)
    start = answer.pack.window.fiscal_start_month
    if fiscal and start:
        year = int(fiscal[1])
        first = (13 - start) / 12
        if year in by_year and year + 1 in by_year:
            return first * by_year[year] + (1 - first) * by_year[year + 1]
        return None
    return by_year.get(int(period)) if period.isdigit() else None
