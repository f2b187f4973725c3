"""Which grade a measured magnet is, why it is not the next, and where vendors or the measurement leave it open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chumbak.magnet.grades import (
    FAMILIES,
    LIMITS,
    Grade,
    Spread,
    coercivity_classes,
    known_grades,
    known_spreads,
    spreads_of,
)
from chumbak.magnet.metrology import method_flag
from chumbak.magnet.units import DIGITS, KINDS, MU0, MagnetError, check_bounds, shown

SURE, LIKELY, UNSURE, FAILS = "holds", "holds within its uncertainty", "fails within its uncertainty", "fails"
MOST_UNCERTAIN = 0.25  # of a value: an expanded uncertainty above it is one in another unit
MOST_DIGITS = 6
Rank = Callable[[Grade], tuple[float, float]]
"""The class of coercivity (kA/m) and of energy (MGOe) of a grade."""


@dataclass(frozen=True)
class Measured:
    """A measured magnet at 20 C: values in T, kA/m and kJ/m3, their expanded uncertainties (k = 2), and the method."""

    values: Mapping[str, float]
    uncertainty: Mapping[str, float]
    method: str = ""
    name: str = ""
    notes: tuple[str, ...] = ()
    """What was said of the measurement when it was read."""


@dataclass(frozen=True)
class Reason:
    """How one quantity stands to the floor of a grade."""

    quantity: str
    measured: float
    floor: float
    verdict: str

    def said(self) -> str:
        """Return it as a clause."""
        kind, short = KINDS[self.quantity], self.floor - self.measured
        digits = DIGITS[kind]
        while short and round(abs(short), digits) == 0 and digits < MOST_DIGITS:  # no 'short by 0'
            digits += 1
        floor = shown(self.floor, kind)
        if short <= 0:
            tail = f"is {shown(-short, kind, digits)} above" if short < 0 else "is on"
            return f"{self.quantity} {tail} the floor of {floor}"
        return f"{self.quantity} is {shown(short, kind, digits)} short of the floor of {floor}"


@dataclass(frozen=True)
class Against:
    """A magnet against a grade: whether it holds, how surely, each reason, and what was not measured."""

    grade: Grade
    reasons: tuple[Reason, ...]
    unmeasured: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Say whether every measured value is on or above its floor."""
        return all(reason.verdict in (SURE, LIKELY) for reason in self.reasons)

    @property
    def sure(self) -> bool:
        """Say whether every value is above its floor by its expanded uncertainty."""
        return all(reason.verdict == SURE for reason in self.reasons)

    @property
    def failing(self) -> tuple[Reason, ...]:
        """Return the reasons why it does not hold."""
        return tuple(reason for reason in self.reasons if reason.verdict in (UNSURE, FAILS))


@dataclass(frozen=True)
class Class:
    """What a magnet is: the best grades it holds, the next it does not with reasons, what is contested, notes."""

    measured: Measured
    family: str
    best: Against | None
    holds: tuple[Against, ...]
    stronger: Against | None
    harder: Against | None
    contested: tuple[Spread, ...]
    notes: tuple[str, ...]


def classify_magnet(measured: Measured, family: str = "ndfeb", grades: Sequence[Grade] | None = None) -> Class:
    """Return the class of a magnet among grades of a family. Raises ``MagnetError`` for what no magnet can be.

    Grades rank by class of coercivity (of the series), then class of energy (the number in the name), and only then by
    floors, as vendors' floors of one class differ. ``best`` is the highest that holds; ``holds`` are those that no
    other one held is at or above in both classes. ``stronger`` is the next class of energy in the series of the best,
    ``harder`` the next class of coercivity, nearest to its energy.
    """
    check_possible(measured)
    among = [one for one in (known_grades() if grades is None else grades) if one.family == family]
    rows = [one for one in among if not one.typical_only]
    if not rows:
        raise MagnetError(f"No grade of {FAMILIES[family]} with least values is known. Give a table of grades.")
    classes = coercivity_classes(rows)

    def rank(grade: Grade) -> tuple[float, float]:
        return classes.get(grade.series, _hard(grade)), grade.energy_class

    held = [found for found in (against(measured, grade) for grade in rows) if found.holds]
    best = max(held, key=lambda one: (rank(one.grade), _hard(one.grade), _strong(one.grade)), default=None)
    top = [
        one for one in held
        if not any(_dominates(rank(other.grade), rank(one.grade)) for other in held)
    ]  # fmt: skip
    stronger, harder = _next(measured, rows, best, rank)
    near = [one for one in (best, stronger, harder) if one is not None]
    contested = {
        spread: None for one in near for spread in spreads_of(one.grade, rows) if spread.quantity.endswith("_min")
    }
    contested |= {one: None for one in known_spreads() if _decides(one, measured, rows)}
    return Class(measured, family, best, tuple(sorted(top, key=lambda one: (rank(one.grade), one.grade.name))),
                 stronger, harder, tuple(contested), (*measured.notes, *_notes(measured, best)))  # fmt: skip


