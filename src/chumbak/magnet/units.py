"""Units of the trade: SI first, kOe, kG and MGOe accepted and shown beside."""

from __future__ import annotations

import math
import re

MU0 = 4e-4 * math.pi  # T per kA/m
KA_M_PER_KOE = 1e3 / (4 * math.pi)
T_PER_KG = 0.1
KJ_M3_PER_MGOE = 1e2 / (4 * math.pi)
UNITS: dict[str, dict[str, float]] = {
    "field": {
        "kA/m": 1.0, "A/m": 1e-3, "MA/m": 1e3, "kOe": KA_M_PER_KOE, "Oe": KA_M_PER_KOE / 1e3, "T": 1 / MU0,
        "mT": 1e-3 / MU0,
    },
    "flux": {"T": 1.0, "mT": 1e-3, "kG": T_PER_KG, "kGs": T_PER_KG, "G": T_PER_KG / 1e3, "Gs": T_PER_KG / 1e3},
    "magnetisation": {"kA/m": MU0, "A/m": MU0 / 1e3, "MA/m": MU0 * 1e3, "emu/cm3": MU0, "emu/cc": MU0},
    "energy": {"kJ/m3": 1.0, "J/m3": 1e-3, "MGOe": KJ_M3_PER_MGOE},
    "length": {"mm": 1.0, "cm": 10.0, "m": 1000.0},
    "temperature": {"C": 1.0, "degC": 1.0, "Celsius": 1.0},
}  # fmt: skip
"""What a unit is in the unit of its kind that comes first; a field in T is taken as mu0 H."""
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")
_SHOWN = {"field": (KA_M_PER_KOE, "kOe"), "flux": (T_PER_KG, "kG"), "energy": (KJ_M3_PER_MGOE, "MGOe")}
CAPITALS_MATTER = {"MA/m", "mT", "m"}
DIGITS = {"field": 0, "flux": 3, "energy": 0}
UNIT = {"flux": "T", "field": "kA/m", "energy": "kJ/m3"}
KINDS = {"Br": "flux", "Hcb": "field", "Hcj": "field", "BHmax": "energy"}
BOUNDS = {"Br": (0.2, 1.7), "Hcb": (50.0, 1300.0), "Hcj": (50.0, 5000.0), "BHmax": (5.0, 560.0)}
"""Beyond these, in T, kA/m and kJ/m3, is no rare-earth magnet: Br above the saturation of Nd2Fe14B (1.6 T), BHmax above
Js^2/(4 mu0); below, no one would measure it as one."""


class MagnetError(ValueError):
    """What is wrong with what was asked, where, and how to mend it, in a sentence."""


def factor(unit: str, kind: str) -> float:
    """Return what ``unit`` is in the first unit of ``kind``. Raises ``MagnetError`` for one that is not known."""
    plain = unit.strip().strip("°").replace("³", "3").replace("^", "").replace(" ", "")
    sizes = UNITS[kind]
    if plain in sizes:
        return sizes[plain]
    loose = {name.lower(): size for name, size in sizes.items() if name not in CAPITALS_MATTER}
    if plain.lower() in loose and plain not in ("MT", "ma/m"):
        return loose[plain.lower()]
    raise MagnetError(f"'{unit}' is no unit of {_words(kind)}. Use one of {', '.join(UNITS[kind])}.")


def quantity(given: object, kind: str, what: str) -> float:
    """Return '13.2 kG' or 1.32 in the first unit of ``kind``; a bare number is in that. Raises ``MagnetError``."""
    first = next(iter(UNITS[kind]))
    if isinstance(given, int | float) and not isinstance(given, bool):
        number, unit = float(given), first
    else:
        match = _NUMBER.fullmatch(str(given)) if isinstance(given, str) else None
        if match is None:
            raise MagnetError(f"{what} is '{given}'. Write a number in {first}, or a number with its unit.")
        number, unit = float(match[1]), match[2] or first
    if not math.isfinite(number):
        raise MagnetError(f"{what} is '{given}'. Write a finite number in {first}.")
    try:
        return number * factor(unit, kind)
    except MagnetError as error:
        raise MagnetError(f"{what}: {error}") from None


def check_bounds(name: str, value: float, where: str, unit: str | None = None) -> float:
    """Return a value (Br, Hcb, Hcj or BHmax, in T, kA/m or kJ/m3) that a rare-earth magnet can have.

    ``where`` begins the sentence otherwise; ``unit`` is what the value was given in, the first of its kind if not said.
    Raises ``MagnetError`` that asks for the unit in which the number would be one.
    """
    low, high = BOUNDS[name]
    if low <= value <= high:
        return value
    kind = KINDS[name]
    first = next(iter(UNITS[kind]))
    plain = value / factor(unit or first, kind)
    meant = [other for other, size in UNITS[kind].items() if low <= plain * size <= high]
    ask = "Give its size, without a sign." if value < 0 else f"Is it given in {meant[0]}?" if meant else ""
    lead = f"{where}: " if where else ""
    raise MagnetError(
        f"{lead}{name} of {shown(value, kind)} is of no rare-earth magnet ({low:g} to {high:g} {first}). Check its "
        f"unit. {ask}".strip()
    )


def shown(number: float, kind: str, digits: int | None = None) -> str:
    """Return a number in SI with the unit of the trade beside: ``1,592 kA/m (20.0 kOe)``."""
    size, other = _SHOWN[kind]
    places = DIGITS[kind] if digits is None else digits
    beside = 2 + max(0, places - DIGITS[kind])
    return f"{number:,.{places}f} {next(iter(UNITS[kind]))} ({number / size:.{beside}f} {other})"


def _words(kind: str) -> str:
    return {"flux": "flux density or polarisation", "field": "magnetic field"}.get(kind, kind)
