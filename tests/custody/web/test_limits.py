"""Slow clients, long addresses, full queues, faults of our own: each told in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from .conftest import Asker


def test_a_body_that_does_not_arrive_is_given_up(service: Callable[..., Asker]) -> None:
    ask = service(seconds=0.05)
    answer: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    async def send(message: Any) -> None:
        answer.append(message)

    scope = {"type": "http", "method": "POST", "path": "/events", "query_string": b"", "headers": []}
    ask.runner.run(ask.service(scope, receive, send))
    assert answer[0]["status"] == 408


def test_long_addresses_and_full_queues(service: Callable[..., Asker]) -> None:
    ask = service(waiting=0)
    assert ask("GET", "/events?MATCH_epc=" + "x" * 40_000).status == 414
    reply = ask("GET", "/events")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert ask("POST", "/events", b"", content_length="many").status == 503
    assert service()("POST", "/events", b"", content_length="many").status == 400
    assert service()("GET", "/events?" + "&".join(f"a{n}=1" for n in range(600))).status == 400


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("secret"), 500), (OperationalError("x", {}, Exception("gone")), 503)]
)
def test_a_fault_of_ours_tells_no_inner_matters(
    light: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, status: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(light.service.read, "events", fail)
    reply = light("GET", "/events")
    assert reply.status == status
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body
    assert str(getattr(error, "orig", error)) in capsys.readouterr().err


def test_a_page_token_that_was_made_up_is_refused(ask: Asker) -> None:
    from chumbak.custody.store.query import Token

    for token in (Token(2**70, 2**70, 2**70), Token(-1, -1, -1)):
        assert ask("GET", f"/events?nextPageToken={token.text()}").status in (200, 400)
    for text in ("W10", "e30", "WzEsMl0", "bnVsbA", "%F0%9F%98%80", "a.b.c"):
        assert ask("GET", f"/events?nextPageToken={text}").status == 400
        assert ask("GET", f"/bizSteps?nextPageToken={text}").status in (200, 400)
