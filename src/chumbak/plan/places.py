"""By what a country is split: not at all, by its regions or by its states; and where figures of a region go by state.

A state has what its region has (the tariff), its own coordinates (the way to the nearest port and to other states), and
of what a region shares (makers, limits of processes) a part in proportion to a weight of the pack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.chain.distance import great_circle
from chumbak.plan.lookup import Lookup

WHOLE, REGIONS, STATES = "country", "regions", "states"  # the first names the one place of a national plan, too
PLACES = (WHOLE, REGIONS, STATES)
INPUTS = ("tariff", "makers", "place_makers", "port_distance", "process_region", "process_place")
MANY = 0.05  # of the makers of the country: a state that has so many is one where plants can be, by judgement
NEAREST_KM = 1.0  # no way between two places is shorter: states that share a capital are still two


@dataclass(frozen=True, eq=False)
class Split:
    """The places of a plan; arrays are over them.

    ``lies`` is the place each state lies in. ``makers`` is each place's share of the need, ``tariff`` money/kWh,
    ``port_km`` the way to the nearest port, ``apart_km`` (place, place) between their middles, straight.
    By number: ``sites`` are places where any plant can be built: where there is a port, a limit lies, or at least
    ``MANY`` of the makers are. ``hubs`` are those over which goods go on: sites, and where there is a project.
    ``unplaced`` is how what stands at no known place is spread where nothing says more (``plants.make_plants``): over
    the sites, as their makers are.
    ``share`` spreads what the regions of the pack share, by the name of its limit: (place,), which sums to their sum.
    """

    names: tuple[str, ...]
    lies: Mapping[str, int]
    makers: np.ndarray
    tariff: np.ndarray
    port_km: np.ndarray
    apart_km: np.ndarray
    hubs: tuple[int, ...]
    sites: tuple[int, ...]
    unplaced: np.ndarray
    share: Mapping[str, np.ndarray]


def split(look: Lookup, places: str, limited: list[str]) -> Split:
    """Return the places of a plan; ``limited`` are processes whose limit may be shared among regions.

    Notes with ``look`` what a plan by states lacks.
    """
    assert places in PLACES, f"a plan by {places} is none"
    nouns = look.nouns
    regions = nouns.ids("regions")
    makers, tariff, port_km = (look.all(name, "region", regions) for name in ("makers", "tariff", "port_distance"))
    share = {name: row for name in limited if (row := _of_process(look, name, regions)).sum() > 0}
    if places == WHOLE:
        by_makers = [np.array([makers @ figure / makers.sum()]) for figure in (tariff, port_km)]
        return Split(
            names=(WHOLE,), lies=dict.fromkeys(nouns.ids("places"), 0), makers=makers.sum(keepdims=True),
            tariff=by_makers[0], port_km=by_makers[1], apart_km=np.zeros((1, 1)), hubs=(0,), sites=(0,),
            unplaced=np.ones(1), share={name: np.ones(1) for name in share},
        )  # fmt: skip
    region_of = {
        place: at for at, name in enumerate(regions) for place in nouns.cell("regions", name, "places").split()
    }
    if places == STATES:
        return _states(look, region_of, regions, makers, tariff, share)
    middles = [np.mean([_where(look, one) for one, its in region_of.items() if its == at], axis=0)
               for at in range(len(regions))]  # fmt: skip
    lat, lon = np.array(middles).reshape(-1, 2).T
    return Split(
        names=tuple(regions), lies=region_of, makers=makers, tariff=tariff, port_km=port_km,
        apart_km=great_circle(lat, lon), hubs=tuple(range(len(regions))),
        sites=tuple(range(len(regions))), unplaced=makers, share=share,
    )  # fmt: skip


def _states(
    look: Lookup, region_of: Mapping[str, int], regions: list[str], makers: np.ndarray, tariff: np.ndarray,
    share: Mapping[str, np.ndarray],
) -> Split:  # fmt: skip
    """Return the states; see the head of this file for what each takes over from its region."""
    nouns, rows = look.nouns, look.nouns.tables["places"]
    states = nouns.ids("places")
    count, at = len(states), {state: number for number, state in enumerate(states)}
    its = np.array([region_of[state] for state in states])
    ports = [name for name, cells in rows.items() if cells["kind"] == "port"]
    _check_ways(look, states, ports)
    lat, lon = np.array([_where(look, name) for name in (*states, *ports)]).T
    km = np.maximum(great_circle(lat, lon), NEAREST_KM)
    limits = {}
    for name, row in share.items():
        weights = [look.find("process_place", process=name, place=state)[0] for state in states]
        limits[name] = _spread(look, row, its, np.array(weights), f"process.{name}.place.*", regions)
    weights = [look.find("place_makers", place=state)[0] for state in states]
    of_makers = _spread(look, makers, its, np.array(weights), "place.*.makers", regions)
    busy = [cells["place"] for cells in nouns.tables["projects"].values() if cells["place"]]
    through, sites = ({at[place if place in at else rows[place]["parent"]] for place in some} for some in (busy, ports))
    sites |= {int(one) for row in (*limits.values(), of_makers >= MANY) for one in np.flatnonzero(row)}
    unplaced = np.zeros(count)
    unplaced[list(sites)] = of_makers[list(sites)] if of_makers[list(sites)].sum() > 0 else 1.0
    return Split(
        names=tuple(states), lies=at, makers=of_makers, tariff=tariff[its], port_km=km[:count, count:].min(axis=1),
        apart_km=km[:count, :count] * (1 - np.eye(count)), hubs=tuple(sorted(through | sites)),
        sites=tuple(sorted(sites)), unplaced=unplaced / unplaced.sum(), share=limits,
    )  # fmt: skip


def _check_ways(look: Lookup, states: list[str], ports: list[str]) -> None:
    """Raise ``PackError`` where the pack does not say where states or ports are."""
    rows = look.nouns.tables["places"]
    lacking = [name for name in (*states, *ports) if not (rows[name]["lat"] and rows[name]["lon"])]
    if not lacking and ports:
        return
    what = f"{', '.join(lacking)} has no latitude and longitude" if lacking else "no place is of the kind port"
    mend = "Add them to the table places, or plan by regions."
    look.faults.add((look.pack, 0), "places", "no-ways", f"a plan by states needs ways, and {what}", mend)
    look.faults.stop_if_any()


def _spread(
    look: Lookup, shares: np.ndarray, its: np.ndarray, weights: np.ndarray, key: str, regions: list[str]
) -> np.ndarray:
    """Return shares of regions by state, in proportion to the weights of the states; notes a region without any.

    ``shares`` is over regions, ``weights`` over states (none is NaN or 0), ``its`` the region of each state.
    """
    weights = np.nan_to_num(weights)
    total = np.bincount(its, weights, len(regions))
    for at in np.flatnonzero((shares > 0) & (total <= 0)):
        what = f"a plan by states spreads what the region '{regions[at]}' has by {key}, and none of its states has one"
        look.faults.add((look.pack, 0), "key", "no-weight", what, "Add one to a table of figures, or plan by regions.")
    spread: np.ndarray = shares[its] * weights / np.where(total > 0, total, 1.0)[its]
    return spread


def _where(look: Lookup, place: str) -> tuple[float, float]:
    """Return the latitude and longitude of a place, degrees."""
    cells = look.nouns.tables["places"][place]
    return float(cells["lat"]), float(cells["lon"])


def _of_process(look: Lookup, process: str, regions: list[str]) -> np.ndarray:
    """Return the share of a limit that lies in each region; 0 where the pack does not say."""
    found = [look.find("process_region", process=process, region=region)[0] for region in regions]
    shares: np.ndarray = np.nan_to_num(np.array(found, dtype=float))
    return shares
