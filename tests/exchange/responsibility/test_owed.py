"""What is owed: published targets, the formula by hand, contents that nobody knows; rules that cannot be used."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.desk import Settings
from chumbak.exchange.responsibility.owed import (
    BY_CATALOGUE,
    BY_RULES,
    UNKNOWN,
    Sale,
    covered,
    owed,
    sold_lately,
    split,
)
from chumbak.exchange.responsibility.returns import days_of, kg
from chumbak.exchange.responsibility.rules import RULES, SURE, Duties, DutyError, duties_for, read
from tests.exchange.house import catalogue

TEXT = (RULES / "in_ewaste.yaml").read_text(encoding="utf-8")
READ = read(TEXT, "rules")
PHONES = Sale(2021, "smartphone", "ITEW", 1000, 180_000, 5)


@pytest.fixture(scope="module")
def duties() -> Duties:
    found = duties_for("India", Settings())
    assert found
    return found


@pytest.mark.parametrize(
    ("year", "share"),
    [
        (2022, None),
        (2023, "0.6"),
        (2024, "0.6"),
        (2025, "0.7"),
        (2026, "0.7"),
        (2027, "0.8"),
        (2028, "0.8"),
        (2040, "0.8"),
    ],
)
def test_targets_are_those_published(duties: Duties, year: int, share: str | None) -> None:
    """CPCB FAQ: 60 % in 2023-24 and 2024-25, 70 % in the two years after, 80 % from 2027-28 on."""
    assert duties.target(year) == (None if share is None else Fraction(share))


def test_gold_rises_from_a_fifth_to_all_in_five_years_and_others_are_whole(duties: Duties) -> None:
    assert [duties.phase("Au", year) for year in range(2023, 2029)] == [Fraction(n, 5) for n in (1, 2, 3, 4, 5, 5)]
    assert duties.phase("Cu", 2023) == 1


def test_every_rule_says_where_it_is_from_and_how_sure_it_is(duties: Duties) -> None:
    assert all(rule.citation and rule.source and rule.standing in SURE for rule in duties.rules.values())
    assert set(duties.metals) == {"Au", "Cu", "Al", "Fe"}
    assert not set(duties.metals) & set(duties.carried)


def test_an_obligation_by_hand(duties: Duties) -> None:
    (line,) = owed(duties, [PHONES], 2026, catalogue())
    assert (line.share, line.grams, line.basis) == (Fraction(7, 10), 126_000, BY_CATALOGUE)
    assert line.ug["Cu"] == 1000 * 16_000_000 * 7 // 10
    assert line.ug["Au"] == 1000 * 34_000 * 7 // 10 * 8 // 10
    assert line.ug["Fe"] is None  # nobody says how much iron is in it: not taken for none
    assert line.carried_ug["Nd"] == 1000 * 160_000 * 7 // 10
    assert owed(duties, [PHONES], 2027, catalogue()) == owed(duties, [PHONES], 2025, catalogue()) == []


def test_contents_that_nobody_knows_are_not_zero(duties: Duties) -> None:
    drill = Sale(2020, "drill", "EETW", 10, 20_000, 6)
    lines = owed(duties, [PHONES, drill], 2026, catalogue())
    assert {line.sale.item: line.basis for line in lines} == {"smartphone": BY_CATALOGUE, "drill": UNKNOWN}
    by_metal = {one.metal: one for one in covered(duties, lines, {"Cu": 10**12})}
    assert not by_metal["Cu"].whole
    assert by_metal["Cu"].told
    assert not by_metal["Fe"].told  # of neither
    assert by_metal["Cu"].open_ug == 0
    assert by_metal["Au"].open_ug == by_metal["Au"].owed_ug > 0


def test_the_table_of_the_rules_comes_first() -> None:
    text = TEXT.replace("    value: {}", '    value: {smartphone: {Cu: "0.1"}}')
    (line,) = owed(read(text, "own.yaml"), [PHONES], 2026, catalogue())
    assert (line.basis, line.ug["Cu"]) == (BY_RULES, 18_000 * 1_000_000 * 7 // 10)


def test_who_sells_for_less_than_a_life_is_told(duties: Duties) -> None:
    assert sold_lately([PHONES, Sale(2025, "laptop", "ITEW", 1, 1, 6)], 2026) == ["laptop"]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**9)), max_size=4), st.integers(2023, 2030))
def test_obligations_add_up_and_are_never_below_their_share(sold: list[tuple[int, int]], year: int) -> None:
    duties = READ
    sales = [Sale(year - 5, "smartphone", "ITEW", units, grams, 5) for units, grams in sold]
    lines = owed(duties, sales, year, catalogue())
    share, cu = duties.target(year), Fraction(16_000_000)
    assert share
    total = sum(one.owed_ug for one in covered(duties, lines, {}) if one.metal == "Cu")
    exact = share * cu * sum(units for units, _ in sold)
    assert exact <= total <= ceil(exact) + len(sold)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_certificates_split_a_mass_exactly(grams: int, sizes: list[int]) -> None:
    sizes = [max(size, grams // 1000 + 1) for size in sizes]
    found, left = split(grams, sizes)
    assert sum(found) + left == grams
    assert 0 <= left < min(sizes)
    assert set(found) <= set(sizes)


def test_a_certificate_ends_by_either_reading(duties: Duties) -> None:
    assert duties.ends(dt.date(2026, 6, 15)) == dt.date(2028, 6, 15)
    assert duties.ends(dt.date(2028, 2, 29)) == dt.date(2030, 2, 28)
    other = read(TEXT.replace("counted from: the day", "counted from: the end of the fiscal year"), "own")
    assert other.ends(dt.date(2026, 6, 15)) == other.ends(dt.date(2027, 3, 31)) == dt.date(2029, 4, 1)


def test_years_and_quarters(duties: Duties) -> None:
    assert (duties.year_of(dt.date(2026, 3, 31)), duties.year_of(dt.date(2026, 4, 1))) == (2025, 2026)
    assert (duties.name(2026), duties.named("2026-27"), duties.named("2026")) == ("2026-27", 2026, 2026)
    days = [days_of(duties, 2026, period) for period in ("q1", "q2", "q3", "q4")]
    assert days[0][0] == dt.date(2026, 4, 1)
    assert [first for first, _ in days[1:]] == [after for _, after in days[:3]]
    assert days[3][1] == days_of(duties, 2026, "year")[1] == dt.date(2027, 4, 1)


def test_masses_are_written_digit_for_digit() -> None:
    assert [kg(ug) for ug in (0, 1, 10**9, 1_500_000_000)] == ["0", "0.000000001", "1", "1.5"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('2023: "0.6"', '2023: "1.6"', "rule 'target': its value"),
        ("standing: assumed", "standing: sure", "the standing is one of"),
        ("standing: assumed", "standing: [assumed]", "the standing is one of"),
        ('Cu: "1"', 'Cu: "1.5"', "rule 'conversion'"),
        ("counted from: the day", "counted from: someday", "rule 'validity'"),
        ("- id: price band", "- id: price bend", "no such rule is known"),
        ("categories:", "kinds:", "'kinds' is not known"),
        ("read on: 2026-11-22", "read on: lately", "'read on' is the day"),
        ('fiscal year begins: "04-01"', 'fiscal year begins: "13-01"', "is a month and day"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_with_every_fault(old: str, new: str, said: str) -> None:
    with pytest.raises(DutyError, match=said):
        read(TEXT.replace(old, new), "own.yaml")


@pytest.mark.parametrize("text", [b"", b"- 1", b"a: [", b"id: {x: {y: z}}\nrules: [1, {}]\n", b"\xff\xfe"])
def test_a_file_of_the_operator_that_is_no_rules_is_told_by_name(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "in_ewaste.yaml").write_bytes(text)
    with pytest.raises(DutyError, match=r"in_ewaste\.yaml"):
        duties_for("India", Settings(own=tmp_path))
