"""The service in this process, asked without a network; and as a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chumbak.custody.store.open import Store, open_store
from chumbak.custody.web.channel import Direct, Recorder
from chumbak.custody.web.limits import Limits
from chumbak.custody.web.service import Service, Settings
from tests.custody.store import conftest as stores

opened, postgresql, store, url = stores.opened, stores.postgresql, stores.store, stores.url


@dataclass(frozen=True)
class Reply:
    """What the service answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Asker:
    """Asks a service that runs in a loop of its own."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.runner = asyncio.Runner()
        self.store = store

        async def opened() -> tuple[Store, Recorder]:
            return store, Direct(store)

        self.service = Service(opened, settings)
        self.runner.run(self.service.start())

    def close(self) -> None:
        self.runner.run(self.service.stop())
        self.runner.close()

    def __call__(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Reply:
        return self.runner.run(self.asking(method, path, body, key, **headers))

    def together(self, *asked: tuple[str, str, Any]) -> list[Reply]:
        async def all_of_them() -> list[Reply]:
            return list(await asyncio.gather(*(self.asking(*one) for one in asked)))

        return self.runner.run(all_of_them())

    async def asking(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Reply:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", "content-length": str(len(data))}
        sent |= {name.lower().replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["authorization"] = f"Bearer {key}"
        raw, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": raw, "raw_path": raw.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        answer: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Any) -> None:
            answer.append(message)

        await self.service(scope, receive, send)
        start, *parts = answer
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], found, b"".join(part.get("body", b"") for part in parts))


@pytest.fixture
def service(store: Store) -> Iterator[Callable[..., Asker]]:
    """Starts services over the store, of SQLite and of PostgreSQL."""
    started: list[Asker] = []

    def start(**settings: Any) -> Asker:
        limits = Limits(**{name: settings.pop(name) for name in list(settings) if name in Limits.__dataclass_fields__})
        started.append(Asker(store, Settings(limits, **settings)))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def ask(service: Callable[..., Asker]) -> Asker:
    """A service that is open to everybody."""
    return service()


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Asker]:
    """The same over SQLite alone, for what has nothing to do with the database."""
    with open_store(f"sqlite:///{tmp_path}/custody.db") as kept:
        asker = Asker(kept, Settings())
        yield asker
        asker.close()
