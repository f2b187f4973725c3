"""A certificate of the test as data: what was measured, how, how surely, and whether it conforms, by a stated rule.

Decision rules (JCGM 106): ``guarded`` passes what is above the floor by its expanded uncertainty, ``simple`` what is on
or above it. A coercivity by closed circuit above the limit of that method never passes: it is *not shown*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from chumbak.magnet.classify import Measured, against, check_possible
from chumbak.magnet.curve_document import both
from chumbak.magnet.grade_document import UNIT
from chumbak.magnet.grades import KINDS, Grade
from chumbak.magnet.metrology import CLOSED_LIMIT, METHODS, check_method, method_flag
from chumbak.magnet.units import MagnetError

RULES = ("guarded", "simple")


def certificate(
    measured: Measured, grade: Grade, temperature: float, geometry: Mapping[str, Any], laboratory: str, date: str,
    rule: str = "guarded",
) -> dict[str, Any]:  # fmt: skip
    """Return the certificate of a test against a grade. Raises ``MagnetError`` where something it needs is missing.

    ``temperature`` in C, of the sample; ``geometry`` says shape and sizes in mm; ``date`` is ISO. No clock is read.
    """
    check_possible(measured)
    if rule not in RULES:
        raise MagnetError(f"'{rule}' is no rule of decision. Use one of {', '.join(RULES)}.")
    for name, said in (("method", check_method(measured.method)), ("laboratory", laboratory), ("date", date)):
        if not said.strip():
            raise MagnetError(f"A certificate needs the {name}.")
    if not geometry:
        raise MagnetError("A certificate needs the geometry of the sample: its shape and sizes in mm.")
    if not math.isfinite(temperature):
        raise MagnetError("A certificate needs the temperature of the sample in C.")
    missing = [name for name in measured.values if not measured.uncertainty.get(name, 0.0) > 0]
    if missing:
        raise MagnetError(f"A certificate needs the expanded uncertainty (k = 2) of {', '.join(missing)}.")
    found = against(measured, grade)
    results = []
    for reason in found.reasons:
        wide = measured.uncertainty[reason.quantity]
        value = reason.measured - (wide if rule == "guarded" else 0.0)
        verdict = "pass" if value >= reason.floor else "fail" if reason.measured + wide < reason.floor else "not shown"
        if rule == "simple" and verdict == "not shown":
            verdict = "fail"
        if reason.quantity == "Hcj" and measured.method == "closed-circuit" and reason.measured > CLOSED_LIMIT:
            verdict = "not shown"
        unit = UNIT[KINDS[reason.quantity]]
        results.append({
            "quantity": reason.quantity, "value": both(reason.measured, unit),
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
        "verdict": overall, "not_measured": list(found.unmeasured), "flags": [flag] if flag else [],
    }  # fmt: skip
