"""What to build, what is left to build, and how plans and stocks fare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import (
    AnswerJson,
    AsJson,
    Budget,
    ChainSelfReliance,
    MaxShare,
    Out,
    Overlay,
    PackName,
    RecycledShare,
    Scenario,
    SelfReliance,
    StockWeeks,
    View,
    Year2030,
    mistakes,
)

verbs = typer.Typer()


@verbs.command()
def plan(
    pack: PackName,
    by_region: Annotated[bool, typer.Option("--by-region", help="Plan by the pack's regions, not the whole.")] = False,
    view: View = "national",
    max_share: MaxShare = None,
    self_reliance: SelfReliance = None,
    chain_self_reliance: ChainSelfReliance = None,
    stock_weeks: StockWeeks = None,
    recycled_share: RecycledShare = None,
    budget: Budget = None,
    slack: Annotated[
        float | None, typer.Option(min=0, help="Range of each build among plans that cost this share more: 0.05.")
    ] = None,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    out: Out = None,
    as_json: AnswerJson = False,
) -> None:
    """What to build, where and when, at least cost and under your requirements; writes a run folder."""
    from chumbak.report.ask_plan import asked, make_and_write, show

    with mistakes():
        required = asked(max_share, self_reliance, chain_self_reliance, stock_weeks, recycled_share, budget)
        made = make_and_write(pack, scenario, tuple(overlay or ()), by_region, view, required, slack, out)
    with mistakes(written=made.target):
        show(made, as_json)


@verbs.command()
def frontier(
    pack: PackName,
    points: Annotated[int, typer.Option(min=2, max=100, help="Plans from the cheapest to as far as it can go.")] = 12,
    measure: Annotated[
        str, typer.Option(help="What is raised: chain, a rung, or a rung and element: separation.Dy.")
    ] = "chain",
    year: Annotated[int, typer.Option(help="Calendar year from which it holds.")] = 2035,
    view: View = "national",
    max_share: MaxShare = None,
    self_reliance: SelfReliance = None,
    chain_self_reliance: ChainSelfReliance = None,
    stock_weeks: StockWeeks = None,
    recycled_share: RecycledShare = None,
    budget: Budget = None,
    as_json: AsJson = False,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """Cost against self-reliance: what each further percentage point costs, and what is added for it."""
    from chumbak.report.ask_frontier import ask_frontier
    from chumbak.report.ask_plan import asked

    with mistakes():
        required = asked(max_share, self_reliance, chain_self_reliance, stock_weeks, recycled_share, budget)
        ask_frontier(pack, points, measure, year, view, required, as_json, scenario, tuple(overlay or ()))


@verbs.command()
def gaps(
    pack: PackName,
    year: Year2030 = None,
    region: Annotated[str | None, typer.Option(help="One region of the pack. Default: all.")] = None,
    as_json: AsJson = False,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """Where in the chain there is room for a small or new firm: shortfall, smallest plant, services, by region."""
    from chumbak.report.openings_terminal import show_openings

    with mistakes():
        show_openings(pack, year, region, as_json, scenario, tuple(overlay or ()))


@verbs.command()
def replay(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder of a plan.")],
    scenario: Annotated[str | None, typer.Option("--scenario", "-s", help="Scenario. Default: the plan's own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep the builds of a plan and play them against another scenario: how does the plan fare?"""
    from chumbak.report.ask_replay import ask_replay

    with mistakes():
        ask_replay(run, scenario, as_json)
