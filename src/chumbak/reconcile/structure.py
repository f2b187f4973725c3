"""What the balances can tell: which unknowns follow from them, and which measurements they check.

Crowe's projection (Crowe, Garcia Campos and Hrymak, AIChE J. 29, 1983, 881): with the derivatives of the balances
split into ``A`` (measured) and ``B`` (unknown), rows ``P`` with ``P B = 0`` free the balances of unknowns. A
measured quantity is redundant if its column of ``P A`` is not zero; an unknown is observable if no direction in the
null space of ``B`` moves it. Ranks are taken by singular values of rows and columns scaled to their size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chumbak.reconcile.system import Array, System

SMALL = 1e-10  # of the largest singular value: below it a direction counts as none


@dataclass(frozen=True, slots=True)
class Structure:
    """``observable`` (n): an unknown that follows, or a measured one. ``redundant`` (n): measured and checked.

    ``checked`` (m) says of each balance whether a leak in it would show in the checks. ``loose`` (n, d) are the
    directions in unknowns that no balance sees; ``project`` (r, m) frees the m balances of the unknowns, and r is
    the number of checks there are (the degrees of freedom).
    """

    observable: NDArray[np.bool_]
    redundant: NDArray[np.bool_]
    checked: NDArray[np.bool_]
    loose: Array
    project: Array


def null_space(matrix: Array) -> Array:
    """Return an orthonormal basis (n, d) of what the matrix (m, n) sends to zero."""
    if not matrix.size:
        return np.eye(matrix.shape[1])
    _, singular, right = np.linalg.svd(matrix)
    rank = int((singular > SMALL * max(singular[0], SMALL)).sum()) if singular.size else 0
    found: Array = right[rank:].T
    return found


def with_floors(jacobian: Array, resting: NDArray[np.bool_]) -> Array:
    """Return the derivatives (m, n) with a row below them for each quantity that rests on its floor."""
    return np.vstack([jacobian, np.eye(len(resting))[resting]])


def even_rows(matrix: Array) -> tuple[Array, Array]:
    """Return the matrix with rows of length one (rows of zeros as they are), and what each was divided by."""
    length = np.linalg.norm(matrix, axis=1)
    length = np.where(length > 0, length, 1.0)
    return matrix / length[:, None], length


def scale_of(jacobian: Array, measured: NDArray[np.bool_], known: Array) -> Array:
    """Return the scale of each quantity (n): ``known`` of the measured ones, carried over the balances to the unknowns.

    An unknown gets the scale with which it would weigh as much in a balance (m, n) as the largest that is known
    there, the least of those of its balances; one that no measurement reaches gets 1.
    """
    size = np.abs(jacobian)
    scale = np.where(measured, known, 0.0)
    row = np.zeros(len(jacobian))
    while True:
        row = np.where(row > 0, row, (size * scale).max(axis=1, initial=0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where((row[:, None] > 0) & (size > 0), row[:, None] / size, np.inf).min(axis=0, initial=np.inf)
        new = (scale == 0) & np.isfinite(reach)
        if not new.any():
            return np.where(scale > 0, scale, 1.0)
        scale[new] = reach[new]


def classify(system: System, x: Array, resting: NDArray[np.bool_]) -> Structure:
    """Return the structure of the balances at a solution (n); what is ``resting`` on its floor counts as known."""
    measured = system.measured
    known = np.zeros(len(x))
    known[measured] = np.maximum(np.abs(system.value[measured]), np.sqrt(np.diag(system.covariance)))
    scale = scale_of(system.jacobian(x), measured, known)
    flat = np.where(np.abs(x) > SMALL * scale, x, 0.0)  # a flow that is nothing but rounding carries no element
    jacobian = with_floors(system.jacobian(flat), resting)
    scale = scale_of(jacobian, measured, known)
    even, length = even_rows(jacobian * scale)
    seen, unknown = even[:, measured], even[:, ~measured]
    free = null_space(unknown) if unknown.shape[1] else np.zeros((0, 0))
    loose = np.zeros((len(measured), free.shape[1]))
    loose[~measured] = free
    project = null_space(unknown.T).T
    checks = project @ seen
    if checks.size:  # balances that say the same twice are one check
        left, singular, _ = np.linalg.svd(checks, full_matrices=False)
        project = left[:, : int((singular > 1e-8).sum())].T @ project
        checks = project @ seen
    else:
        project = np.zeros((0, len(jacobian)))
    redundant = np.zeros(len(measured), dtype=bool)
    redundant[measured] = np.linalg.norm(checks, axis=0) > 1e-8 if checks.size else False
    return Structure(
        observable=measured | (np.linalg.norm(loose, axis=1) < 1e-8),
        redundant=redundant,
        checked=np.linalg.norm(project, axis=0) > 1e-8 if project.size else np.zeros(len(jacobian), dtype=bool),
        loose=loose * scale[:, None],
        project=project / length,
    )
