"""Solvent extraction whose distribution follows pH, as a step: extraction, scrub and strip, the organic going round.

Beside ``separate``: there separation factors are constant and the cascade runs at reflux; here the acid of every cell
is solved for (``extraction.acid``), so that what goes over depends on how much base the organic brings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.plant.components import ELEMENTS, MASS, RE, Array, of_formula
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.extraction import tables
from chumbak.plant.extraction.acid import AcidCascade, solve_acid_cascade
from chumbak.plant.stream import Stream, empty, fixed, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import (
    DENSITY,
    acid_kmol,
    known,
    liquid_of,
    read_salt,
    salt,
    salts_in,
    solid_of,
    solution,
    volume,
    water_of,
)
from chumbak.plant.units.liquor import neutral

_BOUGHT = {"caustic_soda": "caustic soda", "ammonia": "ammonia"}
_HYDROCHLORIC = float(of_formula("HCl").sum())
_MOST_ROUNDS = 200
_SETTLED = 1e-12  # of what is fed: the organic that comes back, from one round to the next


@dataclass(frozen=True)
class _Circuit:
    """A settled circuit: kmol/h of rare earths in the strip liquor (of those present), cascades, flows m3/h."""

    heavy: Array
    extract: AcidCascade
    organic: float
    scrub: float
    strip: float
    residual: float
    rounds: int


def separate_by_acid(inlets: Inlets, values: Values) -> Result:
    """Part rare earths by an acid extractant whose distribution follows pH, cell by cell.

    log10 D = a pH + b for each element, RE3+ + 3 HA = REA3 + 3 H+, charges balanced in every cell
    (``extraction.acid``). The organic comes in saponified with ``base_load`` (NaOH + HA = NaA + H2O), is loaded in the
    ``cells`` of extraction, scrubbed with dilute acid that joins the feed, stripped with strong acid, and goes round
    with what the strip leaves on it: solved until what comes back is what went in. The light product is the raffinate
    with its salt and acid, the heavy one the strip liquor. a and b are those given, else of ``extractant`` at
    ``volume_percent``. ``feed_ph`` is of a feed that holds no free acid; of one that does, its acid says the pH.
    """
    feed = inlets["feed"]
    name = salts_in(feed)
    if name != "chloride":
        raise PlantError(f"this liquor holds {name}s; solvent extraction is carried in chlorides here")
    metals, charge = read_salt(feed, "chloride")
    present = [int(at) for at in RE if metals[at] > 0]
    if not present:
        return Result({"light": feed, "heavy": empty(feed.temperature)})
    slope, shift = _distribution(present, metals, values)
    free = acid_kmol("hydrochloric_acid", feed["hydrochloric_acid"])
    circuit = _settled(volume(feed), metals[present], free, slope, shift, values)
    heavy = np.zeros(len(ELEMENTS))
    heavy[present] = np.minimum(circuit.heavy, metals[present])
    return _result(feed, metals, charge, heavy, free, circuit, values)


def _distribution(present: list[int], metals: Array, values: Values) -> tuple[Array, Array]:
    """Return a and b of the rare earths present: those given, else those of the extractant."""
    rows = [values["a"], values["b"]]
    lacking = [ELEMENTS[at] for at in present if any(np.isnan(row[at]) for row in rows)]
    if not lacking:
        return rows[0][present], rows[1][present]
    if not all(np.isnan(row).all() for row in rows):
        for row, what in zip(rows, "ab", strict=True):
            known(row, metals * np.isin(np.arange(len(ELEMENTS)), present), what)
    found = tables.distribution(values["extractant"], values["volume_percent"], [ELEMENTS[at] for at in present])
    return found.values[0], found.values[1]


def _settled(flow: float, rare: Array, free: float, slope: Array, shift: Array, values: Values) -> _Circuit:
    """Settle the organic loop: what the strip leaves on it comes back, and the scrub joins the feed."""
    organic = flow / values["aqueous_to_organic"]
    scrub, strip = organic * values["scrub_to_organic"], organic * values["strip_to_organic"]
    cells, scrub_cells, strip_cells = (round(values[one]) for one in ("cells", "scrub_cells", "strip_cells"))
    if scrub_cells and not scrub > 0:
        raise PlantError("there are cells of scrubbing and no scrub: an open loop; give 'scrub_to_organic' a number")
    scrub = scrub if scrub_cells else 0.0
    whole, nothing = flow + scrub, np.zeros(len(rare))
    ph_strip, ph_scrub = -np.log10(values["strip_strength"]), -np.log10(max(values["scrub_strength"], 1e-7))
    back, returned, brought = nothing, nothing, scrub * 10.0**-ph_scrub  # a scrub that has washed nothing yet
    acid = free if free > 0 else flow * 10.0 ** -values["feed_ph"]
    scale, off = float(rare.sum()), np.inf
    rounds = 0
    while rounds < _MOST_ROUNDS and not off < _SETTLED:
        rounds += 1
        ph = -np.log10(max((acid + brought) / whole, 1e-14))
        extract = solve_acid_cascade(
            (rare + returned) / whole, ph, slope, shift, whole / organic, cells, back, values["base_load"]
        )
        loaded, residual = extract.loaded, extract.residual
        if scrub_cells:
            washed = solve_acid_cascade(nothing, ph_scrub, slope, shift, scrub / organic, scrub_cells, loaded)
            returned, brought = (
                washed.raffinate * scrub,
                scrub * 10.0**-ph_scrub - 3.0 * float((washed.raffinate * scrub).sum()),
            )
            loaded, residual = washed.loaded, max(residual, washed.residual)
        stripped = solve_acid_cascade(nothing, ph_strip, slope, shift, strip / organic, strip_cells, loaded)
        heavy = stripped.raffinate * strip
        # what leaves is what was fed: any difference is still on its way round
        off = float(np.abs(extract.raffinate * whole + heavy - rare).max()) / scale
        back, residual = stripped.loaded, max(residual, stripped.residual)
    if not off < 1e-9:
        raise NotConvergedError(
            f"the organic did not settle in {_MOST_ROUNDS} rounds: what leaves is off by {off:.2g} of what is fed; "
            "strip more, or scrub less",
            off,
        )
    return _Circuit(heavy, extract, organic, scrub, strip, max(residual, off), rounds)


def _result(
    feed: Stream, metals: Array, charge: float, heavy: Array, free: float, circuit: _Circuit, values: Values
) -> Result:
    taken = float(heavy.sum())
    base = circuit.organic * values["base_load"]
    scrub_acid = circuit.scrub * values["scrub_strength"]
    strip_acid = circuit.strip * values["strip_strength"]
    left = free + 3.0 * taken + scrub_acid - base  # free acid of the raffinate, kmol/h
    alkali = values["base"]
    light = liquid_of(feed)
    light["chloride"][:] = salt("chloride", metals - heavy, charge - 3.0 * taken)
    light["hydrochloric_acid"][:] = 0.0
    bound = min(left, 0.0)  # base beyond all acid binds acid that the feed's pH stood for, at most a trace
    light["hydrochloric_acid"][:] += fixed("hydrochloric_acid", max(left, 0.0))
    lye = solution(alkali, neutral(light, alkali, "chloride", base + bound), values["base_strength"])
    if alkali == "caustic_soda":
        light["water"][:] += fixed("water", base + bound)
    light["water"][:] += lye["water"]
    acid_in = solution("hydrochloric_acid", scrub_acid + strip_acid, values["acid_strength"])
    waters = []
    for flow, acid in ((circuit.scrub, scrub_acid), (circuit.strip, strip_acid)):
        own = acid_in["water"] * (acid / (scrub_acid + strip_acid))
        waters.append(own + water_of(max(flow * DENSITY - acid * _HYDROCHLORIC - float(own.sum()), 0.0)))
    light["water"][:] += waters[0]
    unused = fixed("hydrochloric_acid", strip_acid - 3.0 * taken)
    chlorides = salt("chloride", heavy, 3.0 * taken)
    strip = of({"chloride": chlorides, "water": waters[1], "hydrochloric_acid": unused}, feed.temperature)
    drawn = {_BOUGHT[alkali]: lye, "hydrochloric acid": acid_in}
    fresh = waters[0] + waters[1] - acid_in["water"]
    if float(fresh.sum()) > 0:
        drawn["water"] = of({"water": fresh})
    light = Stream(light.flow + solid_of(feed).flow, feed.temperature)
    sizes, figures = _figures(metals, heavy, feed, circuit, values)
    return Result({"light": light, "heavy": strip}, drawn, sizes=sizes, figures=figures,
                  warnings=circuit.extract.warnings)  # fmt: skip


def _figures(
    metals: Array, heavy: Array, feed: Stream, circuit: _Circuit, values: Values
) -> tuple[tuple[Size, ...], dict[str, tuple[float, str]]]:
    rare = np.zeros(len(ELEMENTS))
    rare[RE] = metals[RE]
    light, total = rare - heavy, float(rare.sum())
    cells = sum(round(values[one]) for one in ("cells", "scrub_cells", "strip_cells"))
    hold = (values["mixer_time"] + values["settler_time"]) / 60.0
    aqueous = volume(feed) + circuit.scrub
    size = Size("rougher_extraction.mixer_settler", (circuit.organic + aqueous) * hold, "m**3", cells)
    figures = {
        "share extracted": (float(heavy.sum()) / total, "mol/mol"),
        "pH of the first cell": (float(circuit.extract.ph[0]), "1"),
        "pH of the last cell": (float(circuit.extract.ph[-1]), "1"),
        "organic": (circuit.organic, "m3/h"),
        "base for rare earths": (circuit.organic * values["base_load"] / total, "mol/mol"),
        "rounds of the organic": (float(circuit.rounds), "1"),
        "residual": (circuit.residual, "mol/mol"),
    }
    for name, row in (("heavy", heavy), ("light", light)):
        if row.sum() > 0:
            most = int(row.argmax())
            figures[f"purity of the {name} product ({ELEMENTS[most]})"] = (float(row[most] / row.sum()), "mol/mol")
    held = circuit.extract.aqueous.sum(axis=0) * aqueous + circuit.extract.organic.sum(axis=0) * circuit.organic
    present = [int(at) for at in RE if metals[at] > 0]
    figures["rare earths locked up in extraction"] = (float(held @ MASS[present]) * hold, "kg")
    return (size,), figures


_PARAMETERS = (
    Parameter("extractant", "", "extractant whose log D = a pH + b is known", form="choice",
              choices=("P507", "D2EHPA", "Cyanex 572")),
    Parameter("volume_percent", "%", "strength of the organic, by volume", least=0.1, most=100.0),
    Parameter("a", "1", "slope of log10 D over pH, instead of the extractant's", form="by_element", least=0.0,
              needed=False),
    Parameter("b", "1", "log10 D at pH 0, instead of the extractant's", form="by_element", least=-50.0, needed=False),
    Parameter("feed_ph", "1", "pH of a feed without free acid", least=-1.0, most=6.0),
    Parameter("aqueous_to_organic", "m3/m3", "feed over organic, by volume", least=0.001, most=1000.0),
    Parameter("cells", "1", "cells of extraction", least=1.0, most=200.0),
    Parameter("base_load", "kmol/m3", "base that a m3 of saponified organic brings", least=0.0, most=3.0),
    Parameter("scrub_cells", "1", "cells of scrubbing", least=0.0, most=200.0),
    Parameter("scrub_to_organic", "m3/m3", "scrub over organic, by volume", least=0.0, most=1000.0),
    Parameter("scrub_strength", "kmol/m3", "acid in the scrub", least=1e-7, most=10.0),
    Parameter("strip_cells", "1", "cells of stripping", least=1.0, most=100.0),
    Parameter("strip_to_organic", "m3/m3", "strip acid over organic, by volume", least=0.001, most=1000.0),
    Parameter("strip_strength", "kmol/m3", "strength of the strip acid", least=0.01, most=10.0),
    Parameter("acid_strength", "kg/kg", "mass share of acid in what is bought", least=0.01, most=1.0),
    Parameter("base", "", "what the extractant is saponified with", form="choice", choices=tuple(_BOUGHT)),
    Parameter("base_strength", "kg/kg", "mass share of base in what is bought", least=0.01, most=1.0),
    Parameter("mixer_time", "min", "time in a mixer", least=0.1),
    Parameter("settler_time", "min", "time in a settler", least=0.1),
)  # fmt: skip
KINDS = (
    Kind("separate_by_acid", "solvent extraction by pH", separate_by_acid,
         (Port("feed", "chloride liquor of rare earths, without iron and aluminium"),),
         (Port("light", "raffinate: what stays, with salt and acid"), Port("heavy", "strip liquor: what went over")),
         _PARAMETERS, "counter-current cells, log D = a pH + b, charges balanced in every cell, organic going round"),
)  # fmt: skip
