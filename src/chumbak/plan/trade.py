"""Rules of buying: what origins sell."""

from __future__ import annotations

import numpy as np

from chumbak.linear.program import Program
from chumbak.plan.case import Case
from chumbak.plan.decisions import Decisions


def import_limit(program: Program, case: Case, make: Decisions) -> None:
    """No more is bought of an offer than its origin sells, of all grades together and of one.

    sum_o in limit, r  buy[o,r,t]  <=  limit[t]
    """
    limits = case.market.limits
    years = case.years.tolist()
    most = np.array([limit for _, _, limit in limits]).reshape(len(limits), len(years))
    rows = program.add_rows(
        "import_limit", {"offer": [name for name, _, _ in limits], "year": years}, "t/year", upper=most
    )
    for at, (_, members, _) in enumerate(limits):
        program.add(rows[at], make.buy[list(members)], 1.0)
