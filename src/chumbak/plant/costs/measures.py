"""Units of sizes, amounts and prices: a short exact table, so that nothing heavy has to be loaded. Pure look-ups."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from chumbak.plant.costs.tables import Number, nearest, rows
from chumbak.plant.errors import PlantError


class Measure(NamedTuple):
    """A unit: what it measures, and how many base units one of it is."""

    unit: str
    measure: str
    factor: float


# Other ways of writing a unit that mean the same; compared without spaces.
_SAME = {
    "tonne": "t", "tonnes": "t", "gallon": "gal", "number": "1", "units": "1", "-": "1", "m3": "m**3", "m2": "m**2",
    "ft3": "ft**3", "ft2": "ft**2", "m3/h": "m**3/hr", "m**3/h": "m**3/hr", "kg/h": "kg/hr", "t/h": "t/hr",
    "ton/h": "ton/hr", "lb/h": "lb/hr", "gal/h": "gal/hr", "gpm": "gal/min", "ft3/min": "ft**3/min", "l": "L",
    "l/min": "L/min", "Btu/h": "Btu/hr", "MBTU/h": "MBTU/hr", "GJ/h": "GJ/hr", "m³": "m**3", "m²": "m**2",
    "m³/h": "m**3/hr",
}  # fmt: skip


@cache
def _known() -> dict[str, Measure]:
    return {row["unit"]: Measure(row["unit"], row["measure"], float(row["factor"])) for row in rows("units.csv")}


def measure(unit: str) -> Measure:
    """Return a unit by its name. Raises ``PlantError`` for one that is not in ``units.csv``."""
    name = unit.replace(" ", "")
    name = _SAME.get(name, name)
    if name not in _known():
        raise PlantError(f"the unit '{unit}' is not known{nearest(name, _known())}")
    return _known()[name]


def convert(amount: Number, unit: str, to: str, what: str) -> Number:
    """Return ``amount`` in another unit of the same measure. Raises ``PlantError``, which names ``what`` it is."""
    old, new = measure(unit), measure(to)
    if old.measure != new.measure:
        raise PlantError(f"{what} is in {unit}, a {old.measure}; give it as a {new.measure}, in {to}")
    return amount if old.unit == new.unit else amount * (old.factor / new.factor)
