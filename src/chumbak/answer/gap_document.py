"""Need, supply and self-reliance as plain documents, for answer.json and the terminal."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.finding import Finding

UNITS = {
    "need.<stage>_t": (
        "t/year that the rung has to hand on for magnets in goods made at home, swarf returned, gross: mining in "
        "ore concentrate (for neodymium and praseodymium), separation in oxides, metal, alloy, finished magnet"
    ),
    "need.by_definition.*": "as need, for magnets in goods sold and for those embedded in imported goods",
    "need.by_element_t, supply.*.by_element_t": "t/year of contained element",
    "need.by_grade_t, supply.*.by_grade_t": "t/year of finished magnets of the grade family, gross",
    "need.ore_for_t": "t/year of ore concentrate that holds enough of the element, for itself alone",
    "supply.<status>.<stage>_t": "t/year for makers in the country from projects of this status alone, gross",
    "lacking.<status>.<stage>_t": "t/year: need less supply of this status and surer ones, gross",
    "self_reliance.<status>.<stage>": (
        "share of need, in contained neodymium and praseodymium, met by projects of this status and surer ones; "
        "null where nothing is needed"
    ),
    "self_reliance.<status>.chain": "share of need met with oxide, metal, alloy and magnet all made at home",
    "self_reliance.<status>.chain_mixed": "the same, where home and foreign material are well mixed and not kept apart",
    "self_reliance.<status>.weakest": "as the shares above, for the element that is scarcest on the rung",
}


def gap_document(finding: Finding) -> dict[str, Any]:
    """Return ``need``, ``supply``, ``lacking`` and ``self_reliance`` as plain dictionaries; years are text."""
    data = finding.data
    own = data.sel(definition="made_at_home", drop=True)
    need: dict[str, Any] = _by_stage(own.need)
    need["by_definition"] = {str(name): _by_stage(data.need.sel(definition=name)) for name in data["definition"].values}
    need["by_element_t"] = _nested(own.need_element, "stage", "element")
    need["by_grade_t"] = {str(name): years(own.need_grade.sel(grade=name)) for name in data["grade"].values}
    if "ore_for" in data:
        need["ore_for_t"] = {str(name): years(data.ore_for.sel(element=name)) for name in data["element"].values}
    supply, lacking, reliance = {}, {}, {}
    for status in data["status"].values.tolist():
        one = data.sel(status=status, drop=True)
        by_element = _nested(one.supply_element, "stage", "element")
        by_grade = {str(name): years(one.supply_grade.sel(grade=name)) for name in data["grade"].values}
        supply[status] = {**_by_stage(one.supply), "by_element_t": by_element, "by_grade_t": by_grade}
        lacking[status] = _by_stage(one.lacking)
        reliance[status] = _reliance(one)
    return {"need": need, "supply": supply, "lacking": lacking, "self_reliance": reliance}


def _reliance(one: xr.Dataset) -> dict[str, Any]:
    stages = one["stage"].values.tolist()
    weakest = {stage: _named(one.reliance_weakest.sel(stage=stage), one.weakest.sel(stage=stage)) for stage in stages}
    return {
        **{stage: years(one.reliance_ndpr.sel(stage=stage)) for stage in stages},
        "chain": years(one.chain_ndpr),
        "chain_mixed": years(one.chain_mixed),
        "weakest": {**weakest, "chain": _named(one.chain_weakest, one.chain_weakest_element)},
    }


def _named(shares: xr.DataArray, elements: xr.DataArray) -> dict[str, dict[str, Any]]:
    by_year = years(shares)
    names = (str(name) or None for name in elements.values)
    return {year: {"share": share, "element": name} for (year, share), name in zip(by_year.items(), names, strict=True)}


def _by_stage(numbers: xr.DataArray) -> dict[str, Any]:
    return {f"{stage}_t": years(numbers.sel(stage=stage)) for stage in numbers["stage"].values}


def _nested(numbers: xr.DataArray, outer: str, inner: str) -> dict[str, dict[str, Any]]:
    return {
        str(first): {str(second): years(numbers.sel({outer: first, inner: second})) for second in numbers[inner].values}
        for first in numbers[outer].values
    }


def years(numbers: xr.DataArray) -> dict[str, float | None]:
    """Return an array over ``year`` as text year -> number, None where it is missing."""
    rounded = numbers.values.astype(float).round(6) + 0.0  # no -0.0
    pairs = zip(numbers["year"].values, rounded, strict=True)
    return {str(year): None if np.isnan(number) else float(number) for year, number in pairs}
