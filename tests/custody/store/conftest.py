"""Stores to test with: SQLite files, and databases of a PostgreSQL that is started for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from chumbak.custody.store.open import Store, open_store

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
_numbers = count()


def _as_postgres(*words: str) -> None:
    """Run a command of the server; it refuses to be run by root."""
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*who, *words], check=True, capture_output=True, timeout=60, cwd="/tmp")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The folder of the socket of a server of our own; skips loudly where there is no PostgreSQL."""
    if BIN is None:
        pytest.skip("PostgreSQL IS NOT INSTALLED HERE: the store is tested on SQLite only (apt install postgresql)")
    memory = Path("/dev/shm")  # many small databases are made: where there is a folder in memory they are made there
    folder = Path(tempfile.mkdtemp(prefix="chumbak-pg-", dir=memory if memory.is_dir() else None))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, tools = folder / "data", BIN.parent
    _as_postgres(
        str(BIN), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
    )
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=100"
    _as_postgres(str(tools / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    yield str(folder)
    _as_postgres(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def make_database(socket: str) -> str:
    """Make an empty database; returns its URL."""
    import psycopg

    name = f"custody_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://postgres@/{name}?host={socket}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/custody.db"
    return make_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens the store of ``url`` as often as wanted, and closes all at the end."""
    stores: list[Store] = []

    def again(**options: object) -> Store:
        stores.append(open_store(url, key=tmp_path / "log.key", **options))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[..., Store]) -> Store:
    """An empty store."""
    return opened()
