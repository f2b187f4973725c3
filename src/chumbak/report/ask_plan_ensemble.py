"""Asking for many futures: plans made anew in each, or the builds of one plan kept in all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chumbak.answer.plan_ensemble import (
    FutureError,
    Setup,
    executor_of,
    hold,
    kept_of,
    line_of,
    rows_of,
    run_futures,
)
from chumbak.answer.plan_ensemble_document import futures_document
from chumbak.answer.plan_futures import GROUPS, OTHERS, drawn_figures, fingerprint
from chumbak.pack import Pack, load
from chumbak.pack.faults import did_you_mean
from chumbak.pack.pack import packs_folder
from chumbak.plan.replay import ReplayError, decided
from chumbak.report.ask_plan import INFEASIBLE, Required, check_places, clash, plainly, read_all
from chumbak.report.futures_store import DRAWS, adding, stored
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_ensemble_folder import write_ensemble
from chumbak.report.plan_ensemble_terminal import show_futures
from chumbak.report.replay_checks import note_changes, sound_plan
from chumbak.report.run_folder import content_hash, frozen_inputs
from chumbak.report.terminal import progress_bar, warn_of_leaps

MOST_DRAWS = 100_000  # a day and more of work
OF_A_DRAW = ("scenario", "digest", "only", "seed", "view", "requirements", "places", "version")


@dataclass(frozen=True, eq=False)
class MadeEnsemble:
    """An ensemble that was made and written."""

    pack: Pack
    answer: dict[str, Any]
    target: Path


def make_ensemble(
    name: str, scenario: str, overlays: tuple[Path, ...], draws: int, seed: int, only: str | None, places: str,
    view: str, required: Required, scheduler: str | None, out: Path | None,
) -> MadeEnsemble:  # fmt: skip
    """Plan anew in many futures, or in those that are still to come, and write the run folder."""
    read_all(required, view)
    check_places(places)
    groups = _groups(only)
    _check(draws, seed)
    pack = load(name, scenario, overlays)
    warn_of_leaps(pack)
    setup = _setup(pack, groups, seed, view, required, places)
    inputs = frozen_inputs(pack)
    head = {"pack": pack.name, **{one: getattr(setup, one) for one in OF_A_DRAW}}
    identity = content_hash(
        inputs, {"ensemble": {one: value for one, value in head.items() if one not in ("digest", "version")}}
    )
    target = out or Path("runs") / f"{pack.name}-{pack.scenario}-ensemble-{identity[:8]}"
    have = stored(target, head)
    with _executed(scheduler) as executor, _counting(min(len(have), draws), draws) as count:
        held = _first(setup, pack)
        lines = list(have)
        with adding(target, head, have) as file:

            def keep(line: str) -> None:
                file.write(line + "\n")
                file.flush()
                lines.append(line)
                count(len(lines))

            with _sentences():
                run_futures(setup, len(have), draws, executor, keep)
    first = json.loads(line_of(None, held.first.record, held.futures.central))
    told = futures_document(setup, held.futures, first, rows_of(lines[:draws]))
    found = write_ensemble(told, pack, identity, setup, target, inputs, (target / DRAWS).read_bytes())
    return MadeEnsemble(pack, found, target)


def show_ensemble(made: MadeEnsemble, as_json: bool) -> None:
    """Print an ensemble, or its answer.json."""
    if as_json:
        _print_json(made.answer)
    else:
        show_futures(made.answer["ensemble"], made.pack, made.target)


def show_replays(
    run: Path, scenario: str | None, draws: int, seed: int, only: str | None, scheduler: str | None, as_json: bool
) -> None:
    """Keep the builds of a plan, play them in many futures, and print how they fare; or as JSON."""
    if not draws:
        raise MistakeError("--only and --scheduler are of many futures: say how many with --draws 100.")
    groups = _groups(only)
    _check(draws, seed)
    kept = sound_plan(run)
    pack = load(kept.setup.pack, scenario or kept.setup.scenario, kept.overlays)
    note_changes(kept, pack)
    built = {"build": kept.build} if kept.plants is None else {"build": kept.build, **decided(kept.plants)}
    setup = _setup(
        pack, groups, seed, kept.setup.view, kept.setup.requirements, kept.setup.places, kept_of(built),
        kept.overlays,
    )  # fmt: skip
    lines: list[str] = []
    with _executed(scheduler) as executor, _counting(0, draws) as count:
        held = _first(setup, pack)

        def keep(line: str) -> None:
            lines.append(line)
            count(len(lines))

        with _sentences():
            run_futures(setup, 0, draws, executor, keep)
    first = json.loads(line_of(None, held.first.record, held.futures.central))
    told = futures_document(setup, held.futures, first, rows_of(lines))
    told["of"] = {"scenario": kept.setup.scenario, "cost_npv": kept.told["cost_npv"]}
    if as_json:
        _print_json({"pack": pack.name, "scenario": pack.scenario, "replays": told})
    else:
        show_futures(told, pack, None)


def _print_json(found: dict[str, Any]) -> None:
    """Print a document."""
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _groups(only: str | None) -> tuple[str, ...]:
    """Return the groups of figures that are drawn, in the order of ``GROUPS``; none stands for all."""
    if only is None:
        return ()
    asked = [one.strip() for one in only.split(",") if one.strip()]
    known = [name for name in GROUPS if name != OTHERS]
    for one in asked:
        if one not in known:
            raise MistakeError(f"--only '{one[:40]}': there is no such group of figures. {did_you_mean(one, known)}")
    if not asked:
        raise MistakeError(f"--only names no group of figures. There are: {', '.join(known)}.")
    return tuple(name for name in GROUPS if name in asked)


def _check(draws: int, seed: int) -> None:
    if not 1 <= draws <= MOST_DRAWS:
        raise MistakeError(f"--draws {draws} has to be from 1 to {MOST_DRAWS:,}.")
    if seed < 0:
        raise MistakeError(f"--seed {seed} has to be 0 or more.")


def _setup(
    pack: Pack, groups: tuple[str, ...], seed: int, view: str, required: Required, places: str,
    builds: Any = None, overlays: Sequence[Path] | None = None,
) -> Setup:  # fmt: skip
    """Return the setup of futures. Raises ``MistakeError`` where nothing is drawn."""
    if not drawn_figures(pack, groups):
        of = f" in {', '.join(groups)}" if groups else ""
        raise MistakeError(
            f"No figure of the pack has a range{of}, so that all futures are the same: nothing is drawn."
        )
    found_as = pack.name if pack.path.parent == packs_folder() else str(pack.path.resolve())
    paths = tuple(str(path.resolve()) for path in (pack.overlays if overlays is None else overlays))
    return Setup(found_as, pack.scenario, paths, fingerprint(pack), groups, seed, view, required, places, builds)


def _first(setup: Setup, pack: Pack) -> Any:
    """Return the central future, solved. Raises ``MistakeError`` where what is asked cannot hold even in it."""
    from chumbak.linear.solve import NotOptimalError

    with plainly():
        try:
            return hold(setup, pack)
        except ReplayError as error:
            raise MistakeError(f"The plan cannot be played in pack '{pack.name}'. {error}") from None
        except NotOptimalError as error:
            if error.status != INFEASIBLE or not setup.requirements:
                raise
            from chumbak.answer.planning import planning_case

            case = planning_case(pack, setup.places)
            raise MistakeError(clash(case, read_all(setup.requirements, setup.view), setup.view)) from None


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except FutureError as error:
        raise MistakeError(str(error)) from None


@contextmanager
def _executed(scheduler: str | None) -> Iterator[Any]:
    with _sentences(), executor_of(scheduler) as executor:
        yield executor


@contextmanager
def _counting(have: int, draws: int) -> Iterator[Callable[[int], None]]:
    """Give a function that shows how many futures are done."""
    with progress_bar() as progress:
        task = progress.add_task("Futures", total=draws, completed=have)

        def count(done: int) -> None:
            progress.update(task, completed=done)

        yield count
