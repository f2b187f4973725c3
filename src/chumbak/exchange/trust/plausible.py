"""Does what is handed over fit its kind? Plain numbers in, a score and the bounds it was held against out.

A score is a number of standard deviations; the policy says from where on a person looks. What cannot be told gives
None, never an alarm.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TO_SIGMA = 1.4826  # a median absolute deviation of a normal distribution, to its standard deviation
RANGE_90 = 2 * 1.6449  # a range of 90 % of a normal distribution, in standard deviations
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Weighed:
    """A weight and the bounds that let it pass, in grams; from how many parties these come (0: they are set)."""

    grams: float
    low: float
    high: float
    parties: int

    @property
    def fits(self) -> bool:
        """Whether it is within the bounds."""
        return self.low <= self.grams <= self.high


def weight(
    grams: float, seen: Mapping[str, Sequence[float]], *, parties: int, spreads: float, least_spread: float,
    range_: tuple[float, float] | None = None,
) -> Weighed | None:  # fmt: skip
    """Hold a piece's grams (above zero) against those of others (by party), or a set range while these are few.

    Each party has one voice, the median of its own pieces, so that one who hands over many light ones does not move
    what is usual. On the logarithms, since models differ by factors: median ± spreads x max(1.4826 MAD, least_spread).
    """
    voices = [math.log(statistics.median(own)) for own in seen.values() if own]
    if len(voices) < parties:
        return Weighed(grams, *range_, parties=0) if range_ else None
    middle = statistics.median(voices)
    mad = statistics.median(abs(voice - middle) for voice in voices)
    spread = spreads * max(TO_SIGMA * mad, least_spread)
    return Weighed(grams, math.exp(middle - spread), math.exp(middle + spread), len(voices))


def lightest(seen: Mapping[str, Sequence[float]], share: float) -> float | None:
    """Return the weight below which so great a share of accepted pieces are (one voice a party); None without any."""
    voices = sorted(statistics.median(own) for own in seen.values() if own)
    if not voices:
        return None
    return voices[min(len(voices) - 1, math.floor(share * len(voices)))]


def too_old(age_years: float, life_years: float, lives: float) -> bool:
    """Say whether a thing is older than so many mean lives of its kind."""
    return age_years > lives * life_years


def widened(central: float, low: float, high: float, tolerance: float) -> tuple[float, float]:
    """Return the ends of a range, each at least so great a share of the middle away from it.

    A pack may hold one figure and no range, or a middle at one end of it. No range means that nobody published one, not
    that all scrap is alike, so a range of no width is no ground to doubt an assay.
    """
    return min(low, central * (1 - tolerance)), max(high, central * (1 + tolerance))


def within(found: float, published: tuple[float, float] | None) -> bool:
    """Say whether it lies within what was published of such goods, if anything was."""
    return published is not None and published[0] <= found <= published[1]


def beyond(found: float, central: float, low: float, high: float, times: int) -> bool:
    """Say whether it lies outside its range and is so many times the middle, or that part of it."""
    return (found > high and found >= times * central) or (found < low and found * times <= central)


def content_score(found: float, sigma: float, central: float, low: float, high: float) -> float | None:
    """Return how many standard deviations an assay is from the catalogue: its range (90 %) and the assay's own sigma.

    All in one unit, such as micrograms a gram. The side of the range is that on which the assay is. None where the
    catalogue has no range and the assay no uncertainty.
    """
    side = (high - central if found >= central else central - low) / (RANGE_90 / 2)
    total = math.hypot(side, sigma)
    return (found - central) / total if total > 0 else None


def kilometres(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the distance of two places (degrees north, east) on the sphere."""
    (lat, lon), (other_lat, other_lon) = (tuple(map(math.radians, place)) for place in (first, second))
    half = math.sin((other_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def at_least(n: int, of: int, share: float) -> float:
    """Return the chance of n or more among so many, if each is one with this chance (exact binomial tail)."""
    if n <= 0:
        return 1.0
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    logs = [
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        + k * math.log(share) + (of - k) * math.log1p(-share)
        for k in range(n, of + 1)
    ]  # fmt: skip
    return min(1.0, math.fsum(math.exp(log) for log in logs))
