"""Who is related to whom: parties that share a payee handle, phone, bank account or document, and so on through others.

Plain values: a link says that a party uses a thing, known by a keyed hash. Parties that use the same thing are
related; so are those joined by a chain of such steps. A phone, handset or address that very many use (a shop's, a
hostel's) says nothing and is left out; an account or document that very many use says all the more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CROWD = 12  # parties: a phone, handset or address that more of them share joins nobody
MAY_CROWD = frozenset({"phone", "session", "address"})


@dataclass(frozen=True)
class Link:
    """A party uses a thing of a kind (payee, phone, address, session, document), known by its hash."""

    party: str
    kind: str
    key: str


@dataclass(frozen=True)
class Step:
    """Two parties that share a thing of a kind."""

    party: str
    kind: str
    other: str


Thing = tuple[str, str]


def joins(kind: str, parties: int) -> bool:
    """Say whether a thing of a kind that so many parties use relates them."""
    return parties > 1 and (kind not in MAY_CROWD or parties <= CROWD)


class Graph:
    """The links of some parties, to be asked."""

    def __init__(self, links: Iterable[Link]) -> None:
        users: dict[Thing, set[str]] = {}
        for link in links:
            users.setdefault((link.kind, link.key), set()).add(link.party)
        self._users = {thing: sorted(found) for thing, found in users.items() if joins(thing[0], len(found))}
        self._things: dict[str, list[Thing]] = {}
        for thing in sorted(self._users):
            for party in self._users[thing]:
                self._things.setdefault(party, []).append(thing)

    def group(self, party: str) -> list[str]:
        """Return all who are related to a party, itself among them, in order of id."""
        return sorted(self._reach(party))

    def path(self, party: str, other: str) -> list[Step] | None:
        """Return a shortest chain of shared things from one party to another; [] for itself, None if there is none."""
        before = self._reach(party, other)
        if other not in before:
            return None
        steps: list[Step] = []
        while other != party:
            step = before[other]
            assert step is not None
            steps.append(step)
            other = step.party
        return steps[::-1]

    def _reach(self, party: str, until: str = "") -> Mapping[str, Step | None]:
        """Return how each party was come to from one (breadth first, so by a shortest chain)."""
        before: dict[str, Step | None] = {party: None}
        seen: set[Thing] = set()
        queue = deque([party])
        while queue and until not in before:
            here = queue.popleft()
            for thing in self._things.get(here, ()):
                if thing in seen:
                    continue
                seen.add(thing)
                for other in self._users[thing]:
                    if other not in before:
                        before[other] = Step(here, thing[0], other)
                        queue.append(other)
        return before
