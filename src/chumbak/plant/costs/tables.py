"""The tables that costs rest on, as they stand in ``data/costs``; and the small checks that every cost makes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt

from chumbak.plant.errors import PlantError

Array = npt.NDArray[np.float64]
Number = float | Array  # one number, or one for every draw


def text(name: str) -> str:
    """Return the text of a file of ``data/costs``."""
    return files("chumbak.plant").joinpath("data/costs", name).read_text(encoding="utf-8")


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a table of ``data/costs``."""
    return tuple(csv.DictReader(StringIO(text(name))))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint: the nearest of the names known, or all of them when they are few."""
    names = sorted(known)
    near = get_close_matches(name, names, 1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; there are {', '.join(names)}" if len(names) <= 60 else f"; there are {len(names)} known"


def number(value: Any, what: str, least: float = -np.inf, most: float = np.inf) -> Number:
    """Return a finite number, or one for every draw, that lies in its range. Raises ``PlantError``."""
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise PlantError(f"{what} is {value!r}; it must be a number") from None
    # A list is a file's, and a slip there; draws come as an array.
    if isinstance(value, bool | list | tuple) or found.ndim > 1 or not found.size or not np.isfinite(found).all():
        raise PlantError(f"{what} is {value!r}; it must be one finite number, or one for every draw")
    if (found < least).any() or (found > most).any():
        worst = float(found.min() if (found < least).any() else found.max())
        between = f"between {least:g} and {most:g}" if np.isfinite(most) else f"{least:g} or more"
        raise PlantError(f"{what} is {worst:g}; it must be {between}")
    return float(found) if found.ndim == 0 else found


def known(value: Any) -> bool:
    """Return whether a cell or a setting says anything."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def total(amounts: Iterable[Number]) -> Number:
    """Return the sum of amounts, each one number or one for every draw."""
    found: Number = 0.0
    for one in amounts:
        found = found + one
    return found


def middle(amount: Number) -> float:
    """Return an amount, or the mean of its draws, for a sentence."""
    return float(np.mean(amount))
