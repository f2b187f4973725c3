"""A score or the reason why there is none.

Nothing missing is filled in: where an input is missing, the score is NaN and a sentence names what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

ORIGIN = "origin"
_NAMED_AT_MOST = 8


@dataclass(frozen=True, eq=False)
class Score:
    """Numbers and, over the same dimensions, why there is none: empty where ``value`` is a number."""

    value: xr.DataArray
    why: xr.DataArray

    @classmethod
    def of(cls, value: xr.DataArray, *whys: xr.DataArray) -> Score:
        """Return ``value`` where no reason speaks against it, NaN with the reasons where one does."""
        why = joined(*whys)
        value, why = xr.broadcast(value, why)
        return cls(value.where(why == "").astype(float), why)


def numbers(array: xr.DataArray, what: str) -> xr.DataArray:
    """Return ``array`` once it is known to hold no negative or infinite number (NaN: not listed).

    Raises:
        ValueError: a number is negative or infinite, or an origin stands twice; names it.

    """
    if ORIGIN in array.indexes and not array.indexes[ORIGIN].is_unique:
        twice = array.indexes[ORIGIN][array.indexes[ORIGIN].duplicated()]
        raise ValueError(f"{what}: origin {twice[0]} stands twice; add its rows up or take one out.")
    if at := positions((array < 0) | np.isinf(array)):
        found = f"{array.values[at[0]]:g} ({place_of(array, at[0])})"
        raise ValueError(f"{what} must hold numbers not below zero, not {found}.")
    return array.astype(float)


def place_of(array: xr.DataArray, position: Sequence[int]) -> str:
    """Say a position in words: ``origin CHN, year 2024``."""
    return ", ".join(f"{dim} {label(array, dim, at)}" for dim, at in zip(array.dims, position, strict=True))


def positions(marked: xr.DataArray) -> list[tuple[int, ...]]:
    """Return the positions of an array of true and false that hold."""
    return [tuple(int(i) for i in at) for at in np.argwhere(marked.values)]


def label(array: xr.DataArray, dim: Hashable, at: int) -> object:
    """Return the label at a position, or the position where there is no coordinate."""
    return array[dim].values[at] if dim in array.coords else at


def like(array: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    """Return ``array`` on the origins and years of ``other``; NaN where it has none of them."""
    wanted: Mapping[Hashable, xr.DataArray] = {
        dim: other[dim] for dim in (ORIGIN, "year") if dim in array.dims and dim in other.dims
    }
    return array.reindex(wanted)


def missing_of(absent: xr.DataArray, what: str) -> xr.DataArray:
    """Return, over all but the origins, a sentence naming the origins for which ``what`` is missing, else ''."""
    spread = absent.transpose(..., ORIGIN)
    names = spread[ORIGIN].values
    return _sentences(
        spread.any(ORIGIN), lambda at: f"no {what} of {listed([str(name) for name in names[spread.values[at]]])}"
    )


def missing(absent: xr.DataArray, what: str) -> xr.DataArray:
    """Return a sentence saying that there is no ``what`` wherever ``absent`` holds, else ''."""
    return _sentences(absent, lambda at: f"no {what}")


def said(marked: xr.DataArray, sentence: str) -> xr.DataArray:
    """Return a sentence, without its full stop, wherever ``marked`` holds, else ''."""
    return _sentences(marked, lambda at: sentence)


def _sentences(marked: xr.DataArray, sentence: Callable[[tuple[int, ...]], str]) -> xr.DataArray:
    text = np.full(marked.shape, "", dtype=object)
    for at in positions(marked):
        words = sentence(at)
        text[at] = f"{words[0].upper()}{words[1:]}{year_at(marked, at)}."
    return marked.copy(data=text)


def year_at(array: xr.DataArray, position: Sequence[int]) -> str:
    """Return `` in 2024`` for a position that has a year, else ''."""
    years = [label(array, dim, at) for dim, at in zip(array.dims, position, strict=True) if dim == "year"]
    return f" in {years[0]}" if years else ""


def listed(names: Sequence[str]) -> str:
    """Name the first few, and count the others."""
    shown = ", ".join(names[:_NAMED_AT_MOST])
    more = len(names) - _NAMED_AT_MOST
    return f"{shown} and {more} more" if more > 0 else shown


def joined(*whys: xr.DataArray) -> xr.DataArray:
    """Return the reasons one after the other, each once; empty where there is none."""
    if not whys:
        return xr.DataArray("")

    def join(*said: str) -> str:
        return " ".join(dict.fromkeys(one for one in said if one))

    text: xr.DataArray = xr.apply_ufunc(join, *whys, vectorize=True, output_dtypes=[object])
    return text
