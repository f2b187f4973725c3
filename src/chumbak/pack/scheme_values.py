"""What rules of a scheme can say: the values of each instrument, with unit, bounds and words.

A new kind of rule is a new line here; which numbers it says stands in a pack. Money is the pack's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MONEY, A_KG, A_YEAR = "money", "money/kg", "t/year"
MUCH = 1e15


@dataclass(frozen=True)
class Kind:
    """What a value is: a ``number``, ``steps`` (up to so much, in ``by``), a ``flag``, a ``word`` or a ``day``."""

    kind: str
    unit: str = ""
    least: float = 0.0
    most: float = MUCH
    by: str = ""
    words: tuple[str, ...] = ()


def _number(unit: str, most: float = MUCH) -> Kind:
    return Kind("number", unit, most=most)


def _words(*words: str) -> Kind:
    return Kind("word", words=words)


SHARE, FLAG, DAY = _number("1", 1.0), Kind("flag"), Kind("day")
COUNT, YEARS = _number("1", 1e6), _number("year", 100.0)
SUM, RATE, TONNES = _number(MONEY), _number(A_KG), _number(A_YEAR)
SUM_BY_TONNES = Kind("steps", MONEY, by=A_YEAR)
SHARE_BY_YEAR = Kind("steps", "1", most=1.0, by="year")

INSTRUMENTS: Mapping[str, Mapping[str, Kind]] = {
    "outlay": {
        "outlay_total": SUM, "outlay_incentive": SUM, "outlay_capital": SUM, "outlay_batteries": SUM,
        "outlay_ewaste": SUM, "outlay_other": SUM, "outlay_large": SUM, "outlay_small": SUM,
    },
    "clock": {"years": YEARS, "build_years": YEARS, "incentive_years": YEARS, "early_sales": FLAG},
    "award": {"most_awards": COUNT, "most_tonnes": TONNES, "least": TONNES, "largest": TONNES, "step": TONNES},
    "eligibility": {
        "lead_share": SHARE, "net_worth": SUM_BY_TONNES, "least_investment": SUM, "most_investment": SUM,
        "investment": SUM_BY_TONNES, "bid_security": SUM, "performance_guarantee": SUM, "related_bidders": FLAG,
        "large_revenue": SUM, "large_investment": SUM, "small_investment": SUM, "large_feed": TONNES,
        "small_feed": TONNES, "applications_from": DAY, "applications_to": DAY, "applications_again": FLAG,
    },
    "selection": {
        "selection": _words("least_cost"), "technical": _words("pass_or_fail"), "bid": _words("incentive_per_kg"),
        "fill": _words("lowest_first"), "last_fit": _words("refuse", "cut", "rebid"), "match_lowest": FLAG,
        "tie": _words("larger", "smaller", "earlier", "lot"),
    },
    "incentive": {
        "ceiling": RATE, "paid": _words("bid"), "sales_share": SHARE, "sales_share_over": _words("year"),
        "above_award": FLAG, "total_per_t": _number("money*year/t"), "paid_after_commissioning": FLAG,
        "year_limits": FLAG, "least_use": SHARE, "carry_forward": FLAG, "reference_price": RATE,
    },
    "capital_subsidy": {
        "capital_share": SHARE, "least_cap": SUM, "most_cap": SUM, "capital_caps": SUM_BY_TONNES, "eligible_from": DAY,
        "land_and_buildings": FLAG, "capital_after_commissioning": FLAG, "late_share": SHARE,
    },
    "operating_subsidy": {
        "base_year": Kind("number", "year", 1900.0, 2200.0), "operating_rate": SHARE, "sales_threshold": SUM,
        "paid_second_year": SHARE, "paid_fifth_year": SHARE,
    },
    "subsidy_ceiling": {"total_large": SUM, "total_small": SUM, "operating_large": SUM, "operating_small": SUM},
    "assured_input": {
        "assured_tonnes": TONNES, "assured_to": COUNT, "assured_split": _words("award", "equal"),
        "assured_price": _words("market"), "take_or_pay": FLAG, "shortfall_paid": FLAG,
    },
    "product": {
        "sintered_only": FLAG, "from_oxide": FLAG, "least_domestic_share": SHARE, "imported_metal": FLAG,
        "recycled_feed": FLAG, "permanent_magnets": FLAG, "black_mass_alone": FLAG,
    },
    "penalty": {"delay_penalty": SHARE, "clawback": SHARE, "termination": FLAG},
    "responsibility": {
        "target_share": SHARE_BY_YEAR, "first_share": SHARE, "last_share": SHARE, "gold_share": SHARE_BY_YEAR,
        "gold_first_share": SHARE, "gold_last_share": SHARE, "base_metal_share": SHARE,
    },
    "certificate": {
        "gold": FLAG, "copper": FLAG, "aluminium": FLAG, "iron": FLAG, "rare_earths": FLAG, "conversion": SHARE,
        "floor_share": SHARE, "ceiling_share": SHARE, "floor_consumer": RATE, "ceiling_consumer": RATE,
        "floor_it": RATE, "seen_low": RATE,
    },
    "duty": {"share": SHARE, "share_before": SHARE, "creditable_tax": SHARE, "relief": FLAG, "capital_goods": FLAG},
    "place": {},
    "foreign_licence": {},
}  # fmt: skip
