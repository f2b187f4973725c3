"""If supply were cut off, and what is worth holding against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import (
    AsJson,
    Overlay,
    PackName,
    PlanRun,
    PlanScenario,
    Start,
    mistakes,
)

verbs = typer.Typer()


@verbs.command()
def stress(
    pack: PackName,
    episode: Annotated[str | None, typer.Option(help="Episode of the pack. Default: list those there are.")] = None,
    start: Start = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Weeks to play.")] = 104,
    plan: PlanRun = None,
    firm: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own case, as examples/firm.yaml. Not with --plan.")
    ] = None,
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draw every figure with a range this often.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    rationing: Annotated[
        str, typer.Option(help="Who gets what home plants make: priority (defence first) or proportional.")
    ] = "priority",
    optimum: Annotated[
        bool | None,
        typer.Option(help="Find the best that the same stock could do, too. Default: yes, up to 208 weeks."),
    ] = None,
    as_json: AsJson = False,
    scenario: PlanScenario = None,
    overlay: Overlay = None,
) -> None:
    """If supply were cut off: who stops first, when, for how long, at what cost, and what would have saved it."""
    from chumbak.report.ask_stress import Asked, ask_stress

    with mistakes():
        asked = Asked(
            pack, scenario, tuple(overlay or ()), start, weeks, plan, firm, draws, seed, rationing, optimum
        )  # fmt: skip
        ask_stress(asked, episode, as_json)


@verbs.command()
def stockpile(
    pack: PackName,
    start: Start = None,
    plan: PlanRun = None,
    as_json: AsJson = False,
    scenario: PlanScenario = None,
    overlay: Overlay = None,
) -> None:
    """How much stock is worth holding, by product and grade, against all episodes of the pack."""
    from chumbak.answer.shocks import WEEKS
    from chumbak.report.ask_stress import Asked, ask_stockpile

    with mistakes():
        asked = Asked(pack, scenario, tuple(overlay or ()), start, weeks=WEEKS, plan=plan)
        ask_stockpile(asked, as_json)
