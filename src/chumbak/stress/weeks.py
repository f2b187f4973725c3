"""Calendar weeks: ISO 8601, such as ``2027-W14``; a week belongs to the year in its name."""

from __future__ import annotations

import re
from datetime import date, timedelta

WEEKS_A_YEAR = 365.25 / 7
LABEL = re.compile(r"(\d{4})-W(\d{2})")


def monday(label: str) -> date:
    """Return the first day of a week. Raises ``ValueError`` for what is no week."""
    found = LABEL.fullmatch(label)
    if not found or found[1] == "0000":
        raise ValueError(f"'{label[:40]}' is no week: Write it like 2027-W14")
    year, week = int(found[1]), int(found[2])
    last = date(year, 12, 28).isocalendar().week
    if not 1 <= week <= last:
        raise ValueError(f"'{label}' is no week: {year} has {last} of them, from W01 to W{last}")
    return date.fromisocalendar(year, week, 1)


def week_labels(start: str, count: int) -> tuple[str, ...]:
    """Return the labels of ``count`` weeks from ``start`` on."""
    first = monday(start)
    days = [(first + timedelta(weeks=number)).isocalendar() for number in range(count)]
    return tuple(f"{day.year}-W{day.week:02d}" for day in days)


def year_of(label: str) -> int:
    """Return the calendar year that a week is counted to."""
    monday(label)
    return int(label[:4])
