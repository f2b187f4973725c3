"""Sintering of compacts, and the heat treatment of blocks."""

from __future__ import annotations

from math import ceil

from chumbak.plant.components import COMPONENT, MASS, Array
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import AMBIENT, Stream, fixed, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import OX, H, ratio, together
from chumbak.plant.units._metal import PIECES, air_for, oxygen_of, taken_out
from chumbak.plant.units.heat import magnet_heat


def sinter(inlets: Inlets, values: Values) -> Result:
    """Sinter compacts in vacuum, with the anneals after it.

    Hydrogen leaves but for ``hydrogen_left``; oxygen is taken up from the air that is left. A compact shrinks by
    1 - (green density / density)^(1/3) in each direction, taken as alike in all. Cracked and bent blocks, the share
    ``scrap``, go back.
    """
    feed = inlets["feed"]
    if values["green_density"] >= values["density"]:
        raise PlantError("a compact is less dense than the block it sinters to; mend 'green_density' or 'density'")
    row, rest = taken_out(feed, ("compact",))
    mass = float(row.sum())
    power, share = furnace_power(row, feed.temperature, values)
    gone = max(float(row[H]) - mass * values["hydrogen_left"] * 1e-6, 0.0)
    up = oxygen_of(mass, values["oxygen"])
    gas = air_for(up)
    row[H] -= gone
    row[OX] += up * MASS[OX]
    flow = rest.flow
    flow[COMPONENT["block"]] += row
    fumes = {
        "hydrogen": fixed("hydrogen", gone / float(MASS[H]) / 2.0),
        "nitrogen": gas.left["nitrogen"],
        "argon": gas.left["argon"],
    }
    return Result(
        {
            "blocks": Stream(flow * (1.0 - values["scrap"]), AMBIENT),
            "scrap": Stream(flow * values["scrap"], AMBIENT),
            "offgas": of(fumes),
        },
        {"air": gas.drawn} if up > 0 else {},
        power=power,
        sizes=furnaces("sintering.furnace", mass, values),
        figures={
            "shrinkage": (1.0 - (values["green_density"] / values["density"]) ** (1.0 / 3.0), "mm/mm"),
            "oxygen of the block": (1e6 * ratio(float(row[OX]), float(row.sum())), "mg/kg"),
            "energy that heats the charge": (share, "kWh/kWh"),
        },
    )


def age(inlets: Inlets, values: Values) -> Result:
    """Heat blocks or magnets in vacuum or gas to bring out their coercivity; nothing but their structure changes.

    For Sm-Co this is the solution treatment and the long ageing, step by step down; for Nd-Fe-B a treatment beside the
    anneals that sintering has in it, as after machining.
    """
    feed = inlets["feed"]
    row = together(feed, PIECES)
    power, share = furnace_power(row, feed.temperature, values)
    return Result(
        {"blocks": Stream(feed.flow, AMBIENT)},
        power=power,
        sizes=furnaces("sintering.furnace", float(row.sum()), values),
        figures={"energy that heats the charge": (share, "kWh/kWh")},
    )


def furnace_power(row: Array, cold: float, values: Values) -> tuple[float, float]:
    """Return the power of a furnace, kW, and the share of it that heats the charge. Raises ``PlantError``."""
    power = float(row.sum()) * values["energy"]
    needed = magnet_heat(row, cold, values["temperature"])
    if needed > power:
        raise PlantError(
            f"{values['energy']:g} kWh/kg is less than what brings the charge to {values['temperature']:g} degC, "
            f"{needed / float(row.sum()):.3g} kWh/kg; give the energy of the whole furnace"
        )
    return power, ratio(needed, power)


def furnaces(name: str, mass: float, values: Values) -> tuple[Size, ...]:
    """Return how many furnaces of a ``charge``, kg, a flow, kg/h, needs."""
    if mass <= 0:
        return ()
    return (Size(name, values["charge"], "kg", ceil(mass * values["cycle"] / values["charge"] - 1e-9)),)


FURNACE = (
    Parameter("temperature", "degC", "highest temperature", least=0.0, most=1400.0),
    Parameter("energy", "kWh/kg", "power of the whole furnace for a kg put in"),
    Parameter("cycle", "h", "time from one charge to the next", least=0.1),
    Parameter("charge", "kg", "what one furnace holds", least=0.1),
)
KINDS = (
    Kind("sinter", "sintering and annealing", sinter, (Port("feed", "compacts"),),
         (Port("blocks", "sintered blocks"), Port("scrap", "cracked blocks"), Port("offgas", "hydrogen and air")),
         (*FURNACE,
          Parameter("green_density", "t/m3", "density of a compact", least=1.0, most=9.0),
          Parameter("density", "t/m3", "density of a block", least=1.0, most=9.0),
          Parameter("scrap", "kg/kg", "share of the blocks that goes back", most=0.99),
          Parameter("oxygen", "mg/kg", "oxygen that a kg takes up", most=1e5),
          Parameter("hydrogen_left", "mg/kg", "hydrogen that stays, for a kg of compact", most=1e4)),
         "oxygen and scrap are given; energy is that of the whole furnace; rare earth that evaporates is left out"),
    Kind("age", "heat treatment", age, (Port("feed", "blocks or magnets"),), (Port("blocks", "the same, treated"),),
         FURNACE, "nothing reacts; energy is that of the whole furnace"),
)  # fmt: skip
