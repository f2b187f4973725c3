"""What a solved flowsheet says, as plain data: streams, steps, the balance of every element, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chumbak.plant.components import COMPONENTS, ELEMENT, ELEMENTS, RARE_EARTHS, Array
from chumbak.plant.flowsheet import Figure, Step
from chumbak.plant.parameters import usual
from chumbak.plant.ready import names, ready
from chumbak.plant.solving import Solution
from chumbak.plant.stream import Stream
from chumbak.plant.unit import Kind, Result
from chumbak.plant.units import kinds

CONVENTION = (
    "Flows are kg/h while the plant runs, of each element in each component; what a plant draws beside its feeds and "
    "what leaves it are told apart; temperatures are degrees Celsius; heat and power are kW put in."
)
UNSURE = ("recalled", "judgement", "convention")


def known_document() -> dict[str, Any]:
    """Return the flowsheets that come along, with their titles, and the kinds of units, with what they are."""
    return {
        "kind": "flowsheets and units",
        "flowsheets": {name: ready(name).title for name in names()},
        "units": {name: {"what": kind.words, "physics": kind.physics} for name, kind in kinds().items()},
    }


def unit_document(kind: Kind) -> dict[str, Any]:
    """Return a kind of unit: its ports, and its parameters with their usual values and sources."""
    return {
        "kind": "unit of a plant",
        "unit": kind.name,
        "what": kind.words,
        "physics": kind.physics,
        "in": {port.name: {"what": port.words, "needed": port.needed} for port in kind.inlets},
        "out": {port.name: {"what": port.words} for port in kind.outlets},
        "parameters": {
            one.name: {
                "what": one.words, "unit": one.unit, "form": one.form, "choices": list(one.choices),
                "needed": one.needed,
                "usual": [
                    {key: row[key] for key in ("of", "value", "low", "high", "scope", "source", "verification")}
                    for row in usual().get((kind.name, one.name), ())
                ],
            }
            for one in kind.parameters
        },
    }  # fmt: skip


def solution_document(solution: Solution) -> dict[str, Any]:
    """Return what a solved flowsheet says."""
    sheet = solution.flowsheet
    comes_from = {name: step.name for step in sheet.steps for name in step.outlets.values()}
    goes_to = {name: step.name for step in sheet.steps for names in step.inlets.values() for name in names}
    leaving = solution.leaving()
    rested = rests_on(solution)
    return {
        "kind": "solved flowsheet",
        "flowsheet": sheet.name,
        "title": sheet.title,
        "hours_per_year": sheet.hours,
        "convention": CONVENTION,
        "solve": {
            "residual": solution.residual,
            "worst_imbalance": solution.imbalance,
            "unit": "relative to what comes in of the element",
            "passes": solution.passes,
            "feeds_scaled_by": solution.scale,
        },
        "streams": {
            name: {
                "from": comes_from.get(name, "feed"),
                "to": goes_to.get(name),
                "role": _role(name, sheet.feeds, sheet.products, sheet.wastes, leaving),
                **_stream(stream),
            }
            for name, stream in solution.streams.items()
        },
        "drawn": {name: _stream(stream) for name, stream in sorted(solution.drawn().items())},
        "steps": {step.name: _step(step, solution.results[step.name]) for step in sheet.steps},
        "balance": balance(solution),
        "products": {name: product(solution, name) for name in sheet.products},
        "heat_kW": sum(one.heat for one in solution.results.values()),
        "power_kW": sum(one.power for one in solution.results.values()),
        "warnings": [
            f"{step.name}: {warning}" for step in sheet.steps for warning in solution.results[step.name].warnings
        ],
        "figures": [_figure(one) for one in rested],
        "rests_on": {
            "figures": len(rested),
            "unsure": sum(one.verification in UNSURE for one in rested),
            "convention": "unsure: recalled, a judgement or a convention, not read in its source",
        },
        "notes": list(sheet.notes),
    }


def rests_on(solution: Solution) -> list[Figure]:
    """Return the figures that a solution rests on: those of the file, but for elements that a step never sees."""
    seen = {
        step.name: sum(
            (solution.streams[name].elements() for names in step.inlets.values() for name in names),
            start=sum(
                (one.elements() for one in solution.results[step.name].drawn.values()), start=np.zeros(len(ELEMENTS))
            ),
        )
        for step in solution.flowsheet.steps
    }
    return [
        one
        for one in solution.flowsheet.figures
        if one.step not in seen or one.of not in ELEMENT or seen[one.step][ELEMENT[one.of]] > 0
    ]


def balance(solution: Solution) -> dict[str, Any]:
    """Return what comes in and goes out of the plant by element, kg/h."""
    sheet = solution.flowsheet
    columns: dict[str, Array] = {f"feed {name}": solution.streams[name].elements() for name in sheet.feeds}
    columns |= {f"drawn {name}": stream.elements() for name, stream in sorted(solution.drawn().items())}
    comes = sum(columns.values(), start=np.zeros(len(ELEMENTS)))
    leaving = {name: stream.elements() for name, stream in solution.leaving().items()}
    goes = sum(leaving.values(), start=np.zeros(len(ELEMENTS)))
    live = np.flatnonzero((comes > 0) | (goes > 0))
    return {
        "unit": "kg/h",
        "elements": [ELEMENTS[at] for at in live],
        "in": {name: [float(row[at]) for at in live] for name, row in columns.items()},
        "out": {name: [float(row[at]) for at in live] for name, row in leaving.items()},
        "difference": [float(goes[at] - comes[at]) for at in live],
    }


def product(solution: Solution, name: str) -> dict[str, Any]:
    """Return a product: its flow, its yearly mass, what it is made of, and the share that it holds of what comes in."""
    sheet, stream = solution.flowsheet, solution.streams[name]
    comes = (*(solution.streams[feed] for feed in sheet.feeds), *solution.drawn().values())
    fed = sum((one.elements() for one in comes), start=np.zeros(len(ELEMENTS)))
    held, total = stream.elements(), stream.total()
    live = np.flatnonzero(held > 1e-12 * max(total, 1e-300))
    return {
        "what": sheet.products[name],
        "kg_per_h": total,
        "t_per_year": total * sheet.hours / 1000.0,
        "mass_shares": {ELEMENTS[at]: float(held[at] / total) for at in live} if total > 0 else {},
        "share_of_what_comes_in": {ELEMENTS[at]: float(held[at] / fed[at]) for at in live if fed[at] > 0},
    }


def measures(solution: Solution) -> dict[tuple[str, str, str], float]:
    """Return the numbers that a plant is judged by, by what they are, of which stream, product or purchase, and unit.

    What each product makes a year, what it is made of, its purity and recoveries; feeds, what is drawn and what leaves
    otherwise; power and heat.
    """
    sheet, told = solution.flowsheet, {}
    for name in sheet.products:
        one = product(solution, name)
        told["made", name, "t/a"] = one["t_per_year"]
        held, won = one["mass_shares"], one["share_of_what_comes_in"]
        rare = sum(held.get(key, 0.0) for key in RARE_EARTHS)
        told |= {(f"share of {key}", name, "kg/kg"): share for key, share in held.items()}
        told |= {(f"{key} of its rare earths", name, "kg/kg"): held[key] / rare for key in RARE_EARTHS if key in held}
        told |= {(f"recovery of {key}", name, "kg/kg"): won[key] for key in RARE_EARTHS if key in won}
    for name in sheet.feeds:
        told["fed", name, "kg/h"] = solution.streams[name].total()
    for name, stream in sorted(solution.drawn().items()):
        told["drawn", name, "kg/h"] = stream.total()
    for name, stream in solution.leaving().items():
        if name not in sheet.products:
            told["leaves", name, "kg/h"] = stream.total()
    told["power", "", "kW"] = sum(one.power for one in solution.results.values())
    told["heat", "", "kW"] = sum(one.heat for one in solution.results.values())
    return told


def _role(name: str, feeds: Mapping[str, Any], products: Mapping[str, str], wastes: Mapping[str, str],
          leaving: Mapping[str, Stream]) -> str:  # fmt: skip
    if name in feeds:
        return "feed"
    if name in products:
        return "product"
    if name in wastes:
        return "waste"
    return "leaves" if name in leaving else "inside"


def _stream(stream: Stream) -> dict[str, Any]:
    parts = {}
    for at in np.flatnonzero(stream.flow.sum(axis=1) > 0):
        row = stream.flow[at]
        parts[COMPONENTS[at]] = {ELEMENTS[one]: float(row[one]) for one in np.flatnonzero(row)}
    return {"kg_per_h": stream.total(), "temperature_C": stream.temperature, "components_kg_per_h": parts}


def _step(step: Step, result: Result) -> dict[str, Any]:
    return {
        "kind": step.kind.name,
        "what": step.words,
        "physics": step.kind.physics,
        "in": {port: list(names) for port, names in step.inlets.items()},
        "out": dict(step.outlets),
        "drawn_kg_per_h": {name: stream.total() for name, stream in result.drawn.items()},
        "heat_kW": result.heat,
        "power_kW": result.power,
        "sizes": [
            {"equipment": one.equipment, "size": one.size, "unit": one.unit, "count": one.count} for one in result.sizes
        ],
        "figures": {name: {"value": value, "unit": unit} for name, (value, unit) in result.figures.items()},
        "warnings": list(result.warnings),
    }


def _figure(one: Figure) -> dict[str, Any]:
    return {
        "step": one.step, "parameter": one.parameter, "of": one.of, "value": one.value, "low": one.low,
        "high": one.high, "unit": one.unit, "source": one.source, "verification": one.verification,
    }  # fmt: skip
