"""From weighings and assays of a plant to a recovery for the plan."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from chumbak.custody.measure.amount import Amount
from chumbak.custody.measure.assays import Assay, Calibrations, Weighing, amount
from chumbak.custody.measure.yields import Made, lots_of
from chumbak.reconcile.calibrate import calibrate, covariance_of, overlay_rows, recovery_of
from chumbak.reconcile.problem import ProblemError

CALIBRATIONS = Calibrations({"bridge": 0.0005}, {("lab", "ICP-OES", "Nd"): 0.004})


def measured(name: str, kilograms: float, share: float) -> Amount:
    gross = Fraction(round(kilograms * 10**6)) * 1000
    return amount(
        Weighing(name, "bridge", gross, gross / 1000),
        Assay(name, "Nd", Fraction(str(round(share, 6))), Fraction(str(round(share * 0.008, 8))), "ICP-OES", "lab"),
        CALIBRATIONS,
    )


def test_a_plant_of_twenty_lots() -> None:
    rng = np.random.default_rng(9)
    runs = []
    for k in range(20):
        recovery = 0.94 + 0.01 * rng.normal()
        errors = 1 + 0.0075 * rng.normal(size=3)
        runs.append(Made(
            f"run {k}", (measured(f"in{k}", 1000, 0.30 * errors[0]),),
            (measured(f"out{k}", 300 * recovery, 0.99 * errors[1] / 0.99),),
            (measured(f"slag{k}", 690, 0.30 * 1000 * (1 - recovery) / 690 * errors[2]),),
        ))  # fmt: skip
    found = calibrate("electrolyse", "Nd", lots_of(runs), (0.95, 0.92, 0.98))
    assert found.pooled is not None
    assert found.pooled.mean == pytest.approx(0.94, abs=0.008)
    assert 0.002 < found.pooled.between**0.5 < 0.02
    rows, refused = overlay_rows([found], place="Plantville", source="twenty lots")
    assert refused == []
    assert rows[0]["key"] == "process.electrolyse.recovery.Nd"


def test_one_measurement_in_two_runs_is_shared() -> None:
    passed = measured("passed on", 90, 0.5)
    first = Made("first", (measured("fed", 100, 0.5),), (passed,))
    second = Made("second", (passed,), (measured("made", 85, 0.5),))
    lots = lots_of([first, second])
    assert "weighing:passed on" in lots[0].products[0].shared
    assert lots[0].products[0].sd == 0.0
    one, other = (recovery_of(lot) for lot in lots)
    assert one.sd == pytest.approx(one.value * np.hypot(0.001, 0.008) * 2**0.5, rel=0.3)  # less what both sides share
    assert covariance_of([one, other])[0, 1] < 0  # too high between them: the first looks better, the second worse
    bare = Amount(5, {"scale": 1.0})
    with pytest.raises(ProblemError, match="of its own"):
        recovery_of(lots_of([Made("bare", (bare,), (bare,))])[0])
