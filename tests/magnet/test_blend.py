from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.magnet.blend import CLOSE, FORMS, best_blend, largest_recycled, margin, spread
from chumbak.magnet.blend_case import BlendCase, Limit, Lot, read_blend
from chumbak.magnet.blend_document import blend_document
from chumbak.magnet.remade import remade_hcj
from chumbak.magnet.units import MU0, MagnetError
from tests.conftest import ROOT

INF = float("inf")
few = settings(max_examples=25, deadline=None)


def lot(name: str, price: float, br: float, hcj: float, o: float, kind: str = "scrap", **more: float) -> Lot:
    sd = {"Br": more.get("sd_br", 0.01), "Hcj": more.get("sd_hcj", 50.0), "O": more.get("sd_o", 150.0)}
    return Lot(name, kind, "bulk", kind in ("scrap", "swarf"), price, more.get("available", INF), more.get("most", INF),
               {"Br": br, "Hcj": hcj, "O": o}, sd)  # fmt: skip


LIMITS = (Limit("Br", 1.28, True), Limit("Hcj", 1400.0, True), Limit("O", 2500.0, False))
LOTS = (lot("cheap", 15, 1.25, 1200, 3200), lot("hard", 30, 1.27, 1750, 2000),
        lot("new", 70, 1.38, 1640, 900, "virgin", sd_br=0.005, sd_hcj=20, sd_o=50))  # fmt: skip
CASE = BlendCase(LOTS, LIMITS, 100.0, 0.95, 0.0, "USD", "a case")


def holds(case: BlendCase, share: np.ndarray, form: str, easier: float = 0.0) -> bool:
    """Say whether a mix holds, by arithmetic of its own."""
    k = margin(case.confidence)
    lots = [(one, part) for one, part in zip(case.lots, share, strict=True)]
    whole = sum(part for one, part in lots if one.kind != "additive")
    for limit in case.limits:
        property_ = limit.quantity in ("Br", "Hcj")
        mean = square = plain = 0.0
        for one, part in lots:
            by = 100.0 if one.kind == "additive" and property_ else 1.0
            base = part / whole if property_ else part
            mean += by * base * one.values[limit.quantity]
            wide = by * base * one.sd[limit.quantity]
            square, plain = square + wide**2, plain + wide
        wide = k * (square**0.5 if form == "exact" else plain)
        slack = easier * limit.bound
        if (mean - wide < limit.bound - slack) if limit.least else (mean + wide > limit.bound + slack):
            return False
    return True


def brute(case: BlendCase, form: str, steps: int) -> tuple[float, float]:
    """Return the least cost and the largest recycled share over a grid of mixes of three lots."""
    cheapest, most = INF, -INF
    for one, two in itertools.product(range(steps + 1), repeat=2):
        if one + two <= steps:
            share = np.array([one, two, steps - one - two]) / steps
            if holds(case, share, form):
                cheapest = min(cheapest, float(share @ [each.price for each in case.lots]))
                most = max(most, float(share @ [each.recycled for each in case.lots]))
    return cheapest, most


@pytest.mark.parametrize("form", FORMS)
def test_against_every_mix_of_a_grid(form: str) -> None:
    found, most = best_blend(CASE, form), largest_recycled(CASE, form)
    cheapest, share = brute(CASE, form, 400)
    assert holds(CASE, found.share, form, 2 * CLOSE)
    assert found.cost <= cheapest + 1e-4
    assert found.cost == pytest.approx(cheapest, abs=0.3)  # the grid is 0.25 % wide
    assert most.recycled >= share - 1e-4
    assert most.recycled == pytest.approx(share, abs=0.01)


values = st.tuples(st.floats(5, 80), st.floats(1.2, 1.4), st.floats(1000, 2000), st.floats(800, 4000))


