"""One calculation of stocks and flows: checked, as plain arrays, and back to labelled results."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.stocks.cohorts import fill_stock, leaving_by_cohort, stock_blocks, survival_by_age, survival_by_cohort
from chumbak.stocks.convolution import in_threads
from chumbak.stocks.labels import Array, check_array, consecutive_years, listed, matched, quantities, whole_years
from chumbak.stocks.layout import Layout, Years
from chumbak.stocks.survival import Entry, Lifetime, Moments, entry_moments

# A stock that falls short of what survives by less than this share of the largest stock so far is rounding.
_ROUNDING = 1e-12
_BLOCK_BYTES = 32_000_000  # for the blocks over years and cohorts of one thread

_LONG_NAMES = {
    "stock": "stock at the end of the year",
    "inflow": "inflow during the year",
    "outflow": "outflow during the year",
    "stock_by_cohort": "stock at the end of the year, by year of entry",
    "outflow_by_cohort": "outflow during the year, by year of entry",
}


def per_cell(values: Array) -> Array:
    """Turn (shared, years, own, other) into (cells, years, other)."""
    return values.swapaxes(1, 2).reshape(-1, values.shape[1], values.shape[3])


@dataclass(frozen=True, eq=False)
class Case:
    """Lifetime and initial stock as plain arrays that fit the flow, once all labels are checked."""

    layout: Layout
    lifetime: Lifetime
    parameters: Mapping[str, Array]
    years: Years
    old: Years  # initial cohorts
    initial: Array  # (shared, initial cohorts, other)
    moments: Moments
    attrs: Mapping[str, str]

    @classmethod
    def of(cls, flow: xr.DataArray, lifetime: Lifetime, entry: Entry, initial: xr.DataArray | None, what: str) -> Case:
        """Check everything but the values of the flow.

        Raises:
            ValueError: see :func:`chumbak.stocks.inflow_driven`.

        """
        check_array(flow, what)
        if not isinstance(lifetime, Lifetime):
            raise TypeError(f"lifetime must be a Weibull, Normal ... of this package, not {lifetime!r}.")
        years = consecutive_years(flow, what)
        layout = Layout.of(flow, lifetime, what)
        old = np.empty(0, dtype=np.int64)
        old_stock = np.empty((layout.size(layout.shared), 0, layout.size(layout.other)))
        if initial is not None:
            check_array(initial, "initial")
            initial = _checked_initial(initial, flow, int(years[0]), what)
            old = whole_years(initial, "cohort", "initial")
            old_stock = layout.plain(initial, "cohort")
        lasting = np.concatenate([old, years])
        moments = entry_moments(entry)
        lifetime.check_ages(float(years[-1] - lasting[0]) + max(age for age, _ in moments))
        return cls(
            layout=layout,
            lifetime=lifetime,
            parameters=layout.parameters(lifetime, lasting, years),
            years=years,
            old=old,
            initial=old_stock,
            moments=moments,
            attrs={
                "units": str(flow.attrs.get("units", "1")),
                "entry": str(entry),
                "lifetime": type(lifetime).__name__,
            },
        )

    @property
    def varies(self) -> bool:
        """Say whether survival depends on more than age."""
        return any({"cohort", "year"} & set(value.dims) for value in self.lifetime.parameters().values())

    @property
    def cohorts(self) -> Years:
        """Initial cohorts and years of the flow."""
        return np.concatenate([self.old, self.years])

    @property
    def given_order(self) -> list[Hashable]:
        """Axes of the plain flow that was given."""
        return [*self.layout.shared, "year", *self.layout.other]

    def survival_by_age(self) -> Array:
        """S[k] as (shared, years, own)."""
        own = self.layout.size(self.layout.own)
        return survival_by_age(self.lifetime, self.parameters, len(self.years), own, self.moments)

    def survival_by_cohort(self, cells: slice, cohorts: Years) -> Array:
        """S as (cells, years, cohorts)."""
        return survival_by_cohort(self.lifetime, self.parameters, cells, self.years, cohorts, self.moments)

    def initial_part(self) -> tuple[Array, Array]:
        """What is left of the initial stock, and what leaves it, as (shared, years, own, other)."""
        shape = (self.layout.cells, len(self.years), self.initial.shape[2])
        left, lost = np.empty(shape), np.empty(shape)

        def work(cells: slice) -> None:
            survival = self.survival_by_cohort(cells, self.old)
            old = self.initial[self.layout.group_of(cells)]
            left[cells] = survival @ old
            lost[cells] = -np.diff(survival, axis=1, prepend=1.0) @ old

        in_threads(work, shape[0], _cells_at_once(len(self.years) * len(self.old)))
        return self.from_cells(left), self.from_cells(lost)

    def by_cohort(
        self, flow: Array, given: str, *, cohorts: bool = False, shrink: str = "allow"
    ) -> dict[str, xr.DataArray]:
        """Results by matrix products over years and cohorts, a few cells at a time."""
        shape = (self.layout.cells, len(self.years), flow.shape[2])
        names = ["stock" if given == "inflow" else "inflow", "outflow"]
        results = {name: np.empty(shape) for name in names}
        block = (*shape[:2], len(self.cohorts), shape[2])
        blocks = {name: np.empty(block) for name in ("stock_by_cohort", "outflow_by_cohort") if cohorts}

        def work(cells: slice) -> None:
            group = self.layout.group_of(cells)
            survival = self.survival_by_cohort(cells, self.cohorts)
            old, kept = self.initial[group], None
            if given == "inflow":
                entered = np.concatenate([old, flow[group]], axis=1)
                lost = leaving_by_cohort(survival, np.ones((1, survival.shape[2])))
                found, outflow = survival @ entered, lost @ entered
            else:
                found, outflow, kept = self._filled(survival, flow, cells, shrink)
                entered = np.concatenate([old, found], axis=1)
            results[names[0]][cells], results["outflow"][cells] = found, outflow
            if cohorts:
                blocks["stock_by_cohort"][cells], blocks["outflow_by_cohort"][cells] = stock_blocks(
                    survival, entered, kept if shrink == "early-retire" else None
                )

        in_threads(work, shape[0], _cells_at_once(shape[1] * block[2] * (1 + shape[2] * cohorts)))
        cells = (*self.layout.shared, *self.layout.own)
        totals = {
            name: self.layout.labelled(values, [*cells, "year", *self.layout.other], {"year": self.years})
            for name, values in results.items()
        }
        time = {"year": self.years, "cohort": self.cohorts}
        details = {
            name: self.layout.labelled(values, [*cells, "year", "cohort", *self.layout.other], time)
            for name, values in blocks.items()
        }
        return totals | details

    def _filled(self, survival: Array, target: Array, cells: slice, shrink: str) -> tuple[Array, Array, Array]:
        """Inflow, outflow and share kept that make the stock, for some cells."""
        group = self.layout.group_of(cells)
        years = np.arange(len(self.years))
        first = survival[:, years, years + len(self.old), None]
        self.refuse_zero(first, cells)
        inflow, outflow, kept = fill_stock(
            survival, target[group], self.initial[group], early_retire=shrink == "early-retire"
        )
        if shrink == "error":
            self.shrinks(inflow, first, target, cells, refuse=True)
            inflow, outflow = np.maximum(inflow, 0), np.maximum(outflow, 0)
        return inflow, outflow, kept

    def refuse_zero(self, first: Array, cells: slice) -> None:
        """Refuse a first-year survival (cells, years, 1) of zero: no inflow could then make a stock."""
        zero = np.argwhere(first[..., 0] == 0)
        if zero.size:
            cell, year = zero[0]
            name = self.layout.name_of(cells.start + int(cell)) or "this stock"
            raise ValueError(
                f"No inflow can make the stock of {name} in {self.years[year]}: nothing survives its year of entry "
                f"(entry {self.attrs['entry']}). Use a longer life, or points spread over the year (entry=8)."
            )

    def shrinks(self, inflow: Array, first: Array, target: Array, cells: slice, *, refuse: bool) -> bool:
        """Say whether any stock (cells, years, other) falls faster than goods die, beyond rounding."""
        if inflow.min(initial=0.0) >= 0:
            return False
        group = self.layout.group_of(cells)
        largest = np.maximum(np.maximum.accumulate(target, axis=1), self.initial.sum(axis=1, keepdims=True))
        gap = -inflow * first
        fault = np.argwhere(gap > _ROUNDING * largest[group])
        if fault.size and refuse:
            cell, year, other = (int(i) for i in fault[0])
            name = self.layout.name_of(cells.start + cell, other)
            raise ValueError(
                f"The stock{' of ' + name if name else ''} falls faster than goods die in {self.years[year]}: "
                f"{gap[cell, year, other]:g} more survives than the stock is to hold. Choose shrink='early-retire' "
                "(goods are given up early) or shrink='allow' (negative inflow)."
            )
        return bool(fault.size)

    def from_cells(self, values: Array) -> Array:
        """Turn (cells, years, other) into (shared, years, own, other)."""
        return values.reshape(-1, self.layout.size(self.layout.own), *values.shape[1:]).swapaxes(1, 2)

    def labelled(self, values: Array) -> xr.DataArray:
        """Label (shared, years, own, other)."""
        order = [*self.layout.shared, "year", *self.layout.own, *self.layout.other]
        return self.layout.labelled(values, order, {"year": self.years})

    def dataset(self, variables: Mapping[str, xr.DataArray]) -> xr.Dataset:
        """Put the results together, in a fixed order, with units and the convention."""
        named = {name: variables[name] for name in _LONG_NAMES if name in variables}
        for name, array in named.items():
            array.attrs = {"units": self.attrs["units"], "long_name": _LONG_NAMES[name]}
        return xr.Dataset(
            named,
            attrs={
                "convention": "stock at year's end; flows are totals of the year",
                "entry": self.attrs["entry"],
                "lifetime": self.attrs["lifetime"],
                "survival": "S(t, c): share of the inflow of year c in stock at the end of year t = SF(t - c + a), "
                "a = 1, 0.5, 0 for entry at start, middle, end, or SF averaged over n Gauss-Lobatto points",
            },
        )


def _cells_at_once(numbers: int) -> int:
    """How many cells one thread takes at a time, given the size of the blocks of one (it needs two of each)."""
    return max(1, _BLOCK_BYTES // (16 * numbers))


def _checked_initial(initial: xr.DataArray, flow: xr.DataArray, first: int, what: str) -> xr.DataArray:
    """Check the initial stock and put its labels in order, the oldest cohort first."""
    old = whole_years(initial, "cohort", "initial")
    needed = {dim for dim in flow.dims if dim != "year"}
    if {*initial.dims} - {"cohort"} != needed:
        expected = listed(["cohort", *(dim for dim in flow.dims if dim != "year")])
        raise ValueError(
            f"initial has dimensions {listed(initial.dims)}; it needs {expected}, as the {what} has. "
            "Amounts are not copied along a dimension in silence; expand_dims does it if that is meant."
        )
    if (late := old[old >= first]).size:
        raise ValueError(f"initial: cohorts must lie before the first year {first}; {listed(late)} do not.")
    return matched(quantities(initial, "initial stock"), flow, needed, "initial").sortby("cohort")
