"""Draws of what is uncertain in a project: one standard normal deviate a draw for each figure that has a range.

Low and high of a range are its 5th and 95th percentile and the value its median: a two-piece lognormal where low is
above 0, a two-piece normal elsewhere; shares stay between 0 and 1. The stream of a figure depends on its name and the
seed alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from chumbak.scheme.prices import drawn_paths, steps
from chumbak.scheme.project import PlantProject, ProjectError

Z95 = 1.6448536269514722  # 95th percentile of the standard normal
SHARES = ("ramp", "good", "availability", "taken", "eligible", "salvage")
BY_YEAR = ("ramp", "good")
SCALARS = (
    "capital", "margin", "pass_through", "input_use", "input_base", "input_link", "conversion", "eligible", "salvage",
    "availability", "taken", "power", "tariff", "labour", "fixed", "capacity",
)  # fmt: skip
MARKET = "market price"  # the name of what the path is among the drivers


@dataclass(frozen=True, eq=False)
class Draws:
    """What differs from draw to draw. ``values`` by field: (draw, 1), or (draw, years given) for ``ramp`` and ``good``.

    Beside the fields of a project, ``price`` fixes the price of the product and ``input_price`` that of the input, real
    money/kg. ``market``: (draw, year) real money/kg, None for the central path. ``deviates``: what was drawn, (draw,).
    """

    count: int = 1
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    market: np.ndarray | None = None
    deviates: Mapping[str, np.ndarray] = field(default_factory=dict)

    def part(self, which: slice | np.ndarray) -> Draws:
        """Return some of the draws, by a slice or by their places."""
        values = {name: value[which] for name, value in self.values.items()}
        market = None if self.market is None else self.market[which]
        deviates = {name: value[which] for name, value in self.deviates.items()}
        return Draws(len(np.arange(self.count)[which]), values, market, deviates)

    def fixing(self, **values: np.ndarray | float) -> Draws:
        """Return the draws with some fields fixed to a number, or to one a draw."""
        fixed = {
            name: np.broadcast_to(np.asarray(value, dtype=float).reshape(-1, 1), (self.count, 1))
            for name, value in values.items()
        }
        return Draws(self.count, {**self.values, **fixed}, self.market, self.deviates)


def sample(project: PlantProject, count: int, seed: int = 0) -> Draws:
    """Return ``count`` draws of every field that has a range, and of the market's price if it is volatile.

    Raises ``ProjectError`` for a range of a field that cannot be drawn; ``ValueError`` for no draws or a negative seed.
    """
    if count < 1 or seed < 0:
        raise ValueError(f"{count} draws with seed {seed}: at least one draw and a seed from 0 are needed")
    values, deviates = {}, {}
    for name, (low, high) in project.ranges.items():
        if name not in (*SCALARS, *BY_YEAR):
            raise ProjectError(f"project {project.name}: '{name}' cannot be drawn; take away its range")
        deviates[name] = _stream(name, seed).standard_normal(count)
        sides = [np.atleast_1d(np.asarray(side, dtype=float)) for side in (getattr(project, name), low, high)]
        values[name] = moved(sides[0], sides[1], sides[2], deviates[name][:, None], name in SHARES)
    market = None
    if project.market.volatility > 0:
        years = np.array(project.years)
        normals = _stream(MARKET, seed).standard_normal((count, steps(project.market, years)))
        market = drawn_paths(project.market, years, normals)
        deviates[MARKET] = np.log(market[:, project.start :]).mean(axis=1)
    return Draws(count, values, market, deviates)


def moved(value: np.ndarray, low: np.ndarray, high: np.ndarray, deviate: np.ndarray, share: bool) -> np.ndarray:
    """Return a number at standard normal deviates; all broadcast together. The rule is at the head of this module."""
    part = deviate / Z95
    side = np.where(part >= 0, high - value, value - low)
    straight: np.ndarray = value + side * part
    if share:
        straight = np.clip(straight, 0.0, 1.0)
        return straight
    grows = low > 0
    safe = np.where(grows, value, 1.0)
    ratio = np.where(part >= 0, np.where(grows, high, 1.0) / safe, safe / np.where(grows, low, 1.0))
    found: np.ndarray = np.where(grows, value * ratio**part, straight)
    return found


def _stream(name: str, seed: int) -> np.random.Generator:
    words = np.frombuffer(hashlib.sha256(name.encode()).digest()[:16], dtype="<u4")
    return np.random.default_rng([seed, *words.tolist()])
