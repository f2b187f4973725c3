from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.magnet.curve import Magnet, State, br_for_energy_product, energy_product_limit, knee_of_squareness
from chumbak.magnet.curve_case import read_case
from chumbak.magnet.curve_document import curve_document
from chumbak.magnet.grade_document import read_measured_loop
from chumbak.magnet.magpylib_check import factor_by_magpylib
from chumbak.magnet.shape import block, cylinder, load_of_permeance, load_of_shape, ring
from chumbak.magnet.units import MU0, MagnetError
from chumbak.magnet.working import expose, hcj_needed, hottest, working_point
from chumbak.report.pictures.magnet import curve_picture
from tests.magnet.cases import BLOCK, HOTTEST

few = settings(max_examples=40, deadline=None)
edges = st.floats(0.1, 10)
magnets = st.builds(
    Magnet, br=st.floats(0.8, 1.45), hcj=st.floats(900, 2800), alpha=st.just(-0.12), beta=st.floats(-0.75, -0.4),
    high=st.just(200.0), knee=st.floats(0.6, 0.95), mu_rec=st.floats(1.0, 1.1),
)  # fmt: skip
loads = st.floats(0.05, 10).map(load_of_permeance)


def test_a_block_as_magpylib_has_it() -> None:
    sizes, factor, ratio = BLOCK
    assert block(*sizes) == pytest.approx(factor, rel=0.02)
    assert -load_of_shape("block", dict(zip(("length", "width", "thickness"), sizes, strict=True))).permeance == (
        pytest.approx(ratio, rel=0.02)
    )


@few
@given(edges, edges, edges)
def test_the_factors_of_a_block_sum_to_one(a: float, b: float, c: float) -> None:
    assert block(a, b, c) + block(b, c, a) + block(c, a, b) == pytest.approx(1, abs=1e-9)
    assert block(a, b, c) == pytest.approx(block(b, a, c), abs=1e-12)
    assert block(7 * a, 7 * b, 7 * c) == pytest.approx(block(a, b, c), abs=1e-9)


def test_factors_of_the_literature() -> None:
    assert block(1, 1, 1) == pytest.approx(1 / 3, abs=1e-12)
    # Aharoni 1998, square rod of ratio 1 along its length against thin and long limits
    assert block(1000, 1000, 1) == pytest.approx(1, abs=0.01)
    assert block(1, 1, 1000) == pytest.approx(0, abs=0.001)
    assert cylinder(1, 1) == pytest.approx(0.3116, abs=5e-5)  # Chen, Brug and Goldfarb 1991
    assert cylinder(1, 10) == pytest.approx(0.0412, abs=5e-5)
    assert cylinder(1, 100) == pytest.approx(4 / (3 * math.pi * 100), rel=0.01)
    assert cylinder(1000, 1) == pytest.approx(1, abs=0.01)
    assert load_of_shape("sphere", {}).factor == pytest.approx(1 / 3)
    assert load_of_shape("sphere", {}).permeance == pytest.approx(2)


def test_the_series_of_long_cylinders_joins() -> None:
    assert cylinder(1, 29.999999) == pytest.approx(cylinder(1, 30.000001), rel=1e-6)


def test_a_ring_with_no_hole_is_a_disc_and_a_narrow_one_a_wall() -> None:
    for length in (0.05, 0.3, 1, 4, 20):
        assert ring(1, 1e-7, length) == pytest.approx(cylinder(1, length), abs=1e-6)
    wall = ring(100, 99, 1)  # a bar of 0.5 by 1 bent round: as a long bar of that section
    assert wall == pytest.approx(block(1000, 0.5, 1), abs=0.01)
    assert ring(10, 4, 3) < cylinder(10, 3)


@few
@given(edges, edges)
def test_factors_lie_between_zero_and_one_and_fall_with_length(diameter: float, length: float) -> None:
    assert 0 < cylinder(diameter, 1.01 * length) < cylinder(diameter, length) < 1
    hole = ring(diameter, diameter / 2, length)
    assert 0 < hole < 1
    across = load_of_shape("cylinder", {"diameter": diameter, "length": length}, "diametral").factor
    assert cylinder(diameter, length) + 2 * across == pytest.approx(1)


@pytest.mark.parametrize("series", HOTTEST)
def test_the_crossing_of_the_knee(series: str) -> None:
    br, hcj, beta, catalogue, crossing = HOTTEST[series]
    found = hottest(Magnet(br, hcj, -0.12, beta, high=catalogue), load_of_permeance(2.17))
    assert found.temperature == pytest.approx(crossing, abs=0.06)
    assert 0 < found.temperature - catalogue < 30
    assert found.extrapolated


