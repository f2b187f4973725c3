"""Values that nobody should type, in every form and every question that each role comes to, and in every address.

No page fails, and what is refused is said in the language of the reader.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from typing import Any

import pytest
from starlette.testclient import TestClient

from chumbak.answer.exchange_catalogue import exchange_catalogue
from chumbak.custody.store.open import open_store
from chumbak.exchange.custodians import Direct
from chumbak.exchange.desk import Desk, Settings
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.town.fill import OWN, filled
from chumbak.exchange.web import security
from chumbak.exchange.web.app import AREAS, create_app
from chumbak.pack.pack import Pack

ROLES = ("", "family", "collector", "trader", "recycler", "producer", "auditor", "administrator")
MOST_PAGES = 70  # of one role
BAD = ("", "9" * 30, "-5", "NaN", "१२३", "1,00", "1e999999", "x" * 10_000)
NOWHERE = ("x", "9" * 300, "%00", "%E0%A5%A7", "lot-0000000000000")
HINDI = re.compile("[\\u0900-\\u097f]")
SAID = re.compile(r'class="fault"[^>]*>\s*([^<]+)<')
ID = re.compile(r"[a-z]+-[a-z0-9]{13}|\d{4}-\d\d")
NOT_PAGES = re.compile(r"\.csv|\.json|/json$|/picture|/photo/|^/custody|^/static|^//|^http")
NOT_SENT = re.compile("/sign-out|/town/be/|/language/")  # they end what is looked at, or have nothing to type

Form = tuple[str, dict[str, str]]  # where it goes, and its fields with what is in them


class Read(HTMLParser):
    """The links of a page, its forms to be sent, and the questions that it asks other pages."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.questions: list[Form] = []
        self.fields: dict[str, str] = {}
        self.select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, a form, or a field of the last form."""
        has = {name: value or "" for name, value in attrs}
        name, kind = has.get("name", ""), has.get("type", "")
        if tag == "a":
            self.links.append(has.get("href", ""))
        elif tag == "form":
            self.fields = {}
            kept = self.forms if has.get("method") == "post" else self.questions
            kept.append((has.get("action") or self.path, self.fields))
        elif tag == "option" and self.select and ("selected" in has or not self.fields[self.select]):
            self.fields[self.select] = has.get("value", "")
        elif tag in ("input", "textarea", "select") and name and kind != "file":
            self.select = name if tag == "select" else ""
            if kind not in ("radio", "checkbox") or name not in self.fields or "checked" in has:
                self.fields[name] = has.get("value", "")


@pytest.fixture(scope="module")
def browser(india_pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a browser in Hindi on the invented town, where nobody is told to wait."""
    folder = tmp_path_factory.mktemp("town")
    catalogue = exchange_catalogue(india_pack)
    settings = Settings("https://t.example", "Asia/Kolkata", own=OWN, show_messages=True, secure_cookies=False)
    filled(folder, catalogue, settings)
    database = open_exchange(f"sqlite:///{folder / 'exchange.db'}")
    with open_store(f"sqlite:///{folder / 'custody.db'}") as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(security, "_take", lambda *_: None)
        app = create_app(Desk(database.engine, database.secret, catalogue, Direct(store), settings))
        yield TestClient(
            app, base_url="http://t.example", cookies={"language": "hi"}, follow_redirects=False,
            raise_server_exceptions=False,
        )  # fmt: skip
    database.engine.dispose()


def crawl(browser: TestClient) -> tuple[dict[str, Form], set[tuple[str, str]]]:
    """Return each kind of form that links lead to, and each name that a page is asked with."""
    forms: dict[str, Form] = {}
    asked: set[tuple[str, str]] = set()
    known: set[str] = set()
    waiting = deque(["/", "/me"])
    while waiting and len(known) < MOST_PAGES:
        path = waiting.popleft()
        if (kind := ID.sub("…", path)) in known:
            continue
        known.add(kind)
        page = Read(browser.get(path, follow_redirects=True).text, path)
        for to, fields in page.forms:
            if not NOT_SENT.search(to):
                forms.setdefault(f"{ID.sub('…', to)} {sorted(fields)}", (to, fields))
        asked |= {(to, name) for to, fields in page.questions for name in fields}
        for link in page.links:
            to, _, query = link.split("#")[0].partition("?")
            asked |= {(to or path, part.partition("=")[0]) for part in query.split("&") if part}
            if to.startswith("/") and not NOT_PAGES.search(to):
                waiting.append(to)
    return forms, asked


def be(browser: TestClient, role: str) -> None:
    """Be somebody of the town, "" for nobody."""
    if role:
        _, fields = Read(browser.get("/town").text, "/town").forms[-1]
        assert browser.post(f"/town/be/{role}", data={"csrf": fields["csrf"]}).status_code == 303


def fault_of(answer: Any) -> str:
    """Return what is wrong with an answer, "" if nothing is."""
    if answer.status_code >= 500:
        return str(answer.status_code)
    if answer.status_code == 422 and not any(HINDI.search(one) for one in SAID.findall(answer.text)):
        return f"422, and nothing is said in Hindi: {SAID.findall(answer.text)}"
    return ""


def test_no_value_makes_a_page_fail_and_a_refusal_is_said_in_hindi(browser: TestClient) -> None:
    wrong: list[str] = []
    seen: set[object] = set()
    for role in ROLES:
        be(browser, role)
        forms, asked = crawl(browser)
        for path, name in sorted(asked - seen):
            for value in BAD:
                if said := fault_of(browser.get(path, params={name: value})):
                    wrong.append(f"{role} {path}?{name}={value[:20]}: {said}")
        for kind in sorted(forms.keys() - seen):
            to, fields = forms[kind]
            for name in sorted(fields.keys() - {"csrf"}):
                for value in BAD:
                    if said := fault_of(browser.post(to, data=fields | {name: value})):
                        wrong.append(f"{role} {kind}: {name}={value[:20]}: {said}")
        seen |= asked | forms.keys()
    assert wrong == []
    assert len(seen) > 40


def test_no_address_makes_a_page_fail(browser: TestClient) -> None:
    wrong = []
    pages = [page for area in AREAS for page in import_module(f"chumbak.exchange.web.{area}").routes()]
    for role in ("trader", "recycler", "administrator"):
        be(browser, role)
        token = Read(browser.get("/me").text, "/me").fields["csrf"]
        for page in pages:
            if "{" not in page.path or "/town/" in page.path or (page.roles and role not in page.roles):
                continue
            for value in NOWHERE:
                to = re.sub(r"\{[^}]*\}", value, page.path)
                for method in page.methods:
                    sent = {"data": {"csrf": token}} if method == "POST" else {}
                    if (answer := browser.request(method, to, **sent)).status_code >= 500:
                        wrong.append(f"{role} {method} {to[:60]}: {answer.status_code}")
    assert wrong == []
