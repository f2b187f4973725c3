"""Labels, units, conventions, and what is refused."""

import numpy as np
import pytest
import xarray as xr

from chumbak.stocks import Normal, Weibull, elements, inflow_driven, stock_driven

YEARS = range(2020, 2026)
PRODUCTS = ["motor", "hdd"]


def over(dim, values, labels):
    return xr.DataArray(values, dims=dim, coords={dim: labels})


def flow(values=10.0):
    both = over("year", np.full(6, values), YEARS) * over("product", [1.0, 2.0], PRODUCTS)
    return both.assign_attrs(units="t")


def changed(value, **place):
    array = flow()
    array.loc[place] = value
    return array


def test_results_are_labelled_in_full():
    result = inflow_driven(flow(), Weibull(over("draw", [5.0, 6.0, 7.0], [7, 8, 9]), 2), entry=3, cohorts=True)
    assert result.stock.dims == result.outflow.dims == ("year", "product", "draw")
    assert result.inflow.dims == ("year", "product")
    assert result.outflow_by_cohort.dims == ("year", "cohort", "product", "draw")
    assert result.draw.values.tolist() == [7, 8, 9]
    assert {array.attrs["units"] for array in result.values()} == {"t"}
    assert all(array.attrs["long_name"] for array in result.values())
    assert result.attrs["convention"] == "stock at year's end; flows are totals of the year"
    assert result.attrs["entry"] == "3"
    assert "SF(t - c + a)" in result.attrs["survival"]
    assert inflow_driven(flow().drop_attrs(), Weibull(5, 2)).stock.attrs["units"] == "1"


def test_order_of_labels_and_dimensions_does_not_matter():
    scale = over("product", [5.0, 8.0], PRODUCTS)
    expected = inflow_driven(flow(), Weibull(scale, 2))
    found = inflow_driven(flow().transpose("product", "year"), Weibull(scale[::-1], 2))
    xr.testing.assert_identical(found, expected)


def test_coordinates_beside_the_labels_stay():
    result = inflow_driven(flow().assign_coords(sector=("product", ["car", "it"]), run=3), Weibull(5, 2))
    assert result.stock.sector.values.tolist() == ["car", "it"]
    assert int(result.run) == 3


def test_results_do_not_share_memory_with_arguments():
    given = flow()
    result = inflow_driven(given, Weibull(5, 2))
    given[:] = 0
    assert result.inflow.min() == 10


def test_a_parameter_by_cohort_may_cover_more_years():
    scale = over("cohort", np.linspace(5, 9, 20), range(2015, 2035))
    expected = inflow_driven(flow(), Weibull(scale.sel(cohort=YEARS), 2))
    xr.testing.assert_identical(inflow_driven(flow(), Weibull(scale, 2)), expected)


@pytest.mark.parametrize("dim", ["cohort", "year"])
def test_equal_parameters_by_cohort_or_year_change_nothing(dim):
    initial = flow().isel(year=[0]).rename(year="cohort").assign_coords(cohort=[2017])
    life = over(dim, np.full(9, 5.0), range(2017, 2026))
    for entry in ("middle", 4):
        found = inflow_driven(flow(), Weibull(life, 2), entry=entry, initial=initial)
        expected = inflow_driven(flow(), Weibull(5.0, 2), entry=entry, initial=initial)
        xr.testing.assert_allclose(found, expected, rtol=1e-13)


def test_draws_at_once_are_draws_one_by_one():
    scale = xr.DataArray(
        np.random.default_rng(1).uniform(3, 9, (40, 2)),
        dims=("draw", "product"),
        coords={"draw": range(40), "product": PRODUCTS},
    )
    inflow = flow() * over("element", [1.0, 3.0], ["Nd", "Dy"])
    initial = inflow.isel(year=[0]).rename(year="cohort").assign_coords(cohort=[2017])
    for options in ({}, {"initial": initial}):
        together = inflow_driven(inflow, Weibull(scale, 2), **options)
        stock = inflow_driven(inflow, Weibull(scale[0], 2), **options).stock
        back = stock_driven(stock, Weibull(scale, 2), shrink="allow", **options)
        for draw in (0, 17, 39):
            alone = inflow_driven(inflow, Weibull(scale.sel(draw=draw), 2), **options)
            xr.testing.assert_allclose(together.sel(draw=draw, drop=True), alone, rtol=1e-13)
            alone = stock_driven(stock, Weibull(scale.sel(draw=draw), 2), shrink="allow", **options)
            xr.testing.assert_allclose(back.sel(draw=draw, drop=True), alone, rtol=1e-9)


