"""Around a plan: requirements that clash, the frontier, ranges at near-equal cost, and the plan played again."""

from dataclasses import replace

import numpy as np
import pytest

from chumbak.plan.case import Case
from chumbak.plan.certificate import certificate
from chumbak.plan.conflict import find_conflict
from chumbak.plan.frontier import frontier
from chumbak.plan.replay import ReplayError, nearest_kept, replay
from chumbak.plan.requirements import Requirement, read_requirement
from chumbak.plan.result import make_plan
from chumbak.plan.slack import build_ranges
from tests.plan.small import small_case

YEARS = [2025, 2026, 2027, 2028]
HALF = read_requirement("self-reliance", "magnet=0.5@2026")


def works(capital: float = 12.0, variable: float = 1.0, **more: object) -> dict[str, object]:
    return {"counts": {"make": 1.0}, "capital": capital, "lead": 1.0, "life": 3.0, "variable": variable, **more}


def importing(**more: object) -> Case:
    """Magnets cost 9 bought, and 2 oxide + 1 + 24/3 = 11 made at home: the cheapest plan buys all of them."""
    return small_case(
        YEARS, {"make": {"oxide": -2.0, "magnet": 1.0}}, {"works": works(24.0)},
        {"car": {"need": 10.0, "without": 100.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 9.0)], **more,
    )  # fmt: skip


def asked(*texts: str) -> tuple[Requirement, ...]:
    return tuple(read_requirement(*text.split(" ", 1)) for text in texts)


def test_requirements_that_hold_have_no_conflict() -> None:
    assert find_conflict(importing(), (HALF,)) is None


def test_an_early_floor_cannot_hold_and_nothing_near_it_does() -> None:
    """A plant needs a year: in 2025 nothing can be made, so the nearest share is none."""
    found = find_conflict(importing(), asked("self-reliance magnet=0.9@2025", "stock-weeks 0@2026"))
    assert found is not None
    assert [str(one) for one in found.members] == ["--self-reliance magnet=0.9@2025"]
    assert found.nearest[0] == pytest.approx(0.0, abs=1e-3)


def test_a_budget_and_a_floor_clash_and_each_is_told_how_near_it_comes() -> None:
    """A share of 0.5 of 10 t takes 5 t/year at 24 each, 120, decided in 2025; 60 buys half of it, a share of 0.25. The
    third requirement has no part in it."""
    found = find_conflict(importing(), asked("budget 60@2025", "self-reliance magnet=0.5@2026", "max-share CHN=1@2025"))
    assert found is not None
    assert {one.kind for one in found.members} == {"budget", "self-reliance"}
    nearest = {one.kind: value for one, value in zip(found.members, found.nearest, strict=True)}
    assert nearest["self-reliance"] == pytest.approx(0.25, abs=1e-3)
    assert nearest["budget"] == pytest.approx(120.0, rel=1e-3)


def test_a_requirement_asked_twice_is_one() -> None:
    found = find_conflict(importing(), (*asked("self-reliance magnet=0.9@2025"),) * 2)
    assert found is not None
    assert len(found.members) == 1
    assert found.nearest[0] is not None


def test_the_frontier_rises_evenly_and_each_point_costs_what_making_costs_more() -> None:
    """From 2026 on, 3 years x 10 t: a share of 1 makes 30 t at 11 instead of 9, 60 more; the frontier is straight."""
    points = frontier(importing(), HALF, 5)
    assert [point.share for point in points] == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0], abs=2e-3)
    assert points[0].plan.cost == pytest.approx(360.0)
    assert points[-1].plan.cost == pytest.approx(420.0, abs=0.1)
    assert [point.per_point for point in points[1:]] == pytest.approx([0.6] * 4, rel=1e-3)
    assert points[1].added == {"works": pytest.approx(2.5, abs=0.02)}


