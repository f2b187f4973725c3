"""Flowsheets solved: loops against their closed form, balances, and what cannot be solved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.plant import NotConvergedError, PlantError, Step, Stream, by_element, fixed, kind_of, of, read, solve
from chumbak.plant.components import COMPONENTS, ELEMENTS, element
from chumbak.plant.flowsheet import Flowsheet
from chumbak.plant.solving import groups, torn
from chumbak.plant.unit import Kind, Port, Result
from tests.plant.sheets import looping


@given(st.floats(0.0, 0.999), st.floats(0.0, 1.0))
def test_a_loop_is_its_geometric_series(share: float, taken: float) -> None:
    given_ = looping(share)
    given_["steps"]["sieve"]["with"]["shares"]["water"] = taken
    solved = solve(read(given_, "looping"))
    assert solved.residual <= 1e-10
    assert solved.imbalance <= 1e-9
    assert solved.streams["all"].total("magnet") == pytest.approx(100 / (1 - share), rel=1e-9)
    assert solved.streams["all"].total("water") == pytest.approx(5 / (1 - share * (1 - taken)), rel=1e-9)
    assert solved.streams["out"].total("magnet") == pytest.approx(100, rel=1e-9)


@st.composite
def networks(draw: st.DrawFn) -> Flowsheet:
    """Return a random network of splitters: each sends a share to some splitter before or after it, or out."""
    size = draw(st.integers(2, 7))
    to = [draw(st.integers(0, size)) for _ in range(size)]  # where the first outlet goes; ``size`` is out of the plant
    inlets: dict[int, list[str]] = {at: [] for at in range(size)}
    inlets[0].append("feed")
    for at, where in enumerate(to):
        if where < size:
            inlets[where].append(f"first{at}")
        if at + 1 < size:
            inlets[at + 1].append(f"second{at}")
    steps = tuple(
        Step(
            f"s{at}", kind_of("split"), {"feed": tuple(inlets[at])}, {"first": f"first{at}", "second": f"second{at}"},
            {"share": draw(st.floats(0.0, 0.95))},
        )
        for at in range(size)
    )  # fmt: skip
    feed = of({"water": fixed("water", 2.0), "magnet": by_element({"Nd": 3.0, "Dy": 1e-6})})
    return Flowsheet("random", "random", 8000.0, {"feed": feed}, steps)


@given(networks())
@settings(max_examples=60, deadline=None)
def test_random_networks_close_and_agree_with_the_linear_system(sheet: Flowsheet) -> None:
    solved = solve(sheet)
    size = len(sheet.steps)
    through = np.eye(size)  # what enters each splitter, by one linear system
    for at, step in enumerate(sheet.steps):
        for name in step.inlets["feed"]:
            if name != "feed":
                of_, share = int(name[-1]), sheet.steps[int(name[-1])].values["share"]
                through[at, of_] -= share if name.startswith("first") else 1 - share
    entering = np.linalg.solve(through, np.eye(size)[0])
    fed = sheet.feeds["feed"].total()
    for at in range(size):
        found = sum(solved.streams[name].total() for name in sheet.steps[at].inlets["feed"])
        assert found == pytest.approx(entering[at] * fed, rel=1e-8)
    left = sum(stream.total() for stream in solved.leaving().values())
    assert left == pytest.approx(fed, rel=1e-9)


def test_traces_settle_as_well_as_bulk() -> None:
    sheet = read(looping(0.99), "looping")
    flow = sheet.feeds["scrap"].flow.copy()
    flow[COMPONENTS.index("magnet"), element("Dy")] = 1e-7
    solved = solve(replace(sheet, feeds={"scrap": Stream(flow)}))
    assert solved.streams["out"]["magnet"][element("Dy")] == pytest.approx(1e-7, rel=1e-8)


def test_a_loop_without_a_way_out_says_what_piles_up() -> None:
    with pytest.raises(NotConvergedError, match=r"Fe in 'magnet' grows by 69 kg/h in a pass.*add a bleed") as raised:
        solve(read(looping(1.0), "looping"))
    assert raised.value.residual > 0.1


def test_feeds_are_scaled_to_the_target() -> None:
    told = looping() | {"target": {"stream": "out", "component": "magnet", "kg_per_h": 7}}
    solved = solve(read(told, "looping"))
    assert solved.streams["out"].total("magnet") == pytest.approx(7, rel=1e-9)
    assert solved.scale == pytest.approx(0.07, rel=1e-9)


def test_a_target_in_an_empty_stream_is_refused() -> None:
    told = looping() | {"target": {"stream": "out", "component": "oxide", "kg_per_h": 7}}
    with pytest.raises(PlantError, match="'oxide' in the stream 'out' is empty"):
        solve(read(told, "looping"))


def _with_unit(run: Any) -> Flowsheet:
    kind = Kind("odd", "odd unit", run, (Port("feed", ""),), (Port("out", ""),))
    feed = of({"water": fixed("water", 1.0)})
    return Flowsheet("odd", "odd", 1.0, {"feed": feed}, (Step("odd", kind, {"feed": ("feed",)}, {"out": "out"}, {}),))


def test_a_unit_that_loses_mass_is_named_with_its_element() -> None:
    sheet = _with_unit(lambda inlets, values: Result({"out": Stream(inlets["feed"].flow * (1 - 1e-8))}))
    with pytest.raises(PlantError, match=r"step 'odd' \(odd unit\) does not balance: .* kg/h of [HO] out of"):
        solve(sheet)


def test_a_negative_flow_is_named() -> None:
    def run(inlets: Any, values: Any) -> Result:
        flow = inlets["feed"].flow.copy()
        moved = 2 * flow[COMPONENTS.index("water")]
        flow[COMPONENTS.index("water")] -= moved
        flow[COMPONENTS.index("steam")] += moved
        return Result({"out": Stream(flow)})

    with pytest.raises(PlantError, match=r"'out': .* in 'water' is negative: the step is asked to take out more"):
        solve(_with_unit(run))


def test_steps_may_be_told_in_any_order() -> None:
    told = looping()
    told["steps"] = dict(reversed(told["steps"].items()))
    sheet = read(told, "looping")
    assert solve(sheet).streams["out"].total("magnet") == pytest.approx(100, rel=1e-9)
    (group,) = groups(sheet)
    assert len(group) == 3
    assert torn(group)


def test_elements_stand_once_on_the_axis() -> None:
    assert len(set(ELEMENTS)) == len(ELEMENTS)
    assert len(set(COMPONENTS)) == len(COMPONENTS)
