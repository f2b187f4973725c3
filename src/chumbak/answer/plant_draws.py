"""What is not sure of a plant, drawn: its figures over their ranges, each draw solved as the central case is.

Ranges are drawn as those of a pack are (``pack/draws.py``): low and high are the 5th and 95th percentile, the value the
median. A figure that stands in several steps with one source is one figure, and moves in all of them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chumbak.pack.draws import deviates, moved
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.faults import key_of
from chumbak.plant.flowsheet import Figure, Flowsheet
from chumbak.plant.reading import read
from chumbak.plant.solving import Solution, solve


@dataclass(frozen=True)
class Draw:
    """One draw: its number, and the plant solved with its figures, or why that plant cannot be."""

    number: int
    solution: Solution | None
    why_not: str = ""


def plant_draws(sheet: Flowsheet, draws: int, seed: int) -> Iterator[Draw]:
    """Yield solved draws of a flowsheet, in order. Raises ``PlantError`` for no draws or a negative seed."""
    if draws < 1 or seed < 0:
        raise PlantError(f"{draws} draws with seed {seed}: at least one draw and a seed from 0 are needed")
    ranged = [one for one in sheet.figures if one.low is not None or one.high is not None]
    streams = deviates({str(at): _group(one) for at, one in enumerate(ranged)}, draws, seed)
    values = {key_of(one): _drawn(sheet, one, streams[str(at)]) for at, one in enumerate(ranged)}
    for number in range(draws):
        try:
            drawn = read(sheet.told, sheet.where, {key: float(row[number]) for key, row in values.items()})
            yield Draw(number, solve(drawn))
        except NotConvergedError:
            raise
        except PlantError as error:
            yield Draw(number, None, str(error))


def _group(figure: Figure) -> str:
    return "|".join((figure.parameter, figure.of, figure.unit, figure.source))


def _drawn(sheet: Flowsheet, figure: Figure, deviate: np.ndarray) -> np.ndarray:
    least, most = _bounds(sheet, figure)
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return moved((figure.value, low, high), deviate, least, most)


def _bounds(sheet: Flowsheet, figure: Figure) -> tuple[float, float | None]:
    """Return what is possible at all: of a parameter as its unit says, of a share between 0 and 1."""
    if figure.step in {step.name for step in sheet.steps}:
        parameter = sheet.step(figure.step).kind.parameter(figure.parameter)
        if parameter is not None:
            return parameter.least, parameter.most if np.isfinite(parameter.most) else None
    return 0.0, 1.0 if figure.unit == "kg/kg" else None
