"""What the terminal says: progress, the summary, packs and figures, faults as sentences."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from chumbak.pack import Fault, Pack, PackError, list_packs, list_scenarios, load
from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.scenarios import read_scenario
from chumbak.report.grid import Grid
from chumbak.report.screen import screen

if TYPE_CHECKING:
    from chumbak.answer.overview import Answer

SHOWN_FAULTS = 50
LEAP = 10  # an overlay that moves a figure by more is remarked on
PLAIN_PROGRESS_SECONDS = 10  # between lines of progress where there is no terminal to draw on


def complain(sentence: str) -> None:
    """Say what went wrong, on standard error."""
    sys.stderr.write(sentence.rstrip() + "\n")


def complain_of_faults(faults: Sequence[Fault]) -> None:
    """Say every fault, one a line, with how many there are."""
    for fault in faults[:SHOWN_FAULTS]:
        complain(str(fault))
    more = len(faults) - SHOWN_FAULTS
    if more > 0:
        complain(f"... and {more} more.")
    complain(f"{len(faults)} fault{'s' if len(faults) != 1 else ''} found.")


def make_run(
    name: str, scenario: str, draws: int, seed: int | None, overlays: tuple[Path, ...], out: Path | None
) -> tuple[Answer, dict[str, Any], Path]:
    """Answer the pack's questions and write the run folder; return the answer, answer.json and the folder."""
    with progress_bar() as progress:
        task = progress.add_task("Reading the pack", total=None)
        pack = load(name, scenario, overlays)
        warn_of_leaps(pack)
        progress.update(task, description="Starting the engines")
        from chumbak.answer.overview import SEED, overview
        from chumbak.report.run_folder import frozen_documents, frozen_inputs, run_id, write_run
        from chumbak.report.target import check_target

        seed = SEED if seed is None else seed
        inputs = frozen_inputs(pack) | frozen_documents(pack)
        identity = run_id(pack, inputs, draws, seed)
        target = out or Path("runs") / f"{pack.name}-{pack.scenario}-{identity[:8]}"
        check_target(target)
        progress.update(task, description="Demand and urban mine", total=draws or None)
        started = time.monotonic()

        def say(done: int) -> None:
            nonlocal started
            progress.update(task, completed=done)
            if progress.disable and time.monotonic() - started > PLAIN_PROGRESS_SECONDS:
                complain(f"{done:,} of {draws:,} draws")
                started = time.monotonic()

        answer = overview(pack, draws, seed, say)
        progress.update(task, description="Writing the run folder", total=None)
        return answer, write_run(answer, target, inputs, identity), target


def show_run(answer: Answer, found: Mapping[str, Any], target: Path, as_json: bool) -> None:
    """Print the summary of a run, or its answer.json."""
    if as_json:
        sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    else:
        _summary(answer, found, target)


def warn_of_leaps(pack: Pack) -> None:
    """Say which figures an overlay moves by more than a factor of ten: most often a slip of the unit."""
    if not pack.overlays:
        return
    before = load(pack.path, pack.scenario)
    for key, entry in pack.entries.items():
        if key not in before.entries or entry is before.entries[key] or entry.attribute.kind == "observed":
            continue
        old, new = (float(np.mean(np.abs(one.value))) for one in (before.entries[key], entry))
        if old and new and not 1 / LEAP <= new / old <= LEAP:
            complain(
                f"Note: the overlay takes '{key}' to {new / old:.3g} times what the pack says "
                f"({new:.3g} against {old:.3g} {entry.unit}). Is the unit right?"
            )


