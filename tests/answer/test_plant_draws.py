"""Draws of a plant: the same in processes of their own, hours a year drawn too, what does not converge comes whole."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from chumbak.answer import plant_draws as of_draws
from chumbak.answer.plant_draws import plant_draws, processes
from chumbak.plant.components import ELEMENTS
from chumbak.plant.costing import cost, cost_of
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.flowsheet import Figure
from chumbak.plant.quantities import quantities
from chumbak.plant.reading import read
from chumbak.plant.ready import ready
from chumbak.plant.solving import Solution, solve
from chumbak.plant.stream import Stream
from tests.plant.sheets import looping

PLANT = "recycled_magnets_750t"


def test_draws_are_the_same_wherever_they_are_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_draws, "CHUNK", 2)
    monkeypatch.setattr(of_draws, "MANY", 4)
    monkeypatch.setattr(of_draws.os, "cpu_count", lambda: 2)
    sheet = ready(PLANT)
    here = list(plant_draws(sheet, 5, 7, quantities))
    with processes(5) as executor:
        assert executor is not None
        there = list(plant_draws(sheet, 5, 7, quantities, executor))
    assert there == here
    assert [one.number for one in there] == list(range(5))


def test_few_draws_and_one_core_need_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    with processes(of_draws.MANY - 1) as executor:
        assert executor is None
    monkeypatch.setattr(of_draws.os, "cpu_count", lambda: 1)
    with processes(10 * of_draws.MANY) as executor:
        assert executor is None


def test_costs_of_quantities_are_those_of_solutions() -> None:
    solved = solve(ready(PLANT))
    assert cost_of(solved.flowsheet, [quantities(solved)]) == cost([solved])


def test_hours_a_year_are_drawn_with_the_rest() -> None:
    told = dict(ready(PLANT).told)
    told["hours_per_year"] = {
        "value": 7000,
        "low": 5000,
        "high": 8000,
        "source": "judgement",
        "verification": "judgement",
    }
    sheet = read(told, "here")
    every = [one.found for one in plant_draws(sheet, 4, 0, quantities) if one.found is not None]
    hours = [one.hours for one in every]
    assert np.ptp(hours) > 0
    assert cost_of(sheet, every).costs.rules["operation.hours"] == pytest.approx(hours)


def test_parts_of_one_feed_are_told_apart() -> None:
    """Two batches of magnets in a feed: a range of the one leaves the other as it is."""
    told = looping()
    parts = told["feeds"]["scrap"]["parts"]
    parts.append({"component": "magnet", "kg_per_h": {"value": 10, "low": 5, "high": 20},
                  "elements": {"Nd": {"value": 0.9, "low": 0.8, "high": 0.95}, "Fe": "rest"}})  # fmt: skip
    sheet = read(told, "here")
    fed = [
        draw.found["magnet"][[ELEMENTS.index("Nd"), ELEMENTS.index("B")]]
        for draw in plant_draws(sheet, 5, 0, partial(_feed, "scrap")) if draw.found is not None
    ]  # fmt: skip
    assert np.ptp([one[0] for one in fed]) > 0
    assert [one[1] for one in fed] == pytest.approx([1.0] * 5)


def test_figures_of_one_name_cannot_be_drawn() -> None:
    sheet = read(looping(), "here")
    one = Figure("sieve", "shares", "water", 0.3, 0.2, 0.4, "kg/kg", "made up", "yours")
    with pytest.raises(PlantError, match="both called 'sieve shares water'"):
        next(plant_draws(replace(sheet, figures=(*sheet.figures, one)), 2, 0, quantities))


def _feed(name: str, solution: Solution) -> Stream:
    return solution.streams[name]


def test_what_did_not_converge_comes_whole_out_of_another_process() -> None:
    error = pickle.loads(pickle.dumps(NotConvergedError("off by 0.1", 0.1)))
    assert (str(error), error.residual) == ("off by 0.1", 0.1)


@pytest.mark.parametrize(("draws", "seed"), [(0, 0), (3, -1)])
def test_no_draws_or_a_negative_seed_are_refused(draws: int, seed: int) -> None:
    with pytest.raises(PlantError, match="at least one draw"):
        next(plant_draws(ready(PLANT), draws, seed, quantities))
