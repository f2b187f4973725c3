"""The audit: every element of every process balances, checked by code that built nothing.

It reads finished results alone: of the chain amounts of flows times compositions, summed by process, what goes in
against what comes out and is lost; of requirements what the activities turn out and take in, summed by material and by
element over the whole system.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

TOLERANCE = 1e-9


class AuditError(AssertionError):
    """An element does not balance: a fault of the program, not of the pack."""


def imbalance(chain: xr.Dataset) -> xr.DataArray:
    """Return |in - out - loss| over what goes in (1e-6 t per t at least), (process, element).

    The largest over years and draws stands for all of them.
    """
    rest = tuple(dim for dim in ("draw", "year") if dim in chain.coefficient.dims)
    composition = chain.composition.transpose("material", "element", *rest).values
    coefficient = chain.coefficient.transpose("flow", *rest).values
    loss = chain.loss.transpose("process", "element", *rest).values
    material_at = {name: at for at, name in enumerate(chain["material"].values)}
    flows: dict[str, list[tuple[int, int]]] = {name: [] for name in chain["process"].values}
    ends = zip(chain["flow_process"].values, chain["flow_material"].values, strict=True)
    for flow, (process, material) in enumerate(ends):
        flows[process].append((flow, material_at[material]))
    off = np.empty((chain.sizes["process"], chain.sizes["element"]))
    for at, process in enumerate(chain["process"].values):  # one by one: all at once would fill the memory
        into, out = np.zeros_like(loss[at]), np.zeros_like(loss[at])
        for flow, material in flows[process]:
            side = out if coefficient[flow].max() > 0 else into
            side += np.abs(coefficient[flow])[None] * composition[material]
        gap = np.abs(into - out - loss[at]) / np.maximum(into, 1e-6)
        off[at] = gap.reshape(len(gap), -1).max(axis=1)
    attrs = {"units": "1", "long_name": "what does not balance, relative to what goes in"}
    coords = {dim: chain[dim].values for dim in ("process", "element")}
    return xr.DataArray(off, dims=("process", "element"), coords=coords, attrs=attrs)


def audit(chain: xr.Dataset) -> float:
    """Return the largest imbalance of a compiled chain.

    Compositions have to sum to one and losses to be no less than zero, like the balance within ``TOLERANCE``.
    Raises ``AuditError`` where they do not.
    """
    off = imbalance(chain)
    worst = float(off.values.max())
    if not worst <= TOLERANCE:  # NaN is no balance either
        place = np.unravel_index(int(np.argmax(np.nan_to_num(off.values, nan=np.inf))), off.shape)
        process, element = off["process"].values[place[0]], off["element"].values[place[1]]
        raise AuditError(f"{element} does not balance in process '{process}': {worst:.2g} of what goes in.")
    whole = chain.composition.sum("element", skipna=False)
    apart = float(np.abs(whole - 1).where(whole != 0, 0).values.max())  # of what was never sold there is no composition
    if not apart <= TOLERANCE:
        raise AuditError(f"A composition is missing, or {apart:.2g} off the whole.")
    if not float(chain.loss.values.min()) >= -TOLERANCE:
        raise AuditError(f"A loss is below zero: {float(chain.loss.min()):.2g} t per t.")
    return worst


def audit_requirements(chain: xr.Dataset, found: xr.Dataset, need: xr.DataArray) -> float:
    """Return the largest imbalance of what ``requirements`` found for ``need``, relative to all that is needed.

    Summed over processes from the chain's flows: what is made and bought of a material, less what is taken in and left,
    is its part of the final need, and the parts of a slot come to what is needed of it; elements in what is bought are
    in what is needed, left or lost. Raises ``AuditError`` beyond ``TOLERANCE``.
    """
    materials = found["material"].values.tolist()
    rest = [dim for dim in found.asked.dims if dim != "material"]
    amount, activity = _spread(chain.coefficient, "flow", rest), _spread(found.activity, "process", rest)
    material_at = {name: at for at, name in enumerate(materials)}
    process_at = {name: at for at, name in enumerate(found["process"].values.tolist())}
    values = np.zeros((len(materials), *activity.shape[1:]))
    ends = zip(chain["flow_process"].values.tolist(), chain["flow_material"].values.tolist(), strict=True)
    for flow, (process, material) in enumerate(ends):
        if process in process_at:
            values[material_at[material]] += amount[flow] * activity[process_at[process]]
    net = found.asked.transpose("material", *rest).copy(data=values)
    final = net + found.bought - found.left
    scale = max(float(need.sum("slot").max()), 1e-6)
    slots = dict(zip(chain["process_main"].values.tolist(), chain["process_slot"].values.tolist(), strict=True))
    slot_of = xr.DataArray([slots.get(name, name) for name in materials], dims="material", name="slot")
    served = final.reset_coords(drop=True).groupby(slot_of).sum().reindex(slot=need["slot"].values, fill_value=0.0)
    stray = final.where(~slot_of.isin(need["slot"].values), 0)
    composition = chain.composition.sel(material=materials).reset_coords(drop=True)
    elements = xr.dot(found.bought - final - found.left, composition, dim="material") - found.lost
    apart = [served - need, stray, final.clip(max=0), elements]
    worst = float(np.max([np.abs(off.values).max(initial=0.0) for off in apart])) / scale
    if not worst <= TOLERANCE:
        raise AuditError(f"What is required does not balance: {worst:.2g} of all that is needed.")
    return worst


def _spread(array: xr.DataArray, first: str, rest: list[str]) -> np.ndarray:
    """Return an array as (first, rest ...), with size 1 for what it has not."""
    values: np.ndarray = (
        array.expand_dims([dim for dim in rest if dim not in array.dims]).transpose(first, *rest).values
    )
    return values
