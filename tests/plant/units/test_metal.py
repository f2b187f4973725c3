"""Oxide to metal: balances, stoichiometric identities, Faraday's law, and perfluorocarbons by how oxide is fed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.plant.components import MASS, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, by_element, fixed, kmol_of, mixed, of, salts
from tests.plant.units.wet import amount, run

ND, PR, DY, SM, LA, FE, F, C, OX, CA = (element(x) for x in ("Nd", "Pr", "Dy", "Sm", "La", "Fe", "F", "C", "O", "Ca"))
OXIDES = st.fixed_dictionaries(
    dict.fromkeys(["Nd", "Pr", "Dy", "Tb", "Ce", "La", "Sm", "Eu", "Y", "Fe", "Al", "Ca", "Th", "Si"], amount)
)


def oxide(kmol: dict[str, float], **more: float) -> Stream:
    """Return oxides of so many kmol/h of metals, with other components by their kmol/h."""
    return of({"oxide": salts("oxide", by_element(kmol))} | {name: fixed(name, much) for name, much in more.items()})


@given(OXIDES, amount, amount, amount)
def test_fluorination_and_reductions_balance(metals: dict[str, float], share: float, excess: float, wet: float) -> None:
    feed = oxide(metals, water=wet)
    made = run("fluorinate", feed, converted=share, excess=excess, scrubbed=share).outlets["fluoride"]
    for fed in (made, of({"fluoride": salts("fluoride", by_element(metals))})):
        if any(metals[name] > 0 for name in metals if name in ("Nd", "Pr", "Dy", "Tb", "Ce", "La", "Y")):
            run("reduce_calcium", fed, metal_yield=share, excess=excess)
    run("reduce_lanthanum", feed, metal_yield=share, excess=excess)
    run("reduce_diffusion", mixed([feed, of({"metal": by_element({"Co": 1.0})})]), metal_yield=share, excess=excess)


@given(OXIDES, st.floats(0.3, 1.0), amount, st.floats(0.0, 0.2), amount, amount)
def test_electrolysis_balances(metals: dict[str, float], efficiency: float, share: float, effect: float, hexa: float,
                               iron: float) -> None:  # fmt: skip
    run("electrolyse", oxide(metals), current_efficiency=efficiency, metal_yield=share, anode_effect=effect,
        hexafluoroethane=hexa, monoxide_made=share, monoxide_burnt=hexa, burn_off=share, cathode_iron=iron,
        lithium_fluoride=hexa)  # fmt: skip


def test_fluoride_takes_six_hydrogen_fluoride() -> None:
    """Nd2O3 + 6 HF: 6 x 20.006 / 336.48 = 0.35675 kg/kg; 1.196 kg of fluoride."""
    result = run("fluorinate", oxide({"Nd": 2.0}), converted=1.0, excess=0.0)
    assert result.drawn["hydrogen fluoride"].total() == pytest.approx(6 * (1.008 + 18.998403162))
    assert result.figures["hydrogen fluoride"][0] == pytest.approx(0.35675, rel=1e-4)
    assert result.outlets["fluoride"].total() == pytest.approx(2 * 144.242 + 6 * 18.998403162)
    assert kmol_of(result.outlets["scrubbed"], "water") == pytest.approx(3.0)
    assert "slaked lime" not in result.drawn


def test_oxygen_above_the_sesquioxide_leaves() -> None:
    """Pr6O11 + 18 HF = 6 PrF3 + 9 H2O + O2."""
    result = run("fluorinate", oxide({"Pr": 6.0}), converted=1.0, excess=0.5, scrubbed=0.9)
    assert kmol_of(result.outlets["offgas"], "oxygen") == pytest.approx(1.0)
    assert kmol_of(result.outlets["offgas"], "hydrogen_fluoride") == pytest.approx(18 * 0.5 * 0.1)
    lime = result.drawn["slaked lime"].total("lime") / (40.078 + 2 * 17.007)
    assert lime == pytest.approx(18 * 0.5 * 0.9 / 2 * 1.1)


def test_charge_and_energy_are_those_of_faraday() -> None:
    """Case EL1: Ah/kg of Nd, Pr and Dy, kWh/kg of Nd, to 1e-4."""
    wanted = {"Nd": 557.43, "Pr": 570.62, "Dy": 494.80}
    for name, charge in wanted.items():
        result = run("electrolyse", oxide({name: 1.0}), anode_effect=0.0)
        assert result.figures["charge at full efficiency"][0] == pytest.approx(charge, rel=1e-4)
    for voltage, efficiency, energy in ((10.0, 0.75, 7.432), (11.0, 0.65, 9.433)):
        result = run("electrolyse", oxide({"Nd": 1.0}), voltage=voltage, current_efficiency=efficiency)
        assert result.figures["energy"][0] == pytest.approx(energy, rel=1e-4)
        assert result.power == pytest.approx(energy * result.outlets["metal"].total(), rel=1e-4)


def test_each_metal_has_its_own_mass_and_the_slag_has_the_rest() -> None:
    result = run("electrolyse", oxide({"Nd": 3.0, "Pr": 1.0, "Ca": 0.1}), anode_effect=0.0, metal_yield=0.95,
                 salt_loss=0.0)  # fmt: skip
    metal = result.outlets["metal"]["metal"]
    assert metal[ND] == pytest.approx(0.95 * 3 * MASS[ND])
    assert metal[PR] == pytest.approx(0.95 * 1 * MASS[PR])
    assert metal[CA] == 0.0
    slag = result.outlets["slag"]["slag"]
    assert slag[ND] == pytest.approx(0.05 * 3 * MASS[ND])
    assert slag[OX] == pytest.approx((0.05 * (3 * 1.5 + 11 / 6) + 0.1) * MASS[OX])
    assert set(result.drawn) == {"graphite anode", "air"}


def test_carbon_of_anodes_is_stoichiometric() -> None:
    """2 Nd2O3 + 3 C = 4 Nd + 3 CO2: 0.0625 kg of carbon and 0.2288 kg of CO2 a kg; Nd2O3 + 3 C twice the carbon."""
    only = {"anode_effect": 0.0, "burn_off": 0.0, "metal_yield": 1.0}
    dioxide = run("electrolyse", oxide({"Nd": 1.0}), monoxide_made=0.0, **only)
    assert dioxide.figures["carbon of anodes"][0] == pytest.approx(0.75 * 12.011 / 144.242)
    assert dioxide.figures["carbon dioxide"][0] == pytest.approx(0.2288, rel=1e-3)
    assert "air" not in dioxide.drawn
    monoxide = run("electrolyse", oxide({"Nd": 1.0}), monoxide_made=1.0, monoxide_burnt=0.0, **only)
    assert kmol_of(monoxide.outlets["offgas"], "carbon_monoxide") == pytest.approx(1.5)
    assert monoxide.figures["carbon of anodes"][0] == pytest.approx(1.5 * 12.011 / 144.242)
    burnt = run("electrolyse", oxide({"Nd": 1.0}), monoxide_made=1.0, monoxide_burnt=1.0, **only)
    assert kmol_of(burnt.drawn["air"], "oxygen") == pytest.approx(0.75)


def test_usual_cell_emits_what_was_measured() -> None:
    """Pr-Nd, Dy-Fe and La lines of three companies: 165 to 672 kg CO2 and 3.00 to 8.23 kg CO a t of metal."""
    result = run("electrolyse", oxide({"Nd": 3.0, "Pr": 1.0}))
    mass = result.outlets["metal"].total()
    assert 0.165 <= result.figures["carbon dioxide"][0] <= 0.6724
    assert 3.0 <= result.outlets["offgas"].total("carbon_monoxide") / mass * 1000.0 <= 8.23
    assert 7.0 <= result.figures["energy"][0] <= 13.0


def test_perfluorocarbons_follow_the_feeding_of_oxide() -> None:
    usual = run("electrolyse", oxide({"Nd": 1.0}))
    uneven = run("electrolyse", oxide({"Nd": 1.0}), oxide_spread=0.5)
    poor = run("electrolyse", oxide({"Nd": 1.0}), oxide_mean=1.0)
    assert poor.figures["time in anode effect"][0] == pytest.approx(0.5)
    # Two standard deviations above the critical share: 2.275 % of a normal distribution lies below.
    assert uneven.figures["time in anode effect"][0] == pytest.approx(0.02275, rel=1e-3)
    gases = [one.figures["tetrafluoromethane"][0] for one in (usual, uneven, poor)]
    assert gases == sorted(gases)
    assert gases[0] < gases[1] / 10.0


def test_fluorine_of_perfluorocarbons_is_made_up() -> None:
    """4 F(-) + C = CF4: its charge is the share of the current, its fluorine bought with neodymium, which is won."""
    result = run("electrolyse", oxide({"Nd": 1.0}), anode_effect=0.1, fluoride_current=0.5, hexafluoroethane=0.0,
                 salt_loss=0.0, metal_yield=1.0, current_efficiency=0.75)  # fmt: skip
    charge = result.figures["current"][0] / 26.801484  # kmol/h of electrons, from kA
    cf4 = kmol_of(result.outlets["offgas"], "tetrafluoromethane")
    assert 4.0 * cf4 == pytest.approx(0.05 * charge)
    assert result.drawn["rare-earth fluoride"]["fluoride"][F] / MASS[F] == pytest.approx(4.0 * cf4)
    assert result.outlets["metal"]["metal"][ND] / MASS[ND] == pytest.approx(1.0 + 4.0 / 3.0 * cf4)
    assert charge * 0.75 == pytest.approx(3.0 * (1.0 + 4.0 / 3.0 * cf4))
    hexa = run("electrolyse", oxide({"Nd": 1.0}), hexafluoroethane=0.25).outlets["offgas"]
    assert hexa.total("hexafluoroethane") == pytest.approx(hexa.total("tetrafluoromethane") / 3.0)


def test_iron_cathode_makes_an_alloy() -> None:
    result = run("electrolyse", oxide({"Dy": 1.0}), cathode_iron=0.25)
    metal = result.outlets["metal"]["metal"]
    assert metal[FE] / metal[DY] == pytest.approx(0.25)
    assert result.drawn["iron"].total() == pytest.approx(metal[FE])


def test_cells_are_counted() -> None:
    result = run("electrolyse", oxide({"Nd": 1.0}), cell_current=6.0)
    size = result.sizes[0]
    assert size.count == 17  # 3 kmol of electrons x 0.95 x 26.80 kAh / 0.75 = 101.8 kA, of 6 kA
    assert size.size * size.count == pytest.approx(result.power)


def test_more_fluoride_than_metal_is_refused() -> None:
    with pytest.raises(PlantError, match="discharges fluoride"):
        run("electrolyse", oxide({"Nd": 1.0}), anode_effect=1.0, fluoride_current=0.8)


def test_calcium_of_dysprosium_and_terbium() -> None:
    """3/2 x 40.078 / 162.5 = 0.370 kg/kg, over the yield and with the excess."""
    for name, per_kg in (("Dy", 0.36995), ("Tb", 0.37827)):
        feed = of({"fluoride": salts("fluoride", by_element({name: 1.0}))})
        result = run("reduce_calcium", feed, metal_yield=1.0, excess=0.0)
        assert result.figures["reductant"][0] == pytest.approx(per_kg, rel=1e-4)
        usual = run("reduce_calcium", feed)
        assert usual.figures["reductant"][0] == pytest.approx(per_kg * 1.125 / 0.95, rel=1e-4)
        slag = usual.outlets["slag"]["slag"]
        assert slag[F] / MASS[F] == pytest.approx(3.0)
        assert slag[CA] / MASS[CA] == pytest.approx(1.5 * 1.125)


def test_lanthanum_frees_samarium_alone() -> None:
    """Sm2O3 + 2 La = 2 Sm + La2O3: 0.9238 kg a kg; neodymium beside it stays in the residue."""
    result = run("reduce_lanthanum", oxide({"Sm": 1.0, "Nd": 0.2}), metal_yield=1.0, excess=0.0)
    assert result.figures["reductant"][0] == pytest.approx(138.90547 / 150.36)
    assert result.outlets["metal"]["metal"][SM] == pytest.approx(MASS[SM])
    assert result.outlets["metal"]["metal"][ND] == 0.0
    assert result.outlets["slag"]["slag"][OX] / MASS[OX] == pytest.approx(1.5 + 0.3)


def test_calcium_makes_samarium_cobalt_of_its_oxide() -> None:
    """Sm2O3 + 3 Ca + 10 Co = 2 SmCo5 + 3 CaO: 1.5 x 40.078 / 150.36 kg of calcium a kg; 33.8 % of mass samarium."""
    feed = oxide({"Sm": 1.0, "Al": 0.1})
    cobalt = 5.0 * float(MASS[element("Co")])
    feed = mixed([feed, of({"metal": by_element({"Co": cobalt})})])
    result = run("reduce_diffusion", feed, metal_yield=1.0, excess=0.0)
    assert result.figures["reductant"][0] == pytest.approx(1.5 * 40.078 / 150.36)
    alloy = result.outlets["alloy"]["alloy"]
    assert alloy[SM] == pytest.approx(MASS[SM])
    assert result.figures["rare earth in the alloy"][0] == pytest.approx(
        150.36 / (150.36 + 5 * 58.933194) * 100, rel=1e-6
    )
    assert result.outlets["slag"]["slag"][CA] / MASS[CA] == pytest.approx(1.5)
    with pytest.raises(PlantError, match="no powder"):
        run("reduce_diffusion", oxide({"Sm": 1.0}), metal_yield=1.0, excess=0.0)


def test_calcium_takes_samarium_fluoride_to_the_difluoride_alone() -> None:
    def fluoride(kmol: dict[str, float]) -> Stream:
        return of({"fluoride": salts("fluoride", by_element(kmol))})

    result = run("reduce_calcium", fluoride({"Dy": 2.0, "Sm": 1.0}), metal_yield=1.0, excess=0.0)
    assert result.outlets["metal"]["metal"][SM] == 0.0
    assert result.drawn["calcium"].total() == pytest.approx((1.5 * 2 + 0.5) * MASS[CA])
    with pytest.raises(PlantError, match="difluorides and no further"):
        run("reduce_calcium", fluoride({"Sm": 1.0}), metal_yield=1.0, excess=0.0)


@pytest.mark.parametrize("kind", ["fluorinate", "electrolyse", "reduce_lanthanum", "reduce_diffusion"])
def test_what_is_no_oxide_is_refused(kind: str) -> None:
    with pytest.raises(PlantError, match="kmol/h of oxygen, not the"):
        run(kind, of({"oxide": by_element({"Nd": 1.0})}))
    with pytest.raises(PlantError, match="hold S, of which no oxide"):
        run(kind, of({"oxide": by_element({"S": 1.0, "O": 1.0})}))
