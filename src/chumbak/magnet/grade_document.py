"""What grade a magnet is, as a document; the table of measured magnets; the list of grades."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chumbak.magnet.classify import Against, Class, Measured, Reason
from chumbak.magnet.curve_document import both
from chumbak.magnet.fields import number
from chumbak.magnet.grades import COLUMNS, FAMILIES, KINDS, LIMITS, Grade
from chumbak.magnet.metrology import check_method
from chumbak.magnet.units import MagnetError, factor

UNIT = {"flux": "T", "field": "kA/m", "energy": "kJ/m3"}
REFERENCE = "20 C"


def read_measured(path: Path) -> list[Measured]:
    """Return magnets of a CSV table with a unit in each heading: name, Br (T), Hcj (kA/m), U_Hcj (kA/m), method ...

    Columns of uncertainty begin with U_ and are expanded ones (k = 2). Raises ``MagnetError``.
    """
    try:
        reader = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError) as error:
        raise MagnetError(f"Cannot read '{path}' as a table in UTF-8: {error}.") from None
    if len(rows) < 2:
        raise MagnetError(
            f"{path.name} holds no magnet. Write headings, such as 'name,Br (T),Hcj (kA/m)', and a row each."
        )
    columns = [_column(cell.strip(), path.name) for cell in rows[0]]
    return [
        _measured(dict(zip(columns, row, strict=False)), f"{path.name}, row {at}") for at, row in enumerate(rows[1:], 2)
    ]


def grade_document(found: Class) -> dict[str, Any]:
    """Return a class as a document."""
    measured = found.measured
    return {
        "kind": "grade", "name": measured.name, "family": FAMILIES[found.family], "temperature": REFERENCE,
        "measured": {name: both(value, UNIT[KINDS[name]]) for name, value in measured.values.items()},
        "uncertainty_k2": {name: both(value, UNIT[KINDS[name]]) for name, value in measured.uncertainty.items()},
        "method": measured.method or None, "grade": found.best.grade.name if found.best else None,
        "sure": bool(found.best and found.best.sure), "best": _against(found.best),
        "holds": [one.grade.name for one in found.holds], "next_energy": _against(found.stronger),
        "next_coercivity": _against(found.harder),
        "vendors_disagree": [{"said": one.said(), "source": one.source} for one in found.contested],
        "notes": list(found.notes),
    }  # fmt: skip


def grades_document(grades: Sequence[Grade]) -> dict[str, Any]:
    """Return grades as a document, each row with its vendor, edition, standard, source and how sure it is."""
    return {
        "kind": "grades", "temperature": REFERENCE,
        "grades": [
            {"name": one.name, "family": FAMILIES[one.family], "material": one.material, "series": one.series,
             "least": {name: both(value, UNIT[KINDS[name]]) for name, value in one.floors.items()},
             "Br_typical_T": one.br_typical, "Tmax_C": one.hottest, "alpha_Br_pct_per_C": one.alpha,
             "beta_Hcj_pct_per_C": one.beta, "vendor": one.vendor, "edition": one.edition, "standard": one.standard,
             "source": one.source, "verification": one.verification,
             "coefficients_verification": one.coefficients_verification, "typical_only": one.typical_only}
            for one in grades
        ],
    }  # fmt: skip


def _against(one: Against | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "grade": one.grade.name, "vendor": one.grade.vendor, "edition": one.grade.edition,
        "standard": one.grade.standard, "verification": one.grade.verification, "source": one.grade.source,
        "holds": one.holds, "sure": one.sure, "reasons": [_reason(reason) for reason in one.reasons],
        "unmeasured": list(one.unmeasured),
    }  # fmt: skip


def _reason(reason: Reason) -> dict[str, Any]:
    unit = UNIT[KINDS[reason.quantity]]
    return {"quantity": reason.quantity, "verdict": reason.verdict, "floor": both(reason.floor, unit),
            "margin": both(reason.measured - reason.floor, unit), "said": reason.said()}  # fmt: skip


def _column(heading: str, name: str) -> tuple[str, float]:
    """Return what a heading stands for and the size of its unit."""
    plain, _, unit = heading.partition("(")
    plain = plain.strip()
    quantity = plain.removeprefix("U_")
    if quantity in KINDS:
        if not unit.strip(") "):
            example = COLUMNS[quantity].removeprefix(quantity + "_min_").replace("_", "/")
            raise MagnetError(f"{name}: the column '{heading}' has no unit. Write '{plain} ({example})'.")
        return plain, factor(unit.strip(") "), KINDS[quantity])
    if plain in ("name", "method"):
        return plain, 1.0
    raise MagnetError(
        f"{name}: no column '{heading}' is known. There are name, method, {', '.join(LIMITS)} and U_ of these."
    )


def _measured(row: Mapping[tuple[str, float], str], where: str) -> Measured:
    values: dict[str, float] = {}
    uncertainty: dict[str, float] = {}
    texts = {"name": "", "method": ""}
    for (name, size), cell in row.items():
        if name in texts:
            texts[name] = cell.strip()
        elif cell.strip():
            into = uncertainty if name.startswith("U_") else values
            into[name.removeprefix("U_")] = number(cell.strip(), f"{where}: {name}", 0.0) * size
    try:
        check_method(texts["method"])
    except MagnetError as error:
        raise MagnetError(f"{where}: {error}") from None
    return Measured(values, uncertainty, texts["method"], texts["name"] or where)
