"""Cases put together over the years: as one future has it until a branch begins, and as another from then on.

What is known by year is taken year by year, and what follows from a decision to build by the year of the decision, so
that no figure of a branch is felt before it begins. A figure that has no years cannot change with a branch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from chumbak.plan.case import Case

BY_DECISION = ("level", "online", "ended")  # of plants, (plant, decided, year)
AS_ORDERED = ("lead", "life")  # interest of a plant is reckoned as it was ordered: see docs/plan_tree.md
Merge = Callable[[str, Any, Any], Any]


class TreeError(ValueError):
    """A tree whose futures cannot be planned for together; its text says why and how to mend it."""


@dataclass(frozen=True)
class Stop:
    """A stop of offers in years first to last.

    Those of ``origins``, on ``stages``, of ``grades`` and ``holding`` one of these elements; empty: all.
    """

    origins: tuple[str, ...]
    stages: tuple[str, ...]
    grades: tuple[str, ...]
    holding: tuple[str, ...]
    first: int
    last: int
    share: float


def spliced(before: Case, after: Case, first: int, branch: str) -> Case:
    """Return the case that is ``before`` in years below ``first`` and ``after`` from then on.

    Raises ``TreeError`` where ``after`` changes what has no years.
    """
    years, decided = before.years < first, before.decided < first

    def merge(name: str, old: Any, new: Any) -> Any:
        if isinstance(old, xr.DataArray) and "year" in old.dims and old.sizes == new.sizes:
            return xr.where(old["year"] < first, old, new, keep_attrs=True).transpose(*old.dims)
        if isinstance(old, np.ndarray) and old.dtype == float and old.shape == new.shape:
            if name in BY_DECISION:
                return np.where(decided[:, None], old, new)
            if name in AS_ORDERED:
                return old
            if old.ndim and old.shape[-1] == len(years) and name not in _NUMBERED:
                return np.where(years, old, new)
        raise TreeError(
            f"The branch '{branch}' changes {name.replace('_', ' ')}, of which there is one figure for all years: it "
            f"cannot be another from {first} on. Change it in a scenario, or change a figure that has years."
        )

    found = _walk("", before, after, merge)
    assert isinstance(found, Case)
    return found


def averaged(cases: Sequence[Case], weights: np.ndarray) -> Case:
    """Return the case of figures that are those of ``cases`` on average, weighed by chances that sum to 1."""
    found, weighed = cases[0], float(weights[0])
    for case, weight in zip(cases[1:], weights[1:], strict=True):
        share = float(weight) / (weighed + float(weight))

        def mean(name: str, old: Any, new: Any, share: float = share) -> Any:
            if isinstance(old, xr.DataArray):
                return old.copy(data=_mean(old.values, new.values, share))
            if isinstance(old, np.ndarray | float) and np.shape(old) == np.shape(new):
                return _mean(old, new, share)
            raise TreeError(f"The futures differ in {name.replace('_', ' ')}, of which there is no average.")

        joined = _walk("", found, case, mean)
        assert isinstance(joined, Case)
        found, weighed = joined, weighed + float(weight)
    return found


def stopped(case: Case, stops: Sequence[Stop], branch: str) -> Case:
    """Return the case with offers stopped. Raises ``TreeError`` for a stop of nothing, or of a share of no limit."""
    limits = {name: (members, most.copy()) for name, members, most in case.market.limits}
    for stop in stops:
        names = [at for at, (_, origin, material) in enumerate(case.market.offers)
                 if origin in stop.origins and _named(case, stop, material)]  # fmt: skip
        if not names:
            raise TreeError(
                f"A stop of the branch '{branch}' stops nothing: no offer of {', '.join(stop.origins)} is on its "
                "rungs, of its grades and holds its elements. Mend its origins, stages, grades or holding."
            )
        inside = (case.years >= stop.first) & (case.years <= stop.last)
        for offer in dict.fromkeys(case.market.offers[at][0] for at in names):
            chosen = [at for at in names if case.market.offers[at][0] == offer]
            _stop_offer(case, limits, offer, chosen, inside, stop.share, branch)
    rows = tuple((name, members, most) for name, (members, most) in limits.items())
    return replace(case, market=replace(case.market, limits=rows))


def _stop_offer(
    case: Case, limits: dict[str, tuple[tuple[int, ...], np.ndarray]], offer: str, chosen: Sequence[int],
    inside: np.ndarray, share: float, branch: str,
) -> None:  # fmt: skip
    """Lower the limits of what an offer sells of the ``chosen`` materials, in the years ``inside``.

    All of it: each gets a limit of nothing. A share: of its own limit and, where the stop is of all that the offer
    sells, of the limit of the whole.
    """
    every = [at for at, (name, _, _) in enumerate(case.market.offers) if name == offer]
    whole = [offer] if len(chosen) == len(every) else []
    for at in chosen:
        grade = case.network.grade[case.market.offers[at][2]]
        own = f"{offer}.{grade}" if grade else offer
        if share == 1:
            members, most = limits.get(own, ((at,), np.full(len(case.years), np.inf)))
            limits[own] = members, np.where(inside, 0.0, most)
        elif not any(np.all(np.isfinite(limits[key][1][inside])) for key in {own, *whole} & set(limits)):
            raise TreeError(
                f"A stop of the branch '{branch}' stops {share:g} of the offer '{own}', which has no limit, so that a "
                "share of it has no meaning. Stop all of it (stopped: 1), or give the offer a limit."
            )
        elif own != offer and own in limits:
            limits[own] = limits[own][0], np.where(inside, limits[own][1] * (1 - share), limits[own][1])
    if share < 1 and whole and offer in limits:
        limits[offer] = limits[offer][0], np.where(inside, limits[offer][1] * (1 - share), limits[offer][1])


def _named(case: Case, stop: Stop, material: str) -> bool:
    """Say whether a stop is of a material: by its rung, its grade and what it holds."""
    held = [case.held.get((material, element), np.zeros(1)).max() > 0 for element in stop.holding]
    return (
        (not stop.stages or case.network.stage[material] in stop.stages)
        and (not stop.grades or case.network.grade[material] in stop.grades)
        and (not held or any(held))
    )


def with_same_limits(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with limits of the same offers, in the same order; where one has none, it never binds."""
    members = {name: those for case in cases for name, those, _ in case.market.limits}
    found = []
    for case in cases:
        own = {name: most for name, _, most in case.market.limits}
        free = np.full(len(case.years), np.inf)
        rows = tuple((name, members[name], own.get(name, free)) for name in sorted(members))
        found.append(replace(case, market=replace(case.market, limits=rows)))
    return found


