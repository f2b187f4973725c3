"""Passkeys in a real browser, whose device is a virtual one; the pages come from the application without a network."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from chumbak.exchange.people import passkeys
from chumbak.exchange.web import security
from chumbak.exchange.web.app import create_app
from tests.browser import WHOLE, browser
from tests.exchange import house
from tests.exchange.people.helper import member

pytest.importorskip("playwright.sync_api")
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
BASE = "https://t.example"


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path, base=BASE) as made:
        yield made


@pytest.mark.skipif(not WHOLE, reason="NO BROWSER: NOBODY MADE A PASSKEY. Get one with: apt-get install chromium")
def test_a_browser_makes_a_passkey_and_signs_in_with_it(desk):
    person = member(desk, "trader")
    http = TestClient(create_app(desk), base_url=BASE, follow_redirects=False)

    def answer(route):
        asked = route.request
        http.cookies.clear()
        headers = {name: value for name, value in asked.all_headers().items() if not name.startswith(":")}
        got = http.request(asked.method, asked.url, headers=headers, content=asked.post_data_buffer)
        left_out = ("content-encoding", "content-length")
        headers = {name: value for name, value in got.headers.items() if name not in left_out}
        route.fulfill(status=got.status_code, headers=headers, body=got.content)

    with browser(WHOLE) as window:
        context = window.new_context(viewport={"width": 320, "height": 640})
        context.route("**/*", answer)
        cookie = {"name": security.COOKIE, "value": security.new_session(desk, person.id), "url": BASE}
        context.add_cookies([cookie])
        page = context.new_page()
        device = context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        page.goto(f"{BASE}/me/passkeys")
        page.click("form[data-passkey] button")
        page.wait_for_selector("form[action='/me/passkeys/remove']")
        context.clear_cookies()
        page.goto(f"{BASE}/sign-in/passkey?next=/me/steps")
        page.click("form[data-passkey] button")
        page.wait_for_selector(f"text={person.name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with desk.read() as work:
        (row,) = passkeys.of(work, person.id)
    assert row.used_us is not None
