"""Pictures of where the country stands: who supplies each rung, how exposed that leaves it, and since when."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from chumbak.answer.dependence import dependence_document
from chumbak.answer.exposure import risk_document, trap
from chumbak.answer.overview import Answer
from chumbak.report.pictures.frame import (
    BLUE,
    GREEN,
    LABEL_WIDTH,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    Chart,
    DataTable,
    layout,
)
from chumbak.report.words import percent

RECENT = 3  # years behind the newest record of a rung; older ones are in the table only
MEASURES = {  # measure of a record: in words, colour (the label of a bar says it as well)
    "value": ("by value, US dollars", ORANGE),
    "mass": ("by mass, tonnes", SKY),
    "share": ("as published shares", "#7FC8AE"),
}
SINCE = 2002
LOOKS = ((RED, "solid"), (BLUE, "dash"), (GREEN, "dot"), (PURPLE, "dashdot"), (ORANGE, "longdash"))
Item = Mapping[str, Any]


def who_supplies(answer: Answer) -> Chart | None:
    """Return the first origin's share in the latest year of each record, records of a rung together."""
    items = _by_stage(answer)
    shown = [item for stage in items for item in _foremost(answer, items[stage])]
    if not shown:
        return None
    names = answer.pack.nouns.column("stages", "name")
    labels = [
        _label(f"{names[item['stage']]}: {_leads(answer, item)}", f"{item['name']}, {item['period']}") for item in shown
    ]
    figure = go.Figure()
    for measure, (said, colour) in MEASURES.items():
        rows = [at for at, item in enumerate(shown) if item["measure"] == measure]
        if rows:
            figure.add_bar(
                y=[labels[at] for at in rows], x=[100 * _first(shown[at])[1] for at in rows], name=said,
                orientation="h", width=0.62, marker={"color": colour},
                hovertext=[_leads(answer, shown[at]) for at in rows], hovertemplate="%{hovertext}<extra></extra>",
            )  # fmt: skip
    layout(
        figure,
        height=120 + _tall(labels),
        margin={"l": 10, "r": 14, "t": 12, "b": 44},
        xaxis={"title": "% from the first origin", "range": [0, 100]},
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1], "automargin": True, "tickfont": {"size": 12}},
        showlegend=True,
    )
    table = tuple(
        (
            names[stage],
            item["name"],
            item["period"],
            item["commodity"],
            _measured(item),
            item["vintage"],
            _leads(answer, item) if item["shares"] else item["why"],
            _hhi(item),
            item["warning"],
        )
        for stage, found in items.items()
        for item in found
    )
    return Chart(
        "who-supplies",
        _leading_title(answer, shown),
        f"% of the first origin in the latest year of each record, rung by rung; value and mass stand apart, since "
        f"they differ; what {answer.pack.place} buys, or what the world makes, as each line says",
        f"Chumbak, pack {answer.pack.title}: records of trade and production, each with its edition in the table. "
        "HS: line of the customs tariff.",
        figure,
        DataTable(
            (
                "rung", "record", "period", "goods", "by", "edition", "first origin", "concentration (HHI, 0 to 1)",
                "warning",
            ),
            table,
        ),
    )  # fmt: skip


def _label(first: str, rest: str) -> str:
    heading = "<br>".join(textwrap.wrap(first, LABEL_WIDTH))
    return "<br>".join([f"<b>{heading}</b>", *textwrap.wrap(rest, LABEL_WIDTH + 4)])


def _tall(labels: Sequence[str]) -> int:
    """Return the height that labels of the same room each take, in pixels."""
    return len(labels) * (8 + 15 * max(1 + label.count("<br>") for label in labels))


def _by_stage(answer: Answer) -> dict[str, list[Item]]:
    """Return the latest year of every record by rung, rungs in order."""
    document = dependence_document(answer.findings["dependence"])
    found: dict[str, list[Item]] = {}
    for stage in answer.pack.nouns.ids("stages"):
        latest: dict[str, Item] = {}
        for item in document.get(stage, []):  # the latest year comes first
            latest.setdefault(str(item["record"]), {**item, "stage": stage})
        if latest:
            found[stage] = list(latest.values())
    return found


