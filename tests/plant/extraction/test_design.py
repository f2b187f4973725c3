"""Designs that do what was asked, trains, reagents, inventory, constant distribution ratios, and the tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.plant.components import MASS, element
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.cascade import two_sections
from chumbak.plant.extraction.design import design, sensitivity, train
from chumbak.plant.extraction.inventory import locked_up, reagents
from chumbak.plant.extraction.kremser import left, left_by_strip, solve_bank
from chumbak.plant.extraction.limits import fewest_stages
from chumbak.plant.extraction.tables import distribution, factors, practice, rows

FEED, PAIR = (0.25, 0.75), (1.0, 1.5)


def test_a_design_reaches_what_was_asked_and_one_stage_less_does_not() -> None:
    made = design(FEED, PAIR, 1, 0.999, 0.998, over_least=1.2)
    assert made.purity >= 0.999
    assert made.recovery >= 0.998
    assert made.organic == pytest.approx(1.2 * (0.75 + 2.0), rel=1e-12)
    raffinate = made.solved.purity([0], product=False)
    assert made.extract + made.scrub > fewest_stages(made.purity, raffinate, 1.5)
    product, count = float(made.solved.product.sum()), made.extract + made.scrub - 1
    pure = [two_sections(FEED, PAIR, one, count - one, made.organic, product).purity([1]) for one in range(1, count)]
    assert max(pure) < 0.999


def test_the_flow_that_locks_up_least_is_no_worse_than_others() -> None:
    def held(over: float | None) -> float:
        return float(locked_up(design(FEED, PAIR, 1, 0.999, 0.999, over).solved, 10.0, 20.0).sum())

    best = held(None)
    assert all(best <= 1.03 * held(over) for over in (1.05, 1.2, 1.5, 2.5))


@pytest.mark.parametrize(
    ("purity", "recovery", "settings", "said"),
    [
        (1.0, 0.99, {}, "impossible"),
        (0.99, 1.2, {}, "impossible"),
        (0.7, 0.99, {}, "pure already"),
        (0.999, 0.999, {"over_least": 0.9}, "the nearest is"),
        (0.9999, 0.999, {"over_least": 1.2, "most_stages": 12}, "the nearest is"),
        (0.999, 0.999, {"over_least": 0.2}, "over_least"),
    ],
)
def test_an_impossible_wish_is_a_sentence(
    purity: float, recovery: float, settings: dict[str, float], said: str
) -> None:
    with pytest.raises(PlantError, match=said):
        design(FEED, PAIR, 1, purity, recovery, **settings)  # type: ignore[arg-type]


def test_factors_that_do_not_part_or_rise_are_sentences() -> None:
    with pytest.raises(PlantError, match="beta = 1"):
        design(FEED, (1.0, 1.0), 1, 0.99, 0.99)
    with pytest.raises(PlantError, match="rise"):
        design(FEED, (2.0, 1.0), 1, 0.99, 0.99)
    with pytest.raises(PlantError, match="one side empty"):
        design(FEED, PAIR, 2, 0.99, 0.99)


def test_a_better_factor_is_worth_what_two_designs_say() -> None:
    worth = sensitivity(FEED, PAIR, 1, 20, 20, 3.0, 0.75)
    higher = two_sections(FEED, (1.0, 1.5 * 1.001), 20, 20, 3.0, 0.75).purity([1])
    lower = two_sections(FEED, (1.0, 1.5 / 1.001), 20, 20, 3.0, 0.75).purity([1])
    assert worth[1] == pytest.approx((higher - lower) / (2 * np.log(1.001)), rel=1e-3)
    assert worth.sum() == pytest.approx(0.0, abs=1e-6)  # only ratios of factors count
    assert worth[1] > 0


def test_a_train_makes_a_stream_of_each_group_and_loses_nothing() -> None:
    feed, beta = np.array([0.25, 0.5, 0.05, 0.2]), np.cumprod([1.0, 6.8, 2.0, 1.4])
    parts, streams = train(feed, beta, (1, 3, 2), 0.995, 0.99, over_least=1.3)
    assert [(one.first, one.last) for one in parts] == [(0, 3), (1, 3), (1, 2)]
    assert sorted(streams) == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert np.abs(sum(streams.values()) - feed).max() < 1e-9
    assert all(one.design.purity >= 0.995 for one in parts)
    with pytest.raises(PlantError, match="named twice"):
        train(feed, beta, (1, 1), 0.99, 0.99, over_least=1.3)


def test_reagents_and_inventory_by_hand() -> None:
    solved = two_sections((0.5, 0.5), (1.0, 2.0), 10, 10, 2.0, 0.5)
    masses = [float(MASS[element(name)]) for name in ("Pr", "Nd")]
    used = reagents(solved, masses, 3.0, 3.6)
    assert used.base == pytest.approx(6.0)
    assert used.acid == pytest.approx(7.2)
    assert used.base_per_kg == pytest.approx(6.0 / (0.5 * 0.1442), rel=2e-3)
    # Organic 2 in 20 stages; aqueous 2.5 in ten, 1.5 in ten: 80 mol/h, held for half an hour.
    assert locked_up(solved, 10.0, 20.0).sum() == pytest.approx(40.0, rel=1e-9)


@given(st.floats(1e-3, 1e3), st.integers(1, 60))
def test_kremser_is_the_bank_without_scrub(extraction: float, stages: int) -> None:
    bank = solve_bank((1.0,), (extraction,), stages, 1.0)
    closed = stages + 1.0 if abs(extraction - 1) < 1e-9 else (extraction ** (stages + 1) - 1) / (extraction - 1)
    assert float(left(extraction, stages)) == pytest.approx(1 / closed, rel=1e-6)
    assert bank.raffinate[0] == pytest.approx(1 / closed, rel=1e-6)
    assert bank.raffinate[0] + bank.loaded[0] == pytest.approx(1.0, abs=1e-9)


def test_strip_and_scrub_with_constant_ratios() -> None:
    assert left(1.0, 4) == pytest.approx(0.2)
    stripped = solve_bank((0.0, 0.0), (0.1, 0.5), 4, 1.0, 2.0, organic_feed=(1.0, 1.0))
    assert np.allclose(stripped.loaded, left_by_strip((0.1, 0.5), 4, 2.0), rtol=1e-9)
    scrubbed = solve_bank((1.0, 1.0), (0.5, 5.0), 6, 1.0, 1.0, scrub_stages=4, scrub=0.5)
    plain = solve_bank((1.0, 1.0), (0.5, 5.0), 6, 1.0, 1.0)
    assert scrubbed.loaded[0] / scrubbed.loaded[1] < 0.2 * plain.loaded[0] / plain.loaded[1]
    with pytest.raises(PlantError, match="open loop"):
        solve_bank((1.0,), (1.0,), 3, 1.0, scrub_stages=2)


def test_factors_are_products_of_pairs_and_say_what_is_recalled() -> None:
    known = factors("P507", ("La", "Ce", "Pr", "Nd", "Dy"))
    assert known.values[0] == 1.0
    assert (np.diff(known.values) > 0).all()
    assert known.values[3] / known.values[2] == pytest.approx(1.4)
    assert "Ce/La" in known.recalled
    assert "Nd/Pr" not in known.recalled
    back = factors("P507", ("Dy", "Nd"))
    assert back.values[1] == pytest.approx(known.values[3] / known.values[4], rel=1e-12)
    with pytest.raises(PlantError, match="nothing is known of the extractant"):
        factors("water", ("La", "Ce"))
    with pytest.raises(PlantError, match="join Gd to Nd"):
        factors("D2EHPA", ("Nd", "Gd"))


def test_between_two_elements_there_is_one_way() -> None:
    for extractant in {row["extractant"] for row in rows("separation_factors")}:
        used = [row for row in rows("separation_factors") if row["extractant"] == extractant and row["used"] == "yes"]
        seen: dict[str, str] = {}

        def root_of(one: str, seen: dict[str, str] = seen) -> str:
            while seen.setdefault(one, one) != one:
                one = seen[one]
            return one

        for row in used:
            heavier, lighter = root_of(row["heavier"]), root_of(row["lighter"])
            assert heavier != lighter, row
            seen[heavier] = lighter


def test_tables_hold_their_sources() -> None:
    for table in ("separation_factors", "distribution", "practice"):
        for row in rows(table):
            assert row["source"]
            assert row["verification"] in {"excerpt", "code", "derived", "recalled", "judgement"}
    assert float(practice("mixer")["value"]) == 10.0
    assert distribution("P507", 26, ("Dy", "Ho")).values.tolist() == [[3.22552, 3.05008], [-0.99999, -0.6876]]
    with pytest.raises(PlantError, match="is known"):
        distribution("P507", 26, ("La",))
    with pytest.raises(PlantError, match="no usual practice"):
        practice("magic")
