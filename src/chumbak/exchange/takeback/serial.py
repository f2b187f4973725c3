"""Serial numbers: one normal form however one is typed, so that a device earns once.

Width and script of digits, blanks, dots, dashes and case make no other number, nor do letters that look like digits (O,
I and L). An IMEI is 14 digits that name the handset and a Luhn check digit; with a software version after them (IMEISV)
it is still the same handset (3GPP TS 23.003, 6.2, recalled).
"""

from __future__ import annotations

import unicodedata

from chumbak.exchange.refusal import N_, Refusal

LONGEST, SHORTEST = 64, 4  # letters and digits
IMEI = 15  # digits, the last of which is the check digit
HANDSET = IMEI - 1  # digits that name the handset
MOST_DIGITS = 17  # as some phones show it: with a version of two digits
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})  # letters that are read as digits, and digits as letters
_RUNS = ("0123456789" * 7, "9876543210" * 7)
NO_SERIAL = N_("This is no serial number. On a phone, dial *#06# to see it.")
NO_IMEI = N_("Check the number: *#06# shows it. It has 15 digits.")
NOT_PROVED = N_("The last digit does not fit the others, so one is mistyped. Check the number: *#06# shows it.")
MADE_UP = N_("This number is made up: one digit again and again, or digits in a row. Type the one on the device.")


def normal(typed: str, *, imei: bool | None = None) -> str:
    """Return the one form of a serial number, "" for none. Raises ``Refusal`` for one that can be none.

    ``imei``: True where the kind of device has an IMEI, False where it has none (a long number is kept as it is), None
    where the kind is not known: a number of 14 to 17 digits is then taken to be an IMEI.
    """
    plain = _folded(typed)
    if not plain:
        if typed.strip():
            raise Refusal(NO_SERIAL, "serial")
        return ""
    if not SHORTEST <= len(plain) <= LONGEST:
        raise Refusal(NO_SERIAL, "serial")
    plain = plain.translate(_READ_AS)
    if len(set(plain)) == 1 or any(plain in run for run in _RUNS):
        raise Refusal(MADE_UP, "serial")
    if imei or (imei is None and plain.isdigit() and HANDSET <= len(plain) <= MOST_DIGITS):
        return _handset(plain)
    return plain[:HANDSET] if plain.isdigit() and len(plain) == IMEI and luhn_holds(plain) else plain


def luhn_holds(digits: str) -> bool:
    """Whether the last of some digits is their check digit."""
    return check_digit(digits[:-1]) == digits[-1:]


def check_digit(digits: str) -> str:
    """Return the Luhn check digit of some digits."""
    doubled = [int(one) * 2 if n % 2 == 0 else int(one) for n, one in enumerate(reversed(digits))]
    return str(-sum(one // 10 + one % 10 for one in doubled) % 10)


def invented_imei(n: int) -> str:
    """Return an invented IMEI by its number: it begins with 00, which is kept for tests, so no handset has it."""
    body = f"001{n % 10**11:011d}"
    return body + check_digit(body)


def _folded(typed: str) -> str:
    """Return letters and digits alone, upper case, digits as 0-9. Raises ``Refusal`` for other scripts' letters."""
    found = []
    for one in unicodedata.normalize("NFKC", typed):
        digit = unicodedata.digit(one, None)
        if digit is not None:
            found.append(str(digit))
        elif one.isalpha():
            if not one.isascii():  # a Cyrillic O looks like an O: it must not make another device
                raise Refusal(NO_SERIAL, "serial")
            found.append(one.upper())
    return "".join(found)


def _handset(plain: str) -> str:
    """Return the digits of an IMEI that name the handset. Raises ``Refusal``."""
    if not plain.isdigit() or not HANDSET <= len(plain) <= MOST_DIGITS:
        raise Refusal(NO_IMEI, "serial")
    if len(plain) > IMEI and plain[0] == "0" and luhn_holds(plain[1 : 1 + IMEI]):
        plain = plain[1:]  # a 0 typed before it
    if len(plain) in (IMEI, MOST_DIGITS) and not luhn_holds(plain[:IMEI]):
        raise Refusal(NOT_PROVED, "serial")
    return plain[:HANDSET]
