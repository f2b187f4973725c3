"""Blind second assays: a draw that nobody chose and everybody can check, and how two assays are compared.

A seed is drawn and its hash shown before a round begins (commitment); who begins the round adds a word of their own
after that; a lot's ticket is HMAC(seed, word, lot, what was fixed of it before) as a number from 0 up to a million, and
it is drawn if the ticket is below the share. When the round is closed the seed is shown, and anybody can work out every
ticket again. The operator could not choose the seed after the word, nor who said the word know the seed; that the seed
lies in the database until then is guarded by the audit of it, not by the arithmetic.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

MILLION = 1_000_000


def commitment(seed: str) -> str:
    """Return what is shown of a seed before it is used."""
    return sha256(seed.encode()).hexdigest()


def ticket(seed: str, word: str, lot: str, fixed: str) -> int:
    """Return a lot's ticket, 0 to 999,999; ``fixed`` is a digest of what was settled before anybody knew the ticket."""
    digest = hmac.new(seed.encode(), "\0".join((word, lot, fixed)).encode(), sha256).digest()
    # 64 bits on to a million: no ticket is likelier than another by more than one in ten million million
    return int.from_bytes(digest[:8], "big") * MILLION >> 64


def is_drawn(ticket: int, share: Fraction) -> bool:
    """Say whether a ticket is below the share."""
    return ticket < share * MILLION


@dataclass(frozen=True)
class Ticket:
    """A lot in a round, as it is shown when the round is closed."""

    lot: str
    fixed: str
    ticket: int
    drawn: bool


def wrong(seed: str, committed: str, word: str, share: Fraction, tickets: Iterable[Ticket]) -> list[str]:
    """Return what of a closed round does not follow from its seed and word: "" for the seed itself, else lots."""
    found = [] if commitment(seed) == committed else [""]
    for one in tickets:
        right = ticket(seed, word, one.lot, one.fixed)
        if (one.ticket, one.drawn) != (right, is_drawn(right, share)):
            found.append(one.lot)
    return found


@dataclass(frozen=True)
class Assayed:
    """A content and its expanded uncertainty (k = 2), in one unit."""

    value: float
    expanded: float


def en_number(first: Assayed, second: Assayed) -> float:
    """Return En = (first - second) / sqrt(U1^2 + U2^2) (ISO 13528): beyond 1 they disagree. inf without uncertainty."""
    total = math.hypot(first.expanded, second.expanded)
    difference = first.value - second.value
    if not total:
        return 0.0 if not difference else math.copysign(math.inf, difference)
    return difference / total


def mean_z(pairs: Sequence[tuple[Assayed, Assayed]]) -> float:
    """Return the z of the mean of paired differences: their standardised sum over the root of their number.

    Each difference over its standard uncertainty (half of the expanded one) is standard normal if neither side errs to
    one side. 0 without pairs.
    """
    scores = [2 * en_number(first, second) for first, second in pairs]
    return math.fsum(scores) / math.sqrt(len(scores)) if scores else 0.0
