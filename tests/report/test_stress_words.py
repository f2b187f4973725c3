"""What is said of a shock: sentences, tables, the picture and the section that follow the document."""

from __future__ import annotations

import copy
import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from chumbak.answer import Answer
from chumbak.answer.shock_document import stress_documents
from chumbak.cli.shocks import stress
from chumbak.pack import Pack, PackError
from chumbak.report import stress_words
from chumbak.report.ask_stress import DRAWS, Asked, _list, _pack, ask_stress
from chumbak.report.mistakes import MistakeError
from chumbak.report.pictures.stress import backtest_picture, timeline
from chumbak.report.plan_folder import Kept, Setup
from chumbak.report.rendering import template
from chumbak.report.run_folder import frozen_documents
from chumbak.report.stress_episode_words import paradox, unhit
from chumbak.report.stress_page import backtest_section, stress_section
from chumbak.report.stress_stock_words import stockpile_sentences
from chumbak.report.stress_tables import (
    by_cost,
    curve_table,
    episode_table,
    grade_table,
    stock_table,
    stress_tables,
    user_table,
)
from chumbak.report.stress_terminal import grids

EPISODE = "full-stop-6m"
Told = dict[str, Any]
# An invented back-test: no such firm exists.
BACKTEST: Told = {
    "title": "An invented back-test",
    "convention": "output over full output",
    "inside": 2,
    "firms": [
        {"name": "a", "title": "Maker A", "months": ["2025-06", "2025-07"], "low": [0.5, 0.1], "middle": [0.8, 0.4],
         "high": [1.0, 0.7], "observed": [0.9, 0.8]},
        {"name": "b", "title": "Maker B", "months": ["2025-06", "2025-07"], "low": [1.0, 1.0], "middle": [1.0, 1.0],
         "high": [1.0, 1.0], "observed": [None, None]},
    ],
    "compared": [
        {"firm": "a", "what": "output", "period": "2025-06", "low": 0.5, "middle": 0.8, "high": 1.0, "observed": 0.9,
         "width": 0.5, "inside": True, "held_back": False, "source": "own"},
        {"firm": "a", "what": "output", "period": "2025-07", "low": 0.1, "middle": 0.4, "high": 0.7, "observed": 0.8,
         "width": 0.6, "inside": False, "held_back": True, "source": "own"},
        {"firm": "a", "what": "first_loss", "period": "2025-06-20", "low": "2025-06-01", "middle": "2025-06-20",
         "high": None, "observed": "2025-06-24", "width": None, "inside": True, "held_back": False, "source": "own"},
    ],
}  # fmt: skip
BACKTEST["misses"] = [one for one in BACKTEST["compared"] if not one["inside"]]


@pytest.fixture(scope="module")
def documents(india: Answer) -> Told:
    return stress_documents(india.pack, india.stress)


@pytest.fixture
def users(documents: Told) -> Told:
    return copy.deepcopy(documents["stress"][EPISODE])


@pytest.fixture
def whole(documents: Told) -> Told:
    return copy.deepcopy(documents["stress_in_all"][EPISODE])


@pytest.fixture(scope="module")
def pack(india: Answer) -> Pack:
    return india.pack


def only(users: Told, whole: Told, *names: str) -> None:
    """Leave a loss to some users only."""
    for name, one in users.items():
        if name not in names:
            one |= {"first_loss_week": None, "recovery_week": None, "first_loss": None, "peak_loss": 0, "lost_value": 0}
            one |= {"time_to_survive_weeks": None, "recovery": None}
    whole["lost_value"] = sum(one["lost_value"] for one in users.values())


