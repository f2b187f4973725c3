"""What home plants make of what is ordered of them: as far as capacity and the scarcest input go, rung by rung."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.stress.case import Case

Takes = tuple[tuple[int, float], ...]  # (plant, what a tonne made takes), where it takes anything


@dataclass(frozen=True, eq=False)
class Rung:
    """Plants of one rung: ``serves`` are the goods that each makes for, ``limits`` the capacities they share.

    ``feeds`` are the goods that they take. Plants in ``Takes`` count from the first of the rung.
    """

    plants: tuple[int, ...]
    serves: tuple[np.ndarray, ...]
    limits: tuple[tuple[int, Takes], ...]
    feeds: tuple[tuple[int, Takes], ...]


def rungs(case: Case) -> tuple[Rung, ...]:
    """Return the rungs of a case's home plants, in their order."""
    plants, found = case.plants, []
    for stage in dict.fromkeys(stage for stage, _ in plants.makes):
        here = tuple(at for at, (of, _) in enumerate(plants.makes) if of == stage)
        serves = tuple(
            np.array([at for at, good in enumerate(case.goods) if (good.stage, good.kind) == plants.makes[plant]], int)
            for plant in here
        )
        found.append(Rung(here, serves, _takes(plants.counts[:, here]), _takes(plants.recipe[here, :].T)))
    return tuple(found)


def _takes(table: np.ndarray) -> tuple[tuple[int, Takes], ...]:
    """Return the rows of a table that are not all zero, each with its entries that are not."""
    return tuple(
        (int(row), tuple((int(at), float(table[row, at])) for at in np.flatnonzero(table[row])))
        for row in np.flatnonzero(table.any(axis=1))
    )


def make(
    rung: Rung, ordered: np.ndarray, able: np.ndarray, stock: np.ndarray, thrift: np.ndarray | None
) -> tuple[np.ndarray, dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Return what the plants of a rung make of what is ordered, (plant, draw) t, and what they take, by good (draw,) t.

    The third is what they would take if there were enough to work on. ``able`` (draw, group) is the capacity,
    ``stock`` (draw, good) t what there is to work on, ``thrift`` (draw, good) what is taken over the recipe.
    """
    made = ordered.copy()
    for group, takes in rung.limits:
        _hold_to(made, takes, _asked(made, takes), able[:, group])
    called = {good: _fed(made, good, takes, thrift) for good, takes in rung.feeds}
    for good, takes in rung.feeds:
        _hold_to(made, takes, _fed(made, good, takes, thrift), stock[:, good])
    return made, {good: _fed(made, good, takes, thrift) for good, takes in rung.feeds}, called


def _asked(made: np.ndarray, takes: Takes) -> np.ndarray:
    found: np.ndarray = sum((made[plant] * each for plant, each in takes), np.zeros(made.shape[1]))
    return found


def _fed(made: np.ndarray, good: int, takes: Takes, thrift: np.ndarray | None) -> np.ndarray:
    asked = _asked(made, takes)
    return asked if thrift is None else asked * thrift[:, good]


def _hold_to(made: np.ndarray, takes: Takes, needed: np.ndarray, there: np.ndarray) -> None:
    """Cut, in proportion, what plants make that together need more than there is."""
    lacking = needed > there
    if not lacking.any():
        return
    part = np.clip(np.divide(there, needed, out=np.ones_like(needed), where=lacking), 0.0, 1.0)
    for plant, _ in takes:
        made[plant] *= part
