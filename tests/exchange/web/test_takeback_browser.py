"""Take-back in a real browser: 320 px wide, scripts off, in English and Hindi."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chumbak.exchange.takeback import tables as t
from chumbak.exchange.web import security
from chumbak.exchange.web.app import create_app
from tests.browser import browser, in_a_browser
from tests.exchange import house
from tests.exchange.served import served
from tests.exchange.takeback.scene import SERIAL, Scene, scene

pytest.importorskip("playwright.sync_api")
WIDE = 320


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Scene]:
    with house.desk(tmp_path) as made:
        yield scene(made)


SMALL = """Array.from(document.querySelectorAll("main button, main a.button"))
  .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height < 44)
  .map(one => one.innerText)"""  # what is seen and is lower than a finger is wide


@contextmanager
def browsers(town: Scene, language: str) -> Iterator[Callable[[str], Any]]:
    """Return what opens a page as a person, with scripts off."""
    with served(create_app(town.desk)) as base, browser() as window:

        def page_of(person: str) -> Any:
            context = window.new_context(
                base_url=base, viewport={"width": WIDE, "height": 640}, java_script_enabled=False
            )
            context.add_cookies(
                [
                    {"name": security.COOKIE, "value": security.new_session(town.desk, person), "url": base},
                    {"name": "language", "value": language, "url": base},
                ]
            )
            return context.new_page()

        yield page_of


def look(page: Any, path: str = "") -> None:
    """Go to a page and see that it is whole: nothing stands over its edge, what is pressed is large."""
    if path:
        page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE, page.url
    assert page.evaluate(SMALL) == [], page.url


def press(page: Any, what: str) -> None:
    """Press a link or a button, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.click(what)


@in_a_browser
@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_take_back_is_walked_without_scripts_at_320_pixels(town: Scene, language: str) -> None:
    with browsers(town, language) as page_of:
        citizen, collector = page_of(town.citizen.id), page_of(town.collector.id)
        recycler = page_of(town.recycler.id)
        look(citizen, "/device")
        press(citizen, "a[href='/device/smartphone']")
        look(citizen)
        citizen.check("input[value='works']")
        press(citizen, "main form button")
        look(citizen)
        press(citizen, "a[href$='/book']")
        look(citizen)
        citizen.check(f"input[value='{town.slot}']")
        citizen.fill("#address", "12 Lane, Seelampur")
        citizen.check("input[value='wallet']")
        press(citizen, "main form[method=post] button")
        look(citizen)
        id = citizen.url.rsplit("/", 1)[-1]

        look(collector, "/collect")
        press(collector, f"a[href='/collect/{id}']")
        look(collector)
        collector.fill("#grams1", "160")
        collector.fill("#serial1", SERIAL)
        collector.fill("#price", "1")
        press(collector, "form:has(#price) button")
        assert collector.locator(".fault").count() == 1
        assert collector.input_value("#grams1") == "160"
        look(collector)
        collector.fill("#price", f"{town.read(id).paise / 100:.2f}")
        press(collector, "form:has(#price) button")
        look(collector)

        look(citizen, f"/takeback/{id}")
        press(citizen, "form:has(input[value=agree]) button")
        look(citizen)
        code = citizen.inner_text("p.code").strip()
        look(collector, f"/collect/{id}")
        collector.fill("#code", code)
        press(collector, "form:has(#code) button")
        look(collector)
        assert town.read(id).state == t.HANDED

        look(recycler, "/plant/takeback")
        press(recycler, f"a[href='/plant/takeback/{id}']")
        look(recycler)
        recycler.check("input[name=there1]")
        press(recycler, "form:has(input[value=receive]) button")
        look(recycler)
        recycler.select_option("#condition1", "broken")
        recycler.fill("#note1", "The screen is cracked.")
        press(recycler, "form:has(input[value=inspect]) button")
        look(recycler)

        look(citizen, f"/takeback/{id}")
        press(citizen, "form:has(input[value=accept]) button")
        look(citizen)
        assert town.read(id).state == t.PAID
        look(recycler, f"/plant/takeback/{id}")
        press(recycler, "form:has(input[value=certify]) button")
        look(recycler)
        citizen.reload()
        press(citizen, "a[href^='/destroyed/']")
        look(citizen)
        assert citizen.locator("p.good").count() == 1
        look(citizen, f"/takeback/{id}/{town.read(id).devices[0].id}")
        for path in ("/plant/times", "/plant/apart"):
            look(recycler, path)
        for path in ("/quote", "/quote/table", "/takeback"):
            look(citizen, path)
