"""What the pages say, in each language: English texts are the ids, a language is a file (``hi.po``, gettext's form).

Numbers, money and times are written as the place does (Babel's data): ₹1,23,456.78 where lakhs are counted.
"""

from __future__ import annotations

import datetime as dt
import gettext
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from chumbak.exchange.desk import moment
from chumbak.exchange.refusal import N_

FOLDER = Path(__file__).parent
SOURCE = "en"  # the language of the ids


class Words:
    """One language in one place."""

    def __init__(self, language: str, currency: str = "", territory: str = "", time_zone: str = "UTC") -> None:
        self.language, self.currency = language, currency
        self.locale = Locale.parse(f"{language}_{territory}" if territory else language)
        self.translations = _translations(language)
        self._zone = ZoneInfo(time_zone)

    def say(self, text: str, **values: Any) -> str:
        """Return a text in this language, with its values; a number among them is written as it is."""
        said = self.translations.gettext(text) if text else ""
        return said % values if values else said

    def many(self, one: str, more: str, count: int, **values: Any) -> str:
        """Return the text for one or that for more (the id of both is ``one``), as this language counts.

        ``count`` is written as a number of the place, under that name.
        """
        return self.translations.ngettext(one, more, count) % {"count": self.number(count), **values}

    def money(self, paise: int) -> str:
        """Return an amount with the sign of the currency."""
        amount = Decimal(paise) / 100
        whole = paise % 100 == 0
        pattern = _without_decimals(self.locale) if whole else None
        return str(format_currency(amount, self.currency, pattern, self.locale, currency_digits=not whole))

    def mass(self, grams: float) -> str:
        """Return a mass: in kilograms from one kilogram on, in milligrams below a tenth of a gram."""
        if abs(grams) >= 1000:
            return self.say(N_KG, number=self.number(grams / 1000, 3))
        if abs(grams) >= 0.1 or not grams:
            return self.say(N_G, number=self.number(grams, 3))
        return self.say(N_MG, number=self.number(grams * 1000, 3))

    def content(self, micrograms: float) -> str:
        """Return a content of an element."""
        return self.mass(micrograms / 1e6)

    def number(self, value: float, places: int = 0) -> str:
        """Return a number with at most so many digits behind the point."""
        return str(format_decimal(round(value, places), locale=self.locale, decimal_quantization=False))

    def percent(self, share: float) -> str:
        """Return a share in per cent, to a tenth."""
        return str(format_percent(round(share, 3), locale=self.locale, decimal_quantization=False))

    def when(self, us: int | dt.datetime) -> str:
        """Return a time, to the minute, where the exchange is."""
        at = us if isinstance(us, dt.datetime) else moment(us)
        return str(format_datetime(at, "d MMM y, HH:mm", tzinfo=self._zone, locale=self.locale))

    def day(self, us: int | dt.datetime | dt.date) -> str:
        """Return a day, where the exchange is."""
        at: Any = moment(us) if isinstance(us, int) else us
        if isinstance(at, dt.datetime):
            at = at.astimezone(self._zone).date()
        return str(format_date(at, "d MMM y", locale=self.locale))


N_KG, N_G, N_MG = N_("%(number)s kg"), N_("%(number)s g"), N_("%(number)s mg")


@lru_cache(maxsize=64)
def words(language: str, currency: str = "", country: str = "", time_zone: str = "UTC") -> Words:
    """Return the words of a language for a country (its English name)."""
    return Words(language, currency, territory_of(country), time_zone)


@lru_cache(maxsize=64)
def territory_of(country: str) -> str:
    """Return the code of a country by its English name, "" where none is known."""
    return next((code for code, name in Locale("en").territories.items() if name == country and len(code) == 2), "")


def zone_of(country: str) -> str:
    """Return the time zone of a country by its English name: its first, UTC where none is known."""
    zones = get_global("territory_zones").get(territory_of(country)) or ["UTC"]
    return str(zones[0])


def names(languages: Sequence[str]) -> dict[str, str]:
    """Return what each language calls itself."""
    return {one: (Locale.parse(one).get_display_name(one) or one).capitalize() for one in languages}


def files(language: str) -> list[Path]:
    """Return the files of a language."""
    return sorted(FOLDER.glob(f"{language}*.po"))


def catalog(language: str) -> Catalog:
    """Return all that is translated into a language."""
    found = Catalog(locale=language)
    for path in files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    found.add(message.id, message.string, flags=message.flags)
    return found


def _without_decimals(locale: Locale) -> str:
    pattern = locale.currency_formats["standard"].pattern
    return str(pattern).replace(".00", "")


@lru_cache(maxsize=16)
def _translations(language: str) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    found = files(language)
    if not found:
        raise FileNotFoundError(f"There is no file of the language '{language}' in {FOLDER}.")
    made = BytesIO()
    write_mo(made, catalog(language))
    made.seek(0)
    return gettext.GNUTranslations(made)
