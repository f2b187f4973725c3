"""The urban mine: magnets in goods in use, what reaches end of life each year, what routes give back.

Goods live by cohorts (``inflow_driven``): sold in the middle of a year, Weibull survival, stock at year's end.
Composition belongs to the year of sale, so each element is a flow of its own and no block of year x cohort x
product x element is built: what leaves in 2040 is what went in.

    recoverable today = end of life x share on routes that recover magnets x recovery today
    recoverable full  = end of life x best recovery                            (everything collected)
"""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from chumbak.stocks.flows import inflow_driven
from chumbak.stocks.survival import Weibull

INPUTS = ("lifetime_mean", "lifetime_shape", "route", "recovery_today", "recovery_best", "spread")


def urban_mine(sales: xr.DataArray, needed: xr.Dataset, given: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Return what society holds and what it gives back, by product, grade, element and place.

    ``sales`` (product, year) are counted goods; ``needed`` is what ``demand`` returns; ``given`` holds
    ``INPUTS`` with ``recovers`` (route, 1 or 0) and ``spread_of`` (product, name of the spread). Variables:

    - ``goods_end_of_life`` (product, year), counted goods
    - ``in_use``, ``end_of_life``, ``recoverable_today``, ``recoverable_full`` (product, year), t of magnet
    - ``end_of_life_by_grade`` (product, grade, year), t/year
    - ``end_of_life_by_element``, ``today_by_element``, ``full_by_element`` (product, element, year), contained t
    - ``end_of_life_by_place``, ``full_by_place`` (place, year), t of magnet
    """
    lifetime = Weibull.from_mean(given["lifetime_mean"], given["lifetime_shape"])
    elements = inflow_driven(needed.sold_by_element, lifetime)
    by_grade = inflow_driven(needed.sold_by_grade, lifetime).outflow
    by_element = elements.outflow
    end_of_life = by_element.sum("element")
    today = (given["route"] * given["recovers"]).sum("route") * given["recovery_today"]
    spread = given["spread"].sel(spread=given["spread_of"])
    result = xr.Dataset(
        {
            "goods_end_of_life": inflow_driven(sales, lifetime).outflow,
            "in_use": elements.stock.sum("element"),
            "end_of_life": end_of_life,
            "recoverable_today": end_of_life * today,
            "recoverable_full": end_of_life * given["recovery_best"],
            "end_of_life_by_grade": by_grade,
            "end_of_life_by_element": by_element,
            "today_by_element": by_element * today,
            "full_by_element": by_element * given["recovery_best"],
            "end_of_life_by_place": xr.dot(end_of_life, spread, dim="product"),
            "full_by_place": xr.dot(end_of_life * given["recovery_best"], spread, dim="product"),
        }
    ).drop_vars("spread", errors="ignore")
    for name, (units, long_name) in _ATTRS.items():
        result[name].attrs = {"units": units, "long_name": long_name}
    result.attrs["convention"] = (
        "goods enter in the middle of the year, Weibull survival, what dies in its first year leaves in it; "
        "stock at the end of the year; composition of the year of sale"
    )
    return result


_ATTRS = {
    "goods_end_of_life": ("count/year", "goods reaching end of life, counted as sold"),
    "in_use": ("t", "magnets in goods in use at the end of the year, gross"),
    "end_of_life": ("t/year", "magnets in goods reaching end of life, gross"),
    "recoverable_today": ("t/year", "magnets that today's routes recover, gross"),
    "recoverable_full": ("t/year", "magnets that full collection and the best dismantling would recover, gross"),
    "end_of_life_by_grade": ("t/year", "magnets in goods reaching end of life by grade family, gross"),
    "end_of_life_by_element": ("t/year", "elements contained in magnets reaching end of life"),
    "today_by_element": ("t/year", "elements contained in magnets that today's routes recover"),
    "full_by_element": ("t/year", "elements contained in magnets that full collection would recover"),
    "end_of_life_by_place": ("t/year", "magnets in goods reaching end of life by place, gross"),
    "full_by_place": ("t/year", "magnets that full collection would recover by place, gross"),
}
