"""The page of a plan: the section "What to build", which stands in the page of a run too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from chumbak import __version__
from chumbak.answer.evidence import by_confidence
from chumbak.pack import Pack
from chumbak.pack.figures import Figure
from chumbak.report import plan_words
from chumbak.report.pictures.frame import DataTable
from chumbak.report.pictures.plan import for_plan
from chumbak.report.plan_words import Told
from chumbak.report.rendering import plotly, template
from chumbak.report.words import money, percent, rounded

FIRST = 5  # years of decisions in the table of first builds
MOST_BOTTLENECKS = 8
LEAST_RENT = 0.1  # millions over all years: what is worth less is not shown
OUTCOMES = {
    "import_bill": "Import bill",
    "exchange_saved": "Foreign exchange saved",
    "jobs": "Direct jobs",
    "emissions": "CO2e of the plan",
    "emissions_buying": "CO2e of buying every magnet",
    "treasury": "Net cost to the treasury",
}


def plan_page(told: Told, pack: Pack, heading: Mapping[str, Any], figures: Sequence[Figure]) -> str:
    """Return the page of a plan as HTML; ``heading`` says of which run, ``figures`` are those used."""
    text: str = template("plan.html").render(
        pack=pack,
        title=f"{pack.title}: what to build for its own rare-earth magnets",
        run=heading["run"],
        version=__version__,
        sentences=[
            plan_words.what_is_short(told, pack),
            plan_words.cost_and_reliance(told, pack),
            plan_words.first_builds(told, pack),
        ],
        headlines=plan_words.plan_headlines(told, pack),
        plan={
            **plan_section(told, pack),
            "view": told["view"],
            "sentences": _below(told, pack),  # the others stand above
        },
        counted=by_confidence(figures),
        count=len(figures),
        plotly=Markup(plotly()),  # the library's own text
    )
    return text


def _below(told: Told, pack: Pack) -> list[str]:
    return [*filter(None, [plan_words.idle_awards(told, pack)]), plan_words.what_holds_back(told, pack)]


def plan_section(told: Told, pack: Pack) -> dict[str, Any]:
    """Return what the section "What to build" says of a plan."""
    years = plan_words.shown_years(told, pack)
    first, until = first_builds(told, pack)
    return {
        "sentences": [
            plan_words.what_is_short(told, pack),
            plan_words.cost_and_reliance(told, pack),
            *_below(told, pack),
        ],
        "requirements": told["requirements"],
        "charts": for_plan(told, pack),
        "builds": first,
        "until": until,
        "bottlenecks": bottlenecks(told, pack),
        "years": years,
        "outcomes": outcomes(told, pack, years),
        "convention": told["convention"],
        "certificate": plan_words.certificate_words(told),
        "slack": percent(told["slack"]["share"]) if "slack" in told else "",
        "ranges": DataTable(*ranges(told, pack)) if "slack" in told else None,
    }


def first_builds(told: Told, pack: Pack, until: int | None = None) -> tuple[list[dict[str, str]], int]:
    """Return what is decided in the first years, a row in words for each plant and region, and the last year."""
    if not told["builds"]:
        return [], pack.base_year
    last = min(one["decided"] for one in told["builds"]) + FIRST - 1 if until is None else until
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in told["builds"]:
        if one["decided"] <= last:
            rows.setdefault((one["plant"], one["region"]), []).append(one)
    named = dict(zip(told["regions"], plan_words.region_names(pack, told["regions"]), strict=True))
    found = []
    for (plant, region), ones in rows.items():
        decided = [one["decided"] for one in ones]
        found.append(
            {
                "plant": pack.nouns.cell("plants", plant, "name"),
                "region": named[region] if len(named) > 1 else "",
                "rung": pack.nouns.cell("stages", ones[0]["stage"], "name"),
                "decided": f"{min(decided)}" if len(ones) == 1 else f"{min(decided)} to {max(decided)}",
                "first": f"{min(one['first_output'] for one in ones):.0f}",
                "capacity": rounded(sum(one["capacity"] for one in ones)),
                "capital": money(sum(one["capital"] for one in ones), pack.currency),
            }
        )
    return found, last


def bottlenecks(told: Told, pack: Pack) -> list[dict[str, str]]:
    """Return the worst bottlenecks in words."""
    return [
        {
            "what": words[:1].upper() + words[1:],
            "years": plan_words.span(one),
            "worth": f"{money(one['worth'], pack.currency)} per {one['unit']}",
            "rent": money(one["rent"], pack.currency),
        }
        for one, words in (
            (one, plan_words.bottleneck_words(one, pack))
            for one in told["bottlenecks"][:MOST_BOTTLENECKS]
            if one["rent"] >= LEAST_RENT
        )
    ]


def outcomes(told: Told, pack: Pack, years: Sequence[int]) -> list[dict[str, Any]]:
    """Return every outcome in words: its numbers in ``years``, its unit and its method."""
    found = []
    for name, label in OUTCOMES.items():
        one = told["outcomes"][name]
        found.append(
            {
                "name": label,
                "unit": "jobs" if one["unit"] == "1" else one["unit"].replace("t/year", "t CO2e/year"),
                "numbers": [rounded(one["by_year"][str(year)]) for year in years],
                "method": one["method"],
            }
        )
    return found


def ranges(told: Told, pack: Pack) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the range of each build at near-equal cost: headings, and a row for each plant."""
    rows = tuple(
        (
            pack.nouns.cell("plants", one["plant"], "name"),
            *(rounded(one[side]) for side in ("least", "best", "most")),
        )
        for one in told["slack"]["builds"]
    )
    return ("plant", "least", "in the plan", "most"), rows
