"""Can a plant have worked up what it claims? The least of what its capacity, its power and its reagents allow.

Plain numbers: a plant says what it can do in a day and what a kilogram takes at least; bills say what it bought in a
period. Of an input that it says it needs and for which it shows no bill it bought nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

CAPACITY = "capacity"


@dataclass(frozen=True)
class Plant:
    """``grams_a_day`` it can work up; ``needs``: at least so many units of an input a kilogram (Wh, g)."""

    grams_a_day: int
    needs: Mapping[str, Fraction]


@dataclass(frozen=True)
class Bill:
    """So many units of an input for the days from first to last, both included."""

    input: str
    first: dt.date
    last: dt.date
    amount: int


@dataclass(frozen=True)
class Bound:
    """At most so many grams by one input (or ``capacity``)."""

    by: str
    grams: int


def bounds(plant: Plant, bills: Sequence[Bill], first: dt.date, last: dt.date) -> list[Bound]:
    """Return what each input allows from first to last, both included; the least first.

    A bill counts for the share of its days that lie in the period.
    """
    days = (last - first).days + 1
    found = [Bound(CAPACITY, plant.grams_a_day * max(0, days))]
    for name, need in sorted(plant.needs.items()):
        if need <= 0:
            continue
        bought = sum((_within(bill, first, last) for bill in bills if bill.input == name), Fraction(0))
        found.append(Bound(name, int(bought * 1000 / need)))
    return sorted(found, key=lambda bound: bound.grams)


def _within(bill: Bill, first: dt.date, last: dt.date) -> Fraction:
    shared = (min(bill.last, last) - max(bill.first, first)).days + 1
    return Fraction(bill.amount * max(0, shared), (bill.last - bill.first).days + 1)
