"""What metal and magnet units share: rows of metallic components, oxygen taken up from air, names of what is bought."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, RE, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, molar
from chumbak.plant.units._common import OX, Air, air, oxide_oxygen, together

POWDERS = ("hydride", "alloy")
PIECES = ("block", "magnet")
FARADAY = 96485.33212 / 3600.0  # ampere-hours a mole of charge (SI 2019, exact to the digits given)

_WORDS = {
    "La": "lanthanum", "Ce": "cerium", "Pr": "praseodymium", "Nd": "neodymium", "Sm": "samarium", "Eu": "europium",
    "Gd": "gadolinium", "Tb": "terbium", "Dy": "dysprosium", "Ho": "holmium", "Er": "erbium", "Tm": "thulium",
    "Yb": "ytterbium", "Lu": "lutetium", "Y": "yttrium", "Fe": "iron", "Co": "cobalt", "Ni": "nickel", "Cu": "copper",
    "Al": "aluminium", "Ga": "gallium", "Nb": "niobium", "Zr": "zirconium", "Ti": "titanium", "V": "vanadium",
    "Cr": "chromium", "Mn": "manganese", "Mo": "molybdenum", "W": "tungsten", "Ta": "tantalum", "Zn": "zinc",
    "Sn": "tin", "Si": "silicon", "C": "graphite",
}  # fmt: skip
_F = element("F")
_RARE = frozenset(int(at) for at in RE)


def word(name: str) -> str:
    """Return the English name of a rare earth. Raises ``KeyError`` for an element that is not bought here."""
    return _WORDS[name]


def bought(at: int) -> str:
    """Return by what name an element is bought as a metal: 'neodymium metal', 'iron'. Raises ``PlantError``."""
    name = ELEMENTS[at]
    if name not in _WORDS:
        raise PlantError(f"{name} is not bought as a metal here; bring it with the feed")
    return f"{_WORDS[name]} metal" if at in _RARE else _WORDS[name]


def taken_out(feed: Stream, names: tuple[str, ...]) -> tuple[Array, Stream]:
    """Part some components, together as kg/h (element), from a stream; the rest may be written to."""
    flow = feed.flow.copy()
    for name in names:
        flow[COMPONENT[name]] = 0.0
    return together(feed, names), Stream(flow, feed.temperature)


def oxygen_of(mass: float, mg_per_kg: float) -> float:
    """Return the kmol/h of oxygen atoms that a mass, kg/h, takes up."""
    return mass * mg_per_kg * 1e-6 / float(MASS[OX])


def oxidise(flow: Array, names: tuple[str, ...], atoms: float) -> None:
    """Add oxygen, kmol/h of atoms, to some components of a flow (component, element), each by its mass; in place."""
    masses = [float(flow[COMPONENT[name]].sum()) for name in names]
    whole = sum(masses)
    for name, mass in zip(names, masses, strict=True):
        if mass > 0:
            flow[COMPONENT[name], OX] += atoms * MASS[OX] * mass / whole


def air_for(atoms: float) -> Air:
    """Return the air that brings ``atoms`` kmol/h of oxygen atoms, all of which react."""
    return air(max(atoms, 0.0) / 2.0)


@cache
def _oxides() -> tuple[Array, NDArray[np.bool_]]:
    """Return the oxygen of the oxide of each element, kmol a kmol, 0 where no oxide is known, and where that is."""
    row = oxide_oxygen()
    return np.nan_to_num(row), np.isnan(row)


def oxygen_for(kmol: Array, mend: str) -> float:
    """Return the kmol/h of oxygen that elements, kmol/h (element), take up as oxides.

    Raises ``PlantError``, with how to ``mend`` it, where no oxide of an element is known.
    """
    oxygen, unknown = _oxides()
    if (kmol[unknown] != 0.0).any():
        names = ", ".join(ELEMENTS[at] for at in np.flatnonzero(unknown & (kmol != 0.0)))
        raise PlantError(f"{names} would have to oxidise here, of which no oxide is known; {mend}")
    return float(kmol @ oxygen)


def trifluorides(kmol: Array) -> Array:
    """Return the elements of fluorides of rare earths, kg/h (element), from the kmol/h of the rare earths."""
    row: Array = kmol * MASS
    row[_F] += 3.0 * float(kmol.sum()) * MASS[_F]
    return row


def read_oxides(row: Array) -> tuple[Array, Array]:
    """Return the metals of oxides and the oxygen that belongs to each of them, kmol/h (element) both.

    Raises ``PlantError`` where an element has no oxide here, or the oxygen is not that of the oxides of assays.
    """
    metals = molar(row)
    oxygen = float(metals[OX])
    metals[OX] = 0.0
    each, unknown = _oxides()
    if (metals[unknown] != 0.0).any():
        names = ", ".join(ELEMENTS[at] for at in np.flatnonzero(unknown & (metals != 0.0)))
        raise PlantError(f"the oxides that come in hold {names}, of which no oxide is known here; take it out before")
    held = metals * each
    whole = float(held.sum())
    if abs(whole - oxygen) > 1e-6 * max(whole, oxygen):
        raise PlantError(
            f"the oxides that come in hold {oxygen:.6g} kmol/h of oxygen, not the {whole:.6g} of their metals' oxides "
            "(CeO2, Pr6O11, Tb4O7, else as sesquioxides); state them by 'oxides'"
        )
    return metals, held * (oxygen / whole if whole > 0 else 1.0)


def rare_earths(row: Array) -> Array:
    """Return a row of the rare earths alone (element)."""
    only = np.zeros_like(row)
    only[RE] = row[RE]
    return only
