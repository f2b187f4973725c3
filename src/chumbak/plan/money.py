"""Cost terms, each under its name: what the plan pays and earns. Millions of the pack's money, in its price year.

The *national* view counts resources: a duty or a subsidy is a transfer. The *investor* view pays duties and the tax on
profit, is paid what policies give, and discounts at the investor's rate. Payments of a year are worth
``(1 + rate)^-(year - base year)`` in the base year.
"""

from __future__ import annotations

import numpy as np

from chumbak.linear.program import Program
from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.decisions import Decisions

WEEKS = 52.0


def costs(program: Program, case: Case, make: Decisions, view: str) -> None:
    """Add every cost term of a view."""
    paid = case.factors(view)
    _capital(program, case, make, view)
    _fixed(program, case, make, paid)
    use = case.plants.use
    running = np.einsum("kat,k->at", use, case.plants.variable) + case.market.consumed
    program.pay("operation", make.run, (running * paid)[:, None])
    power = np.einsum("kat,k->at", use, case.plants.electricity)
    program.pay("electricity", make.run, (power * paid)[:, None] * case.tariff[:, None])
    program.pay("purchases", make.buy, (case.market.price * paid)[:, None])
    program.pay("freight", make.buy, case.landing[:, None] * paid)
    program.pay("freight", make.ship, case.haul[None, :, :, None] * paid)
    program.pay("holding", make.store, (worth(case) * case.holding * paid)[:, None])
    program.pay("collection", make.collect, case.recovery.cost[None, :, None, None] * paid)
    program.pay("substitution", make.substitute, (case.need.substitute_cost * paid)[:, None])
    program.pay("going without", make.unmet, (case.need.without * paid)[:, None])
    program.pay("sales", make.sell, -case.market.sale_price * paid)
    program.pay("sales", make.export, -(worth(case) * paid)[:, None])
    if view == INVESTOR:
        program.pay("duties", make.buy, (case.market.duty * paid)[:, None])


def annuity(case: Case, view: str) -> np.ndarray:
    """Return what capital costs in a year of operation, over the capital, by plant.

    Capital is spent on the decision, carries interest until the first output, and is paid back in equal parts at the
    start of each year of the plant's life: only years inside the plan are charged, so that a plant that outlives the
    plan is not charged whole. In the investor view the parts also bear the tax on profit, less what depreciation
    (declining balance) saves of it.
    """
    rate, plants = case.discount[view], case.plants
    parts = np.array([_years_of_life(float(life), rate) for life in plants.life])
    found: np.ndarray = (1 + rate) ** plants.lead / parts
    return found * (_tax_wedge(case, rate) if view == INVESTOR else 1.0)


def _years_of_life(life: float, rate: float) -> float:
    """Return what one a year over a life is worth at its start; the last part of a year counts as a part."""
    whole = int(life)
    return float(np.sum((1 + rate) ** -np.arange(whole))) + (life - whole) * (1 + rate) ** -whole


def _tax_wedge(case: Case, rate: float) -> float:
    """Return what a unit of capital has to earn before tax to be worth one after it."""
    saved = case.depreciation / (case.depreciation + rate)  # present value of depreciating one unit
    return (1 - case.tax * saved) / (1 - case.tax)


def _capital(program: Program, case: Case, make: Decisions, view: str) -> None:
    plants, paid, charge = case.plants, case.factors(view), annuity(case, view)
    lives = plants.online - plants.ended
    for columns, each in make.capital.paid:
        program.pay("capital", columns, ((charge * each)[:, None] * (lives @ paid))[:, None])
    program.pay_anyway("capital", float(np.einsum("k,krt,t->", charge * plants.capital, plants.awarded_online, paid)))


def _fixed(program: Program, case: Case, make: Decisions, paid: np.ndarray) -> None:
    """What is built costs its keep to the end of its life; what of it goes before saves that of a tonne a year."""
    plants = case.plants
    for columns, each in make.capital.paid:
        lives = (plants.online - plants.ended) @ paid
        program.pay("fixed", columns, ((plants.fixed * each)[:, None] * lives)[:, None])
    yearly = plants.fixed * make.capital.saved
    program.pay("fixed", make.build, (yearly[:, None] * (plants.ended @ paid))[:, None])
    program.pay("fixed", make.gone, -(yearly[:, None] * paid)[:, None])
    yearly = plants.fixed * plants.capital
    program.pay("fixed", make.closed, -(yearly[:, None] * paid)[:, None])
    there = plants.standing + plants.awarded_whole
    program.pay_anyway("fixed", float(np.einsum("k,krt,t->", yearly, there, paid)))


def worth(case: Case) -> np.ndarray:
    """Return the reference price of every good that has one, (good, year)."""
    nothing = np.zeros(len(case.years))
    return np.array([case.market.reference.get(material, nothing) for material, _ in case.network.goods])
