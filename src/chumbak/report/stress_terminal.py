"""What the terminal says of a shock, of a stock against shocks, and of the episodes there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from chumbak.pack import Pack
from chumbak.report import stress_words
from chumbak.report.grid import Grid
from chumbak.report.screen import screen
from chumbak.report.stress_stock_words import stockpile_sentences
from chumbak.report.stress_tables import IN_ALL, Table, curve_table, grade_table, stock_table, user_table
from chumbak.report.stress_words import Told

WHEN = ("first loss", "survives", "back from", "with ")  # columns, by how their headings begin
WHAT = ("deepest", "not made", "value", "hit")
GRADE_WHEN = ("use", "first short", "suffices")
GRADE_WHAT = ("deepest", "not made", "value")


def show_stress(users: Told, whole: Told, pack: Pack) -> None:
    """Print a shock: sentences, then tables."""
    console = screen()
    who = whole["firm"] or pack.title
    console.print(
        f"\n[bold]{escape(who)}[/bold], scenario {escape(pack.scenario_title)}\n\n"
        f"[bold]{escape(stress_words.heading(whole))}[/bold]: {escape(stress_words.episode_words(whole))} "
        f"{escape(stress_words.what_happens(whole))}\n",
        highlight=False,
    )
    for sentence in stress_words.sentences(users, whole, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(users, whole, pack):
        console.print(grid)
        console.print()
    console.print(escape(whole["convention"]), highlight=False)


def grids(users: Told, whole: Told, pack: Pack) -> list[Grid]:
    """Return the tables of a shock: when, and what is lost, by product; and when, and what of a firm, by grade."""
    found = []
    table = user_table(users, whole, pack)
    if table[1]:
        spread = "; in brackets 90 % of the draws" if whole["ranges"] else ""
        who = "you lose" if whole["of"] == "firm" else "each product loses"
        found += [
            _part(f"When {who} output; weeks are counted from the start{spread}", table, WHEN, total=False),
            _part(f"What {who}, prices of {pack.price_year}{spread}", table, WHAT),
        ]
    if any(one["users_short"] for one in whole["grades"].values()):
        table = grade_table(whole, pack)
        if whole["of"] == "firm":
            found += [
                _part("When each grade of magnets runs short, gross", table, GRADE_WHEN),
                _part(f"What you lose for lack of each grade, prices of {pack.price_year}", table, GRADE_WHAT),
            ]
        else:
            found.append(Grid("Magnets by grade, gross, as makers use them", *table))
    return found


def _part(title: str, table: Table, columns: Sequence[str], total: bool = True) -> Grid:
    """Return a table of the first column and those of which the headings begin so; ``total``: with the sum below."""
    headings, rows = table
    at = [0, *(number for number, one in enumerate(headings) if one.startswith(tuple(columns)))]
    summed = bool(rows) and rows[-1][0] == IN_ALL
    lines: list[Sequence[str] | None] = [[row[number] for number in at] for row in rows]
    if summed:
        lines = [*lines[:-1], None, lines[-1]] if total else lines[:-1]
    return Grid(title, [headings[number] for number in at], lines, words=2 if "first loss" in columns else 1)


def show_stockpile(told: Told, pack: Pack) -> None:
    """Print how much stock is worth holding."""
    console = screen()
    console.print(
        f"\n[bold]{escape(pack.title)}[/bold], scenario {escape(pack.scenario_title)}: stock against a stop from "
        f"{escape(stress_words.day(told, 0))}{escape(_with_plan(told))}\n",
        highlight=False,
    )
    for sentence in stockpile_sentences(told, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    headings, rows = stock_table(told, pack)
    if rows:
        title = f"Worth holding, in weeks of use by grade, prices of {pack.price_year}; loss without and with it"
        console.print(Grid(title, headings, rows))
        if any(one["weeks_served"] for one in told["users"].values()):
            console.print(
                "* This grade can stand in for others: weeks of its own use and of what it can take of theirs.",
                highlight=False,
            )
        console.print()
    headings, rows = curve_table(told, pack)
    console.print(Grid("Money held against loss avoided", headings, rows, words=0))
    console.print("\n" + escape(told["convention"]), highlight=False)


def _with_plan(told: Told) -> str:
    return f", with the plants of the plan {told['plan']}" if told["plan"] else ""


def show_episodes(episodes: Sequence[dict[str, Any]], pack: Pack) -> None:
    """Print the episodes of a pack, and how to ask for one."""
    rows = [[one["name"], one["title"], stress_words.often_words(one["often"])] for one in episodes]
    console = screen()
    console.print(Grid(f"Episodes of {pack.title}", ["name", "what happens", "how often, as judged"], rows, words=2))
    example = episodes[0]["name"] if episodes else "NAME"
    console.print(f"\nAsk for one: chumbak stress {escape(pack.name)} --episode {escape(example)}", highlight=False)