_NUMBERED = (  # of plants, steps, regions: one figure each, that their count must not make look like years
    "capital", "fixed", "variable", "electricity", "lead", "life", "least", "reference", "scale",
    "most", "jobs", "availability", "growth", "step", "emissions", "footprint", "tariff", "landing", "haul",
)  # fmt: skip


def _walk(name: str, old: Any, new: Any, merge: Merge) -> Any:
    """Return ``old`` with every part of it that differs in ``new`` merged."""
    if is_dataclass(old) and not isinstance(old, type) and type(old) is type(new):
        parts = {one.name: (getattr(old, one.name), getattr(new, one.name)) for one in fields(old)}
        return replace(old, **{part: _walk(part, *pair, merge) for part, pair in parts.items()})
    if isinstance(old, Mapping) and isinstance(new, Mapping) and list(old) == list(new):
        return {key: _walk(name if name else str(key), old[key], new[key], merge) for key in old}
    if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        return tuple(_walk(name, *pair, merge) for pair in zip(old, new, strict=True))
    if _same(old, new):
        return old
    return merge(name, old, new)


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, xr.DataArray) and isinstance(new, xr.DataArray):
        return bool(old.identical(new))
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        return np.array_equal(old, new, equal_nan=old.dtype == float)
    if isinstance(old, float) and isinstance(new, float):
        return old == new or (np.isnan(old) and np.isnan(new))
    return bool(type(old) is type(new) and old == new)


def _mean(old: Any, new: Any, share: float) -> Any:
    """Return the mean; of limits one of which never binds (inf) it never binds, and what neither has (NaN) stays so."""
    with np.errstate(invalid="ignore"):
        mean = np.where(np.isinf(old) | np.isinf(new), np.inf, old + share * (new - old))
    return float(mean) if np.ndim(old) == 0 else mean
