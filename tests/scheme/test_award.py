"""The award: by hand for ties, part fits, too few and too many bidders; and what holds for any bids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.scheme.award import Award, Bid, award, verdicts
from chumbak.scheme.rules import SchemeError
from chumbak.scheme.terms import AwardTerms

TERMS = AwardTerms(
    most_awards=5, most_tonnes=6000, least=600, largest=1200, step=100, ceiling=2150,
    net_worth=((600, 180.0), (800, 245.0), (1000, 310.0), (1200, 375.0)), investment=((600, 300.0), (1200, 600.0)),
    lead_share=0.51, last_fit="refuse", match_lowest=False, tie="larger", assured_tonnes=500, assured_to=3,
    outlay_incentive=6.45e10, outlay_capital=7.5e9, currency="INR", money=("crore INR", 1.0),
    by={"least": "R3", "net_worth": "R7", "last_fit": "R13a", "tie": "R13c"}, rests_on=("R12", "R13a", "R13c"),
)  # fmt: skip
FEW = replace(TERMS, most_tonnes=2000)  # so that a bid can fit in part


def bid(name: str, tonnes: float | None, rate: float | None, **more: Any) -> Bid:
    given = {"net_worth": 1e3, "investment": 1e3, "lead_share": 1.0, "technical": "pass", **more}
    return Bid(name, tonnes, rate, **given)


def won(found: Award) -> dict[str, float]:
    return {row.bid.bidder: row.awarded for row in found.winners}


def said(found: Award, name: str) -> str:
    return next(row.sentence for row in found.rows if row.bid.bidder == name)


# too few, too many


def test_too_few_bidders_leave_tonnes_over() -> None:
    found = award([bid("B", 600, 2000), bid("A", 1200, 1000)], TERMS)
    assert won(found) == {"A": 1200, "B": 600}
    assert list(won(found)) == ["A", "B"]
    assert (found.tonnes, found.awards, found.left, found.places_left) == (1800, 2, 4200, 3)
    assert found.yearly_incentive == pytest.approx(1200e3 * 1000 + 600e3 * 2000)
    assert said(found, "B") == (
        "L2 at 2,000 INR/kg: awarded the 600 t/year bid for, paid 2,000 INR/kg; "
        "166.67 t/year of oxide are assured to it."
    )


def test_none_at_all() -> None:
    found = award([], TERMS)
    assert (found.rows, found.tonnes, found.left, found.yearly_incentive) == ((), 0, 6000, 0)


def test_too_many_bidders_are_taken_from_the_lowest_until_five() -> None:
    found = award([bid(f"B{n}", 600, 1000 + 10 * n) for n in range(20)], TERMS)
    assert list(won(found)) == ["B0", "B1", "B2", "B3", "B4"]
    assert found.left == 3000
    assert said(found, "B5") == "L6 at 1,050 INR/kg: no award, as all 5 awards went to bids before it."
    assert [row.place for row in found.rows] == list(range(1, 21))
    one = award([bid("A", 600, 1000), bid("B", 600, 1001)], replace(TERMS, most_awards=1))
    assert said(one, "B") == "L2 at 1,001 INR/kg: no award, as the one award went to a bid before it."


def test_five_of_the_largest_fill_the_scheme_to_the_tonne() -> None:
    found = award([bid(f"B{n}", 1200, 1000) for n in range(6)], TERMS)
    assert (found.tonnes, found.left, found.awards) == (6000, 0, 5)


# part fits


def test_a_bid_that_fits_in_part_is_refused_and_the_next_that_fits_is_taken() -> None:
    bids = [bid("A", 1200, 1000), bid("B", 1000, 1100), bid("C", 800, 1200), bid("D", 600, 1300)]
    found = award(bids, FEW)
    assert won(found) == {"A": 1200, "C": 800}
    assert said(found, "B") == (
        "L2 at 1,100 INR/kg: no award, as only 800 t/year were left of the 2,000, and it bid for 1,000 t/year."
    )


def test_a_bid_that_fits_in_part_is_cut_to_what_is_left_in_whole_steps() -> None:
    bids = [bid("A", 1200, 1000), bid("B", 1000, 1100), bid("C", 800, 1200)]
    found = award(bids, replace(FEW, most_tonnes=2050, last_fit="cut"))
    assert won(found) == {"A": 1200, "B": 800}
    assert found.left == 50
    assert said(found, "B").startswith(
        "L2 at 1,100 INR/kg: awarded 800 of the 1,000 t/year bid for, as 850 t/year were left, paid 1,100 INR/kg;"
    )


def test_less_than_the_least_size_is_not_cut_to() -> None:
    found = award([bid("A", 1200, 1000), bid("B", 1000, 1100)], replace(FEW, most_tonnes=1700, last_fit="cut"))
    assert won(found) == {"A": 1200}
    again = award([bid("A", 1200, 1000), bid("B", 1000, 1100)], replace(FEW, most_tonnes=1700, last_fit="rebid"))
    assert [row.outcome for row in again.rows] == ["awarded", "not awarded"]


def test_what_is_left_is_put_to_bid_again_and_a_second_round_fills_it() -> None:
    terms = replace(FEW, last_fit="rebid")
    bids = [bid("A", 1200, 1000), bid("B", 1000, 1100), bid("C", 800, 1200)]
    found = award(bids, terms)
    assert [row.outcome for row in found.rows] == ["awarded", "to bid again", "to bid again"]
    assert said(found, "C") == (
        "L3 at 1,200 INR/kg: no award yet: 800 t/year are left and put to bid again, and it may bid."
    )
    second = replace(terms, most_tonnes=found.left, most_awards=found.places_left)
    assert won(award([bid("B", 800, 1150), bid("C", 800, 1120)], second)) == {"C": 800}


# ties


@pytest.mark.parametrize(
    ("tie", "first", "why"),
    [
        ("larger", "B", "the larger goes first"),
        ("smaller", "A", "the smaller goes first"),
        ("earlier", "C", "the earlier goes first"),
    ],
)
def test_equal_rates_are_parted_by_the_tie_break(tie: str, first: str, why: str) -> None:
    bids = [
        bid("A", 600, 1000, received=dt.date(2026, 8, 13)),
        bid("B", 1200, 1000, received=dt.date(2026, 8, 12)),
        bid("C", 800, 1000, received=dt.date(2026, 8, 11)),
    ]
    found = award(bids, replace(TERMS, tie=tie, most_awards=1))
    assert list(won(found)) == [first]
    assert f"It is tied with B, C: {why}." in said(found, "A")


def test_a_tie_that_nothing_parts_goes_by_the_list_and_is_said() -> None:
    bids = [bid("A", 600, 1000), bid("B", 600, 1000)]
    terms = replace(TERMS, most_awards=1)
    assert list(won(award(bids, terms))) == ["A"]
    assert list(won(award(bids[::-1], terms))) == ["B"]
    assert "those of one size stand as they are listed" in said(award(bids, terms), "A")


def test_a_missing_day_is_said_and_goes_last() -> None:
    bids = [bid("A", 600, 1000), bid("B", 600, 1000, received=dt.date(2026, 8, 12))]
    found = award(bids, replace(TERMS, most_awards=1, tie="earlier"))
    assert list(won(found)) == ["B"]
    assert "cannot be told, as a day is missing" in said(found, "A")


def test_a_lot_needs_a_seed_and_depends_on_it_alone() -> None:
    bids = [bid(name, 600, 1000) for name in "ABCDEFGH"]
    terms = replace(TERMS, tie="lot")
    with pytest.raises(SchemeError, match="needs a seed"):
        award(bids, terms)
    assert won(award(bids, terms, 1)) == won(award(bids[::-1], terms, 1))
    assert len({tuple(won(award(bids, terms, seed))) for seed in range(10)}) > 1
    assert "a lot parts them (seed 1)" in said(award(bids, terms, 1), "A")


def test_rules_that_decided_nothing_are_told_apart() -> None:
    plain = award([bid("A", 600, 1000), bid("B", 600, 1100)], TERMS)
    assert (plain.rests_on, plain.idle) == (("R12",), ("R13a", "R13c"))
    tied = award([bid("A", 1200, 1000), bid("B", 1200, 1000)], FEW)
    assert (tied.rests_on, tied.idle) == (("R12", "R13a", "R13c"), ())


# matching the lowest


def test_higher_bidders_may_have_to_match_the_lowest() -> None:
    bids = [bid("A", 600, 1000), bid("B", 600, 1100), bid("C", 600, 1200, floor=1050), bid("D", 600, 1300, floor=900)]
    found = award(bids, replace(TERMS, match_lowest=True))
    assert {row.bid.bidder: row.paid for row in found.rows} == {"A": 1000, "B": 1000, "C": None, "D": 1000}
    assert "paid the lowest rate of 1,000 INR/kg if it matches that" in said(found, "B")
    assert said(found, "C") == "L3 at 1,200 INR/kg: no award, as it would not match the lowest rate."
    assert "paid the lowest rate of 1,000 INR/kg;" in said(found, "D")
    assert award(bids, TERMS).rows[2].paid == 1200


# oxide


def test_oxide_goes_to_the_three_lowest_in_proportion_to_their_awards() -> None:
    bids = [bid("D", 1200, 1300), bid("A", 1200, 1000), bid("B", 700, 1100), bid("C", 600, 1200)]
    found = award(bids, TERMS)
    assert {row.bid.bidder: row.assured for row in found.rows} == pytest.approx({"A": 240, "B": 140, "C": 120, "D": 0})
    equal = award(bids, replace(TERMS, assured_split="equal"))
    assert [row.assured for row in equal.winners] == pytest.approx([500 / 3] * 3 + [0])


# eligibility


@pytest.mark.parametrize(
    ("change", "result", "reason"),
    [
        ({"tonnes": 650}, "fail", "650 t/year is none of 600 to 1,200 t/year in steps of 100"),
        ({"tonnes": 500}, "fail", "500 t/year is none of"),
        ({"tonnes": 1300}, "fail", "1,300 t/year is none of"),
        ({"tonnes": None}, "cannot tell", "the tonnes bid for are not given"),
        ({"rate": 2150.01}, "fail", "the rate of 2,150.01 INR/kg is above the ceiling of 2,150 INR/kg"),
        ({"rate": 2150}, "pass", "not above the ceiling"),
        ({"rate": None}, "cannot tell", "the rate asked is not given"),
        ({"lead_share": 0.5}, "fail", "the lead member's 50 % of the equity is below the least of 51 %"),
        ({"lead_share": 0.51}, "pass", "not below"),
        ({"lead_share": None}, "cannot tell", "share of the equity is not given"),
        (
            {"net_worth": 244},
            "fail",
            "its net worth of 244 crore INR is below the least of 245 crore INR for 800 t/year",
        ),
        ({"net_worth": 245}, "pass", "not below"),
        ({"net_worth": -5}, "fail", "its net worth of -5 crore INR is below"),
        ({"net_worth": None}, "cannot tell", "its net worth is not given"),
        ({"investment": 599}, "fail", "its eligible investment of 599 crore INR is below the least of 600"),
        ({"investment": None}, "cannot tell", "its eligible investment is not given"),
        ({"technical": "fail"}, "fail", "its technical bid failed"),
        ({"technical": "not yet"}, "not yet", "its technical bid is not yet judged"),
        ({"technical": None}, "cannot tell", "the result of its technical bid is not given"),
    ],
)
def test_a_verdict_of_every_rule(change: dict[str, Any], result: str, reason: str) -> None:
    one = replace(bid("A", 800, 1000), **change)
    found = verdicts(one, TERMS)
    assert len(found) == 6
    assert any(said.result == result and reason in said.reason for said in found)
    (row,) = award([one], TERMS).rows
    assert row.outcome == {"fail": "not eligible", "pass": "awarded"}.get(result, "open")
    assert (row.awarded > 0) == (result == "pass")


def test_verdicts_name_their_rules() -> None:
    found = [one.rule for one in verdicts(bid("A", 800, 1000), TERMS)]
    assert found == ["R3", "ceiling", "lead_share", "R7", "investment", "technical"]


def test_without_a_slab_it_cannot_be_told() -> None:
    one = verdicts(bid("A", 1200, 1000), replace(TERMS, net_worth=((1000, 1.0),)))[3]
    assert (one.result, one.reason) == ("cannot tell", "no least net worth is given for 1,200 t/year")


def test_of_an_open_bid_it_is_said_what_it_would_get() -> None:
    bids = [bid("A", 1200, 1000), bid("B", 800, 900, net_worth=None), bid("C", 600, 2000, technical="not yet")]
    found = award(bids, replace(FEW, most_awards=1))
    assert won(found) == {"A": 1200}
    assert said(found, "B") == (
        "No award yet: its net worth is not given. If it passes, it would stand at L1 and be awarded 800 t/year."
    )
    assert said(found, "C").endswith("Even if it passes, it would stand at L2 and get no award.")
    assert found.open_bidders == ("B",)
    unplaced = award([bid("A", 1200, None)], TERMS)
    assert unplaced.rows[0].sentence == "No award yet: the rate asked is not given. It cannot be placed in line."
    assert unplaced.open_bidders == ("A",)
    again = award([bid("A", 1200, 1000), bid("B", 1200, 1100, technical=None)], replace(FEW, last_fit="rebid"))
    assert again.rows[1].sentence.endswith("could bid again for what is left.")


@pytest.mark.parametrize(
    ("bids", "says"),
    [
        ([bid("A", 600, 1), bid("A", 600, 2)], "Two bids are of 'A'"),
        ([bid("A", float("nan"), 1)], "The tonnes of 'A' is not a number"),
        ([bid("A", 600, -1)], "The rate of 'A' is -1, below 0"),
        ([bid("A", 600, 1, technical="maybe")], "Say one of: pass, fail, not yet"),
    ],
)
def test_bids_that_cannot_be(bids: Sequence[Bid], says: str) -> None:
    with pytest.raises(SchemeError) as error:
        award(bids, TERMS)
    assert says in str(error.value)


# what holds for any bids

RATES = st.integers(min_value=0, max_value=8).map(lambda step: 1900.0 + 50 * step)
DAYS = st.none() | st.integers(min_value=1, max_value=3).map(lambda day: dt.date(2026, 8, day))
BIDS = st.builds(
    lambda tonnes, rate, worth, technical, received, floor: Bid(
        "", tonnes, rate, worth, 1e3, 1.0, technical, received, floor
    ),
    st.sampled_from([600.0, 700.0, 900.0, 1000.0, 1200.0, 650.0, None]),
    RATES,
    st.sampled_from([1e3, 1e3, 1e3, 200.0, None]),
    st.sampled_from(["pass", "pass", "pass", "fail", "not yet", None]),
    DAYS,
    st.none() | RATES,
)
LISTS = st.lists(BIDS, max_size=12).map(
    lambda bids: [replace(one, bidder=f"B{at}") for at, one in enumerate(bids)],
)
ANY_TERMS = st.builds(
    lambda awards, tonnes, fit, tie, match: replace(
        TERMS, most_awards=awards, most_tonnes=tonnes, last_fit=fit, tie=tie, match_lowest=match
    ),
    st.integers(min_value=0, max_value=6),
    st.sampled_from([500.0, 1500.0, 2050.0, 3000.0, 6000.0]),
    st.sampled_from(["refuse", "cut", "rebid"]),
    st.sampled_from(["larger", "smaller", "earlier", "lot"]),
    st.booleans(),
)


CLOSE = st.lists(
    st.tuples(st.sampled_from([600.0, 700.0, 900.0, 1000.0, 1200.0]), st.sampled_from([1900.0, 1950.0]), DAYS),
    min_size=3, max_size=8,
).map(lambda cells: [bid(f"B{at}", one[0], one[1], received=one[2]) for at, one in enumerate(cells)])  # fmt: skip


@settings(max_examples=500)
@given(LISTS | CLOSE, ANY_TERMS)
def test_raising_a_bid_never_turns_a_loser_into_a_winner(bids: list[Bid], terms: AwardTerms) -> None:
    for at, row in enumerate(award(bids, terms, seed=3).rows):
        for more in (0.5, 50.0, 400.0) if row.awarded == 0 else ():
            raised = [replace(one, rate=(one.rate or 0) + more) if one is row.bid else one for one in bids]
            assert award(raised, terms, seed=3).rows[at].awarded == 0


@settings(max_examples=300)
@given(LISTS, ANY_TERMS)
def test_awards_are_never_over_the_caps(bids: list[Bid], terms: AwardTerms) -> None:
    found = award(bids, terms, seed=3)
    assert found.awards <= terms.most_awards
    assert found.tonnes <= terms.most_tonnes
    assert found.left == pytest.approx(terms.most_tonnes - sum(row.awarded for row in found.rows))
    assert sum(row.assured for row in found.rows) == pytest.approx(terms.assured_tonnes if found.awards else 0)
    assert sum(row.assured > 0 for row in found.rows) <= terms.assured_to
    assert found.yearly_incentive <= terms.ceiling * 1000 * terms.most_tonnes + 1e-6
    for row in found.rows:
        assert row.sentence.endswith(".")
        assert row.awarded == 0 or row.awarded in range(600, 1201, 100)
        assert row.awarded <= (row.bid.tonnes or 0)
        assert (row.awarded > 0) == (row.outcome in ("awarded", "cut")) == (row.paid is not None)
        assert row.paid is None or row.paid <= (row.bid.rate or 0)


@settings(max_examples=300)
@given(LISTS, ANY_TERMS, st.randoms(use_true_random=False))
def test_the_order_of_bidders_changes_nothing_but_a_tie(bids: list[Bid], terms: AwardTerms, order: Any) -> None:
    if terms.tie != "lot":  # a lot parts all ties; else there must be none
        bids = [replace(one, rate=(one.rate or 0) + at) for at, one in enumerate(bids)]
    shuffled = list(bids)
    order.shuffle(shuffled)
    first, second = award(bids, terms, seed=5), award(shuffled, terms, seed=5)
    fates = {row.bid.bidder: (row.outcome, row.place, row.awarded, row.paid, row.assured) for row in first.rows}
    assert fates == {
        row.bid.bidder: (row.outcome, row.place, row.awarded, row.paid, row.assured) for row in second.rows
    }
