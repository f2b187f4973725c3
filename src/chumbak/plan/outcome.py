"""What follows from a plan: where magnets come from, how self-reliant the country is, what binds, what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.chain.measures import along_the_chain
from chumbak.chain.processes import STOP
from chumbak.plan.account import online_capacity, spending, treasury
from chumbak.plan.case import Case
from chumbak.plan.money import annuity
from chumbak.plan.program import NONE
from chumbak.plan.requirements import NDPR, chain_share, content, element_groups, home_share, won_back
from chumbak.plan.result import Plan

MINED, RECYCLED, STOCK = "mined at home", "recycled at home", "stock"
KG = 1000.0
BINDING = ("capacity", "growth", "import_limit", "limit", "local_limit", "budget")  # rules that can hold a plan back
LEAST = 1e-6  # millions per unit: a dual below it is rounding


@dataclass(frozen=True)
class Bottleneck:
    """Something that holds the plan back: what one unit more of it would save, and what it costs over all years.

    ``worth`` is millions of the base year per unit, in the year where it is worth most; ``rent`` over all years.
    """

    rule: str
    of: str
    unit: str
    first_year: int
    last_year: int
    worth: float
    rent: float


def supply_mix(plan: Plan) -> xr.DataArray:
    """Return where the NdPr of the country comes from, (source, year) contained t: at the rung where it enters.

    Sources: ore at home, used goods at home, every origin (ore, oxide, metal, alloy or magnet), and what is drawn from
    stock (below zero: put into it). Their sum is what magnets delivered hold, plus losses, exports and what is left.
    """
    case, decisions = plan.case, plan.decisions
    group = element_groups(case)[NDPR]
    run = decisions["run"].values.sum(axis=1)
    recycled = np.einsum("at,at->t", won_back(case, group), run)
    separated = np.einsum("at,at->t", _separated(case, group), run) - recycled
    found = {MINED: separated, RECYCLED: recycled}
    ore = np.zeros(len(case.years))
    for at, (_, origin, material) in enumerate(case.market.offers):
        held = content(case, material, group) * decisions["buy"].values[at].sum(axis=0)
        if (material, "") in case.network.goods:  # ore: counted by the oxide that comes of it
            ore = ore + held
            found[f"{origin} ore"] = found.get(f"{origin} ore", 0.0) + held
        else:
            found[origin] = found.get(origin, 0.0) + held
    if ore.any():
        _share_of_ore(case, found, ore, run, group)
    store = decisions["store"].values.sum(axis=1)
    held = np.array([content(case, material, group) for material, _ in case.network.goods])
    found[STOCK] = -np.diff(np.einsum("gt,gt->t", held, store), prepend=0.0)
    return xr.DataArray(
        np.array(list(found.values())), dims=("source", "year"), coords={"source": list(found), "year": case.years},
        attrs={"units": "t/year", "long_name": "NdPr contained in what comes in, by source"},
    )  # fmt: skip


def _separated(case: Case, group: tuple[str, ...]) -> np.ndarray:
    """Return the elements in oxides that a tonne of each activity without colour turns out, (activity, year)."""
    net = case.network
    found = np.zeros((len(net.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        material, _ = net.goods[net.flow_good[row]]
        if not net.activities[activity][1] and net.stage[material] == STOP:
            found[activity] += net.flow_amount[row] * content(case, material, group)
    return found


def _share_of_ore(
    case: Case, found: dict[str, np.ndarray], ore: np.ndarray, run: np.ndarray, group: tuple[str, ...]
) -> None:
    """Split what is separated at home between home ore and each origin's, as the ore that was taken in."""
    net = case.network
    dug = np.zeros(len(case.years))
    for row, activity in enumerate(net.flow_activity):
        material, colour = net.goods[net.flow_good[row]]
        if not colour and not net.product[material] and net.flow_amount[row].max() > 0 and net.stage[material]:
            dug = dug + content(case, material, group) * net.flow_amount[row] * run[activity]
    total = np.where(ore + dug > 0, ore + dug, 1.0)
    separated = found[MINED].copy()
    for name in [name for name in found if name.endswith(" ore")]:
        part = separated * found.pop(name) / total
        found[name.removesuffix(" ore")] = found.get(name.removesuffix(" ore"), 0.0) + part
        found[MINED] = found[MINED] - part