def test_days_weeks_and_amounts_are_said_as_people_do(whole: Told) -> None:
    whole["start_date"] = "2027-04-05"
    assert stress_words.day(whole, 0) == "Monday 5 April 2027 (2027-W14)"
    assert stress_words.day(whole, 39) == "Monday 3 January 2028 (2028-W01)"
    assert stress_words.short_day(whole, 12) == "28 Jun 2027"
    assert stress_words.heading(whole) == "If supply were cut off from April 2027"
    assert [stress_words.weeks_words(weeks) for weeks in (1, 4.0, 26.0, 2.5)] == [
        "one week", "four weeks", "26 weeks", "2.5 weeks",
    ]  # fmt: skip
    assert stress_words.units_words(213_169.5, "item") == "213,000"
    assert stress_words.units_words(0.09, "item") == "0.09"
    assert [stress_words.played_words({"weeks": weeks}) for weeks in (1, 104)] == ["the week", "the 104 weeks"]
    assert stress_words.units_words(40.6, "MW") == "41 MW"
    assert [stress_words.often_words(often) for often in (0.1, 0.75, 0)] == [
        "once in 10 years",
        "0.75 times a year",
        "never",
    ]


def test_who_stops_first_comes_first(users: Told, whole: Told, pack: Pack) -> None:
    only(users, whole, "e_2w")
    whole["start_date"] = "2027-04-05"
    users["e_2w"] |= {"first_loss_week": 12, "recovery_week": 33, "peak_loss": 0.9, "lost_value": 9600.0}
    whole |= {"lost_value": 9600.0, "lost_share": 0.031}
    told = stress_words.sentences(users, whole, pack)
    assert told[0] == (
        "First to lose output: electric two-wheeler, from Monday 28 June 2027 (2027-W26), 12 weeks after the start. "
        "At the worst it loses 90 % of a week’s output; it is back at full output from Monday 22 November 2027 "
        "(2027-W47), 21 weeks after its first loss."
    )
    assert any("goods worth 9.6 billion INR are not made" in one and "3.1 %" in one for one in told)
    assert any(one.startswith("Not hit: ") and one.endswith("other products.") for one in told)
    users["e_2w"]["recovery_week"] = None
    assert "its loss lasts to the end of the 104 weeks" in stress_words.sentences(users, whole, pack)[0]


def test_of_whom_the_worst_and_the_end_are_is_said(users: Told, whole: Told, pack: Pack) -> None:
    only(users, whole, "e_2w", "drone", "laptop")
    whole["start_date"] = "2027-04-05"
    users["e_2w"] |= {"first_loss_week": 8, "recovery_week": 30, "peak_loss": 0.9, "lost_value": 9.0}
    users["laptop"] |= {"first_loss_week": 8, "recovery_week": 31, "peak_loss": 0.5, "lost_value": 1.0}
    users["drone"] |= {"first_loss_week": 33, "recovery_week": 56, "peak_loss": 1.0, "lost_value": 1.0}
    told = stress_words.sentences(users, whole, pack)
    assert "At the worst one of these loses 90 % of a week’s output; all of these are back at full output" in told[0]
    assert "23 weeks after their first loss. All 3 products hit are back at full output from" in told[0]
    assert told[0].endswith("(2028-W18), 56 weeks after the start.")
    users["drone"]["recovery_week"] = None
    assert "Of all 3 products hit, 1 still loses output" in stress_words.sentences(users, whole, pack)[0]


def test_not_hit_by_central_values_is_not_told_as_never_hit(users: Told, whole: Told, pack: Pack) -> None:
    only(users, whole, *(name for name in users if name not in ("drone", "defence", "laptop")))
    assert any(one.startswith("Not hit: ") for one in stress_words.sentences(users, whole, pack))
    sides = {"low": 1.0, "middle": 2.0, "high": 3.0}
    hit = {name: {"share_hit": 1.0} for name in users} | {"drone": {"share_hit": 0.38}, "laptop": {"share_hit": 0.0}}
    whole["ranges"] = {"lost_value": sides, "users": hit}
    said = next(one for one in stress_words.sentences(users, whole, pack) if one.startswith("Not hit"))
    assert said.startswith("Not hit by central values, but hit in some draws: ")
    assert "drone in 38 % of draws" in said
    assert said.endswith("Not hit, in any draw either: laptop.")


