"""A user's mistake, as a sentence that the page shows beside the field, in the user's language."""

from __future__ import annotations

from typing import Any


def N_(text: str) -> str:  # noqa: N802 (gettext's name for it, by which texts to translate are found)
    """Mark a text for translation and return it as it is."""
    return text


class Refusal(Exception):  # noqa: N818 (it is no error of ours)
    """What was asked cannot be done, and why. ``text`` is English with ``%(name)s`` for each of ``values``.

    ``field`` names the field of the form that has to be mended, "" where it is none of them.
    """

    def __init__(self, text: str, field: str = "", **values: Any) -> None:
        super().__init__(text % values if values else text)
        self.text, self.field, self.values = text, field, values
