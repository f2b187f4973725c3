"""A firm's own weekly case: one user, its grades, its stock, what is on the way, its suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from chumbak.answer.weekly_case import INPUTS, PARAMETERS, WHY, behaviour, heavy_elements
from chumbak.answer.weekly_draws import Streams
from chumbak.pack import Pack
from chumbak.pack.arrays import array, inputs
from chumbak.pack.draws import COUNTED, groups, moved
from chumbak.pack.firms import FirmFile, FirmForm
from chumbak.plan.lookup import MILLION, Lookup
from chumbak.stress.case import HOME, NOBODY, Case, Good, Plants, User
from chumbak.stress.rules import Draws
from chumbak.stress.weeks import week_labels

ELSEWHERE = "elsewhere"  # suppliers that the firm has yet to qualify
LEAST = 1e-12


def firm_case(pack: Pack, file: FirmFile, start: str, weeks: int, holds: Mapping[str, tuple[str, ...]]) -> Case:
    """Return a firm's case for so many weeks from ``start``, at the central values of its file.

    ``holds`` says which rare earths each grade holds. Raises ``PackError`` for figures that the pack lacks.
    """
    form, given = file.form, inputs(pack, INPUTS)
    look = Lookup(pack.nouns, given, np.array([pack.base_year]), pack.name)
    grades = _grades(form)
    unit = _counted_in(form)
    output = file.sides("output", f"{unit}/week")[0]
    use = np.array([_share(form, grade) for grade in grades]) * output * file.sides("magnets", f"t/{unit}")[0]
    origins = [*form.suppliers, *([ELSEWHERE] if form.other else [])]
    lag = [_lag(look, file, name) for name in form.suppliers]
    rules = behaviour(given)
    for name in PARAMETERS:
        look.number(name, WHY)
    look.faults.stop_if_any()
    if form.other:
        lag.append(max(lag))
        rules = replace(rules, other_weeks=form.other.weeks.value, other_share=form.other.share.value)
    regrade = form.regrade
    of = np.array([regrade is not None and grade in regrade.of and grade != regrade.to for grade in grades])
    suppliers = [form.suppliers[name].value if name in form.suppliers else 0.0 for name in origins]
    value = output * file.sides("value", f"{pack.currency}/{unit}")[0] / MILLION
    return Case(
        place=pack.place, currency=pack.currency, price_year=pack.price_year, weeks=week_labels(start, weeks),
        goods=tuple(Good("magnet", grade, form.name, holds.get(grade, ())) for grade in grades),
        users=(User(form.name, form.title, form.sector, 1, pack.place, output, unit, value),),
        origins=tuple(origins), user_of=np.zeros(len(grades), dtype=int), use=np.tile(use, (weeks, 1)),
        share=np.tile(suppliers, (len(grades), 1)),
        can_add=np.tile([float(name == ELSEWHERE) for name in origins], (len(grades), 1)),
        cover=np.array([_weeks_held(file, grade, t) for grade, t in zip(grades, use, strict=True)]), lag=np.array(lag),
        on_the_way=_on_the_way(file, grades, use, weeks),
        regrade_to=np.where(of, grades.index(regrade.to) if regrade else NOBODY, NOBODY),
        regrade_share=of * (regrade.share.value if regrade else 0.0),
        regrade_weeks=of * (regrade.weeks.value if regrade else 0.0),
        price=np.zeros(len(grades)), holding=np.zeros(len(grades)),
        plants=_home_makers(form, use, of, float(np.max(rules.surge)), weeks),
        behaviour=rules, heavy=heavy_elements(pack),
    )  # fmt: skip


def firm_drawn(pack: Pack, case: Case, file: FirmFile, streams: Streams) -> tuple[Case, Draws]:
    """Return a firm's case with the ranges of its file and of how makers behave drawn, and its draws.

    Magnets in a unit, output and the value of a unit are drawn; a stock in kilograms then lasts as long as it does at
    what is drawn.
    """
    form, unit = file.form, _counted_in(file.form)
    by_key = streams.of(groups(pack, INPUTS))
    count = len(by_key[COUNTED])

    def of(field: str, wanted: str, most: float | None = None) -> np.ndarray:
        sides = file.sides(field, wanted)
        if sides[1] == sides[2]:
            return np.full(count, sides[0])
        return moved(sides, streams.one(f"firm.{form.name}.{field}"), 0.0, most)

    output, mass = of("output", f"{unit}/week"), of("magnets", f"t/{unit}")
    demand = output / max(file.sides("output", f"{unit}/week")[0], LEAST)
    heavier = demand * mass / max(file.sides("magnets", f"t/{unit}")[0], LEAST)
    stock = np.ones((count, len(case.goods)))
    for at, good in enumerate(case.goods):
        if good.kind in form.stock and case.cover[at] > 0:
            in_weeks = _is_in_weeks(file, good.kind)
            held = of(f"stock.{good.kind}", "week" if in_weeks else "t")
            usual = case.cover[at] if in_weeks else case.cover[at] * max(case.use[0, at], LEAST)
            stock[:, at] = held / usual / (1.0 if in_weeks else heavier)
    lag = np.tile(case.lag, (count, 1))
    for at, name in enumerate(case.origins):
        if name in form.lag:
            lag[:, at] = of(f"lag.{name}", "week")
        elif name == HOME:
            lag[:, at] = array(pack, "home_lag", by_key).values
        elif name != ELSEWHERE:
            lag[:, at] = array(pack, "origin_lag", by_key).sel(origin=name).values
    rules = behaviour(inputs(pack, INPUTS, by_key))
    if form.other:
        lag[:, case.origins.index(ELSEWHERE)] = lag[:, : len(form.suppliers)].max(axis=1)
        rules = replace(rules, other_weeks=of("other.weeks", "week"), other_share=of("other.share", "1", 1.0))
    if form.regrade:
        linked = case.regrade_to != NOBODY
        case = replace(
            case, regrade_share=linked * of("regrade.share", "1", 1.0)[:, None],
            regrade_weeks=linked * of("regrade.weeks", "week")[:, None],
        )  # fmt: skip
    value = of("value", f"{pack.currency}/{unit}") / max(file.sides("value", f"{pack.currency}/{unit}")[0], LEAST)
    return replace(case, behaviour=rules), Draws(stock, demand[:, None], lag, value[:, None])


def _home_makers(form: FirmForm, use: np.ndarray, of: np.ndarray, surge: float, weeks: int) -> Plants:
    """Return the plants behind a supplier ``home``: of each grade up to its share of ``use`` (grade,) t/week x surge.

    A grade that stands in for others (``of``) counts with what it can take of their use. What the plants work on is
    not the firm's to know: it never ends.
    """
    if HOME not in form.suppliers:
        return Plants.none(len(use), weeks)
    most, grades = use.copy(), _grades(form)
    if form.regrade:
        most[grades.index(form.regrade.to)] += form.regrade.share.value * use[of].sum()
    return Plants(
        tuple(("magnet", grade) for grade in grades), np.zeros((len(use), len(use))), ("magnet",) * len(use),
        np.eye(len(use)), np.tile(form.suppliers[HOME].value * surge * most[:, None], (1, weeks)),
    )  # fmt: skip


def _grades(form: FirmForm) -> list[str]:
    more = [form.regrade.to] if form.regrade and form.regrade.to not in form.grades else []
    return [*form.grades, *more]


def _share(form: FirmForm, grade: str) -> float:
    return form.grades[grade].value if grade in form.grades else 0.0


def _counted_in(form: FirmForm) -> str:
    """Return what the firm counts its output in: item, MW or t."""
    return form.magnets.unit.split("/")[-1].strip()


def _is_in_weeks(file: FirmFile, grade: str) -> bool:
    return file.form.stock[grade].unit in ("", "week", "weeks")


def _weeks_held(file: FirmFile, grade: str, use: float) -> float:
    if grade not in file.form.stock:
        return 0.0
    if _is_in_weeks(file, grade):
        return file.form.stock[grade].value
    return file.sides(f"stock.{grade}", "t")[0] / use if use > 0 else 0.0


def _lag(look: Lookup, file: FirmFile, origin: str) -> float:
    if origin in file.form.lag:
        return file.form.lag[origin].value
    if origin == HOME:
        return look.number("home_lag", WHY)
    return look.number("origin_lag", WHY, origin=origin)


def _on_the_way(file: FirmFile, grades: list[str], use: np.ndarray, weeks: int) -> np.ndarray | None:
    """Return what the firm says is on the way, t by (week, grade), None where it does not say."""
    if file.form.orders is None:
        return None
    found = np.zeros((weeks, len(grades)))
    for number, order in enumerate(file.form.orders):
        at = grades.index(order.grade)
        in_weeks = order.amount.unit in ("", "week", "weeks")
        amount = order.amount.value * use[at] if in_weeks else file.sides(f"orders.{number}.amount", "t")[0]
        week = round(order.weeks.value)
        if week < weeks:
            found[week, at] += amount
    return found
