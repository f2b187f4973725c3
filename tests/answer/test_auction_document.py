"""The auction as a document: it agrees with the engine, says what is invented, refuses what does not go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chumbak.answer.auction_document import auction_case, auction_of
from chumbak.pack import Pack
from chumbak.scheme.auction import summary
from chumbak.scheme.instruments import INSTRUMENTS
from chumbak.scheme.rules import SchemeError
from tests.printed import validate

DRAWS = 60


def asked(pack: Pack, **more: Any) -> dict[str, Any]:
    given = {"bidders": None, "draws": DRAWS, "seed": 2, "instruments": ("scheme",), **more}
    return auction_of(pack, given.pop("name", None), **given)


@pytest.fixture(scope="module")
def found(india_pack: Pack) -> dict[str, Any]:
    return asked(india_pack, instruments=INSTRUMENTS)


def test_it_has_the_shape_that_is_documented(india_pack: Pack, found: dict[str, Any]) -> None:
    validate({"pack": india_pack.name, "simulate": found}, "simulate")
    for more in ({"instruments": ("floor",)}, {"bidders": 1, "draws": 2, "margin": 9.0}, {"noise": 0.0}):
        validate({"pack": india_pack.name, "simulate": asked(india_pack, **more)}, "simulate")


def test_it_agrees_with_the_engine(india_pack: Pack, found: dict[str, Any]) -> None:
    case = auction_case(india_pack, None)
    data = case.play(DRAWS, 2, "scheme")
    over, told = summary(data), found["by_instrument"]["scheme"]
    assert told["spend"] * 1e6 == pytest.approx(float(over["spend"]), rel=1e-8)
    for name in ("bids", "awards", "awarded_t", "alive_t", "cost_of_alive", "cost_of_delivered", "curse_margin"):
        assert told[name] == pytest.approx(float(over[name]), rel=1e-8)
    assert found["awards"]["count"] == told["awards"]
    assert sum(found["awards"]["chances"].values()) == pytest.approx(1)
    assert found["most_tonnes"] == 6000


def test_the_years_add_up_to_what_is_spent(found: dict[str, Any]) -> None:
    years = found["spend_by_year"]
    assert sum(one["mean"] for one in years.values()) == pytest.approx(found["by_instrument"]["scheme"]["spend"])
    assert list(years) == [str(year) for year in range(2027, 2034)]
    assert years["2027"] == years["2028"] == {"mean": 0, "low": 0, "high": 0}  # it pays from commissioning on
    assert all(one["low"] <= one["mean"] <= max(one["high"], one["mean"]) for one in years.values())
    assert found["outlay"] == {"incentive": 64_500, "capital": 7_500, "total": 72_000}
    assert all(one["most_spend"] <= 72_000 for one in found["by_instrument"].values())


def test_rules_and_assumptions_are_named(found: dict[str, Any]) -> None:
    assert {"R12", "R14a"} <= {one["id"] for one in found["rules_inferred"]}
    assert "R13c" in {one["id"] for one in found["rules_unknown"]}
    assert found["invented"]
    assert {one["confidence"] for one in found["assumptions"]} == {"estimate"}
    assert all(one["source"] and one["note"] for one in found["assumptions"])
    assert "behaviours.plain.margin" in [one["name"] for one in found["assumptions"]]


def test_shading_lowers_the_curse(found: dict[str, Any]) -> None:
    curse = found["curse"]
    assert curse["of"] == ["plain", "careful"]
    errors = [curse[name]["curse_margin"] for name in ("unshaded", "as_told", "shaded")]
    assert errors == sorted(errors, reverse=True)


def test_without_noise_there_is_no_curse(india_pack: Pack) -> None:
    still = asked(india_pack, noise=0.0)
    assert still["by_instrument"]["scheme"]["curse_margin"] == pytest.approx(0, abs=1e-8)
    assert still["curse"]["as_told"]["curse_margin"] == pytest.approx(0, abs=1e-8)
    row = next(one for one in still["assumptions"] if one["name"] == "unsure.capital.noise")
    assert (row["value"], row["confidence"]) == (0, "set by you")


def test_what_wins_wins(india_pack: Pack) -> None:
    """Against an auction in which all awards are made, the bid that wins in half is the middle of the highest."""
    full = asked(india_pack, switches=["most_awards=1"])
    bids = full["bids"]
    case = auction_case(india_pack, None, switches=["most_awards=1"])
    data = case.play(DRAWS, 2, "scheme")
    paid = data["paid"].max("bidder").values
    assert bids["wins_in_half"] == pytest.approx(np.quantile(np.where(np.isnan(paid), 2150.0, paid), 0.5))
    chances = list(bids["chances"].values())
    assert chances == sorted(chances, reverse=True)
    assert list(bids["chances"])[-1] == "2150"
    assert chances[-1] == pytest.approx(bids["places_left"])  # at the ceiling only a place that is left over
    assert bids["wins_in_nine_of_ten"] <= bids["wins_in_half"] <= full["ceiling"]


def test_what_the_user_sets(india_pack: Pack) -> None:
    few = asked(india_pack, bidders=3, margin=0.2, switches=["match_lowest=true"])
    assert few["bidders"] == 3
    assert few["switches"] == [{"rule": "R13b", "value": "match_lowest", "set": True, "unit": ""}]
    assert {one["value"] for one in few["assumptions"] if one["name"].endswith(".margin")} == {0.2}
    assert asked(india_pack) == asked(india_pack)
    assert asked(india_pack) != asked(india_pack, seed=3)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"instruments": ("gift",)}, "'gift' is no instrument"),
        ({"instruments": ()}, "No instrument is named"),
        ({"draws": 0}, "0 draws are not from 1"),
        ({"draws": 10_000, "bidders": 1000}, "Ask for at most 500 draws"),
        ({"bidders": 0}, "--bidders 0 is not from 1"),
        ({"margin": 11.0}, "--margin 11 is not from"),
        ({"noise": float("nan")}, "--noise nan is not from"),
        ({"seed": -1}, "seed -1"),
        ({"switches": ["most_tonne=7"]}, "Did you mean 'most_tonnes'"),
        ({"switches": ["least=1000"]}, "size bid for is none of 1000 to 1200"),
    ],
)
def test_mistakes_say_how_to_mend_them(india_pack: Pack, more: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemeError, match=says):
        asked(india_pack, **more)
