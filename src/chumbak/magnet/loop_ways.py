"""The ways of a measured loop: down from the largest field and up again, wherever it begins and however it is written.

A way is known by what J does, not by which end of the field is larger: J goes from one sign to the other, at a field
that opposes it. Recoil loops and noise in the field are parts of the way in which they lie.
"""

from __future__ import annotations

import numpy as np

from chumbak.magnet.units import MagnetError, shown

Curve = tuple[np.ndarray, np.ndarray]
"""H (kA/m) and J (T) of a way, H falling from the largest field, J from above zero."""

SIGN = 0.1  # of the largest J: below it the sign of J says nothing
SATURATED = 0.5  # of the largest J: a way begins above it, or it is a first magnetisation
NEAR = 0.02  # of the span of H and of J: ends of a closed loop may be as far apart
MOST_TURNS = 20  # of the sign of J: with more no way can be told
MOST_BACK = 0.5  # of the points of a way that may lie on the way back
GONE_BACK = 0.05  # of the span: a field that goes back by more is a loop of its own, not noise
SPIKE, OF_NOISE = 0.01, 8.0  # of the largest J, and in standard deviations of its noise: a point that stands out
NAMED = 3  # spikes named one by one


def without_spikes(h: np.ndarray, j: np.ndarray, notes: list[str]) -> Curve:
    """Return the points without single ones whose J stands out from both neighbours, and name these."""
    before, after = j[1:-1] - j[:-2], j[1:-1] - j[2:]
    least = max(SPIKE * float(np.abs(j).max()), OF_NOISE * noise(j))
    out = 1 + np.flatnonzero((before * after > 0) & (np.minimum(np.abs(before), np.abs(after)) > least))
    if not out.size:
        return h, j
    named = "; ".join(
        f"point {at + 1}, H {shown(h[at], 'field')}, J {j[at]:.3f} T between {j[at - 1]:.3f} and {j[at + 1]:.3f} T"
        for at in out[:NAMED].tolist()
    )
    more = f"; and {out.size - NAMED} more" if out.size > NAMED else ""
    notes.append(f"J stands out from both neighbours, and was left out: {named}{more}. Check these readings.")
    keep = np.ones(j.size, dtype=bool)
    keep[out] = False
    return h[keep], j[keep]


def noise(values: np.ndarray) -> float:
    """Return the standard deviation of noise, from how points lie off the line between their neighbours."""
    off = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
    return float(np.median(off)) / 0.6745 / 1.5**0.5 if off.size else 0.0


def find_ways(h: np.ndarray, j: np.ndarray, what: str, notes: list[str]) -> tuple[Curve, Curve | None]:
    """Return the way down and, where there is one, the way up turned over; each with H at new lows only.

    Raises ``MagnetError`` where no way can be told.
    """
    h, j = _signed(h, j, notes)
    h, j = _in_order(h, j, notes)
    turns = _turns(j)
    if len(turns) > 1 and len(turns) <= MOST_TURNS and _closed(h, j):
        top = int(np.argmax(h))
        h, j = np.roll(h, -top), np.roll(j, -top)
        turns = _turns(j)
    down, up = _first_of(h, j, turns)
    if down is None and up is not None:
        notes.append("H and J were turned over: the branch that begins at the largest negative field is used.")
        down, up = up, None
    if down is None:  # no sign of J to go by: the largest field to the lowest after it
        top = int(np.argmax(h))
        down = slice_down(h, j, top, top + int(np.argmin(h[top:])))
    return new_lows(*down, what, notes), None if up is None else new_lows(*up, f"{what}, way up", notes)


def new_lows(h: np.ndarray, j: np.ndarray, what: str, notes: list[str]) -> Curve:
    """Return the points at which H reaches a new low, and say how many were left out. Raises ``MagnetError``."""
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


def slice_down(h: np.ndarray, j: np.ndarray, first: int, last: int) -> Curve:
    """Return the points from ``first`` to ``last``, both in it."""
    return h[first : last + 1], j[first : last + 1]


def _signed(h: np.ndarray, j: np.ndarray, notes: list[str]) -> Curve:
    """Return the loop with the opposing field negative where it was written as a size."""
    low, high = int(np.argmin(h)), int(np.argmax(h))
    near = NEAR * (h[high] - h[low])
    if h[low] >= -near and j[low] > SATURATED * np.abs(j).max() and j[high] < j[low]:
        notes.append("H was written without its sign; it is taken as opposing the magnet.")
        return -h, j
    return h, j


def _in_order(h: np.ndarray, j: np.ndarray, notes: list[str]) -> Curve:
    """Return the loop in the order of measuring, the magnet's own direction positive, and say what was turned."""
    turns = _turns(j)
    if not turns:
        if j[int(np.argmax(np.abs(j)))] < 0 and h.max() > -h.min():
            notes.append("H and J were turned over: the magnet was measured the other way round.")
            h, j = -h, -j
        backwards = int(np.argmin(h)) < int(np.argmax(h))
    else:
        # J that turns along the field, not against it, was listed backwards, or is of the wrong sign
        wrong = [at for at, (place, sign) in enumerate(turns) if sign * h[place] < 0]
        backwards = 2 * len(wrong) > len(turns) and _came_from_far(h, turns, wrong[0])
    if backwards:
        notes.append("The points were listed from Hcj towards Br; they are taken the other way round.")
        return h[::-1], j[::-1]
    return h, j


def _turns(j: np.ndarray) -> list[tuple[int, int]]:
    """Return where J has changed its sign, and to which."""
    level = SIGN * np.abs(j).max()
    sign = (j > level).astype(int) - (j < -level).astype(int)
    known = np.flatnonzero(sign)
    changed = known[1:][np.diff(sign[known]) != 0]
    return [(int(at), int(sign[at])) for at in changed]


def _part(turns: list[tuple[int, int]], number: int, size: int) -> tuple[int, int, int]:
    """Return the turn before (or the beginning), this one, and the next (or the end)."""
    before = turns[number - 1][0] if number else 0
    return before, turns[number][0], turns[number + 1][0] if number + 1 < len(turns) else size


def _came_from_far(h: np.ndarray, turns: list[tuple[int, int]], number: int) -> bool:
    """Say whether the largest field on the side of a turn lies before it."""
    before, at, after = _part(turns, number, h.size)
    away = h * np.sign(h[at])
    return bool(away[before:at].max() > away[at:after].max())


def _closed(h: np.ndarray, j: np.ndarray) -> bool:
    """Say whether a loop ends where it began."""
    return bool(abs(h[0] - h[-1]) < NEAR * np.ptp(h) and abs(j[0] - j[-1]) < NEAR * np.ptp(j))


def _first_of(h: np.ndarray, j: np.ndarray, turns: list[tuple[int, int]]) -> tuple[Curve | None, Curve | None]:
    """Return the first way down and the first way up turned over that begin saturated, at a field of zero or above."""
    found: dict[int, Curve] = {}
    most = np.abs(j).max()
    for number, (place, sign) in enumerate(turns[: MOST_TURNS + 1]):
        before, at, after = _part(turns, number, h.size)
        x, y = -sign * h, -sign * j  # a way up turned over is a way down
        first, last = before + int(np.argmax(x[before:at])), at + int(np.argmin(x[at:after]))
        whole = sign * h[place] > 0 and x[first] >= 0 and y[first] >= SATURATED * most
        if whole and sign not in found and len(turns) <= MOST_TURNS:
            found[sign] = slice_down(x, y, first, last)
    return found.get(-1), found.get(1)
