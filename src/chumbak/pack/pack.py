"""A pack: everything that is known of a country, loaded, checked and frozen. The one door data comes in by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chumbak.pack.changes import Ground, apply_rows, apply_scenario, by_key
from chumbak.pack.checks import check_entries
from chumbak.pack.entries import Entry, Window, build_entry
from chumbak.pack.faults import Faults, PackError, did_you_mean, short
from chumbak.pack.figures import Figure, Reading, read_figure
from chumbak.pack.files import Table, read_json, read_table
from chumbak.pack.package import PACKAGE, Settings, inside, read_settings, read_tables
from chumbak.pack.prices import convert_money
from chumbak.pack.scenarios import ScenarioFile, read_scenario
from chumbak.pack.schema import FIGURE_COLUMNS
from chumbak.pack.tables import Nouns

if TYPE_CHECKING:
    import xarray as xr


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

    @cached_property
    def by_attribute(self) -> Mapping[str, tuple[Entry, ...]]:
        """Return the entries by the name of their attribute; one that has none is not in it."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            found.setdefault(entry.attribute.name, []).append(entry)
        return {name: tuple(some) for name, some in found.items()}

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
    return sorted(path.parent.name for path in packs_folder().glob(f"*/{PACKAGE}"))


def load(
    name_or_path: str | Path, scenario: str = "reference", overlays: Sequence[str | Path] | str | Path = (),
    further: Sequence[ScenarioFile] = (),
) -> Pack:  # fmt: skip
    """Return a pack under a scenario, with the user's own tables on top.

    ``name_or_path`` is the name of a pack that comes with Chumbak, or a folder. ``overlays`` are CSV tables of
    figures; the last one wins. ``further`` changes are made after them, as those of the branches of a tree. Raises
    ``PackError`` with every fault found.
    """
    from chumbak.pack.rule_figures import read_rule_book  # reads documents, which know what a pack is

    folder = find_folder(name_or_path)
    faults = Faults()
    package = read_json(folder / PACKAGE, PACKAGE, faults)
    if package is None:
        raise PackError(faults.found)
    settings = read_settings(package, faults)
    nouns, rows = read_tables(folder, package, faults)
    readings = [read_figure(row, nouns, faults) for row in rows]
    file = _find_scenario(folder, scenario, faults)
    paths = tuple(Path(path) for path in ((overlays,) if isinstance(overlays, str | Path) else overlays))
    tables = [read_table(path, str(path), FIGURE_COLUMNS, faults) for path in paths]
    if settings is None:
        raise PackError(faults.found)  # without its years and currency nothing more can be said
    window, entries = _build(readings, settings, faults)
    pack = Pack(
        name=settings.name, title=settings.title, place=settings.place, path=folder, scenario=scenario,
        scenario_title=file.scenario.title if file else "",
        scenario_description=file.scenario.description if file else "",
        window=window, base_year=settings.base_year, answer_from=settings.answer_from,
        currency=settings.currency, price_year=settings.price_year, nouns=nouns, entries={}, overlays=paths,
    )  # fmt: skip
    rules = read_rule_book(pack, faults)
    rules.refuse_stated(entries, faults)
    compiled = rules.figures(entries, window, faults)
    entries |= compiled
    changed = _change(Ground(entries, nouns, window, settings.place), file, tables, faults)
    for more in further:
        changed = apply_scenario(Ground(changed, nouns, window, settings.place), more, faults)
    changed = rules.follow(compiled, entries, changed, window)
    changed = convert_money(changed, settings.currency, settings.price_year, faults)
    check_entries(changed, entries, nouns, window, faults)
    if faults.found or file is None:
        raise PackError(faults.found)
    return replace(pack, entries=changed)


def find_folder(name_or_path: str | Path) -> Path:
    """Return the folder of a pack given by name or path. Raises ``PackError`` if it is no pack."""
    name = str(name_or_path)
    if name in list_packs():
        return packs_folder() / name
    faults = Faults()
    where = (short(name).strip("'") or "PACK", 0)
    mend = "Give the name of a pack, or its folder. Make a new one with 'chumbak pack new NAME'."
    try:
        folder = Path(name_or_path).expanduser()
        is_folder, is_file, is_pack = folder.is_dir(), folder.is_file(), (folder / PACKAGE).is_file()
    except (OSError, ValueError, RuntimeError):  # a name that is too long, not a path, or of no user (~nobody)
        folder, is_folder, is_file, is_pack = Path(), False, False, False
    if is_file:
        faults.add(where, "", "not-a-folder", "this is a file, and a pack is a folder", mend)
    elif not is_folder or not name:
        what = f"there is no pack and no folder {short(name)}" if name else "no pack is named"
        faults.add(where, "", "no-such-pack", what, did_you_mean(name, list_packs()))
    elif not is_pack:
        faults.add(where, "", "not-a-pack", f"this folder is no pack: it has no {PACKAGE}", mend)
    faults.stop_if_any()
    return folder


def list_scenarios(folder: Path) -> list[str]:
    """Return the names of a pack's scenarios."""
    return sorted(path.stem for path in (folder / "scenarios").glob("*.yaml"))


def _find_scenario(folder: Path, scenario: str, faults: Faults) -> ScenarioFile | None:
    """Return the scenario of that name, or None with every fault noted."""
    known = list_scenarios(folder)
    shown = f"scenarios/{scenario}.yaml"
    if scenario not in known:
        what = f"there is no scenario {short(scenario)}"
        faults.add(("scenarios", 0), "", "unknown-scenario", what, did_you_mean(scenario, known))
        return None
    if not inside(folder, shown):
        what = "the file does not lie inside the pack"
        faults.add((shown, 0), "", "path-outside-pack", what, "Put the file itself there, not a link.")
        return None
    return read_scenario(folder / shown, shown, faults)


def _build(readings: list[Reading | None], settings: Settings, faults: Faults) -> tuple[Window, dict[str, Entry]]:
    """Return the years of the pack and the entries of its own tables, in the order of the files."""
    grouped = by_key(readings)
    start = grouped.get("calendar.fiscal_start_month")
    month = int(start[0][2].value) if start else None
    window = Window(settings.first_year, settings.last_year, settings.base_year, month)
    entries = {}
    for key, found in grouped.items():
        if key in faults.lost_keys:
            continue  # without all of its rows it would seem to have gaps
        attribute, indices, _ = found[0]
        entry = build_entry(attribute, indices, [figure for _, _, figure in found], window, faults)
        if entry is not None:
            entries[key] = entry
    return window, entries


def _change(ground: Ground, file: ScenarioFile | None, tables: Sequence[Table], faults: Faults) -> dict[str, Entry]:
    """Return the entries under a scenario with overlays on top."""
    entries = ground.entries if file is None else apply_scenario(ground, file, faults)
    for table in tables:
        faults.lost_keys |= table.lost
        above = Ground(entries, ground.nouns, ground.window, ground.place)
        entries = apply_rows(above, table.rows, faults)
    return entries
