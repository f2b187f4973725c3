"""What the terminal says of a plan: in sentences, then in tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

from rich.markup import escape

from chumbak.chain.requirements import STOP
from chumbak.pack import Pack
from chumbak.plan.network import HOME
from chumbak.report import plan_words
from chumbak.report.grid import NAMES, Grid
from chumbak.report.plan_page import (
    BELOW,
    bottlenecks,
    first_builds,
    late_note,
    outcomes,
    ranges,
    ranges_title,
    without_dust,
)
from chumbak.report.plan_stock_words import reliance_note
from chumbak.report.plan_words import Told
from chumbak.report.screen import screen
from chumbak.report.words import percent, portion, rounded

PAIR = "NdPr"
LEAST_DIGITS = 3  # after the point, in tables of money
DUST = "below the smallest sensible plant, {} together"
DECIDED = "Capacity decided, t a year as the plant is counted"
OUTCOMES = "What comes of it, not discounted"
SOLD_NOTE = (
    "Oxide and by-products sold abroad are in it: they save foreign exchange where no magnet is made at home, and the "
    "CO2e of making them is the plan's, which can put it above that of buying every magnet."
)
BUCKET = 5  # years of decisions in a column of the table of builds


def show_plan(told: Told, pack: Pack, target: Path) -> None:
    """Print a plan."""
    console = screen()
    asked = f", required {'; '.join(told['requirements'])}" if told["requirements"] else ""
    title = (
        f"[bold]{escape(pack.title)}[/bold], scenario {escape(pack.scenario_title)}, {told['view']} view{escape(asked)}"
    )
    console.print(f"\n{title}\n", highlight=False)
    for sentence in plan_words.plan_sentences(told, pack):
        console.print(escape(sentence) + "\n", highlight=False)
    notes = _notes(told, pack)
    for grid in grids(told, pack):
        console.print(grid)
        for note in filter(None, notes.get(grid.title, ())):
            console.print(escape(note), highlight=False)
        console.print()
    console.print(escape(told["convention"]), highlight=False)
    console.print(escape(plan_words.certificate_words(told)), highlight=False)
    console.print(f"Report: {escape(str(target / 'report.html'))}", highlight=False, soft_wrap=True)


def _notes(told: Told, pack: Pack) -> dict[str, tuple[str, ...]]:
    """Return what stands below tables, by their title."""
    first, dust = without_dust(told, first_builds(told, pack)[0])
    below = BELOW if any(one["below"] for one in first) else ""
    return {
        _reliance_title(told): (reliance_note(told, pack), plan_words.MIXED_NOTE),
        _first_title(told, pack): (below, dust),
        DECIDED: (late_note(told, pack),),
        OUTCOMES: (SOLD_NOTE,),
    }


def grids(told: Told, pack: Pack) -> list[Grid]:
    """Return the tables of a plan."""
    years = plan_words.shown_years(told, pack)
    found = [_reliance(told, pack, years), _mix(told, pack, years)]
    if first_builds(told, pack, pack.window.last)[0]:
        found += [_first(told, pack), _builds(told, pack)]
    found += [_money(told, pack, years), _outcomes(told, pack, years), _worth(told, pack, years)]
    if told["bottlenecks"]:
        rows = [list(one.values()) for one in bottlenecks(told, pack)]
        title = f"What holds it back, in the money of {pack.base_year}"
        found.append(Grid(title, ["bottleneck", "years", "one unit more saves up to", "worth of all"], rows, words=2))
    if "slack" in told:
        found.append(Grid(ranges_title(told, pack), *ranges(told, pack), label=NAMES))
    return found


def _reliance(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    reliance = told["self_reliance"]
    whole = [["  of the whole need", *(_of_whole(told, year) for year in years)]]
    whole = whole if plan_words.designed_away_much(told) else []
    rows: list[list[str] | None] = [
        ["magnets lacking, t", *_cells(told["unmet_t"]["total"], years, rounded)],
        ["designed away, t", *_cells(told["substituted_t"]["total"], years, rounded)],
        ["  of the need", *(percent(share) for share in _designed_away(told, years))],
        None,
        ["made at home from oxide on", *_cells(reliance["chain"], years, percent)],
        *whole,
        ["  well mixed", *_cells(reliance["chain_mixed"], years, percent)],
    ]
    for stage, by_element in reliance["rung"].items():
        if PAIR in by_element:
            rows.append([pack.nouns.cell("stages", stage, "name"), *_cells(by_element[PAIR], years, percent)])
    return Grid(_reliance_title(told), ["", *map(str, years)], rows)


def _reliance_title(told: Told) -> str:
    of = "what is still needed beside designs without rare earths" if plan_words.designed_away_much(told) else "need"
    return f"Lacking, and self-reliance: share of {of} made at home; rungs in contained neodymium and praseodymium"


def _of_whole(told: Told, year: int) -> str:
    """Return the share of the whole need that is made at home from oxide on, as it stands in a cell."""
    share = plan_words.whole_share(told, year)
    return "-" if share is None else percent(share)


def _designed_away(told: Told, years: Sequence[int]) -> list[float]:
    """Return the share of the need that designs without rare earths meet, by year."""
    return [portion(told["substituted_t"]["total"][str(year)], told["need_t"][str(year)]) for year in years]


def _mix(told: Told, pack: Pack, years: Sequence[int]) -> Grid:
    mix = told["supply_mix"]
    at = [mix["years"].index(year) for year in years]
    rows: list[list[str] | None] = [
        [plan_words.source_name(pack, name), *(rounded(round(numbers[one], LEAST_DIGITS)) for one in at)]
        for name, numbers in mix["sources"].items()
        if any(abs(number) >= plan_words.LEAST_BUILT for number in numbers)
    ]
    rows += [None, ["used", *(rounded(sum(numbers[one] for numbers in mix["sources"].values())) for one in at)], None]
    rows += [[name, *_cells(by_year, years, rounded)] for name, by_year in told["supply_left"]["ways"].items()]
    title = (
        "Where the neodymium and praseodymium come from that are used, contained t a year (stock below zero: put into "
        "it); last, what is sold abroad and left over, which is in none of them"
    )
    return Grid(title, ["", *map(str, years)], rows)


def _first_title(told: Told, pack: Pack) -> str:
    _, until = first_builds(told, pack)
    return f"What to build first: decisions to {until}, prices of {pack.price_year}"


def _first(told: Told, pack: Pack) -> Grid:
    labels = ["plant", "region" if len(told["regions"]) > 1 else "rung"]
    first = without_dust(told, first_builds(told, pack)[0])[0]
    whole = any(one["opened"] for one in first)
    rows = [
        [
            *(one[name] for name in (*labels, "decided", "first")),
            *([str(one["opened"])] if whole else []),
            f"{one['capacity']}{one['below']}",
            *(one[name] for name in ("least", "capital")),
        ]
        for one in first
    ]
    plants = ["plants"] if whole else []
    where = plan_words.place_word(pack, told["regions"]) if labels[1] == "region" else labels[1]
    headings = ["plant", where, "decided", "first output", *plants, "t/year", "smallest sensible", "capital"]
    return Grid(_first_title(told, pack), headings, rows, words=len(labels) + 1, label=NAMES)


def _builds(told: Told, pack: Pack) -> Grid:
    """Return capacity decided by kind of plant, and by region where there are several, in columns of five years."""
    first, last = (end(one["decided"] for one in told["builds"]) for end in (min, max))
    starts = list(range(first, last + 1, BUCKET))
    decided: dict[tuple[str, str], list[float]] = {}
    for one in told["builds"]:
        row = decided.setdefault((one["plant"], one["region"]), [0.0] * len(starts))
        row[(one["decided"] - first) // BUCKET] += one["capacity"]
    named = dict(zip(told["regions"], plan_words.region_names(pack, told["regions"]), strict=True))
    by_region = len(named) > 1
    least = {one["plant"]: one["least"] for one in told["builds"]}
    rows: list[list[str] | None] = []
    dust: list[list[float]] = []
    for name, region in product(pack.nouns.ids("plants"), told["regions"]):
        amounts = decided.get((name, region), [0.0])
        if sum(amounts) < plan_words.LEAST_BUILT:
            continue
        if by_region and sum(amounts) < least[name]:
            dust.append(amounts)
            continue
        labels = [pack.nouns.cell("plants", name, "name"), *([named[region]] if by_region else [])]
        rows.append([*labels, *map(_decided, amounts)])
    if dust:
        whole = [sum(column) for column in zip(*dust, strict=True)]
        rows += [None, [DUST.format(len(dust)), "", *map(_decided, whole)]]
    spans = [f"{start}" if start == last else f"{start}-{min(start + BUCKET - 1, last)}" for start in starts]
    headings = ["plant", plan_words.place_word(pack, told["regions"])] if by_region else ["plant"]
    return Grid(DECIDED, [*headings, *spans], rows, words=len(headings), label=NAMES)


def _decided(tonnes: float) -> str:
    return rounded(tonnes if tonnes >= plan_words.LEAST_BUILT else 0.0)


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
    return Grid(OUTCOMES, ["", "unit", *map(str, years)], rows, words=2)


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
