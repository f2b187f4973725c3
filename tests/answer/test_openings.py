"""Openings: room on each rung, for the country and by region."""

from __future__ import annotations

import numpy as np
import pytest

from chumbak.answer import Answer
from chumbak.answer.finding import Finding
from chumbak.answer.openings import openings
from chumbak.pack import PackError
from chumbak.report.openings_terminal import _first, _mark


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


def test_what_is_announced_is_told_beside_and_room_is_what_is_short_even_then(found: Finding, india: Answer) -> None:
    gap = india.findings["gap"].data.sel(year=2030)
    for stage in gap["stage"].values:
        one = found.data.sel(stage=stage, region="country")
        assert float(one.announced) == pytest.approx(float(gap.supply.sel(status="announced", stage=stage)))
        assert float(one.open) == pytest.approx(float(gap.lacking.sel(status="announced", stage=stage)), abs=1e-6)
        assert float(one.open) <= float(one.short)
    alloy = found.data.sel(stage="alloy", region="country")
    assert float(alloy.short) > 0
    assert float(alloy.open) == pytest.approx(0, abs=1e-6)
    said = _first(found.data.sel(region="country"), india.pack)
    assert said.startswith(
        "Most room, by worth at reference prices, even if all that is announced or awarded comes: sep"
    )
    assert "alone most is short at alloy" in said
    assert "would meet all of it" in said


def test_the_smallest_plant_is_compared_by_what_it_hands_on(found: Finding, india: Answer) -> None:
    least, output = found.data.least, found.data.least_output
    assert float(output.sel(plant="magnet")) == pytest.approx(float(least.sel(plant="magnet")))
    assert 0 < float(output.sel(plant="sx_light")) < float(least.sel(plant="sx_light"))  # it is counted in all oxides
    assert np.isnan(output.sel(plant=["cracking", "collection", "hydromet"]).values).all()
    below = float(output.sel(plant="magnet")) - 1
    marks = [_mark(amount, found.data, india.pack, "magnet") for amount in (0.0, 1.0, below, below + 2)]
    assert marks == ["", "**", "*", ""]
    assert _mark(1.0, found.data, india.pack, "recycling") == ""


def test_the_way_back_is_what_used_goods_hold(found: Finding, india: Answer) -> None:
    data = india.data.sel(year=2030)
    one = found.data.sel(region="country")
    assert float(one.need.sel(stage="collection")) == pytest.approx(float(data.end_of_life.sum()))
    assert float(one.need.sel(stage="recycling")) == pytest.approx(float(data.recoverable_full.sum()))
    assert float(one.stands.sel(stage="dismantling")) == pytest.approx(float(data.recoverable_today.sum()))


def test_regions_share_out_what_the_country_has(found: Finding) -> None:
    regions = [name for name in found.data["region"].values if name != "country"]
    assert len(regions) >= 4
    for name in ("need", "stands", "announced"):
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
