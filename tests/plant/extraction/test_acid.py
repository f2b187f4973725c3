"""Distribution by pH with charge balance: stored rows of a published model, brute force, random cascades, refusals.

The stored rows are results of github.com/joao-mbn/etr-optimization (2022): its spreadsheets of Nd/Sm cuts by the cells,
the aqueous-to-organic ratio, the feed's pH and the extractant (kind, volume %), taken as facts.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.acid import acid_residual, solve_acid_cascade
from chumbak.plant.extraction.tables import distribution

FEED = np.array([12.808 * 2 / 336.48, 0.923 * 2 / 348.72])  # mol/L of Nd and Sm, from g/L of their oxides
# times the feed, cells, ratio, pH of feed, extractant, %; purity and recovery of Nd in the raffinate, mean factor, pH
STORED = [
    (1, 9, 1.4, 1.6, "D2EHPA", 6, 0.9992466596529459, 0.8517245827349331, 12.04065575328868, 1.126577808277708),
    (1, 7, 0.7, 1.2, "D2EHPA", 10, 0.9999617865936445, 0.6426560541954635, 10.16819255569204, 0.7942973587913673),
    (1, 14, 1.5, 1.8, "D2EHPA", 6, 0.9999660597822411, 0.8362952105336653, 12.65597280435947, 1.160449069024185),
    (1, 3, 1.2, 1.9, "D2EHPA", 10, 0.9981107201101022, 0.6750612067950044, 12.74193167365008, 0.989740404025574),
    (1, 10, 0.6, 1.6, "P507", 10, 0.9989226202610711, 0.86364941006226, 13.59971870543175, 1.143102607866282),
    (2, 12, 1.5, 2.0, "D2EHPA", 6, 0.9977124721047483, 0.8636059871096412, 11.30364546902261, 0.9864930958286439),
    (2, 13, 2.0, 1.6, "D2EHPA", 10, 0.9998870173241345, 0.8145829592676502, 11.40136299952923, 0.8491430447770302),
]
# Rows of the same that are no solutions: the charges of their raffinate do not balance.
SILENT = [
    (1, 11, 0.5, 1.7, "P507", 10, 0.9972185784100807, 0.8584825869430023, 1.170483810235948),
    (1, 11, 0.5, 1.9, "D2EHPA", 2, 0.9953877612805558, 0.9769271335774178, 1.487458477887605),
    (1, 13, 0.5, 1.9, "D2EHPA", 2, 0.9979199737777401, 0.9866114342862867, 1.510794580058612),
    (1, 14, 0.5, 2.0, "Cyanex 572", 10, 0.9954208022085737, 0.9825938526566826, 1.54222040814772),
]


@pytest.mark.parametrize("row", STORED)
def test_stored_rows_come_out_again(
    row: tuple[float, int, float, float, str, float, float, float, float, float],
) -> None:
    times, cells, ratio, ph, extractant, strength, purity, recovery, factor, out = row
    a, b = distribution(extractant, strength, ("Nd", "Sm")).values
    solved = solve_acid_cascade(times * FEED, ph, a, b, ratio, cells)
    assert solved.raffinate[0] / solved.raffinate.sum() == pytest.approx(purity, abs=1e-6)
    assert solved.raffinate[0] / (times * FEED[0]) == pytest.approx(recovery, abs=1e-6)
    means = solved.distribution.mean(axis=0)
    assert means[1] / means[0] == pytest.approx(factor, rel=1e-6)
    assert solved.ph[-1] == pytest.approx(out, abs=1e-6)
    assert solved.residual < 1e-11


@pytest.mark.parametrize("row", SILENT)
def test_stored_rows_that_are_no_solutions_are_seen(
    row: tuple[float, int, float, float, str, float, float, float, float],
) -> None:
    times, cells, ratio, ph, extractant, strength, purity, recovery, out = row
    a, b = distribution(extractant, strength, ("Nd", "Sm")).values
    solved = solve_acid_cascade(times * FEED, ph, a, b, ratio, cells)
    charge = 10**-ph + 3 * times * FEED.sum()
    stored = 10**-out + 3 * times * FEED[0] * recovery / purity
    assert abs(stored / charge - 1) > 1e-4
    assert abs((10 ** -solved.ph[-1] + 3 * solved.raffinate.sum()) / charge - 1) < 1e-12
    assert abs(solved.raffinate[0] / solved.raffinate.sum() - purity) > 1e-3


def _whole(
    u: np.ndarray,
    fed: np.ndarray,
    came: np.ndarray,
    acid: float,
    a: np.ndarray,
    b: np.ndarray,
    ratio: float,
    base: float,
) -> np.ndarray:
    cells = u.reshape(-1, len(fed) + 1)
    x, h = np.exp(cells[:, :-1]), np.exp(cells[:, -1])
    y = x * 10.0 ** (b - a * np.log10(h)[:, None])
    gap = np.empty_like(cells)
    for j in range(len(cells)):
        before = x[j - 1] if j else fed
        after = y[j + 1] if j + 1 < len(cells) else came
        gap[j, :-1] = ratio * (before - x[j]) + after - y[j]
        gap[j, -1] = acid + 3 * fed.sum() - (base / ratio if j + 1 == len(cells) else 0.0) - h[j] - 3 * x[j].sum()
    return gap.ravel()


@pytest.mark.parametrize("base", [0.0, 0.05])
def test_brute_force_from_many_starts_finds_this_one_and_no_other(base: float) -> None:
    a, b = np.array([1.05, 1.53]), np.array([-1.70, -1.15])
    fed, came, ratio, acid = np.array([0.07, 0.02]), np.array([0.001, 0.0]), 0.8, 10**-1.5
    solved = solve_acid_cascade(fed, 1.5, a, b, ratio, 3, came, base)
    found = 0
    for x, h in product((1e-4, 1e-2, 0.1), (1e-5, 1e-3, 0.1)):
        start = np.log(np.tile([x, x / 3, h], (3, 1))).ravel()
        with np.errstate(all="ignore"):  # it strays
            tried = root(_whole, start, args=(fed, came, acid, a, b, ratio, base), tol=1e-13)
        if tried.success and np.abs(tried.fun).max() < 1e-11:
            found += 1
            assert np.abs(np.exp(tried.x.reshape(3, 3)[:, :2]) - solved.aqueous).max() < 1e-8
    assert found >= 3


@st.composite
def cascades(draw: st.DrawFn) -> dict[str, object]:
    n = draw(st.integers(1, 8))

    def each(least: float, most: float) -> np.ndarray:
        return np.array(draw(st.lists(st.floats(least, most), min_size=n, max_size=n)))

    fed = 10.0 ** each(-5.0, -0.7) * each(0.0, 1.0).round()
    came = 10.0 ** each(-4.0, -1.0) * draw(st.sampled_from((0.0, 1.0)))
    ph, ratio = draw(st.floats(-0.5, 4.0)), 10.0 ** draw(st.floats(-1.0, 1.0))
    charge = draw(st.sampled_from((3.0, 2.0)))
    base = draw(st.sampled_from((0.0, 0.5, 0.95))) * (10.0**-ph + charge * fed.sum()) * ratio
    return {
        "feed": fed + (1e-6 if not fed.any() and not came.any() else 0.0), "feed_pH": ph, "a": each(0.3, 3.3),
        "b": each(-4.5, 0.5), "aqueous_to_organic": ratio, "cells": draw(st.integers(1, 60)), "organic": came,
        "base": base, "valency": charge,
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(cascades())
def test_elements_and_charges_balance(case: dict[str, object]) -> None:
    try:
        solved = solve_acid_cascade(**case)  # type: ignore[arg-type]
    except PlantError as why:  # a loaded organic and hardly any acid
        if "above pH" not in str(why) or not (np.asarray(case["organic"]).any() or case["base"]):
            raise
        return
    fed, came, ratio = np.asarray(case["feed"]), np.asarray(case["organic"]), float(case["aqueous_to_organic"])  # type: ignore[arg-type]
    whole = ratio * fed.sum() + came.sum()
    assert np.abs(ratio * (fed - solved.raffinate) + came - solved.loaded).max() < 1e-9 * whole
    assert solved.aqueous.min() >= 0.0
    assert solved.organic.min() >= 0.0
    with_pH = {name: case[name] for name in case if name != "cells"}
    assert acid_residual(solved.aqueous, solved.ph, **with_pH) < 1e-9  # type: ignore[arg-type]
    assert acid_residual(1.001 * solved.aqueous, solved.ph, **with_pH) > 1e-6  # type: ignore[arg-type]


def test_protons_set_free_and_base_that_takes_them() -> None:
    a, b = distribution("D2EHPA", 6, ("Nd", "Sm")).values
    plain = solve_acid_cascade(FEED, 1.5, a, b, 1.0, 6)
    assert 10 ** -plain.ph[-1] - 10**-1.5 == pytest.approx(plain.protons, rel=1e-9)
    soaped = solve_acid_cascade(FEED, 1.5, a, b, 1.0, 6, base=0.1)
    assert soaped.extracted[0] > plain.extracted[0]
    assert soaped.ph[-1] > plain.ph[-1]


def test_strong_acid_strips_a_loaded_organic() -> None:
    a, b = distribution("D2EHPA", 6, ("Nd", "Sm")).values
    stripped = solve_acid_cascade((0.0, 0.0), 0.0, a, b, 0.5, 8, organic=(0.02, 0.01))
    assert stripped.extracted.max() < 0.5
    assert stripped.raffinate.sum() > 0.03
    more = solve_acid_cascade((0.0, 0.0), -0.5, a, b, 0.5, 8, organic=(0.02, 0.01))
    assert (more.loaded < stripped.loaded).all()


def test_base_that_leaves_water_neutral_is_said() -> None:
    a, b = distribution("P507", 6, ("Nd", "Sm")).values
    whole = 10**-3.0 + 3 * FEED.sum()
    solved = solve_acid_cascade(FEED, 3.0, a, b, 1.0, 10, base=0.9999999 * whole)
    assert solved.warnings
    assert "precipitate" in solved.warnings[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base": 10.0}, "saponify less"),
        ({"feed": (-0.1, 0.1)}, "negative"),
        ({"feed": (0.0, 0.0)}, "nothing is fed"),
        ({"a": (1.0,)}, "'a' has 1"),
        ({"a": (-1.0, 1.0)}, "'a' is negative"),
        ({"cells": 0}, "cannot be built"),
        ({"aqueous_to_organic": 0.0}, "must be above 0"),
        ({"valency": 0.0}, "valency"),
        ({"feed_pH": 20.0}, "pH 20"),
    ],
)
def test_what_cannot_be_is_a_sentence(change: dict[str, object], said: str) -> None:
    case = {"feed": FEED, "feed_pH": 1.5, "a": (1.0, 1.5), "b": (-2.0, -1.0), "aqueous_to_organic": 1.0, "cells": 5}
    with pytest.raises(PlantError, match=said):
        solve_acid_cascade(**{**case, **change})  # type: ignore[arg-type]
