"""Places to choose from stand by area and name, in the reader's language; a person's data are named in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chumbak.exchange.catalogue import Place
from chumbak.exchange.desk import Desk
from chumbak.exchange.people.personal import WITHHELD
from chumbak.exchange.people.persons import register
from chumbak.exchange.store.tables import metadata
from chumbak.exchange.web.data_words import CALLED
from tests.exchange import house

PLACES = (
    Place("moradabad", "Moradabad", "Uttar Pradesh", 28.8, 78.8), Place("seelampur", "Seelampur", "Delhi", 28.7, 77.3),
    Place("UP", "Uttar Pradesh", "Uttar Pradesh", 26.8, 80.9), Place("mandoli", "Mandoli", "Delhi", 28.7, 77.3),
    Place("GA", "Goa", "Goa", 15.5, 73.8), Place("DL", "Delhi", "Delhi", 28.6, 77.2),
)  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with house.desk(tmp_path) as desk:
        desk.catalogue = replace(desk.catalogue, places=PLACES)
        yield desk


def chosen_from(page: str) -> list[str]:
    """Return the labels of areas and the ids of places of a page's list, in order."""
    inside = re.search(r'<select id="place".*?</select>', page, re.S)
    assert inside, page
    return re.findall(r'(?:optgroup label|option value)="([^"]+)"', inside[0])


def test_places_stand_by_area_and_name_in_each_language(town: Desk) -> None:
    with town.work("system") as work:
        who = register(work, "9876500001", "A person", "seelampur", "trader").id
    browser = house.client(town)
    house.sign_in(browser, who)
    delhi, pradesh = ["DL", "mandoli", "seelampur"], ["UP", "moradabad"]
    for page in ("/me/change", "/market/new"):
        shown = chosen_from(browser.get(page).text)
        assert shown == ["Delhi", *delhi, "GA", "Uttar Pradesh", *pradesh], page
    browser.http.cookies.set("language", "hi")
    assert chosen_from(browser.get("/me/change").text) == ["उत्तर प्रदेश", *pradesh, "GA", "दिल्ली", *delhi]
    assert 'value="seelampur" selected>सीलमपुर<' in browser.get("/me/change").text
    assert "सीलमपुर" in browser.get("/me/data").text


def test_every_table_that_names_a_person_is_called_in_words(town: Desk) -> None:
    assert set(CALLED) == set(metadata.tables) - WITHHELD
    with town.work("system") as work:
        who = register(work, "9876500001", "A person", "seelampur", "citizen").id
    browser = house.client(town)
    house.sign_in(browser, who)
    page = browser.get("/me/data").text
    assert "Your name, phone and language" in page
    assert not [name for name in metadata.tables if f">{name}<" in page]
