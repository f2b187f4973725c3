"""Pictures of the gap: what each rung needs and what projects would give it, and self-reliance along the chain."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from chumbak.answer.overview import Answer
from chumbak.report.pictures.frame import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    STATUS_COLOURS,
    Chart,
    DataTable,
    Part,
    add_band,
    by_year,
    layout,
    range_note,
)
from chumbak.report.verdict import verdict_year
from chumbak.report.words import in_a_row, percent, rounded

SAID = {"existing": "existing", "committed": "being built", "announced": "announced"}
PATTERNS = {"existing": "", "committed": "/", "announced": "."}
MET = 0.005  # a rung that lacks less is called met
WIDEST = 140  # per cent of need: a bar is cut there


def bars_by_rung(answer: Answer) -> Chart:
    """Return, for the year of the verdict, supply of each status over need, rung by rung."""
    year, pack = verdict_year(answer), answer.pack
    data = answer.findings["gap"].data.sel(year=year)
    own = data.sel(definition="made_at_home")
    stages = [str(stage) for stage in data["stage"].values if float(own.need.sel(stage=stage)) > 0]
    names = [pack.nouns.cell("stages", stage, "name") for stage in stages]
    need = own.need.sel(stage=stages).values
    lacking = data.lacking.sel(status="announced", stage=stages).values
    supply = {status: data.supply.sel(status=status, stage=stages).values for status in SAID}
    figure = _bars(names, need, lacking, supply)
    _mark_weakest(figure, answer, data.sel(status="announced", stage=stages))
    rows = tuple(
        (
            name,
            rounded(float(need[at])),
            *(rounded(float(supply[status][at])) for status in SAID),
            rounded(float(lacking[at])),
            _said(data.reliance_ndpr.sel(status="announced", stage=stages[at])),
            _weakest(answer, data.sel(status="announced", stage=stages[at])),
        )
        for at, name in enumerate(names)
    )
    counted = "; ".join(
        f"{name}: {pack.nouns.cell('stages', stage, 'counted')}" for stage, name in zip(stages, names, strict=True)
    )
    return Chart(
        f"gap-by-rung-{year}",
        _title(names, need, lacking, supply, year),
        f"% of the tonnes that each rung must hand on for magnets in goods made at home in {year}. {counted}",
        f"Chumbak, pack {pack.title}: projects as in the table below, run up, and no claims; need by recipes, swarf "
        "returned. Diamond: the share of need met in the rung’s scarcest element, all projects together.",
        figure,
        DataTable(
            (
                "rung", "need, t", *(f"{said}, t" for said in SAID.values()), "still lacking, t",
                "neodymium and praseodymium met", "scarcest element met",
            ),
            rows,
        ),
    )  # fmt: skip


def _bars(names: list[str], need: np.ndarray, lacking: np.ndarray, supply: dict[str, np.ndarray]) -> go.Figure:
    figure = go.Figure()
    rows = np.arange(len(names))
    parts = [Part(said, supply[status], STATUS_COLOURS[status], PATTERNS[status]) for status, said in SAID.items()]
    for part in parts:
        pattern = {"shape": part.pattern, "fgcolor": "#fff" if part.pattern == "/" else BLUE}
        figure.add_bar(
            y=rows, x=100 * part.numbers / need, name=part.name, orientation="h", width=0.5,
            marker={"color": part.colour, "pattern": pattern, "line": {"color": BLUE, "width": 1}},
            customdata=[f"{rounded(float(number))} t" for number in part.numbers],
            hovertemplate=f"{part.name}: %{{customdata}} (%{{x:.0f}} %)<extra></extra>",
        )  # fmt: skip
    short = 100 * lacking / need
    figure.add_bar(
        y=rows, x=short, name="still lacking", orientation="h", width=0.5, base=100 - short,
        marker={"color": "#fff", "line": {"color": RED, "width": 1.6}},
        customdata=[f"{rounded(float(number))} t" for number in lacking],
        hovertemplate="still lacking: %{customdata} (%{x:.0f} %)<extra></extra>",
    )  # fmt: skip
    labels = [
        f"<b>{name}</b><br>needs {rounded(float(whole))} t<br>"
        + (f"lacks {rounded(float(less))} t" if less / whole >= MET else "lacks nothing")
        for name, whole, less in zip(names, need, lacking, strict=True)
    ]
    most = 100 * max((sum(supply.values()) / need).max(initial=0.0), 1.0)
    layout(
        figure,
        height=130 + 84 * len(names),
        barmode="relative",
        margin={"l": 10, "r": 14, "t": 12, "b": 44},
        xaxis={"title": "% of need", "range": [0, min(most, WIDEST) + 3], "tickvals": [0, 25, 50, 75, 100, 125]},
        yaxis={"tickvals": rows, "ticktext": labels, "range": [len(names) - 0.4, -0.5], "automargin": True},
    )
    figure.add_vline(x=100, line={"color": "#222", "width": 2, "dash": "dash"})
    return figure


def _mark_weakest(figure: go.Figure, answer: Answer, data: xr.Dataset) -> None:
    """Put a diamond under each bar at the share of need met in the rung's scarcest element."""
    shares = 100 * data.reliance_weakest.values
    said = [_weakest(answer, data.sel(stage=stage)) for stage in data["stage"].values]
    figure.add_scatter(
        x=shares, y=np.arange(len(said)) + 0.37, mode="markers+text", name="scarcest element",
        text=[f" {text} " for text in said], textfont={"size": 12},
        textposition=["middle right" if share < 50 else "middle left" for share in shares],
        marker={"symbol": "diamond", "size": 11, "color": ORANGE, "line": {"color": "#222", "width": 1}},
        hovertemplate="%{text}<extra></extra>", cliponaxis=False,
    )  # fmt: skip


