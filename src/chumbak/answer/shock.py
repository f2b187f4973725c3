"""Cut off: who stops when, for how long, at what cost, and what more stock or foresight would have saved."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.answer.shock_reach import Idle, Reach, idle, later, reach
from chumbak.answer.weekly_draws import Drawn
from chumbak.stress.best import AS_IT_COMES, FORESIGHT, best, cost_of
from chumbak.stress.case import NOBODY, Case
from chumbak.stress.episode import Episode
from chumbak.stress.losses import LEAST, MEANS, losses, sector_output, shortages
from chumbak.stress.rules import Draws, Played, play

CHUNK = 500  # draws played together: fewer take more time, more take more memory
MORE = 4.0  # weeks
QUANTILES = (0.05, 0.5, 0.95)
QUIET = Episode("", "", ())
GOODS = {
    "first_short": ("week", "weeks from the start to the first in which it does not suffice"),
    "suffices": ("week", "weeks from the start for which it suffices"),
    "deepest": ("1", "deepest lack of a week, of what is wanted"),
    "recovery": ("week", "weeks from the start to the first after the last in which it does not suffice"),
    "lost_units": ("count", "units not made for lack of it"),
    "lost_value": ("million", "value of what is not made for lack of it"),
}
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Shock:
    """What a shock does: what is lost of it, over and above what is lost in the same weeks without it (``alone``).

    ``users`` (what, user) central, and ``spread`` (what, quantile, user) where there are draws; ``lost`` (draw, user)
    the value lost in each. ``goods`` (what, good). ``output`` (user, week) and ``sectors`` (sector, week), ``band``
    (quantile, sector, week). ``saved`` (user,) is the value that ``MORE`` weeks of stock would have saved, M, and
    ``later`` (user,) the weeks by which its loss would begin later: infinite for never, NaN where none comes.
    ``costs`` is what is lost by rules, as it comes, and with foresight, all counted; ``reach`` what the episode stops.
    ``alone`` (what, user) and ``alone_goods`` (what, good) are lost without it; None where nothing is. ``idle`` says
    what home plants make of what they could, None where there are none.
    """

    case: Case
    episode: str
    title: str
    draws: int
    users: xr.Dataset
    spread: xr.Dataset | None
    goods: xr.Dataset
    output: xr.DataArray
    sectors: xr.DataArray
    band: xr.DataArray | None
    saved: np.ndarray
    later: np.ndarray
    reach: Reach
    costs: dict[str, float]
    alone: xr.Dataset | None = None
    alone_goods: xr.Dataset | None = None
    idle: Idle | None = None


def shock(
    central: Drawn, title: str, drawer: Callable[[int, int], Drawn] | None = None, draws: int = 0, *,
    by_priority: bool = True, optimum: bool = True, workers: int = 2, progress: Progress = lambda what: None,
    quiet: Played | None = None,
) -> Shock:  # fmt: skip
    """Play an episode: once with central values, then in ``draws`` that ``drawer(first, last)`` gives.

    ``optimum`` also plays the same weeks at best (with foresight, and learning as it comes). ``quiet`` are the same
    weeks with central values and without the episode, where they have been played already.
    """
    case = central.case
    both = play(case, central.episode, _and_with_more(case, central.draws), by_priority=by_priority, keep=True)
    played, more = both.draw(0), both.draw(1)
    quiet = quiet or play(case, QUIET, central.draws, by_priority=by_priority)
    short = bool((quiet.output < 1 - LEAST).any())
    apart = short or case.on_the_way is not None  # a case that is not at rest may lose output in some draws too
    told = losses(case, played, central.draws, quiet)
    with_it = losses(case, more, central.draws, quiet)
    saved = told["lost_value"][0] - with_it["lost_value"][0]
    costs = {"rules": float(cost_of(case, played, central.draws)[0])}
    if optimum:
        for name, known in (("as_it_comes", AS_IT_COMES), ("foresight", FORESIGHT)):
            progress(f"the best that could be done, {name.replace('_', ' ')}")
            costs[name] = best(case, central.episode, central.draws, known).cost
    spread, band = None, None
    if drawer is not None and draws:
        spread, band = _ensemble(case, drawer, draws, by_priority, apart, workers, progress)
    names = [user.name for user in case.users]
    return Shock(
        case=case, episode=central.episode.name, title=title, draws=draws, users=_by_user(case, told, names),
        spread=spread, goods=_by_good(case, shortages(case, played, central.draws, quiet)),
        output=xr.DataArray(
            played.output[:, 0].T, dims=("user", "week"), coords={"user": names, "week": list(case.weeks)},
            attrs={"units": "1", "long_name": "output over what was wanted"},
        ),
        sectors=sector_output(case, played.output)[:, :, 0], band=band, saved=saved, costs=costs,
        later=later(told["survived"][0], with_it["survived"][0]), reach=reach(case, central.episode),
        alone=_by_user(case, losses(case, quiet, central.draws), names) if short else None,
        alone_goods=_by_good(case, shortages(case, quiet, central.draws)) if short else None,
        idle=idle(case, played),
    )  # fmt: skip


def _and_with_more(case: Case, central: Draws) -> Draws:
    """Return the one draw of central values, and behind it one in which every user holds ``MORE`` weeks of use more.

    Two draws take hardly longer to play than one.
    """
    held = (case.user_of != NOBODY) & (case.cover > 0)
    more = np.where(held, MORE / np.where(case.cover > 0, case.cover, 1.0), 0.0)
    demand, lag = (np.repeat(one, 2, axis=0) for one in (central.demand, central.lag))
    value = None if central.value is None else np.repeat(central.value, 2, axis=0)
    return Draws(np.concatenate([central.stock, central.stock + more]), demand, lag, value)


def _ensemble(
    case: Case, drawer: Callable[[int, int], Drawn], draws: int, by_priority: bool, apart: bool, workers: int,
    progress: Progress,
) -> tuple[xr.Dataset, xr.DataArray]:  # fmt: skip
    """Return quantiles over draws: by user, and week by week by sector.

    ``apart``: play each draw without the episode too, and count only what is lost over that.
    """
    parts = [(first, min(first + CHUNK, draws)) for first in range(0, draws, CHUNK)]

    def one(part: tuple[int, int]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        given = drawer(*part)
        played = play(given.case, given.episode, given.draws, by_priority=by_priority)
        quiet = play(given.case, QUIET, given.draws, by_priority=by_priority) if apart else None
        sectors = sector_output(case, played.output).values.astype(np.float32)
        return losses(case, played, given.draws, quiet), sectors

    like = sector_output(case, np.ones((len(case.weeks), 1, len(case.users))))[:, :, 0]
    told = {name: np.empty((draws, len(case.users))) for name in MEANS}
    output = np.empty((*like.shape, draws), dtype=np.float32)
    with ThreadPoolExecutor(workers) as pool:
        for (first, last), (found, sectors) in zip(parts, pool.map(one, parts), strict=True):
            progress(f"draws {last:,} of {draws:,}")
            found["recovery"] = np.where(np.isnan(found["first_loss"]), 0.0, found["recovery"])
            for name, values in found.items():
                told[name][first:last] = values
            output[:, :, first:last] = sectors
    names = [user.name for user in case.users]
    spread = xr.Dataset(
        {
            name: (("quantile", "user"), _quantiles(values, name), {"units": MEANS[name][0]})
            for name, values in told.items()
        },
        coords={"quantile": list(QUANTILES), "user": names},
    )
    spread["share_hit"] = (
        "user",
        np.isfinite(told["first_loss"]).mean(axis=0),
        {"units": "1", "long_name": "draws with a loss"},
    )
    total = told["lost_value"].sum(axis=1)
    spread["lost_in_all"] = ("quantile", np.quantile(total, QUANTILES), {"units": "million"})
    by_sector = [np.quantile(levels, QUANTILES, axis=1, overwrite_input=True) for levels in output]  # without a copy
    band = xr.DataArray(
        np.stack(by_sector, axis=1), dims=("quantile", "sector", "week"),
        coords={"quantile": list(QUANTILES), "sector": like["sector"], "week": like["week"]}, attrs=like.attrs,
    )  # fmt: skip
    return spread, band


def _quantiles(values: np.ndarray, name: str) -> np.ndarray:
    """Return quantiles over draws, NaN where one lies after the end of the weeks.

    No loss counts as a first loss after the end, and as a recovery in week 0.
    """
    late = np.where(np.isnan(values), np.inf, values)
    method = "closest_observation" if name in ("first_loss", "survived", "recovery") else "linear"
    found: np.ndarray = np.quantile(late, QUANTILES, axis=0, method=method)  # type: ignore[call-overload]
    return np.where(np.isfinite(found), found, np.nan)


def _by_user(case: Case, told: dict[str, np.ndarray], names: list[str]) -> xr.Dataset:
    found = {
        name: ("user", values[0], {"units": MEANS[name][0], "long_name": MEANS[name][1]})
        for name, values in told.items()
    }
    return xr.Dataset(found, coords={"user": names})


def _by_good(case: Case, told: dict[str, np.ndarray]) -> xr.Dataset:
    goods = [case.named(at) for at in range(len(case.goods))]
    found = {
        name: ("good", values[0], {"units": GOODS[name][0], "long_name": GOODS[name][1]})
        for name, values in told.items()
    }
    return xr.Dataset(found, coords={"good": goods})
