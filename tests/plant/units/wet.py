"""What the tests of wet and front-end units share: calling a unit with its usual values, and feeds made at random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from chumbak.plant.components import ELEMENTS, Array, element
from chumbak.plant.flowsheet import Figure
from chumbak.plant.parameters import NUMERIC, usual_figures, usual_word, values_of
from chumbak.plant.stream import Stream, by_element, fixed, of, salts
from chumbak.plant.unit import Result, imbalance
from chumbak.plant.units import kind_of

MAGNET = {"Nd": 0.23, "Pr": 0.06, "Dy": 0.02, "Fe": 0.655, "Co": 0.01, "B": 0.01, "Al": 0.004, "Cu": 0.002, "O": 0.004,
          "C": 0.001, "N": 0.0005, "H": 0.0001}  # fmt: skip


def values(kind: str, **given: Any) -> dict[str, Any]:
    """Return what a unit is called with: what is given, else its usual values. By element: a mapping, or one number."""
    it = kind_of(kind)
    figures: list[Figure] = []
    words: dict[str, Any] = {}
    for parameter in it.parameters:
        told = given.pop(parameter.name, None)
        if parameter.form not in NUMERIC:
            word = usual_word(it, parameter) if told is None else told
            if word is not None:
                words[parameter.name] = word
            continue
        form = {"": told} if parameter.form == "number" else told if isinstance(told, Mapping) else {"others": told}
        usual = usual_figures("step", it, parameter) if told is None or isinstance(told, Mapping) else []
        figures += usual
        if told is not None:
            figures += [Figure("step", parameter.name, of, v, None, None, "", "", "") for of, v in form.items()]
    assert not given, given
    return values_of(it, figures, words)


def run(kind: str, feed: Stream, recycle: Stream | None = None, **given: Any) -> Result:
    """Run a unit and hold it to its balance, every element to 1e-9 of what flows."""
    inlets = {"feed": feed} | ({} if recycle is None else {"recycle": recycle})
    result = kind_of(kind).run(inlets, values(kind, **given))
    through = sum(one.total() for one in (*inlets.values(), *result.drawn.values()))
    gap = np.abs(imbalance(inlets, result))
    assert gap.max() <= 1e-9 * max(through, 1e-30), dict(zip(ELEMENTS, gap, strict=True))
    for where, flows in (("outlet", result.outlets), ("drawn", result.drawn)):
        for name, stream in flows.items():
            assert stream.flow.min() >= -1e-9 * max(through, 1e-30), (where, name)
    assert set(result.outlets) == {port.name for port in kind_of(kind).outlets}
    return result


def magnets(kg: float = 1.0, component: str = "magnet", **more: float) -> Stream:
    """Return magnets of a usual composition, kg/h."""
    total = sum((MAGNET | more).values())
    return of({component: by_element({name: kg * share / total for name, share in (MAGNET | more).items()})})


def simple(kg: float = 1.0) -> Stream:
    """Return the magnet of the stoichiometric rows: 31 % neodymium and 67 % iron, and nothing that acid touches."""
    return of({"magnet": by_element({"Nd": 0.31 * kg, "Fe": 0.67 * kg})})


def chlorides(kmol: Mapping[str, float], acid: float = 0.0, water: float = 1000.0) -> Stream:
    """Return a chloride liquor: kmol/h of metals and of free acid, kg/h of water."""
    metals = np.zeros(len(ELEMENTS))
    for name, much in kmol.items():
        metals[element(name)] = much
    rows: dict[str, Array] = {
        "chloride": salts("chloride", metals),
        "hydrochloric_acid": fixed("hydrochloric_acid", acid),
    }
    rows["water"] = fixed("water", water / 18.015)
    return of(rows)


amount = st.floats(0.0, 1.0).map(lambda x: 0.0 if x < 1e-6 else x)
MAGNET_FEEDS = st.fixed_dictionaries(
    dict.fromkeys(
        ["Nd", "Pr", "Dy", "Tb", "Ce", "La", "Sm", "Fe", "Co", "Ni", "Al", "Cu", "Ga", "Nb", "O", "C", "N", "H", "Au"],
        amount,
    )
    | {"B": st.floats(0.01, 1.0)}
).map(by_element)
METALS = st.fixed_dictionaries(dict.fromkeys(["Nd", "Pr", "Dy", "Ce", "Fe", "Al", "Co", "Cu", "Ca", "Na"], amount))
