"""The process that answers requests: made anew by the server, told by the environment what to open."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from typing import Any

from chumbak.custody.store.open import Store, open_store
from chumbak.custody.web.channel import Recorder, Remote
from chumbak.custody.web.limits import Limits
from chumbak.custody.web.memory import tune
from chumbak.custody.web.service import Service, Settings

TOLD = "CHUMBAK_SERVICE"


def tell(database: str, socket: str, settings: Settings) -> str:
    """Return what ``make`` has to be told in the environment."""
    return json.dumps({"database": database, "socket": socket, "settings": asdict(settings)})


def make() -> Service:
    """Return the application; the server calls this in a process of its own."""
    told: dict[str, Any] = json.loads(os.environ[TOLD])
    settings = told["settings"]
    limits = Limits(**settings.pop("limits"))
    ending = False
    remote: Remote | None = None

    async def opened() -> tuple[Store, Recorder]:
        nonlocal remote
        tune()
        remote = await Remote.open(told["socket"], _lost)
        return await asyncio.to_thread(open_store, told["database"], read_only=True), remote

    def _lost() -> None:
        if not ending:  # the writer was killed: nothing can be recorded, and nobody is left to end this process
            os._exit(1)

    async def closed() -> None:
        nonlocal ending
        ending = True
        if remote is not None:
            await remote.close()

    return Service(opened, Settings(limits=limits, **settings), closed)
