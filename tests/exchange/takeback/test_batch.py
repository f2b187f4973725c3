"""Tables of many devices: columns in any order, every fault with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.refusal import Refusal
from chumbak.exchange.takeback.batch import LEFT, Found, Look, finds, listed, looks, wishes
from chumbak.exchange.takeback.quotes import Wish

KINDS = {"smartphone": "Smartphone", "laptop": "Laptop"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_read_whatever_parts_its_columns(mark: str) -> None:
    text = "Condition,kind,Serial\nworks,Smartphone,35-1234\n\n parts missing , laptop,\n".replace(",", mark)
    assert wishes("\ufeff" + text, KINDS, 10) == [
        Wish("smartphone", "works", "35-1234"), Wish("laptop", "parts missing", ""),
    ]  # fmt: skip


def test_several_of_a_kind_are_one_line() -> None:
    assert wishes("kind,condition,count\nlaptop,broken,3", KINDS, 3) == [Wish("laptop", "broken")] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("kind,condition\n", "no device"),
        ("kind,colour\nlaptop,red", "name the columns"),
        ("kind,condition\nspoon,works", "Line 2: 'spoon'"),
        ("kind,condition\nlaptop,works\nlaptop,fine", "Line 3: 'fine'"),
        ("kind,condition,count\nlaptop,works,0", "Line 2: '0'"),
        ("kind,condition,count\nlaptop,works,11", "more than 10"),
        ("kind,condition,serial,count\nlaptop,works,A1234,2", "Line 2: a serial number"),
        ("kind,condition\n" + "x" * 300_000, "too long"),
    ],
)
def test_a_fault_says_its_line(text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        wishes(text, KINDS, 10)
    assert caught.value.field == "table"


def test_what_differs_is_read_by_number() -> None:
    assert looks("2, left\n1,broken,140,35-9", 3) == {2: Look(LEFT), 1: Look("broken", 140, "35-9")}
    assert finds("3,parts missing,No battery", 3) == {3: Found("parts missing", "No battery")}
    assert looks("1,works,140,,Worn", 1) == {1: Look("works", 140, "", "worn")}
    assert finds("1,works,,352099001761481;490154203237518", 1) == {
        1: Found("works", "", "352099001761481;490154203237518")
    }
    for text in ("4,works", "x,works", "1,fine", "1,works,heavy", "1,works,140,,lost"):
        with pytest.raises(Refusal):
            looks(text, 3)


def test_a_list_of_numbers_is_one_device_a_line() -> None:
    text = "\ufeffIMEI\n35-209900-176148-1\n\n 490154203237518, 356938035643809 ,\n"
    assert listed(text, "smartphone", "broken", 2) == [
        Wish("smartphone", "broken", "35-209900-176148-1"),
        Wish("smartphone", "broken", "490154203237518, 356938035643809"),
    ]
    for wrong, said in (("", "one device a line"), ("imei\n", "one device a line"), ("1234\n" * 3, "more than 2")):
        with pytest.raises(Refusal, match=said) as caught:
            listed(wrong, "smartphone", "broken", 2)
        assert caught.value.field == "serials"


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    said = []
    for read in (
        lambda: wishes(text, KINDS, 10),
        lambda: listed(text, "laptop", "works", 3),
        lambda: looks(text, 3),
        lambda: finds(text, 3),
    ):
        try:
            read()
        except Refusal as refusal:
            said.append(refusal.text % refusal.values)
    assert all(said)
