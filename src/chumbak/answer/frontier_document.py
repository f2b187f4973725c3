"""The frontier as a plain document: cost against self-reliance, and what is added at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chumbak.answer.plan_document import NOTHING, by_year, convention, nine
from chumbak.plan.account import invested
from chumbak.plan.frontier import Point
from chumbak.plan.outcome import outcomes, self_reliance
from chumbak.plan.requirements import Requirement


def frontier_document(found: Sequence[Point], sweep: Requirement) -> dict[str, Any]:
    """Return the points of a frontier in the order of what is asked; ``sweep`` says what is raised."""
    first = found[0].plan
    case = first.case
    money = f"million {case.currency} ({case.price_year}), discounted to {case.base_year}"
    return {
        "measure": ".".join(filter(None, (sweep.target, sweep.part))) or "chain",
        "year": sweep.year,
        "last_year": int(case.years[-1]),
        "view": first.view,
        "requirements": [str(one) for one in first.asked],
        "convention": f"{convention(case, first.view)} {_asked(sweep)}",
        "unit": {"share": "1", "cost_npv": money, "per_point": f"{money}, for one more percentage point",
                 "added": "t/year of capacity, all years of decision, more than at the point before",
                 "capital": f"million {case.currency} ({case.price_year}), not discounted",
                 "substituted": f"t of magnets, gross, in {sweep.year}",
                 "substituted_share": f"of the need of {sweep.year}, in t of magnets, before substitution",
                 "substituted_last": f"t of magnets, gross, in {case.years[-1]}",
                 "substituted_share_last": f"of the need of {case.years[-1]}, in t of magnets, before substitution"},
        "points": [_point(one) for one in found],
    }  # fmt: skip


def _asked(sweep: Requirement) -> str:
    """Return in a sentence of which years and of what the share is."""
    return (
        f"The share is asked of every year from {sweep.year} on, and of the cheapest plan it is the least of those "
        "years; it is of the need less what designs without rare earths stand in for."
    )


def _point(one: Point) -> dict[str, Any]:
    plan = one.plan
    amounts = list(one.designed_away.values())
    first, last = amounts[0], amounts[-1]
    year = slice(int(plan.case.base_year), None)
    return {
        "share": nine(one.share),
        "cost_npv": nine(plan.cost),
        "per_point": nine(one.per_point),
        "capital": nine(float(np.sum(invested(plan.case, plan.decisions)))),
        "chain": by_year(self_reliance(plan)["chain"].sel(year=year)),
        "import_bill": by_year(outcomes(plan)["import_bill"]),
        "substituted": nine(first[0]),
        "substituted_share": nine(first[1]),
        "substituted_last": nine(last[0]),
        "substituted_share_last": nine(last[1]),
        "added": {name: nine(tonnes) for name, tonnes in one.added.items() if abs(tonnes) > NOTHING},
    }
