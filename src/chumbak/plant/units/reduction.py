"""Reduction with metals: fluorides with calcium, oxides with calcium into an alloy, volatile ones with lanthanum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, metals_of, of, without
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import ratio
from chumbak.plant.units._metal import rare_earths, read_oxides, taken_out

_CA, _LA = element("Ca"), element("La")
# Rare earths whose vapour pressure lets them be distilled off lanthanum (Judge and Azimi, JOM 69, 2017, 1987).
_VOLATILE = np.array([name in ("Sm", "Eu", "Tm", "Yb") for name in ELEMENTS], dtype=float)
# Rare earths that calcium takes from the trifluoride to the difluoride and no further (Gupta and Krishnamurthy 2005).
_DIVALENT = np.array([name in ("Sm", "Eu", "Yb") for name in ELEMENTS], dtype=float)
_POWDER = ("metal", "alloy")


def reduce_calcium(inlets: Inlets, values: Values) -> Result:
    """Reduce fluorides of rare earths with calcium, and melt the metal again in vacuum.

    2 REF3 + 3 Ca = 2 RE + 3 CaF2: 0.370 kg of calcium a kg of dysprosium. The reaction is complete; the metal that is
    not had is caught in the slag, which also takes the calcium in excess and whatever oxide the feed holds. Samarium,
    europium and ytterbium become difluorides, 2 REF3 + Ca = 2 REF2 + CaF2, and stay in the slag.
    """
    feed = inlets["feed"]
    metals = metals_of(feed["fluoride"], "fluoride")
    rare = rare_earths(metals)
    half = rare * _DIVALENT
    if half.any() and half.sum() >= rare.sum():
        raise PlantError(
            "calcium takes the fluorides of Sm, Eu and Yb to difluorides and no further, so no metal would come; "
            "reduce the oxide, with 'reduce_diffusion' into an alloy or with 'reduce_lanthanum'"
        )
    made = (rare - half) * values["metal_yield"]
    reacting = 1.5 * float((rare - half).sum()) + 0.5 * float(half.sum())
    calcium = reacting * (1.0 + values["excess"])
    slag = without(feed, "fluoride", "oxide").flow.copy()
    # Fluorine of the rare earths goes over to calcium; fluorides of other metals stay what they are.
    slag[COMPONENT["slag"]] += feed["fluoride"] + feed["oxide"] + fixed("calcium", calcium) - made * MASS
    return _reduced(made, slag, {"calcium": of({"calcium": fixed("calcium", calcium)})}, values, calcium * MASS[_CA])


def reduce_diffusion(inlets: Inlets, values: Values) -> Result:
    """Reduce oxides of rare earths with calcium among powder of cobalt or iron, into which the metal diffuses.

    RE2O3 + 3 Ca = 2 RE + 3 CaO: 0.400 kg of calcium a kg of samarium, so Sm2O3 + 3 Ca + 10 Co = 2 SmCo5 + 3 CaO (Cech,
    J. Metals 26(2), 1974, 32). The reaction is complete; the rare earth that is not had is washed off with lime and the
    calcium in excess. Oxides of other metals stay in the residue.
    """
    feed = inlets["feed"]
    powder, rest = taken_out(feed, _POWDER)
    metals, bound = read_oxides(feed["oxide"])
    rare = rare_earths(metals)
    if rare.any() and not powder.any():
        raise PlantError("there is no powder of cobalt or iron for the metal to diffuse into; mix it with the oxides")
    made = rare * values["metal_yield"]
    calcium = float(rare_earths(bound).sum()) * (1.0 + values["excess"])
    residue = without(rest, "oxide").flow.copy()
    residue[COMPONENT["slag"]] += feed["oxide"] + fixed("calcium", calcium) - made * MASS
    drawn = {"calcium": of({"calcium": fixed("calcium", calcium)})}
    done = _reduced(made, residue, drawn, values, calcium * float(MASS[_CA]))
    alloy = powder + made * MASS
    share = ratio(float((rare_earths(alloy)).sum()), float(alloy.sum())) * 100.0
    outlets = {"alloy": of({"alloy": alloy}), "slag": done.outlets["slag"]}
    return replace(done, outlets=outlets, figures={**done.figures, "rare earth in the alloy": (share, "% of mass")})


def reduce_lanthanum(inlets: Inlets, values: Values) -> Result:
    """Reduce oxides of samarium, europium, thulium or ytterbium with lanthanum, and distil the metal off.

    RE2O3 + 2 La = 2 RE(gas) + La2O3: 0.924 kg of lanthanum a kg of samarium. Oxides of other metals stay in the
    residue, as do the oxide that did not react, La2O3 and the lanthanum in excess.
    """
    feed = inlets["feed"]
    metals, _ = read_oxides(feed["oxide"])
    volatile = metals * _VOLATILE
    made = volatile * values["metal_yield"]
    lanthanum = float(volatile.sum()) * (1.0 + values["excess"])
    fresh = np.zeros(len(ELEMENTS))
    fresh[_LA] = lanthanum * MASS[_LA]
    residue = without(feed, "oxide").flow.copy()
    residue[COMPONENT["slag"]] += feed["oxide"] + fresh - made * MASS
    return _reduced(made, residue, {"lanthanum metal": of({"metal": fresh})}, values, float(fresh.sum()))


def _reduced(made: Array, slag: Array, drawn: dict[str, Stream], values: Values, reductant: float) -> Result:
    mass = float(made @ MASS)
    power = mass * values["energy"]
    return Result(
        {"metal": of({"metal": made * MASS}), "slag": Stream(slag)},
        {name: one for name, one in drawn.items() if one.flow.any()},
        power=power,
        sizes=(Size("reduction.furnace", power, "kW"),) if power > 0 else (),
        figures={"reductant": (ratio(float(reductant), mass), "kg/kg metal")},
    )


_OUT = (Port("metal", "metal"), Port("slag", "slag with the metal caught in it, and reductant in excess"))
_PARAMETERS = (
    Parameter("metal_yield", "kg/kg", "share of the rare earth fed that becomes metal", most=1.0),
    Parameter("excess", "mol/mol", "reductant beyond what reacts, as a share of it"),
    Parameter("energy", "kWh/kg", "power for a kg of metal, with melting or distilling again"),
)
KINDS = (
    Kind("reduce_calcium", "calcium reduction of fluorides", reduce_calcium,
         (Port("feed", "fluorides of rare earths"),), _OUT, _PARAMETERS,
         "by stoichiometry, complete; the metal caught in the slag is given; argon and crucibles are left out"),
    Kind("reduce_diffusion", "calcium reduction of oxides into an alloy", reduce_diffusion,
         (Port("feed", "oxides of rare earths with powder of cobalt or iron"),),
         (Port("alloy", "alloy powder, washed"), Port("slag", "lime, calcium in excess and what was not had")),
         _PARAMETERS,
         "by stoichiometry; yield is given; calcium and oxygen left in the powder, and the washing, are left out"),
    Kind("reduce_lanthanum", "lanthanum reduction with distillation", reduce_lanthanum,
         (Port("feed", "oxides of samarium, europium, thulium or ytterbium"),), _OUT, _PARAMETERS,
         "by stoichiometry; yield is given; what lanthanum distils over is left out"),
)  # fmt: skip
