"""Gross errors: is there one, which measurement or balance is it, how large, and which could not be seen at all.

With ``r = P A (y - x)`` the checks missed by what was measured and ``V = P A Q A' P'`` their covariance, a gross
error of size b that acts on the checks along ``f`` is tested by ``z = f' V^-1 r / sqrt(f' V^-1 f)``, standard
normal without gross errors. For a measurement ``f`` is its column of ``P A``: this is the maximum-power measurement
test (Mah and Tamhane, AIChE J. 28, 1982, 828) and z squared the generalised likelihood ratio (Narasimhan and Mah,
AIChE J. 33, 1987, 1514), which also tests a leak in a balance, with its column of ``P``. The level of each test is
that of all together by Sidak: ``1 - (1 - level)^(1 / number of tests)``. For balances with products all of this is
of their linearisation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import norm

from chumbak.reconcile.problem import Common, Problem
from chumbak.reconcile.reconciled import GlobalTest, Reconciled, reconcile
from chumbak.reconcile.system import Array

SAME = 1e-6  # one minus the cosine below which two suspects leave the same trace


@dataclass(frozen=True, slots=True)
class Suspect:
    """One hypothesis: a bias of a measurement, or a leak in a balance (what goes in and does not come out).

    ``z`` is standard normal without gross errors; ``size`` the error that explains the checks best, in the unit of
    the measurement (measured minus true) or balance (inputs minus outputs), with standard deviation ``sd``.
    ``found``: |z| is above the limit of the test. ``alike`` are hypotheses that leave the same trace and cannot be
    told from this one. ``detectable`` is the size that would be found with the power asked for.
    """

    kind: Literal["measurement", "leak"]
    name: str
    z: float
    size: float
    sd: float
    detectable: float
    found: bool
    alike: tuple[str, ...] = ()

    def power(self, size: float, limit: float) -> float:
        """Return the chance that a gross error of this size would be found when |z| above ``limit`` is."""
        shift = abs(size) / self.sd
        return float(norm.sf(limit - shift) + norm.cdf(-limit - shift))


@dataclass(frozen=True, slots=True)
class Suspects:
    """All hypotheses that leave a trace, the most suspicious first; ``blind`` names those that leave none.

    ``limit`` is what |z| is held against, ``level`` the chance of any false alarm among all ``tests``, ``power``
    the one that ``detectable`` is given for.
    """

    ranked: tuple[Suspect, ...]
    blind: tuple[str, ...]
    limit: float
    level: float
    power: float
    tests: int

    @property
    def found(self) -> tuple[Suspect, ...]:
        """What is above the limit."""
        return tuple(one for one in self.ranked if one.found)


def limit_of(level: float, tests: int) -> float:
    """Return the limit of |z| so that the chance of any false alarm among independent tests is ``level`` (Sidak)."""
    if not 0 < level < 1:
        raise ValueError(f"A level of {level:g} is no chance between 0 and 1.")
    each = -math.expm1(math.log1p(-level) / max(tests, 1))
    return float(norm.isf(each / 2))


def _checks(done: Reconciled) -> tuple[Array, Array, Array, Array]:
    """Return project (r, k), checks over measured (r, m), what they miss (r), the inverse root of their covariance."""
    solved, m = done.solved, done.solved.system.measured
    project = solved.structure.project
    over = project @ solved.rows[:, m]
    missed = over @ (solved.system.value[m] - solved.point.x[m])
    covariance = over @ solved.system.covariance @ over.T
    values, vectors = np.linalg.eigh(covariance)
    root = vectors / np.sqrt(values) if len(values) else vectors
    return project, over, missed, root


def suspects(done: Reconciled, level: float = 0.05, power: float = 0.8, *, leaks: bool = False) -> Suspects:
    """Return every hypothesis of one gross error, ranked: biases of measurements and, with ``leaks``, of balances."""
    project, over, missed, root = _checks(done)
    system = done.solved.system
    names = [name for name, seen in zip(system.names, system.measured, strict=True) if seen]
    kinds: list[Literal["measurement", "leak"]] = ["measurement"] * len(names)
    traces = (root.T @ over).T
    shows = done.solved.structure.redundant[system.measured]
    if leaks:
        names += list(system.rows)
        kinds += ["leak"] * len(system.rows)
        traces = np.vstack([traces, (root.T @ project[:, : len(system.rows)]).T])
        shows = np.concatenate([shows, done.solved.structure.checked[: len(system.rows)]])
    strength = np.linalg.norm(traces, axis=1)
    white = root.T @ missed
    visible = np.flatnonzero(shows & (strength > 0))
    limit = limit_of(level, len(visible))
    unit = traces[visible] / strength[visible, None]
    alike = np.abs(unit @ unit.T) > 1 - SAME
    z = unit @ white
    needed = limit + float(norm.isf(1 - power))
    ranked = [
        Suspect(
            kinds[at], names[at], float(z[k]), float(z[k] / strength[at]), float(1 / strength[at]),
            float(needed / strength[at]), bool(abs(z[k]) > limit),
            tuple(names[visible[other]] for other in np.flatnonzero(alike[k]) if other != k),
        )
        for k, at in enumerate(visible)
    ]  # fmt: skip
    ranked.sort(key=lambda one: (-round(abs(one.z), 9), one.kind == "leak", one.name))
    blind = tuple(names[at] for at in range(len(names)) if at not in set(visible.tolist()))
    return Suspects(tuple(ranked), blind, limit, level, power, len(visible))


@dataclass(frozen=True, slots=True)
class Elimination:
    """One measurement that was set aside, the test that spoke against it, and the global test without it."""

    suspect: Suspect
    before: GlobalTest
    after: GlobalTest


@dataclass(frozen=True)
class Cleaned:
    """What serial elimination came to: what was set aside, in order, and the problem reconciled without it.

    ``note`` says in words whether the rest agrees, and what could not be told apart.
    """

    eliminated: tuple[Elimination, ...]
    done: Reconciled
    note: str


def without(problem: Problem, names: Sequence[str]) -> Problem:
    """Return the problem with these measurements taken as unknown (they begin where they were measured)."""
    gone = set(names)
    return replace(
        problem,
        quantities=tuple(
            replace(one, value=None, sd=None, start=one.value) if one.name in gone else one
            for one in problem.quantities
        ),
        commons=tuple(
            Common(one.name, {name: sd for name, sd in one.sd.items() if name not in gone}) for one in problem.commons
        ),
    )


def eliminate(problem: Problem, level: float = 0.05, most: int | None = None) -> Cleaned:
    """Set aside one suspected measurement after another until the global test passes (serial elimination).

    The one with the largest |z| goes first (Ripps 1965; Serth and Heenan, AIChE J. 32, 1986, 733). It ends when the
    rest agrees at ``level``, when no check is left, or after ``most`` measurements.
    """
    done = reconcile(problem)
    gone: list[Elimination] = []
    while (before := done.global_test(level)).passed is False and (most is None or len(gone) < most):
        worst = suspects(done, level).ranked[0]
        done = reconcile(without(problem, [one.suspect.name for one in gone] + [worst.name]))
        gone.append(Elimination(worst, before, done.global_test(level)))
    last = done.global_test(level)
    if not gone:
        note = "Nothing speaks against the measurements." if last.passed else "No check: nothing can be tested."
        note = note if last.passed is not False else "The measurements disagree with the balances; none was set aside."
    elif last.passed:
        note = f"Without {', '.join(one.suspect.name for one in gone)} the rest agrees with the balances."
    elif last.passed is None:
        note = "No check is left: the measurements disagree, and which of them is wrong cannot be told."
    else:
        note = "The rest still disagrees with the balances."
    twins = [f"{one.suspect.name} from {', '.join(one.suspect.alike)}" for one in gone if one.suspect.alike]
    if twins:
        note += f" The balances cannot tell {'; '.join(twins)}."
    return Cleaned(tuple(gone), done, note)
