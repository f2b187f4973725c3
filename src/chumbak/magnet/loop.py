"""A measured demagnetisation branch: Br, Hcj, Hcb, BHmax, Hk and the recoil permeability, with what was done to it.

Convention: H in kA/m, J in T, in the order of measuring. The analysis takes the branch that goes down from the largest
field and, where there is one, the branch that goes up again, turned over; ``loop_ways.py`` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chumbak.magnet.loop_ways import find_ways, noise, without_spikes
from chumbak.magnet.units import MU0, MagnetError, shown

LEAST_POINTS = 10  # between Br and Hcj, or there is no curve to speak of
SLOPE_RANGE = 0.5  # the recoil permeability is read between Br and this share of Hcj
LIKE_B = 0.6  # J with a slope above it, in mu0, is B; B with a slope below it is J
UNEQUAL = 0.03  # branches that differ by more are said to
AT_ZERO = 0.002  # of the span: a field as near to zero is zero
FIT = (0.3, 0.1, 0.03)  # of the field of BHmax, to either side: how far B(H) is fitted
FEWEST = 7  # points of such a fit
AS_NOISE, CLEAN = 1.25, 2e-5  # what a fit may leave: so many times the noise, and T where there is none
GRID = 601  # of fields at which a fit is looked through for its largest product
LEAST_BR, MOST_BR = 0.2, 1.7  # T
LEAST_HCJ, MOST_HCJ = 50.0, 5000.0  # kA/m


@dataclass(frozen=True)
class Branch:
    """What one branch says: T, kA/m and kJ/m3; ``hk`` where J is 90 % of Br; None where it was not reached."""

    br: float
    hcj: float
    hcb: float
    bhmax: float
    field_of_bhmax: float
    hk: float
    mu_rec: float
    points: int

    @property
    def squareness(self) -> float:
        """Return Hk/Hcj."""
        return self.hk / self.hcj


@dataclass(frozen=True)
class Loop:
    """The branch down, the branch up turned over where there is one, notes of what was done, and the curve (H, J)."""

    down: Branch
    up: Branch | None
    notes: tuple[str, ...]
    h: np.ndarray = field(repr=False)
    j: np.ndarray = field(repr=False)


def analyse(h: np.ndarray, j: np.ndarray, what: str = "the loop") -> Loop:
    """Return what a loop says, H (kA/m) and J (T) in the order of measuring. Raises ``MagnetError``."""
    h, j = np.asarray(h, dtype=float), np.asarray(j, dtype=float)
    if h.ndim != 1 or h.shape != j.shape:
        raise MagnetError(f"In {what} H and J have {h.size} and {j.size} values. Each point needs both.")
    if h.size < LEAST_POINTS:
        raise MagnetError(f"In {what} are {h.size} points; a curve needs {LEAST_POINTS} at least.")
    notes: list[str] = []
    if not (np.isfinite(h).all() and np.isfinite(j).all()):
        raise MagnetError(f"In {what} some values are no numbers. Mend or take out those points.")
    h, j = without_spikes(h, j, notes)
    curve, turned = find_ways(h, j, what, notes)
    down, up = branch(*curve, what), None
    if turned is not None:
        try:
            up = branch(*turned, f"{what}, way up")
        except MagnetError as error:
            notes.append(f"The way up is not used. {error}")
    if up is not None:
        for name, one, other in (("Br", down.br, up.br), ("Hcj", down.hcj, up.hcj)):
            if abs(one - other) > UNEQUAL * one:
                notes.append(f"{name} of the two branches differs by {100 * abs(one - other) / one:.1f} %: check zero.")
    return Loop(down, up, tuple(notes), *curve)


def branch(h: np.ndarray, j: np.ndarray, what: str = "the branch") -> Branch:
    """Return what a branch says, H falling from 0 or above to -Hcj or below (kA/m), J in T. Raises ``MagnetError``."""
    if -AT_ZERO * np.ptp(h) <= h[0] < 0:  # noise of the field about a first point at zero
        h = np.concatenate(([0.0], h[1:]))
    if h[0] < 0:
        raise MagnetError(
            f"In {what} H begins at {shown(h[0], 'field')}: Br is J at H = 0. Measure from zero or above."
        )
    zero = int(np.argmax(h <= 0))
    if h[zero] > 0:
        raise MagnetError(f"In {what} H never comes down to 0: there is no Br. Measure the second quadrant.")
    br = _cross(h, j, zero)
    if br <= 0:
        raise MagnetError(f"In {what} J is {br:.3f} T at H = 0: a magnet is above zero. Check sign and zero of J.")
    below = j[zero:] <= 0
    if not below.any():
        raise MagnetError(
            f"In {what} J is still {j[-1]:.3f} T at the last field, {shown(h[-1], 'field')}: Hcj was not reached. "
            "Measure to a larger field; Hcj is only known to be more than that."
        )
    end = zero + int(np.argmax(below))
    if end - zero < LEAST_POINTS:
        raise MagnetError(f"In {what} are {end - zero} points between Br and Hcj; {LEAST_POINTS} are needed at least.")
    hcj = -_cross(j, h, end)
    quarter_h, quarter_j = np.concatenate(([0.0], h[zero:end], [-hcj])), np.concatenate(([br], j[zero:end], [0.0]))
    b = quarter_j + MU0 * quarter_h
    below_b = int(np.argmax(b <= 0))
    hcb = -_cross(b, quarter_h, below_b)
    bhmax, at = _peak(quarter_h[: below_b + 1], b[: below_b + 1])
    low = int(np.argmax(quarter_j <= 0.9 * br))
    hk = -_cross(quarter_j - 0.9 * br, quarter_h, low)
    straight = quarter_h >= -SLOPE_RANGE * min(hcj, hk)
    chi = _slope(quarter_h[straight], quarter_j[straight]) / MU0
    return Branch(br, hcj, hcb, bhmax, at, hk, 1 + chi, end - zero)


def check_convention(found: Branch, given: str, what: str) -> None:
    """Raise ``MagnetError`` where a column that is called J can only be B, or the other way round, or units are off."""
    if not LEAST_BR <= found.br <= MOST_BR:
        raise MagnetError(f"In {what} Br is {found.br:.4g} T, of no rare-earth magnet. Check the unit of {given}.")
    if not LEAST_HCJ <= found.hcj <= MOST_HCJ:
        raise MagnetError(f"In {what} Hcj is {found.hcj:.4g} kA/m, of no rare-earth magnet. Check the unit of H.")
    chi = found.mu_rec - 1
    if given == "J" and chi > LIKE_B:
        raise MagnetError(
            f"In {what} the column J rises by {chi:.2f} mu0 a unit of field, as B does and J (about 0.05) does not. "
            "Call it B in the header."
        )
    if given == "B" and chi < LIKE_B - 1:
        raise MagnetError(
            f"In {what} the column B rises by {chi + 1:.2f} mu0 a unit of field, as J does and B (1.0 at least) does "
            "not. Call it J in the header."
        )


def _cross(x: np.ndarray, y: np.ndarray, at: int) -> float:
    """Return y where x is zero, between the points before ``at`` and at it."""
    if at == 0 or x[at] == 0:
        return float(y[at])
    share = x[at - 1] / (x[at - 1] - x[at])
    return float(y[at - 1] + share * (y[at] - y[at - 1]))


def _peak(field: np.ndarray, flux: np.ndarray) -> tuple[float, float]:
    """Return BHmax (kJ/m3) and the size of the field (kA/m) where it is, by a parabola of B(H) about the largest.

    The largest of noisy products lies above the true one; a fit over many points does not. The widest range is taken
    in which the parabola leaves no more than noise; where none does, as on a sharp shoulder, the points beside the
    largest.
    """
    size = -field
    product = size * flux
    at = int(np.argmax(product))
    centre = float(size[at])
    if not 0 < at < size.size - 1:
        return float(product[at]), centre
    for half in FIT:
        near = np.abs(size - centre) <= half * centre
        if np.count_nonzero(near) < FEWEST:
            break
        fitted, left = _parabola(size[near] / centre - 1, flux[near])
        if float(np.sqrt(left @ left / (left.size - 3))) <= AS_NOISE * noise(flux[near]) + CLEAN:
            along = np.linspace(-half, half, GRID)
            products = centre * (1 + along) * (fitted[0] + along * (fitted[1] + along * fitted[2]))
            top = int(np.argmax(products))
            return float(products[top]), float(centre * (1 + along[top]))
    beside = slice(at - 1, at + 2)
    fitted, _ = _parabola(size[beside] / centre - 1, product[beside])
    if fitted[2] >= 0:
        return float(product[at]), centre
    top_at = min(max(-fitted[1] / (2 * fitted[2]), size[at - 1] / centre - 1), size[at + 1] / centre - 1)
    return float(fitted[0] + top_at * (fitted[1] + top_at * fitted[2])), float(centre * (1 + top_at))


def _parabola(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return c in c0 + c1 x + c2 x^2 by least squares, and what it leaves of y."""
    basis = np.stack([np.ones_like(x), x, x * x], axis=1)
    fitted = np.linalg.lstsq(basis, y, rcond=None)[0]
    return fitted, y - basis @ fitted


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    if x.size < 2:
        return 0.0
    away = x - x.mean()
    return float(away @ y / (away @ away))
