"""Raw files of hysteresisgraphs: delimited text with a header that names the columns and their units.

Lines before the header are kept as remarks; "Temperature: 20 C" and "Method: closed circuit" are read. A column of
field and one of J (4 pi M), B or M are taken; units stand in the header, "H (kA/m)" or "H [kOe]", or in the line below
it. Nothing is guessed of a unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from chumbak.magnet.loop import Loop, analyse, check_convention
from chumbak.magnet.metrology import METHODS, check_method
from chumbak.magnet.table import read_text
from chumbak.magnet.units import MU0, UNITS, MagnetError, factor, quantity

MOST_HEADER = 200  # lines before the header
MOST_BAD = 5  # lines named in a complaint
NAMES = {
    "H": ("h", "field", "appliedfield", "magneticfield", "mu0h", "μ0h", "µ0h", "fieldh", "hfield"),
    "J": ("j", "4pim", "4πm", "4pii", "4πi", "polarisation", "polarization", "magneticpolarization", "mu0m", "μ0m"),
    "B": ("b", "induction", "fluxdensity", "magneticinduction", "magneticfluxdensity"),
    "M": ("m", "magnetisation", "magnetization"),
}  # fmt: skip
KIND = {"H": "field", "J": "flux", "B": "flux", "M": "magnetisation"}
METHOD_KEYS = ("method", "measurement method", "method of measurement")
AMBIENT = ("room", "room temperature", "rt", "ambient")
_TEMPERATURE = re.compile(
    r"\s*((sample|measurement|measuring|test)\s+)?(temp\.?|temperature)\s*([\[(].*)?", re.IGNORECASE
)
_REMARK = re.compile(r"\s*([^\W\d][^:=;,\t]*?)\s*[:=;,\t]\s*(.+?)\s*")
_UNIT_IN_KEY = re.compile(r"[\[(]\s*°?\s*([A-Za-z]+)\s*[\])]")
_HEADING = re.compile(r"^\s*[\"']?(?P<name>[^\[\](),/]*?)\s*[\[(/,]\s*(?P<unit>[^\[\]()]+?)\s*[\])]?\s*[\"']?\s*$")


@dataclass(frozen=True)
class Raw:
    """A file as read: H in kA/m, J in T, the column that J is from (J, B or M), units as written, remarks by name."""

    h: np.ndarray = field(repr=False)
    j: np.ndarray = field(repr=False)
    given: str
    units: dict[str, str]
    remarks: dict[str, str]
    name: str

    @property
    def temperature(self) -> float | None:
        """Return the temperature (C) that a remark states, None where none does. Raises ``MagnetError``."""
        for key, said in self.remarks.items():
            if _TEMPERATURE.fullmatch(key):
                if said.lower() in AMBIENT:
                    return None
                said = said.replace(",", ".").replace(";", " ").replace("\t", " ")
                unit = _UNIT_IN_KEY.search(key)
                text = f"{said} {unit[1]}" if unit and _is_number(said) else said
                return quantity(text, "temperature", f"{self.name}: {key}")
        return None

    def method(self, given: str = "") -> str:
        """Return the method of measurement, ``given`` or by a remark, as a name of ``METHODS``; empty if none is known.

        Raises ``MagnetError`` where the two do not agree.
        """
        check_method(given)
        said = self.said_method
        plain = re.sub(r"[\s_]+", "-", said.lower())
        if plain not in METHODS:
            return given
        if given and given != plain:
            raise MagnetError(f"{self.name} says 'Method: {said}', and '{given}' was given. Mend one of them.")
        return plain

    @property
    def said_method(self) -> str:
        """Return what a remark says of the method, as it is written."""
        return next((said for key, said in self.remarks.items() if key.lower() in METHOD_KEYS), "")


def read_and_analyse(path: Path) -> tuple[Raw, Loop]:
    """Return a file and what its loop says. Raises ``MagnetError`` with what is wrong and where."""
    raw = read_loop(path)
    return raw, analyse_raw(raw)


def analyse_raw(raw: Raw) -> Loop:
    """Return what a file's loop says. Raises ``MagnetError``."""
    try:
        loop = analyse(raw.h, raw.j, raw.name)
    except MagnetError as error:
        if raw.given != "B":
            raise
        try:  # J that is called B never comes down to zero: say that, where it is so
            taken_as_j = analyse(raw.h, raw.j + MU0 * raw.h, raw.name).down
        except MagnetError:
            raise error from None
        check_convention(replace(taken_as_j, mu_rec=taken_as_j.mu_rec - 1), "B", raw.name)
        raise
    check_convention(loop.down, raw.given, raw.name)
    return loop


def read_loop(path: Path) -> Raw:
    """Return what a file holds. Raises ``MagnetError``."""
    return parse_loop(read_text(path, "cp1252"), path.name)


