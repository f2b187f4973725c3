"""Figures of a pack that no plan can be made of: told together, with how to mend them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.answer.planning import planning_case
from chumbak.pack import PackError, load

HEADER = "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note"


def overlay(folder: Path, *rows: str) -> Path:
    path = folder / "own.csv"
    lines = [f"{key},all,{value},,,{unit},{''.join(basis)},,,,Toyland,a test,low,"
             for key, value, unit, *basis in map(str.split, rows)]  # fmt: skip
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def test_what_no_plan_can_be_made_of_is_told_together(tmp_path: Path) -> None:
    own = overlay(
        tmp_path, "plant.mine.availability 0 1", "policy.repm_capital.first_year 2036 year",
        "plan.first_decision 2060 year",
    )  # fmt: skip
    with pytest.raises(PackError) as told:
        planning_case(load("india", "reference", (own,)))
    said = str(told.value)
    assert {fault.kind for fault in told.value.faults} == {"no-such-plant", "ends-before-it-begins", "no-decision"}
    assert "plant.mine.availability is 0; it has to be above 0 and at most 1" in said
    assert "the policy 'repm_capital' begins in 2036, after its last year 2033" in said
    assert "the first decision is in 2060, and the plan ends in 2047" in said


def test_a_first_decision_in_the_middle_of_a_year_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"the first decision is in 2027\.5, which is no whole year"):
        planning_case(load("india", "reference", (overlay(tmp_path, "plan.first_decision 2027.5 year"),)))


def test_a_scale_of_plants_is_said_whole_or_not_at_all(tmp_path: Path) -> None:
    own = overlay(
        tmp_path, "plant.mine.reference 4000 t/year gross", "plant.bonded.most 500 t/year gross",
        "plant.hydromet.most 300 t/year gross",
    )  # fmt: skip
    with pytest.raises(PackError) as told:
        planning_case(load("india", "reference", (own,)))
    said = str(told.value)
    assert {fault.kind for fault in told.value.faults} == {"half-a-scale", "no-such-plant"}
    assert "plant.mine has some of the figures reference, scale and most, and not both of the first two" in said
    assert "plant.bonded has some of the figures" in said
    assert "plant.hydromet.most is 300, less than plant.hydromet.least, 400" in said
