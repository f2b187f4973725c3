"""Are the tonnes of the thing named? What a kilogram cost says.

A tariff line may hold more than its name. A line for "permanent magnets of metal" that also takes ferrite cores shows
a few dollars a kilogram, where rare-earth magnets sell at several tens: its tonnes are not tonnes of rare-earth magnet,
and shares by mass are shares in something else.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from chumbak.risk.reasons import ORIGIN, numbers, positions, year_at


def unit_value(value: xr.DataArray, mass: xr.DataArray) -> xr.Dataset:
    """Return what a kilogram cost, USD/kg, from imports in USD and in t over ``origin`` and other dimensions.

    ``by_origin``; and ``all_origins`` over those whose value and mass are both recorded. NaN where no mass is.
    """
    value, mass = xr.align(numbers(value, "value"), numbers(mass, "mass"), join="inner")
    known = value.notnull() & (mass > 0)
    by_origin = value.where(known) / (1000 * mass.where(known))
    paid, bought = (part.where(known).sum(ORIGIN, min_count=1) for part in (value, mass))
    units = {"units": "USD/kg"}
    return xr.Dataset(
        {
            "by_origin": by_origin.assign_attrs(units, long_name="value of a kilogram imported, by origin"),
            "all_origins": (paid / (1000 * bought)).assign_attrs(units, long_name="value of a kilogram imported"),
        }
    )


def warnings(per_kilogram: xr.DataArray, least: float, thing: str) -> xr.DataArray:
    """Return a warning wherever a kilogram cost less than ``least`` USD, else ''.

    ``per_kilogram`` is in USD, over any dimensions; ``thing`` names what the record is taken for.
    """
    text = np.full(per_kilogram.shape, "", dtype=object)
    for at in positions(per_kilogram < least):
        text[at] = (
            f"Its tonnes are not tonnes of {thing}: a kilogram cost USD {per_kilogram.values[at]:.2f}"
            f"{year_at(per_kilogram, at)}, and {thing} cost no less than USD {least:g}. Go by value."
        )
    return per_kilogram.copy(data=text).assign_attrs(units="text", long_name="warning on the tonnes")
