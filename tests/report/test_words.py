"""What the report says of odd packs: nothing sold, no later years, a market that shrinks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chumbak.answer import Answer, overview
from chumbak.answer.document import document, schema
from chumbak.pack import load
from chumbak.report.page import page
from chumbak.report.verdict import headlines, sentences
from chumbak.report.words import need_headlines, need_sentences, percent, portion, rounded


def nothing_sold(folder: Path) -> None:
    table = folder / "tables" / "figures-country.csv"
    table.write_text(re.sub(r"(\.sales,\d+),[\d.]+,", r"\1,0,", table.read_text()))


def no_later_years(folder: Path) -> None:
    change_settings(folder, answer_from=2047, base_year=2047)


def few_later_years(folder: Path) -> None:
    change_settings(folder, last_year=2028)


def change_settings(folder: Path, **settings: int) -> None:
    path = folder / "datapackage.json"
    package = json.loads(path.read_text())
    package["chumbak"].update(settings)
    path.write_text(json.dumps(package))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (nothing_sold, "hold no rare-earth magnets"),
        (no_later_years, "says nothing of later years"),
        (few_later_years, r"becomes \d+ t \(\d+ to \d+\) in 2028, of which"),
    ],
)
def test_odd_packs_are_put_into_words(toyland: Path, change: object, said: str) -> None:
    assert callable(change)
    change(toyland)
    answer = overview(load(toyland), draws=60)
    text = " ".join(sentences(answer))
    assert re.search(said, text)
    told = page(answer, document(answer, "0" * 64)).split("<main>")[1].split("every-figure")[0]
    assert not re.search(r"\bnan\b", told, re.IGNORECASE)


def test_a_handful_of_draws_says_no_range(toyland: Path) -> None:
    answer = overview(load(toyland), draws=7)
    text = " ".join(sentences(answer)) + " ".join(one.note for one in headlines(answer))
    assert not re.search(r"\d to \d", text)
    assert "90 %" not in text
    assert "7 draws are too few" in page(answer, document(answer, "0" * 64))


def test_words_and_numbers_agree_with_the_document(india: Answer) -> None:
    found = document(india, "0" * 64)
    assert schema()["title"] == "A Chumbak answer"
    text = " ".join(need_sentences(india))
    for group, name, year in (
        ("demand", "total_t", "2025"), ("demand", "made_at_home_t", "2025"), ("demand", "total_t", "2047"),
        ("urban_mine", "end_of_life_t", "2025"), ("urban_mine", "recoverable_full_t", "2025"),
    ):  # fmt: skip
        assert f"{rounded(found[group][name][year])} t" in text
    shown = [one.value for one in need_headlines(india)]
    assert shown == [
        rounded(found["demand"]["total_t"]["2025"]),
        rounded(found["demand"]["made_at_home_t"]["2025"]),
        rounded(found["urban_mine"]["end_of_life_t"]["2035"]),
        rounded(found["urban_mine"]["recoverable_full_t"]["2035"]),
    ]


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (0.0421, "0.04"), (0.421, "0.42"), (4.21, "4.2"), (42.1, "42"), (421.4, "421"), (4214, "4,210"),
     (42_149, "42,100"), (1_279_951, "1,280,000")],
)  # fmt: skip
def test_numbers_are_rounded_as_a_person_would(number: float, said: str) -> None:
    assert rounded(number) == said


def test_shares_in_words() -> None:
    assert [percent(share) for share in (0, 0.004, 0.0123, 0.361)] == ["0 %", "0.4 %", "1.2 %", "36 %"]
    assert portion(1, 0) == 0
