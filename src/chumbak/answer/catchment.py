"""Is there feed for the plant? Magnets in used goods within reach of a place, against the recycling planned there.

A state counts whole if its capital lies within the distance (great circle), and not at all otherwise.

    feed     = end of life (product, year) x share of the product's goods that arises in the states in reach
    capacity = nameplate capacity of projects of the way back in reach, by status, from their first year on
    coverage = feed / capacity of the projects up to a status (existing; and committed; and announced)

What is merely claimed stands beside and is never counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
import xarray as xr

from chumbak.answer.finding import Finding
from chumbak.answer.model import ATTRIBUTES
from chumbak.chain.distance import great_circle
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.arrays import array
from chumbak.pack.faults import short
from chumbak.pack.figures import Figure
from chumbak.pack.schema import STATUSES

LATER = (2030, 2035)
COUNTED = STATUSES[:-1]  # the last is what is merely claimed
COLLECTION = {"end_of_life": "end_of_life", "today": "recoverable_today", "full": "recoverable_full"}
BY_ELEMENT = {"end_of_life": "end_of_life_by_element", "today": "today_by_element", "full": "full_by_element"}
MOST_NEAR = 4


def catchment(pack: Pack, data: xr.Dataset, place: str, within_km: float, year: int | None = None) -> Finding:
    """Return what reaches end of life within ``within_km`` of a place, and how far it fills the plants there.

    ``data`` is the central case of ``answer.model.compute``; ``place`` an id or a name of a state (its capital) or
    a hub; ``year`` the pack's base year by default, with 2030 and 2035 beside it where the data has them. Variables:

    - ``km`` (place) distance, ``state_share`` (place) share of the country's magnets at end of life in ``year``
    - ``feed`` (collection, product, year) and ``feed_by_element`` (collection, element, year), t of magnet and of
      contained element: reaching end of life, what today's routes recover, what full collection would
    - ``share_of_country`` (year): part of the country's magnets at end of life that lies in reach
    - ``metals`` (metal, year): other metals contained in goods reaching end of life in reach, t
    - ``capacity`` (status, year) in t a year, and ``coverage`` (collection, up_to, year): NaN without a plant
    - ``project_capacity``, ``project_start``, ``project_km`` ... (project): every project in reach, claims too

    Raises:
        PackError: no such place, a place without coordinates, a year outside the data, no distance.

    """
    place = named(pack, "places", place, "--place")
    years = _years(pack, data, pack.base_year if year is None else year)
    if not within_km >= 0:
        raise PackError([Fault("--within", 0, "", "bad-distance", f"{within_km:g} km is no distance", "Say 200.")])
    km = distances(pack, place)
    own = state_of(pack, place)
    states = [state for state in pack.nouns.ids("places") if km[state] <= within_km or state == own]
    shares = _shares(pack, data)
    inside = shares.sel(place=states).sum("place")
    mined = data.sel(year=years)
    feed, by_element = (
        xr.concat([mined[name] * inside for name in names.values()], dim=xr.IndexVariable("collection", list(names)))
        for names in (COLLECTION, BY_ELEMENT)
    )
    metals = (mined.metal_end_of_life * inside.rename(product="holder").sel(holder=mined["holder"])).sum("holder")
    by_state = (mined.end_of_life.isel(year=0) * shares).sum("product")
    total = mined.end_of_life.sum("product")
    near = [name for name in back(pack) if km.get(_place_of(pack, name), np.inf) <= within_km]
    projects = _projects(pack, near, km)
    capacity = _capacity(projects, years)
    found = xr.Dataset(
        {
            "km": ("place", [km[state] for state in states]),
            "state_share": (by_state / by_state.sum()).sel(place=states),
            "feed": feed,
            "feed_by_element": by_element.sum("product"),
            "share_of_country": feed.sel(collection="end_of_life", drop=True).sum("product") / total,
            "metals": metals,
            "capacity": capacity,
            "coverage": _coverage(feed.sum("product"), capacity),
            **projects.data_vars,
        },
        coords={"place": states},
    ).drop_vars("spread", errors="ignore")
    for name, (units, long_name) in _ATTRS.items():
        found[name].attrs = {"units": units, "long_name": long_name}
    found.attrs = {
        "place": place, "name": pack.nouns.tables["places"][place]["name"], "within_km": within_km, "year": years[0],
        "country": pack.place, "convention": CONVENTION, "notes": "\n".join(_notes(pack, km, projects)),
    }  # fmt: skip
    return Finding("catchment", found, _figures(pack, near))


CONVENTION = (
    "gross t of rare-earth magnet a calendar year, elements and other metals contained; a state counts whole if its "
    "capital lies within the great-circle distance, and so does the place's own; capacity is nameplate, from a "
    "project's first year on"
)
_ATTRS = {
    "km": ("km", "great-circle distance from the place to the state's capital"),
    "state_share": ("1", "share of the country's magnets at end of life that arises in the state"),
    "feed": ("t/year", "magnets in goods within reach: reaching end of life, today's routes, full collection; gross"),
    "feed_by_element": ("t/year", "elements contained in those magnets"),
    "share_of_country": ("1", "share of the country's magnets at end of life that lies within reach"),
    "metals": ("t/year", "other metals contained in goods reaching end of life within reach"),
    "capacity": ("t/year", "nameplate capacity of the way back within reach, by status"),
    "coverage": ("1", "feed over capacity of the projects up to this status"),
    "project_name": ("", "project of the way back within reach"),
    "project_owner": ("", "owner of the project"),
    "project_stage": ("", "stage of the project"),
    "project_status": ("", "status of the project"),
    "project_capacity": ("t/year", "nameplate capacity, as far as its block is switched on"),
    "project_start": ("year", "first year of production"),
    "project_km": ("km", "great-circle distance from the place"),
}


def named(pack: Pack, table: str, text: str, where: str) -> str:
    """Return the id of the noun that ``text`` names by id or name, in any case; places may be hubs.

    Raises:
        PackError: there is none; names those that are near. ``where`` is what the user gave it as.

    """
    rows = pack.nouns.tables[table]
    if text in rows:
        return text
    spelled = {word.casefold(): name for name, cells in rows.items() for word in (cells["name"], name)}
    if text.casefold() in spelled:
        return spelled[text.casefold()]
    near = dict.fromkeys(spelled[word] for word in get_close_matches(text.casefold()[:80], spelled, 8, 0.5))
    near |= dict.fromkeys(name for word, name in spelled.items() if len(text) > 2 and text.casefold() in word)
    said = [f"'{name}' ({rows[name]['name']})" for name in list(near)[:MOST_NEAR]]
    mend = f"Did you mean {' or '.join(said)}?" if said else f"There are: {', '.join(rows)}."
    what = f"the pack '{pack.name}' has no {table.removesuffix('s')} called {short(text)}"
    raise PackError([Fault(where, 0, "", f"unknown-{table.removesuffix('s')}", what, mend)])


def state_of(pack: Pack, place: str) -> str:
    """Return the state a place lies in: itself, or the parent of a hub."""
    cells = pack.nouns.tables["places"][place]
    return place if cells["kind"] == "state" else cells["parent"]


def back(pack: Pack) -> dict[str, Mapping[str, str]]:
    """Return the projects of the way back (collection, dismantling, recycling): id -> cells."""
    ways = {stage: cells["way"] for stage, cells in pack.nouns.tables["stages"].items()}
    projects = pack.nouns.tables["projects"]
    return {name: cells for name, cells in projects.items() if ways.get(cells["stage"]) == "back"}


def distances(pack: Pack, place: str) -> dict[str, float]:
    """Return the great-circle distance in km from a place to every place of the pack that has coordinates."""
    rows = {name: cells for name, cells in pack.nouns.tables["places"].items() if cells["lat"] and cells["lon"]}
    lacking = [name for name in [place, *pack.nouns.ids("places")] if name not in rows]
    if lacking:
        what = f"{', '.join(lacking)} has no latitude and longitude, which a distance needs"
        raise PackError([Fault(pack.name, 0, "places", "no-coordinates", what, "Add them to the table places.")])
    lat, lon = (np.array([float(cells[side]) for cells in rows.values()]) for side in ("lat", "lon"))
    km = great_circle(lat, lon)[list(rows).index(place)]
    return dict(zip(rows, km.tolist(), strict=True))


def spread_by_product(pack: Pack) -> xr.DataArray:
    """Return the share of each product's goods at end of life that arises in each state, (product, place)."""
    products = pack.nouns.ids("products")
    spread_of = [pack.nouns.cell("products", product, "spread") for product in products]
    shares = array(pack, "spread").sel(spread=xr.DataArray(spread_of, dims="product", coords={"product": products}))
    return shares.drop_vars("spread")


