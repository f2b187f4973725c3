"""Depreciation: what share of the depreciable capital may be written off in each year of operation."""

from __future__ import annotations

import numpy as np

from chumbak.plant.costs.tables import Array, rows
from chumbak.plant.errors import PlantError

FORMS = ("macrs", "straight line", "sum of digits", "double declining")


def macrs(years: int) -> Array:
    """Return the percentages of the half-year convention of IRS publication 946, as shares (class + 1 years)."""
    found = [row["share"] for row in rows("macrs.csv") if row["class"] == str(years)]
    if not found:
        classes = dict.fromkeys(row["class"] for row in rows("macrs.csv"))
        raise PlantError(f"there is no MACRS class of {years} years; the classes are {', '.join(classes)}")
    return np.array(found, dtype=float)


def schedule(name: str, life: int) -> Array:
    """Return the shares written off from the first year of operation on.

    ``name`` is ``none``, or a form with its years (``macrs 7``, ``straight line 10``); without years it takes the
    life of the plant. Double declining leaves ``(1 - 2 / n) ** n`` unwritten, as the method does without a change to
    straight line. Raises ``PlantError`` for another form, and for one longer than the plant lives.
    """
    words = name.strip().lower()
    if words == "none":
        return np.zeros(0)
    form, _, last = words.rpartition(" ")
    years = int(last) if last.isdigit() else life
    form = form if last.isdigit() else words
    if form not in FORMS or years < 1:
        raise PlantError(f"there is no depreciation '{name}'; say none, or {', '.join(FORMS)} with a number of years")
    shares: Array
    if form == "macrs":
        shares = macrs(years)
    elif form == "straight line":
        shares = np.full(years, 1.0 / years)
    elif form == "sum of digits":
        shares = np.arange(years, 0, -1, dtype=float) / (years * (years + 1) / 2)
    else:
        rate = min(2.0 / years, 1.0)
        shares = rate * np.power(1.0 - rate, np.arange(years, dtype=float))
    if len(shares) > life:
        raise PlantError(
            f"the depreciation '{name}' takes {len(shares)} years and the plant runs {life}; choose a shorter one"
        )
    return shares
