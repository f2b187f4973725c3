"""Files that are like another flowsheet but for a few fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.plant import PlantError, load
from chumbak.plant.ready import ready, whole

LIKE = "like: magnets_to_oxides_1t_day\nflowsheet: mine\n"


def _read(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_fields_take_the_place_of_those_of_the_other(tmp_path: Path) -> None:
    base = ready("magnets_to_oxides_1t_day")
    mine = load(_read(tmp_path, LIKE + "hours_per_year: 4000\nsteps: {effluent: {with: {ph: 8}}}\nnotes: [ours]\n"))
    assert (mine.name, mine.hours, mine.notes) == ("mine", 4000, ("ours",))
    assert mine.step("effluent").values["ph"] == 8
    assert mine.step("leach").values.keys() == base.step("leach").values.keys()
    assert mine.feeds.keys() == base.feeds.keys()
    assert mine.products == base.products


def test_a_figure_is_replaced_whole(tmp_path: Path) -> None:
    """The source of one figure must not stand beside the value of another."""
    mine = load(
        _read(tmp_path, LIKE + "costs: {prices: {NdPr oxide: {price: 100, unit: kg, currency: USD, year: 2026}}}")
    )
    price = mine.terms.prices["NdPr oxide"]  # type: ignore[union-attr]
    assert (price.value, price.source, price.verification) == (100, "mine.yaml", "yours")
    assert "low" not in price.fields


def test_nothing_takes_a_field_out(tmp_path: Path) -> None:
    mine = load(_read(tmp_path, LIKE + "costs: null\n"))
    assert mine.terms is None


def test_parameters_are_laid_over_each_other_whatever_they_are_called() -> None:
    """``with`` of a splitter holds 'share', as a price may: it is no figure with a source."""
    told = whole({"like": "magnets_to_oxides_1t_day", "steps": {"sieve": {"with": {"value": 1}}}}, "x.yaml")
    assert isinstance(told, dict)
    assert set(told["steps"]["sieve"]["with"]) == {"shares", "value"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("like: magnets_to_oxide\n", "mine.yaml, like: no flowsheet 'magnets_to_oxide' comes along; did you mean"),
        (LIKE + "steps: {leech: {kind: mix}}\n", "step 'leech'"),
        (LIKE + "stepps: {}\n", "there is no field 'stepps'; did you mean 'steps'"),
        ("like: [", "mine.yaml cannot be used: line 1"),
        ("like: magnets_to_oxides_1t_day\nsteps: {}\nsteps: {}\n", "line 3: 'steps' stands twice"),
        ("[" * 5_000, "is nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlantError) as raised:
        load(_read(tmp_path, text))
    assert said in str(raised.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    with pytest.raises(PlantError, match="no flowsheet 'x' comes along"):
        ready("x")
