"""From a solved plant to the recipe of a chain: what share of each element that goes in leaves in the products."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import ELEMENTS
from chumbak.plant.errors import PlantError
from chumbak.plant.solving import Solution

OF_REAGENTS = ("H", "C", "N", "O", "F", "Na", "Cl", "S")  # elements that wet and hot steps take in and give off


def recoveries(solution: Solution, process: str) -> dict[str, float]:
    """Return the recovery (kg/kg) by element of a process that the flowsheet names under ``recipes``.

    An element that reagents bring as well (oxygen, hydrogen, chlorine ...) has none: what leaves of it is not what came
    in of the feed. Raises ``PlantError``.
    """
    sheet = solution.flowsheet
    if process not in sheet.recipes:
        known = ", ".join(sheet.recipes) or "none"
        raise PlantError(f"the flowsheet '{sheet.name}' names no recipe '{process}'; it names {known}")
    recipe = sheet.recipes[process]
    comes, goes = (
        sum((solution.streams[name].elements() for name in names), start=np.zeros(len(ELEMENTS)))
        for names in (recipe.comes, recipe.goes)
    )
    floor = 1e-9 * comes.sum()
    return {
        ELEMENTS[at]: float(goes[at] / comes[at])
        for at in np.flatnonzero((comes > floor) & (goes > 0) & (goes <= comes * (1 + 1e-9)))
        if ELEMENTS[at] not in OF_REAGENTS
    }
