"""How exposed, stage by stage: published scores from the pack's own rows, and reasons where there is no score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chumbak.answer.exposure import exposure, risk_document, trap
from chumbak.answer.finding import Finding
from chumbak.pack import Pack, PackError, load
from chumbak.report import risk_terminal
from chumbak.report.risk_terminal import show_risk
from tests.risk.inputs import table


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


@pytest.fixture(scope="module")
def found(pack: Pack) -> Finding:
    return exposure(pack)


@pytest.fixture(scope="module")
def document(found: Finding) -> dict[str, dict[str, Any]]:
    return risk_document(found)


def test_the_published_scores_come_out_of_the_pack(found: Finding) -> None:
    expected = table("geopolrisk.csv").query("entity == 'India'").set_index("year")
    mining = found.data.sel(exposure="mining", year=expected.index)
    for ours, theirs in (("geopolrisk", "score"), ("factor", "factor"), ("hhi", "hhi"), ("price", "price")):
        assert mining[ours].values == pytest.approx(expected[theirs].to_numpy(), rel=1e-9), ours


def test_a_score_belongs_to_a_stage(document: dict[str, dict[str, Any]]) -> None:
    assert list(document) == ["mining", "separation", "metal", "alloy", "magnet"]
    mining, magnet = document["mining"], document["magnet"]
    assert mining["geopolrisk"] == pytest.approx(0.104653, abs=1e-6)
    assert magnet["geopolrisk"] == pytest.approx(0.456, abs=5e-4)
    assert magnet["import_risk"] == pytest.approx(0.516, abs=5e-4)
    assert magnet["hhi"] == pytest.approx(0.8836)
    assert (magnet["eu_global"], magnet["eu_sourcing"], magnet["eu_sr"]) == pytest.approx((4.85, 3.90, 4.29), abs=5e-3)
    assert magnet["import_reliance"] == 1
    assert magnet["basis"].startswith("World: sintered rare-earth magnets (IEA")
    assert "Imports by value: HS 850511 (CEPII BACI V202601 (HS17))" in magnet["basis"]
    assert "0.105 and the stage magnet 0.456, 4.4 times" in trap(document)
    assert "ferrite" in magnet["note"]
    assert magnet["warning"].startswith("Its tonnes are not tonnes of")


def test_metal_has_no_world_shares_and_says_so(document: dict[str, dict[str, Any]]) -> None:
    metal = document["metal"]
    assert metal["hhi"] is None
    assert metal["geopolrisk"] is None
    assert metal["why"]["hhi"] == "No shares of world supply by origin in 2024."
    assert "No primary source" in metal["note"]
    assert metal["hhi_sourcing"] == pytest.approx(0.756, abs=5e-4)
    assert metal["eu_terms"] == "sourcing only"


def test_alloy_has_nothing_but_reasons(document: dict[str, dict[str, Any]]) -> None:
    alloy = document["alloy"]
    assert alloy["year"] is None
    assert alloy["years"] == {}
    assert {"hhi", "geopolrisk", "eu_sr", "import_reliance"} <= set(alloy["why"])
    assert "20" not in " ".join(alloy["why"].values())


def test_compounds_are_sold_abroad_more_than_ndpr_is_made(document: dict[str, dict[str, Any]]) -> None:
    separation = document["separation"]
    assert separation["import_reliance"] is None
    assert "the records count different goods" in separation["why"]["import_reliance"]
    assert separation["geopolrisk"] is not None


def test_the_series_reaches_back(document: dict[str, dict[str, Any]]) -> None:
    years = document["magnet"]["years"]
    assert list(years) == [str(year) for year in range(2002, 2025)]
    assert years["2002"]["hhi_sourcing"] == pytest.approx(0.337, abs=5e-4)
    assert years["2002"]["hhi_sourcing_upper"] is None  # main partners only
    assert [year for year, one in years.items() if one["geopolrisk"]] == ["2005", "2010", "2024"]
    assert years["2005"]["geopolrisk_upper"] == pytest.approx(2 * years["2005"]["geopolrisk"], rel=1e-5)
    assert document["mining"]["years"]["2017"]["hhi"] == pytest.approx(0.614, abs=5e-4)  # another record


def test_every_number_is_there_or_its_reason(found: Finding, document: dict[str, dict[str, Any]]) -> None:
    for name in ("hhi", "hhi_sourcing", "import_reliance", "geopolrisk", "factor", "eu_sr"):
        has_number = found.data[name].notnull()
        has_reason = found.data[f"why_{name}"] != ""
        assert (has_number != has_reason).all(), name
    for name in found.data.data_vars:
        assert {"units", "long_name"} <= set(found.data[name].attrs), name
    json.dumps(document, allow_nan=False)
    assert not np.isnan([one["year"] or 0 for one in document.values()]).any()


def test_figures_are_those_used(found: Finding) -> None:
    keys = {figure.key for figure in found.figures}
    assert {"record.mine_wmd.CHN", "stability.CHN", "governance.CHN", "sourcing.magnet.substitution"} <= keys
    assert not any(key.startswith(("product.", "record.cn85051110")) for key in keys)


def test_licences_since_2025_can_be_laid_over(tmp_path: Path, document: dict[str, dict[str, Any]]) -> None:
    """A trade parameter of one origin raises the EU score of that origin's share alone."""
    head = "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note"
    row = "sourcing.magnet.trade_parameter_CHN,all,1.3,,,1,,,,,World,Test,estimate,licences of 2025"
    (tmp_path / "mine.csv").write_text(f"{head}\n{row}\n")
    laid = risk_document(exposure(load("india", overlays=[tmp_path / "mine.csv"])))
    assert laid["magnet"]["eu_global"] == pytest.approx(1.3 * document["magnet"]["eu_global"], rel=1e-5)
    assert laid["magnet"]["geopolrisk"] == document["magnet"]["geopolrisk"]