def test_threads_give_the_same_as_one_product_alone():
    """Enough products that the work is split."""
    rng = np.random.default_rng(2)
    names = [f"p{i}" for i in range(400)]
    inflow = xr.DataArray(
        rng.random((70, 400, 2)),
        dims=("year", "product", "element"),
        coords={"year": range(1950, 2020), "product": names},
    )
    scale = over("product", rng.uniform(2, 20, 400), names)
    by_cohort = scale * over("cohort", np.linspace(1, 1.5, 70), range(1950, 2020))
    for life in (scale, by_cohort):
        result = inflow_driven(inflow, Weibull(life, 2))
        back = stock_driven(result.stock, Weibull(life, 2))
        np.testing.assert_allclose(back.inflow, inflow, atol=1e-12)
        for name in ("p0", "p199", "p399"):
            alone = inflow_driven(inflow.sel(product=name), Weibull(life.sel(product=name), 2))
            xr.testing.assert_allclose(result.sel(product=name), alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("inflow", "message"),
    [
        (changed(np.nan, product="hdd", year=2023), r"inflow is nan at year 2023, product hdd"),
        (changed(np.inf, product="hdd", year=2023), r"inflow is inf at year 2023, product hdd"),
        (changed(-2.0, product="motor", year=2024), r"inflow is negative \(-2\) at year 2024, product motor"),
        (flow().isel(year=[0, 1, 3]), "years must be consecutive, but 2023 follows 2021"),
        (flow().isel(year=[1, 0]), "but 2020 follows 2021"),
        (flow().isel(year=[1, 1]), "2021 stands twice"),
        (flow().isel(year=[]), "nothing along year"),
        (flow().assign_coords(year=np.arange(6) + 0.5), "labelled with whole years"),
        (flow().drop_vars("year"), "labelled with whole years"),
        (flow().rename(year="time"), "inflow needs a dimension year; it has time, product"),
        (flow().rename(product="cohort"), "must not have a dimension cohort"),
    ],
)
def test_refused_inflows(inflow, message):
    with pytest.raises(ValueError, match=message):
        inflow_driven(inflow, Weibull(5, 2))


@pytest.mark.parametrize(
    ("lifetime", "message"),
    [
        (Weibull(over("product", [5.0], ["motor"]), 2), "Weibull scale: no value for product hdd"),
        (Weibull(over("product", [5.0, 5, 5], [*PRODUCTS, "bike"]), 2), "product bike has no counterpart"),
        (Weibull(over("product", [5.0, 6, 5], [*PRODUCTS, "hdd"]), 2), "product hdd appears twice"),
        (Weibull(xr.DataArray([5.0, 6], dims="product"), 2), "only one side has labels along product"),
        (Weibull(5, over("cohort", [2.0] * 4, range(2020, 2024))), "Weibull shape: no value for cohort 2024, 2025"),
        (Normal(over("year", [5.0] * 5, range(2021, 2026)), 1), "Normal mean: no value for year 2020"),
        (Normal(xr.DataArray([5.0] * 6, dims="year"), 1), "dimension year needs a coordinate"),
        (Weibull(over("draw", [5.0, 6], [0, 1]), over("draw", [2.0, 2], [0, 2])), "shape: no value for draw 1"),
    ],
)
@pytest.mark.parametrize("model", [inflow_driven, stock_driven])
def test_labels_that_do_not_match(model, lifetime, message):
    with pytest.raises(ValueError, match=message):
        model(flow(), lifetime)


def test_dimensions_without_labels_match_by_size():
    bare = flow().drop_vars("product")
    assert inflow_driven(bare, Weibull(xr.DataArray([5.0, 6.0], dims="product"), 2)).stock.shape == (6, 2)
    with pytest.raises(ValueError, match="product has 3 entries, 2 are needed"):
        inflow_driven(bare, Weibull(xr.DataArray([5.0, 6.0, 7.0], dims="product"), 2))


