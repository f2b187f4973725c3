"""Numbers that people type, in the digits of any script: read within a limit, before any arithmetic."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 64  # signs of a number with its blanks, commas and zeros before it: what is longer is none
_GROUPED = re.compile(r"[+-]?([0-9]{1,2}(,[0-9]{2})*,[0-9]{3}|[0-9]{1,3}(,[0-9]{3})+)", re.ASCII)  # 1,00,000 or 100,000
MOST = 10**18  # what a column of a database holds


def folded(text: str) -> str:
    """Return a number in plain digits, without blanks, commas and signs of currencies.

    "" for what is too long, or has a comma where none groups digits (of ``1,00`` nobody knows whether it is 1 or 100).
    """
    if len(text) > _LONGEST:
        return ""
    plain = "".join(
        sign
        for sign in plain_digits(unicodedata.normalize("NFKC", text))
        if sign != "_" and not sign.isspace() and unicodedata.category(sign) != "Sc"
    )
    whole_part, _, rest = plain.partition(".")
    if "," in plain and ("," in rest or not _GROUPED.fullmatch(whole_part)):
        return ""
    return plain.replace(",", "")


def plain_digits(text: str) -> str:
    """Return a text with the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.digit(sign)) if unicodedata.category(sign) == "Nd" else sign for sign in text)


def whole(text: str, most: int = MOST) -> int | None:
    """Return a whole number from 0 to ``most``; None for what is none, or is more."""
    plain = folded(text)
    if not plain.isascii() or not plain.isdigit():
        return None
    found = int(plain)
    return found if found <= most else None
