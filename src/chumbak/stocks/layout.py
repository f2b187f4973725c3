"""How labelled flows and lifetimes become plain arrays, and come back labelled.

Dimensions fall in three groups: ``shared`` by flow and lifetime, ``own`` to the lifetime (draws, say),
``other`` (only in the flow: elements, say). Survival is computed on the first two alone. One combination of
shared and own labels is a *cell*; plain arrays are (shared, years, own, other) or (cells, years, other).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from chumbak.stocks.labels import Array, covering, labels_of, listed, matched, where
from chumbak.stocks.survival import Lifetime

Dims = tuple[Hashable, ...]
Years = npt.NDArray[np.int64]
_TIME: Dims = ("cohort", "year", "age")


@dataclass(frozen=True, eq=False)
class Layout:
    """The dimensions of one calculation: their groups, their labels, and the coordinates of the result."""

    flow_dims: Dims
    shared: Dims
    own: Dims
    other: Dims
    holders: Mapping[Hashable, xr.DataArray]  # by dimension, the array whose labels count
    coords: Mapping[Hashable, xr.DataArray]

    @classmethod
    def of(cls, flow: xr.DataArray, lifetime: Lifetime, what: str) -> Layout:
        """Work out the groups.

        Raises:
            ValueError: the flow has a dimension cohort or age, or labels of flow and lifetime do not match.

        """
        if reserved := [dim for dim in ("cohort", "age") if dim in flow.dims]:
            raise ValueError(f"{what} must not have a dimension {listed(reserved)}.")
        holders: dict[Hashable, xr.DataArray] = {dim: flow for dim in flow.dims if dim != "year"}
        flow_dims = tuple(holders)
        used: set[Hashable] = set()
        for name, value in lifetime.parameters().items():
            for dim in value.dims:
                if dim not in _TIME:
                    matched(value, holders.setdefault(dim, value), [dim], f"{type(lifetime).__name__} {name}")
                    used.add(dim)
        own = tuple(dim for dim in holders if dim not in flow_dims)
        coords = {name: coord for name, coord in flow.coords.items() if name != "year"}
        coords |= {dim: holders[dim].coords[dim] for dim in own if dim in holders[dim].coords}
        return cls(
            flow_dims=flow_dims,
            shared=tuple(dim for dim in flow_dims if dim in used),
            own=own,
            other=tuple(dim for dim in flow_dims if dim not in used),
            holders=holders,
            coords=coords,
        )

    def sizes(self, dims: Sequence[Hashable]) -> list[int]:
        """Count the labels along each of ``dims``."""
        return [self.holders[dim].sizes[dim] for dim in dims]

    def size(self, dims: Sequence[Hashable]) -> int:
        """Count the combinations of labels along ``dims``."""
        return math.prod(self.sizes(dims))

    @property
    def cells(self) -> int:
        """Count the survival curves."""
        return self.size(self.shared + self.own)

    def group_of(self, cells: slice) -> npt.NDArray[np.int64]:
        """Row of the (shared, years, other) arrays that each of these cells uses."""
        return np.arange(cells.start, cells.stop) // self.size(self.own)

    def plain(self, flow: xr.DataArray, time: str = "year") -> Array:
        """Copy a flow into an array (shared, time, other)."""
        values = flow.transpose(*self.shared, time, *self.other).values
        shape = (self.size(self.shared), flow.sizes[time], self.size(self.other))
        return np.array(values, dtype=np.float64, order="C").reshape(shape)

    def parameters(self, lifetime: Lifetime, cohorts: Years, years: Years) -> dict[str, Array]:
        """Parameters as arrays (cells, cohorts, years), each axis 1 where a parameter lacks it; tables add ages.

        Raises:
            ValueError: a parameter by cohort or by year does not cover all of them; names the missing.

        """
        plain = {}
        for name, value in lifetime.parameters().items():
            what = f"{type(lifetime).__name__} {name}"
            own_dims = [dim for dim in value.dims if dim not in _TIME]
            for dim in own_dims:
                value = matched(value, self.holders[dim], [dim], what)
            for time, needed in (("cohort", cohorts), ("year", years)):
                value = covering(value, time, needed, what) if time in value.dims else value.expand_dims(time)
            # A parameter common to all cells keeps a single row; any other gets one row for each cell.
            cell_dims = (*self.shared, *self.own) if own_dims else ()
            lacking = {dim: self.size([dim]) for dim in cell_dims if dim not in own_dims}
            ages = ["age"] if "age" in value.dims else []
            ordered = value.expand_dims(lacking).transpose(*cell_dims, "cohort", "year", *ages)
            values = ordered.values.astype(np.float64)
            plain[name] = values.reshape(self.size(cell_dims), *values.shape[len(cell_dims) :])
        return plain

    def labelled(self, values: Array, order: Sequence[Hashable], time: Mapping[str, Years]) -> xr.DataArray:
        """Label an array whose axes are ``order``, flattened or not; put years first, then the flow's order."""
        sizes = [len(time[str(dim)]) if dim in time else self.size([dim]) for dim in order]
        coords = {name: coord for name, coord in self.coords.items() if set(coord.dims) <= set(order)}
        array = xr.DataArray(values.reshape(sizes), coords=coords | dict(time), dims=tuple(order))
        return array.transpose(*time, *(dim for dim in (*self.flow_dims, *self.own) if dim in order))

    def name_of(self, cell: int, other: int = 0) -> str:
        """Name one series in words: ``product motor, element Nd``; empty if there is but one."""
        dims = (*self.shared, *self.own, *self.other)
        if not dims:
            return ""
        position = np.unravel_index(cell * self.size(self.other) + other, self.sizes(dims))
        named = [(dim, labels_of(self.holders[dim], dim)) for dim in dims]
        return where(named, [int(i) for i in position])
