"""The pack that comes along, planned whole, by regions and by states: the same country, split."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.answer.model import compute
from chumbak.answer.planning import FIGURES, planning_case
from chumbak.answer.supply_chain import SupplyChain, supply_chain
from chumbak.pack import Pack, PackError
from chumbak.pack.arrays import inputs
from chumbak.plan.case import Case
from chumbak.plan.places import MANY, PLACES, REGIONS, STATES, WHOLE
from chumbak.plan.ways import DETOUR, shortest
from chumbak.report.plan_words import place_word

Known = tuple[xr.Dataset, SupplyChain]
EXACT = {"rtol": 1e-9, "atol": 1e-9}


@pytest.fixture(scope="module")
def known(india_pack: Pack) -> Known:
    data = compute(india_pack).sel(year=slice(india_pack.answer_from, None))
    return data, supply_chain(india_pack, data)


@pytest.fixture(scope="module")
def cases(india_pack: Pack, known: Known) -> dict[str, Case]:
    return {places: planning_case(india_pack, places, known=known) for places in PLACES}


@pytest.fixture(scope="module")
def region_of(india_pack: Pack, cases: dict[str, Case]) -> np.ndarray:
    """Say which region each state lies in, (state, region)."""
    nouns = india_pack.nouns
    its = [nouns.cell("regions", name, "places").split() for name in nouns.ids("regions")]
    return np.array([[state in some for some in its] for state in cases[STATES].regions], dtype=float)


def test_states_add_up_to_regions_and_regions_to_the_country(cases: dict[str, Case], region_of: np.ndarray) -> None:
    whole, regions, states = (cases[places] for places in (WHOLE, REGIONS, STATES))
    for of, over in ((lambda case: case.need.need, 2), (lambda case: case.recovery.arising, 1)):
        by_state = np.moveaxis(of(states), over, -1) @ region_of
        np.testing.assert_allclose(by_state, np.moveaxis(of(regions), over, -1), **EXACT)
        np.testing.assert_allclose(of(regions).sum(axis=over), np.squeeze(of(whole), over), **EXACT)
    assert list(whole.region_share) == list(regions.region_share) == list(states.region_share)
    for name, share in states.region_share.items():
        np.testing.assert_allclose(share @ region_of, regions.region_share[name], **EXACT)
        assert share.sum() == pytest.approx(1, rel=1e-9)


def test_what_stands_and_is_awarded_adds_up_to_the_country(cases: dict[str, Case]) -> None:
    """Not to regions: what the pack puts nowhere lies where the makers are, and by states in sites alone."""
    for name in ("standing", "awarded", "awarded_online"):
        whole = getattr(cases[WHOLE].plants, name)[:, 0]
        for places in (REGIONS, STATES):
            np.testing.assert_allclose(getattr(cases[places].plants, name).sum(axis=1), whole, **EXACT)


def test_what_cannot_send_its_goods_away_stands_with_what_takes_them(cases: dict[str, Case]) -> None:
    """Chloride is not carried, so cracking that the pack puts nowhere is of use beside separation alone."""
    for places in (REGIONS, STATES):
        plants = cases[places].plants
        assert "mixed_chloride" not in np.array(cases[places].network.good_names)[cases[places].network.carried()]
        cracking, separation = (plants.standing[plants.names.index(name)] for name in ("cracking", "sx_light"))
        placed = separation.sum(axis=1) / separation.sum()
        np.testing.assert_allclose(cracking.sum(axis=1), cracking.sum() * placed, **EXACT)


def test_a_state_has_the_tariff_of_its_region_and_its_own_way_to_the_port(
    cases: dict[str, Case], region_of: np.ndarray
) -> None:
    states = cases[STATES]
    np.testing.assert_allclose(states.tariff, region_of @ cases[REGIONS].tariff, **EXACT)
    assert states.landing.min() < cases[REGIONS].landing.min()  # ports lie in states, not in the middles of regions


def test_sites_have_a_port_a_limit_or_many_makers(india_pack: Pack, cases: dict[str, Case]) -> None:
    case = cases[STATES]
    makers = case.need.need.sum(axis=(0, 1, 3)) / case.need.need.sum()
    limited = np.any([share > 0 for share in case.region_share.values()], axis=0)
    ports = {row["parent"] for row in india_pack.nouns.tables["places"].values() if row["kind"] == "port"}
    port = np.isin(case.regions, list(ports))
    np.testing.assert_array_equal(case.site, (makers >= MANY) | limited | port)
    assert set(case.sites or ()) <= set(case.hubs or ())


def test_every_hub_is_reached_from_every_state_by_a_short_way(cases: dict[str, Case]) -> None:
    case = cases[STATES]
    assert len(case.regions) == 36
    hubs = np.flatnonzero(case.hub)
    for place in range(len(case.regions)):
        ends = np.union1d(hubs, place)
        among = np.ix_(ends, ends)
        best = shortest(case.haul[among], case.linked[among], ends.tolist().index(place))
        assert (best <= DETOUR * case.haul[place, ends] * (1 + 1e-9)).all(), case.regions[place]
    assert case.linked.sum() <= 2 * 3 * len(case.regions)  # few: no more than three a place


def test_places_are_called_what_they_are(india_pack: Pack, cases: dict[str, Case]) -> None:
    assert place_word(india_pack, cases[STATES].regions) == "state"
    assert place_word(india_pack, cases[REGIONS].regions) == "region"


def changed(pack: Pack, rows: Mapping[str, Mapping[str, str]]) -> Pack:
    return replace(pack, nouns=replace(pack.nouns, tables={**pack.nouns.tables, "places": rows}))


def test_a_pack_without_ports_is_told_what_lacks(india_pack: Pack, known: Known) -> None:
    rows = {name: row for name, row in india_pack.nouns.tables["places"].items() if row["kind"] != "port"}
    with pytest.raises(PackError, match="no place is of the kind port") as told:
        planning_case(changed(india_pack, rows), STATES, known=known)
    assert "or plan by regions" in str(told.value)


def test_a_state_that_lies_nowhere_is_named(india_pack: Pack, known: Known) -> None:
    rows: dict[str, Any] = dict(india_pack.nouns.tables["places"])
    rows["MH"] = {**rows["MH"], "lat": ""}
    with pytest.raises(PackError, match="MH has no latitude and longitude"):
        planning_case(changed(india_pack, rows), STATES, known=known)


@pytest.mark.parametrize(
    ("name", "key"), [("place_makers", r"place\.\*\.makers"), ("process_place", r"process\.mine_sand\.place\.\*")]
)
def test_a_pack_without_weights_is_told_which(india_pack: Pack, known: Known, name: str, key: str) -> None:
    given = dict(inputs(india_pack, FIGURES))
    given[name] = xr.full_like(given[name], np.nan)
    with pytest.raises(PackError, match=key) as told:
        planning_case(india_pack, STATES, known=known, given=given)
    assert "none of its states has one" in str(told.value)
    planning_case(india_pack, REGIONS, known=known, given=given)  # by regions no weight is asked for
