"""Pictures of many futures: bands of what is made at home and bought, and the capacity of plants.

They read the document of the ensemble (``answer.plan_ensemble_document``); the pack gives the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from chumbak.pack import Pack
from chumbak.report.pictures.frame import BLUE, Chart, by_year, clear, layout
from chumbak.report.plan_words import plant_name
from chumbak.report.words import ENOUGH_DRAWS, mid_sentence, percent, rounded

SIDES = ("p05", "p50", "p95")
MOST_PLANTS = 4  # kinds of plant that have a picture of their own: those with most capacity at the end


def for_ensemble(told: Mapping[str, Any], pack: Pack) -> list[Chart]:
    """Return the pictures of an ensemble, in the order of the page; none where bands would mean nothing."""
    if _planned(told) < ENOUGH_DRAWS:
        return []
    plants = sorted(told["capacity"], key=lambda name: -list(told["capacity"][name]["p50"].values())[-1])
    return [_chain(told, pack), *(_plant(told, pack, name) for name in plants[:MOST_PLANTS])]


def _planned(told: Mapping[str, Any]) -> int:
    """Return in how many futures there is a plan."""
    return int(told["draws"] - told["without_plan"] - told["unfit"]["count"])


def _chain(told: Mapping[str, Any], pack: Pack) -> Chart:
    """Return the band of the share made at home from oxide to magnet."""
    one = told["by_year"]["chain"]
    years, sides = _sides(one, 100.0)
    at = len(years) - 1
    low, high = (percent(sides[side][at] / 100) for side in ("p05", "p95"))
    return Chart(
        "ensemble-chain",
        f"From oxide to magnet {low} to {high} of the need is made at home in {years[at]}, in nine futures of ten",
        "share of the need, less what is designed away, in gross tonnes of magnets whose every step was at home, %",
        _source(told, pack),
        _band(years, sides, "share of need, %", [0, 103]),
        by_year(years, {_name(side): numbers for side, numbers in sides.items()}),
    )


def _plant(told: Mapping[str, Any], pack: Pack, name: str) -> Chart:
    """Return the band of the capacity of one kind of plant."""
    years, sides = _sides(told["capacity"][name])
    low, high = (rounded(float(sides[side][-1])) for side in ("p05", "p95"))
    plant = mid_sentence(plant_name(pack, name))
    return Chart(
        f"ensemble-{name}",
        f"Of {plant}, {low} to {high} t a year can be used in {years[-1]}, in nine futures of ten",
        "t a year of capacity in the country, as the plant is counted: what stands, is awarded or built, run up as far "
        "as it is, less what is retired",
        _source(told, pack),
        _band(years, sides, "t a year", None),
        by_year(years, {f"{_name(side)}, t": numbers for side, numbers in sides.items()}),
    )


def _sides(one: Mapping[str, Any], size: float = 1.0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    years = np.array([int(year) for year in one["central"]])
    found = {side: size * np.array([np.nan if value is None else value for value in one[side].values()])
             for side in ("central", *SIDES)}  # fmt: skip
    return years, found


def _name(side: str) -> str:
    return {"central": "central future", "p05": "5th percentile", "p50": "median", "p95": "95th percentile"}[side]


def _source(told: Mapping[str, Any], pack: Pack) -> str:
    return (
        f"Plans of {_planned(told):,} futures of pack {pack.name}, scenario {pack.scenario}; the "
        "shade holds 90 % of them, year by year, and no one future need run along its edge."
    )


def _band(years: np.ndarray, sides: Mapping[str, np.ndarray], title: str, span: list[float] | None) -> go.Figure:
    figure = go.Figure()
    for side, fill in (("p95", None), ("p05", "tonexty")):
        figure.add_scatter(
            x=years, y=sides[side], mode="lines", line={"width": 0}, fill=fill, fillcolor=clear(BLUE),
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    for side, dash in (("p50", "solid"), ("central", "dot")):
        look = {"color": BLUE if side == "p50" else "#222", "dash": dash, "width": 2.8 if side == "p50" else 1.8}
        figure.add_scatter(x=years, y=sides[side], name=_name(side), mode="lines", line=look)
    axis: dict[str, Any] = {"title": title, "rangemode": "tozero", "tickformat": ",~f"}
    return layout(
        figure, yaxis=axis | ({"range": span} if span else {}), xaxis={"tickformat": "d"}, hovermode="x unified"
    )