def test_what_happens_is_the_first_sentence_of_the_episode(whole: Told) -> None:
    whole["description"] = "China sells none, or 0.5 of it. Others do."
    assert stress_words.what_happens(whole) == "China sells none, or 0.5 of it."


def test_digits_are_kept_and_nothing_has_an_exponent() -> None:
    assert [stress_words.three_figures(number) for number in (14.21, 9e-06, 0.951, 1305.0, 99.96, 0.04, 5.0)] == [
        "14.2", "0", "0.95", "1,300", "100", "0.04", "5",
    ]  # fmt: skip
    assert stress_words.exact_money(14_210.0, "INR") == "14.2 billion INR"
    assert stress_words.exact_money(999.7, "INR") == "1 billion INR"
    assert [stress_words.lasts_words(weeks) for weeks in (4.95, 4.1, 12.0, 12.99)] == ["4.9", "4.1", "12", "12.9"]


def test_nobody_is_hit(users: Told, whole: Told, pack: Pack) -> None:
    only(users, whole)
    told = stress_words.sentences(users, whole, pack)
    assert told[0].startswith("Nobody loses output within the 104 weeks")
    assert "are estimates" in told[-1]
    assert user_table(users, whole, pack)[1] == []
    whole["ranges"] = {"users": {"e_2w": {"share_hit": 0.12}}}
    assert "But in 12 % of the draws electric two-wheeler loses output" in stress_words.sentences(users, whole, pack)[1]


def test_what_four_more_weeks_would_have_saved(users: Told, whole: Told, pack: Pack) -> None:
    whole |= {"lost_value": 1000.0}
    whole["more_stock"] |= {"weeks": 4, "saves": 250.0, "worth": 530.0, "holding": 53.0}
    said = " ".join(stress_words.sentences(users, whole, pack))
    assert "Four more weeks of stock at every maker would have saved 250 million INR, 25 % of the loss." in said
    assert "worth 530 million INR at the pack’s world prices of magnets, and holding it costs 53 million INR" in said
    whole["more_stock"]["saves"] = 0.0
    assert "Four more weeks of stock would have saved nothing." in stress_words.sentences(users, whole, pack)
    whole["more_stock"]["saves"] = -250.0
    said = " ".join(stress_words.sentences(users, whole, pack))
    assert "Four more weeks of stock would have cost 250 million INR more: who holds more sees" in said


def test_the_gap_to_the_best_is_what_a_policy_is_worth(users: Told, whole: Told, pack: Pack) -> None:
    whole["costs"] = {"rules": 1000.0, "as_it_comes": 700.0, "foresight": 400.0}
    said = " ".join(stress_words.sentences(users, whole, pack))
    assert "would have lost 400 million INR instead of 1 billion INR" in said
    assert "up to 600 million INR, of which 300 million INR asks for no foresight" in said
    whole["costs"] = {"rules": 400.0, "as_it_comes": 400.0, "foresight": 400.0}
    assert any("could not have been used better" in one for one in stress_words.sentences(users, whole, pack))
    del whole["costs"]["foresight"]
    assert not any("best" in one for one in stress_words.sentences(users, whole, pack))


