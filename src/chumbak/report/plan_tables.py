"""The tables of a plan: what stands in ``tables/plan-*.csv``, long form, read from the document of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from chumbak.report.plan_words import Told

BUILD = ("plant", "stage", "region", "decided", "first_output", "capacity", "unit", "least", "capital")
ALONG_THE_CHAIN = ("chain", "chain_mixed")


def _builds(told: Told) -> pd.DataFrame:
    """Return what is decided; of whole plants with how many are opened."""
    found = pd.DataFrame(told["builds"], columns=list(BUILD)).rename(columns={"capital": "capital_million"})
    if any("plants" in one for one in told["builds"]):
        found["opened"] = [sum(plant["opened"] for plant in one["plants"]) for one in told["builds"]]
    return found


def plan_tables(told: Told) -> dict[str, pd.DataFrame]:
    """Return the tables of a plan by name; a column says the unit wherever it is not in a heading."""
    mix, worth, money = told["supply_mix"], told["shadow_price"], told["outcomes"]["import_bill"]["unit"]
    reliance = told["self_reliance"]
    by_rung = [
        (stage, element, year, share)
        for stage, by_element in reliance["rung"].items()
        for element, by_year in by_element.items()
        for year, share in by_year.items()
    ]
    along = [(name, "", year, share) for name in ALONG_THE_CHAIN for year, share in reliance[name].items()]
    found = {
        "builds": _builds(told),
        "supply-mix": _frame(
            ("source", "year", "ndpr_t"),
            (
                (name, year, tonnes)
                for name, numbers in mix["sources"].items()
                for year, tonnes in zip(mix["years"], numbers, strict=True)
            ),
        ),
        "supply-left": _frame(("way", "year", "ndpr_t"), _long(told["supply_left"]["ways"])),
        "stock": _frame(("good", "year", "ndpr_t"), _long(told["stock"]["goods"])),
        "spending": _frame(("kind", "year", "million"), _long(told["spending"])).assign(unit=money),
        "need": _frame(("year", "magnets_t"), told["need_t"].items()),
        "unmet": _frame(("sector", "year", "magnets_t"), _long(_sectors(told["unmet_t"]))),
        "substituted": _frame(("sector", "year", "magnets_t"), _long(_sectors(told["substituted_t"]))),
        "self-reliance": _frame(("stage", "element", "year", "share"), [*by_rung, *along]),
        "shadow-prices": _frame(("good", "year", "per_kg"), _long(worth["goods"])).assign(unit=worth["unit"]),
        "bottlenecks": pd.DataFrame(
            told["bottlenecks"], columns=["rule", "of", "unit", "first_year", "last_year", "worth", "rent"]
        ).rename(columns={"worth": "worth_million_per_unit", "rent": "rent_million"}),
        "outcomes": pd.concat(
            [
                _frame(("year", "value"), one["by_year"].items()).assign(
                    outcome=name, unit=one["unit"], method=one["method"]
                )
                for name, one in told["outcomes"].items()
            ],
            ignore_index=True,
        )[["outcome", "year", "value", "unit", "method"]],
    }  # fmt: skip
    if "slack" in told:
        found["ranges"] = pd.DataFrame(told["slack"]["builds"]).assign(unit="t/year", slack=told["slack"]["share"])
    return {f"plan-{name}": table for name, table in found.items()}


def _sectors(named: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the sectors alone: what stands beside them in all would count twice in a sum over the column."""
    return {name: by_year for name, by_year in named.items() if name != "total"}


def _long(named: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    for name, by_year in named.items():
        for year, value in by_year.items():
            yield name, year, value


def _frame(columns: tuple[str, ...], rows: Any) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))
