"""A superstructure: stages, the technologies that each may use, what connects them, and the money of a plant.

Amounts are of a calendar year; money is plain units of one currency in one price year. Arrays over ``component`` and
``byproduct`` are in the order of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


class SuperstructureError(ValueError):
    """A superstructure that cannot be solved as it is asked; its text says why and how to mend it."""


@dataclass(frozen=True)
class Units:
    """A technology of whole units (benches, robots): units of feed a year that one takes, and what one costs."""

    rate: float
    capital: float
    yearly: float
    operators: float


@dataclass(frozen=True, eq=False)
class Option:
    """A technology of a stage.

    ``keeps`` (component,) is the part of what comes in that goes on to the next stage; ``after`` the options that may
    follow. Either ``units`` says what whole units cost, or ``sizes`` (kg/year of what comes in) and ``capital`` (money)
    say what equipment of a size costs, in straight lines between the points. ``per_kg`` and ``yearly`` are running
    costs for a kg that comes in and for a year, ``operators`` people in parts. ``price`` (component,) is fetched for a
    kg that leaves the last stage; ``byproducts`` (byproduct,) kg and ``impact`` are for a kg that comes in.
    """

    name: str
    title: str
    stage: int
    keeps: np.ndarray
    after: tuple[int, ...]
    units: Units | None
    operators: float
    per_kg: float
    yearly: float
    sizes: np.ndarray
    capital: np.ndarray
    price: np.ndarray
    byproducts: np.ndarray
    impact: float


@dataclass(frozen=True, eq=False)
class Finance:
    """What turns equipment, people and sales into cash: shares of what their comment names.

    ``spent`` is the part of capital spent in the first, second ... year from the start; rises and ``discount`` are
    a year.
    """

    lang: float  # plant cost over equipment of technologies that are not whole units
    financing: float  # of plant cost
    other: float  # owner's costs, of plant cost
    spent: np.ndarray
    discount: float
    running_rise: float  # of sales and running costs
    capital_rise: float
    upkeep: float  # of plant cost, a year
    taxes: float  # property tax and insurance, of plant cost, a year
    quality: float  # of labour
    administration: float  # of labour
    fringe: float  # of labour
    sales: float  # selling and research, of sales
    overhead: float  # of all running costs


@dataclass(frozen=True, eq=False)
class Case:
    """All a superstructure is solved from. ``feed`` (year,) units taken in; ``content`` (component,) kg in a unit."""

    name: str
    title: str
    currency: str
    price_year: int
    start: int  # calendar year in which building begins
    years: np.ndarray  # calendar years of running
    feed: np.ndarray
    feed_unit: str
    feed_cost: float  # money for a unit; below zero where one is paid to take it
    components: tuple[str, ...]
    content: np.ndarray
    stages: tuple[str, ...]
    options: tuple[Option, ...]
    byproducts: tuple[str, ...]
    byproduct_price: np.ndarray
    wage: float  # money for an operator and year
    finance: Finance
    impact_unit: str
    impact_limit: float  # of all years; infinite where none is asked

    @cached_property
    def of_stage(self) -> tuple[tuple[int, ...], ...]:
        """Return the options of every stage."""
        return tuple(
            tuple(at for at, one in enumerate(self.options) if one.stage == stage) for stage in range(len(self.stages))
        )

    @cached_property
    def running_worth(self) -> np.ndarray:
        """Return what money of each year of running is worth at the start, rise and discount in it, (year,)."""
        later = self.years - self.start
        found: np.ndarray = ((1 + self.finance.running_rise) / (1 + self.finance.discount)) ** later
        return found

    @cached_property
    def capital_worth(self) -> float:
        """Return what capital spent over the first years is worth at the start, for one of it."""
        rise = (1 + self.finance.capital_rise) / (1 + self.finance.discount)
        return float(self.finance.spent @ rise ** np.arange(len(self.finance.spent)))

    @cached_property
    def feed_worth(self) -> float:
        """Return the feed of all years, each weighed as its money is worth."""
        return float(self.feed @ self.running_worth)

    @cached_property
    def most_feed(self) -> float:
        """Return the feed of the year with most: what everything is sized for."""
        return float(self.feed.max())

    @cached_property
    def a_year(self) -> float:
        """Return what one in every year of running is worth at the start."""
        return float(self.running_worth.sum())

    @cached_property
    def labour_worth(self) -> float:
        """Return what an operator costs over all years, with what goes with labour, at the start."""
        money = self.finance
        return (
            self.a_year * self.wage * (1 + money.quality + money.administration + money.fringe) * (1 + money.overhead)
        )

    @cached_property
    def plant_worth(self) -> float:
        """Return what one of plant cost comes to over all years, at the start."""
        money = self.finance
        kept = self.a_year * (money.upkeep + money.taxes) * (1 + money.overhead)
        return kept + (1 + money.financing + money.other) * self.capital_worth

    @cached_property
    def sales_worth(self) -> float:
        """Return what is left of one of sales after selling costs and their overhead."""
        return 1 - self.finance.sales * (1 + self.finance.overhead)
