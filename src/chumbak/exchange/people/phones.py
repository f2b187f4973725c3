"""One way to write a phone number, so that a phone is known again however it was typed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from chumbak.exchange.desk import Settings
from chumbak.exchange.refusal import N_, Refusal
from chumbak.yaml_text import parsed, text_of

SAMPLE = Path(__file__).parent / "rules" / "phones.yaml"
LONGEST, SHORTEST = 15, 4  # digits; E.164 allows 15
_BLANKS = re.compile(r"[\s().\-‐-―/]+")
WRONG = N_("This is no phone number. Write its digits, as you would dial it.")


class PhonesError(ValueError):
    """Rules of phone numbers that cannot be used; the message says what is wrong."""


def plain_phone(settings: Settings, country: str, typed: str) -> str:
    """Return a number as E.164 writes it (+ and digits) in a country (its English name).

    A country whose way of writing is not told leaves the digits as they were typed. Raises ``Refusal``.
    """
    from chumbak.exchange.words import territory_of

    text = _BLANKS.sub("", "".join(_digit(letter) for letter in unicodedata.normalize("NFKC", typed)))
    if text.startswith("00"):
        text = "+" + text[2:]
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise Refusal(WRONG, field="phone")
    if len(set(digits)) == 1:
        raise Refusal(N_("This number is made up: it is one digit again and again."), "phone")
    rule = rules_of(settings).get(territory_of(country))
    if rule is None:
        return text
    code, length = str(rule["calling code"]), int(rule["digits"])
    if text.startswith("+"):
        if digits.startswith(code) and len(digits) != len(code) + length:
            raise Refusal(N_("A phone number has %(count)s digits after +%(code)s."), "phone", count=length, code=code)
        return text
    if len(digits) == len(code) + length and digits.startswith(code):
        return f"+{digits}"
    digits = digits.removeprefix(str(rule["dialled before"])) if len(digits) > length else digits
    if len(digits) != length:
        raise Refusal(N_("A phone number has %(count)s digits. Write all of them."), "phone", count=length)
    return f"+{code}{digits}"


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def rules_of(settings: Settings) -> dict[str, Any]:
    """Return how numbers are written, by the code of the country. Raises ``PhonesError``."""
    path = settings.file(SAMPLE)
    return _read(text_of(path, PhonesError), path.name)


@lru_cache(maxsize=8)
def _read(text: str, where: str) -> dict[str, Any]:
    found = parsed(text, where, PhonesError)
    if not isinstance(found, dict):
        raise PhonesError(f"{where} is empty, or is no mapping of countries.")
    for country, rule in found.items():
        if not isinstance(rule, dict) or set(rule) != {"calling code", "digits", "dialled before"}:
            raise PhonesError(f"{where}: '{country}' needs 'calling code', 'digits' and 'dialled before', no more.")
        if type(rule["digits"]) is not int or not 1 <= rule["digits"] <= LONGEST:
            raise PhonesError(f"{where}: '{country}': 'digits' is {rule['digits']!r}; write how many, 1 to {LONGEST}.")
    return found
