"""The flowsheets that come along: each solves, balances, is costed, and says where its figures come from."""

from __future__ import annotations

import numpy as np
import pytest

from chumbak.answer.plant_draws import plant_draws
from chumbak.plant import solve
from chumbak.plant.components import ELEMENTS, RE, element
from chumbak.plant.costing import cost, cost_of
from chumbak.plant.faults import key_of
from chumbak.plant.quantities import quantities
from chumbak.plant.reading import read
from chumbak.plant.ready import names, ready
from chumbak.plant.solving import Solution, groups, torn

REQUIRED = (
    "magnets_to_oxides_1t_day", "magnets_to_oxides_100t_day", "monazite_chloride_to_oxides", "recycled_magnets_750t",
    "oxides_to_magnets_600t", "oxides_to_magnets_1200t",
)  # fmt: skip
DESIGN = ("kg_per_h", "target", "length", "width", "thickness")  # what a plant is told to take in and to make


@pytest.fixture(scope="module")
def solved() -> dict[str, Solution]:
    return {name: solve(ready(name)) for name in names()}


def test_those_that_are_promised_are_there() -> None:
    assert set(REQUIRED) <= set(names())


@pytest.mark.parametrize("name", names())
def test_each_settles_and_balances(name: str, solved: dict[str, Solution]) -> None:
    one = solved[name]
    assert one.residual <= 1e-10
    assert one.imbalance <= 1e-9
    comes = sum((one.streams[feed].elements() for feed in one.flowsheet.feeds), start=np.zeros(len(ELEMENTS)))
    comes += sum((stream.elements() for stream in one.drawn().values()), start=np.zeros(len(ELEMENTS)))
    goes = sum((stream.elements() for stream in one.leaving().values()), start=np.zeros(len(ELEMENTS)))
    assert goes == pytest.approx(comes, rel=1e-9, abs=1e-9 * comes.sum())


@pytest.mark.parametrize("name", names())
def test_each_has_something_that_goes_round(name: str, solved: dict[str, Solution]) -> None:
    sheet = solved[name].flowsheet
    assert any(torn(group) for group in groups(sheet))
    assert solved[name].passes > 0


@pytest.mark.parametrize("name", names())
def test_each_makes_what_it_is_named_for(name: str, solved: dict[str, Solution]) -> None:
    one = solved[name]
    assert one.flowsheet.target is not None
    made = sum(one.streams[stream].total(one.flowsheet.target.component) for stream in one.flowsheet.target.streams)
    assert made == pytest.approx(one.flowsheet.target.flow, rel=1e-9)


@pytest.mark.parametrize("name", names())
def test_no_figure_is_without_a_source(name: str) -> None:
    sheet = ready(name)
    for figure in sheet.figures:
        assert figure.source, figure
        # what a flowsheet is told to feed and to make is its own; what it knows of the world is not
        assert figure.verification != "yours" or figure.parameter in DESIGN, figure
        assert "judgement" in figure.source or figure.verification != "judgement" or figure.source != sheet.where, (
            figure
        )


@pytest.mark.parametrize("name", names())
def test_each_is_costed_and_the_lowest_price_makes_its_value_nothing(name: str, solved: dict[str, Solution]) -> None:
    found = cost([solved[name]])
    assert found.costs.total_capital > 0
    assert found.lowest.factor > 0
    assert found.allocation is not None
    assert sum(found.allocation.cost.values()) == pytest.approx(found.allocation.total)
    assert found.footprint is not None


@pytest.mark.parametrize("name", names())
def test_draws_stand_around_the_central_case(name: str) -> None:
    sheet = ready(name)
    every = list(plant_draws(sheet, 6, 1, quantities))
    told = [one.why_not for one in every if one.found is None]
    assert not told
    found = cost_of(sheet, [one.found for one in every if one.found is not None])
    assert np.shape(found.lowest.factor) == (6,)
    assert np.ptp(np.asarray(found.costs.operating_cost)) > 0


@pytest.mark.parametrize("name", names())
def test_figures_drawn_at_their_values_are_the_plant_itself(name: str) -> None:
    """Or one figure would be drawn for another."""
    sheet = ready(name)
    assert len({key_of(one) for one in sheet.figures}) == len(sheet.figures)
    again = read(sheet.told, sheet.where, {key_of(one): one.value for one in sheet.figures})
    assert [(one.value, key_of(one)) for one in again.figures] == [(one.value, key_of(one)) for one in sheet.figures]
    for feed, stream in sheet.feeds.items():
        assert again.feeds[feed].flow == pytest.approx(stream.flow, rel=1e-12)


@pytest.mark.parametrize("name", ["recycled_magnets_750t", "magnets_to_oxides_1t_day"])
def test_no_draw_fails_of_rounding(name: str) -> None:
    assert not [one.why_not for one in plant_draws(ready(name), 200, 0, quantities) if one.found is None]


def test_a_hundred_times_the_plant_takes_a_hundred_times_the_feed(solved: dict[str, Solution]) -> None:
    small, large = solved["magnets_to_oxides_1t_day"], solved["magnets_to_oxides_100t_day"]
    ratio = large.flowsheet.target.flow / small.flowsheet.target.flow  # type: ignore[union-attr]
    fed = [one.streams["magnets"].total() for one in (small, large)]
    assert fed[1] == pytest.approx(ratio * fed[0], rel=1e-9)
    # what is asked of it is said in the notes: some 970 and 97,000 t a year
    tonnes = [feed * one.flowsheet.hours / 1000 for feed, one in zip(fed, (small, large), strict=True)]
    assert tonnes == pytest.approx([970, 97000], rel=0.01)
    per_kg = [cost([one]).lowest.prices["ndpr_oxide"][0] for one in (small, large)]
    assert per_kg[1] < per_kg[0]


def test_separation_asks_for_what_plants_are_said_to_use(solved: dict[str, Solution]) -> None:
    """Full separation is said to take 6 to 12 t of acid and 5 to 8 t of lye (30 %) a t of oxides."""
    one = solved["monazite_chloride_to_oxides"]
    made = sum(one.streams[stream].total() for stream in one.flowsheet.products)
    drawn = one.drawn()
    assert 6 < drawn["hydrochloric acid"].total() / made < 12
    assert 5 < drawn["caustic soda"].total() / made < 12


def test_each_oxide_is_pure(solved: dict[str, Solution]) -> None:
    one = solved["monazite_chloride_to_oxides"]
    for stream, metal in (("nd_oxide", "Nd"), ("pr_oxide", "Pr"), ("dy_oxide", "Dy"), ("la_oxide", "La")):
        row = one.streams[stream].elements()
        assert row[element(metal)] / row[RE].sum() > 0.998, stream
