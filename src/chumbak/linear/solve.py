"""One solver, one way to solve: HiGHS by interior point with crossover to a vertex, and simplex where that gives up."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np

from chumbak.linear.program import Matrix

SOLVER = "ipx"
TOLERANCE = 1e-7
CLEAR = ("Infeasible", "Unbounded", "Primal infeasible or unbounded")  # words that say what is the matter
MOST_NODES = 1000  # of branch and bound; where they do not do, the gap that they leave is told
MOST_STEPS = 1000  # of the interior point; a plan takes some hundred, and one that is stuck is asked of simplex
STEP = 0.1  # seconds between looks at whether the solver has finished
AT_ONCE = 4  # solves side by side at most: each takes a core, and memory for a programme
Progress = Callable[[str], None]


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


@dataclass(frozen=True, eq=False)
class Whole:
    """The best point found with its whole columns rounded, its cost and the bound below it, both without offset."""

    columns: np.ndarray
    cost: float
    bound: float
    seconds: float
    nodes: int
    threads: int


def solve_whole(matrix: Matrix, gap: float, what: str = "the plan", threads: int = 1) -> Whole:
    """Return a point whose ``integer`` columns are whole, at most ``gap`` of its cost dearer than the best there is.

    By branch and bound; relaxations by interior point where they begin cold, as simplex takes several times as long.
    After ``MOST_NODES`` it is the best point found until then, and ``bound`` says how far it may be from the best.
    Neither seconds nor the number of cores decide what is found. Raises ``NotOptimalError``.
    """
    import highspy

    assert matrix.integer is not None, "no column is a whole number"
    model = load(matrix, "choose", threads)
    numbers = np.flatnonzero(matrix.integer).astype(np.int32)
    model.changeColsIntegrality(len(numbers), numbers, np.full(len(numbers), highspy.HighsVarType.kInteger))
    model.changeObjectiveOffset(matrix.offset)  # the gap is of the whole cost
    model.setOptionValue("mip_rel_gap", gap)
    model.setOptionValue("mip_abs_gap", 0.0)
    model.setOptionValue("mip_lp_solver", SOLVER)
    model.setOptionValue("mip_max_nodes", MOST_NODES)
    _run_or_stop(model)
    status, info = model.getModelStatus(), model.getInfo()
    stopped = status == highspy.HighsModelStatus.kSolutionLimit and np.isfinite(info.mip_gap)
    if status != highspy.HighsModelStatus.kOptimal and not stopped:
        raise NotOptimalError(model.modelStatusToString(status), what)
    found = np.array(model.getSolution().col_value)
    columns = np.where(matrix.integer, np.rint(found), found)
    cost, bound = (float(one) - matrix.offset for one in (info.objective_function_value, info.mip_dual_bound))
    return Whole(columns, cost, bound, model.getRunTime(), int(info.mip_node_count), threads)


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


def optima(
    matrix: Matrix, objectives: Sequence[np.ndarray], what: str, began: Callable[[], None] = lambda: None
) -> list[np.ndarray]:
    """Return the columns of a point that is least by each objective, under the rules and bounds of one programme.

    By interior point, without going on to a vertex: from the last vertex simplex takes longer, as many thousand steps
    lead nowhere, and only the value of the objective is asked. Each objective is solved for itself by one thread, as
    many at once as there are cores, so that the points do not depend on the cores. ``began`` is called as each solve
    begins; Ctrl-C stops them all. Raises ``NotOptimalError``.
    """
    stop = Event()
    idle = [_ready(matrix, stop) for _ in range(min(AT_ONCE, os.cpu_count() or 1, len(objectives)))]
    with ThreadPoolExecutor(max(len(idle), 1)) as pool:
        solves = [pool.submit(_one_of_many, idle, stop, objective, what, began) for objective in objectives]
        try:
            left: set[Any] = set(solves)
            while left and not any(one.exception() for one in set(solves) - left):
                left = wait(left, STEP, FIRST_EXCEPTION).not_done
        finally:
            stop.set()  # for those that still run, after Ctrl-C or where another failed
    return [one.result() for one in solves]


def _ready(matrix: Matrix, stop: Event):  # type: ignore[no-untyped-def]
    """Return HiGHS with the programme in it, to be solved for one objective after another, until ``stop`` is set."""
    model = load(matrix)
    model.setOptionValue("run_crossover", "choose")  # only where the interior point is not good enough as it is
    for event in (model.cbIpmInterrupt, model.cbSimplexInterrupt):
        event.subscribe(lambda told: told.interrupt() if stop.is_set() else None)
    return model


def _one_of_many(
    idle: list[Any], stop: Event, objective: np.ndarray, what: str, began: Callable[[], None]
) -> np.ndarray:
    """Return the optimum of one objective, with a model of ``idle``: there is one for each thread."""
    import highspy

    if stop.is_set():
        return np.zeros(0)
    began()
    model = idle.pop()
    model.changeColsCost(len(objective), np.arange(len(objective), dtype=np.int32), objective)
    for method in (SOLVER, "simplex"):  # one method gives up without a word: ask the other
        model.clearSolver()
        model.setOptionValue("solver", method)
        model.run()
        status = model.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal or stop.is_set():
            break
    else:
        raise NotOptimalError(model.modelStatusToString(status), what)
    found = np.array(model.getSolution().col_value)
    idle.append(model)
    return found