def self_reliance(plan: Plan) -> xr.Dataset:
    """Return how self-reliant the plan is, by year.

    ``rung`` (stage, element): home output that stays home over what the rung has to hand on, contained, at most 1;
    ``chain``: magnets of the home colour over what is needed, gross (segregated); ``chain_mixed``: NdPr with home and
    foreign material well mixed. What is lacking counts as need; what is substituted does not.
    """
    case, decisions = plan.case, plan.decisions
    groups = element_groups(case)
    stages = [str(name) for name in case.rung_need["stage"].values]
    shares = np.full((len(stages), len(groups), len(case.years)), np.nan)
    for at, stage in enumerate(stages):
        for number, group in enumerate(groups.values()):
            home, asked = home_share(case, decisions, stage, group)
            shares[at, number] = np.where(asked > LEAST, np.clip(home / np.maximum(asked, LEAST), 0, 1), np.nan)
    by_stage = xr.DataArray(
        shares, dims=("stage", "element", "year"),
        coords={"stage": stages, "element": list(groups), "year": case.years},
        attrs={"units": "1", "long_name": "home output that stays home over what the rung has to hand on, contained"},
    )  # fmt: skip
    home, asked = chain_share(case, decisions)
    chain = np.where(asked > LEAST, np.clip(home / np.maximum(asked, LEAST), 0, 1), np.nan)
    return xr.Dataset(
        {
            "rung": by_stage,
            "chain": ("year", chain, {"units": "1", "long_name": "magnets made at home from oxide on, over need"}),
            "chain_mixed": along_the_chain(by_stage.sel(element=NDPR, drop=True), segregated=False).assign_attrs(
                units="1", long_name="NdPr made at home from oxide on over need, well mixed"
            ),
        }
    )


def shadow_prices(plan: Plan) -> xr.DataArray:
    """Return what one more kilogram of each good would be worth, (good, year) in the pack's money of the year, per kg.

    The dual of its balance, in the region where it is worth most, not discounted.
    """
    duals = plan.formulation.program.duals("balance", plan.solution.duals).max(axis=1)
    value = duals / plan.case.factors(plan.view) * 1e6 / KG
    labels = plan.formulation.program.rows["balance"].labels["good"]
    return xr.DataArray(
        value, dims=("good", "year"), coords={"good": list(labels), "year": plan.case.years},
        attrs={"units": f"{plan.case.currency} ({plan.case.price_year})/kg", "long_name": "worth of one more kilogram"},
    )  # fmt: skip


def bottlenecks(plan: Plan) -> list[Bottleneck]:
    """Return what holds the plan back, by what it costs over all years, the worst first.

    Of capacity it is what one more tonne a year would save beyond its own yearly cost, in the years before a plant
    decided at the first opportunity is run up: later it can be built, and what keeps it from growing is ``growth``.
    """
    program, found = plan.formulation.program, []
    for name in BINDING:
        block = program.rows.get(name)
        if block is None or not block.at.size:
            continue
        worth = -program.duals(name, plan.solution.duals)
        amount = np.where(block.at == NONE, 0.0, np.maximum(plan.matrix.row_upper[block.at], 0.0))
        if name == "capacity":
            early = plan.case.plants.level[:, 0, :] < 1 - LEAST if plan.case.decided.size else np.ones(worth.shape[::2])
            worth, amount = np.where(early[:, None], worth - _own_cost(plan), 0.0), _in_use(plan)
        worth = np.where(worth > LEAST, worth, 0.0)
        *dims, last = block.labels
        for place in np.argwhere(worth.any(axis=-1)):
            at = tuple(place)
            years = np.array(list(block.labels[last]))[worth[at] > 0]
            of = ", ".join(str(block.labels[dim][number]) for dim, number in zip(dims, place, strict=True))
            rent = float(worth[at] @ amount[at])
            found.append(Bottleneck(name, of, block.unit, int(years[0]), int(years[-1]), float(worth[at].max()), rent))
    return sorted(found, key=lambda one: (-one.rent, one.rule, one.of))


def _own_cost(plan: Plan) -> np.ndarray:
    """Return what a tonne a year of output costs in each year, (plant, 1, year) millions of the base year."""
    case, plants = plan.case, plan.case.plants
    yearly = plants.capital * (annuity(case, plan.view) + plants.fixed) / np.maximum(plants.availability, 1e-9)
    cost: np.ndarray = yearly[:, None, None] * case.factors(plan.view)
    return cost


