"""Asking for the money of a plant: a project's file beside a scheme of the pack."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from chumbak.answer.plant_money import plant_money_document
from chumbak.answer.plant_support import plant_case
from chumbak.pack import load
from chumbak.pack.plant_projects import read_plant_project
from chumbak.report.ask_plan import telling
from chumbak.report.finance_terminal import show_plant_money
from chumbak.report.mistakes import MistakeError
from chumbak.report.terminal import only_pack
from chumbak.scheme.project import ProjectError
from chumbak.scheme.rules import SchemeError

DRAWS = 10_000


def ask_finance(
    path: Path, name: str | None, scheme: str | None, bid: float | None, switches: Sequence[str], draws: int, seed: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Print what a plant costs, earns and is worth, with and without each support of a scheme; or all as JSON.

    Raises ``MistakeError`` for what does not go together, and ``PackError`` with every fault of the file.
    """
    with telling() as say:
        say("Reading the pack")
        pack = load(name or only_pack())
        try:
            case = plant_case(read_plant_project(path, pack), pack, scheme, bid, switches)
            say("Reckoning the plant's money")
            told = plant_money_document(case, draws, seed)
        except (SchemeError, ProjectError) as error:
            raise MistakeError(f"{path}: {_whole(str(error))}") from None
    if as_json:
        sys.stdout.write(json.dumps({"pack": pack.name, "finance": told}, indent=1, ensure_ascii=False) + "\n")
    else:
        show_plant_money(told)


def _whole(said: str) -> str:
    """Return what went wrong as a sentence."""
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '?')) else '.'}"
