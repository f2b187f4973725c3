"""How a price compares with what others paid: median and quartiles, only where enough were seen to hide each one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

LEAST = 5  # fewer prices would tell what one person was paid


@dataclass(frozen=True)
class Seen:
    """Prices paid for a kilogram or a piece, in paise: ``n`` of them."""

    n: int
    low: int
    median: int
    high: int

    def stands(self, paise: int) -> str:
        """Return where a price for the same stands: "below", "within" or "above" the middle half."""
        if paise < self.low:
            return "below"
        return "above" if paise > self.high else "within"


def seen(prices: Sequence[int]) -> Seen | None:
    """Return what prices in paise say together, None where they are fewer than ``LEAST``."""
    if len(prices) < LEAST:
        return None
    low, median, high = quantiles(prices, n=4, method="inclusive")
    return Seen(len(prices), round(low), round(median), round(high))
