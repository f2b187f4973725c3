"""What grade a magnet is, as a document; the table of measured magnets; the list of grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chumbak.magnet.classify import Against, Class, Measured, Reason
from chumbak.magnet.curve_document import both
from chumbak.magnet.fields import number
from chumbak.magnet.grades import FAMILIES, LIMITS, Grade
from chumbak.magnet.loop_file import read_and_analyse
from chumbak.magnet.metrology import METHODS, check_method, check_temperature
from chumbak.magnet.table import column_factor, read_rows
from chumbak.magnet.units import KINDS, UNIT, MagnetError, check_bounds

REFERENCE = "20 C"


def read_measured(path: Path) -> list[Measured]:
    """Return magnets of a CSV table with a unit in each heading: name, Br (T), Hcj (kA/m), U_Hcj (kA/m), method ...

    Columns of uncertainty begin with U_ and are expanded ones (k = 2). Raises ``MagnetError``.
    """
    rows = read_rows(path, "magnet", "name,Br (T),Hcj (kA/m)")
    columns = [_column(cell, path.name) for cell in rows[0]]
    return [
        _measured(dict(zip(columns, row, strict=False)), f"{path.name}, row {at}") for at, row in enumerate(rows[1:], 2)
    ]


def read_measured_loop(path: Path, method: str = "") -> Measured:
    """Return a magnet from the raw loop of a file, with what was said of the loop. Raises ``MagnetError``.

    The method and the temperature are those of the file's header; ``method`` is for a file that does not say it.
    """
    raw, loop = read_and_analyse(path)
    flag = check_temperature(raw.temperature, raw.name)
    down = loop.down
    values = {"Br": down.br, "Hcb": down.hcb, "Hcj": down.hcj, "BHmax": down.bhmax}
    notes = [*([flag] if flag else []), *loop.notes]
    known = raw.method(method)
    if raw.said_method and not known:
        notes.append(f"The header says 'Method: {raw.said_method}'; methods that are known are {', '.join(METHODS)}.")
    return Measured(values, {}, known, raw.name, tuple(notes))


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


def _column(heading: str, name: str) -> tuple[str, float, str]:
    """Return what a heading stands for, the size of its unit, and the unit."""
    plain, _, unit = heading.partition("(")
    plain = plain.strip()
    quantity = plain.removeprefix("U_")
    if quantity in KINDS:
        unit = unit.strip(") ")
        return plain, column_factor(heading, plain, unit, KINDS[quantity], name), unit
    if plain in ("name", "method"):
        return plain, 1.0, ""
    raise MagnetError(
        f"{name}: no column '{heading}' is known. There are name, method, {', '.join(LIMITS)} and U_ of these."
    )


def _measured(row: Mapping[tuple[str, float, str], str], where: str) -> Measured:
    values: dict[str, float] = {}
    uncertainty: dict[str, float] = {}
    texts = {"name": "", "method": ""}
    for (name, size, unit), cell in row.items():
        if name in texts:
            texts[name] = cell
        elif cell and name.startswith("U_"):
            uncertainty[name.removeprefix("U_")] = number(cell, f"{where}: {name}", 0.0) * size
        elif cell:
            values[name] = check_bounds(name, number(cell, f"{where}: {name}", 0.0) * size, where, unit)
    try:
        check_method(texts["method"])
    except MagnetError as error:
        raise MagnetError(f"{where}: {error}") from None
    return Measured(values, uncertainty, texts["method"], texts["name"] or where)
