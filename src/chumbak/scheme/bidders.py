"""Bidders: what is unsure to them, what each believes, and how it bids.

A figure of a plant is partly common to all bidders (a price, what such a plant costs) and partly a bidder's own. Each
knows its own part and sees the sum through a signal with an error. Deviates are standard deviations of the figure's
range, as in ``draws``; the stream of a figure depends on its name and the seed alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from chumbak.scheme.break_even import project_npv
from chumbak.scheme.draws import BY_YEAR, SCALARS, SHARES, Draws, moved, sample
from chumbak.scheme.project import PlantProject, ProjectError
from chumbak.scheme.support import NOTHING

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unsure:
    """How unsure a figure is: ``common`` the share of its variance that is the same for all bidders.

    ``noise`` is the standard deviation of the error of a bidder's signal, in standard deviations of the figure.
    """

    common: float = 1.0
    noise: float = 0.0


@dataclass(frozen=True)
class Behaviour:
    """How a bidder bids: the least bid at which its plant, as it believes it to be, is worth ``margin`` x its capital.

    ``shade`` is how much it takes off its signal against the winner's curse: 0 nothing, 1 all of what winners err by on
    average (see ``winners_error``). If no bid is enough, it stays away or, with ``at_ceiling``, bids the ceiling.
    """

    margin: float = 0.0
    shade: float = 0.0
    at_ceiling: bool = False


@dataclass(frozen=True)
class Bidders:
    """Who bids: ``count`` bidders, which have the ``behaviours`` in turn.

    ``unsure`` by figure of the project that has a range; what is not named stays as it is. Each bids for one of
    ``sizes`` (t/year), all as likely. ``technical`` is the chance to pass the technical bid.
    """

    count: int
    unsure: Mapping[str, Unsure]
    sizes: tuple[float, ...]
    behaviours: tuple[Behaviour, ...] = (Behaviour(),)
    technical: float = 1.0

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be. Raises ``ProjectError``."""
        faults = [
            (self.count < 1, "there is no bidder: give at least 1"),
            (not self.sizes, "no sizes are given: give t/year"),
            (not self.behaviours, "no behaviour is given: give at least one"),
            (not 0 <= self.technical <= 1, "the chance to pass the technical bid is not between 0 and 1: mend it"),
        ]
        for name, one in self.unsure.items():
            faults.append((not 0 <= one.common <= 1, f"the common share of '{name}' is not between 0 and 1: mend it"))
            bad = not (math.isfinite(one.noise) and one.noise >= 0)
            faults.append((bad, f"the noise of '{name}' is below 0 or not a number: mend it"))
        if any(not 0 <= one.shade <= 1 for one in self.behaviours):
            faults.append((True, "the shading of a behaviour is not between 0 and 1: mend it"))
        said = [what for wrong, what in faults if wrong]
        if said:
            raise ProjectError("bidders: " + "; ".join(said))


@dataclass(frozen=True, eq=False)
class Drawn:
    """What was drawn. ``truth`` and ``error`` (figure, draw, bidder) are deviates: the figure, and the signal's error.

    ``shaded`` (figure, bidder) is taken off the signal, ``optimism`` (figure,) the sign of what a figure does to the
    value. ``tonnes`` (t/year), ``lot`` and ``passes``: (draw, bidder). ``market``: (draw, year) or None.
    """

    figures: tuple[str, ...]
    truth: Array
    error: Array
    shaded: Array
    optimism: Array
    tonnes: Array
    lot: Array
    passes: npt.NDArray[np.bool_]
    market: Array | None

    @property
    def believed(self) -> Array:
        """Return what bidders go by, deviates (figure, draw, bidder)."""
        return self.truth + self.error - self.shaded[:, None, :]


