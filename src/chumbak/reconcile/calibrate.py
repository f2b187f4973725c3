"""Measured lots in, recoveries out: what the plan can take in place of a figure that somebody published.

A lot is one run of one step for one element: what went in, what came out as product, and what was lost, each
measured. Where the losses were measured too, the lot is reconciled: in = products + losses, and a lot whose
measurements disagree with that is set aside with the reason. Where they were not, nothing checks the lot, and the
recovery is product over input as measured. Recoveries of lots err together where they share a calibration; ``pool``
takes that into account.

No floors are used here: cutting single lots off at a loss of zero would pull the mean of a step that loses little.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chumbak.reconcile.pool import Method, Pooled, pool
from chumbak.reconcile.problem import Balance, Common, Problem, ProblemError, Quantity, Term
from chumbak.reconcile.reconciled import GlobalTest, reconcile

HOLDS = 0.9  # ranges of a pack's figures hold with 90 %
Z95 = 1.6448536269514722
FEW = 5  # lots below which a row is of low confidence


@dataclass(frozen=True, slots=True)
class Part:
    """A measured mass of the element: a value, the standard deviation of its own error, and its shared errors.

    ``shared`` is by name of the error (a scale, a method of assay) what one standard deviation of it does to the
    value, with its sign. Any unit of mass, the same for all parts of a lot.
    """

    value: float
    sd: float
    shared: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lot:
    """One run of a step for one element. ``losses`` is None where they were not measured, () where there are none."""

    name: str
    inputs: tuple[Part, ...]
    products: tuple[Part, ...]
    losses: tuple[Part, ...] | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery of one lot: product over input, reconciled. ``test`` is None where nothing checks the lot.

    ``own`` is the variance of its own errors, ``shared`` what one standard deviation of each shared error does to it.
    """

    lot: str
    value: float
    own: float
    shared: Mapping[str, float]
    test: GlobalTest | None

    @property
    def sd(self) -> float:
        """The standard deviation of its measuring error."""
        return float(np.sqrt(self.own + sum(effect**2 for effect in self.shared.values())))


