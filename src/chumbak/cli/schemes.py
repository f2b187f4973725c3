"""Who pays: the rules of schemes, who wins under them, and what a plant earns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import (
    AsJson,
    OnlyPack,
    PackName,
    mistakes,
)

verbs = typer.Typer(help="Who pays: the rules of schemes, and who wins under them.", no_args_is_help=True)


@verbs.command("award")
def scheme_award(
    pack: PackName,
    bids: Annotated[Path, typer.Option(metavar="FILE", help="CSV table of bids, such as examples/bids.csv.")],
    scheme: Annotated[str | None, typer.Option(help="Scheme of the pack. Default: the one that has awards.")] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option(help="Set a value of a rule: last_fit=cut, 'outlay_capital=800 crore INR'. May be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the lot, where ties are broken by lot.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Who is awarded how much at what rate, what it may cost, and why every other bidder is not."""
    from chumbak.report.ask_scheme import ask_award

    with mistakes():
        ask_award(pack, bids, scheme, switch or [], seed, as_json)


@verbs.command("rules")
def scheme_rules(
    pack: PackName,
    scheme: Annotated[str | None, typer.Option(help="One scheme of the pack. Default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every rule of a scheme: how sure it is, what it says, and who said so."""
    from chumbak.report.ask_scheme import ask_rules

    with mistakes():
        ask_rules(pack, scheme, as_json)


@verbs.command("finance")
def scheme_finance(
    project: Annotated[Path, typer.Argument(metavar="PROJECT.yaml", help="A plant, as examples/magnet_plant.yaml.")],
    pack: OnlyPack = None,
    scheme: Annotated[str | None, typer.Option(help="Scheme, or 'none'. Default: the one that fits.")] = None,
    bid: Annotated[float | None, typer.Option(help="Nominal money/kg. Default: the file's bid.")] = None,
    switch: Annotated[list[str] | None, typer.Option(help="Set a value of a rule: sales_share=0.5.")] = None,
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draws of what has a range.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Is a plant worth building, with and without each support: value, return, break-even, debt, chance of loss."""
    from chumbak.report.ask_finance import ask_finance

    with mistakes():
        ask_finance(project, pack, scheme, bid, switch or [], draws, seed, as_json)
