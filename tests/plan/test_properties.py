"""What holds for any plan, over cases drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chumbak.linear.solve import NotOptimalError, solve
from chumbak.plan.account import spending
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.certificate import certificate
from chumbak.plan.formulate import formulate, home_deliveries
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan, make_plan
from chumbak.plan.ties import break_ties
from tests.plan.sketch import RUNS, YEARS, Sketch, peer_cost, sketches
from tests.plan.small import in_regions, small_case

few = settings(max_examples=20, derandomize=True, phases=(Phase.explicit, Phase.generate))
NEAR = {"rel": 1e-6, "abs": 1e-4}


def alike(one: xr.Dataset, other: xr.Dataset, within: float) -> None:
    """Hold two sets of decisions against each other, label by label."""
    assert set(one.data_vars) == set(other.data_vars)
    for name, values in one.data_vars.items():
        theirs = other[name].sel({dim: values[dim].values for dim in values.dims})
        assert theirs.shape == values.shape
        np.testing.assert_allclose(theirs.values, values.values, atol=within, err_msg=str(name))


@settings(few, max_examples=60)
@given(one=sketches())
def test_a_programme_written_by_another_hand_costs_the_same(one: Sketch) -> None:
    assert make_plan(one.case()).cost == pytest.approx(peer_cost(one), **NEAR)


@few
@given(one=sketches(), lost=st.sampled_from([*RUNS, "magnet", "oxide", "first", "second", "substitute"]))
def test_an_option_more_never_costs_more(one: Sketch, lost: str) -> None:
    plants = dict(one.plants)
    if lost in plants:
        plants[lost] = replace(plants[lost], step=0.0, growth=0.0, standing=0.0, fixed=0.0)
    fewer = replace(
        one, plants=plants, offers=tuple(offer for offer in one.offers if offer != lost),
        steps=tuple(step for step in one.steps if step[0] != lost),
        substitute=0.0 if lost == "substitute" else one.substitute,
    )  # fmt: skip
    more = one if lost not in plants else replace(one, plants={**plants, lost: replace(one.plants[lost], fixed=0.0)})
    assert make_plan(more.case()).cost <= make_plan(fewer.case()).cost + 1e-4


@few
@given(one=sketches(), money=st.sampled_from([1e-3, 1e3]))
def test_money_in_another_unit_is_the_same_plan(one: Sketch, money: float) -> None:
    plan, scaled = make_plan(one.case()), make_plan(one.case(money=money))
    assert scaled.cost / money == pytest.approx(plan.cost, **NEAR)
    alike(plan.decisions, scaled.decisions, 1e-4)


@few
@given(one=sketches(), tonnes=st.sampled_from([1e-2, 1e3]))
def test_tonnes_in_another_unit_are_the_same_plan(one: Sketch, tonnes: float) -> None:
    plan, scaled = make_plan(one.case()), make_plan(one.case(tonnes=tonnes))
    assert scaled.cost / tonnes == pytest.approx(plan.cost, **NEAR)
    alike(plan.decisions, scaled.decisions / tonnes, 1e-3)


def left_over(case: Case, plan: Plan) -> xr.DataArray:
    """Return what is left of every good (good, region, year), summed again from the decisions."""
    net, value = case.network, {name: array.values for name, array in plan.decisions.data_vars.items()}
    left = np.zeros((len(net.goods), len(case.regions), len(case.years)))
    for activity, good, amount in zip(net.flow_activity, net.flow_good, net.flow_amount, strict=True):
        left[good] += amount * value["run"][activity]
    for number, (_, _, material) in enumerate(case.market.offers):
        left[net.goods.index((material, "bought" if material == "magnet" else "foreign"))] += value["buy"][number]
    for number, product in enumerate(case.recovery.products):
        left[net.goods.index((net.used[product], ""))] += value["collect"][number].sum(axis=0)
    for number, (material, colour) in enumerate(net.goods):
        left[number] -= value["recolour"][number] + value["deliver"][number] + value["export"][number]
        left[number] += np.diff(value["store"][number], axis=-1, prepend=0.0) * -1
        left[number] += value["ship"][number].sum(axis=0) - value["ship"][number].sum(axis=1)
        if colour == "foreign":
            left[number] += value["recolour"][net.goods.index((material, "home"))]
    return xr.DataArray(left, dims=("good", "region", "year"))


@few
@given(one=sketches(), apart=st.booleans())
def test_balances_close(one: Sketch, apart: bool) -> None:
    """Of no good more than there is; of magnets just what is asked; of no plant more than it can make."""
    case = one.case()
    if apart:
        case = in_regions(case, {"west": 0.25, "east": 0.75}, 0.2, {"west": 0.1, "east": 0.4})
    plan = make_plan(case)
    assert float(left_over(case, plan).min()) >= -1e-6
    value = plan.decisions
    met = value["deliver"].sum("good") + value["unmet"].sum("product") + value["substitute"].sum("product")
    np.testing.assert_allclose(met.values, case.need.need[0, 0], atol=1e-6)
    assert (value["unmet"] >= 0).all()
    plants = case.plants
    able = plants.standing + np.einsum("krb,kbt->krt", value["build"].values, plants.level) - value["gone"].values
    able = able - value["closed"].values
    used = np.einsum("kat,art->krt", plants.use, value["run"].values)
    assert (used <= able * plants.availability[:, None, None] + 1e-6).all()
    for retired in ("gone", "closed"):
        assert (np.diff(value[retired].values, axis=-1) >= -1e-6).all()
    bought = value["buy"].sel(offer="magnet abroad:magnet").sum("region").values
    assert (bought <= np.array(one.magnet_limit) + 1e-6).all()


@few
@given(one=sketches())
def test_the_cost_of_the_programme_is_what_the_decisions_cost(one: Sketch) -> None:
    case = one.case()
    plan = make_plan(case)
    by_year = spending(case, plan.decisions, NATIONAL).sum("term").values
    assert float(by_year @ case.factors(NATIONAL)) == pytest.approx(plan.cost, **NEAR)


@few
@given(one=sketches())
def test_primal_and_dual_agree(one: Sketch) -> None:
    """Cost is the worth of all sides at their shadow prices and of all bounds at the reduced costs."""
    plan = make_plan(one.case(), (read_requirement("max-share", "CHN.magnet=0.7@2026"),))
    found, matrix = plan.solution, plan.matrix
    side = np.where(found.duals > 0, matrix.row_lower, matrix.row_upper)
    bound = np.where(found.reduced > 0, matrix.lower, matrix.upper)
    dual = found.duals[np.abs(found.duals) > 1e-9] @ side[np.abs(found.duals) > 1e-9]
    dual += found.reduced[np.abs(found.reduced) > 1e-9] @ bound[np.abs(found.reduced) > 1e-9]
    assert dual == pytest.approx(found.cost, **NEAR)
    np.testing.assert_allclose(matrix.cost - matrix.A.T @ found.duals, found.reduced, atol=1e-6)
    assert found.cost == pytest.approx(float(matrix.cost @ found.columns), **NEAR)


@few
@given(one=sketches(), order=st.permutations(list(RUNS)), data=st.data())
def test_the_order_in_which_a_case_is_written_changes_nothing(
    one: Sketch, order: list[str], data: st.DataObject
) -> None:
    other = replace(
        one, order=tuple(order), offers=tuple(data.draw(st.permutations(one.offers))),
        steps=tuple(data.draw(st.permutations(one.steps))),
    )  # fmt: skip
    asked = [read_requirement("budget", "150@2026"), read_requirement("max-share", "CHN.magnet=0.6@2026")]
    plan, same = make_plan(one.case(), tuple(asked)), make_plan(other.case(), tuple(reversed(asked)))
    assert same.cost == pytest.approx(plan.cost, **NEAR)
    alike(plan.decisions, same.decisions, 1e-5)


@few
@given(one=sketches())
def test_neither_method_nor_threads_change_the_plan(one: Sketch) -> None:
    case = one.case()
    written = formulate(case)
    matrix, homeward = written.program.matrix(), home_deliveries(case, written.decisions)
    plans = [
        break_ties(written.program, matrix, solve(matrix, solver=method, threads=threads), homeward)
        for method in ("ipx", "simplex") for threads in (1, 2)
    ]  # fmt: skip
    for other in plans[1:]:
        assert other.cost == pytest.approx(plans[0].cost, **NEAR)
        np.testing.assert_allclose(other.columns, plans[0].columns, atol=1e-5)


@few
@given(one=sketches())
def test_breaking_ties_leaves_the_cost_alone(one: Sketch) -> None:
    plan = make_plan(one.case())
    assert plan.cost == pytest.approx(solve(plan.matrix).cost + plan.matrix.offset, **NEAR)


@few
@given(
    one=sketches(),
    kind=st.sampled_from(
        ["max-share CHN.magnet", "self-reliance magnet", "self-reliance separation", "chain-self-reliance",
         "stock-weeks", "recycled-share", "budget"]
    ),
    values=st.tuples(st.integers(0, 8), st.integers(0, 8)),
)  # fmt: skip
def test_a_tighter_requirement_never_costs_less(one: Sketch, kind: str, values: tuple[int, int]) -> None:
    name, _, target = kind.partition(" ")
    scale = {"stock-weeks": 2.0, "budget": 100.0}.get(name, 0.1)
    low, high = sorted(value * scale for value in values)
    loose, tight = (high, low) if name in ("max-share", "budget") else (low, high)
    costs = []
    for value in (loose, tight):
        text = f"{target}{'=' if target else ''}{value:g}@2027"
        try:
            costs.append(make_plan(one.case(), (read_requirement(name, text),)).cost)
        except NotOptimalError as told:
            if told.status != "Infeasible":
                raise
            costs.append(np.inf)
    assert costs[0] <= costs[1] + 1e-4
    assert costs[0] >= make_plan(one.case()).cost - 1e-4


@few
@given(one=sketches(), year=st.sampled_from(YEARS[1:-1]), apart=st.booleans())
def test_the_share_designed_away_never_falls(one: Sketch, year: int, apart: bool) -> None:
    """Whatever the need does, and also where the floor is high in one year: it holds in the others too."""
    case = replace(one, substitute=0.4, premium=min(one.premium, one.without)).case()
    if apart:
        case = in_regions(case, {"west": 0.25, "east": 0.75}, 0.2, {"west": 0.1, "east": 0.4})
    dear = case.market.price.copy()
    dear[:, list(YEARS).index(year)] *= 20  # a year in which all that is bought is dear
    plan = make_plan(replace(case, market=replace(case.market, price=dear)))
    share = plan.decisions["substitute"].sum("region").values[0] / case.need.need[0].sum(axis=(0, 1))
    assert np.diff(share).min() >= -1e-6
    (checked,) = (found for found in certificate(plan).checks if found.rule == "redesigned_stays")
    assert checked.holds
    assert checked.checked == len(YEARS) - 1


@few
@given(one=sketches())
def test_there_is_a_plan_even_where_there_is_nothing(one: Sketch) -> None:
    """Without plants and offers all is gone without, but for what is cheaper to design without."""
    nothing = {name: replace(plant, step=0.0, growth=0.0, standing=0.0) for name, plant in one.plants.items()}
    plan = make_plan(replace(one, plants=nothing, offers=()).case())
    worth = np.array([(1 + one.rate) ** -(year - YEARS[0]) for year in YEARS])
    each = one.without - one.substitute * max(one.without - one.premium, 0.0)
    assert plan.cost == pytest.approx(float(np.array(one.need) @ worth) * each)


def test_there_is_a_plan_where_the_network_is_empty_but_for_a_need() -> None:
    plants = {"magnets": {"counts": {"make": 1.0}, "step": 0.0}}
    need = {"motor": {"need": 10.0, "without": 3.0}}
    case = small_case([2025], {"make": {"oxide": -1.0, "magnet": 1.0}}, plants, need)
    assert make_plan(case).cost == pytest.approx(30)
