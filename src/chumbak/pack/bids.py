"""Bids under a scheme, as a table of a user's. Reading and checking it.

The columns are those of ``COLUMNS``, in any order; money says its unit in the header, such as ``rate (INR/kg)``. An
empty cell is not known, and nothing is assumed in its place; ``bidder`` alone has to be there::

    bidder,tonnes (t/year),rate (INR/kg),net_worth (crore INR),investment (crore INR),lead_share,technical,received
    First,1200,1850,400,1000,1,pass,2026-08-13

``lead_share`` is the lead member's share of the equity, 1 of a company alone. ``floor`` (the lowest rate it would
match) and ``note`` may be left out.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from chumbak.pack.cells import read_number
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.files import MAX_TABLE_BYTES, Row, commas, read_text, records
from chumbak.pack.pack import Pack
from chumbak.pack.units import UnitError, currencies_in, factor

UNITS = {
    "tonnes": "t/year", "rate": "money/kg", "net_worth": "money", "investment": "money", "lead_share": "1",
    "floor": "money/kg",
}  # fmt: skip
COLUMNS = ("bidder", "tonnes", "rate", "net_worth", "investment", "lead_share", "technical", "received")
OPTIONAL = ("floor", "note")
TECHNICAL = ("pass", "fail", "not yet")
HEADER = re.compile(r"([^()]*?)\s*(?:\(([^()]*)\))?")
MOST_BIDS = 1000
MOST = {"t/year": 1e7, "money/kg": 1e9, "money": 1e15, "1": 1.0}  # of what a number can be, by unit


class BidRow(TypedDict):
    """One bid: t/year, money/kg, money, shares; None where the cell is empty."""

    bidder: str
    tonnes: float | None
    rate: float | None
    net_worth: float | None
    investment: float | None
    lead_share: float | None
    technical: str | None
    received: dt.date | None
    floor: float | None


@dataclass(frozen=True)
class _Header:
    """The columns of a file by name: where they stand, as they are written, and what their numbers are scaled by."""

    at: dict[str, int]
    written: dict[str, str]
    scale: dict[str, float]
    width: int


def read_bids(path: Path, pack: Pack) -> list[BidRow]:
    """Return the bids of a CSV file, in its order. Raises ``PackError`` with every fault, by row and column."""
    faults, shown = Faults(), str(path)
    text = read_text(path, shown, MAX_TABLE_BYTES, faults)
    lines_of = records(text, shown, faults) if text is not None else iter(())
    first = next(lines_of, None)
    header = _header(first[1], (shown, first[0]), pack.currency, faults) if first and first[1] else None
    found: list[BidRow] = []
    lines: dict[str, int] = {}
    count = 0
    for line, cells in lines_of if header else ():
        assert header is not None
        if cells is None:
            break  # what follows is not CSV, which is noted
        count += 1
        if len(cells) != header.width:
            what = f"the row has {len(cells)} cells, the header {header.width}"
            faults.add((shown, line), "", "ragged-row", what, 'Put a cell that holds a comma between quotes: "a, b".')
            continue
        row = Row((shown, line), {name: cells[at].strip() for name, at in header.at.items()})
        bid = _bid(row, header, faults)
        if bid["bidder"] in lines:
            what = f"the bidder {short(bid['bidder'])} stands in row {lines[bid['bidder']]} too"
            faults.add(
                row.where, "bidder", "duplicate-bidder", what, "Keep one bid of each, or give each its own name."
            )
        elif bid["bidder"]:
            lines[bid["bidder"]] = line
        found.append(bid)
    if header and not count and not len(faults):
        faults.add((shown, 0), "", "no-rows", "the table has a header and no bids", "Add a row for each bid.")
    if count > MOST_BIDS:
        mend = "Check that it is the right file."
        faults.add((shown, 0), "", "too-many-rows", f"there are {count:,} bids; at most {MOST_BIDS:,} are read", mend)
    faults.stop_if_any()
    return found


def _header(cells: list[str], where: tuple[str, int], currency: str, faults: Faults) -> _Header | None:
    """Return the header, or None with every fault of it noted."""
    before = len(faults)
    right = [_titled(name, currency) for name in COLUMNS]
    if not commas(cells, where, faults):
        return None
    found = _Header({}, {}, {}, len(cells))
    for at, cell in enumerate(cells):
        written = cell.strip()
        parts = HEADER.fullmatch(written)
        name, unit = (parts[1], (parts[2] or "").strip()) if parts else (written, "")
        if name not in (*COLUMNS, *OPTIONAL):
            what = f"column {short(written)} is not one of a table of bids"
            faults.add(where, written[:40], "unknown-column", what, did_you_mean(name, (*COLUMNS, *OPTIONAL)))
            continue
        if name in found.at:
            faults.add(where, name, "duplicate-column", f"column '{name}' stands twice", "Keep one of the two.")
        found.at[name], found.written[name] = at, written
        found.scale[name] = _scale(name, unit, where, currency, faults)
    for name in COLUMNS:
        if name not in found.at:
            what, mend = f"column '{name}' is missing", f"The header is: {','.join(right)}."
            faults.add(where, name, "missing-column", what, mend)
    return found if len(faults) == before else None


def _titled(name: str, currency: str) -> str:
    """Return a column as its header is best written."""
    unit = UNITS.get(name, "1").replace("money", currency)
    return name if unit == "1" else f"{name} ({unit})"


def _scale(name: str, unit: str, where: tuple[str, int], currency: str, faults: Faults) -> float:
    """Return what the numbers of a column are multiplied by; 1, with a fault noted, if its unit does not fit."""
    wanted = UNITS.get(name, "").replace("money", currency)
    if not unit and wanted in ("", "1", "t/year"):
        return 1.0
    mend = f"Write '{_titled(name, currency)}', or a unit that converts to it." if wanted else f"Write '{name}'."
    try:
        if unit and wanted and currencies_in(unit) == currencies_in(wanted):
            return factor(unit, wanted)
    except UnitError:
        pass
    what = f"the unit {short(unit)} does not fit here" if unit else f"column '{name}' says no unit"
    faults.add(where, name, "bad-unit" if unit else "missing-unit", what, mend)
    return 1.0


def _bid(row: Row, header: _Header, faults: Faults) -> BidRow:
    bidder, technical = row.cells["bidder"], row.cells["technical"]
    if not bidder:
        faults.add(row.where, "bidder", "missing-name", "the bidder has no name", "Give it one.")
    elif not bidder.isprintable() or len(bidder) > 80:
        mend = "Write at most 80 characters on one line."
        faults.add(row.where, "bidder", "bad-name", f"{short(bidder)} cannot be a name", mend)
    if technical and technical not in TECHNICAL:
        mend = did_you_mean(technical, TECHNICAL) + " Leave it empty if it is not known."
        what = f"{short(technical)} is no result of a technical bid"
        faults.add(row.where, "technical", "bad-result", what, mend)
    return BidRow(
        bidder=bidder, tonnes=_number(row, "tonnes", header, faults), rate=_number(row, "rate", header, faults),
        net_worth=_number(row, "net_worth", header, faults), investment=_number(row, "investment", header, faults),
        lead_share=_number(row, "lead_share", header, faults), technical=technical or None, received=_day(row, faults),
        floor=_number(row, "floor", header, faults),
    )  # fmt: skip


def _number(row: Row, name: str, header: _Header, faults: Faults) -> float | None:
    """Return a number in the canonical unit; None where the cell is empty, or with a fault noted."""
    if name not in row.cells:
        return None
    found = read_number(row, name, faults)
    if found is None:
        return None
    found *= header.scale[name]
    if name == "lead_share" and not 0 <= found <= 1:
        what = f"{row.cells[name]} is not from 0 to 1 as a share"
        faults.add(row.where, name, "out-of-bounds", what, "Write a share such as 0.51, or 'lead_share (%)' above it.")
    elif name == "tonnes" and found <= 0:
        faults.add(row.where, name, "out-of-bounds", f"{row.cells[name]} is not above 0", "Check the number.")
    elif abs(found) > MOST[UNITS[name]]:
        what = f"{row.cells[name]} is more than can be ({MOST[UNITS[name]]:g} {UNITS[name]})"
        faults.add(row.where, name, "out-of-bounds", what, "Check the number and the unit above it.")
    elif name != "net_worth" and found < 0:  # a net worth below 0 is a fact, and fails by its rule
        faults.add(row.where, name, "out-of-bounds", f"{row.cells[name]} is below 0", "Check the number.")
    return found


def _day(row: Row, faults: Faults) -> dt.date | None:
    text = row.cells["received"]
    try:
        if not text or len(text) == len("2025-06-30"):
            return dt.date.fromisoformat(text) if text else None
    except ValueError:
        pass
    faults.add(row.where, "received", "bad-date", f"{short(text)} is no date", "Write it as 2025-06-30.")
    return None
