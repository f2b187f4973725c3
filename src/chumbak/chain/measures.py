"""Shared measures: how far a country makes for itself what it needs, rung by rung and along the chain."""

from __future__ import annotations

import xarray as xr


def self_reliance(home: xr.DataArray, need: xr.DataArray) -> xr.DataArray:
    """Return min(1, home / need), element by element; missing (NaN) where nothing is needed.

    ``home`` is output that stays in the country and ``need`` what the rung has to hand on, both contained t/year
    of the same element: never tonnes of mixed oxide, where cheap elements flatter.
    """
    return (home / need.where(need > 0)).clip(max=1.0)


def along_the_chain(by_stage: xr.DataArray, segregated: bool = True) -> xr.DataArray:
    """Return the share of need met by magnets whose oxide, metal, alloy and magnet were all made at home.

    ``by_stage`` (stage, ...) is the self-reliance of each rung, in the order of the chain. With home material kept
    apart from foreign (``segregated``) the share is the least of the rungs. Well mixed, what a rung takes in holds the
    home share of the rung before in proportion,

        share = r[last] * product of min(1, r[i] / r[i + 1]),

    which is never more than the least.
    """
    if segregated:
        return by_stage.min("stage", skipna=False)
    share = by_stage.isel(stage=-1, drop=True)
    for at in range(by_stage.sizes["stage"] - 1, 0, -1):
        before, after = by_stage.isel(stage=at - 1, drop=True), by_stage.isel(stage=at, drop=True)
        share = share * (before / after.where(after > 0, 1.0)).clip(max=1.0)
    return share


def weakest(by_element: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the least over ``element`` and the element it belongs to; elements that are not needed do not count."""
    filled = by_element.fillna(2.0)  # above any share, so that it is never the least
    name = filled.idxmin("element")
    least = by_element.min("element")
    return least, name.where(least.notnull(), "")
