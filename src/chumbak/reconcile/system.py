"""The balances as numbers: residuals, their derivatives, and the curvature of the products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chumbak.reconcile.problem import Problem

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class System:
    """The free quantities (not exact) and the balances over them; n quantities, m balances.

    ``names`` (n) and ``rows`` (m); ``measured`` (n, true where measured), ``value`` (n, 0 where unknown), ``floor``
    (n, minus infinity where there is none). A balance is ``linear[k] x + sum over pairs of k: factor x_i x_j +
    constant``. ``covariance`` is of the errors of the measured ones, in their order.
    """

    names: tuple[str, ...]
    rows: tuple[str, ...]
    measured: NDArray[np.bool_]
    value: Array
    floor: Array
    linear: Array
    constant: Array
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Array]  # row, i, j, factor
    covariance: Array

    def residual(self, x: Array) -> Array:
        """Return by how much each balance misses (m)."""
        row, i, j, factor = self.pairs
        found: Array = self.linear @ x + self.constant
        np.add.at(found, row, factor * x[i] * x[j])
        return found

    def size(self, x: Array) -> Array:
        """Return the sum of the absolute terms of each balance (m): what a residual is to be held against."""
        row, i, j, factor = self.pairs
        found: Array = np.abs(self.linear) @ np.abs(x) + np.abs(self.constant)
        np.add.at(found, row, np.abs(factor * x[i] * x[j]))
        return found

    def jacobian(self, x: Array) -> Array:
        """Return the derivatives of the residuals (m, n)."""
        row, i, j, factor = self.pairs
        found = self.linear.copy()
        np.add.at(found, (row, i), factor * x[j])
        np.add.at(found, (row, j), factor * x[i])
        return found

    def curvature(self, weight: Array) -> Array:
        """Return the second derivatives of the residuals, summed with a weight for each balance (n, n)."""
        row, i, j, factor = self.pairs
        found = np.zeros((len(self.names), len(self.names)))
        np.add.at(found, (i, j), factor * weight[row])
        np.add.at(found, (j, i), factor * weight[row])
        return found


def build(problem: Problem) -> System:
    """Return the system of a problem; exact quantities become numbers in the balances."""
    fixed = {quantity.name: float(quantity.value or 0.0) for quantity in problem.quantities if quantity.exact}
    free = [quantity for quantity in problem.quantities if not quantity.exact]
    at = {quantity.name: number for number, quantity in enumerate(free)}
    count, height = len(free), len(problem.balances)
    linear, constant = np.zeros((height, count)), np.zeros(height)
    pairs: list[tuple[int, int, int, float]] = []
    for k, balance in enumerate(problem.balances):
        constant[k] = -balance.constant
        for term in balance.terms:
            factor, loose = term.factor, []
            for name in (term.quantity, term.times):
                if name in fixed:
                    factor *= fixed[name]
                elif name is not None:
                    loose.append(at[name])
            if len(loose) == 2:
                pairs.append((k, loose[0], loose[1], factor))
            elif loose:
                linear[k, loose[0]] += factor
            else:
                constant[k] += factor
    measured = np.array([quantity.measured for quantity in free], dtype=bool)
    place = {quantity.name: number for number, quantity in enumerate(q for q in free if q.measured)}
    covariance = np.diag([float(quantity.sd or 0.0) ** 2 for quantity in free if quantity.measured])
    for common in problem.commons:
        effect = np.zeros(len(place))
        for name, sd in common.sd.items():
            effect[place[name]] = sd
        covariance = covariance + np.outer(effect, effect)
    columns = list(zip(*pairs, strict=True)) or [(), (), (), ()]
    row, i, j = (np.array(column, dtype=np.int64) for column in columns[:3])
    return System(
        names=tuple(quantity.name for quantity in free),
        rows=tuple(balance.name for balance in problem.balances),
        measured=measured,
        value=np.array([quantity.value or 0.0 for quantity in free], dtype=float),
        floor=np.array([-np.inf if quantity.floor is None else quantity.floor for quantity in free], dtype=float),
        linear=linear,
        constant=constant,
        pairs=(row, i, j, np.array(columns[3], dtype=float)),
        covariance=covariance.reshape(len(place), len(place)),
    )


def start(problem: Problem, system: System) -> Array:
    """Return where to begin (n): measured values, and unknowns from the balances that are linear in them.

    A product of two unknowns is left for a later pass, when one of them has a number; what no balance reaches is 1.
    """
    x = system.value.copy()
    given = {quantity.name: quantity.start for quantity in problem.quantities if quantity.start is not None}
    known = system.measured.copy()
    for number, name in enumerate(system.names):
        if not known[number] and name in given:
            x[number], known[number] = given[name], True
    row, i, j, _ = system.pairs
    for _ in range(len(system.names)):
        unknown = np.flatnonzero(~known)
        if not unknown.size:
            break
        usable = np.ones(len(system.rows), dtype=bool)
        usable[row[~known[i] & ~known[j]]] = False
        matrix = system.jacobian(np.where(known, x, 0.0))[usable][:, unknown]
        reached = np.abs(matrix).sum(axis=0) > 0
        if not reached.any():
            x[unknown], known[unknown] = 1.0, True
            break
        right = -system.residual(np.where(known, x, 0.0))[usable]
        matrix = matrix[:, reached]
        tall = np.abs(matrix).max(axis=1, initial=0.0)  # balances of any unit weigh alike
        tall = np.where(tall > 0, tall, 1.0)
        wide = np.abs(matrix / tall[:, None]).max(axis=0)
        found = np.linalg.lstsq(matrix / tall[:, None] / wide, right / tall, rcond=1e-12)[0] / wide
        x[unknown[reached]] = found
        known[unknown[reached]] = True
    return x