def test_two_equal_plants_can_be_swapped_and_one_without_rival_cannot() -> None:
    """Making costs 3 + 4 = 7 in either works, buying 9. Costs of the best are 90 + 3 x 10 x 7 = 300; with a twentieth
    more, 15, at most 7.5 t less could be made over three years at 2 a tonne: 2.5 t/year less. So one works alone has to
    have 7.5 t/year, and of two alike neither needs any."""
    one = small_case(
        YEARS, {"make": {"oxide": -2.0, "magnet": 1.0}}, {"works": works()},
        {"car": {"need": 10.0, "without": 100.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 9.0)],
    )  # fmt: skip
    ranges = build_ranges(make_plan(one), 0.05)
    assert float(ranges["least"].sel(plant="works")) == pytest.approx(7.5)
    assert float(ranges["best"].sel(plant="works")) == pytest.approx(10.0)
    two = small_case(
        YEARS, {"make": {"oxide": -2.0, "magnet": 1.0}, "press": {"oxide": -2.0, "magnet": 1.0}},
        {"works": works(), "other": {**works(), "counts": {"press": 1.0}}},
        {"car": {"need": 10.0, "without": 100.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 9.0)],
        stages={"make": "magnet", "press": "magnet", "magnet": "magnet", "oxide": "separation"},
    )  # fmt: skip
    ranges = build_ranges(make_plan(two), 0.05)
    assert ranges["least"].values == pytest.approx(np.zeros(2))
    assert (ranges["most"].values >= 10.0 - 1e-6).all()
    assert (ranges["most"].values <= 22.0).all()  # what stands idle for more than half is not built


def test_without_slack_the_range_is_the_plan() -> None:
    plan = make_plan(importing(), (HALF,))
    ranges = build_ranges(plan, 0.0)
    for side in ("least", "most"):
        assert ranges[side].values == pytest.approx(ranges["best"].values, abs=1e-4)


def test_a_plan_played_again_in_its_own_case_is_the_same() -> None:
    case = importing()
    plan = make_plan(case)
    again = replay(case, plan.decisions["build"])
    assert again.cost == pytest.approx(plan.cost)
    assert certificate(again, given_builds=True).holds


def test_builds_are_kept_in_a_case_where_they_are_too_many() -> None:
    """Half of the magnets are made at home for a floor; where the need is a quarter, the works stand and cost."""
    plan = make_plan(importing(), (HALF,))
    calm = importing()
    calm = replace(calm, need=replace(calm.need, need=calm.need.need / 4))
    again = replay(calm, plan.decisions["build"])
    assert again.decisions["build"].values == pytest.approx(plan.decisions["build"].values, rel=2e-6, abs=2e-6)
    assert again.cost > make_plan(calm).cost


def twice_the_need(case: Case) -> Case:
    return replace(case, need=replace(case.need, need=case.need.need * 2))


def test_what_builds_cannot_keep_whole_they_keep_as_near_as_they_can() -> None:
    """Works for half of 10 t make a quarter of 20 t: a floor of 0.5 comes down to 0.25, a little inside of it."""
    build = make_plan(importing(), (HALF,)).decisions["build"]
    found = nearest_kept(twice_the_need(importing()), build, "national", (HALF, *asked("budget 120@2025")))
    assert [str(one) for one in found] == [str(HALF)]
    near = found[HALF]
    assert near is not None
    assert near.value == pytest.approx(0.249)
    again = replay(twice_the_need(importing()), build, asked=(near,))
    assert certificate(again, given_builds=True).holds
    assert float(again.decisions["deliver"].sel(good="magnet|foreign").sum("region").min("year")) <= 5.0 + 1e-5


def test_each_is_kept_beside_those_before_it() -> None:
    """Works for 5 t in each of three years, and no magnets to buy: delivered they are a quarter of 20 t a year, kept
    they are 15 t in 2028, 39 weeks of it. What comes first takes all, and next to nothing is left for the other."""
    floor, stock = HALF, *asked("stock-weeks 52@2028")
    case = importing()
    build = make_plan(case, (floor,)).decisions["build"]
    shut = twice_the_need(importing(import_limits={"cn_magnet": 0.0}))
    first = nearest_kept(shut, build, "national", (floor, stock))
    assert first[floor] == replace(floor, value=0.249)
    assert first[stock] is not None
    assert 0 <= first[stock].value <= 0.2
    other = nearest_kept(shut, build, "national", (stock, floor))
    assert other[stock] == replace(stock, value=38.9)
    assert other[floor] is not None
    assert 0 <= other[floor].value <= 0.002
    assert nearest_kept(case, build, "national", (floor,)) == {floor: floor}


def test_shares_between_the_ends_are_round() -> None:
    """From 0 to 1 in seven points, a sixth apart: multiples of 5 %; nothing is left out and nothing is there twice."""
    points = frontier(importing(), HALF, 7)
    assert [point.share for point in points[:-1]] == pytest.approx([0.0, 0.15, 0.35, 0.5, 0.65, 0.85])
    assert points[-1].share == pytest.approx(1.0, abs=2e-3)


def test_builds_of_an_unknown_plant_are_refused() -> None:
    plan = make_plan(importing(), (HALF,))
    strange = plan.decisions["build"].assign_coords(plant=["mill"])
    with pytest.raises(ReplayError, match="mill"):
        replay(importing(), strange)
