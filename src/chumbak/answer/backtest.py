"""The back-test: an episode that happened, played for firms as they stood before it, beside what was observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.answer.firm_case import firm_case, firm_drawn
from chumbak.answer.shocks import Prepared, holds
from chumbak.answer.weekly_draws import Streams, episode_of
from chumbak.pack.backtests import BacktestFile, ObservedForm, read_backtest
from chumbak.stress.losses import LEAST
from chumbak.stress.rules import play

DRAWS = 2000
BAND = (0.05, 0.5, 0.95)
OUTPUT = "output"
HALF = 0.5  # of full output: from there on a firm that stopped is told to produce again
CONVENTION = (
    "output over full output, of which more than 1 is told as 1; the band holds 90 % of the draws of what was known of "
    "each firm; a firm recovers in the first week after its deepest loss in which it makes half of full output again"
)


@dataclass(frozen=True)
class Compared:
    """One observation beside the band of the model: ``model`` (low, middle, high) and ``observed`` (value, low, high).

    Output is a ratio, dates are weeks from the start; infinite: not within the weeks played.
    """

    firm: str
    what: str
    period: str
    held_back: bool
    model: tuple[float, float, float]
    observed: tuple[float, float, float]
    source: str

    @property
    def inside(self) -> bool:
        """Say whether the observation lies within the band; more than full output counts as full."""
        seen = min(self.observed[0], 1.0) if self.what == OUTPUT else self.observed[0]
        return self.model[0] <= seen <= self.model[2]


@dataclass(frozen=True, eq=False)
class Backtest:
    """A back-test played: its document, what was compared, and bands of output by firm, (quantile, week) and by month.

    ``months`` is what ``monthly`` holds: (quantile, month), from the first whole month on.
    """

    file: BacktestFile
    compared: tuple[Compared, ...]
    bands: dict[str, np.ndarray]
    months: tuple[str, ...]
    monthly: dict[str, np.ndarray]
    share_hit: dict[str, float]


def backtest(prepared: Prepared, name: str, draws: int = DRAWS, seed: int = 0) -> Backtest:
    """Play a back-test of the pack. Raises ``PackError`` with every fault of its document."""
    file = read_backtest(prepared.pack, name)
    form, streams = file.form, Streams(seed, draws)
    known = holds(prepared, form.start)
    months = _months(file)
    compared, bands, monthly, hit = [], {}, {}, {}
    for firm in file.firms:
        case = firm_case(prepared.pack, firm, form.start, form.weeks, known)
        case, given = firm_drawn(prepared.pack, case, firm, streams)
        episode = episode_of(file.episode, streams.read(f"episode.{file.episode.name}"))
        played = play(case, episode, given)
        output, survived = played.output[:, :, 0], played.survived[:, 0]
        lost = (output < 1 - LEAST).any(axis=0)
        bands[firm.form.name] = np.quantile(output, BAND, axis=1)
        of_month = np.array([_mean_between(output, *file.weeks(month)) for month in months])
        monthly[firm.form.name] = np.quantile(of_month, BAND, axis=1)
        hit[firm.form.name] = float(lost.mean())
        for one in form.observed:
            if one.firm == firm.form.name:
                compared.append(_compare(file, one, output, np.where(lost, survived, np.inf)))
    return Backtest(file, tuple(compared), bands, months, monthly, hit)


def _months(file: BacktestFile) -> tuple[str, ...]:
    """Return the months that lie within the weeks played, such as ``2025-06``."""
    year, found = int(file.form.start[:4]), []
    for number in range(24):
        month = f"{year + number // 12}-{number % 12 + 1:02d}"
        begin, end = file.weeks(month)
        if begin >= 0 and end <= file.form.weeks:
            found.append(month)
    return tuple(found)


def _compare(file: BacktestFile, one: ObservedForm, output: np.ndarray, first_loss: np.ndarray) -> Compared:
    """Return an observation beside the band, from ``output`` (week, draw) and ``first_loss`` (draw,)."""
    if one.what == OUTPUT:
        assert one.period is not None
        begin, end = file.weeks(one.period)
        found, observed = _mean_between(output, begin, end), one.ratio
    else:
        found = first_loss if one.what == "first_loss" else _recovery(output)
        days = [file.week(day) for day in one.days]
        observed = (days[0], days[1], days[2])
    method = "linear" if one.what == OUTPUT else "closest_observation"
    low, middle, high = np.quantile(found, BAND, method=method)  # type: ignore[call-overload]
    return Compared(
        one.firm, one.what, one.period or one.date or "", one.held_back, (float(low), float(middle), float(high)),
        observed, one.source,
    )  # fmt: skip


def _mean_between(output: np.ndarray, begin: float, end: float) -> np.ndarray:
    """Return mean output from ``begin`` to ``end`` in weeks, (draw,); before the start everything ran."""
    weeks = np.arange(len(output))
    weight = np.clip(np.minimum(weeks + 1, end) - np.maximum(weeks, begin), 0.0, 1.0)
    before = max(min(end, 0.0) - begin, 0.0)
    found: np.ndarray = (weight @ output + before) / (weight.sum() + before)
    return found


def _recovery(output: np.ndarray) -> np.ndarray:
    """Return the first week after the deepest loss with half of full output, (draw,); infinite for none."""
    deepest = output.argmin(axis=0)
    runs = output >= HALF
    after = np.arange(len(output))[:, None] > deepest
    found: np.ndarray = np.where((runs & after).any(axis=0), (runs & after).argmax(axis=0), np.inf)
    never_lost = output.min(axis=0) >= HALF
    return np.where(never_lost, 0.0, found.astype(float))
