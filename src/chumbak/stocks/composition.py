"""From goods to elements: what leaves has the composition of the year it was made."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chumbak.stocks.labels import covering, listed, matched, quantities, whole_years


def elements(outflow_by_cohort: xr.DataArray, composition: xr.DataArray) -> xr.DataArray:
    """Element content of a flow (or stock) of which the years of entry are known.

    content(t, e, ...) = sum over c of outflow_by_cohort(t, c, ...) * composition(c, e, ...)

    Args:
        outflow_by_cohort: over ``year``, ``cohort`` and any other dimensions (product, draw ...), as returned
            by :func:`inflow_driven` with ``cohorts=True``.
        composition: over ``cohort``, ``element`` and any other dimensions, finite and not negative: kg of
            element in one unit of the flow. It may cover more cohorts than needed, but no product more or
            less.

    Returns:
        Over (year, the flow's other dimensions, those only the composition has). Only ``cohort`` is summed
        over, by matrix products: no array of year x cohort x product x element arises. Its units are the
        product of both.

    Raises:
        ValueError: a dimension is lacking, labels do not match (names the missing ones), a value is not a
            number or a composition is negative.

    """
    for needed, array, what in (
        (("year", "cohort"), outflow_by_cohort, "outflow_by_cohort"),
        (("cohort", "element"), composition, "composition"),
    ):
        if lacking := [dim for dim in needed if dim not in array.dims]:
            raise ValueError(f"{what} needs dimension {listed(lacking)}; it has {listed(array.dims)}.")
    if "year" in composition.dims:
        raise ValueError("composition must not have dimension year: it belongs to the cohort.")
    flow = quantities(outflow_by_cohort, "outflow_by_cohort", negative=True)
    content = covering(composition, "cohort", whole_years(flow, "cohort", "outflow_by_cohort"), "composition")
    shared = [dim for dim in flow.dims if dim in content.dims and dim != "cohort"]
    content = matched(quantities(content, "composition"), flow, shared, "composition")
    own = [dim for dim in flow.dims if dim not in (*shared, "cohort")]
    new = [dim for dim in content.dims if dim not in (*shared, "cohort")]
    left = flow.transpose(*shared, *own, "cohort")
    right = content.transpose(*shared, "cohort", *new)
    groups, cohorts = [flow.sizes[dim] for dim in shared], flow.sizes["cohort"]
    product = left.values.reshape(*groups, -1, cohorts) @ right.values.reshape(*groups, cohorts, -1)
    units = [str(array.attrs["units"]) for array in (flow, composition) if array.attrs.get("units", "1") != "1"]
    coords = {
        name: coord
        for array in (content, flow)
        for name, coord in array.coords.items()
        if "cohort" not in (name, *coord.dims)
    }
    sizes = [*left.shape[:-1], *right.shape[len(shared) + 1 :]]
    return xr.DataArray(
        np.ascontiguousarray(product).reshape(sizes),
        coords=coords,
        dims=[*shared, *own, *new],
        name="element_content",
        attrs={
            "units": " * ".join(units) or "1",
            "long_name": "element content, by composition of the year of entry",
        },
    ).transpose("year", *(dim for dim in flow.dims if dim not in ("year", "cohort")), *new)
