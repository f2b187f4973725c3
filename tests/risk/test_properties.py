"""What holds for any supply: bounds, permutation, units, splits and merges, and the scalar formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chumbak.risk import (
    Score,
    concentration,
    geopolrisk_score,
    import_reliance,
    import_risk,
    shares,
    supply_risk,
    weighted_concentration,
)

amounts = st.floats(1, 1e3)
estimates = st.floats(-2.5, 2.5)
supplies = st.lists(st.tuples(amounts, estimates), min_size=1, max_size=8)
close = pytest.approx
few = settings(max_examples=40)


def over_origins(numbers: list[float]) -> xr.DataArray:
    return xr.DataArray(numbers, {"origin": [f"O{i}" for i in range(len(numbers))]})


def split(supply: list[tuple[float, float]]) -> tuple[xr.DataArray, xr.DataArray]:
    return over_origins([amount for amount, _ in supply]), over_origins([estimate for _, estimate in supply])


def hhi(each: xr.DataArray) -> float:
    return float(concentration(shares(each))["hhi"])


def number(value: float) -> Score:
    return Score.of(xr.DataArray(value), xr.DataArray(""))


@few
@given(supplies)
def test_concentration_lies_between_equal_shares_and_one(supply: list[tuple[float, float]]) -> None:
    each, _ = split(supply)
    assert 1 / len(supply) - 1e-12 <= hhi(each) <= 1 + 1e-12


@few
@given(supplies, st.randoms(use_true_random=False), st.floats(1e-3, 1e3))
def test_order_and_units_do_not_matter(supply: list[tuple[float, float]], random: object, factor: float) -> None:
    each, stability = split(supply)
    order = list(each["origin"].values)
    random.shuffle(order)  # type: ignore[attr-defined]
    other = (each * factor).sel(origin=order)
    assert hhi(other) == close(hhi(each))
    mine, theirs = import_risk(each, stability, 5.0), import_risk(other, stability, 5.0 * factor)
    assert float(mine.value) == close(float(theirs.value))


@few
@given(supplies, st.floats(0.01, 0.99))
def test_splitting_an_origin_lowers_concentration_and_merging_raises_it(
    supply: list[tuple[float, float]], part: float
) -> None:
    each, _ = split(supply)
    first = float(each[0])
    parted = over_origins([first * part, first * (1 - part), *each.values[1:].tolist()])
    assert hhi(parted) < hhi(each)
    assert hhi(each) - hhi(parted) == close(2 * part * (1 - part) * float(shares(each)[0]) ** 2, abs=1e-12)


@few
@given(supplies, st.floats(0, 1e6), st.floats(0, 2))
def test_import_risk_grows_with_a_partners_risk_and_falls_with_own_output(
    supply: list[tuple[float, float]], production: float, worse: float
) -> None:
    each, stability = split(supply)
    lower = stability.copy()
    lower[0] = max(float(stability[0]) - worse, -2.5)
    before = float(import_risk(each, stability, production).value)
    assert 0 <= before <= 1
    assert float(import_risk(each, lower, production).value) >= before - 1e-15
    assert float(import_risk(each, stability, production + 1).value) <= before
    score = geopolrisk_score(concentration(shares(each))["hhi"], import_risk(each, stability, production))
    assert 0 <= float(score.value) <= before + 1e-12


@few
@given(supplies, supplies, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_eu_supply_risk_lies_between_its_terms(
    world: list[tuple[float, float]],
    mix: list[tuple[float, float]],
    reliance: float,
    recycled: float,
    substitution: float,
) -> None:
    (made, rated), (bought, trusted) = split(world), split(mix)
    supply, sourcing = weighted_concentration(shares(made), rated), weighted_concentration(shares(bought), trusted)
    found = float(
        supply_risk(
            supply, sourcing, number(reliance), eol_recycling_rate=recycled, substitution=substitution
        )["eu_sr"]
    )  # fmt: skip
    scale = (1 - recycled) * substitution
    ends = sorted(float(term.value) * scale for term in (supply, sourcing))
    assert ends[0] - 1e-9 <= found <= ends[1] + 1e-9
    alone = supply_risk(supply, sourcing, number(0.0), eol_recycling_rate=recycled, substitution=substitution)
    assert float(alone["eu_sr"]) == close(float(sourcing.value) * scale)
    by_hand = (float(supply.value) * reliance / 2 + float(sourcing.value) * (1 - reliance / 2)) * scale
    assert found == close(by_hand, abs=1e-12)


@few
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_import_reliance_lies_between_none_and_all(bought: float, sold: float, made: float) -> None:
    found = import_reliance(xr.DataArray(bought), sold, made)
    assume(found.why == "")
    assert 0 <= float(found.value) <= 1
    if made > 0:
        assert float(found.value) == close(max(bought - sold, 0) / (made + bought - sold))


def scalar(amount: list[float], stability: list[float], governance: list[float], made: float) -> tuple[float, ...]:
    """Return the formulas once more, number by number; NaN amounts are not listed."""
    pairs = [one for one in zip(amount, stability, governance, strict=True) if not math.isnan(one[0])]
    whole = sum(q for q, _, _ in pairs)
    concentrated = sum((q / whole) ** 2 for q, _, _ in pairs)
    risk = sum(q * (2.5 - s) / 5 for q, s, _ in pairs) / (whole + made)
    weighted = sum((q / whole) ** 2 * (2.5 - g) * 2 for q, _, g in pairs)
    return concentrated, risk, weighted


def test_arrays_are_the_scalar_formulas_in_every_year_and_draw() -> None:
    rng = np.random.default_rng(7)
    coords = {"draw": range(5), "year": range(2000, 2006), "origin": list("ABCDEFG")}
    made = xr.DataArray(rng.uniform(0, 500, (5, 6)), {k: coords[k] for k in ("draw", "year")})
    amount = xr.DataArray(rng.uniform(0, 100, (5, 6, 7)), coords)
    amount = amount.where(amount > 15)
    stability, governance = (
        xr.DataArray(rng.uniform(-2, 2, (6, 7)), {k: coords[k] for k in ("year", "origin")}) for _ in range(2)
    )
    share = shares(amount)
    found = (
        concentration(share)["hhi"],
        import_risk(amount, stability, made).value,
        weighted_concentration(share, governance).value,
    )
    for draw in coords["draw"]:
        for year in coords["year"]:
            at = {"draw": draw, "year": year}
            one = (array.sel({k: at[k] for k in array.dims if k in at}).values.tolist() for array in (amount, stability, governance))  # fmt: skip # noqa: E501
            expected = scalar(*one, float(made.sel(at)))
            assert [float(array.sel(at)) for array in found] == close(list(expected), rel=1e-12)
