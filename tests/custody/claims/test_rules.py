"""Verdicts by dated rules: worked cases on both sides of each date, and faults of packs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chumbak.custody.claims.rules import TESTS, FactError, RuleError, available, load, load_file, read
from chumbak.custody.claims.verdict import RESULTS, Subject, Verdict, judge, judge_all
from chumbak.custody.ledger.origin import NOWHERE, Origin, origin_of

ORE = origin_of("primary", {"mined": "AU", "refined": "MY", "separated": "MY", "melted": "JP", "produced": "JP"})
CHINA_MINED = origin_of(
    "primary", {"mined": "CN", "refined": "MY", "separated": "MY", "melted": "JP", "produced": "JP"}
)
CHINA_MELTED = ORE.at("melted", "CN")
SCRAP = origin_of("post-consumer", {"separated": "IN", "refined": "IN", "melted": "IN", "produced": "IN"})
SWARF = ORE._replace(kind="pre-consumer")
OLD, NEW = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
Holding = Mapping[tuple[str, Origin], int]


def say(pack: str, rule: str, day: dt.date, holding: Holding | None = None, **facts: Any) -> Verdict:
    found = load(pack)
    return judge(found, found.rule(rule), Subject(holding or {}, facts), day)


# United States ------------------------------------------------------------------------------------------------------

LARGE = {("Nd", ORE): 10**12}


@pytest.mark.parametrize(
    ("holding", "before", "after"),
    [
        (LARGE, "pass", "pass"),
        ({**LARGE, ("Nd", CHINA_MELTED): 1}, "fail", "fail"),
        ({**LARGE, ("Dy", CHINA_MINED): 1}, "pass", "fail"),
        ({**LARGE, ("Nd", SCRAP): 1}, "pass", "cannot tell"),
        ({**LARGE, ("Nd", NOWHERE): 1}, "cannot tell", "cannot tell"),
        ({**LARGE, ("Nd", NOWHERE): 1, ("Nd", CHINA_MELTED): 1}, "fail", "fail"),
        ({}, "cannot tell", "cannot tell"),
    ],
    ids=["clean", "melted", "mined", "scrap", "unknown", "both", "nothing"],
)
def test_covered_countries_before_and_after_2027(holding: Holding, before: str, after: str) -> None:
    assert say("us_dfars", "US-7052-2026", OLD, holding, magnet_type="NdFeB").result == before
    assert say("us_dfars", "US-7052-2027", NEW, holding, magnet_type="NdFeB").result == after


def test_the_rule_of_2027_is_told_before_it_is_in_force() -> None:
    found = say("us_dfars", "US-7052-2027", OLD, {**LARGE, ("Dy", CHINA_MINED): 1500}, magnet_type="NdFeB")
    assert (found.result, found.would, found.since) == ("not yet applicable", "fail", NEW)
    assert found.reason == (
        "It is in force from 2027-01-01. As it is written it would say 'fail': 1.5 mg of Dy was mined in CN."
    )
    assert found.read_on == dt.date(2026, 11, 22)
    assert found.standing == "second-hand"
    assert found.document()["since"] == "2027-01-01"


def test_only_rules_that_have_not_ended_are_judged_by() -> None:
    pack = load("us_dfars")
    subject = Subject(LARGE, {"magnet_type": "SmCo"})
    assert [verdict.rule for verdict in judge_all(pack, subject, OLD)] == ["US-7052-2026", "US-7052-2027"]
    assert [verdict.rule for verdict in judge_all(pack, subject, NEW)] == ["US-7052-2027"]
    with pytest.raises(ValueError, match="ended on 2026-12-31"):
        judge(pack, pack.rule("US-7052-2026"), subject, NEW)


def test_recycled_magnets_are_not_clean_by_being_recycled() -> None:
    facts = {"magnet_type": "NdFeB", "recycled_material": True, "milled_in": "IN", "sintered_in": "IN"}
    held = {("Nd", SCRAP.at("melted", "CN")): 5}
    assert say("us_dfars", "US-7052-2027", NEW, held, **facts).result == "fail"
    facts |= {"milled_in": "US", "sintered_in": "US"}
    found = say("us_dfars", "US-7052-2027", NEW, held, **facts)
    assert found.result == "cannot tell"  # the exception is recalled, not read
    assert "to be verified" in found.reason
    assert "5 micrograms of Nd was melted in CN" in found.reason
    assert say("us_dfars", "US-7052-2027", NEW, held, **facts | {"magnet_type": "SmCo"}).result == "fail"


def test_goods_off_the_shelf() -> None:
    tainted = {("Nd", CHINA_MELTED): 1}
    facts: dict[str, Any] = {"magnet_type": "NdFeB", "commercial_off_the_shelf": True}
    assert say("us_dfars", "US-7052-2026", OLD, tainted, **facts).result == "pass"
    assert say("us_dfars", "US-7052-2027", NEW, tainted, **facts).result == "fail"
    below = say("us_dfars", "US-7052-2027", NEW, tainted, **facts, covered_share_of_weight="0.49")
    assert (below.result, below.reason[:27]) == ("pass", "The rule does not bind this")
    assert say("us_dfars", "US-7052-2027", NEW, tainted, **facts, covered_share_of_weight="0.5").result == "fail"


def test_what_a_rule_is_for_has_to_be_known() -> None:
    assert say("us_dfars", "US-7052-2027", NEW, LARGE).reason == (
        "Whether the rule applies is not known: nothing says whether magnet type is NdFeB or SmCo."
    )
    ferrite = say("us_dfars", "US-7052-2027", NEW, {("Fe", CHINA_MINED): 1}, magnet_type="ferrite")
    assert (ferrite.result, ferrite.reason) == (
        "pass", "The rule does not apply: it asks that magnet type is NdFeB or SmCo.",
    )  # fmt: skip


# European Union -----------------------------------------------------------------------------------------------------

MOTOR = {"product": "electric motor", "magnet_type": "NdFeB", "magnet_mass_kg": "1.2"}
BLEND = {("Nd", SCRAP): 42, ("Nd", SWARF): 8, ("Nd", ORE): 50, ("Fe", ORE): 900}
LATER = dt.date(2030, 1, 1)


def test_a_pending_rule_never_fails() -> None:
    bad = Subject(
        BLEND, {**MOTOR, "label": [], "data_carrier_on_product": False, "published_share": {}, "product_data": []}
    )
    for when in (OLD, LATER):
        verdicts = judge_all(load("eu_crma"), bad, when)
        assert [verdict.result for verdict in verdicts] == ["not yet applicable"] * 5
        assert [verdict.would for verdict in verdicts] == ["fail", "fail", "fail", "fail", "pass"]


@pytest.mark.parametrize(
    ("facts", "would", "reason"),
    [
        ({"published_share": {"Nd": "0.42"}}, "pass", "The shares of Nd are published"),
        ({"published_share": {"Nd": Decimal("0.30")}}, "pass", "the ledger bears them out"),
        (
            {"published_share": {"Nd": Fraction(1, 2)}},
            "fail",
            "50.00 % of Nd is published, and the ledger shows 42.00 %",
        ),
        ({"published_share": {"Dy": "0"}}, "fail", "No share is published of Nd"),
        ({}, "cannot tell", "Which shares are published is not known"),
        ({"magnet_mass_kg": "0.2"}, "pass", "it asks that magnet mass kg is over 0.2"),
        ({"magnet_type": "ferrite"}, "pass", "does not apply"),
        ({"product": "toy"}, "pass", "does not apply"),
        ({"purpose": "defence"}, "pass", "purpose is defence or space"),
        ({"magnet_mass_kg": None}, "cannot tell", "Whether the rule applies is not known"),
    ],
    ids=["as the ledger", "less", "swarf counted", "missing", "unknown", "light", "ferrite", "toy", "defence", "mass"],
)
def test_the_share_from_post_consumer_waste(facts: dict[str, Any], would: str, reason: str) -> None:
    found = say("eu_crma", "EU-29-1", OLD, BLEND, **MOTOR | facts)
    assert (found.result, found.would) == ("not yet applicable", would)
    assert reason in found.reason
    assert found.since == dt.date(2027, 5, 24)
    assert "not before 2027-05-24" in found.reason


def test_label_and_data() -> None:
    shown = ["whether it contains a permanent magnet", "type of magnet", "a logo"]
    assert say("eu_crma", "EU-28-1", OLD, **MOTOR, label=shown).would == "pass"
    found = say("eu_crma", "EU-28-1", OLD, **MOTOR, label=shown[:1])
    assert found.would == "fail"
    assert "The label does not show type of magnet." in found.reason
    assert say("eu_crma", "EU-28-1", OLD, **MOTOR).would == "cannot tell"
    assert say("eu_crma", "EU-28-3", OLD, **MOTOR, data_carrier_on_product=True).would == "pass"
    assert say("eu_crma", "EU-28-3", OLD, **MOTOR).would == "cannot tell"


# Producers' responsibility ------------------------------------------------------------------------------------------

MARCH, APRIL = dt.date(2027, 3, 31), dt.date(2027, 4, 1)


def test_obligations_by_fiscal_year() -> None:
    facts = {"obligation_kg": 1000, "certificates_kg": "700"}
    assert say("in_epr", "IN-EW-target", MARCH, **facts).result == "pass"
    late = say("in_epr", "IN-EW-target", APRIL, **facts)
    assert (late.result, late.reason) == (
        "fail",
        "certificates kg is 700, and 80.00 % of obligation kg (1000) is asked.",
    )
    assert say("in_epr", "IN-EW-target", MARCH, obligation_kg=1000).result == "cannot tell"
    assert say("in_epr", "IN-EW-target", dt.date(2023, 3, 31), **facts).result == "not yet applicable"
    scrap = {"nonferrous_obligation_kg": 100, "nonferrous_certificates_kg": "10"}
    assert say("in_epr", "IN-NF-target", MARCH, **scrap).result == "pass"
    assert say("in_epr", "IN-NF-target", APRIL, **scrap).result == "cannot tell"  # the steps between are not known
    assert say("in_epr", "IN-NF-target", dt.date(2033, 4, 1), **scrap).result == "fail"


def test_certificates_of_metals() -> None:
    assert say("in_epr", "IN-EW-metals", MARCH, certificate_metals=["Cu", "Fe"]).result == "pass"
    nd = say("in_epr", "IN-EW-metals", MARCH, certificate_metals=["Nd", "Fe"])
    assert nd.reason == "Nd are not among the certificate metals that count: Au, Cu, Al or Fe."
    assert say("in_epr", "IN-EW-metals", MARCH).result == "cannot tell"
    rare = say("in_epr", "IN-EW-rare-earths", MARCH, certificate_metals=["Nd"])
    assert (rare.result, rare.would, rare.since) == ("not yet applicable", "pass", None)


@pytest.mark.parametrize(
    ("day", "result"),
    [("2025-06-30", "pass"), ("2027-06-30", "pass"), ("2027-07-01", "cannot tell"), ("2028-03-31", "cannot tell"),
     ("2028-04-01", "fail"), ("2025-06-29", "fail")],
)  # fmt: skip
def test_where_sources_differ_it_cannot_be_told(day: str, result: str) -> None:
    issued = dt.date(2025, 6, 30)  # two years: to 30 June 2027, or to 31 March 2028
    found = say("in_epr", "IN-EW-validity", dt.date.fromisoformat(day), certificate_issued=issued)
    assert found.result == result


def test_prices_and_parties() -> None:
    inside = {"certificate_price": "22", "environmental_compensation": "73"}
    assert say("in_epr", "IN-EW-price", MARCH, **inside).result == "pass"
    assert say("in_epr", "IN-EW-price", MARCH, **inside | {"certificate_price": "5.90"}).result == "fail"
    assert say("in_epr", "IN-EW-price", MARCH).result == "cannot tell"
    assert say("in_epr", "IN-EW-registered", MARCH, counterparty_is_registered=False).result == "fail"
    assert say("in_epr", "IN-EW-registered", MARCH).result == "cannot tell"


# Packs --------------------------------------------------------------------------------------------------------------


def test_every_pack_that_comes_along_is_whole() -> None:
    assert available() == ["eu_crma", "in_epr", "us_dfars"]
    used = set()
    for name in available():
        pack = load(name)
        assert pack.id == name
        for rule in pack.rules:
            used.add(rule.test)
            verdict = judge(pack, rule, Subject({}), rule.first or pack.read_on)
            assert verdict.result in ("cannot tell", "not yet applicable")
            assert verdict.reason
            assert verdict.citation
    assert used == set(TESTS)
    assert RESULTS == ("pass", "fail", "not yet applicable", "cannot tell")


def test_floats_are_no_facts() -> None:
    for facts in ({"magnet_mass_kg": 0.2}, {"published_share": {"Nd": 0.42}}):
        with pytest.raises(ValueError, match="binary floating-point"):
            Subject({}, facts)


@pytest.mark.parametrize(
    ("pack", "rule", "facts", "message"),
    [
        ("eu_crma", "EU-29-1", MOTOR | {"magnet_mass_kg": "much"}, "'magnet_mass_kg' is no number that can be used"),
        ("eu_crma", "EU-29-1", MOTOR | {"magnet_mass_kg": Fraction(-1)}, "'magnet_mass_kg' is below zero"),
        ("eu_crma", "EU-29-1", MOTOR | {"product": ["heat pump"]}, "'product' is neither a word"),
        ("eu_crma", "EU-29-1", MOTOR | {"published_share": ["Nd"]}, "'published_share' is no mapping"),
        ("eu_crma", "EU-29-1", MOTOR | {"published_share": {"Nd": "-1"}}, "'published_share of Nd' is no number"),
        ("eu_crma", "EU-28-1", MOTOR | {"label": "all"}, "'label' is no list of words"),
        ("in_epr", "IN-EW-target", {"obligation_kg": "x", "certificates_kg": 1}, "'obligation_kg' is no number"),
    ],
)
def test_a_fact_of_a_wrong_form_is_named(pack: str, rule: str, facts: dict[str, Any], message: str) -> None:
    with pytest.raises(FactError, match=message):
        say(pack, rule, LATER, BLEND, **facts)


LEAST = """
id: own
title: A buyer's own
jurisdiction: nobody
read on: 2026-11-22
rules:
  - id: least
    title: At least a quarter
    citation: contract
    standing: stated
    source: contract
    from: 2026-01-01
    test: minimum share
    with: {shares: {Nd: "0.25"}, kinds: [post-consumer]}