def test_why_nobody_is_hit_follows_from_what_the_episode_stops(documents: Told, pack: Pack) -> None:
    def why(**reach: object) -> str:
        of = {"stopped_abroad": 0.0, "made_at_home": 0.08, "delay_weeks": 0.0, "thinnest_weeks": 4.0, "thinnest": "tv",
              "surge": 1.6, "lasts_weeks": 4.0, "capacity_lost": {}, "held_behind_weeks": {}}  # fmt: skip
        whole = {"reach": of | reach, "start": "2027-W14", "of": "country", "users": {"tv": "Television"}}
        return stress_words.why_not(whole, pack)

    late = why(delay_weeks=2.0)
    assert late == (
        "No goods are lost: they come at most two weeks later. The thinnest stock, of television, is four weeks of use."
    )
    assert "at most 12 % may not leave abroad" in why(stopped_abroad=0.12)
    assert why(capacity_lost={"metal": None}).startswith("No plants at home for metal stand in 2027 that could stop.")
    home = why(capacity_lost={"separation": 1.0}, held_behind_weeks={"separation": 6.0})
    assert "lose at most 100 % of their capacity; all home plants together make 8 % of the magnets in use" in home
    assert "hold six weeks of it, and it is stopped for four weeks." in home
    assert "hold" not in why(capacity_lost={"separation": 1.0}, held_behind_weeks={"separation": 3.0})
    names = [name for name, users in documents["stress"].items()
             if all(one["first_loss_week"] is None for one in users.values())]  # fmt: skip
    assert len(unhit(documents["stress"], documents["stress_in_all"], pack)) == len(names) > 0


def test_an_episode_that_costs_more_than_one_that_stops_more_is_explained(documents: Told, pack: Pack) -> None:
    stress = {"long": {"a": {"lost_value": 43.0, "time_to_survive_weeks": 31.0}, "b": {"lost_value": 88.0}},
              "short": {"a": {"lost_value": 0.0}, "b": {"lost_value": 112.0}}}  # fmt: skip

    def whole(title: str, lost: float, stopped: float, weeks: float) -> Told:
        reach = {"stopped_abroad": stopped, "lasts_weeks": weeks}
        return {"title": title, "lost_value": lost, "reach": reach, "users": {"a": "Defence", "b": "Cars"}}

    in_all = {"long": whole("Licences", 131.0, 0.83, 52.0), "short": whole("Full stop", 112.0, 0.86, 26.0)}
    said = paradox(stress, in_all, pack)
    assert "“Licences” costs more than “Full stop”" in said
    assert "83 % of the magnets in use against 86 %" in said
    assert "it lasts 52 weeks against 26 weeks" in said
    assert "defence, whose stock and goods under way last 31 weeks, longer than the shorter of the two: 43" in said
    assert "all others together lose 88 million INR against 112 million INR" in said
    in_all["short"]["reach"]["stopped_abroad"] = 0.5
    assert paradox(stress, in_all, pack) == ""


def test_the_home_plants_that_stand_are_told(users: Told, whole: Told, pack: Pack) -> None:
    assert whole["standing"] is None
    plant = next(iter(pack.nouns.column("plants", "name")))
    stands: Told = {"year": 2027, "now": {plant: 162.0}, "next_year": 2028, "more": {plant: 130.0}, "kept": []}
    whole["standing"] = stands
    said = " ".join(stress_words.sentences(users, whole, pack))
    assert "Home plants in the weeks played are those of 2027" in said
    assert "(162 t/year)" in said
    assert "in 2028: " in said
    assert "--start 2028-W14" in said
    whole["standing"] = stands | {"next_year": None, "more": {}}
    assert "No more come in the years of the plan." in " ".join(stress_words.sentences(users, whole, pack))
    whole["standing"] = stands | {"kept": [plant]}
    assert "The plan neither builds nor runs " in " ".join(stress_words.sentences(users, whole, pack))


def test_why_idle_home_plants_make_no_more_is_told(users: Told, whole: Told, pack: Pack) -> None:
    whole["home"] = {"able": 3850.0, "usual": 234.0, "most": 1620.0,
                     "lacks": {"stage": "metal", "kind": "Dy", "met": 0.26}}  # fmt: skip
    said = " ".join(stress_words.sentences(users, whole, pack))
    assert "could make 3,850 t of magnets a year, but 234 t of those in use come from them" in said
    assert "as much as 1,620 t a year, held back by dysprosium (metal): of it they get 26 %" in said
    whole["home"] |= {"usual": 3800.0}
    assert "Home plants could make" not in " ".join(stress_words.sentences(users, whole, pack))


