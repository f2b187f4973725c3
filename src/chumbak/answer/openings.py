"""Openings: where in the chain there is room for a small or new firm, rung by rung and region by region.

Need is what makers at home ask of a rung; on the way back it is what used goods hold out. What stands against it exists
or is committed; what is announced or awarded may come or not, and is told beside it: room is where something is short
even if all of it comes. Money is at reference prices, of what a rung hands on; on the way
back it is the rare earths in it, priced as separated oxides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.answer.catchment import named, spread_by_product
from chumbak.answer.finding import Finding
from chumbak.answer.gap import gap
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.planning import planning_case
from chumbak.answer.supply_chain import INPUTS as CHAIN_INPUTS
from chumbak.answer.supply_chain import SupplyChain, magnet_elements, supply_chain
from chumbak.chain.requirements import STOP
from chumbak.chain.supply import COUNTED
from chumbak.pack import Fault, Pack, PackError
from chumbak.plan.case import INPUTS as PLAN_INPUTS
from chumbak.plan.case import Case
from chumbak.plan.places import REGIONS, WHOLE
from chumbak.plan.plants import STANDING
from chumbak.plan.result import Plan, make_plan

DEFAULT_YEAR = 2030
TAKEN_IN = "recycling"  # the rung that is counted in what it takes in
ANNOUNCED = COUNTED[-1]
CONVENTION = (
    "tonnes of what a rung hands on, gross, calendar year; need of magnets in goods made at home, spread over regions "
    "as makers are; on the way back magnets in used goods, where they reach end of life, against what today's routes "
    "win and recyclers can take in (swarf is left out); existing and committed projects, and by itself what is "
    "announced or awarded, which lies where its project does and, without a site, as makers do; what a region has too "
    "much of does not count elsewhere, so shortfalls of regions may sum to more than the country's; money at reference "
    "prices, on the way back of the rare earths as separated oxides"
)


def openings(pack: Pack, year: int | None = None, region: str | None = None) -> Finding:
    """Return the room on every rung in a year (default 2030), for the country and by region, or in one region alone.

    - ``need``, ``stands``, ``short`` (stage, region) t/year; ``worth`` (stage, region) what is short, millions
    - ``announced``, ``open`` (stage, region) t/year: announced or awarded, and short even if all of it comes;
      ``open_worth`` (stage, region) millions
    - ``planned``, ``planned_capital`` (plant) what the cheapest plan has built by then, t/year and millions
    - ``least``, ``least_capital`` (plant) the smallest plant that makes sense
    - ``least_output`` (plant) what that hands on of its rung, t/year; NaN where it is counted in something else
    - ``asks`` (service, stage) 1 where a rung needs the service

    ``region`` labels are ``country`` and the pack's own; one asked for stands alone, and the plan is then by regions.
    Raises ``PackError`` for a pack without plants, a year outside the plan and an unknown region.
    """
    data = compute(pack).sel(year=slice(pack.answer_from, None))
    region = named(pack, "regions", region, "--region") if region is not None else None
    whole = planning_case(pack)  # says what the pack lacks for a plan
    year = _in_plan(whole, DEFAULT_YEAR if year is None else year)
    chain = supply_chain(pack, data)
    known = data, chain
    regional = planning_case(pack, REGIONS, known=known)
    plan = make_plan(regional if region else whole)
    regions = [WHOLE, *regional.regions]
    stages = pack.nouns.ids("stages")
    room = _forward(pack, data, chain, regional, year) | _back(pack, data, regional, chain, year)
    kept = [stage for stage in stages if stage in room]
    table = {name: np.array([getattr(room[stage], name) for stage in kept]) for name in ("need", "stands", "announced")}
    table["short"] = np.clip(table["need"] - table["stands"], 0, None)
    table["open"] = np.clip(table["need"] - table["stands"] - table["announced"], 0, None)
    price = np.array([room[stage].price for stage in kept])[:, None]
    table["worth"], table["open_worth"] = table["short"] * price, table["open"] * price
    shown = [region] if region else regions
    found = xr.Dataset(
        {
            **{name: (("stage", "region"), numbers, _attrs(name, whole)) for name, numbers in table.items()},
            **_plants(plan, whole, year, region),
            "asks": (
                ("service", "stage"),
                [[float(stage in cells["stages"].split()) for stage in kept] for cells in _services(pack).values()]
                or np.zeros((0, len(kept))),
                {"units": "1", "long_name": "1 where the rung needs the service"},
            ),
        },
        coords={"stage": kept, "region": regions, "plant": list(whole.plants.names), "service": list(_services(pack))},
    ).sel(region=shown)
    found.attrs = {"year": year, "currency": pack.currency, "price_year": pack.price_year, "convention": CONVENTION}
    return Finding("openings", found, tuple(pack.figures((*ATTRIBUTES, *CHAIN_INPUTS, *PLAN_INPUTS))))


@dataclass(frozen=True, eq=False)
class Room:
    """A rung: need, what stands and what is announced, t/year of the country and of each region; a tonne's price, M."""

    need: np.ndarray
    stands: np.ndarray
    announced: np.ndarray
    price: float


