"""What is no flow and no lifetime is refused in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.stocks import Table, Weibull, inflow_driven, stock_driven

FLOW = xr.DataArray(
    [[1.0, 2.0], [3.0, 4.0]], dims=("year", "product"), coords={"year": [2020, 2021], "product": ["motor", "fan"]}
)
LIFE = Weibull(5, 2)


@pytest.mark.parametrize("solve", [inflow_driven, stock_driven])
@pytest.mark.parametrize(
    ("flow", "lifetime", "more", "kind", "said"),
    [
        (FLOW.values, LIFE, {}, TypeError, "labelled xarray.DataArray, not a ndarray"),
        ([1.0, 2.0], LIFE, {}, TypeError, "not a list"),
        (FLOW.to_dataset(name="x"), LIFE, {}, TypeError, "not a Dataset"),
        (FLOW.assign_coords(year=["2020", "2021"]), LIFE, {}, ValueError, "whole years"),
        (FLOW.isel(product=[]), LIFE, {}, ValueError, "nothing along product"),
        (FLOW.isel(product=[0, 0]), LIFE, {}, ValueError, "product motor stands twice"),
        (FLOW.astype(str), LIFE, {}, ValueError, "must hold numbers"),
        (FLOW.astype(complex), LIFE, {}, ValueError, "must hold numbers"),
        (FLOW, 9, {}, TypeError, "lifetime must be"),
        (FLOW, Weibull, {}, TypeError, "lifetime must be"),
        (FLOW, LIFE, {"initial": 5.0}, TypeError, "initial must be a labelled"),
    ],
)
def test_sentences(solve: Any, flow: Any, lifetime: Any, more: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        solve(flow, lifetime, **more)


def test_parameters_that_are_no_numbers_or_do_not_match() -> None:
    words = xr.DataArray(["a", "b"], dims="product", coords={"product": ["motor", "fan"]})
    with pytest.raises(TypeError, match="must hold numbers"):
        Weibull(words, 2)
    with pytest.raises((TypeError, ValueError), match="number"):
        Table(["a", "b"])  # type: ignore[list-item]
    mean = xr.DataArray([5.0, 6.0], dims="product", coords={"product": ["motor", "fan"]})
    shape = xr.DataArray([2.0, 2.0], dims="product", coords={"product": ["motor", "tv"]})
    with pytest.raises(ValueError, match="fan"):
        Weibull.from_mean(mean, shape)


def test_a_mean_and_shape_in_other_orders_are_matched_by_label() -> None:
    mean = xr.DataArray([5.0, 6.0], dims="product", coords={"product": ["motor", "fan"]})
    shape = xr.DataArray([3.0, 2.0], dims="product", coords={"product": ["fan", "motor"]})
    scale = Weibull.from_mean(mean, shape).scale
    assert isinstance(scale, xr.DataArray)
    np.testing.assert_allclose(scale.sel(product="motor"), Weibull.from_mean(5.0, 2.0).scale)


def test_what_would_not_fit_into_memory_is_refused():
    years = xr.DataArray(np.ones(10_001), {"year": np.arange(10_001)})
    with pytest.raises(ValueError, match="10001 labels along year; at most 10000"):
        inflow_driven(years, Weibull(9, 2.5))