def _foremost(answer: Answer, items: list[Item]) -> list[Item]:
    """Return the records that scores rest on (all, if there are no scores), one for each goods and measure.

    Whole ones are taken first, then the latest; what the world makes comes before imports.
    """
    rows = answer.pack.nouns.tables["exposures"].values()
    named = {name for cells in rows for column in ("world", "imports") for name in cells[column].split()}
    known = [item for item in items if item["shares"] and (not named or item["record"] in named)]
    newest = max((item["year"] for item in known), default=0)
    chosen: dict[tuple[str, str, str], Item] = {}
    for item in sorted(known, key=lambda item: (item["complete"], item["year"]), reverse=True):
        if item["year"] >= newest - RECENT:
            chosen.setdefault((item["kind"], item["commodity"], item["measure"]), item)
    return sorted(chosen.values(), key=lambda item: (item["kind"] == "imports", item["commodity"], item["measure"]))


def _first(item: Item) -> tuple[str, float]:
    origin, share = max(item["shares"].items(), key=lambda pair: float(pair[1]))
    return str(origin), float(share)


def _leads(answer: Answer, item: Item) -> str:
    origin, share = _first(item)
    return f"{answer.pack.nouns.cell('origins', origin, 'name')} {percent(share)}"


def _leading_title(answer: Answer, shown: list[Item]) -> str:
    firsts = [_first(item) for item in shown]
    origins = [origin for origin, _ in firsts]
    leader = max(dict.fromkeys(origins), key=origins.count)
    name = answer.pack.nouns.cell("origins", leader, "name")
    most, at = max((share, at) for at, (origin, share) in enumerate(firsts) if origin == leader)
    rung = answer.pack.nouns.cell("stages", shown[at]["stage"], "name").lower()
    many = f"in {origins.count(leader)} of {len(shown)} records" if len(shown) > 1 else "in the one record there is"
    return f"{name} comes first {many}, with up to {percent(most)} ({rung})"


def _measured(item: Item) -> str:
    basis = "" if item["basis"] == item["measure"] else f", {item['basis']}"
    return f"{item['measure']}{basis}"


def _hhi(item: Item) -> str:
    if item["hhi"] is None:
        return "not known"
    least, most = f"{item['hhi']:.2f}", item["hhi_upper"]
    return least if most is None or f"{most:.2f}" == least else f"{least} to {most:.2f}"


def scores(answer: Answer) -> Chart | None:
    """Return the GeoPolRisk score of each rung, or why there is none."""
    document = risk_document(answer.findings["exposure"])
    if not document:
        return None
    names = answer.pack.nouns.column("stages", "name")
    called = {stage: names.get(stage, one["name"]) for stage, one in document.items()}
    labels = [_score_label(called[stage], one) for stage, one in document.items()]
    known = [one["geopolrisk"] for one in document.values()]
    figure = go.Figure()
    figure.add_bar(
        y=labels, x=known, orientation="h", width=0.55, marker={"color": ORANGE},
        hovertemplate="%{x:.3f}<extra></extra>",
    )  # fmt: skip
    top = max((score for score in known if score is not None), default=0.0)
    layout(
        figure,
        height=90 + _tall(labels),
        margin={"l": 10, "r": 14, "t": 12, "b": 44},
        xaxis={"title": "GeoPolRisk score", "range": [0, max(1.15 * top, 0.1)]},
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1], "automargin": True, "tickfont": {"size": 12}},
        showlegend=False,
    )
    rows = tuple(
        (called[stage], one["material"], *(_scored(one, measure) for measure in TABLE), one["basis"] or "nothing known")
        for stage, one in document.items()
    )
    return Chart(
        "exposure-by-rung",
        trap(document).rstrip("."),
        "GeoPolRisk score, 0 to 1: how concentrated the world’s supply is, times how much is bought from countries "
        "that are politically unsettled; by rung, in the last year that can be scored",
        f"Chumbak, pack {answer.pack.title}: what each score rests on is in the table. Where something is missing "
        "there is no score.",
        figure,
        DataTable(("rung", "goods", *TABLE.values(), "rests on"), rows),
    )


def _score_label(rung: str, one: Item) -> str:
    score = "no score" if one["geopolrisk"] is None else f"{one['geopolrisk']:.3f}"
    goods = f"{one['material']}, {one['year']}" if one["year"] else one["material"]
    why = one["why"].get("geopolrisk", "") if one["geopolrisk"] is None else ""
    return _label(f"{rung}: {score}", f"{goods}. {why}" if why else goods)


