"""Splits of whole numbers that lose nothing: a row by largest remainder, a table exact in both directions.

A share is in general no whole number of micrograms. Rounding each share by itself makes or loses mass, so the rounding
is done for all of them at once: every share is rounded down, and what is left over is dealt out one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` (>= 0) in proportion to ``weights`` (integers >= 0) by largest remainder; ties to the first.

    The parts sum to ``total`` exactly and each is within 1 of its exact share. No part falls to a weight of zero.
    Raises ``ValueError`` if something is to be split over weights that sum to zero, or on a negative number.
    """
    whole = sum(weights)
    if total < 0 or min(weights, default=0) < 0:
        raise ValueError("a split has no negative numbers")
    if whole == 0:
        if total:
            raise ValueError(f"{total} cannot be split over weights that sum to zero")
        return [0] * len(weights)
    return _split(total, weights, whole)


def _split(total: int, weights: Sequence[int], whole: int) -> list[int]:
    products = [weight * total for weight in weights]
    parts = [product // whole for product in products]
    left = total - sum(parts)
    if left:
        rests = [product % whole for product in products]
        if left == 1:
            parts[rests.index(max(rests))] += 1
        else:
            for index in sorted(range(len(parts)), key=rests.__getitem__, reverse=True)[:left]:
                parts[index] += 1
    return parts


def split_by(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Split ``total`` by exact shares that sum to one, by largest remainder; ties to the first."""
    if len(shares) == 1 and shares[0] == 1 and total >= 0:
        return [total]
    if sum(shares) != 1:
        raise ValueError(f"shares sum to {sum(shares)} instead of 1")
    common = math.lcm(*(share.denominator for share in shares))
    return split(total, [share.numerator * (common // share.denominator) for share in shares])


def split_columns(rows: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
    """Fill a table whose rows and columns have given sums, in proportion to both: ``table[column][row]``.

    ``rows`` and ``columns`` are integers >= 0 with one and the same total T. Row and column sums are met exactly, no
    cell is negative, and each cell is within 1 of its exact share ``rows[i] * columns[j] / T``. A row or column of zero
    stays zero. The order of rows and columns settles ties.

    Every cell is rounded down. What a row and a column then lack is a table of zeros and ones with known sums; one
    exists (the fractions themselves are a flow with these sums), and putting the ones of a row where columns lack most
    finds it, row after row, whatever the order (D. Gale, Pacific J. Math. 7, 1957, 1073-1082).
    Raises ``ValueError`` if the totals differ or a number is negative.
    """
    whole = sum(rows)
    if whole != sum(columns):
        raise ValueError(f"rows sum to {whole} and columns to {sum(columns)}")
    if min(rows, default=0) < 0 or min(columns, default=0) < 0:
        raise ValueError("a split has no negative numbers")
    if len(rows) == 1:
        return [[column] for column in columns]
    if len(columns) == 1:
        return [list(rows)]
    if whole == 0:
        return [[0] * len(rows) for _ in columns]
    if len(rows) == 2:  # what the general way below comes to: columns lack 0 or 1, and the second row is the rest
        return [[cell, column - cell] for column, cell in zip(columns, _split(rows[0], columns, whole), strict=True)]
    table = [[row * column // whole for row in rows] for column in columns]
    lacks = [column - sum(cells) for column, cells in zip(columns, table, strict=True)]
    for index, has in enumerate(list(map(sum, zip(*table, strict=True)))):
        row = rows[index]
        if has == row:
            continue
        most = sorted(lacks, reverse=True)
        left = row - has
        if left == len(most) or most[left - 1] > most[left]:
            chosen = [at for at, lack in enumerate(lacks) if lack >= most[left - 1]]
        else:  # What a column lacks, and then its fraction: as one number, since the fraction is below the whole.
            keys = [lack * whole + row * column % whole for lack, column in zip(lacks, columns, strict=True)]
            chosen = sorted(range(len(keys)), key=keys.__getitem__, reverse=True)[:left]
        for at in chosen:
            table[at][index] += 1
            lacks[at] -= 1
    return table
