"""Requirements that cannot hold together: the smallest sets that cannot, and how near each of them could come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chumbak.linear.program import Matrix
from chumbak.linear.solve import NotOptimalError, solve
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.formulate import formulate
from chumbak.plan.requirements import AT_MOST, SHARES, Requirement

CLOSE = 1e-4  # how near the nearest value is told; of values above 1, in proportion
ENOUGH = 1e9  # of a requirement that may be any amount at most: it asks for nothing
Requirements = tuple[Requirement, ...]
Holds = Callable[[Requirements], bool]


@dataclass(frozen=True)
class Conflict:
    """An irreducible set: none of ``members`` can be left out and the rest still cannot hold.

    ``nearest`` is, for each member, the value it could have: with all other requirements as they are where
    ``with_all`` says so, else with the other members alone, as another conflict stands in the way. None where no value
    of it would do. ``further`` are conflicts that remain when the members of this one are taken away, in the order in
    which they are found; no requirement is in two.
    """

    members: Requirements
    nearest: tuple[float | None, ...]
    with_all: tuple[bool, ...]
    further: tuple[Conflict, ...] = ()


def find_conflict(case: Case, asked: Requirements, view: str = NATIONAL) -> Conflict | None:
    """Return the first conflict among requirements, with further ones; None where they hold together."""
    asked = tuple(dict.fromkeys(asked))
    sets: list[Requirements] = []
    left = asked
    while not can_hold(case, left, view):
        sets.append(_irreducible(case, left, view))
        left = tuple(one for one in left if one not in sets[-1])
    if not sets:
        return None
    alone = len(sets) == 1  # else another set stands in the way of every member
    first, *more = [_told(case, asked if alone else members, members, view, alone) for members in sets]
    return replace(first, further=tuple(more))


def _irreducible(case: Case, asked: Requirements, view: str) -> Requirements:
    """Return a set of requirements that cannot hold, of which any one could be left out and the others could.

    Deletion: each requirement in turn is left out; if the rest still cannot hold, it was not to blame.
    """
    members = asked
    for one in asked:
        rest = tuple(other for other in members if other != one)
        if not can_hold(case, rest, view):
            members = rest
    return members


def _told(case: Case, asked: Requirements, members: Requirements, view: str, alone: bool) -> Conflict:
    """Return the conflict of ``members``, each beside all that is ``asked`` or, failing that, beside the others."""
    nearest, with_all = [], []
    for one in members:
        value = nearest_value(case, asked, one, view)
        with_all.append(alone and value is not None)
        if value is None and len(asked) > len(members):
            value = nearest_value(case, members, one, view)
        nearest.append(value)
    return Conflict(members, tuple(nearest), tuple(with_all))


def can_hold(case: Case, asked: Requirements, view: str = NATIONAL) -> bool:
    """Say whether there is a plan at all that keeps these requirements."""
    return any_plan(formulate(case, asked, view).program.matrix())


def any_plan(matrix: Matrix) -> bool:
    """Say whether a programme has a solution at all, whatever it costs."""
    try:
        # any point will do; interior point sees in moments what simplex may search for in vain
        solve(replace(matrix, cost=np.zeros_like(matrix.cost)), "the question whether requirements can hold")
    except NotOptimalError as error:
        if error.status in ("Infeasible", "Primal infeasible or unbounded"):
            return False
        raise
    return True


def nearest_value(case: Case, asked: Requirements, one: Requirement, view: str = NATIONAL) -> float | None:
    """Return the value nearest to what was asked that ``one`` could have, all others as they are, or None."""
    others = tuple(other for other in asked if other != one)
    if not can_hold(case, others, view):
        return None
    return nearest_beside(lambda these: can_hold(case, these, view), others, one)


def nearest_beside(holds: Holds, others: Requirements, one: Requirement) -> float | None:
    """Return the value nearest to what was asked that ``one`` could have beside ``others``, which hold, or None.

    What was asked, if it can hold; else found between it and what asks for nothing, to four digits: of an amount at
    most first by doubling, then by halving. ``holds`` says which requirements can hold.
    """
    if holds((*others, one)):
        return one.value
    good, bad = _bracket(holds, others, one)
    if not holds((*others, replace(one, value=good))):
        return None
    while abs(good - bad) > CLOSE * max(1.0, abs(bad)):
        middle = (good + bad) / 2
        if holds((*others, replace(one, value=middle))):
            good = middle
        else:
            bad = middle
    return _towards_nothing(good, one)


def _bracket(holds: Holds, others: Requirements, one: Requirement) -> tuple[float, float]:
    """Return a value that asks for nothing, or enough to hold, and one that cannot hold, nearer to what was asked."""
    if one.kind not in AT_MOST:
        return 0.0, one.value
    if one.kind in SHARES:
        return 1.0, one.value
    bad, good = one.value, max(2 * one.value, 1.0)
    while good < ENOUGH and not holds((*others, replace(one, value=good))):
        bad, good = good, 2 * good
    return good, bad


def _towards_nothing(value: float, one: Requirement) -> float:
    """Return a value to four digits, on the side that can hold."""
    digits = 4 if one.kind in SHARES else 3 - int(np.floor(np.log10(max(abs(value), 1e-9))))
    scale = 10.0**digits
    return float((np.ceil(value * scale) if one.kind in AT_MOST else np.floor(value * scale)) / scale)
