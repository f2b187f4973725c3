"""What has to hold of every reconciliation, and brute force on small ones."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space

from chumbak.reconcile.gross import suspects, without
from chumbak.reconcile.problem import (
    Balance,
    Common,
    Measured,
    Node,
    Problem,
    ProblemError,
    Quantity,
    Stream,
    Term,
    flowsheet,
)  # fmt: skip
from chumbak.reconcile.reconciled import reconcile
from chumbak.reconcile.solve import NotSolvedError
from tests.reconcile.published import COLLECTED, MITSAS

SEEDS = st.integers(0, 10**6)


def network(seed: int, unknown: float = 0.3, floor: float | None = None) -> Problem:
    """Return a random flowsheet of up to six nodes, its flows of different sizes measured or not."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(1, 6))
    count = int(rng.integers(nodes + 1, nodes + 8))
    ends = [rng.choice(nodes + 1, 2, replace=False) for _ in range(count)]  # the last one is the outside
    balances = []
    for node in range(nodes):
        terms = tuple(Term(1.0 if to == node else -1.0, f"x{k}") for k, (at, to) in enumerate(ends) if node in (at, to))
        if terms:
            balances.append(Balance(f"b{node}", terms))
    quantities = []
    for k in range(count):
        size = float(10 ** rng.uniform(-1, 3))
        seen = rng.random() > unknown
        quantities.append(Quantity(f"x{k}", size if seen else None, size * 0.05 if seen else None, floor))
    return Problem(tuple(quantities), tuple(balances))


@settings(max_examples=60)
@given(SEEDS)
def test_balances_hold_and_the_normal_equations_say_the_same(seed: int) -> None:
    problem = network(seed)
    done = reconcile(problem)
    assert done.worst <= 1e-9
    # The same by the bordered system of Lagrange, solved by least squares: values of what is determined are unique.
    names = [one.name for one in problem.quantities]
    weight = np.diag([1 / one.sd**2 if one.sd else 0.0 for one in problem.quantities])
    rows = np.zeros((len(problem.balances), len(names)))
    for k, balance in enumerate(problem.balances):
        for term in balance.terms:
            rows[k, names.index(term.quantity)] += term.factor
    y = np.array([one.value or 0.0 for one in problem.quantities])
    whole = np.block([[weight, rows.T], [rows, np.zeros((len(rows), len(rows)))]])
    x = np.linalg.lstsq(whole, np.concatenate([weight @ y, np.zeros(len(rows))]), rcond=1e-13)[0][: len(names)]
    for name, brute in zip(names, x, strict=True):
        if done.estimates[name].value is not None:
            assert done.value(name) == pytest.approx(brute, rel=1e-6, abs=1e-5)


@settings(max_examples=60)
@given(SEEDS)
def test_observability_by_brute_force(seed: int) -> None:
    """An unknown is undetermined if it can move while measurements and balances stand still."""
    problem = network(seed, unknown=0.6)
    done = reconcile(problem)
    names = [one.name for one in problem.quantities]
    rows = np.zeros((len(problem.balances), len(names)))
    for k, balance in enumerate(problem.balances):
        for term in balance.terms:
            rows[k, names.index(term.quantity)] += term.factor
    unknown = [k for k, one in enumerate(problem.quantities) if not one.measured]
    rank = np.linalg.matrix_rank(rows[:, unknown]) if unknown else 0
    for k in unknown:
        others = [other for other in unknown if other != k]
        alone = (np.linalg.matrix_rank(rows[:, others]) if others else 0) < rank
        assert (done.estimates[names[k]].status == "observable") == alone
    assert done.degrees == np.linalg.matrix_rank(rows) - rank
    for k, one in enumerate(problem.quantities):
        if one.measured:  # redundant: it would still be known without its measurement
            known = reconcile(without(problem, [one.name])).estimates[one.name].status == "observable"
            assert (done.estimates[names[k]].status == "redundant") == known


@settings(max_examples=40)
@given(SEEDS)
def test_exact_data_are_unchanged_and_scaling_scales(seed: int) -> None:
    done = reconcile(network(seed, unknown=0.0))
    true = replace(done.problem, quantities=tuple(
        replace(one, value=done.value(one.name)) for one in done.problem.quantities))  # fmt: skip
    again = reconcile(true)
    for one in true.quantities:
        assert again.value(one.name) == pytest.approx(one.value, rel=1e-9, abs=1e-9)
    assert again.objective == pytest.approx(0.0, abs=1e-12)
    for factor in (1e12, 1e-6):
        scaled = replace(done.problem, quantities=tuple(
            replace(one, value=one.value * factor, sd=one.sd * factor)  # type: ignore[operator]
            for one in done.problem.quantities))  # fmt: skip
        large = reconcile(scaled)
        assert large.objective == pytest.approx(done.objective, rel=1e-7, abs=1e-9)
        for name in done.estimates:
            assert large.value(name) / factor == pytest.approx(done.value(name), rel=1e-8, abs=1e-8)


