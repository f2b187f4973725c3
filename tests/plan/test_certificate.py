"""The certificate holds for plans as they are solved, and names the rule that a tampered plan breaks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.certificate import Certificate, certificate
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import Plan, make_plan
from tests.plan.small import in_regions, policy, small_case

YEARS = range(2025, 2037)
ASKED = {
    "max-share": "CHN=0.6@2032", "self-reliance": "magnet=0.5@2031", "chain-self-reliance": "0.2@2032",
    "stock-weeks": "4@2029", "recycled-share": "0.02@2032", "budget": "9000@2027",
}  # fmt: skip


def country(**changes: Any) -> Case:
    """A country with a mine, used goods, a by-product, exports, stock and limits of every kind."""
    given: dict[str, Any] = {
        "processes": {
            "separate": {"ore": -2.5, "oxide": 1.0, "cerium": 1.2},
            "leach_used": {"old_motors": -1.0, "oxide": 0.3},
            "make": {"oxide": -1.4, "magnet": 1.0, "swarf": 0.2},
            "leach_swarf": {"swarf": -1.0, "oxide": 0.5},
        },
        "plants": {
            "separator": {"counts": {"separate": 1.0}, "lead": 1.0, "life": 5.0, "step": 60.0, "growth": 0.3},
            "magnets": {
                "counts": {"make": 1.0}, "lead": 1.5, "ramp": (0.4, 0.7, 0.9), "life": 20.0, "availability": 0.9,
                "fixed": 0.05, "standing": 10.0, "electricity": 3.0, "step": 60.0, "variable": 0.5,
            },
            "recycler": {"counts": {"leach_used": 1.0, "leach_swarf": 1.0}, "capital": 2.0},
        },
        "need": {
            "car": {"need": np.linspace(100, 200, 12), "without": 100.0, "substitute": 0.2, "premium": 12.0},
            "fan": {"need": 30.0, "without": 30.0},
        },
        "offers": [
            ("chn_magnet", "CHN", "magnet", [20.0] * 6 + [9.0] * 6), ("aus_oxide", "AUS", "oxide", 12.0),
            ("jpn_magnet", "JPN", "magnet", 26.0),
        ],
        "traded": {"ore": 0.5, "cerium": 0.2}, "sale_limit": 40.0, "export": {"oxide": 5.0},
        "limits": {"separate": 150.0},
        "import_limits": {"chn_magnet": [180.0] * 4 + [60.0] * 8, "jpn_magnet": 60.0}, "used": {"car": "old_motors"},
        "arising": {"car": np.linspace(20, 60, 12)}, "steps": [("shops", 0.2, 0.5), ("streets", 0.3, 2.0)],
        "holds": {"oxide": 0.5, "magnet": 0.3, "swarf": 0.28, "old_motors": 0.2},
        "rate": 0.06, "holding": 0.02, "budget": 2000.0, "tariff": 0.01, "duty": 0.075,
        "reference": {"magnet": 20.0, "oxide": 14.0}, "rung_need": {"separation": 0.3, "magnet": 0.3},
        "decided": range(2026, 2037), "policies": [policy("public_stock", "", weeks=2.0, first=2028.0)],
    }  # fmt: skip
    return small_case(YEARS, **(given | changes))


def schemes() -> list[Any]:
    """Policies of every kind that pays an investor."""
    share = np.full(len(YEARS), 0.2)
    paid = {"per_tonne": 3.0, "sales_share": 0.1, "total": 500.0, "quantity": 70.0, "first": 2028.0, "last": 2033.0}
    grant = policy("capital_subsidy", share=share, cap=1.5, total=150.0, quantity=120.0, last=2031.0)
    return [replace(grant, name="grant"), replace(policy("output_incentive", **paid), name="bonus")]


@pytest.fixture(scope="module")
def plain() -> Plan:
    return make_plan(country(), tuple(read_requirement(kind, text) for kind, text in ASKED.items()))


@pytest.fixture(scope="module")
def invested() -> Plan:
    return make_plan(country(policies=schemes()), view=INVESTOR)


def regional(case: Case) -> Case:
    spread = in_regions(case, {"west": 0.3, "east": 0.7}, 0.05, {"west": 0.01, "east": 0.2})
    return replace(spread, region_share={"separate": np.array([0.0, 1.0])})


def names(found: Certificate) -> list[str]:
    return [one.rule for one in found.broken]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: make_plan(country()), id="national"),
        pytest.param(lambda: make_plan(country(), view=INVESTOR), id="investor"),
        pytest.param(lambda: make_plan(country(policies=schemes()), view=INVESTOR), id="policies"),
        pytest.param(lambda: make_plan(country(offers=[], policies=[])), id="nothing to buy"),
        pytest.param(lambda: make_plan(country(offers=[])), id="nothing to keep in stock"),
        pytest.param(lambda: make_plan(regional(country())), id="regions"),
        pytest.param(lambda: make_plan(regional(country(policies=schemes())), view=INVESTOR), id="regions, policies"),
    ],
)
def test_it_holds_for_plans_as_they_are_solved(made: Callable[[], Plan]) -> None:
    found = certificate(made())
    assert found.broken == ()
    assert found.holds
    assert found.worst_balance <= 1e-6
    assert found.gap <= 1e-6
    assert found.primal == pytest.approx(found.dual, rel=1e-6)


def test_it_holds_under_requirements_and_tells_each(plain: Plan) -> None:
    found = certificate(plain)
    assert found.broken == ()
    assert {str(one) for one in plain.asked} <= {one.rule for one in found.checks}


def test_it_tells_solver_and_ranges(plain: Plan) -> None:
    found = certificate(plain)
    assert (found.solver.name, found.solver.method, found.solver.primal_tolerance) == ("HiGHS", "ipx", 1e-7)
    assert set(found.ranges) == {"matrix", "cost", "bound", "right_side"}


def test_the_plan_uses_what_is_checked(plain: Plan, invested: Plan) -> None:
    """A rule on something that is nowhere used would hold whatever it says."""
    used = {name for name, array in plain.decisions.items() if float(array.sum()) > 1.0}
    assert {"run", "buy", "deliver", "store", "collect", "sell", "build", "gone", "substitute"} <= used
    assert all(
        float(invested.decisions[name].sum()) > 1.0 for name in ("subsidy", "subsidised", "incentive", "rewarded")
    )


def test_it_tells_how_a_plan_was_solved(plain: Plan) -> None:
    found = certificate(replace(plain, solution=replace(plain.solution, solver="simplex", threads=3)))
    assert (found.solver.method, found.solver.threads) == ("simplex", 3)


def tampered(plan: Plan, name: str, change: float, **at: object) -> Certificate:
    """Return the certificate of the plan with one decision changed by so much."""
    decisions = plan.decisions.copy(deep=True)
    dims = [str(dim) for dim in decisions[name].dims]
    spelled = {next(dim for dim in dims if dim.endswith(key)): label for key, label in at.items()}
    decisions[name].loc[spelled] += change
    return certificate(replace(plan, decisions=decisions))


COUNTRY = {"region": "country"}
TAMPERED = {  # rule broken -> decision, by how much, where
    "balance": ("run", -1.0, {"activity": "separate", "year": 2033}),
    "need": ("deliver", -1.0, {"good": "magnet|home", "year": 2033}),
    "lacking": ("substitute", 1000.0, {"product": "car", "year": 2033}),
    "redesigned_stays": ("substitute", -20.0, {"product": "car", "year": 2036}),
    "substituted": ("substitute", 100.0, {"product": "car", "year": 2033}),
    "unmet": ("unmet", 100.0, {"product": "fan", "year": 2033}),
    "limit": ("run", 500.0, {"activity": "separate", "year": 2033}),
    "capacity": ("run", 1000.0, {"activity": "make|home", "year": 2033}),
    "gone_stays": ("gone", -1000.0, {"plant": "magnets", "year": 2033}),
    "gone_was_built": ("gone", 1000.0, {"plant": "magnets", "year": 2036}),
    "closed": ("closed", 11.0, {"plant": "magnets", "year": 2036}),
    "closed_stays": ("closed", 5.0, {"plant": "magnets", "year": 2033}),
    "end_of_life": ("gone", -1000.0, {"plant": "separator", "year": 2036}),
    "not_negative": ("gone", -1000.0, {"plant": "separator", "year": 2036}),
    "growth": ("build", 500.0, {"plant": "magnets", "decided": 2027}),
    "budget": ("build", 500.0, {"plant": "magnets", "decided": 2027}),
    "import_limit": ("buy", 500.0, {"offer": "chn_magnet:magnet", "year": 2033}),
    "collected": ("collect", 50.0, {"used": "car", "step": "shops", "year": 2033}),
    "export_limit": ("export", 50.0, {"good": "oxide|home", "year": 2033}),
    "no_export": ("export", 1.0, {"good": "oxide|foreign", "year": 2033}),
    "delivered": ("deliver", 1.0, {"good": "oxide|home", "year": 2033}),
    "recoloured": ("recolour", 1.0, {"good": "oxide|foreign", "year": 2033}),
    "kept": ("store", 1.0, {"good": "swarf|home", "year": 2033}),
    "public_stock scheme": ("store", -1000.0, {"good": "magnet|bought", "year": 2035}),
    "elements": ("deliver", 1000.0, {"good": "magnet|home", "year": 2033}),
    "cost": ("unmet", 1e-3, {"product": "car", "year": 2033}),
}  # fmt: skip


@pytest.mark.parametrize("rule", TAMPERED)
def test_it_names_the_rule_that_a_tampered_plan_breaks(plain: Plan, rule: str) -> None:
    name, change, at = TAMPERED[rule]
    found = tampered(plain, name, change, **at, **COUNTRY)
    assert not found.holds
    assert rule in names(found)


@pytest.mark.parametrize(("rule", "year"), [("sold", 2033), ("sale_limit", 2036)])
def test_it_names_what_is_sold_beyond_what_there_is_or_can_be(plain: Plan, rule: str, year: int) -> None:
    assert rule in names(tampered(plain, "sell", 500.0, material="cerium", year=year))


def test_it_says_where_and_how_much(plain: Plan) -> None:
    before = next(one for one in certificate(plain).checks if one.rule == "need")
    assert before.worst <= 1e-6
    found = tampered(plain, "deliver", -1.0, good="magnet|home", year=2033, **COUNTRY)
    broken = next(one for one in found.broken if one.rule == "need")
    assert broken.worst == pytest.approx(1.0)
    assert (broken.where, broken.unit, broken.checked) == ("G, country, 2033", "t/year", 12)


@pytest.mark.parametrize("rule", ["capacity", "cost"])
def test_what_is_closed_turns_out_nothing_and_is_not_paid_for(plain: Plan, rule: str) -> None:
    decisions = plain.decisions.copy(deep=True)
    decisions["closed"].loc[{"plant": "magnets"}] = 10.0
    assert float(plain.decisions["closed"].sum()) < 1e-6
    assert rule in names(certificate(replace(plain, decisions=decisions)))


def test_closing_slows_growth() -> None:
    """What is closed is no base to grow from: with nothing standing and no first step, nothing can be added."""
    case = country(budget=None)
    kinds = replace(case.plants, step=np.full(3, 0.0), growth=np.full(3, 0.5), standing=case.plants.standing + 50.0)
    plan = make_plan(replace(case, plants=kinds))
    assert float(plan.decisions["build"].sum()) > 1.0
    decisions = plan.decisions.copy(deep=True)
    decisions["closed"][:] = kinds.standing
    assert certificate(plan).holds
    assert "growth" in names(certificate(replace(plan, decisions=decisions)))


def test_what_a_plan_built_goes_and_what_stood_closes() -> None:
    """A plant that stands and costs more than it saves is closed; one that falls away of itself is no reopening."""
    case = country(
        need={"car": {"need": [100.0] * 4 + [5.0] * 8, "without": 100.0}}, used=None, arising=None, steps=(),
        processes={"make": {"oxide": -1.4, "magnet": 1.0}}, limits=None, policies=[],
        plants={"magnets": {"counts": {"make": 1.0}, "fixed": 0.5, "standing": [80.0] * 10 + [40.0, 0.0]}},
    )  # fmt: skip
    plan = make_plan(case)
    assert float(plan.decisions["closed"].sum()) > 1.0
    assert certificate(plan).broken == ()


def test_exports_keep_their_limit_over_grades_and_regions() -> None:
    """Grades of a template share a market: as much of each as there is a market for is twice too much."""
    processes = {name: {"ore": -2.0, name.replace("separate", "oxide"): 1.0} for name in ("separate_N", "separate_H")}
    stages = dict.fromkeys([*processes, "oxide_N", "oxide_H"], "separation") | {"make": "magnet", "magnet": "magnet"}
    case = country(
        processes=processes | {"make": {"oxide_N": -1.4, "magnet": 1.0}}, stages=stages, used=None, arising=None,
        plants={"separator": {"counts": dict.fromkeys(processes, 1.0)}, "magnets": {"counts": {"make": 1.0}}},
        traded={"ore": 0.5}, offers=[], export={"oxide_N": 5.0, "oxide_H": 5.0}, limits=None, policies=[], budget=None,
        reference={"magnet": 20.0, "oxide_N": 14.0, "oxide_H": 14.0}, steps=(), holds={"magnet": 0.3},
    )  # fmt: skip
    template = dict(case.network.template) | {"oxide_N": "oxide_GRADE", "oxide_H": "oxide_GRADE"}
    case = replace(case, network=replace(case.network, template=template))
    plan = make_plan(in_regions(case, {"west": 0.3, "east": 0.7}, 0.05, {"west": 0.01, "east": 0.2}))
    assert plan.decisions["export"].sum(["good", "region"]).values[-1] == pytest.approx(5.0)
    assert certificate(plan).broken == ()
    found = tampered(plan, "export", 1.0, good="oxide_H|home", region="west", year=2035)
    broken = next(one for one in found.broken if one.rule == "export_limit")
    assert (broken.where, broken.worst) == ("oxide_GRADE, 2035", pytest.approx(1.0))


def lacking_stock(view: str = "national", **figures: Any) -> Plan:
    """A plan whose public stock cannot be filled from what is on offer before plants stand."""
    stock = policy("public_stock", "", **({"weeks": 30.0, "last": 2034.0} | figures))
    return make_plan(country(policies=[stock], import_limits={"chn_magnet": 20.0, "jpn_magnet": 5.0}), view=view)


@pytest.mark.parametrize("view", ["national", INVESTOR])
def test_a_public_stock_may_lack_at_a_price(view: str) -> None:
    plan = lacking_stock(view)
    lacking = plan.decisions["stock_lacking"]
    assert float(lacking.sel(year=2025).sum()) > 1.0
    assert certificate(plan).broken == ()
    at = {"stock": "scheme", "grade": "G", "year": 2025}
    assert {"public_stock scheme", "cost"} <= set(names(tampered(plan, "stock_lacking", -1.0, **at)))
    assert names(tampered(plan, "stock_lacking", 1.0, **at)) == ["cost"]
    assert "not_negative" in names(tampered(plan, "stock_lacking", -1e4, **at))


def test_a_public_stock_is_of_its_material() -> None:
    """A stock of something that no magnet is asks for none, and costs nothing."""
    for material, asked in (("magnet", True), ("ferrite", False)):
        plan = lacking_stock(INVESTOR, material=material)
        assert (float(plan.decisions["stock_lacking"].sum()) > 1.0) == asked
        assert certificate(plan).broken == ()
    other = replace(plan, case=replace(plan.case, policies=(replace(plan.case.policies[0], material="magnet"),)))
    assert {"public_stock scheme", "cost"} <= set(names(certificate(other)))


def test_the_treasury_pays_for_the_public_stock_in_the_investor_view() -> None:
    plan = lacking_stock(INVESTOR)
    dearer = replace(plan.case, market=replace(plan.case.market, reference={"oxide": np.full(12, 14.0)}))
    assert names(certificate(replace(plan, case=dearer))) == ["cost"]


@pytest.mark.parametrize(
    ("name", "change", "at", "of"),
    [
        ("run", -1e4, {"activity": "leach_used", "year": 2033}, "made, 2033"),
        ("run", -1e4, {"activity": "make|home", "year": 2033}, "used, 2033"),
    ],
)
def test_what_is_recycled_is_won_back_and_used(plain: Plan, name: str, change: float, at: Any, of: str) -> None:
    one = next(asked for asked in plain.asked if asked.kind == "recycled-share")
    found = tampered(plain, name, change, **at, **COUNTRY)
    assert next(check for check in found.broken if check.rule == str(one)).where == of


@pytest.mark.parametrize("kind", ["self-reliance", "chain-self-reliance"])
def test_home_make_is_made_in_the_year_and_used_in_it(plain: Plan, kind: str) -> None:
    """Neither magnets kept for the occasion count, nor magnets that are made and not used."""
    rule = str(next(asked for asked in plain.asked if asked.kind == kind))
    idle = tampered(plain, "run", -1e4, activity="make|home", year=2033, **COUNTRY)
    assert next(check for check in idle.broken if check.rule == rule).where == "made, 2033"
    unused = tampered(plain, "deliver", -1e4, good="magnet|home", year=2033, **COUNTRY)
    assert next(check for check in unused.broken if check.rule == rule).where == "used, 2033"


def test_goods_without_colour_that_are_bought_are_used() -> None:
    """Ore is bought and dug, and is one good: of an origin there is no more than its share of what is taken on."""
    case = country(
        processes={
            "mine": {"rock": -4.0, "ore": 1.0}, "separate": {"ore": -2.5, "oxide": 1.0},
            "make": {"oxide": -1.4, "magnet": 1.0},
        },
        plants={"mine": {"counts": {"mine": 1.0}}, "separator": {"counts": {"separate": 1.0}},
                "magnets": {"counts": {"make": 1.0}, "capital": 1.0}},
        plain=["ore"], stages={
            "mine": "mining", "ore": "mining", "separate": "separation", "oxide": "separation", "make": "magnet",
            "magnet": "magnet",
        },
        offers=[("aus_ore", "AUS", "ore", 0.01), ("chn_magnet", "CHN", "magnet", 90.0)], traded={"rock": 0.01},
        import_limits=None, holds={"ore": 0.2, "oxide": 0.5, "magnet": 0.3, "rock": 0.05}, limits=None, used=None,
        arising=None, steps=(), export=None, policies=[], budget=None,
    )  # fmt: skip
    plan = make_plan(case, (read_requirement("max-share", "AUS=0.6@2032"),))
    assert float(plan.decisions["buy"].sel(offer="aus_ore:ore").sum()) > 1.0
    assert certificate(plan).broken == ()
    assert names(tampered(plan, "buy", 1.0, offer="aus_ore:ore", year=2033, **COUNTRY)) == [str(plan.asked[0]), "cost"]


def test_a_requirement_asked_twice_is_told_once(plain: Plan) -> None:
    found = certificate(replace(plain, asked=plain.asked * 2))
    assert [one.rule for one in found.checks].count(str(plain.asked[0])) == 1


@pytest.mark.parametrize("kind", ASKED)
def test_it_names_the_requirement_that_a_plan_breaks(plain: Plan, kind: str) -> None:
    """The plan is asked for a little more than it reaches where it is held back, and for much more elsewhere."""
    one = next(asked for asked in plain.asked if asked.kind == kind)
    far: Mapping[str, float] = {"max-share": 0.0, "budget": 1.0, "stock-weeks": 60.0}
    harder = replace(one, value=far.get(kind, 1.0))
    found = certificate(replace(plain, asked=(harder,)))
    assert names(found) == [str(harder)]


def test_a_requirement_starts_in_its_year(plain: Plan) -> None:
    early = replace(next(one for one in plain.asked if one.kind == "chain-self-reliance"), year=2025)
    assert names(certificate(replace(plain, asked=(early,)))) == [str(early)]


PAID = {  # rule broken -> decision, by how much, where
    "subsidy_rate": ("subsidy", 100.0, {"policy": "grant", "decided": 2027}),
    "subsidy_total": ("subsidy", 200.0, {"policy": "grant", "decided": 2027}),
    "subsidy_build": ("subsidised", 100.0, {"policy": "grant", "decided": 2027}),
    "subsidy_quantity": ("subsidised", 200.0, {"policy": "grant", "decided": 2027}),
    "subsidy_window": ("subsidised", 1.0, {"policy": "grant", "decided": 2032}),
    "incentive_rate": ("incentive", 300.0, {"policy": "bonus", "year": 2030}),
    "incentive_sales": ("incentive", 300.0, {"policy": "bonus", "year": 2030}),
    "incentive_total": ("incentive", 600.0, {"policy": "bonus", "year": 2030}),
    "incentive_window": ("incentive", 1.0, {"policy": "bonus", "year": 2034}),
    "incentive_output": ("rewarded", 300.0, {"policy": "bonus", "activity": "make|home", "year": 2030}),
    "incentive_quantity": ("rewarded", 300.0, {"policy": "bonus", "activity": "make|home", "year": 2030}),
    "subsidy_not_negative": ("subsidised", -500.0, {"policy": "grant", "decided": 2027}),
    "incentive_not_negative": ("incentive", -500.0, {"policy": "bonus", "year": 2030}),
    "cost": ("incentive", -1.0, {"policy": "bonus", "year": 2030}),
}  # fmt: skip


def test_life_may_end_within_a_year() -> None:
    case = country(policies=schemes())
    for view in ("national", INVESTOR):
        shorter = replace(case.plants, life=np.array([5.5, 20.25, 0.75]))
        assert certificate(make_plan(replace(case, plants=shorter), view=view)).broken == ()


def awarded(**figures: Any) -> Case:
    """A country where magnet plants are awarded in two parts, with two grants for them and an incentive."""
    comes = np.array([5.0, 5.0, 20.0, 20.0] + [50.0] * 8)
    plants = {
        "separator": {"counts": {"separate": 1.0}, "awarded": comes * 2, "capital": 3.0},
        "magnets": {"counts": {"make": 1.0}, "awarded": comes, "fixed": 0.02, "availability": 0.9},
        "recycler": {"counts": {"leach_used": 1.0, "leach_swarf": 1.0}, "capital": 2.0},
    }
    share = np.linspace(0.1, 0.3, len(YEARS))
    grant = {"share": share, "block": "block", "cap": 2.5, "total": 60.0, "quantity": 40.0, "last": 2030.0} | figures
    rows = [
        replace(policy("capital_subsidy", **grant), name="magnets"),
        replace(policy("capital_subsidy", "separator", share=share, block="block"), name="oxides"),
        replace(policy("output_incentive", block="block", per_tonne=3.0, quantity=30.0), name="bonus"),
        replace(policy("output_incentive", block="none", per_tonne=3.0), name="nobody"),
    ]
    return country(plants=plants, policies=rows, tax=0.25)


@pytest.mark.parametrize("part", [0.5, 2.0])
def test_what_is_awarded_costs_its_keep(part: float) -> None:
    """Awarded plants may stand before they turn out all they can, or turn out more than their nameplate."""
    case = awarded()
    kinds = replace(case.plants, awarded_online=case.plants.awarded * part)
    assert certificate(make_plan(replace(case, plants=kinds), view=INVESTOR)).broken == ()


@pytest.mark.parametrize("figures", [{}, {"total": 1e6}, {"quantity": np.inf, "cap": np.inf, "total": np.inf}])
def test_it_holds_for_awarded_blocks(figures: dict[str, float]) -> None:
    plan = make_plan(awarded(**figures), view=INVESTOR)
    assert certificate(plan).broken == ()
    assert float(plan.decisions["incentive"].sel(incentive_policy="bonus").sum()) > 1.0
    found = certificate(replace(plan, case=awarded(**(figures | {"total": 30.0}))))
    assert names(found) == ["cost"]
    rewarded = {"policy": "bonus", "activity": "make|home", "year": 2030}
    assert "incentive_quantity" in names(tampered(plan, "rewarded", 100.0, **rewarded))


@pytest.mark.parametrize("rule", PAID)
def test_it_names_the_cap_of_a_policy_that_is_passed(invested: Plan, rule: str) -> None:
    name, change, at = PAID[rule]
    assert rule in names(tampered(invested, name, change, **at))


@pytest.mark.parametrize(
    ("rule", "name", "at"),
    [
        ("sited", "build", {"plant": "separator", "region": "west", "decided": 2027}),
        ("local_limit", "run", {"activity": "separate", "region": "west", "year": 2030}),
        ("shipped", "ship", {"good": "old_motors", "ship_from": "west", "ship_to": "east", "year": 2030}),
        ("balance", "ship", {"good": "magnet|home", "ship_from": "west", "ship_to": "east", "year": 2026}),
    ],
)
def test_it_names_what_cannot_be_in_a_region(rule: str, name: str, at: dict[str, object]) -> None:
    assert rule in names(tampered(make_plan(regional(country())), name, 1.0, **at))


def test_elements_from_nowhere_are_told(plain: Plan) -> None:
    """Recipes that turn out more of an element than they take in pass every balance of goods, but not the elements'."""
    case = plain.case
    rich = case.composition.copy()
    rich.loc[{"material": "magnet"}] = 0.9
    assert "losses" in names(certificate(replace(plain, case=replace(case, composition=rich))))


