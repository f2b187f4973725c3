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
    project: Annotated[
        str | None, typer.Argument(metavar="PROJECT", help="A plant of the pack, or a file of your own.")
    ] = None,
    pack: OnlyPack = None,
    scheme: Annotated[str | None, typer.Option(help="Scheme, or 'none'. Default: the one that fits.")] = None,
    bid: Annotated[float | None, typer.Option(help="Nominal money/kg. Default: the file's bid.")] = None,
    switch: Annotated[list[str] | None, typer.Option(help="Set a value of a rule: sales_share=0.5.")] = None,
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draws of what has a range.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Is a plant worth building, with and without each support: value, return, break-even, debt, chance of loss.

    Without PROJECT the plants of the pack are listed.
    """
    from chumbak.report.ask_finance import ask_finance

    with mistakes():
        ask_finance(project, pack, scheme, bid, switch or [], draws, seed, as_json)


@verbs.command("simulate")
def scheme_simulate(
    pack: PackName,
    auction: Annotated[str | None, typer.Option(help="Who bids. Default: the only auction of the pack.")] = None,
    bidders: Annotated[int | None, typer.Option(help="How many bid. Default: as the pack says.")] = None,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Auctions to draw.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    instrument: Annotated[
        list[str] | None,
        typer.Option(help="scheme, incentive, capital, floor, purchase or all. May be repeated. Default: all."),
    ] = None,
    switch: Annotated[list[str] | None, typer.Option(help="Set a value of a rule: match_lowest=true.")] = None,
    margin: Annotated[float | None, typer.Option(help="What every bidder wants, over its capital: 0.1.")] = None,
    noise: Annotated[
        float | None, typer.Option(help="Error of every signal, in standard deviations of the figure: 0.5.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """If invented bidders bid for a scheme again and again: what it costs, what is built and left, who errs.

    Beside the scheme as it is, the same money in other ways: incentive, capital subsidy, price floor, purchase.
    """
    from chumbak.report.ask_auction import Asked, ask_auction

    with mistakes():
        asked = Asked(auction, bidders, draws, seed, instrument or (), switch or (), margin, noise)
        ask_auction(pack, asked, as_json)
