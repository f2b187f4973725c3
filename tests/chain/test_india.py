"""The chain of the India pack against published ranges and the sums that its tables promise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr

from chumbak.answer import Answer
from chumbak.answer.gap import gap_data
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.supply_chain import INPUTS, SupplyChain, supply_chain
from chumbak.chain import AuditError, audit
from chumbak.chain.audit import TOLERANCE
from chumbak.pack import Pack, load
from chumbak.pack.draws import deviates, groups
from tests.chain.toy import amounts, share_of

YEARS = [2026, 2030, 2040]
ND_PR = ["nd_oxide", "pr_oxide", "ndpr_oxide"]
SINTERED = ["N", "M", "H", "SH", "UH", "EH"]


@pytest.fixture(scope="module")
def supply(india: Answer) -> SupplyChain:
    assert india.chain is not None
    return india.chain


@pytest.fixture(scope="module")
def chain(supply: SupplyChain) -> xr.Dataset:
    return supply.chain


def test_there_is_enough_of_it(india: Answer) -> None:
    assert len(india.pack.nouns.ids("materials")) >= 25
    assert len(india.pack.nouns.ids("processes")) >= 20


def test_it_balances_central_and_drawn(india: Answer, chain: xr.Dataset) -> None:
    assert audit(chain) <= TOLERANCE
    pack = india.pack
    drawn = deviates(groups(pack, (*ATTRIBUTES, *INPUTS)), 50, 1)
    data = compute(pack, drawn).sel(year=YEARS)
    found = supply_chain(pack, data, drawn)
    assert found.worst <= TOLERANCE
    assert found.chain.sizes["draw"] == 50
    assert float(found.chain.loss.min()) >= -TOLERANCE
    assert float(found.per_tonne.activity.min()) >= 0


def test_a_touched_flow_is_found(chain: xr.Dataset) -> None:
    rng = np.random.default_rng(1)
    big = np.flatnonzero(np.abs(chain.coefficient.values[:, 0]) > 1e-2)
    for flow in rng.choice(big, size=25, replace=False):
        values = chain.coefficient.values.copy()
        values[flow, 0] *= 1 + 1e-6
        with pytest.raises(AuditError):
            audit(chain.assign(coefficient=(chain.coefficient.dims, values)))


def per_tonne(supply: SupplyChain, name: str) -> xr.DataArray:
    """Return neodymium and praseodymium oxide per tonne of finished magnet in 2030, by grade."""
    return supply.per_tonne[name].sel(material=ND_PR, year=2030).sum("material")


def test_oxide_before_swarf_comes_back_is_within_what_is_published(supply: SupplyChain) -> None:
    gross = per_tonne(supply, "asked").sel(grade=SINTERED)
    assert float(gross.min()) > 0.44
    assert float(gross.max()) < 0.70


def test_oxide_net_of_swarf_is_within_what_is_published_for_the_magnets_of_the_country(supply: SupplyChain) -> None:
    net = per_tonne(supply, "asked") - per_tonne(supply, "turned_out")
    mix = supply.need.sel(definition="made_at_home", year=2030, grade=SINTERED)
    assert 0.37 < float((net * mix).sum() / mix.sum()) < 0.47
    # Grade N alone is at 0.48: its magnets are small and flat, and lose more of the block than the 31 % of that figure.
    assert 0.47 < float(net.sel(grade="N")) < 0.50
    assert float(net.sel(grade="EH")) < 0.40


def test_a_tonne_of_monazite_gives_half_a_tonne_of_oxide(chain: xr.Dataset) -> None:
    cracked = amounts(chain, "crack_monazite")
    assert 0.455 / -cracked["monazite"] == pytest.approx(0.575 * 0.87, abs=0.005)
    split = amounts(chain, "separate_chloride")
    oxides = sum(amount for name, amount in split.items() if name.endswith("_oxide"))
    assert oxides / (-split["mixed_chloride"] * -cracked["monazite"]) == pytest.approx(0.48, abs=0.01)


def test_thorium_goes_where_it_is_said_to_go(chain: xr.Dataset) -> None:
    cracked = amounts(chain, "crack_monazite")
    into = -cracked["monazite"] * share_of(chain, "monazite")["Th"]
    assert cracked["thorium_hydroxide"] * share_of(chain, "thorium_hydroxide")["Th"] == pytest.approx(0.98 * into)
    assert float(chain.loss.sel(process="crack_monazite", element="Th")[0]) == pytest.approx(0.02 * into)


def test_the_heavy_minerals_come_with_monazite(chain: xr.Dataset) -> None:
    dug = amounts(chain, "mine_sand")
    assert dug["ilmenite"] / dug["monazite"] == pytest.approx(0.073 / 0.0014)
    assert -dug["heavy_mineral_sand"] == pytest.approx(1 / 0.0014 / 0.85)


def test_switching_the_scheme_off_takes_its_six_thousand_tonnes_and_nothing_else(
    india_pack: Pack, supply: SupplyChain
) -> None:
    pack = load("india", "without-scheme")
    data = compute(pack).sel(year=YEARS)
    without = supply_chain(pack, data)
    before, after = supply.output.sel(year=YEARS), without.output
    assert float(pack.array("project_capacity").sel(project="scheme_plants")) == 6000
    gone = (before - after).sel(year=2040)
    availability = pack.array("availability").sel(project="scheme_plants")
    assert float(gone.sel(project="scheme_plants") / availability) == pytest.approx(6000)
    assert float(gone.sum()) == float(gone.sel(project="scheme_plants"))
    with_it = gap_data(india_pack, data, dataclasses.replace(without, output=before))
    difference = with_it.supply - gap_data(pack, data, without).supply
    assert float(difference.sel(status="announced", stage="magnet", year=2040)) == pytest.approx(6000 * availability)
    assert not difference.sel(status=["existing", "committed"]).any()


def test_a_claim_of_recycling_counts_nowhere(india: Answer, supply: SupplyChain) -> None:
    assert india.pack.nouns.cell("projects", "attero_plan", "status") == "claimed"
    output = supply.output.copy()
    assert float(output.sel(project="attero_plan", year=2040)) > 20_000
    output.loc[{"project": "attero_plan"}] *= 1000
    first, other = (
        gap_data(india.pack, india.data, one) for one in (supply, dataclasses.replace(supply, output=output))
    )
    xr.testing.assert_identical(first, other)


def test_needs_fall_along_the_chain_only_by_what_is_lost_and_returned(supply: SupplyChain) -> None:
    rungs = supply.rungs.need_element.sel(element=["Nd", "Pr", "Dy", "Tb", "Sm"])
    for before, after in (("metal", "alloy"), ("alloy", "magnet")):
        assert bool((rungs.sel(stage=before) >= rungs.sel(stage=after) - 1e-12).all())


def test_elements_bought_for_magnets_are_in_them_left_or_lost(supply: SupplyChain) -> None:
    found, held = supply.per_tonne, supply.chain.composition
    held = held.sel(material=found["material"])
    bought, left = (xr.dot(found[name], held, dim="material") for name in ("bought", "left"))
    forms = supply.chain["material_form"].sel(material=found["material"]).isin(["magnet", "diffused"])
    final = xr.dot((found.asked - found.within).where(forms, 0.0), held, dim="material")
    assert float(np.abs(bought - final - left - found.lost).max()) < 1e-9