def _shares(pack: Pack, data: xr.Dataset) -> xr.DataArray:
    return spread_by_product(pack).sel(product=data["product"])


def _years(pack: Pack, data: xr.Dataset, year: int) -> list[int]:
    """Return the year asked for and the later ones that the data has."""
    known = [int(one) for one in data["year"].values]
    if year not in known:
        what = f"there are no numbers for {year}"
        raise PackError([Fault("--year", 0, "", "no-such-year", what, f"Say one from {known[0]} to {known[-1]}.")])
    return [year, *(later for later in LATER if later > year and later in known)]


def _place_of(pack: Pack, project: str) -> str:
    return pack.nouns.cell("projects", project, "place")


def _projects(pack: Pack, names: list[str], km: Mapping[str, float]) -> xr.Dataset:
    """Return the projects of these names; a number that the pack does not have is NaN."""

    def number(key: str) -> float:
        entry = pack.entries.get(key)
        return float(entry.value) if entry is not None else np.nan

    def built(name: str) -> float:
        block = pack.nouns.cell("projects", name, "block")
        share = number(f"block.{block}.share") if block else 1.0
        return 1.0 if np.isnan(share) else share

    cells = [pack.nouns.tables["projects"][name] for name in names]
    words = {
        f"project_{column}": ("project", np.array([row[column] for row in cells], dtype=object))
        for column in ("name", "owner", "stage", "status")
    }
    numbers = {
        "project_capacity": [number(f"project.{name}.capacity") * built(name) for name in names],
        "project_start": [number(f"project.{name}.start") for name in names],
        "project_km": [km[_place_of(pack, name)] for name in names],
    }
    return xr.Dataset(
        words | {key: ("project", np.array(values, dtype=float)) for key, values in numbers.items()},
        coords={"project": np.array(names, dtype=object)},
    )


