"""What a process engineer stumbled over: each is refused in a sentence now, or told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from chumbak.plant import load
from chumbak.plant.costing import cost
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.design import design
from chumbak.plant.extraction.kremser import left, solve_bank
from chumbak.plant.extraction.limits import best_purity, fewest_stages, key_factor
from chumbak.plant.reading import read
from chumbak.plant.ready import ready
from chumbak.plant.recipe import recoveries
from chumbak.plant.solving import solve
from chumbak.plant.stream import fixed

EXAMPLE = Path(__file__).parents[2] / "examples" / "plant_magnet_to_oxide.yaml"


def example() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    return told


def without_wastes(told: dict[str, Any]) -> None:
    del told["costs"]["wastes"]


def two_rests(told: dict[str, Any]) -> None:
    told["feeds"]["magnets"]["parts"][0]["elements"] |= {"Co": "rest"}


def colder_than_cold(told: dict[str, Any]) -> None:
    told["feeds"]["magnets"]["temperature"] = -500


def nothing_in(told: dict[str, Any]) -> None:
    told["feeds"]["magnets"]["parts"][0]["kg_per_h"] = 0


def far_too_much(told: dict[str, Any]) -> None:
    told["feeds"]["magnets"]["parts"][0]["kg_per_h"] = 1e300


def sold_and_thrown_away(told: dict[str, Any]) -> None:
    told["wastes"]["oxide"] = "too"


def free_of_nothing(told: dict[str, Any]) -> None:
    told["costs"]["free"] = ["air", "nosuch"]


def like_nothing(told: dict[str, Any]) -> None:
    told["costs"]["as"]["nothing"] = "nosuch.line"


def in_rupees(told: dict[str, Any]) -> None:
    told["costs"]["prices"]["water"]["currency"] = "INR"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_wastes, "say what getting rid of the wastes iron_oxide, sludge, salts is paid as"),
        (two_rests, "are both 'rest'"),
        (colder_than_cold, "temperature is -500 degrees Celsius"),
        (nothing_in, "nothing comes in"),
        (far_too_much, "check its unit"),
        (sold_and_thrown_away, "'oxide' is both a product and a waste"),
        (free_of_nothing, "neither takes nor leaves 'nosuch'"),
        (like_nothing, "there is no cost line 'nosuch.line'"),
        (in_rupees, "exchange: {INR: {rate: ..., source: ...}}"),
    ],
)
def test_what_was_taken_in_silence_is_refused(spoil: Callable[[dict[str, Any]], None], said: str) -> None:
    told = example()
    spoil(told)
    with pytest.raises(PlantError) as raised:
        cost([solve(read(told, "mine.yaml"))])
    assert said in str(raised.value)


def test_money_in_rupees_with_its_rate() -> None:
    told = example()
    before = cost([solve(read(told, "mine.yaml"))])
    told["costs"]["prices"]["water"] |= {"price": 80, "currency": "INR"}
    told["costs"]["exchange"] = {"INR": {"rate": 0.0125, "source": "the bank"}}
    after = cost([solve(read(told, "mine.yaml"))])
    assert after.lowest.prices["oxide"][0] == pytest.approx(before.lowest.prices["oxide"][0])


def test_steps_without_a_cost_line_are_told() -> None:
    assert any("evaporate" in one and "no cost line" in one for one in cost([solve(load(EXAMPLE))]).left_out)


def test_a_recipe_holds_no_element_that_reagents_bring() -> None:
    solved = solve(ready("monazite_chloride_to_oxides"))
    for process in solved.flowsheet.recipes:
        assert not {"O", "H", "Cl", "C"} & set(recoveries(solved, process))


@pytest.mark.parametrize(
    "call",
    [
        lambda: left(float("nan"), 5), lambda: left(float("inf"), 5), lambda: left(1.0, 2.5),  # type: ignore[arg-type]
        lambda: best_purity(2, 0.5), lambda: best_purity(float("nan"), 0.5), lambda: fewest_stages(0.1, 0.1, 2),
        lambda: fixed("water", float("nan")), lambda: solve("magnets_to_oxides_1t_day"),  # type: ignore[arg-type]
        lambda: load(None), lambda: load(3),  # type: ignore[arg-type]
        lambda: solve_bank([1.0], [1.0], 2.5, 1.0), lambda: solve_bank([], [], 2, 1.0),  # type: ignore[arg-type]
        lambda: key_factor([1.0, 2.0], 1.5), lambda: key_factor([1.0, 2.0], "a"),  # type: ignore[arg-type]
        lambda: design([1, 1], [1, 1.0001], 1, 0.99, 0.99),
    ],
)  # fmt: skip
def test_python_is_answered_in_sentences_too(call: Callable[[], object]) -> None:
    with pytest.raises(PlantError):
        call()
