"""Running many futures: on threads of this machine, or on any executor, such as that of a Dask cluster.

A task is a chunk of draws: a few words (``Setup``) and numbers go out, and a line of JSON for each draw comes back. The
worker loads the pack itself and holds the central future solved, by the setup, for all chunks that it is given. What a
line says depends on the setup and the number of the draw alone.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import xarray as xr

from chumbak import __version__
from chumbak.answer.plan_document import nine
from chumbak.answer.plan_futures import CHUNK, Futures, drawn_figures, fingerprint
from chumbak.linear.solve import NotOptimalError
from chumbak.pack import Pack, PackError, load
from chumbak.plan.case import Case
from chumbak.plan.ensemble import LEAST, Asked, First, Record, central, future
from chumbak.plan.replay import ReplayError
from chumbak.plan.requirements import read_requirement

PATIENCE = 5.0  # seconds that a scheduler has to answer in
MOST_HELD = 2  # setups that a worker holds; a setup of the plan that comes along is some tens of megabytes
Row = dict[str, Any]
KeptOf = tuple[str, tuple[str, ...], tuple[tuple[Any, ...], ...]]  # decision, dimensions, (label of each ..., amount)


class FutureError(ValueError):
    """A future that cannot be, or a worker that cannot work it out; a sentence, and nothing that would not travel."""


@dataclass(frozen=True)
class Setup:
    """All that a future depends on beside its number.

    ``pack`` is a name or a folder, ``digest`` what ``fingerprint`` says of it, ``builds`` what is kept of a plan, None
    where plans are made anew.
    """

    pack: str
    scenario: str
    overlays: tuple[str, ...]
    digest: str
    only: tuple[str, ...]
    seed: int
    view: str
    requirements: tuple[tuple[str, str], ...]
    places: str
    builds: tuple[KeptOf, ...] | None = None
    version: str = __version__


@dataclass(frozen=True, eq=False)
class Held:
    """What a worker holds of a setup."""

    futures: Futures
    first: First


_held: dict[Setup, Held] = {}
_lock = Lock()


def hold(setup: Setup, pack: Pack | None = None) -> Held:
    """Return what is held of a setup, worked out where it is not there yet; ``pack`` if it is loaded already.

    Raises ``PackError``, ``NotOptimalError``, ``ReplayError``, and ``FutureError`` where this is not the same pack.
    """
    with _lock:
        if setup in _held:
            return _held[setup]
        if setup.version != __version__:
            raise FutureError(f"A worker runs version {__version__} of the program, and this is {setup.version}.")
        if pack is None:
            pack = load(setup.pack, setup.scenario, tuple(Path(one) for one in setup.overlays))
        if fingerprint(pack) != setup.digest:
            raise FutureError(f"The pack '{setup.pack}' of a worker is not the one asked for. Give all the same files.")
        futures = Futures(pack, drawn_figures(pack, setup.only), setup.seed, setup.places)
        required = tuple(read_requirement(kind, text) for kind, text in setup.requirements)
        asked = Asked(setup.view, required, None if setup.builds is None else _builds(setup.builds))
        found = Held(futures, central(futures.central, asked))
        while len(_held) >= MOST_HELD:
            del _held[next(iter(_held))]
        _held[setup] = found
        return found


def kept_of(builds: Mapping[str, xr.DataArray]) -> tuple[KeptOf, ...]:
    """Return what is kept of a plan as a setup takes it: what is there, and nothing of what is not."""
    return tuple((name, tuple(map(str, one.dims)), tuple(_there(one))) for name, one in builds.items())


def _there(build: xr.DataArray) -> Iterator[tuple[Any, ...]]:
    labels = [build[dim].values.tolist() for dim in build.dims]
    for place in np.argwhere(build.values > 0):
        yield (*(names[at] for names, at in zip(labels, place, strict=True)), float(build.values[tuple(place)]))


def _builds(kept: tuple[KeptOf, ...]) -> dict[str, xr.DataArray]:
    """Return what is kept of a plan as a replay takes it."""
    found = {}
    for name, dims, rows in kept:
        labels = [sorted({row[at] for row in rows}) for at in range(len(dims))]
        found[name] = xr.DataArray(
            np.zeros([len(one) for one in labels]), dims=dims, coords=dict(zip(dims, labels, strict=True))
        )
        for *where, amount in rows:
            found[name].loc[tuple(where)] = amount
    return found


def run_chunk(setup: Setup, chunk: int, wanted: tuple[int, ...]) -> list[str]:
    """Return the lines of some draws of a chunk. Raises ``FutureError`` with what is wrong, wherever it runs."""
    try:
        held = hold(setup)
        cases = held.futures.cases(chunk, wanted)
        return [_line_of(held, draw, case) for draw, case in zip(wanted, cases, strict=True)]
    except PackError as error:
        first, last = wanted[0], wanted[-1]
        raise FutureError(f"Among the futures {first} to {last} is one that cannot be: {error}") from None
    except (NotOptimalError, ReplayError) as error:
        raise FutureError(str(error)) from None


def _line_of(held: Held, draw: int, case: Case | PackError) -> str:
    if isinstance(case, PackError):
        return json.dumps({"draw": draw, "cost": None, "unfit": str(case)})
    return line_of(draw, future(held.first, case), case)


def run_futures(setup: Setup, have: int, draws: int, executor: Executor, sink: Callable[[str], None]) -> None:
    """Run the draws from ``have`` to ``draws``, and give their lines to ``sink`` in order of their numbers."""
    tasks = []
    for chunk in range(have // CHUNK, math.ceil(draws / CHUNK)):
        wanted = tuple(range(max(have, chunk * CHUNK), min(draws, (chunk + 1) * CHUNK)))
        tasks.append((chunk, wanted))
    running: list[Future[list[str]]] = []
    try:
        running = [executor.submit(run_chunk, setup, chunk, wanted) for chunk, wanted in tasks]
        for at, one in enumerate(running):
            for line in one.result():
                sink(line)
            running[at] = Future()  # a line that is written need not be held
    finally:
        for one in running:
            one.cancel()


@contextmanager
def executor_of(scheduler: str | None) -> Iterator[Executor]:
    """Give an executor: threads for the cores of this machine, or the workers of a Dask scheduler.

    Raises ``FutureError`` where the library is not installed or no scheduler answers.
    """
    if scheduler is None:
        pool = ThreadPoolExecutor(os.cpu_count() or 1)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return
    try:
        from distributed import Client
    except ImportError:
        raise FutureError("--scheduler needs the library distributed: pip install 'chumbak[cluster]'.") from None
    silent = f"No Dask scheduler answers at '{scheduler}' within {PATIENCE:g} seconds. Start one with: dask scheduler."
    _knock(scheduler, silent)
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError):
        raise FutureError(silent) from None
    try:
        if not client.scheduler_info()["workers"]:
            raise FutureError(
                f"The scheduler at '{scheduler}' has no workers. Start some with: dask worker {scheduler}."
            )
        yield client.get_executor(pure=False)
    finally:
        client.close()


def _knock(scheduler: str, silent: str) -> None:
    """Raise ``FutureError`` where no scheduler is at an address: the library itself would try on and on.

    A scheduler speaks first; only over TLS it waits to be spoken to.
    """
    found = urlsplit(scheduler)
    try:
        host, port = found.hostname, found.port
    except ValueError:  # a port that is no number
        host, port = None, None
    if found.scheme not in ("tcp", "tls") or not host or not port:
        raise FutureError(f"--scheduler '{scheduler}' is no address of a Dask scheduler: write tcp://host:8786.")
    try:
        with create_connection((host, port), timeout=PATIENCE) as line:
            spoke = found.scheme == "tls" or bool(line.recv(1))
    except OSError:
        spoke = False
    if not spoke:
        raise FutureError(silent)


def line_of(draw: int | None, record: Record | None, case: Case) -> str:
    """Return a record as a line of JSON, numbers to nine digits; ``draw`` None is the central future."""
    if record is None:
        return json.dumps({"draw": draw, "cost": None})
    names, regions, decided = case.plants.names, case.regions, case.decided
    built = [
        [names[plant], regions[region], int(decided[year]), nine(float(record.build[plant, region, year]))]
        for plant, region, year in np.argwhere(record.build > LEAST)
    ]
    capacity = {name: _numbers(record.capacity[at]) for at, name in enumerate(names) if record.capacity[at].any()}
    series = {name: _numbers(getattr(record, name)) for name in SERIES}
    found = {
        "draw": draw, "cost": nine(record.cost), "kept": record.kept, "way": record.way, "lost": nine(record.lost),
        "terms": {name: nine(value) for name, value in record.terms.items()}, "built": built, "capacity": capacity,
        **series,
    }  # fmt: skip
    return json.dumps(found, separators=(",", ":"))


SERIES = ("need", "unmet", "substitute", "chain", "import_bill")  # of a record, by year


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else nine(float(value)) for value in values]


def rows_of(lines: Sequence[str]) -> list[Row]:
    """Return lines as plain dictionaries."""
    return [json.loads(line) for line in lines]
