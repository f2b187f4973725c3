"""Openings: where in the chain there is room for a small or new firm, rung by rung and region by region.

Need is what makers at home ask of a rung; on the way back it is what used goods hold out. What stands against it exists
or is committed: what is announced may come or not. Money is at reference prices, of what a rung hands on; on the way
back it is the rare earths in it, priced as separated oxides.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from chumbak.pack import Fault, Pack, PackError
from chumbak.plan.case import INPUTS as PLAN_INPUTS
from chumbak.plan.case import WHOLE, Case
from chumbak.plan.plants import STANDING
from chumbak.plan.result import Plan, make_plan

DEFAULT_YEAR = 2030
WON, TAKEN_IN = ("collection", "dismantling"), "recycling"  # rungs of the way back: what they are counted in
CONVENTION = (
    "tonnes of what a rung hands on, gross, calendar year; need of magnets in goods made at home, spread over regions "
    "as makers are; on the way back magnets in used goods, where they reach end of life, against what today's routes "
    "win and recyclers can take in (swarf is left out); existing and committed projects; what a region has too much of "
    "does not count elsewhere, so shortfalls of regions may sum to more than the country's; money at reference prices, "
    "on the way back of the rare earths as separated oxides"
)


def openings(pack: Pack, year: int | None = None, region: str | None = None) -> Finding:
    """Return the room on every rung in a year (default 2030), for the country and by region, or in one region alone.

    - ``need``, ``stands``, ``short`` (stage, region) t/year; ``worth`` (stage, region) what is short, millions
    - ``planned``, ``planned_capital`` (plant) what the cheapest plan has built by then, t/year and millions
    - ``least``, ``least_capital`` (plant) the smallest plant that makes sense
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
    regional = planning_case(pack, by_region=True, known=known)
    plan = make_plan(regional if region else whole)
    regions = [WHOLE, *regional.regions]
    stages = pack.nouns.ids("stages")
    need, stands, price = _forward(pack, data, chain, regional, year)
    back = _back(pack, data, regional, chain, year)
    need, stands, price = need | back[0], stands | back[1], price | back[2]
    kept = [stage for stage in stages if stage in need]
    table = {
        "need": np.array([need[stage] for stage in kept]),
        "stands": np.array([stands[stage] for stage in kept]),
    }
    table["short"] = np.clip(table["need"] - table["stands"], 0, None)
    table["worth"] = table["short"] * np.array([price[stage] for stage in kept])[:, None]
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


ByStage = dict[str, np.ndarray]


def _forward(
    pack: Pack, data: xr.Dataset, chain: SupplyChain, regional: Case, year: int
) -> tuple[ByStage, ByStage, dict[str, float]]:
    """Return need, what stands (country and regions, t) and the price of a tonne (M) of the rungs on the way out."""
    gaps = gap(pack, data, chain).data.sel(year=year)
    makers = pack.array("makers").sel(region=list(regional.regions)).values
    at = int(np.argmax(regional.years == year))
    asked = chain.need.sel(definition="made_at_home", year=year)
    handed_on = (chain.rungs.handed_on.sel(year=year) * asked).sum("grade")
    stage_of = chain.chain["material_stage"].sel(material=handed_on["material"].values).values
    need, stands, price = {}, {}, {}
    for stage in gaps["stage"].values.tolist():
        total = float(gaps.need.sel(definition="made_at_home", stage=stage))
        there = float(gaps.supply.sel(status=list(STANDING), stage=stage).sum())
        need[stage] = np.array([total, *(total * makers)])
        stands[stage] = np.array([there, *(there * _where_it_stands(regional, stage, at, makers))])
        materials = handed_on["material"].values[stage_of == stage]
        amounts = {name: float(handed_on.sel(material=name)) for name in materials} or _ore(chain, stage)
        price[stage] = _mean_price(amounts, regional.market.reference, at)
    return need, stands, price


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


def _back(
    pack: Pack, data: xr.Dataset, regional: Case, chain: SupplyChain, year: int
) -> tuple[ByStage, ByStage, dict[str, float]]:
    """Return the same of the rungs on the way back, in magnets: what goods hold, what is won or can be taken in."""
    one, spread = data.sel(year=year), spread_by_product(pack).sel(product=data["product"])
    places = {name: pack.nouns.cell("regions", name, "places").split() for name in regional.regions}
    full, today = (_by_region(one[name], spread, places) for name in ("recoverable_full", "recoverable_today"))
    arising = _by_region(one.end_of_life, spread, places)
    capacity = np.zeros(1 + len(regional.regions))
    for project, cells in pack.nouns.tables["projects"].items():
        if cells["stage"] == TAKEN_IN and cells["status"] in STANDING:
            output = float(chain.output.sel(project=project, year=year))
            capacity += output * np.array([1.0, *_share_of(pack, cells["place"], places)])
    at = int(np.argmax(regional.years == year))
    per_tonne = {
        "end_of_life": _as_oxides(pack, regional, one.end_of_life_by_element.sum("product"), at)
        / max(arising[0], 1e-9),
        "full": _as_oxides(pack, regional, one.full_by_element.sum("product"), at) / max(full[0], 1e-9),
    }
    known = [stage for stage in (*WON, TAKEN_IN) if stage in pack.nouns.ids("stages")]
    need = {"collection": arising, "dismantling": full, "recycling": full}
    stands = {"collection": today, "dismantling": today, "recycling": capacity}
    price = {"collection": per_tonne["end_of_life"], "dismantling": per_tonne["full"], "recycling": per_tonne["full"]}
    return (
        {name: need[name] for name in known},
        {name: stands[name] for name in known},
        {name: price[name] for name in known},
    )


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
        "least_capital": plants.least * plants.capital,
    }  # fmt: skip
    return {name: ("plant", amounts, _attrs(name, case)) for name, amounts in numbers.items()}


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
        "worth": {"units": f"{money}/year", "long_name": "what is short, at reference prices"},
        "planned": {
            "units": "t/year",
            "long_name": "capacity that the cheapest plan has running by then, beyond what stands",
        },
        "planned_capital": {"units": money, "long_name": "capital of it"},
        "least": {"units": "t/year", "long_name": "smallest plant that makes sense"},
        "least_capital": {"units": money, "long_name": "capital of the smallest plant"},
    }[name]
