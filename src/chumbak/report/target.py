"""Where a run folder goes: checked before the work, and there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class RunFolderError(Exception):
    """A run folder that cannot be written where it was asked for: the user's to mend."""


RUN_FILES = ("answer.json", "evidence.csv", "inputs", "report.html", "results.nc", "run.json", "tables")


def check_target(target: Path) -> None:
    """Raise ``RunFolderError`` if a run folder cannot take this name, before the work is done.

    A folder that holds a run and nothing else is replaced; a folder with anything else in it never is.
    """
    advice = "Give --out a folder that does not exist yet."
    if target.exists() and not target.is_dir():
        raise RunFolderError(f"'{target}' is a file. {advice}")
    if not target.is_dir():
        return
    others = sorted(path.name for path in target.iterdir() if path.name not in RUN_FILES)
    if others:
        raise RunFolderError(f"'{target}' is no run folder: it holds other things ({others[0]}). {advice}")
    if any(target.iterdir()) and not (target / "run.json").is_file():
        raise RunFolderError(f"'{target}' is no run folder: it has no run.json. {advice}")


@contextmanager
def whole_or_not(target: Path) -> Iterator[Path]:
    """Give a folder to write into that takes the name ``target`` at the end; nothing is left of it on failure.

    Raises ``RunFolderError`` if no folder can be made there.
    """
    target = target.resolve()  # a link stays a link: the run goes where it points
    made = [parent for parent in target.parents if not parent.exists()]
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
    except OSError as error:
        raise RunFolderError(f"The run folder '{target}' cannot be made: {error.strerror}.") from None
    try:
        yield partial
        replaced = target.parent / f".{target.name}.replaced-{os.getpid()}"
        if target.exists():
            target.rename(replaced)
        partial.rename(target)
        shutil.rmtree(replaced, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # not empty: the run is in it
                parent.rmdir()
