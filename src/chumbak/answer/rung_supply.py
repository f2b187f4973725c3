"""Supply on the rungs: what projects hand on at each rung, by status, in tonnes, by element and by grade.

An integrated plant counts on every rung it covers, with what its own magnets ask for there. Recyclers' oxide counts
at separation, as far as what today's routes recover and their own capacity go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import xarray as xr

from chumbak.answer.supply_chain import SupplyChain
from chumbak.chain.materials import FINISHED
from chumbak.chain.recipes import BY_FEED
from chumbak.chain.requirements import STOP
from chumbak.chain.supply import COUNTED
from chumbak.pack import Pack


def supply_by_rung(
    pack: Pack, chain: SupplyChain, stages: list[str], elements: list[str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return supply by (status, stage), gross t/year, and contained by element."""
    blank = 0 * chain.need.isel(definition=0, grade=0, drop=True)
    gross = {(status, stage): blank for status in COUNTED for stage in stages}
    held = {(status, stage): blank.expand_dims(element=elements) for status in COUNTED for stage in stages}
    for project, cells in pack.nouns.tables["projects"].items():
        if cells["status"] not in COUNTED or cells["stage"] not in stages:
            continue
        output = chain.output.sel(project=project, drop=True)
        for stage, tonnes, contained in _on_rungs(chain, output, cells, stages, elements):
            gross[cells["status"], stage] = gross[cells["status"], stage] + tonnes
            held[cells["status"], stage] = held[cells["status"], stage] + contained
    return _stacked(gross, stages), _stacked(held, stages)


def _on_rungs(
    chain: SupplyChain, output: xr.DataArray, cells: Mapping[str, str], stages: list[str], elements: list[str]
) -> list[tuple[str, xr.DataArray, xr.DataArray]]:
    """Return, for each rung a project covers, what it hands on there: gross, and contained by element."""
    compiled = chain.chain
    materials, grades = _materials(compiled, cells["material"])
    if not all(grades):  # oxide, metal or ore: one material
        held = output * compiled.composition.sel(material=materials[0], element=elements).reset_coords(drop=True)
        return [(cells["stage"], output, held)]
    mix = _mix(chain, grades)
    if cells["stage"] not in chain.rungs["stage"].values or not _is_finished(compiled, materials):
        composition = compiled.composition.sel(material=materials, element=elements).reset_coords(drop=True)
        composition = composition.assign_coords(material=grades).rename(material="grade")
        return [(cells["stage"], output, output * xr.dot(mix, composition, dim="grade"))]
    covered = stages[stages.index(cells["from_stage"] or cells["stage"]) : stages.index(cells["stage"]) + 1]
    handed_on = xr.dot(chain.rungs.handed_on.sel(grade=grades), mix, dim="grade")
    found = []
    for stage in covered:
        made = _made_by(compiled, handed_on, stage, cells["takes"], elements)
        held = compiled.composition.sel(material=made["material"].values, element=elements).reset_coords(drop=True)
        found.append((stage, output * made.sum("material"), output * xr.dot(made, held, dim="material")))
    return found


def _made_by(
    compiled: xr.Dataset, handed_on: xr.DataArray, stage: str, takes: str, elements: list[str]
) -> xr.DataArray:
    """Return what an integrated plant hands on of a rung's materials, per tonne of its magnets, (material, ...).

    One that takes in a certain oxide makes metal of the elements in it alone, and buys the others; its alloys and
    magnets are its own whatever metal they hold.
    """
    materials = handed_on["material"].values
    kept = materials[compiled["material_stage"].sel(material=materials).values == stage]
    if takes:
        held = (compiled.composition.sel(element=elements) > 0).any(
            [dim for dim in ("draw", "year") if dim in compiled.dims]
        )
        others = held.sel(material=kept) & ~held.sel(material=takes, drop=True)
        graded = compiled["material_grade"].sel(material=kept).values != ""
        kept = kept[graded | ~others.any("element").values]
    return handed_on.sel(material=kept).reset_coords(drop=True)


def supply_by_grade(pack: Pack, chain: SupplyChain) -> xr.DataArray:
    """Return what plants of finished magnets turn out, (status, grade, [draw], year) in t/year.

    A plant that can make several grades makes them as they are needed.
    """
    blank = 0 * chain.need.isel(definition=0, drop=True)
    by_status = dict.fromkeys(COUNTED, blank)
    for project, cells in pack.nouns.tables["projects"].items():
        materials, grades = _materials(chain.chain, cells["material"])
        if cells["status"] in COUNTED and all(grades) and _is_finished(chain.chain, materials):
            made = chain.output.sel(project=project, drop=True) * _mix(chain, grades)
            by_status[cells["status"]] = by_status[cells["status"]] + made.reindex(grade=blank["grade"], fill_value=0.0)
    dim = xr.IndexVariable("status", list(COUNTED))
    found: xr.DataArray = xr.concat([by_status[status] for status in COUNTED], dim=dim, coords="minimal")
    return found