TABLE = {
    "geopolrisk": "GeoPolRisk", "hhi": "concentration of world supply (HHI)",
    "hhi_sourcing": "concentration of imports (HHI)", "import_reliance": "import reliance",
    "eu_sr": "EU supply risk (critical from 1)",
}  # fmt: skip


def _scored(one: Item, measure: str) -> str:
    return f"none: {one['why'].get(measure, 'not known')}" if one[measure] is None else f"{one[measure]:.2f}"


def over_time(answer: Answer) -> Chart | None:
    """Return the first origin's share and the concentration since 2002, for the longest record of each rung."""
    document = dependence_document(answer.findings["dependence"])
    names = answer.pack.nouns.column("stages", "name")
    longest = {stage: _longest(document.get(stage, [])) for stage in names}
    longest = {stage: items for stage, items in longest.items() if len(items) > 1}
    if not longest:
        return None
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.07)
    columns: dict[str, dict[int, str]] = {}
    for (stage, items), (colour, dash) in zip(longest.items(), LOOKS, strict=False):
        known = {item["year"]: item for item in items}
        years = list(range(min(known), max(known) + 1))  # a year that is not known breaks the line
        shares = [_first(known[year])[1] if year in known else None for year in years]
        indices = [known[year]["hhi"] if year in known else None for year in years]
        for row, numbers in ((1, shares), (2, indices)):
            figure.add_scatter(
                x=years, y=numbers, name=names[stage], legendgroup=stage, showlegend=row == 1, mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2.6}, marker={"size": 5}, row=row, col=1,
                text=[_leads(answer, known[year]) if year in known else "" for year in years],
                hovertemplate="%{text}" if row == 1 else "%{y:.2f}",
            )  # fmt: skip
        columns[f"{names[stage]}: first origin"] = {item["year"]: _leads(answer, item) for item in items}
        columns[f"{names[stage]}: HHI"] = {item["year"]: _hhi(item) for item in items}
    layout(figure, height=560, hovermode="x unified")
    figure.update_yaxes(title_text="share of the first origin", tickformat=".0%", range=[0, 1.02], row=1, col=1)
    figure.update_yaxes(title_text="concentration (HHI)", range=[0, 1.02], row=2, col=1)
    figure.update_xaxes(tickformat="d")
    every = sorted({year for column in columns.values() for year in column})
    rows = tuple((str(year), *(column.get(year, "") for column in columns.values())) for year in every)
    records = "; ".join(
        f"{names[stage]}: {items[0]['name']} ({items[0]['vintage']})" for stage, items in longest.items()
    )
    return Chart(
        "dependence-over-time",
        _time_title(answer, longest, names),
        "above: share of the first origin; below: concentration over all origins (HHI: 0 many small ones, 1 a single "
        "one); calendar years",
        f"Chumbak, pack {answer.pack.title}: the record with most years of each rung: {records}.",
        figure,
        DataTable(("year", *columns), rows),
    )


def _longest(items: Sequence[Item]) -> list[Item]:
    """Return the years since 2002 of the record that has most of them, by value before by mass; oldest first."""
    by_record: dict[str, list[Item]] = {}
    for item in items:
        if item["shares"] and item["year"] >= SINCE and item["hhi"] is not None:
            by_record.setdefault(str(item["record"]), []).append(item)
    if not by_record:
        return []
    best = max(
        by_record.values(), key=lambda found: (len(found), found[0]["measure"] == "value", found[0]["total"] or 0)
    )
    return sorted(best, key=lambda item: int(item["year"]))


def _time_title(answer: Answer, longest: Mapping[str, list[Item]], names: Mapping[str, str]) -> str:
    stage, items = max(longest.items(), key=lambda pair: (len(pair[1]), pair[0]))
    (before, then), (now, share) = _first(items[0]), _first(items[-1])
    name = answer.pack.nouns.cell("origins", now, "name")
    years = items[0]["period"], items[-1]["period"]
    if before != now:
        old = answer.pack.nouns.cell("origins", before, "name")
        first, second = f"{old} came first in {years[0]} with {percent(then)}", f"{name} in {years[1]}"
        return f"{names[stage]}: {first}, {second} with {percent(share)}"
    moved = "rose" if share > then + 0.005 else "fell" if share < then - 0.005 else "stayed"
    return (
        f"{names[stage]}: {name}’s share {moved} from {percent(then)} in {years[0]} to {percent(share)} in {years[1]}"
    )
