"""From a pack to demand, urban mine and other metals: the engines in their order, once or for draws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from chumbak.pack import Pack
from chumbak.pack.arrays import inputs
from chumbak.stocks import demand as demand_engine
from chumbak.stocks import other_metals as metals_engine
from chumbak.stocks import urban_mine as urban_mine_engine

PARTIAL = ("exports", "metal_recovery")  # of which some products, some metals have a figure; the engines select
ATTRIBUTES = (*demand_engine.INPUTS, *urban_mine_engine.INPUTS, *metals_engine.INPUTS)


def compute(pack: Pack, deviates: Mapping[str, np.ndarray] | None = None) -> xr.Dataset:
    """Return everything the engines say, over all years of the pack; with deviates, over ``draw`` as well.

    Variables are those of ``stocks.demand``, ``stocks.urban_mine`` and ``stocks.other_metals``.
    """
    given = inputs(pack, ATTRIBUTES, deviates)
    products = pack.nouns.ids("products")
    spread_of = [pack.nouns.cell("products", product, "spread") for product in products]
    given["spread_of"] = xr.DataArray(spread_of, dims="product", coords={"product": products})
    routes = pack.nouns.column("routes", "recovers_magnets")
    recovers = [float(answer == "yes") for answer in routes.values()]
    given["recovers"] = xr.DataArray(recovers, dims="route", coords={"route": list(routes)})
    # Arithmetic would quietly drop labels that differ. An option of xarray that forbids it holds for all threads.
    xr.align(*(array for name, array in given.items() if name not in PARTIAL), join="exact", copy=False)
    needed = demand_engine.demand(given)
    mine = urban_mine_engine.urban_mine(given["sales"], needed, given)
    formal = (given["route"] * given["recovers"]).sum("route")
    metals = metals_engine.other_metals(mine.goods_end_of_life, formal, given)
    result = xr.merge([needed, mine, metals], join="exact", combine_attrs="drop_conflicts")
    result.attrs |= {"place": pack.place, "scenario": pack.scenario, "years": "calendar years"}
    return result
