"""The front end of recycling: magnets out of devices, demagnetised, and turned to powder by hydrogen."""

from __future__ import annotations

from math import ceil

from chumbak.plant.components import COMPONENT, MASS, RE
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import AMBIENT, Stream, empty, fixed, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import H, ratio, together
from chumbak.plant.units.heat import BESIDE, furnace, magnet_capacity, magnet_heat, phases

_MAGNETIC = ("magnet", "alloy", "block")  # what hydrogen gets into
_DENSITY = 7500.0  # kg/m3 of magnets, as in the furnace of ``heat``
_MATRIX_BREAKS, _MATRIX_EMPTY, _RICH_EMPTY = 220.0, 250.0, 580.0  # degC
_DRIVES_AN_HOUR = 2700.0  # what one shredder takes: the costs of 'hard_disk.shredder' are for that many


def dismantle(inlets: Inlets, values: Values) -> Result:
    """Part magnets from the devices that hold them: the share ``recovery`` comes out, with some of the device on it.

    Magnets that are not got out go with the scrap, as scrap: in a steel furnace their rare earths are lost.
    """
    feed = inlets["feed"]
    magnet, device = feed["magnet"], feed["device"]
    out, beside = values["recovery"], values["carried_over"]
    if feed.total() > 0 and not magnet.any():
        raise PlantError(
            "no magnets come in; say what the devices hold as a part of its own, 'component: magnet', beside 'device'"
        )
    magnets = of({"magnet": magnet * out, "scrap": device * beside}, feed.temperature)
    flow = feed.flow.copy()
    for name in ("magnet", "device"):
        flow[COMPONENT[name]] = 0.0
    flow[COMPONENT["scrap"]] += magnet * (1.0 - out) + device * (1.0 - beside)
    pieces = values["device_mass"]
    figures = {"rare earths recovered": (ratio(magnet[RE].sum() * out, feed.elements()[RE].sum()), "kg/kg")}
    if pieces:
        figures["devices"] = (float(magnet.sum() + device.sum()) / pieces, "1/h")
    return Result(
        {"magnets": magnets, "rest": Stream(flow, feed.temperature)},
        power=float(magnet.sum() + device.sum()) * (values["energy"] or 0.0),
        figures=figures,
    )


def shred(inlets: Inlets, values: Values) -> Result:
    """Shred devices whole and take out what magnets can be had: most of their powder clings to steel and is lost."""
    result = dismantle(inlets, values)
    devices = result.figures.get("devices")
    if devices is None or devices[0] <= 0:
        return result
    size = Size("hard_disk.shredder", 1.0, "1", ceil(devices[0] / _DRIVES_AN_HOUR - 1e-9))
    return Result(result.outlets, power=result.power, sizes=(size,), figures=result.figures)


def demagnetise(inlets: Inlets, values: Values) -> Result:
    """Heat magnets above their Curie temperature and let them cool: they come out without magnetism and unchanged.

    Heat is that of Nd2Fe14B between the two temperatures over the efficiency of the furnace. Oxygen and carbon that
    magnets take up from air and glue are left out.
    """
    feed, hot, curie = inlets["feed"], values["temperature"], values["curie"]
    if hot < curie:
        raise PlantError(
            f"at {hot:g} degC magnets stay magnetic: their Curie temperature is {curie:g} degC; heat them above it"
        )
    heat = magnet_heat(feed.elements(), feed.temperature, hot) / values["efficiency"]
    return Result(
        {"magnets": Stream(feed.flow, AMBIENT)},
        heat=heat,
        sizes=(Size("oxalate_precipitation.roaster", heat, "kW"),) if heat > 0 else (),
    )


def decrepitate(inlets: Inlets, values: Values) -> Result:
    """Let hydrogen break magnets into powder, a batch at a time.

    Nd2Fe14B + x/2 H2 = Nd2Fe14BHx (x 4.5 to 5: 0.42 to 0.47 % of the mass) and Nd + y/2 H2 = NdHy (y 2.7) for rare
    earths beside the matrix; oxides take none. What is no magnet (coating, scrap) passes unchanged. Heat is that of the
    furnace walls, of what they lose, and of the charge; the heat that hydriding sets free is left out.
    """
    feed = inlets["feed"]
    row = together(feed, _MAGNETIC)
    charged = float(row.sum())
    made = phases(row)
    taken = made.matrix * values["hydrogen_matrix"] + made.rich * values["hydrogen_rich"]  # kmol/h of H
    purge = taken * (values["purge"] or 0.0)
    flow = feed.flow.copy()
    for name in _MAGNETIC:
        flow[COMPONENT[name]] = 0.0
    flow[COMPONENT["hydride"]] += row
    flow[COMPONENT["hydride"], H] += taken * MASS[H]
    gas = of({"hydrogen": fixed("hydrogen", purge / 2.0)}, values["temperature"])
    outlets = {"powder": Stream(flow, AMBIENT), "offgas": gas}
    if charged <= 0:
        return Result(outlets)
    hold = values["hold"] * 3600.0
    batch = charged * values["hold"]
    chamber = batch / _DENSITY * values["chamber_to_charge"]
    warm, lost = furnace(chamber, values["aspect_ratio"], hold)
    sensible = batch * 1000.0 * magnet_capacity(made.share, feed.temperature) * (values["temperature"] - AMBIENT)
    cycle = hold + BESIDE
    one = (warm + lost + sensible) / cycle / 1000.0  # kW, the mean over a batch
    furnaces = cycle / hold
    return Result(
        outlets,
        {"hydrogen": of({"hydrogen": fixed("hydrogen", (taken + purge) / 2.0)})},
        heat=one * furnaces,
        sizes=(Size("hard_disk.hydrogen_decrepitation", one, "kW", ceil(furnaces - 1e-9)),),
        figures={
            "hydrogen taken up": (100.0 * taken * float(MASS[H]) / charged, "% of mass"),
            "charge of a furnace": (batch, "kg"),
            "chamber of a furnace": (chamber, "m3"),
            "heat of a furnace": (one, "kW"),
            "furnaces in turn": (furnaces, "1"),
        },
    )


