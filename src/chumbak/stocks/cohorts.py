"""Survival by year and cohort, and the stock-driven recursion on it: chunks of cells, lower triangle only.

Arrays are (cells, years, cohorts); cohorts are the initial ones, oldest first, then the years.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chumbak.stocks.labels import Array
from chumbak.stocks.layout import Years
from chumbak.stocks.survival import Lifetime, Moments

Parameters = Mapping[str, Array]


def _surviving(lifetime: Lifetime, age: Array, parameters: Parameters, moments: Moments) -> Array:
    """Survival ``age`` whole years after the year of entry, averaged over the moments of entry."""
    with np.errstate(over="ignore", divide="ignore"):  # an infinite age or ratio is a survival of 0 or 1
        terms = [weight * lifetime.surviving(age + at, parameters) for at, weight in moments]
    return np.asarray(np.minimum(sum(terms[1:], terms[0]), 1.0))


def survival_by_age(lifetime: Lifetime, parameters: Parameters, years: int, own: int, moments: Moments) -> Array:
    """Return S[k], k whole years after entry, as (shared, years, own), from parameters (cells, 1, 1)."""
    grouped = {
        name: value.reshape(-1, 1, own if len(value) > 1 else 1, *value.shape[3:]) for name, value in parameters.items()
    }
    survival = _surviving(lifetime, np.arange(years, dtype=np.float64)[None, :, None], grouped, moments)
    return np.minimum.accumulate(survival, axis=1)  # rounding must not let a curve rise


def survival_by_cohort(
    lifetime: Lifetime, parameters: Parameters, cells: slice, years: Years, cohorts: Years, moments: Moments
) -> Array:
    """Return S[cell, t, c]; for initial cohorts given that they live at the end of the year before the first.

    With SFx the survival function with the parameters of cohort and year: if none varies by year,
    S(t, c) = SFx(t - c + a); else S(c, c) = SFx(a) and S(t, c) = S(t-1, c) SFx(t-c+a) / SFx(t-1-c+a), and 0
    where that denominator is 0 (Krych et al. 2024, doi 10.1111/jiec.13586).
    """
    own = {name: value[cells] if len(value) > 1 else value for name, value in parameters.items()}
    by_year = any(value.shape[2] > 1 for value in own.values())

    def surviving(year: int, stop: int, index: int) -> Array:
        """SFx at the end of a year for the first ``stop`` cohorts; parameters of year number ``index``."""
        now = {name: value[:, :, index if value.shape[2] > 1 else 0] for name, value in own.items()}
        now = {name: value[:, :stop] if value.shape[1] > 1 else value for name, value in now.items()}
        return _surviving(lifetime, (year - cohorts[:stop]).astype(np.float64)[None, :], now, moments)

    result = np.zeros((cells.stop - cells.start, len(years), len(cohorts)))
    initial = int(np.searchsorted(cohorts, years[0]))
    at_start = surviving(years[0] - 1, initial, 0)
    previous = np.ones((len(result), initial))
    for index, year in enumerate(years):
        older = previous.shape[1]
        stop = min(older + 1, len(cohorts))
        alive = surviving(year, stop, index)
        if by_year:
            left = previous * _ratio(alive[:, :older], surviving(year - 1, older, index))
        else:
            left = alive[:, :older]
            left[:, :initial] = _ratio(left[:, :initial], at_start)
        result[:, index, :older] = np.minimum(left, previous)  # rounding must not let a curve rise
        result[:, index, older:stop] = alive[:, older:]
        previous = result[:, index, :stop]
    return result


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def leaving_by_cohort(left: Array, entered: Array) -> Array:
    """Return what leaves each year: entered, or left the year before, less what is left.

    Shapes: left (cells, years, cohorts, ...), entered (cells or 1, cohorts, ...); result as left.
    """
    years = np.arange(left.shape[1])
    initial = left.shape[2] - len(years)
    lost = np.empty_like(left)
    np.subtract(left[:, :-1], left[:, 1:], out=lost[:, 1:])
    lost[:, 0] = 0
    lost[:, 0, :initial] = entered[:, :initial] - left[:, 0, :initial]
    lost[:, years, years + initial] = entered[:, initial:] - left[:, years, years + initial]
    return lost


def fill_stock(survival: Array, stock: Array, initial: Array, *, early_retire: bool) -> tuple[Array, Array, Array]:
    """Find the inflow that a stock needs, year after year; return inflow, outflow and the share kept.

    inflow(t) = [stock(t) - sum over c < t of what is left of c] / S(t, t). With ``early_retire``, where that
    is negative, inflow is 0 and every cohort keeps the same share of what is left; the share is 1 elsewhere.
    Shapes: survival (cells, years, cohorts), stock and results (cells, years, other), initial (cells,
    cohorts, other).
    """
    count = initial.shape[1]
    lost = leaving_by_cohort(survival, np.ones((1, survival.shape[2])))
    # what had to enter for the cohort to be as large as it is, had none been retired early
    entered = np.concatenate([initial, np.zeros_like(stock)], axis=1)
    inflow, outflow, kept = np.zeros_like(stock), np.zeros_like(stock), np.ones_like(stock)
    for year in range(stock.shape[1]):
        new = count + year
        older = entered[:, :new]
        remaining = (survival[:, year, None, :new] @ older)[:, 0]
        outflow[:, year] = (lost[:, year, None, :new] @ older)[:, 0]
        missing = stock[:, year] - remaining
        if early_retire:
            surplus = missing < 0
            np.divide(stock[:, year], remaining, out=kept[:, year], where=surplus)
            older *= kept[:, year, None]
            outflow[:, year] -= np.where(surplus, missing, 0.0)
            missing = np.where(surplus, 0.0, missing)
        inflow[:, year] = missing / survival[:, year, new, None]
        entered[:, new] = inflow[:, year]
        outflow[:, year] += lost[:, year, new, None] * inflow[:, year]
    return inflow, outflow, kept


def stock_blocks(survival: Array, entered: Array, kept: Array | None) -> tuple[Array, Array]:
    """Return stock and outflow by year and cohort, (cells, years, cohorts, other) each."""
    stock = survival[..., None] * entered[:, None]
    if kept is not None:
        initial = entered.shape[1] - kept.shape[1]
        share = np.ones_like(entered)
        for year in range(kept.shape[1]):
            share[:, : initial + year] *= kept[:, year, None]
            stock[:, year] *= share
    return stock, leaving_by_cohort(stock, entered)
