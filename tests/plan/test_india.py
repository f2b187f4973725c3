"""The planner on the pack that comes along: what it says holds together with the first answer, and with itself."""

import numpy as np
import pytest
import xarray as xr

from chumbak.answer.model import compute
from chumbak.answer.planning import planning_case
from chumbak.answer.supply_chain import SupplyChain, supply_chain
from chumbak.chain.requirements import requirements
from chumbak.pack import Pack
from chumbak.plan.account import spending
from chumbak.plan.case import INVESTOR, NATIONAL, Case
from chumbak.plan.certificate import certificate
from chumbak.plan.network import BOUGHT
from chumbak.plan.outcome import self_reliance, supply_mix
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan, make_plan

HALF = read_requirement("chain-self-reliance", "0.5@2035")


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


@pytest.fixture(scope="module")
def known(pack: Pack) -> tuple[xr.Dataset, SupplyChain]:
    data = compute(pack).sel(year=slice(pack.answer_from, None))
    return data, supply_chain(pack, data)


@pytest.fixture(scope="module")
def case(pack: Pack, known: tuple[xr.Dataset, SupplyChain]) -> Case:
    return planning_case(pack, known=known)


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    return make_plan(case)


@pytest.fixture(scope="module")
def half(case: Case) -> Plan:
    return make_plan(case, (HALF,))


def test_a_national_plan_is_small(plan: Plan) -> None:
    assert plan.matrix.A.shape[1] < 30_000


def test_certificates_hold(plan: Plan, half: Plan, case: Case) -> None:
    for one in (plan, half, make_plan(case, view=INVESTOR)):
        found = certificate(one)
        assert found.holds, [check for check in found.checks if check.worst > check.tolerance]
        assert found.worst_balance <= 1e-6


def test_a_requirement_costs_something_and_holds(plan: Plan, half: Plan) -> None:
    assert half.cost > plan.cost
    reached = self_reliance(half)["chain"].sel(year=slice(2035, None))
    assert float(reached.min()) >= 0.5 - 1e-6
    assert float(self_reliance(plan)["chain"].sel(year=2035)) < 0.5  # or the requirement would not be tested


def test_the_need_is_that_of_the_first_answer(plan: Plan, known: tuple[xr.Dataset, SupplyChain]) -> None:
    """What is delivered, lacking and substituted is what makers at home need."""
    met = plan.decisions["deliver"].sum() + plan.decisions["unmet"].sum() + plan.decisions["substitute"].sum()
    made = known[0].made_at_home.sel(year=plan.case.years).sum()
    assert float(met) == pytest.approx(float(made), rel=1e-9)


def test_terms_of_cost_add_up(plan: Plan, half: Plan) -> None:
    for one in (plan, half):
        yearly = spending(one.case, one.decisions, NATIONAL).sum("term").values
        assert float(yearly @ one.case.factors(NATIONAL)) == pytest.approx(one.cost, rel=1e-9)


@pytest.mark.parametrize("rung", ["magnet", "alloy", "metal"])
def test_what_is_run_is_what_requirements_say(half: Plan, known: tuple[xr.Dataset, SupplyChain], rung: str) -> None:
    """For what a rung makes at home, by the plan's own route shares, ``requirements`` asks of the rungs before what the
    plan takes from them, be it made, bought or kept."""
    net, years = half.case.network, half.case.years
    chain = known[1].chain.sel(year=years)
    slots, mains, driven = (
        dict(zip(chain["process"].values.tolist(), chain[f"process_{name}"].values.tolist(), strict=True))
        for name in ("slot", "main", "driven")
    )
    run: dict[str, np.ndarray] = {}
    for (process, _), amounts in zip(net.activities, half.decisions["run"].sum("region").values, strict=True):
        run[process] = run.get(process, 0.0) + amounts
    made = {slots[name]: np.zeros(len(years)) for name in run if net.stage[name] == net.stage[mains[name]] == rung}
    taken: dict[str, np.ndarray] = {}
    for name, amounts in run.items():
        if slots[name] in made and driven[name] in ("need", "shape"):
            made[slots[name]] = made[slots[name]] + amounts
    for process, material, amount in zip(
        chain["flow_process"].values, chain["flow_material"].values, chain["coefficient"].values, strict=True
    ):
        if (
            process not in run
            or net.stage[process] != rung
            or driven[process] not in ("need", "shape")
            or amount.min() >= 0
        ):
            continue
        if material in mains.values() and net.grade[material] in made and net.stage[material] == rung:
            made[net.grade[material]] = made[net.grade[material]] + amount * run[process]  # a base, not handed on
        elif net.stage[material] not in ("", rung):
            taken[material] = taken.get(material, 0.0) - amount * run[process]
    shares = {}
    for name in run:
        rivals = [other for other in run if slots[other] == slots[name] and driven[other] in ("need", "shape")]
        if name in rivals and len(rivals) > 1:
            together = sum(run[other] for other in rivals)
            even = np.full(len(years), 1 / len(rivals))
            share = np.divide(run[name], together, out=even, where=together > 1e-9)
            shares[name] = xr.DataArray(share, dims="year", coords={"year": years})
    need = xr.DataArray(
        [np.maximum(amount, 0.0) for amount in made.values()], dims=("slot", "year"),
        coords={"slot": list(made), "year": years},
    )  # fmt: skip
    stages = chain["stage"].values.tolist()
    found = requirements(chain, need, shares, stop=stages[stages.index(rung) - 1])
    assert float(need.sum()) > 0
    for material, amount in taken.items():
        assert found.asked.sel(material=material).values == pytest.approx(amount, rel=1e-6, abs=1e-6), material


def test_sources_add_up_to_what_is_used(half: Plan) -> None:
    """NdPr that comes in is no less than what magnets delivered hold."""
    mix = supply_mix(half).sum("source").values
    case = half.case
    held = np.array([case.composition.sel(material=name, element=["Nd", "Pr"]).sum("element").values
                     for name, _ in case.network.goods])  # fmt: skip
    delivered = np.einsum("gt,grt->t", held, half.decisions["deliver"].values)
    assert (mix >= delivered - 1e-6).all()


def test_bought_magnets_are_not_worked_on(half: Plan) -> None:
    net = half.case.network
    finished = [at for at, (_, colour) in enumerate(net.goods) if colour == BOUGHT and net.slot[at]]
    assert finished
    assert float(half.decisions["recolour"].values[finished].sum()) == 0.0
    assert not np.isin(net.flow_good, finished).any()
