"""Machining of blocks to finished magnets: what becomes swarf follows from the shape of the piece."""

from __future__ import annotations

from chumbak.plant.components import COMPONENT, MASS, RE
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import AMBIENT, Stream, molar, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import FE, OX, air, ratio, water_of
from chumbak.plant.units._metal import PIECES, taken_out
from chumbak.plant.units._shapes import SHAPE_PARAMETERS, cell_of, piece_of


def swarf_shares(values: Values) -> tuple[float, float, float]:
    """Return which shares of a block become pieces, swarf, and solid bits.

    A block is first squared (``squaring`` of it becomes swarf). Each piece then takes a cell of it: its dimensions,
    the grinding ``allowance`` on every face and a cut of ``kerf`` to the next; see ``_shapes.cell_of``. Of the pieces
    the share ``broken`` ends as bits.
    """
    piece = piece_of(values)
    if piece is None:
        swarf, bits = values["swarf"], 0.0
    else:
        cell, solid = cell_of(piece, values["kerf"], values["allowance"])
        squared = 1.0 - values["squaring"]
        bits = squared * solid / cell
        swarf = 1.0 - squared * (piece.volume + solid) / cell
    pieces = 1.0 - swarf - bits
    return pieces * (1.0 - values["broken"]), swarf, bits + pieces * values["broken"]


def machine(inlets: Inlets, values: Values) -> Result:
    """Cut and grind blocks to finished magnets.

    Swarf burns on its surface: of its metal, rare earths first and then iron, as much oxidises as takes up ``oxidised``
    kg of oxygen a kg, 4 RE + 3 O2 = 2 RE2O3. It leaves with the coolant that clings to it, taken as water.
    """
    feed = inlets["feed"]
    row, rest = taken_out(feed, PIECES)
    mass = float(row.sum())
    good, ground, bits = swarf_shares(values)
    swarf = row * ground
    room = float(molar(swarf)[RE].sum() + molar(swarf)[FE]) * 1.5 - float(molar(swarf)[OX])
    up = float(swarf.sum()) * values["oxidised"] / float(MASS[OX])
    if up > max(room, 0.0):
        raise PlantError(
            f"swarf that takes up {values['oxidised']:g} kg/kg of oxygen would be more than burnt; give less 'oxidised'"
        )
    gas = air(up / 2.0)
    swarf[OX] += up * MASS[OX]
    wet = float(swarf.sum()) * values["moisture"]
    flow = rest.flow
    flow[COMPONENT["magnet"]] += row * good
    offcuts = row * bits
    drawn = {"air": gas.drawn, "water": of({"water": water_of(wet)})}
    return Result(
        {
            "magnets": Stream(flow, AMBIENT),
            "swarf": of({"swarf": swarf, "water": water_of(wet)}),
            "offcuts": of({"block": offcuts}),
            "offgas": of({"nitrogen": gas.left["nitrogen"], "argon": gas.left["argon"]}),
        },
        {name: one for name, one in drawn.items() if one.flow.any()},
        power=mass * values["energy"],
        sizes=(Size("machining", mass, "kg/hr"),) if mass > 0 else (),
        figures={
            "magnets for a kg of block": (good, "kg/kg"),
            "swarf for a kg of block": (ground, "kg/kg"),
            "bits for a kg of block": (bits, "kg/kg"),
            "oxygen of dry swarf": (100.0 * ratio(float(swarf[OX]), float(swarf.sum())), "% of mass"),
        },
    )


KINDS = (
    Kind("machine", "machining", machine, (Port("feed", "sintered blocks"),),
         (Port("magnets", "finished magnets, not coated"), Port("swarf", "swarf, wet with coolant"),
          Port("offcuts", "bits and broken pieces"), Port("offgas", "nitrogen of the air that oxygen came from")),
         (*SHAPE_PARAMETERS,
          Parameter("kerf", "mm", "width of a cut"),
          Parameter("allowance", "mm", "ground off every face"),
          Parameter("squaring", "kg/kg", "share of a block that is ground off to square it", most=0.9),
          Parameter("swarf", "kg/kg", "share of a block that becomes swarf, where no shape is given", most=1.0),
          Parameter("broken", "kg/kg", "share of the pieces that break", most=0.99),
          Parameter("oxidised", "kg/kg", "oxygen that a kg of swarf takes up"),
          Parameter("moisture", "kg/kg", "coolant that clings to a kg of swarf"),
          Parameter("energy", "kWh/kg", "power for a kg of block")),
         "swarf by the geometry of the piece; coolant counts as water"),
)  # fmt: skip
