"""Plants beside a pack: recoveries, verdicts, and what the report says of them."""

from __future__ import annotations

import pytest

from chumbak.answer.plant_recipe import plant_recipes, plants_beside, won_by
from chumbak.pack import Pack, PackError
from chumbak.plant import PlantError, read, solve
from chumbak.plant.ready import names, ready
from chumbak.plant.recipe import recoveries
from chumbak.report.plant_words import beside_sentences
from tests.plant.sheets import looping

VERDICTS = {"agrees with the pack's range", "below the pack's range", "above the pack's range", "not in the pack"}


@pytest.mark.parametrize("name", names())
def test_every_ready_plant_stands_beside_the_pack(name: str, india_pack: Pack, capsys: pytest.CaptureFixture) -> None:  # type: ignore[type-arg]
    document = plant_recipes(ready(name), india_pack, 0, 0)
    assert document["recipes"]
    for process, by in document["recipes"].items():
        assert by, process
        for element, one in by.items():
            assert one["verdict"] in VERDICTS
            assert one["in_pack"] is not None, (process, element)
            assert 0 < one["recovery"] <= 1
    with capsys.disabled():
        for sentence in beside_sentences([row for row in plants_beside(india_pack) if row["flowsheet"] == name],
                                         india_pack.nouns):  # fmt: skip
            print(f"\n{sentence}", end="")


def test_recoveries_are_those_of_the_streams() -> None:
    told = looping(0.5)
    told["recipes"] = {"reuse": {"from": "scrap", "to": "out"}}
    solved = solve(read(told, "looping"))
    found = recoveries(solved, "reuse")
    # all but the water that the sieve takes out comes round until it leaves
    assert found["Nd"] == pytest.approx(1.0)
    assert found["Fe"] == pytest.approx(1.0)
    assert "H" not in found  # reagents and water bring and take it: no recovery


def test_only_what_a_process_is_there_for_is_compared(india_pack: Pack) -> None:
    """A trace of iron in an oxide is no recovery of iron."""
    assert won_by(india_pack, "leach_magnets") == {"Nd", "Pr", "Dy", "Tb", "Sm"}
    assert "Fe" in won_by(india_pack, "sinter")
    document = plant_recipes(ready("magnets_to_oxides_1t_day"), india_pack, 0, 0)
    assert set(document["recipes"]["leach_magnets"]) == {"Nd", "Pr", "Dy", "Tb"}


def test_the_report_says_where_they_disagree(india_pack: Pack) -> None:
    rows = {row["process"]: row for row in plants_beside(india_pack)}
    assert rows["leach_magnets"]["verdict"] == "agrees with the pack's range"
    # what a cascade loses in entrainment and intermediate cuts is not modelled, and the pack has it
    assert rows["separate_chloride"]["verdict"] == "above the pack's range"
    said = " ".join(beside_sentences(list(rows.values()), india_pack.nouns))
    assert "the plant agrees with the pack's range" in said
    assert "the plant lies above the pack's range" in said


def test_plants_alike_but_for_size_count_once(india_pack: Pack) -> None:
    told = [row["flowsheet"] for row in plants_beside(india_pack) if row["process"] == "leach_magnets"]
    assert told[0] == "magnets_to_oxides_1t_day"
    assert "magnets_to_oxides_100t_day" not in told


def test_what_cannot_be_compared_is_said(india_pack: Pack) -> None:
    with pytest.raises(PlantError, match="names no process of a chain"):
        plant_recipes(read(looping(), "looping"), india_pack, 0, 0)
    told = looping()
    told["recipes"] = {"leach_magnet": {"from": "scrap", "to": "out"}}
    with pytest.raises(PackError, match="Did you mean 'leach_magnets'"):
        plant_recipes(read(told, "looping"), india_pack, 0, 0)
