"""Shocks of the pack as documents: shapes, what is counted, what must follow from the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from chumbak.answer import Answer
from chumbak.answer.document import schema
from chumbak.answer.shock import Shock
from chumbak.answer.shock_document import figures_of, stress_documents, users_document, whole_document
from chumbak.answer.shocks import Prepared, shock_of
from chumbak.pack.firms import read_firm
from chumbak.stress.weeks import WEEKS_A_YEAR, week_labels
from tests.conftest import ROOT

FIELDS = {
    "first_loss_week", "time_to_survive_weeks", "peak_loss", "lost_value", "recovery_week",
    "first_loss", "recovery", "lost_units", "unit", "sector",
}  # fmt: skip
SHORT = 60  # weeks


@pytest.fixture(scope="module")
def prepared(india_cut_off: Prepared) -> Prepared:
    return india_cut_off


@pytest.fixture(scope="module")
def drawn(prepared: Prepared) -> Shock:
    return shock_of(prepared, "full-stop-6m", weeks=SHORT, draws=40, seed=3, optimum=False)


@pytest.fixture(scope="module")
def whole(prepared: Prepared, drawn: Shock) -> dict[str, Any]:
    return whole_document(prepared.pack, drawn, seed=3)


def valid(name: str, content: dict[str, Any]) -> None:
    """Raise ``jsonschema.ValidationError`` if a part of answer.json has not its shape."""
    shapes = schema()
    jsonschema.validate(content, {**shapes["properties"][name], "$defs": shapes["$defs"]})


def test_every_episode_of_the_pack_is_in_an_answer(india: Answer) -> None:
    told = stress_documents(india.pack, india.stress)
    names = sorted(path.stem for path in (india.pack.path / "episodes").glob("*.yaml"))
    assert sorted(told["stress"]) == sorted(told["stress_in_all"]) == names
    valid("stress", told["stress"])
    valid("stress_in_all", told["stress_in_all"])
    for one in told["stress_in_all"].values():
        assert one["ranges"] is None
        assert set(one["costs"]) == {"rules"}
        assert (one["draws"], one["seed"]) == (0, None)


def test_of_a_user_there_is_what_was_promised_and_nothing_else(drawn: Shock) -> None:
    users = users_document(drawn)
    valid("stress", {drawn.episode: users})
    for one in users.values():
        assert set(one) == FIELDS
        if one["first_loss_week"] is None:
            assert one["first_loss"] is one["recovery"] is one["time_to_survive_weeks"] is None
            continue
        assert one["first_loss"] == week_labels(drawn.case.weeks[0], SHORT)[int(one["first_loss_week"])]
        assert one["first_loss_week"] <= one["time_to_survive_weeks"] <= one["first_loss_week"] + 1
        assert one["recovery_week"] is None or one["recovery_week"] > one["first_loss_week"]


def test_the_whole_is_the_sum_of_its_users(drawn: Shock, whole: dict[str, Any]) -> None:
    users = users_document(drawn)
    valid("stress_in_all", {drawn.episode: whole})
    assert whole["lost_value"] == pytest.approx(sum(one["lost_value"] for one in users.values()))
    year = WEEKS_A_YEAR * sum(user.value for user in drawn.case.users)
    assert whole["lost_share"] == pytest.approx(whole["lost_value"] / year)
    assert whole["more_stock"]["saves"] == pytest.approx(sum(whole["more_stock"]["by_user"].values()))
    assert whole["more_stock"]["worth"] > whole["more_stock"]["holding"] > 0
    assert (whole["begins_week"], whole["ends_week"]) == (0, 26)


def test_ranges_are_in_order_and_bands_hold_the_weeks(whole: dict[str, Any]) -> None:
    for one in whole["ranges"]["users"].values():
        assert one["lost_value"]["low"] <= one["lost_value"]["middle"] <= one["lost_value"]["high"]
        assert 0 <= one["share_hit"] <= 1
    for one in whole["sectors"].values():
        assert len(one["output"]) == len(one["low"]) == len(one["high"]) == SHORT
        assert all(low <= high for low, high in zip(one["low"], one["high"], strict=True))


def test_estimates_are_counted_of_the_pack_and_of_the_episode(prepared: Prepared, whole: dict[str, Any]) -> None:
    figures, of = figures_of(prepared.pack), whole["evidence"]
    guessed = sum(figure.confidence == "estimate" for figure in figures)
    assert of["by_confidence"]["estimate"] == guessed
    assert of["estimates"] == guessed + of["episode"]["estimate"]
    assert of["figures"] == len(figures) + sum(of["episode"].values())
    assert any(figure.key.endswith("going_without") for figure in figures)


def test_a_firm_is_told_apart(prepared: Prepared) -> None:
    firm = read_firm(Path(ROOT / "examples" / "firm.yaml"), prepared.pack)
    found = shock_of(prepared, "licence-2025", weeks=SHORT, firm=firm, draws=0, optimum=False)
    told = whole_document(prepared.pack, found, firm=firm)
    valid("stress_in_all", {"licence-2025": told})
    assert (told["of"], told["firm"]) == ("firm", firm.form.title)
    assert list(told["users"]) == [firm.form.name]
    assert told["more_stock"]["worth"] is None
    assert "of the firm" in told["convention"]
    assert len(figures_of(prepared.pack, firm=True)) < len(figures_of(prepared.pack))


def test_the_same_seed_gives_the_same_bytes(prepared: Prepared, drawn: Shock, whole: dict[str, Any]) -> None:
    again = shock_of(prepared, "full-stop-6m", weeks=SHORT, draws=40, seed=3, optimum=False)
    assert json.dumps(whole_document(prepared.pack, again, seed=3)) == json.dumps(whole)
    assert users_document(again) == users_document(drawn)
