"""Leaching: balances of every element over random feeds, acid by stoichiometry, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.plant.components import Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import by_element, fixed, kmol_of, of, salts
from chumbak.plant.units._common import ferrous, known, read_salt
from tests.plant.units.wet import MAGNET_FEEDS, amount, magnets, run, simple

SHARE = st.fixed_dictionaries(dict.fromkeys(("others", "Nd", "Ce", "Fe", "B", "Al"), amount))


@given(MAGNET_FEEDS, st.dictionaries(st.sampled_from(("Nd", "Ce", "Tb", "Fe", "Al")), amount), SHARE, amount)
def test_every_element_balances_in_acid(
    metal: Array, oxide: dict[str, float], share: dict[str, float], free: float
) -> None:
    kmol = np.zeros_like(metal)
    for name, much in oxide.items():
        kmol[element(name)] = much
    feed = of({"magnet": metal, "oxide": salts("oxide", kmol), "water": fixed("water", 0.1)})
    back = of({"hydrochloric_acid": fixed("hydrochloric_acid", free), "water": fixed("water", 1.0)})
    for kind in ("leach_full", "leach_selective"):
        run(kind, feed, back, dissolved=share)
    run("leach_full", feed, dissolved=share, acid="sulfuric", strength=0.98)


@given(MAGNET_FEEDS, SHARE)
def test_every_element_balances_in_copper_nitrate(metal: Array, share: dict[str, float]) -> None:
    metal = metal.copy()
    metal[element("Fe")] += 20.0 * metal[element("B")]  # more charge than borate binds
    run("leach_copper", of({"swarf": metal}), dissolved=share | {"Fe": 1.0})


def test_acid_is_what_stoichiometry_asks_for() -> None:
    """30.4 mol a kg for all of it and 7.1 mol with a tenth in excess for rare earths alone: process_quality, 2."""
    full = run("leach_full", simple(), dissolved=1.0, excess=0.0)
    assert full.figures["acid that reacts"][0] * simple().total() == pytest.approx(30.4, abs=0.1)
    # Nd gives 3/2 and Fe 1 mol of hydrogen a mol.
    assert full.figures["hydrogen"][0] == pytest.approx(1000 * (1.5 * 0.31 / 144.242 + 0.67 / 55.845), rel=1e-9)
    metals, charge = read_salt(full.outlets["liquor"], "chloride")
    assert ferrous(metals, charge) == pytest.approx(metals[element("Fe")], rel=1e-9)
    roasted = run("roast", simple()).outlets["roasted"]
    chosen = run("leach_selective", roasted, dissolved={"Nd": 1.0, "Fe": 0.0}, excess=0.1)
    assert chosen.figures["acid given"][0] * roasted.total() == pytest.approx(7.1, abs=0.03)
    assert chosen.outlets["offgas"].total() == pytest.approx(0.0, abs=1e-12)
    iron = chosen.outlets["residue"]["residue"]
    assert iron[element("O")] / iron[element("Fe")] == pytest.approx(1.5 * 15.999 / 55.845, rel=1e-9)


def test_acid_bought_is_3_5_kg_of_32_per_cent() -> None:
    result = run("leach_full", simple(), dissolved=1.0, excess=0.0)
    assert result.drawn["hydrochloric acid"].total() == pytest.approx(3.5, abs=0.05)


def test_recycled_acid_saves_what_it_brings() -> None:
    plain = run("leach_full", magnets(100.0))
    back = of({"hydrochloric_acid": fixed("hydrochloric_acid", 0.5), "water": fixed("water", 5.0)})
    saved = run("leach_full", magnets(100.0), back)
    one, other = (kmol_of(it.drawn["hydrochloric acid"], "hydrochloric_acid") for it in (plain, saved))
    assert one - other == pytest.approx(0.5, rel=1e-9)
    flood = of({"hydrochloric_acid": fixed("hydrochloric_acid", 50.0), "water": fixed("water", 500.0)})
    assert "more than" in run("leach_full", magnets(100.0), flood).warnings[0]


def test_tetravalent_oxides_give_chlorine_or_oxygen() -> None:
    """2 CeO2 + 8 HCl = 2 CeCl3 + Cl2 + 4 H2O, and half an oxygen for two cerium in sulfuric acid."""
    kmol = np.zeros_like(by_element({}))
    kmol[element("Ce")] = 1.0
    ceria = of({"oxide": salts("oxide", kmol), "water": fixed("water", 50.0)})
    gas = run("leach_full", ceria, dissolved=1.0, excess=0.0)
    assert kmol_of(gas.outlets["offgas"], "chlorine") == pytest.approx(0.5)
    assert gas.figures["acid that reacts"][0] * ceria["oxide"].sum() == pytest.approx(4000.0)
    gas = run("leach_full", ceria, dissolved=1.0, excess=0.0, acid="sulfuric")
    assert kmol_of(gas.outlets["offgas"], "oxygen") == pytest.approx(0.25)


def test_copper_nitrate_follows_the_published_reaction() -> None:
    """2 Nd2Fe14B + 34 Cu(NO3)2 + 10.5 O2 = 4 Nd(NO3)3 + 28 Fe(NO3)2 + Cu3(BO3)2 + 15 Cu2O + Cu."""
    feed = of({"magnet": by_element({"Nd": 4 * 144.242, "Fe": 28 * 55.845, "B": 2 * 10.81})})
    result = run("leach_copper", feed, dissolved=1.0, excess=0.0, oxygen_used=1.0)
    nitrate, charge = read_salt(result.outlets["liquor"], "nitrate")
    assert charge == pytest.approx(68.0)
    assert nitrate[element("Cu")] == pytest.approx(0.0, abs=1e-9)
    assert kmol_of(result.drawn["air"], "oxygen") == pytest.approx(10.5)
    assert result.figures["copper as metal"][0] == pytest.approx(63.546)
    residue = result.outlets["residue"]["residue"]
    assert residue[element("Cu")] == pytest.approx(34 * 63.546)
    assert run("leach_copper", magnets()).figures["rare earths dissolved"][0] == pytest.approx(0.97)


def test_what_cannot_be_is_refused() -> None:
    row = by_element({"Nd": 0.9})
    row[element("Fe")] = np.nan
    with pytest.raises(PlantError, match="'dissolved' is not known for Fe"):
        known(row, simple()["magnet"], "dissolved")
    with pytest.raises(PlantError, match="nitrogen oxides"):
        run("leach_full", simple(), acid="nitric")
    with pytest.raises(PlantError, match="from 0 to 1"):
        run("leach_full", simple(), dissolved=1.2)
