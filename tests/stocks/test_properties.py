"""What must hold for any numbers: mass is conserved, nothing is negative, both directions undo each other."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chumbak.stocks import Fixed, FoldedNormal, LogNormal, Normal, Table, Weibull, inflow_driven, stock_driven

PRODUCTS = ["hdd", "motor", "wind turbine"]
ELEMENTS = ["Nd", "Dy"]
FIRST = 2000
QUICK = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
amounts = st.floats(0, 1e6, allow_subnormal=False)


@st.composite
def flows(draw):
    """A flow of 1 to 40 years (more than a block of the convolution), with or without product and element."""
    years = draw(st.integers(1, 40))
    dims = draw(st.sampled_from([("year",), ("product", "year"), ("year", "product", "element")]))
    labels = {"year": range(FIRST, FIRST + years), "product": PRODUCTS, "element": ELEMENTS}
    shape = tuple(len(labels[dim]) for dim in dims)
    return xr.DataArray(
        draw(hnp.arrays(float, shape, elements=amounts)), dims=dims, coords={dim: labels[dim] for dim in dims}
    )


@st.composite
def initial_stocks(draw, flow):
    cohorts = sorted(draw(st.sets(st.integers(FIRST - 30, FIRST - 1), max_size=4)))
    if not cohorts:
        return None
    like = flow.isel(year=0, drop=True).expand_dims(cohort=cohorts)
    return like.copy(data=draw(hnp.arrays(float, like.shape, elements=amounts)))


@st.composite
def lifetimes(draw, flow, initial):
    """Any family, with parameters by product, cohort, year or draw. Half of every inflow or more stays a year."""
    years = range(FIRST - 30, FIRST + 40)
    labels = {"product": PRODUCTS, "cohort": years, "year": years, "draw": ["a", "b"]}
    dims = [
        dim for dim in draw(st.sets(st.sampled_from(list(labels)), max_size=3)) if dim != "product" or dim in flow.dims
    ]
    factor = draw(hnp.arrays(float, tuple(len(labels[dim]) for dim in dims), elements=st.floats(0.8, 1.3)))
    mean = xr.DataArray(factor, dims=dims, coords={dim: labels[dim] for dim in dims}) * draw(st.floats(3, 30))
    families = [
        Weibull(mean, 2.5),
        Normal(mean, mean * 0.3),
        LogNormal(mean, mean * 0.5),
        FoldedNormal(mean, mean * 0.4),
        Fixed(mean),
        Table([*np.exp(-np.linspace(0, 8, 50)), 0.0]),
    ]
    return draw(st.sampled_from(families))


@st.composite
def cases(draw):
    flow = draw(flows())
    initial = draw(initial_stocks(flow))
    options = {"entry": draw(st.sampled_from(["start", "middle", "end", 4])), "initial": initial}
    return flow, draw(lifetimes(flow, initial)), options


def largest(result, initial):
    """Return the largest amount ever held or moved: what rounding is measured by."""
    before = 0.0 if initial is None else float(initial.sum("cohort").max())
    return max(before, *(float(np.abs(result[name]).max()) for name in ("stock", "inflow", "outflow")))


def assert_balanced(result, initial):
    """Inflow - outflow = change of stock."""
    before = 0.0 if initial is None else initial.sum("cohort")
    change = result.stock - result.stock.shift(year=1)
    change.loc[{"year": FIRST}] = result.stock.sel(year=FIRST) - before
    assert np.abs(result.inflow - result.outflow - change).max() <= 1e-13 * largest(result, initial)


def assert_adds_up(result, initial):
    """Results by cohort add up to the totals."""
    for name in ("stock", "outflow"):
        gap = result[name] - result[f"{name}_by_cohort"].sum("cohort")
        assert np.abs(gap).max() <= 1e-13 * largest(result, initial)


@QUICK
@given(cases())
def test_inflow_driven(case):
    flow, lifetime, options = case
    before = flow.copy(deep=True)
    result = inflow_driven(flow, lifetime, **options)
    xr.testing.assert_identical(flow, before)
    assert_balanced(result, options["initial"])
    for name in ("stock", "outflow"):
        assert result[name].min() >= 0
    detailed = inflow_driven(flow, lifetime, cohorts=True, **options)
    assert_adds_up(detailed, options["initial"])
    assert detailed.outflow_by_cohort.min() >= 0
    for name in ("stock", "outflow"):
        np.testing.assert_allclose(result[name], detailed[name], rtol=1e-10, atol=1e-300)


@QUICK
@given(cases())
def test_stock_driven_undoes_inflow_driven(case):
    flow, lifetime, options = case
    forward = inflow_driven(flow, lifetime, **options)
    initial = options["initial"]
    if initial is not None and "draw" in forward.dims:
        initial = initial.expand_dims(draw=forward.draw)
    tolerance = 1e-10 * largest(forward, initial)
    for shrink in ("error", "early-retire"):
        back = stock_driven(forward.stock, lifetime, shrink=shrink, entry=options["entry"], initial=initial)
        assert np.abs(back.inflow - forward.inflow).max() <= tolerance
        assert np.abs(back.outflow - forward.outflow).max() <= tolerance
        assert back.inflow.min() >= 0


@QUICK
@given(cases())
def test_early_retirement_meets_any_stock(case):
    flow, lifetime, options = case
    result = stock_driven(flow, lifetime, shrink="early-retire", cohorts=True, **options)
    np.testing.assert_array_equal(result.stock, flow.transpose(*result.stock.dims))
    for name in ("inflow", "outflow", "stock_by_cohort", "outflow_by_cohort"):
        assert result[name].min() >= 0
    assert_balanced(result, options["initial"])
    assert_adds_up(result, options["initial"])
    plain = stock_driven(flow, lifetime, shrink="early-retire", **options)
    for name in ("inflow", "outflow"):
        np.testing.assert_allclose(
            plain[name], result[name], rtol=1e-9, atol=1e-9 * largest(result, options["initial"])
        )


@QUICK
@given(cases())
def test_shrinking_allowed_is_linear(case):
    flow, lifetime, options = case
    result = stock_driven(flow, lifetime, shrink="allow", **options)
    assert_balanced(result, options["initial"])
    detailed = stock_driven(flow, lifetime, shrink="allow", cohorts=True, **options)
    assert_adds_up(detailed, options["initial"])
    assert np.abs(result.inflow - detailed.inflow).max() <= 1e-10 * largest(result, options["initial"])


def test_nothing_leaves_before_anything_enters():
    years = range(1950, 2050)
    inflow = xr.DataArray(np.where(np.arange(100) < 60, 0.0, 1e9), dims="year", coords={"year": years})
    for lifetime in (Weibull(9, 2.5), Fixed(5), Weibull(xr.DataArray(np.full(100, 9.0), inflow.coords), 2.5)):
        result = inflow_driven(inflow, lifetime)
        assert (result.isel(year=slice(60)).to_array() == 0).all()
    assert (inflow_driven(inflow, Fixed(5)).outflow.isel(year=slice(65)) == 0).all()


@pytest.mark.parametrize("by_year", [False, True])
def test_cohorts_given_up_early_keep_their_ages(by_year):
    """A stock cut by half at once: every cohort is halved, then dies on as it would have."""
    years = range(2000, 2010)
    stock = xr.DataArray([100.0] * 5 + [20.0] * 5, dims="year", coords={"year": years})
    mean = xr.DataArray([6.5] * 10, dims="year", coords={"year": years}) if by_year else 6.5
    result = stock_driven(stock, Fixed(mean), shrink="early-retire", cohorts=True)
    assert result.inflow.values.tolist() == [100, 0, 0, 0, 0, 0, 20, 0, 0, 0]
    assert result.outflow.values.tolist() == [0, 0, 0, 0, 0, 80, 20, 0, 0, 0]
    assert result.stock_by_cohort.sel(cohort=2000).values.tolist() == [100] * 5 + [20] + [0] * 4


def test_an_initial_cohort_past_its_life_leaves_in_the_first_year():
    years = range(2000, 2004)
    inflow = xr.DataArray([1.0] * 4, dims="year", coords={"year": years})
    initial = xr.DataArray([7.0, 5.0], dims="cohort", coords={"cohort": [1980, 1999]})
    result = inflow_driven(inflow, Fixed(3.0), initial=initial, cohorts=True)
    assert result.outflow.values.tolist() == [7, 0, 5, 1]
    assert result.cohort.values.tolist() == [1980, 1999, 2000, 2001, 2002, 2003]
    by_year = Fixed(xr.DataArray([3.0] * 4, dims="year", coords={"year": years}))
    assert inflow_driven(inflow, by_year, initial=initial).outflow.values.tolist() == [7, 0, 5, 1]


def test_a_change_by_year_acts_on_all_ages():
    """From 2003 on lives are short: what is older leaves at once; a vintage made later is not concerned before."""
    years = range(2000, 2006)
    inflow = xr.DataArray([1.0] * 6, dims="year", coords={"year": years})
    mean = xr.DataArray([9.0] * 3 + [2.0] * 3, dims="year", coords={"year": years})
    result = inflow_driven(inflow, Fixed(mean), cohorts=True)
    assert result.stock.values.tolist() == [1, 2, 3, 2, 2, 2]
    assert result.stock_by_cohort.sel(year=2003).values.tolist() == [0, 0, 1, 1, 0, 0]
