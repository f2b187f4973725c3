"""The other metals in used goods: boards, batteries, disks, whole handsets, beside the magnets.

    metal at end of life = goods at end of life x parts held x metal in the part

Contents are of the part as its source measured it and do not change by year of sale. What today's formal
pre-processing gives back is stated only for metals that have a figure.
"""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

INPUTS = ("holds", "item_content", "metal_recovery")


def other_metals(
    goods_end_of_life: xr.DataArray, formal: xr.DataArray, given: Mapping[str, xr.DataArray]
) -> xr.Dataset:
    """Return the metals in parts of goods reaching end of life.

    ``goods_end_of_life`` (product, year) counted goods; ``formal`` (product): share on routes that recover;
    ``given`` holds ``INPUTS``. Variables: ``metal_end_of_life`` (product, metal, year), contained t/year;
    ``metal_today`` (product, metal with a recovery figure, year), contained t/year.
    """
    per_unit = xr.dot(given["holds"], given["item_content"], dim="item")
    held = (per_unit > 0).any([dim for dim in per_unit.dims if dim not in ("product", "metal")])
    per_unit = per_unit.sel(product=held.any("metal"), metal=held.any("product"))
    end_of_life = goods_end_of_life.sel(product=per_unit["product"]) * per_unit
    known = [name for name in given["metal_recovery"]["metal"].values if name in per_unit["metal"].values]
    recovery = given["metal_recovery"].sel(metal=known)
    today = end_of_life.sel(metal=known) * formal.sel(product=per_unit["product"]) * recovery
    result = xr.Dataset(
        {"metal_end_of_life": end_of_life, "metal_today": today.rename(metal="metal_recovered")}
    ).rename(product="holder")
    result.metal_end_of_life.attrs = {
        "units": "t/year", "long_name": "other metals contained in goods reaching end of life",
    }  # fmt: skip
    result.metal_today.attrs = {
        "units": "t/year", "long_name": "other metals that today's formal routes give back",
    }  # fmt: skip
    return result
