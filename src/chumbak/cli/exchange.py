"""An exchange's own verbs: its first administrator, whether it closes, a copy of it. ``chumbak serve`` serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.custody import DEFAULT, Database
from chumbak.cli.options import OnlyPack, mistakes

verbs = typer.Typer(help="Take-back and the scrap market: who runs it, whether it closes.", no_args_is_help=True)
Url = Annotated[str, typer.Option("--exchange", help="Database of the exchange: sqlite:///exchange.db.")]
EXCHANGE = "sqlite:///exchange.db"


@verbs.command()
def administrator(
    name: Annotated[str, typer.Argument(help="Name of the person.")],
    phone: Annotated[str, typer.Option(help="Phone with which they sign in.")],
    place: Annotated[str, typer.Option(help="Id of a place of the pack.")],
    exchange: Url = EXCHANGE,
    pack: OnlyPack = None,
) -> None:
    """Make the first administrator of an exchange; they give all other roles."""
    from chumbak.report.ask_exchange_store import ask_administrator

    with mistakes():
        ask_administrator(name, phone, place, exchange, pack)


@verbs.command()
def check(exchange: Url = EXCHANGE, database: Database = DEFAULT) -> None:
    """Recount the money, look for every hand-over in custody, and replay that; exit code 1 if something is wrong."""
    from chumbak.report.ask_exchange_store import ask_check

    with mistakes():
        good = ask_check(exchange, database)
    if not good:
        raise typer.Exit(1)


@verbs.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file to copy to.")], exchange: Url = EXCHANGE
) -> None:
    """Copy the database of an exchange while it is in use."""
    from chumbak.report.ask_exchange_store import ask_exchange_backup

    with mistakes():
        ask_exchange_backup(file, exchange)
