"""Many futures as a plain document: bands of what plans cost and give, and what is built in nearly all of them.

A band is the 5th, 50th and 95th percentile over the futures that have a plan, each number for itself: the parts of a
band need not add up. Numbers are rounded to nine significant digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chumbak.answer.ensemble import PERCENTILES
from chumbak.answer.plan_document import convention, nine
from chumbak.answer.plan_ensemble import Row, Setup
from chumbak.answer.plan_futures import CONVENTION, GROUP_WORDS, GROUPS, MOVE_RECIPES, Futures, group_of
from chumbak.plan.case import Case
from chumbak.plan.requirements import read_requirement

NO_REGRET = 0.9  # what is built in a larger share of futures is built without regret
LEAST = 1.0  # t/year: a plant that has no smallest size is there from a tonne on
SERIES_WORDS = {
    "need": ("t/year", "magnets that makers need, gross"),
    "unmet": ("t/year", "magnets lacking, in goods that are not built, gross"),
    "substitute": ("t/year", "magnets that designs without rare earths stand in for, gross"),
    "chain": ("1", "share of the need, less what is designed away, that is made at home from oxide to magnet"),
    "import_bill": ("M/year", "bought abroad at the border, before duty, not discounted"),
}
Band = dict[str, Any]


def futures_document(setup: Setup, futures: Futures, first: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what many futures say. ``first`` is the row of the central future, ``rows`` those of the draws."""
    case = futures.central
    there = [row for row in rows if row["cost"] is not None]
    unfit = [str(row["unfit"]) for row in rows if "unfit" in row]
    money = f"million {case.currency} ({case.price_year})"
    years = [str(year) for year in case.years]
    found: dict[str, Any] = {
        "draws": len(rows),
        "seed": setup.seed,
        "view": setup.view,
        "regions": list(case.regions),
        "requirements": [str(read_requirement(kind, text)) for kind, text in setup.requirements],
        "drawn": _drawn(setup, futures),
        "convention": convention(case, setup.view),
        "bands": "p05, p50 and p95 over the futures that have a plan, each number for itself; central is without draws",
        "without_plan": len(rows) - len(there) - len(unfit),
        "unfit": {"count": len(unfit), "first": unfit[0] if unfit else None},
        "cost_npv": {"unit": f"{money}, discounted to {case.base_year}", **_band(first["cost"], _of(there, "cost"))},
        "cost_by_kind": {
            name: _band(value, [row["terms"].get(name, 0.0) for row in there]) for name, value in first["terms"].items()
        },
        "by_year": {
            name: {
                "unit": unit.replace("M/", f"{money}/"),
                "what": what,
                **_bands(years, first[name], _of(there, name)),
            }
            for name, (unit, what) in SERIES_WORDS.items()
        },
        "capacity": _capacity(case, years, first, there),
    }
    if setup.builds is None:
        return {**found, "no_regret": _no_regret(case, first, there)}
    kept = {"share": nine(float(np.mean(_of(there, "kept")))) if there else None, "central": first["kept"]}
    lost = {"unit": "t/year of builds that give nothing within the plan", **_band(first["lost"], _of(there, "lost"))}
    return {**found, "kept": kept, "lost": lost}


def _drawn(setup: Setup, futures: Futures) -> dict[str, Any]:
    """Return which figures are drawn, and which stay as they are."""
    counted = dict.fromkeys(GROUPS, 0)
    for key in futures.names:
        counted[group_of(futures.pack.entries[key].attribute.name)] += 1
    chosen = [name for name in GROUPS if not setup.only or name in setup.only]
    return {
        "groups": [
            {"group": name, "what": GROUP_WORDS[name], "figures": counted[name]} for name in chosen if counted[name]
        ],
        "held": [name for name in GROUPS if name not in chosen and name != "others"],
        "figures": len(futures.names),
        "apart": len(set(futures.names.values())),
        "recipes": "drawn" if any(counted[name] for name in MOVE_RECIPES) else "central",
        "convention": CONVENTION,
    }


def _of(rows: Sequence[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def _band(central: float | None, values: Sequence[float | None]) -> Band:
    """Return the band of one number; None where no future has it."""
    known = np.array([value for value in values if value is not None])
    sides = np.quantile(known, list(PERCENTILES.values())) if known.size else [None] * len(PERCENTILES)
    return {"central": central} | {
        name: None if side is None else nine(float(side)) for name, side in zip(PERCENTILES, sides, strict=True)
    }


def _bands(years: Sequence[str], central: Sequence[Any], values: Sequence[Sequence[Any]]) -> Band:
    """Return the bands of a series: central, p05, p50 and p95 by year."""
    each = [_band(central[at], [row[at] for row in values]) for at in range(len(years))]
    return {
        side: {year: one[side] for year, one in zip(years, each, strict=True)} for side in ("central", *PERCENTILES)
    }


def _capacity(case: Case, years: Sequence[str], first: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """Return by plant what can be used in a year: it stands, is awarded or built, run up, less what is retired."""
    none = [0.0] * len(years)
    return {
        name: {
            "stage": stage,
            "unit": "t/year",
            **_bands(years, first["capacity"].get(name, none), [row["capacity"].get(name, none) for row in rows]),
        }
        for name, stage in zip(case.plants.names, case.plants.stage, strict=True)
        if name in first["capacity"] or any(name in row["capacity"] for row in rows)
    }


def _no_regret(case: Case, first: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """Return by plant and region in which share of futures as much as the smallest plant is decided by a year."""
    decided = [int(year) for year in case.decided]
    found = []
    for at, plant in enumerate(case.plants.names):
        least = max(float(case.plants.least[at]), LEAST)
        for region in case.regions:
            amounts = np.array([_cumulated(row, plant, region, decided) for row in rows]).reshape(len(rows), -1)
            if not (amounts > 0).any():
                continue
            central = _cumulated(first, plant, region, decided)
            shares = (amounts >= least).mean(axis=0)
            sure = np.flatnonzero(shares > NO_REGRET)
            found.append(
                {
                    "plant": plant,
                    "stage": case.plants.stage[at],
                    "region": region,
                    "least": nine(least),
                    "no_regret_from": decided[sure[0]] if sure.size else None,
                    "by": {
                        str(year): {
                            "share": nine(float(shares[column])),
                            "in_nine_of_ten": nine(float(np.quantile(amounts[:, column], 1 - NO_REGRET))),
                            **_band(nine(float(central[column])), amounts[:, column].tolist()),
                        }
                        for column, year in enumerate(decided)
                    },
                }
            )
    return {
        "above": NO_REGRET,
        "unit": "t/year of capacity decided up to the end of the year",
        "what": (
            "share of the futures with a plan in which at least the smallest plant that makes sense is decided by the "
            "year; in_nine_of_ten is what is decided by then in nine futures of ten; no_regret_from is the first year "
            "by which the share is above the bound"
        ),
        "builds": found,
    }


def _cumulated(row: Row, plant: str, region: str, decided: Sequence[int]) -> np.ndarray:
    """Return capacity decided up to each year, t/year."""
    amounts = {year: amount for name, place, year, amount in row["built"] if name == plant and place == region}
    return np.cumsum([amounts.get(year, 0.0) for year in decided])
