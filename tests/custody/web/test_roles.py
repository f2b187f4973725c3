"""Who may do what; and who may not."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from chumbak.custody.store.prepare import decode
from chumbak.custody.store.replay import replay
from chumbak.custody.web.roles import ROLES
from chumbak.custody.web.routes import routes
from tests.custody.store.events import appear, wrong

from .conftest import Asker
from .process import document, one


def make(ask: Asker, *roles: str, key: str | None = None) -> str:
    reply = ask("POST", "/keys", {"organisation": "A smelter", "roles": list(roles)}, key)
    assert reply.status == 201, reply.body
    return str(reply.json()["key"])


def test_the_first_key_closes_the_service(ask: Asker) -> None:
    assert ask("GET", "/events").status == 200
    assert ask("POST", "/keys", {"organisation": "A", "roles": ["reader"]}).status == 400
    boss = make(ask, "administrator")
    assert ask("GET", "/events").status == 401
    assert ask("GET", "/events").headers["www-authenticate"] == "Bearer"
    assert ask("GET", "/events", key="chumbak_nonsense").status == 401
    assert ask("GET", "/events", authorization="Basic abc").status == 401
    assert ask("GET", "/events", key=boss).status == 200
    assert ask("GET", "/health").status == 200
    assert ask("OPTIONS", "/events").status == 204


def test_only_the_hash_of_a_key_is_kept(light: Asker) -> None:
    key = make(light, "administrator")
    assert len(key.partition("_")[2]) == 43  # 256 bits in base64
    bodies = b"".join(record.body for record in light.store.read.records())
    assert key.encode() not in bodies
    (kept,) = [decode(one.body) for one in light.store.read.records(kind="party") if b'"key"' in one.body]
    assert kept["sha256"] == sha256(key.encode()).hexdigest()
    assert "sha256" not in light("GET", "/keys", key=key).json()["keys"][0]


@pytest.mark.parametrize("role", [*ROLES, "public"])
def test_each_role_may_what_it_may(light: Asker, role: str) -> None:
    boss = make(light, "administrator")
    key = boss if role == "administrator" else None if role == "public" else make(light, role, key=boss)
    may = ROLES.get(role, frozenset())
    for route in routes():
        path = "/".join("1" if part[:1] == "{" else part for part in route.path.split("/"))
        status = light(route.method, path, {} if route.method == "POST" else None, key).status
        refused = status in (401, 403)
        assert refused == (route.may != "open" and route.may not in may), (route.method, route.path, status)


def test_who_recorded_an_event_stands_under_its_hash_and_only_they_take_it_back(light: Asker) -> None:
    boss = make(light, "administrator")
    keys = [
        light("POST", "/keys", {"organisation": name, "roles": ["recorder"]}, boss).json()["key"]
        for name in ("A smelter", "A rival")
    ]
    event = appear("a", Nd=1000)
    first = light("POST", "/events", one(event), keys[0])
    assert first.status == 201
    record = light.store.read.record_of(first.json()["eventID"])
    assert record is not None
    told = light("GET", f"/records/{record.seq}", key=boss).json()
    assert told["by"]["organisation"] == "A smelter"
    assert told["by"]["key"].startswith("urn:chumbak:key:")
    refused = light("POST", "/events", one(wrong(event)), keys[1])
    assert (refused.status, refused.json()["errors"][0]["pointer"]) == (403, "/errorDeclaration")
    assert light("POST", "/events", one(event), keys[1]).json() == first.json(), "a retry is a retry, whoever sends it"
    assert light("POST", "/events", one(wrong(event)), keys[0]).status == 201
    assert replay(light.store).sound
    other = light("POST", "/events", one(appear("b", Nd=1000)), keys[0])
    assert other.status == 201
    assert light("POST", "/events", one(wrong(appear("b", Nd=1000))), boss).status == 201


def test_public_read_lets_read_and_nothing_else(service: Callable[..., Asker]) -> None:
    ask = service(public_read=True)
    boss = make(ask, "administrator")
    assert ask("POST", "/events", one(appear("a", Nd=1)), boss).status == 201
    assert ask("GET", "/events").status == 200
    for method, path in (("POST", "/events"), ("GET", "/export"), ("GET", "/keys"), ("POST", "/certificates")):
        assert ask(method, path, document() if method == "POST" else None).status == 401


def test_a_key_is_withdrawn(ask: Asker) -> None:
    boss = make(ask, "administrator")
    reader = make(ask, "reader", key=boss)
    listed = ask("GET", "/keys", key=boss).json()["keys"]
    (id,) = [one["id"] for one in listed if one["roles"] == ["reader"]]
    (last,) = [one["id"] for one in listed if one["roles"] == ["administrator"]]
    assert ask("DELETE", f"/keys/{id}", key=reader).status == 403
    assert ask("DELETE", f"/keys/{id}", key=boss).status == 204
    assert ask("DELETE", f"/keys/{id}", key=boss).status == 204
    assert ask("GET", "/events", key=reader).status == 401
    assert ask("DELETE", f"/keys/{last}", key=boss).status == 409
    assert ask("DELETE", "/keys/nothing", key=boss).status == 404
    assert (
        ask("POST", "/keys", {"organisation": "A", "roles": ["king"]}, boss).json()["errors"][0]["pointer"] == "/roles"
    )
