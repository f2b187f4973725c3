"""What is sent is counted as it arrives; a busy database and many at once are told in a sentence."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from chumbak.exchange.desk import Desk
from chumbak.exchange.market import lots
from chumbak.exchange.people.codes import STILL
from chumbak.exchange.web import bodies, security
from chumbak.exchange.web.app import create_app
from chumbak.report.ask_exchange import Exchange, ask_exchange
from chumbak.report.mistakes import MistakeError
from tests.exchange import house
from tests.exchange.market.town import picture, town
from tests.exchange.people.helper import member

MULTIPART = {"content-type": "multipart/form-data; boundary=edge"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with house.desk(tmp_path) as made:
        yield made


def test_a_form_in_pieces_is_stopped_where_it_is_too_large(desk: Desk) -> None:
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        yield b'--edge\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        for _ in range(400):
            taken += 1
            yield bytes(1_000_000)

    scope = {
        "type": "http", "method": "POST", "path": "/sign-in", "raw_path": b"/sign-in", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in MULTIPART.items()], "client": ("192.0.2.1", 1),
        "server": ("t.example", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    parts, sent = pieces(), []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(create_app(desk)(scope, receive, send))
    assert sent[0]["status"] == 413
    assert taken <= 9


def test_too_large_is_said_with_the_way_back(desk: Desk) -> None:
    browser = house.client(desk)
    for headers, size in ((MULTIPART, 8_100_000), ({"content-type": "application/x-www-form-urlencoded"}, 2_100_000)):
        answer = browser.http.post("/sign-in", content=bytes(size), headers=headers)
        assert answer.status_code == 413
        assert "What you typed was not kept" in answer.text
        assert 'href="/sign-in"' in answer.text


def test_a_form_of_endless_fields_is_stopped(desk: Desk) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert house.client(desk).http.post("/sign-in", content=b"a&" * 1000, headers=kind).status_code == 413


def test_what_takes_too_long_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.05)
    scope = {
        "type": "http", "method": "POST", "path": "/sign-in", "raw_path": b"/sign-in", "query_string": b"",
        "headers": [(b"content-type", b"multipart/form-data; boundary=edge")], "client": ("192.0.2.1", 1),
        "server": ("t.example", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    sent = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(30)
        return {}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(create_app(desk)(scope, receive, send))
    assert sent[0]["status"] == 408


def test_so_many_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_AT_ONCE", 0)
    answer = house.client(desk).post("/sign-in", {"phone": "9876543210"})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_more_files_than_are_taken_are_told_how_many(desk: Desk) -> None:
    browser = house.client(desk)
    house.sign_in(browser, member(desk, "trader").id)
    files = [("photo", (f"{n}.jpg", b"x", "image/jpeg")) for n in range(9)]
    answer = browser.post("/market/new", files=files)
    assert (answer.status_code, "at most 8 pictures" in answer.text) == (422, True)


def test_a_locked_database_is_told_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    @event.listens_for(desk.engine, "checkout")
    def short(connection, *_):  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA busy_timeout = 20")

    browser = house.client(desk)
    browser.get("/sign-in")
    before = dict(browser.http.cookies)
    other = sqlite3.connect(tmp_path / "exchange.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = browser.post("/sign-in", {"phone": "9876543210"})
    other.execute("ROLLBACK")
    other.close()
    assert answer.status_code == 503
    assert "Wait a little" in answer.text
    assert answer.headers["retry-after"] == "5"
    assert dict(browser.http.cookies) == before
    assert browser.post("/sign-in", {"phone": "9876543210"}).status_code == 303


def test_no_picture_is_drawn_while_the_database_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chumbak.exchange.web import market

    with town(tmp_path) as (desk, people):
        browser = house.client(desk)
        house.sign_in(browser, people["seller"])
        to = browser.post("/market/new", {"goods": "swarf", "weight": "5", "origin": "post-consumer",
                                          "place": "moradabad"}).headers["location"]  # fmt: skip
        real, seen = market.photo, []

        def drawn(data: bytes):  # type: ignore[no-untyped-def]
            with desk.work("a-bystander") as work:  # would wait twenty seconds, and fail, within a transaction
                seen.append(work.now_us)
            return real(data)

        monkeypatch.setattr(market, "photo", drawn)
        files = [("photo", (f"{n}.jpg", picture(), "image/jpeg")) for n in range(4)]
        assert browser.post(to, files=files).status_code == 303
        assert len(seen) == 4
        answer = browser.post(to, files=files[:1])
        assert (answer.status_code, "at most 4 pictures" in answer.text, len(seen)) == (422, True, 4)
        with desk.read() as work:
            assert len(lots.lot(work, to.split("/")[3]).photos) == 4


# --- where a request comes from


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "found"),
    [
        ((), "10.0.0.1", ["192.0.2.9"], "10.0.0.1"),
        (("10.0.0.1",), "192.0.2.7", ["192.0.2.9"], "192.0.2.7"),
        (("10.0.0.1",), "10.0.0.1", [], "10.0.0.1"),
        (("10.0.0.1",), "10.0.0.1", ["192.0.2.9"], "192.0.2.9"),
        (("10.0.0.1",), "10.0.0.1", ["203.0.113.5, 192.0.2.9"], "192.0.2.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["203.0.113.5, 192.0.2.9", "10.0.0.2"], "192.0.2.9"),
        (("10.0.0.0/8",), "::ffff:10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        (("10.0.0.0/8",), "10.0.0.1", ["192.0.2.9:4711"], "192.0.2.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["192.0.2.9, nonsense"], "10.0.0.1"),
    ],
)
def test_an_address_is_that_before_the_last_proxy_of_ours(
    proxies: tuple[str, ...], peer: str, forwarded: list[str], found: str
) -> None:
    assert security.address(proxies, peer, forwarded) == found


@pytest.mark.parametrize(("proxies", "own"), [((), False), (("192.0.2.1",), True)])
def test_what_a_browser_says_of_its_address_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxies: tuple[str, ...], own: bool
) -> None:
    seen = []
    monkeypatch.setattr(security, "take", lambda asked: seen.append(asked.address))
    with house.desk(tmp_path, proxies=proxies) as desk:
        browser = house.client(desk)
        browser.http._transport.client = ("192.0.2.1", 4711)  # type: ignore[attr-defined]
        browser.post("/sign-in", {"phone": "9876543210"}, headers={"x-forwarded-for": "203.0.113.5, 198.51.100.4"})
    assert seen == ["198.51.100.4" if own else "192.0.2.1"]


def test_who_asks_for_too_many_codes_is_shown_where_to_type_one(desk: Desk) -> None:
    browser = house.client(desk)
    answers = [browser.post("/sign-in", {"phone": "9876543210"}) for _ in range(4)]
    assert [one.status_code for one in answers] == [303, 303, 303, 422]
    assert STILL.split(".")[1] in answers[3].text
    assert 'href="/sign-in/code"' in answers[3].text
    assert browser.get("/sign-in/code").status_code == 200


def test_what_is_no_address_of_a_proxy_is_told_before_serving() -> None:
    asked = Exchange("sqlite:///c.db", "sqlite:///e.db", base="https://x.example", proxies=("10.0.0.300",))
    with pytest.raises(MistakeError, match="no address of a proxy"):
        ask_exchange(asked, "127.0.0.1", 8750, False, "", 1.0)
