"""What a unit of a plant is: a small function from inlets and parameters to outlets, reagents, duties and sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chumbak.plant.components import ELEMENTS, Array
from chumbak.plant.stream import Stream

Inlets = Mapping[str, Stream]
Values = Mapping[str, Any]  # of a parameter: a number, a row by element (not a number where none was given), or a word


@dataclass(frozen=True)
class Port:
    """Where a stream enters or leaves a unit."""

    name: str
    words: str
    needed: bool = True  # of an inlet: whether something must be connected


@dataclass(frozen=True)
class Parameter:
    """What a unit asks to be told. ``form`` is number, by_element, by_component, choice, flag or numbers (a list).

    ``least`` and ``most`` are what is possible at all, in ``unit``; what is usual stands in ``data/parameters.csv``
    with its source, and is used, and told, where a flowsheet says nothing.
    """

    name: str
    unit: str
    words: str
    form: str = "number"
    least: float = 0.0
    most: float = float("inf")
    choices: tuple[str, ...] = ()
    needed: bool = True  # if nothing is said and nothing is known, this is an error


@dataclass(frozen=True)
class Size:
    """How large a piece of equipment has to be: a number of units of one size each."""

    equipment: str  # what it is, as costs know it
    size: float
    unit: str
    count: int = 1


@dataclass(frozen=True)
class Result:
    """What a unit does with its inlets.

    ``drawn`` is matter that it takes from outside beside its inlets (reagents, gases, electrodes), by what is bought,
    kg/h; ``heat`` and ``power`` are what is put in, kW (heat taken out is negative); ``figures`` are values with units
    that a reader wants to see; ``warnings`` are sentences.
    """

    outlets: Mapping[str, Stream]
    drawn: Mapping[str, Stream] = field(default_factory=dict)
    heat: float = 0.0
    power: float = 0.0
    sizes: tuple[Size, ...] = ()
    figures: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of unit: its function, its ports, what it asks, the physics it rests on in a sentence."""

    name: str
    words: str
    run: Callable[[Inlets, Values], Result]
    inlets: tuple[Port, ...]
    outlets: tuple[Port, ...]
    parameters: tuple[Parameter, ...] = ()
    physics: str = ""

    def parameter(self, name: str) -> Parameter | None:
        """Return one of its parameters."""
        return next((one for one in self.parameters if one.name == name), None)


def imbalance(inlets: Mapping[str, Stream], result: Result) -> Array:
    """Return what comes out less what goes in, kg/h (element): nothing, within rounding, in a unit that balances."""
    gone = np.zeros(len(ELEMENTS))
    for one in result.outlets.values():
        gone += one.elements()
    for one in (*inlets.values(), *result.drawn.values()):
        gone -= one.elements()
    return gone
