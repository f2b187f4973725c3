"""Value by growing-annuity factors, the way of NETL's quality guidelines as IDAES and PrOMMiS compute it.

``A(r, g, N) = (1 - (1 + g)**N (1 + r)**-N) / (r - g)`` is the value of N yearly amounts at year ends, the first of one,
each ``1 + g`` times the one before. Capital of construction year k weighs ``A(k) - A(k - 1)``; operation weighs
``A(N + K) - A(K)``. Two things are as the source has them, and are not what a cash flow says: a loan below the discount
rate is counted as a loss, and the depletion charge lowers the tax itself. Tax does not grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chumbak.plant.costs.cash import Money
from chumbak.plant.costs.tables import Number


@dataclass(frozen=True)
class AnnuityValue:
    """Present values by part, their sum ``npv``, and the yearly tax with its parts; money of the estimate."""

    parts: Mapping[str, Number]
    npv: Number
    tax: Mapping[str, Number]


def annuity(rate: Number, growth: Number, years: float) -> Number:
    """Return the series present worth factor ``A(rate, growth, years)``."""
    rate_, growth_ = np.asarray(rate, dtype=float), np.asarray(growth, dtype=float)
    same = np.abs(rate_ - growth_) < 1e-12
    gap = np.where(same, 1.0, rate_ - growth_)
    found = np.where(
        same, years / (1.0 + rate_), (1.0 - (1.0 + growth_) ** years * (1.0 + rate_) ** -float(years)) / gap
    )
    return float(found) if found.ndim == 0 else found


def annuity_value(money: Money, rules: Mapping[str, Any], capital_charge: Number) -> AnnuityValue:
    """Return the present values of a plant under the ``money.*`` rules.

    ``capital_charge`` is the yearly cost of capital, which the income tax is reckoned after.
    """
    rate, life = rules["money.rate"], rules["money.life"]
    share = rules["money.construction"]
    building = len(share)

    def window(growth: Number, start: int, end: int) -> Number:
        return annuity(rate, growth, end) - annuity(rate, growth, start)

    capital = money.fixed_capital + money.land
    spent: Number = 0.0
    for year, part in enumerate(share):
        spent = spent + part * capital * window(rules["money.capital_growth"], year, year + 1)
    years = rules["money.loan_years"]
    kept = annuity(rate, 0.0, years) / annuity(rules["money.loan_interest"], 0.0, years) - 1.0
    operating = money.variable + money.fixed
    income = rules["money.tax"] * (money.revenue - operating - capital_charge)
    royalty = rules["money.royalty"] * money.revenue
    depletion = rules["money.depletion"] * (money.revenue - royalty)
    credit = rules["money.credit"] * operating
    owed = np.maximum(income + royalty - depletion - credit, 0.0)
    parts: dict[str, Number] = {
        "capital": -spent,
        "loan interest": rules["money.loan"] * capital * kept,
        "operating cost": -operating * window(rules["money.cost_growth"], building, building + life),
        "revenue": money.revenue * window(rules["money.revenue_growth"], building, building + life),
        "tax": -owed * window(0.0, building, building + life),
    }
    npv: Number = 0.0
    for part in parts.values():
        npv = npv + part
    tax = {"income tax": income, "royalty": royalty, "depletion": depletion, "credit": credit, "net tax": owed}
    return AnnuityValue(parts, npv, tax)
