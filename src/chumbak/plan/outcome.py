"""What follows from a plan: where magnets come from, how self-reliant the country is, what binds, what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.chain.measures import along_the_chain
from chumbak.linear.program import NONE
from chumbak.plan.account import online_capacity, spending, treasury
from chumbak.plan.case import Case
from chumbak.plan.money import annuity
from chumbak.plan.network import BOUGHT, FOREIGN, HOME, PLAIN
from chumbak.plan.requirements import NDPR, chain_share, content, element_groups, home_share, won_back
from chumbak.plan.result import Plan

MINED, RECYCLED, STOCK = "mined at home", "recycled at home", "stock"
ORE = " ore"  # of an origin, until what was sold is taken off
OF_GOODS = ("run", "buy", "recolour", "deliver", "store", "export")
ROUNDING = 1e-7  # t/year: what is left of a good below it is the solver's
KG = 1000.0
BINDING = ("capacity", "growth", "import_limit", "limit", "local_limit", "budget")  # rules that can hold a plan back
BUDGET = "budget"
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
    """Return where the NdPr that the country uses comes from, (source, year) contained t: at the rung where it enters.

    Sources: ore at home, used goods at home, every origin (ore, oxide, metal, alloy or magnet), and what is drawn from
    stock (below zero: put into it). All are net of what is sold abroad and left over of goods from oxide on
    (``supply_left``), so that their sum is what magnets delivered hold, plus losses on the way. Of home goods it comes
    off what is mined and recycled, in proportion; of the others off what is bought; what is more than a year's
    sources, off the others, and off stock last.
    """
    case, group = plan.case, element_groups(plan.case)[NDPR]
    home, bought = _entering(plan, group)
    drawn = _drawn(plan, group)
    left = _coloured(plan, _sold_abroad(plan) + left_over(plan), group)  # (home or not, year)
    for amount, own, others in ((left[0], home, bought), (left[1], bought, home)):
        drawn = drawn - _taken_off(others, _taken_off(own, amount))
    found = dict(bought)
    for name, numbers in home.items():
        source = name.removesuffix(ORE)
        found[source] = found.get(source, 0.0) + numbers
    order = [MINED, RECYCLED, *(name for name in found if name not in (MINED, RECYCLED))]
    return xr.DataArray(
        np.array([*(found[name] for name in order), drawn]), dims=("source", "year"),
        coords={"source": [*order, STOCK], "year": case.years},
        attrs={"units": "t/year", "long_name": "NdPr contained in what is used, by source"},
    )  # fmt: skip


def supply_left(plan: Plan) -> xr.DataArray:
    """Return the NdPr in goods from oxide on that is sold abroad and left over, (way, year) contained t."""
    group = element_groups(plan.case)[NDPR]
    found = {"sold abroad": _sold_abroad(plan), "left over": left_over(plan)}
    return xr.DataArray(
        np.array([_coloured(plan, numbers, group).sum(axis=0) for numbers in found.values()]), dims=("way", "year"),
        coords={"way": list(found), "year": plan.case.years},
        attrs={"units": "t/year", "long_name": "NdPr contained in goods from oxide on that the country does not use"},
    )  # fmt: skip


def stock(plan: Plan) -> xr.DataArray:
    """Return the NdPr in stock at the end of the year, (good, year) contained t; goods as ``material|colour``."""
    case = plan.case
    held = plan.decisions["store"].values.sum(axis=1) * _contents(case, element_groups(case)[NDPR])
    return xr.DataArray(
        held, dims=("good", "year"), coords={"good": plan.decisions["store"]["good"].values, "year": case.years},
        attrs={"units": "t", "long_name": "NdPr contained in stock at the end of the year"},
    )  # fmt: skip


def left_over(plan: Plan) -> np.ndarray:
    """Return what is left of every good over the country, (good, year) gross t/year: neither used, kept nor sold."""
    case, net = plan.case, plan.case.network
    value = {name: array.values.sum(axis=1) for name, array in plan.decisions.items() if name in OF_GOODS}
    found = -np.diff(value["store"], axis=1, prepend=0.0) - value["recolour"] - value["deliver"] - value["export"]
    np.add.at(found, net.flow_good, net.flow_amount * value["run"][net.flow_activity])
    for at, passed in net.passing():
        found[passed] += value["recolour"][at]
    for at, (_, _, material) in enumerate(case.market.offers):
        found[net.bought(material)] += value["buy"][at]
    collected = plan.decisions["collect"].values.sum(axis=(1, 2))
    for at, product in enumerate(case.recovery.products):
        found[net.good(net.used[product], PLAIN)] += collected[at]
    return np.where(found > ROUNDING, found, 0.0)


def _entering(plan: Plan, group: tuple[str, ...]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return what comes in at home and what is bought, contained t by source: the first from ore or used goods.

    Ore that was bought is counted by the oxide that comes of it, under its origin.
    """
    case, net = plan.case, plan.case.network
    run, buy = (plan.decisions[name].values.sum(axis=1) for name in ("run", "buy"))
    recycled = np.einsum("at,at->t", won_back(case, group), run)
    home = {MINED: np.einsum("at,at->t", _gained(case, group), run) - recycled, RECYCLED: recycled}
    bought: dict[str, np.ndarray] = {}
    for at, (_, origin, material) in enumerate(case.market.offers):
        held = content(case, material, group) * buy[at]
        ore = (material, PLAIN) in net.goods
        into, name = (home, f"{origin}{ORE}") if ore else (bought, origin)
        into[name] = into.get(name, 0.0) + held
    _share_of_ore(case, home, run, group)
    return home, bought


