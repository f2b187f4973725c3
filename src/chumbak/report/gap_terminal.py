"""What the terminal says of the gap and of self-reliance, rung by rung, and of who supplies each rung."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr
from rich.markup import escape

from chumbak.answer.finding import Finding
from chumbak.chain.processes import STOP
from chumbak.pack import Fault, Pack, PackError, load
from chumbak.pack.faults import did_you_mean
from chumbak.report.grid import Grid
from chumbak.report.screen import screen
from chumbak.report.words import percent, rounded

COLUMNS = ("need", "existing", "committed", "announced", "lacking")


def find_gap(name: str, scenario: str, overlays: Sequence[Path]) -> tuple[Pack, Finding]:
    """Return a pack and its gap. Raises ``PackError`` for a pack without a chain."""
    from chumbak.answer.gap import gap
    from chumbak.answer.model import compute
    from chumbak.answer.supply_chain import has_chain, supply_chain

    pack = load(name, scenario, tuple(overlays))
    if not has_chain(pack):
        what = "the pack describes no chain: it has no table of processes"
        mend = "Add the tables stages, materials, processes and flows; docs/chain.md says how."
        raise PackError([Fault(pack.name, 0, "", "no-chain", what, mend)])
    data = compute(pack).sel(year=slice(pack.answer_from, None))
    return pack, gap(pack, data, supply_chain(pack, data))


def show_gap(name: str, scenario: str, overlays: Sequence[Path], year: int | None, as_json: bool) -> None:
    """Print, for a year, what every rung needs, what stands against it, and what is lacking; or all as JSON."""
    from chumbak.answer.gap_document import gap_document

    pack, finding = find_gap(name, scenario, overlays)
    if as_json:
        found = gap_document(finding)
        _print_json({name: found[name] for name in ("need", "supply", "lacking")})
        return
    data = _in_year(finding.data, year, pack)
    console, shown = screen(), int(data["year"])
    names = pack.nouns.column("stages", "name")
    rows = []
    for stage in data["stage"].values.tolist():
        one = data.sel(stage=stage)
        numbers = [one.need.sel(definition="made_at_home"), *(one.supply.sel(status=name) for name in COLUMNS[1:-1])]
        lacking = one.lacking.sel(status="announced")
        cells = [rounded(float(number)) for number in (*numbers, lacking)]
        rows.append([names[stage], *cells])
    title = f"Tonnes a year, gross, calendar year {shown}, scenario {pack.scenario_title}"
    console.print(Grid(title, ["rung", *COLUMNS[:-1], "still lacking"], rows))
    counted = "; ".join(f"{names[name]}: {pack.nouns.cell('stages', name, 'counted')}" for name in data["stage"].values)
    console.print(f"{escape(counted)}.", highlight=False)
    own = data.need.sel(stage=data["stage"].values[-1])
    others = [("in goods sold", "sold"), ("embedded in imported goods", "embedded_imports")]
    beside = " and ".join(f"{rounded(float(own.sel(definition=name)))} t {said}" for said, name in others)
    console.print(
        f"Need is that of makers in the country. Beside its "
        f"{rounded(float(own.sel(definition='made_at_home')))} t of magnets stand {beside}.", highlight=False,
    )  # fmt: skip
    console.print("Each status by itself; lacking is what existing, committed and announced together leave open. "
                  "A claim without plan, site or finance is counted nowhere.", highlight=False)  # fmt: skip
    console.print(
        _by(data, "need_element", "supply_element", "element", "Separation: elements contained, t a year", STOP)
    )
    console.print(_by(data, "need_grade", "supply_grade", "grade", "Finished magnets by grade family, t a year, gross"))
    for sentence in scarcest(data, pack):
        console.print(escape(sentence), highlight=False)
    console.print(escape(data.attrs["convention"]), highlight=False)


def _by(data: xr.Dataset, need: str, supply: str, dim: str, title: str, stage: str | None = None) -> Grid:
    """Return need and supply of a year by element or grade, each status by itself."""
    needed, supplied = data[need].sel(definition="made_at_home"), data[supply]
    if stage is not None:
        needed, supplied = needed.sel(stage=stage), supplied.sel(stage=stage)
    lacking = (needed - supplied.sum("status")).clip(min=0)
    rows = [
        [str(label), *(rounded(float(one)) for one in (
            needed.sel({dim: label}), *supplied.sel({dim: label}).values, lacking.sel({dim: label})))]
        for label in data[dim].values
    ]  # fmt: skip
    return Grid(title, [dim, *COLUMNS[:-1], "still lacking"], rows)


def scarcest(data: xr.Dataset, pack: Pack) -> list[str]:
    """Return a sentence on the scarcest element at separation, and one on the ore it would take (a year's data)."""
    said = []
    names = pack.nouns.column("elements", "name")
    share, element = data.reliance_weakest.sel(status="announced"), data.weakest.sel(status="announced")
    rungs = [stage for stage in data["stage"].values.tolist() if str(element.sel(stage=stage).values)]
    parts = ", ".join(
        f"{pack.nouns.cell('stages', stage, 'name').lower()} {names[str(element.sel(stage=stage).values)].lower()} "
        f"({percent(float(share.sel(stage=stage)))})"
        for stage in rungs
    )
    if parts:
        said.append(f"Scarcest element, and the share of its need that all projects together meet: {parts}.")
    if "ore_for" in data:
        ore = data.ore_for.dropna("element")
        most = str(ore.idxmax("element").values)
        pair = float(data.need.sel(definition="made_at_home", stage=data["stage"].values[0]))
        said.append(
            f"Ore for neodymium and praseodymium: {rounded(pair)} t of concentrate; for the scarcest, "
            f"{names[most].lower()}, {rounded(float(ore.max()))} t."
        )
    return said


def show_reliance(name: str, scenario: str, overlays: Sequence[Path], as_json: bool) -> None:
    """Print self-reliance by rung and along the chain over the years, by status of projects; or as JSON."""
    from chumbak.answer.gap_document import gap_document

    pack, finding = find_gap(name, scenario, overlays)
    if as_json:
        _print_json({"self_reliance": gap_document(finding)["self_reliance"]})
        return
    data, console = finding.data, screen()
    wanted = (pack.base_year, 2030, 2035, 2040, pack.window.last)
    years = [year for year in dict.fromkeys(wanted) if year in data["year"].values]
    for status, said in (
        ("existing", "Existing projects"), ("committed", "With committed ones"), ("announced", "With announced ones"),
    ):  # fmt: skip
        one = data.sel(status=status)
        rows = []
        for stage in data["stage"].values.tolist():
            rung = one.sel(stage=stage)
            cells = [_share(rung.sel(year=year), "reliance_ndpr", "reliance_weakest", "weakest") for year in years]
            rows.append([pack.nouns.cell("stages", stage, "name"), *cells])
        cells = [_share(one.sel(year=year), "chain_ndpr", "chain_weakest", "chain_weakest_element") for year in years]
        rows.append(["along the chain", *cells])
        rows.append(["  well mixed", *(_percent(one.chain_mixed.sel(year=year)) for year in years)])
        title = f"{said}: share of need met, neodymium and praseodymium (weakest element)"
        console.print(Grid(title, ["rung", *map(str, years)], rows))
    console.print(
        "Contained tonnes of the element, calendar years. Along the chain: magnets whose oxide, metal, alloy and "
        "magnet were all made at home, home material kept apart; well mixed, home and foreign material run together.",
        highlight=False,
    )


def _share(one: xr.Dataset, headline: str, least: str, element: str) -> str:
    name = str(one[element].values)
    return _percent(one[headline]) + (f" ({name} {_percent(one[least])})" if name else "")


def _percent(share: xr.DataArray) -> str:
    return "nothing needed" if bool(share.isnull()) else percent(float(share))


def show_dependence(name: str, scenario: str, overlays: Sequence[Path], year: int | None, as_json: bool) -> None:
    """Print who supplies each rung in a year (default: the latest of each record), by basis; or all as JSON."""
    from chumbak.answer.dependence import dependence, dependence_document

    pack = load(name, scenario, tuple(overlays))
    found = dependence_document(dependence(pack))
    if as_json:
        _print_json({"dependence": found})
        return
    if not found:
        what, mend = "the pack has no records of trade or production", "docs/risk.md says how to add them."
        raise PackError([Fault(pack.name, 0, "", "no-records", what, mend)])
    years = sorted({item["year"] for items in found.values() for item in items})
    if year is not None and year not in years:
        raise PackError([Fault("--year", 0, "", "year-outside", f"no record has {year}", _year_mend(year, years))])
    console = screen()
    for stage, items in found.items():
        rows = [
            [item["name"], item["period"], _measure(item), _origins(item), _hhi(item)] for item in _latest(items, year)
        ]
        title = f"{pack.nouns.cell('stages', stage, 'name')}: who supplies"
        console.print(Grid(title, ["record", "year", "measure", "first origins", "HHI"], rows, words=4))
        for warning in dict.fromkeys(item["warning"] for item in _latest(items, year) if item["warning"]):
            console.print(f"[yellow]{escape(warning)}[/yellow]", highlight=False)


def _latest(items: Sequence[Mapping[str, Any]], year: int | None) -> list[Mapping[str, Any]]:
    by_record: dict[str, Mapping[str, Any]] = {}
    for item in sorted(items, key=lambda item: item["year"]):
        if year in (None, item["year"]):
            by_record[item["record"]] = item
    return list(by_record.values())


def _measure(item: Mapping[str, Any]) -> str:
    basis = f", {item['basis']}" if item["measure"] == "mass" else ""
    return f"{item['measure']}{basis}"


def _origins(item: Mapping[str, Any]) -> str:
    first = sorted(item["shares"].items(), key=lambda pair: -pair[1])[:3]
    return ", ".join(f"{origin} {percent(share)}" for origin, share in first) or item["why"]


def _hhi(item: Mapping[str, Any]) -> str:
    return "-" if item["hhi"] is None else f"{item['hhi']:.2f}"


def _in_year(data: xr.Dataset, year: int | None, pack: Pack) -> xr.Dataset:
    shown = 2030 if 2030 in data["year"].values else pack.base_year
    wanted = shown if year is None else year
    if wanted not in data["year"].values:
        what = f"the answer has no year {wanted}"
        raise PackError(
            [Fault("--year", 0, "", "year-outside", what, _year_mend(wanted, data["year"].values.tolist()))]
        )
    return data.sel(year=wanted)


def _year_mend(year: int, years: Sequence[int]) -> str:
    return f"It runs from {years[0]} to {years[-1]}." if years else did_you_mean(str(year), [])


def _print_json(found: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
