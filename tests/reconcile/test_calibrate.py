"""Lots in, recoveries out; pooled figures against published ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chumbak.reconcile.calibrate import (
    Lot,
    Part,
    calibrate,
    compare,
    covariance_of,
    overlay_rows,
    recovery_of,
)  # fmt: skip
from chumbak.reconcile.pool import pool
from chumbak.reconcile.problem import ProblemError

# Thirteen trials of the BCG vaccine (Colditz and others, JAMA 271, 1994, 698): ill and not, vaccinated and not. The
# data on which meta-analysis is shown everywhere, with its published results for log risk ratios.
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
], dtype=float)  # fmt: skip


def log_ratios() -> tuple[np.ndarray, np.ndarray]:
    ill, well, other_ill, other_well = BCG.T
    both, others = ill + well, other_ill + other_well
    return np.log(ill / both / (other_ill / others)), 1 / ill - 1 / both + 1 / other_ill - 1 / others


def test_pooling_as_published() -> None:
    figures, variances = log_ratios()
    reml = pool(figures, np.diag(variances))
    assert reml.mean == pytest.approx(-0.7145, abs=5e-5)
    assert reml.model_sd == pytest.approx(0.1798, abs=5e-5)
    assert reml.sd == pytest.approx(0.1808, abs=6e-5)  # Hartung-Knapp
    assert reml.between == pytest.approx(0.3132, abs=5e-5)
    assert reml.share == pytest.approx(0.9222, abs=5e-5)
    assert reml.heterogeneity == pytest.approx(152.23, abs=5e-3)
    reach = 1.959964 * reml.model_sd * np.array([-1, 1])
    np.testing.assert_allclose(np.exp(reml.mean + reach), (0.344, 0.696), atol=5e-4)
    reach = 1.959964 * np.hypot(reml.model_sd, reml.between**0.5) * np.array([-1, 1])
    np.testing.assert_allclose(np.exp(reml.mean + reach), (0.155, 1.549), atol=5e-4)
    moments = pool(figures, np.diag(variances), "DL")
    assert moments.between == pytest.approx(0.3088, abs=5e-5)
    assert moments.mean == pytest.approx(-0.7141, abs=5e-5)
    assert moments.model_sd == pytest.approx(0.1787, abs=5e-5)


def test_pooling_by_its_definitions() -> None:
    rng = np.random.default_rng(5)
    own, shared = rng.uniform(0.01, 0.03, 9), 0.02
    spread = np.diag(own**2) + shared**2
    figures = 0.9 + 0.02 * rng.normal(size=9)
    found = pool(figures, spread)
    whole = np.linalg.inv(spread + found.between * np.eye(9))
    np.testing.assert_allclose(found.weights, whole.sum(axis=0) / whole.sum(), rtol=1e-9)
    assert found.mean == pytest.approx(float(whole.sum(axis=0) @ figures / whole.sum()))
    assert found.model_sd >= shared  # what all share cannot be averaged away
    assert found.sd >= found.model_sd
    moved = pool(figures + 5.0, spread)
    assert (moved.mean, moved.between) == (pytest.approx(found.mean + 5.0), pytest.approx(found.between, rel=1e-6))


def test_pooling_edges() -> None:
    one = pool([0.9], np.array([[0.0004]]))
    assert (one.mean, one.sd, one.between, one.lots) == (0.9, pytest.approx(0.02), 0.0, 1)
    assert one.range()[1] == pytest.approx(0.9 + 1.644854 * 0.02)
    same = pool([0.9, 0.9, 0.9], np.diag([1e-4] * 3))
    assert same.between == 0.0
    assert same.chance == pytest.approx(1.0)
    for figures, words in (([], "no lot"), ([1.0, 2.0], "an error of its own")):
        with pytest.raises(ValueError, match=words):
            pool(figures, np.zeros((len(figures), len(figures))))
    with pytest.raises(ValueError, match="1 by 1"):
        pool([1.0], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="chance"):
        one.range(1.0)


def lot(name: str, fed: float, made: float, lost: float | None, shared: float = 0.0) -> Lot:
    """Return a lot; a shared error of the scale, as a share of the mass."""
    parts = [Part(value, 0.01 * fed, {"scale": shared * value} if shared else {}) for value in (fed, made, lost or 0.0)]
    return Lot(name, (parts[0],), (parts[1],), None if lost is None else (parts[2],))


def test_recovery_without_losses_is_the_ratio_and_its_textbook_error() -> None:
    found = recovery_of(lot("L", 100.0, 90.0, None))
    assert found.value == pytest.approx(0.9)
    assert found.sd == pytest.approx(0.01 * (1 + 0.9**2) ** 0.5)
    assert found.test is None


def test_recovery_with_losses_is_reconciled() -> None:
    """Of equal errors each takes a third of what is missing."""
    found = recovery_of(lot("L", 100.0, 90.0, 7.0))
    assert found.value == pytest.approx(91 / 99)
    assert found.sd < recovery_of(lot("L", 100.0, 90.0, None)).sd
    assert found.test is not None
    assert found.test.passed


def test_the_error_of_a_recovery_by_monte_carlo() -> None:
    rng = np.random.default_rng(11)
    values = []
    for _ in range(400):
        scale = 1 + 0.02 * rng.normal()
        fed, made, lost = np.array([100.0, 90.0, 10.0]) * scale + rng.normal(size=3)
        values.append(recovery_of(lot("L", fed, made, lost, 0.02)).value)
    expected = recovery_of(lot("L", 100.0, 90.0, 10.0, 0.02))
    assert np.std(values) == pytest.approx(expected.sd, rel=0.12)
    assert abs(expected.shared["scale"]) < 1e-9  # one scale for all: its error leaves a ratio alone


def test_lots_that_share_a_calibration_err_together() -> None:
    lots = [Lot(f"L{k}", (Part(100.0, 0.5),), (Part(90.0 + k, 0.5, {"assay": 0.9}),)) for k in range(6)]
    found = [recovery_of(one) for one in lots]
    spread = covariance_of(found)
    assert spread[0, 1] == pytest.approx(0.009**2, rel=1e-6)
    whole = calibrate("p", "Nd", lots).pooled
    assert whole is not None
    assert whole.sd > 0.009
    alone = [Lot(one.name, one.inputs, (Part(one.products[0].value, 0.5),)) for one in lots]
    apart = calibrate("p", "Nd", alone).pooled
    assert apart is not None
    assert apart.sd < whole.sd


def test_calibrate_finds_what_lots_were_drawn_from() -> None:
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(60):
        lots = []
        for k in range(10):
            true = 0.93 + 0.01 * rng.normal()
            fed, made, lost = np.array([100.0, 100 * true, 100 * (1 - true)]) + rng.normal(size=3) * 0.5
            lots.append(Lot(f"L{k}", (Part(fed, 0.5),), (Part(made, 0.5),), (Part(max(lost, 0.0), 0.5),)))
        found = calibrate("p", "Nd", lots).pooled
        assert found is not None
        low, high = found.range()
        inside += low <= 0.93 <= high
    assert inside >= 47  # 90 % of 60, less three standard deviations


def test_a_lot_at_odds_with_itself_is_set_aside() -> None:
    lots = [lot(f"L{k}", 100.0, 93.0 + 0.3 * k, 7.0 - 0.3 * k) for k in range(5)] + [lot("bad", 100.0, 60.0, 7.0)]
    found = calibrate("p", "Nd", lots, (0.95, 0.92, 0.98))
    assert list(found.aside) == ["bad"]
    assert "disagree" in found.aside["bad"]
    rows, refused = overlay_rows([found], place="Plantville", source="lots of a plant, 2026")
    assert refused == []
    (row,) = rows
    assert row["key"] == "process.p.recovery.Nd"
    assert float(row["low"]) < float(row["value"]) < float(row["high"]) <= 1.0
    assert (row["period"], row["unit"], row["confidence"], row["basis"]) == ("all", "1", "medium", "")
    assert "1 set aside: bad" in row["note"]
    assert "before 0.95. The lots agree with the prior" in row["note"]


def test_rows_are_rows_of_a_pack() -> None:
    """The columns are those of a table of figures, and the range holds with what a pack's ranges hold with."""
    from chumbak.pack.draws import Z95
    from chumbak.pack.schema import CONFIDENCES, FIGURE_COLUMNS

    rows, _ = overlay_rows([calibrate("p", "Nd", [lot("L", 100.0, 90.0, None)])], place="X", source="Y")
    assert tuple(rows[0]) == FIGURE_COLUMNS
    assert rows[0]["confidence"] in CONFIDENCES
    assert float(rows[0]["high"]) == pytest.approx(0.9 + Z95 * 0.01 * (1 + 0.81) ** 0.5, abs=1e-6)


