"""Pictures of the urban mine: what reaches end of life, what routes give back, and the other metals."""

from __future__ import annotations

import numpy as np

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
    kept = portion(totals.at("urban_mine.recoverable_today_t", now), totals.at("urban_mine.end_of_life_t", now))
    return Chart(
        "mine-over-time",
        f"Of the magnets thrown away in {now}, {percent(1 - kept)} are out of reach of today’s routes",
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
    return Chart(
        f"mine-by-element-{year}",
        f"In {year} full collection could cover {shares.min():.0f} to {shares.max():.0f} % of each rare earth needed",
        f"% of the element in magnets of goods sold in {year} that magnets won back by full collection contain",
        f"Chumbak, pack {pack.title}: what leaves holds the composition of its own year of sale.",
        bars(names, [Part("%", shares, GREEN)], "% of the element in goods sold"),
        by_label("element", names, {"by full collection, t": full, "in goods sold, t": sold, "share, %": shares}),
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
    today = answer.data.metal_today.sel(year=year).sum("holder")
    known = {str(metal): float(today.sel(metal_recovered=metal)) for metal in today["metal_recovered"].values}
    holders = "; ".join(pack.nouns.cell("products", str(product), "name") for product in answer.data["holder"].values)
    rows = tuple(
        (name, rounded(float(number)), rounded(known[str(metal)]) if str(metal) in known else "no figure")
        for name, number, metal in zip(names, numbers, by_metal["metal"].values, strict=True)
    )
    return Chart(
        f"other-metals-{year}",
        f"{len(names)} other metals leave with them, from {names[0].lower()} to {names[-1].lower()}",
        f"t of metal contained in goods reaching end of life in {year}; logarithmic axis",
        f"Chumbak, pack {pack.title}: only goods whose contents are known are counted: {holders}.",
        bars(names, [Part("t", numbers, PURPLE)], "t a year (each step is ten times)", log=True, shown=len(names)),
        DataTable(("metal", "at end of life, t", "recovered today by formal routes, t"), rows),
    )
