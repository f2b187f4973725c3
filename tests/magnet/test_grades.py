from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.magnet.classify import FAILS, LIKELY, SURE, UNSURE, Against, Measured, against, classify_magnet
from chumbak.magnet.grades import find_grade, known_grades, read_grades, spreads_of
from chumbak.magnet.units import KA_M_PER_KOE, MU0, MagnetError, factor, quantity
from tests.magnet.cases import BHMAX

few = settings(max_examples=40, deadline=None)


def series(one: Against | None) -> str:
    return one.grade.series if one else ""


def name(one: Against | None) -> str:
    return one.grade.name if one else ""


def short(one: Against | None) -> list[str]:
    return [reason.quantity for reason in one.failing] if one else []


def magnet(br: float, hcj: float, method: str = "pulsed-field", **more: float) -> Measured:
    return Measured({"Br": br, "Hcj": hcj, **more}, {}, method)


def test_the_table_holds_every_grade_with_its_source() -> None:
    grades = known_grades()
    assert (sum(one.family == "ndfeb" for one in grades), sum(one.family == "smco" for one in grades)) == (53, 17)
    assert all(one.source and one.vendor and one.edition and one.standard and one.verification for one in grades)
    for one in grades:
        if {"Hcb", "Br"} <= one.floors.keys():
            assert one.floors["Hcb"] <= one.floors["Br"] / MU0, one.name
    assert {one.name for one in grades if one.typical_only} == {"26HS", "27H", "28", "32H"}
    assert find_grade("N35UH").mark == "convention"
    assert find_grade("N35").mark == ""


@pytest.mark.parametrize("grade", BHMAX)
def test_catalogue_energy_products_follow_from_br(grade: str) -> None:
    br, catalogue, formula = BHMAX[grade]
    assert br**2 / (4 * MU0 * 1.05) == pytest.approx(formula, abs=0.5)  # printed with mu0 to three digits
    assert br**2 / (4 * MU0 * 1.05) == pytest.approx(catalogue, rel=0.035)


def test_grain_boundary_diffusion_moves_a_magnet_from_below_m_to_sh() -> None:
    before, after = (quantity(text, "field", "Hcj") for text in ("12.57 kOe", "21.70 kOe"))
    assert after - before == pytest.approx(726.5, rel=0.005)
    was, now = classify_magnet(magnet(1.38, before)), classify_magnet(magnet(1.349, after))
    assert series(was.best) == "N"
    assert series(was.harder) == "M"
    assert short(was.harder) == ["Hcj"]
    assert series(now.best) == "SH"
    assert series(now.harder) == "UH"


def test_why_it_is_not_the_next() -> None:
    found = classify_magnet(magnet(1.325, 1650, Hcb=1010, BHmax=338))
    assert name(found.best) == "N42SH"
    assert {one.grade.name for one in found.holds} == {"N42SH", "N45H"}
    assert name(found.stronger) == "N45SH"
    (first, *_) = found.stronger.failing if found.stronger else ()
    assert first.said() == "Br is 0.005 T (0.05 kG) short of the floor of 1.330 T (13.30 kG)"
    assert short(found.harder) == ["Hcj"]


@pytest.mark.parametrize(
    ("br", "hcj", "bhmax", "best", "next_energy"),
    [(1.36, 1600, 350, "N45SH", "N48SH"), (1.325, 1650, 338, "N42SH", "N45SH"), (1.38, 1650, 370, "N48SH", None)],
)
def test_the_class_ranks_before_the_floor_of_one_vendor(
    br: float, hcj: float, bhmax: float, best: str, next_energy: str | None
) -> None:
    found = classify_magnet(magnet(br, hcj, BHmax=bhmax))
    assert name(found.best) == best
    assert name(found.stronger) == (next_energy or "")
    assert "N42SH" not in {one.grade.name for one in found.holds} - {best}


def test_no_better_grade_that_holds_is_left_out() -> None:
    """Over a scan: of the series of the best, none of a higher class of energy holds."""
    for br in np.linspace(1.0, 1.5, 26):
        for hcj in np.linspace(900, 2900, 41):
            found = classify_magnet(magnet(float(br), float(hcj)))
            if found.best is None:
                continue
            of = [one for one in known_grades() if one.series == found.best.grade.series and one.family == "ndfeb"]
            held = [one.energy_class for one in of if against(found.measured, one).holds]
            assert found.best.grade.energy_class == max(held)
            assert found.stronger is None or not found.stronger.holds


def test_diffusion_reaches_n45sh() -> None:
    assert name(classify_magnet(magnet(1.349, quantity("21.70 kOe", "field", "Hcj"))).best) == "N45SH"


def test_classes_of_energy_come_from_names_that_mean_them() -> None:
    n45sh = find_grade("N45SH")
    assert n45sh.energy_class == 45
    for other in ("A 655 HR", "VD655HR", "45", "G45-SH", "X99SH"):
        renamed = type(n45sh)(**{**vars(n45sh), "name": other})
        assert renamed.energy_class == pytest.approx(45 if "45" in other else 42.98, abs=0.01), other


def test_what_is_short_is_never_short_by_nothing() -> None:
    (reason, _) = against(magnet(1.2999, 1650), find_grade("N42SH")).reasons
    assert reason.said() == "Br is 0.0001 T (0.001 kG) short of the floor of 1.300 T (13.00 kG)"


