"""What units share: values by element, air, dissolved salts and the acid and base that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from chumbak.plant.components import (
    COMPONENT,
    COMPONENTS,
    ELEMENTS,
    MASS,
    VALENCE,
    Array,
    anions,
    component,
    element,
    of_formula,
)
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, metals_of, of

# Dry air by volume: US Standard Atmosphere 1976; what is neither oxygen nor argon is taken as nitrogen.
_OXYGEN, _ARGON = 0.20946, 0.00934
_ROUNDING = 1e-12  # of the charge of a liquor: less than this is no iron(II)
DENSITY = 1000.0  # kg/m3: liquors and slurries are taken as water when a volume is needed
PROTONS = {"hydrochloric_acid": 1.0, "sulfuric_acid": 2.0, "nitric_acid": 1.0}
ACID = {"chloride": "hydrochloric_acid", "nitrate": "nitric_acid", "sulfate": "sulfuric_acid"}
Z: Array = np.array([float(VALENCE.get(name, 0)) for name in ELEMENTS])  # charge of a metal's ion; 0 if it has none
FE, B, H, OX, C, N = (element(name) for name in ("Fe", "B", "H", "O", "C", "N"))
ALKALI = tuple(element(name) for name in ("Na", "K", "Li"))


def known(row: Array, flowing: Array, what: str) -> Array:
    """Return a row by element without its gaps. Raises ``PlantError`` where an element flows and has no value."""
    gaps = np.isnan(row)
    if not gaps.any():
        return row
    lacking = np.flatnonzero(gaps & (flowing > 0))
    if lacking.size:
        names = ", ".join(ELEMENTS[at] for at in lacking)
        raise PlantError(
            f"'{what}' is not known for {names}, which flows here; give it: '{what}: {{{ELEMENTS[lacking[0]]}: ...}}', "
            "or 'others' for all that are not named"
        )
    return np.where(gaps, 0.0, row)


@dataclass(frozen=True)
class Air:
    """Air that is drawn (a stream) and what is left of it when some of its oxygen is used, kg/h (element) by gas."""

    drawn: Stream
    left: Mapping[str, Array]


def air(oxygen: float, excess: float = 0.0) -> Air:
    """Return the air that brings ``oxygen`` kmol/h to use, with a share in excess of it."""
    brought = oxygen * (1.0 + excess)
    argon = fixed("argon", brought * _ARGON / _OXYGEN)
    nitrogen = fixed("nitrogen", brought * (1.0 - _OXYGEN - _ARGON) / _OXYGEN)
    drawn = of({"oxygen": fixed("oxygen", brought), "nitrogen": nitrogen, "argon": argon})
    return Air(drawn, {"oxygen": fixed("oxygen", brought - oxygen), "nitrogen": nitrogen, "argon": argon})


def solution(name: str, kmol: float, strength: float) -> Stream:
    """Return what is bought of a reagent in water: its kmol/h at a mass share of ``strength``."""
    reagent = fixed(name, kmol)
    water = float(reagent.sum()) * (1.0 / strength - 1.0)
    return of({name: reagent, "water": of_formula("H2O") * (water / float(of_formula("H2O").sum()))})


def water_of(mass: float) -> Array:
    """Return the elements of a mass of water, kg/h (element)."""
    row: Array = of_formula("H2O") * (mass / float(of_formula("H2O").sum()))
    return row


@cache
def _anion(name: str) -> tuple[Array, int, int]:
    """Return an anion: its elements, kg a kmol of charge; the element that only it holds; its charge."""
    anion = component(name).anion
    assert anion is not None, name
    formula, charge = anion
    mark = {"chloride": "Cl", "nitrate": "N", "sulfate": "S"}[name]
    return of_formula(formula) / charge, element(mark), charge


def salt(name: str, metals: Array, charge: float) -> Array:
    """Return the elements of dissolved salts, kg/h (element): metals (kmol/h) and the charge of their anions (kmol/h).

    Unlike ``stream.salts`` this leaves the valence open: iron is ferrous as far as charge lacks.
    """
    row: Array = metals * MASS + _anion(name)[0] * charge
    return row


def read_salt(stream: Stream, name: str) -> tuple[Array, float]:
    """Return the metals of dissolved salts, kmol/h (element), and the charge of their anions, kmol/h."""
    row = stream[name]
    _, mark, charge = _anion(name)
    return metals_of(row, name), float(row[mark] / MASS[mark]) * charge


def ferrous(metals: Array, charge: float) -> float:
    """Return how much of the iron of dissolved salts is divalent, kmol/h: as far as charge lacks for iron(III)."""
    lacks = float(metals @ Z) - charge
    return min(lacks, float(metals[FE])) if lacks > _ROUNDING * charge else 0.0


def salts_in(stream: Stream) -> str:
    """Return which dissolved salts a liquor holds. Raises ``PlantError`` where it holds salts of several acids."""
    names = [name for name in ACID if stream[name].any() or stream[ACID[name]].any()]
    if len(names) > 1:
        raise PlantError(f"this liquor mixes {' and '.join(names)}s; a step knows one acid, so treat them apart")
    return names[0] if names else "chloride"


@cache
def oxide_oxygen() -> Array:
    """Return the oxygen of the oxide of each element, kmol a kmol; not a number where no oxide is known."""
    row: Array = anions("oxide")[:, OX] / MASS[OX]
    row.flags.writeable = False
    return row


def together(stream: Stream, names: tuple[str, ...]) -> Array:
    """Return the elements of some components of a stream together, kg/h (element)."""
    row: Array = stream.flow[_places(names)].sum(axis=0)
    return row


@cache
def _places(names: tuple[str, ...]) -> list[int]:
    return [COMPONENT[name] for name in names]


LIQUID = tuple(name for name in COMPONENTS if component(name).phase == "aqueous")
_WET = np.array([[name in LIQUID] for name in COMPONENTS])


def liquid_of(stream: Stream) -> Stream:
    """Return what is dissolved or water in a stream, as a stream of its own that may be written to."""
    return Stream(np.where(_WET, stream.flow, 0.0), stream.temperature)


def solid_of(stream: Stream) -> Stream:
    """Return what is neither dissolved nor water in a stream, as a stream of its own that may be written to."""
    return Stream(np.where(_WET, 0.0, stream.flow), stream.temperature)


def ratio(part: float, whole: float) -> float:
    """Return a part of a whole, and nothing where there is no whole."""
    return float(part / whole) if whole > 0 else 0.0


def volume(stream: Stream) -> float:
    """Return the volume of a liquor or slurry, m3/h, at the density of water."""
    return stream.total() / DENSITY


def acid_kmol(name: str, row: Array) -> float:
    """Return the kmol/h of a component of one formula from its elements, kg/h (element)."""
    return float(row.sum() / of_formula(component(name).formula).sum())
