"""A planning case: all that the programme is written from, as plain arrays over named labels.

Figures come from the pack (``INPUTS``), recipes from ``chain``, need and used goods from ``stocks``; nothing is filled
in. Tonnes are gross, years calendar years, money millions of the pack's currency in its price year, not discounted.
Arrays end in ``year``; ``region`` comes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import xarray as xr

from chumbak.pack.tables import Nouns
from chumbak.plan import market, need, places, plants, policies
from chumbak.plan.lookup import MILLION, Lookup, Setting
from chumbak.plan.market import Market, make_market
from chumbak.plan.need import Need, Recovery, make_need, make_recovery
from chumbak.plan.network import Network, network
from chumbak.plan.places import WHOLE, split
from chumbak.plan.plants import Plants, make_plants
from chumbak.plan.policies import Policy, make_policies
from chumbak.plan.ways import links

NATIONAL, INVESTOR = "national", "investor"
VIEWS = (NATIONAL, INVESTOR)
INPUTS = (
    *plants.INPUTS, *policies.INPUTS, *market.INPUTS, *need.INPUTS, *places.INPUTS,
    "process_limit", "discount_social", "discount_investor",
    "holding", "tax", "depreciation", "budget", "first_decision", "inland_freight", "detour", "grid_emissions",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Case:
    """All a plan is made from. See the parts."""

    place: str
    scenario: str
    currency: str
    price_year: int
    base_year: int
    years: np.ndarray
    decided: np.ndarray  # years in which a decision to build can be taken
    regions: tuple[str, ...]
    network: Network
    plants: Plants
    market: Market
    need: Need
    recovery: Recovery
    policies: tuple[Policy, ...]
    tariff: np.ndarray  # (region,) M/kWh
    haul: np.ndarray  # (region, region) M/t
    landing: np.ndarray  # (region,) M/t from the port
    region_share: Mapping[str, np.ndarray]  # process -> (region,), where its limit lies
    limits: Mapping[str, np.ndarray]  # process -> (year,) t/year
    discount: Mapping[str, float]
    holding: float
    tax: float
    depreciation: float
    budget: np.ndarray | None  # (year,) M
    grid: float  # t CO2 per kWh
    composition: xr.DataArray  # (material, element, year) of the chain
    rung_need: xr.DataArray  # (stage, element, grade, year): contained t that a rung hands on per t of magnet
    names: Mapping[str, str] = field(default_factory=dict)  # of origins, rungs and elements, by identifier
    hubs: tuple[int, ...] | None = None  # regions over which goods go on, by number; None: all
    sites: tuple[int, ...] | None = None  # of them, those in which any plant can be built; None: all

    @cached_property
    def held(self) -> dict[tuple[str, str], np.ndarray]:
        """Return what a material holds of an element over the years, kg/kg, by (material, element)."""
        materials, elements = (self.composition[dim].values.tolist() for dim in ("material", "element"))
        values = self.composition.transpose("material", "element", "year").values
        return {
            (material, element): values[row, column]
            for row, material in enumerate(materials) for column, element in enumerate(elements)
        }  # fmt: skip

    @cached_property
    def hub(self) -> np.ndarray:
        """Say over which regions goods go on, (region,)."""
        return self._among(self.hubs)

    @cached_property
    def site(self) -> np.ndarray:
        """Say in which regions any plant can be built, (region,)."""
        return self._among(self.sites)

    def _among(self, some: tuple[int, ...] | None) -> np.ndarray:
        every = range(len(self.regions))
        return np.isin(every, every if some is None else some)

    @cached_property
    def linked(self) -> np.ndarray:
        """Return between which regions goods are carried, (from, to)."""
        return links(self.haul, self.hubs)

    def factors(self, view: str) -> np.ndarray:
        """Return what a payment of each year is worth in the base year."""
        return (1 + self.discount[view]) ** -(self.years - self.base_year).astype(float)


def build_case(nouns: Nouns, given: Mapping[str, xr.DataArray], setting: Setting, by: str = WHOLE) -> Case:
    """Return the case of a pack, for the country as a whole, by its regions or by its states (``by``, of ``PLACES``).

    Raises ``PackError`` with every figure that is missing.
    """
    years = np.arange(setting.base_year, setting.last_year + 1)
    look = Lookup(nouns, given, years, setting.pack)
    offered = _offered(nouns, setting.chain)
    net = network(nouns, setting.chain, {material for _, _, material in offered}, years)
    decided = _decided(look, years)
    apart = split(look, by, _templates(net))
    rows = make_policies(look)
    recovery = make_recovery(look, net, setting, apart.lies, len(apart.names))
    case = Case(
        place=setting.place, scenario=setting.scenario, currency=setting.currency, price_year=setting.price_year,
        base_year=setting.base_year, years=years, decided=decided, regions=apart.names, network=net,
        plants=make_plants(look, net, setting, decided, apart, recovery.arising[:, :, 0].sum(axis=0)),
        market=make_market(look, net, offered, rows), need=make_need(look, setting, apart.makers),
        recovery=recovery, policies=rows,
        tariff=apart.tariff / MILLION,
        haul=apart.apart_km * _freight(look) / MILLION,
        landing=apart.port_km * _freight(look) / MILLION,
        region_share=apart.share,
        limits={name: look.find("process_limit", process=name) for name in _templates(net)
                if look.has("process_limit", process=name)},
        discount={
            NATIONAL: look.number("discount_social", "the national view"),
            INVESTOR: look.number("discount_investor", "the investor view"),
        },
        holding=look.number("holding", "the cost of a stock"), tax=look.number("tax", "the investor view"),
        depreciation=look.number("depreciation", "the investor view"),
        budget=look.find("budget") / MILLION if look.has("budget") else None,
        grid=look.number("grid_emissions", "emissions of electricity") / 1000,
        composition=setting.chain["composition"].sel(year=years).reset_coords(drop=True),
        rung_need=setting.rung_need.sel(year=years),
        names={one: cells["name"] for table in ("origins", "stages", "elements")
               for one, cells in nouns.tables[table].items()},
        hubs=apart.hubs, sites=apart.sites,
    )  # fmt: skip
    look.faults.stop_if_any()
    return case


def _decided(look: Lookup, years: np.ndarray) -> np.ndarray:
    """Return the years in which something can be decided; notes a first one that is no year of the plan."""
    first = look.number("first_decision", "the first year in which something can be decided")
    key = "plan.first_decision"
    if first > years[-1]:
        what = f"the first decision is in {first:g}, and the plan ends in {years[-1]}"
        look.faults.add((look.pack, 0), "key", "no-decision", what, f"Mend {key}: name a year up to {years[-1]}.")
    elif first % 1 > 0:
        what = f"the first decision is in {first:g}, which is no whole year"
        look.faults.add((look.pack, 0), "key", "not-a-year", what, f"Mend {key}: name a calendar year.")
    return years[years >= first] if first <= years[-1] else years


def _offered(nouns: Nouns, chain: xr.Dataset) -> list[tuple[str, str, str]]:
    """Return (offer, origin, material) with templates spelled out: an offer of a GRADE material is of every grade."""
    rows = list(zip(chain["material"].values.tolist(), chain["material_template"].values.tolist(), strict=True))
    return [
        (offer, cells["origin"], material)
        for offer, cells in nouns.tables["offers"].items()
        for material, template in rows
        if cells["material"] in (template, material)
    ]


def _templates(net: Network) -> list[str]:
    return list(dict.fromkeys(net.template[process] for process, _ in net.activities))


def _freight(look: Lookup) -> float:
    """Return what a tonne costs for each kilometre as the crow flies."""
    why = "carrying goods inland"
    return look.number("inland_freight", why) * look.number("detour", why)
