"""What the pages of settlement and money share: typed amounts, and what states and sides are called."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from chumbak.exchange.desk import Work
from chumbak.exchange.digits import folded, plain_digits
from chumbak.exchange.money.ledger import MOST
from chumbak.exchange.people.persons import Person, party
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web.asked import Asked, missing

STATES = {
    "open": N_("Money to be laid down"), "funded": N_("Load to leave"), "sent": N_("On its way"),
    "arrived": N_("Assays to come"), "referee": N_("With the referee"), "proposed": N_("To be agreed"),
    "disputed": N_("In dispute"), "final": N_("Settled and paid"), "cancelled": N_("Ended without a sale"),
}  # fmt: skip
SIDES = {"seller": N_("seller"), "buyer": N_("buyer"), "referee": N_("referee")}
TRADE = ("trader", "recycler", "producer", "collector", "citizen")
CHECKERS = ("auditor", "administrator")
_MOST_DIGITS = 18


def who(asked: Asked) -> Person:
    """Return who asks, on a page for those signed in."""
    if asked.person is None:
        raise missing()
    return asked.person


def is_checker(asked: Asked) -> bool:
    """Say whether who asks may look at what is others'."""
    return bool(who(asked).roles & set(CHECKERS))


def name_of(work: Work, id: str) -> str:
    """Return what a party is called, its id where it was erased."""
    return party(work, id).name or id


def typed(text: str, field: str, places: int, example: str, least: int = 0) -> int:
    """Return a number that was typed, times 10 to ``places``. Raises ``Refusal``; ``example`` is one that is right.

    Blanks, commas that group digits, signs of currencies and digits of any script are taken.
    """
    plain = folded(text)
    try:
        value = Decimal(plain) if len(plain) <= _MOST_DIGITS and "e" not in plain.casefold() else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise Refusal(N_("Type a number, such as %(example)s."), field=field, example=example)
    found = value.scaleb(places)
    if found != found.to_integral_value():
        raise Refusal(N_("At most %(places)s digits after the point."), field=field, places=places)
    if found < least:
        raise Refusal(N_("Type a number, such as %(example)s."), field=field, example=example)
    return int(found)


def typed_paise(text: str, field: str) -> int:
    """Return an amount of the currency in paise, of a size that the ledger keeps."""
    found = typed(text, field, 2, "1250.50")
    if found > MOST:
        raise Refusal(N_("This is more than is kept here. Check the number."), field=field)
    return found


def typed_grams(text: str, field: str) -> int:
    """Return kilograms in grams."""
    return typed(text, field, 3, "1250.5")


def typed_ppm(text: str, field: str) -> int:
    """Return per cent in parts per million."""
    return typed(text, field, 4, "27.5")


def typed_day(text: str, field: str) -> dt.date:
    """Return a day as a form sends it."""
    try:
        return dt.date.fromisoformat(plain_digits(text.strip()))
    except ValueError:
        raise Refusal(N_("Type a day, such as %(example)s."), field=field, example="2026-04-30") from None


def typed_time(text: str, field: str) -> dt.time:
    """Return a time of day as a form sends it."""
    try:
        return dt.time.fromisoformat(plain_digits(text.strip()))
    except ValueError:
        raise Refusal(N_("Type a time, such as %(example)s."), field=field, example="09:30") from None