def _forward(pack: Pack, data: xr.Dataset, chain: SupplyChain, regional: Case, year: int) -> dict[str, Room]:
    """Return the rungs on the way out."""
    gaps = gap(pack, data, chain).data.sel(year=year)
    makers = pack.array("makers").sel(region=list(regional.regions)).values
    at = int(np.argmax(regional.years == year))
    asked = chain.need.sel(definition="made_at_home", year=year)
    handed_on = (chain.rungs.handed_on.sel(year=year) * asked).sum("grade")
    stage_of = chain.chain["material_stage"].sel(material=handed_on["material"].values).values
    found = {}
    for stage in gaps["stage"].values.tolist():
        total = float(gaps.need.sel(definition="made_at_home", stage=stage))
        there = float(gaps.supply.sel(status=list(STANDING), stage=stage).sum())
        more = float(gaps.supply.sel(status=ANNOUNCED, stage=stage))
        materials = handed_on["material"].values[stage_of == stage]
        amounts = {name: float(handed_on.sel(material=name)) for name in materials} or _ore(chain, stage)
        found[stage] = Room(
            need=np.array([total, *(total * makers)]),
            stands=np.array([there, *(there * _where_it_stands(regional, stage, at, makers))]),
            announced=np.array([more, *(more * _where_it_is_announced(pack, chain, regional, stage, year, makers))]),
            price=_mean_price(amounts, regional.market.reference, at),
        )
    return found


def _ore(chain: SupplyChain, stage: str) -> dict[str, float]:
    """Return the material that mining hands on."""
    found = chain.chain["material"].values[chain.chain["material_stage"].values == stage]
    return {str(found[0]): 1.0} if found.size else {}


def _mean_price(amounts: Mapping[str, float], reference: Mapping[str, np.ndarray], at: int) -> float:
    """Return the mean price of materials that have one, M/t; NaN where none has."""
    priced = {name: amount for name, amount in amounts.items() if name in reference and amount > 0}
    total = sum(priced.values())
    return sum(amount * float(reference[name][at]) for name, amount in priced.items()) / total if total else np.nan


def _where_it_stands(case: Case, stage: str, at: int, makers: np.ndarray) -> np.ndarray:
    """Return the share of a rung's plants that stands in each region; as makers are, where the plan counts none."""
    rows = [number for number, name in enumerate(case.plants.stage) if name == stage]
    there: np.ndarray = case.plants.standing[rows, :, at].sum(axis=0)
    return there / there.sum() if there.sum() > 0 else makers


def _where_it_is_announced(
    pack: Pack, chain: SupplyChain, case: Case, stage: str, year: int, makers: np.ndarray
) -> np.ndarray:
    """Return the share of a rung's announced projects that lies in each region; without a site they are as makers."""
    stages = pack.nouns.ids("stages")
    places = _places(pack, case)
    found = np.zeros(len(makers))
    for project, cells in pack.nouns.tables["projects"].items():
        first = cells["from_stage"] or cells["stage"]
        covers = stages.index(first) <= stages.index(stage) <= stages.index(cells["stage"])
        if cells["status"] == ANNOUNCED and covers:
            where = np.array(_share_of(pack, cells["place"], places)) if cells["place"] else makers
            found += float(chain.output.sel(project=project, year=year)) * where
    return found / found.sum() if found.sum() > 0 else makers


def _places(pack: Pack, case: Case) -> dict[str, list[str]]:
    return {name: pack.nouns.cell("regions", name, "places").split() for name in case.regions}


def _back(pack: Pack, data: xr.Dataset, regional: Case, chain: SupplyChain, year: int) -> dict[str, Room]:
    """Return the rungs on the way back, in magnets: what goods hold, what is won or can be taken in."""
    one, spread = data.sel(year=year), spread_by_product(pack).sel(product=data["product"])
    places = _places(pack, regional)
    full, today = (_by_region(one[name], spread, places) for name in ("recoverable_full", "recoverable_today"))
    arising = _by_region(one.end_of_life, spread, places)
    at = int(np.argmax(regional.years == year))
    of_arising = _as_oxides(pack, regional, one.end_of_life_by_element.sum("product"), at) / max(arising[0], 1e-9)
    of_full = _as_oxides(pack, regional, one.full_by_element.sum("product"), at) / max(full[0], 1e-9)
    nothing = np.zeros_like(full)  # today's routes are counted on these rungs, and no projects
    taken_in = _taken_in(pack, chain, places, year, STANDING)
    found = {
        "collection": Room(arising, today, nothing, of_arising),
        "dismantling": Room(full, today, nothing, of_full),
        TAKEN_IN: Room(full, taken_in, _taken_in(pack, chain, places, year, (ANNOUNCED,)), of_full),
    }
    return {name: room for name, room in found.items() if name in pack.nouns.ids("stages")}


