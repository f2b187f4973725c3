from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from chumbak.exchange.desk import Desk, Settings
from chumbak.exchange.people import codes
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.phones import plain_phone
from chumbak.exchange.refusal import Refusal
from tests.exchange import house
from tests.exchange.people.helper import last_code, member, messages, other

PHONE, BROWSER, ADDRESS = "98765 43210", "browser-one", "192.0.2.1"


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


def ask(desk: Desk, phone: str = PHONE, browser: str = BROWSER, address: str = ADDRESS) -> str:
    with desk.work() as work:
        codes.ask(work, browser, address, phone)
    return last_code(desk)


def check(desk: Desk, code: str, browser: str = BROWSER) -> str:
    """Return the phone, or the sentence by which the code was refused."""
    with desk.work() as work:
        found = codes.check(work, browser, code)
    return found if isinstance(found, str) else str(found.refusal)


def test_a_code_shows_a_phone_once(desk):
    code = ask(desk)
    assert check(desk, code) == "+919876543210"
    assert check(desk, code) == codes.OVER


def test_a_code_may_be_typed_with_blanks_and_in_devanagari_digits(desk):
    code = ask(desk)
    typed = "".join(chr(0x0966 + int(digit)) for digit in code)
    assert check(desk, f" {typed[:3]} {typed[3:]} ") == "+919876543210"


def test_a_code_holds_for_ten_minutes(desk):
    code = ask(desk)
    desk.clock.later(minutes=10)
    assert check(desk, code) == codes.OVER
    code = ask(desk)
    desk.clock.later(minutes=9, seconds=59)
    assert check(desk, code) == "+919876543210"


def test_a_code_holds_in_the_browser_that_asked(desk):
    code = ask(desk)
    assert check(desk, code, "another-browser") == codes.OVER
    assert check(desk, code) == "+919876543210"


def test_five_tries_and_the_right_code_does_not_help_any_more(desk):
    code = ask(desk)
    said = [check(desk, other(code)) for _ in range(5)]
    assert said[:4] == [codes.WRONG % {"left": left} for left in (4, 3, 2, 1)]
    assert said[4] == codes.OVER
    assert check(desk, code) == codes.OVER


def test_codes_already_sent_stay_good_until_one_is_used(desk):
    first, second = ask(desk), ask(desk)
    assert check(desk, other(first) if other(first) != second else other(second)) == codes.WRONG % {"left": 4}
    assert check(desk, first) == "+919876543210"
    assert check(desk, second) == codes.OVER


def test_a_code_for_another_phone_ends_those_before_it(desk):
    first = ask(desk)
    second = ask(desk, phone="9000000001")
    if first != second:
        assert check(desk, first) == codes.WRONG % {"left": 4}
    assert check(desk, second) == "+919000000001"


def test_nobody_locks_another_out_from_one_address(desk):
    for number in range(3):
        ask(desk, browser=f"b{number}", address="198.51.100.9")
    with pytest.raises(Refusal, match="Too many codes"), desk.work() as work:
        codes.ask(work, "b9", "198.51.100.9", PHONE)
    assert check(desk, ask(desk)) == "+919876543210"


def test_who_has_a_code_is_told_that_it_holds_still_and_when_there_is_another(desk):
    made = [ask(desk) for _ in range(3)]
    desk.clock.later(minutes=4)
    with pytest.raises(Refusal) as caught, desk.work() as work:
        codes.ask(work, BROWSER, ADDRESS, PHONE)
    assert caught.value.text == codes.STILL
    assert caught.value.values["minutes"] == 7
    assert check(desk, made[0]) == "+919876543210"


def test_codes_are_limited_by_phone(desk):
    for number in range(6):
        ask(desk, browser=f"b{number}", address=f"192.0.2.{number}")
    with pytest.raises(Refusal, match="Too many codes"), desk.work() as work:
        codes.ask(work, "b9", "192.0.2.9", PHONE)
    desk.clock.later(minutes=11)
    assert ask(desk)


def test_codes_are_limited_by_phone_for_a_day_and_then_free_again(desk):
    sent = 0
    for _ in range(20):
        try:
            ask(desk)
            sent += 1
        except Refusal:
            pass
        desk.clock.later(minutes=20)
    assert sent == 10
    desk.clock.later(days=1)
    assert ask(desk)


def test_codes_are_limited_by_address(desk):
    for number in range(30):
        ask(desk, phone=f"90000000{number:02d}", browser=f"b{number}")
    with pytest.raises(Refusal), desk.work() as work:
        codes.ask(work, "b", ADDRESS, "9000000099")


def test_known_and_unknown_phones_are_answered_alike(desk):
    known = member(desk, "citizen")
    ask(desk, phone=known.phone, browser="one")
    ask(desk, phone="+919999999999", browser="two")
    first, second = (text.replace(code, "") for text, code in ((one, one[13:19]) for one in messages(desk)[-2:]))
    assert first == second
    assert check(desk, "000000", "one").startswith("The code is not right")
    assert check(desk, "000000", "two").startswith("The code is not right")


def test_what_is_kept_holds_neither_code_nor_phone_once_used(desk):
    code = ask(desk)
    check(desk, code)
    with desk.engine.connect() as connection:
        (row,) = connection.execute(select(t.codes))
    assert code not in map(str, row)
    assert row.phone == ""
    assert len(row.code_hash) == 64


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("9876543210", "+919876543210"), ("098765-43210", "+919876543210"), ("+91 98765 43210", "+919876543210"),
        ("0091 9876543210", "+919876543210"), ("९८७६५४३२१०", "+919876543210"), ("+1 (212) 555-0100", "+12125550100"),
        ("919876543210", "+919876543210"),
    ],
)  # fmt: skip
def test_a_phone_is_the_same_however_it_is_written(typed, plain):
    assert plain_phone(Settings(), "India", typed) == plain


@pytest.mark.parametrize("typed", ["", "phone", "12345", "+91 123", "98765432101234567", "98765 4321O"])
def test_what_is_no_phone_is_refused(typed):
    with pytest.raises(Refusal) as caught:
        plain_phone(Settings(), "India", typed)
    assert caught.value.field == "phone"


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_phones(typed):
    try:
        plain = plain_phone(Settings(), "India", typed)
    except Refusal:
        return
    assert plain_phone(Settings(), "India", plain) == plain
