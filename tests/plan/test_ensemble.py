"""Many futures of small cases: each is the plan that is made of it alone, by whatever way and in whatever order."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from chumbak.linear import live
from chumbak.linear.live import COLD, FROM_BASIS, again, begin
from chumbak.linear.program import NONE
from chumbak.linear.solve import NotOptimalError, solve
from chumbak.plan.case import Case
from chumbak.plan.ensemble import Asked, central, future
from chumbak.plan.formulate import formulate
from chumbak.plan.replay import decided
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import make_plan
from tests.plan.sketch import Sketch, sketches
from tests.plan.small import small_case
from tests.plan.test_around import HALF, YEARS, importing, works

EARLY = read_requirement("self-reliance", "magnet=0.9@2025")


def with_need(case: Case, times: float) -> Case:
    return replace(case, need=replace(case.need, need=case.need.need * times))


def dearer(case: Case, times: float) -> Case:
    return replace(case, market=replace(case.market, price=case.market.price * times))


def slow() -> Case:
    """As ``importing``, but a plant takes nine years to build, longer than there are."""
    return small_case(
        YEARS, {"make": {"oxide": -2.0, "magnet": 1.0}}, {"works": {**works(24.0), "lead": 9.0}},
        {"car": {"need": 10.0, "without": 100.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 9.0)],
    )  # fmt: skip


def test_what_moves_decides_the_way() -> None:
    first = formulate(importing())
    matrix = first.program.matrix()
    base, _ = begin(first.program, matrix, "it")
    sides = formulate(with_need(importing(), 1.5))
    prices = formulate(dearer(importing(), 1.1))
    assert again(base, sides.program, sides.program.matrix(), "it").way == FROM_BASIS
    assert again(base, prices.program, prices.program.matrix(), "it").way == FROM_BASIS
    both = replace(prices.program.matrix(), A=matrix.A * 2.0)
    assert again(base, prices.program, both, "it").way == COLD


def test_too_many_steps_end_cold_and_cost_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = (formulate(importing(import_limits={"cn_magnet": limit})) for limit in (1000.0, 4.0))
    base, _ = begin(first.program, first.program.matrix(), "it")
    matrix = other.program.matrix()
    expected = solve(matrix).cost
    assert again(base, other.program, matrix, "it").solution.cost == pytest.approx(expected)
    monkeypatch.setattr(live, "STEPS_PER_ROW", 0.0)
    cut = again(base, other.program, matrix, "it")
    assert cut.way == COLD
    assert cut.solution.cost == pytest.approx(expected)


def test_columns_that_come_and_go_are_matched_by_name() -> None:
    """Of the second case the need begins a year later, and another plant stands first: no number is the same."""
    one, two = formulate(importing()), formulate(late(importing()))
    was = live._placed(one.program.columns, two.program.columns, two.program.width)
    for number, old in enumerate(was):
        name = two.program.name_of(number)
        if old != NONE:
            assert one.program.name_of(int(old)) == name
    known = {one.program.name_of(at) for at in range(one.program.width)}
    assert {two.program.name_of(at) for at in np.flatnonzero(was == NONE)}.isdisjoint(known)
    assert (was == NONE).sum() + len(known & {two.program.name_of(at) for at in range(two.program.width)}) == len(was)
    for first, other in ((one, two), (two, one)):
        base, _ = begin(first.program, first.program.matrix(), "it")
        matrix = other.program.matrix()
        assert again(base, other.program, matrix, "it").solution.cost == pytest.approx(solve(matrix).cost)


def late(case: Case) -> Case:
    need = case.need.need.copy()
    need[..., 0] = 0.0
    return replace(case, need=replace(case.need, need=need))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(sketches(), sketches())
def test_a_future_is_the_plan_that_is_made_of_it_alone(one: Sketch, two: Sketch) -> None:
    first = central(one.case(), Asked("national"))
    for case in (two.case(), one.case(), one.case(money=1.5), one.case(tonnes=2.0)):
        plan, found = make_plan(case), future(first, case)
        assert found is not None
        assert found.cost == pytest.approx(plan.cost, rel=1e-6, abs=1e-6)
        assert sum(found.terms.values()) == pytest.approx(found.cost, rel=1e-9, abs=1e-6)


def test_order_changes_nothing() -> None:
    futures = [with_need(importing(), 0.5 + at / 4) for at in range(5)]
    asked = Asked("national", (HALF,))
    first = central(importing(), asked)
    forward = [future(first, case) for case in futures]
    other = central(importing(), asked)
    backward = [future(other, case) for case in reversed(futures)][::-1]
    for one, two in zip(forward, backward, strict=True):
        assert one is not None
        assert two is not None
        assert one.cost == two.cost
        assert one.build.tobytes() == two.build.tobytes()
        assert one.build.sum() > 0


def test_a_future_in_which_nothing_holds_has_no_plan() -> None:
    first = central(importing(), Asked("national", (HALF,)))
    plants = importing().plants
    never = replace(importing(), plants=replace(plants, level=np.zeros_like(plants.level)))
    assert future(first, never) is None
    with pytest.raises(NotOptimalError):
        central(importing(), Asked("national", (EARLY,)))


def test_builds_kept_cost_in_their_own_future_what_they_were_planned_at() -> None:
    plan = make_plan(importing(), (HALF,))
    builds = decided(plan.decisions["build"])
    first = central(importing(), Asked("national", (HALF,), builds))
    assert first.record.kept
    assert first.record.cost == pytest.approx(plan.cost, rel=1e-5)
    np.testing.assert_allclose(first.record.build, plan.decisions["build"].values, rtol=1e-5, atol=1e-5)
    again_ = future(first, importing())
    assert again_ is not None
    assert again_.cost == pytest.approx(plan.cost, rel=1e-5)


def test_builds_that_cannot_hold_what_is_required_are_run_without_it() -> None:
    builds = decided(make_plan(importing(), (HALF,)).decisions["build"])
    first = central(importing(), Asked("national", (HALF,), builds))
    more = future(first, with_need(importing(), 3.0))
    assert more is not None
    assert not more.kept
    np.testing.assert_allclose(more.build, first.record.build, rtol=1e-4, atol=1e-4)
    bare = future(central(importing(), Asked("national", (), builds)), with_need(importing(), 3.0))
    assert bare is not None
    assert more.cost == pytest.approx(bare.cost)


def test_builds_that_come_too_late_are_left_out_and_told() -> None:
    case = importing()
    build = make_plan(case, (HALF,)).decisions["build"]
    first = central(case, Asked("national", (), decided(build)))
    found = future(first, slow())
    assert found is not None
    assert found.lost == pytest.approx(float(build.sum()))
    assert found.build.sum() == 0
    assert found.cost == pytest.approx(make_plan(slow()).cost)  # nothing can be built in time, and nothing is charged
