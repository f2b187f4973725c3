"""The demagnetising factor of a shape by magpylib, as a check of the closed forms: an option, magpylib is not needed.

magpylib gives the field of a rigidly magnetised body, which is what a magnetometric factor for a susceptibility of zero
is of: N = -H/M along the magnetisation, averaged over the volume by Gauss points.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from chumbak.magnet.shape import SHAPES, Load, load_of_shape
from chumbak.magnet.units import MU0, MagnetError

NODES, AROUND = 16, 12  # Gauss points along a length or radius; points round an axis


def check_load(load: Load) -> dict[str, Any]:
    """Return the factor of a load line by magpylib beside its own, as a document. Raises ``MagnetError``."""
    if load.body is None:
        raise MagnetError("There is no shape to check by magpylib: a permeance was given.")
    found = factor_by_magpylib(*load.body)
    return {"by": "magpylib", "demagnetising_factor": round(found, 5), "ours": round(load.factor, 5),
            "differs_pct": round(100 * (found / load.factor - 1), 3)}  # fmt: skip


def factor_by_magpylib(kind: str, sizes: Mapping[str, float], direction: str = "axial") -> float:
    """Return the demagnetising factor of a shape, sizes in mm as for ``load_of_shape``.

    Raises ``MagnetError`` where magpylib is not installed or the shape cannot be.
    """
    load_of_shape(kind, dict(sizes), direction)  # says what is wrong with a shape
    if find_spec("magpylib") is None:
        raise MagnetError("magpylib is not installed, nothing was checked by it. Install it: 'pip install magpylib'.")
    magnets: Any = import_module("magpylib").magnet
    along = np.array([1.0, 0.0, 0.0]) if direction == "diametral" else np.array([0.0, 0.0, 1.0])
    metre = {name: size / 1000 for name, size in sizes.items()}
    if kind == "sphere":
        body, points, weights = magnets.Sphere(diameter=1.0, polarization=along), np.zeros((1, 3)), np.ones(1)
    elif kind == "block":
        edges = tuple(metre[name] for name in SHAPES["block"])
        body = magnets.Cuboid(dimension=edges, polarization=along)
        axes = [_gauss(-edge / 2, edge / 2) for edge in edges]
        points = np.stack(np.meshgrid(*(nodes for nodes, _ in axes), indexing="ij"), axis=-1).reshape(-1, 3)
        weights = np.einsum("i,j,k->ijk", *(weight for _, weight in axes)).ravel()
    else:
        height = metre["length" if kind == "cylinder" else "thickness"]
        outer = metre["outer_diameter" if kind == "ring" else "diameter"] / 2
        inner = metre.get("inner_diameter", 0.0) / 2
        body = (
            magnets.CylinderSegment(dimension=(inner, outer, height, 0, 360), polarization=along)
            if inner
            else magnets.Cylinder(dimension=(2 * outer, height), polarization=along)
        )
        points, weights = _round(inner, outer, height)
    field = np.atleast_2d(body.getH(points)) @ along / 1000  # kA/m
    return float(-MU0 * (weights @ field) / weights.sum())  # of a polarisation of 1 T


def _gauss(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return low + (high - low) * (nodes + 1) / 2, weights * (high - low) / 2


def _round(inner: float, outer: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points in a cylinder or ring, shape (points, 3) in m, and their weights."""
    (radius, by_radius), (level, by_level) = _gauss(inner, outer), _gauss(-height / 2, height / 2)
    angle = 2 * np.pi * (np.arange(AROUND) + 0.5) / AROUND
    r, z, a = np.meshgrid(radius, level, angle, indexing="ij")
    weights = (by_radius * radius)[:, None, None] * by_level[None, :, None] * np.ones(AROUND)
    points = np.stack([(r * np.cos(a)).ravel(), (r * np.sin(a)).ravel(), z.ravel()], axis=1)
    return points, weights.ravel()
