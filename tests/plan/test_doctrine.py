"""Public stocks by doctrine: filled at a pace, released on what is seen, filled again; and nothing is foreseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chumbak.plan.case import INVESTOR, NATIONAL, Case
from chumbak.plan.certificate import certificate
from chumbak.plan.doctrine import doctrine
from chumbak.plan.result import Plan, make_plan
from tests.plan.small import paid, policy, small_case

YEARS = range(2025, 2034)
RULES: dict[str, Any] = {"weeks": 10.0, "fill": 4.0, "floor": 2.0, "trigger": 0.5}


def stopped_in(*years: int, need: Any = 52.0, left: float = 0.0, **figures: Any) -> Case:
    """Return magnets bought at 1 and worth 50, a tonne a week; in ``years`` only ``left`` t can be bought."""
    limit = [left if year in years else 1000.0 for year in YEARS]
    return small_case(
        YEARS, {"make": {"oxide": -1.0, "magnet": 1.0}}, {"magnets": {"counts": {"make": 1.0}, "step": 0.0}},
        {"motor": {"need": need, "without": 50.0}}, [("abroad", "CHN", "magnet", 1.0)],
        import_limits={"abroad": limit}, holding=0.1, reference={"magnet": 1.0},
        policies=[policy("public_stock", "", **(RULES | figures))],
    )  # fmt: skip


def held(plan: Plan) -> list[float]:
    return [round(float(amount), 6) for amount in plan.decisions["store"].sum(("good", "region")).values]


@pytest.mark.parametrize("view", [NATIONAL, INVESTOR])
def test_filled_at_its_pace_released_to_its_floor_and_filled_again(view: str) -> None:
    plan = make_plan(stopped_in(2028), view=view)
    assert held(plan) == [4, 8, 10, 2, 6, 10, 10, 10, 10]
    assert plan.decisions["unmet"].sum(("product", "region")).values.tolist() == pytest.approx(
        [0, 0, 0, 44, 0, 0, 0, 0, 0]
    )
    assert certificate(plan).holds


def test_a_stop_of_two_years_is_met_from_one_stock() -> None:
    plan = make_plan(stopped_in(2028, 2029))
    assert held(plan)[:3] == [4, 8, 10]
    assert sum(plan.decisions["unmet"].sum(("product", "region")).values) == pytest.approx(104 - 8)
    assert held(plan)[4:] == [2, 6, 10, 10, 10]


def test_what_is_held_before_a_stop_does_not_depend_on_it() -> None:
    quiet = held(make_plan(stopped_in()))
    for year in YEARS[1:]:
        at = year - YEARS[0]
        assert held(make_plan(stopped_in(year)))[:at] == quiet[:at]
    free = stopped_in(2028)
    free = replace(free, policies=())
    assert held(make_plan(free))[2] == pytest.approx(52)  # with foresight and no doctrine all of it is laid in


@pytest.mark.parametrize(("left", "released"), [(27.0, False), (26.0, True), (0.0, True)])
def test_the_trigger_is_the_share_that_an_offer_has_lost(left: float, released: bool) -> None:
    case = stopped_in(2029, left=left)
    case = replace(
        case, market=replace(case.market, limits=(("abroad", (0,), np.minimum(case.market.limits[0][2], 52.0)),))
    )
    assert doctrine(case, case.policies[0]).released.any() == released


def test_an_offer_without_limit_that_gets_one_of_nothing_releases() -> None:
    case = stopped_in()
    stop = np.where(case.years == 2030, 0.0, np.inf)
    case = replace(case, market=replace(case.market, limits=(("abroad", (0,), stop),)))
    assert np.flatnonzero(doctrine(case, case.policies[0]).released[0]).tolist() == [5]


def test_a_need_that_falls_lets_go_of_what_is_too_much() -> None:
    need = [52.0] * 4 + [26.0] * 5
    plan = make_plan(stopped_in(need=need))
    assert held(plan) == [4, 8, 10, 10, 5, 5, 5, 5, 5]
    assert certificate(plan).holds


def test_what_it_lacks_has_a_price_and_there_is_always_a_plan() -> None:
    plan = make_plan(stopped_in(2025))
    lacking = plan.decisions["stock_lacking"].sum(("stock", "grade")).values
    assert lacking[0] == pytest.approx(4)
    assert certificate(plan).holds


def test_rotation_costs_a_share_of_its_worth() -> None:
    still, turned = (make_plan(stopped_in(2028, rotation=0.2 * on, rotation_loss=0.05)) for on in (0, 1))
    assert held(turned) == held(still)
    assert paid(turned, "holding") - paid(still, "holding") == pytest.approx(0.2 * 0.05 * sum(held(turned)))
    assert certificate(turned).holds


def test_without_a_trigger_it_is_a_stock_that_is_never_drawn_on() -> None:
    plan = make_plan(stopped_in(2028, trigger=np.inf))
    assert held(plan)[3] == pytest.approx(10)


def test_tampering_is_found() -> None:
    plan = make_plan(stopped_in(2028))
    for year, more, rule in ((2026, 1.0, "stock_most scheme"), (2027, -1.0, "public_stock scheme"),
                             (2028, -1.0, "public_stock scheme")):  # fmt: skip
        store = plan.decisions["store"].copy(deep=True)
        good = next(one for one in store["good"].values.tolist() if float(store.sel(good=one).sum()) > 0)
        store.loc[{"good": good, "year": year}] += more
        changed = replace(plan, decisions=plan.decisions.assign(store=store))
        assert rule in {check.rule for check in certificate(changed).broken}
