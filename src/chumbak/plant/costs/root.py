"""One root of one number, for every draw at once: bracketed, so that it cannot wander."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chumbak.plant.costs.tables import Array
from chumbak.plant.errors import PlantError

STEPS = 200


def root(function: Callable[[Array], Array], low: Array, high: Array, close: float) -> tuple[Array, Array]:
    """Return where ``function`` is nothing between ``low`` and ``high``, and its value there (draw).

    Regula falsi with the Illinois weight, and a bisection every third step: exact after one step where the function is
    linear, and it halves its bracket for certain where it bends. Where the ends have the same sign there is no root
    between them: not a number. ``close`` is how near to nothing the value has to come.
    """
    low, high = np.array(low, dtype=float), np.array(high, dtype=float)
    at_low, at_high = np.array(function(low), dtype=float), np.array(function(high), dtype=float)
    none = np.sign(at_low) * np.sign(at_high) > 0
    best = np.where(np.abs(at_low) <= np.abs(at_high), low, high)
    value = np.where(np.abs(at_low) <= np.abs(at_high), at_low, at_high)
    side = np.zeros(low.shape)
    weigh_low, weigh_high = at_low.copy(), at_high.copy()
    for step in range(STEPS):
        if (none | (np.abs(value) <= close) | (high - low <= 1e-15 * np.maximum(1.0, np.abs(high)))).all():
            break
        gap = weigh_high - weigh_low
        with np.errstate(divide="ignore", invalid="ignore"):
            next_ = np.where(gap != 0, high - weigh_high * (high - low) / gap, (low + high) / 2)
        middle = (low + high) / 2
        outside = ~((next_ > low) & (next_ < high))
        next_ = middle if step % 3 == 2 else np.where(outside, middle, next_)
        at = np.asarray(function(next_), dtype=float)
        better = np.abs(at) < np.abs(value)
        best, value = np.where(better, next_, best), np.where(better, at, value)
        same_as_low = np.sign(at) == np.sign(at_low)
        weigh_high = np.where(same_as_low, np.where(side == 1, weigh_high / 2, weigh_high), at)
        weigh_low = np.where(same_as_low, at, np.where(side == -1, weigh_low / 2, weigh_low))
        side = np.where(same_as_low, 1, -1)
        low, high = np.where(same_as_low, next_, low), np.where(same_as_low, high, next_)
    return np.where(none, np.nan, best), np.where(none, np.nan, value)


def zero(
    value: Callable[[Array], Array], shape: tuple[int, ...], close: float, start: float = 1.0
) -> tuple[Array, Array]:
    """Return where a value that rises with price is nothing, and what is left there: bracketed from 0 and ``start``.

    Raises ``PlantError`` where no price is high enough.
    """
    low, high = np.zeros(shape), np.full(shape, start)
    for _ in range(60):
        short = value(high) < 0
        if not short.any():
            break
        low, high = np.where(short, high, low), np.where(short, 2.0 * high, high)
    else:
        raise PlantError(
            "no price pays for the plant: of each unit of revenue nothing is left after what is a share of revenue; "
            "check royalty, tax and the cost lines that are shares of revenue"
        )
    width = np.full(shape, start)
    for _ in range(60):
        over = value(low) > 0
        if not over.any():
            break
        # Other income alone pays for it: the price goes below nothing.
        high, low, width = np.where(over, low, high), np.where(over, low - width, low), 2.0 * width
    return root(value, low, high, close)
