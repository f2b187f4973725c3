"""What a curve says, as a document: every number with its unit, its convention and its temperature."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chumbak.magnet.curve import REFERENCE, State
from chumbak.magnet.curve_case import Case
from chumbak.magnet.loop import Branch, Loop
from chumbak.magnet.loop_file import Raw
from chumbak.magnet.units import DIGITS, KA_M_PER_KOE, KJ_M3_PER_MGOE, T_PER_KG, MagnetError
from chumbak.magnet.working import ALMOST, Point, expose, hcj_needed, hottest, working_point

POINTS, SHOULDER = 101, 61  # of a curve in the document, and of these from the knee on
CONVENTION = "H in kA/m, negative where it opposes the magnet; J and B = J + mu0 H in T; the field in the magnet"
TRADE = {
    "T": (T_PER_KG, "kG", "flux"),
    "kA/m": (KA_M_PER_KOE, "kOe", "field"),
    "kJ/m3": (KJ_M3_PER_MGOE, "MGOe", "energy"),
}


def both(value: float, unit: str, digits: int | None = None) -> dict[str, Any]:
    """Return a number in SI with the unit of the trade beside."""
    size, trade, kind = TRADE[unit]
    return {"value": round(value, (DIGITS[kind] + 2) if digits is None else digits), "unit": unit,
            "trade_value": round(value / size, 3), "trade_unit": trade}  # fmt: skip


def curve_document(case: Case) -> dict[str, Any]:
    """Return what a case comes to. Raises ``MagnetError``."""
    done = expose(case.magnet, case.load, case.temperature, case.opposing)
    limit = hottest(case.magnet, case.load, case.opposing, case.allowed)
    try:
        needed: float | None = hcj_needed(case.magnet, case.load, case.temperature, case.opposing)
        why = ""
    except MagnetError as error:
        needed, why = None, str(error)
    magnet = case.magnet
    verdict = max(done.hot.irreversible, done.cold.irreversible) <= case.allowed + ALMOST
    document: dict[str, Any] = {
        "kind": "curve", "title": case.title, "convention": CONVENTION, "magnet": {
            "origin": case.origin, "at_C": REFERENCE, "Br": both(magnet.br, "T"), "Hcj": both(magnet.hcj, "kA/m"),
            "knee_over_Hcj": round(magnet.knee, 4), "mu_rec": round(magnet.mu_rec, 4),
            "alpha_Br_pct_per_C": magnet.alpha, "beta_Hcj_pct_per_C": magnet.beta,
            "coefficients_hold_C": [magnet.low, magnet.high],
        },
        "load": {"demagnetising_factor": round(case.load.factor, 4),
                 "permeance_coefficient": round(case.load.permeance, 4), "from": case.load.source,
                 "opposing_field": both(case.opposing, "kA/m")},
        "states": [_state(case, one) for one in case.temperatures],
        "use": {
            "temperature_C": case.temperature, "holds": verdict, "point": _point(done.hot),
            "reversible_loss_of_B_pct": round(100 * done.reversible, 2),
            "irreversible_loss_of_B_pct": round(100 * done.irreversible, 2),
            "B_at_20_C_before": both(done.cold.flux_density, "T"), "B_at_20_C_after": both(done.flux_after, "T"),
        },
        "hottest": {
            "temperature_C": None if limit.temperature is None else round(limit.temperature, 1),
            "allowed_irreversible_loss_of_Br_pct": round(100 * case.allowed, 2), "extrapolated": limit.extrapolated,
            "reason": limit.reason, "unlimited": limit.unlimited,
            "catalogue_C": case.grade.hottest if case.grade else None,
        },
        "Hcj_needed_at_20_C": None if needed is None else both(needed, "kA/m"),
        "grades_that_hold": _enough(case),
        "measured": measured_document(case.raw, case.loop) if case.raw and case.loop else None,
        "notes": [*case.notes, *([why] if why else []), MODEL],
    }  # fmt: skip
    return document


MODEL = (
    "The point is the average over the magnet; corners are worse. Past the knee the curve is a model (a quarter of an "
    "ellipse): what is lost there is an estimate. Time and corrosion are not in it."
)


def measured_document(raw: Raw, loop: Loop) -> dict[str, Any]:
    """Return what a measured loop says, with its curve thinned to some ``POINTS``, the last of them at least."""
    at = np.unique(np.linspace(0, loop.h.size - 1, POINTS).astype(int))
    return {
        "file": raw.name, "columns": dict(raw.units), "remarks": raw.remarks,
        "down": _branch(loop.down), "up": _branch(loop.up) if loop.up else None, "notes": list(loop.notes),
        "curve": {"H_kA_m": [round(float(one), 1) for one in loop.h[at]],
                  "J_T": [round(float(one), 4) for one in loop.j[at]]},
    }  # fmt: skip


def _branch(found: Branch) -> dict[str, Any]:
    return {
        "Br": both(found.br, "T"), "Hcj": both(found.hcj, "kA/m"), "Hcb": both(found.hcb, "kA/m"),
        "BHmax": both(found.bhmax, "kJ/m3"), "Hk": both(found.hk, "kA/m"), "squareness": round(found.squareness, 4),
        "mu_rec": round(found.mu_rec, 4), "points": found.points,
    }  # fmt: skip


def _state(case: Case, temperature: float) -> dict[str, Any]:
    state = case.magnet.at(temperature)
    product, _ = state.energy_product()
    point = working_point(case.magnet, case.load, temperature, case.opposing)
    shoulder = state.knee + (1 - state.knee) * np.sin(np.linspace(0, np.pi / 2, SHOULDER))  # even along the ellipse
    field = -state.hcj * np.concatenate((np.linspace(0.0, state.knee, POINTS - SHOULDER, endpoint=False), shoulder))
    return {
        "temperature_C": temperature, "extrapolated": case.magnet.beyond(temperature), "Br": both(state.br, "T"),
        "Hcj": both(state.hcj, "kA/m"), "Hcb": both(state.coercivity_of_flux(), "kA/m"),
        "BHmax": both(product, "kJ/m3"), "knee_at": both(-state.knee_field, "kA/m"),
        "knee": _knee(state), "point": _point(point),
        "curve": {"H_kA_m": [round(float(one), 1) for one in field],
                  "J_T": [round(float(one), 4) for one in state.polarisation(field)],
                  "B_T": [round(float(one), 4) for one in state.flux_density(field)]},
    }  # fmt: skip


def _knee(state: State) -> dict[str, Any]:
    field, polarisation, flux = state.knee_point()
    return {"H": both(field, "kA/m"), "J": both(polarisation, "T"), "B": both(flux, "T")}


def _point(point: Point) -> dict[str, Any]:
    return {
        "temperature_C": point.temperature, "H": both(point.field, "kA/m"), "J": both(point.polarisation, "T"),
        "B": both(point.flux_density, "T"), "to_knee": both(point.to_knee, "kA/m"),
        "irreversible_loss_of_Br_pct": round(100 * point.irreversible, 2), "extrapolated": point.extrapolated,
    }  # fmt: skip


def _enough(case: Case) -> list[str]:
    """Return names of grades of at least this Br that hold here, each by its own least values and coefficients."""
    found = set()
    for one in case.grades:
        known = one.alpha is not None and one.beta is not None and not one.typical_only
        if not known or (case.grade and one.family != case.grade.family):
            continue
        br, hcj = one.floors.get("Br", 0.0), one.floors.get("Hcj", 0.0)
        if br >= case.magnet.br - 1e-9 and hcj and one.alpha is not None and one.beta is not None:
            magnet = replace(case.magnet, br=br, hcj=hcj, alpha=one.alpha, beta=one.beta)
            limit = hottest(magnet, case.load, case.opposing, case.allowed)
            if limit.unlimited or (limit.temperature is not None and limit.temperature >= case.temperature):
                found.add(one.name)
    return sorted(found)
