"""Heat of magnets, and the batch furnace that they are decrepitated in.

Heat capacities are linear in temperature (Gibson and Harvey, as in prommis 1.1.0, hydrogen_decrepitation_furnace.py:
Nd2Fe14B 272.59 + 0.6487 T, Nd 22.44 + 0.0162 T, J/(mol K) and K). The furnace is the one of the same module: a hot
chamber in ceramic fibre, stainless steel, glass fibre and carbon steel, its walls at fixed temperatures. Numbers are
theirs (PrOMMiS, copyright 2023-2026 by its software owners, BSD-style licence); the code is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, pi

from chumbak.plant.components import MASS, RE, Array, element
from chumbak.plant.errors import PlantError

KELVIN = 273.15
_FE, _CO, _B, _O = (element(name) for name in ("Fe", "Co", "B", "O"))
_TRANSITION = [element(name) for name in ("Fe", "Co", "Ni", "Cu", "Al", "Ga", "Nb", "Zr", "Mn", "Cr", "V", "Ti")]
_MATRIX = (272.59, 0.6487)  # J/(mol K), J/(mol K2)
_NEODYMIUM = (22.44, 0.0162)
_MATRIX_MASS = 2 * MASS[element("Nd")] + 14 * MASS[_FE] + MASS[_B]  # g/mol
_NEODYMIUM_MASS = MASS[element("Nd")]
_STEFAN = 5.670374419e-8  # W/(m2 K4)


@dataclass(frozen=True)
class Phases:
    """What a magnet is made of, kmol/h: the matrix R2T14B, rare earths beside it, and those bound as R2O3."""

    matrix: float
    rich: float
    oxide: float
    share: float  # of the mass that is matrix, kg/kg


def phases(row: Array) -> Phases:
    """Return the phases of a magnet from its elements, kg/h (element).

    Oxygen binds rare earths first, as R2O3; then matrix forms as far as boron, rare earths and transition metals go.
    Raises ``PlantError`` for a magnet without boron.
    """
    moles = row / MASS
    rare = float(moles[RE].sum())
    if rare <= 0:
        return Phases(0.0, 0.0, 0.0, 0.0)
    if moles[_B] <= 0:
        raise PlantError("this magnet holds no boron; this step is for Nd-Fe-B, so give the magnets their boron")
    bound = min(float(moles[_O]) * 2.0 / 3.0, rare)
    free = rare - bound
    matrix = min(float(moles[_B]), free / 2.0, float(moles[_TRANSITION].sum()) / 14.0)
    rich = max(free - 2.0 * matrix, 0.0)
    # The mass beside the matrix is what the matrix leaves: it has the composition of the magnet but for its metals.
    mean = float(row[RE].sum()) / rare
    metal = float(row[_TRANSITION].sum()) / max(float(moles[_TRANSITION].sum()), 1e-300)
    mass = matrix * (2.0 * mean + 14.0 * metal + MASS[_B])
    return Phases(matrix, rich, bound, min(mass / float(row.sum()), 1.0))


def _capacity(line: tuple[float, float], mass: float, kelvin: float) -> float:
    return (line[0] + line[1] * kelvin) / mass


def magnet_capacity(share: float, celsius: float) -> float:
    """Return the heat capacity of a magnet, kJ/(kg K), from the share of its mass that is matrix."""
    kelvin = celsius + KELVIN
    return share * _capacity(_MATRIX, _MATRIX_MASS, kelvin) + (1.0 - share) * _capacity(
        _NEODYMIUM, _NEODYMIUM_MASS, kelvin
    )


def magnet_heat(row: Array, low: float, high: float) -> float:
    """Return the heat to bring magnets, kg/h (element), from one temperature to another (degC), kW.

    The capacity is that of Nd2Fe14B, taken at the mean temperature: exact for a capacity linear in temperature.
    """
    return float(row.sum()) * magnet_capacity(1.0, (low + high) / 2.0) * (high - low) / 3600.0


@dataclass(frozen=True)
class Wall:
    """A layer of a furnace wall: conductivity W/(m K); its two sides, K; heat capacity J/(kg K); K that it warms up.

    ``mass`` is kg a m3; insulation comes in whole pieces of ``piece`` m3 at least.
    """

    conductivity: float
    inner: float  # not a number: found from radiation
    outer: float
    capacity: float
    warming: float
    mass: float
    piece: float = 0.0


_CERAMIC = 7.62 * 0.6096 * 0.0254
_GLASS = 1.19 * 0.381 * 0.0889
_WALLS = (
    Wall(0.33, float("nan"), 950.13, 1080.0, 875.0, 15.42 / _CERAMIC, _CERAMIC),
    Wall(13.53, 950.13, 950.00, 468.0, 651.98, 7473.57),
    Wall(0.069, 950.00, 333.18, 900.0, 651.85, 10.43 / _GLASS, _GLASS),
    Wall(45.0, 333.18, 333.15, 502.416, 35.03, 7861.09),
)
_HOTTEST, _OUTSIDE, _ROOM, _CONVECTION, _VIEW = 1173.15, 333.15, 298.15, 5.0, 0.50
# Seconds of a batch beside its time at temperature: to set up, to warm up, to cool down.
BESIDE = 3600.0 + 300.0 + 3600.0


@lru_cache(maxsize=256)
def furnace(chamber: float, aspect: float, hold: float) -> tuple[float, float]:
    """Return the heat of a furnace for a batch: to warm its walls, and lost in ``hold`` seconds, J.

    ``chamber`` is its volume, m3, ``aspect`` its length over its radius. Heat passes from the chamber to its lining by
    radiation, through four layers by conduction, to the room by convection; the layers are as thick as that needs.
    """
    radius = (chamber / (aspect * pi)) ** (1.0 / 3.0)
    length = aspect * radius
    faces = 2.0 * pi * length
    low, high = 1e-6, _VIEW * faces * radius * _STEFAN * (_HOTTEST**4 - 950.13**4)

    def layers(loss: float) -> tuple[list[float], float]:
        inner = (_HOTTEST**4 - loss / (_VIEW * faces * radius * _STEFAN)) ** 0.25
        radii = [radius]
        for at, wall in enumerate(_WALLS):
            drop = (inner if at == 0 else wall.inner) - wall.outer
            ratio = faces * wall.conductivity * drop / loss
            radii.append(radii[-1] * exp(min(ratio, 50.0)))
        return radii, loss - _CONVECTION * faces * (_OUTSIDE - _ROOM) * radii[-1]

    # The less heat is lost, the thicker the walls and the larger the outside: one root, found by halving in the log.
    for _ in range(200):
        middle = exp((log(low) + log(high)) / 2.0)
        low, high = (middle, high) if layers(middle)[1] < 0 else (low, middle)
        if high / low - 1.0 < 1e-13:
            break
    radii, _ = layers(high)
    warm = 0.0
    for at, wall in enumerate(_WALLS):
        size = max(pi * length * (radii[at + 1] ** 2 - radii[at] ** 2), wall.piece)
        warm += size * wall.mass * wall.capacity * wall.warming
    return warm, high * hold
