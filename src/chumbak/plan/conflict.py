"""Requirements that cannot hold together: the smallest set that cannot, and how near each of them could come."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.formulate import formulate
from chumbak.plan.requirements import AT_MOST, SHARES, Requirement
from chumbak.plan.solve import NotOptimalError, solve

CLOSE = 1e-4  # how near the nearest value is told; of values above 1, in proportion


@dataclass(frozen=True)
class Conflict:
    """An irreducible set: none of ``members`` can be left out and the rest still cannot hold.

    ``nearest`` is, for each member, the value it could have with all other requirements as they are; None where even
    without it they cannot hold.
    """

    members: tuple[Requirement, ...]
    nearest: tuple[float | None, ...]


def find_conflict(case: Case, asked: tuple[Requirement, ...], view: str = NATIONAL) -> Conflict | None:
    """Return the conflict among requirements, None where they hold together.

    Deletion: each requirement in turn is left out; if the rest still cannot hold, it was not to blame.
    """
    asked = tuple(dict.fromkeys(asked))
    if can_hold(case, asked, view):
        return None
    members = list(asked)
    for one in asked:
        rest = tuple(other for other in members if other != one)
        if not can_hold(case, rest, view):
            members.remove(one)
    nearest = tuple(nearest_value(case, asked, one, view) for one in members)
    return Conflict(tuple(members), nearest)


def can_hold(case: Case, asked: tuple[Requirement, ...], view: str = NATIONAL) -> bool:
    """Say whether there is a plan at all that keeps these requirements."""
    matrix = formulate(case, asked, view).program.matrix()
    try:
        # any point will do, and of a plan that cannot be, simplex says so without fail
        solve(replace(matrix, cost=np.zeros_like(matrix.cost)), "the question whether requirements can hold", "simplex")
    except NotOptimalError as error:
        if error.status in ("Infeasible", "Primal infeasible or unbounded"):
            return False
        raise
    return True


def nearest_value(case: Case, asked: tuple[Requirement, ...], one: Requirement, view: str = NATIONAL) -> float | None:
    """Return the value nearest to what was asked that ``one`` could have, all others as they are, or None.

    What was asked, if it can hold; else found by halving the interval between it and what asks for nothing, to four
    digits.
    """
    others = tuple(other for other in asked if other != one)
    if not can_hold(case, others, view):
        return None
    if can_hold(case, (*others, one), view):
        return one.value
    asks_nothing = (1.0 if one.kind in SHARES else 1e9) if one.kind in AT_MOST else 0.0
    good, bad = asks_nothing, one.value
    while abs(good - bad) > CLOSE * max(1.0, abs(bad)):
        middle = (good + bad) / 2
        if can_hold(case, (*others, replace(one, value=middle)), view):
            good = middle
        else:
            bad = middle
    return _towards_nothing(good, one)


def _towards_nothing(value: float, one: Requirement) -> float:
    """Return a value to four digits, on the side that can hold."""
    digits = 4 if one.kind in SHARES else 3 - int(np.floor(np.log10(max(abs(value), 1e-9))))
    scale = 10.0**digits
    return float((np.ceil(value * scale) if one.kind in AT_MOST else np.floor(value * scale)) / scale)
