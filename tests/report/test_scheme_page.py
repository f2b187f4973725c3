"""The section "Who pays": its words for every way a number can turn out, its tables, its picture."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from chumbak.answer.who_pays import who_pays
from chumbak.pack import Pack
from chumbak.report.pictures.scheme import spend_picture
from chumbak.report.rendering import template
from chumbak.report.scheme_page import payers, scheme_section, scheme_tables
from chumbak.report.scheme_pays_words import invented, means_table, rule_table, sentences, year_rows


@pytest.fixture(scope="module")
def found(india_pack: Pack) -> dict[str, Any]:
    told = who_pays(india_pack, 7)
    assert told is not None
    return told


@pytest.fixture
def told(found: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(found)


def said(told: dict[str, Any], word: str) -> str:
    return next(one for one in sentences(told) if word in one)


def test_the_most_is_told_first_and_bidders_are_said_to_be_invented(told: dict[str, Any]) -> None:
    assert sentences(told)[0].startswith("At most, the state spends 7,200 crore INR on plants, to 2033: 6,450")
    assert "7,280 are stated in all, and the rules do not tell what the other 80 are for" in sentences(told)[0]
    assert "invented" in invented(told)
    assert "no forecast" in payers({"scheme": told})[0]
    assert payers({}) == []


def test_awards_are_said_to_be_assumed(told: dict[str, Any]) -> None:
    assert "Awards are assumed, none is known" in said(told, "Awards")
    assert "no award was found by October 2026" in said(told, "Awards")
    told["awards"]["expected"] = ""
    assert "The pack notes" not in said(told, "Awards")


@pytest.mark.parametrize(
    ("needs", "helped", "says"),
    [
        (6000, 5400, "the support covers 600 of the 1,300 that are missing."),
        (6000, 4500, "the support covers the 1,300 that are missing."),
        (4600, 4200, "it needs no support."),
        (None, 4200, "No price of a kg of magnet was found"),
    ],
)
def test_what_a_kg_needs(told: dict[str, Any], needs: float | None, helped: float, says: str) -> None:
    told["magnet"] |= {"has_to_fetch": {"all": helped, "none": needs}, "sells_at": 4700, "border": 4300}
    assert says in said(told, "kg of magnet")


def test_a_plant_that_asks_for_no_award(told: dict[str, Any]) -> None:
    told["magnet"] |= {"bid": None, "told": "none"}
    assert "with all of it. An imported kg" in said(told, "kg of magnet")
    assert "the support covers 0 of the" in said(told, "kg of magnet")


@pytest.mark.parametrize(
    ("counted", "says"),
    [(6000.0, "takes 6,000 t/year of it as built"), (0.0, "takes nothing of the scheme"), (None, "")],
)
def test_what_the_rest_of_the_answer_takes_as_built(told: dict[str, Any], counted: float | None, says: str) -> None:
    told["counted_t"] = counted
    words = [one for one in sentences(told) if "rest of t" in one]
    assert bool(words) == bool(says)
    assert says in "".join(words)


def test_no_plant_alive_by_any_means(told: dict[str, Any]) -> None:
    for one in told["by_instrument"].values():
        one |= {"alive_t": 0.0, "cost_of_alive": None, "cost_of_alive_real": None}
    assert "By no means is any plant alive after 2033." in sentences(told)
    assert {row[-1] for row in means_table(told)[1]} == {"-"}


def test_only_what_the_draws_tell_apart_is_ranked(told: dict[str, Any]) -> None:
    words = said(told, "For each t/year")
    assert "Standard errors of the cost of a t/year alive" in words
    assert "capital subsidy alone and price floor cannot be told apart as the dearest" in words
    assert "assured purchase" not in words.partition("Standard errors")[0]  # one with the floor
    section = scheme_section(told)
    assert "Standard errors" not in section["convention"]  # it is told above
    told["convention"] = [one for one in told["convention"] if not one.startswith("Standard errors")]
    assert "dearest" not in said(told, "For each t/year")


def test_bids_of_0_are_explained(told: dict[str, Any]) -> None:
    assert "of the winners bid 0: they believe" in said(told, "With these bidders")
    told["bids"]["asks_nothing"] = 0.0
    assert "bid 0" not in said(told, "With these bidders")


def test_security_and_clawback_are_rested_on_and_played(told: dict[str, Any]) -> None:
    assert {"R9", "R29"} <= {one["id"] for one in told["rules_unknown"]}
    assert "R29" in told["one_way"]
    (row,) = [row for row in rule_table(told)[1] if row[0].startswith("R9,")]
    assert row[2].startswith("performance guarantee: 30 crore INR: -")
    assert "Next is R9" in said(told, "This rests on")


def test_the_rule_that_matters_most_comes_first(told: dict[str, Any]) -> None:
    assert "The one that matters most is R13b" in said(told, "This rests on")
    headings, rows = rule_table(told)
    assert len(rows) == len(told["rules_inferred"]) + len(told["rules_unknown"])
    assert rows[0][0].startswith("R13b, unknown")
    assert all(len(row) == len(headings) and all(row) for row in rows)
    assert {row[0].partition(",")[0] for row in rows if row[2].startswith("not played")} == set(told["one_way"])


def test_rules_that_change_nothing(told: dict[str, Any]) -> None:
    for one in told["switches"]:
        one |= {"change": 0.0, "change_share": 0.0}
    words = said(told, "This rests on")
    assert "matters most" not in words
    assert "would change nothing here" in words
    told["switches"] = []
    assert said(told, "This rests on").endswith("unknown.")


def test_years_are_those_of_the_outlay_and_of_the_spend(told: dict[str, Any]) -> None:
    rows = year_rows(told)
    assert [row[0] for row in rows] == sorted({*told["spend_by_year"], *told["outlay"]["by_year"]})
    assert sum(row[4] for row in rows) == pytest.approx(7200)
    chart = spend_picture(told)
    assert len(chart.table.rows) == len(rows)
    assert [len(trace.x) for trace in chart.figure.data] == [len(rows)] * 2
    layout = chart.figure.layout
    assert (layout.xaxis.tickangle, layout.yaxis.automargin, layout.margin.l) == (0, True, 10)  # it fits a telephone


def test_the_section_renders_with_its_label(told: dict[str, Any], india_pack: Pack) -> None:
    html = template("scheme_section.html").render(scheme=scheme_section(told), pack=india_pack)
    text = re.sub(r"<[^>]+>", " ", html)
    assert 'id="pays"' in html
    assert text.index("this is no forecast") < text.index("At most, the state spends")
    assert "same in every scenario" in text
    assert "<code>chumbak scheme finance magnets</code> reckons one plant" in html
    assert "None" not in text
    assert "nan" not in text.lower().split()


def test_the_tables_of_a_run_say_the_same(told: dict[str, Any]) -> None:
    tables = scheme_tables({"scheme": told})
    assert tables["scheme-spend"].mean_million.sum() == pytest.approx(
        told["by_instrument"]["scheme"]["spend"], rel=1e-6
    )
    assert tables["scheme-spend"].outlay_million.sum() == pytest.approx(72_000)
    assert tables["scheme-instruments"].instrument.tolist() == list(told["by_instrument"])
    assert scheme_tables({}) == {}
