"""Two tables of the answer in brief: what the devices of a household hold, and whether recyclers have feed.

Each row is one of the single questions ``device`` and ``catchment``, asked once for every device and every recycler.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.catchment import catchment
from chumbak.answer.device import device
from chumbak.answer.finding import Finding
from chumbak.chain.supply import COUNTED
from chumbak.pack import Pack

REACH_KM = 300.0
NUMBERS = (  # of a device, as ``device`` calls them
    "magnet", "magnet_low", "magnet_high", "worth_total", "worth_low", "worth_high", "worth_today", "worth_best",
)  # fmt: skip


def devices(pack: Pack) -> Finding:
    """Return what each product holds that is counted in items and whose other parts are known.

    Variables over ``product``: ``NUMBERS``, in grams and in the pack's money for one unit.
    """
    held = {entry.indices["product"] for entry in pack.entries.values() if entry.attribute.name == "holds"}
    names = [
        name for name, unit in pack.nouns.column("products", "counted_in").items() if unit == "item" and name in held
    ]
    found = [device(pack, name) for name in names]
    coords = {"product": names}
    data = xr.Dataset(
        {
            name: xr.DataArray([float(one.data[name]) for one in found], dims="product", coords=coords,
                               attrs=found[0].data[name].attrs)
            for name in NUMBERS
        }
    ) if found else xr.Dataset()  # fmt: skip
    data.attrs = {"convention": found[0].data.attrs["convention"]} if found else {}
    return Finding("devices", data, tuple(dict.fromkeys(figure for one in found for figure in one.figures)))


def catchments(pack: Pack, data: xr.Dataset) -> Finding:
    """Return the feed within reach of every recycler that stands, is being built or is announced, with a place.

    Variables over ``project`` and ``year``: ``today``, ``full`` (t/year of magnet within ``REACH_KM``), ``capacity``
    (t/year of all of the way back within reach, claims left out).
    """
    rows = {
        name: cells["place"]
        for name, cells in pack.nouns.tables["projects"].items()
        if cells["stage"] == "recycling" and cells["place"] and cells["status"] in COUNTED
    }
    found = {name: catchment(pack, data, place, REACH_KM).data for name, place in rows.items()}
    if not found:
        return Finding("catchments", xr.Dataset(), ())
    dim = xr.IndexVariable("project", list(found))
    table = xr.Dataset(
        {
            name: xr.concat(
                [one.feed.sel(collection=name, drop=True).sum("product") for one in found.values()], dim=dim
            )
            for name in ("today", "full")
        }
    )
    counted = [one.capacity.sel(status=list(COUNTED)).sum("status") for one in found.values()]
    table["capacity"] = xr.concat(counted, dim=dim)
    for name, (units, long_name) in _ATTRS.items():
        table[name].attrs = {"units": units, "long_name": long_name}
    table.attrs = {"within_km": REACH_KM, "convention": next(iter(found.values())).attrs["convention"]}
    return Finding("catchments", table.reset_coords(drop=True), ())


def devices_document(finding: Finding) -> dict[str, dict[str, float | None]]:
    """Return product -> number -> value; None where it is not known."""
    data = finding.data
    return {
        str(product): {name: _plain(data[name].sel(product=product)) for name in NUMBERS}
        for product in data["product"].values
    } if data else {}  # fmt: skip


def catchments_document(finding: Finding) -> dict[str, dict[str, Any]]:
    """Return project -> what -> year -> t/year."""
    data = finding.data
    return {
        str(project): {
            f"{name}_t": {str(year): _plain(data[name].sel(project=project, year=year)) for year in data["year"].values}
            for name in _ATTRS
        }
        for project in data["project"].values
    } if data else {}  # fmt: skip


def _plain(number: xr.DataArray) -> float | None:
    return None if np.isnan(float(number)) else round(float(number), 6) + 0.0


_ATTRS = {
    "today": ("t/year", "magnets that today's routes recover within reach of the recycler, gross"),
    "full": ("t/year", "magnets that full collection would recover within reach of the recycler, gross"),
    "capacity": ("t/year", "capacity of the way back within reach, without claims"),
}
