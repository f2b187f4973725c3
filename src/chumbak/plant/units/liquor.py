"""Cleaning liquors: hydroxides of iron and aluminium by pH, the effluent that leaves, and evaporation to nothing."""

from __future__ import annotations

from functools import partial

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, RE, Array, element, of_formula
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, of, salts
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import (
    ACID,
    ALKALI,
    DENSITY,
    FE,
    PROTONS,
    Z,
    acid_kmol,
    air,
    ferrous,
    known,
    liquid_of,
    ratio,
    read_salt,
    salt,
    salts_in,
    solid_of,
    solution,
    volume,
    water_of,
)

_NA, _CA = element("Na"), element("Ca")
_SOLUBLE = [*ALKALI, _CA, element("Mg")]  # metals whose hydroxides do not form at the pH of these steps
_WATER_PRODUCT = 1e-14  # at 25 degC
_BOUGHT = {"caustic_soda": "caustic soda", "ammonia": "ammonia", "lime": "slaked lime"}


def _left_dissolved(metals: Array, flow: float, ph: float, logs: Array) -> Array:
    """Return how much of each metal stays dissolved at a pH, kmol/h (element): c = Ks / [OH-]^z, activities as one."""
    hydroxide = _WATER_PRODUCT / 10.0**-ph  # mol/L
    with np.errstate(over="ignore"):
        most = 10.0 ** np.minimum(logs - Z * np.log10(hydroxide), 6.0)  # mol/L = kmol/m3
    stays: Array = np.minimum(metals, most * flow)
    return stays


def neutral(liquor: Stream, base: str, name: str, kmol: float) -> float:
    """Put the salt of a base and ``kmol``/h of protons into a liquor. Return how much base it takes, kmol/h."""
    if base == "caustic_soda" and name == "chloride":
        liquor["salt"][:] += fixed("salt", kmol)
    elif base == "ammonia" and name == "chloride":
        liquor["ammonium_chloride"][:] += fixed("ammonium_chloride", kmol)
    elif base == "ammonia":
        raise PlantError(f"ammonia is carried in chloride liquors only, and this one is of {name}s; use caustic soda")
    else:
        metals = np.zeros(len(ELEMENTS))
        at, valence = (_NA, 1.0) if base == "caustic_soda" else (_CA, 2.0)
        metals[at] = kmol / valence
        liquor[name][:] += salt(name, metals, kmol)
    return kmol / (2.0 if base == "lime" else 1.0)


def neutralise(inlets: Inlets, values: Values, plant: str) -> Result:
    """Raise the pH of a liquor with a base, and filter off the hydroxides that form.

    HCl + NaOH = NaCl + H2O (NH3 gives NH4Cl, Ca(OH)2 gives CaCl2), MClz + z NaOH = M(OH)z + z NaCl, and before it
    4 FeCl2 + O2 + 4 HCl = 4 FeCl3 + 2 H2O for the share of iron(II) that air oxidises. What stays dissolved of a metal
    is Ks/[OH-]^z (``solubility`` is log10 Ks); ``carried`` is the share of the rest that the cake takes along.
    H2C2O4 + Ca(OH)2 = CaC2O4.H2O + H2O with lime; other bases leave oxalic acid as it is. The cake holds ``moisture``
    of water; salts are washed out of it. ``plant`` is the plant section whose tanks are costed.
    """
    feed = inlets["feed"]
    name, base, ph = salts_in(feed), values["base"], values["ph"]
    acid = ACID[name]
    metals, charge = read_salt(feed, name)
    logs = values["solubility"].copy()
    logs[_SOLUBLE] = np.inf
    logs = known(logs, metals, "solubility")
    divalent = ferrous(metals, charge)
    turned = divalent * values["iron_oxidised"]
    gas = air(turned / 4.0 / values["oxygen_used"])
    left_iron = divalent - turned
    # Iron(II) that is left stays dissolved: its hydroxide needs a higher pH than these steps have, or air.
    iron = np.zeros(len(ELEMENTS))
    iron[FE] = left_iron
    tri = metals - iron
    stays = _left_dissolved(tri, max(volume(feed), 1e-300), ph, logs)
    carried = known(values["carried"], metals, "carried").copy()
    carried[_SOLUBLE] = 0.0
    stays = stays * (1.0 - carried)
    falls = tri - stays
    clear = liquid_of(feed)
    free = acid_kmol(acid, feed[acid]) * PROTONS[acid]
    oxalic = acid_kmol("oxalic_acid", feed["oxalic_acid"]) if base == "lime" else 0.0
    if base == "lime" and name == "sulfate":
        raise PlantError("lime makes gypsum in a sulfate liquor, which is not carried; use caustic soda")
    # Protons to take up: free acid, and those that hydroxides set free; iron(II) that air turns uses one each.
    protons = free + float(falls @ Z) - turned
    if protons < -1e-9 * max(charge, 1e-300):
        raise PlantError(
            f"at pH {ph:g} the iron that air turns does not fall, and asks for acid instead of base; raise the pH "
            "above 3.5, or set 'iron_oxidised' to 0"
        )
    protons = max(protons, 0.0)
    clear[name][:] = salt(name, stays + iron, float(stays @ Z) + 2.0 * left_iron)
    clear[acid][:] = 0.0
    spent = neutral(clear, base, name, protons)
    bought = solution(base, spent + oxalic, values["strength"])
    water = (0.0 if base == "ammonia" else protons) + turned / 2.0 - float(falls @ Z) + oxalic
    cake = solid_of(feed)
    cake["hydroxide"][:] += salts("hydroxide", falls)
    if oxalic > 0:
        cake["oxalate"][:] += of_formula("CaC2O4H2O") * oxalic
        clear["oxalic_acid"][:] = 0.0
    wet = water_of(cake.total() * values["moisture"])
    cake["water"][:] = wet
    clear["water"][:] += bought["water"] + fixed("water", water) - wet
    fresh = max(-clear.total("water"), 0.0)
    clear["water"][:] += water_of(fresh)
    drawn = {_BOUGHT[base]: bought} if spent + oxalic > 0 else {}
    if turned > 0:
        drawn["air"] = gas.drawn
    if fresh > 0:
        drawn["water"] = of({"water": water_of(fresh)})
    fumes = {
        "oxygen": gas.drawn["oxygen"] - fixed("oxygen", turned / 4.0),
        "nitrogen": gas.left["nitrogen"],
        "argon": gas.left["argon"],
    }
    flow = volume(feed)
    tank = flow * values["hold"]
    return Result(
        {"liquor": clear, "cake": cake, "offgas": of(fumes, feed.temperature)},
        drawn,
        sizes=(
            Size(f"{plant}.polyethylene_tank", tank, "m**3"),
            Size(f"{plant}.filter_press", flow * values["press"], "m**3"),
        )
        if flow > 0
        else (),
        figures={
            "rare earths lost to the cake": (ratio(float(falls[RE].sum()), float(metals[RE].sum())), "kg/kg"),
            "iron left": (ratio(float(stays[FE]) + left_iron, float(metals[FE])), "kg/kg"),
            **({} if not flow else {"salts dissolved": (_dissolved(clear) / flow, "kg/m3")}),
        },
        warnings=_beyond(values.get("limit"), clear),
    )


