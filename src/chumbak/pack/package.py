"""Reading datapackage.json: the settings of a pack and the tables it lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.figures import THREE_LETTERS
from chumbak.pack.files import Row, read_table
from chumbak.pack.schema import FIGURE_COLUMNS, NOUNS, OPTIONAL_NOUNS
from chumbak.pack.tables import Nouns, read_nouns
from chumbak.pack.units import CURRENCIES

PACKAGE = "datapackage.json"
SETTINGS = ("place", "first_year", "base_year", "last_year", "answer_from", "currency", "price_year")
TEXTS = ("place", "currency")
EARLIEST, LATEST = 1900, 2150
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Settings:
    """What datapackage.json says of a pack as a whole."""

    name: str
    title: str
    place: str
    first_year: int
    base_year: int
    last_year: int
    answer_from: int
    currency: str
    price_year: int


def read_settings(package: Mapping[str, Any], faults: Faults) -> Settings | None:
    """Return the settings of the pack, or None with every fault noted."""
    before = len(faults)
    where = (PACKAGE, 0)
    for name in ("name", "title"):
        _check_text(package, name, name, faults)
    if isinstance(package.get("name"), str) and package["name"] and not NAME.fullmatch(package["name"]):
        what = f"{short(package['name'])} cannot be the name of a pack"
        mend = "Use letters, digits, '-', '_' and '.', at most 80."
        faults.add(where, "name", "bad-setting", what, mend)
    given = package.get("chumbak")
    if not isinstance(given, dict):
        what, mend = "the settings 'chumbak' are missing", f"Give an object with {', '.join(SETTINGS)}."
        faults.add(where, "chumbak", "missing-setting", what, mend)
        return None
    for name in given:
        if name not in SETTINGS:
            what = f"there is no setting {short(name)}"
            faults.add(where, f"chumbak.{name[:40]}", "unknown-setting", what, did_you_mean(name, SETTINGS))
    for name in SETTINGS:
        if name in TEXTS:
            _check_text(given, name, f"chumbak.{name}", faults)
        else:
            _check_year(given, name, faults)
    if len(faults) > before:
        return None
    if given["currency"] not in CURRENCIES:
        what = f"the currency {short(given['currency'])} is unknown"
        faults.add(where, "chumbak.currency", "bad-setting", what, THREE_LETTERS)
    order = [given[name] for name in ("first_year", "answer_from", "base_year", "last_year")]
    if order != sorted(order) or order[0] == order[-1]:
        what = "the years are not in order: first_year, answer_from, base_year, last_year"
        faults.add(where, "chumbak", "years-order", what, "Mend them; the last has to be after the first.")
    if len(faults) > before:
        return None
    return Settings(name=package["name"], title=package["title"], **given)


def _check_text(given: Mapping[str, Any], name: str, column: str, faults: Faults) -> None:
    text = given.get(name)
    if name not in given or text == "":
        faults.add((PACKAGE, 0), column, "missing-setting", f"'{name}' is missing", "Add it.")
    elif not isinstance(text, str) or not text.isprintable() or not text.strip():
        mend = "Write it between quotes."
        faults.add((PACKAGE, 0), column, "bad-setting", f"'{name}' is not a line of text", mend)


def _check_year(given: Mapping[str, Any], name: str, faults: Faults) -> None:
    year = given.get(name)
    if name not in given:
        faults.add((PACKAGE, 0), f"chumbak.{name}", "missing-setting", f"'{name}' is missing", "Add it.")
    elif not isinstance(year, int) or isinstance(year, bool) or not EARLIEST <= year <= LATEST:
        what = f"'{name}' is not a year from {EARLIEST} to {LATEST}"
        faults.add((PACKAGE, 0), f"chumbak.{name}", "bad-setting", what, "Write it as a number, without quotes.")


def read_tables(folder: Path, package: Mapping[str, Any], faults: Faults) -> tuple[Nouns, list[Row]]:
    """Return the nouns and the rows of figures of the tables that datapackage.json lists."""
    found = {}
    figure_rows: list[Row] = []
    listed = package.get("resources")
    if not isinstance(listed, list):
        what = "the list 'resources' of the pack's tables is missing"
        faults.add((PACKAGE, 0), "resources", "missing-setting", what, "List each table with its name and path.")
        faults.lost_tables |= {"figures", *NOUNS}
        return read_nouns({}, faults), []
    for name, path in _listed(folder, listed, faults):
        if name in NOUNS:
            found[name] = read_table(folder / path, path, NOUNS[name], faults, may_be_empty=name in OPTIONAL_NOUNS)
            continue
        table = read_table(folder / path, path, FIGURE_COLUMNS, faults)
        figure_rows += table.rows
        faults.lost_keys |= table.lost
        faults.lost_tables |= set() if table.whole else {"figures"}
    for name in NOUNS:
        if name not in found and name not in OPTIONAL_NOUNS and name not in faults.lost_tables:
            what = f"the table '{name}' is not listed"
            faults.add((PACKAGE, 0), "resources", "missing-table", what, f"Add tables/{name}.csv to the list.")
            faults.lost_tables.add(name)
    return read_nouns(found, faults), figure_rows


def _listed(folder: Path, listed: list[Any], faults: Faults) -> Iterator[tuple[str, str]]:
    """Yield name and path of each table that is listed rightly; the others are noted and lost."""
    names: set[str] = set()
    paths: set[PurePosixPath] = set()
    for position, resource in enumerate(listed):
        column = f"resources.{position}"
        given = resource if isinstance(resource, dict) else {}
        name, path = given.get("name"), given.get("path")
        if not isinstance(name, str) or not isinstance(path, str) or not name or not path:
            mend = 'Write {"name": "products", "path": "tables/products.csv"}.'
            faults.add((PACKAGE, 0), column, "bad-resource", "a table is listed without its name and path", mend)
            faults.lost_tables |= {name} if isinstance(name, str) and name in NOUNS else {"figures", *NOUNS}
            continue
        if name in names or PurePosixPath(path) in paths:
            shown = name if name in names else path
            faults.add((PACKAGE, 0), column, "duplicate-table", f"{short(shown)} is listed twice", "Keep one.")
            continue
        names.add(name)
        paths.add(PurePosixPath(path))
        is_figures = name.split("-")[0] in ("figures", "series")
        if name not in NOUNS and not is_figures:
            what = f"{short(name)} is no table of a pack"
            mend = did_you_mean(name, [*NOUNS, "figures-...", "series-..."])
            faults.add((PACKAGE, 0), column, "unknown-table", what, mend)
            faults.lost_tables.add("figures")
        elif not inside(folder, path):
            what = f"the path {short(path)} does not lead to a file inside the pack"
            faults.add((PACKAGE, 0), column, "path-outside-pack", what, "Give a path like tables/products.csv.")
            faults.lost_tables.add("figures" if is_figures else name)
        else:
            yield name, path


def inside(folder: Path, path: str) -> bool:
    """Say whether a path of a pack stays in its folder, links followed."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or not path.isprintable():
        return False
    try:
        return (folder / path).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a link that leads to itself
        return False
