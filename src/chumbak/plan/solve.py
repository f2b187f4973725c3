"""One solver, one way to solve: HiGHS by interior point with crossover to a vertex, and ties broken by a stated rule.

Plans are flat: many cost the same. Among all plans of least cost the one is taken that delivers most home-coloured
magnets and runs, builds and buys least, each column weighed by a number that comes from its name: whatever the order of
rows, the threads or the method, it is the same plan. The cost is untouched, as only columns and rows that the dual
leaves free are moved (complementary slackness).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chumbak.plan.program import NONE, Matrix, Program

SOLVER = "ipx"
TOLERANCE = 1e-7
FREE = 1e-6  # a dual below it leaves its column or row free
CLEAR = ("Infeasible", "Unbounded", "Primal infeasible or unbounded")  # words that say what is the matter
SAME = 1e-6  # relative
MOST_STEPS = 1000  # of the interior point; a plan takes some hundred, and one that is stuck is asked of simplex
STEP = 0.1  # seconds between looks at whether the solver has finished
HOMEWARD = 100.0  # weight of a home-coloured tonne delivered, against one of anything else


class NotOptimalError(RuntimeError):
    """HiGHS called a solve anything but optimal; ``status`` is its word for it."""

    def __init__(self, status: str, what: str) -> None:
        self.status = status
        super().__init__(f"The solver says '{status}' of {what}.")


@dataclass(frozen=True, eq=False)
class Solution:
    """A vertex: columns, reduced costs, activities of rows and their shadow prices, and the cost without offset."""

    columns: np.ndarray
    reduced: np.ndarray
    rows: np.ndarray
    duals: np.ndarray
    cost: float
    seconds: float
    solver: str
    threads: int


def solve(matrix: Matrix, what: str = "the plan", solver: str = SOLVER, threads: int = 1) -> Solution:
    """Return the least-cost vertex. Raises ``NotOptimalError``."""
    try:
        return run(load(matrix, solver, threads), what, solver, threads)
    except NotOptimalError as error:
        if error.status in CLEAR:
            raise
    other = SOLVER if solver == "simplex" else "simplex"  # one method gave up without a word: ask the other
    return run(load(matrix, other, threads), what, other, threads)


def load(matrix: Matrix, solver: str = SOLVER, threads: int = 1):  # type: ignore[no-untyped-def]
    """Return HiGHS with the programme in it."""
    import highspy

    highspy.Highs.resetGlobalScheduler(True)  # or another number of threads than the last is refused
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("solver", solver)
    model.setOptionValue("run_crossover", "on")
    model.setOptionValue("ipm_iteration_limit", MOST_STEPS)
    model.setOptionValue("threads", threads)
    model.setOptionValue("primal_feasibility_tolerance", TOLERANCE)
    model.setOptionValue("dual_feasibility_tolerance", TOLERANCE)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.A.shape[1], matrix.A.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = matrix.cost, matrix.lower, matrix.upper
    lp.row_lower_, lp.row_upper_ = matrix.row_lower, matrix.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.A.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.A.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.A.data
    if model.passModel(lp) == highspy.HighsStatus.kError:
        raise AssertionError("HiGHS does not take the programme")
    return model


def run(model, what: str, solver: str, threads: int = 1) -> Solution:  # type: ignore[no-untyped-def]
    """Solve what is loaded, with the method it was loaded for. Raises ``NotOptimalError``."""
    import highspy

    before = model.getRunTime()
    _run_or_stop(model)
    status = model.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NotOptimalError(model.modelStatusToString(status), what)
    found = model.getSolution()
    columns, reduced, rows, duals = (
        np.array(part) for part in (found.col_value, found.col_dual, found.row_value, found.row_dual)
    )
    cost = float(model.getInfo().objective_function_value)
    return Solution(columns, reduced, rows, duals, cost, model.getRunTime() - before, solver, threads)


def _run_or_stop(model) -> None:  # type: ignore[no-untyped-def]
    """Run the solver beside this thread, so that Ctrl-C stops it at once and not when it has finished."""
    model.HandleUserInterrupt = True
    model.startSolve()
    try:
        while not model.wait(STEP)[0]:
            pass
    except KeyboardInterrupt:
        model.cancelSolve()
        while not model.wait(STEP)[0]:
            pass
        raise


def break_ties(program: Program, matrix: Matrix, best: Solution, home: np.ndarray) -> Solution:
    """Return the one plan of least cost that the stated rule takes.

    Reduced costs and shadow prices stay those of ``best``; ``home`` are the columns that deliver home-coloured magnets.
    """
    model = load(matrix, "simplex")
    width = len(best.columns)
    fixed = np.abs(best.reduced) > FREE
    at = np.clip(best.columns, matrix.lower, matrix.upper)
    lower, upper = np.where(fixed, at, matrix.lower), np.where(fixed, at, matrix.upper)
    numbers = np.arange(width, dtype=np.int32)
    model.changeColsBounds(width, numbers, lower, upper)
    tight = np.abs(best.duals) > FREE
    side = np.where(best.duals > 0, matrix.row_lower, matrix.row_upper)
    row_lower = np.where(tight & np.isfinite(side), side, matrix.row_lower)
    row_upper = np.where(tight & np.isfinite(side), side, matrix.row_upper)
    height = len(best.rows)
    model.changeRowsBounds(height, np.arange(height, dtype=np.int32), row_lower, row_upper)
    model.changeColsCost(width, numbers, tie_weights(program, home))
    taken = run(model, "the choice among plans of the same cost", "simplex")
    cost = float(matrix.cost @ taken.columns)
    assert abs(cost - best.cost) <= SAME * max(1.0, abs(best.cost)), "the choice among ties changed the cost"
    return replace(best, columns=taken.columns, rows=taken.rows, cost=cost, seconds=best.seconds + taken.seconds)


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


Progress = Callable[[str], None]
