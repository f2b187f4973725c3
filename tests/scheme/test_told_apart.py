"""What draws tell apart, a guarantee that is forfeited, and where a plant dies once its ceiling is spent."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from chumbak.scheme.auction import Failing, simulate, summary
from chumbak.scheme.award import Bid, verdicts
from chumbak.scheme.bidders import Behaviour, Bidders, Unsure
from chumbak.scheme.break_even import dies_at, ruling_price, why_held
from chumbak.scheme.cashflow import play
from chumbak.scheme.measures import ends, ratio_error
from chumbak.scheme.rules import make_scheme
from chumbak.scheme.support import Incentive, Support
from chumbak.scheme.terms import penalty_terms
from tests.scheme.plants import terms, usual
from tests.scheme.test_award import TERMS

CASE = (usual(), TERMS, terms(capital_share=0.15, capital_caps=((1200.0, 1.5e9),)))
WHO = Bidders(
    12,
    {"margin": Unsure(0.5, 0.5), "capital": Unsure(0.5, 0.5)},
    (600.0, 1200.0),
    (Behaviour(0.05), Behaviour(0.0, 0.0, True)),
)


def test_what_is_nearer_than_two_errors_is_not_told_apart() -> None:
    found = {"a": (1.0, 0.3), "b": (1.5, 0.4), "c": (4.0, 0.1), "d": (4.1, 0.0)}
    assert ends(found) == (("a", "b"), ("c", "d"))
    assert ends({"a": (1.0, 0.1), "b": (2.0, math.nan)}) == (("a", "b"), ("a", "b"))
    assert ends({}) == ((), ())


def test_the_error_of_a_ratio_is_its_spread_over_samples() -> None:
    random = np.random.default_rng(1)
    by = random.poisson(3.0, (2000, 400)).astype(float)
    over = 2 * by + random.normal(0, 4, by.shape)
    spread = np.std(over.sum(axis=1) / by.sum(axis=1))
    assert np.mean([ratio_error(one, other, 20) for one, other in zip(over, by, strict=True)]) == pytest.approx(
        spread, rel=0.1
    )
    assert math.isnan(ratio_error(over[0], np.zeros(400), 20))


def test_the_error_falls_as_draws_grow() -> None:
    few, many = (summary(simulate(*CASE, WHO, draws, seed=3)) for draws in (100, 1600))
    for name in ("cost_error", "alive_error"):
        assert float(many[name]) < float(few[name])


def test_who_does_not_build_forfeits_its_guarantee() -> None:
    none, some = (simulate(*CASE, WHO, 60, seed=1, failing=Failing(0.0, sum_)) for sum_ in (0.0, 3e8))
    won = none["awarded"] > 0
    gone = won & (none["built"] == 0)
    assert int(gone.sum()) > 0
    assert bool((some["built"].where(won, 0) >= none["built"].where(won, 0)).all())  # it costs more to give up
    still = won & (some["built"] == 0)
    assert int(still.sum()) > 0
    assert float(some["outlay"].where(still).max()) == float(some["outlay"].where(still).min()) == -3e8
    assert float(some["spend"].sum()) == pytest.approx(float(some["outlay"].where(won).sum()))
    assert float(some["spend"][:, 0].sum()) == pytest.approx(-3e8 * int(still.sum()))


def test_rules_of_penalties_are_rested_on_where_they_are_unknown() -> None:
    row = {"title": "x", "standing": "unknown", "source": ""}
    scheme = make_scheme(
        "toy",
        "Toy",
        [
            {**row, "id": "G", "instrument": "eligibility", "values": {"performance_guarantee": 5.0}},
            {**row, "id": "P", "instrument": "penalty", "values": {"clawback": 0.0}},
        ],
    )
    found = penalty_terms(scheme)
    assert (found.guarantee, found.rests_on, found.uses) == (5.0, ("G", "P"), ("G",))
    assert penalty_terms(make_scheme("toy", "Toy", [])).guarantee == 0


def test_where_the_ceiling_is_spent_a_plant_dies_as_without_help() -> None:
    project = usual()
    given = Incentive(replace(terms(), build_years=2, incentive_years=6, total_per_t=6_000_000.0), 2000.0, 600.0)
    support = Support(given)
    flows = play(project, support)
    paid = flows.incentive[0]
    spent = [at for at in range(project.start, 8) if paid[at] == 0]
    assert spent
    bare, helped = (dies_at(project, one, play(project, one))[0] for one in (Support(), support))
    assert helped[spent] == pytest.approx(bare[spent])
    assert helped[project.start] < bare[project.start]


def test_a_share_of_nothing_rules_at_no_price() -> None:
    assert math.isnan(ruling_price(Incentive(replace(terms(), sales_share=0.0), 2000.0, 600.0)))


def test_every_year_that_may_be_paid_says_why() -> None:
    project, support = usual(), Support(Incentive(terms(), 100.0, 600.0))
    said = why_held(project, support, play(project, support))
    assert said
    assert all("no cap is below the 100" in one for one in said)


@pytest.mark.parametrize(
    ("worth", "says"),
    [
        (180e7 - 100, "its net worth of 179.99999 crore INR is below the least of 180 crore INR"),
        (900.0, "its net worth of 900 INR is below the least of 180 crore INR"),
    ],
)
def test_sums_that_differ_read_differently(worth: float, says: str) -> None:
    rules = replace(TERMS, net_worth=((1200.0, 180e7),), currency="INR", money=("crore INR", 1e7))
    bid = Bid("A", 600.0, 1000.0, net_worth=worth)
    assert any(says in one.reason for one in verdicts(bid, rules))
