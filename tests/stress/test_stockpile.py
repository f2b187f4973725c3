"""How much to hold: exactly the gap where it is worth it, and what is told is what the rules lose with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chumbak.stress.case import Behaviour
from chumbak.stress.episode import Episode, Event, Licence
from chumbak.stress.rules import Draws, play
from chumbak.stress.stockpile import SAID, stockpile, with_stock
from tests.stress.small import full_chain, home_chain, lone, random_case, stop

GAP = 26 - 3  # weeks that do not come, less those in stock


def dear(weekly: float, **more: object):  # type: ignore[no-untyped-def]
    """One user for whom a week of use costs so much to hold a year."""
    return replace(lone(**more), holding=np.array([weekly / 10.0]))  # type: ignore[arg-type]


@pytest.mark.parametrize(("weekly", "held"), [(0.49, GAP), (0.51, 0), (0.01, GAP), (0.0, GAP)])
def test_one_user_holds_the_gap_or_nothing(weekly: float, held: float) -> None:
    """A week held saves 5 M times one stop in ten years: it is worth 0.5 M a year."""
    found = stockpile(dear(weekly), [stop()], factors=(1.0,))
    assert float(found["weeks"][0]) == pytest.approx(held, abs=1e-6)
    assert float(found["tonnes"][0]) == pytest.approx(10 * held, abs=1e-5)
    assert float(found["held"][0]) == pytest.approx(4.0 * 10 * held, abs=1e-4)
    assert float(found["holding"][0]) == pytest.approx(weekly * held, abs=1e-5)
    assert float(found["loss_without"][0]) == pytest.approx(0.1 * GAP * 5.0)
    assert float(found["loss_with"][0]) == pytest.approx(0.1 * (GAP - held) * 5.0, abs=1e-5)


def test_of_two_episodes_the_frequent_one_is_bridged() -> None:
    short, long = replace(stop(12.0), weight=0.3), replace(stop(26.0), weight=0.02)
    found = stockpile(dear(0.2), [short, long], factors=(1.0, 0.4))
    assert float(found["weeks"][0]) == pytest.approx(12 - 3, abs=1e-6)
    assert found["curve_weeks"].values[:, 0] == pytest.approx([0, 9, 23], abs=1e-6)
    assert found["curve_loss"].values == pytest.approx([0.3 * 9 * 5 + 0.02 * 23 * 5, 0.02 * 14 * 5, 0.0], abs=1e-5)
    assert found["curve_avoided"].values == pytest.approx(found["curve_loss"].values[0] - found["curve_loss"].values)
    assert found["factor"].values.tolist() == [np.inf, 1.0, 0.4]


def test_draws_are_equally_likely() -> None:
    draws = Draws(np.ones((4, 1)), np.ones((4, 1)), np.tile([4.0, 2.0], (4, 1)))
    episode = Episode("x", "X", (Event(("BBB",), weeks=np.array([5.0, 10.0, 15.0, 20.0])),), weight=0.4)
    for weekly, held in (
        (1.1, 7.0),
        (0.9, 12.0),
    ):  # weeks 8 to 12 are saved in two draws of four: 5 M, 0.2 times a year
        found = stockpile(dear(weekly), [episode], draws, factors=(1.0,))
        assert float(found["weeks"][0]) == pytest.approx(held, abs=1e-6)


def test_an_episode_that_never_comes_asks_for_no_stock() -> None:
    for episodes in ([replace(stop(), weight=0.0)], []):
        found = stockpile(dear(0.0), episodes)
        assert not found["tonnes"].values.any()
        assert not found["loss_without"].values.any()


def test_stock_that_costs_less_is_held_more_and_loses_less_by_rules() -> None:
    """Of users who cannot put one grade in another's place, every further stock saves something."""
    episodes = [
        stop(licence=Licence(6.0, 0.5, {"defence": 0.0})),
        replace(stop(12.0, ("BBB", "CCC", "home")), weight=0.2),
    ]
    found = stockpile(home_chain(), episodes)
    assert (np.diff(found["curve_held"].values) >= -1e-9).all()
    assert (np.diff(found["curve_loss"].values) <= 1e-6).all()
    assert found["curve_loss"].values[-1] < 0.1 * found["curve_loss"].values[0]


def test_more_stock_never_loses_more_for_a_single_user() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        chain = lone((0.7, 0.3), lag=(rng.uniform(0, 6), 2.0), behaviour=Behaviour(surge=rng.uniform(1, 2)))
        episode = stop(
            rng.uniform(3, 40), stopped=rng.uniform(0.3, 1), licence=Licence(rng.uniform(1, 8), rng.uniform(0, 1))
        )
        lost = []
        for weeks in (0.0, 1.0, 3.0, 7.0, 20.0):
            more, draws = with_stock(chain, np.array([10.0 * weeks]))
            lost.append(float((1 - play(more, episode, draws).output).sum()))
        assert (np.diff(lost) <= 1e-9).all(), lost


def test_scaling_all_tonnes_scales() -> None:
    plain = full_chain()
    names = ("use", "reserve")
    large = replace(
        plain, **{name: 7 * getattr(plain, name) for name in names}, holding=plain.holding / 7,
        plants=replace(plain.plants, capacity=7 * plain.plants.capacity),
    )  # fmt: skip
    small, large = (stockpile(one, [stop()], factors=(1.0, 0.25)) for one in (plain, large))
    assert large["curve_tonnes"].values == pytest.approx(7 * small["curve_tonnes"].values, abs=1e-4)
    assert large["curve_weeks"].values == pytest.approx(small["curve_weeks"].values, abs=1e-5)
    assert large["curve_loss"].values == pytest.approx(small["curve_loss"].values, abs=1e-5)


def test_extra_stock_is_there_in_every_draw() -> None:
    chain, _, draws = random_case(np.random.default_rng(2))
    extra = np.array([1.0, 2.0, 3.0, 0.0, 0.0, 0.0])
    for given in (replace(chain, stock=None, on_the_way=None), replace(chain, stock=chain.use[0])):
        more, drawn = with_stock(given, extra, draws)
        before, after = (
            play(*one, keep=True).trace["before"][0] for one in ((given, stop(), draws), (more, stop(), drawn))
        )
        assert after - before == pytest.approx(np.broadcast_to(extra, before.shape))


def test_all_is_labelled() -> None:
    found = stockpile(full_chain(), [stop()], factors=(1.0,))
    assert set(found) == set(SAID)
    for name, values in found.items():
        assert values.attrs == {"units": SAID[str(name)][0], "long_name": SAID[str(name)][1]}
    assert found["good"].values.tolist() == ["guard|magnet|SH", "scooter|magnet|SH", "scooter|magnet|M"]
    assert found["holder"].values.tolist() == ["guard", "scooter", "scooter"]
