"""Melting metals and scrap together to an alloy of a stated composition, and casting it into flake."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, ELEMENTS, MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, molar, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import OX, B, H, N, known, ratio
from chumbak.plant.units._metal import air_for, bought, oxygen_for, rare_earths, taken_out

_MELTED = ("metal", "alloy", "magnet", "coating", "hydride", "compact", "block", "swarf")
_PAIR = [element("Nd"), element("Pr")]
_FE = element("Fe")
_ROUNDING = 1e-12  # of the alloy: less than this lacks nothing


def strip_cast(inlets: Inlets, values: Values) -> Result:
    """Melt metals and scrap to the alloy ``target`` in vacuum or argon, and cast flake.

    What comes in sets the mass of alloy: the least in which no element is above its target; what then lacks is bought
    (boron as ferroboron, with its iron). Neodymium and praseodymium count as one where ``pair`` says so. Oxygen in the
    feed takes rare earth into the slag, 2 RE + 3/2 O2 = RE2O3; so does what the melt loses (``lost``), with oxygen
    of air. Hydrogen and nitrogen leave as gas. Elements that the target does not name stay in the alloy beside it. Of
    the melt, the share ``flake`` is good; the rest is skull and dust, and can be melted again.
    """
    feed = inlets["feed"]
    row, rest = taken_out(feed, _MELTED)
    target = _target(values)
    metal = row.copy()
    metal[[OX, H, N]] = 0.0
    lost = known(values["lost"], np.maximum(metal, target), "lost")
    rare = rare_earths(molar(metal))
    # Oxygen of the feed: it leaves as RE2O3, taken from the rare earths in proportion.
    bound = float(molar(row)[OX]) * 2.0 / 3.0
    if bound > float(rare.sum()):
        raise PlantError(
            "the feed holds more oxygen than its rare earths bind: it is oxide, not metal; reduce it before this step"
        )
    slagged = rare * (bound / float(rare.sum())) * MASS if bound > 0 else rare * 0.0
    kept = (metal - slagged) * (1.0 - lost)
    alloy, boron_iron = _alloy(kept, target, lost, values)
    lacks = np.maximum(alloy * target - kept, 0.0) * (target > 0) / (1.0 - lost)
    lacks[_FE] -= boron_iron * lacks[B]
    _share_pair(lacks, kept, alloy * target, lost, values)
    lacks[lacks < _ROUNDING * alloy] = 0.0
    entered = metal - slagged + lacks
    entered[_FE] += boron_iron * lacks[B]
    burnt = molar(entered * lost)
    gas = air_for(oxygen_for(burnt, "give 0 for it under 'lost'"))
    slag = rest.flow
    slag[COMPONENT["slag"]] += slagged + entered * lost + gas.drawn["oxygen"]
    slag[COMPONENT["slag"], OX] += row[OX]
    melt = entered * (1.0 - lost)
    mass = float(melt.sum())
    gases = {"nitrogen": gas.left["nitrogen"], "argon": gas.left["argon"]}
    gases["hydrogen"] = fixed("hydrogen", float(row[H] / MASS[H]) / 2.0)
    gases["nitrogen"] = gases["nitrogen"] + fixed("nitrogen", float(row[N] / MASS[N]) / 2.0)
    drawn = _bought(lacks, boron_iron)
    if gas.drawn.flow.any():
        drawn["air"] = gas.drawn
    flake = mass * values["flake"]
    return Result(
        {
            "flake": of({"alloy": melt * values["flake"]}),
            "skull": of({"alloy": melt * (1.0 - values["flake"])}),
            "slag": Stream(slag),
            "offgas": of(gases),
        },
        drawn,
        power=mass * values["energy"],
        sizes=(Size("strip_casting.furnace", mass, "kg/hr"),) if mass > 0 else (),
        figures={
            "melt": (mass, "kg/h"),
            "flake for a kg fed": (ratio(flake, float(row.sum())), "kg/kg"),
            "beside the target": (ratio(mass - alloy, mass) * 100.0, "% of mass"),
            "rare earth to slag": (
                ratio(float(rare_earths(slagged + entered * lost).sum()), float(rare_earths(entered).sum())),
                "kg/kg",
            ),
        },
    )


def _bought(lacks: Array, boron_iron: float) -> dict[str, Stream]:
    """Return what is bought: a metal for each element that lacks, kg/h (element), boron as ferroboron."""
    drawn = {}
    for at in np.flatnonzero(lacks):
        one = np.zeros(len(ELEMENTS))
        one[at] = lacks[at]
        if at == B:
            one[_FE] = lacks[B] * boron_iron
        drawn["ferroboron" if at == B else bought(int(at))] = of({"metal": one})
    return drawn


def _target(values: Values) -> Array:
    """Return the mass shares of the alloy; the element ``rest`` is what the others leave. Raises ``PlantError``."""
    shares: Array = np.nan_to_num(values["target"])
    at = element(values["rest"])
    if shares[at] > 0:
        raise PlantError(f"'target' names {values['rest']}, which is the rest; leave it out, or name another 'rest'")
    if shares[[OX, H, N]].any():
        raise PlantError("'target' names oxygen, hydrogen or nitrogen, which leave the melt; leave them out")
    total = float(shares.sum())
    if total <= 0 or total >= 1:
        raise PlantError(f"the shares of 'target' sum to {total:g}; they must leave something for {values['rest']}")
    shares[at] = 1.0 - total
    return shares


def _alloy(kept: Array, target: Array, lost: Array, values: Values) -> tuple[float, float]:
    """Return the mass of alloy, kg/h, and the iron that a kg of boron brings."""
    have, want = kept.copy(), target.copy()
    if values["pair"]:
        for row in (have, want):
            row[_PAIR[0]] += row[_PAIR[1]]
            row[_PAIR[1]] = 0.0
    iron = (1.0 - values["ferroboron"]) / values["ferroboron"]
    brings = iron * (1.0 - float(lost[_FE])) / (1.0 - float(lost[B]))  # iron in the melt for a kg of boron in it
    wanted = want > 0
    alloy = float((have[wanted] / want[wanted]).max())
    if want[B] > 0:
        free = float(want[_FE] - brings * want[B])
        if free <= 0:
            raise PlantError("ferroboron brings more iron than 'target' holds; take a 'ferroboron' with more boron")
        alloy = max(alloy, float(have[_FE] - brings * have[B]) / free)
    return alloy, iron


def _share_pair(lacks: Array, kept: Array, whole: Array, lost: Array, values: Values) -> None:
    """Let neodymium and praseodymium stand in for each other: what one lacks, the other may have over."""
    if not values["pair"]:
        return
    over = float((kept - whole)[_PAIR].clip(min=0.0).sum())
    short = (lacks * (1.0 - lost))[_PAIR]
    if short.sum() > 0:
        lacks[_PAIR] *= max(1.0 - over / float(short.sum()), 0.0)


KINDS = (
    Kind("strip_cast", "vacuum melting and strip casting", strip_cast, (Port("feed", "metals, alloys and scrap"),),
         (Port("flake", "alloy flake"), Port("skull", "skull and dust, to be melted again"),
          Port("slag", "slag, and what is no metal"), Port("offgas", "gases")),
         (Parameter("target", "kg/kg", "mass share of each element in the alloy, without the rest", form="by_element",
                    most=1.0),
          Parameter("rest", "", "the element that is the rest of the target", form="choice",
                    choices=("Fe", "Co", "Ni", "Cu")),
          Parameter("pair", "", "whether neodymium and praseodymium count as one", form="flag"),
          Parameter("ferroboron", "kg/kg", "boron in ferroboron", least=0.05, most=1.0),
          Parameter("lost", "kg/kg", "share of each element that the melt loses to slag and dust", form="by_element",
                    most=0.99),
          Parameter("flake", "kg/kg", "share of the melt that becomes good flake", least=0.01, most=1.0),
          Parameter("energy", "kWh/kg", "power for a kg of melt")),
         "mass balance to the target; oxygen goes to slag as RE2O3; losses are given; argon is left out"),
)  # fmt: skip
