"""Ties: one plan among all that cost least, by a stated rule.

Plans are flat: many cost the same. Among all plans of least cost the one is taken that delivers most home-coloured
magnets and runs, builds and buys least, each column weighed by a number that comes from its name: whatever the order of
rows, the threads or the method, it is the same plan. The cost is untouched, as only columns and rows that the dual
leaves free are moved (complementary slackness).
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from chumbak.linear.program import NONE, Matrix, Program
from chumbak.linear.solve import Solution, load, run

FREE = 1e-6  # a dual below it leaves its column or row free
SAME = 1e-6  # relative
HOMEWARD = 100.0  # weight of a home-coloured tonne delivered, against one of anything else


def break_ties(program: Program, matrix: Matrix, best: Solution, home: np.ndarray) -> Solution:
    """Return the one plan of least cost that the stated rule takes; ``home`` delivers home-coloured magnets."""
    return choose(matrix, best, tie_weights(program, home))


def choose(matrix: Matrix, best: Solution, weights: np.ndarray) -> Solution:
    """Return the plan of least weight among those of least cost.

    Reduced costs and shadow prices stay those of ``best``. Only what can still move is solved: most columns cannot.
    """
    face = least_cost(matrix, best)
    moves = face.lower < face.upper
    columns = np.where(moves, 0.0, face.lower)
    among = face.A[:, moves].tocsr()
    rows = np.diff(among.indptr) > 0
    rest = (face.A @ columns)[rows]
    left = Matrix(
        among[rows].tocsc(), weights[moves], face.lower[moves], face.upper[moves],
        face.row_lower[rows] - rest, face.row_upper[rows] - rest, 0.0,
    )  # fmt: skip
    taken = run(load(left, "simplex"), "the choice among plans of the same cost", "simplex")
    columns[moves] = taken.columns
    cost = float(matrix.cost @ columns)
    assert abs(cost - best.cost) <= SAME * max(1.0, abs(best.cost)), "the choice among ties changed the cost"
    seconds = best.seconds + taken.seconds
    return replace(best, columns=columns, rows=matrix.A @ columns, cost=cost, seconds=seconds)


def hold(model: Any, matrix: Matrix, best: Solution, weights: np.ndarray) -> None:
    """Hold a loaded programme to its plans of least cost, and ask for the least weight."""
    face = least_cost(matrix, best)
    numbers = np.arange(len(weights), dtype=np.int32)
    model.changeColsBounds(len(numbers), numbers, face.lower, face.upper)
    rows = np.arange(len(face.row_lower), dtype=np.int32)
    model.changeRowsBounds(len(rows), rows, face.row_lower, face.row_upper)
    model.changeColsCost(len(numbers), numbers, weights)


def least_cost(matrix: Matrix, best: Solution) -> Matrix:
    """Return the programme held to its plans of least cost, as the dual of ``best`` proves them."""
    fixed = np.abs(best.reduced) > FREE
    at = np.clip(best.columns, matrix.lower, matrix.upper)
    tight = np.abs(best.duals) > FREE
    side = np.where(best.duals > 0, matrix.row_lower, matrix.row_upper)
    tight &= np.isfinite(side)
    return replace(
        matrix,
        lower=np.where(fixed, at, matrix.lower),
        upper=np.where(fixed, at, matrix.upper),
        row_lower=np.where(tight, side, matrix.row_lower),
        row_upper=np.where(tight, side, matrix.row_upper),
    )


def tie_weights(program: Program, home: np.ndarray) -> np.ndarray:
    """Return the weight of each column in the choice among ties: from 1 to 2 by its name, home deliveries wanted."""
    weights = np.empty(program.width)
    for block in program.columns.values():
        there = np.nonzero(block.at != NONE)
        mixed = np.zeros(len(there[0]), dtype=np.uint64)
        for (dim, members), at in zip(block.labels.items(), there, strict=True):
            seed = np.array([zlib.crc32(f"{block.name}|{dim}|{one}".encode()) for one in members], dtype=np.uint64)
            mixed = (mixed * np.uint64(6364136223846793005) + seed[at]) & np.uint64(0xFFFFFFFFFFFFFFFF)
        mixed ^= mixed >> np.uint64(33)
        weights[block.at[there]] = 1 + (mixed % np.uint64(1_000_003)).astype(float) / 1_000_003
    weights[home] = -HOMEWARD * weights[home]
    return weights
