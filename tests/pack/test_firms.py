"""A firm's own case: what it may say, in what units, and every way to say it wrong in one fault with row and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.pack import Pack, PackError, load
from chumbak.pack.firms import FirmFile, read_firm
from chumbak.pack.units import UnitError
from tests.pack.test_episodes import reads_well
from tests.pack.toy import full
from tests.pack.written import changed

ROOT = Path(__file__).parent.parent.parent
FIRM = """\
name: maker
title: A maker of scooters
sector: ev
output: {value: 12000, unit: item/year}
magnets: {value: 0.6, low: 0.3, high: 1.2, unit: kg/item}
value: {value: 0.45, low: 0.4, high: 0.5, unit: lakh Rs/item}
grades: {SH: 1}
stock:
  SH: {value: 21, unit: day}
  N: 0
orders:
  - {grade: SH, origin: CHN, amount: {value: 1.2, unit: t}, weeks: 2}
  - {grade: N, amount: {value: 3, unit: week}, weeks: {value: 14, unit: day}}
suppliers: {CHN: {value: 90, unit: "%"}, home: 0.1}
lag: {CHN: 5}
other: {weeks: {value: 26, low: 13, high: 52}, share: 0.3}
regrade: {from: [SH], to: N, share: 1, weeks: 14}
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(full().write(tmp_path_factory.mktemp("toy")))


def read(tmp_path: Path, pack: Pack, text: str) -> FirmFile:
    (tmp_path / "firm.yaml").write_text(text)
    return read_firm(tmp_path / "firm.yaml", pack)


def test_numbers_come_in_the_unit_that_is_asked_for(tmp_path: Path, pack: Pack) -> None:
    firm = read(tmp_path, pack, FIRM)
    assert firm.sides("output", "item/week")[0] == pytest.approx(12000 * 7 / 365.25)
    assert firm.sides("magnets", "t/item") == pytest.approx((0.6e-3, 0.3e-3, 1.2e-3))
    assert firm.sides("value", "INR/item") == pytest.approx((45000, 40000, 50000))
    assert firm.sides("stock.SH", "week") == pytest.approx((3, 3, 3))
    assert firm.sides("stock.N", "week") == (0, 0, 0)
    assert firm.sides("orders.0.amount", "kg") == pytest.approx((1200, 1200, 1200))
    assert firm.sides("orders.1.weeks", "week") == pytest.approx((2, 2, 2))
    assert firm.sides("suppliers.CHN", "1") == pytest.approx((0.9, 0.9, 0.9))
    assert firm.sides("other.weeks", "week") == (26, 13, 52)
    assert firm.form.counted == "item"
    assert firm.form.regrade is not None
    assert firm.form.regrade.of == ["SH"]


def test_a_stock_is_in_weeks_or_in_mass_as_it_was_given(tmp_path: Path, pack: Pack) -> None:
    assert read(tmp_path, pack, FIRM).amount("stock.SH").unit == "week"
    firm = read(tmp_path, pack, changed(FIRM, "{value: 21, unit: day}", "{value: 0.2, unit: t}"))
    assert firm.amount("stock.SH").unit == "kg"
    assert firm.sides("stock.SH", "t")[0] == pytest.approx(0.2)
    with pytest.raises(UnitError):
        firm.sides("stock.SH", "week")


def test_what_may_be_left_out(tmp_path: Path, pack: Pack) -> None:
    kept = FIRM[: FIRM.index("orders:")] + "suppliers: {CHN: 1}\n"
    firm = read(tmp_path, pack, changed(kept, "  N: 0\n", ""))
    assert (firm.form.orders, firm.form.other, firm.form.regrade, firm.form.lag) == (None, None, None, {})


@pytest.mark.parametrize(("counted", "output"), [("MW", "0.5 GW"), ("t", "700 t")])
def test_output_may_be_counted_in_megawatts_or_tonnes(tmp_path: Path, pack: Pack, counted: str, output: str) -> None:
    number, unit = output.split()
    text = changed(FIRM, "{value: 12000, unit: item/year}", f"{{value: {number}, unit: {unit}/year}}")
    text = text.replace("kg/item", f"kg/{counted}").replace("lakh Rs/item", f"INR/{counted}")
    assert read(tmp_path, pack, text).form.counted == counted


