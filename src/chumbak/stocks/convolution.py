"""Sums over cohorts when survival depends on age alone: convolutions over years.

Arrays are (groups, years, ...): a group is what flow and lifetime share, such as a product. Sums of
non-negative terms stay non-negative and exact zeros stay zero, which a Fourier transform would not give.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chumbak.stocks.labels import Array

_BLOCK_YEARS = 32  # the Toeplitz matrix of a kernel is this many columns wide
_SCRATCH_BYTES = 4_000_000  # what one thread works on at a time; about the size of a processor's cache


def in_threads(work: Callable[[slice], None], count: int, size: int) -> None:
    """Call ``work`` on slices of ``range(count)`` of this size; numpy lets threads run side by side."""
    slices = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    if len(slices) == 1:
        work(slices[0])
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, slices))


def convolve(kernel: Array, series: Array) -> Array:
    """Return y[t] = sum over k of kernel[k] series[t - k], group by group.

    Shapes: kernel (groups, years, own), series (groups, years, other); result (groups, years, own, other).
    """
    groups, years, own = kernel.shape
    other = series.shape[2]
    if own > other:  # the smaller one becomes the Toeplitz matrix
        return convolve(series, kernel).swapaxes(2, 3)
    result = np.empty((groups, years, own, other))
    step = max(1, _SCRATCH_BYTES // (8 * years * own * (min(years, _BLOCK_YEARS) + other)))

    def work(part: slice) -> None:
        _convolve(kernel[part], series[part], result[part], step)

    # Products as large as the scratch are split among processors by the linear algebra library itself.
    in_threads(work, groups, groups if step == 1 else max(step, -(-groups // (os.cpu_count() or 1))))
    return result


def _convolve(kernel: Array, series: Array, result: Array, step: int) -> None:
    """Fill ``result``, ``step`` groups at a time, as products of matrices a few years wide."""
    groups, years, own = kernel.shape
    step, width = min(step, groups), min(years, _BLOCK_YEARS)
    flat = result.reshape(groups, years * own, -1)
    # Scratch is allocated once: fresh memory for each step costs as much as the arithmetic.
    late = np.zeros((step, width - 1 + years, own))
    windows = sliding_window_view(late, width, axis=1)[..., ::-1]
    toeplitz = np.empty((step, years, own, width))  # toeplitz[g, t, own, c] = kernel[g, t - c, own]
    rows = toeplitz.reshape(step, years * own, width)
    scratch = np.empty((step, years * own, flat.shape[2]))
    for first in range(0, groups, step):
        part = slice(first, min(first + step, groups))
        count = part.stop - first
        late[:count, width - 1 :] = kernel[part]
        toeplitz[:count] = windows[:count]
        np.matmul(rows[:count], series[part, :width], out=flat[part])
        for start in range(width, years, width):
            block = series[part, start : start + width]
            length = (years - start) * own
            here = np.matmul(rows[:count, :length, : block.shape[1]], block, out=scratch[:count, :length])
            flat[part, start * own :] += here


def differences(values: Array) -> Array:
    """Change from year to year (axis 1), from zero before the first; np.diff would copy once more."""
    result = values.copy()
    result[:, 1:] -= values[:, :-1]
    return result


def leaving(survival: Array) -> Array:
    """Share that leaves at each age: f[0] = 1 - S[0], f[k] = S[k - 1] - S[k]; years on axis 1."""
    return -np.diff(survival, axis=1, prepend=1.0)


def replacement(survival: Array) -> Array:
    """Outflow of each year after one unit of stock is added for good, everything that leaves being replaced.

    Renewal equation: the inflow u that such a unit needs is u[0] = 1 / S[0] and
    u[t] = (sum over k >= 1 of f[k] u[t - k]) / S[0]; its outflow is u less the unit itself. Hence, with
    growth[t] = stock[t] - stock[t - 1], outflow = replacement * growth (a convolution) and
    inflow = growth + outflow. All terms are positive while a stock grows.
    Shapes: (groups, years, own) both; S[0] must be above zero.
    """
    groups, years, own = survival.shape
    curves = survival.swapaxes(1, 2).reshape(groups * own, years)
    backwards = leaving(curves)[:, :0:-1].copy()  # f[years - 1] ... f[1]
    needed = np.empty_like(curves)
    needed[:, 0] = 1 / curves[:, 0]
    for year in range(1, years):
        needed[:, year] = np.vecdot(backwards[:, years - 1 - year :], needed[:, :year]) / curves[:, 0]
    needed[:, 0] = (1 - curves[:, 0]) / curves[:, 0]
    return needed.reshape(groups, own, years).swapaxes(1, 2)
