"""Rules of tonnes: what there is of each good, what makers get, what by-products can be sold."""

from __future__ import annotations

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan.case import Case
from chumbak.plan.decisions import Decisions
from chumbak.plan.network import PLAIN


def balance(program: Program, case: Case, make: Decisions) -> None:
    """Of every good, in every region and year, no more is used than there is; what is left over is left over.

    sum_a amount[a,g,t] run[a,r,t] + bought + collected + recoloured + shipped in + store[g,r,t-1]
        - delivered - exported - shipped out - store[g,r,t]  >=  0
    """
    net = case.network
    labels = {"good": net.good_names, "region": case.regions}
    rows = program.add_rows("balance", {**labels, "year": case.years.tolist()}, "t/year", lower=0.0)
    program.add(rows[net.flow_good], make.run[net.flow_activity], net.flow_amount[:, None, :])
    bought = np.array([net.bought(material) for _, _, material in case.market.offers], dtype=int)
    program.add(rows[bought], make.buy, 1.0)
    before, after = np.array(net.passing(), dtype=int).reshape(-1, 2).T
    program.add(rows[before], make.recolour[before], -1.0)
    program.add(rows[after], make.recolour[before], 1.0)
    program.add(rows, make.deliver, -1.0)
    program.add(rows, make.export, -1.0)
    program.add(rows, make.store, -1.0)
    program.add(rows[..., 1:], make.store[..., :-1], 1.0)
    program.add(rows[:, :, None], make.ship, -1.0)
    program.add(rows[:, None], make.ship, 1.0)
    used = np.array([net.good(net.used[product], PLAIN) for product in case.recovery.products], dtype=int)
    program.add(rows[used][:, None], make.collect, 1.0)


def need(program: Program, case: Case, make: Decisions) -> None:
    """Makers get the magnets of each grade that they need, but for goods that are not built or built without.

        sum_g delivered[g,r,t] + sum_u share[u,k,t] (unmet[u,r,t] + substitute[u,r,t])  =  need[k,r,t]

    Goods that lack one grade lack all: a motor with half its magnets is no motor.
    """
    asked, net = case.need, case.network
    total = asked.need.sum(axis=0)
    rows = program.add_rows(
        "need", {"grade": asked.grades, "region": case.regions, "year": case.years.tolist()}, "t/year",
        keep=total > 0, lower=total, upper=total,
    )  # fmt: skip
    for good, slot in enumerate(net.slot):
        if slot:
            program.add(rows[asked.grades.index(slot)], make.deliver[good], 1.0)
    share = grade_share(case)
    for columns in (make.unmet, make.substitute):
        program.add(rows[None], columns[:, None], np.where(rows[None] == NONE, 0.0, share[:, :, None]))


def grade_share(case: Case) -> np.ndarray:
    """Return the share of each grade in what a product needs, (product, grade, year)."""
    by_grade = case.need.need.sum(axis=2)
    total = by_grade.sum(axis=1, keepdims=True)
    found: np.ndarray = np.divide(by_grade, total, out=np.zeros_like(by_grade), where=total > 0)
    return found


def lacking(program: Program, case: Case, make: Decisions) -> None:
    """No more of a product is left unbuilt or built without rare earths than is needed of it.

    unmet[u,r,t] + substitute[u,r,t]  <=  need[u,r,t]
    """
    needed = case.need.need.sum(axis=1)
    labels = {"product": case.need.products, "region": case.regions, "year": case.years.tolist()}
    rows = program.add_rows("lacking", labels, "t/year", keep=make.substitute != NONE, upper=needed)
    program.add(rows, np.where(rows == NONE, NONE, make.unmet), 1.0)
    program.add(rows, make.substitute, 1.0)


