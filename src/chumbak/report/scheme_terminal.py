"""What the terminal says of an award, and of the rules of a scheme."""

from __future__ import annotations

from rich.markup import escape

from chumbak.pack import Pack
from chumbak.report import scheme_words
from chumbak.report.grid import Grid
from chumbak.report.scheme_words import Told
from chumbak.report.screen import screen


def show_award(told: Told, pack: Pack, bids: str) -> None:
    """Print an award: sentences, tables, the rules it rests on, what was set."""
    console = screen()
    console.print(
        f"\n[bold]{escape(pack.title)}[/bold], {escape(told['title'])}\nBids: {escape(bids)}\n", highlight=False
    )
    for sentence in scheme_words.sentences(told):
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(told):
        console.print(grid)
        console.print()
    for line in scheme_words.rests_on(told):
        console.print(escape(line), highlight=False)
    headings, rows = scheme_words.unsure_table(told)
    if rows:
        console.print()
        console.print(Grid("Rules it rests on that are inferred or unknown", headings, rows, words=3))
    console.print()
    for line in scheme_words.switches(told):
        console.print(escape(line) + "\n", highlight=False)
    console.print(escape(told["convention"]), highlight=False)


def grids(told: Told) -> list[Grid]:
    """Return the tables of an award."""
    headings, rows = scheme_words.fate_table(told)
    found = [Grid("Every bidder, by place in line", headings, rows, words=2)]
    if told["awards"]:
        headings, rows = scheme_words.award_table(told)
        found.append(Grid("What each award may cost at most, nominal, over all years", headings, rows))
    headings, rows = scheme_words.verdict_table(told)
    return [*found, Grid("Verdicts by rule of eligibility", headings, rows, words=len(headings))]


def show_rules(schemes: Told, pack: Pack) -> None:
    """Print every rule of schemes: standing, values, source."""
    console = screen()
    for name, scheme in schemes.items():
        console.print(
            f"\n[bold]{escape(pack.title)}, {escape(name)}[/bold]: {escape(scheme['title'])}", highlight=False
        )
        console.print(escape(scheme["description"]), highlight=False)
        console.print(escape(scheme_words.rules_counted(scheme["rules"])) + "\n", highlight=False)
        for rule in scheme["rules"]:
            title = f"[bold]{escape(rule['id'])}[/bold]  {escape(rule['title'])} ({rule['standing']})"
            console.print(title, highlight=False, soft_wrap=True)
            for line in scheme_words.rule_lines(rule, scheme):
                console.print(f"    {escape(line)}", highlight=False, soft_wrap=True)
    if any(rule["instrument"] == "award" for scheme in schemes.values() for rule in scheme["rules"]):
        how = f"chumbak scheme award {pack.name} --bids FILE --switch 'name=value unit'"
        console.print(f"\nSet a value for one award: {escape(how)}", highlight=False)