def test_what_an_episode_does_not_do_is_told(users: Told, whole: Told, pack: Pack) -> None:
    whole["reach"]["idle_events"] = {"1": "nothing", "2": "nothing", "4": "never", "5": "after"}
    said = stress_words.sentences(users, whole, pack)[0]
    assert said == (
        "Of this episode events 1 and 2 concern nothing that makers at home use or plants at home take, event 4 lasts "
        "no time and event 5 begins after the 104 weeks played."
    )
    assert stress_words.episode_words(whole | {"ends_week": 0}).endswith("no restriction of it lasts any time.")
    late = stress_words.episode_words(whole | {"begins_week": 200, "ends_week": 210})
    assert late.endswith("it begins 200 weeks after the start, after the 104 weeks played.")


def test_the_middle_of_the_draws_stands_beside_the_central_value(users: Told, whole: Told, pack: Pack) -> None:
    whole["ranges"] = {"lost_value": {"low": 73e3, "middle": 149e3, "high": 256e3}, "users": {}}
    whole |= {"lost_value": 130e3, "draws": 1000}
    said = " ".join(stress_words.sentences(users, whole, pack))
    assert "worth 130 billion INR by central values are not made" in said
    assert "The middle of the draws is 149 billion INR (90 % of them: 73 to 256 billion INR)." in said


def test_what_is_lost_without_a_stop_is_told_apart(users: Told, whole: Told, pack: Pack) -> None:
    mine = {"mine": users["e_2w"]}
    whole |= {"of": "firm", "firm": "My works", "users": {"mine": "My works"}}
    whole["more_stock"]["later"] = {"mine": 4.2}
    short = {"first_short_week": 4.0, "held_weeks": 3.98}
    whole["without"] = {"mine": {"lost_value": 3.9, "grades": {"N": short, "SH": short | {"first_short_week": None}}}}
    told = stress_words.sentences(mine, whole, pack)
    assert told[0].startswith("Also without a stop you would run short of N (to about 80 °C) from Monday 3 May 2027")
    assert "the four weeks that you hold and your orders on the way do not reach" in told[0]
    assert told[1].startswith("You lose output because of the stop from ")


def test_tables_of_a_shock_have_titles_of_their_own(users: Told, whole: Told, pack: Pack) -> None:
    found = grids(users, whole, pack)
    assert len({one.title for one in found}) == len(found) == 3
    shown = [heading for one in found[:2] for heading in one.headings[1:]]
    assert sorted(shown) == sorted(user_table(users, whole, pack)[0][1:])


def test_more_stock_tells_by_how_much_later_a_loss_begins(users: Told, whole: Told, pack: Pack) -> None:
    only(users, whole, "e_2w", "e_car")
    whole["more_stock"]["later"] = {"e_2w": 4.21, "e_car": None}
    headings, rows = user_table(users, whole, pack)
    assert headings[-1] == "with four weeks more stock"
    assert {row[0]: row[-1] for row in rows[:-1]} == {
        whole["users"]["e_2w"]: "4.2 weeks later", whole["users"]["e_car"]: "no loss",
    }  # fmt: skip


