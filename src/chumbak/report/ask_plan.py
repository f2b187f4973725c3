"""Asking for a plan: read what is required, make the plan, write its run folder, say what it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chumbak.answer.plan_document import NOTHING, nine, plan_document
from chumbak.answer.planning import planning_case
from chumbak.linear.solve import NotOptimalError
from chumbak.pack import Pack, load
from chumbak.pack.faults import did_you_mean
from chumbak.plan.case import VIEWS, Case
from chumbak.plan.conflict import Conflict, can_hold, find_conflict
from chumbak.plan.places import PLACES, STATES
from chumbak.plan.requirements import KINDS, Requirement, RequirementError, read_requirement
from chumbak.plan.result import GAP, NONE_HOLDS, Plan, make_plan, make_whole_plan
from chumbak.plan.slack import build_ranges
from chumbak.report.mistakes import FaultError, MistakeError
from chumbak.report.plan_folder import Setup, answer_of, plan_id, write_plan
from chumbak.report.run_folder import frozen_inputs
from chumbak.report.target import check_target
from chumbak.report.terminal import progress_bar, warn_of_leaps

INFEASIBLE = "Infeasible"
LEAST_GAP, MOST_GAP = 1e-5, 0.5
OF_ANY_SIZE = (
    "\nThis is worked out for plants of any size at the capital of their reference size; whole plants cannot keep it "
    "either."
)
ONLY_OF_ANY_SIZE = (
    "With whole plants these requirements cannot hold together; with plants of any size they can. Ask a little less of "
    "one of them, or leave out --integer."
)
MOST_SLACK = 10.0  # a plan that costs eleven times the best says nothing of what has to be built
Required = tuple[tuple[str, str], ...]  # (kind, text) as asked


@dataclass(frozen=True, eq=False)
class Made:
    """A plan that was made and written."""

    pack: Pack
    answer: dict[str, Any]
    target: Path


def asked(*given: Sequence[str] | None) -> Required:
    """Return requirements as (kind, text), from the options of the kinds in their order."""
    return tuple((kind, text) for kind, texts in zip(KINDS, given, strict=True) for text in texts or ())


def make_and_write(
    name: str, scenario: str, overlays: tuple[Path, ...], places: str, view: str, required: Required,
    slack: float | None, out: Path | None, gap: float | None = None,
) -> Made:  # fmt: skip
    """Make the cheapest plan that holds what is required, and write its run folder.

    With a ``gap`` plants are whole, and the plan costs at most that share more than the best.
    """
    requirements = read_all(required, view)
    check_places(places)
    if slack is not None and not 0 <= slack <= MOST_SLACK:
        raise MistakeError(
            f"--slack {slack:g} has to be from 0 to {MOST_SLACK:g}: it is the share by which a plan may cost more than "
            "the best. Write 5 % as 0.05."
        )
    if places == STATES and (slack is not None or gap is not None):
        raise MistakeError(
            "--slack and --integer would solve a plan by states hundreds of times over, which takes hours. Ask them "
            "with --places country or --places regions."
        )
    with telling() as say:
        say("Reading the pack")
        pack = load(name, scenario, overlays)
        warn_of_leaps(pack)
        setup = Setup(pack.name, pack.scenario, view, places, required, slack, gap)
        inputs = frozen_inputs(pack)
        identity = plan_id(setup, inputs)
        target = out or Path("runs") / f"{pack.name}-{pack.scenario}-plan-{identity[:8]}"
        check_target(target)
        case = planning_case(pack, places)
        plan = plan_of(case, requirements, view, say, gap)
        told = plan_document(plan)
        if slack is not None:
            told["slack"] = _ranges(plan, slack, say)
        say("Writing the run folder")
        found = answer_of(pack, told, identity)
        write_plan(plan, found, pack, setup, target, inputs)
    return Made(pack, found, target)


def show(made: Made, as_json: bool) -> None:
    """Print the plan, or its answer.json."""
    from chumbak.report.plan_terminal import show_plan

    if as_json:
        sys.stdout.write(json.dumps(made.answer, indent=1, ensure_ascii=False) + "\n")
    else:
        show_plan(made.answer["plan"], made.pack, made.target)


def check_places(places: str) -> None:
    """Raise ``MistakeError`` where a country cannot be split by these."""
    if places not in PLACES:
        raise MistakeError(f"--places '{places[:40]}' is none. {did_you_mean(places, PLACES)}")


def read_all(required: Required, view: str) -> tuple[Requirement, ...]:
    """Return requirements as the engine takes them. Raises ``MistakeError`` for those that cannot be read."""
    if view not in VIEWS:
        raise MistakeError(f"--view '{view[:40]}' is none. {did_you_mean(view, VIEWS)}")
    with plainly():
        found = tuple(read_requirement(kind, text) for kind, text in required)
    twice = [str(one) for at, one in enumerate(found) if one in found[:at]]
    if twice:
        raise MistakeError(f"{twice[0]} is asked for twice. Say it once.")
    return found


def whole_plants(integer: bool, gap: float | None, slack: float | None) -> float | None:
    """Return the gap of a plan of whole plants, None for plants of any size. Raises ``MistakeError``."""
    if not integer:
        if gap is not None:
            raise MistakeError("--gap says how well the number of whole plants is proved: write it with --integer.")
        return None
    if slack is not None:
        raise MistakeError(
            "--slack and --integer do not go together: the range of a build is worked out for plants of any size. "
            "Leave one of them out."
        )
    if gap is not None and not LEAST_GAP <= gap <= MOST_GAP:
        raise MistakeError(
            f"--gap {gap:g} has to be from {LEAST_GAP:.5f} to {MOST_GAP:g}: it is the share by which the plan may cost "
            "more than the best. Write 0.1 % as 0.001."
        )
    return GAP if gap is None else gap


def plan_of(
    case: Case, requirements: tuple[Requirement, ...], view: str, say: Callable[[str], None], gap: float | None = None
) -> Plan:
    """Return the cheapest plan. Raises ``MistakeError`` where requirements cannot hold, with those that clash."""
    with plainly():
        try:
            if gap is not None:
                return make_whole_plan(case, requirements, view, gap, say)
            return make_plan(case, requirements, view, say)
        except NotOptimalError as error:
            if error.status not in NONE_HOLDS or not requirements:
                raise
            say("Looking for the requirements that cannot hold together")
            if gap is not None and can_hold(case, requirements, view):
                raise MistakeError(ONLY_OF_ANY_SIZE) from None
            of_any_size = "" if gap is None else OF_ANY_SIZE
            raise MistakeError(clash(case, requirements, view) + of_any_size) from None


def clash(case: Case, requirements: tuple[Requirement, ...], view: str) -> str:
    """Return the smallest sets of requirements that cannot hold together, and the nearest value of each that would."""
    conflict = find_conflict(case, requirements, view)
    if conflict is None:
        return "The requirements can only just hold, and no plan was found for them. Ask a little less of one."
    sets = [conflict, *conflict.further]
    lines = [line for at, one in enumerate(sets) for line in _clash(one, first=at == 0, only=len(sets) == 1)]
    if sum(value is not None for one in sets for value in one.nearest) > 1:
        lines.append("Each value is the nearest if it alone is changed: changed together, they need not hold.")
    return "\n".join(lines)


def _clash(conflict: Conflict, first: bool, only: bool) -> list[str]:
    """Return the lines that tell of one set: the ``first`` or a further one; ``only`` says that there is no other."""
    alone = len(conflict.members) == 1
    lines = ["This requirement cannot hold:" if first else "Nor can this requirement:"]
    if not alone:
        which = "These requirements cannot hold together" if first else "Nor can these together"
        lines = [f"{which}; any one of them left out, the rest of these could:"]
    for one, nearest, with_all in zip(conflict.members, conflict.nearest, conflict.with_all, strict=True):
        if nearest is None:
            lines.append(f"  {one}: no value of it would do.")
        elif with_all:
            beside = "" if alone else ", with the others as they are"
            lines.append(f"  {one}: the nearest that would do{beside}: {nearest:.4g}.")
        else:
            beside = " by itself" if alone else ", with the others of these as they are"
            none = "; with all that is asked, none would" if only else ""
            lines.append(f"  {one}: the nearest that would do{beside}: {nearest:.4g}{none}.")
    return lines


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Give a function that says on a terminal what is being done."""
    with progress_bar() as progress:
        task = progress.add_task("", total=None)

        def say(what: str) -> None:
            progress.update(task, description=what[:1].upper() + what[1:])

        yield say


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what the planner refuses into a mistake of the user's, and what it cannot solve into a fault of ours."""
    try:
        yield
    except RequirementError as error:
        raise MistakeError(str(error)) from None
    except NotOptimalError as error:
        raise FaultError(f"{error} Please report it, with the pack and the command.") from None


def _ranges(plan: Plan, slack: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the range of each build among plans that cost at most a share more, as a document."""
    with plainly():
        data = build_ranges(plan, slack, say)
    sides = ("least", "best", "most")
    rows: list[dict[str, Any]] = [
        {
            "plant": name,
            "stage": plan.case.plants.stage[at],
            **{side: nine(float(data[side].sel(plant=name))) for side in sides},
        }
        for at, name in enumerate(plan.case.plants.names)
    ]
    kept = [row for row in rows if max(row["most"], row["best"]) > NOTHING]
    return {
        "share": slack,
        "unit": "t/year of capacity in the country, decided early enough to be run up within the plan",
        "builds": kept,
    }
