"""Pictures of the urban mine: what reaches end of life, what routes give back, and the other metals."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from chumbak.answer.overview import Answer
from chumbak.report.pictures.frame import (
    GREEN,
    GREY,
    PALE,
    PURPLE,
    RED,
    SHOWN,
    Chart,
    DataTable,
    Part,
    add_band,
    bars,
    by_label,
    by_year,
    layout,
    lines,
    range_note,
)
from chumbak.report.words import Totals, percent, portion, rounded

OTHER_METAL = "other metal"  # kind of an element in the pack
VARIABLES = ("end_of_life", "recoverable_today", "recoverable_full")


def over_time(answer: Answer) -> Chart:
    """Return what reaches end of life and what routes give back, by year."""
    data, pack = answer.data, answer.pack
    years = data["year"].values
    looks = {
        "reaching end of life": ("end_of_life", GREY, "solid"),
        "all collected, best dismantling": ("recoverable_full", GREEN, "dash"),
        "today’s routes": ("recoverable_today", RED, "dot"),
    }
    numbers = {label: data[variable].sum("product").values for label, (variable, _, _) in looks.items()}
    figure = lines(years, {label: (numbers[label], colour, dash) for label, (_, colour, dash) in looks.items()})
    for variable, colour, _ in looks.values():
        add_band(figure, answer, f"urban_mine.{variable}_t", colour)
    axis = {"title": "t a year", "rangemode": "tozero", "tickformat": ",d"}
    layout(figure, height=400, yaxis=axis, hovermode="x unified")
    totals = Totals(answer)
    now = pack.base_year
    whole = totals.at("urban_mine.end_of_life_t", now)
    out_of_reach = portion(whole - totals.at("urban_mine.recoverable_today_t", now), whole)
    return Chart(
        "mine-over-time",
        f"Of the magnets thrown away in {now}, {percent(out_of_reach)} are out of reach of today’s routes",
        "t of rare-earth magnet a year, gross mass, calendar years; before losses of chemical or powder recycling",
        f"Chumbak, pack {pack.title}: cohorts by year of sale, Weibull lives, end-of-life routes, dismantling yields."
        + range_note(answer),
        figure,
        by_year(years, {f"{label}, t": values for label, values in numbers.items()}),
    )


def by_product(answer: Answer, year: int) -> Chart:
    """Return end-of-life magnets of a year by product: won back today, by full collection, and out of reach."""
    data, pack = answer.data.sel(year=year), answer.pack
    order = data.end_of_life.sortby(data.end_of_life, ascending=False)["product"].values
    names = [pack.nouns.cell("products", str(product), "name") for product in order]
    whole, today, full = (data[name].sel(product=order).values for name in VARIABLES)
    full = np.maximum(full, today)
    parts = [
        Part("won back today", today, RED),
        Part("added by full collection", full - today, GREEN, "/"),
        Part("lost even then", whole - full, PALE, "."),
    ]
    most = f"; the {SHOWN} largest of {len(names)} products" if len(names) > SHOWN else ""
    return Chart(
        f"mine-by-product-{year}",
        f"The richest seam of the urban mine in {year}: {names[0]}",
        f"t of rare-earth magnet in goods reaching end of life in {year}, gross mass{most}",
        f"Chumbak, pack {pack.title}: routes and dismantling yields by product.",
        bars(names, parts, "t a year"),
        by_label(
            "product", names, {"at end of life, t": whole, "won back today, t": today, "by full collection, t": full}
        ),
    )


def by_element(answer: Answer, year: int) -> Chart:
    """Return the rare earths in end-of-life magnets of a year beside those in goods sold."""
    data, pack = answer.data.sel(year=year), answer.pack
    rare = [
        str(element)
        for element in data["element"].values
        if "rare earth" in pack.nouns.cell("elements", str(element), "kind")
    ]
    names = [pack.nouns.cell("elements", element, "name") for element in rare]
    full, sold = (data[name].sum("product").sel(element=rare).values for name in ("full_by_element", "sold_by_element"))
    shares = np.divide(100 * full, sold, out=np.zeros_like(full), where=sold > 0)
    least, most = f"{shares.min():.0f}", f"{shares.max():.0f}"
    span = least if least == most else f"{least} to {most}"
    return Chart(
        f"mine-by-element-{year}",
        f"In {year} full collection could cover {span} % of each rare earth needed",
        f"% of the element in magnets of goods sold in {year} that magnets won back by full collection contain",
        f"Chumbak, pack {pack.title}: what leaves holds the composition of its own year of sale.",
        bars(names, [Part("%", shares, GREEN)], "% of the element in goods sold"),
        by_label("element", names, {"by full collection, t": full, "in goods sold, t": sold, "share, %": shares}),
    )


def other_metals(answer: Answer, year: int) -> Chart | None:
    """Return the other metals in goods at end of life in a year, as dots on a logarithmic axis."""
    pack = answer.pack
    by_metal = answer.data.metal_end_of_life.sel(year=year).sum("holder")
    kinds = pack.nouns.column("elements", "kind")
    metals = [str(metal) for metal in by_metal["metal"].values if kinds[str(metal)] == OTHER_METAL]
    by_metal = by_metal.sel(metal=metals)
    by_metal = by_metal.sortby(by_metal, ascending=False)
    if float(by_metal.sum()) == 0:
        return None
    numbers = by_metal.values
    names = [pack.nouns.cell("elements", str(metal), "name") for metal in by_metal["metal"].values]
    today = answer.data.metal_today.sel(year=year).sum("holder")
    known = {str(metal): float(today.sel(metal_recovered=metal)) for metal in today["metal_recovered"].values}
    won = [known.get(str(metal)) for metal in by_metal["metal"].values]
    holders = "; ".join(pack.nouns.cell("products", str(product), "name") for product in answer.data["holder"].values)
    rows = tuple(
        (name, rounded(float(number)), "no figure" if back is None else rounded(back))
        for name, number, back in zip(names, numbers, won, strict=True)
    )
    return Chart(
        f"other-metals-{year}",
        f"{len(names)} other metals leave with them, from {rounded(float(numbers[0]))} t of {names[0].lower()} to "
        f"{rounded(float(numbers[-1]))} t of {names[-1].lower()}",
        f"t of metal contained in goods reaching end of life in {year}; logarithmic axis, each step is ten times",
        f"Chumbak, pack {pack.title}: only goods whose contents are known are counted: {holders}.",
        _dots(names, numbers, won),
        DataTable(("metal", "at end of life, t", "recovered today by formal routes, t"), rows),
    )


def _dots(names: list[str], numbers: np.ndarray, won: list[float | None]) -> go.Figure:
    """Return dots on a logarithmic axis, where the length of a bar would mean nothing."""
    figure = go.Figure()
    for said, values, colour, symbol in (
        ("at end of life", numbers, PURPLE, "circle"), ("recovered today by formal routes", won, GREEN, "diamond"),
    ):  # fmt: skip
        look = {"color": colour, "size": 11, "symbol": symbol}
        figure.add_scatter(x=values, y=names, name=said, mode="markers", marker=look)
    axis = {"title": "t a year (each step is ten times)", "type": "log", "dtick": 1, "tickformat": ",~g"}
    rows = {"autorange": "reversed", "automargin": True, "showgrid": True, "gridcolor": "#e4e4e4", "dtick": 1}
    return layout(
        figure, height=130 + 26 * len(names), xaxis=axis, yaxis=rows, margin={"l": 10, "r": 14, "t": 12, "b": 44}
    )
