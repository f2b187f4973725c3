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
    Places,
    RecycledShare,
    Scenario,
    SelfReliance,
    StockWeeks,
    View,
    Year2030,
    mistakes,
)

verbs = typer.Typer()

OnlyFigures = Annotated[
    str | None,
    typer.Option("--only", metavar="GROUPS", help="Draw these groups of figures alone: demand,limits. Default: all."),
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="tcp://...", help="Dask scheduler whose workers to use. Default: this machine.")
]


@verbs.command()
def plan(
    pack: PackName,
    places: Places = "country",
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
    integer: Annotated[
        bool, typer.Option("--integer", help="Open whole plants, none below its smallest size, at costs by size.")
    ] = False,
    gap: Annotated[
        float | None, typer.Option(help="With --integer: proved to cost at most this share more than the best: 0.001.")
    ] = None,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    out: Out = None,
    as_json: AnswerJson = False,
) -> None:
    """What to build, where and when, at least cost and under your requirements; writes a run folder."""
    from chumbak.report.ask_plan import asked, make_and_write, show, whole_plants

    with mistakes():
        required = asked(max_share, self_reliance, chain_self_reliance, stock_weeks, recycled_share, budget)
        whole = whole_plants(integer, gap, slack)
        made = make_and_write(pack, scenario, tuple(overlay or ()), places, view, required, slack, out, whole)
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
def hedge(
    pack: PackName,
    tree: Annotated[
        str | None, typer.Option(metavar="NAME|FILE.yaml", help="Tree of futures. Default: the pack's, if it has one.")
    ] = None,
    aversion: Annotated[
        float, typer.Option(help="Weight of the mean cost of the worst futures beside the expected cost.")
    ] = 0.0,
    tail: Annotated[float, typer.Option(help="Share of futures not among the worst: 0.9 leaves a tenth.")] = 0.9,
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
    """What to decide before it is known which of several futures comes, and what it is worth to hedge."""
    from chumbak.report.ask_hedge import ask_hedge
    from chumbak.report.ask_plan import asked

    with mistakes():
        required = asked(max_share, self_reliance, chain_self_reliance, stock_weeks, recycled_share, budget)
        ask_hedge(pack, tree, aversion, tail, view, required, as_json, scenario, tuple(overlay or ()))


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
    draws: Annotated[
        int, typer.Option(metavar="N", help="Play it in N futures, drawn over the ranges of the figures.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="With --draws: the same futures every time.")] = 0,
    only: OnlyFigures = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Keep the builds of a plan and play them against another scenario, or many futures: how does the plan fare?"""
    from chumbak.report.ask_replay import ask_replay

    with mistakes():
        if draws or only or scheduler:
            from chumbak.report.ask_plan_ensemble import show_replays

            show_replays(run, scenario, draws, seed, only, scheduler, as_json)
        else:
            ask_replay(run, scenario, as_json)


@verbs.command()
def ensemble(
    pack: PackName,
    draws: Annotated[int, typer.Option(metavar="N", help="Futures, drawn over the ranges of the figures.")] = 100,
    seed: Annotated[int, typer.Option(help="The same futures every time.")] = 0,
    only: OnlyFigures = None,
    scheduler: Scheduler = None,
    places: Places = "country",
    view: View = "national",
    max_share: MaxShare = None,
    self_reliance: SelfReliance = None,
    chain_self_reliance: ChainSelfReliance = None,
    stock_weeks: StockWeeks = None,
    recycled_share: RecycledShare = None,
    budget: Budget = None,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    out: Out = None,
    as_json: AnswerJson = False,
) -> None:
    """Plan anew in many futures: what is built in nearly all, and bands; goes on where a run was stopped."""
    from chumbak.report.ask_plan import asked
    from chumbak.report.ask_plan_ensemble import make_ensemble, show_ensemble

    with mistakes(kept="the futures that are done are kept: run the same command again to go on"):
        required = asked(max_share, self_reliance, chain_self_reliance, stock_weeks, recycled_share, budget)
        made = make_ensemble(
            pack, scenario, tuple(overlay or ()), draws, seed, only, places, view, required, scheduler, out
        )
    with mistakes(written=made.target):
        show_ensemble(made, as_json)
