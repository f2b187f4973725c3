"""What an answer rests on: every figure used, and how much of the answer hangs on each kind of evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr

from chumbak.answer.overview import Answer
from chumbak.pack.entries import Entry
from chumbak.pack.figures import Figure
from chumbak.pack.schema import CONFIDENCES, attributes

# The figures of a product that its tonnes rest on, in the order the report shows them.
TOTAL_RESTS_ON = ("sales", "magnet_mass", "penetration")
DEMAND_RESTS_ON = (*TOTAL_RESTS_ON, "grade_share", "home_share")
MINE_RESTS_ON = ("lifetime_mean", "route", "recovery_today", "recovery_best")


def by_confidence(figures: Sequence[Figure]) -> dict[str, int]:
    """Return how many figures there are of each confidence, surest first."""
    counted = Counter(figure.confidence for figure in figures)
    return {confidence: counted[confidence] for confidence in CONFIDENCES}


def used_in(attribute: str) -> str:
    """Return which part of the answer an attribute feeds, as the schema says."""
    return attributes()[attribute].engine


def confidence_in(entry: Entry, year: int) -> str:
    """Return the weakest confidence of the rows that give the entry's number in a year."""
    rows = [figure for figure in entry.figures if figure.year is not None]
    changes = [figure for figure in entry.figures if figure.year is None]
    if not rows or changes:
        return _weakest(changes or list(entry.figures))
    before = [figure for figure in rows if figure.year is not None and figure.year <= year]
    after = [figure for figure in rows if figure.year is not None and figure.year > year]
    in_force = before[-1:]
    if in_force and after and in_force[0].year != year and in_force[0].then in ("linear", "geometric"):
        in_force = [*in_force, after[0]]
    return _weakest(in_force or rows[:1])


def _weakest(figures: Sequence[Figure]) -> str:
    return max((figure.confidence for figure in figures), key=CONFIDENCES.index)


def resting_on(answer: Answer, year: int) -> xr.DataArray:
    """Return the share of the tonnes of a year that rests on figures of each confidence.

    Dimensions ``attribute`` and ``confidence``; a last attribute ``weakest`` takes, product by product, the
    weakest of the three that tonnes in goods sold rest on. Demand attributes weigh products by magnets sold, the
    others by magnets at end of life.
    """
    pack, data = answer.pack, answer.data.sel(year=year)
    names = [*DEMAND_RESTS_ON, *MINE_RESTS_ON, "weakest"]
    shares = np.zeros((len(names), len(CONFIDENCES)))
    products = pack.nouns.ids("products")
    for product in products:
        found = []
        for at, name in enumerate(names[:-1]):
            weights = data.sold if name in DEMAND_RESTS_ON else data.end_of_life
            entries = [
                entry
                for entry in pack.entries.values()
                if entry.attribute.name == name and entry.indices["product"] == product
            ]
            weakest = max((confidence_in(entry, year) for entry in entries), key=CONFIDENCES.index)
            shares[at, CONFIDENCES.index(weakest)] += float(weights.sel(product=product))
            if name in TOTAL_RESTS_ON:
                found.append(weakest)
        shares[-1, CONFIDENCES.index(max(found, key=CONFIDENCES.index))] += float(data.sold.sel(product=product))
    total = shares.sum(axis=1, keepdims=True)
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    coords = {"attribute": names, "confidence": list(CONFIDENCES)}
    attrs = {"units": "1", "long_name": f"share of the tonnes of {year} by confidence of the figures behind"}
    return xr.DataArray(shares, dims=("attribute", "confidence"), coords=coords, attrs=attrs)
