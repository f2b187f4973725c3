from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.settle.assays import fee_shares, settled, umpire
from chumbak.exchange.settle.reckon import Deal, expected, price_lines, shown
from chumbak.exchange.settle.terms import SAMPLE, Terms, TermsError, read_terms
from chumbak.exchange.settle.weights import Weighing, weighed

PPM = st.integers(0, 1_000_000)
LIMIT = Fraction("0.03")
TERMS = read_terms(SAMPLE.read_text(encoding="utf-8"))
SHARES = (TERMS.weight_tolerance, TERMS.load_tolerance)


@pytest.mark.parametrize(
    ("seller", "buyer", "referee", "counts", "by", "seller_pays"),
    [
        (280_000, 274_000, None, 277_000, "mean", 0),  # 6,000 apart, 8,310 allowed
        (280_000, 260_000, None, 270_000, "no referee", 0),
        (280_000, 260_000, 278_000, 279_000, "referee", 0),  # between, nearer the seller: mean of 280 and 278
        (280_000, 260_000, 270_000, 270_000, "referee", Fraction(1, 2)),  # right in the middle
        (280_000, 260_000, 290_000, 280_000, "referee", 0),  # outside: the nearer side's
        (280_000, 260_000, 250_000, 260_000, "referee", 1),
        (280_000, None, None, 280_000, "seller alone", 0),
        (None, None, None, 250_000, "sold", 0),
    ],
)  # fmt: skip
def test_assays_by_hand(seller, buyer, referee, counts, by, seller_pays) -> None:  # type: ignore[no-untyped-def]
    found = settled(seller, buyer, referee, LIMIT, 250_000)
    assert (found.ppm, found.by, found.seller_pays) == (counts, by, seller_pays)


@given(PPM, PPM, PPM)
def test_what_counts_lies_between_both_sides(seller: int, buyer: int, referee: int) -> None:
    found = umpire(seller, buyer, referee)
    assert min(seller, buyer) <= found <= max(seller, buyer)
    assert found == umpire(buyer, seller, referee)
    assert abs(found - referee) <= max(abs(seller - referee), abs(buyer - referee))
    assert sum(fee_shares(seller, buyer, referee)) == 1


def test_weights_agree_within_the_share_or_the_scales() -> None:
    sent = Weighing(15_000_000, 5_000_000, 1000, "AB-12")
    same = weighed(sent, Weighing(14_960_000, 5_000_000, 1000, "ab 12"), *SHARES)
    assert (same.net_g, same.agree, same.seal_good, same.allowed_g) == (9_980_000, True, True, 50_000)
    off = weighed(sent, Weighing(14_940_000, 5_000_000, 1000, "AB-12"), *SHARES)
    assert not off.agree
    rough = weighed(sent, Weighing(14_945_000, 5_000_000, 20_000, "AB-12"), *SHARES)
    assert rough.agree  # 2 sqrt(2 * 1000^2 + 2 * 20000^2) = 56.6 kg
    assert rough.allowed_g == 56_639
    assert not weighed(sent, Weighing(14_960_000, 5_000_000, 1000, "AB-13"), *SHARES).seal_good
    assert weighed(sent, None, *SHARES).net_g == 10_000_000


def test_the_price_by_hand() -> None:
    deal = Deal(30_000, "kg", 1_000_000, "Nd", 280_000)
    weight = weighed(
        Weighing(1_500_000, 500_000, 0, "S"),
        Weighing(1_498_000, 500_000, 0, "S", True, 9_000),
        *SHARES,
    )
    lines = price_lines(deal, weight, settled(252_000, 252_000, None, LIMIT, 280_000), TERMS)
    # 999 kg less 9 kg at Rs 300: 297,000; content 90 % of what was sold: -29,700; 10 % short, 5 % free, 5 steps of
    # 0.5 %: 2.5 % of 267,300 = 6,682.50
    assert [line.paise for line in lines] == [29_700_000, -2_970_000, -668_250]
    assert "2.5" in lines[2].values["share"]
    lot = Deal(100_000, "lot", 10_000)
    short = weighed(Weighing(9_500, 0, 0, "S"), None, *SHARES)
    assert [line.paise for line in price_lines(lot, short, None, TERMS)] == [100_000, -5_000]
    near = weighed(Weighing(9_900, 0, 0, "S"), None, *SHARES)
    assert [line.paise for line in price_lines(lot, near, None, TERMS)] == [100_000]
    assert [line.paise for line in price_lines(Deal(5_000, "lot", 0), None, None, TERMS)] == [5_000]
    assert (shown(28_000), shown(1_000_000), shown(5)) == ("2.8", "100", "0.0005")


