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


def losses(case: Case, played: Played, draws: Draws, quiet: Played | None = None) -> dict[str, np.ndarray]:
    """Return each of ``MEANS`` as (draw, user).

    ``quiet`` are the same weeks without the episode: what is lost in them too is not counted. None: nothing is. NaN: no
    loss within the weeks played, and of ``recovery`` also a loss that lasts to the end of them. What is lost counts
    from nothing, however small.
    """
    missing = _missing(played, quiet)  # (week, draw, user)
    lost = missing > LEAST
    any_loss = lost.any(axis=0)
    weeks, first = len(case.weeks), lost.argmax(axis=0)
    last = weeks - lost[::-1].argmax(axis=0)
    in_all = missing.sum(axis=0) * draws.demand
    went = _went(missing, 1.0 if quiet is None else quiet.output, first)
    survived = np.where(np.floor(played.survived) == first, played.survived, first + went)
    return {
        "first_loss": np.where(any_loss, first, np.nan),
        "survived": np.where(any_loss, survived, np.nan),
        "peak_loss": missing.max(axis=0),
        "lost_units": in_all * np.array([user.units for user in case.users]),
        "lost_value": in_all * case.value_of_use * (1.0 if draws.value is None else draws.value),
        "recovery": np.where(any_loss & (last < weeks), last, np.nan),
    }


def _missing(played: Played, quiet: Played | None) -> np.ndarray:
    """Return the output that is missing, (week, draw, user), over what was wanted."""
    found: np.ndarray = np.maximum((1.0 if quiet is None else quiet.output) - played.output, 0.0)
    return found


def _went(lacking: np.ndarray, full: np.ndarray | float, first: np.ndarray) -> np.ndarray:
    """Return what still went in the first week that lacks something, over what would have gone, from 0 to 1."""
    lacks, would = (
        np.take_along_axis(np.broadcast_to(each, lacking.shape), first[None], axis=0)[0] for each in (lacking, full)
    )
    found: np.ndarray = np.clip(1 - np.divide(lacks, would, out=np.zeros(lacks.shape), where=would > 0), 0.0, 1.0)
    return found


def shortages(case: Case, played: Played, draws: Draws, quiet: Played | None = None) -> dict[str, np.ndarray]:
    """Return what lacks of each good, by (draw, good); NaN and ``quiet`` as in ``losses``.

    The first week in which a good does not suffice, how long it suffices, the deepest lack and the week from which it
    suffices again; and of the units and the value lost, those of the good: what is lost in a week is parted among the
    goods of a user as they lack.
    """
    full = 1.0 if quiet is None else quiet.available.astype(float)
    lack = np.maximum(full - played.available, 0.0)  # (week, draw, good)
    short = lack > LEAST
    any_short, first = short.any(axis=0), short.argmax(axis=0)
    weeks = len(case.weeks)
    last = weeks - short[::-1].argmax(axis=0)
    suffices = np.where(np.floor(played.lasted) == first, played.lasted, first + _went(lack, full, first))
    units, value = _of_goods(case, lack * short, _missing(played, quiet), draws)
    return {
        "first_short": np.where(any_short, first, np.nan),
        "suffices": np.where(any_short, suffices, np.nan),
        "deepest": lack.max(axis=0),
        "recovery": np.where(any_short & (last < weeks), last, np.nan),
        "lost_units": units,
        "lost_value": value,
    }


def _of_goods(case: Case, lack: np.ndarray, missing: np.ndarray, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return the units and the value lost of each good, (draw, good); nothing of what plants hold."""
    units, value = np.zeros(lack.shape[1:]), np.zeros(lack.shape[1:])
    for at, user in enumerate(case.users):
        goods = np.flatnonzero((case.user_of == at) & (case.use[0] > 0))
        if not goods.size:
            continue
        whole = lack[..., goods].sum(axis=2, keepdims=True)
        used = case.use[0, goods] / case.use[0, goods].sum()  # where nothing lacks and it was slowed: as they are used
        part = np.where(whole > 0, lack[..., goods] / np.where(whole > 0, whole, 1.0), used)
        lost = (part * missing[..., [at]]).sum(axis=0) * draws.demand[:, [at]]
        units[:, goods] = lost * user.units
        value[:, goods] = lost * user.value * (1.0 if draws.value is None else draws.value[:, [at]])
    return units, value


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
