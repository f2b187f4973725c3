"""Demand for magnets: what goods sold hold, what home makers need, what comes inside imported parts.

    sold         = sales x share with rare-earth magnets x magnet mass          (by product and year of sale)
    made at home = sold x share made at home
    embedded     = sold - made at home
    exported     = exports x share with rare-earth magnets x magnet mass

*Made at home* is the need that home magnet plants could serve: magnets bought bare by makers in the country.
All masses are gross tonnes of finished magnet a year; elements are contained tonnes.
"""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

INPUTS = (
    "sales", "exports", "magnet_mass", "penetration", "grade_share", "content", "home_share", "swarf_share",
)  # fmt: skip


def demand(given: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Return demand by product, grade family and element in the three definitions, and exports beside them.

    ``given`` holds ``INPUTS`` over ``product``, ``grade``, ``element``, ``year`` (and ``draw``), units counted
    goods, t and fractions; ``exports`` over the products that have a figure. Variables, t/year:

    - ``sold``, ``made_at_home``, ``embedded_imports`` (product, year)
    - ``exported`` (product_exported: those with a figure, year)
    - ``sold_by_grade`` (product, grade, year), ``sold_by_element`` (product, element, year)
    - ``swarf`` (product, year): what machining the magnets of ``made_at_home`` at home would turn to swarf

    and ``composition`` (product, element, year): mass fractions of the product's magnets of that year of sale.
    """
    per_unit = given["penetration"] * given["magnet_mass"]
    sold = given["sales"] * per_unit
    made_at_home = sold * given["home_share"]
    exports = given["exports"]
    exported = exports * per_unit.sel(product=exports["product"])
    magnetic = given["content"].sel(element=present(given["content"]))
    composition = xr.dot(given["grade_share"], magnetic, dim="grade")
    result = xr.Dataset(
        {
            "sold": sold,
            "made_at_home": made_at_home,
            "embedded_imports": sold - made_at_home,
            "exported": exported.rename(product="product_exported"),
            "sold_by_grade": sold * given["grade_share"],
            "sold_by_element": sold * composition,
            "swarf": made_at_home * given["swarf_share"] / (1 - given["swarf_share"]),
            "composition": composition,
        }
    )
    for name, (units, long_name) in _ATTRS.items():
        result[name].attrs = {"units": units, "long_name": long_name}
    return result


def present(content: xr.DataArray) -> list[str]:
    """Return the elements that some magnet holds."""
    others = [dim for dim in content.dims if dim != "element"]
    return [str(name) for name in content["element"].values[(content > 0).any(others).values]]


_ATTRS = {
    "sold": ("t/year", "magnets in goods sold, gross"),
    "made_at_home": ("t/year", "magnets in goods sold whose magnet-bearing part is made at home, gross"),
    "embedded_imports": ("t/year", "magnets inside imported parts and goods sold, gross"),
    "exported": ("t/year", "magnets in goods made for export, gross"),
    "sold_by_grade": ("t/year", "magnets in goods sold by grade family, gross"),
    "sold_by_element": ("t/year", "elements contained in magnets of goods sold"),
    "swarf": ("t/year", "swarf of machining the magnets of goods made at home, gross"),
    "composition": ("1", "mass fraction of the element in the product's magnets by year of sale"),
}
