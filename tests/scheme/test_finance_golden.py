"""Published worked examples and numbers worked by hand: value, rate of return, depreciation, tax, caps."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest

from chumbak.scheme.break_even import (
    break_even_bid,
    break_even_bids,
    break_even_input_prices,
    break_even_prices,
    rates_of_return,
    ruling_price,
    why_held,
)
from chumbak.scheme.cashflow import play
from chumbak.scheme.draws import Draws
from chumbak.scheme.finance import plant_money
from chumbak.scheme.measures import all_irr, debt_cover, irr, least, npv, payback, rank_correlation
from chumbak.scheme.project import Debt, Tax
from chumbak.scheme.recycler import Certificates, Metal, recycler
from chumbak.scheme.support import (
    AWARDED,
    BID,
    CEILING,
    IDLE,
    OUTSIDE,
    SHARE,
    TOTAL,
    AssuredInput,
    AssuredPurchase,
    CapitalSubsidy,
    Incentive,
    PriceFloor,
    RecyclingAid,
    Selling,
    Support,
    capital_subsidy,
    incentive,
    scheme_support,
)
from chumbak.scheme.tax import block_year, depreciation, taxed
from tests.scheme.plants import CRORE, plain, terms, usual

# Flows and their rates of return, as numpy-financial documents and tests them; the first is of L. J. Gitman,
# Principles of Managerial Finance, Brief, 3rd ed., 2003, p. 348.
PUBLISHED = [
    ([-100, 39, 59, 55, 20], 0.28095),
    ([-100, 0, 0, 74], -0.0955),
    ([-100, 100, 0, -7], -0.0833),
    ([-100, 100, 0, 7], 0.06206),
    ([-5, 10.5, 1, -8, 1], 0.0886),
    ([-250000, 100000, 150000, 200000, 250000, 300000], 0.5672303344358536),
]


@pytest.mark.parametrize(("flows", "rate"), PUBLISHED)
def test_rates_of_return_as_published(flows: list[float], rate: float) -> None:
    found = all_irr(np.array(flows, dtype=float))
    assert any(one == pytest.approx(rate, abs=5e-5) for one in found)
    quick, count = irr(np.array([flows], dtype=float))
    assert count[0] == len([one for one in found if -0.95 < one < 20])
    if len(found) == 1:
        assert quick[0] == pytest.approx(found[0], abs=1e-9)
    else:
        assert np.isnan(quick[0])


def test_the_oil_pump_has_two_rates_of_return() -> None:
    """J. H. Lorie, L. J. Savage, Three problems in rationing capital, Journal of Business 28 (1955): 25 and 400 %."""
    assert all_irr(np.array([-1600.0, 10000.0, -10000.0])) == pytest.approx((0.25, 4.0))
    assert irr(np.array([[-1600.0, 10000.0, -10000.0]]))[1].tolist() == [2]


@pytest.mark.parametrize(
    "flows", [[-100.0, -5.0, -5.0], [10.0, 20.0], [0.0, 0.0], [-100.0, 0.0], [100.0, -150.0, 100.0]]
)
def test_flows_without_a_rate_of_return(flows: list[float]) -> None:
    assert all_irr(np.array(flows)) == ()
    rate, count = irr(np.array([flows]))
    assert np.isnan(rate[0])
    assert count[0] == 0


def test_values_as_numpy_financial_documents_them() -> None:
    """numpy-financial, npv: 40,000 paid, then 5,000, 8,000, 12,000, 30,000, at 8 %: 3065.22 (rounded)."""
    assert npv(0.08, np.array([-40000.0, 5000, 8000, 12000, 30000])) == pytest.approx(3065.22, abs=0.005)


def test_values_and_rates_agree_with_numpy_financial() -> None:
    flows = play(usual(), scheme_support(terms(), 2150.0, 600.0)).cash_project
    assert npv(0.11, flows)[0] == pytest.approx(npf.npv(0.11, flows[0]), rel=1e-12)
    assert irr(flows)[0][0] == pytest.approx(npf.irr(flows[0]), abs=1e-9)


def test_payback_by_hand() -> None:
    flows = np.array([[-100.0, 40, 40, 40], [-100, 100, -50, 20], [5, 5, 5, 5], [-100, 150, -60, 30]])
    assert payback(flows) == pytest.approx([3.5, np.nan, 0, 3 + 1 / 3], nan_ok=True)


def test_debt_cover_by_hand() -> None:
    cover = debt_cover(np.array([[10.0, 15.0, 8.0]]), np.array([[0.0, 10.0, 10.0]]))
    assert cover[0] == pytest.approx([np.nan, 1.5, 0.8], nan_ok=True)
    assert least(cover) == pytest.approx([0.8])
    assert np.isnan(least(np.array([[np.nan]])))[0]


def test_depreciation_of_a_published_tax_example() -> None:
    """Computation under section 32, www.caclubindia.com/forum/tax-doubt-141879.asp (2011).

    Opening block 75,00,000; added, in use for less than 180 days, 10,00,000 with interest before use of 25,000; 15 %:
    11,25,000 + 76,875.
    """
    charge, left, gain = block_year(7_500_000.0, 0.15, late=1_025_000.0)
    assert charge == pytest.approx(1_125_000 + 76_875)
    assert left == pytest.approx(8_525_000 - 1_201_875)
    assert gain == 0


def test_a_block_that_sells_for_more_than_it_holds_has_a_gain() -> None:
    """Opening 1,000, added 55,000 and 35,000 late, sold 75,000 (caclubindia.com forum 44675): 16,000 stay, all late."""
    charge, left, gain = block_year(1000.0, 0.15, added=55_000.0, late=35_000.0, sold=75_000.0)
    assert (charge, left, gain) == (pytest.approx(16_000 * 0.075), pytest.approx(16_000 * 0.925), 0)
    assert block_year(1000.0, 0.15, sold=1500.0) == (0, 0, 500)


def test_depreciation_over_a_life() -> None:
    tax = Tax(rate=0.3, depreciation=0.15, first_year=0.5)
    charge, gain = depreciation(tax, np.array([1000.0]), np.array([0.0]), 2, 3)
    assert charge[0] == pytest.approx([0, 0, 75, 138.75, 117.9375])
    assert gain.sum() == 0
    straight, gain = depreciation(Tax(method="straight line"), np.array([1000.0]), np.array([100.0]), 1, 3)
    assert straight[0] == pytest.approx([0, 300, 300, 300])
    assert gain.sum() == 0


def test_losses_are_carried_for_their_years_and_depreciation_without_limit() -> None:
    tax = Tax(rate=0.25, loss_years=2)
    profit = np.array([[-100.0, 30.0, 0.0, 50.0, 100.0]])
    charge = np.array([[20.0, 0.0, 0.0, 0.0, 0.0]])
    paid, on = taxed(profit, charge, tax)
    # 30 meets the loss of the first year; 70 of it lapse after two years; the 20 of depreciation wait for the fourth.
    assert on[0] == pytest.approx([0, 0, 0, 30, 100])
    assert paid[0] == pytest.approx([0, 0, 0, 7.5, 25])
    assert taxed(profit, charge, Tax(rate=0.25, loss_years=0))[1][0] == pytest.approx([0, 10, 0, 50, 100])


def test_the_net_price_below_which_the_share_of_sales_rules() -> None:
    assert ruling_price(Incentive(terms(), 2150.0, 600.0)) == pytest.approx(5375)
    assert ruling_price(Incentive(terms(), 9999.0, 600.0)) == pytest.approx(5375)
    for price, code in ((5374.0, SHARE), (5376.0, BID)):
        paid = incentive(Incentive(terms(), 2150.0, 600.0), Selling(np.array([[0, 0, 6e5]]), np.full((1, 3), price), 2))
        assert paid.binds[0].tolist() == [IDLE, IDLE, code]
        assert paid.amount[0, 2] == pytest.approx(min(2150, 0.4 * price) * 6e5)


def paid_by_hand(bid: float, kg: list[float], price: float, start: int, **changed: object) -> tuple[list, list]:
    given = Incentive(terms(**changed), bid, 600.0)
    found = incentive(given, Selling(np.array([kg]), np.full((1, len(kg)), price), start))
    return (found.amount[0] / CRORE).round(9).tolist(), found.binds[0].tolist()


def test_the_five_year_ceilings_are_645_and_1290_crore() -> None:
    for tonnes, most in ((600.0, 645.0), (1200.0, 1290.0)):
        kg = np.array([[0, 0, *[tonnes * 1000] * 8]])
        found = incentive(Incentive(terms(), 2150.0, tonnes), Selling(kg, np.full(kg.shape, 9000.0), 2))
        assert found.amount.sum() == pytest.approx(most * CRORE)
        assert found.binds[0].tolist() == [IDLE, IDLE, *[BID] * 5, *[OUTSIDE] * 3]


def test_every_cap_and_where_it_binds() -> None:
    full = 6e5
    # sold from the first year after the award: earns only if early sales do, and never beyond the ceiling of all years
    assert paid_by_hand(1000, [0, *[full] * 3], 9000, 1) == ([0, 0, 60, 60], [IDLE, OUTSIDE, BID, BID])
    assert paid_by_hand(1000, [0, *[full] * 3], 9000, 1, early_sales=True) == ([0, 60, 60, 60], [IDLE, BID, BID, BID])
    amounts, codes = paid_by_hand(2150, [0, *[full] * 7], 9000, 1, early_sales=True)
    assert sum(amounts) == pytest.approx(645)
    assert codes == [IDLE, *[BID] * 5, TOTAL, OUTSIDE]
    assert paid_by_hand(2500, [0, 0, full], 9000, 2) == ([0, 0, 129], [IDLE, IDLE, CEILING])
    assert paid_by_hand(1000, [0, 0, 2 * full], 9000, 2) == ([0, 0, 60], [IDLE, IDLE, AWARDED])
    assert paid_by_hand(1000, [0, 0, 2 * full], 9000, 2, above_award=True) == ([0, 0, 120], [IDLE, IDLE, BID])
    # a late plant loses the years it is late
    assert paid_by_hand(1000, [0, 0, 0, 0, *[full] * 5], 9000, 4)[0] == [0, 0, 0, 0, 60, 60, 60, 0, 0]


def test_fifteen_per_cent_of_a_thousand_crore_meets_the_cap_of_150() -> None:
    given = CapitalSubsidy(0.15, 1200.0, terms().capital_caps)
    found = capital_subsidy(given, np.array([500.0, 1000.0, 1001.0, 2000.0]) * CRORE)
    assert found / CRORE == pytest.approx([75, 150, 150, 150])
    awards = np.array([600.0, 700.0, 800.0, 900.0, 1000.0, 1100.0])
    capped = capital_subsidy(CapitalSubsidy(0.15, awards, terms().capital_caps), np.full(6, 2000 * CRORE))
    assert capped / CRORE == pytest.approx([75, 100, 100, 120, 120, 150])
    with pytest.raises(ValueError, match="above 1,200 t/year: add a step"):
        capital_subsidy(CapitalSubsidy(0.15, 1300.0, terms().capital_caps), np.array([1.0]))


def test_a_plain_plant_by_hand() -> None:
    """Capital 5 million; 1,000 kg at 3,000 - 1,000 - 500: 1.5 million a year for ten years; no tax, no loan."""
    found = plant_money(plain()).isel(draw=0)
    assert found["cash_project"].values == pytest.approx([-5e6, *[1.5e6] * 10])
    annuity = (1 - 1.1**-10) / 0.1
    assert float(found["npv"]) == pytest.approx(-5e6 + 1.5e6 * annuity)
    assert float(found["payback"]) == pytest.approx(1 + 5 / 1.5)
    levelised = 1500 + 5e6 / (1000 * annuity)
    assert float(found["levelised"]) == pytest.approx(levelised)
    assert break_even_prices(plain())[0] == pytest.approx(levelised, rel=1e-9)
    assert break_even_input_prices(plain())[0] == pytest.approx(3000 - levelised + 1000, rel=1e-9)
    assert np.isnan(break_even_input_prices(plain(capital=1e9)))[0]


def test_tax_and_loan_by_hand() -> None:
    project = plain(
        life=2, tax=Tax(rate=0.25, method="straight line"), debt=Debt(share=0.5, rate=0.1, tenor=2), build=(0.5, 0.5)
    )
    flows = play(project)
    # drawn 1.25, then 1.25 with interest of 0.125: 2.625 million; paid back in halves
    assert flows.loan[0] == pytest.approx([1.25e6, 2.625e6, 1.3125e6, 0])
    assert flows.interest[0] == pytest.approx([0, 0, 0.2625e6, 0.13125e6])
    base = 5e6 + 0.125e6
    taxable = np.array([1.5e6 - 0.2625e6, 1.5e6 - 0.13125e6]) - base / 2
    assert flows.tax[0] == pytest.approx([0, 0, 0, 0])  # losses both years
    assert np.all(taxable < 0)
    richer = play(plain(
        life=2, margin=9000.0, tax=Tax(rate=0.25, method="straight line"), debt=Debt(0.5, 0.1, 2), build=(0.5, 0.5)
    ))  # fmt: skip
    assert richer.tax[0, 2:] == pytest.approx(0.25 * (taxable + 7e6))


def test_a_capital_subsidy_lowers_what_is_depreciated() -> None:
    given = Support(capital=CapitalSubsidy(0.2))
    for lowers, base in ((True, 4e6), (False, 5e6)):
        project = plain(tax=Tax(rate=0.25, method="straight line", subsidy_lowers_base=lowers))
        flows = play(project, given)
        assert flows.subsidy[0, 1] == pytest.approx(1e6)
        assert flows.charge[0, 1:].sum() == pytest.approx(base)


def test_the_break_even_bid_is_said_and_so_is_that_there_is_none() -> None:
    lossy = plain(award_year=2025, capital=9.5e6, build=(0.5, 0.5), life=10)
    given = scheme_support(terms(capital_share=0.0), 0.0, 1.0)
    found = break_even_bid(lossy, given)
    assert found.value is not None
    again = play(lossy, scheme_support(terms(capital_share=0.0), found.value, 1.0))
    assert npv(0.1, again.cash_project)[0] == pytest.approx(0, abs=1e-3)
    none = break_even_bid(plain(capital=3e7, build=(0.5, 0.5)), given)
    assert none.value is None
    assert "No bid breaks even" in none.why
    assert "a bid above 1,200 INR/kg adds nothing" in none.why  # 40 % of 3,000
    assert break_even_bid(plain(), given).value == 0
    assert break_even_bids(plain(), given, Draws(3)).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="no sales incentive"):
        break_even_bids(plain(), Support())


def test_why_the_incentive_is_held() -> None:
    project = plain(build=(0.5, 0.5))
    given = scheme_support(terms(), 2150.0, 1.0)
    said = why_held(project, given, play(project, given))
    assert len(said) == 5
    assert said[0] == (
        "2027: the share of net sales holds it: 40% of a net price of 3,000 INR/kg is 1,200, less than 2,150 INR/kg."
    )


def test_the_price_at_which_the_plant_dies() -> None:
    """Variable cost 1,500. With 40 % of sales on top, 1,500 / 1.4; with a bid of 300, 1,200; then 1,500; duty 25 %."""
    project = plain(build=(0.5, 0.5), duty=0.25)
    for bid, during in ((2150.0, 1500 / 1.4), (300.0, 1200.0)):
        found = plant_money(project, scheme_support(terms(), bid, 1.0))["dies_at"].values[0]
        assert np.isnan(found[:2]).all()
        assert found[2:7] == pytest.approx(during / 1.25)
        assert found[7:] == pytest.approx(1500 / 1.25)
    floored = Support(floor=PriceFloor(1600.0, 1.0, 2, 5))
    dead = plant_money(project, floored)["dies_at"].values[0]
    assert dead[2:7] == pytest.approx(0)
    assert dead[7:] == pytest.approx(1500 / 1.25)


def test_other_supports_by_hand() -> None:
    project = plain()
    floored = play(project, Support(floor=PriceFloor(3200.0, 0.5, 1, 2)))
    assert floored.floor[0, :4] == pytest.approx([0, 1e5, 1e5, 0])
    back = play(project, Support(floor=PriceFloor(2900.0, 1.0, 1, 2)))
    assert back.floor[0, :4] == pytest.approx([0, -1e5, -1e5, 0])
    one = play(project, Support(floor=PriceFloor(2900.0, 1.0, 1, 2, two_sided=False)))
    assert one.floor.sum() == 0
    bought = play(plain(taken=0.5), Support(purchase=AssuredPurchase(3500.0, 0.6, 1, 1)))
    assert bought.trade.kg[0, 1:3] == pytest.approx([600 + 400, 500])
    assert bought.outlay[0, 1] == pytest.approx(600 * 500)
    assured = play(project, Support(input=AssuredInput(0.4, 800.0)))
    assert assured.trade.input[0, 1] == pytest.approx(400 * 800 + 600 * 1000)
    assert assured.outlay.sum() == 0


def test_a_recycler_by_hand() -> None:
    """Feed at 300 a kg; 0.3 kg at the market's 1,000, 0.01 kg at 5,000, iron certified at 20: 0.9, 0.8 recovered."""
    plant = plain(input_base=300.0, input_link=0.0, conversion=0.0, capital=1e5)
    metals = (Metal("NdPr", 0.3, 0.9, low=0.8, high=0.95), Metal("Dy", 0.01, 0.8, 5000.0))
    project = recycler(plant, metals, Certificates(20.0, 0.6))
    assert project.margin == pytest.approx(0.01 * 0.8 * 5000 + 12)
    assert project.pass_through == pytest.approx(0.27)
    assert project.ranges == {"pass_through": (pytest.approx(0.24), pytest.approx(0.285))}
    assert play(project).cash_project[0, 1] == pytest.approx(1000 * (270 + 52 - 300))
    assert break_even_input_prices(project)[0] == pytest.approx(322 - 1e5 / 1000 * 0.1 / (1 - 1.1**-10))
    with pytest.raises(ValueError, match="give shares of 1"):
        recycler(plant, (Metal("NdPr", 0.3, 90.0),))