def test_a_firm_is_spoken_to(users: Told, whole: Told, pack: Pack) -> None:
    mine = {"mine": users["e_2w"] | {"first_loss_week": 12, "time_to_survive_weeks": 12.4, "peak_loss": 1.0}}
    whole |= {"of": "firm", "firm": "My works", "users": {"mine": "My works"}, "start_date": "2027-04-05"}
    whole["more_stock"]["later"] = {"mine": 4.2}
    whole["grades"] = {grade: whole["grades"][grade] for grade in ("N", "SH")}
    whole["grades"]["N"]["first_short_week"], whole["grades"]["SH"]["first_short_week"] = None, 12
    told = stress_words.sentences(mine, whole, pack)
    assert told[0].startswith("You stop from Monday 28 June 2027 (2027-W26) on: ")
    assert "lasts 12.4 weeks from the start. At the worst you make nothing; you are back at full output" in told[0]
    assert told[1] == "The first grade to run short is SH (to about 150 °C)."
    assert any("would have saved you" in one and "would begin 4.2 weeks later" in one for one in told)
    assert not any("Not hit" in one for one in told)
    one = {"use": 0.9, "held_weeks": 3.0, "first_short_week": 10.0, "first_short": "2027-W24", "deepest": 0.99,
           "time_to_survive_weeks": 10.4, "recovery_week": 57.0, "recovery": "2028-W19", "lost_units": 23_800.0,
           "lost_value": 950.0}  # fmt: skip
    whole["goods"] = {"mine": {"SH": one}}
    headings, rows = grade_table(whole, pack)
    assert headings[-1] == "value, million INR"
    assert rows == [["SH (to about 150 °C)", "0.9", "2027-W24", "10.4", "99 %", "2028-W19", "23,800", "950"]]
    assert user_table(mine, whole, pack)[0][0] == "firm"


def test_ranges_stand_in_brackets(users: Told, whole: Told, pack: Pack) -> None:
    only(users, whole, "e_2w")
    sides = {"low": 6.0, "middle": 12.0, "high": None}
    of = {name: dict(sides) for name in ("first_loss_week", "time_to_survive_weeks")}
    of["peak_loss"] = {"low": 0.8, "middle": 0.9, "high": 0.95}
    of["lost_units"] = of["lost_value"] = {"low": 8000.0, "middle": 9000.0, "high": 12_000.0}
    of["recovery_week"] = {"low": 0.0, "middle": 30.0, "high": None}
    whole["ranges"] = {"lost_value": of["lost_value"], "users": {"e_2w": {**of, "share_hit": 0.9}}}
    whole["draws"] = 100
    headings, rows = user_table(users, whole, pack)
    row = dict(zip(headings, rows[0], strict=True))
    assert row["survives, weeks"].endswith("(6 to no loss)")
    assert row["deepest loss"].endswith("(80 to 95 %)")
    assert row["value, billion INR"].endswith("(8 to 12)")
    assert row["back from"].endswith("(no loss to later)")
    assert row["hit, of draws"] == "90 %"
    assert any("(90 % of them: 8 to 12 billion INR)" in one for one in stress_words.sentences(users, whole, pack))


def test_the_table_of_users_is_in_order_and_can_be_cut(users: Told, whole: Told, pack: Pack) -> None:
    headings, rows = user_table(users, whole, pack)
    hit = [one for one in users.values() if one["first_loss_week"] is not None]
    assert len(rows) == len(hit) + 1
    assert rows[-1][0] == "in all"
    assert all(len(row) == len(headings) for row in rows)
    cut = user_table(users, whole, pack, 3)[1]
    first = min(one["first_loss_week"] for one in hit)
    at_first = [name for name, one in users.items() if one["first_loss_week"] == first]
    assert len(cut) == len(at_first) + 1 + 1
    most = max(users, key=lambda name: users[name]["lost_value"])
    assert {whole["users"][name] for name in (most, *at_first)} == {row[0] for row in cut[:-1]}


def test_episodes_are_ordered_by_what_they_cost_a_year(documents: Told, pack: Pack) -> None:
    in_all = documents["stress_in_all"]
    costs = [in_all[name]["often"] * in_all[name]["lost_value"] for name in by_cost(in_all)]
    assert costs == sorted(costs, reverse=True)
    headings, rows = episode_table(documents["stress"], in_all, pack)
    assert len(rows) == len(in_all)
    assert rows[0][0] == in_all[by_cost(in_all)[0]]["title"]
    assert all(len(row) == len(headings) for row in rows)


