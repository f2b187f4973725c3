from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chumbak.magnet.certificate import certify
from chumbak.magnet.classify import Measured
from chumbak.magnet.composition import FEATURES, PRIORS, Sample, fit, predict, read_samples
from chumbak.magnet.grades import find_grade
from chumbak.magnet.units import MagnetError
from tests.conftest import ROOT

TRUE = {"Dy_bulk": 140.0, "Tb_bulk": 230.0, "Dy_gbd": 1000.0, "Tb_gbd": 1900.0}


def lots(count: int, noise: float, seed: int = 2, only: tuple[str, ...] = FEATURES) -> list[Sample]:
    chance = np.random.default_rng(seed)
    found = []
    for at in range(count):
        content = {"Dy_bulk": chance.uniform(0, 3), "Tb_bulk": chance.uniform(0, 1), "Dy_gbd": chance.uniform(0, 0.4),
                   "Tb_gbd": chance.uniform(0, 0.4)}  # fmt: skip
        content = {name: amount if name in only else 0.0 for name, amount in content.items()}
        hcj = 960 + sum(TRUE[name] * amount for name, amount in content.items()) + chance.normal(0, noise)
        br = 1.42 - 0.022 * content["Dy_bulk"] - 0.02 * content["Tb_bulk"] + chance.normal(0, noise / 1e4)
        found.append(Sample(f"{at}", content, {"Hcj": hcj, "Br": br}))
    return found


def test_many_lots_overrule_the_literature() -> None:
    found = fit(lots(400, 25), "Hcj")
    for name, slope in zip(found.terms[1:], found.estimate[1:], strict=True):
        assert slope == pytest.approx(TRUE[name], rel=0.05), name
        assert found.from_prior[name] < 0.05
    assert found.spread == pytest.approx(25, rel=0.15)


def test_without_variation_the_literature_stands_and_says_so() -> None:
    found = fit(lots(8, 20, only=()), "Hcj")
    assert found.estimate[1] == pytest.approx(PRIORS["Hcj"]["Dy_bulk"][1])
    said = predict(found, {"Dy_bulk": 2.0})
    assert any("recalled" in note for note in said.notes)
    assert any("extrapolated" in note for note in said.notes)
    assert said.high - said.low > 2 * 1.64 * 2 * 21  # as wide as the range of the literature
    with pytest.raises(MagnetError, match="No lot varies Tb_bulk"):
        predict(found, {"Tb_bulk": 0.5})


def test_bulk_and_diffused_terbium_are_different_things() -> None:
    """GBD2: 0.4 wt% by diffusion has the duty of 1.73 wt% in bulk; the same number of wt% is another magnet."""
    found = fit(lots(200, 20), "Hcj")
    assert predict(found, {"Tb_gbd": 0.4}).value > predict(found, {"Tb_bulk": 0.4}).value + 500
    assert pytest.approx(4.3, abs=0.05) == 1.73 / 0.4


def test_the_band_holds_as_many_new_lots_as_it_says() -> None:
    inside = total = 0
    for seed in range(40):
        found = fit(lots(20, 30, seed), "Hcj")
        for new in lots(20, 30, seed + 1000):
            said = predict(found, new.content, 0.9)
            inside += said.low <= new.values["Hcj"] <= said.high
            total += 1
    assert 0.85 <= inside / total <= 0.96


def test_much_dysprosium_is_said_not_to_be_straight() -> None:
    assert any("less than linearly" in note for note in predict(fit(lots(30, 20), "Hcj"), {"Dy_bulk": 5.0}).notes)


def test_example_and_bad_lots() -> None:
    samples = read_samples(ROOT / "examples" / "magnet_recipes.csv")
    assert predict(fit(samples, "Br"), {"Dy_bulk": 2.0}).low < predict(fit(samples, "Br"), {"Dy_bulk": 2.0}).value
    with pytest.raises(MagnetError, match="too few"):
        fit(samples[:2], "Hcj")
    together = [Sample("", {"Tb_bulk": t, "Tb_gbd": 0, "Dy_bulk": 0, "Dy_gbd": 0}, {"Br": 1.4 - t}) for t in range(9)]
    alike = [Sample("", {**one.content, "Tb_gbd": one.content["Tb_bulk"]}, one.values) for one in together]
    with pytest.raises(MagnetError, match="only together"):
        fit(alike, "Br")
    for bad in ({"Nd": 1.0}, {"Dy_bulk": -1.0}):
        with pytest.raises(MagnetError):
            predict(fit(samples, "Hcj"), bad)


