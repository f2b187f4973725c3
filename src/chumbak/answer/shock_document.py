"""Shocks as plain documents, for answer.json, the terminal and the page: by user, and of the whole.

Numbers are rounded to nine significant digits. Weeks are counted from the start; week 0 is the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.evidence import by_confidence
from chumbak.answer.plan_document import nine
from chumbak.answer.shock import MORE, Shock
from chumbak.answer.shock_reach import Standing, idle_document, reach_document, standing_document
from chumbak.answer.weekly_case import INPUTS, PARAMETERS
from chumbak.answer.weekly_draws import WORTH, worth_of
from chumbak.pack import Pack
from chumbak.pack.episodes import read_episode
from chumbak.pack.figures import Figure
from chumbak.pack.firms import FirmFile
from chumbak.pack.forms import Form, numbers
from chumbak.pack.schema import CONFIDENCES
from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.losses import LEAST
from chumbak.stress.weeks import WEEKS_A_YEAR, monday, week_labels, year_of

WEEK_OF = {"first_loss": "first_loss_week", "survived": "time_to_survive_weeks", "recovery": "recovery_week"}
UNITS = {
    "stress.*.*.first_loss_week": "weeks from the start to the first week with a loss; null: none",
    "stress.*.*.first_loss": "the same as ISO week",
    "stress.*.*.time_to_survive_weeks": "weeks from the start for which everything goes on; null: no loss",
    "stress.*.*.peak_loss": "deepest loss of a week, share of its output",
    "stress.*.*.lost_units": "units not made, in the unit of the user",
    "stress.*.*.lost_value": "value of what is not made; as stress_in_all.*.units says",
    "stress.*.*.recovery_week": "weeks from the start to the first after the last loss; null: none, or to the end",
    "stress.*.*.recovery": "the same as ISO week",
    "stress_in_all.*": "as units and convention beside the numbers say",
}


def stress_documents(pack: Pack, shocks: Sequence[Shock], seed: int | None = None) -> dict[str, Any]:
    """Return ``stress`` and ``stress_in_all`` of shocks of the country, by episode."""
    return {
        "stress": {found.episode: users_document(found) for found in shocks},
        "stress_in_all": {found.episode: whole_document(pack, found, seed=seed) for found in shocks},
    }


def users_document(found: Shock) -> dict[str, dict[str, Any]]:
    """Return what the shock does to each user, with central values."""
    return {user.name: _user(found, at) for at, user in enumerate(found.case.users)}


def whole_document(
    pack: Pack, found: Shock, *, firm: FirmFile | None = None, plan: str | None = None, by_priority: bool = True,
    seed: int | None = None, stands: Standing | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what is told of a shock as a whole; ``plan`` names the plan whose plants stand, ``stands`` says which."""
    case, form = found.case, read_episode(pack, found.episode).form
    money = f"million {case.currency} ({case.price_year})"
    year = sum(user.value for user in case.users) * WEEKS_A_YEAR
    lost = float(found.users["lost_value"].sum())
    figures = figures_of(pack, case, firm)
    return {
        "title": found.title,
        "description": " ".join(form.description.split()),
        "often": nine(form.weight.value),
        "of": "firm" if firm else "country",
        "firm": firm.form.title if firm else None,
        "plan": plan,
        "standing": None if stands is None else standing_document(stands),
        "reach": reach_document(found.reach),
        "home": None if firm else idle_document(found.idle),
        "without": _without(found),
        "start": case.weeks[0],
        "start_date": monday(case.weeks[0]).isoformat(),
        "weeks": len(case.weeks),
        "begins_week": nine(min(event.begin.value for event in form.events)),
        "ends_week": nine(max(event.begin.value + event.weeks.value for event in form.events)),
        "draws": found.draws,
        "seed": seed if found.draws else None,
        "rationing": "priority" if by_priority else "proportional",
        "convention": _convention(case, firm is not None),
        "units": {
            "often": "times a year, as the pack judges",
            "standing": "t/year as counted for each kind of plant: what can be turned out, and what comes next",
            "reach": "shares of what users take of magnets in a week, by weight; of the capacity of a rung; weeks",
            "home": "magnets, gross t/year: what home plants could make, usually make, and make in the week of most; "
            "lacks.met: of what they would take of it in the weeks played",
            "without": "lost in the same weeks also without the episode, and not counted in the rest but costs",
            "begins_week, ends_week": "weeks from the start to the first restriction, and to the end of the last",
            "stress.<episode>.<user>": "first_loss_week, time_to_survive_weeks, recovery_week: weeks from the start, "
            "null: none within the weeks; peak_loss: the deepest loss of a week over its output; lost_units: in the "
            f"unit of the user; lost_value: {money}",
            "lost_value, year_of_output, costs, more_stock": (
                f"{money}; holding: {money} a year; worth: at the world price of each magnet in the pack; "
                "later: weeks by which the loss begins later, null: it does not come"
            ),
            "lost_share": "of the year's output of all users together, at full output",
            "ranges": "low, middle and high: 5, 50 and 95 % of the draws; null: not within the weeks",
            "sectors": "output over what was wanted, products weighed by value",
            "grades": "use in t/week, gross; weeks from the start; lack over what was wanted of the grade",
            "goods": f"the same by user and grade; of what a user loses in a week, in units and {money}, each grade "
            "bears as much as it lacks",
        },
        "lost_value": nine(lost),
        "lost_share": nine(lost / year) if year > 0 else 0.0,
        "year_of_output": nine(year),
        "costs": {name: nine(value) for name, value in found.costs.items()},
        "more_stock": _more_stock(found, firm is not None),
        "users": {user.name: user.title for user in case.users},
        "ranges": _ranges(found),
        "sectors": _sectors(found),
        "grades": _grades(found),
        "goods": {user.name: _goods(found, found.goods, at) for at, user in enumerate(case.users)},
        "evidence": _evidence(figures, (form, *((firm.form,) if firm else ()))),
    }


