"""Alloy to block: balances, what a melt draws, fines, shrinkage, energies; and the short loop of recycled powder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.plant.components import MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, by_element, fixed, of
from chumbak.plant.unit import imbalance
from chumbak.plant.units import kind_of
from tests.plant.units.wet import MAGNET_FEEDS, METALS, amount, magnets, run, values

ND, PR, DY, SM, FE, CO, B, OX, H, NI = (
    element(x) for x in ("Nd", "Pr", "Dy", "Sm", "Fe", "Co", "B", "O", "H", "Ni")
)  # fmt: skip
TARGET = {"Nd": 0.235, "Pr": 0.065, "Dy": 0.01, "B": 0.0098, "Co": 0.01, "Cu": 0.002, "Al": 0.004, "Ga": 0.002}
SHARE = st.floats(0.0, 0.5)


def metal(**kg: float) -> Stream:
    return of({"metal": by_element(kg)})


@given(MAGNET_FEEDS, SHARE, SHARE)
def test_melting_balances_every_element(row: Array, lost: float, skull: float) -> None:
    row = row + by_element({"Pr": 10.0})  # so that there is rare earth for the oxygen to bind
    feed = of({"magnet": row, "metal": row, "water": fixed("water", lost)})
    given_target = {"Nd": 0.2, "Pr": 0.05, "Dy": 0.02, "B": 0.01, "Co": 0.02, "Ga": 0.01}
    row_lost = {"others": 0.0, "Nd": lost, "Pr": lost / 2, "Fe": lost / 3, "B": lost / 4, "Ga": lost}
    for pair in (True, False):
        run("strip_cast", feed, target=given_target, lost=row_lost, flake=1.0 - skull, pair=pair)


@given(
    MAGNET_FEEDS, METALS.map(by_element), st.floats(0.5, 1.0), SHARE, st.sampled_from(["nitrogen", "helium", "argon"])
)
def test_powder_to_block_balances(row: Array, coarse: Array, kept: float, share: float, gas: str) -> None:
    feed = of({"hydride": row, "alloy": row * share, "coating": coarse, "scrap": coarse * share})
    powder = run("sieve_powder", feed, coating_removed=share, powder_lost=share).outlets["powder"]
    powder = run("blend_powder", powder, added={"Nd": 0.7, "Pr": 0.3}, addition=share).outlets["powder"]
    milled = run("jet_mill", powder, powder_yield=kept, fines_enrichment=1.0, fines_burnt=share, gas=gas,
                 oxygen=share * 1e4).outlets["powder"]  # fmt: skip
    pressed = run("press", milled, scrap=share, oxygen=share * 1e3)
    block = run("sinter", pressed.outlets["compacts"], scrap=share, oxygen=share * 1e3, hydrogen_left=10.0)
    run("age", block.outlets["blocks"])


@given(MAGNET_FEEDS, amount, amount, amount)
def test_washing_balances(row: Array, wet: float, lost: float, wash: float) -> None:
    run("wash_swarf", of({"swarf": row, "water": fixed("water", wet)}), lost=lost, wash_water=wash)


def test_a_melt_draws_what_it_lacks() -> None:
    """0.3 kg of Nd-Pr a kg of alloy sets its mass; without losses the flake has the composition of the target."""
    result = run("strip_cast", metal(Nd=23.5, Pr=6.5), target=TARGET, lost=0.0, flake=1.0, ferroboron=0.2)
    flake = result.outlets["flake"]["alloy"]
    assert flake.sum() == pytest.approx(100.0)
    for name, share in TARGET.items():
        assert flake[element(name)] == pytest.approx(100.0 * share), name
    assert flake[FE] == pytest.approx(100.0 * (1.0 - sum(TARGET.values())))
    assert result.drawn["ferroboron"].total() == pytest.approx(0.98 / 0.2)
    assert result.drawn["iron"].total() == pytest.approx(flake[FE] - 0.98 * 4.0)
    assert result.drawn["dysprosium metal"].total() == pytest.approx(1.0)
    assert set(result.drawn) == {
        "ferroboron", "iron", "dysprosium metal", "cobalt", "copper", "aluminium", "gallium"
    }  # fmt: skip
    assert result.outlets["slag"].total() == 0.0


def test_neodymium_and_praseodymium_stand_in_for_each_other() -> None:
    fed = metal(Nd=24.0, Pr=6.0)
    one = run("strip_cast", fed, target=TARGET, lost=0.0)
    assert not {"neodymium metal", "praseodymium metal"} & set(one.drawn)
    assert one.figures["melt"][0] == pytest.approx(100.0)
    apart = run("strip_cast", fed, target=TARGET, lost=0.0, pair=False)
    assert apart.figures["melt"][0] == pytest.approx(24.0 / 0.235)
    assert apart.drawn["praseodymium metal"].total() == pytest.approx(24.0 / 0.235 * 0.065 - 6.0)


def test_iron_of_ferroboron_counts() -> None:
    """69 kg of iron, 2 % of it lost, and what ferroboron brings are the iron of the alloy: none is bought beside."""
    lost = {"others": 0.0, "Fe": 0.02, "B": 0.05}
    result = run("strip_cast", metal(Fe=69.0), target={"Nd": 0.3, "B": 0.01}, lost=lost, flake=1.0, ferroboron=0.2)
    assert set(result.drawn) == {"ferroboron", "neodymium metal", "air"}
    flake = result.outlets["flake"]["alloy"]
    for name, share in {"Nd": 0.3, "B": 0.01, "Fe": 0.69}.items():
        assert flake[element(name)] / flake.sum() == pytest.approx(share), name
    # 0.69 a = 0.98 x 69 + 0.01 a x 4 x 0.98 / 0.95
    assert flake.sum() == pytest.approx(0.98 * 69.0 / (0.69 - 0.04 * 0.98 / 0.95))


def test_losses_are_made_up_and_oxidised() -> None:
    """A per cent of neodymium lost, as Nd2O3 with oxygen of air."""
    target = {"Nd": 0.3, "B": 0.01}
    result = run("strip_cast", metal(Fe=69.0), target=target, lost={"others": 0.0, "Nd": 0.01}, flake=0.98,
                 ferroboron=1.0)  # fmt: skip
    melt = result.figures["melt"][0]
    assert melt == pytest.approx(100.0)
    assert result.drawn["neodymium metal"].total() == pytest.approx(30.0 / 0.99)
    slag = result.outlets["slag"]["slag"]
    assert slag[ND] == pytest.approx(30.0 / 99.0)
    assert slag[OX] / MASS[OX] == pytest.approx(1.5 * slag[ND] / MASS[ND])
    assert result.outlets["skull"].total() == pytest.approx(2.0)


def test_oxygen_of_scrap_takes_rare_earth_to_slag() -> None:
    """0.48 kg of oxygen bind 2/3 of a mole of neodymium each: 2 Nd to 3 O."""
    scrap = of({"block": by_element({"Nd": 31.0, "Fe": 67.5, "B": 1.0, "O": 0.48})})
    result = run("strip_cast", scrap, target={"Nd": 0.31, "B": 0.01}, lost=0.0)
    slag = result.outlets["slag"]["slag"]
    assert slag[OX] == pytest.approx(0.48)
    assert slag[ND] == pytest.approx(0.48 / 15.999 * 2 / 3 * 144.242)
    assert "neodymium metal" in result.drawn
    assert result.outlets["flake"]["alloy"][OX] == 0.0


def test_nickel_of_coated_scrap_stays_beside_the_target() -> None:
    scrap = of({"magnet": by_element({"Nd": 30.0, "Fe": 69.0, "B": 1.0}), "coating": by_element({"Ni": 1.0})})
    result = run("strip_cast", scrap, target={"Nd": 0.3, "B": 0.01}, lost=0.0)
    assert result.outlets["flake"]["alloy"][NI] == pytest.approx(0.985)
    assert result.figures["beside the target"][0] == pytest.approx(100.0 / 101.0)


def test_samarium_cobalt_is_cast_too() -> None:
    """SmCo5: 33.8 % of samarium, the rest cobalt."""
    result = run("strip_cast", metal(Sm=33.8), target={"Sm": 0.338}, rest="Co", lost={"others": 0.0, "Sm": 0.0})
    assert result.drawn["cobalt"].total() == pytest.approx(66.2)
    assert list(result.drawn) == ["cobalt"]


def test_usual_melt_has_the_yield_of_practice() -> None:
    result = run("strip_cast", metal(Nd=30.5), target={"Nd": 0.305, "B": 0.01})
    fed = 30.5 + sum(one.total() for name, one in result.drawn.items() if name != "air")
    assert 0.97 <= result.outlets["flake"].total() / fed <= 0.993


WRONG_MELTS: dict[str, tuple[Stream, dict[str, Any], str]] = {
    "the rest is named": (metal(Nd=1.0), {"target": {"Nd": 0.3, "Fe": 0.7}}, "which is the rest"),
    "too much": (metal(Nd=1.0), {"target": {"Nd": 0.6, "B": 0.5}}, "they must leave something for Fe"),
    "oxygen": (metal(Nd=1.0), {"target": {"Nd": 0.3, "O": 0.001}}, "which leave the melt"),
    "oxide": (of({"metal": by_element({"Nd": 1.0, "O": 9.0})}), {"target": {"Nd": 0.3}}, "it is oxide, not metal"),
    "boron": (metal(Nd=1.0), {"target": {"Nd": 0.2, "B": 0.2}, "ferroboron": 0.1}, "more iron than 'target' holds"),
    "no oxide": (metal(Nd=1.0, C=0.1), {"target": {"Nd": 0.3}, "lost": 0.01}, "give 0 for it under 'lost'"),
    "not sold": (metal(Nd=1.0), {"target": {"Nd": 0.2, "U": 0.1}}, "U is not bought as a metal here"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_MELTS)
def test_what_cannot_be_melted_is_refused(name: str) -> None:
    feed, given_values, said = WRONG_MELTS[name]
    with pytest.raises(PlantError, match=said):
        run("strip_cast", feed, **given_values)


def test_fines_are_rich_in_rare_earths_and_burn() -> None:
    powder = of({"alloy": by_element({"Nd": 30.0, "Fe": 69.0, "B": 1.0})})
    result = run("jet_mill", powder, powder_yield=0.98, fines_enrichment=2.0, fines_burnt=1.0, oxygen=1000.0)
    fines = result.outlets["fines"]["residue"]
    bare = fines.copy()
    bare[OX] = 0.0
    assert bare.sum() == pytest.approx(2.0)
    assert bare[ND] / bare.sum() == pytest.approx(0.6)
    assert fines[OX] / MASS[OX] == pytest.approx(1.5 * fines[ND] / MASS[ND])
    assert result.figures["rare earth in fines"][0] == pytest.approx(0.04)
    assert result.outlets["powder"]["alloy"][OX] == pytest.approx(0.098)
    assert result.power == pytest.approx(300.0)
    with pytest.raises(PlantError, match="fines_enrichment"):
        run("jet_mill", powder, fines_enrichment=4.0)


def test_gas_lost_is_bought_and_leaves() -> None:
    """0.8 m3 of nitrogen at 0 degC: 0.8 / 22.414 x 28.014 = 1.0 kg."""
    powder = of({"alloy": by_element({"Fe": 1.0})})
    for gas, molar in (("nitrogen", 28.014), ("helium", 4.002602), ("argon", 39.95)):
        result = run("jet_mill", powder, gas=gas, gas_lost=0.8, oxygen=0.0, fines_burnt=0.0)
        assert result.drawn[gas].total() == pytest.approx(0.8 / 22.414 * molar)
        assert result.outlets["offgas"].total(gas) == pytest.approx(0.8 / 22.414 * molar)


def test_compacts_shrink_by_their_density() -> None:
    compacts = run("press", of({"alloy": by_element({"Nd": 3.0, "Fe": 7.0})}), scrap=0.1)
    assert compacts.outlets["compacts"].total() == pytest.approx(9.0, rel=1e-3)
    assert compacts.outlets["scrap"].total("alloy") == pytest.approx(1.0, rel=1e-3)
    # 1.8^2 / (2 mu0) = 1.289 MJ/m3 over 3,900 kg/m3
    assert compacts.figures["energy of the field"][0] == pytest.approx(1.2892e6 / 3900 / 3.6e6, rel=1e-3)
    block = run("sinter", compacts.outlets["compacts"])
    assert block.figures["shrinkage"][0] == pytest.approx(1.0 - (3.9 / 7.55) ** (1 / 3))
    assert "aligns poorly" in run("press", magnets(component="alloy"), field=1.0).warnings[0]
    with pytest.raises(PlantError, match="less dense than the block"):
        run("sinter", compacts.outlets["compacts"], green_density=8.0)


def test_sintering_drives_hydrogen_out() -> None:
    compact = of({"compact": by_element({"Nd": 30.0, "Fe": 69.5, "H": 0.4})})
    result = run("sinter", compact, hydrogen_left=10.0, oxygen=0.0, scrap=0.0)
    assert result.outlets["blocks"]["block"][H] == pytest.approx(99.9e-5)
    assert result.outlets["offgas"].total("hydrogen") == pytest.approx(0.4 - 99.9e-5)
    assert result.power == pytest.approx(4.0 * 99.9)
    assert result.sizes[0].count == 6  # 99.9 kg/h x 24 h in furnaces of 400 kg
    with pytest.raises(PlantError, match="give the energy of the whole furnace"):
        run("sinter", compact, energy=0.1)


def test_press_and_sinter_keep_what_is_usual() -> None:
    """0.97 of the powder becomes blocks (0.94 to 0.985)."""
    powder = magnets(100.0, component="alloy")
    blocks = run("sinter", run("press", powder).outlets["compacts"]).outlets["blocks"].total()
    assert 94.0 <= blocks <= 98.5


def test_blending_restores_rare_earth_beside_the_matrix() -> None:
    """2 of matrix with 1 of rare earth beside it, half of which oxygen binds: an addition makes up for it."""
    row = by_element({"Nd": 5 * 144.242, "Fe": 28 * 55.845, "B": 2 * 10.81, "O": 0.75 * 15.999})
    feed = of({"hydride": row})
    result = run("blend_powder", feed, added={"Nd": 1.0}, addition=0.03, hydrogen=2.0)
    mass = float(row.sum())
    assert result.figures["rare earth beside the matrix before"][0] == pytest.approx(100 * 0.5 * 144.242 / mass)
    bought = result.drawn["rare-earth hydride"]
    assert bought["hydride"][ND] == pytest.approx(0.03 * mass)
    assert bought["hydride"][H] == pytest.approx(0.03 * mass / 144.242 * 2 * 1.008)
    after = result.outlets["powder"]["hydride"]
    bare = after.sum() - after[H]
    assert result.figures["rare earth beside the matrix after"][0] == pytest.approx(
        100 * (0.5 * 144.242 + 0.03 * mass) / bare
    )
    with pytest.raises(PlantError, match="must sum to 1"):
        run("blend_powder", feed, added={"Nd": 0.5})


def test_new_alloy_may_be_blended_in() -> None:
    kind = kind_of("blend_powder")
    inlets = {"feed": magnets(10.0, "hydride"), "virgin": magnets(5.0, "alloy")}
    result = kind.run(inlets, values("blend_powder", added={"Nd": 1.0}, addition=0.0))
    assert np.abs(imbalance(inlets, result)).max() < 1e-12
    assert result.outlets["powder"].total() == pytest.approx(15.0)
    assert not result.drawn


def test_coating_that_gets_through_the_sieve_is_in_the_powder() -> None:
    feed = of({"hydride": by_element({"Nd": 30.0, "Fe": 70.0}), "coating": by_element({"Ni": 2.0})})
    result = run("sieve_powder", feed, coating_removed=0.9, powder_lost=0.01)
    assert result.outlets["powder"]["hydride"][NI] == pytest.approx(0.2)
    assert result.outlets["powder"].total("coating") == 0.0
    assert result.outlets["flakes"].total("coating") == pytest.approx(1.8)
    assert result.figures["rare earth lost"][0] == pytest.approx(0.01)


def test_swarf_is_washed_and_dried() -> None:
    swarf = of({"swarf": by_element({"Nd": 30.0, "Fe": 70.0}), "water": fixed("water", 30.0 / 18.015)})
    result = run("wash_swarf", swarf, lost=0.02, wash_water=3.0, moisture_pressed=0.3, moisture=0.01, efficiency=0.5)
    assert result.outlets["swarf"].total("swarf") == pytest.approx(98.0)
    assert result.outlets["swarf"].total("water") == pytest.approx(0.98)
    assert result.drawn["water"].total() == pytest.approx(300.0)
    assert result.heat == pytest.approx(98.0 * 0.29 * 2571.0 / 3600.0 / 0.5)
    with pytest.raises(PlantError, match="wetter than pressed swarf"):
        run("wash_swarf", swarf, moisture=0.5)