DEALS = st.builds(
    Deal, st.integers(1, 10**7), st.sampled_from(["lot", "kg"]), st.integers(1, 10**8), st.just("Nd"),
    st.integers(1, 10**6),
)  # fmt: skip
LOADS = st.builds(
    lambda net, tare, foreign: Weighing(net + tare, tare, 10, "S", True, min(foreign, net)),
    st.integers(1, 10**8), st.integers(0, 10**7), st.integers(0, 10**6),
)  # fmt: skip


@given(DEALS, LOADS, LOADS, PPM)
def test_a_price_is_never_below_zero(deal: Deal, sent: Weighing, arrived: Weighing, ppm: int) -> None:
    weight = weighed(sent, arrived, *SHARES)
    price = sum(line.paise for line in price_lines(deal, weight, settled(ppm, ppm, None, LIMIT, deal.ppm), TERMS))
    assert price >= 0
    as_sold = settled(deal.ppm, deal.ppm, None, LIMIT, deal.ppm)
    full = Weighing(deal.grams, 0, 0, "S")
    lines = price_lines(deal, weighed(full, full, *SHARES), as_sold, TERMS)
    assert sum(line.paise for line in lines) == expected(deal)


def test_terms_tell_every_fault() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    wrong = text.replace('"0.8"', "0.8").replace("fund: 48", "fund: soon").replace("referee fee paise", "fee")
    with pytest.raises(TermsError) as error:
        read_terms(wrong, "terms.yaml")
    assert len(str(error.value).splitlines()) == 4
    for text in ("", "a: [", "- 1"):
        with pytest.raises(TermsError):
            read_terms(text)
    assert isinstance(TERMS, Terms)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('escrow share: "1"', 'escrow share: "2"', "'escrow share' is '2'; it is at most 1 and the load"),
        ("assay: 168", "assay: 0", "hours: 'assay' is 0; write a whole number from 1"),
        ('scale uncertainty: "0.005"', 'scale uncertainty: "5"', "'scale uncertainty' is '5'"),
        ('weight tolerance: "0.005"', 'weight tolerance: "0.3"', "more than the load tolerance"),
        ('load tolerance: "0.2"', 'load tolerance: "0.2"\nload tolerance: "0.9"', "'load tolerance' stands twice"),
        ("standing: ", "standing: 2026-13-45 #", "'2026-13-45' is no day"),
    ],
)
def test_terms_that_no_contract_should_have_are_refused(before: str, after: str, said: str) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(TermsError) as error:
        read_terms(text.replace(before, after), "terms.yaml")
    assert said in str(error.value)


def test_terms_that_a_contract_kept_count_as_they_did() -> None:
    old = SAMPLE.read_text(encoding="utf-8").replace('escrow share: "1"', 'escrow share: "2"')
    old = old.replace("assay: 168", "assay: 0").replace('scale uncertainty: "0.005"\n', "")
    kept = read_terms(old, kept=True)
    assert (kept.escrow_share, kept.hours["assay"], kept.scale_uncertainty) == (2, 0, Fraction("0.005"))


@pytest.mark.parametrize(("net", "agree"), [(80_000, True), (79_999, False), (60_000, False), (120_001, False)])
def test_no_stated_uncertainty_hides_a_large_difference(net: int, agree: bool) -> None:
    sent = Weighing(110_000, 10_000, 100_000, "S")
    assert weighed(sent, Weighing(net + 15_000, 15_000, 100, "S"), *SHARES).agree is agree
