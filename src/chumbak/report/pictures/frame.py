"""What every picture has: its finding as title, unit and basis, source, data table, and the house's plain look.

Colours are Okabe and Ito's, which the colour-blind can tell apart; lines differ by dash and areas by pattern as
well, so that a black-and-white print still reads.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from chumbak.answer.overview import Answer
from chumbak.report.words import ENOUGH_DRAWS, rounded

BLUE, ORANGE, GREEN, PURPLE, RED, SKY, GREY, PALE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#6B6B6B", "#BBBBBB",
)  # fmt: skip
STATUS_COLOURS = {"existing": BLUE, "committed": SKY, "announced": "#BFDDF2"}  # the surer, the darker
SHOWN = 14  # bars in a chart; the table below it has all
LABEL_WIDTH = 22  # characters in a line of a bar's label: narrow enough for a telephone


@dataclass(frozen=True)
class DataTable:
    """The numbers behind a chart, as text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Menu:
    """Choices over a chart: for each list its label, its (value, words) and the value chosen first.

    ``views`` gives for the chosen values, joined by blanks, the ``title`` and the ``trace`` to draw.
    """

    lists: tuple[tuple[str, tuple[tuple[str, str], ...], str], ...]
    views: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Chart:
    """A picture with what has to be said of it: the finding, unit and basis, source, and its data.

    A ``wide`` one keeps its width on a telephone and is moved sideways there.
    """

    name: str
    title: str
    unit: str
    source: str
    figure: go.Figure
    table: DataTable
    menu: Menu | None = None
    wide: bool = False


@dataclass(frozen=True)
class Part:
    """One colour of a bar chart: its name, numbers, colour and pattern."""

    name: str
    numbers: np.ndarray
    colour: str
    pattern: str = ""


def layout(figure: go.Figure, height: int = 380, **more: object) -> go.Figure:
    """Put the house's plain look on a figure."""
    figure.update_layout(
        template="simple_white",
        height=height,
        margin={"l": 64, "r": 14, "t": 12, "b": 44},
        dragmode=False,
        font={"family": "system-ui, sans-serif", "size": 14, "color": "#222"},
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 13},
            "traceorder": "normal",
        },
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_layout(**more)
    figure.update_xaxes(title_font={"size": 13}, fixedrange=True)
    figure.update_yaxes(title_font={"size": 13}, fixedrange=True)
    return figure


def lines(years: np.ndarray, named: Mapping[str, tuple[np.ndarray, str, str]]) -> go.Figure:
    """Return a figure of lines by name -> (numbers, colour, dash)."""
    figure = go.Figure()
    for name, (numbers, colour, dash) in named.items():
        look = {"color": colour, "dash": dash, "width": 2.8}
        figure.add_scatter(x=years, y=numbers, name=name, mode="lines", line=look)
    return figure


def bars(labels: Sequence[str], parts: Iterable[Part], title: str) -> go.Figure:
    """Return a figure of stacked horizontal bars, the first label on top, at most ``SHOWN`` of them."""
    figure = go.Figure()
    wrapped = ["<br>".join(textwrap.wrap(label, LABEL_WIDTH)) for label in labels[:SHOWN]]
    for part in parts:
        look = {"color": part.colour, "pattern": {"shape": part.pattern}}
        figure.add_bar(y=wrapped, x=part.numbers[:SHOWN], name=part.name, orientation="h", marker=look)
    lines_of_label = 1 + max((label.count("<br>") for label in wrapped), default=0)
    layout(
        figure,
        height=110 + (10 + 16 * lines_of_label) * len(wrapped),
        barmode="stack",
        margin={"l": 10, "r": 14, "t": 12, "b": 44},
        yaxis={"autorange": "reversed", "automargin": True},
        xaxis={"title": title, "rangemode": "tozero", "tickformat": ",~f"},
        showlegend=len(figure.data) > 1,
    )
    return figure


def add_band(figure: go.Figure, answer: Answer, name: str, colour: str) -> None:
    """Draw the range of a drawn total as a shade."""
    if answer.ensemble is None or answer.ensemble.draws < ENOUGH_DRAWS:
        return
    years = answer.data["year"].values
    bands = answer.ensemble.bands.sel(name=name, year=years)
    for percentile, fill in (("p95", None), ("p05", "tonexty")):
        figure.add_scatter(
            x=years, y=bands.sel(percentile=percentile).values, mode="lines", line={"width": 0},
            fill=fill, fillcolor=clear(colour), showlegend=False, hoverinfo="skip",
        )  # fmt: skip


def add_limits(figure: go.Figure, answer: Answer, name: str) -> None:
    """Draw the range of a drawn total as two dotted lines, for use above stacked areas."""
    if answer.ensemble is None or answer.ensemble.draws < ENOUGH_DRAWS:
        return
    years = answer.data["year"].values
    bands = answer.ensemble.bands.sel(name=name, year=years)
    for percentile, shown in (("p95", True), ("p05", False)):
        figure.add_scatter(
            x=years, y=bands.sel(percentile=percentile).values, mode="lines", showlegend=shown,
            name="range of the sum", line={"width": 1.6, "dash": "dot", "color": "#222"}, hoverinfo="skip",
        )  # fmt: skip


def clear(colour: str, alpha: float = 0.18) -> str:
    """Return a colour made transparent."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def range_note(answer: Answer, mark: str = "The shade holds") -> str:
    """Return a sentence that says what the range of the chart is, if draws were made."""
    drawn = answer.ensemble is not None and answer.ensemble.draws >= ENOUGH_DRAWS
    return f" {mark} 90 % of {answer.ensemble.draws:,} draws." if answer.ensemble and drawn else ""


def by_year(years: np.ndarray, columns: Mapping[str, np.ndarray]) -> DataTable:
    """Return columns over years as a table."""
    rows = zip(years, *columns.values(), strict=True)
    return DataTable(
        ("year", *columns), tuple((str(row[0]), *(rounded(float(cell)) for cell in row[1:])) for row in rows)
    )


def by_label(label: str, labels: Sequence[str], columns: Mapping[str, np.ndarray]) -> DataTable:
    """Return columns over labels as a table."""
    rows = zip(labels, *columns.values(), strict=True)
    return DataTable(
        (label, *columns), tuple((str(row[0]), *(rounded(float(cell)) for cell in row[1:])) for row in rows)
    )


def share_table(array: xr.DataArray, label: str) -> DataTable:
    """Return a two-dimensional array of shares as a table of percentages."""
    first, second = array.dims
    header = (label, *(str(name) for name in array[second].values))
    rows = tuple(
        (str(name), *(f"{100 * float(number):.0f} %" for number in array.sel({first: name}).values))
        for name in array[first].values
    )
    return DataTable(header, rows)


def as_html(chart: Chart) -> str:
    """Return the figure as a div that draws itself; the script of plotly is put in the page once."""
    text: str = chart.figure.to_html(
        full_html=False, include_plotlyjs=False, div_id=f"chart-{chart.name}",
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
    )  # fmt: skip
    return text
