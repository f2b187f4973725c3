"""What the terminal says of one question: a device, a catchment, the claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console
from rich.markup import escape

from chumbak.answer.device import vintage
from chumbak.answer.evidence import by_confidence
from chumbak.answer.finding import Finding
from chumbak.pack import Pack
from chumbak.report.grid import Grid
from chumbak.report.screen import screen
from chumbak.report.words import percent, rounded

ONE_OF = {"item": "one {name}", "MW": "one MW of {name}", "t": "one tonne of magnet counted under {name}"}
MANY_OF = {"item": "{amount} units", "MW": "{amount} MW", "t": "{amount} t"}
UNKNOWN = "not known"
UNSAID = "capacity not said"
PLAIN_UNITS = ("1", "item")  # of which nothing is said after a number
VERDICT_STYLES = {
    "holds": "green", "holds for another definition": "yellow", "does not hold": "red", "cannot tell": "dim",
}  # fmt: skip


def two_figures(number: float) -> str:
    """Return a number with the two figures that such estimates bear, thousands apart."""
    if not number:
        return "0"
    short = float(f"{number:.2g}")
    return f"{short:,.0f}" if abs(short) >= 10 else f"{short:.2g}" if abs(short) >= 0.01 else "under 0.01"


def mass(grams: float) -> str:
    """Return a mass in the unit a person would weigh it in: µg to tonnes."""
    if np.isnan(grams):
        return UNKNOWN
    for unit, size in (("t", 1e6), ("kg", 1e3), ("g", 1.0), ("mg", 1e-3)):
        if grams >= size:
            return f"{two_figures(grams / size)} {unit}"
    return f"{two_figures(grams / 1e-6)} µg" if grams > 0 else "0"


def show_device(finding: Finding, pack: Pack) -> None:
    """Print what is inside one device, what it is worth, and what is won back of it."""
    console, data = screen(), finding.data
    one = ONE_OF[data.attrs["counted_in"]].format(name=data.attrs["name"])
    for sentence in _device_sentences(data, one, pack):
        console.print(escape(sentence) + "\n", highlight=False, soft_wrap=True)
    if data.sizes["element"]:
        console.print(_device_table(data, one, pack))
    for note in data.attrs["notes"].splitlines():
        console.print(f"\n{escape(note)}", highlight=False, soft_wrap=True)
    if data.attrs["state"]:
        _show_here(console, data, pack)
    _show_ending(console, finding)


def _device_sentences(data: xr.Dataset, one: str, pack: Pack) -> list[str]:
    attrs = data.attrs
    bought = f"{one[0].upper()}{one[1:]} sold in {attrs['sold']}"
    if attrs["sold"] == vintage(pack, attrs["product"], attrs["year"]):
        bought += f": of that age are, on average, those that reach end of life in {attrs['year']}"
    bought += f" (mean life {attrs['mean_life']:g} years)."
    if attrs["product_note"]:
        bought += f" {attrs['product_note']}."
    magnets, share = mass(float(data.magnet)), float(data.penetration)
    inside = f"Its rare-earth magnets weigh {magnets}{_spread(data.magnet_low, data.magnet_high, mass)}."
    if 0 < share < 1:
        mean = mass(float(data.magnet) * share)
        inside += f" Of 100 sold that year {round(100 * share)} have such magnets; the mean of all is {mean}."
    total = float(data.worth_total)
    if not total:
        return [bought, inside]
    worth = (
        f"What is in it is worth about {_money(total, data)}{_spread(data.worth_low, data.worth_high, two_figures)} at "
        f"prices of {attrs['price_year']}, before any cost of winning it."
    )
    today, best = float(data.worth_today), float(data.worth_best)
    routes = "; ".join(
        f"{two_figures(100 * float(share))} to: {pack.nouns.cell('routes', str(route), 'name')}"
        for route, share in zip(data["route"].values, data.route_share.values, strict=True)
        if share > 0
    )
    won = (
        f"Of 100 at end of life go {routes}. Today’s formal route gives back about {_money(today, data)} of each, "
        f"{percent(today / total)} of its worth; what other routes keep is not known. If every one were handed in and "
        f"treated as well as is known, it would be at least {_money(best, data)}, {percent(best / total)}."
    )
    return [bought, inside, worth, won]


def _spread(low: xr.DataArray, high: xr.DataArray, said: Any) -> str:
    if np.isnan(float(low)):
        return ""
    return f" (90 % range {said(float(low))} to {said(float(high))})"


def _money(amount: float, data: xr.Dataset) -> str:
    rate = float(data.reference_rate)
    other = "" if np.isnan(rate) or rate == 1 else f" (USD {two_figures(amount / rate)})"
    return f"{data.attrs['currency']} {two_figures(amount)}{other}"


def _device_table(data: xr.Dataset, one: str, pack: Pack) -> Grid:
    """Return the elements in it, the most worth first, those without a price by mass after them."""
    headings = [
        "", "inside", "90 % range", f"worth, {data.attrs['currency']}", "won back today", "not won back", "at best",
    ]  # fmt: skip
    rows = []
    whole = {
        name: data[name].sum("part", skipna=False)
        for name in ("inside", "recovered_today", "lost_today", "recovered_best")
    }
    low, high = (_whole_range(data, end) for end in ("low", "high"))
    order = sorted(
        data["element"].values,
        key=lambda name: (
            -np.nan_to_num(float(data.worth.sel(element=name)), nan=-1),
            -float(whole["inside"].sel(element=name)),
        ),
    )
    for name in order:
        at = {key: float(values.sel(element=name)) for key, values in whole.items()}
        worth = float(data.worth.sel(element=name))
        ends = [float(end.sel(element=name)) for end in (low, high)]
        rows.append([
            pack.nouns.cell("elements", str(name), "name"), mass(at["inside"]),
            "" if np.isnan(ends[0]) else f"{mass(ends[0])} to {mass(ends[1])}",
            "not priced" if np.isnan(worth) else two_figures(worth),
            mass(at["recovered_today"]), mass(at["lost_today"]), mass(at["recovered_best"]),
        ])  # fmt: skip
    return Grid(f"In {one} sold in {data.attrs['sold']}: contained elements", headings, rows)


def _whole_range(data: xr.Dataset, end: str) -> xr.DataArray:
    """Return one end of the range over both parts, NaN where a part that holds the element has no range."""
    known = data[f"inside_{end}"].notnull() | (data.inside == 0)
    return data[f"inside_{end}"].sum("part").where(known.all("part"))


def _show_here(console: Console, data: xr.Dataset, pack: Pack) -> None:
    state = pack.nouns.cell("places", data.attrs["state"], "name")
    many = MANY_OF[data.attrs["counted_in"]].format(amount=rounded(float(data.units_here)))
    held = data.elements_here.sum("element_here")
    console.print(
        f"\n{escape(state)}, {data.attrs['year']}: {many} reach end of life, with or without such magnets. In them are "
        f"{rounded(float(data.magnets_here))} t of rare-earth magnets and {rounded(float(held.isel(part=1)))} t of "
        "other metals the pack knows of.", highlight=False, soft_wrap=True,
    )  # fmt: skip
    for name, note in zip(data.hub_name.values, data.hub_note.values, strict=True):
        console.print(f"  hub: {escape(str(name))}{f', {escape(str(note))}' if note else ''}", highlight=False)
    for name in data["project"].values:
        one = data.sel(project=name)
        capacity = float(one.project_capacity)
        size = UNSAID if np.isnan(capacity) else f"{rounded(capacity)} t/year"
        what = f"{one.project_stage.item()}, {one.project_status.item()}, {size}"
        console.print(f"  project: {escape(_project(one))} ({escape(what)})", highlight=False)
    if not data.sizes["project"]:
        console.print("  No project of the way back there is in the pack.", highlight=False)


def _project(one: xr.Dataset) -> str:
    return f"{one.project_name.item()} ({one.project_owner.item()})"


def _show_ending(console: Console, finding: Finding) -> None:
    counted = by_confidence(finding.figures)
    said = ", ".join(f"{count} {confidence}" for confidence, count in counted.items() if count)
    convention = finding.data.attrs["convention"]
    console.print(f"\nCounted: {escape(convention)}.", highlight=False, soft_wrap=True)
    console.print(f"{len(finding.figures)} figures used ({said}).", highlight=False)


def show_catchment(finding: Finding, pack: Pack) -> None:
    """Print what arises within reach of a place, and whether it fills the plants there."""
    console, data = screen(), finding.data
    attrs = data.attrs
    names = [pack.nouns.cell("places", str(state), "name") for state in data["place"].values]
    share = float(data.share_of_country.isel(year=0))
    console.print(
        f"\nWithin reach of {escape(attrs['name'])}, that is its own state and those whose capital lies within "
        f"{attrs['within_km']:g} km, are: {escape(', '.join(names))}. There arises {percent(share)} of the magnets in "
        f"used goods of {escape(attrs['country'])} ({attrs['year']}).\n",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    console.print(escape(_is_there_feed(data)) + "\n", highlight=False, soft_wrap=True)
    console.print(_catchment_table(data))
    _show_projects(console, data)
    for note in attrs["notes"].splitlines():
        console.print(f"\n{escape(note)}", highlight=False, soft_wrap=True)
    _show_ending(console, finding)


def _is_there_feed(data: xr.Dataset) -> str:
    """Return the answer in a sentence: how far feed fills what stands, and what is merely claimed."""
    year, last = data.attrs["year"], int(data["year"].values[-1])
    filled = data.coverage.isel(up_to=-1)
    parts = []
    for collection, words in (("today", "today’s routes"), ("full", "full collection")):
        ends = [float(filled.sel(collection=collection, year=at)) for at in (year, last)]
        said = [percent(end) for end in ends if not np.isnan(end)]
        if said:
            parts.append(f"{words} would fill {' and '.join(said)} of it")
    if not parts:
        answer = "No plant that counts lies within reach: there is feed and nothing to take it."
    else:
        capacity = rounded(float(data.capacity.sel(status=data["up_to"].values, year=last).sum()))
        years = f"in {year} and in {last}" if len(data["year"]) > 1 else f"in {year}"
        answer = f"Plants within reach, {capacity} t a year by {last}: {'; '.join(parts)} ({years})."
    claimed = float(data.capacity.isel(status=-1).sel(year=last))
    if claimed:
        feed = float(data.feed.sel(collection="full", year=last).sum())
        answer += (
            f" Claimed beside them, and not counted, are {rounded(claimed)} t a year; full collection would fill "
            f"{percent(feed / claimed)} of that in {last}."
        )
    return answer


COLLECTION_NAMES = {
    "end_of_life": "reaching end of life", "today": "  recoverable, today's routes",
    "full": "  recoverable, full collection",
}  # fmt: skip


def _catchment_table(data: xr.Dataset) -> Grid:
    rows = []
    feed = data.feed.sum("product")
    for collection, label in COLLECTION_NAMES.items():
        rows.append([label, *(rounded(float(value)) for value in feed.sel(collection=collection))])
    for status in data["status"].values:
        label = f"capacity {status}" + ("" if status in data["up_to"].values else " (not counted)")
        rows.append([label, *(rounded(float(value)) for value in data.capacity.sel(status=status))])
    for collection in ("today", "full"):
        before = np.array([])
        for up_to in data["up_to"].values:
            of = data.coverage.sel(collection=collection, up_to=up_to).values
            if np.isfinite(of).any() and not np.array_equal(of, before, equal_nan=True):
                before = of
                said = ["no plant" if np.isnan(one) else percent(float(one)) for one in of]
                rows.append([f"feed over capacity up to {up_to}: {COLLECTION_NAMES[collection].strip()}", *said])
    title = "t of rare-earth magnet a year, gross, calendar years"
    return Grid(title, ["", *map(str, data["year"].values)], rows)


def _show_projects(console: Console, data: xr.Dataset) -> None:
    for name in data["project"].values:
        one = data.sel(project=name)
        capacity, start = float(one.project_capacity), float(one.project_start)
        parts = [
            str(one.project_stage.item()), str(one.project_status.item()),
            UNSAID if np.isnan(capacity) else f"{rounded(capacity)} t/year",
            "first year not said" if np.isnan(start) else f"from {start:.0f}", f"{float(one.project_km):.0f} km away",
        ]  # fmt: skip
        said = ", ".join(filter(None, parts))
        console.print(f"  {escape(_project(one))}: {escape(said)}", highlight=False, soft_wrap=True)
    if not data.sizes["project"]:
        console.print("No project of the way back lies within reach: only the feed is shown.", highlight=False)


def show_claims(claims: Sequence[dict[str, Any]]) -> None:
    """Print what is said in public, our number beside it, and the verdict with its reason."""
    console = screen()
    for claim in claims:
        style = VERDICT_STYLES[claim["verdict"]]
        head = f"[{style}]{claim['verdict'].upper()}[/]  {escape(claim['claim'])}"
        console.print(head, highlight=False, soft_wrap=True)
        for line in _claim_lines(claim):
            console.print(escape(f"  {line}"), highlight=False, soft_wrap=True)
        console.print()
    counted = {verdict: sum(claim["verdict"] == verdict for claim in claims) for verdict in VERDICT_STYLES}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counted.items())
    ending = f"{len(claims)} claims: {said}." if claims else "The pack has no claims."
    console.print(ending, highlight=False, soft_wrap=True)


def _claim_lines(claim: dict[str, Any]) -> list[str]:
    number = UNKNOWN if claim["ours"] is None else _with_unit(claim["ours"], claim["unit"])
    whose = "published" if claim["ours_is"].startswith("published:") else "ours"
    others = [
        f"  {other['label']}: {UNKNOWN if other['value'] is None else _with_unit(other['value'], claim['unit'])}"
        for other in claim["others"]
    ]
    return [
        f"said by: {claim['said_by']} ({claim['period']})",
        f"tested: {claim['definition']}",
        f"holds if {_interval(claim)}; {whose}: {number}" if _interval(claim) else f"{whose}: {number}",
        *others,
        *([claim["why"]] if claim["why"] else []),
        f"source: {claim['source']} ({claim['confidence']})",
    ]


def _interval(claim: dict[str, Any]) -> str:
    low, high = ("" if claim[end] is None else _as_written(claim[end]) for end in ("low", "high"))
    unit = "" if claim["unit"] in PLAIN_UNITS else f" {claim['unit']}"
    if low and high:
        return f"between {low} and {high}{unit}"
    return f"at least {low}{unit}" if low else f"at most {high}{unit}" if high else ""


def _as_written(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.6g}"


def _with_unit(number: float, unit: str) -> str:
    said = f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
    return said if unit in PLAIN_UNITS else f"{said} {unit}"
