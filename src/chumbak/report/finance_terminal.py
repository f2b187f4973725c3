"""What the terminal says of a plant's money: sentences, a table by support, tables by year, what it rests on."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from chumbak.report.finance_words import MILLION, Told, case_label, case_name, notes, rate, sentences
from chumbak.report.grid import NAMES, Grid
from chumbak.report.screen import screen
from chumbak.report.words import rounded

NOTHING = "-"
LEAST = 0.005  # a sum smaller than this is shown as none
NOMINAL = ("capital", "sales", "costs", "support", "working", "tax", "cash", "cash_equity")
HEADINGS = ("capital", "sales", "costs", "support", "working capital", "tax", "cash", "owners' cash")


def show_plant_money(told: Told) -> None:
    """Print the money of a plant from its document."""
    console, plant = screen(), told["project"]
    scheme = "no scheme" if told["scheme"] is None else told["scheme"]["title"]
    console.print(f"\n[bold]{escape(plant['name'])}[/bold], {escape(scheme)}\n", highlight=False)
    for sentence in sentences(told):
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(told):
        console.print(grid)
        console.print()
    for sentence in notes(told):
        console.print(escape(sentence) + "\n", highlight=False)


def grids(told: Told) -> list[Grid]:
    """Return the tables: measures by support, the years in nominal money, the same real and in dollars, the figures.

    The figures are shown where the file says how sure it is of any.
    """
    return [_cases(told), _nominal(told), _bases(told), *_evidence(told)]


def _cases(told: Told) -> Grid:
    plant = told["project"]
    word, scale = _unit(told)
    rows = [
        [
            case_label(one["name"], told),
            _sum(one["npv"], scale), _sum(one["npv_real"], scale), _sum(one["npv_dollar"], 1.0),
            _sum(one["npv_dollar_real"], 1.0), _sum(one["npv_equity"], scale), rate(one).removesuffix(" a year"),
            _years(one["payback"]), _number(one["least_cover"]), _number(one["break_even_price"]),
            _sum(one["outlay_total"], scale),
        ]
        for one in told["cases"]
    ]  # fmt: skip
    title = (
        f"By support: value at the award in {word} of {plant['award_year']} and of {plant['price_year']}, in million "
        f"USD of the same years, and to the owners; rate of return a year (nominal); payback, years; least debt cover; "
        f"break-even price, {plant['currency']}/kg (real, {plant['price_year']}); cost to the state, {word} (nominal)"
    )
    headings = [
        "support", "value", f"value ({plant['price_year']})", "USD", f"USD ({plant['price_year']})", "owners",
        "return", "payback", "debt cover", "breaks even", "state pays",
    ]  # fmt: skip
    return Grid(title, headings, rows)


def _nominal(told: Told) -> Grid:
    word, scale = _unit(told)
    held = {one["year"]: one["held_by"] for one in (told["incentive"] or {"years": []})["years"]}
    rows: list[list[str]] = [
        [
            str(row["year"]), held.get(row["year"], NOTHING), rounded(row["tonnes"]), _number(row["price"]),
            *(_sum(row["nominal"][name], scale) for name in NOMINAL), _number(row["cover"]), _number(row["dies_at"]),
        ]
        for row in told["by_year"]
    ]  # fmt: skip
    totals = [_sum(sum(row["nominal"][name] for row in told["by_year"]), scale) for name in NOMINAL]
    rows.append(["all", "", _total(told, "tonnes"), "", *totals, "", ""])
    border = "what a kg must bring" if told["project"]["is_recycler"] else "a rival's price at the border"
    title = (
        f"By year {case_name(told['told'], told)}, {word}, nominal; cash = sales - costs + support - capital - working "
        f"capital - tax, before debt; t sold; net price and {border} at which variable cost is just covered, "
        f"{told['project']['currency']}/kg, nominal"
    )
    return Grid(title, ["year", "held by", "t", "price", *HEADINGS, "debt cover", "dies at"], rows, words=2)


def _bases(told: Told) -> Grid:
    word, scale = _unit(told)
    year = told["project"]["price_year"]
    names = ("capital", "sales", "costs", "support", "tax", "cash")
    given = {"real": scale, "dollars": 1.0, "dollars_real": 1.0}
    columns = [("real", name) for name in names] + [("dollars", "cash"), ("dollars_real", "cash")]
    rows = [
        [str(row["year"]), *(_sum(row[basis][name], given[basis]) for basis, name in columns)]
        for row in told["by_year"]
    ]
    totals = [_sum(sum(row[basis][name] for row in told["by_year"]), given[basis]) for basis, name in columns]
    title = f"The same in {word} of {year} (real), and the cash in million USD, nominal and of {year}"
    return Grid(title, ["year", *names, "cash, USD", f"cash, USD ({year})"], [*rows, ["all", *totals]])


def _evidence(told: Told) -> list[Grid]:
    """Return the project's figures with their sources; none where the file says nothing of them."""
    rows = []
    for one in told["evidence"]:
        unit = "" if one["unit"] in ("", "1") else f" {one['unit']}"
        band = NOTHING if one["low"] is None else f"{one['low']:,.9g} to {one['high']:,.9g}"
        sure, source = one["confidence"] or NOTHING, one["source"] or NOTHING
        rows.append([one["name"], sure, source, f"{one['value']:,.9g}{unit}", band])
    if all(row[1] == row[2] == NOTHING for row in rows):
        return []
    title = f"The figures of the project (real money: of {told['project']['price_year']}); the file says more of each"
    return [Grid(title, ["figure", "how sure", "source", "value", "low to high"], rows, words=3, label=NAMES + 5)]


def _unit(told: Told) -> tuple[str, float]:
    """Return how sums are shown: a word, and how many millions of the currency it stands for."""
    return told["shown_in"]["unit"], told["shown_in"]["of"] / MILLION


def _sum(amount: float, scale: float) -> str:
    shown = amount / scale
    return rounded(shown) if abs(shown) >= LEAST else "0"


def _number(found: float | None) -> str:
    if found is None:
        return NOTHING
    return f"{found:,.0f}" if abs(found) >= 100 else rounded(found)


def _years(found: float | None) -> str:
    return NOTHING if found is None else f"{found:.1f}"


def _total(told: Told, name: str) -> str:
    found: Any = sum(row[name] for row in told["by_year"])
    return rounded(found)
