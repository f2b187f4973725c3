"""Plans on trees: the deterministic equivalent by hand, copies held equal by rows, CVaR by enumeration, brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from chumbak.linear.solve import NotOptimalError
from chumbak.plan.case import Case
from chumbak.plan.formulate import formulate
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import make_plan
from chumbak.plan.tree.extensive import OWN_YEAR, Risk, extensive, least_cost, tail_cost
from chumbak.plan.tree.hedge import make_hedge, tree_certificate
from chumbak.plan.tree.nodes import Branch, Tree
from chumbak.plan.tree.splice import Stop, TreeError, averaged, spliced, stopped, with_same_limits
from tests.plan.sketch import YEARS, Sketch, sketches
from tests.plan.small import small_case

few = settings(
    max_examples=15, derandomize=True, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
NEAR = {"rel": 1e-6, "abs": 1e-4}


def two(first: int, chance: float, calm: int = 0) -> Tree:
    """Return a tree of good weather and a stop that both begin in a year."""
    return Tree("two", (Branch("root", "all", 2025, 1.0, 0), Branch("calm", "calm", first, 1 - chance, 0),
                        Branch("stop", "stop", first, chance, 0)), calm)  # fmt: skip


def stock_case(stop: bool, need: float = 100.0) -> Case:
    """Return magnets bought at 1, kept at 0.2 a year, and lost at 3: stopped in 2027 or not."""
    limit = [1000.0, 1000.0, 0.0 if stop else 1000.0]
    return small_case(
        (2025, 2026, 2027), {"make": {"oxide": -1.0, "magnet": 1.0}},
        {"magnets": {"counts": {"make": 1.0}, "step": 0.0}},
        {"motor": {"need": [0.0, 0.0, need], "without": 3.0}}, [("abroad", "CHN", "magnet", 1.0)],
        import_limits={"abroad": limit}, holding=0.2, reference={"magnet": 1.0},
    )  # fmt: skip


@pytest.mark.parametrize("chance", [0.05, 0.3, 0.6, 0.9])
def test_stock_before_a_stop_is_the_newsvendor(chance: float) -> None:
    """A tonne bought in 2026 costs 1.2, in 2027 1.0 or, stopped, 3 without it: it is laid in if 1.2 < 1 - p + 3 p."""
    cases = [stock_case(stop=False), stock_case(stop=True)]
    hedge = make_hedge(two(2027, chance), cases)
    laid_in = (1 - chance) + 3 * chance > 1.2
    cost = np.array([120.0, 120.0]) if laid_in else np.array([100.0, 300.0])
    assert hedge.hedged.cost == pytest.approx(cost)
    assert hedge.known_cost == pytest.approx([100.0, 120.0])
    calm = np.array([100.0, 300.0])
    assert hedge.calm is not None
    assert hedge.calm.cost == pytest.approx(calm)
    assert hedge.hedge_value == pytest.approx(calm - cost)
    assert hedge.information_value == pytest.approx((1 - chance) * (cost[0] - 100) + chance * (cost[1] - 120))
    # on average the limit is 1000 (1 - p): all of the need can still be bought in 2027, so nothing is laid in
    assert hedge.stochastic_value == pytest.approx(float(np.array([1 - chance, chance]) @ (calm - cost)))
    assert tree_certificate(hedge.hedged).holds
    assert tree_certificate(hedge.calm).holds


@pytest.mark.parametrize("aversion", [0.0, 0.2, 1.0, 5.0])
@pytest.mark.parametrize("tail", [0.0, 0.5, 0.9])
def test_aversion_lays_in_what_the_tail_is_worth(aversion: float, tail: float) -> None:
    """Between 0 and 100 t laid in, cost and tail are straight lines: enumeration of both ends finds the best."""
    chance, cases = 0.08, [stock_case(stop=False), stock_case(stop=True)]
    chances = np.array([1 - chance, chance])

    def total(laid_in: float) -> float:
        cost = np.array([1.2 * laid_in + 1.0 * (100 - laid_in), 1.2 * laid_in + 3.0 * (100 - laid_in)])
        return float(chances @ cost) + aversion * tail_cost(chances, cost, tail)

    hedge = make_hedge(two(2027, chance), cases, risk=Risk(aversion, tail))
    found = hedge.hedged.expected + aversion * hedge.hedged.tail(tail)
    assert found == pytest.approx(min(total(0.0), total(100.0)), rel=1e-6)
    assert tree_certificate(hedge.hedged).holds
    assert hedge.hedged.expected >= hedge.neutral.expected - 1e-6
    assert hedge.hedged.tail(tail) <= hedge.neutral.tail(tail) + 1e-6


def test_tail_by_enumeration_of_subsets() -> None:
    """Of n futures of equal chance the worst k cost on average what the dearest of all subsets of k does."""
    cost = np.array([3.0, 9.0, 4.0, 9.5, 1.0])
    for worst in (1, 2, 3, 4, 5):
        dearest = max(float(np.mean(cost[list(one)])) for one in combinations(range(5), worst))
        assert tail_cost(np.full(5, 0.2), cost, 1 - worst / 5) == pytest.approx(dearest)


def futures(one: Sketch, two_: Sketch, first: int) -> list[Case]:
    """Return a sketch, and the same with need, prices and limits of another from a year on."""
    changed = replace(one, need=two_.need, magnet=two_.magnet, magnet_limit=two_.magnet_limit)
    base = one.case()
    return with_same_limits([base, spliced(base, changed.case(), first, "other")])


def by_copies(tree: Tree, cases: list[Case], risk: Risk) -> float:
    """Return the least cost of a tree by another hand: a copy of all for each end, and rows that hold copies equal."""
    forms = [formulate(case) for case in cases]
    own = [form.program.matrix() for form in forms]
    widths = [one.A.shape[1] for one in own]
    starts = np.concatenate([[0], np.cumsum(widths)])
    chance, ends = tree.probability, len(own)
    width = starts[-1] + 1 + ends  # copies, v, above
    cost = np.zeros(width)
    for at, one in enumerate(own):
        cost[starts[at] : starts[at + 1]] = chance[at] * one.cost
    cost[starts[-1]] = risk.aversion
    cost[starts[-1] + 1 :] = risk.aversion * chance / (1 - risk.tail)
    equal = []
    for first, second in combinations(range(ends), 2):
        for name, block in forms[first].program.columns.items():
            axis = next(at for at, dim in enumerate(block.labels) if dim in OWN_YEAR)
            other = forms[second].program.columns[name].at
            for place in np.argwhere(block.at >= 0):
                year = list(block.labels.values())[axis][place[axis]]
                known = [tree.known_in(tree.ends[end], [year])[0] for end in (first, second)]
                if known[0] == known[1] and other[tuple(place)] >= 0:
                    row = np.zeros(width)
                    row[starts[first] + block.at[tuple(place)]] = 1.0
                    row[starts[second] + other[tuple(place)]] = -1.0
                    equal.append(row)
    below, most = [], []
    for at, one in enumerate(own):
        part = np.zeros((one.A.shape[0], width))
        part[:, starts[at] : starts[at + 1]] = one.A.toarray()
        for side, sign in ((one.row_upper, 1.0), (one.row_lower, -1.0)):
            there = np.isfinite(side)
            below.append(sign * part[there])
            most.append(sign * side[there])
        tail = np.zeros(width)  # cost - v - above <= - offset
        tail[starts[at] : starts[at + 1]] = one.cost
        tail[starts[-1]], tail[starts[-1] + 1 + at] = -1.0, -1.0
        below.append(tail[None])
        most.append(np.array([-one.offset]))
    bounds = [pair for one in own for pair in zip(one.lower, one.upper, strict=True)]
    bounds += [(-np.inf, np.inf)] + [(0.0, np.inf)] * ends
    found = linprog(
        cost, A_ub=sparse.csr_array(np.concatenate(below)), b_ub=np.concatenate(most),
        A_eq=np.array(equal) if equal else None, b_eq=np.zeros(len(equal)) if equal else None, bounds=bounds,
    )  # fmt: skip
    assert found.status == 0, found.message
    return float(found.fun) + float(chance @ [one.offset for one in own])


@few
@given(one=sketches(), other=sketches(), first=st.sampled_from(YEARS[1:]), chance=st.sampled_from([0.1, 0.5]),
       aversion=st.sampled_from([0.0, 0.7]))  # fmt: skip
def test_a_tree_costs_what_copies_held_equal_cost(
    one: Sketch, other: Sketch, first: int, chance: float, aversion: float
) -> None:
    cases, tree, risk = futures(one, other, first), two(first, chance), Risk(aversion, 0.8)
    found = make_hedge(tree, cases, risk=risk)
    total = found.hedged.expected + aversion * found.hedged.tail(0.8)
    assert total == pytest.approx(by_copies(tree, cases, risk), **NEAR)
    kept = tree_certificate(found.hedged)
    broken = [check for check in kept.broken if check.rule != "losses"]  # of recipes drawn at random
    assert not broken, broken
    # wait and see <= here and now <= any other first decisions
    assert found.information_value >= -1e-4
    for worse in (found.average, found.calm):
        assert worse is None or worse.expected >= found.neutral.expected - 1e-4


@few
@given(one=sketches(), other=sketches(), third=sketches())
def test_branches_of_branches_and_of_other_years(one: Sketch, other: Sketch, third: Sketch) -> None:
    base = one.case()
    late = spliced(base, replace(one, need=third.need).case(), 2028, "late")
    early = spliced(base, replace(one, magnet=other.magnet, magnet_limit=other.magnet_limit).case(), 2026, "early")
    after = replace(one, magnet=other.magnet, magnet_limit=other.magnet_limit, need=third.need).case()
    again = spliced(early, after, 2028, "again")
    cases = with_same_limits([base, late, early, again])
    branches = (
        Branch("root", "all", 2025, 1.0, 0),
        Branch("never", "never", 2028, 0.5, 0),
        Branch("late", "late", 2028, 0.2, 0),
        Branch("early", "early", 2026, 0.3, 0),
        Branch("once", "once", 2028, 0.6, 3),
        Branch("again", "again", 2028, 0.4, 3),
    )
    tree = Tree("deep", branches, 0)
    assert [branches[end].name for end in tree.ends] == ["never", "late", "once", "again"]
    assert tree.probability == pytest.approx([0.5, 0.2, 0.18, 0.12])
    # until 2028 "never" and "late" are one: that no early stop has come is known, that none will is not
    assert tree.known_in(1, YEARS).tolist() == [0, 0, 0, 1, 1]
    assert tree.known_in(5, YEARS).tolist() == [0, 3, 3, 5, 5]
    form = extensive(tree, cases, (), "national", Risk())
    solution = least_cost(form, "the tree")
    assert solution.cost + form.matrix.offset == pytest.approx(by_copies(tree, cases, Risk()), **NEAR)


def test_a_tree_of_one_future_twice_is_the_plan() -> None:
    case = stock_case(stop=True)
    hedge = make_hedge(two(2027, 0.5), [case, case])
    assert hedge.hedged.expected == pytest.approx(make_plan(case).cost)
    assert hedge.information_value == pytest.approx(0, abs=1e-9)
    assert hedge.stochastic_value == pytest.approx(0, abs=1e-9)


def test_requirements_hold_in_every_future_or_no_plan_is_made() -> None:
    cases = [stock_case(stop=False), stock_case(stop=True)]
    weeks = (read_requirement("stock-weeks", "26@2027"),)
    found = make_hedge(two(2027, 0.1), cases, weeks)
    assert all(float(plan.decisions["store"].isel(year=-1).sum()) >= 50 - 1e-6 for plan in found.hedged.plans)
    with pytest.raises(NotOptimalError, match="Infeasible"):
        make_hedge(two(2026, 0.1), cases, (read_requirement("self-reliance", "magnet=0.5@2027"),))


def test_the_same_tree_twice_is_the_same_to_the_bit() -> None:
    cases = [stock_case(stop=False), stock_case(stop=True)]
    one, other = (make_hedge(two(2027, 0.3), cases, risk=Risk(0.5, 0.5)).hedged for _ in range(2))
    assert one.solution.columns.tobytes() == other.solution.columns.tobytes()


def test_splice_takes_years_below_the_first_from_the_one_and_all_others_from_the_other() -> None:
    before, after = stock_case(stop=False, need=100.0), stock_case(stop=True, need=50.0)
    found = spliced(before, after, 2027, "stop")
    assert found.need.need[0, 0, 0].tolist() == [0, 0, 50.0]
    late = replace(before, plants=replace(before.plants, level=before.plants.level * 0.5))
    joined = spliced(before, late, 2026, "late").plants.level[0]
    assert np.array_equal(joined[0], before.plants.level[0, 0])  # decided in 2025: as it was, in all years
    assert np.array_equal(joined[1:], late.plants.level[0, 1:])
    dearer = replace(before, plants=replace(before.plants, capital=before.plants.capital * 2))
    with pytest.raises(TreeError, match="'dear' changes capital, of which there is one figure for all years"):
        spliced(before, dearer, 2026, "dear")


def test_average_of_figures_and_of_limits_that_never_bind() -> None:
    calm, stop = stock_case(stop=False, need=100.0), stock_case(stop=True, need=50.0)
    found = averaged([calm, stop], np.array([0.75, 0.25]))
    assert found.need.need[0, 0, 0, 2] == pytest.approx(87.5)
    assert found.market.limits[0][2].tolist() == [1000.0, 1000.0, 750.0]
    free = replace(calm, market=replace(calm.market, limits=(("abroad", (0,), np.full(3, np.inf)),)))
    assert averaged([free, stop], np.array([0.5, 0.5])).market.limits[0][2].tolist() == [np.inf] * 3


def test_stops() -> None:
    case = stock_case(stop=False)
    whole: dict[str, Any] = {"stages": (), "grades": (), "holding": (), "first": 2026, "last": 2026}
    found = stopped(case, [Stop(("CHN",), **whole, share=1.0)], "stop")
    assert found.market.limits[1][2].tolist() == [np.inf, 0.0, np.inf]
    half = stopped(case, [Stop(("CHN",), **whole, share=0.5)], "stop")
    assert half.market.limits[0][2].tolist() == [1000.0, 500.0, 1000.0]
    assert float(make_plan(found).decisions["buy"].sel(year=2026).sum()) == 0
    with pytest.raises(TreeError, match="stops nothing"):
        stopped(case, [Stop(("JPN",), **whole, share=1.0)], "stop")
    free = replace(case, market=replace(case.market, limits=()))
    assert stopped(free, [Stop(("CHN",), **whole, share=1.0)], "stop").market.limits[0][2].tolist() == [
        np.inf,
        0,
        np.inf,
    ]
    with pytest.raises(TreeError, match="which has no limit"):
        stopped(free, [Stop(("CHN",), **whole, share=0.5)], "stop")