"""


@pytest.mark.parametrize(
    ("holding", "result"),
    [
        ({("Nd", SCRAP): 25, ("Nd", ORE): 75}, "pass"),
        ({("Nd", SCRAP): 24, ("Nd", ORE): 76}, "fail"),
        ({("Nd", SCRAP): 24, ("Nd", ORE): 75, ("Nd", NOWHERE): 1}, "cannot tell"),
        ({("Nd", SCRAP): 24, ("Nd", SWARF): 76}, "fail"),
        ({("Dy", ORE): 24}, "pass"),
        ({}, "cannot tell"),
    ],
)
def test_a_rule_of_ones_own(tmp_path: Path, holding: Holding, result: str) -> None:
    (tmp_path / "own.yaml").write_text(LEAST, encoding="utf-8")
    pack = load_file(tmp_path / "own.yaml")
    (verdict,) = judge_all(pack, Subject(holding), OLD)
    assert verdict.result == result


FAULTS = {
    "id: own\n": ("", "own.yaml: the pack: 'id' is missing, or is no text."),
    "read on: 2026-11-22": (
        "read on: today",
        "own.yaml: the pack: 'read on' is missing, or is no day such as 2027-01-01.",
    ),
    "jurisdiction": ("land", "own.yaml: the pack: 'land' is not known"),
    "standing: stated": (
        "standing: sure",
        "own.yaml: least: 'sure' is no standing; use stated, second-hand, recalled.",
    ),
    "    citation: contract\n": ("", "own.yaml: least: 'citation' is missing, or is no text."),
    "    from: 2026-01-01\n": ("", "own.yaml: least: it has no day from which it is in force"),
    "from: 2026-01-01": ("from: 2026-01-01\n    to: 2025-01-01", "own.yaml: least: it ends before it begins."),
    "test: minimum share": ("test: weigh", "own.yaml: least: 'weigh' is no kind of test; use taint by country"),
    ", kinds: [post-consumer]": ("", "own.yaml: least: the test 'minimum share' needs 'kinds'."),
    "kinds: [post-consumer]": ("kinds: [recycled]", "own.yaml: least: kinds: 'recycled' is none of the kinds."),
    "[post-consumer]}": ("[post-consumer], of: x}", "own.yaml: least: the test 'minimum share' has no 'of'"),
    '"0.25"': ("0.25", "own.yaml: least: shares: a binary floating-point number has lost the digits"),
    "Nd:": ("Xx:", "own.yaml: least: shares: this is no mapping of elements to shares."),
    "    source: contract\n": (
        "    source: c\n    applies: {fact: x, near: 1}\n",
        "own.yaml: least: applies: a condition is",
    ),
    "    source: contract": ("    source: c\n    exempt: [x]", "own.yaml: least: exempt: an exception is 'all'"),
}


@pytest.mark.parametrize("old", FAULTS)
def test_a_fault_of_a_pack_is_told(old: str) -> None:
    new, message = FAULTS[old]
    assert old in LEAST
    with pytest.raises(RuleError) as caught:
        read(LEAST.replace(old, new, 1), "own.yaml")
    assert message in str(caught.value)


def test_all_faults_of_a_pack_are_told_together() -> None:
    with pytest.raises(RuleError) as caught:
        read("rules: [{id: a}, {id: a}, 7]", "own.yaml")
    told = str(caught.value)
    assert "own.yaml: a: two rules have this id." in told
    assert "own.yaml: rule 3: it is no mapping." in told


def test_what_is_no_pack_is_refused(tmp_path: Path) -> None:
    said = {
        "[": "cannot be used: line 1", "2026-13-01": "is no day", "a: 1\na: 2": "line 2: 'a' stands twice",
        "[" * 5_000: "nested too deeply", "7": "is no rule pack",
        "rules: []": "there are none",
    }  # fmt: skip
    for text, message in said.items():
        with pytest.raises(RuleError, match=message):
            read(text, "own.yaml")
    with pytest.raises(RuleError, match="There is no rule pack 'x'; there is eu_crma, in_epr, us_dfars"):
        load("x")
    with pytest.raises(RuleError, match="cannot be read"):
        load_file(tmp_path / "none.yaml")


VALID = """
id: own
title: t
jurisdiction: j
read on: 2026-11-22
rules:
  - {id: v, title: t, citation: c, standing: stated, source: s, from: 2026-01-01, test: valid for, with: {fact: day,
     months: 24, counted from: [the day], fiscal year begins: "04-01"}}
"""


def test_faults_of_times_are_told() -> None:
    assert read(VALID, "own.yaml").rule("v").parameters["months"] == 24
    for old, new, message in (
        ("24", "2.5", "months: this is no whole number of months"),
        ('"04-01"', '"4 April"', "no first day of a fiscal year"),
        ("[the day]", "[the night]", "'the night' is none of the days to count from"),
    ):
        with pytest.raises(RuleError, match=message):
            read(VALID.replace(old, new), "own.yaml")
