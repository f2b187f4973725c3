"""A measured amount: whole micrograms, and by source of error what one standard deviation of it does.

Every error has a name. An error that two amounts share (the calibration of one scale, one method in one laboratory,
the same assay used for two lots) has the same name in both, and adds up with its sign; errors of different names
are independent and add in squares. With that a lot that was measured once and stands at the end of one period and
the beginning of the next leaves nothing in the sum of both, and a bias of a scale on what comes in and on what goes
out cancels as far as it really does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Amount:
    """Micrograms of contained element (exact) and their errors, in micrograms by name; ``what`` says of what."""

    micrograms: int
    effects: Mapping[str, float] = field(default_factory=dict)
    what: str = ""

    @property
    def sigma(self) -> float:
        """The standard uncertainty, in micrograms."""
        return math.sqrt(math.fsum(effect * effect for effect in self.effects.values()))


def total(signed: Iterable[tuple[int, Amount]], what: str = "") -> Amount:
    """Return a sum of amounts, each with the sign 1 or -1; errors of one name are added before they are squared."""
    parts: dict[str, list[float]] = {}
    micrograms = 0
    for sign, amount in signed:
        micrograms += sign * amount.micrograms
        for name, effect in amount.effects.items():
            parts.setdefault(name, []).append(sign * effect)
    return Amount(micrograms, {name: math.fsum(parts[name]) for name in sorted(parts)}, what)


def covariance(first: Amount, second: Amount) -> float:
    """Return the covariance of two amounts, in square micrograms: what they share, and nothing else."""
    return math.fsum(first.effects[name] * second.effects[name] for name in first.effects if name in second.effects)


def lower_bound(amount: Amount, holds: float = 0.95) -> int:
    """Return the whole micrograms that are there with this chance, never below zero: for buyers who credit no more.

    One-sided and normal: amount - z x sigma, rounded down. Raises ``ValueError`` for a chance outside 0.5 to 1.
    """
    if not 0.5 <= holds < 1:
        raise ValueError(f"A lower bound cannot hold with {holds:g}: give a chance from 0.5 to below 1.")
    return max(0, math.floor(amount.micrograms - NormalDist().inv_cdf(holds) * amount.sigma))
