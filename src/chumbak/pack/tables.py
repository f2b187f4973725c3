"""The nouns of a pack: products, grades, elements, places ... as checked tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chumbak.pack.cells import CALENDAR, fiscal_year, is_span, read_number, unfilled
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.files import Row, Table
from chumbak.pack.schema import CHOICES, IDENTIFIER, MAY_BE_EMPTY, NOUNS, REFERENCES
from chumbak.pack.units import UnitError, parsed

# Cells that the figures of a noun cannot be read without.
CARRYING = {("products", "counted_in"), ("items", "counted_in"), ("grades", "balance"), ("places", "kind")}
BOUNDS = {("places", "lat"): 90.0, ("places", "lon"): 180.0}


@dataclass(frozen=True)
class Nouns:
    """The tables of nouns of a pack: table name -> id -> cells, in the order of the files.

    ``where`` is the file and row of each (table, id).
    """

    tables: Mapping[str, Mapping[str, Mapping[str, str]]]
    where: Mapping[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def ids(self, table: str) -> list[str]:
        """Return the ids of a table in file order; for places only the states, which is what is summed."""
        rows = self.tables.get(table, {})
        if table == "places":
            return [name for name, cells in rows.items() if cells["kind"] == "state"]
        return list(rows)

    def cell(self, table: str, name: str, column: str) -> str:
        """Return one cell."""
        return self.tables[table][name][column]

    def column(self, table: str, column: str) -> dict[str, str]:
        """Return a column as id -> cell."""
        return {name: self.tables[table][name][column] for name in self.ids(table)}


def read_nouns(found: Mapping[str, Table], faults: Faults) -> Nouns:
    """Return the noun tables with ids, choices and references between them checked.

    A row whose id, unit of counting or the like is wrong is left out and remembered as lost.
    """
    for name, table in found.items():
        faults.lost_ids |= {(name, lost) for lost in table.lost}
        faults.lost_tables |= set() if table.whole else {name}
    tables = {name: _by_id(name, found[name].rows if name in found else [], faults) for name in NOUNS}
    for name, rows in tables.items():
        for row in rows.values():
            _check_cells(name, row, tables, faults)
    kept = {
        name: {id_: row for id_, row in rows.items() if (name, id_) not in faults.lost_ids}
        for name, rows in tables.items()
    }
    return Nouns(
        {name: {id_: row.cells for id_, row in rows.items()} for name, rows in kept.items()},
        {(name, id_): row.where for name, rows in kept.items() for id_, row in rows.items()},
    )


def _by_id(table: str, rows: list[Row], faults: Faults) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        name = row.cells["id"]
        if not IDENTIFIER.fullmatch(name):
            mend = "Use letters, digits and _, starting with a letter, at most 40."
            faults.add(row.where, "id", "bad-id", f"{short(name)} cannot be an id", mend)
            faults.lost_tables.add(table)  # what the figures call it cannot be told
        elif name in found:
            what = f"'{name}' stands already in row {found[name].where[1]}"
            faults.add(row.where, "id", "duplicate-id", what, "Give each row its own id.")
        else:
            found[name] = row
    return found


def _check_cells(table: str, row: Row, tables: Mapping[str, Mapping[str, Row]], faults: Faults) -> None:
    if unfilled(row, faults):
        faults.lost_ids.add((table, row.cells["id"]))
        return
    for column in NOUNS[table]:
        before = len(faults)
        _check_cell(table, column, row, tables, faults)
        if len(faults) > before and (table, column) in CARRYING:
            faults.lost_ids.add((table, row.cells["id"]))
    if table == "published":
        _check_published(row, faults)


def _check_cell(table: str, column: str, row: Row, tables: Mapping[str, Mapping[str, Row]], faults: Faults) -> None:
    text = row.cells[column]
    if not text:
        if column not in MAY_BE_EMPTY:
            faults.add(row.where, column, "empty-cell", f"'{column}' is empty", "Fill it in.")
        return
    choices = CHOICES.get((table, column))
    if choices and text not in choices:
        what = f"{short(text)} is no choice for '{column}'"
        faults.add(row.where, column, "unknown-choice", what, did_you_mean(text, choices))
    other = REFERENCES.get((table, column))
    is_lost = other in faults.lost_tables or (other, text) in faults.lost_ids
    if other and text not in tables[other] and not is_lost:
        what = f"{short(text)} is not in the table {other}"
        faults.add(row.where, column, "unknown-reference", what, did_you_mean(text, list(tables[other])))
    if other == table and text == row.cells["id"]:
        what = f"'{text}' is given as its own {column}"
        faults.add(row.where, column, "unknown-reference", what, "Name another, or leave it empty.")
    if column == "priority" and not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 99):
        what = f"the priority {short(text)} is not a whole number from 1 to 99"
        faults.add(row.where, column, "bad-number", what, "The one that is served first has 1.")
    bound = BOUNDS.get((table, column))
    if bound is not None:
        number = read_number(row, column, faults)
        if number is not None and abs(number) > bound:
            what = f"{column} {short(text)} is not between {-bound:g} and {bound:g}"
            faults.add(row.where, column, "bad-number", what, "Give decimal degrees.")


def _check_published(row: Row, faults: Faults) -> None:
    cells = row.cells
    before = len(faults)
    value, low, high = (read_number(row, column, faults) for column in ("value", "low", "high"))
    if len(faults) == before and (low is None) != (high is None):
        column = "low" if low is None else "high"
        mend = "Give both ends, or neither."
        faults.add(row.where, column, "half-range", "only one end of the range is given", mend)
    elif value is not None and low is not None and high is not None and not low <= value <= high:
        what = f"the value {cells['value']} is outside its own range"
        faults.add(row.where, "value", "value-outside-range", what, "Mend the value, low or high.")
    period = cells["period"]
    if period and not (CALENDAR.fullmatch(period) or fiscal_year(period) or is_span(period)):
        what = f"the period {short(period)} is neither a year nor a fiscal year"
        faults.add(row.where, "period", "bad-period", what, "Write 2025 or FY2024-25.")
    try:
        parsed(cells["unit"] or "1")
    except UnitError as error:
        faults.add(row.where, "unit", error.kind, str(error), "Write one such as t, kg, item or %.")
