"""The pictures of the report: each a plotly figure with its sentence, unit, source and data table.

Colours are Okabe and Ito's, which the colour-blind can tell apart; lines differ by dash and areas by pattern as
well, so that a black-and-white print still reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from chumbak.answer.overview import Answer
from chumbak.answer.published import compare
from chumbak.report.words import Totals, percent, rounded

BLUE, ORANGE, GREEN, PURPLE, RED, SKY, YELLOW, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#D55E00",
    "#56B4E9",
    "#F0E442",
    "#6B6B6B",
)
SHOWN_PRODUCTS = 14


@dataclass(frozen=True)
class DataTable:
    """The numbers behind a chart, as text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A picture with what has to be said of it: the finding, unit and basis, source, and its data."""

    name: str
    title: str
    unit: str
    source: str
    figure: go.Figure
    table: DataTable
    remark: str = field(default="")


def layout(figure: go.Figure, height: int = 380, **more: object) -> go.Figure:
    """Put the house's plain look on a figure."""
    figure.update_layout(
        template="simple_white",
        height=height,
        margin={"l": 56, "r": 16, "t": 12, "b": 40},
        dragmode=False,
        font={"family": "system-ui, sans-serif", "size": 14, "color": "#222"},
        hovermode="closest",
        legend={"orientation": "h", "y": 1.08, "x": 0, "font": {"size": 13}},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_layout(**more)
    return figure


def _table(years: Sequence[int], columns: dict[str, np.ndarray]) -> DataTable:
    rows = tuple(
        (str(year), *(rounded(float(column[at])) for column in columns.values())) for at, year in enumerate(years)
    )
    return DataTable(("year", *columns), rows)


def _band(figure: go.Figure, answer: Answer, name: str, colour: str) -> None:
    if answer.ensemble is None:
        return
    bands = answer.ensemble.bands.sel(name=name, year=answer.data["year"])
    years = answer.data["year"].values
    for percentile, fill in (("p95", None), ("p05", "tonexty")):
        figure.add_scatter(
            x=years,
            y=bands.sel(percentile=percentile).values,
            mode="lines",
            line={"width": 0},
            fill=fill,
            fillcolor=_clear(colour),
            showlegend=False,
            hoverinfo="skip",
        )


def _clear(colour: str, alpha: float = 0.18) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _range_note(answer: Answer) -> str:
    return f" The shade holds 90 % of {answer.ensemble.draws:,} draws." if answer.ensemble else ""


def demand_over_time(answer: Answer) -> Chart:
    """Return magnets in goods sold, split into made at home and embedded in imports, by year."""
    data, pack = answer.data, answer.pack
    years = data["year"].values
    home, embedded = data.made_at_home.sum("product").values, data.embedded_imports.sum("product").values
    figure = go.Figure()
    _band(figure, answer, "demand.total_t", GREY)
    figure.add_scatter(
        x=years,
        y=home,
        name="in goods made at home",
        mode="lines",
        stackgroup="sold",
        line={"color": BLUE, "width": 1},
        fillpattern={"shape": "/", "fgcolor": BLUE, "bgcolor": "#fff"},
    )
    figure.add_scatter(
        x=years,
        y=embedded,
        name="embedded in imported parts and goods",
        mode="lines",
        stackgroup="sold",
        line={"color": ORANGE, "width": 1},
        fillcolor=_clear(ORANGE, 0.55),
    )
    layout(figure, yaxis={"title": "t a year", "rangemode": "tozero"}, hovermode="x unified")
    share = home[years == pack.base_year][0] / (home + embedded)[years == pack.base_year][0]
    return Chart(
        "demand-over-time",
        f"Only {percent(float(share))} of the magnets in goods sold are built in at home today",
        "t of finished rare-earth magnet a year, gross mass, calendar years; stacked: together, in goods sold",
        f"Chumbak, pack {pack.title}: sales x penetration x magnet mass x share made at home."
        + _range_note(answer).replace("The shade", "The grey shade, of the sum,"),
        figure,
        _table(
            years,
            {
                "in goods made at home, t": home,
                "embedded in imports, t": embedded,
                "in goods sold, t": home + embedded,
            },
        ),
    )


def demand_by_product(answer: Answer, year: int) -> Chart:
    """Return magnets in goods sold in a year by product, largest first."""
    data, pack = answer.data.sel(year=year), answer.pack
    order = data.sold.sortby(data.sold, ascending=False)["product"].values
    names = [pack.nouns.cell("products", str(product), "name") for product in order]
    home, embedded = (data[name].sel(product=order).values for name in ("made_at_home", "embedded_imports"))
    cut = slice(0, SHOWN_PRODUCTS)
    figure = go.Figure()
    for name, numbers, colour, shape in (
        ("made at home", home, BLUE, "/"),
        ("embedded in imports", embedded, ORANGE, ""),
    ):
        figure.add_bar(
            y=names[cut],
            x=numbers[cut],
            name=name,
            orientation="h",
            marker={"color": colour, "pattern": {"shape": shape}},
        )
    layout(
        figure,
        height=40 + 30 * min(len(names), SHOWN_PRODUCTS) + 60,
        barmode="stack",
        margin={"l": 210, "r": 16, "t": 12, "b": 40},
        yaxis={"autorange": "reversed"},
        xaxis={"title": "t a year"},
    )
    top = float((home + embedded)[:3].sum() / (home + embedded).sum())
    return Chart(
        f"demand-by-product-{year}",
        f"Three products take {percent(top)} of the magnets of {year}: {names[0]}, {names[1]}, {names[2]}",
        f"t of finished rare-earth magnet in goods sold in {year}, gross mass"
        + (f"; the {SHOWN_PRODUCTS} largest of {len(names)} products" if len(names) > SHOWN_PRODUCTS else ""),
        f"Chumbak, pack {pack.title}; every figure with its source is in the evidence below.",
        figure,
        DataTable(
            ("product", "made at home, t", "embedded in imports, t", "in goods sold, t"),
            tuple(
                (name, rounded(one), rounded(two), rounded(one + two))
                for name, one, two in zip(names, home, embedded, strict=True)
            ),
        ),
    )


def demand_by_element(answer: Answer) -> Chart:
    """Return the rare-earth elements in magnets of goods sold, by year, on a logarithmic axis."""
    data, pack = answer.data, answer.pack
    rare = [
        element
        for element in data["element"].values
        if "rare earth" in pack.nouns.cell("elements", str(element), "kind")
    ]
    years, columns = data["year"].values, {}
    figure = go.Figure()
    looks = zip(
        rare, (BLUE, SKY, RED, PURPLE, GREEN), ("solid", "dash", "dot", "dashdot", "longdash"), strict=False
    )
    for element, colour, dash in looks:
        numbers = data.sold_by_element.sel(element=element).sum("product").values
        name = pack.nouns.cell("elements", str(element), "name")
        columns[f"{name}, t"] = numbers
        figure.add_scatter(
            x=years, y=numbers, name=name, mode="lines", line={"color": colour, "dash": dash, "width": 2.5}
        )
    layout(figure, yaxis={"title": "t a year (each step is ten times)", "type": "log", "dtick": 1})
    return Chart(
        "demand-by-element",
        "Neodymium sets the tonnage, dysprosium and terbium the dependence",
        "t of element contained in magnets of goods sold, calendar years; logarithmic axis",
        f"Chumbak, pack {pack.title}: grade split of each product x composition of each grade by year of sale.",
        figure,
        _table(years, columns),
    )


def demand_by_grade(answer: Answer, year: int) -> Chart:
    """Return magnets in goods sold in a year by grade family."""
    pack = answer.pack
    by_grade = answer.data.sold_by_grade.sel(year=year).sum("product")
    names = [pack.nouns.cell("grades", str(grade), "name") for grade in by_grade["grade"].values]
    numbers = by_grade.values
    figure = go.Figure(
        go.Bar(
            y=names,
            x=numbers,
            orientation="h",
            marker={"color": GREEN},
            text=[rounded(float(number)) for number in numbers],
            textposition="auto",
        )
    )
    layout(
        figure,
        height=70 + 34 * len(names),
        margin={"l": 170, "r": 16, "t": 12, "b": 40},
        yaxis={"autorange": "reversed"},
        xaxis={"title": "t a year"},
        showlegend=False,
    )
    total = float(by_grade.sum())
    first = float(numbers.max())
    largest = names[int(np.argmax(numbers))]
    return Chart(
        f"demand-by-grade-{year}",
        f"Grade family {largest} takes {percent(first / total)} of the magnets of {year}",
        f"t of finished rare-earth magnet in goods sold in {year}, gross mass, by coercivity family",
        f"Chumbak, pack {pack.title}: grade split of each product (estimates anchored on vendor guides).",
        figure,
        DataTable(
            ("grade family", "t"),
            tuple((name, rounded(float(number))) for name, number in zip(names, numbers, strict=True)),
        ),
    )


def mine_over_time(answer: Answer) -> Chart:
    """Return what reaches end of life and what routes give back, by year."""
    data, pack = answer.data, answer.pack
    years, columns = data["year"].values, {}
    figure = go.Figure()
    for label, variable, colour, dash in (
        ("reaching end of life", "end_of_life", GREY, "solid"),
        ("recoverable: all collected, best dismantling", "recoverable_full", GREEN, "dash"),
        ("recoverable: today’s routes", "recoverable_today", RED, "dot"),
    ):
        _band(figure, answer, f"urban_mine.{variable}_t", colour)
        numbers = data[variable].sum("product").values
        columns[f"{label}, t"] = numbers
        figure.add_scatter(
            x=years, y=numbers, name=label, mode="lines", line={"color": colour, "dash": dash, "width": 3}
        )
    layout(figure, yaxis={"title": "t a year", "rangemode": "tozero"}, hovermode="x unified")
    now = Totals(answer)
    lost = 1 - now.at("urban_mine.recoverable_today_t", pack.base_year) / now.at(
        "urban_mine.end_of_life_t", pack.base_year
    )
    return Chart(
        "mine-over-time",
        f"Of the magnets thrown away today, {percent(lost)} are lost",
        "t of rare-earth magnet a year, gross mass, calendar years; before losses of chemical or powder recycling",
        f"Chumbak, pack {pack.title}: cohorts by year of sale, Weibull lives, end-of-life routes and dismantling yields."
        + _range_note(answer),
        figure,
        _table(years, columns),
    )


def mine_by_product(answer: Answer, year: int) -> Chart:
    """Return end-of-life magnets of a year by product: won back today, by full collection, and out of reach."""
    data, pack = answer.data.sel(year=year), answer.pack
    order = data.end_of_life.sortby(data.end_of_life, ascending=False)["product"].values
    names = [pack.nouns.cell("products", str(product), "name") for product in order]
    whole, today, full = (
        data[name].sel(product=order).values for name in ("end_of_life", "recoverable_today", "recoverable_full")
    )
    full = np.maximum(full, today)
    cut = slice(0, SHOWN_PRODUCTS)
    figure = go.Figure()
    for name, numbers, colour, shape in (
        ("won back today", today, RED, ""),
        ("added by full collection", full - today, GREEN, "/"),
        ("lost even then", whole - full, "#BBBBBB", "."),
    ):
        figure.add_bar(
            y=names[cut],
            x=numbers[cut],
            name=name,
            orientation="h",
            marker={"color": colour, "pattern": {"shape": shape}},
        )
    layout(
        figure,
        height=40 + 30 * min(len(names), SHOWN_PRODUCTS) + 60,
        barmode="stack",
        margin={"l": 210, "r": 16, "t": 12, "b": 40},
        yaxis={"autorange": "reversed"},
        xaxis={"title": "t a year"},
    )
    return Chart(
        f"mine-by-product-{year}",
        f"In {year} the richest seam of the urban mine is: {names[0]}",
        f"t of rare-earth magnet in goods reaching end of life in {year}, gross mass",
        f"Chumbak, pack {pack.title}.",
        figure,
        DataTable(
            ("product", "at end of life, t", "won back today, t", "by full collection, t"),
            tuple(
                (name, rounded(a), rounded(b), rounded(c))
                for name, a, b, c in zip(names, whole, today, full, strict=True)
            ),
        ),
    )


def places(answer: Answer, year: int) -> Chart:
    """Return end-of-life magnets by place as bubbles at the places' capitals; no borders are drawn."""
    pack = answer.pack
    data = answer.data.sel(year=year)
    by_place = data.end_of_life_by_place.sortby(data.end_of_life_by_place, ascending=False)
    labels = [str(place) for place in by_place["place"].values]
    cells = [pack.nouns.tables["places"][label] for label in labels]
    numbers = by_place.values
    located = [at for at, cell in enumerate(cells) if cell["lat"] and cell["lon"]]
    largest = max(float(numbers.max()), 1e-9)
    figure = go.Figure(
        go.Scatter(
            x=[float(cells[at]["lon"]) for at in located],
            y=[float(cells[at]["lat"]) for at in located],
            mode="markers+text",
            text=[labels[at] for at in located],
            textfont={"size": 11},
            hovertext=[f"{cells[at]['name']}: {rounded(float(numbers[at]))} t" for at in located],
            hoverinfo="text",
            marker={
                "size": [8 + 62 * np.sqrt(float(numbers[at]) / largest) for at in located],
                "color": _clear(SKY, 0.55),
                "line": {"color": BLUE, "width": 1},
            },
        )
    )
    layout(
        figure,
        height=560,
        showlegend=False,
        xaxis={"visible": False},
        yaxis={"visible": False, "scaleanchor": "x"},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    top = float(numbers[:5].sum() / numbers.sum()) if numbers.sum() else 0.0
    names = [cell["name"] for cell in cells]
    return Chart(
        f"places-{year}",
        f"Five places hold {percent(top)} of what can be collected in {year}: {', '.join(names[:5])}",
        f"t of rare-earth magnet in goods reaching end of life in {year}, gross mass; the area of a bubble is the tonnage, "
        "its middle the seat of government, north is up; not a map of borders",
        f"Chumbak, pack {pack.title}: goods spread by population, state product, registrations or capacity in place.",
        figure,
        DataTable(
            ("place", "at end of life, t", "by full collection, t"),
            tuple(
                (name, rounded(float(number)), rounded(float(data.full_by_place.sel(place=label))))
                for name, number, label in zip(names, numbers, labels, strict=True)
            ),
        ),
    )


def other_metals(answer: Answer, year: int) -> Chart | None:
    """Return the other metals in goods at end of life in a year, on a logarithmic axis."""
    pack = answer.pack
    by_metal = answer.data.metal_end_of_life.sel(year=year).sum("holder")
    by_metal = by_metal.sortby(by_metal, ascending=False)
    if by_metal.sizes["metal"] == 0:
        return None
    numbers = by_metal.values
    names = [pack.nouns.cell("elements", str(metal), "name") for metal in by_metal["metal"].values]
    figure = go.Figure(go.Bar(y=names, x=numbers, orientation="h", marker={"color": PURPLE}))
    layout(
        figure,
        height=70 + 24 * len(names),
        margin={"l": 150, "r": 16, "t": 12, "b": 44},
        showlegend=False,
        yaxis={"autorange": "reversed"},
        xaxis={"title": "t a year (each step is ten times)", "type": "log", "dtick": 1},
    )
    today = answer.data.metal_today.sel(year=year).sum("holder")
    known = {str(metal): float(today.sel(metal_recovered=metal)) for metal in today["metal_recovered"].values}
    holders = ", ".join(
        pack.nouns.cell("products", str(product), "name").lower() for product in answer.data["holder"].values
    )
    rows = tuple(
        (name, rounded(float(number)), rounded(known[str(metal)]) if str(metal) in known else "no figure")
        for name, number, metal in zip(names, numbers, by_metal["metal"].values, strict=True)
    )
    return Chart(
        f"other-metals-{year}",
        f"{len(names)} other metals go the same way, from {names[0].lower()} to {names[-1].lower()}",
        f"t of metal contained in goods reaching end of life in {year}; logarithmic axis",
        f"Chumbak, pack {pack.title}: only goods whose contents are known are counted: {holders}.",
        figure,
        DataTable(("metal", "at end of life, t", "recovered today by formal routes, t"), rows),
    )


def published(answer: Answer) -> Chart | None:
    """Return published totals beside ours of the same definition."""
    found = [one for one in compare(answer) if one.ours is not None]
    if not found:
        return None
    labels = [f"{one.quantity}, {one.period}<br>{one.source.split(',')[0].split('(')[0].strip()}" for one in found]
    figure = go.Figure()
    for one, label in zip(found, labels, strict=True):
        figure.add_scatter(
            x=[one.value, one.ours],
            y=[label, label],
            mode="lines",
            line={"color": "#BBBBBB", "width": 2},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[one.value for one in found],
        y=labels,
        mode="markers",
        name="published",
        marker={"color": ORANGE, "size": 13, "symbol": "diamond"},
    )
    figure.add_scatter(
        x=[one.ours for one in found],
        y=labels,
        mode="markers",
        name="ours, nearest definition",
        marker={"color": BLUE, "size": 13, "symbol": "circle"},
    )
    layout(
        figure,
        height=90 + 48 * len(found),
        margin={"l": 300, "r": 16, "t": 12, "b": 40},
        yaxis={"autorange": "reversed"},
        xaxis={"title": "t a year", "rangemode": "tozero"},
    )
    rows = tuple(
        (
            one.quantity,
            one.period,
            f"{one.value:,.0f} {one.unit}",
            rounded(one.ours or 0.0),
            one.definition,
            one.why,
        )
        for one in found
    )
    return Chart(
        "published",
        "The published numbers differ because they count different things",
        "t of magnets a year as each source defines them; nothing here was adjusted to agree",
        "Sources in the table below.",
        figure,
        DataTable(("quantity", "period", "published", "ours, t", "their definition", "why they differ"), rows),
    )


def matters_most(answer: Answer) -> list[Chart]:
    """Return, for each ranked outcome and year, the figures whose ranges the spread comes from."""
    if answer.ensemble is None or not answer.ensemble.influences:
        return []
    titles = {
        "demand.total_t": "demand in goods sold",
        "demand.made_at_home_t": "demand of makers at home",
        "urban_mine.end_of_life_t": "magnets at end of life",
    }
    groups: dict[tuple[str, int], list[tuple[str, float]]] = {}
    for influence in answer.ensemble.influences:
        label = _plain(answer, influence.name, influence.keys)
        groups.setdefault((influence.outcome, influence.year), []).append((label, influence.share))
    charts = []
    for (outcome, year), found in groups.items():
        labels, shares = [label for label, _ in found], [100 * share for _, share in found]
        figure = go.Figure(go.Bar(y=labels, x=shares, orientation="h", marker={"color": BLUE}))
        layout(
            figure,
            height=70 + 30 * len(labels),
            margin={"l": 300, "r": 16, "t": 12, "b": 40},
            showlegend=False,
            yaxis={"autorange": "reversed"},
            xaxis={"title": "% of the variance"},
        )
        charts.append(
            Chart(
                f"matters-{outcome.replace('.', '-').replace('_', '-')}-{year}",
                f"To know {titles[outcome]} of {year} better, measure first: {labels[0]}",
                f"share of the variance of {titles[outcome]} in {year} that each figure’s range brings in, %",
                f"Chumbak, {answer.ensemble.draws:,} draws: first-order effects by polynomial chaos.",
                figure,
                DataTable(
                    ("figure", "% of the variance"),
                    tuple((label, f"{share:.1f}") for label, share in zip(labels, shares, strict=True)),
                ),
            )
        )
    return charts


def _plain(answer: Answer, name: str, keys: tuple[str, ...]) -> str:
    """Return a figure's name as a person would say it."""
    pack = answer.pack
    entry = pack.entries[keys[0]]
    what = entry.attribute.long_name.lower()
    if name in pack.nouns.tables["draw_groups"]:
        note = pack.nouns.cell("draw_groups", name, "note")
        return note.split(":")[0].split(",")[0] if note else name
    parts = [
        pack.nouns.tables[{"product": "products", "grade": "grades"}[noun]][label]["name"]
        for noun, label in entry.indices.items()
        if noun in ("product", "grade")
    ]
    return f"{what}: {', '.join(parts)}" if parts else what


def for_report(answer: Answer) -> dict[str, list[Chart]]:
    """Return the charts of the report by section."""
    pack = answer.pack
    later = min(pack.base_year + 10, pack.window.last)
    sections: dict[str, list[Chart | None]] = {
        "demand": [
            demand_over_time(answer),
            demand_by_product(answer, pack.base_year),
            demand_by_grade(answer, pack.base_year),
            demand_by_element(answer),
        ],
        "mine": [mine_over_time(answer), mine_by_product(answer, later)],
        "places": [places(answer, later)],
        "metals": [other_metals(answer, pack.base_year)],
        "published": [published(answer)],
        "matters": [*matters_most(answer)],
    }
    return {name: [chart for chart in charts if chart is not None] for name, charts in sections.items()}


def as_html(chart: Chart) -> str:
    """Return the figure as a div that draws itself; the script of plotly is put in the page once."""
    text: str = chart.figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=f"chart-{chart.name}",
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
    )
    return text


def array_table(array: xr.DataArray, label: str) -> DataTable:
    """Return a two-dimensional array of shares as a table of percentages."""
    first, second = array.dims
    header = (label, *(str(name) for name in array[second].values))
    rows = tuple(
        (str(name), *(f"{100 * float(number):.0f} %" for number in array.sel({first: name}).values))
        for name in array[first].values
    )
    return DataTable(header, rows)
