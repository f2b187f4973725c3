"""Numbers that people type, in the digits of any script: read within a limit, before any arithmetic."""

from __future__ import annotations

import unicodedata

_LONGEST = 64  # signs of a number with its blanks, commas and zeros before it: what is longer is none
MOST = 10**18  # what a column of a database holds


def folded(text: str) -> str:
    """Return a number in plain digits, without blanks, commas and signs of currencies; "" for what is too long."""
    if len(text) > _LONGEST:
        return ""
    return "".join(
        str(unicodedata.digit(sign)) if unicodedata.category(sign) == "Nd" else sign
        for sign in unicodedata.normalize("NFKC", text)
        if sign not in ",_" and not sign.isspace() and unicodedata.category(sign) != "Sc"
    )


def whole(text: str, most: int = MOST) -> int | None:
    """Return a whole number from 0 to ``most``; None for what is none, or is more."""
    plain = folded(text)
    if not plain.isascii() or not plain.isdigit():
        return None
    found = int(plain)
    return found if found <= most else None
