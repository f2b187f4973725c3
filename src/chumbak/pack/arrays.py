"""From entries to labelled arrays: what engines take.

An attribute with the pattern ``product.{product}.grade_share.{grade}`` becomes an array over ``product``,
``grade`` and, for a series, ``year``; with deviates given it has a leading ``draw`` dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from chumbak.pack.draws import drawn, normalise
from chumbak.pack.figures import money_unit
from chumbak.pack.schema import PLACEHOLDERS, Attribute, attributes

if TYPE_CHECKING:
    from chumbak.pack.entries import Entry
    from chumbak.pack.pack import Pack


def array(pack: Pack, name: str, deviates: Mapping[str, np.ndarray] | None = None) -> xr.DataArray:
    """Return the attribute ``name`` of the pack over its nouns, and ``year`` if it is a series.

    ``deviates`` gives a standard normal deviate for each draw, by key (see ``draws.deviates``); the result then
    starts with dimension ``draw``. Units are in ``attrs["units"]`` (per counted unit of the product where the
    schema says count; by the measure of the record where it says measure). Attributes that are not required hold
    only the nouns that have a figure; members of a split that are not named have share 0. What was observed is
    NaN in years without a row, and is not drawn; NaN is also what an optional figure of two nouns has where only
    other pairs have one, and what a claimed project has of which no more is said.
    """
    attribute = attributes()[name]
    entries = pack.by_attribute.get(name, ())
    coords: dict[str, list[Any]] = {noun: _labels(pack, attribute, noun) for noun in attribute.placeholders}
    dims = list(attribute.placeholders)
    years = _years(pack, attribute, entries)
    if years is not None:
        coords["year"] = years.tolist()
        dims.append("year")
    draws = 0 if deviates is None else len(next(iter(deviates.values())))
    shape = [len(coords[dim]) for dim in dims]
    may_lack = attribute.gaps or attribute.counted or not (attribute.required or attribute.sparse)
    numbers = np.full([draws, *shape] if draws else shape, np.nan if may_lack else 0.0)
    ranged = np.zeros(shape, dtype=bool)
    filled = np.zeros([len(coords[noun]) for noun in attribute.placeholders], dtype=bool)
    position = {noun: {label: at for at, label in enumerate(coords[noun])} for noun in attribute.placeholders}
    for entry in entries:
        index: tuple[Any, ...] = tuple(position[noun][entry.indices[noun]] for noun in attribute.placeholders)
        if attribute.kind == "observed":
            assert years is not None
            assert entry.years is not None
            numbers[(..., *index, entry.years - years[0])] = entry.value
            continue
        numbers[(slice(None), *index) if draws else index] = drawn(entry, years, deviates)
        ranged[index] = entry.has_range
        filled[index] = True
    assert filled.all() or attribute.sparse or may_lack, f"{name}: the checks of the pack let a gap through"
    if attribute.sums_over and draws:
        central = array(pack, name).values
        numbers = normalise(numbers, central, ranged, axis=1 + dims.index(attribute.sums_over))
    if name == "content":
        _balance(pack, numbers, dims, coords, leading=bool(draws))
    if draws:
        dims, coords = ["draw", *dims], {"draw": list(range(draws)), **coords}
    unit = money_unit(attribute.unit, pack.currency, pack.price_year)
    attrs = {"units": unit, "long_name": attribute.long_name}
    return xr.DataArray(numbers, dims=dims, coords=coords, name=name, attrs=attrs)


def _years(pack: Pack, attribute: Attribute, entries: Sequence[Entry]) -> np.ndarray | None:
    """Return the years of an attribute: the pack's; for what was observed, from the first to the last seen."""
    if attribute.kind == "number":
        return None
    seen = [entry.years for entry in entries if entry.years is not None]
    if attribute.kind == "series" or not seen:
        return pack.years
    return np.arange(min(years[0] for years in seen), max(years[-1] for years in seen) + 1)


def _balance(pack: Pack, numbers: np.ndarray, dims: list[str], coords: Mapping[str, list[Any]], leading: bool) -> None:
    """Give each grade's balance element what the others leave, so that fractions sum to one by construction.

    Others that were drawn to more than the whole are divided by their sum, and leave nothing.
    """
    by_grade = np.moveaxis(numbers, [leading + dims.index("grade"), leading + dims.index("element")], [0, 1])
    for at, grade in enumerate(coords["grade"]):
        balance = coords["element"].index(pack.nouns.cell("grades", grade, "balance"))
        by_grade[at] /= np.maximum(by_grade[at].sum(axis=0), 1.0)
        by_grade[at, balance] = 1 - by_grade[at].sum(axis=0)


def inputs(
    pack: Pack, names: Iterable[str], deviates: Mapping[str, np.ndarray] | None = None
) -> dict[str, xr.DataArray]:
    """Return several attributes by name.

    They are no Dataset: ``route`` and ``spread`` are called like a dimension of theirs, and a Dataset would fill
    the labels that an optional attribute lacks.
    """
    return {name: array(pack, name, deviates) for name in names}


def _labels(pack: Pack, attribute: Attribute, noun: str) -> list[str]:
    known = pack.nouns.ids(PLACEHOLDERS[noun]) if noun in PLACEHOLDERS else None
    if known is not None and (attribute.required or attribute.sparse):
        return known
    used = {entry.indices[noun] for entry in pack.by_attribute.get(attribute.name, ())}
    return [label for label in known if label in used] if known is not None else sorted(used)
