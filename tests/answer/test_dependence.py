"""Where we stand: shares by stage, origin, basis and year, from every record; totals and odd tonnes told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from chumbak.answer.dependence import dependence, dependence_document, home_origin
from chumbak.answer.finding import Finding
from chumbak.pack import Pack, load


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


@pytest.fixture(scope="module")
def found(pack: Pack) -> Finding:
    return dependence(pack)


@pytest.fixture(scope="module")
def document(found: Finding) -> dict[str, list[dict[str, Any]]]:
    return dependence_document(found)


def item(document: dict[str, list[dict[str, Any]]], stage: str, record: str, year: int) -> dict[str, Any]:
    (one,) = (one for one in document[stage] if one["record"] == record and one["year"] == year)
    return one


@pytest.mark.parametrize(
    ("record", "year", "share"),
    [
        ("hs850511_baci_2024_value", 2024, 0.842),
        ("hs850511_baci_2024_mass", 2024, 0.880),
        ("hs850511_reported_value", 2024, 0.829),
        ("hs850511_reported_mass", 2024, 0.943),
        ("hs85051190_customs_value", 2024, 0.813),
        ("hs850511_baci_value", 2002, 0.362),
        ("hs850511_baci_value", 2019, 0.698),
        ("magnets_iea_2026", 2024, 0.94),
    ],
)
def test_one_country_holds_about_ninety_per_cent_by_some_measures_only(
    document: dict[str, list[dict[str, Any]]], record: str, year: int, share: float
) -> None:
    one = item(document, "magnet", record, year)
    assert one["shares"]["CHN"] == pytest.approx(share, abs=5e-4)
    assert next(iter(one["shares"])) in ("CHN", "JPN")  # the largest first


@pytest.mark.parametrize(
    ("stage", "record", "year", "hhi"),
    [
        ("magnet", "hs850511_baci_2024_value", 2024, 0.7104),
        ("magnet", "hs850511_baci_2024_mass", 2024, 0.7764),
        ("magnet", "hs850511_baci_value", 2002, 0.3365),
        ("metal", "hs280530_value", 2024, 0.593),
        ("separation", "hs284690_value", 2024, 0.239),
        ("mining", "mine_wmd", 2024, 0.48615),
        ("mining", "mine_usgs", 2025, 0.5072),
        ("mining", "mine_usgs", 2024, 0.5192),
    ],
)
def test_concentrations(
    document: dict[str, list[dict[str, Any]]], stage: str, record: str, year: int, hhi: float
) -> None:
    assert item(document, stage, record, year)["hhi"] == pytest.approx(hhi, abs=5e-4)


@pytest.mark.parametrize(
    ("record", "total"),
    [
        ("hs850511_baci_2024_value", 193_381_540),
        ("hs850511_baci_2024_mass", 21_887),
        ("hs850511_reported_value", 198_566_973),
        ("hs850511_reported_mass", 54_452),
    ],
)
def test_all_partners_make_the_total(document: dict[str, list[dict[str, Any]]], record: str, total: float) -> None:
    assert item(document, "magnet", record, 2024)["total"] == pytest.approx(total, rel=3e-5)


def test_a_total_is_no_origin(found: Finding, document: dict[str, list[dict[str, Any]]]) -> None:
    assert "WLD" not in found.data["origin"].values
    one = item(document, "magnet", "hs85051190_customs_value", 2024)
    assert one["period"] == "FY2024-25"
    assert one["total"] == 136_140_000
    assert one["shares"] == {"CHN": pytest.approx(110.68 / 136.14, abs=1e-6)}
    assert one["hhi_upper"] == pytest.approx(one["hhi"] + (1 - one["shares"]["CHN"]) ** 2, abs=2e-6)
    only = item(document, "magnet", "hs850511_customs_mass", 2020)
    assert only["shares"] == {}
    assert only["hhi"] is None
    assert only["why"] == "Only the total over all origins is known."


def test_a_mirror_of_one_origin_gives_no_share(document: dict[str, list[dict[str, Any]]]) -> None:
    one = item(document, "magnet", "hs850511_mirror_value", 2024)
    assert one["shares"] == {}
    assert one["why"] == "Only one origin is listed and the total is not known."


def test_shares_of_main_partners_have_no_upper_bound(document: dict[str, list[dict[str, Any]]]) -> None:
    one = item(document, "magnet", "hs850511_baci_value", 2019)
    assert not one["complete"]
    assert one["hhi_upper"] is None


def test_every_record_of_cheap_tonnes_is_warned_of(document: dict[str, list[dict[str, Any]]]) -> None:
    """Ferrite cores stand under the same line: 3.6 to 8.8 dollars a kilogram, and magnets sell at 20 and more."""
    by_mass = [one for one in document["magnet"] if one["measure"] == "mass" and one["unit_value_usd_per_kg"]]
    assert {one["record"] for one in by_mass} == {
        "hs850511_baci_2024_mass", "hs850511_reported_mass", "hs850511_mirror_mass", "hs850511_customs_mass",
        "hs85051190_customs_mass", "hs85051900_customs_mass",
    }  # fmt: skip
    for one in by_mass:
        assert one["unit_value_usd_per_kg"] < 9
        assert one["warning"].startswith("Its tonnes are not tonnes of sintered rare-earth magnets")
    others = [one for items in document.values() for one in items if one["measure"] != "mass"]
    assert not any(one["warning"] for one in others)


def test_shares_add_up(found: Finding, document: dict[str, list[dict[str, Any]]]) -> None:
    whole = found.data["share"].sum("origin", min_count=1)
    complete = found.data["complete"] == "yes"
    assert whole.where(complete, drop=True).stack(all=[...]).dropna("all").values == pytest.approx(1.0)
    assert float(whole.max()) < 1 + 1e-9
    for items in document.values():
        assert [one["year"] for one in items] == sorted((one["year"] for one in items), reverse=True)
        for one in items:
            assert {"year", "basis", "measure", "shares", "hhi"} <= set(one)
            assert all(len(origin) == 3 and origin.isupper() for origin in one["shares"])
    json.dumps(document, allow_nan=False)


def test_exports_and_home_output_are_no_suppliers(pack: Pack, found: Finding) -> None:
    assert home_origin(pack) == "IND"
    shown = set(found.data["record"].values.tolist())
    assert not shown & {"ndpr_home", "metal_home", "magnet_home", "hs280530_exports_mass"}
    assert {figure.key.split(".")[1] for figure in found.figures} == shown


def test_what_the_variables_mean_is_said(found: Finding) -> None:
    for name in found.data.data_vars:
        assert {"units", "long_name"} <= set(found.data[name].attrs), name


def test_a_pack_without_records_has_nothing_to_say(toyland: Path) -> None:
    found = dependence(load(toyland))
    assert found.data.identical(xr.Dataset())
    assert dependence_document(found) == {}
    assert home_origin(load(toyland)) == ""
