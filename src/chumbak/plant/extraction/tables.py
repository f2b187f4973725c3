"""What is known of extractants, as data with sources: separation factors, distribution by pH, usual practice.

``data/extraction/separation_factors.csv`` holds every factor met; ``used`` says which of them join two elements, so
that between any two there is one way. Rows that are *recalled* stay marked so in every answer that rests on them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO

import numpy as np

from chumbak.plant.components import Array
from chumbak.plant.errors import PlantError

Row = Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """Numbers by element, the rows that they rest on, and the sentences on how sure those are."""

    elements: tuple[str, ...]
    values: Array
    rows: tuple[Row, ...]

    @property
    def recalled(self) -> tuple[str, ...]:
        """Name the rows that nobody re-read: pairs ("Ce/La") or elements."""
        return tuple(_name(row) for row in self.rows if row["verification"] == "recalled")


@cache
def rows(table: str) -> tuple[Row, ...]:
    """Return the rows of ``separation_factors``, ``distribution`` or ``practice``."""
    text = files("chumbak.plant").joinpath(f"data/extraction/{table}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(StringIO(text)))


def _name(row: Row) -> str:
    return f"{row['heavier']}/{row['lighter']}" if "heavier" in row else row["element"]


def _mine(table: str, extractant: str) -> list[Row]:
    found = [row for row in rows(table) if row["extractant"] == extractant]
    if not found:
        there = ", ".join(sorted({row["extractant"] for row in rows(table)}))
        raise PlantError(f"nothing is known of the extractant '{extractant}'; there are {there}")
    return found


def factors(extractant: str, elements: Sequence[str]) -> Known:
    """Return separation factors (element) against the first of ``elements``, by products of pairs.

    Raises ``PlantError`` where no pairs join two of them.
    """
    if not elements:
        raise PlantError("name the elements whose separation factors are wanted")
    joined: dict[str, list[tuple[str, float, Row]]] = {}
    for row in _mine("separation_factors", extractant):
        if row["used"] == "yes":
            value = float(row["value"])
            joined.setdefault(row["lighter"], []).append((row["heavier"], value, row))
            joined.setdefault(row["heavier"], []).append((row["lighter"], 1.0 / value, row))
    reached: dict[str, tuple[float, tuple[Row, ...]]] = {elements[0]: (1.0, ())}
    todo = [elements[0]]
    while todo:
        here = todo.pop()
        value, way = reached[here]
        for there, ratio, row in joined.get(here, []):
            if there not in reached:
                reached[there] = value * ratio, (*way, row)
                todo.append(there)
    lacking = [one for one in elements if one not in reached or one not in joined]
    if lacking:
        raise PlantError(
            f"no separation factors of {extractant} join {lacking[0]} to {elements[0]}; give the factors yourself, or "
            f"take elements among {', '.join(sorted(joined))}"
        )
    used: dict[str, Row] = {}
    for one in elements:
        for row in reached[one][1]:
            used[_name(row)] = row
    return Known(tuple(elements), np.array([reached[one][0] for one in elements]), tuple(used.values()))


def distribution(extractant: str, volume_percent: float, elements: Sequence[str]) -> Known:
    """Return a and b of log10 D = a pH + b (2, element) of an extractant at a strength, % by volume."""
    found = {
        row["element"]: row
        for row in _mine("distribution", extractant)
        if abs(float(row["volume_percent"]) - volume_percent) < 1e-9
    }
    lacking = [one for one in elements if one not in found]
    if lacking or not elements:
        there = sorted({f"{row['element']} at {row['volume_percent']} %" for row in _mine("distribution", extractant)})
        raise PlantError(
            f"no distribution of {', '.join(lacking) or 'nothing'} by {extractant} at {volume_percent:g} % is known; "
            f"there are {', '.join(there)}"
        )
    taken = tuple(found[one] for one in elements)
    values = np.array([[float(row[name]) for row in taken] for name in ("a", "b")])
    return Known(tuple(elements), values, taken)


UNITS = ("separate", "separate_all")  # kinds of unit whose usual factors are these
TIMED = (*UNITS, "separate_by_acid")
BASE, EXTRACTANT = "La", "P507"
PRACTICE = {"mixer": "mixer_time", "settler": "settler_time", "acid": "strip_acid"}
IN_UNITS = {"mixer_time": "min", "settler_time": "min", "strip_acid": "mol/mol"}
SURE = ("fetched", "excerpt", "derived", "code", "judgement", "recalled")  # the last is the least sure


def usual_rows() -> tuple[Row, ...]:
    """Return rows of usual values that units of extraction take from these tables, in the columns of ``parameters``.

    Factors are products of pairs from lanthanum on, each as sure as the least sure of its pairs.
    """
    joined = {row["heavier"] for row in rows("separation_factors") if row["extractant"] == EXTRACTANT} | {BASE}
    found: list[Row] = []
    for name in sorted(joined):
        known = factors(EXTRACTANT, (BASE, name)) if name != BASE else Known((BASE,), np.ones(1), ())
        pairs = "; ".join(f"{_name(row)} {row['value']}: {row['source']}" for row in known.rows)
        sure = max((row["verification"] for row in known.rows), key=SURE.index, default="derived")
        found += [
            {"unit": unit, "parameter": "factor", "of": name, "value": repr(float(known.values[-1])), "low": "",
             "high": "", "unit_of_measure": "1", "scope": f"{EXTRACTANT} in chloride, product of pairs",
             "source": pairs or "the base", "year": "", "verification": sure}
            for unit in UNITS
        ]  # fmt: skip
    for name, parameter in PRACTICE.items():
        row = practice(name)
        found += [
            {"unit": unit, "parameter": parameter, "of": "", "value": row["value"], "low": row["low"],
             "high": row["high"], "unit_of_measure": IN_UNITS[parameter], "scope": row["conditions"],
             "source": row["source"], "year": row["year"], "verification": row["verification"]}
            for unit in TIMED
            if not (unit not in UNITS and parameter == "strip_acid")
        ]  # fmt: skip
    return tuple(found)


def practice(name: str) -> Row:
    """Return a row of usual practice: ``mixer`` and ``settler`` (minutes), ``base`` and ``acid`` (mol a mol)."""
    for row in rows("practice"):
        if row["name"] == name:
            return row
    raise PlantError(f"no usual practice '{name}'; there are {', '.join(row['name'] for row in rows('practice'))}")
