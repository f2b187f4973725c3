"""Depreciation and tax on profit, over draws and years.

Written-down value: a block of assets is depreciated at a rate of what is left of it. What is added in a year and in use
for less than 180 days bears half the rate; what is sold is taken off the block, and what a sale brings beyond the block
is a gain (Income-tax Act, 1961, sections 32, 43(6) and 50). What is left of the block when the plant ends is a capital
loss, which cannot be set off against profit: it is not deducted here. A loss is set off against profit for a number of
years, the oldest first, and depreciation that found no profit after that, without limit (sections 72 and 32(2)).
"""

from __future__ import annotations

import numpy as np

from chumbak.scheme.project import STRAIGHT, Tax


def block_year(
    opening: np.ndarray | float, rate: float, *, added: np.ndarray | float = 0.0, late: np.ndarray | float = 0.0,
    sold: np.ndarray | float = 0.0, late_share: float = 0.5,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return depreciation, what is left of the block, and the gain of a year; money, in the shape of the inputs.

    ``added`` bears the full rate, ``late`` the part ``late_share`` of it; ``sold`` is what sales brought.
    """
    gross = np.asarray(opening, dtype=float) + added + late
    before = np.maximum(gross - sold, 0.0)
    half = np.minimum(late, before)
    charge = rate * (before - half) + rate * late_share * half
    return charge, before - charge, np.maximum(sold - gross, 0.0)


def depreciation(
    tax: Tax, base: np.ndarray, salvage: np.ndarray, start: int, life: int
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return depreciation for tax and gains on sale, both (draw, year), nominal money.

    ``base``, ``salvage``: (draw,) what is depreciated from year ``start``, and what the plant fetches in its last.
    """
    charge, gain = np.zeros((2, len(base), start + life))
    if tax.method == STRAIGHT:
        charge[:, start:] = straight_line(base, salvage, life)
        gain[:, -1] = np.maximum(salvage - base, 0.0)
        return charge, gain
    left = np.zeros(len(base))
    for at in range(start, start + life):
        first = base if at == start else 0.0
        sold = salvage if at == start + life - 1 else 0.0
        charge[:, at], left, gain[:, at] = block_year(
            left, tax.depreciation, late=first, sold=sold, late_share=tax.first_year
        )
    return charge, gain


def straight_line(base: np.ndarray, salvage: np.ndarray, life: int) -> np.ndarray:
    """Return equal parts of what is not fetched at the end, (draw, life)."""
    yearly = np.maximum(base - salvage, 0.0) / life
    return np.repeat(yearly[:, None], life, axis=1)


def taxed(profit: np.ndarray, charge: np.ndarray, tax: Tax) -> tuple[np.ndarray, np.ndarray]:
    """Return tax to pay and profit that is taxed, (draw, year).

    ``profit`` is before depreciation, ``charge`` the depreciation for tax. See the head of this module for the order.
    """
    draws, years = profit.shape
    owed = np.zeros((draws, years))
    losses = np.zeros((tax.loss_years, draws))  # oldest first
    pool = np.zeros(draws)
    for at in range(years):
        now = profit[:, at]
        gain = np.maximum(now, 0.0)
        used = np.minimum(gain, charge[:, at])
        gain = gain - used
        if losses.any():
            piled = np.minimum(np.cumsum(losses, axis=0), gain)
            losses -= np.diff(piled, axis=0, prepend=0.0)
            gain = gain - piled[-1]
        taken = np.minimum(gain, pool)
        pool = pool - taken + charge[:, at] - used
        owed[:, at] = gain - taken
        if tax.loss_years:
            losses = np.vstack([losses[1:], np.maximum(-now, 0.0)])
    return tax.rate * owed, owed
