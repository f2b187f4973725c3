"""Prices by year: the market's metal as a path that returns to a level, the product and the input by it."""

from __future__ import annotations

import numpy as np

from chumbak.scheme.project import Market


def central_path(market: Market, years: np.ndarray) -> np.ndarray:
    """Return the median price in each year, money/kg, (year,).

    The gap of the logarithm to that of the level halves every ``half_life`` years. The mean of the draws lies above the
    median, as prices cannot fall below 0.
    """
    gap = np.log(market.now / market.level) * 0.5 ** ((years - market.year) / market.half_life)
    path: np.ndarray = market.level * np.exp(gap)
    return path


def drawn_paths(market: Market, years: np.ndarray, deviates: np.ndarray) -> np.ndarray:
    """Return prices, (draw, year), money/kg.

    ``deviates`` (draw, step): standard normal, one for each year after ``market.year`` up to the last of ``years``.
    Exact steps of an Ornstein-Uhlenbeck process of the logarithm, of which ``volatility`` is the spread over a year.
    """
    kept = 0.5 ** (1 / market.half_life)
    shocks = np.zeros((len(deviates), deviates.shape[1] + 1))
    for step in range(deviates.shape[1]):
        shocks[:, step + 1] = kept * shocks[:, step] + market.volatility * deviates[:, step]
    at = years - market.year
    found: np.ndarray = central_path(market, years) * np.exp(shocks[:, np.maximum(at, 0)])
    return found


def steps(market: Market, years: np.ndarray) -> int:
    """Return how many deviates a path to the last of ``years`` takes."""
    return max(int(years[-1]) - market.year, 0)


def indices(inflation: float, years: np.ndarray, base: int) -> np.ndarray:
    """Return what money of ``base`` is multiplied by to be nominal, (year,)."""
    grown: np.ndarray = (1 + inflation) ** (years - base).astype(float)
    return grown
