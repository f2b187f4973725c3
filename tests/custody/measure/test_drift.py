"""Page's test against printed run lengths, and drifts in MUFs that are not independent."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chumbak.custody.measure.amount import Amount, covariance, total
from chumbak.custody.measure.drift import follow, news
from chumbak.custody.measure.page import chance_of_alarm, decision_for, run_length

# Mean run lengths of the two-sided test with k = 0.5 (Lucas and Crosier, Technometrics 24, 1982; Montgomery,
# Introduction to Statistical Quality Control): by shift, for h = 4 and h = 5.
PRINTED = {
    0.0: (168, 465), 0.25: (74.2, 139), 0.5: (26.6, 38.0), 0.75: (13.3, 17.0), 1.0: (8.38, 10.4), 1.5: (4.75, 5.75),
    2.0: (3.34, 4.01), 2.5: (2.62, 3.11), 3.0: (2.19, 2.57), 4.0: (1.71, 2.01),
}  # fmt: skip


@pytest.mark.parametrize("shift", PRINTED)
def test_printed_run_lengths(shift: float) -> None:
    for h, printed in zip((4.0, 5.0), PRINTED[shift], strict=True):
        both = 1 / (1 / run_length(0.5, h, shift) + 1 / run_length(0.5, h, -shift))
        assert both == pytest.approx(printed, rel=0.005)


@pytest.mark.parametrize(("k", "h"), [(0.25, 8.01), (0.5, 4.77), (0.75, 3.34), (1.0, 2.52), (1.25, 1.99), (1.5, 1.61)])
def test_printed_decision_intervals(k: float, h: float) -> None:
    """Hawkins (Journal of Quality Technology 25, 1993): h for a two-sided run length of 370."""
    assert decision_for(740, k) == pytest.approx(h, abs=0.0101)


def test_run_lengths_by_simulation_and_by_summing_chances() -> None:
    assert run_length() == pytest.approx(930.9, abs=0.05)
    quiet = [1 - chance_of_alarm(n, h=1.0) for n in range(160)]
    assert sum(quiet) == pytest.approx(run_length(h=1.0), rel=1e-4)
    rng = np.random.default_rng(1)
    level, runs, first = np.zeros(8000), np.zeros(8000), np.ones(8000, dtype=bool)
    for _ in range(300):
        level = np.maximum(0.0, level + rng.normal(size=8000) + 0.5 - 0.5)
        runs += first
        first &= level <= 3.0
    assert runs.mean() == pytest.approx(run_length(0.5, 3.0, 0.5), rel=0.03)
    assert run_length(0.5, 50.0) == math.inf
    assert run_length(3.0, 12.0) == math.inf
    with pytest.raises(ValueError, match="once in"):
        decision_for(1.0)
    with pytest.raises(ValueError, match="h above 0"):
        run_length(0.5, 0.0)


def mufs(periods: int, seed: int, loss: float = 0.0) -> list[Amount]:
    """Return MUFs with inventories that follow on each other and a calibration that lasts, drawn from their own model.

    Standard deviations: inventory 5, transfers 3 of their own and 0.3 a period of one calibration.
    """
    rng = np.random.default_rng(seed)
    calibration = rng.normal()
    stock = 5 * rng.normal(size=periods + 1)
    found = []
    for t in range(periods):
        error = stock[t] - stock[t + 1] + 3 * rng.normal() + 0.3 * calibration
        effects = {f"stock:{t}": 5.0, f"stock:{t + 1}": -5.0, f"transfer:{t}": 3.0, "method": 0.3}
        found.append(Amount(round(1e6 * (error + loss)), {name: 1e6 * one for name, one in effects.items()}))
    return found


def test_news_is_the_cholesky_transform() -> None:
    series = mufs(12, 3)
    spread = np.array([[covariance(one, other) for other in series] for one in series])
    whole = np.linalg.solve(np.linalg.cholesky(spread), [one.micrograms for one in series])
    np.testing.assert_allclose(news(series), whole, rtol=1e-9)


def test_news_is_independent_and_standard() -> None:
    found = np.array([news(mufs(8, seed)) for seed in range(1500)])
    np.testing.assert_allclose(np.cov(found.T), np.eye(8), atol=0.11)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=0.1)


def test_false_alarms_come_as_seldom_as_stated() -> None:
    periods, runs = 24, 600
    alarms = sum(any(step.lost for step in follow(mufs(periods, seed), h=2.0)) for seed in range(runs))
    stated = chance_of_alarm(periods, h=2.0)
    assert alarms / runs == pytest.approx(stated, abs=4 * math.sqrt(stated * (1 - stated) / runs))


def test_a_slow_loss_is_found_though_no_single_muf_is_an_alarm() -> None:
    series = mufs(48, 8, loss=5.0)
    assert all(abs(one.micrograms) < 3 * one.sigma for one in series)
    steps = follow(series)
    first = next(t for t, step in enumerate(steps) if step.lost)
    assert first < 40
    assert not any(step.gained for step in steps)
    gains = follow([Amount(-one.micrograms, one.effects) for one in series])
    assert [step.gained for step in gains] == [step.lost for step in steps]


def test_cumuf_keeps_calibrations_and_drops_inventories() -> None:
    series = mufs(20, 1)
    last = follow(series)[-1].cumuf
    assert last.micrograms == sum(one.micrograms for one in series)
    assert last.sigma == pytest.approx(1e6 * math.sqrt(2 * 25 + 20 * 9 + (20 * 0.3) ** 2), rel=1e-9)
    assert last.effects["stock:3"] == 0.0
    assert total((1, one) for one in series).sigma == pytest.approx(last.sigma)


def test_after_an_alarm_the_test_begins_again() -> None:
    steps = follow([Amount(4, {f"e{t}": 1.0}) for t in range(4)], k=0.5, h=5.0)
    assert [step.loss for step in steps] == [3.5, 7.0, 3.5, 7.0]
    assert [step.lost for step in steps] == [False, True, False, True]


def test_a_muf_that_the_earlier_ones_determine() -> None:
    first = Amount(10, {"a": 10.0})
    assert news([first, Amount(10, {"a": 10.0})]) == [1.0, 0.0]
    assert news([first, Amount(500, {"a": 10.0})]) == [1.0, math.inf]
    assert news([Amount(0), Amount(-7)]) == [0.0, -math.inf]
    assert [step.lost for step in follow([Amount(9)])] == [True]
