from __future__ import annotations

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.custody.web.limits import Buckets, Limits
from chumbak.exchange.people import codes, persons, roles
from chumbak.exchange.trust import links
from chumbak.exchange.web import app, security
from chumbak.exchange.web.asked import CSRF
from tests.exchange import house
from tests.exchange.people.helper import last_code, member

ANY = "zzzzzzzzzzzzz"  # stands for an id in paths


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


def signed_in(desk, person):
    browser = house.client(desk)
    house.sign_in(browser, person)
    return browser


def cookie(browser) -> str:
    return browser.http.cookies[security.COOKIE]


def asks_to_sign_in(answer) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


# --- cookies


def test_a_forged_cookie_is_nobody(desk):
    token = cookie(signed_in(desk, member(desk, "citizen").id))
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), token.upper(), "0" * 64, "", "a.b.c", "x" * 5000):
        browser = house.client(desk)
        browser.http.cookies.set(security.COOKIE, forged)
        assert asks_to_sign_in(browser.get("/me")), forged


def test_a_cookie_of_nobody_carries_its_own_proof(desk):
    browser = house.client(desk)
    browser.get("/sign-in")
    kind, nonce, proof = cookie(browser).split(".")
    first = browser.token
    browser.get("/sign-in")
    assert browser.token == first  # the same browser, the same token
    browser.http.cookies.set(security.COOKIE, f"{kind}.{nonce}.{proof[:-1]}{'0' if proof[-1] != '0' else '1'}")
    browser.http.cookies.delete(security.COOKIE, domain="t.example", path="/")
    browser.get("/sign-in")
    assert browser.token != first


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';,"\\'), max_size=80))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cookie_breaks_it(desk, text):
    found = security.open_session(desk, {security.COOKIE: text})
    assert found.person is None
    assert found.joining is None


def test_a_cookie_is_replayed_in_vain_after_signing_out(desk):
    browser = signed_in(desk, member(desk, "citizen").id)
    token = cookie(browser)
    assert browser.post("/me/sign-out").status_code == 303
    thief = house.client(desk)
    thief.http.cookies.set(security.COOKIE, token)
    assert asks_to_sign_in(thief.get("/me"))


def test_signing_out_everywhere_ends_all_browsers(desk):
    person = member(desk, "citizen").id
    browsers = [signed_in(desk, person) for _ in range(3)]
    assert "3" in browsers[0].get("/me").text
    browsers[0].post("/me/sign-out", {"where": "everywhere"})
    assert all(asks_to_sign_in(browser.get("/me")) for browser in browsers)


def test_a_session_expires(desk):
    browser = signed_in(desk, member(desk, "citizen").id)
    desk.clock.later(days=13)
    assert browser.get("/me").status_code == 200  # this use counts
    desk.clock.later(days=13)
    assert browser.get("/me").status_code == 200
    desk.clock.later(days=14)
    assert asks_to_sign_in(browser.get("/me"))


def test_an_administrator_who_leaves_is_signed_out_within_the_hour(desk):
    browser = signed_in(desk, member(desk, "administrator").id)
    desk.clock.later(hours=1)
    assert asks_to_sign_in(browser.get("/people"))


def test_roles_that_change_end_sessions_at_once(desk):
    boss, other = member(desk, "administrator"), member(desk, "administrator", 1)
    browser = signed_in(desk, other.id)
    assert browser.get("/people").status_code == 200
    with desk.work(boss.id) as work:
        roles.take(work, other.id, "administrator")
    assert asks_to_sign_in(browser.get("/people"))


def test_signing_in_changes_the_cookie(desk):
    member(desk, "citizen")
    browser = house.client(desk)
    browser.get("/sign-in")
    before = cookie(browser)
    browser.post("/sign-in", {"phone": "9000000000"})
    browser.get("/sign-in/code")
    assert browser.post("/sign-in/code", {"code": last_code(desk)}).headers["location"] == "/me"
    assert cookie(browser) != before
    fixed = house.client(desk)
    fixed.http.cookies.set(security.COOKIE, before)
    assert asks_to_sign_in(fixed.get("/me"))


def test_the_cookie_is_for_this_site_alone(tmp_path):
    with house.desk(tmp_path, secure_cookies=True) as desk:
        browser = house.client(desk)
        answer = browser.get("/sign-in", headers={"cookie": "session=whatever"})
        said = answer.headers["set-cookie"]
        assert said.startswith("__Host-session=")
        for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
            assert part in said
        assert "Domain" not in said
        assert "max-age" in answer.headers["strict-transport-security"]
        token = security.new_session(desk, member(desk, "citizen").id)
        assert security.open_session(desk, {"__Host-session": token}).person
        assert security.open_session(desk, {"session": token}).person is None


