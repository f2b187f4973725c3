"""What a tree of futures comes to, as a plain document: costs by end, what the hedge buys, what to decide first."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from chumbak.answer.plan_document import NOTHING, builds, by_year, convention, nine, plain
from chumbak.plan import outcome
from chumbak.plan.tree.hedge import Hedge, Outcome, tree_certificate

PLANS = ("hedged", "neutral", "average", "calm")
MEANINGS = {
    "hedged": "the plan asked for: expected cost and, where asked, the cost of the worst futures",
    "neutral": "the plan of least expected cost",
    "known": "the best plan of each future by itself, known from the first: nobody can have it",
    "average": "first decisions made for the average of all figures, later ones when the future is known",
    "calm": "first decisions made for good weather, later ones when the future is known",
}


def hedge_document(hedge: Hedge, description: str) -> dict[str, Any]:
    """Return a hedge as plain dictionaries; money in millions of the pack's currency, discounted; tonnes gross."""
    tree, case = hedge.tree, hedge.hedged.plans[0].case
    money = f"million {case.currency} ({case.price_year}), discounted to {case.base_year}"
    outcomes = {name: getattr(hedge, name) for name in PLANS}
    found: dict[str, Any] = plain({
        "status": "optimal",
        "view": hedge.hedged.plans[0].view,
        "requirements": [str(one) for one in hedge.hedged.plans[0].asked],
        "convention": f"{convention(case, hedge.hedged.plans[0].view)} {_foresight(hedge)}",
        "tree": {"name": tree.name, "title": tree.branches[0].title, "description": description,
                 "first_year": tree.first, "calm": tree.branches[tree.ends[tree.calm]].name},
        "risk": {"aversion": hedge.risk.aversion, "tail": hedge.risk.tail},
        "unit": money,
        "plans": {name: {"meaning": MEANINGS[name], **_costs(hedge, one)} for name, one in outcomes.items() if one},
        "known": {"meaning": MEANINGS["known"], "expected": float(tree.probability @ hedge.known_cost)},
        "value_of_stochastic_solution": {
            "value": hedge.stochastic_value, "unit": money,
            "meaning": "what the plan made for the average of all figures costs more, expected",
        },
        "expected_value_of_perfect_information": {
            "value": hedge.information_value, "unit": money,
            "meaning": "what it would save, expected, to know from the first which future comes",
        },
        "ends": [_end(hedge, at, outcomes) for at in range(len(tree.ends))],
        "first_decisions": _first(hedge, outcomes),
        "certificate": asdict(tree_certificate(hedge.hedged)),
    })  # fmt: skip
    return found


def _foresight(hedge: Hedge) -> str:
    return (
        f"That holds within each future; which one comes is not known before its branches begin, the first in "
        f"{hedge.tree.first}: until then all futures share every decision."
    )


def _costs(hedge: Hedge, one: Outcome) -> dict[str, float]:
    return {"expected": one.expected, "worst": one.tail(hedge.risk.tail)}


def _end(hedge: Hedge, at: int, outcomes: dict[str, Outcome | None]) -> dict[str, Any]:
    """Return what one end costs and lacks under every plan."""
    tree, end = hedge.tree, hedge.tree.ends[at]
    there = {name: one for name, one in outcomes.items() if one is not None}
    lacking = {name: _lacking(one, at) for name, one in there.items()}
    known = hedge.known[at]
    return {
        "name": tree.branches[end].name,
        "title": tree.title_of(end),
        "probability": float(tree.probability[at]),
        "cost": {**{name: float(one.cost[at]) for name, one in there.items()}, "known": known.cost},
        "saved_by_hedge": None if hedge.hedge_value is None else float(hedge.hedge_value[at]),
        "lacking_t": {**lacking, "known": float(known.decisions["unmet"].sum())},
        "lacking_by_year_t": {name: _by_year(one, at) for name, one in there.items()},
        "builds": builds(hedge.hedged.plans[at]),
    }  # fmt: skip


def _by_year(one: Outcome, at: int) -> dict[str, float]:
    tonnes = by_year(one.plans[at].decisions["unmet"].sum(("product", "region")))
    return {year: amount for year, amount in tonnes.items() if amount > NOTHING}


def _lacking(one: Outcome, at: int) -> float:
    return float(one.plans[at].decisions["unmet"].sum())


def _first(hedge: Hedge, outcomes: dict[str, Outcome | None]) -> dict[str, Any]:
    """Return what is decided before anything is known: capacity of every kind, and stock at the end of that time."""
    tree = hedge.tree
    last = tree.first - 1
    there = {name: one.plans[0] for name, one in outcomes.items() if one is not None}
    plants = hedge.hedged.plans[0].case.plants
    capacity = {
        name: plan.decisions["build"].sel(decided=slice(None, last)).sum(("region", "decided")).values
        for name, plan in there.items()
    }
    stock = {name: outcome.stock(plan).sel(year=last) for name, plan in there.items()}
    goods = [str(good) for good in stock["hedged"]["good"].values]
    return {
        "until": last,
        "builds": [
            {"plant": plant, "stage": plants.stage[at], "unit": "t/year of capacity decided",
             **{name: nine(float(amount[at])) for name, amount in capacity.items()}}
            for at, plant in enumerate(plants.names)
            if max(float(amount[at]) for amount in capacity.values()) > NOTHING
        ],
        "stock": [
            {"good": good, "unit": f"t of contained neodymium and praseodymium at the end of {last}",
             **{name: nine(float(amount.sel(good=good))) for name, amount in stock.items()}}
            for good in goods
            if max(float(np.abs(amount.sel(good=good))) for amount in stock.values()) > NOTHING
        ],
    }  # fmt: skip
