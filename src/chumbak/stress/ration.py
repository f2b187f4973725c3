"""Rationing: who gets how much of what does not suffice."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def ration(there: np.ndarray, wanted: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return what each gets, (draw, who): the lower ``rank`` (who,) first, in proportion among equals.

    ``there`` (draw,) and ``wanted`` (draw, who) in the same unit. Nobody gets more than wanted; what is given out is
    the smaller of what is there and what is wanted.
    """
    there = np.maximum(there, 0.0)  # what was given out before leaves rounding
    suffices = wanted.sum(axis=1) <= there
    if suffices.all():
        return wanted.copy()
    of, by_rank, first = _groups(tuple(rank.tolist()))
    asked = np.add.reduceat(wanted[:, by_rank], first, axis=1)  # (draw, rank)
    left = np.maximum(there[:, None] - (np.cumsum(asked, axis=1) - asked), 0.0)
    part = np.divide(left, asked, out=np.ones_like(asked), where=asked > left)
    return np.where(suffices[:, None], wanted, wanted * part[:, of])


@lru_cache(maxsize=1024)
def _groups(rank: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the number of everybody's rank, everybody in order of rank, and who of them is first of each."""
    ranks, of = np.unique(rank, return_inverse=True)
    by_rank = np.argsort(of, kind="stable")
    return of, by_rank, np.searchsorted(of[by_rank], np.arange(len(ranks)))
