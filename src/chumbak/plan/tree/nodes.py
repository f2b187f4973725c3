"""A tree of futures: branches that begin in a year, each with the chance that it comes.

Until a branch begins nobody knows whether it will come: an end of the tree shares every decision of a year with all
ends that pass the last branch begun by then. So branches of one brood may begin in different years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

ROOT = 0  # what all ends share


@dataclass(frozen=True)
class Branch:
    """A branch: its first year, the chance that it comes once ``parent`` (a number of a branch) has."""

    name: str
    title: str
    first: int
    probability: float
    parent: int


@dataclass(frozen=True)
class Tree:
    """Branches, the first of them the root (from the first year of the plan, chance 1, its own parent)."""

    name: str
    branches: tuple[Branch, ...]
    calm: int  # the end that is taken for good weather, a place in ``ends``

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Return the branches that nothing branches from, in their order."""
        parents = {one.parent for at, one in enumerate(self.branches) if at != ROOT}
        return tuple(at for at in range(len(self.branches)) if at not in parents)

    @cached_property
    def probability(self) -> np.ndarray:
        """Return the chance of every end, (end,); they sum to 1."""
        return np.array([self.chance(end) for end in self.ends])

    @property
    def first(self) -> int:
        """Return the year in which the first branch begins: before it, all is decided for all futures alike."""
        return min(one.first for at, one in enumerate(self.branches) if at != ROOT)

    def chance(self, branch: int) -> float:
        """Return the chance that a branch comes."""
        return float(np.prod([self.branches[at].probability for at in self.path(branch)]))

    def path(self, branch: int) -> list[int]:
        """Return the branches that lead to one, from the root on, itself the last."""
        found = [branch]
        while found[0] != ROOT:
            found.insert(0, self.branches[found[0]].parent)
        return found

    def known_in(self, end: int, years: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the last branch begun on the way to ``end`` in each of ``years``: whose decisions it shares."""
        path = self.path(end)
        begins = np.array([self.branches[at].first for at in path])
        begun = np.searchsorted(begins, np.asarray(years), side="right") - 1
        return np.array(path)[np.maximum(begun, 0)]

    def title_of(self, end: int) -> str:
        """Return the title of an end, with those before it."""
        return ", ".join(self.branches[at].title for at in self.path(end)[1:])
