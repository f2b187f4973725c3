"""What a unit is told: from the flowsheet, else from the tables of usual values, each with its source. Never silence.

The tables are ``data/parameters/*.csv`` and, of extraction, ``data/extraction/*.csv``; a row of theirs that is
*recalled* or a *judgement* stays marked so in every answer that rests on it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from io import StringIO
from math import isfinite
from typing import Any

import numpy as np

from chumbak.plant.components import ELEMENTS, Array, component, element
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.tables import usual_rows
from chumbak.plant.flowsheet import Figure
from chumbak.plant.unit import Kind, Parameter

COLUMNS = (
    "unit", "parameter", "of", "value", "low", "high", "unit_of_measure", "scope", "source", "year", "verification",
)  # fmt: skip
OTHERS = "others"  # of a parameter by element: all that are not named
NUMERIC = ("number", "by_element", "by_component")


@cache
def usual() -> Mapping[tuple[str, str], tuple[Mapping[str, str], ...]]:
    """Return the rows of the tables by unit and parameter."""
    found: dict[tuple[str, str], tuple[Mapping[str, str], ...]] = {}
    for table in sorted(files("chumbak.plant").joinpath("data/parameters").iterdir(), key=lambda one: one.name):
        for row in csv.DictReader(StringIO(table.read_text(encoding="utf-8"))):
            key = row["unit"], row["parameter"]
            found[key] = (*found.get(key, ()), row)
    for taken in usual_rows():
        key = taken["unit"], taken["parameter"]
        found[key] = (*found.get(key, ()), taken)
    return found


def usual_figures(step: str, kind: Kind, parameter: Parameter) -> tuple[Figure, ...]:
    """Return the usual values of a parameter that holds numbers, as figures of a step."""
    return _usual_figures(step, kind.name, parameter.name)


@lru_cache(maxsize=4096)  # a flowsheet is read again for every draw, and these do not change
def _usual_figures(step: str, kind: str, parameter: str) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            step, parameter, row["of"], float(row["value"]), _float(row["low"]), _float(row["high"]),
            row["unit_of_measure"], row["source"], row["verification"],
        )
        for row in usual().get((kind, parameter), ())
    )  # fmt: skip


def usual_word(kind: Kind, parameter: Parameter) -> str | None:
    """Return the usual value of a parameter that is a word or a flag, if the tables hold one."""
    rows = usual().get((kind.name, parameter.name), ())
    return rows[0]["value"] if rows else None


def _float(text: str) -> float | None:
    return float(text) if text else None


def values_of(kind: Kind, figures: Sequence[Figure], words: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a unit is called with, from its figures and its words (choices, flags, lists).

    Raises ``PlantError`` that lists every value beyond what is possible and every one that is missing.
    """
    faults: list[str] = []
    values: dict[str, Any] = dict(words)
    for parameter in kind.parameters:
        mine = [one for one in figures if one.parameter == parameter.name]
        for one in mine:
            faults += _beyond(parameter, one)
        if parameter.form == "number":
            if mine:
                values[parameter.name] = mine[-1].value
        elif parameter.form == "by_element":
            values[parameter.name] = _row(mine)
        elif parameter.form == "by_component":
            values[parameter.name] = {component(one.of).name: one.value for one in mine}
        lacks = not mine if parameter.form in NUMERIC else parameter.name not in words
        if lacks and parameter.needed:
            faults.append(
                f"'{parameter.name}' ({parameter.words}, {parameter.unit}) is not given, and no usual value is known"
            )
        elif lacks and parameter.form == "number":
            values[parameter.name] = None
    if faults:
        raise PlantError("; ".join(faults))
    return values


def _row(figures: Sequence[Figure]) -> Array:
    row = np.full(len(ELEMENTS), np.nan)
    for one in figures:
        if one.of == OTHERS:
            row[:] = one.value
    for one in figures:
        if one.of != OTHERS:
            row[element(one.of)] = one.value
    return row


def _beyond(parameter: Parameter, figure: Figure) -> list[str]:
    where = f"'{parameter.name}'" + (f" of {figure.of}" if figure.of else "")
    if not isfinite(figure.value):
        return [f"{where} is {figure.value}; write a number"]
    if not parameter.least <= figure.value <= parameter.most:
        most = f" to {parameter.most:g}" if isfinite(parameter.most) else " up"
        return [f"{where} is {figure.value:g} {parameter.unit}; it lies from {parameter.least:g}{most}"]
    return []
