"""The auction: awards as the rules make them, certain plants by hand, the winner's curse, spend within the outlay."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.scheme.auction import BY_BIDDER, Failing, awards, compare, expected_awards, simulate, summary
from chumbak.scheme.award import Bid, award
from chumbak.scheme.bidders import Behaviour, Bidders, Unsure, best_of, draw_bidders
from chumbak.scheme.bidders import plants as plants_of
from chumbak.scheme.break_even import break_even_bids
from chumbak.scheme.cashflow import play
from chumbak.scheme.draws import Draws, sample
from chumbak.scheme.instruments import (
    INSTRUMENTS,
    Plants,
    capital_spent,
    instruments,
    least_bids,
    on_running,
    values,
    within_total,
)
from chumbak.scheme.instruments import bare as bare_flows
from chumbak.scheme.project import Money, PlantProject, ProjectError
from chumbak.scheme.rules import SchemeError
from chumbak.scheme.support import AssuredPurchase, CapitalSubsidy, PriceFloor, Support, scheme_support
from tests.scheme.plants import plain, terms, usual
from tests.scheme.test_award import FEW, TERMS

SIZES = (600.0, 800.0, 1200.0)
STILL = replace(usual(), market=replace(usual().market, volatility=0.0))  # prices come as everybody expects
DEAR = replace(STILL, conversion=2400.0)  # needs support whatever is drawn, so that no bid is 0
UNSURE = ("margin", "capital", "ramp")
OPEN = terms(ceiling=20_000.0, sales_share=1.0, total_per_t=1e8)  # no cap keeps a bidder away
TINY_AWARD = replace(
    TERMS, most_awards=2, most_tonnes=2, least=1, largest=1, step=1, outlay_incentive=2.15e7, outlay_capital=0.0
)  # fmt: skip
NOT_CAPITAL = terms(capital_share=0.0)


def field(noise: float = 0.0, shade: float = 0.0, common: float = 0.5, **more: Any) -> Bidders:
    unsure = {name: Unsure(common, noise) for name in UNSURE}
    return Bidders(**{"count": 20, "unsure": unsure, "sizes": SIZES, "behaviours": (Behaviour(0.05, shade),), **more})


def auctions(bidders: Bidders, draws: int = 150, **more: Any) -> xr.Dataset:
    return simulate(DEAR, replace(TERMS, outlay_incentive=1e13), OPEN, bidders, draws, **more)


def certain(**changed: Any) -> PlantProject:
    """Return a plant that runs ten years at the same prices, in money that keeps its worth."""
    return plain(**{"money": Money(discount=0.0, equity=0.0), "ranges": {"margin": (1900.0, 2100.0)}, **changed})


def one_each(project: PlantProject, instrument: str = "scheme", **more: Any) -> xr.Dataset:
    behaviours = more.pop("behaviours", (Behaviour(),))
    alike = Bidders(3, {}, (1.0,), behaviours)
    return simulate(project, TINY_AWARD, NOT_CAPITAL, alike, 1, instrument=instrument, **more)


# awards of many draws at once are those of ``award``


@pytest.mark.parametrize(
    ("last_fit", "match", "tie", "split"),
    list(itertools.product(("refuse", "cut", "rebid"), (False, True), ("larger", "smaller", "earlier", "lot"),
                           ("award", "equal"))),
)  # fmt: skip
def test_awards_are_those_of_award(last_fit: str, match: bool, tie: str, split: str) -> None:
    rng = np.random.default_rng(7)
    for base in (TERMS, FEW, replace(FEW, most_tonnes=2750, most_awards=3), replace(TERMS, assured_to=1)):
        played = replace(base, last_fit=last_fit, match_lowest=match, tie=tie, assured_split=split)
        shape = (12, 9)
        tonnes = np.array(rng.integers(6, 13, shape) * 100, dtype=np.float64)
        rate = np.array(
            rng.integers(18, 24, shape) * 100, dtype=np.float64
        )  # few rates, so that there are ties; some above the ceiling
        rate[rng.random(shape) < 0.15] = np.nan
        names = [f"B{at}" for at in range(shape[1])]
        lots = np.stack([np.random.default_rng(seed).permutation(shape[1]) for seed in range(shape[0])])
        found = awards(rate, tonnes, played, lots.astype(float))
        for draw in range(shape[0]):
            bids = [
                Bid(name, size, None, 1e3, 1e3, 1.0, "fail") if np.isnan(asked)
                else Bid(name, size, asked, 1e3, 1e3, 1.0, "pass")
                for name, size, asked in zip(names, tonnes[draw].tolist(), rate[draw].tolist(), strict=True)
            ]  # fmt: skip
            wanted = award(bids, played, seed=draw).rows
            assert found.tonnes[draw].tolist() == [row.awarded for row in wanted]
            assert found.paid[draw] == pytest.approx(
                [np.nan if r.paid is None else r.paid for r in wanted], nan_ok=True
            )
            assert found.assured[draw] == pytest.approx([row.assured for row in wanted])


@pytest.mark.parametrize("last_fit", ["refuse", "cut", "rebid"])
@pytest.mark.parametrize("tie", ["larger", "smaller", "earlier", "lot"])
def test_raising_a_bid_never_turns_a_loser_into_a_winner(last_fit: str, tie: str) -> None:
    rng = np.random.default_rng(3)
    played = replace(TERMS, most_tonnes=2750, last_fit=last_fit, tie=tie)
    shape = (200, 9)
    tonnes = np.array(rng.integers(6, 13, shape) * 100, dtype=np.float64)
    rate = np.array(rng.integers(18, 22, shape) * 100, dtype=np.float64)
    lot = rng.random(shape)
    lost = awards(rate, tonnes, played, lot).tonnes == 0
    for bidder in range(shape[1]):
        for more in (0.5, 100.0, 300.0):
            raised = rate.copy()
            raised[:, bidder] += more
            again = awards(raised, tonnes, played, lot).tonnes[:, bidder]
            assert np.all(again[lost[:, bidder]] == 0)


@pytest.mark.parametrize("last_fit", ["refuse", "cut", "rebid"])
def test_the_order_of_bidders_changes_nothing_but_a_tie(last_fit: str) -> None:
    rng = np.random.default_rng(4)
    played = replace(TERMS, most_tonnes=2750, last_fit=last_fit)
    shape = (200, 9)
    tonnes = np.array(rng.integers(6, 13, shape) * 100, dtype=np.float64)
    rate = 1800 + 300 * rng.random(shape)
    order = rng.permutation(shape[1])
    first, second = awards(rate, tonnes, played), awards(rate[:, order], tonnes[:, order], played)
    for name in ("tonnes", "paid", "assured"):
        assert getattr(second, name) == pytest.approx(getattr(first, name)[:, order], nan_ok=True)


def test_sizes_that_cannot_be_bid_for_and_a_lot_not_given() -> None:
    rate = np.full((1, 1), 1000.0)
    with pytest.raises(SchemeError, match="none of 600 to 1200 t/year in steps of 100"):
        awards(rate, np.full((1, 1), 650.0), TERMS)
    with pytest.raises(SchemeError, match="no lot is given"):
        awards(rate, np.full((1, 1), 600.0), replace(TERMS, tie="lot"))


def test_expected_awards_are_held_by_count_and_by_tonnes() -> None:
    assert expected_awards(TERMS, (600.0,)) == 5
    assert expected_awards(TERMS, (1200.0,)) == 5
    assert expected_awards(FEW, (600.0, 1200.0)) == 2


# certain plants by hand


# Capital 5 million; ten years of (3,000 - 1,000 - 1,700) x 1,000 kg = 0.3 million: 2 million are missing. Five years of
# 1,000 kg: 400 a kg.
LACKING = certain(conversion=1700.0)


@pytest.mark.parametrize(
    ("instrument", "bid"),
    [("scheme", 400.0), ("incentive", 400.0), ("capital", 2e6), ("floor", 3400.0), ("purchase", 3400.0)],
)
def test_a_certain_plant_bids_what_it_lacks(instrument: str, bid: float) -> None:
    data = one_each(LACKING, instrument)
    assert data["bid"].values == pytest.approx(np.full((1, 3), bid))
    assert data["awarded"].values.tolist() == [[1.0, 1.0, 0.0]]  # equal bids: as listed
    won = data.isel(draw=0, bidder=slice(0, 2))
    assert won["outlay"].values == pytest.approx([2e6, 2e6])
    assert won["expected"].values == pytest.approx([0, 0], abs=1e-2)
    assert won["realised"].values == pytest.approx([0, 0], abs=1e-2)
    assert won["delivered"].values.tolist() == [6.0, 6.0]  # years one to six of the scheme's seven
    assert won["runs"].values.tolist() == [11.0, 11.0]
    told = summary(data)
    assert float(told["spend"]) == pytest.approx(4e6)
    assert float(told["cost_of_delivered"]) == pytest.approx(2e6 / 6)
    assert float(told["cost_of_alive"]) == pytest.approx(2e6)
    assert float(told["failed"]) == 0


def test_a_margin_is_a_share_of_the_capital() -> None:
    data = one_each(LACKING, behaviours=(Behaviour(margin=0.1),))
    assert float(data["bid"][0, 0]) == pytest.approx(500)
    assert float(summary(data)["expected_margin"]) == pytest.approx(0.1)
    assert float(summary(data)["realised_margin"]) == pytest.approx(0.1)


def test_who_cannot_break_even_stays_away_or_bids_the_ceiling() -> None:
    # 40 % of 3,000 are 1,200 a kg: six million at most; eight are missing
    data = one_each(certain(conversion=2300.0), behaviours=(Behaviour(), Behaviour(at_ceiling=True)))
    assert np.isnan(data["bid"].values).tolist() == [[True, False, True]]
    assert float(data["bid"][0, 1]) == 2150
    assert float(data["built"][0, 1]) == 0
    assert float(data["outlay"][0, 1]) == 0
    told = summary(data)
    assert float(told["failed"]) == 1
    assert float(told["alive_t"]) == 0
    assert np.isnan(float(told["cost_of_alive"]))


def test_an_auction_to_which_nobody_comes() -> None:
    for data in (one_each(certain(conversion=2300.0)), auctions(field(technical=0.0), 3)):
        told = summary(data)
        assert [float(told[name]) for name in ("bids", "awards", "spend", "alive_t")] == [0, 0, 0, 0]
        assert all(np.isnan(float(told[name])) for name in ("failed", "cost_of_alive", "curse_margin"))


def test_a_winner_that_bears_its_loss_is_built() -> None:
    # At 1,200 a kg it gets 6 million; eight are missing: it loses two. From year seven on each year loses 0.3 million,
    # so that it closes, and loses 0.8 million, 0.16 of its capital.
    project, bold = certain(conversion=2300.0), (Behaviour(at_ceiling=True),)
    best = -5e6 - 6 * 0.3e6 + 6e6  # closed after year six
    assert float(one_each(project, behaviours=bold, failing=Failing(0.15))["built"][0, 0]) == 0
    data = one_each(project, behaviours=bold, failing=Failing(0.17))
    assert best == pytest.approx(-0.16 * 5e6)
    assert float(data["built"][0, 0]) == 1
    assert float(data["runs"][0, 0]) == 7
    assert float(data["alive"][0, 0]) == 0
    assert float(data["realised"][0, 0]) == pytest.approx(-2e6)


def test_a_plant_that_lives_on_support_alone_closes_when_it_ends() -> None:
    # Each year loses 0.1 million; capital 1 million: 2 million are missing over ten years, 400 a kg
    data = one_each(certain(conversion=2100.0, capital=1e6))
    assert float(data["bid"][0, 0]) == pytest.approx(400)
    assert data["runs"].values[0, :2].tolist() == [7.0, 7.0]
    assert data["alive"].values[0, :2].tolist() == [0.0, 0.0]
    assert data["outlay"].values[0, :2] == pytest.approx([2e6, 2e6])


def test_prices_that_come_otherwise_than_expected_are_no_curse() -> None:
    moving = replace(usual(), market=replace(usual().market, volatility=0.4))
    data = simulate(moving, TERMS, OPEN, field(0.0), 50)
    told = summary(data)
    assert float(told["curse_margin"]) == pytest.approx(0, abs=1e-9)
    assert float(told["expected_margin"]) != pytest.approx(float(told["realised_margin"]), abs=1e-3)


# what is paid is what the supports of a plant pay


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_payments_are_those_of_the_supports(name: str) -> None:
    project = replace(usual(), taken=0.8, capacity=1200.0)
    given, loose = terms(), replace(TERMS, outlay_incentive=1e14)  # so that no total binds
    chosen = instruments(project, loose, given)[name]
    bid = {"capital": 2e6, "floor": 5500.0, "purchase": 5500.0}.get(name, 1500.0)
    wanted = {
        "scheme": scheme_support(given, bid, 1200.0),
        "incentive": scheme_support(replace(chosen.terms, capital_share=0.0, total_per_t=1e12), bid, 1200.0),
        "capital": Support(capital=CapitalSubsidy(1.0, 0.0, ((np.inf, bid * 1200.0),))),
        "floor": Support(floor=PriceFloor(bid, 1200.0, 2, 5)),
        "purchase": Support(purchase=AssuredPurchase(bid, 1200.0, 2, 5)),
    }[name]
    flows = play(replace(project, eligible=1.0) if name == "capital" else project, wanted)
    plants = Plants(project, Draws(1), np.array([1200.0]))
    mine = bare_flows(chosen, plants, np.array([bid]))
    due = on_running(chosen, plants, mine, np.array([bid]))
    assert due + mine.subsidy == pytest.approx(flows.outlay)
    assert mine.trade.kg == pytest.approx(flows.trade.kg)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_the_least_bid_is_that_at_which_the_plant_is_worth_its_margin(name: str) -> None:
    given, project = terms(), replace(usual(), conversion=1500.0)
    chosen = instruments(project, TERMS, given)[name]
    drawn = sample(project, 60, 3).fixing(capacity=1200.0)
    plants = Plants(project, drawn, np.full(60, 1200.0))
    margin = np.full(60, 0.1)
    bid = least_bids(chosen, plants, margin)
    asked = np.isfinite(bid) & (bid > 0)
    assert 5 < np.sum(asked) < 60
    worth = values(chosen, plants, np.where(np.isnan(bid), chosen.ceiling, bid)) - margin * capital_spent(plants)
    assert worth[asked] == pytest.approx(0, abs=10.0)  # of thousands of millions
    assert np.all(worth[bid == 0] >= 0)
    assert np.all(worth[np.isnan(bid)] < 0)
    if name == "scheme":
        wanted = break_even_bids(project, scheme_support(given, 0.0, 1200.0), drawn)
        found = least_bids(chosen, plants, np.zeros(60))
        assert found == pytest.approx(wanted, nan_ok=True, abs=1e-5)


def test_a_floor_is_paid_back_where_the_price_is_above_it() -> None:
    chosen = instruments(usual(), TERMS, terms())["floor"]
    plant = Plants(usual(), Draws(1), np.array([600.0]))
    flows = bare_flows(chosen, plant, np.zeros(1))
    strike = float((flows.trade.price / flows.index)[0, 2:7].min())  # the last years' prices are above
    due = on_running(chosen, plant, flows, np.array([strike]))
    wanted = play(usual(), Support(floor=PriceFloor(strike, 600.0, 2, 5))).floor
    assert due == pytest.approx(wanted)
    assert due.min() < 0


def test_twice_the_plant_is_worth_twice_as_much() -> None:
    chosen = instruments(usual(), TERMS, terms())["incentive"]
    tonnes = np.array([600.0, 1200.0])
    drawn = plants_of(usual(), ("margin",), np.ones((1, 2)), tonnes)
    worth = values(chosen, Plants(usual(), drawn, tonnes), np.full(2, 1000.0))
    assert worth[1] == pytest.approx(2 * worth[0])


def test_payments_within_a_total_come_first_first() -> None:
    due = np.array([[0.0, 3.0, 4.0, 5.0]])
    assert within_total(due, 8.0).tolist() == [[0.0, 3.0, 4.0, 1.0]]
    assert within_total(due, 100.0).tolist() == due.tolist()


# the winner's curse


def test_without_noise_there_is_no_curse() -> None:
    told = summary(auctions(field(0.0)))
    assert float(told["curse_margin"]) == pytest.approx(0, abs=1e-9)
    assert float(told["expected_margin"]) == pytest.approx(float(told["realised_margin"]), abs=1e-9)
    assert told["signal_error"].values.tolist() == [0, 0, 0]
    assert float(told["failed"]) == 0


def test_more_noise_is_more_curse() -> None:
    found = [summary(auctions(field(noise))) for noise in (0.0, 0.25, 0.5, 1.0)]
    curses = [float(one["curse_margin"]) for one in found]
    assert curses == sorted(curses)
    assert curses[-1] > 4 * curses[1] > 0
    errors = [float(one["signal_error"].sel(figure="margin")) for one in found]
    assert errors == sorted(errors)
    failed = [float(one["failed"]) for one in found]
    assert failed == sorted(failed)


def test_shading_reduces_the_curse() -> None:
    none, half, whole = (summary(auctions(field(0.5, shade))) for shade in (0.0, 0.5, 1.0))
    curses = [float(one["curse_margin"]) for one in (none, half, whole)]
    assert curses[0] > curses[1] > abs(curses[2])
    assert abs(curses[2]) < 0.25 * curses[0]
    assert float(whole["failed"]) < float(half["failed"]) < float(none["failed"])
    dearer = auctions(field(0.5, 1.0))["bid"].mean() > auctions(field(0.5, 0.0))["bid"].mean()
    assert bool(dearer)


def test_shading_takes_off_what_winners_err_by() -> None:
    bidders = Bidders(20, {"margin": Unsure(0.5, 0.5)}, (1200.0,), (Behaviour(0.05),))
    drawn = draw_bidders(DEAR, replace(bidders, behaviours=(Behaviour(0.05, 1.0),)), 5, 2, 0)
    told = summary(auctions(bidders, 600))
    assert float(told["signal_error"][0]) == pytest.approx(float(drawn.shaded[0, 0]), rel=0.05)


def test_the_best_of_many_against_the_exact_means() -> None:
    # Expected values of the two largest of ten standard normal numbers, by integrating their densities
    assert best_of(10, 1) == pytest.approx(1.53875, abs=0.01)
    assert best_of(10, 2) == pytest.approx((1.53875 + 1.00136) / 2, abs=0.01)
    assert best_of(7, 7) == pytest.approx(0, abs=1e-12)


# what always holds


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_what_is_spent_by_year_is_what_is_spent_by_bidder(instrument: str) -> None:
    data = auctions(field(0.5), 20, instrument=instrument)
    by_bidder = data["outlay"].where(data["awarded"] > 0, 0.0).sum("bidder")
    assert data["spend"].sum("year").values == pytest.approx(by_bidder.values)
    assert data["spend"].attrs["units"] == "INR"
    assert float(abs(data["spend"].sel(year=slice(2034, None))).sum()) == 0  # seven years from the award in 2027


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@pytest.mark.parametrize("share", [1.0, 0.02])
def test_spend_is_never_above_the_outlay(instrument: str, share: float) -> None:
    bold = field(1.0, behaviours=(Behaviour(0.05, 0.0, True), Behaviour()))
    scarce = replace(TERMS, outlay_incentive=share * 6.45e10, outlay_capital=share * 7.5e9, assured_to=0)
    given = terms(early_sales=True, above_award=True, total_per_t=1e9)
    data = simulate(usual(), scarce, given, bold, 40, 3, instrument, Failing(100.0))
    spend = data["outlay"].where(data["awarded"] > 0, 0.0).sum("bidder")
    outlay = share * (6.45e10 + 7.5e9)
    assert float(spend.max()) <= outlay * (1 + 1e-12)
    assert float(data["awarded"].sum("bidder").max()) <= TERMS.most_tonnes
    if share < 1 and instrument == "scheme":
        assert float(spend.max()) == pytest.approx(outlay)  # it binds


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    one, same, other = (auctions(field(0.5), 20, seed=seed) for seed in (4, 4, 5))
    for name in one.data_vars:
        assert one[name].values.tobytes() == same[name].values.tobytes()
    assert one["bid"].values.tobytes() != other["bid"].values.tobytes()


def test_more_draws_keep_those_before() -> None:
    few, more = auctions(field(0.5), 5), auctions(field(0.5), 9)
    assert more["bid"].isel(draw=slice(0, 5)).values == pytest.approx(few["bid"].values, nan_ok=True)


def test_draws_in_blocks_are_draws_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = auctions(field(0.5), 30)
    monkeypatch.setattr("chumbak.scheme.auction.CHUNK", 7)
    monkeypatch.setattr("chumbak.scheme.instruments.CHUNK", 11)
    parts = auctions(field(0.5), 30)
    for name in BY_BIDDER:
        assert parts[name].values == pytest.approx(whole[name].values, nan_ok=True, rel=1e-6, abs=1e-3)


def test_the_same_money_in_other_ways() -> None:
    found = compare(STILL, TERMS, terms(), field(0.3), 30)
    assert found["instrument"].values.tolist() == list(INSTRUMENTS)
    assert (found["most_spend"] <= found["outlay"]).all()
    assert (found["alive_t"] <= found["built_t"] + 1e-9).all()
    assert found["cost_of_alive"].attrs["units"] == "INR*year/t"
    # where the market has a buyer for all, the two differ in nothing
    assert float(found["spend"].sel(instrument="floor")) == float(found["spend"].sel(instrument="purchase"))
    all_money = (TERMS.outlay_incentive + TERMS.outlay_capital) / TERMS.most_tonnes
    assert {one.total_per_t for one in instruments(STILL, TERMS, terms()).values()} == {all_money, 1000 * 5 * 2150.0}


def test_assured_input_at_a_price_helps_the_lowest_winners() -> None:
    dear, cheap = (auctions(field(0.3), 20, assured_price=price) for price in (None, 1000.0))
    assert dear["bid"].values.tobytes() == cheap["bid"].values.tobytes()  # nobody counts on it
    more = (cheap["realised"] - dear["realised"]).where(dear["awarded"] > 0)
    assert float(more.where(dear["assured"] > 0).min()) > 0
    assert float(abs(more.where(dear["assured"] == 0)).max()) == pytest.approx(0, abs=1e-3)


def test_every_number_has_a_unit_and_says_what_it_is() -> None:
    data = auctions(field(0.5), 3)
    for found in (data, summary(data)):
        assert all({"units", "long_name"} <= set(one.attrs) for one in found.data_vars.values())
    assert data["bid"].attrs["units"] == "INR/kg"
    assert data.attrs["rests_on"] == "R12; R13a; R13c"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ProjectError, match="'tariff' is unsure to bidders but has no range"):
        auctions(field(unsure={"tariff": Unsure()}))
    with pytest.raises(SchemeError, match="'gift' is no instrument"):
        auctions(field(), instrument="gift")
    with pytest.raises(SchemeError, match="ends before its support does"):
        one_each(certain(life=6))
    with pytest.raises(ProjectError, match=r"there is no bidder.*chance to pass.*noise of 'margin'.*shading"):
        Bidders(0, {"margin": Unsure(0.5, -1.0)}, (600.0,), (Behaviour(0.0, 2.0),), technical=2.0)
    with pytest.raises(SchemeError, match="no money to bid for by 'capital'"):
        simulate(STILL, replace(TERMS, outlay_incentive=0.0, outlay_capital=0.0), terms(), field(), 2, 0, "capital")
    with pytest.raises(SchemeError, match="Without years of incentive"):
        simulate(STILL, TERMS, terms(incentive_years=0.0), field(), 2)
