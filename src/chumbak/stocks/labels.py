"""Labels of arrays: nothing is aligned in silence.

xarray drops labels that only one of two arrays has. Here every mismatch is an error that names what is
missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

Array = npt.NDArray[np.float64]

_NAMED_AT_MOST = 10
MOST_YEARS = 10_000


def listed(labels: Iterable[object]) -> str:
    """Name the first few labels, and count the others."""
    names = [str(label) for label in labels]
    more = f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else ""
    return ", ".join(names[:_NAMED_AT_MOST]) + more


def where(coords: Sequence[tuple[Hashable, Sequence[object]]], position: Sequence[int]) -> str:
    """Say a position in words: ``product motor, year 2024``."""
    return ", ".join(f"{dim} {labels[i]}" for (dim, labels), i in zip(coords, position, strict=True))


def labels_of(array: xr.DataArray, dim: Hashable) -> Sequence[object]:
    """Labels along ``dim``; its positions where it has no coordinate."""
    if dim in array.indexes:
        return list(array.indexes[dim])
    return range(array.sizes[dim])


def first_fault(array: xr.DataArray, fault: npt.NDArray[np.bool_]) -> tuple[float, str] | None:
    """Value and place (in words, empty for a plain number) of the first cell where ``fault`` holds."""
    if not fault.any():
        return None
    position = np.unravel_index(int(fault.argmax()), fault.shape)
    named = [(dim, labels_of(array, dim)) for dim in array.dims]
    return float(array.values[position]), where(named, [int(i) for i in position])


def check_array(array: object, what: str) -> None:
    """Refuse what is no labelled array of numbers, or has an empty dimension or a label twice.

    Raises:
        TypeError: not a DataArray.
        ValueError: not of numbers, an empty dimension, a repeated label; names it.

    """
    if not isinstance(array, xr.DataArray):
        raise TypeError(f"{what} must be a labelled xarray.DataArray, not a {type(array).__name__}.")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{what} must hold numbers, not {array.dtype}.")
    for dim in array.dims:
        if not array.sizes[dim]:
            raise ValueError(f"{what} has nothing along {dim}.")
        if dim in array.indexes and not array.indexes[dim].is_unique:
            twice = array.indexes[dim][array.indexes[dim].duplicated()]
            raise ValueError(f"{what}: {dim} {listed(twice[:1])} stands twice.")


def matched(array: xr.DataArray, like: xr.DataArray, dims: Iterable[Hashable], what: str) -> xr.DataArray:
    """Put ``array`` into the order of ``like`` along ``dims``.

    Raises:
        ValueError: a label of one is missing in the other, or only one of the two is labelled.

    """
    for dim in dims:
        if (dim in array.indexes) != (dim in like.indexes):
            raise ValueError(f"{what}: only one side has labels along {dim}; label both or neither.")
        if dim not in array.indexes:
            if array.sizes[dim] != like.sizes[dim]:
                raise ValueError(
                    f"{what}: {dim} has {array.sizes[dim]} entries, {like.sizes[dim]} are needed; label both."
                )
            continue
        have, need = array.indexes[dim], like.indexes[dim]
        if have.equals(need):
            continue
        if not have.is_unique:
            raise ValueError(f"{what}: {dim} {listed(have[have.duplicated()].unique())} appears twice.")
        if missing := [label for label in need if label not in have]:
            raise ValueError(f"{what}: no value for {dim} {listed(missing)}.")
        if surplus := [label for label in have if label not in need]:
            raise ValueError(
                f"{what}: {dim} {listed(surplus)} has no counterpart; take it out, or add it to the other side."
            )
        array = array.sel({dim: need})
    return array


def covering(array: xr.DataArray, dim: str, years: npt.NDArray[np.int64], what: str) -> xr.DataArray:
    """Take ``years`` out of ``array`` along ``dim`` (``year`` or ``cohort``).

    Raises:
        ValueError: some of the years are missing, or the dimension has no labels.

    """
    if dim not in array.indexes:
        raise ValueError(f"{what}: dimension {dim} needs a coordinate of years.")
    have = array.indexes[dim]
    if not have.is_unique:
        raise ValueError(f"{what}: {dim} {listed(have[have.duplicated()].unique())} appears twice.")
    if missing := [int(year) for year in years if year not in have]:
        raise ValueError(f"{what}: no value for {dim} {listed(missing)}.")
    return array.sel({dim: years})


def whole_years(array: xr.DataArray, dim: str, what: str) -> npt.NDArray[np.int64]:
    """Return the years along ``dim``.

    Raises:
        ValueError: there is no such dimension, no coordinate, its labels are not whole numbers, or there are more
            than 10,000 of them (a square of years and cohorts is worked on).

    """
    if dim not in array.dims:
        raise ValueError(f"{what} needs a dimension {dim}; it has {listed(array.dims) or 'none'}.")
    if dim not in array.indexes or np.asarray(array.indexes[dim]).dtype.kind not in "iu":
        raise ValueError(f"{what}: {dim} must be labelled with whole years such as 2024.")
    if array.sizes[dim] > MOST_YEARS:
        raise ValueError(f"{what}: {array.sizes[dim]} labels along {dim}; at most {MOST_YEARS} are taken.")
    return np.asarray(array.indexes[dim], dtype=np.int64)


def consecutive_years(array: xr.DataArray, what: str) -> npt.NDArray[np.int64]:
    """Return the years along ``year``; they must follow one another without a gap.

    Raises:
        ValueError: as :func:`whole_years`; or the years have gaps, repeat, or are not in order.

    """
    years = whole_years(array, "year", what)
    if (jumps := np.flatnonzero(np.diff(years) != 1)).size:
        before, after = years[jumps[0]], years[jumps[0] + 1]
        raise ValueError(f"{what}: years must be consecutive, but {after} follows {before}.")
    return years


def quantities(array: xr.DataArray, what: str, *, negative: bool = False) -> xr.DataArray:
    """Return ``array`` as floats, once it is known to hold finite numbers (none below zero unless
    ``negative``).

    Raises:
        ValueError: a value is NaN, infinite or (without ``negative``) below zero; names value, product and
            year.

    """
    array = array.astype(np.float64, copy=False)
    # Two cheap passes without a temporary; only a fault pays for finding its place.
    values = array.values
    lowest, highest = (values.min(), values.max()) if values.size else (0.0, 0.0)
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        value, place = first_fault(array, ~np.isfinite(values)) or (np.nan, "")
        raise ValueError(f"{what} is {value} at {place}; every value must be a finite number.")
    if lowest < 0 and not negative:
        value, place = first_fault(array, values < 0) or (np.nan, "")
        raise ValueError(f"{what} is negative ({value:g}) at {place}.")
    return array
