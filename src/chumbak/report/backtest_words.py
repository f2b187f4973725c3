"""A back-test in words: how much of what was observed the band holds, how wide it is, and what it cannot tell apart.

``found`` is its document (``answer.backtest_document``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.report.words import in_a_row, percent

Found = Mapping[str, Any]
OUTPUT = "output"
WHAT = {OUTPUT: "output", "first_loss": "first loss", "recovery": "half of full output again"}
WIDE = 0.9  # of full output: a band as wide holds nearly everything that there is


def finding(found: Found) -> str:
    """Return how many observations lie in the band, and how many of those kept back."""
    compared = found["compared"]
    kept = [one for one in compared if one["held_back"]]
    said = f"{found['inside']} of {len(compared)} observations lie in the band"
    return f"{said}; of the {len(kept)} kept back, {sum(one['inside'] for one in kept)}" if kept else said


def sentences(found: Found) -> list[str]:
    """Return what is told of a back-test, its weakness as plainly as its strength."""
    said = (
        f"{finding(found)}. The band of the model holds 90 % of the draws. Kept back are observations that were not "
        "looked at when inputs were chosen; output above full output counts as full."
    )
    return [one for one in (said, _width(found), *_apart(found)) if one]


def misses(found: Found) -> list[str]:
    """Return every observation that the band does not hold."""
    titles = _titles(found)
    return [
        f"{titles[one['firm']]}, {WHAT[one['what']]}{_of(one)}: observed {_value(one, 'observed')}, the model says "
        f"{_value(one, 'low')} to {_value(one, 'high')}."
        for one in found["misses"]
    ]


def compared_table(found: Found) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return every observation beside the band of the model and its width: headings and rows."""
    titles = _titles(found)
    rows = [
        [
            titles[one["firm"]],
            f"{WHAT[one['what']]}{_of(one)}",
            f"{_value(one, 'middle')} ({_value(one, 'low')} to {_value(one, 'high')})",
            _breadth(one),
            _value(one, "observed"),
            "yes" if one["inside"] else "no",
            "yes" if one["held_back"] else "no",
        ]
        for one in found["compared"]
    ]
    return ("firm", "what", "model (90 % of draws)", "width", "observed", "in the band", "kept back"), rows


def _width(found: Found) -> str:
    """Say how many of the hits are in a band that holds nearly everything."""
    inside = [one for one in found["compared"] if one["what"] == OUTPUT and one["inside"]]
    wide = [one for one in inside if one["width"] >= WIDE]
    if not wide:
        return ""
    return (
        f"Bands are wide: of the observations of output in the band, {len(wide)} of {len(inside)} lie in a band of "
        f"{100 * WIDE:.0f} points of full output or more, which nearly any outcome would have met."
    )


def _apart(found: Found) -> list[str]:
    """Say, of each time in which some were hit and others not, what the middle of the band makes of both."""
    titles, said = _titles(found), []
    outputs = [one for one in found["compared"] if one["what"] == OUTPUT]
    for period in dict.fromkeys(one["period"] for one in outputs):
        there = [one for one in outputs if one["period"] == period]
        full = [one for one in there if one["observed"] >= 1]
        hit = [one for one in there if one["observed"] < 1]
        if not full or not hit or all(one["middle"] >= 1 for one in full):
            continue
        said.append(
            f"In {period} {_firms(full, titles)} made full output or more; by the middle of the band "
            f"{'it' if len(full) == 1 else 'they'} would have lost {_lost(full)} of it. {_firms(hit, titles)} made "
            f"{in_a_row([percent(one['observed']) for one in hit])}; by the middle {'it' if len(hit) == 1 else 'they'} "
            f"would have lost {_lost(hit)}. So the model tells who was hit from who was not by degree only."
        )
    return said


def _firms(compared: Sequence[Found], titles: Mapping[str, str]) -> str:
    return in_a_row([titles[one["firm"]] for one in compared])


def _lost(compared: Sequence[Found]) -> str:
    return in_a_row([percent(1 - one["middle"]) for one in compared])


def _titles(found: Found) -> dict[str, str]:
    return {firm["name"]: firm["title"] for firm in found["firms"]}


def _of(one: Found) -> str:
    return f" in {one['period']}" if one["what"] == OUTPUT else ""


def _breadth(one: Found) -> str:
    if one["width"] is None:
        return "no end"
    return f"{100 * one['width']:.0f} points" if one["what"] == OUTPUT else f"{one['width']:.1f} weeks"


def _value(one: Found, side: str) -> str:
    if one[side] is None:
        return "not within the weeks"
    return percent(one[side]) if one["what"] == OUTPUT else str(one[side])
