"""The fair price: by hand, its lines to the paisa, its range, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.catalogue import Cost
from chumbak.exchange.price.fair import COST, METAL, about, fair_price, largest_remainder, read_fair
from chumbak.exchange.price.seen import seen
from chumbak.exchange.refusal import Refusal
from tests.exchange.house import catalogue

CATALOGUE = catalogue()


def test_swarf_by_hand() -> None:
    fair = fair_price(CATALOGUE, "swarf", grams=10_000)
    # Nd 0.22 g/g at 900 paise/g and Pr 0.05 at 950, both 95 % won; 20 000 paise to treat a kilogram
    neodymium, praseodymium = 10_000 * 0.22 * 900 * 0.95, 10_000 * 0.05 * 950 * 0.95
    assert fair.paise == round(neodymium + praseodymium - 200_000)
    assert {line.of: line.paise for line in fair.lines} == {
        "Nd": round(neodymium), "Pr": round(praseodymium), "treating": -200_000,
    }  # fmt: skip
    assert [line.what for line in fair.lines] == [METAL, METAL, COST]
    assert fair.content == {"Nd": 2_200_000_000, "Pr": 500_000_000}
    assert all(line.source for line in fair.lines)
    low, high = 0.8**2, 1.2**2  # of content and of price: without joint draws the ends are taken to meet
    metal = neodymium + praseodymium
    assert fair.low == round(fair.paise - sqrt((metal * (1 - low)) ** 2 + 100_000**2))
    assert fair.high == round(fair.paise + sqrt((metal * (high - 1)) ** 2 + 50_000**2))


def test_devices_are_counted_and_cost_a_piece() -> None:
    fair = fair_price(CATALOGUE, "smartphone", pieces=100, grams=18_000)
    won = {"Nd": 0.16 * 900, "Pr": 0.03 * 950, "Cu": 16 * 80, "Au": 0.034 * 600_000}
    assert fair.paise == round(100 * (0.9 * sum(won.values()) - 500))
    assert not fair.by_weight
    assert fair.content["Au"] == 3_400_000


def test_joint_draws_of_the_catalogue_are_the_range() -> None:
    one = CATALOGUE.substances[0]
    drawn = replace(one, won=(240.0, 200.0, 300.0))
    fair = fair_price(replace(CATALOGUE, substances=(drawn,), costs=()), one.id, grams=1000)
    assert (fair.paise - fair.low, fair.high - fair.paise) == (40_000, 60_000)


def test_a_lot_can_be_worth_less_than_its_treatment() -> None:
    dear = replace(CATALOGUE, costs=(Cost("swarf", "treating", (1e6, 1e6, 1e6), "kg", "made up"),))
    assert fair_price(dear, "swarf", grams=1000).paise < 0


def test_what_is_not_known_counts_nothing_and_is_named() -> None:
    one = replace(CATALOGUE.substances[0], recoverable={"Nd": 0.95})
    fair = fair_price(replace(CATALOGUE, substances=(one,)), one.id, grams=1000)
    assert fair.silent == ("Pr",)
    assert "Pr" in fair.content


def test_content_is_never_heavier_than_the_lot() -> None:
    fair = fair_price(CATALOGUE, "smartphone", pieces=10, grams=20)
    assert sum(fair.content.values()) <= 20_000_000


@pytest.mark.parametrize(
    ("of", "grams", "pieces", "field"),
    [
        ("swarf", 0, 0, "weight"), ("swarf", 10**12, 0, "weight"), ("smartphone", 0, 0, "pieces"),
        ("smartphone", -1, 3, "weight"), ("smartphone", 1, 10**7, "pieces"), ("nonsense", 1, 0, "goods"),
    ],
)  # fmt: skip
def test_refused(of: str, grams: int, pieces: int, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        fair_price(CATALOGUE, of, grams=grams, pieces=pieces)
    assert refusal.value.field == field


def test_text_and_back() -> None:
    fair = fair_price(CATALOGUE, "smartphone", pieces=3)
    assert read_fair(fair.text()) == fair


@given(grams=st.integers(1, 10**9), of=st.sampled_from(["swarf"]))
def test_lines_sum_to_the_price_and_the_range_holds_it(grams: int, of: str) -> None:
    fair = fair_price(CATALOGUE, of, grams=grams)
    assert sum(line.paise for line in fair.lines) == fair.paise
    assert fair.low <= fair.paise <= fair.high
    assert sum(fair.content.values()) <= grams * 10**6


@given(pieces=st.integers(1, 10**6), more=st.integers(1, 1000))
def test_more_is_worth_more(pieces: int, more: int) -> None:
    one, two = (fair_price(CATALOGUE, "laptop", pieces=many).paise for many in (pieces, min(pieces + more, 10**6)))
    assert two >= one


@given(
    st.dictionaries(st.tuples(st.just("m"), st.text(max_size=3)), st.fractions(-(10**6), 10**6), min_size=1, max_size=8)
)
def test_largest_remainder(exact: dict[tuple[str, str], Fraction]) -> None:
    total = round(sum(exact.values(), Fraction(0)))
    amounts = largest_remainder(total, exact)
    assert sum(amounts.values()) == total
    assert all(abs(amounts[name] - part) < 1 or len(exact) == 1 for name, part in exact.items())


def test_prices_seen() -> None:
    assert seen([1, 2, 3, 4]) is None
    found = seen([100, 200, 300, 400, 1000])
    assert found is not None
    assert (found.n, found.low, found.median, found.high) == (5, 200, 300, 400)
    assert [found.stands(paise) for paise in (199, 200, 400, 401)] == ["below", "within", "within", "above"]


def test_the_catalogue_is_named() -> None:
    assert fair_price(CATALOGUE, "swarf", grams=1).edition == CATALOGUE.edition


def test_metals_that_no_known_cost_wins_are_told() -> None:
    assert fair_price(CATALOGUE, "swarf", grams=1000).untreated == 0
    assert fair_price(CATALOGUE, "smartphone", pieces=1).untreated == 1
    neodymium = Cost("smartphone", "treating", (1.0, 1.0, 1.0), "unit", "made up", ("Nd", "Pr"))
    fair = fair_price(replace(CATALOGUE, costs=(neodymium,)), "smartphone", pieces=1)
    worth = {line.of: line.paise for line in fair.lines if line.what == METAL}
    assert fair.untreated == pytest.approx((worth["Au"] + worth["Cu"]) / sum(worth.values()), abs=1e-3)


def test_what_no_known_cost_wins_is_an_upper_end_and_no_fair_price() -> None:
    fair = fair_price(CATALOGUE, "smartphone", pieces=10)
    assert fair.at_most
    assert fair.treated == sum(line.paise for line in fair.lines if line.what == COST)
    known = fair_price(CATALOGUE, "swarf", grams=1000)
    assert not known.at_most
    assert known.treated == known.paise


@pytest.mark.parametrize(
    ("paise", "said"),
    [(286_291, 286_000), (7_157_271, 7_160_000), (129_361, 129_000), (21_837, 21_800), (1_049, 1_000), (283, 283),
     (-18_626, -18_600), (0, 0), (999, 999), (99_960, 100_000)],
)  # fmt: skip
def test_no_more_figures_are_said_than_are_known(paise: int, said: int) -> None:
    assert about(paise) == said


def test_a_kilogram_or_a_piece_of_a_lot() -> None:
    whole, one = (fair_price(CATALOGUE, "swarf", grams=grams) for grams in (40_000, 1000))
    assert whole.each == pytest.approx((one.paise, one.low, one.high), abs=1)
    many, phone = (fair_price(CATALOGUE, "smartphone", pieces=pieces) for pieces in (50, 1))
    assert many.each == pytest.approx((phone.paise, phone.low, phone.high), abs=1)


def test_what_a_smelter_wins_is_treated() -> None:
    smelter = Cost("smartphone", "smelting", (1.0, 1.0, 1.0), "unit", "made up", ("Au", "Cu"))
    fair = fair_price(replace(CATALOGUE, costs=(smelter,)), "smartphone", pieces=1)
    worth = {line.of: line.paise for line in fair.lines if line.what == METAL}
    assert fair.untreated == pytest.approx((worth["Nd"] + worth["Pr"]) / sum(worth.values()), abs=1e-3)
    assert not fair.at_most
