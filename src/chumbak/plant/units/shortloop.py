"""Short loops: coating sieved off hydride powder, powder blended with fresh rare earth, swarf washed and dried."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, MASS, RE, Array
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream, fixed, mixed, of, without
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import B, H, ratio, together, water_of
from chumbak.plant.units._metal import POWDERS
from chumbak.plant.units.heat import phases

_COARSE = ("coating", "scrap")
# Water from 25 degC to steam at 100 degC, kJ/kg: steam tables, recalled.
_EVAPORATION = 2571.0


def sieve_powder(inlets: Inlets, values: Values) -> Result:
    """Sieve flakes of coating and other coarse metal off decrepitated powder.

    Flakes that get through, and powder that clings to flakes, are given; the flakes stay 'coating' in the powder, and
    count as its impurity from milling on.
    """
    feed = inlets["feed"]
    off = np.zeros((len(feed.flow), 1))
    for name in _COARSE:
        off[COMPONENT[name]] = values["coating_removed"]
    for name in POWDERS:
        off[COMPONENT[name]] = values["powder_lost"]
    flakes = feed.flow * off
    powder = Stream(feed.flow - flakes, feed.temperature)
    mass = together(powder, POWDERS)
    coarse = together(powder, _COARSE)
    # What got through cannot be told from powder any more: it is ground and sintered with it.
    for name in _COARSE:
        powder.flow[COMPONENT[name]] = 0.0
    at = "hydride" if feed["hydride"].any() or not feed["alloy"].any() else "alloy"
    powder.flow[COMPONENT[at]] += coarse
    return Result(
        {"powder": powder, "flakes": Stream(flakes, feed.temperature)},
        power=feed.total() * values["energy"],
        figures={
            "coating left in powder": (1e6 * ratio(float(coarse.sum()), float(mass.sum())), "mg/kg"),
            "rare earth lost": (
                ratio(float(flakes[:, RE].sum()), float(feed.elements()[RE].sum())),
                "kg/kg",
            ),
        },
    )


def blend_powder(inlets: Inlets, values: Values) -> Result:
    """Blend recycled powder with rare-earth hydride, and with powder of new alloy if any is connected.

    Oxygen of old magnets binds rare earths, so that less is left beside the matrix for the powder to sinter and be
    coercive. The ``addition`` of rare earth (as hydride, REHx, of the mix ``added``) makes up for it; how much rare
    earth stands beside the matrix before and after, from the composition, is told.
    """
    feed = inlets["feed"]
    virgin = inlets.get("virgin")
    powder = feed if virgin is None else mixed((feed, virgin))
    before = together(feed, POWDERS)
    shares = np.nan_to_num(values["added"])
    if abs(float(shares.sum()) - 1.0) > 1e-6 or not np.isin(np.flatnonzero(shares), RE).all():
        raise PlantError("'added' are the mass shares of rare earths in what is added; they must sum to 1")
    rare = shares / float(shares.sum()) * float(before.sum()) * values["addition"]
    hydrogen = fixed("hydrogen", float((rare / MASS).sum()) * values["hydrogen"] / 2.0)
    flow = powder.flow.copy()
    flow[COMPONENT["hydride"]] += rare + hydrogen
    after = together(Stream(flow), POWDERS)
    return Result(
        {"powder": Stream(flow, powder.temperature)},
        {"rare-earth hydride": of({"hydride": rare + hydrogen})} if rare.any() else {},
        power=float(after.sum()) * values["energy"],
        figures={
            "rare earth beside the matrix before": (_beside(before), "% of mass"),
            "rare earth beside the matrix after": (_beside(after), "% of mass"),
            "rare earth of the blend": (100.0 * ratio(float(after[RE].sum()), float(after.sum())), "% of mass"),
        },
    )


def _beside(row: Array) -> float:
    """Return the rare earth that is neither in the matrix nor bound by oxygen, % of mass; 0 without boron."""
    bare = row.copy()
    bare[H] = 0.0
    rare = float((bare / MASS)[RE].sum())
    if rare <= 0 or bare[B] <= 0:
        return 0.0
    mean = float(bare[RE].sum()) / rare
    return 100.0 * phases(bare).rich * mean / float(bare.sum())


def wash_swarf(inlets: Inlets, values: Values) -> Result:
    """Wash coolant off swarf and dry it, for the roast, the leach or the melt.

    Fine swarf is lost with the wash water. Drying takes the heat that evaporates water over the dryer's efficiency.
    """
    feed = inlets["feed"]
    lost, washed = feed["swarf"] * values["lost"], feed["swarf"] * (1.0 - values["lost"])
    dry = float(washed.sum())
    water = feed.total("swarf") * values["wash_water"]
    wet, left = dry * values["moisture_pressed"], dry * values["moisture"]
    if left > wet:
        raise PlantError("dried swarf is wetter than pressed swarf; mend 'moisture' or 'moisture_pressed'")
    drained = feed.total("water") + water - wet
    fresh = max(-drained, 0.0)
    flow = without(feed, "swarf", "water").flow
    flow[COMPONENT["swarf"]] += washed
    flow[COMPONENT["water"]] += water_of(left)
    heat = (wet - left) * _EVAPORATION / 3600.0 / values["efficiency"]
    return Result(
        {
            "swarf": Stream(flow, feed.temperature),
            "effluent": of({"residue": lost, "water": water_of(max(drained, 0.0))}),
            "offgas": of({"steam": water_of(wet - left)}, 100.0),
        },
        {"water": of({"water": water_of(water + fresh)})} if water + fresh > 0 else {},
        heat=heat,
        sizes=(Size("rare_earth_precipitation.roaster", heat, "kW"),) if heat > 0 else (),
        figures={"swarf had": (1.0 - values["lost"], "kg/kg")},
    )


KINDS = (
    Kind("sieve_powder", "sieving of decrepitated powder", sieve_powder,
         (Port("feed", "hydride powder with flakes of coating"),),
         (Port("powder", "powder"), Port("flakes", "flakes of coating, with powder on them")),
         (Parameter("coating_removed", "kg/kg", "share of the coating that is sieved off", most=1.0),
          Parameter("powder_lost", "kg/kg", "share of the powder that goes with it", most=1.0),
          Parameter("energy", "kWh/kg", "power for a kg")),
         "shares are given, not derived"),
    Kind("blend_powder", "blending with fresh rare earth", blend_powder,
         (Port("feed", "recycled powder"), Port("virgin", "powder of new alloy", needed=False)),
         (Port("powder", "blend"),),
         (Parameter("addition", "kg/kg", "rare earth added, for a kg of recycled powder", most=1.0),
          Parameter("added", "kg/kg", "mass share of each rare earth in what is added", form="by_element", most=1.0),
          Parameter("hydrogen", "1", "hydrogen atoms for a rare-earth atom of the hydride", most=3.0),
          Parameter("energy", "kWh/kg", "power for a kg of blend")),
         "phases by composition: oxygen binds rare earths, then the matrix forms, the rest is beside it"),
    Kind("wash_swarf", "washing and drying of swarf", wash_swarf, (Port("feed", "wet swarf"),),
         (Port("swarf", "dry swarf"), Port("effluent", "wash water with fine swarf"), Port("offgas", "steam")),
         (Parameter("lost", "kg/kg", "share of the swarf lost with the wash water", most=1.0),
          Parameter("wash_water", "kg/kg", "wash water for a kg of swarf"),
          Parameter("moisture_pressed", "kg/kg", "water in a kg of swarf before the dryer"),
          Parameter("moisture", "kg/kg", "water left in a kg of swarf"),
          Parameter("efficiency", "kWh/kWh", "share of its heat that a dryer uses", least=0.01, most=1.0)),
         "losses are given; carbon of oils is left out"),
)  # fmt: skip
