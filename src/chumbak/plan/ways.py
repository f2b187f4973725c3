"""Ways: between which places goods are carried, so that there are few and every place is reached.

Places over which goods go on (*hubs*) are linked with each other, and any other place with hubs, where no way over
links is nearly as short. So no way between a place and a hub is more than ``DETOUR`` times the straight one.
"""

from __future__ import annotations

import heapq

import numpy as np

DETOUR = 1.2  # a way over other hubs that is at most so much longer does for the straight one


def links(haul: np.ndarray, hubs: tuple[int, ...] | None = None) -> np.ndarray:
    """Say between which places goods are carried, (from, to); ``haul`` (from, to) is what it costs, the same both ways.

    ``hubs`` are places by number; None: all. From the nearest pair on, two hubs are linked unless the links so far lead
    from one to the other at no more than ``DETOUR`` times the straight way: a greedy spanner (Althoefer et al. 1993,
    Discrete and Computational Geometry 9:81), which leaves every pair of hubs within ``DETOUR``. A place that is no hub
    is then linked with hubs in the same way, from the nearest on; nothing goes on over it.
    """
    count = len(haul)
    through = range(count) if hubs is None else hubs
    found = np.zeros((count, count), dtype=bool)
    for straight, a, b in sorted((haul[a, b], a, b) for a in through for b in through if a < b):
        if shortest(haul, found, a)[b] > DETOUR * straight:
            found[a, b] = found[b, a] = True
    over = np.array([shortest(haul, found, at) for at in range(count)])
    for place in set(range(count)) - set(through):
        best = np.full(count, np.inf)
        for hub in sorted(through, key=lambda one: (haul[place, one], one)):
            if best[hub] > DETOUR * haul[place, hub]:
                found[place, hub] = found[hub, place] = True
                best = np.minimum(best, haul[place, hub] + over[hub])
    return found


def shortest(haul: np.ndarray, linked: np.ndarray, start: int) -> np.ndarray:
    """Return the least cost from a place to every other over what is linked, (place,); infinite where none leads."""
    best = np.full(len(haul), np.inf)
    best[start] = 0.0
    ahead = [(0.0, start)]
    while ahead:
        so_far, at = heapq.heappop(ahead)
        if so_far > best[at]:
            continue
        for to in np.flatnonzero(linked[at]):
            further = so_far + haul[at, to]
            if further < best[to]:
                best[to] = further
                heapq.heappush(ahead, (float(further), int(to)))
    return best
