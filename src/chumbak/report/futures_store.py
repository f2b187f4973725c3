"""The draws of an ensemble on disk: one file, a line a draw in their order, added to as they are ready.

The first line says what the draws are of. A run that was stopped goes on after the last whole line; a file of another
pack, seed or version is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from chumbak.report.mistakes import MistakeError
from chumbak.report.target import RUN_FILES
from chumbak.report.words import in_a_row

DRAWS = "draws.jsonl"
ELSEWHERE = "Give --out a folder that does not exist yet."


def stored(folder: Path, head: dict[str, Any]) -> list[str]:
    """Return the lines of the draws that a folder holds already, as far as they are whole; none where it is new.

    Raises ``MistakeError`` for a folder that holds other things, or draws that are not of ``head``.
    """
    if folder.exists() and not folder.is_dir():
        raise MistakeError(f"'{folder}' is a file. {ELSEWHERE}")
    if not folder.is_dir() or not any(folder.iterdir()):
        return []
    others = sorted(path.name for path in folder.iterdir() if path.name not in (*RUN_FILES, DRAWS))
    if others:
        raise MistakeError(f"'{folder}' is no folder of an ensemble: it holds other things ({others[0]}). {ELSEWHERE}")
    if not (folder / DRAWS).is_file():
        raise MistakeError(f"'{folder}' is no folder of an ensemble: it has no {DRAWS}. {ELSEWHERE}")
    lines = _whole(folder / DRAWS)
    _check_head(folder, lines[0] if lines else "", head)
    for number, line in enumerate(lines[1:]):
        if _object(line).get("draw") != number:
            raise MistakeError(
                f"'{folder / DRAWS}' has been changed: its line {number + 2} is not draw {number}. Run the ensemble "
                "again into another folder."
            )
    return lines[1:]


def _whole(path: Path) -> list[str]:
    """Return the lines that end as lines do: the last of a run that was killed may not."""
    try:
        return path.read_text(encoding="utf-8").split("\n")[:-1]
    except ValueError:
        raise MistakeError(f"'{path}' cannot be read: it is no text. {ELSEWHERE}") from None


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


WORDS = {
    "pack": "the pack", "digest": "what the pack holds", "scenario": "the scenario", "only": "the figures drawn",
    "seed": "the seed", "view": "the view", "requirements": "what is required", "places": "the places",
    "version": "the version of the program",
}  # fmt: skip


def _check_head(folder: Path, line: str, head: dict[str, Any]) -> None:
    was, now = _object(line), json.loads(json.dumps(head))
    if was == now:
        return
    other = [WORDS[name] for name in now if was.get(name) != now[name]] if was else ["the first line of its draws"]
    is_ = "is" if len(other) == 1 else "are"
    raise MistakeError(f"'{folder}' is not of this ensemble: {in_a_row(other)} {is_} not the same. {ELSEWHERE}")


@contextmanager
def adding(folder: Path, head: dict[str, Any], have: list[str]) -> Iterator[TextIO]:
    """Give the file of draws to add lines to; what was not whole is taken off. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DRAWS
    text = "".join(f"{line}\n" for line in (json.dumps(head), *have))
    if not path.is_file() or path.read_bytes() != text.encode():
        path.write_bytes(text.encode())
    with path.open("a", encoding="utf-8", newline="\n") as file:
        yield file
