"""What several tests need: a complete toy country, the answer of the India pack, the command line.

All tests are of one profile of Hypothesis. The files of the pack that comes along do not change while the tests run,
and nothing changes a pack that is loaded: so in a process it is read once for each scenario. The same text of YAML is
parsed once too; what it holds is made anew for each reader.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from chumbak.answer import Answer, overview
from chumbak.answer.exchange_catalogue import exchange_catalogue
from chumbak.answer.shocks import Prepared, prepare
from chumbak.cli import app
from chumbak.pack import Pack, files
from chumbak.pack import load as load_anew
from chumbak.pack.scenarios import ScenarioFile
from chumbak.pack.skeleton import new_pack

ROOT = Path(__file__).parent.parent

settings.register_profile("chumbak", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("chumbak")

# Where this is set, every process that a test starts would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Whatever a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@cache
def _come_along(name: str, scenario: str) -> Pack:
    return load_anew(name, scenario)


def load(
    name_or_path: str | Path, scenario: str = "reference", overlays: Sequence[str | Path] | str | Path = (),
    further: Sequence[ScenarioFile] = (),
) -> Pack:  # fmt: skip
    """Load a pack as ``chumbak.pack.load`` does; India without overlays is read once in this process."""
    if name_or_path == "india" and not overlays and not further:
        return _come_along("india", scenario)
    return load_anew(name_or_path, scenario, overlays, further)


_catalogue_of = lru_cache(maxsize=4)(exchange_catalogue)


def _share_what_comes_along() -> None:
    """Let everything share India as it is loaded, half a second each time, and its catalogue, two seconds."""
    shared = {"load": (load_anew, load), "exchange_catalogue": (exchange_catalogue, _catalogue_of)}
    for module in [one for name, one in sys.modules.items() if name.partition(".")[0] == "chumbak"]:
        for name, (anew, once) in shared.items():
            if getattr(module, name, None) is anew:
                setattr(module, name, once)


_share_what_comes_along()

_Loader = files._PlainLoader


@lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    return _Loader(text).get_single_node()


class _ParsedOnce(_Loader):
    """The loader of the package; parsing takes ten times as long as all the rest of reading."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def get_single_node(self) -> Any:
        return _parsed(self.text)


files._PlainLoader = _ParsedOnce  # type: ignore[misc]


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
