"""One figure from many lots: a random-effects mean, with the spread between lots told from that of measuring.

Lot i has a true figure ``mean + d_i``, the ``d_i`` independent with variance ``between`` (tau squared), and was
measured with an error of covariance S over lots (not diagonal where lots share a calibration). ``between`` is
estimated by restricted maximum likelihood (REML), or by the moments of DerSimonian and Laird (Controlled Clinical
Trials 7, 1986, 177), both written for any S. The mean is the generalised least squares one with V = S + between x
I. Its standard deviation is that of Hartung and Knapp (Statistics in Medicine 20, 2001, 3875), never below the one
from V alone; ranges use Student's t with one degree of freedom less than there are lots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, norm
from scipy.stats import t as student

from chumbak.reconcile.system import Array

Method = Literal["REML", "DL"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled figure of ``lots`` lots, in their unit.

    ``sd`` is of the mean (Hartung-Knapp) and ``model_sd`` the one from V alone; ``between`` the variance between
    lots and ``share`` the part of the whole spread of a lot that it makes (I squared). ``heterogeneity`` is
    Cochran's Q, and ``chance`` that of one as large if all lots were alike. ``weights`` sum to one.
    """

    mean: float
    sd: float
    model_sd: float
    between: float
    share: float
    heterogeneity: float
    chance: float
    lots: int
    method: Method
    weights: tuple[float, ...]

    def range(self, holds: float = 0.9) -> tuple[float, float]:
        """Return the range in which the mean lies with this chance."""
        reach = self._deviate(holds) * self.sd
        return self.mean - reach, self.mean + reach

    def next_lot(self, holds: float = 0.9) -> tuple[float, float]:
        """Return the range in which the true figure of the next lot lies with this chance."""
        reach = self._deviate(holds) * float(np.hypot(self.sd, np.sqrt(self.between)))
        return self.mean - reach, self.mean + reach

    def _deviate(self, holds: float) -> float:
        if not 0 < holds < 1:
            raise ValueError(f"A range cannot hold with {holds:g}: give a chance between 0 and 1.")
        upper = (1 + holds) / 2
        return float(student.ppf(upper, self.lots - 1) if self.lots > 1 else norm.ppf(upper))


@dataclass(frozen=True, slots=True)
class _Turned:
    """The lots in the eigenbasis of S, where V is diagonal for every ``between``."""

    y: Array
    one: Array
    own: Array

    def at(self, between: float) -> tuple[float, float, Array]:
        """Return the mean, the sum of all of V^-1 and the diagonal of V^-1."""
        inverse = 1 / (self.own + between)
        total = float((self.one**2) @ inverse)
        return float((self.one * inverse) @ self.y) / total, total, inverse

    def trace(self, between: float) -> float:
        """Return the trace of P, the projection of REML."""
        _, total, inverse = self.at(between)
        return float(inverse.sum() - (self.one**2 @ inverse**2) / total)

    def scatter(self, between: float) -> float:
        """Return y'Py, the weighted sum of squares about the mean."""
        mean, _, inverse = self.at(between)
        return float(inverse @ (self.y - mean * self.one) ** 2)

    def score(self, between: float) -> float:
        """Return twice the slope of the restricted log-likelihood."""
        mean, _, inverse = self.at(between)
        return float(inverse**2 @ (self.y - mean * self.one) ** 2) - self.trace(between)

    def likelihood(self, between: float) -> float:
        """Return twice the restricted log-likelihood, up to a constant."""
        _, total, inverse = self.at(between)
        return float(np.log(inverse).sum() - np.log(total)) - self.scatter(between)


def pool(figures: Sequence[float], covariance: Array, method: Method = "REML") -> Pooled:
    """Return the pooled figure of k lots with the covariance (k, k) of their measuring errors.

    Raises ``ValueError`` where there is no lot, or the covariance is not one of k errors that are all there.
    """
    y = np.asarray(figures, dtype=float)
    spread = np.asarray(covariance, dtype=float)
    if not y.size:
        raise ValueError("There is no lot to pool.")
    if spread.shape != (y.size, y.size) or not np.isfinite(spread).all() or not np.isfinite(y).all():
        raise ValueError(f"The covariance has to be {y.size} by {y.size} finite numbers, and so the figures.")
    own, basis = np.linalg.eigh((spread + spread.T) / 2)
    if own[0] <= 1e-14 * own[-1]:
        raise ValueError("Every lot needs an error of its own: a standard deviation above 0.")
    turned = _Turned(basis.T @ y, basis.T @ np.ones(y.size), own)
    degrees = y.size - 1
    heterogeneity = turned.scatter(0.0)
    moments = max(0.0, (heterogeneity - degrees) / turned.trace(0.0)) if degrees else 0.0
    between = _reml(turned) if method == "REML" and degrees else moments
    mean, total, _ = turned.at(between)
    model = 1 / total
    stretch = max(1.0, turned.scatter(between) / degrees) if degrees else 1.0
    inverse = basis / (own + between) @ basis.T
    typical = degrees / turned.trace(0.0) if degrees else 0.0
    return Pooled(
        mean=mean,
        sd=float(np.sqrt(stretch * model)),
        model_sd=float(np.sqrt(model)),
        between=between,
        share=between / (between + typical) if between else 0.0,
        heterogeneity=heterogeneity,
        chance=float(chi2.sf(heterogeneity, degrees)) if degrees else 1.0,
        lots=y.size,
        method=method,
        weights=tuple((inverse.sum(axis=1) / total).tolist()),
    )


def _reml(turned: _Turned) -> float:
    """Return the variance between lots of the greatest restricted likelihood: at a root of its slope, or at 0."""
    most = float(np.var(turned.y, ddof=1)) * 4 + float(turned.own[-1])
    grid = np.concatenate([[0.0], np.geomspace(1e-9 * most, most, 120)])
    slopes = [turned.score(at) for at in grid]
    found = [0.0] + [
        float(brentq(turned.score, grid[k], grid[k + 1], xtol=1e-16 * most, rtol=1e-12))
        for k in range(len(grid) - 1)
        if slopes[k] > 0 >= slopes[k + 1]
    ]
    return max(found, key=turned.likelihood)
