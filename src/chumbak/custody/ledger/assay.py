"""From what was weighed and assayed to whole micrograms of element, and the measurement kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from chumbak.custody.finding import Finding
from chumbak.custody.ledger.amounts import UNITS, exact, mass
from chumbak.custody.ledger.reading import Faults, escaped, known_keys, read_elements
from chumbak.custody.ledger.statement import Measurement
from chumbak.elements.masses import ELEMENTS, TABLE, TABLES, content_factor, metal_of, oxide_of

_MASS = frozenset({"value", "uom", "uncertainty"})
_ASSAY = frozenset({"id", "method", "laboratory", "sample", "basis", "masses", "fraction"})
_FRACTION = frozenset({"value", "uncertainty"})
_MEASURED = frozenset({"mass", "moisture", "assay"})
_LONGEST = 500
_SURE = 3  # standard uncertainties by which the fractions of one assay may sum to more than the whole


class Amounts(NamedTuple):
    """Micrograms by element (None: not stated), what was measured, and whether something of it was faulty."""

    amounts: Mapping[str, int] | None
    measurements: tuple[Measurement, ...]
    faulty: bool


def read_amounts(entry: Mapping[str, Any], lot: str, pointer: str, faults: Faults) -> Amounts:
    """Read ``element``, or ``mass``, ``moisture`` and ``assay``, of an entry.

    Stated micrograms hold before what an assay gives; the assay is then kept as a measurement only. Without them the
    amount is mass x (1 - moisture) x fraction x oxide factor, rounded once, half to even, to a microgram.
    """
    before = len(faults)
    if "element" in entry and _MEASURED.isdisjoint(entry):  # the most usual, and soon read
        stated = read_elements(entry["element"], f"{pointer}/element", faults)
        return Amounts(stated, (), stated is None)
    stated = read_elements(entry["element"], f"{pointer}/element", faults) if "element" in entry else None
    weighed = _read_mass(entry["mass"], f"{pointer}/mass", faults) if "mass" in entry else None
    moisture = _number(entry.get("moisture", "0"), f"{pointer}/moisture", faults, below_one=True)
    measured: tuple[Measurement, ...] = ()
    if "assay" in entry:
        measured = _read_assay(entry["assay"], lot, weighed, moisture or Fraction(0), f"{pointer}/assay", faults)
    faulty = len(faults) > before
    if stated is None and not faulty and measured and weighed is not None:
        stated = {found.element: found.amount for found in measured if found.amount is not None}
    elif stated is not None and weighed is not None and sum(stated.values()) > weighed[0]:
        faults.append(
            Finding(
                f"{pointer}/element",
                f"the elements sum to {sum(stated.values())} micrograms, more than the gross mass",
                "Check the unit: amounts of elements are micrograms",
            )
        )
    return Amounts(None if faulty else stated, measured, faulty)


def _number(value: object, pointer: str, faults: Faults, below_one: bool = False) -> Fraction | None:
    try:
        found = exact(value)
        if below_one and found >= 1:
            raise ValueError(f"{value} is not below 1")
    except ValueError as error:
        faults.append(Finding(pointer, str(error), 'Shares are of the whole, as in "0.146" for 14.6 %'))
        return None
    return found


def _read_mass(value: object, pointer: str, faults: Faults) -> tuple[Fraction, Fraction | None] | None:
    """Return a gross mass and its standard uncertainty, in micrograms."""
    if not isinstance(value, dict):
        faults.append(Finding(pointer, "this is no mass", 'Write {"value": "1.25", "uom": "KGM"}'))
        return None
    known_keys(value, _MASS, pointer, faults)
    try:
        found = mass(value.get("value"), value.get("uom"))
        return found, mass(value["uncertainty"], value["uom"]) if "uncertainty" in value else None
    except ValueError as error:
        faults.append(Finding(pointer, str(error), f"Units are {', '.join(UNITS)}"))
        return None


def _read_assay(
    value: object,
    lot: str,
    weighed: tuple[Fraction, Fraction | None] | None,
    moisture: Fraction,
    pointer: str,
    faults: Faults,
) -> tuple[Measurement, ...]:
    """Return one measurement for each element of an assay."""
    if not isinstance(value, dict) or not isinstance(value.get("fraction"), dict) or not value["fraction"]:
        faults.append(
            Finding(pointer, "the assay names no fractions", 'Write "fraction": {"Nd": {"value": "0.146", ...}}')
        )
        return ()
    known_keys(value, _ASSAY, pointer, faults)
    texts = {}
    for key in ("id", "method", "laboratory", "sample"):
        texts[key] = value.get(key, "")
        if not isinstance(texts[key], str) or len(texts[key]) > _LONGEST or not texts[key].isprintable():
            faults.append(Finding(f"{pointer}/{key}", "this is no text of one line", f"At most {_LONGEST} characters"))
    basis, table = value.get("basis"), value.get("masses", TABLE)
    if basis not in ("element", "oxide"):
        faults.append(
            Finding(f"{pointer}/basis", f"{basis!r} is no basis", "Say whether fractions are of 'element' or 'oxide'")
        )
        return ()
    if not isinstance(table, str) or table not in TABLES:
        faults.append(Finding(f"{pointer}/masses", f"{table!r} is no table of masses", f"Use {', '.join(TABLES)}"))
        return ()
    gross, spread_of_gross = weighed or (None, None)
    found: dict[str, Measurement] = {}
    total = spread = Fraction(0)
    for key, part in value["fraction"].items():
        at = f"{pointer}/fraction/{escaped(key)}"
        entry = part if isinstance(part, dict) else {"value": part}
        known_keys(entry, _FRACTION, at, faults)
        fraction = _number(entry.get("value"), f"{at}/value", faults)
        sigma = _number(entry["uncertainty"], f"{at}/uncertainty", faults) if "uncertainty" in entry else None
        try:
            element, compound = _compound(key, basis)
            factor = Fraction(1) if compound == element else content_factor(compound, element, table)
        except ValueError as error:
            faults.append(Finding(at, str(error), "Write the symbol of an element, or the formula of its oxide"))
            continue
        if element in found:
            faults.append(Finding(at, f"{element} is assayed twice", "Give each element once"))
        if fraction is None:
            continue
        total += fraction
        spread += sigma or 0
        found[element] = Measurement(
            lot, element, compound, fraction, sigma, factor, gross, spread_of_gross, moisture,
            None if weighed is None else round(weighed[0] * (1 - moisture) * fraction * factor),
            texts["id"], texts["method"], texts["laboratory"], texts["sample"], table, at,
        )  # fmt: skip
    if total > 1 + _SURE * spread:
        faults.append(
            Finding(
                f"{pointer}/fraction",
                f"the fractions sum to {float(total):.6g}, more than the whole",
                "Fractions are kg/kg of the dry mass: 14.6 % is 0.146",
            )
        )
    return tuple(found[element] for element in sorted(found))


def _compound(key: str, basis: str) -> tuple[str, str]:
    """Return the element, and the compound in which it is stated."""
    if key in ELEMENTS:
        return key, key if basis == "element" else oxide_of(key)
    if basis == "element":
        raise ValueError(f"{key!r} is no element, and the basis is 'element'")
    return metal_of(key), key
