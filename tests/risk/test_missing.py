"""Missing data gives no score and the reason; totals, duplicates and odd tonnes are told from origins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from chumbak.risk import (
    NEUTRAL,
    Exposure,
    assess,
    characterisation_factor,
    concentration,
    geopolrisk_score,
    import_reliance,
    import_risk,
    price,
    shares,
    supply_risk,
    unit_value,
    warnings,
    weighted_concentration,
)

NAN = np.nan


def by(values: list[list[float]], origins: str = "AAA BBB", first: int = 2020) -> xr.DataArray:
    """Return numbers by origin (row) and year (column)."""
    rows = origins.split()
    return xr.DataArray(values, {"origin": rows, "year": range(first, first + len(values[0]))})


def only(array: xr.DataArray) -> float:
    """Return the one number there is."""
    return float(array.item())


def test_an_unrated_origin_leaves_no_score_and_is_named() -> None:
    bought = by([[1.0, 1.0], [2.0, NAN]])
    stability = by([[0.5, 0.5]], "AAA")
    risk = import_risk(bought, stability, 0.0)
    assert np.isnan(risk.value.values[0])
    assert risk.why.values[0] == "No political stability of BBB in 2020."
    assert risk.value.values[1] == pytest.approx(0.4)  # in 2021 nothing came from there
    assert risk.why.values[1] == ""
    assert only(import_risk(bought, stability, 0.0, unrated=NEUTRAL).value[0]) == pytest.approx((0.4 + 2 * 0.5) / 3)


def test_a_year_without_an_estimate_is_named() -> None:
    risk = import_risk(by([[1.0, 1.0]], "AAA"), by([[0.5]], "AAA"), 0.0)
    assert risk.why.values.tolist() == ["", "No political stability of AAA in 2021."]


def test_partners_inside_the_region_weigh_nothing() -> None:
    bought, stability = by([[1.0], [3.0]]), by([[-2.5], [-2.5]])
    assert only(import_risk(bought, stability, 0.0, region=["BBB"]).value) == pytest.approx(0.25)


def test_no_trade_is_no_risk_and_no_record_is_no_score() -> None:
    risk = import_risk(by([[0.0, NAN]], "AAA"), by([[1.0, 1.0]], "AAA"), NAN)
    assert risk.value.values[0] == 0
    assert np.isnan(risk.value.values[1])
    assert risk.why.values.tolist() == ["", "No imports by origin in 2021."]
    nothing = by([[0.0]], "AAA")
    assert only(price(nothing, nothing)) == 0


def test_home_output_that_is_not_known_is_not_zero() -> None:
    risk = import_risk(by([[1.0]], "AAA"), by([[1.0]], "AAA"), NAN)
    assert risk.why.values.tolist() == ["No home output in 2020."]


def test_reasons_go_along() -> None:
    risk = import_risk(by([[1.0]], "AAA"), by([[NAN]], "AAA"), NAN)
    score = geopolrisk_score(xr.DataArray([NAN], {"year": [2020]}), risk)
    factor = characterisation_factor(score, xr.DataArray([NAN], {"year": [2020]}))
    for what in ("concentration of world production", "political stability of AAA", "home output", "price of imports"):
        assert f"o {what} in 2020." in str(factor.why.values[0])
    assert np.isnan(factor.value).all()


def test_a_total_among_the_origins_is_refused() -> None:
    with pytest.raises(ValueError, match=r"more than their total \(year 2020\): is a total listed as an origin"):
        shares(by([[6.0], [4.0], [10.0]], "AAA BBB WLD"), 10.0)
    assert shares(by([[6.0], [4.0 + 1e-7]]), 10.0).sum() == pytest.approx(1.0)  # rounding of the source


def test_an_origin_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="origin AAA stands twice"):
        shares(by([[1.0], [2.0]], "AAA AAA"))


@pytest.mark.parametrize("wrong", [-1.0, np.inf])
def test_impossible_amounts_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"not below zero, not .*origin BBB, year 2020"):
        import_risk(by([[1.0], [wrong]]), by([[1.0], [1.0]]), 0.0)


def test_shares_of_a_part_have_no_upper_bound() -> None:
    found = concentration(shares(by([[3.0], [1.0]])), complete=False)
    assert only(found["hhi"]) == pytest.approx(0.625)
    assert np.isnan(found["hhi_upper"]).all()


def test_shares_where_the_total_is_missing_are_missing() -> None:
    total = xr.DataArray([10.0, NAN], {"year": [2020, 2021]})
    share = shares(by([[6.0, 6.0]], "AAA"), total)
    assert share.values.tolist()[0][0] == pytest.approx(0.6)
    assert np.isnan(share.values[0][1])
    assert concentration(share, what="imports")["why"].values.tolist() == [
        "",
        "No shares of imports by origin in 2021.",
    ]


def test_eu_sourcing_alone_where_the_world_is_not_known() -> None:
    nobody = weighted_concentration(by([[NAN]], "AAA"), by([[0.0]], "AAA"), what="world supply")
    mix = weighted_concentration(by([[1.0]], "AAA"), by([[0.0]], "AAA"), 1.2)
    trust = import_reliance(xr.DataArray([NAN], {"year": [2020]}), NAN, NAN)
    found = supply_risk(nobody, mix, trust, eol_recycling_rate=0.1, substitution=0.5)
    assert only(found["eu_sr"]) == pytest.approx(5 * 1.2 * 0.9 * 0.5)
    assert found["terms"].values.tolist() == ["sourcing only"]
    neither = supply_risk(nobody, nobody, trust, eol_recycling_rate=0.1, substitution=NAN)
    assert neither["why"].values.tolist() == ["No shares of world supply by origin in 2020. No substitution index."]
    assert neither["terms"].values.tolist() == [""]
    both = supply_risk(mix, mix, trust, eol_recycling_rate=0.1, substitution=0.5)
    assert "No imports in 2020. No home output in 2020. No exports in 2020." in both["why"].values.tolist()


def test_trade_parameters_by_origin() -> None:
    share, governance = by([[0.5], [0.5]]), by([[0.0], [0.0]])
    trade = xr.DataArray([1.5, 0.8], {"origin": ["BBB", "AAA"]})
    assert only(weighted_concentration(share, governance, trade).value) == pytest.approx(0.25 * 5 * (1.5 + 0.8))
    lacking = weighted_concentration(share, governance, trade.sel(origin=["BBB"]))
    assert "trade parameter of AAA in 2020" in str(lacking.why.values[0])


@pytest.mark.parametrize(
    ("bought", "sold", "made", "expected", "why"),
    [
        (10.0, 2.0, 8.0, 0.5, ""),
        (2.0, 5.0, 8.0, 0.0, ""),  # a net exporter
        (10.0, NAN, 0.0, 1.0, ""),  # nothing made: everything was bought, whatever is sold on
        (10.0, 20.0, 0.0, 1.0, ""),
        (10.0, NAN, 1.0, NAN, "No exports."),
        (10.0, 1.0, NAN, NAN, "No home output."),
        (0.0, NAN, 0.0, NAN, "Nothing is used."),
        (1.0, 9.0, 2.0, NAN, "More is sold abroad than bought and made: the records count different goods."),
    ],
)
def test_import_reliance(bought: float, sold: float, made: float, expected: float, why: str) -> None:
    found = import_reliance(xr.DataArray(bought), sold, made)
    assert only(found.value) == pytest.approx(expected, nan_ok=True)
    assert str(found.why.values) == why


def test_cheap_tonnes_are_not_the_thing_named() -> None:
    """What is sold as rare-earth magnets under a line with ferrite cores, and what a line of their own shows."""
    mass, value = by([[19259.294], [NAN]]), by([[150_243_096.0], [5.0]])
    each = unit_value(value, mass)
    assert only(each["all_origins"]) == pytest.approx(7.80, abs=5e-3)
    (warning,) = warnings(each["all_origins"], 20, "rare-earth magnets").values
    assert warning == (
        "Its tonnes are not tonnes of rare-earth magnets: a kilogram cost USD 7.80 in 2020, and rare-earth magnets "
        "cost no less than USD 20. Go by value."
    )
    assert np.isnan(each["by_origin"].sel(origin="BBB")).all()
    own_line = unit_value(by([[41e6], [0.0]]), by([[1e3], [0.0]]))
    assert warnings(own_line["all_origins"], 20, "magnets").values.tolist() == [""]


def test_an_exposure_of_which_nothing_is_known_says_so() -> None:
    found = assess(Exposure(), [2023, 2024])
    numbers = [name for name, array in found.data_vars.items() if array.dtype.kind == "f"]
    assert all(np.isnan(found[name]).all() for name in numbers)
    for name in found.data_vars:
        assert {"units", "long_name"} <= set(found[name].attrs), name
        if str(name).startswith("why_"):
            assert all(found[name].values), name


def test_draws_and_years_broadcast_through_an_exposure() -> None:
    bought = by([[1.0, 2.0], [3.0, 4.0]])
    drawn = bought * xr.DataArray([1.0, 2.0, 3.0], {"draw": range(3)})
    rated = by([[0.1, 0.2], [0.3, 0.4]])
    given = {"eol_recycling_rate": 0.01, "substitution": 1.0, "trade_parameter": 1.0}
    exposure = Exposure(
        world=bought, imports=drawn, production=xr.DataArray([5.0, 5.0], {"year": [2020, 2021]}),
        exports=xr.DataArray([0.0, 0.0], {"year": [2020, 2021]}), value=drawn, mass=bought, stability=rated,
        governance=rated, parameters=given,
    )  # fmt: skip
    found = assess(exposure, [2020, 2021])
    third = drawn.sel(draw=2)
    alone = assess(replace(exposure, imports=third, value=third), [2020, 2021])
    assert found["geopolrisk"].sizes == {"year": 2, "draw": 3}
    for name in ("geopolrisk", "factor", "eu_sr", "import_reliance", "import_share"):
        xr.testing.assert_allclose(found[name].sel(draw=2, drop=True), alone[name].drop_vars("draw", errors="ignore"))
