"""What the page for process engineers says is there is there."""

from __future__ import annotations

import re

import pytest

from chumbak.plant import solve
from chumbak.plant.costing import cost
from chumbak.plant.ready import load, names, ready
from chumbak.plant.units import kinds
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "plant.md").read_text(encoding="utf-8")


def test_every_kind_of_unit_has_its_row() -> None:
    rows = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
    for name, kind in kinds().items():
        assert name in rows, f"docs/plant.md lacks the unit '{name}'"
        assert kind.words in rows[name]
        assert kind.physics in rows[name]
    for name in names():
        assert ready(name).title in rows[name]


def test_the_example_of_extraction_by_ph_parts_samarium() -> None:
    solved = solve(load(ROOT / "examples" / "plant_acid_extraction.yaml"))
    assert solved.imbalance <= 1e-9
    assert solved.results["extraction"].figures["purity of the heavy product (Sm)"][0] > 0.98


def test_the_example_solves_and_settles() -> None:
    solved = solve(load(ROOT / "examples" / "plant_magnet_to_oxide.yaml"))
    assert solved.passes > 0
    assert solved.imbalance <= 1e-9


@pytest.mark.parametrize("name", names())
def test_what_the_page_says_of_each_flowsheet(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
    found = re.search(r"\| ([\d.,]+) million USD \| ([\d.,]+) USD/kg of `(\w+)` \| ([\d.]+) \|$", row)
    assert found, row
    told = cost([solve(ready(name))])
    assert told.footprint is not None
    assert float(found[1]) == pytest.approx(float(told.costs.total_capital) / 1e6, rel=0.03)
    assert float(found[2]) == pytest.approx(float(told.lowest.prices[found[3]][0]), rel=0.03)
    assert float(found[4]) == pytest.approx(float(told.footprint.per_kg), rel=0.03)