def _taken_in(
    pack: Pack, chain: SupplyChain, places: Mapping[str, list[str]], year: int, statuses: tuple[str, ...]
) -> np.ndarray:
    """Return what recyclers of some statuses can take in, t/year of the country and of each region."""
    capacity = np.zeros(1 + len(places))
    for project, cells in pack.nouns.tables["projects"].items():
        if cells["stage"] == TAKEN_IN and cells["status"] in statuses:
            output = float(chain.output.sel(project=project, year=year))
            capacity += output * np.array([1.0, *_share_of(pack, cells["place"], places)])
    return capacity


def _by_region(tonnes: xr.DataArray, spread: xr.DataArray, places: Mapping[str, list[str]]) -> np.ndarray:
    by_place = xr.dot(tonnes, spread, dim="product")
    return np.array([float(tonnes.sum()), *(float(by_place.sel(place=names).sum()) for names in places.values())])


def _share_of(pack: Pack, place: str, places: Mapping[str, list[str]]) -> list[float]:
    """Return the share of a project in each region; even shares where its place is not said."""
    cells = pack.nouns.tables["places"].get(place)
    if cells is None:
        return [1 / len(places)] * len(places)
    state = place if cells["kind"] == "state" else cells["parent"]
    return [float(state in names) for names in places.values()]


def _as_oxides(pack: Pack, case: Case, held: xr.DataArray, at: int) -> float:
    """Return what rare earths are worth as separated oxides, M: each as the oxide that holds most of it."""
    total, composition = 0.0, case.composition.isel(year=at)
    oxides = [name for name in case.market.reference if case.network.stage.get(name) == STOP]
    for element in magnet_elements(pack):
        richest = max(oxides, key=lambda name: float(composition.sel(material=name, element=element)), default="")
        if richest and float(composition.sel(material=richest, element=element)) > 0:
            fraction = float(composition.sel(material=richest, element=element))
            total += float(held.sel(element=element)) / fraction * float(case.market.reference[richest][at])
    return total


def _plants(plan: Plan, case: Case, year: int, region: str | None) -> dict[str, object]:
    """Return what the plan has running by the year beyond what stands, and the smallest plants."""
    plants = case.plants
    begun = plan.case.decided[None, :] + plants.lead[:, None] <= year
    built = plan.decisions["build"].transpose("plant", "region", "decided")
    built = built.sel(region=[region]) if region else built
    planned = (built.values.sum(axis=1) * begun).sum(axis=1)
    numbers = {
        "planned": planned, "planned_capital": planned * plants.capital, "least": plants.least,
        "least_capital": plants.least * plants.capital, "least_output": _least_output(case, year),
    }  # fmt: skip
    return {name: ("plant", amounts, _attrs(name, case)) for name, amounts in numbers.items()}


def _least_output(case: Case, year: int) -> np.ndarray:
    """Return what the smallest plant of each kind hands on of its rung, (plant,) t/year; NaN where it hands on none.

    A plant may be counted in more than that: separation in all oxides, of which those of magnets are a part.
    """
    plants, net = case.plants, case.network
    at = int(np.argmax(case.years == year))
    stages = np.array([net.stage.get(material, "") for material, _ in net.goods])[net.flow_good]
    amounts = np.clip(net.flow_amount[:, at], 0, None)
    found = np.full(len(plants.names), np.nan)
    for number, stage in enumerate(plants.stage):
        of_rung = stages == stage
        handed_on = np.bincount(
            net.flow_activity[of_rung], weights=amounts[of_rung], minlength=len(net.activities)
        )  # t per t of activity
        counted = plants.use[number, :, at]
        both = (handed_on > 0) & (counted > 0)
        if both.any():
            found[number] = plants.least[number] * float(np.mean(handed_on[both] / counted[both]))
    return found


def _services(pack: Pack) -> Mapping[str, Mapping[str, str]]:
    return pack.nouns.tables["services"]


def _in_plan(case: Case, year: int) -> int:
    if year not in case.years:
        what = f"the plan has no year {year}"
        raise PackError(
            [Fault("--year", 0, "", "year-outside", what, f"It runs from {case.years[0]} to {case.years[-1]}.")]
        )
    return year


def _attrs(name: str, case: Case) -> dict[str, str]:
    money = f"million {case.currency} ({case.price_year})"
    return {
        "need": {"units": "t/year", "long_name": "what the rung has to hand on; on the way back, what goods hold"},
        "stands": {"units": "t/year", "long_name": "existing and committed supply"},
        "short": {"units": "t/year", "long_name": "need less what exists or is committed"},
        "announced": {"units": "t/year", "long_name": "announced or awarded supply"},
        "open": {"units": "t/year", "long_name": "short even if all that is announced or awarded comes"},
        "worth": {"units": f"{money}/year", "long_name": "what is short, at reference prices"},
        "open_worth": {"units": f"{money}/year", "long_name": "what is short even then, at reference prices"},
        "planned": {
            "units": "t/year",
            "long_name": "capacity that the cheapest plan has running by then, beyond what stands",
        },
        "planned_capital": {"units": money, "long_name": "capital of it"},
        "least": {"units": "t/year", "long_name": "smallest plant that makes sense"},
        "least_capital": {"units": money, "long_name": "capital of the smallest plant"},
        "least_output": {"units": "t/year", "long_name": "what the smallest plant hands on of its rung"},
    }[name]
