"""Powder: jet milling, and pressing in a field."""

from __future__ import annotations

from functools import cache
from math import pi

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, RE, Array
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, molar, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import OX, ratio, together
from chumbak.plant.units._metal import POWDERS, air_for, oxidise, oxygen_of, taken_out

_MOLAR_VOLUME = 22.414  # m3/kmol at 0 degC and 101.325 kPa, the m3 that gas is sold by
_FIELD = 1.5  # T: the lowest aligning field of practice (Cui et al., JOM 74, 2022, 1279; recalled)
_MU0 = 4e-7 * pi


def jet_mill(inlets: Inlets, values: Values) -> Result:
    """Grind decrepitated powder in a jet of gas; a cyclone takes ultrafines off.

    Ultrafines are richer in rare earths than the feed (``fines_enrichment``), since the phase beside the matrix grinds
    most easily; of their rare earths a share burns to RE2O3 when they are let into air. The powder takes up the oxygen
    that is let into the gas so that it does not catch fire. Gas goes round; what is lost of it is bought.
    """
    feed = inlets["feed"]
    row = together(feed, POWDERS)
    mass = float(row.sum())
    share = _fines(row, values["powder_yield"], values["fines_enrichment"])
    powder = feed.flow.copy()
    fines = row * share
    for name in POWDERS:
        powder[COMPONENT[name]] *= 1.0 - share
    up = oxygen_of(mass - float(fines.sum()), values["oxygen"])
    moles = molar(fines)
    burnt = max(1.5 * float(moles[RE].sum()) - float(moles[OX]), 0.0) * values["fines_burnt"]
    gas = air_for(up + burnt)
    oxidise(powder, POWDERS, up)
    fines[OX] += burnt * MASS[OX]
    name = values["gas"]
    blown = fixed(name, mass * values["gas_lost"] / _MOLAR_VOLUME)
    gone = {"nitrogen": gas.left["nitrogen"], "argon": gas.left["argon"]}
    gone[name] = gone.get(name, 0.0) + blown
    drawn = {name: of({name: blown}), "air": gas.drawn}
    made = together(Stream(powder), POWDERS)
    return Result(
        {"powder": Stream(powder, feed.temperature), "fines": of({"residue": fines}), "offgas": of(gone)},
        {key: one for key, one in drawn.items() if one.flow.any()},
        power=mass * values["energy"],
        sizes=(Size("jet_mill", mass, "kg/hr"),) if mass > 0 else (),
        figures={
            "rare earth in fines": (ratio(float(fines[RE].sum()), float(row[RE].sum())), "kg/kg"),
            "oxygen of the powder": (1e6 * ratio(float(made[OX]), float(made.sum())), "mg/kg"),
        },
    )


@cache
def _not_rare() -> Array:
    return np.setdiff1d(np.arange(len(ELEMENTS)), RE)


def _fines(row: Array, kept: float, enrichment: float) -> Array:
    """Return the share of each element that goes with the fines (element). Raises ``PlantError``."""
    lost, mass, rare = 1.0 - kept, float(row.sum()), float(row[RE].sum())
    share = np.full(len(ELEMENTS), lost)
    if rare <= 0 or mass - rare <= 0:
        return share
    others = lost * (mass - enrichment * rare) / (mass - rare)
    if others < 0 or lost * enrichment > 1:
        raise PlantError(
            f"fines {enrichment:g} times as rich in rare earths as the powder would be more than all there is; give a "
            "smaller 'fines_enrichment'"
        )
    share[RE] = lost * enrichment
    share[_not_rare()] = others
    return share


def press(inlets: Inlets, values: Values) -> Result:
    """Press powder in an aligning field.

    Cracked and chipped compacts, the share ``scrap``, go back as powder. Power is that of press and field; the energy
    of the field in the powder, B^2 / (2 mu0) over its density, is told beside it.
    """
    feed = inlets["feed"]
    row, rest = taken_out(feed, POWDERS)
    mass = float(row.sum())
    up = oxygen_of(mass, values["oxygen"])
    gas = air_for(up)
    flow = feed.flow * values["scrap"]
    oxidise(flow, POWDERS, up * values["scrap"])
    good = rest.flow * (1.0 - values["scrap"])
    good[COMPONENT["compact"]] += row * (1.0 - values["scrap"])
    oxidise(good, ("compact",), up * (1.0 - values["scrap"]))
    density = values["green_density"]
    warnings = (
        (f"a field of {values['field']:g} T aligns poorly; {_FIELD:g} T and more are usual",)
        if values["field"] < _FIELD
        else ()
    )
    return Result(
        {
            "compacts": Stream(good, feed.temperature),
            "scrap": Stream(flow, feed.temperature),
            "offgas": of({"nitrogen": gas.left["nitrogen"], "argon": gas.left["argon"]}),
        },
        {"air": gas.drawn} if up > 0 else {},
        power=mass * values["energy"],
        sizes=(Size("press", mass, "kg/hr"),) if mass > 0 else (),
        figures={
            "volume pressed": (mass / (density * 1000.0), "m3/h"),
            "energy of the field": (values["field"] ** 2 / (2.0 * _MU0) / (density * 1000.0) / 3.6e6, "kWh/kg"),
        },
        warnings=warnings,
    )


_OXYGEN = Parameter("oxygen", "mg/kg", "oxygen that a kg takes up", most=1e5)
KINDS = (
    Kind("jet_mill", "jet milling", jet_mill, (Port("feed", "decrepitated or degassed powder"),),
         (Port("powder", "powder"), Port("fines", "ultrafines, burnt"), Port("offgas", "gas that is lost")),
         (Parameter("powder_yield", "kg/kg", "share of the powder that is not taken off as ultrafines", least=0.01,
                    most=1.0),
          Parameter("fines_enrichment", "kg/kg", "rare earth in ultrafines over that in the feed", least=0.1),
          Parameter("fines_burnt", "kg/kg", "share of the rare earth in ultrafines that burns to oxide", most=1.0),
          _OXYGEN,
          Parameter("gas", "", "gas of the jet", form="choice", choices=("nitrogen", "helium", "argon")),
          Parameter("gas_lost", "m3/kg", "gas lost, m3 at 0 degC and 101.325 kPa for a kg of powder"),
          Parameter("energy", "kWh/kg", "power for a kg of powder")),
         "yield and enrichment of fines are given; nitrogen that powder takes up is left out"),
    Kind("press", "pressing in a field", press, (Port("feed", "powder"),),
         (Port("compacts", "compacts"), Port("scrap", "cracked compacts, as powder"),
          Port("offgas", "nitrogen of the air that oxygen came from")),
         (Parameter("field", "T", "aligning field", most=20.0),
          Parameter("green_density", "t/m3", "density of a compact", least=1.0, most=8.0),
          Parameter("scrap", "kg/kg", "share that goes back", most=0.99),
          _OXYGEN,
          Parameter("energy", "kWh/kg", "power for a kg of powder")),
         "shares are given; lubricant is left out"),
)  # fmt: skip
