"""Demagnetising factors and permeance from shape: of a magnet in the open, averaged over its volume.

Magnetometric factors N for a susceptibility near zero, which suits rare-earth magnets (mu_rec about 1.05); the
permeance coefficient is Pc = 1/N - 1, as B = -Pc mu0 H. Corners and edges are worse than the average.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ellipe, ellipkm1

from chumbak.magnet.units import MagnetError

MOST_RATIO = 1e4  # of the edges of a block: beyond it the closed form has too few digits left
LEAST_PERMEANCE = 1e-3  # a disc a thousand times as wide as it is thick
NODES = 200  # of the quadrature in each panel
SHAPES = {
    "block": ("length", "width", "thickness"), "disc": ("diameter", "thickness"), "cylinder": ("diameter", "length"),
    "ring": ("outer_diameter", "inner_diameter", "thickness"), "sphere": (),
}  # fmt: skip


@dataclass(frozen=True)
class Load:
    """A load line: the demagnetising factor, the permeance coefficient, and where they come from."""

    factor: float
    permeance: float
    source: str
    body: tuple[str, Mapping[str, float], str] | None = None
    """Kind, sizes in mm and direction, where it comes from a shape."""


def block(a: float, b: float, c: float) -> float:
    """Return N of a block with edges ``a``, ``b`` and ``c``, along ``c``. Aharoni, J. Appl. Phys. 83 (1998) 3432."""
    _positive(length=a, width=b, thickness=c)
    if max(a, b, c) > MOST_RATIO * min(a, b, c):
        raise MagnetError(f"No magnet is {max(a, b, c):g} mm one way and {min(a, b, c):g} another. Check its edges.")
    scale = (a * b * c) ** (1 / 3)
    a, b, c = a / scale, b / scale, c / scale
    ab, bc, ac, abc = math.hypot(a, b), math.hypot(b, c), math.hypot(a, c), math.hypot(a, b, c)

    def log(far: float, edge: float) -> float:  # ln((far - edge)/(far + edge)), without loss of digits
        return -2 * math.atanh(edge / far)

    total = (
        (b * b - c * c) / (2 * b * c) * log(abc, a)
        + (a * a - c * c) / (2 * a * c) * log(abc, b)
        + b / (2 * c) * -log(ab, a)
        + a / (2 * c) * -log(ab, b)
        + c / (2 * a) * log(bc, b)
        + c / (2 * b) * log(ac, a)
        + 2 * math.atan2(a * b, c * abc)
        + (a**3 + b**3 - 2 * c**3) / (3 * a * b * c)
        + (a * a + b * b - 2 * c * c) / (3 * a * b * c) * abc
        + c / (a * b) * (ac + bc)
        - (ab**3 + bc**3 + ac**3) / (3 * a * b * c)
    )
    return total / math.pi


def cylinder(diameter: float, length: float) -> float:
    """Return N of a cylinder or disc along its axis. Joseph 1966; Chen, Brug, Goldfarb, IEEE Trans. Magn. 27 (1991)."""
    _positive(diameter=diameter, length=length)
    ratio = length / diameter
    if ratio > 30:  # the closed form loses digits to cancellation: its series for long cylinders
        return 4 / (3 * math.pi * ratio) - 1 / (8 * ratio**2) + 1 / (128 * ratio**4)
    square = ratio * ratio
    k, e = ellipkm1(square / (1 + square)), ellipe(1 / (1 + square))
    return float(1 - 4 / (3 * math.pi * ratio) * (math.sqrt(1 + square) * (square * k + (1 - square) * e) - 1))


def ring(outer: float, inner: float, length: float) -> float:
    """Return N of a ring along its axis, ``outer`` and ``inner`` diameters.

    From the energy of its two charged faces: with A(r) the area in which the face and itself moved by r overlap,
    N V = integral of r A(r) (1/r - 1/sqrt(r^2 + length^2)) dr, by Gauss-Legendre between the kinks of A.
    """
    _positive(outer_diameter=outer, inner_diameter=inner, thickness=length)
    if inner >= outer:
        raise MagnetError(f"The inner diameter ({inner:g}) is not below the outer ({outer:g}). Swap them.")
    big, small = outer / 2, inner / 2
    kinks = np.unique([0.0, big - small, 2 * small, big + small, 2 * big])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    angle = (nodes + 1) * (math.pi / 2)
    spread, slope = (1 - np.cos(angle)) / 2, np.sin(angle) * (math.pi / 4)  # smooths the roots at the ends of a panel
    total = 0.0
    for low, high in pairwise(kinks):
        at = low + (high - low) * spread
        area = _overlap(at, big, big) + _overlap(at, small, small) - 2 * _overlap(at, big, small)
        far = np.sqrt(at**2 + length**2)
        total += (high - low) * float(np.sum(weights * slope * area * length**2 / (far * (far + at))))
    return total / (math.pi * (big**2 - small**2) * length)


def load_of_shape(kind: str, sizes: dict[str, float], direction: str = "axial") -> Load:
    """Return the load line of a shape in the open, sizes in one unit.

    ``direction`` is axial (along the axis, or the thickness of a block) or diametral. Raises ``MagnetError``.
    """
    if kind not in SHAPES:
        raise MagnetError(f"'{kind}' is no shape. Use one of {', '.join(SHAPES)}, or give a permeance.")
    if set(sizes) != set(SHAPES[kind]):
        raise MagnetError(
            f"A {kind} has {', '.join(SHAPES[kind]) or 'no sizes'}; given were {', '.join(sizes) or 'none'}."
        )
    if direction not in ("axial", "diametral"):
        raise MagnetError(f"'{direction}' is no direction of magnetisation. Use axial or diametral.")
    if kind == "block":
        if direction != "axial":
            raise MagnetError("A block is magnetised along its thickness: give its edges in that order, axial.")
        factor = block(sizes["length"], sizes["width"], sizes["thickness"])
    elif kind == "sphere":
        factor = 1 / 3
    elif kind == "ring":
        factor = ring(sizes["outer_diameter"], sizes["inner_diameter"], sizes["thickness"])
    else:
        factor = cylinder(sizes["diameter"], sizes["length" if kind == "cylinder" else "thickness"])
    if direction == "diametral":  # the three factors of a body sum to 1, and two of these are alike
        factor = (1 - factor) / 2
    if 1 / factor - 1 < LEAST_PERMEANCE:
        raise MagnetError(f"This {kind} is so thin that its permeance is below {LEAST_PERMEANCE:g}. Check its sizes.")
    said = ", ".join(f"{name.replace('_', ' ')} {size:g} mm" for name, size in sizes.items())
    body = (kind, dict(sizes), direction)
    return Load(factor, 1 / factor - 1, f"{kind} in the open, {direction}{': ' + said if said else ''}", body)


def load_of_permeance(permeance: float) -> Load:
    """Return the load line of a given permeance coefficient. Raises ``MagnetError``."""
    if not (math.isfinite(permeance) and permeance >= LEAST_PERMEANCE):
        raise MagnetError(
            f"A permeance coefficient of {permeance:g} cannot be: B = -Pc mu0 H, and at 0 no flux is left to lose a "
            f"share of. Give its size, {LEAST_PERMEANCE:g} or more."
        )
    return Load(1 / (1 + permeance), permeance, "permeance coefficient as given")


def _overlap(apart: np.ndarray, one: float, other: float) -> np.ndarray:
    """Return the area that two circles of radii ``one`` >= ``other`` have in common, their centres ``apart``."""
    apart = np.maximum(apart, 1e-300)
    first = np.clip((apart**2 + one**2 - other**2) / (2 * apart * one), -1, 1)
    second = np.clip((apart**2 + other**2 - one**2) / (2 * apart * other), -1, 1)
    kite = (one + other - apart) * (apart + other - one) * (apart - other + one) * (apart + one + other)
    lens = one**2 * np.arccos(first) + other**2 * np.arccos(second) - np.sqrt(np.maximum(kite, 0)) / 2
    return np.asarray(np.where(apart <= one - other, math.pi * other**2, np.where(apart >= one + other, 0.0, lens)))


def _positive(**sizes: float) -> None:
    for name, size in sizes.items():
        if not (math.isfinite(size) and size > 0):
            raise MagnetError(f"The {name.replace('_', ' ')} is {size:g}. Give a length above zero.")
