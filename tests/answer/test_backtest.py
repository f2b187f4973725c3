"""The episode of 2025, played from what was known of three makers: what the model catches, and what it misses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chumbak.answer.backtest import Backtest, Compared, backtest
from chumbak.answer.backtest_document import backtest_document
from chumbak.answer.shocks import Prepared

NAME = "scooters-2025"


@pytest.fixture(scope="module")
def played(india_cut_off: Prepared) -> Backtest:
    return backtest(india_cut_off, NAME)


def of(played: Backtest, firm: str, what: str, period: str) -> Compared:
    return next(
        one for one in played.compared if (one.firm, one.what) == (firm, what) and one.period.startswith(period)
    )


@pytest.mark.parametrize(
    ("what", "period"),
    [("first_loss", "2025-06"), ("output", "2025-06"), ("output", "2025-07"), ("recovery", "2025-08")],
)
def test_the_band_holds_what_was_seen_of_the_maker_that_was_hit(played: Backtest, what: str, period: str) -> None:
    assert of(played, "chetak", what, period).inside


@pytest.mark.parametrize("firm", ["iqube", "ather"])
def test_the_band_holds_that_the_others_were_not_hit_in_july(played: Backtest, firm: str) -> None:
    july = of(played, firm, "output", "2025-07")
    assert july.observed[0] >= 1
    assert july.inside
    hit = of(played, "chetak", "output", "2025-07")
    assert july.model[1] > 2 * hit.model[1], "the maker that was hit is to be told from those that were not"


def test_the_band_is_narrow_enough_to_say_something(played: Backtest) -> None:
    """A band that holds everything tells nothing: of the maker that was hit, July is lost in part in every draw."""
    assert of(played, "chetak", "output", "2025-07").model[2] < 0.8
    first = of(played, "chetak", "first_loss", "2025-06").model
    assert first[2] - first[0] < 12
    assert played.share_hit["chetak"] > 0.95


def test_what_was_held_back_is_told_whether_it_is_caught_or_missed(played: Backtest) -> None:
    held_back = [one for one in played.compared if one.held_back]
    assert len(held_back) >= 3
    assert of(played, "iqube", "output", "2025-06") in held_back
    assert of(played, "iqube", "output", "2025-06").inside
    told = backtest_document(played)
    assert [one["period"] for one in told["misses"]] == [one.period for one in played.compared if not one.inside]
    assert told["inside"] + len(told["misses"]) == len(played.compared)


def test_without_the_restriction_nobody_is_hit(played: Backtest) -> None:
    """The band comes from the episode: the weeks before anything can have arrived late are whole in all draws."""
    for band in played.bands.values():
        assert np.all(band[:, :3] == 1.0)


def test_the_same_seed_gives_the_same_bands(india_cut_off: Prepared, played: Backtest) -> None:
    again = backtest(india_cut_off, NAME)
    for firm, band in played.bands.items():
        assert np.array_equal(band, again.bands[firm])


def test_how_inputs_are_known_is_counted(played: Backtest) -> None:
    said = backtest_document(played)["convention"]
    total, *parts = (int(number) for number in re.findall(r"\b(\d+) (?:inputs|said|measured|told after|judged)", said))
    assert total == sum(parts)
    assert len(parts) == 4
    assert min(parts) > 0
