"""The street door: one verb each, no logic. Exit code 2 for the user's mistakes, 1 for ours."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from chumbak import __version__

app = typer.Typer(
    help="Can a country build its own rare-earth magnet supply? Answers with sourced numbers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
pack_app = typer.Typer(help="What is known: list, check, look up and start packs of figures.", no_args_is_help=True)
app.add_typer(pack_app, name="pack")

PackName = Annotated[str, typer.Argument(metavar="PACK", help="Name of a pack that comes along, or a folder.")]
Scenario = Annotated[str, typer.Option("--scenario", "-s", help="Scenario of the pack.")]
Overlay = Annotated[
    list[Path] | None, typer.Option("--overlay", help="CSV table of your own figures on top; may be repeated.")
]


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn what goes wrong into a sentence and an exit code."""
    from chumbak.pack import PackError
    from chumbak.report.target import RunFolderError
    from chumbak.report.terminal import complain, complain_of_faults

    try:
        yield
    except PackError as error:
        complain_of_faults(error.faults)
        raise typer.Exit(2) from None
    except RunFolderError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    except (KeyboardInterrupt, BrokenPipeError) as error:
        if isinstance(error, KeyboardInterrupt):
            complain("Interrupted: nothing was written.")
        raise typer.Exit(1) from None
    except OSError as error:
        place = f" '{error.filename}'" if error.filename else ""
        complain(f"Cannot read or write{place}: {error.strerror or error}. Nothing was written.")
        raise typer.Exit(1) from None


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


@app.command()
def run(
    pack: PackName,
    scenario: Scenario = "reference",
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draw every figure with a range this often.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the draws.")] = None,
    overlay: Overlay = None,
    out: Annotated[Path | None, typer.Option(help="The run folder. Default: runs/PACK-SCENARIO-HASH.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print answer.json instead of the summary.")] = False,
) -> None:
    """Answer: demand for magnets and what used goods give back; writes a run folder with the report."""
    from chumbak.report.terminal import run_and_show

    with mistakes():
        run_and_show(pack, scenario, draws, seed, tuple(overlay or ()), out, as_json)


@pack_app.command("list")
def pack_list() -> None:
    """List the packs that come along, with their scenarios."""
    from chumbak.report.terminal import show_packs

    with mistakes():
        show_packs()


@pack_app.command("check")
def pack_check(
    pack: PackName,
    scenario: Annotated[str | None, typer.Option("--scenario", "-s", help="Only this one. Default: all.")] = None,
    overlay: Overlay = None,
) -> None:
    """Load a pack under each of its scenarios and report every fault at once."""
    from chumbak.report.terminal import check_pack

    with mistakes():
        check_pack(pack, scenario, tuple(overlay or ()))


@pack_app.command("show")
def pack_show(
    key: Annotated[str, typer.Argument(help="Key of a figure; * stands for anything.")],
    pack: Annotated[str | None, typer.Option("--pack", help="Pack; may be left out if only one comes along.")] = None,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """Show a figure: value, range, source, confidence, and where it is used."""
    from chumbak.report.terminal import show_figure

    with mistakes():
        show_figure(key, pack, scenario, tuple(overlay or ()))


@pack_app.command("new")
def pack_new(
    name: Annotated[str, typer.Argument(help="Folder to make; its last part names the pack.")],
) -> None:
    """Start a pack for another country: a small complete skeleton with its figures marked '?'."""
    from chumbak.pack.skeleton import new_pack

    with mistakes():
        folder = new_pack(Path(name))
        typer.echo(f"Made {folder}. Fill every '?' in its tables, then: chumbak pack check {folder}")


def main() -> None:
    """Run the command line; a signal to end is an interruption like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign shows '?', not a traceback
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted: nothing was written.\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
