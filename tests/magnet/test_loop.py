from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.magnet.curve import Magnet
from chumbak.magnet.loop import analyse
from chumbak.magnet.loop_file import analyse_raw, parse_loop, read_and_analyse, read_loop
from chumbak.magnet.units import KA_M_PER_KOE, MU0, MagnetError
from tests.conftest import ROOT

STATE = Magnet(1.3, 1200, -0.12, -0.68).at(20)
H = np.linspace(1600, -1600, 401)
J = np.where(H < -1200, -1.3, STATE.polarisation(H))
BOTH_H, BOTH_J = np.concatenate([H, -H]), np.concatenate([J, -J])


def text(header: str, h: np.ndarray, j: np.ndarray, cut: str = ",", decimal: str = ".") -> str:
    rows = [f"{x:.5f}{cut}{y:.6f}".replace(".", decimal) for x, y in zip(h, j, strict=True)]
    return "\n".join([header, *rows])


@pytest.mark.parametrize(
    "given",
    [
        text("Temperature: 20 C\nH (kA/m),J (T)", BOTH_H, BOTH_J),
        text("H [kOe];4piM [kG]", BOTH_H / KA_M_PER_KOE, BOTH_J * 10, ";", ","),
        text("H,B\nkA/m,T", BOTH_H, BOTH_J + MU0 * BOTH_H),
        text("H (A/m)\tM (kA/m)", BOTH_H * 1e3, BOTH_J / MU0, "\t"),
        text("mu0H (T);J (mT)", BOTH_H * MU0, BOTH_J * 1e3, ";"),
        text("H/kA/m;J/T", H, J, ";"),
        text("H (kA/m),J (T)", -H[200:], J[200:]),  # sizes of the opposing field
        text("H (kA/m),J (T)", H[::-1], J[::-1]),  # listed from the far end
        text("H (kA/m),J (T)", -BOTH_H, -BOTH_J),  # the other way round
    ],
)
def test_the_same_magnet_however_it_is_written(given: str) -> None:
    loop = analyse_raw(parse_loop(given, "f.csv"))
    assert loop.down.br == pytest.approx(1.3, abs=1e-4)
    assert loop.down.hcj == pytest.approx(1200, abs=0.1)
    assert loop.down.bhmax == pytest.approx(STATE.energy_product()[0], rel=1e-3)
    assert loop.down.hcb == pytest.approx(STATE.coercivity_of_flux(), rel=1e-3)
    assert loop.down.hk == pytest.approx(STATE.field_at_90(), rel=5e-3)
    assert loop.down.mu_rec == pytest.approx(1.05, abs=1e-3)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "is empty"),
        ("H (kA/m),J (T)\n", "no numbers below"),
        ("H (kA/m),J (T)\n1,2\nx,3\n", "line 3: no two numbers"),
        ("H (kA/m),J (T)\n1,2\n1,nan\n", "line 3"),
        (text("x,y", H, J), "no header"),
        (text("H (kA/m),y", H, J), "no column of J, B or M"),
        (text("H,J", H, J), "no unit"),
        (text("H (furlong),J (T)", H, J), "'furlong' is no unit"),
        (text("H (kA/m),J (T)", H, J, ",", ","), "decimal commas"),
        (text("H (kA/m),H (kOe),J (T)", H, J), "more than one column H"),
        (text("H (kA/m),J (kG)", H, J), "Check the unit of J"),
        (text("H (A/m),J (T)", H, J), "Check the unit of H"),
        (text("H (kA/m),J (T)", H, J + MU0 * H), "Call it B"),
        (text("H (kA/m),B (T)", H, J), "Call it J"),
        (text("H (kA/m),J (T)", H[:240], J[:240]), "Hcj was not reached"),
        (text("H (kA/m),J (T)", H[300:], J[300:]), "Br is J at H = 0"),
        (text("H (kA/m),J (T)", H, -J), "sign and zero of J"),
        (text("H (kA/m),J (T)", H[::40], J[::40]), "10 are needed"),
        (text("H (kA/m),J (T)", H[:5], J[:5]), "5 points"),
        (text("H (kA/m),J (T)", np.random.default_rng(1).permutation(H), J), "H goes back"),
    ],
)
def test_a_bad_file_says_what_is_wrong(given: str, says: str) -> None:
    with pytest.raises(MagnetError, match=says) as caught:
        analyse_raw(parse_loop(given, "f.csv"))
    assert "f.csv" in str(caught.value)


