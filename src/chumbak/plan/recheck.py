"""Rules of tonnes and plants checked again on a finished plan, from the case and the labelled decisions alone.

Nothing here reads the programme or calls a function that wrote it: every rule is worked out a second time from its
words in docs/plan.md, under the name it has there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import xarray as xr

from chumbak.plan.case import Case

TONNES = 1e-6
"""Most that a rule of tonnes may be off, t (and of money, millions)."""
ROUNDING = 1e-9
"""Rounding of recipes, t per t."""
Labels = Sequence[Sequence[object] | np.ndarray]
WHOLE_PLANTS = ("opened", "sized")  # decisions of a plan of whole plants alone
PIECES = ("to_reference", "beyond_reference")


@dataclass(frozen=True)
class Check:
    """A rule checked: on how many instances, the worst excess over what it allows, and where that is ("" for none)."""

    rule: str
    checked: int
    worst: float
    unit: str
    tolerance: float
    where: str

    @property
    def holds(self) -> bool:
        """Say whether the rule holds everywhere within its tolerance; what is not a number does not."""
        return self.worst <= self.tolerance


@dataclass(frozen=True, eq=False)
class Taken:
    """The decisions of a plan as arrays in the order of the case; axes as in docs/plan.md.

    ``opened`` and ``sized`` (plant, piece, region, decided) are of no piece where plants are not whole.
    """

    run: np.ndarray
    buy: np.ndarray
    recolour: np.ndarray
    deliver: np.ndarray
    store: np.ndarray
    export: np.ndarray
    ship: np.ndarray
    collect: np.ndarray
    sell: np.ndarray
    build: np.ndarray
    opened: np.ndarray
    sized: np.ndarray
    gone: np.ndarray
    closed: np.ndarray
    stock_lacking: np.ndarray
    unmet: np.ndarray
    substitute: np.ndarray


def take(case: Case, decisions: xr.Dataset) -> Taken:
    """Return decisions by their labels. Raises ``KeyError`` where one that the case asks for is not there."""
    axes = decision_axes(case)
    nothing = np.zeros((len(case.plants.names), 0, len(case.regions), len(case.decided)))
    any_size = {} if "opened" in decisions else dict.fromkeys(WHOLE_PLANTS, nothing)
    return Taken(**any_size, **{one.name: ordered(decisions[one.name], axes[one.name])
                                for one in fields(Taken) if one.name not in any_size})  # fmt: skip


def ordered(array: xr.DataArray, labels: Labels) -> np.ndarray:
    """Return the values of an array in the order of ``labels``, one sequence for each of its dimensions."""
    values = array.values
    for axis, (dim, names) in enumerate(zip(array.dims, labels, strict=True)):
        at = array.get_index(dim).get_indexer(pd.Index(list(names)))
        if np.any(at < 0):
            raise KeyError(
                f"'{array.name}' lacks a {dim}: {[one for one, found in zip(names, at, strict=True) if found < 0]}"
            )
        values = values.take(at, axis=axis)
    return values.astype(float)


def decision_axes(case: Case) -> dict[str, Labels]:
    """Return the labels of each decision, axis by axis."""
    net, years, regions = case.network, case.years.tolist(), case.regions
    goods, span = spelled(net.goods), (regions, years)
    products, plants = case.need.products, case.plants.names
    offers = [f"{offer}:{material}" for offer, _, material in case.market.offers]
    stocks = [one.name for one in case.policies if one.instrument == "public_stock"]
    opened = (plants, PIECES, regions, case.decided.tolist())
    of_goods = dict.fromkeys(("recolour", "deliver", "store", "export"), (goods, *span))
    return {
        "run": (spelled(net.activities), *span), "buy": (offers, *span), "ship": (goods, regions, *span),
        "collect": (case.recovery.products, case.recovery.steps, *span), "sell": (case.market.sold, years),
        "build": (plants, regions, case.decided.tolist()), "gone": (plants, *span), "closed": (plants, *span),
        "stock_lacking": (stocks, case.need.grades, years), "unmet": (products, *span), "substitute": (products, *span),
        **dict.fromkeys(WHOLE_PLANTS, opened),
        **of_goods,
    }  # fmt: skip


def spelled(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return goods or activities as they are labelled, such as ``oxide|home``."""
    return [f"{name}|{colour}" if colour else name for name, colour in pairs]


