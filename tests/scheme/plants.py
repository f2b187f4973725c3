"""Plants and terms to play with: a small plant without frills, a usual one, and the scheme's numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chumbak.scheme.project import Days, Debt, Market, Money, PlantProject, Tax
from chumbak.scheme.terms import SupportTerms

CRORE = 1e7
STEADY = Market(now=1000.0, year=2025, level=1000.0, half_life=2.0, volatility=0.0)


def terms(**changed: Any) -> SupportTerms:
    """Return what the magnet scheme gives (2,150 a kg, 40 % of net sales, two and five years, 15 % of the capital)."""
    given: dict[str, Any] = {
        "ceiling": 2150.0, "sales_share": 0.4, "build_years": 2.0, "incentive_years": 5.0, "early_sales": False,
        "capital_share": 0.15,
        "capital_caps": ((600.0, 75 * CRORE), (800.0, 100 * CRORE), (1000.0, 120 * CRORE), (1200.0, 150 * CRORE)),
        "total_per_t": 1000 * 5 * 2150.0, "above_award": False,
    }  # fmt: skip
    return SupportTerms(**{**given, **changed})


def plain(**changed: Any) -> PlantProject:
    """Return a plant of 1 t/year: capital 1,000 at once, 10 years, price 3,000, input 1,000, conversion 500."""
    given: dict[str, Any] = {
        "name": "plain", "title": "Plain", "currency": "INR", "price_year": 2025, "award_year": 2025, "capacity": 1.0,
        "build": (1.0,), "life": 10, "capital": 5e6, "market": STEADY, "margin": 2000.0, "pass_through": 1.0,
        "input_use": 1.0, "conversion": 500.0, "money": Money(discount=0.1, equity=0.1),
    }  # fmt: skip
    return PlantProject(**{**given, **changed})


def usual(**changed: Any) -> PlantProject:
    """Return a plant with everything: two years of building, ramp, loan, tax, days, volatile oxide, ranges."""
    project = plain(
        name="usual", award_year=2027, capacity=600.0, build=(0.4, 0.6), life=15, capital=5e6, salvage=0.05,
        eligible=0.8, ramp=(0.3, 0.6, 0.85), good=(0.75,), availability=0.9, margin=2600.0, pass_through=0.4,
        input_use=0.4,
        conversion=1200.0, power=20.0, tariff=8.0, labour=6e7, fixed=0.03, duty=0.089,
        market=Market(6000.0, 2025, 6500.0, 2.0, 0.4),
        days=Days(60, 60, 30, 15, 180), tax=Tax(rate=0.25168), debt=Debt(0.4, 0.0867, 8, 1),
        money=Money(0.04, 0.11, 0.137, 87.17, 0.02),
        ranges={
            "capital": (4e6, 7e6), "margin": (2000.0, 3400.0), "input_use": (0.37, 0.47),
            "ramp": ((0.15, 0.4, 0.7), (0.5, 0.8, 1.0)), "good": ((0.6,), (0.85,)),
        },
    )  # fmt: skip
    return replace(project, **changed)
