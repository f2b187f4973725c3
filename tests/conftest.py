"""What several tests need: a complete toy country, the answer of the India pack, the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chumbak.answer import Answer, overview
from chumbak.answer.shocks import Prepared, prepare
from chumbak.cli import app
from chumbak.pack import Pack, load
from chumbak.pack.skeleton import new_pack

ROOT = Path(__file__).parent.parent


def make_toyland(folder: Path) -> Path:
    """Make the toy country of the README's tour in ``folder``."""
    made = new_pack(folder)
    shutil.copy(ROOT / "examples" / "toyland" / "figures-country.csv", made / "tables")
    return made


TERMINAL = {"COLUMNS": "200", "NO_COLOR": "1"}


def chumbak(*words: str | Path, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    command = [sys.executable, "-m", "chumbak.cli", *map(str, words)]
    environment = {**os.environ, **TERMINAL}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False, **more
    )


def run_here(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a verb in this process: the same exit code and words as ``chumbak``, without a second to import everything.

    An error that no user should see is raised here, where ``chumbak`` would print a traceback.
    """
    with chdir(cwd):
        done = CliRunner().invoke(app, [*map(str, words)], env=TERMINAL, prog_name="chumbak", catch_exceptions=False)
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def toyland(tmp_path: Path) -> Path:
    return make_toyland(tmp_path / "toyland")


@pytest.fixture(scope="session")
def india_pack() -> Pack:
    """India as it comes, read once: nothing changes a pack."""
    return load("india")


@pytest.fixture(scope="session")
def india(india_pack: Pack) -> Answer:
    return overview(india_pack)


@pytest.fixture(scope="session")
def india_cut_off(india_pack: Pack) -> Prepared:
    """India ready to be cut off: compiled once, whatever is played."""
    return prepare(india_pack)


@pytest.fixture(scope="session")
def drawn_toyland(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return overview(load(make_toyland(tmp_path_factory.mktemp("packs") / "toyland")), draws=400)
