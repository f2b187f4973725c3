"""Measures of cash by year: value at the award, rates of return, payback, debt cover; and the search for roots."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

REAL = 1e-6  # an imaginary part smaller than this share of a root is rounding
SAME = 1e-6  # rates nearer than this are one
GRID = np.concatenate([np.linspace(-0.95, 1.0, 118), np.geomspace(1.05, 20.0, 20)])  # rates tried for many draws
HALVINGS = 50
ROOT_STEPS = 200
APART = 2.0  # standard errors of a difference, from which on two numbers are told apart
FOUND = 1e-12  # of the interval searched
ROUNDING = 1e-13  # of what the function spans over the interval


def npv(rate: float, flows: np.ndarray) -> np.ndarray:
    """Return the value at year 0 of flows (..., year) at a rate a year: sum of flow / (1 + rate)^year.

    The flow of year 0 is not discounted, as in ``numpy_financial.npv``.
    """
    found: np.ndarray = flows @ (1 + rate) ** -np.arange(flows.shape[-1], dtype=float)
    return found


def all_irr(flows: np.ndarray) -> tuple[float, ...]:
    """Return every rate above -1 at which flows (year,) are worth nothing, rising: none, one or several."""
    there = np.flatnonzero(flows)
    if len(there) < 2:
        return ()
    kept = flows[there[0] : there[-1] + 1]
    roots = np.roots(kept)  # of kept[0] g^n + ... + kept[n], with g = 1 + rate
    real = np.sort(roots[(np.abs(roots.imag) <= REAL * np.abs(roots)) & (roots.real > 0)].real) - 1
    return tuple(float(rate) for at, rate in enumerate(real) if at == 0 or rate - real[at - 1] > SAME)


def irr(flows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate of return of flows (draw, year), NaN where there is none or several, and how many there are.

    Rates are sought between -95 % and 2,000 %; of two that lie closer than a sixtieth neither is seen.
    """
    powers = (1 + GRID[:, None]) ** -np.arange(flows.shape[1], dtype=float)
    worth = flows @ powers.T
    turns = (worth[:, :-1] > 0) != (worth[:, 1:] > 0)
    count = turns.sum(axis=1)
    at = np.argmax(turns, axis=1)
    low, high = GRID[at], GRID[at + 1]
    falls = worth[np.arange(len(worth)), at] > 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        up = (_value_at(flows, middle) > 0) == falls
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return np.where(count == 1, (low + high) / 2, np.nan), count


def _value_at(flows: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the value of flows (draw, year), each at a rate of its own (draw,), by Horner's rule."""
    factor = 1 / (1 + rates)
    worth = flows[:, -1].copy()
    for at in range(flows.shape[1] - 2, -1, -1):
        worth = worth * factor + flows[:, at]
    return worth


def payback(flows: np.ndarray) -> np.ndarray:
    """Return years from the start of year 0 until flows (draw, year) have paid back for good; NaN if they never do.

    Not discounted. Year ``y`` lies between ``y`` and ``y + 1``; within it the flow comes evenly.
    """
    held = np.cumsum(flows, axis=1)
    years = held.shape[1]
    below = held < 0
    last = years - 1 - np.argmax(below[:, ::-1], axis=1)  # last year that ends below 0
    at = np.minimum(last + 1, years - 1)
    rows = np.arange(len(held))
    step = flows[rows, at]
    part = np.divide(-held[rows, at - 1], step, out=np.zeros(len(held)), where=step > 0)
    found = np.where(last == years - 1, np.nan, at + part)
    return np.where(below.any(axis=1), found, 0.0)


def debt_cover(available: np.ndarray, service: np.ndarray) -> np.ndarray:
    """Return what is available for debt over interest and repayment, (draw, year); NaN in years without service."""
    found: np.ndarray = np.divide(available, service, out=np.full(available.shape, np.nan), where=service > 0)
    return found


def least(ratios: np.ndarray) -> np.ndarray:
    """Return the least of the years, (draw,); NaN where no year has a number."""
    found = np.where(np.isnan(ratios), np.inf, ratios).min(axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def rising_root(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray
) -> np.ndarray:  # fmt: skip
    """Return where a function that does not fall comes to 0, (draw,); NaN where it is below 0 at ``high``.

    It is ``low`` where the function is not below 0 there. ``function`` takes numbers and the places of the draws they
    are for, and is asked only for draws not yet settled. Steps go by the secant (Illinois), quick on the straight
    pieces that money is made of, and every fourth by halving.
    """
    rows = np.arange(len(low))
    under, over = function(low, rows), function(high, rows)
    found = np.where(under >= 0, low, np.where(over < 0, np.nan, high))
    rows = rows[(under < 0) & (over >= 0)]
    low, high, under, over = (side[rows].astype(float) for side in (low, high, under, over))
    near, close = ROUNDING * (over - under), FOUND * (high - low)
    side = np.zeros(len(rows), dtype=int)
    for step in range(ROOT_STEPS):
        if not len(rows):
            break
        middle = (low + high) / 2 if step % 4 == 3 else low - under * (high - low) / (over - under)
        value = function(middle, rows)
        down = value < 0
        weight = np.where(side == np.where(down, -1, 1), 0.5, 1.0)  # the end that stays put twice counts half
        under, over = np.where(down, value, under * weight), np.where(down, over * weight, value)
        low, high = np.where(down, middle, low), np.where(down, high, middle)
        side = np.where(down, -1, 1)
        found[rows] = middle
        on = (np.abs(value) > near) & (high - low > close)
        rows, low, high, under, over, near, close, side = (
            each[on] for each in (rows, low, high, under, over, near, close, side)
        )
    return found


def ends(found: Mapping[str, tuple[float, float]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the lowest and of the highest of (number, standard error), lowest first.

    With an end come all that are not told apart from it: that differ by no more than ``APART`` standard errors of the
    difference, as if the errors were independent. A number without an error is told apart from none.
    """
    order = sorted(found, key=lambda name: found[name][0])

    def near(end: str) -> tuple[str, ...]:
        return tuple(
            name
            for name in order
            if not abs(found[name][0] - found[end][0]) > APART * math.hypot(found[name][1], found[end][1])
        )

    return (near(order[0]), near(order[-1])) if order else ((), ())


def ratio_error(over: np.ndarray, by: np.ndarray, least: int) -> float:
    """Return the standard error of sum(over) / sum(by) of independent draws (draw,), by the delta method.

    NaN where fewer than ``least`` draws have anything in ``by``: the method asks for more.
    """
    if np.count_nonzero(by) < max(least, 2):
        return math.nan
    left = over - over.sum() / by.sum() * by
    return float(np.std(left, ddof=1) / math.sqrt(len(by)) / abs(by.mean()))


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, (draw,); ties in order of place."""
    order = np.empty(len(values))
    order[np.argsort(values, kind="stable")] = np.arange(len(values))
    return order


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation; 0 where one of them does not move."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])
