"""The weekly chain of the pack: it stands still until something is stopped, and knows what a plan has built."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.answer.shocks import Prepared, default_start, holds, shock_of
from chumbak.answer.weekly_case import weekly_case
from chumbak.answer.weekly_plants import Year, home_chain
from chumbak.pack import PackError
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import make_plan
from chumbak.stress.case import HOME, NOBODY
from chumbak.stress.episode import ABROAD, Episode, Event
from chumbak.stress.rules import Played, play
from chumbak.stress.weeks import WEEKS_A_YEAR, monday, week_labels

NOTHING = Episode("nothing", "", ())


@pytest.fixture(scope="module")
def ready(india_cut_off: Prepared) -> Prepared:
    return india_cut_off


@pytest.fixture(scope="module")
def built(ready: Prepared) -> xr.Dataset:
    return make_plan(ready.ground, (read_requirement("chain-self-reliance", "0.8@2032"),)).decisions


def case_of(ready: Prepared, start: str = "2027-W14", weeks: int = 60, decisions: xr.Dataset | None = None) -> Any:
    return weekly_case(ready.pack, ready.ground, ready.chain, start, weeks, decisions)


@pytest.mark.parametrize(("start", "with_plan"), [("2026-W14", False), ("2032-W14", False), ("2032-W14", True)])
def test_the_chain_stands_still_where_nothing_is_stopped(
    ready: Prepared, built: xr.Dataset, start: str, with_plan: bool
) -> None:
    case = case_of(ready, start, 60, built if with_plan else None)
    played = play(case, NOTHING, keep=True)
    assert played.output.min() > 1 - 1e-9
    stock = played.trace["stock"]
    assert np.abs(stock - stock[0]).max() < 1e-6 * (1 + stock.max())


def test_use_is_the_need_of_the_year(ready: Prepared) -> None:
    case, ground = case_of(ready), ready.ground
    need = ground.need.need[..., list(ground.years).index(2027)].sum()
    assert case.use[0, case.user_of != NOBODY].sum() * WEEKS_A_YEAR == pytest.approx(need, rel=1e-9)
    assert np.allclose(case.share.sum(axis=1), 1)
    value = {user.name: user.value for user in case.users}
    assert value["e_car"] > 0


def test_a_plan_that_builds_the_chain_holds_out_longer(ready: Prepared, built: xr.Dataset) -> None:
    stop = Episode("stop", "", (Event(("CHN",), weeks=52.0),))

    def lost(decisions: xr.Dataset | None) -> Played:
        return play(case_of(ready, "2032-W14", 80, decisions), stop)

    alone, with_plan = lost(None), lost(built)
    assert (1 - with_plan.output).sum() < 0.9 * (1 - alone.output).sum()
    at = [user.name for user in case_of(ready).users].index("e_2w")
    assert with_plan.survived[0, at] > alone.survived[0, at] + 4


def test_the_light_grade_stands_in_for_the_heavy_ones(ready: Prepared) -> None:
    case, known = case_of(ready), holds(ready, "2027-W14")
    for at in np.flatnonzero(case.regrade_to != NOBODY):
        stands_in = case.goods[case.regrade_to[at]]
        assert stands_in.holder == case.goods[at].holder
        assert not {"Dy", "Tb"} & set(stands_in.holds)
        assert {"Dy", "Tb"} & set(known[case.goods[at].kind])


def test_stopping_every_origin_leaves_what_is_made_at_home(ready: Prepared) -> None:
    case = case_of(ready, weeks=80)
    everywhere = Episode("all", "", (Event((ABROAD,), weeks=80.0, stages=("magnet",)),))
    played = play(case, everywhere, keep=True)
    users, home = case.user_of != NOBODY, case.origins.index(HOME)
    made = (case.share[users, home] * case.use[0, users]).sum()
    last = played.trace["used"][-10:, 0].sum(axis=1).mean()
    assert 0 < made < 0.2 * case.use[0, users].sum()
    assert 0 < last <= made * 1.05
    level = dict(zip([user.sector for user in case.users], played.output[-1, 0], strict=True))
    assert level["energy"] > level["ev"], "home output goes by priority"


@pytest.mark.parametrize(
    ("start", "kind"), [("2027", "bad-week"), ("2027-W54", "bad-week"), ("1999-W10", "week-outside")]
)
def test_a_start_that_is_no_week_of_the_plan_is_refused(ready: Prepared, start: str, kind: str) -> None:
    with pytest.raises(PackError) as refused:
        shock_of(ready, "full-stop-6m", start)
    assert [fault.kind for fault in refused.value.faults] == [kind]


def test_the_best_is_not_sought_over_too_many_weeks(ready: Prepared) -> None:
    with pytest.raises(PackError, match="no-optimum"):
        shock_of(ready, "full-stop-6m", weeks=520)


def test_home_plants_make_all_grades_alike(ready: Prepared, built: xr.Dataset) -> None:
    """A plan that makes one grade and buys another could as well do it the other way round: neither runs out alone."""
    case = case_of(ready, "2032-W14", 60, built)
    home = case.origins.index(HOME)
    shares = {good.kind: case.share[at, home] for at, good in enumerate(case.goods) if good.holder == "e_2w"}
    assert max(shares.values()) - min(shares.values()) < 1e-9


def test_an_unknown_episode_is_refused_with_the_nearest(ready: Prepared) -> None:
    with pytest.raises(PackError, match="full-stop-6m"):
        shock_of(ready, "full-stop-6")


def test_figures_that_lack_are_told_together(ready: Prepared) -> None:
    from dataclasses import replace

    lost = ("stress.surge", "sector.ev.cover", "lag.CHN")
    entries = {key: entry for key, entry in ready.pack.entries.items() if key not in lost}
    poorer = replace(ready, pack=replace(ready.pack, entries=entries))
    with pytest.raises(PackError) as refused:
        case_of(poorer)
    told = " ".join(fault.what for fault in refused.value.faults)
    assert all(key in told for key in lost)


def test_the_draws_are_the_same_for_the_same_seed_and_contain_the_middle(ready: Prepared) -> None:
    def told(seed: int) -> xr.Dataset:
        found = shock_of(ready, "full-stop-6m", weeks=60, draws=60, seed=seed, optimum=False)
        assert found.spread is not None
        return found.spread

    one, other = told(3), told(3)
    assert one.equals(other)
    assert not one.equals(told(4))
    low, high = (float(one.lost_in_all.sel(quantile=side)) for side in (0.05, 0.95))
    assert low < float(shock_of(ready, "full-stop-6m", weeks=60, optimum=False).users.lost_value.sum()) < high


def test_weeks_follow_the_calendar(ready: Prepared) -> None:
    assert week_labels("2026-W52", 3) == ("2026-W52", "2026-W53", "2027-W01")
    assert monday("2027-W14").isoformat() == "2027-04-05"
    with pytest.raises(ValueError, match="no week"):
        monday("2027-14")
    assert default_start(ready) == "2027-W14"


def test_what_a_plan_neither_builds_nor_runs_stands_as_without_it(ready: Prepared, built: xr.Dataset) -> None:
    at = int(np.argmax(ready.ground.years == 2032))
    alone, with_plan = (Year(ready.pack, ready.ground, ready.chain, at, one) for one in (None, built))
    kept = with_plan.unplanned
    assert not alone.unplanned.any()
    assert "smco" in [name for name, one in zip(ready.ground.plants.names, kept, strict=True) if one]
    assert with_plan.annual[kept] == pytest.approx(alone.annual[kept])
    closed = built.assign(closed=built["closed"] + 0.0)
    closed["closed"].values[kept, :, :] = 1e9  # whatever the plan's account says of them
    assert Year(ready.pack, ready.ground, ready.chain, at, closed).annual[kept] == pytest.approx(alone.annual[kept])
    assert home_chain(with_plan).share["smco"] == pytest.approx(home_chain(alone).share["smco"])
