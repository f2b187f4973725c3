"""A pack: everything that is known of a country, loaded, checked and frozen. The one door data comes in by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from chumbak.pack.checks import check_entries
from chumbak.pack.entries import Entry, Window, build_entry
from chumbak.pack.faults import Faults, PackError, did_you_mean
from chumbak.pack.figures import Figure, read_figure
from chumbak.pack.files import Row, read_json, read_table
from chumbak.pack.prices import convert_money
from chumbak.pack.scenarios import Ground, apply_rows, apply_scenario, read_overlay, read_scenario
from chumbak.pack.schema import FIGURE_COLUMNS, NOUNS, OPTIONAL_NOUNS
from chumbak.pack.tables import Nouns, read_nouns
from chumbak.pack.units import CURRENCIES

if TYPE_CHECKING:
    import xarray as xr

SETTINGS = ("place", "first_year", "base_year", "last_year", "answer_from", "currency", "price_year")


@dataclass(frozen=True, eq=False)
class Pack:
    """One country's figures under one scenario.

    ``entries`` is what is known, by key; ``nouns`` the products, grades, elements, places ...; ``window`` the
    years; ``base_year`` the year of "today"; the answer is shown from ``answer_from`` to ``window.last``.
    """

    name: str
    title: str
    place: str
    path: Path
    scenario: str
    scenario_title: str
    scenario_description: str
    window: Window
    base_year: int
    answer_from: int
    currency: str
    price_year: int
    nouns: Nouns
    entries: Mapping[str, Entry]
    overlays: tuple[Path, ...]

    @property
    def years(self) -> np.ndarray:
        """Return every year of the pack, first and last included."""
        return self.window.years

    def figures(self, attributes: Sequence[str] | None = None) -> list[Figure]:
        """Return the rows behind these attributes (all of them by default): the evidence."""
        return [
            figure
            for entry in self.entries.values()
            if attributes is None or entry.attribute.name in attributes
            for figure in entry.figures
        ]

    def array(self, attribute: str) -> xr.DataArray:
        """Return an attribute as a labelled array of central values; see ``chumbak.pack.arrays``."""
        from chumbak.pack.arrays import array

        return array(self, attribute)


def packs_folder() -> Path:
    """Return the folder of the packs that come with Chumbak."""
    return Path(str(resources.files("chumbak"))) / "packs"


def list_packs() -> list[str]:
    """Return the names of the packs that come with Chumbak."""
    return sorted(path.parent.name for path in packs_folder().glob("*/datapackage.json"))


def load(name_or_path: str | Path, scenario: str = "reference", overlays: Sequence[str | Path] = ()) -> Pack:
    """Return a pack under a scenario, with the user's own tables on top.

    ``name_or_path`` is the name of a pack that comes with Chumbak, or a folder. ``overlays`` are CSV tables of
    figures; the last one wins. Raises ``PackError`` with every fault found.
    """
    folder = find_folder(name_or_path)
    faults = Faults()
    package = read_json(folder / "datapackage.json", "datapackage.json", faults)
    faults.stop_if_any()
    settings = _settings(package, faults)
    nouns, rows = _read_tables(folder, package, faults)
    if settings is None or any(not nouns.tables[name] for name in NOUNS if name not in OPTIONAL_NOUNS):
        raise PackError(faults.found)  # every key would be unknown: say what is wrong with the tables first
    entries, window = _build(rows, nouns, settings, faults)
    shown = f"scenarios/{scenario}.yaml"
    known = list_scenarios(folder)
    if scenario not in known:
        what = f"there is no scenario '{scenario[:60]}'"
        faults.add((shown, 0), "", "unknown-scenario", what, did_you_mean(scenario, known))
        raise PackError(faults.found)
    changes = read_scenario(folder / shown, shown, faults)
    faults.stop_if_any()
    assert changes is not None
    ground = Ground(entries, nouns, window, settings["place"])
    entries = apply_scenario(ground, changes, shown, faults)
    for overlay in overlays:
        ground = Ground(entries, nouns, window, settings["place"])
        entries = apply_rows(ground, read_overlay(Path(overlay), faults), faults)
    entries = convert_money(entries, settings["currency"], settings["price_year"], faults)
    broken = {row.cells["key"] for row in rows} - entries.keys()
    check_entries(entries, nouns, window, broken, faults)
    _check_draw_groups(nouns, entries, faults)
    faults.stop_if_any()
    return Pack(
        name=package["name"], title=package["title"], place=settings["place"], path=folder,
        scenario=scenario, scenario_title=changes.title, scenario_description=changes.description,
        window=window, base_year=settings["base_year"], answer_from=settings["answer_from"],
        currency=settings["currency"], price_year=settings["price_year"], nouns=nouns, entries=entries,
        overlays=tuple(Path(overlay) for overlay in overlays),
    )  # fmt: skip


def find_folder(name_or_path: str | Path) -> Path:
    """Return the folder of a pack given by name or path. Raises ``PackError`` if it is no pack."""
    name = str(name_or_path)
    if name in list_packs():
        return packs_folder() / name
    folder = Path(name_or_path).expanduser()
    faults = Faults()
    try:
        is_folder, is_pack = folder.is_dir(), (folder / "datapackage.json").is_file()
    except (OSError, ValueError):
        is_folder = is_pack = False
    if not is_folder:
        what = f"there is no pack and no folder '{name[:80]}'"
        faults.add((name[:80], 0), "", "no-such-pack", what, did_you_mean(name, list_packs()))
    elif not is_pack:
        what = "this folder is no pack: it has no datapackage.json"
        faults.add((name[:80], 0), "", "not-a-pack", what, "Make one with 'chumbak pack new NAME'.")
    faults.stop_if_any()
    return folder


def list_scenarios(folder: Path) -> list[str]:
    """Return the names of a pack's scenarios."""
    return sorted(path.stem for path in (folder / "scenarios").glob("*.yaml"))


