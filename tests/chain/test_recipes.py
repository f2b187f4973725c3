"""Recipes worked by hand: greedy inputs, joint products, what is made up, swarf by shape, feeds and opened goods."""

from __future__ import annotations

import numpy as np
import pytest

from chumbak.chain import audit, compile_chain
from tests.chain.toy import Toy, amounts, share_of

# metal in Nd2O3, Pr6O11 and Dy2O3
ND = 2 * 144.24 / (2 * 144.24 + 3 * 15.999)
PR = 6 * 140.91 / (6 * 140.91 + 11 * 15.999)
DY = 2 * 162.5 / (2 * 162.5 + 3 * 15.999)


def test_one_input_brings_what_the_product_holds_over_the_recovery() -> None:
    # a tonne of neodymium metal out of Nd2O3 with 95 %: 1 / 0.95 / 0.85735 = 1.2278 t
    found = amounts(Toy().chain(), "electrolyse_nd")
    assert found == pytest.approx({"nd_metal": 1.0, "nd_oxide": -1 / 0.95 / ND})


def test_two_inputs_for_two_elements() -> None:
    # didymium with a quarter of praseodymium: 0.75 / 0.95 of Nd and 0.25 / 0.95 of Pr, each as oxide
    found = amounts(Toy().chain(), "electrolyse")
    assert found["nd_oxide"] == pytest.approx(-0.75 / 0.95 / ND)
    assert found["pr_oxide"] == pytest.approx(-0.25 / 0.95 / PR)


def test_an_input_with_two_keys_goes_as_far_as_the_scarcer_and_the_next_brings_the_rest() -> None:
    # Alloy N holds 24 % Nd and 6 % Pr, a fifth of praseodymium. Didymium holds a quarter, so praseodymium ends it:
    # 0.06 / 0.98 / 0.25 = 0.244898 t, with 0.75 of that as Nd = 0.183673. The rest of 0.24 / 0.98 is metal.
    found = amounts(Toy().chain(), "cast_n")
    assert found["didymium"] == pytest.approx(-0.06 / 0.98 / 0.25)
    assert found["nd_metal"] == pytest.approx(-(0.24 - 0.18) / 0.98)
    assert found["pr_metal"] == 0
    assert found["dy_metal"] == 0
    assert found["iron"] == pytest.approx(-0.7 / 0.98)


def test_the_corrective_input_is_the_other_one_when_the_proportion_turns() -> None:
    # With 10 % Pr in didymium, neodymium ends it: 0.24 / 0.9 = 0.266667 t with 0.026667 t of Pr (over 0.98).
    toy = Toy()
    toy.figures["material.didymium.content.Pr"] = 0.1
    found = amounts(toy.chain(), "cast_n")
    assert found["didymium"] == pytest.approx(-0.24 / 0.9 / 0.98)
    assert found["nd_metal"] == pytest.approx(0, abs=1e-12)
    assert found["pr_metal"] == pytest.approx(-(0.06 - 0.24 / 9) / 0.98)


def test_joint_products_follow_the_ore_and_what_is_won_of_each() -> None:
    found = amounts(Toy().chain(), "separate")
    # A tonne of Nd2O3 takes 1 / 0.9 t of it in the ore, which holds 0.5 x 0.75: 2.96296 t of monazite.
    ore = 1 / 0.9 / 0.375
    assert found["monazite"] == pytest.approx(-ore)
    assert found["pr_oxide"] == pytest.approx(ore * 0.5 * 0.2 * 0.9)
    assert found["dy_oxide"] == pytest.approx(ore * 0.5 * 0.05 * 0.9)
    assert found["thoria"] == pytest.approx(ore * 0.08)  # a recovery of its own: all of it


def test_what_is_not_in_products_is_lost_by_element() -> None:
    chain = Toy().chain()
    ore = 1 / 0.9 / 0.375
    loss = chain.loss.sel(process="separate").isel(year=0)
    assert loss.sel(element="P") == pytest.approx(ore * 0.12)
    assert loss.sel(element="Nd") == pytest.approx(0.1 * ore * 0.375 * ND)
    assert loss.sel(element="Th") == pytest.approx(0, abs=1e-12)


def test_made_up_inputs_bring_what_the_products_lack_and_no_more() -> None:
    chain = Toy().chain()
    # The oxides of a tonne of swarf N at 95 %: oxygen over metal is (1 - x) / x
    oxygen = 0.95 * (0.24 * (1 - ND) / ND + 0.06 * (1 - PR) / PR)
    assert amounts(chain, "leach_n")["air"] == pytest.approx(-oxygen)
    assert amounts(chain, "separate")["air"] == 0  # the ore holds more oxygen than the oxides: the rest is lost
    assert float(chain.loss.sel(process="leach_n", element="O").max()) == pytest.approx(0, abs=1e-12)


def test_machining_loses_what_the_shapes_of_goods_ask_for() -> None:
    # Magnet N: a yield of 0.8, so 1.25 t of alloy; 0.96 of the 1.25 is kept, the magnet's tonne and 0.2 t of swarf.
    assert amounts(Toy().chain(), "machine_n") == pytest.approx({"magnet_n": 1, "alloy_n": -1.25, "swarf_n": 0.2})
    found = amounts(Toy().chain(), "machine_sh")
    assert found["alloy_sh"] == pytest.approx(-1 / 0.75)
    assert found["swarf_sh"] == pytest.approx(0.96 / 0.75 - 1)


