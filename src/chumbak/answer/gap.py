"""The gap: what each rung needs, what stands, is being built and is announced, and what is lacking.

Needs are those of magnets in goods made at home, with the other two definitions beside. A rung's need is what it has
to hand on for them, swarf returned. Supply is what projects turn out for makers in the country. A plant that is
integrated counts on every rung it covers, with what its own magnets ask for there. Recyclers' oxide counts at
separation, as far as today's collection and their capacity go. Claims are not counted.
"""

from __future__ import annotations

import xarray as xr

from chumbak.answer.finding import Finding
from chumbak.answer.rung_supply import recycled_oxide, supply_by_grade, supply_by_rung
from chumbak.answer.supply_chain import INPUTS, SupplyChain, magnet_elements
from chumbak.chain.measures import along_the_chain, self_reliance, weakest
from chumbak.chain.requirements import STOP
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
    - ``supply_grade`` (status, grade): finished magnets
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
    supply, supply_element = supply_by_rung(pack, chain, need["stage"].values.tolist(), elements)
    recycled, oxide = recycled_oxide(pack, data, chain, elements)
    at_separation = xr.where(supply["stage"] == STOP, 1.0, 0.0)
    supply, supply_element = supply + oxide * at_separation, supply_element + recycled * at_separation
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
            "supply_grade": supply_by_grade(pack, chain),
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


_ATTRS = {
    "need": ("t/year", "what the rung has to hand on, gross"),
    "need_element": ("t/year", "elements contained in what the rung has to hand on"),
    "need_grade": ("t/year", "finished magnets needed by grade family, gross"),
    "ore_for": ("t/year", "ore concentrate that holds enough of the element, for itself alone, gross"),
    "supply": ("t/year", "what projects of this status hand on for makers in the country, gross"),
    "supply_element": ("t/year", "elements contained in what projects of this status hand on"),
    "supply_grade": ("t/year", "finished magnets by grade family that plants of this status turn out, gross"),
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
