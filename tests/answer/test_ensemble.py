"""Draws: bands, reproducibility, and the share of variance against cases known in closed form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from chumbak.answer import Answer, ensemble, overview
from chumbak.answer.ensemble import variance_shares
from chumbak.pack import PackError, load


def test_bands_are_ordered_and_hold_the_central_case(drawn_toyland: Answer) -> None:
    assert drawn_toyland.ensemble is not None
    bands = drawn_toyland.ensemble.bands
    low, middle, high = (bands.sel(percentile=name).values for name in ("p05", "p50", "p95"))
    assert (low <= middle).all()
    assert (middle <= high).all()
    total = drawn_toyland.data.sold.sum("product").sel(year=2030)
    drawn = bands.sel(name="demand.total_t", year=2030)
    assert float(drawn.sel(percentile="p05")) < float(total) < float(drawn.sel(percentile="p95"))


def test_same_seed_same_draws_whatever_the_chunks(toyland: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load(toyland)
    first = overview(pack, draws=30, seed=3).ensemble
    monkeypatch.setattr(ensemble, "CHUNK", 7)
    monkeypatch.setattr(ensemble, "WORKERS", 1)
    second = overview(pack, draws=30, seed=3).ensemble
    other = overview(pack, draws=30, seed=4).ensemble
    assert first is not None
    assert second is not None
    assert other is not None
    np.testing.assert_allclose(first.totals.values, second.totals.values, rtol=1e-12)
    assert not np.allclose(first.totals.values, other.totals.values)


def test_more_draws_keep_the_first_ones(toyland: Path) -> None:
    pack = load(toyland)
    few, many = (overview(pack, draws=draws, seed=1).ensemble for draws in (10, 40))
    assert few is not None
    assert many is not None
    np.testing.assert_allclose(few.totals.values, many.totals.sel(draw=slice(0, 9)).values, rtol=1e-12)


def test_threads_leave_the_options_of_the_library_alone(toyland: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = xr.get_options()["arithmetic_join"]
    monkeypatch.setattr(ensemble, "CHUNK", 1)
    overview(load(toyland), draws=20)
    assert xr.get_options()["arithmetic_join"] == before


def test_progress_reaches_the_end(toyland: Path) -> None:
    seen: list[int] = []
    overview(load(toyland), draws=60, progress=seen.append)
    assert seen[-1] == 60
    assert seen == sorted(seen)


def test_shares_of_a_sum() -> None:
    """Y = 3 a + b: nine tenths of the variance are a's, one tenth b's, none c's."""
    deviates = np.random.default_rng(1).standard_normal((4000, 3))
    shares = variance_shares(3 * deviates[:, 0] + deviates[:, 1], deviates)
    np.testing.assert_allclose(shares, [0.9, 0.1, 0.0], atol=0.02)


def test_shares_of_a_product_of_lognormals() -> None:
    """Y = exp(s a) exp(t b): first-order index (exp(s2)-1)/(exp(s2+t2)-1), Saltelli et al. 2008."""
    deviates = np.random.default_rng(2).standard_normal((20_000, 2))
    outcome = np.exp(0.4 * deviates[:, 0] + 0.2 * deviates[:, 1])
    whole = np.expm1(0.16 + 0.04)
    expected = [np.expm1(0.16) / whole, np.expm1(0.04) / whole]
    np.testing.assert_allclose(variance_shares(outcome, deviates), expected, atol=0.02)


def test_shares_see_a_square() -> None:
    """Y = a^2 - 1 is uncorrelated with a, and still all a's."""
    deviates = np.random.default_rng(3).standard_normal((2000, 2))
    np.testing.assert_allclose(variance_shares(deviates[:, 0] ** 2, deviates), [1.0, 0.0], atol=0.02)


def test_unrelated_figures_get_next_to_nothing() -> None:
    rng = np.random.default_rng(4)
    deviates = rng.standard_normal((1000, 60))
    shares = variance_shares(deviates[:, 0] + 0.1 * rng.standard_normal(1000), deviates)
    assert shares[0] > 0.95
    assert shares[1:].max() < 0.005


def test_too_few_draws_rank_nothing() -> None:
    assert variance_shares(np.arange(10.0), np.zeros((10, 6))).size == 0
    np.testing.assert_array_equal(
        variance_shares(np.ones(50), np.random.default_rng(0).standard_normal((50, 2))), [0, 0]
    )


def test_ranking_names_the_figure_with_the_widest_range(drawn_toyland: Answer) -> None:
    assert drawn_toyland.ensemble is not None
    influences = [
        one for one in drawn_toyland.ensemble.influences if one.outcome == "demand.total_t" and one.year == 2030
    ]
    assert [one.share for one in influences] == sorted((one.share for one in influences), reverse=True)
    assert influences[0].name in (
        "product.turbine.magnet_mass",
        "product.scooter.magnet_mass",
        "product.fan.penetration",
    )
    assert 0.7 < sum(one.share for one in influences) < 1.1


@pytest.mark.parametrize(("most", "of"), [(10_000, "figures with a range"), (500_000, "totals by year")])
def test_draws_that_do_not_fit_into_memory_are_refused(
    toyland: Path, monkeypatch: pytest.MonkeyPatch, most: int, of: str
) -> None:
    monkeypatch.setattr(ensemble, "MOST_NUMBERS", most)
    with pytest.raises(PackError, match=f"2,000 draws of .* {of} do not fit into memory. Take at most"):
        overview(load(toyland), draws=2000)


def test_a_large_pack_takes_fewer_draws_at_a_time(toyland: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "CELLS", 1)
    seen: list[int] = []
    overview(load(toyland), draws=3, progress=seen.append)
    assert seen == [1, 2, 3]
