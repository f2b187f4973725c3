"""What a solved plant takes, makes and needs: all that its costs are reckoned from, and little to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.plant.components import COMPONENTS, ELEMENTS
from chumbak.plant.errors import PlantError
from chumbak.plant.solving import Solution
from chumbak.plant.stream import Stream
from chumbak.plant.terms import Terms
from chumbak.plant.unit import Size


@dataclass(frozen=True)
class Amounts:
    """What flows in a stream, kg/h: in all, by component, by element. What is not named does not flow."""

    total: float
    components: Mapping[str, float]
    elements: Mapping[str, float]

    def of(self, component: str = "") -> float:
        """Return the whole flow, or the flow in one component, kg/h."""
        return self.components.get(component, 0.0) if component else self.total


@dataclass(frozen=True)
class Quantities:
    """What a solved plant takes, makes and needs, with the terms it states.

    ``streams`` by name; ``leaving`` names those that leave the plant; ``drawn`` is what it takes beside its feeds, kg/h
    by what is bought; ``sizes`` by step; ``power`` and ``heat`` are put in, kW (heat taken out elsewhere is not
    credited); ``hours`` a year.
    """

    hours: float
    terms: Terms
    streams: Mapping[str, Amounts]
    leaving: tuple[str, ...]
    drawn: Mapping[str, float]
    sizes: Mapping[str, tuple[Size, ...]]
    power: float
    heat: float


def quantities(solution: Solution) -> Quantities:
    """Return what a solved plant takes, makes and needs. Raises ``PlantError`` where it says nothing of money."""
    sheet = solution.flowsheet
    if sheet.terms is None:
        raise PlantError(f"the flowsheet '{sheet.name}' says nothing of money; write a section 'costs'")
    results = solution.results
    return Quantities(
        sheet.hours,
        sheet.terms,
        {name: _amounts(one) for name, one in solution.streams.items()},
        tuple(solution.leaving()),
        {name: one.total() for name, one in solution.drawn().items()},
        {name: one.sizes for name, one in results.items()},
        sum(one.power for one in results.values()),
        sum(max(one.heat, 0.0) for one in results.values()),
    )


def _amounts(stream: Stream) -> Amounts:
    components, elements = stream.flow.sum(axis=1), stream.elements()
    return Amounts(
        stream.total(),
        {COMPONENTS[at]: float(components[at]) for at in np.flatnonzero(components)},
        {ELEMENTS[at]: float(elements[at]) for at in np.flatnonzero(elements)},
    )
