"""Ranges at near-equal cost: what is known without a solve is not solved, and what is stopped leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from chumbak.linear import solve
from chumbak.linear.program import Matrix
from chumbak.plan import slack
from chumbak.plan.result import make_plan
from chumbak.plan.slack import build_ranges
from tests.plan.test_around import HALF, importing


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that takes the number of objectives of every call for optima."""
    calls: list[int] = []
    real = slack.optima

    def optima(matrix: Matrix, objectives: Sequence[np.ndarray], *more: object) -> list[np.ndarray]:
        calls.append(len(objectives))
        return real(matrix, objectives, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(slack, "optima", optima)
    return calls


def test_nothing_built_is_the_least_without_a_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest plan buys all magnets: that is a plan with no works, so only the most is solved for."""
    calls = counted(monkeypatch)
    found = build_ranges(make_plan(importing()), 0.05)
    assert calls == [1]
    assert float(found["least"].sel(plant="works")) == 0.0
    assert float(found["most"].sel(plant="works")) > 1.0


def test_what_has_to_be_built_is_solved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch)
    found = build_ranges(make_plan(importing(), (HALF,)), 0.05)
    assert calls == [1, 2]  # all together, then the most and the least
    assert float(found["least"].sel(plant="works")) == pytest.approx(5.0, rel=1e-4)


def test_many_objectives_come_to_what_each_comes_to_alone() -> None:
    matrix = make_plan(importing()).matrix
    found = solve.optima(matrix, [matrix.cost, *[matrix.cost * 2] * 4], "a test")
    for columns in found:
        assert matrix.cost @ columns == pytest.approx(solve.solve(matrix).cost, rel=1e-6)


def test_ctrl_c_stops_all_solves_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = make_plan(importing()).matrix
    before = threading.active_count()

    def interrupted(*more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(solve, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        solve.optima(matrix, [matrix.cost] * 6, "a test")
    assert threading.active_count() == before


def test_a_solve_that_fails_is_told() -> None:
    """What earns without end has no optimum."""
    matrix = make_plan(importing()).matrix
    endless = np.where(np.isinf(matrix.upper), -1e3, 0.0)
    with pytest.raises(solve.NotOptimalError, match="a test"):
        solve.optima(matrix, [matrix.cost, endless, matrix.cost], "a test")