def check(rule: str, unit: str, excess: np.ndarray, labels: Labels, tolerance: float = TONNES) -> Check:
    """Return a check; ``excess`` is what is above zero where the rule is broken."""
    excess = np.asarray(excess, dtype=float)
    if not excess.size:
        return Check(rule, 0, 0.0, unit, tolerance, "")
    place = np.unravel_index(int(np.argmax(np.nan_to_num(excess, nan=np.inf))), excess.shape)
    worst = float(excess[place])
    named = ", ".join(str(names[int(at)]) for names, at in zip(labels, place, strict=True))
    return Check(
        rule,
        excess.size,
        max(worst, 0.0) if worst == worst else worst,
        unit,
        tolerance,
        named if not worst <= 0 else "",
    )


def left_over(case: Case, taken: Taken) -> np.ndarray:
    """Return what is left of every good, (good, region, year) t: below zero, more is used than there is."""
    net = case.network
    left: np.ndarray = -taken.store - taken.deliver - taken.export - taken.recolour
    left[..., 1:] += taken.store[..., :-1]
    left += taken.ship.sum(axis=1) - taken.ship.sum(axis=2)  # what came from anywhere, what went anywhere
    np.add.at(left, net.flow_good, net.flow_amount[:, None, :] * taken.run[net.flow_activity])
    numbers = {good: at for at, good in enumerate(net.goods)}
    for at, (_, _, material) in enumerate(case.market.offers):
        colour = next(one for one in ("", "bought", "foreign") if (material, one) in numbers)
        left[numbers[material, colour]] += taken.buy[at]
    for at, product in enumerate(case.recovery.products):
        left[numbers[net.used[product], ""]] += taken.collect[at].sum(axis=0)
    for (material, colour), at in numbers.items():
        if colour in ("home", "bought"):
            left[numbers[material, "foreign"]] += taken.recolour[at]
    return left


def balances(case: Case, taken: Taken) -> list[Check]:
    """Check that no more of a good is used than there is."""
    axes = (spelled(case.network.goods), case.regions, case.years)
    return [check("balance", "t/year", -left_over(case, taken), axes)]


def elements(case: Case, taken: Taken) -> list[Check]:
    """Check rare earths over the country: what came in is handed on, kept, left over or lost, and no loss is below 0.

    An activity that takes in something without a composition is left out of the losses.
    """
    net, names = case.network, rare_earths(case)
    held = contents(case, [material for material, _ in net.goods], names)  # (good, element, year)
    other = contents(case, net.materials, names)
    run = taken.run.sum(axis=1)
    known = [material in case.composition["material"].values for material in net.materials]
    change = np.zeros((len(net.activities), len(names), len(case.years)))
    np.add.at(change, net.flow_activity, net.flow_amount[:, None, :] * held[net.flow_good])
    traded = np.einsum("amt,met->aet", net.turned_out - net.taken, other)
    lost = -(change + traded) * run[:, None, :]
    store = taken.store.sum(axis=1)
    came = np.zeros_like(store)
    came[:, 1:] = store[:, :-1]
    for at, (_, _, material) in enumerate(case.market.offers):
        came[next(n for n, good in enumerate(net.goods) if good[0] == material)] += taken.buy[at].sum(axis=0)
    for at, product in enumerate(case.recovery.products):
        came[net.goods.index((net.used[product], ""))] += taken.collect[at].sum(axis=(0, 1))
    went = taken.deliver.sum(axis=1) + taken.export.sum(axis=1) + store
    left = np.maximum(left_over(case, taken), 0.0).sum(axis=1)
    off = np.einsum("get,gt->et", held, came - went - left) - np.einsum("aet,at->et", traded, run) - lost.sum(axis=0)
    whole = ~np.any((net.taken + net.turned_out)[:, ~np.array(known, dtype=bool)] > 0, axis=(1, 2))
    made = -lost - ROUNDING * run[:, None, :]
    activities = np.array(spelled(net.activities))
    return [
        check("elements", "t/year", np.abs(off), (names, case.years)),
        check("losses", "t/year", made[whole], (activities[whole], names, case.years)),
    ]


def needs(case: Case, taken: Taken) -> list[Check]:
    """Check that need is met or accounted for, that no more is lacking of a product than is needed, and redesign."""
    asked, share = case.need, grade_shares(case)
    got = np.zeros(asked.need.shape[1:])
    for good, slot in enumerate(case.network.slot):
        if slot:
            got[asked.grades.index(slot)] += taken.deliver[good]
    without = taken.unmet + taken.substitute
    got += np.einsum("ukt,urt->krt", share, without)
    most = asked.need.sum(axis=1)
    axes = (case.regions, case.years)
    return [
        check("need", "t/year", np.abs(got - asked.need.sum(axis=0)), (asked.grades, *axes)),
        check("lacking", "t/year", without - most, (asked.products, *axes)),
        _redesigned(case, taken),
    ]