def against(measured: Measured, grade: Grade) -> Against:
    """Return how a magnet stands to one grade."""
    reasons = []
    for name in LIMITS:
        if name in grade.floors and name in measured.values:
            value, floor, wide = measured.values[name], grade.floors[name], measured.uncertainty.get(name, 0.0)
            verdict = (SURE if value - wide >= floor else LIKELY) if value >= floor else UNSURE
            reasons.append(Reason(name, value, floor, FAILS if value + wide < floor else verdict))
    unmeasured = tuple(name for name in LIMITS if name in grade.floors and name not in measured.values)
    return Against(grade, tuple(reasons), unmeasured)


def check_possible(measured: Measured) -> None:
    """Raise ``MagnetError`` where the values cannot be those of one magnet."""
    values = measured.values
    who = f"{measured.name}: " if measured.name else ""
    if "Br" not in values or "Hcj" not in values:
        raise MagnetError(f"{who}a grade needs Br and Hcj. Give both, and BHmax and Hcb if they were measured.")
    for name, value in values.items():
        check_bounds(name, value, measured.name)
    for name, wide_by in measured.uncertainty.items():
        if name in values and not 0 <= wide_by <= MOST_UNCERTAIN * values[name]:
            raise MagnetError(
                f"{who}the expanded uncertainty of {name}, {shown(wide_by, KINDS[name])}, is not between 0 and "
                f"{100 * MOST_UNCERTAIN:g} % of {shown(values[name], KINDS[name])}. Check its unit."
            )
    wide = {name: values[name] + measured.uncertainty.get(name, 0.0) for name in values}
    least = {name: values[name] - measured.uncertainty.get(name, 0.0) for name in values}
    if "Hcb" in values and least["Hcb"] > wide["Br"] / MU0 * 1.001:
        raise MagnetError(
            f"{who}Hcb of {shown(values['Hcb'], 'field')} is above Br/mu0 = {shown(wide['Br'] / MU0, 'field')}, "
            "which cannot be. Check whether Hcb and Hcj are swapped, and their units."
        )
    if "Hcb" in values and least["Hcb"] > wide["Hcj"]:
        raise MagnetError(f"{who}Hcb is above Hcj, which cannot be. Check whether the two are swapped.")
    if "BHmax" in values and least["BHmax"] > (ceiling := wide["Br"] ** 2 / (4 * MU0)) * 1.001:
        raise MagnetError(
            f"{who}BHmax of {shown(values['BHmax'], 'energy')} is above Br^2/(4 mu0) = {shown(ceiling, 'energy')}, "
            "which cannot be. Check Br and BHmax and their units."
        )


def _next(
    measured: Measured, rows: Sequence[Grade], best: Against | None, rank: Rank
) -> tuple[Against | None, Against | None]:
    """Return the next grade by class of energy and of coercivity, as the magnet stands to them."""
    if best is None:
        nearest_first = sorted((against(measured, one) for one in rows), key=_shortfall)
        return nearest_first[0], None
    hard, strong = rank(best.grade)
    stronger = [one for one in rows if one.series == best.grade.series and rank(one)[0] >= hard]
    stronger = [one for one in stronger if rank(one)[1] > strong]
    harder = [one for one in rows if rank(one)[0] > hard]

    def nearest(among: Sequence[Grade]) -> Against | None:
        ordered = sorted(
            (against(measured, one) for one in among),
            key=lambda one: (rank(one.grade)[0], abs(rank(one.grade)[1] - strong), _shortfall(one)),
        )
        return ordered[0] if ordered else None

    return nearest(stronger), nearest(harder)


def _decides(spread: Spread, measured: Measured, rows: Sequence[Grade]) -> bool:
    """Say whether the magnet lies between what two vendors ask for, in a grade it would hold but for that."""
    name = spread.quantity.removesuffix("_min")
    if name not in measured.values or not spread.low <= measured.values[name] < spread.high:
        return False
    of = [against(measured, one) for one in rows if one.name == spread.grade]
    return any(all(reason.quantity == name for reason in one.failing) for one in of)


def _notes(measured: Measured, best: Against | None) -> list[str]:
    notes = []
    flag = method_flag(measured.values.get("Hcj"), measured.method)
    if flag:
        notes.append(flag)
    if best is not None and best.unmeasured:
        notes.append(f"Not measured, so not held against the grade: {', '.join(best.unmeasured)}.")
    if best is not None and not best.sure and measured.uncertainty:
        close = [reason.quantity for reason in best.reasons if reason.verdict == LIKELY]
        notes.append(f"{best.grade.name} holds only within the uncertainty of {', '.join(close)}.")
    if not measured.uncertainty:
        notes.append("No uncertainty was given: on a floor counts as holding.")
    if best is not None and best.grade.mark:
        notes.append(f"The row of {best.grade.name} is marked '{best.grade.mark}': check it with the vendor.")
    return notes


def _shortfall(one: Against) -> tuple[float, str]:
    """Return the largest share by which a value is short of its floor."""
    return max((1 - reason.measured / reason.floor for reason in one.reasons), default=0.0), one.grade.name


def _hard(grade: Grade) -> float:
    return grade.floors.get("Hcj", 0.0)


def _strong(grade: Grade) -> float:
    return grade.floors.get("BHmax", 0.0)


def _dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] >= other[0] and one[1] >= other[1]
