"""A planning case drawn at random, and a peer that costs it: the programme written again, by name, without colours.

The peer keeps every vintage of plant apart, counts years by quarters and knows none of the code of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from chumbak.plan.case import Case
from tests.plan.small import small_case

RUNS = {"magnets": "make", "separation": "separate", "swarf": "leach_swarf", "opening": "leach_used"}
YEARS = (2025, 2026, 2027, 2028, 2029)


@dataclass(frozen=True)
class Plant:
    capital: float
    variable: float
    fixed: float
    lead: float
    life: int
    ramp: tuple[float, float, float]
    availability: float
    growth: float
    step: float
    standing: float


@dataclass(frozen=True)
class Sketch:
    """Oxide is bought, separated or won back; magnets are bought or made; goods are built, substituted or not built."""

    need: tuple[float, ...]
    magnet: tuple[float, ...]
    magnet_limit: tuple[float, ...]
    oxide: float
    without: float
    substitute: float
    premium: float
    takes: float  # oxide a magnet takes
    leaves: float  # swarf it leaves
    swarf_yield: float
    used_yield: float
    arising: float
    steps: tuple[tuple[str, float, float], ...]
    ore: float
    cerium: float
    cerium_limit: float
    lease: float
    rate: float
    holding: float
    budget: float
    plants: Mapping[str, Plant]
    offers: tuple[str, ...] = ("magnet", "oxide")
    order: tuple[str, ...] = field(default=tuple(RUNS))

    def case(self, money: float = 1.0, tonnes: float = 1.0) -> Case:
        """Return the case, with prices times ``money`` and amounts times ``tonnes``."""
        processes = {
            "make": {"oxide": -self.takes, "magnet": 1.0, "swarf": self.leaves},
            "separate": {"ore": -1.5, "oxide": 1.0, "cerium": 2.0},
            "leach_swarf": {"swarf": -1.0, "oxide": self.swarf_yield},
            "leach_used": {"used_motors": -1.0, "oxide": self.used_yield},
        }
        prices = {"magnet": np.array(self.magnet) * money, "oxide": self.oxide * money}
        plants = {
            name: {
                **vars(plant), "counts": {RUNS[name]: 1.0}, "capital": plant.capital * money,
                "variable": plant.variable * money, "step": plant.step * tonnes, "standing": plant.standing * tonnes,
            }
            for name, plant in self.plants.items()
        }  # fmt: skip
        need = {"need": np.array(self.need) * tonnes, "without": self.without * money, "substitute": self.substitute,
                "premium": self.premium * money}  # fmt: skip
        limits = {"magnet abroad": np.array(self.magnet_limit) * tonnes} if "magnet" in self.offers else {}
        return small_case(
            YEARS, {RUNS[name]: processes[RUNS[name]] for name in self.order},
            {name: plants[name] for name in self.order},
            {"motor": need}, [(f"{name} abroad", "CHN", name, prices[name]) for name in self.offers],
            traded={"ore": self.ore * money, "cerium": self.cerium * money}, sale_limit=self.cerium_limit * tonnes,
            used={"motor": "used_motors"}, arising={"motor": self.arising * tonnes},
            steps=[(name, share, cost * money) for name, share, cost in self.steps], rate=self.rate,
            holding=self.holding, budget=self.budget * money * tonnes, limits={"separate": self.lease * tonnes},
            reference={"magnet": 10.0 * money, "oxide": 4.0 * money}, import_limits=limits,
        )  # fmt: skip


@st.composite
def plants(draw: Any, running: float) -> Plant:
    whole = draw(st.booleans())
    return Plant(
        capital=draw(st.integers(1, 40)) / 2,
        variable=draw(st.integers(0, 8)) / 8 * running,
        fixed=draw(st.sampled_from([0.0, 0.05, 0.3])) if whole else 0.0,  # closing is drawn with whole years alone
        lead=float(draw(st.integers(0, 2)) if whole else draw(st.sampled_from([0.5, 1.5, 1.0]))),
        life=draw(st.sampled_from([3, 4, 12])),
        ramp=(1.0, 1.0, 1.0) if whole else draw(st.sampled_from([(1.0, 1.0, 1.0), (0.25, 0.5, 0.75)])),
        availability=draw(st.sampled_from([1.0, 0.8])),
        growth=draw(st.sampled_from([0.0, 0.5])),
        step=float(draw(st.sampled_from([0, 20, 500]))),
        standing=float(draw(st.sampled_from([0, 30, 200]))),
    )


@st.composite
def sketches(draw: Any) -> Sketch:
    def number(least: float, most: float) -> float:
        return least + (most - least) * draw(st.integers(0, 16)) / 16

    return Sketch(
        need=tuple(number(20, 120) for _ in YEARS),
        magnet=tuple(number(6, 16) for _ in YEARS),
        magnet_limit=tuple(float(draw(st.sampled_from([0, 40, 1000]))) for _ in YEARS),
        oxide=number(2, 6), without=number(8, 60), substitute=number(0, 0.4), premium=number(4, 30),
        takes=number(1.1, 1.6), leaves=number(0, 0.4), swarf_yield=number(0.5, 0.9), used_yield=number(0.1, 0.3),
        arising=number(0, 300), steps=(("first", 0.1, number(0.1, 0.5)), ("second", 0.3, number(0.2, 1.0))),
        ore=number(0.5, 2), cerium=number(0, 0.5), cerium_limit=number(0, 200), lease=number(10, 200),
        rate=draw(st.sampled_from([0.0, 0.1])), holding=number(0, 0.5), budget=number(100, 2000),
        plants={name: draw(plants(1.0)) for name in RUNS},
    )  # fmt: skip


class Sheet:
    """A linear programme by name, for ``scipy.optimize.linprog``."""

    def __init__(self) -> None:
        self.cost: dict[object, float] = {}
        self.most: dict[object, float | None] = {}
        self.below: list[tuple[dict[object, float], float]] = []
        self.equal: list[tuple[dict[object, float], float]] = []

    def let(self, name: object, cost: float = 0.0, most: float | None = None) -> object:
        self.cost[name], self.most[name] = cost, most
        return name

    def least(self) -> float:
        names = list(self.cost)

        def gathered(rules: list[tuple[dict[object, float], float]]) -> tuple[np.ndarray | None, np.ndarray | None]:
            left = np.array([[terms.get(name, 0.0) for name in names] for terms, _ in rules])
            return (left, np.array([right for _, right in rules])) if rules else (None, None)

        (a, b), (c, d) = gathered(self.below), gathered(self.equal)
        found = linprog(list(self.cost.values()), A_ub=a, b_ub=b, A_eq=c, b_eq=d,
                        bounds=[(0, self.most[name]) for name in names])  # fmt: skip
        assert found.status == 0, found.message
        return float(found.fun)


def share(plant: Plant, built: int, year: int, levels: tuple[float, ...] = (1.0, 1.0, 1.0)) -> float:
    """Return what of its output a plant gives in a year, by the middle of each quarter."""
    ages = [year + (quarter + 0.5) / 4 - built - plant.lead for quarter in range(4)]
    return sum([*levels, 1.0][min(int(age), 3)] for age in ages if 0 <= age < plant.life) / 4


def peer_cost(one: Sketch) -> float:
    """Return the least cost of a sketch, by the peer."""
    sheet = Sheet()
    worth = {year: (1 + one.rate) ** -(year - YEARS[0]) for year in YEARS}
    for at, year in enumerate(YEARS):
        now = worth[year]
        for name in RUNS:
            sheet.let(
                ("run", name, year), now * (one.plants[name].variable + (one.ore * 1.5 if name == "separation" else 0))
            )
        if "magnet" in one.offers:
            sheet.let(("buy", "magnet", year), now * one.magnet[at], one.magnet_limit[at])
            sheet.let(("keep", "magnet", year), now * one.holding * 10.0)
        if "oxide" in one.offers:
            sheet.let(("buy", "oxide", year), now * one.oxide)
            sheet.let(("keep", "oxide", year), now * one.holding * 4.0)
        sheet.let(("without", year), now * one.without)
        sheet.let(("substitute", year), now * one.premium, one.substitute * one.need[at])
        sheet.let(("cerium", year), -now * one.cerium, one.cerium_limit)
        for step, part, cost in one.steps:
            sheet.let(("collect", step, year), now * cost, part * one.arising)
        used = {("collect", step, year): -1.0 for step, *_ in one.steps}
        make, separate, swarf, opening = (("run", name, year) for name in RUNS)
        before = {
            good: {("keep", good, year - 1): -1.0} if at and good in one.offers else {} for good in ("magnet", "oxide")
        }
        after = {good: {("keep", good, year): 1.0, ("buy", good, year): -1.0} if good in one.offers else {}
                 for good in ("magnet", "oxide")}  # fmt: skip
        sheet.below += [
            ({make: one.takes, separate: -1.0, swarf: -one.swarf_yield, opening: -one.used_yield,
              **after["oxide"], **before["oxide"]}, 0.0),
            ({swarf: 1.0, make: -one.leaves}, 0.0),
            ({opening: 1.0, **used}, 0.0),
            ({("cerium", year): 1.0, separate: -2.0}, 0.0),
            ({separate: 1.0}, one.lease),
            ({make: -1.0, **after["magnet"], **before["magnet"], ("without", year): -1.0, ("substitute", year): -1.0},
             -one.need[at]),
            ({("without", year): 1.0, ("substitute", year): 1.0}, one.need[at]),
            *([({("substitute", year): -one.need[at - 1], ("substitute", year - 1): one.need[at]}, 0.0)] if at else []),
        ]  # fmt: skip
    for name, plant in one.plants.items():
        annuity = (
            plant.capital * (1 + one.rate) ** plant.lead / sum((1 + one.rate) ** -age for age in range(plant.life))
        )
        sheet.let(("old", name, YEARS[0] - 1), 0.0, plant.standing)
        for year in YEARS:
            stands = {built: share(plant, built, year) for built in YEARS}
            sheet.let(("old", name, year), worth[year] * plant.fixed * plant.capital)
            sheet.below.append(({("old", name, year): 1.0, ("old", name, year - 1): -1.0}, 0.0))
            for built in YEARS:
                if year == YEARS[0]:
                    charged = sum(worth[later] * share(plant, built, later) for later in YEARS)
                    sheet.let(("build", name, built), annuity * charged)
                sheet.let(("new", name, built, year), worth[year] * plant.fixed * plant.capital * stands[built])
                first = year == YEARS[0]
                earlier = ("build", name, built) if first else ("new", name, built, year - 1)
                sheet.below.append(({("new", name, built, year): 1.0, earlier: -1.0}, 0.0))
            gives = {
                ("new", name, built, year): -plant.availability * share(plant, built, year, plant.ramp)
                for built in YEARS
            }
            sheet.below.append(({("run", name, year): 1.0, ("old", name, year): -plant.availability, **gives}, 0.0))
            endless = Plant(**{**vars(plant), "life": 99})
            comes = {
                ("build", name, built): share(endless, built, year) - share(endless, built, year - 1) for built in YEARS
            }
            stood = {("new", name, built, year - 1): -plant.growth * share(plant, built, year - 1) for built in YEARS}
            if year == YEARS[0]:
                sheet.below.append((comes, plant.step + plant.growth * plant.standing))
            else:
                sheet.below.append(({**comes, **stood, ("old", name, year - 1): -plant.growth}, plant.step))
    for built in YEARS:
        sheet.below.append(({("build", name, built): plant.capital for name, plant in one.plants.items()}, one.budget))
    return sheet.least()
