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
from chumbak.report.pictures.plan import for_plan
from chumbak.report.plan_words import Told
from chumbak.report.rendering import plotly, template
from chumbak.report.words import money, percent, portion, rounded

FIRST = 5  # years of decisions in the table of first builds
MOST_BOTTLENECKS = 8
MARK = "*"
BELOW = f"{MARK} Less than the smallest plant that makes sense: the plan builds any size above zero."
LEAST_RENT = 0.1  # millions over all years: what is worth less is not shown
OUTCOMES = {
    "import_bill": "Import bill",
    "exchange_saved": "Foreign exchange saved",
    "jobs": "Direct jobs",
    "emissions": "CO2e of the plan",
    "emissions_buying": "CO2e of buying every magnet",
    "treasury": "Net cost to the treasury",
}


NOT_DELIVERED = {
    "unmet_t": ("Magnets lacking", "gross t of magnets, in goods that are not built"),
    "substituted_t": (
        "Magnets designed away",
        "gross t of magnets that designs without rare earths stand in for, in goods that are built",
    ),
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
            "designs": plan_words.designs_of_the_plan(told),
            "sentences": plan_words.more(told, pack),  # the others stand above
        },
        counted=by_confidence(figures),
        count=len(figures),
        plotly=Markup(plotly()),  # the library's own text
    )
    return text


def plan_section(told: Told, pack: Pack) -> dict[str, Any]:
    """Return what the section "What to build" says of a plan."""
    years = plan_words.shown_years(told, pack)
    every, until = first_builds(told, pack)
    first, dust = without_dust(told, every)
    return {
        "sentences": [
            plan_words.what_is_short(told, pack),
            plan_words.cost_and_reliance(told, pack),
            *plan_words.more(told, pack),
        ],
        "requirements": told["requirements"],
        "charts": for_plan(told, pack),
        "by_region": len(told["regions"]) > 1,
        "place_word": plan_words.place_word(pack, told["regions"]),
        "builds": first,
        "whole": any(one["opened"] for one in first),
        "dust": dust,
        "late": late_note(told, pack),
        "below_note": BELOW if any(one["below"] for one in first) else "",
        "until": until,
        "bottlenecks": bottlenecks(told, pack),
        "years": years,
        "outcomes": [*not_delivered(told, years), *outcomes(told, pack, years)],
        "convention": told["convention"],
        "certificate": plan_words.certificate_words(told),
        "slack": percent(told["slack"]["share"]) if "slack" in told else "",
        "every_plan": plan_words.in_every_plan(told, pack),
        "ranges": ranges(told, pack) if "slack" in told else None,
        "ranges_title": ranges_title(told, pack),
    }


def first_builds(told: Told, pack: Pack, until: int | None = None) -> tuple[list[dict[str, Any]], int]:
    """Return what is decided in the first years, a row in words for each plant and region, and the last year.

    Less than ``plan_words.LEAST_BUILT`` is not listed; ``below`` marks what is less than the smallest sensible plant.
    ``tonnes`` is the capacity as a number; ``opened`` counts the plants of a plan of whole ones, and is 0 of another.
    """
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    if not told["builds"]:
        return [], pack.base_year
    last = min(one["decided"] for one in told["builds"]) + FIRST - 1 if until is None else until
    for one in told["builds"]:
        if one["decided"] <= last:
            rows.setdefault((one["plant"], one["region"]), []).append(one)
    named = dict(zip(told["regions"], plan_words.region_names(pack, told["regions"]), strict=True))
    found = []
    for (plant, region), ones in rows.items():
        decided = [one["decided"] for one in ones]
        capacity = sum(one["capacity"] for one in ones)
        if capacity < plan_words.LEAST_BUILT:
            continue
        found.append(
            {
                "plant": pack.nouns.cell("plants", plant, "name"),
                "region": named[region],
                "rung": pack.nouns.cell("stages", ones[0]["stage"], "name"),
                "decided": f"{min(decided)}" if len(ones) == 1 else f"{min(decided)} to {max(decided)}",
                "first": f"{min(one['first_output'] for one in ones):.0f}",
                "capacity": rounded(capacity),
                "tonnes": capacity,
                "least": rounded(ones[0]["least"]),
                "opened": sum(plant["opened"] for one in ones for plant in one.get("plants", [])),
                "below": MARK if capacity < ones[0]["least"] else "",
                "capital": money(sum(one["capital"] for one in ones), pack.currency),
            }
        )
    return found, last


def without_dust(told: Told, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """Return rows of builds that are worth a row, and a sentence on the others.

    Spread over regions a plan splits into many builds below the smallest plant; of a country as a whole all are kept.
    """
    small = [one for one in rows if one["below"]] if len(told["regions"]) > 1 else []
    if not small:
        return rows, ""
    together = rounded(sum(one["tonnes"] for one in small))
    said = (
        f"{len(small)} build{'s' if len(small) > 1 else ''} below the smallest sensible plant, {together} t/year "
        "together, each as its plant is counted"
    )
    kept = [one for one in rows if not one["below"]]
    return kept, f"And {said}." if kept else f"Only {said}."


def ranges_title(told: Told, pack: Pack) -> str:
    """Return the title of the table of ranges, which says what it counts; nothing without one."""
    if "slack" not in told:
        return ""
    return (
        f"Capacity built in the country, t a year as the plant is counted, among plans that cost at most "
        f"{percent(told['slack']['share'])} more; only decisions that are run up by {pack.window.last}: the tables of "
        "decisions hold later ones too"
    )


def late_note(told: Told, pack: Pack) -> str:
    """Say that tables of decisions hold more than that of the ranges; nothing without one."""
    if "slack" not in told:
        return ""
    return f"All decisions, also those not yet run up by {pack.window.last}, which the table of ranges leaves out."


def bottlenecks(told: Told, pack: Pack) -> list[dict[str, str]]:
    """Return the worst bottlenecks in words."""
    return [
        {
            "what": words[:1].upper() + words[1:],
            "years": plan_words.span(one),
            "worth": f"{money(one['worth'], pack.currency)} per {_unit(one, pack)}",
            "rent": money(one["rent"], pack.currency),
        }
        for one, words in (
            (one, plan_words.bottleneck_words(one, pack))
            for one in told["bottlenecks"][:MOST_BOTTLENECKS]
            if one["rent"] >= LEAST_RENT or plan_words.is_asked(one)
        )
    ]


def _unit(one: Mapping[str, Any], pack: Pack) -> str:
    return f"million {pack.currency}" if one["unit"] == "million" else str(one["unit"])


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


def not_delivered(told: Told, years: Sequence[int]) -> list[dict[str, Any]]:
    """Return in words the magnets that are needed and not delivered: lacking, and saved by other designs."""

    def said(tonnes: float, need: float) -> str:
        return f"{rounded(tonnes)} ({percent(portion(tonnes, need))})" if tonnes >= plan_words.LEAST_BUILT else "0"

    return [
        {
            "name": label,
            "unit": "t/year (share of the need)",
            "numbers": [said(told[name]["total"][str(year)], told["need_t"][str(year)]) for year in years],
            "method": method,
        }
        for name, (label, method) in NOT_DELIVERED.items()
    ]


def ranges(told: Told, pack: Pack) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the range of each build at near-equal cost: headings, and a row for each plant."""
    rows = tuple(
        (
            pack.nouns.cell("plants", one["plant"], "name"),
            *(rounded(one[side]) for side in ("least", "best", "most")),
        )
        for one in told["slack"]["builds"]
        if max(one["best"], one["most"]) >= plan_words.LEAST_BUILT
    )
    return ("plant", "least", "in the plan", "most"), rows
