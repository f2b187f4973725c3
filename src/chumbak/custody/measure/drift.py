"""A slow drift found by accumulation: CUMUF, and Page's test on the part of each MUF that is news.

MUFs of following periods are not independent: what was found at the end of one is what the next begins with, and
calibrations last. Their covariance follows from the names of their errors. Each MUF less what the earlier ones let
expect, over its standard deviation, is independent and standard normal while nothing is lost (the standardised
independently transformed MUF of Pike and Woods). On these runs Page's test twice, each one-sided: against loss, and
against gain, which is how material that never came in is made to look as if it had. CUMUF, the sum of all MUFs, is
kept beside it with its own sigma; ends and beginnings of periods cancel in it, and calibrations add up. After an
alarm the test that raised it begins again at zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chumbak.custody.measure.amount import Amount, covariance, total
from chumbak.custody.measure.page import DECISION, REFERENCE

CERTAIN = 1e-9  # of the variance of a MUF: below it the earlier ones say all of it


@dataclass(frozen=True, slots=True)
class Step:
    """One period in the tests: CUMUF and its errors, the news (z), and Page's sum S against loss and against gain.

    ``lost`` and ``gained`` are the alarms: S is above h.
    """

    cumuf: Amount
    news: float
    loss: float
    gain: float
    lost: bool
    gained: bool


def news(mufs: Sequence[Amount]) -> list[float]:
    """Return for each MUF what it adds to the earlier ones, in standard deviations.

    Where the earlier ones say all of it (no error of its own): 0 if it is as expected to a microgram, else infinite.
    """
    lower: list[np.ndarray] = []  # rows of the Cholesky factor of the covariance
    found: list[float] = []
    for t, muf in enumerate(mufs):
        row = np.zeros(t + 1)
        for s in range(t):
            if lower[s][s] > 0:
                row[s] = (covariance(muf, mufs[s]) - float(row[:s] @ lower[s][:s])) / lower[s][s]
        known = [z if math.isfinite(z) else 0.0 for z in found]
        variance = covariance(muf, muf)
        left = variance - float(row[:t] @ row[:t])
        surprise = muf.micrograms - float(row[:t] @ np.array(known))
        if left > CERTAIN * variance:
            row[t] = math.sqrt(left)
            found.append(surprise / row[t])
        else:
            found.append(0.0 if abs(surprise) <= 1 else math.copysign(math.inf, surprise))
        lower.append(row)
    return found


def follow(mufs: Sequence[Amount], k: float = REFERENCE, h: float = DECISION) -> tuple[Step, ...]:
    """Return the tests after each period, in their order. Shared errors must have the same name in all periods."""
    steps, sum_so_far, loss, gain = [], Amount(0), 0.0, 0.0
    for muf, z in zip(mufs, news(mufs), strict=True):
        sum_so_far = total(((1, sum_so_far), (1, muf)), "CUMUF")
        loss, gain = max(0.0, loss + z - k), max(0.0, gain - z - k)
        steps.append(Step(sum_so_far, z, loss, gain, loss > h, gain > h))
        loss, gain = (0.0 if loss > h else loss), (0.0 if gain > h else gain)
    return tuple(steps)
