"""A plan as a plain document, for answer.json, the terminal and the page: what is built, what it costs, what it gives.

Numbers are rounded to nine significant digits, so that the same plan gives the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from chumbak.plan import account, outcome
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.certificate import certificate
from chumbak.plan.result import Plan, Whole

DIGITS = 9
NOTHING = 1e-6  # t: what is less is rounding of the solver
MOST_BOTTLENECKS = 20
MIX_UNIT = (
    "t/year of contained neodymium and praseodymium, as it comes in, less what is sold abroad and left over (see "
    "supply_left); the sum is what magnets delivered hold, and losses on the way"
)
LEFT_UNIT = "t/year of contained neodymium and praseodymium in goods from separated oxide on"
WHOLE_PLANTS = (
    " Plants are whole: each is at least as large as the smallest and at most as large as the largest of its kind, and "
    "its capital follows from its size; what retires early saves its fixed cost only by the tonne."
)
METHODS = {
    "import_bill": "what is bought abroad at the price of the offer with its freight to a port, before duty",
    "exchange_saved": (
        "what buying every magnet needed at the cheapest offer would cost, less the import bill, plus what is sold "
        "abroad, oxide among it: so some is saved even where no magnet is made at home"
    ),
    "jobs": (
        "direct jobs for a tonne a year of every plant times the capacity that stands; jobs with suppliers are left out"
    ),
    "emissions": (
        "CO2 equivalent of plants (direct, and electricity at the grid's mean) and of what is bought, as the "
        "footprints of the pack say; making what is sold abroad is in it, so that it can stand above that of buying "
        "every magnet"
    ),
    "emissions_buying": "CO2 equivalent of buying every magnet needed at the cheapest offer",
    "treasury": (
        "what policies of the pack pay for the plan as far as their caps go, less duties received; taxes are left out"
    ),
}


def plan_document(plan: Plan, given_builds: bool = False) -> dict[str, Any]:
    """Return a plan as plain dictionaries; years are text, money millions of the pack's currency.

    ``given_builds`` says that its builds were kept from another plan (a replay).
    """
    case = plan.case
    money = f"million {case.currency} ({case.price_year})"
    spent = account.spending(case, plan.decisions, plan.view)
    npv = spent.values @ case.factors(plan.view)
    terms = spent["term"].values.tolist()
    mix, reliance, worth = outcome.supply_mix(plan), outcome.self_reliance(plan), outcome.shadow_prices(plan)
    stock = outcome.stock(plan)
    need = xr.DataArray(case.need.need.sum(axis=(0, 1, 2)), dims="year", coords={"year": case.years})
    return {
        "status": "optimal",
        "view": plan.view,
        **({} if plan.whole is None else {"whole": _whole(plan, plan.whole, money)}),
        "regions": list(case.regions),
        "requirements": [str(one) for one in plan.asked],
        "convention": convention(case, plan.view) + (WHOLE_PLANTS if "opened" in plan.decisions else ""),
        "cost_npv": {"value": nine(plan.cost), "unit": f"{money}, discounted to {case.base_year}"},
        "cost_by_kind": {term: nine(value) for term, value in zip(terms, npv, strict=True)},
        "spending": _by(spent, "term"),
        "builds": builds(plan),
        "capacity": _capacity(plan),
        "supply_mix": {
            "unit": MIX_UNIT,
            "years": [int(year) for year in case.years],
            "sources": {str(name): _numbers(mix.sel(source=name)) for name in mix["source"].values},
        },
        "supply_left": {"unit": LEFT_UNIT, "ways": _by(outcome.supply_left(plan), "way")},
        "stock": {
            "unit": "t of contained neodymium and praseodymium at the end of the year",
            "goods": _by(stock.sel(good=(stock > NOTHING).any("year").values), "good"),
        },
        "need_t": by_year(need),
        "unmet_t": by_sector(plan, "unmet"),
        "substituted_t": by_sector(plan, "substitute"),
        "self_reliance": {
            "rung": {
                str(stage): _by(reliance["rung"].sel(stage=stage), "element") for stage in reliance["stage"].values
            },
            "chain": by_year(reliance["chain"]),
            "chain_mixed": by_year(reliance["chain_mixed"]),
        },
        "shadow_price": {
            "unit": str(worth.attrs["units"]),
            "goods": _by(worth.sel(good=(worth != 0).any("year").values), "good"),
        },
        "bottlenecks": [plain(asdict(one)) for one in outcome.bottlenecks(plan)[:MOST_BOTTLENECKS]],
        "outcomes": _outcomes(plan),
        "certificate": plain(asdict(certificate(plan, given_builds))),
    }


def convention(case: Case, view: str) -> str:
    """Return in a sentence what the numbers of a plan mean and what it takes for granted."""
    who = "the country's resources, so that duties and subsidies are transfers" if view == NATIONAL else (
        "what investors pay and are paid, duties, taxes and subsidies included"
    )  # fmt: skip
    return (
        f"Tonnes are gross a calendar year unless elements are named; money is millions of {case.currency} at prices "
        f"of {case.price_year} without inflation, and costs are {who}, discounted at {100 * case.discount[view]:g} % a "
        f"year to {case.base_year}; the plan runs from {case.years[0]} to {case.years[-1]} and foresees all of it; "
        "what used goods give back follows the demand of the scenario, whatever the plan builds."
    )


def builds(plan: Plan) -> list[dict[str, Any]]:
    """Return every decision to build, the earliest first: t/year of capacity, and its capital in millions.

    ``least`` is the smallest plant that makes sense; only a plan of whole plants keeps to it, and says which it opens.
    """
    case, plants = plan.case, plan.case.plants
    decided = plan.decisions["build"].transpose("decided", "plant", "region").values
    cost = account.committed(case, plan.decisions)
    return [
        {
            "plant": plants.names[plant],
            "stage": plants.stage[plant],
            "region": case.regions[region],
            "decided": int(case.decided[year]),
            "first_output": nine(case.decided[year] + plants.lead[plant]),
            "capacity": nine(decided[year, plant, region]),
            "unit": "t/year",
            "least": nine(plants.least[plant]),
            "capital": nine(cost[plant, region, year]),
            **_opened(plan, plant, region, year),
        }
        for year, plant, region in np.argwhere(decided > NOTHING)
    ]


def _opened(plan: Plan, plant: int, region: int, year: int) -> dict[str, Any]:
    """Return how many plants a decision opens and how large they are, by the pieces of what one costs by its size.

    Several of one piece cost the same however they share their capacity: told is their mean size.
    """
    if "opened" not in plan.decisions:
        return {}
    opened, sized = (plan.decisions[name].values[plant, :, region, year] for name in ("opened", "sized"))
    return {
        "plants": [
            {"opened": round(number), "size": nine(tonnes / number)}
            for number, tonnes in zip(opened, sized, strict=True)
            if number > 0
        ]
    }


def _whole(plan: Plan, whole: Whole, money: str) -> dict[str, Any]:
    """Return how good a plan of whole plants is proved to be, and what it costs beside one of plants of any size."""
    opened = plan.decisions["opened"].sum(["piece", "region", "decided"])
    return {
        "gap": nine(max(plan.cost - whole.bound, 0.0) / max(abs(plan.cost), 1.0)),
        "gap_asked": whole.asked,
        "bound": nine(min(whole.bound, plan.cost)),
        "any_size": None if np.isnan(whole.any_size) else nine(whole.any_size),
        "unit": f"{money}, discounted to {plan.case.base_year}",
        "nodes": whole.nodes,
        "opened": {str(name): round(number) for name, number in
                   zip(opened["plant"].values, opened.values.tolist(), strict=True) if number > 0},
    }  # fmt: skip


def _capacity(plan: Plan) -> dict[str, Any]:
    """Return capacity and its use by plant and year, t/year as the plant is counted."""
    data = outcome.capacity_use(plan)
    return {
        str(plant): {str(name): by_year(data[name].sel(plant=plant)) for name in data.data_vars}
        for plant in data["plant"].values
    }


def by_sector(plan: Plan, name: str) -> dict[str, dict[str, float]]:
    """Return magnets lacking (``unmet``) or designed away (``substitute``) by sector and year, t, and their total."""
    tonnes = outcome.magnets_by_sector(plan, name)
    found = {
        str(sector): {year: amount for year, amount in by_year(tonnes.sel(sector=sector)).items() if amount > NOTHING}
        for sector in tonnes["sector"].values
    }
    total = by_year(tonnes.where(tonnes > NOTHING, 0.0).sum("sector"))
    return {sector: years for sector, years in found.items() if years} | {"total": total}


def _outcomes(plan: Plan) -> dict[str, Any]:
    data = outcome.outcomes(plan)
    found: dict[str, Any] = {
        name: {"unit": str(data[name].attrs["units"]), "by_year": by_year(data[name]), "method": method}
        for name, method in METHODS.items()
    }
    paid = account.treasury(plan.case, plan.decisions)
    found["treasury"] |= {"duties": by_year(paid["duties"]), "paid": _by(paid["paid"], "policy")}
    return found


def by_year(numbers: xr.DataArray) -> dict[str, Any]:
    """Return an array over ``year`` as text year -> number, None where it is missing."""
    return {str(year): number for year, number in zip(numbers["year"].values, _numbers(numbers), strict=True)}


def _by(numbers: xr.DataArray, dim: str) -> dict[str, dict[str, Any]]:
    return {str(label): by_year(numbers.sel({dim: label})) for label in numbers[dim].values}


def _numbers(numbers: xr.DataArray) -> list[Any]:
    return [None if np.isnan(number) else nine(number) for number in numbers.values]


def nine(number: float) -> float:
    """Return a number to nine significant digits."""
    return float(f"{number:.{DIGITS}g}") + 0.0  # no -0.0


def plain(value: Any) -> Any:
    """Return a value as what JSON holds, its numbers to nine digits; a number without an end is None."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return nine(value) if np.isfinite(value) else None
    return value
