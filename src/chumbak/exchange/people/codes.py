"""One-time codes by message: six digits that show that a phone is in somebody's hands.

Only a hash is kept, with the desk's secret as pepper. A code holds for ten minutes, for five tries, once, and only in
the browser that asked for it; those asked for before it hold as long as they would have. What is answered does not
tell whether the phone is known. How many are sent is limited by address first, then by phone from one address, then by
phone (messages cost, and wake people): who asks for another's phone is soon sent no more, and the other still is.
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
BY_BOTH = ((10, 3), (24 * 60, 10))  # for a phone from one address: in so many minutes, so many codes
BY_PHONE = ((10, 6), (24 * 60, 20))  # for a phone from all addresses
BY_ADDRESS = ((10, 30), (24 * 60, 500))  # many homes share an address of a mobile network

ASKED = N_("Your code is %(code)s. It holds for %(minutes)s minutes. Tell it to nobody: we never ask for it by phone.")
WRONG = N_("The code is not right. Tries left: %(left)s.")
OVER = N_("This code does not hold any more. Ask for a new one.")
OFTEN = N_("Too many codes were asked for. Minutes to wait: %(minutes)s. Or sign in with a passkey.")
STILL = N_(
    "Too many codes were asked for. Those already sent still hold. Another can be asked for in %(minutes)s minutes; a "
    "passkey holds meanwhile."
)


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
    of_address, of_phone = t.codes.c.address_key == address_key, t.codes.c.phone_key == phone_key
    often = STILL if waiting(work, browser) == number else OFTEN
    _check_limits(work, of_address, BY_ADDRESS, often)
    _check_limits(work, of_address & of_phone, BY_BOTH, often)
    _check_limits(work, of_phone, BY_PHONE, often)
    others = (t.codes.c.browser == named(browser)) & (t.codes.c.phone_key != phone_key)
    work.connection.execute(t.codes.update().where(others).values(ends_us=work.now_us))  # a browser waits for one phone
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
    row = work.connection.execute(select(t.codes.c.phone).where(_holds(work, browser))).first()  # all are of one phone
    return row.phone if row else ""


def check(work: Work, browser: str, typed: str) -> str | Wrong:
    """Return the phone that a code was sent to; the code is then spent. ``Wrong`` for one that does not fit."""
    code = "".join(digit for digit in map(_digit, typed) if digit)
    holding = _holds(work, browser)
    rows = work.connection.execute(select(t.codes).where(holding).order_by(t.codes.c.made_us, t.codes.c.id)).all()
    if not rows:
        return Wrong(Refusal(OVER, field="code"))
    work.connection.execute(t.codes.update().where(holding).values(tries=t.codes.c.tries + 1))  # a try at each of them
    fits = [row for row in rows if hmac.compare_digest(row.code_hash, work.desk.keyed(row.id, code))]
    if not fits:
        left = t.TRIES - min(row.tries for row in rows) - 1
        work.audit("code-wrong", rows[-1].id, left=left)
        return Wrong(Refusal(WRONG, field="code", left=left) if left else Refusal(OVER, field="code"))
    mine = t.codes.c.browser == named(browser)  # one sign-in spends all codes of the browser
    spent = t.codes.update().where(mine & t.codes.c.used_us.is_(None))
    work.connection.execute(spent.values(used_us=work.now_us, phone=""))
    return str(fits[0].phone)


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


def _check_limits(work: Work, whose: ColumnElement[bool], limits: tuple[tuple[int, int], ...], often: str) -> None:
    for minutes, most in limits:
        since = work.now_us - minutes * 60_000_000
        made = select(func.count(), func.min(t.codes.c.made_us)).where(whose & (t.codes.c.made_us > since))
        count, first = work.connection.execute(made).one()
        if count >= most:
            wait = dt.timedelta(microseconds=first - since)
            raise Refusal(often, field="phone", minutes=int(wait.total_seconds() // 60) + 1)


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return "" if value is None else str(value)
