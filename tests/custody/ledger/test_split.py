"""Splits lose nothing: exact in both directions, never negative, close to the exact share."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.ledger.split import split, split_by, split_columns

AMOUNTS = st.integers(0, 2**63 - 1)


@st.composite
def margins(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Row sums and column sums with one total, small and large, zeros among them."""
    rows = draw(st.lists(st.integers(0, 40) | AMOUNTS, min_size=1, max_size=7))
    weights = draw(st.lists(st.integers(0, 5), min_size=1, max_size=7).filter(any))
    return rows, split(sum(rows), weights)


def split_table(rows: list[int], columns: list[int]) -> list[list[int]]:
    """Return the table row by row, as people write it."""
    return [list(cells) for cells in zip(*split_columns(rows, columns), strict=True)]


def check(rows: list[int], columns: list[int]) -> Fraction:
    table = split_table(rows, columns)
    assert [sum(cells) for cells in table] == rows
    assert [sum(cells) for cells in zip(*table, strict=True)] == columns
    assert min(min(cells) for cells in table) >= 0
    total = sum(rows)
    worst = Fraction(0)
    for row, cells in zip(rows, table, strict=True):
        for column, cell in zip(columns, cells, strict=True):
            exact = Fraction(row * column, total) if total else Fraction(0)
            worst = max(worst, abs(cell - exact))
            assert cell == 0 or (row and column)
    return worst


def test_a_row_by_hand() -> None:
    # 10 in proportion 1:1:1 is 3 1/3 each; the one left over goes to the first of equal remainders.
    assert split(10, [1, 1, 1]) == [4, 3, 3]
    # 100 by 2:3:8: 15 5/13, 23 1/13, 61 7/13; the one left over to the largest remainder, 7/13.
    assert split(100, [2, 3, 8]) == [15, 23, 62]
    assert split(7, [0, 5, 0]) == [0, 7, 0]
    assert split(0, [0, 0]) == [0, 0]
    assert split_by(10, [Fraction(3, 10), Fraction(7, 10)]) == [3, 7]
    assert split_by(1, [Fraction(1, 3), Fraction(2, 3)]) == [0, 1]


def test_a_table_by_hand() -> None:
    # 5 and 4 in columns of 2, 3, 4 (of 9): the first row's shares are 10/9, 15/9, 20/9; floors 1, 1, 2 leave one,
    # which goes to the largest remainder, the second; the second row is what is left.
    assert split_table([5, 4], [2, 3, 4]) == [[1, 2, 2], [1, 1, 2]]
    # Three rows of 1 in three columns of 1: a third each; ones go down the diagonal.
    assert split_table([1, 1, 1], [1, 1, 1]) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("total", "weights"), [(1, [0, 0]), (1, []), (-1, [1]), (1, [-1, 2])], ids=["zeros", "nothing", "below", "negative"]
)
def test_a_split_that_cannot_be_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="split"):
        split(total, weights)


def test_sums_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="rows sum to 3 and columns to 4"):
        split_table([3], [4])
    with pytest.raises(ValueError, match="negative"):
        split_table([3, -1], [1, 1])
    with pytest.raises(ValueError, match="sum to 1/2"):
        split_by(3, [Fraction(1, 2)])


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=9).filter(any))
def test_a_row_sums_and_each_part_is_within_one(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1
        assert part == 0 or weight


@given(margins())
def test_a_table_is_exact_in_both_directions(given_margins: tuple[list[int], list[int]]) -> None:
    assert check(*given_margins) <= 1


def test_many_random_tables_are_within_one() -> None:
    generator = random.Random(2026)
    worst = Fraction(0)
    for _ in range(4_000):
        size = 10 ** generator.randint(0, 18)
        rows = [generator.randint(0, size) for _ in range(generator.randint(1, 6))]
        weights = [generator.randint(0, 9) for _ in range(generator.randint(1, 7))]
        worst = max(worst, check(rows, split(sum(rows), weights if any(weights) else [1])))
    assert worst <= 1


@given(st.integers(1, 7), st.lists(AMOUNTS, min_size=1, max_size=6))
def test_two_rows_come_out_as_the_general_way_gives(cut: int, columns: list[int]) -> None:
    # A third, empty row takes the general way; the first two must not differ by it.
    total = sum(columns)
    rows = [total * cut // 7, total - total * cut // 7]
    assert split_table([*rows, 0], columns)[:2] == split_table(rows, columns)
