"""Home plants of the weekly chain: what each rung makes, from what, and how much it can.

Magnets and alloys are gross tonnes by grade, metals and oxides contained tonnes by rare earth (neodymium and
praseodymium as one). What a tonne takes is what the chain asks of each rung for a tonne of magnet, swarf returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from chumbak.answer.rung_supply import supply_by_rung
from chumbak.answer.supply_chain import SupplyChain, magnet_elements
from chumbak.chain.requirements import STOP
from chumbak.pack import Pack
from chumbak.plan.account import online_capacity
from chumbak.plan.case import Case as Ground
from chumbak.plan.network import PLAIN
from chumbak.plan.plants import STANDING
from chumbak.plan.requirements import content, element_groups, made_on
from chumbak.stress.weeks import WEEKS_A_YEAR

LEAST = 1e-9  # t/week
Kind = tuple[str, str]  # rung, and grade or rare earth


@dataclass(frozen=True)
class Feed:
    """What plants of the rung ``holder`` hold to work on: ``use`` t/week, of which a ``home`` share is made at home."""

    stage: str
    kind: str
    holder: str
    material: str
    use: float
    home: float


@dataclass(frozen=True, eq=False)
class HomeChain:
    """Home plants in a year. ``makes`` in the order of the chain; ``takes`` t of each feed for a tonne made.

    ``group_stage``, ``counts`` (group, plant) and ``capacity`` (group,) t/week as in ``stress.case.Plants``; ``feeds``
    from alloys back to oxides; ``share`` is what is made at home of the need of each grade.
    """

    makes: tuple[Kind, ...]
    takes: tuple[dict[Kind, float], ...]
    group_stage: tuple[str, ...]
    counts: np.ndarray
    capacity: np.ndarray
    feeds: tuple[Feed, ...]
    share: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Year:
    """The chain as it stands in one year of a planning case, with a plan's decisions or without."""

    pack: Pack
    ground: Ground
    chain: SupplyChain
    at: int
    decisions: xr.Dataset | None

    @cached_property
    def rungs(self) -> tuple[str, ...]:
        """Return the rungs from magnets back to separated oxides."""
        return tuple(reversed([str(name) for name in self.ground.rung_need["stage"].values]))

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return the rare earths of magnets by the name they are counted under."""
        return element_groups(self.ground)

    @cached_property
    def final(self) -> dict[str, str]:
        """Return the finished material of each grade, one that is on offer where there is one."""
        offered = {material for _, _, material in self.ground.market.offers}
        found: dict[str, str] = {}
        for (material, _), slot in zip(self.ground.network.goods, self.ground.network.slot, strict=True):
            if slot and (slot not in found or (material in offered and found[slot] not in offered)):
                found[slot] = material
        return found

    @cached_property
    def need(self) -> dict[str, float]:
        """Return the need of each grade, t/week."""
        total = self.ground.need.need.sum(axis=(0, 2))[:, self.at] / WEEKS_A_YEAR
        return {grade: float(t) for grade, t in zip(self.ground.need.grades, total, strict=True) if grade in self.final}

    @cached_property
    def able(self) -> np.ndarray:
        """Return what each kind of plant can turn out, t/week as it is counted, (plant,)."""
        plants = self.ground.plants
        stands: np.ndarray = plants.standing.sum(axis=1)[:, self.at]
        alone = stands
        if self.decisions is not None:
            whole = online_capacity(self.ground, self.decisions).sum(axis=1)[:, self.at]
            built = np.einsum("krb,kb->k", self.decisions["build"].values, plants.level[:, :, self.at])
            retired = (self.decisions["gone"] + self.decisions["closed"]).values.sum(axis=1)[:, self.at]
            stands = np.clip(stands + plants.awarded.sum(axis=1)[:, self.at] + built - retired, 0.0, whole)
            stands = np.where(self.unplanned, alone, stands)
        found: np.ndarray = plants.availability * stands / WEEKS_A_YEAR
        return found

    @cached_property
    def unplanned(self) -> np.ndarray:
        """Say which kinds of plant, (plant,), stand without the plan, and the plan neither builds nor runs in any year.

        To close them is an economy of the plan's account and no part of its chain: they are kept as they stand.
        """
        plants = self.ground.plants
        if self.decisions is None:
            return np.zeros(len(plants.names), dtype=bool)
        run = self.decisions["run"].values.sum(axis=1)  # (activity, year)
        runs = np.einsum("kat,at->k", plants.use, run) > LEAST
        built = (self.decisions["build"].values.sum(axis=(1, 2)) + plants.awarded.sum(axis=(1, 2))) > LEAST
        found: np.ndarray = (plants.standing.sum(axis=1)[:, self.at] > LEAST) & ~runs & ~built
        return found

    @property
    def annual(self) -> np.ndarray:
        """Return what each kind of plant can turn out, t/year as it is counted, (plant,)."""
        return self.able * WEEKS_A_YEAR

    @cached_property
    def handed_on(self) -> dict[tuple[str, str], float]:
        """Return what a rung hands on of a material for a tonne of magnets of a grade, (material, grade)."""
        of = self.chain.rungs.handed_on.sel(year=int(self.ground.years[self.at])).transpose("material", "grade")
        names, grades = of["material"].values.tolist(), of["grade"].values.tolist()
        return {(name, grade): float(of.values[row, column])
                for row, name in enumerate(names) for column, grade in enumerate(grades)}  # fmt: skip

    def holds(self, material: str) -> tuple[str, ...]:
        """Return the rare earths in a material."""
        known = [element for group in self.groups.values() for element in group]
        held = self.ground.held
        return tuple(one for one in known if (material, one) in held and held[material, one][self.at] > 0)

    def price(self, material: str) -> float:
        """Return the reference price, M/t; 0 where there is none."""
        found = self.ground.market.reference.get(material)
        return 0.0 if found is None else float(found[self.at])

    def material(self, stage: str, kind: str) -> str:
        """Return the material that a rung hands on of a kind: most of it, of a grade, or of a rare earth."""
        if stage == self.rungs[0]:
            return self.final[kind]
        weight: dict[str, float] = {}
        for (name, grade), t in self.handed_on.items():
            if self.ground.network.stage.get(name) != stage or t <= 0:
                continue
            if kind in self.groups:
                weight[name] = weight.get(name, 0.0) + t * self.need.get(grade, 0.0) * self._held(name, kind)
            elif grade == kind:
                weight[name] = t
        return max(weight, key=lambda name: weight[name], default="")

    def takes(self, stage: str, kind: str) -> dict[str, float]:
        """Return what a tonne of a kind takes of the rung before it, t by kind."""
        magnet, alloy, metal, _ = self.rungs
        need = self.ground.rung_need.isel(year=self.at)
        if stage == magnet:
            return {kind: self._alloy(kind)}
        if stage == alloy:
            held = {name: float(need.sel(stage=metal, grade=kind, element=list(group)).sum()) / self._alloy(kind)
                    for name, group in self.groups.items()}  # fmt: skip
            return {name: t for name, t in held.items() if t > LEAST}
        asked = {
            of: sum(float(need.sel(stage=of, grade=grade, element=list(self.groups[kind])).sum()) * t
                    for grade, t in self.need.items())
            for of in (STOP, metal)
        }  # fmt: skip
        return {kind: max(asked[STOP] / max(asked[metal], LEAST), 1.0)}

    def counted(self, material: str, kind: str) -> np.ndarray:
        """Return what a tonne of a kind counts for against each kind of plant that makes its material at home."""
        net = self.ground.network
        per = self._held(material, kind) if kind in self.groups else 1.0
        for activity, amount in net.makers(material) if material else []:
            use: np.ndarray = self.ground.plants.use[:, activity, self.at]
            if net.activities[activity][1] != PLAIN and use.any():
                found: np.ndarray = use / amount[self.at] / max(per, LEAST)
                return found
        return np.zeros(len(self.able))

    def separated(self) -> dict[str, float]:
        """Return the oxides that the country separates or wins back, contained t/week by rare earth."""
        if self.decisions is not None:
            run = self.decisions["run"].values.sum(axis=1)[:, self.at]
            of = {name: made_on(self.ground, STOP, group)[:, self.at] @ run for name, group in self.groups.items()}
            return {name: float(t) / WEEKS_A_YEAR for name, t in of.items()}
        _, held = supply_by_rung(self.pack, self.chain, [STOP], magnet_elements(self.pack))
        there = held.sel(status=list(STANDING), stage=STOP, year=int(self.ground.years[self.at])).sum("status")
        return {name: float(there.sel(element=list(group)).sum()) / WEEKS_A_YEAR for name, group in self.groups.items()}

    def bought(self, material: str) -> dict[str, float]:
        """Return what a plan buys of a material in the year, t by origin; nothing without a plan."""
        if self.decisions is None:
            return {}
        amounts = self.decisions["buy"].values.sum(axis=1)[:, self.at]
        found: dict[str, float] = {}
        for t, (_, origin, name) in zip(amounts, self.ground.market.offers, strict=True):
            if name == material and t > LEAST:
                found[origin] = found.get(origin, 0.0) + float(t)
        return found

    def made_by_plan(self, stage: str, kind: str, material: str) -> float | None:
        """Return the share that a plan makes at home of all it makes and buys of a kind; None where it does neither."""
        if self.decisions is None:
            return None
        net, run = self.ground.network, self.decisions["run"].values.sum(axis=1)[:, self.at]
        slots = zip((name for name, _ in net.goods), net.slot, strict=True)
        alike = {material, *(name for name, slot in slots if slot and stage == self.rungs[0] and slot == kind)}
        made = sum(
            float(run[activity] * amount[self.at]) for name in alike for activity, amount in net.makers(name)
            if net.activities[activity][1] != PLAIN
        )  # fmt: skip
        whole = made + sum(sum(self.bought(name).values()) for name in alike)
        return made / whole if whole > LEAST else None

    def _held(self, material: str, kind: str) -> float:
        group = self.groups[kind]
        if any((material, element) not in self.ground.held for element in group):
            return 0.0
        return float(content(self.ground, material, group)[self.at])

    def _alloy(self, grade: str) -> float:
        """Return the gross tonnes of alloy for a tonne of magnets of a grade."""
        stage = self.ground.network.stage
        return sum(t for (name, of), t in self.handed_on.items() if of == grade and stage.get(name) == self.rungs[1])


def home_chain(year: Year) -> HomeChain:
    """Return the home plants of a year, rung by rung from magnets back to oxides."""
    lines: list[tuple[Kind, dict[Kind, float], np.ndarray]] = []
    feeds: list[Feed] = []
    use = {grade: t for grade, t in year.need.items() if t > LEAST}
    share_of_grade: Mapping[str, float] = {}
    for at, stage in enumerate(year.rungs[:-1]):
        before = year.rungs[at + 1]
        material = {kind: year.material(stage, kind) for kind in use}
        counts = {kind: year.counted(material[kind], kind) for kind in use}
        share = _made_at_home(year, stage, use, material, counts)
        if at == 0:
            share_of_grade = share
        else:
            holder = year.rungs[at - 1]
            feeds += [Feed(stage, kind, holder, material[kind], t, share.get(kind, 0.0)) for kind, t in use.items()]
        following: dict[str, float] = {}
        for kind in share:
            takes = year.takes(stage, kind)
            lines.append(((stage, kind), {(before, of): t for of, t in takes.items()}, counts[kind]))
            for of, t in takes.items():
                following[of] = following.get(of, 0.0) + share[kind] * use[kind] * t
        use = {kind: t for kind, t in following.items() if t > LEAST}
    won = {kind: t for kind, t in year.separated().items() if kind in use and t > LEAST}
    for kind, t in use.items():
        home = min(1.0, won.get(kind, 0.0) / t)
        feeds.append(Feed(STOP, kind, year.rungs[-2], year.material(STOP, kind), t, home))
    lines += [((STOP, kind), {}, np.zeros(len(year.able))) for kind in won]
    return _laid_out(year, lines, feeds, won, share_of_grade)


def _made_at_home(
    year: Year, stage: str, use: Mapping[str, float], material: Mapping[str, str], counts: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return the share of what is used of each kind that home plants make; kinds that none can make are left out.

    As a plan makes and buys it, or all of it without a plan; no more than the capacities make. What plants make is
    shared out among all kinds that need them alike: which grade a plan makes and which it buys is often a matter of
    indifference to it, and a plant can change over.
    """
    able = {kind for kind in use if (counts[kind] > 0).any() and year.able[counts[kind] > 0].min() > LEAST}
    kept = {kind for kind in able if year.unplanned[counts[kind] > 0].all()}
    planned = {kind: None if kind in kept else year.made_by_plan(stage, kind, material[kind]) for kind in able}
    wanted = {kind: 1.0 if share is None else share for kind, share in planned.items()}
    whole = sum((counts[kind] * use[kind] for kind in able), np.zeros(len(year.able)))
    load = sum((counts[kind] * wanted[kind] * use[kind] for kind in able), np.zeros(len(year.able)))
    part = np.divide(np.minimum(load, year.able), whole, out=np.ones(len(load)), where=whole > 0)
    return {kind: float(part[counts[kind] > 0].min()) for kind in use if kind in able}


def _laid_out(
    year: Year, lines: list[tuple[Kind, dict[Kind, float], np.ndarray]], feeds: list[Feed], won: Mapping[str, float],
    share: Mapping[str, float],
) -> HomeChain:  # fmt: skip
    """Put plants in the order of the chain, each kind of plant a group; each separated oxide is a group of its own."""
    order = list(reversed(year.rungs))
    lines = sorted(lines, key=lambda line: order.index(line[0][0]))
    of_kind = np.array([counts for _, _, counts in lines]).reshape(len(lines), len(year.able)).T
    used = [row for row in range(len(year.able)) if (of_kind[row] > 0).any()]
    separated = [column for column, (kind, _, _) in enumerate(lines) if kind[0] == STOP]
    return HomeChain(
        makes=tuple(kind for kind, _, _ in lines), takes=tuple(takes for _, takes, _ in lines),
        group_stage=(*(year.ground.plants.stage[row] for row in used), *(STOP for _ in separated)),
        counts=np.vstack([of_kind[used], np.eye(len(lines))[separated]]),
        capacity=np.concatenate([year.able[used], [won[lines[column][0][1]] for column in separated]]),
        feeds=tuple(feeds), share=share,
    )  # fmt: skip
