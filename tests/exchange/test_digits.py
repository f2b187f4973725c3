"""Whole numbers as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.digits import MOST, folded, whole
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.takeback.batch import whole_grams, wishes
from chumbak.exchange.web.settle_shared import typed_day, typed_grams, typed_time
from chumbak.exchange.web.settle_shared import typed_paise as settle_paise
from chumbak.exchange.web.takeback_shared import typed_paise


@pytest.mark.parametrize(
    ("text", "number"),
    [("120", 120), ("१२०", 120), ("১২০", 120), ("1,20", None), ("1,000", 1000), ("10,00", None),
     (" 007 ", 7), ("", None), ("-1", None), ("1.5", None), ("1001", None),
     ("9" * 5000, None), ("0" * 5000, None), ("²", 2), ("½", None), ("٣", 3)],
)  # fmt: skip
def test_whole(text: str, number: int | None) -> None:
    assert whole(text, 1000) == number


@pytest.mark.parametrize(
    ("text", "paise"),
    [("1,00", None), ("1,00,000", 10_000_000), ("100,000", 10_000_000), ("12,34,567.50", 123_456_750), (",5", None),
     ("1,0,00", None), ("1.250,50", None), ("१,२५०", 125_000), ("9" * 15, None)],
)  # fmt: skip
def test_a_comma_groups_digits_or_the_amount_is_refused(text: str, paise: int | None) -> None:
    if paise is not None:
        assert settle_paise(text, "paise") == paise
        return
    with pytest.raises(Refusal):
        settle_paise(text, "paise")


def test_days_and_times_are_taken_in_hindi_digits() -> None:
    assert typed_day("२०२६-०४-३०", "day").isoformat() == "2026-04-30"
    assert typed_time("०९:३०", "first").isoformat() == "09:30:00"


@given(st.text(max_size=80))
def test_any_text_is_a_number_within_the_limit_or_none(text: str) -> None:
    found = whole(text)
    assert found is None or 0 <= found <= MOST
    assert folded(text * 1000) == "" or len(text) < 1


def test_amounts_are_taken_in_hindi_digits_everywhere() -> None:
    assert typed_paise("₹ ३२०.५०") == 32_050
    assert typed_grams("१२.५", "weight") == 12_500
    assert whole_grams("१६०") == 160


@pytest.mark.parametrize("text", ["9" * 5000, "९" * 5000])
def test_thousands_of_digits_are_told_in_a_sentence(text: str) -> None:
    for read in (typed_paise, whole_grams, lambda typed: typed_grams(typed, "weight")):
        with pytest.raises(Refusal):
            read(text)
    with pytest.raises(Refusal, match="no number of devices"):
        wishes(f"kind,condition,count\nphone,works,{text}", {"phone": "Phone"}, 20)


def test_a_sentence_repeats_no_more_than_a_line_of_a_table() -> None:
    for table in ("x" * 90_000, "kind,condition\n" + "x" * 90_000 + ",works", "kind,condition\nphone," + "x" * 90_000):
        with pytest.raises(Refusal) as caught:
            wishes(table, {"phone": "Phone"}, 20)
        assert len(str(caught.value)) < 300
