"""From a solved plant to its costs: what is taken from it, what a file may say, what is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import yaml

from chumbak.plant import PlantError, read, solve
from chumbak.plant.costing import PlantCosts, cost
from tests.conftest import ROOT

EXAMPLE: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "plant_magnet_to_oxide.yaml").read_text(encoding="utf-8"))


def _costs(**changes: Any) -> PlantCosts:
    told = deepcopy(EXAMPLE)
    told["costs"] |= changes
    return cost([solve(read(told, "example"))])


def _line(found: PlantCosts, name: str) -> float:
    return float(next(line.amount for line in found.costs.table if line.name == name))


def test_a_reagent_costs_its_flow_times_hours_times_price() -> None:
    solved = solve(read(EXAMPLE, "example"))
    found = cost([solved])
    flow = solved.drawn()["slaked lime"].total()
    assert _line(found, "slaked lime") == pytest.approx(flow / 1000 * 30 * 6000)
    assert _line(found, "magnets") == pytest.approx(100 * 8 * 6000)
    assert _line(found, "oxide") == pytest.approx(solved.streams["oxide"].total() * 45 * 6000)
    assert _line(found, "operators") == pytest.approx(4 * 5 * 2080 * 4)


def test_elements_share_the_whole_cost() -> None:
    found = _costs()
    assert found.allocation is not None
    solved = solve(read(EXAMPLE, "example"))
    held = solved.streams["oxide"].elements()
    from chumbak.plant.components import element

    whole = sum(
        float(per_kg) * float(held[element(name)]) * 6000 for name, per_kg in found.allocation.per_kg.items()
    )  # fmt: skip
    assert whole == pytest.approx(float(found.allocation.total), rel=1e-9)


def test_equipment_may_be_sized_by_streams() -> None:
    line = {"name": "a whole plant", "cost": 1e6, "currency": "USD", "year": "2022-06", "unit": "kg/hr", "base": 10.0,
            "exponent": 0.6, "source": "made up"}  # fmt: skip
    made = solve(read(EXAMPLE, "example")).streams["oxide"].total()
    before = _costs()
    for streams, size in (("oxide", made), (["oxide", "salts"], None)):
        found = _costs(
            correlations={"whole": line}, equipment=[{"equipment": "whole", "stream": streams, "installation": 1}]
        )
        added = (found.costs.capital.plant_cost - before.costs.capital.plant_cost) / 0.7  # the place
        if size is not None:
            assert added == pytest.approx(1e6 * (size / 10) ** 0.6, rel=1e-9)
        else:
            assert added > 1e6 * (made / 10) ** 0.6


def test_a_drawn_cost_line_moves_with_its_draw() -> None:
    told = deepcopy(EXAMPLE)
    told["costs"]["correlations"] = {
        "whole": {"cost": 1e6, "low": 0.5e6, "high": 2e6, "currency": "USD", "year": "2022-06", "unit": "kg/hr",
                  "base": 10.0, "exponent": 0.6, "source": "made up"}
    }  # fmt: skip
    told["costs"]["equipment"] = [{"equipment": "whole", "stream": "oxide", "installation": 1}]
    key = ("costs", "cost", "whole")
    two = [solve(read(told, "example", {key: value})) for value in (1e6, 2e6)]
    found = np.asarray(cost(two).costs.total_capital)
    assert found.shape == (2,)
    assert found[1] > found[0]


REFUSED = {
    "a price is missing": ({"prices": {}}, "no price is known for"),
    "nobody says what is free": ({"free": []}, "no price is known for 'air'"),
    "a feed without a price": ({"feeds": {}}, "say what the feeds magnets are bought as"),
    "a stream unknown": ({"wastes": {"sludg": "disposal"}}, "there is no stream 'sludg'"),
    "a product unknown": ({"products": {"oxid": "mixed oxide"}}, "sells no stream 'oxid'; did you mean 'oxide'"),
    "rules unknown": ({"rules": "sieder"}, "no set of cost rules 'sieder'; did you mean 'seider'"),
    "heat from nowhere": ({"heat": None}, "say what the heat is made with"),
    "equipment by a stream unknown": (
        {"equipment": [{"equipment": "leaching.steel_tank", "stream": "oxid"}]}, "no stream 'oxid'; did you mean",
    ),
    "equipment of no size": ({"equipment": [{"equipment": "leaching.steel_tank"}]}, "with 'unit', or a 'stream'"),
    "a field unknown": ({"equipment": [{"equipment": "x", "sizes": 1}]}, "there is no field 'sizes'"),
    "half a line": ({"correlations": {"x": {"cost": 1, "unit": "kW"}}}, "the cost line 'x' lacks currency, year, base"),
    "a line without a number": (
        {"correlations": {"x": {"cost": 1, "unit": "kW", "currency": "USD", "year": 2022, "base": "big",
                                "exponent": 1}}},
        "base is 'big'; write a number",
    ),
    "a gas without a factor": ({"carbon": {"factors": {}}}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_said_in_a_sentence(name: str) -> None:
    changes, said = REFUSED[name]
    if said is None:  # nothing is said of carbon at all: then it is not reckoned
        assert _costs(**changes).footprint is None
        return
    with pytest.raises(PlantError) as raised:
        _costs(**changes)
    assert said in str(raised.value)
