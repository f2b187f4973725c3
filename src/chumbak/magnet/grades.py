"""Grades as data: one row a grade as one vendor prints it, with edition, standard, source and how sure the row is."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chumbak.magnet.table import read_text
from chumbak.magnet.units import KJ_M3_PER_MGOE, MagnetError, check_bounds

FOLDER = Path(__file__).parent / "grades"
FAMILIES = {"ndfeb": "NdFeB", "smco": "Sm-Co"}
LIMITS = ("Br", "Hcb", "Hcj", "BHmax")
COLUMNS = {"Br": "Br_min_T", "Hcb": "Hcb_min_kA_m", "Hcj": "Hcj_min_kA_m", "BHmax": "BHmax_min_kJ_m3"}
NEEDED = ("material", "grade", "series", *COLUMNS.values(), "vendor", "edition", "standard", "source", "verification")
_NUMBER_IN_NAME = re.compile(r"[A-Za-z]*[-_ ]?(\d{2})(?!\d)")
LIKE_FLOOR = (0.9, 1.25)  # x the floor of BHmax in MGOe: a number in a name that is its energy class
SURE = "excerpt"  # read in an excerpt of the page that is cited


@dataclass(frozen=True)
class Grade:
    """One grade of one vendor. ``floors`` by quantity in T, kA/m and kJ/m3; coefficients in % per degree from 20 C."""

    family: str
    material: str
    name: str
    series: str
    floors: dict[str, float]
    br_typical: float | None
    bhmax_most: float | None
    hottest: float | None
    alpha: float | None
    beta: float | None
    coefficients_to: float | None
    density: float | None
    vendor: str
    edition: str
    standard: str
    source: str
    verification: str
    coefficients_verification: str

    @property
    def energy_class(self) -> float:
        """Return the energy class in MGOe: the number in the name, where it is one, else the floor of BHmax."""
        floor = self.floors.get("BHmax", 0.0) / KJ_M3_PER_MGOE
        found = _NUMBER_IN_NAME.match(self.name)
        if found is None:
            return floor
        number = float(found[1])
        return number if not floor or LIKE_FLOOR[0] * floor <= number <= LIKE_FLOOR[1] * floor else floor

    @property
    def typical_only(self) -> bool:
        """Say whether the vendor prints typical values and no least ones: nothing can be held to these."""
        return "typical" in self.verification or not self.floors

    @property
    def mark(self) -> str:
        """Return how sure the row is, empty where it was read in its source."""
        return "" if self.verification == SURE else self.verification


@dataclass(frozen=True)
class Spread:
    """Where vendors disagree: the least and largest of what they print."""

    grade: str
    quantity: str
    low: float
    high: float
    unit: str
    source: str

    def said(self) -> str:
        """Return it as a sentence."""
        return f"Vendors disagree on {self.quantity} of {self.grade}: {self.low:g} to {self.high:g} {self.unit}."


@cache
def known_grades() -> tuple[Grade, ...]:
    """Return every grade that comes along."""
    found = [grade for family in FAMILIES for grade in read_grades(FOLDER / f"{family}.csv", family)]
    return tuple(found)


@cache
def known_spreads() -> tuple[Spread, ...]:
    """Return where vendors are known to disagree."""
    return tuple(
        Spread(row["grade"], row["quantity"], float(row["low"]), float(row["high"]), row["unit"], row["source"])
        for row in _rows(FOLDER / "spread.csv", ("grade", "quantity", "low", "high", "unit", "source"))
    )


def read_grades(path: Path, family: str = "") -> list[Grade]:
    """Return the grades of a CSV table; without ``family`` a column 'material' says it. Raises ``MagnetError``."""
    found = []
    for line, row in enumerate(_rows(path, NEEDED), start=2):
        where = f"{path.name}, line {line}"
        floors = {name: number for name in LIMITS if (number := _number(row, COLUMNS[name], where)) is not None}
        for name, number in floors.items():
            if number <= 0:
                raise MagnetError(f"{where}: {COLUMNS[name]} is {number:g}. A floor is above zero; leave it empty.")
            check_bounds(name, number, where)
        found.append(
            Grade(
                family or family_of(row["material"], where), row["material"], row["grade"], row["series"], floors,
                _number(row, "Br_typical_T", where), _number(row, "BHmax_max_kJ_m3", where),
                _number(row, "Tmax_C", where), _number(row, "alpha_Br_pct_per_C", where),
                _number(row, "beta_Hcj_pct_per_C", where), _number(row, "coefficients_to_C", where),
                _number(row, "density_kg_m3", where), row["vendor"], row["edition"], row["standard"], row["source"],
                row["verification"], row.get("coefficients_verification") or "",
            )
        )  # fmt: skip
    if not found:
        raise MagnetError(f"{path.name} holds no grade. Write a row for each, under a line of headings.")
    return found


def family_of(material: str, where: str = "the material") -> str:
    """Return 'ndfeb' or 'smco' of a material's name. Raises ``MagnetError``."""
    plain = material.lower().replace("-", "").replace(" ", "")
    for family in FAMILIES:
        if family in plain or (family == "smco" and "sm2co17" in plain):
            return family
    raise MagnetError(f"{where}: '{material}' is neither NdFeB nor Sm-Co. Write ndfeb or smco.")