def _redesigned(case: Case, taken: Taken) -> Check:
    """Check that of no product the share designed away falls: told in tonnes of the year that needs less."""
    needed = case.need.need.sum(axis=(1, 2))
    share = np.divide(taken.substitute.sum(axis=1), needed, out=np.zeros_like(needed), where=needed > 0)
    fewer = np.minimum(needed[:, 1:], needed[:, :-1])  # 0 where one of the years needs none
    return check("redesigned_stays", "t/year", -np.diff(share, axis=1) * fewer, (case.need.products, case.years[1:]))


def markets(case: Case, taken: Taken) -> list[Check]:
    """Check limits of what is bought, sold and exported, and of what processes may make."""
    net, market, years = case.network, case.market, case.years
    bought = [taken.buy[list(members)].sum(axis=(0, 1)) - most for _, members, most in market.limits]
    rows = [net.materials.index(name) for name in market.sold]
    turned_out = np.einsum("amt,art->mt", net.turned_out[:, rows], taken.run)
    most = {net.template[name]: limit for name, limit in market.export.items()}  # of all grades together
    abroad = {name: -limit for name, limit in most.items()}
    for at, (material, _) in enumerate(net.goods):
        if net.template[material] in abroad:
            abroad[net.template[material]] = abroad[net.template[material]] + taken.export[at].sum(axis=0)
    no_market = [
        at
        for at, (name, colour) in enumerate(net.goods)
        if colour in ("foreign", "bought") or name not in market.export
    ]
    return [
        check("import_limit", "t/year", table(bought, years), ([name for name, _, _ in market.limits], years)),
        check("sold", "t/year", taken.sell - turned_out, (market.sold, years)),
        check("sale_limit", "t/year", taken.sell - market.sale_limit, (market.sold, years)),
        check("export_limit", "t/year", table(list(abroad.values()), years), (list(abroad), years)),
        check(
            "no_export", "t/year", taken.export[no_market], ([net.goods[at] for at in no_market], case.regions, years)
        ),
        *_process_limits(case, taken),
    ]


def _process_limits(case: Case, taken: Taken) -> list[Check]:
    names, several = list(case.limits), len(case.regions) > 1
    by_region = np.zeros((len(names), len(case.regions), len(case.years)))
    for at, name in enumerate(names):
        ours = [a for a, (process, _) in enumerate(case.network.activities) if case.network.template[process] == name]
        by_region[at] = taken.run[ours].sum(axis=0)
    most = table([case.limits[name] for name in names], case.years)
    found = [check("limit", "t/year", by_region.sum(axis=1) - most, (names, case.years))]
    placed = [at for at, name in enumerate(names) if several and name in case.region_share]
    if placed:
        local = np.array([np.outer(case.region_share[names[at]], most[at]) for at in placed])
        axes = ([names[at] for at in placed], case.regions, case.years)
        found.append(check("local_limit", "t/year", by_region[placed] - local, axes))
    return found


def bounds(case: Case, taken: Taken) -> list[Check]:
    """Check what bounds a single decision: nothing is below zero, and nothing is where it cannot be."""
    net, recovery, axes = case.network, case.recovery, decision_axes(case)
    below = [check("not_negative", "", -getattr(taken, one.name), axes[one.name]) for one in fields(taken)]
    worst = min(below, key=lambda one: (one.holds, -one.worst))
    most = recovery.share[None, :, None, None] * recovery.arising[:, None]
    lacking = case.need.need.sum(axis=1)
    offered = {material for _, _, material in case.market.offers}
    kept = [
        material in offered and (colour in ("home", "bought") or (colour == "foreign" and bool(slot)))
        for (material, colour), slot in zip(net.goods, net.slot, strict=True)
    ]
    stays = ~np.array(kept, dtype=bool)
    no_slot = np.array([not slot for slot in net.slot], dtype=bool)
    inside = np.array([not net.stage[name] or name in set(net.used.values()) for name, _ in net.goods], dtype=bool)
    passes = [
        colour == "home" or (colour == "bought" and not slot)
        for (_, colour), slot in zip(net.goods, net.slot, strict=True)
    ]
    fixed = ~np.array(passes, dtype=bool)
    return [
        Check("not_negative", sum(one.checked for one in below), worst.worst, "", TONNES, worst.where),
        check("collected", "t/year", taken.collect - most, axes["collect"]),
        check("closed", "t/year", taken.closed - case.plants.standing - case.plants.awarded, axes["closed"]),
        check("unmet", "t/year", taken.unmet - lacking, axes["unmet"]),
        check(
            "substituted",
            "t/year",
            taken.substitute - lacking * case.need.substitute_share[:, None],
            axes["substitute"],
        ),
        _nowhere("kept", taken.store, stays, axes["store"]),
        _nowhere("delivered", taken.deliver, no_slot, axes["deliver"]),
        _nowhere("recoloured", taken.recolour, fixed, axes["recolour"]),
        _nowhere("shipped", taken.ship, inside, axes["ship"]),
    ]


