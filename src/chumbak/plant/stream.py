"""Streams: how much of each element flows in each component, kg/h, and at what temperature.

A stream is an array (component, element) on the fixed axes of ``components``; adding two streams is adding two arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from chumbak.elements.masses import atoms
from chumbak.plant.components import (
    COMPONENT,
    COMPONENTS,
    ELEMENTS,
    MASS,
    Array,
    anions,
    component,
    element,
    of_formula,
)
from chumbak.plant.errors import PlantError

SHAPE = (len(COMPONENTS), len(ELEMENTS))
AMBIENT = 25.0  # degrees Celsius: what a stream has when nobody says otherwise


@dataclass(frozen=True, eq=False)
class Stream:
    """Flows of elements in components, kg/h (component, element), at one temperature, degrees Celsius."""

    flow: Array
    temperature: float = AMBIENT

    def __getitem__(self, name: str) -> Array:
        """Return the elements in a component, kg/h (element). The row is a view: copy it to change it."""
        row: Array = self.flow[COMPONENT[name]]
        return row

    def elements(self) -> Array:
        """Return the elements over all components, kg/h (element)."""
        total: Array = self.flow.sum(axis=0)
        return total

    def total(self, name: str = "") -> float:
        """Return the whole flow, or the flow in one component, kg/h."""
        return float(self[name].sum() if name else self.flow.sum())


def empty(temperature: float = AMBIENT) -> Stream:
    """Return a stream in which nothing flows."""
    return Stream(np.zeros(SHAPE), temperature)


def of(rows: Mapping[str, Array], temperature: float = AMBIENT) -> Stream:
    """Return a stream from the elements of some components, kg/h (element) each."""
    flow = np.zeros(SHAPE)
    for name, row in rows.items():
        flow[COMPONENT[name]] += row
    return Stream(flow, temperature)


def mixed(streams: Iterable[Stream]) -> Stream:
    """Return what flows together. Its temperature is the mean by mass: heats of mixing and capacities are left out."""
    flow = np.zeros(SHAPE)
    heat = weight = 0.0
    for one in streams:
        flow += one.flow
        mass = float(one.flow.sum())
        heat += mass * one.temperature
        weight += mass
    return Stream(flow, heat / weight if weight > 0 else AMBIENT)


def without(stream: Stream, *names: str) -> Stream:
    """Return a stream without some of its components."""
    flow = stream.flow.copy()
    for name in names:
        flow[COMPONENT[name]] = 0.0
    return Stream(flow, stream.temperature)


def molar(row: Array) -> Array:
    """Turn kg/h of each element into kmol/h (element)."""
    moles: Array = row / MASS
    return moles


def fixed(name: str, kmol: float) -> Array:
    """Return the elements of a component of one formula, kg/h (element), for its kmol/h, which may be below 0.

    Raises ``PlantError``.
    """
    if not isfinite(kmol):
        raise PlantError(f"{kmol} kmol/h of '{name}' is no number")
    formula = component(name).formula
    if not formula:
        raise PlantError(f"'{name}' has no formula of its own")
    return of_formula(formula) * kmol


def kmol_of(stream: Stream, name: str) -> float:
    """Return the kmol/h of a component of one formula in a stream."""
    return stream.total(name) / float(of_formula(component(name).formula).sum())


def salts(name: str, metals: Array) -> Array:
    """Return the elements of salts, kg/h (element), from the kmol/h of their metals (element).

    Raises ``PlantError`` where a metal is not known in that salt.
    """
    held = np.flatnonzero(metals)
    row: Array = metals * MASS
    if held.size:
        beside = metals[held] @ anions(name)[held]
        if np.isnan(beside).any():
            unknown = [ELEMENTS[at] for at in held if np.isnan(anions(name)[at]).any()]
            raise PlantError(f"no {name} of {', '.join(unknown)} is known here; send it elsewhere before this step")
        row = row + beside
    return row


def metals_of(row: Array, name: str) -> Array:
    """Return the kmol/h of the metals of salts (element) from their elements, kg/h: all but those of the anion."""
    moles = molar(row)
    for at in _beside(name):
        moles[at] = 0.0
    return moles


def _beside(name: str) -> list[int]:
    anion = component(name).anion
    if anion is None:
        raise PlantError(f"'{name}' is not a component of salts")
    names = {symbol for symbol, _ in atoms(anion[0])} | ({"H", "O"} if component(name).water else set())
    return [element(symbol) for symbol in names]


def by_element(masses: Mapping[str, float]) -> Array:
    """Return a row from masses by element, kg/h (element). Raises ``PlantError``."""
    row = np.zeros(len(ELEMENTS))
    for name, mass in masses.items():
        row[element(name)] += mass
    return row
