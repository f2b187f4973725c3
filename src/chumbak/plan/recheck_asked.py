"""What is asked of a plan checked again: requirements, stocks, the caps of policies, and the sum of what it costs.

Like ``recheck``, it reads the case and the labelled decisions alone and calls nothing that wrote the programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.policies import Policy
from chumbak.plan.recheck import (
    Check,
    Taken,
    capital_paid,
    check,
    contents,
    cost_of_one,
    grade_shares,
    last_tonne,
    left_over,
    ordered,
    rare_earths,
    spelled,
)
from chumbak.plan.requirements import Requirement

WEEKS = 52.0
OXIDES = "separation"  # the rung that used goods come back to
ALIKE = ("Nd", "Pr")  # measured together


def requirement(case: Case, taken: Taken, one: Requirement) -> Check:
    """Check one requirement, from its year on, by its definition."""
    excess, axes = REQUIRED[one.kind](case, taken, one)
    *others, years = axes
    later = np.asarray(years) >= one.year
    unit = {"stock-weeks": "t", "budget": "million"}.get(one.kind, "t/year")
    return check(str(one), unit, excess[..., later], (*others, np.asarray(years)[later]))


Excess = tuple[np.ndarray, tuple[Sequence[object] | np.ndarray, ...]]


BOTH = ("used", "made")  # what counts is the smaller of the two


def _max_share(case: Case, taken: Taken, one: Requirement) -> Excess:
    net, groups, flows = case.network, _groups(case), _outside(case, taken)
    rungs = [one.part] if one.part else sorted({net.stage[name] for _, _, name in case.market.offers} - {""})
    excess = np.zeros((len(rungs), len(groups), len(case.years)))
    for at, rung in enumerate(rungs):
        bought = [number for number, (_, origin, name) in enumerate(case.market.offers)
                  if (net.stage[name], origin) == (rung, one.target)]  # fmt: skip
        tonnes = taken.buy[bought].sum(axis=1)
        for number, group in enumerate(groups.values()):
            held = contents(case, [case.market.offers[offer][2] for offer in bought], group).sum(axis=1)
            used = _used(case, taken, flows, rung, group)
            excess[at, number] = (held * tonnes).sum(axis=0) - one.value * used
    return excess, (rungs, list(groups), case.years)


def _self_reliance(case: Case, taken: Taken, one: Requirement) -> Excess:
    group = _groups(case)[one.part or "".join(ALIKE)]
    used = _used_of_home_make(case, taken, _outside(case, taken), one.target, group)
    home = np.array([used, _made(case, taken, one.target, group)])
    return one.value * _rung_need(case, taken, one.target, group) - home, (BOTH, case.years)


def _chain_self_reliance(case: Case, taken: Taken, one: Requirement) -> Excess:
    net, run = case.network, taken.run.sum(axis=1)
    home = [at for at, (_, colour) in enumerate(net.goods) if colour == "home"]
    rows = [row for row, good in enumerate(net.flow_good) if good in home and net.slot[good]]
    made = (net.flow_amount[rows] * run[net.flow_activity[rows]]).sum(axis=0)
    asked = case.need.need.sum(axis=(0, 1, 2)) - taken.substitute.sum(axis=(0, 1))
    return one.value * asked - np.array([taken.deliver[home].sum(axis=(0, 1)), made]), (BOTH, case.years)


def _recycled_share(case: Case, taken: Taken, one: Requirement) -> Excess:
    net, group = case.network, _groups(case)["".join(ALIKE)]
    won, held = np.zeros(len(case.years)), _held(case, group)
    for row, activity in enumerate(net.flow_activity):
        (process, colour), good = net.activities[activity], net.flow_good[row]
        if net.product[process] and colour == "" and net.goods[good][1] != "":
            won += np.maximum(net.flow_amount[row], 0.0) * held[good] * taken.run[activity].sum(axis=0)
    used = _used_of_home_make(case, taken, _outside(case, taken), OXIDES, group)
    return one.value * _rung_need(case, taken, OXIDES, group) - np.array([used, won]), (BOTH, case.years)


def _stock_weeks(case: Case, taken: Taken, one: Requirement) -> Excess:
    return _uncovered(case, taken, np.full(len(case.years), one.value)), (case.need.grades, case.years)


def _capital_budget(case: Case, taken: Taken, one: Requirement) -> Excess:
    return capital_paid(case, taken).sum(axis=(0, 1)) - one.value, (case.decided,)


REQUIRED = {
    "max-share": _max_share, "self-reliance": _self_reliance, "chain-self-reliance": _chain_self_reliance,
    "recycled-share": _recycled_share, "stock-weeks": _stock_weeks, "budget": _capital_budget,
}  # fmt: skip


def _uncovered(case: Case, taken: Taken, weeks: np.ndarray) -> np.ndarray:
    """Return by how much magnets in stock fall short of weeks of need, (grade, year) t."""
    held = np.zeros((len(case.need.grades), len(case.years)))
    for good, slot in enumerate(case.network.slot):
        if slot:
            held[case.need.grades.index(slot)] += taken.store[good].sum(axis=0)
    found: np.ndarray = case.need.need.sum(axis=(0, 2)) * weeks / WEEKS - held
    return found


@dataclass(frozen=True, eq=False)
class _Outside:
    """What of every good comes from outside the processes, and what of it is not used, (good, year) t.

    ``came`` is bought or collected; ``unused`` is sold abroad, left over or put into stock.
    """

    came: np.ndarray
    unused: np.ndarray


def _outside(case: Case, taken: Taken) -> _Outside:
    goods, store = case.network.goods, taken.store.sum(axis=1)
    came = np.zeros_like(store)
    for at, (_, _, material) in enumerate(case.market.offers):
        kinds = [number for number, (name, _) in enumerate(goods) if name == material]
        came[next((number for number in kinds if goods[number][1] == "bought"), kinds[0])] += taken.buy[at].sum(axis=0)
    for at, product in enumerate(case.recovery.products):
        came[goods.index((case.network.used[product], ""))] += taken.collect[at].sum(axis=(0, 1))
    unused = (taken.export + left_over(case, taken)).sum(axis=1) + store
    unused[:, 1:] -= store[:, :-1]
    return _Outside(came, unused)


def _made(case: Case, taken: Taken, rung: str, group: Sequence[str]) -> np.ndarray:
    """Return what is made at home on a rung, of elements, (year,) contained t.

    It is what the rung's own processes turn out of its materials less what they take in of them, and what is won from
    used goods.
    """
    net, held = case.network, _held(case, group)
    own = np.array([net.stage[process] == rung for process, _ in net.activities], dtype=bool)
    plain = np.array([colour == "" for _, colour in net.activities], dtype=bool)
    won = plain[net.flow_activity] & (net.flow_amount.max(axis=1) > 0)
    rows = _of_rung(case, rung)[net.flow_good] & (own[net.flow_activity] | won)
    tonnes = net.flow_amount[rows] * taken.run.sum(axis=1)[net.flow_activity[rows]]
    found: np.ndarray = (held[net.flow_good[rows]] * tonnes).sum(axis=0)
    return found


def _used(case: Case, taken: Taken, flows: _Outside, rung: str, group: Sequence[str]) -> np.ndarray:
    """Return what is used of a rung, of elements, (year,) contained t: made, bought or collected, less what is not."""
    kept = (_held(case, group) * (flows.came - flows.unused))[_of_rung(case, rung)]
    found: np.ndarray = _made(case, taken, rung, group) + kept.sum(axis=0)
    return found


def _used_of_home_make(case: Case, taken: Taken, flows: _Outside, rung: str, group: Sequence[str]) -> np.ndarray:
    """Return what is used of what is made at home on a rung, of elements, (year,) contained t.

    It is what is made less what of it is sold abroad, left over or put into stock (or with what is drawn from it). As
    goods balance it comes to what is used less what is used of bought goods.
    """
    of_rung = _of_rung(case, rung)
    plain, bought = (np.array([of == colour for _, of in case.network.goods], dtype=bool) for colour in ("", "bought"))
    held = _held(case, group)
    came, unused = held * flows.came, held * flows.unused
    found: np.ndarray = _made(case, taken, rung, group) + came[of_rung & plain].sum(axis=0)
    found -= unused[of_rung & ~bought].sum(axis=0)
    return found


def _of_rung(case: Case, rung: str) -> np.ndarray:
    return np.array([case.network.stage[material] == rung for material, _ in case.network.goods], dtype=bool)


def _held(case: Case, group: Sequence[str]) -> np.ndarray:
    """Return what every good holds of elements, (good, year) kg/kg."""
    found: np.ndarray = contents(case, [material for material, _ in case.network.goods], group).sum(axis=1)
    return found


def _rung_need(case: Case, taken: Taken, rung: str, group: Sequence[str]) -> np.ndarray:
    """Return what a rung has to hand on of elements for the need that is not substituted, (year,) contained t."""
    each = case.rung_need.sel(stage=rung, element=list(group), grade=list(case.need.grades)).sum("element")
    asked = case.need.need.sum(axis=(0, 2)) - np.einsum("ukt,urt->kt", grade_shares(case), taken.substitute)
    found: np.ndarray = (each.transpose("grade", "year").values * asked).sum(axis=0)
    return found


def _groups(case: Case) -> dict[str, list[str]]:
    """Return the rare earths that are measured: neodymium and praseodymium together, the others singly."""
    names = rare_earths(case)
    pair = [name for name in ALIKE if name in names]
    return ({"".join(ALIKE): pair} if pair else {}) | {name: [name] for name in names if name not in ALIKE}


def policies(case: Case, taken: Taken, decisions: xr.Dataset, view: str) -> list[Check]:
    """Check public stocks, and in the investor view that nothing is paid beyond what the rules give."""
    found = []
    for one in case.policies:
        if one.instrument == "public_stock":
            names = [other.name for other in case.policies if other.instrument == "public_stock"]
            lacking = taken.stock_lacking[names.index(one.name)]
            found += _public_stock(case, taken, one, lacking)
    if view != INVESTOR:
        return found
    for instrument, rule in (("capital_subsidy", _subsidy), ("output_incentive", _incentive)):
        rows = [one for one in case.policies if one.instrument == instrument]
        for one in rows:
            if not (instrument == "capital_subsidy" and one.block):
                found += rule(case, taken, decisions, one)
    return found


def _subsidy(case: Case, taken: Taken, decisions: xr.Dataset, one: Policy) -> list[Check]:
    plant = case.plants.names.index(one.plant)
    paid = ordered(decisions["subsidy"], ([one.name], case.decided))[0]
    on = ordered(decisions["subsidised"], ([one.name], case.decided))[0]
    share = one.share[np.searchsorted(case.years, case.decided)]
    rate = share * _dearest_tonne(case, taken, plant)
    closed = ~_open(one, np.floor(case.decided + case.plants.lead[plant]))
    axes = ([one.name], case.decided)
    excess = {
        "subsidy_rate": ("million", paid - np.minimum(rate, one.cap) * on),
        "subsidy_paid": ("million", paid - share * capital_paid(case, taken)[plant].sum(axis=0)),
        "subsidy_build": ("t/year", on - taken.build[plant].sum(axis=0)),
        "subsidy_window": ("t/year", np.where(closed, on, 0.0)),
        "subsidy_not_negative": ("", -np.minimum(on, paid)),
    }
    sums = {
        "subsidy_quantity": ("t/year", on.sum() - one.quantity),
        "subsidy_total": ("million", paid.sum() - one.total),
    }
    return [
        *(check(rule, unit, values[None], axes) for rule, (unit, values) in excess.items()),
        *(_cap(rule, unit, value, one) for rule, (unit, value) in sums.items()),
    ]


def _dearest_tonne(case: Case, taken: Taken, plant: int) -> float:
    """Return the most that a tonne a year costs in a plant of any size, M: of whole plants, in the smallest."""
    sizes, costs = cost_of_one(case, plant)
    if not taken.opened.shape[1] or sizes[-1] == 0:  # of any size, at the same cost a tonne
        return float(case.plants.capital[plant])
    return float((costs / np.where(sizes > 0, sizes, np.inf)).max())


def _incentive(case: Case, taken: Taken, decisions: xr.Dataset, one: Policy) -> list[Check]:
    net, plant = case.network, case.plants.names.index(one.plant)
    activities, years = spelled(net.activities), case.years.tolist()
    paid = ordered(decisions["incentive"], ([one.name], years))[0]
    tonnes = ordered(decisions["rewarded"], ([one.name], activities, years))[0]
    counts = case.plants.use[plant] > 0
    price = np.zeros_like(tonnes)
    for row, activity in enumerate(net.flow_activity):
        worth = case.market.reference.get(net.goods[net.flow_good[row]][0], np.zeros(len(years)))
        price[activity] += np.maximum(net.flow_amount[row], 0.0) * worth
    block = np.full(len(years), np.inf)
    if one.block:
        ours = case.plants.blocks.get(one.block)
        block = ours[0][plant] * case.plants.availability[plant] if ours else np.zeros(len(years))
    most = np.minimum(block, one.quantity)
    closed = np.where(_open(one, case.years), 0.0, np.maximum(paid, tonnes.sum(axis=0)))
    by_sales = np.zeros_like(paid)
    if np.isfinite(one.sales_share):
        by_sales = paid - one.sales_share * (price * tonnes).sum(axis=0)
    excess = {
        "incentive_rate": ("million", paid - one.per_tonne * tonnes.sum(axis=0)),
        "incentive_sales": ("million", by_sales),
        "incentive_quantity": ("t/year", tonnes.sum(axis=0) - most),
        "incentive_window": ("t/year", closed),
        "incentive_not_negative": ("", -np.minimum(paid, tonnes.min(axis=0))),
    }
    return [
        check("incentive_output", "t/year", tonnes - taken.run.sum(axis=1) * counts, (activities, years)),
        *(check(rule, unit, values[None], ([one.name], years)) for rule, (unit, values) in excess.items()),
        _cap("incentive_total", "million", paid.sum() - one.total, one),
    ]


def _cap(rule: str, unit: str, excess: float, one: Policy) -> Check:
    return check(rule, unit, np.array([excess]), ([one.name],))


def _open(one: Policy, years: np.ndarray) -> np.ndarray:
    found: np.ndarray = ~(years < one.first) & ~(years > one.last) & (one.in_force > 0)
    return found


def yearly_costs(case: Case, taken: Taken, decisions: xr.Dataset, view: str) -> dict[str, np.ndarray]:
    """Return every cost term by year, millions of the base year; what is earned is below zero."""
    kinds, market, run = case.plants, case.market, taken.run.sum(axis=1)
    rate = case.discount[view]
    worth = np.array([market.reference.get(name, np.zeros(len(case.years))) for name, _ in case.network.goods])
    whole = taken.opened.shape[1] > 0
    last = np.array([last_tonne(case, at) if whole else kinds.capital[at] for at in range(len(kinds.names))])
    lived = np.einsum("krb,kbt->kt", capital_paid(case, taken), kinds.online - kinds.ended)
    early = taken.gone.sum(axis=1) - np.einsum("krb,kbt->kt", taken.build, kinds.ended)  # before their end of life
    kept = np.where(kinds.awarded > kinds.awarded_online, kinds.awarded, kinds.awarded_online)  # what costs its keep
    there = (kinds.standing + kept - taken.closed).sum(axis=1)
    awarded = kinds.awarded_online.sum(axis=1)
    counted = np.einsum("kat,at->kt", kinds.use, run)
    local = np.einsum("kat,art->krt", kinds.use, taken.run)
    terms = {
        "capital": _charge(case, view) @ (kinds.capital[:, None] * awarded + lived),
        "fixed": kinds.fixed @ (kinds.capital[:, None] * there + lived - last[:, None] * early),
        "operation": kinds.variable @ counted + (market.consumed * run).sum(axis=0),
        "electricity": np.einsum("k,krt,r->t", kinds.electricity, local, case.tariff),
        "purchases": (market.price * taken.buy.sum(axis=1)).sum(axis=0),
        "freight": case.landing @ taken.buy.sum(axis=0) + np.einsum("rs,rst->t", case.haul, taken.ship.sum(axis=0)),
        "holding": ((case.holding + _rotated(case)) * worth * taken.store.sum(axis=1)).sum(axis=0),
        "collection": case.recovery.cost @ taken.collect.sum(axis=(0, 2)),
        "substitution": (case.need.substitute_cost * taken.substitute.sum(axis=1)).sum(axis=0),
        "going without": (case.need.without * taken.unmet.sum(axis=1)).sum(axis=0)
        + case.need.without.max(axis=0, initial=0.0) * taken.stock_lacking.sum(axis=(0, 1)),
        "sales": -(market.sale_price * taken.sell).sum(axis=0) - (worth * taken.export.sum(axis=1)).sum(axis=0),
    }
    if view == INVESTOR:
        terms["duties"] = (market.duty * taken.buy.sum(axis=1)).sum(axis=0)
        terms["subsidies"] = -_received(case, decisions)
    worth_then = (1 + rate) ** -(case.years - case.base_year).astype(float)
    return {name: amount * worth_then for name, amount in terms.items()}


def _rotated(case: Case) -> np.ndarray:
    """Return what rotating public stocks loses of the worth of what is held, (good, year) 1/year."""
    found = np.zeros((len(case.network.goods), len(case.years)))
    for one in case.policies:
        if one.instrument == "public_stock":
            for good, slot in enumerate(case.network.slot):
                if slot and _stocked(case, one, slot):
                    found[good] += one.rotation * one.rotation_loss * _open(one, case.years)
    return found


def _charge(case: Case, view: str) -> np.ndarray:
    """Return what a year of a plant's life bears of its capital: equal parts, at the start of each, the last in part.

    What whole years are worth at the start is a geometric sum; a fraction of a year counts as that part of one more.
    """
    rate, kinds, found = case.discount[view], case.plants, []
    for lead, life in zip(kinds.lead, kinds.life, strict=True):
        part, whole = np.modf(float(life))
        after = (1 + rate) ** -whole
        years = whole if rate == 0 else (1 - after) * (1 + rate) / rate
        found.append((1 + rate) ** lead / (years + part * after))
    if view != INVESTOR:
        return np.array(found)
    sheltered = case.depreciation / (case.depreciation + rate)
    return np.array(found) * (1 - case.tax * sheltered) / (1 - case.tax)


def _received(case: Case, decisions: xr.Dataset) -> np.ndarray:
    """Return what policies are worth to investors by year, millions, not discounted.

    Incentives and public stocks as they are paid; of capital subsidies what the capital they replace would be charged.
    """
    found, kinds, charge = np.zeros(len(case.years)), case.plants, _charge(case, INVESTOR)
    for one in case.policies:
        if one.instrument == "output_incentive":
            found += ordered(decisions["incentive"], ([one.name], case.years))[0]
        elif one.instrument == "public_stock":
            found += _stock_paid(case, one)
        elif one.instrument == "capital_subsidy" and not one.block:
            plant = kinds.names.index(one.plant)
            stands = ordered(decisions["subsidy"], ([one.name], case.decided))[0] @ (kinds.online - kinds.ended)[plant]
            found += charge[plant] * stands
    for block in kinds.blocks:
        for one, paid in _block_paid(case, block):
            found += charge[kinds.names.index(one.plant)] * np.cumsum(paid)
    return found


def _public_stock(case: Case, taken: Taken, one: Policy, lacking: np.ndarray) -> list[Check]:
    """Check a public stock by grade and year: what it has to hold, and its doctrine where it has a trigger."""
    grades = [at for at, grade in enumerate(case.need.grades) if _stocked(case, one, grade)]
    axes, opened = ([case.need.grades[at] for at in grades], case.years), _open(one, case.years)
    ruled = one.weeks > 0 and np.isfinite(one.trigger)
    names = ("public_stock", "stock_most", "stock_change") if ruled else ("public_stock",)
    over = {name: np.full((len(grades), len(case.years)), -np.inf) for name in names}
    for row, at in enumerate(grades):
        held = np.zeros(len(case.years))
        for good, slot in enumerate(case.network.slot):
            held += taken.store[good].sum(axis=0) if slot == case.need.grades[at] else 0.0
        path = _held_to(case, one, at)
        over["public_stock"][row] = path.least - held - lacking[at]
        if ruled:
            change = held - np.append(0.0, held[:-1])
            moved = np.where(path.drawn, change, np.maximum(change - path.pace, -path.eased - change))
            over["stock_most"][row] = np.where(opened, held - path.most, -np.inf)
            over["stock_change"][row] = np.where(opened, moved, -np.inf)
    return [check(f"{name} {one.name}", "t", excess, axes) for name, excess in over.items()]


@dataclass(frozen=True, eq=False)
class _Path:
    """What a public stock of a grade is held to by year, t; see docs/plan.md."""

    least: np.ndarray
    most: np.ndarray
    pace: np.ndarray
    eased: np.ndarray
    drawn: np.ndarray


def _held_to(case: Case, one: Policy, at: int) -> _Path:
    opened = _open(one, case.years)
    count = len(case.years)
    found = _Path(np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool))
    least = most = target = 0.0
    for year in range(len(case.years)):
        week = float(case.need.need[:, at, :, year].sum()) / WEEKS
        before, target = target, one.weeks * week * opened[year]
        pace = one.fill * week if week else 0.0
        drawn = bool(opened[year]) and _seen_to_fall(case, one, case.need.grades[at], year)
        if drawn:
            least = min(one.floor * week, least)
        else:
            least, most = min(target, least + pace), max(most, min(target, most + pace))
        least, most = least * opened[year], most * opened[year]
        eased = max(before - target, 0.0)
        found.least[year], found.most[year], found.pace[year], found.eased[year] = least, most, pace, eased
        found.drawn[year] = drawn
    return found


def _seen_to_fall(case: Case, one: Policy, grade: str, year: int) -> bool:
    """Say whether some offer of a grade sells less by the trigger in a year than in one before it."""
    for at, (_, _, material) in enumerate(case.market.offers):
        if grade not in {slot for (name, _), slot in zip(case.network.goods, case.network.slot, strict=True)
                         if name == material}:  # fmt: skip
            continue
        caps = [most for _, members, most in case.market.limits if at in members]
        sells = [min([float(cap[then]) for cap in caps], default=np.inf) for then in range(year + 1)]
        now, best = sells[-1], max(sells[:-1], default=sells[-1])
        if now < best and (np.isinf(best) or now <= (1 - one.trigger) * best):
            return True
    return False


def _stocked(case: Case, one: Policy, grade: str) -> set[str]:
    """Return the materials of a grade that a public stock is of."""
    net = case.network
    found = {name for (name, _), slot in zip(net.goods, net.slot, strict=True) if slot == grade}
    return {name for name in found if not one.material or one.material in (name, net.template[name])}


def _stock_paid(case: Case, one: Policy) -> np.ndarray:
    """Return what a public stock costs by year: what is put in at the cheapest reference price, and its keeping."""
    found = np.zeros(len(case.years))
    for at, grade in enumerate(case.need.grades):
        prices = [case.market.reference[name] for name in _stocked(case, one, grade) if name in case.market.reference]
        tonnes = _held_to(case, one, at).least
        before = np.append(0.0, tonnes[:-1])
        if prices:
            yearly = 1 + case.holding + one.rotation * one.rotation_loss
            found += np.array(prices).min(axis=0) * (yearly * tonnes - before)
    return found


def _block_paid(case: Case, block: str) -> list[tuple[Policy, np.ndarray]]:
    """Return what subsidies pay for the awarded capacity of a block as it comes, by year, until caps are used up.

    What stands in the base year is not paid for. The totals of the block's policies are one purse; in the year in which
    it runs out each gets the same part of what it would pay.
    """
    rows = [one for one in case.policies if one.instrument == "capital_subsidy" and one.block == block]
    stands, kinds = case.plants.blocks[block][1], case.plants
    tonnes, paid = np.zeros(len(rows)), np.zeros((len(rows), len(case.years)))
    totals = [one.total for one in rows if np.isfinite(one.total)]
    purse = sum(totals) if totals else np.inf
    for year in range(1, len(case.years)):
        for at, one in enumerate(rows):
            plant = kinds.names.index(one.plant)
            more = max(stands[plant, year] - stands[plant, year - 1], 0.0) * _open(one, case.years)[year]
            more = min(more, one.quantity - tonnes[at])
            tonnes[at] += more
            paid[at, year] = more * min(one.share[year] * kinds.capital[plant], one.cap)
        asked = paid[:, year].sum()
        if asked > purse:
            paid[:, year] *= purse / asked
        purse -= paid[:, year].sum()
    return list(zip(rows, paid, strict=True))
