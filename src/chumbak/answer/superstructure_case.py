"""From a superstructure of a pack to the case that is solved, and from its best path to a plain document."""

from __future__ import annotations

from typing import Any

import numpy as np

from chumbak.answer.plan_document import plain
from chumbak.pack import Pack
from chumbak.pack.forms import Amount
from chumbak.pack.superstructures import OptionForm, SuperstructureFile
from chumbak.superstructure.best import COST, Best
from chumbak.superstructure.case import Case, Finance, Option, Units
from chumbak.superstructure.paths import Outcome, count_paths

METHOD = (
    "One option a stage, the same in all years; all feed goes through. Equipment is sized for the largest year, its "
    "cost in straight lines between the points given; whole units and people are whole numbers. Cash is sales less "
    "running costs and capital, each with its yearly rise; net present value is of the year in which building begins, "
    "before income tax. Cost per kg is the one price of all that leaves the last stage at which that value is 0."
)


def superstructure_case(file: SuperstructureFile, pack: Pack) -> Case:
    """Return the case of a superstructure; the form was checked when it was read."""
    form = file.form
    components, byproducts = tuple(form.feed.holds), tuple(form.byproducts)
    years = sorted(form.feed.available)
    numbers: dict[str, int] = {}
    for stage in form.stages:
        numbers |= {one.name: len(numbers) + at for at, one in enumerate(stage.options)}
    options = []
    for at, stage in enumerate(form.stages):
        follows = [one.name for one in form.stages[at + 1].options] if at + 1 < len(form.stages) else []
        options += [_option(one, at, components, byproducts, numbers, follows) for one in stage.options]
    rules = {name: _value(getattr(form.finance, name)) for name in Finance.__dataclass_fields__ if name != "spent"}
    return Case(
        name=file.name, title=form.title, currency=pack.currency, price_year=form.price_year, start=form.start,
        years=np.array(years), feed=np.array([form.feed.available[year].value for year in years])
        * form.feed.collected.value,
        feed_unit=form.feed.unit, feed_cost=form.feed.cost.value, components=components,
        content=np.array([form.feed.holds[name].value for name in components]),
        stages=tuple(one.name for one in form.stages), options=tuple(options), byproducts=byproducts,
        byproduct_price=np.array([form.byproducts[name].value for name in byproducts]), wage=form.wage.value,
        finance=Finance(spent=np.array([one.value for one in form.finance.spent]), **rules),
        impact_unit=form.impact.unit if form.impact else "",
        impact_limit=form.impact.most.value if form.impact and form.impact.most else np.inf,
    )  # fmt: skip


def _option(
    form: OptionForm, stage: int, components: tuple[str, ...], byproducts: tuple[str, ...], numbers: dict[str, int],
    follows: list[str],
) -> Option:  # fmt: skip
    units, points = form.units, np.array(form.equipment or [[0.0, 0.0], [1.0, 0.0]])
    return Option(
        name=form.name, title=form.title, stage=stage, keeps=_over(form.keeps, components),
        after=tuple(numbers[name] for name in form.to or follows),
        units=Units(*(_value(getattr(units, name)) for name in Units.__dataclass_fields__)) if units else None,
        operators=_value(form.operators), per_kg=_value(form.per_kg), yearly=_value(form.yearly),
        sizes=points[:, 0], capital=points[:, 1], price=_over(form.prices, components),
        byproducts=_over(form.byproducts, byproducts), impact=_value(form.impact),
    )  # fmt: skip


def _over(given: dict[str, Amount], names: tuple[str, ...]) -> np.ndarray:
    return np.array([given[name].value if name in given else 0.0 for name in names])


def _value(given: Amount | None) -> float:
    return given.value if given else 0.0


def superstructure_document(case: Case, found: Best, checked: Outcome | None) -> dict[str, Any]:
    """Return the best path as plain dictionaries; ``checked`` is the best of all paths one by one, if asked."""
    one = found.outcome
    years = [str(case.start + at) for at in range(len(one.cash))]
    running = [str(year) for year in case.years]
    money = f"{case.currency} ({case.price_year})"
    told: dict[str, Any] = plain({
        "name": case.name, "title": case.title, "objective": found.objective, "method": METHOD,
        "unit": {"money": money, "mass": f"kg for a {case.feed_unit}", "cost_per_kg": f"{money}/kg recovered",
                 "impact": case.impact_unit},
        "path": [_stage(case, one, at) for at in range(len(case.stages))],
        "net_present_value": one.net_present_value,
        "cost_per_kg": one.cost_per_kg,
        "operators": one.operators,
        "plant_cost": one.plant_cost,
        "capital": one.capital,
        "recovered": {name: float(kept) for name, kept in zip(case.components, one.recovered, strict=True)},
        "byproducts": {name: float(made) for name, made in zip(case.byproducts, one.byproducts, strict=True)},
        "sales": dict(zip(running, one.sales.tolist(), strict=True)),
        "running": dict(zip(running, one.running.tolist(), strict=True)),
        "cash": dict(zip(years, one.cash.tolist(), strict=True)),
        "feed": {"unit": f"{case.feed_unit}/year", **dict(zip(running, case.feed.tolist(), strict=True))},
        "impact": one.impact,
        "paths": count_paths(case),
        "proof": {
            "bound": found.bound, "gap": found.gap, "rounds": found.rounds,
            "columns": found.columns, "rows": found.rows,
            "meaning": "no path passes the bound, by the programme; the path itself is reckoned apart from it",
        },
        "by_enumeration": None if checked is None else
        checked.cost_per_kg if found.objective == COST else checked.net_present_value,
    })  # fmt: skip
    return told


def _stage(case: Case, one: Outcome, at: int) -> dict[str, Any]:
    """Return what happens at a stage of the path, kg for a unit of feed."""
    option = case.options[one.path[at]]
    masses = {
        name: {"in": float(taken), "out": float(handed), "lost": float(taken - handed)}
        for name, taken, handed in zip(case.components, one.taken[at], one.handed[at], strict=True)
    }
    return {
        "stage": case.stages[at], "option": option.name, "title": option.title, "components": masses,
        "units": int(one.units[at]) if option.units else None, "equipment": float(one.equipment[at]),
    }  # fmt: skip