def test_noise_in_the_field_and_a_recoil_loop_are_left_out_and_said() -> None:
    noisy = H + np.random.default_rng(1).normal(0, 6, H.size)
    loop = analyse(noisy, J)
    assert "noise of" in loop.notes[0]
    assert loop.down.hcj == pytest.approx(1200, abs=15)
    at = 260  # out to there, back by 300 kA/m, and on
    back = np.linspace(H[at], H[at] + 300, 30)
    recoil = J[at] + MU0 * 0.05 * (back - H[at])
    loop = analyse(np.concatenate([H[:at], back, back[::-1], H[at:]]),
                   np.concatenate([J[:at], recoil, recoil[::-1], J[at:]]))  # fmt: skip
    assert "a loop of its own" in loop.notes[0]
    assert loop.down.hcj == pytest.approx(1200, abs=0.1)


def test_branches_that_disagree_are_said_to() -> None:
    loop = analyse(BOTH_H, np.concatenate([J, -J]) + np.where(np.arange(BOTH_H.size) < H.size, 0.05, -0.02) * 0)
    assert loop.up is not None
    assert loop.up.hcj == pytest.approx(loop.down.hcj)
    off = analyse(BOTH_H + 40, BOTH_J)
    assert any("check zero" in note for note in off.notes)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.6, 1.45), st.floats(600, 2800), st.floats(0.6, 0.95), st.integers(200, 4001))
def test_an_analysis_gives_back_the_magnet(br: float, hcj: float, knee: float, points: int) -> None:
    state = Magnet(br, hcj, -0.1, -0.5, knee=knee).at(20)
    h = np.linspace(100, -1.2 * hcj, points)
    found = analyse(h, np.where(h < -hcj, -br, state.polarisation(h))).down
    step = h[0] - h[1]
    assert found.br == pytest.approx(br, rel=1e-6)
    assert abs(found.hcj - hcj) <= step
    assert found.bhmax == pytest.approx(state.energy_product()[0], rel=2e-3)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(MagnetError, match="Cannot read"):
        read_loop(tmp_path / "none.csv")
    (tmp_path / "f.xls").write_bytes(b"\xd0\xcf\x11\xe0\x00\x00")
    with pytest.raises(MagnetError, match="is no text"):
        read_loop(tmp_path / "f.xls")


def test_the_example() -> None:
    raw, loop = read_and_analyse(ROOT / "examples" / "magnet_loop.csv")
    assert raw.remarks["Temperature"] == "20 C"
    assert loop.up is not None
    assert loop.down.hcj == pytest.approx(1480, abs=5)
    assert loop.down.br == pytest.approx(1.318, abs=0.003)


FULL_H = np.concatenate([np.linspace(2500, -2500, 626), np.linspace(-2492, 2500, 625)])
FULL_J = np.where(FULL_H < -1200, -1.3, STATE.polarisation(np.minimum(FULL_H, 0)) + 0 * FULL_H)
FULL_J = np.where(np.arange(FULL_H.size) < 626, FULL_J, -np.interp(-FULL_H, FULL_H[:626][::-1], FULL_J[:626][::-1]))


def test_a_loop_that_ends_a_little_above_its_start_has_both_branches() -> None:
    h = FULL_H.copy()
    h[-1] += 0.5
    loop = analyse(h, FULL_J)
    assert loop.up is not None
    assert (loop.down.hcj, loop.up.hcj) == (pytest.approx(1200, abs=8), pytest.approx(1200, abs=8))