@settings(max_examples=40)
@given(SEEDS)
def test_one_more_measurement_never_widens(seed: int) -> None:
    problem = network(seed, unknown=0.0)
    done = reconcile(problem)
    fewer = reconcile(without(problem, ["x0"]))
    for name, one in fewer.estimates.items():
        if one.sd is not None:
            assert done.estimates[name].sd <= one.sd * (1 + 1e-9) + 1e-12  # type: ignore[operator]
    for one in done.estimates.values():
        assert one.sd <= one.measured_sd * (1 + 1e-9)  # type: ignore[operator]


@settings(max_examples=40)
@given(SEEDS)
def test_floors_against_every_choice_of_them(seed: int) -> None:
    problem = network(seed, unknown=0.0, floor=0.0)
    assume(len(problem.quantities) <= 8)
    names = [one.name for one in problem.quantities]
    y, sd = (np.array([getattr(one, what) for one in problem.quantities]) for what in ("value", "sd"))
    rows = np.zeros((len(problem.balances), len(names)))
    for k, balance in enumerate(problem.balances):
        for term in balance.terms:
            rows[k, names.index(term.quantity)] += term.factor
    done = reconcile(problem)
    x = np.array([done.value(name) for name in names])
    assert (x >= 0).all()
    best = np.inf
    for chosen in itertools.product((False, True), repeat=len(y)):  # every set of quantities on their floors
        up = ~np.array(chosen)
        inside = null_space((rows * sd)[:, up], rcond=1e-10)
        at = np.zeros(len(y))
        at[up] = inside @ inside.T @ (y / sd)[up]
        if at.min() >= -1e-9:
            best = min(best, float(((at - y / sd) ** 2).sum()))
    assert done.objective == pytest.approx(best, rel=1e-9, abs=1e-9)


@settings(max_examples=60)
@given(SEEDS)
@example(0)  # goes in a circle without the careful rule
def test_floors_with_unknowns_are_a_minimum(seed: int) -> None:
    """Feasible, and no floor in use would rather be left: by convexity that is the least there is."""
    done = reconcile(network(seed, 0.3, floor=0.0))
    solved = done.solved
    assert done.worst <= 1e-9
    assert all(one.value is None or one.value >= 0 for one in done.estimates.values())
    system, x = solved.system, solved.point.x
    slope = np.zeros(len(x))
    slope[system.measured] = np.linalg.solve(system.covariance, (x - system.value)[system.measured])
    sd = np.ones(len(x))
    sd[system.measured] = np.sqrt(np.diag(system.covariance))
    rows = solved.rows * sd
    found, *_ = np.linalg.lstsq(rows.T, -slope * sd, rcond=1e-10)
    np.testing.assert_allclose(rows.T @ found, -slope * sd, atol=1e-6 * (1 + np.abs(slope * sd).max()))
    assert (found[len(system.rows) :] <= 1e-6 * (1 + np.abs(found).max())).all()


def test_a_flow_that_would_be_negative_is_held_and_said() -> None:
    problem = Problem(
        (Quantity("a", 10, 1), Quantity("b", 12, 1), Quantity("c", 0.1, 0.5)),
        (Balance("n", (Term(1, "a"), Term(-1, "b"), Term(-1, "c"))),),
    )
    done = reconcile(problem)
    assert done.estimates["c"].at_floor
    assert done.value("c") == 0.0
    assert done.value("a") == pytest.approx(11.0)
    assert any("Held at the least value" in note for note in done.notes)
    free = reconcile(replace(problem, quantities=tuple(replace(one, floor=None) for one in problem.quantities)))
    assert free.value("c") < 0


