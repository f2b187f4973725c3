"""The plan on a tree as one programme: every end with its own rules, sharing the decisions of what is not known yet.

An end of the tree is a whole plan of its own (``formulate``). A column of a year belongs to the last branch begun by
then on the way to the end, and is one column for all ends that pass it; so are the rows. What is minimised is

    sum_s p[s] cost[s]  +  aversion CVaR,   CVaR = least over v of  v + 1/(1 - tail) sum_s p[s] max(cost[s] - v, 0)

with cost[s] the discounted cost of end s (Rockafellar and Uryasev, Journal of Risk 2 (2000) 21-41): the mean cost of
the worst ``1 - tail`` of all that may come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from chumbak.linear.program import NONE, Block, Matrix
from chumbak.linear.solve import NotOptimalError, Solution, solve
from chumbak.plan.case import Case
from chumbak.plan.formulate import Formulation, formulate, home_deliveries
from chumbak.plan.requirements import Requirement
from chumbak.plan.ties import choose, tie_weights
from chumbak.plan.tree.nodes import ROOT, Tree

OWN_YEAR = ("year", "decided")  # the dimension that says when a decision is taken
STATES = ("build", "gone", "closed", "store", "substitute")  # decisions that later years stand on


@dataclass(frozen=True)
class Risk:
    """What weighs beside the expected cost: ``aversion`` times the mean cost of the worst ``1 - tail`` of futures."""

    aversion: float = 0.0
    tail: float = 0.9


@dataclass(frozen=True, eq=False)
class Extensive:
    """The programme of a tree. ``columns`` and ``rows`` give, end by end, the number of each of its own.

    ``branch`` (column,) is the branch that decides a column (those of the tail come after); ``weights`` are those of
    the choice among plans of the same cost.
    """

    tree: Tree
    ends: tuple[Formulation, ...]
    matrices: tuple[Matrix, ...]
    columns: tuple[np.ndarray, ...]
    rows: tuple[np.ndarray, ...]
    matrix: Matrix
    branch: np.ndarray
    weights: np.ndarray


def extensive(tree: Tree, cases: Sequence[Case], asked: tuple[Requirement, ...], view: str, risk: Risk) -> Extensive:
    """Return the programme of a tree; ``cases`` are those of its ends, alike before they part. See the module."""
    ends = tuple(formulate(case, asked, view) for case in cases)
    matrices = tuple(one.program.matrix() for one in ends)
    sizes = [one.A.shape for one in matrices]
    columns, branch = _numbered(tree, [one.program.columns for one in ends], [width for _, width in sizes])
    rows, _ = _numbered(tree, [one.program.rows for one in ends], [height for height, _ in sizes])
    width, height = len(branch), 1 + max(int(at.max(initial=-1)) for at in rows)
    chance = tree.probability
    whole, weights = np.zeros(width), np.zeros(width)
    sides, bounds = (np.repeat([[-np.inf], [np.inf]], size, axis=1) for size in (height, width))
    gathered = sparse.csr_array((height, width))
    placed = np.zeros(height, dtype=bool)
    for at, (end, own) in enumerate(zip(ends, matrices, strict=True)):
        np.add.at(whole, columns[at], chance[at] * own.cost)
        bounds[0, columns[at]] = np.maximum(bounds[0, columns[at]], own.lower)
        bounds[1, columns[at]] = np.minimum(bounds[1, columns[at]], own.upper)
        weights[columns[at]] = tie_weights(end.program, home_deliveries(cases[at], end.decisions))
        entries, limits = own.A.tocoo(), np.array([own.row_lower, own.row_upper])
        moved = sparse.csr_array((entries.data, (rows[at][entries.row], columns[at][entries.col])), (height, width))
        there, new = rows[at][placed[rows[at]]], rows[at][~placed[rows[at]]]
        # what is decided alike keeps the same rules: anything else is a case that was not put together year by year
        assert abs(gathered[there] - moved[there]).sum() == 0, "shared rows differ"
        assert np.array_equal(sides[:, there], limits[:, placed[rows[at]]]), "sides of shared rows differ"
        sides[:, new] = limits[:, ~placed[rows[at]]]
        only_new = sparse.dia_array((np.isin(np.arange(height), new).astype(float)[None], [0]), (height, height))
        gathered = gathered + only_new @ moved
        placed[new] = True
    offset = float(chance @ [one.offset for one in matrices])
    matrix = Matrix(gathered.tocsc(), whole, bounds[0], bounds[1], sides[0], sides[1], offset)
    weights *= 1 + (branch + 2) / 1e4  # the same decision in two branches is two decisions: no tie between them
    if risk.aversion > 0:
        matrix, weights = _with_tail(matrix, weights, matrices, columns, chance, risk)
    return Extensive(tree, ends, matrices, columns, rows, matrix, branch, weights)


def least_cost(form: Extensive, what: str) -> Solution:
    """Return the plan of least cost that the rule of ties takes. Raises ``NotOptimalError``."""
    best = solve(form.matrix, what)
    try:
        return choose(form.matrix, best, form.weights)
    except NotOptimalError:
        return best  # first decisions are held to others: the solver's rounding leaves nothing to choose from


def end_cost(form: Extensive, solution: Solution) -> np.ndarray:
    """Return what each end costs, (end,) millions, discounted."""
    return np.array(
        [own.cost @ solution.columns[at] + own.offset for own, at in zip(form.matrices, form.columns, strict=True)]
    )


def tail_cost(chance: np.ndarray, cost: np.ndarray, tail: float) -> float:
    """Return the mean cost of the worst ``1 - tail`` of futures (CVaR), of chances and costs (end,)."""
    order = np.argsort(-cost)
    left, total = 1 - tail, 0.0
    for at in order:
        share = min(chance[at], left)
        total, left = total + share * cost[at], left - share
    return float((total + left * cost[order[-1]]) / (1 - tail))  # what is left is rounding


def held_to(form: Extensive, states: np.ndarray) -> Extensive:
    """Return the programme in which all that is decided before anything is known stays as given.

    ``states`` (column,) t, t/year: numbers for the root's decisions that later years stand on, NaN for what is free.
    """
    fixed = np.isfinite(states)
    room = ROOM * (1 + np.abs(np.where(fixed, states, 0.0)))
    lower, upper = form.matrix.lower.copy(), form.matrix.upper.copy()
    lower[fixed] = np.maximum(lower[fixed], (states - room)[fixed])
    upper[fixed] = np.maximum(np.minimum(upper[fixed], (states + room)[fixed]), lower[fixed])
    return replace(form, matrix=replace(form.matrix, lower=lower, upper=upper))


ROOM = 1e-6  # of a decision, and t: what was decided to the solver's tolerance has to hold again


def root_states(form: Extensive, formulation: Formulation, columns: np.ndarray) -> np.ndarray:
    """Return the states of the root as ``columns`` of another ``formulation`` have them, (column,); NaN of all else.

    The formulation is of a case with the same labels as the cases of the tree.
    """
    found = np.full(len(form.matrix.cost), np.nan)
    for name in STATES:
        here, there = form.ends[0].program.columns[name].at, formulation.program.columns[name].at
        values = np.where(there == NONE, 0.0, columns[there])
        known = here != NONE
        at = form.columns[0][here[known]]
        root = form.branch[at] == ROOT
        found[at[root]] = values[known][root]
    return found


def _numbered(
    tree: Tree, blocks: list[dict[str, Block]], widths: list[int]
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return the number in the tree of every column (or row) of every end, and the branch of each number.

    Two of them are one if they stand at the same place of the same block, and belong to the same branch. What has no
    year belongs to its end.
    """
    firsts: dict[str, int] = {}
    total = 0
    for name, block in blocks[0].items():
        firsts[name] = total
        total += block.at.size
    keys, owners = [], []
    for at, (own, width) in enumerate(zip(blocks, widths, strict=True)):
        key, owner = np.full(width, NONE, dtype=np.int64), np.full(width, NONE)
        for name, block in own.items():
            assert block.at.shape == blocks[0][name].at.shape, f"the ends differ in the labels of {name}"
            there = block.at != NONE
            branch = _branch(tree, tree.ends[at], block)
            place = firsts[name] + np.arange(block.at.size).reshape(block.at.shape)
            key[block.at[there]] = (branch * total + place)[there]
            owner[block.at[there]] = branch[there]
        assert (key >= 0).all(), "a column of no block"
        keys.append(key)
        owners.append(owner)
    _, first, number = np.unique(np.concatenate(keys), return_index=True, return_inverse=True)
    cuts = np.cumsum(widths)[:-1]
    return tuple(np.split(number, cuts)), np.concatenate(owners)[first]


