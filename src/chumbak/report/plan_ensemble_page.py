"""The page of an ensemble: what is built without regret, and bands of what plans cost and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from chumbak import __version__
from chumbak.answer.evidence import by_confidence
from chumbak.pack import Pack
from chumbak.pack.figures import Figure
from chumbak.report import plan_ensemble_words as words
from chumbak.report.pictures.plan_ensemble import for_ensemble
from chumbak.report.plan_ensemble_words import Told
from chumbak.report.rendering import plotly, template


def ensemble_page(told: Told, pack: Pack, heading: Mapping[str, Any], figures: Sequence[Figure]) -> str:
    """Return the page of an ensemble as HTML; ``heading`` says of which run, ``figures`` are those used."""
    known = told["cost_npv"]["p50"] is not None
    headings, rows = words.build_table(told, pack)
    text: str = template("plan_ensemble.html").render(
        pack=pack,
        title=f"{pack.title}: what to build whatever comes",
        run=heading["run"],
        version=__version__,
        told=told,
        sentences=words.sentences(told, pack),
        headlines=words.headlines(told, pack) if known else [],
        builds=(headings, rows) if rows else None,
        bands=(["what", "central", "median", "5 % to 95 %"], words.year_rows(told, pack)) if known else None,
        charts=for_ensemble(told, pack) if known else [],
        counted=by_confidence(figures),
        count=len(figures),
        plotly=Markup(plotly()),  # the library's own text
    )
    return text
