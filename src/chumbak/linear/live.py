"""A programme solved for many futures, each from the basis of the first: the result of one depends on no other.

A future is loaded afresh, which takes milliseconds: nothing of an earlier one is left, not even the weights of a
pricing rule, as a new basis in a model that has run would leave. What differs from the first decides the way. Measured
on the national plan of the pack that comes along (7,260 rows, 13,069 columns), seconds of one core in the median of
twelve futures each:

    what is drawn                            dual from the basis   primal from it   cold ipx   cold simplex
    limits: bounds and sides                                0.09             0.71       0.69           0.76
    demand: these and coefficients of shares                0.15             0.84       0.90           0.96
    prices: costs alone                                     0.43             0.51       0.70           0.77
    all figures: coefficients and costs                     1.04             1.68       0.78           0.80

So the basis of the first is used unless both costs and coefficients differ, and by dual simplex. Where that takes more
steps than ``STEPS_PER_ROW``, or ends without a clear word, the future is solved cold. Steps are counted and not
seconds, so that a slow machine goes the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chumbak.linear.program import NONE, Block, Matrix, Program
from chumbak.linear.solve import CLEAR, SOLVER, NotOptimalError, Solution, load

STEPS_PER_ROW = 0.7  # of dual simplex from the first basis: 5,082 on the national plan, of which bounds took 1,900
FROM_BASIS, COLD = "from the first basis", "cold"
SAME = 1e-12  # relative: costs and coefficients that differ by less are equal, and summed in another order
DUAL, PRIMAL = 1, 4  # HiGHS' numbers of its simplex strategies


@dataclass(frozen=True, eq=False)
class Live:
    """The first programme, and the status of its columns and rows where it is optimal, as HiGHS numbers them."""

    program: Program
    matrix: Matrix
    columns: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Solved:
    """A future: its solution, the way it was reached, and HiGHS with it, to go on from."""

    solution: Solution
    way: str
    model: Any


def begin(program: Program, matrix: Matrix, what: str) -> tuple[Live, Solved]:
    """Return the first programme solved, to start others from. Raises ``NotOptimalError``."""
    solved = _cold(matrix, what)
    basis = solved.model.getBasis()
    columns, rows = (np.array([int(one) for one in side]) for side in (basis.col_status, basis.row_status))
    return Live(program, matrix, columns, rows), solved


def again(first: Live, program: Program, matrix: Matrix, what: str) -> Solved:
    """Return another programme solved, from the basis of the first where that is quick. Raises ``NotOptimalError``.

    Columns and rows are matched by block and labels. What the first has not is put where it does nothing: a column at
    its lower bound, a row loose.
    """
    columns = _placed(first.program.columns, program.columns, program.width)
    rows = _placed(first.program.rows, program.rows, program.height)
    if not _near(first, matrix, columns, rows):
        return _cold(matrix, what)
    model = load(matrix, "simplex")
    model.setOptionValue("simplex_strategy", DUAL)
    model.setOptionValue("simplex_iteration_limit", int(STEPS_PER_ROW * matrix.A.shape[0]))
    model.setBasis(_carried(first, columns, rows))
    status = _run(model)
    if status in CLEAR:
        raise NotOptimalError(status, what)
    return _cold(matrix, what) if status else Solved(_solution(model, "simplex"), FROM_BASIS, model)


def go_on(model: Any, what: str) -> np.ndarray:
    """Return the columns of an optimum, from where a model stands, after its costs and bounds were changed.

    The point where it stands has to be feasible still. Raises ``NotOptimalError``.
    """
    model.setOptionValue("solver", "simplex")
    model.setOptionValue("simplex_strategy", PRIMAL)
    model.setOptionValue("simplex_iteration_limit", np.iinfo(np.int32).max)
    status = _run(model)
    if status:
        raise NotOptimalError(status, what)
    return np.array(model.getSolution().col_value)


def _near(first: Live, matrix: Matrix, columns: np.ndarray, rows: np.ndarray) -> bool:
    """Say whether a programme differs from the first in bounds and sides, and beside them in costs or coefficients.

    ``columns`` and ``rows`` hold for each number that of the first; what only one of the two has is left out.
    """
    both, alike = np.flatnonzero(columns != NONE), np.flatnonzero(rows != NONE)
    if np.allclose(matrix.cost[both], first.matrix.cost[columns[both]], rtol=SAME, atol=0.0):
        return True
    own, other = matrix.A[:, both].tocsr()[alike], first.matrix.A[:, columns[both]].tocsr()[rows[alike]]
    return bool(abs(own - other).max() <= SAME * abs(other).max())


def _carried(first: Live, columns: np.ndarray, rows: np.ndarray) -> Any:
    """Return the basis of the first programme as one of another, whose numbers in the first are given."""
    import highspy

    status = highspy.HighsBasisStatus
    known = {int(one): one for one in (status.kLower, status.kBasic, status.kUpper, status.kZero, status.kNonbasic)}
    basis = highspy.HighsBasis()
    for name, was, held, otherwise in (
        ("col_status", columns, first.columns, status.kLower),
        ("row_status", rows, first.rows, status.kBasic),
    ):
        found = np.where(was == NONE, int(otherwise), held[was])
        setattr(basis, name, [known[one] for one in found.tolist()])
    basis.valid = True
    basis.alien = True  # it need not be a basis any more where columns or rows have come or gone: HiGHS completes it
    return basis


def _placed(old: dict[str, Block], new: dict[str, Block], size: int) -> np.ndarray:
    """Return for each new number the old one of the same block and labels, -1 where there is none."""
    found = np.full(size, NONE)
    for name, block in new.items():
        if name not in old or not block.at.size or not old[name].at.size:
            continue
        before, there = old[name], block.at != NONE
        if block.labels == before.labels:
            found[block.at[there]] = before.at[there]
            continue
        if list(block.labels) != list(before.labels):
            continue
        places = []
        for labels, members in zip(before.labels.values(), block.labels.values(), strict=True):
            at = {label: place for place, label in enumerate(labels)}
            places.append(np.array([at.get(one, NONE) for one in members]))
        was = before.at[np.ix_(*places)]  # a label that is not there takes the last, and is put right below
        for axis, place in enumerate(places):
            was[(slice(None),) * axis + (place == NONE,)] = NONE
        found[block.at[there]] = was[there]
    return found


def _cold(matrix: Matrix, what: str) -> Solved:
    """Solve from nothing: by interior point, and by simplex where that gives up without a clear word."""
    status = ""
    for method in (SOLVER, "simplex"):
        model = load(matrix, method)
        status = _run(model)
        if not status:
            return Solved(_solution(model, method), COLD, model)
        if status in CLEAR:
            break
    raise NotOptimalError(status, what)


def _run(model: Any) -> str:
    """Run without a look at the keyboard: futures run beside each other. Return "" or HiGHS' word for what it is."""
    import highspy

    model.run()
    status = model.getModelStatus()
    return "" if status == highspy.HighsModelStatus.kOptimal else str(model.modelStatusToString(status))


def _solution(model: Any, method: str) -> Solution:
    found = model.getSolution()
    columns, reduced, rows, duals = (
        np.array(part) for part in (found.col_value, found.col_dual, found.row_value, found.row_dual)
    )
    cost = float(model.getInfo().objective_function_value)
    return Solution(columns, reduced, rows, duals, cost, model.getRunTime(), method, 1)
