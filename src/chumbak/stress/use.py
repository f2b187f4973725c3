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


def output(
    case: Case, base: np.ndarray, able: np.ndarray, links: Regrading, ready: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of output of every user (draw, user), from 0 to 1, and what is used of each good (draw, good) t.

    ``base`` is what full output takes and ``able`` what can be had, (draw, good) t; ``ready`` (draw, good) says where
    another good may stand in. The level is the highest for which every grade suffices:

        level base[i] <= able[i]                                                  of a good without a stand-in
        level base[i] <= able[i] + share[i] base[i]                               of a good with one
        level base[j] + sum_i of j max(level base[i] - able[i], 0) <= able[j]     of what stands in

    The last is convex and piecewise linear in the level, so that Newton's steps from above end in it exactly.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = np.where(base > 0, able / base, np.inf)
    limit[:, links.of] += links.share * ready[:, links.of]
    level = np.ones((len(base), len(case.users)))
    for user in range(len(case.users)):
        level[:, user] = np.minimum(limit[:, case.user_of == user].min(axis=1, initial=1.0), 1.0)
    for by in np.unique(links.by):
        of, user = links.of[links.by == by], case.user_of[by]
        for _ in range(len(of) + 1):
            over = (level[:, [user]] * base[:, of] - able[:, of]) * ready[:, of]
            lacks = over > 0
            excess = level[:, user] * base[:, by] + np.where(lacks, over, 0.0).sum(axis=1) - able[:, by]
            slope = base[:, by] + np.where(lacks, base[:, of], 0.0).sum(axis=1)
            step = np.divide(excess, slope, out=np.zeros_like(excess), where=(excess > 0) & (slope > 0))
            level[:, user] = np.maximum(level[:, user] - step, 0.0)
    used = np.zeros_like(base)
    held = case.user_of != NOBODY
    used[:, held] = level[:, case.user_of[held]] * base[:, held]
    for of, by in zip(links.of, links.by, strict=True):
        stands_in = np.maximum(used[:, of] - able[:, of], 0.0) * ready[:, of]
        used[:, of] -= stands_in
        used[:, by] += stands_in
    return level, used
