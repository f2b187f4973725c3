"""The best path: highest net present value, or lowest cost of a kg recovered, each with its proof.

Cost per kg is a fraction, N/D with N what all but the main product comes to and D the kilograms, both as worth at the
start. Dinkelbach (Management Science 13 (1967) 492-498): for the cost p of some path, the highest p D - N over all is
solved for; where it is 0, no path is cheaper; else its path is, and is taken next. Paths are few: it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chumbak.linear.solve import NotOptimalError, solve_whole
from chumbak.superstructure.case import Case, SuperstructureError
from chumbak.superstructure.formulate import MILLION, Formulation, formulate
from chumbak.superstructure.paths import Outcome, count_paths, paths, reckon

VALUE, COST = "npv", "cost-of-recovery"
OBJECTIVES = (VALUE, COST)
SAME = 1e-7  # of what is compared: the solver's tolerance
MOST_PATHS = 1_000_000  # that are walked one by one


@dataclass(frozen=True, eq=False)
class Best:
    """The best path by an objective; ``rounds`` programmes were solved.

    ``bound`` is what no path passes, by the programme: of net present value from above, of cost per kg from below.
    """

    objective: str
    outcome: Outcome
    bound: float
    rounds: int
    seconds: float
    columns: int
    rows: int

    @property
    def value(self) -> float:
        """Return the objective of the best path."""
        return self.outcome.net_present_value if self.objective == VALUE else self.outcome.cost_per_kg

    @property
    def gap(self) -> float:
        """Return how far the bound is from the best path, over its size."""
        return abs(self.bound - self.value) / max(1.0, abs(self.value))


def best(case: Case, objective: str = VALUE) -> Best:
    """Return the best path. Raises ``SuperstructureError`` where there is none, or nothing is recovered."""
    assert objective in OBJECTIVES, f"no objective {objective}"
    form = formulate(case)
    found, bound, seconds = _highest(case, form, form.sold)
    if objective == VALUE:
        return _proved(Best(VALUE, found, bound, 1, seconds, *_size(form)))
    rounds = 1
    if not np.isfinite(found.cost_per_kg):
        found, _, more = _highest(case, form, form.recovered)  # of most recovery, to begin from
        rounds, seconds = rounds + 1, seconds + more
        if not np.isfinite(found.cost_per_kg):
            raise SuperstructureError("No path recovers anything, so that nothing can be said of the cost of a kg.")
    while True:
        price = found.cost_per_kg
        cheaper, excess, more = _highest(case, form, price / MILLION * form.recovered)
        rounds, seconds = rounds + 1, seconds + more
        if not cheaper.cost_per_kg < price - SAME * max(1.0, abs(price)):
            kilograms = _kilograms(case, found)
            return _proved(Best(COST, found, price - excess / kilograms, rounds, seconds, *_size(form)))
        found = cheaper


def by_enumeration(case: Case, objective: str = VALUE) -> Outcome:
    """Return the best of all paths, reckoned one by one. Raises ``SuperstructureError`` for too many, or for none."""
    number = count_paths(case)
    if number > MOST_PATHS:
        raise SuperstructureError(f"There are {number:,} paths; at most {MOST_PATHS:,} are reckoned one by one.")
    found = [one for one in (reckon(case, path) for path in paths(case)) if one is not None]
    if not found:
        raise SuperstructureError(NONE)
    if objective == VALUE:
        return max(found, key=lambda one: one.net_present_value)
    return min(found, key=lambda one: one.cost_per_kg)


NONE = (
    "No path can be: on every one some equipment is larger than the largest size it has a cost for, or the impact is "
    "above its limit. Add sizes, raise the limit, or take in less."
)


def _highest(case: Case, form: Formulation, sold: np.ndarray) -> tuple[Outcome, float, float]:
    """Return the path that brings most if ``sold`` (column,) is what the main product fetches, the bound, and seconds.

    The bound is money.
    """
    matrix = form.program.matrix()
    try:
        found = solve_whole(replace(matrix, cost=matrix.cost - sold), 0.0, "the superstructure")
    except NotOptimalError as error:
        if "nfeasible" in error.status:
            raise SuperstructureError(NONE) from None
        raise
    picked = found.columns[form.pick] > 0.5
    path = tuple(next(at for at in members if picked[at]) for members in case.of_stage)
    outcome = reckon(case, path)
    assert outcome is not None, "the programme takes a path that cannot be"
    return outcome, -(found.bound + matrix.offset) * MILLION, found.seconds


def _kilograms(case: Case, one: Outcome) -> float:
    return float(one.recovered.sum()) * case.feed_worth * case.sales_worth


def _proved(found: Best) -> Best:
    """Return what was found; what the path comes to by itself and what the programme says of it have to agree."""
    assert found.gap <= 1e-5, f"the programme and the path differ by {found.gap:.2g}"
    return found


def _size(form: Formulation) -> tuple[int, int]:
    return form.program.width, form.program.height
