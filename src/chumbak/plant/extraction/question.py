"""A design question as a file asks it: a feed, an extractant, cuts, a purity and a recovery; and its answer.

::

    design: neodymium from praseodymium
    extractant: P507                      # or 'factors: {Pr: 1, Nd: 1.4}', the least extracted as 1
    feed: {kg_per_h: 40, oxides: {Pr: 0.25, Nd: rest}, source: where the feed comes from}
    cuts: [Nd]                            # the least extracted element of each heavy side
    purity: 0.999                         # of the heavy product, mol/mol
    recovery: 0.999                       # of the heavy elements in it, mol/mol
    over_least: 1.2                       # organic over the least; left out, what locks up least is sought
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chumbak.elements.masses import oxide_of
from chumbak.plant.components import MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.design import Part, sensitivity, train
from chumbak.plant.extraction.inventory import locked_up, reagents
from chumbak.plant.extraction.limits import fewest_stages, key_factor
from chumbak.plant.extraction.tables import Row, factors, practice
from chumbak.plant.faults import Faults, figure, mapping
from chumbak.plant.flowsheet import Figure
from chumbak.plant.reading import shares_of
from chumbak.plant.stream import salts

FIELDS = ("design", "extractant", "factors", "feed", "cuts", "purity", "recovery", "over_least", "notes")


@dataclass(frozen=True)
class Question:
    """What is asked. ``feed`` is mol/h and ``factors`` are against the first element, both in the order of extraction.

    ``rows`` are the separation factors that were looked up; ``figures`` what the file itself says.
    """

    name: str
    extractant: str
    elements: tuple[str, ...]
    feed: Array
    factors: Array
    rows: tuple[Row, ...]
    cuts: tuple[str, ...]
    purity: float
    recovery: float
    over_least: float | None
    figures: tuple[Figure, ...]


def read_question(given: object, where: str) -> Question:
    """Read a design question. Raises ``PlantError`` with every fault, a line each."""
    faults = Faults(where, {})
    told = mapping(given, "top", faults)
    faults.known(told, FIELDS, "top")
    figures: list[Figure] = []
    numbers: dict[str, float | None] = {}
    for name in ("purity", "recovery", "over_least"):
        numbers[name] = None
        if told.get(name) is None:
            if name != "over_least":
                faults.add(name, "is missing: say what is wanted, above 0 and below 1")
            continue
        one = figure(told[name], Figure("design", name, "", 0.0, None, None, "mol/mol", "", ""), faults)
        if one is not None:
            figures.append(one)
            numbers[name] = one.value
    feed = mapping(told.get("feed"), "feed", faults)
    faults.known(feed, ("kg_per_h", "oxides", "source", "verification"), "feed")
    about = {key: feed[key] for key in ("source", "verification") if key in feed}
    flow = figure({**about, "value": feed.get("kg_per_h")},
                  Figure("feed", "kg_per_h", "", 0.0, None, None, "kg/h of oxides", "", ""), faults)  # fmt: skip
    shares = shares_of("feed", "oxides", mapping(feed.get("oxides"), "feed", faults), about, figures, faults)
    if flow is not None and not flow.value > 0:
        faults.add("feed", f"{flow.value:g} kg/h of oxides is fed; give more than 0")
    faults.stop()
    assert flow is not None
    figures.append(flow)
    held = [name for name, share in shares.items() if share > 0]
    if len(held) < 2:
        raise PlantError(f"{where}, feed: there are {len(held)} elements; a cascade parts two or more")
    known, rows = _factors(told, held, where)
    held.sort(key=lambda name: known[name])
    beta = np.array([known[name] / known[held[0]] for name in held])
    moles = np.array([1000.0 * flow.value * shares[name] / _oxide(name) for name in held])
    cuts = told.get("cuts")
    if not isinstance(cuts, list) or not cuts:
        raise PlantError(f"{where}, cuts: name the least extracted element of each heavy side, such as [{held[-1]}]")
    for cut in cuts:
        if cut not in held[1:]:
            raise PlantError(f"{where}, cuts: '{cut}' cannot be cut at; there are {', '.join(held[1:])}")
    purity, recovery = numbers["purity"], numbers["recovery"]
    assert purity is not None
    assert recovery is not None
    return Question(
        str(told.get("design") or where), str(told.get("extractant") or "factors as given"), tuple(held), moles, beta,
        rows, tuple(str(one) for one in cuts), purity, recovery, numbers["over_least"], tuple(figures),
    )  # fmt: skip


def _oxide(name: str) -> float:
    """Return the g of oxide that hold a mol of an element."""
    at = element(name)
    metals = np.zeros(len(MASS))
    metals[at] = 1.0
    oxide_of(name)  # refuses what has no customary oxide
    return float(salts("oxide", metals).sum())


def _factors(told: Mapping[str, Any], held: list[str], where: str) -> tuple[dict[str, float], tuple[Row, ...]]:
    own = told.get("factors")
    if own is None:
        if not told.get("extractant"):
            raise PlantError(f"{where}: name an 'extractant', or give the 'factors' of the elements")
        found = factors(str(told["extractant"]), held)
        return dict(zip(held, (float(one) for one in found.values), strict=True)), found.rows
    if not isinstance(own, Mapping):
        raise PlantError(f"{where}, factors: write an element and its factor each: {{Pr: 1, Nd: 1.4}}")
    lacking = [name for name in held if name not in own]
    if lacking:
        raise PlantError(f"{where}, factors: {', '.join(lacking)} has none")
    known = {}
    for name in held:
        try:
            known[name] = float(own[name])
        except (TypeError, ValueError):
            known[name] = float("nan")
        if not 0 < known[name] < float("inf"):
            raise PlantError(f"{where}, factors: {name} is '{own[name]}'; write a number above 0")
    return known, ()


def answer_question(question: Question, sensitive: bool = True) -> dict[str, Any]:
    """Return the cascades that do what is asked, as plain data, with the checks beside them."""
    cuts = [question.elements.index(cut) for cut in question.cuts]
    parts, left = train(
        question.feed, question.factors, cuts, question.purity, question.recovery, question.over_least
    )  # fmt: skip
    hours = {name: float(practice(name)["value"]) for name in ("mixer", "settler", "base", "acid")}
    return {
        "kind": "design of solvent extraction",
        "design": question.name,
        "extractant": question.extractant,
        "convention": (
            "Shares are mol/mol of rare earths, flows mol/h; purity and recovery are of the heavy side; stages are "
            "ideal; reagents count what goes round as reflux every time it is loaded and stripped"
        ),
        "elements": list(question.elements),
        "factors": [float(one) for one in question.factors],
        "feed_mol_per_h": [float(one) for one in question.feed],
        "cascades": [_part(question, one, hours, sensitive) for one in parts],
        "streams": {
            f"{question.elements[first]} to {question.elements[last]}" if first != last else question.elements[first]: {
                name: float(1e-3 * amount * MASS[element(name)])
                for name, amount in zip(question.elements, stream, strict=True)
            }
            for (first, last), stream in sorted(left.items())
        },
        "streams_unit": "kg/h of each element",
        "figures": [
            {"figure": " ".join(part for part in (one.step, one.parameter, one.of) if part), "value": one.value,
             "unit": one.unit, "source": one.source, "verification": one.verification}
            for one in question.figures
        ] + [
            {"figure": f"separation factor {row['heavier']}/{row['lighter']}", "value": float(row["value"]),
             "unit": "1", "source": row["source"], "verification": row["verification"]}
            for row in question.rows
        ] + [
            {"figure": name, "value": value, "unit": practice(name)["unit"], "source": practice(name)["source"],
             "verification": practice(name)["verification"]}
            for name, value in hours.items()
        ],
    }  # fmt: skip


def _part(question: Question, part: Part, usual: Mapping[str, float], sensitive: bool) -> dict[str, Any]:
    made = part.design
    solved, cut = made.solved, made.cut
    names = question.elements
    masses = np.array([MASS[element(name)] for name in names])
    light = solved.purity(range(cut), product=False)
    key = key_factor(question.factors, cut)
    held = locked_up(solved, usual["mixer"], usual["settler"])
    used = reagents(solved, masses, usual["base"], usual["acid"])
    told: dict[str, Any] = {
        "cut": f"{names[cut]}/{names[cut - 1]}",
        "of": f"{names[part.first]} to {names[part.last]}",
        "key_factor": key,
        "stages_of_extraction": made.extract,
        "stages_of_scrubbing": made.scrub,
        "organic_mol_per_h": made.organic,
        "organic_over_least": made.organic / made.least,
        "purity": made.purity,
        "recovery": made.recovery,
        "purity_of_the_light": light,
        "checks": {
            "least_organic_mol_per_h": made.least,
            "least_organic_of_a_pair_mol_per_h": _pair(part, key),
            "fewest_stages_fenske": fewest_stages(min(made.purity, 1 - 1e-15), min(light, 1 - 1e-15), key),
        },
        "base_mol_per_kg": used.base_per_kg,
        "acid_mol_per_kg": used.acid_per_kg,
        "reagents_unit": "mol for each kg of rare earth in the heavy product",
        "locked_up_kg": {name: float(1e-3 * one * mass) for name, one, mass in zip(names, held, masses, strict=True)},
        "residual": solved.residual,
    }
    if sensitive:
        came = solved.product + solved.raffinate
        slope = sensitivity(
            came, question.factors, cut, made.extract, made.scrub, made.organic, float(solved.product.sum())
        )  # fmt: skip
        told["sensitivity"] = {
            "d_purity_for_1_percent_of_the_key_factor": 0.01 * float(slope[cut:].sum()),
            "unit": "mol/mol, stages and flows kept",
        }
    return told


def _pair(part: Part, key: float) -> float:
    """Return the least organic if the two sides were one element each: heavy + 1/(factor - 1), times what is fed."""
    came = part.design.solved.product + part.design.solved.raffinate
    return float(came[part.design.cut :].sum() + came.sum() / (key - 1.0))
