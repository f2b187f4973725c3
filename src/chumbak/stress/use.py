"""What users make of what they have: the scarcest grade decides, and another may stand in where the motor allows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.stress.case import NOBODY, Case


@dataclass(frozen=True, eq=False)
class Regrading:
    """Which goods can be replaced (``of``) by which (``by``), (link,), for which ``share`` of use ([draw], link)."""

    of: np.ndarray
    by: np.ndarray
    share: np.ndarray

    def planned(self, base: np.ndarray, ready: np.ndarray) -> np.ndarray:
        """Return what is reckoned to be used, (draw, good): what stands in is ordered beside what it stands in for."""
        if not ready[:, self.of].any():
            return base
        found = base.copy()
        more = base[:, self.of] * self.share * ready[:, self.of]
        for link, by in enumerate(self.by):
            found[:, by] += more[:, link]
        return found


def regrading(case: Case) -> Regrading:
    """Return the links of a case."""
    of = np.flatnonzero((case.regrade_to != NOBODY) & np.any(np.atleast_2d(case.regrade_share) > 0, axis=0))
    return Regrading(of, case.regrade_to[of], case.regrade_share[..., of])


def least(case: Case, values: np.ndarray, most: float) -> np.ndarray:
    """Return the smallest of ``values`` (draw, good) over the goods of each user, and no more than ``most``.

    (draw, user); ``most`` of a user without goods.
    """
    held = np.flatnonzero(case.user_of != NOBODY)
    held = held[np.argsort(case.user_of[held], kind="stable")]
    users, first = np.unique(case.user_of[held], return_index=True)
    found = np.full((len(values), len(case.users)), most)
    if len(users):
        found[:, users] = np.minimum(np.minimum.reduceat(np.take(values, held, axis=1), first, axis=1), most)
    return found


def output(
    case: Case, base: np.ndarray, able: np.ndarray, links: Regrading, ready: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of output of every user (draw, user), from 0 to 1, and what is used of each good (draw, good) t.

    ``base`` is what full output takes and ``able`` what can be had, (draw, good) t; ``ready`` (draw, good) says where
    another good may stand in. The level is the highest for which every grade suffices:

        level base[i] <= able[i]                                                  of a good without a stand-in
        level base[i] <= able[i] + share[i] base[i]                               of a good with one
        level base[j] + sum_i of j max(level base[i] - able[i], 0) <= able[j]     of what stands in
    """
    limit = np.divide(able, base, out=np.full(base.shape, np.inf), where=base > 0)
    ready = ready[:, links.of]
    if ready.any():
        limit[:, links.of] += links.share * ready
    level = least(case, limit, 1.0)
    if ready.any():
        _leave_enough(case, base, able, links, ready, level)
    used = np.where(case.user_of != NOBODY, np.take(level, case.user_of, axis=1), 0.0) * base
    if ready.any():
        stands_in = np.maximum(used[:, links.of] - able[:, links.of], 0.0) * ready
        used[:, links.of] -= stands_in
        for link, by in enumerate(links.by):
            used[:, by] += stands_in[:, link]
    return level, used


def _leave_enough(
    case: Case, base: np.ndarray, able: np.ndarray, links: Regrading, ready: np.ndarray, level: np.ndarray
) -> None:
    """Lower the ``level`` (draw, user) until what stands in suffices too; ``ready`` (draw, link).

    What is asked of it is convex and piecewise linear in the level, so that Newton's steps from above end in the
    highest level exactly.
    """
    for by in np.unique(links.by):
        at = np.flatnonzero(links.by == by)
        of, user = links.of[at], case.user_of[by]
        need, have, may = base[:, of], able[:, of], ready[:, at]
        for _ in range(len(of) + 1):
            over = (level[:, [user]] * need - have) * may
            lacks = over > 0
            excess = level[:, user] * base[:, by] + np.where(lacks, over, 0.0).sum(axis=1) - able[:, by]
            if not (excess > 0).any():
                break
            slope = base[:, by] + np.where(lacks, need, 0.0).sum(axis=1)
            step = np.divide(excess, slope, out=np.zeros_like(excess), where=(excess > 0) & (slope > 0))
            level[:, user] = np.maximum(level[:, user] - step, 0.0)
