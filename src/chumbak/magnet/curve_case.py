"""What is asked of a curve: a magnet (a grade, values, or a measured loop), its shape or permeance, its use."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chumbak.magnet.curve import REFERENCE, Magnet, knee_of_squareness
from chumbak.magnet.fields import Fields, number
from chumbak.magnet.grades import Grade, find_grade, known_grades, read_grades, spreads_of
from chumbak.magnet.loop import Loop
from chumbak.magnet.loop_file import Raw, read_and_analyse
from chumbak.magnet.metrology import method_flag
from chumbak.magnet.shape import SHAPES, Load, load_of_permeance, load_of_shape
from chumbak.magnet.units import MagnetError, check_bounds

KNEE, MU_REC = 0.9, 1.05  # where nothing is said: as in the load-line check of catalogues
FRACTION = {"alpha": 0.005, "beta": 0.05}  # % per degree: nearer to zero a number is taken for a fraction, or is 0
PERCENT = re.compile(r"\s*(\S+)\s*%\s*(/|per)?\s*(°?C|K|degree)?\s*")
MAGNET = (
    "grade", "vendor", "grades", "loop", "method", "br", "hcj", "knee", "squareness", "mu_rec", "alpha", "beta",
    "coefficients_from", "coefficients_to",
)  # fmt: skip
SIZES = sorted({size for sizes in SHAPES.values() for size in sizes})


@dataclass(frozen=True)
class Case:
    """A magnet with where its values come from, its load line, temperatures (C), and notes in words."""

    title: str
    magnet: Magnet
    origin: str
    load: Load
    temperature: float
    opposing: float
    allowed: float
    temperatures: tuple[float, ...]
    grade: Grade | None
    raw: Raw | None
    loop: Loop | None
    grades: tuple[Grade, ...]
    notes: tuple[str, ...]


def read_case(given: object, folder: Path, name: str = "the file") -> Case:
    """Return what a mapping asks. Files in it are taken from ``folder``. Raises ``MagnetError``."""
    whole = Fields(given, name, ("title", "magnet", "shape", "permeance", "use"))
    use = Fields(
        whole.given.get("use", {}), f"{name}: use", ("temperature", "opposing_field", "allowed_loss", "temperatures")
    )
    temperature = use.quantity("temperature", "temperature", REFERENCE)
    asked = use.given.get("temperatures", [REFERENCE, temperature])
    if not isinstance(asked, list) or not asked:
        raise MagnetError(f"{name}: use: temperatures is no list. Write [20, 100, 150].")
    shown = {Fields({"t": one}, f"{name}: use: temperatures", ("t",)).quantity("t", "temperature") for one in asked}
    magnet, origin, grade, measured, table, notes = _magnet(whole.get("magnet"), folder, f"{name}: magnet")
    load = _load(whole, name)
    for one in sorted(shown | {temperature}):
        if magnet.beyond(one):
            notes.append(
                f"{one:g} C is outside of {magnet.low:g} to {magnet.high:g} C, for which alpha and beta are taken to "
                "hold: extrapolated."
            )
    return Case(
        whole.text("title", origin), magnet, origin, load, temperature, use.quantity("opposing_field", "field", 0.0),
        use.share("allowed_loss", 0.0), tuple(sorted(shown | {temperature})), grade,
        measured[0] if measured else None, measured[1] if measured else None, table, tuple(notes),
    )  # fmt: skip


def _magnet(
    given: object, folder: Path, where: str
) -> tuple[Magnet, str, Grade | None, tuple[Raw, Loop] | None, tuple[Grade, ...], list[str]]:
    """Return the magnet, where it comes from, its grade and loop where there are, the grades known, and notes."""
    asked = Fields(given, where, MAGNET)
    notes: list[str] = []
    table = known_grades()
    if "grades" in asked:
        table = (*read_grades(folder / asked.text("grades")), *table)
    grade = None
    if "grade" in asked:
        grade = find_grade(asked.text("grade"), table, asked.text("vendor") if "vendor" in asked else None)
        notes += [f"{one.said()} Source: {one.source}." for one in spreads_of(grade, table)]
        if grade.mark:
            notes.append(f"The row of {grade.name} is marked '{grade.mark}'.")
        if grade.coefficients_verification not in ("", "excerpt"):
            notes.append(f"alpha and beta of {grade.name} are marked '{grade.coefficients_verification}'.")
    measured = read_and_analyse(folder / asked.text("loop")) if "loop" in asked else None
    if measured:
        notes += measured[1].notes
        method = measured[0].method(asked.text("method", ""))
        notes += [flag] if (flag := method_flag(measured[1].down.hcj, method)) else []
    br, hcj, origin = _values(asked, grade, measured[1] if measured else None)
    alpha = _coefficient(asked, "alpha", grade.alpha if grade else None, where)
    beta = _coefficient(asked, "beta", grade.beta if grade else None, where)
    mu_rec = asked.number("mu_rec", measured[1].down.mu_rec if measured else MU_REC, 1.0, 2.0)
    low = asked.quantity("coefficients_from", "temperature", REFERENCE)
    high = grade.coefficients_to or grade.hottest if grade else None
    if "coefficients_to" in asked:
        high = asked.quantity("coefficients_to", "temperature")
    elif high is not None and (alpha, beta) == (grade.alpha, grade.beta) and not grade.coefficients_to:  # type: ignore[union-attr]
        notes.append(f"The source gives no range for alpha and beta; it is taken to end at its {high:g} C.")
    elif high is None:
        raise MagnetError(f"{where}: say to which temperature alpha and beta hold: 'coefficients_to: 150 C'.")
    squareness = measured[1].down.squareness if measured and "knee" not in asked else None
    if "squareness" in asked:
        squareness = asked.number("squareness", least=0.0, most=1.0)
    knee = asked.number("knee", KNEE, 0.0, 1.0)
    if squareness is not None:
        knee = knee_of_squareness(squareness, br, hcj, mu_rec)
    elif "knee" not in asked:
        notes.append(f"No squareness was given: the knee is taken at {KNEE:g} x Hcj, the recoil at mu_rec {mu_rec:g}.")
    try:
        magnet = Magnet(br, hcj, alpha, beta, low, high, knee, mu_rec)
        if measured and measured[0].temperature is not None:
            magnet = _from_loop_at(measured[0].temperature, magnet, asked, notes)
    except MagnetError as error:
        raise MagnetError(f"{where}: {error}") from None
    return magnet, origin, grade, measured, table, notes


def _from_loop_at(temperature: float, magnet: Magnet, asked: Fields, notes: list[str]) -> Magnet:
    """Return a magnet whose Br and Hcj of a loop, measured at a temperature (C), are turned to 20 C."""
    if temperature == REFERENCE:
        return magnet
    if magnet.beyond(temperature):
        raise MagnetError(
            f"the loop was measured at {temperature:g} C, outside of {magnet.low:g} to {magnet.high:g} C, for which "
            "alpha and beta hold: it cannot be turned to 20 C. Say a wider range, or measure at 20 C."
        )
    share = magnet.at(temperature)  # what is left at that temperature of the loop's values, were these of 20 C
    notes.append(f"The loop was measured at {temperature:g} C; its Br and Hcj are turned to 20 C by alpha and beta.")
    return replace(magnet, br=magnet.br if "br" in asked else magnet.br**2 / share.br,
                   hcj=magnet.hcj if "hcj" in asked else magnet.hcj**2 / share.hcj)  # fmt: skip


def _values(asked: Fields, grade: Grade | None, loop: Loop | None) -> tuple[float, float, str]:
    """Return Br, Hcj and where they come from: what is given goes before a loop, a loop before the least of a grade."""
    floors = grade.floors if grade else {}
    br, hcj = (loop.down.br, loop.down.hcj) if loop else (floors.get("Br"), floors.get("Hcj"))
    if grade and br is None:
        br = grade.br_typical
    if "br" in asked:
        br = check_bounds("Br", asked.quantity("br", "flux"), asked.where)
    if "hcj" in asked:
        hcj = check_bounds("Hcj", asked.quantity("hcj", "field"), asked.where)
    if br is None or hcj is None:
        raise MagnetError(f"{asked.where} needs a grade, a loop, or br and hcj: 'grade: N42SH'.")
    given = "br" in asked and "hcj" in asked
    if given or loop:
        origin = "values as given" if given else "the measured loop"
        return br, hcj, origin + (f", coefficients of {grade.name}" if grade and "beta" not in asked else "")
    return br, hcj, f"{grade.name} of {grade.vendor}, least values" if grade else "values as given"


def _coefficient(asked: Fields, name: str, known: float | None, where: str) -> float:
    if name in asked:
        percent = PERCENT.fullmatch(str(asked.get(name)))
        found = number(percent[1] if percent else asked.get(name), f"{where}: {name}", -2.0, 0.5)
        if percent is None and 0 < abs(found) < FRACTION[name]:
            raise MagnetError(
                f"{where}: {name} of {found:g} % per degree is of no usual magnet. Is it given as a fraction? In % it "
                f"would be {100 * found:g}; if it is meant, write '{name}: {found:g} %/C'."
            )
        return found
    if known is None:
        raise MagnetError(f"{where}: say '{name}' in % per degree from 20 C, or name a grade that has it.")
    return known


def _load(whole: Fields, name: str) -> Load:
    if ("shape" in whole) == ("permeance" in whole):
        raise MagnetError(f"{name} needs one of 'shape' and 'permeance': a working point has no meaning without.")
    if "permeance" in whole:
        return load_of_permeance(whole.number("permeance"))
    shape = Fields(whole.get("shape"), f"{name}: shape", ("kind", "magnetised", *SIZES))
    sizes: dict[str, Any] = {size: shape.quantity(size, "length") for size in SIZES if size in shape}
    kind = shape.text("kind")
    order = [size for size in SHAPES.get(kind, ()) if size in sizes]
    ordered = {size: sizes[size] for size in [*order, *(one for one in sizes if one not in order)]}
    return load_of_shape(kind, ordered, shape.text("magnetised", "axial"))
