"""The units of a plant, by kind. A unit is a plain function; what it asks and where its streams go stands beside it."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module

from chumbak.plant.errors import PlantError
from chumbak.plant.unit import Kind

_MODULES = (
    "acid_extraction", "alloy", "basic", "coating", "diffusion", "electrolysis", "ewaste", "extraction", "fluorinate",
    "front", "leach", "liquor", "machining", "powder", "precipitate", "reduction", "roast", "shortloop", "sinter",
)  # fmt: skip


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind of unit by its name."""
    found: dict[str, Kind] = {}
    for module in _MODULES:
        for kind in import_module(f"chumbak.plant.units.{module}").KINDS:
            assert kind.name not in found, kind.name
            found[kind.name] = kind
    return found


def kind_of(name: str) -> Kind:
    """Return a kind of unit. Raises ``PlantError`` with the nearest name."""
    if name not in kinds():
        near = get_close_matches(name, kinds(), 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(kinds()))}"
        raise PlantError(f"there is no kind of unit '{name}'; {hint}")
    return kinds()[name]
