"""Which figures are drawn, and that the case of a draw is the same whichever draws are asked for."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.answer.model import ATTRIBUTES
from chumbak.answer.plan_futures import (
    CHUNK,
    GROUP_WORDS,
    GROUPS,
    LEAST_SHARE,
    OTHERS,
    Futures,
    _alive,
    drawn_figures,
    fingerprint,
    group_of,
)
from chumbak.answer.planning import FIGURES
from chumbak.answer.supply_chain import INPUTS as CHAIN_INPUTS
from chumbak.pack import Pack
from chumbak.pack.arrays import inputs
from chumbak.pack.draws import deviates, drawn
from chumbak.pack.pack import list_scenarios
from tests.conftest import load


def same(one: Any, two: Any) -> bool:
    """Say whether two cases are the same to the bit."""
    if is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(two, each.name)) for each in fields(one))
    if isinstance(one, np.ndarray):
        return one.shape == two.shape and one.tobytes() == two.tobytes()
    if isinstance(one, xr.DataArray):
        return one.identical(two) and one.values.tobytes() == two.values.tobytes()
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[name], two[name]) for name in one)
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(same(left, right) for left, right in zip(one, two, strict=True))
    return bool(one == two or (one != one and two != two))


def test_every_figure_of_a_plan_is_of_a_named_group(india_pack: Pack) -> None:
    for name in (*ATTRIBUTES, *CHAIN_INPUTS, *FIGURES):
        assert group_of(name) != OTHERS, f"{name} belongs to no group of answer/plan_futures.py"
    assert GROUPS.keys() == GROUP_WORDS.keys()
    whole = drawn_figures(india_pack)
    parts = [drawn_figures(india_pack, (name,)) for name in GROUPS]
    assert sum(map(len, parts)) == len(whole)
    assert {key: name for part in parts for key, name in part.items()} == whole


def test_the_case_of_a_draw_does_not_depend_on_which_are_asked_for(india_pack: Pack) -> None:
    names = drawn_figures(india_pack)
    both = list(Futures(india_pack, names, 3).cases(1, (CHUNK + 2, CHUNK + 7)))
    alone = list(Futures(india_pack, names, 3).cases(1, (CHUNK + 7,)))
    assert same(both[1], alone[0])
    assert not same(both[0], both[1])


def test_costs_and_recipes_are_central_where_only_demand_and_limits_are_drawn(india_pack: Pack) -> None:
    futures = Futures(india_pack, drawn_figures(india_pack, ("demand", "limits")), 3)
    assert not futures.recipes_move
    case, first = next(futures.cases(0, (4,))), futures.central
    for name in ("network", "tariff", "haul", "landing", "composition", "rung_need"):
        assert same(getattr(case, name), getattr(first, name)), name
    for name in ("price", "duty", "sale_price", "consumed"):
        assert same(getattr(case.market, name), getattr(first.market, name)), name
    assert same(case.plants.capital, first.plants.capital)
    assert not np.allclose(case.need.need.sum(), first.need.need.sum())
    assert not np.allclose(case.recovery.share, first.recovery.share)


def test_steps_of_collection_never_take_more_than_the_whole(india_pack: Pack) -> None:
    futures = Futures(india_pack, drawn_figures(india_pack, ("limits",)), 0)
    raw = inputs(india_pack, ("step_share",), deviates(futures.names, 3 * CHUNK, 0))["step_share"].sum("step").values
    assert raw.max() > 1
    for chunk in range(3):
        wanted = range(chunk * CHUNK, (chunk + 1) * CHUNK)
        for draw, case in zip(wanted, futures.cases(chunk, wanted), strict=True):
            assert case.recovery.share.sum() == pytest.approx(min(raw[draw], 1.0))


def test_no_share_is_cut_to_nothing_and_others_are_as_drawn(india_pack: Pack) -> None:
    names = drawn_figures(india_pack)
    plain = deviates(names, 400, 0)
    kept = _alive(india_pack, plain)
    moved = 0
    for key in names:
        entry = india_pack.entries[key]
        changed = kept[key] != plain[key]
        moved += int(changed.any())
        assert (kept[key][changed] > plain[key][changed]).all()
        if entry.attribute.name == "recovery_today":
            values = drawn(entry, None, kept)
            assert (values >= LEAST_SHARE * entry.value * (1 - 1e-9)).all()
            np.testing.assert_array_equal(values[~changed], drawn(entry, None, plain)[~changed])
    assert moved > 0


def test_a_fingerprint_tells_packs_apart(india_pack: Pack) -> None:
    another = next(name for name in list_scenarios(india_pack.path) if name != india_pack.scenario)
    assert fingerprint(india_pack) == fingerprint(load("india"))
    assert fingerprint(india_pack) != fingerprint(load("india", another))
