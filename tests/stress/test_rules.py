"""The weeks by rules: what a stop touches and what not, time to survive, balances, licences, rationing, measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from chumbak.stress.case import HOME, NOBODY, Behaviour, Case, Good
from chumbak.stress.episode import ABROAD, Episode, Event, Licence
from chumbak.stress.losses import losses
from chumbak.stress.ration import ration
from chumbak.stress.rules import Draws, Played, play
from chumbak.stress.terms import one_draw
from chumbak.stress.use import output, regrading
from tests.stress.small import QUIET, case, countries, full_chain, home_chain, lone, random_case, stop, user


def level(played: Played, of: int = 0) -> np.ndarray:
    return played.output[:, 0, of]


def test_a_stop_on_one_edge_leaves_everyone_else_untouched() -> None:
    calm, shocked = (play(countries(), episode, keep=True) for episode in (QUIET, stop()))
    assert level(shocked, 0).min() < 0.2
    for other in (1, 2):
        assert calm.output[:, :, other].tobytes() == shocked.output[:, :, other].tobytes()
        for name in ("stock", "arrived", "ordered"):
            assert calm.trace[name][..., other].tobytes() == shocked.trace[name][..., other].tobytes()


def test_a_delay_on_the_way_to_one_country_delays_nobody_else() -> None:
    calm, shocked = (play(countries(), episode, keep=True) for episode in (QUIET, stop(stopped=0.0, delay=3.0)))
    assert not np.array_equal(calm.trace["arrived"][..., 0], shocked.trace["arrived"][..., 0])
    assert np.array_equal(calm.trace["arrived"][..., 1:], shocked.trace["arrived"][..., 1:])


def test_a_stop_stops_sellers_outside_the_model_and_what_has_left_arrives() -> None:
    arrived = play(lone(), stop(weeks=10.0), keep=True).trace["arrived"][:, 0, 0]
    assert np.array_equal(arrived[:4], np.full(4, 10.0))  # left before, four weeks away
    assert not arrived[4:14].any()
    assert arrived[14] == pytest.approx(10.0)


@pytest.mark.parametrize("lag", [0, 1, 4, 7])
@pytest.mark.parametrize("cover", [0.0, 0.5, 2.5, 3.0])
@pytest.mark.parametrize("stopped", [1.0, 0.5, 0.9])
def test_time_to_survive_is_lag_and_stock_over_what_it_loses(lag: int, cover: float, stopped: float) -> None:
    played = play(lone(lag=(float(lag), 2.0), cover=cover), stop(weeks=60.0, stopped=stopped))
    assert played.survived[0, 0] == pytest.approx(lag + cover / stopped, abs=1e-9)
    assert played.lasted[0, 0] == pytest.approx(lag + cover / stopped, abs=1e-9)


def test_of_a_week_that_also_lacks_without_the_stop_the_part_counts_that_would_have_gone() -> None:
    chain, episode = lone(lag=(1.0, 2.0), cover=0.0), stop(weeks=60.0, begin=3.0)
    calm, shocked = play(chain, QUIET), play(chain, episode)
    calm.output[1:], shocked.output[1:3], shocked.output[3:] = 0.8, 0.8, 0.6
    shocked.survived[:] = 1.0  # short from week 1 on, of another cause
    told = losses(chain, shocked, Draws.central(chain), calm)
    assert (told["first_loss"][0, 0], told["survived"][0, 0]) == (3.0, pytest.approx(3.75))


def test_a_stop_that_begins_later_ends_it_later() -> None:
    played = play(lone(), stop(begin=11.0))
    assert played.survived[0, 0] == pytest.approx(11 + 4 + 3)
    assert level(played)[11 + 4 + 26] == pytest.approx(1.0)


@pytest.mark.parametrize("chain", [lone(), lone(share=(0.6, 0.4)), countries(), home_chain(), full_chain()])
@pytest.mark.parametrize("episode", [QUIET, stop(stopped=0.0), stop(weeks=0.0), stop(origins=("ZZZ",))])
def test_a_zero_restriction_changes_nothing(chain: Case, episode: Episode) -> None:
    played = play(chain, episode, keep=True)
    assert played.output == pytest.approx(1.0, abs=1e-12)
    assert played.trace["stock"] == pytest.approx(
        np.broadcast_to(played.trace["before"][0], played.trace["stock"].shape)
    )
    assert np.isnan(played.survived).all()
    assert not played.extra.any()


@pytest.mark.parametrize("seed", range(25))
def test_mass_is_conserved_each_week_good_by_good(seed: int) -> None:
    chain, episode, draws = random_case(np.random.default_rng(seed))
    t = play(chain, episode, draws, keep=True).trace
    after = t["before"] + t["arrived"] + t["released"] - t["used"] - t["taken"]
    assert t["stock"] == pytest.approx(after, abs=1e-9)
    assert t["before"][1:] == pytest.approx(t["stock"][:-1], abs=1e-12)
    assert t["stock"].min() > -1e-9
    assert t["on_order"].min() > -1e-9
    assert t["taken"] == pytest.approx(np.clip(t["taken"], 0, None))


def test_what_is_ordered_is_on_order_arrived_or_refused() -> None:
    """Where all that is wanted may be applied for: ordered adds up, and nothing is lost on the way."""
    t = play(lone(), stop(licence=Licence(6.0, 0.4), stopped=0.8), keep=True).trace
    ordered = np.minimum(t["ordered"], 10.0).cumsum(axis=0)[:, 0, 0]  # no more than the usual leaves or queues
    gone = (t["arrived"] + t["refused"]).cumsum(axis=0)[:, 0, 0]
    assert t["on_order"][:, 0, 0] + gone == pytest.approx(4 * 10.0 + ordered, abs=1e-9)
    assert t["refused"].sum() > 0


@pytest.mark.parametrize("seed", range(6))
def test_scaling_all_tonnes_scales(seed: int) -> None:
    chain, episode, draws = random_case(np.random.default_rng(seed))
    plants = replace(chain.plants, capacity=7 * chain.plants.capacity)
    larger = {name: None if getattr(chain, name) is None else 7 * getattr(chain, name)
              for name in ("use", "stock", "on_the_way", "reserve")}  # fmt: skip
    small, large = play(chain, episode, draws), play(replace(chain, plants=plants, **larger), episode, draws)
    assert large.output == pytest.approx(small.output, abs=1e-9)
    assert large.extra == pytest.approx(7 * small.extra, abs=1e-9)


def drawn(count: int = 5) -> tuple[Case, Episode, Draws]:
    rng = np.random.default_rng(3)
    chain = replace(full_chain(), behaviour=replace(full_chain().behaviour, surge=rng.uniform(1, 2, count)))
    licence = Licence(rng.uniform(2, 9, count), rng.uniform(0, 1, count), {"defence": 0.0})
    events = (
        Event(("BBB",), weeks=rng.uniform(5, 40, count), licence=licence),
        Event((HOME,), weeks=rng.uniform(1, 9, count), begin=rng.uniform(0, 20, count), stopped=0.7),
    )
    draws = Draws(rng.uniform(0.5, 1.5, (count, 6)), rng.uniform(0.8, 1.2, (count, 2)), rng.uniform(0, 8, (count, 3)))
    return chain, Episode("drawn", "Drawn", events), draws


def test_the_same_is_the_same_bytes() -> None:
    first, second = play(*drawn()), play(*drawn())
    assert first.output.tobytes() == second.output.tobytes()
    assert first.survived.tobytes() == second.survived.tobytes()


@pytest.mark.parametrize("at", range(5))
def test_a_draw_does_not_depend_on_the_others(at: int) -> None:
    together, alone = play(*drawn(), keep=True).draw(at), play(*one_draw(*drawn(), at), keep=True)
    for name in ("output", "available", "survived", "extra"):
        assert getattr(together, name).tobytes() == getattr(alone, name).tobytes()
    assert together.trace.keys() == alone.trace.keys()
    assert all(together.trace[name].tobytes() == rows.tobytes() for name, rows in alone.trace.items())


def test_a_licence_lets_its_share_through_after_its_delay() -> None:
    played = play(lone(), stop(licence=Licence(6.0, 0.5)), keep=True)
    arrived = played.trace["arrived"][:, 0, 0]
    assert not arrived[4:10].any()  # left in week 0, or asked for in week 0 and let go in week 6
    assert arrived[10] == pytest.approx(5.0)
    assert played.survived[0, 0] == pytest.approx(7.0)


def test_what_waits_is_freed_when_the_stop_ends() -> None:
    arrived = play(lone(), stop(weeks=10.0, licence=Licence(6.0, 0.5)), keep=True).trace["arrived"][:, 0, 0]
    asked_late = arrived[14]  # of weeks 5 to 9, all of it, with what leaves in week 10
    assert asked_late > 10.0 + 1.0
    never = play(lone(), stop(weeks=10.0, licence=Licence(6.0, 0.0)), keep=True).trace["arrived"][:, 0, 0]
    assert not never[4:14].any()
    assert never[14] > 10.0 + 1.0


def test_defence_is_refused() -> None:
    guard = replace(
        home_chain(), share=home_chain().share[:, [0, 1, 2]] * [1, 1, 0] + home_chain().share[:, [2]] * [1, 0, 0]
    )
    played = play(guard, stop(weeks=40.0, licence=Licence(2.0, 1.0, {"defence": 0.0})), keep=True)
    assert level(played, 0)[20:40].max() == 0.0
    assert level(played, 1)[20:40].min() == pytest.approx(1.0)
    assert played.trace["refused"][..., 0].sum() > 0
    assert not played.trace["refused"][..., 1].any()


def test_rationing_by_priority_and_in_proportion() -> None:
    there, wanted = np.array([10.0, 3.0, 100.0]), np.array([[4.0, 6.0, 6.0]] * 3)
    assert ration(there, wanted, np.array([0, 1, 1])) == pytest.approx(np.array([[4, 3, 3], [3, 0, 0], [4, 6, 6]]))
    assert ration(there, wanted, np.zeros(3)) == pytest.approx(wanted * np.array([[10 / 16], [3 / 16], [1.0]]))


def test_a_public_stock_goes_to_priority_first() -> None:
    chain = replace(home_chain(), reserve=np.array([30.0, 30.0, 0, 0, 0, 0]))
    played = play(chain, stop(50.0, (ABROAD, HOME)), keep=True)
    released = played.trace["released"][:, 0]
    assert released.sum() == pytest.approx(30.0)
    ranked = play(chain, stop(50.0, (ABROAD, HOME)))
    equal = play(chain, stop(50.0, (ABROAD, HOME)), by_priority=False)
    assert ranked.output[:, 0, 0].sum() >= equal.output[:, 0, 0].sum()
    assert play(home_chain(), stop(50.0, (ABROAD, HOME))).output.sum() < ranked.output.sum()


@pytest.mark.parametrize("seed", range(20))
def test_regrading_is_the_best_there_is_in_a_week(seed: int) -> None:
    """The closed form against a linear programme: two grades that one of a third kind can stand in for."""
    rng = np.random.default_rng(seed)
    goods = tuple(Good("magnet", kind, "scooter") for kind in ("M", "SH", "UH"))
    chain = replace(
        case((user(),), goods, [0, 0, 0], [6.0, 3.0, 1.0], [[1.0, 0.0]] * 3),
        regrade_to=np.array([NOBODY, 0, 0]), regrade_share=np.array([0.0, *rng.uniform(0, 1, 2)]),
    )  # fmt: skip
    base, able = chain.use[:1], rng.uniform(0, 1.3, (1, 3)) * [8.0, 3.0, 1.0]
    found, used = output(chain, base, able, regrading(chain), np.ones((1, 3), dtype=bool))
    share = chain.regrade_share
    best = linprog(
        [-1, 0, 0],  # level, stand-in for SH, for UH
        A_ub=[[6, 1, 1], [3, -1, 0], [1, 0, -1], [-3, 1, 0], [-1, 0, 1]], b_ub=[*able[0], 0, 0],
        bounds=[(0, 1), (0, 3 * share[1]), (0, share[2])],
    )  # fmt: skip
    assert found[0, 0] == pytest.approx(-best.fun, abs=1e-7)
    assert (used <= able + 1e-9).all()
    assert used.sum() == pytest.approx(10.0 * found[0, 0])


def test_regrading_waits_until_it_is_qualified() -> None:
    goods = (Good("magnet", "M", "scooter", ("NdPr",)), Good("magnet", "SH", "scooter", ("Dy", "NdPr")))
    chain = replace(
        case((user(),), goods, [0, 0], [6.0, 4.0], [[1.0, 0.0]] * 2), regrade_to=np.array([NOBODY, 0]),
        regrade_share=np.array([0.0, 1.0]), regrade_weeks=np.array([0.0, 12.0]), behaviour=Behaviour(surge=2.0),
    )  # fmt: skip
    played = play(chain, stop(holding=("Dy",), weeks=50.0))
    first = level(played)
    assert played.survived[0, 0] == pytest.approx(7.0)
    assert first[7:16].max() == 0.0  # short of its target from week 4 on
    assert first[25:50].min() == pytest.approx(1.0)


def test_who_slows_down_loses_earlier_and_less_deep() -> None:
    flat, slow = (
        play(replace(lone(), behaviour=Behaviour(surge=1.0, slowing=part)), stop(weeks=60.0)) for part in (0.0, 0.8)
    )
    assert level(slow)[5] < level(flat)[5] == 1.0
    assert level(slow)[8] > level(flat)[8] == 0.0
    assert level(slow)[5] == pytest.approx((20.0 / 30.0) / 0.8)
    assert slow.survived[0, 0] == 5.0


def test_two_accidents_together_are_both() -> None:
    fire = Event((HOME,), weeks=20.0, stopped=0.5, stages=("magnet",))
    flood = Event((HOME,), weeks=20.0, stopped=0.4)

    def made(*events: Event) -> np.ndarray:
        return play(home_chain(), Episode("x", "X", events), keep=True).trace["made"][:, 0]

    capacity = home_chain().plants.capacity[:, 0]
    assert made(fire)[15] == pytest.approx([0.5 * capacity[0], made(fire)[15, 1]])
    assert made(fire, flood)[15, 0] == pytest.approx(0.5 * 0.6 * capacity[0])
    stops = [Event(("BBB",), weeks=30.0, stopped=one) for one in (0.5, 0.4)]
    arrived = play(lone(), Episode("x", "X", tuple(stops)), keep=True).trace["arrived"][20, 0, 0]
    assert arrived == pytest.approx(10.0 * 0.5 * 0.6)


def test_a_transit_delay_shifts_what_leaves_meanwhile() -> None:
    arrived = play(lone(), stop(weeks=8.0, stopped=0.0, delay=3.0), keep=True).trace["arrived"][:, 0, 0]
    assert np.array_equal(arrived[:4], np.full(4, 10.0))
    assert not arrived[4:7].any()  # what left in week 0 comes in week 7
    assert arrived[7] == pytest.approx(10.0)
    assert arrived[12:15].min() > 15.0  # the last of the long way, and the first of the short


def test_a_licensed_good_is_delayed_by_what_is_on_when_it_leaves() -> None:
    licence = Event(("BBB",), weeks=40.0, licence=Licence(6.0, 1.0))
    closure = Event(("BBB",), weeks=5.0, begin=6.0, stopped=0.0, delay=3.0)
    arrived = play(lone(), Episode("x", "X", (licence, closure)), keep=True).trace["arrived"][:, 0, 0]
    assert not arrived[4:13].any()  # asked for in week 0, let go in week 6, three weeks longer on the way
    assert arrived[13] == pytest.approx(10.0)


def test_home_plants_with_capacity_to_spare_serve_at_once_who_already_buys_of_them() -> None:
    """Magnets of SH are half made at home; with all inputs at home nothing but capacity holds them back."""
    case = home_chain(weeks=60)
    share = case.share.copy()
    share[3:] = [0.0, 0.0, 1.0]
    weight = np.zeros(share.shape)
    weight[:2, 2] = 1.0
    plants = replace(case.plants, recipe=np.zeros_like(case.plants.recipe), capacity=10 * case.plants.capacity)
    behaviour = replace(case.behaviour, other_weeks=26.0, restoration=8.0)
    ready = replace(case, share=share, can_add=weight, plants=plants, behaviour=behaviour)
    episode = stop(weeks=50.0, kinds=("SH",), origins=("BBB",))
    assert play(ready, episode).output.min() > 1 - 1e-9
    assert play(replace(ready, can_add=np.zeros_like(weight)), episode).output.min() < 0.9


def test_plants_order_what_they_are_asked_for() -> None:
    """Home plants of magnets are asked for all in a stop, and take alloys of home plants: these follow."""
    case = full_chain(weeks=60)
    share = case.share.copy()
    share[4:] = [0.0, 1.0, 0.0]  # metals come from where nothing is stopped
    plants = replace(case.plants, capacity=10 * case.plants.capacity)
    behaviour = replace(case.behaviour, restoration=30.0)
    case = replace(case, share=share, plants=plants, reserve=None, thrift_share=0.0, behaviour=behaviour)
    played = play(case, stop(weeks=50.0), keep=True)
    made = played.trace["made"][:, 0]
    assert made[20:45, 0].min() > 1.15 * made[0, 0]
    assert made[20:45, 1].min() > 1.15 * made[0, 1]
