"""A cascade for a wanted purity and recovery; what a better factor is worth; a train of cascades for several cuts.

The product of a cut holds ``recovery`` of the elements from the cut on, at ``purity``; so what is withdrawn is known,
and with it the raffinate. For a given organic flow the stages are the fewest that do it, with the feed where it does
most good. The flow itself is a choice: less needs more stages, each filled with rare earth that is locked up. Where it
is not given, the flow is the one that locks up least (stages times what flows through them), which is what a plant pays
for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, exp

import numpy as np

from chumbak.plant.components import Array
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.cascade import Cascade, two_sections
from chumbak.plant.extraction.limits import fewest_stages, key_factor, least_organic

MOST_STAGES = 600
OVER = (1.02, 3.0)  # organic flow over the least one, where the best is sought


@dataclass(frozen=True)
class Design:
    """A cascade that does what was asked: stages of both sections, the flow, the least flow, and the cascade solved."""

    cut: int
    extract: int
    scrub: int
    organic: float
    least: float
    purity: float
    recovery: float
    solved: Cascade


def design(
    feed: Sequence[float] | Array, factors: Sequence[float] | Array, cut: int, purity: float, recovery: float,
    over_least: float | None = None, most_stages: int = MOST_STAGES, feed_organic: bool = False,
    efficiency: float = 1.0,
) -> Design:  # fmt: skip
    """Return the cascade with the fewest stages for a product of ``purity`` (mol/mol) that holds ``recovery`` of the
    heavy.

    ``factors`` (element) rise; the elements from number ``cut`` (from 0) on are the product. ``over_least`` is the
    organic flow over the least one (``limits.least_organic``); without it the flow that locks up least is sought.
    Raises ``PlantError`` for what no cascade can do, with the nearest that one can.
    """
    z, beta = np.asarray(feed, dtype=float), np.asarray(factors, dtype=float)
    least = least_organic(z, beta, cut, feed_organic)
    product = _product(z, cut, purity, recovery)
    lost = (1.0 - recovery) * float(z[cut:].sum())
    left = float(z[:cut].sum()) - (product - recovery * float(z[cut:].sum()))
    fewest = fewest_stages(purity, max(left / (left + lost), 1.0 - purity + 1e-12), key_factor(beta, cut))
    if fewest > max(most_stages, MOST_STAGES):  # nearer ones are told with the purity that they come to
        raise PlantError(
            f"{fewest:,.0f} stages would be needed at any organic flow (Fenske), and at most {most_stages} are built; "
            "choose an extractant that parts the pair better, or ask for less"
        )
    if over_least is not None and not over_least > 0:
        raise PlantError(f"the organic flow over the least one is {over_least:g}; it must be above 0")

    def at(over: float) -> Design:
        organic = over * least
        if organic + (float(z.sum()) if feed_organic else 0.0) <= product:
            raise PlantError(
                f"an organic flow of {organic:.4g} cannot carry {product:.4g} of product and be scrubbed; raise "
                "'over_least'"
            )

        def solve(extract: int, scrub: int) -> Cascade:
            return two_sections(z, beta, extract, scrub, organic, product, feed_organic, efficiency)

        extract, scrub, solved = _fewest(solve, cut, purity, key_factor(beta, cut), most_stages, over)
        heavy = range(cut, len(z))
        return Design(cut, extract, scrub, organic, least, solved.purity(heavy), solved.recovery(heavy), solved)

    return at(over_least) if over_least is not None else _least_locked(at)


def _product(z: Array, cut: int, purity: float, recovery: float) -> float:
    """Return what is to be withdrawn as product, and refuse what cannot be."""
    heavy, whole = float(z[cut:].sum()), float(z.sum())
    for name, share in (("purity", purity), ("recovery", recovery)):
        if not 0 < share < 1:
            raise PlantError(
                f"a {name} of {100 * share:g} % is impossible: it lies between 0 and 100 %, and only more stages come "
                "nearer to 100 %"
            )
    product = recovery * heavy / purity
    if purity <= heavy / whole:
        raise PlantError(
            f"the feed is {100 * heavy / whole:.4g} % pure already; ask for more than that, or leave the cascade out"
        )
    return product


def _fewest(
    solve: Callable[[int, int], Cascade], cut: int, purity: float, key: float, most: int, over: float
) -> tuple[int, int, Cascade]:
    """Return the fewest stages of extraction and scrubbing, in all, that reach a purity of the product."""
    known: dict[tuple[int, int], Cascade] = {}

    def reached(extract: int, scrub: int) -> float:
        if (extract, scrub) not in known:
            known[extract, scrub] = solve(extract, scrub)
        solved = known[extract, scrub]
        return solved.purity(range(cut, len(solved.product)))

    def best(count: int, guess: float) -> tuple[float, int]:
        """Return the best purity of so many stages, and how many of them extract: it has one peak."""
        low, high = 1, count - 1
        if 0.0 < guess < 1.0 and count > 8:  # the share of the peak hardly changes with the number of stages
            low, high = max(1, int((guess - 0.1) * count)), min(count - 1, ceil((guess + 0.1) * count))
        while high - low > 2:
            third = (high - low) // 3
            one, two = low + third, high - third
            if reached(one, count - one) < reached(two, count - two):
                low = one + 1
            else:
                high = two - 1
        return max((reached(one, count - one), one) for one in range(low, high + 1))

    count = max(2, ceil(fewest_stages(purity, purity, key) * 0.5))
    failed, share, nearest = 1, 0.0, 0.0
    while True:
        nearest, extract = best(count, share)
        share = extract / count
        if nearest >= purity:
            break
        failed = count
        if count >= most:
            raise PlantError(
                f"no cascade up to {most} stages brings the product to {100 * purity:.6g} % at {over:.4g} times the "
                f"least organic flow; the nearest is {100 * nearest:.6g} %: take more organic over the least, more "
                "stages, or ask for less"
            )
        count = min(most, ceil(1.5 * count))
    good = (extract, count - extract)
    while count - failed > 1:
        middle = (failed + count) // 2
        found, extract = best(middle, share)
        if found >= purity:
            count, good = middle, (extract, middle - extract)
        else:
            failed = middle
    return *good, known[good]


def _least_locked(at: Callable[[float], Design]) -> Design:
    """Return the design whose stages hold least, by golden section in the excess of the organic flow over the least."""
    tried: dict[float, tuple[float, Design | None]] = {}

    def held(place: float) -> float:
        if place not in tried:
            try:
                one = at(1.0 + exp(place))
                tried[place] = float((one.solved.organic_flow + one.solved.aqueous_flow).sum()), one
            except PlantError as why:
                tried[place] = float("inf"), None
                failures.append(why)
        return tried[place][0]

    failures: list[PlantError] = []
    golden = (5.0**0.5 - 1.0) / 2.0
    low, high = float(np.log(OVER[0] - 1.0)), float(np.log(OVER[1] - 1.0))
    one, two = high - golden * (high - low), low + golden * (high - low)
    for _ in range(7):
        if held(one) <= held(two):
            high, two = two, one
            one = high - golden * (high - low)
        else:
            low, one = one, two
            two = low + golden * (high - low)
    best = min(tried.values(), key=lambda pair: pair[0])[1]
    if best is None:
        raise failures[-1]
    return best


def sensitivity(
    feed: Sequence[float] | Array, factors: Sequence[float] | Array, cut: int, extract: int, scrub: int, organic: float,
    product: float, feed_organic: bool = False,
) -> Array:  # fmt: skip
    """Return d(purity of the product) / d ln(factor of each element) (element), flows and stages kept, by solving
    again.

    The sum over the elements from the cut on is what a separation factor across the cut is worth.
    """
    key_factor(factors, cut)
    beta = np.asarray(factors, dtype=float)
    small = 1e-3
    found = np.empty(len(beta))
    for i in range(len(beta)):
        pure = []
        for sign in (1.0, -1.0):
            moved = beta.copy()
            moved[i] *= exp(sign * small)
            solved = two_sections(feed, moved, extract, scrub, organic, product, feed_organic)
            pure.append(solved.purity(range(cut, len(beta))))
        found[i] = (pure[0] - pure[1]) / (2.0 * small)
    return found


@dataclass(frozen=True)
class Part:
    """One cascade of a train: which elements its feed came for (first, last; numbers from 0), and its design."""

    first: int
    last: int
    design: Design


def train(
    feed: Sequence[float] | Array, factors: Sequence[float] | Array, cuts: Sequence[int], purity: float, recovery:
    float, over_least: float | None = None, most_stages: int = MOST_STAGES,
) -> tuple[list[Part], dict[tuple[int, int], Array]]:  # fmt: skip
    """Return a cascade for each cut, in the order of ``cuts``, and the streams that are left (by first and last
    element).

    Each cut splits the stream that still holds both its sides; impurities go along. Raises ``PlantError``.
    """
    streams = {(0, len(np.asarray(factors)) - 1): np.asarray(feed, dtype=float)}
    parts: list[Part] = []
    for cut in cuts:
        both = [one for one in streams if one[0] < cut <= one[1]]
        if not both:
            raise PlantError(f"the cut at {cut} is named twice, or lies outside the elements; name each cut once")
        first, last = both[0]
        made = design(streams.pop((first, last)), factors, cut, purity, recovery, over_least, most_stages)
        parts.append(Part(first, last, made))
        streams[first, cut - 1], streams[cut, last] = made.solved.raffinate, made.solved.product
    return parts, streams