def coercivity_classes(grades: Sequence[Grade]) -> Mapping[str, float]:
    """Return the Hcj (kA/m) that stands for each series: the middle of its floors, so that one odd row moves nothing.

    Empty where there is one series only, as of Sm-Co: then each row stands for itself.
    """
    floors: dict[str, list[float]] = {}
    for one in grades:
        if one.series and "Hcj" in one.floors:
            floors.setdefault(one.series, []).append(one.floors["Hcj"])
    return {series: sorted(found)[len(found) // 2] for series, found in floors.items()} if len(floors) > 1 else {}


def find_grade(name: str, grades: Sequence[Grade] | None = None, vendor: str | None = None) -> Grade:
    """Return the grade of a name, of one vendor if asked. Raises ``MagnetError``."""
    among = known_grades() if grades is None else grades
    found = [grade for grade in among if grade.name.lower() == name.strip().lower()]
    if vendor is not None:
        found = [grade for grade in found if vendor.lower() in grade.vendor.lower()]
    if len(found) == 1 or (found and vendor is None):
        return found[0]
    of = f" of '{vendor}'" if vendor else ""
    near = sorted({grade.name for grade in among if grade.name[:3].lower() == name.strip()[:3].lower()})
    hint = f"Near it: {', '.join(near)}." if near else "'chumbak magnet grade --list' shows those that come along."
    raise MagnetError(f"No grade '{name}'{of} is known. {hint}")


def spreads_of(grade: Grade, others: Sequence[Grade] = ()) -> list[Spread]:
    """Return where vendors disagree on a grade: what is known of them, and rows of its name among ``others``."""
    found = [one for one in known_spreads() if one.grade in (grade.name, f"{grade.series} series")]
    same = [one for one in others if one.name == grade.name and one.family == grade.family]
    for name, unit in (("Br", "T"), ("Hcb", "kA/m"), ("Hcj", "kA/m"), ("BHmax", "kJ/m3")):
        printed = {one.vendor: one.floors[name] for one in same if name in one.floors}
        if len(set(printed.values())) > 1:
            source = ", ".join(f"{vendor}: {number:g}" for vendor, number in sorted(printed.items()))
            found.append(Spread(grade.name, f"{name}_min", min(printed.values()), max(printed.values()), unit, source))
    return found


def _rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    reader = csv.DictReader(read_text(path).splitlines())
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise MagnetError(f"{path.name} has no column {', '.join(missing)}. A table of grades needs each of them.")
    return [{name: (cell or "").strip() for name, cell in row.items() if name} for row in reader]


def _number(row: dict[str, str], column: str, where: str) -> float | None:
    text = row.get(column, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise MagnetError(f"{where}: {column} is '{text}'. Write a number, or leave it empty.")
    return number
