"""Demand and urban mine: conservation, a hand-worked case, a brute-force cohort count."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from chumbak.answer import Answer
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.pack import Pack, load
from chumbak.pack.draws import deviates, groups


def drawn_model(pack: Pack) -> xr.Dataset:
    return compute(pack, deviates(groups(pack, ATTRIBUTES), draws=20, seed=7))


@pytest.fixture(scope="module", params=["central", "drawn"])
def whole(request: pytest.FixtureRequest, india_pack: Pack) -> xr.Dataset:
    """India over all years of the pack: the central case, and twenty draws."""
    return compute(india_pack) if request.param == "central" else drawn_model(india_pack)


def test_home_and_embedded_are_what_is_sold(whole: xr.Dataset) -> None:
    xr.testing.assert_allclose(whole.made_at_home + whole.embedded_imports, whole.sold, rtol=1e-12)
    assert float(whole.embedded_imports.min()) >= -1e-9
    assert float(whole.sold.sel(year=2025).sum("product").min()) > 0


def test_grades_and_elements_add_up_to_what_is_sold(whole: xr.Dataset) -> None:
    xr.testing.assert_allclose(whole.sold_by_grade.sum("grade"), whole.sold, rtol=1e-9)
    xr.testing.assert_allclose(whole.sold_by_element.sum("element"), whole.sold, rtol=1e-9)
    assert float(whole.sold_by_element.min()) >= 0


def test_what_is_sold_is_in_use_or_has_left(whole: xr.Dataset) -> None:
    """Every tonne ever sold is in stock or has reached end of life, product by product."""
    went_in = whole.sold.cumsum("year")
    in_and_out = (whole.in_use + whole.end_of_life.cumsum("year")).transpose(*went_in.dims)
    xr.testing.assert_allclose(in_and_out, went_in, atol=1e-10 * float(went_in.max()), rtol=1e-9)


def test_end_of_life_adds_up_over_grades_places_and_elements(whole: xr.Dataset) -> None:
    total = whole.end_of_life.sum("product")
    xr.testing.assert_allclose(whole.end_of_life_by_place.sum("place"), total, rtol=1e-7)
    xr.testing.assert_allclose(whole.end_of_life_by_grade.sum(["product", "grade"]), total, rtol=1e-9)
    xr.testing.assert_allclose(whole.end_of_life_by_element.sum(["product", "element"]), total, rtol=1e-9)


def test_routes_never_give_more_than_there_is(whole: xr.Dataset) -> None:
    assert bool((whole.recoverable_full <= whole.end_of_life + 1e-9).all())
    assert bool((whole.recoverable_today <= whole.end_of_life + 1e-9).all())
    assert bool((whole.today_by_element.sum("element") <= whole.end_of_life + 1e-9).all())


def test_toyland_by_hand(toyland: Path) -> None:
    """Scooters of 2025: 40,000 sold, 95 % with magnets of 0.6 kg, half built at home, 35 % swarf."""
    data = compute(load(toyland)).sel(product="scooter", year=2025)
    sold = 40_000 * 0.95 * 0.0006
    assert float(data.sold) == pytest.approx(sold, rel=1e-12)
    assert float(data.made_at_home) == pytest.approx(sold / 2, rel=1e-12)
    assert float(data.swarf) == pytest.approx(sold / 2 * 0.35 / 0.65, rel=1e-12)
    assert float(data.sold_by_grade.sel(grade="SH")) == pytest.approx(sold / 2, rel=1e-12)
    dysprosium = sold * 0.5 * 0.025
    assert float(data.sold_by_element.sel(element="Dy")) == pytest.approx(dysprosium, rel=1e-12)


@pytest.mark.parametrize("product", ["e_2w", "laptop", "car_small_motors"])
def test_end_of_life_against_a_loop_over_cohorts(india: Answer, product: str) -> None:
    """Dysprosium leaving in a year, counted cohort by cohort with the composition of each year of sale."""
    pack, data = india.pack, compute(india.pack).sel(product=product)
    mean, shape = (
        float(pack.entries[f"product.{product}.{name}"].value) for name in ("lifetime_mean", "lifetime_shape")
    )
    scale = mean / math.gamma(1 + 1 / shape)

    def survives(age: float) -> float:
        return math.exp(-((age / scale) ** shape))

    for year in (2020, 2035, 2047):
        leaving = 0.0
        for cohort in range(pack.window.first, year + 1):
            went_in = float(data.sold_by_element.sel(element="Dy", year=cohort))
            before = survives(year - cohort - 0.5) if year > cohort else 1.0
            leaving += went_in * (before - survives(year - cohort + 0.5))
        ours = float(data.end_of_life_by_element.sel(element="Dy", year=year))
        assert ours == pytest.approx(leaving, rel=1e-9, abs=1e-12)


def test_composition_belongs_to_the_year_of_sale(india: Answer) -> None:
    """Magnets sold when grades held more dysprosium leave with it, though new ones hold less."""
    at_2030 = india.data.sel(year=2030, product="car_small_motors")
    leaving = float(at_2030.end_of_life_by_element.sel(element="Dy") / at_2030.end_of_life)
    sold = float(at_2030.sold_by_element.sel(element="Dy") / at_2030.sold)
    assert leaving > 1.05 * sold


def test_an_overlay_moves_what_it_says_and_nothing_else(tmp_path: Path, india: Answer) -> None:
    overlay = tmp_path / "mine.csv"
    overlay.write_text(
        "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note\n"
        "product.elevator.magnet_mass,all,8,,,kg/item,gross,,,,India,teardown,high,\n"
    )
    changed = compute(load("india", overlays=[overlay])).sel(year=india.data["year"])
    assert float(changed.sold.sel(product="elevator", year=2030)) == pytest.approx(
        2 * float(india.data.sold.sel(product="elevator", year=2030)), rel=1e-12
    )
    others = [product for product in changed["product"].values if product != "elevator"]
    xr.testing.assert_identical(changed.sold.sel(product=others), india.data.sold.sel(product=others))


def test_doubling_sales_doubles_everything(toyland: Path) -> None:
    (toyland / "scenarios" / "twice.yaml").write_text(
        "title: Twice\ndescription: d\nsource: s\nconfidence: estimate\nnote: n\n"
        "changes:\n  - scale: product.*.sales\n    by: 2\n"
    )
    once, twice = (compute(load(toyland, scenario)) for scenario in ("reference", "twice"))
    for name in ("sold", "made_at_home", "end_of_life", "recoverable_full", "end_of_life_by_place"):
        np.testing.assert_allclose(twice[name], 2 * once[name], rtol=1e-9, atol=1e-12)


def test_metals_by_hand(india: Answer) -> None:
    """Gold in handsets: 17 mg in each of the handsets that reach end of life."""
    data = india.data.sel(year=2025)
    gold = float(data.goods_end_of_life.sel(product="smartphone")) * 16.83e-9
    assert float(data.metal_end_of_life.sel(holder="smartphone", metal="Au")) == pytest.approx(gold, rel=1e-9)
    today = float(data.metal_today.sel(holder="smartphone", metal_recovered="Au"))
    assert today == pytest.approx(gold * 0.08 * 0.256, rel=1e-9)