def test_the_crossings_rise_with_the_series() -> None:
    found = [
        hottest(Magnet(br, hcj, -0.12, beta, high=cat), load_of_permeance(2.17)).temperature
        for br, hcj, beta, cat, _ in HOTTEST.values()
    ]
    assert all(one is not None for one in found)
    assert found == sorted(found)  # type: ignore[type-var]


@few
@given(st.floats(0.5, 1.5), st.floats(1.0, 1.2))
def test_the_energy_product_of_a_straight_line(br: float, mu_rec: float) -> None:
    state = State(br, 3000, 0.99, mu_rec)
    assert state.energy_product()[0] == pytest.approx(br**2 / (4 * MU0 * mu_rec))
    assert state.coercivity_of_flux() == pytest.approx(br / (MU0 * mu_rec))


@few
@given(magnets)
def test_a_curve_falls_and_ends_at_its_coercivity(magnet: Magnet) -> None:
    state = magnet.at(20)
    field = np.linspace(0, -magnet.hcj, 2001)
    j = state.polarisation(field)
    assert j[0] == pytest.approx(magnet.br)
    assert abs(j[-1]) < 1e-9
    assert (np.diff(j) <= 1e-12).all()
    assert float(state.flux_density(-state.coercivity_of_flux())) == pytest.approx(0, abs=1e-9)
    products = -field * state.flux_density(field)
    assert state.energy_product()[0] >= products.max() - 1e-9
    assert state.energy_product()[0] == pytest.approx(products.max(), rel=1e-3)
    assert float(state.polarisation(-state.field_at_90())) == pytest.approx(0.9 * magnet.br, rel=1e-6)


@few
@given(magnets, st.floats(0.65, 0.93))
def test_squareness_and_knee(magnet: Magnet, knee: float) -> None:
    state = State(magnet.br, magnet.hcj, knee, 1.0)
    again = knee_of_squareness(state.field_at_90() / magnet.hcj, magnet.br, magnet.hcj, 1.0)
    assert again == pytest.approx(knee, abs=1e-6)


@few
@given(magnets, loads, st.floats(0, 600), st.floats(20, 110))
def test_the_point_is_on_curve_and_load_line(magnet: Magnet, load, opposing: float, t: float) -> None:  # type: ignore[no-untyped-def]
    point = working_point(magnet, load, t, opposing)
    state = magnet.at(t)
    if -point.field < state.hcj:
        assert point.polarisation == pytest.approx(float(state.polarisation(point.field)), abs=1e-9)
    assert point.field == pytest.approx(-opposing - load.factor * point.polarisation / MU0, abs=0.02)
    assert 0 <= point.irreversible <= 1
    assert (point.irreversible > 0) == (point.to_knee < 0) or point.irreversible < 1e-12
    if opposing == 0:
        assert point.flux_density == pytest.approx(-load.permeance * MU0 * point.field, abs=1e-4)


@few
@given(magnets, loads, st.floats(0, 300), st.sampled_from([0.0, 0.05, 0.3]))
def test_the_hottest_is_where_the_loss_begins(magnet: Magnet, load, opposing: float, allowed: float) -> None:  # type: ignore[no-untyped-def]
    found = hottest(magnet, load, opposing, allowed)
    if found.temperature is None:
        assert working_point(magnet, load, 20, opposing).irreversible > allowed
        return
    below = (
        working_point(magnet, load, found.temperature - 0.01, opposing).irreversible if found.temperature > 21 else 0
    )
    assert below <= allowed + 1e-9
    if found.temperature + 0.5 < magnet.vanishes:
        assert working_point(magnet, load, found.temperature + 0.5, opposing).irreversible > allowed


@few
@given(magnets, loads, st.floats(20, 110), st.floats(0, 300))
def test_the_coercivity_needed_puts_the_knee_on_the_point(magnet: Magnet, load, t: float, opposing: float) -> None:  # type: ignore[no-untyped-def]
    needed = hcj_needed(magnet, load, t, opposing)
    if 100 < needed < 5000:
        fit = Magnet(magnet.br, needed, magnet.alpha, magnet.beta, 20, 200, magnet.knee, 1.0)
        again = hcj_needed(fit, load, t, opposing)
        assert working_point(Magnet(magnet.br, min(again * 1.0001, 5000), magnet.alpha, magnet.beta, 20, 200,
                                    magnet.knee, 1.0), load, t, opposing).irreversible == 0  # fmt: skip


