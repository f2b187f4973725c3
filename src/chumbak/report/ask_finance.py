"""Asking for the money of a plant: a project of the pack, or a file of the user's own, beside a scheme of the pack."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from chumbak.answer.plant_money import plant_money_document
from chumbak.answer.plant_support import plant_case
from chumbak.pack import Pack, load
from chumbak.pack.faults import did_you_mean
from chumbak.pack.plant_projects import PlantProjectFile, list_projects, read_plant_project, read_project
from chumbak.report.ask_plan import telling
from chumbak.report.finance_terminal import show_plant_money
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.report.terminal import only_pack
from chumbak.scheme.project import ProjectError
from chumbak.scheme.rules import SchemeError

FILES = (".yaml", ".yml")


def ask_finance(
    project: str | None, name: str | None, scheme: str | None, bid: float | None, switches: Sequence[str], draws: int,
    seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Print what a plant costs, earns and is worth, with and without each support of a scheme; or all as JSON.

    ``project`` is the name of a project of the pack or the path of a file; None lists those of the pack. Raises
    ``MistakeError`` for what does not go together, and ``PackError`` with every fault of the file.
    """
    with telling() as say:
        say("Reading the pack")
        pack = load(name or only_pack())
        file = None if project is None else find_project(pack, project)
        if file is not None:
            try:
                case = plant_case(file, pack, scheme, bid, switches)
                say("Reckoning the plant's money")
                told = plant_money_document(case, draws, seed)
            except (SchemeError, ProjectError) as error:
                raise MistakeError(f"{file.shown}: {_whole(str(error))}") from None
    if file is None:
        _list(pack, as_json)
        return
    if as_json:
        sys.stdout.write(json.dumps({"pack": pack.name, "finance": told}, indent=1, ensure_ascii=False) + "\n")
    else:
        show_plant_money(told)


def find_project(pack: Pack, project: str) -> PlantProjectFile:
    """Return the plant that a user names: a project of the pack, or the path of a file.

    A name that is neither is refused with those that there are. Raises ``PackError`` with every fault of the file.
    """
    if project in list_projects(pack):
        return read_project(pack, project)
    path = Path(project)
    if path.suffix not in FILES and path.name == project and not path.exists():
        mend = did_you_mean(project, list_projects(pack))
        raise MistakeError(f"'{project}' is no project of the pack '{pack.name}' and no file. {mend}")
    return read_plant_project(path, pack)


def _list(pack: Pack, as_json: bool) -> None:
    """Print the plants of a pack."""
    found = [(one, read_project(pack, one).form.title) for one in list_projects(pack)]
    if as_json:
        document = {"pack": pack.name, "projects": [{"name": one, "title": title} for one, title in found]}
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        return
    if not found:
        raise MistakeError(f"The pack '{pack.name}' has no projects. Name a file of your own: see docs/packs.md.")
    rows = [[one, title] for one, title in found]
    console = screen()
    console.print(Grid("Plants of the pack. Ask: chumbak scheme finance NAME", ["name", "plant"], rows, words=2))


def _whole(said: str) -> str:
    """Return what went wrong as a sentence."""
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '?')) else '.'}"