def degas(inlets: Inlets, values: Values) -> Result:
    """Drive hydrogen out of decrepitated powder in vacuum.

    Up to 220 degC the matrix keeps its hydrogen, at 250 degC it has lost it (between them in proportion); rare earths
    beside the matrix are then NdH2 and give that up at 580 degC (Meisner and Panchanathan). ``left`` is what stays even
    above that.
    """
    feed, hot = inlets["feed"], values["temperature"]
    row = feed["hydride"]
    bare = row.copy()
    bare[H] = 0.0
    made = phases(bare)
    had = float(row[H]) / float(MASS[H])  # kmol/h
    floor = min(had, float(bare.sum()) * (values["left"] or 0.0) * 1e-6 / float(MASS[H]))
    if hot >= _RICH_EMPTY:
        stays = floor
    else:
        dihydride = min(had, 2.0 * made.rich)
        full = min(max((_MATRIX_EMPTY - hot) / (_MATRIX_EMPTY - _MATRIX_BREAKS), 0.0), 1.0)
        stays = max(dihydride + (had - dihydride) * full, floor)
    flow = feed.flow.copy()
    flow[COMPONENT["hydride"]] = 0.0
    flow[COMPONENT["alloy"]] += bare
    flow[COMPONENT["alloy"], H] += stays * MASS[H]
    gone = empty(hot) if had <= stays else of({"hydrogen": fixed("hydrogen", (had - stays) / 2.0)}, hot)
    heat = magnet_heat(row, feed.temperature, hot) / values["efficiency"]
    return Result(
        {"powder": Stream(flow, AMBIENT), "hydrogen": gone},
        heat=heat,
        sizes=(Size("oxalate_precipitation.roaster", heat, "kW"),) if heat > 0 else (),
        figures={"hydrogen left": (1e6 * ratio(stays * float(MASS[H]), float(bare.sum())), "mg/kg")},
    )


_DEVICES = Port("feed", "devices ('device') and the magnets in them ('magnet')")
_PARTED = (Port("magnets", "magnets, with what clings to them"), Port("rest", "all the rest, as scrap"))
_DISMANTLE = (
    Parameter("recovery", "kg/kg", "share of the magnets that is got out", most=1.0),
    Parameter("carried_over", "kg/kg", "share of the device that comes with them", most=1.0),
    Parameter("device_mass", "kg", "mass of a device, to count them", needed=False),
    Parameter("energy", "kWh/kg", "power for a kg of devices", needed=False),
)
_TEMPERATURE = Parameter("temperature", "degC", "temperature", least=0.0, most=1200.0)
_EFFICIENCY = Parameter("efficiency", "kWh/kWh", "share of its heat that a furnace brings into the charge", least=0.01,
                        most=1.0)  # fmt: skip
KINDS = (
    Kind("dismantle", "dismantling by hand", dismantle, (_DEVICES,), _PARTED, _DISMANTLE,
         "recovery is given, not derived"),
    Kind("shred", "shredding", shred, (_DEVICES,), _PARTED, _DISMANTLE, "recovery is given, not derived"),
    Kind("demagnetise", "thermal demagnetisation", demagnetise, (Port("feed", "magnets"),),
         (Port("magnets", "magnets without magnetism, cold"),),
         (_TEMPERATURE, Parameter("curie", "degC", "Curie temperature"), _EFFICIENCY),
         "heat by the heat capacity of Nd2Fe14B"),
    Kind("decrepitate", "hydrogen decrepitation", decrepitate, (Port("feed", "magnets, flake or blocks"),),
         (Port("powder", "hydride powder, and what is no magnet"), Port("offgas", "hydrogen that is purged")),
         (_TEMPERATURE,
          Parameter("hydrogen_matrix", "1", "hydrogen atoms in a Nd2Fe14B of the powder", most=6.0),
          Parameter("hydrogen_rich", "1", "hydrogen atoms for a rare-earth atom beside the matrix", most=3.0),
          Parameter("hold", "h", "time at temperature", least=0.01),
          Parameter("chamber_to_charge", "m3/m3", "volume of the chamber for a volume of magnets", least=1.0),
          Parameter("aspect_ratio", "m/m", "length of the chamber over its radius", least=0.1),
          Parameter("purge", "kg/kg", "hydrogen blown through, beside what is taken up", needed=False)),
         "hydrides of the phases that the composition gives; a batch furnace with its walls"),
    Kind("degas", "degassing of hydride powder", degas, (Port("feed", "hydride powder"),),
         (Port("powder", "powder"), Port("hydrogen", "hydrogen")),
         (_TEMPERATURE, _EFFICIENCY,
          Parameter("left", "mg/kg", "hydrogen that stays above 580 degC", needed=False)),
         "hydrogen leaves the matrix by 250 degC and the rare-earth hydride by 580 degC; the heat that it takes is "
         "left out"),
)  # fmt: skip
