"""Compositions worked by hand: oxides by molar mass, ore, mixture, grades with and without binder, diffusion, goods."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.chain import compile_chain
from chumbak.chain.materials import Compositions, expand
from chumbak.pack.faults import Faults
from tests.chain.toy import Toy, share_of

# Oxide over metal by standard atomic weights, from a published table of process facts.
OXIDE_PER_METAL = {"Nd": 1.1664, "Pr": 1.2082, "Dy": 1.1477, "Tb": 1.1762, "Sm": 1.1596}


@pytest.mark.parametrize(("element", "oxide_per_metal"), OXIDE_PER_METAL.items())
def test_an_oxide_holds_metal_and_oxygen_by_molar_mass(element: str, oxide_per_metal: float) -> None:
    toy = Toy()
    toy.add("materials", f"an_oxide,An oxide,separation,oxides,{element},,,")
    held = share_of(toy.chain(), "an_oxide")
    assert 1 / held[element] == pytest.approx(oxide_per_metal, abs=5e-5)
    assert held[element] + held["O"] == pytest.approx(1)


def test_mixed_oxides() -> None:
    toy = Toy()
    toy.add("materials", "mixed,Mixed oxide,separation,oxides,Nd,,,")
    toy.figures["material.mixed.oxide.Pr"] = 0.25
    held = share_of(toy.chain(), "mixed")
    # 25 % of the mass is Pr6O11 and the rest Nd2O3
    assert held["Pr"] == pytest.approx(0.25 / 1.2082, rel=1e-4)
    assert held["Nd"] == pytest.approx(0.75 / 1.1664, rel=1e-4)


def test_an_ore_holds_the_metal_of_its_oxides_and_the_balance_all_else() -> None:
    held = share_of(Toy().chain(), "monazite")
    assert held["Nd"] == pytest.approx(0.5 * 0.75 / 1.1664, rel=1e-4)
    assert held["Dy"] == pytest.approx(0.5 * 0.05 / 1.1477, rel=1e-4)
    assert (held["Th"], held["P"]) == (0.08, 0.12)
    assert held["O"] == pytest.approx(1 - sum(share for name, share in held.items() if name != "O"))


def test_a_mixture_is_its_parts_and_its_base_the_rest() -> None:
    chain = Toy().chain()
    held, monazite = share_of(chain, "sand"), share_of(chain, "monazite")
    assert held["Nd"] == pytest.approx(0.01 * monazite["Nd"])
    assert held["Si"] == pytest.approx(0.99 * 0.47)


def test_mixtures_of_mixtures() -> None:
    toy = Toy()
    toy.add("materials", "bed,Bed,,mixture,,,sand,")
    toy.figures["material.bed.part.quartz"] = 0.5
    assert share_of(toy.chain(), "bed")["Th"] == pytest.approx(0.5 * 0.01 * 0.08)


def test_a_grade_stands_in_every_material_of_its_family() -> None:
    chain = Toy().chain()
    for material in ("alloy_sh", "swarf_sh", "magnet_sh"):
        assert share_of(chain, material) == pytest.approx({"Nd": 0.216, "Pr": 0.054, "Dy": 0.03, "Fe": 0.7})
    assert chain["material_grade"].sel(material="alloy_sh") == "SH"
    assert chain["material_name"].sel(material="alloy_sh") == "Alloy SH"
    assert "alloy_bonded" not in chain["material"].values  # another family


def test_a_grade_without_its_binder() -> None:
    held = share_of(Toy().chain(), "bonded_powder")
    assert held == pytest.approx({"Nd": 0.3, "Fe": 0.7})  # 0.27 and 0.63 of 0.9


def test_a_diffused_magnet_is_its_base_with_what_is_saved_left_out() -> None:
    held = share_of(Toy().chain(), "magnet_sh_diffused")
    # the grade holds 3 % dysprosium, of which 60 % is saved: 1.2 % is brought in, and 98.8 % is the base magnet
    assert held == pytest.approx({"Nd": 0.988 * 0.24, "Pr": 0.988 * 0.06, "Dy": 0.012, "Fe": 0.988 * 0.7})


def test_a_magnet_is_not_diffused_into_its_own_grade() -> None:
    assert "magnet_n_diffused" not in Toy().chain()["material"].values


def test_goods_are_what_the_stocks_say_in_each_year() -> None:
    toy = Toy()
    given = toy.given()
    used = given["used"].copy()
    used.loc[{"product": "car", "year": 2026}] = 1.5 * used.loc[{"product": "car", "year": 2026}]
    used.loc[{"product": "car", "year": 2026, "element": "Cu"}] = 0.7
    chain = compile_chain(toy.nouns(), given | {"used": used})
    held = chain.composition.sel(material="used_car", element="Nd")
    assert held.values == pytest.approx([0.06, 0.09])


def test_compositions_sum_to_one() -> None:
    whole = Toy().chain().composition.sum("element")
    assert np.abs(whole - 1).max() < 1e-12


@settings(max_examples=30)
@given(
    reo=st.floats(0.01, 0.7), thorium=st.floats(0, 0.2), dysprosium=st.floats(0, 0.3), saving=st.floats(0, 1),
    part=st.floats(1e-4, 1),
)  # fmt: skip
def test_every_composition_sums_to_one(
    reo: float, thorium: float, dysprosium: float, saving: float, part: float
) -> None:
    toy = Toy()
    toy.figures |= {
        "material.monazite.reo": reo,
        "material.monazite.content.Th": thorium,
        "grade.SH.content.Dy": dysprosium,
        "material.magnet_GRADE_diffused.heavy_saving": saving,
        "material.sand.part.monazite": part,
    }
    nouns, numbers, faults = toy.nouns(), toy.given(), Faults()
    materials = expand(nouns)
    compositions = Compositions(nouns, materials, numbers, faults)
    for name in materials:
        assert compositions[name].min() >= 0
        assert compositions[name].sum(axis=0) == pytest.approx(1, abs=1e-12)
    assert not faults.found


def test_draws_are_worked_out_one_by_one() -> None:
    toy = Toy()
    given = toy.given()
    reo = given["reo"] * xr.DataArray([1.0, 1.1, 0.9], dims="draw", coords={"draw": range(3)})
    drawn = compile_chain(toy.nouns(), given | {"reo": reo, "content": given["content"].expand_dims(draw=3)})
    for draw in range(3):
        toy.figures["material.monazite.reo"] = float(reo.sel(draw=draw, material="monazite"))
        alone = toy.chain()
        for name in ("composition", "coefficient", "loss"):
            np.testing.assert_allclose(drawn[name].sel(draw=draw).transpose(*alone[name].dims), alone[name], atol=1e-12)
