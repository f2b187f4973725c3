"""Rare-earth oxides to fluorides in dry hydrogen fluoride, and the scrubber of its off-gas."""

from __future__ import annotations

from chumbak.plant.components import COMPONENT, MASS, of_formula
from chumbak.plant.stream import Stream, fixed, of, without
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import OX, ratio, solution
from chumbak.plant.units._metal import rare_earths, read_oxides, trifluorides


def fluorinate(inlets: Inlets, values: Values) -> Result:
    """Turn oxides of rare earths into fluorides, and scrub the off-gas.

    RE2O3 + 6 HF = 2 REF3 + 3 H2O; what CeO2, Pr6O11 and Tb4O7 hold above RE2O3 leaves as oxygen. For neodymium that is
    0.3568 kg of HF a kg of Nd2O3. The share not ``converted`` stays oxide, as do oxides of other metals. Hydrogen
    fluoride in excess and steam go to a scrubber: 2 HF + Ca(OH)2 = CaF2 + 2 H2O.
    """
    feed = inlets["feed"]
    metals, oxygen = read_oxides(feed["oxide"])
    reacting = rare_earths(metals) * values["converted"]
    freed = float((rare_earths(oxygen) * values["converted"]).sum())
    turned = float(reacting.sum())
    needed = 3.0 * turned
    passed = needed * values["excess"]
    caught = passed * values["scrubbed"]
    lime = solution("lime", caught / 2.0 * (1.0 + values["lime_excess"]), values["lime_strength"])
    made = trifluorides(reacting)
    solids = without(feed, "water").flow.copy()
    solids[COMPONENT["oxide"]] -= reacting * MASS
    solids[COMPONENT["oxide"], OX] -= freed * MASS[OX]
    solids[COMPONENT["fluoride"]] += made
    sludge = {
        "fluoride": of_formula("CaF2") * (caught / 2.0),
        "lime": lime["lime"] - fixed("lime", caught / 2.0),
        "water": lime["water"] + feed["water"] + fixed("water", caught + 1.5 * turned),
    }
    gas = {
        "hydrogen_fluoride": fixed("hydrogen_fluoride", passed - caught),
        "oxygen": fixed("oxygen", (freed - 1.5 * turned) / 2.0),
    }
    fresh = of({"hydrogen_fluoride": fixed("hydrogen_fluoride", needed + passed)})
    drawn = {"hydrogen fluoride": fresh} if needed > 0 else {}
    if caught > 0:
        drawn["slaked lime"] = lime
    mass, fed = float(made.sum()), feed.total("oxide")
    heat = mass * values["energy"]
    return Result(
        {"fluoride": Stream(solids), "scrubbed": of(sludge), "offgas": of(gas)},
        drawn,
        heat=heat,
        sizes=(Size("fluorination.furnace", heat, "kW"),) if heat > 0 else (),
        figures={
            "hydrogen fluoride": (ratio(fresh.total(), fed), "kg/kg oxide"),
            "fluoride": (ratio(mass, fed), "kg/kg oxide"),
        },
    )


KINDS = (
    Kind("fluorinate", "fluorination with hydrogen fluoride", fluorinate, (Port("feed", "oxides of rare earths"),),
         (Port("fluoride", "fluorides, with oxide that did not react"), Port("scrubbed", "sludge of the scrubber"),
          Port("offgas", "gas after the scrubber")),
         (Parameter("converted", "kg/kg", "share of the rare-earth oxide that turns to fluoride", most=1.0),
          Parameter("excess", "mol/mol", "hydrogen fluoride beyond what reacts, as a share of it"),
          Parameter("scrubbed", "kg/kg", "share of the hydrogen fluoride in the off-gas that lime takes up", most=1.0),
          Parameter("lime_strength", "kg/kg", "mass share of slaked lime in the milk that is used", least=0.01,
                    most=1.0),
          Parameter("lime_excess", "mol/mol", "lime beyond what reacts, as a share of it"),
          Parameter("energy", "kWh/kg", "heat for a kg of fluoride")),
         "by stoichiometry; conversion is given; the heat that the reaction sets free is left out"),
)  # fmt: skip
