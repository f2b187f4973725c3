"""Flowsheets read: every fault at once, each with its place and how to mend it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from chumbak.plant import PlantError, load, read
from chumbak.plant.components import element
from chumbak.plant.faults import VERIFICATIONS
from chumbak.plant.parameters import COLUMNS, usual
from chumbak.plant.units import kinds
from tests.plant.sheets import looping


def _set(told: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    told = deepcopy(told)
    *way, last = path.split("/")
    at: Any = told
    for part in way:
        at = at[int(part)] if isinstance(at, list) else at[part]
    at[last] = value
    return told


def test_shares_by_elements_and_by_oxides() -> None:
    feed = read(looping(), "looping").feeds["scrap"]
    assert feed["magnet"][element("Fe")] == pytest.approx(69)
    # 3.5 kg of Nd2O3 hold 3.5 x 2 x 144.242 / 336.481 of Nd, now as chloride
    assert feed["chloride"][element("Nd")] == pytest.approx(3.5 * 288.484 / 336.481)
    assert feed["chloride"][element("Cl")] == pytest.approx(
        3 * 35.45 * (feed["chloride"][element("Nd")] / 144.242 + feed["chloride"][element("Pr")] / 140.90766)
    )


WRONG = {
    "an open loop": ("steps/mixing/in", ["scrap", "bak"], "comes from nowhere: the loop or line is open; did you mean"),
    "two takers": ("steps/sieve/in", ["all", "scrap"], "goes to 'mixing.feed' and to 'sieve.feed'; split it first"),
    "two makers": ("steps/part/out", {"first": "all", "second": "out"}, "comes from 'mixing' and from 'part.first'"),
    "a kind unknown": ("steps/part/kind", "splitt", "no kind of unit 'splitt'; did you mean 'split'"),
    "a share beyond": ("steps/part/with/share", 1.5, "'share' is 1.5 kg/kg; it lies from 0 to 1"),
    "no share": ("steps/part/with", {}, "'share' (share that leaves by the first outlet, kg/kg) is not given"),
    "no number": ("steps/part/with/share", "half", "value is 'half'; write a number"),
    "a field unknown": ("step", {}, "there is no field 'step'; did you mean 'steps'"),
    "too much": ("feeds/scrap/parts/0/elements/Nd", 1.2, "the shares sum to 1.21 without the rest, Fe"),
    "not one": ("feeds/scrap/parts/2/oxides", {"Nd": 0.7, "Pr": 0.2}, "the shares sum to 0.9, not to 1"),
    "no such element": ("feeds/scrap/parts/0/elements/Xx", 0.1, "the element 'Xx' is not carried"),
    "no such component": ("feeds/scrap/parts/0/component", "magnets", "there is no component 'magnets'"),
    "negative": ("feeds/scrap/parts/1/kg_per_h", -5, "-5 kg/h of 'water' is negative"),
    "hours": ("hours_per_year", 9000, "more than 0, at most 8784"),
    "range": ("steps/part/with/share", {"value": 0.5, "low": 0.6}, "0.5 does not lie in its range"),
    "sure": ("steps/part/with/share", {"value": 0.5, "verification": "guess"}, "says nothing of how sure it is"),
    "a target unknown": ("target", {"stream": "ou", "kg_per_h": 1}, "scaled to the stream 'ou', which there is not"),
    "a product inside": ("products/dry", "x", "the product 'dry' does not leave the plant: it is taken by part.feed"),
    "feeds unused": ("feeds/more", {"parts": [{"component": "water", "kg_per_h": 1}]}, "the feed 'more' goes nowhere"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(name: str) -> None:
    path, value, said = WRONG[name]
    with pytest.raises(PlantError) as raised:
        read(_set(looping(), path, value), "mine.yaml")
    assert said in str(raised.value)
    assert "mine.yaml" in str(raised.value)


def test_every_fault_is_told_at_once() -> None:
    told = _set(_set(looping(), "steps/part/with/share", 1.5), "feeds/scrap/parts/1/kg_per_h", -5)
    with pytest.raises(PlantError) as raised:
        read(told, "mine.yaml")
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize("told", [None, [], "plant", 3, {}, {"steps": []}, {"feeds": {"a": 1}, "steps": {"b": 2}}])
def test_nonsense_is_refused(told: object) -> None:
    with pytest.raises(PlantError):
        read(told, "mine.yaml")


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(PlantError, match="cannot be used: line 1"):
        load(tmp_path / "bad.yaml")


def test_tables_of_usual_values_fit_the_units() -> None:
    for (unit, name), rows in usual().items():
        parameter = kinds()[unit].parameter(name)
        assert parameter is not None, (unit, name)
        for row in rows:
            assert tuple(row) == COLUMNS, (unit, name)
            assert row["verification"] in VERIFICATIONS, (unit, name)
            assert row["source"], (unit, name)
            if parameter.form in ("number", "by_element", "by_component"):
                low, value, high = (float(row[key] or row["value"]) for key in ("low", "value", "high"))
                assert parameter.least <= low <= value <= high <= parameter.most, (unit, name)
                assert row["unit_of_measure"] == parameter.unit, (unit, name)
