"""Geometry of finished magnets: volume, surface, and the part of a sintered block that a piece takes. Millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Any

from chumbak.plant.errors import PlantError
from chumbak.plant.unit import Parameter

GIVEN = "given"
# Which dimensions each shape has: thickness is along the magnetisation, length of an arc along its axis.
DIMENSIONS = {
    "block": ("length", "width", "thickness"),
    "disc": ("outer_diameter", "thickness"),
    "ring": ("outer_diameter", "inner_diameter", "thickness"),
    "arc": ("outer_radius", "inner_radius", "angle", "length"),
    GIVEN: (),
}
SHAPE_PARAMETERS = (
    Parameter("shape", "", "shape of a finished piece; 'given' where its share is stated instead", form="choice",
              choices=tuple(DIMENSIONS)),
    Parameter("length", "mm", "length; of an arc, along its axis", least=0.01, needed=False),
    Parameter("width", "mm", "width", least=0.01, needed=False),
    Parameter("thickness", "mm", "thickness", least=0.01, needed=False),
    Parameter("outer_diameter", "mm", "outer diameter", least=0.01, needed=False),
    Parameter("inner_diameter", "mm", "inner diameter", least=0.01, needed=False),
    Parameter("outer_radius", "mm", "outer radius", least=0.01, needed=False),
    Parameter("inner_radius", "mm", "inner radius", least=0.01, needed=False),
    Parameter("angle", "deg", "angle that an arc spans", least=0.1, most=180.0, needed=False),
)  # fmt: skip

SURFACE_PARAMETERS = (
    *SHAPE_PARAMETERS,
    Parameter("surface", "m2/kg", "surface of a kg of magnets, where no shape is given", needed=False),
    Parameter("density", "t/m3", "density of a magnet", least=1.0, most=9.0),
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A finished piece: volume mm3, surface mm2, smallest thickness mm, and its shape with its dimensions."""

    volume: float
    surface: float
    thickness: float
    shape: str
    sizes: tuple[float, ...]


def piece_of(values: Mapping[str, Any]) -> Piece | None:
    """Return the finished piece that a unit is told of; nothing for the shape 'given'. Raises ``PlantError``."""
    shape = values["shape"]
    lacking = [name for name in DIMENSIONS[shape] if values[name] is None]
    if lacking:
        raise PlantError(f"the shape '{shape}' lacks {', '.join(repr(name) for name in lacking)}; give it in mm")
    sizes = tuple(float(values[name]) for name in DIMENSIONS[shape])
    if shape == "block":
        long, wide, thick = sizes
        return Piece(long * wide * thick, 2.0 * (long * wide + long * thick + wide * thick), min(sizes), shape, sizes)
    if shape in ("disc", "ring"):
        outer, inner, thick = (sizes[0], 0.0, sizes[1]) if shape == "disc" else sizes
        if inner >= outer:
            raise PlantError(f"the inner diameter, {inner:g} mm, is not less than the outer, {outer:g} mm")
        face = pi / 4.0 * (outer**2 - inner**2)
        wall = thick if shape == "disc" else min(thick, (outer - inner) / 2.0)
        return Piece(face * thick, 2.0 * face + pi * (outer + inner) * thick, wall, shape, sizes)
    if shape == "arc":
        outer, inner, angle, long = sizes
        if inner >= outer:
            raise PlantError(f"the inner radius, {inner:g} mm, is not less than the outer, {outer:g} mm")
        face = radians(angle) / 2.0 * (outer**2 - inner**2)
        around = radians(angle) * (outer + inner) + 2.0 * (outer - inner)
        return Piece(face * long, 2.0 * face + around * long, min(outer - inner, long), shape, sizes)
    return None


def surface_of(values: Mapping[str, Any]) -> tuple[float, float | None]:
    """Return the surface of a kg of magnets, m2, and their smallest thickness, mm, if it is told. ``PlantError``."""
    piece = piece_of(values)
    if piece is not None:  # 1/mm is 1000 m2/m3, and a t/m3 is 1000 kg/m3
        return piece.surface / piece.volume / float(values["density"]), piece.thickness
    if values["surface"] is None:
        raise PlantError("'shape' is 'given': give 'surface', m2 for a kg of magnets, or a shape with its dimensions")
    return float(values["surface"]), values["thickness"]


def cell_of(piece: Piece, kerf: float, allowance: float) -> tuple[float, float]:
    """Return what a piece takes of a block, mm3: the whole, and the part of it that is left in one solid bit.

    Pieces are cut apart by a cut of ``kerf`` and ground by ``allowance`` on every face. Discs and rings come out of
    square cells, whose corners are left in bits; so is the core of a ring. Arcs are ground out of the box round them.
    """
    more = 2.0 * allowance + kerf
    if piece.shape == "block":
        long, wide, thick = piece.sizes
        return (long + more) * (wide + more) * (thick + more), 0.0
    if piece.shape in ("disc", "ring"):
        outer, thick = piece.sizes[0], piece.sizes[-1]
        core = max(piece.sizes[1] - 2.0 * allowance - 2.0 * kerf, 0.0) if piece.shape == "ring" else 0.0
        side, high = outer + more, thick + 2.0 * allowance
        corners = side**2 - pi / 4.0 * side**2
        return side**2 * (high + kerf), (corners + pi / 4.0 * core**2) * high
    outer, inner, angle, long = piece.sizes
    half = radians(angle) / 2.0
    chord, rise = 2.0 * outer * sin(half), outer - inner * cos(half)
    return (chord + more) * (rise + more) * (long + more), 0.0
