"""Rewards: lines that sum to the paisa, conditions in order, floors and caps, contents that never outweigh a device."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.catalogue import Catalogue, Cost, Kind, Metal
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.takeback.reward import content, largest_remainder, read_reward, reward, together
from chumbak.exchange.takeback.tariff import CONDITIONS, SAMPLE, Tariff, Terms, load
from tests.exchange.house import catalogue

TARIFF = replace(load(SAMPLE), kinds={"phone": Terms(2000, "shred")})


def of(worth: dict[str, float], recoverable: dict[str, float], cost: float = 0.0, per: str = "unit") -> Catalogue:
    held = dict.fromkeys(worth, (1_000_000.0, 1_000_000.0, 1_000_000.0))
    kind = Kind(
        "phone", "Phone", "electronics", held, {one: (paise, paise, paise) for one, paise in worth.items()},
        recoverable, {}, 5.0, (0.0, 0.0, 0.0),
    )  # fmt: skip
    costs = (Cost("", "treating", (cost, cost, cost), per, "made up"),) if cost else ()
    metals = {one: Metal(one, (1.0, 1.0, 1.0), "made up") for one in worth}
    return Catalogue("tests", "Nowhere", "XXX", 2025, (kind,), (), metals, costs)


def test_the_reward_is_the_share_of_what_is_left_plus_the_bonus() -> None:
    found = reward("phone", "works", TARIFF, of({"Au": 20_000.0, "Cu": 5_000.0}, {"Au": 0.5, "Cu": 1.0}, 1_000.0))
    # 20000 x 0.5 + 5000 - 1000 = 14000; 60 % of it is 8400; and 2000 on top.
    assert found.paise == 10_400
    assert [(line.what, line.of, line.paise) for line in found.lines] == [
        ("metal", "Au", 10_000), ("metal", "Cu", 5_000), ("treatment", "treating", -1_000), ("kept", "", -5_600),
        ("bonus", "", 2_000),
    ]  # fmt: skip


def test_the_condition_takes_its_part() -> None:
    metal = of({"Au": 20_000.0}, {"Au": 0.5})
    assert reward("phone", "broken", TARIFF, metal).paise == 6_000 * 0.9 + 2_000
    assert reward("phone", "parts missing", TARIFF, metal).paise == 6_000 * 0.5 + 2_000


def test_costs_by_weight_count_for_what_is_known_to_be_inside() -> None:
    found = reward("phone", "works", TARIFF, of({"Au": 20_000.0, "Cu": 0.0}, {"Au": 0.5, "Cu": 1.0}, 1e6, "kg"))
    assert ("treatment", -2_000) in [(line.what, line.paise) for line in found.lines]  # 2 g at 1000000 a kg


def test_what_is_not_known_to_be_recovered_counts_nothing_and_is_told() -> None:
    found = reward("phone", "works", TARIFF, of({"Au": 20_000.0, "Pt": 9e9}, {"Au": 0.5}))
    assert found.unpriced == ("Pt",)
    assert found.paise == 8_000


def test_a_device_that_costs_more_than_it_gives_earns_the_floor() -> None:
    found = reward("phone", "works", TARIFF, of({"Au": 100.0}, {"Au": 0.5}, 90_000.0))
    assert found.paise == TARIFF.floor
    assert found.lines[-1].what == "floor"


def test_a_kind_or_condition_that_is_not_taken_is_refused() -> None:
    metal = of({"Au": 100.0}, {"Au": 0.5})
    for kind, condition, field in (("spoon", "works", "kind"), ("phone", "as new", "condition")):
        with pytest.raises(Refusal) as caught:
            reward(kind, condition, TARIFF, metal)
        assert caught.value.field == field


amounts = st.floats(0, 1e7)
shares = st.floats(0, 1)


@given(
    worth=st.dictionaries(st.sampled_from(["Au", "Cu", "Nd", "Pt", "Dy"]), st.tuples(amounts, shares)), cost=amounts,
    share=st.fractions(0, 1), factors=st.lists(st.fractions(0, 1), min_size=3, max_size=3), bonus=st.integers(0, 10**6),
    floor=st.integers(0, 5000), more=st.integers(0, 10**6), step=st.integers(1, 500),
)  # fmt: skip
def test_lines_sum_to_the_reward_and_a_worse_condition_never_earns_more(
    worth: dict[str, tuple[float, float]], cost: float, share: Fraction, factors: list[Fraction], bonus: int,
    floor: int, more: int, step: int,
) -> None:  # fmt: skip
    tariff: Tariff = replace(
        TARIFF, share=share, conditions=dict(zip(CONDITIONS, sorted(factors, reverse=True), strict=True)), floor=floor,
        cap=floor + more, round_to=step, kinds={"phone": Terms(bonus, "none")},
    )  # fmt: skip
    known = of({one: paise for one, (paise, _) in worth.items()}, {one: part for one, (_, part) in worth.items()}, cost)
    found = [reward("phone", condition, tariff, known) for condition in CONDITIONS]
    for one in found:
        assert sum(line.paise for line in one.lines) == one.paise
        assert one.paise % step == 0
        assert floor - step < one.paise < tariff.cap + step
        assert read_reward(one.text()) == one
    assert [one.paise for one in found] == sorted((one.paise for one in found), reverse=True)
    assert sum(line.paise for line in together(found)) == sum(one.paise for one in found)


@given(st.lists(st.fractions(-1000, 1000), min_size=1, max_size=12))
def test_the_largest_remainder_is_exact(parts: list[Fraction]) -> None:
    total = round(sum(parts, Fraction(0)))
    parts[0] += total - sum(parts, Fraction(0))
    found = largest_remainder(total, parts)
    assert sum(found) == total
    assert all(abs(whole - part) < 1 for whole, part in zip(found, parts, strict=True))


@given(st.integers(1, 1000))
def test_a_device_never_holds_more_than_it_weighs(grams: int) -> None:
    kind = catalogue().kinds[0]
    held = content(kind, grams)
    assert sum(held.values()) <= grams * 1_000_000
    if grams > 17:
        assert held == content(kind)
