"""The other metals of e-waste: what sorting lets through, and what a smelter or a leach gets out, by element."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, Array
from chumbak.plant.stream import Stream, fixed, molar, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Values
from chumbak.plant.units._common import OX, C, H, N, air, known, oxide_oxygen, together
from chumbak.plant.units.roast import oxidised

_TAKEN = ("device", "scrap", "magnet", "coating", "alloy", "block", "swarf", "residue", "metal", "oxide")
_GASES = [H, C, N, OX]


def _taken(feed: Stream) -> tuple[Array, Stream]:
    row = together(feed, _TAKEN)
    flow = feed.flow.copy()
    for name in _TAKEN:
        flow[COMPONENT[name]] = 0.0
    return row, Stream(flow, feed.temperature)


def _shares(values: Values, row: Array) -> Array:
    """Return which share of each element is recovered; hydrogen, carbon, nitrogen and oxygen are none of the metals."""
    asked = row.copy()
    asked[_GASES] = 0.0
    share = known(values["recovered"], asked, "recovered").copy()
    share[_GASES] = 0.0
    return share


def _figures(got: Array, row: Array) -> dict[str, tuple[float, str]]:
    return {
        f"{ELEMENTS[at]} recovered": (float(got[at] / row[at]), "kg/kg") for at in np.flatnonzero(got) if row[at] > 0
    }


def part_metals(inlets: Inlets, values: Values) -> Result:
    """Part e-waste by element: the shares ``recovered`` go on, the rest is left, nothing reacts.

    For a sorting plant this is what reaches fractions from which the metal can be had at all; for a leach of boards it
    is what comes out as metal, and its reagents are not counted.
    """
    row, rest = _taken(inlets["feed"])
    got = row * _shares(values, row)
    left = rest.flow.copy()
    left[COMPONENT["residue"]] += row - got
    return Result(
        {"metals": of({"metal": got}), "rest": Stream(left, rest.temperature)},
        power=float(row.sum()) * (values["energy"] or 0.0),
        figures=_figures(got, row),
    )


def smelt(inlets: Inlets, values: Values) -> Result:
    """Smelt e-waste: the shares ``recovered`` come out as metal, other metals go to slag as oxides.

    Plastic burns: C + O2 = CO2, 4 H + O2 = 2 H2O; iron, aluminium and rare earths burn to the oxides of the slag, so
    what a smelter is fed of magnets is lost. Oxygen that the feed holds is used first, the rest comes from air.
    """
    row, rest = _taken(inlets["feed"])
    moles = molar(row)
    got = moles * _shares(values, row)
    into, left = oxidised(moles - got)
    held = float(into @ np.nan_to_num(oxide_oxygen()))
    need = held + 2.0 * moles[C] + moles[H] / 2.0 - moles[OX]
    gas = air(max(need, 0.0) / 2.0, values["excess_air"])
    slag = into + left
    slag[OX] += held
    kept = rest.flow.copy()
    kept[COMPONENT["slag"]] += slag * MASS
    fumes = {
        "carbon_dioxide": fixed("carbon_dioxide", moles[C]),
        "steam": fixed("steam", moles[H] / 2.0),
        "oxygen": gas.left["oxygen"] + fixed("oxygen", max(-need, 0.0) / 2.0),
        "nitrogen": gas.left["nitrogen"] + fixed("nitrogen", moles[N] / 2.0),
        "argon": gas.left["argon"],
    }
    return Result(
        {"metals": of({"metal": got * MASS}), "rest": Stream(kept, rest.temperature), "offgas": of(fumes)},
        {"air": gas.drawn} if need > 0 else {},
        heat=float(row.sum()) * (values["energy"] or 0.0),
        figures=_figures(got * MASS, row),
        warnings=("energy of the smelter is not given and not counted",) if values["energy"] is None else (),
    )


_IN = (Port("feed", "e-waste, boards, batteries: scrap or devices"),)
_OUT = (Port("metals", "metals recovered"), Port("rest", "all the rest"))
_RECOVERED = Parameter("recovered", "kg/kg", "share of each element that is recovered", form="by_element", most=1.0)
_ENERGY = Parameter("energy", "kWh/kg", "energy for a kg of feed", needed=False)
_GIVEN = "recoveries are given by element, not derived"
KINDS = (
    Kind("sort_ewaste", "shredding and sorting of e-waste", part_metals, _IN, _OUT, (_RECOVERED, _ENERGY), _GIVEN),
    Kind("leach_boards", "leaching of circuit boards", part_metals, _IN, _OUT, (_RECOVERED, _ENERGY),
         _GIVEN + "; its reagents are not counted"),
    Kind("smelt_boards", "smelting and refining of circuit boards", smelt, _IN,
         (*_OUT, Port("offgas", "fumes")),
         (_RECOVERED, _ENERGY, Parameter("excess_air", "kg/kg", "air beyond what reacts, as a share of it")), _GIVEN),
    Kind("smelt_batteries", "smelting and refining of batteries", smelt, _IN,
         (*_OUT, Port("offgas", "fumes")),
         (_RECOVERED, _ENERGY, Parameter("excess_air", "kg/kg", "air beyond what reacts, as a share of it")), _GIVEN),
)  # fmt: skip
