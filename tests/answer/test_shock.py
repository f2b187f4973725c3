"""Shocks of the pack as documents: shapes, what is counted, what must follow from the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from chumbak.answer import Answer
from chumbak.answer.document import schema
from chumbak.answer.firm_case import firm_case
from chumbak.answer.shock import Shock, shock
from chumbak.answer.shock_document import figures_of, stress_documents, users_document, whole_document
from chumbak.answer.shocks import Prepared, holds, shock_of
from chumbak.answer.weekly_draws import Drawn, Streams, central, values
from chumbak.pack.episodes import read_episode
from chumbak.pack.firms import read_firm
from chumbak.stress.episode import Episode, Event
from chumbak.stress.rules import Draws, play
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


def test_estimates_are_counted_of_the_pack_and_of_the_episode(
    prepared: Prepared, drawn: Shock, whole: dict[str, Any]
) -> None:
    case = drawn.case
    figures, of = figures_of(prepared.pack, case), whole["evidence"]
    guessed = sum(figure.confidence == "estimate" for figure in figures)
    assert of["by_confidence"]["estimate"] == guessed
    assert of["estimates"] == guessed + of["episode"]["estimate"]
    assert of["figures"] == len(figures) + sum(of["episode"].values())
    assert any(figure.key.endswith("going_without") for figure in figures)
    products = {figure.key.split(".")[1] for figure in figures if figure.key.startswith("product.")}
    assert products
    assert products <= {user.name for user in case.users}  # not of products that nobody makes here


def test_a_firm_is_told_apart(prepared: Prepared, drawn: Shock) -> None:
    firm = read_firm(Path(ROOT / "examples" / "firm.yaml"), prepared.pack)
    found = shock_of(prepared, "licence-2025", weeks=SHORT, firm=firm, draws=0, optimum=False)
    told = whole_document(prepared.pack, found, firm=firm)
    valid("stress_in_all", {"licence-2025": told})
    assert (told["of"], told["firm"]) == ("firm", firm.form.title)
    assert list(told["users"]) == [firm.form.name]
    assert told["more_stock"]["worth"] is None
    assert "of the firm" in told["convention"]
    assert told["without"] is None  # the example is at rest
    assert len(figures_of(prepared.pack, found.case, firm)) < len(figures_of(prepared.pack, drawn.case))


def test_what_is_lost_without_the_episode_is_not_of_it(prepared: Prepared, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "firm.yaml").read_text()
    for old, new in (("{value: 3, unit: week}", "{value: 0, unit: week}"), ("{value: 2, unit", "{value: 0.5, unit")):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (tmp_path / "firm.yaml").write_text(text)
    firm = read_firm(tmp_path / "firm.yaml", prepared.pack)
    case = firm_case(prepared.pack, firm, "2027-W14", SHORT, holds(prepared, "2027-W14"))
    nothing = Episode("zero", "Nothing", (Event(("CHN",), weeks=26.0, stopped=0.0),))
    found = shock(Drawn(case, nothing, Draws.central(case)), "Nothing", optimum=False)
    assert found.alone is not None  # the grade N does not reach
    assert float(found.alone["lost_value"].sum()) > 0
    assert float(found.users["lost_value"].sum()) == 0
    assert np.isnan(found.users["first_loss"]).all()
    assert not found.saved.any()
    assert float(found.goods["deepest"].max()) == 0
    stopped = shock_of(prepared, "full-stop-6m", weeks=SHORT, firm=firm, draws=30, optimum=False)
    told = whole_document(prepared.pack, stopped, firm=firm)
    valid("stress_in_all", {"full-stop-6m": told})
    without = told["without"][firm.form.name]
    assert without["grades"]["N"]["first_short_week"] == without["first_loss_week"]
    played = play(case, central(case, read_episode(prepared.pack, "full-stop-6m")).episode)
    in_all = float((1 - played.output).sum() * case.value_of_use[0])
    assert told["lost_value"] + without["lost_value"] == pytest.approx(in_all)


def test_a_range_on_value_widens_the_band_and_leaves_the_central_value(prepared: Prepared, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "firm.yaml").read_text()
    assert "low: 30000, high: 50000, " in text
    (tmp_path / "firm.yaml").write_text(text.replace("low: 30000, high: 50000, ", ""))

    def of(path: Path) -> Shock:
        firm = read_firm(path, prepared.pack)
        return shock_of(prepared, "full-stop-6m", weeks=SHORT, firm=firm, draws=200, optimum=False)

    ranged, plain = of(ROOT / "examples" / "firm.yaml"), of(tmp_path / "firm.yaml")
    assert ranged.users.equals(plain.users)
    assert ranged.spread is not None
    assert plain.spread is not None
    assert ranged.spread["lost_units"].equals(plain.spread["lost_units"])
    low, middle, high = (ranged.spread["lost_in_all"] / plain.spread["lost_in_all"]).values
    assert low < middle < high
    assert high > 1.05


def test_what_going_without_costs_is_drawn_for_every_user(prepared: Prepared, drawn: Shock) -> None:
    found = values(prepared.pack, drawn.case, Streams(1, 400))
    names = [user.name for user in drawn.case.users]
    assert np.median(found, axis=0) == pytest.approx(1.0, rel=0.1)
    defence = found[:, names.index("defence")]  # 500 of 100 to 2,000
    assert np.quantile(defence, [0.05, 0.95]) == pytest.approx([0.2, 4.0], rel=0.3)


def test_grades_of_a_user_bear_what_it_loses(drawn: Shock, whole: dict[str, Any]) -> None:
    users = users_document(drawn)
    for name, goods in whole["goods"].items():
        assert sum(one["lost_value"] for one in goods.values()) == pytest.approx(users[name]["lost_value"], rel=1e-6)
        assert sum(one["lost_units"] for one in goods.values()) == pytest.approx(users[name]["lost_units"], rel=1e-6)
        first = [one["first_short_week"] for one in goods.values() if one["first_short_week"] is not None]
        if users[name]["first_loss_week"] is not None:
            assert min(first) <= users[name]["first_loss_week"]
        for one in goods.values():
            if one["first_short_week"] is not None:
                assert one["first_short_week"] <= one["time_to_survive_weeks"] <= one["first_short_week"] + 1
                assert one["recovery_week"] is None or one["recovery_week"] > one["first_short_week"]


def test_the_same_seed_gives_the_same_bytes(prepared: Prepared, drawn: Shock, whole: dict[str, Any]) -> None:
    again = shock_of(prepared, "full-stop-6m", weeks=SHORT, draws=40, seed=3, optimum=False)
    assert json.dumps(whole_document(prepared.pack, again, seed=3)) == json.dumps(whole)
    assert users_document(again) == users_document(drawn)
