"""Rules as data: what a scheme says, what the user sets, and the terms that come of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chumbak.pack import load
from chumbak.pack.schemes import read_scheme
from chumbak.scheme.rules import Scheme, SchemeError, Value, at_step, make_scheme, read_switches, switched
from chumbak.scheme.terms import award_terms, support_terms

CRORE = 1e7


@pytest.fixture(scope="module")
def magnets() -> Scheme:
    return of_pack("magnets")


def of_pack(name: str) -> Scheme:
    read = read_scheme(load("india"), name)
    return make_scheme(read.name, read.form.title, read.rows, read.currency, read.money)


def row(name: str, values: Mapping[str, Value], **more: Any) -> dict[str, Any]:
    return {"id": name, "instrument": "award", "title": name, "standing": "stated", "source": "An office",
            "values": values, **more}  # fmt: skip


# golden: the published ceilings


@pytest.mark.parametrize(("tonnes", "crore"), [(600, 645), (1200, 1290)])
def test_the_ceiling_of_five_years_is_as_published(magnets: Scheme, tonnes: float, crore: float) -> None:
    assert support_terms(magnets).most_incentive(tonnes, 2150) == pytest.approx(crore * CRORE)
    assert support_terms(magnets).most_incentive(tonnes, 9999) == pytest.approx(crore * CRORE)


def test_a_lower_bid_gets_less_over_five_years(magnets: Scheme) -> None:
    terms = support_terms(magnets)
    assert replace(terms, early_sales=False).most_incentive(1000, 1000) == pytest.approx(500 * CRORE)
    assert replace(terms, early_sales=True).most_incentive(1000, 1000) == pytest.approx(700 * CRORE), "two years more"
    assert replace(terms, early_sales=True).most_incentive(1000, 2000) == pytest.approx(1075 * CRORE), "the ceiling"
    assert replace(terms, sales_share=0.0).most_incentive(1000, 1000) == 0


def test_fifteen_per_cent_of_a_thousand_crore_meets_the_ceiling(magnets: Scheme) -> None:
    terms = support_terms(magnets)
    assert terms.capital_share * 1000 * CRORE == pytest.approx(terms.capital_caps[-1][1])
    assert terms.most_capital(1200, 1000 * CRORE) == pytest.approx(150 * CRORE)
    assert terms.most_capital(1200, 1100 * CRORE) == pytest.approx(150 * CRORE)
    assert terms.most_capital(1200, 900 * CRORE) == pytest.approx(135 * CRORE)
    assert terms.most_capital(600, 500 * CRORE) == pytest.approx(75 * CRORE)
    with pytest.raises(SchemeError, match=r"above 1,200 t/year\. Add a step"):
        terms.most_capital(1300, CRORE)


@pytest.mark.parametrize(
    ("tonnes", "worth", "investment", "cap"),
    [(600, 180, 300, 75), (700, 245, 350, 100), (800, 245, 400, 100), (900, 310, 450, 120), (1000, 310, 500, 120),
     (1100, 375, 550, 150), (1200, 375, 600, 150)],
)  # fmt: skip
def test_slabs(magnets: Scheme, tonnes: float, worth: float, investment: float, cap: float) -> None:
    terms, support = award_terms(magnets), support_terms(magnets)
    assert at_step(terms.net_worth, tonnes) == pytest.approx(worth * CRORE)
    assert at_step(terms.investment, tonnes) == pytest.approx(investment * CRORE)
    assert at_step(support.capital_caps, tonnes) == pytest.approx(cap * CRORE)


def test_the_outlay_is_that_of_all_ceilings(magnets: Scheme) -> None:
    terms, support = award_terms(magnets), support_terms(magnets)
    assert support.total_per_t * terms.most_tonnes == pytest.approx(terms.outlay_incentive)
    assert support.ceiling * 1000 * support.incentive_years == pytest.approx(support.total_per_t)
    assert 5 * support.capital_caps[-1][1] == pytest.approx(terms.outlay_capital)
    assert support.ceiling / support.sales_share == pytest.approx(5375)


def test_inferred_steps_end_where_the_stated_range_does(magnets: Scheme) -> None:
    said, steps = magnets.rule("R8").values, award_terms(magnets).investment
    assert (said["least_investment"], said["most_investment"]) == (steps[0][1], steps[-1][1])
    said, caps = magnets.rule("R21").values, support_terms(magnets).capital_caps
    assert (said["least_cap"], said["most_cap"]) == (caps[0][1], caps[-1][1])


def test_terms_say_which_rules_they_rest_on(magnets: Scheme) -> None:
    terms = award_terms(magnets)
    assert terms.rests_on == ("R8a", "R11a", "R12", "R13", "R13a", "R13b", "R13c", "R25")
    assert set(terms.rests_on) < set(terms.uses)
    assert (terms.by["net_worth"], terms.by["ceiling"]) == ("R7", "R14")
    assert support_terms(magnets).rests_on == ("R14a", "R15a", "R16", "R21a")
    assert "R5" in support_terms(magnets).uses


# switches


def test_a_switch_sets_a_value_and_is_remembered(magnets: Scheme) -> None:
    texts = ["last_fit=cut", "R13b.match_lowest = yes", "ceiling=2000"]
    found = switched(magnets, read_switches(magnets, texts))
    terms = award_terms(found)
    assert (terms.last_fit, terms.match_lowest, terms.ceiling) == ("cut", True, 2000)
    assert found.chosen == ("R13a.last_fit", "R13b.match_lowest", "R14.ceiling")
    assert magnets.chosen == ()
    assert award_terms(magnets).last_fit == "refuse"
    assert "R13a" in terms.rests_on


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("last_fitt=cut", "Did you mean 'last_fit'?"),
        ("R13x.last_fit=cut", "has no rule 'R13x'. Did you mean 'R13"),
        ("R14.last_fit=cut", "The rule 'R14' of the scheme 'magnets' says no 'last_fit'"),
        ("last_fit=split", "Say one of: refuse, cut, rebid."),
        ("match_lowest=perhaps", "Say true or false."),
        ("ceiling=much", "Give a number."),
        ("ceiling=nan", "Give a number."),
        ("net_worth=3", "change them in the pack"),
        ("last_fit", "Write it as name=value."),
        ("=cut", "Write it as name=value."),
    ],
)
def test_a_switch_that_is_wrong_is_told_how_to_mend(magnets: Scheme, text: str, says: str) -> None:
    with pytest.raises(SchemeError) as error:
        switched(magnets, read_switches(magnets, [text]))
    assert says in str(error.value)


def test_a_value_of_several_rules_needs_the_rule() -> None:
    duties = of_pack("duties")
    with pytest.raises(SchemeError, match=r"D1\.share, D1a\.share, D2\.share"):
        switched(duties, {"share": 0.1})
    assert switched(duties, {"D2.share": 0.1}).rule("D2").values["share"] == 0.1


# rules


def test_rules_hold_from_their_first_day_to_their_last(magnets: Scheme) -> None:
    assert not magnets.on(dt.date(2025, 12, 14)).rules
    assert "R12" not in [rule.id for rule in magnets.on(dt.date(2026, 3, 19)).rules]
    assert len(magnets.on(dt.date(2026, 3, 20)).rules) == len(magnets.rules)
    assert not of_pack("recycling").on(dt.date(2031, 4, 1)).rules


def test_rules_are_found_by_instrument_and_standing(magnets: Scheme) -> None:
    assert [rule.id for rule in magnets.find("capital_subsidy")] == ["R20", "R21", "R21a", "R22", "R22a", "R23"]
    assert magnets.of_standing("unknown") == ("R9", "R13a", "R13b", "R13c", "R19", "R22a", "R25", "R27", "R29")
    with pytest.raises(SchemeError, match="Did you mean 'selection'"):
        magnets.find("selektion")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row("A", {}), row("A", {})], "two rules 'A'"),
        ([row("A", {}, standing="sure")], "standing 'sure'"),
        ([row("A", {"net_worth": ((2.0, 1.0), (1.0, 2.0))})], "rising order"),
        ([row("A", {"net_worth": ()})], "rising order"),
    ],
)
def test_rules_that_cannot_be(rows: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(SchemeError) as error:
        make_scheme("toy", "Toy", rows)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"selection": "highest_score"}, "what can be played is: least_cost"),
        ({"last_fit": "split"}, "what can be played is: refuse, cut, rebid"),
        ({"most_awards": 2.5}, "not a whole number"),
        ({"step": 0.0}, "sizes of an award are not in order"),
        ({"match_lowest": "no"}, "neither true nor false"),
        ({"ceiling": True}, "is not a number"),
        ({"net_worth": 3.0}, "has no steps"),
    ],
)
def test_terms_refuse_what_cannot_be_played(magnets: Scheme, change: dict[str, Value], says: str) -> None:
    rows = [
        {**vars(rule), "values": {name: change.get(name, value) for name, value in rule.values.items()}}
        for rule in magnets.rules
    ]
    with pytest.raises(SchemeError) as error:
        award_terms(make_scheme("toy", "Toy", rows))
    assert says in str(error.value)


def test_terms_say_what_is_missing(magnets: Scheme) -> None:
    bare = make_scheme("toy", "Toy", [vars(rule) for rule in magnets.rules if rule.id != "R13c"])
    with pytest.raises(SchemeError, match="No rule of the scheme 'toy' says 'tie'"):
        award_terms(bare)


def test_only_support_after_commissioning_can_be_played(magnets: Scheme) -> None:
    with pytest.raises(SchemeError, match=r"R18\.paid_after_commissioning"):
        support_terms(switched(magnets, {"paid_after_commissioning": False}))