def test_a_cheaper_plan_is_told_by_the_gap(plain: Plan) -> None:
    solution = replace(plain.solution, cost=plain.solution.cost + 1.0)
    assert {"cost", "primal_and_dual"} <= set(names(certificate(replace(plain, solution=solution))))


def test_duals_that_are_no_proof_are_told(plain: Plan) -> None:
    duals = plain.solution.duals + 1.0
    found = certificate(replace(plain, solution=replace(plain.solution, duals=duals)))
    assert "reduced_costs" in names(found)
    assert next(one for one in found.broken if one.rule == "reduced_costs").where.count("[") == 1


def test_what_is_not_a_number_does_not_hold(plain: Plan) -> None:
    assert not tampered(plain, "run", float("nan"), activity="separate", year=2033, **COUNTRY).holds


def test_a_decision_that_is_not_there_is_an_error(plain: Plan) -> None:
    without: xr.Dataset = plain.decisions.isel(year=slice(1, None))
    with pytest.raises(KeyError, match="2025"):
        certificate(replace(plain, decisions=without))


def test_the_order_of_labels_does_not_matter(plain: Plan) -> None:
    turned = plain.decisions.isel(year=slice(None, None, -1), good=slice(None, None, -1))
    assert certificate(replace(plain, decisions=turned)).holds


def test_builds_that_were_given_are_not_asked_to_grow_slowly(plain: Plan) -> None:
    decisions = plain.decisions.copy(deep=True)
    decisions["build"].loc[{"plant": "recycler", "decided": 2027}] += 2e6
    changed = replace(plain, decisions=decisions, asked=())
    assert {"growth", "budget"} <= set(names(certificate(changed)))
    assert not {"growth", "budget"} & set(names(certificate(changed, given_builds=True)))
