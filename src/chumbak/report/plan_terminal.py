"""What the terminal says of a plan: in sentences, then in tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from chumbak.chain.requirements import STOP
from chumbak.pack import Pack
from chumbak.plan.network import HOME
from chumbak.report import plan_words
from chumbak.report.grid import Grid
from chumbak.report.plan_page import bottlenecks, first_builds, outcomes, ranges
from chumbak.report.plan_words import Told
from chumbak.report.words import percent, rounded

PAIR = "NdPr"
LEAST_DIGITS = 3  # after the point, in tables of money
BUCKET = 5  # years of decisions in a column of the table of builds


def show_plan(told: Told, pack: Pack, target: Path) -> None:
    """Print a plan."""
    console = Console()
    asked = f", required {'; '.join(told['requirements'])}" if told["requirements"] else ""
    title = (
        f"[bold]{escape(pack.title)}[/bold], scenario {escape(pack.scenario_title)}, {told['view']} view{escape(asked)}"
    )
    console.print(f"\n{title}\n", highlight=False)
    for sentence in plan_words.plan_sentences(told, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(told, pack):
        console.print(grid)
        console.print()
    console.print(escape(told["convention"]), highlight=False)
    console.print(escape(plan_words.certificate_words(told)), highlight=False)
    console.print(f"Report: {escape(str(target / 'report.html'))}", highlight=False, soft_wrap=True)


def grids(told: Told, pack: Pack) -> list[Grid]:
    """Return the tables of a plan."""
    years = plan_words.shown_years(told, pack)
    found = [_reliance(told, pack, years), _mix(told, pack, years)]
    if told["builds"]:
        found += [_first(told, pack), _builds(told, pack)]
    found += [_money(told, pack, years), _outcomes(told, pack, years), _worth(told, pack, years)]
    if told["bottlenecks"]:
        rows = [list(one.values()) for one in bottlenecks(told, pack)]
        title = f"What holds it back, in the money of {pack.base_year}"
        found.append(Grid(title, ["bottleneck", "years", "one unit more saves up to", "worth of all"], rows, words=2))
    if "slack" in told:
        headings, lines = ranges(told, pack)
        more = percent(told["slack"]["share"])
        title = f"Built in the country and run up, t a year, among plans that cost at most {more} more"
        found.append(Grid(title, headings, lines))
    return found


def _reliance(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    reliance = told["self_reliance"]
    rows: list[list[str] | None] = [
        ["magnets lacking, t", *_cells(told["unmet_t"]["total"], years, rounded)],
        None,
        ["made at home from oxide on", *_cells(reliance["chain"], years, percent)],
        ["  well mixed", *_cells(reliance["chain_mixed"], years, percent)],
    ]
    for stage, by_element in reliance["rung"].items():
        if PAIR in by_element:
            rows.append([pack.nouns.cell("stages", stage, "name"), *_cells(by_element[PAIR], years, percent)])
    title = "Lacking, and self-reliance: share of need made at home; rungs in contained neodymium and praseodymium"
    return Grid(title, ["", *map(str, years)], rows)


def _mix(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    mix = told["supply_mix"]
    at = [mix["years"].index(year) for year in years]
    rows = [
        [plan_words.source_name(pack, name), *(rounded(numbers[one]) for one in at)]
        for name, numbers in mix["sources"].items()
        if any(abs(number) >= 0.05 for number in numbers)
    ]
    title = "Where neodymium and praseodymium come from, contained t a year (stock below zero: put into it)"
    return Grid(title, ["", *map(str, years)], rows)


def _first(told: Told, pack: Pack) -> Grid:
    first, until = first_builds(told, pack)
    by_region = len(told["regions"]) > 1
    rows = [
        [*([one["plant"], one["region"]] if by_region else [one["plant"]]), *(one[name] for name in (
            "rung", "decided", "first", "capacity", "capital"))]
        for one in first
    ]  # fmt: skip
    plants = ["plant", "region"] if by_region else ["plant"]
    headings = [*plants, "rung", "decided", "first output", "t/year", "capital"]
    return Grid(
        f"What to build first: decisions to {until}, prices of {pack.price_year}", headings, rows, words=len(plants) + 2
    )


def _builds(told: Told, pack: Pack) -> Grid:
    """Return capacity decided by kind of plant in columns of five years, all regions together."""
    first, last = (end(one["decided"] for one in told["builds"]) for end in (min, max))
    starts = list(range(first, last + 1, BUCKET))
    by_plant: dict[str, list[float]] = {}
    for one in told["builds"]:
        by_plant.setdefault(one["plant"], [0.0] * len(starts))[(one["decided"] - first) // BUCKET] += one["capacity"]
    order = [name for name in pack.nouns.ids("plants") if name in by_plant]
    rows = [[pack.nouns.cell("plants", name, "name"), *map(rounded, by_plant[name])] for name in order]
    spans = [f"{start}" if start == last else f"{start}-{min(start + BUCKET - 1, last)}" for start in starts]
    return Grid("Capacity decided, t a year as the plant is counted", ["plant", *spans], rows)


def _money(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    """Return cost by kind, discounted in all and by year."""
    most = max((abs(value) for value in told["cost_by_kind"].values()), default=0.0)
    unit, size = ("billion", 1000.0) if most >= 1000 else ("million", 1.0)

    def said(amount: float) -> str:
        return rounded(round(amount / size, LEAST_DIGITS))

    rows: list[list[str] | None] = [
        [name, said(value), *_cells(told["spending"][name], years, said)]
        for name, value in told["cost_by_kind"].items()
        if any(told["spending"][name].values())
    ]
    total = [sum(one[str(year)] for one in told["spending"].values()) for year in years]
    rows += [None, ["in all", said(told["cost_npv"]["value"]), *map(said, total)]]
    title = (
        f"Cost, {unit} {pack.currency} at prices of {pack.price_year}; over all years discounted to {pack.base_year}, "
        "by year not; below zero: earned"
    )
    return Grid(title, ["kind", "all years", *map(str, years)], rows)


def _outcomes(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    rows = [[one["name"], one["unit"], *one["numbers"]] for one in outcomes(told, pack, years)]
    return Grid("What comes of it, not discounted", ["", "unit", *map(str, years)], rows, words=2)


def _worth(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    """Return what a kilogram more of each oxide made at home would be worth."""
    rows = []
    for good, by_year in told["shadow_price"]["goods"].items():
        material, _, colour = good.partition("|")
        known = pack.nouns.tables["materials"].get(material)
        if known and known["stage"] == STOP and colour == HOME:
            rows.append([known["name"], *_cells(by_year, years, rounded)])
    title = (
        f"What one more kilogram of oxide made at home would be worth, {told['shadow_price']['unit']}, not discounted"
    )
    return Grid(title, ["oxide", *map(str, years)], rows)


def _cells(by_year: dict[str, float | None], years: Sequence[int], said: Callable[[float], str]) -> list[str]:
    numbers = [by_year[str(year)] for year in years]
    return ["-" if number is None else said(number) for number in numbers]
