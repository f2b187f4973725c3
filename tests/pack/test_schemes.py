"""Schemes and tables of bids: what they may say, and every way to say it wrong in one fault with file, row, column."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chumbak.pack
from chumbak.pack import Fault, Pack, PackError, load
from chumbak.pack.bids import TECHNICAL as BID_RESULTS
from chumbak.pack.bids import read_bids
from chumbak.pack.scheme_values import INSTRUMENTS
from chumbak.pack.schemes import list_schemes, read_scheme
from chumbak.scheme.award import TECHNICAL
from chumbak.scheme.terms import LAST_FIT, SPLITS, TIES
from tests.pack.toy import full
from tests.pack.written import changed, line, reads_well

ROOT = Path(__file__).parent.parent.parent
SCHEME = """\
title: A toy scheme
description: Pays for magnets.
money: crore INR
rules:
  - id: A1
    instrument: incentive
    title: What is paid
    standing: stated
    source: Toy Office 2025
    first: 2025-04-01
    last: 2030-03-31
    values:
      ceiling: {value: 2, low: 1, high: 3, unit: thousand INR/kg}
      sales_share: {value: 40, unit: "%"}
      above_award: false
  - id: A2
    instrument: eligibility
    title: Net worth
    standing: inferred
    source: Drawn from A1
    note: a guess
    values:
      net_worth: {by: kt/year, unit: crore INR, steps: [[0.6, 180], [1.2, 375]]}
  - id: A3
    instrument: selection
    title: Ties
    standing: unknown
    note: not found
    values:
      tie: {choice: lot, among: [larger, lot]}
  - id: A4
    instrument: capital_subsidy
    title: From when
    standing: second-hand
    source: A newspaper
    of: plants
    values: {eligible_from: 2025-04-01}
