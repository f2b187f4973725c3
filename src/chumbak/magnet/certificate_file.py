"""A test to be certified, as a user writes it."""

from __future__ import annotations

from typing import Any

from chumbak.magnet.certificate import certify
from chumbak.magnet.classify import Measured
from chumbak.magnet.fields import Fields
from chumbak.magnet.grades import find_grade
from chumbak.magnet.units import KINDS, MagnetError

FIELDS = (
    "sample", "grade", "vendor", "laboratory", "date", "method", "temperature", "geometry", "values", "uncertainty",
    "rule",
)  # fmt: skip


def certificate_of(given: object, name: str = "the file") -> dict[str, Any]:
    """Return the certificate of a test that a mapping states. Raises ``MagnetError``."""
    whole = Fields(given, name, FIELDS)
    found = {}
    for field in ("values", "uncertainty"):
        part = Fields(whole.get(field), f"{name}: {field}", tuple(KINDS))
        found[field] = {one: part.quantity(one, KINDS[one]) for one in part.given}
    geometry = whole.get("geometry")
    if not isinstance(geometry, dict):
        raise MagnetError(f"{name}: geometry is no mapping. Write {{shape: cylinder, diameter_mm: 10, length_mm: 7}}.")
    measured = Measured(found["values"], found["uncertainty"], whole.text("method"), whole.text("sample"))
    grade = find_grade(whole.text("grade"), vendor=whole.text("vendor") if "vendor" in whole else None)
    return certify(
        measured, grade, whole.quantity("temperature", "temperature"), geometry, whole.text("laboratory"),
        whole.text("date"), whole.text("rule", "guarded"),
    )  # fmt: skip
