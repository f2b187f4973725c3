"""The street door: one verb each, no logic. Exit code 2 for the user's mistakes, 1 for ours."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from chumbak import __version__
from chumbak.cli import (
    answering,
    custody,
    exchange,
    magnets,
    packs,
    planning,
    plants,
    schemes,
    serving,
    shocks,
    superstructure,
)

app = typer.Typer(
    help="Can a country build its own rare-earth magnet supply? Answers with sourced numbers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(answering.verbs)
app.add_typer(planning.verbs)
app.add_typer(superstructure.verbs)
app.add_typer(shocks.verbs)
app.add_typer(custody.loop)
app.add_typer(serving.verbs)
app.add_typer(answering.questions, name="answer")
app.add_typer(schemes.verbs, name="scheme")
custody.verbs.add_typer(serving.keys, name="key")
app.add_typer(custody.verbs, name="custody")
app.add_typer(exchange.verbs, name="exchange")
app.add_typer(magnets.verbs, name="magnet")
app.add_typer(plants.verbs, name="plant")
app.add_typer(packs.verbs, name="pack")

INTERRUPTED = 130  # what typer makes of Ctrl-C outside of a command


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"chumbak {__version__}")
        raise typer.Exit


@app.callback()
def _street(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Can a country build its own rare-earth magnet supply? Answers with sourced numbers."""


def main() -> None:
    """Run the command line; a signal to end is an interruption like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (open to the end)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign shows '?', not a traceback
    try:
        app()
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        sys.stderr.write("Interrupted.\n")
        sys.exit(1)
    finally:  # all is said and done: Python needs a moment to end, and that is not to be interrupted
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_IGN)