def _branch(tree: Tree, end: int, block: Block) -> np.ndarray:
    """Return the branch that each place of a block belongs to, on the way to an end."""
    axis = next((at for at, dim in enumerate(block.labels) if dim in OWN_YEAR), None)
    if axis is None:
        return np.full(block.at.shape, end)
    known = tree.known_in(end, np.array(list(block.labels.values())[axis]))
    shape = [1] * block.at.ndim
    shape[axis] = len(known)
    found: np.ndarray = np.broadcast_to(known.reshape(shape), block.at.shape)
    return found


def _with_tail(
    matrix: Matrix, weights: np.ndarray, own: Sequence[Matrix], columns: Sequence[np.ndarray], chance: np.ndarray,
    risk: Risk,
) -> tuple[Matrix, np.ndarray]:  # fmt: skip
    """Return the programme with the cost of the tail: a level v, and what each end costs above it.

    above[s] + v - cost[s] >= offset[s],   above >= 0,   v free
    """
    ends = len(own)
    spent = np.zeros((ends, len(matrix.cost)))
    for at, one in enumerate(own):
        np.add.at(spent[at], columns[at], -one.cost)
    tail = np.column_stack([np.ones(ends), np.eye(ends)])
    grown = sparse.block_array([[matrix.A, None], [sparse.csr_array(spent), sparse.csr_array(tail)]], format="csc")
    cost = risk.aversion * np.concatenate([[1.0], chance / (1 - risk.tail)])
    lower = np.concatenate([matrix.lower, [-np.inf], np.zeros(ends)])
    found = Matrix(
        sparse.csc_array(grown), np.concatenate([matrix.cost, cost]), lower,
        np.concatenate([matrix.upper, np.full(ends + 1, np.inf)]),
        np.concatenate([matrix.row_lower, [one.offset for one in own]]),
        np.concatenate([matrix.row_upper, np.full(ends, np.inf)]), matrix.offset,
    )  # fmt: skip
    return found, np.concatenate([weights, np.full(ends + 1, 1e-6)])


def name_of(form: Extensive, number: int, kind: str = "columns") -> str:
    """Return the name of a column or row of the tree: that of the first end that has it, with its branch."""
    numbers = form.columns if kind == "columns" else form.rows
    for at, own in enumerate(numbers):
        found = np.flatnonzero(own == number)
        if found.size:
            end = form.tree.branches[form.tree.ends[at]].name
            return f"{form.ends[at].program.name_of(int(found[0]), kind)} of {end}"
    return f"cost of the tail, {kind[:-1]} {number}"
