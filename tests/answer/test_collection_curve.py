"""The collection curve: a known one comes back from simulated sales within the stated ranges; the pack is the prior."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from chumbak.answer.collection_curve import Cell, Curve, Step, collection_curve, fit, overlay_rows, ramps, steps_of
from chumbak.answer.model import compute
from chumbak.exchange.catalogue import Catalogue, Kind
from chumbak.exchange.numbers.facts import TAKE_BACK, Got
from chumbak.pack import Pack, PackError

COSTS = (10_000.0, 15_000.0, 30_000.0, 60_000.0)
TRUE = (0.05, 0.1, 0.35, 0.2)


def prior(sd: float, shares: Sequence[float] = (0.15, 0.2, 0.3, 0.15)) -> tuple[Step, ...]:
    """Return steps whose shares are uncertain by about ``sd``."""
    return tuple(
        Step(f"s{n}", (cost, cost * 0.6, cost * 1.4), (share, share - 1.645 * sd, share + 1.645 * sd))
        for n, (cost, share) in enumerate(zip(COSTS, shares, strict=True))
    )


def simulated(seed: int, states: int = 12, months: int = 10, spread: float = 0.03) -> list[Cell]:
    """Return cells of a known curve: prices drawn over its whole width, states and months that differ around it.

    A state's and a month's share have the curve as their mean: beta, with the standard deviation ``spread`` of each.
    """
    chance = np.random.default_rng(seed)
    found = []
    for state in range(states):
        lean = chance.choice([-spread, spread])
        for at in range(months):
            cost = float(chance.uniform(2_000, 70_000))
            share = float((ramps(np.array([cost]), np.array(COSTS)) @ np.array(TRUE))[0])
            share += lean * min(1.0, share / spread / 2, (1 - share) / spread / 2)
            sure = max(share * (1 - share) / spread**2 - 1, 0.1)
            share = float(chance.beta(share * sure, (1 - share) * sure))
            pieces = int(chance.integers(200, 2000))
            found.append(
                Cell(
                    f"state{state}",
                    "phone",
                    f"2026-{at + 1:02d}",
                    cost,
                    chance.binomial(pieces, share) / pieces,
                    pieces,
                )
            )
    return found


def test_ramps_by_hand() -> None:
    found = ramps(np.array([0.0, 5_000.0, 12_500.0, 45_000.0, 99_000.0]), np.array(COSTS))
    assert found.tolist() == [[0, 0, 0, 0], [0.5, 0, 0, 0], [1, 0.5, 0, 0], [1, 1, 1, 0.5], [1, 1, 1, 1]]


def test_a_known_curve_comes_back_within_the_stated_ranges() -> None:
    """Ranges of 90 % hold the truth about nine times in ten: over 30 worlds of four steps."""
    inside = 0
    worlds = 30
    for seed in range(worlds):
        steps, _ = fit(simulated(seed), prior(0.5), draws=200, seed=seed)
        inside += sum(step.share[1] <= true <= step.share[2] for step, true in zip(steps, TRUE, strict=True))
    assert inside >= binom.ppf(0.001, 4 * worlds, 0.85)


def test_the_fit_is_near_the_truth_and_far_from_a_vague_prior() -> None:
    steps, spread = fit(simulated(1, states=30, months=24), prior(0.5), draws=100)
    assert [step.share[0] for step in steps] == pytest.approx(TRUE, abs=0.03)
    assert spread == pytest.approx(0.03 * 2**0.5, rel=0.3)


def test_without_cells_the_pack_stands_and_few_cells_move_it_little() -> None:
    sure = prior(0.01)
    steps, _ = fit([], sure, draws=400)
    assert [step.share[0] for step in steps] == pytest.approx([step.share[0] for step in sure], abs=1e-6)
    assert [step.share[1] for step in steps] == pytest.approx([step.share[1] for step in sure], abs=0.004)
    moved, _ = fit(simulated(2, states=1, months=2), sure, draws=100)
    assert [step.share[0] for step in moved] == pytest.approx([step.share[0] for step in sure], abs=0.02)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1e5, 1e6), st.floats(0, 1), st.integers(1, 10**6)), max_size=20),
    st.floats(0.001, 0.5),
)
def test_a_curve_only_rises_and_never_takes_more_than_all(cells: list[tuple[float, float, int]], sd: float) -> None:
    given_ = [Cell(f"s{n % 7}", "p", "2026-01", *one) for n, one in enumerate(cells)]
    steps, _ = fit(given_, prior(sd), draws=5)
    assert all(0 <= step.share[1] <= step.share[0] <= step.share[2] <= 1 + 1e-6 for step in steps)
    assert sum(step.share[0] for step in steps) <= 1 + 1e-6


@pytest.fixture(scope="module")
def data(india_pack: Pack) -> xr.Dataset:
    return compute(india_pack)


def phone_of(product: str) -> Catalogue:
    """Return a catalogue of one product, with gold that the plan does not count."""
    worth = {"Nd": (100.0, 100.0, 100.0), "Au": (5_000.0, 5_000.0, 5_000.0)}
    kind = Kind(product, product, "", {"Nd": (1.0, 1.0, 1.0)}, worth, {"Nd": 1.0, "Au": 0.8}, {}, 5.0, (0.0, 0.0, 0.0))
    return Catalogue("tests", "", "INR", 2025, (kind,), (), {})


def sale(goods: str, place: str, month: int, paise: int, pieces: int = 100, kind: str = "household") -> Got:
    us = int(dt.datetime(2026, month, 15, tzinfo=dt.UTC).timestamp() * 1e6)
    return Got(us, TAKE_BACK, goods, place, "c", "a", kind, False, "r", pieces, 0, paise, None, f"u{month}")


def test_sales_become_cells_of_what_arises_and_cost_what_the_plan_would_pay(india_pack: Pack, data: xr.Dataset) -> None:
    goods = "smartphone"
    sales = [sale(goods, "UP", 1, 6_000_00), sale(goods, "UP", 3, 6_000_00), sale("swarf_n", "UP", 1, 1),
             sale(goods, "nowhere", 1, 1)]  # fmt: skip
    found = collection_curve(india_pack, phone_of(goods), sales, reach=0.01, fetching=500.0, data=data)
    assert [cell.month for cell in found.cells] == ["2026-01", "2026-02", "2026-03"]
    one, empty, _ = found.cells
    assert (empty.share, empty.cost) == (0.0, one.cost)  # a month without a sale, at the price last paid
    assert one.share == pytest.approx(100 / one.pieces)
    used = data.end_of_life + data.metal_end_of_life.rename(holder="product").sum("metal")
    at = {"product": goods, "year": india_pack.base_year}
    tonnes = float(used.sel(at) / data.goods_end_of_life.sel(at))  # magnets and known metals of a phone
    assert one.cost == pytest.approx((60 - 0.8 * 50) / tonnes + 500)  # what was paid less the gold, which no plan sells
    assert sum(found.left_out.values()) == 2
    assert [step.cost for step in found.steps] == [step.cost for step in found.prior]
    assert found.measured == ()


def test_a_step_whose_sellers_are_named_has_its_cost_measured(india_pack: Pack, data: xr.Dataset) -> None:
    goods = "smartphone"
    sales = [sale(goods, "UP", month, 4_500_00 + month * 100) for month in range(1, 7)]
    found = collection_curve(
        india_pack, phone_of(goods), sales, reach=0.01, sellers={"households": ["household"]}, data=data
    )
    assert found.measured == ("households",)
    rows = {row["key"]: row for row in overlay_rows(found, india_pack, "Sales of a test town")}
    assert set(rows) == {f"step.{name}.share" for name in india_pack.nouns.ids("steps")} | {"step.households.cost"}
    assert rows["step.households.cost"]["unit"] == "INR/t"
    assert float(rows["step.formal.share"]["low"]) <= float(rows["step.formal.share"]["value"])
    with pytest.raises(PackError, match="no step of the pack"):
        collection_curve(india_pack, phone_of(goods), sales, sellers={"houses": ["household"]}, data=data)


def test_more_than_arises_is_told(india_pack: Pack, data: xr.Dataset) -> None:
    found: Curve = collection_curve(
        india_pack, phone_of("smartphone"), [sale("smartphone", "UP", 1, 6_000_00, 10**9)], data=data
    )
    assert found.over == 1
    assert found.cells[0].share == 1.0
    assert "more came in than arises" in overlay_rows(found, india_pack, "x")[0]["note"]


def test_the_prior_is_the_pack_s_own_steps(india_pack: Pack) -> None:
    assert [step.id for step in steps_of(india_pack)] == ["formal", "take_back", "dealers", "households"]
    assert steps_of(india_pack)[3].share == (0.15, 0.05, 0.2)