def test_the_tables_of_the_run_folder_have_every_number(documents: Told) -> None:
    found = stress_tables(documents)
    assert len(found["stress"]) == sum(len(users) for users in documents["stress"].values())
    assert found["stress"]["lost_value_million"].sum() == pytest.approx(
        sum(one["lost_value"] for one in documents["stress_in_all"].values())
    )
    assert set(found["stress-weeks"]["episode"]) == set(documents["stress"])
    assert stress_tables({}) == {}


def test_the_picture_has_a_panel_for_each_sector(whole: Told, users: Told, pack: Pack) -> None:
    chart = timeline(users, whole, pack)
    assert len(chart.figure.layout.annotations) == len(whole["sectors"])
    assert "red: what is lost" in chart.unit
    for one in whole["sectors"].values():
        one |= {"low": [0.0] * whole["weeks"], "high": [1.0] * whole["weeks"]}
    whole |= {"ranges": {"users": {}}, "draws": 500}
    banded = timeline(users, whole, pack)
    assert "90 % of 500 draws" in banded.unit
    assert len(banded.figure.data) == 3 * len(whole["sectors"])
    for one in whole["sectors"].values():
        one["output"] = [1.0] * whole["weeks"]
    assert timeline(users, whole, pack).title.endswith("no sector loses output")


def test_the_section_renders_with_a_back_test_and_without(documents: Told, pack: Pack) -> None:
    plain = template("stress_section.html").render(stress=stress_section(documents, pack), pack=pack)
    assert "If supply were cut off from" in plain
    assert "back-test" not in plain
    both = template("stress_section.html").render(
        stress=stress_section({**documents, "backtests": {"invented": BACKTEST}}, pack), pack=pack
    )
    assert "An invented back-test" in both
    assert "Maker A, output in 2025-07: observed 80 %, the model says 10 % to 70 %." in both


def test_the_back_test_stands_beside_what_was_observed() -> None:
    chart = backtest_picture(BACKTEST)
    assert chart.title == "2 of 3 observations lie in the band; of the 1 kept back, 0"
    assert "told after it" in chart.source
    assert len(chart.figure.layout.annotations) == 2
    assert chart.table.rows[0] == ("Maker A", "2025-06", "50 %", "80 %", "100 %", "90 %")
    assert chart.table.rows[3][-1] == "-"
    section = backtest_section(BACKTEST)
    assert section["said"][0].startswith("2 of 3 observations")
    assert len(section["said"]) == 1, "no wide band, and nobody was not hit"
    assert section["compared"][1][2] == [
        "Maker A", "first loss", "2025-06-20 (2025-06-01 to not within the weeks)", "no end", "2025-06-24", "yes",
        "no",
    ]  # fmt: skip


def test_that_a_band_is_wide_and_cannot_tell_is_said_in_the_text() -> None:
    found = copy.deepcopy(BACKTEST)
    whole = {"firm": "b", "what": "output", "period": "2025-07", "low": 0.0, "middle": 0.45, "high": 1.0,
             "observed": 1.1, "width": 1.0, "inside": True, "held_back": False, "source": "own"}  # fmt: skip
    found["compared"].append(whole)
    said = backtest_section(found)["said"]
    assert "1 of 2 lie in a band of 90 points" in said[1]
    assert said[2].startswith("In 2025-07 Maker B made full output or more; by the middle of the band it would have ")
    assert "lost 55 % of it. Maker A made 80 %; by the middle it would have lost 60 %" in said[2]
    assert said[2].endswith("by degree only.")


def test_a_stock_is_told_with_what_the_first_part_of_it_does(pack: Pack) -> None:
    best = {"tonnes": 1300.0, "capital": 4300.0, "holding": 430.0, "loss_without": 24_000.0, "loss_with": 1200.0}
    point = {"holding_weighs": 8.0, "tonnes": 400.0, "capital": 1400.0, "holding": 140.0, "loss": 4440.0}
    told: Told = {"best": best, "episodes": {EPISODE: 0.02}, "curve": [{**point, "avoided": 19_560.0}]}
    said = stockpile_sentences(told, pack)
    assert "1,300 t of magnets, 4.3 billion INR of capital" in said[0]
    assert said[1] == "The first 1.4 billion INR do most of it: 86 % of what the whole stock saves."
    told["best"] = best | {"tonnes": 0.0}
    assert stockpile_sentences(told, pack) == ["No stock beyond what makers hold already is worth its cost."]


