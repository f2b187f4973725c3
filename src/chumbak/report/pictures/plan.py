"""Pictures of a plan: what is invested by rung, where rare earth comes from, what it costs, self-reliance.

They read the document of the plan (``answer.plan_document``); the pack gives the names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import cycle
from typing import Any

import numpy as np
import plotly.graph_objects as go

from chumbak.chain.requirements import STOP
from chumbak.pack import Pack
from chumbak.report.pictures.frame import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    SKY,
    Chart,
    Part,
    by_year,
    layout,
    lines,
)
from chumbak.report.plan_stock_words import DRAWN, STOCK, reliance_note, stock_drawn
from chumbak.report.plan_words import (
    LEAST_BUILT,
    Told,
    designed_away_much,
    of_whole_need,
    share_words,
    source_name,
    told_years,
    whole_share,
)
from chumbak.report.words import mid_sentence, money, percent, portion

PAIR = "NdPr"
COLOURS = (BLUE, ORANGE, GREEN, SKY, RED, PURPLE, GREY, PALE)
PATTERNS = ("", "/", ".", "x", "-", "\\", "+", "|")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SMALL = 1e-9
STILL = "what is needed beside designs without rare earths"
PLOT, LINE = 320, 20  # px of a figure without its legend, and of a line of the legend


def for_plan(told: Told, pack: Pack) -> list[Chart]:
    """Return the pictures of a plan, in the order of the page."""
    charts = [invested(told, pack), self_reliance(told, pack), supply_mix(told, pack), spending(told, pack)]
    return [chart for chart in charts if chart is not None]


def invested(told: Told, pack: Pack) -> Chart | None:
    """Return capital by rung and year of the decision; None where nothing is built."""
    builds = told["builds"]
    if not builds:
        return None
    years = np.arange(min(one["decided"] for one in builds), max(one["decided"] for one in builds) + 1)
    by_stage = {stage: np.zeros(len(years)) for stage in pack.nouns.ids("stages")}
    for one in builds:
        by_stage[one["stage"]][one["decided"] - years[0]] += one["capital"]
    names = {pack.nouns.cell("stages", stage, "name"): numbers for stage, numbers in by_stage.items() if numbers.any()}
    total = float(sum(numbers.sum() for numbers in names.values()))
    first = max(names, key=lambda name: float(names[name].sum()))
    unit, size = _large(pack, names.values())
    return Chart(
        "plan-invested",
        f"{money(total, pack.currency)} to be invested, {percent(float(names[first].sum()) / total)} of it in "
        f"{mid_sentence(first)}",
        f"{unit}, prices of {pack.price_year}, not discounted, in the year of the decision; rungs of the chain",
        _source(told, pack) + " The table of the first builds follows; tables/plan-builds.csv has them all, in t/year.",
        _stacked(years, {name: numbers / size for name, numbers in names.items()}, unit),
        by_year(years, {f"{name}, {unit}": numbers / size for name, numbers in names.items()}),
    )


def supply_mix(told: Told, pack: Pack) -> Chart:
    """Return where neodymium and praseodymium come from, by year."""
    mix = told["supply_mix"]
    years = np.array(mix["years"])
    sources = {
        source_name(pack, name): np.array(numbers)
        for name, numbers in mix["sources"].items()
        if np.any(np.abs(numbers) >= LEAST_BUILT)
    }
    left = {name: np.array(list(one.values())) for name, one in told["supply_left"]["ways"].items()}
    home = ("mined at home", "recycled at home")
    later = told_years(told, pack)[-2:][0]
    at = int(np.argmax(years == later))
    comes = {name: max(float(numbers[at]), 0.0) for name, numbers in sources.items()}
    share = portion(sum(comes.get(name, 0.0) for name in home), sum(comes.values()))
    kept, _, words = stock_drawn(told, pack, later)
    drawn = f", {percent(kept)} out of {STOCK}{f', most of it {words}' if words else ''}" if kept >= DRAWN else ""
    return Chart(
        "plan-supply-mix",
        f"In {later}, {percent(share)} of the neodymium and praseodymium used comes from mines and used goods at home"
        f"{drawn}",
        "t a year of contained neodymium and praseodymium where it enters the country’s chain, as ore, oxide, metal, "
        "alloy or magnet, less what is sold abroad and left over; below zero: put into stock",
        _source(told, pack),
        _stacked(years, sources, "t a year"),
        by_year(years, {f"{name}, t": numbers for name, numbers in (sources | left).items()}),
    )


def spending(told: Told, pack: Pack) -> Chart:
    """Return cost by kind and year; below zero what is earned."""
    kinds = {name: np.array(list(one.values())) for name, one in told["spending"].items()}
    kinds = {name: numbers for name, numbers in kinds.items() if np.any(np.abs(numbers) > SMALL)}
    years = np.array([int(year) for year in told["unmet_t"]["total"]])
    unit, size = _large(pack, kinds.values())
    npv = {name: value for name, value in told["cost_by_kind"].items() if value > 0}
    first = max(npv, key=lambda name: npv[name], default="")
    return Chart(
        "plan-spending",
        f"The largest cost is {first}: {percent(portion(npv[first], sum(npv.values())))} of all that is paid"
        if first
        else "Nothing is paid",
        f"{unit} a year, prices of {pack.price_year}, not discounted; capital as a yearly charge over the life of what "
        "is built or awarded, closed or not; below zero: earned",
        _source(told, pack) + " In the title: discounted.",
        _stacked(years, {name: numbers / size for name, numbers in kinds.items()}, f"{unit} a year"),
        by_year(years, {f"{name}, {unit}": numbers / size for name, numbers in kinds.items()}),
    )


def self_reliance(told: Told, pack: Pack) -> Chart:
    """Return self-reliance by rung and along the chain, by year."""
    reliance = told["self_reliance"]
    years = np.array([int(year) for year in reliance["chain"]])
    looks = iter(zip((ORANGE, GREEN, SKY, PURPLE, GREY), DASHES, strict=True))
    named = {"from oxide to magnet": (_shares(reliance["chain"]), BLUE, "solid")}
    for stage, by_element in reliance["rung"].items():
        look = next(looks, None)
        if PAIR in by_element and look:
            named[pack.nouns.cell("stages", stage, "name")] = (_shares(by_element[PAIR]), *look)
    figure = lines(years, named)
    away = designed_away_much(told)
    axis = {
        "title": "share of what is still needed" if away else "share of need",
        "range": [0, 1.03],
        "tickformat": ".0%",
    }
    layout(figure, height=_height(len(named)), yaxis=axis, xaxis={"tickformat": "d"}, hovermode="x unified")
    columns = {f"{name}, %": 100 * numbers for name, (numbers, *_) in named.items()}
    columns["from oxide to magnet, well mixed, %"] = 100 * _shares(reliance["chain_mixed"])
    if away:
        whole = [whole_share(told, int(year)) for year in years]
        columns["from oxide to magnet, of the whole need, %"] = 100 * _shares(dict(enumerate(whole)))
    near, last = told_years(told, pack)[-2:][0], int(years[-1])
    said = {year: share_words(reliance["chain"][str(year)]) for year in (near, last)}
    more = {year: f" ({words})" if (words := of_whole_need(told, year)) else "" for year in (near, last)}
    of, basis = ("what is still needed", STILL) if away else ("the need", "need")
    title = f"From oxide to magnet: {said[near]} of {of} is made at home in {near}{more[near]}"
    return Chart(
        "plan-self-reliance",
        title if near == last else f"{title}, {said[last]} in {last}{more[last]}",
        f"share of {basis} made at home: rungs in contained neodymium and praseodymium; from oxide to magnet in gross "
        "tonnes of magnets whose every step was at home, home material kept apart from foreign",
        _source(told, pack) + f" Ore may be foreign; {STOP} is where home begins. {reliance_note(told, pack)}",
        figure,
        by_year(years, columns),
    )


def _shares(by_year: Mapping[Any, float | None]) -> np.ndarray:
    return np.array([np.nan if share is None else share for share in by_year.values()])


def _stacked(years: np.ndarray, named: Mapping[str, np.ndarray], title: str) -> go.Figure:
    """Return upright bars by year, stacked; what is below zero hangs down."""
    figure = go.Figure()
    for part in _parts(named):
        pattern = {"shape": part.pattern, "fgcolor": "#fff"}
        figure.add_bar(x=years, y=part.numbers, name=part.name, marker={"color": part.colour, "pattern": pattern})
    layout(
        figure, height=_height(len(named)), barmode="relative", bargap=0.15,
        yaxis={"title": title, "tickformat": ",~f"}, xaxis={"tickformat": "d"}, hovermode="x unified",
    )  # fmt: skip
    return figure


def _height(parts: int) -> int:
    """Return the height of a figure, px: on a telephone each part has a line of its own in the legend above."""
    return PLOT + LINE * parts


def _parts(named: Mapping[str, np.ndarray]) -> Iterator[Part]:
    """Yield the parts of a stack, each with a look of its own as far as they go."""
    looks = cycle((colour, pattern) for pattern in PATTERNS for colour in COLOURS)
    for name, numbers in named.items():
        yield Part(name, numbers, *next(looks))


def _large(pack: Pack, columns: Collection[np.ndarray]) -> tuple[str, float]:
    """Return the unit that suits amounts given in millions, and its size in millions."""
    most = max(float(np.abs(numbers).max()) for numbers in columns)
    return (f"billion {pack.currency}", 1000.0) if most >= 1000 else (f"million {pack.currency}", 1.0)


def _source(told: Told, pack: Pack) -> str:
    asked = f", requirements {'; '.join(told['requirements'])}" if told["requirements"] else ""
    return f"Chumbak, pack {pack.title}: the cheapest plan, {told['view']} view{asked}."
