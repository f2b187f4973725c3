"""The process that answers requests for an exchange: its pages, and custody's own service under ``/custody``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from chumbak.custody.web.service import Service
from chumbak.custody.web.worker import make as make_custody
from chumbak.exchange.catalogue import read
from chumbak.exchange.custodians import Remote
from chumbak.exchange.desk import Desk, NoMessenger, Settings
from chumbak.exchange.messengers import ToFile
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.web.app import create_app
from chumbak.exchange.web.upkeep import keep_up

TOLD = "CHUMBAK_EXCHANGE"
CUSTODY = "/custody"

Scope = dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


def tell(database: str, catalogue: Path, settings: dict[str, Any], texts: str) -> str:
    """Return what ``make`` has to be told in the environment; ``settings`` are those of the desk, as JSON.

    ``texts`` is the file to which texts to phones are written, "" for none.
    """
    return json.dumps({"database": database, "catalogue": str(catalogue), "settings": settings, "texts": texts})


def make() -> Both:
    """Return the application; the server calls this in a process of its own."""
    return Both(make_custody(), json.loads(os.environ[TOLD]))


class Both:
    """Custody's service and the pages of an exchange behind one address."""

    def __init__(self, custody: Service, told: dict[str, Any]) -> None:
        self._custody, self._told = custody, told
        self._pages: App | None = None
        self._upkeep: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one connection, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == CUSTODY or scope["path"].startswith(f"{CUSTODY}/"):
            await self._custody(_under(scope), receive, _placed(send))
        elif self._pages is not None:
            await self._pages(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._custody.start()
                    await self._open()
                except Exception as error:  # whatever it is, the server must be told that there is nothing to serve
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._upkeep is not None:
                    self._upkeep.cancel()
                    with suppress(asyncio.CancelledError):
                        await self._upkeep
                await self._custody.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _open(self) -> None:
        told = self._told["settings"]
        settings = Settings(
            **{
                **told, "languages": tuple(told["languages"]), "proxies": tuple(told["proxies"]),
                "own": Path(told["own"]) if told["own"] else None,
            }
        )  # fmt: skip
        database = await asyncio.to_thread(open_exchange, self._told["database"])
        catalogue = read(Path(self._told["catalogue"]).read_text(encoding="utf-8"))
        custodian = Remote(self._custody.store, self._custody.recorder, asyncio.get_running_loop())
        texts = self._told["texts"]
        messenger = ToFile(Path(texts)) if texts else NoMessenger()
        desk = Desk(database.engine, database.secret, catalogue, custodian, settings, messenger)
        self._pages = create_app(desk)
        self._upkeep = asyncio.create_task(keep_up(desk, lambda text: print(text, file=sys.stderr)))


def _under(scope: Scope) -> Scope:
    """Return a request for custody as custody knows it."""
    raw = scope.get("raw_path") or scope["path"].encode()
    cut = len(CUSTODY)
    return scope | {"path": scope["path"][cut:] or "/", "raw_path": raw[cut:] or b"/"}


def _placed(send: Any) -> Any:
    """Return a send that puts custody's addresses where they are served."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (name, CUSTODY.encode() + value if name == b"location" and value.startswith(b"/") else value)
                for name, value in message["headers"]
            ]
            message = message | {"headers": headers}
        await send(message)

    return sending
