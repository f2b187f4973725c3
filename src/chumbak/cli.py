"""The street door: one verb each, no logic. Exit code 2 for the user's mistakes, 1 for ours."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
answer_app = typer.Typer(help="Single questions, each with the figures it rests on.", no_args_is_help=True)
scheme_app = typer.Typer(help="Who pays: the rules of schemes, and who wins under them.", no_args_is_help=True)
app.add_typer(answer_app, name="answer")
app.add_typer(scheme_app, name="scheme")
app.add_typer(pack_app, name="pack")

INTERRUPTED = 130  # what typer makes of Ctrl-C outside of a command

PackName = Annotated[str, typer.Argument(metavar="PACK", help="Name of a pack that comes along, or a folder.")]
Scenario = Annotated[str, typer.Option("--scenario", "-s", help="Scenario of the pack.")]
Overlay = Annotated[
    list[Path] | None, typer.Option("--overlay", help="CSV table of your own figures on top; may be repeated.")
]
OnlyPack = Annotated[str | None, typer.Option("--pack", help="Pack; may be left out if only one comes along.")]
Out = Annotated[Path | None, typer.Option(help="The run folder. Default: one in runs/, named by what went into it.")]
# What a verb shows where no year is asked for.
Year2030 = Annotated[int | None, typer.Option(help="Calendar year to show. Default: 2030.")]
YearLatest = Annotated[
    int | None, typer.Option(help="Calendar year to show. Default: the latest that is known of each.")
]
YearBase = Annotated[int | None, typer.Option(help="Calendar year to show. Default: the pack's base year.")]
View = Annotated[
    str, typer.Option(help="national: costs of the country's resources; investor: with duties, taxes, subsidies.")
]
MaxShare = Annotated[list[str] | None, typer.Option(help="Most from one origin, of all or one rung: CHN=0.5@2032.")]
SelfReliance = Annotated[list[str] | None, typer.Option(help="Least made at home on a rung: magnet=0.8@2035.")]
ChainSelfReliance = Annotated[list[str] | None, typer.Option(help="Least made at home from oxide to magnet: 0.5@2035.")]
StockWeeks = Annotated[list[str] | None, typer.Option(help="Weeks of the need kept in stock: 8@2028.")]
RecycledShare = Annotated[list[str] | None, typer.Option(help="Least won back from used goods: 0.15@2035.")]
Budget = Annotated[
    list[str] | None, typer.Option(help="Most capital committed a year, millions of the pack's money: 20000@2027.")
]
Start = Annotated[
    str | None, typer.Option(help="ISO week in which it begins: 2027-W14. Default: April of the first year of a plan.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")]
AnswerJson = Annotated[bool, typer.Option("--json", help="Print answer.json instead of the summary.")]


@contextmanager
def mistakes(written: Path | None = None) -> Iterator[None]:
    """Turn what goes wrong into a sentence and an exit code; ``written`` is what was written whole before."""
    from chumbak.pack import PackError
    from chumbak.report.mistakes import FaultError, MistakeError
    from chumbak.report.terminal import complain, complain_of_faults

    kept = "nothing was written" if written is None else f"the run folder '{written}' is whole"
    try:
        yield
        sys.stdout.flush()
    except PackError as error:
        complain_of_faults(error.faults)
        raise typer.Exit(2) from None
    except (MistakeError, FaultError) as error:
        complain(str(error))
        raise typer.Exit(2 if isinstance(error, MistakeError) else 1) from None
    except (KeyboardInterrupt, BrokenPipeError) as error:
        if isinstance(error, KeyboardInterrupt):
            complain(f"Interrupted: {kept}.")
        else:
            _say_no_more()
        raise typer.Exit(1) from None
    except OSError as error:
        place = f" '{error.filename}'" if error.filename else ""
        complain(f"Cannot read or write{place}: {error.strerror or error}. {kept[0].upper()}{kept[1:]}.")
        _say_no_more()
        raise typer.Exit(1) from None


def _say_no_more() -> None:
    """Let what is still to be printed go nowhere, or Python would try once more at the end and complain."""
    with suppress(OSError, ValueError):
        output = sys.stdout.fileno()
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), output)


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
    out: Out = None,
    as_json: AnswerJson = False,
) -> None:
    """Answer: demand for magnets and what used goods give back; writes a run folder with the report."""
    from chumbak.report.terminal import make_run, show_run

    with mistakes():
        answer, found, target = make_run(pack, scenario, draws, seed, tuple(overlay or ()), out)
    with mistakes(written=target):
        show_run(answer, found, target, as_json)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def replay(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder of a plan.")],
    scenario: Annotated[str | None, typer.Option("--scenario", "-s", help="Scenario. Default: the plan's own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep the builds of a plan and play them against another scenario: how does the plan fare?"""
    from chumbak.report.ask_replay import ask_replay

    with mistakes():
        ask_replay(run, scenario, as_json)


