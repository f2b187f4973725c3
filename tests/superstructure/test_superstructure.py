"""Superstructures: a published instance, full enumeration, and what holds for any of them drawn at random."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.answer.superstructure_case import superstructure_case, superstructure_document
from chumbak.pack import Pack
from chumbak.pack.superstructures import list_superstructures, read_superstructure
from chumbak.superstructure.best import COST, OBJECTIVES, VALUE, best, by_enumeration
from chumbak.superstructure.case import Case, Finance, Option, SuperstructureError, Units
from chumbak.superstructure.paths import count_paths, paths, reckon

PUBLISHED = Path(__file__).parent / "published.yaml"
few = settings(max_examples=40, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def published(india_pack: Pack) -> Case:
    return superstructure_case(read_superstructure(india_pack, str(PUBLISHED)), india_pack)


def with_byproducts(case: Case) -> Case:
    made = {"jarosite": (0.75, 0, 0), "oxide": (0, 1, 0), "residue": (0, 0, 0.25)}
    options = tuple(replace(one, byproducts=np.array(made.get(one.name, (0.0, 0.0, 0.0)))) for one in case.options)
    return replace(
        case, options=options, byproducts=("jarosite", "iron oxide", "residue"),
        byproduct_price=np.array([-0.17, 10.0, -0.17]),
    )  # fmt: skip


def test_published_net_present_value_path_by_path(published: Case) -> None:
    """PrOMMiS 1.1.0, test_superstructure_function.py, TestNPV: all of its printed digits."""
    found = best(published, VALUE)
    assert found.value == pytest.approx(-16440490.52395555, rel=1e-12)
    one = found.outcome
    assert [published.options[at].name for at in one.path] == ["by_hand", "hydrogen", "residue"]
    assert one.operators == 9
    assert one.plant_cost == pytest.approx(72660.52449690452, rel=1e-12)
    assert one.capital == pytest.approx(85521.4373328566, rel=1e-12)
    cash = [-8552.14373328566, -4651232.214375437, -4801064.19238049, -4887395.093130949, -4521279.484773466]
    assert one.cash == pytest.approx(cash, rel=1e-12)
    assert published.feed[0] * one.taken[1] == pytest.approx([17938.8714, 60173.5929], rel=1e-12)
    assert found.columns < 150


def test_published_cost_of_recovery(published: Case) -> None:
    """The same, TestCOR: 261.456... without and 261.641... with by-products, which Gurobi solves as a quadratic."""
    assert best(published, COST).value == pytest.approx(261.45649078422645, rel=1e-12)
    assert best(with_byproducts(published), COST).value == pytest.approx(261.6415514638381, rel=1e-12)


def test_published_byproducts(published: Case) -> None:
    found = best(with_byproducts(published), VALUE)
    assert found.value == pytest.approx(-16454574.208341438, rel=1e-12)
    made = published.feed * found.outcome.byproducts[2]
    assert made == pytest.approx([19528.11607499999, 18476.94419999999, 19275.09479999999, 32818.023225], rel=1e-12)


def test_impact_limit_takes_another_path_or_none(published: Case) -> None:
    each = {"furnace": 1000.0, "jarosite": 600.0, "oxide": 600.0}
    dirty = tuple(replace(one, impact=each.get(one.name, 0.0)) for one in published.options)
    case = replace(published, options=dirty, impact_limit=1.0)
    assert best(case, VALUE).value == pytest.approx(-16440490.52395555)  # the best path has no impact
    swapped = tuple(replace(one, impact=1.0 if one.name == "residue" else 0.0) for one in published.options)
    found = best(replace(published, options=swapped, impact_limit=1.0), VALUE)
    assert [published.options[at].name for at in found.outcome.path][2] != "residue"
    all_dirty = tuple(replace(one, impact=1.0) for one in published.options)
    with pytest.raises(SuperstructureError, match="No path can be"):
        best(replace(published, options=all_dirty, impact_limit=1.0), VALUE)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_example_that_comes_along_is_the_best_of_all_paths(india_pack: Pack, objective: str) -> None:
    for name in list_superstructures(india_pack):
        case = superstructure_case(read_superstructure(india_pack, name), india_pack)
        found, checked = best(case, objective), by_enumeration(case, objective)
        assert found.outcome.path == checked.path
        told = superstructure_document(case, found, checked)
        assert told["paths"] == count_paths(case) == len(list(paths(case)))
        for stage in told["path"]:
            for each in stage["components"].values():
                assert each["in"] == pytest.approx(each["out"] + each["lost"], abs=1e-9)


FINANCE = Finance(
    lang=3.0, financing=0.03, other=0.15, spent=np.array([0.1, 0.6, 0.3]), discount=0.08, running_rise=0.02,
    capital_rise=0.03, upkeep=0.02, taxes=0.01, quality=0.1, administration=0.2, fringe=0.25, sales=0.01, overhead=0.2,
)  # fmt: skip


@st.composite
def superstructures(draw: Any) -> Case:
    def number(least: float, most: float) -> float:
        return least + (most - least) * draw(st.integers(0, 32)) / 32

    components = ("A", "B")[: draw(st.integers(1, 2))]
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    starts = np.concatenate([[0], np.cumsum(counts)])
    options = []
    for stage, count in enumerate(counts):
        following = range(starts[stage + 1], starts[stage + 1] + counts[stage + 1]) if stage + 1 < len(counts) else ()
        for at in range(count):
            after = tuple(one for one in following if draw(st.booleans())) or tuple(following)
            whole = draw(st.integers(0, 3)) == 0
            steps = [number(50, 2000) for _ in range(draw(st.integers(1, 3)))]
            sizes = np.cumsum([draw(st.sampled_from([0, 100])), *steps])
            cost = np.cumsum([number(0, 1000), *(number(0, 50000) for _ in range(len(sizes) - 1))])
            options.append(Option(
                name=f"{stage}.{at}", title="", stage=stage, keeps=np.array([number(0.25, 1) for _ in components]),
                after=after,
                units=Units(number(100, 1000), number(0, 20000), number(0, 5000), number(0, 2)) if whole else None,
                operators=number(0, 3), per_kg=number(0, 20), yearly=number(0, 20000), sizes=sizes, capital=cost,
                price=np.array([number(0, 200) for _ in components]), byproducts=np.array([number(0, 1)]),
                impact=number(0, 5),
            ))  # fmt: skip
    limit = draw(st.sampled_from([np.inf, np.inf, 20000.0]))
    return Case(
        name="drawn", title="", currency="TOY", price_year=2025, start=2025, years=np.array([2026, 2027, 2029]),
        feed=np.array([number(10, 800) for _ in range(3)]), feed_unit="item", feed_cost=number(-5, 5),
        components=components, content=np.array([number(0.5, 3) for _ in components]),
        stages=tuple(str(stage) for stage in range(len(counts))), options=tuple(options), byproducts=("slag",),
        byproduct_price=np.array([number(-5, 5)]), wage=number(1000, 40000), finance=FINANCE, impact_unit="kg",
        impact_limit=limit,
    )  # fmt: skip


@few
@given(case=superstructures(), objective=st.sampled_from(OBJECTIVES))
def test_the_programme_is_full_enumeration(case: Case, objective: str) -> None:
    try:
        checked = by_enumeration(case, objective)
    except SuperstructureError:
        with pytest.raises(SuperstructureError, match="No path can be"):
            best(case, objective)
        return
    found = best(case, objective)
    value = checked.net_present_value if objective == VALUE else checked.cost_per_kg
    assert found.value == pytest.approx(value, rel=1e-7, abs=1e-3)
    assert found.gap < 1e-5


@few
@given(case=superstructures())
def test_at_the_cost_of_a_kg_the_value_is_nothing(case: Case) -> None:
    for path in paths(case):
        one = reckon(case, path)
        if one is None:
            continue
        same = tuple(replace(each, price=np.full(len(case.components), one.cost_per_kg)) for each in case.options)
        again = reckon(replace(case, options=same), path)
        assert again is not None
        assert again.net_present_value == pytest.approx(0, abs=1e-6 * max(1.0, np.abs(one.cash).sum()))
        assert one.taken == pytest.approx(one.handed + (one.taken - one.handed), abs=1e-9)
        assert np.all(one.handed <= one.taken)


@few
@given(case=superstructures(), times=st.sampled_from([0.01, 100.0]))
def test_money_in_another_unit_is_the_same_path(case: Case, times: float) -> None:
    options = tuple(
        replace(
            one, per_kg=one.per_kg * times, yearly=one.yearly * times, capital=one.capital * times,
            price=one.price * times,
            units=one.units and replace(one.units, capital=one.units.capital * times, yearly=one.units.yearly * times),
        )
        for one in case.options
    )  # fmt: skip
    other = replace(
        case, options=options, wage=case.wage * times, byproduct_price=case.byproduct_price * times,
        feed_cost=case.feed_cost * times,
    )  # fmt: skip
    for path in paths(case):
        one, again = reckon(case, path), reckon(other, path)
        assert (one is None) == (again is None)
        if one is not None and again is not None:
            assert again.net_present_value == pytest.approx(times * one.net_present_value, rel=1e-9, abs=1e-6)


def test_equipment_in_straight_lines_is_no_relaxation(published: Case) -> None:
    """A cost curve that bends the other way (dearer at the end) and one with a jump are both kept to."""
    steep = tuple(
        replace(one, sizes=np.array([0.0, 100000.0, 131272.1, 200000.0]), capital=np.array([0.0, 1e4, 5e6, 5e6]))
        if one.name == "hydrogen" else one for one in published.options
    )  # fmt: skip
    case = replace(published, options=steep)
    for objective in OBJECTIVES:
        assert best(case, objective).outcome.path == by_enumeration(case, objective).path


def test_nothing_recovered_has_no_cost(published: Case) -> None:
    nothing = tuple(replace(one, keeps=one.keeps * 0) if one.stage == 2 else one for one in published.options)
    with pytest.raises(SuperstructureError, match="No path recovers anything"):
        best(replace(published, options=nothing), COST)


def test_the_same_twice(published: Case) -> None:
    one, other = (superstructure_document(published, best(published), None) for _ in range(2))
    assert one == other
