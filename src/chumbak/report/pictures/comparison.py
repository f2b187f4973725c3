"""Pictures that hold the answer against something: published totals, and the figures its ranges come from."""

from __future__ import annotations

import textwrap

import numpy as np
import plotly.graph_objects as go

from chumbak.answer.overview import Answer
from chumbak.answer.published import compare
from chumbak.report.pictures.frame import (
    BLUE,
    LABEL_WIDTH,
    ORANGE,
    PALE,
    SKY,
    Chart,
    DataTable,
    Part,
    bars,
    layout,
)
from chumbak.report.words import rounded

OUTCOMES = {
    "demand.total_t": "magnets in goods sold",
    "demand.made_at_home_t": "magnets in goods made at home",
    "urban_mine.end_of_life_t": "magnets at end of life",
}


def published(answer: Answer) -> Chart | None:
    """Return published totals beside ours of the same or the nearest definition."""
    found = [one for one in compare(answer) if one.ours is not None]
    if not found:
        return None
    labels = []
    for one in found:
        whose = one.source.split(",")[0].split("(")[0].split(";")[0].strip()
        wrapped = textwrap.wrap(f"{one.quantity}, {one.period}", LABEL_WIDTH + 4)
        labels.append("<br>".join([*wrapped, f"<i>{whose}</i>"]))
    figure = go.Figure()
    for one, label in zip(found, labels, strict=True):
        figure.add_scatter(
            x=[one.value, one.ours], y=[label, label], mode="lines", line={"color": PALE, "width": 2},
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    for name, numbers, colour, symbol in (
        ("published", [one.value for one in found], ORANGE, "diamond"),
        ("ours, nearest definition", [one.ours for one in found], BLUE, "circle"),
    ):
        look = {"color": colour, "size": 13, "symbol": symbol}
        figure.add_scatter(x=numbers, y=labels, mode="markers", name=name, marker=look)
    layout(
        figure,
        height=110 + 62 * len(found),
        margin={"l": 10, "r": 14, "t": 12, "b": 44},
        yaxis={"autorange": "reversed", "automargin": True},
        xaxis={"title": "t a year", "rangemode": "tozero", "tickformat": ",d"},
    )
    rows = tuple(
        (
            f"{one.quantity}, {one.period}",
            f"{one.value:,.0f} {one.unit}",
            f"{rounded(one.ours or 0.0)} t",
            one.ours_is,
        )
        for one in found
    )
    return Chart(
        "published",
        "Published numbers differ because they count different things",
        "t of magnets a year as each source defines them, calendar or fiscal years; nothing was adjusted to agree",
        "Definitions, sources and why they differ are in the table that follows.",
        figure,
        DataTable(("quantity", "published", "ours", "which of ours"), rows),
    )


def matters_most(answer: Answer) -> list[Chart]:
    """Return, for each ranked outcome, the figures whose ranges the spread comes from, in each ranked year."""
    if answer.ensemble is None:
        return []
    shares: dict[str, dict[int, dict[str, float]]] = {}
    for one in answer.ensemble.influences:
        by_figure = shares.setdefault(one.outcome, {}).setdefault(one.year, {})
        by_figure[plain_name(answer, one.name, one.keys)] = 100 * one.share
    charts = []
    for outcome, by_year in shares.items():
        years = list(by_year)
        labels = sorted(by_year[years[0]], key=lambda name: -max(by_year[year][name] for year in years))
        looks = ((BLUE, ""), (SKY, "/"))
        parts = [
            Part(str(year), np.array([by_year[year][label] for label in labels]), *look)
            for year, look in zip(years, looks, strict=False)
        ]
        figure = bars(labels, parts, "% of the variance")
        figure.update_layout(barmode="group", showlegend=True)
        rows = tuple((label, *(f"{by_year[year][label]:.1f}" for year in years)) for label in labels)
        charts.append(
            Chart(
                f"matters-{outcome.replace('.', '-').replace('_', '-')}",
                f"{OUTCOMES[outcome].capitalize()}: first measure {labels[0][0].lower()}{labels[0][1:]}",
                f"% of the variance of {OUTCOMES[outcome]} in {' and '.join(map(str, years))} that the range of each "
                "figure brings in; the ten largest",
                f"Chumbak, {answer.ensemble.draws:,} draws: first-order effects by polynomial chaos.",
                figure,
                DataTable(("figure", *(f"{year}, %" for year in years)), rows),
            )
        )
    return charts


def plain_name(answer: Answer, name: str, keys: tuple[str, ...]) -> str:
    """Return a drawn figure's name as a person would say it."""
    pack = answer.pack
    if name in pack.nouns.tables["draw_groups"]:
        note = pack.nouns.cell("draw_groups", name, "note")
        return note.split(":")[0] if note else name
    entry = pack.entries[keys[0]]
    tables = {"product": "products", "grade": "grades"}
    whose = [pack.nouns.cell(tables[noun], label, "name") for noun, label in entry.indices.items() if noun in tables]
    return f"{entry.attribute.long_name}: {', '.join(whose)}" if whose else entry.attribute.long_name
