"""The gap by hand on the toy chain: need and supply by rung, recyclers, what is lacking, and self-reliance."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import xarray as xr

from chumbak.answer import Answer
from chumbak.answer.gap import gap, gap_data
from chumbak.answer.gap_document import UNITS, gap_document
from chumbak.answer.supply_chain import DEFINITIONS, SupplyChain
from chumbak.chain import audit, requirements, routes, supply
from chumbak.pack import Pack
from tests.chain.toy import YEARS, Toy

NEED = {"N": 100.0, "SH": 20.0, "bonded": 10.0}  # made at home; twice that is sold, half comes embedded
COLLECTED = {"car": 6.0, "fan": 2.0}  # t/year of dismantled magnets that today's routes give
STATUSES = ["existing", "committed", "announced"]


def solved(toy: Toy) -> tuple[Pack, xr.Dataset, SupplyChain]:
    """Return the toy as a pack, what the stocks say, and its supply chain."""
    nouns, given, chain = toy.nouns(), toy.given(), toy.chain()
    grades = list(NEED)
    each = xr.DataArray(np.eye(3), dims=("slot", "grade"), coords={"slot": grades, "grade": grades})
    per_tonne = requirements(chain, each, toy.shares())
    own = xr.DataArray(list(NEED.values()), dims="grade", coords={"grade": grades}).expand_dims(year=list(toy.years))
    need = xr.concat([own, 2 * own, own / 2], dim=xr.IndexVariable("definition", list(DEFINITIONS)))
    found = SupplyChain(
        chain=chain, per_tonne=per_tonne, rungs=routes.rung_needs(chain, per_tonne), need=need,
        output=supply.project_output(nouns, given, np.array(toy.years)),
        ore_yield=routes.ore_yields(chain, toy.shares(None)), worst=audit(chain),
    )  # fmt: skip
    collected = xr.DataArray(list(COLLECTED.values()), dims="product", coords={"product": list(COLLECTED)})
    data = xr.Dataset({"recoverable_today": collected.expand_dims(year=list(toy.years))})
    pack = SimpleNamespace(nouns=nouns, array=lambda name: given[name], figures=lambda names: [])
    return cast(Pack, pack), data, found


def answer(toy: Toy) -> xr.Dataset:
    return gap_data(*solved(toy)).sel(year=2025)


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    return answer(Toy())


def test_every_rung_has_its_need(found: xr.Dataset) -> None:
    own = found.need.sel(definition="made_at_home")
    assert own["stage"].values.tolist() == ["mining", "separation", "metal", "alloy", "magnet"]
    assert float(own.sel(stage="magnet")) == pytest.approx(130)
    # N: 1.25 a tonne; SH: three quarters machined at 0.75, a quarter diffused from 0.988 of N; bonded: 0.9 of powder
    assert float(own.sel(stage="alloy")) == pytest.approx(125 + 20 * (0.75 / 0.75 + 0.25 * 0.988 * 1.25) + 9)
    held = found.need_element.sel(definition="made_at_home", stage="magnet")
    assert float(held.sel(element="Dy")) == pytest.approx(20 * (0.75 * 0.03 + 0.25 * 0.012))
    assert float(held.sel(element="Nd")) == pytest.approx(24 + 20 * (0.75 * 0.216 + 0.25 * 0.988 * 0.24) + 2.7)


def test_the_other_definitions_stand_beside(found: xr.Dataset) -> None:
    for name, factor in (("sold", 2.0), ("embedded_imports", 0.5)):
        for variable in ("need", "need_element", "need_grade"):
            one = found[variable].sel(definition=name, drop=True)
            np.testing.assert_allclose(one, factor * found[variable].sel(definition="made_at_home"))


def test_ore_for_each_element_by_itself(found: xr.Dataset) -> None:
    # the toy's ore is rich in neodymium and poor in dysprosium: 0.5 x 0.05 of oxide, of which 90 % is won
    needed = found.need_element.sel(definition="made_at_home", stage="separation")
    won = {"Nd": 0.5 * 0.75 * 0.9 / 1.16639, "Pr": 0.5 * 0.2 * 0.9 / 1.20816, "Dy": 0.5 * 0.05 * 0.9 / 1.14769}
    for element, share in won.items():
        assert float(found.ore_for.sel(element=element)) == pytest.approx(
            float(needed.sel(element=element)) / share, rel=1e-4
        )
    pair = max(float(found.ore_for.sel(element=element)) for element in ("Nd", "Pr"))
    assert float(found.need.sel(definition="made_at_home", stage="mining")) == pytest.approx(pair)


def test_plants_count_on_the_rungs_they_cover(found: xr.Dataset) -> None:
    committed = found.supply.sel(status="committed")
    # 40 t of N and SH as they are needed, 5 to 1, from metal on
    assert float(committed.sel(stage="magnet")) == pytest.approx(40)
    alloy = 40 * (5 / 6 * 1.25 + 1 / 6 * (0.75 / 0.75 + 0.25 * 0.988 * 1.25))
    assert float(committed.sel(stage="alloy")) == pytest.approx(alloy)
    assert float(committed.sel(stage="metal")) > 0
    assert float(committed.sel(stage="separation")) == float(committed.sel(stage="mining")) == 0
    grades = found.supply_grade.sel(status="committed")
    assert grades.values.tolist() == pytest.approx([40 * 5 / 6, 40 / 6, 0])


def test_mines_and_refiners_count_on_their_own_rung(found: xr.Dataset) -> None:
    existing = found.supply.sel(status="existing")
    assert float(existing.sel(stage="mining")) == pytest.approx(1000)
    assert existing.sel(stage=["metal", "alloy", "magnet"]).values.tolist() == [0, 0, 0]
    nd = found.supply_element.sel(status="existing", stage="mining", element="Nd")
    assert float(nd) == pytest.approx(1000 * 0.5 * 0.75 / 1.16639, rel=1e-4)


def test_recyclers_take_what_is_collected_and_count_at_separation(found: xr.Dataset) -> None:
    # 8 t a year are collected and the recycler could take 10: 90 % of Nd, 0.3 in both, and Dy, 0.05 in car magnets
    recycled = found.recycled_element.sel(status="existing")
    assert float(recycled.sel(element="Nd")) == pytest.approx(8 * 0.3 * 0.9)
    assert float(recycled.sel(element="Dy")) == pytest.approx(6 * 0.05 * 0.9)
    oxide = 8 * 0.3 * 0.9 * 1.16639 + 6 * 0.05 * 0.9 * 1.14769
    assert float(found.supply.sel(status="existing", stage="separation")) == pytest.approx(100 + oxide, rel=1e-4)
    assert not found.recycled_element.sel(status=["committed", "announced"]).any()


def test_recyclers_take_no_more_than_they_can_and_surer_ones_first() -> None:
    toy = Toy()
    toy.figures["project.recycler.capacity"] = 3.0
    toy.cell("projects", "talk", "status", "announced")
    found = answer(toy)
    nd = found.recycled_element.sel(element="Nd")
    assert nd.values.tolist() == pytest.approx([3 * 0.3 * 0.9, 0, 5 * 0.3 * 0.9])


def test_claims_and_blocks_that_are_off_count_nowhere(found: xr.Dataset) -> None:
    toy = Toy()
    toy.figures["project.talk.capacity"] = 1.0
    xr.testing.assert_allclose(answer(toy), found)
    toy.figures["block.scheme.share"] = 0.0
    off = answer(toy)
    assert float(found.supply.sel(status="announced", stage="magnet")) == pytest.approx(15)  # half a year at 0.3
    assert not off.supply.sel(status="announced").any()
    xr.testing.assert_allclose(off.supply.sel(status="existing"), found.supply.sel(status="existing"))


def test_what_is_lacking_is_need_less_this_and_surer_supply(found: xr.Dataset) -> None:
    lacking = found.lacking.sel(stage="magnet")
    assert lacking.sel(status=STATUSES).values.tolist() == pytest.approx([130, 90, 75])
    assert float(found.lacking.min()) >= 0


def test_self_reliance_counts_elements_and_surer_projects(found: xr.Dataset) -> None:
    needed = found.need_element.sel(definition="made_at_home", stage="magnet", element=["Nd", "Pr"])
    sh = 0.75 * 0.27 + 0.25 * 0.988 * 0.3
    made = 40 * (5 / 6 * 0.3 + 1 / 6 * sh)
    reliance = found.reliance_ndpr.sel(stage="magnet")
    assert float(reliance.sel(status="existing")) == 0
    assert float(reliance.sel(status="committed")) == pytest.approx(made / float(needed.sum()))
    assert float(reliance.sel(status="announced")) == pytest.approx(made * 55 / 40 / float(needed.sum()))
    assert found.reliance["element"].values.tolist() == ["Nd", "Pr", "Dy"]  # terbium is in no magnet
    assert ((found.reliance >= 0) & (found.reliance <= 1)).all()


def test_along_the_chain_it_is_the_least_rung_from_oxide_to_magnet(found: xr.Dataset) -> None:
    rungs = ["separation", "metal", "alloy", "magnet"]
    for status in STATUSES:
        least = float(found.reliance_ndpr.sel(status=status, stage=rungs).min())
        assert float(found.chain_ndpr.sel(status=status)) == pytest.approx(least)
        assert float(found.chain_mixed.sel(status=status)) <= least + 1e-12
    # no praseodymium is won at home: it is the weakest at separation, and along the chain
    assert found.weakest.sel(stage="separation").values.tolist() == ["Pr"] * 3
    assert found.chain_weakest_element.sel(status="announced").item() == "Pr"
    assert float(found.chain_weakest.sel(status="announced")) == 0


def test_where_nothing_is_needed_there_is_no_share() -> None:
    pack, data, chain = solved(Toy())
    nothing = SupplyChain(**{**vars(chain), "need": 0 * chain.need})
    found = gap_data(pack, data, nothing)
    assert bool(found.reliance.isnull().all())
    assert bool(found.chain_ndpr.isnull().all())
    document = gap_document(gap(pack, data, nothing))
    assert document["self_reliance"]["existing"]["magnet"] == {str(year): None for year in YEARS}
    weakest = document["self_reliance"]["existing"]["weakest"]["chain"]["2025"]
    assert weakest == {"share": None, "element": None}


def test_without_a_way_from_ore_there_is_no_rung_of_mining() -> None:
    pack, data, chain = solved(Toy())
    found = gap_data(pack, data, SupplyChain(**{**vars(chain), "ore_yield": None}))
    assert "ore_for" not in found
    assert found["stage"].values.tolist() == ["separation", "metal", "alloy", "magnet"]


def test_the_finding_says_its_units(found: xr.Dataset) -> None:
    named = gap(*solved(Toy()))
    assert named.name == "gap"
    assert "swarf returned" in named.data.attrs["convention"]
    for variable in named.data.data_vars.values():
        assert variable.attrs["units"] in ("t/year", "1")
        assert variable.attrs["long_name"]


def test_the_document_is_plain_and_says_the_same(found: xr.Dataset) -> None:
    document = gap_document(gap(*solved(Toy())))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert set(document) == {"need", "supply", "lacking", "self_reliance"}
    assert document["need"]["magnet_t"]["2025"] == pytest.approx(130)
    assert document["need"]["by_definition"]["sold"]["magnet_t"]["2026"] == pytest.approx(260)
    assert document["need"]["ore_for_t"]["Dy"]["2025"] == pytest.approx(float(found.ore_for.sel(element="Dy")))
    assert document["supply"]["committed"]["magnet_t"]["2025"] == pytest.approx(40)
    assert document["lacking"]["announced"]["magnet_t"]["2025"] == pytest.approx(75)
    assert document["self_reliance"]["announced"]["weakest"]["chain"]["2025"] == {"share": 0.0, "element": "Pr"}
    words = " ".join(UNITS)
    assert all(name in words for name in ("need", "supply", "lacking", "self_reliance", "chain", "weakest"))


def test_the_whole_pack_gives_every_rung_of_every_year(india: Answer) -> None:
    document = gap_document(india.findings["gap"])
    years = [str(year) for year in india.data["year"].values]
    for stage in ("mining", "separation", "metal", "alloy", "magnet"):
        assert list(document["need"][f"{stage}_t"]) == years
        for status in STATUSES:
            assert list(document["supply"][status][f"{stage}_t"]) == years
            shares = document["self_reliance"][status][stage].values()
            assert all(share is None or 0 <= share <= 1 for share in shares)
    surer = [document["self_reliance"][status]["chain"]["2035"] for status in STATUSES]
    assert surer == sorted(surer)


def test_a_plant_makes_metal_of_the_elements_in_the_oxide_it_takes(india: Answer) -> None:
    """The scheme's plants start from NdPr oxide: alloy with dysprosium is theirs, dysprosium metal is not."""
    data = india.findings["gap"].data.sel(year=2035, status="announced")
    metal, alloy = (data.supply_element.sel(stage=stage) for stage in ("metal", "alloy"))
    assert float(metal.sel(element="Dy")) == 0 < float(alloy.sel(element="Dy"))
    pair = metal.sel(element=["Nd", "Pr"]).sum()
    assert float(pair) == pytest.approx(float(data.supply.sel(stage="metal")))  # and nothing else is metal of theirs
