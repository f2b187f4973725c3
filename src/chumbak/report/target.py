"""Where a run folder goes: checked before the work, and there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class RunFolderError(Exception):
    """A run folder that cannot be written where it was asked for: the user's to mend."""


def check_target(target: Path) -> None:
    """Raise ``RunFolderError`` if a run folder cannot take this name, before the work is done."""
    if target.exists() and not target.is_dir():
        raise RunFolderError(f"'{target}' is a file. Give --out a folder that does not exist yet.")
    if target.is_dir() and any(target.iterdir()) and not (target / "run.json").is_file():
        raise RunFolderError(
            f"'{target}' holds other files and is no run folder. Give --out a folder that does not exist yet."
        )


@contextmanager
def whole_or_not(target: Path) -> Iterator[Path]:
    """Give a folder to write into that takes the name ``target`` at the end; nothing is left of it on failure."""
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        replaced = target.parent / f".{target.name}.replaced-{os.getpid()}"
        if target.exists():
            target.rename(replaced)
        partial.rename(target)
        shutil.rmtree(replaced, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