@app.command()
def stress(
    pack: PackName,
    episode: Annotated[str | None, typer.Option(help="Episode of the pack. Default: list those there are.")] = None,
    start: Start = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Weeks to play.")] = 104,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="RUN", help="Run of a plan, whose plants stand. Not with --firm.")
    ] = None,
    firm: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own case, as examples/firm.yaml. Not with --plan.")
    ] = None,
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draw every figure with a range this often.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    rationing: Annotated[
        str, typer.Option(help="Who gets what home plants make: priority (defence first) or proportional.")
    ] = "priority",
    optimum: Annotated[bool, typer.Option(help="Find the best that the same stock could do, too.")] = True,
    as_json: AsJson = False,
    scenario: Annotated[
        str | None, typer.Option("--scenario", "-s", help="Scenario. Default: reference, or the plan's own.")
    ] = None,
    overlay: Overlay = None,
) -> None:
    """If supply were cut off: who stops first, when, for how long, at what cost, and what would have saved it."""
    from chumbak.report.ask_stress import Asked, ask_stress

    with mistakes():
        asked = Asked(
            pack, scenario, tuple(overlay or ()), start, weeks, plan, firm, draws, seed, rationing, optimum
        )  # fmt: skip
        ask_stress(asked, episode, as_json)


@app.command()
def stockpile(
    pack: PackName,
    start: Start = None,
    as_json: AsJson = False,
    scenario: Scenario = "reference",
    overlay: Overlay = None,
) -> None:
    """How much stock is worth holding, by product and grade, against all episodes of the pack."""
    from chumbak.report.ask_stress import ask_stockpile

    with mistakes():
        ask_stockpile(pack, start, as_json, scenario, tuple(overlay or ()))


@app.command()
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


@app.command()
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


@answer_app.command("dependence")
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


@answer_app.command("gap")
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


@answer_app.command("self-reliance")
def answer_self_reliance(
    pack: PackName, scenario: Scenario = "reference", overlay: Overlay = None, as_json: AsJson = False
) -> None:
    """Which share of its need the country makes itself, rung by rung and along the chain."""
    from chumbak.report.gap_terminal import show_reliance

    with mistakes():
        show_reliance(pack, scenario, tuple(overlay or ()), as_json)


@answer_app.command("claims")
def answer_claims(
    pack: PackName, scenario: Scenario = "reference", overlay: Overlay = None, as_json: AsJson = False
) -> None:
    """What is said in public, beside our numbers: what holds, and what does not."""
    from chumbak.report.ask import ask_claims

    with mistakes():
        ask_claims(pack, as_json, scenario, tuple(overlay or ()))


@answer_app.command("catchment")
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


@scheme_app.command("award")
def scheme_award(
    pack: PackName,
    bids: Annotated[Path, typer.Option(metavar="FILE", help="CSV table of bids, such as examples/bids.csv.")],
    scheme: Annotated[str | None, typer.Option(help="Scheme of the pack. Default: the one that has awards.")] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option(help="Set a value of a rule: last_fit=cut, 'outlay_capital=800 crore INR'. May be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the lot, where ties are broken by lot.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Who is awarded how much at what rate, what it may cost, and why every other bidder is not."""
    from chumbak.report.ask_scheme import ask_award

    with mistakes():
        ask_award(pack, bids, scheme, switch or [], seed, as_json)


@scheme_app.command("rules")
def scheme_rules(
    pack: PackName,
    scheme: Annotated[str | None, typer.Option(help="One scheme of the pack. Default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every rule of a scheme: how sure it is, what it says, and who said so."""
    from chumbak.report.ask_scheme import ask_rules

    with mistakes():
        ask_rules(pack, scheme, as_json)


@scheme_app.command("finance")
def scheme_finance(
    project: Annotated[Path, typer.Argument(metavar="PROJECT.yaml", help="A plant, as examples/magnet_plant.yaml.")],
    pack: OnlyPack = None,
    scheme: Annotated[str | None, typer.Option(help="Scheme, or 'none'. Default: the one that fits.")] = None,
    bid: Annotated[float | None, typer.Option(help="Nominal money/kg. Default: the file's bid.")] = None,
    switch: Annotated[list[str] | None, typer.Option(help="Set a value of a rule: sales_share=0.5.")] = None,
    draws: Annotated[int, typer.Option(min=0, max=100_000, help="Draws of what has a range.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Is a plant worth building, with and without each support: value, return, break-even, debt, chance of loss."""
    from chumbak.report.ask_finance import ask_finance

    with mistakes():
        ask_finance(project, pack, scheme, bid, switch or [], draws, seed, as_json)


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
    pack: OnlyPack = None,
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


if __name__ == "__main__":
    main()