def parse_loop(text: str, name: str = "the file") -> Raw:
    """Return what a text holds. Raises ``MagnetError``."""
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise MagnetError(f"{name} is empty.")
    at, cut, columns = _header(lines, name)
    headings = _cells(lines[at], cut)
    units, first = _units(lines, at, cut, headings, columns, name)
    given = next(one for one in ("J", "B", "M") if one in columns)
    numbers = _numbers(lines, first, cut, (columns["H"], columns[given]), len(headings), name)
    h = numbers[:, 0] * factor(units["H"], "field")
    magnetic = numbers[:, 1] * factor(units[given], KIND[given])
    j = magnetic - MU0 * h if given == "B" else magnetic
    return Raw(h, j, given, {one: units[one] for one in ("H", given)}, _remarks(lines[:at]), name)


def _header(lines: list[str], name: str) -> tuple[int, str, dict[str, int]]:
    """Return the line of the header, the delimiter, and the place of each column by its kind."""
    half: set[str] = set()
    for at, line in enumerate(lines[:MOST_HEADER]):
        for cut in (";", "\t", ","):
            kinds = [_kind(cell) for cell in _cells(line, cut)]
            found = {kind: kinds.index(kind) for kind in reversed(kinds) if kind}
            if "H" in found and found.keys() & {"J", "B", "M"}:
                for kind in ("H", "J", "B", "M"):
                    if kinds.count(kind) > 1:
                        raise MagnetError(f"{name}, line {at + 1}: more than one column {kind}. Keep one.")
                return at, cut, found
            if len(kinds) > 1:
                half |= found.keys()
    if half:
        lack = "a field H" if "H" not in half else "J, B or M"
        raise MagnetError(f"{name}: the header has no column of {lack}. Name it with its unit: 'H (kA/m)', 'J (T)'.")
    raise MagnetError(f"{name} has no header that names H and J or B. Begin with 'H (kA/m),J (T)', or your units.")


def _units(
    lines: list[str], at: int, cut: str, headings: list[str], columns: dict[str, int], name: str
) -> tuple[dict[str, str], int]:
    """Return the unit of each column and the first line of numbers."""
    units = {kind: unit for kind, place in columns.items() if (unit := _split(headings[place])[1])}
    below = _cells(lines[at + 1], cut) if at + 1 < len(lines) else []
    first = at + 1
    row = {kind: below[place].strip("[]() ") for kind, place in columns.items() if place < len(below)}
    if row and not any(_is_number(cell) for cell in row.values()):
        units = {kind: row[kind] for kind in row if row[kind]} | units
        first += 1
    for kind in columns:
        if kind not in units:
            raise MagnetError(
                f"{name}, line {at + 1}: the column {kind} has no unit. Write it in the header, such as "
                f"'{kind} ({next(iter(UNITS[KIND[kind]]))})'; units are never guessed."
            )
        try:
            factor(units[kind], KIND[kind])
        except MagnetError as error:
            raise MagnetError(f"{name}, line {at + 1}, column {kind}: {error}") from None
    return units, first


def _numbers(lines: list[str], first: int, cut: str, places: tuple[int, int], wide: int, name: str) -> np.ndarray:
    """Return the two columns as numbers, shape (points, 2). Raises ``MagnetError`` that names the lines."""
    rows, bad = [], []
    for number, line in enumerate(lines[first:], start=first + 1):
        if not line.strip(" \t,;") or line.lstrip().startswith("#"):
            continue
        cells = line.rstrip(" \t" + cut).split(cut)
        if len(cells) > wide:
            raise MagnetError(
                f"{name}, line {number} has {len(cells)} cells under {wide} headings. "
                "Where numbers have decimal commas, separate the columns by ';'."
            )
        try:
            pair = [_float(cells[place], cut)
                    for place in places]  # fmt: skip
        except (ValueError, IndexError):
            bad.append(number)
            continue
        rows.append(pair)
        if not (np.isfinite(pair[0]) and np.isfinite(pair[1])):
            bad.append(number)
    if bad:
        some = ", ".join(map(str, bad[:MOST_BAD])) + (f" and {len(bad) - MOST_BAD} more" if len(bad) > MOST_BAD else "")
        raise MagnetError(f"{name}, line {some}: no two numbers in the columns of H and J. Mend or take out.")
    if not rows:
        raise MagnetError(f"{name} has a header and no numbers below it.")
    return np.array(rows)


def _remarks(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        remark = _REMARK.fullmatch(line.strip().strip("#;, \t"))
        if remark:
            found[remark[1]] = remark[2]
    return found


def _kind(heading: str) -> str:
    plain = re.sub(r"[\s_\-]", "", _split(heading)[0]).lower()
    return next((kind for kind, names in NAMES.items() if plain in names), "")


def _split(heading: str) -> tuple[str, str]:
    """Return the name and the unit of a heading."""
    match = _HEADING.match(heading)
    return (match["name"], match["unit"]) if match else (heading.strip().strip("\"'"), "")


def _cells(line: str, cut: str) -> list[str]:
    return [cell.strip() for cell in line.lstrip("#").split(cut)]


def _float(cell: str, cut: str) -> float:
    """Return a cell as a number; with another delimiter than the comma, a comma is the decimal sign."""
    plain = cell.strip().strip('"')
    return float(plain if cut == "," else plain.replace(",", "."))


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
