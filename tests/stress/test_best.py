"""The weeks at best: never worse than the rules, what is known counts, and by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from chumbak.stress.best import AS_IT_COMES, FORESIGHT, believed, best, cost_of, news
from chumbak.stress.case import HOME, NOBODY, Behaviour, Good, Plants
from chumbak.stress.episode import Episode, Event, Licence
from chumbak.stress.rules import Draws, play
from chumbak.stress.terms import one_draw
from tests.stress.small import QUIET, case, full_chain, home_chain, lone, random_case, stop, user

TOLERANCE = 1e-4  # of a week's value: ties are broken by less


@pytest.mark.parametrize("seed", range(40))
def test_foresight_is_never_worse_than_the_rules_nor_than_what_comes(seed: int) -> None:
    chain, episode, draws = random_case(np.random.default_rng(seed))
    seen, lived = (best(chain, episode, draws, known) for known in (FORESIGHT, AS_IT_COMES))
    rules = cost_of(chain, play(chain, episode, draws), draws)[0]
    margin = TOLERANCE * chain.value_of_use.sum()
    assert seen.cost <= rules + margin
    assert seen.cost <= lived.cost + margin
    assert max(seen.worst, lived.worst) < 1e-6
    assert seen.solves == 1
    assert lived.solves == len(news(episode, len(chain.weeks)))


@pytest.mark.parametrize("chain", [lone(), home_chain(), full_chain()])
@pytest.mark.parametrize("known", [FORESIGHT, AS_IT_COMES])
def test_without_a_restriction_nothing_is_lost_and_stock_stays(chain, known: str) -> None:  # type: ignore[no-untyped-def]
    found = best(chain, QUIET, known=known)
    assert found.cost == pytest.approx(0.0, abs=1e-9)
    assert found.output == pytest.approx(1.0)
    target = chain.use * chain.cover
    assert found.decisions["stock"] == pytest.approx(target, abs=1e-6)


def test_by_hand_what_does_not_come_is_lost_whatever_is_decided() -> None:
    """26 weeks do not come, of which 3 weeks of stock bridge 3: one user has no choice."""
    for known in (FORESIGHT, AS_IT_COMES):
        found = best(lone(), stop(), known=known)
        assert found.lost == pytest.approx((26 - 3) * 5.0)
        assert found.premium == 0.0
    assert cost_of(lone(), play(lone(), stop()))[0] == pytest.approx((26 - 3) * 5.0)


def test_foresight_fills_the_stock_before_a_stop_and_what_comes_does_not() -> None:
    surging = replace(lone(), behaviour=Behaviour(surge=1.5))
    episode = stop(begin=8.0, weeks=20.0)
    seen, lived = (best(surging, episode, known=known) for known in (FORESIGHT, AS_IT_COMES))
    assert seen.lost == pytest.approx((20 - 3 - 8 * 0.5) * 5.0)
    assert lived.lost == pytest.approx((20 - 3) * 5.0)
    assert lived.decisions["stock"][:12, 0] == pytest.approx(np.full(12, 30.0), abs=1e-6)


def test_the_end_of_a_stop_is_news_and_not_known_before() -> None:
    """Paying for other origins is worth it in a long stop: who does not know the end pays until it comes."""
    weight = np.array([[0.0, 1.0]])
    chain = lone(
        can_add=weight, behaviour=Behaviour(surge=1.0, other_weeks=2.0, other_share=1.0, other_premium=0.05), cover=4.0
    )
    episode = stop(weeks=5.0)
    seen, lived = (best(chain, episode, known=known) for known in (FORESIGHT, AS_IT_COMES))
    assert seen.cost == pytest.approx(10.0 * 0.05 * 4.0)  # one week of five is bought: four are in stock
    assert lived.cost == pytest.approx(3 * seen.cost)  # and three are, in weeks 2 to 4, who fears for more
    assert lived.lost == 0.0


def test_news_and_beliefs() -> None:
    events = (
        Event(("BBB",), weeks=10.5),
        Event(("CCC",), weeks=3.0, begin=6.2),
        Event(("CCC",), weeks=900.0, begin=20.0),
    )
    episode = Episode("x", "X", events)
    assert news(episode, 60) == [0, 6, 9, 10, 20]
    assert [event.weeks for event in believed(episode, 0).events] == [np.inf]
    assert [event.weeks for event in believed(episode, 6).events] == [np.inf, np.inf]
    assert [event.weeks for event in believed(episode, 9).events] == [np.inf, 3.0]
    assert [event.weeks for event in believed(episode, 10).events] == [10.5, 3.0]


def test_who_learns_as_it_comes_does_the_same_until_it_differs() -> None:
    chain = full_chain()
    first = Event(("BBB",), weeks=12.0, licence=Licence(5.0, 0.4))
    short, long = Episode("a", "A", (first,)), Episode("b", "B", (replace(first, weeks=30.0),))
    more = Episode("c", "C", (first, Event((HOME,), weeks=9.0, begin=12.0)))
    runs = [best(chain, episode, known=AS_IT_COMES) for episode in (short, long, more)]
    for other in runs[1:]:
        assert other.output[:12] == pytest.approx(runs[0].output[:12], abs=1e-6)
        assert other.decisions["stock"][:12] == pytest.approx(runs[0].decisions["stock"][:12], abs=1e-5)
    seen = best(chain, more)
    assert np.abs(seen.decisions["stock"][:12] - runs[2].decisions["stock"][:12]).max() > 0.1


def test_home_plants_serve_who_loses_most_within_capacity_and_inputs() -> None:
    """Two users of one home plant that has half its capacity: the dearer one goes on."""
    users = (user("cheap", value=1.0), user("dear", value=10.0))
    goods = (*(Good("magnet", "SH", one.name) for one in users), Good("alloy", "SH", "makers"))
    recipe = np.array([[0.0, 0.0, 1.2]])
    plants = Plants((("magnet", "SH"),), recipe, ("magnet",), np.ones((1, 1)), np.full((1, 40), 20.0))
    chain = case(
        users, goods, [0, 1, NOBODY], [10.0, 10.0, 24.0], [[0, 1], [0, 1], [1, 0]], origins=("BBB", HOME),
        lag=(2.0, 1.0), cover=0.0, weeks=40, plants=plants,
    )  # fmt: skip
    found = best(chain, Episode("fire", "Fire", (Event((HOME,), weeks=10.0, stopped=0.5),)))
    assert found.lost == pytest.approx(10 * 1.0, abs=1e-3)
    assert found.output[:, 1] == pytest.approx(np.ones(40))
    assert found.decisions["made"][:10, 0] == pytest.approx(np.full(10, 10.0))
    rules = play(chain, Episode("fire", "Fire", (Event((HOME,), weeks=10.0, stopped=0.5),)))
    assert cost_of(chain, rules)[0] == pytest.approx(10 * 0.5 * 11.0)  # of one rank: in proportion


def test_a_licence_helps_as_much_as_it_grants() -> None:
    plain, half, none = (
        best(lone(), stop(licence=licence)).lost / 5.0 for licence in (None, Licence(6.0, 0.5), Licence(6.0, 0.0))
    )
    assert plain == pytest.approx(23.0)
    assert none == pytest.approx(23.0 - 5.0 + 5.0)  # what waits is freed too late: after the stop nothing lacks
    assert half == pytest.approx(23.0 - 0.5 * 20.0)  # twenty weeks of half, from the sixth on


def test_a_public_stock_is_given_out_once() -> None:
    chain = lone(reserve=np.array([55.0]))
    found = best(chain, stop())
    assert found.lost == pytest.approx((26 - 3 - 5.5) * 5.0)
    assert found.decisions["released"].sum() == pytest.approx(55.0)


@pytest.mark.parametrize("seed", range(3))
def test_scaling_all_tonnes_scales(seed: int) -> None:
    chain, episode, draws = random_case(np.random.default_rng(seed))
    small = replace(chain, price=np.zeros(6))
    larger = {name: None if getattr(chain, name) is None else 1e-4 * getattr(chain, name)
              for name in ("use", "stock", "on_the_way", "reserve")}  # fmt: skip
    large = replace(small, plants=replace(chain.plants, capacity=1e-4 * chain.plants.capacity), **larger)
    assert best(large, episode, draws).cost == pytest.approx(best(small, episode, draws).cost, abs=1e-3)


def test_more_stock_never_loses_more() -> None:
    chain, episode, draws = random_case(np.random.default_rng(9))
    costs = [best(replace(chain, stock=more * chain.use[0]), episode, draws).cost for more in (0.0, 1.0, 2.0, 4.0, 8.0)]
    assert all(later <= earlier + 1e-3 for earlier, later in pairwise(costs))
    assert costs[-1] < costs[0]


def test_several_draws_are_refused_and_one_can_be_picked() -> None:
    chain, episode, _ = random_case(np.random.default_rng(1))
    draws = Draws(np.ones((3, 6)), np.ones((3, 2)), np.tile(chain.lag, (3, 1)))
    episode = replace(episode, events=(Event(("BBB",), weeks=np.array([3.0, 9.0, 20.0])),))
    with pytest.raises(ValueError, match="one draw at a time, not of 3: pick one with one_draw"):
        best(chain, episode, draws)
    costs = [best(*one_draw(chain, episode, draws, at)).cost for at in range(3)]
    assert costs == sorted(costs)
