"""Playing a plan again: its builds kept, against another scenario of its pack; beside it, the plan as it was made."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from chumbak.answer.plan_document import nine, plan_document
from chumbak.answer.planning import planning_case
from chumbak.linear.solve import NotOptimalError
from chumbak.pack import Pack, PackError, load
from chumbak.plan.case import Case
from chumbak.plan.replay import ReplayError, nearest_kept, replay
from chumbak.plan.requirements import AT_MOST, SHARES, Requirement, read_requirement
from chumbak.plan.result import NONE_HOLDS, Plan, make_plan, make_whole_plan
from chumbak.report import plan_words
from chumbak.report.ask_plan import INFEASIBLE, plainly, telling
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Kept, Setup
from chumbak.report.plan_words import Told
from chumbak.report.replay_checks import note_changes, sound_plan
from chumbak.report.screen import screen
from chumbak.report.words import money, percent, rounded

LIKE = 1e-5  # of the cost: what differs by less is the room that builds are given, and the solver's rounding


@dataclass(frozen=True, eq=False)
class Played:
    """A plan played again: ``kept`` says of each requirement but a budget what of it these builds keep, None for none.

    ``best`` is the cost of the best plan of the scenario under all that is kept and the budgets, millions; None where
    there is no such plan, as growth and budget bind it and not the builds that are there.
    """

    plan: Plan
    kept: dict[Requirement, Requirement | None]
    best: float | None


def ask_replay(run: Path, scenario: str | None, as_json: bool) -> None:
    """Print how the builds of a plan fare in another scenario; or as JSON."""
    kept = sound_plan(run)
    with telling() as say, plainly():
        say("Reading the pack")
        pack = _pack(kept, run, scenario or kept.setup.scenario)
        case = planning_case(pack, kept.setup.places)
        try:
            played = play(case, kept, say)
        except ReplayError as error:
            raise MistakeError(
                f"The plan of '{run}' cannot be played in pack '{pack.name}', scenario {pack.scenario}. {error} "
                "Make the plan again with the pack as it is now."
            ) from None
        told = plan_document(played.plan, given_builds=True)
    note_changes(kept, pack)
    if as_json:
        found = {
            "pack": pack.name,
            "scenario": pack.scenario,
            "of": {"scenario": kept.setup.scenario, "plan": kept.told},
            "kept": [
                {"required": str(one), "kept": None if near is None else str(near)} for one, near in played.kept.items()
            ],
            "best": _best(played),
        }
        sys.stdout.write(json.dumps({**found, "plan": told}, indent=1, ensure_ascii=False) + "\n")
    else:
        _show(told, kept, played, pack)


def _best(played: Played) -> dict[str, float] | None:
    """Return the cost of the best plan of the scenario that keeps the same, and what these builds cost more."""
    if played.best is None:
        return None
    return {"cost_npv": nine(played.best), "regret": nine(played.plan.cost - played.best)}


def _pack(kept: Kept, run: Path, scenario: str) -> Pack:
    """Return the plan's pack under a scenario, with the overlays that the plan was made with."""
    try:
        return load(kept.setup.pack, scenario, kept.overlays)
    except PackError as error:
        if any(fault.kind == "no-such-pack" for fault in error.faults):
            raise MistakeError(
                f"The plan of '{run}' was made of the pack '{kept.setup.pack}', which is not to be found from here. "
                "Run the command where it was made, or make the plan again."
            ) from None
        raise


def play(case: Case, kept: Kept, say: Callable[[str], None]) -> Played:
    """Return the builds played again under the plan's requirements, or the nearest to each that they can keep."""
    asked = tuple(read_requirement(kind, text) for kind, text in kept.setup.requirements)
    budgets = tuple(one for one in asked if one.kind == "budget")
    found: dict[Requirement, Requirement | None] = {one: one for one in asked if one.kind != "budget"}
    say("Playing the plan again")
    try:
        plan = replay(case, kept.built, kept.setup.view, asked)
    except NotOptimalError as error:
        if not found or error.status != INFEASIBLE:
            raise
        say("Looking for what these builds can keep of the requirements")
        found = nearest_kept(case, kept.built, kept.setup.view, asked)
        say("Playing the plan again")
        plan = replay(case, kept.built, kept.setup.view, tuple(one for one in found.values() if one is not None))
    say("Making the best plan of this scenario beside it")
    try:
        best = _best_plan(case, (*plan.asked, *budgets), kept.setup).cost
    except NotOptimalError as error:
        if error.status not in NONE_HOLDS:
            raise
        return Played(plan, found, None)
    return Played(plan, found, best)


def _best_plan(case: Case, asked: tuple[Requirement, ...], setup: Setup) -> Plan:
    """Return the best plan of the scenario, of whole plants where the plan played again is."""
    if setup.gap is None:
        return make_plan(case, asked, setup.view)
    return make_whole_plan(case, asked, setup.view, setup.gap)