@few
@given(st.lists(values, min_size=2, max_size=2), st.floats(0.6, 0.999))
def test_against_a_grid_whatever_the_lots(two: list[tuple[float, float, float, float]], confidence: float) -> None:
    lots = (lot("a", *two[0]), lot("b", *two[1]), lot("new", 90, 1.42, 1900, 500, "virgin"))
    case = replace(CASE, lots=lots, confidence=confidence)
    exact, careful = best_blend(case), best_blend(case, "conservative")
    assert exact.cost <= careful.cost + 1e-3
    assert holds(case, exact.share, "exact", 2 * CLOSE)
    assert holds(case, careful.share, "conservative", 2e-6)
    assert exact.share.sum() == pytest.approx(1)
    cheapest, _ = brute(case, "exact", 50)
    assert exact.cost <= cheapest + 1e-3
    assert exact.residual <= CLOSE


@few
@given(st.integers(0, 2), st.floats(0.005, 0.03))
def test_a_lot_is_worth_what_it_saves(which: int, little: float) -> None:
    base = best_blend(CASE)
    dearer = [replace(one, price=one.price + (little if at == which else 0)) for at, one in enumerate(LOTS)]
    moved = best_blend(replace(CASE, lots=tuple(dearer))).cost - base.cost
    assert moved == pytest.approx(little * base.share[which], abs=2e-4)


def test_worth_decides_refusal() -> None:
    extra = lot("offer", 200, 1.30, 1500, 2600)
    case = replace(CASE, lots=(*LOTS, extra))
    worth = best_blend(case).worth[3]
    assert worth < 100
    assert best_blend(replace(case, lots=(*LOTS, replace(extra, price=worth + 0.3)))).share[3] < 1e-6
    assert best_blend(replace(case, lots=(*LOTS, replace(extra, price=worth - 0.3)))).share[3] > 1e-3


def test_the_price_of_a_limit_is_what_one_more_costs() -> None:
    base = best_blend(CASE)
    for at, (limit, step) in enumerate(zip(LIMITS, (1e-4, 0.5, 2.0), strict=True)):
        up, down = (
            best_blend(replace(CASE, limits=tuple(replace(one, bound=one.bound + sign * step) if one is limit else one
                                                  for one in LIMITS))).cost for sign in (1, -1)
        )  # fmt: skip
        assert base.price_of_limit[at] == pytest.approx((up - down) / 2 / step, rel=0.02, abs=1e-3)


@pytest.mark.parametrize("form", FORMS)
def test_dysprosium_on_top_counts_by_wt_percent_of_the_lots(form: str) -> None:
    dy = lot("Dy", 300, -0.022, 135, 900, "additive", sd_br=0.002, sd_hcj=10, most=3.0)
    soft = replace(CASE, lots=(lot("soft", 20, 1.36, 1250, 1500, sd_hcj=20), dy))
    found = best_blend(soft, form)
    assert holds(soft, found.share, form, 3 * CLOSE)
    added = 100 * found.share[1] / found.share[0]
    assert 1.1 < added < 3
    (_, mean, _, _) = spread(soft, found.share)[1]
    assert mean == pytest.approx(1250 + 135 * added, rel=1e-6)
    short = replace(soft, lots=(soft.lots[0], replace(dy, most=0.5)))
    with pytest.raises(MagnetError, match="Hcj comes to"):
        best_blend(short, form)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"limits": (Limit("Hcj", 2500.0, True),)}, "Hcj comes to .* at best, the floor is 2500 kA/m"),
        ({"limits": (Limit("O", 300.0, False),)}, "O comes to .* at best, the ceiling is 300 ppm"),
        ({"limits": (Limit("Br", 1.37, True), Limit("Hcj", 1650.0, True))}, "not Br, Hcj together"),
        ({"lots": tuple(replace(one, available=20.0) for one in LOTS)}, "All lots together are 60 kg"),
        ({"lots": (lot("Dy", 1, 1, 1, 1, "additive", most=3),)}, "additives only"),
        ({"least_recycled": 0.9, "lots": tuple(replace(one, available=40.0) for one in LOTS)}, "with 90 % recycled"),
    ],
)
def test_what_cannot_be_blended_is_a_sentence(change: dict[str, object], says: str) -> None:
    for form in FORMS:
        with pytest.raises(MagnetError, match=says):
            best_blend(replace(CASE, **change), form)  # type: ignore[arg-type]
    with pytest.raises(MagnetError, match="no form"):
        best_blend(CASE, "robust")


