"""Where a case gets its figures: by attribute and labels, with everything that is missing told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.pack.faults import Faults
from chumbak.pack.schema import attributes
from chumbak.pack.tables import Nouns

MILLION = 1e6


class Lookup:
    """Figures by attribute and labels; what is missing is gathered, and raised together."""

    def __init__(self, nouns: Nouns, given: Mapping[str, xr.DataArray], years: np.ndarray, pack: str) -> None:
        self.nouns, self.years, self.faults, self.pack = nouns, years, Faults(), pack
        self._missed: set[str] = set()
        self._given = {name: array.sel(year=years) if "year" in array.dims else array for name, array in given.items()}
        self._at = {  # a case asks for thousands of figures one by one: by position that is quick, by label it is not
            name: {dim: {str(label): at for at, label in enumerate(array[dim].values)} for dim in array.dims}
            for name, array in self._given.items()
        }

    def has(self, name: str, **labels: str) -> bool:
        """Say whether the pack has the figure."""
        return self._row(name, labels) is not None

    def find(self, name: str, **labels: str) -> np.ndarray:
        """Return a figure over the years, or NaN where there is none."""
        row = self._row(name, labels)
        return np.broadcast_to(np.nan if row is None else row, len(self.years)).astype(float)

    def _row(self, name: str, labels: Mapping[str, str]) -> np.ndarray | None:
        """Return what the pack has under these labels, over the dimensions they leave; None if it lacks any of it."""
        values, places = self._given[name].values, self._at[name]
        if values.size == 0 or any(label not in places[dim] for dim, label in labels.items()):
            return None
        row = values[tuple(places[dim][labels[str(dim)]] if dim in labels else slice(None) for dim in places)]
        return None if np.isnan(row).any() else row

    def need(self, name: str, why: str, **labels: str) -> np.ndarray:
        """Return a figure over the years; if the pack lacks it, note that with the reason why it is needed."""
        if not self.has(name, **labels):
            key = attributes()[name].key(**labels)
            if key in self._missed:
                return self.find(name, **labels)
            self._missed.add(key)
            what = f"the plan needs the figure '{key}' ({why}), and the pack has none"
            self.faults.add((self.pack, 0), "key", "missing-figure", what, "Add a row for it to a table of figures.")
        return self.find(name, **labels)

    def number(self, name: str, why: str, **labels: str) -> float:
        """Return a figure that holds for all years."""
        return float(self.need(name, why, **labels)[0])

    def all(self, name: str, dim: str, labels: Sequence[str]) -> np.ndarray:
        """Return a required attribute over the labels of its noun."""
        found: np.ndarray = self._given[name].sel({dim: list(labels)}).values.astype(float)
        return found


@dataclass(frozen=True, eq=False)
class Setting:
    """What a case is built from beside the figures: the answer's own numbers, and which regions to plan by.

    ``chain`` compiled; ``output`` (project, year) of projects; ``need`` (product, grade, year) t; ``used`` (product,
    year) t of used goods as the chain counts them; ``spread`` (product, place) where they arise; ``rung_need`` (stage,
    element, grade, year) and ``activity`` (process, grade, year) per t of finished magnet.
    """

    place: str
    scenario: str
    pack: str
    currency: str
    price_year: int
    base_year: int
    last_year: int
    chain: xr.Dataset
    output: xr.DataArray
    need: xr.DataArray
    used: xr.DataArray
    spread: xr.DataArray
    rung_need: xr.DataArray
    activity: xr.DataArray