def _nowhere(rule: str, values: np.ndarray, goods: np.ndarray, axes: Labels) -> Check:
    named = [name for name, chosen in zip(axes[0], goods, strict=True) if chosen]
    return check(rule, "t/year", values[goods], (named, *axes[1:]))


def plants(case: Case, taken: Taken, given_builds: bool = False) -> list[Check]:
    """Check capacity, its end, its growth, the budget and where plants are.

    What stands or is awarded closes, what the plan builds goes: neither comes back, and no more goes than was built.
    With ``given_builds`` (a plan replayed) growth and budget are not asked of it.
    """
    kinds, axes = case.plants, (case.plants.names, case.regions, case.years)
    there = kinds.standing + kinds.awarded
    able = there - taken.closed + np.einsum("krb,kbt->krt", taken.build, kinds.level) - taken.gone
    asked = np.einsum("kat,art->krt", kinds.use, taken.run)
    ended = np.einsum("krb,kbt->krt", taken.build, kinds.ended)
    came = np.einsum("krb,kbt->krt", taken.build, kinds.online)
    reopened = np.where(there[..., 1:] > 0, taken.closed[..., :-1] - taken.closed[..., 1:], 0.0)
    found = [
        check("capacity", "t/year", asked - kinds.availability[:, None, None] * able, axes),
        check("gone_stays", "t/year", -np.diff(taken.gone, axis=-1), (*axes[:2], case.years[1:])),
        check("closed_stays", "t/year", reopened, (*axes[:2], case.years[1:])),
        check("gone_was_built", "t/year", taken.gone - came, axes),
        check("end_of_life", "t/year", ended - taken.gone, axes),
        check("sited", "t/year", np.where(_barred(case), taken.build.sum(axis=2), 0.0), axes[:2]),
    ]
    found += _whole_plants(case, taken, given_builds)
    if given_builds:
        return found
    built = came.sum(axis=1)
    built_before = np.pad(built[:, :-1], ((0, 0), (1, 0)))
    stood = np.pad(there.sum(axis=1)[:, :-1], ((0, 0), (1, 0)), mode="edge") + built_before
    stood -= np.pad((taken.gone + taken.closed).sum(axis=1)[:, :-1], ((0, 0), (1, 0)))
    grown = built - built_before - kinds.growth[:, None] * stood - kinds.step[:, None]
    grown = np.where((kinds.online > 0).any(axis=1), grown, 0.0)
    found.append(check("growth", "t/year", grown, (kinds.names, case.years)))
    if case.budget is not None:
        spent = capital_paid(case, taken).sum(axis=(0, 1))
        most = case.budget[np.searchsorted(case.years, case.decided)]
        found.append(check("budget", "million", spent - most, (case.decided,)))
    return found


def _whole_plants(case: Case, taken: Taken, given_builds: bool) -> list[Check]:
    """Check that what is built is of whole plants, none of which is smaller or larger than one can be."""
    if not taken.opened.shape[1]:
        return []
    axes = (case.plants.names, PIECES, case.regions, case.decided)
    off = np.abs(taken.opened - np.rint(taken.opened))
    apart = np.abs(taken.build - taken.sized.sum(axis=1))
    found = [check("whole_plants", "1", off, axes), check("whole_build", "t/year", apart, (axes[0], *axes[2:]))]
    if given_builds:
        return found
    short, over = np.zeros_like(off), np.zeros_like(off)
    for at in range(len(off)):
        ends = _ends(case, at)
        for piece, low, high in zip((0, 1), ends[:-1], ends[1:], strict=True):
            if low > 0:  # or a plant may be as small as it likes, and more of them stand for a larger one
                short[at, piece] = low * taken.opened[at, piece] - taken.sized[at, piece]
                over[at, piece] = taken.sized[at, piece] - high * taken.opened[at, piece]
    return [*found, check("size_least", "t/year", short, axes), check("size_most", "t/year", over, axes)]