@pytest.mark.parametrize("invented", [False, True])
def test_two_who_sign_in_with_one_handset_are_related(tmp_path, invented):
    with house.desk(tmp_path, show_messages=invented) as desk:
        sent = []
        desk.messenger = SimpleNamespace(send=lambda phone, text: sent.append(text))
        people = [member(desk, "citizen", number) for number in (1, 2, 3)]
        shared, other = house.client(desk), house.client(desk)
        for browser, person in zip((shared, shared, other), people, strict=True):
            browser.get("/sign-in")
            browser.post("/sign-in", {"phone": person.phone})
            browser.get("/sign-in/code")
            code = re.search(r"\d{6}", sent[-1])[0]
            assert browser.post("/sign-in/code", {"code": code}).status_code == 303
            browser.get("/me")
            browser.post("/me/sign-out")
        with desk.read() as work:
            related = [links.group(work, person.party) for person in people]
        together = sorted([people[0].party, people[1].party])
        alone = [[person.party] for person in people]
        assert related == (alone if invented else [together, together, [people[2].party]])


# --- forms


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "another"])
def test_a_form_without_its_token_does_nothing(desk, token):
    person = member(desk, "citizen")
    browser = signed_in(desk, person.id)
    browser.get("/me/change")
    answer = browser.http.post("/me/change", data={CSRF: token, "name": "Thief", "place": "moradabad"})
    assert answer.status_code == 422
    assert "too old" in answer.text
    with desk.read() as work:
        assert persons.person(work, person.id).name == person.name


def test_the_token_of_another_is_refused(desk):
    one, two = (signed_in(desk, member(desk, "citizen", number).id) for number in (1, 2))
    one.get("/me/change")
    two.get("/me/change")
    form = {CSRF: one.token, "name": "Thief", "place": "moradabad"}
    assert two.http.post("/me/change", data=form).status_code == 422


def test_a_token_ends_with_its_session(desk):
    person = member(desk, "citizen").id
    browser = signed_in(desk, person)
    old = browser.token
    browser.post("/me/sign-out")
    house.sign_in(browser, person)
    form = {CSRF: old, "name": "Thief", "place": "moradabad"}
    assert browser.http.post("/me/change", data=form).status_code == 422


def test_also_signing_in_needs_a_token(desk):
    browser = house.client(desk)
    assert browser.http.post("/sign-in", data={"phone": "9876543210"}).status_code == 422
    browser.get("/sign-in")
    thief = house.client(desk)
    thief.get("/sign-in")
    assert thief.http.post("/sign-in", data={CSRF: browser.token, "phone": "9876543210"}).status_code == 422


def test_every_form_of_ours_carries_the_token(desk):
    browser = signed_in(desk, member(desk, "administrator").id)
    for page in import_module("chumbak.exchange.web.people").routes():
        if "GET" in page.methods and "{" not in page.path:
            for form in re.findall(r"<form method=\"post\".*?</form>", browser.get(page.path).text, re.S):
                assert f'name="{CSRF}"' in form or 'action="/language/' in form, page.path


# --- codes


def test_a_code_forged_replayed_or_expired_is_refused(desk):
    member(desk, "citizen")
    browser = house.client(desk)
    browser.post("/sign-in", {"phone": "9000000000"})
    code = last_code(desk)
    other = house.client(desk)
    other.post("/sign-in/code", {"code": code})
    assert asks_to_sign_in(other.get("/me"))  # asked for in another browser
    wrong = browser.post("/sign-in/code", {"code": f"{(int(code) + 1) % 10**6:06d}"})
    assert (wrong.status_code, "Tries left: 4" in wrong.text) == (422, True)
    assert browser.post("/sign-in/code", {"code": code}).status_code == 303
    replayed = house.client(desk)
    replayed.http.cookies.update(browser.http.cookies)
    browser.post("/me/sign-out")
    assert browser.post("/sign-in/code", {"code": code}).status_code == 422
    browser.post("/sign-in", {"phone": "9000000000"})
    desk.clock.later(minutes=codes.MINUTES)
    assert browser.post("/sign-in/code", {"code": last_code(desk)}).status_code == 422


