"""What is not sure of a plant, drawn: its figures over their ranges, each draw solved as the central case is.

Ranges are drawn as those of a pack are (``pack/draws.py``): low and high are the 5th and 95th percentile, the value the
median. A figure that stands in several steps with one source is one figure, and moves in all of them together.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np

from chumbak.pack.draws import deviates, moved
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.faults import Key, key_of
from chumbak.plant.flowsheet import Figure, Flowsheet
from chumbak.plant.reading import read
from chumbak.plant.solving import Solution, solve

T = TypeVar("T")
CHUNK = 25  # draws that are handed to a process at once
AHEAD = 4 * (os.cpu_count() or 1)  # chunks that are handed out before the first is asked for
MANY = 100  # draws from which processes of their own are worth their start


@dataclass(frozen=True)
class Draw(Generic[T]):
    """One draw: its number, and what was taken of the plant solved with its figures, or why that plant cannot be."""

    number: int
    found: T | None
    why_not: str = ""


def plant_draws(
    sheet: Flowsheet, draws: int, seed: int, take: Callable[[Solution], T], executor: Executor | None = None
) -> Iterator[Draw[T]]:
    """Yield what ``take`` returns of the solved draws of a flowsheet, in order.

    The draws are the same wherever they are solved: here, or by an ``executor`` (see ``processes``), for which ``take``
    has to be a function of a module. Raises ``PlantError`` for no draws or a negative seed.
    """
    if draws < 1 or seed < 0:
        raise PlantError(f"{draws} draws with seed {seed}: at least one draw and a seed from 0 are needed")
    ranged = [one for one in sheet.figures if one.low is not None or one.high is not None]
    _each_its_own(sheet, ranged)
    streams = deviates({str(at): _group(one) for at, one in enumerate(ranged)}, draws, seed)
    values = {key_of(one): _drawn(sheet, one, streams[str(at)]) for at, one in enumerate(ranged)}
    chunks = (
        (
            first,
            [{key: float(row[at]) for key, row in values.items()} for at in range(first, min(first + CHUNK, draws))],
        )
        for first in range(0, draws, CHUNK)
    )
    one_by_one = partial(_chunk, sheet.told, sheet.where, take)
    if executor is None:
        for first, figures in chunks:
            yield from one_by_one(first, figures)
        return
    running: deque[Future[list[Draw[T]]]] = deque()
    try:
        for first, figures in chunks:
            running.append(executor.submit(one_by_one, first, figures))
            if len(running) >= AHEAD:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()
    finally:
        for one in running:
            one.cancel()


@contextmanager
def processes(draws: int) -> Iterator[Executor | None]:
    """Give processes for the cores of this machine to solve draws in; none where that does not pay.

    As all that starts processes, to be called only from what ``if __name__ == "__main__"`` guards. Ctrl-C ends them.
    """
    count = min(os.cpu_count() or 1, draws // CHUNK)
    if count < 2 or draws < MANY:
        yield None
        return
    others = set(multiprocessing.active_children())
    # Begun anew, not forked: the libraries that are loaded have threads of their own.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
    with _deaf_to_interrupts():
        for _ in range(count):
            pool.submit(int)  # starts a process
    own = set(multiprocessing.active_children()) - others
    try:
        yield pool
    except BaseException:
        for one in own:
            one.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let what is started here not hear Ctrl-C: it would tell where in its libraries it was; this process ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # nobody but the main thread may say so
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


def _chunk(
    told: Any, where: str, take: Callable[[Solution], T], first: int, figures: list[dict[Key, float]]
) -> list[Draw[T]]:
    """Solve some draws, of which the first has the number given."""
    found: list[Draw[T]] = []
    for number, drawn in enumerate(figures, first):
        try:
            found.append(Draw(number, take(solve(read(told, where, drawn)))))
        except NotConvergedError:
            raise
        except PlantError as error:
            found.append(Draw(number, None, str(error)))
    return found


def _each_its_own(sheet: Flowsheet, ranged: list[Figure]) -> None:
    """Refuse a figure that cannot be told from another: what is drawn of it would be taken for both."""
    keys = [key_of(one) for one in sheet.figures]
    for one in ranged:
        if keys.count(key_of(one)) > 1:
            called = " ".join(part for part in key_of(one) if part)
            raise PlantError(f"{sheet.where}: two figures are both called '{called}'; give each a name of its own")


def _group(figure: Figure) -> str:
    return "|".join((figure.parameter, figure.of, figure.unit, figure.source))


def _drawn(sheet: Flowsheet, figure: Figure, deviate: np.ndarray) -> np.ndarray:
    least, most = _bounds(sheet, figure)
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return moved((figure.value, low, high), deviate, least, most)


def _bounds(sheet: Flowsheet, figure: Figure) -> tuple[float, float | None]:
    """Return what is possible at all: of a parameter as its unit says, of a share between 0 and 1."""
    if figure.step in {step.name for step in sheet.steps}:
        parameter = sheet.step(figure.step).kind.parameter(figure.parameter)
        if parameter is not None:
            return parameter.least, parameter.most if np.isfinite(parameter.most) else None
    return 0.0, 1.0 if figure.unit == "kg/kg" else None
