"""What the terminal says of openings: where in the chain there is room for a small or new firm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from rich.markup import escape

from chumbak.answer.openings import openings
from chumbak.pack import Pack, load
from chumbak.plan.places import WHOLE
from chumbak.report.ask import write_json
from chumbak.report.ask_plan import plainly, telling
from chumbak.report.grid import NAMES, Grid
from chumbak.report.screen import screen
from chumbak.report.words import in_a_row, money, rounded

UNPRICED = "no price"
ELSE, MARK = "-", "*"


def show_openings(
    name: str, year: int | None, region: str | None, as_json: bool, scenario: str, overlays: tuple[Path, ...]
) -> None:
    """Print the room on each rung, the smallest plants, what each rung buys of others, and regions; or all as JSON."""
    with telling() as say, plainly():
        say("Reading the pack")
        pack = load(name, scenario, overlays)
        say("Need, what stands, and the cheapest plan")
        finding = openings(pack, year, region)
    if as_json:
        write_json(finding, pack)
        return
    console, data = screen(), finding.data
    shown = str(data["region"].values[0])
    where = pack.place if shown == WHOLE else pack.nouns.cell("regions", shown, "name")
    console.print(f"\n[bold]{escape(where)}[/bold], {data.attrs['year']}, scenario {escape(pack.scenario_title)}\n")
    console.print(escape(_first(data.sel(region=shown), pack)) + "\n", highlight=False)
    regions = _regions(data, pack)
    for grid in (_rungs(data.sel(region=shown), pack), _plants(data, pack), *regions):
        console.print(grid)
        console.print()
    if regions:
        console.print(escape(_marks(data, pack)) + "\n", highlight=False)
    console.print(_services(data, pack))
    console.print(f"\n{escape(data.attrs['convention'][0].upper() + data.attrs['convention'][1:])}.", highlight=False)


def _first(data: xr.Dataset, pack: Pack) -> str:
    """Say where most room is, in money, even if all that is announced or awarded comes, and where without."""
    if float(data.short.max()) <= 0:
        return "No rung is short: what exists and is committed meets the need."
    now = _most(data, "worth")
    if float(data.open.max()) <= 0:
        return (
            "No rung is short if all that is announced or awarded comes. Of what exists and is committed alone, most "
            f"is short, by worth, at {_at(data, pack, now, 'short', 'worth')}."
        )
    room = _most(data, "open_worth")
    said = (
        "Most room, by worth at reference prices, even if all that is announced or awarded comes: "
        f"{_at(data, pack, room, 'open', 'open_worth')}."
    )
    if room == now:
        return said
    left = float(data.open.sel(stage=now))
    meets = f"all but {rounded(left)} t" if left > 0 else "all"
    return (
        f"{said} Of what exists and is committed alone most is short at {_at(data, pack, now, 'short', 'worth')}; what "
        f"is announced or awarded there would meet {meets} of it."
    )


def _most(data: xr.Dataset, worth: str) -> str:
    return str(data[worth].fillna(0.0).idxmax("stage").values)


def _at(data: xr.Dataset, pack: Pack, stage: str, amount: str, worth: str) -> str:
    """Return a rung with what is short there, and its worth, as it stands in a sentence."""
    one = data.sel(stage=stage)
    name = pack.nouns.cell("stages", stage, "name").lower()
    return f"{name}, {rounded(float(one[amount]))} t a year, worth {_worth(one[worth], pack)}"


def _rungs(data: xr.Dataset, pack: Pack) -> Grid:
    """Return need, supply and shortfall of every rung, the rung with most room first."""
    order = data.open_worth.fillna(-1.0).sortby(-data.open_worth.fillna(-1.0))["stage"].values.tolist()
    rows = [
        [
            pack.nouns.cell("stages", stage, "name"),
            *(rounded(float(data[name].sel(stage=stage))) for name in ("need", "stands", "short", "announced", "open")),
            _worth(data.open_worth.sel(stage=stage), pack),
        ]
        for stage in order
    ]
    title = (
        "Room on each rung, t a year, gross; most room first, by the worth of the last column at reference prices of "
        f"{pack.price_year}"
    )
    headings = [
        "rung", "need", "exists or committed", "short", "announced or awarded", "short if all that comes too",
        "worth of that",
    ]  # fmt: skip
    return Grid(title, headings, rows)


def _plants(data: xr.Dataset, pack: Pack) -> Grid:
    rows = []
    for name in data["plant"].values.tolist():
        one = data.sel(plant=name)
        cells = pack.nouns.tables["plants"][name]
        hands_on = float(one.least_output)
        rows.append(
            [
                cells["name"],
                pack.nouns.cell("stages", cells["stage"], "name"),
                rounded(float(one.least)),
                ELSE if np.isnan(hands_on) else rounded(hands_on),
                rounded(float(one.least_capital)),
            ]
        )
    title = (
        "Smallest plant that makes sense, t a year as the plant is counted, what it hands on of its rung, t a year "
        f"({ELSE}: it is counted in something else), and its capital, million {pack.currency}"
    )
    return Grid(title, ["plant", "rung", "smallest", "hands on", "capital"], rows, words=2, label=NAMES)


def _regions(data: xr.Dataset, pack: Pack) -> list[Grid]:
    """Return what is short by region, where the country was asked for."""
    names = [str(name) for name in data["region"].values if str(name) != WHOLE]
    if len(names) < 2:
        return []
    headings = ["rung", *(pack.nouns.cell("regions", name, "name") for name in names)]
    titles = {
        "short": "Short by region, t a year, gross, of what exists and is committed alone",
        "open": "Short by region, t a year, gross, even if all that is announced or awarded comes",
    }
    return [
        Grid(
            title,
            headings,
            [
                [pack.nouns.cell("stages", stage, "name"), *(
                    f"{rounded(amount)}{_mark(amount, data, pack, stage)}"
                    for amount in data[name].sel(stage=stage, region=names).values.tolist()
                )]
                for stage in data["stage"].values.tolist()
            ],
        )
        for name, title in titles.items()
    ]  # fmt: skip


def _smallest(data: xr.Dataset, pack: Pack, stage: str) -> list[float]:
    """Return what the smallest plants of a rung hand on of it, t a year: one of each kind that can be compared."""
    kinds = [name for name in data["plant"].values.tolist() if pack.nouns.cell("plants", name, "stage") == stage]
    return [float(one) for one in data.least_output.sel(plant=kinds).values if not np.isnan(one)]


def _mark(short: float, data: xr.Dataset, pack: Pack, stage: str) -> str:
    """Return one mark where less is short than the smallest plant of a kind makes, two where of every kind."""
    smallest = _smallest(data, pack, stage)
    if short <= 0 or not smallest or short >= max(smallest):
        return ""
    return 2 * MARK if short < min(smallest) else MARK


def _marks(data: xr.Dataset, pack: Pack) -> str:
    """Explain the marks, and which rungs have none."""
    bare = [
        pack.nouns.cell("stages", stage, "name").lower()
        for stage in data["stage"].values.tolist()
        if not _smallest(data, pack, stage)
    ]
    without = f" Not compared, as their plants are counted in something else: {in_a_row(bare)}." if bare else ""
    return (
        f"{MARK} Less than the smallest sensible plant of at least one kind on the rung hands on, {2 * MARK} of every "
        f"kind.{without}"
    )


def _services(data: xr.Dataset, pack: Pack) -> Grid:
    """Return what each rung buys of other firms."""
    rows = []
    for stage in data["stage"].values.tolist():
        asked = data.asks.sel(stage=stage)
        names = [pack.nouns.cell("services", str(name), "name") for name in data["service"].values[asked.values > 0]]
        rows.append([pack.nouns.cell("stages", stage, "name"), "; ".join(names) or "none in the pack"])
    return Grid("What a rung needs of other firms", ["rung", "services"], rows, words=2, label=NAMES)


def _worth(millions: xr.DataArray, pack: Pack) -> str:
    number = float(millions)
    return UNPRICED if np.isnan(number) else money(number, pack.currency)
