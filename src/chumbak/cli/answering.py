"""The whole answer, how exposed, a device, and single questions."""

from __future__ import annotations

from typing import Annotated

import typer

from chumbak.cli.options import (
    AnswerJson,
    AsJson,
    OnlyPack,
    Out,
    Overlay,
    PackName,
    Scenario,
    Year2030,
    YearBase,
    YearLatest,
    mistakes,
)

verbs = typer.Typer()
questions = typer.Typer(help="Single questions, each with the figures it rests on.", no_args_is_help=True)


@verbs.command()
def run(
    pack: PackName,
    scenario: Scenario = "reference",
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draw every figure with a range this often.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the draws.")] = None,
    overlay: Overlay = None,
    out: Out = None,
    as_json: AnswerJson = False,
) -> None:
    """Answer: demand for magnets and what used goods give back; writes a run folder with the report."""
    from chumbak.report.terminal import make_run, show_run

    with mistakes():
        answer, found, target = make_run(pack, scenario, draws, seed, tuple(overlay or ()), out)
    with mistakes(written=target):
        show_run(answer, found, target, as_json)


@verbs.command()
def risk(
    pack: PackName,
    stage: Annotated[str | None, typer.Option(help="One rung of the chain. Default: all.")] = None,
    year: YearLatest = None,
    as_json: AsJson = False,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """How exposed: concentration, import reliance, GeoPolRisk and EU supply risk, rung by rung."""
    from chumbak.report.risk_terminal import show_risk

    with mistakes():
        show_risk(pack, stage, year, as_json, scenario, tuple(overlay or ()))


@verbs.command()
def device(
    product: Annotated[str, typer.Argument(help="Product of the pack, such as smartphone.")],
    pack: OnlyPack = None,
    state: Annotated[str | None, typer.Option(help="State or hub: how many of them end there.")] = None,
    year: Annotated[
        int | None, typer.Option(help="Year in which it is given up. Default: the pack's base year.")
    ] = None,
    sold: Annotated[int | None, typer.Option(help="Year of sale. Default: that year less the mean life.")] = None,
    as_json: AsJson = False,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """What is inside a device, what it is worth, what is won back today and what could be."""
    from chumbak.report.ask import ask_device

    with mistakes():
        ask_device(product, pack, state, year, sold, as_json, scenario, tuple(overlay or ()))


@questions.command("dependence")
def answer_dependence(
    pack: PackName,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    year: YearLatest = None,
    as_json: AsJson = False,
) -> None:
    """Where we stand: who supplies each rung, by origin, basis and year."""
    from chumbak.report.gap_terminal import show_dependence

    with mistakes():
        show_dependence(pack, scenario, tuple(overlay or ()), year, as_json)


@questions.command("gap")
def answer_gap(
    pack: PackName,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    year: Year2030 = None,
    as_json: AsJson = False,
) -> None:
    """What each rung needs against existing, committed and announced supply, and the scarcest element."""
    from chumbak.report.gap_terminal import show_gap

    with mistakes():
        show_gap(pack, scenario, tuple(overlay or ()), year, as_json)


@questions.command("self-reliance")
def answer_self_reliance(
    pack: PackName, scenario: Scenario = "reference", overlay: Overlay = None, as_json: AsJson = False
) -> None:
    """Which share of its need the country makes itself, rung by rung and along the chain."""
    from chumbak.report.gap_terminal import show_reliance

    with mistakes():
        show_reliance(pack, scenario, tuple(overlay or ()), as_json)


@questions.command("claims")
def answer_claims(
    pack: PackName, scenario: Scenario = "reference", overlay: Overlay = None, as_json: AsJson = False
) -> None:
    """What is said in public, beside our numbers: what holds, and what does not."""
    from chumbak.report.ask import ask_claims

    with mistakes():
        ask_claims(pack, as_json, scenario, tuple(overlay or ()))


@questions.command("catchment")
def answer_catchment(
    pack: PackName,
    place: Annotated[str, typer.Option(help="State or hub in the middle.")],
    within: Annotated[float, typer.Option(help="Kilometres in a straight line.")] = 300.0,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
    year: YearBase = None,
    as_json: AsJson = False,
) -> None:
    """Used magnets and metals within reach of a place against the recycling plants there: is there feed?"""
    from chumbak.report.ask import ask_catchment

    with mistakes():
        ask_catchment(pack, place, within, year, as_json, scenario, tuple(overlay or ()))
