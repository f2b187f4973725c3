"""What a plan decides: the columns of the programme, laid out once. A column that could only be zero is not made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan.case import Case
from chumbak.plan.network import BOUGHT, FOREIGN, HOME, PLAIN


@dataclass(frozen=True, eq=False)
class Capital:
    """What is paid for what is built: ``paid`` are columns (plant, region, decided) with what a unit costs, (plant,) M.

    Of a tonne a year, (plant,) M year/t: ``dearest`` is the most that it costs in a plant of any size, ``saved`` the
    capital on which it saves the fixed cost when it is retired early.
    """

    paid: tuple[tuple[np.ndarray, np.ndarray], ...]
    dearest: np.ndarray
    saved: np.ndarray


@dataclass(frozen=True, eq=False)
class Decisions:
    """Numbers of columns, -1 where there is none; t/year; ``build``, ``gone`` and ``closed`` t/year of capacity.

    ``run`` (activity, region, year), ``buy`` (offer, region, year), ``recolour``, ``deliver``, ``store`` and ``export``
    (good, region, year), ``ship`` (good, from, to, year), ``collect`` (product, step, region, year), ``sell``
    (by-product, year), ``build`` (plant, region, decided), ``gone`` and ``closed`` (plant, region, year; all
    that has been retired so far of what the plan builds, and of what stands or is awarded),
    ``unmet`` and ``substitute`` (product, region, year). ``capital`` is what is paid for what is built.
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
    gone: np.ndarray
    closed: np.ndarray
    unmet: np.ndarray
    substitute: np.ndarray
    capital: Capital


def decide(program: Program, case: Case) -> Decisions:
    """Add all columns of a plan."""
    net, plants, market, need = case.network, case.plants, case.market, case.need
    years, regions = case.years.tolist(), case.regions
    goods, activities = net.good_names, net.activity_names
    can_run, can_have = reachable(case)
    passes = np.isin(np.arange(len(goods)), [at for at, _ in net.passing()])[:, None, None]
    final = np.array([bool(slot) for slot in net.slot])[:, None, None]
    hub = case.hub[:, None]
    lands = np.asarray(hub | (final & _asked(case)))  # where goods of an origin are bought
    kept = np.isin(np.arange(len(goods)), _kept(case))[:, None, None]
    needed = need.need.sum(axis=1)
    recovery = case.recovery
    span = {"region": regions, "year": years}
    build = program.add_columns(
        "build", {"plant": plants.names, "region": regions, "decided": case.decided.tolist()}, "t/year",
        keep=_useful(case)[:, None, :] & _sited(case)[:, :, None],
    )  # fmt: skip
    there = plants.standing + plants.awarded
    built = np.any(build != NONE, axis=2)[:, :, None] & np.any(plants.online > 0, axis=1)[:, None]
    upper = np.where(recovery.arising[:, None] > 0, recovery.share[None, :, None, None] * recovery.arising[:, None], 0)
    return Decisions(
        run=program.add_columns("run", {"activity": activities, **span}, "t/year", keep=can_run),
        buy=program.add_columns(
            "buy", {"offer": [f"{one}:{material}" for one, _, material in market.offers], **span}, "t/year",
            keep=lands[[net.bought(material) for _, _, material in market.offers]],
        ),
        recolour=program.add_columns("recolour", {"good": goods, **span}, "t/year", keep=can_have & passes & hub),
        deliver=program.add_columns("deliver", {"good": goods, **span}, "t/year", keep=can_have & final & _asked(case)),
        store=program.add_columns("store", {"good": goods, **span}, "t", keep=can_have & kept & (hub | _bought(case))),
        export=program.add_columns(
            "export", {"good": goods, **span}, "t/year", keep=can_have & hub & (_export_limit(case)[:, None, :] > 0),
            upper=_export_limit(case)[:, None, :],
        ),
        ship=program.add_columns(
            "ship", {"good": goods, "from": regions, "to": regions, "year": years}, "t/year",
            keep=_carried(case, can_run, can_have),
        ),
        collect=program.add_columns(
            "collect", {"used": recovery.products, "step": recovery.steps, **span}, "t/year",
            keep=upper > 0, upper=upper,
        ),
        sell=program.add_columns(
            "sell", {"material": market.sold, "year": years}, "t/year",
            keep=market.sale_limit > 0, upper=market.sale_limit,
        ),
        build=build,
        gone=program.add_columns("gone", {"plant": plants.names, **span}, "t/year", keep=built),
        closed=program.add_columns("closed", {"plant": plants.names, **span}, "t/year", keep=there > 0, upper=there),
        unmet=program.add_columns("unmet", {"product": need.products, **span}, "t/year", keep=needed > 0, upper=needed),
        substitute=program.add_columns(
            "substitute", {"product": need.products, **span}, "t/year",
            keep=needed * need.substitute_share[:, None] > 0, upper=needed * need.substitute_share[:, None],
        ),
        capital=Capital(((build, plants.capital),), plants.capital, plants.capital),
    )  # fmt: skip


