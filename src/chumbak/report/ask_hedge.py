"""Asking for a hedge: what to decide before it is known which of several futures comes, and what that is worth."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from chumbak.answer.tree_cases import tree_cases, tree_of
from chumbak.answer.tree_document import hedge_document
from chumbak.linear.solve import NotOptimalError
from chumbak.pack import Pack, load
from chumbak.pack.trees import list_trees, read_tree
from chumbak.plan.case import Case
from chumbak.plan.requirements import Requirement
from chumbak.plan.result import make_plan
from chumbak.plan.tree.extensive import Risk
from chumbak.plan.tree.hedge import Hedge, make_hedge
from chumbak.plan.tree.nodes import Tree
from chumbak.plan.tree.splice import TreeError
from chumbak.report.ask_plan import INFEASIBLE, Required, plainly, read_all, telling
from chumbak.report.grid import NAMES, Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_words import certificate_words
from chumbak.report.screen import screen
from chumbak.report.words import in_a_row, money, percent, rounded

LEAST = 0.05  # t, t a year: what is less is shown as none
MOST_AVERSION = 1000.0
COLUMNS = ("hedged", "calm", "average", "known")  # what was known comes last
TITLES = {"hedged": "this plan", "calm": "made for good weather", "average": "made for the average",
          "known": "had it been known"}  # fmt: skip


def ask_hedge(
    name: str, tree: str | None, aversion: float, tail: float, view: str, required: Required, as_json: bool,
    scenario: str, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Print the plan for all futures of a tree and what the hedge is worth; or all as JSON."""
    requirements = read_all(required, view)
    risk = _risk(aversion, tail)
    with telling() as say:
        say("Reading the pack")
        pack = load(name, scenario, overlays)
        file = read_tree(pack, _named(pack, tree))
        shape = tree_of(file, pack.base_year)
        try:
            cases = tree_cases(pack, file, say)
            with plainly():
                hedge = _hedge(shape, cases, requirements, view, risk, say)
        except TreeError as error:
            raise MistakeError(f"The tree '{file.shown}' cannot be planned for. {error}") from None
        found = hedge_document(hedge, file.form.description)
    if as_json:
        head = {"pack": pack.name, "scenario": pack.scenario, "overlays": [path.name for path in pack.overlays]}
        sys.stdout.write(json.dumps({**head, "hedge": found}, indent=1, ensure_ascii=False) + "\n")
    else:
        _show(found, pack)


def _risk(aversion: float, tail: float) -> Risk:
    if not 0 <= aversion <= MOST_AVERSION:
        raise MistakeError(
            f"--aversion {aversion:g} has to be from 0 to {MOST_AVERSION:g}: it is the weight of the cost of the worst "
            "futures beside the expected cost."
        )
    if not 0 <= tail < 1:
        raise MistakeError(
            f"--tail {tail:g} has to be from 0 to below 1: 0.9 weighs the mean cost of the worst tenth of futures."
        )
    return Risk(aversion, tail)


def _named(pack: Pack, tree: str | None) -> str:
    known = list_trees(pack)
    if tree is not None:
        return tree
    if len(known) == 1:
        return known[0]
    if not known:
        raise MistakeError(f"The pack '{pack.name}' has no tree of futures. Write one: see docs/plan_tree.md.")
    raise MistakeError(f"Say which tree with --tree: the pack has {in_a_row(known)}.")


def _hedge(
    tree: Tree, cases: list[Case], asked: tuple[Requirement, ...], view: str, risk: Risk, say: Callable[[str], None]
) -> Hedge:
    """Return the hedge; raises ``MistakeError`` where no plan keeps what is asked in every future."""
    try:
        return make_hedge(tree, cases, asked, view, risk, say)
    except NotOptimalError as error:
        if error.status != INFEASIBLE or not asked:
            raise
        say("Looking for the futures in which the requirements cannot hold")
        alone = [tree.title_of(end) for end, case in zip(tree.ends, cases, strict=True) if not _can(case, asked, view)]
        told = "; ".join(str(one) for one in asked)
        which = f"Even known from the first, they cannot in: {in_a_row(alone)}." if alone else (
            "Each future by itself could keep them, but not all of them with the same first decisions."
        )  # fmt: skip
        raise MistakeError(f"What is required cannot be kept in every future: {told}. {which} Ask less.") from None


def _can(case: Case, asked: tuple[Requirement, ...], view: str) -> bool:
    try:
        make_plan(case, asked, view)
    except NotOptimalError:
        return False
    return True


