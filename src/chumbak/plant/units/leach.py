"""Dissolving magnets: all of them, or only rare earths after a roast, in acid; or without acid in copper nitrate."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, RE, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import AMBIENT, Stream, fixed, molar, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import (
    ACID,
    DENSITY,
    FE,
    OX,
    PROTONS,
    B,
    H,
    Z,
    acid_kmol,
    air,
    known,
    liquid_of,
    oxide_oxygen,
    ratio,
    read_salt,
    salt,
    solid_of,
    solution,
    together,
    volume,
    water_of,
)

_SOLID = (
    "magnet", "coating", "hydride", "alloy", "compact", "block", "swarf", "metal", "oxide", "hydroxide", "residue",
)  # fmt: skip
_PLACES = [COMPONENT[name] for name in _SOLID]
_CU = element("Cu")
_SALT_OF = {"hydrochloric": "chloride", "sulfuric": "sulfate", "nitric": "nitrate"}


def _dissolve(feed: Stream, share: Array) -> tuple[Array, float, float, float, Array]:
    """Return what dissolves of solids: metals, their charge, oxygen and hydrogen with them (kmol/h); and what is left.

    Metals of oxides dissolve with the charge and the oxygen that they have in them, others as metals; iron that was
    metal becomes divalent. Oxygen in metals is bound to rare earths and goes with them, hydrogen too.
    """
    metals, charge, oxygen, hydrogen = np.zeros(len(ELEMENTS)), 0.0, 0.0, 0.0
    left = np.zeros(len(ELEMENTS))
    for name in _SOLID:
        row = feed[name]
        if not row.any():
            continue
        moles = molar(row)
        gone = moles * share
        gone[[H, OX]] = 0.0
        rare = float(moles[RE].sum())
        if name in ("oxide", "hydroxide"):
            held = np.nan_to_num(oxide_oxygen())
            whole = float(moles @ held)
            part = float(gone @ held) / whole if whole > 0 else 0.0
            charge += float(gone @ Z)
        else:
            part = float(gone[RE].sum()) / rare if rare > 0 else 0.0
            charge += float(gone @ Z) - float(gone[FE])
        gone[OX], gone[H] = moles[OX] * part, moles[H] * part
        oxygen, hydrogen = oxygen + gone[OX], hydrogen + gone[H]
        left += row - gone * MASS
        gone[[H, OX]] = 0.0
        metals += gone
    return metals, charge, oxygen, hydrogen, left


def leach(inlets: Inlets, values: Values) -> Result:
    """Dissolve solids in acid.

    M + z HCl = MClz + z/2 H2 for metals (Fe to Fe2+), M2Oz + 2z HCl = 2 MClz + z H2O for oxides (Fe2O3 to Fe3+),
    B + 3 H2O = H3BO3 + 3/2 H2 without acid; what tetravalent oxides oxidise is taken from hydrogen, beyond that it is
    chlorine (oxygen in sulfuric acid). Full dissolution of 1 kg of 31 % RE and 67 % Fe: 30.4 mol HCl. What does not
    dissolve (``dissolved`` by element) is the residue. Acid is by stoichiometry and an excess, which stays free;
    the residue is taken as washed clean.
    """
    feed = inlets["feed"]
    back = inlets.get("recycle")
    name = _SALT_OF[values["acid"]]
    acid, protons = ACID[name], PROTONS[ACID[name]]
    solids = _solids(feed)
    metals, charge, oxygen, hydrogen, left = _dissolve(feed, _shares(values, solids))
    boron = float(metals[B])
    metals[B] = 0.0
    charge -= boron * Z[B]
    electrons = charge + 3.0 * boron + hydrogen - 2.0 * oxygen
    if name == "nitrate" and electrons > 1e-9 * max(charge, 1e-300):
        raise PlantError("nitric acid with metal gives nitrogen oxides, which are not carried; roast the feed first")
    oxidant = max(-electrons, 0.0)
    chlorine = oxidant if name == "chloride" else 0.0
    needed = charge + chlorine
    # Liquors that come in: with the feed (wet solids) and as recycled acid.
    liquor = Stream(liquid_of(feed).flow + (liquid_of(back).flow if back is not None else 0.0), values["temperature"])
    free = acid_kmol(acid, liquor[acid]) * protons
    wanted = needed * (1.0 + values["excess"])
    bought = max(wanted - free, 0.0)
    reagent = solution(acid, bought / protons, values["strength"])
    had, had_charge = read_salt(liquor, name)
    liquor[name][:] = salt(name, had + metals, had_charge + charge)
    liquor[acid][:] = fixed(acid, (free + bought - needed) / protons)
    liquor["boric_acid"][:] += fixed("boric_acid", boron)
    made = oxygen - 3.0 * boron - (0.0 if chlorine else oxidant / 2.0)
    liquor["water"][:] += reagent["water"] + fixed("water", made)
    fresh = max(float(solids.sum()) * values["liquid_to_solid"] - liquor.total(), -liquor.total("water"), 0.0)
    liquor["water"][:] += water_of(fresh)
    gas = {
        "hydrogen": fixed("hydrogen", max(electrons, 0.0) / 2.0),
        "chlorine": fixed("chlorine", chlorine / 2.0),
        "oxygen": fixed("oxygen", (oxidant - chlorine) / 4.0),
    }
    temperature = values["temperature"]
    drawn = {_NAMES[acid]: reagent} if bought > 0 else {}
    if fresh > 0:
        drawn["water"] = of({"water": water_of(fresh)})
    mass = liquor.total() + float(left.sum())
    heat = mass * _WATER_HEAT * max(temperature - AMBIENT, 0.0) / 3600.0
    sizes = [Size("leaching.polyethylene_tank", mass / DENSITY * values["hold"], "m**3")] if mass > 0 else []
    if heat > 0:
        sizes.append(Size("leaching.solution_heater", heat, "kW"))
    return Result(
        {"liquor": liquor, "residue": _rest(feed, left, temperature), "offgas": of(gas, temperature)},
        drawn,
        heat=heat,
        sizes=tuple(sizes),
        figures={
            "acid that reacts": (ratio(needed, float(solids.sum())) * 1000.0, "mol H+/kg"),
            "acid given": (ratio(max(wanted, free), float(solids.sum())) * 1000.0, "mol H+/kg"),
            "rare earths dissolved": (ratio(float(metals[RE].sum()), float(molar(solids)[RE].sum())), "kg/kg"),
            "hydrogen": (max(electrons, 0.0) / 2.0 * 1000.0, "mol/h"),
        },
        warnings=(
            ("recycled acid is more than the reactions and their excess ask for; it goes on to the next step",)
            if free > wanted * (1.0 + 1e-9)
            else ()
        ),
    )


def _solids(feed: Stream) -> Array:
    return together(feed, _SOLID)


def _shares(values: Values, solids: Array) -> Array:
    """Return the share of each element that dissolves; hydrogen and oxygen follow the metals that hold them."""
    asked = solids.copy()
    asked[[H, OX]] = 0.0
    return known(values["dissolved"], asked, "dissolved")


def _rest(feed: Stream, left: Array, temperature: float) -> Stream:
    """Return what a leach leaves: the residue, and what it does not touch."""
    rest = solid_of(feed)
    rest.flow[_PLACES] = 0.0
    rest["residue"][:] = left
    return Stream(rest.flow, temperature)


_NAMES = {
    "hydrochloric_acid": "hydrochloric acid",
    "sulfuric_acid": "sulfuric acid",
    "nitric_acid": "nitric acid",
}
_WATER_HEAT = 4.18  # kJ/(kg K): liquors are taken as water


def leach_copper(inlets: Inlets, values: Values) -> Result:
    """Dissolve magnets without acid in copper nitrate and air.

    2 R2Fe14B + 34 Cu(NO3)2 + 10.5 O2 = 4 R(NO3)3 + 28 Fe(NO3)2 + Cu3(BO3)2 + 15 Cu2O + Cu (stoichiometry of
    prommis 1.1.0, cmi_process_dissolution_rxn_prop_pack.py), here for every metal by its charge: half a mol of copper
    for a mol of charge, three in two of it for a boron, one in 31 of the rest as metal and 30 as cuprous oxide.
    """
    feed = inlets["feed"]
    solids = _solids(feed)
    share = _shares(values, solids).copy()
    share[_CU] = 0.0
    metals, charge, oxygen, hydrogen, left = _dissolve(feed, share)
    boron = float(metals[B])
    metals[B] = 0.0
    charge -= boron * Z[B]
    copper = charge / 2.0
    reduced = copper - 1.5 * boron
    if reduced < 0:
        raise PlantError("there is more boron than copper nitrate can bind as borate; this step is for magnets")
    cuprous, metallic = reduced * 30.0 / 31.0, reduced / 31.0
    left[_CU] += copper * MASS[_CU]
    left[B] += boron * MASS[B]
    bound = 3.0 * boron + cuprous / 2.0
    left[OX] += bound * MASS[OX]
    # Oxygen and hydrogen that the solids bring: hydrogen burns to water, oxygen saves air.
    need = (bound + hydrogen / 2.0 - oxygen) / 2.0
    gas = air(max(need, 0.0) / values["oxygen_used"])
    excess = values["excess"]
    brought = copper * (1.0 + excess)
    nitrate = np.zeros(len(ELEMENTS))
    nitrate[_CU] = brought
    reagent = of({"nitrate": salt("nitrate", nitrate, 2.0 * brought), "water": fixed("water", 3.0 * brought)})
    out = Stream(liquid_of(feed).flow, values["temperature"])
    had, had_charge = read_salt(out, "nitrate")
    metals[_CU] += brought - copper
    out["nitrate"][:] = salt("nitrate", had + metals, had_charge + 2.0 * brought)
    out["water"][:] += reagent["water"] + fixed("water", hydrogen / 2.0)
    fresh = max(float(solids.sum()) * values["liquid_to_solid"] - out.total(), 0.0)
    out["water"][:] += water_of(fresh)
    fumes = {
        "oxygen": gas.drawn["oxygen"] - fixed("oxygen", max(need, 0.0)) + fixed("oxygen", max(-need, 0.0)),
        "nitrogen": gas.left["nitrogen"],
        "argon": gas.left["argon"],
    }
    drawn = {"copper nitrate trihydrate": reagent}
    if need > 0:
        drawn["air"] = gas.drawn
    if fresh > 0:
        drawn["water"] = of({"water": water_of(fresh)})
    size = volume(out) * values["hold"]
    return Result(
        {"liquor": out, "residue": _rest(feed, left, out.temperature), "offgas": of(fumes)},
        drawn,
        sizes=(Size("leaching.polyethylene_tank", size, "m**3"),) if size > 0 else (),
        figures={
            "copper nitrate used by the reactions": (ratio(copper, float(solids.sum())) * 1000.0, "mol/kg"),
            "copper as metal": (metallic * float(MASS[_CU]), "kg/h"),
            "rare earths dissolved": (ratio(float(metals[RE].sum()), float(molar(solids)[RE].sum())), "kg/kg"),
        },
    )


_IN = (Port("feed", "solids, wet or dry"), Port("recycle", "recycled acid or wash water", needed=False))
_OUT = (
    Port("liquor", "leach liquor"),
    Port("residue", "what does not dissolve"),
    Port("offgas", "hydrogen, or chlorine or oxygen of higher oxides"),
)
_DISSOLVED = Parameter("dissolved", "kg/kg", "share of each element that dissolves", form="by_element", most=1.0)
_COMMON = (
    Parameter("excess", "mol/mol", "reagent beyond what reacts, as a share of it"),
    Parameter("liquid_to_solid", "kg/kg", "liquor for a kg of solids; water makes it up"),
    Parameter("temperature", "degC", "temperature", most=110.0),
    Parameter("hold", "h", "time in the tank"),
)
_ACID = (
    Parameter("acid", "", "which acid", form="choice", choices=tuple(_SALT_OF)),
    Parameter("strength", "kg/kg", "mass share of acid in what is bought", least=0.01, most=1.0),
    _DISSOLVED,
    *_COMMON,
)
_BY_CHARGE = "acid by the charge of what dissolves; which share dissolves is given, not derived"
KINDS = (
    Kind("leach_full", "leach that dissolves all", leach, _IN, _OUT, _ACID, _BY_CHARGE),
    Kind("leach_selective", "leach that leaves iron", leach, _IN, _OUT, _ACID,
         _BY_CHARGE + "; for roasted feed, at a pH that keeps iron(III) out"),
    Kind("leach_copper", "acid-free leach in copper nitrate", leach_copper, _IN[:1],
         (*_OUT[:2], Port("offgas", "air that is left")),
         (_DISSOLVED, *_COMMON,
          Parameter("oxygen_used", "kg/kg", "share of the oxygen blown in that reacts", least=0.01, most=1.0)),
         "copper by the charge of what dissolves; copper leaves in the residue, from which nitric acid can bring it "
         "back (not carried here)"),
)  # fmt: skip
