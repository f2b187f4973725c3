"""Control charts: Shewhart with named rules, EWMA and CUSUM, for single values and for subgroups.

Constants come from the distribution of the range and of the standard deviation of normal samples, not from a table.
Rules: Western Electric (1956) 1 to 4 and Nelson (J. Qual. Technol. 16, 1984) 5 to 8, by their names. EWMA: Lucas and
Saccucci 1990 with exact limits. CUSUM: Page, in tabular form with reference k and decision interval h.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from scipy.special import gammaln, ndtr

from chumbak.magnet.units import MagnetError

KINDS = ("individuals", "xbar-r", "xbar-s", "ewma", "cusum")
LEAST = 8  # points, or limits mean little
MOST_GROUP = 25
RULES = {
    "beyond 3 sigma": "one point beyond three sigma (Western Electric 1, Nelson 1)",
    "2 of 3 beyond 2 sigma": "two of three points beyond two sigma on one side (Western Electric 2, Nelson 5)",
    "4 of 5 beyond 1 sigma": "four of five points beyond one sigma on one side (Western Electric 3, Nelson 6)",
    "8 on one side": "eight points in a row on one side of the centre (Western Electric 4)",
    "9 on one side": "nine points in a row on one side of the centre (Nelson 2)",
    "6 rising or falling": "six points in a row rising or falling (Nelson 3)",
    "14 alternating": "fourteen points in a row alternating (Nelson 4)",
    "15 within 1 sigma": "fifteen points in a row within one sigma (Nelson 7)",
    "8 beyond 1 sigma": "eight points in a row beyond one sigma on either side (Nelson 8)",
}
SETS = {
    "western-electric": ("beyond 3 sigma", "2 of 3 beyond 2 sigma", "4 of 5 beyond 1 sigma", "8 on one side"),
    "nelson": ("beyond 3 sigma", "9 on one side", "6 rising or falling", "14 alternating", "2 of 3 beyond 2 sigma",
               "4 of 5 beyond 1 sigma", "15 within 1 sigma", "8 beyond 1 sigma"),
    "shewhart": ("beyond 3 sigma",),
}  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """A rule that a point (numbered from 0) completes."""

    at: int
    rule: str
    chart: str


@dataclass(frozen=True)
class Panel:
    """One chart: points, centre and limits by point, in the unit of what is charted."""

    name: str
    points: np.ndarray
    centre: float
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class Control:
    """A chart of a series: its panels, signals, the mean and the sigma of single values, where they come from."""

    kind: str
    panels: tuple[Panel, ...]
    signals: tuple[Signal, ...]
    mean: float
    sigma: float
    estimate: str
    settings: Mapping[str, float] = field(default_factory=dict)
    """lambda and L of an EWMA, k and h of a CUSUM; else empty."""


@cache
def constants(n: int) -> dict[str, float]:
    """Return d2, d3, c4 and the factors A2, A3, B3, B4, D3, D4 of subgroups of ``n``. Raises ``MagnetError``."""
    if not 2 <= n <= MOST_GROUP:
        raise MagnetError(f"Subgroups of {n} are not charted: 2 to {MOST_GROUP}.")
    d2, square = _range_moments(n)
    d3 = math.sqrt(square - d2 * d2)
    c4 = math.sqrt(2 / (n - 1)) * math.exp(gammaln(n / 2) - gammaln((n - 1) / 2))
    wide = 3 * math.sqrt(1 - c4 * c4) / c4
    return {
        "d2": d2, "d3": d3, "c4": c4, "A2": 3 / (d2 * math.sqrt(n)), "A3": 3 / (c4 * math.sqrt(n)),
        "B3": max(0.0, 1 - wide), "B4": 1 + wide, "D3": max(0.0, 1 - 3 * d3 / d2), "D4": 1 + 3 * d3 / d2,
        "E2": 3 / d2,
    }  # fmt: skip


def control(
    groups: np.ndarray, kind: str, rules: str = "western-electric", baseline: int | None = None,
    mean: float | None = None, sigma: float | None = None, weight: float = 0.2, width: float = 2.86,
    reference: float = 0.5, decision: float = 4.77,
) -> Control:  # fmt: skip
    """Return a chart of subgroups, shape (groups, size), or of single values, shape (values, 1).

    Limits come from the first ``baseline`` groups (default: all), or from ``mean`` and ``sigma`` of single values where
    they are known. ``weight`` and ``width`` are lambda and L of the EWMA, ``reference`` and ``decision`` k and h of the
    CUSUM in sigmas of what is charted. Raises ``MagnetError``.
    """
    groups = np.asarray(groups, dtype=float)
    if kind not in KINDS:
        raise MagnetError(f"'{kind}' is no chart. Use one of {', '.join(KINDS)}.")
    if rules not in SETS:
        raise MagnetError(f"'{rules}' is no set of rules. Use one of {', '.join(SETS)}.")
    if groups.ndim == 1:
        raise MagnetError(
            f"A chart takes an array of shape (groups, size); this one has shape ({groups.size},). Of single values "
            "write values[:, None], shape (values, 1)."
        )
    if groups.ndim != 2 or groups.shape[1] < 1 or not np.isfinite(groups).all():
        raise MagnetError("A chart needs numbers in subgroups of one size. Mend those that are not.")
    count, size = groups.shape
    known = mean is not None and sigma is not None
    fewest = LEAST if not known else 2 if kind == "individuals" else 1  # a moving range takes two
    if count < fewest:
        said = "" if known else ", or mean and sigma that are known"
        there = "There is 1 point" if count == 1 else f"There are {count} points"
        raise MagnetError(f"{there}; a chart needs {fewest} at least{said}.")
    for name, value in (("mean", mean), ("sigma", sigma)):
        if value is not None and not (math.isfinite(value) and (name == "mean" or value > 0)):
            raise MagnetError(
                f"The {name} is given as {value:g}. Write a number{'' if name == 'mean' else ' above 0'}."
            )
    if baseline is not None and not 1 <= baseline <= count:
        raise MagnetError(f"A baseline of {baseline} cannot be taken of {count} points. Write one from 1 to {count}.")
    if kind in ("xbar-r", "xbar-s") and size < 2:
        raise MagnetError(f"A chart {kind} needs subgroups of two or more. Use individuals for single values.")
    if kind == "individuals" and size > 1:
        raise MagnetError("A chart of individuals needs single values. Use xbar-r or xbar-s for subgroups.")
    first = groups[: count if baseline is None else baseline]
    if len(first) < LEAST and not known:
        raise MagnetError(f"The baseline has {len(first)} points; it needs {LEAST} at least.")
    sigma_found, estimate = (sigma, "as given") if sigma is not None else _sigma(first, kind)
    centre = float(first.mean()) if mean is None else mean
    if not sigma_found > 0:
        raise MagnetError("All values are the same, or sigma is not above zero: there is nothing to chart.")
    settings: dict[str, float] = {}
    if kind == "ewma":
        settings = {"lambda": weight, "L": width}
        panels, signals = _ewma(groups, centre, sigma_found, weight, width)
    elif kind == "cusum":
        settings = {"k": reference, "h": decision}
        panels, signals = _cusum(groups, centre, sigma_found, reference, decision)
    else:
        panels, signals = _shewhart(groups, kind, centre, sigma_found, SETS[rules])
    return Control(kind, panels, signals, centre, sigma_found, estimate, settings)


def find_signals(z: np.ndarray, rules: Sequence[str], chart: str) -> list[Signal]:
    """Return the rules that points complete; ``z`` are points less the centre, over their sigma."""
    z = np.asarray(z, dtype=float)
    rise = np.sign(np.diff(z))
    checks = {
        "beyond 3 sigma": _runs(np.abs(z) > 3, 1, 1),
        "2 of 3 beyond 2 sigma": _runs(z > 2, 2, 3) | _runs(z < -2, 2, 3),
        "4 of 5 beyond 1 sigma": _runs(z > 1, 4, 5) | _runs(z < -1, 4, 5),
        "8 on one side": _runs(z > 0, 8, 8) | _runs(z < 0, 8, 8),
        "9 on one side": _runs(z > 0, 9, 9) | _runs(z < 0, 9, 9),
        "6 rising or falling": _later(_runs(rise > 0, 5, 5) | _runs(rise < 0, 5, 5), 1),
        "14 alternating": _later(_runs(rise[1:] * rise[:-1] < 0, 12, 12), 2),
        "15 within 1 sigma": _runs(np.abs(z) < 1, 15, 15),
        "8 beyond 1 sigma": _runs(np.abs(z) > 1, 8, 8),
    }
    found = [Signal(int(at), rule, chart) for rule in rules for at in np.flatnonzero(checks[rule])]
    return sorted(found, key=lambda one: one.at)


def _shewhart(
    groups: np.ndarray, kind: str, centre: float, sigma: float, rules: Sequence[str]
) -> tuple[tuple[Panel, ...], tuple[Signal, ...]]:
    size = groups.shape[1]
    means = groups.mean(axis=1)
    wide = sigma / math.sqrt(size)
    name = "values" if kind == "individuals" else "means"
    first = _panel(name, means, centre, centre - 3 * wide, centre + 3 * wide)
    n = 2 if kind == "individuals" else size
    known = constants(n)
    if kind == "xbar-s":
        spread, middle = groups.std(axis=1, ddof=1), known["c4"] * sigma
        second = _panel("standard deviations", spread, middle, known["B3"] * middle, known["B4"] * middle)
    else:
        spread = np.abs(np.diff(means)) if kind == "individuals" else np.ptp(groups, axis=1)
        middle = known["d2"] * sigma
        label = "moving ranges" if kind == "individuals" else "ranges"
        second = _panel(label, spread, middle, known["D3"] * middle, known["D4"] * middle)
    signals = find_signals((means - centre) / wide, rules, name)
    outside = np.flatnonzero((spread > second.upper) | (spread < second.lower))
    step = 1 if kind == "individuals" else 0  # a moving range belongs to the later of its two values
    signals += [Signal(int(at) + step, "beyond 3 sigma", second.name) for at in outside]
    return (first, second), tuple(sorted(signals, key=lambda one: one.at))


def _ewma(
    groups: np.ndarray, centre: float, sigma: float, weight: float, width: float
) -> tuple[tuple[Panel, ...], tuple[Signal, ...]]:
    if not 0 < weight <= 1 or not 0 < width < math.inf:
        raise MagnetError(f"An EWMA has a weight above 0 and up to 1, and a width above 0: not {weight:g}, {width:g}.")
    means, wide = groups.mean(axis=1), sigma / math.sqrt(groups.shape[1])
    points, last = np.empty(len(means)), centre
    for at, mean in enumerate(means):
        last = weight * mean + (1 - weight) * last
        points[at] = last
    steps = np.arange(1, len(means) + 1)
    limit = width * wide * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * steps)))
    panel = Panel("EWMA", points, centre, centre - limit, centre + limit)
    outside = np.flatnonzero(np.abs(points - centre) > limit)
    return (panel,), tuple(Signal(int(at), f"EWMA beyond {width:g} sigma", "EWMA") for at in outside)


def _cusum(
    groups: np.ndarray, centre: float, sigma: float, reference: float, decision: float
) -> tuple[tuple[Panel, ...], tuple[Signal, ...]]:
    if not 0 <= reference < math.inf or not 0 < decision < math.inf:
        raise MagnetError(f"A CUSUM has k of 0 or more and h above 0: not {reference:g}, {decision:g}.")
    z = (groups.mean(axis=1) - centre) / (sigma / math.sqrt(groups.shape[1]))
    panels, signals = [], []
    for name, sign in (("CUSUM up", 1), ("CUSUM down", -1)):
        points, last = np.empty(len(z)), 0.0
        for at, one in enumerate(sign * z):
            last = max(0.0, last + one - reference)
            points[at] = last
        panels.append(_panel(name, points, 0.0, 0.0, decision))
        signals += [
            Signal(int(at), f"CUSUM above {decision:g} sigma", name) for at in np.flatnonzero(points > decision)
        ]
    return tuple(panels), tuple(sorted(signals, key=lambda one: one.at))


def _sigma(groups: np.ndarray, kind: str) -> tuple[float, str]:
    """Return sigma of single values within subgroups, and how it was found."""
    size = groups.shape[1]
    if size == 1:
        return float(np.abs(np.diff(groups[:, 0])).mean()) / constants(2)["d2"], "mean moving range / d2"
    if kind == "xbar-r":
        return float(np.ptp(groups, axis=1).mean()) / constants(size)["d2"], "mean range / d2"
    return float(groups.std(axis=1, ddof=1).mean()) / constants(size)["c4"], "mean standard deviation / c4"


def _panel(name: str, points: np.ndarray, centre: float, lower: float, upper: float) -> Panel:
    return Panel(name, points, centre, np.full(len(points), lower), np.full(len(points), upper))


def _runs(hit: np.ndarray, need: int, of: int) -> np.ndarray:
    """Say of each point whether it is a hit that makes ``need`` of the last ``of`` points hits."""
    total = np.concatenate(([0], np.cumsum(hit)))
    start = np.maximum(np.arange(len(hit)) + 1 - of, 0)
    return np.asarray(hit & (total[1:] - total[start] >= need))


def _later(found: np.ndarray, by: int) -> np.ndarray:
    return np.concatenate((np.zeros(by, dtype=bool), found))


def _range_moments(n: int) -> tuple[float, float]:
    """Return mean and mean square of the range of ``n`` standard normal values (Tippett 1925)."""
    nodes, weights = np.polynomial.legendre.leggauss(160)
    x = 9.0 * nodes
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    mean = float(9.0 * weights @ (1 - ndtr(x) ** n - ndtr(-x) ** n))
    # E R^2 = 2 * integral of r P(R > r); P(R <= r) = n * integral of density (F(x + r) - F(x))^(n-1)
    r = 7.0 * (nodes + 1)
    inner = np.maximum(ndtr(x[:, None] + r) - ndtr(x)[:, None], 0) ** (n - 1)
    below = np.minimum(n * 9.0 * (weights * density) @ inner, 1.0)
    return mean, float(2 * 7.0 * weights @ (r * (1 - below)))
