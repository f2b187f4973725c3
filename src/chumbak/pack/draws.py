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

from chumbak.pack.figures import SIDES

if TYPE_CHECKING:
    from chumbak.pack.entries import Entry
    from chumbak.pack.pack import Pack

Z95 = 1.6448536269514722  # 95th percentile of the standard normal
COUNTED = ""  # no figure has this key; its deviates, all zero, say how many draws there are where none has a range
NOTHING = 1e-12  # a share below this is rounding, and nothing is divided by it
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
        if entry.has_range and entry.attribute.kind != "observed" and entry.attribute.name in names
    }


def deviates(names: Mapping[str, str], draws: int, seed: int) -> dict[str, np.ndarray]:
    """Return standard normal deviates, (draws,) for each key; keys of one group share theirs.

    ``names`` is what ``groups`` returns. The stream of a group depends on its name and the seed alone. One more
    key, ``COUNTED``, carries the number of draws. Raises ``ValueError`` for no draws or a negative seed.
    """
    if draws < 1 or seed < 0:
        raise ValueError(f"{draws} draws with seed {seed}: at least one draw and a seed from 0 are needed")
    by_group = {}
    for group in sorted(set(names.values())):
        words = np.frombuffer(hashlib.sha256(group.encode()).digest()[:16], dtype="<u4")
        by_group[group] = np.random.default_rng([seed, *words.tolist()]).standard_normal(draws)
    return {COUNTED: np.zeros(draws), **{key: by_group[group] for key, group in names.items()}}


def drawn(entry: Entry, years: np.ndarray | None, by_key: Mapping[str, np.ndarray] | None) -> np.ndarray:
    """Return the entry's value, (year,) or (); with deviates for its key, (draw, year) or (draw,)."""
    value, low, high = (getattr(entry, side) if years is None else entry.at(years, side) for side in SIDES)
    if by_key is None:
        central: np.ndarray = value
        return central
    draws = len(next(iter(by_key.values())))
    if entry.key not in by_key:
        return np.broadcast_to(value, (draws, *value.shape))
    deviate = by_key[entry.key].reshape((draws,) + (1,) * value.ndim)
    return moved((value, low, high), deviate, entry.attribute.minimum, entry.attribute.maximum)


def moved(
    sides: tuple[np.ndarray, np.ndarray, np.ndarray] | tuple[float, float, float], deviate: np.ndarray,
    minimum: float | None, maximum: float | None,
) -> np.ndarray:  # fmt: skip
    """Return a number with ``sides`` (value, low, high) at standard normal deviates, within its bounds.

    All broadcast together. See the rule at the head of this module.
    """
    value, low, high = (np.asarray(side, dtype=float) for side in sides)
    deviate = deviate / Z95
    up = deviate >= 0
    result: np.ndarray = value + np.where(up, high - value, value - low) * deviate
    if minimum is not None or maximum is not None:
        result = np.clip(result, minimum, maximum)
    grows = low > 0
    if maximum is None and np.any(grows):  # year by year: before a product is sold there is nothing to draw
        safe = np.where(grows, value, 1.0)
        above, below = np.where(grows, high, 1.0) / safe, np.where(grows, low, 1.0) / safe
        result = np.where(grows, value * np.where(up, above**deviate, below**-deviate), result)
    return result


def normalise(shares: np.ndarray, central: np.ndarray, ranged: np.ndarray, axis: int) -> np.ndarray:
    """Return drawn shares made to sum to one along ``axis``.

    ``central`` (the shares that are not drawn) and ``ranged`` (whether a share has a range) lack the leading
    draw axis. Where every drawn share is zero and nothing else is left, the central shares stand.
    """
    ranged = np.broadcast_to(ranged, shares.shape)
    taken = np.where(ranged, shares, 0.0).sum(axis, keepdims=True)
    rest = np.where(ranged, 0.0, shares).sum(axis, keepdims=True)
    room = (rest > NOTHING) & (taken < 1)
    filled = np.where(ranged, shares, shares * (1 - taken) / np.where(room, rest, 1.0))
    squeezed = np.where(ranged, shares / np.where(taken > NOTHING, taken, 1.0), 0.0)
    return np.where(room, filled, np.where(taken > NOTHING, squeezed, central))