def capacity_use(plan: Plan) -> xr.Dataset:
    """Return what plants could turn out and what they do, (plant, year) t/year over the country.

    ``stands`` and ``awarded`` are there without a decision, ``built`` is what the plan decided, run up as far as it is;
    ``retired`` is taken off all of them; ``used`` is what activities ask of the plant. All but ``used`` are capacity,
    of which availability is the part that can be used.
    """
    plants, decisions = plan.case.plants, plan.decisions
    built = np.einsum("krb,kbt->kt", decisions["build"].values, plants.level)
    retired = (decisions["gone"] + decisions["closed"]).sum("region").values
    found = {
        "stands": (plants.standing.sum(axis=1), "capacity that stands or is being built"),
        "awarded": (plants.awarded.sum(axis=1), "capacity that is awarded"),
        "built": (built, "capacity that the plan builds, run up as far as it is"),
        "retired": (retired, "capacity retired or ended, taken off the others"),
        "used": (_in_use(plan).sum(axis=1), "what is asked of it"),
    }
    return xr.Dataset(
        {
            name: (("plant", "year"), values, {"units": "t/year", "long_name": long_name})
            for name, (values, long_name) in found.items()
        },
        coords={"plant": list(plants.names), "year": plan.case.years},
    )


def _in_use(plan: Plan) -> np.ndarray:
    """Return what activities ask of each plant, (plant, region, year) t/year."""
    found: np.ndarray = np.einsum("kat,art->krt", plan.case.plants.use, plan.decisions["run"].values)
    return found


def outcomes(plan: Plan) -> xr.Dataset:
    """Return what the country has of the plan, by year.

    - ``import_bill``: what is bought abroad at the border, without duty, M
    - ``exchange_saved``: what buying every magnet needed at the cheapest offer would cost, less the import bill and
      plus exports, M
    - ``jobs``: direct jobs in plants that stand
    - ``emissions``: t CO2e of home activities (direct and electricity) and of what is bought; ``emissions_buying``:
      of buying every magnet needed
    - ``treasury``: net cost to the treasury, M
    """
    case, decisions = plan.case, plan.decisions
    money = f"million {case.currency} ({case.price_year})/year"
    buy = decisions["buy"].values.sum(axis=1)
    bill = np.einsum("ot,ot->t", case.market.price, buy)
    cost, footprint = _buying(case)
    money_terms = spending(case, decisions, plan.view)
    earned = -money_terms.sel(term="sales").values - np.einsum(
        "mt,mt->t", case.market.sale_price, decisions["sell"].values
    )
    plants, run = case.plants, decisions["run"].values.sum(axis=1)
    each = plants.emissions + plants.electricity * case.grid
    home = np.einsum("kat,k,at->t", plants.use, each, run)
    bought = np.einsum("o,ot->t", case.market.footprint, buy)
    jobs = np.einsum("k,krt->t", plants.jobs, online_capacity(case, decisions))
    return xr.Dataset(
        {
            "import_bill": ("year", bill, {"units": money, "long_name": "bought abroad, at the border"}),
            "exchange_saved": ("year", cost - bill + earned, {"units": money, "long_name": "foreign exchange saved"}),
            "jobs": ("year", jobs, {"units": "1", "long_name": "direct jobs"}),
            "emissions": ("year", home + bought, {"units": "t/year", "long_name": "CO2e, home and bought"}),
            "emissions_buying": ("year", footprint, {"units": "t/year", "long_name": "CO2e of buying every magnet"}),
            "treasury": ("year", treasury(case, decisions)["net"].values, {"units": money, "long_name": "net cost"}),
        },
        coords={"year": case.years},
    )


def _buying(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return what buying every magnet needed would cost, M, and weigh, t CO2e: at the cheapest offer, no limits."""
    needed_of = case.need.need.sum(axis=(0, 2))  # (grade, year)
    cost, footprint = np.zeros(len(case.years)), np.zeros(len(case.years))
    serves = {material: slot for (material, _), slot in zip(case.network.goods, case.network.slot, strict=True) if slot}
    for at, grade in enumerate(case.need.grades):
        offers = [number for number, (_, _, material) in enumerate(case.market.offers) if serves.get(material) == grade]
        if not offers:
            continue
        prices = case.market.price[offers]
        cheapest = np.array(offers)[prices.argmin(axis=0)]
        cost = cost + needed_of[at] * prices.min(axis=0)
        footprint = footprint + needed_of[at] * case.market.footprint[cheapest]
    return cost, footprint


def unmet_by_sector(plan: Plan) -> xr.DataArray:
    """Return magnets lacking by (sector, year), t."""
    need = plan.case.need
    sectors = list(dict.fromkeys(need.sectors))
    values = plan.decisions["unmet"].values.sum(axis=1)
    members = [[at for at, name in enumerate(need.sectors) if name == sector] for sector in sectors]
    found = np.array([values[of].sum(axis=0) for of in members])
    return xr.DataArray(
        found.reshape(len(sectors), len(plan.case.years)), dims=("sector", "year"),
        coords={"sector": sectors, "year": plan.case.years}, attrs={"units": "t/year", "long_name": "magnets lacking"},
    )  # fmt: skip
