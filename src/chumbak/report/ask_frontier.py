"""Asking for the frontier: what self-reliance costs, step by step."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from chumbak.answer.frontier_document import frontier_document
from chumbak.answer.planning import planning_case
from chumbak.pack import Pack, load
from chumbak.plan.case import Case
from chumbak.plan.formulate import formulate
from chumbak.plan.frontier import frontier
from chumbak.plan.requirements import Requirement, RequirementError, read_requirement, which
from chumbak.report.ask_plan import Required, plainly, plan_of, read_all, telling
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.report.words import money, percent, rounded

ALONG_THE_CHAIN = "chain"
LEAST = 0.05  # t a year: what is less is shown as none


def ask_frontier(
    name: str, points: int, measure: str, year: int, view: str, required: Required, as_json: bool, scenario: str,
    overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Print cost against self-reliance, what each further percentage point costs, and what is added; or all as JSON."""
    requirements = read_all(required, view)
    sweep = _sweep(measure, year)
    with telling() as say:
        say("Reading the pack")
        pack = load(name, scenario, overlays)
        case = planning_case(pack)
        _check(case, sweep, measure, view)
        if requirements:
            plan_of(case, requirements, view, say)  # says which of them clash
        with plainly():
            found = frontier_document(frontier(case, sweep, points, requirements, view, say), sweep)
    if as_json:
        head = {"pack": pack.name, "scenario": pack.scenario, "overlays": [path.name for path in pack.overlays]}
        sys.stdout.write(json.dumps({**head, "frontier": found}, indent=1, ensure_ascii=False) + "\n")
    else:
        _show(found, pack)


def _sweep(measure: str, year: int) -> Requirement:
    """Return the requirement that is raised. Raises ``MistakeError`` for a measure or year that cannot be read."""
    try:
        if measure == ALONG_THE_CHAIN:
            return read_requirement("chain-self-reliance", f"0@{year}")
        return read_requirement("self-reliance", f"{measure}=0@{year}")
    except RequirementError:
        told = f"--measure '{measure}' from --year {year} cannot be read."
        raise MistakeError(f"{told} Write them as --measure magnet --year 2035.") from None


def _check(case: Case, sweep: Requirement, measure: str, view: str) -> None:
    """Raise ``MistakeError`` for a measure or a year that the case has no meaning for."""
    rungs = [str(name) for name in case.rung_need["stage"].values]
    if sweep.target and sweep.target not in rungs:
        near = which(case, sweep.target, {name: (name,) for name in (ALONG_THE_CHAIN, *rungs)})
        raise MistakeError(f"--measure {measure}: there is no rung '{sweep.target}' with a need. {near}")
    try:
        formulate(case, (sweep,), view)
    except RequirementError as error:
        # what is left to complain of (the element, the year) is told of the requirement that stands for the measure
        told = str(error).removeprefix(f"{sweep}: ")
        raise MistakeError(f"--measure {measure} --year {sweep.year}: {told}") from None


def _show(found: Mapping[str, Any], pack: Pack) -> None:
    console, points = screen(), found["points"]
    what = measure_words(found["measure"], pack)
    console.print(
        f"\n[bold]{escape(pack.title)}[/bold], scenario {escape(pack.scenario_title)}, {found['view']} view\n"
    )
    for sentence in _sentences(found, pack, what):
        console.print(escape(sentence) + "\n", highlight=False)
    away = {"": found["year"], "_last": found["last_year"]}
    if found["year"] == found["last_year"]:
        del away["_last"]
    rows = [
        [
            percent(one["share"]),
            *(f"{rounded(one[f'substituted{of}'])} t ({percent(one[f'substituted_share{of}'])})" for of in away),
            money(one["cost_npv"], pack.currency),
            money(one["per_point"], pack.currency) if at else "-",
            money(one["capital"], pack.currency),
        ]
        for at, one in enumerate(points)
    ]
    title = f"{what[0].upper()}{what[1:]}, in every year from {found['year']} on"
    columns = [f"designed away, {year}" for year in away.values()]
    headings = ["share", *columns, "cost over all years", "a point more costs", "invested"]
    console.print(Grid(title, headings, rows, words=0))
    console.print()
    console.print(_added(found, pack))
    console.print()
    if found["requirements"]:
        console.print(escape(f"Required at every point: {'; '.join(found['requirements'])}."), highlight=False)
    console.print(escape(found["convention"]), highlight=False)


def _sentences(found: Mapping[str, Any], pack: Pack, what: str) -> list[str]:
    first, last = found["points"][0], found["points"][-1]
    year = found["year"]
    said = [f"The cheapest plan reaches {percent(first['share'])} from {year} on: {what}."]
    if last["share"] - first["share"] < 1e-3:
        return [*said, "It cannot be raised."]
    more = last["cost_npv"] - first["cost_npv"]
    said.append(
        f"At most {percent(last['share'])} can be reached, for {money(more, pack.currency)} more over all years "
        f"(from {money(first['cost_npv'], pack.currency)} to {money(last['cost_npv'], pack.currency)}); a percentage "
        f"point costs {_per_point(found['points'], pack)}."
    )
    return said


def _per_point(points: Sequence[Mapping[str, Any]], pack: Pack) -> str:
    """Say what a percentage point more costs at first, at last and where it costs most."""
    steps = points[1:]
    dearest = max(steps, key=lambda one: float(one["per_point"]))
    at_first, at_last, most = (money(one["per_point"], pack.currency) for one in (steps[0], steps[-1], dearest))
    if len(steps) == 1:
        return at_first
    if dearest is steps[-1]:
        return f"{at_first} at first and {at_last} at last, where it costs most"
    if dearest is steps[0]:
        return f"{at_first} at first, where it costs most, and {at_last} at last"
    before = points[steps.index(dearest)]["share"]
    way = f"from {percent(before)} to {percent(dearest['share'])}"
    return f"{at_first} at first and {at_last} at last, and most, {most}, on the way {way}"


def measure_words(measure: str, pack: Pack) -> str:
    """Say what is raised."""
    if measure == ALONG_THE_CHAIN:
        return "magnets made at home from oxide on, over need"
    stage, _, element = measure.partition(".")
    name = pack.nouns.cell("stages", stage, "name").lower()
    of = pack.nouns.tables["elements"].get(element, {}).get("name", "neodymium and praseodymium").lower()
    return f"{of} made at home on the rung {name}, over need"


def _added(found: Mapping[str, Any], pack: Pack) -> Grid:
    """Return what is built more at each point than at the one before, by plant."""
    steps = found["points"][1:]
    plants = [name for name in pack.nouns.ids("plants") if any(name in one["added"] for one in steps)]
    rows = [
        [pack.nouns.cell("plants", name, "name"), *(_signed(one["added"].get(name, 0.0)) for one in steps)]
        for name in plants
    ]
    title = "Built more (below zero: less) than at the point before, all years together, t a year"
    return Grid(title, ["plant", *(percent(one["share"]) for one in steps)], rows)


def _signed(tonnes: float) -> str:
    return rounded(tonnes) if abs(tonnes) >= LEAST else "0"
