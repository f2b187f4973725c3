"""Futures of a pack: which figures are drawn, and the planning case of a draw.

A draw is that of ``pack.draws``: the number d of a seed is the same future whatever else is asked, and the same as draw
d of ``chumbak run``. Draws are worked out ``CHUNK`` at a time, always the same ones together and all of them, so that
the case of a draw is the same to the bit whichever of them are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TypeVar

import numpy as np
import xarray as xr

from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.planning import FIGURES, planning_case
from chumbak.answer.supply_chain import INPUTS as CHAIN_INPUTS
from chumbak.answer.supply_chain import SupplyChain, supply_chain
from chumbak.chain import supply
from chumbak.pack import Pack, PackError
from chumbak.pack.arrays import inputs
from chumbak.pack.draws import Z95, deviates, groups
from chumbak.plan.case import Case
from chumbak.plan.places import WHOLE

Drawn = TypeVar("Drawn", xr.DataArray, xr.Dataset)
CHUNK = 10  # draws worked out together: beyond, little is saved, and two chunks at a time have to fit into memory
LEAST_SHARE = 1e-3  # of its value: what a share is drawn to at least
OTHERS = "others"
GROUPS: dict[str, tuple[str, ...]] = {  # name -> attributes, the first that fits
    "demand": ("sales", "exports", "penetration", "home_share"),
    "lifetimes": ("lifetime_*",),
    "goods": (
        "magnet_mass", "grade_share", "content", "swarf_share", "holds", "item_content", "heavy_saving", "spread",
    ),
    "recipes": (
        "process_yield", "process_recovery", "element_recovery", "route*", "recovery_*", "metal_recovery", "ore_share",
        "reo", "molar_mass", "material_content", "oxide_content", "part",
    ),
    "limits": (
        "process_limit", "offer_limit*", "market", "budget", "plant_growth", "plant_step", "first_decision",
        "step_share", "substitute_share",
    ),
    "projects": (
        "project_*", "plant_standing", "block_share", "stays_home", "availability", "ramp_*",
    ),
    "prices": (
        "world_price*", "premium", "offer_freight", "tariff", "going_without", "sector_without", "substitute_cost",
        "step_cost", "inland_freight", "detour", "footprint", "grid_emissions",
    ),
    "places": ("makers", "place_*", "process_region", "process_place", "port_*"),
    "plants": ("plant_*",),
    "money": ("discount_*", "holding", "tax", "depreciation"),
    "policies": ("policy_*",),
    OTHERS: ("*",),
}  # fmt: skip
HELD = ("plant_least", "plant_most", "plant_reference", "plant_scale")  # of one plant: builds are of any size here
MOVE_RECIPES = ("goods", "recipes", OTHERS)  # with none of them drawn recipes are those of the central case
GROUP_WORDS = {
    "demand": "goods sold, the share with magnets and the share made at home",
    "lifetimes": "how long goods live",
    "goods": "magnets in goods and what they are made of",
    "recipes": "recoveries, routes and compositions of materials",
    "limits": "limits of imports, markets, mines and growth, and how much can be collected or designed away",
    "projects": "projects on the ground: size, start, run-up",
    "prices": "prices, freight, power and what going without costs",
    "places": "where makers and the limits of processes lie, and how far ports are",
    "plants": "capital, cost, time to build and life of plants",
    "money": "rates of discount and of keeping stock",
    "policies": "rules of policies",
    OTHERS: "all other figures",
}
CONVENTION = (
    "the range of a figure is drawn as for chumbak run --draws, with two rules on top: a share that a draw would cut "
    "to nothing is kept at a thousandth of its value, so that no process loses its feed, and steps of collection drawn "
    "to more than the whole are divided by their sum; sizes of a single plant are not drawn, as builds are of any size"
)


def group_of(attribute: str) -> str:
    """Return the group of figures that an attribute belongs to."""
    return next(name for name, fits in GROUPS.items() if any(fnmatchcase(attribute, one) for one in fits))


def drawn_figures(pack: Pack, only: Iterable[str] = ()) -> dict[str, str]:
    """Return the keys that are drawn, with the name of what is drawn for each; ``only`` those of some groups."""
    chosen = set(only) or set(GROUPS)
    names = [name for name in (*ATTRIBUTES, *CHAIN_INPUTS, *FIGURES) if name not in HELD]
    found = groups(pack, tuple(names))
    return {key: name for key, name in found.items() if group_of(pack.entries[key].attribute.name) in chosen}


def fingerprint(pack: Pack) -> str:
    """Return a SHA-256 over all that a pack holds once it is loaded, scenario and overlays included."""
    digest = hashlib.sha256(f"{pack.name} {pack.scenario} {sorted(pack.nouns.tables.items())}".encode())
    for key, entry in sorted(pack.entries.items()):
        digest.update(key.encode())
        for numbers in (entry.value, entry.low, entry.high):
            digest.update(np.asarray(numbers, dtype=float).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Futures:
    """The futures of a pack under a seed, by region or not: ``names`` is what ``drawn_figures`` returns."""

    pack: Pack
    names: Mapping[str, str]
    seed: int
    places: str = WHOLE

    @cached_property
    def known(self) -> tuple[xr.Dataset, SupplyChain]:
        """Return what the engines say of the central case."""
        data = compute(self.pack).sel(year=slice(self.pack.answer_from, None))
        return data, supply_chain(self.pack, data)

    @cached_property
    def central(self) -> Case:
        """Return the case without draws."""
        return planning_case(self.pack, self.places, self.known)

    @cached_property
    def recipes_move(self) -> bool:
        """Say whether something is drawn that recipes follow from."""
        return any(group_of(self.pack.entries[key].attribute.name) in MOVE_RECIPES for key in self.names)

    def cases(self, chunk: int, wanted: Iterable[int]) -> Iterator[Case | PackError]:
        """Return the cases of draws of a chunk; ``wanted`` are their numbers within all draws.

        Of a draw whose figures make no case (a grade that nobody needs leaves a process without feed) what is wrong.
        Raises ``PackError`` where the chain of the chunk does not hold together.
        """
        if not self.names:
            yield from (self.central for _ in wanted)
            return
        pack, first = self.pack, chunk * CHUNK
        by_key = deviates(self.names, first + CHUNK, self.seed)
        part = _alive(pack, {key: numbers[first:] for key, numbers in by_key.items()})
        data, chain = self._known(part)
        given = inputs(pack, FIGURES, part)
        whole = given["step_share"].sum("step")
        given["step_share"] = given["step_share"] / whole.where(whole > 1, 1.0)
        for draw in wanted:
            at = draw - first
            one = replace(
                chain, chain=_pick(chain.chain, at), output=_pick(chain.output, at), rungs=_pick(chain.rungs, at),
                per_tonne=_pick(chain.per_tonne, at),
            )  # fmt: skip
            figures = {name: _pick(array, at) for name, array in given.items()}
            try:
                case: Case | PackError = planning_case(pack, self.places, (_pick(data, at), one), figures)
            except PackError as error:
                case = error
            yield case

    def _known(self, part: Mapping[str, np.ndarray]) -> tuple[xr.Dataset, SupplyChain]:
        """Return what the engines say of some draws; what no drawn figure moves is that of the central case."""
        attributes = {self.pack.entries[key].attribute.name for key in self.names}
        data, chain = self.known
        if attributes & set(ATTRIBUTES):
            data = compute(self.pack, part).sel(year=data["year"])
        if self.recipes_move:
            return data, supply_chain(self.pack, data, part)
        if attributes & set(supply.INPUTS):
            years = data["year"].values
            figures = {
                name: array.sel(year=years) if "year" in array.dims else array
                for name, array in inputs(self.pack, supply.INPUTS, part).items()
            }
            chain = replace(chain, output=supply.project_output(self.pack.nouns, figures, years))
        return data, chain


def _alive(pack: Pack, part: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return deviates none of which cuts off a share that is above zero, to less than ``LEAST_SHARE`` of its value."""
    found = dict(part)
    for key in part.keys() & pack.entries.keys():
        entry = pack.entries[key]
        value, low = np.atleast_1d(entry.value).astype(float), np.atleast_1d(entry.low).astype(float)
        cut = (value > low) & (value > 0) & ((low <= 0) | (entry.attribute.maximum is not None))
        if entry.attribute.minimum == 0 and cut.any():
            least = -Z95 * float(np.min((1 - LEAST_SHARE) * value[cut] / (value[cut] - low[cut])))
            found[key] = np.maximum(part[key], least)
    return found


def _pick(found: Drawn, at: int) -> Drawn:
    return found.isel(draw=at, drop=True) if "draw" in found.dims else found
