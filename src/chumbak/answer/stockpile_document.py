"""How much stock is worth holding against all episodes of a pack, and the same as a plain document."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.plan_document import nine
from chumbak.answer.shocks import WEEKS, Prepared
from chumbak.answer.weekly_case import weekly_case
from chumbak.answer.weekly_draws import central
from chumbak.pack import Pack
from chumbak.pack.episodes import list_episodes, read_episode
from chumbak.stress.case import Case
from chumbak.stress.stockpile import stockpile
from chumbak.stress.use import regrading
from chumbak.stress.weeks import monday

LEAST = 0.05  # weeks of use: less is told as none
WEEKS_SERVED = "weeks of the use of the grade and of what it can take of others'; only of grades that can stand in"


def stock_of(
    prepared: Prepared, start: str, weeks: int = WEEKS, decisions: xr.Dataset | None = None
) -> tuple[Case, xr.Dataset]:
    """Return the weekly case from a week on, and the stock that costs least, with its curve.

    Every episode of the pack is reckoned with, as often as it says; ``decisions`` are those of a national plan, whose
    plants then stand. Raises ``PackError`` for missing figures.
    """
    pack = prepared.pack
    case = weekly_case(pack, prepared.ground, prepared.chain, start, weeks, decisions)
    episodes = [central(case, read_episode(pack, name)).episode for name in list_episodes(pack)]
    return case, stockpile(case, episodes)


def stockpile_document(pack: Pack, case: Case, found: xr.Dataset, plan: str | None = None) -> dict[str, Any]:
    """Return a stock against shocks as plain dictionaries; money is millions of the pack's currency.

    ``plan`` names the plan whose plants stand.
    """
    money = f"million {case.currency} ({case.price_year})"
    return {
        "plan": plan,
        "start": case.weeks[0],
        "start_date": monday(case.weeks[0]).isoformat(),
        "weeks": len(case.weeks),
        "episodes": {name: nine(read_episode(pack, name).form.weight.value) for name in list_episodes(pack)},
        "convention": (
            f"Stock over and above what makers hold already, in weeks of use of the year {case.weeks[0][:4]}, in their "
            "own hands. Every episode comes alone, as often a year as the pack judges, with central values; the loss "
            f"expected a year is played by rules for {len(case.weeks)} weeks, without stock and with it. Holding a "
            "stock costs capital and upkeep for a year."
        ),
        "units": {
            "episodes": "times a year", "weeks_of_use": "weeks", "weeks_served": WEEKS_SERVED,
            "tonnes": "t, gross", "capital": money,
            "holding": f"{money} a year", "loss_without, loss_with, loss, avoided": f"{money} a year, expected",
            "curve": "the same of all users; holding_weighs: how many times the cost of holding counts; null: no stock",
        },
        "best": {
            "tonnes": nine(float(found["tonnes"].sum())), "capital": nine(float(found["held"].sum())),
            "holding": nine(float(found["holding"].sum())), "loss_without": nine(float(found["loss_without"].sum())),
            "loss_with": nine(float(found["loss_with"].sum())),
        },
        "users": {
            user.name: {"title": user.title, "sector": user.sector, **_user(case, found, user.name)}
            for user in case.users
        },
        "curve": [
            {
                "holding_weighs": None if np.isinf(float(at["factor"])) else nine(float(at["factor"])),
                "tonnes": nine(float(at["curve_tonnes"])),
                "capital": nine(float(at["curve_held"])),
                "holding": nine(float(at["curve_holding"])),
                "loss": nine(float(at["curve_loss"])),
                "avoided": nine(float(at["curve_avoided"])),
            }
            for at in (found.isel(point=point) for point in range(found.sizes["point"]))
        ],
    }  # fmt: skip


def _user(case: Case, found: xr.Dataset, name: str) -> dict[str, Any]:
    of = found.isel(good=np.flatnonzero(found["holder"].values == name))
    return {
        "weeks_of_use": {
            str(kind): nine(weeks if weeks >= LEAST else 0.0)
            for kind, weeks in zip(of["kind"].values, of["weeks"].values.tolist(), strict=True)
        },
        "weeks_served": {kind: nine(weeks) for kind, weeks in _served(case, of, name).items()},
        "tonnes": nine(float(of["tonnes"].sum())),
        "capital": nine(float(of["held"].sum())),
        "holding": nine(float(of["holding"].sum())),
        "loss_without": nine(float(found["loss_without"].sel(user=name))),
        "loss_with": nine(float(found["loss_with"].sel(user=name))),
    }


def _served(case: Case, of: xr.Dataset, name: str) -> dict[str, float]:
    """Return how long the extra stock of grades that stand in for others lasts for all that they may be used for."""
    links, found = regrading(case), {}
    for by in np.unique(links.by):
        good = case.goods[by]
        tonnes = float(of["tonnes"].values[of["kind"].values == good.kind].sum()) if good.holder == name else 0.0
        taken = links.by == by
        use = case.use[0, by] + float((np.atleast_1d(links.share)[taken] * case.use[0, links.of[taken]]).sum())
        if tonnes > 0 and use > 0:
            found[good.kind] = tonnes / use
    return found
