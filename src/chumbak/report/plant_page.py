"""The page of a plant: the flowsheet drawn, the balance, streams, steps, and every figure with its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from chumbak.report import plant_words
from chumbak.report.pictures.flowsheet import drawing
from chumbak.report.pictures.frame import DataTable
from chumbak.report.rendering import template


def plant_page(document: Mapping[str, Any], version: str, costs: Mapping[str, Any] | None = None) -> str:
    """Return the page of a solved flowsheet (``plant.document.solution_document``): one file that fetches nothing.

    ``costs`` (``plant.cost_document.cost_document``) adds what it costs.
    """
    ranges: list[dict[str, Any]] = []
    if "ranges" in document:
        ranges = [{"name": "ranges", "title": "How sure this is", "words": "", "numbers": False,
                   "caption": plant_words.ranges_sentence(document),
                   "data": _table(plant_words.range_rows(document))}]  # fmt: skip
    tables = [
        *ranges,
        {"name": "streams", "title": "Streams", "words": "", "numbers": False, "caption": "Flows while it runs",
         "data": _table(plant_words.stream_rows(document))},
        {"name": "steps", "title": "Steps", "words": "", "numbers": False,
         "caption": "Physics, reagents, duties, sizes", "data": _table(plant_words.step_rows(document))},
        {"name": "figures", "title": "What this rests on", "numbers": False, "caption": "Every figure with its source",
         "words": "Recalled figures were not read in their source; a judgement is a guess whose reason is its source; "
                  "'yours' stands in the file of the flowsheet.",
         "data": _table(plant_words.figure_rows(document))},
    ]  # fmt: skip
    page: str = template("plant.html").render(
        title=document["title"],
        version=version,
        convention=document["convention"] + f" It runs {document['hours_per_year']:,.0f} hours a year.",
        sentences=[*plant_words.sentences(document), *document["warnings"], *document["notes"]],
        drawing=Markup(drawing(document)),  # every name in it is escaped where it is written
        costs=None if costs is None else _costs(costs),
        balance=_table(plant_words.balance_rows(document)),
        tables=tables,
    )
    return page


def _costs(costs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sentences": plant_words.cost_sentences(costs),
        "headline": _table(plant_words.headline_rows(costs)),
        "lines": _table(plant_words.line_rows(costs, every=True)),
        "money": costs["money"],
        "rules": costs["rules"]["words"],
    }


def _table(told: tuple[tuple[str, ...], plant_words.Rows]) -> DataTable:
    return DataTable(told[0], tuple(told[1]))
