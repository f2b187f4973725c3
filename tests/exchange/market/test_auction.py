"""Rules of auctions against a slow reading of their words."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.market.auction import SOFT, Bid, end_after, leads, least_next, standing, winner

BIDS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), max_size=6).map(
    lambda said: [Bid(n, buyer, paise, n) for n, (buyer, paise) in enumerate(said)]
)


def slow_winner(bids: list[Bid], reserve: int) -> Bid | None:
    """Who wins, word by word: each one's last bid; nobody above it; of equal ones nobody before it; at the reserve."""
    last = [one for one in bids if not any(other.buyer == one.buyer and other.n > one.n for other in bids)]
    for one in last:
        beaten = any(other.paise > one.paise or (other.paise == one.paise and other.n < one.n) for other in last)
        if not beaten and one.paise >= reserve:
            return one
    return None


def test_every_small_sealed_auction() -> None:
    for prices in product(range(1, 4), repeat=4):
        for buyers in product("ab", repeat=4):
            bids = [Bid(n, buyer, paise, n) for n, (buyer, paise) in enumerate(zip(buyers, prices, strict=True))]
            for reserve in range(5):
                assert winner(bids, reserve) == slow_winner(bids, reserve)


@given(BIDS, st.integers(0, 6), st.randoms())
def test_the_order_in_which_they_are_read_is_nothing(bids: list[Bid], reserve: int, chance: object) -> None:
    mixed = list(bids)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert winner(mixed, reserve) == winner(bids, reserve) == slow_winner(bids, reserve)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50)), max_size=20), st.integers(1, 5))
def test_open_auctions_rise_by_the_step_and_the_last_taken_bid_leads(said: list[tuple[str, int]], step: int) -> None:
    taken: list[Bid] = []
    for n, (buyer, paise) in enumerate(said):
        if paise >= least_next(taken, step) and not leads(taken, buyer):
            taken.append(Bid(n, buyer, paise, n))
            assert leads(taken, buyer)
            assert winner(taken, 0) == taken[-1]
    assert all(later.paise - earlier.paise >= step for earlier, later in pairwise(taken))
    assert all(later.buyer != earlier.buyer for earlier, later in pairwise(taken))


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_late_bid_leaves_time_to_answer(ends: int, at: int) -> None:
    after = end_after(ends, at)
    assert after >= ends
    assert after - at >= SOFT
    assert after == ends or after - at == SOFT


def test_nothing_bid_nothing_won() -> None:
    assert standing([]) == []
    assert winner([], 0) is None
    assert least_next([], 7) == 7
