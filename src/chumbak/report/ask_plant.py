"""Asking about plants: files read, flowsheets solved, answers printed, pages written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.report.mistakes import MistakeError

if TYPE_CHECKING:
    from chumbak.plant.flowsheet import Flowsheet


def ask_list(as_json: bool) -> None:
    """Print the flowsheets that come along, and the kinds of units."""
    from chumbak.plant.document import known_document

    with sentences():
        document = known_document()
    if as_json:
        print_json(document)
    else:
        from chumbak.report.plant_terminal import show_known

        show_known(document)


def ask_unit(kind: str, as_json: bool) -> None:
    """Print a kind of unit: ports, parameters, usual values. Raises ``MistakeError``."""
    from chumbak.plant.document import unit_document
    from chumbak.plant.units import kind_of

    with sentences():
        document = unit_document(kind_of(kind))
    if as_json:
        print_json(document)
    else:
        from chumbak.report.plant_terminal import show_unit

        show_unit(document)


def ask_solve(file: str, page: Path | None, draws: int, seed: int, as_json: bool) -> None:
    """Print a solved flowsheet, and write its page if asked. Raises ``MistakeError``."""
    from chumbak.plant.document import solution_document
    from chumbak.plant.solving import solve

    with sentences():
        solution = solve(flowsheet(file))
        document = solution_document(solution)
        if draws:
            from chumbak.answer.plant_ranges import plant_ranges

            document["ranges"] = plant_ranges(solution, draws, seed)
    if page is not None:
        from chumbak import __version__
        from chumbak.plant.cost_document import cost_document
        from chumbak.plant.costing import cost
        from chumbak.report.plant_page import plant_page

        with sentences():
            costs = None if solution.flowsheet.terms is None else cost_document(cost([solution]))
        _write(page, plant_page(document, __version__, costs))
    if as_json:
        print_json(document)
    else:
        from chumbak.report.plant_terminal import show_solution

        show_solution(document)


def ask_cost(file: str, draws: int, seed: int, as_json: bool) -> None:
    """Print what a plant costs. Raises ``MistakeError``."""
    from chumbak.answer.plant_draws import plant_draws, processes
    from chumbak.plant.cost_document import cost_document
    from chumbak.plant.costing import cost, cost_of
    from chumbak.plant.quantities import quantities
    from chumbak.plant.solving import solve

    with sentences():
        sheet = flowsheet(file)
        central = cost([solve(sheet)])
        drawn, failed = None, []
        if draws:
            with processes(draws) as executor:
                every = list(plant_draws(sheet, draws, seed, quantities, executor))
            failed = [f"draw {one.number}: {one.why_not}" for one in every if one.found is None]
            solved = [one.found for one in every if one.found is not None]
            if not solved:
                raise PlantError(f"none of the {draws} draws can be: {failed[0]}")
            drawn = cost_of(sheet, solved)
        document = {"flowsheet": sheet.name, "title": sheet.title, **cost_document(central, drawn, draws, seed)}
        document["draws_that_cannot_be"] = failed
    if as_json:
        print_json(document)
    else:
        from chumbak.report.plant_terminal import show_costs

        show_costs(document)


def ask_design(file: str, draws: int, seed: int, as_json: bool) -> None:
    """Print cascades that do what a file asks, or those of the cuts of a flowsheet. Raises ``MistakeError``."""
    from chumbak.answer.plant_design import plant_design

    with sentences():
        document = plant_design(file, draws, seed)
    if as_json:
        print_json(document)
    else:
        from chumbak.report.plant_terminal import show_design

        show_design(document)


def ask_recipe(file: str, name: str | None, draws: int, seed: int, out: Path | None, as_json: bool) -> None:
    """Print the recipe that a plant gives a pack's chain, and write it as an overlay. Raises ``MistakeError``."""
    from chumbak.answer.plant_recipe import plant_recipes
    from chumbak.pack import load
    from chumbak.report.ask_calibrate import overlay_table
    from chumbak.report.terminal import only_pack

    pack = load(name or only_pack())
    with sentences():
        document = plant_recipes(flowsheet(file), pack, draws, seed)
    if out is not None:
        _write(out, overlay_table(document["overlay"]))
    if as_json:
        print_json(document)
    else:
        from chumbak.report.plant_terminal import show_recipe

        show_recipe(document)
        if out is not None:
            from chumbak.report.terminal import complain

            complain(f"Wrote {out}. Use it: chumbak run {pack.name} --overlay {out}")


def flowsheet(file: str) -> Flowsheet:
    """Read a flowsheet: a file, or one that comes along by its name. Raises ``PlantError``."""
    from chumbak.plant.ready import load, ready

    return load(Path(file)) if Path(file).suffix in (".yaml", ".yml") else ready(file)


@contextmanager
def sentences() -> Iterator[None]:
    """Hand on what is wrong with what was asked as a mistake of the user's."""
    try:
        yield
    except NotConvergedError as error:
        raise MistakeError(f"Not solved: {error}") from None
    except PlantError as error:
        raise MistakeError(str(error)) from None


def print_json(document: object) -> None:
    """Print a document as JSON."""
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise MistakeError(f"Cannot write '{path}': {error.strerror or error}.") from None
