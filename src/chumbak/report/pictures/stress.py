"""Pictures of a shock: output week by week in each sector, and the back-test beside what was observed.

They read documents (``answer.shock_document``); the pack gives the names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from chumbak.pack import Pack
from chumbak.report import backtest_words
from chumbak.report.pictures.frame import BLUE, GREY, ORANGE, RED, Chart, DataTable, clear, layout
from chumbak.report.stress_words import Told, heading
from chumbak.report.words import mid_sentence, money, percent

PANEL, AROUND = 78, 64  # px of a panel with its heading, and of the rest of the figure
GAP = 30  # px between panels, for a heading
LEAST = 0.005  # of a week's output: a loss below it is not told
NONE = "-"
EVERY = 4  # weeks between rows of the table


def timeline(users: Told, whole: Told, pack: Pack) -> Chart:
    """Return output by sector over the weeks, a panel each, with the band of the draws where there are any."""
    start = date.fromisoformat(whole["start_date"])
    days = [start + timedelta(weeks=week) for week in range(whole["weeks"])]
    sectors = whole["sectors"]
    figure = _panels(len(sectors))
    for row, (sector, one) in enumerate(sectors.items(), start=1):
        _draw(figure, row, days, one)
        _label(figure, row, f"<b>{pack.nouns.cell('sectors', sector, 'name')}</b>: {_said(one['output'], days)}")
    for row in range(1, len(sectors) + 1):
        figure.add_vrect(
            x0=days[0] + timedelta(weeks=whole["begins_week"]),
            x1=min(days[0] + timedelta(weeks=whole["ends_week"]), days[-1]),
            fillcolor=GREY, opacity=0.1, line_width=0, layer="below", row=row, col=1,
        )  # fmt: skip
    layout(figure, height=AROUND + (PANEL + GAP) * len(sectors), margin={"l": 48, "r": 14, "t": 26, "b": 52},
           showlegend=False, hovermode="x unified")  # fmt: skip
    figure.update_xaxes(range=[days[0], days[-1]], tickformat="%b<br>%Y", nticks=5)
    shade = "red: what is lost"
    if whole["ranges"]:
        shade = f"shade: 90 % of {whole['draws']:,} draws; line: central values"
    return Chart(
        "stress-timeline", _finding(users, whole, pack),
        "output of a week over what was wanted, by sector, products weighed by value; grey: while something is "
        f"restricted; {shade}",
        f"Chumbak, pack {pack.title}: {whole['title']}, by rules of behaviour. The table has every {EVERY}th week.",
        figure, _weeks(whole, days, pack),
    )  # fmt: skip


def backtest_picture(found: Mapping[str, Any]) -> Chart:
    """Return the band of the model against what was observed, a panel for each firm.

    ``found`` has ``compared``, ``inside`` and ``firms``, each of these with ``name``, ``title``, ``months`` (labels),
    ``low``, ``middle``, ``high`` (output over full output) and ``observed`` (the same, null where nothing was).
    """
    firms = found["firms"]
    figure = _panels(len(firms))
    for row, firm in enumerate(firms, start=1):
        _band(figure, row, firm["months"], firm["low"], firm["high"], clear(BLUE, 0.25))
        _line(figure, row, firm["months"], firm["middle"], "model, middle", BLUE)
        figure.add_scatter(
            x=firm["months"], y=[None if seen is None else min(seen, 1.0) for seen in firm["observed"]],
            name="observed", mode="markers", row=row, col=1, cliponaxis=False,
            marker={"color": "#222", "size": 10, "symbol": "diamond"},
        )  # fmt: skip
        _label(figure, row, f"<b>{firm['title']}</b>: {_inside(firm)}")
    layout(figure, height=AROUND + (PANEL + GAP + 40) * len(firms), margin={"l": 48, "r": 14, "t": 26, "b": 52},
           showlegend=False)  # fmt: skip
    figure.update_xaxes(type="category")
    return Chart(
        "stress-backtest", backtest_words.finding(found),
        "output over full output by month; shade: 90 % of draws of the model; line: their middle; diamond: observed, "
        "drawn at 100 % where more was made",
        "Chumbak: inputs known before the outcome, measured apart from it, told after it, or judged; dates and "
        "quarters stand in the table below.",
        figure,
        DataTable(
            ("firm", "month", "model, 5 %", "middle", "95 %", "observed"),
            tuple(
                (firm["title"], month, *(NONE if number is None else percent(number) for number in numbers))
                for firm in firms
                for month, *numbers in zip(
                    firm["months"], firm["low"], firm["middle"], firm["high"], firm["observed"], strict=True
                )
            ),
        ),
    )  # fmt: skip


def _panels(rows: int) -> go.Figure:
    """Return a figure of panels one over the other, with a share from 0 to 1 upright in each."""
    height = (PANEL + GAP) * rows
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=GAP / height if rows > 1 else 0)
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%", tickvals=[0, 0.5, 1])
    return figure


def _draw(figure: go.Figure, row: int, days: Sequence[date], one: Told) -> None:
    """Draw output in a panel: over the band of the draws, or with what is lost filled in where there are none."""
    if "low" in one:
        _band(figure, row, days, one["low"], one["high"], clear(ORANGE, 0.45))
    else:
        full = [1.0] * len(days)
        figure.add_scatter(x=days, y=full, mode="lines", line={"width": 0}, hoverinfo="skip", row=row, col=1)
    look = {"fill": "tonexty", "fillcolor": clear(RED, 0.3)} if "low" not in one else {}
    figure.add_scatter(
        x=days, y=one["output"], mode="lines", line={"color": RED, "width": 2.4}, name="output", row=row, col=1, **look
    )


def _band(
    figure: go.Figure, row: int, at: Sequence[Any], low: Sequence[float], high: Sequence[float], fill: str
) -> None:
    for numbers, name, more in (
        (high, "95 % of draws", {}),
        (low, "5 % of draws", {"fill": "tonexty", "fillcolor": fill}),
    ):
        figure.add_scatter(x=at, y=numbers, mode="lines", line={"width": 0}, name=name, row=row, col=1, **more)


def _line(figure: go.Figure, row: int, at: Sequence[Any], numbers: Sequence[float], name: str, colour: str) -> None:
    figure.add_scatter(x=at, y=numbers, mode="lines", line={"color": colour, "width": 2.4}, name=name, row=row, col=1)


def _label(figure: go.Figure, row: int, text: str) -> None:
    """Put a heading over a panel."""
    axis = "" if row == 1 else str(row)
    figure.add_annotation(
        text=text, x=0, xref="paper", y=1, yref=f"y{axis} domain", xanchor="left", yanchor="bottom", showarrow=False,
        font={"size": 12}, align="left", xshift=-44,
    )  # fmt: skip


def _said(output: Sequence[float], days: Sequence[date]) -> str:
    """Return in words what becomes of a sector."""
    lost = [week for week, share in enumerate(output) if share < 1 - LEAST]
    if not lost:
        return "not hit"
    return f"{days[lost[0]]:%b %Y}, down to {percent(min(output))}"


def _finding(users: Told, whole: Told, pack: Pack) -> str:
    worst = {sector: sum(1 - share for share in one["output"]) for sector, one in whole["sectors"].items()}
    most = max(worst, key=lambda sector: worst[sector])
    if worst[most] < LEAST:
        return f"{heading(whole)}: no sector loses output"
    name = pack.nouns.cell("sectors", most, "name")
    said = f"In weeks of its own output most is lost in {mid_sentence(name)}, as much as {worst[most]:.0f} full weeks"
    value = dict.fromkeys(whole["sectors"], 0.0)
    for one in users.values():
        value[one["sector"]] += one["lost_value"]
    dearest = max(value, key=lambda sector: value[sector])
    if dearest == most:
        return f"{said}; in money, too"
    lost = money(value[dearest], pack.currency)
    return f"{said}; in money, in {mid_sentence(pack.nouns.cell('sectors', dearest, 'name'))}: {lost}"


def _weeks(whole: Told, days: Sequence[date], pack: Pack) -> DataTable:
    names = [pack.nouns.cell("sectors", sector, "name") for sector in whole["sectors"]]
    series = [one["output"] for one in whole["sectors"].values()]
    rows = tuple(
        (str(days[week]), *(percent(numbers[week]) for numbers in series)) for week in range(0, len(days), EVERY)
    )
    return DataTable(("week from", *names), rows)


def _inside(firm: Mapping[str, Any]) -> str:
    inside, seen = _counted([firm])
    return f"{inside} of {seen} months observed in the band" if seen else "no month observed"


def _counted(firms: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return how many observations lie in the band, and how many there are."""
    pairs = [
        low <= min(seen, 1.0) <= high  # more than full output counts as full
        for firm in firms
        for low, high, seen in zip(firm["low"], firm["high"], firm["observed"], strict=True)
        if seen is not None
    ]
    return sum(pairs), len(pairs)
