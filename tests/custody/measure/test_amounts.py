"""Amounts with named errors: exact masses, propagation, what is shared and what cancels."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.ledger.statement import Measurement
from chumbak.custody.measure.amount import Amount, covariance, lower_bound, total
from chumbak.custody.measure.assays import Assay, Calibrations, MeasureError, Weighing, amount, from_measurement

KG = 10**9
CALIBRATIONS = Calibrations({"bridge": 0.0005}, {("lab", "ICP-OES", "Nd"): 0.005})


def weighed(name: str, kilograms: float, scale: str = "bridge", relative: str = "0.001") -> Weighing:
    gross = Fraction(str(kilograms)) * KG
    return Weighing(name, scale, gross, gross * Fraction(relative))


def assayed(name: str, fraction: str = "0.146", uncertainty: str = "0.002") -> Assay:
    return Assay(name, "Nd", Fraction(fraction), Fraction(uncertainty), "ICP-OES", "lab", "S-1")


def test_the_law_of_propagation() -> None:
    """Relative errors of a product add in squares: 0.1 % of the mass, 0.002/0.146 of the fraction."""
    found = amount(weighed("w1", 1.25), assayed("a1"))
    assert found.micrograms == 182_500_000
    assert found.sigma == pytest.approx(182_500_000 * math.hypot(0.001, 0.002 / 0.146), rel=1e-12)
    assert set(found.effects) == {"weighing:w1", "assay:a1:Nd"}
    shared = amount(weighed("w1", 1.25), assayed("a1"), CALIBRATIONS)
    assert shared.sigma == pytest.approx(found.sigma, rel=1e-12)  # stated uncertainties are the whole of it
    assert shared.effects["scale:bridge"] == pytest.approx(182_500_000 * 0.0005)
    assert shared.effects["method:lab:ICP-OES:Nd"] == pytest.approx(182_500_000 * 0.005)


def test_oxide_and_moisture() -> None:
    oxide = Assay("a", "Nd", Fraction("0.99"), Fraction("0.003"), factor=Fraction(857, 1000), compound="Nd2O3")
    wet = Weighing("w", "s", Fraction(KG), Fraction(10**6), Fraction("0.02"), Fraction("0.001"))
    found = amount(wet, oxide)
    assert found.micrograms == round(Fraction(KG) * Fraction("0.98") * Fraction("0.99") * Fraction(857, 1000))
    relative = math.sqrt(0.001**2 + (0.001 / 0.98) ** 2 + (0.003 / 0.99) ** 2)
    assert found.sigma == pytest.approx(found.micrograms * relative, rel=1e-8)
    assert found.effects["moisture:w"] < 0  # more moisture, less element


def test_propagation_by_monte_carlo() -> None:
    """Two lots over one scale and one method: the whole covariance against draws of the model."""
    lots = [(1.25, 0.146), (3.0, 0.28)]
    amounts = [
        amount(weighed(f"w{k}", mass), assayed(f"a{k}", str(share), "0.003"), CALIBRATIONS)
        for k, (mass, share) in enumerate(lots)
    ]
    rng = np.random.default_rng(4)
    draws = 200_000
    scale, method = 0.0005 * rng.normal(size=draws), 0.005 * rng.normal(size=draws)
    found = []
    for mass, share in lots:
        own = math.sqrt(0.001**2 - 0.0005**2)
        gross = mass * KG * (1 + scale + own * rng.normal(size=draws))
        alone = math.sqrt(0.003**2 - (0.005 * share) ** 2)
        found.append(gross * (share * (1 + method) + alone * rng.normal(size=draws)))
    spread = np.cov(found)
    assert spread[0, 1] == pytest.approx(covariance(*amounts), rel=0.03)
    assert spread[0, 0] == pytest.approx(amounts[0].sigma ** 2, rel=0.02)
    both = total((1, one) for one in amounts)
    assert both.sigma == pytest.approx(float(np.std(found[0] + found[1])), rel=0.02)
    assert both.sigma > math.hypot(*(one.sigma for one in amounts))


def test_what_was_measured_once_cancels() -> None:
    lot = amount(weighed("w", 5), assayed("a"), CALIBRATIONS)
    nothing = total([(1, lot), (-1, lot)])
    assert (nothing.micrograms, nothing.sigma) == (0, 0.0)


@given(st.lists(st.tuples(st.sampled_from((1, -1)), st.integers(0, 2**70), st.dictionaries(
    st.sampled_from("abc"), st.floats(-1e12, 1e12), max_size=3)), max_size=8))  # fmt: skip
def test_sums_are_exact_and_do_not_depend_on_order(parts: list[tuple[int, int, dict[str, float]]]) -> None:
    signed = [(sign, Amount(micrograms, effects)) for sign, micrograms, effects in parts]
    found = total(signed)
    assert found.micrograms == sum(sign * one.micrograms for sign, one in signed)
    again = total(reversed(signed))
    assert dict(again.effects) == dict(found.effects)
    assert again.sigma == found.sigma


def test_lower_bound() -> None:
    found = Amount(1000, {"a": 60.0, "b": 80.0})
    assert lower_bound(found) == math.floor(1000 - 1.6448536269514722 * 100)
    assert lower_bound(found, 0.5) == 1000
    assert lower_bound(Amount(10, {"a": 100.0})) == 0
    with pytest.raises(ValueError, match="lower bound"):
        lower_bound(found, 1.0)


def test_measurements_of_events() -> None:
    said = Measurement(
        "lot:7", "Nd", "Nd", Fraction("0.146"), Fraction("0.002"), Fraction(1), Fraction(1_250_000_000),
        Fraction(1_250_000), Fraction(0), 182_500_000, "a1", "ICP-OES", "lab", "S-1",
    )  # fmt: skip
    found = from_measurement(said, "bridge", "w1", CALIBRATIONS)
    assert found.micrograms == said.amount
    assert found == amount(weighed("w1", 1.25), assayed("a1"), CALIBRATIONS)
    with pytest.raises(MeasureError, match="lacks the uncertainty of the mass and the uncertainty of the fraction"):
        from_measurement(said._replace(gross_uncertainty=None, uncertainty=None), "bridge", "w1")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(MeasureError, match="less than"):
        amount(weighed("w", 1, relative="0.0001"), assayed("a"), CALIBRATIONS)
    with pytest.raises(MeasureError, match="less than"):
        amount(weighed("w", 1), assayed("a", uncertainty="0.0001"), CALIBRATIONS)
    with pytest.raises(MeasureError, match="below zero"):
        amount(weighed("w", -1), assayed("a"))
    with pytest.raises(MeasureError, match="moisture"):
        amount(Weighing("w", "s", Fraction(1), Fraction(0), Fraction(1)), assayed("a"))
