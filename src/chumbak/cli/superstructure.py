"""Which technologies: the best path through the stages of a plant."""

from __future__ import annotations

from typing import Annotated

import typer

from chumbak.cli.options import AsJson, Overlay, PackName, Scenario, mistakes

verbs = typer.Typer()


@verbs.command()
def superstructure(
    pack: PackName,
    which: Annotated[
        str | None,
        typer.Argument(metavar="[NAME|FILE.yaml]", help="A superstructure. Default: the pack's, if it has one."),
    ] = None,
    objective: Annotated[
        str, typer.Option(help="npv: highest net present value; cost-of-recovery: lowest cost of a kg recovered.")
    ] = "npv",
    check: Annotated[bool, typer.Option("--check", help="Reckon every path by itself too.")] = False,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    as_json: AsJson = False,
) -> None:
    """Which technology at each stage of a plant: the best path, what it costs, and proof that none is better."""
    from chumbak.report.ask_superstructure import ask_superstructure

    with mistakes():
        ask_superstructure(pack, which, objective, check, as_json, scenario, tuple(overlay or ()))
