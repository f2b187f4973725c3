"""Gross errors: the tests find what is there, keep their level, and say what they cannot see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chumbak.reconcile.gross import eliminate, limit_of, suspects, without
from chumbak.reconcile.problem import Balance, Common, Measured, Node, Problem, Quantity, Stream, Term, flowsheet
from chumbak.reconcile.reconciled import reconcile
from tests.reconcile.published import BYPASS, COLLECTED

TRUE = (100.0, 64.0, 36.0, 64.0, 36.0, 100.0)


def biased(where: int, size: float) -> Problem:
    problem = BYPASS.problem()
    values = list(TRUE)
    values[where] += size
    return replace(problem, quantities=tuple(
        replace(one, value=value) for one, value in zip(problem.quantities, values, strict=True)))  # fmt: skip


@pytest.mark.parametrize("where", range(6))
def test_a_single_bias_is_found_with_its_size(where: int) -> None:
    cleaned = eliminate(biased(where, 12.0))
    assert [one.suspect.name for one in cleaned.eliminated] == [f"x{where + 1}"]
    assert cleaned.eliminated[0].suspect.size == pytest.approx(12.0)
    assert cleaned.eliminated[0].before.passed is False
    assert cleaned.eliminated[0].after.passed is True
    assert cleaned.done.value(f"x{where + 1}") == pytest.approx(TRUE[where])
    assert "the rest agrees" in cleaned.note


def test_the_published_measurement_test() -> None:
    """With independent errors z is the adjustment over its standard deviation (Mah and Tamhane 1982)."""
    done = reconcile(BYPASS.problem())
    for one in suspects(done).ranked:
        estimate = done.estimates[one.name]
        spread = (estimate.measured_sd**2 - estimate.sd**2) ** 0.5  # type: ignore[operator]
        assert one.z == pytest.approx(-estimate.adjustment / spread)  # type: ignore[operator]


def test_exchanger_with_a_bias_as_printed() -> None:
    """Narasimhan and Jordache (2000), chapter 7: 4 more on stream 2; the global test prints 16.674."""
    case = replace(BYPASS, measured=(101.91, 68.45, 34.65, 64.20, 36.44, 98.88))
    done = reconcile(case.problem())
    assert done.global_test().statistic == pytest.approx(16.674, abs=5e-4)
    found = suspects(done)
    assert found.limit == pytest.approx(2.631, abs=5e-4)
    assert [one.name for one in found.found] == ["x2"]
    cleaned = eliminate(case.problem())
    assert [one.suspect.name for one in cleaned.eliminated] == ["x2"]
    assert cleaned.eliminated[0].after.degrees == 3


def test_a_leak_is_the_drop_of_the_objective_without_the_balance() -> None:
    """The same for balances (Crowe, Canadian Journal of Chemical Engineering 70, 1992, 1030)."""
    problem = COLLECTED["Yang, Ten and Jao 1995"].problem(floor=None)
    done = reconcile(problem)
    leaks = {one.name: one for one in suspects(done, leaks=True).ranked if one.kind == "leak"}
    assert len(leaks) == 4
    for balance in problem.balances:
        fewer = reconcile(replace(problem, balances=tuple(row for row in problem.balances if row is not balance)))
        assert leaks[balance.name].z ** 2 == pytest.approx(done.objective - fewer.objective, rel=1e-8)


def test_likelihood_ratio_is_the_drop_of_the_objective() -> None:
    """z squared is by how much the sum of squares falls when the measurement is set aside."""
    problem = COLLECTED["Yang, Ten and Jao 1995"].problem(floor=None)
    done = reconcile(problem)
    for one in suspects(done).ranked:
        fewer = reconcile(without(problem, [one.name]))
        assert one.z**2 == pytest.approx(done.objective - fewer.objective, rel=1e-8)
        assert one.size == pytest.approx(done.estimates[one.name].measured - fewer.value(one.name))  # type: ignore[operator]


def test_the_same_with_shared_errors() -> None:
    problem = COLLECTED["Yang, Ten and Jao 1995"].problem(floor=None)
    problem = replace(problem, commons=(Common("scale", {"x1": 1.5, "x2": 1.0, "x4": -0.5}),))
    done = reconcile(problem)
    for one in suspects(done).ranked:
        fewer = reconcile(without(problem, [one.name]))
        assert one.z**2 == pytest.approx(done.objective - fewer.objective, rel=1e-8)


def test_a_leak_is_told_from_biases() -> None:
    problem = biased(0, 0.0)
    leaky = replace(problem, quantities=tuple(
        replace(one, value=one.value - 9.0 * (one.name in ("x4", "x6"))) for one in problem.quantities))  # type: ignore[operator]  # fmt: skip
    found = suspects(reconcile(leaky), leaks=True)
    assert found.ranked[0].kind == "leak"
    assert found.ranked[0].name == "b2"
    assert found.ranked[0].size == pytest.approx(9.0)
    assert found.found[0] is found.ranked[0]


def test_what_leaves_the_same_trace_is_named() -> None:
    """Two flows in series around one unmeasured path: one balance cannot say which of its flows is wrong."""
    streams = [Stream("a", Measured(10, 1)), Stream("b", Measured(14, 1)), Stream("c"), Stream("d", Measured(5, 1))]
    problem = flowsheet(streams, [Node("n", ("a",), ("b",)), Node("m", ("c",), ("d",))])
    found = suspects(reconcile(problem))
    assert {one.name: one.alike for one in found.ranked} == {"a": ("b",), "b": ("a",)}
    assert found.blind == ("d",)
    cleaned = eliminate(problem)
    assert cleaned.note.startswith("No check is left")
    assert "cannot tell a from b" in cleaned.note


def test_level_and_power_by_monte_carlo() -> None:
    base = BYPASS.problem(floor=None)
    rng = np.random.default_rng(3)
    done = reconcile(base)
    project = done.solved.system.linear
    found = suspects(done, level=0.05, power=0.8)
    by_name = {one.name: one for one in found.ranked}
    inverse = np.linalg.inv(project @ project.T)
    draws = rng.normal(size=(40000, 6))

    def z(noise: np.ndarray) -> np.ndarray:
        trace = project.T @ inverse
        return np.abs(noise @ project.T @ trace.T) / np.sqrt(np.diag(project.T @ inverse @ project))

    quiet = z(draws)
    assert (quiet.max(axis=1) > found.limit).mean() <= 0.055  # Sidak is safe for tests that are not independent
    shift = np.zeros(6)
    shift[3] = by_name["x4"].detectable
    assert (z(draws + shift)[:, 3] > found.limit).mean() == pytest.approx(0.8, abs=0.01)
    assert by_name["x4"].power(by_name["x4"].detectable, found.limit) == pytest.approx(0.8, abs=1e-3)
    assert found.limit == pytest.approx(limit_of(0.05, 6))
    assert limit_of(0.05, 1) == pytest.approx(1.959964, abs=1e-6)
    with pytest.raises(ValueError, match="no chance"):
        limit_of(1.5, 3)


def test_nothing_to_set_aside() -> None:
    assert eliminate(biased(0, 0.0)).note == "Nothing speaks against the measurements."
    alone = Problem((Quantity("a", 1, 0.1), Quantity("b")), (Balance("n", (Term(1, "a"), Term(-1, "b"))),))
    assert eliminate(alone).note == "No check: nothing can be tested."
    held = eliminate(biased(0, 12.0), most=0)
    assert held.eliminated == ()
    assert "disagree" in held.note