def reachable(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Say which activities can run (activity, region, year), and which goods there can be (good, region, year).

    An activity needs capacity of every plant that counts it, and all it takes in; a good is made, bought, collected,
    kept from an earlier year, or carried from where there is some to where it is of use. Where no goods go on, used
    goods are opened, magnets delivered, and no more.
    """
    net, plants = case.network, case.plants
    built = (plants.level > 0)[:, None] & _sited(case)[:, :, None, None]
    capacity = (plants.standing + plants.awarded > 0) | built.any(axis=2)
    counted = plants.use.max(axis=2) > 0  # (plant, activity)
    able = np.ones((len(net.activities), *capacity.shape[1:]), dtype=bool)
    opens = case.network.opening()
    for activity, (process, _) in enumerate(net.activities):
        able[activity] = capacity[counted[:, activity]].all(axis=0)
        if net.template[process] in case.region_share:
            able[activity] &= (case.region_share[net.template[process]] > 0)[:, None]
        if not opens[activity]:
            able[activity] &= case.hub[:, None]
    wanted = case.hub[:, None] | _asked(case)  # (good, region, year)
    have = np.zeros(wanted.shape, dtype=bool)
    for _, _, material in case.market.offers:
        have[net.bought(material)] = wanted[net.bought(material)]
    for at, product in enumerate(case.recovery.products):
        have[net.good(net.used[product], PLAIN)] |= case.recovery.arising[at] > 0
    carried = net.carried()[:, None, None] & wanted
    while True:
        before = have.sum()
        can_run = able.copy()
        for row in np.flatnonzero(net.flow_amount.min(axis=1) < 0):
            can_run[net.flow_activity[row]] &= have[net.flow_good[row]] | (net.flow_amount[row] == 0)
        for row in np.flatnonzero(net.flow_amount.max(axis=1) > 0):
            have[net.flow_good[row]] |= can_run[net.flow_activity[row]]
        for number in _kept(case):
            have[number] = np.logical_or.accumulate(have[number], axis=-1)
        for number, passed in net.passing():
            have[passed] |= have[number] & case.hub[:, None]
        have |= carried & have.any(axis=1, keepdims=True)
        if have.sum() == before:
            return can_run, have


def _carried(case: Case, can_run: np.ndarray, can_have: np.ndarray) -> np.ndarray:
    """Say which goods are carried between which regions, (good, from, to, year).

    From where goods do not go on, only what is made there; to such a place, only magnets that its makers need.
    """
    net = case.network
    made = np.zeros(can_have.shape, dtype=bool)
    for row in np.flatnonzero(net.flow_amount.max(axis=1) > 0):
        made[net.flow_good[row]] |= can_run[net.flow_activity[row]]
    leaves = can_have & (case.hub[:, None] | made) & net.carried()[:, None, None]
    arrives = case.hub[:, None] | _asked(case)
    found: np.ndarray = leaves[:, :, None] & arrives[:, None] & case.linked[None, :, :, None]
    return found


def _bought(case: Case) -> np.ndarray:
    """Say which goods are as an origin sold them, (good, 1, 1)."""
    return np.array([colour == BOUGHT for _, colour in case.network.goods])[:, None, None]


def _kept(case: Case) -> list[int]:
    """Return the goods that can be kept in stock: what is bought, and what is made of the same and has its price.

    Of what is made at home with something bought in it, finished magnets alone: the rest is kept as it was bought.
    """
    offered, net = {material for _, _, material in case.market.offers}, case.network
    return [
        at for at, (material, colour) in enumerate(net.goods)
        if material in offered and (colour in (HOME, BOUGHT) or (colour == FOREIGN and net.slot[at]))
    ]  # fmt: skip


def _sited(case: Case) -> np.ndarray:
    """Say where a plant can be built, (plant, region): in a site, where the limits on what it runs allow.

    A plant that opens used goods can be built wherever the limits allow.
    """
    net, found = case.network, np.ones((len(case.plants.names), len(case.regions)), dtype=bool)
    for activity, (process, _) in enumerate(net.activities):
        shares = case.region_share.get(net.template[process])
        if shares is not None:
            found[case.plants.use[:, activity].max(axis=1) > 0] &= shares > 0
    opens: np.ndarray = np.asarray((case.plants.use[:, case.network.opening()] > 0).any(axis=(1, 2)))
    found &= case.site | opens[:, None]
    return found


def _useful(case: Case) -> np.ndarray:
    """Say which decisions to build give output within the years of the plan, (plant, decided)."""
    found: np.ndarray = np.asarray((case.plants.level > 0).any(axis=2))
    return found


def _asked(case: Case) -> np.ndarray:
    """Say where a grade of magnet is needed, (good, region, year)."""
    by_grade = case.need.need.sum(axis=0) > 0
    nothing = np.zeros(by_grade.shape[1:], dtype=bool)
    return np.array([by_grade[case.need.grades.index(slot)] if slot else nothing for slot in case.network.slot])


def _export_limit(case: Case) -> np.ndarray:
    """Return the most of each good that can be sold abroad, (good, year): home goods with a market alone."""
    nothing = np.zeros(len(case.years))
    return np.array(
        [
            case.market.export.get(name, nothing) if colour in (HOME, PLAIN) else nothing
            for name, colour in case.network.goods
        ]
    )
