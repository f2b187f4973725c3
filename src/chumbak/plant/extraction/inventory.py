"""What a cascade locks up and uses: rare earth in its stages, base and acid for what is loaded and stripped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chumbak.plant.components import Array
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.cascade import Cascade


def locked_up(cascade: Cascade, mixer: float, settler: float) -> Array:
    """Return the rare earth in the stages (element), mol, if the flows are mol/h.

    Every stage holds what flows through it, both phases, for the minutes in its ``mixer`` and its ``settler`` (usual
    values: ``tables.practice``).
    """
    if not (mixer >= 0 and settler >= 0 and mixer + settler > 0):
        raise PlantError(f"the minutes in mixer ({mixer:g}) and settler ({settler:g}) must be 0 or more, not both 0")
    organic = cascade.organic_flow[:, None] * cascade.organic
    aqueous = cascade.aqueous_flow[:, None] * cascade.aqueous
    held: Array = (organic + aqueous).sum(axis=0) * (mixer + settler) / 60.0
    return held


@dataclass(frozen=True)
class Reagents:
    """What a cascade uses, in the unit of its flows, and mol a kg of product (rare earth, as metal)."""

    base: float
    acid: float
    base_per_kg: float
    acid_per_kg: float


def reagents(cascade: Cascade, masses: Sequence[float] | Array, base: float, acid: float) -> Reagents:
    """Return base and acid of a cascade with reflux.

    ``base`` and ``acid`` are mol for each mol of rare earth loaded anew and stripped (3 each by stoichiometry, more
    acid in practice: ``tables.practice``); what goes around as reflux is loaded and stripped every time, so it counts
    every time. ``masses`` (element): g/mol.
    """
    if not (base >= 0 and acid >= 0):
        raise PlantError(f"base ({base:g}) and acid ({acid:g}) a mol of rare earth must not be negative")
    mass = float(cascade.product @ np.asarray(masses, dtype=float)) / 1000.0
    if not mass > 0:
        raise PlantError("nothing is withdrawn as product, so nothing can be said a kg of it")
    used_base, used_acid = base * cascade.loaded, acid * cascade.stripped
    return Reagents(used_base, used_acid, used_base / mass, used_acid / mass)
