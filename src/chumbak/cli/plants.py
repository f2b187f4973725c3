"""Inside the fence: a plant solved, designed, costed, and turned into a recipe of the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import AsJson, OnlyPack, mistakes

verbs = typer.Typer(help="Plants: flowsheets that balance, their design and cost.", no_args_is_help=True)
Sheet = Annotated[
    str, typer.Argument(metavar="FLOWSHEET.yaml", help="A flowsheet of yours, or the name of one that comes along.")
]

Draws = Annotated[int, typer.Option(min=0, help="Draws over the ranges of its figures; 0 for none.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the draws.")]


@verbs.command("list")
def plant_list(as_json: AsJson = False) -> None:
    """Flowsheets that come along, and kinds of units."""
    from chumbak.report.ask_plant import ask_list

    with mistakes():
        ask_list(as_json)


@verbs.command("unit")
def plant_unit(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind of unit, as in 'kind:' of a step.")],
    as_json: AsJson = False,
) -> None:
    """A kind of unit: its ports, its parameters, their usual values with sources."""
    from chumbak.report.ask_plant import ask_unit

    with mistakes():
        ask_unit(kind, as_json)


@verbs.command("solve")
def plant_solve(
    sheet: Sheet,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the flowsheet drawn, with its balance.")
    ] = None,
    draws: Draws = 0,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Every stream of a plant, by component and element, and proof that each unit balances."""
    from chumbak.report.ask_plant import ask_solve

    with mistakes():
        ask_solve(sheet, page, draws, seed, as_json)


@verbs.command("design")
def plant_design(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE.yaml", help="A design question (examples/plant_design.yaml), or a flowsheet with extraction."
        ),
    ],
    draws: Draws = 0,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Solvent extraction for a wanted purity and recovery: stages, organic, reagents, what it locks up, checks."""
    from chumbak.report.ask_plant import ask_design

    with mistakes():
        ask_design(file, draws, seed, as_json)


@verbs.command("cost")
def plant_cost(sheet: Sheet, draws: Draws = 0, seed: Seed = 0, as_json: AsJson = False) -> None:
    """What a plant costs: capital, a year, the lowest price that pays, each element, greenhouse gas."""
    from chumbak.report.ask_plant import ask_cost

    with mistakes():
        ask_cost(sheet, draws, seed, as_json)


@verbs.command("recipe")
def plant_recipe(
    sheet: Sheet,
    pack: OnlyPack = None,
    draws: Draws = 0,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Overlay to write, for other verbs.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a plant recovers, as the recipe of a pack's chain, beside the figures of the pack."""
    from chumbak.report.ask_plant import ask_recipe

    with mistakes():
        ask_recipe(sheet, pack, draws, seed, out, as_json)
