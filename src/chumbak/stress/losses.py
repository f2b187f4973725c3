"""What a shock does to every user: when the loss begins, how deep it goes, what it costs, when it is over."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chumbak.stress.case import Case
from chumbak.stress.rules import Draws, Played

LEAST = 0.005  # of a week's output: a loss below it is not told
MEANS = {
    "first_loss": ("week", "weeks from the start to the first week with a loss"),
    "survived": ("week", "time to survive: weeks from the start for which everything goes on"),
    "peak_loss": ("1", "deepest loss of a week, of its output"),
    "lost_units": ("count", "units not made"),
    "lost_value": ("million", "value of what is not made"),
    "recovery": ("week", "weeks from the start to the first week after the last loss"),
}


def losses(case: Case, played: Played, draws: Draws) -> dict[str, np.ndarray]:
    """Return each of ``MEANS`` as (draw, user).

    NaN: no loss within the weeks played, and of ``recovery`` also a loss that lasts to the end of them. What is lost
    counts from nothing, however small.
    """
    lost = played.output < 1 - LEAST  # (week, draw, user)
    any_loss = lost.any(axis=0)
    weeks = len(case.weeks)
    last = weeks - lost[::-1].argmax(axis=0)
    missing = (1 - played.output).sum(axis=0) * draws.demand
    return {
        "first_loss": np.where(any_loss, lost.argmax(axis=0), np.nan),
        "survived": np.where(any_loss, played.survived, np.nan),
        "peak_loss": 1 - played.output.min(axis=0),
        "lost_units": missing * np.array([user.units for user in case.users]),
        "lost_value": missing * case.value_of_use,
        "recovery": np.where(any_loss & (last < weeks), last, np.nan),
    }


def shortages(case: Case, played: Played) -> dict[str, np.ndarray]:
    """Return, by (draw, good): the first week in which a good does not suffice (NaN for none), and the deepest lack."""
    short = played.available < 1 - LEAST
    return {
        "first_short": np.where(short.any(axis=0), short.argmax(axis=0), np.nan),
        "deepest": 1 - played.available.min(axis=0).astype(float),
    }


def sector_output(case: Case, output: np.ndarray) -> xr.DataArray:
    """Return the output of each sector over what was wanted, by value, (sector, week, draw)."""
    sectors = list(dict.fromkeys(user.sector for user in sorted(case.users, key=lambda user: user.priority)))
    worth = np.array([[user.value * (user.sector == sector) for user in case.users] for sector in sectors])
    total = worth.sum(axis=1, keepdims=True)
    weight = np.divide(worth, total, out=np.zeros_like(worth), where=total > 0)
    return xr.DataArray(
        np.einsum("su,wdu->swd", weight, output), dims=("sector", "week", "draw"),
        coords={"sector": sectors, "week": list(case.weeks)},
        attrs={"units": "1", "long_name": "output over what was wanted, products weighed by value"},
    )  # fmt: skip
