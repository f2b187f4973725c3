"""The wet route as a flowsheet with nothing but usual values, and the tables that these come from."""

from __future__ import annotations

import csv
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pytest

from chumbak.plant.components import element
from chumbak.plant.faults import VERIFICATIONS
from chumbak.plant.flowsheet import Flowsheet
from chumbak.plant.parameters import COLUMNS, NUMERIC, OTHERS
from chumbak.plant.reading import read
from chumbak.plant.solving import solve
from chumbak.plant.stream import mixed
from chumbak.plant.unit import imbalance
from chumbak.plant.units import kind_of
from tests.plant.units.wet import MAGNET, magnets, run

TABLES = ("ewaste", "extraction", "front", "leach", "liquor", "precipitate", "roast")


def route() -> Flowsheet:
    """Return drives to oxides: dismantled, demagnetised, roasted, leached, cleaned, parted, precipitated, calcined."""
    told: dict[str, Any] = {
        "flowsheet": "wet route",
        "hours_per_year": 7000,
        "feeds": {
            "drives": {
                "source": "made up",
                "parts": [
                    {"component": "device", "kg_per_h": 970, "elements": {"Al": 0.8, "Fe": "rest"}},
                    {"component": "magnet", "kg_per_h": 30, "elements": MAGNET | {"Fe": "rest"}},
                ],
            }
        },
        "steps": {
            "apart": {"kind": "dismantle", "in": "drives", "out": {"magnets": "magnets"}},
            "demagnetised": {"kind": "demagnetise", "in": "magnets", "out": {"magnets": "dead"}},
            "roaster": {"kind": "roast", "in": "dead", "out": {"roasted": "oxides"}},
            "leach": {"kind": "leach_selective", "in": "oxides", "out": {"liquor": "leached"}},
            "cleaning": {"kind": "remove_impurities", "in": "leached", "out": {"liquor": "clean"}},
            "cut": {
                "kind": "separate", "in": "clean", "out": {"light": "didymium", "heavy": "dysprosium"},
                "with": {"cut": "Tb"},
            },
            "light oxalate": {"kind": "oxalate", "in": "didymium", "out": {"oxalate": "c1", "filtrate": "f1"}},
            "heavy oxalate": {"kind": "oxalate", "in": "dysprosium", "out": {"oxalate": "c2", "filtrate": "f2"}},
            "light kiln": {"kind": "calcine", "in": "c1", "out": {"oxide": "NdPr oxide"}},
            "heavy kiln": {"kind": "calcine", "in": "c2", "out": {"oxide": "Dy oxide"}},
            "effluent": {"kind": "treat_effluent", "in": ["f1", "f2"], "out": {"liquor": "brine"}},
            "dry": {"kind": "evaporate", "in": "brine", "out": {"water": "distillate", "salts": "salt"}},
        },
    }  # fmt: skip
    return read(told, "route.yaml")


def test_the_wet_route_balances_and_gives_oxides() -> None:
    solution = solve(route())
    light, heavy = solution.streams["NdPr oxide"], solution.streams["Dy oxide"]
    fed = {name: 30 * share / sum(MAGNET.values()) for name, share in MAGNET.items()}
    assert light["oxide"][element("Nd")] == pytest.approx(fed["Nd"] * 0.97 * 0.992 * 0.993, rel=5e-3)
    assert heavy["oxide"][element("Dy")] == pytest.approx(fed["Dy"] * 0.97 * 0.992 * 0.993, rel=5e-3)
    metals = heavy["oxide"].copy()
    metals[element("O")] = 0.0
    assert metals[element("Dy")] / metals.sum() > 0.99
    for step in route().steps:
        inlets = {port: mixed(solution.streams[name] for name in names) for port, names in step.inlets.items()}
        result = step.kind.run(inlets, step.values)
        assert np.abs(imbalance(inlets, result)).max() < 1e-9 * 1e3, step.name


@pytest.mark.parametrize("table", TABLES)
def test_usual_values_are_sourced_and_possible(table: str) -> None:
    text = files("chumbak.plant").joinpath(f"data/parameters/{table}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(StringIO(text)))
    assert rows
    assert tuple(rows[0]) == COLUMNS
    seen = set()
    for row in rows:
        kind = kind_of(row["unit"])
        parameter = kind.parameter(row["parameter"])
        assert parameter is not None, row
        assert row["source"], row
        assert row["verification"] in VERIFICATIONS, row
        assert row["unit_of_measure"] == parameter.unit, row
        key = row["unit"], row["parameter"], row["of"]
        assert key not in seen, key
        seen.add(key)
        if parameter.form not in NUMERIC:
            assert row["value"] in parameter.choices, row
            continue
        value = float(row["value"])
        low, high = (float(row[side]) if row[side] else value for side in ("low", "high"))
        assert parameter.least <= low <= value <= high <= parameter.most, row
        if parameter.form == "by_element" and row["of"] != OTHERS:
            element(row["of"])
        if row["verification"] == "judgement":
            assert "judgement" in row["source"], row


@pytest.mark.parametrize(("leach", "dissolved"), [("leach_copper", 0.97), ("leach_full", 0.99)])
def test_unroasted_magnets_give_rare_earths_too(leach: str, dissolved: float) -> None:
    """Iron(II) of either leach is turned by air and falls; nitrates go the same way as chlorides."""
    liquor = run(leach, magnets(100.0)).outlets["liquor"]
    clean = run("remove_impurities", liquor)
    assert clean.figures["iron left"][0] == pytest.approx(0.01, rel=1e-3)
    cake = run("oxalate", clean.outlets["liquor"]).outlets["oxalate"]
    fed = 100.0 * MAGNET["Nd"] / sum(MAGNET.values())
    assert cake["oxalate"][element("Nd")] == pytest.approx(fed * dissolved * 0.992 * 0.993, rel=1e-6)