def test_availability_and_recycled_share_are_kept() -> None:
    case = replace(CASE, lots=tuple(replace(one, available=45.0) for one in LOTS), least_recycled=0.6)
    found = best_blend(case)
    assert (found.share <= 0.45 + 1e-9).all()
    assert found.recycled >= 0.6 - 1e-9


EXAMPLE = (ROOT / "examples" / "magnet_lots.csv").read_text()
ASKED = {"lots": "lots.csv", "batch_kg": 1000, "grade": "N42SH", "ceilings": {"O": "2500 ppm"}}


@pytest.mark.parametrize(
    ("change", "asked", "says"),
    [
        (lambda t: t.replace(",1250,70,", ",,70,"), {}, "does not come through melting"),
        (lambda t: t.replace("swarf,bulk", "mud,bulk"), {}, "kind is 'mud'"),
        (lambda t: t.replace("hard disks", "servo sheets"), {}, "servo sheets twice"),
        (lambda t: t.replace("Hcj (kA/m),sd", "Hcj,sd"), {}, "lots.csv: the column 'Hcj' has no unit"),
        (lambda t: t.replace(",1.36,", ",x,"), {}, "Br is 'x'"),
        (lambda t: t.replace(",1.36,", ",,"), {}, "Br is empty"),
        (lambda t: t.replace("300,50,3,", "300,50,,"), {}, "additive needs 'most"),
        (lambda t: "name\n", {}, "holds no lot"),
        (lambda t: t, {"ceilings": {"O": 2500}}, "with its unit"),
        (lambda t: t, {"ceilings": {"Zn": "1 ppm"}}, "no field 'Zn'"),
        (lambda t: t, {"floors": {"Br": "13 furlong"}}, "no unit of flux"),
        (lambda t: t, {"confidence": 95}, "from 0.5 to 1"),
        (lambda t: t, {"grade": "N99"}, "No grade 'N99'"),
        (lambda t: t, {"grades": "N42SH"}, "Did you mean 'grade'"),
        (lambda t: t, {"lots": "none.csv"}, "Cannot read"),
    ],
)
def test_bad_files_are_sentences(tmp_path, change, asked, says: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "lots.csv").write_text(change(EXAMPLE))
    with pytest.raises(MagnetError, match=says):
        read_blend(ASKED | asked, tmp_path)


def test_scrap_by_grain_boundary_diffusion_counts_as_made_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "lots.csv").write_text(EXAMPLE)
    (sheets,) = [one for one in read_blend(ASKED, tmp_path).lots if one.doping == "gbd"]
    assert (sheets.values["Hcj"], sheets.sd["Hcj"]) == (1250, 70)


@pytest.mark.parametrize(
    ("change", "asked", "says"),
    [
        (lambda t: t.replace(",1.27,", ",12.7,"), {}, "row 2 .traction rotors.: Br of 12.700 T .* given in kG"),
        (lambda t: t.replace("Br (T),sd", "Br (kG),sd"), {}, "Br of 0.127 T .* given in T"),
        (lambda t: t.replace(",1760,50,", ",1760,,"), {}, "sd_Hcj is empty"),
        (lambda t: t.replace(",1250,70,", ",1250,,"), {}, "sd_Hcj_remade is empty"),
        (lambda t: t.replace("made up for the example", "a,b", 1), {}, "extra comma"),
        (lambda t: t, {"grade": "YXG24H"}, "is NdFeB, .* grade of Sm-Co"),
        (lambda t: t, {"floors": {"BHmax": "42 kJ/m3"}, "ceilings": {"Br": "0.1 T"}}, "given in|no rare-earth"),
    ],
)
def test_lots_that_cannot_be_are_named(tmp_path, change, asked, says: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "lots.csv").write_text(change(EXAMPLE))
    with pytest.raises(MagnetError, match=says):
        read_blend(ASKED | asked, tmp_path)


