"""One way to write a phone number, so that a phone is known again however it was typed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from chumbak.exchange.desk import Settings
from chumbak.exchange.refusal import N_, Refusal

SAMPLE = Path(__file__).parent / "rules" / "phones.yaml"
LONGEST, SHORTEST = 15, 4  # digits; E.164 allows 15
_BLANKS = re.compile(r"[\s().\-‐-―/]+")
WRONG = N_("This is no phone number. Write its digits, as you would dial it.")


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
    rule = _rules(settings.file(SAMPLE)).get(territory_of(country))
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


@lru_cache(maxsize=8)
def _rules(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for country, rule in found.items():
        if not isinstance(rule, dict) or set(rule) != {"calling code", "digits", "dialled before"}:
            raise ValueError(f"{path}: '{country}' needs 'calling code', 'digits' and 'dialled before', no more.")
    return dict(found)
