"""What the terminal shows of a plant."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from chumbak.report import plant_words
from chumbak.report.grid import Grid
from chumbak.report.screen import screen


def show_known(document: Mapping[str, Any]) -> None:
    """Print the flowsheets that come along, and the kinds of units."""
    rows: plant_words.Rows = list(document["flowsheets"].items())
    screen().print(Grid("Flowsheets that come along: chumbak plant solve NAME", ("name", "what"), rows, words=2))
    rows = [(name, one["what"], one["physics"]) for name, one in document["units"].items()]
    screen().print(Grid("Kinds of units: chumbak plant unit KIND", ("kind", "what", "rests on"), rows, words=3))


def show_unit(document: Mapping[str, Any]) -> None:
    """Print a kind of unit: its ports, its parameters, their usual values."""
    sys.stdout.write(f"{document['unit']}: {document['what']}. {document['physics']}.\n")
    for side in ("in", "out"):
        for name, one in document[side].items():
            optional = "" if one.get("needed", True) else " (may be left open)"
            sys.stdout.write(f"  {side:<4}{name}: {one['what']}{optional}\n")
    rows = plant_words.parameter_rows(document)
    heads = ("parameter", "what", "of", "usual", "how sure", "source")
    screen().print(Grid("Parameters; --json has ranges and scope", heads, rows, words=6))


def show_solution(document: Mapping[str, Any]) -> None:
    """Print a solved flowsheet: sentences, streams, the balance."""
    sys.stdout.write(f"{document['title']}\n")
    for sentence in plant_words.sentences(document):
        sys.stdout.write(f"  {sentence}\n")
    for warning in document["warnings"]:
        sys.stdout.write(f"  Mind: {warning}\n")
    headings, rows = plant_words.stream_rows(document)
    shown = [(row[0], row[1], row[2], row[5], row[3]) for row in rows]
    heads = (headings[0], headings[1], headings[2], headings[5], headings[3])
    screen().print(Grid("Streams while it runs; --json has every element", heads, shown, words=4))
    if "ranges" in document:
        headings, rows = plant_words.range_rows(document)
        screen().print(Grid(plant_words.ranges_sentence(document), headings, rows, words=2))
    headings, rows = plant_words.balance_rows(document, every=False)
    screen().print(Grid("Balance, kg/h of each element; --page FILE.html shows it by stream", headings, rows))


def show_costs(document: Mapping[str, Any]) -> None:
    """Print what a plant costs: sentences, headline numbers, lines."""
    sys.stdout.write(f"{document['title']}\n")
    for sentence in plant_words.cost_sentences(document):
        sys.stdout.write(f"  {sentence}\n")
    headings, rows = plant_words.headline_rows(document)
    screen().print(Grid(f"What it comes to, {document['money']}", headings, rows))
    headings, rows = plant_words.line_rows(document)
    screen().print(Grid("Lines; --json has how each was reckoned and its source", headings, rows, words=2))


def show_design(document: Mapping[str, Any]) -> None:
    """Print cascades with their checks, or the extraction steps of a flowsheet."""
    sys.stdout.write(f"{document['design']} ({document['extractant']})\n")
    for sentence in plant_words.design_sentences(document):
        sys.stdout.write(f"  {sentence}\n")
    headings, rows = plant_words.design_rows(document)
    screen().print(Grid(document["convention"], headings, rows))


def show_recipe(document: Mapping[str, Any]) -> None:
    """Print recoveries by process and element beside those of the pack."""
    rows = [
        (
            process, element, f"{one['recovery']:.4f}",
            "-" if one["low"] is None else f"{one['low']:.3f} to {one['high']:.3f}",
            "-" if one["in_pack"] is None else f"{one['in_pack']['recovery']:.3f}", one["verdict"],
        )
        for process, by in document["recipes"].items()
        for element, one in by.items()
    ]  # fmt: skip
    heads = ("process", "of", "plant", "range", "pack", "verdict")
    title = f"Recoveries of '{document['flowsheet']}' for the chain of the pack '{document['pack']}', kg/kg"
    screen().print(Grid(title, heads, rows, words=2))
    if document["draws_that_cannot_be"]:
        sys.stdout.write(f"{len(document['draws_that_cannot_be'])} of {document['draws']} draws cannot be: ")
        sys.stdout.write(f"{document['draws_that_cannot_be'][0]}\n")