# old text, new text, kind, field, where the faulty row starts, what fault or mend says
FAULTS = [
    ("name: maker", "name: my maker", "bad-name", "name", "name:", "letters"),
    ("name: maker", "name: 7", "bad-field", "name", "name:", "is not text"),
    ("title: A maker of scooters\n", "", "missing-field", "title", "name:", "Add 'title:'"),
    ("title: A", 'title: "A\\n', "", "", "", ""),
    ("sector: ev", "sector: evs", "unknown-name", "sector", "sector:", "'ev'"),
    ("sector: ev", "sektor: ev", "", "", "", ""),
    ("unit: item/year", "unit: item", "bad-unit", "output", "output:", "'item/week'"),
    ("value: 12000, unit: item/year", "value: 12000", "bad-unit", "output", "output:", "missing"),
    ("value: 12000", "value: 0", "out-of-bounds", "output", "output:", "item/week"),
    ("value: 12000", "value: 1e200", "out-of-bounds", "output", "output:", "to 1e+09"),
    ("value: 12000", "value: 1e999", "bad-field", "output.value", "output:", "too large"),
    ("value: 12000", "value: twelve", "bad-field", "output.value", "output:", "is not a number"),
    ("value: 12000", "value: 9**9**9", "bad-field", "output.value", "output:", "is not a number"),
    ("unit: kg/item", "unit: kg/MW", "bad-unit", "magnets", "magnets:", "by item"),
    ("unit: kg/item", "unit: kg", "bad-unit", "magnets", "magnets:", "'kg/item'"),
    ("unit: kg/item", "unit: 9**9**9", "bad-unit", "magnets", "magnets:", "does not fit"),
    ("low: 0.3", "low: 0.9", "range-order", "magnets", "magnets:", "order"),
    ("low: 0.3", "low: -0.3", "out-of-bounds", "magnets", "magnets:", "kg/item"),
    (", low: 0.3", "", "half-range", "magnets", "magnets:", "Give low and high"),
    ("unit: lakh Rs/item", "unit: USD/item", "bad-unit", "value", "value:", "'INR/item'"),
    ("unit: lakh Rs/item", "unit: INR/t", "bad-unit", "value", "value:", "by item"),
    ("unit: lakh Rs/item", "unit: 1/item", "bad-unit", "value", "value:", "'INR/item'"),
    ("grades: {SH: 1}", "grades: {}", "bad-field", "grades", "grades:", "empty"),
    ("grades: {SH: 1}", "grades: SH", "bad-field", "grades", "grades:", "name and a colon"),
    ("grades: {SH: 1}", "grades: {SH: 0.9}", "shares-do-not-sum", "grades", "grades:", "0.9"),
    ("grades: {SH: 1}", "grades: {SH: 1.5}", "out-of-bounds", "grades.SH", "grades:", "0 to 1"),
    ("grades: {SH: 1}", "grades: {SH: {value: 1, unit: kg}}", "bad-unit", "grades.SH", "grades:", "kg"),
    ("grades: {SH: 1}", "grades: {SHH: 1}", "unknown-name", "grades.SHH", "grades:", "'SH'"),
    ("grades: {SH: 1}", "grades: {1: 1}", "bad-field", "grades.1", "grades:", "not text"),
    ("  SH: {value: 21, unit: day}\n", "", "missing-field", "stock", "stock:", "Add 'SH:'"),
    ("  SH: {value: 21, unit: day}", "  SH: 3", "bad-unit", "stock.SH", "SH: 3", "'week' or 'kg'"),
    ("21, unit: day", "21, unit: dya", "bad-unit", "stock.SH", "SH:", "'dya'"),
    ("  N: 0\n", "  N: -1\n", "", "", "", ""),
    ("grade: SH,", "grade: SHX,", "unknown-name", "orders.0.grade", "- {grade: SHX", "'SH'"),
    ("origin: CHN,", "origin: China,", "unknown-name", "orders.0.origin", "- {grade: SH", "origins"),
    ("weeks: 2}", "weeks: 1000}", "out-of-bounds", "orders.0.weeks", "- {grade: SH", "0 to 520 week"),
    ("weeks: 2}", "week: 2}", "", "", "", ""),
    ("home: 0.1", "home: 0.2", "shares-do-not-sum", "suppliers", "suppliers:", "1.1"),
    ("home: 0.1", "abroad: 0.1", "unknown-name", "suppliers.abroad", "suppliers:", "origins"),
    ("lag: {CHN: 5}", "lag: {CHN: -5}", "out-of-bounds", "lag.CHN", "lag:", "week"),
    ('CHN: {value: 90, unit: "%"}, home: 0.1}\nlag: {CHN: 5}', "CHN: 1}\nlag: {home: 5}", "unused-supplier", "lag.home",
     "lag:", "is no supplier"),
    ("lag: {CHN: 5}", "lag: {CHN: {value: 5, unit: km}}", "bad-unit", "lag.CHN", "lag:", "'week'"),
    ("share: 0.3}", "share: 30}", "out-of-bounds", "other.share", "other:", "0 to 1"),
    (", share: 0.3}", "}", "missing-field", "other.share", "other:", "Add 'share:'"),
    ("from: [SH]", "of: [SH]", "", "", "", ""),
    ("from: [SH]", "from: [N]", "", "", "", ""),
    ("to: N", "to: SH", "", "", "", ""),
    ("to: N", "to: NN", "unknown-name", "regrade.to", "regrade:", "'N'"),
    ("regrade: {", "regrades: {", "", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind", "column", "row", "says"), FAULTS, ids=[f"{n}" for n in range(len(FAULTS))]
)
def test_a_fault_says_what_where_and_how_to_mend(
    tmp_path: Path, pack: Pack, old: str, new: str, kind: str, column: str, row: str, says: str
) -> None:
    text = changed(FIRM, old, new)
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, text)
    faults = error.value.faults
    assert all(fault.file == str(tmp_path / "firm.yaml") and fault.row > 0 and reads_well(fault) for fault in faults)
    if kind:
        (fault,) = faults
        assert (fault.kind, fault.column) == (kind, column)
        lines = text.splitlines()
        assert fault.row == next(number for number, one in enumerate(lines, 1) if one.strip().startswith(row))
        assert says in fault.what + fault.mend


