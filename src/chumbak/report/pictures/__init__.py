"""The pictures of the report, a file for each of its sections."""

from __future__ import annotations

from chumbak.answer.overview import Answer
from chumbak.report.pictures import comparison, demand, exposure, mine, places, rungs, sankey
from chumbak.report.pictures.frame import Chart


def for_report(answer: Answer) -> dict[str, list[Chart]]:
    """Return the charts of the report by section; what the pack has no figures for is left out."""
    pack = answer.pack
    later = min(pack.base_year + 10, pack.window.last)
    sections: dict[str, list[Chart | None]] = {
        "stand": _stand(answer),
        "gap": _gap(answer),
        "demand": [
            demand.over_time(answer),
            demand.by_product(answer, pack.base_year),
            demand.by_sector(answer, later),
            demand.by_grade(answer, pack.base_year),
            demand.by_element(answer),
        ],
        "mine": [mine.over_time(answer), mine.by_product(answer, later), mine.by_element(answer, later)],
        "places": [places.by_place(answer, later)],
        "metals": [mine.other_metals(answer, pack.base_year)],
        "published": [comparison.published(answer)],
        "matters": [*comparison.matters_most(answer)],
    }
    return {name: [chart for chart in charts if chart is not None] for name, charts in sections.items()}


def _stand(answer: Answer) -> list[Chart | None]:
    if "dependence" not in answer.findings or not answer.findings["dependence"].data:
        return []
    return [exposure.who_supplies(answer), exposure.scores(answer), exposure.over_time(answer)]


def _gap(answer: Answer) -> list[Chart | None]:
    if "gap" not in answer.findings:
        return []
    flows = answer.flows
    through = sankey.elements_through_the_chain(answer, flows) if flows is not None else None
    return [rungs.bars_by_rung(answer), rungs.along_the_chain(answer), through]
