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

    Reduced costs and shadow prices stay those of ``best``.
    """
    model = load(matrix, "simplex")
    hold(model, matrix, best, weights)
    taken = run(model, "the choice among plans of the same cost", "simplex")
    cost = float(matrix.cost @ taken.columns)
    assert abs(cost - best.cost) <= SAME * max(1.0, abs(best.cost)), "the choice among ties changed the cost"
    return replace(best, columns=taken.columns, rows=taken.rows, cost=cost, seconds=best.seconds + taken.seconds)


def hold(model: Any, matrix: Matrix, best: Solution, weights: np.ndarray) -> None:
    """Hold a loaded programme to its plans of least cost, as ``best`` proves them, and ask for the least weight."""
    width, height = len(best.columns), len(best.rows)
    fixed = np.abs(best.reduced) > FREE
    at = np.clip(best.columns, matrix.lower, matrix.upper)
    lower, upper = np.where(fixed, at, matrix.lower), np.where(fixed, at, matrix.upper)
    numbers = np.arange(width, dtype=np.int32)
    model.changeColsBounds(width, numbers, lower, upper)
    tight = np.abs(best.duals) > FREE
    side = np.where(best.duals > 0, matrix.row_lower, matrix.row_upper)
    row_lower = np.where(tight & np.isfinite(side), side, matrix.row_lower)
    row_upper = np.where(tight & np.isfinite(side), side, matrix.row_upper)
    model.changeRowsBounds(height, np.arange(height, dtype=np.int32), row_lower, row_upper)
    model.changeColsCost(width, numbers, weights)


def tie_weights(program: Program, home: np.ndarray) -> np.ndarray:
    """Return the weight of each column in the choice among ties: from 1 to 2 by its name, home deliveries wanted."""
    weights = np.empty(program.width)
    for block in program.columns.values():
        there = block.at != NONE
        seeds = [np.array([zlib.crc32(f"{block.name}|{dim}|{one}".encode()) for one in members], dtype=np.uint64)
                 for dim, members in block.labels.items()]  # fmt: skip
        mixed = np.zeros(block.at.shape, dtype=np.uint64)
        for axis, seed in enumerate(seeds):
            shape = [1] * block.at.ndim
            shape[axis] = len(seed)
            mixed = (mixed * np.uint64(6364136223846793005) + seed.reshape(shape)) & np.uint64(0xFFFFFFFFFFFFFFFF)
        mixed ^= mixed >> np.uint64(33)
        weights[block.at[there]] = 1 + (mixed[there] % np.uint64(1_000_003)).astype(float) / 1_000_003
    weights[home] = -HOMEWARD * weights[home]
    return weights