def test_warming_twice_as_far_never_loses_less_and_the_cold_magnet_is_whole() -> None:
    magnet, load = Magnet(1.3, 1353, -0.12, -0.605, high=120), load_of_permeance(1.0)
    losses = [expose(magnet, load, t).irreversible for t in range(20, 160, 5)]
    assert losses[0] == 0
    assert losses == sorted(losses)
    assert losses[-1] > 0.2
    assert expose(magnet, load, 80).reversible == pytest.approx(0.0012 * 60, rel=1e-9)  # as Br, on a straight line


@pytest.mark.parametrize(
    "make",
    [
        lambda: Magnet(13.0, 955, -0.12, -0.76), lambda: Magnet(1.3, 0, -0.12, -0.76),
        lambda: Magnet(1.3, 955, -12, -0.76), lambda: Magnet(1.3, 955, -0.12, -0.76, knee=1.0),
        lambda: Magnet(1.3, 955, -0.12, -0.76, mu_rec=0.5), lambda: Magnet(1.3, 955, -0.12, -0.76, 100, 20),
        lambda: Magnet(0.3, 4900, -0.12, -0.76, mu_rec=1.9),
        lambda: Magnet(1.3, 955, -0.12, -0.76).at(400), lambda: load_of_permeance(-1), lambda: block(1, 0, 1),
        lambda: ring(1, 2, 1), lambda: load_of_shape("star", {}), lambda: load_of_shape("disc", {"diameter": 1}),
        lambda: load_of_shape("sphere", {}, "sideways"), lambda: knee_of_squareness(0.2, 1.3, 955, 1.05),
        lambda: hottest(Magnet(1.3, 955, -0.12, -0.76), load_of_permeance(1), allowed=1.5),
        lambda: working_point(Magnet(1.3, 955, -0.12, -0.76), load_of_permeance(1), 20, -5),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(MagnetError, match=r"[.?]$"):
        make()


def test_a_field_above_the_coercivity_leaves_nothing() -> None:
    point = working_point(Magnet(1.3, 955, -0.12, -0.76), load_of_permeance(1), 20, 2000)
    assert point.irreversible == 1
    assert expose(Magnet(1.3, 955, -0.12, -0.76), load_of_permeance(1), 20, 2000).irreversible == 1


def test_a_magnet_that_no_heat_changes_has_no_hottest_and_holds() -> None:
    still, load = Magnet(1.3, 1592, 0.0, 0.0, high=150), load_of_permeance(2)
    found = hottest(still, load)
    assert (found.temperature, found.unlimited) == (None, True)
    case = read_case({"magnet": {"br": 1.3, "hcj": 1592, "alpha": 0, "beta": 0, "coefficients_to": 150},
                      "permeance": 2, "use": {"temperature": 120}}, Path())  # fmt: skip
    document = curve_document(case)
    assert document["use"]["holds"]
    assert document["use"]["irreversible_loss_of_B_pct"] == 0
    assert document["hottest"]["unlimited"]


@pytest.mark.parametrize(
    ("magnet", "says"),
    [
        ({"alpha": -0.0012, "beta": -0.55}, "alpha of -0.0012 .* as a fraction. In % it would be -0.12"),
        ({"alpha": -0.12, "beta": -0.0055}, "beta of -0.0055 .* as a fraction"),
        ({"alpha": -12, "beta": -0.55}, "from -2 to 0.5"),
        ({"alpha": -0.12, "beta": -0.55, "br": "13.2"}, "mine: magnet: Br of 13.2.* given in kG"),
        ({"alpha": -0.12, "beta": -0.55, "hcj": 20}, "given in kOe"),
        ({"alpha": -0.12, "beta": -0.55, "br": 0.1}, "of no rare-earth magnet"),
    ],
)
def test_values_in_other_units_are_asked_about(magnet: dict[str, object], says: str) -> None:
    given = {"magnet": {"br": 1.3, "hcj": 1592, "coefficients_to": 150, **magnet}, "permeance": 2}
    with pytest.raises(MagnetError, match=says):
        read_case(given, Path(), "mine")


def test_a_small_coefficient_that_is_meant_is_taken() -> None:
    given = {"magnet": {"br": 1.0, "hcj": 2000, "alpha": "-0.001 %/C", "beta": -0.2, "coefficients_to": 300},
             "permeance": 2}  # fmt: skip
    assert read_case(given, Path()).magnet.alpha == -0.001


@pytest.mark.parametrize("permeance", [0, 0.0, 1e-9, float("nan")])
def test_no_permeance_is_a_sentence(permeance: float) -> None:
    with pytest.raises(MagnetError, match="permeance"):
        read_case({"magnet": {"grade": "N42SH"}, "permeance": permeance}, Path())
    with pytest.raises(MagnetError, match="so thin"):
        load_of_shape("disc", {"diameter": 1e6, "thickness": 1})


def test_an_edge_without_measure_is_a_sentence() -> None:
    with pytest.raises(MagnetError, match="Check its edges"):
        load_of_shape("block", {"length": 10, "width": 1e30, "thickness": 2})
    thin = load_of_shape("block", {"length": 1, "width": 1, "thickness": 9_999}).factor
    assert thin == pytest.approx(4.7158e-3 / 99.99, rel=0.02)  # as of a hundredth of its length, and falling with it


def test_a_loop_measured_warm_is_turned_to_20(tmp_path: Path) -> None:
    magnet = Magnet(1.3, 1400, -0.12, -0.605, high=120)
    warm = magnet.at(100)
    h = np.linspace(100, -1000, 1101)
    j = np.where(h < -warm.hcj, -1.1, warm.polarisation(np.minimum(h, 0)))
    rows = "\n".join(f"{x:.3f},{y:.6f}" for x, y in zip(h, j, strict=True))
    (tmp_path / "loop.csv").write_text(f"Temperature: 100 C\nH (kA/m),J (T)\n{rows}\n")
    magnet_asked = {"loop": "loop.csv", "alpha": -0.12, "beta": -0.605, "coefficients_to": 120}
    case = read_case({"magnet": magnet_asked, "permeance": 2}, tmp_path)
    assert case.magnet.br == pytest.approx(1.3, rel=1e-3)
    assert case.magnet.hcj == pytest.approx(1400, rel=2e-3)
    assert any("measured at 100 C" in note for note in case.notes)
    with pytest.raises(MagnetError, match="measured at 100 C, outside of 20 to 80 C"):
        read_case({"magnet": magnet_asked | {"coefficients_to": 80}, "permeance": 2}, tmp_path)
    with pytest.raises(MagnetError, match="floors of grades are of 20 C"):
        read_measured_loop(tmp_path / "loop.csv")


def test_the_limit_of_the_energy_product_and_the_knee_by_name() -> None:
    assert energy_product_limit(1.315) == pytest.approx(327.6, abs=0.5)
    assert br_for_energy_product(energy_product_limit(1.315, 1.03), 1.03) == pytest.approx(1.315)
    state = Magnet(1.3, 1592, -0.12, -0.55).at(20)
    field, j, b = state.knee_point()
    assert field == pytest.approx(-0.9 * 1592)
    assert (j, b) == (float(state.line(field)), pytest.approx(j + MU0 * field))


def test_shapes_by_magpylib() -> None:
    shapes = [("block", {"length": 30, "width": 20, "thickness": 6}, "axial"), ("sphere", {}, "axial"),
              ("cylinder", {"diameter": 10, "length": 7}, "diametral"),
              ("disc", {"diameter": 20, "thickness": 5}, "axial"),
              ("ring", {"outer_diameter": 40, "inner_diameter": 20, "thickness": 8}, "axial")]  # fmt: skip
    if find_spec("magpylib") is None:
        with pytest.raises(MagnetError, match="magpylib is not installed"):
            factor_by_magpylib(*shapes[0])
        return
    for kind, sizes, direction in shapes:
        ours = load_of_shape(kind, sizes, direction).factor
        assert factor_by_magpylib(kind, sizes, direction) == pytest.approx(ours, rel=1e-3), kind


def test_the_picture_shows_points_where_b_is_turned() -> None:
    given = {"magnet": {"grade": "N42SH"}, "permeance": 2,
             "use": {"temperature": 120, "opposing_field": "1500 kA/m", "temperatures": [20, 120]}}  # fmt: skip
    chart = curve_picture(curve_document(read_case(given, Path())))
    (left, right), (bottom, top) = chart.figure.layout.xaxis.range, chart.figure.layout.yaxis.range
    traces = {trace.name: trace for trace in chart.figure.data}
    for name in ("works here, 20 °C", "works here, 120 °C", "load line"):
        for x, y in zip(traces[name].x, traces[name].y, strict=True):
            assert left - 1e-6 <= x <= right + 1e-6, name
            assert bottom - 1e-6 <= y <= top + 1e-6, name
    assert traces["works here, 120 °C"].y[0] < 0
    past = [x for x in traces["J, 20 °C"].x if x <= -0.9 * 1592]
    assert len(past) >= 50
