"""The picture of who pays: what a scheme costs the state by year, against its outlay. It reads ``answer.who_pays``."""

from __future__ import annotations

import plotly.graph_objects as go

from chumbak.report.pictures.frame import BLUE, GREY, Chart, DataTable, clear, layout
from chumbak.report.scheme_pays_words import Told, finding, year_rows
from chumbak.report.words import rounded


def spend_picture(told: Told) -> Chart:
    """Return what is spent by year, mean and band, against the outlay if all of it were spent."""
    rows, unit = year_rows(told), told["shown_in"]["unit"]
    years, mean, low, high, outlay = (list(column) for column in zip(*rows, strict=True))
    figure = go.Figure()
    figure.add_bar(
        x=years, y=outlay, name="outlay", marker={"color": clear(GREY, 0.25), "line": {"color": GREY, "width": 1}}
    )
    error = {
        "type": "data", "symmetric": False, "array": [top - one for top, one in zip(high, mean, strict=True)],
        "arrayminus": [one - bottom for bottom, one in zip(low, mean, strict=True)], "color": "#222", "thickness": 1.6,
    }  # fmt: skip
    figure.add_bar(x=years, y=mean, name="spent, mean", marker={"color": BLUE}, error_y=error, width=0.45)
    layout(
        figure, height=360, barmode="overlay", hovermode="x unified",
        margin={"l": 10, "r": 10, "t": 12, "b": 30},
        yaxis={"rangemode": "tozero", "tickformat": ",~f", "automargin": True},  # its unit stands above the picture
        xaxis={"type": "category", "tickangle": 0, "tickfont": {"size": 11}},  # seven years fit on a telephone
    )  # fmt: skip
    return Chart(
        "scheme-spend", finding(told),
        f"{unit} a calendar year, nominal; grey: the outlay if all of it were spent, the capital subsidy in the first "
        f"year of running and the incentive evenly; line: 90 % of {told['draws']:,} draws",
        f"Chumbak: {told['title']}; rules: {told['scheme']['title']}.",
        figure,
        DataTable(
            ("year", "mean", "5 %", "95 %", "outlay"),
            tuple((row[0], *(rounded(number) for number in row[1:])) for row in rows),
        ),
    )  # fmt: skip
