"""Whether a run folder can be played again: it is of a plan, whole, and what it says belongs together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from chumbak import __version__
from chumbak.answer.plan_document import NOTHING
from chumbak.pack import Pack
from chumbak.plan.requirements import RequirementError, read_requirement
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Kept, plan_id, read_plan
from chumbak.report.run_folder import frozen_inputs
from chumbak.report.terminal import complain

MEND = "Make one with: chumbak plan PACK --out FOLDER."
AGAIN = "Make the plan again with: chumbak plan PACK --out FOLDER."
SAME = 1e-6  # of a build, and t/year: a file that tells of another amount is not of this plan
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, IndexError, OverflowError)


def sound_plan(folder: Path) -> Kept:
    """Return the plan that a run folder keeps. Raises ``MistakeError`` for one that is none, damaged or changed.

    Edited inputs are told on standard error: overlays among them are what is played with.
    """
    if not folder.is_dir() or not (folder / "run.json").is_file():
        return read_plan(folder)  # says which is missing
    run = _document(folder, "run.json")
    if "id" not in run:
        raise MistakeError(f"'{folder}' is no run folder: its run.json does not say of which run it is. {MEND}")
    if "plan" not in run:
        raise MistakeError(f"'{folder}' is the folder of a chumbak run: only those of chumbak plan are played. {MEND}")
    if (folder / "answer.json").is_file():
        _document(folder, "answer.json")
    if (folder / "plan.nc").is_file():
        _readable(folder)
    kept = read_plan(folder)
    edited = edited_inputs(kept, folder)
    if edited:
        complain(
            f"Note: files of '{folder / 'inputs'}' are not what the plan was made from ({first_of(edited)}). Overlays "
            "are played as they are now."
        )
    _belongs(kept, folder, run, whole=not edited)
    return kept


def edited_inputs(kept: Kept, run: Path) -> list[str]:
    """Return the files under ``inputs/`` of a run folder that are not what the plan was made from."""
    folder = run / "inputs"
    edited = []
    for name, digest in sorted(kept.inputs.items()):
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            edited.append(name)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return edited + sorted(there - set(kept.inputs))


def note_changes(kept: Kept, pack: Pack) -> None:
    """Say on standard error which files of the pack are not what a plan was made from."""
    now = {name: hashlib.sha256(content).hexdigest() for name, content in frozen_inputs(pack).items()}
    another = pack.scenario != kept.setup.scenario  # then its file is another one, and not changed
    of_pack = {name for name in {*now, *kept.inputs} if name.startswith("pack/")
               and not (another and "/scenarios/" in name)}  # fmt: skip
    changed = sorted(name for name in of_pack if now.get(name) != kept.inputs.get(name))
    if changed:
        complain(f"Note: the pack has changed since the plan was made ({first_of(changed)}).")


def first_of(names: list[str]) -> str:
    """Return the first three names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _document(folder: Path, name: str) -> dict[str, Any]:
    """Return a document of a run folder. Raises ``MistakeError`` where it is none."""
    try:
        found = json.loads((folder / name).read_text(encoding="utf-8"))
    except ValueError:  # JSON that ends too soon, or text that is none
        found = None
    if not isinstance(found, dict):
        raise MistakeError(f"'{folder}' is damaged: its {name} cannot be read. {AGAIN}")
    return found


def _readable(folder: Path) -> None:
    """Raise ``MistakeError`` where the decisions of a plan cannot be read."""
    try:
        with xr.open_dataset(folder / "plan.nc", engine="scipy") as decisions:
            decisions["build"].load()
    except UNREADABLE:
        raise MistakeError(f"'{folder}' is damaged: its plan.nc cannot be read. {AGAIN}") from None


def _belongs(kept: Kept, folder: Path, run: Mapping[str, Any], whole: bool) -> None:
    """Raise ``MistakeError`` where settings, requirements or builds of a folder are not of the run that it names.

    The identity of a run is a hash over its inputs, its settings and our version: it is worked out again where the
    inputs are ``whole`` and the version is the same.
    """
    answer = _document(folder, "answer.json")
    if answer.get("run", {}).get("id") != run["id"]:
        _refuse(folder, "answer.json and run.json are of two runs")
    try:
        asked = [str(read_requirement(kind, text)) for kind, text in kept.setup.requirements]
    except RequirementError:
        asked = None
    if asked is None or kept.told.get("requirements") != asked:
        _refuse(folder, "the requirements in answer.json are not those in run.json")
    if whole and run.get("chumbak") == __version__:
        inputs = {name: (folder / "inputs" / name).read_bytes() for name in kept.inputs}
        if plan_id(kept.setup, inputs) != run["id"]:
            _refuse(folder, "the settings in run.json are not those that the run was named after")
    if not _same_builds(kept):
        _refuse(folder, "plan.nc does not hold the builds that answer.json tells of")


def _same_builds(kept: Kept) -> bool:
    """Say whether the builds of a plan are those that its answer tells of."""
    build = kept.build.transpose("plant", "region", "decided")
    names = [build[dim].values.tolist() for dim in build.dims]
    held = {
        (names[0][plant], names[1][region], int(names[2][year])): float(build.values[plant, region, year])
        for plant, region, year in np.argwhere(build.values > NOTHING)
    }
    if kept.plants is not None and not _same_plants(kept, kept.plants):
        return False
    try:
        told = {(one["plant"], one["region"], one["decided"]): float(one["capacity"]) for one in kept.told["builds"]}
    except UNREADABLE:
        return False
    return held.keys() == told.keys() and all(abs(held[at] - told[at]) <= SAME * (1 + held[at]) for at in held)


def _same_plants(kept: Kept, plants: xr.Dataset) -> bool:
    """Say whether the plants opened are those that the answer tells of: as many, and together as large."""
    found: dict[tuple[str, str, int], list[tuple[float, float]]] = {}
    dims = ("plant", "region", "decided", "piece")
    opened, sized = (plants[name].transpose(*dims) for name in ("opened", "sized"))
    names = [opened[dim].values.tolist() for dim in dims[:3]]
    for plant, region, year, piece in np.argwhere(opened.values > 0):
        number, tonnes = (float(one.values[plant, region, year, piece]) for one in (opened, sized))
        place = (names[0][plant], names[1][region], int(names[2][year]))
        found.setdefault(place, []).append((number, tonnes))
    try:
        told = {(one["plant"], one["region"], one["decided"]): [(plant["opened"], plant["opened"] * plant["size"])
                for plant in one["plants"]] for one in kept.told["builds"] if one["plants"]}  # fmt: skip
        return found.keys() == told.keys() and all(
            np.allclose(found[place], told[place], rtol=SAME, atol=SAME) for place in found
        )
    except UNREADABLE:
        return False


def _refuse(folder: Path, what: str) -> None:
    raise MistakeError(f"'{folder}' has been changed: {what}. {AGAIN}")
