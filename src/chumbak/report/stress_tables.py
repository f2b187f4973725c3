"""The tables of shocks: by user, by grade and by episode, in words for the terminal and the page, and as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from chumbak.pack import Pack
from chumbak.report.stress_words import (
    Told,
    exact_money,
    lasts_words,
    often_words,
    short_day,
    three_figures,
    title_of,
    units_words,
    weeks_words,
)
from chumbak.report.words import money, percent, portion, rounded

Table = tuple[tuple[str, ...], list[list[str]]]  # headings, rows
NONE = "-"
IN_ALL = "in all"


def user_table(users: Told, whole: Told, pack: Pack, most: int | None = None) -> Table:
    """Return what is lost by user, the first to lose output on top; with ranges in brackets where there are draws.

    Users that lose nothing, in the middle and in every draw that counts, are left out. Of the others ``most`` are
    shown: all that are the first to lose, and those that lose the largest value, a third of ``most`` of these at least.
    """
    unit, size = _large(max((one["lost_value"] for one in users.values()), default=0.0), pack)
    ranges = whole["ranges"]["users"] if whole["ranges"] else {}
    headings = [
        "firm" if whole["of"] == "firm" else "product",
        "first loss",
        "survives, weeks",
        "deepest loss",
        "not made",
        f"value, {unit}",
        "back from",
        f"with {weeks_words(whole['more_stock']['weeks'])} more stock",
    ]
    shown = sorted(
        (name for name, one in users.items() if one["first_loss_week"] is not None or _hit(ranges, name)),
        key=lambda name: (_late(users[name]["first_loss_week"]), -users[name]["lost_value"]),
    )
    first = [name for name in shown if users[name]["first_loss_week"] == users[shown[0]]["first_loss_week"]]
    others = sorted((name for name in shown if name not in first), key=lambda name: -users[name]["lost_value"])
    room = None if most is None else max(most - len(first), most // 3)
    told = {*first, *others[:room]}
    rows = []
    for name in (one for one in shown if one in told):
        one, of = users[name], ranges.get(name, {})
        row = [
            whole["users"][name],
            NONE
            if one["first_loss_week"] is None
            else f"{short_day(whole, one['first_loss_week'])} ({one['first_loss']})",
            _lasts(one["time_to_survive_weeks"]) + _span(of.get("time_to_survive_weeks"), _lasts, "no loss"),
            percent(one["peak_loss"]) + _span(of.get("peak_loss"), percent),
            _units(one["lost_units"], one["unit"]) + _span(of.get("lost_units"), _amount),
            _amount(one["lost_value"] / size) + _span(of.get("lost_value"), lambda value: _amount(value / size)),
            _back(one, whole) + _span(of.get("recovery_week"), _week, "later", "no loss"),
            _later(whole["more_stock"]["later"], name),
        ]
        rows.append([*row, percent(of["share_hit"])] if of else row)
    if ranges:
        headings.append("hit, of draws")
    if len(rows) > 1:
        of_all = whole["ranges"] and whole["ranges"]["lost_value"]
        total = rounded(whole["lost_value"] / size) + _span(of_all, lambda value: rounded(value / size))
        rows.append([IN_ALL, *[""] * 4, total, *[""] * (len(headings) - 6)])
    return tuple(headings), rows


def grade_table(whole: Told, pack: Pack) -> Table:
    """Return when each grade first does not suffice, how much lacks at worst, and to how many products.

    Of a firm, instead of products, how long it suffices, when it suffices again and what is lost for lack of it.
    """
    names = pack.nouns.column("grades", "name")
    if whole["of"] == "firm":
        return _grades_of_firm(next(iter(whole["goods"].values())), names, pack)
    rows = [
        [
            names.get(grade, grade),
            rounded(one["use"]),
            NONE if one["first_short_week"] is None else one["first_short"],
            _number(one["first_short_week"]),
            percent(one["deepest"]),
            f"{one['users_short']} of {one['users']}",
        ]
        for grade, one in whole["grades"].items()
    ]
    return ("grade", "use, t/week", "first short", "weeks after start", "deepest lack", "products short of it"), rows


def _grades_of_firm(goods: Told, names: Mapping[str, str], pack: Pack) -> Table:
    unit, size = _large(max((one["lost_value"] for one in goods.values()), default=0.0), pack)
    rows = [
        [
            names.get(grade, grade),
            rounded(one["use"]),
            NONE if one["first_short_week"] is None else one["first_short"],
            _lasts(one["time_to_survive_weeks"]),
            percent(one["deepest"]),
            NONE if one["recovery_week"] is None else one["recovery"],
            _amount(one["lost_units"]),
            _amount(one["lost_value"] / size),
        ]
        for grade, one in goods.items()
    ]
    headings = ("grade", "use, t/week", "first short", "suffices, weeks", "deepest lack", "suffices from", "not made",
                f"value, {unit}")  # fmt: skip
    return headings, rows


def episode_table(stress: Told, in_all: Told, pack: Pack) -> Table:
    """Return every episode in a row, the one that costs most a year on top."""
    rows = []
    for name in by_cost(in_all):
        users, whole = stress[name], in_all[name]
        hit = [user for user, one in users.items() if one["first_loss_week"] is not None]
        first = min(hit, key=lambda user: (users[user]["first_loss_week"], -users[user]["lost_value"]), default=None)
        rows.append(
            [
                whole["title"],
                "nobody" if first is None else f"{title_of(whole, first)}, {users[first]['first_loss']}",
                money(whole["lost_value"], pack.currency) if hit else NONE,
                percent(whole["lost_share"]) if hit else NONE,
                percent(portion(whole["more_stock"]["saves"], whole["lost_value"])) if hit else NONE,
                often_words(whole["often"]),
                money(whole["often"] * whole["lost_value"], pack.currency) if hit else NONE,
            ]
        )
    headings = ("episode", "first to lose output", "value lost", "of a year’s output", "four more weeks save",
                "how often, as judged", "expected loss a year")  # fmt: skip
    return headings, rows


def stock_table(told: Told, pack: Pack) -> Table:
    """Return the stock worth holding by product: weeks of use of each grade, capital, and the loss it saves.

    Of a grade that can stand in for others, with a star: weeks of its own use and of what it can take of theirs.
    """
    grades = [grade for grade in pack.nouns.ids("grades")
              if any(one["weeks_of_use"].get(grade) for one in told["users"].values())]  # fmt: skip
    rows = []
    for one in sorted(told["users"].values(), key=lambda one: one["loss_with"] - one["loss_without"]):
        if not any(one["weeks_of_use"].values()):
            continue
        rows.append(
            [
                one["title"],
                *(_held(one, grade) for grade in grades),
                three_figures(one["tonnes"]),
                exact_money(one["capital"], pack.currency),
                f"{three_figures(one['loss_without'])} to {three_figures(one['loss_with'])}",
            ]
        )
    headings = ("product", *grades, "t", "capital", f"expected loss a year, million {pack.currency}")
    return headings, rows


def _held(one: Told, grade: str) -> str:
    """Return the weeks of a grade that are worth holding."""
    if not one["weeks_of_use"].get(grade):
        return NONE
    served = one["weeks_served"].get(grade)
    return three_figures(one["weeks_of_use"][grade]) if served is None else f"{three_figures(served)}*"


def curve_table(told: Told, pack: Pack) -> Table:
    """Return money held against loss avoided, the smallest stock first."""
    rows: list[list[str]] = []
    for one in sorted(told["curve"], key=lambda one: one["capital"]):
        row = [
            *(exact_money(one[name], pack.currency) for name in ("capital", "holding")),
            three_figures(one["tonnes"]),
            *(exact_money(one[name], pack.currency) for name in ("avoided", "loss")),
        ]
        if row not in rows:  # beyond the best stock, points are as good as alike
            rows.append(row)
    return ("capital held", "holding, a year", "t", "expected loss avoided, a year", "loss left, a year"), rows


def by_cost(in_all: Told) -> list[str]:
    """Return the episodes by the loss to be expected a year, the largest first."""
    return sorted(in_all, key=lambda name: -in_all[name]["often"] * in_all[name]["lost_value"])


def stress_tables(found: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables of shocks of a run by name, from what goes into answer.json."""
    if "stress" not in found:
        return {}
    rows = [
        {"episode": episode, "user": user, **one}
        for episode, users in found["stress"].items()
        for user, one in users.items()
    ]
    weeks = [
        {"episode": episode, "sector": sector, "week": week, "output": output}
        for episode, whole in found["stress_in_all"].items()
        for sector, one in whole["sectors"].items()
        for week, output in enumerate(one["output"])
    ]
    return {
        "stress": pd.DataFrame(rows).rename(columns={"lost_value": "lost_value_million"}),
        "stress-weeks": pd.DataFrame(weeks),
    }


