"""The gap: what each rung needs, what stands, is being built and is announced, and what is lacking.

Needs are those of magnets in goods made at home, with the other two definitions beside. A rung's need is what it has
to hand on for them, swarf returned. Supply is what projects turn out for makers in the country. A plant that is
integrated counts on every rung it covers, with what its own magnets ask for there. Recyclers' oxide counts at
separation, as far as today's collection and their capacity go. Claims are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from chumbak.answer.finding import Finding
from chumbak.answer.supply_chain import INPUTS, SupplyChain, magnet_elements
from chumbak.chain.measures import along_the_chain, self_reliance, weakest
from chumbak.chain.recipes import BY_FEED
from chumbak.chain.requirements import STOP
from chumbak.chain.supply import COUNTED
from chumbak.pack import Pack

LIGHT_PAIR = ("Nd", "Pr")  # the headline: what every NdFeB magnet needs
CONVENTION = (
    "t/year; rungs in gross tonnes of what they hand on (ore concentrate, oxide, metal, alloy, finished magnet), "
    "elements contained; need of magnets in goods made at home unless said otherwise, swarf returned"
)


def gap_data(pack: Pack, data: xr.Dataset, chain: SupplyChain) -> xr.Dataset:
    """Return need, supply, what is lacking and self-reliance, over ``year`` (and ``draw``).

    Dimensions: ``definition`` (made_at_home, sold, embedded_imports), ``stage`` (rungs on the way out), ``grade``,
    ``element`` (rare earths of magnets), ``status`` (existing, committed, announced). Variables:

    - ``need`` (definition, stage), ``need_element`` (definition, stage, element), ``need_grade`` (definition, grade)
    - ``ore_for`` (element): ore concentrate that would hold enough of each element, each for itself alone
    - ``supply`` (status, stage), ``supply_element`` (status, stage, element): each status by itself
    - ``recycled_element`` (status, element): the recyclers' part of it, at separation
    - ``lacking`` (status, stage): need less supply of this status and surer ones
    - ``reliance`` (status, stage, element), ``reliance_ndpr``, ``reliance_weakest`` (status, stage): with surer ones
    - ``chain_element`` (status, element), ``chain_ndpr``, ``chain_weakest`` and ``chain_mixed`` (status): along the
      chain, segregated; ``chain_mixed`` is NdPr well mixed
    """
    elements = magnet_elements(pack)
    need = xr.dot(chain.rungs.need_stage, chain.need, dim="grade")
    need_element = xr.dot(chain.rungs.need_element.sel(element=elements), chain.need, dim="grade")
    ore = _ore(pack, chain, elements, need_element)
    if ore is not None:
        need = xr.concat([ore["need"], need], dim="stage")
        need_element = xr.concat([ore["need_element"], need_element], dim="stage")
    supply, supply_element = _supply(pack, chain, need["stage"].values.tolist(), elements)
    recycled, recycled_oxide = _recycled(pack, data, chain, elements)
    at_separation = xr.where(supply["stage"] == STOP, 1.0, 0.0)
    supply, supply_element = supply + recycled_oxide * at_separation, supply_element + recycled * at_separation
    home, home_element = supply.cumsum("status"), supply_element.cumsum("status")
    own, own_element = (
        need.sel(definition="made_at_home", drop=True),
        need_element.sel(definition="made_at_home", drop=True),
    )
    reliance = self_reliance(home_element, own_element)
    pair = [name for name in LIGHT_PAIR if name in elements]
    ndpr = self_reliance(home_element.sel(element=pair).sum("element"), own_element.sel(element=pair).sum("element"))
    least, scarce = weakest(reliance)
    rungs = [stage for stage in need["stage"].values if stage != pack.nouns.ids("stages")[0]]
    by_element = along_the_chain(reliance.sel(stage=rungs))
    chain_least, chain_scarce = weakest(by_element)
    found = xr.Dataset(
        {
            "need": need,
            "need_element": need_element,
            "need_grade": chain.need,
            **({"ore_for": ore["ore_for"]} if ore is not None else {}),
            "supply": supply,
            "supply_element": supply_element,
            "recycled_element": recycled,
            "lacking": (own - home).clip(min=0),
            "reliance": reliance,
            "reliance_ndpr": ndpr,
            "reliance_weakest": least,
            "weakest": scarce,
            "chain_element": by_element,
            "chain_ndpr": along_the_chain(ndpr.sel(stage=rungs)),
            "chain_mixed": along_the_chain(ndpr.sel(stage=rungs), segregated=False),
            "chain_weakest": chain_least,
            "chain_weakest_element": chain_scarce,
        }
    ).reset_coords(drop=True)
    for name, (units, long_name) in _ATTRS.items():
        if name in found:
            found[name].attrs = {"units": units, "long_name": long_name}
    found.attrs = {"convention": CONVENTION}
    return found


def gap(pack: Pack, data: xr.Dataset, chain: SupplyChain) -> Finding:
    """Return the gap as a finding; see ``gap_data``."""
    return Finding("gap", gap_data(pack, data, chain), tuple(pack.figures(INPUTS)))


def _ore(
    pack: Pack, chain: SupplyChain, elements: list[str], need_element: xr.DataArray
) -> dict[str, xr.DataArray] | None:
    """Return what mining would have to hand on: ore for NdPr, and for every element by itself."""
    if chain.ore_yield is None:
        return None
    mining = pack.nouns.ids("stages")[0]
    at_separation = need_element.sel(stage=STOP, drop=True)
    won = chain.ore_yield.sel(element=elements)
    ore_for = at_separation / won.where(won > 0)
    pair = [name for name in LIGHT_PAIR if name in elements]
    ore = ore_for.sel(element=pair).max("element")
    materials = chain.chain["material"].values[chain.chain["material_stage"].values == mining]
    content = chain.chain.composition.sel(material=materials[0], element=elements).reset_coords(drop=True)
    return {
        "ore_for": ore_for.sel(definition="made_at_home", drop=True),
        "need": ore.expand_dims(stage=[mining]),
        "need_element": (ore_for * content).fillna(0.0).expand_dims(stage=[mining]),
    }


def _supply(
    pack: Pack, chain: SupplyChain, stages: list[str], elements: list[str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return supply by status and rung, gross t/year and contained by element."""
    blank = (
        xr.zeros_like(chain.output.isel(project=0, drop=True))
        if chain.output.sizes["project"]
        else 0 * chain.need.isel(definition=0, grade=0, drop=True)
    )
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
    rows = compiled["material_template"].values == cells["material"]
    materials = compiled["material"].values[rows | (compiled["material"].values == cells["material"])]
    grades = [str(grade) for grade in compiled["material_grade"].sel(material=materials).values]
    if not all(grades):  # oxide, metal or ore: one material
        held = output * compiled.composition.sel(material=materials[0], element=elements).reset_coords(drop=True)
        return [(cells["stage"], output, held)]
    need = chain.need.sel(definition="made_at_home", grade=grades, drop=True)
    total = need.sum("grade")
    mix = (need / total.where(total > 0)).fillna(1 / len(grades))  # plants make what is asked for
    if cells["stage"] not in chain.rungs["stage"].values or not _is_finished(compiled, materials):
        composition = compiled.composition.sel(material=materials, element=elements).reset_coords(drop=True)
        composition = composition.assign_coords(material=grades).rename(material="grade")
        return [(cells["stage"], output, output * xr.dot(mix, composition, dim="grade"))]
    covered = stages[stages.index(cells["from_stage"] or cells["stage"]) : stages.index(cells["stage"]) + 1]
    rungs = chain.rungs.sel(grade=grades)
    return [
        (
            stage,
            output * xr.dot(rungs.need_stage.sel(stage=stage, drop=True), mix, dim="grade"),
            output * xr.dot(rungs.need_element.sel(stage=stage, element=elements).drop_vars("stage"), mix, dim="grade"),
        )
        for stage in covered
    ]