def _settings(package: Mapping[str, Any], faults: Faults) -> dict[str, Any] | None:
    """Return the pack's settings from datapackage.json, checked."""
    before = len(faults.found)
    where = ("datapackage.json", 0)
    for name in ("name", "title"):
        if not isinstance(package.get(name), str) or not package.get(name):
            faults.add(where, name, "missing-setting", f"'{name}' is missing", "Give the pack one.")
    settings = package.get("chumbak")
    if not isinstance(settings, dict):
        what, mend = "the settings 'chumbak' are missing", f"Give an object with {', '.join(SETTINGS)}."
        faults.add(where, "chumbak", "missing-setting", what, mend)
        return None
    for name in SETTINGS:
        wanted = str if name in ("place", "currency") else int
        if name not in settings:
            faults.add(where, f"chumbak.{name}", "missing-setting", f"'{name}' is missing", "Add it.")
        elif not isinstance(settings[name], wanted) or isinstance(settings[name], bool):
            what = f"'{name}' is not {'text' if wanted is str else 'a whole number'}"
            faults.add(where, f"chumbak.{name}", "bad-setting", what, "Mend it.")
    if len(faults.found) > before:
        return None
    if settings["currency"] not in CURRENCIES:
        what = f"currency '{settings['currency']}' is unknown"
        mend = did_you_mean(settings["currency"], CURRENCIES)
        faults.add(where, "chumbak.currency", "bad-setting", what, mend)
    order = [settings[name] for name in ("first_year", "answer_from", "base_year", "last_year")]
    if order != sorted(order) or not 1900 <= order[0] <= order[-1] <= 2150 or order[0] == order[-1]:
        what = "the years do not follow each other: first_year <= answer_from <= base_year <= last_year"
        faults.add(where, "chumbak", "bad-setting", what, "Mend them, within 1900 to 2150.")
    return settings if len(faults.found) == before else None


def _read_tables(folder: Path, package: Mapping[str, Any], faults: Faults) -> tuple[Nouns, list[Row]]:
    """Return the nouns and the rows of figures of the tables that datapackage.json lists."""
    where = ("datapackage.json", 0)
    noun_rows: dict[str, list[Row]] = {}
    figure_rows: list[Row] = []
    listed = package.get("resources")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        faults.add(where, "resources", "missing-setting", "the list 'resources' is missing", "List the tables.")
        listed = []
    for position, resource in enumerate(listed):
        name, path = str(resource.get("name", "")), str(resource.get("path", ""))
        column = f"resources.{position}"
        pure = PurePosixPath(path)
        if not path or pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path:
            what = f"the path '{path[:60]}' is not inside the pack"
            faults.add(where, column, "path-outside-pack", what, "Give a path like tables/products.csv.")
            continue
        if name in noun_rows:
            faults.add(where, column, "duplicate-table", f"the table '{name}' is listed twice", "Keep one.")
        elif name in NOUNS:
            noun_rows[name] = read_table(folder / path, path, NOUNS[name], faults)
        elif name.split("-")[0] in ("figures", "series"):
            figure_rows += read_table(folder / path, path, FIGURE_COLUMNS, faults)
        else:
            mend = did_you_mean(name, [*NOUNS, "figures-...", "series-..."])
            faults.add(where, column, "unknown-table", f"'{name[:40]}' is no table of a pack", mend)
    for name in NOUNS:
        if name not in noun_rows and name not in OPTIONAL_NOUNS:
            what = f"the table '{name}' is not listed"
            faults.add(where, "resources", "missing-table", what, f"Add tables/{name}.csv to the list.")
    return read_nouns(noun_rows, faults), figure_rows


def _build(
    rows: list[Row], nouns: Nouns, settings: Mapping[str, Any], faults: Faults
) -> tuple[dict[str, Entry], Window]:
    """Return the entries of the pack's own tables, in the order of the files."""
    grouped: dict[str, list[tuple[Any, dict[str, str], Figure]]] = {}
    for row in rows:
        found = read_figure(row, nouns, faults)
        if found is not None:
            grouped.setdefault(found[2].key, []).append(found)
    start = grouped.get("calendar.fiscal_start_month")
    window = Window(settings["first_year"], settings["last_year"], int(start[0][2].value) if start else None)
    entries = {}
    for key, found_rows in grouped.items():
        attribute, indices, _ = found_rows[0]
        entry = build_entry(attribute, indices, [figure for _, _, figure in found_rows], window, faults)
        if entry is not None:
            entries[key] = entry
    return entries, window


def _check_draw_groups(nouns: Nouns, entries: Mapping[str, Entry], faults: Faults) -> None:
    from fnmatch import fnmatchcase

    for name in nouns.ids("draw_groups"):
        pattern = nouns.cell("draw_groups", name, "pattern")
        if not any(fnmatchcase(key, pattern) for key in entries):
            what = f"the pattern '{pattern}' of draw group '{name}' fits no figure"
            mend = did_you_mean(pattern, list(entries))
            faults.add(("tables/draw_groups.csv", 0), "pattern", "empty-draw-group", what, mend)