def _large(most: float, pack: Pack) -> tuple[str, float]:
    return (f"billion {pack.currency}", 1000.0) if most >= 1000 else (f"million {pack.currency}", 1.0)


def _hit(ranges: Mapping[str, Any], name: str) -> bool:
    """Say whether a user loses output in one draw of twenty or more."""
    return name in ranges and ranges[name]["share_hit"] >= 0.05


def _late(week: float | None) -> float:
    return float("inf") if week is None else week


def _lasts(weeks: float | None) -> str:
    return NONE if weeks is None else lasts_words(weeks)


def _amount(number: float) -> str:
    """Return an amount, below a rounding as 0: never with an exponent."""
    return "0" if abs(number) < 0.0005 else rounded(number)


def _units(number: float, unit: str) -> str:
    return _amount(number) if unit == "item" else units_words(number, unit)


def _number(number: float | None) -> str:
    return NONE if number is None else rounded(number)


def _week(number: float) -> str:
    return f"{number:.0f}"


def _span(sides: Told | None, say: Callable[[float], str], late: str = NONE, none: str = "") -> str:
    """Return a range in brackets, its unit said once; ``late`` and ``none`` stand for ends that are null and 0."""
    if sides is None:
        return ""
    low, high = (
        late if sides[side] is None else none if none and sides[side] == 0 else say(sides[side])
        for side in ("low", "high")
    )
    if low == high:
        return f" ({low})"
    first, last = low.partition(" "), high.partition(" ")
    return f" ({first[0] if first[2] == last[2] and first[0][0].isdigit() else low} to {high})"


def _later(later: Mapping[str, float | None], name: str) -> str:
    """Return by how much later a loss begins with more stock."""
    if name not in later:
        return NONE
    weeks = later[name]
    return "no loss" if weeks is None else f"{lasts_words(weeks)} weeks later"


def _back(one: Told, whole: Told) -> str:
    if one["first_loss_week"] is None:
        return NONE
    if one["recovery_week"] is None:
        return f"not within {whole['weeks']} weeks"
    return f"{one['recovery']}, week {one['recovery_week']:.0f}"
