"""The nouns of a pack: products, grades, elements, places ... as checked tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chumbak.pack.cells import CALENDAR, TO_FILL, fiscal_year, is_span, read_number, unfilled
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.files import Row, Table
from chumbak.pack.schema import (
    BASES,
    CHOICES,
    IDENTIFIER,
    INSTRUMENTS,
    LISTS,
    MAY_BE_EMPTY,
    NOUNS,
    ORIGIN_CODE,
    REFERENCES,
)
from chumbak.pack.units import UnitError, parsed

# Cells that the figures of a noun cannot be read without.
CARRYING = {
    ("products", "counted_in"), ("items", "counted_in"), ("grades", "balance"), ("places", "kind"),
    ("records", "measure"), ("records", "basis"), ("records", "years"),
}  # fmt: skip
SHOWN = (  # by their names, which have to tell them apart
    "sectors", "products", "grades", "routes", "places", "regions", "plants", "offers", "steps", "policies",
)  # fmt: skip
WHOLE = {  # columns of whole numbers from 1 to 99, and how to mend one
    ("sectors", "priority"): "The one that is served first has 1.",
    ("oxides", "atoms"): "Count the atoms of the element in the formula.",
    ("oxides", "oxygen"): "Count the atoms of oxygen in the formula.",
}
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
    for name in SHOWN:
        _check_names(list(tables[name].values()), faults)
    _check_regions(tables, faults)
    _check_plants(tables, faults)
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
        shape = ORIGIN_CODE if table == "origins" else IDENTIFIER
        if not shape.fullmatch(name):
            mend = "Use letters, digits and _, starting with a letter, at most 40."
            if table == "origins":
                mend = "Use the three capital letters of ISO 3166, such as CHN; WLD is the total over all."
            faults.add(row.where, "id", "bad-id", f"{short(name)} cannot be an id", mend)
            faults.lost_tables.add(table)  # what the figures call it cannot be told
        elif name in found:
            what = f"'{name}' stands already in row {found[name].where[1]}"
            faults.add(row.where, "id", "duplicate-id", what, "Give each row its own id.")
        else:
            found[name] = row
    return found


def _check_names(rows: list[Row], faults: Faults) -> None:
    """Note a name that stands twice in a table; a hub may be called like its state."""
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        name = " ".join(row.cells["name"].casefold().split())
        first = seen.setdefault((name, row.cells.get("kind", "")), row)
        if first is not row and name not in ("", TO_FILL):
            what = f"{short(row.cells['name'])} is the name of '{first.cells['id']}' in row {first.where[1]} too"
            faults.add(row.where, "name", "duplicate-name", what, "Give each a name that tells it from the others.")


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
    if table == "claims":
        _check_claim(row, faults)
    if table == "policies":
        _check_policy(row, faults)
    if table == "records" and not _basis_is_said(row, faults):
        faults.lost_ids.add((table, row.cells["id"]))


def _check_cell(table: str, column: str, row: Row, tables: Mapping[str, Mapping[str, Row]], faults: Faults) -> None:
    text = row.cells[column]
    if not text:
        if not {column, (table, column)} & MAY_BE_EMPTY:
            faults.add(row.where, column, "empty-cell", f"'{column}' is empty", "Fill it in.")
        return
    choices = CHOICES.get((table, column))
    if choices and text not in choices:
        what = f"{short(text)} is no choice for '{column}'"
        faults.add(row.where, column, "unknown-choice", what, did_you_mean(text, choices))
    other = REFERENCES.get((table, column))
    for name in text.split() if (table, column) in LISTS else [text]:
        is_lost = other in faults.lost_tables or (other, name) in faults.lost_ids
        if other and name not in tables[other] and not is_lost:
            what, mend = f"{short(name)} is not in the table {other}", did_you_mean(name, list(tables[other]))
            if not tables[other]:
                what, mend = f"{short(name)} cannot be looked up, {lacking_table(other)}", fill_table(other)
                faults.lost_tables.add(other)  # said once, not of every cell
            faults.add(row.where, column, "unknown-reference", what, mend)
    if other == table and text == row.cells["id"]:
        what = f"'{text}' is given as its own {column}"
        faults.add(row.where, column, "unknown-reference", what, "Name another, or leave it empty.")
    if (table, column) in WHOLE and not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 99):
        what = f"{column} {short(text)} is not a whole number from 1 to 99"
        faults.add(row.where, column, "bad-number", what, WHOLE[table, column])
    bound = BOUNDS.get((table, column))
    if bound is not None:
        number = read_number(row, column, faults)
        if number is not None and abs(number) > bound:
            what = f"{column} {short(text)} is not between {-bound:g} and {bound:g}"
            faults.add(row.where, column, "bad-number", what, "Give decimal degrees.")


def lacking_table(table: str) -> str:
    """Return the words for a table that other rows name and that is absent or empty."""
    return f"and the pack has no rows in a table {table}"


def fill_table(table: str) -> str:
    """Return how to mend a table that is absent or empty."""
    return f"List tables/{table}.csv in datapackage.json and fill it, or take off all that names its rows."


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
    _check_period_and_unit(row, faults)


def _basis_is_said(row: Row, faults: Faults) -> bool:
    """Say whether a record says what its tonnes are of, or is of money and says nothing; note it if not."""
    measure, basis = row.cells["measure"], row.cells["basis"]
    if measure == "mass" and not basis:
        what = "the record is in tonnes, and its basis is missing"
        faults.add(row.where, "basis", "wrong-basis", what, f"Write one of: {', '.join(BASES)}.")
        return False
    if measure == "value" and basis:
        what = f"the record is in money, and its basis is {short(basis)}"
        faults.add(row.where, "basis", "wrong-basis", what, "Leave the basis empty.")
        return False
    return True


def _check_claim(row: Row, faults: Faults) -> None:
    """Note a claim whose bounds cannot be tested; a bound may be open on one side, not on both."""
    before = len(faults)
    low, high = (read_number(row, column, faults) for column in ("low", "high"))
    if len(faults) == before and low is None and high is None and row.cells["measure"]:
        what = "the claim has a measure, and no bounds within which it holds"
        faults.add(row.where, "low", "claim-without-bounds", what, "Give low, high or both, in the claim's unit.")
    elif low is not None and high is not None and low > high:
        faults.add(row.where, "low", "range-order", "the low end of the claim is above the high end", "Swap them.")
    _check_period_and_unit(row, faults)


def _check_regions(tables: Mapping[str, Mapping[str, Row]], faults: Faults) -> None:
    """Note a hub in a region, and a state in two of them or, where a pack has regions, in none."""
    regions, places = tables["regions"], tables["places"]
    unsure = bool({"regions", "places"} & faults.lost_tables) or any(name == "regions" for name, _ in faults.lost_ids)
    first: dict[str, str] = {}
    for region, row in regions.items():
        for place in row.cells["places"].split():
            if place not in places:
                unsure = True  # said already; what it should have been cannot be told
            elif places[place].cells["kind"] == "hub":
                what = f"'{place}' is a hub, and a region is made of states"
                faults.add(row.where, "places", "hub-in-region", what, "Take it off: it lies where its state does.")
            elif place in first:
                other = "stands twice in" if first[place] == region else f"of the region '{first[place]}' stands in"
                what = f"the state '{place}' {other} the region '{region}'"
                faults.add(row.where, "places", "state-in-two-regions", what, "A state lies in one region, once.")
            first.setdefault(place, region)
    states = [name for name, row in places.items() if row.cells["kind"] == "state" and name not in first]
    if regions and states and not unsure:
        table = next(iter(regions.values())).where[0]
        what = f"no region has the state{'s' * (len(states) > 1)} {short(' '.join(states))}"
        mend = "Add each to the places of the region it lies in."
        faults.add((table, 0), "places", "state-without-region", what, mend)


def _check_plants(tables: Mapping[str, Mapping[str, Row]], faults: Faults) -> None:
    """Note, once, plants in a pack that does not say of any what it runs."""
    first = next(iter(tables["plants"].values()), None)
    if first is not None and not tables["uses"] and not {"plants", "uses"} & faults.lost_tables:
        what = "the pack has plants, and no rows in a table uses to say which processes they run"
        mend = "List tables/uses.csv in datapackage.json and fill it, or take off the plants."
        faults.add((first.where[0], 0), "id", "plants-without-uses", what, mend)


def _check_policy(row: Row, faults: Faults) -> None:
    """Note a policy that does not name what its instrument works on."""
    instrument = row.cells["instrument"]
    target = INSTRUMENTS.get(instrument)
    if target and not row.cells[target]:
        what = f"the instrument '{instrument}' works on a {target}, and none is named"
        mend = f"Write an id of the table {REFERENCES['policies', target]}."
        faults.add(row.where, target, "policy-without-target", what, mend)


def _check_period_and_unit(row: Row, faults: Faults) -> None:
    cells = row.cells
    period = cells["period"]
    if period and not (CALENDAR.fullmatch(period) or fiscal_year(period) or is_span(period)):
        what = f"the period {short(period)} is neither a year nor a fiscal year"
        faults.add(row.where, "period", "bad-period", what, "Write 2025 or FY2024-25.")
    try:
        parsed(cells["unit"] or "1")
    except UnitError as error:
        faults.add(row.where, "unit", error.kind, str(error), "Write one such as t, kg, item or %.")
