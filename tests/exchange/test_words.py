"""Every language has every sentence, with the same names in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from babel.messages.extract import extract_from_dir

from chumbak.exchange import words as room
from chumbak.exchange.words import SOURCE, Words, catalog, files, names, territory_of, words, zone_of

FOLDER = Path(room.__file__).parents[1]
NAMES = re.compile(r"%\((\w+)\)([a-z])")
LANGUAGES = sorted({path.stem.split(".")[0] for path in room.FOLDER.glob("*.po")})


@cache
def texts() -> dict[str, str]:
    """Return every text of the code and the templates, and where it stands."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    keywords = {"_": None, "N_": None, "say": None, "many": (1, 2)}
    found = extract_from_dir(
        FOLDER, methods, {"**.html": {"silent": "false"}}, keywords=keywords
    )  # fmt: skip
    return {_id(text): f"{path}:{line}" for path, line, text, *_ in found if text}


def _id(text: str | Sequence[str]) -> str:
    """Return a text, or the text for one and that for more, as one string."""
    return text if isinstance(text, str) else " / ".join(text)


def _is_said(string: str | Sequence[str]) -> bool:
    return all([string] if isinstance(string, str) else string)


def test_texts_are_found() -> None:
    assert len(texts()) > 300
    assert {"html", "py"} == {where.partition(":")[0].rpartition(".")[2] for where in texts().values()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_sentence(language: str) -> None:
    known = {_id(one.id): one for one in catalog(language) if one.id}
    missing = sorted(
        f"{where}: {text}" for text, where in texts().items() if text not in known or not _is_said(known[text].string)
    )
    assert missing == []
    assert [_id(one.id) for one in known.values() if one.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_in_a_sentence_are_the_same(language: str) -> None:
    for one in catalog(language):
        if one.id:
            assert sorted(NAMES.findall(str(one.id))) == sorted(NAMES.findall(str(one.string))), one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_one_file_that_repeats_nothing(language: str) -> None:
    assert [path.name for path in files(language)] == [f"{language}.po"]
    ids = re.findall(r'^msgid ((?:".*"\n)+)', files(language)[0].read_text(encoding="utf-8"), re.M)
    assert len(ids) == len(set(ids))


def test_nothing_is_said_to_be_sent_before_a_messenger_has_it() -> None:
    said = re.compile(r"(was|were|been|also) sent to (your phone|%\(phone\)s)")
    assert [text for text in texts() if said.search(text)] == []


def test_samples_of_rules_are_spoken_too() -> None:
    ladder = yaml.safe_load((FOLDER / "people" / "rules" / "ladder.yaml").read_text(encoding="utf-8"))
    for language in LANGUAGES:
        known = {str(one.id) for one in catalog(language)}
        assert {step["title"] for step in ladder["steps"]} <= known


def test_one_and_more_are_said_as_each_language_does() -> None:
    forms = ("%(count)s alarm waits for a decision.", "%(count)s alarms wait for a decision.")
    here, there = words("en", "INR", "India", "Asia/Kolkata"), words("hi", "INR", "India", "Asia/Kolkata")
    assert [here.many(*forms, count) for count in (0, 1, 2)] == [
        "0 alarms wait for a decision.", "1 alarm waits for a decision.", "2 alarms wait for a decision.",
    ]  # fmt: skip
    assert here.many(*forms, 123_456).startswith("1,23,456 alarms")
    said = [there.many(*forms, count) for count in (1, 2)]
    assert said[0].removeprefix("1") != said[1].removeprefix("2")
    assert not any("alarm" in one for one in said)


def test_money_and_masses_are_written_as_the_place_does() -> None:
    here = words("en", "INR", "India", "Asia/Kolkata")
    assert here.money(12_345_678) == "₹1,23,456.78"
    assert here.money(12_300_000) == "₹1,23,000"
    assert here.money(-50) == "-₹0.50"
    assert [here.mass(grams) for grams in (2_500, 12.5, 0.02, 0)] == ["2.5 kg", "12.5 g", "20 mg", "0 g"]
    assert here.when(1_700_000_000_000_000) == "15 Nov 2023, 03:43"
    assert Words("en", "EUR", "IE").money(123_456) == "€1,234.56"


def test_a_country_has_a_zone_and_a_language_its_name() -> None:
    assert (zone_of("India"), zone_of("Nowhere"), territory_of("Nowhere")) == ("Asia/Kolkata", "UTC", "")
    assert names((SOURCE, *LANGUAGES))["hi"] == "हिन्दी"