def draw_bidders(project: PlantProject, bidders: Bidders, winners: int, draws: int, seed: int) -> Drawn:
    """Return what differs between bidders and draws. ``winners`` is how many awards bidders expect there to be.

    Raises ``ProjectError`` for a figure without a range, or without draws.
    """
    if draws < 1 or seed < 0:
        raise ProjectError(f"{draws} draws with seed {seed}: give at least one draw and a seed from 0")
    for name in bidders.unsure:
        if name not in project.ranges or name not in (*SCALARS, *BY_YEAR):
            raise ProjectError(f"project {project.name}: '{name}' is unsure to bidders but has no range: give it one")
    figures = tuple(bidders.unsure)
    shape = (draws, bidders.count)
    truth, error = np.zeros((2, len(figures), *shape))
    for at, (name, one) in enumerate(bidders.unsure.items()):
        common = _stream(f"{name}, common", seed).standard_normal((draws, 1))
        own = _stream(f"{name}, own", seed).standard_normal(shape)
        truth[at] = math.sqrt(one.common) * common + math.sqrt(1 - one.common) * own
        error[at] = one.noise * _stream(f"{name}, signal", seed).standard_normal(shape)
    worth = sensitivities(project, figures)
    most = winners_error(bidders, worth, winners)
    shade = np.array([bidders.behaviours[at % len(bidders.behaviours)].shade for at in range(bidders.count)])
    return Drawn(
        figures, truth, error, most[:, None] * shade, np.sign(worth),
        _stream("sizes", seed).choice(np.array(bidders.sizes, dtype=float), shape),
        _stream("lot", seed).random(shape), _stream("technical", seed).random(shape) < bidders.technical,
        sample(replace(project, ranges={}), draws, seed).market,
    )  # fmt: skip


def sensitivities(project: PlantProject, figures: tuple[str, ...]) -> Array:
    """Return what a standard deviation of each figure does to the value of the plant without support, (figure,)."""
    count = len(figures)
    if not count:
        return np.zeros(0)
    deviates = np.hstack([np.eye(count), -np.eye(count)])
    values = project_npv(project, NOTHING, plants(project, figures, deviates, np.full(2 * count, project.capacity)))
    found: Array = (values[:count] - values[count:]) / 2
    return found


def winners_error(bidders: Bidders, worth: Array, winners: int) -> Array:
    """Return by how much the signals of winners err on average, deviates (figure,).

    The case of straight lines: a bidder's place goes by w = sum worth x (own part + error). Of ``count`` such sums the
    ``winners`` best lie m standard deviations above the mean, and the error of a figure among them is
    worth x noise^2 / sd(w) x m. m is the mean of Blom's (1958) scores, normal quantiles of (rank - 3/8) / (n + 1/4).
    """
    common = np.array([one.common for one in bidders.unsure.values()])
    noise = np.array([one.noise for one in bidders.unsure.values()])
    spread = math.sqrt(float(np.sum(worth**2 * (1 - common + noise**2))))
    if spread == 0:
        return np.zeros(len(worth))
    found: Array = worth * noise**2 / spread * best_of(bidders.count, winners)
    return found


def best_of(count: int, winners: int) -> float:
    """Return the mean of the ``winners`` largest of ``count`` standard normal numbers, by Blom's scores."""
    ranks = np.arange(count, count - min(max(winners, 1), count), -1)
    return float(np.mean(ndtri((ranks - 0.375) / (count + 0.25))))


def plants(
    project: PlantProject, figures: tuple[str, ...], deviates: Array, tonnes: Array, market: Array | None = None
) -> Draws:
    """Return plants as draws of a project: ``deviates`` (figure, plant), ``tonnes`` t/year (plant,).

    Labour grows with the size; all else is by the tonne already. ``market``: (plant, year), None for the central path.
    """
    values: dict[str, Array] = {}
    for name, row in zip(figures, deviates, strict=True):
        low, high = project.ranges[name]
        sides = [np.atleast_1d(np.asarray(side, dtype=float)) for side in (getattr(project, name), low, high)]
        values[name] = moved(sides[0], sides[1], sides[2], row[:, None], name in SHARES)
    labour = values.get("labour", np.full((len(tonnes), 1), project.labour))
    values["capacity"] = tonnes[:, None]
    values["labour"] = labour * tonnes[:, None] / project.capacity
    return Draws(len(tonnes), values, market)


def _stream(name: str, seed: int) -> np.random.Generator:
    words = np.frombuffer(hashlib.sha256(f"bidders: {name}".encode()).digest()[:16], dtype="<u4")
    return np.random.default_rng([seed, *words.tolist()])
