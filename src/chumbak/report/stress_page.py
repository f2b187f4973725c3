"""The section "Cut off" of the page: one episode told, all of them in a table, and the back-test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chumbak.pack import Pack
from chumbak.report import stress_words
from chumbak.report.pictures.stress import backtest_picture, timeline
from chumbak.report.stress_tables import Table, by_cost, episode_table, grade_table, user_table
from chumbak.report.words import percent

OUTPUT = "output"
SHOWN = 12  # products in the table of the page
WHAT = {OUTPUT: "output", "first_loss": "first loss", "recovery": "half of full output again"}


def cut_off(found: Mapping[str, Any], pack: Pack) -> list[str]:
    """Return what the summary of a run says of being cut off: who loses output first and what it costs in all."""
    if "stress" not in found:
        return []
    name = by_cost(found["stress_in_all"])[0]
    return [stress_words.summary(found["stress"][name], found["stress_in_all"][name], pack)]


def stress_section(found: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """Return what the section says; ``found`` is what goes into answer.json.

    Told at length is the episode with the largest loss to be expected a year.
    """
    stress, in_all = found["stress"], found["stress_in_all"]
    name = by_cost(in_all)[0]
    users, whole = stress[name], in_all[name]
    return {
        "heading": stress_words.heading(whole),
        "episode": name,
        "asked": stress_words.episode_words(whole),
        "description": whole["description"],
        "sentences": stress_words.sentences(users, whole, pack),
        "chart": timeline(users, whole, pack),
        "ranges": bool(whole["ranges"]),
        "users": user_table(users, whole, pack, SHOWN),
        "shown": SHOWN,
        "grades": grade_table(whole, pack),
        "episodes": episode_table(stress, in_all, pack),
        "weeks": whole["weeks"],
        "start": stress_words.day(whole, 0),
        "convention": whole["convention"],
        "backtests": [backtest_section(one) for one in found.get("backtests", {}).values()],
    }


def backtest_section(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a back-test; ``found`` is its document (``answer.backtest_document``)."""
    titles = {firm["name"]: firm["title"] for firm in found["firms"]}
    count = len(found["compared"])
    return {
        "title": found["title"],
        "said": (
            f"{found['inside']} of {count} observations lie within the band of the model, which holds 90 % of the "
            "draws of what was known of each firm."
        ),
        "chart": backtest_picture(found),
        "compared": compared_table(found),
        "misses": [
            f"{titles[one['firm']]}, {WHAT[one['what']]}{_of(one)}: observed {_value(one, 'observed')}, the model says "
            f"{_value(one, 'low')} to {_value(one, 'high')}."
            for one in found["misses"]
        ],
        "convention": found["convention"],
    }


def compared_table(found: Mapping[str, Any]) -> Table:
    """Return every observation beside the band of the model."""
    titles = {firm["name"]: firm["title"] for firm in found["firms"]}
    rows = [
        [
            titles[one["firm"]],
            f"{WHAT[one['what']]}{_of(one)}",
            f"{_value(one, 'middle')} ({_value(one, 'low')} to {_value(one, 'high')})",
            _value(one, "observed"),
            "yes" if one["inside"] else "no",
            "yes" if one["held_back"] else "no",
        ]
        for one in found["compared"]
    ]
    return ("firm", "what", "model (90 % of draws)", "observed", "in the band", "kept back"), rows


def _of(one: Mapping[str, Any]) -> str:
    return f" in {one['period']}" if one["what"] == OUTPUT else ""


def _value(one: Mapping[str, Any], side: str) -> str:
    if one[side] is None:
        return "not within the weeks"
    return percent(one[side]) if one["what"] == OUTPUT else str(one[side])
