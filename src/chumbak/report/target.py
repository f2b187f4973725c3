"""Where a run folder goes: checked before the work, and there whole or not at all."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chumbak.report.mistakes import MistakeError


class RunFolderError(MistakeError):
    """A run folder that cannot be written where it was asked for: the user's to mend."""


MARK = ".chumbak"  # in every folder of ours that a killed run may leave: the machine and the process that made it
RUN_FILES = ("answer.json", "evidence.csv", "inputs", "plan.nc", "report.html", "results.nc", "run.json", "tables")


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
    _remove_stale(target)
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        (partial / "run").mkdir(parents=True)
        (partial / MARK).write_text(f"{platform.node()}\n{os.getpid()}\n", encoding="utf-8")
    except OSError as error:
        raise RunFolderError(f"The run folder '{target}' cannot be made: {error.strerror}.") from None
    try:
        yield partial / "run"
        if target.exists():
            target.rename(partial / "replaced")
        (partial / "run").rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # not empty: the run is in it
                parent.rmdir()


def _remove_stale(target: Path) -> None:
    """Remove what killed runs into the same target left: folders with our mark whose process is no more."""
    with suppress(OSError):
        for folder in target.parent.iterdir():
            if folder.name.startswith(f".{target.name}.partial-") and not folder.is_symlink() and _is_stale(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_stale(folder: Path) -> bool:
    try:
        machine, process = (folder / MARK).read_text(encoding="utf-8").splitlines()
        if machine != platform.node() or os.name != "posix":  # elsewhere signal 0 is not a question
            return False
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):  # no mark of ours, or a process of somebody else
        return False
    return False
