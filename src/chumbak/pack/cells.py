"""Reading one cell: numbers and periods, the same for every table."""

from __future__ import annotations

import math
import re

import numpy as np

from chumbak.pack.faults import Faults, short
from chumbak.pack.files import Row

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
CALENDAR = re.compile(r"(?:1[89]|20|21)[0-9]{2}")
FISCAL = re.compile(r"FY((?:1[89]|20|21)[0-9]{2})-([0-9]{2})")
SPAN = re.compile(r"((?:1[89]|20|21)[0-9]{2})-((?:1[89]|20|21)[0-9]{2})")
SMALLEST, LARGEST = 1e-18, 1e18  # in canonical units; nothing real is outside, and products stay finite
TO_FILL = "?"  # how the skeleton of a new pack marks what its maker has to find


def read_number(row: Row, column: str, faults: Faults) -> float | None:
    """Return the number in a cell, None where it is empty or, with a fault noted, not a number."""
    text = row.cells[column]
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        mend = "Write plain digits with a point, such as 1234.5, without commas, spaces or units."
        faults.add(row.where, column, "not-a-number", f"{short(text)} is not a number", mend)
        return None
    number = float(text)
    if not math.isfinite(number):
        mend = "Check the digits and the exponent."
        faults.add(row.where, column, "not-finite", f"{short(text)} is too large for a number", mend)
        return None
    return number


def in_scale(numbers: np.ndarray) -> np.ndarray:
    """Say of each number, in canonical units, whether it is of a size that anything real has."""
    size = np.abs(numbers)
    fits: np.ndarray = (size == 0) | ((size >= SMALLEST) & (size <= LARGEST))
    return fits


def fiscal_year(period: str) -> int | None:
    """Return the year in which a fiscal year such as FY2024-25 starts, None if ``period`` is not one."""
    found = FISCAL.fullmatch(period)
    if found is None or (int(found[1]) + 1) % 100 != int(found[2]):
        return None
    return int(found[1])


def is_span(period: str) -> bool:
    """Say whether ``period`` is two years in order, such as 1999-2010."""
    found = SPAN.fullmatch(period)
    return found is not None and int(found[1]) < int(found[2])


def unfilled(row: Row, faults: Faults) -> bool:
    """Say whether the row still has cells to be filled in (``?``), and note it."""
    columns = [column for column, text in row.cells.items() if text == TO_FILL]
    if columns:
        name = row.cells.get("key", row.cells.get("id", ""))
        named = "this row" if name in ("", TO_FILL) else short(name)
        what = f"{named} is still to be filled in: {', '.join(columns)}"
        mend = "Give what you found, with its unit, period, source and confidence; nothing is assumed in its place."
        faults.add(row.where, columns[0], "to-be-filled", what, mend)
    return bool(columns)