def _show(found: Mapping[str, Any], pack: Pack) -> None:
    console = screen()
    tree = found["tree"]
    asked = f", required {'; '.join(found['requirements'])}" if found["requirements"] else ""
    scenario, futures = escape(pack.scenario_title), escape(tree["title"])
    title = f"[bold]{escape(pack.title)}[/bold], scenario {scenario}, futures: {futures}, {found['view']} view"
    console.print(f"\n{title}{escape(asked)}\n", highlight=False)
    for sentence in sentences(found, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(found, pack):
        console.print(grid)
        console.print()
    console.print(escape(found["convention"]), highlight=False)
    console.print(escape(certificate_words(found)), highlight=False)


def sentences(found: Mapping[str, Any], pack: Pack) -> list[str]:
    """Return what a hedge comes to, in sentences."""
    ends, first, plans = found["ends"], found["tree"]["first_year"], found["plans"]
    said = [
        f"Until {first} nobody knows which of {len(ends)} futures comes. The plan decides up to {first - 1} what is "
        f"right for all of them together, and later what is right for the one that comes: expected cost "
        f"{money(plans['hedged']['expected'], pack.currency)} over all years."
    ]
    said.append(_bought(found, pack))
    said.append(_worth(found, pack))
    if found["risk"]["aversion"]:
        spared = plans["neutral"]["worst"] - plans["hedged"]["worst"]
        paid = plans["hedged"]["expected"] - plans["neutral"]["expected"]
        worst = percent(1 - found["risk"]["tail"])
        said.append(
            f"The worst {worst} of futures weigh {found['risk']['aversion']:g} times beside the expected cost: their "
            f"mean cost is {money(spared, pack.currency)} lower than in the plan of least expected cost, for "
            f"{money(paid, pack.currency)} more on average."
        )
    return said


def _bought(found: Mapping[str, Any], pack: Pack) -> str:
    """Say what the hedge costs in good weather and saves in bad, against the plan made for good weather."""
    if "calm" not in found["plans"]:
        return "A plan made for good weather cannot keep what is required in the other futures."
    calm = next(one for one in found["ends"] if one["name"] == found["tree"]["calm"])
    if all(abs(one["saved_by_hedge"]) < LEAST for one in found["ends"]):
        return f"It is the plan made for good weather ('{calm['title']}'): to hedge does not pay."
    others = [one for one in found["ends"] if one is not calm]
    saved = in_a_row(
        [f"{_saves(one['saved_by_hedge'], pack)} in '{one['title']}' ({percent(one['probability'])})" for one in others]
    )
    cost = money(-calm["saved_by_hedge"], pack.currency)
    return (
        f"Against the plan made for good weather ('{calm['title']}', {percent(calm['probability'])}) the hedge costs "
        f"{cost} if that comes, and {saved}."
    )


def _saves(millions: float, pack: Pack) -> str:
    verb = "saves" if millions >= 0 else "costs"
    return f"{verb} {money(abs(millions), pack.currency)}"


def _worth(found: Mapping[str, Any], pack: Pack) -> str:
    stochastic = found["value_of_stochastic_solution"]["value"]
    told = (
        "A plan made for the average of all figures cannot keep what is required" if stochastic is None else
        f"A plan made for the average of all figures costs {money(stochastic, pack.currency)} more on average (value "
        "of the stochastic solution)"
    )  # fmt: skip
    known = money(found["expected_value_of_perfect_information"]["value"], pack.currency)
    return f"{told}. To know from the first what comes would save {known} (expected value of perfect information)."


def grids(found: Mapping[str, Any], pack: Pack) -> list[Grid]:
    """Return the tables: costs and magnets lacking by future, what is decided first."""
    ends, first = found["ends"], found["first_decisions"]
    shown = [name for name in COLUMNS if name == "known" or name in found["plans"]]
    heads = [TITLES[name] for name in shown]
    expected = {name: one["expected"] for name, one in {**found["plans"], "known": found["known"]}.items()}
    every = [*ends, {"title": "on average", "probability": 1.0, "cost": expected}]
    costs = [
        [one["title"], percent(one["probability"]), money(one["cost"]["known"], pack.currency),
         *(money(one["cost"][name] - one["cost"]["known"], pack.currency) for name in shown if name != "known")]
        for one in every
    ]  # fmt: skip
    title = "Cost over all years, discounted: had the future been known, and what each plan costs more than that"
    tables = [Grid(title, ["future", "chance", TITLES["known"], *heads[:-1]], costs, label=NAMES)]
    lacking = [
        [one["title"], *(_tonnes(one["lacking_t"][name]) for name in shown)]
        for one in ends if max(one["lacking_t"].values()) >= LEAST
    ]  # fmt: skip
    if lacking:
        tables.append(Grid("Magnets lacking, all years together, t", ["future", *heads], lacking, label=NAMES))
    kept = [name for name in shown if name != "known"]
    heads = [TITLES[name] for name in kept]
    builds = [
        [pack.nouns.cell("plants", one["plant"], "name"), *(_tonnes(one[name]) for name in kept)]
        for one in first["builds"] if max(one[name] for name in kept) >= LEAST
    ]  # fmt: skip
    if builds:
        title = f"Capacity decided up to {first['until']}, t a year as the plant is counted"
        tables.append(Grid(title, ["plant", *heads], builds, label=NAMES))
    stock = [
        [_good(one["good"], pack), *(_tonnes(one[name]) for name in kept)]
        for one in first["stock"] if max(one[name] for name in kept) >= LEAST
    ]  # fmt: skip
    if stock:
        title = f"In stock at the end of {first['until']}, t of contained neodymium and praseodymium"
        tables.append(Grid(title, ["good", *heads], stock, label=NAMES))
    return tables


def _tonnes(amount: float) -> str:
    return rounded(amount) if amount >= LEAST else "0"


def _good(name: str, pack: Pack) -> str:
    """Return a good as a heading, its grade in its place: ``Sintered magnets, SH, bought``."""
    material, _, colour = name.partition("|")
    for template, cells in pack.nouns.tables["materials"].items():
        found = re.fullmatch(template.replace("GRADE", "([^_]+)"), material)
        if found:
            grade = found.group(1).upper() if found.groups() else ""
            return ", ".join(filter(None, [cells["name"].replace("GRADE", grade), colour]))
    return material
