"""The blend of least cost that holds its limits at a confidence, in either of two forms.

Let y be fractions of the batch. Mixing is taken to be linear in mass, errors of lots to be independent and normal, and
each limit to hold with the confidence for itself, k standard deviations away:

- ``conservative``: sum (mean - k sd) y, linear: right if all lots err together, too careful if not;
- ``exact``: sum mean y - k sqrt(sum (sd y)^2), a second-order cone, reached from outside by tangent cuts: the norm lies
  above each of its tangents, so every programme on the way is a relaxation, and the last, within ``CLOSE``, the answer.

A floor L of a property reads sum over lots of y (p - L) + sum over additives of 100 y g >= 0, with g the change by wt %
of the lots; a ceiling c of a content sum y (c - content) >= 0: all homogeneous, so the norm fits in either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from chumbak.linear.program import Program
from chumbak.linear.solve import NotOptimalError, Solution, solve
from chumbak.magnet.blend_case import BlendCase, Limit, unit_of
from chumbak.magnet.units import MagnetError

CLOSE = 1e-6  # of a limit: by how much a cone may be missed
MOST_ROUNDS = 60  # of cuts; a blend takes five to fifteen
NOT_CLOSED = "too many cuts"
TIE = 1e-4  # of the batch: as much of the recycled share may be given up to choose the cheaper of like blends
SCALE = 1e3  # of norms in the programme: they are small beside what the solver lets pass
SMALL = 1e-4  # of a norm: a part below it needs no tangent, and its square would be lost as rounding
SEEN = 1e-7  # of the batch: less of a lot is none of it
FORMS = ("exact", "conservative")
Cut = tuple[int, int, float]
"""A tangent: which limit, which lot, at which part of the norm."""


@dataclass(frozen=True)
class Rows:
    """The limits as homogeneous rows over lots, each over its bound: means and standard deviations, (limit, lot)."""

    mean: np.ndarray
    sd: np.ndarray
    lots: np.ndarray
    """1 of what is a lot and 0 of additives, by lot."""


@dataclass(frozen=True)
class Blend:
    """A blend: fractions of the batch by lot, cost a kg, worth of each lot a kg, what a unit of each limit costs."""

    form: str
    share: np.ndarray
    cost: float
    worth: np.ndarray
    price_of_limit: np.ndarray
    """Money a kg of the batch for one more unit of the limit (T, kA/m, ppm): of floors >= 0, of ceilings <= 0."""
    recycled: float
    residual: float
    """The most by which a limit is missed, over its bound; below ``CLOSE``."""
    cuts: int


def best_blend(case: BlendCase, form: str = "exact") -> Blend:
    """Return the blend of least cost. Raises ``MagnetError`` that says which limit cannot be held, and by how much."""
    rows = _rows(case)
    _check_amounts(case)
    try:
        return _solve(case, rows, form, "cost")
    except NotOptimalError as error:
        raise MagnetError(_why_not(case, rows, form, error.status)) from None


def largest_recycled(case: BlendCase, form: str = "exact") -> Blend:
    """Return the blend with the largest recycled share, to within ``TIE``, that holds every limit."""
    rows = _rows(case)
    _check_amounts(case)
    try:
        return _solve(case, rows, form, "recycled")
    except NotOptimalError as error:
        raise MagnetError(_why_not(case, rows, form, error.status)) from None


def spread(case: BlendCase, share: np.ndarray) -> list[tuple[Limit, float, float, float]]:
    """Return of each limit: it, the mean, the standard deviation of independent errors, and of errors all together."""
    rows = _rows(case)
    found = []
    for at, limit in enumerate(case.limits):
        whole = float(rows.lots @ share) if limit.quantity in ("Br", "Hcj") else 1.0
        scale = limit.bound / whole
        sign = 1.0 if limit.least else -1.0
        mean = limit.bound + sign * float(rows.mean[at] @ share) * scale
        each = rows.sd[at] * share * scale
        found.append((limit, mean, float(np.sqrt(each @ each)), float(each.sum())))
    return found


def margin(confidence: float) -> float:
    """Return k, standard deviations for a one-sided confidence."""
    return float(ndtri(confidence))


def _rows(case: BlendCase) -> Rows:
    """Return the limits as rows."""
    lots = np.array([lot.kind != "additive" for lot in case.lots], dtype=float)
    mean, sd = np.zeros((2, len(case.limits), len(case.lots)))
    for at, limit in enumerate(case.limits):
        value = np.array([lot.values[limit.quantity] for lot in case.lots])
        wide = np.array([lot.sd[limit.quantity] for lot in case.lots])
        if limit.quantity in ("Br", "Hcj"):  # of an additive by wt %
            by = np.where(lots == 1, 1.0, 100.0)
            value, wide = value * by - limit.bound * lots, wide * by
        else:
            value = value - limit.bound
        mean[at] = (value if limit.least else -value) / limit.bound
        sd[at] = wide / limit.bound
    return Rows(mean, sd, lots)


def _solve(case: BlendCase, rows: Rows, form: str, goal: str, kept: Sequence[int] | None = None) -> Blend:
    """Return the optimum of a goal (cost, recycled or slack) with the limits ``kept``. Raises ``NotOptimalError``."""
    if form not in FORMS:
        raise MagnetError(f"'{form}' is no form of a blend. Use one of {', '.join(FORMS)}.")
    k = margin(case.confidence)
    held = list(range(len(case.limits)) if kept is None else kept)
    mean = rows.mean - k * rows.sd if form == "conservative" else rows.mean
    cones = [at for at in held if form == "exact" and k > 0 and rows.sd[at].any()]
    cuts: list[Cut] = []
    for _ in range(MOST_ROUNDS):
        program, solution = _programme(case, rows, mean, held, cones, cuts, goal)
        share = np.maximum(program.values("lot", solution.columns), 0.0)
        slack = float(program.values("slack", solution.columns)[0])
        missed = {at: k * _norm(rows.sd[at] * share) - float(rows.mean[at] @ share) - slack for at in cones}
        if all(one <= CLOSE for one in missed.values()):
            return _read(case, rows, form, program, solution, share, max([0.0, *missed.values()]), len(cuts))
        for at in [one for one in cones if missed[one] > CLOSE]:
            each = rows.sd[at] * share
            ratio = each / _norm(each)
            cuts += [(at, int(lot), float(ratio[lot])) for lot in np.flatnonzero(ratio > SMALL)]
    raise NotOptimalError(NOT_CLOSED, "the blend")


def _programme(
    case: BlendCase, rows: Rows, mean: np.ndarray, held: Sequence[int], cones: Sequence[int], cuts: Sequence[Cut],
    goal: str,
) -> tuple[Program, Solution]:  # fmt: skip
    """Return the programme with its cuts, and its optimum.

    A cone by lots: with t its norm and w >= (sd y)^2 / t for each lot, sum w <= t; each w lies above its tangents
    2 r (sd y) - r^2 t. Tangents lot by lot close in within a few rounds, where those of the whole norm take hundreds.
    """
    names = [lot.name for lot in case.lots]
    price = np.array([lot.price for lot in case.lots])
    recycled = np.array([lot.recycled for lot in case.lots], dtype=float)
    program = Program()
    upper = np.minimum([lot.available / case.batch for lot in case.lots], 1.0)
    y = program.add_columns("lot", {"lot": names}, "of the batch", upper=upper)
    slack = program.add_columns("slack", {"slack": ["all"]}, "of the limit", upper=np.inf if goal == "slack" else 0.0)
    whole = program.add_rows("whole", {"whole": ["batch"]}, "of the batch", lower=1.0, upper=1.0)
    program.add(whole, y, 1.0)
    limit = program.add_rows("limit", {"limit": range(len(rows.mean))}, "of the limit",
                             keep=np.isin(np.arange(len(rows.mean)), held), lower=0.0)  # fmt: skip
    program.add(limit[held][:, None], y, mean[held])
    program.add(limit[held], slack, 1.0)
    share = program.add_rows("recycled", {"recycled": ["least"]}, "of the batch", lower=case.least_recycled)
    program.add(share, y, recycled)
    if cones:
        norm = program.add_columns("norm", {"limit": list(cones)}, "of the limit")
        part = program.add_columns("part", {"limit": list(cones), "lot": names}, "of the limit", rows.sd[cones] > 0)
        program.add(limit[cones], norm, -margin(case.confidence) / SCALE)
        within = program.add_rows("within", {"limit": list(cones)}, "of the limit", lower=0.0)
        program.add(within, norm, 1.0)
        program.add(within[:, None], part, -1.0)
        if cuts:
            place = {at: number for number, at in enumerate(cones)}
            of, lot = np.array([place[at] for at, _, _ in cuts]), np.array([one for _, one, _ in cuts])
            ratio = np.array([r for _, _, r in cuts])
            tangent = program.add_rows("tangent", {"cut": range(len(cuts))}, "of the limit", lower=0.0)
            program.add(tangent, part[of, lot], 1.0)
            program.add(tangent, y[lot], -2 * SCALE * ratio * rows.sd[np.array(cones)[of], lot])
            program.add(tangent, norm[of], ratio**2)
    added = np.flatnonzero(rows.lots == 0)
    most = program.add_rows("most", {"additive": [names[at] for at in added]}, "of the lots", upper=0.0)
    for row, one in zip(most, added.tolist(), strict=True):
        program.add(row, y, np.where(np.arange(len(names)) == one, 1.0, -case.lots[one].most / 100 * rows.lots))
    if goal == "cost":
        program.pay("lots", y, price)
    elif goal == "recycled":
        program.pay("recycled", y, -recycled)
        program.pay("lots", y, TIE * price / max(float(np.abs(price).max()), 1e-12))  # or cuts wander among the equal
    program.pay("slack", slack, 1.0 if goal == "slack" else 0.0)
    return program, solve(program.matrix(), "the blend", solver="simplex")


def _read(
    case: BlendCase, rows: Rows, form: str, program: Program, solution: Solution, share: np.ndarray, residual: float,
    cuts: int,
) -> Blend:  # fmt: skip
    """Return a solution as a blend."""
    price = np.array([lot.price for lot in case.lots])
    by_limit = program.duals("limit", solution.duals)
    for at, limit in enumerate(case.limits):
        whole = float(rows.lots @ share) if limit.quantity in ("Br", "Hcj") else 1.0
        by_limit[at] *= whole / limit.bound * (1.0 if limit.least else -1.0)
    reduced = program.values("lot", solution.reduced)
    recycled = sum(part for part, lot in zip(share, case.lots, strict=True) if lot.recycled)
    return Blend(form, share, float(price @ share), price - reduced, by_limit, float(recycled), residual, cuts)


def _norm(each: np.ndarray) -> float:
    return float(np.sqrt(each @ each))


def _check_amounts(case: BlendCase) -> None:
    there = sum(min(lot.available, case.batch) for lot in case.lots if lot.kind != "additive")
    if not any(lot.kind != "additive" for lot in case.lots):
        raise MagnetError("There are additives only. Give at least one lot of scrap, swarf or virgin alloy.")
    if there < case.batch * (1 - 1e-9) and not any(lot.kind == "additive" for lot in case.lots):
        raise MagnetError(f"All lots together are {there:g} kg, the batch is {case.batch:g} kg. Make it smaller.")


def _why_not(case: BlendCase, rows: Rows, form: str, status: str) -> str:
    """Return in words which limit cannot be held, at best, or that they cannot be held together."""
    if status == NOT_CLOSED:
        return f"The exact form did not close in within {MOST_ROUNDS} rounds of cuts. Use the conservative form."
    try:
        _solve(case, rows, form, "cost", ())
    except NotOptimalError:
        return (
            f"The lots do not make {case.batch:g} kg with {100 * case.least_recycled:g} % recycled, whatever the "
            "limits. Make the batch smaller, ask for less recycled, or add lots."
        )
    at_confidence = f"at a confidence of {100 * case.confidence:g} %"
    alone = []
    for at, limit in enumerate(case.limits):
        missed = _slack(case, rows, form, (at,))
        if missed > CLOSE:
            best = limit.bound * (1 - missed if limit.least else 1 + missed)
            side, unit = ("floor" if limit.least else "ceiling"), unit_of(limit.quantity)
            alone.append(f"{limit.quantity} comes to {best:.4g} {unit} at best, the {side} is {limit.bound:.4g} {unit}")
    if alone:
        return f"No blend of these lots holds {at_confidence} ({form} form): {'; '.join(alone)}. Add better lots."
    together = _slack(case, rows, form, tuple(range(len(case.limits))))
    names = ", ".join(limit.quantity for limit in case.limits)
    return (
        f"Each limit can be held {at_confidence} ({form} form), but not {names} together: at best all are missed by "
        f"{100 * together:.2g} % of their bounds. Ease one, or add better lots."
    )


def _slack(case: BlendCase, rows: Rows, form: str, kept: tuple[int, ...]) -> float:
    """Return by which share of their bounds limits must be eased, all alike, to be held."""
    found = _solve(case, rows, form, "slack", kept)
    k = margin(case.confidence)
    missed = 0.0
    for at in kept:
        each = rows.sd[at] * found.share
        wide = float(np.sqrt(each @ each)) if form == "exact" else float(each.sum())
        missed = max(missed, k * wide - float(rows.mean[at] @ found.share))
    return missed
