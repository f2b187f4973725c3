"""Families of lifetimes: values against scipy.stats, and refusal of nonsense."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from chumbak.stocks import Fixed, FoldedNormal, LogNormal, Normal, Table, Weibull, inflow_driven, stock_driven
from chumbak.stocks.survival import Lifetime, entry_moments

AGES = np.array([0.0, 0.25, 1.0, 3.0, 7.5, 20.0, 400.0])


def over(dim, values, labels):
    return xr.DataArray(values, dims=dim, coords={dim: labels})


def pulse(years=12):
    """One unit in the first year: its stock is the survival curve."""
    return over("year", np.eye(1, years)[0], range(2020, 2020 + years))


def curve(lifetime, **options):
    return inflow_driven(pulse(), lifetime, **options)["stock"].values


def lognormal(mean, std):
    s2 = np.log(1 + (std / mean) ** 2)
    return scipy.stats.lognorm(np.sqrt(s2), scale=mean / np.exp(s2 / 2))


@pytest.mark.parametrize(
    ("lifetime", "reference"),
    [
        (Weibull(9, 2.5), scipy.stats.weibull_min(2.5, scale=9)),
        (Normal(8, 3), scipy.stats.norm(8, 3)),
        (LogNormal(8, 2.4), lognormal(8, 2.4)),
        (FoldedNormal(6, 3), scipy.stats.foldnorm(2, scale=3)),
        (Fixed(3.0), scipy.stats.uniform(3, 1e-12)),
    ],
)
def test_families_are_the_textbook_ones(lifetime, reference):
    parameters = {name: value.values for name, value in lifetime.parameters().items()}
    with np.errstate(divide="ignore"):
        found = lifetime.surviving(AGES, parameters)
    np.testing.assert_allclose(found, np.where(AGES == 3.0, found, reference.sf(AGES)), rtol=1e-12, atol=1e-14)


def test_lognormal_has_the_mean_and_std_asked_for():
    ages = np.linspace(0, 400, 400_001)
    with np.errstate(divide="ignore"):
        share = LogNormal(10.0, 3.0).surviving(ages, {"mean": np.array(10.0), "std": np.array(3.0)})
    mean = np.trapezoid(share, ages)
    assert mean == pytest.approx(10, rel=1e-6)
    assert np.sqrt(2 * np.trapezoid(ages * share, ages) - mean**2) == pytest.approx(3, rel=1e-5)


def test_fixed_life_ends_strictly_at_its_mean():
    assert curve(Fixed(3.5)).tolist() == [1, 1, 1] + [0] * 9
    assert curve(Fixed(3), entry="end").tolist() == [1, 1, 1] + [0] * 9


def test_weibull_from_mean():
    lifetime = Weibull.from_mean(over("product", [8.0, 12.0], ["hdd", "motor"]), 2.5)
    mean = scipy.stats.weibull_min(2.5, scale=lifetime.parameters()["scale"].values).mean()
    np.testing.assert_allclose(mean, [8, 12])
    with pytest.raises(ValueError, match=r"Weibull mean is -1 at product hdd"):
        Weibull.from_mean(over("product", [-1.0, 12.0], ["hdd", "motor"]), 2.5)


def test_a_new_family_is_a_few_lines():
    @dataclass(frozen=True, eq=False)
    class Exponential(Lifetime):
        mean: float
        positive = ("mean",)

        def surviving(self, age, parameters):
            return np.exp(-age / parameters["mean"])

    np.testing.assert_allclose(curve(Exponential(5.0)), curve(Weibull(5.0, 1.0)), rtol=1e-14)
    with pytest.raises(ValueError, match="Exponential mean is 0"):
        Exponential(0.0)


@pytest.mark.parametrize("points", [2, 3, 5, 10, 24])
def test_entry_points_integrate_polynomials_exactly(points):
    ages, weights = np.array(entry_moments(points)).T
    assert ages[0] == 0
    assert ages[-1] == 1
    for power in range(2 * points - 2):
        assert weights @ ages**power == pytest.approx(1 / (power + 1), rel=2e-15)


def test_entry_points_of_the_tables():
    # Abramowitz and Stegun, table 25.6, n = 5
    ages, weights = np.array(entry_moments(5)).T
    np.testing.assert_allclose(2 * ages - 1, [-1, -np.sqrt(3 / 7), 0, np.sqrt(3 / 7), 1], atol=3e-16)
    np.testing.assert_allclose(2 * weights, [1 / 10, 49 / 90, 32 / 45, 49 / 90, 1 / 10], rtol=1e-15)


@pytest.mark.parametrize("entry", ["late", 1, 0, 2.5, True, None, 65, 100_000])
def test_unknown_entry(entry):
    with pytest.raises(ValueError, match="entry must be start, middle, end or a whole number"):
        inflow_driven(pulse(), Weibull(5, 2), entry=entry)


@pytest.mark.parametrize(
    ("family", "values", "message"),
    [
        (Weibull, {"scale": 0.0, "shape": 2}, "Weibull scale is 0; it must be above zero"),
        (Weibull, {"scale": 5, "shape": -1.5}, "Weibull shape is -1.5; it must be above zero"),
        (Weibull, {"scale": np.nan, "shape": 2}, "Weibull scale is nan; it must be a finite number"),
        (Weibull, {"scale": np.inf, "shape": 2}, "Weibull scale is inf"),
        (Normal, {"mean": 5, "std": 0}, "Normal std is 0"),
        (Normal, {"mean": -5, "std": 1}, "Normal mean is -5; it must not be negative"),
        (LogNormal, {"mean": -3, "std": 1}, "LogNormal mean is -3"),
        (LogNormal, {"mean": 3, "std": -1}, "LogNormal std is -1"),
        (FoldedNormal, {"mean": 3, "std": 0}, "FoldedNormal std is 0"),
        (Fixed, {"mean": 0}, "Fixed mean is 0"),
    ],
)
def test_nonsense_parameters(family, values, message):
    with pytest.raises(ValueError, match=message):
        family(**values)


def test_nonsense_parameters_name_the_place():
    scale = xr.DataArray(
        [[5.0, 6.0], [7.0, -3.0]],
        dims=("product", "draw"),
        coords={"product": ["motor", "hdd"], "draw": [10, 11]},
    )
    with pytest.raises(ValueError, match=r"Weibull scale is -3 at product hdd, draw 11"):
        Weibull(scale, 2)
    with pytest.raises(ValueError, match=r"Fixed mean is nan at cohort 2021"):
        Fixed(over("cohort", [4.0, np.nan], [2020, 2021]))


@pytest.mark.parametrize("value", ["5", [5.0, 6.0], np.array([5.0]), None, True])
def test_parameters_are_numbers_or_labelled(value):
    with pytest.raises(TypeError, match="Weibull scale must be a number or a labelled DataArray"):
        Weibull(value, 2)


def test_table_is_linear_between_its_ages():
    np.testing.assert_allclose(curve(Table([1, 0.8, 0.2, 0])), [0.9, 0.5, 0.1] + [0] * 9, atol=1e-16)
    np.testing.assert_allclose(
        curve(Table([1, 0.5, 0], ages=[0, 4, 6]), entry="end"),
        [1, 0.875, 0.75, 0.625, 0.5, 0.25] + [0] * 6,
        atol=1e-16,
    )


def test_table_below_one_at_age_zero_leaves_in_the_year_of_entry():
    result = inflow_driven(pulse(), Table([0.9, 0.5, 0]), entry="end")
    assert result.outflow.values[0] == pytest.approx(0.1)


def test_table_by_product_and_cohort():
    ages = np.arange(13.0)
    weibull = np.exp(-((ages / np.array([4.0, 6.0])[:, None]) ** 2))
    table = xr.DataArray(weibull, dims=("product", "age"), coords={"product": ["hdd", "motor"], "age": ages})
    scale = over("product", [6.0, 4.0], ["motor", "hdd"])
    inflow = pulse() * over("product", [1.0, 2.0], ["motor", "hdd"])
    for given in (table, table.expand_dims(cohort=range(2020, 2032)), table.expand_dims(year=range(2020, 2032))):
        found = inflow_driven(inflow, Table(given), entry="start")
        expected = inflow_driven(inflow, Weibull(scale, 2), entry="start")
        xr.testing.assert_allclose(found.stock, expected.stock, rtol=1e-13)


def test_table_never_guesses():
    table = over("age", [1.0, 0.9, 0.8], [0, 1, 2]).expand_dims(product=["motor"])
    inflow = pulse().expand_dims(product=["motor"])
    with pytest.raises(ValueError, match=r"up to age 2, where 0\.8 is left at product motor, but age 11\.5 is needed"):
        inflow_driven(inflow, Table(table))
    assert inflow_driven(inflow.isel(year=slice(2)), Table(table)).stock.values.ravel() == pytest.approx([0.95, 0.85])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 0.5, 0.6],), "survival is 0.6 at age 2.0; it must not rise"),
        (([1.2, 0.5, 0],), "survival is 1.2 at age 0.0; it must be between 0 and 1"),
        (([1, np.nan, 0],), "survival is nan at age 1"),
        (([1, 0.5, 0], [1, 2, 3]), "ages must start at 0"),
        (([1, 0.5, 0], [0, 2, 2]), "ages must start at 0 and rise"),
        (([1, 0.5, 0], [0, 1]), "3 survival values, but 2 ages"),
        (([1],), "at least two"),
        ((xr.DataArray([1, 0.0], dims="x"),), "needs a dimension age"),
        ((xr.DataArray([1, 0.0], dims="age"), [0, 1]), "give no ages beside it"),
    ],
)
def test_bad_tables(arguments, message):
    with pytest.raises(ValueError, match=message):
        Table(*arguments)


def test_lifetimes_are_frozen():
    with pytest.raises(AttributeError):
        Weibull(5.0, 2.0).scale = 6.0


def test_life_too_short_to_make_a_stock():
    stock = (pulse() * 0 + 5) * over("product", [1.0, 1.0], ["motor", "hdd"])
    life = over("product", [3.0, 0.4], ["motor", "hdd"])
    with pytest.raises(ValueError, match=r"stock of product hdd in 2020: nothing survives its year of entry"):
        stock_driven(stock, Fixed(life))
    with pytest.raises(ValueError, match=r"stock of product hdd in 2020: nothing survives"):
        stock_driven(stock, Fixed(life), cohorts=True)
