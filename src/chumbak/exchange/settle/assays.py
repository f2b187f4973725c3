"""Assays at both ends: exchange, splitting limit, referee.

Contents are whole parts per million of the net mass. The practice of the metal trade: each side assays its sample of
the same lot; results are exchanged at the same time; if they differ by no more than the splitting limit their mean
counts, else a third laboratory, agreed before, assays the sample kept for it. Then, of the referee's result:

    between the two    the mean of it and the nearer of the two counts; right in the middle, or the same as one, it does
    outside them       the nearer of the two counts

The side whose result is further from the referee's pays its fee; equally far, both pay half. A side that sends none in
time is bound by the other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SELLER, BUYER, REFEREE = "seller", "buyer", "referee"


@dataclass(frozen=True)
class Settled:
    """The content that counts, how it came about, and who pays the referee: shares of seller and buyer."""

    ppm: int
    by: str
    limit_ppm: int
    seller_pays: Fraction = Fraction(0)
    buyer_pays: Fraction = Fraction(0)


def limit(seller: int, buyer: int, share: Fraction) -> int:
    """Return by how many parts per million two assays may differ: a share of their mean."""
    return int(share * Fraction(seller + buyer, 2))


def within(seller: int, buyer: int, share: Fraction) -> bool:
    """Say whether two assays are within the splitting limit."""
    return abs(seller - buyer) <= limit(seller, buyer, share)


def settled(seller: int | None, buyer: int | None, referee: int | None, share: Fraction, sold: int) -> Settled:
    """Return the content that counts, given what there is; ``sold`` is the content at which the lot was sold.

    Without a referee's result two that are too far apart are settled by their mean: that is what holds if none comes.
    """
    if seller is None and buyer is None:
        return Settled(sold, "sold", 0)
    if seller is None or buyer is None:
        alone = buyer if seller is None else seller
        assert alone is not None
        return Settled(alone, "buyer alone" if seller is None else "seller alone", 0)
    allowed = limit(seller, buyer, share)
    mean = round(Fraction(seller + buyer, 2))
    if abs(seller - buyer) <= allowed:
        return Settled(mean, "mean", allowed)
    if referee is None:
        return Settled(mean, "no referee", allowed)
    return Settled(umpire(seller, buyer, referee), "referee", allowed, *fee_shares(seller, buyer, referee))


def umpire(seller: int, buyer: int, referee: int) -> int:
    """Return the content that counts after a referee."""
    low, high = min(seller, buyer), max(seller, buyer)
    if referee <= low:
        return low
    if referee >= high:
        return high
    if referee - low == high - referee:
        return referee
    return round(Fraction(referee + (low if referee - low < high - referee else high), 2))


def fee_shares(seller: int, buyer: int, referee: int) -> tuple[Fraction, Fraction]:
    """Return which shares of the referee's fee seller and buyer pay."""
    further = abs(seller - referee) - abs(buyer - referee)
    if further == 0:
        return Fraction(1, 2), Fraction(1, 2)
    return (Fraction(1), Fraction(0)) if further > 0 else (Fraction(0), Fraction(1))
