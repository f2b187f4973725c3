"""From composition to Br and Hcj: a linear regression with an error band, calibrated on the user's own lots.

    Hcj = h0 + a Dy_bulk + b Tb_bulk + c Dy_gbd + d Tb_gbd        the same form for Br; contents in wt % of the magnet

Dy and Tb in bulk and by grain-boundary diffusion (gbd) are different quantities: the first dilutes the grains, the
other sits in their shells. Where a slope is known from literature it comes in as a prior, a normal one about the
typical value whose 90 % are as wide as the printed range; other slopes and h0 come from the lots alone (mixed
estimation: Theil and Goldberger 1961). The spread of lots is estimated from what the regression leaves; the band is
Student's t of a new lot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from chumbak.magnet.capability import check_confidence
from chumbak.magnet.fields import number
from chumbak.magnet.table import column_factor, read_rows
from chumbak.magnet.units import BOUNDS, MagnetError, check_bounds, shown

FEATURES = ("Dy_bulk", "Tb_bulk", "Dy_gbd", "Tb_gbd")
TARGETS = {"Br": "flux", "Hcj": "field"}
PRIORS: dict[str, dict[str, tuple[float, float, float]]] = {
    "Hcj": {"Dy_bulk": (100.0, 135.0, 170.0), "Dy_gbd": (800.0, 1200.0, 2500.0), "Tb_gbd": (800.0, 1200.0, 2500.0)},
    "Br": {"Dy_bulk": (-0.030, -0.022, -0.018)},
}
"""Low, typical, high of a slope by wt %, in kA/m and T. Recalled: Constantinides (Arnold) for bulk, reviews of grain-
boundary diffusion; not re-read in their sources."""
NINETY = 2 * 1.6448536269514722  # standard deviations between the 5 and 95 % points
STRAIGHT = 0.10  # of the rare earth: more Dy in bulk than this adds less than linearly (MRS Proc., abstract)
TYPICAL_RE = 31.0  # wt % of a magnet; where the lots do not say
ROUNDS = 200


@dataclass(frozen=True)
class Sample:
    """A magnet of a lot: contents in wt %, Br in T, Hcj in kA/m."""

    name: str
    content: Mapping[str, float]
    values: Mapping[str, float]


@dataclass(frozen=True)
class Fit:
    """A regression of one target: names of its terms, estimates, their covariance, spread of lots, freedom, notes."""

    target: str
    terms: tuple[str, ...]
    estimate: np.ndarray
    covariance: np.ndarray
    spread: float
    freedom: float
    ranges: Mapping[str, tuple[float, float]]
    from_prior: Mapping[str, float]
    """How far each slope still rests on its prior: 1 all, 0 nothing."""


@dataclass(frozen=True)
class Prediction:
    """A target of a new lot with its band at a confidence, and notes."""

    value: float
    low: float
    high: float
    notes: tuple[str, ...]


def fit(samples: Sequence[Sample], target: str) -> Fit:
    """Return the regression of 'Br' or 'Hcj' on lots. Raises ``MagnetError`` where they are too few or all alike."""
    if target not in TARGETS:
        raise MagnetError(f"'{target}' is not predicted. There are {', '.join(TARGETS)}.")
    used = [one for one in samples if target in one.values]
    content = np.array([[one.content.get(name, 0.0) for name in FEATURES] for one in used]).reshape(-1, len(FEATURES))
    priors = PRIORS[target]
    varied = [name for at, name in enumerate(FEATURES) if len(used) and np.ptp(content[:, at]) > 0]
    terms = tuple(name for name in FEATURES if name in varied or name in priors)
    flat = 1 + sum(name not in priors for name in terms)
    if len(used) < flat + 3:
        raise MagnetError(f"{len(used)} lots with {target} are too few: {flat + 3} are needed for these contents.")
    x = np.column_stack([np.ones(len(used)), *(content[:, FEATURES.index(name)] for name in terms)])
    y = np.array([one.values[target] for one in used])
    mean, precision = np.zeros(len(terms) + 1), np.zeros(len(terms) + 1)
    for at, name in enumerate(terms, start=1):
        if name in priors:
            low, mean[at], high = priors[name]
            precision[at] = (NINETY / (high - low)) ** 2
    if np.linalg.matrix_rank(np.vstack([x, np.diag(np.sqrt(precision))])) < x.shape[1]:
        raise MagnetError(f"The lots vary {', '.join(varied)} only together: their effects cannot be told apart.")
    spread, least = max(float(np.var(y - x @ mean)), 1e-12), 1e-12 * max(float(y @ y), 1.0)
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(x.T @ x / spread + np.diag(precision))
        estimate = covariance @ (x.T @ y / spread + precision * mean)
        freedom = len(y) - float(np.trace(x @ covariance @ x.T)) / spread
        left = y - x @ estimate
        new = max(float(left @ left) / freedom, least)
        done = abs(new - spread) <= 1e-10 * spread
        spread = new
        if done:
            break
    ranges = {name: (float(content[:, at].min()), float(content[:, at].max())) for at, name in enumerate(FEATURES)}
    rests = {name: float(covariance[at, at] * precision[at]) for at, name in enumerate(terms, start=1)}
    return Fit(target, ("at no Dy or Tb", *terms), estimate, covariance, float(np.sqrt(spread)), freedom, ranges, rests)


def predict(
    found: Fit, content: Mapping[str, float], confidence: float = 0.9, rare_earth: float = TYPICAL_RE
) -> Prediction:
    """Return a target of a new lot, contents in wt %. Raises ``MagnetError`` for what the lots say nothing about."""
    for name, amount in content.items():
        if name not in FEATURES:
            raise MagnetError(f"'{name}' is no content of this regression. There are {', '.join(FEATURES)}.")
        if not 0 <= amount <= rare_earth:
            raise MagnetError(f"{name} of {amount:g} wt % cannot be: 0 to {rare_earth:g}.")
        if amount > 0 and name not in found.terms:
            raise MagnetError(
                f"No lot varies {name}, and no slope of {found.target} is known of it. Measure lots that do."
            )
    check_confidence(confidence)
    x = np.array([1.0, *(content.get(name, 0.0) for name in found.terms[1:])])
    value = float(x @ found.estimate)
    low, high = BOUNDS[found.target]
    if not low <= value <= high:
        far = [name for name in found.terms[1:] if content.get(name, 0.0) > found.ranges[name][1]]
        beyond = f" {', '.join(far)} of this recipe lie beyond the lots; it is not straight so far." if far else ""
        raise MagnetError(
            f"{found.target} comes to {shown(value, TARGETS[found.target])}, of no rare-earth magnet ({low:g} to "
            f"{high:g}).{beyond} Ask for contents near those of the lots."
        )
    wide = float(stdtrit(found.freedom, (1 + confidence) / 2) * np.sqrt(found.spread**2 + x @ found.covariance @ x))
    notes = []
    for name in found.terms[1:]:
        low, high = found.ranges[name]
        if not low <= content.get(name, 0.0) <= high:
            notes.append(
                f"{name} of {content.get(name, 0.0):g} wt % is outside of the lots ({low:g} to {high:g}): extrapolated."
            )
        if content.get(name, 0.0) > 0 and found.from_prior[name] > 0.5:
            notes.append(f"The slope of {name} rests mostly on a recalled range of literature, not on these lots.")
    if content.get("Dy_bulk", 0.0) > STRAIGHT * rare_earth and found.target == "Hcj":
        notes.append("Above 10 % of the rare earth, Dy in bulk adds less than linearly: the value is too high.")
    return Prediction(value, value - wide, value + wide, tuple(notes))


def read_samples(path: Path) -> list[Sample]:
    """Return lots of a CSV table: name, Br (T), Hcj (kA/m), Dy_bulk (wt%), Tb_gbd (wt%) ... Raises ``MagnetError``."""
    rows = read_rows(path, "lot", "name,Hcj (kA/m),Dy_bulk (wt%)")
    columns: list[tuple[str, float]] = []
    units: dict[str, str] = {}
    for heading in rows[0]:
        name, _, unit = (part.strip(" )") for part in heading.partition("("))
        if name in TARGETS:
            columns.append((name, column_factor(heading, name, unit, TARGETS[name], path.name)))
            units[name] = unit
        elif name in FEATURES:
            if unit not in ("wt%", "ppm"):
                raise MagnetError(f"{path.name}: the column '{heading}' has no unit. Write '{name} (wt%)' or (ppm).")
            columns.append((name, 1.0 if unit == "wt%" else 1e-4))
        elif name in ("name", "note"):
            columns.append((name, 1.0))
        else:
            raise MagnetError(
                f"{path.name}: no column '{heading}' is known. There are name, Br, Hcj, {', '.join(FEATURES)}."
            )
    samples = []
    for at, row in enumerate(rows[1:], start=2):
        cells = {name: (cell.strip(), size) for (name, size), cell in zip(columns, row, strict=False) if cell.strip()}
        numbers = {
            name: number(text, f"{path.name}, row {at}: {name}", 0.0) * size
            for name, (text, size) in cells.items() if name in FEATURES or name in TARGETS
        }  # fmt: skip
        for name in TARGETS:
            if name in numbers:
                check_bounds(name, numbers[name], f"{path.name}, row {at}", units[name])
        samples.append(
            Sample(cells.get("name", (f"row {at}", 1.0))[0], {name: numbers.get(name, 0.0) for name in FEATURES},
                   {name: numbers[name] for name in TARGETS if name in numbers})
        )  # fmt: skip
    return samples
