"""Route shares and rungs: which way each need goes, and what passes from one rung of the chain to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import xarray as xr

from chumbak.chain.processes import BY_FEED, STOP
from chumbak.chain.requirements import requirements, takes_part

INPUTS = ("route_share", "route_share_grade")


def route_shares(
    chain: xr.Dataset, given: Mapping[str, xr.DataArray], stop: str | None = STOP
) -> dict[str, xr.DataArray]:
    """Return the share of every process that takes part and has a figure, by process, over ``year`` (and ``draw``).

    ``given`` holds ``INPUTS``: shares by process template, and by template and grade, which come first.
    """
    of_all, of_grade = given["route_share"], given["route_share_grade"]
    found = {}
    members = takes_part(chain, stop)
    rows = zip(chain["process"].values, chain["process_template"].values, chain["process_grade"].values, strict=True)
    for process, template, grade in rows:
        if process not in members:
            continue
        if template in of_grade["process"].values and grade in of_grade["grade"].values:
            share = of_grade.sel(process=template, grade=grade, drop=True)
            if bool(share.notnull().all()):
                found[str(process)] = share
        if str(process) not in found and template in of_all["process"].values:
            found[str(process)] = of_all.sel(process=template, drop=True)
    return found


def rung_needs(chain: xr.Dataset, found: xr.Dataset) -> xr.Dataset:
    """Return what every rung has to hand on, from what ``requirements`` returned.

    What a rung hands on is what processes of other rungs and the final need ask of its materials, less what comes
    back to it from recycling inside the chain. Variables, t/year: ``handed_on`` (material), ``need_stage`` (stage)
    gross, ``need_element`` (stage, element) contained; rungs from separation on.
    """
    materials = found["material"].values
    stage_of = chain["material_stage"].sel(material=materials).reset_coords(drop=True)
    handed_on = (found.asked - found.within - found.returned).where(stage_of != "", 0.0)
    stages = chain["stage"].values.tolist()
    order = [stage for stage in stages[stages.index(STOP) :] if stage in stage_of.values]
    is_of = (stage_of == xr.DataArray(order, dims="stage", coords={"stage": order})).astype(float)
    by_stage = handed_on * is_of
    composition = chain.composition.sel(material=materials).reset_coords(drop=True)
    result = xr.Dataset(
        {
            "handed_on": handed_on,
            "need_stage": by_stage.sum("material"),
            "need_element": xr.dot(by_stage, composition, dim="material"),
        }
    )
    result.handed_on.attrs = {"units": "t/year", "long_name": "what the material's rung hands on of it, gross"}
    result.need_stage.attrs = {"units": "t/year", "long_name": "what the rung has to hand on, gross"}
    result.need_element.attrs = {"units": "t/year", "long_name": "elements contained in what the rung has to hand on"}
    return result


def ore_yields(chain: xr.Dataset, shares: Mapping[str, xr.DataArray]) -> xr.DataArray | None:
    """Return the elements that separated oxides hold per tonne of ore, (element, [draw], year) in t per t.

    Ore is what the first rung hands on. All oxides of the separation process with most by-products count, each with
    what it recovers; None where no process of the chain leads from ore to oxide.
    """
    rows = zip(*(chain[name].values.tolist() for name in ("process", "process_stage", "process_driven")), strict=True)
    candidates = {name for name, stage, driven in rows if stage == STOP and driven not in BY_FEED}
    flows = Counter(name for name in chain["flow_process"].values.tolist() if name in candidates)
    if not flows:
        return None
    splitting = flows.most_common(1)[0][0]
    chain = _up_to(chain, STOP)
    coords = {"slot": [str(chain["process_slot"].sel(process=splitting).item())], "year": chain["year"]}
    one = xr.DataArray(np.ones((1, chain.sizes["year"])), dims=("slot", "year"), coords=coords)
    shares = {name: share for name, share in shares.items() if name in chain["process"].values}
    found = requirements(chain, one, shares, stop=None)
    materials = found["material"].values
    stage = chain["material_stage"].sel(material=materials).reset_coords(drop=True)
    ore = found.asked.where(stage == chain["stage"].values[0], 0).sum("material")
    if float(ore.max()) <= 0:
        return None
    oxides = (found.turned_out + found.made).where(stage == STOP, 0)
    composition = chain.composition.sel(material=materials).reset_coords(drop=True)
    yields: xr.DataArray = xr.dot(oxides, composition, dim="material") / ore
    return yields


def _up_to(chain: xr.Dataset, stage: str) -> xr.Dataset:
    """Return the chain with the processes of this rung and of those before it alone."""
    order = chain["stage"].values.tolist()
    kept = chain["process"].values[np.isin(chain["process_stage"].values, order[: order.index(stage) + 1])]
    return chain.sel(process=kept).isel(flow=np.isin(chain["flow_process"].values, kept))