def test_lots_without_a_column_of_spread_are_said_to_hold_on_average(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = [line.split(",") for line in EXAMPLE.splitlines()]
    at = rows[0].index("sd_O (ppm)")
    (tmp_path / "lots.csv").write_text("\n".join(",".join(row[:at] + row[at + 1 :]) for row in rows))
    notes = read_blend(ASKED, tmp_path).notes
    assert any("no column sd_O" in note and "on average only" in note for note in notes)


def test_the_floor_of_the_energy_product_is_held(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """N45SH of its vendor: Br 1.33 T gives 335 kJ/m3 at mu_rec 1.05, below its floor of 342."""
    (tmp_path / "lots.csv").write_text(EXAMPLE)
    case = read_blend(ASKED | {"grade": "N45SH"}, tmp_path)
    br = next(one for one in case.limits if one.quantity == "Br")
    assert br.bound == pytest.approx((4 * MU0 * 1.05 * 342) ** 0.5)
    assert "BHmax" in br.why
    document = blend_document(case)
    floors = {one["quantity"]: one for one in document["grade_floors"]}
    assert floors.keys() == {"BHmax", "Hcb"}
    assert all(one["holds"] for one in floors.values())
    assert floors["BHmax"]["at_confidence"]["value"] == pytest.approx(342, abs=0.01)
    lower = read_blend(ASKED | {"grade": "N45SH", "mu_rec": 1.02}, tmp_path)
    assert next(one for one in lower.limits if one.quantity == "Br").bound < br.bound
    soft = read_blend({**ASKED, "floors": {"Hcj": "400 kA/m", "BHmax": "300 kJ/m3"}, "grade": None, "knee": 0.5},
                      tmp_path)  # fmt: skip
    soft = replace(soft, lots=tuple(replace(one, values={**one.values, "Hcj": 480.0}) for one in soft.lots[:5]))
    (floor,) = blend_document(soft)["grade_floors"]
    assert not floor["holds"]  # the shoulder comes before the field of BHmax


def test_diffused_scrap_without_a_remade_value_is_estimated_from_what_it_carries(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """GBD2: 0.4 wt% diffused has the duty of 1.73 wt% in bulk: of 480 kA/m in the shells 111 are left."""
    value, sd = remade_hcj(1850, 40, {"Tb": 0.4})
    assert 1850 - value == pytest.approx(0.4 * 1200 * (1 - 0.4 / 1.73))
    assert sd > 150
    assert remade_hcj(1850, 40, {}) == (1850, 40)
    rows = [line.split(",") for line in EXAMPLE.splitlines()]
    rows = [[*row, "Tb (wt%)" if at == 0 else "0.4" if row[2] == "gbd" else "0"] for at, row in enumerate(rows)]
    (tmp_path / "lots.csv").write_text("\n".join(map(",".join, rows)).replace(",1250,70,", ",,,"))
    case = read_blend(ASKED, tmp_path)
    (sheets,) = [one for one in case.lots if one.doping == "gbd"]
    assert (sheets.values["Hcj"], sheets.sd["Hcj"]) == (pytest.approx(value), pytest.approx(sd))
    assert any("Hcj_remade is empty" in note for note in case.notes)
    document = blend_document(case)
    kg = next(one["kg"] for one in document["lots"] if one["doping"] == "gbd")
    assert document["heavy"][0]["in_diffused_scrap_kg"] == pytest.approx(0.004 * kg, rel=1e-3)


def test_a_case_needs_only_its_physics() -> None:
    assert best_blend(BlendCase(LOTS, LIMITS, 100.0, 0.95)).cost == pytest.approx(best_blend(CASE).cost)
