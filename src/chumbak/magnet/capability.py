"""Capability with confidence: Cp, Cpk within, Pp, Ppk overall, and intervals for them.

Pp by chi-squared; Ppk by Bissell (Appl. Stat. 39, 1990), which is an approximation for normal values; for Cp and Cpk
the degrees of freedom are those of the estimate within subgroups.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtri

from chumbak.magnet.units import MagnetError

MOVING = 0.62  # degrees of freedom of a mean moving range, for each of its ranges (Nelson 1982)
FEW = 30  # values, below which an interval is so wide that it is said


@dataclass(frozen=True)
class Index:
    """A capability index with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Capability:
    """Indices by name (Cp and Pp need both limits), the confidence of their intervals, and notes."""

    indices: dict[str, Index]
    confidence: float
    values: int
    below: float
    above: float
    notes: tuple[str, ...]


def capability_of(
    groups: np.ndarray, lower: float | None, upper: float | None, sigma_within: float, confidence: float = 0.95
) -> Capability:
    """Return capability against limits in the unit of the values, shape (groups, size). Raises ``MagnetError``."""
    groups = np.asarray(groups, dtype=float)
    if lower is None and upper is None:
        raise MagnetError("Capability needs a limit. Give a floor, a ceiling, or both.")
    for name, limit in (("floor", lower), ("ceiling", upper)):
        if limit is not None and not math.isfinite(limit):
            raise MagnetError(f"The {name} is {limit:g}. Write a finite number in the unit of the values.")
    if lower is not None and upper is not None and lower >= upper:
        raise MagnetError(f"The floor of {lower:g} is not below the ceiling of {upper:g}. Swap them.")
    check_confidence(confidence)
    count = groups.size
    if count < 2:
        raise MagnetError("Capability needs two values at least.")
    mean, overall = float(groups.mean()), float(groups.std(ddof=1))
    if not (overall > 0 and sigma_within > 0):
        raise MagnetError("All values are the same: there is no capability to speak of.")
    size = groups.shape[1]
    within_df = groups.shape[0] * (size - 1) if size > 1 else MOVING * (len(groups) - 1)
    indices = {}
    for letter, sigma, df in (("C", sigma_within, within_df), ("P", overall, count - 1)):
        if lower is not None and upper is not None:
            width = (upper - lower) / (6 * sigma)
            indices[f"{letter}p"] = _of_width(width, df, confidence)
        sides = [(mean - lower) / (3 * sigma)] if lower is not None else []
        sides += [(upper - mean) / (3 * sigma)] if upper is not None else []
        indices[f"{letter}pk"] = _of_side(min(sides), count, df, confidence)
    notes = []
    if count < FEW:
        notes.append(f"{count} values are few: the intervals are wide, and rest on values being normal.")
    if (skew := _skew(groups.ravel())) > 3:
        notes.append(f"The values are not normal (skewness {skew:.1f} standard errors from 0): indices mislead.")
    below = 0.0 if lower is None else float(np.mean(groups < lower))
    above = 0.0 if upper is None else float(np.mean(groups > upper))
    return Capability(indices, confidence, count, below, above, tuple(notes))


def check_confidence(confidence: float) -> float:
    """Return a confidence between 0 and 1. Raises ``MagnetError``."""
    if not 0 < confidence < 1:
        ask = f" Is {confidence / 100:g} meant?" if 1 < confidence < 100 else ""
        raise MagnetError(f"A confidence of {confidence:g} cannot be: between 0 and 1.{ask}")
    return confidence


def _of_width(value: float, df: float, confidence: float) -> Index:
    tail = (1 - confidence) / 2
    low, high = (math.sqrt(float(chdtri(df, one)) / df) for one in (1 - tail, tail))  # chdtri takes the upper tail
    return Index(value, value * low, value * high)


def _of_side(value: float, count: int, df: float, confidence: float) -> Index:
    wide = float(ndtri((1 + confidence) / 2)) * math.sqrt(1 / (9 * count) + value**2 / (2 * df))
    return Index(value, value - wide, value + wide)


def _skew(values: np.ndarray) -> float:
    away = values - values.mean()
    third = float(np.mean(away**3)) / float(np.mean(away**2)) ** 1.5
    return float(abs(third)) / math.sqrt(6 / len(values))
