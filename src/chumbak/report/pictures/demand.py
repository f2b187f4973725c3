"""Pictures of what is needed: by year, product, sector, grade family and element."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from chumbak.answer.overview import Answer
from chumbak.report.pictures.frame import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SHOWN,
    SKY,
    Chart,
    Part,
    add_limits,
    bars,
    by_label,
    by_year,
    clear,
    layout,
    lines,
    range_note,
)
from chumbak.report.words import percent, portion

GROSS = "t of finished rare-earth magnet, gross mass"


def over_time(answer: Answer) -> Chart:
    """Return magnets in goods sold, made at home and embedded in imports stacked, by year."""
    data, pack = answer.data, answer.pack
    years = data["year"].values
    home, embedded = data.made_at_home.sum("product").values, data.embedded_imports.sum("product").values
    figure = go.Figure()
    figure.add_scatter(
        x=years, y=home, name="in goods made at home", mode="lines", stackgroup="sold",
        line={"color": BLUE, "width": 1}, fillpattern={"shape": "/", "fgcolor": BLUE, "bgcolor": "#fff"},
    )  # fmt: skip
    figure.add_scatter(
        x=years, y=embedded, name="embedded in imports", mode="lines", stackgroup="sold",
        line={"color": ORANGE, "width": 1}, fillcolor=clear(ORANGE, 0.6),
    )  # fmt: skip
    add_limits(figure, answer, "demand.total_t")
    axis = {"title": "t a year", "rangemode": "tozero", "tickformat": ",d"}
    layout(figure, height=400, yaxis=axis, hovermode="x unified")
    now = years == pack.base_year
    return Chart(
        "demand-over-time",
        f"{percent(portion(float(home[now][0]), float((home + embedded)[now][0])))} of the magnets in goods sold in "
        f"{pack.base_year} are built in at home",
        f"{GROSS}, calendar years; stacked: together, in goods sold",
        f"Chumbak, pack {pack.title}: sales x share with rare-earth magnets x magnet mass x share made at home."
        + range_note(answer, "The sum lies between the dotted lines in"),
        figure,
        by_year(
            years,
            {
                "in goods made at home, t": home,
                "embedded in imports, t": embedded,
                "in goods sold, t": home + embedded,
            },
        ),
    )


def by_product(answer: Answer, year: int) -> Chart:
    """Return magnets in goods sold in a year by product, largest first."""
    data, pack = answer.data.sel(year=year), answer.pack
    order = data.sold.sortby(data.sold, ascending=False)["product"].values
    names = [pack.nouns.cell("products", str(product), "name") for product in order]
    home, embedded = (data[name].sel(product=order).values for name in ("made_at_home", "embedded_imports"))
    parts = [Part("made at home", home, BLUE, "/"), Part("embedded in imports", embedded, ORANGE)]
    most = f"; the {SHOWN} largest of {len(names)} products" if len(names) > SHOWN else ""
    return Chart(
        f"demand-by-product-{year}",
        _most(names, home + embedded, f"the magnets in goods sold in {year}"),
        f"{GROSS}, in goods sold in {year}{most}",
        f"Chumbak, pack {pack.title}; every figure with its source is in the evidence below.",
        bars(names, parts, "t a year"),
        by_label(
            "product",
            names,
            {"made at home, t": home, "embedded in imports, t": embedded, "in goods sold, t": home + embedded},
        ),
    )


def by_sector(answer: Answer, year: int) -> Chart:
    """Return magnets in goods sold today and in a later year by sector, in the order of priority."""
    data, pack = answer.data, answer.pack
    sector_of = pack.nouns.column("products", "sector")
    sectors = sorted(pack.nouns.ids("sectors"), key=lambda name: int(pack.nouns.cell("sectors", name, "priority")))
    names = [pack.nouns.cell("sectors", sector, "name") for sector in sectors]
    columns = {}
    for one in dict.fromkeys((pack.base_year, year)):
        sold = data.sold.sel(year=one)
        columns[one] = np.array(
            [float(sold.sel(product=[p for p in sector_of if sector_of[p] == sector]).sum()) for sector in sectors]
        )
    looks = zip(columns.items(), ((BLUE, "/"), (SKY, "")), strict=False)
    figure = bars(names, [Part(str(one), numbers, *look) for (one, numbers), look in looks], "t a year")
    figure.update_layout(barmode="group", height=130 + 46 * len(names))
    return Chart(
        f"demand-by-sector-{year}",
        _sector_title(names, columns[pack.base_year], columns[year], pack.base_year, year),
        f"{GROSS}, in goods sold, calendar years; sectors in the order of priority (first to be served in a shortage)",
        f"Chumbak, pack {pack.title}.",
        figure,
        by_label("sector", names, {f"{one}, t": numbers for one, numbers in columns.items()}),
    )


def _sector_title(names: list[str], now: np.ndarray, then: np.ndarray, base: int, year: int) -> str:
    if year == base or now.sum() == 0:
        return _most(names, then, f"the magnets in goods sold in {year}")
    growth = f"{then.sum() / now.sum():.1f} times as many magnets are sold in goods in {year} as in {base}"
    change = then - now
    if len(names) == 1 or not change.any():
        return growth
    most = int(np.argmax(np.abs(change)))
    return f"{growth}; most of the {'growth' if change[most] > 0 else 'decline'} is in: {names[most].lower()}"


def _most(names: list[str], numbers: np.ndarray, of: str) -> str:
    """Say in which few of the names, largest first, half or more of the whole is."""
    whole = float(numbers.sum())
    if whole == 0:
        return f"There are none of {of}"
    order = np.argsort(-numbers, kind="stable")
    count = 1 + int(np.searchsorted(np.cumsum(numbers[order]) / whole, 0.5 - 1e-9))
    listed = "; ".join(names[at] for at in order[:count])
    share = float(numbers[order[:count]].sum()) / whole
    return f"All {of} are in: {listed}" if share > 0.995 else f"{percent(share)} of {of} are in: {listed}"


def by_grade(answer: Answer, year: int) -> Chart:
    """Return magnets in goods sold in a year by grade family."""
    pack = answer.pack
    by_grade = answer.data.sold_by_grade.sel(year=year).sum("product")
    names = [pack.nouns.cell("grades", str(grade), "name") for grade in by_grade["grade"].values]
    numbers = by_grade.values
    largest = names[int(np.argmax(numbers))]
    share = portion(float(numbers.max()), float(numbers.sum()))
    return Chart(
        f"demand-by-grade-{year}",
        f"Grade family {largest} takes {percent(share)} of the magnets in goods sold in {year}",
        f"{GROSS}, in goods sold in {year}, by coercivity family; the higher the family, the more heavy rare earth",
        f"Chumbak, pack {pack.title}: grade split of each product.",
        bars(names, [Part("t", numbers, GREEN)], "t a year"),
        by_label("grade family", names, {"t": numbers}),
    )


def by_element(answer: Answer) -> Chart:
    """Return the rare-earth elements in magnets of goods sold, by year, on a logarithmic axis."""
    data, pack = answer.data, answer.pack
    years = data["year"].values
    named, columns = {}, {}
    looks = iter(zip((BLUE, SKY, RED, PURPLE, GREEN), ("solid", "dash", "dot", "dashdot", "longdash"), strict=True))
    for element in data["element"].values:
        kind = pack.nouns.cell("elements", str(element), "kind")
        look = next(looks, None) if "rare earth" in kind else None
        if look:
            name = pack.nouns.cell("elements", str(element), "name")
            numbers = data.sold_by_element.sel(element=element).sum("product").values
            named[name] = (numbers, *look)
            columns[f"{name}, t"] = numbers
    figure = lines(years, named)
    axis = {"title": "t a year (each step is ten times)", "type": "log", "dtick": 1, "tickformat": ",~g"}
    layout(figure, yaxis=axis)
    return Chart(
        "demand-by-element",
        _element_title(answer, pack.base_year),
        "t of element contained in magnets of goods sold, calendar years; logarithmic axis",
        f"Chumbak, pack {pack.title}: grade split of each product x composition of each grade by year of sale.",
        figure,
        by_year(years, columns),
    )


def _element_title(answer: Answer, year: int) -> str:
    """Say how little of the rare earth is heavy: the part that gives strength at heat."""
    sold = answer.data.sold_by_element.sel(year=year).sum("product")
    kinds = answer.pack.nouns.column("elements", "kind")
    of_kind = {
        kind: float(sold.sel(element=[name for name in sold["element"].values if kinds[str(name)] == kind]).sum())
        for kind in ("light rare earth", "heavy rare earth")
    }
    share = percent(portion(of_kind["heavy rare earth"], sum(of_kind.values())))
    return f"{share} of the rare earth in magnets of {year} is heavy: the little that keeps them strong when hot"
