"""Public stocks: how fast one is filled, how low it may go, what releases it, and what rotating it costs.

What a stock holds in a year follows from that year and those before it alone. A plan knows all years from the first; a
stock held by doctrine does not: it is filled at its pace whether a stop is coming or not, released in a year in which
supply is seen to have fallen, and filled again at the same pace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan.case import Case
from chumbak.plan.decisions import Decisions
from chumbak.plan.money import WEEKS
from chumbak.plan.policies import Policy
from chumbak.plan.policy_rules import in_window


@dataclass(frozen=True, eq=False)
class Doctrine:
    """What a public stock is held to, (grade, year) t.

    ``least`` is what it has to hold and ``most`` what it may (infinite where it has no trigger); ``fill`` the most that
    is put in, ``eased`` what may leave because the need has fallen; ``released`` says where it may be drawn on.
    """

    least: np.ndarray
    most: np.ndarray
    fill: np.ndarray
    eased: np.ndarray
    released: np.ndarray


def stocks(case: Case) -> list[Policy]:
    """Return the public stocks of a case."""
    return [one for one in case.policies if one.instrument == "public_stock"]


def doctrine(case: Case, policy: Policy) -> Doctrine:
    """Return what a public stock is held to.

        target[t] = weeks / 52 need[t] in its years, else 0
        least[t]  = min(target[t], least[t-1] + fill / 52 need[t]), and min(floor / 52 need[t], least[t-1]) if released
        most[t]   = max(most[t-1], min(target[t], most[t-1] + fill / 52 need[t])), and most[t-1] if released

    It is released in a year in which an offer of the grade can sell at most ``1 - trigger`` of what it could in some
    earlier year: what has been seen, not what will be.
    """
    held = held_grades(case, policy)[:, None]
    week = case.need.need.sum(axis=(0, 2)) / WEEKS * held
    within = in_window(policy, case.years)
    target = policy.weeks * week * within
    with np.errstate(invalid="ignore"):
        fill = np.where(week > 0, policy.fill * week, 0.0)
        floor = np.where(week > 0, policy.floor * week, 0.0)
    released = _fallen(case, policy.trigger) & within & held
    least, most = np.zeros_like(target), np.zeros_like(target)
    for year in range(len(case.years)):
        low, high = (one[:, year - 1] if year else np.zeros(len(target)) for one in (least, most))
        refilled = np.minimum(target[:, year], low + fill[:, year])
        least[:, year] = np.where(released[:, year], np.minimum(floor[:, year], low), refilled) * within[year]
        raised = np.maximum(high, np.minimum(target[:, year], high + fill[:, year]))
        most[:, year] = np.where(released[:, year], high, raised) * within[year]
    bounded = within & held & policy.by_doctrine
    eased = np.maximum(np.concatenate([target[:, :1], target[:, :-1]], axis=1) - target, 0.0)
    return Doctrine(least, np.where(bounded, most, np.inf), fill, eased, released)


def held_grades(case: Case, policy: Policy) -> np.ndarray:
    """Say which grades a public stock holds, (grade,): all, or those of its material."""
    net = case.network
    chosen = {
        slot for (name, _), slot in zip(net.goods, net.slot, strict=True)
        if policy.material in ("", name, net.template[name])
    }  # fmt: skip
    return np.array([grade in chosen for grade in case.need.grades], dtype=bool)


def _fallen(case: Case, trigger: float) -> np.ndarray:
    """Say where an offer of a grade can sell at most ``1 - trigger`` of what it could before, (grade, year)."""
    found = np.zeros((len(case.need.grades), len(case.years)), dtype=bool)
    if not np.isfinite(trigger):
        return found
    can = np.full((len(case.market.offers), len(case.years)), np.inf)
    for _, members, most in case.market.limits:
        can[list(members)] = np.minimum(can[list(members)], most)
    seen = np.maximum.accumulate(can, axis=1)
    before = np.concatenate([can[:, :1], seen[:, :-1]], axis=1)
    seen_most = np.where(np.isinf(before), 0.0, before)
    left = np.where(np.isinf(before), np.where(np.isinf(can), np.inf, 0.0), (1 - trigger) * seen_most)
    fallen = (can <= left) & (can < before)
    for at, (_, _, material) in enumerate(case.market.offers):
        slot = case.network.slot[case.network.bought(material)]
        if slot:
            found[case.need.grades.index(slot)] |= fallen[at]
    return found


def public_stock(program: Program, case: Case, make: Decisions, paid: np.ndarray) -> None:
    """A public stock holds weeks of the need of every grade, or of those of its material; what it lacks has a price.

        sum_g of grade,r store[g,r,t] + stock_lacking[j,q,t]  >=  least[j,q,t]

    The price is the most that going without is worth to anybody, so that there is always a plan. Where it has a
    trigger it is held to its doctrine, with S[t] = sum_g of grade,r store[g,r,t]:

        S[t] <= most[t];   S[t] - S[t-1] <= fill[t] and >= - eased[t];   in a year of release  S[t] <= S[t-1] instead
    """
    rows = stocks(case)
    labels = {"stock": [one.name for one in rows], "grade": case.need.grades, "year": case.years.tolist()}
    short = program.add_columns("stock_lacking", labels, "t")
    for at, policy in enumerate(rows):
        held = doctrine(case, policy)
        kept = _rows(program, case, make, f"public_stock {policy.name}", held.least > 0, lower=held.least)
        program.add(kept, np.where(kept == NONE, NONE, short[at]), 1.0)
        if policy.by_doctrine:
            _rows(program, case, make, f"stock_most {policy.name}", np.isfinite(held.most), upper=held.most)
            lower = np.where(held.released, -np.inf, -held.eased)
            upper = np.where(held.released, 0.0, held.fill)
            changes = np.isfinite(held.most) & (np.isfinite(lower) | np.isfinite(upper))
            _rows(program, case, make, f"stock_change {policy.name}", changes, lower, upper, change=True)
    program.pay("holding", make.store, (rotation_cost(case) * paid)[:, None])
    program.pay("going without", short, case.need.without.max(axis=0, initial=0.0) * paid)


def rotation_cost(case: Case) -> np.ndarray:
    """Return what rotating costs for a tonne held of each good, (good, year) M/t: what is replaced loses worth."""
    found = np.zeros((len(case.network.goods), len(case.years)))
    for policy in stocks(case):
        held = held_grades(case, policy)
        share = policy.rotation * policy.rotation_loss * in_window(policy, case.years)
        for good, ((name, _), slot) in enumerate(zip(case.network.goods, case.network.slot, strict=True)):
            if slot and held[case.need.grades.index(slot)]:
                found[good] += share * case.market.reference.get(name, 0.0)
    return found


def stock_costs(case: Case) -> np.ndarray:
    """Return what holding the public stocks costs the treasury in each year, millions."""
    return sum((stock_cost(case, one) for one in stocks(case)), np.zeros(len(case.years)))


def stock_cost(case: Case, policy: Policy) -> np.ndarray:
    """Return what a public stock costs by year, millions: what is put in at reference prices, keeping and rotating it.

    It is paid for what the stock has to hold; what is released or given back is paid back.
    """
    net, found, least = case.network, np.zeros(len(case.years)), doctrine(case, policy).least
    yearly = case.holding + policy.rotation * policy.rotation_loss
    for at, grade in enumerate(case.need.grades):
        materials = {material for (material, _), slot in zip(net.goods, net.slot, strict=True) if slot == grade}
        chosen = [name for name in sorted(materials) if policy.material in ("", name, net.template[name])]
        prices = [case.market.reference[name] for name in chosen if name in case.market.reference]
        if prices:
            found += np.min(prices, axis=0) * (np.diff(least[at], prepend=0.0) + yearly * least[at])
    return found


def _rows(
    program: Program, case: Case, make: Decisions, name: str, keep: np.ndarray,
    lower: np.ndarray | float = -np.inf, upper: np.ndarray | float = np.inf, *, change: bool = False,
) -> np.ndarray:  # fmt: skip
    """Add rows of what is in stock of each grade, or of its change on the year before, (grade, year)."""
    labels = {"grade": case.need.grades, "year": case.years.tolist()}
    rows = program.add_rows(name, labels, "t", keep=keep, lower=lower, upper=upper)
    for good, slot in enumerate(case.network.slot):
        if slot:
            of_it = rows[case.need.grades.index(slot)]
            program.add(of_it, np.where(of_it == NONE, NONE, make.store[good]), 1.0)
            if change:
                later = of_it[1:]
                program.add(later, np.where(later == NONE, NONE, make.store[good][:, :-1]), -1.0)
    return rows