def redesigned_stays(program: Program, case: Case, make: Decisions) -> None:
    """A product once designed without rare earths is not designed back: the share designed away never falls.

        sum_r substitute[u,r,t] need[u,t-1]  >=  sum_r substitute[u,r,t-1] need[u,t]

    Both sides are over the larger of the two needs (``kept_shares``), so that no coefficient is above 1. The rule is of
    two years that follow each other; a year without need asks nothing of the next.
    """
    now, before = kept_shares(case)
    able = np.any(make.substitute != NONE, axis=1)
    labels = {"product": case.need.products, "year": case.years[1:].tolist()}
    rows = program.add_rows(
        "redesigned_stays", labels, "t/year", keep=able[:, :-1] & (now > 0) & (before > 0), lower=0.0
    )
    for columns, weight in ((make.substitute[..., 1:], now), (make.substitute[..., :-1], -before)):
        at = rows[:, None]
        program.add(at, np.where(at == NONE, NONE, columns), weight[:, None])


def kept_shares(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return what a tonne designed away weighs in a year and in the year before, (product, year from the second).

    These are the needs of the year before and of the year, over the larger of the two; 0 where neither needs any.
    """
    needed = case.need.need.sum(axis=(1, 2))
    before, now = needed[:, :-1], needed[:, 1:]
    larger = np.maximum(before, now)
    larger = np.where(larger > 0, larger, 1.0)
    return before / larger, now / larger


def sold(program: Program, case: Case, make: Decisions) -> None:
    """No more of a by-product is sold than the country's activities turn out.

    sum_a turned_out[a,m,t] sum_r run[a,r,t] - sell[m,t]  >=  0
    """
    net, market = case.network, case.market
    rows = program.add_rows("sold", {"material": market.sold, "year": case.years.tolist()}, "t/year", lower=0.0)
    for at, name in enumerate(market.sold):
        amount = net.turned_out[:, net.materials.index(name)]
        some = np.flatnonzero(amount.max(axis=1) > 0)
        program.add(rows[at], make.run[some], amount[some][:, None, :])
    program.add(rows, make.sell, -1.0)


def export_limit(program: Program, case: Case, make: Decisions) -> None:
    """No more of a good is sold abroad than there is a market for, over all regions and, of a template, all grades.

    sum_g of material,r export[g,r,t]  <=  market[m,t]
    """
    net, market = case.network, case.market
    names = list(dict.fromkeys(net.template[name] for name in market.export))
    most = {net.template[name]: limit for name, limit in market.export.items()}
    upper = np.array([most[name] for name in names]).reshape(len(names), len(case.years))
    labels = {"material": names, "year": case.years.tolist()}
    rows = program.add_rows("export_limit", labels, "t/year", upper=upper)
    for at, name in enumerate(names):
        goods = [number for number, (material, _) in enumerate(net.goods) if net.template[material] == name]
        program.add(rows[at], make.export[goods], 1.0)


def limits(program: Program, case: Case, make: Decisions) -> None:
    """Leases and permissions: a process makes no more of its main material than the country, and a region, allows.

    sum_a,r run[a,r,t]  <=  limit[p,t]            sum_a run[a,r,t]  <=  share[p,r] limit[p,t]
    """
    names = list(case.limits)
    years = case.years.tolist()
    most = np.array([case.limits[name] for name in names]).reshape(len(names), len(years))
    shares = np.array([case.region_share.get(name, np.ones(len(case.regions))) for name in names])
    by_region = most[:, None] * shares.reshape(len(names), len(case.regions), 1)
    rows = program.add_rows("limit", {"process": names, "year": years}, "t/year", upper=most)
    apart = np.array([len(case.regions) > 1 and name in case.region_share for name in names], dtype=bool)
    local = program.add_rows(
        "local_limit", {"process": names, "region": case.regions, "year": years}, "t/year",
        keep=apart[:, None, None], upper=by_region,
    )  # fmt: skip
    for at, name in enumerate(names):
        run = [a for a, (process, _) in enumerate(case.network.activities) if case.network.template[process] == name]
        program.add(rows[at], make.run[run], 1.0)
        if apart[at]:
            program.add(local[at], make.run[run], 1.0)