def progress_bar() -> Progress:
    """Return what shows progress on standard error, where that is a terminal."""
    console = screen(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _summary(answer: Answer, found: Mapping[str, Any], target: Path) -> None:
    from chumbak.answer.evidence import by_confidence
    from chumbak.report.plan_words import cost_and_reliance, idle_awards
    from chumbak.report.scheme_page import payers
    from chumbak.report.stress_page import cut_off
    from chumbak.report.verdict import sentences
    from chumbak.report.words import Totals, exports_line, percent, rounded

    console = screen()
    pack, numbers = answer.pack, Totals(answer)
    console.print(f"\n[bold]{escape(pack.title)}[/bold], scenario {escape(pack.scenario_title)}\n")
    planned = [cost_and_reliance(found["plan"], pack), idle_awards(found["plan"], pack)] if "plan" in found else []
    for sentence in (*sentences(answer), *filter(None, planned), *payers(found), *cut_off(found, pack)):
        console.print(escape(sentence) + "\n", highlight=False)
    wanted = {2020, pack.base_year, 2030, 2035, 2040, pack.window.last}
    years = sorted(year for year in wanted if pack.answer_from <= year <= pack.window.last)
    rows: list[list[str] | None] = []
    for label, name in (
        ("in goods sold", "demand.total_t"),
        ("  made at home", "demand.made_at_home_t"),
        ("  embedded in imports", "demand.embedded_imports_t"),
        ("reaching end of life", "urban_mine.end_of_life_t"),
        ("  recoverable, today's routes", "urban_mine.recoverable_today_t"),
        ("  recoverable, full collection", "urban_mine.recoverable_full_t"),
    ):
        rows.append([label, *(rounded(numbers.at(name, year)) for year in years)])
    if "gap" in answer.findings:
        rows.append(None)
        for label, status in (
            ("existing", "existing"),
            ("and under construction", "committed"),
            ("and announced", "announced"),
        ):
            cells = [percent(numbers.at(f"self_reliance.{status}.chain", year)) for year in years]
            rows.append([f"made at home from oxide on, {label}", *cells])
    title = "t of rare-earth magnets a year, gross, calendar years, central case"
    console.print(Grid(title, ["", *map(str, years)], rows))
    console.print("\n" + escape(exports_line(answer)), highlight=False)
    counted = by_confidence(answer.figures)
    said = ", ".join(f"{count} {confidence}" for confidence, count in counted.items())
    console.print(f"\n{len(answer.figures)} figures used ({said}).", highlight=False)
    console.print(f"Report: {escape(str(target / 'report.html'))}", highlight=False, soft_wrap=True)


def show_packs() -> None:
    """Print the packs that come along and their scenarios."""
    console = screen()
    for name in list_packs():
        pack = load(name)
        console.print(f"[bold]{name}[/bold]  {escape(pack.title)}, {len(pack.nouns.ids('products'))} products")
        faults = Faults()
        for scenario in list_scenarios(pack.path):
            shown = f"scenarios/{scenario}.yaml"
            file = read_scenario(pack.path / shown, shown, faults)
            if file:
                console.print(f"  {scenario:<20} {escape(file.scenario.title)}", highlight=False)
        faults.stop_if_any()


def check_pack(name: str, scenario: str | None, overlays: tuple[Path, ...]) -> None:
    """Load a pack under one or all scenarios; print what it holds or raise ``PackError`` with every fault."""
    from chumbak.pack.pack import find_folder

    scenarios = [scenario] if scenario else list_scenarios(find_folder(name)) or ["reference"]
    faults: list[Fault] = []
    packs: list[Pack] = []
    for one in scenarios:
        try:
            packs.append(load(name, one, overlays))
        except PackError as error:
            faults += error.faults
    if faults:
        raise PackError(faults)
    pack = packs[0]
    faults = _document_faults(pack)
    try:
        _check_compiles(pack)
    except PackError as error:
        faults += error.faults
    if faults:
        raise PackError(faults)
    warn_of_leaps(pack)
    figures = pack.figures()
    estimates = sum(figure.confidence == "estimate" for figure in figures)
    names = ", ".join(one.scenario for one in packs)
    screen().print(
        f"{pack.name}: {len(pack.nouns.ids('products'))} products, {len(figures)} figures "
        f"({estimates} of them estimates), years {pack.window.first} to {pack.window.last}; scenarios {names}. "
        "No fault found.",
        highlight=False,
    )  # fmt: skip


def _document_faults(pack: Pack) -> list[Fault]:
    """Read every episode, back-test, scheme, project and auction of a pack; return what is wrong, each once."""
    from chumbak.pack.auctions import list_auctions, read_auction
    from chumbak.pack.backtests import list_backtests, read_backtest
    from chumbak.pack.episodes import list_episodes, read_episode
    from chumbak.pack.plant_projects import list_projects, read_project
    from chumbak.pack.schemes import list_schemes, read_scheme

    faults: list[Fault] = []
    reads: list[tuple[Callable[[Pack, str], object], str]] = [(read_episode, name) for name in list_episodes(pack)]
    reads += [(read_backtest, name) for name in list_backtests(pack)]
    reads += [(read_scheme, name) for name in list_schemes(pack)]
    reads += [(read_project, name) for name in list_projects(pack)]
    reads += [(read_auction, name) for name in list_auctions(pack)]
    for read, name in reads:
        try:
            read(pack, name)
        except PackError as error:
            faults += error.faults
    return list(dict.fromkeys(faults))  # an auction's are those of its project and scheme too


def _check_compiles(pack: Pack) -> None:
    """Run the engines and the chain once, and look up what claims are measured by. Raises ``PackError``."""
    from chumbak.answer.claims import claim_faults
    from chumbak.answer.model import compute
    from chumbak.answer.supply_chain import has_chain, supply_chain

    data = compute(pack).sel(year=slice(pack.answer_from, None))
    if has_chain(pack):
        supply_chain(pack, data)
    faults = claim_faults(pack)
    if faults:
        raise PackError(faults)


def show_figure(key: str, pack_name: str | None, scenario: str, overlays: tuple[Path, ...]) -> None:
    """Print the figures a key stands for, with range, source and use."""
    pack = load(pack_name or only_pack(), scenario, overlays)
    keys = [name for name in pack.entries if fnmatchcase(name, key)]
    if not keys:
        what = f"no figure of the pack is called '{key}'"
        raise PackError([Fault(pack.name, 0, "key", "unknown-key", what, did_you_mean(key, list(pack.entries)))])
    console = screen()
    for name in keys:
        entry = pack.entries[name]
        console.print(f"[bold]{escape(name)}[/bold]  {escape(entry.attribute.long_name)}", highlight=False)
        console.print(f"  {escape(entry.attribute.description)}", highlight=False)
        for figure in entry.figures:
            spread = "" if figure.low is None else f"  ({figure.low:.6g} to {figure.high:.6g})"
            basis = f", {figure.basis}" if figure.basis else ""
            if entry.attribute.kind == "number" and figure.period != "all":
                basis += f", holds for all years; observed {figure.period}"
            console.print(
                f"  {figure.period:>10}  {figure.value:.6g} {figure.unit}{basis}{spread}  [{figure.confidence}]  "
                f"as given: {figure.given}{f', then {figure.then}' if figure.then else ''}".replace("[", r"\["),
                highlight=False, soft_wrap=True,
            )  # fmt: skip
            console.print(f"              source: {escape(figure.source)}", highlight=False, soft_wrap=True)
            if figure.note:
                console.print(f"              note: {escape(figure.note)}", highlight=False, soft_wrap=True)
            console.print(f"              {escape(figure.where[0])}, row {figure.where[1]}", highlight=False)
        console.print(f"  used in: {_uses(entry.attribute.engine)}\n", highlight=False)


def _uses(engine: str) -> str:
    return {
        "demand": "demand.* and, through what was sold, urban_mine.* (stocks/demand.py)",
        "urban_mine": "urban_mine.* (stocks/urban_mine.py)",
        "other_metals": "other_metals.* (stocks/other_metals.py)",
        "chain": "need.*, supply.* and self_reliance.* (chain/, answer/gap.py)",
        "risk": "dependence.* and risk.* (risk/, answer/dependence.py)",
        "device": "chumbak device (answer/device.py)",
        "exchange": "fair prices of chumbak serve --exchange (answer/exchange_costs.py)",
        "plan": "plan.* and chumbak plan, frontier, gaps, replay (plan/, answer/planning.py)",
        "stress": "stress.* and chumbak stress, stockpile (stress/, answer/weekly_case.py)",
        "pack": "conversion of years and money, figures of rules, on loading (pack/); prices also in chumbak device",
    }[engine]


def only_pack() -> str:
    """Return the pack that comes along, where there is but one. Raises ``PackError`` otherwise."""
    names = list_packs()
    if len(names) != 1:
        what = f"which pack? There are: {', '.join(names)}"
        raise PackError([Fault("--pack", 0, "", "which-pack", what, "Say it with --pack NAME.")])
    return names[0]
