"""The nouns of a pack: products, grades, elements, places ... as checked tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.files import Row
from chumbak.pack.schema import CHOICES, IDENTIFIER, MAY_BE_EMPTY, NOUNS, REFERENCES


@dataclass(frozen=True)
class Nouns:
    """The tables of nouns of a pack: table name -> id -> cells, in the order of the files."""

    tables: Mapping[str, Mapping[str, Mapping[str, str]]]

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


def read_nouns(rows: Mapping[str, list[Row]], faults: Faults) -> Nouns:
    """Return the noun tables with ids, choices and references between them checked."""
    tables = {name: _by_id(name, rows.get(name, []), faults) for name in NOUNS}
    for table, found in tables.items():
        for row in found.values():
            _check_cells(table, row, tables, faults)
    return Nouns({name: {id_: row.cells for id_, row in found.items()} for name, found in tables.items()})


def _by_id(table: str, rows: list[Row], faults: Faults) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        name = row.cells["id"]
        if not IDENTIFIER.fullmatch(name):
            mend = "Use letters, digits and _, starting with a letter, at most 40."
            faults.add(row.where, "id", "bad-id", f"'{name[:40]}' cannot be an id", mend)
        elif name in found:
            what = f"'{name}' stands already in row {found[name].where[1]}"
            faults.add(row.where, "id", "duplicate-id", what, "Give each row its own id.")
        else:
            found[name] = row
    return found


def _check_cells(table: str, row: Row, tables: Mapping[str, Mapping[str, Row]], faults: Faults) -> None:
    for column in NOUNS[table]:
        text = row.cells[column]
        if not text:
            if column not in MAY_BE_EMPTY:
                faults.add(row.where, column, "empty-cell", f"'{column}' is empty", "Fill it.")
            continue
        choices = CHOICES.get((table, column))
        if choices and text not in choices:
            what = f"'{text[:40]}' is not one of {', '.join(choices)}"
            faults.add(row.where, column, "unknown-choice", what, did_you_mean(text, choices))
        other = REFERENCES.get((table, column))
        if other and text not in tables[other]:
            what = f"'{text[:40]}' is not in the table {other}"
            faults.add(row.where, column, "unknown-reference", what, did_you_mean(text, list(tables[other])))
        bounds = {"lat": 90.0, "lon": 180.0, "priority": 99.0}.get(column)
        if bounds is not None:
            _check_bounded(row, column, bounds, faults)


def _check_bounded(row: Row, column: str, bound: float, faults: Faults) -> None:
    try:
        right = abs(float(row.cells[column])) <= bound
    except ValueError:
        right = False
    if not right:
        what = f"{column} '{row.cells[column][:40]}' is not a number within ±{bound:g}"
        faults.add(row.where, column, "bad-number", what, "Mend it.")
