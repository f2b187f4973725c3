"""Solvent extraction designed: a question from a file, or the cuts of a flowsheet; ranges over those of the factors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chumbak.answer.plant_draws import plant_draws, processes
from chumbak.answer.plant_ranges import PERCENTILES
from chumbak.pack.draws import deviates, moved
from chumbak.plant.components import ELEMENTS, MASS, RE, Array
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.question import Question, answer_question, read_question
from chumbak.plant.ready import load, ready, said
from chumbak.plant.solving import Solution, solve

RANGED = ("stages_of_extraction", "stages_of_scrubbing", "organic_mol_per_h", "base_mol_per_kg", "acid_mol_per_kg")
CUT = "separate"


def plant_design(file: str, draws: int, seed: int) -> dict[str, Any]:
    """Return the answer to a design question, or the cuts of a flowsheet designed anew. Raises ``PlantError``.

    ``file`` is a YAML file of either, or the name of a flowsheet that comes along.
    """
    path = Path(file)
    told = said(path) if path.suffix in (".yaml", ".yml") else None
    if told is None or (isinstance(told, dict) and ("flowsheet" in told or "like" in told)):
        sheet = load(path) if told is not None else ready(file)
        document = _merged([answer_question(one) for one in _questions(solve(sheet))])
        if draws:
            with processes(draws) as executor:
                every = list(plant_draws(sheet, draws, seed, _cuts, executor))
            failed = [f"draw {one.number}: {one.why_not}" for one in every if one.found is None]
            _tell_ranges(document, [one.found for one in every if one.found is not None], failed, draws, seed)
        return document
    question = read_question(told, path.name)
    document = answer_question(question)
    if draws:
        _add_ranges(document, question, draws, seed)
    return document


def _cuts(solution: Solution) -> list[dict[str, Any]]:
    """Return the cascades of the cuts of a solved flowsheet."""
    return [part for one in _questions(solution) for part in answer_question(one, sensitive=False)["cascades"]]


def _questions(solved: Solution) -> list[Question]:
    """Return a question for each cut of a flowsheet: what comes to it, its factors, the purity that it asks for."""
    sheet = solved.flowsheet
    found = []
    for step in sheet.steps:
        if step.kind.name != CUT:
            continue
        if step.values.get("purity") is None:
            raise PlantError(f"step '{step.name}' states its stages and no purity: there is nothing to design")
        streams = [solved.streams[name] for names in step.inlets.values() for name in names]
        metals = sum((one["chloride"] for one in streams), start=np.zeros(len(ELEMENTS)))
        held = [at for at in RE if metals[at] > 1e-6 * metals[RE].sum()]
        held.sort(key=lambda at: float(step.values["factor"][at]))
        beta = np.array([step.values["factor"][at] for at in held])
        names = tuple(ELEMENTS[at] for at in held)
        if step.values["cut"] not in names[1:]:
            raise PlantError(f"step '{step.name}' cuts at {step.values['cut']}, which does not come to it")
        purity = float(step.values["purity"])
        found.append(
            Question(
                step.name, "factors of the flowsheet", names, np.array([1000.0 * metals[at] / MASS[at] for at in held]),
                beta / beta[0], (), (step.values["cut"],), purity, purity, float(step.values["organic_over_least"]),
                tuple(one for one in sheet.figures if one.step == step.name and (one.of in names or not one.of)),
            )
        )  # fmt: skip
    if not found:
        raise PlantError(
            f"the flowsheet '{sheet.name}' has no step of the kind '{CUT}', and it is no design question; see "
            "examples/plant_design.yaml"
        )
    return found


def _merged(documents: list[dict[str, Any]]) -> dict[str, Any]:
    whole = dict(documents[0])
    whole["design"] = ", ".join(one["design"] for one in documents)
    whole["cascades"] = [part for one in documents for part in one["cascades"]]
    whole["streams"] = {f"{one['design']}: {name}": row for one in documents for name, row in one["streams"].items()}
    whole["elements"] = {one["design"]: one["elements"] for one in documents}
    whole["factors"] = {one["design"]: one["factors"] for one in documents}
    whole["feed_mol_per_h"] = {one["design"]: one["feed_mol_per_h"] for one in documents}
    seen = {str(one): one for document in documents for one in document["figures"]}
    whole["figures"] = list(seen.values())
    return whole


def _add_ranges(document: dict[str, Any], question: Question, draws: int, seed: int) -> None:
    """Design again for draws over the ranges of the separation factors, as ranges of a pack are drawn."""
    ranged = [row for row in question.rows if row["low"] or row["high"]]
    if not ranged:
        raise PlantError("no separation factor here has a range: there is nothing to draw")
    streams = deviates({str(at): str(at) for at in range(len(ranged))}, draws, seed)
    found: list[list[dict[str, Any]]] = []
    failed: list[str] = []
    for number in range(draws):
        logs: Array = np.log(question.factors)
        for at, row in enumerate(ranged):
            value = float(row["value"])
            sides = (value, float(row["low"] or value), float(row["high"] or value))
            drawn = float(moved(sides, streams[str(at)][number : number + 1], 1.0 + 1e-6, None)[0])
            logs = logs + _above(question, row["lighter"], row["heavier"]) * np.log(drawn / value)
        try:
            found.append(answer_question(replace(question, factors=np.exp(logs)), sensitive=False)["cascades"])
        except PlantError as error:
            failed.append(f"draw {number}: {error}")
    _tell_ranges(document, found, failed, draws, seed)


def _tell_ranges(
    document: dict[str, Any], found: list[list[dict[str, Any]]], failed: list[str], draws: int, seed: int
) -> None:
    """Add to each cascade the percentiles of what the draws found for it."""
    document["draws"], document["seed"], document["draws_that_cannot_be"] = draws, seed, failed
    for at, one in enumerate(document["cascades"]):
        one["range"] = {
            key: {
                name: float(np.percentile([each[at][key] for each in found], level))
                for name, level in PERCENTILES.items()
            }
            for key in RANGED
            if found
        }


def _above(question: Question, lighter: str, heavier: str) -> Array:
    """Return 1 for each element that moves with the factor of a pair: those extracted as well as its heavier."""
    order = {name: at for at, name in enumerate(question.elements)}
    first = order.get(heavier, order.get(lighter, -1) + 1)
    return (np.arange(len(question.elements)) >= first).astype(float)
