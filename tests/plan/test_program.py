"""The block layer: columns and rows by name, terms by broadcasting, one sparse matrix."""

from __future__ import annotations

import numpy as np
import pytest

from chumbak.linear.program import NONE, Program
from chumbak.plan.formulate import formulate
from tests.plan.small import small_case

YEARS = [2025, 2026, 2027]


def one_row(program: Program, columns: np.ndarray, coefficient: float = 1.0) -> np.ndarray:
    rows = program.add_rows("total", {"year": YEARS}, "t/year", lower=0.0)
    program.add(rows, columns, coefficient)
    return rows


def test_columns_that_could_only_be_zero_are_not_made() -> None:
    program = Program()
    at = program.add_columns(
        "run", {"plant": ["a", "b"], "year": YEARS}, "t", keep=np.array([[1, 0, 1], [0, 1, 0]]) > 0
    )
    assert at.tolist() == [[0, NONE, 1], [NONE, 2, NONE]]
    assert program.width == 3
    rows = one_row(program, at[:1], 2.0)
    assert program.matrix().A.toarray().tolist() == [[2, 0, 0], [0, 0, 0], [0, 2, 0]]
    assert rows.tolist() == [0, 1, 2]


def test_numbers_go_on_from_block_to_block_and_rows_have_their_own() -> None:
    program = Program()
    program.add_columns("run", {"year": YEARS}, "t")
    assert program.add_columns("buy", {"year": YEARS}, "t", keep=np.array([False, True, True])).tolist() == [NONE, 3, 4]
    program.add_rows("balance", {"year": YEARS}, "t")
    assert program.add_rows("need", {"year": YEARS}, "t").tolist() == [3, 4, 5]
    assert (program.width, program.height) == (5, 6)


def test_a_block_without_members_is_empty() -> None:
    program = Program()
    assert program.add_columns("sell", {"material": [], "year": YEARS}, "t").shape == (0, 3)
    assert program.width == 0
    assert program.values("sell", np.zeros(0)).shape == (0, 3)


def test_a_term_on_a_row_that_is_not_there_is_a_mistake_of_ours() -> None:
    program = Program()
    run = program.add_columns("run", {"year": YEARS}, "t")
    rows = program.add_rows("need", {"year": YEARS}, "t", keep=np.array([True, False, True]))
    with pytest.raises(AssertionError, match="a term on a row that is not there"):
        program.add(rows, run, 1.0)


def test_a_term_of_nothing_may_meet_a_row_that_is_not_there() -> None:
    """No column, or a coefficient of zero, is no term."""
    program = Program()
    run = program.add_columns("run", {"year": YEARS}, "t")
    rows = program.add_rows("need", {"year": YEARS}, "t", keep=np.array([True, False, True]))
    program.add(rows, run, np.array([1.0, 0.0, 1.0]))
    program.add(rows, np.where(rows == NONE, NONE, run), 1.0)
    assert program.matrix().A.toarray().tolist() == [[2, 0, 0], [0, 0, 2]]


def test_terms_on_one_place_add_up_and_what_rounding_leaves_is_dropped() -> None:
    program = Program()
    run = program.add_columns("run", {"year": YEARS}, "t")
    rows = one_row(program, run, 0.75)
    program.add(rows, run, np.array([0.25, -0.75 + 1e-12, 1.0]))
    gathered = program.matrix().A
    assert gathered.toarray().tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1.75]]
    assert gathered.nnz == 2


def test_rows_columns_and_coefficients_are_broadcast() -> None:
    program = Program()
    run = program.add_columns("run", {"plant": ["a", "b"], "year": YEARS}, "t")
    rows = program.add_rows("all", {"year": YEARS}, "t")
    program.add(rows[None], run, np.array([[2.0], [3.0]]))
    assert program.matrix().A.toarray().tolist() == [[2, 0, 0, 3, 0, 0], [0, 2, 0, 0, 3, 0], [0, 0, 2, 0, 0, 3]]


def test_bounds_and_sides_follow_what_is_kept() -> None:
    program = Program()
    keep = np.array([True, False, True])
    run = program.add_columns("run", {"year": YEARS}, "t", keep=keep, lower=-1.0, upper=np.array([5.0, 6.0, 7.0]))
    rows = program.add_rows("need", {"year": YEARS}, "t", keep=keep, lower=np.array([1.0, 2.0, 3.0]))
    program.add(rows, run, 1.0)
    matrix = program.matrix()
    assert (matrix.lower.tolist(), matrix.upper.tolist()) == ([-1, -1], [5, 7])
    assert (matrix.row_lower.tolist(), matrix.row_upper.tolist()) == ([1, 3], [np.inf, np.inf])