def _is_finished(compiled: xr.Dataset, materials: np.ndarray) -> bool:
    forms = compiled["material_form"].sel(material=materials).values
    return bool(np.isin(forms, ("magnet", "diffused")).all())


def _stacked(parts: Mapping[tuple[str, str], xr.DataArray], stages: list[str]) -> xr.DataArray:
    by_status = [
        xr.concat([parts[status, stage] for stage in stages], dim=xr.IndexVariable("stage", stages), coords="minimal")
        for status in COUNTED
    ]
    return xr.concat(by_status, dim=xr.IndexVariable("status", list(COUNTED)), coords="minimal")


def _recycled(
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
    """Return what a tonne of dismantled magnets gives as separated oxide: contained by element, and gross."""
    compiled = chain.chain
    main_form = dict(zip(compiled["material"].values, compiled["material_form"].values, strict=True))
    is_oxide = compiled["material_stage"].values == STOP
    oxides = set(compiled["material"].values[is_oxide].tolist())
    flow_process = compiled["flow_process"].values
    won, gross = 0 * share.isel(product=0, drop=True), 0 * share.isel(product=0, drop=True)
    won = won.expand_dims(element=elements)
    rows = zip(
        compiled["process"].values, compiled["process_main"].values, compiled["process_driven"].values,
        compiled["process_product"].values, strict=True,
    )  # fmt: skip
    for process, main, driven, product in rows:
        if driven not in BY_FEED or main_form[main] != "dismantled":
            continue
        flows = [at for at in np.flatnonzero(flow_process == process) if compiled["flow_material"].values[at] in oxides]
        if not flows:
            continue
        materials = compiled["flow_material"].values[flows]
        amount = compiled.coefficient.isel(flow=flows).reset_coords(drop=True).rename(flow="material")
        amount = amount.assign_coords(material=materials)
        part = share.sel(product=product, drop=True)
        composition = compiled.composition.sel(material=materials, element=elements).reset_coords(drop=True)
        won = won + part * xr.dot(amount, composition, dim="material")
        gross = gross + part * amount.sum("material")
    return won, gross


_ATTRS = {
    "need": ("t/year", "what the rung has to hand on, gross"),
    "need_element": ("t/year", "elements contained in what the rung has to hand on"),
    "need_grade": ("t/year", "finished magnets needed by grade family, gross"),
    "ore_for": ("t/year", "ore concentrate that holds enough of the element, for itself alone, gross"),
    "supply": ("t/year", "what projects of this status hand on for makers in the country, gross"),
    "supply_element": ("t/year", "elements contained in what projects of this status hand on"),
    "recycled_element": ("t/year", "elements that recyclers of this status win back as oxide"),
    "lacking": ("t/year", "need less supply of this status and of surer ones, gross"),
    "reliance": ("1", "self-reliance of the rung with projects of this status and surer ones"),
    "reliance_ndpr": ("1", "self-reliance of the rung in neodymium and praseodymium"),
    "reliance_weakest": ("1", "self-reliance of the rung in its weakest element"),
    "weakest": ("1", "the weakest element of the rung"),
    "chain_element": ("1", "self-reliance along the chain, home material kept apart"),
    "chain_ndpr": ("1", "self-reliance along the chain in neodymium and praseodymium, home material kept apart"),
    "chain_mixed": ("1", "self-reliance along the chain in neodymium and praseodymium, home and foreign well mixed"),
    "chain_weakest": ("1", "self-reliance along the chain in its weakest element"),
    "chain_weakest_element": ("1", "the weakest element along the chain"),
}
