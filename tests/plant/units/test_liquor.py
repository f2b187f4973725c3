"""Liquors and e-waste: balances of every element over random feeds, published reagents, limits, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.plant.components import MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import by_element, fixed, kmol_of, of, salts
from chumbak.plant.units._common import Z, read_salt, salt
from tests.plant.units.wet import MAGNET_FEEDS, METALS, amount, chlorides, run

FE, ND, CA = element("Fe"), element("Nd"), element("Ca")


@given(METALS, amount, amount, st.floats(3.5, 12.0), st.sampled_from(("caustic_soda", "ammonia", "lime")), amount)
def test_every_element_balances(
    kmol: dict[str, float], two: float, acid: float, ph: float, base: str, oxalic: float
) -> None:
    metals = np.zeros_like(MASS)
    for name, much in kmol.items():
        metals[element(name)] = much
    charge = float(metals @ Z) - two * metals[FE]  # a share of the iron is divalent
    feed = of(
        {
            "chloride": salt("chloride", metals, charge),
            "hydrochloric_acid": fixed("hydrochloric_acid", acid),
            "oxalic_acid": fixed("oxalic_acid", oxalic),
            "boric_acid": fixed("boric_acid", 0.1),
            "water": fixed("water", 50.0),
        }
    )
    run("remove_impurities", feed, base=base, ph=ph, iron_oxidised=two)
    run("treat_effluent", feed, base=base, ph=ph)
    result = run("oxalate", feed, precipitated=acid, excess=two)
    run("calcine", result.outlets["oxalate"])
    clean = run("treat_effluent", feed).outlets["liquor"]
    run("evaporate", clean)


@given(METALS)
def test_nitrates_and_sulfates_balance(kmol: dict[str, float]) -> None:
    metals = np.zeros_like(MASS)
    for name, much in kmol.items():
        metals[element(name)] = much
    for name, acid in (("nitrate", "nitric_acid"), ("sulfate", "sulfuric_acid")):
        feed = of({name: salts(name, metals), acid: fixed(acid, 0.2), "water": fixed("water", 50.0)})
        run("remove_impurities", feed, base="caustic_soda", iron_oxidised=0.5)
        run("oxalate", feed)


def test_oxalic_acid_is_what_stoichiometry_asks_for() -> None:
    """1.124 kg of dihydrate a kg of Nd2O3, and 3 mol of acid set free a mol."""
    result = run("oxalate", chlorides({"Nd": 2.0}), precipitated=1.0, excess=0.0)
    assert result.drawn["oxalic acid dihydrate"].total() / 336.48 == pytest.approx(1.124, abs=5e-4)
    assert result.figures["acid set free"][0] == pytest.approx(3.0)
    assert kmol_of(result.outlets["filtrate"], "hydrochloric_acid") == pytest.approx(6.0)
    assert result.outlets["oxalate"].total("oxalate") == pytest.approx(732.69, abs=0.02)
    usual = run("oxalate", chlorides({"Nd": 2.0, "Fe": 0.1}))
    assert usual.figures["rare earths recovered"][0] == pytest.approx(0.993)
    assert 0.9 < usual.figures["purity"][0] < 1.0


def test_oxalic_acid_that_comes_back_is_used() -> None:
    feed = chlorides({"Nd": 2.0})
    feed["oxalic_acid"][:] += fixed("oxalic_acid", 1.0)
    result = run("oxalate", feed, precipitated=1.0, excess=0.0)
    assert kmol_of(result.drawn["oxalic acid dihydrate"], "oxalic_acid") == pytest.approx(2.0)
    assert kmol_of(result.outlets["filtrate"], "oxalic_acid") == pytest.approx(0.0, abs=1e-12)


def test_iron_falls_and_rare_earths_stay() -> None:
    """FeCl2 + 1/4 O2 + 2 NaOH + 1/2 H2O = Fe(OH)3 + 2 NaCl: two of base a mol of iron(II), a quarter of oxygen."""
    metals = np.zeros_like(MASS)
    metals[FE] = 1.0
    feed = of({"chloride": salt("chloride", metals, 2.0), "water": fixed("water", 500.0)})
    result = run("remove_impurities", feed, iron_oxidised=1.0, oxygen_used=1.0)
    assert kmol_of(result.drawn["caustic soda"], "caustic_soda") == pytest.approx(2.0, rel=1e-4)
    assert kmol_of(result.drawn["air"], "oxygen") == pytest.approx(0.25)
    assert kmol_of(result.outlets["liquor"], "salt") == pytest.approx(2.0, rel=1e-4)
    mixed = run("remove_impurities", chlorides({"Nd": 1.0, "Fe": 0.1, "Al": 0.1}), ph=4.5)
    cake = mixed.outlets["cake"]["hydroxide"]
    assert cake[FE] / MASS[FE] == pytest.approx(0.1, rel=1e-3)
    assert cake[element("Al")] / MASS[element("Al")] == pytest.approx(0.1, rel=0.01)
    assert mixed.figures["rare earths lost to the cake"][0] == pytest.approx(0.008)


def test_solubility_decides_by_ph() -> None:
    results = [run("remove_impurities", chlorides({"Nd": 1.0}), ph=ph, carried=0.0) for ph in (4.0, 6.0, 7.5, 9.0)]
    lost = [one.figures["rare earths lost to the cake"][0] for one in results]
    assert lost[0] == lost[1] == 0.0
    assert lost[1] < lost[2] < lost[3] <= 1.0
    # c = Ks/[OH-]^3 at pH 7.5, Ks 10^-21.5: 10^-2 mol/L of about 1 mol/L.
    assert 1.0 - lost[2] == pytest.approx(10**-21.5 / 10 ** (-6.5 * 3) * _flow({"Nd": 1.0}), rel=1e-6)


def _flow(kmol: dict[str, float]) -> float:
    return chlorides(kmol).total() / 1000.0


def test_effluent_meets_its_limits_or_says_so() -> None:
    clean = run("treat_effluent", chlorides({"Fe": 0.01, "Zn": 0.01, "Cu": 0.01}, acid=1.0))
    assert not [told for told in clean.warnings if told.startswith("Fe")]
    assert kmol_of(clean.drawn["slaked lime"], "lime") == pytest.approx((1.0 + 3 * 0.01 + 4 * 0.01) / 2.0, rel=1e-2)
    metals, _ = read_salt(clean.outlets["liquor"], "chloride")
    assert metals[CA] > 0.5
    dirty = run("treat_effluent", chlorides({"Mn": 1.0}), ph=6.0)
    assert "Mn in what leaves is" in dirty.warnings[0]
    assert "limit of 2 mg/L" in dirty.warnings[0]


def test_lime_takes_oxalic_acid_out() -> None:
    feed = chlorides({"Ca": 0.1}, acid=1.0)
    feed["oxalic_acid"][:] += fixed("oxalic_acid", 0.3)
    result = run("treat_effluent", feed)
    assert kmol_of(result.drawn["slaked lime"], "lime") == pytest.approx(0.5 + 0.3)
    assert result.outlets["cake"]["oxalate"][CA] / MASS[CA] == pytest.approx(0.3)
    assert result.outlets["liquor"].total("oxalic_acid") == 0.0


def test_evaporation_gives_water_back() -> None:
    feed = of({"salt": fixed("salt", 1.0), "water": fixed("water", 55.0)})
    result = run("evaporate", feed, moisture=0.1)
    salt_mass = feed.total("salt")
    assert result.outlets["salts"].total("water") == pytest.approx(0.1 * salt_mass)
    boiled = (feed.total("water") - 0.1 * salt_mass) / 1000.0
    assert result.power == pytest.approx(20.0 * boiled)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(PlantError, match="free acid"):
        run("evaporate", chlorides({"Ca": 1.0}, acid=1.0))
    both = of({"hydrochloric_acid": fixed("hydrochloric_acid", 1.0), "nitric_acid": fixed("nitric_acid", 1.0)})
    with pytest.raises(PlantError, match="mixes"):
        run("oxalate", both)
    sulfate = of({"sulfuric_acid": fixed("sulfuric_acid", 1.0), "water": fixed("water", 50.0)})
    for base, words in (("lime", "gypsum"), ("ammonia", "caustic soda")):
        with pytest.raises(PlantError, match=words):
            run("remove_impurities", sulfate, base=base)
    metals = np.zeros_like(MASS)
    metals[FE] = 1.0
    divalent = of({"chloride": salt("chloride", metals, 2.0), "water": fixed("water", 500.0)})
    with pytest.raises(PlantError, match="raise the pH"):
        run("remove_impurities", divalent, ph=0.5)
    with pytest.raises(PlantError, match="'solubility' is not known for Sn"):
        run("treat_effluent", chlorides({"Sn": 1.0}))


@given(MAGNET_FEEDS, METALS.map(by_element), amount)
def test_ewaste_balances(magnet: Array, device: Array, share: float) -> None:
    feed = of({"device": device, "scrap": magnet, "oxide": salts("oxide", by_element({"Nd": share}))})
    for kind in ("sort_ewaste", "leach_boards", "smelt_boards", "smelt_batteries"):
        run(kind, feed)
    run("smelt_boards", feed, recovered=share)


def test_ewaste_recovers_what_was_published() -> None:
    boards = of(
        {"scrap": by_element({"Cu": 200.0, "Au": 0.2, "Ag": 1.0, "Pd": 0.1, "Nd": 1.0, "Fe": 50.0, "C": 100.0})}
    )
    sorted_ = run("sort_ewaste", boards).outlets["metals"]["metal"]
    assert sorted_[element("Cu")] == pytest.approx(120.0)
    assert sorted_[element("Au")] == pytest.approx(0.0512)
    leached = run("leach_boards", boards)
    assert leached.figures["Cu recovered"][0] == pytest.approx(0.924)
    smelted = run("smelt_boards", boards)
    assert "Nd recovered" not in smelted.figures
    slag = smelted.outlets["rest"]["slag"]
    assert slag[ND] == pytest.approx(1.0)
    assert slag[element("O")] > 0.0
    assert smelted.outlets["offgas"].total("carbon_dioxide") == pytest.approx(100.0 * 44.009 / 12.011)