def composition(seed: int, complete: bool) -> Problem:
    """Return a splitter and a mixer with assays of two elements, noisy about true ones."""
    rng = np.random.default_rng(seed)
    flow = {"feed": 100.0, "rich": 30.0, "poor": 70.0, "late": 20.0, "out": 50.0}
    share = {"feed": (0.30, 0.20), "rich": (0.7233333333333334, 0.13), "poor": (0.11857142857142858, 0.23),
             "late": (0.4, 0.1)}  # fmt: skip
    share["out"] = tuple((30 * share["rich"][k] + 20 * share["late"][k]) / 50 for k in (0, 1))
    streams = []
    for name, size in flow.items():
        fractions: dict[str, Measured | None] = {
            element: Measured(share[name][k] * float(1 + 0.01 * rng.normal()), 0.01 * share[name][k])
            for k, element in enumerate(("Nd", "Pr"))
        }
        if complete:
            fractions["rest"] = None
        measured = None if name == "late" else Measured(size * float(1 + 0.02 * rng.normal()), 0.02 * size)
        streams.append(Stream(name, measured, fractions))
    nodes = [Node("split", ("feed",), ("rich", "poor")), Node("mix", ("rich", "late"), ("out",))]
    return flowsheet(streams, nodes, complete=complete)


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_products_are_a_minimum(seed: int, complete: bool) -> None:
    """Of flow x fraction balances: all hold, and no feasible step from the solution lowers the sum of squares."""
    problem = composition(seed, complete)
    done = reconcile(problem)
    assert done.worst <= 1e-9
    assert done.estimates["late"].status == "observable"
    system = done.solved.system
    x = done.solved.point.x
    rng = np.random.default_rng(seed)
    sd = np.where(system.measured, 0.0, 1.0)
    sd[system.measured] = np.sqrt(np.diag(system.covariance))

    def squares(at: np.ndarray) -> float:
        return float((((at - system.value) / sd)[system.measured] ** 2).sum())

    for _ in range(40):
        at = x + 0.5 * sd * rng.normal(size=len(x))
        for _ in range(60):  # back to the balances, by the least change
            rows = system.jacobian(at)
            at = at - sd * np.linalg.lstsq(rows * sd, system.residual(at), rcond=1e-10)[0]
        assert np.abs(system.residual(at)).max() < 1e-9
        assert squares(at) >= done.objective - 1e-9


def test_products_in_micrograms_say_the_same() -> None:
    """Flows in units 1e12 times as small, fractions as they are: the same fractions, the same tests."""
    problem = composition(2, True)
    flows = {"feed", "rich", "poor", "late", "out"}
    small = replace(problem, quantities=tuple(
        replace(one, value=one.value * 1e12, sd=one.sd * 1e12)  # type: ignore[operator]
        if one.name in flows and one.measured else one for one in problem.quantities))  # fmt: skip
    done, again = reconcile(problem), reconcile(small)
    assert again.objective == pytest.approx(done.objective, rel=1e-9)
    assert again.degrees == done.degrees
    assert again.worst <= 1e-9
    for name in done.estimates:
        scaled = again.value(name) / (1e12 if name in flows else 1)
        assert scaled == pytest.approx(done.value(name), rel=1e-9, abs=1e-12)
    known = {one.name: one.z for one in suspects(done, leaks=True).ranked}
    for one in suspects(again, leaks=True).ranked:
        assert one.z == pytest.approx(known.pop(one.name), rel=1e-6, abs=1e-6)
    assert known == {}


def test_an_element_in_a_stream_that_does_not_flow_is_undetermined() -> None:
    streams = [
        Stream("a", Measured(10, 0), {"Nd": Measured(0.2, 0.01)}), Stream("b", Measured(10, 0), {"Nd": None}),
        Stream("c", None, {"Nd": None}),
    ]  # fmt: skip
    done = reconcile(flowsheet(streams, [Node("n", ("a",), ("b", "c"))]))
    assert done.value("c") == pytest.approx(0.0, abs=1e-12)
    assert done.estimates["b/Nd"].status == "observable"
    assert done.value("b/Nd") == pytest.approx(0.2)
    assert done.estimates["c/Nd"].status == "undetermined"


def test_derivatives_of_products() -> None:
    system = reconcile(composition(1, True)).solved.system
    rng = np.random.default_rng(0)
    x, step = rng.uniform(0.1, 2, len(system.names)), 1e-6
    numeric = np.column_stack([
        (system.residual(x + step * unit) - system.residual(x - step * unit)) / (2 * step)
        for unit in np.eye(len(x))
    ])  # fmt: skip
    np.testing.assert_allclose(system.jacobian(x), numeric, atol=1e-8)
    weight = rng.normal(size=len(system.rows))
    bent = np.column_stack([
        (weight @ system.jacobian(x + step * unit) - weight @ system.jacobian(x - step * unit)) / (2 * step)
        for unit in np.eye(len(x))
    ])  # fmt: skip
    np.testing.assert_allclose(system.curvature(weight), bent, atol=1e-8)


