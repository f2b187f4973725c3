"""What there is to blend and what it must come to: lots as data, limits, confidence.

Fractions of mass are in ppm. Values of a lot are those of a magnet that is made of this lot alone; an additive (Dy or
Tb to alloy) has the change of Br and Hcj for each wt % that is added to the lots, as far as ``most`` wt %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chumbak.magnet.curve import br_for_energy_product
from chumbak.magnet.fields import Fields, number
from chumbak.magnet.grades import FAMILIES, Grade, family_of, find_grade
from chumbak.magnet.remade import HEAVY, remade_hcj
from chumbak.magnet.table import column_factor, read_rows
from chumbak.magnet.units import KINDS as QUANTITIES
from chumbak.magnet.units import MU0, MagnetError, check_bounds, quantity, shown

KINDS = ("scrap", "swarf", "virgin", "additive")
DOPINGS = ("none", "bulk", "gbd")
PPM = {"ppm": 1.0, "wt%": 1e4, "%": 1e4}
PROPERTIES = {"Br": "flux", "Hcj": "field"}
FOLLOW = ("BHmax", "Hcb")  # of Br by the straight part of B(H), so that their floors are floors of Br
KNEE, MU_REC = 0.9, 1.05  # where nothing is said: as in the load-line check of catalogues
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
    carries: Mapping[str, float] = field(default_factory=dict)
    """Dy and Tb in it, ppm, where they are known; of diffused scrap they count as in bulk once it is melted."""
    note: str = ""
    """What had to be estimated of it."""


@dataclass(frozen=True)
class Column:
    """A column of a table of lots: its name, the size of its unit, and the unit."""

    name: str
    size: float
    unit: str


@dataclass(frozen=True)
class Limit:
    """A floor (``least``) or a ceiling of a quantity, in T, kA/m or ppm."""

    quantity: str
    bound: float
    least: bool
    why: str = ""
    """Where it comes from, if it was not asked for as it is."""


@dataclass(frozen=True)
class BlendCase:
    """Lots to blend to ``batch`` kg so that each limit holds with a ``confidence`` of its own.

    ``follow`` are floors of BHmax (kJ/m3) and Hcb (kA/m): the limits hold what they ask of Br; they are checked after,
    with ``mu_rec`` and the ``knee`` (x Hcj) of the magnet that is made. ``notes`` are what reading has to say.
    """

    lots: tuple[Lot, ...]
    limits: tuple[Limit, ...]
    batch: float
    confidence: float
    least_recycled: float = 0.0
    currency: str = "money"
    title: str = "Blend"
    follow: Mapping[str, float] = field(default_factory=dict)
    mu_rec: float = MU_REC
    knee: float = KNEE
    notes: tuple[str, ...] = ()


def unit_of(name: str) -> str:
    """Return the unit of a quantity of a blend."""
    return {"Br": "T", "Hcj": "kA/m"}.get(name, "ppm")


def read_blend(given: object, folder: Path, name: str = "the file") -> BlendCase:
    """Return what a mapping asks. Raises ``MagnetError``."""
    known = ("title", "lots", "batch_kg", "confidence", "grade", "floors", "ceilings", "least_recycled", "currency",
             "mu_rec", "knee")  # fmt: skip
    whole = Fields(given, name, known)
    bounds: dict[tuple[str, bool], float] = {}
    follow: dict[str, float] = {}
    grade = find_grade(whole.text("grade")) if "grade" in whole else None
    if grade:
        bounds = {(one, True): floor for one, floor in grade.floors.items() if one in PROPERTIES}
        follow = {one: floor for one, floor in grade.floors.items() if one in FOLLOW}
    for side, least in (("floors", True), ("ceilings", False)):
        names = (*PROPERTIES, *(FOLLOW if least else ()), *ELEMENTS)
        for one, value in Fields(whole.given.get(side, {}), f"{name}: {side}", names).given.items():
            amount = _amount(value, one, f"{name}: {side}: {one}")
            if one in FOLLOW:
                follow[one] = amount
            else:
                bounds[one, least] = amount
    if not bounds and not follow:
        raise MagnetError(f"{name} sets no limit. Name a grade, or floors and ceilings: 'floors: {{Br: 1.30 T}}'.")
    for (one, _), bound in bounds.items():
        if bound <= 0:
            raise MagnetError(f"{name}: the limit of {one} is {bound:g}. Give one above zero.")
    mu_rec, knee = whole.number("mu_rec", MU_REC, 1.0, 1.99), whole.number("knee", KNEE, 0.01, 0.999)
    limits = limits_of(bounds, follow, mu_rec)
    lots, notes = _read_lots(folder / whole.text("lots"), tuple(dict.fromkeys(one.quantity for one in limits)), grade)
    return BlendCase(
        lots, limits, whole.number("batch_kg", 1.0, 1e-9), whole.number("confidence", 0.95, 0.5, 0.9999999),
        whole.share("least_recycled", 0.0), whole.text("currency", "money"), whole.text("title", "Blend"),
        follow, mu_rec, knee, tuple(notes),
    )  # fmt: skip


def limits_of(
    bounds: Mapping[tuple[str, bool], float], follow: Mapping[str, float], mu_rec: float = MU_REC
) -> tuple[Limit, ...]:
    """Return limits of a blend, by (quantity, whether it is a floor), in T, kA/m or ppm.

    What floors of BHmax (kJ/m3) and Hcb (kA/m) ask of Br along a straight B(H) is the floor of Br where it is higher.
    """
    br, why = bounds.get(("Br", True), 0.0), ""
    for name, floor in follow.items():
        check_bounds(name, floor, "The floor")
        asked = br_for_energy_product(floor, mu_rec) if name == "BHmax" else floor * MU0 * mu_rec
        if asked > br:
            unit = "kJ/m3" if name == "BHmax" else "kA/m"
            br, why = asked, f"from the floor of {name}, {floor:g} {unit}, at mu_rec {mu_rec:g}"
    whole = dict(bounds) | ({("Br", True): br} if br > 0 else {})
    return tuple(
        Limit(one, bound, least, why if (one, least) == ("Br", True) else "") for (one, least), bound in whole.items()
    )


def read_lots(path: Path, needed: tuple[str, ...]) -> tuple[Lot, ...]:
    """Return the lots of a CSV table, each with every quantity that is ``needed``. Raises ``MagnetError``."""
    return _read_lots(path, needed, None)[0]


def _read_lots(path: Path, needed: tuple[str, ...], grade: Grade | None) -> tuple[tuple[Lot, ...], list[str]]:
    """Return the lots, of the family of a grade if there is one, and notes."""
    rows = read_rows(path, "lot", "name,kind,price,Br (T),sd_Br (T),Hcj (kA/m),sd_Hcj (kA/m)")
    if len(rows) - 1 > MOST_LOTS:
        raise MagnetError(f"{path.name} holds {len(rows) - 1:,} lots; at most {MOST_LOTS:,} are blended at once.")
    columns = [_column(cell, path.name) for cell in rows[0]]
    names = [column.name for column in columns]
    for name in ("name", "kind", "price", *needed):
        if name not in names:
            raise MagnetError(f"{path.name} has no column '{name}'. Each lot needs it.")
    lots = []
    for at, row in enumerate(rows[1:], start=2):
        cells = {column.name: (cell, column) for column, cell in zip(columns, row, strict=False) if cell}
        where = f"{path.name}, row {at} ({cells['name'][0]})" if "name" in cells else f"{path.name}, row {at}"
        _check_family(cells, grade, where)
        lots.append(_lot(cells, needed, set(names), where))
    twice = sorted(name for name, times in Counter(lot.name for lot in lots).items() if times > 1)
    if twice:
        raise MagnetError(f"{path.name} names {', '.join(twice[:5])} twice. Give each lot its own name.")
    blind = [one for one in needed if f"sd_{one}" not in names]
    notes = [lot.note for lot in lots if lot.note]
    if not blind:
        return tuple(lots), notes
    note = (
        f"{path.name} has no column {', '.join(f'sd_{one}' for one in blind)}: {', '.join(blind)} of each lot are "
        "taken as known exactly, and these limits hold on average only."
    )
    return tuple(lots), [*notes, note]


def _lot(cells: Mapping[str, tuple[str, Column]], needed: tuple[str, ...], columns: set[str], where: str) -> Lot:
    kind = _one_of(cells, "kind", KINDS, where)
    additive = kind == "additive"

    def of(name: str, default: float | None = None) -> float:
        if name not in cells:
            if default is None:
                raise MagnetError(f"{where}: {name} is empty. Each lot needs it.")
            return default
        text, column = cells[name]
        lowest = -1e9 if additive and name in PROPERTIES else 0.0
        value = number(text, f"{where}: {name}", lowest) * column.size
        base = name.removesuffix("_remade")
        return check_bounds(base, value, where, column.unit) if base in PROPERTIES and not additive else value

    doping = _one_of(cells, "doping", DOPINGS, where) if "doping" in cells else "none"
    values = {one: of(one) for one in needed if one != "Hcj" or doping != "gbd"}
    carries = {one: of(one) for one in HEAVY if one in cells}
    estimated: tuple[float, float] | None = None
    note = ""
    if doping == "gbd" and "Hcj" in needed:
        if "Hcj_remade" in cells:
            values["Hcj"] = of("Hcj_remade")
        elif carries and "Hcj" in cells:
            estimated = remade_hcj(of("Hcj"), of("sd_Hcj"), {one: ppm / PPM["wt%"] for one, ppm in carries.items()})
            values["Hcj"] = estimated[0]
            note = (
                f"{where}: Hcj_remade is empty; {shown(estimated[0], 'field')} with a standard deviation of "
                f"{estimated[1]:,.0f} kA/m is estimated from its Dy and Tb, by recalled slopes. Measure a magnet made "
                "of the lot."
            )
        else:
            raise MagnetError(
                f"{where}: this lot was made by grain-boundary diffusion; the coercivity that it measures is in its "
                "shells and does not come through melting. Give 'Hcj_remade', of a magnet made from the lot, or Hcj "
                "with 'Dy (wt%)' and 'Tb (wt%)' of the lot, to estimate it."
            )
    if additive and "most" not in cells:
        raise MagnetError(f"{where}: an additive needs 'most (wt%)', as far as its effect was seen to be straight.")
    sd = {}
    for one in needed:
        if one == "Hcj" and estimated is not None:
            sd[one] = estimated[1]
            continue
        name = f"sd_{one}_remade" if one == "Hcj" and doping == "gbd" else f"sd_{one}"
        if name not in cells and f"sd_{one}" in columns:  # an empty cell must not make the surest lot
            raise MagnetError(f"{where}: {name} is empty. Write the standard deviation, or 0 if it is known exactly.")
        sd[one] = of(name, 0.0)
    recycled = _one_of(cells, "recycled", ("yes", "no"), where) if "recycled" in cells else None
    return Lot(
        cells["name"][0] if "name" in cells else "", kind, doping,
        recycled == "yes" if recycled else kind in ("scrap", "swarf"), of("price"), of("available", float("inf")),
        of("most", float("inf")) / PPM["wt%"], values, sd, carries, note,
    )  # fmt: skip


def _check_family(cells: Mapping[str, tuple[str, Column]], grade: Grade | None, where: str) -> None:
    """Raise ``MagnetError`` where a lot is not of the family of the grade; a lot that does not say it is NdFeB."""
    said = cells["material"][0] if "material" in cells else "ndfeb"
    family = family_of(said, f"{where}: material")
    if grade is not None and family != grade.family:
        taken = "" if "material" in cells else ", as it says no other in a column 'material'"
        raise MagnetError(
            f"{where} is {FAMILIES[family]}{taken}; {grade.name} is a grade of {FAMILIES[grade.family]}. No blend "
            "turns one into the other."
        )


def _one_of(cells: Mapping[str, tuple[str, Column]], name: str, known: tuple[str, ...], where: str) -> str:
    said = cells[name][0] if name in cells else ""
    if said not in known:
        raise MagnetError(f"{where}: {name} is '{said}'. Write one of {', '.join(known)}.")
    return said


def _column(heading: str, file: str) -> Column:
    plain, _, unit = heading.partition("(")
    plain, unit = plain.strip(), unit.strip(") ")
    base = plain.removeprefix("sd_").removesuffix("_remade")
    if base in PROPERTIES:
        return Column(plain, column_factor(heading, plain, unit, PROPERTIES[base], file), unit)
    if base in ELEMENTS or plain == "most":
        if unit not in PPM:
            raise MagnetError(
                f"{file}: the column '{heading}' has no unit that is known. Write '{plain} (ppm)' or (wt%)."
            )
        return Column(plain, PPM[unit], unit)
    if plain in ("name", "kind", "doping", "recycled", "material", "note", "price", "available"):
        return Column(plain, 1.0, "")
    raise MagnetError(
        f"{file}: no column '{heading}' is known. There are name, kind, price, Br, Hcj, O, C, Dy and more."
    )


def _amount(value: object, name: str, what: str) -> float:
    """Return a limit in T, kA/m, kJ/m3 or ppm."""
    if name in QUANTITIES:
        return check_bounds(name, quantity(value, QUANTITIES[name], what), what)
    text = str(value).strip()
    for unit, size in PPM.items():
        if text.endswith(unit):
            return number(text.removesuffix(unit).strip(), what) * size
    raise MagnetError(f"{what} is '{value}'. Write it with its unit, such as '2500 ppm' or '0.25 wt%'.")
