"""Burning to oxides: the oxidative roast of magnets, powder and swarf, and the calcination of precipitates."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import ELEMENTS, MASS, Array, element
from chumbak.plant.stream import AMBIENT, Stream, fixed, molar, of, without
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import OX, Air, C, H, N, air, oxide_oxygen, together
from chumbak.plant.units.heat import magnet_heat

_METALLIC = ("magnet", "coating", "hydride", "alloy", "compact", "block", "swarf", "metal", "scrap", "residue")
_PRECIPITATES = ("oxalate", "hydroxide", "carbonate")
_NOBLE = [element(name) for name in ("Au", "Ag", "Pd", "Pt", "Hg")]
_GASES = [H, C, N, OX]
_SECONDS = 3600.0
# Water from 25 degC to steam at 100 degC, kJ/kg, and steam above that, kJ/(kg K): steam tables, recalled.
_EVAPORATION, _STEAM_HEAT = 2571.0, 2.0


def oxidised(moles: Array) -> tuple[Array, Array]:
    """Part what a roast turns into oxides from what it leaves: kmol/h (element) each, without H, C, N and O.

    Noble metals, and elements whose oxide is not known here (halogens, sulfur, phosphorus), are left.
    """
    burns = ~np.isnan(oxide_oxygen())
    burns[_NOBLE] = burns[_GASES] = False
    solid = moles.copy()
    solid[_GASES] = 0.0
    return np.where(burns, solid, 0.0), np.where(burns, 0.0, solid)


def roast(inlets: Inlets, values: Values) -> Result:
    """Burn metal to oxide with the oxygen of air.

    4 RE + 3 O2 = 2 RE2O3 (CeO2, Pr6O11 and Tb4O7 as assays state them), 4 Fe + 3 O2 = 2 Fe2O3, 4 B + 3 O2 = 2 B2O3,
    C + O2 = CO2, 4 H + O2 = 2 H2O, N to N2; oxygen that the feed holds is used first. Heat is what brings solids and
    air to the temperature, less the share ``heat_used`` of the heat of oxidation.
    """
    feed = inlets["feed"]
    burnt = together(feed, _METALLIC)
    moles = molar(burnt)
    into, left = oxidised(moles)
    held = into @ np.nan_to_num(oxide_oxygen())
    need = held + 2.0 * moles[C] + 0.5 * moles[H] - moles[OX]
    gas: Air = air(max(need, 0.0) / 2.0, values["excess_air"])
    oxide = into * MASS
    oxide[OX] += held * MASS[OX]
    temperature = values["temperature"]
    roasted = without(feed, *_METALLIC, "water").flow.copy()
    solids = Stream(roasted, temperature)
    solids["oxide"][:] += oxide
    solids["residue"][:] += left * MASS
    fumes = {
        "carbon_dioxide": fixed("carbon_dioxide", moles[C]),
        "steam": fixed("steam", moles[H] / 2.0) + feed["water"],
        "oxygen": gas.left["oxygen"] + fixed("oxygen", max(-need, 0.0) / 2.0),
        "nitrogen": gas.left["nitrogen"] + fixed("nitrogen", moles[N] / 2.0),
        "argon": gas.left["argon"],
    }
    set_free, unknown = _heat_of_oxidation(values["oxidation_heat"], into, moles)
    sensible = magnet_heat(burnt, feed.temperature, temperature)
    sensible += feed.total("water") * (_EVAPORATION + _STEAM_HEAT * (temperature - 100.0)) / _SECONDS
    sensible += gas.drawn.total() * values["air_heat_capacity"] * (temperature - AMBIENT) / _SECONDS
    used = values["heat_used"] or 0.0
    heat = sensible - used * set_free
    warnings: tuple[str, ...] = ()
    if unknown:
        warnings = (f"the heat of oxidation of {', '.join(unknown)} is not known and is left out",)
    return Result(
        {"roasted": solids, "offgas": of(fumes, temperature)},
        {"air": gas.drawn} if need > 0 else {},
        heat=heat,
        sizes=(Size("roasting.roaster", sensible, "kW"),) if sensible > 0 else (),
        figures={
            "mass gain": (solids.total() / feed.total() - 1.0 if feed.total() > 0 else 0.0, "kg/kg"),
            "heat of oxidation": (set_free, "kW"),
        },
        warnings=warnings,
    )


def _heat_of_oxidation(known: Array, into: Array, moles: Array) -> tuple[float, list[str]]:
    """Return the heat set free, kW, from kJ a mol of each element, and which elements it is not known for."""
    burnt = into.copy()
    burnt[C], burnt[H] = moles[C], moles[H]
    total = float(burnt.sum())
    gaps = np.isnan(known) & (burnt > 0)
    unknown = [ELEMENTS[at] for at in np.flatnonzero(gaps & (burnt > 0.01 * total))]
    return float(burnt @ np.nan_to_num(known)) * 1000.0 / _SECONDS, unknown


def calcine(inlets: Inlets, values: Values) -> Result:
    """Burn precipitates to oxides.

    RE2(C2O4)3 . 10 H2O = RE2O3 + 3 CO2 + 3 CO + 10 H2O, 2 M(OH)3 = M2O3 + 3 H2O, M2(CO3)3 = M2O3 + 3 CO2;
    CeO2, Pr6O11 and Tb4O7 take the oxygen they lack from air, and so does the share of CO that burns. Water of the
    cake goes off as steam. Neodymium: 336.48/732.69 = 0.4592 kg oxide a kg of oxalate.
    """
    feed = inlets["feed"]
    oxide = np.zeros(len(ELEMENTS))
    oxygen = monoxide = dioxide = steam = 0.0
    for name in _PRECIPITATES:
        if not feed[name].any():
            continue
        moles = molar(feed[name])
        carbon, hydrogen, had = moles[C], moles[H], moles[OX]
        metals = moles.copy()
        metals[[C, H, OX]] = 0.0
        held = metals @ np.nan_to_num(oxide_oxygen())
        half = carbon / 2.0 if name == "oxalate" else 0.0
        burnt = half * values["monoxide_burnt"]
        monoxide += half - burnt
        dioxide += carbon - half + burnt
        steam += hydrogen / 2.0
        oxygen += (held + hydrogen / 2.0 + 2.0 * carbon - (half - burnt) - had) / 2.0
        oxide += metals * MASS
        oxide[OX] += held * MASS[OX]
    gas = air(max(oxygen, 0.0), values["excess_air"])
    kept = without(feed, *_PRECIPITATES, "water", "oxalic_acid").flow.copy()
    solids = Stream(kept, AMBIENT)
    solids["oxide"][:] += oxide
    # What acid clings to the cake breaks up like the oxalates: H2C2O4 = CO2 + CO + H2O.
    acid = molar(feed["oxalic_acid"])[C] / 2.0
    fumes = {
        "carbon_dioxide": fixed("carbon_dioxide", dioxide + acid),
        "carbon_monoxide": fixed("carbon_monoxide", monoxide + acid),
        "steam": fixed("steam", steam + acid) + feed["water"],
        "oxygen": gas.left["oxygen"] + fixed("oxygen", max(-oxygen, 0.0)),
        "nitrogen": gas.left["nitrogen"],
        "argon": gas.left["argon"],
    }
    made = float(oxide.sum())
    heat = made * values["energy"]
    dry = sum(feed.total(name) for name in _PRECIPITATES)
    return Result(
        {"oxide": solids, "offgas": of(fumes, values["temperature"])},
        {"air": gas.drawn} if oxygen > 0 else {},
        heat=heat,
        sizes=(Size("rare_earth_precipitation.roaster", heat, "kW"),) if heat > 0 else (),
        figures={"oxide from dry precipitate": (made / dry if dry > 0 else 0.0, "kg/kg")},
    )


_TEMPERATURE = Parameter("temperature", "degC", "temperature", least=100.0, most=1600.0)
_EXCESS = Parameter("excess_air", "kg/kg", "air beyond what reacts, as a share of it")
KINDS = (
    Kind("roast", "oxidative roast", roast, (Port("feed", "magnets, powder or swarf, dry"),),
         (Port("roasted", "oxides"), Port("offgas", "what is left of the air, and fumes")),
         (_TEMPERATURE, _EXCESS,
          Parameter("oxidation_heat", "kJ/mol", "heat that an element sets free, a mol of it", form="by_element",
                    needed=False),
          Parameter("air_heat_capacity", "kJ/(kg K)", "heat capacity of air"),
          Parameter("heat_used", "kWh/kWh", "share of the heat of oxidation that heats the charge", most=1.0,
                    needed=False)),
         "all metal burns, by stoichiometry; above 500 degC neodymium is partly NdFeO3, which leaches slowly: allow "
         "for it in the recovery of the leach"),
    Kind("calcine", "calcination", calcine, (Port("feed", "oxalates, hydroxides or carbonates, wet or dry"),),
         (Port("oxide", "oxides"), Port("offgas", "steam, carbon oxides, what is left of the air")),
         (_TEMPERATURE, _EXCESS,
          Parameter("monoxide_burnt", "kg/kg", "share of the carbon monoxide that burns in the kiln", most=1.0),
          Parameter("energy", "kWh/kg", "heat for a kg of oxide, with the water of a wet cake")),
         "by stoichiometry; heat by experience, since the water of the cake outweighs the reaction"),
)  # fmt: skip
