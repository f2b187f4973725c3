"""Playing a plan again: its builds kept, against another scenario of its pack; beside it, the plan as it was made."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from chumbak.answer.plan_document import plan_document
from chumbak.answer.planning import planning_case
from chumbak.linear.solve import NotOptimalError
from chumbak.pack import Pack, PackError, load
from chumbak.plan.case import Case
from chumbak.plan.replay import ReplayError, replay
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan
from chumbak.report import plan_words
from chumbak.report.ask_plan import plainly, telling
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Kept, read_plan
from chumbak.report.plan_words import Told
from chumbak.report.run_folder import frozen_inputs
from chumbak.report.terminal import complain
from chumbak.report.words import money, percent, rounded


def ask_replay(run: Path, scenario: str | None, as_json: bool) -> None:
    """Print how the builds of a plan fare in another scenario; or as JSON."""
    kept = read_plan(run)
    with telling() as say, plainly():
        say("Reading the pack")
        pack = _pack(kept, run, scenario or kept.setup.scenario)
        case = planning_case(pack, kept.setup.by_region)
        say("Playing the plan again")
        try:
            told = plan_document(_played(case, kept), given_builds=True)
        except ReplayError as error:
            raise MistakeError(
                f"The plan of '{run}' cannot be played in pack '{pack.name}', scenario {pack.scenario}. {error} "
                "Make the plan again with the pack as it is now."
            ) from None
    _note_edits(kept, run)
    _note_changes(kept, pack)
    if as_json:
        found = {
            "pack": pack.name,
            "scenario": pack.scenario,
            "of": {"scenario": kept.setup.scenario, "plan": kept.told},
        }
        sys.stdout.write(json.dumps({**found, "plan": told}, indent=1, ensure_ascii=False) + "\n")
    else:
        _show(told, kept, pack)


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


def _note_changes(kept: Kept, pack: Pack) -> None:
    """Say on standard error which files of the pack are not what the plan was made from."""
    now = {name: hashlib.sha256(content).hexdigest() for name, content in frozen_inputs(pack).items()}
    another = pack.scenario != kept.setup.scenario  # then its file is another one, and not changed
    of_pack = {name for name in {*now, *kept.inputs} if name.startswith("pack/")
               and not (another and "/scenarios/" in name)}  # fmt: skip
    changed = sorted(name for name in of_pack if now.get(name) != kept.inputs.get(name))
    if changed:
        complain(f"Note: the pack has changed since the plan was made ({_first_of(changed)}).")


def _note_edits(kept: Kept, run: Path) -> None:
    """Say on standard error which files under ``inputs/`` of the run folder are not what the plan was made from.

    The overlays among them are what is played with.
    """
    folder = run / "inputs"
    edited = []
    for name, digest in sorted(kept.inputs.items()):
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            edited.append(name)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    edited += sorted(there - set(kept.inputs))
    if edited:
        complain(
            f"Note: files of '{folder}' are not what the plan was made from ({_first_of(edited)}). Overlays are played "
            "as they are now."
        )


def _first_of(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _played(case: Case, kept: Kept) -> Plan:
    """Return the builds played again under the plan's requirements, or without where they cannot be kept."""
    asked = tuple(read_requirement(kind, text) for kind, text in kept.setup.requirements)
    try:
        return replay(case, kept.build, kept.setup.view, asked)
    except NotOptimalError as error:
        if not asked or error.status != "Infeasible":
            raise
    return replay(case, kept.build, kept.setup.view)


def _show(told: Told, kept: Kept, pack: Pack) -> None:
    console = Console()
    before = kept.told
    console.print(
        f"\n[bold]{escape(pack.title)}[/bold], the builds of the plan for scenario {escape(kept.setup.scenario)} in "
        f"scenario {escape(pack.scenario_title)}, {told['view']} view\n",
        highlight=False,
    )
    console.print(escape(plan_words.what_is_short(told, pack)) + "\n", highlight=False)
    for sentence in (_cost(told, before, pack), _chain(told, before, pack)):
        console.print(escape(sentence) + "\n", highlight=False)
    rows = _compared(before, told, pack)
    headings = ["", f"as planned: {kept.setup.scenario}", f"played in: {pack.scenario}"]
    console.print(Grid(f"Tonnes gross, calendar years, prices of {pack.price_year}", headings, rows))
    console.print("\n" + escape(_kept_to(told, before)), highlight=False)
    console.print(escape(told["convention"]), highlight=False)
    console.print(escape(plan_words.certificate_words(told)), highlight=False)


def _kept_to(told: Told, before: Told) -> str:
    """Say whether the requirements of the plan still hold."""
    if not before["requirements"]:
        return "Nothing was required of the plan."
    if told["requirements"]:
        return f"Still required, and kept: {'; '.join(told['requirements'])}."
    return (
        f"With these builds the requirements cannot all be kept here ({'; '.join(before['requirements'])}): "
        "they are left behind, and the cheapest way to run the builds is shown."
    )


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
