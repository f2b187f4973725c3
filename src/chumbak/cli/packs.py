"""What is known: list, check, look up and start packs of figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import (
    OnlyPack,
    Overlay,
    PackName,
    Scenario,
    mistakes,
)

verbs = typer.Typer(help="What is known: list, check, look up and start packs of figures.", no_args_is_help=True)


@verbs.command("list")
def pack_list() -> None:
    """List the packs that come along, with their scenarios."""
    from chumbak.report.terminal import show_packs

    with mistakes():
        show_packs()


@verbs.command("check")
def pack_check(
    pack: PackName,
    scenario: Annotated[str | None, typer.Option("--scenario", "-s", help="Only this one. Default: all.")] = None,
    overlay: Overlay = None,
) -> None:
    """Load a pack under each of its scenarios and report every fault at once."""
    from chumbak.report.terminal import check_pack

    with mistakes():
        check_pack(pack, scenario, tuple(overlay or ()))


@verbs.command("show")
def pack_show(
    key: Annotated[str, typer.Argument(help="Key of a figure; * stands for anything.")],
    pack: OnlyPack = None,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """Show a figure: value, range, source, confidence, and where it is used."""
    from chumbak.report.terminal import show_figure

    with mistakes():
        show_figure(key, pack, scenario, tuple(overlay or ()))


@verbs.command("new")
def pack_new(
    name: Annotated[str, typer.Argument(help="Folder to make; its last part names the pack.")],
) -> None:
    """Start a pack for another country: a small complete skeleton with its figures marked '?'."""
    from chumbak.pack.skeleton import new_pack

    with mistakes():
        folder = new_pack(Path(name))
        typer.echo(f"Made {folder}. Fill every '?' in its tables, then: chumbak pack check {folder}")
