"""The money of plants in draws and auctions of many bidders: their own bounds, and beside numpy-financial 1.0.

The magnet plant of the pack beside its scheme, from the ready pack:

- *draws*: 100,000 plants with a price path each, value with and without support and what drives it; by the clock.
- *auctions*: 1,000 of 20 bidders under the scheme, and under every instrument; by the clock.
- *numpy-financial*: net present value and rate of return of the same cash flows, which are given to both; theirs is a
  plain loop over the first of the draws, as the library takes one plant at a time, ours takes all at once. Plants a
  second, medians of ``REPEATS``. Values must agree, and rates wherever a plant has just one above -50 % a year: where
  it has several, theirs picks one and ours says that there are.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from chumbak.answer.auction_document import auction_case
from chumbak.answer.plant_support import plant_case
from chumbak.pack import load
from chumbak.pack.plant_projects import read_project
from chumbak.scheme.cashflow import play
from chumbak.scheme.draws import sample
from chumbak.scheme.finance import spread
from chumbak.scheme.instruments import INSTRUMENTS
from chumbak.scheme.measures import irr, npv
from chumbak.scheme.support import NOTHING

DRAWS, DRAWS_BOUND = 100_000, 30.0  # seconds by the clock
AUCTIONS, BIDDERS, AUCTIONS_BOUND, ALL_BOUND = 1_000, 20, 5.0, 15.0
PLANTS, LOOPED, REPEATS = 5_000, 500, 3
FASTER = 5.0  # times as many plants a second
AGREE = 1e-6  # of a rate a year, or of the largest flow
LEAST_RATE = -0.5


def took(what: Callable[[], object]) -> float:
    """Return seconds by the clock."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def ours(rate: float, flows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return values, rates of return and how many rates there are, of all plants at once."""
    rates, count = irr(flows)
    return npv(rate, flows), rates, count


def theirs(rate: float, flows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values and rates of return, one plant after the other."""
    import numpy_financial as npf

    with np.errstate(all="ignore"):
        found = [(npf.npv(rate, row), npf.irr(row)) for row in flows]
    return np.array([one for one, _ in found]), np.array([one for _, one in found])


def main() -> int:
    """Measure and compare; return 1 if a target is missed."""
    missed = False

    def bound(what: str, seconds: float, most: float) -> None:
        nonlocal missed
        missed |= seconds > most
        print(f"  {what:<42} {seconds:6.2f} s   bound {most:g} s   {'MISSED' if seconds > most else 'PASS'}")

    print("\nThe money of plants, and auctions")
    pack = load("india")
    case = plant_case(read_project(pack, "magnets"), pack)
    project = case.project

    def draws() -> None:
        drawn = sample(project, DRAWS, 0)
        spread(project, case.support, drawn)
        spread(project, NOTHING, drawn)

    bound(f"{DRAWS:,} draws, with support and without", took(draws), DRAWS_BOUND)
    auction = auction_case(pack, None, bidders=BIDDERS)
    seconds = {name: took(lambda name=name: auction.play(AUCTIONS, 0, name)) for name in INSTRUMENTS}  # type: ignore[misc]
    bound(f"{AUCTIONS:,} auctions of {BIDDERS} bidders, the scheme", seconds["scheme"], AUCTIONS_BOUND)
    bound(f"{AUCTIONS:,} auctions under each of {len(INSTRUMENTS)} instruments", sum(seconds.values()), ALL_BOUND)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, with the pack")

    flows = play(project, case.support, sample(project, PLANTS, 0)).cash_project
    rate, some = project.money.discount, flows[:LOOPED]
    mine = statistics.median(took(lambda: ours(rate, flows)) for _ in range(REPEATS)) / PLANTS
    try:
        peer = statistics.median(took(lambda: theirs(rate, some)) for _ in range(REPEATS)) / LOOPED
    except ImportError:
        print("  numpy-financial IS NOT INSTALLED HERE: not compared.")
        return int(missed)
    (values, rates, count), (their_values, their_rates) = ours(rate, some), theirs(rate, some)
    one = (count == 1) & (rates > LEAST_RATE)
    same = bool(
        np.all(abs(values - their_values) <= AGREE * abs(some).max())
        and np.all(abs(rates[one] - their_rates[one]) <= AGREE)
    )
    slow = peer / mine < FASTER
    missed |= slow or not same
    told = f"value and rate of return of a plant {1e6 * mine:.0f} µs   numpy-financial {1e6 * peer:.0f} µs"
    verdict = f"{'MISSED' if slow else 'PASS'}   same: {'yes' if same else 'NO'} ({one.sum()} of {LOOPED} rates)"
    print(f"  {told}   {peer / mine:5.1f}x   target {FASTER:g}x   {verdict}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
