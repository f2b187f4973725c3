"""Rare earths out of solution as oxalates."""

from __future__ import annotations

from chumbak.plant.components import MASS, RE, of_formula
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import fixed, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import (
    ACID,
    ALKALI,
    FE,
    PROTONS,
    Z,
    acid_kmol,
    ferrous,
    known,
    liquid_of,
    ratio,
    read_salt,
    salt,
    salts_in,
    solid_of,
    volume,
    water_of,
)

_CRYSTAL = 5.0  # molecules of water for an atom of metal: RE2(C2O4)3 . 10 H2O


def oxalate(inlets: Inlets, values: Values) -> Result:
    """Precipitate oxalates with oxalic acid, and filter and wash them.

    2 RECl3 + 3 H2C2O4 + 10 H2O = RE2(C2O4)3 . 10 H2O + 6 HCl, so 3 mol of acid are set free for a mol of rare earth and
    1.124 kg of dihydrate are used for a kg of Nd2O3; likewise for the share of other metals that falls with them, iron
    as far as it is divalent with two charges. The excess of oxalic acid stays in the filtrate.
    """
    feed = inlets["feed"]
    name = salts_in(feed)
    acid = ACID[name]
    metals, charge = read_salt(feed, name)
    share = known(values["precipitated"], metals, "precipitated").copy()
    share[list(ALKALI)] = 0.0
    falls = metals * share
    divalent = ferrous(metals, charge)
    taken = float(falls @ Z) - divalent * float(share[FE])  # charge that falls, kmol/h
    if taken > charge * (1.0 + 1e-9):
        raise PlantError(f"the metals of this liquor have more charge than its {name}; check the feed")
    had = acid_kmol("oxalic_acid", feed["oxalic_acid"])
    wanted = taken / 2.0 * (1.0 + values["excess"])
    bought = max(wanted - had, 0.0)
    reagent = of({"oxalic_acid": fixed("oxalic_acid", bought), "water": fixed("water", 2.0 * bought)})
    crystal = float(falls.sum()) * _CRYSTAL
    solid = falls * MASS + of_formula("C2O4") * (taken / 2.0) + fixed("water", crystal)
    mass = float(solid.sum())
    wet, wash = mass * values["moisture"], mass * values["wash_water"]
    kept, cake = liquid_of(feed), solid_of(feed)
    kept[name][:] = salt(name, metals - falls, charge - taken)
    kept[acid][:] += fixed(acid, taken / PROTONS[acid])
    kept["oxalic_acid"][:] = fixed("oxalic_acid", had + bought - taken / 2.0)
    kept["water"][:] += reagent["water"] + water_of(wash - wet) - fixed("water", crystal)
    fresh = max(-kept.total("water"), 0.0)
    kept["water"][:] += water_of(fresh)
    cake["oxalate"][:] += solid
    cake["water"][:] = water_of(wet)
    drawn = {"oxalic acid dihydrate": reagent} if bought > 0 else {}
    if wash + fresh > 0:
        drawn["water"] = of({"water": water_of(wash + fresh)})
    flow = volume(feed)
    rare = float(metals[RE].sum())
    return Result(
        {"oxalate": cake, "filtrate": kept},
        drawn,
        sizes=(
            Size("rare_earth_precipitation.polyethylene_tank", flow * values["hold"], "m**3"),
            Size("rare_earth_precipitation.filter_press", flow * values["press"], "m**3"),
        )
        if flow > 0
        else (),
        figures={
            "rare earths recovered": (ratio(float(falls[RE].sum()), rare), "kg/kg"),
            "purity": (ratio(float((falls * MASS)[RE].sum()), float((falls * MASS).sum())), "kg RE/kg metals"),
            "acid set free": (ratio(taken, float(falls[RE].sum())), "mol H+/mol RE"),
        },
    )


KINDS = (
    Kind("oxalate", "oxalate precipitation", oxalate, (Port("feed", "liquor with rare earths"),),
         (Port("oxalate", "wet cake of oxalates"), Port("filtrate", "acid filtrate")),
         (Parameter("precipitated", "kg/kg", "share of each metal that falls", form="by_element", most=1.0),
          Parameter("excess", "mol/mol", "oxalic acid beyond what reacts, as a share of it"),
          Parameter("moisture", "kg/kg", "water in the cake for a kg of dry oxalate"),
          Parameter("wash_water", "kg/kg", "water to wash a kg of dry oxalate"),
          Parameter("hold", "h", "time in the tank"),
          Parameter("press", "m3 h/m3", "volume of filter press for a m3/h")),
         "reagents by stoichiometry; which share falls is given by element, for a pH of 1 to 2"),
)  # fmt: skip
