"""Molten-salt electrolysis: oxides of rare earths in molten fluorides to metal, on carbon anodes."""

from __future__ import annotations

from math import ceil

import numpy as np
from scipy.special import ndtr

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, RE, Array, element, of_formula
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, of, without
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import OX, C, Z, air, ratio
from chumbak.plant.units._metal import FARADAY, rare_earths, read_oxides, trifluorides

# Metals that come down with the rare earths, their oxides being less stable; the others stay in the melt.
_REDUCED = np.zeros(len(ELEMENTS))
_REDUCED[
    [*RE, *(element(name) for name in ("Fe", "Co", "Ni", "Cu", "Mn", "Zn", "Cr", "Al", "Si", "Ga", "Pb", "Sn"))]
] = 1
_FE = element("Fe")
_MOLAR_LIF, _MOLAR_CF4, _MOLAR_C2F6 = (float(of_formula(one).sum()) for one in ("LiF", "CF4", "C2F6"))


def anode_effect_share(values: Values) -> float:
    """Return the share of the time that cells are in anode effect.

    A measured share is taken where it is given. Else the oxide dissolved in the melt varies about its mean, normally
    and by as much as feeding lets it, and a cell is in anode effect while it is below ``oxide_critical``: the better
    oxide is fed, the less perfluorocarbon (the control that H. Vogel and B. Friedrich propose, Int. J. Nonferrous
    Metall. 6, 2017, 27-46; the normal distribution is ours).
    """
    if values["anode_effect"] is not None:
        return float(values["anode_effect"])
    return float(ndtr((values["oxide_critical"] - values["oxide_mean"]) / values["oxide_spread"]))


def electrolyse(inlets: Inlets, values: Values) -> Result:
    """Win metal from oxides in a melt of fluorides.

    Cathode: M(z+) + z e = M, by charge 557.43 Ah a kg of neodymium over the current efficiency. Anode: 2 O(2-) + C =
    CO2 + 4 e and O(2-) + C = CO + 2 e; carbon monoxide that burns, and carbon that burns off, take oxygen of air. In
    anode effect a share of the current discharges fluoride: 4 F(-) + C = CF4 + 4 e, 6 F(-) + 2 C = C2F6 + 6 e; its
    fluorine comes from the melt, and the rare earth that was with it is deposited. What the melt so loses, and what
    leaves with spent salt and dust (``salt_loss``), is made up with rare-earth fluoride (of the rare earths of the
    feed) and lithium fluoride. Of the oxide fed, the share ``metal_yield`` becomes metal and the rest goes with the
    slag. Energy is charge times voltage: 0.5574 V/CE kWh a kg of neodymium.
    """
    feed = inlets["feed"]
    metals, oxygen = read_oxides(feed["oxide"])
    won = metals * _REDUCED * values["metal_yield"]
    freed = float((oxygen * _REDUCED).sum()) * values["metal_yield"]
    rare = rare_earths(metals)
    mix = rare / rare.sum() if rare.any() else rare
    efficiency, effect = values["current_efficiency"], anode_effect_share(values)
    # The share of the charge that discharges fluoride; without rare earths there is no fluoride to make up for it.
    fluorine = effect * values["fluoride_current"] if rare.any() else 0.0
    if fluorine >= efficiency:
        raise PlantError(
            f"{fluorine:.3g} of the current discharges fluoride, as much as makes metal at a current efficiency of "
            f"{efficiency:.3g}; feed oxide more evenly"
        )
    # The charge is (what oxides ask for, and what the fluoride discharged asks for) over the current efficiency.
    charge = float(won @ Z) / (efficiency - fluorine)  # kmol/h of electrons
    discharged = charge * fluorine
    metal = won + mix * (discharged / 3.0)
    mass = float(metal @ MASS)
    lost, lithium = _salt(mix, mass * values["salt_loss"], values["lithium_fluoride"])
    hexa = values["hexafluoroethane"]
    # Of the fluorine, hexafluoroethane holds 6 atoms a molecule and tetrafluoromethane 4; ``hexa`` is a mass share.
    parts = hexa / _MOLAR_C2F6, (1.0 - hexa) / _MOLAR_CF4
    scale = discharged / (6.0 * parts[0] + 4.0 * parts[1])
    c2f6, cf4 = parts[0] * scale, parts[1] * scale
    carbon = freed / (2.0 - values["monoxide_made"])
    monoxide = carbon * values["monoxide_made"]
    burnt = monoxide * values["monoxide_burnt"]
    off = mass * values["burn_off"] / float(MASS[C])
    gas = air(burnt / 2.0 + off)
    anode = carbon + off + cf4 + 2.0 * c2f6
    iron = np.zeros(len(ELEMENTS))
    iron[_FE] = mass * (values["cathode_iron"] or 0.0)
    slag = without(feed, "oxide").flow.copy()
    left = feed["oxide"] - won * MASS
    left[OX] -= freed * MASS[OX]
    slag[COMPONENT["slag"]] += left + lost + lithium
    fumes = {
        "carbon_dioxide": fixed("carbon_dioxide", carbon - monoxide + burnt + off),
        "carbon_monoxide": fixed("carbon_monoxide", monoxide - burnt),
        "tetrafluoromethane": fixed("tetrafluoromethane", cf4),
        "hexafluoroethane": fixed("hexafluoroethane", c2f6),
        "nitrogen": gas.left["nitrogen"],
        "argon": gas.left["argon"],
    }
    fluoride = trifluorides(mix * (discharged / 3.0)) + lost
    drawn = {
        "graphite anode": of({"carbon": fixed("carbon", anode)}),
        "rare-earth fluoride": of({"fluoride": fluoride}),
        "lithium fluoride": of({"fluoride": lithium}),
        "iron": of({"metal": iron}),
        "air": gas.drawn,
    }
    power = charge * FARADAY * values["voltage"]  # kmol/h of electrons by Ah/mol is kA; by V it is kW
    current = charge * FARADAY
    cells = ceil(current / values["cell_current"] - 1e-9)
    return Result(
        {"metal": of({"metal": metal * MASS + iron}), "slag": Stream(slag), "offgas": of(fumes)},
        {name: one for name, one in drawn.items() if one.flow.any()},
        power=power,
        sizes=(Size("electrolysis.cell", power / cells, "kW", cells),) if cells > 0 else (),
        figures={
            "charge at full efficiency": (ratio(float(metal @ Z) * FARADAY * 1000.0, mass), "Ah/kg metal"),
            "energy": (ratio(power, mass), "kWh/kg metal"),
            "current": (current, "kA"),
            "time in anode effect": (effect, "h/h"),
            "tetrafluoromethane": (ratio(float(fumes["tetrafluoromethane"].sum()), mass) * 1e6, "g/t metal"),
            "hexafluoroethane": (ratio(float(fumes["hexafluoroethane"].sum()), mass) * 1e6, "g/t metal"),
            "carbon dioxide": (ratio(float(fumes["carbon_dioxide"].sum()), mass), "kg/kg metal"),
            "carbon of anodes": (ratio(anode * float(MASS[C]), mass), "kg/kg metal"),
            "fluoride made up": (ratio(float((fluoride + lithium).sum()), mass), "kg/kg metal"),
        },
    )


