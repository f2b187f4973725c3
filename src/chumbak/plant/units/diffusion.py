"""Grain-boundary diffusion: heavy rare earth put on finished magnets and let in from their surface."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import AMBIENT, Stream, fixed, of, salts
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Values
from chumbak.plant.units._common import known, ratio
from chumbak.plant.units._metal import PIECES, taken_out, word
from chumbak.plant.units._shapes import SURFACE_PARAMETERS, surface_of
from chumbak.plant.units.sinter import FURNACE, furnace_power, furnaces

_SOURCES = ("metal", "fluoride", "hydride", "oxide")


def diffuse(inlets: Inlets, values: Values) -> Result:
    """Let terbium or dysprosium into magnets along their grain boundaries.

    What is put on is ``coverage`` over the surface of the finished shape. Of it the share ``entered`` goes in, with
    its fluorine (which gathers in a phase of its own: J. Magn. Magn. Mater. 2017, daneshyari 5490037) or its oxygen;
    hydrides lose their hydrogen. Of the rest the share ``recovered`` is brushed off and can be used again, and what is
    neither is residue. Coercivity gains ``gain`` for a per cent of mass let in, but no more than ``gain_most``, and
    only as deep as rare earth reaches from both faces (``depth``): thicker magnets gain it at their surface.
    """
    feed = inlets["feed"]
    row, rest = taken_out(feed, PIECES)
    mass, at = float(row.sum()), element(values["element"])
    surface, thick = surface_of(values)
    if thick is None:
        raise PlantError("'thickness' (mm) of the magnets is not given; how deep rare earth reaches is held against it")
    metal = np.zeros(len(ELEMENTS))
    metal[at] = mass * surface * values["coverage"] * 1e-3 / float(MASS[at])  # g/m2 of the element: kmol/h
    put_on, hydrogen = _source(values["source"], metal)
    entered = (put_on - hydrogen) * values["entered"]
    left = (put_on - hydrogen) * (1.0 - values["entered"])
    recovered = left * values["recovered"]
    flow = rest.flow
    for name in PIECES:
        part = feed[name]
        flow[COMPONENT[name]] += part + entered * ratio(float(part.sum()), mass)
    flow[COMPONENT["residue"]] += left - recovered
    per_cent = 100.0 * ratio(float(entered[at]), mass)
    slope = float(known(values["gain"], metal, "gain")[at])
    gain = min(slope * per_cent, values["gain_most"])
    warnings: tuple[str, ...] = ()
    if thick > values["depth"]:
        warnings = (
            f"magnets of {thick:g} mm are thicker than rare earth reaches, {values['depth']:g} mm: their middle gains "
            "little coercivity",
        )
    power, _ = furnace_power(row, feed.temperature, values)
    kept = values["source"] if values["source"] not in ("metal", "hydride") else "metal"
    name = f"{word(values['element'])} {values['source']}"
    return Result(
        {
            "magnets": Stream(flow, AMBIENT),
            "powder": of({kept: recovered}),
            "offgas": of({"hydrogen": hydrogen}),
        },
        {name: of({values["source"]: put_on})} if put_on.any() else {},
        power=power,
        sizes=furnaces("diffusion.furnace", mass, values),
        figures={
            "surface": (surface, "m2/kg"),
            f"{values['element']} put on": (100.0 * ratio(float(put_on[at]), mass), "% of mass"),
            f"{values['element']} let in": (per_cent, "% of mass"),
            "coercivity gained": (gain, "kA/m"),
            "coercivity gained in the middle": (gain if thick <= values["depth"] else 0.0, "kA/m"),
        },
        warnings=warnings,
    )


def _source(name: str, metal: Array) -> tuple[Array, Array]:
    """Return what is put on and the hydrogen in it, kg/h (element) each, from the kmol/h of the rare earth."""
    hydrogen = fixed("hydrogen", float(metal.sum())) if name == "hydride" else np.zeros(len(ELEMENTS))  # REH2
    if name in ("fluoride", "oxide"):
        return salts(name, metal), hydrogen
    return metal * MASS + hydrogen, hydrogen


KINDS = (
    Kind("diffuse", "grain-boundary diffusion", diffuse, (Port("feed", "machined magnets, not yet coated"),),
         (Port("magnets", "magnets"), Port("powder", "powder brushed off, to be used again"),
          Port("offgas", "hydrogen of hydrides")),
         (*SURFACE_PARAMETERS,
          Parameter("element", "", "the rare earth let in", form="choice", choices=("Tb", "Dy")),
          Parameter("source", "", "what is put on", form="choice", choices=_SOURCES),
          Parameter("coverage", "g/m2", "mass of the rare earth put on a m2"),
          Parameter("entered", "kg/kg", "share of it that goes in", most=1.0),
          Parameter("recovered", "kg/kg", "share of what does not go in that is had back", most=1.0),
          Parameter("gain", "kA/m", "coercivity for a per cent of mass let in", form="by_element"),
          Parameter("gain_most", "kA/m", "the most coercivity that is gained"),
          Parameter("depth", "mm", "thickness of a magnet up to which its middle gains"),
          *FURNACE),
         "mass by the surface of the shape; gain is linear up to its most; what remanence loses is left out"),
)  # fmt: skip