def _capacity(projects: xr.Dataset, years: list[int]) -> xr.DataArray:
    """Return capacity by status and year. Without a first year, what exists counts and what does not yet, not."""
    table = np.zeros((len(STATUSES), len(years)))
    for at, status in enumerate(STATUSES):
        of_status = projects.project_status.values == status
        amount = np.nan_to_num(projects.project_capacity.values[of_status])
        start = projects.project_start.values[of_status]
        start = np.where(np.isnan(start), -np.inf if status == STATUSES[0] else np.inf, start)
        table[at] = [amount[np.floor(start) <= year].sum() for year in years]
    return xr.DataArray(table, dims=("status", "year"), coords={"status": list(STATUSES), "year": years})


def _coverage(feed: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Return feed over the capacity of the projects up to each status that counts; NaN where there is none."""
    up_to = capacity.sel(status=list(COUNTED)).cumsum("status").rename(status="up_to")
    return (feed / up_to.where(up_to > 0)).transpose("collection", "up_to", "year")


def _notes(pack: Pack, km: Mapping[str, float], projects: xr.Dataset) -> list[str]:
    notes = ["Used goods are not bought across the circle's rim here, and a plant may fetch its feed from further off."]
    units = sorted({f"{row['stage']}: {row['counted']}" for row in _stages_of(pack, projects)})
    if units:
        notes.append(f"Capacity is counted as the pack's stages say ({'; '.join(units)}).")
    lacking = projects["project"].values[np.isnan(projects.project_capacity.values)]
    if len(lacking):
        notes.append(f"Without a capacity in the pack, and so not counted: {', '.join(map(str, lacking))}.")
    undated = [
        str(name)
        for name in projects["project"].values
        if projects.project_status.sel(project=name) in COUNTED[1:]
        and np.isnan(projects.project_start.sel(project=name))
    ]
    if undated:
        notes.append(f"Without a first year, and so not counted: {', '.join(undated)}.")
    nowhere = [name for name in back(pack) if _place_of(pack, name) not in km]
    if nowhere:
        notes.append(f"Projects of no known place, counted nowhere: {', '.join(nowhere)}.")
    return notes


def _stages_of(pack: Pack, projects: xr.Dataset) -> list[dict[str, str]]:
    stages = dict.fromkeys(str(stage) for stage in projects.project_stage.values)
    return [{"stage": stage, "counted": pack.nouns.cell("stages", stage, "counted")} for stage in stages]


def _figures(pack: Pack, projects: list[str]) -> tuple[Figure, ...]:
    """Return the rows behind the urban mine and the other metals, and those of the projects in reach."""
    return tuple(
        figure
        for entry in pack.entries.values()
        if entry.attribute.name in ATTRIBUTES or entry.indices.get("project") in projects
        for figure in entry.figures
    )
