from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chumbak.magnet.capability import capability_of
from chumbak.magnet.chart import SETS, constants, control, find_signals
from chumbak.magnet.chart_document import read_series
from chumbak.magnet.units import MagnetError

PRINTED = {  # QC1: Montgomery; ASTM E2587
    5: {"A2": 0.577, "D3": 0.0, "D4": 2.114, "d2": 2.326, "A3": 1.427, "B3": 0.0, "B4": 2.089, "c4": 0.94},
    3: {"A2": 1.023, "D3": 0.0, "D4": 2.574, "d2": 1.693},
    2: {"D4": 3.267, "d2": 1.128},
    10: {"A2": 0.308, "D3": 0.223, "D4": 1.777, "B3": 0.284, "B4": 1.716, "c4": 0.9727, "d2": 3.078, "d3": 0.797},
}


@pytest.mark.parametrize("n", PRINTED)
def test_the_constants_of_the_textbooks(n: int) -> None:
    for name, printed in PRINTED[n].items():
        assert constants(n)[name] == pytest.approx(printed, abs=6e-4), name  # D4 of 3: printed 2.574, exactly 2.5746
    if n == 2:  # E2 is printed as 3 over the rounded d2; exact is 2.6587
        assert 3 / round(constants(2)["d2"], 3) == pytest.approx(2.66, abs=5e-4)
        assert constants(2)["E2"] == pytest.approx(3 / constants(2)["d2"])


def test_a_step_is_seen_and_calm_is_not() -> None:
    values = np.random.default_rng(7).normal(1.3, 0.01, (60, 1))
    for kind in ("individuals", "ewma", "cusum"):
        assert not control(values, kind, "shewhart").signals, kind
        moved = values.copy()
        moved[40:] -= 0.025
        found = control(moved, kind, "western-electric", baseline=40).signals
        assert found, kind
        assert found[-1].at >= 40
        assert any(40 <= one.at <= 48 for one in found), kind


@pytest.mark.parametrize(
    ("rule", "z", "at"),
    [
        ("beyond 3 sigma", [0, 3.1, 0], [1]),
        ("2 of 3 beyond 2 sigma", [2.1, 0, 2.1, 0], [2]),
        ("2 of 3 beyond 2 sigma", [2.1, 0, -2.1, 0], []),
        ("4 of 5 beyond 1 sigma", [1.1, 1.1, 0, 1.1, 1.1], [4]),
        ("8 on one side", [0.1] * 8, [7]),
        ("9 on one side", [0.1] * 9, [8]),
        ("9 on one side", [0.1] * 8 + [-0.1], []),
        ("6 rising or falling", [0, 1, 2, 3, 4, 5], [5]),
        ("6 rising or falling", [0, 1, 2, 3, 4, 4], []),
        ("14 alternating", [0, 1] * 7, [13]),
        ("14 alternating", [0, 1] * 6 + [0], []),
        ("15 within 1 sigma", [0.5, -0.5] * 7 + [0.5], [14]),
        ("8 beyond 1 sigma", [1.5, -1.5] * 4, [7]),
    ],
)
def test_each_rule(rule: str, z: list[float], at: list[int]) -> None:
    assert [one.at for one in find_signals(np.array(z), [rule], "values")] == at
    assert all(rule in rules for name, rules in SETS.items() if name == "nelson" and rule != "8 on one side")


def test_subgroups_by_range_and_by_deviation() -> None:
    groups = np.random.default_rng(3).normal(1600, 20, (200, 5))
    for kind in ("xbar-r", "xbar-s"):
        found = control(groups, kind, "shewhart")
        assert found.sigma == pytest.approx(20, rel=0.05)
        (means, spreads) = found.panels
        assert means.upper[0] - means.centre == pytest.approx(3 * found.sigma / 5**0.5)
        assert spreads.upper[0] == pytest.approx(constants(5)["D4" if kind == "xbar-r" else "B4"] * spreads.centre)
        assert len(found.signals) <= 5


def test_textbook_ewma_and_cusum() -> None:
    """Montgomery's data of tables 9.1 and 9.10 (recalled): shift from 10 to 11 after 20 of 30."""
    x = [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03, 11.47, 10.51, 9.4, 10.08, 9.37, 10.62,
         10.31, 8.52, 10.84, 10.9, 9.33, 12.29, 11.5, 10.6, 11.08, 10.38, 11.62, 11.31, 10.52]  # fmt: skip
    values = np.array(x)[:, None]
    summed = control(values, "cusum", mean=10, sigma=1, reference=0.5, decision=5)
    up, down = summed.panels
    assert up.points[28] == pytest.approx(5.28, abs=0.005)
    assert down.points[1] == pytest.approx(1.56, abs=0.005)
    assert summed.signals[0].at == 28
    smooth = control(values, "ewma", mean=10, sigma=1, weight=0.1, width=2.7).panels[0]
    assert smooth.points[0] == pytest.approx(9.945, abs=5e-4)
    assert smooth.points[1] == pytest.approx(9.7495, abs=5e-4)
    assert smooth.upper[0] == pytest.approx(10.27, abs=0.005)
    assert smooth.upper[-1] == pytest.approx(10 + 2.7 * (0.1 / 1.9) ** 0.5, abs=1e-3)


