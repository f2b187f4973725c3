"""Where a magnet works: its point on the load line, what heat takes for good, the hottest it may be in this shape.

H = -He - N J / mu0 with the opposing field He >= 0 (kA/m) that acts beside the magnet's own. A point past the knee
comes back along a line of slope mu0 mu_rec: what is lost for good is what J lies below the straight part, over Br.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chumbak.magnet.curve import ABSOLUTE_ZERO, REFERENCE, Magnet, State
from chumbak.magnet.shape import Load
from chumbak.magnet.units import MU0, MagnetError

STEPS = 80  # of a bisection
ALMOST = 1e-9


@dataclass(frozen=True)
class Point:
    """A working point: field (kA/m, negative), J and B (T), the distance to the knee (kA/m, negative when past it)."""

    temperature: float
    field: float
    polarisation: float
    flux_density: float
    to_knee: float
    irreversible: float
    """Share of Br lost for good, 0 to 1; 1 where the field reverses the magnet."""
    extrapolated: bool


@dataclass(frozen=True)
class Exposure:
    """A magnet warmed once and brought back to 20 C: flux density at its point (T) and losses as shares."""

    cold: Point
    hot: Point
    flux_after: float
    reversible: float
    """Share of B at the point that is missing while warm and comes back."""
    irreversible: float
    """Share of B at the point, back at 20 C and without the opposing field, that is missing for good."""


@dataclass(frozen=True)
class Hottest:
    """The highest temperature (C) at which no more than ``allowed`` of Br is lost for good; None with a reason."""

    temperature: float | None
    allowed: float
    extrapolated: bool
    reason: str
    unlimited: bool = False
    """By these coefficients no heat takes anything: there is no such temperature."""


def working_point(magnet: Magnet, load: Load, temperature: float, opposing: float = 0.0) -> Point:
    """Return where a magnet works at a temperature (C). Raises ``MagnetError``."""
    if not (math.isfinite(opposing) and opposing >= 0):
        raise MagnetError(f"The opposing field is {opposing:g} kA/m. Give its size, 0 or more.")
    state = magnet.at(temperature)
    field = _field(state, load, opposing)
    lost = 1.0
    if field > -state.hcj:
        on_line, on_curve = float(state.line(field)), float(state.polarisation(field))
        lost = (on_line - on_curve) / state.br if -field > state.knee_field else 0.0
    else:
        on_curve = 0.0
    return Point(temperature, field, on_curve, on_curve + MU0 * field, state.knee_field + field, lost,
                 magnet.beyond(temperature))  # fmt: skip


def expose(magnet: Magnet, load: Load, temperature: float, opposing: float = 0.0) -> Exposure:
    """Return what one warming to a temperature (C), under an opposing field, does. Raises ``MagnetError``."""
    cold = working_point(magnet, load, REFERENCE)
    hot = working_point(magnet, load, temperature, opposing)
    state = magnet.at(REFERENCE)
    keeps = 1 - max(hot.irreversible, cold.irreversible)
    after = State(state.br * keeps, state.hcj, state.knee, state.mu_rec) if keeps > 0 else None
    flux = _recoil_flux(after, load) if after else 0.0
    whole = _recoil_flux(state, load)
    warm = magnet.at(temperature)
    return Exposure(cold, hot, flux, 1 - _recoil_flux(warm, load) / whole, 1 - flux / whole)


def hottest(magnet: Magnet, load: Load, opposing: float = 0.0, allowed: float = 0.0) -> Hottest:
    """Return the highest temperature for this shape, with at most ``allowed`` of Br lost for good.

    With straight coefficients both the field at the point and the knee are straight in temperature: where nothing may
    be lost the crossing is a quotient; else it is found by bisection from there on. Raises ``MagnetError``.
    """
    if not 0 <= allowed < 1:
        raise MagnetError(f"A loss of {allowed:g} cannot be allowed: give a share from 0 to below 1.")
    cold = working_point(magnet, load, REFERENCE, opposing)
    if cold.irreversible > allowed + ALMOST:
        return Hottest(None, allowed, False, f"it loses {100 * cold.irreversible:.0f} % of Br at 20 C already")
    top = magnet.vanishes
    if not math.isfinite(top):
        return Hottest(None, allowed, False, "neither Br nor Hcj falls with temperature by these coefficients", True)
    low, high = REFERENCE, top - 1e-9 * max(top, 1.0)
    knee = _crossing(magnet, load, opposing)
    if allowed == 0 and knee is not None and REFERENCE <= knee < top:
        return Hottest(knee, allowed, magnet.beyond(knee), "the point reaches the knee")
    for _ in range(STEPS):
        middle = (low + high) / 2
        fine = working_point(magnet, load, middle, opposing).irreversible <= allowed
        low, high = (middle, high) if fine else (low, middle)
    return Hottest(low, allowed, magnet.beyond(low), "the loss reaches what is allowed")


def hcj_needed(magnet: Magnet, load: Load, temperature: float, opposing: float = 0.0) -> float:
    """Return the Hcj at 20 C (kA/m) that puts the knee on the point at a temperature (C).

    Br, the knee (x Hcj), the recoil permeability, alpha and beta are those of the magnet. Raises ``MagnetError``.
    """
    factor = 1 + magnet.beta / 100 * (temperature - REFERENCE)
    if not (temperature > ABSOLUTE_ZERO and factor > 0):
        raise MagnetError(f"At {temperature:g} C beta leaves no coercivity at all: no Hcj is enough.")
    br = magnet.br * (1 + magnet.alpha / 100 * (temperature - REFERENCE))
    if br <= 0:
        raise MagnetError(f"At {temperature:g} C alpha leaves no Br.")
    return _straight(br, magnet.mu_rec, load, opposing) / (magnet.knee * factor)


def _straight(br: float, mu_rec: float, load: Load, opposing: float) -> float:
    """Return the size of the field (kA/m) at the point on the straight part."""
    return (opposing + load.factor * br / MU0) / (1 + load.factor * (mu_rec - 1))


def _field(state: State, load: Load, opposing: float) -> float:
    """Return the field (kA/m) at the point: straight before the knee, by bisection past it."""
    straight = _straight(state.br, state.mu_rec, load, opposing)
    if straight <= state.knee_field:
        return -straight
    if opposing >= state.hcj:
        return -opposing  # no polarisation is left to add to it
    low, high = -state.hcj, -state.knee_field
    for _ in range(STEPS):  # H + He + N J / mu0 rises with H
        middle = (low + high) / 2
        above = middle + opposing + load.factor * float(state.polarisation(middle)) / MU0 > 0
        low, high = (low, middle) if above else (middle, high)
    return (low + high) / 2


def _recoil_flux(state: State, load: Load) -> float:
    """Return B (T) at the point with no opposing field, on the straight line through Br."""
    return state.br + MU0 * state.mu_rec * -_straight(state.br, state.mu_rec, load, 0.0)


def _crossing(magnet: Magnet, load: Load, opposing: float) -> float | None:
    """Return the temperature (C) at which the point is on the knee: a quotient, as both are straight in it."""
    at_20 = magnet.knee * magnet.hcj - _straight(magnet.br, magnet.mu_rec, load, opposing)
    slope = magnet.knee * magnet.hcj * magnet.beta / 100
    slope -= load.factor * magnet.br * magnet.alpha / 100 / MU0 / (1 + load.factor * (magnet.mu_rec - 1))
    return None if slope >= 0 else REFERENCE - at_20 / slope
