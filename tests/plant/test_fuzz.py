"""Any value at any place of a file: the plant is solved and costed, or what is wrong is said in a sentence."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from chumbak.answer.plant_draws import plant_draws
from chumbak.answer.plant_ranges import plant_ranges
from chumbak.plant.cost_document import cost_document
from chumbak.plant.costing import cost, cost_of
from chumbak.plant.document import solution_document
from chumbak.plant.errors import PlantError
from chumbak.plant.quantities import quantities
from chumbak.plant.reading import read
from chumbak.plant.solving import solve
from tests.conftest import ROOT

FLOWSHEETS = ROOT / "src" / "chumbak" / "plant" / "flowsheets"
FILES = (ROOT / "examples" / "plant_magnet_to_oxide.yaml", FLOWSHEETS / "recycled_magnets_750t.yaml")
BAD: tuple[Any, ...] = (
    None, -1, 0, 1e-300, 1e300, float("nan"), float("inf"), "", "x", [], {}, True, [1], {"a": 1}, "rest", 1e12, 1e-12,
    "Nd", "water", {"value": "x"}, {"value": [1]}, {"value": 1, "low": 2}, {"value": 0.5, "low": 0.1, "high": 0.9},
    {"value": 0.3, "low": 0.3, "high": 0.3}, {"value": 1e-3, "low": 0, "high": 1e6},
)  # fmt: skip


def places(told: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of a file, and to what holds it."""
    for key, value in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


def everything(told: Any) -> None:
    """Ask all of a plant that its verbs do."""
    sheet = read(told, "mine.yaml")
    solved = solve(sheet)
    central = cost([solved])
    drawn = [one.found for one in plant_draws(sheet, 2, 0, quantities) if one.found is not None]
    documents = [solution_document(solved), cost_document(central), plant_ranges(solved, 2, 0)]
    if drawn:
        documents.append(cost_document(central, cost_of(sheet, drawn), 2, 0))
    for one in documents:
        json.dumps(one, allow_nan=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_any_value_at_any_place(file: Any) -> None:
    base = yaml.safe_load(file.read_text(encoding="utf-8"))
    everything(base)
    dice, said = random.Random(7), 0
    for path in dice.sample(list(places(base)), 120):
        told = deepcopy(base)
        holder = told
        for key in path[:-1]:
            holder = holder[key]
        if dice.random() < 0.1:
            del holder[path[-1]]
        else:
            holder[path[-1]] = deepcopy(dice.choice(BAD))
        try:
            everything(told)
        except PlantError:
            said += 1
    assert said > 60


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("allocation", "worth"), True, "this is no mapping"),
        (("allocation", "worth"), {"Nd": "dear"}, "'Nd' is 'dear'; write a number above 0"),
        (("carbon", "factors", "electricity", "scope"), 4, "scope is '4'; it is 1, 2 or 3"),
        (("heat",), {"kWh_per_unit": 1}, "say what it is made with: item and unit"),
        (("heat", "kWh_per_unit"), 0, "nothing would be made with it"),
        (("positions",), 5.0, "this is no list"),
        (("set", "capital.location"), [1], "it must be one finite number"),
        (("prices", "water", "price"), 1e300, "which nothing of a plant comes to"),
        (("equipment",), [{"equipment": {"a": 1}, "size": 1, "unit": "kW"}], "write the name of a cost line"),
    ],
)
def test_slips_in_what_is_said_of_money_are_named(place: tuple[str, ...], value: Any, said: str) -> None:
    told = yaml.safe_load(FILES[0].read_text(encoding="utf-8"))
    holder = told["costs"]
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    with pytest.raises(PlantError) as raised:
        cost([solve(read(told, "mine.yaml"))])
    assert said in str(raised.value)
