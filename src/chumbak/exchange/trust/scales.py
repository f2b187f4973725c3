"""Scales that drift, by Page's test on loads that were weighed twice (``custody.measure.drift``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chumbak.custody.measure.amount import Amount
from chumbak.custody.measure.drift import follow

UG = 1_000_000


@dataclass(frozen=True)
class Pair:
    """One load on the scale in question and on another, in grams; ``sigma`` is that of the difference, in grams."""

    grams: int
    other: int
    sigma: float


@dataclass(frozen=True)
class Drift:
    """What a scale's pairs say after the last of them.

    ``mean_share`` is the mean difference over the mean load; ``heavy`` and ``light`` whether Page's sum against it
    passed the decision at the last pair, ``reached`` the larger of the two sums there, in standard deviations.
    """

    pairs: int
    mean_share: float
    heavy: bool
    light: bool
    reached: float


def drift(pairs: Sequence[Pair], k: float, h: float) -> Drift:
    """Return whether a scale reads heavy or light. Differences of different loads have independent errors."""
    amounts = [Amount((one.grams - one.other) * UG, {f"pair {n}": one.sigma * UG}) for n, one in enumerate(pairs)]
    steps = follow(amounts, k, h)
    load = math.fsum(one.other for one in pairs)
    share = math.fsum(one.grams - one.other for one in pairs) / load if load else 0.0
    if not steps:
        return Drift(0, 0.0, False, False, 0.0)
    last = steps[-1]
    return Drift(len(pairs), share, last.lost, last.gained, max(last.loss, last.gain))


def difference_score(first: int, second: int, first_sigma: float, second_sigma: float) -> float:
    """Return by how many standard deviations two weighings of one load differ. inf where neither has any."""
    total = math.hypot(first_sigma, second_sigma)
    if not total:
        return 0.0 if first == second else math.copysign(math.inf, first - second)
    return (first - second) / total