def test_all_faults_are_said_at_once(tmp_path: Path, pack: Pack) -> None:
    text = changed(changed(FIRM, "sector: ev", "sector: cars"), "unit: item/year", "unit: item/yaer")
    text = changed(changed(text, "low: 0.3", "low: 9"), "other:", "others:")
    text = changed(text, "title: A maker of scooters\n", "")
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, text)
    kinds = sorted(fault.kind for fault in error.value.faults)
    assert kinds == ["bad-unit", "missing-field", "range-order", "unknown-field", "unknown-name"]


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path, pack: Pack) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(PackError, match=r"not there|not a file"):
            read_firm(path, pack)


@pytest.mark.parametrize(
    "content", ["", "[]", "42", "a", "\0", "- name: x", "name: [", "{1: 2}", "? [a]\n: b\n", "~: 1\n"]
)
def test_rubbish_is_refused(tmp_path: Path, pack: Pack, content: str) -> None:
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, content)
    assert all(fault.mend for fault in error.value.faults)


def test_a_pack_of_another_currency(tmp_path: Path) -> None:
    other = full()
    other.settings(currency="EUR")
    other.files["tables/figures-money.csv"] = other.text("figures-money").replace(
        "currency.USD.rate,2025,85,,,INR/USD", "currency.USD.rate,2025,85,,,EUR/USD"
    ).replace("80,,,INR/USD", "80,,,EUR/USD").replace("82,,,INR/USD", "82,,,EUR/USD")  # fmt: skip
    for row in ("2023", "2024", "2025"):
        other.add("figures-money", f"currency.INR.rate,{row},0.01,,,EUR/INR,,,,")
    in_euro = load(other.write(tmp_path / "euro"))
    with pytest.raises(PackError, match="'EUR/item'"):
        read(tmp_path, in_euro, FIRM)
    assert read(tmp_path, in_euro, FIRM.replace("lakh Rs", "EUR")).sides("value", "EUR/item")[0] == 0.45


def test_the_example_reads_and_says_that_it_is_invented(india_pack: Pack) -> None:
    path = ROOT / "examples" / "firm.yaml"
    firm = read_firm(path, india_pack)
    assert "invented" in path.read_text(encoding="utf-8").splitlines()[0]
    assert firm.sides("stock.SH", "week")[0] == pytest.approx(3)


def test_grades_that_do_not_go_together(tmp_path: Path, pack: Pack) -> None:
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, changed(FIRM, "to: N", "to: SH"))
    assert {fault.kind for fault in error.value.faults} == {"same-grade", "unused-grade"}
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, changed(FIRM, "from: [SH]", "from: [N]"))
    assert {fault.kind for fault in error.value.faults} == {"same-grade", "unused-grade"}


def test_shares_of_a_name_that_is_not_known_are_summed_all_the_same(tmp_path: Path, pack: Pack) -> None:
    text = changed(FIRM, "home: 0.1", "abroad: 0.2").replace("unit: lakh Rs/item", "unit: USD/item")
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, text)
    told = {(fault.column, fault.kind) for fault in error.value.faults}
    assert {("suppliers.abroad", "unknown-name"), ("suppliers", "shares-do-not-sum"), ("value", "bad-unit")} <= told
