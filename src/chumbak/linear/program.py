"""A linear programme by blocks: named columns and rows, laid out as arrays, gathered into one sparse matrix.

A block of columns is an array of column numbers over the labels it stands for, -1 where there is no column because
it could only be zero. A rule adds rows the same way and fills them by broadcasting; a term on a row that is not there
is a mistake of ours, never dropped. Every row and column can say its own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

NONE = -1
Labels = Mapping[str, Sequence[object]]


@dataclass(frozen=True, eq=False)
class Block:
    """Columns or rows of one kind: ``at`` holds their numbers over ``labels``, -1 where there is none."""

    name: str
    at: np.ndarray
    labels: Labels
    unit: str


@dataclass(frozen=True, eq=False)
class Matrix:
    """The programme gathered: min cost.x, row_lower <= A x <= row_upper, lower <= x <= upper; ``A`` by columns.

    ``integer`` says which columns are whole numbers, None that none is: ``solve`` takes them for any number, and
    ``solve_whole`` keeps to it.
    """

    A: sparse.csc_array
    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    offset: float
    integer: np.ndarray | None = None

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Return the least and largest size of what is not zero: of coefficients, costs, bounds and right sides."""

        def span(numbers: np.ndarray) -> tuple[float, float]:
            sizes = np.abs(numbers[np.isfinite(numbers) & (numbers != 0)])
            return (float(sizes.min()), float(sizes.max())) if sizes.size else (0.0, 0.0)

        sides = np.concatenate([self.row_lower, self.row_upper])
        return {
            "matrix": span(self.A.data), "cost": span(self.cost),
            "bound": span(np.concatenate([self.lower, self.upper])), "right_side": span(sides),
        }  # fmt: skip


@dataclass
class Program:
    """A programme under construction."""

    columns: dict[str, Block] = field(default_factory=dict)
    rows: dict[str, Block] = field(default_factory=dict)
    costs: dict[str, np.ndarray] = field(default_factory=dict)
    """Cost by column, by the name of its term; gathered when the matrix is."""
    offsets: dict[str, float] = field(default_factory=dict)
    """What is paid whatever is decided, by the name of its term."""
    _terms: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    _priced: list[tuple[str, np.ndarray, np.ndarray]] = field(default_factory=list)
    _bounds: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    _whole: list[np.ndarray] = field(default_factory=list)
    _sides: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def add_columns(
        self, name: str, labels: Labels, unit: str, keep: np.ndarray | bool = True,
        lower: np.ndarray | float = 0.0, upper: np.ndarray | float = np.inf, integer: bool = False,
    ) -> np.ndarray:  # fmt: skip
        """Add a block of columns over ``labels`` where ``keep`` holds, and return their numbers.

        ``integer`` says that they are whole numbers.
        """
        block = self._block(name, labels, unit, keep, self.columns)
        if integer:
            self._whole.append(block.at[block.at != NONE])
        self._bounds.append(_within(block, lower, upper))
        return block.at

    def add_rows(
        self, name: str, labels: Labels, unit: str, keep: np.ndarray | bool = True,
        lower: np.ndarray | float = -np.inf, upper: np.ndarray | float = np.inf,
    ) -> np.ndarray:  # fmt: skip
        """Add a block of rows over ``labels`` where ``keep`` holds, and return their numbers."""
        block = self._block(name, labels, unit, keep, self.rows)
        self._sides.append(_within(block, lower, upper))
        return block.at

    def add(self, rows: np.ndarray, columns: np.ndarray, coefficient: np.ndarray | float) -> None:
        """Add ``coefficient`` times ``columns`` to ``rows``, all broadcast together."""
        row, column, value = np.broadcast_arrays(rows, columns, coefficient)
        there = (column != NONE) & (value != 0)
        if np.any(row[there] == NONE):
            raise AssertionError("a term on a row that is not there")
        self._terms.append((row[there], column[there], value[there].astype(float)))

    def pay(self, name: str, columns: np.ndarray, cost: np.ndarray | float) -> None:
        """Add ``cost`` a unit of ``columns`` to the cost term ``name``."""
        column, value = np.broadcast_arrays(columns, cost)
        there = (column != NONE) & (value != 0)
        self._priced.append((name, column[there], value[there].astype(float)))

    def pay_anyway(self, name: str, cost: float) -> None:
        """Add what is paid whatever is decided."""
        self.offsets[name] = self.offsets.get(name, 0.0) + cost

    def matrix(self) -> Matrix:
        """Gather all that was added."""
        width, height = self.width, self.height
        row, column, value = (np.concatenate(parts) for parts in zip(*self._terms, strict=True))
        matrix = sparse.coo_array((value, (row, column)), shape=(height, width)).tocsc()
        matrix.sum_duplicates()
        matrix.data[np.abs(matrix.data) < SMALLEST] = 0.0
        matrix.eliminate_zeros()
        self.costs = {name: np.zeros(width) for name, _, _ in self._priced}
        for name, columns, cost in self._priced:
            np.add.at(self.costs[name], columns, cost)
        lower, upper = (np.concatenate(side) for side in zip(*self._bounds, strict=True))
        row_lower, row_upper = (np.concatenate(side) for side in zip(*self._sides, strict=True))
        total = sum(self.costs.values(), np.zeros(width))
        integer = np.isin(np.arange(width), np.concatenate(self._whole)) if self._whole else None
        return Matrix(matrix, total, lower, upper, row_lower, row_upper, sum(self.offsets.values()), integer)

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return sum(len(lower) for lower, _ in self._bounds)

    @property
    def height(self) -> int:
        """Return the number of rows."""
        return sum(len(lower) for lower, _ in self._sides)

    def name_of(self, number: int, kind: str = "columns") -> str:
        """Return the name of a column or (``kind`` "rows") of a row, such as ``build[magnet, west, 2029]``."""
        blocks: dict[str, Block] = getattr(self, kind)
        for block in blocks.values():
            found = np.argwhere(block.at == number)
            if found.size:
                at = zip(block.labels.values(), found[0], strict=True)
                return f"{block.name}[{', '.join(str(labels[place]) for labels, place in at)}]"
        raise IndexError(f"there is no number {number} among the {kind}")

    def values(self, name: str, solution: np.ndarray) -> np.ndarray:
        """Return the solution of a block of columns over its labels, 0 where there is no column."""
        at = self.columns[name].at
        return np.where(at == NONE, 0.0, solution[at]) if at.size else np.zeros(at.shape)

    def duals(self, name: str, solution: np.ndarray) -> np.ndarray:
        """Return the shadow prices of a block of rows over its labels, 0 where there is no row."""
        at = self.rows[name].at
        return np.where(at == NONE, 0.0, solution[at]) if at.size else np.zeros(at.shape)

    def _block(self, name: str, labels: Labels, unit: str, keep: np.ndarray | bool, known: dict[str, Block]) -> Block:
        if name in known:
            raise AssertionError(f"'{name}' is there already")
        shape = tuple(len(members) for members in labels.values())
        kept = np.broadcast_to(np.asarray(keep, dtype=bool), shape)
        at = np.full(shape, NONE)
        first = self.width if known is self.columns else self.height
        at[kept] = first + np.arange(int(kept.sum()))
        block = Block(name, at, labels, unit)
        known[name] = block
        return block


SMALLEST = 1e-9
"""Coefficients below it are rounding of recipes, not flows (t per t)."""


def _within(block: Block, lower: np.ndarray | float, upper: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    there = block.at != NONE
    low, high = (np.broadcast_to(np.asarray(side, dtype=float), block.at.shape)[there] for side in (lower, upper))
    return low, high
