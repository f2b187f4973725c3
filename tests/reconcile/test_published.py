"""Reconciliation against what others printed."""

from __future__ import annotations

import numpy as np
import pytest

from chumbak.reconcile.gross import suspects
from chumbak.reconcile.problem import Balance, Measured, Node, Problem, Quantity, Stream, Term, flowsheet
from chumbak.reconcile.reconciled import Reconciled, reconcile
from tests.reconcile.published import BYPASS, COLLECTED, MITSAS, Case


def values(done: Reconciled) -> list[float]:
    return [done.value(name) for name in done.estimates]


def test_exchanger_with_bypass() -> None:
    done = reconcile(BYPASS.problem())
    np.testing.assert_allclose(values(done), BYPASS.printed, atol=BYPASS.within)
    assert done.objective == pytest.approx(6.4075, abs=5e-5)
    assert done.degrees == 4
    np.testing.assert_allclose([one.sd for one in done.estimates.values()], 1 / 3**0.5, rtol=1e-12)
    assert done.global_test().passed is True


def test_mitsas() -> None:
    done = reconcile(MITSAS.problem())
    np.testing.assert_allclose(values(done), MITSAS.printed, atol=MITSAS.within)
    assert done.degrees == 6


@pytest.mark.parametrize("case", COLLECTED.values(), ids=COLLECTED)
def test_collection(case: Case) -> None:
    done = reconcile(case.problem())
    np.testing.assert_allclose(values(done), case.printed, rtol=case.within)


def stan(more: tuple[Balance, ...] = ()) -> Problem:
    """Return the example of Cencic (2016): a loop, an exact flow, a transfer coefficient, two unknown ends."""
    flows = {"F1": Measured(100, 10), "F2": Measured(50, 0), "F3": Measured(300, 30), "F4": None,
             "F5": Measured(160, 16), "F6": None, "F7": None}  # fmt: skip
    return flowsheet(
        [Stream(name, flow) for name, flow in flows.items()],
        [Node("P1", ("F1", "F2", "F4"), ("F3",)), Node("P2", ("F3",), ("F4", "F5")), Node("P3", ("F5",), ("F6", "F7"))],
        also=[Quantity("TC", 0.5, 0.05)],
        more=[Balance("TC", (Term(1, "F3", "TC"), Term(-1, "F4"))), *more],
    )


PRINTED = {"F1": (102.425960, 7.882792), "F3": (302.416229, 22.608614), "F4": (149.990270, 21.213297),
           "F5": (152.425960, 7.882792), "TC": (0.495973, 0.037681)}  # fmt: skip


def test_cencic() -> None:
    done = reconcile(stan())
    for name, (value, sd) in PRINTED.items():
        assert done.estimates[name].value == pytest.approx(value, abs=5.1e-7)
        assert done.estimates[name].sd == pytest.approx(sd, abs=5.1e-7)
    assert {name: one.status for name, one in done.estimates.items()} == {
        "F1": "redundant", "F2": "exact", "F3": "redundant", "F4": "observable", "F5": "redundant",
        "F6": "undetermined", "F7": "undetermined", "TC": "redundant",
    }  # fmt: skip
    assert done.estimates["F6"].value is None
    assert "F6, F7" in done.notes[0]
    with pytest.raises(ValueError, match="'F7' is undetermined"):
        done.value("F7")


def test_cencic_with_equal_ends() -> None:
    done = reconcile(stan((Balance("even", (Term(1, "F6"), Term(-1, "F7"))),)))
    for name, (value, sd) in {**PRINTED, "F6": (76.212980, 3.941396), "F7": (76.212980, 3.941396)}.items():
        assert done.estimates[name].value == pytest.approx(value, abs=5.1e-7)
        assert done.estimates[name].sd == pytest.approx(sd, abs=5.1e-7)
    assert done.notes == ()


def test_suspects_of_the_bypass_by_hand() -> None:
    """All flows equal in variance: the trace of each node is its own, and flow 1 and node 1 leave the same."""
    found = suspects(reconcile(BYPASS.problem()), leaks=True)
    by_name = {one.name: one for one in found.ranked}
    assert by_name["x1"].z == pytest.approx(2.535 / 1.5**0.5)
    assert by_name["x1"].size == pytest.approx(2.535)
    assert by_name["x1"].alike == ("b1",)
    assert by_name["b2"].size == pytest.approx(1.64)
    assert found.found == ()
    assert found.ranked[0].name == "x1"
