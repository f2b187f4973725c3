"""What plants of the kind have cost by kg of rare earth: the band of a published regression on grade times capacity.

``cost = (a +- da) x (grade x capacity in t) ** (b +- db)``, US dollars of 2022 by kg, from a regression over projects
in Nature Sustainability (2023), doi 10.1038/s41893-023-01145-1, as PrOMMiS 1.1.0 uses it. The band is the uncertainty
of the line, not the spread of plants: a check of the order of magnitude.
"""

from __future__ import annotations

from collections.abc import Mapping

from chumbak.plant.costs.escalation import Year, escalate
from chumbak.plant.costs.tables import Number, number, rows

PRICE_YEAR = "2022"


def cost_bounds(
    grade: Number, capacity: Number, year: Year, index: Mapping[str, float] | None = None
) -> dict[str, tuple[Number, Number]]:
    """Return the lower and upper cost by kg of each part of a project, US dollars of ``year``.

    ``grade`` is the share of rare earths in the feed (0 to 1), ``capacity`` the feed over the life of the project, t.
    """
    contained = number(grade, "the grade", 1e-12, 1.0) * number(capacity, "the capacity", 1e-9)
    found = {}
    for row in rows("bounds.csv"):
        a, da, b, db = (float(row[name]) for name in ("factor", "factor_error", "exponent", "exponent_error"))
        low, high = (a - da) * contained ** (b - db), (a + da) * contained ** (b + db)
        found[row["part"]] = (escalate(low, PRICE_YEAR, year, index), escalate(high, PRICE_YEAR, year, index))
    return found
