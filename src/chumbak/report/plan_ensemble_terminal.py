"""What the terminal says of many futures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from chumbak.pack import Pack
from chumbak.report.grid import Grid
from chumbak.report.plan_ensemble_words import build_table, sentences, year_rows
from chumbak.report.screen import screen


def show_futures(told: Mapping[str, Any], pack: Pack, target: Path | None) -> None:
    """Print bands, and for plans made anew what is built in which share of futures; ``target`` has it all."""
    console = screen()
    what = "plans in many futures" if "no_regret" in told else "the builds of a plan in many futures"
    console.print(
        f"\n[bold]{escape(pack.title)}[/bold], {what}, scenario {escape(pack.scenario_title)}, {told['view']} view\n",
        highlight=False,
    )
    for sentence in sentences(told, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    if told["cost_npv"]["p50"] is not None:
        if "no_regret" in told:
            headings, rows = build_table(told, pack)
            words = 2 if len(told["regions"]) > 1 else 1
            console.print(Grid("Capacity decided up to the end of the year, over the futures", headings, rows, words))
            console.print()
        title = f"Tonnes gross, calendar years, prices of {pack.price_year}"
        console.print(Grid(title, ["", "central", "median", "5 % to 95 %"], year_rows(told, pack)))
    console.print("\n" + escape(told["convention"]), highlight=False)
    drawn = told["drawn"]["convention"]
    console.print(escape(f"{drawn[:1].upper()}{drawn[1:]}."), highlight=False)
    if target is not None:
        console.print(f"\nThe run folder: {escape(str(target))} (open report.html in a browser)", highlight=False)
