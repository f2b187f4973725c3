"""The whole programme on a page: columns, then every family of rules and cost, in the order of docs/plan.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.linear.program import Program
from chumbak.plan import balance, capacity, policy_rules, trade
from chumbak.plan.case import INVESTOR, NATIONAL, VIEWS, Case
from chumbak.plan.decisions import Decisions, decide
from chumbak.plan.doctrine import public_stock, stock_costs
from chumbak.plan.money import costs
from chumbak.plan.network import HOME
from chumbak.plan.requirements import Requirement, require
from chumbak.plan.whole import open_plants


@dataclass(frozen=True, eq=False)
class Formulation:
    """A programme with what its columns and the rows of requirements stand for."""

    program: Program
    decisions: Decisions
    required: dict[Requirement, np.ndarray]


def formulate(
    case: Case, asked: tuple[Requirement, ...] = (), view: str = NATIONAL, whole: bool = False
) -> Formulation:  # fmt: skip
    """Return the programme of a case; ``whole`` opens plants in whole numbers, each as large as one plant can be.

    Raises ``RequirementError`` for requirements without meaning.
    """
    assert view in VIEWS, f"no view {view}"
    program = Program()
    make = decide(program, case)
    if whole:
        make = open_plants(program, case, make)
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
    public_stock(program, case, make, case.factors(view))
    if view == INVESTOR:
        policy_rules.capital_subsidy(program, case, make)
        policy_rules.output_incentive(program, case, make)
        given = policy_rules.block_credit(case) + stock_costs(case)
        program.pay_anyway("subsidies", -float(given @ case.factors(INVESTOR)))
    costs(program, case, make, view)
    return Formulation(program, make, require(program, case, make, asked))


def home_deliveries(case: Case, make: Decisions) -> np.ndarray:
    """Return the columns that deliver home-coloured magnets."""
    home = [number for number, (_, colour) in enumerate(case.network.goods) if colour == HOME]
    columns = make.deliver[home]
    return columns[columns >= 0]
