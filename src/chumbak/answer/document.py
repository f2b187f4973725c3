"""The answer as a document: what goes into answer.json (its shape is answer.schema.json beside this file)."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import resources
from typing import Any

import xarray as xr

from chumbak import __version__
from chumbak.answer.backtest_document import backtest_document
from chumbak.answer.claims import claims_document
from chumbak.answer.dependence import dependence_document
from chumbak.answer.ensemble import PERCENTILES
from chumbak.answer.everyday import catchments_document, devices_document
from chumbak.answer.evidence import by_confidence, resting_on
from chumbak.answer.exposure import risk_document
from chumbak.answer.gap_document import UNITS as GAP_UNITS
from chumbak.answer.gap_document import gap_document
from chumbak.answer.overview import Answer
from chumbak.answer.plan_document import plan_document
from chumbak.answer.published import compare
from chumbak.answer.shock_document import UNITS as STRESS_UNITS
from chumbak.answer.shock_document import stress_documents
from chumbak.pack import Pack

GROSS = "t/year of finished rare-earth magnet, gross mass, calendar years"
CONTAINED = "t/year of contained element, calendar years"
TRADE_UNITS = {
    "dependence.<stage>[].shares": "shares by origin (ISO 3166 alpha-3), of the basis, measure and year said",
    "dependence.<stage>[].hhi, risk.*.hhi": "sum of squared shares, 0 to 1",
    "risk.<stage>.geopolrisk": "GeoPolRisk score, 0 to 1; null with the reason in why where something is missing",
    "risk.<stage>.eu_sr": "EU supply risk; 1 and above is critical",
    "risk.<stage>.import_reliance": "net imports over home output and net imports, 0 to 1",
}


def document(answer: Answer, run_id: str) -> dict[str, Any]:
    """Return the answer as plain dictionaries; years are text, numbers rounded to a gram in a tonne."""
    data, pack = answer.data, answer.pack
    ensemble = answer.ensemble
    found: dict[str, Any] = {
        **heading(pack, run_id, ensemble.draws if ensemble else 0, ensemble.seed if ensemble else None),
        "units": units(data),
        "demand": _demand(answer),
        "urban_mine": _urban_mine(data),
        "other_metals": {
            "end_of_life_t": _by(data.metal_end_of_life.sum("holder"), "metal"),
            "recovered_today_t": _by(data.metal_today.sum("holder"), "metal_recovered"),
        },
        "published": [asdict(comparison) for comparison in compare(answer)],
        "evidence": _evidence(answer),
    }
    if "gap" in answer.findings:
        found |= gap_document(answer.findings["gap"])
        found["units"] |= GAP_UNITS
    if "dependence" in answer.findings:
        found["dependence"] = dependence_document(answer.findings["dependence"])
        found["risk"] = risk_document(answer.findings["exposure"])
        found["units"] |= TRADE_UNITS
    if "devices" in answer.findings:
        found["devices"] = devices_document(answer.findings["devices"])
        data = answer.findings["devices"].data
        found["units"] |= {f"devices.*.{name}": str(data[name].attrs["units"]) for name in data.data_vars}
    if "catchments" in answer.findings:
        data = answer.findings["catchments"].data
        found["catchments"] = catchments_document(answer.findings["catchments"])
        found["units"]["catchments.*"] = f"t/year of magnet within {data.attrs['within_km']:g} km, gross"
    if pack.nouns.ids("claims"):
        found["claims"] = claims_document(answer, found)
    if answer.plan is not None:
        found["plan"] = plan_document(answer.plan)
        found["units"]["plan.*"] = "as plan.convention says; every table of the plan beside its numbers"
    if answer.payers is not None:
        found["scheme"] = answer.payers
        found["units"]["scheme.*"] = "as scheme.units says"
    if answer.stress:
        found |= stress_documents(pack, answer.stress, ensemble.seed if ensemble else None)
        found["units"] |= STRESS_UNITS
    if answer.backtests:
        found["backtests"] = {one.file.name: backtest_document(one) for one in answer.backtests}
        found["units"]["backtests.*"] = "as the unit of each back-test says"
    if ensemble:
        found["bands"] = {
            str(name): {
                percentile: _years(ensemble.bands.sel(name=name, percentile=percentile, year=data["year"]))
                for percentile in PERCENTILES
            }
            for name in ensemble.bands["name"].values
        }
        found["matters_most"] = [{**asdict(one), "keys": list(one.keys)} for one in ensemble.influences]
    return found


def heading(pack: Pack, run_id: str, draws: int = 0, seed: int | None = None) -> dict[str, Any]:
    """Return what a document is of: the pack, the scenario and the run."""
    return {
        "pack": pack.name,
        "scenario": pack.scenario,
        "run": {
            "id": run_id,
            "chumbak": __version__,
            "draws": draws,
            "seed": seed,
            "place": pack.place,
            "base_year": pack.base_year,
            "overlays": [path.name for path in pack.overlays],
        },
    }


def units(data: xr.Dataset) -> dict[str, str]:
    """Return the unit and basis of each group of numbers."""
    return {
        "demand.*_t": GROSS,
        "demand.by_element_t": CONTAINED,
        "urban_mine.*_t": GROSS,
        "urban_mine.by_element_t": CONTAINED,
        "urban_mine.recoverable_today_by_element_t": CONTAINED,
        "urban_mine.recoverable_full_by_element_t": CONTAINED,
        "urban_mine.in_use_t": "t of rare-earth magnet in goods in use at the end of the calendar year, gross mass",
        "other_metals.*_t": CONTAINED,
        "bands": "as the number of the same name; p05 and p95 hold 90 % of the draws between them",
        "convention": str(data.attrs.get("convention", "")),
    }


def schema() -> dict[str, Any]:
    """Return the JSON Schema of answer.json."""
    text = resources.files(__package__).joinpath("answer.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _demand(answer: Answer) -> dict[str, Any]:
    data, pack = answer.data, answer.pack
    sectors = xr.DataArray(
        [pack.nouns.cell("products", str(product), "sector") for product in data["product"].values],
        dims="product", name="sector",
    )  # fmt: skip
    return {
        "total_t": _years(data.sold.sum("product")),
        "made_at_home_t": _years(data.made_at_home.sum("product")),
        "embedded_imports_t": _years(data.embedded_imports.sum("product")),
        "exports_t": _years(data.exported.sum("product_exported")),
        "exports_cover": [str(product) for product in data["product_exported"].values],
        "by_product_t": _by(data.sold, "product"),
        "by_sector_t": _by(data.sold.groupby(sectors).sum(), "sector"),
        "by_grade_t": _by(data.sold_by_grade.sum("product"), "grade"),
        "by_element_t": _by(data.sold_by_element.sum("product"), "element"),
        "made_at_home_by_product_t": _by(data.made_at_home, "product"),
        "swarf_t": _years(data.swarf.sum("product")),
    }


def _urban_mine(data: xr.Dataset) -> dict[str, Any]:
    return {
        "in_use_t": _years(data.in_use.sum("product")),
        "end_of_life_t": _years(data.end_of_life.sum("product")),
        "recoverable_today_t": _years(data.recoverable_today.sum("product")),
        "recoverable_full_t": _years(data.recoverable_full.sum("product")),
        "by_element_t": _by(data.end_of_life_by_element.sum("product"), "element"),
        "by_grade_t": _by(data.end_of_life_by_grade.sum("product"), "grade"),
        "by_product_t": _by(data.end_of_life, "product"),
        "by_place_t": _by(data.end_of_life_by_place, "place"),
        "recoverable_today_by_element_t": _by(data.today_by_element.sum("product"), "element"),
        "recoverable_full_by_element_t": _by(data.full_by_element.sum("product"), "element"),
        "recoverable_full_by_place_t": _by(data.full_by_place, "place"),
    }


def _evidence(answer: Answer) -> dict[str, Any]:
    rests = resting_on(answer, answer.pack.base_year)
    return {
        "figures_used": len(answer.figures),
        "by_confidence": by_confidence(answer.figures),
        "rests_on": {
            str(attribute): {
                str(confidence): round(float(rests.sel(attribute=attribute, confidence=confidence)), 6)
                for confidence in rests["confidence"].values
            }
            for attribute in rests["attribute"].values
        },
    }


def _years(numbers: xr.DataArray) -> dict[str, float]:
    """Return an array over ``year`` as text year -> number."""
    rounded = numbers.values.astype(float).round(6) + 0.0  # no -0.0
    return {str(year): float(number) for year, number in zip(numbers["year"].values, rounded, strict=True)}


def _by(numbers: xr.DataArray, dim: str) -> dict[str, dict[str, float]]:
    """Return an array over ``dim`` and ``year`` as label -> year -> number."""
    return {str(label): _years(numbers.sel({dim: label})) for label in numbers[dim].values}