def test_shared_errors_against_the_textbook_formula() -> None:
    problem = MITSAS.problem()
    scale = {f"x{k}": 0.01 * value for k, value in enumerate(MITSAS.measured, 1)}
    done = reconcile(replace(problem, commons=(Common("scale", scale),)))
    rows = done.solved.system.linear
    y = np.array(MITSAS.measured)
    spread = np.diag(np.array(MITSAS.sd) ** 2) + np.outer(0.01 * y, 0.01 * y)
    gain = spread @ rows.T @ np.linalg.inv(rows @ spread @ rows.T)
    np.testing.assert_allclose([done.value(name) for name in done.estimates], y - gain @ rows @ y, rtol=1e-10)
    np.testing.assert_allclose(done.covariance(list(done.estimates)), spread - gain @ rows @ spread, atol=1e-10)
    assert done.estimates["x1"].measured_sd == pytest.approx(np.hypot(1.0, 1.0049))


def test_monte_carlo_of_the_covariance_and_the_global_test() -> None:
    case = COLLECTED["Dovi and Solisio 2001"]
    rng = np.random.default_rng(7)
    base = case.problem(floor=None)
    draws, statistics = [], []
    for _ in range(250):
        noisy = tuple(
            replace(one, value=true + float(one.sd or 0) * float(rng.normal()))
            for one, true in zip(base.quantities, (11, 10, 21, 11, 5.5, 5.5), strict=True)
        )
        done = reconcile(replace(base, quantities=noisy))
        draws.append([done.value(name) for name in done.estimates])
        statistics.append(done.objective)
    np.testing.assert_allclose(np.std(draws, axis=0), [one.sd for one in done.estimates.values()], rtol=0.15)
    assert np.mean(statistics) == pytest.approx(3.0, abs=0.4)  # three checks


def test_contradicting_balances_and_exact_values_are_refused() -> None:
    with pytest.raises(NotSolvedError, match="No values keep all balances"):
        reconcile(
            Problem((Quantity("a", 1, 0.1),), (Balance("p", (Term(1, "a"),), 1), Balance("q", (Term(1, "a"),), 2)))
        )
    with pytest.raises(NotSolvedError, match="b"):
        reconcile(Problem((Quantity("a", 1, 0), Quantity("b", 2, 0)), (Balance("b", (Term(1, "a"), Term(-1, "b"))),)))
    with pytest.raises(NotSolvedError, match="at or above their floors"):
        reconcile(
            Problem((Quantity("a", 1, 0.1), Quantity("b", 1, 0.1)), (Balance("n", (Term(1, "a"), Term(1, "b")), -1),))
        )


def test_what_is_wrong_with_a_problem_is_said_at_once() -> None:
    with pytest.raises(ProblemError) as told:
        Problem(
            (Quantity("a", 1.0), Quantity("a", 1.0, -1.0), Quantity("c", float("nan"), 1.0), Quantity("d", -1.0, 0.0)),
            (Balance("n", (Term(1, "e"),)), Balance("n", ())),
            (Common("s", {"d": 1.0}),),
        )
    text = "\n".join(told.value.faults)
    for word in (
        "'a' stands twice", "without a standard deviation", "below zero", "not finite", "below its floor",
        "'e', which is no quantity", "'n' stands twice", "has no terms", "'d', which is not measured",
    ):  # fmt: skip
        assert word in text
    with pytest.raises(ProblemError, match="no stream"):
        flowsheet([Stream("a")], [Node("n", ("a",), ("b",))])


def test_repeated_balances_change_nothing() -> None:
    problem = MITSAS.problem()
    twice = replace(problem, balances=(*problem.balances, *(replace(b, name=b.name + "'") for b in problem.balances)))
    one, two = reconcile(problem), reconcile(twice)
    assert two.degrees == one.degrees
    assert two.objective == pytest.approx(one.objective, rel=1e-10)
    assert suspects(two).ranked[0].z == pytest.approx(suspects(one).ranked[0].z)


def test_nothing_measured_nothing_known() -> None:
    done = reconcile(flowsheet([Stream("a"), Stream("b")], [Node("n", ("a",), ("b",))]))
    assert {one.status for one in done.estimates.values()} == {"undetermined"}
    assert done.degrees == 0
    assert done.global_test().passed is None