"""
BIDS = """\
bidder,tonnes,rate (INR/kg),net_worth (crore INR),investment (lakh INR),lead_share (%),technical,received,note
Alpha,600,1850,180,30000,51,pass,2026-08-13,invented
Beta,1200,,,,,,,
"""


def packed(tmp_path: Path, scheme: str = SCHEME) -> Pack:
    pack = full()
    pack.files["schemes/one.yaml"] = scheme
    return load(pack.write(tmp_path))


# schemes


def test_a_scheme_comes_in_canonical_units(tmp_path: Path) -> None:
    read = read_scheme(packed(tmp_path), "one")
    incentive, worth, tie, capital = read.rows
    assert (read.currency, read.money) == ("INR", ("crore INR", 1e7))
    assert incentive["values"] == {"ceiling": 2000.0, "sales_share": pytest.approx(0.4), "above_award": False}
    assert incentive["units"] == {"ceiling": "INR/kg", "sales_share": "1"}
    assert incentive["ranges"] == {"ceiling": pytest.approx((1000, 3000))}
    assert (incentive["first"], incentive["last"]) == (dt.date(2025, 4, 1), dt.date(2030, 3, 31))
    assert worth["values"]["net_worth"] == (pytest.approx((600, 1.8e9)), pytest.approx((1200, 3.75e9)))
    assert (tie["values"], tie["among"], tie["source"]) == ({"tie": "lot"}, {"tie": ("larger", "lot")}, "")
    assert (capital["values"], capital["of"]) == ({"eligible_from": "2025-04-01"}, "plants")


def test_sums_are_shown_in_millions_if_nothing_is_said(tmp_path: Path) -> None:
    read = read_scheme(packed(tmp_path, changed(SCHEME, "money: crore INR\n", "")), "one")
    assert read.money == ("million INR", 1e6)


# old text, new text, kind, column, where the faulty row starts, what fault or mend says
FAULTS = [
    ("title: A toy scheme\n", "", "missing-field", "title", "description:", "Add 'title:'"),
    ("money: crore INR", "money: crore USD", "bad-unit", "money", "money:", "million INR"),
    ("money: crore INR", "money: kg", "bad-unit", "money", "money:", "million INR"),
    ("id: A2", "id: A1", "duplicate-name", "rules.1.id", "", "twice"),
    ("id: A2", "id: A 2", "bad-name", "rules.1.id", "- id: A 2", "letters"),
    ("instrument: incentive", "instrument: incentives", "unknown-instrument", "rules.0.instrument", "instrument:",
     "'incentive'"),
    ("standing: stated", "standing: sure", "bad-field", "rules.0.standing", "standing:", "second-hand"),
    ("    source: Toy Office 2025\n", "", "missing-source", "rules.0.source", "- id: A1", "who said so"),
    ("    note: a guess\n", "", "unsure-without-note", "rules.1.note", "- id: A2", "rests on"),
    ("    note: not found\n", "", "unsure-without-note", "rules.2.note", "- id: A3", "default"),
    ("first: 2025-04-01", "first: 2031-04-01", "ends-before-it-begins", "rules.0.last", "last:", "before it begins"),
    ("first: 2025-04-01", "first: 2025-04", "bad-date", "rules.0.first", "first:", "2025-06-30"),
    ("ceiling: {", "cieling: {", "unknown-value", "rules.0.values.cieling", "cieling:", "'ceiling'"),
    ("unit: thousand INR/kg", "unit: INR", "bad-unit", "rules.0.values.ceiling", "ceiling:", "'INR/kg'"),
    ("unit: thousand INR/kg", "unit: USD/kg", "bad-unit", "rules.0.values.ceiling", "ceiling:", "'INR/kg'"),
    (", unit: thousand INR/kg", "", "bad-unit", "rules.0.values.ceiling", "ceiling:", "unit is missing"),
    ("low: 1, high", "low: 4, high", "range-order", "rules.0.values.ceiling", "ceiling:", "not in this order"),
    ("low: 1, high: 3", "low: 1", "half-range", "rules.0.values.ceiling", "ceiling:", "only one end"),
    ("value: 40", "value: 140", "out-of-bounds", "rules.0.values.sales_share", "sales_share:", "from 0 to 1"),
    ("value: 40", "value: much", "bad-field", "rules.0.values.sales_share.value", "sales_share:", "not a number"),
    ("value: 40", "vlaue: 40", "unknown-field", "rules.0.values.sales_share.vlaue", "sales_share:", "'value'"),
    ("above_award: false", "above_award: 3", "bad-value", "rules.0.values.above_award", "above_award:", "true or"),
    ("above_award: false", "above_award: no", "bad-value", "rules.0.values.above_award", "above_award:", "true or"),
    ("by: kt/year, ", "", "bad-unit", "rules.1.values.net_worth", "net_worth:", "'by' is missing"),
    ("by: kt/year", "by: year", "bad-unit", "rules.1.values.net_worth", "net_worth:", "by: t/year"),
    ("[0.6, 180]", "[1.6, 180]", "bad-steps", "rules.1.values.net_worth", "net_worth:", "rising"),
    ("[0.6, 180]", "[0.6]", "bad-steps", "rules.1.values.net_worth", "net_worth:", "pairs"),
    ("[0.6, 180]", "[0.6, -180]", "out-of-bounds", "rules.1.values.net_worth", "net_worth:", "-180"),
    ("steps: [[0.6, 180], [1.2, 375]]", "value: 3", "bad-value", "rules.1.values.net_worth", "net_worth:", "steps"),
    ("choice: lot", "choice: lots", "unknown-choice", "rules.2.values.tie", "tie:", "'lot'"),
    ("[larger, lot]", "[larger, smaller]", "unknown-choice", "rules.2.values.tie", "tie:", "not among"),
    ("[larger, lot]", "[larger, lott, lot]", "unknown-choice", "rules.2.values.tie", "tie:", "'lot'"),
    ("{eligible_from: 2025-04-01}", "{eligible_from: soon}", "bad-date", "rules.3.values.eligible_from",
     "values: {eligible", "2025-06-30"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind", "column", "row", "says"), FAULTS, ids=[f"{n}" for n in range(len(FAULTS))]
)
def test_a_fault_says_what_where_and_how_to_mend(
    tmp_path: Path, old: str, new: str, kind: str, column: str, row: str, says: str
) -> None:
    text = changed(SCHEME, old, new)
    with pytest.raises(PackError) as error:
        read_scheme(packed(tmp_path, text), "one")
    (fault,) = error.value.faults
    assert (fault.file, fault.kind, fault.column) == ("schemes/one.yaml", kind, column)
    assert fault.row == (line(text, row) if row else line(SCHEME, "- id: A2"))
    assert says in fault.what + fault.mend
    assert reads_well(fault)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    text = changed(changed(SCHEME, "value: 40", "value: 140"), "choice: lot", "choice: lots")
    with pytest.raises(PackError) as error:
        read_scheme(packed(tmp_path, changed(text, "by: kt/year", "by: year")), "one")
    assert sorted(fault.kind for fault in error.value.faults) == ["bad-unit", "out-of-bounds", "unknown-choice"]


@pytest.mark.parametrize("content", ["", "- a\n", "just text\n", "rules: []\n", "rules: [3]\n", "a: &x 1\nb: *x\n"])
def test_rubbish_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(PackError) as error:
        read_scheme(packed(tmp_path, content), "one")
    assert all(fault.mend for fault in error.value.faults)


def test_an_unknown_scheme_and_a_pack_without_any(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="Did you mean 'one'"):
        read_scheme(packed(tmp_path / "a"), "ones")
    bare = load(full().write(tmp_path / "b"))
    assert list_schemes(bare) == []
    with pytest.raises(PackError, match="write one in schemes/"):
        read_scheme(bare, "one")


# bids


def bids_of(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "bids.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture(scope="module")
def home(india_pack: Pack) -> Pack:
    return india_pack


def test_bids_come_in_canonical_units_and_empty_cells_are_not_known(tmp_path: Path, home: Pack) -> None:
    first, second = read_bids(bids_of(tmp_path, BIDS), home)
    assert first == {
        "bidder": "Alpha", "tonnes": 600, "rate": 1850, "net_worth": pytest.approx(1.8e9),
        "investment": pytest.approx(3e9), "lead_share": pytest.approx(0.51), "technical": "pass",
        "received": dt.date(2026, 8, 13), "floor": None,
    }  # fmt: skip
    assert [name for name, cell in second.items() if cell is not None] == ["bidder", "tonnes"]


# old text, new text, kind, row, column, what fault or mend says
BID_FAULTS = [
    ("bidder,tonnes", "bider,tonnes", {"unknown-column", "missing-column"}, 1, None, "Did you mean 'bidder'?"),
    ("tonnes,", "tonnes (kg),", {"bad-unit"}, 1, "tonnes", "tonnes (t/year)"),
    ("rate (INR/kg)", "rate", {"missing-unit"}, 1, "rate", "Write 'rate (INR/kg)'"),
    ("rate (INR/kg)", "rate (USD/kg)", {"bad-unit"}, 1, "rate", "Write 'rate (INR/kg)'"),
    ("rate (INR/kg)", "rate (INR/kg", {"unknown-column", "missing-column"}, 1, None, "'rate'"),
    ("technical,", "technical (x),", {"bad-unit"}, 1, "technical", "Write 'technical'"),
    ("technical,received", "technical,technical,received", {"duplicate-column"}, 1, "technical", "twice"),
    (",note\n", ",notes\n", {"unknown-column"}, 1, "notes", "'note'"),
    (",received,note\n", ",note,floor (INR/kg)\n", {"missing-column"}, 1, "received", "The header is: bidder,tonnes"),
    ("Alpha,600", "Alpha,600,7", {"ragged-row"}, 2, "", "10 cells, the header 9"),
    ("Alpha,600", ",600", {"missing-name"}, 2, "bidder", "Give it one."),
    ("Alpha,600", '"Al\npha",600', {"bad-name"}, 2, "bidder", "one line"),
    ("Beta,", "Alpha,", {"duplicate-bidder"}, 3, "bidder", "row 2"),
    ("Alpha,600", "Alpha,six", {"not-a-number"}, 2, "tonnes", "plain digits"),
    ("Alpha,600", "Alpha,0", {"out-of-bounds"}, 2, "tonnes", "above 0"),
    ("Alpha,600", "Alpha,1e999", {"not-finite"}, 2, "tonnes", "too large"),
    ("1850", "-1850", {"out-of-bounds"}, 2, "rate", "below 0"),
    ("30000,51,", "30000,151,", {"out-of-bounds"}, 2, "lead_share", "0 to 1"),
    ("pass,", "passed,", {"bad-result"}, 2, "technical", "Did you mean 'pass'?"),
    ("2026-08-13", "13-08-2026", {"bad-date"}, 2, "received", "2025-06-30"),
    ("2026-08-13", "2026-02-30", {"bad-date"}, 2, "received", "2025-06-30"),
    ("Alpha,", '"Alpha,', {"not-csv"}, 2, "", "quote"),
    ("Alpha,", '"Al"pha,', {"not-csv"}, 2, "", "quote"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kinds", "row", "column", "says"), BID_FAULTS, ids=[f"{n}" for n in range(len(BID_FAULTS))]
)
def test_a_fault_of_a_bid(
    tmp_path: Path, home: Pack, old: str, new: str, kinds: set[str], row: int, column: str | None, says: str
) -> None:
    with pytest.raises(PackError) as error:
        read_bids(bids_of(tmp_path, changed(BIDS, old, new)), home)
    faults = error.value.faults
    assert {fault.kind for fault in faults} == kinds
    assert {fault.row for fault in faults} == {row}
    assert column is None or [fault.column for fault in faults] == [column]
    assert says in " ".join(fault.what + fault.mend for fault in faults)
    assert all(reads_well(fault) for fault in faults)


def test_every_fault_of_a_broken_table_is_said_by_row_and_column(tmp_path: Path, home: Pack) -> None:
    text = BIDS + "Alpha,x,y,1,1,200,maybe,never,\n,-1,,,,,,,\nGamma,1\n"
    with pytest.raises(PackError) as error:
        read_bids(bids_of(tmp_path, text), home)
    found = {(fault.row, fault.column, fault.kind) for fault in error.value.faults}
    assert found == {
        (4, "bidder", "duplicate-bidder"), (4, "tonnes", "not-a-number"), (4, "rate", "not-a-number"),
        (4, "lead_share", "out-of-bounds"), (4, "technical", "bad-result"), (4, "received", "bad-date"),
        (5, "bidder", "missing-name"), (5, "tonnes", "out-of-bounds"), (6, "", "ragged-row"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty-file"), (b"\xff\xfe", "unreadable-encoding"), (b"a\0b", "binary-file"),
        (BIDS.split("\n")[0].encode(), "no-rows"), (BIDS.replace(",", ";").encode(), "wrong-separator"),
        (BIDS.replace(",", "\t").encode(), "wrong-separator"),
        ((BIDS + "".join(f"B{n},600,,,,,,,\n" for n in range(1000))).encode(), "too-many-rows"),
    ],
    ids=["empty", "utf16", "binary", "header", "semicolons", "tabs", "many"],
)  # fmt: skip
def test_a_file_that_is_no_table_of_bids(tmp_path: Path, home: Pack, content: bytes, kind: str) -> None:
    with pytest.raises(PackError) as error:
        read_bids(bids_of(tmp_path, content), home)
    assert [fault.kind for fault in error.value.faults] == [kind]


def test_a_file_that_is_not_there(tmp_path: Path, home: Pack) -> None:
    with pytest.raises(PackError, match="the file is not there"):
        read_bids(tmp_path / "none.csv", home)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(BIDS)), st.text(max_size=8))
def test_a_broken_table_is_read_or_refused_with_faults(tmp_path: Path, home: Pack, at: int, put: str) -> None:
    text = (BIDS[:at] + put + BIDS[at + 1 :]).encode("utf-8", "surrogatepass")
    try:
        read_bids(bids_of(tmp_path, text), home)
        faults: tuple[Fault, ...] = ()
    except PackError as error:
        faults = error.faults
    assert all(fault.mend and fault.what for fault in faults)


# the pack that comes along

RULES = {
    "magnets": {f"R{n}" for n in range(1, 30)},
    "recycling": {f"C{n}" for n in range(1, 7)},
    "ewaste": {f"E{n}" for n in range(1, 7)},
    "duties": {f"D{n}" for n in range(1, 5)},
}


def test_every_rule_of_the_pack_is_there_and_says_how_it_is_known(home: Pack) -> None:
    assert set(list_schemes(home)) == set(RULES)
    for name, ids in RULES.items():
        read = read_scheme(home, name)
        assert ids <= {row["id"] for row in read.rows}
        assert {re.sub("[a-z]$", "", row["id"]) for row in read.rows} == ids
        for row in read.rows:
            assert row["source"] or row["standing"] == "unknown"
            assert row["note"] or row["standing"] in ("stated", "second-hand")
            assert row["values"] or row["standing"] != "unknown"  # an unknown rule is a value that can be set


def test_the_example_of_bids_reads_and_says_that_it_is_invented(home: Pack) -> None:
    path = ROOT / "examples" / "bids.csv"
    found = read_bids(path, home)
    assert len(found) == 12
    assert all(bid["bidder"].startswith("Invented ") for bid in found)
    assert "no figure here is of a real firm" in path.read_text(encoding="utf-8")


def test_choices_of_a_pack_are_those_that_can_be_played() -> None:
    selection, assured = INSTRUMENTS["selection"], INSTRUMENTS["assured_input"]
    assert (selection["last_fit"].words, selection["tie"].words) == (LAST_FIT, TIES)
    assert assured["assured_split"].words == SPLITS
    assert tuple(TECHNICAL) == BID_RESULTS


def test_the_tables_try_every_kind_that_schemes_and_bids_know() -> None:
    folder = Path(chumbak.pack.__file__).parent
    source = "".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in ("schemes", "bids"))
    words = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    tried = {case[2] for case in FAULTS} | {kind for case in BID_FAULTS for kind in case[2]}
    by_their_own = {"no-rows", "wrong-separator", "too-many-rows", "second-hand"}
    assert words - tried - by_their_own == set()
