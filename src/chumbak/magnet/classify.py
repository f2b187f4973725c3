"""Which grade a measured magnet is, why it is not the next, and where vendors or the measurement leave it open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chumbak.magnet.grades import FAMILIES, KINDS, LIMITS, Grade, Spread, known_grades, known_spreads, spreads_of
from chumbak.magnet.metrology import method_flag
from chumbak.magnet.units import MU0, MagnetError, shown

SURE, LIKELY, UNSURE, FAILS = "holds", "holds within its uncertainty", "fails within its uncertainty", "fails"
MOST = {"Br": 1.7, "Hcb": 1300.0, "Hcj": 5000.0, "BHmax": 560.0}
"""Beyond these no rare-earth magnet can be: Br above the saturation of Nd2Fe14B (1.6 T), BHmax above Js^2/(4 mu0)."""


@dataclass(frozen=True)
class Measured:
    """A measured magnet at 20 C: values in T, kA/m and kJ/m3, their expanded uncertainties (k = 2), and the method."""

    values: Mapping[str, float]
    uncertainty: Mapping[str, float]
    method: str = ""
    name: str = ""


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
        if short <= 0:
            tail = f"is {shown(-short, kind)} above" if short < 0 else "is on"
            return f"{self.quantity} {tail} the floor of {shown(self.floor, kind)}"
        return f"{self.quantity} is {shown(short, kind)} short of the floor of {shown(self.floor, kind)}"


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


def classify(measured: Measured, family: str = "ndfeb", grades: Sequence[Grade] | None = None) -> Class:
    """Return the class of a magnet among grades of a family. Raises ``MagnetError`` for what no magnet can be.

    ``best`` is of the highest coercivity floor that holds, and of those the highest energy product; ``holds`` are
    those that no other one held is at or above in both. ``stronger`` is the next energy product at the floor of
    coercivity of the best, ``harder`` the next floor of coercivity at its energy product.
    """
    check_possible(measured)
    among = [one for one in (known_grades() if grades is None else grades) if one.family == family]
    rows = [one for one in among if not one.typical_only]
    if not rows:
        raise MagnetError(f"No grade of {FAMILIES[family]} with least values is known. Give a table of grades.")
    held = [found for found in (against(measured, grade) for grade in rows) if found.holds]
    best = max(held, key=lambda one: (_hard(one.grade), _strong(one.grade)), default=None)
    top = [
        one for one in held
        if not any(_dominates(other.grade, one.grade) for other in held)
    ]  # fmt: skip
    stronger, harder = _next(measured, rows, best)
    near = [one for one in (best, stronger, harder) if one is not None]
    contested = {
        spread: None for one in near for spread in spreads_of(one.grade, rows) if spread.quantity.endswith("_min")
    }
    contested |= {one: None for one in known_spreads() if _decides(one, measured, rows)}
    return Class(measured, family, best, tuple(sorted(top, key=lambda one: (_hard(one.grade), one.grade.name))),
                 stronger, harder, tuple(contested), tuple(_notes(measured, best)))  # fmt: skip


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
        if not 0 < value <= MOST[name]:
            raise MagnetError(
                f"{who}{name} of {shown(value, KINDS[name])} is of no rare-earth magnet (above 0, at most "
                f"{shown(MOST[name], KINDS[name])}). Check its unit."
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


def _next(measured: Measured, rows: Sequence[Grade], best: Against | None) -> tuple[Against | None, Against | None]:
    """Return the next grade by energy product and by coercivity, as the magnet stands to them."""
    if best is None:
        nearest_first = sorted((against(measured, one) for one in rows), key=_shortfall)
        return nearest_first[0], None
    at = best.grade
    stronger = [
        one for one in rows if _hard(one) >= _hard(at) and one.series == at.series and _strong(one) > _strong(at)
    ]
    harder = [one for one in rows if _hard(one) > _hard(at)]
    harder = [one for one in harder if one.series != at.series] or harder
    nearest = sorted(harder, key=lambda one: (_hard(one), abs(_strong(one) - _strong(at)), one.name))
    first = min(stronger, key=lambda one: (_strong(one), one.name), default=None)
    return (
        against(measured, first) if first else None,
        against(measured, nearest[0]) if nearest else None,
    )


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


def _dominates(one: Grade, other: Grade) -> bool:
    level = (_hard(one) >= _hard(other), _strong(one) >= _strong(other))
    return all(level) and (_hard(one), _strong(one)) != (_hard(other), _strong(other))
