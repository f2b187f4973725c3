"""What there is to blend and what it must come to: lots as data, limits, confidence.

Fractions of mass are in ppm. Values of a lot are those of a magnet that is made of this lot alone; an additive (Dy or
Tb to alloy) has the change of Br and Hcj for each wt % that is added to the lots, as far as ``most`` wt %.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chumbak.magnet.fields import Fields, number
from chumbak.magnet.grades import find_grade
from chumbak.magnet.units import MagnetError, factor, quantity

KINDS = ("scrap", "swarf", "virgin", "additive")
DOPINGS = ("none", "bulk", "gbd")
PPM = {"ppm": 1.0, "wt%": 1e4, "%": 1e4}
PROPERTIES = {"Br": "flux", "Hcj": "field"}
ELEMENTS = ("O", "C", "N", "H", "Nd", "Pr", "Dy", "Tb", "Gd", "Ho", "La", "Ce", "B", "Co", "Al", "Cu", "Ga", "Nb", "Zr")
MOST_LOTS = 5000


@dataclass(frozen=True)
class Lot:
    """A lot: price a kg, available kg, values by quantity (T, kA/m, ppm) and their standard deviations."""

    name: str
    kind: str
    doping: str
    recycled: bool
    price: float
    available: float
    most: float
    """Of an additive: most wt % of the lots, to which its effect was seen to be straight; else infinite."""
    values: Mapping[str, float]
    sd: Mapping[str, float]


@dataclass(frozen=True)
class Limit:
    """A floor (``least``) or a ceiling of a quantity, in T, kA/m or ppm."""

    quantity: str
    bound: float
    least: bool


@dataclass(frozen=True)
class BlendCase:
    """Lots to blend to ``batch`` kg so that each limit holds with a ``confidence`` of its own."""

    lots: tuple[Lot, ...]
    limits: tuple[Limit, ...]
    batch: float
    confidence: float
    least_recycled: float
    currency: str
    title: str


def unit_of(name: str) -> str:
    """Return the unit of a quantity of a blend."""
    return {"Br": "T", "Hcj": "kA/m"}.get(name, "ppm")


def read_blend(given: object, folder: Path, name: str = "the file") -> BlendCase:
    """Return what a mapping asks. Raises ``MagnetError``."""
    known = ("title", "lots", "batch_kg", "confidence", "grade", "floors", "ceilings", "least_recycled", "currency")
    whole = Fields(given, name, known)
    bounds: dict[tuple[str, bool], float] = {}
    if "grade" in whole:
        grade = find_grade(whole.text("grade"))
        bounds = {(one, True): floor for one, floor in grade.floors.items() if one in PROPERTIES}
    for field, least in (("floors", True), ("ceilings", False)):
        limits = Fields(whole.given.get(field, {}), f"{name}: {field}", (*PROPERTIES, *ELEMENTS))
        for one, value in limits.given.items():
            bounds[one, least] = _amount(value, one, f"{name}: {field}: {one}")
    if not bounds:
        raise MagnetError(f"{name} sets no limit. Name a grade, or floors and ceilings: 'floors: {{Br: 1.30 T}}'.")
    for (one, _), bound in bounds.items():
        if bound <= 0:
            raise MagnetError(f"{name}: the limit of {one} is {bound:g}. Give one above zero.")
    lots = read_lots(folder / whole.text("lots"), tuple(dict.fromkeys(one for one, _ in bounds)))
    return BlendCase(
        lots, tuple(Limit(one, bound, least) for (one, least), bound in bounds.items()),
        whole.number("batch_kg", 1.0, 1e-9), whole.number("confidence", 0.95, 0.5, 0.9999999),
        whole.share("least_recycled", 0.0), whole.text("currency", "money"), whole.text("title", "Blend"),
    )  # fmt: skip


def read_lots(path: Path, needed: tuple[str, ...]) -> tuple[Lot, ...]:
    """Return the lots of a CSV table, each with every quantity that is ``needed``. Raises ``MagnetError``."""
    try:
        rows = [
            row for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()) if any(map(str.strip, row))
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise MagnetError(f"Cannot read '{path}' as a table in UTF-8: {error}.") from None
    if len(rows) < 2:
        raise MagnetError(f"{path.name} holds no lot. Write headings and a row for each lot.")
    if len(rows) - 1 > MOST_LOTS:
        raise MagnetError(f"{path.name} holds {len(rows) - 1:,} lots; at most {MOST_LOTS:,} are blended at once.")
    columns = [_column(cell.strip(), path.name) for cell in rows[0]]
    names = [name for name, _ in columns]
    for name in ("name", "kind", "price", *needed):
        if name not in names:
            raise MagnetError(f"{path.name} has no column '{name}'. Each lot needs it.")
    lots = []
    for at, row in enumerate(rows[1:], start=2):
        cells = {name: (cell.strip(), size) for (name, size), cell in zip(columns, row, strict=False) if cell.strip()}
        lots.append(_lot(cells, needed, f"{path.name}, row {at}"))
    twice = (
        {lot.name for lot in lots if sum(lot.name == other.name for other in lots) > 1} if len(lots) < 500 else set()
    )
    if twice or len({lot.name for lot in lots}) < len(lots):
        raise MagnetError(f"{path.name} names {', '.join(sorted(twice)) or 'a lot'} twice. Give each lot its own name.")
    return tuple(lots)


def _lot(cells: Mapping[str, tuple[str, float]], needed: tuple[str, ...], where: str) -> Lot:
    def of(name: str, default: float | None = None) -> float:
        if name not in cells:
            if default is None:
                raise MagnetError(f"{where}: {name} is empty. Each lot needs it.")
            return default
        text, size = cells[name]
        lowest = -1e9 if additive and name in PROPERTIES else 0.0
        return number(text, f"{where}: {name}", lowest) * size

    name = cells.get("name", ("", 1.0))[0]
    where = f"{where} ({name})"
    kind = _one_of(cells, "kind", KINDS, where)
    additive = kind == "additive"
    doping = _one_of(cells, "doping", DOPINGS, where) if "doping" in cells else "none"
    values = {one: of(one) for one in needed if one != "Hcj" or doping != "gbd"}
    if doping == "gbd" and "Hcj" in needed:
        if "Hcj_remade" not in cells:
            raise MagnetError(
                f"{where}: this lot was made by grain-boundary diffusion; the coercivity that it measures is in its "
                "shells and does not come through melting. Give 'Hcj_remade', of a magnet made from the lot."
            )
        values["Hcj"] = of("Hcj_remade")
    if additive and "most" not in cells:
        raise MagnetError(f"{where}: an additive needs 'most (wt%)', as far as its effect was seen to be straight.")
    recycled = _one_of(cells, "recycled", ("yes", "no"), where) if "recycled" in cells else None
    return Lot(
        name, kind, doping, recycled == "yes" if recycled else kind in ("scrap", "swarf"), of("price"),
        of("available", float("inf")), of("most", float("inf")) / PPM["wt%"], values,
        {one: of(f"sd_{one}_remade" if one == "Hcj" and doping == "gbd" else f"sd_{one}", 0.0) for one in needed},
    )  # fmt: skip


def _one_of(cells: Mapping[str, tuple[str, float]], name: str, known: tuple[str, ...], where: str) -> str:
    said = cells.get(name, ("", 1.0))[0]
    if said not in known:
        raise MagnetError(f"{where}: {name} is '{said}'. Write one of {', '.join(known)}.")
    return said


def _column(heading: str, name: str) -> tuple[str, float]:
    plain, _, unit = heading.partition("(")
    plain, unit = plain.strip(), unit.strip(") ")
    base = plain.removeprefix("sd_").removesuffix("_remade")
    if base in PROPERTIES:
        return plain, factor(unit or "none", PROPERTIES[base])
    if base in ELEMENTS or plain == "most":
        if unit not in PPM:
            raise MagnetError(
                f"{name}: the column '{heading}' has no unit that is known. Write '{plain} (ppm)' or (wt%)."
            )
        return plain, PPM[unit]
    if plain in ("name", "kind", "doping", "recycled", "note", "price", "available"):
        return plain, 1.0
    raise MagnetError(
        f"{name}: no column '{heading}' is known. There are name, kind, price, Br, Hcj, O, C, Dy and more."
    )


def _amount(value: object, name: str, what: str) -> float:
    """Return a limit in T, kA/m or ppm."""
    if name in PROPERTIES:
        return quantity(value, PROPERTIES[name], what)
    text = str(value).strip()
    for unit, size in PPM.items():
        if text.endswith(unit):
            return number(text.removesuffix(unit).strip(), what) * size
    raise MagnetError(f"{what} is '{value}'. Write it with its unit, such as '2500 ppm' or '0.25 wt%'.")