def test_a_pack_without_exposures(toyland: Path) -> None:
    assert risk_document(exposure(load(toyland))) == {}
    with pytest.raises(PackError, match="holds no exposures"):
        show_risk(str(toyland), None, None, as_json=False)


@pytest.fixture
def read_once(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the terminal have the pack as it was read for this file."""
    monkeypatch.setattr(risk_terminal, "load", lambda *asked: pack)


@pytest.mark.usefixtures("read_once")
def test_the_terminal_says_basis_vintage_and_reasons(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    show_risk("india", None, None, as_json=False)
    text = capsys.readouterr().out
    for said in (
        "Magnet: sintered rare-earth magnets, 2024", "0.884 to 0.887, as not all origins are listed", "FY2024-25",
        "CEPII BACI V202601 (HS17)", "none. No shares of world supply by origin in 2024.", "CHN 84.2%",
        "Its tonnes are not tonnes of sintered rare-earth magnets", "4.4 times as much", "read by value",
    ):  # fmt: skip
        assert said in text, said
    show_risk("india", "magnet", 2005, as_json=False)
    text = capsys.readouterr().out
    assert "0.261, of the origins listed" in text
    assert "Mining" not in text


def test_the_terminal_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    show_risk("india", "mining", 2020, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["risk"]["mining"]["year"] == 2020
    assert found["risk"]["mining"]["geopolrisk"] == pytest.approx(0.086408, abs=1e-6)
    assert {one["year"] for one in found["dependence"]["mining"]} == {2020}


@pytest.mark.parametrize(
    ("stage", "year", "said"),
    [
        ("magnets", None, "there is no stage 'magnets' whose risk is scored. Did you mean 'magnet'?"),
        ("magnet", 1999, "no record of the stage 'magnet' for 1999. There are records for 2002 to 2025."),
        (None, 2050, "there is no record for 2050. There are records for 2002 to 2025."),
        ("alloy", 2020, "no record of the stage 'alloy' for 2020. There are none for any year."),
    ],
)
@pytest.mark.usefixtures("read_once")
def test_what_is_not_there_is_a_sentence(stage: str | None, year: int | None, said: str) -> None:
    with pytest.raises(PackError) as caught:
        show_risk("india", stage, year, as_json=False)
    assert said in str(caught.value)
