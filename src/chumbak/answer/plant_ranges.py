"""What is not sure of a solved plant: what it makes, wins, draws and lets go, over the ranges of its figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from chumbak.answer.plant_draws import plant_draws, processes
from chumbak.plant.document import measures
from chumbak.plant.errors import PlantError
from chumbak.plant.solving import Solution

PERCENTILES = {"low": 5.0, "middle": 50.0, "high": 95.0}
TELLS = 1e-3  # the least share that tells something of a product
CONVENTION = (
    "value is the central case; low, middle and high are the 5th, 50th and 95th percentile of the draws that can be; "
    "flows are while the plant runs, a share is kg of the element a kg of product, a recovery kg in the product a kg "
    "that comes in"
)


def plant_ranges(central: Solution, draws: int, seed: int) -> dict[str, Any]:
    """Return what a solved plant comes to, with the percentiles of so many draws. Raises ``PlantError``."""
    with processes(draws) as executor:
        every = list(plant_draws(central.flowsheet, draws, seed, measures, executor))
    solved = [one.found for one in every if one.found is not None]
    failed = [f"draw {one.number}: {one.why_not}" for one in every if one.found is None]
    if not solved:
        raise PlantError(f"none of the {draws} draws can be: {failed[0]}")
    rows = []
    for (what, of, unit), value in measures(central).items():
        if unit == "kg/kg" and value < TELLS:
            continue
        drawn = [one.get((what, of, unit), 0.0) for one in solved]
        spread = {name: float(np.percentile(drawn, at)) for name, at in PERCENTILES.items()}
        rows.append({"what": what, "of": of, "unit": unit, "value": value, **spread})
    return {"convention": CONVENTION, "draws": draws, "seed": seed, "draws_that_cannot_be": failed, "rows": rows}