def _weakest(answer: Answer, one: xr.Dataset) -> str:
    element = str(one.weakest.values)
    if not element:
        return "none needed"
    return f"{answer.pack.nouns.cell('elements', element, 'name').lower()} {_said(one.reliance_weakest)}"


def _said(share: xr.DataArray) -> str:
    return "nothing needed" if bool(share.isnull()) else percent(float(share))


def _title(names: list[str], need: np.ndarray, lacking: np.ndarray, supply: dict[str, np.ndarray], year: int) -> str:
    if not names:
        return f"Makers at home need no rare-earth magnets in {year}"
    if not any(numbers.any() for numbers in supply.values()):
        return f"Nothing stands, is being built or is announced: all of the need of {year} is lacking"
    short = [
        (name, less / whole) for name, less, whole in zip(names, lacking, need, strict=True) if less / whole >= MET
    ]
    if not short:
        return f"If everything announced is built, every rung can meet the need of {year}"
    parts = [f"{percent(share)} at {name.lower()}" for name, share in short]
    return f"Even if everything announced is built, {year} still lacks {in_a_row(parts)}"


def along_the_chain(answer: Answer) -> Chart:
    """Return self-reliance along the chain over the years, by status of projects."""
    pack = answer.pack
    data = answer.findings["gap"].data.sel(year=slice(pack.base_year, None))
    years = data["year"].values
    figure = go.Figure()
    looks = {"existing": "solid", "committed": "dash", "announced": "solid"}
    said = {"existing": "what exists", "committed": "and what is being built", "announced": "and all announced"}
    colours = {"existing": GREY, "committed": "#56B4E9", "announced": BLUE}
    for status, dash in looks.items():
        add_band(figure, answer, f"self_reliance.{status}.chain", colours[status])
        figure.add_scatter(
            x=years, y=data.chain_ndpr.sel(status=status).values, name=said[status], mode="lines",
            line={"color": colours[status], "dash": dash, "width": 2.8},
        )  # fmt: skip
    weakest = data.chain_weakest.sel(status="announced")
    figure.add_scatter(
        x=years, y=weakest.values, name="scarcest element, all announced", mode="lines",
        line={"color": RED, "dash": "dot", "width": 2.4},
    )  # fmt: skip
    top = float(np.nanmax([float(data.chain_ndpr.max()), 0.0]))
    axis = {
        "title": "share of need",
        "rangemode": "tozero",
        "tickformat": ".0%",
        **({"range": [0, 1]} if top < 0.2 else {}),
    }
    span = {"range": [int(years[0]), max(int(years[-1]), int(years[0]) + 1)], "tickformat": "d"}
    layout(figure, height=420, yaxis=axis, xaxis=span, hovermode="x unified")
    columns = {f"{text}, %": 100 * data.chain_ndpr.sel(status=status).values for status, text in said.items()}
    columns["the same, home and foreign material mixed, %"] = 100 * data.chain_mixed.sel(status="announced").values
    columns["scarcest element, all announced, %"] = 100 * weakest.values
    return Chart(
        "self-reliance-along-the-chain",
        _chain_title(data.chain_ndpr.sel(status="announced")),
        "share of the magnets needed by makers at home whose oxide, metal, alloy and magnet could all be made at home; "
        "lines: neodymium and praseodymium, contained tonnes, calendar years; dotted: the element that is scarcest",
        f"Chumbak, pack {pack.title}: the least of the rungs from oxide on, home material kept apart from foreign."
        + range_note(answer),
        figure,
        by_year(years, columns),
    )  # fmt: skip


def _chain_title(share: xr.DataArray) -> str:
    """Say how high self-reliance gets and where it ends."""
    known = share.dropna("year")
    if known.sizes["year"] == 0:
        return "Makers at home need no rare-earth magnets"
    most, best, last = float(known.max()), int(known.idxmax("year")), int(known["year"][-1])
    end = float(known[-1])
    if most < MET:
        return "No magnet can be made at home from oxide on, with all that is announced"
    if end >= 1 - MET:
        return f"With all that is announced, home plants can make all magnets from oxide on by {last}"
    if best == last or most - end < MET:
        return (
            f"With all that is announced, {percent(end)} of the magnets needed in {last} can be home-made from oxide on"
        )
    return (
        f"With all that is announced, at most {percent(most)} of the magnets needed can be home-made from oxide on, in "
        f"{best}; by {last} it falls to {percent(end)}"
    )
