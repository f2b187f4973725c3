"""The two axes of a stream: the components that matter can be in, and the elements that it is made of.

A component is a form of matter, not a mixture: ``oxide`` is whatever oxides there are, and its elements say which. Some
have one formula (``water``); some are salts, where each metal brings its share of the anion (``chloride``); some hold
whatever they hold (``magnet``, ``slag``). Valences are those of the compounds met in these plants; oxides are those of
assays (``chumbak.elements.masses.OXIDES``: CeO2, Pr6O11, Tb4O7, and the sesquioxides).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from chumbak.elements.masses import OXIDES, atomic_mass, atoms
from chumbak.plant.errors import PlantError

Array = NDArray[np.float64]

RARE_EARTHS = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y")
ELEMENTS = (
    *RARE_EARTHS,
    "H", "He", "Li", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Ti", "V", "Cr",
    "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Zr", "Nb", "Mo", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Ta", "W", "Pt",
    "Au", "Hg", "Pb", "Th", "U",
)  # fmt: skip
ELEMENT = {name: at for at, name in enumerate(ELEMENTS)}
RE = np.array([ELEMENT[name] for name in RARE_EARTHS])
MASS: Array = np.array([float(atomic_mass(name)) for name in ELEMENTS])  # g/mol, so kg/kmol

# The charge of a metal's ion in the salts of these plants; iron is 3 unless a unit says that it is 2.
VALENCE = {
    **dict.fromkeys(RARE_EARTHS, 3),
    "H": 1, "Li": 1, "Na": 1, "K": 1, "Ag": 1, "Mg": 2, "Ca": 2, "Mn": 2, "Co": 2, "Ni": 2, "Cu": 2, "Zn": 2, "Pd": 2,
    "Pb": 2, "Sn": 2, "Cd": 2, "Al": 3, "Ga": 3, "In": 3, "Cr": 3, "Fe": 3, "B": 3, "Au": 3, "Sb": 3, "Zr": 4, "Th": 4,
    "Ti": 4, "Si": 4, "U": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Component:
    """A form of matter. ``formula`` fixes it; ``anion`` (formula and charge) makes it salts; neither leaves it free."""

    name: str
    phase: str  # solid, aqueous, organic, melt, gas
    words: str
    formula: str = ""
    anion: tuple[str, int] | None = None
    water: float = 0.0  # molecules of crystal water for each atom of metal


_ALL = (
    # what comes in, and what mechanical steps make of it: any composition
    Component("device", "solid", "devices and parts that hold magnets"),
    Component("scrap", "solid", "other metal and material freed from devices"),
    Component("ore", "solid", "mineral or concentrate"),
    Component("magnet", "solid", "magnets, whole or in pieces"),
    Component("coating", "solid", "metal coating of magnets"),
    Component("hydride", "solid", "decrepitated magnet powder with its hydrogen"),
    Component("alloy", "solid", "alloy: ingot, flake or powder"),
    Component("compact", "solid", "pressed, not yet sintered"),
    Component("block", "solid", "sintered magnet before machining"),
    Component("swarf", "solid", "grinding and cutting swarf, without its coolant"),
    Component("residue", "solid", "solids that a step leaves: leach residue, sludge, filter cake"),
    Component("slag", "solid", "slag and spent salt"),
    Component("metal", "solid", "metals"),
    # compounds of metals: each metal brings its share of the anion
    Component("oxide", "solid", "oxides", anion=("O", 2)),
    Component("hydroxide", "solid", "hydroxides", anion=("OH", 1)),
    Component("oxalate", "solid", "oxalates with their crystal water", anion=("C2O4", 2), water=5.0),
    Component("carbonate", "solid", "carbonates", anion=("CO3", 2)),
    Component("fluoride", "solid", "fluorides", anion=("F", 1)),
    Component("phosphate", "solid", "phosphates", anion=("PO4", 3)),
    Component("chloride", "aqueous", "dissolved chlorides", anion=("Cl", 1)),
    Component("sulfate", "aqueous", "dissolved sulfates", anion=("SO4", 2)),
    Component("nitrate", "aqueous", "dissolved nitrates", anion=("NO3", 1)),
    # of one formula
    Component("water", "aqueous", "water", formula="H2O"),
    Component("hydrochloric_acid", "aqueous", "hydrochloric acid", formula="HCl"),
    Component("sulfuric_acid", "aqueous", "sulfuric acid", formula="H2SO4"),
    Component("nitric_acid", "aqueous", "nitric acid", formula="HNO3"),
    Component("hydrofluoric_acid", "aqueous", "hydrofluoric acid", formula="HF"),
    Component("oxalic_acid", "aqueous", "oxalic acid", formula="C2H2O4"),
    Component("boric_acid", "aqueous", "boric acid", formula="H3BO3"),
    Component("caustic_soda", "aqueous", "caustic soda", formula="NaOH"),
    Component("ammonia", "aqueous", "ammonia", formula="NH3"),
    Component("lime", "solid", "slaked lime", formula="Ca(OH)2"),
    Component("soda_ash", "solid", "soda ash", formula="Na2CO3"),
    Component("salt", "aqueous", "dissolved sodium chloride", formula="NaCl"),
    Component("ammonium_chloride", "aqueous", "dissolved ammonium chloride", formula="NH4Cl"),
    Component("calcium", "solid", "calcium metal", formula="Ca"),
    Component("carbon", "solid", "graphite", formula="C"),
    Component("extractant", "organic", "extractant (2-ethylhexyl phosphonic acid mono-2-ethylhexyl ester)",
              formula="C16H35O3P"),
    Component("diluent", "organic", "diluent, as dodecane", formula="C12H26"),
    Component("hydrogen", "gas", "hydrogen", formula="H2"),
    Component("oxygen", "gas", "oxygen", formula="O2"),
    Component("nitrogen", "gas", "nitrogen", formula="N2"),
    Component("argon", "gas", "argon", formula="Ar"),
    Component("helium", "gas", "helium", formula="He"),
    Component("steam", "gas", "water vapour", formula="H2O"),
    Component("carbon_dioxide", "gas", "carbon dioxide", formula="CO2"),
    Component("carbon_monoxide", "gas", "carbon monoxide", formula="CO"),
    Component("chlorine", "gas", "chlorine", formula="Cl2"),
    Component("hydrogen_chloride", "gas", "hydrogen chloride", formula="HCl"),
    Component("hydrogen_fluoride", "gas", "hydrogen fluoride", formula="HF"),
    Component("tetrafluoromethane", "gas", "tetrafluoromethane (PFC-14)", formula="CF4"),
    Component("hexafluoroethane", "gas", "hexafluoroethane (PFC-116)", formula="C2F6"),
)  # fmt: skip
COMPONENTS = tuple(one.name for one in _ALL)
COMPONENT = {name: at for at, name in enumerate(COMPONENTS)}
_BY_NAME = {one.name: one for one in _ALL}


def component(name: str) -> Component:
    """Return a component by its name. Raises ``PlantError``."""
    if name not in _BY_NAME:
        raise PlantError(f"there is no component '{name}'; there are {', '.join(COMPONENTS)}")
    return _BY_NAME[name]


@cache
def element(name: str) -> int:
    """Return where an element stands on the axis. Raises ``PlantError``."""
    if name not in ELEMENT:
        raise PlantError(f"the element '{name}' is not carried; these are: {', '.join(ELEMENTS)}")
    return ELEMENT[name]


def _counts(formula: str) -> Array:
    row = np.zeros(len(ELEMENTS))
    for name, count in atoms(formula):
        row[element(name)] += count
    return row


@cache
def of_formula(formula: str) -> Array:
    """Return the elements of one kmol of a formula, kg (element). Not to be written to."""
    row = _counts(formula) * MASS
    row.flags.writeable = False
    return row


@cache
def anions(name: str) -> Array:
    """Return what a salt holds beside its metals, kg of each element for one kmol of each metal (metal, element).

    Rows of metals that the salt is not known for are not a number, so that using one cannot pass unseen.
    """
    salt = component(name)
    if salt.anion is None:
        raise PlantError(f"'{name}' is not a component of salts")
    formula, charge = salt.anion
    table = np.full((len(ELEMENTS), len(ELEMENTS)), np.nan)
    for metal, valence in VALENCE.items():
        if metal == "H":
            continue
        if name == "oxide" and metal in OXIDES:
            held = dict(atoms(OXIDES[metal]))
            table[element(metal)] = _counts("O") * MASS * held["O"] / held[metal]
        else:
            table[element(metal)] = (_counts(formula) * valence / charge + _counts("H2O") * salt.water) * MASS
    table.flags.writeable = False
    return table
