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
    """Return, for each ranked outcome and year, the figures whose ranges the spread comes from."""
    if answer.ensemble is None:
        return []
    groups: dict[tuple[str, int], list[tuple[str, float]]] = {}
    for influence in answer.ensemble.influences:
        label = plain_name(answer, influence.name, influence.keys)
        groups.setdefault((influence.outcome, influence.year), []).append((label, 100 * influence.share))
    charts = []
    for (outcome, year), found in groups.items():
        labels, shares = [label for label, _ in found], np.array([share for _, share in found])
        rows = tuple((label, f"{share:.1f}") for label, share in found)
        charts.append(
            Chart(
                f"matters-{outcome.replace('.', '-').replace('_', '-')}-{year}",
                f"{OUTCOMES[outcome].capitalize()}, {year}: measure first: {labels[0]}",
                f"% of the variance of {OUTCOMES[outcome]} in {year} that the range of each figure brings in",
                f"Chumbak, {answer.ensemble.draws:,} draws: first-order effects by polynomial chaos.",
                bars(labels, [Part("%", shares, BLUE)], "% of the variance"),
                DataTable(("figure", "% of the variance"), rows),
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
