"""Asking which technologies: the best path through a superstructure, what it costs, proof that none is better."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from chumbak.answer.superstructure_case import superstructure_case, superstructure_document
from chumbak.pack import Pack, load
from chumbak.pack.faults import did_you_mean
from chumbak.pack.superstructures import list_superstructures, read_superstructure
from chumbak.report.grid import NAMES, Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.report.words import in_a_row, money, percent, portion, rounded
from chumbak.superstructure.best import COST, OBJECTIVES, VALUE, best, by_enumeration
from chumbak.superstructure.case import SuperstructureError


def ask_superstructure(
    name: str, which: str | None, objective: str, check: bool, as_json: bool, scenario: str, overlays: tuple[Path, ...]
) -> None:
    """Print the best path of a superstructure, or as JSON; ``check`` reckons every path by itself too."""
    if objective not in OBJECTIVES:
        raise MistakeError(f"--objective '{objective[:40]}' is none. {did_you_mean(objective, OBJECTIVES)}")
    pack = load(name, scenario, overlays)
    case = superstructure_case(read_superstructure(pack, _named(pack, which)), pack)
    try:
        found = best(case, objective)
        checked = by_enumeration(case, objective) if check else None
    except SuperstructureError as error:
        raise MistakeError(f"The superstructure '{case.name}' has no answer. {error}") from None
    told = superstructure_document(case, found, checked)
    if as_json:
        head = {"pack": pack.name, "scenario": pack.scenario, "overlays": [path.name for path in pack.overlays]}
        sys.stdout.write(json.dumps({**head, "superstructure": told}, indent=1, ensure_ascii=False) + "\n")
    else:
        _show(told, pack)


def _named(pack: Pack, which: str | None) -> str:
    known = list_superstructures(pack)
    if which is not None:
        return which
    if len(known) == 1:
        return known[0]
    if not known:
        raise MistakeError(
            f"The pack '{pack.name}' has no superstructure. Name a file, or write one: see docs/superstructure.md."
        )
    raise MistakeError(f"Say which superstructure: the pack has {in_a_row(known)}.")


def _show(told: Mapping[str, Any], pack: Pack) -> None:
    console = screen()
    console.print(f"\n[bold]{escape(pack.title)}[/bold], {escape(told['title'])}\n", highlight=False)
    for sentence in sentences(told, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(told, pack):
        console.print(grid)
        console.print()
    console.print(escape(told["method"]), highlight=False)
    console.print(escape(f"Money: {told['unit']['money']}. {_proof(told, pack)}"), highlight=False)


def sentences(told: Mapping[str, Any], pack: Pack) -> list[str]:
    """Return the best path in sentences."""
    way = in_a_row([one["title"] for one in told["path"]])
    aim = "the highest net present value" if told["objective"] == VALUE else "the lowest cost of a kg recovered"
    worth, kilogram = told["net_present_value"], told["cost_per_kg"]
    one_path = f"There is one path only: {way}."
    said = [one_path if told["paths"] == 1 else f"Of {told['paths']:,} paths this one has {aim}: {way}."]
    verdict = "It pays" if worth >= 0 else "It does not pay at these prices"
    of_kg = "nothing is recovered" if kilogram is None else f"a kg recovered costs {_price(kilogram, pack)}"
    said.append(f"{verdict}: net present value {money(worth / 1e6, pack.currency)}; {of_kg}.")
    people = "person" if told["operators"] == 1 else "people"
    capital = money(told["capital"] / 1e6, pack.currency)
    said.append(f"Building costs {capital} before any rise, and {told['operators']} {people} run it.")
    return said


def grids(told: Mapping[str, Any], pack: Pack) -> list[Grid]:
    """Return the tables: what happens at each stage, and the money by year."""
    names = list(told["recovered"])
    mass = told["unit"]["mass"]
    rows = []
    for one in told["path"]:
        kept = [one["components"][name] for name in names]
        units = "-" if one["units"] is None else str(one["units"])
        cells = [f"{rounded(each['out'])} ({percent(portion(each['out'], each['in']))})" for each in kept]
        rows.append([one["stage"].replace("_", " "), one["title"], units,
                     money(one["equipment"] / 1e6, pack.currency), *cells])  # fmt: skip
    title = f"Stage by stage; what goes on, {mass}, and the share of what came in"
    first = Grid(title, ["stage", "technology", "units", "equipment", *names], rows, words=2, label=NAMES)
    years = [
        [year, *(money(told[of].get(year, 0.0) / 1e6, pack.currency) for of in ("sales", "running", "cash"))]
        for year in told["cash"]
    ]
    second = Grid(
        "Money by year; cash with its rises, not discounted", ["year", "sales", "running costs", "cash"], years
    )
    return [first, second]


def _price(each: float, pack: Pack) -> str:
    return f"{each:,.2f} {pack.currency}" if abs(each) < 1e4 else f"{rounded(each)} {pack.currency}"


def _proof(told: Mapping[str, Any], pack: Pack) -> str:
    proof = told["proof"]
    rounds = "one programme" if proof["rounds"] == 1 else f"{proof['rounds']} programmes"
    found = f"No path is better: {rounds} of {proof['columns']} columns, gap {proof['gap']:.1g}."
    if told["by_enumeration"] is None:
        return found
    best_of = told["cost_per_kg"] if told["objective"] == COST else told["net_present_value"]
    return f"{found} All paths one by one: {told['by_enumeration']:.9g}, this one {best_of:.9g}."