MAGNET = Measured({"Br": 1.325, "Hcb": 1010, "Hcj": 1700, "BHmax": 338},
                  {"Br": 0.007, "Hcb": 10, "Hcj": 34, "BHmax": 7},
                  "pulsed-field", "lot 41")  # fmt: skip
HOW = {"geometry": {"shape": "cylinder", "diameter_mm": 10, "length_mm": 7}, "laboratory": "A small one",
       "date": "2026-11-20", "temperature": 20.0}  # fmt: skip


def test_a_certificate_passes_with_a_guard_band() -> None:
    done = certify(MAGNET, find_grade("N42SH"), **HOW)  # type: ignore[arg-type]
    assert (done["verdict"], done["flags"]) == ("pass", [])
    near = Measured({**MAGNET.values, "Hcj": 1610}, MAGNET.uncertainty, "pulsed-field")
    assert certify(near, find_grade("N42SH"), **HOW)["verdict"] == "not shown"  # type: ignore[arg-type]
    assert certify(near, find_grade("N42SH"), **HOW, rule="simple")["verdict"] == "pass"  # type: ignore[arg-type]
    assert certify(MAGNET, find_grade("N42UH"), **HOW)["verdict"] == "fail"  # type: ignore[arg-type]


def test_a_sample_some_degrees_warm_is_turned_to_20() -> None:
    grade = find_grade("N42SH")
    done = certify(MAGNET, grade, **HOW | {"temperature": 24.0})  # type: ignore[arg-type]
    hcj = next(one for one in done["results"] if one["quantity"] == "Hcj")
    assert grade.beta is not None
    assert hcj["value"]["value"] == 1700
    assert hcj["value_at_20_C"]["value"] == pytest.approx(1700 / (1 + grade.beta / 100 * 4), abs=0.01)
    assert "turned by alpha" in done["flags"][0]
    cold = Measured({**MAGNET.values, "Hcj": 1630}, MAGNET.uncertainty, "pulsed-field")
    assert certify(cold, grade, **HOW)["verdict"] == "pass"  # type: ignore[arg-type]
    assert certify(cold, grade, **HOW | {"temperature": 16.0})["verdict"] != "pass"  # type: ignore[arg-type]


def test_a_recipe_far_from_the_lots_and_lots_in_other_units_are_refused(tmp_path: Path) -> None:
    example = ROOT / "examples" / "magnet_recipes.csv"
    with pytest.raises(MagnetError, match="Tb_gbd of this recipe lie beyond the lots"):
        predict(fit(read_samples(example), "Hcj"), {"Tb_gbd": 5.0})
    text = example.read_text()
    for old, new, says in (
        ("melt 1,1.360", "melt 1,13.60", "mine.csv, row 2: Br of 13.600 T .* given in kG"),
        ("Br (T)", "Br", "mine.csv: the column 'Br' has no unit"),
        ("Br (T)", "Br (stone)", "mine.csv, column 'Br .stone.'"),
        ("melt 1,1.360", "melt 1,1,1.360", "extra comma"),
    ):
        (tmp_path / "mine.csv").write_text(text.replace(old, new))
        with pytest.raises(MagnetError, match=says):
            read_samples(tmp_path / "mine.csv")


def test_closed_circuit_above_its_limit_shows_nothing() -> None:
    closed = Measured(MAGNET.values, MAGNET.uncertainty, "closed-circuit")
    done = certify(closed, find_grade("N42SH"), **HOW)  # type: ignore[arg-type]
    assert done["verdict"] == "not shown"
    assert "FLAG" in done["flags"][0]


@pytest.mark.parametrize(
    ("measured", "change", "says"),
    [
        (Measured(MAGNET.values, {}, "pulsed-field"), {}, "expanded uncertainty"),
        (Measured(MAGNET.values, MAGNET.uncertainty), {}, "needs the method"),
        (MAGNET, {"geometry": {}}, "needs the geometry"),
        (MAGNET, {"laboratory": " "}, "needs the laboratory"),
        (MAGNET, {"rule": "hope"}, "no rule of decision"),
        (MAGNET, {"temperature": float("nan")}, "needs the temperature"),
        (MAGNET, {"temperature": 150.0}, "floors of grades are of 20 C"),
        (MAGNET, {"date": "yesterday"}, "Write year, month and day"),
        (Measured(MAGNET.values, {**MAGNET.uncertainty, "Br": 9.0}, "pulsed-field"), {}, "Check its unit"),
    ],
)
def test_what_a_certificate_needs(measured: Measured, change: dict[str, object], says: str) -> None:
    with pytest.raises(MagnetError, match=says):
        certify(measured, find_grade("N42SH"), **HOW | change)  # type: ignore[arg-type]
