"""Coating of magnets: nickel-copper-nickel, zinc, or epoxy, as thick as asked over the surface of the shape."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, Array, element, of_formula
from chumbak.plant.stream import Stream, of, salts
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import air, ratio, water_of
from chumbak.plant.units._metal import FARADAY, PIECES
from chumbak.plant.units._shapes import SURFACE_PARAMETERS, surface_of

_NI, _CU, _ZN = element("Ni"), element("Cu"), element("Zn")
# Densities, t/m3: nickel, copper and zinc, CRC Handbook (recalled); cured epoxy of bisphenol A, C21H24O4 (recalled).
_DENSITY = {_NI: 8.90, _CU: 8.96, _ZN: 7.14}
_EPOXY, _EPOXY_DENSITY = "C21H24O4", 1.2
_BOUGHT = {_NI: "nickel anode", _CU: "copper anode", _ZN: "zinc anode"}
_WATER = float(of_formula("H2O").sum())


def coat(inlets: Inlets, values: Values) -> Result:
    """Coat finished magnets.

    Mass is surface times thickness times density. Metals come from anodes, M(2+) + 2 e = M, so power is their charge
    times the voltage; what does not end on magnets is lost in rinsing and falls as hydroxide, 2 M + O2 + 2 H2O =
    2 M(OH)2. Epoxy that misses is residue. ``energy`` is what rinsing, drying and curing take beside it.
    """
    feed = inlets["feed"]
    mass = sum(feed.total(name) for name in PIECES)
    surface, _ = surface_of(values)
    thick = values["layer"]
    layer = lost = np.zeros(len(ELEMENTS))
    charge = 0.0
    drawn: dict[str, Stream] = {}
    sludge: dict[str, Array] = {}
    if values["coating"] == "epoxy":
        put = mass * surface * thick * 1e-6 * _EPOXY_DENSITY * 1000.0
        layer = of_formula(_EPOXY) * (put / float(of_formula(_EPOXY).sum()))
        lost = layer * (1.0 / values["used"] - 1.0)
        drawn["epoxy"] = of({"coating": layer + lost})
        sludge["residue"] = lost
    else:
        layer = np.zeros(len(ELEMENTS))
        shares = {_ZN: 1.0}
        if values["coating"] == "NiCuNi":
            shares = {_NI: 1.0 - values["copper"], _CU: values["copper"]}
        for at, share in shares.items():
            layer[at] = mass * surface * thick * share * 1e-6 * _DENSITY[at] * 1000.0
        lost = layer * (1.0 / values["used"] - 1.0)
        for at in shares:
            bought = np.zeros(len(ELEMENTS))
            bought[at] = layer[at] + lost[at]
            drawn[_BOUGHT[at]] = of({"metal": bought})
        charge = 2.0 * float((layer / MASS).sum()) / values["cathode_efficiency"]
        sludge["hydroxide"] = salts("hydroxide", lost / MASS)
    taken = float((lost / MASS).sum()) if charge > 0 else 0.0  # kmol/h of metal that falls as hydroxide
    gas = air(taken / 2.0)
    flow = feed.flow.copy()
    flow[COMPONENT["coating"]] += layer
    drawn["air"] = gas.drawn
    drawn["water"] = of({"water": water_of(taken * _WATER)})
    power = charge * FARADAY * values["voltage"] + mass * values["energy"]
    return Result(
        {
            "magnets": Stream(flow, feed.temperature),
            "sludge": of(sludge),
            "offgas": of({"nitrogen": gas.left["nitrogen"], "argon": gas.left["argon"]}),
        },
        {name: one for name, one in drawn.items() if one.flow.any()},
        power=power,
        sizes=(Size("coating.line", mass, "kg/hr"),) if mass > 0 else (),
        figures={
            "surface": (surface, "m2/kg"),
            "coating": (100.0 * ratio(float(layer.sum()), mass), "% of mass"),
            "charge": (ratio(charge * FARADAY * 1000.0, mass), "Ah/kg"),
        },
    )


KINDS = (
    Kind("coat", "coating", coat, (Port("feed", "finished magnets"),),
         (Port("magnets", "coated magnets"), Port("sludge", "sludge and overspray"),
          Port("offgas", "nitrogen of the air that oxygen came from")),
         (*SURFACE_PARAMETERS,
          Parameter("coating", "", "what they are coated with", form="choice", choices=("NiCuNi", "Zn", "epoxy")),
          Parameter("layer", "um", "thickness of the whole coating"),
          Parameter("copper", "m/m", "copper as a share of the thickness of nickel-copper-nickel", most=1.0),
          Parameter("used", "kg/kg", "share of the metal or epoxy that ends on magnets", least=0.01, most=1.0),
          Parameter("cathode_efficiency", "A/A", "share of the current that deposits metal", least=0.01, most=1.0),
          Parameter("voltage", "V", "voltage of a bath"),
          Parameter("energy", "kWh/kg", "power beside the baths, for a kg of magnets")),
         "surface of the shape times thickness; pickling and bath chemicals are left out"),
)  # fmt: skip
