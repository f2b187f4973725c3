"""What reconciliation gives back: an estimate for each quantity, or in words why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import chi2

from chumbak.reconcile.problem import Problem
from chumbak.reconcile.solve import Solved, solve
from chumbak.reconcile.structure import scale_of
from chumbak.reconcile.system import Array

Status = Literal["redundant", "unchecked", "observable", "undetermined", "exact"]
MEANING: Mapping[Status, str] = {
    "redundant": "measured, and checked by the balances",
    "unchecked": "measured, and no balance checks it: it stays as measured",
    "observable": "not measured, and follows from the balances",
    "undetermined": "not measured, and nothing determines it",
    "exact": "given as exact, never moved",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One quantity. ``value`` and ``sd`` are None where it is undetermined; ``sd`` is 0 for what is exact.

    ``measured`` and ``measured_sd`` (all errors, shared ones included) are as given. ``at_floor``: it would have
    fallen below its floor and was held there; its ``sd`` is then 0, which says only that it was held.
    """

    name: str
    status: Status
    value: float | None
    sd: float | None
    measured: float | None = None
    measured_sd: float | None = None
    at_floor: bool = False

    @property
    def adjustment(self) -> float | None:
        """By how much the measured value was moved; None where nothing was measured."""
        return None if self.measured is None or self.value is None else self.value - self.measured


@dataclass(frozen=True, slots=True)
class GlobalTest:
    """Whether the measurements as a whole agree with the balances.

    Without gross errors ``statistic`` follows chi-squared with ``degrees`` of freedom; ``chance`` is that of one as
    large or larger. With no degrees of freedom nothing can be tested: ``passed`` is then None.
    """

    statistic: float
    degrees: int
    chance: float
    level: float

    @property
    def passed(self) -> bool | None:
        """Whether nothing speaks against the measurements at this level."""
        return None if self.degrees == 0 else self.chance >= self.level


@dataclass(frozen=True)
class Reconciled:
    """A reconciled problem.

    ``residuals`` is by how much each balance still misses, in its own unit; ``worst`` the largest of them over the
    size of what is in its balance. ``degrees`` counts the checks the balances give, quantities held at
    their floor included. ``notes`` are sentences on what a reader must know.
    """

    problem: Problem
    estimates: Mapping[str, Estimate]
    residuals: Mapping[str, float]
    worst: float
    objective: float
    degrees: int
    steps: int
    notes: tuple[str, ...]
    solved: Solved

    def value(self, name: str) -> float:
        """Return a reconciled value. Raises ``KeyError`` for an unknown name, ``ValueError`` if it is undetermined."""
        found = self.estimates[name].value
        if found is None:
            raise ValueError(f"'{name}' is undetermined: it is not measured, and no balance gives it. Measure it.")
        return found

    def covariance(self, names: Sequence[str]) -> Array:
        """Return the covariance of reconciled values (k, k). Raises ``ValueError`` for an undetermined one."""
        at = {name: number for number, name in enumerate(self.solved.system.names)}
        found = np.zeros((len(names), len(names)))
        free = [number for number, name in enumerate(names) if name in at]
        for name in names:
            self.value(name)
        columns = [at[names[number]] for number in free]
        found[np.ix_(free, free)] = self.solved.covariance[np.ix_(columns, columns)]
        return found

    def global_test(self, level: float = 0.05) -> GlobalTest:
        """Return the global test at this level (the chance of a false alarm)."""
        chance = float(chi2.sf(self.objective, self.degrees)) if self.degrees else 1.0
        return GlobalTest(self.objective, self.degrees, chance, level)


def reconcile(problem: Problem) -> Reconciled:
    """Return the reconciled values. Raises ``NotSolvedError`` where no values keep the balances, or none were found."""
    solved = solve(problem)
    system, point, structure = solved.system, solved.point, solved.structure
    sd = np.sqrt(np.clip(np.diag(solved.covariance), 0.0, None))
    whole = np.zeros(len(system.names))
    whole[system.measured] = np.sqrt(np.diag(system.covariance))
    found: dict[str, Estimate] = {}
    for number, name in enumerate(system.names):
        value, spread = float(point.x[number]), float(sd[number])
        resting = bool(point.resting[number])
        if system.measured[number]:
            status: Status = "redundant" if structure.redundant[number] or resting else "unchecked"
            given = (float(system.value[number]), float(whole[number]))
            found[name] = Estimate(name, status, value, spread, *given, at_floor=resting)
        elif structure.observable[number]:
            found[name] = Estimate(name, "observable", value, spread, at_floor=resting)
        else:
            found[name] = Estimate(name, "undetermined", None, None)
    estimates = {
        quantity.name: found.get(quantity.name)
        or Estimate(quantity.name, "exact", quantity.value, 0.0, quantity.value, 0.0)
        for quantity in problem.quantities
    }
    missed = system.residual(point.x)
    known = np.zeros(len(point.x))
    known[system.measured] = np.maximum(np.abs(system.value[system.measured]), whole[system.measured])
    jacobian = system.jacobian(point.x)
    known = np.maximum(np.abs(point.x), scale_of(jacobian, system.measured, known))
    size = np.abs(jacobian) @ known + np.abs(system.constant)
    return Reconciled(
        problem=problem,
        estimates=estimates,
        residuals=dict(zip(system.rows, missed.tolist(), strict=True)),
        worst=float((np.abs(missed) / np.where(size > 0, size, 1.0)).max(initial=0.0)),
        objective=solved.objective,
        degrees=len(structure.project),
        steps=point.steps,
        notes=_notes(estimates),
        solved=solved,
    )


def _notes(estimates: Mapping[str, Estimate]) -> tuple[str, ...]:
    def named(held: list[str]) -> str:
        return ", ".join(held[:8]) + (f" and {len(held) - 8} more" if len(held) > 8 else "")

    loose = [name for name, one in estimates.items() if one.status == "undetermined"]
    unchecked = [name for name, one in estimates.items() if one.status == "unchecked"]
    floors = [name for name, one in estimates.items() if one.at_floor]
    notes = []
    if loose:
        notes.append(f"Undetermined, so without a number: {named(loose)}. Measure them, or add a balance.")
    if unchecked:
        notes.append(f"No balance checks {named(unchecked)}: an error there cannot be seen.")
    if floors:
        notes.append(
            f"Held at the least value they can have: {named(floors)}. Without that they would fall below it, "
            "which itself speaks of an error in what was measured around them."
        )
    return tuple(notes)
