"""Banks of stages with constant distribution ratios: extraction, wash and strip where elements do not compete.

On every stage the organic holds D times the concentration of the aqueous, whatever else is there. The balances are then
linear; without scrub they have Kremser's closed form, E = D V_organic / V_aqueous:

    left in the aqueous after n stages = (E - 1) / (E^(n+1) - 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chumbak.plant.components import Array
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.extraction.stages import elementwise

TOLERANCE = 1e-9  # of all that is fed: the worst balance of any element on any stage


@dataclass(frozen=True)
class Bank:
    """A solved bank. ``aqueous``, ``organic`` (stage, element): concentrations that leave each stage, amount a volume.

    ``raffinate`` and ``loaded`` (element): amounts that leave with the aqueous and with the organic; ``residual``: the
    worst balance of any element on any stage, of all that is fed.
    """

    aqueous: Array
    organic: Array
    raffinate: Array
    loaded: Array
    residual: float


def left(factor: float | Array, stages: int) -> Array:
    """Return the share that stays where it was after counter-current stages with a fresh second phase (Kremser).

    ``factor`` is the extraction factor D V_organic / V_aqueous; for stripping it is the stripping factor, its inverse.
    """
    e = np.asarray(factor, dtype=float)
    if not np.isfinite(e).all() or (e < 0).any() or stages < 1 or stages != int(stages):
        raise PlantError("Kremser's formula wants an extraction factor of 0 or more and a whole number of stages")
    stages = int(stages)
    # 1 / (1 + e + ... + e^n), without the cancellation near e = 1 and without overflow
    logs = np.arange(stages + 1) * np.log(np.maximum(e, 1e-300))[..., None]
    top = logs.max(axis=-1)
    share: Array = np.exp(-top) / np.exp(logs - top[..., None]).sum(axis=-1)
    return share


def left_by_strip(distribution: Sequence[float] | Array, stages: int, acid_to_organic: float) -> Array:
    """Return the share of each element that ``stages`` of stripping leave on the organic (element).

    ``distribution``: ratios in the strip acid (organic to aqueous), so that an excess of acid is a lower ratio;
    ``acid_to_organic``: volume of acid a volume of organic. Raises ``PlantError``.
    """
    ratios = np.asarray(distribution, dtype=float)
    if not (np.isfinite(ratios).all() and (ratios > 0).all() and acid_to_organic > 0):
        raise PlantError("stripping wants distribution ratios and a ratio of acid to organic above 0")
    return left(acid_to_organic / ratios, stages)


def solve_bank(
    feed: Sequence[float] | Array,
    distribution: Sequence[float] | Array,
    stages: int,
    organic: float,
    aqueous: float = 1.0,
    scrub_stages: int = 0,
    scrub: float = 0.0,
    organic_feed: Sequence[float] | Array | None = None,
) -> Bank:
    """Solve a bank of ``stages`` (and ``scrub_stages`` beyond the feed) with constant distribution ratios.

    ``feed`` (element): concentrations in the aqueous feed, of volume ``aqueous``; ``organic`` and ``scrub``: volumes in
    the same time; ``organic_feed`` (element): concentrations in the organic that comes in. For a wash or a strip give
    the loaded organic as ``organic_feed`` and zeros as ``feed``. Raises ``PlantError``.
    """
    ratios, fed = np.asarray(distribution, dtype=float), np.asarray(feed, dtype=float)
    n = len(ratios)
    came = np.zeros(n) if organic_feed is None else np.asarray(organic_feed, dtype=float)
    if fed.shape != (n,) or came.shape != (n,):
        raise PlantError(f"there are {n} distribution ratios, and feeds of {len(fed)} and {len(came)} elements")
    if not np.isfinite(ratios).all() or (ratios < 0).any():
        raise PlantError("distribution ratios must not be negative")
    if not (np.isfinite(fed).all() and np.isfinite(came).all()) or (fed < 0).any() or (came < 0).any():
        raise PlantError("a feed is negative: give concentrations of 0 or more")
    if stages < 1 or scrub_stages < 0 or stages != int(stages) or scrub_stages != int(scrub_stages):
        raise PlantError(f"a bank of {stages} and {scrub_stages} stages cannot be built; give whole numbers")
    if n == 0:
        raise PlantError("no element is named: give a distribution ratio for each")
    stages, scrub_stages = int(stages), int(scrub_stages)
    if not (organic > 0 and aqueous > 0 and scrub >= 0):
        raise PlantError("volumes must be above 0, and that of the scrub not negative")
    if scrub_stages and not scrub:
        raise PlantError("there are stages of scrubbing and no scrub: an open loop; give 'scrub' a volume")
    count = stages + scrub_stages
    water = np.full(count, scrub)
    water[:stages] += aqueous
    # Stage 1 is where the organic enters; unknown is the aqueous x, and y = D x.
    lower, upper, right = np.zeros((n, count)), np.zeros((n, count)), np.zeros((n, count))
    diagonal = water + organic * ratios[:, None]
    lower[:, 1:] = -organic * ratios[:, None]
    upper[:, :-1] = -water[1:]
    right[:, stages - 1] += aqueous * fed
    right[:, 0] += organic * came
    x = elementwise(lower, diagonal, upper, right)
    gap = right - diagonal * x
    gap[:, 1:] -= lower[:, 1:] * x[:, :-1]
    gap[:, :-1] -= upper[:, :-1] * x[:, 1:]
    residual = float(np.abs(gap).max() / max(right.sum(), 1e-300))
    if not residual < TOLERANCE:
        raise NotConvergedError(f"a bank of {count} stages is off by {residual:.2g} of what is fed", residual)
    y = ratios[:, None] * x
    return Bank(x.T, y.T, water[0] * x[:, 0], organic * y[:, -1], residual)
