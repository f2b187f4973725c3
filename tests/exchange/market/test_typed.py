"""Amounts as they are typed."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.market.typed import count_of, grams_of, paise_of
from chumbak.exchange.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "paise"),
    [("1250", 125_000), ("1,25,000.50", 12_500_050), (" ₹ 12.5 ", 1250), ("१२५०", 125_000), ("１２", 1200), ("0", 0)],
)
def test_money(text: str, paise: int) -> None:
    assert paise_of(text) == paise


@pytest.mark.parametrize("text", ["", "much", "-5", "1e5", "12.505", "NaN", "1.2.3", "9" * 13, "½", "0x10", "٫"])
def test_no_money(text: str) -> None:
    with pytest.raises(Refusal):
        paise_of(text)


def test_nothing_typed_may_mean_something() -> None:
    assert (paise_of("", empty=0), grams_of(" ", empty=0), count_of("", empty=0)) == (0, 0, 0)


@given(st.integers(0, 10**9))
def test_grams_and_paise_come_back(number: int) -> None:
    assert grams_of(f"{number // 1000}.{number % 1000:03d}") == number
    assert paise_of(f"{number // 100}.{number % 100:02d}") == number
    assert count_of(str(number)) == number


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    for read in (paise_of, grams_of, count_of):
        with suppress(Refusal):
            assert read(text) >= 0
