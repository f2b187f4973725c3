"""What several tests need: a complete toy country, the answer of the India pack, the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chumbak.answer import Answer, overview
from chumbak.pack import load
from chumbak.pack.skeleton import new_pack

ROOT = Path(__file__).parent.parent


def make_toyland(folder: Path) -> Path:
    """Make the toy country of the README's tour in ``folder``."""
    made = new_pack(folder)
    shutil.copy(ROOT / "examples" / "toyland" / "figures-country.csv", made / "tables")
    return made


def chumbak(*words: str | Path, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    command = [sys.executable, "-m", "chumbak.cli", *map(str, words)]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False, **more
    )


@pytest.fixture
def toyland(tmp_path: Path) -> Path:
    return make_toyland(tmp_path / "toyland")


@pytest.fixture(scope="session")
def india() -> Answer:
    return overview(load("india"))


@pytest.fixture(scope="session")
def drawn_toyland(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return overview(load(make_toyland(tmp_path_factory.mktemp("packs") / "toyland")), draws=400)
