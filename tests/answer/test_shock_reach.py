"""How far an episode reaches, which home plants stand, and that no draw lacks anything without a shock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chumbak.answer.shock_reach import idle, later, reach
from chumbak.answer.shocks import Prepared, default_start, stands_in
from chumbak.answer.weekly_case import weekly_case
from chumbak.answer.weekly_draws import Streams, at_rest, drawn
from chumbak.pack.episodes import read_episode
from chumbak.stress.case import HOME
from chumbak.stress.episode import Episode, Event
from chumbak.stress.rules import Draws, play
from tests.stress.small import QUIET, full_chain, home_chain, lone, stop


def test_what_is_stopped_is_of_what_users_take() -> None:
    """Of 20 t/week that users take, 5.6 are of BBB's SH, 4.2 of BBB's M: what plants hold does not count."""
    case = home_chain()
    found = reach(case, stop(stages=("magnet",), kinds=("SH",)))
    assert found.abroad == pytest.approx(0.5 * 14 / 20)
    assert found.home == pytest.approx(0.5 * 14 / 20)
    assert reach(case, stop()).abroad == pytest.approx((0.5 * 14 + 0.7 * 6) / 20)
    assert (found.thinnest, found.holder, found.capacity, found.delay) == (3.0, "scooter", {}, 0.0)
    assert reach(case, stop(stopped=0.0, delay=2.0)).delay == 2.0


def test_what_home_plants_lose_is_told_by_rung_and_none_where_none_stand() -> None:
    event = Event((HOME,), weeks=4.0, begin=3.0, stopped=0.4, stages=("alloy", "metal"))
    found = reach(home_chain(), Episode("accident", "An accident", (event,)))
    assert found.capacity == {"alloy": pytest.approx(0.4), "metal": None}
    assert found.behind == {"alloy": 2.0}
    assert found.lasts == 4.0
    assert reach(lone(), Episode("accident", "An accident", (event,))).capacity == {"alloy": None, "metal": None}


def test_a_loss_begins_later_or_not_at_all() -> None:
    found = later(np.array([10.0, 10.0, np.nan]), np.array([14.2, np.nan, np.nan]))
    assert found[:2] == pytest.approx([4.2, np.inf])
    assert np.isnan(found[2])


def test_the_plants_of_the_year_and_when_more_come(india_cut_off: Prepared) -> None:
    found = stands_in(india_cut_off, default_start(india_cut_off), None)
    assert found.year == int(india_cut_off.ground.decided[0])
    assert found.next is None or found.next > found.year
    assert (found.next is None) == (not found.more)
    last = int(india_cut_off.ground.years[-1])
    assert stands_in(india_cut_off, f"{last}-W14", None).next is None


def test_what_home_plants_cannot_make_of_more_demand_is_bought_abroad() -> None:
    """Magnets of SH are made at home up to 9.1 t/week, alike for both users; at 1.5 the usual 7 would be 10.5."""
    case = home_chain()
    share = at_rest(case, np.array([[1.0, 1.0], [1.5, 1.5], [0.5, 0.5]]))
    assert share.sum(axis=2) == pytest.approx(1.0)
    assert share[0] == pytest.approx(case.share)
    assert share[2] == pytest.approx(case.share)
    home = case.origins.index(HOME)
    assert (share[1, :2, home] * case.use[0, :2] * 1.5).sum() == pytest.approx(1.3 * 7.0)
    assert share[1, 2:] == pytest.approx(case.share[2:])


def test_shares_by_draw_are_played_as_each_draw_alone() -> None:
    case, demand = home_chain(), np.array([[1.0, 1.0], [1.4, 1.5]])
    share = at_rest(case, demand)
    draws = Draws(np.ones((2, 6)), demand, np.tile(case.lag, (2, 1)))
    both = play(replace(case, share=share), stop(), draws).output
    for at in (0, 1):
        one = Draws(draws.stock[[at]], demand[[at]], draws.lag[[at]])
        assert np.allclose(play(replace(case, share=share[at]), stop(), one).output[:, 0], both[:, at])


def test_without_a_shock_hardly_any_draw_loses_output(india_cut_off: Prepared) -> None:
    """What is left are draws in which a maker holds next to nothing and small plants fall short for a week."""
    pack = india_cut_off.pack
    case = weekly_case(pack, india_cut_off.ground, india_cut_off.chain, default_start(india_cut_off), 60)
    given = drawn(pack, case, read_episode(pack, "domestic-accident"), Streams(0, 400))
    lost = (play(given.case, QUIET, given.draws).output < 0.995).any(axis=0)
    assert lost.mean(axis=0).max() <= 0.005


def test_an_event_that_does_nothing_is_told_by_number() -> None:
    events = (
        Event(("BBB",), weeks=4.0), Event(("BBB",), weeks=4.0, stages=("mining",)), Event(("BBB",), weeks=0.0),
        Event(("BBB",), weeks=4.0, kinds=("M",), holding=("Dy",)), Event(("BBB",), weeks=4.0, begin=200.0),
    )  # fmt: skip
    found = reach(home_chain(), Episode("many", "Many", events)).idle_events
    assert found == ((1, "nothing"), (2, "never"), (3, "nothing"), (4, "after"))


def test_what_holds_idle_home_plants_back_is_found_along_the_chain() -> None:
    """Capacity for ten times as much; alloys are made at home, of dysprosium from BBB alone."""
    case = full_chain(weeks=60)
    cover = np.where(np.arange(len(case.goods)) == 4, 1000.0, case.cover)  # of the metal NdPr there is enough
    case = replace(case, plants=replace(case.plants, capacity=10 * case.plants.capacity), cover=cover)
    found = idle(case, play(case, stop(weeks=40.0), keep=True))
    assert found is not None
    assert found.able == pytest.approx(10 * 1.3 * 7.0)
    assert found.usual == pytest.approx(7.0)
    assert found.usual < found.most < found.able
    assert found.lacks is not None
    assert found.lacks[:2] == ("metal", "Dy")
    assert idle(lone(), play(lone(), stop(), keep=True)) is None
