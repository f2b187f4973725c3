"""What the terminal says of openings: where in the chain there is room for a small or new firm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from rich.console import Console
from rich.markup import escape

from chumbak.answer.openings import openings
from chumbak.pack import Pack, load
from chumbak.plan.case import WHOLE
from chumbak.report.ask import write_json
from chumbak.report.ask_plan import plainly, telling
from chumbak.report.grid import Grid
from chumbak.report.words import money, rounded

UNPRICED = "no price"


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
    console, data = Console(), finding.data
    shown = str(data["region"].values[0])
    where = pack.place if shown == WHOLE else pack.nouns.cell("regions", shown, "name")
    console.print(f"\n[bold]{escape(where)}[/bold], {data.attrs['year']}, scenario {escape(pack.scenario_title)}\n")
    console.print(escape(_first(data.sel(region=shown), pack)) + "\n", highlight=False)
    for grid in (_rungs(data.sel(region=shown), pack), _plants(data, pack), *_regions(data, pack)):
        console.print(grid)
        console.print()
    console.print(_services(data, pack))
    console.print(f"\n{escape(data.attrs['convention'][0].upper() + data.attrs['convention'][1:])}.", highlight=False)


def _first(data: xr.Dataset, pack: Pack) -> str:
    """Say where most is short, in money."""
    worth = data.worth.fillna(0.0)
    if float(data.short.max()) <= 0:
        return "No rung is short: what exists and is committed meets the need."
    most = str(worth.idxmax("stage").values)
    stage = pack.nouns.cell("stages", most, "name").lower()
    return (
        f"Most is short at {stage}: {rounded(float(data.short.sel(stage=most)))} t a year, worth "
        f"{money(float(worth.sel(stage=most)), pack.currency)} at reference prices."
    )


def _rungs(data: xr.Dataset, pack: Pack) -> Grid:
    rows = [
        [
            pack.nouns.cell("stages", stage, "name"),
            *(rounded(float(data[name].sel(stage=stage))) for name in ("need", "stands", "short")),
            _worth(data.worth.sel(stage=stage), pack),
        ]
        for stage in data["stage"].values.tolist()
    ]
    title = f"Room on each rung, t a year, gross; money at reference prices of {pack.price_year}"
    return Grid(title, ["rung", "need", "exists or committed", "short", "worth of what is short"], rows)


def _plants(data: xr.Dataset, pack: Pack) -> Grid:
    rows = []
    for name in data["plant"].values.tolist():
        one = data.sel(plant=name)
        cells = pack.nouns.tables["plants"][name]
        rows.append(
            [
                cells["name"],
                pack.nouns.cell("stages", cells["stage"], "name"),
                rounded(float(one.least)),
                rounded(float(one.least_capital)),
                rounded(round(float(one.planned), 3)),
            ]
        )
    title = (
        f"Smallest plant that makes sense, t a year, and its capital, million {pack.currency}; what the cheapest plan "
        f"has built by {data.attrs['year']}, t a year"
    )
    return Grid(title, ["plant", "rung", "smallest", "capital", "planned"], rows, words=2)


def _regions(data: xr.Dataset, pack: Pack) -> list[Grid]:
    """Return what is short by region, where the country was asked for."""
    names = [str(name) for name in data["region"].values if str(name) != WHOLE]
    if len(names) < 2:
        return []
    rows = [
        [
            pack.nouns.cell("stages", stage, "name"),
            *(rounded(float(one)) for one in data.short.sel(stage=stage, region=names)),
        ]
        for stage in data["stage"].values.tolist()
    ]
    headings = ["rung", *(pack.nouns.cell("regions", name, "name") for name in names)]
    return [Grid("Short by region, t a year, gross", headings, rows)]


def _services(data: xr.Dataset, pack: Pack) -> Grid:
    """Return what each rung buys of other firms."""
    rows = []
    for stage in data["stage"].values.tolist():
        asked = data.asks.sel(stage=stage)
        names = [pack.nouns.cell("services", str(name), "name") for name in data["service"].values[asked.values > 0]]
        rows.append([pack.nouns.cell("stages", stage, "name"), "; ".join(names) or "none in the pack"])
    return Grid("What a rung needs of other firms", ["rung", "services"], rows, words=2)


def _worth(millions: xr.DataArray, pack: Pack) -> str:
    number = float(millions)
    return UNPRICED if np.isnan(number) else money(number, pack.currency)