def figures_of(pack: Pack, case: Case, firm: FirmFile | None = None) -> list[Figure]:
    """Return the rows of the pack that a shock rests on: on stocks, ways, other supply and values of who is in it.

    Of a ``firm`` its file tells the rest: rows on how makers behave, and on ways that it does not tell.
    """
    users, sectors = {user.name for user in case.users}, {user.sector for user in case.users}
    worth = {worth_of(pack, user) for user in case.users}
    found: list[Figure] = []
    for key, entry in pack.entries.items():
        name, of = entry.attribute.name, entry.indices
        if name in WORTH:
            used = firm is None and key in worth
        elif firm is not None:
            told = firm.form.lag
            used = name in PARAMETERS and not (name == "home_lag" and (HOME not in case.origins or HOME in told))
            used |= name == "origin_lag" and of["origin"] in case.origins and of["origin"] not in told
        else:
            used = name in INPUTS and (
                of.get("product", next(iter(users))) in users
                and of.get("sector", next(iter(sectors))) in sectors
                and of.get("origin", case.origins[0]) in case.origins
            )
        found += entry.figures if used else []
    return found


def week_label(case: Case, week: float) -> str | None:
    """Return the label of a week counted from the start; None for none."""
    return None if np.isnan(week) else week_labels(case.weeks[0], int(week) + 1)[-1]


def _user(found: Shock, at: int) -> dict[str, Any]:
    user = found.case.users[at]
    return {
        **_lost(found.case, found.users, at),
        "time_to_survive_weeks": _known(float(found.users["survived"].values[at])),
        "unit": user.unit,
        "sector": user.sector,
    }


def _lost(case: Case, users: xr.Dataset, at: int) -> dict[str, Any]:
    told = {name: float(users[name].values[at]) for name in users.data_vars}
    return {
        "first_loss_week": _known(told["first_loss"]),
        "peak_loss": nine(told["peak_loss"]),
        "lost_value": nine(told["lost_value"]),
        "recovery_week": _known(told["recovery"]),
        "first_loss": week_label(case, told["first_loss"]),
        "recovery": week_label(case, told["recovery"]),
        "lost_units": nine(told["lost_units"]),
    }


def _without(found: Shock) -> dict[str, Any] | None:
    """Return what is lost also without the episode, by user; None where nothing is."""
    if found.alone is None or found.alone_goods is None:
        return None
    case = found.case
    return {
        user.name: {**_lost(case, found.alone, at), "grades": _goods(found, found.alone_goods, at)}
        for at, user in enumerate(case.users)
        if not np.isnan(found.alone["first_loss"].values[at])
    }


def _goods(found: Shock, goods: xr.Dataset, user: int) -> dict[str, Any]:
    """Return what becomes of each grade that a user takes."""
    case, told = found.case, {}
    for at in np.flatnonzero((case.user_of == user) & (case.use[0] > 0)):
        one = {name: float(goods[name].values[at]) for name in goods.data_vars}
        told[case.goods[at].kind] = {
            "use": nine(float(case.use[0, at])),
            "held_weeks": nine(float(case.cover[at])),
            "first_short_week": _known(one["first_short"]),
            "first_short": week_label(case, one["first_short"]),
            "time_to_survive_weeks": _known(one["suffices"]),
            "deepest": nine(one["deepest"]),
            "recovery_week": _known(one["recovery"]),
            "recovery": week_label(case, one["recovery"]),
            "lost_units": nine(one["lost_units"]),
            "lost_value": nine(one["lost_value"]),
        }
    return told


