"""Draws: from a figure's range to an ensemble, the same for the same seed whatever else the pack holds.

The range of a figure holds with 90 %: ``low`` is its 5th and ``high`` its 95th percentile, ``value`` its median.
An amount with a positive low end and no upper bound follows a two-piece lognormal; anything else (shares,
fractions, ranges that touch zero) a two-piece normal cut off at the bounds of the schema. One deviate serves
all years of a series, and all figures of a draw group of the pack. Shares that sum to one are drawn together:
those with a range are drawn, those without take what is left in proportion; where all have a range, or nothing
is left, all are divided by their sum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from chumbak.pack.entries import Entry
    from chumbak.pack.pack import Pack

Z95 = 1.6448536269514722  # 95th percentile of the standard normal
DISTRIBUTION = (
    "low and high of a figure are its 5th and 95th percentile and its value the median: a two-piece lognormal "
    "for amounts, a two-piece normal cut off at its bounds for shares"
)


def groups(pack: Pack, names: tuple[str, ...]) -> dict[str, str]:
    """Return, for every key of these attributes that has a range, the name of what is drawn for it.

    That is the draw group whose pattern the key fits, or the key itself.
    """
    patterns = [(name, pack.nouns.cell("draw_groups", name, "pattern")) for name in pack.nouns.ids("draw_groups")]
    return {
        key: next((name for name, pattern in patterns if fnmatchcase(key, pattern)), key)
        for key, entry in pack.entries.items()
        if entry.has_range and entry.attribute.name in names
    }


def deviates(names: Mapping[str, str], draws: int, seed: int) -> dict[str, np.ndarray]:
    """Return standard normal deviates, (draws,) for each key; keys of one group share theirs.

    ``names`` is what ``groups`` returns. The stream of a group depends on its name and the seed alone.
    """
    by_group = {}
    for group in sorted(set(names.values())):
        words = np.frombuffer(hashlib.sha256(group.encode()).digest()[:16], dtype=np.uint32)
        by_group[group] = np.random.default_rng([seed, *words.tolist()]).standard_normal(draws)
    return {key: by_group[group] for key, group in names.items()}


def drawn(entry: Entry, years: np.ndarray | None, by_key: Mapping[str, np.ndarray] | None) -> np.ndarray:
    """Return the entry's value, (year,) or (); with deviates for its key, (draw, year) or (draw,)."""
    sides = [getattr(entry, side) if years is None else entry.at(years, side) for side in ("value", "low", "high")]
    value, low, high = (np.asarray(side) for side in sides)
    if by_key is None:
        return value
    draws = len(next(iter(by_key.values())))
    if entry.key not in by_key:
        return np.broadcast_to(value, (draws, *value.shape))
    deviate = by_key[entry.key].reshape((draws,) + (1,) * value.ndim) / Z95
    minimum, maximum = entry.attribute.minimum, entry.attribute.maximum
    if maximum is None and np.all(low > 0):
        grown: np.ndarray = value * np.where(deviate >= 0, (high / value) ** deviate, (low / value) ** -deviate)
        return grown
    moved = value + np.where(deviate >= 0, high - value, value - low) * deviate
    clipped: np.ndarray = np.clip(moved, minimum, maximum)
    return clipped


def normalise(shares: np.ndarray, ranged: np.ndarray, axis: int) -> np.ndarray:
    """Return drawn shares made to sum to one along ``axis``; ``ranged`` lacks the leading draw axis."""
    ranged = np.broadcast_to(ranged, shares.shape)
    taken = np.where(ranged, shares, 0.0).sum(axis, keepdims=True)
    rest = np.where(ranged, 0.0, shares).sum(axis, keepdims=True)
    total = taken + rest
    room = (rest > 0) & (taken < 1)
    scaled = np.where(ranged, shares, shares * (1 - taken) / np.where(rest > 0, rest, 1.0))
    whole = np.where(total > 0, total, 1.0)
    squeezed = np.where(ranged, shares / np.where(taken > 0, taken, 1.0), 0.0)
    return np.where(room, scaled, np.where(rest > 0, squeezed, shares / whole))