def _materials(compiled: xr.Dataset, name: str) -> tuple[np.ndarray, list[str]]:
    """Return the materials that a material or template stands for, and the grade of each ("" for none)."""
    rows = (compiled["material_template"].values == name) | (compiled["material"].values == name)
    materials = compiled["material"].values[rows]
    return materials, [str(grade) for grade in compiled["material_grade"].sel(material=materials).values]


def _mix(chain: SupplyChain, grades: list[str]) -> xr.DataArray:
    """Return the shares in which a plant makes several grades: as makers in the country need them."""
    need = chain.need.sel(definition="made_at_home", grade=grades, drop=True)
    total = need.sum("grade")
    mix: xr.DataArray = (need / total.where(total > 0)).fillna(1 / len(grades))
    return mix


def _is_finished(compiled: xr.Dataset, materials: np.ndarray) -> bool:
    forms = compiled["material_form"].sel(material=materials).values
    return bool(np.isin(forms, FINISHED).all())


def _stacked(parts: Mapping[tuple[str, str], xr.DataArray], stages: list[str]) -> xr.DataArray:
    by_status = [
        xr.concat([parts[status, stage] for stage in stages], dim=xr.IndexVariable("stage", stages), coords="minimal")
        for status in COUNTED
    ]
    return xr.concat(by_status, dim=xr.IndexVariable("status", list(COUNTED)), coords="minimal")


def recycled_oxide(
    pack: Pack, data: xr.Dataset, chain: SupplyChain, elements: list[str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return what recyclers of each status add at separation, contained by element and as oxide, t/year.

    They take what today's routes recover, up to their capacity, surer projects first.
    """
    feed = data.recoverable_today
    total = feed.sum("product")
    capacity = [_recycling_capacity(pack, chain, status, total) for status in COUNTED]
    cumulative = xr.concat(capacity, dim=xr.IndexVariable("status", list(COUNTED)), coords="minimal").cumsum("status")
    taken = np.minimum(cumulative, total)
    taken = taken - taken.shift(status=1, fill_value=0.0)
    share = (feed / total.where(total > 0)).fillna(0.0)
    won, oxide = _won_from_magnets(chain, elements, share)
    return taken * won, taken * oxide


def _recycling_capacity(pack: Pack, chain: SupplyChain, status: str, like: xr.DataArray) -> xr.DataArray:
    names = [
        name for name, cells in pack.nouns.tables["projects"].items()
        if cells["stage"] == "recycling" and cells["status"] == status
    ]  # fmt: skip
    total = chain.output.sel(project=names).sum("project") if names else xr.zeros_like(like)
    return total.broadcast_like(like)


def _won_from_magnets(
    chain: SupplyChain, elements: list[str], share: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return what a tonne of dismantled magnets gives as separated oxide: contained by element, and gross.

    ``share`` (product, ...) says whose magnets they are. Where several processes turn magnets of a product into
    oxide, they share them evenly.
    """
    compiled = chain.chain
    stage, form = (_by_material(compiled, name) for name in ("material_stage", "material_form"))
    names = ("process", "process_main", "process_driven", "process_product")
    rows = zip(*(compiled[name].values.tolist() for name in names), strict=True)
    product = {name: of for name, main, driven, of in rows if driven in BY_FEED and form[main] == "dismantled"}
    ends = zip(compiled["flow_process"].values.tolist(), compiled["flow_material"].values.tolist(), strict=True)
    flows = [
        (at, process, material)
        for at, (process, material) in enumerate(ends)
        if process in product and stage[material] == STOP
    ]
    if not flows:
        nothing = 0 * share.isel(product=0, drop=True)
        return nothing.expand_dims(element=elements), nothing
    positions, processes, materials = (list(column) for column in zip(*flows, strict=True))
    routes = Counter(product[name] for name in set(processes))
    evenly = xr.DataArray([1 / routes[product[name]] for name in processes], dims="flow")
    of_flow = xr.DataArray([product[name] for name in processes], dims="flow")
    amount = compiled.coefficient.isel(flow=positions).reset_coords(drop=True)
    amount = amount * evenly * share.sel(product=of_flow).drop_vars("product")
    held = compiled.composition.sel(material=xr.DataArray(materials, dims="flow"), element=elements)
    return xr.dot(amount, held.reset_coords(drop=True), dim="flow"), amount.sum("flow")


def _by_material(compiled: xr.Dataset, name: str) -> dict[str, str]:
    return dict(zip(compiled["material"].values.tolist(), compiled[name].values.tolist(), strict=True))