def _known(number: float) -> float | None:
    return None if np.isnan(number) else nine(number)


def _more_stock(found: Shock, firm: bool) -> dict[str, Any]:
    """Return what ``MORE`` weeks of stock more would save, and what it costs to hold where prices are known."""
    case = found.case
    held = (case.user_of != NOBODY) & (case.cover > 0)
    tonnes = np.where(held, MORE * case.use[0], 0.0)
    return {
        "weeks": MORE,
        "saves": nine(float(found.saved.sum())),
        "later": {
            user.name: None if np.isinf(weeks) else nine(weeks)
            for user, weeks in zip(case.users, found.later.tolist(), strict=True)
            if not np.isnan(weeks)
        },
        "by_user": {user.name: nine(float(saved)) for user, saved in zip(case.users, found.saved, strict=True)},
        "worth": None if firm else nine(float(tonnes @ case.price)),
        "holding": None if firm else nine(float(tonnes @ case.holding)),
    }


def _ranges(found: Shock) -> dict[str, Any] | None:
    """Return what the draws say: of all together, and of each user; None where nothing was drawn."""
    spread = found.spread
    if spread is None:
        return None
    names = [str(name) for name in spread.data_vars if "user" in spread[name].dims and "quantile" in spread[name].dims]
    users = {}
    for user in spread["user"].values:
        one = spread.sel(user=user)
        told = {WEEK_OF.get(name, name): _sides(one[name]) for name in names}
        users[str(user)] = {**told, "share_hit": nine(float(one["share_hit"]))}
    return {"lost_value": _sides(spread["lost_in_all"]), "users": users}


def _sides(quantiles: xr.DataArray) -> dict[str, float | None]:
    low, middle, high = (_known(float(value)) for value in quantiles.values)
    return {"low": low, "middle": middle, "high": high}


def _sectors(found: Shock) -> dict[str, Any]:
    """Return output week by week by sector, with the band of the draws."""
    told: dict[str, Any] = {}
    for sector in found.sectors["sector"].values:
        told[str(sector)] = {"output": _series(found.sectors.sel(sector=sector))}
        if found.band is not None:
            low, _, high = (_series(one) for one in found.band.sel(sector=sector).transpose("quantile", "week"))
            told[str(sector)] |= {"low": low, "high": high}
    return told


def _series(array: xr.DataArray) -> list[float]:
    return [nine(round(float(value), 6)) for value in array.values]


def _grades(found: Shock) -> dict[str, Any]:
    """Return, by grade that users take: when it first does not suffice, how much lacks at worst, and to how many."""
    case, told = found.case, {}
    first, deepest = found.goods["first_short"].values, found.goods["deepest"].values
    for grade in dict.fromkeys(good.kind for at, good in enumerate(case.goods) if case.user_of[at] != NOBODY):
        of = [at for at, good in enumerate(case.goods) if good.kind == grade and case.user_of[at] != NOBODY]
        taken = [at for at in of if case.use[0, at] > 0]
        if not taken:
            continue
        short = [at for at in taken if not np.isnan(first[at])]
        week = min((float(first[at]) for at in short), default=np.nan)
        told[grade] = {
            "use": nine(float(case.use[0, taken].sum())),
            "first_short_week": _known(week),
            "first_short": week_label(case, week),
            "deepest": nine(max((float(deepest[at]) for at in taken), default=0.0)),
            "users": len(taken),
            "users_short": len(short),
        }
    return told


def _evidence(figures: Sequence[Figure], forms: Sequence[Form]) -> dict[str, Any]:
    """Return how many figures a shock rests on, and how sure they are: of the pack, and of the documents asked of."""
    said = [told.confidence for form in forms for _, _, told in numbers(form)]
    own = {confidence: said.count(confidence) for confidence in CONFIDENCES if confidence in said}
    pack = by_confidence(figures)
    return {
        "figures": len(figures) + len(said),
        "estimates": pack["estimate"] + said.count("estimate"),
        "by_confidence": pack,
        "episode": own | ({"not said": said.count("")} if "" in said else {}),
    }


def _convention(case: Case, firm: bool) -> str:
    who = "The firm's use stays" if firm else (
        "Users are the makers at home of a product; their use and the plants that stand stay"
    )  # fmt: skip
    whose = "the firm" if firm else "the pack"
    return (
        f"{who} as in {year_of(case.weeks[0])} for all weeks. Weeks are ISO weeks, counted from the start. A loss "
        f"below {100 * LEAST:g} % of a week's output is not told as one. What is lost is not made up for later. Value "
        f"is what is lost where a product is not made, by the figures of {whose}, in millions of {case.currency} at "
        f"prices of {case.price_year}, not discounted. Magnets are gross tonnes."
    )
