"""Element flows: every node balances, and the ends agree with need, supply and the urban mine."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.answer import Answer
from chumbak.answer.element_flows import ENDS, element_flows
from chumbak.answer.gap import gap_data
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.supply_chain import INPUTS, supply_chain
from chumbak.chain.supply import COUNTED
from chumbak.pack import Pack
from chumbak.pack.draws import deviates, groups

GROUPS = (["Nd", "Pr"], ["Dy"], ["Tb"], ["Sm"])


@pytest.fixture(scope="module")
def flows(india: Answer) -> xr.Dataset:
    assert india.chain is not None
    return element_flows(india.pack, india.data, india.chain, india.findings["gap"].data)


def drawn_flows(pack: Pack, draws: int, seed: int) -> xr.Dataset:
    by_key = deviates(groups(pack, (*ATTRIBUTES, *INPUTS)), draws, seed)
    data = compute(pack, by_key).sel(year=slice(pack.answer_from, None))
    chain = supply_chain(pack, data, by_key)
    return element_flows(pack, data, chain, gap_data(pack, data, chain))


def into(flows: xr.Dataset, node: str) -> xr.DataArray:
    return flows.flow.sel(link=flows["target"] == node).sum("link")


def out_of(flows: xr.Dataset, node: str) -> xr.DataArray:
    return flows.flow.sel(link=flows["source"] == node).sum("link")


def between(flows: xr.Dataset, source: str, target: str) -> xr.DataArray:
    return flows.flow.sel(link=(flows["source"] == source) & (flows["target"] == target)).sum("link")


def assert_balanced(flows: xr.Dataset) -> None:
    inner = [str(node) for node in flows["node"].values if node not in ENDS]
    assert inner
    assert float(flows.flow.min()) >= 0
    for node in inner:
        gained, given_on = into(flows, node), out_of(flows, node)
        off = np.abs(gained - given_on) / np.maximum(gained, 1e-3)
        assert float(off.max()) < 1e-9, node


@pytest.mark.parametrize("year", [2015, 2025, 2030, 2047])
@pytest.mark.parametrize("elements", GROUPS, ids="".join)
def test_every_node_balances(flows: xr.Dataset, year: int, elements: list[str]) -> None:
    one = flows.sel(year=[year], element=elements).sum("element")
    assert float(into(one, "metal").min()) > 0
    assert_balanced(one)


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_every_node_balances_in_every_draw(india_pack: Pack, seed: int) -> None:
    flows = drawn_flows(india_pack, 4, seed)
    assert flows.flow.sizes["draw"] == 4
    assert float(into(flows, "metal").std("draw").max()) > 0
    assert_balanced(flows)


def test_what_goes_into_oxide_is_the_need_of_separation(india: Answer, flows: xr.Dataset) -> None:
    need = india.findings["gap"].data.need_element.sel(definition="made_at_home", stage="separation", drop=True)
    bought_and_own = into(flows, "oxide") - between(flows, "swarf", "oxide")
    np.testing.assert_allclose(bought_and_own.transpose(*need.dims).values, need.values, rtol=1e-9, atol=1e-12)


def test_oxide_of_home_is_the_supply_as_far_as_it_is_needed(india: Answer, flows: xr.Dataset) -> None:
    gap = india.findings["gap"].data
    home = sum(between(flows, source, "oxide") for source in ("recycled", *COUNTED))
    supply = gap.supply_element.sel(stage="separation", drop=True).sum("status")
    need = gap.need_element.sel(definition="made_at_home", stage="separation", drop=True)
    assert isinstance(home, xr.DataArray)
    expected = np.minimum(supply, need).transpose(*home.dims)
    np.testing.assert_allclose(home.values, expected.values, rtol=1e-9, atol=1e-12)


def test_the_way_back_is_that_of_the_urban_mine(india: Answer, flows: xr.Dataset) -> None:
    elements = flows["element"].values
    whole = india.data.end_of_life_by_element.sum("product").sel(element=elements)
    won = india.findings["gap"].data.recycled_element.sum("status")
    np.testing.assert_allclose(out_of(flows, "used_goods").transpose(*whole.dims).values, whole.values, rtol=1e-9)
    recycled = into(flows, "recycled") - between(flows, "recycled", "lost")
    np.testing.assert_allclose(recycled.transpose(*won.dims).values, won.values, rtol=1e-9, atol=1e-12)


def test_magnets_hold_what_was_needed_of_them(india: Answer, flows: xr.Dataset) -> None:
    """Neodymium and praseodymium in finished magnets are those of the goods; diffusion saves heavy ones."""
    made = india.data.made_at_home / india.data.sold.where(india.data.sold > 0)
    in_goods = (india.data.sold_by_element * made.fillna(0.0)).sum("product").sel(year=2030)
    pair, heavy = ["Nd", "Pr"], ["Dy", "Tb"]
    finished = into(flows, "goods").sel(year=2030)
    assert float(finished.sel(element=pair).sum()) == pytest.approx(float(in_goods.sel(element=pair).sum()), rel=0.03)
    assert float(finished.sel(element=heavy).sum()) < float(in_goods.sel(element=heavy).sum())


def test_nodes_have_names_and_each_pair_of_them_one_link(flows: xr.Dataset) -> None:
    links = list(zip(flows["source"].values, flows["target"].values, strict=True))
    assert len(set(links)) == len(links)
    assert {end for link in links for end in link} == set(flows["node"].values)
    assert all(str(name) for name in flows["node_name"].values)
    assert flows.flow.attrs["units"] == "t/year"
    assert "GRADE" not in " ".join(map(str, flows["node_name"].values))