def test_cost_terms_keep_their_names() -> None:
    program = Program()
    keep = np.array([True, False, True])
    run = program.add_columns("run", {"year": YEARS}, "t", keep=keep)
    one_row(program, run)
    program.pay("fuel", run, np.array([1.0, 2.0, 3.0]))
    program.pay("fuel", run, 10.0)
    program.pay("wages", run, 100.0)
    program.pay_anyway("rent", 7.0)
    program.pay_anyway("rent", 1.0)
    matrix = program.matrix()
    assert {name: cost.tolist() for name, cost in program.costs.items()} == {"fuel": [11, 13], "wages": [100, 100]}
    assert matrix.cost.tolist() == [111, 113]
    assert matrix.offset == 8


def test_every_row_and_column_says_its_name() -> None:
    program = Program()
    keep = np.array([[True, True, False], [False, True, True]])
    program.add_columns("build", {"plant": ["magnet", "metal"], "decided": YEARS}, "t/year", keep=keep)
    program.add_rows("need", {"grade": ["G"], "year": YEARS}, "t/year")
    names = ["build[magnet, 2025]", "build[magnet, 2026]", "build[metal, 2026]", "build[metal, 2027]"]
    assert [program.name_of(number) for number in range(program.width)] == names
    assert program.name_of(2, "rows") == "need[G, 2027]"
    with pytest.raises(IndexError, match="there is no number 3 among the rows"):
        program.name_of(3, "rows")


def test_two_blocks_of_one_name_are_a_mistake_of_ours() -> None:
    program = Program()
    program.add_columns("run", {"year": YEARS}, "t")
    program.add_rows("run", {"year": YEARS}, "t")
    with pytest.raises(AssertionError, match="'run' is there already"):
        program.add_columns("run", {"year": YEARS}, "t")
    with pytest.raises(AssertionError, match="'run' is there already"):
        program.add_rows("run", {"year": YEARS}, "t")


def test_values_and_shadow_prices_come_back_over_their_labels() -> None:
    program = Program()
    keep = np.array([True, False, True])
    program.add_columns("buy", {"year": YEARS}, "t")
    program.add_columns("run", {"year": YEARS}, "t", keep=keep)
    program.add_rows("need", {"year": YEARS}, "t", keep=~keep)
    assert program.values("run", np.array([1.0, 2.0, 3.0, 4.0, 5.0])).tolist() == [4, 0, 5]
    assert program.duals("need", np.array([8.0])).tolist() == [0, 8, 0]


def test_a_plan_has_no_column_that_can_only_be_zero() -> None:
    """Magnets are bought in all years, oxide is not; the plant takes a year, so is not decided in the last."""
    processes, plants = {"make": {"oxide": -1.0, "magnet": 1.0}}, {"magnets": {"counts": {"make": 1.0}, "lead": 1.0}}
    offers = [("magnets", "CHN", "magnet", 10.0), ("oxides", "CHN", "oxide", 4.0)]
    need = {"motor": {"need": 100.0}}

    def names(chosen: list[tuple[str, str, str, float]]) -> list[str]:
        program = formulate(small_case(YEARS, processes, plants, need, chosen)).program
        return [program.name_of(number) for number in range(program.width)]

    bought = names(offers[:1])
    assert not [
        name for name in bought if name.startswith(("run", "recolour", "substitute", "collect", "sell", "ship"))
    ]
    assert {name.split("[")[1].split(",")[0] for name in bought if name.startswith(("deliver", "store"))} == {
        "magnet|bought"
    }
    assert [name for name in bought if name.startswith("build")] == [
        f"build[magnets, country, {year}]" for year in YEARS[:2]
    ]
    made = names(offers)
    assert [name for name in made if name.startswith("run")] == [
        f"run[make|foreign, country, {year}]" for year in YEARS[1:]
    ]


def test_ranges_leave_out_what_is_zero_or_endless() -> None:
    program = Program()
    run = program.add_columns("run", {"year": YEARS}, "t", upper=np.array([50.0, np.inf, 0.5]))
    rows = program.add_rows("need", {"year": YEARS}, "t", lower=np.array([0.0, 3.0, -400.0]))
    program.add(rows, run, np.array([-0.25, 2.0, 8.0]))
    assert program.matrix().ranges() == {
        "matrix": (0.25, 8.0), "cost": (0.0, 0.0), "bound": (0.5, 50.0), "right_side": (3.0, 400.0),
    }  # fmt: skip
