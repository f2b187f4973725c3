"""The report: one HTML file with everything in it, for a screen, a telephone or paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from chumbak import __version__
from chumbak.answer.claims import VERDICTS
from chumbak.answer.evidence import by_confidence, resting_on
from chumbak.answer.overview import Answer
from chumbak.answer.plant_recipe import plants_beside
from chumbak.answer.published import compare
from chumbak.pack.draws import DISTRIBUTION
from chumbak.pack.schema import attributes
from chumbak.report.listings import RECORDED, attribute_of, devices, projects, recorded, recyclers
from chumbak.report.pictures import for_report
from chumbak.report.pictures.frame import share_table
from chumbak.report.plan_page import plan_section
from chumbak.report.plant_words import beside_sentences
from chumbak.report.rendering import plotly, template
from chumbak.report.scheme_page import scheme_section
from chumbak.report.stress_page import stress_section
from chumbak.report.verdict import headlines, sentences
from chumbak.report.words import exports_line, percent


def page(answer: Answer, found: Mapping[str, Any]) -> str:
    """Return the report as HTML; ``found`` is what goes into answer.json."""
    pack = answer.pack
    resting = resting_on(answer, pack.base_year)
    names = {name: attribute.long_name for name, attribute in attributes().items()} | {
        "weakest": "The weakest of the first three, which tonnes in goods sold rest on"
    }
    resting = resting.assign_coords(attribute=[names[str(name)] for name in resting["attribute"].values])
    sure = 1 - float(resting.isel(attribute=-1).sel(confidence="estimate"))
    text: str = template("report.html").render(
        pack=pack,
        title=title(answer),
        run=found["run"],
        version=__version__,
        sentences=sentences(answer),
        headlines=headlines(answer),
        exports_line=exports_line(answer),
        sections=for_report(answer),
        plan=plan_section(found["plan"], pack) if "plan" in found else None,
        scheme=scheme_section(found["scheme"]) if found.get("scheme") else None,
        stress=stress_section(found, pack) if "stress" in found else None,
        claims=found.get("claims", []),
        verdicts=VERDICTS,
        projects=projects(pack),
        devices=devices(answer),
        recyclers=recyclers(answer),
        within=answer.findings["catchments"].data.attrs["within_km"] if "catchments" in answer.findings else 0,
        published=compare(answer),
        counted=by_confidence(answer.figures),
        resting=share_table(resting, f"tonnes of {pack.base_year} by confidence of"),
        sure=percent(sure),
        count=len(answer.figures),
        figures=[figure for figure in answer.figures if attribute_of(figure) not in RECORDED],
        recorded=recorded(answer),
        ensemble=answer.ensemble,
        distribution=DISTRIBUTION,
        convention=answer.data.attrs.get("convention", ""),
        plants=beside_sentences(plants_beside(pack), pack.nouns),
        plotly=Markup(plotly()),  # the library's own text
    )
    return text


def title(answer: Answer) -> str:
    """Return what the page answers."""
    if "gap" in answer.findings:
        return f"{answer.pack.title}: can it make its own rare-earth magnets?"
    return f"{answer.pack.title}: what rare-earth magnets it needs, and what its used goods give back"