def _gained(case: Case, group: tuple[str, ...]) -> np.ndarray:
    """Return the elements in goods with a colour that a tonne of each activity without one makes, (activity, year)."""
    net = case.network
    found = np.zeros((len(net.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        material, colour = net.goods[net.flow_good[row]]
        if colour and not net.activities[activity][1]:
            found[activity] += net.flow_amount[row] * content(case, material, group)
    return found


def _share_of_ore(case: Case, home: dict[str, np.ndarray], run: np.ndarray, group: tuple[str, ...]) -> None:
    """Split what is separated at home between home ore and each origin's, as the ore that was dug and bought."""
    net = case.network
    bought = [name for name in home if name.endswith(ORE)]
    into = net.flow_activity[net.flow_amount.min(axis=1) < 0]  # what takes in no good digs
    dug = np.zeros(len(case.years))
    for row, activity in enumerate(net.flow_activity):
        material, colour = net.goods[net.flow_good[row]]
        if not colour and not net.product[material] and activity not in into:
            dug = dug + content(case, material, group) * net.flow_amount[row] * run[activity]
    ore = dug + sum((home[name] for name in bought), np.zeros(len(case.years)))
    separated = home[MINED]
    for name in bought:
        home[name] = separated * home[name] / np.where(ore > 0, ore, 1.0)
        home[MINED] = home[MINED] - home[name]


def _drawn(plan: Plan, group: tuple[str, ...]) -> np.ndarray:
    """Return what is drawn from stock, contained t; at the composition of the year, as goods keep none of their own."""
    store = plan.decisions["store"].values.sum(axis=1)
    found: np.ndarray = -(_contents(plan.case, group) * np.diff(store, axis=1, prepend=0.0)).sum(axis=0)
    return found


def _sold_abroad(plan: Plan) -> np.ndarray:
    found: np.ndarray = plan.decisions["export"].values.sum(axis=1)
    return found


def _contents(case: Case, group: tuple[str, ...]) -> np.ndarray:
    """Return what a tonne of each good holds of the elements, (good, year)."""
    return np.array([content(case, material, group) for material, _ in case.network.goods])


def _coloured(plan: Plan, amounts: np.ndarray, group: tuple[str, ...]) -> np.ndarray:
    """Return what goods of the home colour, and those of the other colours, hold of the elements, (2, year)."""
    colours = np.array([colour for _, colour in plan.case.network.goods])
    held = amounts * _contents(plan.case, group)
    return np.array([held[colours == HOME].sum(axis=0), held[np.isin(colours, (FOREIGN, BOUGHT))].sum(axis=0)])


def _taken_off(sources: dict[str, np.ndarray], amount: np.ndarray) -> np.ndarray:
    """Take an amount off sources in proportion, and return what they could not bear of it, (year,)."""
    total = sum(sources.values(), np.zeros_like(amount))
    borne = np.minimum(amount, total)
    kept = 1 - borne / np.where(total > 0, total, 1.0)
    for name in sources:
        sources[name] = sources[name] * kept
    found: np.ndarray = amount - borne
    return found


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

    A budget that was asked for and binds stands before all others, under the words it was asked in: the less there is
    of it, the less its worth times its amount says.
    Of capacity it is what one more tonne a year would save beyond its own yearly cost, in the years before a plant
    decided at the first opportunity is run up: later it can be built, and what keeps it from growing is ``growth``.
    """
    program, found = plan.formulation.program, []
    budgets = {str(one): BUDGET for one in plan.asked if one.kind == BUDGET}
    for name, rule in ({one: one for one in BINDING} | budgets).items():
        block = program.rows.get(name)
        if block is None or not block.at.size:
            continue
        worth = -program.duals(name, plan.solution.duals)
        amount = np.where(block.at == NONE, 0.0, np.maximum(plan.matrix.row_upper[block.at], 0.0))
        if name == "capacity":
            early = _too_early(plan, [one for one in ("budget", *budgets) if one in program.rows])
            worth, amount = np.where(early[:, None], worth - _own_cost(plan), 0.0), _in_use(plan)
        worth = np.where(worth > LEAST, worth, 0.0)
        *dims, last = block.labels
        for place in np.argwhere(worth.any(axis=-1)):
            at = tuple(place)
            years = np.array(list(block.labels[last]))[worth[at] > 0]
            of = ", ".join(str(block.labels[dim][number]) for dim, number in zip(dims, place, strict=True))
            rent = float(worth[at] @ amount[at])
            of = name if name in budgets else of
            found.append(Bottleneck(rule, of, block.unit, int(years[0]), int(years[-1]), float(worth[at].max()), rent))
    return sorted(found, key=lambda one: (one.of not in budgets, -one.rent, one.rule, one.of))


def _too_early(plan: Plan, budgets: list[str]) -> np.ndarray:
    """Say in which years time keeps a plant from being built, (plant, year): until one decided first is run up.

    Where a budget binds in that first year, it is the budget that keeps it from being built, and time alone only until
    such a plant would give its first output.
    """
    program, level = plan.formulation.program, plan.case.plants.level
    if not plan.case.decided.size:
        return np.ones((len(level), len(plan.case.years)), dtype=bool)
    held = any(-program.duals(name, plan.solution.duals)[0] > LEAST for name in budgets)
    found: np.ndarray = level[:, 0] < (LEAST if held else 1 - LEAST)
    return found


def _own_cost(plan: Plan) -> np.ndarray:
    """Return what a tonne a year of output costs in each year, (plant, 1, year) millions of the base year."""
    case, plants = plan.case, plan.case.plants
    yearly = plants.capital * (annuity(case, plan.view) + plants.fixed) / np.maximum(plants.availability, 1e-9)
    cost: np.ndarray = yearly[:, None, None] * case.factors(plan.view)
    return cost


def capacity_use(plan: Plan) -> xr.Dataset:
    """Return what plants could turn out and what they do, (plant, year) t/year over the country.

    ``stands`` and ``awarded`` are there without a decision, ``built`` is what the plan decided, run up as far as it is;
    ``retired`` is taken off all of them, and of it ``closed`` is what stood or was awarded; ``used`` is what activities
    ask of the plant. All but ``used`` are capacity, of which availability is the part that can be used.
    """
    plants, decisions = plan.case.plants, plan.decisions
    built = np.einsum("krb,kbt->kt", decisions["build"].values, plants.level)
    closed = decisions["closed"].sum("region").values
    retired = decisions["gone"].sum("region").values + closed
    found = {
        "stands": (plants.standing.sum(axis=1), "capacity that stands or is being built"),
        "awarded": (plants.awarded.sum(axis=1), "capacity that is awarded"),
        "built": (built, "capacity that the plan builds, run up as far as it is"),
        "retired": (retired, "capacity retired or ended, taken off the others"),
        "closed": (closed, "of what is retired: capacity that stood or was awarded, closed by the plan"),
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


def magnets_by_sector(plan: Plan, name: str) -> xr.DataArray:
    """Return magnets lacking (``unmet``) or saved by designs without rare earths (``substitute``), (sector, year) t."""
    need, found = plan.case.need, plan.decisions[name]
    values = found.values.sum(axis=1)
    sectors = list(dict.fromkeys(need.sectors))
    of = np.array([[one == sector for one in need.sectors] for sector in sectors], dtype=float)
    return xr.DataArray(
        of.reshape(len(sectors), len(need.sectors)) @ values, dims=("sector", "year"),
        coords={"sector": sectors, "year": plan.case.years},
        attrs={"units": "t/year", "long_name": str(found.attrs["long_name"])},
    )  # fmt: skip