def _dissolved(liquor: Stream) -> float:
    return liquor.total() - liquor.total("water")


def _beyond(limit: Array | None, liquor: Stream) -> tuple[str, ...]:
    """Return a sentence for each element beyond what may leave, mg/L."""
    flow = volume(liquor)
    if limit is None or flow <= 0:
        return ()
    found = liquor.elements() / flow * 1000.0  # kg/m3 is g/L
    over = np.flatnonzero(np.nan_to_num(limit, nan=np.inf) * (1.0 + 1e-9) < found)
    return tuple(
        f"{ELEMENTS[at]} in what leaves is {found[at]:.3g} mg/L, more than the limit of {limit[at]:g} mg/L"
        for at in over
    )


def evaporate(inlets: Inlets, values: Values) -> Result:
    """Boil a liquor down to wet salt, so that no liquid leaves: water comes back as distillate.

    Power is that of vapour recompression for a m3 of water evaporated. Free acid would boil over with the water, so a
    liquor that holds any is refused: neutralise it first.
    """
    feed = inlets["feed"]
    acids = feed.total("hydrochloric_acid") + feed.total("nitric_acid")
    if acids > 1e-6 * feed.total():
        raise PlantError("this liquor holds free acid, which would boil over with the water; neutralise it first")
    dry = feed.total() - feed.total("water")
    kept = min(dry * values["moisture"], feed.total("water"))
    boiled = feed.total("water") - kept
    cake = feed.flow.copy()
    cake[COMPONENT["water"]] = water_of(kept)
    cubic = boiled / DENSITY
    return Result(
        {"water": of({"water": feed["water"] - water_of(kept)}), "salts": Stream(cake, feed.temperature)},
        power=cubic * values["energy"],
        sizes=(),
        figures={"water back": (ratio(boiled, feed.total("water")), "kg/kg"), "evaporated": (cubic, "m3/h")},
    )


_IN = (Port("feed", "liquor"),)
_OUT = (Port("liquor", "clear liquor"), Port("cake", "filter cake"), Port("offgas", "air that is left"))
_PARAMETERS = (
    Parameter("base", "", "which base", form="choice", choices=tuple(_BOUGHT)),
    Parameter("strength", "kg/kg", "mass share of base in what is bought", least=0.01, most=1.0),
    Parameter("ph", "", "pH", most=12.0),
    Parameter("solubility", "log10", "log10 of the solubility product of the hydroxide, mol/L", form="by_element",
              least=-100.0, most=10.0),
    Parameter("carried", "kg/kg", "share of what would stay dissolved that the cake takes along", form="by_element",
              most=1.0),
    Parameter("iron_oxidised", "kg/kg", "share of iron(II) that air turns to iron(III)", most=1.0),
    Parameter("oxygen_used", "kg/kg", "share of the oxygen blown in that reacts", least=0.01, most=1.0),
    Parameter("moisture", "kg/kg", "water in the cake for a kg of solids"),
    Parameter("hold", "h", "time in the tank"),
    Parameter("press", "m3 h/m3", "volume of filter press for a m3/h"),
)  # fmt: skip
_BY_PH = "hydroxides by their solubility products at the pH, activities as one; what the cake takes along is given"
KINDS = (
    Kind("remove_impurities", "impurity removal by pH", partial(neutralise, plant="aluminium_precipitation"), _IN, _OUT,
         _PARAMETERS, _BY_PH),
    Kind("treat_effluent", "neutralisation of effluent", partial(neutralise, plant="water_treatment"), _IN, _OUT,
         (*_PARAMETERS,
          Parameter("limit", "mg/L", "what may leave of an element", form="by_element", needed=False)), _BY_PH),
    Kind("evaporate", "evaporation to dry salt", evaporate, _IN,
         (Port("water", "distillate, to be used again"), Port("salts", "wet salts")),
         (Parameter("moisture", "kg/kg", "water left in a kg of salts"),
          Parameter("energy", "kWh/m3", "power for a m3 of water evaporated")),
         "power by experience; boiling-point rise and scaling are in it"),
)  # fmt: skip
