"""The service, and the keys of who may use it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.custody import DEFAULT, Database
from chumbak.cli.options import AsJson, OnlyPack, mistakes

verbs = typer.Typer()
keys = typer.Typer(help="Keys of organisations for the service.", no_args_is_help=True)


@verbs.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to serve at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve at.")] = 8750,
    database: Database = DEFAULT,
    public_read: Annotated[
        bool, typer.Option("--public-read", help="Let everybody read events, lots and certificates without a key.")
    ] = False,
    issuer: Annotated[
        str, typer.Option(help="Who certifies: https:... or did:... . Default: the name of the log.")
    ] = "",
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second that one key may send.")] = 5000.0,
    exchange: Annotated[
        str, typer.Option(help="Serve take-back and scrap market too, from this database: sqlite:///exchange.db.")
    ] = "",
    pack: OnlyPack = None,
    own: Annotated[
        Path | None, typer.Option(help="Folder with your own rules of the exchange: tariff.yaml, ladder.yaml ...")
    ] = None,
    base: Annotated[str, typer.Option(help="Address under which the exchange names its things for good.")] = "",
    texts: Annotated[
        Path | None, typer.Option(help="File for the exchange's texts to phones, a line of JSON each.")
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a proxy whose X-Forwarded-For the exchange believes; may be repeated."
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="An invented town in a folder of its own, to walk every role.")
    ] = False,
) -> None:
    """Serve a store over HTTP: EPCIS 2.0, the ledger, certificates; with --exchange the pages of the exchange too."""
    from chumbak.report.ask_exchange import Exchange, ask_demo, ask_exchange
    from chumbak.report.ask_service import ask_serve

    with mistakes():
        if demo:
            ask_demo(pack, host, port, rate)
        elif exchange:
            asked = Exchange(database, exchange, pack, own, base, texts, tuple(proxy or ()))
            ask_exchange(asked, host, port, public_read, issuer, rate)
        else:
            ask_serve(database, host, port, public_read, issuer, rate)


@keys.command("make")
def key_make(
    organisation: Annotated[str, typer.Option(help="Who will hold the key.")],
    role: Annotated[list[str], typer.Option(help="administrator, recorder, reader or auditor; may be repeated.")],
    database: Database = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once. The first key closes the service to all who have none."""
    from chumbak.report.ask_service import ask_key

    with mistakes():
        ask_key(organisation, role, database, as_json)


@keys.command("list")
def key_list(database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """Whose keys there are. The keys themselves are not kept."""
    from chumbak.report.ask_service import ask_keys

    with mistakes():
        ask_keys(database, as_json)


@keys.command("withdraw")
def key_withdraw(
    key: Annotated[str, typer.Argument(metavar="ID", help="Id of a key, from 'custody key list'.")],
    database: Database = DEFAULT,
) -> None:
    """Withdraw a key for good."""
    from chumbak.report.ask_service import ask_withdraw_key

    with mistakes():
        ask_withdraw_key(key, database)
