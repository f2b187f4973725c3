"""A certificate of the test as data: what was measured, how, how surely, and whether it conforms, by a stated rule.

Decision rules (JCGM 106): ``guarded`` passes what is above the floor by its expanded uncertainty, ``simple`` what is on
or above it. A coercivity by closed circuit above the limit of that method never passes: it is *not shown*. Floors are
of 20 C: values of a sample some degrees off are turned to it by alpha and beta of the grade, others are refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date as calendar_date
from typing import Any

from chumbak.magnet.classify import Measured, against, check_possible
from chumbak.magnet.curve_document import both
from chumbak.magnet.grades import Grade
from chumbak.magnet.metrology import CLOSED_LIMIT, METHODS, REFERENCE, check_method, check_temperature, method_flag
from chumbak.magnet.units import KINDS, UNIT, MagnetError

RULES = ("guarded", "simple")
AS_IT_IS = 0.5  # C from 20: nothing is turned


def certify(
    measured: Measured, grade: Grade, temperature: float, geometry: Mapping[str, Any], laboratory: str, date: str,
    rule: str = "guarded",
) -> dict[str, Any]:  # fmt: skip
    """Return the certificate of a test against a grade. Raises ``MagnetError`` where something it needs is missing.

    ``temperature`` in C, of the sample, within 5 C of 20; ``geometry`` says shape and sizes in mm; ``date`` is ISO
    (2026-11-20). No clock is read.
    """
    check_possible(measured)
    if rule not in RULES:
        raise MagnetError(f"'{rule}' is no rule of decision. Use one of {', '.join(RULES)}.")
    for name, said in (("method", check_method(measured.method)), ("laboratory", laboratory), ("date", date)):
        if not said.strip():
            raise MagnetError(f"A certificate needs the {name}.")
    try:
        calendar_date.fromisoformat(date)
    except ValueError:
        raise MagnetError(f"The date is '{date}'. Write year, month and day: 2026-11-20.") from None
    if not geometry:
        raise MagnetError("A certificate needs the geometry of the sample: its shape and sizes in mm.")
    if not math.isfinite(temperature):
        raise MagnetError("A certificate needs the temperature of the sample in C.")
    missing = [name for name in measured.values if not measured.uncertainty.get(name, 0.0) > 0]
    if missing:
        raise MagnetError(f"A certificate needs the expanded uncertainty (k = 2) of {', '.join(missing)}.")
    check_temperature(temperature, measured.name or "The sample")
    at_20, turned = _at_20(measured, grade, temperature)
    found = against(at_20, grade)
    results = []
    for reason in found.reasons:
        wide = measured.uncertainty[reason.quantity]
        value = reason.measured - (wide if rule == "guarded" else 0.0)
        verdict = "pass" if value >= reason.floor else "fail" if reason.measured + wide < reason.floor else "not shown"
        if rule == "simple" and verdict == "not shown":
            verdict = "fail"
        as_read = measured.values[reason.quantity]
        if reason.quantity == "Hcj" and measured.method == "closed-circuit" and as_read > CLOSED_LIMIT:
            verdict = "not shown"
        unit = UNIT[KINDS[reason.quantity]]
        results.append({
            "quantity": reason.quantity, "value": both(as_read, unit), "value_at_20_C": both(reason.measured, unit),
            "expanded_uncertainty_k2": both(wide, unit), "floor": both(reason.floor, unit), "verdict": verdict,
        })  # fmt: skip
    verdicts = {one["verdict"] for one in results}
    overall = "fail" if "fail" in verdicts else "not shown" if "not shown" in verdicts or found.unmeasured else "pass"
    flag = method_flag(measured.values.get("Hcj"), measured.method)
    return {
        "kind": "certificate of test", "sample": measured.name, "laboratory": laboratory, "date": date,
        "method": measured.method, "method_name": METHODS[measured.method], "temperature_C": temperature,
        "geometry": dict(geometry), "convention": "Hcj is of J(H), Hcb of B(H); sizes of fields", "results": results,
        "grade": grade.name, "vendor": grade.vendor, "edition": grade.edition, "standard": grade.standard,
        "grade_source": grade.source, "grade_verification": grade.verification, "decision_rule": rule,
        "verdict": overall, "not_measured": list(found.unmeasured), "flags": [one for one in (flag, turned) if one],
    }  # fmt: skip


def _at_20(measured: Measured, grade: Grade, temperature: float) -> tuple[Measured, str]:
    """Return the values at 20 C by the coefficients of a grade, and what was done; Br and Hcb by alpha, BHmax twice."""
    away = temperature - REFERENCE
    if abs(away) <= AS_IT_IS:
        return measured, ""
    if grade.alpha is None or grade.beta is None:
        raise MagnetError(
            f"The sample was measured at {temperature:g} C, the floors are of {REFERENCE:g} C, and the row of "
            f"{grade.name} has no alpha and beta to turn one into the other. Measure at {REFERENCE:g} C."
        )
    flux, coercivity = 1 + grade.alpha / 100 * away, 1 + grade.beta / 100 * away
    by = {"Br": flux, "Hcb": flux, "BHmax": flux**2, "Hcj": coercivity}
    said = (
        f"Measured at {temperature:g} C, held against the floors of {REFERENCE:g} C: turned by alpha {grade.alpha:g} "
        f"and beta {grade.beta:g} % a degree of {grade.name} (Hcb as Br, BHmax as its square)."
    )
    return replace(measured, values={name: value / by[name] for name, value in measured.values.items()}), said
