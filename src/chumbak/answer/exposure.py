"""How exposed: concentration, import reliance, GeoPolRisk and EU supply risk of each stage, year by year.

The table of exposures says of each which records it rests on; this puts them together and lets ``risk`` score them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.dependence import FLOOR, floors_by_stage, home_origin, records, rounded
from chumbak.answer.finding import Finding
from chumbak.pack import Pack
from chumbak.risk import NEUTRAL, Exposure, assess, warnings
from chumbak.risk.assess import PARAMETERS

MEASURES = (  # what the document gives, in its order
    "hhi", "hhi_upper", "hhi_sourcing", "hhi_sourcing_upper", "import_reliance", "import_risk", "geopolrisk",
    "geopolrisk_upper", "price", "factor", "eu_sr", "eu_global", "eu_sourcing",
)  # fmt: skip
REASONS = {
    "hhi": "why_hhi", "hhi_sourcing": "why_hhi_sourcing", "import_reliance": "why_import_reliance",
    "geopolrisk": "why_geopolrisk", "factor": "why_factor", "eu_sr": "why_eu_sr",
}  # fmt: skip
HEADLINE = ("geopolrisk", "eu_sr", "hhi", "hhi_sourcing")  # the year shown is the last with the first of these
TRAP = "One score for an element misleads: the same formula gives another answer at every stage."


def exposure(pack: Pack) -> Finding:
    """Return every measure of ``chumbak.risk.assess`` for each exposure of the pack, over its years of records.

    Variables as there, over ``exposure``, ``year`` (and ``origin``); and in words ``basis`` (exposure, year), the
    records with their measures and vintages that each year rests on, and ``warning`` on the tonnes behind the
    price. Coordinates of ``exposure``: ``stage``, ``name``, ``material``, ``weight``, ``note``. A pack without
    exposures gives an empty Dataset.
    """
    known = records(pack)
    ids = pack.nouns.ids("exposures")
    if known is None or not ids:
        return Finding("exposure", xr.Dataset(), ())
    amounts, total = known
    years = [int(year) for year in amounts["year"].values]
    floors = floors_by_stage(pack)
    parts = []
    keys: set[str] = set()
    for name in ids:
        source = _Sources(pack, name, amounts, total)
        keys |= source.keys()
        given, basis = source.exposure()
        scored = assess(given, years)
        warning = warnings(scored["price"], *floors.get(pack.nouns.cell("exposures", name, "stage"), (0.0, "")))
        parts.append(scored.assign(basis=basis, warning=warning))
    data = xr.concat(parts, xr.IndexVariable("exposure", ids), join="outer", combine_attrs="override")
    columns = ("name", "stage", "material", "weight", "note")
    data = data.assign_coords(
        {column: ("exposure", [pack.nouns.cell("exposures", one, column) for one in ids]) for column in columns}
    )
    data.attrs = {
        "convention": "Calendar years; home output known by fiscal year stands under the year it starts in. "
        "Lower bounds where a record lists part of the world.",
        "notes": TRAP,
        "place": pack.place,
    }
    figures = pack.figures(("record", "stability", "governance", "sourcing", FLOOR))
    used = (figure for figure in figures if figure.key.rpartition(".")[0] in keys)
    return Finding("exposure", data, tuple(used))


class _Sources:
    """The records behind one exposure."""

    def __init__(self, pack: Pack, name: str, amounts: xr.DataArray, total: xr.DataArray) -> None:
        self.pack, self.name, self.amounts, self.total = pack, name, amounts, total
        self.cells = {
            column: pack.nouns.cell("exposures", name, column)
            for column in ("world", "imports", "weight", "exports", "production", "unrated")
        }
        self.home = home_origin(pack)

    def keys(self) -> set[str]:
        """Return what the keys of the figures used start with."""
        ids = [one for column in ("world", "imports", "exports", "production") for one in self.cells[column].split()]
        return {f"record.{one}" for one in ids} | {f"sourcing.{self.name}", "stability", "governance", FLOOR}

    def exposure(self) -> tuple[Exposure, xr.DataArray]:
        """Return what is known, and in words over ``year`` what it rests on."""
        weight = self.cells["weight"]
        world, world_total, of_world = self._first(self.cells["world"].split())
        imports, of_imports = self._sum("imports", weight)
        exports, _ = self._sum("exports", weight)
        production, of_production = self._sum("production", weight)
        other = {measure: self._sum("imports", measure)[0] for measure in ("value", "mass")}
        rests = {"World": [of_world], f"Imports by {weight}": of_imports, "Home output": of_production}
        stability = self.pack.array("stability")
        neutral = stability["origin"].isin(self.cells["unrated"].split())
        return (
            Exposure(
                world=world,
                world_total=world_total,
                imports=imports,
                imports_complete=self._complete(of_imports),
                exports=self._at_home(exports),
                production=self._at_home(production),
                value=other["value"],
                mass=other["mass"],
                stability=stability.where(~neutral, 2.5 - 5 * NEUTRAL),
                governance=self.pack.array("governance"),
                parameters=self._parameters(),
            ),
            self._basis(rests),
        )

    def _at_home(self, amounts: xr.DataArray) -> xr.DataArray:
        return amounts.reindex(origin=[self.home]).squeeze("origin", drop=True)

    def _first(self, ids: Sequence[str]) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
        """Return amounts and total of the first record that has the year, and which that is ('' if none)."""
        plain = self.amounts.isel(record=0).reset_coords(drop=True)
        amounts, total = xr.full_like(plain, np.nan), xr.full_like(plain.isel(origin=0, drop=True), np.nan)
        taken = xr.full_like(total, "", dtype=object)
        for one in ids:
            new = self.amounts.sel(record=one).reset_coords(drop=True)
            take = new.notnull().any("origin") & (taken == "")
            stated = self.total.sel(record=one).reset_coords(drop=True)
            total = total.where(~take, stated.where(stated.notnull(), new.sum("origin")))
            amounts = amounts.where(~take, new)
            taken = taken.where(~take, one)
        return amounts, total, taken

    def _sum(self, column: str, measure: str) -> tuple[xr.DataArray, list[xr.DataArray]]:
        """Return the sum over commodities by origin, and the record taken of each.

        Of records of one commodity the first that has the year is taken. A year that one commodity lacks is
        missing: the others alone would be too little.
        """
        by_commodity: dict[str, list[str]] = {}
        for one in self.cells[column].split():
            if self._cell(one, "measure") == measure:
                by_commodity.setdefault(self._cell(one, "commodity"), []).append(one)
        parts = [self._first(group) for group in by_commodity.values()]
        if not parts:
            return self._first([])[0], []
        stacked = xr.concat([part[0] for part in parts], "commodity")
        whole = stacked.notnull().any("origin").all("commodity")
        taken = [part[2].where(whole, "") for part in parts]
        return stacked.sum("commodity", min_count=1).where(whole), taken

    def _complete(self, taken: Sequence[xr.DataArray]) -> xr.DataArray:
        """Return over ``year`` whether every record taken lists every origin."""
        listed = [one for one in self.pack.nouns.ids("records") if self._cell(one, "complete") == "yes"]
        known = [one.isin(listed) for one in taken] or [xr.zeros_like(self.amounts["year"], dtype=bool)]
        return xr.concat(known, "commodity").all("commodity").astype(float)

    def _basis(self, rests: dict[str, list[xr.DataArray]]) -> xr.DataArray:
        """Return what each year rests on, in words: ``World: ... Imports by mass: ...``."""
        years = self.amounts["year"]
        text = []
        for i in range(years.size):
            taken = {what: [str(one.values[i]) for one in each if one.values[i]] for what, each in rests.items()}
            text.append(". ".join(f"{what}: {self._words(ids)}" for what, ids in taken.items() if ids))
        attrs = {"units": "text", "long_name": "what the scores rest on"}
        return xr.DataArray(np.array(text, dtype=object), {"year": years.values}, attrs=attrs)

    def _words(self, ids: Sequence[str]) -> str:
        """Return commodities with basis and vintage, those of one vintage together."""
        grouped: dict[str, list[str]] = {}
        for one in ids:
            said = [
                self._cell(one, "vintage"),
                self._cell(one, "basis"),
                "" if self._cell(one, "complete") == "yes" else "not all origins listed",
                "fiscal year" if self._cell(one, "years") == "fiscal" else "",
            ]
            grouped.setdefault(", ".join(filter(None, said)), []).append(self._cell(one, "commodity"))
        return "; ".join(f"{' + '.join(named)} ({said})" for said, named in grouped.items())

    def _cell(self, record: str, column: str) -> str:
        return self.pack.nouns.cell("records", record, column)

    def _parameters(self) -> dict[str, xr.DataArray | float]:
        """Return the parameters that the pack gives; the trade parameter may differ by origin."""
        found: dict[str, xr.DataArray | float] = {}
        for name in PARAMETERS:
            entry = self.pack.entries.get(f"sourcing.{self.name}.{name}")
            if entry is not None:
                found[name] = float(entry.value)
        if "trade_parameter" in found:
            origins = [str(origin) for origin in self.amounts["origin"].values]
            general = found["trade_parameter"]
            own = [self.pack.entries.get(f"sourcing.{self.name}.trade_parameter_{one}") for one in origins]
            each = [general if entry is None else float(entry.value) for entry in own]
            found["trade_parameter"] = xr.DataArray(each, {"origin": origins})
        return found


def risk_document(finding: Finding, year: int | None = None) -> dict[str, dict[str, Any]]:
    """Return the finding as plain values: by stage one year, and all years.

    The year is ``year``, which must be one of the finding's, or else the last that can be scored; None, with
    nothing but reasons, if none can. The first exposure of a stage stands under the name of the stage, any
    other under its own.
    """
    found: dict[str, dict[str, Any]] = {}
    if not finding.data:
        return found
    for name in finding.data["exposure"].values:
        one = finding.data.sel(exposure=name)
        stage = str(one["stage"].values)
        found[str(name) if stage in found else stage] = _stage(one, str(name), year)
    return found


def trap(document: dict[str, dict[str, Any]]) -> str:
    """Return in a sentence how far the GeoPolRisk scores of the stages lie apart."""
    scores = {stage: one["geopolrisk"] for stage, one in document.items() if one["geopolrisk"]}
    if len(scores) < 2:
        return TRAP
    least, most = min(scores, key=lambda stage: scores[stage]), max(scores, key=lambda stage: scores[stage])
    return (
        f"One score for an element misleads: by the same formula (GeoPolRisk) the stage {least} has "
        f"{scores[least]:.3f} and the stage {most} {scores[most]:.3f}, "
        f"{scores[most] / scores[least]:.1f} times as much."
    )


def shown_year(one: xr.Dataset) -> int | None:
    """Return the last year with the foremost measure that one exposure has at all; None if it has none."""
    for measure in HEADLINE:
        years = one["year"].values[one[measure].notnull().values]
        if years.size:
            return int(years[-1])
    return None


def _stage(one: xr.Dataset, name: str, asked: int | None) -> dict[str, Any]:
    known = one["year"].values.tolist()
    year = shown_year(one) if asked is None else asked
    at = one.sel(year=year or known[-1])
    whys = {measure: str(at[why].values) for measure, why in REASONS.items()}
    if year is None:  # nothing is known of any year: do not blame the last
        whys = {measure: why.replace(f" in {known[-1]}", "") for measure, why in whys.items()}
    table = {measure: one[measure].values for measure in MEASURES}
    years = {
        str(year): {measure: rounded(values[i]) for measure, values in table.items()}
        for i, year in enumerate(one["year"].values)
        if any(not np.isnan(values[i]) for values in table.values())
    }
    return {
        "exposure": name,
        "name": str(one["name"].values),
        "material": str(one["material"].values),
        "year": year,
        **{measure: rounded(at[measure]) for measure in MEASURES},
        "eu_terms": str(at["eu_terms"].values),
        "basis": str(at["basis"].values),
        "weight": str(one["weight"].values),
        "warning": str(at["warning"].values),
        "why": {measure: why for measure, why in whys.items() if why},
        "note": str(one["note"].values),
        "years": years,
    }
