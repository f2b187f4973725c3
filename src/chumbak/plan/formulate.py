"""The whole programme on a page: columns, then every family of rules and cost, in the order of docs/plan.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan import balance, capacity, policy_rules, trade
from chumbak.plan.case import INVESTOR, NATIONAL, VIEWS, Case
from chumbak.plan.decisions import Decisions, decide
from chumbak.plan.money import costs
from chumbak.plan.network import HOME
from chumbak.plan.requirements import Requirement, cover, require


@dataclass(frozen=True, eq=False)
class Formulation:
    """A programme with what its columns and the rows of requirements stand for."""

    program: Program
    decisions: Decisions
    required: dict[Requirement, np.ndarray]


def formulate(case: Case, asked: tuple[Requirement, ...] = (), view: str = NATIONAL) -> Formulation:
    """Return the programme of a case. Raises ``RequirementError`` for requirements without meaning."""
    assert view in VIEWS, f"no view {view}"
    program = Program()
    make = decide(program, case)
    balance.balance(program, case, make)
    balance.need(program, case, make)
    balance.lacking(program, case, make)
    balance.redesigned_stays(program, case, make)
    balance.sold(program, case, make)
    balance.limits(program, case, make)
    capacity.capacity(program, case, make)
    capacity.ending(program, case, make)
    capacity.growth(program, case, make)
    capacity.budget(program, case, make)
    trade.import_limit(program, case, make)
    balance.export_limit(program, case, make)
    _public_stock(program, case, make, view)
    if view == INVESTOR:
        policy_rules.capital_subsidy(program, case, make)
        policy_rules.output_incentive(program, case, make)
        given = policy_rules.block_credit(case) + policy_rules.public_stocks(case)
        program.pay_anyway("subsidies", -float(given @ case.factors(INVESTOR)))
    costs(program, case, make, view)
    return Formulation(program, make, require(program, case, make, asked))


def _public_stock(program: Program, case: Case, make: Decisions, view: str) -> None:
    """A public stock holds weeks of the need of every grade, or of those of its material; what it lacks has a price.

        sum_g of grade,r store[g,r,t] + stock_lacking[p,k,t]  >=  weeks / 52 need[k,t]

    The price is the most that going without is worth to anybody, so that there is always a plan.
    """
    rows = [policy for policy in case.policies if policy.instrument == "public_stock"]
    labels = {"stock": [one.name for one in rows], "grade": case.need.grades, "year": case.years.tolist()}
    short = program.add_columns("stock_lacking", labels, "t")
    for at, policy in enumerate(rows):
        weeks = policy.weeks * policy_rules.in_window(policy, case.years)
        kept = cover(program, case, make, f"public_stock {policy.name}", weeks, policy.material)
        program.add(kept, np.where(kept == NONE, NONE, short[at]), 1.0)
    program.pay("going without", short, case.need.without.max(axis=0, initial=0.0) * case.factors(view))


def home_deliveries(case: Case, make: Decisions) -> np.ndarray:
    """Return the columns that deliver home-coloured magnets."""
    home = [number for number, (_, colour) in enumerate(case.network.goods) if colour == HOME]
    columns = make.deliver[home]
    return columns[columns >= 0]
