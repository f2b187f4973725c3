"""A measured demagnetisation branch: Br, Hcj, Hcb, BHmax, Hk and the recoil permeability, with what was done to it.

Convention: H in kA/m, J in T, in the order of measuring. The analysis takes the branch that goes down from the largest
field and, where there is one, the branch that goes up again, turned over.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chumbak.magnet.units import MU0, MagnetError, shown

LEAST_POINTS = 10  # between Br and Hcj, or there is no curve to speak of
GONE_BACK = 0.05  # of the span: a field that goes back by more is a loop of its own, not noise
MOST_BACK = 0.5  # of the points of a branch that may lie on the way back
SLOPE_RANGE = 0.5  # the recoil permeability is read between Br and this share of Hcj
LIKE_B = 0.6  # J with a slope above it, in mu0, is B; B with a slope below it is J
UNEQUAL = 0.03  # branches that differ by more are said to
FROM = 0.15  # a way up that ends this share of Hcj below it, or earlier, has no Hcj
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
    h, j = _in_second_quadrant(h, j, notes)
    top = int(np.argmax(h))
    bottom = top + int(np.argmin(h[top:]))
    curve = _monotone(h[top : bottom + 1], j[top : bottom + 1], what, notes)
    down = branch(*curve, what)
    up = None
    if h[bottom:].max(initial=-np.inf) > down.hcj * (1 - FROM) and h.size - bottom > LEAST_POINTS:
        turn = bottom + int(np.argmax(h[bottom:]))
        up = branch(*_monotone(-h[bottom : turn + 1], -j[bottom : turn + 1], what, notes), f"{what}, way up")
        for name, one, other in (("Br", down.br, up.br), ("Hcj", down.hcj, up.hcj)):
            if abs(one - other) > UNEQUAL * one:
                notes.append(f"{name} of the two branches differs by {100 * abs(one - other) / one:.1f} %: check zero.")
    return Loop(down, up, tuple(notes), *curve)


def branch(h: np.ndarray, j: np.ndarray, what: str = "the branch") -> Branch:
    """Return what a branch says, H falling from 0 or above to -Hcj or below (kA/m), J in T. Raises ``MagnetError``."""
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
    product = -quarter_h * b
    bhmax, at = _peak(quarter_h, product, int(np.argmax(product)))
    low = int(np.argmax(quarter_j <= 0.9 * br))
    hk = -_cross(quarter_j - 0.9 * br, quarter_h, low)
    straight = quarter_h >= -SLOPE_RANGE * min(hcj, hk)
    chi = _slope(quarter_h[straight], quarter_j[straight]) / MU0
    return Branch(br, hcj, hcb, bhmax, -at, hk, 1 + chi, end - zero)


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


def _in_second_quadrant(h: np.ndarray, j: np.ndarray, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the loop with the magnet's own direction positive, and say what was turned."""
    if h.min() >= 0 and j[int(np.argmin(h))] > 0.5 * np.abs(j).max() and j[int(np.argmax(h))] < j[int(np.argmin(h))]:
        notes.append("H was written without its sign; it is taken as opposing the magnet.")
        return (-h, j) if h[0] <= h[-1] else (-h[::-1], j[::-1])
    if h.max() <= 0 or h.min() >= 0:
        start = int(np.argmin(np.abs(h)))
        if j[start] < 0:
            notes.append("H and J were turned over: the magnet was measured the other way round.")
            h, j = -h, -j
        if h.max() <= 0 and h[0] < h[-1]:
            notes.append("The points were measured from Hcj towards Br; they are taken the other way round.")
            h, j = h[::-1], j[::-1]
        return h, j
    top, bottom = int(np.argmax(h)), int(np.argmin(h))
    if bottom < top and not np.any(h[top:] < 0.5 * h.min()):  # the way down from the other side comes first
        if j[int(np.argmin(np.abs(h)))] > 0:  # on the way up from saturation J is still negative at zero
            notes.append("The points are listed from the largest negative field; they are taken the other way round.")
            return h[::-1], j[::-1]
        notes.append("H and J were turned over: the branch that begins at the largest negative field is used.")
        h, j = -h, -j
    return h, j


def _monotone(h: np.ndarray, j: np.ndarray, what: str, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the points at which H reaches a new low, and say how many were left out."""
    lowest = np.minimum.accumulate(h)
    keep = np.empty(h.size, dtype=bool)
    keep[0] = True
    keep[1:] = h[1:] < lowest[:-1]
    left = h.size - int(np.count_nonzero(keep))
    if not left:
        return h, j
    span = h[0] - h[-1]
    back = float((h - lowest).max())
    if not (h - lowest).any():  # equal fields, as where a sweep turns
        return h[keep], j[keep]
    if left > MOST_BACK * h.size:
        raise MagnetError(
            f"In {what} H goes back at {left} of {h.size} points: no branch can be told. "
            "Check that the columns are H and J and the points in the order of measuring."
        )
    kind = "a loop of its own, of" if back > GONE_BACK * span else "noise of"
    notes.append(f"H went back at {left} of {h.size} points ({kind} {back:.1f} kA/m at most); these were left out.")
    return h[keep], j[keep]


def _cross(x: np.ndarray, y: np.ndarray, at: int) -> float:
    """Return y where x is zero, between the points before ``at`` and at it."""
    if at == 0 or x[at] == 0:
        return float(y[at])
    share = x[at - 1] / (x[at - 1] - x[at])
    return float(y[at - 1] + share * (y[at] - y[at - 1]))


def _peak(x: np.ndarray, y: np.ndarray, at: int) -> tuple[float, float]:
    """Return the top of the parabola through the largest value and its neighbours, and where it is."""
    if not 0 < at < x.size - 1:
        return float(y[at]), float(x[at])
    (x0, x1, x2), (y0, y1, y2) = x[at - 1 : at + 2], y[at - 1 : at + 2]
    first, second = (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1)
    bend = (second - first) / (x2 - x0)
    if bend >= 0:
        return float(y1), float(x1)
    top = min(max((x0 + x1 - first / bend) / 2, min(x0, x2)), max(x0, x2))
    return float(y0 + first * (top - x0) + bend * (top - x0) * (top - x1)), float(top)


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    if x.size < 2:
        return 0.0
    away = x - x.mean()
    return float(away @ y / (away @ away))
