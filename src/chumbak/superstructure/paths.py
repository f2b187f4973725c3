"""A path through a superstructure reckoned by itself: one option a stage, and all that follows from it in closed form.

Nothing here is shared with the programme of ``formulate``: full enumeration of the paths is its check.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chumbak.superstructure.case import Case, Option

WHOLE = 1e-9  # what is above a whole number by less is rounding


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a path comes to; money as in the case.

    ``taken`` and ``handed`` (stage, component) kg for a unit of feed: what comes in and goes on; the rest is lost.
    ``units`` of whole-unit technologies and ``equipment`` money by stage; ``operators`` the whole number of people;
    ``cash`` (1 + years of running or more,) from the start on, with its rises and not discounted. ``cost_per_kg`` is
    the one price of a kg of all that is recovered at which the net present value is 0.
    """

    path: tuple[int, ...]
    taken: np.ndarray
    handed: np.ndarray
    units: np.ndarray
    equipment: np.ndarray
    operators: int
    plant_cost: float
    capital: float
    sales: np.ndarray
    byproducts: np.ndarray
    running: np.ndarray
    cash: np.ndarray
    net_present_value: float
    recovered: np.ndarray
    cost_per_kg: float
    impact: float


def paths(case: Case) -> Iterator[tuple[int, ...]]:
    """Yield every path: an option of each stage that may follow the one before."""

    def onward(path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(path) == len(case.stages):
            yield path
            return
        for option in case.options[path[-1]].after:
            yield from onward((*path, option))

    for first in case.of_stage[0]:
        yield from onward((first,))


def count_paths(case: Case) -> int:
    """Return the number of paths, without walking them."""
    ways = np.zeros(len(case.options))
    for stage in reversed(range(len(case.stages))):
        for at in case.of_stage[stage]:
            ways[at] = 1 if stage == len(case.stages) - 1 else sum(ways[one] for one in case.options[at].after)
    return int(sum(ways[at] for at in case.of_stage[0]))


def reckon(case: Case, path: tuple[int, ...]) -> Outcome | None:
    """Return what a path comes to; None where it cannot be: equipment so large has no cost, or impact is too much.

    plant cost = unit capital + lang x equipment;   capital = (1 + financing + other) plant cost
    running[t] = (1 + overhead) (per kg, yearly, labour, upkeep and taxes of plant cost, selling costs of sales)
    cash[t] = (sales[t] - running[t]) (1 + rise)^(t - start) - spent[t] capital (1 + capital rise)^(t - start)
    """
    options, money = [case.options[at] for at in path], case.finance
    taken, handed = np.zeros((2, len(path), len(case.components)))
    here = case.content
    for stage, one in enumerate(options):
        taken[stage], handed[stage] = here, here * one.keeps
        here = handed[stage]
    equipment, units, people = np.zeros(len(path)), np.zeros(len(path), dtype=int), 0.0
    for stage, one in enumerate(options):
        if one.units is not None:
            units[stage] = math.ceil(case.most_feed / one.units.rate - WHOLE)
            equipment[stage] = units[stage] * one.units.capital
            people += units[stage] * one.units.operators
            continue
        cost = cost_of(one, case.most_feed * taken[stage].sum())
        if cost is None:
            return None
        equipment[stage], people = cost, people + one.operators
    whole_units = np.array([one.units is not None for one in options])
    plant_cost = float(equipment[whole_units].sum() + money.lang * equipment[~whole_units].sum())
    capital = plant_cost * (1 + money.financing + money.other)
    operators = math.ceil(people - WHOLE)
    labour = operators * case.wage * (1 + money.quality + money.administration + money.fringe)
    fixed = labour + plant_cost * (money.upkeep + money.taxes)
    fixed += sum(one.yearly for one in options) + sum(
        count * one.units.yearly for count, one in zip(units, options, strict=True) if one.units is not None
    )
    by_feed = case.feed_cost + sum(one.per_kg * taken[stage].sum() for stage, one in enumerate(options))
    byproducts = sum((one.byproducts * taken[stage].sum() for stage, one in enumerate(options)),
                     np.zeros(len(case.byproducts)))  # fmt: skip
    sold = float(options[-1].price @ handed[-1] + case.byproduct_price @ byproducts)
    sales = case.feed * sold
    running = (1 + money.overhead) * (fixed + case.feed * by_feed + money.sales * sales)
    impact = float(case.feed.sum()) * sum(one.impact * taken[stage].sum() for stage, one in enumerate(options))
    if impact > case.impact_limit * (1 + WHOLE):
        return None
    last = max(int(case.years[-1]) - case.start, len(money.spent) - 1)
    cash = np.zeros(last + 1)
    later = case.years - case.start
    cash[later] += (sales - running) * (1 + money.running_rise) ** later
    cash[: len(money.spent)] -= money.spent * capital * (1 + money.capital_rise) ** np.arange(len(money.spent))
    worth = float(cash @ (1 + money.discount) ** -np.arange(last + 1.0))
    kept = case.feed * (1 - money.sales * (1 + money.overhead))  # of a price, what a unit of feed leaves of a kg
    kilograms = handed[-1].sum() * float(kept @ ((1 + money.running_rise) / (1 + money.discount)) ** later)
    main = float(options[-1].price @ handed[-1]) / max(handed[-1].sum(), 1e-300) * kilograms
    return Outcome(
        path, taken, handed, units, equipment, operators, plant_cost, capital, sales, byproducts, running, cash, worth,
        handed[-1], (main - worth) / kilograms if kilograms > 0 else math.inf, impact,
    )  # fmt: skip


def cost_of(option: Option, size: float) -> float | None:
    """Return what equipment of a size costs on the lines of an option; below the first point, as much as there."""
    if size > option.sizes[-1] * (1 + WHOLE):
        return None
    return float(np.interp(size, option.sizes, option.capital))
