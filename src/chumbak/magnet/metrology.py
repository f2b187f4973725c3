"""What a method of measurement can say: the closed circuit ends where its poles saturate."""

from __future__ import annotations

import math

from chumbak.magnet.units import MagnetError, shown

CLOSED_LIMIT = 1600.0  # kA/m; IEC TR 63304:2021 and IEC 60404-18:2025, scope
REFERENCE, AS_REFERENCE = 20.0, 5.0  # C: of floors of grades, and how far off a measurement may be taken
METHODS = {
    "closed-circuit": "IEC 60404-5, closed circuit (hysteresisgraph)",
    "open-circuit": "IEC 60404-18, open circuit in a superconducting magnet",
    "pulsed-field": "pulsed field (IEC TR 62331)",
}


def check_method(method: str) -> str:
    """Return the method, which may be empty. Raises ``MagnetError`` for one that is not known."""
    if method and method not in METHODS:
        raise MagnetError(f"'{method}' is no method of measurement. Use one of {', '.join(METHODS)}.")
    return method


def check_temperature(temperature: float | None, what: str) -> str:
    """Return what is to be said of values measured at a temperature (C) and held against floors of 20 C.

    Raises ``MagnetError`` for one that is too far off.
    """
    if temperature is None:
        return ""
    if not (math.isfinite(temperature) and abs(temperature - REFERENCE) <= AS_REFERENCE):
        raise MagnetError(
            f"{what} was measured at {temperature:g} C; floors of grades are of {REFERENCE:g} C. Measure between "
            f"{REFERENCE - AS_REFERENCE:g} and {REFERENCE + AS_REFERENCE:g} C."
        )
    if temperature == REFERENCE:
        return ""
    return (
        f"Measured at {temperature:g} C and held as it is against floors of {REFERENCE:g} C: by the coefficients of "
        "grades Hcj of NdFeB moves by 0.45 to 0.76 % a degree, of Sm-Co by 0.2 to 0.3 %."
    )


def method_flag(hcj: float | None, method: str) -> str:
    """Return what is to be said of Hcj (kA/m) by a method, empty where nothing is."""
    if hcj is None:
        return ""
    if not check_method(method):
        over = f" Hcj is above {shown(CLOSED_LIMIT, 'field')}, where the closed circuit is outside of its method."
        return "The method of measurement was not said." + (over if hcj > CLOSED_LIMIT else "")
    if method == "closed-circuit" and hcj > CLOSED_LIMIT:
        return (
            f"FLAG: Hcj of {shown(hcj, 'field')} by closed circuit (IEC 60404-5) is outside of the method above "
            f"{shown(CLOSED_LIMIT, 'field')}: poles saturate. Measure in open circuit (IEC 60404-18) or pulsed field."
        )
    return ""