def _show(told: Told, kept: Kept, played: Played, pack: Pack) -> None:
    console = screen()
    before = kept.told
    console.print(
        f"\n[bold]{escape(pack.title)}[/bold], the builds of the plan for scenario {escape(kept.setup.scenario)} in "
        f"scenario {escape(pack.scenario_title)}, {told['view']} view\n",
        highlight=False,
    )
    console.print(escape(plan_words.what_is_short(told, pack)) + "\n", highlight=False)
    for sentence in (_cost(told, before, pack), verdict(played, pack, kept.setup.gap), _chain(told, before, pack)):
        console.print(escape(sentence) + "\n", highlight=False)
    rows = _compared(before, told, pack)
    headings = ["", f"as planned: {kept.setup.scenario}", f"played in: {pack.scenario}"]
    console.print(Grid(f"Tonnes gross, calendar years, prices of {pack.price_year}", headings, rows))
    console.print("\n" + escape(kept_to(played)), highlight=False)
    console.print(escape(told["convention"]), highlight=False)
    console.print(escape(plan_words.certificate_words(told)), highlight=False)


def kept_to(played: Played) -> str:
    """Say which requirements of the plan still hold, and how near these builds come to the others."""
    if not played.kept:
        return "Nothing was required of how the plants are run."
    whole = [str(one) for one, near in played.kept.items() if one == near]
    said = [f"Still required, and kept: {'; '.join(whole)}."] if whole else []
    for one, near in played.kept.items():
        if near is None:
            said.append(f"{one}: with these builds no value of it can be kept here; it is left behind.")
        elif near != one:
            wanted, reached = (amount(one, value) for value in (one.value, near.value))
            said.append(f"{one}: {wanted} was required; these builds can keep {reached}, and that is required here.")
    if len([one for one, near in played.kept.items() if one != near]) > 1:
        said.append("Each is as near as it can be beside those before it, in the order of the plan.")
    return "\n".join(said)


def amount(one: Requirement, value: float) -> str:
    """Say a value of a requirement with its unit; what the builds can keep of a limit is a higher one."""
    if one.kind in SHARES:
        return f"{100 * value:.3g} %{' at most' if one.kind in AT_MOST else ''}"
    return f"{value:.3g} weeks of need in stock"


def verdict(played: Played, pack: Pack, gap: float | None = None) -> str:
    """Say what these builds cost more than the best plan of the scenario that keeps the same.

    Of whole plants that plan is proved the best to a ``gap``, and what differs by less says nothing.
    """
    same = "that keeps the same requirements" if any(played.kept.values()) else "of which nothing more is required"
    if played.best is None:
        return (
            f"No plan made for this scenario {same} could be built in time, within the limits to growth and the "
            "budget: there is nothing to hold these builds against."
        )
    regret = played.plan.cost - played.best
    beside = f"The best plan made for this scenario {same} costs {money(played.best, pack.currency)}"
    if abs(regret) <= max(LIKE, gap or 0.0) * max(1.0, abs(played.best)):
        within = f", to within the {percent(gap)} to which a plan of whole plants is the best" if gap else ""
        return f"{beside}: these builds do as well{within}."
    if regret < 0:
        return (
            f"{beside}, {money(-regret, pack.currency)} more than these builds: limits to growth and the budget hold "
            "for a new plan, and not for builds that are there."
        )
    share = percent(regret / abs(played.best))
    return f"{beside}; these builds cost {money(regret, pack.currency)} more ({share}): the regret of building them."


def _cost(told: Told, before: Told, pack: Pack) -> str:
    now, then = told["cost_npv"]["value"], before["cost_npv"]["value"]
    change = "as much" if abs(now - then) < 1e-6 * max(1.0, abs(then)) else (
        f"{money(abs(now - then), pack.currency)} {'more' if now > then else 'less'} than"
    )  # fmt: skip
    return f"It costs {money(now, pack.currency)} over all years, {change} as planned."


def _chain(told: Told, before: Told, pack: Pack) -> str:
    parts = [
        f"{_share(told, year)} in {year} ({_share(before, year)} as planned)"
        for year in plan_words.told_years(told, pack)
    ]
    return f"Made at home from oxide on is, of the need: {'; '.join(parts)}."


def _share(told: Told, year: int) -> str:
    share = told["self_reliance"]["chain"].get(str(year))
    return "nothing needed" if share is None else percent(share)


def _compared(before: Told, told: Told, pack: Pack) -> list[tuple[str, ...]]:
    """Return (label, as planned, played again) of what is compared."""
    years = plan_words.told_years(told, pack)
    rows: list[tuple[str, ...]] = [
        ("cost over all years", *(money(one["cost_npv"]["value"], pack.currency) for one in (before, told))),
        ("magnets lacking, t in all", *(rounded(sum(one["unmet_t"]["total"].values())) for one in (before, told))),
    ]
    for year in years:
        rows.append((f"made at home from oxide on, {year}", *(_share(one, year) for one in (before, told))))
    for name, label in (("import_bill", "import bill"), ("exchange_saved", "foreign exchange saved")):
        for year in years:
            amounts = [one["outcomes"][name]["by_year"].get(str(year)) for one in (before, told)]
            rows.append((f"{label}, {year}", *("-" if one is None else money(one, pack.currency) for one in amounts)))
    return rows
