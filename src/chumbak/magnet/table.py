"""Delimited text as users export it: UTF-8, or UTF-16 with its mark; rows as wide as their headings."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path

from chumbak.magnet.units import UNITS, MagnetError, factor

MOST_BYTES = 50_000_000
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, legacy: str | None = None) -> str:
    """Return the text of a file; ``legacy`` is an encoding to fall back on. Raises ``MagnetError``."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise MagnetError(f"'{path}' is larger than {MOST_BYTES // 1_000_000} MB. Give one loop or table a file.")
        data = path.read_bytes()
    except OSError as error:
        raise MagnetError(f"Cannot read '{path}': {error.strerror or error}.") from None
    wide = data.startswith(_MARKS)
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(legacy, errors="replace") if legacy and not wide else "\0"
    if "\0" in text:
        raise MagnetError(f"'{path}' is no text. Export it as CSV in UTF-8.")
    return text


def read_rows(path: Path, holds: str, example: str) -> list[list[str]]:
    """Return the rows of a CSV table, headings first, cells stripped, and none empty or wider than the headings.

    ``holds`` is what a row is and ``example`` what the headings may be, for the sentence where there are none. Raises
    ``MagnetError``.
    """
    lines = read_text(path).splitlines()
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        raise MagnetError(f"{path.name} holds no {holds}. Write headings, such as '{example}', and a row each.")
    for number, row in enumerate(rows[1:], start=2):
        if any(row[len(rows[0]) :]):
            raise MagnetError(
                f"{path.name}, row {number} has {len(row)} cells under {len(rows[0])} headings. Take out the extra "
                "comma, or put text that holds one in quotes."
            )
    return rows


def column_factor(heading: str, name: str, unit: str, kind: str, file: str) -> float:
    """Return what the unit of a column is in the first of its kind. Raises ``MagnetError`` with file and column."""
    if not unit:
        raise MagnetError(f"{file}: the column '{heading}' has no unit. Write '{name} ({next(iter(UNITS[kind]))})'.")
    try:
        return factor(unit, kind)
    except MagnetError as error:
        raise MagnetError(f"{file}, column '{heading}': {error}") from None
