"""The section "Cut off" of the page: one episode told, all of them in a table, and the back-test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chumbak.pack import Pack
from chumbak.report import backtest_words, stress_episode_words, stress_words
from chumbak.report.pictures.stress import backtest_picture, timeline
from chumbak.report.stress_tables import by_cost, episode_table, grade_table, user_table

SHOWN = 12  # products in the table of the page


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
    table = user_table(users, whole, pack, SHOWN)
    return {
        "heading": stress_words.heading(whole),
        "episode": name,
        "asked": stress_words.episode_words(whole),
        "description": whole["description"],
        "sentences": stress_words.sentences(users, whole, pack),
        "chart": timeline(users, whole, pack),
        "ranges": bool(whole["ranges"]),
        "users": table,
        "shown": max(len(table[1]) - 1, 1),
        "grades": grade_table(whole, pack),
        "episodes": episode_table(stress, in_all, pack),
        "paradox": stress_episode_words.paradox(stress, in_all, pack),
        "unhit": stress_episode_words.unhit(stress, in_all, pack),
        "weeks": whole["weeks"],
        "start": stress_words.day(whole, 0),
        "convention": whole["convention"],
        "backtests": [backtest_section(one) for one in found.get("backtests", {}).values()],
    }


def backtest_section(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a back-test; ``found`` is its document (``answer.backtest_document``)."""
    return {
        "title": found["title"],
        "description": found.get("description", ""),
        "said": backtest_words.sentences(found),
        "chart": backtest_picture(found),
        "compared": backtest_words.compared_table(found),
        "misses": backtest_words.misses(found),
        "convention": found["convention"],
    }
