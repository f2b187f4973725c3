"""An alarm in the user's language, with its numbers as they are written there.

What a number is, the end of its name says: ``used_paise`` is money, ``low_grams`` a mass, ``share`` a share,
``made_us`` a day, ``lost_ug`` a content, ``sold_year`` a year; what ends on ``_word`` is itself a text to translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chumbak.exchange.words import Words


def spoken(words: Words, text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its values in a language."""
    return words.say(text, **{name: _value(words, name, value) for name, value in values.items()})


def _value(words: Words, name: str, value: Any) -> Any:
    end = name.rpartition("_")[2]
    if isinstance(value, str):
        return words.say(value) if end == "word" else value
    if end == "paise":
        return words.money(value)
    if end == "grams":
        return words.mass(value)
    if end == "ug":
        return words.content(value)
    if end == "us":
        return words.day(value)
    if end == "share":
        return words.percent(value)
    return str(value) if end == "year" else words.number(value, 2)