def test_more_out_than_in_is_no_row() -> None:
    found = calibrate("p", "Nd", [lot(f"L{k}", 100.0, 104.0 + k, None) for k in range(3)])
    rows, refused = overlay_rows([found, replace(found, pooled=None)], place="X", source="Y")
    assert rows == []
    assert "came out" in refused[0]
    assert "no lot is left" in refused[1]
    with pytest.raises(ValueError, match="source"):
        overlay_rows([found], place="X", source=" ")


def test_comparison_with_a_prior() -> None:
    found = pool([0.90, 0.91, 0.89, 0.90], np.diag([1e-5] * 4))
    assert "agree" in compare(found, 0.91, 0.88, 0.94).verdict
    assert "below the prior" in compare(found, 0.97, 0.96, 0.98).verdict
    assert "above the prior" in compare(found, 0.80, 0.79, 0.81).verdict
    assert compare(found, 0.95).z is None


def test_what_is_wrong_with_a_lot_is_said() -> None:
    with pytest.raises(ProblemError) as told:
        recovery_of(Lot("L", (), (Part(-1.0, 0.0),)))
    assert len(told.value.faults) == 3
    with pytest.raises(ProblemError, match="nothing went in"):
        recovery_of(Lot("L", (Part(0.0, 1.0),), (Part(1.0, 1.0),)))
