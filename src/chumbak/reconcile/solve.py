"""Reconciliation: the values nearest to what was measured that keep every balance.

Minimise ``(x - y)' Q^-1 (x - y)`` over the measured quantities, ``Q`` the covariance of their errors, so that all
balances hold and nothing is below its floor. Balances with products are linearised again and again (sequential
quadratic programming): steps in the null space of the balances, with the curvature of the products where that makes
a minimum (Newton) and without it elsewhere (Gauss-Newton); unknowns that nothing determines are never moved by it.
Floors by an active set: what falls below is put on its floor, and taken off again when the balances would rather
have it above. Covariances are those of the balances linearised at the solution (Cencic 2016, doi
10.1016/j.serj.2016.06.002): exact for linear balances, first order for products. What rests on its floor counts as
known there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chumbak.reconcile.problem import Problem
from chumbak.reconcile.structure import Structure, classify, even_rows, null_space, scale_of, with_floors
from chumbak.reconcile.system import Array, System, build, start

BALANCE = 1e-9  # most by which a balance may miss, of the sum of its absolute terms
STILL = 1e-8  # standard deviations by which the last step may move anything
ROUNDS = 200


class NotSolvedError(RuntimeError):
    """The problem has no solution, or none was found; the message says which balances are at odds."""


@dataclass(frozen=True, slots=True)
class Point:
    """A solution: values (n), what rests on its floor (n), and the curvature that was left out or taken."""

    x: Array
    resting: NDArray[np.bool_]
    steps: int


@dataclass(frozen=True, slots=True)
class Solved:
    """A solution with its system, its structure, and the covariance (n, n) of all quantities.

    Rows and columns of the covariance that belong to undetermined unknowns are not a number. ``rows`` are the
    derivatives of the balances at the solution (m, n), floors in use below them; ``scale`` (n) the size of
    quantities.
    """

    system: System
    point: Point
    structure: Structure
    covariance: Array
    rows: Array
    objective: float


class _Search:
    """The search with a given set of quantities on their floors; all in scaled quantities u = x / scale."""

    def __init__(self, system: System, x: Array, resting: NDArray[np.bool_]) -> None:
        self.system, self.resting = system, resting
        whole = np.zeros(len(x))
        whole[system.measured] = np.sqrt(np.diag(system.covariance))
        self.scale = scale_of(system.jacobian(x), system.measured, whole)
        at = whole[system.measured]
        root = np.linalg.cholesky(system.covariance / np.outer(at, at)) if at.size else np.zeros((0, 0))
        self.white = np.linalg.inv(root)  # well conditioned: it is the root of a correlation matrix
        size = system.size(x) + np.abs(system.jacobian(x)) @ self.scale
        self.size = np.where(size > 0, size, 1.0)

    def gap(self, x: Array) -> Array:
        """Return the whitened distance of the measured quantities from what was measured."""
        m = self.system.measured
        moved = (x[m] - self.system.value[m]) / self.scale[m]
        return np.asarray(self.white @ moved)

    def miss(self, x: Array) -> Array:
        """Return by how much balances and floors miss, against the size of the terms."""
        floors = (x - self.system.floor)[self.resting] / self.scale[self.resting]
        return np.concatenate([self.system.residual(x) / self.size, floors])

    def run(self, x: Array) -> tuple[Array, Array, int]:
        """Return the solution, the multipliers of the floors in use, and the number of steps."""
        for step in range(1, ROUNDS + 1):
            move, multiplier = self.step(x)
            taken, x = self.line(x, move, multiplier)
            moved = np.abs(taken * move).max(initial=0.0)
            if moved <= STILL and np.abs(self.miss(x)).max(initial=0.0) <= BALANCE / 10:
                return x, multiplier[len(self.system.rows) :], step
            if taken == 0.0 or (step > 5 and not self.system.pairs[0].size):
                break  # no way down, or linear balances, which two steps solve if anything does
        self.refuse(x)
        raise AssertionError  # refuse always raises

    def step(self, x: Array) -> tuple[Array, Array]:
        """Return the step (n, scaled) and the multipliers of the balances and floors."""
        system, m = self.system, self.system.measured
        rows = with_floors(system.jacobian(x) * self.scale / self.size[:, None], self.resting)
        even, length = even_rows(rows)
        toward = np.asarray(-np.linalg.lstsq(even, self.miss(x) / length, rcond=1e-10)[0], dtype=float)
        pull = np.zeros(len(x))
        gap = self.gap(x)
        pull[m] = self.white.T @ gap
        multiplier = np.linalg.lstsq(even.T, -pull, rcond=1e-10)[0] / length
        loose = np.zeros((len(x), 0))
        if (~m).any():
            unknown = null_space(even[:, ~m])
            loose = np.zeros((len(x), unknown.shape[1]))
            loose[~m] = unknown
        inside = null_space(np.vstack([even, loose.T]))
        if not inside.shape[1]:
            return toward, multiplier
        weight = np.zeros((len(x), len(x)))
        weight[np.ix_(m, m)] = self.white.T @ self.white
        if system.pairs[0].size:
            bend = system.curvature(multiplier[: len(system.rows)] / self.size) * np.outer(self.scale, self.scale)
            try:
                half = np.linalg.inv(np.linalg.cholesky(inside.T @ (weight + bend) @ inside))  # fails without a minimum
                down = half.T @ half @ inside.T @ (pull + (weight + bend) @ toward)
                return np.asarray(toward - inside @ down, dtype=float), multiplier
            except np.linalg.LinAlgError:
                pass
        least = np.linalg.lstsq(self.white @ inside[m], -(gap + self.white @ toward[m]), rcond=None)[0]
        return np.asarray(toward + inside @ least, dtype=float), multiplier

    def line(self, x: Array, move: Array, multiplier: Array) -> tuple[float, Array]:
        """Return how much of the step is taken, and where that leads: less than all only if the merit would rise."""
        if not self.system.pairs[0].size:
            return 1.0, x + self.scale * move
        penalty = 2.0 * np.abs(multiplier).max(initial=0.0) + 1.0

        def merit(at: Array) -> float:
            return float(0.5 * self.gap(at) @ self.gap(at) + penalty * np.abs(self.miss(at)).sum())

        before, share = merit(x), 1.0
        misses = np.abs(self.miss(x)).max(initial=0.0)
        while share > 1e-10:
            new = x + share * self.scale * move
            close = np.abs(share * move).max(initial=0.0) < 1e-3 and np.abs(self.miss(new)).max(initial=0.0) <= max(
                misses, BALANCE / 10
            )
            if merit(new) <= before * (1 + 1e-14) or close:
                return share, new
            share /= 2
        return 0.0, x

    def refuse(self, x: Array) -> None:
        """Raise with the balances that are worst."""
        miss = np.abs(self.miss(x))[: len(self.system.rows)]
        worst = [self.system.rows[k] for k in np.argsort(-miss, kind="stable")[:3] if miss[k] > BALANCE]
        if worst:
            raise NotSolvedError(
                f"No values keep all balances at once: {', '.join(worst)} still miss by up to "
                f"{miss.max():.3g} of their size. Look for balances that contradict each other or exact values."
            )
        raise NotSolvedError(
            f"The search did not settle in {ROUNDS} steps. Give 'start' for unknowns in products, or measure more."
        )


def solve(problem: Problem) -> Solved:
    """Return the solution. Raises ``NotSolvedError`` where there is none or none is found."""
    system = build(problem)
    x = start(problem, system)
    resting = np.zeros(len(x), dtype=bool)
    seen: set[bytes] = set()
    careful = False  # after a circle the one with the least number changes sides, which ends (Murty 1974)
    steps = 0
    while True:
        if resting.tobytes() in seen:
            if careful:
                raise NotSolvedError(
                    "The search for what rests on its floor went in a circle. Measure more, or drop floors."
                )
            careful = True
            seen.clear()
        seen.add(resting.tobytes())
        search = _Search(system, x, resting)
        try:
            x, multiplier, taken = search.run(x)
        except NotSolvedError:
            if not resting.any():
                raise
            raise NotSolvedError(
                "No values at or above their floors keep all balances: "
                f"{', '.join(np.array(system.names)[resting])} would have to fall below."
            ) from None
        steps += taken
        structure = classify(system, x, resting)
        below = np.where(structure.observable & ~resting, (system.floor - x) / search.scale, -np.inf)
        pushed = np.flatnonzero(resting)[multiplier > 1e-7] if resting.any() else np.array([], dtype=int)
        low = np.flatnonzero(below > 1e-10)
        if not pushed.size and not low.size:
            break
        if careful:
            turned = min([*pushed.tolist(), *low.tolist()])
        elif pushed.size:  # first off, then on: so the sum of squares rises from one sound set to the next
            turned = int(pushed[int(np.argmax(multiplier[multiplier > 1e-7]))])
        else:
            turned = int(np.argmax(below))
        resting = resting.copy()
        resting[turned] = not resting[turned]
    x = np.where(structure.observable, np.maximum(x, system.floor), x)  # rounding alone is left below
    return _finish(system, Point(x, resting, steps), structure, search)


def _finish(system: System, point: Point, structure: Structure, search: _Search) -> Solved:
    rows = with_floors(system.jacobian(point.x), point.resting)
    even, _ = even_rows(rows * search.scale)
    loose, _ = even_rows((structure.loose / search.scale[:, None]).T)
    inside = null_space(np.vstack([even, loose]))
    m = system.measured
    spread = np.zeros((len(point.x), len(point.x)))
    if inside.shape[1]:
        _, singular, right = np.linalg.svd(search.white @ inside[m], full_matrices=False)
        half = inside @ (right.T / singular)
        spread = half @ half.T * np.outer(search.scale, search.scale)
    spread[~structure.observable] = np.nan
    spread[:, ~structure.observable] = np.nan
    gap = search.gap(point.x)
    return Solved(system, point, structure, spread, rows, float(gap @ gap))
