"""One device has one serial number, however it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.exchange.refusal import Refusal
from chumbak.exchange.takeback.identity import serial_key
from chumbak.exchange.takeback.serial import invented_imei, luhn_holds, normal
from tests.exchange.house import desk

IMEI = "352099001761481"
ARABIC = str.maketrans("0123456789", "".join(chr(0x660 + n) for n in range(10)))
FULLWIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
SAME = (
    IMEI, "352099.001761481", "352099/001761481", "35-209900-176148-1", f"0{IMEI}", IMEI.translate(ARABIC),
    IMEI.translate(FULLWIDTH), IMEI.replace("0", "O"), IMEI.replace("1", "l"), IMEI[:-1], f"{IMEI}77", f"{IMEI[:-1]}07",
    f"{IMEI}\u200b", f"#{IMEI}#",
)  # fmt: skip


@pytest.mark.parametrize("typed", SAME)
def test_one_handset_has_one_number(typed: str) -> None:
    assert normal(typed, imei=True) == normal(typed) == IMEI[:14]


def test_one_handset_has_one_key_whatever_kind_it_is_called(tmp_path: Path) -> None:
    with desk(tmp_path) as town, town.read() as work:
        assert len({serial_key(work, IMEI, kind) for kind in ("smartphone", "feature_phone", "laptop", "")}) == 1
        assert serial_key(work, " ", "smartphone") == ""


@pytest.mark.parametrize("typed", ["352099001761482", "SN000123", "3520990017614", f"{IMEI}123"])
def test_what_is_no_imei_is_refused_for_a_phone(typed: str) -> None:
    with pytest.raises(Refusal, match="06#"):
        normal(typed, imei=True)


@pytest.mark.parametrize(
    "typed", ["000000000000000", "123456789012345", "OOOOO", "1111", "98765", "abc", "!!", "\u04101234"]
)
def test_what_can_be_no_serial_number_is_refused(typed: str) -> None:
    for imei in (True, False, None):
        with pytest.raises(Refusal):
            normal(typed, imei=imei)


def test_a_long_number_of_what_has_no_imei_is_kept_whole() -> None:
    numbers = {normal(f"48201937465510{n:02d}", imei=False) for n in range(50)}
    assert len(numbers) == 50
    assert normal("c02-xk1.zz", imei=False) == "C02XK1ZZ"


@pytest.mark.parametrize("typed", ["SN0012", "SN-O0I2", "sn 0oL2", "SN.0O12"])
def test_letters_that_look_like_digits_make_no_other_number(typed: str) -> None:
    assert normal(typed, imei=False) == "SN0012"
    assert normal(f"{typed}X", imei=False) != "SN0012"


def test_invented_numbers_are_imeis_and_differ() -> None:
    assert all(luhn_holds(invented_imei(n)) for n in range(100))
    assert len({normal(invented_imei(n), imei=True) for n in range(100)}) == 100
