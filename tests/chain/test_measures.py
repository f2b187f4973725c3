"""Self-reliance: bounds, what is not needed, and the two ways of following material along the chain."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chumbak.chain.measures import along_the_chain, self_reliance, weakest

laws = settings(max_examples=60)
TONNES = arrays(float, (5,), elements=st.floats(0, 1e6))


def shares(*numbers: float) -> xr.DataArray:
    return xr.DataArray(list(numbers), dims="stage")


@laws
@given(home=TONNES, need=TONNES)
def test_a_share_lies_between_nothing_and_all(home: np.ndarray, need: np.ndarray) -> None:
    found = self_reliance(xr.DataArray(home), xr.DataArray(need)).values
    assert (np.isnan(found) == (need == 0)).all()
    assert (found[need > 0] >= 0).all()
    assert (found[need > 0] <= 1).all()


@laws
@given(home=TONNES, more=TONNES, need=TONNES)
def test_more_at_home_is_never_less(home: np.ndarray, more: np.ndarray, need: np.ndarray) -> None:
    least, most = (self_reliance(xr.DataArray(one), xr.DataArray(need)) for one in (home, home + more))
    assert bool((most >= least).where(need > 0, True).all())


def test_by_hand() -> None:
    found = self_reliance(xr.DataArray([0.0, 5.0, 30.0]), xr.DataArray([20.0, 20.0, 20.0]))
    assert found.values.tolist() == [0, 0.25, 1]


def test_kept_apart_it_is_the_least_rung_and_mixed_it_is_thinned_at_each() -> None:
    # Half of the oxide, nine tenths of the metal, six tenths of the magnets. Mixed: of the metal 0.5 / 0.9 holds home
    # oxide; all magnets are of home metal. 0.6 x 0.5 / 0.9 = 0.3333
    by_stage = shares(0.5, 0.9, 0.6)
    assert float(along_the_chain(by_stage)) == 0.5
    assert float(along_the_chain(by_stage, segregated=False)) == pytest.approx(0.6 * 0.5 / 0.9)


def test_a_growing_chain_is_the_same_both_ways() -> None:
    by_stage = shares(0.2, 0.4, 0.9)
    assert float(along_the_chain(by_stage)) == pytest.approx(0.2)
    assert float(along_the_chain(by_stage, segregated=False)) == pytest.approx(0.2)


@laws
@given(by_stage=arrays(float, (4, 6), elements=st.sampled_from([0.0, 1.0]) | st.floats(0, 1)))
def test_mixing_never_gives_more_than_keeping_apart(by_stage: np.ndarray) -> None:
    array = xr.DataArray(by_stage, dims=("stage", "year"))
    apart, mixed = along_the_chain(array), along_the_chain(array, segregated=False)
    assert bool((mixed <= apart + 1e-12).all())
    assert bool((mixed >= 0).all())
    assert bool(((mixed > 0) == (apart > 0)).where(apart > 1e-100, True).all())


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("segregated", [True, False])
def test_a_rung_without_need_leaves_nothing_to_say(at: int, segregated: bool) -> None:
    by_stage = shares(0.5, 0.9, 0.6)
    by_stage[at] = np.nan
    assert np.isnan(along_the_chain(by_stage, segregated))


def test_the_weakest_is_the_least_of_those_that_are_needed() -> None:
    by_element = xr.DataArray(
        [[0.5, 0.2, np.nan], [np.nan, 1.0, np.nan], [0.3, 0.3, np.nan]],
        dims=("element", "year"),
        coords={"element": ["Nd", "Dy", "Tb"], "year": [1, 2, 3]},
    )
    least, name = weakest(by_element)
    assert least.values[:2].tolist() == [0.3, 0.2]
    assert np.isnan(least.values[2])
    assert name.values.tolist() == ["Tb", "Nd", ""]