def test_capability_with_its_interval() -> None:
    values = np.random.default_rng(5).normal(1650, 20, (100, 1))
    found = capability_of(values, 1592, 1750, 20)
    assert found.indices["Cp"].value == pytest.approx(158 / 120)
    overall = values.std(ddof=1)
    assert found.indices["Ppk"].value == pytest.approx(min(values.mean() - 1592, 1750 - values.mean()) / 3 / overall)
    for one in found.indices.values():
        assert one.low < one.value < one.high
    ppk = found.indices["Ppk"].value  # Bissell
    assert found.indices["Ppk"].low == pytest.approx(ppk - 1.959964 * (1 / 900 + ppk**2 / 198) ** 0.5)
    assert "Cp" not in capability_of(values, 1592, None, 20).indices


def test_intervals_cover_as_they_say() -> None:
    chance = np.random.default_rng(11)
    hits = 0
    for _ in range(300):
        found = capability_of(chance.normal(0, 1, (50, 1)), -4, 4, 1.0).indices["Pp"]
        hits += found.low <= 4 / 3 <= found.high
    assert 0.92 <= hits / 300 <= 0.98


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: control(np.ones((20, 1)), "individuals"), "All values are the same"),
        (lambda: control(np.ones((3, 1)), "individuals"), "needs 8 at least"),
        (lambda: control(np.arange(20.0), "individuals"), r"values\[:, None\]"),
        (lambda: control(np.arange(40.0)[:, None], "individuals", baseline=999), "baseline of 999"),
        (lambda: control(np.arange(40.0)[:, None], "individuals", baseline=-3), "baseline of -3"),
        (lambda: control(np.arange(40.0)[:, None], "individuals", mean=0, sigma=float("nan")), "sigma is given as nan"),
        (lambda: capability_of(np.arange(20.0)[:, None], float("nan"), None, 1), "The floor is nan"),
        (lambda: capability_of(np.arange(20.0)[:, None], 1, None, 1, 95), "Is 0.95 meant"),
        (lambda: control(np.ones((20, 1)), "pie"), "no chart"),
        (lambda: control(np.ones((20, 1)), "xbar-r"), "subgroups of two"),
        (lambda: control(np.ones((20, 2)), "individuals"), "single values"),
        (lambda: control(np.full((20, 1), np.nan), "individuals"), "Mend"),
        (lambda: control(np.arange(20.0)[:, None], "ewma", weight=2), "weight"),
        (lambda: control(np.arange(20.0)[:, None], "individuals", "mine"), "no set of rules"),
        (lambda: constants(1), "Subgroups of 1"),
        (lambda: capability_of(np.arange(20.0)[:, None], None, None, 1), "needs a limit"),
        (lambda: capability_of(np.arange(20.0)[:, None], 5, 1, 1), "Swap"),
    ],
)
def test_what_cannot_be_charted_is_a_sentence(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(MagnetError, match=says):
        make()


def test_with_mean_and_sigma_known_few_points_are_enough() -> None:
    found = control(np.array([[0.0], [1.0], [3.5]]), "individuals", mean=0, sigma=1)
    assert [one.at for one in found.signals if one.chart == "values"] == [2]
    assert control(np.array([[0.5]]), "cusum", mean=0, sigma=1).settings == {"k": 0.5, "h": 4.77}
    assert control(np.array([[0.5]]), "ewma", mean=0, sigma=1, weight=0.1).settings == {"lambda": 0.1, "L": 2.86}


def test_a_series_in_other_units_is_refused(tmp_path: Path) -> None:
    for cell, says in (("-1500", "Give its size"), ("18.9", "given in kOe"), ("1500,x,y", "extra comma")):
        (tmp_path / "s.csv").write_text(f"lot,Hcj (kA/m)\n1,1500\n2,{cell}\n")
        with pytest.raises(MagnetError, match=says):
            read_series(tmp_path / "s.csv")
    (tmp_path / "s.csv").write_bytes("lot,Hcj (kA/m)\n1,1500\n".encode("utf-16"))
    assert read_series(tmp_path / "s.csv").groups.tolist() == [[1500.0]]
