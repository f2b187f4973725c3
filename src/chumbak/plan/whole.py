"""Whole plants: how many are opened and how large, between the smallest and the largest, and what they cost.

A plant of size s costs capital x reference x (s / reference) ^ scale. This curve is taken at the smallest plant, at the
reference and at the largest, and is straight between them: two pieces, each with what it takes to open a plant and what
each tonne a year adds. A plant is of one piece or the other, in whole numbers: nothing is relaxed. Where the pack knows
no scale, plants are of the smallest size alone, at the capital of the plan of any sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan.case import Case
from chumbak.plan.decisions import Capital, Decisions
from chumbak.plan.plants import Plants

PIECES = ("to_reference", "beyond_reference")


@dataclass(frozen=True, eq=False)
class Pieces:
    """The straight pieces of what one plant costs by its size, (plant, piece); ``most`` is 0 where there is none.

    ``least`` and ``most`` t/year of one plant, ``opening`` M a plant, ``slope`` M year/t. ``counted`` says where plants
    are counted: of a plant that can be of any size, and costs as much a tonne at every size, there is nothing to count.
    """

    least: np.ndarray
    most: np.ndarray
    opening: np.ndarray
    slope: np.ndarray
    counted: np.ndarray


def pieces(plants: Plants) -> Pieces:
    """Return the pieces of every plant."""
    shape = (len(plants.names), len(PIECES))
    least, most, opening, slope = (np.zeros(shape) for _ in range(4))
    for at, capital in enumerate(plants.capital):
        if np.isnan(plants.scale[at]):
            least[at, 0], slope[at, 0] = plants.least[at], capital
            most[at, 0] = plants.least[at] or np.inf
            continue
        reference, smallest = plants.reference[at], plants.least[at]
        largest = max(reference, smallest) if np.isnan(plants.most[at]) else plants.most[at]
        middle = min(max(reference, smallest), largest)
        for piece, (low, high) in enumerate(((smallest, middle), (middle, largest))):
            if high <= low and (piece or largest > middle):
                continue  # no such piece; a plant that has but one size is of the first
            cost_low, cost_high = (capital * reference * (size / reference) ** plants.scale[at] for size in (low, high))
            each = (cost_high - cost_low) / (high - low) if high > low else cost_high / high
            least[at, piece], most[at, piece], slope[at, piece] = low, high, each
            opening[at, piece] = max(cost_low - each * low, 0.0)
    counted = (most > 0) & ((least > 0) | (opening > SMALL * slope))
    return Pieces(least, np.where(counted | (most == 0), most, np.inf), np.where(counted, opening, 0.0), slope, counted)


SMALL = 1e-9  # t/year: an opening that costs less than this much capacity is rounding


def open_plants(program: Program, case: Case, make: Decisions) -> Decisions:
    """Plants are opened in whole numbers; all that is built is of plants that are opened.

        build[k,r,b]  =  sum_i sized[k,i,r,b]
        least[k,i] opened[k,i,r,b]  <=  sized[k,i,r,b]  <=  most[k,i] opened[k,i,r,b]

    i are the pieces of what a plant costs. No more of a plant is counted than can come on line in a year (``ceiling``).
    Returns the decisions with what is paid for what is built: opening[k,i] opened + slope[k,i] sized.
    """
    kinds = pieces(case.plants)
    ceiling = _ceiling(case)
    labels = {"plant": case.plants.names, "piece": PIECES, "region": case.regions, "decided": case.decided.tolist()}
    there = (kinds.most > 0)[:, :, None, None] & (make.build != NONE)[:, None]
    sized = program.add_columns("sized", labels, "t/year", keep=there)
    opened = program.add_columns(
        "opened", labels, "1", keep=there & kinds.counted[:, :, None, None], integer=True,
    )  # fmt: skip
    whole = program.add_rows("whole_build", {name: one for name, one in labels.items() if name != "piece"}, "t/year",
                             keep=make.build != NONE, lower=0.0, upper=0.0)  # fmt: skip
    program.add(whole, make.build, 1.0)
    program.add(whole[:, None], sized, -1.0)
    low, high = kinds.least[:, :, None, None], kinds.most[:, :, None]
    high = np.where(np.isfinite(high), np.maximum(np.minimum(high, ceiling[:, None]), kinds.least[:, :, None]), 0.0)
    for name, size, side in (("size_least", low, {"lower": 0.0}), ("size_most", high[:, :, None], {"upper": 0.0})):
        rows = program.add_rows(name, labels, "t/year", keep=opened != NONE, **side)
        program.add(rows, np.where(opened != NONE, sized, NONE), 1.0)
        program.add(rows, opened, -size)
    parts = []
    for at in range(len(PIECES)):
        parts += [(opened[:, at], kinds.opening[:, at]), (sized[:, at], kinds.slope[:, at])]
    return replace(make, capital=Capital(tuple(parts), _dearest(kinds), saved(case.plants)))


def saved(plants: Plants) -> np.ndarray:
    """Return the capital on which a tonne a year that is retired early saves the fixed cost, (plant,) M year/t.

    It is what the last tonne costs, on the piece where that is least: what it took to open the plant costs its keep to
    the end of its life.
    """
    kinds = pieces(plants)
    found: np.ndarray = np.where(kinds.most > 0, kinds.slope, np.inf).min(axis=1)
    return found


def _dearest(kinds: Pieces) -> np.ndarray:
    """Return the most that a tonne a year costs in a plant of any size that there can be, (plant,) M year/t."""
    low = np.where(kinds.least > 0, kinds.least, 1.0)  # where the least is nothing, opening is nothing too
    found: np.ndarray = np.where(kinds.most > 0, kinds.opening / low + kinds.slope, 0.0).max(axis=1)
    return found


def _ceiling(case: Case) -> np.ndarray:
    """Return the most that can be decided of a plant in a year, whatever else is decided, (plant, decided) t/year.

    The limit to growth holds additions of the country to a share of what stands and a first step; what can stand at
    most follows from year to year, with nothing closed. Where the pack has a budget, no more than it buys.
    """
    plants = case.plants
    there = (plants.standing + plants.awarded).sum(axis=1)
    comes = np.zeros_like(there)  # the most that can come on line of new plants in each year
    built = np.zeros(len(there))
    for at in range(there.shape[1]):
        before = there[:, max(at - 1, 0)] + built
        comes[:, at] = plants.growth * before + plants.step
        built = built + comes[:, at]
    part = np.diff(plants.online, prepend=0.0, axis=-1)  # of a decision, in each year
    limit = np.where(part > SMALL, comes[:, None] / np.where(part > SMALL, part, 1.0), np.inf)
    found: np.ndarray = limit.min(axis=-1)
    if case.budget is not None:
        cheapest = saved(plants)
        spent = case.budget[np.isin(case.years, case.decided)] / np.where(cheapest > 0, cheapest, np.inf)[:, None]
        found = np.minimum(found, np.where(cheapest[:, None] > 0, spent, np.inf))
    return found
