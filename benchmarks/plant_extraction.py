"""Solvent extraction: a two-product cascade of 144 stages, one of many elements, a pH cascade, and the import.

- *pair*: 72 + 72 stages at factor 1.4 and 1.05 times the least organic flow, solved from nothing to its residual.
- *fourteen*: as many elements, 200 + 200 stages.
- *pH*: 60 cells of two elements with charge balance, beside scipy's fsolve on the same equations (the way of the
  published model, from its starting guess). The ratio is of medians.
- *import*: a fresh process that loads the room and its solvent extraction.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import fsolve

from chumbak.plant.extraction.acid import solve_acid_cascade
from chumbak.plant.extraction.cascade import two_sections
from chumbak.plant.extraction.limits import least_organic

PAIR_BOUND, FOURTEEN_BOUND, PH_BOUND, IMPORT_BOUND = 20.0, 1500.0, 20.0, 0.5  # milliseconds, and seconds for the import
FASTER = 2.0  # times as fast as fsolve, its equations written with arrays
REPEATS = 15
LOAD = (
    "import time; t = time.perf_counter()\n"
    "import chumbak.plant, chumbak.plant.extraction.design, chumbak.plant.extraction.acid\n"
    "print(time.perf_counter() - t)"
)
FED, A, B = np.array([0.0761, 0.0053]), np.array([0.8569, 1.1924]), np.array([-1.9035, -1.2654])
ACID, RATIO, CELLS = 10**-1.8, 1.5, 60


def median(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median seconds of some runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def equations(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the concentrations and H of all cells lack, for a solver that knows nothing of cascades."""
    cells = u.reshape(CELLS, 3)
    x, h = cells[:, :2], np.maximum(cells[:, 2:], 1e-12)
    y = x * 10.0**B * h**-A
    before, after = np.vstack((FED, x[:-1])), np.vstack((y[1:], np.zeros(2)))
    charge = ACID + 3 * FED.sum() - cells[:, 2:] - 3 * x.sum(axis=1, keepdims=True)
    return np.hstack((RATIO * (before - x) + after - y, charge)).ravel()


def main() -> int:
    """Measure and say; return 1 if a target is missed."""
    organic = 1.05 * (0.75 + 1.0 / 0.4)
    pair = 1e3 * median(lambda: two_sections((0.25, 0.75), (1.0, 1.4), 72, 72, organic, 0.75))
    print(f"plant extraction: two products by 144 stages in {pair:.1f} ms (at most {PAIR_BOUND:g})")
    steps = [1.0, 6.8, 2.0, 1.4, 9.0, 2.0, 1.5, 5.0, 2.1, 2.05, 2.7, 3.0, 3.0, 1.9]
    beta = np.cumprod(steps).tolist()
    feed = np.linspace(1.0, 0.1, 14)
    flow = 1.1 * least_organic(feed, beta, 4)
    many = 1e3 * median(lambda: two_sections(feed, beta, 200, 200, flow, float(feed[4:].sum())), 3)
    print(f"plant extraction: fourteen elements by 400 stages in {many:.0f} ms (at most {FOURTEEN_BOUND:g})")
    ours = 1e3 * median(lambda: solve_acid_cascade(FED, 1.8, A, B, RATIO, CELLS))
    print(f"plant extraction: {CELLS} cells by pH in {ours:.1f} ms (at most {PH_BOUND:g})")
    guess = np.column_stack(
        (np.linspace(FED, 1e-3 * FED, CELLS), np.linspace(ACID, 1.2 * ACID, CELLS)[:, None])
    ).ravel()
    theirs = 1e3 * median(lambda: fsolve(equations, guess), 5)
    print(f"plant extraction: {theirs / ours:.1f} times as fast as fsolve ({theirs:.1f} ms; at least {FASTER:g})")
    loads = [
        float(subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    print(f"plant extraction: imported in {min(loads):.2f} s, best of {len(loads)} (at most {IMPORT_BOUND:g})")
    missed = pair > PAIR_BOUND or many > FOURTEEN_BOUND or ours > PH_BOUND or theirs / ours < FASTER
    return int(missed or min(loads) > IMPORT_BOUND)


if __name__ == "__main__":
    sys.exit(main())
