"""Asking what a shock does: the episodes there are, one of them to the country or to a firm, and stock against all."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from chumbak.answer.shock_document import figures_of, users_document, whole_document
from chumbak.answer.shocks import MOST_AT_BEST, check_start, default_start, has_episodes, prepare, shock_of, stands_in
from chumbak.answer.stockpile_document import stock_of, stockpile_document
from chumbak.pack import Fault, Pack, PackError, load
from chumbak.pack.episodes import EpisodeForm, list_episodes, read_episode
from chumbak.pack.figures import Figure
from chumbak.pack.firms import read_firm
from chumbak.plan.case import Case
from chumbak.plan.places import WHOLE
from chumbak.report.ask_plan import plainly, telling
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Kept
from chumbak.report.replay_checks import note_changes, sound_plan
from chumbak.report.stress_terminal import show_episodes, show_stockpile, show_stress
from chumbak.report.terminal import complain, warn_of_leaps
from chumbak.report.words import in_a_row

PRIORITY, PROPORTIONAL = "priority", "proportional"
DRAWS = 10_000  # of a shock where nothing else is asked


@dataclass(frozen=True)
class Asked:
    """What is asked of a shock; what is None is as the pack, or the plan, says."""

    pack: str
    scenario: str | None
    overlays: tuple[Path, ...]
    start: str | None
    weeks: int
    plan: Path | None = None
    firm: Path | None = None
    draws: int = DRAWS
    seed: int = 0
    rationing: str = PRIORITY
    optimum: bool | None = None


def ask_stress(asked: Asked, episode: str | None, as_json: bool) -> None:
    """Print what an episode does, or which there are; or as JSON."""
    if asked.rationing not in (PRIORITY, PROPORTIONAL):
        raise MistakeError(f"--rationing '{asked.rationing}' is none. Say {PRIORITY} or {PROPORTIONAL}.")
    if asked.plan is not None and asked.firm is not None:
        raise MistakeError("--plan and --firm do not go together: a firm's own case holds no plants of the country.")
    if episode is None:
        _check_only_lists(asked)
    if episode is None:
        _list(_pack(asked, None), as_json)
        return
    kept = None if asked.plan is None else sound_plan(asked.plan)
    optimum = asked.weeks <= MOST_AT_BEST if asked.optimum is None else asked.optimum
    with telling() as say, plainly():
        say("Reading the pack")
        pack = _pack(asked, kept)
        read_episode(pack, episode)  # a wrong name is told before anything is worked out
        firm = None if asked.firm is None else read_firm(asked.firm, pack)
        say("The chain of a normal year")
        prepared = prepare(pack)
        decisions = None if kept is None else _decisions(asked, kept, prepared.ground)
        say("Week by week")
        by_priority = asked.rationing == PRIORITY
        found = shock_of(
            prepared, episode, asked.start, asked.weeks, decisions=decisions, firm=firm, draws=asked.draws,
            seed=asked.seed, by_priority=by_priority, optimum=optimum, progress=say,
        )  # fmt: skip
    if asked.optimum is None and not optimum:
        complain(f"Note: the best that could be done is found for at most {MOST_AT_BEST} weeks, and is left out here.")
    users = users_document(found)
    whole = whole_document(
        pack, found, firm=firm, plan=None if asked.plan is None else str(asked.plan), by_priority=by_priority,
        seed=asked.seed, stands=None if firm else stands_in(prepared, found.case.weeks[0], decisions),
    )  # fmt: skip
    if as_json:
        told = {"stress": {episode: users}, "stress_in_all": {episode: whole}}
        _print(pack, {**told, "figures": _figures(figures_of(pack, found.case, firm))})
    else:
        show_stress(users, whole, pack)


def ask_stockpile(asked: Asked, as_json: bool) -> None:
    """Print how much stock is worth holding against all episodes of the pack; or as JSON."""
    kept = None if asked.plan is None else sound_plan(asked.plan)
    with telling() as say, plainly():
        say("Reading the pack")
        pack = _pack(asked, kept)
        say("The chain of a normal year")
        prepared = prepare(pack)
        decisions = None if kept is None else _decisions(asked, kept, prepared.ground)
        start = default_start(prepared) if asked.start is None else asked.start
        check_start(prepared, start)
        say("Weighing stock against every episode")
        case, found = stock_of(prepared, start, asked.weeks, decisions)
    told = stockpile_document(pack, case, found, None if asked.plan is None else str(asked.plan))
    if as_json:
        _print(pack, {"stockpile": told, "figures": _figures(figures_of(pack, case))})
    else:
        show_stockpile(told, pack)


def _pack(asked: Asked, kept: Kept | None) -> Pack:
    """Return the pack; where a plan is given, under its scenario and with its overlays below those asked for.

    Raises ``MistakeError`` where the plan is another pack's or was made for another scenario.
    """
    if kept is None:
        pack = load(asked.pack, asked.scenario or "reference", asked.overlays)
    else:
        if asked.scenario not in (None, kept.setup.scenario):
            raise MistakeError(
                f"The plan of '{asked.plan}' was made for scenario '{kept.setup.scenario}', not for "
                f"'{asked.scenario}'. Leave --scenario out, or make a plan for '{asked.scenario}'."
            )
        pack = load(asked.pack, kept.setup.scenario, (*kept.overlays, *asked.overlays))
        made_of = kept.setup.pack
        if made_of != pack.name and Path(made_of).resolve() != pack.path.resolve():
            raise MistakeError(f"The plan of '{asked.plan}' was made of the pack '{made_of}', not of '{pack.name}'.")
        if kept.setup.places != WHOLE:
            raise MistakeError(
                f"The plan of '{asked.plan}' is by {kept.setup.places}, and a shock is played for the country as a "
                f"whole. Make the plan without --places: chumbak plan {pack.name}."
            )
        note_changes(kept, pack)
    warn_of_leaps(pack)
    _check(pack)
    return pack


def _check_only_lists(asked: Asked) -> None:
    """Raise ``MistakeError`` where more is asked than which episodes there are, and no episode is named."""
    given = [
        name
        for name, one in (
            ("--start", asked.start is not None),
            ("--plan", asked.plan is not None),
            ("--firm", asked.firm is not None),
            ("--draws", asked.draws != DRAWS),
        )
        if one
    ]
    if given:
        raise MistakeError(
            f"{in_a_row(given)} {'goes' if len(given) == 1 else 'go'} with an episode. Name one: --episode NAME. "
            f"chumbak stress {asked.pack} lists them."
        )


def _check(pack: Pack) -> None:
    """Raise ``MistakeError`` for a pack of which no shock can be asked."""
    if not has_episodes(pack):
        what = "has no plants" if not pack.nouns.ids("plants") else (
            "has no figures of how makers behave (stress.*)" if list_episodes(pack) else "has no episodes"
        )  # fmt: skip
        raise MistakeError(f"Nothing can be played: the pack '{pack.name}' {what}. See docs/packs.md.")


def _decisions(asked: Asked, kept: Kept, ground: Case) -> xr.Dataset:
    """Return every decision of a plan. Raises ``MistakeError`` where they are not those of this case."""
    assert asked.plan is not None
    with xr.open_dataset(asked.plan / "plan.nc", engine="scipy") as data:
        found = data.load()
    texts = [dim for dim in found.dims if found[dim].dtype.kind == "O"]
    found = found.assign_coords({dim: found[dim].values.astype(str) for dim in texts})
    offers = [f"{one}:{material}" for one, _, material in ground.market.offers]
    wanted: dict[str, tuple[str, Sequence[Any]]] = {
        "year": ("years", ground.years.tolist()),
        "decided": ("years of decision", ground.decided.tolist()),
        "region": ("regions", ground.regions),
        "plant": ("plants", ground.plants.names),
        "activity": ("processes", ground.network.activity_names),
        "offer": ("offers", offers),
    }
    for dim, (words, labels) in wanted.items():
        if dim not in found.dims or found[dim].values.tolist() != list(labels):
            raise MistakeError(
                f"The plan of '{asked.plan}' does not fit the pack '{kept.setup.pack}' as it is now: other {words}. "
                "Make the plan again."
            )
    return found


def _list(pack: Pack, as_json: bool) -> None:
    """Print the episodes of a pack. Raises ``PackError`` with every fault of all of them."""
    forms: dict[str, EpisodeForm] = {}
    faults: list[Fault] = []
    for name in list_episodes(pack):
        try:
            forms[name] = read_episode(pack, name).form
        except PackError as found:
            faults += found.faults
    if faults:
        raise PackError(faults)
    told = [
        {
            "name": name,
            "title": form.title,
            "often": form.weight.value,
            "description": " ".join(form.description.split()),
        }
        for name, form in forms.items()
    ]
    if as_json:
        _print(pack, {"episodes": told})
    else:
        show_episodes(told, pack)


def _figures(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [
        {"key": one.key, "period": one.period, "value": one.value, "unit": one.unit, "source": one.source,
         "confidence": one.confidence}
        for one in figures
    ]  # fmt: skip


def _print(pack: Pack, told: dict[str, Any]) -> None:
    head = {"pack": pack.name, "scenario": pack.scenario, "overlays": [path.name for path in pack.overlays]}
    sys.stdout.write(json.dumps({**head, **told}, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