# --- where to go on to, limits, headers


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/\tx",
        "http://[",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(desk, path):
    assert not security.is_ours(path)
    member(desk, "citizen")
    browser = house.client(desk)
    browser.post("/sign-in", {"phone": "9000000000", "next": path})
    browser.get("/sign-in/code")
    answer = browser.post("/sign-in/code", {"code": last_code(desk), "next": path})
    assert answer.headers["location"] == "/me"


def test_one_is_sent_back_to_the_page_one_wanted(desk):
    member(desk, "citizen")
    browser = house.client(desk)
    assert browser.get("/me/steps").headers["location"] == "/sign-in?next=/me/steps"
    assert 'value="/me/steps"' in browser.get("/sign-in?next=/me/steps").text
    to = browser.post("/sign-in", {"phone": "9000000000", "next": "/me/steps"}).headers["location"]
    assert 'value="/me/steps"' in browser.get(to).text
    answer = browser.post("/sign-in/code", {"code": last_code(desk), "next": "/me/steps"})
    assert answer.headers["location"] == "/me/steps"


def test_too_many_forms_are_told_to_wait(desk, monkeypatch):
    monkeypatch.setattr(security, "_BY_PERSON", Buckets(Limits(rate=0.01, burst=3)))
    browser = signed_in(desk, member(desk, "citizen").id)
    form = {"name": "Asha", "place": "moradabad"}
    assert [browser.post("/me/change", form).status_code for _ in range(4)] == [303, 303, 303, 429]
    answer = browser.post("/me/change", form)
    assert int(answer.headers["retry-after"]) > 1
    other = signed_in(desk, member(desk, "citizen", 1).id)
    assert other.post("/me/change", form).status_code == 303
    assert browser.get("/me").status_code == 200


def test_whoever_has_everything_searched_again_and_again_is_told_to_wait(desk, monkeypatch):
    monkeypatch.setattr(security, "_SEARCHES", Buckets(Limits(rate=0.01, burst=2)))
    browser = signed_in(desk, member(desk, "citizen").id)
    assert [browser.get("/me/data.json").status_code for _ in range(3)] == [200, 200, 429]
    assert browser.get("/me").status_code == 200


def test_every_answer_carries_its_headers(desk):
    browser = signed_in(desk, member(desk, "citizen").id)
    for path in ("/", "/sign-in", "/me", "/me/data.json", "/nothing", "/people"):
        headers = browser.get(path).headers
        assert "content-security-policy" in headers, path
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"


def test_no_page_of_ours_holds_a_script_or_style_of_its_own(desk):
    browser = signed_in(desk, member(desk, "administrator").id)
    for page in import_module("chumbak.exchange.web.people").routes():
        if "GET" in page.methods and "{" not in page.path:
            text = browser.get(page.path).text
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text), page.path
            assert len(text) < 20_000, page.path


# --- who may see what: every page, every role


def _pages():
    for area in app.AREAS:
        yield from import_module(f"chumbak.exchange.web.{area}").routes()


def _status(browser, ask: str, path: str) -> int | str:
    try:
        return int(getattr(browser, ask)(path).status_code)
    except Exception as error:  # all pages are told that fail, not the first alone
        return f"{type(error).__name__}: {error}"


def test_every_page_is_for_its_roles_and_for_no_other(desk):
    browsers = {role: signed_in(desk, member(desk, role).id) for role in persons.ROLES}
    nobody = house.client(desk)
    nobody.get("/sign-in")
    wrong = []
    for page in _pages():
        path = re.sub(r"\{[^}]*\}", ANY, page.path)
        for method in page.methods:
            ask = "get" if method == "GET" else "post"
            if page.roles and not asks_to_sign_in(getattr(nobody, ask)(path)):
                wrong.append(f"nobody may {method} {path}")
            for role, browser in browsers.items():
                if page.path.startswith(("/me/sign-out", "/me/remove")):
                    continue  # they would end what is tested
                status = _status(browser, ask, path)
                if page.roles and role not in page.roles and status != 403:
                    wrong.append(f"{role} gets {status} for {method} {path}, not 403")
                if (not page.roles or role in page.roles) and (status in (403, 500) or isinstance(status, str)):
                    wrong.append(f"{role} gets {status} for {method} {path}")
    assert wrong == []


def test_what_is_ones_own_asks_who_one_is(desk):
    nobody = house.client(desk)
    for page in import_module("chumbak.exchange.web.people").routes():
        if page.path.startswith("/me"):
            path = re.sub(r"\{[^}]*\}", ANY, page.path)
            for method in page.methods:
                answer = nobody.get(path) if method == "GET" else nobody.post(path)
                assert asks_to_sign_in(answer), (method, path)
