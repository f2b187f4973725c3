"""Claims: the four verdicts, the measures by hand, and measures that are written wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from chumbak.answer import Answer
from chumbak.answer.claims import ANOTHER, CANNOT_TELL, DOES_NOT, HOLDS, claim_faults, claims, claims_document
from chumbak.answer.measures import Ground, Measured, MeasureError, measure
from chumbak.pack import Pack, PackError, load
from chumbak.report.question_terminal import show_claims
from tests.answer.test_device import add_tables, priced_toy
from tests.pack.toy import PROVENANCE, Toy

COLUMNS = (
    "id", "claim", "said_by", "period", "low", "high", "unit", "definition", "measure", "others", "source",
    "confidence", "why",
)  # fmt: skip
DOCUMENT = {"demand": {"total_t": {"2025": 4000.0, "2027": 4840.0}, "exports_cover": ["fan"]}, "shares": {"x": 0.5}}
RECORDS = """\
id,name,stage,kind,measure,basis,years,commodity,vintage,complete,note
mine,Mine output,mining,production,mass,REO,calendar,rare earths,Toy Survey,yes,
bought,Imports by value,mining,imports,value,,fiscal,HS 850511,Toy Trade,no,
lone,Imports from one,mining,imports,mass,gross,calendar,HS 850511,Toy Trade,no,
"""
OBSERVED = [
    "record.mine.CHN,2024,70,,,kt,REO,,,",
    "record.mine.USA,2024,30,,,kt,REO,,,",
    "record.mine.CHN,2020,35,,,kt,REO,,,",
    "record.mine.USA,2020,15,,,kt,REO,,,",
    "record.bought.CHN,FY2024-25,90,,,million USD,,,,",
    "record.bought.WLD,FY2024-25,100,,,million USD,,,,",
    "record.lone.CHN,2024,5,,,t,gross,,,",
]


def claiming_toy(*rows: dict[str, str]) -> Toy:
    """Return the toy with records and with claims; what a row does not say is a word of filling."""
    made = priced_toy()
    filling = {
        "claim": "It is said", "said_by": "A minister", "period": "2024", "unit": "%", "definition": "As counted",
        "source": "A speech", "confidence": "medium",
    }  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({"id": f"c{number}", **filling, **row} for number, row in enumerate(rows, start=1))
    columns = "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note"
    tables = {
        "stages": "id,name,way,counted,note\nmining,Mining,out,t of oxide,\n",
        "origins": "id,name,note\nCHN,China,\nUSA,United States,\nWLD,World,\n",
        "records": RECORDS,
        "claims": out.getvalue(),
        "figures-trade": "".join(f"{line}\n" for line in (columns, *(f"{one},{PROVENANCE}" for one in OBSERVED))),
    }
    add_tables(made, **tables)
    return made


def claiming(folder: Path, *rows: dict[str, str]) -> Answer:
    """Return an answer of which claims take the pack alone: its numbers come as a document."""
    return cast(Answer, SimpleNamespace(pack=load(claiming_toy(*rows).write(folder)), findings={}))


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return claiming(tmp_path).pack


OWN = "share:mine:CHN@2024"
VALUE = "by value = share:bought:CHN@FY2024-25"
VERDICTS = [
    pytest.param({"low": "69", "high": "71", "measure": OWN}, HOLDS, 70, id="within"),
    pytest.param({"low": "70", "measure": OWN}, HOLDS, 70, id="on the edge"),
    pytest.param({"high": "0.7", "unit": "1", "measure": OWN}, HOLDS, 0.7, id="open below, other unit"),
    pytest.param(
        {"low": "89", "high": "91", "measure": OWN, "others": VALUE},
        ANOTHER, 70, id="another definition",
    ),
    pytest.param({"low": "89", "others": VALUE}, ANOTHER, None, id="only another"),
    pytest.param({"low": "95", "measure": OWN, "others": VALUE}, DOES_NOT, 70, id="none"),
    pytest.param({"low": "120", "unit": "kt", "measure": "total:mine@2024"}, DOES_NOT, 100, id="too few tonnes"),
    pytest.param({"low": "95", "others": VALUE}, CANNOT_TELL, None, id="no own measure"),
    pytest.param({"low": "1", "measure": "share:lone:CHN@2024"}, CANNOT_TELL, None, id="no share to take"),
    pytest.param({"low": "1", "measure": "share:mine:CHN@2023"}, CANNOT_TELL, None, id="no such year"),
    pytest.param({"low": "1", "measure": "answer:need.magnet_t.2030"}, CANNOT_TELL, None, id="not answered"),
    pytest.param({"definition": "Nothing is counted"}, CANNOT_TELL, None, id="nothing to test"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "verdict", "ours"), VERDICTS)
def test_verdicts(tmp_path: Path, row: dict[str, str], verdict: str, ours: float | None) -> None:
    answer = claiming(tmp_path, row)
    (found,) = claims_document(answer, DOCUMENT)
    assert found["verdict"] == verdict
    assert found["ours"] == (None if ours is None else pytest.approx(ours))
    assert found["why"].startswith({ANOTHER: "It holds for: by value", CANNOT_TELL: "Missing: "}.get(verdict, ""))
    finding = claims(answer, DOCUMENT)
    assert finding.data.verdict.item() == verdict
    assert np.isnan(finding.data.ours.item()) == (ours is None)
    assert all({"units", "long_name"} <= set(one.attrs) for one in finding.data.data_vars.values())


def test_the_document_keeps_the_row_and_its_order(tmp_path: Path) -> None:
    others = "by value = share:bought:CHN@FY2024-25 ; of one = share:lone:CHN@2024"
    rows = [{"low": "89", "measure": OWN, "others": others, "why": "Values differ."}, {"measure": OWN, "high": "80"}]
    first, second = claims_document(claiming(tmp_path, *rows), DOCUMENT)
    assert list(first) == [
        "claim", "said_by", "period", "id", "low", "high", "unit", "definition", "ours", "ours_is", "others",
        "verdict", "why", "source", "confidence",
    ]  # fmt: skip
    assert first["others"] == [{"label": "by value", "value": pytest.approx(90)}, {"label": "of one", "value": None}]
    assert first["why"] == "It holds for: by value. Values differ."
    assert (first["low"], first["high"], first["ours_is"]) == (89, None, OWN)
    assert (second["id"], second["verdict"]) == ("c2", HOLDS)


def test_a_pack_without_claims(tmp_path: Path) -> None:
    answer = claiming(tmp_path)
    assert claims_document(answer, DOCUMENT) == []
    assert claims(answer, DOCUMENT).data.sizes["claim"] == 0


def test_figures_are_those_of_the_measures(tmp_path: Path) -> None:
    row = {"low": "1", "unit": "1", "measure": "figure:product.fan.penetration@2025 / share:mine:CHN@2024"}
    keys = {figure.key for figure in claims(claiming(tmp_path, row), DOCUMENT).figures}
    assert keys == {"product.fan.penetration", "record.mine.CHN", "record.mine.USA"}


MEASURES = [
    ("figure:product.e_2w.magnet_mass@2025", 0.0006, "t/item"),
    ("low:product.e_2w.magnet_mass@2025", 0.0003, "t/item"),
    ("high:product.e_2w.magnet_mass@2025", 0.0012, "t/item"),
    ("figure:product.fan.penetration@2025", 0.5, "1"),
    ("figure:product.fan.recovery_best", 0.9, "1"),
    ("high:product.e_2w.sales@2024", 6000, "item/year"),
    ("figure:record.mine.CHN@2024", 70_000, "t"),
    ("answer:demand.total_t.2025", 4000, "t"),
    ("answer:shares.x", 0.5, "1"),
    ("share:mine:USA@2024", 0.3, "1"),
    ("share:bought:CHN@FY2024-25", 0.9, "1"),
    ("total:mine@2020", 50_000, "t"),
    ("total:bought@FY2024-25", 100e6, "USD"),
    ("published:demand", 4000, "t"),
    ("elements:e_2w", 4, "item"),
    ("elements:e_2w:rare earth", 2, "item"),
    ("elements:e_2w:Cu Ag Nd", 2, "item"),
    ("growth:total:mine@2020:2024", 2**0.25 - 1, "1"),
    ("growth:answer:demand.total_t@2025:2027", 0.1, "1"),
    ("growth:figure:product.e_2w.sales@2020:2024", 5**0.25 - 1, "1"),
    ("total:mine@2024 / answer:demand.total_t.2025", 25, "1"),
    ("share:mine:CHN@2024 + share:mine:USA@2024", 1, "1"),
    ("answer:demand.total_t.2025 + total:mine@2024 + published:demand", 108_000, "t"),
    ("total:mine@2020 + total:mine@2024 / total:mine@2024", 1.5, "1"),
]


@pytest.mark.parametrize(("text", "number", "unit"), MEASURES)
def test_measures_by_hand(pack: Pack, text: str, number: float, unit: str) -> None:
    found = measure(Ground(pack, DOCUMENT), text)
    assert found.number == pytest.approx(number)
    assert found.unit == unit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("share:lone:CHN@2024", "gives no share of CHN for 2024"),
        ("share:mine:USA@2021", "gives no share of USA for 2021"),
        ("total:mine@1950", "gives no total for 1950"),
        ("figure:product.fan.penetration@2050", "has no number for 2050"),
        ("figure:record.mine.CHN@2022", "has no number for 2022"),
        ("answer:demand.totl_t.2025", "'demand' of the answer has no 'totl_t'. Did you mean 'total_t'?"),
        ("answer:demand.exports_cover", "is no number"),
        ("growth:total:mine@2020:2023", "gives no total for 2023"),
        ("total:mine@2024 / total:bought@FY2024-25", "a number in t cannot be put in USD"),
        ("answer:shares.x / total:mine@2023", "gives no total for 2023"),
        ("total:mine@2024 + total:mine@2023", "gives no total for 2023"),
        ("total:mine@2024 + total:bought@FY2024-25", "a number in USD cannot be put in t"),
    ],
)
def test_what_there_is_no_number_of(pack: Pack, text: str, said: str) -> None:
    found = measure(Ground(pack, DOCUMENT), text)
    assert found.number is None
    assert said in found.missing


@pytest.mark.parametrize(
    ("text", "said", "mend"),
    [
        ("dependence.magnet", "'dependence.magnet' is no measure", "Write one such as"),
        ("shar:mine:CHN@2024", "is no measure", "Did you mean 'share'?"),
        ("share:mine@2024", "is not how a measure 'share' is written", "Write one such as"),
        ("share:mien:CHN@2024", "no record 'mien'", "Did you mean 'mine'?"),
        ("share:mine:CHI@2024", "no origin 'CHI'", "Did you mean 'CHN'?"),
        ("share:mine:CHN@FY2024-25", "is in calendar years", "Write 2024."),
        ("share:bought:CHN@2024", "is in fiscal years", "Write FY2024-25."),
        ("total:bought@FY2024-26", "is no year", "Write 2025 or FY2024-25."),
        ("figure:product.fan.penetratoin@2025", "no figure", "Did you mean 'product.fan.penetration'?"),
        ("figure:product.fan.penetration", "may differ from year to year", "figure:product.fan.penetration@2025"),
        ("figure:product.e_2w.magnet_mass", "may differ from year to year", "Say which"),
        ("published:demnad", "no published total 'demnad'", "Did you mean 'demand'?"),
        ("elements:fam", "no product 'fam'", "Did you mean 'fan'?"),
        ("elements:fan:rare eart", "no element 'rare'", ""),
        ("growth:total:mine@2024:2020", "does not go forward", "earlier year first"),
        ("growth:total:mine@2020", "is not how a measure 'growth' is written", ""),
        ("total:mine@2024 / ", "is no measure", ""),
        ("", "is no measure", ""),
    ],
)
def test_bad_measures(pack: Pack, text: str, said: str, mend: str) -> None:
    with pytest.raises(MeasureError) as raised:
        measure(Ground(pack, DOCUMENT), text)
    assert said in str(raised.value)
    assert mend in raised.value.mend


def test_faults_name_file_row_and_column(tmp_path: Path) -> None:
    answer = claiming(
        tmp_path,
        {"low": "1", "measure": OWN},
        {"low": "1", "measure": "share:mien:CHN@2024", "others": "no equals sign"},
        {"low": "1", "unit": "t", "measure": OWN},
        {"low": "1", "measure": OWN, "others": "good = total:mine@2024 / total:mine@2020 ; bad = total:mien@2024"},
    )
    found = claim_faults(answer.pack)
    assert [(fault.file, fault.row, fault.column, fault.kind) for fault in found] == [
        ("tables/claims.csv", 3, "measure", "bad-measure"),
        ("tables/claims.csv", 3, "others", "bad-measure"),
        ("tables/claims.csv", 4, "measure", "bad-measure"),
        ("tables/claims.csv", 5, "others", "bad-measure"),
    ]
    assert "cannot be converted" in found[2].what
    with pytest.raises(PackError) as raised:
        claims_document(answer, DOCUMENT)
    assert len(raised.value.faults) == 4


def test_money_of_another_currency_is_not_compared() -> None:
    found = Measured(5.0, "INR (2025)/t").into("USD/t")
    assert found.number is None
    assert "INR (2025)/t" in found.missing
    assert Measured(5.0, "INR (2025)/t").into("INR/kg").number == pytest.approx(0.005)
    assert Measured(5.0, "t/year").into("kg").number == pytest.approx(5000)


def test_what_a_journalist_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"low": "68.5", "high": "71", "measure": OWN, "others": VALUE, "why": "As [counted] in tonnes."},
        {"low": "95", "measure": OWN},
        {"high": "30", "unit": "item", "measure": "elements:e_2w"},
        {"low": "1", "unit": "t", "measure": "published:demand"},
        {"definition": "Nothing is counted"},
    ]
    show_claims(claims_document(claiming(tmp_path, *rows), DOCUMENT))
    told = capsys.readouterr().out
    assert "HOLDS  It is said" in told
    assert "holds if between 68.5 and 71 %; ours: 70 %" in told
    assert "by value: 90 %" in told
    assert "As [counted] in tonnes." in told
    assert "holds if at least 95 %; ours: 70 %" in told
    assert "holds if at most 30; ours: 4\n" in told
    assert "published: 4,000 t" in told
    assert "5 claims: 3 holds, 0 holds for another definition, 1 does not hold, 1 cannot tell." in told
    show_claims([])
    assert "The pack has no claims." in capsys.readouterr().out


def test_the_claims_of_the_pack_have_measures_that_can_be_taken(india: Answer) -> None:
    assert claim_faults(india.pack) == []
    rows = india.pack.nouns.tables["claims"]
    assert len(rows) >= 16
    assert all(cells["source"] and cells["why"] for cells in rows.values())