@pytest.mark.parametrize("noise", [0.5, 6.0])
@pytest.mark.parametrize("start", [0, 100, 312, 400, 626, 700, 938, 1100])
@pytest.mark.parametrize("turned", [1, -1])
@pytest.mark.parametrize("backwards", [False, True])
def test_both_branches_are_found_with_noise_either_way_round_and_wherever_it_begins(
    noise: float, start: int, turned: int, backwards: bool
) -> None:
    for seed in range(40 if noise < 1 else 3):
        h = np.roll(FULL_H[:-1], -start)
        j = np.roll(FULL_J[:-1], -start)
        h, j = turned * np.append(h, h[0]), turned * np.append(j, j[0])
        h = h + np.random.default_rng(seed).normal(0, noise, h.size)
        loop = analyse(h[::-1], j[::-1]) if backwards else analyse(h, j)
        assert loop.up is not None
        for one in (loop.down, loop.up):
            assert one.hcj == pytest.approx(1200, abs=5 + 3 * noise)
            assert one.br == pytest.approx(1.3, abs=0.002)


def test_a_first_magnetisation_and_a_way_up_that_ends_early_are_no_branches() -> None:
    first = np.linspace(0, 2400, 200)
    loop = analyse(np.concatenate([first, FULL_H]), np.concatenate([1.3 * (1 - np.exp(-first / 400)), FULL_J]))
    assert loop.up is not None
    assert loop.down.hcj == pytest.approx(1200, abs=8)
    cut = 626 + 400  # up again to some 700 kA/m only
    loop = analyse(FULL_H[:cut], FULL_J[:cut])
    assert loop.up is None
    assert loop.down.hcj == pytest.approx(1200, abs=8)


@pytest.mark.parametrize(("hcj", "knee"), [(1600, 0.9), (900, 0.8)])
@pytest.mark.parametrize("points", [401, 2001])
def test_noise_of_j_does_not_raise_the_energy_product(hcj: float, knee: float, points: int) -> None:
    state = Magnet(1.3, hcj, -0.12, -0.55, knee=knee).at(20)
    h = np.linspace(800, -1.2 * hcj, points)
    j = np.where(h < -hcj, -1.3, state.polarisation(np.minimum(h, 0)))
    for noise in (0.001, 0.003):
        chance = np.random.default_rng(3)
        found = [analyse(h, j + chance.normal(0, noise, points)).down.bhmax for _ in range(150)]
        assert abs(np.mean(found) / state.energy_product()[0] - 1) < 1e-3


def test_a_single_spike_of_j_is_named_and_left_out() -> None:
    j = J.copy()
    at = 240  # H = -320 kA/m
    j[at] += 0.2
    loop = analyse(H, j)
    assert any(f"point {at + 1}, H -320 kA/m" in note and "left out" in note for note in loop.notes)
    assert loop.down.bhmax == pytest.approx(STATE.energy_product()[0], rel=1e-3)
    j[at] = -1.3
    assert analyse(H, j).down.hcj == pytest.approx(1200, abs=0.1)
    assert analyse(H, J + np.random.default_rng(1).normal(0, 0.005, J.size)).notes == ()


def test_the_header_says_temperature_and_method() -> None:
    raw = parse_loop(text("Method: closed circuit\nTemperature: 23,5 °C\nH (kA/m),J (T)", H, J), "f.csv")
    assert (raw.temperature, raw.method()) == (23.5, "closed-circuit")
    with pytest.raises(MagnetError, match="Mend one"):
        raw.method("pulsed-field")
    assert parse_loop(text("Temp (C): 150\nH (kA/m),J (T)", H, J), "f.csv").temperature == 150
    assert parse_loop(text("Temperature: room\nH (kA/m),J (T)", H, J), "f.csv").temperature is None
    for line in ("Temperature;150;°C", "Temperature = 150 deg C", "# Sample temperature (°C): 150", "Temp.,150,C"):
        assert parse_loop(text(f"{line}\nH (kA/m),J (T)", H, J), "f.csv").temperature == 150, line
    for line in ("Template: standard", "Temperature sensor: Pt100", "12:30:05"):
        assert parse_loop(text(f"{line}\nH (kA/m),J (T)", H, J), "f.csv").temperature is None, line
    with pytest.raises(MagnetError, match="Temperature"):
        _ = parse_loop(text("Temperature: 300 K\nH (kA/m),J (T)", H, J), "f.csv").temperature


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_text_with_the_mark_of_its_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "f.csv").write_bytes(text("Temperature: 20 °C\nH (kA/m),J (T)", H, J).encode(encoding))
    assert read_and_analyse(tmp_path / "f.csv")[1].down.hcj == pytest.approx(1200, abs=0.1)
