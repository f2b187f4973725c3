"""What the terminal says of risk: one table a stage, every number with its basis, every gap with its reason."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from chumbak.pack import Fault, Pack, PackError, load
from chumbak.pack.faults import did_you_mean
from chumbak.report.grid import Grid
from chumbak.report.screen import screen

SCORES = (  # measure, what it is called, what it becomes when part of the world is not listed
    ("hhi", "concentration of world supply (HHI)", "hhi_upper"),
    ("hhi_sourcing", "concentration of imports (HHI)", "hhi_sourcing_upper"),
    ("import_reliance", "import reliance", None),
    ("geopolrisk", "GeoPolRisk score", "geopolrisk_upper"),
    ("factor", "GeoPolRisk factor, kg Cu-eq/kg", None),
    ("eu_sr", "EU supply risk (critical from 1)", None),
)
TRAP = (
    "Tonnes mislead where a tariff line holds more than its name: shares of rare-earth magnets are to be read by value."
)
ORIGINS = 4


def show_risk(
    pack_name: str,
    stage: str | None,
    year: int | None,
    as_json: bool,
    scenario: str = "reference",
    overlays: Sequence[Path] = (),
) -> None:
    """Print, for one stage or all, the scores of a year and who supplies; or both as JSON.

    Without ``year`` each stage shows the last year that can be scored. Raises ``PackError`` for a pack without
    exposures, an unknown stage, and a year without data, which it answers with the years there are.
    """
    pack = load(pack_name, scenario, tuple(overlays))
    from chumbak.answer.dependence import dependence, dependence_document
    from chumbak.answer.exposure import exposure, risk_document, trap

    finding = exposure(pack)
    supply = dependence_document(dependence(pack))
    _check(pack, risk_document(finding), supply, stage, year)
    risk = risk_document(finding, year)
    shown = {name: one for name, one in risk.items() if stage in (None, name)}
    sources = {name: _of_year(supply.get(name, []), shown[name]["year"], year) for name in shown}
    if as_json:
        found = {"risk": shown, "dependence": sources}
        sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        return
    console = screen()
    for name, one in shown.items():
        _show_stage(console, pack, name, one, sources[name])
    console.print(escape(trap(risk)), highlight=False)
    console.print(escape(TRAP), highlight=False)


def _check(pack: Pack, risk: Mapping[str, Any], supply: Mapping[str, Any], stage: str | None, year: int | None) -> None:
    """Raise ``PackError`` for what cannot be shown."""
    if not risk:
        what = "this pack holds no exposures, so there is no risk to score"
        mend = "Fill the tables origins, records and exposures; docs/packs.md says how."
        raise PackError([Fault(pack.name, 0, "", "no-exposures", what, mend)])
    if stage is not None and stage not in risk:
        what = f"there is no stage '{stage}' whose risk is scored"
        raise PackError([Fault("--stage", 0, "", "unknown-stage", what, did_you_mean(stage, list(risk)))])
    names = [stage] if stage else list(risk)
    known = {int(one) for name in names for one in risk[name]["years"]}
    known |= {item["year"] for name in names for item in supply.get(name, [])}
    if year is not None and year not in known:
        of_stage = f" of the stage '{stage}'" if stage else ""
        what = f"there is no record{of_stage} for {year}"
        mend = f"There are records for {_spans(sorted(known))}." if known else "There are none for any year."
        raise PackError([Fault("--year", 0, "", "year-without-data", what, mend)])


def _spans(years: Sequence[int]) -> str:
    """Write years as ``2005, 2010 to 2024``."""
    spans: list[list[int]] = []
    for year in years:
        if spans and spans[-1][-1] == year - 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(f"{one[0]} to {one[-1]}" if len(one) > 1 else str(one[0]) for one in spans)


def _of_year(items: Sequence[Mapping[str, Any]], scored: int | None, asked: int | None) -> list[Mapping[str, Any]]:
    """Return the records of the year asked for; without one, of the year scored or else the last there is."""
    years = [item["year"] for item in items]
    year = asked or scored or max(years, default=None)
    return [item for item in items if item["year"] == year]


def _show_stage(
    console: Console, pack: Pack, name: str, one: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]
) -> None:
    stages = pack.nouns.tables.get("stages", {})
    called = stages[name]["name"] if name in stages else one["name"]
    when = f", {one['year']}" if one["year"] else ""
    console.print(f"\n[bold]{escape(called)}[/bold]: {escape(one['material'])}{when}", highlight=False)
    for measure, label, upper in SCORES:
        console.print(f"  {label:<38}{escape(_score(one, measure, upper))}", highlight=False, soft_wrap=True)
    for what, text in (
        ("rests on", one["basis"]), ("EU rests on", one["eu_terms"]), ("tonnes", one["warning"]), ("note", one["note"]),
    ):  # fmt: skip
        if text:
            console.print(f"  {what}: {escape(text)}", highlight=False, soft_wrap=True)
    if sources:
        console.print(_sources(sources))
    for item in sources:
        said = " ".join(text for text in (item["why"], item["warning"]) if text)
        if said:
            console.print(f"  {escape(item['name'])}: {escape(said)}", highlight=False, soft_wrap=True)


def _score(one: Mapping[str, Any], measure: str, upper: str | None) -> str:
    if one[measure] is None:
        return f"none. {one['why'].get(measure, '')}"
    if upper is None:
        return f"{one[measure]:.3f}"
    most = one[upper]
    if most is None:
        return f"{one[measure]:.3f}, of the origins listed"
    said = _range(one[measure], most)
    return said if " to " not in said else f"{said}, as not all origins are listed"


def _range(least: float, most: float | None) -> str:
    return f"{least:.3f}" if most is None or f"{least:.3f}" == f"{most:.3f}" else f"{least:.3f} to {most:.3f}"


def _sources(items: Sequence[Mapping[str, Any]]) -> Grid:
    rows = []
    for item in items:
        basis = item["measure"] if item["basis"] == item["measure"] else f"{item['measure']}, {item['basis']}"
        first = list(item["shares"].items())[:ORIGINS]
        shares = ", ".join(f"{origin} {share:.1%}" for origin, share in first) or "no shares"
        hhi = "" if item["hhi"] is None else _range(item["hhi"], item["hhi_upper"])
        rows.append([item["name"], item["period"], basis, item["vintage"], shares, hhi])
    return Grid("Who supplies", ["record", "period", "by", "vintage", "shares", "HHI"], rows, words=5)
