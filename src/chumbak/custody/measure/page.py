"""Page's test (a one-sided CUSUM): how often it raises a false alarm, and how fast it finds a loss.

S = max(0, S + z - k), and an alarm when S is above h; the z are independent and standard normal while nothing is
lost. The mean number of periods to an alarm (ARL) from S = u solves L(u) = 1 + L(0) F(k - u - shift) + the integral
over x from 0 to h of L(x) f(x + k - u - shift), F and f of the standard normal (Page, Biometrika 41, 1954, 100;
Goel and Wu, Technometrics 13, 1971, 221): solved at Gauss-Legendre nodes. With the default k = 0.5 and h = 5 a
false alarm comes once in 931 periods on average, once in 465 for a test against loss and one against gain together,
and a loss of one sigma a period is found after 10.4 on average (Lucas and Crosier, Technometrics 24, 1982, 199).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

REFERENCE = 0.5  # k, in sigmas: half of the loss in a period that is to be found soon
DECISION = 5.0  # h, in sigmas
_NODES = 80
_LONGEST = 1e12


def _kernel(k: float, h: float, shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the points (0 and the nodes), the chance to fall to 0 from each, and that of each node's stretch."""
    if not (h > 0 and k >= 0):
        raise ValueError(f"Page's test needs h above 0 and k of 0 or more, not h = {h:g} and k = {k:g}.")
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    x = h * (nodes + 1) / 2
    points = np.concatenate([[0.0], x])
    fall = norm.cdf(k - points - shift)
    to = norm.pdf(x[None, :] + k - points[:, None] - shift) * (weights * h / 2)[None, :]
    return points, fall, to


def run_length(k: float = REFERENCE, h: float = DECISION, shift: float = 0.0) -> float:
    """Return the mean number of periods to an alarm from S = 0 when the z have the mean ``shift``.

    Infinite where it is beyond 1e12, more than can be worked out.
    """
    points, fall, to = _kernel(k, h, shift)
    matrix = np.eye(len(points))
    matrix[:, 0] -= fall
    matrix[:, 1:] -= to
    try:
        found = float(np.linalg.solve(matrix, np.ones(len(points)))[0])
    except np.linalg.LinAlgError:
        return math.inf
    return found if 1 <= found <= _LONGEST else math.inf  # rounding makes anything of a matrix that is all but singular


def chance_of_alarm(periods: int, k: float = REFERENCE, h: float = DECISION, shift: float = 0.0) -> float:
    """Return the chance of an alarm within so many periods from S = 0; without a shift, of a false one."""
    points, fall, to = _kernel(k, h, shift)
    quiet = np.ones(len(points))
    for _ in range(periods):
        quiet = fall * quiet[0] + to @ quiet[1:]
    return float(1 - quiet[0])


def decision_for(periods: float, k: float = REFERENCE) -> float:
    """Return the h of one test with a false alarm once in so many periods. Raises ``ValueError`` if none has."""
    low, high = 1e-6, 12.0
    if not run_length(k, low) < periods < run_length(k, high):
        raise ValueError(
            f"No h up to {high:g} gives a false alarm once in {periods:g} periods with k = {k:g}; "
            f"ask for {run_length(k, low):.3g} to {run_length(k, high):.3g}."
        )
    return float(brentq(lambda h: run_length(k, h) - periods, low, high, xtol=1e-10))
