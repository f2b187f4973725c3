"""One-time codes by message: six digits that show that a phone is in somebody's hands.

Only a hash is kept, with the desk's secret as pepper. A code holds for ten minutes, for five tries, once, and only in
the browser that asked for it. What is answered does not tell whether the phone is known. How many are sent is limited
by phone (messages cost, and wake people) and by address.
"""

from __future__ import annotations

import datetime as dt
import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, select

from chumbak.exchange.desk import Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.phones import plain_phone
from chumbak.exchange.refusal import N_, Refusal

DIGITS = 6
MINUTES = 10
KEPT_HOURS = 24
BY_PHONE = ((10, 3), (24 * 60, 10))  # in so many minutes, so many codes
BY_ADDRESS = ((10, 30), (24 * 60, 500))  # many homes share an address of a mobile network

ASKED = N_("Your code is %(code)s. It holds for %(minutes)s minutes. Tell it to nobody: we never ask for it by phone.")
WRONG = N_("The code is not right. %(left)s tries are left.")
OVER = N_("This code does not hold any more. Ask for a new one.")
OFTEN = N_("Too many codes were asked for. Try again in %(minutes)s minutes.")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A code that did not fit; ``refusal`` says so. Raise it when the try has been counted, after the transaction."""

    refusal: Refusal


def ask(work: Work, browser: str, address: str, phone: str, language: str = "") -> None:
    """Send a code to a phone. ``browser`` is the secret of the browser's cookie, ``address`` where it comes from.

    Raises ``Refusal`` for what is no phone number, and where too many were sent.
    """
    number = plain_phone(work.settings, work.catalogue.country, phone)
    phone_key, address_key = work.desk.keyed("phone", number), work.desk.keyed("address", address)
    forget_old(work)
    _check_limits(work, t.codes.c.phone_key == phone_key, BY_PHONE)
    _check_limits(work, t.codes.c.address_key == address_key, BY_ADDRESS)
    mine = t.codes.c.browser == named(browser)
    work.connection.execute(t.codes.update().where(mine).values(ends_us=work.now_us))  # the last one asked for holds
    id, code = work.new_id("code"), f"{work.desk.random.randrange(10**DIGITS):0{DIGITS}d}"
    row = {
        "id": id, "browser": named(browser), "address_key": address_key, "phone_key": phone_key, "phone": number,
        "code_hash": work.desk.keyed(id, code), "made_us": work.now_us,
        "ends_us": work.now_us + MINUTES * 60_000_000, "tries": 0,
    }  # fmt: skip
    work.connection.execute(t.codes.insert().values(**row))
    work.text(number, ASKED, language, code=code, minutes=MINUTES)


def waiting(work: Work, browser: str) -> str:
    """Return the phone to which a code is on its way for a browser, "" if none is."""
    row = work.connection.execute(select(t.codes.c.phone).where(_holds(work, browser))).first()
    return row.phone if row else ""


def check(work: Work, browser: str, typed: str) -> str | Wrong:
    """Return the phone that a code was sent to; the code is then spent. ``Wrong`` for one that does not fit."""
    code = "".join(digit for digit in map(_digit, typed) if digit)
    row = work.connection.execute(select(t.codes).where(_holds(work, browser))).first()
    if row is None:
        return Wrong(Refusal(OVER, field="code"))
    tried = t.codes.update().where((t.codes.c.id == row.id) & t.codes.c.used_us.is_(None) & (t.codes.c.tries < t.TRIES))
    if work.connection.execute(tried.values(tries=t.codes.c.tries + 1)).rowcount != 1:
        return Wrong(Refusal(OVER, field="code"))
    if not hmac.compare_digest(row.code_hash, work.desk.keyed(row.id, code)):
        left = t.TRIES - row.tries - 1
        work.audit("code-wrong", row.id, left=left)
        return Wrong(Refusal(WRONG, field="code", left=left) if left else Refusal(OVER, field="code"))
    work.connection.execute(t.codes.update().where(t.codes.c.id == row.id).values(used_us=work.now_us, phone=""))
    return str(row.phone)


def forget_old(work: Work) -> None:
    """Forget codes that no limit counts any more."""
    before = work.now_us - KEPT_HOURS * 3_600_000_000
    work.connection.execute(delete(t.codes).where(t.codes.c.made_us < before))


def named(browser: str) -> str:
    """Return what stands for a browser's cookie in tables."""
    return sha256(browser.encode()).hexdigest()


def _holds(work: Work, browser: str) -> ColumnElement[bool]:
    mine = (t.codes.c.browser == named(browser)) & (t.codes.c.ends_us > work.now_us)
    return mine & t.codes.c.used_us.is_(None) & (t.codes.c.tries < t.TRIES)


def _check_limits(work: Work, whose: ColumnElement[bool], limits: tuple[tuple[int, int], ...]) -> None:
    for minutes, most in limits:
        since = work.now_us - minutes * 60_000_000
        made = select(func.count(), func.min(t.codes.c.made_us)).where(whose & (t.codes.c.made_us > since))
        count, first = work.connection.execute(made).one()
        if count >= most:
            wait = dt.timedelta(microseconds=first - since)
            raise Refusal(OFTEN, field="phone", minutes=int(wait.total_seconds() // 60) + 1)


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return "" if value is None else str(value)
