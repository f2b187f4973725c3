"""Rules of auctions, as plain functions of plain values. Money is in paise, time in microseconds.

    sealed   each buyer's last bid counts, with its time; nobody sees a bid before the end; the highest wins, of equal
             ones the earliest
    open     each bid beats the one before by the step or more; one that comes in the last minutes moves the end, so
             that others can answer

Neither is won below the reserve, which is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MINUTE = 60_000_000
SOFT = 5 * MINUTE  # a bid so shortly before the end of an open auction puts the end so long after it


@dataclass(frozen=True)
class Bid:
    """A bid of a buyer; ``n`` is the order in which bids came."""

    n: int
    buyer: str
    paise: int
    at_us: int


def standing(bids: Sequence[Bid]) -> list[Bid]:
    """Return the last bid of each buyer, the best first: the highest, of equal ones the earliest."""
    last: dict[str, Bid] = {}
    for bid in sorted(bids, key=lambda bid: bid.n):
        last[bid.buyer] = bid
    return sorted(last.values(), key=lambda bid: (-bid.paise, bid.n))


def winner(bids: Sequence[Bid], reserve: int) -> Bid | None:
    """Return the bid that wins, None where none reaches the reserve."""
    best = next(iter(standing(bids)), None)
    return best if best is not None and best.paise >= reserve else None


def least_next(bids: Sequence[Bid], step: int) -> int:
    """Return the least bid that an open auction takes next."""
    return max((bid.paise for bid in bids), default=0) + step


def leads(bids: Sequence[Bid], buyer: str) -> bool:
    """Whether a buyer has the highest bid of an open auction: he need not beat himself."""
    best = next(iter(standing(bids)), None)
    return best is not None and best.buyer == buyer


def end_after(ends_us: int, at_us: int) -> int:
    """Return when an open auction ends after a bid at a time."""
    return max(ends_us, at_us + SOFT)
