"""Constant separation factors: a published table, limits, balances over random cascades, brute force, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.cascade import Feed, solve_cascade, two_sections
from chumbak.plant.extraction.limits import best_purity, fewest_stages, least_organic, least_organic_of_pair

# Shin-Etsu EP2388344A1 (stage counts, factors); the purities by Underwood and by an independent tridiagonal Newton.
# factor, extracted share, stages of each section, then purity of product and raffinate at S / S_min as named.
OVER = (0.95, 1.0, 1.05, 1.1, 1.2, 1.5)
TABLE = [
    (1.4, 0.75, 72, (0.987181, 0.997183, 0.999578, 0.999883, 0.999982, 1.0),
     (0.961542, 0.99155, 0.998735, 0.999648, 0.999945, 0.999999)),
    (1.5, 0.75, 72, (0.987411, 0.998274, 0.999876, 0.999973, 0.999997, 1.0),
     (0.962232, 0.994821, 0.999628, 0.999919, 0.999991, 1.0)),
    (2.5, 0.75, 24, (0.98708, 0.996599, 0.999374, 0.99983, 0.999976, 0.999999),
     (0.961241, 0.989797, 0.998121, 0.99949, 0.999928, 0.999998)),
    (1.4, 0.5, 72, (0.974984, 0.999111, 0.99998, 0.999994, 0.999998, 1.0),
     (0.974984, 0.999111, 0.99998, 0.999994, 0.999998, 1.0)),
]  # fmt: skip


@pytest.mark.parametrize(("factor", "extracted", "stages", "product", "raffinate"), TABLE)
def test_published_stage_counts_give_the_purities_worked_out_apart(
    factor: float, extracted: float, stages: int, product: tuple[float, ...], raffinate: tuple[float, ...]
) -> None:
    least = extracted + 1.0 / (factor - 1.0)
    for over, pure, rest in zip(OVER, product, raffinate, strict=True):
        solved = two_sections((1 - extracted, extracted), (1.0, factor), stages, stages, over * least, extracted)
        assert solved.purity([1]) == pytest.approx(pure, abs=2e-6)
        assert solved.purity([0], product=False) == pytest.approx(rest, abs=2e-6)
        assert solved.residual < 1e-10


@st.composite
def cascades(draw: st.DrawFn) -> dict[str, object]:
    n = draw(st.integers(2, 8))
    steps = draw(st.lists(st.floats(1.05, 30.0), min_size=n - 1, max_size=n - 1))
    feed = np.array(draw(st.lists(st.floats(0.01, 1.0), min_size=n, max_size=n)))
    cut = draw(st.integers(1, n - 1))
    product = float(feed[cut:].sum()) * draw(st.sampled_from((1.0, 0.6, 0.97)))
    organic = (product + feed.sum() / (steps[cut - 1] - 1.0)) * draw(st.floats(0.3, 5.0)) + 0.02 * product
    return {
        "feed": feed, "factors": np.cumprod([1.0, *steps]), "extract": draw(st.integers(1, 60)),
        "scrub": draw(st.integers(0, 60)), "organic": max(organic, 1.03 * product), "product": product,
        "efficiency": draw(st.sampled_from((1.0, 1.0, 0.7))),
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(cascades())
def test_every_element_balances_and_no_share_leaves_zero_to_one(case: dict[str, object]) -> None:
    solved = two_sections(**case)  # type: ignore[arg-type]
    feed = np.asarray(case["feed"])
    assert np.abs(solved.product + solved.raffinate - feed).max() < 1e-9 * feed.sum()
    for shares in (solved.aqueous, solved.organic):
        assert shares.min() >= 0.0
        assert shares.max() <= 1.0 + 1e-12
        assert np.abs(shares.sum(axis=1) - 1.0).max() < 1e-9
    assert solved.product.sum() == pytest.approx(case["product"], rel=1e-8)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_traces_sharp_factors_lazy_stages_and_a_dirty_strip_balance_too(seed: int) -> None:
    """Every equation anew, element by element, where amounts lie millions apart and the strip leaves much behind."""
    rng = np.random.default_rng(seed)
    n, extract, scrub = (int(one) for one in rng.integers((2, 1, 1), (10, 60, 60)))
    beta = np.exp(np.cumsum(rng.uniform(0.05, 10.0 / n, n)))
    feed = 10.0 ** rng.uniform(-rng.choice([0.5, 3.0, 6.0]), 0.0, n)
    feed /= feed.sum()
    product = min(float(feed[int(rng.integers(1, n)) :].sum()) * rng.uniform(0.98, 1.02), 0.99)
    organic = product * (1.1 + 10.0 ** rng.uniform(-1.0, 1.5))
    lazy, remain = float(rng.uniform(0.6, 1.0)), 10.0 ** rng.uniform(-4.0, -1.0, n)
    one = two_sections(feed, beta, extract, scrub, organic, product, efficiency=lazy, left=remain)
    x, y = one.aqueous, one.organic
    reaches = organic * y[-1]
    assert one.left == pytest.approx(remain * reaches, abs=1e-9)
    stripped = reaches - one.left
    scrubs = one.scrub * stripped / stripped.sum()
    enters = np.vstack([one.left + one.loaded * x[0], organic * y[:-1]])
    water = np.vstack([one.aqueous_flow[1:, None] * x[1:], scrubs])
    fed = np.where((np.arange(extract + scrub) == extract - 1)[:, None], feed, 0.0)
    assert np.abs(enters + water + fed - organic * y - one.aqueous_flow[:, None] * x).max() < 2e-9
    equal = x * beta / (x @ beta)[:, None]
    assert np.abs(lazy * organic * equal + (1.0 - lazy) * enters - organic * y).max() < 2e-9
    assert one.product == pytest.approx(stripped - scrubs, abs=2e-9)
    assert one.raffinate + one.product == pytest.approx(feed, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.floats(1.1, 20.0), st.floats(0.1, 0.9), st.floats(0.05, 0.95), st.integers(2, 40), st.floats(1.02, 3.0))
def test_two_elements_alike_are_one_element(
    factor: float, heavy: float, share: float, stages: int, over: float
) -> None:
    organic = over * (heavy + 1.0 / (factor - 1.0))
    pair = two_sections((1 - heavy, heavy), (1.0, factor), stages, stages, organic, heavy)
    split = (1 - heavy, share * heavy, (1 - share) * heavy)
    three = two_sections(split, (1.0, factor, factor), stages, stages, organic, heavy)
    assert three.product[1:].sum() == pytest.approx(pair.product[1], rel=1e-9)
    assert three.product[1] / three.product[2] == pytest.approx(share / (1 - share), rel=1e-7)


def _whole(x: np.ndarray, beta: np.ndarray, feed: np.ndarray, at: int, organic: float, product: float) -> np.ndarray:
    """The plain equations of three elements and few stages, for a solver that knows nothing of cascades."""
    shares = np.exp(x.reshape(-1, len(beta)))
    y = shares * beta / (shares * beta).sum(axis=1, keepdims=True)
    stages, back = len(shares), organic - product
    water = np.where(np.arange(stages) <= at, back + feed.sum(), back)
    gap = np.empty_like(shares)
    for j in range(stages):
        came = organic * (y[j - 1] if j else shares[0])
        came = came + (water[j + 1] * shares[j + 1] if j + 1 < stages else back * y[-1])
        gap[j] = came + (feed if j == at else 0.0) - organic * y[j] - water[j] * shares[j]
    gap[:, -1] = shares.sum(axis=1) - 1.0
    return gap.ravel()


def test_brute_force_finds_the_same() -> None:
    beta, feed = np.array([1.0, 1.8, 4.0]), np.array([0.5, 0.3, 0.2])
    solved = two_sections(feed, beta, 3, 2, 1.4, 0.5)
    start = np.log(np.tile(feed, (5, 1))).ravel()
    found = root(_whole, start, args=(beta, feed, 2, 1.4, 0.5), tol=1e-13)
    assert found.success
    assert np.abs(np.exp(found.x.reshape(5, 3)) - solved.aqueous).max() < 1e-9


def test_below_the_least_flow_the_purity_is_the_limit() -> None:
    for factor, heavy, share in ((1.4, 0.75, 0.9), (2.0, 0.3, 0.97)):
        organic = share * least_organic_of_pair(heavy, factor)
        solved = two_sections((1 - heavy, heavy), (1.0, factor), 200, 200, organic, heavy)
        assert solved.purity([1]) == pytest.approx(best_purity(heavy, share), abs=1e-6)


def test_at_total_reflux_the_fewest_stages_are_those_of_fenske() -> None:
    # With flows far above the feed each stage multiplies the ratio by the factor.
    solved = two_sections((0.5, 0.5), (1.0, 1.4), 20, 21, 1e6, 0.5)
    product, raffinate = solved.purity([1]), solved.purity([0], product=False)
    assert fewest_stages(product, raffinate, 1.4) == pytest.approx(41.0, abs=1e-3)
    assert fewest_stages(0.999, 0.999, 1.4) == pytest.approx(41.05, abs=0.01)


@pytest.mark.parametrize("organic_feed", [False, True])
def test_the_least_flow_of_many_elements_is_where_purity_stops_to_rise(organic_feed: bool) -> None:
    feed, beta = np.array([0.2, 0.3, 0.35, 0.15]), np.array([1.0, 1.6, 3.2, 4.0])
    least = least_organic(feed, beta, 2, organic_feed)
    pure = [
        two_sections(feed, beta, 150, 150, over * least, 0.5, organic_feed).purity([2, 3]) for over in (0.98, 1.0, 1.03)
    ]
    assert pure[0] < 0.997
    assert 1 - pure[2] < 1e-6
    assert pure[1] < pure[2]


def test_a_pair_has_its_closed_form() -> None:
    for factor, heavy, least in ((1.4, 0.75, 3.25), (1.4, 0.3, 2.8), (2.0, 0.75, 1.75), (2.0, 0.3, 1.3)):
        assert least_organic_of_pair(heavy, factor) == pytest.approx(least, rel=1e-12)
        assert least_organic((1 - heavy, heavy), (1.0, factor), 1) == pytest.approx(least, rel=1e-12)


@pytest.mark.parametrize("over", [0.3, 1.0, 1.3, 5.0])
def test_sharp_fronts_settle(over: float) -> None:
    beta = np.cumprod([1.0, 6.8, 2.0, 1.4, 9.0, 2.0, 1.5, 5.0, 2.1, 2.05, 2.7, 100.0])
    feed = np.linspace(1.0, 0.1, 12)
    product = float(feed[4:].sum())
    organic = max(over * least_organic(feed, beta, 4), 1.01 * product)
    solved = two_sections(feed, beta, 200, 200, organic, product)
    assert solved.residual < 1e-9
    assert np.abs(solved.product + solved.raffinate - feed).max() < 1e-9 * feed.sum()


def test_two_feeds_are_the_sum_of_their_elements() -> None:
    one = Feed(10, np.array([0.3, 0.2]))
    two = Feed(15, np.array([0.1, 0.4]))
    solved = solve_cascade([one, two], (1.0, 1.8), 25, 2.2, 0.6)
    assert np.allclose(solved.product + solved.raffinate, [0.4, 0.6], atol=1e-9)
    assert solved.purity([1]) > solve_cascade([Feed(10, one.amounts + two.amounts)], (1.0, 1.8), 25, 2.2, 0.6).purity(
        [1]
    )


def test_less_efficient_stages_and_a_poor_strip_part_less() -> None:
    plain = two_sections((0.5, 0.5), (1.0, 1.8), 20, 20, 2.0, 0.5)
    slack = two_sections((0.5, 0.5), (1.0, 1.8), 20, 20, 2.0, 0.5, efficiency=0.8)
    dirty = two_sections((0.5, 0.5), (1.0, 1.8), 20, 20, 2.0, 0.5, left=(0.0, 0.02))
    assert plain.purity([1]) > slack.purity([1]) > 0.9
    assert plain.purity([0], product=False) > dirty.purity([0], product=False)
    assert np.allclose(dirty.product + dirty.raffinate, 0.5, atol=1e-9)
    assert dirty.loaded == pytest.approx(2.0 - dirty.left.sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"factors": (1.0, 1.0)}, "beta = 1"),
        ({"factors": (1.0, -2.0)}, "above 0"),
        ({"feed": (-0.1, 0.5)}, "negative"),
        ({"organic": -1.0}, "organic flow"),
        ({"organic": 0.3}, "raise the organic flow"),
        ({"product": 1.0, "organic": 2.0}, "withdraw less"),
        ({"organic": 0.5}, "open loop"),
        ({"extract": 0}, "cannot be built"),
        ({"efficiency": 0.0}, "efficiency"),
        ({"left": (1.0, 0.0)}, "strip"),
    ],
)
def test_what_cannot_be_is_a_sentence(change: dict[str, object], said: str) -> None:
    case = {"feed": (0.5, 0.5), "factors": (1.0, 2.0), "extract": 5, "scrub": 5, "organic": 2.0, "product": 0.5}
    with pytest.raises(PlantError, match=said):
        two_sections(**{**case, **change})  # type: ignore[arg-type]
