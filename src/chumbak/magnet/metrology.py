"""What a method of measurement can say: the closed circuit ends where its poles saturate."""

from __future__ import annotations

from chumbak.magnet.units import MagnetError, shown

CLOSED_LIMIT = 1600.0  # kA/m; IEC TR 63304:2021 and IEC 60404-18:2025, scope
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