def test_vendors_that_disagree_are_shown_to() -> None:
    assert any("1512 to 1592" in one.said() for one in classify_magnet(magnet(1.35, 1540)).contested)
    assert any(one.grade == "N48" for one in classify_magnet(magnet(1.38, 900, BHmax=360)).contested)
    mine = [one for one in known_grades() if one.name == "N42SH"]
    other = [type(mine[0])(**{**vars(mine[0]), "vendor": "Another", "floors": {"Br": 1.28, "Hcj": 1592}})]
    assert any("1.28 to 1.3 T" in one.said() for one in spreads_of(mine[0], mine + other))


def test_uncertainty_decides_what_is_sure() -> None:
    n42 = find_grade("N42")
    for br, verdict in ((1.30, SURE), (1.285, LIKELY), (1.275, UNSURE), (1.26, FAILS)):
        (reason, _) = against(Measured({"Br": br, "Hcj": 1000}, {"Br": 0.01}), n42).reasons
        assert reason.verdict == verdict


@pytest.mark.parametrize("method", ["closed-circuit", "open-circuit", "pulsed-field", ""])
@pytest.mark.parametrize("of", ["N", "SH", "UH", "EH", "AH"])
def test_closed_circuit_above_its_limit_is_flagged(of: str, method: str) -> None:
    hcj = {"N": 980.0, "SH": 1600.0, "UH": 1990.0, "EH": 2388.0, "AH": 2786.0}[of]
    notes = " ".join(classify_magnet(magnet(1.08, hcj, method)).notes)
    assert ("FLAG" in notes) == (hcj > 1600 and method == "closed-circuit")
    assert ("outside of its method" in notes) == (hcj > 1600 and method == "")


@few
@given(st.floats(0.9, 1.5), st.floats(500, 3000), st.floats(0, 0.2), st.floats(0, 400))
def test_a_better_magnet_never_holds_less(br: float, hcj: float, more_br: float, more_hcj: float) -> None:
    for grade in known_grades():
        if against(magnet(br, hcj), grade).holds:
            assert against(magnet(min(br + more_br, 1.7), hcj + more_hcj), grade).holds


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"Br": 13.2, "Hcj": 1000}, "Check its unit"),
        ({"Br": 1.32}, "needs Br and Hcj"),
        ({"Br": 1.32, "Hcj": 1000, "Hcb": 1100}, "above Br/mu0"),
        ({"Br": 1.32, "Hcj": 800, "Hcb": 900}, "swapped"),
        ({"Br": 1.2, "Hcj": 1000, "BHmax": 330}, "which cannot be"),
        ({"Br": -1, "Hcj": 1000}, "of no rare-earth magnet"),
        ({"Br": 13.2, "Hcj": 1000}, "given in kG"),
        ({"Br": 1.32, "Hcj": 20.7}, "given in kOe"),
        ({"Br": 0.132, "Hcj": 1000}, "of no rare-earth magnet"),
        ({"Br": 1.32, "Hcj": 1000, "BHmax": 0.3}, "of no rare-earth magnet"),
    ],
)
def test_impossible_magnets_are_sentences(values: dict[str, float], says: str) -> None:
    with pytest.raises(MagnetError, match=says):
        classify_magnet(Measured(values, {}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", "no column material"),
        (lambda text: text.replace("vendor", "maker"), "no column vendor"),
        (lambda text: text.splitlines()[0], "holds no grade"),
        (lambda text: text.replace("1.17", "lots"), "line 2: Br_min_T is 'lots'"),
        (lambda text: text.replace("1.17", "-1.17"), "A floor is above zero"),
        (lambda text: text.replace("NdFeB sintered", "ferrite"), "neither NdFeB nor Sm-Co"),
    ],
)
def test_bad_tables_are_sentences(tmp_path: Path, change, says: str) -> None:  # type: ignore[no-untyped-def]
    text = (Path(__file__).parents[2] / "src/chumbak/magnet/grades/ndfeb.csv").read_text()
    (tmp_path / "mine.csv").write_text(change(text))
    with pytest.raises(MagnetError, match=says):
        read_grades(tmp_path / "mine.csv")


def test_units_of_the_trade() -> None:
    assert quantity("20 kOe", "field", "Hcj") == pytest.approx(1591.549, abs=1e-3)
    assert quantity("13.2 kG", "flux", "Br") == pytest.approx(1.32)
    assert quantity("42 MGOe", "energy", "BHmax") == pytest.approx(334.225, abs=1e-3)
    assert quantity("2 T", "field", "mu0 H") == pytest.approx(2 * 1e4 / 1e3 * KA_M_PER_KOE)
    assert (factor("ka/m", "field"), factor("MA/m", "field")) == (1, 1000)
    for bad in ("many", "1.3 furlongs", None, True, "nan", "inf kA/m", [1]):
        with pytest.raises(MagnetError):
            quantity(bad, "field", "Hcj")
    with pytest.raises(MagnetError):
        factor("mA/m", "field")  # which would be a millionth of a unit
    with pytest.raises(MagnetError, match="Near it: N42"):
        find_grade("N42XX")
