"""Rationing: who gets how much of what does not suffice."""

from __future__ import annotations

import numpy as np


def ration(there: np.ndarray, wanted: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return what each gets, (draw, who): the lower ``rank`` (who,) first, in proportion among equals.

    ``there`` (draw,) and ``wanted`` (draw, who) in the same unit. Nobody gets more than wanted; what is given out is
    the smaller of what is there and what is wanted.
    """
    given, left = np.zeros_like(wanted), np.maximum(there, 0.0)  # what was given out before leaves rounding
    for one in np.unique(rank):
        who = rank == one
        asked = wanted[:, who].sum(axis=1)
        part = np.divide(left, asked, out=np.ones_like(left), where=asked > left)
        given[:, who] = wanted[:, who] * np.clip(part, 0.0, 1.0)[:, None]
        left = np.maximum(left - given[:, who].sum(axis=1), 0.0)
    return given