def test_machining_that_catches_less_than_it_shapes_turns_out_no_swarf() -> None:
    toy = Toy()
    toy.figures["process.machine.recovery"] = 0.7  # less than the 0.8 that are in the magnet
    assert amounts(toy.chain(), "machine_n")["swarf_n"] == 0


def test_a_yield_beside_a_recovery_leaves_the_difference_to_by_products() -> None:
    toy = Toy()
    toy.figures |= {"process.cast.yield": 0.9, "process.cast.recovery": 0.99}
    toy.add("materials", "skull_GRADE,Skull GRADE,,grade,,sintered,,")
    toy.add("flows", "cast_6,cast,out,skull_GRADE,Nd,")
    found = amounts(toy.chain(), "cast_n")
    assert found["skull_n"] == pytest.approx(0.99 / 0.9 - 1)
    assert found["iron"] == pytest.approx(-0.7 / 0.9)


def test_diffusion_recovers_less_of_what_it_brings_in() -> None:
    # 1.2 % Dy brought in at 80 %: 0.015 t of metal; the base magnet is not touched
    assert amounts(Toy().chain(), "diffuse_sh") == pytest.approx(
        {"magnet_sh_diffused": 1.0, "magnet_n": -0.988, "dy_metal": -0.012 / 0.8}
    )


def test_a_bonded_magnet_takes_powder_and_binder() -> None:
    assert amounts(Toy().chain(), "bond") == pytest.approx(
        {"bonded_magnet": 1.0, "bonded_powder": -0.9, "binder": -0.1}
    )


def test_a_feed_is_turned_into_what_is_recovered_of_it() -> None:
    found = amounts(Toy().chain(), "recycle_car")
    assert found["nd_oxide"] == pytest.approx(0.3 * 0.9 / ND)
    assert found["dy_oxide"] == pytest.approx(0.05 * 0.9 / DY)
    assert found["old_magnet_car"] == -1


def test_opened_goods_give_their_magnets_as_their_product_allows_and_metals_as_the_process_does() -> None:
    chain = Toy().chain()
    # A tonne of used car holds 0.06 Nd in 0.2 of magnets; 0.7 of that comes out; copper at 0.6
    assert amounts(chain, "open_car") == pytest.approx({"used_car": -1, "old_magnet_car": 0.14, "copper": 0.48})
    assert amounts(chain, "open_fan") == pytest.approx({"used_fan": -1, "old_magnet_fan": 0.005, "copper": 0.57})


def test_what_was_never_sold_gives_nothing() -> None:
    toy = Toy()
    toy.stocks["used"]["fan"] = {}
    toy.stocks["dismantled"]["fan"] = {}
    chain = toy.chain()
    assert amounts(chain, "open_fan") == {"used_fan": -1, "old_magnet_fan": 0, "copper": 0}
    audit(chain)


def test_grades_and_products_are_spelled_out() -> None:
    chain = Toy().chain()
    slots = dict(zip(chain["process"].values, chain["process_slot"].values, strict=True))
    assert {"cast_n", "cast_sh", "diffuse_sh", "open_car", "leach_sh"} <= set(slots)
    assert "diffuse_n" not in slots
    assert slots["machine_sh"] == slots["diffuse_sh"] == "SH"  # finished magnets serve their grade
    assert slots["cast_sh"] == "alloy_sh"
    assert slots["open_car"] == "used_car"
    assert slots["bond"] == "bonded"


def test_the_order_of_rows_that_is_not_said_to_matter_does_not() -> None:
    first = Toy().chain()
    for seed in range(3):
        toy = Toy()
        for table in ("elements", "materials", "processes", "oxides", "grades", "products"):
            toy.shuffle(table, seed)
        chain = toy.chain()
        assert chain["material"].values.tolist() != first["material"].values.tolist()
        for process in first["process"].values:
            assert amounts(chain, process) == pytest.approx(amounts(first, process), abs=1e-12)
            for element in first["element"].values:
                losses = (float(one.loss.sel(process=process, element=element)[0]) for one in (chain, first))
                assert next(losses) == pytest.approx(next(losses), abs=1e-12)
        for material in first["material"].values:
            assert share_of(chain, material) == pytest.approx(share_of(first, material), abs=1e-12)


def test_years_have_each_their_own_composition() -> None:
    toy = Toy()
    given = toy.given()
    content = given["content"]
    content.loc[{"grade": "SH", "element": "Dy", "year": 2026}] = 0.0
    content.loc[{"grade": "SH", "element": "Fe", "year": 2026}] = 0.73
    chain = compile_chain(toy.nouns(), given)
    rows = np.flatnonzero((chain["flow_process"] == "cast_sh") & (chain["flow_material"] == "dy_metal"))
    assert chain.coefficient.isel(flow=rows[0]).values == pytest.approx([-0.03 / 0.98, 0.0])
    audit(chain)