def cost_of_one(case: Case, at: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sizes between which the cost of one plant is straight, t/year, and what it costs at each, M.

    They are the smallest plant, the reference and the largest; where the pack knows no scale, the smallest alone.
    """
    kinds = case.plants
    least, reference, most = kinds.least[at], kinds.reference[at], kinds.most[at]
    if np.isnan(kinds.scale[at]):
        return np.array([least]), np.array([least * kinds.capital[at]])
    most = most if most == most else max(reference, least)
    sizes = np.unique([least, np.clip(reference, least, most), most])
    return sizes, kinds.capital[at] * reference ** (1 - kinds.scale[at]) * sizes ** kinds.scale[at]


def last_tonne(case: Case, at: int) -> float:
    """Return what one more tonne a year costs in the largest plants, M: there it is least."""
    sizes, costs = cost_of_one(case, at)
    if np.isnan(case.plants.scale[at]):
        return float(case.plants.capital[at])
    return float((costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2]) if len(sizes) > 1 else costs[0] / sizes[0])


def capital_paid(case: Case, taken: Taken) -> np.ndarray:
    """Return what is paid for what is built, (plant, region, decided) M: of whole plants, by their piece."""
    found: np.ndarray = case.plants.capital[:, None, None] * taken.build
    if not taken.opened.shape[1]:
        return found
    for at in np.flatnonzero(np.isfinite(case.plants.scale)).tolist():
        sizes, costs = cost_of_one(case, at)
        ends = _ends(case, at)
        found[at] = 0.0
        for piece, low, high in zip((0, 1), ends[:-1], ends[1:], strict=True):
            number, tonnes = taken.opened[at, piece], taken.sized[at, piece]
            below, above = (float(costs[sizes == end][0]) for end in (low, high))
            if high > low:
                found[at] += below * number + (tonnes - low * number) * (above - below) / (high - low)
            else:
                found[at] += tonnes * above / high  # of one size alone, or there is no such piece and nothing of it
    return found


def _ends(case: Case, at: int) -> tuple[float, float, float]:
    """Return the smallest plant, where the pieces of its cost meet, and the largest plant, t/year."""
    sizes = cost_of_one(case, at)[0]
    middle = np.clip(case.plants.reference[at], sizes[0], sizes[-1]) if len(sizes) > 1 else sizes[0]
    return float(sizes[0]), float(middle), float(sizes[-1])


def _barred(case: Case) -> np.ndarray:
    """Say where a plant may not be: in a region where a process it runs has no share of its limit, (plant, region)."""
    barred = np.zeros((len(case.plants.names), len(case.regions)), dtype=bool)
    for activity, (process, _) in enumerate(case.network.activities):
        share = case.region_share.get(case.network.template[process])
        if share is not None:
            runs = np.any(case.plants.use[:, activity] > 0, axis=1)
            barred |= runs[:, None] & (share <= 0)[None]
    return barred


def grade_shares(case: Case) -> np.ndarray:
    """Return the share of each grade in what a product needs over the country, (product, grade, year)."""
    need = case.need.need.sum(axis=2)
    whole = need.sum(axis=1)[:, None]
    found: np.ndarray = np.where(whole > 0, need / np.where(whole > 0, whole, 1.0), 0.0)
    return found


def rare_earths(case: Case) -> list[str]:
    """Return the rare earths that magnets hold: of the elements of the chain those that some rung hands on."""
    most = case.rung_need.max([dim for dim in case.rung_need.dims if dim != "element"])
    return [str(name) for name in most["element"].values[most.values > 0]]


def contents(case: Case, materials: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """Return what materials hold of elements, (material, element, year) kg/kg; 0 for what has no composition."""
    wanted = pd.Index(list(materials), dtype=object)
    at = pd.Index(case.composition["material"].values.tolist(), dtype=object).get_indexer(wanted)
    held = case.composition.sel(element=list(names)).transpose("material", "element", "year").values
    found: np.ndarray = np.where((at >= 0)[:, None, None], held[np.maximum(at, 0)], 0.0)
    return found


def table(rows: Sequence[np.ndarray], years: np.ndarray) -> np.ndarray:
    """Return rows over years as an array that has its shape without rows too."""
    return np.array(rows, dtype=float).reshape(len(rows), len(years))
