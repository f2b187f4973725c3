"""Inside the fence: plants that balance. Flowsheets, their units, solvent extraction, and what they cost. No pack.

Flows are kg/h of elements in components (``stream``), temperatures degrees Celsius, duties kW. What is named here is
what to use from Python; each name loads its module when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chumbak.plant.errors import NotConvergedError, PlantError
    from chumbak.plant.flowsheet import Flowsheet, Step, Target
    from chumbak.plant.reading import read
    from chumbak.plant.ready import load
    from chumbak.plant.solving import Solution, solve
    from chumbak.plant.stream import Stream, by_element, fixed, mixed, of, salts
    from chumbak.plant.unit import Kind, Parameter, Port, Result, Size
    from chumbak.plant.units import kind_of, kinds

_FROM = {
    "errors": ("NotConvergedError", "PlantError"),
    "flowsheet": ("Flowsheet", "Step", "Target"),
    "reading": ("read",),
    "ready": ("load",),
    "solving": ("Solution", "solve"),
    "stream": ("Stream", "by_element", "fixed", "mixed", "of", "salts"),
    "unit": ("Kind", "Parameter", "Port", "Result", "Size"),
    "units": ("kind_of", "kinds"),
}
_MODULE = {name: module for module, names in _FROM.items() for name in names}

__all__ = [
    "Flowsheet", "Kind", "NotConvergedError", "Parameter", "PlantError", "Port", "Result", "Size", "Solution", "Step",
    "Stream", "Target", "by_element", "fixed", "kind_of", "kinds", "load", "mixed", "of", "read", "salts", "solve",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'chumbak.plant' has no attribute '{name}'")
    return getattr(import_module(f"chumbak.plant.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
