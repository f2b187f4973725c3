"""Openings: room on each rung, for the country and by region."""

from __future__ import annotations

import numpy as np
import pytest

from chumbak.answer import Answer
from chumbak.answer.finding import Finding
from chumbak.answer.openings import openings
from chumbak.pack import PackError


@pytest.fixture(scope="module")
def found(india: Answer) -> Finding:
    return openings(india.pack)


def test_the_country_is_that_of_the_gap(found: Finding, india: Answer) -> None:
    gap = india.findings["gap"].data.sel(year=2030)
    assert found.data.attrs["year"] == 2030
    for stage in gap["stage"].values:
        one = found.data.sel(stage=stage, region="country")
        assert float(one.need) == pytest.approx(float(gap.need.sel(definition="made_at_home", stage=stage)))
        assert float(one.short) == pytest.approx(float(gap.lacking.sel(status="committed", stage=stage)), abs=1e-6)


def test_the_way_back_is_what_used_goods_hold(found: Finding, india: Answer) -> None:
    data = india.data.sel(year=2030)
    one = found.data.sel(region="country")
    assert float(one.need.sel(stage="collection")) == pytest.approx(float(data.end_of_life.sum()))
    assert float(one.need.sel(stage="recycling")) == pytest.approx(float(data.recoverable_full.sum()))
    assert float(one.stands.sel(stage="dismantling")) == pytest.approx(float(data.recoverable_today.sum()))


def test_regions_share_out_what_the_country_has(found: Finding) -> None:
    regions = [name for name in found.data["region"].values if name != "country"]
    assert len(regions) >= 4
    for name in ("need", "stands"):
        parts = found.data[name].sel(region=regions).sum("region")
        np.testing.assert_allclose(parts.values, found.data[name].sel(region="country").values, rtol=1e-6, atol=1e-6)
    assert bool(
        (found.data.short.sel(region=regions).sum("region") >= found.data.short.sel(region="country") - 1e-6).all()
    )


def test_every_rung_has_a_price_a_smallest_plant_and_services(found: Finding, india: Answer) -> None:
    assert bool(found.data.worth.sel(region="country").notnull().all())
    assert set(found.data["stage"].values) == set(india.pack.nouns.ids("stages"))
    assert float(found.data.least.min()) > 0
    assert bool((found.data.asks.sum("service") > 0).all())
    assert all(array.attrs["units"] and array.attrs["long_name"] for array in found.data.data_vars.values())


def test_years_and_regions_that_are_not_there_are_refused(india: Answer) -> None:
    with pytest.raises(PackError, match="the plan has no year 2000"):
        openings(india.pack, 2000)
    with pytest.raises(PackError, match="Did you mean 'south'"):
        openings(india.pack, 2030, "suth")