def old_stock(**replaced):
    array = flow().isel(year=[0, 1]).rename(year="cohort").assign_coords(cohort=[2010, 2019])
    return array.assign_coords(**replaced)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        (old_stock(cohort=[2010, 2020]), "cohorts must lie before the first year 2020; 2020 do not"),
        (old_stock(cohort=[2010, 2010]), "stands twice"),
        (old_stock().sel(product="hdd"), "it needs cohort, product, as the inflow has"),
        (old_stock().isel(product=[0]), "initial: no value for product hdd"),
        (-old_stock(), r"initial stock is negative \(-10\) at cohort 2010, product motor"),
        (old_stock().rename(cohort="year"), "initial needs a dimension cohort"),
    ],
)
def test_refused_initial_stocks(initial, message):
    with pytest.raises(ValueError, match=message):
        inflow_driven(flow(), Weibull(5, 2), initial=initial)


def test_parameters_by_cohort_must_cover_the_initial_cohorts():
    life = over("cohort", [5.0] * 6, YEARS)
    with pytest.raises(ValueError, match="no value for cohort 2010, 2019"):
        inflow_driven(flow(), Weibull(life, 2), initial=old_stock())


@pytest.mark.parametrize("cohorts", [False, True])
def test_shrinking_stock_is_named(cohorts):
    stock = changed(1.0, product="hdd", year=2023)
    with pytest.raises(ValueError, match=r"stock of product hdd falls faster than goods die in 2023: 18\.8559 more"):
        stock_driven(stock, Weibull(9, 5), cohorts=cohorts)
    allowed = stock_driven(stock, Weibull(9, 5), shrink="allow", cohorts=cohorts)
    assert allowed.inflow.sel(product="hdd", year=2023) < -18
    with pytest.raises(ValueError, match="shrink must be error, allow or early-retire, not 'ignore'"):
        stock_driven(stock, Weibull(9, 5), shrink="ignore")


def test_shrinking_in_an_initial_stock_is_named():
    with pytest.raises(ValueError, match=r"product motor falls faster than goods die in 2020"):
        stock_driven(flow(5.0), Weibull(50, 2), initial=old_stock())


def test_negative_stock():
    with pytest.raises(ValueError, match=r"stock is negative \(-1\) at year 2022, product hdd"):
        stock_driven(changed(-1.0, product="hdd", year=2022), Weibull(5, 2))


def composition():
    share = over("cohort", np.linspace(0.3, 0.2, 6), YEARS) * over("product", [1.0, 0.1], PRODUCTS)
    return (share * over("element", [1.0, 0.2], ["Nd", "Dy"])).assign_attrs(units="kg/t")


def test_elements_sum_over_cohorts_only():
    found = inflow_driven(flow(), Weibull(over("draw", [4.0, 6.0], [0, 1]), 2), cohorts=True)
    content = elements(found.outflow_by_cohort, composition())
    assert content.dims == ("year", "product", "draw", "element")
    assert content.attrs["units"] == "t * kg/t"
    xr.testing.assert_allclose(content, (found.outflow_by_cohort * composition()).sum("cohort"), rtol=1e-13)
    by_total = elements(found.stock_by_cohort.sum("product"), composition().sel(product="hdd", drop=True))
    assert by_total.dims == ("year", "draw", "element")
    reordered = elements(found.outflow_by_cohort, composition()[::-1, ::-1])
    xr.testing.assert_identical(reordered, content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (composition().isel(cohort=slice(2, None)), "composition: no value for cohort 2020, 2021"),
        (composition().isel(product=[0]), "composition: no value for product hdd"),
        (composition().assign_coords(product=["motor", "bike"]), "no value for product hdd"),
        (composition() * np.nan, "composition is nan"),
        (-composition(), "composition is negative"),
        (composition().sel(element="Nd"), "composition needs dimension element"),
        (composition().rename(product="year"), "composition must not have dimension year"),
    ],
)
def test_refused_compositions(content, message):
    found = inflow_driven(flow(), Weibull(4, 2), cohorts=True)
    with pytest.raises(ValueError, match=message):
        elements(found.outflow_by_cohort, content)
    with pytest.raises(ValueError, match="outflow_by_cohort needs dimension cohort"):
        elements(found.outflow, composition())
