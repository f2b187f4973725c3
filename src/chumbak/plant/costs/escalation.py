"""Money of one year in money of another, by a cost index. The index is a table; a year that it lacks is an error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from chumbak.plant.costs.tables import Number, number, rows
from chumbak.plant.errors import PlantError

Year = str | int


@cache
def indices() -> Mapping[str, float]:
    """Return the chemical engineering plant cost index by year, as ``indices.csv`` has it."""
    return {row["year"]: float(row["index"]) for row in rows("indices.csv")}


def index(year: Year, own: Mapping[str, float] | None = None) -> float:
    """Return the index of a year.

    ``CE500`` means *where the index stands at 500*, as correlations of textbooks are given. ``own`` adds or replaces
    years. Raises ``PlantError``, which names the years known.
    """
    name = str(year).strip()
    mine = {str(one): value for one, value in (own or {}).items()}
    if name in mine:
        return float(number(mine[name], f"the cost index of {name}", 1e-9))
    if name in indices():
        return indices()[name]
    if name[:2].upper() == "CE":
        try:
            return float(number(float(name[2:]), f"the cost index '{name}'", 1e-9))
        except ValueError:
            pass
    raise PlantError(
        f"there is no cost index for the year '{name}'; the years known are {', '.join(sorted({**indices(), **mine}))}"
        "; give one of them, or the index of your year"
    )


def escalate(amount: Number, year: Year, to: Year, own: Mapping[str, float] | None = None) -> Number:
    """Return ``amount`` of money of one year in money of another: times the ratio of their cost indices."""
    return amount if str(year) == str(to) else amount * (index(to, own) / index(year, own))