def test_the_aid_to_a_recycler_keeps_its_ceilings() -> None:
    """20 % of the capital and 40 and 60 % of what sales earn, in years 2 and 5: at most 1.1 million, 0.2 on sales."""
    aid = RecyclingAid(0.2, 0.1, {2: 0.4, 5: 0.6}, 1.1e6, 0.2e6)
    flows = play(plain(), Support(recycling=aid))
    assert flows.subsidy[0, 1] == pytest.approx(1e6)
    assert flows.recycling[0].nonzero()[0].tolist() == [2]  # 0.04 x 3 million, held to the 0.1 million that are left
    assert flows.recycling[0, 2] == pytest.approx(0.1e6)
    free = RecyclingAid(0.0, 0.1, {2: 0.4, 5: 0.6}, 9e9, 9e9, sales_before=1e6)
    assert play(plain(), Support(recycling=free)).recycling[0, [2, 5]] == pytest.approx([0.8e5, 1.2e5])


def test_rates_of_return_in_words() -> None:
    assert rates_of_return(plain(), play(plain())).value == pytest.approx(0.2732, abs=1e-4)
    poor = plain(margin=0.0)
    assert "no rate of return" in rates_of_return(poor, play(poor)).why


def test_rank_correlation_as_scipy_has_it() -> None:
    from scipy.stats import spearmanr

    random = np.random.default_rng(3)
    one = random.standard_normal(200)
    other = one + random.standard_normal(200)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert rank_correlation(one, np.ones(200)) == 0