def _salt(mix: Array, mass: float, lithium: float) -> tuple[Array, Array]:
    """Return the rare-earth fluoride and the lithium fluoride of a mass of salt, kg/h (element) each."""
    each = trifluorides(mix)
    rare = each * ratio(mass * (1.0 - lithium), float(each.sum()))
    return rare, of_formula("LiF") * (mass * lithium / _MOLAR_LIF if rare.any() else 0.0)


KINDS = (
    Kind("electrolyse", "molten-salt electrolysis", electrolyse, (Port("feed", "oxides of rare earths"),),
         (Port("metal", "metal"), Port("slag", "oxide not won, spent salt and dust"),
          Port("offgas", "anode gas, burnt with air, with its perfluorocarbons")),
         (Parameter("voltage", "V", "voltage of a cell, the mean over time", least=0.1),
          Parameter("current_efficiency", "kg/kg", "metal won over what the charge could win", least=0.01, most=1.0),
          Parameter("metal_yield", "kg/kg", "share of the oxide fed that becomes metal", most=1.0),
          Parameter("cell_current", "kA", "current of a cell", least=0.01),
          Parameter("anode_effect", "h/h", "share of the time in anode effect, where it is measured", most=1.0,
                    needed=False),
          Parameter("oxide_mean", "% of mass", "oxide dissolved in the melt, the mean over time", most=100.0),
          Parameter("oxide_spread", "% of mass", "standard deviation of that over time: how evenly oxide is fed",
                    least=1e-6, most=100.0),
          Parameter("oxide_critical", "% of mass", "oxide in the melt below which a cell is in anode effect",
                    most=100.0),
          Parameter("fluoride_current", "A/A", "share of the current that discharges fluoride in anode effect",
                    most=1.0),
          Parameter("hexafluoroethane", "kg/kg", "hexafluoroethane as a share of the perfluorocarbons", most=1.0),
          Parameter("monoxide_made", "mol/mol", "carbon monoxide as a share of the carbon oxides at the anode",
                    most=1.0),
          Parameter("monoxide_burnt", "mol/mol", "share of the carbon monoxide that burns over the cell", most=1.0),
          Parameter("burn_off", "kg/kg", "carbon of anodes that burns in air, for a kg of metal"),
          Parameter("salt_loss", "kg/kg", "salt that leaves as dust and spent salt, for a kg of metal"),
          Parameter("lithium_fluoride", "kg/kg", "lithium fluoride in the salt", most=1.0),
          Parameter("cathode_iron", "kg/kg", "iron of a consumed cathode, for a kg of rare earth (Dy-Fe alloy)",
                    needed=False)),
         "Faraday's law, carbon by stoichiometry, perfluorocarbons by how evenly oxide is fed; those of normal running "
         "and stubs of anodes are left out"),
)  # fmt: skip
