"""An application of a test's own desk, served in this process: its clock and its database are at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import create_connection, socket
from threading import Thread
from time import sleep
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on this machine while the test runs; return its address."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    loop = asyncio.new_event_loop()
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    thread = Thread(target=loop.run_until_complete, args=(server.serve(),), daemon=True)
    thread.start()
    for _ in range(200):
        with suppress(OSError), create_connection(("127.0.0.1", port), 1):
            break
        sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    loop.call_soon_threadsafe(server.stop)
    thread.join(10)
    loop.close()
