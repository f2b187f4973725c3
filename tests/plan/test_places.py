"""A country planned whole and by places: what has to come out the same, and what can only cost more by places."""

from dataclasses import replace

import numpy as np
import pytest

from chumbak.plan.case import Case
from chumbak.plan.certificate import certificate
from chumbak.plan.requirements import read_requirement
from chumbak.plan.result import make_plan
from tests.plan.small import in_regions, small_case

YEARS = (2025, 2026, 2027, 2028)
CHAIN = {
    "separate": {"ore": -2.0, "oxide": 1.0},
    "leach_used": {"used_motors": -1.0, "oxide": 0.4},
    "make": {"oxide": -1.25, "magnet": 1.0},
}
FOUR = {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}
TWO = {"west": 0.3, "east": 0.7}  # a and b, c and d
HUBS, SITES = (1, 3), (3,)  # b and d, d
HALF = read_requirement("chain-self-reliance", "0.5@2027")


def whole() -> Case:
    """Return a country that separates ore of its own up to a limit, opens used motors, and buys what it lacks."""
    plants = {
        "separation": {"counts": {"separate": 1.0}, "capital": 6.0, "life": 8.0, "variable": 0.5, "electricity": 1.0},
        "leaching": {"counts": {"leach_used": 1.0}, "capital": 0.3, "life": 8.0, "variable": 0.1, "standing": 5.0},
        "magnets": {"counts": {"make": 1.0}, "capital": 12.0, "life": 8.0, "variable": 1.0, "electricity": 2.0},
    }
    return small_case(
        YEARS, CHAIN, plants, {"motor": {"need": [60.0, 80.0, 100.0, 120.0]}},
        [("magnets", "CHN", "magnet", 12.0), ("oxides", "CHN", "oxide", 4.0)], traded={"ore": 0.5},
        used={"motor": "used_motors"}, arising={"motor": [40.0, 50.0, 60.0, 70.0]}, limits={"separate": 30.0},
        steps=[("first", 0.3, 0.1), ("second", 0.3, 0.4)], holding=0.1,
        reference={"magnet": 12.0, "oxide": 4.0}, tariff=0.1, rate=0.05,
    )  # fmt: skip


def apart(case: Case, shares: dict[str, float], haul: np.ndarray | float, landing: float = 0.2) -> Case:
    return replace(in_regions(case, shares, 0.0, dict.fromkeys(shares, landing)), haul=haul * (1 - np.eye(len(shares))))


def by_states(haul: np.ndarray | float, landing: float = 0.2) -> Case:
    """Return the country by four places: its limit lies in d, goods go on over b and d, plants are built in d."""
    case = apart(whole(), FOUR, haul, landing)
    return replace(case, region_share={"separate": np.array([0.0, 0.0, 0.0, 1.0])}, hubs=HUBS, sites=SITES)


def by_regions(haul: np.ndarray | float) -> Case:
    return replace(apart(whole(), TWO, haul), region_share={"separate": np.array([0.0, 1.0])})


def landed(case: Case, landing: float) -> Case:
    return replace(case, landing=np.array([landing]))


@pytest.mark.parametrize("asked", [(), (HALF,)], ids=["free", "half"])
def test_without_freight_all_three_cost_the_same(asked: tuple[object, ...]) -> None:
    """What opens used goods can be built where they arise, and what stands of it is spread as they are."""
    cases = (landed(whole(), 0.2), by_regions(0.0), by_states(0.0))
    plans = [make_plan(case, asked) for case in cases]  # type: ignore[arg-type]
    assert all(certificate(plan).holds for plan in plans)
    national, regional, stately = (plan.cost for plan in plans)
    assert regional == pytest.approx(national, rel=1e-6)
    assert stately == pytest.approx(national, rel=1e-6)


def test_the_case_builds_and_opens_where_it_may() -> None:
    """Magnets are made in d alone and reach all four; used motors are opened in all four."""
    plan = make_plan(by_states(0.01), (HALF,))
    assert certificate(plan).holds
    built = plan.decisions["build"].sum("decided").to_pandas().T
    assert built.loc[["a", "b", "c"], ["separation", "magnets"]].to_numpy().max() == 0
    assert built.loc["d", "magnets"] > 0
    assert (plan.decisions["run"].sel(activity="leach_used").sum("year") > 0).all()
    assert (plan.decisions["deliver"].sum(["good", "year"]) > 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_by_places_costs_no_less_than_a_country_without_freight(seed: int) -> None:
    """All rules are sums over places, so the places of a plan added up are a national plan.

    It pays no freight inside the country, and no more for power or from the port than at the cheapest place.
    """
    dice = np.random.default_rng(seed)
    spots = dice.uniform(0, 1, (4, 2))
    ways = np.linalg.norm(spots[:, None] - spots, axis=2)
    tariff, landing = dice.uniform(0.05, 0.2, 4), dice.uniform(0.0, 0.5, 4)
    case = replace(by_states(ways), tariff=tariff, landing=landing)
    floor = replace(whole(), tariff=tariff.min(keepdims=True), landing=landing.min(keepdims=True))
    assert make_plan(floor, (HALF,)).cost <= make_plan(case, (HALF,)).cost * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_more_sites_never_cost_more(seed: int) -> None:
    """With the same hubs, and so the same links, a plan of few sites is one of many."""
    spots = np.random.default_rng(seed).uniform(0, 1, (4, 2))
    few = by_states(np.linalg.norm(spots[:, None] - spots, axis=2))
    many = replace(few, sites=HUBS)
    assert make_plan(many, (HALF,)).cost <= make_plan(few, (HALF,)).cost * (1 + 1e-9)