@dataclass(frozen=True, slots=True)
class Compared:
    """A measured figure beside the one there was: the difference, its standard deviation and what it says."""

    prior: float
    prior_sd: float | None
    difference: float
    z: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The recovery of an element in a process from its lots; ``aside`` is by lot why it was not taken."""

    process: str
    element: str
    recoveries: tuple[Recovery, ...]
    aside: Mapping[str, str]
    pooled: Pooled | None
    compared: Compared | None


def recovery_of(lot: Lot, level: float = 0.01) -> Recovery:
    """Return the recovery of a lot. Raises ``ProblemError`` where a value is missing, zero or not a number."""
    sides = {"in": lot.inputs, "product": lot.products, "loss": lot.losses or ()}
    parts = {f"{side} {number + 1}": part for side, held in sides.items() for number, part in enumerate(held)}
    times = Counter(label for part in parts.values() for label in part.shared)
    # An error that no other part of this lot has is, for this lot, one of the part's own.
    alone = {
        name: math.hypot(part.sd, *(effect for label, effect in part.shared.items() if times[label] == 1))
        for name, part in parts.items()
    }
    faults = [f"Lot '{lot.name}' has no {what}." for what, held in (("input", lot.inputs), ("product", lot.products))
              if not held]  # fmt: skip
    for name, part in parts.items():
        if not (np.isfinite(part.value) and part.value >= 0):
            faults.append(f"Lot '{lot.name}', {name}: {part.value:g} is no mass.")
        if not (np.isfinite(alone[name]) and part.sd >= 0 and alone[name] > 0):
            faults.append(f"Lot '{lot.name}', {name}: give the standard deviation of an error of its own, above 0.")
    if not faults and sum(part.value for part in lot.inputs) <= 0:
        faults.append(f"Lot '{lot.name}': nothing went in.")
    if faults:
        raise ProblemError(faults)
    signs = {name: 1.0 if name.startswith("in ") else -1.0 for name in parts}
    terms = [Term(sign, name) for name, sign in signs.items()]
    quantities = [Quantity(name, part.value, alone[name], None) for name, part in parts.items()]
    if lot.losses is None:
        quantities.append(Quantity("unmeasured loss", floor=None))
        terms.append(Term(-1.0, "unmeasured loss"))
    commons = tuple(
        Common(label, {name: part.shared[label] for name, part in parts.items() if label in part.shared})
        for label, count in times.items()
        if count > 1
    )
    done = reconcile(Problem(tuple(quantities), (Balance("lot", tuple(terms)),), commons))
    names = list(parts)
    x = np.array([done.value(name) for name in names])
    put_in = np.array([name.startswith("in ") for name in names])
    came_out = np.array([name.startswith("product ") for name in names])
    total, product = x[put_in].sum(), x[came_out].sum()
    slope = came_out / total - put_in * product / total**2
    # Reconciled values are linear in measured ones; the whole matrix is their covariance over that of the errors.
    covariance = done.solved.system.covariance
    slope = np.linalg.solve(covariance, done.covariance(names)) @ slope
    return Recovery(
        lot=lot.name,
        value=float(product / total),
        own=float(slope**2 @ np.array([part.sd for part in parts.values()]) ** 2),
        shared={label: float(slope @ np.array([part.shared.get(label, 0.0) for part in parts.values()]))
                for label in times},
        test=done.global_test(level) if done.degrees else None,
    )  # fmt: skip


def covariance_of(recoveries: Sequence[Recovery]) -> np.ndarray:
    """Return the covariance (k, k) of the measuring errors of recoveries, through what they share."""
    labels = list(dict.fromkeys(label for one in recoveries for label in one.shared))
    effects = np.array([[one.shared.get(label, 0.0) for label in labels] for one in recoveries])
    effects = effects.reshape(len(recoveries), len(labels))
    found: np.ndarray = np.diag([one.own for one in recoveries]) + effects @ effects.T
    return found


def calibrate(
    process: str, element: str, lots: Sequence[Lot], prior: tuple[float, float | None, float | None] | None = None, *,
    method: Method = "REML", level: float = 0.01,
) -> Calibrated:  # fmt: skip
    """Return the recovery of an element in a process, pooled over its lots, beside a prior (value, low, high).

    A lot whose own measurements fail the global test at ``level`` is set aside: one of them is wrong, and which one
    the single balance of a lot cannot tell. Raises ``ProblemError`` for lots that cannot be read.
    """
    taken, aside = [], {}
    for lot in lots:
        found = recovery_of(lot, level)
        if found.test is not None and found.test.passed is False:
            aside[lot.name] = (
                f"what went in and what came out disagree: chi-squared {found.test.statistic:.1f} with "
                f"{found.test.degrees} degree of freedom, a chance of {found.test.chance:.2g}"
            )
        else:
            taken.append(found)
    pooled = pool([one.value for one in taken], covariance_of(taken), method) if taken else None
    compared = None if pooled is None or prior is None else compare(pooled, *prior)
    return Calibrated(process, element, tuple(taken), aside, pooled, compared)


def compare(pooled: Pooled, value: float, low: float | None = None, high: float | None = None) -> Compared:
    """Return a pooled figure beside a prior one whose range holds with 90 %; without a range there is no test."""
    difference = pooled.mean - value
    if low is None or high is None:
        return Compared(value, None, difference, None, "The prior has no range: how far they are apart is not tested.")
    side = (high - value if difference > 0 else value - low) / Z95  # the side of the range that faces the measured one
    both = float(np.hypot(side, pooled.sd))
    z = difference / both if both > 0 else None
    if z is None:
        verdict = "Neither figure has a spread: they cannot be tested."
    elif abs(z) <= Z95:
        verdict = "The lots agree with the prior."
    else:
        verdict = f"The lots lie {'above' if z > 0 else 'below'} the prior by more than both ranges explain."
    return Compared(value, side, difference, z, verdict)


def overlay_rows(
    found: Sequence[Calibrated], *, place: str, source: str, period: str = "all"
) -> tuple[list[dict[str, str]], list[str]]:
    """Return rows of an overlay (columns of a table of figures), and a sentence for each figure that gave no row.

    The key is ``process.PROCESS.recovery.ELEMENT``; value is the pooled mean, low and high the range in which it
    lies with 90 %, cut off at 0 and 1. ``source`` says whose lots they are; it may not be empty.
    """
    if not source.strip() or not place.strip():
        raise ValueError("Rows of an overlay need a place, and a source that says whose lots these are.")
    rows, refused = [], []
    for one in found:
        key = f"process.{one.process}.recovery.{one.element}"
        if one.pooled is None:
            refused.append(f"{key}: no lot is left.")
            continue
        if one.pooled.mean > 1:
            refused.append(
                f"{key}: on average {one.pooled.mean:.4g} of the input came out; look for a biased measurement."
            )
            continue
        low, high = one.pooled.range(HOLDS)
        rows.append(
            {
                "key": key, "period": period, "value": _text(one.pooled.mean), "low": _text(max(low, 0.0)),
                "high": _text(min(high, 1.0)), "unit": "1", "basis": "", "then": "", "currency": "", "price_year": "",
                "place": place, "source": source, "confidence": _confidence(one),
                "note": _note(one, low < 0 or high > 1),
            }
        )  # fmt: skip
    return rows, refused


def _text(number: float) -> str:
    return f"{number:.6g}"


def _confidence(one: Calibrated) -> str:
    checked = sum(recovery.test is not None for recovery in one.recoveries)
    if len(one.recoveries) < FEW:
        return "low"
    return "high" if checked == len(one.recoveries) and not one.aside else "medium"


def _note(one: Calibrated, cut: bool) -> str:
    assert one.pooled is not None
    checked = sum(recovery.test is not None for recovery in one.recoveries)
    first, last = one.pooled.next_lot(HOLDS)
    words = [
        f"{one.pooled.lots} measured lot{'s' if one.pooled.lots > 1 else ''}, "
        f"{checked} of them checked by a full balance",
        f"random-effects mean ({one.pooled.method}), standard deviation {_text(one.pooled.sd)}",
    ]
    if one.pooled.lots > 1:
        words.append(
            f"between lots {_text(float(np.sqrt(one.pooled.between)))}; the next lot within "
            f"{_text(max(first, 0.0))} to {_text(min(last, 1.0))} with 90 %"
        )
    if one.aside:
        words.append(f"{len(one.aside)} set aside: {', '.join(one.aside)}")
    if cut:
        words.append("range cut off at 0 and 1")
    if one.compared is not None:
        words.append(f"before {_text(one.compared.prior)}. {one.compared.verdict}".rstrip("."))
    return "; ".join(words)