def test_the_tables_of_a_stock_leave_out_what_is_not_held(pack: Pack) -> None:
    one = {"sector": "ev", "tonnes": 5.0, "capital": 20.0, "holding": 2.0, "loss_without": 90.0, "loss_with": 4.0}
    one |= {"weeks_served": {"N": 3.21}}
    users = {"a": {**one, "title": "A", "weeks_of_use": {"N": 89.0, "SH": 29.4}}, "b": {**one, "title": "B"}}
    users["b"]["weeks_of_use"] = {"N": 0.0}
    point = {"holding_weighs": 1.0, "tonnes": 5.0, "capital": 20.0, "holding": 2.0, "loss": 4.0, "avoided": 86.0}
    told: Told = {"users": users, "curve": [dict(point), dict(point)]}
    headings, rows = stock_table(told, pack)
    assert headings[:3] == ("product", "N", "SH")
    assert rows == [["A", "3.21*", "29.4", "5", "20 million INR", "90 to 4"]]
    assert len(curve_table(told, pack)[1]) == 1


def test_the_episodes_that_are_played_are_frozen_with_a_run(pack: Pack, drawn_toyland: Answer) -> None:
    names = sorted(path.name for path in (pack.path / "episodes").glob("*.yaml"))
    played = [name for name in sorted(frozen_documents(pack)) if name.startswith("pack/episodes/")]
    assert played == [f"pack/episodes/{name}" for name in names]
    assert frozen_documents(drawn_toyland.pack) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"firm": Path("mine.yaml"), "draws": 5}, "--firm and --draws"),
        ({"plan": Path("runs/mine")}, "--plan"),
        ({"start": "2027-W14"}, "--start"),
    ],
)
def test_what_is_asked_of_no_episode_asks_for_one(given: Told, said: str) -> None:
    nothing: Told = {"pack": "india", "scenario": None, "overlays": (), "start": None, "weeks": 104, "plan": None}
    nothing |= {"firm": None, "draws": DRAWS, "seed": 0, "rationing": "priority", "optimum": True}
    with pytest.raises(MistakeError, match=rf"^{said} .* Name one: --episode NAME"):
        ask_stress(Asked(**{**nothing, **given}), None, False)


def test_the_number_of_draws_that_counts_as_not_given_is_the_default() -> None:
    assert inspect.signature(stress).parameters["draws"].default == DRAWS


def test_a_plan_by_region_is_refused(tmp_path: Path) -> None:
    """Kept as its folder keeps it, without the quarter of a minute that such a plan takes."""
    setup = Setup("india", "reference", "national", places="regions", requirements=(), slack=None)
    kept = Kept(setup, (), {}, xr.DataArray(), {})
    with pytest.raises(MistakeError, match=r"is by regions, .* Make the plan without --places"):
        _pack(Asked("india", None, (), None, 104, plan=tmp_path), kept)
    with pytest.raises(MistakeError, match="was made for scenario 'reference', not for 'slow'"):
        _pack(Asked("india", "slow", (), None, 104, plan=tmp_path), kept)


def test_the_list_of_episodes_tells_the_faults_of_all(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "episodes").mkdir()
    for name in ("first", "second"):
        (tmp_path / "episodes" / f"{name}.yaml").write_text("title: A stop\nevents: []\n")
    with pytest.raises(PackError) as found:
        _list(replace(pack, path=tmp_path), as_json=False)
    assert {fault.file for fault in found.value.faults} == {"episodes/first.yaml", "episodes/second.yaml"}
