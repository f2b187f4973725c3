"""All units from oxide to coated magnet alike: nothing comes of nothing, and the ends of usual ranges can be run."""

from __future__ import annotations

from typing import Any

import pytest

from chumbak.plant.parameters import NUMERIC, usual_figures
from chumbak.plant.stream import Stream, by_element, empty, of, salts
from chumbak.plant.units import kind_of
from tests.plant.units.wet import magnets, run

_PLATE = {"shape": "block", "length": 30.0, "width": 10.0, "thickness": 5.0}
_OXIDE = of({"oxide": salts("oxide", by_element({"Nd": 3.0, "Pr": 1.0, "Sm": 0.5, "Ca": 0.01}))})
UNITS: dict[str, tuple[Stream, dict[str, Any]]] = {
    "fluorinate": (_OXIDE, {}),
    "electrolyse": (_OXIDE, {}),
    "reduce_calcium": (of({"fluoride": salts("fluoride", by_element({"Dy": 1.0}))}), {}),
    "reduce_lanthanum": (_OXIDE, {}),
    "strip_cast": (of({"metal": by_element({"Nd": 24.0, "Pr": 6.0})}), {"target": {"Nd": 0.3, "B": 0.01}}),
    "jet_mill": (magnets(10.0, "alloy"), {}),
    "press": (magnets(10.0, "alloy"), {}),
    "sinter": (magnets(10.0, "compact"), {}),
    "age": (magnets(10.0, "block"), {}),
    "machine": (magnets(10.0, "block"), _PLATE),
    "diffuse": (magnets(10.0), {"element": "Tb", "source": "fluoride", **_PLATE}),
    "coat": (magnets(10.0), _PLATE),
    "sieve_powder": (magnets(10.0, "hydride"), {}),
    "blend_powder": (magnets(10.0, "hydride"), {"added": {"Nd": 1.0}}),
    "wash_swarf": (magnets(10.0, "swarf"), {}),
}


@pytest.mark.parametrize("name", UNITS)
def test_of_nothing_comes_nothing(name: str) -> None:
    result = run(name, empty(), **UNITS[name][1])
    assert sum(one.total() for one in (*result.outlets.values(), *result.drawn.values())) == 0.0
    assert (result.heat, result.power, sum(size.count for size in result.sizes)) == (0.0, 0.0, 0)


@pytest.mark.parametrize("name", UNITS)
def test_twice_as_much_comes_of_twice_as_much(name: str) -> None:
    feed, told = UNITS[name]
    one, two = run(name, feed, **told), run(name, Stream(feed.flow * 2.0), **told)
    assert one.power + one.heat > 0.0
    assert two.power == pytest.approx(2.0 * one.power)
    assert two.heat == pytest.approx(2.0 * one.heat)
    for outlet, stream in one.outlets.items():
        assert two.outlets[outlet].flow == pytest.approx(2.0 * stream.flow), outlet
    for bought, stream in one.drawn.items():
        assert two.drawn[bought].flow == pytest.approx(2.0 * stream.flow), bought


@pytest.mark.parametrize("name", UNITS)
def test_ends_of_usual_ranges_can_be_run(name: str) -> None:
    feed, told = UNITS[name]
    kind = kind_of(name)
    for parameter in (one for one in kind.parameters if one.form in NUMERIC):
        for figure in usual_figures("step", kind, parameter):
            for end in (figure.low, figure.high):
                if end is not None:
                    run(name, feed, **told | {parameter.name: {figure.of: end} if figure.of else end})
